"""A declaration of involvement that was a mistake can be taken back, and the wall falls with it (P9).

The row stays, as everything that the API once wrote does. Only one that stands is unique, so that a new declaration is
a new row, also by a process that knows nothing of clearing.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = "involvements (organisation_id, staff_id, complaint_id)"
UNIQUE = "involvements_organisation_id_staff_id_complaint_id_key"
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
    op.execute("GRANT UPDATE (cleared_at) ON involvements TO gehoor_app")
    op.execute(f"CREATE UNIQUE INDEX involvements_standing_key ON {KEY} WHERE cleared_at IS NULL")
    op.execute(f"ALTER TABLE involvements DROP CONSTRAINT {UNIQUE}")
    op.execute(INVOLVEMENTS.format(which=" AND i.cleared_at IS NULL"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(INVOLVEMENTS.format(which=""))
    op.execute("REVOKE UPDATE (cleared_at) ON involvements FROM gehoor_app")
    op.execute("ALTER TABLE involvements NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM involvements WHERE cleared_at IS NOT NULL")
    op.execute("ALTER TABLE involvements FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE involvements ADD CONSTRAINT {UNIQUE} UNIQUE (organisation_id, staff_id, complaint_id)")
    op.execute("DROP INDEX involvements_standing_key")
    op.execute("ALTER TABLE involvements DROP cleared_at")
