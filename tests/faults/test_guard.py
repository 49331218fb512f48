"""Every breach is flagged exactly once and never early: with four workers, clocks a day off, and kill -9 among them."""

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.callers import Actor
from app.domain.intake import Intake
from app.procedures.reading import shipped_named
from app.services import procedures
from app.services.complaints import Filing, receive
from app.store.session import Database
from app.store.verify import tampered
from tests.conftest import NewOrganisation, Organisation
from tests.faults.processes import kill, start, start_anew

FLAGGED = "select complaint_id, facts from events where organisation_id = $1 and type = 'term.breached'"


async def _office(database: Database, new_organisation: NewOrganisation, complaints: int) -> Organisation:
    """Complaints that came in today, each with one term of five working days."""
    made = await new_organisation()
    procedure = shipped_named("jso")
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, procedure, allow_past=True)
        for _ in range(complaints):
            given = frozenset({"description", "complainant_name", "complainant_name_or_organisation"})
            intake = Intake("email", tx.now, complainant_type="customer", given=given)
            await receive(tx, Filing(intake, texts={"description": "Te laat."}), Actor("system"))
    return made


async def _move(owner: Database, made: Organisation, by: timedelta) -> None:
    async with owner.founding(made.id) as tx:
        await tx.execute("update organisations set clock_offset = $2 where id = $1", made.id, by)


async def _flagged(backup: Database, organisation_id: UUID) -> list[UUID]:
    async with backup.snapshot() as tx:
        return [row["complaint_id"] for row in await tx.fetch(FLAGGED, organisation_id)]


async def _storm(
    urls: Mapping[str, str], backup: Database, due: Organisation, count: int, kills: int, seconds: float
) -> None:
    """Four workers, two of them a day off, killed at random and started again, until all is flagged."""
    hours = (0.0, 0.0, 24.0, -24.0)
    workers = [start(urls, "worker", hours=each) for each in hours]
    chance = random.Random(4)
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            if kills:
                await asyncio.sleep(chance.uniform(0.3, 1.2))
                number = chance.randrange(len(workers))
                kill(workers[number])
                workers[number] = start(urls, "worker", hours=hours[number])
                kills -= 1
            elif len(await _flagged(backup, due.id)) >= count:
                await asyncio.sleep(1)  # time enough to flag one twice
                return
            else:
                await asyncio.sleep(0.1)
    finally:
        for worker in workers:
            kill(worker)


@pytest.mark.parametrize(("complaints", "kills"), [(150, 6), pytest.param(2000, 60, marks=pytest.mark.long)])
@pytest.mark.proves("X-04", "X-05")
async def test_once_and_never_early(
    urls: Mapping[str, str],
    database: Database,
    owner_database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
    complaints: int,
    kills: int,
) -> None:
    due = await _office(database, new_organisation, complaints)
    not_due = await _office(database, new_organisation, 20)
    await _move(owner_database, due, timedelta(days=30))
    await _storm(urls, backup_database, due, complaints, kills, seconds=60 + kills)
    flagged = await _flagged(backup_database, due.id)
    assert len(flagged) == complaints
    assert len(set(flagged)) == complaints
    assert await _flagged(backup_database, not_due.id) == []
    async with backup_database.snapshot() as tx:
        announced = await tx.fetchrow(
            "select count(*) as n from outbox where organisation_id = $1 and type = 'term.breached'", due.id
        )
    assert announced is not None
    assert announced["n"] == complaints
    slugs = {due.slug, not_due.slug}
    assert [fault async for fault in tampered(backup_database) if fault.organisation in slugs] == []


async def test_catches_up_after_days(
    urls: Mapping[str, str],
    database: Database,
    owner_database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
) -> None:
    """Down for three days: what happened meanwhile is recorded with when it happened and when it was noticed."""
    made = await _office(database, new_organisation, 5)
    await _move(owner_database, made, timedelta(days=33))
    worker = start_anew(urls, "worker")
    try:
        for _ in range(100):
            await asyncio.sleep(0.1)
            if len(await _flagged(backup_database, made.id)) == 5:
                break
    finally:
        kill(worker)
    async with backup_database.snapshot() as tx:
        rows = await tx.fetch(
            "select occurred_at, recorded_at from events where organisation_id = $1 and type = 'term.breached'", made.id
        )
    assert len(rows) == 5
    assert all(row["recorded_at"] - row["occurred_at"] > timedelta(days=20) for row in rows)
