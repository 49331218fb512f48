"""Brings deliveries, line by line: leases, sends each through the channel of its kind, and writes down how it went."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from app.channels.webhook import Post, Webhooks
from app.domain.delivery import Outcome
from app.services import deliveries, webhooks
from app.services.deliveries import SHARE, Lease, Line
from app.services.secrets import Sealer
from app.store.session import Database
from app.store.transaction import Unavailable
from app.worker import places, queue
from app.worker.queue import Due, Turn

Sender = Callable[[Database, Lease], Awaitable[Outcome]]

# From so many under way on, over all lines, a line gets one place, so that there is one for each.
CROWDED = 100
# Less than the lease of a mail, so that nobody else takes up what is still under way.
ATTEMPT_SECONDS = 45.0
RENEW_SECONDS = 1.0
PATIENCE = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds between tries to write down how it went
_log = structlog.get_logger("gehoor.delivery")


async def run(worker: Database, app: Database, senders: Mapping[str, Sender], stop: asyncio.Event) -> None:
    """Delivers until `stop` is set. `worker` sees what is due everywhere, `app` one organisation at a time."""
    held: set[Lease] = set()

    async def look(here: Sequence[str]) -> Sequence[Due]:
        async with worker.worker() as tx:
            found = await deliveries.due(tx, [Line.named(name) for name in here])
        return [Due(line.name, failing) for line, failing in found]

    async def bring(name: str, turn: Turn) -> None:
        line = Line.named(name)

        async def leases(busy: Sequence[Lease]) -> Sequence[Lease]:
            share = SHARE if len(held) < CROWDED else 1
            if share <= len(busy):
                return ()
            async with worker.worker() as tx:
                return await deliveries.leased(tx, line, busy, share)

        await places.fill(leases, handler, turn)

    async def handler(lease: Lease) -> None:
        held.add(lease)
        try:
            await _write_down(app, lease, await _attempt(app, senders.get(lease.kind), lease))
        finally:
            held.discard(lease)

    renewing = asyncio.create_task(_renew(worker, held))
    try:
        await queue.run(worker, look, bring, stop)
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


def webhook_sender(channel: Webhooks, sealer: Sealer) -> Sender:
    """Sends events to webhooks."""

    async def send(app: Database, lease: Lease) -> Outcome:
        async with app.organisation(lease.organisation_id) as tx:
            letter = await webhooks.to_send(tx, sealer, lease.id, lease.body_webhook_id)
        if letter is None:
            return Outcome("permanent", None, "nothing-to-send")
        return await channel.post(Post(**{name: getattr(letter, name) for name in _LETTER}))

    return send


_LETTER = ("url", "id", "body", "secrets", "sent_at")


async def _attempt(app: Database, sender: Sender | None, lease: Lease) -> Outcome:
    """How it went; a sender that fails has failed for now, and whatever it was about is not told."""
    if sender is None:
        return Outcome("temporary", None, "no-sender")
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            return await sender(app, lease)
    except TimeoutError:
        return Outcome("temporary", None, "timeout")
    except Unavailable:
        return Outcome("temporary", None, "database-away")
    except Exception as error:
        _log.error("sender_failed", kind=lease.kind, delivery=str(lease.id), error=type(error).__name__)
        return Outcome("temporary", None, "sender-failed")


async def _write_down(app: Database, lease: Lease, outcome: Outcome) -> None:
    """Tried more than once, whatever the reason: what is not written down is brought again."""
    for seconds in (*PATIENCE, None):
        try:
            async with app.organisation(lease.organisation_id) as tx:
                await deliveries.ended(tx, lease, outcome)
            return
        except Exception as error:
            if seconds is None:
                raise
            _log.warning("not_written_down", delivery=str(lease.id), error=type(error).__name__)
            await asyncio.sleep(seconds)


async def _renew(worker: Database, held: set[Lease]) -> None:
    """Keeps what is under way ours."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            if any(lease.kind == "webhook" for lease in held):
                async with worker.worker() as tx:
                    await deliveries.renewed(tx, list(held))
        except Exception as error:
            _log.warning("not_renewed", error=type(error).__name__)
