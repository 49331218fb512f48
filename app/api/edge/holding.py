"""What of that which is said of a request that is tried holds of the one that was sent (decision 13)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from app.api.edge.mending import Mending, found
from app.api.problems import is_new
from app.domain.errors import Fault

IF_MATCH: Final = "If-Match"
ON_BEHALF: Final = "onBehalfOf"

# What is wrong with a value whatever else was sent.
_OF_ITSELF: Final = frozenset(
    {
        *("unknown", "unknown-party", "unknown-message", "unknown-attachment", "unknown-event-type", "body-unknown"),
        *("prefix-missing", "in-the-future", "wrong-form", "not-sent"),
        *("scheme-not-allowed", "port-not-allowed", "address-not-allowed", "credentials", "fragment"),
    }
)
# In a procedure that is sent with the request: on nothing but itself hangs what is wrong with it.
_IN_A_DOCUMENT: Final = re.compile(r"(/old|/new)?/(document|yaml)(/|$)")
# What is there or is not, of the whole.
_NOTHING_SAID: Final = frozenset({"nothing-corrected", "nothing-changed", "nothing-to-hand-over"})
# What is wrong where it stands; elsewhere such a fault hangs on what stands beside it.
_AT_ITS_PLACE: Final = frozenset(
    {
        ("/expiresAt", "in-the-past"),  # a key that has ended by now
        *(("/occurredAt", "before-receipt"), ("/occurredAt", "before-the-case"), ("/decidedOn", "before-receipt")),
        *(("/corrects", "not-correctable"), ("/movedTo", "before-receipt")),
        *(("/changes/decidedOn", "before-receipt"), ("/changes/decidedOn", "in-the-future")),
        *(("/duplicateOf", "is-itself"), ("/duplicateOf", "is-duplicate")),
    }
)
# What is wrong with a message, whatever the step is that it takes.
_OF_THE_MESSAGE: Final = re.compile(r"/(channel|subject|body|letter|participants|to|attachments)(/|$)")
_WHATEVER_STEP: Final = frozenset({"required", "repeated", "placeholder-empty", "use-to", "use-participants"})
PASSED: Final = "in-the-past"  # of a day that came before what happened, or before now
# ... but for the day, beside all that ends in `-unknown`: another version of the procedure may hold for it, and another
# stage have been open.
_BUT_FOR_THE_DAY: Final = frozenset(
    {
        *("not-in-procedure", "same-kind", "promote-instead", "received-as-complaint", "written-required"),
        *("not-owed", "not-waivable", "completed-before", "not-of-kind", "scope-not-of-kind", "filed-by-other"),
        *("outbound-only", "written-only", "use-to", "use-participants", "sent-now", "not-shared", "not-here"),
        *("unknown-role", "not-connected", "another-way", "not-yours"),
        "after-receipt",  # which can be no later than now
        "not-later",  # than the term ends, which is no earlier when it is told later
        PASSED,  # which is told beside an instant that cannot be only when that is sure
    }
)
_LENGTH: Final = ("until", "period", "amount", "unit")
# What is found beside something else: not told where that could not be read.
_BESIDE: Final = {
    ("/step/body/onBehalfOf", "another-person"): (ON_BEHALF,),
    ("/until", "too-long"): _LENGTH,
    ("/consent", "consent-missing"): _LENGTH,
    ("/evidence", "evidence-missing"): ("about",),
}
# What is too early or too late beside something else, and what is owed then, beside all that begins with `before-` or
# `after-`; and what cannot be done with what was named.
_COMPARED: Final = frozenset({"outside-period", "date-out-of-range", "not-correctable"})
# ... where it is known with what.
_COMPARED_WITH: Final[Mapping[str | tuple[str, str], Sequence[str]]] = {
    "no-procedure-in-force": ("receivedAt",),
    "reason-missing": ("receivedAt", "occurredAt", "resolvedAtOnce"),
    "guardian-required": ("bornOn",),  # the child is younger at any receipt than it is now
    # what else there is only makes a term longer
    ("/rule/amount", "date-out-of-range"): ("startAt", "startOn", "amount", "unit", "direction", "until"),
}


def holds(fault: Fault, mending: Mending, told: Sequence[Fault]) -> bool:
    """Whether this is one fault more, and of what was sent."""
    if not is_new(fault, told):
        return False
    if not mending.touched or fault.pointer == IF_MATCH:
        return True
    if not fault.pointer:
        return fault.code in _NOTHING_SAID and mending.fills_all
    beside = _BESIDE.get((fault.pointer, fault.code), ())
    if any(map(mending.is_changed, beside)) or not mending.is_known(fault.pointer):
        return False
    whatever_is_in_it = fault.code in _OF_ITSELF | _BUT_FOR_THE_DAY
    is_whole = whatever_is_in_it or mending.is_as_sent(fault.pointer) or mending.fills(fault.pointer)
    return is_whole and _stays(fault, mending)


def is_of_itself(fault: Fault) -> bool:
    """Whether this is wrong with a value whatever else was meant."""
    return fault.code in _OF_ITSELF or _IN_A_DOCUMENT.match(fault.pointer) is not None


def _stays(fault: Fault, mending: Mending) -> bool:
    """Whether this is wrong whatever that was for which something else stands in."""
    if _IN_A_DOCUMENT.match(fault.pointer):
        return True
    is_there = bool(found(mending.sent, fault.pointer))
    if is_there and (fault.code in _OF_ITSELF or (fault.pointer, fault.code) in _AT_ITS_PLACE):
        return True
    if fault.code in _WHATEVER_STEP and _OF_THE_MESSAGE.match(fault.pointer):
        return mending.keeps_all_but("step")
    if fault.code in _BUT_FOR_THE_DAY or fault.code.endswith("-unknown"):
        return mending.knows_the_day and (is_there or mending.keeps_all)
    if known := _COMPARED_WITH.get(fault.code) or _COMPARED_WITH.get((fault.pointer, fault.code)):
        return mending.keeps_all and not any(map(mending.is_changed, known))
    if fault.code in _COMPARED or fault.code.startswith(("before-", "after-")):
        return mending.keeps_all and mending.compares_all
    return mending.keeps_all and (fault.code != "content-missing" or mending.reads_all)
