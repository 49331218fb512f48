"""For which events a procedure leaves room."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from app.domain.events import ANNOUNCED, ANSWERS, BODY_ANSWERS


@dataclass(frozen=True, slots=True)
class Room:
    """Which kinds come in, what ends and what opens its stages, and which of its optional parts it has."""

    kinds: AbstractSet[str]
    answers: AbstractSet[str]
    openings: AbstractSet[str]
    parts: AbstractSet[str]

    def has(self, event: str) -> bool:
        """Whether the event can happen at all."""
        if event in ANNOUNCED:
            return False
        where, needed = _NEEDS.get(event, ("", ()))
        return not where or any(each in getattr(self, where) for each in needed)

    def has_in(self, answers: AbstractSet[str], event: str) -> bool:
        """Also in the stage that these end: an answer belongs to its stage, any other event to every stage."""
        return (event in answers or event not in ALL_ANSWERS) and self.has(event)


ALL_ANSWERS: Final = frozenset({*ANSWERS, *BODY_ANSWERS})
_NEVER: Final = ("parts", ())  # it is written by the service, or lies before the complaint

# Per event where it is found out, and what of it is enough.
_NEEDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "complaint.received": ("kinds", ("complaint", "signal", "enquiry")),
    "signal.received": ("kinds", ("signal",)),
    "signal.promoted": ("kinds", ("signal", "enquiry")),
    "enquiry.received": ("kinds", ("enquiry",)),
    "complaint.reclassified": ("kinds", ("out_of_scope", "signal", "enquiry")),
    **{event: ("answers", (event,)) for event in ALL_ANSWERS},
    "decision.copied": ("answers", tuple(ALL_ANSWERS)),
    "decision.answered": ("answers", ("external_decision.received",)),
    **{
        event: ("openings", (event,))
        for event in ("dissatisfaction.received", "objection.received", "formal_review.requested")
    },
    **{
        event: ("parts", ("bodies",))
        for event in (
            "escalation.requested",
            "escalation.dispatched",
            "escalation.withdrawn",
            "external.acknowledged",
            "external.declined",
            "external.questioned",
            "external.answered",
            "external.settled",
            "dossier.requested",
            "dossier.sealed",
        )
    },
    "admissibility.decided": ("parts", ("grounds",)),
    "inadmissibility.notified": ("parts", ("grounds",)),
    "parallel_route.recorded": ("parts", ("parallel_routes",)),
    **{event: _NEVER for event in ("complaint.purged", "conduct.occurred", "complaint.arose")},
}
