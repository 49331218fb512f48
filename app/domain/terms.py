"""Events -> terms: started, due, extended, suspended, met, breached; each with its derivation."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from app.domain.calendar import Calendar, Period, Unit, local_date, midnight, subtract
from app.domain.counting import Counting, Extension, Suspension
from app.domain.deadline import Deadline, count, count_back, stated
from app.domain.derivation import Changed
from app.domain.duty import Duty
from app.domain.events import COMES_IN, Event
from app.domain.fulfilment import applies, ended_at, met_by
from app.domain.identity import once_of
from app.domain.index import Index
from app.domain.moments import Moment, by_day
from app.domain.pauses import lapses, pauses
from app.domain.procedure import Procedure
from app.domain.runs import Run, same_case
from app.domain.situation import Situation
from app.domain.stage import Stage
from app.domain.starts import starts_of, stated_day
from app.domain.termstate import TermState, state
from app.domain.titles import event_phrase, event_title

_WARN_AHEAD = Period(amount=2, unit=Unit.working_days)
OPEN = (TermState.pending, TermState.overdue, TermState.suspended)


@dataclass(frozen=True, slots=True)
class Term:
    """The "by when" of one duty of one complaint. Dates are local days, instants UTC.

    `breach_at` is the first instant that is too late. A suspended term has no due date; where its pause is known to
    lapse, `lapses_at` is the instant from which the clock runs again, and `onward` the end that the term has then if
    nothing happens. Of a term that does not stand still `onward` is its own end.
    """

    key: str
    duty: Duty
    stage: Stage
    state: TermState
    start: Moment
    started_on: date
    due_on: date | None
    breach_at: datetime | None
    act_by: date | None
    lapses_at: datetime | None
    warn_at: datetime | None
    met_by: Event | None
    ended_at: datetime | None
    breach_recorded: Event | None
    warned: Event | None
    deadline: Deadline = field(compare=False)
    onward: Deadline = field(compare=False)

    @property
    def derivation(self) -> dict[str, Any]:
        """Why the term ends when it ends, complete in itself: start event and rule, the counting, what came of it."""
        return {
            "start_event": self.start.name,
            "start_sequence": self.start.event.sequence,
            "duty": self.duty.duty,
            "source": self.duty.source,
            **self.deadline.derivation.as_data(),
            "due_on": _iso(self.due_on),
            "breach_at": _iso(self.breach_at),
            "act_by": _iso(self.act_by),
        }

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done; a breach stays a breach when the complaint ended without it."""
        return self.state in OPEN and self.ended_at is None

    @property
    def breached(self) -> bool:
        return self.state in (TermState.overdue, TermState.met_late)

    @property
    def soft(self) -> bool:
        return self.duty.as_a_rule if self.deadline.derivation.period else self.duty.soft

    @property
    def title(self) -> dict[str, str]:
        if self.duty.title is not None:
            return {"nl": self.duty.title.nl, "en": self.duty.title.en}
        return event_title(self.duty.met_by[0])

    @property
    def start_title(self) -> dict[str, str]:
        return event_phrase(self.start.name)


@once_of
def counting_of(procedure: Procedure, calendar: Calendar) -> Counting:
    """The counting settings of the procedure over the calendar version that the complaint keeps."""
    rule = procedure.calendar
    return Counting(
        calendar=calendar,
        first_day=rule.first_day,
        receipt=rule.receipt,
        closes_at=rule.office_closes_at,
        roll_forward=rule.roll_forward,
    )


def terms(situation: Situation, counting: Counting, now: datetime) -> tuple[Term, ...]:
    """Every term of the complaint as of `now`, in the order in which they started."""
    seen: dict[str, int] = {}
    found: list[Term] = []
    for run in situation.runs:
        for duty in situation.procedure.duties_of(run.stage):
            if not duty.has_term:
                continue
            base = f"{run.stage.stage}.{duty.duty}"
            for start, moved_at in starts_of(situation, run, duty):
                number = seen.get(base, 0) + 1
                key = base if number == 1 else f"{base}.{number}"
                term = None
                if _applies(situation, duty, key, start):
                    begun = _restarted(situation, counting, now, run, duty, key, start)
                    term = _owed(situation, _term(situation, counting, now, run, duty, key, begun))
                if moved_at is None or _missed(term, moved_at):
                    seen[base] = number
                    found += [term] if term else []
    return tuple(found)


