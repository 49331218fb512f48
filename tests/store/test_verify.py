"""Whatever a superuser changes in the ledger is found, and the row is named (promise P10)."""

from uuid import UUID

import asyncpg
import pytest

from app.domain.ledger import COLUMNS, GENESIS, event_hash
from app.store.session import Database
from app.store.tables import events
from app.store.verify import Altered, Tampered, published, tampered, walked
from tests.store.conftest import Case
from tests.store.rows import chained, complaint_row, dossier, insert

TAMPERED = {
    "id": "uuidv7()",
    "sequence": "9",
    "type": "'complaint.closed'",
    "occurred_at": "occurred_at + interval '1 microsecond'",
    "recorded_at": "recorded_at - interval '1 day'",
    "actor_kind": "'staff'",
    "actor_id": "null",
    "actor_role": "null",
    "facts": """'{"channel":"post"}'""",
    "texts": "'{}'",
    "salt": "sha256('x')",
    "texts_hash": "sha256('x')",
    "previous_hash": "sha256('x')",
    "hash": "sha256('x')",
}


async def found(backup_database: Database, case: Case) -> list[Tampered]:
    return [fault async for fault in tampered(backup_database) if fault.organisation == case.organisation.slug]


async def sabotage(superuser: asyncpg.Connection, sql: str, *arguments: object) -> None:
    # as replica: no foreign key stands in the way, as for somebody who edits the files of the database
    await superuser.execute("SET session_replication_role = replica")
    assert not (await superuser.execute(sql, *arguments)).endswith(" 0")
    await superuser.execute("SET session_replication_role = origin")


async def test_an_untouched_ledger_has_no_fault(backup_database: Database, case: Case):
    assert await found(backup_database, case) == []


async def test_every_ledger_is_walked(backup_database: Database, case: Case, superuser: asyncpg.Connection):
    """Two at a time, so that the last batch is not a whole one or is empty; what lost its complaint comes after."""
    walks = [fault async for fault in walked(backup_database, 2)]
    orphans = [fault for fault in walks if fault and fault.reason == "its complaint is gone"]
    assert len(walks) - len(orphans) == await superuser.fetchval("SELECT count(*) FROM complaints") > 0


@pytest.mark.parametrize("column", TAMPERED)
async def test_each_changed_column_is_found(
    database: Database, backup_database: Database, case: Case, superuser: asyncpg.Connection, column: str
):
    """In the first, a middle and the last event, each of a dossier of its own."""
    async with database.organisation(case.organisation.id) as tx:
        changed = {(await dossier(tx, 3), sequence) for sequence in (1, 2, 3)}
    sql = f"UPDATE events SET {column} = {TAMPERED[column]} WHERE complaint_id = $1 AND sequence = $2"
    for complaint, sequence in changed:
        await sabotage(superuser, sql, complaint, sequence)
    faults = await found(backup_database, case)
    assert {(fault.complaint_id, fault.sequence) for fault in faults} == changed and len(faults) == 3, faults


async def test_an_event_moved_to_another_complaint_is_found_at_both(
    database: Database, backup_database: Database, case: Case, superuser: asyncpg.Connection
):
    async with database.organisation(case.organisation.id) as tx:
        mine = await dossier(tx, 2)
    sql = "UPDATE events SET complaint_id = $2 WHERE complaint_id = $1 AND sequence = 3"
    await sabotage(superuser, sql, case.complaint, mine)
    faults = {(fault.complaint_id, fault.sequence) for fault in await found(backup_database, case)}
    assert faults == {(case.complaint, 3), (mine, 3)}


async def test_an_event_moved_to_another_organisation_is_found(
    backup_database: Database, case: Case, other: Case, superuser: asyncpg.Connection
):
    sql = "UPDATE events SET organisation_id = $2 WHERE complaint_id = $1 AND sequence = 2"
    await sabotage(superuser, sql, case.complaint, other.organisation.id)
    assert [fault.sequence for fault in await found(backup_database, case)] == [2]
    orphans = [fault async for fault in tampered(backup_database) if fault.organisation == str(other.organisation.id)]
    assert [(fault.complaint_id, fault.reason) for fault in orphans] == [(case.complaint, "its complaint is gone")]
    await superuser.execute("DELETE FROM outbox WHERE complaint_id = $1", case.complaint)
    await superuser.execute(
        "DELETE FROM events WHERE complaint_id = $1 AND organisation_id = $2", case.complaint, other.organisation.id
    )


@pytest.mark.parametrize("sequence", [1, 2, 3])
async def test_a_deleted_event_is_found(
    backup_database: Database, case: Case, superuser: asyncpg.Connection, sequence: int
):
    """The last one is the cut tail: only the complaint's head shows it."""
    sql = "DELETE FROM events WHERE complaint_id = $1 AND sequence = $2"
    await sabotage(superuser, sql, case.complaint, sequence)
    assert [fault.sequence for fault in await found(backup_database, case)] == [sequence]


async def test_all_events_deleted_is_found(backup_database: Database, case: Case, superuser: asyncpg.Connection):
    await sabotage(superuser, "DELETE FROM events WHERE complaint_id = $1", case.complaint)
    assert [fault.sequence for fault in await found(backup_database, case)] == [1]


