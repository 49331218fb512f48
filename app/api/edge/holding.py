"""What of that which is said of a request that is tried holds of the one that was sent (decision 13)."""

from collections.abc import Sequence
from typing import Final

from app.api.edge.mending import Mending, found
from app.domain.errors import Fault

IF_MATCH: Final = "If-Match"

# What is wrong with a value whatever else was sent.
_OF_ITSELF: Final = frozenset(
    {
        *("unknown-party", "unknown-message", "unknown-attachment"),
        *("unknown", "body-unknown", "unknown-event-type", "prefix-missing", "in-the-future"),
        *("scheme-not-allowed", "port-not-allowed", "address-not-allowed", "credentials", "fragment"),
    }
)
# What is there or is not, whatever else could not be read; content may have stood in a text.
_MISSING: Final = frozenset(
    {
        *("required", "content-missing", "form-missing", "ground-missing", "consent-missing", "reason-missing"),
        *("note-required", "register-field-missing", "not-both"),
    }
)
# ... of the whole.
_NOTHING_SAID: Final = frozenset({"nothing-corrected", "nothing-changed", "nothing-to-hand-over"})
# What is wrong where it stands; elsewhere such a fault hangs on what stands beside it.
_AT_ITS_PLACE: Final = frozenset(
    {
        ("/expiresAt", "in-the-past"),  # a key that has ended by now
        ("/occurredAt", "before-receipt"),
        ("/corrects", "not-correctable"),
        *(("/duplicateOf", "is-itself"), ("/duplicateOf", "is-duplicate")),
    }
)
# ... but for the day: another version of the procedure may hold for it, and another stage have been open.
_BUT_FOR_THE_DAY: Final = frozenset(
    {
        *("not-in-procedure", "kind-unknown", "same-kind", "promote-instead", "route-unknown", "cause-unknown"),
        *("step-unknown", "not-owed", "not-waivable", "term-unknown"),
        *("verdict-unknown", "outcome-unknown", "ground-unknown", "not-of-kind", "scope-not-of-kind"),
        *("hold-unknown", "measure-unknown", "completed-before"),
        "after-receipt",  # which can be no later than now
    }
)
_PASSED: Final = "in-the-past"  # of a day that came before what happened


def shared(said: Sequence[Sequence[Fault]]) -> list[Fault]:
    """What all of them say, in the words of the first."""
    places = [{(fault.pointer, fault.code) for fault in each} for each in said]
    return [fault for fault in said[0] if all((fault.pointer, fault.code) in each for each in places)] if said else []


def holds(fault: Fault, mending: Mending, told: Sequence[Fault]) -> bool:
    """Whether this is one fault more, and of what was sent."""
    if fault.pointer in {each.pointer for each in told}:
        return False
    if not mending.touched or fault.pointer == IF_MATCH:
        return True
    if not fault.pointer:
        return fault.code in _NOTHING_SAID and mending.fills_all
    return mending.is_as_sent(fault.pointer) and (mending.says_all or _stays(fault, mending))


def _stays(fault: Fault, mending: Mending) -> bool:
    """Whether this is wrong whatever that was for which something else stands in."""
    if fault.code in _MISSING:
        return mending.keeps_all and (fault.code != "content-missing" or mending.reads_all)
    if not found(mending.sent, fault.pointer):
        return False
    if fault.code in _OF_ITSELF or (fault.pointer, fault.code) in _AT_ITS_PLACE:
        return True
    dated = fault.code == _PASSED and mending.knows_the_moment
    return dated or (fault.code in _BUT_FOR_THE_DAY and mending.knows_the_day)
