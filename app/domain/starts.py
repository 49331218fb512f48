"""From when a duty runs: the moments in a passage through a stage that start it."""

from collections.abc import Iterator, Sequence
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
    found = [m for m in situation.moments_of(*names) if not situation.is_again(m)]
    all_starts = [moment for moment in found if _is_of(run, moment)]
    inside = [moment for moment in all_starts if run.covers(moment.event)]
    if inside:
        yield from _once_per_event(inside, planned=duty.before is not None)
    elif duty.after and not duty.each:
        yield from [Start(moment) for moment in all_starts if moment.event.sequence < run.opened.sequence][-1:]


def _is_of(run: Run, moment: Moment) -> bool:
    """Whether it is of this passage, as far as it says so. A hearing in no case is the organisation's own, never one
    of the body that has the case, and the other way around."""
    if moment.planned:
        return moment.event.facts.get("escalation_id") == run.opened.facts.get("escalation_id")
    return same_case(run.opened, moment.event)


def _once_per_event(found: Sequence[Moment], *, planned: bool) -> Iterator[Start]:
    """Each event once, and what is planned with when the next plan took its place.

    A hearing that was moved is one hearing, unless it was moved too late to undo a breach (X-04): the terms say which.
    """
    if len(found) == 1:  # mostly
        return iter([Start(found[0])])
    once = list({moment.event.sequence: moment for moment in found}.values())
    plans = [moment for moment in once if planned or moment.planned]
    moved = {plan.event.sequence: after.at for plan, after in pairwise(plans)}
    return (Start(moment, moved.get(moment.event.sequence)) for moment in once)
