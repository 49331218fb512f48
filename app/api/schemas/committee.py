"""The body's side of a case: what it is shown, and what it sends."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.api.schemas.complaints import ProcedureRef
from app.api.schemas.escalation_steps import OrderedMeasure
from app.api.schemas.escalations import RECEIPT, PartReceipt
from app.api.schemas.step import Consent
from app.api.schemas.words import Bilingual, example
from app.api.values import Answer, ApiModel, Filters, Id, Instant, LocalDate, Said, Slug, Text, at_most, fault
from app.domain import vocabulary as word
from app.domain.ids import as_written

ESCALATION = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f80"
_FILE = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f7a"
_HREF = f"/v1/committee/escalations/{ESCALATION}"
_SHA = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
Reference = Annotated[Text, at_most(200)]
Told = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]
Verdict = Literal["upheld", "partially_upheld", "not_upheld", "no_judgement"]
BindingOn = Annotated[list[word.BindingOn], Field(max_length=2)]
Ground = Literal["not_competent", "inadmissible", "too_early", "too_late", "other"]
State = Literal["requested", "dispatched", "acknowledged", "declined", "decided", "settled", "withdrawn"]

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


# -- what is shown ---------------------------------------------------------------------------------------------


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
    opened_by: Literal["organisation", "body"]
    filed_by: Literal["complainant", "organisation"]
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
    state: str = Field(description="pending, met, met_late, overdue, suspended or cancelled")
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

    state: State
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


FILE_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "The file, with its name."}
                },
            }
        }
    },
}
FILE_FORM_EXAMPLE: dict[str, Any] = {"file": "(the bytes of Uitspraak.pdf)"}


# -- what is sent ----------------------------------------------------------------------------------------------


class ConsentGiven(ApiModel):
    """The complainant agrees that the body asks the organisation for the dossier."""

    given_on: LocalDate
    form: Consent
    statement: Said = Field(description="The words with which the complainant agreed")


class CaseOpening(ApiModel):
    """A complainant came to the body itself, with the code of the complaint or with its reference."""

    model_config = example(
        {
            "code": "K7QF-2M9D-XW4T-8RHN",
            "consent": {"givenOn": "2026-06-12", "form": "written", "statement": "Ik vind het goed."},
            "requestedRelief": "Een nieuwe training en een excuus.",
            "bodyReference": "2026-0117",
            "dossierDueOn": "2036-07-01",
        }
    )

    code: Told | None = Field(None, description="The complainant's code; else organisation and reference")
    organisation: Slug | None = None
    reference: Told | None = Field(None, description="Of the complaint, as the complainant has it")
    consent: ConsentGiven
    requested_relief: Text | None = None
    body_reference: Reference | None = Field(None, description="The body's own reference")
    dossier_due_on: LocalDate | None = Field(
        None,
        description="Until when the body asks for the dossier; else ten working days, or as the procedure has it",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        by_reference = self.organisation is not None, self.reference is not None
        if by_reference != ((self.code is None),) * 2:
            raise fault("one-of", "Give code, or organisation and reference.")
        return self

    @property
    def identified_by(self) -> str:
        return "reference" if self.code is None else "code"

    @property
    def known(self) -> tuple[str, ...]:
        """What finds the complaint."""
        if self.code is not None:
            return (as_written(self.code),)
        return str(self.organisation), str(self.reference).strip().upper()


class CaseAcknowledgement(ApiModel):
    """The body has the case."""

    model_config = example({"bodyReference": "2026-0117"})

    body_reference: Reference | None = Field(None, description="The body's own reference")


class CaseDeclination(ApiModel):
    """The body does not take the case, and says why."""

    model_config = example({"ground": "not_competent", "reasons": "Dit gaat over een ander reglement."})

    ground: Ground
    reasons: Text


class CaseInquiry(ApiModel):
    """A question to the organisation, to be answered by a day."""

    model_config = example({"question": "Wanneer is de training verzet?", "dueOn": "2036-07-01"})

    question: Said
    due_on: LocalDate


class HearingSet(ApiModel):
    """The day of the hearing. Another one moves it, and the terms that are counted back from it."""

    model_config = example({"scheduledOn": "2036-08-20", "place": "Utrecht, om 10.00 uur"})

    scheduled_on: LocalDate
    place: Annotated[Text, at_most(500)] | None = Field(None, description="Where and at what time")


class CaseDecisionSent(ApiModel):
    """The decision, as data. Files that go with it are added first. Without `bindingOn` the procedure says whom."""

    model_config = example(
        {
            "verdict": "partially_upheld",
            "decidedOn": "2026-06-16",
            "reasons": "De training is zonder bericht verzet.",
            "findings": "De klacht over het bericht is gegrond.",
            "advice": "Bevestig een wijziging schriftelijk.",
            "bindingOn": ["organisation", "complainant"],
            "measures": [{"description": "Een nieuwe training.", "dueOn": "2036-10-01"}],
            "publication": True,
        }
    )

    verdict: Verdict
    decided_on: LocalDate
    reasons: Said
    findings: Text | None = None
    advice: Text | None = None
    binding_on: BindingOn | None = None
    measures: Annotated[list[OrderedMeasure], Field(max_length=50)] = Field(
        [], description="What it orders: measures and payments, each with its last day"
    )
    attachments: Annotated[list[Id], Field(max_length=50)] = Field([], description="Files of this case")
    due_on: LocalDate | None = Field(None, description="Until when the organisation says what it does with it")
    publication: bool = Field(False, description="The body publishes it")
    publication_copy: Id | None = Field(None, description="The file that is published, without names")


class CaseSettlement(ApiModel):
    """The parties settled it before the body."""

    model_config = example({"terms": "De training wordt kosteloos opnieuw gegeven."})

    terms: Said


class CaseWithdrawal(ApiModel):
    """The complainant took the case back, or the body gave it up."""

    model_config = example({"by": "complainant", "reasons": "Ik ga niet verder met de klacht."})

    by: Literal["complainant", "body"]
    reasons: Text = Field(description="The words of whoever withdraws it")


class DossierRequest(ApiModel):
    """Asks the organisation for the dossier of a case that the body opened itself."""

    model_config = example({"dueOn": "2036-07-01"})

    due_on: LocalDate | None = Field(
        None, description="The last day; else ten working days, or as the procedure has it"
    )


_TEXTS = frozenset({"reasons", "findings", "advice", "question", "place", "terms", "body_reference"})


def said_of(sent: ApiModel) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was sent, split into facts for the rules and texts for people."""
    values = sent.model_dump(mode="json", exclude_none=True)
    measures = values.pop("measures", [])
    texts = {name: value for name, value in values.items() if name in _TEXTS}
    facts = {name: value for name, value in values.items() if name not in texts and value is not False}
    if measures:
        texts["measures"] = [each.pop("description") for each in measures]
        facts["measures"] = measures
    if facts.get("by") == "complainant":
        texts["words"] = texts["reasons"]
    return facts, texts
