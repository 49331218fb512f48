"""What becomes of a delivery after an attempt: arrived, once more and when, or given up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=4)
KEEP_TRYING = timedelta(hours=72)
KEEPS_FAILING = timedelta(hours=1)  # so long without an arrival, and somebody should look
KEPT = timedelta(days=30)  # what was sent to a webhook stays listed and can be sent again
GONE = "gone"  # the receiver says that it wants no more of these

# What is wrong with one mail, or whom it is for, says nothing of the next one.
OF_ONE_MAIL = frozenset(
    {
        "address-unusable",
        "data-refused",
        "file-not-checked",
        "nothing-to-send",
        "recipient-changed",
        "recipient-refused",
        "recipient-timeout",
    }
)

Kind = Literal["delivered", "temporary", "permanent"]
State = Literal["waiting", "delivered", "dead", "cancelled"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went, as the channel saw it. `status` is the far end's number, `code` our own word for it."""

    kind: Kind
    status: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state after an attempt; `next_at` as long as it waits."""

    state: State
    next_at: datetime | None = None


def verdict(
    outcome: Outcome,
    attempts: int,
    first_at: datetime,
    now: datetime,
    random: Callable[[], float],
    *,
    once: bool,
    changed: bool = False,
) -> Verdict:
    """What follows from an outcome. `once`: a trial, which is not repeated and whose failure nobody has to mend.
    `changed`: whom it went to was corrected meanwhile, and is tried at once.
    """
    if outcome.kind == "delivered":
        return Verdict("delivered")
    if once:
        return Verdict("cancelled")
    if changed:
        return Verdict("waiting", now)
    if outcome.kind == "permanent":
        return Verdict("dead")
    next_at = next_attempt(attempts, first_at, now, random)
    return Verdict("waiting", next_at) if next_at else Verdict("dead")


def next_attempt(attempts: int, first_at: datetime, now: datetime, random: Callable[[], float]) -> datetime | None:
    """When to try again after so many attempts (one at least); None once the last one came 72 hours after the first.

    Full jitter: anywhere up to a bound that doubles with each attempt, so that deliveries which failed together do not
    come back together. `random` gives numbers from 0 to 1.
    """
    if now - first_at >= KEEP_TRYING:
        return None
    bound: timedelta = min(FIRST_DELAY * 2 ** min(attempts - 1, 20), LONGEST_DELAY)
    return now + bound * random()
