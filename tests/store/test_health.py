"""The service does not start as a role that row level security cannot hold, and says why it is not ready."""

from collections.abc import Mapping

import asyncpg
import pytest

from app.embedded import Embedded
from app.store.health import Serving, Unsafe, behind, head, readiness, refuse_unsafe
from app.store.session import Database


@pytest.mark.parametrize("role", ["app", "worker"])
async def test_the_roles_of_the_service_are_safe(urls: Mapping[str, str], role: Serving):
    database = Database(urls[role], pool_size=1)
    await refuse_unsafe(database, role)
    await database.close()


async def test_the_api_is_ready(database: Database):
    assert await readiness(database) == []


@pytest.mark.parametrize(("given", "role"), [("worker", "app"), ("app", "worker")])
async def test_the_one_in_the_place_of_the_other_is_refused(urls: Mapping[str, str], given: str, role: Serving):
    database = Database(urls[given], pool_size=1)
    sentence = f"The role gehoor_{given} may not do the work of gehoor_{role}: log in as gehoor_{role}."
    with pytest.raises(Unsafe, match=sentence):
        await refuse_unsafe(database, role)
    if role == "app":
        assert sentence in await readiness(database)
    await database.close()


async def test_before_the_tables_are_there_no_role_is_a_stranger(server: Embedded):
    """A process that starts before the migration waits for it, and says so."""
    database = Database(server.url("gehoor_app", "template1"), pool_size=1)
    await refuse_unsafe(database)
    assert await behind(database)
    await database.close()


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("postgres", "The role postgres is a superuser"),
        ("backup", r"The role gehoor_backup goes past row level security \(BYPASSRLS\)"),
        ("owner", "The role gehoor_owner owns tables"),
    ],
)
async def test_other_roles_are_refused(urls: Mapping[str, str], role: str, reason: str):
    database = Database(urls[role], pool_size=1)
    with pytest.raises(Unsafe, match=reason):
        await refuse_unsafe(database)
    await database.close()


async def test_a_role_that_can_become_the_owner_is_refused(
    server: Embedded, urls: Mapping[str, str], superuser: asyncpg.Connection
):
    await superuser.execute("CREATE ROLE climber LOGIN PASSWORD 'climber' IN ROLE gehoor_owner")
    database = Database(f"postgresql+asyncpg://climber:climber@127.0.0.1:{server.port}/gehoor", pool_size=1)
    try:
        with pytest.raises(Unsafe, match="owns tables"):
            await refuse_unsafe(database)
    finally:
        await database.close()
        await superuser.execute("DROP ROLE climber")


@pytest.mark.parametrize("setting", ["synchronous_commit", "full_page_writes", "fsync"])
async def test_what_could_lose_a_complaint_is_not_ready(tmp_path_factory: pytest.TempPathFactory, setting: str):
    with Embedded.start(tmp_path_factory.mktemp(setting), settings={setting: "off"}) as server:
        database = Database(server.url("gehoor_app"), pool_size=1)
        said = await readiness(database)
        await database.close()
    assert said == [
        f"PostgreSQL runs with {setting} off for gehoor_app: what was acknowledged could be lost.",
        "The database has no tables yet: run `python -m app migrate`.",
    ]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0000", ["The database is at migration 0000, this service needs "]),
        ("9999", []),  # the next version is being put in place beside this one
    ],
)
async def test_an_older_database_is_not_ready(
    database: Database, superuser: asyncpg.Connection, version: str, said: list[str]
):
    await superuser.execute("UPDATE alembic_version SET version_num = $1", version)
    try:
        assert [each.partition(head())[0] for each in await readiness(database)] == said
        assert await behind(database) is bool(said)
    finally:
        await superuser.execute("UPDATE alembic_version SET version_num = $1", head())


async def test_nobody_there_is_not_ready():
    database = Database("postgresql+asyncpg://gehoor_app:x@127.0.0.1:1/gehoor")
    assert await readiness(database) == ["The database cannot be reached."]
    await database.close()
