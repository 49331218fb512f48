"""The worker: do what is due, then sleep a moment, until told to stop. Run as many as you like."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from app.services import failing
from app.services.deliveries import announce, forget_old
from app.services.failing import tell_failing
from app.services.guard import flag_breaches, resume_lapsed, warn_ahead
from app.services.receipts import forget_announced
from app.store import deliveries, health, idempotency, metrics
from app.store.session import Database
from app.store.transaction import Transaction, Unavailable
from app.worker.pause import pause

Job = Callable[[Transaction], Awaitable[int]]

SLEEP_SECONDS = 1.0
BEAT_SECONDS = 10.0
TIDIED_AT_ONCE = 20  # batches, of 500 rows
_log = structlog.get_logger("gehoor.worker")


async def run(database: Database, stop: asyncio.Event, *, sleep: float = SLEEP_SECONDS) -> None:
    """Runs the jobs until `stop` is set. A database that is away is waited for; nothing is lost by it."""
    beat_at = 0.0
    clock = asyncio.get_running_loop().time
    while not stop.is_set():
        worked = await _round(database, [flag_breaches, resume_lapsed, warn_ahead, announce])
        if clock() >= beat_at:
            await _tidy(database, stop)
            await _round(database, [tell_failing, _beat])
            beat_at = clock() + BEAT_SECONDS
        if not worked:
            await pause(stop, sleep)


async def _tidy(database: Database, stop: asyncio.Event) -> None:
    """Takes away what is old, batch after batch; of very much the rest at the next beat, for others wait meanwhile."""
    for _ in range(TIDIED_AT_ONCE):
        if stop.is_set() or not await _round(database, [idempotency.forget_expired, forget_old, forget_announced]):
            return


async def _round(database: Database, jobs: Sequence[Job]) -> bool:
    """Each job once, in a transaction of its own. True when one of them had something to do."""
    worked = False
    for job in jobs:
        try:
            async with database.worker() as tx:
                worked = bool(await job(tx)) or worked
        except Unavailable:
            _log.warning("database_away", job=job.__name__)
        except Exception as error:
            _log.error("job_failed", job=job.__name__, error=type(error).__name__)
    return worked


async def _beat(tx: Transaction) -> int:
    figures = {**await metrics.figures(tx), **await deliveries.figures(tx), **await failing.figures(tx)}
    figures["off"] = [row["name"] for row in await health.forgetful(tx)]
    await metrics.beat(tx, "worker", figures)
    return 0
