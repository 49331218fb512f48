"""The register of a complaint: which of its fields the dossier answers (JSO-09, KK-21)."""

from app.domain.events import ANSWERS, WRITTEN
from app.domain.situation import Situation


def known_fields(situation: Situation) -> set[str]:
    """The register fields that the dossier answers, given or derived."""
    known = set(situation.given) | {"received_on", "status", "channel", "reference"}
    # which bodies it went to is in the ledger; that it went to none is an answer too
    known.add("external_body")
    known |= {field for field, facts in _TOLD_BY.items() if any(situation.described.get(fact) for fact in facts)}
    if situation.last_of("complaint.assigned"):
        known.add("handler")
    if has_correspondence(situation):
        known.add("correspondence")
    if situation.verdict is not None:
        known |= {"verdict", "outcome"}
    if situation.last_of(*ANSWERS):
        known |= {"handled_on", "outcome"}
    if situation.last_of("measure.recorded"):
        known |= {"measures", "improvements"}
    if any("measures" in event.facts.get("content", ()) for event in situation.all_of(*ANSWERS)):
        known.add("measures")
    return known


# Fields that are told by a fact of the complaint.
_TOLD_BY = {"complainant_type": ("complainant_type",), "subject": ("subject_kind", "category")}


def has_correspondence(situation: Situation) -> bool:
    """Whether anything was exchanged: it came in on paper, or something was said or sent since. A note is neither."""
    if situation.intake.facts.get("channel") in WRITTEN or situation.last_of("message.sent", "message.received"):
        return True
    return any(event.facts.get("form") for event in situation.events if event.sequence != situation.intake.sequence)
