"""No acknowledged complaint is lost and none is doubled, while the API and the worker are killed."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID, uuid4

import httpx
import pytest

from app.procedures.reading import shipped_named
from app.services import procedures
from app.store.session import Database
from tests.conftest import NewOrganisation, Organisation
from tests.faults.processes import NO_TRUST, free_port, kill, serving, start

WHOLE = """
select c.id,
  (select count(*) from events e where e.organisation_id = c.organisation_id and e.complaint_id = c.id) as events,
  (select count(*) from terms t where t.organisation_id = c.organisation_id and t.complaint_id = c.id) as terms,
  (select count(*) from outbox o where o.organisation_id = c.organisation_id and o.complaint_id = c.id) as announced
from complaints c where c.organisation_id = $1
"""
BODY = {"channel": "email", "description": "Het ging niet goed.", "complainant": {"name": "Sam Voorbeeld"}}


async def _post(port: int, token: str, keys: list[str], answers: dict[str, set[UUID]], stop: asyncio.Event) -> None:
    """Sends each key until it is acknowledged, whatever happens to the server, and notes what was promised."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1", verify=NO_TRUST, timeout=5) as client:
        for key in keys:
            while not stop.is_set():
                headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
                with suppress(httpx.HTTPError):
                    answer = await client.post("/complaints", json=BODY, headers=headers)
                    if answer.status_code == 201:
                        answers.setdefault(key, set()).add(UUID(answer.json()["id"]))
                        break
                    assert answer.status_code in (409, 503), answer.text
                await asyncio.sleep(0.05)


async def _kill_again_and_again(
    urls: Mapping[str, str], port: int, rounds: int, done: "asyncio.Future[list[None]]"
) -> None:
    for _ in range(rounds):
        worker = start(urls, "worker")
        with serving(urls, port):
            await asyncio.sleep(0.7)
        kill(worker)
    with serving(urls, port):
        await asyncio.wait_for(done, 60)


async def _published(database: Database, new_organisation: NewOrganisation) -> Organisation:
    made = await new_organisation()
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, shipped_named("klikklaar"), allow_past=True)
    return made


@pytest.mark.parametrize(("clients", "each", "rounds"), [(6, 25, 2), pytest.param(16, 400, 60, marks=pytest.mark.long)])
async def test_every_receipt_is_there_once(
    urls: Mapping[str, str],
    database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
    clients: int,
    each: int,
    rounds: int,
) -> None:
    made = await _published(database, new_organisation)
    port, stop, answers = free_port(), asyncio.Event(), dict[str, set[UUID]]()
    keys = [[f"{number}-{uuid4()}" for _ in range(each)] for number in range(clients)]
    token = made.keys["system"].token
    posting = asyncio.gather(*(_post(port, token, mine, answers, stop) for mine in keys))
    began = time.monotonic()
    try:
        await _kill_again_and_again(urls, port, rounds, posting)
    finally:
        stop.set()
    promised = {complaint for found in answers.values() for complaint in found}
    assert len(answers) == clients * each, f"not all were acknowledged in {time.monotonic() - began:.0f} s"
    assert all(len(found) == 1 for found in answers.values())
    async with backup_database.snapshot() as tx:
        rows = await tx.fetch(WHOLE, made.id)
    assert {row["id"] for row in rows} == promised
    assert all(row["events"] == row["announced"] == 1 and row["terms"] == 2 for row in rows)


@pytest.mark.parametrize(("keys", "parallel"), [(20, 40)])
@pytest.mark.proves("X-07")
async def test_one_complaint_per_key(
    urls: Mapping[str, str],
    database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
    keys: int,
    parallel: int,
) -> None:
    """The same form posted forty times at once makes one complaint, and all are told the same."""
    made = await _published(database, new_organisation)
    port, names = free_port(), [str(uuid4()) for _ in range(keys)]
    answers: list[dict[str, set[UUID]]] = [{} for _ in range(parallel)]
    with serving(urls, port):
        stop, token = asyncio.Event(), made.keys["system"].token
        await asyncio.wait_for(asyncio.gather(*(_post(port, token, names, mine, stop) for mine in answers)), 60)
    told = {name: {complaint for mine in answers for complaint in mine[name]} for name in names}
    assert all(len(found) == 1 for found in told.values())
    async with backup_database.snapshot() as tx:
        rows = await tx.fetch(WHOLE, made.id)
    assert len(rows) == keys
