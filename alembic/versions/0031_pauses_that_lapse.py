"""A term that stands still says when its pause lapses, and has the days that it will have from then on.

The lists and the guard go by the clock. A row that was written before, or by a server that does not know the column,
has neither until something is recorded on its complaint; the guard finds it when it is late, as it always did.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INDEXES = {"terms_lapse_idx": "lapses_at", "terms_organisation_lapse_idx": "organisation_id, lapses_at"}
STANDS_STILL = "open AND lapses_at IS NOT NULL AND state = 'suspended'::text"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE terms ADD COLUMN lapses_at timestamp with time zone")
    op.execute("GRANT UPDATE (lapses_at) ON terms TO gehoor_app, gehoor_worker")
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON terms ({columns}) WHERE {STANDS_STILL}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("ALTER TABLE terms DROP COLUMN lapses_at")
