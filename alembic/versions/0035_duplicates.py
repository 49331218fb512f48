"""A complaint that was registered twice says so, and the figures leave it out.

A process that knows nothing of it writes none, and counts those that are there as it counted them.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE complaints ADD duplicate boolean DEFAULT false NOT NULL")
    op.execute("GRANT UPDATE (duplicate) ON complaints TO gehoor_app, gehoor_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE UPDATE (duplicate) ON complaints FROM gehoor_app, gehoor_worker")
    op.execute("ALTER TABLE complaints DROP duplicate")
