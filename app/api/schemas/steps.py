"""What is sent for each step in a complaint. Fields named in TEXTS are what people wrote; the others are facts."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas.filings import Person, people_given
from app.api.schemas.words import Word, example
from app.api.values import ApiModel, Id, Instant, LocalDate, Name, Text, at_most
from app.domain import vocabulary as word
from app.domain.calendar import Unit
from app.services.steps import Taken, party

TEXTS = frozenset(
    [
        "text",
        "recipient",
        "note",
        "reasons",
        "question",
        "answer",
        "advice",
        "conclusions",
        "findings",
        "measures",
        "description",
        "proof",
        "how",
        "override_reason",
        "skip_reason",
        "late_registration_reason",
        "further_description",
        "products",
        "responsible_employee",
        "requested_relief",
        "received_by",
        "handling_method",
        "conversation_summary",
        "improvements",
        "follow_up",
    ]
)
Consent = Literal["oral", "written"]
Contents = Annotated[list[word.Content], Field(max_length=21, description="What the message contains")]


class StepIn(ApiModel):
    """What every step may say."""

    occurred_at: Instant | None = Field(None, description="When it happened; left out: now. Never in the future")
    on_behalf_of: Id | None = Field(None, description="The employee whose step an integration records")
    note: Text | None = Field(None, description="For the dossier; a conversation counts when there is a note of it")
    late_registration_reason: Text | None = Field(
        None, description="Why something that was in time is registered after its breach was recorded"
    )


class Sending(StepIn):
    """Something that was told to somebody."""

    form: word.Channel | None = Field(None, description="How it was told")
    contents: Contents = Field([])
    text: Text | None = Field(None, description="The text that was sent; owed contents are looked for in it")


class Acknowledgement(Sending):
    """The acknowledgement of receipt."""

    model_config = example(
        {
            "form": "email",
            "contents": ["receipt_date"],
            "text": "Wij hebben uw klacht ontvangen. Binnen 4 weken hoort u van ons.",
        }
    )


class HandOver(StepIn):
    """The complaint was handed over to those who handle it."""

    model_config = example({"form": "conversation", "note": "Bij de directie neergelegd."})

    form: word.Channel | None = None


class Forwarding(Sending):
    """The complaint was sent on to where it belongs."""

    model_config = example({"form": "email", "recipient": "De gemeente Voorbeeldstad"})

    recipient: Annotated[Text, at_most(500)]


class Assignment(StepIn):
    """Who handles the complaint in this stage."""

    model_config = example({"staffId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71"})

    staff_id: Id


class Promotion(StepIn):
    """A signal or enquiry became a complaint; `occurredAt` is when that complaint was received."""

    model_config = example(
        {
            "form": "email",
            "ground": "unsatisfactory",
            "description": "Het gesprek heeft niets opgelost; ik dien hierbij een klacht in.",
        }
    )

    form: word.Channel | None = None
    ground: Word | None = None
    description: Text | None = Field(None, description="The complaint, where it was put in new words")


class Reclassification(StepIn):
    """It turned out to be of another kind. A complaint after all keeps its original day of receipt (HSS-08)."""

    model_config = example(
        {"to": "complaint", "reasons": "Het gaat niet om de kosten zelf maar om hoe ernaar is gevraagd."}
    )

    to: word.Kind
    category: Word | None = None
    reasons: Text


class SubjectNotice(Sending):
    """The person complained about was informed."""

    model_config = example({"form": "email", "text": "Er is een klacht ontvangen die ook over uw werk gaat."})


class AgreedRoute(StepIn):
    """How the complaint will be handled, as agreed with the complainant (SO-25)."""

    model_config = example({"route": "mediation_talk", "description": "Eerst een gesprek met z'n drieën."})

    route: Word
    description: Text | None = None


class AdmissibilityDecision(Sending):
    """Whether the complaint is handled. `notified` says that the notice to the complainant went out with it."""

    model_config = example(
        {
            "decision": "decline",
            "ground": "too_old",
            "reasons": "Het gebeurde langer dan een jaar geleden.",
            "notified": True,
            "form": "email",
        }
    )

    decision: Literal["handle", "decline"]
    ground: Word | None = None
    reasons: Text | None = None
    earlier_complaint: Annotated[Text, at_most(40)] | None = None
    override_reason: Text | None = None
    notified: bool = False
    review_on: LocalDate | None = Field(None, description="When to look again, as with criminal proceedings (SO-15)")


class InadmissibilityNotice(Sending):
    """The complainant was told that the complaint is not handled."""

    model_config = example({"form": "post", "reasons": "Het gebeurde langer dan een jaar geleden."})

    reasons: Text


class InformationRequest(Sending):
    """Somebody was asked for information. Whether the clock stands still is for the procedure to say."""

    model_config = example(
        {"party": "complainant", "form": "email", "question": "Op welke dag was de afspraak?", "answerBy": "2026-05-08"}
    )

    party: word.Party = "complainant"
    question: Text | None = None
    answer_by: LocalDate | None = None
    cause: Literal["information", "repair"] = "information"


class InformationAnswer(StepIn):
    """The information came. `completes`: an incomplete complaint is whole now."""

    model_config = example({"party": "complainant", "answer": "Op maandag 20 april."})

    party: word.Party = "complainant"
    answer: Text | None = None
    completes: bool = False


class Hearing(StepIn):
    """A party was heard; or, with `scheduledOn`, a hearing was planned."""

    model_config = example(
        {"party": "complainant", "form": "phone", "note": "De klager licht de klacht toe en wil excuses."}
    )

    party: word.Party = "complainant"
    form: word.Channel | None = None
    scheduled_on: LocalDate | None = None
    absent: bool = Field(False, description="Invited, and did not come or did not want to")


class BoardConsultation(StepIn):
    """The complaint was discussed with the board (KK-17)."""

    model_config = example({"note": "Met de directie besproken: kosten worden vergoed."})


class AdviceRequest(StepIn):
    """Advice was asked, for instance of a committee."""

    model_config = example({"party": "committee"})

    party: word.Party = "committee"


class Advice(StepIn):
    """The advice came."""

    model_config = example({"advice": "De commissie adviseert de klacht gegrond te verklaren."})

    advice: Text


class Mediation(StepIn):
    """Mediation began."""

    model_config = example({"consent": "written"})

    consent: Consent | None = None


class MediationEnding(StepIn):
    """Mediation ended."""

    model_config = example({"outcome": "unresolved"})

    outcome: Literal["resolved", "unresolved"]


class PeriodIn(ApiModel):
    """A period: never an ISO duration; a month is not thirty days."""

    amount: Annotated[int, Field(ge=1, le=3650)]
    unit: Unit


class ExtensionNotice(Sending):
    """A term was extended, told before it ended: until a date, or by a period."""

    model_config = example({"form": "email", "until": "2026-06-19", "reasons": "Een getuige is nog niet bereikbaar."})

    term: Annotated[Text, at_most(200)] | None = Field(None, description="Key of the term; left out: the only one")
    until: LocalDate | None = None
    period: PeriodIn | None = None
    reasons: Text | None = None
    notified: list[word.Party] = Field([], max_length=9)
    consent: Consent | None = None


class SuspensionIn(StepIn):
    """The clock stands still."""

    model_config = example({"cause": "information", "answerBy": "2026-05-15"})

    cause: word.SuspensionCause
    answer_by: LocalDate | None = Field(None, description="The pause lapses on this day")
    consent: Consent | None = None


class Resumption(StepIn):
    """The clock runs again."""

    model_config = example({"cause": "information"})

    cause: word.SuspensionCause


class Response(Sending):
    """The answer of this stage: first or second response, or the outcome of the informal handling."""

    model_config = example({"form": "phone", "note": "Gebeld: de training is verzet naar 12 mei.", "final": False})

    reasons: Text | None = None
    verdict: word.Verdict | None = None
    outcome: Word | None = None
    measures: Text | None = None
    final: bool = Field(False, description="The complaint is handled with this; it is closed as well (A-30)")


class FormalReviewRequest(StepIn):
    """The complainant asks for a formal judgement (SO-28)."""

    model_config = example({"form": "email", "text": "Ik vraag de directie om een oordeel."})

    form: word.Channel | None = None
    text: Text | None = None
    skip_reason: Text | None = Field(None, description="Why there was no informal handling first (A-34)")


class Decision(Sending):
    """The decision on the complaint, as it was sent."""

    model_config = example(
        {
            "form": "email",
            "verdict": "upheld",
            "reasons": "De afspraak is verzet zonder bericht.",
            "text": "Uw klacht is gegrond.",
        }
    )

    reasons: Text | None = None
    verdict: word.Verdict | None = None
    outcome: Word | None = None
    conclusions: Text | None = None
    measures: Text | None = None
    final: bool = False


class DecisionCopy(Sending):
    """The recorded outcome was sent to the complainant (SO-30)."""

    model_config = example({"form": "email"})


class Dissatisfaction(StepIn):
    """The complainant is not satisfied with the answer, or with its absence."""

    model_config = example({"form": "email", "text": "Het antwoord gaat niet in op mijn vraag."})

    form: word.Channel | None = None
    ground: Word | None = None
    text: Text | None = None
    skip_reason: Text | None = None


class Objection(Dissatisfaction):
    """The complainant objects to the decision (KK-26)."""

    model_config = example(
        {"form": "post", "ground": "disagrees_with_solution", "text": "De oplossing helpt mij niet."}
    )


class AppealDecision(Sending):
    """The decision on the objection."""

    model_config = example(
        {
            "form": "post",
            "verdict": "not_upheld",
            "reasons": "De oplossing is redelijk.",
            "advice": "Bevestig afspraken voortaan schriftelijk.",
        }
    )

    reasons: Text | None = None
    verdict: word.Verdict | None = None
    advice: Text | None = Field(None, description="Advice on quality (KK-28)")
    measures: Text | None = None
    final: bool = False


class Withdrawal(StepIn):
    """The complainant withdraws; possible at any time."""

    model_config = example({"form": "email", "reasons": "Het is opgelost."})

    form: word.Channel | None = None
    reasons: Text | None = None


class Closure(StepIn):
    """The complaint is closed. `resolved`: settled to the complainant's satisfaction before an answer was due."""

    model_config = example({"outcome": "handled", "form": "email", "handlingMethod": "Per e-mail afgehandeld."})

    outcome: Literal["handled", "resolved", "not_a_complaint"]
    form: word.Channel | None = None
    handling_method: Text | None = None