def _missed(term: Term | None, moved_at: datetime) -> bool:
    """X-04: whether it was breached before another plan took the place of that which it is counted from."""
    return term is not None and term.breach_at is not None and term.breached and term.breach_at <= moved_at


def _restarted(
    situation: Situation, counting: Counting, now: datetime, run: Run, duty: Duty, key: str, start: Moment
) -> Moment:
    """The last that starts the period anew, as long as it had not ended by then (X-04)."""
    if not duty.restarts_on:
        return start
    anew = [m for m in situation.moments_of(*duty.restarts_on) if run.covers(m.event)]
    for again in sorted(anew, key=lambda m: by_day(m.at, m.event)):
        breach_at = _deadline(situation, counting, now, duty, key, start).breach_at
        if breach_at is None or again.at < breach_at:
            start = max(start, again, key=lambda m: by_day(m.at, m.event))
    return start


def _applies(situation: Situation, duty: Duty, key: str, start: Moment) -> bool:
    if duty.within is None and stated_day(start.event) is None:
        return False
    if any(event.type == "term.breached" for event in _told_of(situation, key)):
        return True  # the condition may have changed since: `_owed` looks when
    return applies(situation, duty) and (duty.each or not duty.stated or _decides(situation, duty, start))


def _owed(situation: Situation, term: Term) -> Term | None:
    """The term, where it is owed now or was when it was breached.

    X-04: a breach is not undone by a condition that changes later. What changed before it, and was registered only
    after, counts (X-02).
    """
    if applies(situation, term.duty) or term.breach_at is None:
        return term
    if applies(situation.before(term.breach_at), term.duty):
        return term
    # it came to be owed after its last day: then it was late from the start, until that was recorded
    known = term.breach_recorded
    if known is None or known.recorded_at is None:
        return None
    return term if applies(situation.before(known.recorded_at, known.sequence), term.duty) else None


def _decides(situation: Situation, duty: Duty, start: Moment) -> bool:
    """Of several requests in one case the last that named a day holds; where none did, the first."""
    asked = [event for event in situation.all_of(*duty.after) if same_case(event, start.event)]
    named = [event for event in asked if stated_day(event) is not None]
    return start.event.sequence == (named[-1:] or asked)[0].sequence


def period_of(situation: Situation, duty: Duty) -> Period:
    """The period that holds: the first alternative whose condition is met, else the ordinary one."""
    return next((other.within for other in duty.instead if situation.holds(other.when)), _ordinary(duty))


def _ordinary(duty: Duty) -> Period:
    if duty.within is None:
        raise ValueError("a duty without a period has no term")
    return duty.within


def _in_time(
    situation: Situation, duty: Duty, start: Moment, counted: Callable[[Period, date | None], Deadline]
) -> Deadline:
    """The end by the period that holds, day by day as it became known, until the term has passed (X-04).

    What is learned after the last day undoes no breach, and what makes the term shorter makes nobody late before it
    was learned. `counted`: the end by a period, and by the day on which it became the one that holds.
    """
    if not duty.instead:
        return counted(_ordinary(duty), None)
    began = max(local_date(start.at), local_date(situation.intake.occurred_at))
    told = {local_date(event.occurred_at) for event in situation.told_of(other.when for other in duty.instead)}
    later = sorted(day for day in told if day > began)
    if not later:
        return counted(period_of(situation, duty), None)
    period = period_of(situation.through(began), duty)
    found = counted(period, None)
    for day in later:
        if found.due_on is not None and day > found.due_on:
            break
        holds = period_of(situation.through(day), duty)
        if holds != period:
            changed = Changed(period, day, _because(situation.through(day), duty))
            period, found = holds, counted(holds, day)
            found = replace(found, derivation=replace(found.derivation, changed=changed))
    return found


def _because(situation: Situation, duty: Duty) -> tuple[str, ...]:
    """What is so of the complaint, that another period than the ordinary one holds; of a choice of words nothing."""
    holds = next((other.when for other in duty.instead if situation.holds(other.when)), None)
    return tuple(name for name, wanted in holds.wanted.items() if wanted is True) if holds else ()


