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
    # few are; the figures look for them here and need not read the complaints themselves
    op.execute("CREATE INDEX complaints_duplicate_idx ON complaints (organisation_id, id) WHERE duplicate")
    op.execute("GRANT UPDATE (duplicate) ON complaints TO gehoor_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE UPDATE (duplicate) ON complaints FROM gehoor_app")
    op.execute("ALTER TABLE complaints DROP duplicate")
