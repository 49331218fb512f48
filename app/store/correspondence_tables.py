"""The tables of correspondence: messages and their letters, mail in and out, files, webhooks, deliveries."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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
from sqlalchemy.sql.schema import SchemaItem

from app.store.columns import (
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

# One that is stored under a fixed name at the organisation: outgoing mail by SMTP, incoming mail by IMAP.
mailboxes = tenant(
    "mailboxes",
    text_column("direction"),
    text_column("host"),
    Column("port", Integer, nullable=False),
    text_column("security"),
    text_column("username", null=True),
    # sealed with a key that is not in the database
    Column("password", LargeBinary),
    text_column("address"),
    text_column("name", null=True),
    text_column("folder", null=True),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    instant("leased_until", null=True),
    instant("used_at", null=True),
    text_column("last_code", null=True),
    instant("updated_at", now=True),
    instant("failing_since", null=True),
    of_organisation(),
    UniqueConstraint("organisation_id", "direction"),
    one_of("direction", "outgoing", "incoming"),
    one_of("security", "tls", "starttls", "none"),
)

# A template of the organisation's own; the newest version stands over the one that ships.
letter_templates = tenant(
    "letter_templates",
    text_column("procedure"),
    text_column("letter"),
    text_column("language"),
    Column("version", Integer, nullable=False),
    json_column("definition"),
    instant("created_at", now=True),
    Column("created_by", Uuid),
    of_organisation(),
    UniqueConstraint("organisation_id", "procedure", "letter", "language", "version"),
    one_of("language", "nl", "en"),
    CheckConstraint("version > 0", name="version"),
)

messages = tenant(
    "messages",
    Column("complaint_id", Uuid, nullable=False),
    text_column("direction"),
    text_column("channel"),
    text_column("state"),
    # whether the complainant may see it
    Column("shared", Boolean, nullable=False),
    text_column("language"),
    text_column("letter", null=True),
    # the step that sending takes, as it was sent to us: {"name": "decisions", "body": {...}}
    json_column("step", null=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    text_column("subject"),
    text_column("body"),
    text_column("html", null=True),
    # who it is from and to: [{"partyId", "role", "name", "address"}]
    json_column("parties", "'[]'::jsonb"),
    Column("contents", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    instant("occurred_at", null=True),
    text_column("author_kind"),
    Column("author_id", Uuid),
    instant("approved_at", null=True),
    Column("approved_by", Uuid),
    Column("event_id", Uuid),
    Column("reply_to", Uuid),
    Column("mail_id", Uuid),
    instant("created_at", now=True),
    instant("updated_at", now=True),
    of_complaint(),
    within("events", "event_id"),
    within("messages", "reply_to"),
    within("inbound_mails", "mail_id"),
    one_of("direction", "inbound", "outbound", "internal"),
    one_of("channel", "email", "post", "phone", "conversation", "web", "portal"),
    one_of("state", "draft", "approved", "sent", "received", "noted"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("state IN ('draft', 'approved') OR occurred_at IS NOT NULL", name="occurred_at"),
    CheckConstraint("direction <> 'internal' OR NOT shared", name="shared"),
    Index("messages_complaint_idx", "organisation_id", "complaint_id", "id"),
)

# What a draft said before it was changed.
message_versions = tenant(
    "message_versions",
    Column("complaint_id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    text_column("subject"),
    text_column("body"),
    text_column("author_kind"),
    Column("author_id", Uuid),
    instant("written_at", now=True),
    of_complaint(),
    within("messages", "message_id"),
    UniqueConstraint("organisation_id", "message_id", "version"),
)

# A mail as it came in. Its bytes lie in the object store; the digest keeps one mail from being filed twice, and the
# likeness, what copies have in common that came by two ways, another one of it.
inbound_mails = tenant(
    "inbound_mails",
    Column("complaint_id", Uuid),
    Column("digest", LargeBinary, nullable=False),
    text_column("object_key"),
    Column("size", BigInteger, nullable=False),
    instant("received_at"),
    text_column("message_id", null=True),
    text_column("kind"),
    text_column("state"),
    text_column("reason", null=True),
    # sender, subject and the like, for who has to decide: personal, like the texts of an event
    json_column("head", "'{}'::jsonb"),
    instant("created_at", now=True),
    instant("decided_at", null=True),
    Column("decided_by", Uuid),
    Column("likeness", LargeBinary),
    Column("duplicate_of", Uuid),
    # the complaints that it names in whatever way: who is involved in one of them does not see it
    Column("named", ARRAY(Uuid), nullable=False, server_default=text("'{}'::uuid[]")),
    of_organisation(),
    of_complaint(),
    within("inbound_mails", "duplicate_of"),
    UniqueConstraint("organisation_id", "digest"),
    sha256("digest"),
    sha256("likeness"),
    one_of("kind", "complaint", "reply", "bounce", "auto_reply", "loop", "unclear", "oversized", "malformed"),
    one_of("state", "filed", "triage", "set_aside"),
    Index("inbound_mails_likeness_idx", "organisation_id", "likeness", postgresql_where=text("likeness IS NOT NULL")),
    # asked of what lies in the object store; so are those of dossier_parts
    Index("inbound_mails_object_idx", "organisation_id", "object_key"),
    Index("inbound_mails_triage_idx", "organisation_id", "id", postgresql_where=text("state = 'triage'::text")),
)

# A file: its bytes lie in the object store under a name made here. Row and object, or neither.
attachments = tenant(
    "attachments",
    Column("complaint_id", Uuid),
    Column("message_id", Uuid),
    Column("mail_id", Uuid),
    text_column("name"),
    text_column("media_type"),
    Column("size", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    text_column("object_key"),
    text_column("state"),
    Column("shared", Boolean, nullable=False),
    text_column("author_kind"),
    Column("author_id", Uuid),
    instant("created_at", now=True),
    instant("checked_at", null=True),
    # in the world's time: when a scanner that could not judge it is asked again, and how long that was put off
    instant("scan_after", null=True),
    Column("scan_pause", Interval),
    of_organisation(),
    of_complaint(),
    within("messages", "message_id"),
    within("inbound_mails", "mail_id"),
    UniqueConstraint("organisation_id", "object_key"),
    sha256("sha256"),
    CheckConstraint("size >= 0", name="size"),
    one_of("state", "quarantined", "clean", "infected"),
    Index("attachments_complaint_idx", "organisation_id", "complaint_id", "id"),
    Index("attachments_size_idx", "organisation_id", postgresql_include=["size"]),
    Index("attachments_quarantined_idx", "created_at", postgresql_where=text("state = 'quarantined'::text")),
)


def _hook() -> tuple[SchemaItem, ...]:
    """What a webhook has, whoever's it is."""
    return (
        text_column("url"),
        text_column("description"),
        Column("event_types", ARRAY(Text), nullable=False),
        # sealed; two of them during a rotation
        Column("secret", LargeBinary, nullable=False),
        Column("previous_secret", LargeBinary),
        instant("previous_until", null=True),
        text_column("state"),
        text_column("reason", null=True),
        instant("paused_at", null=True),
        instant("failing_since", null=True),
        instant("created_at", now=True),
        instant("updated_at", now=True),
        one_of("state", "active", "paused", "removed"),
    )


