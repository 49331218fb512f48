"""A declaration of involvement that was a mistake can be taken back, and the wall falls with it (P9).

The row stays, as everything that the API once wrote does.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INVOLVEMENTS = """
CREATE OR REPLACE FUNCTION app_involvements() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
RETURN coalesce(
    (SELECT array_agg(i.complaint_id) FROM public.involvements i
      WHERE i.organisation_id = public.app_organisation() AND i.staff_id = public.app_staff(){which}),
    '{{}}'
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE involvements ADD cleared_at timestamptz")
    op.execute("GRANT UPDATE (declared_at, cleared_at) ON involvements TO gehoor_app")
    op.execute(INVOLVEMENTS.format(which=" AND i.cleared_at IS NULL"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(INVOLVEMENTS.format(which=""))
    op.execute("REVOKE UPDATE (declared_at, cleared_at) ON involvements FROM gehoor_app")
    op.execute("ALTER TABLE involvements DROP cleared_at")
