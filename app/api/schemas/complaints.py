"""What is told about a complaint."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas.step import Channels, Forms
from app.api.schemas.terms import TERM, TermAnswer
from app.api.schemas.words import Bilingual, Record, WarningAnswer
from app.api.values import Answer, Instant, LocalDate
from app.domain import vocabulary as word
from app.store.dossiers import Row

SUMMARY: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73",
    "reference": "JSO-7F3K-Q9XD",
    "procedure": {"id": "jso", "version": 1},
    "kind": "complaint",
    "channel": "email",
    "category": "planning",
    "receivedAt": "2026-04-24T10:00:00Z",
    "receivedOn": "2026-04-24",
    "stage": "first_response",
    "state": "open",
    "publicStatus": "in_progress",
    "verdict": None,
    "handlerId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71",
    "nextDueOn": "2026-05-04",
    "nextActBy": "2026-05-04",
    "closedAt": None,
    "updatedAt": "2026-04-24T10:00:00Z",
}
COMPLAINT: dict[str, Any] = {
    **SUMMARY,
    "complainantType": "customer",
    "status": {"nl": "in behandeling", "en": "in progress"},
    "stageDetails": {
        "id": "first_response",
        "kind": "formal",
        "title": {"nl": "eerste behandeling", "en": "first handling"},
        "handledBy": ["complaints_officer"],
        "answered": False,
        "bindingOn": [],
        "checklist": [
            {
                "step": "hear_subject",
                "event": "party.heard",
                "party": "subject_of_complaint",
                "by": ["complaints_officer"],
                "required": True,
            }
            | {"state": "open"},
        ],
    },
    "description": "De training ging niet door en niemand liet iets weten.",
    "texts": {"requestedRelief": "Een nieuwe datum."},
    "registerFields": ["category", "complainant_name", "description", "requested_relief"],
    "parties": [
        {
            "id": "01990a5c-7a54-4c53-9a1f-2b3c4d5e6f73",
            "role": "complainant",
            "name": "Voorbeeld Klant",
            "email": "klant@example.org",
            "details": {"city": "Voorbeeldstad"},
        }
    ],
    "admissibility": "undecided",
    "proposals": [],
    "terms": [TERM],
    "obligations": [],
    "retention": {"eraseFrom": None, "eraseBy": None, "heldBy": []},
    "links": [
        {
            "step": "responses",
            "href": "/v1/complaints/01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73/responses",
            "event": "first_response.sent",
            "title": {"nl": "eerste reactie", "en": "first response"},
            "by": ["complaints_officer"],
            "meets": ["first_response.respond"],
            "forms": [],
            "channels": [],
            "contents": [],
            "verdicts": [],
            "waitsFor": [],
        }
    ],
    "routesOutside": [],
    "warnings": [],
    "version": 2,
}


State = Literal["open", "closed", "withdrawn", "inadmissible", "purged"]
PublicStatus = Literal["in_progress", "handled"]


class PartyAnswer(Answer):
    id: UUID
    role: str
    name: str | None
    email: str | None
    details: Record


class ProcedureRef(Answer):
    """The version that the complaint was received under, and keeps (KK-36)."""

    id: str
    version: int


class ChecklistItem(Answer):
    """A step that comes before the answer of a stage. A waiver names its `step`."""

    step: str
    event: str = Field(description="What it is met by")
    party: str | None = Field(description="Whom it is about; null: anybody")
    by: list[str] = Field(
        description="Roles whose step it is: what others record does not count as it; empty: anybody's. An integration"
        " that names nobody counts where the procedure does not say whose step it is"
    )
    required: bool = Field(description="Whether the answer waits for it; false: expected, and a warning without it")
    state: Literal["open", "taken", "waived"]


class StageAnswer(Answer):
    id: str
    kind: str
    title: Bilingual
    handled_by: list[str]
    answered: bool
    binding_on: list[str] = Field(
        description="Whom the answer of this stage binds, where the procedure, or the decision of a body, says so"
    )
    checklist: list[ChecklistItem] = Field(description="What comes before the answer, in the order of the procedure")


class LinkAnswer(Answer):
    """Something that may happen next: POST to `href`; who does it; which terms it would meet; what it owes."""

    step: str
    href: str
    event: str
    title: Bilingual
    by: list[str] = Field(
        description="Roles; empty: anyone who may act on complaints; of a correction it depends on what was wrong"
    )
    meets: list[str] = Field(description="Keys of the open terms that this would meet")
    forms: Forms
    channels: Channels
    contents: list[str]
    verdicts: list[str]
    waits_for: list[str] = Field(
        description="What comes first: open steps of the checklist that are required, or `admissibility` to decide on"
    )


class ObligationAnswer(Answer):
    """Something owed without a date."""

    duty: str
    event: str
    by: list[str]
    soft: bool
    source: str | None


class ProposalAnswer(Answer):
    """A ground not to handle the complaint that seems to apply; a person decides."""

    ground: str
    mode: str
    limit_on: LocalDate | None
    notice_due_on: LocalDate | None = Field(
        description="By when it would have to be told that it is not handled; null once that was decided, and where the"
        " procedure sets no term"
    )
    source: str | None


class RetentionAnswer(Answer):
    erase_from: LocalDate | None = Field(description="The first day on which erasing is allowed")
    erase_by: LocalDate | None = Field(description="The day on which erasing is due")
    held_by: list[str]


class RouteOutside(Answer):
    """A body outside the organisation that the complainant may go to now: after an answer, or after silence."""

    body: str
    name: str
    url: str | None
    source: str | None


class ComplaintSummary(Answer):
    """A complaint in a list."""

    id: UUID
    reference: str
    procedure: ProcedureRef
    kind: word.Kind
    channel: word.Channel
    category: str | None
    received_at: Instant
    received_on: LocalDate
    stage: str
    state: State
    public_status: PublicStatus
    verdict: word.Verdict | None
    handler_id: UUID | None
    next_due_on: LocalDate | None
    next_act_by: LocalDate | None
    closed_at: Instant | None
    updated_at: Instant


class ComplaintAnswer(ComplaintSummary):
    """A complaint with everything that follows from what happened to it."""

    complainant_type: str | None
    status: Bilingual = Field(description="The public status in the procedure's own words")
    stage_details: StageAnswer | None
    description: str | None = Field(description="The complainant's own words; null once erased")
    texts: Record = Field(description="What else was written at intake or added to the register later")
    register_fields: list[str] = Field(description="Fields of the register that are filled in")
    parties: list[PartyAnswer]
    admissibility: Literal["undecided", "admissible", "inadmissible"]
    proposals: list[ProposalAnswer]
    terms: list[TermAnswer]
    obligations: list[ObligationAnswer]
    retention: RetentionAnswer
    links: list[LinkAnswer]
    routes_outside: list[RouteOutside]
    warnings: list[WarningAnswer]
    version: int = Field(description="Number of events in its ledger")


def summary(row: Row) -> ComplaintSummary:
    plain: dict[str, Any] = {name: row.get(name) for name in ComplaintSummary.model_fields if name != "procedure"}
    reference = ProcedureRef(id=row["procedure"], version=row["procedure_version"])
    return ComplaintSummary.model_construct(**{**plain, "procedure": reference})
