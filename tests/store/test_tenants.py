"""Organisations are kept apart by the database, also where the application's own filters are missing (promise P8)."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.domain.ledger import GENESIS
from app.store import tables
from app.store.session import Database
from app.store.transaction import Transaction
from tests.store.conftest import Case
from tests.store.rows import AT, complaint_row, dossier, event_row, insert, outbox_row, term_row
from tests.store.test_tables import BODIES_OWN, TENANT


async def test_no_table_shows_another_organisations_rows(database: Database, case: Case, other: Case):
    async with database.request(case.key()) as tx:
        for name in sorted(TENANT):
            rows = await tx.fetch(f"SELECT organisation_id, t::text AS text FROM {name} t")
            assert {row["organisation_id"] for row in rows} <= {case.organisation.id}, name
            assert not [row for row in rows if str(other.organisation.id) in row["text"]], name
        assert len(await tx.fetch("SELECT FROM organisations")) == 1
        assert len(await tx.fetch("SELECT FROM events")) == 3


async def test_without_an_organisation_nothing_is_seen(database: Database, case: Case):
    async with database.snapshot() as tx:
        for name in sorted(TENANT | {"organisations"} | BODIES_OWN):
            assert await tx.fetch(f"SELECT FROM {name}") == [], name


async def test_nothing_of_another_organisation_is_changed(database: Database, case: Case, other: Case):
    async with database.request(case.key()) as tx:
        for sql in (
            "UPDATE complaints SET category = 'x' WHERE id = $1",
            "UPDATE terms SET soft = true WHERE complaint_id = $1",
            "UPDATE parties SET name = 'x' WHERE complaint_id = $1",
        ):
            assert await tx.execute(sql, other.complaint) == "UPDATE 0"
            assert await tx.execute(sql, case.complaint) == "UPDATE 1"


Hang = Callable[[Transaction, Case, Case], Any]

HANGED: dict[str, Hang] = {
    "event": lambda tx, _, other: insert(tx, "events", event_row(tx, other.complaint, 9, GENESIS)),
    "term": lambda tx, _, other: insert(tx, "terms", term_row(other.complaint, key="k")),
    "party": lambda tx, _, other: insert(tx, "parties", {"complaint_id": other.complaint, "role": "complainant"}),
    "outbox, complaint": lambda tx, _, other: insert(tx, "outbox", outbox_row(other.complaint, uuid4())),
    "handler": lambda tx, _, other: insert(
        tx, "complaints", complaint_row(handler_id=other.organisation.staff["director"])
    ),
    "involvement, complaint": lambda tx, case, other: _involved(tx, case, other.complaint),
    "involvement, person": lambda tx, case, other: _involved(tx, other, case.complaint),
    "key": lambda tx, _, other: insert(
        tx,
        "api_keys",
        {
            "kind": "staff",
            "name": "k",
            "prefix": "p",
            "key_hash": uuid4().bytes * 2,
            "staff_id": other.organisation.staff["director"],
        },
    ),
}


def _involved(tx: Transaction, person: Case, complaint: object) -> Any:
    row = {"complaint_id": complaint, "staff_id": person.organisation.staff["director"], "declared_at": AT}
    return insert(tx, "involvements", row)


@pytest.mark.parametrize("what", HANGED)
async def test_no_row_is_hung_on_another_organisations(database: Database, case: Case, other: Case, what: str):
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with database.request(case.key()) as tx:
            await HANGED[what](tx, case, other)


@pytest.mark.parametrize("what", HANGED)
async def test_an_existing_id_of_another_and_one_of_nobody_are_refused_alike(
    database: Database, case: Case, other: Case, what: str
):
    nobody = Case(
        other.organisation.__class__(uuid4(), "", {}, dict.fromkeys(other.organisation.staff, uuid4())), uuid4()
    )
    messages = set()
    for target in (other, nobody):
        with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
            async with database.request(case.key()) as tx:
                await HANGED[what](tx, case, target)
        messages.add(str(refused.value))
    assert len(messages) == 1


async def test_a_row_is_not_written_into_another_organisation(database: Database, case: Case, other: Case):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.request(case.key()) as tx:
            await insert(tx, "complaints", complaint_row(organisation_id=other.organisation.id))


async def test_ids_of_another_organisation_may_be_taken_again(database: Database, case: Case, other: Case):
    async with database.request(case.key()) as tx:
        await insert(tx, "complaints", complaint_row(id=other.complaint))


@pytest.mark.parametrize("sql", ["UPDATE events SET facts = '{}'", "DELETE FROM events", "TRUNCATE events"])
@pytest.mark.parametrize("table", ["events", "procedure_versions"])
@pytest.mark.parametrize("role", ["app", "worker", "backup"])
async def test_what_is_insert_only_stays_as_it_is(urls: dict[str, str], case: Case, role: str, table: str, sql: str):
    column = "facts" if table == "events" else "definition"
    connection = await asyncpg.connect(urls[role].replace("+asyncpg", ""))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(sql.replace("events", table).replace("facts", column))
    await connection.close()


WORKER_MAY_NOT = [
    "SELECT texts FROM events",
    "SELECT salt FROM events",
    "SELECT * FROM events",
    "SELECT * FROM parties",
    "SELECT * FROM staff",
    "SELECT * FROM api_keys",
    "SELECT name FROM organisations",
    "SELECT settings FROM organisations",
    "SELECT body FROM idempotency_answers",
    "SELECT texts FROM review_completions",
    "UPDATE complaints SET verdict = 'upheld'",
    "UPDATE complaints SET handler_id = null",
    "UPDATE events SET type = 'x'",
    "DELETE FROM complaints",
    "DELETE FROM terms",
    "INSERT INTO involvements DEFAULT VALUES",
    "UPDATE organisations SET clock_offset = '1 day'",
]


@pytest.mark.parametrize("sql", WORKER_MAY_NOT)
async def test_the_worker_reads_no_texts_and_changes_no_case(worker_database: Database, case: Case, sql: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with worker_database.worker() as tx:
            await tx.execute(sql)


async def test_the_worker_sees_due_dates_and_states_of_all(worker_database: Database, case: Case, other: Case):
    async with worker_database.worker() as tx:
        for sql in (
            "SELECT organisation_id FROM terms WHERE due_on IS NOT NULL",
            "SELECT organisation_id FROM events WHERE facts IS NOT NULL",
            "SELECT organisation_id FROM outbox",
            "SELECT id AS organisation_id FROM organisations WHERE clock_offset IS NOT NULL",
        ):
            seen = {row["organisation_id"] for row in await tx.fetch(sql)}
            assert {case.organisation.id, other.organisation.id} <= seen


ONE = "organisation_id = $1 AND id = $2"


async def test_the_worker_records_a_breach(worker_database: Database, case: Case):
    async with worker_database.organisation(case.organisation.id) as tx:
        held = await tx.fetchrow(
            f"SELECT head_sequence, head_hash FROM complaints WHERE {ONE} FOR UPDATE SKIP LOCKED",
            case.organisation.id,
            case.complaint,
        )
        assert held is not None
        row = event_row(tx, case.complaint, held["head_sequence"] + 1, held["head_hash"], texts=None, salt=None)
        event = await insert(tx, "events", row)
        await insert(tx, "outbox", outbox_row(case.complaint, event))
        sql = f"UPDATE complaints SET head_sequence = $3, head_hash = $4, state = 'late' WHERE {ONE}"
        values = (case.organisation.id, case.complaint, row["sequence"], row["hash"])
        assert await tx.execute(sql, *values) == "UPDATE 1"
        sql = "UPDATE terms SET state = 'overdue' WHERE organisation_id = $1 AND complaint_id = $2"
        assert await tx.execute(sql, case.organisation.id, case.complaint) == "UPDATE 1"


async def test_the_worker_clears_old_answers(worker_database: Database):
    async with worker_database.worker() as tx:
        sql = "DELETE FROM idempotency_answers WHERE created_at < now() - interval '7 days'"
        assert (await tx.execute(sql)).startswith("DELETE ")


async def test_the_owner_is_behind_the_wall_too(owner_database: Database, case: Case):
    async with owner_database.snapshot() as tx:
        for name in sorted(TENANT | {"organisations"}):
            assert await tx.fetch(f"SELECT FROM {name}") == [], name


async def test_a_backup_is_whole(backup_database: Database, case: Case, other: Case, superuser: asyncpg.Connection):
    async with backup_database.snapshot() as tx:
        for name in tables.events.metadata.tables:
            row = await tx.fetchrow(f"SELECT count(*) AS number FROM {name}")
            assert row is not None
            assert row["number"] == await superuser.fetchval(f"SELECT count(*) FROM {name}"), name


async def test_the_wall_costs_no_index(database: Database, case: Case):
    """The tenant's condition becomes part of the index scan, on every table with its own rows by id."""
    async with database.request(case.key("director")) as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        # a body finds its cases, and what it was told, over all organisations: the store names the organisation in each
        # statement on these
        for name in sorted(TENANT - {"escalations", "deliveries", "delivery_attempts"}):
            plan = "\n".join(
                row[0] for row in await tx.driver.fetch(f"EXPLAIN SELECT FROM {name} WHERE id = '{uuid4()}'")
            )
            condition = next(line for line in plan.splitlines() if "Index Cond" in line)
            assert "organisation_id" in condition, plan


async def test_canary_words_stay_at_home(database: Database, case: Case, other: Case):
    async with database.request(other.key()) as tx:
        await dossier(tx)
        found = await tx.fetch("SELECT texts FROM events UNION ALL SELECT name FROM parties")
        assert found
        assert not [row for row in found if str(case.organisation.id) in row["texts"]]
