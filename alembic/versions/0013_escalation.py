"""Escalation: cases with an external body, the sealed parts handed over, and the wall around a body that asks."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE escalations (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID NOT NULL,
        body TEXT NOT NULL,
        body_id UUID,
        stage TEXT NOT NULL,
        reference TEXT NOT NULL,
        organisation_slug TEXT NOT NULL,
        organisation_name TEXT NOT NULL,
        procedure TEXT NOT NULL,
        state TEXT NOT NULL,
        opened_by TEXT NOT NULL,
        filed_by TEXT NOT NULL,
        named JSONB DEFAULT '{}'::jsonb NOT NULL,
        requested_at timestamptz NOT NULL,
        dispatched_at timestamptz,
        acknowledged_at timestamptz,
        hearing_on DATE,
        next_due_on DATE,
        verdict TEXT,
        decided_at timestamptz,
        ended_at timestamptz,
        updated_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT escalations_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT escalations_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT escalations_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES complaints (organisation_id, id),
        CONSTRAINT escalations_body_id_fkey FOREIGN KEY(body_id) REFERENCES bodies (id),
        CONSTRAINT escalations_state_check CHECK (state IN ('requested',
          'dispatched', 'acknowledged', 'declined', 'decided', 'settled', 'withdrawn')),
        CONSTRAINT escalations_opened_by_check CHECK (opened_by IN ('organisation', 'body')),
        CONSTRAINT escalations_filed_by_check CHECK (filed_by IN ('complainant', 'organisation'))
    )
    """,
    "CREATE INDEX escalations_body_idx ON escalations (body_id, id) WHERE body_id IS NOT NULL",
    "CREATE INDEX escalations_body_state_idx ON escalations (body_id, state, id) WHERE body_id IS NOT NULL",
    "CREATE INDEX escalations_complaint_idx ON escalations (organisation_id, complaint_id)",
    "CREATE INDEX escalations_list_idx ON escalations (organisation_id, state, id)",
    "CREATE UNIQUE INDEX escalations_open_idx ON escalations (organisation_id, complaint_id, body)"
    " WHERE ended_at IS NULL",
    """
    CREATE TABLE dossier_parts (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID NOT NULL,
        escalation_id UUID NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        manifest BYTEA NOT NULL,
        manifest_sha256 BYTEA NOT NULL,
        ledger_sequence INTEGER NOT NULL,
        ledger_head BYTEA NOT NULL,
        zip_key TEXT NOT NULL,
        zip_size BIGINT NOT NULL,
        zip_sha256 BYTEA NOT NULL,
        pdf_key TEXT NOT NULL,
        pdf_size BIGINT NOT NULL,
        pdf_sha256 BYTEA NOT NULL,
        sealed_at timestamptz NOT NULL,
        CONSTRAINT dossier_parts_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT dossier_parts_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT dossier_parts_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES complaints (organisation_id, id),
        CONSTRAINT dossier_parts_organisation_id_escalation_id_fkey FOREIGN KEY(organisation_id, escalation_id)
          REFERENCES escalations (organisation_id, id),
        CONSTRAINT dossier_parts_organisation_id_escalation_id_number_key
          UNIQUE (organisation_id, escalation_id, number),
        CONSTRAINT dossier_parts_kind_check CHECK (kind IN ('dossier',
          'supplement', 'answer', 'defence', 'documents', 'decision_answer', 'measure_proof')),
        CONSTRAINT dossier_parts_number_check CHECK (number >= 0),
        CONSTRAINT dossier_parts_kind_of_number_check CHECK ((number = 0) = (kind = 'dossier')),
        CONSTRAINT dossier_parts_manifest_check CHECK (octet_length(manifest) > 0),
        CONSTRAINT dossier_parts_manifest_sha256_check CHECK (octet_length(manifest_sha256) = 32),
        CONSTRAINT dossier_parts_ledger_head_check CHECK (octet_length(ledger_head) = 32),
        CONSTRAINT dossier_parts_zip_sha256_check CHECK (octet_length(zip_sha256) = 32),
        CONSTRAINT dossier_parts_pdf_sha256_check CHECK (octet_length(pdf_sha256) = 32)
    )
    """,
    """
    CREATE TABLE escalation_reads (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID NOT NULL,
        escalation_id UUID NOT NULL,
        key_id UUID NOT NULL,
        what TEXT NOT NULL,
        part INTEGER,
        read_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT escalation_reads_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT escalation_reads_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT escalation_reads_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES complaints (organisation_id, id),
        CONSTRAINT escalation_reads_organisation_id_escalation_id_fkey FOREIGN KEY(organisation_id, escalation_id)
          REFERENCES escalations (organisation_id, id),
        CONSTRAINT escalation_reads_what_check CHECK (what IN ('case', 'manifest', 'zip', 'pdf', 'file'))
    )
    """,
    "CREATE INDEX escalation_reads_idx ON escalation_reads (organisation_id, escalation_id, id)",
)
NAMES = ("escalations", "dossier_parts", "escalation_reads")

