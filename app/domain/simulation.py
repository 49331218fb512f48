"""What if: a procedure and a story of events -> stages, terms, next steps and refusals. No complaint is touched.

The story goes through the same gate as a real complaint, each event at its own instant. What has not been said is
filled in as favourably as it can be: the register is complete, and whoever acts is the one who may.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain import intake as intake_rules
from app.domain.calendar import Calendar, Period, Unit
from app.domain.callers import Actor
from app.domain.cases import cases
from app.domain.dossier import Dossier
from app.domain.duties import shortcomings
from app.domain.duty import Duty
from app.domain.errors import Fault, Invalid, NotPossible, Refused
from app.domain.events import ANNOUNCED, INTAKE, Event
from app.domain.external import bodies_of
from app.domain.intake import Intake
from app.domain.lengthening import extended_term
from app.domain.openings import openings, opens_stage
from app.domain.procedure import Procedure
from app.domain.recording import announced, grown, taken
from app.domain.roles import roles_to_record
from app.domain.steps import BY_EVENT, answers_stage

_MOST_EFFORT = 1_000_000  # a few seconds at most; forty events in a shipped procedure take 50 thousand
_SOMEBODY = UUID("00000000-0000-7000-8000-000000000001")
_INTAKE_OF_KIND = {"signal": "signal.received", "enquiry": "enquiry.received"}
# Facts without which an event says nothing.
_NEEDED = {
    "admissibility.decided": "decision",
    "complaint.reclassified": "to",
    "event.corrected": "corrects",
    "involvement.declared": "staff_id",
    "legal_hold.lifted": "lifts",
    "measure.completed": "measure",
    "parallel_route.recorded": "route",
    "step.waived": "step",
}
_IN_CASE = frozenset(
    [
        *("escalation.dispatched", "escalation.withdrawn", "external.acknowledged", "external.declined"),
        *("external.questioned", "external.answered", "external.settled", "external_decision.received"),
        *("decision.answered", "dossier.requested", "dossier.sealed"),
    ]
)
# Facts that point at an earlier event: in a story by its place, in the ledger by its sequence.
_POINTING = ("corrects", "lifts", "measure", "question")


@dataclass(frozen=True, slots=True)
class Imagined:
    """One event of a story; facts as the ledger has them. `roles` and `by` say who acts; None: whoever may."""

    type: str
    occurred_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] | None = None
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event in the simulated ledger. `number` is its place in the story, from 1; None: the service announced it."""

    number: int | None
    event: Event


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event of the story that could not happen, and why; the story went on without it."""

    number: int
    type: str
    reason: Refused


@dataclass(frozen=True, slots=True)
class Simulation:
    """Where the story ends; `dossier` is None when nothing was received in it."""

    dossier: Dossier | None
    happened: tuple[Happened, ...]
    refusals: tuple[Refusal, ...]


def simulate(procedure: Procedure, calendar: Calendar, events: Sequence[Imagined], as_of: datetime) -> Simulation:
    """Tells the story in the order given and looks at it as of an instant; what lies after that has not happened.

    An event that lies before the one ahead of it is recorded late, as happens. Raises OutOfCalendar, and Invalid when
    it would take too long.
    """
    if effort(procedure, events) > _MOST_EFFORT:
        raise Invalid("These are too many events for so many duties.", code="too-much-to-simulate")
    story = _Story(procedure, calendar)
    for number, imagined in enumerate(events, 1):
        if imagined.occurred_at <= as_of:
            story.tell(number, imagined)
    return story.ended(as_of)


def effort(procedure: Procedure, events: Sequence[Imagined]) -> int:
    """About how much there is to count, in half microseconds: anyone may send a procedure of their own.

    After each event every term is counted anew: as many as there are starts of each duty and openings of its stage.
    """
    told = Counter(event.type for event in events)
    each_time = 0
    for stage in procedure.stages:
        opened = sum(told[opening.event] for opening in stage.opens_on)
        for duty in procedure.duties_of(stage):
            terms = opened + sum(told[name] for name in (*duty.after, *duty.restarts_on, duty.before or ""))
            # other periods are judged day by day, by what was known on each
            day_by_day = len(events) ** 2 // 8 if duty.instead else 0
            each_time += (1 + terms) * (len(events) + day_by_day + _effort_of_one(duty))
    return len(events) * each_time


def _effort_of_one(duty: Duty) -> int:
    conditions = len(duty.instead) + (duty.when is not None) + (duty.unless is not None)
    return effort_of_counting(duty.within, *(other.within for other in duty.instead)) + 40 * conditions


def effort_of_counting(*periods: Period | None) -> int:
    """Of the longest of these: working days are looked at one by one."""
    return 20 + max((each.amount for each in periods if each and each.unit is Unit.working_days), default=0)


class _Story:
    """The dossier as it grows. `places`: which place in the story has which sequence in the ledger."""

    def __init__(self, procedure: Procedure, calendar: Calendar) -> None:
        self.procedure = procedure
        self.calendar = calendar
        self.dossier: Dossier | None = None
        self.places: dict[int, int] = {}
        self.refusals: tuple[Refusal, ...] = ()

    def tell(self, number: int, imagined: Imagined) -> None:
        try:
            if self.dossier is None:
                event = _received(self.procedure, imagined)
                self.dossier = Dossier(self.procedure, self.calendar, (event,), imagined.occurred_at)
            else:
                before = self._at(self.dossier, max(self.dossier.now, imagined.occurred_at))
                self.dossier = self._grown(before, imagined)
        except Refused as reason:
            self.refusals += (Refusal(number, imagined.type, reason),)
        else:
            self.places[number] = self._last_told()

    def ended(self, as_of: datetime) -> Simulation:
        if self.dossier is None:
            return Simulation(None, (), self.refusals)
        dossier = self._at(self.dossier, max(self.dossier.now, as_of))
        numbers = {sequence: number for number, sequence in self.places.items()}
        happened = tuple(Happened(numbers.get(event.sequence), event) for event in dossier.events)
        return Simulation(dossier, happened, self.refusals)

    def _at(self, dossier: Dossier, now: datetime) -> Dossier:
        """The dossier at a later instant, as the guard would have left it."""
        return announced(Dossier(self.procedure, self.calendar, dossier.events, now), _no_id)

    def _grown(self, dossier: Dossier, imagined: Imagined) -> Dossier:
        """With the event that was told, where the gate lets it through. Raises Refused."""
        self.dossier = dossier
        if imagined.type in INTAKE or imagined.type in ANNOUNCED:
            raise dossier.refusal("it was received before, or the service announces this itself")
        _check_whole(imagined)
        event, actor = self._drafted(dossier, imagined)
        if event.type in BY_EVENT:
            return taken(dossier, event, actor, _no_id)
        _check_without_step(dossier, event)
        return announced(grown(dossier, event, actor, _no_id), _no_id)

    def _drafted(self, dossier: Dossier, imagined: Imagined) -> tuple[Event, Actor]:
        event = Event(imagined.type, imagined.occurred_at, {**self._facts(imagined), **_assumed(dossier, imagined)})
        term = extended_term(dossier.view, event) if event.type == "extension.notified" else None
        if term is not None:
            event = replace(event, facts={**event.facts, "extends": term.key})
        return event, _actor(dossier, imagined, event)

    def _facts(self, imagined: Imagined) -> dict[str, Any]:
        facts = dict(imagined.facts)
        return facts | {name: self.places.get(facts[name], 0) for name in _POINTING if name in facts}

    def _last_told(self) -> int:
        """The sequence of the event just told; the service may have announced something after it."""
        events = self.dossier.events if self.dossier else ()
        return next(event.sequence for event in reversed(events) if event.type not in ANNOUNCED)


def _no_id() -> None:
    """Nothing here is stored."""


def _received(procedure: Procedure, imagined: Imagined) -> Event:
    """The first event: what the procedure makes of it. Raises NotPossible and Invalid."""
    if imagined.type not in INTAKE:
        raise NotPossible("Nothing was received yet.", possible=[{"event": name} for name in INTAKE])
    event, intake, now = intake_event(procedure, imagined), _intake(procedure, imagined), imagined.occurred_at
    if found := tuple(intake_rules.faults(procedure, intake, now)):
        raise Invalid("This cannot be registered like this.", faults=found)
    return replace(event, recorded_at=imagined.occurred_at)


def intake_event(procedure: Procedure, imagined: Imagined) -> Event:
    """The receipt as it would stand in the ledger: its kind decided by the procedure, the register filled in."""
    intake = _intake(procedure, imagined)
    kind = intake_rules.kind_of(procedure, intake)
    facts = {"form": intake.channel, **imagined.facts, "kind": kind, "channel": intake.channel}
    given = {"given": sorted(intake.given)}
    return Event(_INTAKE_OF_KIND.get(kind, "complaint.received"), imagined.occurred_at, {**given, **facts}, sequence=1)


def _intake(procedure: Procedure, imagined: Imagined) -> Intake:
    facts, register = imagined.facts, procedure.register_
    given = facts.get("given", (*register.required_at_intake, *register.required_at_closing, "received_by"))
    asked = facts.get("kind", imagined.type.partition(".")[0])
    kind = asked if asked in intake_rules.kinds(procedure) or "kind" in facts else None
    return Intake(
        channel=facts.get("channel") or _channel(procedure, asked),
        received_at=imagined.occurred_at,
        kind=kind,
        category=facts.get("category"),
        complainant_type=facts.get("complainant_type"),
        subject_kind=facts.get("subject_kind"),
        subject_role=facts.get("subject_role"),
        conduct_on=date.fromisoformat(facts["conduct_on"]) if facts.get("conduct_on") else None,
        given=frozenset(given),
    )


def _channel(procedure: Procedure, kind: str) -> str:
    """The first channel by which such a thing comes in."""
    channels = procedure.intake.channels
    return next((rule.channel for rule in channels if rule.counts_as == kind), channels[0].channel)


def _check_whole(imagined: Imagined) -> None:
    needed = _NEEDED.get(imagined.type)
    if needed is not None and needed not in imagined.facts:
        pointer = "/facts/" + {"staff_id": "staffId"}.get(needed, needed)
        raise Invalid("This event lacks something.", faults=[Fault(pointer, "required", "this event needs it")])


def _assumed(dossier: Dossier, imagined: Imagined) -> dict[str, Any]:
    """What an event says by what it is, and what is taken for granted in a story."""
    facts = imagined.facts
    content = set(facts.get("content", ())) | ({"verdict"} if "verdict" in facts else set())
    said: dict[str, Any] = {"content": sorted(content)} if content else {}
    if "skip_reason" in content:
        said["skips"] = True
    if imagined.type == "complaint.assigned":
        stage = dossier.situation.stage
        said["staff_id"] = facts.get("staff_id", str(_SOMEBODY))
        said["roles"] = list(imagined.roles or (stage.handled_by if stage else ()))
    if imagined.type == "information.requested":
        said["cause"] = facts.get("cause", "information")  # as when it is sent without one
    if imagined.type == "complaint.closed":
        said["outcome"] = facts.get("outcome", "handled")
        said |= {"duplicate_of": "another"} if said["outcome"] == "duplicate" else {}
    return {**case_facts(dossier, imagined.type, facts), **said}


def case_facts(dossier: Dossier, event: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What an event in a case with an external body says when nothing was said: the body, its consent, the case."""
    found = cases(dossier.situation)
    if event == "escalation.requested":
        return _request_facts(dossier, f"{len(found) + 1}", facts)
    if event not in _IN_CASE or not found:
        return {}
    assumed: dict[str, Any] = {"escalation_id": found[-1].id, **_ASSUMED_IN_CASE.get(event, {})}
    body = dossier.procedure.body_named(found[-1].body)
    if event == "escalation.dispatched" and body is not None:
        assumed["channel"] = (found[-1].missing_channels or body.reached_by.channels)[0]
    return {name: facts.get(name, value) for name, value in assumed.items()}


