"""How long a dossier stays, and from when it may or must go (C14). Erasing itself is another matter."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.calendar import local_date
from app.domain.events import Event
from app.domain.limits import keep_through
from app.domain.situation import Situation


@dataclass(frozen=True, slots=True)
class Retention:
    """Days are local. `erase_from` is the first day on which erasing is allowed, `erase_by` the day it is due."""

    kept_from: date | None
    erase_from: date | None
    erase_by: date | None
    held_by: tuple[str, ...]


def retention(situation: Situation) -> Retention:
    """The retention dates of a closed complaint; none while it is open."""
    rule, closed_at = situation.procedure.retention, situation.closed_at
    held = tuple(holds(situation))
    if rule is None or closed_at is None:
        return Retention(None, None, None, held)
    closed_on = local_date(closed_at)
    shortest, longest = rule.minimum or rule.maximum, rule.maximum or rule.minimum
    return Retention(
        closed_on,
        _day_after(keep_through(closed_on, shortest)) if shortest else None,
        _day_after(keep_through(closed_on, longest)) if longest else None,
        held,
    )


def _day_after(day: date) -> date:
    return day + timedelta(days=1)


def _routes(situation: Situation) -> list[Event]:
    return situation.all_of("parallel_route.recorded")


def _holds(situation: Situation, event: Event) -> bool:
    return any(
        route.legal_hold and route.route == event.facts["route"] for route in situation.procedure.parallel_routes
    )


def holds(situation: Situation) -> list[str]:
    """What keeps the dossier longer (A-12): a hold, an open appeal or external case, a route beside the procedure."""
    lifted = {event.facts.get("lifts") for event in situation.all_of("legal_hold.lifted")}
    found = ["legal_hold" for event in situation.all_of("legal_hold.placed") if event.sequence not in lifted][:1]
    if any(event.sequence not in lifted and _holds(situation, event) for event in _routes(situation)):
        found.append("parallel_route")
    stage = situation.stage
    if situation.is_open and stage is not None and stage.kind in ("appeal", "external"):
        found.append("open_appeal" if stage.kind == "appeal" else "open_external_case")
    return found
