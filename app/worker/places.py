"""Pieces of one line side by side, a few at once, for as long as there are any."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Protocol, TypeVar

import structlog

# Others will have ended too, or come to be due.
SOON_SECONDS = 0.02

Piece = TypeVar("Piece", bound=Hashable)
# Told which ones are under way; as many more as there is room for.
Leases = Callable[[Sequence[Piece]], Awaitable[Sequence[Piece]]]
Handler = Callable[[Piece], Awaitable[None]]

_log = structlog.get_logger("gehoor.worker")


class Turn(Protocol):
    """What somebody else decides: whether to take any more, and that there may be more."""

    @property
    def over(self) -> bool: ...

    async def called(self) -> None:
        """Until there may be more than there was, or it is over."""


async def fill(leases: Leases[Piece], handler: Handler[Piece], turn: Turn) -> None:
    """Takes pieces and does them until there are no more, or the turn is over; what is under way then ends."""
    busy: dict[asyncio.Task[None], Piece] = {}
    try:
        while True:
            for piece in await _found(leases, list(busy.values()), turn):
                busy[asyncio.create_task(_handled(handler, piece))] = piece
            if not busy:
                return
            await _moment(busy, turn)
            for task in [task for task in busy if task.done()]:
                del busy[task]
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def _found(leases: Leases[Piece], busy: Sequence[Piece], turn: Turn) -> Sequence[Piece]:
    if turn.over:
        return ()
    try:
        return await leases(busy)
    except Exception as error:
        _log.warning("no_work_taken", error=type(error).__name__)
        return ()


async def _handled(handler: Handler[Piece], piece: Piece) -> None:
    try:
        await handler(piece)
    except Exception as error:
        _log.error("work_failed", error=type(error).__name__)


async def _moment(busy: dict[asyncio.Task[None], Piece], turn: Turn) -> None:
    """Until one of these ends, so that there is room for another, or there is more to do."""
    if turn.over:
        await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
        return
    called = asyncio.create_task(turn.called())
    try:
        await asyncio.wait({called, *busy}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        called.cancel()
    await asyncio.sleep(SOON_SECONDS)
