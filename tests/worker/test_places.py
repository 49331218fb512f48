"""Work side by side: bounded, never stopped by a piece that fails, and ended with what is under way."""

import asyncio
import time
from collections.abc import Sequence

from app.worker import places


class Turn:
    def __init__(self) -> None:
        self.over = False
        self.call = asyncio.Event()

    async def called(self) -> None:
        await self.call.wait()
        self.call.clear()


class Source:
    """Gives the numbers up to `total`, so many at once."""

    def __init__(self, total: int, room: int = 5) -> None:
        self.left = list(range(total))
        self.room = room
        self.done: list[int] = []
        self.most = 0

    async def leases(self, busy: Sequence[int]) -> Sequence[int]:
        room = self.room - len(busy)
        taken, self.left = self.left[:room], self.left[room:]
        self.most = max(self.most, len(busy) + len(taken))
        return taken

    async def handler(self, piece: int) -> None:
        await asyncio.sleep(0.01)
        self.done.append(piece)


async def test_everything_once_and_never_too_many_at_once() -> None:
    source = Source(23)
    await asyncio.wait_for(places.fill(source.leases, source.handler, Turn()), 10)
    assert sorted(source.done) == list(range(23))
    assert source.most == 5


async def test_a_piece_that_fails_stops_nothing() -> None:
    source = Source(10)

    async def handler(piece: int) -> None:
        await source.handler(piece)
        if piece % 2:
            raise ValueError("canary")

    await asyncio.wait_for(places.fill(source.leases, handler, Turn()), 10)
    assert len(source.done) == 10


async def test_a_source_that_fails_is_left_for_now() -> None:
    async def leases(_: Sequence[int]) -> Sequence[int]:
        raise OSError("away")

    source = Source(3)
    await asyncio.wait_for(places.fill(leases, source.handler, Turn()), 10)
    assert source.done == []


async def test_a_slow_piece_keeps_no_other_waiting() -> None:
    source = Source(20)
    slow = asyncio.Event()

    async def handler(piece: int) -> None:
        if piece == 0:
            await slow.wait()
        else:
            await source.handler(piece)

    running = asyncio.create_task(places.fill(source.leases, handler, Turn()))
    await _until(lambda: len(source.done) == 19)
    assert not running.done()
    slow.set()
    await asyncio.wait_for(running, 2)


async def test_what_comes_while_a_slow_one_is_under_way_is_taken_when_called() -> None:
    source, turn, slow = Source(1), Turn(), asyncio.Event()

    async def handler(piece: int) -> None:
        if piece == 0:
            await slow.wait()
        source.done.append(piece)

    running = asyncio.create_task(places.fill(source.leases, handler, turn))
    await asyncio.sleep(0.05)
    source.left.append(1)
    turn.call.set()
    await _until(lambda: source.done == [1])
    slow.set()
    await asyncio.wait_for(running, 2)


async def test_when_the_turn_is_over_nothing_more_is_taken_and_what_is_under_way_ends() -> None:
    source, turn = Source(100), Turn()
    running = asyncio.create_task(places.fill(source.leases, source.handler, turn))
    await _until(lambda: bool(source.done))
    turn.over = True
    await asyncio.wait_for(running, 2)
    assert len(source.done) + len(source.left) == 100
    assert source.left


async def test_who_is_cancelled_leaves_nothing_running() -> None:
    source = Source(1)
    ended: list[str] = []

    async def handler(_: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    running = asyncio.create_task(places.fill(source.leases, handler, Turn()))
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert ended == ["cancelled"]


async def _until(true) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
