"""How long a dossier stays, and from when it may or must go (C14). Erasing itself is another matter."""

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.calendar import Calendar, local_date
from app.domain.cases import open_cases
from app.domain.events import Event
from app.domain.limits import erase_due_on
from app.domain.procedure import Retention as Rule
from app.domain.situation import Situation


@dataclass(frozen=True, slots=True)
class Retention:
    """Days are local. `erase_from` is the first day on which erasing is allowed, `erase_by` the day it is due."""

    kept_from: date | None
    erase_from: date | None
    erase_by: date | None
    held_by: tuple[str, ...]


def retention(situation: Situation, calendar: Calendar) -> Retention:
    """The retention dates of a closed complaint; none while it is open."""
    rule = situation.procedure.retention
    held = tuple(hold for hold in holds(situation) if rule is None or hold in rule.held_by)
    since = _since(situation, rule) if rule is not None and not situation.is_open else None
    if rule is None or since is None:
        return Retention(None, None, None, held)
    shortest, longest = rule.minimum or rule.maximum, rule.maximum or rule.minimum
    return Retention(
        since,
        erase_due_on(since, shortest, calendar) if shortest else None,
        erase_due_on(since, longest, calendar) if longest else None,
        held,
    )


def _since(situation: Situation, rule: Rule) -> date | None:
    """The day from which it is kept.

    A floor counts from the last closing (A-30); a mere ceiling from the closing by the organisation itself, which no
    appeal or external case moves (A-12).
    """
    if rule.after != "complaint.closed":
        anchor = situation.last_of(rule.after)
        return local_date(anchor.occurred_at) if anchor else _on(situation.closed_at)
    own = None if rule.minimum else (_own_closing(situation) or _own_answer(situation))
    return local_date(own.occurred_at) if own and not situation.is_open else _on(situation.closed_at)


def _on(instant: datetime | None) -> date | None:
    return local_date(instant) if instant else None


def _own_closing(situation: Situation) -> Event | None:
    endings = reversed(situation.endings)
    return next((each for each in endings if not _outside(situation, each)), None)


def _own_answer(situation: Situation) -> Event | None:
    """Where nobody closed it before the appeal: the organisation was done with it when it answered (KK-24)."""
    inside = [run for run in situation.runs if run.stage.kind not in ("appeal", "external")]
    return inside[-1].answer if inside and len(inside) < len(situation.runs) else None


def _outside(situation: Situation, ending: Event) -> bool:
    """Whether it was ended in an appeal or an external case, or after one that came to nothing."""
    opened = [run for run in situation.runs if run.opened.sequence <= ending.sequence]
    last = opened[-1] if opened else None
    return last is not None and last.stage.kind in ("appeal", "external")


def _routes(situation: Situation) -> list[Event]:
    return situation.all_of("parallel_route.recorded")


def _holds(situation: Situation, event: Event) -> bool:
    return any(
        route.legal_hold and route.route == event.facts["route"] for route in situation.procedure.parallel_routes
    )


def holds(situation: Situation) -> list[str]:
    """What keeps the dossier longer (A-12): a hold, an open appeal or external case, a route beside the procedure."""
    standing = situation.standing_holds
    found = ["legal_hold" for event in situation.all_of("legal_hold.placed") if event.sequence in standing][:1]
    if any(event.sequence in standing and _holds(situation, event) for event in _routes(situation)):
        found.append("parallel_route")
    stage = situation.stage
    if situation.is_open and stage is not None and stage.kind == "appeal":
        found.append("open_appeal")
    outside = situation.is_open and stage is not None and stage.kind == "external"
    if outside or open_cases(situation):
        found.append("open_external_case")
    return found
