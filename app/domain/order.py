"""In which order things can have happened: nothing comes before what it follows, whenever it is registered (X-02).

By day: the hour of a letter is often nobody's guess.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from app.domain.calendar import local_date
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


def instant_faults(situation: Situation, at: datetime, now: datetime) -> Iterator[Fault]:
    """Nothing happens after it is recorded, nor before the day on which the complaint was received."""
    if in_the_future(at, now):
        yield not_yet("/occurredAt")
    elif local_date(at) < local_date(situation.intake.occurred_at):
        yield Fault("/occurredAt", "before-receipt", "this is before the day on which it was received")


def surely_since(situation: Situation, at: datetime, now: datetime) -> datetime:
    """When it happened; where that cannot be, the first instant at which it can have."""
    return situation.intake.occurred_at if any(instant_faults(situation, at, now)) else at


def order_faults(situation: Situation, event: Event) -> Iterator[Fault]:
    """What would have to have happened before this, and had not."""
    on = local_date(event.occurred_at)
    if on < situation.received_on:
        return  # told as that
    yield from _before_its_stage(situation, event)
    earlier = _followed(situation, event)
    if earlier is not None and on < local_date(earlier.occurred_at):
        day = local_date(earlier.occurred_at).isoformat()
        sentence = f"this follows what happened on {day}: {EVENTS[earlier.type][1]}"
        yield Fault("/occurredAt", "before-what-it-follows", sentence)


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
    if event.type in ENDS:
        answered = situation.run.answer if situation.run and event.facts.get("outcome") == "handled" else None
        return max(filter(None, (answered, situation.last_of("complaint.reopened"))), key=_instant, default=None)
    return None


def _instant(event: Event) -> datetime:
    return event.occurred_at
