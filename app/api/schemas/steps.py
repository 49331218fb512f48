"""Which body belongs to which step. Fields named in TEXTS are what people wrote; the others are facts."""

from collections.abc import Mapping
from typing import Any

from app.api.schemas.aftercare import (
    Correction,
    LegalHold,
    LegalHoldRelease,
    Measure,
    MeasureCompletion,
    ParallelRoute,
    RecurrenceReview,
)
from app.api.schemas.answering import (
    AppealDecision,
    Closure,
    Decision,
    DecisionCopy,
    Dissatisfaction,
    FormalReviewRequest,
    Objection,
    Reopening,
    Response,
    Withdrawal,
)
from app.api.schemas.filings import Person, is_filled, people_given
from app.api.schemas.handling import (
    Acknowledgement,
    AdmissibilityDecision,
    Advice,
    AdviceRequest,
    AgreedRoute,
    Assignment,
    BoardConsultation,
    Forwarding,
    HandOver,
    Hearing,
    InadmissibilityNotice,
    InformationAnswer,
    InformationRequest,
    Mediation,
    MediationEnding,
    Promotion,
    Reclassification,
    SubjectNotice,
    Waiver,
)
from app.api.schemas.lengthening import ExtensionNotice, Resumption, SuspensionIn
from app.api.schemas.people import ComplainantChange, Involvement, PartyIn, PartyRemoval, RegisterUpdate
from app.api.schemas.step import StepIn
from app.domain import vocabulary as word
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
        "location",
        "products",
        "responsible_employee",
        "requested_relief",
        "received_by",
        "handling_method",
        "conversation_summary",
        "improvements",
        "follow_up",
        "compensation",
    ]
)

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
        if name not in TEXTS and name not in ("person", "complainant") and _says(step, value)
    }
    people = _people(sent)
    if people:
        texts["parties"] = people
    if isinstance(sent, PartyIn):
        facts["party_id"] = people[0]["id"]
        if "type" in facts:
            facts["party_type"] = facts.pop("type")
    filled = {name for name in values.keys() & _GIVEN_FIELDS if is_filled(values[name])}
    given = sorted(filled | people_given(_complainant(sent)))
    if given and step in ("register", "closures", "promotions", "parties"):
        facts["given"] = given
    changed = getattr(sent, "complainant", None)
    taken_away = changed.taken_away if isinstance(changed, ComplainantChange) else ()
    return Taken(step, sent.occurred_at, facts, texts, sent.on_behalf_of, taken_away)


def _complainant(sent: StepIn) -> Person | None:
    if isinstance(sent, PartyIn):
        return sent.person if sent.role == "complainant" else None
    return getattr(sent, "complainant", None)


def _says(step: str, value: Any) -> bool:
    """A flag that is off says nothing, but in the register, where it may have been on."""
    return value != [] and (value is not False or step == "register")


def _people(sent: StepIn) -> list[dict[str, Any]]:
    if isinstance(sent, PartyIn):
        return [party(sent.role, sent.person.known)]
    if isinstance(sent, RegisterUpdate) and sent.complainant is not None:
        known = sent.complainant.said
        return [party("complainant", known)] if known or sent.complainant.taken_away else []
    return []
