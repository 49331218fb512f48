"""While a clock stands still: from what, until when (C8)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from app.domain.calendar import Calendar, add, local_date, midnight
from app.domain.counting import Suspension
from app.domain.duty import Duty
from app.domain.duty import Suspension as SuspensionRule
from app.domain.events import Event
from app.domain.moments import Moment, by_day
from app.domain.situation import Situation

Placed = tuple[tuple[date, int], Suspension]
"""A pause, with its place in the order of what happened."""


def pauses(situation: Situation, duty: Duty, calendar: Calendar, now: datetime) -> tuple[Placed, ...]:
    """Every pause in the term of this duty, as of `now`; one that still runs has no end."""
    return (*_suspensions(situation, duty, calendar, now), *_taken_back(situation, duty))


def lapses(situation: Situation, duty: Duty, calendar: Calendar) -> Iterator[datetime]:
    """The instants at which its pauses lapse by themselves, in no order; also of those that were ended before."""
    for rule in duty.suspension:
        for begun in _begun(situation, rule):
            if (lapses_on := _lapses_on(rule, begun, calendar)) is not None:
                yield midnight(lapses_on)


def _suspensions(situation: Situation, duty: Duty, calendar: Calendar, now: datetime) -> Iterator[Placed]:
    for rule in duty.suspension:
        ends = [each for each in situation.moments if each.name in rule.ends_on and _same_cause(rule, each)]
        asked = _asked(each for each in situation.moments if each.name in rule.starts_on)
        for begun in _begun(situation, rule):
            answers = [end for end in ends if _order(end) > _order(begun) and _answers(end, begun, asked)]
            yield _order(begun), Suspension(begun.on, _ended_on(answers, _lapses_on(rule, begun, calendar), now))


def _begun(situation: Situation, rule: SuspensionRule) -> list[Moment]:
    return [each for each in situation.moments if each.name in rule.starts_on and _pauses(rule, each)]


def _taken_back(situation: Situation, duty: Duty) -> Iterator[Placed]:
    """While the complainant had withdrawn it nothing was owed; who closes it too soon gets no time for that."""
    if "complaint.withdrawn" not in duty.lapses_on:
        return
    since: Event | None = None
    for event in situation.all_of("complaint.withdrawn", "complaint.reopened"):
        if event.type == "complaint.withdrawn":
            since = event
        elif since is not None:
            pause = Suspension(local_date(since.occurred_at), local_date(event.occurred_at))
            yield by_day(since.occurred_at, since), pause
            since = None


def _pauses(rule: SuspensionRule, begun: Moment) -> bool:
    """Whether the clock stands still: for this cause, and agreed to where that is asked."""
    return _same_cause(rule, begun) and not (rule.consent and not begun.event.facts.get("consent"))


def _same_cause(rule: SuspensionRule, moment: Moment) -> bool:
    return bool(moment.event.facts.get("cause", rule.cause) == rule.cause)


def _asked(begins: Iterable[Moment]) -> dict[str | None, tuple[date, int]]:
    """Who was asked, each with when that was first."""
    return {_party(each): _order(each) for each in sorted(begins, key=_order, reverse=True)}


def _answers(end: Moment, begun: Moment, asked: dict[str | None, tuple[date, int]]) -> bool:
    """Of two who were asked the one does not answer for the other; who was not asked by then answers for all."""
    whose, party = _party(begun), _party(end)
    return whose in (None, party) or party is None or party not in asked or asked[party] > _order(end)


def _lapses_on(rule: SuspensionRule, begun: Moment, calendar: Calendar) -> date | None:
    """The day from which the clock runs again by itself: the one that was given, or the longest that it may stand."""
    given = begun.event.facts.get("answer_by")
    longest = add(calendar, begun.on, rule.at_most) if rule.at_most else None
    return min(filter(None, (date.fromisoformat(given) if given else None, longest)), default=None)


def _ended_on(answers: list[Moment], lapses_on: date | None, now: datetime) -> date | None:
    """The day the answer arrived or the period that was given lapsed, whichever came first; None while it runs."""
    ended = min(answers, key=_order).on if answers else None
    if lapses_on is not None and now >= midnight(lapses_on):
        return min(ended, lapses_on) if ended else lapses_on
    return ended


def _party(moment: Moment) -> str | None:
    return moment.event.facts.get("party")


def _order(moment: Moment) -> tuple[date, int]:
    return by_day(moment.at, moment.event)
