"""Sends receipts of new complaints: looks what came in, and asks for each, in its own organisation, what is to go out.

Any number of workers may look: what was sent is a row, and is sent once. What one has seen it does not ask again.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal
from uuid import UUID

import structlog

from app.domain.letter import Letter
from app.services import receipts
from app.services.receipts import FRESH, Done
from app.store import receipts as stored
from app.store.session import Database
from app.store.transaction import Unavailable
from app.worker.pause import pause

LOOK_SECONDS = 2.0
# How long a switched-off organisation is not asked again.
OFF_SECONDS = 30.0
# How long a line of receipts for which there is no room is not tried again, and how many of one are tried in a look.
FULL_SECONDS = 60.0
FROM_LINE = 20
# How far a look reaches back behind the one before it, because a complaint may have been committed late: further than
# a transaction may last (store/pool.py).
MARGIN = timedelta(minutes=5)
BATCH = 200
# How often a receipt that cannot be written is tried, each time in another look.
ATTEMPTS = 5

Html = Callable[[Letter], str]
Line = tuple[UUID, Done]
_log = structlog.get_logger("gehoor.receipts")


@dataclass
class Receipts:
    """One worker's view of what came in. `looked_at`: when it had last seen all there was, by the database's clock.

    `waiting`: complaints whose receipt waits for room, by organisation and line, the first first; `full`: which lines
    are not tried until when. A worker that begins anew finds them anew.
    """

    worker: Database
    app: Database
    html: Html
    looked_at: datetime | None = None
    seen: dict[UUID, datetime] = field(default_factory=dict)
    failed: Counter[UUID] = field(default_factory=Counter)
    off: dict[UUID, float] = field(default_factory=dict)
    waiting: dict[Line, deque[UUID]] = field(default_factory=dict)
    full: dict[Line, float] = field(default_factory=dict)

    async def look(self) -> int:
        """Handles what is new; how many of them there were, without those that are to be tried again."""
        started = asyncio.get_running_loop().time()
        self.off = {each: until for each, until in self.off.items() if until > started}
        async with self.worker.worker() as tx:
            now, window = tx.now, FRESH if self.looked_at is None else tx.now - self.looked_at + MARGIN
            rows = await stored.received(tx, window, seen=list(self.seen), without=list(self.off), limit=BATCH)
        again = 0
        for row in rows:
            organisation, complaint = row["organisation_id"], row["complaint_id"]
            done = "nothing" if organisation in self.off else await self._handled(organisation, complaint)
            if done == "switched-off":
                self.off[organisation] = started + OFF_SECONDS
            if done in ("by_form", "others"):
                self.waiting.setdefault((organisation, done), deque()).append(complaint)
                self.full.setdefault((organisation, done), started + FULL_SECONDS)
            if done == "failed":
                again += 1
            else:
                self.seen[complaint] = now
        if len(rows) < BATCH and not again:
            self._looked(now)
        return len(rows) - again + await self._from_lines(started)

    async def _from_lines(self, started: float) -> int:
        """Sends what waited, as far as there is room now; how many of them wait no more."""
        gone = 0
        for line in [each for each in self.waiting if self.full.get(each, started) <= started]:
            self.full.pop(line, None)
            queue = self.waiting[line]
            for _ in range(min(FROM_LINE, len(queue))):
                done = await self._handled(line[0], queue[0])
                if done in ("failed", line[1]):
                    self.full[line] = started + FULL_SECONDS
                    if done == "failed":
                        queue.rotate(-1)  # it keeps no other back
                    break
                queue.popleft()
                gone += 1
            if not queue:
                del self.waiting[line]
        return gone

    async def catch_up(self) -> None:
        """Looks until nothing is new."""
        while await self.look():
            pass

    def _looked(self, now: datetime) -> None:
        """All is seen: the next look reaches back to here, and what it could find again is remembered."""
        self.looked_at = now
        self.seen = {each: at for each, at in self.seen.items() if now - at < 2 * MARGIN}
        waiting = set(chain.from_iterable(self.waiting.values()))
        self.failed = Counter({each: times for each, times in self.failed.items() if each in waiting})

    async def _handled(self, organisation_id: UUID, complaint_id: UUID) -> Done | Literal["failed"]:
        """A receipt that cannot be written stops no other, and is tried again a few times."""
        try:
            async with self.app.organisation(organisation_id) as tx:
                return await receipts.send(tx, complaint_id, self.html)
        except Unavailable:
            raise
        except Exception as error:
            _log.error("receipt_not_sent", complaint=str(complaint_id), error=type(error).__name__)
            self.failed[complaint_id] += 1
            return "failed" if self.failed[complaint_id] < ATTEMPTS else "nothing"


async def run(worker: Database, app: Database, html: Html, stop: asyncio.Event, *, every: float = LOOK_SECONDS) -> None:
    """Looks until `stop` is set. A database that is away is waited for; nothing is lost by it."""
    looking = Receipts(worker, app, html)
    while not stop.is_set():
        if not await _round(looking.look):
            await pause(stop, every)


async def _round(look: Callable[[], Awaitable[int]]) -> int:
    try:
        return await look()
    except Unavailable:
        _log.warning("database_away", job="acknowledge")
    except Exception as error:
        _log.error("job_failed", job="acknowledge", error=type(error).__name__)
    return 0
