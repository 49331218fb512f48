"""Webhooks of external bodies: told of what happens in their own cases, over all organisations."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE body_webhooks (
    id UUID DEFAULT uuidv7() NOT NULL,
    body_id UUID NOT NULL,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    event_types TEXT[] NOT NULL,
    secret BYTEA NOT NULL,
    previous_secret BYTEA,
    previous_until timestamptz,
    state TEXT NOT NULL,
    reason TEXT,
    paused_at timestamptz,
    failing_since timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT body_webhooks_pkey PRIMARY KEY (id),
    CONSTRAINT body_webhooks_body_id_fkey FOREIGN KEY(body_id) REFERENCES bodies (id),
    CONSTRAINT body_webhooks_state_check CHECK (state IN ('active', 'paused', 'removed'))
)
"""
# What a body was answered under an Idempotency-Key outside all cases, where no organisation keeps it.
ANSWERS = """
CREATE TABLE body_answers (
    id UUID DEFAULT uuidv7() NOT NULL,
    body_id UUID NOT NULL,
    caller_id UUID NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status INTEGER NOT NULL,
    headers JSONB DEFAULT '{}'::jsonb NOT NULL,
    body TEXT NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT body_answers_pkey PRIMARY KEY (id),
    CONSTRAINT body_answers_body_id_fkey FOREIGN KEY(body_id) REFERENCES bodies (id),
    CONSTRAINT body_answers_caller_id_key_key UNIQUE (caller_id, key),
    CONSTRAINT body_answers_request_hash_check CHECK (octet_length(request_hash) = 32)
)
"""
TABLES = ("body_webhooks", "body_answers")
INDEXES = (
    "CREATE INDEX body_answers_created_idx ON body_answers (created_at)",
    "CREATE INDEX body_webhooks_body_idx ON body_webhooks (body_id, id)",
    # a body's line may be long; it makes the look-up of an organisation's mail no longer
    "DROP INDEX deliveries_due_idx",
    "CREATE INDEX deliveries_due_idx ON deliveries (organisation_id, webhook_id, next_at)"
    " WHERE state = 'waiting'::text AND body_webhook_id IS NULL",
    "CREATE INDEX deliveries_body_due_idx ON deliveries (body_webhook_id, next_at)"
    " WHERE state = 'waiting'::text AND body_webhook_id IS NOT NULL",
    "CREATE INDEX deliveries_body_idx ON deliveries (body_webhook_id, id) WHERE body_webhook_id IS NOT NULL",
)
DELIVERIES = (
    "ADD COLUMN body_webhook_id UUID",
    "ADD CONSTRAINT deliveries_body_webhook_id_fkey FOREIGN KEY(body_webhook_id) REFERENCES body_webhooks (id)",
    "DROP CONSTRAINT deliveries_webhook_id_check",
    "ADD CONSTRAINT deliveries_webhook_id_check"
    " CHECK (num_nonnulls(webhook_id, body_webhook_id) = CASE kind WHEN 'webhook' THEN 1 ELSE 0 END)",
)
GRANTS = {
    "SELECT, INSERT, UPDATE (url, description, event_types, secret, previous_secret, previous_until, state, reason,"
    " paused_at, failing_since, updated_at) ON body_webhooks": "gehoor_app",
    # who wants what, and whether it is given: no address and no secret
    "SELECT (id, body_id, event_types, state, reason, paused_at, failing_since) ON body_webhooks": "gehoor_worker",
    "SELECT (body_webhook_id) ON deliveries": "gehoor_worker",
    "SELECT, INSERT ON body_answers": "gehoor_app",
    "SELECT (id, created_at), DELETE ON body_answers": "gehoor_worker",
}
NOBODY = "(SELECT app_body()) IS NULL"
ONE_CASE = f"{NOBODY} OR complaint_id = (SELECT app_case())"
OWN = "(SELECT array_agg(w.id) FROM body_webhooks w WHERE w.body_id = (SELECT app_body()))::uuid[]"
THEIRS = f"body_webhook_id = ANY ({OWN})"
# Asked by the delivery's own key, so that it costs a look into an index.
TRIED = f"""EXISTS (SELECT FROM deliveries d WHERE d.organisation_id = delivery_attempts.organisation_id
  AND d.id = delivery_attempts.delivery_id AND d.{THEIRS})"""
POLICIES = (
    *(f"CREATE POLICY body ON {table} TO gehoor_app USING (body_id = (SELECT app_body()))" for table in TABLES),
    *(f"CREATE POLICY worker ON {table} TO gehoor_worker USING (true)" for table in TABLES),
    # the job that brings a delivery of some organisation sees the one webhook that it is brought to
    "CREATE POLICY at_work ON body_webhooks TO gehoor_app"
    " USING (id = nullif(current_setting('app.body_webhook', true), '')::uuid)",
    f"CREATE POLICY body_webhook ON deliveries FOR SELECT TO gehoor_app USING ({THEIRS})",
    f"CREATE POLICY body_webhook_again ON deliveries FOR UPDATE TO gehoor_app USING ({THEIRS})",
    f"CREATE POLICY body_webhook ON delivery_attempts FOR SELECT TO gehoor_app USING ({TRIED})",
    f"ALTER POLICY one_case ON deliveries USING ({ONE_CASE} OR {THEIRS})",
    f"ALTER POLICY one_case ON delivery_attempts USING ({NOBODY} OR {TRIED})",
)
# The owner is behind the walls too.
EMPTIED = (
    "ALTER TABLE deliveries NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE delivery_attempts NO FORCE ROW LEVEL SECURITY",
    "DELETE FROM delivery_attempts a USING deliveries d"
    " WHERE d.organisation_id = a.organisation_id AND d.id = a.delivery_id AND d.body_webhook_id IS NOT NULL",
    "DELETE FROM deliveries WHERE body_webhook_id IS NOT NULL",
    "ALTER TABLE delivery_attempts FORCE ROW LEVEL SECURITY",
    "ALTER TABLE deliveries FORCE ROW LEVEL SECURITY",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(TABLE)
    op.execute(ANSWERS)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE deliveries {', '.join(DELIVERIES)}")
    for statement in (*INDEXES, *POLICIES):
        op.execute(statement)
    for privileges, role in GRANTS.items():
        op.execute(f"GRANT {privileges} TO {role}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP POLICY body_webhook ON delivery_attempts")
    op.execute("DROP POLICY body_webhook ON deliveries")
    op.execute("DROP POLICY body_webhook_again ON deliveries")
    op.execute(f"ALTER POLICY one_case ON deliveries USING ({ONE_CASE})")
    op.execute(f"ALTER POLICY one_case ON delivery_attempts USING ({NOBODY})")
    for statement in EMPTIED:
        op.execute(statement)
    op.execute("DROP INDEX deliveries_due_idx")
    op.execute(
        "ALTER TABLE deliveries DROP COLUMN body_webhook_id, DROP CONSTRAINT IF EXISTS deliveries_webhook_id_check,"
        " ADD CONSTRAINT deliveries_webhook_id_check CHECK ((kind = 'webhook') = (webhook_id IS NOT NULL))"
    )
    op.execute(
        "CREATE INDEX deliveries_due_idx ON deliveries (organisation_id, webhook_id, next_at)"
        " WHERE state = 'waiting'::text"
    )
    op.execute("DROP TABLE body_answers, body_webhooks")
