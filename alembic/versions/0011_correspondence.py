"""Correspondence: messages and letters, mail in and out, files, webhooks, and the deliveries of all of them."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE mailboxes (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        direction TEXT NOT NULL,
        host TEXT NOT NULL,
        port INTEGER NOT NULL,
        security TEXT NOT NULL,
        username TEXT,
        password BYTEA,
        address TEXT NOT NULL,
        name TEXT,
        folder TEXT,
        enabled BOOLEAN DEFAULT true NOT NULL,
        leased_until timestamptz,
        used_at timestamptz,
        last_code TEXT,
        updated_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT mailboxes_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT mailboxes_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT mailboxes_organisation_id_direction_key UNIQUE (organisation_id, direction),
        CONSTRAINT mailboxes_direction_check CHECK (direction IN ('outgoing', 'incoming')),
        CONSTRAINT mailboxes_security_check CHECK (security IN ('tls', 'starttls', 'none'))
    )
    """,
    """
    CREATE TABLE letter_templates (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        procedure TEXT NOT NULL,
        letter TEXT NOT NULL,
        language TEXT NOT NULL,
        version INTEGER NOT NULL,
        definition JSONB NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        created_by UUID,
        CONSTRAINT letter_templates_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT letter_templates_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT letter_templates_organisation_id_procedure_letter_langu_8b08
          UNIQUE (organisation_id, procedure, letter, language, version),
        CONSTRAINT letter_templates_language_check CHECK (language IN ('nl', 'en')),
        CONSTRAINT letter_templates_version_check CHECK (version > 0)
    )
    """,
    """
    CREATE TABLE inbound_mails (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID,
        digest BYTEA NOT NULL,
        object_key TEXT NOT NULL,
        size BIGINT NOT NULL,
        received_at timestamptz NOT NULL,
        message_id TEXT,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        head JSONB DEFAULT '{}'::jsonb NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        decided_at timestamptz,
        decided_by UUID,
        CONSTRAINT inbound_mails_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT inbound_mails_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT inbound_mails_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES  complaints (organisation_id, id),
        CONSTRAINT inbound_mails_organisation_id_digest_key UNIQUE (organisation_id, digest),
        CONSTRAINT inbound_mails_digest_check CHECK (octet_length(digest) = 32),
        CONSTRAINT inbound_mails_kind_check
          CHECK (kind IN ('complaint', 'reply', 'bounce', 'auto_reply', 'loop', 'unclear', 'oversized', 'malformed')),
        CONSTRAINT inbound_mails_state_check CHECK (state IN ('filed', 'triage', 'set_aside'))
    )
    """,
    "CREATE INDEX inbound_mails_triage_idx ON inbound_mails (organisation_id, id) WHERE state = 'triage'::text",
    """
    CREATE TABLE messages (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID NOT NULL,
        direction TEXT NOT NULL,
        channel TEXT NOT NULL,
        state TEXT NOT NULL,
        shared BOOLEAN NOT NULL,
        language TEXT NOT NULL,
        letter TEXT,
        step JSONB,
        version INTEGER DEFAULT 1 NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        html TEXT,
        parties JSONB DEFAULT '[]'::jsonb NOT NULL,
        contents TEXT[] DEFAULT '{}'::text[] NOT NULL,
        occurred_at timestamptz,
        author_kind TEXT NOT NULL,
        author_id UUID,
        approved_at timestamptz,
        approved_by UUID,
        event_id UUID,
        reply_to UUID,
        mail_id UUID,
        created_at timestamptz DEFAULT now() NOT NULL,
        updated_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT messages_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT messages_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES  complaints (organisation_id, id),
        CONSTRAINT messages_organisation_id_event_id_fkey FOREIGN KEY(organisation_id, event_id)
          REFERENCES  events (organisation_id, id),
        CONSTRAINT messages_organisation_id_reply_to_fkey FOREIGN KEY(organisation_id, reply_to)
          REFERENCES  messages (organisation_id, id),
        CONSTRAINT messages_organisation_id_mail_id_fkey FOREIGN KEY(organisation_id, mail_id)
          REFERENCES  inbound_mails (organisation_id, id),
        CONSTRAINT messages_direction_check CHECK (direction IN ('inbound', 'outbound', 'internal')),
        CONSTRAINT messages_channel_check
          CHECK (channel IN ('email', 'post', 'phone', 'conversation', 'web', 'portal')),
        CONSTRAINT messages_state_check CHECK (state IN ('draft', 'approved', 'sent', 'received', 'noted')),
        CONSTRAINT messages_version_check CHECK (version > 0),
        CONSTRAINT messages_occurred_at_check CHECK (state IN ('draft', 'approved') OR occurred_at IS NOT NULL),
        CONSTRAINT messages_shared_check CHECK (direction <> 'internal' OR NOT shared)
    )
    """,
    "CREATE INDEX messages_complaint_idx ON messages (organisation_id, complaint_id, id)",
    """
    CREATE TABLE message_versions (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID NOT NULL,
        message_id UUID NOT NULL,
        version INTEGER NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        author_kind TEXT NOT NULL,
        author_id UUID,
        written_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT message_versions_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT message_versions_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES  complaints (organisation_id, id),
        CONSTRAINT message_versions_organisation_id_message_id_fkey FOREIGN KEY(organisation_id, message_id)
          REFERENCES  messages (organisation_id, id),
        CONSTRAINT message_versions_organisation_id_message_id_version_key UNIQUE (organisation_id, message_id, version)
    )
    """,
    """
    CREATE TABLE attachments (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID,
        message_id UUID,
        mail_id UUID,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size BIGINT NOT NULL,
        sha256 BYTEA NOT NULL,
        object_key TEXT NOT NULL,
        state TEXT NOT NULL,
        shared BOOLEAN NOT NULL,
        author_kind TEXT NOT NULL,
        author_id UUID,
        created_at timestamptz DEFAULT now() NOT NULL,
        checked_at timestamptz,
        CONSTRAINT attachments_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT attachments_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT attachments_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES  complaints (organisation_id, id),
        CONSTRAINT attachments_organisation_id_message_id_fkey FOREIGN KEY(organisation_id, message_id)
          REFERENCES  messages (organisation_id, id),
        CONSTRAINT attachments_organisation_id_mail_id_fkey FOREIGN KEY(organisation_id, mail_id)
          REFERENCES  inbound_mails (organisation_id, id),
        CONSTRAINT attachments_organisation_id_object_key_key UNIQUE (organisation_id, object_key),
        CONSTRAINT attachments_sha256_check CHECK (octet_length(sha256) = 32),
        CONSTRAINT attachments_size_check CHECK (size >= 0),
        CONSTRAINT attachments_state_check CHECK (state IN ('quarantined', 'clean', 'infected'))
    )
    """,
    "CREATE INDEX attachments_complaint_idx ON attachments (organisation_id, complaint_id, id)",
    "CREATE INDEX attachments_quarantined_idx ON attachments (created_at) WHERE state = 'quarantined'::text",
    """
    CREATE TABLE webhooks (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
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
        CONSTRAINT webhooks_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT webhooks_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT webhooks_state_check CHECK (state IN ('active', 'paused', 'removed'))
    )
    """,
    """
    CREATE TABLE deliveries (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        complaint_id UUID,
        kind TEXT NOT NULL,
        message_id UUID,
        webhook_id UUID,
        event_id UUID,
        sequence INTEGER,
        type TEXT,
        address TEXT,
        state TEXT NOT NULL,
        attempts INTEGER DEFAULT 0 NOT NULL,
        next_at timestamptz,
        lease UUID,
        leased_until timestamptz,
        created_at timestamptz DEFAULT now() NOT NULL,
        delivered_at timestamptz,
        ended_at timestamptz,
        last_status INTEGER,
        last_code TEXT,
        CONSTRAINT deliveries_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT deliveries_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT deliveries_organisation_id_complaint_id_fkey FOREIGN KEY(organisation_id, complaint_id)
          REFERENCES  complaints (organisation_id, id),
        CONSTRAINT deliveries_organisation_id_message_id_fkey FOREIGN KEY(organisation_id, message_id)
          REFERENCES  messages (organisation_id, id),
        CONSTRAINT deliveries_organisation_id_webhook_id_fkey FOREIGN KEY(organisation_id, webhook_id)
          REFERENCES  webhooks (organisation_id, id),
        CONSTRAINT deliveries_organisation_id_event_id_fkey FOREIGN KEY(organisation_id, event_id)
          REFERENCES  events (organisation_id, id),
        CONSTRAINT deliveries_kind_check CHECK (kind IN ('mail', 'post', 'webhook')),
        CONSTRAINT deliveries_state_check CHECK (state IN ('waiting', 'to_print', 'delivered', 'dead', 'cancelled')),
        CONSTRAINT deliveries_webhook_id_check CHECK ((kind = 'webhook') = (webhook_id IS NOT NULL)),
        CONSTRAINT deliveries_attempts_check CHECK (attempts >= 0),
        CONSTRAINT deliveries_next_at_check CHECK (state <> 'waiting' OR next_at IS NOT NULL)
    )
    """,
    "CREATE INDEX deliveries_address_idx ON deliveries (organisation_id, address, created_at) WHERE kind = 'mail'",
    "CREATE INDEX deliveries_due_idx ON deliveries (organisation_id, webhook_id, next_at)"
    " WHERE state = 'waiting'::text",
    "CREATE INDEX deliveries_message_idx ON deliveries (organisation_id, message_id)",
    "CREATE INDEX deliveries_unfinished_idx ON deliveries (organisation_id, id) WHERE state <> 'delivered'::text",
    "CREATE INDEX deliveries_webhook_idx ON deliveries (organisation_id, webhook_id, id)",
    """
    CREATE TABLE delivery_attempts (
        organisation_id UUID NOT NULL,
        id UUID DEFAULT uuidv7() NOT NULL,
        delivery_id UUID NOT NULL,
        number INTEGER NOT NULL,
        began_at timestamptz NOT NULL,
        took_ms INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        code TEXT NOT NULL,
        CONSTRAINT delivery_attempts_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT delivery_attempts_organisation_id_delivery_id_fkey FOREIGN KEY(organisation_id, delivery_id)
          REFERENCES  deliveries (organisation_id, id),
        CONSTRAINT delivery_attempts_outcome_check CHECK (outcome IN ('delivered', 'temporary', 'permanent'))
    )
    """,
    "CREATE INDEX delivery_attempts_delivery_idx ON delivery_attempts (organisation_id, delivery_id, number)",
)
NAMES = (
    *("mailboxes", "letter_templates", "inbound_mails", "messages", "message_versions", "attachments", "webhooks"),
    *("deliveries", "delivery_attempts"),
)
ON_A_COMPLAINT = ("messages", "message_versions", "deliveries", "attachments", "inbound_mails")