class Reopening(StepIn):
    """A closed complaint is taken up again."""

    model_config = example({"reasons": "Er is nieuwe informatie."})

    reasons: Text


class CorrectedFacts(ApiModel):
    """What was recorded wrongly."""

    conduct_on: LocalDate | None = None
    until: LocalDate | None = None
    category: Word | None = None
    verdict: word.Verdict | None = None
    form: word.Channel | None = None
    complainant_type: word.ComplainantType | None = None


class Correction(StepIn):
    """An event was recorded wrongly: it stays, and is read as corrected from now on (N)."""

    model_config = example(
        {"corrects": 1, "movedTo": "2026-04-23T16:30:00+02:00", "reasons": "De brief lag een dag eerder in de bus."}
    )

    corrects: Annotated[int, Field(ge=1, description="Sequence of the wrong event")]
    annul: bool = False
    moved_to: Instant | None = Field(None, description="When it really happened")
    changes: CorrectedFacts | None = None
    reasons: Text


class Involvement(StepIn):
    """An employee is involved in the complaint: from now on they neither handle nor see it."""

    model_config = example(
        {"staffId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71", "reasons": "Gaf de training waar de klacht over gaat."}
    )

    staff_id: Id
    reasons: Text | None = None


class Waiver(StepIn):
    """A step is skipped, with a reason (X-09)."""

    model_config = example({"step": "hear_complainant", "reasons": "De klager wil niet gehoord worden."})

    step: Word
    ground: Word | None = Field(None, description="One of the procedure's own grounds, where it names them")
    reasons: Text


