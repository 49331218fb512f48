"""Transactions: the one place that begins and commits, sets whose rows may be seen, and reads the clock.

The settings that row level security reads are local to the transaction, so nothing of one request is left on a pooled
connection for the next. SQLAlchemy runs in AUTOCOMMIT and begins nothing itself: BEGIN and COMMIT are sent below, on
the driver, and a `commit()` anywhere else does nothing.

    StoreError
    |- Unauthenticated        no such key, or no longer
    |- UnknownOrganisation    no such organisation
    |- NoOrganisation         the session is none of one organisation
    |- NotCommitted           a statement had failed, so that COMMIT rolled back
    `- Unavailable            the database cannot be reached, or has no room or time; try again later
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

Row = Mapping[str, Any]

CONNECT_SECONDS = 2
ROLLBACK_SECONDS = 2

OUTAGES = (
    PoolTimeout,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


class StoreError(Exception):
    """What the store refuses."""


class Unauthenticated(StoreError):
    """There is no such key, or it expired, was revoked, or its owner has left; which one is not told."""


class UnknownOrganisation(StoreError):
    """There is no organisation with that id."""


class NoOrganisation(StoreError):
    """This session is none of one organisation, and something in it asked for the organisation."""


class NotCommitted(StoreError):
    """A statement in this transaction had failed and the error was swallowed: nothing was stored."""


class Unavailable(StoreError):
    """The database cannot be reached, or has no room or no time; whether a COMMIT arrived may be unknown."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the database knows it. `kind` is a kind of key, or `body`, `job` or `worker`."""

    kind: str
    key_id: UUID | None = None
    scopes: tuple[str, ...] = ()
    staff_id: UUID | None = None
    roles: tuple[str, ...] = ()
    body_id: UUID | None = None
    slug: str = ""
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Transaction:
    """One request or job. `now` is the database's clock (UTC), in a sandbox shifted by the organisation's offset.

    `replay` is the answer given before under this idempotency key: `status`, `headers`, `body`, and `same_request`
    (False when it answered another request). `known` has what the first statement saw: `procedure_versions`, how many
    the organisation has (a number that only grows), and `calendar`, the newest calendar version.
    """

    connection: AsyncConnection
    driver: asyncpg.Connection[asyncpg.Record]
    now: datetime
    caller: Caller
    organisation: UUID | None = None
    replay: Row | None = None
    in_flight: bool = False
    known: dict[str, int] = field(default_factory=dict)

    @property
    def organisation_id(self) -> UUID:
        """The organisation whose rows are seen. Raises NoOrganisation in a session that is none of one organisation."""
        if self.organisation is None:
            raise NoOrganisation(f"a session of kind {self.caller.kind} is none of one organisation")
        return self.organisation

    # The driver's own calls, for statements that are hot: begin_request takes 0.10 ms here (0.05 ms of it our own
    # CPU) and 0.22 ms (0.15) as Core text.
    # Arguments are $1, $2; json goes in as text and comes out as a value (select x::text to have it as text).

    async def fetch(self, sql: str, *arguments: object) -> list[Row]:
        return cast(list[Row], await self.driver.fetch(sql, *arguments))

    async def fetchrow(self, sql: str, *arguments: object) -> Row | None:
        return cast(Row | None, await self.driver.fetchrow(sql, *arguments))

    async def execute(self, sql: str, *arguments: object) -> str:
        """The command's tag, like `UPDATE 1`."""
        return str(await self.driver.execute(sql, *arguments))


_BEGIN_REQUEST = "SELECT * FROM begin_request($1, $2, $3)"
# With what an intake asks next, which saves it two round trips. Were these looked up before the organisation is set,
# they would see nothing, and the intake would ask again.
_BEGIN_WRITING = """
SELECT b.*,
       (SELECT count(*) FROM procedure_versions v WHERE v.organisation_id = b.organisation) AS procedure_versions,
       (SELECT max(c.version) FROM calendar_versions c) AS calendar
  FROM begin_request($1, $2, $3) b
"""
_KNOWN = ("procedure_versions", "calendar")


