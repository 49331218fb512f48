"""Lines of work over several workers: one at a time is at each, whatever becomes of the queue's own tables."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from pgqueuer.domain.settings import DBSettings

from app.store.session import Database
from app.worker import queue
from app.worker.queue import Due, Turn


class Rows:
    """What is due on each line, as our own rows say; a piece is taken by one and then done."""

    def __init__(self, due: Mapping[str, int], failing: Sequence[str] = (), seconds: float = 0.01) -> None:
        self.due, self.failing, self.seconds = Counter(due), failing, seconds
        self.done: Counter[str] = Counter()
        self.at: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_failing = 0
        self.queued: Counter[str] = Counter()

    async def look(self, here: Sequence[str]) -> Sequence[Due]:
        return [Due(line, line in self.failing) for line, count in self.due.items() if count]

    async def handler(self, line: str, turn: Turn) -> None:
        if line not in self.due:
            return  # another test left it in the queue
        self.queued[line] += 1
        self.at[line] += 1
        self.most[line] = max(self.most[line], self.at[line])
        self.most_failing = max(self.most_failing, sum(self.at[each] for each in self.failing))
        try:
            while self.due[line] and not turn.over:
                self.due[line] -= 1
                await asyncio.sleep(self.seconds)
                self.done[line] += 1
        finally:
            self.at[line] -= 1

    @asynccontextmanager
    async def worker(self, database: Database) -> AsyncIterator[asyncio.Event]:
        stop = asyncio.Event()
        task = asyncio.create_task(queue.run(database, self.look, self.handler, stop))
        try:
            yield stop
        finally:
            stop.set()
            await task


async def _until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        await asyncio.sleep(0.01)


@pytest_asyncio.fixture(autouse=True)
async def nothing_queued(superuser: asyncpg.Connection) -> None:
    await superuser.execute("truncate queue.pgqueuer, queue.pgqueuer_log")


@pytest_asyncio.fixture
async def other_worker(urls: Mapping[str, str]) -> AsyncIterator[Database]:
    database = Database(urls["worker"], pool_size=1)
    yield database
    await database.close()


async def test_each_line_is_under_way_once_over_two_workers(worker_database: Database, other_worker: Database):
    rows = Rows({f"line-{number}": 40 for number in range(12)})
    async with rows.worker(worker_database), rows.worker(other_worker):
        await _until(lambda: rows.done == {f"line-{number}": 40 for number in range(12)})
    assert set(rows.most.values()) == {1}
    assert set(rows.queued.values()) == {1}


async def test_what_comes_later_is_brought_too(worker_database: Database, superuser: asyncpg.Connection):
    rows = Rows({"line": 1})
    async with rows.worker(worker_database):
        await _until(lambda: rows.done["line"] == 1)
        await asyncio.sleep(0.5)
        rows.due["line"] += 1
        await _until(lambda: rows.done["line"] == 2)
    assert await superuser.fetchval("select count(*) from queue.pgqueuer") == 0


async def test_a_line_that_is_called_need_not_be_queued_again(worker_database: Database):
    """More to do on a line that is busy with something slow."""
    called = asyncio.Event()

    async def handler(line: str, turn: Turn) -> None:
        if line == "line":
            await turn.called()
            called.set()
            await _until(lambda: turn.over)

    async def look(_: Sequence[str]) -> Sequence[Due]:
        return [Due("line", False)]

    stop = asyncio.Event()
    task = asyncio.create_task(queue.run(worker_database, look, handler, stop))
    await asyncio.wait_for(called.wait(), 10)
    stop.set()
    await asyncio.wait_for(task, 5)


LOSE = """
create function queue.lose() returns trigger language plpgsql as 'begin return null; end';
create trigger lose before insert on queue.pgqueuer for each row execute function queue.lose()
"""


async def test_a_job_that_is_lost_is_queued_again(worker_database: Database, superuser: asyncpg.Connection):
    rows = Rows({"line": 1})
    await superuser.execute(LOSE)
    try:
        async with rows.worker(worker_database):
            await asyncio.sleep(1)
            assert not rows.done
            await superuser.execute("drop function queue.lose cascade")
            await _until(lambda: rows.done["line"] == 1, 2)
    finally:
        await superuser.execute("drop function if exists queue.lose cascade")


async def test_the_tables_may_be_emptied_at_any_time(
    worker_database: Database, other_worker: Database, superuser: asyncpg.Connection
):
    rows = Rows({f"line-{number}": 30 for number in range(20)})
    async with rows.worker(worker_database), rows.worker(other_worker), asyncio.timeout(30):
        while sum(rows.done.values()) < 20 * 30:
            await superuser.execute("truncate queue.pgqueuer, queue.pgqueuer_log, queue.pgqueuer_statistics")
            await asyncio.sleep(0.02)
    assert set(rows.done.values()) == {30}


async def test_a_job_that_is_there_twice_is_harmless(
    worker_database: Database, other_worker: Database, superuser: asyncpg.Connection
):
    rows = Rows({"line": 150})
    again = """insert into queue.pgqueuer (priority, entrypoint, payload, status)
      select 0, 'line', convert_to('line', 'utf8'), 'queued' from generate_series(1, 5)"""
    async with rows.worker(worker_database), rows.worker(other_worker):
        while rows.done["line"] < 150:
            await superuser.execute(again)
            await asyncio.sleep(0.1)
    assert rows.done == {"line": 150}
    assert rows.most["line"] <= 2  # once in each worker


async def test_a_line_of_a_worker_that_was_killed_is_gone_on_with_within_seconds(
    worker_database: Database, superuser: asyncpg.Connection
):
    left = """insert into queue.pgqueuer (priority, entrypoint, dedupe_key, payload, status, queue_manager_id)
      values (0, 'line', 'line', convert_to('line', 'utf8'), 'picked', gen_random_uuid())"""
    rows = Rows({"line": 1})
    await superuser.execute(left)
    began = time.monotonic()
    async with rows.worker(worker_database):
        await _until(lambda: rows.done["line"] == 1)
    assert 1 < time.monotonic() - began < 4  # and not before: it may have been slow only


async def test_the_connection_may_break_at_any_time(worker_database: Database, superuser: asyncpg.Connection):
    """What is under way goes on, once, and what comes after is queued over a new connection."""
    rows = Rows({"long": 400, "short": 0})
    break_it = """select pg_terminate_backend(pid) from pg_stat_activity
      where usename = 'gehoor_worker' and datname = current_database()"""
    async with rows.worker(worker_database):
        await _until(lambda: rows.done["long"] > 0)
        assert await superuser.fetch(break_it)
        rows.due["short"] = 3
        await _until(lambda: rows.done["short"] == 3, 5)
        assert rows.done["long"] < 400
        await _until(lambda: rows.done["long"] == 400)
    assert rows.most["long"] == 1


async def test_a_look_that_fails_is_repeated(worker_database: Database):
    rows = Rows({"line": 1})
    looked = 0

    async def look(here: Sequence[str]) -> Sequence[Due]:
        nonlocal looked
        looked += 1
        if looked < 3:
            raise OSError("away")
        return await rows.look(here)

    stop = asyncio.Event()
    task = asyncio.create_task(queue.run(worker_database, look, rows.handler, stop))
    await _until(lambda: rows.done["line"] == 1)
    stop.set()
    await task


async def test_a_line_that_breaks_stops_no_other(worker_database: Database, capfd: pytest.CaptureFixture[str]):
    rows = Rows({"bad": 1, "good": 1})

    async def handler(line: str, turn: Turn) -> None:
        if line == "bad":
            raise ValueError("canary")
        await rows.handler(line, turn)

    stop = asyncio.Event()
    task = asyncio.create_task(queue.run(worker_database, rows.look, handler, stop))
    await _until(lambda: rows.done["good"] == 1)
    rows.due["good"] = 1
    await _until(lambda: rows.done["good"] == 2)
    stop.set()
    await task
    said = capfd.readouterr()
    assert "line_failed" in said.out + said.err
    assert "canary" not in said.out + said.err


async def test_lines_that_fail_have_few_places_over_all_workers(
    monkeypatch: pytest.MonkeyPatch, worker_database: Database, other_worker: Database
):
    monkeypatch.setattr(queue, "FAILING_AT_ONCE", 3)
    bad = [f"bad-{number}" for number in range(12)]
    rows = Rows({**dict.fromkeys(bad, 20), "good": 0}, bad, seconds=0.05)
    async with rows.worker(worker_database), rows.worker(other_worker):
        await _until(lambda: rows.most_failing == 3)
        rows.due["good"] = 1
        await _until(lambda: rows.done["good"] == 1, 2)
        await _until(lambda: sum(rows.done[each] for each in bad) == 12 * 20, 30)
    assert rows.most_failing == 3


@pytest.mark.parametrize("failing", [False, True])
async def test_a_line_that_is_never_done_makes_room_for_others(
    monkeypatch: pytest.MonkeyPatch, worker_database: Database, failing: bool
):
    monkeypatch.setattr(queue, "FAILING_AT_ONCE" if failing else "AT_ONCE", 4)
    monkeypatch.setattr(queue, "TURN_SECONDS", 0.3)
    rows = Rows({f"long-{number}": 100_000 for number in range(4)})
    if failing:
        rows.failing = [*rows.due, "short"]
    async with rows.worker(worker_database):
        await _until(lambda: len(rows.done) == 4)
        rows.due["short"] = 1
        await _until(lambda: rows.done["short"] == 1, 5)


async def test_what_is_under_way_may_end_but_not_for_ever(monkeypatch: pytest.MonkeyPatch, worker_database: Database):
    monkeypatch.setattr(queue, "LAST_SECONDS", 0.3)
    begun: list[str] = []
    ended: list[str] = []

    async def handler(line: str, _: Turn) -> None:
        begun.append(line)
        await asyncio.sleep(0.1 if line == "short" else 60)
        ended.append(line)

    async def look(_: Sequence[str]) -> Sequence[Due]:
        return [] if begun else [Due("short", False), Due("long", False)]

    stop = asyncio.Event()
    task = asyncio.create_task(queue.run(worker_database, look, handler, stop))
    await _until(lambda: len(begun) == 2)
    stop.set()
    await asyncio.wait_for(task, 3)
    assert ended == ["short"]


async def test_what_passes_over_being_told_to_stop_is_told_again(
    monkeypatch: pytest.MonkeyPatch, worker_database: Database
):
    """asyncio.wait_for in Python 3.11 does, when what it waits for ends at that very moment."""
    monkeypatch.setattr(queue, "LAST_SECONDS", 0.0)
    told: list[str] = []

    async def handler(line: str, _: Turn) -> None:
        while len(told) < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                told.append(line)

    async def look(_: Sequence[str]) -> Sequence[Due]:
        return [Due("deaf", False)] if not told else []

    async with asyncio.timeout(10):
        stop = asyncio.Event()
        task = asyncio.create_task(queue.run(worker_database, look, handler, stop))
        await asyncio.sleep(1)
        stop.set()
        await task
    assert told == ["deaf", "deaf"]


def test_no_name_is_left_to_the_environment():
    assert queue.NAMES.model_fields_set == set(DBSettings.model_fields)
