"""Work side by side: bounded, never stopped by a piece that fails, and ended in time."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from app.worker import queue


class Source:
    """Gives the numbers up to `total`, as many as are asked for."""

    def __init__(self, total: int) -> None:
        self.left = list(range(total))
        self.stop = asyncio.Event()
        self.done: list[int] = []
        self.busy = 0
        self.most = 0

    async def leases(self, room: int, busy: Sequence[int]) -> Sequence[int]:
        assert len(busy) + room <= 5
        taken, self.left = self.left[:room], self.left[room:]
        return taken

    async def handler(self, piece: int) -> None:
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(0.01)
        self.busy -= 1
        self.done.append(piece)
        if not self.left and not self.busy:
            self.stop.set()


async def test_everything_once_and_never_too_many_at_once() -> None:
    source = Source(23)
    await asyncio.wait_for(queue.run(source.leases, source.handler, source.stop, at_once=5), 10)
    assert sorted(source.done) == list(range(23))
    assert source.most == 5


async def test_a_piece_that_fails_stops_nothing() -> None:
    source = Source(10)

    async def handler(piece: int) -> None:
        await source.handler(piece)
        if piece % 2:
            raise ValueError("canary")

    await asyncio.wait_for(queue.run(source.leases, handler, source.stop, at_once=5), 10)
    assert len(source.done) == 10


async def test_a_source_that_fails_is_asked_again() -> None:
    source = Source(3)
    asked = 0

    async def leases(room: int, busy: Sequence[int]) -> Sequence[int]:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise OSError("away")
        return await source.leases(room, busy)

    await asyncio.wait_for(queue.run(leases, source.handler, source.stop, at_once=5), 10)
    assert len(source.done) == 3


async def test_a_slow_piece_keeps_no_other_waiting() -> None:
    source = Source(20)
    slow = asyncio.Event()

    async def handler(piece: int) -> None:
        if piece == 0:
            await slow.wait()
        else:
            await source.handler(piece)

    began = time.monotonic()
    running = asyncio.create_task(queue.run(source.leases, handler, asyncio.Event(), at_once=5))
    while len(source.done) < 19 and time.monotonic() < began + 10:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert len(source.done) == 19
    running.cancel()
    slow.set()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_is_under_way_may_end_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "LAST_SECONDS", 0.3)
    source = Source(2)
    ended: list[int] = []

    async def handler(piece: int) -> None:
        await asyncio.sleep(0.1 if piece == 0 else 60)
        ended.append(piece)

    running = asyncio.create_task(queue.run(source.leases, handler, source.stop, at_once=5))
    await asyncio.sleep(0.05)
    source.stop.set()
    await asyncio.wait_for(running, 2)
    assert ended == [0]