class Database:
    """A pool of connections as one role, given by the URL (postgresql+asyncpg://role:password@host/database).

    `wait` is how long a transaction waits for a free connection, `statement` how long for one answer of the database
    (seconds; None: for ever). Closing is up to the one who made it.
    """

    def __init__(self, url: str, *, pool_size: int = 6, wait: float = 2, statement: float | None = None) -> None:
        self.engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait,
            pool_use_lifo=True,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": statement,
                # short statements: compiling them costs more than it saves
                "server_settings": {
                    "application_name": "gehoor",
                    "timezone": "UTC",
                    "datestyle": "ISO",
                    "jit": "off",
                },
            },
        )
        self._ending: set[asyncio.Task[None]] = set()
        event.listen(self.engine.sync_engine.pool, "checkout", _refuse_closed)
        event.listen(self.engine.sync_engine.pool, "reset", _refuse_unfinished)

    async def close(self) -> None:
        await asyncio.gather(*self._ending, return_exceptions=True)
        await self.engine.dispose()

    @asynccontextmanager
    async def request(
        self, key_hash: bytes, idempotency_key: str | None = None, request_hash: bytes | None = None
    ) -> AsyncIterator[Transaction]:
        """A request's transaction: whose key it is, their organisation, the clock, and what was answered before.

        `key_hash` and `request_hash` are 32 bytes (sha256). With an idempotency key, `in_flight` is True while another
        transaction holds the same key; else `replay` has the stored answer. Raises Unauthenticated, Unavailable.
        """
        sql = _BEGIN_REQUEST if idempotency_key is None else _BEGIN_WRITING
        async with self._transaction() as (connection, driver):
            row = await _one(driver, sql, key_hash, idempotency_key, request_hash)
            if row["key_id"] is None:
                raise Unauthenticated("no such key")
            yield Transaction(
                connection,
                driver,
                row["clock"],
                _caller(row),
                row["organisation"],
                _replay(row),
                row["in_flight"],
                {name: row[name] for name in _KNOWN if name in row},
            )

    @asynccontextmanager
    async def organisation(self, organisation_id: UUID) -> AsyncIterator[Transaction]:
        """A job's transaction inside one organisation. Raises UnknownOrganisation, Unavailable."""
        async with self._transaction() as (connection, driver):
            row = await _one(driver, "SELECT * FROM begin_organisation($1)", organisation_id)
            if row["clock"] is None:
                raise UnknownOrganisation(str(organisation_id))
            caller = Caller("job", slug=row["slug"], sandbox=row["sandbox"])
            yield Transaction(connection, driver, row["clock"], caller, organisation_id)

    @asynccontextmanager
    async def founding(self, organisation_id: UUID) -> AsyncIterator[Transaction]:
        """The owner's transaction inside an organisation that is about to be made, by inserting its row."""
        async with self._transaction() as (connection, driver):
            sql = "SELECT now() AS clock, set_config('app.organisation', $1, true)"
            row = await _one(driver, sql, str(organisation_id))
            yield Transaction(connection, driver, row["clock"], Caller("job"), organisation_id)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Transaction]:
        """The worker's transaction over all organisations; only the role gehoor_worker may. Raises Unavailable.

        Row level security does not narrow these statements down: they name organisation_id themselves, or they read
        whole tables.
        """
        async with self._transaction() as (connection, driver):
            row = await _one(driver, "SELECT begin_worker() AS clock")
            yield Transaction(connection, driver, row["clock"], Caller("worker"))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """A transaction that reads one unchanging state of everything its role may see; for gehoor_backup."""
        async with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as (connection, driver):
            row = await _one(driver, "SELECT now() AS clock")
            yield Transaction(connection, driver, row["clock"], Caller("job"))

    @asynccontextmanager
    async def _transaction(
        self, begin: str = "BEGIN"
    ) -> AsyncIterator[tuple[AsyncConnection, asyncpg.Connection[asyncpg.Record]]]:
        """Commits at the end; rolls back on an error and when the task is cancelled."""
        connection = await self._connection()
        driver = await _driver(connection)
        try:
            await driver.execute(begin)
            yield connection, driver
            await _commit(driver)
        except BaseException as error:
            rolling_back = self._to_the_end(_rolled_back(connection, driver))
            if not isinstance(error, TimeoutError):  # a database that does not answer does not answer to this either
                await asyncio.shield(rolling_back)
            if _is_outage(driver, error):
                raise Unavailable("the database did not answer") from error
            raise
        await connection.close()  # waits for nothing, so that a cancellation cannot come between

    def _to_the_end(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begins work that goes on also when the one who waits for it is cancelled, or nobody waits."""
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def _connection(self) -> AsyncConnection:
        try:
            return await self.engine.connect()
        except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Unavailable("the database cannot be reached") from error


async def _driver(connection: AsyncConnection) -> asyncpg.Connection[asyncpg.Record]:
    return cast("asyncpg.Connection[asyncpg.Record]", (await connection.get_raw_connection()).driver_connection)


async def _one(driver: asyncpg.Connection[asyncpg.Record], sql: str, *arguments: object) -> Row:
    row = await driver.fetchrow(sql, *arguments)
    if row is None:
        raise StoreError("the database gave no row where it always gives one")
    return cast(Row, row)


async def _commit(driver: asyncpg.Connection[asyncpg.Record]) -> None:
    if await driver.execute("COMMIT") != "COMMIT":
        raise NotCommitted("a statement had failed; nothing was stored")


async def _rolled_back(connection: AsyncConnection, driver: asyncpg.Connection[asyncpg.Record]) -> None:
    # Not just dropping the connection: a statement would go on, with its locks, until PostgreSQL wants to answer. The
    # driver has asked for it to be cancelled and waits for that before it sends anything else.
    try:
        await driver.execute("ROLLBACK", timeout=ROLLBACK_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        driver.terminate()
    finally:
        await connection.close()


def _is_outage(driver: asyncpg.Connection[asyncpg.Record], error: BaseException | None) -> bool:
    if not isinstance(error, Exception) or isinstance(error, StoreError):
        return False
    cause: BaseException | None = error
    while cause is not None:  # SQLAlchemy's error has the driver's as its cause
        if isinstance(cause, OUTAGES):
            return True
        cause = cause.__cause__
    return bool(driver.is_closed())


def _refuse_closed(connection: Any, *_: object) -> None:
    """At checkout: a connection that PostgreSQL closed (a restart) is replaced, without asking it anything."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed by the server")


def _refuse_unfinished(connection: Any, *_: object) -> None:
    """At return: a connection that is still in a transaction still has its organisation; it must not be used again."""
    driver = connection.driver_connection
    if not driver.is_closed() and driver.is_in_transaction():
        driver.terminate()


def _caller(row: Row) -> Caller:
    return Caller(
        kind=row["kind"],
        key_id=row["key_id"],
        scopes=tuple(row["scopes"]),
        staff_id=row["staff_member"],
        roles=tuple(row["roles"]),
        body_id=row["body_id"],
        slug=row["slug"],
        sandbox=row["sandbox"],
    )


def _replay(row: Row) -> Row | None:
    return {name: row[name] for name in ("same_request", "status", "headers", "body")} if row["status"] else None
