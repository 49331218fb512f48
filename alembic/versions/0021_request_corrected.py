"""The day on which a case was brought to a body may be corrected, and its row says so too."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("GRANT UPDATE (requested_at) ON escalations TO gehoor_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE UPDATE (requested_at) ON escalations FROM gehoor_app")
