"""How a promise becomes a date, and a date a fact (terms.md C1-C18). Values in, values out.

A term runs from the local day of its start event, or with office hours the day on which there was somebody to receive
it (C4), to its last day; how it gets there is in course.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from app.domain.calendar import AMSTERDAM, SATURDAY, Calendar, Period, Unit, local_date, midnight, shifted, subtract
from app.domain.counting import Counting, Extension, Suspension
from app.domain.course import Course, days, lengthened
from app.domain.derivation import Derivation, Skipped

KEPT = 2048  # dates that were counted


@dataclass(frozen=True)
class Deadline:
    """When a term ends. Nothing but `started_on` is known while a suspension is open.

    `nominal_due_on` is the end before any roll-forward, `due_on` the last day, `breach_at` the first instant (UTC) that
    is too late, `act_by` the last working day on or before `due_on`.
    """

    started_on: date
    nominal_due_on: date | None
    due_on: date | None
    breach_at: datetime | None
    act_by: date | None
    derivation: Derivation


def count(
    counting: Counting,
    period: Period,
    started: datetime | date,
    extensions: Iterable[Extension] = (),
    suspensions: Iterable[Suspension] = (),
    known_on: date | None = None,
) -> Deadline:
    """The end of a term of that period from its start event, an instant or a local date.

    `known_on`: the day on which it turned out that this is the period; it ends no earlier.
    An extension notified after the due date it should have moved is left out and the derivation says so (C9).
    Raises OutOfCalendar when the end lies beyond the years whose holidays are known.
    """
    exact = isinstance(started, datetime) and counting.receipt != "arrival"
    received = started if exact else _day_of(started)
    return _counted(counting, period, received, tuple(extensions), tuple(suspensions), known_on)


@lru_cache(KEPT)
def _counted(
    counting: Counting,
    period: Period,
    started: datetime | date,
    extensions: tuple[Extension, ...],
    suspensions: tuple[Suspension, ...],
    known_on: date | None,
) -> Deadline:
    """What came in on the same day ends on the same day: most of what is read was counted a moment ago."""
    received_on, started_on = _day_of(started), _receipt_date(counting, started)
    course = Course(counting, period, started_on, suspensions, known_on)
    run, extended = lengthened(course, extensions)
    derivation = Derivation(
        started_on=started_on,
        received_on=received_on,
        period=period,
        counting=counting,
        nominal_due_on=run.nominal,
        known_on=course.known_on,
        skipped=tuple(run.skipped),
        weekend_days=run.weekend_days,
        extensions=tuple(extended),
        suspended=tuple(course.pauses_until(run.due)),
        rolled=tuple(run.rolled),
    )
    return _deadline(counting.calendar, run.due, derivation)


def count_back(counting: Counting, period: Period, event_on: date, known_on: date | None = None) -> Deadline:
    """The last day to act that period before a coming event, whose own day is day 0; never rolled (C6).

    Of an event at short notice it is the day on which it became known: nobody is late before that.
    """
    due_on = subtract(counting.calendar, event_on, period)
    working = period.unit is Unit.working_days
    passed = list(days(due_on, shifted(event_on, -1 if period.amount else 0))) if working else []
    derivation = Derivation(
        started_on=event_on,
        received_on=event_on,
        period=period,
        counting=counting,
        nominal_due_on=due_on,
        known_on=known_on if known_on and known_on > due_on else None,
        back=True,
        skipped=tuple(_skipped(counting.calendar, passed)),
        weekend_days=sum(day.weekday() >= SATURDAY for day in passed),
    )
    return _deadline(counting.calendar, derivation.known_on or due_on, derivation)


def stated(counting: Counting, due_on: date, started: datetime | date) -> Deadline:
    """The last day that the start event itself names: nothing is counted, and nothing moves it."""
    started_on = _day_of(started)
    derivation = Derivation(
        started_on=started_on, received_on=started_on, period=None, counting=counting, nominal_due_on=due_on
    )
    return _deadline(counting.calendar, due_on, derivation)


def _deadline(calendar: Calendar, due_on: date | None, derivation: Derivation) -> Deadline:
    return Deadline(
        started_on=derivation.started_on,
        nominal_due_on=derivation.nominal_due_on,
        due_on=due_on,
        breach_at=breach_of(due_on) if due_on else None,
        act_by=calendar.last_working_day(due_on) if due_on else None,
        derivation=derivation,
    )


def _day_of(moment: datetime | date) -> date:
    return local_date(moment) if isinstance(moment, datetime) else moment


def breach_of(due_on: date) -> datetime:
    """The first instant, in UTC, at which an act is too late for that last day (C2)."""
    return midnight(shifted(due_on, 1))


def _receipt_date(counting: Counting, started: datetime | date) -> date:
    """The day of arrival, or with office hours the day on which there was somebody to receive it (C4)."""
    day = _day_of(started)
    if counting.receipt == "arrival":
        return day
    if isinstance(started, datetime) and started.astimezone(AMSTERDAM).time() > counting.closes_at:
        day = shifted(day, 1)
    return counting.calendar.next_working_day(day)


def _skipped(calendar: Calendar, days: Iterable[date]) -> Iterable[Skipped]:
    for day in days:
        holiday = calendar.holiday(day)
        if holiday and day.weekday() < SATURDAY:
            yield Skipped(day, *holiday)
