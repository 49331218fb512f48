"""From when a duty runs: the moments in a passage through a stage that start it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from app.domain.duty import Duty
from app.domain.events import Event
from app.domain.moments import Moment
from app.domain.runs import Run, same_case
from app.domain.situation import Situation


class Start(NamedTuple):
    """A moment from which a duty runs. `moved_at`: when another plan took the place of this one, of a hearing."""

    moment: Moment
    moved_at: datetime | None = None


def stated_day(event: Event) -> date | None:
    """The last day that the event itself names, where it names one."""
    named = event.facts.get("due_on")
    return date.fromisoformat(named) if named else None


def starts_of(situation: Situation, run: Run, duty: Duty) -> Iterator[Start]:
    """From what in this passage through the stage the duty runs; else from the last moment before it."""
    names = (duty.before,) if duty.before else duty.after
    found = [m for m in situation.moments if m.name in names and not situation.is_again(m)]
    all_starts = [moment for moment in found if _is_of(run, moment)]
    covered = [moment for moment in all_starts if run.covers(moment.event)]
    inside = _once_per_event(covered)
    if duty.before:
        yield from _plans(covered)
    elif inside:
        yield from map(Start, inside)
    elif not duty.each:
        yield from [Start(moment) for moment in all_starts if moment.event.sequence < run.opened.sequence][-1:]


def _is_of(run: Run, moment: Moment) -> bool:
    """Whether it is of this passage, as far as it says so. A hearing in no case is the organisation's own, never one
    of the body that has the case, and the other way around."""
    if moment.planned:
        return moment.event.facts.get("escalation_id") == run.opened.facts.get("escalation_id")
    return same_case(run.opened, moment.event)


def _plans(plans: list[Moment]) -> Iterator[Start]:
    """Every plan: a hearing that was moved is one hearing, unless it was moved too late to undo a breach (X-04)."""
    yield from (Start(plan, moved.at) for plan, moved in pairwise(plans))
    yield from map(Start, plans[-1:])


def _once_per_event(found: Iterable[Moment]) -> list[Moment]:
    """Each event once; and of what is planned only the last plan, because a hearing that was moved is one hearing."""
    once = {moment.name if moment.planned else moment.event.sequence: moment for moment in found}
    return sorted(once.values(), key=lambda moment: moment.event.sequence)
