"""Events -> moments: what each event counts as for the terms and the stages.

One event may count as more than one thing: promoting a signal is also the receipt of a complaint.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from app.domain.calendar import local_date
from app.domain.events import INTAKE, Event

RESOLVED = ("resolved", "resolved_at_intake", "resolved_informally")


class Moment(NamedTuple):
    """`name` is an event name from the procedure language; `at` the instant from which it counts (UTC)."""

    name: str
    at: datetime
    event: Event

    @property
    def planned(self) -> date | None:
        """The day for which something (a hearing) is planned; None for what simply happened."""
        day = self.event.facts.get("scheduled_on")
        return date.fromisoformat(day) if day else None

    @property
    def counted(self) -> datetime | date:
        """What a term counts from: the instant, or of something planned the day it is planned for."""
        return self.planned or self.at

    @property
    def on(self) -> date:
        """The local day that counts."""
        return self.planned or local_date(self.at)


def by_day(at: datetime, event: Event) -> tuple[date, int]:
    """By day, and within a day as it was registered: the hour of a letter is often nobody's guess."""
    return local_date(at), event.sequence


def moments(events: Iterable[Event]) -> tuple[Moment, ...]:
    """Every moment of the (effective) events, in the order of the ledger.

    A complaint is received once: what was called something else in between goes on where it was.
    """
    events = tuple(events)
    intake = next((event for event in events if event.type in INTAKE), None)
    found: list[Moment] = []
    received = False
    for event in events:
        for moment in _moments_of(event, intake):
            again = received and moment.name == "complaint.received"
            received = received or moment.name == "complaint.received"
            if not again:
                found.append(moment)
    return tuple(found)


def _moments_of(event: Event, intake: Event | None) -> Iterator[Moment]:
    if event.type == "complaint.received" and event.facts.get("kind") == "out_of_scope":
        return
    if event.type == "complaint.closed" and event.facts.get("outcome") in RESOLVED:
        yield Moment("complaint.resolved", event.occurred_at, event)
    yield Moment(event.type, event.occurred_at, event)
    if event.type == "signal.promoted":
        yield Moment("complaint.received", event.occurred_at, event)
    if event.type == "complaint.reclassified" and event.facts.get("to") == "complaint" and intake is not None:
        # HSS-08: it was a complaint all along, so the terms run from the original receipt.
        yield Moment("complaint.received", intake.occurred_at, event)
    if event.type == "information.received" and event.facts.get("completes"):
        yield Moment("complaint.completed", event.occurred_at, event)
