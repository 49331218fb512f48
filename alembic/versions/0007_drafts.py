"""What could not be registered as it came in, kept so that it is not lost (SO-08)."""

from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE drafts (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        reason text NOT NULL,
        filing jsonb NOT NULL,
        received_at timestamptz NOT NULL,
        complaint_id uuid,
        CONSTRAINT drafts_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT drafts_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisations (id),
        CONSTRAINT drafts_organisation_id_complaint_id_fkey FOREIGN KEY (organisation_id, complaint_id)
            REFERENCES complaints (organisation_id, id)
    )
    """,
    "ALTER TABLE drafts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON drafts USING (organisation_id = app_organisation())",
    # reading only: whoever completes a draft may write down which complaint it became
    """
    CREATE POLICY not_involved ON drafts AS RESTRICTIVE FOR SELECT TO gehoor_app USING (
      complaint_id IS NULL OR complaint_id <> ALL (
        (SELECT CASE WHEN app_staff() IS NOT NULL THEN app_involvements() ELSE '{}'::uuid[] END)::uuid[]))
    """,
    "GRANT SELECT, INSERT, UPDATE (complaint_id) ON drafts TO gehoor_app",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP TABLE drafts")
