"""What the work list and the guard go by is held against ledger and procedure (promise P10)."""

from typing import TypeAlias

import asyncpg
import pytest

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


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        *((f"UPDATE terms SET {name} = {value} WHERE complaint_id = $1", name) for name, value in TERMS.items()),
        *((f"UPDATE complaints SET {name} = {value} WHERE id = $1", name) for name, value in HEAD.items()),
    ],
)
async def test_each_altered_column_is_named(
    database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
    superuser: Superuser,
    sql: str,
    said: str,
):
    made = await office(new_organisation, database)
    async with client(database) as opened:
        filed = await Desk(opened, made).file()
    await superuser.execute("SET session_replication_role = replica")
    assert not (await superuser.execute(sql, filed["id"])).endswith(" 0")
    [reason] = await found(backup_database, made)
    where = "its ledger gives" if "complaints" in sql else "the ledger gives"
    assert reason.endswith(f"its {said} is not what {where}")
    assert ("term " in reason) == ("terms" in sql)
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
