"""Nobody's mailbox is flooded through us, and no organisation's is lent to strangers: so many mails an hour that nobody
wrote, to one address and of one organisation, and no more.
"""

from typing import Literal

from app.store import mails
from app.store.transaction import Transaction

TO_ADDRESS = 5
# Forms of a website, which anybody can send, and all else: each so many.
OF_ORGANISATION = 600

Full = Literal["address", "by_form", "others"]


async def full(tx: Transaction, address: str, *, by_form: bool) -> Full | None:
    """What keeps one more automatic mail from going to this address now; None when it may. Until the transaction ends
    nobody else is told so. `by_form`: it is about what came in by a website's form.

    What people write themselves neither counts nor is capped. The organisation is not held: side by side, workers may
    send a few more.
    """
    await mails.hold_address(tx, address)
    made = await mails.automatic_within_the_hour(tx, address)
    if made["to_address"] >= TO_ADDRESS:
        return "address"
    line: Full = "by_form" if by_form else "others"
    return line if made[line] >= OF_ORGANISATION else None


async def reached(tx: Transaction) -> bool:
    """Whether mails of this organisation wait for room now."""
    made = await mails.automatic_within_the_hour(tx)
    return bool(max(made["by_form"], made["others"]) >= OF_ORGANISATION)
