"""Leases as workers take them, line by line, over all lines at once."""

from collections.abc import Sequence

from app.services.deliveries import Lease, Line, due, leased
from app.store.transaction import Transaction


def line_of(lease: Lease) -> Line:
    return Line(None if lease.body_webhook_id else lease.organisation_id, lease.webhook_id, lease.body_webhook_id)


async def lease_all(tx: Transaction, busy: Sequence[Lease] = ()) -> list[Lease]:
    """What is due on every line, for one who is at work on `busy`."""
    found: list[Lease] = []
    for line, _ in await due(tx, [line_of(each) for each in busy], 10_000):
        found += await leased(tx, line, [each for each in busy if line_of(each) == line])
    return found
