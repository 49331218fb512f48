"""Looking into the mailboxes of organisations: whose turn it is, how to get in, and how it went."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.services import mailboxes
from app.services.mailboxes import Mailbox
from app.services.secrets import Sealer, Unsealable
from app.store import fetching
from app.store import mailboxes as stored
from app.store.transaction import Transaction

EVERY = timedelta(seconds=30)
# a wrong password that is tried twice a minute locks an account
AFTER_FAILURE = timedelta(seconds=120)
LEASE = timedelta(seconds=60)
GOOD = "accepted"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mailbox that we cannot get into; `code` says why."""

    code: str


async def due(tx: Transaction, limit: int) -> list[UUID]:
    """Organisations whose mailbox is ours to look into for a minute; in a worker's transaction."""
    return [row["organisation_id"] for row in await fetching.lease(tx, limit, EVERY, AFTER_FAILURE, LEASE, GOOD)]


async def mailbox(tx: Transaction, sealer: Sealer) -> tuple[Mailbox, date] | Unreadable:
    """How to get in, and since which day it is ours."""
    try:
        found = await mailboxes.incoming(tx, sealer)
    except Unsealable:
        return Unreadable("password-unreadable")
    row = await stored.read(tx, "incoming")
    return (found, row["updated_at"].date()) if found and row else Unreadable("no-mailbox")


async def ended(tx: Transaction, code: str) -> None:
    await fetching.ended(tx, code, GOOD)
