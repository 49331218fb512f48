"""Brings mails: reads what to say, and only then, with nothing held open, talks to the mail server."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.channels import smtp
from app.channels.mail import Automatic, File, Outgoing, compose
from app.channels.mailhosts import MailHosts, anywhere
from app.documents.letter import pdf
from app.domain.delivery import Outcome
from app.services import mails, papers
from app.services.deliveries import Lease
from app.services.mails import Mail, Office, Unready
from app.store.session import Database
from app.worker.deliver import Sender

# Where the bytes of a file are, by its name in the object store.
Fetch = Callable[[str], Awaitable[bytes]]
_log = structlog.get_logger("gehoor.mail")


def sender(office: Office, hosts: MailHosts, fetch: Fetch) -> Sender:
    """Sends mails. `hosts`: which servers may be called on an organisation's word."""

    async def send(app: Database, lease: Lease) -> Outcome:
        async with app.organisation(lease.organisation_id) as tx:
            mail = await mails.to_send(tx, office, lease.id)
        if isinstance(mail, Unready):
            return Outcome("permanent" if mail.lasting else "temporary", None, mail.code)
        files = [File(each.name, each.media_type, await fetch(each.object_key)) for each in mail.files]
        return await _sent(mail, [*await _drawn(mail), *files], hosts)

    return send


async def _drawn(mail: Mail) -> list[File]:
    """The letter as a document. One that cannot be drawn goes without: the mail itself has the whole text."""
    if mail.paper is None:
        return []
    try:
        document = await asyncio.to_thread(pdf, mail.paper)
    except Exception as error:
        _log.error("letter_not_drawn", message=mail.message_id, error=type(error).__name__)
        return []
    return [File(papers.name(mail.paper), "application/pdf", document)]


async def _sent(mail: Mail, files: list[File], hosts: MailHosts) -> Outcome:
    box = mail.mailbox
    return await smtp.send(
        smtp.Server(box.host, box.port, box.security, box.username, box.password),
        compose(_outgoing(mail, files)).as_bytes(),
        box.address,
        mail.to,
        find=hosts.find if box.own else anywhere,
        trust=hosts.trust,
    )


def _outgoing(mail: Mail, files: list[File]) -> Outgoing:
    automatic = Automatic.replied if mail.replies else Automatic.generated
    return Outgoing(
        message_id=mail.message_id,
        date=mail.date,
        sender=mail.mailbox.address,
        sender_name=mail.sender_name,
        to=mail.to,
        to_name=mail.to_name,
        reply_to=mail.reply_to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=mail.language,
        automatic=automatic if mail.automatic else None,
        answers=mail.answers,
        files=tuple(files),
    )