def _term(
    situation: Situation, counting: Counting, now: datetime, run: Run, duty: Duty, key: str, start: Moment
) -> Term:
    deadline = _deadline(situation, counting, now, duty, key, start)
    lapses_at, onward = _after_lapse(situation, counting, now, duty, key, start, deadline)
    met, ended = met_by(situation, duty, start), ended_at(situation, run, duty, start)
    announced = _announcements(situation, key)
    return Term(
        key=key,
        duty=duty,
        stage=run.stage,
        state=state(
            deadline.breach_at, met.occurred_at if met else None, now, ended, suspended=deadline.due_on is None
        ),
        start=start,
        started_on=deadline.started_on,
        due_on=deadline.due_on,
        breach_at=deadline.breach_at,
        act_by=deadline.act_by,
        lapses_at=lapses_at,
        warn_at=_warn_at(counting.calendar, duty, deadline, local_date(start.at)),
        met_by=met,
        ended_at=ended,
        breach_recorded=_announced(announced, "term.breached", deadline),
        warned=_announced(announced, "term.due_soon", deadline),
        deadline=deadline,
        onward=onward,
    )


def _after_lapse(
    situation: Situation, counting: Counting, now: datetime, duty: Duty, key: str, start: Moment, deadline: Deadline
) -> tuple[datetime | None, Deadline]:
    """When the clock of a term that stands still runs again by itself, and its end then; None when it never does.

    Of pauses that overlap each lapses by itself; the term runs once none holds it any more.
    """
    if deadline.due_on is None:
        for at in sorted(at for at in lapses(situation, duty, counting.calendar) if at > now):
            onward = _deadline(situation, counting, at, duty, key, start)
            if onward.due_on is not None:
                return at, onward
    return None, deadline


def _deadline(situation: Situation, counting: Counting, now: datetime, duty: Duty, key: str, start: Moment) -> Deadline:
    day = stated_day(start.event) if duty.stated else None
    if day is not None:
        return stated(counting, day, start.at)
    if duty.before:
        told_on = local_date(start.at) if start.planned else None
        return _in_time(
            situation,
            duty,
            start,
            lambda period, known_on: count_back(counting, period, start.on, known_on or told_on),
        )
    if start.name not in COMES_IN and counting.receipt != "arrival":
        counting = replace(counting, receipt="arrival")  # C4: who did it was there
    stood_still = _stood_still(situation, counting, duty, start, now)
    extensions = tuple(extension_of(event) for event in _extensions(situation, duty, key))
    return _in_time(
        situation,
        duty,
        start,
        lambda period, known_on: count(counting, period, start.counted, extensions, stood_still, known_on),
    )


def _extensions(situation: Situation, duty: Duty, key: str) -> list[Event]:
    if duty.extension is None:
        return []
    return [event for event in situation.all_of("extension.notified") if event.facts.get("extends", key) == key]


def extension_of(event: Event) -> Extension:
    until, period = event.facts.get("until"), event.facts.get("period")
    return Extension(
        until=date.fromisoformat(until) if until else None,
        period=Period.model_validate(period) if period else None,
        notified_at=event.occurred_at,
    )


def _stood_still(
    situation: Situation, counting: Counting, duty: Duty, start: Moment, now: datetime
) -> tuple[Suspension, ...]:
    """While the clock stood still. A term that was met stands still no more (C8)."""
    found = pauses(situation, duty, counting.calendar, now)
    met = met_by(situation, duty, start) if found else None
    return tuple(pause for begun, pause in found if met is None or begun < by_day(met.occurred_at, met))


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _warn_at(calendar: Calendar, duty: Duty, deadline: Deadline, known_on: date) -> datetime | None:
    """00:00 of the day on which the warning is due; none for a term that is shorter than its warning."""
    if deadline.act_by is None:
        return None
    warn_on = subtract(calendar, deadline.act_by, duty.warn or _WARN_AHEAD)
    return midnight(warn_on) if warn_on > (known_on if duty.before else deadline.started_on) else None


def _announcements(situation: Situation, key: str) -> list[Event]:
    """What was announced of this term and still stands."""
    told = _told_of(situation, key)
    gone = {event.facts["supersedes"] for event in situation.all_of("term.breach_superseded")} if told else set()
    return [event for event in told if event.sequence not in gone]


def _told_of(situation: Situation, key: str) -> list[Event]:
    """What was announced of this term, whether it still stands or not."""
    return situation.once(_announced_by_term).of(key)


def _announced_by_term(situation: Situation) -> Index[Event]:
    return Index(situation.all_of("term.breached", "term.due_soon"), lambda event: event.facts["term"])


def _announced(announced: list[Event], kind: str, deadline: Deadline) -> Event | None:
    if not announced:
        return None
    due_on = deadline.due_on.isoformat() if deadline.due_on else None
    return next((event for event in announced if event.type == kind and event.facts.get("due_on") == due_on), None)
