"""A case that is asked for again and again, while the API is killed, is one case with one seal."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app.channels.objects import Objects
from app.store.session import Database
from tests.conftest import NewOrganisation
from tests.escalating import CONSENT
from tests.faults.processes import NO_TRUST, free_port, serving
from tests.stories import Case, Json, Tell, served, teller

pytestmark = pytest.mark.usefixtures("empty_directory")

WHOLE = """
select e.complaint_id, e.id, p.manifest_sha256, p.zip_key, p.zip_sha256, p.ledger_head,
  (select count(*) from escalations o where o.complaint_id = e.complaint_id) as cases,
  (select count(*) from dossier_parts o where o.complaint_id = e.complaint_id) as parts,
  (select array_agg(v.type order by v.sequence) from events v
   where v.complaint_id = e.complaint_id and v.facts like '%escalation_id%') as happened
from escalations e join dossier_parts p on p.escalation_id = e.id where e.organisation_id = $1
"""
SENT: Json = {"body": "cmonet", "requestedRelief": "Een excuus.", **CONSENT}


@pytest_asyncio.fixture
async def tell(database: Database, worker_database: Database, new_organisation: NewOrganisation) -> AsyncIterator[Tell]:
    async with served(database) as client:
        yield teller(client, database, worker_database, new_organisation)


async def _ready(tell: Tell, cases: int) -> list[Case]:
    """Complaints that CMOnet is open for."""
    jso = await tell("jso")
    filed = {"complainant": {"name": "Sam Voorbeeld"}, "complainantType": "customer"}
    made = [await jso.file(filed) for _ in range(cases)]
    for case in made:
        await case.step("complaints_officer", "responses", {"form": "email", "text": "Ons antwoord."})
        await case.step("system", "dissatisfactions", {"form": "email"})
        await case.step("director", "responses", {"form": "email", "text": "Nog een antwoord."})
    return made


async def _ask(port: int, case: Case, key: str, stop: asyncio.Event) -> tuple[UUID, Json | None]:
    """Asks until there is an answer, whatever happens to the server: which case, and the receipt when it is told."""
    token = case.office.made.keys["complaints_officer"].token
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1", verify=NO_TRUST, timeout=10) as client:
        while not stop.is_set():
            with suppress(httpx.HTTPError):
                answer = await client.post(f"/complaints/{case.id}/escalations", json=SENT, headers=headers)
                told = answer.json()
                if answer.status_code == 201:
                    return UUID(told["escalation"]["id"]), told["receipt"]
                if told["code"] == "escalation-exists":
                    return UUID(told["escalationId"]), None
                assert answer.status_code in (409, 503), answer.text
            await asyncio.sleep(0.05)
    raise AssertionError("stopped before there was an answer")


@pytest.mark.parametrize(("cases", "rounds"), [(10, 2), pytest.param(100, 25, marks=pytest.mark.long)])
@pytest.mark.proves("X-07")
async def test_asked_for_twice_and_killed_it_is_one(
    urls: Mapping[str, str], backup_database: Database, tell: Tell, tmp_path: Path, cases: int, rounds: int
) -> None:
    made, port, stop = await _ready(tell, cases), free_port(), asyncio.Event()
    own = {**urls, "objects": str(tmp_path)}
    keys = {case.id: str(uuid4()) for case in made}
    # each by two with one key, as a button that is pressed twice, and by a colleague with another
    asking = asyncio.gather(
        *(_ask(port, case, key, stop) for case in made for key in (keys[case.id], keys[case.id], str(uuid4())))
    )
    try:
        for _ in range(rounds):
            with serving(own, port):
                await asyncio.sleep(0.25)
        with serving(own, port):
            told = await asyncio.wait_for(asking, 120)
    finally:
        stop.set()
    async with backup_database.snapshot() as tx:
        rows = {row["id"]: row for row in await tx.fetch(WHOLE, made[0].office.made.id)}
    assert len(rows) == cases
    assert {row["complaint_id"] for row in rows.values()} == {case.id for case in made}
    assert all(row["cases"] == row["parts"] == 1 for row in rows.values())
    assert all(row["happened"] == ["escalation.requested", "dossier.sealed"] for row in rows.values())
    assert {escalation for escalation, _ in told} == set(rows)
    for escalation, receipt in told:
        if receipt is not None:
            assert receipt["manifestSha256"] == rows[escalation]["manifest_sha256"].hex()
            assert receipt["ledger"]["head"] == rows[escalation]["ledger_head"].hex()
    objects = Objects(tmp_path)
    for row in rows.values():
        assert hashlib.sha256(await objects.get(row["zip_key"])).digest() == row["zip_sha256"]