_HOW_IT_WENT = "state, attempts, next_at, lease, leased_until, delivered_at, ended_at, last_status, last_code"
APP = {
    "mailboxes": "SELECT, INSERT, UPDATE (host, port, security, username, password, address, name, folder, enabled,"
    " leased_until, used_at, last_code, updated_at)",
    "letter_templates": "SELECT, INSERT",
    "messages": "SELECT, INSERT, UPDATE (channel, state, shared, language, letter, step, version, subject, body, html,"
    " parties, contents, occurred_at, approved_at, approved_by, event_id, updated_at)",
    "message_versions": "SELECT, INSERT",
    # what came in is filed on a complaint when somebody has decided so
    "inbound_mails": "SELECT, INSERT, UPDATE (complaint_id, kind, state, reason, decided_at, decided_by)",
    "attachments": "SELECT, INSERT, UPDATE (complaint_id, message_id, state, shared, checked_at)",
    "webhooks": "SELECT, INSERT, UPDATE (url, description, event_types, secret, previous_secret, previous_until, state,"
    " reason, paused_at, failing_since, updated_at)",
    "deliveries": f"SELECT, INSERT, UPDATE ({_HOW_IT_WENT})",
    "delivery_attempts": "SELECT, INSERT",
}
# Ids, states and instants of all organisations; nothing that anybody wrote, and no address.
WORKER = {
    "mailboxes": "SELECT (organisation_id, id, direction, enabled, leased_until, used_at, last_code),"
    " UPDATE (leased_until, used_at, last_code)",
    "inbound_mails": "SELECT (organisation_id, id, object_key, state, created_at)",
    "attachments": "SELECT (organisation_id, id, object_key, state, created_at)",
    "webhooks": "SELECT (organisation_id, id, event_types, state, paused_at, failing_since),"
    " UPDATE (state, reason, paused_at, failing_since, updated_at)",
    "deliveries": "SELECT (organisation_id, id, complaint_id, kind, message_id, webhook_id, event_id, sequence, type,"
    f" created_at, {_HOW_IT_WENT}), INSERT, UPDATE ({_HOW_IT_WENT})",
    "delivery_attempts": "INSERT",
    "outbox": "UPDATE (state)",
}
THEIRS = "(SELECT CASE WHEN app_staff() IS NOT NULL THEN app_involvements() ELSE '{}'::uuid[] END)::uuid[]"

