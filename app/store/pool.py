"""Connections to lend: at most so many, to one organisation not all of them, the one that was used last first.

The driver has a pool of its own, but it resets each connection that comes back, which is a round trip. Here nothing is
left to reset: settings are local to a transaction, and a connection that is still in one is thrown away.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson

from app.store.address import dsn

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# Who takes a connection: an organisation or a body, or the hash of a key; None: ourselves.
Taker: TypeAlias = UUID | bytes | None

CONNECT_SECONDS = 2
SETTINGS = {
    "application_name": "gehoor",
    "timezone": "UTC",
    "datestyle": "ISO",
    # no disk has a head that must move; and a page of a list is to be read in the order of its index: PostgreSQL plans
    # for an organisation of average size, whose rows it would else rather fetch all and sort
    "random_page_cost": "1.1",
    "jit": "off",  # short statements: compiling them costs more than it saves
    # whose machine lost its power says no goodbye: after half a minute what it held is free (nothing on a Unix socket)
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """After how many seconds PostgreSQL itself ends a transaction, and its connection, so that a process that stopped
    in the middle of one keeps nobody else waiting: neither for its locks nor for the feed. None: never.

    `whole`: it has lasted so long. `idle`: so long nothing was asked in it. `lock`: so long a statement waited for what
    another transaction holds; that ends the transaction only.
    """

    whole: float | None = None
    idle: float | None = None
    lock: float | None = None

    @property
    def settings(self) -> dict[str, str]:
        named = {
            "transaction_timeout": self.whole,
            "idle_in_transaction_session_timeout": self.idle,
            "lock_timeout": self.lock,
        }
        return {name: f"{seconds * 1000:.0f}ms" for name, seconds in named.items() if seconds is not None}


# A dossier is put together within two minutes (services/sealing.py) while its transaction waits; the rest of that, and
# all else, is statements of seconds. Who waits for that complaint meanwhile is told so while they may still wait for a
# connection as well (P13: three seconds); any other change of it takes milliseconds.
OF_API = Limits(whole=150, lock=1)
# A worker waits for nothing while it is in a transaction.
OF_WORKER = Limits(whole=150, idle=10)
NONE = Limits()


@dataclass(slots=True)
class _Line:
    """What one taker may have at a time, and how many connections it has or waits for."""

    room: asyncio.Semaphore
    asked: int = 0


class Pool:
    """Lends at most `size` connections; whoever asks for more waits at most `wait` seconds, in turn.

    One taker leaves the others a quarter of them (at least one, where there are two), and asks for no more before one
    of its own is back: whoever waits in a transaction, or stays long in one, keeps nobody else out.
    """

    def __init__(self, url: str, *, size: int, wait: float, statement: float | None, limits: Limits = NONE) -> None:
        settings = SETTINGS | limits.settings
        self._options: dict[str, Any] = {"dsn": dsn(url), "command_timeout": statement, "server_settings": settings}
        self._wait = wait
        self._size, self._share = size, max(1, size - max(1, size // 4))
        self._room = asyncio.Semaphore(size)
        self._lines: dict[Taker, _Line] = {}
        self._idle: list[Driver] = []
        self._lent: dict[Driver, Taker] = {}

    async def take(self, taker: Taker = None) -> Driver:
        """A connection that is open and in no transaction. Raises TimeoutError, and what the driver says of the server.

        One that PostgreSQL closed meanwhile (a restart) is replaced, without asking it anything.
        """
        await self._enter(taker)
        try:
            driver = self._open() or await _connected(self._options)
        except BaseException:
            self._leave(taker)
            raise
        self._lent[driver] = taker
        return driver

    def _open(self) -> "Driver | None":
        while self._idle:
            driver = self._idle.pop()
            if not driver.is_closed():
                return driver
        return None

    async def _enter(self, taker: Taker) -> None:
        """Waits for a place. Raises TimeoutError."""
        line = self._lines.get(taker)
        if line is None:
            room = asyncio.Semaphore(self._size if taker is None else self._share)
            line = self._lines[taker] = _Line(room)
        line.asked += 1
        try:
            if line.room.locked() or self._room.locked():
                async with asyncio.timeout(self._wait):
                    await self._turn(line)
            else:
                await self._turn(line)  # which waits for nothing
        except BaseException:
            self._forget(taker, line)
            raise

    async def _turn(self, line: _Line) -> None:
        """First among their own, then among all."""
        await line.room.acquire()
        try:
            await self._room.acquire()
        except BaseException:
            line.room.release()
            raise

    def _leave(self, taker: Taker) -> None:
        line = self._lines[taker]
        self._room.release()
        line.room.release()
        self._forget(taker, line)

    def _forget(self, taker: Taker, line: _Line) -> None:
        line.asked -= 1
        if not line.asked:
            del self._lines[taker]

    def give(self, driver: Driver) -> None:
        """Takes a connection back. One that is still in a transaction still has its organisation: it is closed."""
        if not driver.is_closed() and driver.is_in_transaction():
            driver.terminate()
        if not driver.is_closed():
            self._idle.append(driver)
        self._leave(self._lent.pop(driver))

    async def apart(self, answer: float | None) -> Driver:
        """A connection that is not lent but given away; an answer on it may take so many seconds, or for ever."""
        return await _connected(self._options | {"command_timeout": answer})

    async def close(self) -> None:
        """Closes what is not lent; where the server does not answer to that it is cut off, by the driver."""
        while self._idle:
            with suppress(TimeoutError, OSError):
                await self._idle.pop().close()


async def _connected(options: dict[str, Any]) -> Driver:
    driver = await asyncpg.connect(**options, timeout=CONNECT_SECONDS)
    try:
        for name, mark in (("json", b""), ("jsonb", b"\1")):
            await _takes_text(driver, name, mark)
    except BaseException:
        driver.terminate()
        raise
    return driver


async def _takes_text(driver: Driver, name: str, mark: bytes) -> None:
    """json goes in as text and comes out as a value; `mark` is what PostgreSQL writes before it."""
    await driver.set_type_codec(
        name,
        schema="pg_catalog",
        encoder=lambda text: mark + text.encode(),
        decoder=lambda sent: orjson.loads(sent[len(mark) :]),
        format="binary",
    )
