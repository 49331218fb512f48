"""Warnings: the indexes hold only terms that still run, for which alone one is given."""

from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = {"terms_warn_idx": "warn_at", "terms_organisation_warn_idx": "organisation_id, warn_at"}
UNGIVEN = "open AND warned_at IS NULL AND warn_at IS NOT NULL"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _made_for(f"{UNGIVEN} AND state = 'pending'::text")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _made_for(UNGIVEN)


def _made_for(condition: str) -> None:
    for name, columns in INDEXES.items():
        op.execute(f"DROP INDEX {name}")
        op.execute(f"CREATE INDEX {name} ON terms ({columns}) WHERE {condition}")
