"""What meets a duty, and what ends it without."""

from collections.abc import Callable
from datetime import datetime

from app.domain.cases import ENDS as CASE_ENDS
from app.domain.duty import NAMED_BY, Duty
from app.domain.events import Event
from app.domain.index import Index
from app.domain.moments import Moment, by_day
from app.domain.runs import Run, left_behind, same_case
from app.domain.situation import Situation


def met_by(situation: Situation, duty: Duty, start: Moment) -> Event | None:
    """The first event after the start that meets the duty, by when it happened and not by when it was registered
    (X-02). The gate refuses one without its form and content.

    What a body was handed of its own accord need not be handed over again when it asks for it.
    """
    handed = duty.submission is not None and not duty.each and not duty.before
    since = by_day(start.at, situation.receipt if start.event.type in _MADE_COMPLAINT else start.event)
    found = [
        moment
        for moment in _about(situation, duty, start.event)
        if not _settled_nothing(situation, moment.event)
        and (handed or by_day(moment.at, moment.event) > since)
        and _fits(moment.event, duty)
        and is_about(moment.event, duty, start.event)
    ]
    first = min(found, key=lambda moment: by_day(moment.at, moment.event), default=None)
    return first.event if first else None


def _about(situation: Situation, duty: Duty, start: Event) -> list[Moment]:
    """What could meet it; of what names its start only that, or a thousand questions would each go through all."""
    name = NAMED_BY.get(start.type) if duty.each else None
    if name is None:
        return situation.moments_of(*duty.met_by)
    naming = situation.once(_BY_NAMED[name]).of(start.sequence)
    return [moment for moment in naming if moment.name in duty.met_by]


def _named_by(name: str) -> Callable[[Situation], Index[Moment]]:
    return lambda situation: Index(situation.moments, lambda moment: moment.event.facts.get(name))


_BY_NAMED = {name: _named_by(name) for name in NAMED_BY.values()}


def _settled_nothing(situation: Situation, event: Event) -> bool:
    """What was registered twice is handled in the other; what was closed without an answer and comes back was not
    settled (BNW-09).
    """
    if event.type != "complaint.closed" or event.facts.get("outcome") == "handled":
        return False
    if event.facts.get("outcome") == "duplicate":
        return True
    return any(later.sequence > event.sequence for later in situation.all_of("complaint.reopened"))


# A complaint from its receipt, by an event that came later.
_MADE_COMPLAINT = ("complaint.reclassified", "signal.promoted")


def is_about(event: Event, duty: Duty, start: Event) -> bool:
    """Whether this event is about that start: it names it, where each is met by its own; it is about the same case."""
    if duty.submission and event.type == "external.answered" and event.facts.get("kind") not in (None, duty.submission):
        return False
    name = NAMED_BY.get(start.type) if duty.each else None
    if name is not None and event.facts.get(name) != start.sequence:
        return False
    return same_case(event, start)


def _fits(event: Event, duty: Duty) -> bool:
    """Form and content as far as they are facts: KK-11's acknowledgement is none without the handling term."""
    if duty.form == "written" and event.oral:
        return False
    return set(duty.content) <= set(event.facts.get("content", ())) or event.type not in duty.said_by


def ended_at(situation: Situation, run: Run, duty: Duty, start: Moment) -> datetime | None:
    """When the duty lapsed: what ends it, unless the complaint was taken up again after; or what left it behind.

    Calling the complaint something else ends nothing that is owed to a body, and reopening it opens none of its cases.
    Called a complaint again, it owes what it owed.
    """
    ended: datetime | None = None
    left: datetime | None = None
    inside = run.stage.kind != "external"
    ends = duty.lapses_on if inside else (*duty.lapses_on, *CASE_ENDS)
    for event in situation.all_of(*ends, "complaint.reopened", *_MADE_COMPLAINT):
        if event.sequence <= start.event.sequence:
            continue
        if event.type in ends and same_case(event, start.event):
            ended = ended or event.occurred_at
        elif event.type == "complaint.reopened" and inside:
            ended = None
        elif event.type in _MADE_COMPLAINT and inside:
            left = (left or event.occurred_at) if _left_scope(event) else None
    if ended is None and left is None and not applies(situation, duty):
        # a recorded breach stands, but nobody owes it any more, since one of the things that happened
        return max(event.occurred_at for event in situation.events)
    promoted = left_behind(situation.runs, run, duty)
    return min(filter(None, (ended, left, promoted.occurred_at if promoted else None)), default=None)


def _left_scope(event: Event) -> bool:
    return event.type == "complaint.reclassified" and event.facts.get("to") != "complaint"


def applies(situation: Situation, duty: Duty) -> bool:
    """Whether it is owed by what is known now."""
    return situation.holds(duty.when) and not (duty.unless is not None and situation.holds(duty.unless))
