"""The code with which a complainant who goes to an external body lets it find the complaint."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = """
    CREATE TABLE complainant_codes (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID NOT NULL,
        code TEXT NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        replaced_at timestamptz,
        CONSTRAINT complainant_codes_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT complainant_codes_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES complaints (organisation_id, id),
        CONSTRAINT complainant_codes_code_key UNIQUE (code)
    )
"""
ONE = """
    CREATE UNIQUE INDEX complainant_codes_in_force_idx ON complainant_codes (organisation_id, complaint_id)
    WHERE replaced_at IS NULL
"""
SENT = "code = nullif(current_setting('app.code', true), '')"
NOBODY = "(SELECT app_body()) IS NULL"
THEIRS = "(SELECT CASE WHEN app_staff() IS NOT NULL THEN app_involvements() ELSE '{}'::uuid[] END)::uuid[]"
POLICIES = (
    "tenant ON complainant_codes USING (organisation_id = (SELECT app_organisation()))",
    f"not_involved ON complainant_codes AS RESTRICTIVE TO gehoor_app USING (complaint_id <> ALL ({THEIRS}))",
    # a body sees the code that it sent, and no other
    f"one_case ON complainant_codes AS RESTRICTIVE TO gehoor_app USING (CASE WHEN {NOBODY} THEN true ELSE {SENT} END)",
    f"sent_code ON complainant_codes FOR SELECT TO gehoor_app USING ({SENT})",
)
# As enter_case by the organisation and the reference: a code says both. One that was replaced is no code.
ENTER_CASE = """
    CREATE FUNCTION enter_case(
        wanted_code text, OUT clock timestamptz, OUT organisation uuid, OUT sandbox boolean, OUT complaint uuid
    ) LANGUAGE plpgsql AS $$
    DECLARE
        ignored text;
    BEGIN
        ignored := set_config('app.code', wanted_code, true);
        SELECT c.organisation_id, c.complaint_id INTO organisation, complaint
          FROM complainant_codes c WHERE c.code = wanted_code AND c.replaced_at IS NULL;
        ignored := set_config('app.code', '', true);
        ignored := set_config('app.organisation', coalesce(organisation::text, ''), true);
        ignored := set_config('app.case', coalesce(complaint::text, ''), true);
        SELECT now() + o.clock_offset, o.sandbox INTO clock, sandbox FROM organisations o WHERE o.id = organisation;
    END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(TABLE)
    op.execute(ONE)
    op.execute("ALTER TABLE complainant_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    for policy in POLICIES:
        op.execute(f"CREATE POLICY {policy}")
    op.execute("GRANT SELECT, INSERT, UPDATE (replaced_at) ON complainant_codes TO gehoor_app")
    op.execute(ENTER_CASE)
    op.execute("REVOKE ALL ON FUNCTION enter_case(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION enter_case(text) TO gehoor_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP FUNCTION enter_case(text)")
    op.execute("DROP TABLE complainant_codes")
