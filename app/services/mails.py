"""What a mail brings: the message with all that belongs on its envelope, read in one go before anything is sent."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.attachment import harmless
from app.domain.letter import Letter, cleaned
from app.domain.mail import Tokens, greetable, message_id, reply_address, usable
from app.services import mailboxes, papers
from app.services.mailboxes import Mailbox, MailDefaults
from app.services.secrets import Sealer, Unsealable
from app.store import attachments, mails
from app.store.transaction import Transaction

# Letters that answer what somebody just did (RFC 3834); others that nobody wrote begin something by themselves.
_REPLIES = ("receipt", "acknowledgement")


@dataclass(frozen=True, slots=True)
class Office:
    """How mail leaves: what opens passwords, the operator's own server, and what makes reply tokens."""

    sealer: Sealer
    defaults: MailDefaults | None
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that goes with a mail; its bytes lie in the object store."""

    name: str
    media_type: str
    object_key: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is ready to go out. `automatic`: nobody wrote it; `replies`: it answers what somebody did.

    `paper`: the letter that goes along as a document.
    """

    mailbox: Mailbox
    sender_name: str
    message_id: str
    to: str
    to_name: str | None
    reply_to: str
    subject: str
    text: str
    html: str | None
    language: str
    date: datetime
    automatic: bool
    replies: bool
    answers: str | None = None
    files: tuple[Enclosed, ...] = field(default=())
    paper: Letter | None = None


@dataclass(frozen=True, slots=True)
class Unready:
    """A mail that cannot go out, for a reason that has a code. `lasting`: waiting changes nothing about it."""

    code: str
    lasting: bool = False


async def to_send(tx: Transaction, office: Office, delivery_id: UUID) -> Mail | Unready:
    """What a delivery brings to its address."""
    row = await mails.to_send(tx, delivery_id)
    if row is None:
        return Unready("nothing-to-send", lasting=True)
    if row["recipient_changed"]:
        return Unready("recipient-changed", lasting=True)
    to = usable(row["address"])
    if to is None:
        return Unready("address-unusable", lasting=True)
    try:
        mailbox = await mailboxes.outgoing(tx, office.sealer, office.defaults)
    except Unsealable:
        return Unready("password-unreadable")
    if mailbox is None:
        return Unready("no-mailbox")
    files = await attachments.of_message(tx, row["message_id"])
    if any(each["state"] != "clean" for each in files):
        return Unready("file-not-checked")
    base = await mailboxes.answers_to(tx, mailbox)
    return Mail(
        mailbox=mailbox,
        sender_name=mailbox.name or row["organisation"],
        message_id=message_id(row["id"], mailbox.address),
        to=to,
        to_name=_name(row),
        reply_to=reply_address(base, office.tokens.token_of(row["complaint_id"])),
        subject=row["subject"],
        text=cleaned(row["body"]),  # as its page has it
        html=row["html"],
        language=row["language"],
        date=row["occurred_at"],
        automatic=row["author_kind"] == "gehoor",
        replies=row["letter"] in _REPLIES,
        answers=row["answers"],
        files=tuple(Enclosed(harmless(each["name"]), each["media_type"], each["object_key"]) for each in files),
        paper=papers.letter(row, row["organisation"], row["settings"], tx.now) if papers.enclosed(row) else None,
    )


def _name(row: Any) -> str | None:
    """What the one at this address is called, where the message says so."""
    to = row["address"].casefold()
    named = (each.get("name") for each in row["parties"] if (each.get("address") or "").casefold() == to)
    name = next(filter(None, named), None)
    return None if name and row["author_kind"] == "gehoor" and not greetable(name.strip()) else name
