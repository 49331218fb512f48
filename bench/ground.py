"""What is measured on: a PostgreSQL of our own with a filled register of each size."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from app.benchdata import Filled, fill
from app.embedded import Embedded
from app.store.migrations import upgrade
from app.store.roles import ATTRIBUTES, DATABASE, create_roles

BIG = "bench-01"
SAMPLE = 2_000
# Durable, as in production (fsync and synchronous_commit stay on); room as a small server has it.
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min", "max_connections": "80"}


@dataclass(frozen=True)
class Register:
    """One filled database: who may call it and some complaints to read."""

    server: Embedded
    database: str
    size: int
    filled: Filled
    complaints: tuple[UUID, ...]

    def url(self, role: str) -> str:
        return self.server.url(role, self.database)

    @property
    def organisation(self) -> UUID:
        return self.filled.organisations[BIG]


@contextmanager
def server(directory: Path) -> Iterator[Embedded]:
    with Embedded.start(directory, settings=SETTINGS) as running:
        yield running


def register(running: Embedded, size: int, newly_breached: int) -> Register:
    """A database of its own, migrated and filled."""
    database = DATABASE if size <= 10_000 else f"{DATABASE}_{size}"
    passwords = {role: running.password(role) for role in ATTRIBUTES}
    asyncio.run(create_roles(running.url("postgres", "postgres"), passwords, database))
    asyncio.run(upgrade(running.url("gehoor_owner", database)))
    url = running.url("postgres", database)
    filled = fill(url, complaints=size, newly_breached=newly_breached)
    return Register(running, database, size, filled, asyncio.run(_sample(url, filled.organisations[BIG])))


async def _sample(url: str, organisation: UUID) -> tuple[UUID, ...]:
    """Complaints of the big organisation from all its years, the same number from every part."""
    connection = await connected(url)
    try:
        rows = await connection.fetch(
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS number, count(*) OVER () AS total"
            " FROM complaints WHERE organisation_id = $1) numbered WHERE number % greatest(total / $2, 1) = 0",
            *(organisation, SAMPLE),
        )
        return tuple(row["id"] for row in rows)
    finally:
        await connection.close()


async def connected(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(url.replace("postgresql+asyncpg:", "postgresql:", 1))
