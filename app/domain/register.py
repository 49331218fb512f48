"""The register of a complaint: which of its fields the dossier answers (JSO-09, KK-21)."""

from app.domain.events import ANSWERS, WRITTEN
from app.domain.situation import Situation


def known_fields(situation: Situation) -> set[str]:
    """The register fields that the dossier answers, given or derived."""
    known = set(situation.given) | {"received_on", "status", "channel"}
    if has_correspondence(situation):
        known.add("correspondence")
    if situation.verdict is not None:
        known |= {"verdict", "outcome"}
    if situation.last_of(*ANSWERS):
        known |= {"handled_on", "outcome"}
    if situation.last_of("measure.recorded"):
        known |= {"measures", "improvements"}
    return known


def has_correspondence(situation: Situation) -> bool:
    """Whether anything was exchanged: it came in on paper, or something was said or sent since. A note is neither."""
    if situation.intake.facts.get("channel") in WRITTEN or situation.last_of("message.sent", "message.received"):
        return True
    return any(event.facts.get("form") for event in situation.events if event.sequence != situation.intake.sequence)
