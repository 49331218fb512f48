"""Nobody's mailbox is flooded through us, and no organisation's is lent to strangers: so many mails an hour that nobody
wrote, to one address and of one organisation, and no more.
"""

from app.store import mails
from app.store.transaction import Transaction

TO_ADDRESS = 5
OF_ORGANISATION = 600


async def allowed(tx: Transaction, address: str) -> bool:
    """Whether one more automatic mail may go to this address now. Until the transaction ends nobody else is told so.

    What people write themselves neither counts nor is capped. The organisation is not held: side by side, workers may
    send a few more.
    """
    await mails.hold_address(tx, address)
    to_address, of_organisation = await mails.automatic_within_the_hour(tx, address)
    return to_address < TO_ADDRESS and of_organisation < OF_ORGANISATION
