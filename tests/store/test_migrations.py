"""Migrations go up, down and up again, leave nothing behind, and agree with the tables of the code."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.embedded import Embedded
from app.store.health import SCRIPTS, Unsafe, head
from app.store.migrations import check, downgrade, upgrade

LEFT = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic_version%'
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT policyname FROM pg_policies
UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')
UNION ALL SELECT defaclacl::text FROM pg_default_acl
"""


@pytest_asyncio.fixture
async def empty(server: Embedded) -> AsyncIterator[str]:
    """The owner's address of a database of its own, without tables."""
    owner = await asyncpg.connect(server.url("gehoor_owner").replace("+asyncpg", ""))
    await owner.execute("CREATE DATABASE up_and_down TEMPLATE template0")
    await owner.close()
    yield server.url("gehoor_owner", "up_and_down")
    superuser = await asyncpg.connect(server.url("postgres").replace("+asyncpg", ""))
    await superuser.execute("DROP DATABASE up_and_down WITH (FORCE)")  # also where a table is being vacuumed just then
    await superuser.close()


async def test_up_down_up(empty: str):
    await upgrade(empty)
    await check(empty)
    await downgrade(empty, "base")
    connection = await asyncpg.connect(empty.replace("+asyncpg", ""))
    assert await connection.fetch(LEFT) == []
    await connection.close()
    await upgrade(empty)
    await check(empty)
    await upgrade(empty)  # a second time does nothing


async def test_each_step_down_can_go_up_again(empty: str):
    await upgrade(empty)
    for _ in list(SCRIPTS.glob("versions/*.py")):
        await downgrade(empty, "-1")
        await upgrade(empty, "+1")
        await downgrade(empty, "-1")


async def test_a_table_in_use_is_told_in_a_sentence_and_migrating_goes_on_from_there(empty: str):
    await upgrade(empty, "0002")
    connection = await asyncpg.connect(empty.replace("+asyncpg", ""))
    async with connection.transaction():
        await connection.execute("LOCK TABLE organisations IN ACCESS SHARE MODE")  # as pg_dump does
        with pytest.raises(Unsafe, match=r"^A table is in use, or a transaction lasts long, "):
            await upgrade(empty, "0003")
    await upgrade(empty, "0003")
    await connection.close()


async def test_each_key_learns_which_was_the_first(empty: str):
    """0028: the keys of before it, of whatever organisation."""
    await upgrade(empty, "0027")
    connection = await asyncpg.connect(empty.replace("+asyncpg", ""))
    keys = {name: uuid4() for name in ("first", "second", "third", "alone")}
    for chain in (("third", "second", "first"), ("alone",)):
        organisation, replaced_by = uuid4(), None
        await connection.execute("SELECT set_config('app.organisation', $1, false)", str(organisation))
        await connection.execute(
            "INSERT INTO organisations (id, slug, name) VALUES ($1, $2, 'o')", organisation, chain[0]
        )
        for name in chain:
            await connection.execute(
                "INSERT INTO api_keys (organisation_id, id, kind, name, prefix, key_hash, replaced_by)"
                " VALUES ($1, $2, 'system', $3, 'p', sha256($4), $5)",
                *(organisation, keys[name], name, name.encode(), replaced_by),
            )
            replaced_by = keys[name]
    await upgrade(empty)
    await connection.execute("ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY")
    found = {row["name"]: row["first_key_id"] for row in await connection.fetch("SELECT * FROM api_keys")}
    await connection.close()
    assert found == {"first": None, "second": keys["first"], "third": keys["first"], "alone": None}


async def test_an_index_that_was_broken_off_is_made_anew(empty: str):
    """0037: made outside a transaction, so one of which the making was broken off is left, and of no use."""
    await upgrade(empty, "0035")
    connection = await asyncpg.connect(empty.replace("+asyncpg", ""))
    handled = "terms (organisation_id, handler_id, act_by, id) WHERE open AND handler_id IS NOT NULL"
    broken = "CREATE INDEX CONCURRENTLY terms_ended_idx ON alembic_version ((1 / (length(version_num) - 4)))"
    with pytest.raises(asyncpg.DivisionByZeroError):
        await connection.execute(broken)
    await connection.execute(f"CREATE INDEX terms_handler_idx ON {handled}")
    whole = await connection.fetchval("SELECT 'terms_handler_idx'::regclass::oid")
    await connection.execute("CREATE INDEX complaints_received_new ON complaints (id)")
    await connection.execute("DROP INDEX complaints_received_idx")  # between this and the new name
    await upgrade(empty)
    await check(empty)
    assert await connection.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'terms_ended_idx'::regclass")
    assert await connection.fetchval("SELECT 'terms_handler_idx'::regclass::oid") == whole  # what is whole is left
    await connection.close()


async def test_drift_is_found(empty: str):
    await upgrade(empty)
    connection = await asyncpg.connect(empty.replace("+asyncpg", ""))
    await connection.execute("ALTER TABLE terms ALTER COLUMN duty DROP NOT NULL")
    await connection.close()
    with pytest.raises(CommandError):
        await check(empty)


async def test_the_checks_are_those_of_the_code(empty: str):
    """What `alembic check` does not compare: CHECK constraints and primary keys."""
    from sqlalchemy.ext.asyncio import create_async_engine

    from app.store.tables import events

    sql = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    connection = await asyncpg.connect(empty.replace("+asyncpg", ""))
    await upgrade(empty)
    migrated = {tuple(row) for row in await connection.fetch(sql)}
    await downgrade(empty, "base")
    await connection.execute("CREATE FUNCTION name_key(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1")
    engine = create_async_engine(empty)
    async with engine.begin() as core:
        await core.run_sync(events.metadata.create_all)
    await engine.dispose()
    coded = {tuple(row) for row in await connection.fetch(sql)}
    await connection.close()
    assert {row for row in migrated if row[0] != "alembic_version_pkc"} - coded == set()
    assert coded - migrated == set()


def test_every_migration_limits_how_long_it_waits():
    for path in SCRIPTS.glob("versions/*.py"):
        assert len(re.findall(r"\bSET (?:LOCAL )?lock_timeout", path.read_text())) == 2, path.name
    assert "SET LOCAL lock_timeout" in (SCRIPTS / "script.py.mako").read_text()


def test_there_is_one_head():
    """Numbers and alembic's own order agree."""
    assert [head()] == ScriptDirectory(str(SCRIPTS)).get_heads()
