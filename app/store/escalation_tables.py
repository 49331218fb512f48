"""The tables of escalation: cases that lie with an external body, the sealed parts handed over, and who read them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    Uuid,
    text,
)

from app.store.columns import (
    instant,
    json_column,
    of_complaint,
    of_organisation,
    one_of,
    sha256,
    tenant,
    text_column,
    within,
)

STATES = ("requested", "dispatched", "acknowledged", "declined", "decided", "settled", "withdrawn")

# One case with one body: a copy of what the ledger says, to find it by. `body` is what the procedure calls it; body_id
# is the directory's, when it has keys of its own. What a body's list shows is here, so that it reads nobody's tables.
escalations = tenant(
    "escalations",
    Column("complaint_id", Uuid, nullable=False),
    text_column("body"),
    Column("body_id", Uuid),
    text_column("stage"),
    text_column("reference"),
    text_column("organisation_slug"),
    text_column("organisation_name"),
    text_column("procedure"),
    text_column("state"),
    text_column("opened_by"),
    text_column("filed_by"),
    # another body per complaint: its type, name and address
    json_column("named", "'{}'::jsonb"),
    instant("requested_at"),
    instant("dispatched_at", null=True),
    instant("acknowledged_at", null=True),
    Column("hearing_on", Date),
    Column("next_due_on", Date),
    text_column("verdict", null=True),
    instant("decided_at", null=True),
    instant("ended_at", null=True),
    instant("updated_at", now=True),
    of_organisation(),
    of_complaint(),
    ForeignKeyConstraint(["body_id"], ["bodies.id"]),
    one_of("state", *STATES),
    one_of("opened_by", "organisation", "body"),
    one_of("filed_by", "complainant", "organisation"),
    Index("escalations_complaint_idx", "organisation_id", "complaint_id"),
    Index("escalations_list_idx", "organisation_id", "state", "id"),
    # one at a time with each body
    Index(
        "escalations_open_idx",
        "organisation_id",
        "complaint_id",
        "body",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("escalations_body_idx", "body_id", "id", postgresql_where=text("body_id IS NOT NULL")),
    Index("escalations_body_state_idx", "body_id", "state", "id", postgresql_where=text("body_id IS NOT NULL")),
)

# What was handed over, sealed: the dossier is number 0; supplements, answers and documents follow. The manifest is kept
# to the byte, because its hash stands in the receipt.
dossier_parts = tenant(
    "dossier_parts",
    Column("complaint_id", Uuid, nullable=False),
    Column("escalation_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    text_column("kind"),
    Column("manifest", LargeBinary, nullable=False),
    Column("manifest_sha256", LargeBinary, nullable=False),
    Column("ledger_sequence", Integer, nullable=False),
    Column("ledger_head", LargeBinary, nullable=False),
    text_column("zip_key"),
    Column("zip_size", BigInteger, nullable=False),
    Column("zip_sha256", LargeBinary, nullable=False),
    text_column("pdf_key"),
    Column("pdf_size", BigInteger, nullable=False),
    Column("pdf_sha256", LargeBinary, nullable=False),
    instant("sealed_at"),
    of_organisation(),
    of_complaint(),
    within("escalations", "escalation_id"),
    UniqueConstraint("organisation_id", "escalation_id", "number"),
    Index("dossier_parts_zip_idx", "organisation_id", "zip_key"),
    Index("dossier_parts_pdf_idx", "organisation_id", "pdf_key"),
    one_of("kind", "dossier", "supplement", "answer", "defence", "documents", "decision_answer", "measure_proof"),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("(number = 0) = (kind = 'dossier')", name="kind_of_number"),
    CheckConstraint("octet_length(manifest) > 0", name="manifest"),
    sha256("manifest_sha256"),
    sha256("ledger_head"),
    sha256("zip_sha256"),
    sha256("pdf_sha256"),
)

# Each time a body looked at something of a case.
escalation_reads = tenant(
    "escalation_reads",
    Column("complaint_id", Uuid, nullable=False),
    Column("escalation_id", Uuid, nullable=False),
    Column("key_id", Uuid, nullable=False),
    text_column("what"),
    Column("part", Integer),
    instant("read_at", now=True),
    of_organisation(),
    of_complaint(),
    within("escalations", "escalation_id"),
    one_of("what", "case", "manifest", "zip", "pdf", "file"),
    Index("escalation_reads_idx", "organisation_id", "escalation_id", "id"),
)

# What a complainant tells a body so that it finds the complaint; one at a time.
complainant_codes = tenant(
    "complainant_codes",
    Column("complaint_id", Uuid, nullable=False),
    text_column("code"),
    instant("created_at", now=True),
    instant("replaced_at", null=True),
    of_complaint(),
    UniqueConstraint("code"),
    Index(
        "complainant_codes_in_force_idx",
        "organisation_id",
        "complaint_id",
        unique=True,
        postgresql_where=text("replaced_at IS NULL"),
    ),
)
