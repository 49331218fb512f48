"""Fetches mail: takes each mail out of a mailbox, files it, and only then marks it there.

Killed in between, it files the same mail again, which changes nothing. Each mailbox is looked into on its own, so that
a bad one delays no other; and a mail that the server does not give, or does not let us mark, is left for the next look,
so that it keeps no other mail out.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import structlog

from app.channels import imap
from app.channels.imap import Failed, Waiting
from app.channels.incoming import LIMITS, Turns
from app.channels.mailhosts import MailHosts
from app.channels.objects import Objects, ObjectsUnavailable, new_key
from app.domain.incoming import Parsed
from app.services import fetching, incoming
from app.services.fetching import Unreadable
from app.services.incoming import Arrived, Ours
from app.services.secrets import Sealer
from app.store.session import Database
from app.store.transaction import Unavailable
from app.worker.pause import pause

AT_ONCE = 8
BATCH = 50
SLEEP_SECONDS = 1.0
# a lease ends after sixty seconds
WHOLE_SECONDS = 50.0
LAST_MAIL_SECONDS = 35.0
LINES = 5  # a server may hang up at so many mails in one look
# Lost to another transaction, or to the clock: the mail comes again.
_PASSING = ("40001", "40P01", "55P03", "57014")
_log = structlog.get_logger("gehoor.fetch")


@dataclass(frozen=True, slots=True)
class Fetching:
    """What fetching needs. `hosts`: which servers may be called on an organisation's word."""

    worker: Database
    app: Database
    objects: Objects
    sealer: Sealer
    ours: Ours
    hosts: MailHosts
    turns: Turns = field(default_factory=Turns)


async def run(work: Fetching, stop: asyncio.Event, *, sleep: float = SLEEP_SECONDS) -> None:
    """Looks into mailboxes as they fall due, several at once, until `stop` is set."""
    busy: set[asyncio.Task[None]] = set()
    try:
        while not stop.is_set():
            for organisation_id in await _due(work, AT_ONCE - len(busy)):
                task = asyncio.create_task(look_into(work, organisation_id))
                busy.add(task)
                task.add_done_callback(busy.discard)
            await pause(stop, sleep)
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def fetch(work: Fetching, limit: int = AT_ONCE) -> int:
    """Looks once into every mailbox that is due; how many."""
    due = await _due(work, limit)
    await asyncio.gather(*(look_into(work, organisation_id) for organisation_id in due))
    return len(due)


async def _due(work: Fetching, limit: int) -> list[UUID]:
    if limit <= 0:
        return []
    try:
        async with work.worker.worker() as tx:
            return await fetching.due(tx, limit)
    except Unavailable:
        _log.warning("database_away")
    except Exception as error:
        _log.error("job_failed", job="fetch", error=type(error).__name__)
    return []


async def look_into(work: Fetching, organisation_id: UUID) -> None:
    """Files what waits in the mailbox of one organisation, and notes how it went. Raises nothing."""
    try:
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                code = await _emptied(work, organisation_id)
        except Failed as failed:
            code = failed.code
        except TimeoutError:
            code = "too-slow"
        except ObjectsUnavailable:
            code = "objects-away"
        async with work.app.organisation(organisation_id) as tx:
            await fetching.ended(tx, code)
        if code != fetching.GOOD:
            _log.warning("mailbox_failed", organisation=str(organisation_id), code=code)
    except Unavailable:
        _log.warning("database_away")
    except Exception as error:
        _log.error("fetching_failed", organisation=str(organisation_id), error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look into a mailbox. `left`: mails that are not dealt with in it, by uid, with what was wrong."""

    organisation_id: UUID
    since: date
    until: float
    left: dict[str, str] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return asyncio.get_running_loop().time() > self.until


async def _emptied(work: Fetching, organisation_id: UUID) -> str:
    """Until nothing waits, or the time is up; the rest comes next time. What was wrong, when anything was."""
    async with work.app.organisation(organisation_id) as tx:
        found = await fetching.mailbox(tx, work.sealer)
    if isinstance(found, Unreadable):
        return found.code
    settings, since = found
    server = imap.Server(
        settings.host,
        settings.port,
        settings.security,
        settings.username,
        settings.password,
        settings.folder or "INBOX",
    )
    look = _Look(organisation_id, since, asyncio.get_running_loop().time() + LAST_MAIL_SECONDS)
    for _ in range(LINES):
        left = len(look.left)
        try:
            async with imap.opened(server, work.hosts.find, work.hosts.trust, LIMITS.size) as mailbox:
                await _read_out(work, look, mailbox)
            break
        except Failed:
            if len(look.left) == left or look.over:  # no mail of it was the reason
                raise
    return next(iter(look.left.values()), fetching.GOOD)


async def _read_out(work: Fetching, look: _Look, mailbox: imap.Mailbox) -> None:
    """Files and marks what waits, mail by mail. Raises what ends the line."""
    while mails := await mailbox.waiting(look.since, BATCH, look.left):
        # a large one that takes too long each time keeps none of the others out
        for mail in sorted(mails, key=lambda each: each.size):
            look.left[mail.uid] = "connection-lost"
            try:
                await _filed(work, look.organisation_id, mailbox, mail)
                await mailbox.done(mail)
                del look.left[mail.uid]
            except Failed as failed:
                look.left[mail.uid] = failed.code
            if look.over:
                return


async def _filed(work: Fetching, organisation_id: UUID, mailbox: imap.Mailbox, mail: Waiting) -> None:
    """Commits before it returns. Raises Failed, Unavailable and ObjectsUnavailable, and then the mail comes again."""
    async with work.app.organisation(organisation_id) as tx:
        now = tx.now
    # before our turn: a server that is slow to hand out one mail keeps nobody else's out
    raw, whole = await mailbox.take(mail)
    async with work.turns.turn(len(raw)):
        read = await work.turns.read(raw, organisation_id)
        key = new_key(organisation_id)
        kept = await work.objects.put(key, raw)
        del raw
        files = await incoming.stored_files(work.objects, organisation_id, read)
        read = read.without_content
    if not whole:
        read = replace(read, defects=(*read.defects, "too-large"))
    arrived = Arrived(key, kept.sha256, mail.size, mail.arrived_at or now, files)
    try:
        await _received(work, organisation_id, arrived, read)
    except Unavailable:
        raise
    except Exception as error:
        if getattr(error, "sqlstate", None) in _PASSING:
            raise Unavailable("a race was lost") from error
        # a fault of ours in one mail: kept for a person, so that those behind it come in
        _log.error("mail_not_read", organisation=str(organisation_id), error=type(error).__name__)
        async with work.app.organisation(organisation_id) as tx:
            await incoming.unread(tx, arrived)


async def _received(work: Fetching, organisation_id: UUID, arrived: Arrived, read: Parsed) -> None:
    async with work.app.organisation(organisation_id) as tx:
        await incoming.received(tx, arrived, read, work.ours)
