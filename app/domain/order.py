"""In which order things can have happened: nothing comes before what it follows, whenever it is registered (X-02).

By day: the hour of a letter is often nobody's guess.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from app.domain.calendar import local_date
from app.domain.cases import Escalation, case_named
from app.domain.errors import Fault
from app.domain.events import ANSWERS, EVENTS, Event, in_the_future, not_yet
from app.domain.situation import ENDS, Situation

# What each follows; of several the first is enough.
_FOLLOWS: Mapping[str, str] = {
    "information.received": "information.requested",
    "advice.received": "advice.requested",
    "mediation.ended": "mediation.started",
    "term.resumed": "term.suspended",
    "inadmissibility.notified": "admissibility.decided",
}
# The fact with which each names, by its sequence, what it follows.
_NAMES: Mapping[str, str] = {
    "external.answered": "question",
    "legal_hold.lifted": "lifts",
    "measure.completed": "measure",
}


def instant_faults(situation: Situation, at: datetime, now: datetime) -> Iterator[Fault]:
    """Nothing happens after it is recorded, nor before the day on which the complaint was received."""
    if in_the_future(at, now):
        yield not_yet("/occurredAt")
    elif local_date(at) < local_date(situation.intake.occurred_at):
        yield Fault("/occurredAt", "before-receipt", "this is before the day on which it was received")


def surely_since(situation: Situation, at: datetime, now: datetime, escalation_id: object = None) -> datetime:
    """When it happened, in a case or not; where that cannot be, the first instant at which it can have."""
    case = _case_of(situation, escalation_id)
    first = case.requested.occurred_at if case else situation.intake.occurred_at
    return first if any(instant_faults(situation, at, now)) or local_date(at) < local_date(first) else at


def order_faults(situation: Situation, event: Event) -> Iterator[Fault]:
    """What would have to have happened before this, and had not."""
    on = local_date(event.occurred_at)
    if on < situation.received_on:
        return  # told as that
    yield from _before_its_stage(situation, event)
    yield from _before_its_case(situation, event)
    earlier = _followed(situation, event)
    if earlier is not None and on < local_date(earlier.occurred_at):
        day = local_date(earlier.occurred_at).isoformat()
        sentence = f"this follows what happened on {day}: {EVENTS[earlier.type][1]}"
        yield Fault("/occurredAt", "before-what-it-follows", sentence)


def moved_faults(situation: Situation, event: Event, to: datetime) -> Iterator[Fault]:
    """Why this cannot have happened then: what it follows came later, or what follows it earlier."""
    moved = replace(event, occurred_at=to)
    told = list(order_faults(before(situation, event), moved))
    for fault in told:
        yield replace(fault, pointer="/movedTo")
    if not told and (later := _left_behind(situation, moved)) is not None:
        day = local_date(later.occurred_at).isoformat()
        sentence = f"this was followed on {day} by: {EVENTS[later.type][1]}; correct that first"
        yield Fault("/movedTo", "after-what-followed", sentence)


def before(situation: Situation, event: Event) -> Situation:
    """As it was when this was recorded, by what is known now."""
    known = tuple(each for each in situation.events if each.sequence < event.sequence)
    return Situation(situation.procedure, known) if known else situation


def _left_behind(situation: Situation, moved: Event) -> Event | None:
    """What was recorded after it, follows it, and would come to lie before it."""
    events = tuple(moved if each.sequence == moved.sequence else each for each in situation.events)
    then, on = Situation(situation.procedure, events), local_date(moved.occurred_at)
    later = (each for each in events if each.sequence > moved.sequence and local_date(each.occurred_at) < on)
    return next((each for each in later if any(order_faults(before(then, each), each))), None)


def _before_its_case(situation: Situation, event: Event) -> Iterator[Fault]:
    case = _case_of(situation, event.facts.get("escalation_id"))
    if case is not None and local_date(event.occurred_at) < (began := local_date(case.requested.occurred_at)):
        sentence = f"the case with the body began on {began.isoformat()}"
        yield Fault("/occurredAt", "before-the-case", sentence)


def _case_of(situation: Situation, escalation_id: object) -> Escalation | None:
    """None also of a complaint that lies with nobody, for which no case is reckoned."""
    return case_named(situation, escalation_id) if escalation_id else None


def _before_its_stage(situation: Situation, event: Event) -> Iterator[Fault]:
    """An answer comes on or after the day on which what it answers was opened (X-02)."""
    run = situation.run if event.type in ANSWERS else None
    if run is None or run.opened.type in ("complaint.reclassified", "signal.promoted"):
        return
    if local_date(event.occurred_at) < local_date(run.opened.occurred_at):
        opened = local_date(run.opened.occurred_at).isoformat()
        yield Fault("/occurredAt", "before-the-stage", f"the stage that this answers was opened on {opened}")


def _followed(situation: Situation, event: Event) -> Event | None:
    """What this comes after: for an ending both the answer and what took the complaint up again last."""
    if event.type == "complaint.reopened":
        return situation.last_of(*ENDS)
    if event.type in _FOLLOWS:
        return min(situation.all_of(_FOLLOWS[event.type]), key=_instant, default=None)
    if event.type in _NAMES:
        return _with(situation, lambda each: each.sequence == event.facts.get(_NAMES[event.type]))
    if event.type == "party.removed":
        return _with(situation, lambda each: event.facts.get("party_id") in _people(each))
    if event.type in ENDS:
        answered = situation.run.answer if situation.run and event.facts.get("outcome") == "handled" else None
        return max(filter(None, (answered, situation.last_of("complaint.reopened"))), key=_instant, default=None)
    return None


def _with(situation: Situation, is_it: Callable[[Event], bool]) -> Event | None:
    return next(filter(is_it, situation.events), None)


def _people(event: Event) -> list[str]:
    """Ids of the parties who came into the complaint with this."""
    return [each["id"] for each in (event.texts or {}).get("parties", ()) if "id" in each]


def _instant(event: Event) -> datetime:
    return event.occurred_at
