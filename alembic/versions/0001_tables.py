"""The tables."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE organisations (
        id uuid DEFAULT uuidv7() NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        sandbox boolean DEFAULT false NOT NULL,
        clock_offset interval DEFAULT '00:00:00'::interval NOT NULL,
        settings jsonb DEFAULT '{}'::jsonb NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT organisations_pkey PRIMARY KEY (id),
        CONSTRAINT organisations_slug_key UNIQUE (slug),
        CONSTRAINT organisations_clock_offset_check
            CHECK (clock_offset >= '00:00:00'::interval AND (sandbox OR clock_offset = '00:00:00'::interval))
    )
    """,
    """
    CREATE TABLE bodies (
        id uuid DEFAULT uuidv7() NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        kind text NOT NULL,
        profile jsonb DEFAULT '{}'::jsonb NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT bodies_pkey PRIMARY KEY (id),
        CONSTRAINT bodies_slug_key UNIQUE (slug)
    )
    """,
    """
    CREATE TABLE body_keys (
        id uuid DEFAULT uuidv7() NOT NULL,
        body_id uuid NOT NULL,
        key_hash bytea NOT NULL,
        prefix text NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        CONSTRAINT body_keys_pkey PRIMARY KEY (id),
        CONSTRAINT body_keys_key_hash_key UNIQUE (key_hash),
        CONSTRAINT body_keys_body_id_fkey FOREIGN KEY (body_id) REFERENCES bodies (id),
        CONSTRAINT body_keys_key_hash_check CHECK (octet_length(key_hash) = 32)
    )
    """,
    """
    CREATE TABLE staff (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        name text NOT NULL,
        email text NOT NULL,
        roles text[] DEFAULT '{}'::text[] NOT NULL,
        active boolean DEFAULT true NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT staff_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT staff_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisations (id)
    )
    """,
    """
    CREATE TABLE api_keys (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        prefix text NOT NULL,
        key_hash bytea NOT NULL,
        scopes text[] DEFAULT '{}'::text[] NOT NULL,
        staff_id uuid,
        created_at timestamptz DEFAULT now() NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        replaced_by uuid,
        CONSTRAINT api_keys_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT api_keys_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisations (id),
        CONSTRAINT api_keys_organisation_id_staff_id_fkey
            FOREIGN KEY (organisation_id, staff_id) REFERENCES staff (organisation_id, id),
        CONSTRAINT api_keys_organisation_id_replaced_by_fkey
            FOREIGN KEY (organisation_id, replaced_by) REFERENCES api_keys (organisation_id, id),
        CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
        CONSTRAINT api_keys_kind_check
            CHECK (kind IN ('admin', 'system', 'website', 'reporter', 'auditor', 'staff')),
        CONSTRAINT api_keys_staff_id_check CHECK ((kind = 'staff') = (staff_id IS NOT NULL)),
        CONSTRAINT api_keys_key_hash_check CHECK (octet_length(key_hash) = 32)
    )
    """,
    """
    CREATE TABLE procedure_versions (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        procedure text NOT NULL,
        version integer NOT NULL,
        effective_from date NOT NULL,
        effective_until date,
        definition text NOT NULL,
        sha256 bytea NOT NULL,
        published_at timestamptz DEFAULT now() NOT NULL,
        published_by uuid,
        CONSTRAINT procedure_versions_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT procedure_versions_organisation_id_fkey
            FOREIGN KEY (organisation_id) REFERENCES organisations (id),
        CONSTRAINT procedure_versions_organisation_id_procedure_version_key
            UNIQUE (organisation_id, procedure, version),
        CONSTRAINT procedure_versions_version_check CHECK (version > 0),
        CONSTRAINT procedure_versions_effective_until_check CHECK (effective_until >= effective_from),
        CONSTRAINT procedure_versions_sha256_check CHECK (octet_length(sha256) = 32)
    )
    """,
    """
    CREATE TABLE calendar_versions (
        version integer NOT NULL,
        decree_days jsonb NOT NULL,
        published_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT calendar_versions_pkey PRIMARY KEY (version)
    )
    """,
    """
    CREATE TABLE complaints (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        reference text NOT NULL,
        procedure text NOT NULL,
        procedure_version integer NOT NULL,
        calendar_version integer NOT NULL,
        kind text NOT NULL,
        channel text NOT NULL,
        category text,
        complainant_type text,
        received_at timestamptz NOT NULL,
        received_on date NOT NULL,
        stage text NOT NULL,
        state text NOT NULL,
        public_status text NOT NULL,
        verdict text,
        handler_id uuid,
        next_act_by date,
        next_due_on date,
        closed_at timestamptz,
        head_sequence integer NOT NULL,
        head_hash bytea NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        updated_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT complaints_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT complaints_organisation_id_procedure_procedure_version_fkey
            FOREIGN KEY (organisation_id, procedure, procedure_version)
                REFERENCES procedure_versions (organisation_id, procedure, version),
        CONSTRAINT complaints_organisation_id_handler_id_fkey
            FOREIGN KEY (organisation_id, handler_id) REFERENCES staff (organisation_id, id),
        CONSTRAINT complaints_organisation_id_reference_key UNIQUE (organisation_id, reference),
        CONSTRAINT complaints_kind_check CHECK (kind IN ('complaint', 'signal', 'enquiry', 'out_of_scope')),
        CONSTRAINT complaints_public_status_check CHECK (public_status IN ('in_progress', 'handled')),
        CONSTRAINT complaints_head_sequence_check CHECK (head_sequence > 0),
        CONSTRAINT complaints_head_hash_check CHECK (octet_length(head_hash) = 32)
    )
    """,
    """
    CREATE TABLE parties (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        complaint_id uuid NOT NULL,
        role text NOT NULL,
        name text,
        email text,
        email_key text,
        details jsonb DEFAULT '{}'::jsonb NOT NULL,
        removed_at timestamptz,
        CONSTRAINT parties_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT parties_organisation_id_complaint_id_fkey
            FOREIGN KEY (organisation_id, complaint_id) REFERENCES complaints (organisation_id, id)
    )
    """,
    "CREATE INDEX parties_complaint_idx ON parties (organisation_id, complaint_id)",
    "CREATE INDEX parties_email_idx ON parties (organisation_id, email_key) WHERE email_key IS NOT NULL",
    """
    CREATE TABLE events (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        complaint_id uuid NOT NULL,
        sequence integer NOT NULL,
        type text NOT NULL,
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        actor_kind text NOT NULL,
        actor_id uuid,
        actor_role text,
        facts text NOT NULL,
        texts text,
        salt bytea,
        texts_hash bytea NOT NULL,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL,
        xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
        CONSTRAINT events_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT events_organisation_id_complaint_id_fkey
            FOREIGN KEY (organisation_id, complaint_id) REFERENCES complaints (organisation_id, id),
        CONSTRAINT events_organisation_id_complaint_id_sequence_key
            UNIQUE (organisation_id, complaint_id, sequence),
        CONSTRAINT events_sequence_check CHECK (sequence > 0),
        CONSTRAINT events_texts_hash_check CHECK (octet_length(texts_hash) = 32),
        CONSTRAINT events_previous_hash_check CHECK (octet_length(previous_hash) = 32),
        CONSTRAINT events_hash_check CHECK (octet_length(hash) = 32)
    )
    """,
    "CREATE INDEX events_replay_idx ON events (organisation_id, xid, id)",
    """
    CREATE TABLE terms (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        complaint_id uuid NOT NULL,
        key text NOT NULL,
        duty text NOT NULL,
        stage text NOT NULL,
        source text NOT NULL,
        state text NOT NULL,
        soft boolean NOT NULL,
        open boolean NOT NULL,
        started_on date NOT NULL,
        due_on date,
        breach_at timestamptz,
        act_by date,
        warn_at timestamptz,
        warned_at timestamptz,
        breach_recorded_at timestamptz,
        met_at timestamptz,
        handler_id uuid,
        reference text NOT NULL,
        derivation jsonb NOT NULL,
        CONSTRAINT terms_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT terms_organisation_id_complaint_id_fkey
            FOREIGN KEY (organisation_id, complaint_id) REFERENCES complaints (organisation_id, id),
        CONSTRAINT terms_organisation_id_handler_id_fkey
            FOREIGN KEY (organisation_id, handler_id) REFERENCES staff (organisation_id, id),
        CONSTRAINT terms_organisation_id_complaint_id_key_key UNIQUE (organisation_id, complaint_id, key),
        CONSTRAINT terms_state_check
            CHECK (state IN ('pending', 'met', 'met_late', 'overdue', 'suspended', 'cancelled'))
    )
    """,
    "CREATE INDEX terms_breach_idx ON terms (breach_at) WHERE open AND breach_recorded_at IS NULL",
    """
    CREATE INDEX terms_organisation_breach_idx
        ON terms (organisation_id, breach_at)
        WHERE open AND breach_recorded_at IS NULL
    """,
    """
    CREATE INDEX terms_organisation_warn_idx
        ON terms (organisation_id, warn_at)
        WHERE open AND warned_at IS NULL AND warn_at IS NOT NULL
    """,
    "CREATE INDEX terms_warn_idx ON terms (warn_at) WHERE open AND warned_at IS NULL AND warn_at IS NOT NULL",
    "CREATE INDEX terms_work_list_idx ON terms (organisation_id, act_by, id) WHERE open",
    """
    CREATE TABLE outbox (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        complaint_id uuid NOT NULL,
        event_id uuid NOT NULL,
        sequence integer NOT NULL,
        type text NOT NULL,
        occurred_at timestamptz NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        state text DEFAULT 'listed'::text NOT NULL,
        CONSTRAINT outbox_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT outbox_organisation_id_complaint_id_fkey
            FOREIGN KEY (organisation_id, complaint_id) REFERENCES complaints (organisation_id, id),
        CONSTRAINT outbox_organisation_id_event_id_fkey
            FOREIGN KEY (organisation_id, event_id) REFERENCES events (organisation_id, id),
        CONSTRAINT outbox_state_check CHECK (state IN ('listed', 'delivered'))
    )
    """,
    "CREATE INDEX outbox_listed_idx ON outbox (created_at) WHERE state = 'listed'::text",
    """
    CREATE TABLE involvements (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        complaint_id uuid NOT NULL,
        staff_id uuid NOT NULL,
        declared_at timestamptz NOT NULL,
        CONSTRAINT involvements_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT involvements_organisation_id_complaint_id_fkey
            FOREIGN KEY (organisation_id, complaint_id) REFERENCES complaints (organisation_id, id),
        CONSTRAINT involvements_organisation_id_staff_id_fkey
            FOREIGN KEY (organisation_id, staff_id) REFERENCES staff (organisation_id, id),
        CONSTRAINT involvements_organisation_id_staff_id_complaint_id_key
            UNIQUE (organisation_id, staff_id, complaint_id)
    )
    """,
    """
    CREATE TABLE idempotency_answers (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        caller_id uuid NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        complaint_id uuid,
        status integer NOT NULL,
        headers jsonb DEFAULT '{}'::jsonb NOT NULL,
        body text NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT idempotency_answers_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT idempotency_answers_organisation_id_complaint_id_fkey
            FOREIGN KEY (organisation_id, complaint_id) REFERENCES complaints (organisation_id, id),
        CONSTRAINT idempotency_answers_organisation_id_caller_id_key_key UNIQUE (organisation_id, caller_id, key),
        CONSTRAINT idempotency_answers_request_hash_check CHECK (octet_length(request_hash) = 32)
    )
    """,
    "CREATE INDEX idempotency_answers_created_idx ON idempotency_answers (created_at)",
    """
    CREATE TABLE review_completions (
        organisation_id uuid NOT NULL,
        id uuid DEFAULT uuidv7() NOT NULL,
        procedure text NOT NULL,
        review text NOT NULL,
        period_start date NOT NULL,
        period_end date NOT NULL,
        completed_at timestamptz NOT NULL,
        completed_by uuid,
        facts jsonb DEFAULT '{}'::jsonb NOT NULL,
        texts jsonb,
        CONSTRAINT review_completions_pkey PRIMARY KEY (organisation_id, id),
        CONSTRAINT review_completions_organisation_id_fkey
            FOREIGN KEY (organisation_id) REFERENCES organisations (id),
        CONSTRAINT review_completions_period_end_check CHECK (period_end >= period_start)
    )
    """,
    """
    CREATE INDEX review_completions_period_idx
        ON review_completions (organisation_id, procedure, review, period_start)
    """,
)


def upgrade() -> None:
    # a migration that has to wait makes everybody behind it wait: rather fail and try again
    op.execute("SET LOCAL lock_timeout = '3s'")
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(
        "DROP TABLE review_completions, idempotency_answers, involvements, outbox, terms, events, parties, complaints,"
        " calendar_versions, procedure_versions, api_keys, staff, body_keys, bodies, organisations"
    )
