"""From when a duty runs: the moments in a passage through a stage that start it."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from app.domain.duty import Duty
from app.domain.events import Event
from app.domain.moments import Moment
from app.domain.runs import Run, same_case
from app.domain.situation import Situation


def stated_day(event: Event) -> date | None:
    """The last day that the event itself names, where it names one."""
    named = event.facts.get("due_on")
    return date.fromisoformat(named) if named else None


def starts_of(situation: Situation, run: Run, duty: Duty) -> Iterator[Moment]:
    """The moments in this passage through the stage from which the duty runs; else the last one before it."""
    names = (duty.before,) if duty.before else duty.after
    found = [m for m in situation.moments if m.name in names and not situation.is_again(m)]
    all_starts = [moment for moment in found if same_case(run.opened, moment.event)]
    covered = [moment for moment in all_starts if run.covers(moment.event)]
    inside = _once_per_event(covered)
    if duty.before:
        yield from _plans(situation, f"{run.stage.stage}.{duty.duty}", covered)
    elif inside:
        yield from inside
    elif not duty.each:
        yield from [moment for moment in all_starts if moment.event.sequence < run.opened.sequence][-1:]


def _plans(situation: Situation, base: str, plans: list[Moment]) -> Iterator[Moment]:
    """The last plan, because a hearing that was moved is one hearing; before it any that was moved too late to undo a
    breach (X-04)."""
    gone = {event.facts["supersedes"] for event in situation.all_of("term.breach_superseded")}
    breached = [
        event.sequence
        for event in situation.all_of("term.breached")
        if event.sequence not in gone and (event.facts["term"] == base or event.facts["term"].startswith(f"{base}."))
    ]
    for plan, moved in pairwise(plans):
        if any(plan.event.sequence < sequence < moved.event.sequence for sequence in breached):
            yield plan
    yield from plans[-1:]


def _once_per_event(found: Iterable[Moment]) -> list[Moment]:
    """Each event once; and of what is planned only the last plan, because a hearing that was moved is one hearing."""
    once = {moment.name if moment.planned else moment.event.sequence: moment for moment in found}
    return sorted(once.values(), key=lambda moment: moment.event.sequence)
