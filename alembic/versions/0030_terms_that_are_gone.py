"""A term that is none any more (a correction, another decision) is `gone`, and no longer counted as one that lapsed.

A server that does not know the word counts such a row nowhere, and writes another state over it when the term comes
back. Rows of before stay as they are until something is recorded on their complaint.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STATES = "'pending', 'met', 'met_late', 'overdue', 'suspended', 'cancelled'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _allow(f"{STATES}, 'gone'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE terms NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE terms SET state = 'cancelled' WHERE state = 'gone'")
    op.execute("ALTER TABLE terms FORCE ROW LEVEL SECURITY")
    _allow(STATES)


def _allow(states: str) -> None:
    op.execute("ALTER TABLE terms DROP CONSTRAINT terms_state_check")
    op.execute(f"ALTER TABLE terms ADD CONSTRAINT terms_state_check CHECK (state IN ({states}))")