async def test_a_chain_rewritten_without_the_head_is_found(
    backup_database: Database, case: Case, superuser: asyncpg.Connection
):
    await _rewrite(superuser, case.complaint)
    faults = await found(backup_database, case)
    assert [(fault.sequence, fault.reason) for fault in faults] == [
        (3, "its hash is not the one that the complaint holds of its last event")
    ]


async def _rewrite(superuser: asyncpg.Connection, complaint: UUID) -> None:
    previous = GENESIS
    for row in await superuser.fetch("SELECT * FROM events WHERE complaint_id = $1 ORDER BY sequence", complaint):
        changed = {**row, "facts": '{"channel":"post"}', "previous_hash": previous}
        previous = event_hash(changed)
        sql = "UPDATE events SET facts = $2, previous_hash = $3, hash = $4 WHERE id = $1"
        await sabotage(superuser, sql, row["id"], changed["facts"], changed["previous_hash"], previous)


async def test_an_event_put_in_beside_the_service_is_found(
    backup_database: Database, case: Case, superuser: asyncpg.Connection
):
    columns = ", ".join(name for name in set(events.columns.keys()) if name not in ("id", "sequence", "xid"))
    copy = f"SELECT 4, {columns} FROM events WHERE complaint_id = $1 AND sequence = 3"
    sql = f"INSERT INTO events (sequence, {columns}) {copy}"
    await sabotage(superuser, sql, case.complaint)
    assert [fault.sequence for fault in await found(backup_database, case)] == [4]


@pytest.mark.parametrize("erased", ["texts", "salt"])
async def test_texts_or_salt_erased_alone_is_found(
    backup_database: Database, case: Case, superuser: asyncpg.Connection, erased: str
):
    await sabotage(
        superuser, f"UPDATE events SET {erased} = null WHERE complaint_id = $1 AND sequence = 2", case.complaint
    )
    assert [fault.reason for fault in await found(backup_database, case)] == ["its texts were altered"]


async def test_texts_erased_with_their_salt_are_found(
    backup_database: Database, case: Case, superuser: asyncpg.Connection
):
    sql = "UPDATE events SET texts = null, salt = null WHERE complaint_id = $1 AND sequence = 2"
    await sabotage(superuser, sql, case.complaint)
    assert [(fault.sequence, fault.reason) for fault in await found(backup_database, case)] == [
        (2, "its texts are gone, and no erasure is recorded after it")
    ]


async def test_an_erasure_that_is_recorded_is_no_fault(
    database: Database, backup_database: Database, case: Case, superuser: asyncpg.Connection
):
    async with database.organisation(case.organisation.id) as tx:
        await chained(tx, purged := await insert(tx, "complaints", complaint_row()), 3, last="complaint.purged")
    sql = "UPDATE events SET texts = null, salt = null WHERE complaint_id = $1 AND sequence < 3"
    await sabotage(superuser, sql, purged)
    assert await found(backup_database, case) == []


async def altered(backup_database: Database, case: Case, batch: int = 200) -> list[Altered]:
    return [
        fault
        async for fault in published(backup_database, batch)
        if fault and fault.organisation == case.organisation.slug
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("definition = replace(definition, '2020', '2021')", "its definition is not the one that was published"),
        ("sha256 = sha256('x')", "its definition is not the one that was published"),
        ("effective_from = '2021-01-01'", "its effective_from is not that of its definition"),
        ("effective_until = '2021-01-01'", "its effective_until is not that of its definition"),
        ("published_at = published_at - interval '1 second'", "its published_at is not the instant in its id"),
    ],
)
async def test_an_altered_procedure_version_is_named(
    backup_database: Database, case: Case, superuser: asyncpg.Connection, change: str, reason: str
):
    assert await altered(backup_database, case) == []
    await sabotage(
        superuser, f"UPDATE procedure_versions SET {change} WHERE organisation_id = $1", case.organisation.id
    )
    for batch in (1, 200):
        [fault] = await altered(backup_database, case, batch)
        assert str(fault) == f"{case.organisation.slug}, procedure jso, version 1: {reason}"


async def test_every_procedure_version_is_looked_at(
    backup_database: Database, case: Case, superuser: asyncpg.Connection
):
    looked = [fault async for fault in published(backup_database, 3)]
    assert len(looked) == await superuser.fetchval("SELECT count(*) FROM procedure_versions") > 0


async def test_batches_overlook_nothing(
    database: Database, backup_database: Database, case: Case, superuser: asyncpg.Connection
):
    async with database.organisation(case.organisation.id) as tx:
        made = {case.complaint, *[await dossier(tx, 1) for _ in range(6)]}
    await sabotage(
        superuser, "UPDATE events SET type = 'x' WHERE organisation_id = $1 AND sequence = 1", case.organisation.id
    )
    for batch in (1, 2, 7, 8):
        faults = [fault async for fault in tampered(backup_database, batch)]
        assert {fault.complaint_id for fault in faults if fault.organisation == case.organisation.slug} == made


def test_every_column_is_tampered_with():
    elsewhere = {"organisation_id", "complaint_id"}  # tested above: moved to another organisation or complaint
    not_sealed = {"xid"}  # a place in the feed
    assert set(TAMPERED) | elsewhere | not_sealed == set(events.columns.keys())
    assert set(COLUMNS) <= set(events.columns.keys())