webhooks = tenant("webhooks", *_hook(), instant("failing_told_at", null=True), of_organisation())

# Of an external body, which is told of its own cases over all organisations.
body_webhooks = Table(
    "body_webhooks",
    metadata,
    Column("id", Uuid, nullable=False, server_default=text("uuidv7()")),
    Column("body_id", Uuid, nullable=False),
    *_hook(),
    PrimaryKeyConstraint("id"),
    ForeignKeyConstraint(["body_id"], ["bodies.id"]),
    Index("body_webhooks_body_idx", "body_id", "id"),
)

# One thing to be brought to one address: a mail, a letter to print, an event to a webhook.
deliveries = tenant(
    "deliveries",
    Column("complaint_id", Uuid),
    text_column("kind"),
    Column("message_id", Uuid),
    Column("webhook_id", Uuid),
    Column("event_id", Uuid),
    Column("sequence", Integer),
    text_column("type", null=True),
    # where a mail goes; the worker, who sees all organisations, has no right to read it
    text_column("address", null=True),
    text_column("state"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    instant("next_at", null=True),
    Column("lease", Uuid),
    instant("leased_until", null=True),
    instant("created_at", now=True),
    instant("delivered_at", null=True),
    instant("ended_at", null=True),
    Column("last_status", Integer),
    text_column("last_code", null=True),
    # which webhook it tells of, where it tells that one keeps failing
    Column("about_webhook_id", Uuid),
    Column("body_webhook_id", Uuid),
    of_organisation(),
    of_complaint(),
    within("messages", "message_id"),
    within("webhooks", "webhook_id"),
    within("webhooks", "about_webhook_id"),
    ForeignKeyConstraint(["body_webhook_id"], ["body_webhooks.id"]),
    within("events", "event_id"),
    one_of("kind", "mail", "post", "webhook"),
    one_of("state", "waiting", "to_print", "delivered", "dead", "cancelled"),
    CheckConstraint(
        "num_nonnulls(webhook_id, body_webhook_id) = CASE kind WHEN 'webhook' THEN 1 ELSE 0 END", name="webhook_id"
    ),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("state <> 'waiting' OR next_at IS NOT NULL", name="next_at"),
    # asked for each webhook, and for each organisation's mail
    Index(
        "deliveries_due_idx",
        "organisation_id",
        "webhook_id",
        "next_at",
        postgresql_where=text("state = 'waiting'::text AND body_webhook_id IS NULL"),
    ),
    Index(
        "deliveries_body_due_idx",
        "body_webhook_id",
        "next_at",
        postgresql_where=text("state = 'waiting'::text AND body_webhook_id IS NOT NULL"),
    ),
    Index("deliveries_body_idx", "body_webhook_id", "id", postgresql_where=text("body_webhook_id IS NOT NULL")),
    Index("deliveries_webhook_idx", "organisation_id", "webhook_id", "id"),
    Index("deliveries_message_idx", "organisation_id", "message_id"),
    Index("deliveries_address_idx", "organisation_id", "address", "created_at", postgresql_where=text("kind = 'mail'")),
    Index("deliveries_unfinished_idx", "organisation_id", "id", postgresql_where=text("state <> 'delivered'::text")),
    Index(
        "deliveries_left_idx",
        *("organisation_id", "state", "id"),
        postgresql_where=text("state = ANY (ARRAY['dead'::text, 'to_print'::text])"),
    ),
    Index(
        "deliveries_ended_idx",
        "ended_at",
        postgresql_where=text("kind = 'webhook'::text AND state <> 'waiting'::text"),
    ),
)

delivery_attempts = tenant(
    "delivery_attempts",
    Column("delivery_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    instant("began_at"),
    Column("took_ms", Integer, nullable=False),
    text_column("outcome"),
    Column("status", Integer),
    text_column("code"),
    within("deliveries", "delivery_id"),
    one_of("outcome", "delivered", "temporary", "permanent"),
    Index("delivery_attempts_delivery_idx", "organisation_id", "delivery_id", "number"),
)