# What a body gives with it, and who withdraws a case, when the story does not say.
_ASSUMED_IN_CASE: Mapping[str, Mapping[str, Any]] = {
    "external.declined": {"ground": "not_competent", "content": ["reasons"]},
    "escalation.withdrawn": {"by": "complainant", "content": ["reasons"]},
    "dossier.sealed": {"kind": "supplement"},
}


def _request_facts(dossier: Dossier, number: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    open_now = (body.body for body in dossier.bodies_open)
    name = facts.get("body") or next(open_now, next(iter(bodies_of(dossier.procedure)), ""))
    body = dossier.procedure.body_named(name)
    assumed: dict[str, Any] = {"escalation_id": number, "body": name, "consent": True, "opened_by": "organisation"}
    if body is not None:
        stage = next((each.stage for each in dossier.procedure.stages if each.body == name), "")
        by = "organisation" if body.filed_by == "organisation" else "complainant"
        assumed |= {"body_kind": body.kind, "stage": stage, "filed_by": by, "given": list(body.needs)}
        assumed |= {"body_type": body.per_case[0]} if body.per_case else {}
    return {known: facts.get(known, value) for known, value in assumed.items()}


def _actor(dossier: Dossier, imagined: Imagined, event: Event) -> Actor:
    """Whoever acts, with the roles that were given; else with the roles that this takes, in the stage that it is of."""
    taking = (item.by for item in dossier.checklist if item.is_this(event))
    view = replace(dossier.view, situation=dossier.situation.awaiting(event.type))
    fitting = roles_to_record(view, event) or next(taking, ())
    named = imagined.type != "complaint.assigned" and imagined.roles is not None
    return Actor("staff", imagined.by, (imagined.roles or ()) if named else fitting)


def _check_without_step(dossier: Dossier, event: Event) -> None:
    """Events that come from elsewhere (an external body, the privacy desk) have no step; the stages still bind them."""
    if (reason := _out_of_turn(dossier, event)) is not None:
        raise dossier.refusal(reason)
    if found := tuple(shortcomings(dossier.situation, event)):
        raise Invalid("This event lacks something.", faults=found)


def _out_of_turn(dossier: Dossier, event: Event) -> str | None:
    if openings(dossier.situation, event.type):
        return opens_stage(dossier.view, event.type)
    if event.type in _answers(dossier.procedure):
        return answers_stage(dossier.view, event.type)
    return None


def _answers(procedure: Procedure) -> Iterator[str]:
    return (stage.answer.event for stage in procedure.stages if stage.answer is not None)