class Measure(StepIn):
    """Something is changed because of the complaint."""

    model_config = example(
        {"target": "process", "description": "Afspraken worden een week vooraf bevestigd.", "dueOn": "2026-06-01"}
    )

    target: Literal["organisation", "employee", "process", "product"] = "organisation"
    description: Text
    due_on: LocalDate | None = None


class MeasureCompletion(StepIn):
    """A measure was carried out."""

    model_config = example({"measure": 9, "proof": "Staat sinds 28 mei in de werkwijze."})

    measure: Annotated[int, Field(ge=1, description="Sequence of the measure")]
    proof: Text | None = None


class RecurrenceReview(StepIn):
    """How to prevent another of these was considered (KK-34)."""

    model_config = example({"findings": "De planning krijgt een tweede paar ogen."})

    findings: Text


class ParallelRoute(StepIn):
    """The complainant uses a route beside the procedure; the dossier is held (KK-33)."""

    model_config = example({"route": "civil_court"})

    route: Word


class LegalHold(StepIn):
    """The dossier must be kept."""

    model_config = example({"reasons": "De zaak ligt bij de rechter."})

    reasons: Text


class LegalHoldRelease(StepIn):
    """The dossier need not be kept any longer."""

    model_config = example({"lifts": 7, "reasons": "De zaak is afgelopen."})

    lifts: Annotated[int, Field(ge=1, description="Sequence of the hold or the parallel route")]
    reasons: Text | None = None


