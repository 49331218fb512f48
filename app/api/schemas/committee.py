"""A case as its body is shown it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.complaints import ProcedureRef
from app.api.schemas.escalations import RECEIPT, FiledBy, OpenedBy, PartReceipt, State
from app.api.schemas.terms import StateOfTerm
from app.api.schemas.words import Bilingual
from app.api.values import Answer, Filters, Instant, LocalDate, Slug, Text, at_most
from app.domain import vocabulary as word

ESCALATION = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f80"
_FILE = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f7a"
_HREF = f"/v1/committee/escalations/{ESCALATION}"
_SHA = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
Reference = Annotated[Text, at_most(200)]
Verdict = Literal["upheld", "partially_upheld", "not_upheld", "no_judgement"]
BindingOn = Annotated[list[word.BindingOn], Field(max_length=2)]
Ground = Literal["not_competent", "inadmissible", "too_early", "too_late", "other"]
CASE_SUMMARY: dict[str, Any] = {
    "id": ESCALATION,
    "body": "cmonet",
    "stage": "external_committee",
    "reference": "JSO-7F3K-Q9XD",
    "organisation": {"slug": "jso", "name": "JSO"},
    "procedure": "jso",
    "state": "acknowledged",
    "openedBy": "organisation",
    "filedBy": "complainant",
    "requestedAt": "2026-06-15T08:00:00Z",
    "sentAt": "2026-06-15T08:00:04Z",
    "acknowledgedAt": "2026-06-16T09:30:00Z",
    "hearingOn": None,
    "nextDueOn": "2026-07-01",
    "verdict": None,
    "decidedAt": None,
    "endedAt": None,
    "updatedAt": "2026-06-17T12:00:00Z",
}
CASE: dict[str, Any] = {
    **CASE_SUMMARY,
    "procedure": {"id": "jso", "version": 1},
    "bodyReference": "2026-0117",
    "consent": {"given": True, "form": "written"},
    "requestedRelief": "Een nieuwe training en een excuus.",
    "sendings": [{"channel": "api", "part": 0, "sentAt": "2026-06-15T08:00:04Z"}],
    "dossierRequests": [],
    "parts": [RECEIPT | {"escalationId": ESCALATION}],
    "terms": [
        {
            "title": {
                "nl": "het antwoord op de vraag van de externe instantie",
                "en": "the answer to the external body's question",
            },
            "owedBy": "organisation",
            "state": "pending",
            "dueOn": "2026-07-01",
            "metAt": None,
            "explanation": {
                "nl": "Het antwoord op de vraag van de externe instantie is uiterlijk woensdag 1 juli 2026 nodig.",
                "en": "The answer to the external body's question is due no later than Wednesday 1 July 2026.",
            },
        }
    ],
    "questions": [
        {
            "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f81",
            "question": "Wanneer is de training verzet?",
            "askedAt": "2026-06-17T12:00:00Z",
            "dueOn": "2026-07-01",
            "answers": [],
        }
    ],
    "complaintWithdrawnAt": None,
    "submissions": [],
    "hearings": [],
    "decision": None,
    "measures": [],
    "ending": None,
    "links": [{"step": "decisions", "href": f"{_HREF}/decisions"}],
}
CASE_FILE: dict[str, Any] = {
    "id": _FILE,
    "name": "Uitspraak.pdf",
    "mediaType": "application/pdf",
    "size": 48213,
    "sha256": _SHA,
    "state": "clean",
    "createdAt": "2026-09-01T10:00:00Z",
    "href": f"{_HREF}/attachments/{_FILE}/content",
}


class CaseFilters(Filters):
    """Which cases."""

    state: State | None = None
    organisation: Slug | None = Field(None, description="Cases of this organisation, by its slug")


class CaseOrganisation(Answer):
    slug: str
    name: str


class _OfCase(Answer):
    id: UUID
    body: str = Field(description="What the procedure calls the body")
    stage: str
    reference: str = Field(description="The complaint's, as people see it")
    organisation: CaseOrganisation
    state: State
    opened_by: OpenedBy
    filed_by: FiledBy
    requested_at: Instant
    sent_at: Instant | None = Field(description="When it was sent to the body in every way that is needed")
    acknowledged_at: Instant | None
    hearing_on: LocalDate | None
    next_due_on: LocalDate | None = Field(description="The first last day of what the organisation still owes")
    verdict: str | None
    decided_at: Instant | None
    ended_at: Instant | None
    updated_at: Instant


class CaseSummary(_OfCase):
    """A case in the list."""

    procedure: str


class CaseConsent(Answer):
    given: bool
    form: str | None


class CaseSending(Answer):
    channel: str
    part: int | None
    sent_at: Instant


class DossierAsked(Answer):
    asked_at: Instant
    due_on: LocalDate | None


class CaseTerm(Answer):
    """Until when, by whom, and why that day."""

    title: Bilingual
    owed_by: Literal["body", "organisation"]
    state: StateOfTerm
    due_on: LocalDate | None
    met_at: Instant | None
    explanation: Bilingual


class CaseSubmission(Answer):
    """What the organisation handed over in answer: its text and documents are in the part."""

    kind: str = Field(description="answer, defence or documents")
    part: int | None
    submitted_at: Instant


class CaseQuestion(Answer):
    id: UUID
    question: str | None
    asked_at: Instant
    due_on: LocalDate | None
    answers: list[CaseSubmission]


class CaseHearing(Answer):
    scheduled_on: LocalDate | None
    place: str | None
    set_at: Instant


class DecisionAnswered(Answer):
    text: str | None
    part: int | None
    answered_at: Instant


class CaseDecision(Answer):
    verdict: str | None
    decided_on: LocalDate | None
    received_at: Instant
    binding_on: list[str]
    reasons: str | None
    findings: str | None
    advice: str | None
    publication: bool
    publication_copy: UUID | None
    attachments: list[UUID]
    answer: DecisionAnswered | None = Field(description="What the organisation does with it; where it is bound by it")


class CaseMeasure(Answer):
    """Something that the decision orders. Whether it was done is shown where the decision binds the organisation."""

    id: UUID
    description: str | None
    target: str | None
    due_on: LocalDate | None
    amount_cents: int | None = Field(description="Of a payment, in euro cents")
    completed_at: Instant | None
    proof: int | None = Field(description="The number of the part with the proof")


class CaseEnding(Answer):
    """Why the case is over, where no decision ended it."""

    state: Literal["declined", "settled", "withdrawn"]
    at: Instant
    by: str | None
    ground: str | None
    reasons: str | None
    terms: str | None


class CaseLink(Answer):
    step: str
    href: str = Field(description="By POST")


class CaseAnswer(_OfCase):
    """A case with a body. Of the complaint itself it has what is in the sealed parts, and nothing else."""

    procedure: ProcedureRef
    body_reference: str | None
    consent: CaseConsent
    requested_relief: str | None
    sendings: list[CaseSending]
    dossier_requests: list[DossierAsked]
    parts: list[PartReceipt]
    terms: list[CaseTerm]
    questions: list[CaseQuestion]
    complaint_withdrawn_at: Instant | None = Field(
        description="When the complainant withdrew the complaint itself; the body ends the case, or goes on"
    )
    submissions: list[CaseSubmission] = Field(description="What answers no question: defence and documents")
    hearings: list[CaseHearing] = Field(description="The last of these holds")
    decision: CaseDecision | None
    measures: list[CaseMeasure]
    ending: CaseEnding | None
    links: list[CaseLink] = Field(description="What the body may do now")


class CaseFile(Answer):
    """A file that belongs to the case."""

    model_config = ConfigDict(json_schema_extra={"examples": [CASE_FILE]})

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str = Field(description="In hexadecimal")
    state: Literal["quarantined", "clean", "infected"]
    created_at: Instant
    href: str
