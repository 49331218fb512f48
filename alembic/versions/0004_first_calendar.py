"""The first calendar version: the days equated with a holiday by royal decree (Algemene termijnenwet, article 3(3))."""

import json

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DECREE_DAYS = {
    "2023-04-28": "Vrijdag na Koningsdag",
    "2023-05-19": "Vrijdag na Hemelvaartsdag",
    "2024-05-10": "Vrijdag na Hemelvaartsdag",
    "2024-12-27": "Vrijdag na tweede kerstdag",
    "2025-05-30": "Vrijdag na Hemelvaartsdag",
    "2026-01-02": "Vrijdag na nieuwjaarsdag",
    "2026-05-15": "Vrijdag na Hemelvaartsdag",
    "2027-05-07": "Vrijdag na Hemelvaartsdag",
    "2028-04-28": "Vrijdag na Koningsdag",
    "2028-05-26": "Vrijdag na Hemelvaartsdag",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    days = json.dumps([{"date": date, "name": name} for date, name in DECREE_DAYS.items()])
    insert = text("INSERT INTO calendar_versions (version, decree_days) VALUES (1, cast(:days AS jsonb))")
    op.execute(insert.bindparams(days=days))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DELETE FROM calendar_versions WHERE version = 1")