# Even the API's own role cannot change what was said.
IMMUTABLE = """
CREATE FUNCTION messages_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a message that was sent or received is not changed' USING ERRCODE = 'check_violation';
END $$
"""
ON_CHANGE = """
CREATE TRIGGER messages_stay BEFORE UPDATE ON messages FOR EACH ROW
WHEN (OLD.state IN ('sent', 'received', 'noted')) EXECUTE FUNCTION messages_stay()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for statement in TABLES:
        op.execute(statement)
    for table in NAMES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING (organisation_id = app_organisation())")
    for table in ON_A_COMPLAINT:
        hidden = f"complaint_id IS NULL OR complaint_id <> ALL ({THEIRS})"
        op.execute(f"CREATE POLICY not_involved ON {table} AS RESTRICTIVE TO gehoor_app USING ({hidden})")
    for table, privileges in APP.items():
        op.execute(f"GRANT {privileges} ON {table} TO gehoor_app")
    for table, privileges in WORKER.items():
        op.execute(f"GRANT {privileges} ON {table} TO gehoor_worker")
        if table in NAMES:
            op.execute(f"CREATE POLICY worker ON {table} TO gehoor_worker USING (true)")
    op.execute(IMMUTABLE)
    op.execute("REVOKE ALL ON FUNCTION messages_stay() FROM PUBLIC")
    op.execute(ON_CHANGE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE UPDATE (state) ON outbox FROM gehoor_worker")
    for table in reversed(NAMES):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION messages_stay()")
