"""Someone involved in a case sees no trace of it; everybody else sees it as before (promise P9)."""

import asyncpg
import pytest

from app.store import dossiers
from app.store.session import Database, Reading
from app.store.transaction import Transaction
from tests.store.conftest import Case
from tests.store.rows import AT, dossier, event_row, insert
from tests.store.test_session import HASH

HANGING = ("complaints", "parties", "events", "terms", "outbox", "involvements", "idempotency_answers", "drafts")


async def declare(tx: Transaction, case: Case, role: str = "director") -> None:
    row = {"complaint_id": case.complaint, "staff_id": case.organisation.staff[role], "declared_at": AT}
    await insert(tx, "involvements", row)


async def keep_answer(tx: Transaction, case: Case) -> None:
    row = {"caller_id": tx.caller.key_id, "key": "k", "request_hash": HASH, "complaint_id": case.complaint}
    await insert(tx, "idempotency_answers", {**row, "status": 201, "body": "canary"})
    await insert(tx, "drafts", {"complaint_id": case.complaint, "reason": "r", "filing": "{}", "received_at": AT})


async def counts(tx: Transaction) -> dict[str, int]:
    return {name: len(await tx.fetch(f"SELECT FROM {name}")) for name in HANGING}


async def test_all_that_hangs_on_the_complaint_is_gone_for_them_alone(database: Database, case: Case):
    async with database.request(case.key("director"), "k", HASH) as tx:
        await declare(tx, case)
        await keep_answer(tx, case)
    for name in ("complaints_officer", "admin", "system"):
        async with database.request(case.key(name)) as tx:
            assert 0 not in (await counts(tx)).values(), name
    async with database.request(case.key("director"), "k", HASH) as tx:
        assert set((await counts(tx)).values()) == {0}
        assert tx.replay is None


async def test_the_wall_stands_in_a_reading(narrow: Database, case: Case):
    """Also when one and the same connection just read it for somebody else."""
    async with narrow.organisation(case.organisation.id) as tx:
        await declare(tx, case)
    for name, seen in [("director", 0), ("system", 1), ("complaints_officer", 1)] * 8:
        reading = Reading(narrow, case.key(name), lambda _: None)
        assert len(await reading.fetch("SELECT id FROM complaints WHERE id = $1", case.complaint)) == seen, name
        assert (await dossiers.read(reading, case.complaint) is not None) == bool(seen), name


async def test_other_complaints_stay(database: Database, case: Case):
    async with database.organisation(case.organisation.id) as tx:
        mine = await dossier(tx)
        await declare(tx, case)
    async with database.request(case.key("director")) as tx:
        assert [row["id"] for row in await tx.fetch("SELECT id FROM complaints")] == [mine]
        assert {row["complaint_id"] for row in await tx.fetch("SELECT complaint_id FROM events")} == {mine}


async def test_they_cannot_act_in_it(database: Database, case: Case):
    async with database.organisation(case.organisation.id) as tx:
        await declare(tx, case)
    async with database.request(case.key("director")) as tx:
        assert await tx.execute("UPDATE complaints SET category = 'x' WHERE id = $1", case.complaint) == "UPDATE 0"
        assert await tx.fetch("SELECT FROM complaints WHERE id = $1 FOR UPDATE", case.complaint) == []
    for table, row in (
        ("events", event_row(tx, case.complaint, 4, bytes(32))),
        ("parties", {"complaint_id": case.complaint, "role": "witness"}),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.request(case.key("director")) as tx:
                await insert(tx, table, row)


async def test_they_cannot_clear_themselves_and_a_colleague_can(database: Database, case: Case):
    """What was taken back hides nothing any more; the row stays, and a new declaration is another."""
    cleared = "UPDATE involvements SET cleared_at = now() WHERE complaint_id = $1"
    async with database.organisation(case.organisation.id) as tx:
        await declare(tx, case)
    async with database.request(case.key("director")) as tx:
        assert await tx.execute(cleared, case.complaint) == "UPDATE 0"
    async with database.request(case.key("complaints_officer")) as tx:
        assert await tx.execute(cleared, case.complaint) == "UPDATE 1"
    async with database.request(case.key("director")) as tx:
        assert (await counts(tx))["complaints"] == (await counts(tx))["involvements"] == 1
    async with database.request(case.key("complaints_officer")) as tx:
        await declare(tx, case)  # anew: another row, whoever writes it
    async with database.request(case.key("director")) as tx:
        assert set((await counts(tx)).values()) == {0}


async def test_the_worker_still_guards_it(database: Database, worker_database: Database, case: Case):
    async with database.organisation(case.organisation.id) as tx:
        await declare(tx, case)
    async with worker_database.worker() as tx:
        assert await tx.fetch("SELECT FROM terms WHERE complaint_id = $1", case.complaint)


async def test_who_is_no_employee_costs_nothing(database: Database, case: Case):
    """The wall is asked once per statement, and without an employee it does not ask the table at all."""
    sql = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT FROM events"
    async with database.request(case.key("system")) as tx:
        plan = "\n".join(row[0] for row in await tx.driver.fetch(sql))
    assert "InitPlan" in plan
    assert "involvements" not in plan.replace("app_involvements", "")
