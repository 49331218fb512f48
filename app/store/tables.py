"""The tables, as SQLAlchemy Core sees them. The migrations make them; `alembic check` finds drift between the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Interval,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.store.columns import (
    Xid8,
    id_column,
    instant,
    json_column,
    metadata,
    of_complaint,
    of_organisation,
    one_of,
    sha256,
    tenant,
    text_column,
    within,
)

organisations = Table(
    "organisations",
    metadata,
    id_column(),
    text_column("slug"),
    text_column("name"),
    Column("sandbox", Boolean, nullable=False, server_default=text("false")),
    Column("clock_offset", Interval, nullable=False, server_default=text("'00:00:00'::interval")),
    json_column("settings", "'{}'::jsonb"),
    instant("created_at", now=True),
    # since when none of its mail goes out, and when that was told
    instant("mail_failing_since", null=True),
    instant("mail_failing_told_at", null=True),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("slug"),
    # only a sandbox has a clock of its own, and that one goes forward only
    CheckConstraint(
        "clock_offset >= '00:00:00'::interval AND (sandbox OR clock_offset = '00:00:00'::interval)", name="clock_offset"
    ),
)

bodies = Table(
    "bodies",
    metadata,
    id_column(),
    text_column("slug"),
    text_column("name"),
    text_column("kind"),
    json_column("profile", "'{}'::jsonb"),
    instant("created_at", now=True),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("slug"),
)

body_keys = Table(
    "body_keys",
    metadata,
    id_column(),
    Column("body_id", Uuid, nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    text_column("prefix"),
    instant("created_at", now=True),
    instant("expires_at", null=True),
    instant("revoked_at", null=True),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("key_hash"),
    ForeignKeyConstraint(["body_id"], ["bodies.id"]),
    sha256("key_hash"),
)

staff = tenant(
    "staff",
    text_column("name"),
    text_column("email"),
    Column("roles", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    instant("created_at", now=True),
    of_organisation(),
)

api_keys = tenant(
    "api_keys",
    text_column("kind"),
    text_column("name"),
    text_column("prefix"),
    Column("key_hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("staff_id", Uuid),
    instant("created_at", now=True),
    instant("expires_at", null=True),
    instant("revoked_at", null=True),
    Column("replaced_by", Uuid),
    # of those that replaced one another; None for a key that replaced none, and for what migration 0028 tells of
    Column("first_key_id", Uuid),
    of_organisation(),
    within("staff", "staff_id"),
    within("api_keys", "replaced_by"),
    within("api_keys", "first_key_id"),
    # over all organisations: the key is what says which one. 256 random bits tell nobody anything about another's.
    UniqueConstraint("key_hash"),
    one_of("kind", "admin", "system", "website", "reporter", "auditor", "staff"),
    CheckConstraint("(kind = 'staff') = (staff_id IS NOT NULL)", name="staff_id"),
    sha256("key_hash"),
)

procedure_versions = tenant(
    "procedure_versions",
    text_column("procedure"),
    Column("version", Integer, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_until", Date),
    text_column("definition"),
    Column("sha256", LargeBinary, nullable=False),
    instant("published_at", now=True),
    Column("published_by", Uuid),
    of_organisation(),
    UniqueConstraint("organisation_id", "procedure", "version"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("effective_until >= effective_from", name="effective_until"),
    sha256("sha256"),
)

calendar_versions = Table(
    "calendar_versions",
    metadata,
    Column("version", Integer, nullable=False, autoincrement=False),
    json_column("decree_days"),
    instant("published_at", now=True),
    PrimaryKeyConstraint("version"),
    CheckConstraint(
        # each a day that there is, with a name: what cannot be read stops every intake
        "jsonb_typeof(decree_days) = 'array' AND jsonb_array_length(decree_days) = jsonb_array_length("
        'jsonb_path_query_array(decree_days, \'$[*] ? (@.date like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"'
        ' && @.date.datetime("YYYY-MM-DD").type() == "date" && @.name like_regex ".")\'))',
        name="decree_days",
    ),
)

complaints = tenant(
    "complaints",
    text_column("reference"),
    text_column("procedure"),
    Column("procedure_version", Integer, nullable=False),
    # no foreign key: each intake of every organisation would lock the same calendar row, and none is ever deleted
    Column("calendar_version", Integer, nullable=False),
    text_column("kind"),
    text_column("channel"),
    text_column("category", null=True),
    text_column("complainant_type", null=True),
    instant("received_at"),
    Column("received_on", Date, nullable=False),
    text_column("stage"),
    text_column("state"),
    text_column("public_status"),
    text_column("verdict", null=True),
    Column("handler_id", Uuid),
    Column("next_act_by", Date),
    Column("next_due_on", Date),
    instant("closed_at", null=True),
    Column("duplicate", Boolean, nullable=False, server_default=text("false")),
    Column("head_sequence", Integer, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    instant("created_at", now=True),
    instant("updated_at", now=True),
    within("procedure_versions", "procedure", "procedure_version"),
    within("staff", "handler_id"),
    UniqueConstraint("organisation_id", "reference"),
    Index("complaints_duplicate_idx", "organisation_id", "id", postgresql_where=text("duplicate")),
    Index(
        "complaints_handler_idx",
        *("organisation_id", "handler_id", "received_at", "id"),
        postgresql_where=text("handler_id IS NOT NULL"),
    ),
    Index(
        "complaints_state_idx",
        *("organisation_id", "state", "received_at", "id"),
        postgresql_where=text("state <> 'open'::text"),
    ),
    Index(
        "complaints_received_idx",
        "organisation_id",
        "received_at",
        "id",
        postgresql_include=[
            "procedure",
            "kind",
            "state",
            "category",
            "verdict",
            "received_on",
            "closed_at",
            "created_at",
            "reference",  # the wall around a body looks at it
        ],
    ),
    one_of("kind", "complaint", "signal", "enquiry", "out_of_scope"),
    one_of("public_status", "in_progress", "handled"),
    CheckConstraint("head_sequence > 0", name="head_sequence"),
    sha256("head_hash"),
)

parties = tenant(
    "parties",
    Column("complaint_id", Uuid, nullable=False),
    text_column("role"),
    text_column("name", null=True),
    text_column("email", null=True),
    text_column("email_key", null=True),
    # the name however it was typed; what name_key makes of it is in migration 0029
    Column("name_found", Text(collation="C"), Computed("name_key(name)", persisted=True)),
    json_column("details", "'{}'::jsonb"),
    instant("removed_at", null=True),
    of_complaint(),
    Index("parties_complaint_idx", "organisation_id", "complaint_id"),
    Index(
        "parties_name_idx",
        *("organisation_id", "name_found"),
        postgresql_where=text("removed_at IS NULL AND name_found IS NOT NULL"),
    ),
    Index("parties_email_idx", "organisation_id", "email_key", postgresql_where=text("email_key IS NOT NULL")),
)

events = tenant(
    "events",
    Column("complaint_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    text_column("type"),
    instant("occurred_at"),
    instant("recorded_at"),
    text_column("actor_kind"),
    Column("actor_id", Uuid),
    text_column("actor_role", null=True),
    # text and not jsonb: the hash is over these very bytes
    text_column("facts"),
    text_column("texts", null=True),
    Column("salt", LargeBinary),
    Column("texts_hash", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # the place in the feed; after a restore with a base on top (feed_base.py)
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    of_complaint(),
    UniqueConstraint("organisation_id", "complaint_id", "sequence"),
    # replay reads in this order, up to the oldest transaction that is still writing
    Index("events_replay_idx", "organisation_id", "xid", "id"),
    Index(
        "events_report_idx",
        "organisation_id",
        "complaint_id",
        postgresql_include=["type", "occurred_at"],
        postgresql_where=text(
            "type IN ('first_response.sent', 'informal_outcome.recorded', 'decision.sent', 'measure.recorded',"
            " 'event.corrected')"
        ),
    ),
    Index(
        "events_corrected_idx",
        *("organisation_id", "complaint_id"),
        postgresql_where=text("type = 'event.corrected'::text"),
    ),
    CheckConstraint("sequence > 0", name="sequence"),
    sha256("texts_hash"),
    sha256("previous_hash"),
    sha256("hash"),
)

_STANDS_STILL = text("open AND lapses_at IS NOT NULL AND state = 'suspended'::text")
# a term that ended or stands still is not warned about
_UNWARNED = text("open AND warned_at IS NULL AND warn_at IS NOT NULL AND state = 'pending'::text")

terms = tenant(
    "terms",
    Column("complaint_id", Uuid, nullable=False),
    text_column("key"),
    text_column("duty"),
    text_column("stage"),
    text_column("source"),
    text_column("state"),
    Column("soft", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("due_on", Date),
    instant("breach_at", null=True),
    Column("act_by", Date),
    instant("lapses_at", null=True),  # while it stands still until then, the days before are those from then on
    instant("warn_at", null=True),
    instant("warned_at", null=True),
    instant("breach_recorded_at", null=True),
    instant("guard_after", null=True),
    text_column("procedure", null=True),  # null in rows of before 0018 on whose complaint nothing was recorded since
    Column("procedure_version", Integer),
    instant("met_at", null=True),
    Column("handler_id", Uuid),
    text_column("reference"),
    json_column("derivation"),
    of_complaint(),
    within("staff", "handler_id"),
    UniqueConstraint("organisation_id", "complaint_id", "key"),
    one_of("state", "pending", "met", "met_late", "overdue", "suspended", "cancelled", "gone"),  # gone: none any more
    Index("terms_work_list_idx", "organisation_id", "act_by", "id", postgresql_where=text("open")),
    Index(
        "terms_suspended_idx",
        *("organisation_id", "act_by", "id"),
        postgresql_where=text("open AND state = 'suspended'::text"),
    ),
    Index(
        "terms_handler_idx",
        *("organisation_id", "handler_id", "act_by", "id"),
        postgresql_where=text("open AND handler_id IS NOT NULL"),
    ),
    Index("terms_ended_idx", *("organisation_id", "state", "act_by", "id"), postgresql_where=text("NOT open")),
    # the guard asks across organisations and inside a sandbox with its own clock: one index for each
    Index("terms_breach_idx", "breach_at", postgresql_where=text("open AND breach_recorded_at IS NULL")),
    Index(
        "terms_organisation_breach_idx",
        "organisation_id",
        "breach_at",
        postgresql_where=text("open AND breach_recorded_at IS NULL"),
    ),
    Index("terms_warn_idx", "warn_at", postgresql_where=_UNWARNED),
    Index(
        "terms_organisation_warn_idx",
        "organisation_id",
        "warn_at",
        postgresql_where=_UNWARNED,
    ),
    Index("terms_lapse_idx", "lapses_at", postgresql_where=_STANDS_STILL),
    Index("terms_organisation_lapse_idx", "organisation_id", "lapses_at", postgresql_where=_STANDS_STILL),
)

outbox = tenant(
    "outbox",
    Column("complaint_id", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    text_column("type"),
    instant("occurred_at"),
    instant("created_at", now=True),
    Column("state", Text, nullable=False, server_default=text("'listed'::text")),
    of_complaint(),
    within("events", "event_id"),
    one_of("state", "listed", "delivered"),
    Index("outbox_listed_idx", "created_at", postgresql_where=text("state = 'listed'::text")),
)

involvements = tenant(
    "involvements",
    Column("complaint_id", Uuid, nullable=False),
    Column("staff_id", Uuid, nullable=False),
    instant("declared_at"),
    # when it was taken back; the person sees the complaint again
    instant("cleared_at", null=True),
    of_complaint(),
    within("staff", "staff_id"),
    # led by the person: the wall asks which complaints somebody is involved in
    Index(
        "involvements_standing_key",
        *("organisation_id", "staff_id", "complaint_id"),
        unique=True,
        postgresql_where=text("cleared_at IS NULL"),
    ),
)

idempotency_answers = tenant(
    "idempotency_answers",
    Column("caller_id", Uuid, nullable=False),
    text_column("key"),
    Column("request_hash", LargeBinary, nullable=False),
    # the complaint an answer tells about, so that it is hidden and erased with it; None when it tells about none
    Column("complaint_id", Uuid),
    Column("status", Integer, nullable=False),
    json_column("headers", "'{}'::jsonb"),
    text_column("body"),
    instant("created_at", now=True),
    of_complaint(),
    UniqueConstraint("organisation_id", "caller_id", "key"),
    sha256("request_hash"),
    Index("idempotency_answers_created_idx", "created_at"),
)

# The same of an external body, for what it asks outside all cases.
body_answers = Table(
    "body_answers",
    metadata,
    id_column(),
    Column("body_id", Uuid, nullable=False),
    Column("caller_id", Uuid, nullable=False),
    text_column("key"),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    json_column("headers", "'{}'::jsonb"),
    text_column("body"),
    instant("created_at", now=True),
    PrimaryKeyConstraint("id"),
    ForeignKeyConstraint(["body_id"], ["bodies.id"]),
    UniqueConstraint("caller_id", "key"),
    sha256("request_hash"),
    Index("body_answers_created_idx", "created_at"),
)

review_completions = tenant(
    "review_completions",
    text_column("procedure"),
    text_column("review"),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    instant("completed_at"),
    Column("completed_by", Uuid),
    json_column("facts", "'{}'::jsonb"),
    json_column("texts", null=True),
    of_organisation(),
    Index("review_completions_period_idx", "organisation_id", "procedure", "review", "period_start"),
    CheckConstraint("period_end >= period_start", name="period_end"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    text_column("name"),
    instant("at", now=True),
    json_column("figures", "'{}'::jsonb"),
    PrimaryKeyConstraint("name"),
)

# one row: what places in the feed are counted from, and in which PostgreSQL (its system identifier)
feed_base = Table(
    "feed_base",
    metadata,
    Column("base", BigInteger, nullable=False, autoincrement=False),
    Column("cluster", BigInteger),
    PrimaryKeyConstraint("base"),
)

drafts = tenant(
    "drafts",
    text_column("reason"),
    json_column("filing"),
    instant("received_at"),
    Column("complaint_id", Uuid),
    of_organisation(),
    of_complaint(),
)
