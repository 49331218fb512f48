"""The way of a term from its first day to its last: what decides that day, in the order of terms.md.

Whether the first day counts (C1), the period and its extensions (C7, C9), the days that are not counted because the
term was suspended (C8), and only where the procedure says so the move of an end on a weekend or holiday (C6), once, at
the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import starmap
from typing import NamedTuple

from app.domain.calendar import SATURDAY, Period, Unit, add_amount, onward, shifted
from app.domain.counting import Counting, Extension, RollForward, Suspension
from app.domain.derivation import Lengthened, Pause, Rolled, Skipped
from app.domain.vocabulary import Roll

# Atw art. 4(a): the longest a term may be described as and still move; a term described in years never does.
_ATW_LONGEST = {Unit.days: 90, Unit.working_days: 90, Unit.weeks: 12, Unit.months: 3, Unit.years: 0}
_SHORTER_THAN_TWO_DAYS = {Unit.days: 1, Unit.working_days: 1, Unit.weeks: 0, Unit.months: 0, Unit.years: 0}


class _Span(NamedTuple):
    """A stretch of a term, in one unit."""

    unit: Unit
    amount: int


class _Until(NamedTuple):
    """An end that was promised as a date."""

    day: date
    noticed_on: date | None


@dataclass
class Run:
    """One way through a term, with what was met on the way. No dates while a suspension is open."""

    nominal: date | None = None
    due: date | None = None
    skipped: list[Skipped] = field(default_factory=list)
    weekend_days: int = 0
    rolled: list[Rolled] = field(default_factory=list)


class Course:
    """One term, that can be run with more or fewer extensions."""

    def __init__(
        self,
        counting: Counting,
        period: Period,
        started_on: date,
        suspensions: Iterable[Suspension],
        known_on: date | None = None,
    ) -> None:
        """`known_on`: when it turned out that this is the period; kept only where the term would end before it."""
        self.counting = counting
        self.period = period
        self.started_on = started_on
        self.first = started_on if counting.first_day == "counted" else shifted(started_on, 1)
        self.pauses = _merged(suspensions, self.first)
        self.known_on: date | None = None
        if known_on is not None:
            due = self.run([]).due
            self.known_on = known_on if due is not None and due < known_on else None

    def run(self, extensions: Sequence[Extension]) -> Run:
        run = Run()
        end: date | None = None
        for step in _steps(self.period, self.known_on, extensions):
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

    def _span(self, run: Run, end: date | None, span: _Span) -> date | None:
        """The end of a stretch after `end`, or from the start event; None in an open suspension."""
        if end is None:
            return self._first_span(run, *span)
        if span.unit is not Unit.working_days:
            return self._paused(shifted(end, 1), self._moved(end, span))
        return self._nth_working_day(run, shifted(end, 1), span.amount) if span.amount else end

    def _first_span(self, run: Run, unit: Unit, amount: int) -> date | None:
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

    def _nth_working_day(self, run: Run, day: date, amount: int) -> date | None:
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

    def _counts(self, run: Run, day: date) -> bool:
        if day.weekday() >= SATURDAY:
            run.weekend_days += 1
            return False
        holiday = self.counting.calendar.holiday(day)
        if holiday:
            run.skipped.append(Skipped(day, *holiday))
        return holiday is None

    def _pause_on(self, day: date) -> Pause | None:
        return next((pause for pause in self.pauses if pause.holds(day)), None)

    def _rolled(self, run: Run, nominal: date) -> date | None:
        """The first day from the un-rolled end on that may be the last; None when an open suspension lies on the way.

        Suspended days are passed over here too: the term is still running, and they are not counted.
        """
        missing = _ordinary_days_needed(self.counting.roll_forward, self.period)
        if missing == 2 and any(self._obstacle(day) is None for day in days(self.first, shifted(nominal, -1))):
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


def _steps(period: Period, known_on: date | None, extensions: Sequence[Extension]) -> list[_Span | _Until]:
    """What to add up, in order (C9).

    First the rule with every extension in its unit: a month and one more after 31 January is 31 March, not 28 March.
    Then each other unit, summed. After an explicit date it all starts again from that date, and so it does after the
    day on which a period that had ended by then turned out to hold.
    """
    amounts = {period.unit: period.amount}
    steps: list[_Span | _Until] = []
    if known_on is not None:
        steps, amounts = [_Span(period.unit, period.amount), _Until(known_on, shifted(known_on, -1))], {}
    for extension in extensions:
        if extension.period:
            unit = extension.period.unit
            amounts[unit] = amounts.get(unit, 0) + extension.period.amount
        elif extension.until:
            steps += [*starmap(_Span, amounts.items()), _Until(extension.until, extension.notice_on)]
            amounts = {}
    return [*steps, *starmap(_Span, amounts.items())]


def lengthened(course: Course, extensions: Iterable[Extension]) -> tuple[Run, list[Lengthened]]:
    """The run with every extension that came in time, and what became of each (C9)."""
    run = course.run([])
    accepted: list[Extension] = []
    found = []
    for extension in sorted(extensions, key=lambda each: each.notice_on or date.min):
        late = run.due is not None and extension.notice_on is not None and extension.notice_on > run.due
        before = run.nominal
        if not late:
            accepted.append(extension)
            run = course.run(accepted)
        lengthens = not late and (run.nominal is None or run.nominal != before)
        found.append(Lengthened(extension, not late, None if late else run.nominal, lengthens))
    return run, found


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


def days(first: date, last: date) -> Iterable[date]:
    return (shifted(first, number) for number in range((last - first).days + 1))
