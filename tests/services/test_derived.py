"""What the work list and the guard go by is held against ledger and procedure (promise P10)."""

from typing import TypeAlias

import asyncpg

from app.services.derived import difference
from app.services.guard import flag_breaches, warn_ahead
from app.store.session import Database
from app.store.verify import walked
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation, Organisation

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def found(backup_database: Database, made: Organisation) -> list[str]:
    """What each complaint of the organisation has that is not as it should be, without its reference."""
    told = [each async for each in walked(backup_database, derived=difference) if each]
    return [str(each).partition("): ")[2] for each in told if each.organisation == made.slug]


async def rounds(worker_database: Database) -> None:
    async with worker_database.worker() as tx:
        await flag_breaches(tx, 10_000)
    async with worker_database.worker() as tx:
        await warn_ahead(tx, 10_000)


async def test_what_comes_due_meanwhile_is_no_difference(
    database: Database, worker_database: Database, backup_database: Database, new_organisation: NewOrganisation
):
    """Before the guard was there, after it, and after what was registered late."""
    made = await office(new_organisation, database, "jso", roles=("complaints_officer", "director"))
    async with client(database) as opened:
        desk = Desk(opened, made)
        filed = await desk.file()
        assert await found(backup_database, made) == []
        for day in ("2036-01-15", "2036-01-31", "2036-03-31"):
            await desk.clock(f"{day}T09:00:00Z")
            assert await found(backup_database, made) == []
            await rounds(worker_database)
            assert await found(backup_database, made) == []
        late = {"occurredAt": "2036-01-09T10:00:00+01:00", "form": "email", "text": "Ontvangen."}
        late["lateRegistrationReason"] = "vergeten"
        answer = await desk("POST", f"/complaints/{filed['id']}/acknowledgements", late, by="complaints_officer")
        assert answer.status_code in (201, 400), answer.text
        assert await found(backup_database, made) == []


TERMS = {
    "state": "'met'",
    "open": "NOT open",
    "soft": "NOT soft",
    "due_on": "due_on + 1",
    "act_by": "act_by + 1",
    "started_on": "started_on - 1",
    "breach_at": "breach_at + interval '1 year'",
    "warn_at": "null",
    "warned_at": "now()",
    "breach_recorded_at": "now()",
    "met_at": "now()",
    "duty": "'other'",
    "stage": "'other'",
    "reference": "'other'",
    "procedure_version": "7",
}
HEAD = {
    "state": "'closed'",
    "stage": "'other'",
    "kind": "'signal'",
    "category": "'other'",
    "public_status": "'handled'",
    "verdict": "'upheld'",
    "received_at": "received_at - interval '1 day'",
    "received_on": "received_on - 1",
    "next_act_by": "null",
    "next_due_on": "next_due_on + 1",
    "closed_at": "now()",
}


async def test_each_altered_column_is_named(
    database: Database, backup_database: Database, new_organisation: NewOrganisation, superuser: Superuser
):
    """Each in a complaint of its own; the walk is over all of them."""
    made = await office(new_organisation, database)
    await superuser.execute("SET session_replication_role = replica")
    wanted = {}
    async with client(database) as opened:
        for table, key, columns in (("terms", "complaint_id", TERMS), ("complaints", "id", HEAD)):
            for name, value in columns.items():
                filed = await Desk(opened, made).file()
                sql = f"UPDATE {table} SET {name} = {value} WHERE {key} = $1"
                assert not (await superuser.execute(sql, filed["id"])).endswith(" 0")
                wanted[filed["reference"]] = table == "terms", name
    told = [each async for each in walked(backup_database, derived=difference) if each]
    reasons = {each.reference: each.reason for each in told if each.organisation == made.slug}
    assert reasons.keys() == wanted.keys()
    for reference, (of_term, name) in wanted.items():
        where = "the ledger gives" if of_term else "its ledger gives"
        assert reasons[reference].endswith(f"its {name} is not what {where}")
        assert ("term " in reasons[reference]) == of_term
    [plain] = [[each async for each in walked(backup_database) if each and each.organisation == made.slug]]
    assert plain == []  # the ledger itself is whole


async def test_a_term_taken_away_or_put_in_is_named(
    database: Database, backup_database: Database, new_organisation: NewOrganisation, superuser: Superuser
):
    made = await office(new_organisation, database)
    async with client(database) as opened:
        filed = await Desk(opened, made).file()
    sql = "UPDATE terms SET key = 'x.y' WHERE id = (SELECT id FROM terms WHERE complaint_id = $1 ORDER BY key LIMIT 1)"
    await superuser.execute(sql, filed["id"])
    [reason] = await found(backup_database, made)
    assert reason.endswith(": it has no row")
    await superuser.execute("DELETE FROM terms WHERE complaint_id = $1 AND key <> 'x.y'", filed["id"])
    assert len(await found(backup_database, made)) == 1


async def test_a_complaint_that_cannot_be_read_keeps_no_other_from_being_looked_at(
    database: Database, backup_database: Database, new_organisation: NewOrganisation, superuser: Superuser
):
    made = await office(new_organisation, database)
    async with client(database) as opened:
        desk = Desk(opened, made)
        first, second = await desk.file(), await desk.file()
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("UPDATE complaints SET procedure_version = 99 WHERE id = $1", first["id"])
    await superuser.execute("UPDATE complaints SET stage = 'other' WHERE id = $1", second["id"])
    assert set(await found(backup_database, made)) == {
        "it cannot be read under its procedure (NotFound)",
        "its stage is not what its ledger gives",
    }
    await superuser.execute("UPDATE complaints SET procedure_version = 1 WHERE id = $1", first["id"])
