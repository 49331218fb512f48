"""Nobody's mailbox is flooded through us: so many mails an hour that nobody wrote, to one address, and no more."""

from app.store import mails
from app.store.transaction import Transaction

MOST_PER_HOUR = 5


async def allowed(tx: Transaction, address: str, most: int = MOST_PER_HOUR) -> bool:
    """Whether one more automatic mail may go to this address now. Until the transaction ends nobody else is told so.

    What people write themselves neither counts nor is capped.
    """
    await mails.hold_address(tx, address)
    return await mails.automatic_within_the_hour(tx, address) < most
