"""The register of a complaint: which of its fields the dossier answers (JSO-09, KK-21)."""

from app.domain.situation import Situation

ANSWERS = (
    "first_response.sent",
    "second_response.sent",
    "informal_outcome.recorded",
    "decision.sent",
    "appeal_decision.sent",
)


def known_fields(situation: Situation) -> set[str]:
    """The register fields that the dossier answers, given or derived."""
    # what came in is the first of the correspondence
    known = set(situation.given) | {"received_on", "status", "channel", "correspondence"}
    if situation.verdict is not None:
        known |= {"verdict", "outcome"}
    if situation.last_of(*ANSWERS):
        known |= {"handled_on", "outcome"}
    if situation.last_of("measure.recorded"):
        known |= {"measures", "improvements"}
    return known
