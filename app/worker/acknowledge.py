"""Sends receipts of new complaints: looks what came in, and asks for each, in its own organisation, what is to go out.

Any number of workers may look: what was sent is a row, and is sent once. What one has seen it does not ask again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from app.domain.letter import Letter
from app.services import receipts
from app.services.receipts import Done
from app.store import receipts as stored
from app.store.session import Database
from app.store.transaction import Unavailable

LOOK_SECONDS = 2.0
# How long a switched-off organisation is not asked again.
OFF_SECONDS = 30.0
# After a start, what others may have left; after that, what may have been committed late.
FIRST_WINDOW = timedelta(days=1)
WINDOW = timedelta(minutes=2)
BATCH = 200

Html = Callable[[Letter], str]
_log = structlog.get_logger("gehoor.receipts")


@dataclass
class Receipts:
    """One worker's view of what came in."""

    worker: Database
    app: Database
    html: Html
    window: timedelta = FIRST_WINDOW
    seen: dict[UUID, float] = field(default_factory=dict)
    off: dict[UUID, float] = field(default_factory=dict)

    async def look(self) -> int:
        """Handles what is new; how many of them there were."""
        now = asyncio.get_running_loop().time()
        self.off = {each: until for each, until in self.off.items() if until > now}
        async with self.worker.worker() as tx:
            rows = await stored.received(tx, self.window, seen=list(self.seen), without=list(self.off), limit=BATCH)
        for row in rows:
            organisation, complaint = row["organisation_id"], row["complaint_id"]
            if organisation not in self.off and await self._handled(organisation, complaint) == "switched-off":
                self.off[organisation] = now + OFF_SECONDS
            self.seen[complaint] = now
        if len(rows) < BATCH:
            self._looked(now)
        return len(rows)

    async def catch_up(self) -> None:
        """Looks until nothing is new."""
        while await self.look():
            pass

    def _looked(self, now: float) -> None:
        """All is seen: from here on it is enough to look a little back, and to remember as long."""
        self.window = WINDOW
        keep = 2 * WINDOW.total_seconds()
        self.seen = {each: at for each, at in self.seen.items() if now - at < keep}

    async def _handled(self, organisation_id: UUID, complaint_id: UUID) -> Done:
        """A receipt that cannot be written stops no other."""
        try:
            async with self.app.organisation(organisation_id) as tx:
                return await receipts.send(tx, complaint_id, self.html)
        except Unavailable:
            raise
        except Exception as error:
            _log.error("receipt_not_sent", complaint=str(complaint_id), error=type(error).__name__)
            return "nothing"


async def run(worker: Database, app: Database, html: Html, stop: asyncio.Event, *, every: float = LOOK_SECONDS) -> None:
    """Looks until `stop` is set. A database that is away is waited for; nothing is lost by it."""
    looking = Receipts(worker, app, html)
    while not stop.is_set():
        if not await _round(looking.look):
            await _pause(stop, every)


async def _round(look: Callable[[], Awaitable[int]]) -> int:
    try:
        return await look()
    except Unavailable:
        _log.warning("database_away", job="acknowledge")
    except Exception as error:
        _log.error("job_failed", job="acknowledge", error=type(error).__name__)
    return 0


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
