"""The organisation's mailboxes."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Request
from starlette.responses import Response

from app.api.callers import IfMatch, database, demand, key_hash, reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.edge.trial import unread
from app.api.idempotency import Writing, writes
from app.api.schemas.mailboxes import (
    MAILBOX,
    SETTING,
    TRIAL,
    MailboxAnswer,
    MailboxSetting,
    TrialAnswer,
    mailbox_answer,
    trial_answer,
)
from app.channels import smtp
from app.channels.mailhosts import MailHosts, anywhere
from app.domain.errors import NotFound
from app.services import mailboxes
from app.services.mailboxes import Mailbox
from app.store.transaction import Transaction

router = Router(tags=["mailboxes"])
Direction = Annotated[Literal["outgoing", "incoming"], Path(description="Mail that goes out, or mail that comes in")]
_TRIAL_SECONDS = 20.0


@router.get("/organisation/mailboxes/{direction}", openapi_extra=examples(response=MAILBOX))
async def read(
    direction: Direction, response: Response, tx: Annotated[Transaction, reads("administration")]
) -> MailboxAnswer:
    """A mailbox of the organisation's own, without its password. 404 when it has none."""
    row = await mailboxes.read(tx, direction)
    response.headers["ETag"] = mailboxes.etag(row)
    return mailbox_answer(row)


@router.put(
    "/organisation/mailboxes/{direction}",
    openapi_extra=examples(request=SETTING, response=MAILBOX),
    responses={200: {"model": MailboxAnswer, "description": "As it is now"}},
)
async def replace(
    direction: Direction,
    sent: MailboxSetting,
    request: Request,
    writing: Annotated[Writing, writes("administration")],
    if_match: IfMatch = None,
) -> Response:
    """Sets a mailbox. Needs If-Match when there is one already."""
    setting = sent.sent(unread(request))
    row = await mailboxes.put(writing.tx, direction, setting, request.app.state.sealer, if_match)
    return await writing.answer(mailbox_answer(row), status=200, headers={"ETag": mailboxes.etag(row)})


async def _sends_from(request: Request) -> Mailbox | None:
    """Read in a transaction of its own: none is open while a mail server takes its time."""
    async with database(request).request(key_hash(request)) as tx:
        demand(tx.caller, "administration")
        return await mailboxes.outgoing(tx, request.app.state.sealer, request.app.state.mail_defaults)


@router.post("/organisation/mailboxes/outgoing/_test", openapi_extra=examples(response=TRIAL))
async def trial(request: Request, mailbox: Annotated[Mailbox | None, Depends(_sends_from)]) -> TrialAnswer:
    """Connects and logs in where the organisation's mail goes out, and sends nothing. 404 when there is nowhere.

    The server is asked whether it takes mail from the mailbox's address. Whether it takes mail for others, and how many
    a day, shows only when something is sent.
    """
    if mailbox is None:
        raise NotFound("There is no mailbox to send from: name one with PUT.")
    hosts: MailHosts = request.app.state.mail_hosts
    server = smtp.Server(mailbox.host, mailbox.port, mailbox.security, mailbox.username, mailbox.password)
    find = hosts.find if mailbox.own else anywhere
    outcome = await smtp.tried(server, mailbox.address, find=find, trust=hosts.trust, seconds=_TRIAL_SECONDS)
    if mailbox.own:
        async with database(request).request(key_hash(request)) as tx:
            await mailboxes.note_trial(tx, outcome.code)
    return trial_answer(outcome)
