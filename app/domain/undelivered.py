"""Letters that did not arrive, and that nothing has made good since.

What was sent in time was sent in time, so the term stays met; that nobody got it is owed beside it.
"""

from app.domain.events import CORRESPONDENCE, Event
from app.domain.situation import Situation

SEND_AGAIN = "send_again"  # what is owed, and what a waiver names
_FREE = (None, "message")  # words of one's own, without a template or by the one for those


def undelivered(situation: Situation) -> tuple[Event, ...]:
    """By what each of these letters was sent: a step, or a message beside the steps. Once each, in their order."""
    found: dict[int, Event] = {}
    for failure in situation.all_of("delivery.failed"):
        letter = _letter(situation, failure)
        if not any(_makes_good(each, letter, failure) for each in situation.events):
            found[letter.sequence] = letter
    return tuple(found[sequence] for sequence in sorted(found))


def _letter(situation: Situation, failure: Event) -> Event:
    """What sent the message, also when that step was annulled; the failure itself where the ledger does not say."""
    named = (each for each in situation.recorded if each.facts.get("message_id") == failure.facts.get("message_id"))
    return next(named, failure)


def _makes_good(event: Event, letter: Event, failure: Event) -> bool:
    """Whether this did: it arrived after all, it was sent again, or nothing is to come of it any more."""
    if event.sequence > failure.sequence and _settles(event, letter, failure):
        return True
    return event.sequence > letter.sequence and _is_again(event, letter)


def _settles(event: Event, letter: Event, failure: Event) -> bool:
    """What counts only once it is known that the letter was lost."""
    if event.type == "delivery.completed":
        return event.facts.get("delivery_id") == failure.facts.get("delivery_id")
    if event.type == "message.sent":
        # a step that is over, as a decision, cannot be taken again: what it told is told in a message
        return _is_free(event) and _is_shared(event) and _is_shared(letter)
    return event.type == "complaint.withdrawn" or (
        event.type == "step.waived" and event.facts.get("step") == SEND_AGAIN
    )


def _is_again(event: Event, letter: Event) -> bool:
    """Whether it is a later letter of the same kind; a receipt is made good by the first letter that takes a step."""
    if letter.type in CORRESPONDENCE:
        if letter.facts.get("letter") == "receipt" and event.type not in CORRESPONDENCE:
            return "message_id" in event.facts
        alike = (_is_free(event) and _is_free(letter)) or event.facts.get("letter") == letter.facts.get("letter")
        return event.type == "message.sent" and alike and _is_shared(event) == _is_shared(letter)
    return event.type == letter.type


def _is_free(event: Event) -> bool:
    return event.facts.get("letter") in _FREE


def _is_shared(event: Event) -> bool:
    """Whether the complainant may see it: what goes to one of us or to an adviser is not for them."""
    return event.type != "message.sent" or bool(event.facts.get("shared"))
