"""Transactions: the one place that begins and commits, sets whose rows may be seen, and reads the clock.

The settings that row level security reads are local to the transaction, so nothing of one request is left on a pooled
connection for the next. BEGIN and COMMIT are sent below and nowhere else; a Reading has neither, each of its statements
is a transaction to PostgreSQL.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import asyncpg

from app.store.address import FAILURES, outage
from app.store.pool import NONE, Driver, Limits, Pool, Taker
from app.store.transaction import (
    Caller,
    Held,
    NotABody,
    NotCommitted,
    Row,
    StoreError,
    Transaction,
    Unauthenticated,
    Unavailable,
    UnknownOrganisation,
    caller_of,
    of_organisation,
    one,
)

ROLLBACK_SECONDS = 2
KEYS_KNOWN = 4096

OUTAGES = (
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


_BEGIN_REQUEST = "SELECT * FROM begin_request($1, $2, $3)"
# With what an intake asks next, which saves it two round trips. Were these looked up before the organisation is set,
# they would see nothing, and the intake would ask again.
_BEGIN_WRITING = """
SELECT b.*,
       (SELECT count(*) FROM procedure_versions v WHERE v.organisation_id = b.organisation) AS procedure_versions,
       (SELECT max(c.version) FROM calendar_versions c) AS calendar,
       nullif(current_setting('app.first_key', true), '')::uuid AS first_key_id
  FROM begin_request($1, $2, $3) b
"""
_KNOWN = ("procedure_versions", "calendar")
_BEGIN_COMMITTEE = "SELECT * FROM begin_committee($1, $2, $3, $4)"

# The question stands in a subquery that PostgreSQL can neither dissolve (OFFSET 0) nor begin before begin_request gave
# its row (it looks at that row's key), so that the walls stand before anything is read. Who asks is told once, with the
# first row, in a column past the question's own; a question without an answer is one row whose `there` is null.
_ASKING = ("clock", "organisation", "slug", "sandbox", "key_id", "kind", "scopes", "staff_member", "roles", "body_id")
_GLANCE = f"""
SELECT q.*, CASE WHEN row_number() OVER () = 1 THEN row({", ".join(f"asking.{name}" for name in _ASKING)}) END AS asking
  FROM {{begin}} asking
  LEFT JOIN LATERAL (SELECT s.*, true AS there FROM ({{sql}}) s WHERE asking.key_id IS NOT NULL OFFSET 0) q ON true
"""
_BY_ANYBODY = "begin_request(${number}, NULL, NULL)"
_BY_A_BODY = "begin_committee(${number}, NULL, NULL, NULL)"


@lru_cache(maxsize=512)
def _glance(sql: str, number: int, committee: bool) -> str:
    """The question with who asks it; the key's hash is parameter `number`."""
    begin = _BY_A_BODY if committee else _BY_ANYBODY
    return _GLANCE.format(sql=sql, begin=begin.format(number=number))


