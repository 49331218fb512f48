"""Since when a mailbox from which mail is fetched keeps failing, so that somebody is told.

A process that knows nothing of it writes no beginning and no end: the next look by one that does puts it right.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE mailboxes ADD failing_since timestamptz")
    op.execute("GRANT UPDATE (failing_since) ON mailboxes TO gehoor_app")
    op.execute("GRANT SELECT (failing_since) ON mailboxes TO gehoor_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE mailboxes DROP failing_since")
