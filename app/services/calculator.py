"""The term calculator: when does a term end, and why. No complaint needed."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.domain.calendar import Calendar, OutOfCalendar, Period, local_date
from app.domain.counting import Counting, Extension, Suspension
from app.domain.deadline import Deadline, count, count_back
from app.domain.errors import Fault, Invalid, shared
from app.domain.events import COMES_IN
from app.domain.explanation import explain
from app.domain.owed_to_bodies import OWED_TO_BODIES
from app.domain.procedure import CalendarRule, Procedure
from app.domain.table import Promise, promises
from app.domain.termstate import state
from app.domain.titles import event_phrase
from app.services import procedures, rules
from app.services.procedures import Given
from app.store.transaction import Transaction

# A year on both sides stays within the years whose holidays are known.
FIRST_YEAR, LAST_YEAR = 1967, 2099
YEARS = f"Only days from {FIRST_YEAR} to {LAST_YEAR} can be counted with."
_DUTY = {"nl": "de handeling", "en": "the act"}
_START = {"nl": "het begin", "en": "the start"}
_EVENT = {"nl": "de gebeurtenis", "en": "the event"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What is counted, how, and what to call it."""

    period: Period
    settings: CalendarRule
    back: bool = False
    title: Mapping[str, str] | None = None
    start_title: Mapping[str, str] | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: the start (an instant, or a local date), extensions, suspensions; `as_of`: to look at it then."""

    started: datetime | date
    extensions: tuple[Extension, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    met_at: datetime | None = None
    as_of: datetime | None = None

    @property
    def started_on(self) -> date:
        return local_date(self.started) if isinstance(self.started, datetime) else self.started

    @property
    def known(self) -> "Course":
        """What had happened by then; where only a day is known, that whole day."""
        if self.as_of is None:
            return self
        on = local_date(self.as_of)
        extensions = tuple(each for each in self.extensions if _told(each, self.as_of))
        pauses = tuple(_paused(each, on) for each in self.suspensions if each.requested_on <= on)
        return replace(self, extensions=extensions, suspensions=pauses)


def _told(extension: Extension, by: datetime) -> bool:
    if extension.notified_at is not None:
        return extension.notified_at <= by
    return extension.notified_on is None or extension.notified_on <= local_date(by)


def _paused(pause: Suspension, on: date) -> Suspension:
    return replace(pause, ended_on=None) if pause.ended_on is not None and pause.ended_on > on else pause


@dataclass(frozen=True, slots=True)
class Calculated:
    """When it ends and why; `state` only as of an instant."""

    deadline: Deadline
    explanation: Mapping[str, str]
    state: str | None


async def rule_of(tx: Transaction, given: Given, stage: str | None, duty: str, course: Course) -> Rule:
    """A duty of a published procedure as a rule. Raises NotFound, and Invalid when no one duty has that name.

    Unless a version is named, that of the day of the start: by it goes a complaint that came in then (KK-36).
    """
    if given.procedure is not None and given.version is None:
        given = replace(given, version=await rules.number_in_force(tx, course.started_on, given.procedure))
    try:
        procedure = await procedures.procedure_of(tx, given)
    except Invalid as refused:
        any_of = await procedures.any_of(tx, given)
        said = shared([_faults(each, stage, duty) for each in any_of])
        raise Invalid(refused.detail, faults=[*refused.faults, *said, *_of_any(any_of, duty, course)]) from refused
    if found := _faults(procedure, stage, duty):
        raise Invalid("Which duty?", faults=[*found, *_of_any([procedure], duty, course)])
    return _rule(_named(procedure, stage, duty)[0], procedure.calendar)


def _named(procedure: Procedure, stage: str | None, duty: str) -> list[Promise]:
    named = [each for each in promises(procedure) if each.duty.duty == duty and stage in (None, each.stage.stage)]
    # one that the procedure itself writes down is meant before what it owes to any body
    return [each for each in named if each.duty not in OWED_TO_BODIES] or named


def _faults(procedure: Procedure, stage: str | None, duty: str) -> list[Fault]:
    known = promises(procedure)
    told = f"; there are: {', '.join(each.key for each in known)}"
    if stage is not None and all(each.stage.stage != stage for each in known):
        wrong = [Fault("/stage", "stage-unknown", f"no such stage with a duty that has a period{told}")]
        is_there = any(each.duty.duty == duty for each in known)
        return wrong if is_there else [*wrong, Fault("/duty", "duty-unknown", f"no such duty with a period{told}")]
    named = _named(procedure, stage, duty)
    problem = "say in which stage" if named else "no such duty with a period"
    return [] if len(named) == 1 else [Fault("/duty", "duty-unknown", f"{problem}{told}")]


def _of_any(known: Iterable[Procedure], duty: str, course: Course) -> list[Fault]:
    """What cannot have gone so, whichever duty was meant: one of that name, else any."""
    of_all = [each.duty for procedure in known for each in promises(procedure)]
    meant = [each for each in of_all if each.duty == duty] or of_all
    return shared([list(_course_faults(course, back=back)) for back in {each.before is not None for each in meant}])


def _rule(promise: Promise, settings: CalendarRule) -> Rule:
    duty = promise.duty
    start = duty.before or duty.after[0]
    if start not in COMES_IN:
        settings = settings.model_copy(update={"receipt": "arrival"})
    return Rule(promise.within, settings, duty.before is not None, promise.title, event_phrase(start), duty.source)


async def calculate(tx: Transaction, rule: Rule, course: Course) -> Calculated:
    """When the term ends by the newest calendar. Raises Invalid; OutOfCalendar for years that nobody can count with."""
    faults = list(_course_faults(course, back=rule.back))
    counting = await _counting(tx, rule.settings)
    try:
        deadline = await asyncio.to_thread(_counted, counting, rule, course.known)
    except OutOfCalendar as refused:
        leaving = await asyncio.to_thread(_leaving, counting, rule, course)
        faults.append(Fault(leaving, OutOfCalendar.code, YEARS))
        raise OutOfCalendar(YEARS, faults=faults) from refused
    if faults:
        raise Invalid("This cannot have gone so.", faults=faults)
    return Calculated(deadline, _explained(rule, deadline), _state(course, deadline))


def _course_faults(course: Course, *, back: bool) -> Iterator[Fault]:
    if not back:
        yield from _order_faults(course)
        return
    for name, given in (("extensions", course.extensions), ("suspensions", course.suspensions)):
        if given:
            sentence = "a term that is counted back is neither extended nor suspended"
            yield Fault(f"/{name}", "not-both", sentence)


def _order_faults(course: Course) -> Iterator[Fault]:
    started = course.started
    if course.met_at is not None and (
        course.met_at < started if isinstance(started, datetime) else local_date(course.met_at) < started
    ):
        yield Fault("/metAt", "before-start", "this was done before it began")
    for at, longer in enumerate(course.extensions):
        for name, code, detail in _longer_faults(longer, course.started_on):
            yield Fault(f"/extensions/{at}/{name}", code, detail)
    for at, pause in enumerate(course.suspensions):
        if pause.ended_on is not None and pause.ended_on < course.started_on:
            yield Fault(f"/suspensions/{at}/endedOn", "before-start", "this was over before the term began")


def _longer_faults(longer: Extension, since: date) -> Iterator[tuple[str, str, str]]:
    """Where, the code and the sentence."""
    if longer.until is not None and longer.until < since:
        yield "until", "before-start", "this day lies before the term began"
    if longer.period is not None and not longer.period.amount:
        yield "period/amount", "nothing-added", "with this the term is no longer"
    told_at = local_date(longer.notified_at) if longer.notified_at else None
    for name, told in (("notifiedOn", longer.notified_on), ("notifiedAt", told_at)):
        if told is not None and told < since:
            yield name, "before-start", "this was told before the term began"


async def _counting(tx: Transaction, settings: CalendarRule) -> Counting:
    number = await rules.current_calendar(tx)
    days = await rules.decree_days(tx, number)
    return Counting(
        calendar=Calendar(settings.working_days, number, days, settings.closed),
        first_day=settings.first_day,
        receipt=settings.receipt,
        closes_at=settings.office_closes_at,
        roll_forward=settings.roll_forward,
    )


def _counted(counting: Counting, rule: Rule, course: Course) -> Deadline:
    """Raises OutOfCalendar."""
    if rule.back:
        deadline = count_back(counting, rule.period, course.started_on)
    else:
        deadline = count(counting, rule.period, course.started, course.extensions, course.suspensions)
    for day in (deadline.started_on, deadline.due_on):
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise OutOfCalendar(YEARS)
    return deadline


def _leaving(counting: Counting, rule: Rule, course: Course) -> str:
    """Where that stands with which a term leaves the years that can be counted with: the first such part of it."""
    start = "/startAt" if isinstance(course.started, datetime) else "/startOn"
    parts = ["/rule/amount" if rule.title is None and rule.period.amount else start]
    courses = [replace(course, extensions=(), suspensions=())]
    for at, longer in enumerate(course.extensions):
        parts.append(f"/extensions/{at}/until" if longer.until else f"/extensions/{at}/period/amount")
        courses.append(replace(course, extensions=course.extensions[: at + 1], suspensions=()))
    for at in range(len(course.suspensions)):
        parts.append(f"/suspensions/{at}/endedOn")
        courses.append(replace(course, suspensions=course.suspensions[: at + 1]))
    return next((part for part, each in zip(parts, courses, strict=True) if _leaves(counting, rule, each)), start)


def _leaves(counting: Counting, rule: Rule, course: Course) -> bool:
    try:
        _counted(counting, rule, course.known)
    except OutOfCalendar:
        return True
    return False


def _explained(rule: Rule, deadline: Deadline) -> dict[str, str]:
    return explain(
        deadline.derivation,
        deadline.due_on,
        deadline.act_by,
        duty_title=rule.title or _DUTY,
        source=rule.source,
        start_title=rule.start_title or (_EVENT if rule.back else _START),
    )


def _state(course: Course, deadline: Deadline) -> str | None:
    if course.as_of is None:
        return None
    suspended = deadline.due_on is None
    return state(deadline.breach_at, course.met_at, course.as_of, suspended=suspended).value
