"""Lines of work, each brought on by one worker at a time; the only place that knows PgQueuer.

What is to be done, and who is at it, are our own rows with a lease. PgQueuer is told the names of lines on which
something is due, and says which worker goes to which. It may lose a job or give it twice at any time: a line on which
something is still due is queued again, and two who are at one line take different rows of it.

    look    which lines have something due that nobody is at? queue them; one that is queued or under way is not again
    job     brings on one line until nothing is due on it any more
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import structlog
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from app.store.pool import Driver
from app.store.session import Database
from app.worker.pause import pause

# Lines that one worker brings on at once; and of those that keep failing, all workers together.
AT_ONCE = 100
FAILING_AT_ONCE = 64
LOOK_SECONDS = 0.25
# Where others wait for a place, a line that is never done makes room after so long.
TURN_SECONDS = 3.0
LAST_SECONDS = 10.0
# PgQueuer takes a job from a worker that was not heard of for this long, and looks for such this often.
SILENT = timedelta(seconds=1.5)
SILENT_LOOK = timedelta(seconds=0.5)
FORGET_SECONDS = 60.0
ANSWER_SECONDS = 10.0
AGAIN_SECONDS = 1.0
# How often what is under way is told to stop: Python 3.11's wait_for passes over it when it ends at that moment.
TOLD = 5
NOTED_SECONDS = 1.0
# For a place among those that fail; PgQueuer takes them as they come.
LOST_RACES = ("23505", "40P01")  # unique_violation, deadlock_detected

# What migration 0020 made. All of it is named, because what is not would be read from the environment, under names as
# common as CHANNEL.
NAMES = DBSettings(
    prefix="",
    db_schema="queue",
    channel=Channel("gehoor_queue"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.volatile,
    widen_id=False,
)
LINE, FAILING = "line", "failing"


@dataclass(frozen=True, slots=True)
class Due:
    """A line on which something is due; one that keeps failing waits for its like only."""

    line: str
    failing: bool


# Told which lines are under way here, about which it says also when somebody is at them.
Look = Callable[[Sequence[str]], Awaitable[Sequence[Due]]]

_log = structlog.get_logger("gehoor.worker")
logging.getLogger("pgqueuer").propagate = False  # what goes wrong we say ourselves, in a line and without a traceback


@dataclass(eq=False)
class Turn:
    """A line under way in this worker."""

    lines: "_Lines"
    failing: bool
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    call: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def over(self) -> bool:
        """Of those that fail there may be more than there are places; of the others when the worker has no place left.

        The line is queued again, behind those.
        """
        late = asyncio.get_running_loop().time() > self.began + TURN_SECONDS
        return self.lines.closing.is_set() or (late and (self.failing or len(self.lines.turns) >= AT_ONCE))

    async def called(self) -> None:
        await self.call.wait()
        self.call.clear()


Handler = Callable[[str, Turn], Awaitable[None]]


@dataclass(eq=False)
class _Lines:
    """What is under way in this worker. It goes on when the connection to the queue breaks, and is found again."""

    handler: Handler
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    turns: dict[str, Turn] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begun(self, line: str, failing: bool) -> asyncio.Task[None]:
        if line not in self.tasks:
            turn = self.turns[line] = Turn(self, failing)
            self.tasks[line] = asyncio.create_task(self._brought_on(line, turn))
            self.tasks[line].add_done_callback(lambda _: self._done(line))
        return self.tasks[line]

    async def _brought_on(self, line: str, turn: Turn) -> None:
        try:
            await self.handler(line, turn)
        except Exception as error:
            _log.error("line_failed", error=type(error).__name__)

    def _done(self, line: str) -> None:
        del self.turns[line], self.tasks[line]

    async def ended(self, seconds: float) -> None:
        """What is under way may end, but not for ever."""
        for turn in self.turns.values():
            turn.call.set()
        late = set(self.tasks.values())
        for patience in (seconds, *[AGAIN_SECONDS] * TOLD):
            if not late:
                break
            _, late = await asyncio.wait(late, timeout=patience)
            for task in late:
                task.cancel()


async def run(database: Database, look: Look, handler: Handler, stop: asyncio.Event) -> None:
    """Brings on lines until `stop` is set; what is under way then has ten seconds to end.

    A database that is away is waited for.
    """
    lines = _Lines(handler)
    serving = asyncio.create_task(_serve(database, look, lines))
    try:
        await stop.wait()
    finally:
        lines.closing.set()
        await lines.ended(LAST_SECONDS)
        await asyncio.wait({serving}, timeout=NOTED_SECONDS)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def _serve(database: Database, look: Look, lines: _Lines) -> None:
    while not lines.closing.is_set():
        try:
            async with database.apart(ANSWER_SECONDS) as driver:
                await _Service(driver, look, lines).run()
        except Exception as error:
            _log.warning("queue_away", error=type(error).__name__)
            await pause(lines.closing, AGAIN_SECONDS)


class _Driver(AsyncpgDriver):
    """A connection that is closed when something is wrong with it: then PgQueuer's jobs end, and it is begun anew."""

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        try:
            return await super().fetch(query, *args)
        except Exception as error:
            if getattr(error, "sqlstate", None) not in LOST_RACES:
                self._connection.terminate()
            raise


