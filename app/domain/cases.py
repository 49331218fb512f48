"""Events -> the cases that lie, or lay, with external bodies: one per escalation, as the ledger has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.body import Body
from app.domain.calendar import local_date
from app.domain.events import Event
from app.domain.index import Index
from app.domain.situation import Situation

# What ends a case; an answer to the decision and the proof of a measure may come after.
ENDS: Mapping[str, str] = {
    "external.declined": "declined",
    "external_decision.received": "decided",
    "external.settled": "settled",
    "escalation.withdrawn": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Escalation:
    """One case with one body. `state`: requested, dispatched, acknowledged, declined, decided, settled or withdrawn.

    `told_withdrawn`: when the complainant withdrew the complaint, as far as the body was told.
    `partially`: sent in one of the ways that are all needed, and not yet in the others (`missing_channels`).
    `next_due_on`: the first last day of what the organisation still owes in it.
    """

    id: str
    body: str
    stage: str
    state: str
    partially: bool
    opened_by: str
    filed_by: str
    requested: Event
    dispatches: tuple[Event, ...] = ()
    parts: tuple[Event, ...] = ()
    questions: tuple[Event, ...] = ()
    answers: tuple[Event, ...] = ()
    acknowledged: Event | None = None
    told_withdrawn: datetime | None = None
    hearing_on: date | None = None
    decision: Event | None = None
    decision_answer: Event | None = None
    ending: Event | None = None
    dispatched_at: datetime | None = None
    missing_channels: tuple[str, ...] = ()
    next_due_on: date | None = None

    @property
    def by_api(self) -> bool:
        """The body opened the case itself, or reads it there."""
        sent = any(event.facts.get("channel") == "api" for event in self.dispatches)
        return sent or self.requested.actor.kind == "body"

    @property
    def is_open(self) -> bool:
        return self.ending is None

    @property
    def ended_at(self) -> datetime | None:
        return self.ending.occurred_at if self.ending else None

    @property
    def acknowledged_at(self) -> datetime | None:
        return self.acknowledged.occurred_at if self.acknowledged else None

    @property
    def decided_at(self) -> datetime | None:
        return self.decision.occurred_at if self.decision else None

    @property
    def verdict(self) -> str | None:
        return self.decision.facts.get("verdict") if self.decision else None

    @property
    def awaits_dossier(self) -> bool:
        """Whether the dossier goes before anything else. What was decided without it is answered and carried out."""
        return not self.parts and self.decision is None

    @property
    def open_questions(self) -> tuple[Event, ...]:
        """What the body asked and nobody answered."""
        answered = {event.facts.get("question") for event in self.answers}
        return tuple(event for event in self.questions if event.sequence not in answered)

    def dispatch_days(self, channels: Collection[str]) -> tuple[date, ...]:
        """The local days on which it was sent in one of these ways, each once."""
        sent = (event for event in self.dispatches if event.facts.get("channel") in channels)
        return tuple(sorted({local_date(event.occurred_at) for event in sent}))


def cases(situation: Situation) -> tuple[Escalation, ...]:
    """Every case of the complaint, in the order in which they were asked for."""
    return situation.once(_cases)


def _cases(situation: Situation) -> tuple[Escalation, ...]:
    brought = situation.all_of("escalation.requested")
    return tuple([_case(situation, requested) for requested in brought]) if brought else ()


def _by_case(situation: Situation) -> Index[Event]:
    return Index(situation.events, lambda event: event.facts.get("escalation_id"))


def case_named(situation: Situation, escalation_id: object) -> Escalation | None:
    return next((case for case in cases(situation) if case.id == escalation_id), None)


def open_cases(situation: Situation) -> tuple[Escalation, ...]:
    return tuple([case for case in cases(situation) if case.is_open])


def _case(situation: Situation, requested: Event) -> Escalation:
    """A case without an id in its facts (an imagined one) has every event that names none."""
    named = situation.once(_by_case).of(_id_of(requested))
    own = tuple(event for event in named if event.sequence > requested.sequence)
    body = situation.procedure.body_named(requested.facts.get("body", ""))
    dispatches = _of(own, "escalation.dispatched")
    missing, complete_at = _ways(body, requested, dispatches)
    ending = next((event for event in own if event.type in ENDS), None)
    acknowledged = _first(own, "external.acknowledged")
    return Escalation(
        id=str(_id_of(requested) or ""),
        body=requested.facts.get("body", ""),
        stage=requested.facts.get("stage", ""),
        state=_state(ending, acknowledged, complete_at),
        partially=bool(dispatches) and complete_at is None and ending is None,
        opened_by=requested.facts.get("opened_by", "organisation"),
        filed_by=requested.facts.get("filed_by", "complainant"),
        requested=requested,
        dispatches=dispatches,
        parts=_of(own, "dossier.sealed"),
        questions=_of(own, "external.questioned"),
        answers=_of(own, "external.answered"),
        acknowledged=acknowledged,
        told_withdrawn=_told_withdrawn(own),
        hearing_on=_hearing_on(own),
        decision=_first(own, "external_decision.received"),
        decision_answer=_first(own, "decision.answered"),
        ending=ending,
        dispatched_at=complete_at,
        missing_channels=missing,
    )


def _id_of(requested: Event) -> str | None:
    return requested.facts.get("escalation_id")


def _of(events: Sequence[Event], type_: str) -> tuple[Event, ...]:
    return tuple(event for event in events if event.type == type_)


def _first(events: Sequence[Event], type_: str) -> Event | None:
    return next((event for event in events if event.type == type_), None)


def _hearing_on(events: Sequence[Event]) -> date | None:
    """The last plan: a hearing that was moved is one hearing."""
    planned = [event.facts.get("scheduled_on") for event in _of(events, "hearing.scheduled")]
    return date.fromisoformat(planned[-1]) if planned and planned[-1] else None


def _told_withdrawn(events: Sequence[Event]) -> datetime | None:
    """By the last notice: one without a moment says that the complaint goes on."""
    told = [event.facts.get("withdrawn_at") for event in _of(events, "body.informed")]
    return datetime.fromisoformat(told[-1]) if told and told[-1] else None


def _state(ending: Event | None, acknowledged: Event | None, complete_at: datetime | None) -> str:
    if ending is not None:
        return ENDS[ending.type]
    if acknowledged is not None:
        return "acknowledged"
    return "dispatched" if complete_at else "requested"


def _ways(
    body: Body | None, requested: Event, dispatches: tuple[Event, ...]
) -> tuple[tuple[str, ...], datetime | None]:
    """The ways in which it must still be sent, and when it was sent in all of them.

    A body that opened the case itself is served by any way; so is one that asks for any of its ways.
    """
    asked: tuple[str, ...] = body.reached_by.channels if body else ()
    all_needed = body is not None and body.reached_by.all_required
    if not all_needed or requested.facts.get("opened_by") == "body":
        return (() if dispatches else asked), (dispatches[0].occurred_at if dispatches else None)
    first: dict[str, datetime] = {}
    for event in dispatches:
        first.setdefault(str(event.facts.get("channel")), event.occurred_at)
    missing = tuple(channel for channel in asked if channel not in first)
    return missing, (None if missing else max(first[channel] for channel in asked))


def only_the_body(case: Escalation, event: str) -> bool:
    """Whether nobody else may record this: a body that works by API says itself that it is done with a case.

    What the organisation brought, it may take back.
    """
    own = event == "escalation.withdrawn" and case.filed_by == "organisation"
    return case.by_api and event in ENDS and not own


def why_not_in(case: Escalation, event: str) -> str | None:
    """Why this cannot happen in this case now; None when it can.

    The world outside does not wait for our registration: a body may answer what was not recorded as sent.
    """
    if event == "decision.answered":
        return _not_answerable(case)
    if event == "measure.completed":
        return None if case.decision else "there is no decision of the body to carry out"
    if event == "dossier.sealed":
        return None if case.is_open or case.state in ("decided", "settled") else _over(case)
    if not case.is_open:
        return _over(case)
    if event == "external.acknowledged" and case.acknowledged is not None:
        return "the body acknowledged it before"
    return None


def _not_answerable(case: Escalation) -> str | None:
    if case.decision is None:
        return "there is no decision of the body to answer"
    return "its decision was answered before" if case.decision_answer is not None else None


def _over(case: Escalation) -> str:
    return f"the case with the external body was {case.state}"
