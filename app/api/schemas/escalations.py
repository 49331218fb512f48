"""What is told about cases with external bodies, to the organisation."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas.complaints import LinkAnswer
from app.api.schemas.events import EventAnswer
from app.api.schemas.terms import TermAnswer
from app.api.schemas.words import Bilingual, Record, WarningAnswer, Word
from app.api.values import Answer, Filters, Id, Instant, LocalDate
from app.store.escalations import Row

State = Literal["requested", "dispatched", "acknowledged", "declined", "decided", "settled", "withdrawn"]
OpenedBy = Literal["organisation", "body"]
FiledBy = Literal["complainant", "organisation"]

_ID = "01990a60-4d5e-7f60-9b72-8c9d0e1f2a34"
_COMPLAINT = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73"
_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SUMMARY: dict[str, Any] = {
    "id": _ID,
    "complaintId": _COMPLAINT,
    "reference": "JSO-7F3K-Q9XD",
    "body": "cmonet",
    "stage": "cmonet",
    "procedure": "jso",
    "state": "dispatched",
    "openedBy": "organisation",
    "filedBy": "complainant",
    "requestedAt": "2026-06-15T08:00:00Z",
    "sentAt": "2026-06-15T09:30:00Z",
    "acknowledgedAt": None,
    "hearingOn": None,
    "nextDueOn": None,
    "verdict": None,
    "decidedAt": None,
    "endedAt": None,
    "updatedAt": "2026-06-15T09:30:00Z",
}
RECEIPT: dict[str, Any] = {
    "escalationId": _ID,
    "complaintId": _COMPLAINT,
    "part": 0,
    "kind": "dossier",
    "manifestSha256": _SHA,
    "zipSha256": _SHA,
    "zipSize": 184_320,
    "pdfSha256": _SHA,
    "pdfSize": 61_440,
    "ledger": {"sequence": 9, "head": _SHA},
    "sealedAt": "2026-06-15T08:00:00Z",
}
_DISPATCHED: dict[str, Any] = {
    "sequence": 12,
    "channel": "email",
    "sentAt": "2026-06-15T09:30:00Z",
    "part": 0,
    "messageId": None,
    "manifestSha256": _SHA,
}
ESCALATION: dict[str, Any] = {
    **SUMMARY,
    "bodyName": "Klachtencommissie CMOnet",
    "bodyKind": "complaints_committee",
    "connected": False,
    "named": {},
    "partially": False,
    "missingChannels": [],
    "consent": True,
    "requestedRelief": "Een nieuwe training en een excuus.",
    "bodyReference": None,
    "sendings": [_DISPATCHED | {"sequence": 11, "channel": "post"}, _DISPATCHED],
    "parts": [
        {
            "number": 0,
            "kind": "dossier",
            "sequence": 10,
            "manifestSha256": _SHA,
            "zipSha256": _SHA,
            "ledgerHead": _SHA,
            "sealedAt": "2026-06-15T08:00:00Z",
        }
    ],
    "questions": [],
    "decision": None,
    "measures": [],
    "terms": [],
    "links": [
        {
            "step": "escalation-acknowledgements",
            "href": f"/v1/escalations/{_ID}/acknowledgements",
            "event": "external.acknowledged",
            "title": {"nl": "bevestiging door de externe instantie", "en": "acknowledgement by the external body"},
            "by": [],
            "meets": [],
            "forms": [],
            "channels": [],
            "contents": [],
            "verdicts": [],
            "waitsFor": [],
        }
    ],
}
OUTCOME: dict[str, Any] = {
    "events": [
        {
            "id": "01990a60-4d5e-7f60-9b72-8c9d0e1f2a35",
            "sequence": 13,
            "type": "external.acknowledged",
            "title": {"nl": "bevestiging door de externe instantie", "en": "acknowledgement by the external body"},
            "occurredAt": "2026-06-18T10:00:00Z",
            "recordedAt": "2026-06-18T10:00:00Z",
            "actor": {
                "kind": "staff",
                "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71",
                "roles": ["complaints_officer"],
            },
            "facts": {"escalationId": _ID, "by": "staff"},
            "texts": None,
        }
    ],
    "escalation": {**ESCALATION, "state": "acknowledged", "acknowledgedAt": "2026-06-18T10:00:00Z"},
    "receipt": None,
    "warnings": [],
}
PARTED: dict[str, Any] = {**OUTCOME, "receipt": RECEIPT, "escalation": ESCALATION}
CHECK: dict[str, Any] = {
    "body": "cmonet",
    "possible": False,
    "possibleOn": "2026-06-12",
    "lacks": [
        {
            "pointer": "",
            "code": "too-early",
            "text": {
                "nl": "het antwoord in deze fase kan nog komen, uiterlijk op donderdag 11 juni 2026",
                "en": "the answer in this stage may still come; it is due on 2026-06-11",
            },
            "possibleOn": "2026-06-12",
            "blocks": True,
        }
    ],
}
MANIFEST: dict[str, Any] = {
    "receipt": RECEIPT,
    "manifest": {"format": "gehoor-dossier/1", "number": 0, "kind": "dossier", "files": []},
}
READ: dict[str, Any] = {"what": "manifest", "part": 0, "readAt": "2026-06-16T07:12:00Z"}


class LedgerHead(Answer):
    """The ledger as it was sealed: how many events, and the hash of the last."""

    sequence: int
    head: str


class PartReceipt(Answer):
    """What every side holds of a sealed part."""

    escalation_id: UUID
    complaint_id: UUID
    part: int
    kind: str
    manifest_sha256: str
    zip_sha256: str
    zip_size: int
    pdf_sha256: str
    pdf_size: int
    ledger: LedgerHead
    sealed_at: Instant


class EscalationSummary(Answer):
    """A case with an external body, in a list."""

    id: UUID
    complaint_id: UUID
    reference: str
    body: str = Field(description="As the procedure calls it")
    stage: str
    procedure: str
    state: State
    opened_by: OpenedBy
    filed_by: FiledBy
    requested_at: Instant
    sent_at: Instant | None = Field(description="When it was sent in every way that is needed")
    acknowledged_at: Instant | None
    hearing_on: LocalDate | None
    next_due_on: LocalDate | None = Field(description="The first last day of what the organisation owes in it")
    verdict: str | None
    decided_at: Instant | None
    ended_at: Instant | None
    updated_at: Instant


class SendingAnswer(Answer):
    """One way in which a part was sent."""

    sequence: int
    channel: str
    sent_at: Instant
    part: int
    message_id: UUID | None
    manifest_sha256: str


class PartBrief(Answer):
    """A sealed part."""

    number: int
    kind: str
    sequence: int
    manifest_sha256: str
    zip_sha256: str
    ledger_head: str
    sealed_at: Instant


class QuestionOfBody(Answer):
    """What the body asked."""

    sequence: int
    asked_at: Instant
    due_on: LocalDate | None
    question: str | None
    answered: bool


class DecisionOfBody(Answer):
    """What the body decided."""

    sequence: int
    received_at: Instant
    decided_on: LocalDate | None
    verdict: str | None
    binding_on: list[str]
    publication: bool
    publication_copy: UUID | None = Field(description="The file that is published, without names")
    attachments: list[UUID]
    texts: Record


class MeasureOfBody(Answer):
    """What a decision ordered."""

    sequence: int
    target: str
    description: str | None
    due_on: LocalDate | None
    amount_cents: int | None = Field(description="Of a payment, in euro cents")
    completed_at: Instant | None
    part: int | None = Field(description="The sealed proof")


class EscalationAnswer(EscalationSummary):
    """A case with an external body, with everything that happened in it."""

    body_name: str
    body_kind: str
    connected: bool = Field(description="The body reads and answers by API")
    named: Record = Field(description="Which body it is, where that differs per complaint")
    partially: bool = Field(description="Sent in one of the ways that are all needed, and not yet in the others")
    missing_channels: list[str]
    consent: bool
    requested_relief: str | None
    body_reference: str | None
    sendings: list[SendingAnswer]
    parts: list[PartBrief]
    questions: list[QuestionOfBody]
    decision: DecisionOfBody | None
    measures: list[MeasureOfBody]
    terms: list[TermAnswer] = Field(description="What is owed in the stage of this body")
    links: list[LinkAnswer]


class EscalationOutcome(Answer):
    """What was recorded, the case as it is after, and the receipt when a part was sealed."""

    events: list[EventAnswer]
    escalation: EscalationAnswer
    receipt: PartReceipt | None
    warnings: list[WarningAnswer]


class EscalationList(Answer):
    items: list[EscalationAnswer]


class LackAnswer(Answer):
    """Something that is still missing; `pointer` says where it is given, and is empty where waiting is needed."""

    pointer: str
    code: str
    text: Bilingual
    possible_on: LocalDate | None
    blocks: bool = Field(description="false: the body asks for it, and decides itself whether it can do without")


class EscalationCheck(Answer):
    """Whether a complaint can go to a body now, and what is missing."""

    body: str
    possible: bool
    possible_on: LocalDate | None = Field(description="From which day, where what comes first only takes waiting")
    lacks: list[LackAnswer]


class PartList(Answer):
    items: list[PartReceipt]


class SealedPart(Answer):
    """The manifest, to the byte as it was sealed, and its receipt."""

    receipt: PartReceipt
    manifest: dict[str, Any]


class ReadOfBody(Answer):
    """One time that the body looked."""

    what: str = Field(description="case, manifest, zip, pdf or file")
    part: int | None
    read_at: Instant


class ReadList(Answer):
    items: list[ReadOfBody]


class EscalationFilters(Filters):
    state: State | None = None
    body: Word | None = None
    complaint: Id | None = None


class CheckFilters(Filters):
    filed_by: FiledBy = "complainant"
    consent: bool = Field(False, description="As it would be given")
    skips: bool = Field(False, description="As if a skipReason were given")


_SUMMED = {name: field.alias or name for name, field in EscalationSummary.model_fields.items()}
# As the contract may not call it: its linter takes a name with "patch" in it for an operation.
_STORED = {"sent_at": "dispatched_at"}


def summary(row: Row) -> dict[str, Any]:
    """A case in a list (EscalationSummary)."""
    return {alias: row[_STORED.get(name, name)] for name, alias in _SUMMED.items()}
