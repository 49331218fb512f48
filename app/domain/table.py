"""What a procedure promises before there is any complaint: its terms in words, and a table of due dates for a year."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.domain.calendar import AMSTERDAM, Calendar, Period, Unit
from app.domain.deadline import count
from app.domain.duty import Duty
from app.domain.errors import Invalid
from app.domain.events import Event
from app.domain.explanation import in_words
from app.domain.procedure import Procedure
from app.domain.simulation import Imagined, effort_of_counting, intake_event
from app.domain.situation import Situation
from app.domain.stage import Stage
from app.domain.terms import counting_of, period_of
from app.domain.titles import event_phrase, event_title

_MOST_EFFORT = 2_000  # for each day of the year
_JOINED = {"nl": " of ", "en": " or "}
_AFTER = {"nl": "binnen {period} na {event}", "en": "within {period} after {event}"}
_BEFORE = {"nl": "uiterlijk {period} voor {event}", "en": "at least {period} before {event}"}
_SAME_DAY = {"nl": "op de dag van {event} zelf", "en": "on the day of {event} itself"}
_SAME_WORKING_DAY = {
    "nl": "op de dag van {event} zelf, of anders de eerste werkdag daarna",
    "en": "on the day of {event} itself, or else on the first working day after it",
}


@dataclass(frozen=True, slots=True)
class Promise:
    """A duty with a period. `conditional`: it holds only in some cases, or with another period in some."""

    stage: Stage
    duty: Duty
    within: Period

    @property
    def key(self) -> str:
        return f"{self.stage.stage}.{self.duty.duty}"

    @property
    def title(self) -> dict[str, str]:
        title = self.duty.title
        return {"nl": title.nl, "en": title.en} if title else event_title(self.duty.met_by[0])

    @property
    def words(self) -> dict[str, str]:
        """Like `binnen 5 werkdagen na ontvangst van de klacht`, in both languages."""
        duty = self.duty
        names = (duty.before,) if duty.before else duty.after
        same_day = _SAME_WORKING_DAY if self.within.unit is Unit.working_days else _SAME_DAY
        template = _BEFORE if duty.before else _AFTER if self.within.amount else same_day
        period, events = in_words(self.within), [event_phrase(name) for name in names]
        return {
            language: phrase.format(
                period=period[language], event=_JOINED[language].join(event[language] for event in events)
            )
            for language, phrase in template.items()
        }

    @property
    def conditional(self) -> bool:
        return bool(self.duty.when or self.duty.unless or self.duty.instead)


def promises(procedure: Procedure) -> tuple[Promise, ...]:
    """Every duty with a period, stage by stage."""
    return tuple(
        Promise(stage, duty, duty.within)
        for stage in procedure.stages
        for duty in procedure.duties_of(stage)
        if duty.within is not None
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One receipt day, with the last day and the last working day to act of each term of the table, in its order."""

    received_on: date
    due: tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The terms that start at receipt, and a row for every receipt day of the year."""

    promises: tuple[Promise, ...]
    rows: tuple[Row, ...]


def due_dates(procedure: Procedure, calendar: Calendar, year: int, facts: Mapping[str, Any] | None = None) -> Table:
    """When each term that starts at receipt ends, for every day on which it may come in (at noon).

    `facts` describe what comes in and so decide between alternative periods. Raises OutOfCalendar, and Invalid when it
    would take too long.
    """
    situation = Situation(procedure, (_receipt(procedure, _noon(date(year, 1, 1)), facts or {}),))
    starting = tuple(_starting(procedure, situation))
    counting = counting_of(procedure, calendar)
    periods = [period_of(situation, each.duty) for each in starting]
    if sum(effort_of_counting(period) for period in periods) > _MOST_EFFORT:
        raise Invalid("These are too many and too long terms for a table.", code="too-much-to-simulate")
    rows = []
    for day in days_of(year):
        deadlines = [count(counting, period, _noon(day)) for period in periods]
        due = tuple((each.due_on, each.act_by) for each in deadlines if each.due_on and each.act_by)
        rows.append(Row(day, due))
    return Table(starting, tuple(rows))


def _receipt(procedure: Procedure, at: datetime, facts: Mapping[str, Any]) -> Event:
    return intake_event(procedure, Imagined("complaint.received", at, facts))


def _starting(procedure: Procedure, situation: Situation) -> Iterator[Promise]:
    """Also those that only run under a condition: when it comes true, receipt is still the day they count from."""
    moments = {moment.name for moment in situation.moments}
    opened = {run.stage.stage for run in situation.runs}
    for promise in promises(procedure):
        if promise.stage.stage in opened and moments & set(promise.duty.after):
            yield promise


def days_of(year: int) -> Iterator[date]:
    """Every day of the year."""
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), AMSTERDAM)