class PartyIn(StepIn):
    """Somebody joins the case."""

    model_config = example({"role": "support_person", "person": {"name": "Robin Proef", "email": "robin@example.org"}})

    role: Literal["complainant", "representative", "affected_person", "subject_of_complaint", "support_person"]
    person: Person
    authority: bool = False


class PartyRemoval(StepIn):
    """Somebody leaves the case."""

    model_config = example({"partyId": "01990a5c-7a54-4c53-9a1f-2b3c4d5e6f73"})

    party_id: Id


class RegisterUpdate(StepIn):
    """Fields of the register, filled in or changed; what the complainant wrote is never changed (HSS-20)."""

    model_config = example({"category": "planning", "responsibleEmployee": "Medewerker planning"})

    further_description: Text | None = None
    category: Word | None = None
    conduct_on: LocalDate | None = None
    interest: word.Interest | None = None
    products: Annotated[Text, at_most(500)] | None = None
    responsible_employee: Name | None = None
    requested_relief: Text | None = None
    handling_method: Text | None = None
    conversation_summary: Text | None = None
    improvements: Text | None = None
    follow_up: Text | None = None
    complainant: Person | None = None
    urgent: bool | None = None
    complex: bool | None = None
    safety_at_risk: bool | None = None
    damage_claimed: bool | None = None
    manifestly_unfounded: bool | None = None
    committee_advises: bool | None = None


BODIES: Mapping[str, type[StepIn]] = {
    "acknowledgements": Acknowledgement,
    "hand-overs": HandOver,
    "forwardings": Forwarding,
    "assignments": Assignment,
    "promotions": Promotion,
    "reclassifications": Reclassification,
    "subject-notices": SubjectNotice,
    "agreed-routes": AgreedRoute,
    "admissibility-decisions": AdmissibilityDecision,
    "inadmissibility-notices": InadmissibilityNotice,
    "information-requests": InformationRequest,
    "information-answers": InformationAnswer,
    "hearings": Hearing,
    "board-consultations": BoardConsultation,
    "advice-requests": AdviceRequest,
    "advices": Advice,
    "mediations": Mediation,
    "mediation-endings": MediationEnding,
    "extensions": ExtensionNotice,
    "suspensions": SuspensionIn,
    "resumptions": Resumption,
    "responses": Response,
    "formal-review-requests": FormalReviewRequest,
    "decisions": Decision,
    "decision-copies": DecisionCopy,
    "dissatisfactions": Dissatisfaction,
    "objections": Objection,
    "appeal-decisions": AppealDecision,
    "withdrawals": Withdrawal,
    "closures": Closure,
    "reopenings": Reopening,
    "corrections": Correction,
    "involvements": Involvement,
    "waivers": Waiver,
    "measures": Measure,
    "measure-completions": MeasureCompletion,
    "recurrence-reviews": RecurrenceReview,
    "parallel-routes": ParallelRoute,
    "legal-holds": LegalHold,
    "legal-hold-releases": LegalHoldRelease,
    "parties": PartyIn,
    "party-removals": PartyRemoval,
}

# What the rules call it, where the API has a better word.
_FACT_NAMES = {"term": "extends", "moved_to": "occurred_at", "changes": "facts", "contents": "content"}
_GIVEN_FIELDS = frozenset(word.RegisterField.__args__)  # type: ignore[attr-defined]


def taken_of(step: str, sent: StepIn) -> Taken:
    """What was sent for a step, split into facts and texts."""
    values = sent.model_dump(mode="json", exclude_none=True, exclude={"occurred_at", "on_behalf_of"})
    texts = {name: value for name, value in values.items() if name in TEXTS}
    facts = {
        _FACT_NAMES.get(name, name): value
        for name, value in values.items()
        if name not in TEXTS and name not in ("person", "complainant") and value not in ([], False)
    }
    people = _people(sent)
    if people:
        texts["parties"] = people
    if step == "parties":
        facts.pop("person", None)
    given = sorted((set(values) & _GIVEN_FIELDS) | people_given(getattr(sent, "complainant", None)))
    if given and step in ("register", "closures", "promotions"):
        facts["given"] = given
    return Taken(step, sent.occurred_at, facts, texts, sent.on_behalf_of)


def _people(sent: StepIn) -> list[dict[str, Any]]:
    if isinstance(sent, PartyIn):
        return [party(sent.role, sent.person.model_dump(mode="json", exclude_none=True))]
    if isinstance(sent, RegisterUpdate) and sent.complainant is not None:
        return [party("complainant", sent.complainant.model_dump(mode="json", exclude_none=True))]
    return []