class Database:
    """A pool of connections as one role, given by the URL (postgresql+asyncpg://role:password@host/database).

    `wait` is how long a transaction waits for a free connection, `statement` how long for one answer of the database
    (seconds; None: for ever), `limits` how long PostgreSQL lets a transaction be. Closing is up to the one who made it.
    Raises BadAddress.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 6,
        wait: float = 2,
        statement: float | None = None,
        limits: Limits = NONE,
    ) -> None:
        self._pool = Pool(url, size=pool_size, wait=wait, statement=statement, limits=limits)
        self._takers: dict[bytes, UUID] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._keeps = True
        self._began: Callable[[datetime], None] = lambda now: None

    def trying(self, began: Callable[[datetime], None]) -> Database:
        """The same connections, with which nothing is kept: each transaction is undone at its end.

        `began` is told the clock of each request.
        """
        tried = copy.copy(self)
        tried._keeps, tried._began = False, began
        return tried

    async def close(self) -> None:
        await asyncio.gather(*self._ending, return_exceptions=True)
        await self._pool.close()

    @asynccontextmanager
    async def request(
        self, key_hash: bytes, idempotency_key: str | None = None, request_hash: bytes | None = None
    ) -> AsyncIterator[Transaction]:
        """A request's transaction: whose key it is, their organisation, the clock, and what was answered before.

        `key_hash` and `request_hash` are 32 bytes (sha256). With an idempotency key, `in_flight` is True while another
        transaction holds the same key; else `replay` has the stored answer. Raises Unauthenticated, Unavailable.
        """
        sql = _BEGIN_REQUEST if idempotency_key is None else _BEGIN_WRITING
        async with self._transaction(taker=self._taker(key_hash)) as driver:
            row = await one(driver, sql, key_hash, idempotency_key, request_hash)
            if row["key_id"] is None:
                raise Unauthenticated("no such key")
            self._takes(key_hash, row)
            self._began(row["clock"])
            yield Transaction(
                driver,
                row["clock"],
                caller_of(row),
                row["organisation"],
                _replay(row),
                row["in_flight"],
                {name: row[name] for name in _KNOWN if name in row},
            )

    @asynccontextmanager
    async def committee(
        self,
        key_hash: bytes,
        escalation_id: UUID | None = None,
        idempotency_key: str | None = None,
        request_hash: bytes | None = None,
    ) -> AsyncIterator[Transaction]:
        """An external body's transaction: inside one case of its own, or outside all of them.

        Inside, it has that organisation and its clock, and sees of it one complaint. A case that is none of theirs is
        no case: the transaction is outside. An idempotency key counts inside only. Raises Unauthenticated, NotABody,
        Unavailable.
        """
        async with self._transaction(taker=self._taker(key_hash)) as driver:
            row = await one(driver, _BEGIN_COMMITTEE, key_hash, escalation_id, idempotency_key, request_hash)
            if row["key_id"] is None:
                raise Unauthenticated("no such key")
            self._takes(key_hash, row)
            self._began(row["clock"])
            if row["body_id"] is None:
                raise NotABody(row["kind"])
            yield Transaction(
                driver,
                row["clock"],
                caller_of(row),
                row["organisation"],
                _replay(row),
                row["in_flight"],
                case=row["complaint"],
            )

    @asynccontextmanager
    async def organisation(self, organisation_id: UUID) -> AsyncIterator[Transaction]:
        """A job's transaction inside one organisation. Raises UnknownOrganisation, Unavailable."""
        async with self._transaction() as driver:
            row = await one(driver, "SELECT * FROM begin_organisation($1)", organisation_id)
            if row["clock"] is None:
                raise UnknownOrganisation(str(organisation_id))
            caller = Caller("job", slug=row["slug"], sandbox=row["sandbox"])
            yield Transaction(driver, row["clock"], caller, organisation_id)

    @asynccontextmanager
    async def founding(self, organisation_id: UUID) -> AsyncIterator[Transaction]:
        """The owner's transaction inside an organisation that is about to be made, by inserting its row."""
        async with self._transaction() as driver:
            sql = "SELECT now() AS clock, set_config('app.organisation', $1, true)"
            row = await one(driver, sql, str(organisation_id))
            yield Transaction(driver, row["clock"], Caller("job"), organisation_id)

    @asynccontextmanager
    async def founded(self, slug: str) -> AsyncIterator[Transaction]:
        """The owner's transaction inside an organisation that is there. Raises UnknownOrganisation, Unavailable."""
        async with self._transaction() as driver:
            await driver.execute("SELECT set_config('app.slug', $1, true)", slug)
            found = await driver.fetchval("SELECT id FROM organisations WHERE slug = $1", slug)
            row = await one(driver, "SELECT * FROM begin_organisation($1)", found)
            if row["clock"] is None:
                raise UnknownOrganisation(slug)
            yield Transaction(driver, row["clock"], Caller("job", slug=slug, sandbox=row["sandbox"]), found)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Transaction]:
        """The worker's transaction over all organisations; only the role gehoor_worker may. Raises Unavailable.

        Row level security does not narrow these statements down: they name organisation_id themselves, or they read
        whole tables.
        """
        async with self._transaction() as driver:
            row = await one(driver, "SELECT begin_worker() AS clock")
            yield Transaction(driver, row["clock"], Caller("worker"))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """A transaction that reads one unchanging state of everything its role may see; for gehoor_backup."""
        async with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as driver:
            row = await one(driver, "SELECT now() AS clock")
            yield Transaction(driver, row["clock"], Caller("job"))

    @asynccontextmanager
    async def apart(self, answer: float | None = None) -> AsyncIterator[Driver]:
        """A connection beside the others, in no transaction: for the queue (worker/queue.py), migrations and roles.

        `answer` is how many seconds one may take; None: for ever. Raises Unavailable.
        """
        try:
            driver = await self._pool.apart(answer)
        except FAILURES as error:
            raise Unavailable(outage(error)) from error
        try:
            yield driver
        finally:
            driver.terminate()

    async def glance(
        self, key_hash: bytes, sql: str, *arguments: object, committee: bool = False
    ) -> tuple[Row, list[Row]]:
        """Who asks, and the rows of one question, in one round trip. For `Reading`, which says more."""
        driver = await self._driver(self._taker(key_hash))
        try:
            rows = await driver.fetch(_glance(sql, len(arguments) + 1, committee), *arguments, key_hash)
        except BaseException as error:
            await self._failed(driver, error)
            raise
        self._pool.give(driver)
        asking = dict(zip(_ASKING, rows[0]["asking"], strict=True))
        self._takes(key_hash, asking)
        return asking, [] if rows[0]["there"] is None else cast(list[Row], rows)

    @asynccontextmanager
    async def _transaction(self, begin: str = "BEGIN", taker: Taker = None) -> AsyncIterator[Driver]:
        """Commits at the end, unless all is only tried; rolls back on an error and when the task is cancelled."""
        driver = await self._driver(taker)
        try:
            await driver.execute(begin)
            yield driver
            await (_commit(driver) if self._keeps else driver.execute("ROLLBACK"))
        except BaseException as error:
            await self._failed(driver, error)
            raise
        self._pool.give(driver)  # waits for nothing, so that a cancellation cannot come between

    async def _failed(self, driver: Driver, error: BaseException) -> None:
        """Brings a connection to rest and gives it back. Raises Unavailable when the error is an outage."""
        rolling_back = self._to_the_end(self._rolled_back(driver))
        if not isinstance(error, TimeoutError):  # a database that does not answer does not answer to this either
            await asyncio.shield(rolling_back)
        if isinstance(error, asyncpg.LockNotAvailableError):
            raise Held("Another transaction holds it.") from error
        if _is_outage(driver, error):
            raise Unavailable(_why(error)) from error

    def _to_the_end(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begins work that goes on also when the one who waits for it is cancelled, or nobody waits."""
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    def _taker(self, key_hash: bytes) -> Taker:
        """Whose connections count together: all of an organisation's or body's, once a key was seen to be theirs."""
        return self._takers.get(key_hash, key_hash)

    def _takes(self, key_hash: bytes, asking: Row) -> None:
        """Remembers whose key that is, which never changes; of no key there is nothing to remember."""
        taker = asking["body_id"] or asking["organisation"]
        if taker is None or key_hash in self._takers:
            return
        if len(self._takers) >= KEYS_KNOWN:
            self._takers.clear()  # each is known again after its next request
        self._takers[key_hash] = taker

    async def _driver(self, taker: Taker = None) -> Driver:
        try:
            return await self._pool.take(taker)
        except FAILURES as error:
            raise Unavailable(outage(error)) from error

    async def _rolled_back(self, driver: Driver) -> None:
        # Not just dropping the connection: a statement would go on, with its locks, until PostgreSQL wants to answer.
        # The driver has asked for it to be cancelled and waits for that before it sends anything else.
        try:
            await driver.execute("ROLLBACK", timeout=ROLLBACK_SECONDS)
        except FAILURES:
            driver.terminate()
        finally:
            self._pool.give(driver)


class Reading:
    """What one caller reads, without a transaction around it: each statement says again who asks and what time it is.

    So a read of one statement is one round trip. In the statements `asking.clock` is the organisation's clock. `admit`
    is asked about the caller before anything is told of the rows. `now`, `caller` and `organisation_id` are known after
    the first statement. With `committee` an external body sees the list of its cases. Raises Unauthenticated,
    Unavailable, and what `admit` refuses.
    """

    def __init__(
        self, database: Database, key_hash: bytes, admit: Callable[[Caller], None], *, committee: bool = False
    ) -> None:
        self._database = database
        self._key_hash = key_hash
        self._admit = admit
        self._committee = committee
        self._asking: Row = {}

    @property
    def now(self) -> datetime:
        return cast(datetime, self._asking["clock"])

    @property
    def organisation_id(self) -> UUID:
        """The organisation whose rows are seen. Raises NoOrganisation for a caller who is of none."""
        return of_organisation(self._asking["organisation"], self.caller)

    async def fetch(self, sql: str, *arguments: object) -> list[Row]:
        asking, rows = await self._database.glance(self._key_hash, sql, *arguments, committee=self._committee)
        if asking["key_id"] is None:
            raise Unauthenticated("no such key")
        caller = caller_of(asking)
        self._admit(caller)
        self._asking, self.caller = asking, caller
        return rows

    async def fetchrow(self, sql: str, *arguments: object) -> Row | None:
        rows = await self.fetch(sql, *arguments)
        return rows[0] if rows else None

    async def introduce(self) -> None:
        """Nothing is read, but the caller is known after."""
        await self.fetch("SELECT")


async def _commit(driver: Driver) -> None:
    if await driver.execute("COMMIT") != "COMMIT":
        raise NotCommitted("a statement had failed; nothing was stored")


def _is_outage(driver: Driver, error: BaseException | None) -> bool:
    if not isinstance(error, Exception) or isinstance(error, StoreError):
        return False
    return isinstance(error, OUTAGES) or driver.is_closed()


def _why(error: BaseException) -> str:
    if isinstance(error, asyncpg.InsufficientResourcesError):
        return "The database has no room left."
    return "The database did not answer."


def _replay(row: Row) -> Row | None:
    return {name: row[name] for name in ("same_request", "status", "headers", "body")} if row["status"] else None
