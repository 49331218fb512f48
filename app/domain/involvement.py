"""Who is involved in a complaint that was registered twice: said of one of the two, it holds for both (P9)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from app.domain.events import Event
from app.domain.situation import Situation

Said = tuple[str, str]
"""Of which employee, and in which complaint (its reference) it was said."""


def declared(situation: Situation, reference: str) -> list[tuple[Said, Event]]:
    """The declarations that stand in the complaint with this reference, with what each says."""
    found = situation.all_of("involvement.declared")
    return [((each.facts["staff_id"], each.facts.get("declared_in", reference)), each) for each in found]


def levelled(there: Sequence[tuple[Said, Event]], wanted: Mapping[Said, Event], now: datetime) -> Iterator[Event]:
    """What makes the declarations that are there those that are wanted: nothing where they are.

    The reasons stay where they were given. In which complaint it was said is shown to nobody who is involved in that.
    """
    for said, event in there:
        if said not in wanted:
            yield Event("event.corrected", now, {"corrects": event.sequence, "annul": True, "declared_in": said[1]})
    for said in wanted.keys() - {said for said, _ in there}:
        roles = wanted[said].facts.get("roles", [])
        yield Event("involvement.declared", now, {"staff_id": said[0], "roles": roles, "declared_in": said[1]})
