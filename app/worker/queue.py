"""Work that goes on side by side, so many pieces at once; where it comes from and how it ends is others' business.

What is to be done, and who is at it, are rows with a lease. So nothing is kept here that a killed process could lose,
and a queue with tables of its own would only be a second place that says the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar

import structlog

AT_ONCE = 200
LOOK_SECONDS = 0.25
SOON_SECONDS = 0.02
LAST_SECONDS = 10.0

Piece = TypeVar("Piece", bound=Hashable)
# Asked for at most so many pieces, and told which ones are under way.
Leases = Callable[[int, Sequence[Piece]], Awaitable[Sequence[Piece]]]
Handler = Callable[[Piece], Awaitable[None]]

_log = structlog.get_logger("gehoor.worker")


async def run(leases: Leases[Piece], handler: Handler[Piece], stop: asyncio.Event, *, at_once: int = AT_ONCE) -> None:
    """Takes work and does it until `stop` is set; what is under way then has ten seconds to end."""
    busy: dict[asyncio.Task[None], Piece] = {}
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            for piece in await _found(leases, at_once - len(busy), list(busy.values())):
                busy[asyncio.create_task(_handled(handler, piece))] = piece
            await _moment(busy, stopped)
            for task in [task for task in busy if task.done()]:
                del busy[task]
    finally:
        stopped.cancel()
        await _ended(busy)


async def _found(leases: Leases[Piece], room: int, busy: Sequence[Piece]) -> Sequence[Piece]:
    if room <= 0:
        return ()
    try:
        return await leases(room, busy)
    except Exception as error:
        _log.warning("no_work_taken", error=type(error).__name__)
        return ()


async def _handled(handler: Handler[Piece], piece: Piece) -> None:
    try:
        await handler(piece)
    except Exception as error:
        _log.error("work_failed", error=type(error).__name__)


async def _moment(busy: dict[asyncio.Task[None], Piece], stopped: asyncio.Task[bool]) -> None:
    """Until it is time to look again, or one of these ends: there may be more where it came from.

    And then a little, because others will have ended too.
    """
    await asyncio.wait({stopped, *busy}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if not stopped.done():
        await asyncio.sleep(SOON_SECONDS)


async def _ended(busy: dict[asyncio.Task[None], Piece]) -> None:
    if busy:
        _, late = await asyncio.wait(busy, timeout=LAST_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
