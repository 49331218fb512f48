"""A register that is filled quickly is a real one: every ledger whole, and the guard finds in it what is late."""

import asyncio
from collections.abc import Mapping

import asyncpg

from app.benchdata import fill
from app.services.guard import flag_breaches
from app.store.session import Database
from app.store.verify import published, tampered


async def test_a_filled_register_is_whole_and_guarded(
    urls: Mapping[str, str],
    backup_database: Database,
    worker_database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
):
    filled = await asyncio.to_thread(
        fill, urls["postgres"], organisations=2, complaints=40, newly_breached=5, processes=1
    )
    mine = list(filled.organisations.values())
    assert set(filled.organisations) == {"bench-01", "bench-02"}
    counted = "select count(*) from complaints where organisation_id = any($1)"
    assert await superuser.fetchval(counted, mine) == 45
    assert [fault async for fault in tampered(backup_database) if fault.organisation in filled.organisations] == []
    versions = [fault async for fault in published(backup_database)]
    assert [fault for fault in versions if fault and fault.organisation in filled.organisations] == []
    breaches = "select count(*) from events where organisation_id = any($1) and type = 'term.breached'"
    before = await superuser.fetchval(breaches, mine)
    more = 1
    while more:
        async with worker_database.worker() as tx:
            more = await flag_breaches(tx)
    assert await superuser.fetchval(breaches, mine) == before + 5
