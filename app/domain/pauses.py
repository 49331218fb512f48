"""While a clock stands still: from what, until when (C8)."""

from collections.abc import Iterator
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


def _suspensions(situation: Situation, duty: Duty, calendar: Calendar, now: datetime) -> Iterator[Placed]:
    for rule in duty.suspension:
        begins = [each for each in situation.moments if each.name in rule.starts_on]
        ends = [each for each in situation.moments if each.name in rule.ends_on and _same_cause(rule, each)]
        asked = _asked(begins)
        for begun in begins:
            if _pauses(rule, begun):
                answers = [end for end in ends if _order(end) > _order(begun) and _answers(end, begun, asked)]
                longest = add(calendar, begun.on, rule.at_most) if rule.at_most else None
                yield _order(begun), Suspension(begun.on, _ended_on(begun, answers, longest, now))


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


def _asked(begins: list[Moment]) -> dict[str | None, tuple[date, int]]:
    """Who was asked, each with when that was first."""
    return {_party(each): _order(each) for each in sorted(begins, key=_order, reverse=True)}


def _answers(end: Moment, begun: Moment, asked: dict[str | None, tuple[date, int]]) -> bool:
    """Of two who were asked the one does not answer for the other; who was not asked by then answers for all."""
    whose, party = _party(begun), _party(end)
    return whose in (None, party) or party is None or party not in asked or asked[party] > _order(end)


def _ended_on(begun: Moment, answers: list[Moment], longest: date | None, now: datetime) -> date | None:
    """The day the answer arrived or the period that was given lapsed, whichever came first; None while it runs."""
    ended = min(answers, key=_order).on if answers else None
    given = begun.event.facts.get("answer_by")
    lapses = min(filter(None, (date.fromisoformat(given) if given else None, longest)), default=None)
    if lapses is not None and now >= midnight(lapses):
        return min(ended, lapses) if ended else lapses
    return ended


def _party(moment: Moment) -> str | None:
    return moment.event.facts.get("party")


def _order(moment: Moment) -> tuple[date, int]:
    return by_day(moment.at, moment.event)
