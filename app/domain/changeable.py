"""What a correction can change about an event: what such an event may say."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic.alias_generators import to_camel

from app.domain.errors import Fault
from app.domain.events import ANSWERS, BODY_ANSWERS, INTAKE, Event

# Per fact the events that may say it. What a body corrects of its own is told apart where it comes in.
CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "conduct_on": (*INTAKE, "register.updated"),
    "complainant_type": INTAKE,
    "subject_role": (*INTAKE, "register.updated"),
    "category": (*INTAKE, "register.updated", "complaint.reclassified"),
    "until": ("extension.notified",),
    "verdict": (*ANSWERS, *BODY_ANSWERS),
    "form": (
        *(*INTAKE, *ANSWERS, *BODY_ANSWERS),
        *("complaint.acknowledged", "complaint.handed_over", "complaint.forwarded", "signal.promoted"),
        *("subject.informed", "admissibility.decided", "inadmissibility.notified", "information.requested"),
        *("party.heard", "hearing.scheduled", "extension.notified", "decision.copied", "formal_review.requested"),
        *("dissatisfaction.received", "objection.received", "complaint.withdrawn", "complaint.closed"),
        *("external.acknowledged", "external.declined", "external.questioned", "external.answered"),
        *("external.settled", "decision.answered", "escalation.withdrawn"),
    ),
}


def can_say(event: Event, name: str) -> bool:
    """Whether that fact means something about that event; what it says already does."""
    return event.facts.get(name) is not None or event.type in CHANGEABLE.get(name, (event.type,))


def strange_faults(event: Event, changes: Iterable[str]) -> Iterator[Fault]:
    """A fault for each change that would be accepted and change nothing, with what can be changed instead."""
    known = [to_camel(name) for name in CHANGEABLE if can_say(event, name)]
    instead = f"what can be changed about it: {', '.join(known)}" if known else "only its day can be changed (movedTo)"
    for name in changes:
        if not can_say(event, name):
            yield Fault(f"/changes/{to_camel(name)}", "not-of-this", f"this says no such thing; {instead}")