APP = {
    "escalations": "SELECT, INSERT, UPDATE (body_id, state, named, dispatched_at, acknowledged_at, hearing_on,"
    " next_due_on, verdict, decided_at, ended_at, updated_at)",
    "dossier_parts": "SELECT, INSERT",
    "escalation_reads": "SELECT, INSERT",
}
# What the files in the object store belong to; nothing that is in them.
WORKER = {
    "escalations": "SELECT (organisation_id, id, complaint_id, body_id, state, ended_at)",
    "dossier_parts": "SELECT (organisation_id, id, zip_key, pdf_key)",
}
THEIRS = "(SELECT CASE WHEN app_staff() IS NOT NULL THEN app_involvements() ELSE '{}'::uuid[] END)::uuid[]"

# A body sees its own cases, and of an organisation the one complaint that it has opened (app.case).
READERS = (
    """
    CREATE FUNCTION app_body() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.body', true), '')::uuid
    """,
    """
    CREATE FUNCTION app_case() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.case', true), '')::uuid
    """,
    "REVOKE ALL ON FUNCTION app_body(), app_case() FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION app_body(), app_case() TO gehoor_app",
)
ON_A_CASE = (
    *("parties", "events", "terms", "outbox", "involvements", "messages", "message_versions", "deliveries"),
    *("attachments", "inbound_mails", "dossier_parts", "escalation_reads", "idempotency_answers"),
)
NEVER = (
    *("staff", "api_keys", "mailboxes", "letter_templates", "webhooks", "delivery_attempts", "review_completions"),
    "drafts",
)

# Who asks is a body, and it wants one of its cases (or its list): from here on the session is inside that organisation,
# with its clock, and sees that one complaint. A case that is none of theirs gives no organisation.
BEGIN_COMMITTEE = """
    CREATE FUNCTION begin_committee(
        sent_key bytea,
        wanted uuid,
        idempotency_key text,
        request bytea,
        OUT clock timestamptz,
        OUT organisation uuid,
        OUT slug text,
        OUT sandbox boolean,
        OUT key_id uuid,
        OUT kind text,
        OUT scopes text[],
        OUT staff_member uuid,
        OUT roles text[],
        OUT body_id uuid,
        OUT complaint uuid,
        OUT in_flight boolean,
        OUT same_request boolean,
        OUT status integer,
        OUT headers jsonb,
        OUT body text
    ) LANGUAGE plpgsql AS $$
    DECLARE
        ignored text;
    BEGIN
        SELECT r.clock, r.organisation, r.slug, r.sandbox, r.key_id, r.kind, r.scopes, r.staff_member, r.roles,
               r.body_id
          INTO clock, organisation, slug, sandbox, key_id, kind, scopes, staff_member, roles, body_id
          FROM begin_request(sent_key, NULL, NULL) r;
        in_flight := false;
        IF key_id IS NULL OR body_id IS NULL THEN
            RETURN;
        END IF;
        ignored := set_config('app.body', body_id::text, true);
        IF wanted IS NULL THEN
            RETURN;
        END IF;
        SELECT e.organisation_id, e.complaint_id INTO organisation, complaint
          FROM escalations e WHERE e.id = wanted AND e.body_id = app_body();
        IF organisation IS NULL THEN
            RETURN;
        END IF;
        ignored := set_config('app.organisation', organisation::text, true);
        ignored := set_config('app.case', complaint::text, true);
        SELECT now() + o.clock_offset, o.sandbox INTO clock, sandbox FROM organisations o WHERE o.id = organisation;
        IF idempotency_key IS NULL THEN
            RETURN;
        END IF;
        in_flight := NOT pg_try_advisory_xact_lock(hashtextextended(key_id::text || ' ' || idempotency_key, 0));
        IF NOT in_flight THEN
            -- a statement of its own, so that it sees what was committed just before the lock was given
            SELECT a.request_hash = request, a.status, a.headers, a.body
              INTO same_request, status, headers, body
              FROM idempotency_answers a
             WHERE a.organisation_id = organisation AND a.caller_id = key_id AND a.key = idempotency_key;
        END IF;
    END $$
"""

