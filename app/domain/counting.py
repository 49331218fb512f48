"""How a promise becomes a date, and a date a fact: the counting of terms (terms.md C1-C18). Values in, values out.

A term runs from its start event to its last day. What decides that day, in this order: the receipt date (C4), whether
the first day counts (C1), the period and its extensions (C7, C9), the days that are not counted because the term was
suspended (C8), and only where the procedure says so the move of an end on a weekend or holiday (C6), once, at the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from itertools import starmap
from typing import Any, NamedTuple

from app.domain.calendar import (
    AMSTERDAM,
    SATURDAY,
    Calendar,
    Holiday,
    Period,
    Unit,
    add,
    add_amount,
    calendar_for,
    local_date,
    midnight,
    onward,
    shifted,
    subtract,
)
from app.domain.vocabulary import FirstDay, Receipt, Roll


class RollForward(StrEnum):
    """Whether an end on a Saturday, Sunday or holiday moves to a later day (C6)."""

    none = "none"
    atw = "atw"
    """Algemene termijnenwet art. 1, 2 and 4."""
    eu1182 = "eu1182"
    """Regulation (EEC, Euratom) 1182/71 art. 3(4) and 3(5): terms of Union law, such as those of the AVG."""


class TermState(StrEnum):
    pending = "pending"
    met = "met"
    met_late = "met_late"
    overdue = "overdue"
    suspended = "suspended"
    cancelled = "cancelled"


# Atw art. 4(a): the longest a term may be described as and still move; a term described in years never does.
_ATW_LONGEST = {Unit.days: 90, Unit.working_days: 90, Unit.weeks: 12, Unit.months: 3, Unit.years: 0}
_SHORTER_THAN_TWO_DAYS = {Unit.days: 1, Unit.working_days: 1, Unit.weeks: 0, Unit.months: 0, Unit.years: 0}


@dataclass(frozen=True)
class Counting:
    """How one procedure counts: each of these is a setting of it, with the default of terms.md."""

    calendar: Calendar = field(default_factory=calendar_for)
    first_day: FirstDay = "not_counted"
    receipt: Receipt = "arrival"
    closes_at: time = time(17)
    roll_forward: RollForward | Roll = RollForward.none

    def changed_settings(self) -> dict[str, Any]:
        """Only what differs from the default, as data."""
        office = {"receipt": self.receipt, "closes_at": self.closes_at.isoformat("minutes")}
        return {
            **({"first_day": self.first_day} if self.first_day != "not_counted" else {}),
            **(office if self.receipt == "office_hours" else {}),
            **({"roll_forward": str(self.roll_forward)} if self.roll_forward != RollForward.none else {}),
        }


@dataclass(frozen=True)
class Extension:
    """A longer term: by a period, or until an explicit date; exactly one of the two (ValueError otherwise).

    The notice is a local date or an instant. One after the then current due date is refused (C9); without a notice the
    extension is taken to have been in time.
    """

    until: date | None = None
    period: Period | None = None
    notified_on: date | None = None
    notified_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.until is None) == (self.period is None):
            raise ValueError("an extension is either by a period or until a date")

    @property
    def notice_on(self) -> date | None:
        return local_date(self.notified_at) if self.notified_at else self.notified_on


@dataclass(frozen=True)
class Suspension:
    """The clock stands still from the day after the request up to, not including, the day it ended (C8)."""

    requested_on: date
    ended_on: date | None = None


class Pause(NamedTuple):
    """Days that are not counted: from `first` up to, not including, `until`; still open when that is None."""

    first: date
    until: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)


class Skipped(NamedTuple):
    """A weekday that did not count as a working day, by name."""

    day: date
    name_nl: str
    name_en: str


class Rolled(NamedTuple):
    """A day on which the term could not end: saturday, sunday, holiday, suspended, minimum (too few ordinary days)."""

    day: date
    reason: str
    holiday: Holiday | None


class Lengthened(NamedTuple):
    """What became of an extension: refused when late; else the un-rolled end it gave (None while suspended)."""

    extension: Extension
    accepted: bool
    moved_to: date | None


@dataclass(frozen=True)
class Derivation:
    """Why a term ends when it ends: everything needed to explain the date to the person who disputes it."""

    started_on: date
    received_on: date
    period: Period
    counting: Counting
    nominal_due_on: date | None
    back: bool = False
    skipped: tuple[Skipped, ...] = ()
    weekend_days: int = 0
    extensions: tuple[Lengthened, ...] = ()
    suspended: tuple[Pause, ...] = ()
    rolled: tuple[Rolled, ...] = ()

    @property
    def suspended_days(self) -> int:
        return sum((pause.until - pause.first).days for pause in self.suspended if pause.until)

    def as_data(self) -> dict[str, Any]:
        """The derivation as plain JSON: dates as ISO text. Settings appear only where they are not the default."""
        return {
            "started_on": self.started_on.isoformat(),
            **({"received_on": self.received_on.isoformat()} if self.received_on != self.started_on else {}),
            "period": _period_data(self.period),
            "direction": "back" if self.back else "forward",
            "profile": self.counting.calendar.profile,
            "calendar_version": self.counting.calendar.version,
            **self.counting.changed_settings(),
            "nominal_due_on": _iso(self.nominal_due_on),
            "skipped": [{"date": each.day.isoformat(), **_names(each)} for each in self.skipped],
            "weekend_days": self.weekend_days,
            "extensions": [_extension_data(each) for each in self.extensions],
            "suspended_days": self.suspended_days,
            "suspensions": [_pause_data(each) for each in self.suspended],
            "rolled": [_rolled_data(each) for each in self.rolled],
        }


def _names(named: Skipped | Holiday) -> dict[str, str]:
    return {"name_nl": named.name_nl, "name_en": named.name_en}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _period_data(period: Period) -> dict[str, Any]:
    return {"amount": period.amount, "unit": period.unit.value}


def _extension_data(lengthened: Lengthened) -> dict[str, Any]:
    extension = lengthened.extension
    by = _period_data(extension.period) if extension.period else {"until": _iso(extension.until)}
    return {
        **by,
        "notified_on": _iso(extension.notice_on),
        "accepted": lengthened.accepted,
        "moved_to": _iso(lengthened.moved_to),
    }


def _pause_data(pause: Pause) -> dict[str, Any]:
    through = shifted(pause.until, -1) if pause.until else None
    return {"from": pause.first.isoformat(), "through": _iso(through)}


def _rolled_data(rolled: Rolled) -> dict[str, Any]:
    names = _names(rolled.holiday) if rolled.holiday else {}
    return {"date": rolled.day.isoformat(), "reason": rolled.reason, **names}


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
) -> Deadline:
    """The end of a term of that period from its start event, an instant or a local date.

    An extension notified after the due date it should have moved is left out and the derivation says so (C9).
    Raises OutOfCalendar when the end lies beyond the years whose holidays are known.
    """
    received_on = local_date(started) if isinstance(started, datetime) else started
    started_on = _receipt_date(counting, started)
    term = _Term(counting, period, started_on, suspensions)
    run, lengthened = _lengthened(term, extensions)
    derivation = Derivation(
        started_on=started_on,
        received_on=received_on,
        period=period,
        counting=counting,
        nominal_due_on=run.nominal,
        skipped=tuple(run.skipped),
        weekend_days=run.weekend_days,
        extensions=tuple(lengthened),
        suspended=tuple(term.pauses_until(run.due)),
        rolled=tuple(run.rolled),
    )
    return _deadline(counting.calendar, run.due, derivation)


def count_back(counting: Counting, period: Period, event_on: date) -> Deadline:
    """The last day to act that period before a coming event, whose own day is day 0; never rolled (C6)."""
    due_on = subtract(counting.calendar, event_on, period)
    working = period.unit is Unit.working_days
    passed = list(_days(due_on, shifted(event_on, -1 if period.amount else 0))) if working else []
    derivation = Derivation(
        started_on=event_on,
        received_on=event_on,
        period=period,
        counting=counting,
        nominal_due_on=due_on,
        back=True,
        skipped=tuple(_skipped(counting.calendar, passed)),
        weekend_days=sum(day.weekday() >= SATURDAY for day in passed),
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


def breach_of(due_on: date) -> datetime:
    """The first instant, in UTC, at which an act is too late for that last day (C2)."""
    return midnight(shifted(due_on, 1))


def _receipt_date(counting: Counting, started: datetime | date) -> date:
    """The day of arrival, or with office hours the day on which there was somebody to receive it (C4)."""
    day = local_date(started) if isinstance(started, datetime) else started
    if counting.receipt == "arrival":
        return day
    if isinstance(started, datetime) and started.astimezone(AMSTERDAM).time() > counting.closes_at:
        day = shifted(day, 1)
    return counting.calendar.next_working_day(day)


class _Span(NamedTuple):
    """A stretch of a term, in one unit."""

    unit: Unit
    amount: int


class _Until(NamedTuple):
    """An end that was promised as a date."""

    day: date
    noticed_on: date | None


@dataclass
class _Run:
    """One way through a term, with what was met on the way. No dates while a suspension is open."""

    nominal: date | None = None
    due: date | None = None
    skipped: list[Skipped] = field(default_factory=list)
    weekend_days: int = 0
    rolled: list[Rolled] = field(default_factory=list)


class _Term:
    """One term that can be run with more or fewer extensions."""

    def __init__(self, counting: Counting, period: Period, started_on: date, suspensions: Iterable[Suspension]) -> None:
        self.counting = counting
        self.period = period
        self.started_on = started_on
        self.first = started_on if counting.first_day == "counted" else shifted(started_on, 1)
        self.pauses = _merged(suspensions, self.first)

    def run(self, extensions: Sequence[Extension]) -> _Run:
        run = _Run()
        end: date | None = None
        for step in _steps(self.period, extensions):
            end = self._until(end, step) if isinstance(step, _Until) else self._span(run, end, step)
            if end is None:
                return run
        run.due = end and self._rolled(run, end)
        run.nominal = end if run.due else None
        return run

    def pauses_until(self, due: date | None) -> list[Pause]:
        """The suspensions that counted: what began after the due date changed nothing (C8)."""
        if due is None:
            return self.pauses
        return [pause for pause in self.pauses if pause.first <= due]

    def _span(self, run: _Run, end: date | None, span: _Span) -> date | None:
        """The end of a stretch after `end`, or from the start event; None in an open suspension."""
        if end is None:
            return self._first_span(run, *span)
        if span.unit is not Unit.working_days:
            return self._paused(shifted(end, 1), self._moved(end, span))
        return self._nth_working_day(run, shifted(end, 1), span.amount) if span.amount else end

    def _first_span(self, run: _Run, unit: Unit, amount: int) -> date | None:
        if unit is Unit.working_days:
            # Nought working days may be met on the day itself, so that day is looked at too (C17).
            return self._nth_working_day(run, self.first if amount else self.started_on, max(amount, 1))
        end = self._moved(self.started_on, _Span(unit, amount))
        if self.counting.first_day == "counted":
            end = self._day_earlier(end, unit)
        return self._paused(self.first, end)

    def _moved(self, day: date, span: _Span) -> date:
        return add_amount(self.counting.calendar, day, span.amount, span.unit)

    def _day_earlier(self, end: date, unit: Unit) -> date:
        """When the first day counts: 1 March and a month is 31 March; 31 January and a month is the end of February.

        A day earlier, except where the month had no such day and was already cut short.
        """
        if unit in (Unit.months, Unit.years) and end.day < self.started_on.day:
            return end
        return max(self.started_on, shifted(end, -1))

    def _until(self, end: date | None, step: _Until) -> date | None:
        """An explicit date stands as promised: only days suspended after the notice move it. It never shortens."""
        until = self._paused(shifted(step.noticed_on, 1) if step.noticed_on else self.first, step.day)
        return until and max(until, end or until)

    def _paused(self, first: date, end: date) -> date | None:
        """The end of the days from `first` to `end` when suspended days are not counted; None in an open suspension."""
        for pause in self.pauses:
            begins = max(pause.first, first)
            if begins > end:
                break
            if pause.until is None:
                return None
            if pause.until > begins:
                end = shifted(end, (pause.until - begins).days)
        return end

    def _nth_working_day(self, run: _Run, day: date, amount: int) -> date | None:
        while True:
            pause = self._pause_on(day)
            if pause and pause.until is None:
                return None
            if pause and pause.until:
                day = pause.until
                continue
            amount -= self._counts(run, day)
            if amount == 0:
                return day
            day = shifted(day, 1)

    def _counts(self, run: _Run, day: date) -> bool:
        if day.weekday() >= SATURDAY:
            run.weekend_days += 1
            return False
        holiday = self.counting.calendar.holiday(day)
        if holiday:
            run.skipped.append(Skipped(day, *holiday))
        return holiday is None

    def _pause_on(self, day: date) -> Pause | None:
        return next((pause for pause in self.pauses if pause.holds(day)), None)

    def _rolled(self, run: _Run, nominal: date) -> date | None:
        """The first day from the un-rolled end on that may be the last; None when an open suspension lies on the way.

        Suspended days are passed over here too: the term is still running, and they are not counted.
        """
        missing = _ordinary_days_needed(self.counting.roll_forward, self.period)
        if missing == 2 and any(self._obstacle(day) is None for day in _days(self.first, shifted(nominal, -1))):
            missing = 1
        if missing == 0:
            return nominal
        for day in onward(nominal):
            obstacle = self._obstacle(day)
            missing -= obstacle is None
            if missing == 0:
                return day
            if self._suspended_indefinitely(day):
                return None
            run.rolled.append(obstacle or Rolled(day, "minimum", None))
        return None

    def _suspended_indefinitely(self, day: date) -> bool:
        pause = self._pause_on(day)
        return pause is not None and pause.until is None

    def _obstacle(self, day: date) -> Rolled | None:
        """Why that day is not an ordinary one by the Act; None when it is."""
        if self._pause_on(day):
            return Rolled(day, "suspended", None)
        if day.weekday() >= SATURDAY:
            return Rolled(day, "saturday" if day.weekday() == SATURDAY else "sunday", None)
        holiday = self.counting.calendar.statutory.holiday(day)
        return Rolled(day, "holiday", holiday) if holiday else None


def _ordinary_days_needed(roll_forward: RollForward | Roll, period: Period) -> int:
    """How many ordinary days the term must hold, the last of them its end: 0 when it is not rolled at all.

    What counts is how the rule itself is described, not what extensions make of it (Atw art. 4(a)).
    """
    if roll_forward == RollForward.atw:
        if period.amount > _ATW_LONGEST[period.unit]:
            return 0
        # Art. 2, C16: terms in days only.
        return 2 if period.unit is Unit.days and period.amount >= 3 else 1
    if roll_forward == RollForward.eu1182:
        return 2 if period.amount > _SHORTER_THAN_TWO_DAYS[period.unit] else 1
    return 0


def _steps(period: Period, extensions: Sequence[Extension]) -> list[_Span | _Until]:
    """What to add up, in order (C9).

    First the rule with every extension in its unit: a month and one more after 31 January is 31 March, not 28 March.
    Then each other unit, summed. After an explicit date it all starts again from that date.
    """
    amounts = {period.unit: period.amount}
    steps: list[_Span | _Until] = []
    for extension in extensions:
        if extension.period:
            unit = extension.period.unit
            amounts[unit] = amounts.get(unit, 0) + extension.period.amount
        elif extension.until:
            steps += [*starmap(_Span, amounts.items()), _Until(extension.until, extension.notice_on)]
            amounts = {}
    return [*steps, *starmap(_Span, amounts.items())]


def _lengthened(term: _Term, extensions: Iterable[Extension]) -> tuple[_Run, list[Lengthened]]:
    """The run with every extension that came in time, and what became of each (C9)."""
    run = term.run([])
    accepted: list[Extension] = []
    lengthened = []
    for extension in sorted(extensions, key=lambda each: each.notice_on or date.min):
        late = run.due is not None and extension.notice_on is not None and extension.notice_on > run.due
        if not late:
            accepted.append(extension)
            run = term.run(accepted)
        lengthened.append(Lengthened(extension, not late, None if late else run.nominal))
    return run, lengthened


def _merged(suspensions: Iterable[Suspension], first: date) -> list[Pause]:
    """The days from `first` on that are not counted, in order and each once (C8). An open one swallows all after it."""
    merged: list[Pause] = []
    for begins, until in sorted(_pauses(suspensions, first), key=lambda pause: pause.first):
        last = merged[-1] if merged else None
        if last is None or (last.until is not None and last.until < begins):
            merged.append(Pause(begins, until))
        elif last.until is not None:
            merged[-1] = Pause(last.first, until and max(last.until, until))
    return merged


def _pauses(suspensions: Iterable[Suspension], first: date) -> Iterable[Pause]:
    for suspension in suspensions:
        begins = max(first, shifted(suspension.requested_on, 1))
        if suspension.ended_on is None or suspension.ended_on > begins:
            yield Pause(begins, suspension.ended_on)


def _days(first: date, last: date) -> Iterable[date]:
    return (shifted(first, days) for days in range((last - first).days + 1))


def _skipped(calendar: Calendar, days: Iterable[date]) -> Iterable[Skipped]:
    for day in days:
        holiday = calendar.holiday(day)
        if holiday and day.weekday() < SATURDAY:
            yield Skipped(day, *holiday)


def state(
    breach_at: datetime | None,
    met_at: datetime | None,
    as_of: datetime,
    cancelled_at: datetime | None = None,
    suspended: bool = False,
) -> TermState:
    """The state of a term as of an instant; what lies after that instant has not happened yet.

    An act exactly at `breach_at` is late (C2). A breach stays: no withdrawal or answer after it erases it.
    """
    met = met_at if met_at and met_at <= as_of else None
    cancelled = cancelled_at if cancelled_at and cancelled_at <= as_of else None
    if cancelled and not _late(cancelled, breach_at) and (met is None or cancelled < met):
        return TermState.cancelled
    if met:
        return TermState.met_late if _late(met, breach_at) else TermState.met
    if _late(as_of, breach_at):
        return TermState.overdue
    return TermState.suspended if suspended else TermState.pending


def _late(instant: datetime, breach_at: datetime | None) -> bool:
    return breach_at is not None and instant >= breach_at


def extension_in_time(current_due_on: date, notified_at: datetime) -> bool:
    """Whether the notice went out no later than the current due date (C9)."""
    return notified_at < breach_of(current_due_on)


class Limit(NamedTuple):
    """The day that decides whether something came in time, and whether it did."""

    day: date
    admissible: bool


def conduct_admissible_back(
    conduct_on: date, filed_at: datetime, period: Period, calendar: Calendar | None = None
) -> Limit:
    """The oldest day of conduct still open to complaint on the filing date, and whether this conduct is (C12).

    Counted back, never rolled, and strict: conduct of exactly the period ago is admissible.
    """
    oldest = subtract(calendar or calendar_for(), local_date(filed_at), period)
    return Limit(oldest, conduct_on >= oldest)


def last_filing_day(arose_on: date, period: Period, calendar: Calendar | None = None) -> date:
    """The last day to file when the period runs forward from the day the complaint arose; never rolled (C13)."""
    return add(calendar or calendar_for(), arose_on, period)


def keep_through(closed_on: date, period: Period, calendar: Calendar | None = None) -> date:
    """The last day on which a closed dossier is kept (C14)."""
    return add(calendar or calendar_for(), closed_on, period)


def erase_due_on(closed_on: date, period: Period, calendar: Calendar | None = None) -> date:
    """The day after: erasure is due then for a maximum ("tot"), and allowed from then for a minimum (C14)."""
    return shifted(keep_through(closed_on, period, calendar), 1)


def age(born: date, on: date) -> int:
    """Completed years on that day (C18).

    Someone born on 29 February completes a year on 1 March when that year has no such day, as Dutch practice has it:
    on 28 February the year is not yet full. C7 is about where a term ends, and does not apply to a birthday.
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


