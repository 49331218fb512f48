"""The guard's work, one round at a time."""

from datetime import timedelta

import asyncpg

from app.domain.callers import Actor
from app.domain.intake import Intake
from app.procedures.reading import shipped_named
from app.services import procedures
from app.services.complaints import Filing, receive
from app.services.guard import flag_breaches
from app.store.session import Database
from tests.conftest import NewOrganisation


async def _rounds(worker: Database, batch: int = 200) -> int:
    """How often there was work before there was none."""
    for number in range(20):
        async with worker.worker() as tx:
            if not await flag_breaches(tx, batch):
                return number
    raise AssertionError("there is always work")


async def test_dossiers_that_cannot_be_read_keep_the_guard_from_no_other_and_give_it_its_pause(
    database: Database,
    owner_database: Database,
    worker_database: Database,
    new_organisation: NewOrganisation,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    made = await new_organisation()
    procedure = shipped_named("jso")
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, procedure, allow_past=True)
        given = frozenset({"description", "complainant_name", "complainant_name_or_organisation"})
        intake = Intake("email", tx.now, complainant_type="customer", given=given)
        filing = Filing(intake, texts={"description": "Te laat."})
        *broken, _ = [(await receive(tx, filing, Actor("system"))).row["id"] for _ in range(4)]
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute("update complaints set procedure_version = 99 where id = any($1)", broken)
    async with owner_database.founding(made.id) as tx:
        await tx.execute("update organisations set clock_offset = $2 where id = $1", made.id, timedelta(days=30))
    try:
        for _ in range(3):  # more of them than are looked at together, and all of them come before the good one
            await _rounds(worker_database, batch=2)
        flagged = "select count(*) from events where organisation_id = $1 and type = 'term.breached'"
        assert await superuser.fetchval(flagged, made.id) == 1
    finally:
        await superuser.execute("update complaints set procedure_version = 1 where id = any($1)", broken)
    assert await _rounds(worker_database) == 0  # looked at again after a minute
    await superuser.execute("update terms set guard_after = now() where complaint_id = any($1)", broken)
    assert await _rounds(worker_database) >= 1
    assert await superuser.fetchval(flagged, made.id) == 4
