"""When a file that the scanner could not judge is looked into again, so that it is not read for ever.

A worker that does not know of it looks into such a file every two seconds, as it always did.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE attachments ADD COLUMN scan_after timestamptz, ADD COLUMN scan_pause interval")
    op.execute("GRANT UPDATE (scan_after, scan_pause) ON attachments TO gehoor_app")
    op.execute("GRANT SELECT (scan_after) ON attachments TO gehoor_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE attachments DROP COLUMN scan_after, DROP COLUMN scan_pause")
