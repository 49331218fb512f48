"""Grounds for not handling a complaint: proposed here from the facts, decided by a person with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.domain.calendar import Calendar, Period
from app.domain.events import Event
from app.domain.limits import Limit, conduct_admissible_back, last_filing_day
from app.domain.procedure import Ground
from app.domain.situation import Situation


@dataclass(frozen=True, slots=True)
class Proposal:
    """A ground that seems to apply, and the dates that make it seem so.

    `notice_due_on`: by when it would have to be told that the complaint is not handled, while nothing is decided.
    """

    ground: Ground
    limit_on: date | None = None
    notice_due_on: date | None = None

    @property
    def must_refuse(self) -> bool:
        return self.ground.mode == "must_refuse"

    @property
    def sentence(self) -> str:
        told = f"; if it is not handled, that is told by {self.notice_due_on}" if self.notice_due_on else ""
        return f"a ground not to handle it seems to apply: {self.ground.ground}{told}"


def proposals(situation: Situation, calendar: Calendar) -> tuple[Proposal, ...]:
    """The grounds that the facts point at, by that calendar. Whether one applies is for a person to decide (A-25)."""
    found = (_proposal(situation, ground, calendar) for ground in situation.procedure.admissibility.grounds)
    return tuple(proposal for proposal in found if proposal is not None)


def contradicted(situation: Situation, ground: Ground, calendar: Calendar) -> str | None:
    """Why the known day says that this ground does not apply; None where it does not (BNW-06, SO-16, KK-07)."""
    limit = limit_of(situation, ground, calendar) if ground.test in DATED else None
    if limit is None or not limit.admissible:
        return None
    told = _SAID[ground.test].format(conduct=situation.conduct_on, received=situation.received_on, limit=limit.day)
    return f"{told}; if a day is wrong, correct that first"


def doubt(situation: Situation, event: Event) -> str | None:
    """What nobody can reckon about a complaint that is declined as too old or too late: its day is not known."""
    if event.type != "admissibility.decided" or event.facts["decision"] != "decline" or situation.conduct_on:
        return None
    dated = {ground.ground for ground in situation.procedure.admissibility.grounds if ground.test in DATED}
    if event.facts.get("ground") not in dated:
        return None
    return "the day on which it happened is not recorded (conductOn), so nothing shows that this ground applies"


def _proposal(situation: Situation, ground: Ground, calendar: Calendar) -> Proposal | None:
    if ground.test not in DATED:
        return _TESTS.get(ground.test, _flagged)(situation, ground)
    limit = limit_of(situation, ground, calendar)
    return None if limit is None or limit.admissible else Proposal(ground, limit.day)


def limit_of(situation: Situation, ground: Ground, calendar: Calendar) -> Limit | None:
    """What the known day of the conduct says of a ground in DATED; None where no day or no period is known."""
    if situation.conduct_on is None or ground.within is None:
        return None
    return DATED[ground.test](situation, situation.conduct_on, ground.within, calendar)


def _too_old(situation: Situation, conduct_on: date, within: Period, calendar: Calendar) -> Limit:
    """C12: counted back from the filing date; exactly the period ago is still admissible."""
    return conduct_admissible_back(conduct_on, situation.received_at, within, calendar)


def _too_late(situation: Situation, conduct_on: date, within: Period, calendar: Calendar) -> Limit:
    """C13: counted forward from the day the complaint arose; the same day number is the last admissible day."""
    last = last_filing_day(conduct_on, within, calendar)
    return Limit(last, situation.received_on <= last)


def _already_handled(situation: Situation, ground: Ground) -> Proposal | None:
    return Proposal(ground) if situation.described.get("earlier_complaint") else None


def _anonymous(situation: Situation, ground: Ground) -> Proposal | None:
    return Proposal(ground) if situation.described.get("anonymous") else None


def _flagged(situation: Situation, ground: Ground) -> Proposal | None:
    """Something only the complainant or an employee can tell, given at intake."""
    return Proposal(ground) if ground.test in situation.described.get("circumstances", ()) else None


# Grounds that are a matter of days. What else a ground can be is for a person to see.
DATED: dict[str, Callable[[Situation, date, Period, Calendar], Limit]] = {
    "conduct_too_old": _too_old,
    "filed_too_late": _too_late,
}
_SAID = {
    "conduct_too_old": "it happened on {conduct}; what happened on or after {limit} is not too old",
    "filed_too_late": "it happened on {conduct} and was received on {received}; until {limit} that was not too late",
}
_TESTS: dict[str, Callable[[Situation, Ground], Proposal | None]] = {
    "already_handled": _already_handled,
    "anonymous": _anonymous,
}
