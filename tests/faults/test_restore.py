"""A backup is restored into another PostgreSQL (P12): all is there, and who follows the feed misses nothing."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest
import pytest_asyncio

from app.embedded import Embedded
from app.store.migrations import upgrade
from app.store.session import Database
from app.store.verify import tampered
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# More transactions than a new PostgreSQL needs to be filled.
MUCH = "do $$ begin for i in 1..5000 loop perform pg_current_xact_id(); commit; end loop; end $$"


def run(server: Embedded, tool: str, role: str, *arguments: str) -> None:
    where = ["-h", server.host, "-p", str(server.port), "-U", role]
    known = {**os.environ, "PGPASSWORD": server.password(role)}
    done = subprocess.run(
        [str(server.bin_dir / tool), *where, *arguments], env=known, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[:2000]


@pytest_asyncio.fixture
async def restored(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Embedded]:
    """Another PostgreSQL, into which a dump can be restored."""
    with Embedded.start(tmp_path_factory.mktemp("restored")) as other:
        yield other


async def followed(desk: Desk, after: str = "") -> tuple[set[str], str]:
    """The complaints of which the feed tells after a place, and where it ends; something must come."""
    for _ in range(100):
        page = await desk.get(f"/events{f'?after={after}' if after else ''}", by="auditor")
        if page["items"]:
            return {item["subject"] for item in page["items"]}, page["next"]
        await asyncio.sleep(0.02)  # a transaction of the server's own may hold the end back
    return set(), after


async def test_the_feed_goes_on_after_a_restore(
    server: Embedded,
    restored: Embedded,
    database: Database,
    new_organisation: NewOrganisation,
    superuser: Superuser,
    tmp_path: Path,
) -> None:
    await superuser.execute(MUCH)
    made = await office(new_organisation, database)
    async with client(database) as opened:
        desk = Desk(opened, made)
        first = await desk.file()
        told, end = await followed(desk)
        assert told == {first["id"]}

    # what tests that tamper with a ledger left behind
    await superuser.execute("delete from outbox o where not exists (select from events e where e.id = o.event_id)")
    dump = str(tmp_path / "gehoor.dump")
    run(server, "pg_dump", "gehoor_backup", "-Fc", "-f", dump, "gehoor")
    run(restored, "pg_restore", "postgres", "-d", "gehoor", dump)
    await upgrade(restored.url("gehoor_owner"))

    there, backup = Database(restored.url("gehoor_app")), Database(restored.url("gehoor_backup"), pool_size=1)
    async with client(there) as opened:
        desk = Desk(opened, made)
        assert await followed(desk) == (told, end)
        second = await desk.file()
        assert (await followed(desk, end))[0] == {second["id"]}
    mine = [fault async for fault in tampered(backup) if fault.organisation == made.slug]
    assert mine == []
    await there.close()
    await backup.close()
