"""When the guard looks again at a term whose dossier it could not read, so that such terms never fill its batch."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE terms ADD COLUMN guard_after timestamptz")
    op.execute("GRANT UPDATE (guard_after) ON terms TO gehoor_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE terms DROP COLUMN guard_after")
