"""A sandbox organisation's clock: it can be set ahead, so that a term runs out while you watch."""

from datetime import datetime

from app.domain.errors import NotFound, NotPossible
from app.store import organisations
from app.store.transaction import Transaction


def clock(tx: Transaction) -> datetime:
    """What the organisation's clock says. Raises NotFound in a live organisation: it has no clock of its own."""
    if not tx.caller.sandbox:
        raise NotFound("Only a sandbox organisation has a clock of its own.")
    return tx.now


async def move(tx: Transaction, to: datetime) -> datetime:
    """Sets the clock; from now on it runs on from there. Raises NotFound, and NotPossible when that is backwards.

    Only forward: a ledger whose later events are older than its earlier ones would prove nothing.
    """
    clock(tx)
    if not await organisations.move_clock(tx, to):
        raise NotPossible("A clock goes forward only; it is later than that already.", code="clock-backwards")
    return to
