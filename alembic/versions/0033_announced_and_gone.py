"""Announcements go once they were announced, and no receipt is made of them any more; before, they stayed for ever.

A worker that does not know of it leaves them, as it always did.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# What is not announced yet is told to nobody: not even a mistake of ours takes it away.
ONLY_ANNOUNCED = """
CREATE POLICY only_announced ON outbox AS RESTRICTIVE FOR DELETE TO gehoor_worker USING (state = 'delivered')
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(ONLY_ANNOUNCED)
    op.execute("GRANT DELETE ON outbox TO gehoor_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE DELETE ON outbox FROM gehoor_worker")
    op.execute("DROP POLICY only_announced ON outbox")
