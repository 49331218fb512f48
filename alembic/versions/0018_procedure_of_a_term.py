"""A term's row says by which version of which procedure it is counted, so that the work list is read off one table.

A row that was written before has neither until something is recorded on its complaint; until then it is looked up.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = ("procedure", "procedure_version")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE terms ADD COLUMN procedure text, ADD COLUMN procedure_version integer")
    op.execute(f"GRANT UPDATE ({', '.join(COLUMNS)}) ON terms TO gehoor_app, gehoor_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE terms DROP COLUMN procedure, DROP COLUMN procedure_version")
