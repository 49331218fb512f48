"""Everything a worker does, side by side: it guards, delivers, fetches mail, sends receipts and keeps the files."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.channels.objects import ObjectsUnavailable
from app.channels.webhook import Webhooks
from app.documents import letter
from app.means import Means
from app.store.session import Database
from app.store.transaction import Unavailable
from app.version import API_VERSION
from app.worker import acknowledge, deliver, fetch, files, loop, mail
from app.worker.pause import pause

SCAN_SECONDS = 2.0
SWEEP_SECONDS = 600.0
# Before a worker takes a file away, whoever started it has this long to see that it is beside the wrong database.
SWEEP_AFTER_SECONDS = 3600.0
_log = structlog.get_logger("gehoor.worker")


async def run(worker: Database, app: Database, means: Means, stop: asyncio.Event) -> None:
    """Runs until `stop` is set. `worker` sees ids and instants of all organisations, `app` one of them at a time."""
    channel = Webhooks(means.outgoing, API_VERSION)
    senders = {
        "webhook": deliver.webhook_sender(channel, means.sealer),
        "mail": mail.sender(means.office, means.smtp_hosts, means.objects.get),
    }
    fetching = fetch.Fetching(worker, app, means.objects, means.sealer, means.ours, means.imap_hosts)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loop.run(worker, stop))
            tasks.create_task(deliver.run(worker, app, senders, stop))
            tasks.create_task(fetch.run(fetching, stop))
            tasks.create_task(acknowledge.run(worker, app, letter.html, stop))
            tasks.create_task(
                _every(SWEEP_SECONDS, lambda: files.sweep(worker, means.objects), stop, after=SWEEP_AFTER_SECONDS)
            )
            if means.scanner is not None:
                scanner = means.scanner
                tasks.create_task(_every(SCAN_SECONDS, lambda: files.scan(worker, app, means.objects, scanner), stop))
    finally:
        await channel.close()


async def _every(seconds: float, job: Callable[[], Awaitable[int]], stop: asyncio.Event, *, after: float = 0.0) -> None:
    """The job `after` so many seconds and then every `seconds`, until told to stop; one that fails is tried again."""
    await pause(stop, after)
    while not stop.is_set():
        try:
            await job()
        except (Unavailable, ObjectsUnavailable):
            _log.warning("files_away")
        except Exception as error:
            _log.error("job_failed", job="files", error=type(error).__name__)
        await pause(stop, seconds)