class Bounds(NamedTuple):
    """A calendar period: its first and last day, and its name (2026, 2026-Q4 or 2026-11)."""

    first: date
    last: date
    name: str

    @property
    def due_on(self) -> date:
        """A periodic duty is due on the last day of the period (C15)."""
        return self.last

    @property
    def breach_at(self) -> datetime:
        return breach_of(self.last)


_MONTHS_IN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "two_years": 24}


def period_bounds(kind: str, day: date) -> Bounds:
    """The calendar month, quarter or year that holds the day (C15). Raises ValueError for another kind."""
    if kind not in _MONTHS_IN:
        raise ValueError(f"a calendar period is one of {', '.join(_MONTHS_IN)}")
    months = _MONTHS_IN[kind]
    number = (12 * day.year + day.month - 1) // months
    first = date(number * months // 12, number * months % 12 + 1, 1)
    last = shifted(add_amount(calendar_for(), first, months, Unit.months), -1)
    return Bounds(first, last, f"{first.year:04}{_suffix(kind, first, last)}")


def _suffix(kind: str, first: date, last: date) -> str:
    if kind == "two_years":
        return f"-{last.year:04}"
    number = (first.month - 1) // _MONTHS_IN[kind] + 1
    return {"month": f"-{number:02}", "quarter": f"-Q{number}", "half_year": f"-H{number}"}.get(kind, "")


def named_period(name: str) -> Bounds:
    """The calendar period of that name: 2026, 2026-Q4 or 2026-11. Raises ValueError for any other text."""
    year, _, part = name.partition("-")
    if not part:
        return period_bounds("year", date(int(year), 1, 1))
    if part.startswith("Q"):
        return period_bounds("quarter", date(int(year), 3 * int(part[1:]) - 2, 1))
    return period_bounds("month", date(int(year), int(part), 1))


def periodic_state(bounds: Bounds, completed_at: Iterable[datetime], as_of: datetime) -> TermState:
    """Met once one analysis was completed within the period itself; a later one counts for its own period (C15)."""
    within = [each for each in completed_at if bounds.first <= local_date(each) <= bounds.last]
    return state(bounds.breach_at, min(within, default=None), as_of)