class _Service:
    """Jobs for this worker, for as long as the connection holds."""

    def __init__(self, driver: Driver, look: Look, lines: _Lines) -> None:
        self._look, self._lines = look, lines
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        driver.add_termination_listener(self._let_go)
        self._queries = Queries(
            _Driver(driver), QueryBuilderEnvironment(NAMES), QueryQueueBuilder(NAMES), QuerySchedulerBuilder(NAMES)
        )
        self._manager = QueueManager(self._queries, NAMES.channel)
        self._manager.entrypoint(LINE, accepts_context=False)(self._job)
        self._manager.entrypoint(FAILING, accepts_context=False, concurrency_limit=FAILING_AT_ONCE)(self._job)

    async def run(self) -> None:
        looking = asyncio.create_task(self._keep_looking())
        try:
            await self._manager.run(
                dequeue_timeout=SILENT_LOOK,
                batch_size=AT_ONCE // 4,
                max_concurrent_tasks=AT_ONCE,
                heartbeat_timeout=SILENT,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    def _let_go(self, _: object) -> None:
        if not self._gone.done():
            self._gone.set_result(None)

    async def _job(self, job: Job) -> None:
        """Until the line is done with, or nobody hears of it any more."""
        if self._lines.closing.is_set():
            return
        line = self._lines.begun((job.payload or b"").decode(), job.entrypoint == FAILING)
        await asyncio.wait({line, self._gone}, return_when=asyncio.FIRST_COMPLETED)

    async def _keep_looking(self) -> None:
        clock = asyncio.get_running_loop().time
        forget_at = 0.0
        while not self._lines.closing.is_set():
            try:
                await self._queue(await self._look(list(self._lines.turns)))
                if clock() >= forget_at:
                    await self._queries.clear_queue_log([LINE, FAILING])
                    forget_at = clock() + FORGET_SECONDS
            except Exception as error:
                _log.warning("nothing_queued", error=type(error).__name__)
            await pause(self._lines.closing, LOOK_SECONDS)
        self._manager.shutdown.set()

    async def _queue(self, found: Sequence[Due]) -> None:
        """Queues what is not under way; who is at it here is called instead, as long as it does not fail."""
        others = []
        for each in found:
            if (turn := self._lines.turns.get(each.line)) is None:
                others.append(each)
            elif not each.failing:
                turn.call.set()
        if others:
            await self._queries.enqueue(
                [FAILING if each.failing else LINE for each in others],
                [each.line.encode() for each in others],
                [0] * len(others),
                dedupe_key=cast(list[str | None], [each.line for each in others]),
                on_conflict="skip",
            )
