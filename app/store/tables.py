"""The tables, as SQLAlchemy Core sees them. The migrations make them; `alembic check` finds any drift between the two.

Every tenant table leads its primary key and its foreign keys with organisation_id: a single-column foreign key would
let one organisation hang a row on another's, because foreign key checks skip row level security.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import UserDefinedType

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id: the order in which transactions began to write."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def _id() -> Column[object]:
    return Column("id", Uuid, nullable=False, server_default=text("uuidv7()"))


def _instant(name: str, *, null: bool = False, now: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=null, server_default=text("now()") if now else None)


def _text(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, Text, nullable=null)


def _json(name: str, default: str | None = None, *, null: bool = False) -> Column[object]:
    return Column(name, JSONB, nullable=null, server_default=text(default) if default else None)


def _one_of(column: str, *values: str) -> CheckConstraint:
    # text with CHECK and not an enum: enum_eq is not leakproof and loses its index under row level security
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _sha256(column: str) -> CheckConstraint:
    return CheckConstraint(f"octet_length({column}) = 32", name=column)


def _to(target: str, *columns: str) -> ForeignKeyConstraint:
    """A foreign key within the organisation: (organisation_id, *columns) to the same-named or `id` columns there."""
    there = ["id"] if len(columns) == 1 else [column.removeprefix("procedure_") for column in columns]
    return ForeignKeyConstraint(
        ["organisation_id", *columns], [f"{target}.organisation_id", *(f"{target}.{column}" for column in there)]
    )


def _of_organisation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation_id"], ["organisations.id"])


def _of_complaint() -> ForeignKeyConstraint:
    return _to("complaints", "complaint_id")


def _tenant(name: str, *items: SchemaItem) -> Table:
    """A table whose rows belong to one organisation."""
    return Table(
        name,
        metadata,
        Column("organisation_id", Uuid, nullable=False),
        _id(),
        *items,
        PrimaryKeyConstraint("organisation_id", "id"),
    )


organisations = Table(
    "organisations",
    metadata,
    _id(),
    _text("slug"),
    _text("name"),
    Column("sandbox", Boolean, nullable=False, server_default=text("false")),
    Column("clock_offset", Interval, nullable=False, server_default=text("'00:00:00'::interval")),
    _json("settings", "'{}'::jsonb"),
    _instant("created_at", now=True),
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
    _id(),
    _text("slug"),
    _text("name"),
    _text("kind"),
    _json("profile", "'{}'::jsonb"),
    _instant("created_at", now=True),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("slug"),
)

body_keys = Table(
    "body_keys",
    metadata,
    _id(),
    Column("body_id", Uuid, nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    _text("prefix"),
    _instant("created_at", now=True),
    _instant("expires_at", null=True),
    _instant("revoked_at", null=True),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("key_hash"),
    ForeignKeyConstraint(["body_id"], ["bodies.id"]),
    _sha256("key_hash"),
)

staff = _tenant(
    "staff",
    _text("name"),
    _text("email"),
    Column("roles", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    _instant("created_at", now=True),
    _of_organisation(),
)

api_keys = _tenant(
    "api_keys",
    _text("kind"),
    _text("name"),
    _text("prefix"),
    Column("key_hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("staff_id", Uuid),
    _instant("created_at", now=True),
    _instant("expires_at", null=True),
    _instant("revoked_at", null=True),
    Column("replaced_by", Uuid),
    _of_organisation(),
    _to("staff", "staff_id"),
    _to("api_keys", "replaced_by"),
    # over all organisations: the key is what says which one. 256 random bits tell nobody anything about another's.
    UniqueConstraint("key_hash"),
    _one_of("kind", "admin", "system", "website", "reporter", "auditor", "staff"),
    CheckConstraint("(kind = 'staff') = (staff_id IS NOT NULL)", name="staff_id"),
    _sha256("key_hash"),
)

procedure_versions = _tenant(
    "procedure_versions",
    _text("procedure"),
    Column("version", Integer, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_until", Date),
    _text("definition"),
    Column("sha256", LargeBinary, nullable=False),
    _instant("published_at", now=True),
    Column("published_by", Uuid),
    _of_organisation(),
    UniqueConstraint("organisation_id", "procedure", "version"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("effective_until >= effective_from", name="effective_until"),
    _sha256("sha256"),
)

calendar_versions = Table(
    "calendar_versions",
    metadata,
    Column("version", Integer, nullable=False, autoincrement=False),
    _json("decree_days"),
    _instant("published_at", now=True),
    PrimaryKeyConstraint("version"),
)

complaints = _tenant(
    "complaints",
    _text("reference"),
    _text("procedure"),
    Column("procedure_version", Integer, nullable=False),
    # no foreign key: each intake of every organisation would lock the same calendar row, and none is ever deleted
    Column("calendar_version", Integer, nullable=False),
    _text("kind"),
    _text("channel"),
    _text("category", null=True),
    _text("complainant_type", null=True),
    _instant("received_at"),
    Column("received_on", Date, nullable=False),
    _text("stage"),
    _text("state"),
    _text("public_status"),
    _text("verdict", null=True),
    Column("handler_id", Uuid),
    Column("next_act_by", Date),
    Column("next_due_on", Date),
    _instant("closed_at", null=True),
    Column("head_sequence", Integer, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    _instant("created_at", now=True),
    _instant("updated_at", now=True),
    _to("procedure_versions", "procedure", "procedure_version"),
    _to("staff", "handler_id"),
    UniqueConstraint("organisation_id", "reference"),
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
        ],
    ),
    _one_of("kind", "complaint", "signal", "enquiry", "out_of_scope"),
    _one_of("public_status", "in_progress", "handled"),
    CheckConstraint("head_sequence > 0", name="head_sequence"),
    _sha256("head_hash"),
)

parties = _tenant(
    "parties",
    Column("complaint_id", Uuid, nullable=False),
    _text("role"),
    _text("name", null=True),
    _text("email", null=True),
    _text("email_key", null=True),
    _json("details", "'{}'::jsonb"),
    _instant("removed_at", null=True),
    _of_complaint(),
    Index("parties_complaint_idx", "organisation_id", "complaint_id"),
    Index("parties_email_idx", "organisation_id", "email_key", postgresql_where=text("email_key IS NOT NULL")),
)

events = _tenant(
    "events",
    Column("complaint_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    _text("type"),
    _instant("occurred_at"),
    _instant("recorded_at"),
    _text("actor_kind"),
    Column("actor_id", Uuid),
    _text("actor_role", null=True),
    # text and not jsonb: the hash is over these very bytes
    _text("facts"),
    _text("texts", null=True),
    Column("salt", LargeBinary),
    Column("texts_hash", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    _of_complaint(),
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
    CheckConstraint("sequence > 0", name="sequence"),
    _sha256("texts_hash"),
    _sha256("previous_hash"),
    _sha256("hash"),
)

# a term that ended or stands still is not warned about
_UNWARNED = text("open AND warned_at IS NULL AND warn_at IS NOT NULL AND state = 'pending'::text")

terms = _tenant(
    "terms",
    Column("complaint_id", Uuid, nullable=False),
    _text("key"),
    _text("duty"),
    _text("stage"),
    _text("source"),
    _text("state"),
    Column("soft", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("due_on", Date),
    _instant("breach_at", null=True),
    Column("act_by", Date),
    _instant("warn_at", null=True),
    _instant("warned_at", null=True),
    _instant("breach_recorded_at", null=True),
    _instant("met_at", null=True),
    Column("handler_id", Uuid),
    _text("reference"),
    _json("derivation"),
    _of_complaint(),
    _to("staff", "handler_id"),
    UniqueConstraint("organisation_id", "complaint_id", "key"),
    _one_of("state", "pending", "met", "met_late", "overdue", "suspended", "cancelled"),
    Index("terms_work_list_idx", "organisation_id", "act_by", "id", postgresql_where=text("open")),
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
)

outbox = _tenant(
    "outbox",
    Column("complaint_id", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    _text("type"),
    _instant("occurred_at"),
    _instant("created_at", now=True),
    Column("state", Text, nullable=False, server_default=text("'listed'::text")),
    _of_complaint(),
    _to("events", "event_id"),
    _one_of("state", "listed", "delivered"),
    Index("outbox_listed_idx", "created_at", postgresql_where=text("state = 'listed'::text")),
)

involvements = _tenant(
    "involvements",
    Column("complaint_id", Uuid, nullable=False),
    Column("staff_id", Uuid, nullable=False),
    _instant("declared_at"),
    _of_complaint(),
    _to("staff", "staff_id"),
    # led by the person: the wall asks which complaints somebody is involved in
    UniqueConstraint("organisation_id", "staff_id", "complaint_id"),
)

idempotency_answers = _tenant(
    "idempotency_answers",
    Column("caller_id", Uuid, nullable=False),
    _text("key"),
    Column("request_hash", LargeBinary, nullable=False),
    # the complaint an answer tells about, so that it is hidden and erased with it; None when it tells about none
    Column("complaint_id", Uuid),
    Column("status", Integer, nullable=False),
    _json("headers", "'{}'::jsonb"),
    _text("body"),
    _instant("created_at", now=True),
    _of_complaint(),
    UniqueConstraint("organisation_id", "caller_id", "key"),
    _sha256("request_hash"),
    Index("idempotency_answers_created_idx", "created_at"),
)

review_completions = _tenant(
    "review_completions",
    _text("procedure"),
    _text("review"),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    _instant("completed_at"),
    Column("completed_by", Uuid),
    _json("facts", "'{}'::jsonb"),
    _json("texts", null=True),
    _of_organisation(),
    Index("review_completions_period_idx", "organisation_id", "procedure", "review", "period_start"),
    CheckConstraint("period_end >= period_start", name="period_end"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    _text("name"),
    _instant("at", now=True),
    _json("figures", "'{}'::jsonb"),
    PrimaryKeyConstraint("name"),
)

drafts = _tenant(
    "drafts",
    _text("reason"),
    _json("filing"),
    _instant("received_at"),
    Column("complaint_id", Uuid),
    _of_organisation(),
    _of_complaint(),
)
