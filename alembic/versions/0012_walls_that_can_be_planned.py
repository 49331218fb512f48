"""The wall between organisations as a subquery: asked once per statement, and only while it runs.

A stable function PostgreSQL also asks while it plans. A statement that itself sets the organisation is planned before
that, and would be planned for an organisation without rows.
"""

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _asking("(SELECT app_organisation())")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _asking("app_organisation()")


def _asking(organisation: str) -> None:
    walls = "SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'tenant' ORDER BY tablename"
    for table in op.get_bind().execute(text(walls)).scalars().all():
        column = "id" if table == "organisations" else "organisation_id"
        op.execute(f"ALTER POLICY tenant ON {table} USING ({column} = {organisation})")
