"""The owner finds one organisation by its slug, to make a key for one that locked itself out."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(
        "CREATE POLICY owner ON organisations FOR SELECT TO gehoor_owner"
        " USING (slug = nullif(current_setting('app.slug', true), ''))"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP POLICY owner ON organisations")