# A body that was approached by a complainant opens the case by the organisation and the complaint's reference, which
# cannot be guessed; where they do not fit, nothing tells which of them was wrong.
ENTER_CASE = """
    CREATE FUNCTION enter_case(
        wanted_slug text, wanted_reference text, OUT clock timestamptz, OUT organisation uuid, OUT sandbox boolean,
        OUT complaint uuid
    ) LANGUAGE plpgsql AS $$
    DECLARE
        ignored text;
    BEGIN
        ignored := set_config('app.slug', wanted_slug, true);
        ignored := set_config('app.reference', wanted_reference, true);
        SELECT o.id, now() + o.clock_offset, o.sandbox INTO organisation, clock, sandbox
          FROM organisations o WHERE o.slug = wanted_slug;
        ignored := set_config('app.organisation', coalesce(organisation::text, ''), true);
        SELECT c.id INTO complaint
          FROM complaints c WHERE c.organisation_id = organisation AND c.reference = wanted_reference;
        ignored := set_config('app.slug', '', true);
        ignored := set_config('app.reference', '', true);
        ignored := set_config('app.case', coalesce(complaint::text, ''), true);
        IF complaint IS NULL THEN
            organisation := NULL;
            ignored := set_config('app.organisation', '', true);
        END IF;
    END $$
"""
FUNCTIONS = "begin_committee(bytea, uuid, text, bytea), enter_case(text, text)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for statement in (*TABLES, *READERS):
        op.execute(statement)
    for table in NAMES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING (organisation_id = (SELECT app_organisation()))")
        op.execute(
            f"CREATE POLICY not_involved ON {table} AS RESTRICTIVE TO gehoor_app USING (complaint_id <> ALL ({THEIRS}))"
        )
    # CASE, of which the planner expects nothing: it would think that these walls leave a body next to no rows, and sort
    # all of a long list where it could read a page off the index
    op.execute(
        "CREATE POLICY body ON escalations FOR SELECT TO gehoor_app"
        " USING (CASE WHEN (SELECT app_body()) IS NULL THEN false ELSE body_id = (SELECT app_body()) END)"
    )
    _around_a_body()
    for role, grants in (("gehoor_app", APP), ("gehoor_worker", WORKER)):
        for table, privileges in grants.items():
            op.execute(f"GRANT {privileges} ON {table} TO {role}")
    for table in WORKER:
        op.execute(f"CREATE POLICY worker ON {table} TO gehoor_worker USING (true)")
    for statement in (BEGIN_COMMITTEE, ENTER_CASE):
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {FUNCTIONS} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO gehoor_app")


def _around_a_body() -> None:
    nobody = "(SELECT app_body()) IS NULL"
    for table in ON_A_CASE:
        _wall(table, f"{nobody} OR complaint_id = (SELECT app_case())")
    for table in NEVER:
        _wall(table, nobody)
    # all cases of the complaint, which are written together, and its own elsewhere; what it is told are its own
    theirs = "complaint_id = (SELECT app_case()) OR body_id = (SELECT app_body())"
    _wall("escalations", f"CASE WHEN {nobody} THEN true ELSE {theirs} END")
    _wall(
        "complaints",
        f"{nobody} OR id = (SELECT app_case()) OR reference = nullif(current_setting('app.reference', true), '')",
    )
    op.execute(
        "CREATE POLICY named ON organisations FOR SELECT TO gehoor_app"
        f" USING (NOT {nobody} AND slug = nullif(current_setting('app.slug', true), ''))"
    )


def _wall(table: str, seen: str) -> None:
    op.execute(f"CREATE POLICY one_case ON {table} AS RESTRICTIVE TO gehoor_app USING ({seen})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(f"DROP FUNCTION {FUNCTIONS}")
    op.execute("DROP POLICY named ON organisations")
    for table in (*ON_A_CASE, *NEVER, "complaints"):
        op.execute(f"DROP POLICY one_case ON {table}")
    for table in reversed(NAMES):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION app_body(), app_case()")
