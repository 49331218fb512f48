"""Grounds for not handling a complaint: proposed here from the facts, decided by a person with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.domain.calendar import Calendar
from app.domain.limits import conduct_admissible_back, last_filing_day
from app.domain.procedure import Ground
from app.domain.situation import Situation


@dataclass(frozen=True, slots=True)
class Proposal:
    """A ground that seems to apply, and the dates that make it seem so."""

    ground: Ground
    limit_on: date | None = None

    @property
    def must_refuse(self) -> bool:
        return self.ground.mode == "must_refuse"


def proposals(situation: Situation, calendar: Calendar) -> tuple[Proposal, ...]:
    """The grounds that the facts point at, by that calendar. Whether one applies is for a person to decide (A-25)."""
    found = (_proposal(situation, ground, calendar) for ground in situation.procedure.admissibility.grounds)
    return tuple(proposal for proposal in found if proposal is not None)


def _proposal(situation: Situation, ground: Ground, calendar: Calendar) -> Proposal | None:
    dated = _DATED.get(ground.test)
    return dated(situation, ground, calendar) if dated else _TESTS.get(ground.test, _flagged)(situation, ground)


def _too_old(situation: Situation, ground: Ground, calendar: Calendar) -> Proposal | None:
    """C12: counted back from the filing date; exactly the period ago is still admissible."""
    if situation.conduct_on is None or ground.within is None:
        return None
    oldest, admissible = conduct_admissible_back(situation.conduct_on, situation.received_at, ground.within, calendar)
    return None if admissible else Proposal(ground, oldest)


def _too_late(situation: Situation, ground: Ground, calendar: Calendar) -> Proposal | None:
    """C13: counted forward from the day the complaint arose; the same day number is the last admissible day."""
    if situation.conduct_on is None or ground.within is None:
        return None
    last = last_filing_day(situation.conduct_on, ground.within, calendar)
    return Proposal(ground, last) if situation.received_on > last else None


def _already_handled(situation: Situation, ground: Ground) -> Proposal | None:
    return Proposal(ground) if situation.described.get("earlier_complaint") else None


def _anonymous(situation: Situation, ground: Ground) -> Proposal | None:
    return Proposal(ground) if situation.described.get("anonymous") else None


def _flagged(situation: Situation, ground: Ground) -> Proposal | None:
    """Something only the complainant or an employee can tell, given at intake."""
    return Proposal(ground) if ground.test in situation.described.get("circumstances", ()) else None


_DATED: dict[str, Callable[[Situation, Ground, Calendar], Proposal | None]] = {
    "conduct_too_old": _too_old,
    "filed_too_late": _too_late,
}
_TESTS: dict[str, Callable[[Situation, Ground], Proposal | None]] = {
    "already_handled": _already_handled,
    "anonymous": _anonymous,
}
