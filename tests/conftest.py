"""A real PostgreSQL, started and migrated once per test process; each test makes organisations of its own.

The wall between organisations is what keeps tests apart too: no savepoints, no clean-up, and what commits is committed.
"""

import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from app.domain.callers import SCOPES_OF_KIND
from app.embedded import Embedded
from app.store.keys import NewKey, new_key
from app.store.migrations import upgrade
from app.store.session import Database
from app.store.transaction import Transaction

pytest_plugins = ["tests.proofs"]

# A busy machine is no fault of the code: a property says what is true, not how fast. What wants more or fewer examples
# takes a share of these, so that `make fuzz` tries twenty times as many of each.
settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("quick"), max_examples=1000)
settings.load_profile("quick")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are processors, because many tests wait."""
    return len(os.sched_getaffinity(0)) + 2


# What is collected stays until the end: there is nothing in it for the garbage collector to find.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@dataclass(frozen=True)
class Organisation:
    """One that a test made. `keys` by kind (`admin`, `system`, ...) and by role of the staff; `staff` ids by role."""

    id: UUID
    slug: str
    keys: dict[str, NewKey] = field(default_factory=dict)
    staff: dict[str, UUID] = field(default_factory=dict)


NewOrganisation = Callable[..., Awaitable[Organisation]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded.start(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def urls(server: Embedded) -> Mapping[str, str]:
    """The migrated database's address by role: owner, app, worker, backup, postgres (the superuser)."""
    await upgrade(server.url("gehoor_owner"))
    roles = {name: server.url(f"gehoor_{name}") for name in ("owner", "app", "worker", "backup")}
    return {**roles, "postgres": server.url("postgres")}


async def _open(url: str) -> AsyncIterator[Database]:
    database = Database(url, pool_size=8, wait=10)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def database(urls: Mapping[str, str]) -> AsyncIterator[Database]:
    """As the API has it."""
    async for opened in _open(urls["app"]):
        yield opened


@pytest_asyncio.fixture(scope="session")
async def worker_database(urls: Mapping[str, str]) -> AsyncIterator[Database]:
    async for opened in _open(urls["worker"]):
        yield opened


@pytest_asyncio.fixture(scope="session")
async def owner_database(urls: Mapping[str, str]) -> AsyncIterator[Database]:
    async for opened in _open(urls["owner"]):
        yield opened


@pytest_asyncio.fixture(scope="session")
async def backup_database(urls: Mapping[str, str]) -> AsyncIterator[Database]:
    """Reads everything of every organisation."""
    async for opened in _open(urls["backup"]):
        yield opened


@pytest_asyncio.fixture
async def superuser(urls: Mapping[str, str]) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """For looking past every wall, and for breaking things."""
    connection = await asyncpg.connect(urls["postgres"].replace("+asyncpg", ""))
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def new_organisation(owner_database: Database) -> NewOrganisation:
    """Makes an organisation with a key of each kind, and an employee with a key for each of `roles`."""

    async def make(
        slug: str | None = None,
        *,
        sandbox: bool = True,
        clock_offset: timedelta = timedelta(),
        roles: tuple[str, ...] = ("complaints_officer", "director"),
    ) -> Organisation:
        made = Organisation(uuid4(), slug or f"o-{uuid4().hex[:12]}")
        async with owner_database.founding(made.id) as tx:
            await tx.execute(
                "INSERT INTO organisations (id, slug, name, sandbox, clock_offset) VALUES ($1, $2, $2, $3, $4)",
                made.id,
                made.slug,
                sandbox,
                clock_offset,
            )
            for kind in ("admin", "system", "website", "reporter", "auditor"):
                await _key(tx, made, kind, kind, None)
            for role in roles:
                await _employee(tx, made, role)
        return made

    return make


async def _employee(tx: Transaction, made: Organisation, role: str) -> None:
    made.staff[role] = uuid4()
    await tx.execute(
        "INSERT INTO staff (organisation_id, id, name, email, roles) VALUES ($1, $2, $3, $4, $5)",
        made.id,
        made.staff[role],
        f"Medewerker {role}",
        f"{role}@{made.slug}.example",
        [role],
    )
    await _key(tx, made, role, "staff", made.staff[role])


async def _key(tx: Transaction, made: Organisation, name: str, kind: str, staff_id: UUID | None) -> None:
    key = made.keys[name] = new_key()
    await tx.execute(
        "INSERT INTO api_keys (organisation_id, kind, name, prefix, key_hash, scopes, staff_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        made.id,
        kind,
        name,
        key.prefix,
        key.key_hash,
        sorted(SCOPES_OF_KIND[kind]),
        staff_id,
    )


@pytest_asyncio.fixture
async def empty_directory(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    """No external body has a key: those that other tests put in the shared directory are under other names now."""
    await superuser.execute("update bodies set slug = slug || '-' || id")
