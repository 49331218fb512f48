"""Who may see and do what: row level security and grants."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TENANT = (
    "staff",
    "api_keys",
    "procedure_versions",
    "complaints",
    "parties",
    "events",
    "terms",
    "outbox",
    "involvements",
    "idempotency_answers",
    "review_completions",
)

# What hangs on a complaint, by the column that says on which one: nobody who is involved in it sees a trace of it.
ON_A_COMPLAINT = {
    "complaints": "id",
    "parties": "complaint_id",
    "events": "complaint_id",
    "terms": "complaint_id",
    "outbox": "complaint_id",
    "involvements": "complaint_id",
}

# Rows of all organisations, but only the columns granted below.
WORKER = (
    "organisations",
    "procedure_versions",
    "complaints",
    "events",
    "terms",
    "outbox",
    "involvements",
    "idempotency_answers",
    "review_completions",
)

APP = {
    "alembic_version": "SELECT",
    "organisations": "SELECT, UPDATE (name, settings, clock_offset)",
    "bodies": "SELECT",
    "body_keys": "SELECT",
    "calendar_versions": "SELECT",
    "staff": "SELECT, INSERT, UPDATE (name, email, roles, active)",
    "api_keys": "SELECT, INSERT, UPDATE (name, expires_at, revoked_at, replaced_by)",
    "procedure_versions": "SELECT, INSERT",
    "complaints": "SELECT, INSERT, UPDATE (calendar_version, kind, channel, category, complainant_type, received_at,"
    " received_on, stage, state, public_status, verdict, handler_id, next_act_by, next_due_on, closed_at,"
    " head_sequence, head_hash, updated_at)",
    "parties": "SELECT, INSERT, UPDATE (role, name, email, email_key, details, removed_at)",
    "events": "SELECT, INSERT",
    "terms": "SELECT, INSERT, UPDATE (duty, stage, source, state, soft, open, started_on, due_on, breach_at, act_by,"
    " warn_at, warned_at, breach_recorded_at, met_at, handler_id, reference, derivation)",
    "outbox": "SELECT, INSERT",
    "involvements": "SELECT, INSERT",
    "idempotency_answers": "SELECT, INSERT",
    "review_completions": "SELECT, INSERT",
}

WORKER_GRANTS = {
    "alembic_version": "SELECT",
    "organisations": "SELECT (id, slug, sandbox, clock_offset)",
    "calendar_versions": "SELECT",
    "procedure_versions": "SELECT",
    "complaints": "SELECT, UPDATE (stage, state, public_status, next_act_by, next_due_on, head_sequence, head_hash,"
    " updated_at)",
    "events": "SELECT (organisation_id, id, complaint_id, sequence, type, occurred_at, recorded_at, actor_kind,"
    " actor_id, actor_role, facts, texts_hash, previous_hash, hash, xid), INSERT",
    "terms": APP["terms"],
    "outbox": "SELECT, INSERT",
    "involvements": "SELECT",
    "idempotency_answers": "SELECT (organisation_id, id, created_at), DELETE",
    "review_completions": "SELECT (organisation_id, id, procedure, review, period_start, period_end, completed_at,"
    " completed_by, facts)",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("GRANT USAGE ON SCHEMA public TO gehoor_app, gehoor_worker, gehoor_backup")
    _walls()
    _conflicts_of_interest()
    for role, grants in (("gehoor_app", APP), ("gehoor_worker", WORKER_GRANTS)):
        for table, privileges in grants.items():
            op.execute(f"GRANT {privileges} ON {table} TO {role}")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO gehoor_backup")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO gehoor_backup")


def _walls() -> None:
    for table in (*TENANT, "organisations", "body_keys"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    for table in TENANT:
        op.execute(f"CREATE POLICY tenant ON {table} USING (organisation_id = app_organisation())")
    op.execute("CREATE POLICY tenant ON organisations USING (id = app_organisation())")
    for table in WORKER:
        op.execute(f"CREATE POLICY worker ON {table} TO gehoor_worker USING (true)")
    for table in ("api_keys", "body_keys"):
        op.execute(f"CREATE POLICY sent_key ON {table} FOR SELECT TO gehoor_app USING (key_hash = app_key_hash())")
    op.execute("CREATE POLICY owner ON body_keys TO gehoor_owner USING (true)")


def _conflicts_of_interest() -> None:
    # as a subquery: asked once per statement and not once per row, and not at all when nobody of the staff is asking
    theirs = "(SELECT CASE WHEN app_staff() IS NOT NULL THEN app_involvements() ELSE '{}'::uuid[] END)::uuid[]"
    for table, complaint in ON_A_COMPLAINT.items():
        op.execute(
            f"CREATE POLICY not_involved ON {table} AS RESTRICTIVE TO gehoor_app USING ({complaint} <> ALL ({theirs}))"
        )
    # reading only: the answer to a request in which somebody declares being involved is still stored
    op.execute(
        "CREATE POLICY not_involved ON idempotency_answers AS RESTRICTIVE FOR SELECT TO gehoor_app"
        f" USING (complaint_id IS NULL OR complaint_id <> ALL ({theirs}))"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM gehoor_backup")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM gehoor_app, gehoor_worker, gehoor_backup")
    op.execute("REVOKE ALL ON SCHEMA public FROM gehoor_app, gehoor_worker, gehoor_backup")
    for table in (*ON_A_COMPLAINT, "idempotency_answers"):
        op.execute(f"DROP POLICY not_involved ON {table}")
    op.execute("DROP POLICY owner ON body_keys")
    for table in ("api_keys", "body_keys"):
        op.execute(f"DROP POLICY sent_key ON {table}")
    for table in WORKER:
        op.execute(f"DROP POLICY worker ON {table}")
    for table in (*TENANT, "organisations"):
        op.execute(f"DROP POLICY tenant ON {table}")
    for table in (*TENANT, "organisations", "body_keys"):
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")
