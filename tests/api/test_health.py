"""Alive, ready, and figures that say what waits; nothing of any organisation."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg
import httpx
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from app.api import health
from app.store import metrics
from app.store.session import Database
from tests.api.office import Desk, office
from tests.api.office import client as contract_client
from tests.conftest import NewOrganisation

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def operator(database: Database) -> httpx.AsyncClient:
    app = Starlette(routes=health.routes(database))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gehoor")


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with operator(database) as opened:
        yield opened


async def figures(client: httpx.AsyncClient) -> dict[str, dict[tuple[str, ...], float]]:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def test_alive_and_ready(client: httpx.AsyncClient, superuser: Superuser):
    assert (await client.get("/health/live")).json() == {"status": "alive"}
    answer = await client.get("/health/ready")
    durable = await superuser.fetchval(
        "SELECT count(*) = 0 FROM pg_settings WHERE setting = 'off' AND name = ANY($1)",
        ["fsync", "full_page_writes", "synchronous_commit"],
    )
    assert answer.status_code == (200 if durable else 503)


async def test_not_ready_says_why_and_no_more():
    away = Database("postgresql+asyncpg://gehoor_app:secret@127.0.0.1:1/gehoor")
    async with operator(away) as client:
        assert (await client.get("/health/live")).status_code == 200
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "5"
        assert (answer.json()["code"], answer.json()["detail"]) == ("not-ready", "The database cannot be reached.")
        assert (await figures(client))["gehoor_database_up"] == {(): 0.0}
    await away.close()


async def test_requests_are_counted_by_template(client: httpx.AsyncClient, new_organisation: Any, database: Database):
    before = (await figures(client)).get("gehoor_requests_total", {})
    async with contract_client(database, watch=health.watch) as opened:
        desk = Desk(opened, await office(new_organisation, database))
        filed = await desk.file()
        await desk.get(f"/complaints/{filed['id']}")
        await desk("GET", "/complaints/nothing")
    after = await figures(client)

    def more(*labels: str) -> float:
        return after["gehoor_requests_total"][labels] - before.get(labels, 0)

    assert more("POST", "/complaints", "201") == 1
    assert more("GET", "/complaints/{complaintId}", "200") == 1
    assert more("GET", "/complaints/{complaintId}", "404") == 1
    assert after["gehoor_request_seconds_count"]["GET", "/complaints/{complaintId}"] >= 2
    assert filed["id"] not in (await client.get("/metrics")).text


async def test_what_the_worker_wrote_down(client: httpx.AsyncClient, worker_database: Database):
    async with worker_database.worker() as tx:
        late = (tx.now - timedelta(seconds=90)).isoformat()
        ahead = (tx.now + timedelta(seconds=90)).isoformat()
        await metrics.beat(
            tx,
            "worker",
            {
                "next_breach_at": late,
                "next_warning_at": ahead,
                "oldest_outbox_at": None,
                "open_terms": 12,
                "calendar_until": (tx.now + timedelta(days=400)).date().isoformat(),
            },
        )
    told = await figures(client)
    assert 90 <= told["gehoor_guard_lag_seconds"][()] < 120
    assert told["gehoor_warning_lag_seconds"] == {(): 0.0}
    assert told["gehoor_outbox_age_seconds"] == {(): 0.0}
    assert told["gehoor_open_terms"] == {(): 12.0}
    assert 399 <= told["gehoor_calendar_horizon_days"][()] <= 401
    assert told["gehoor_heartbeat_age_seconds"]["worker",] < 30
    assert told["gehoor_database_up"] == {(): 1.0}
    async with worker_database.worker() as tx:
        await metrics.beat(tx, "worker", {})
    assert (await figures(client))["gehoor_open_terms"] == {(): 0.0}


async def test_the_worker_counts_over_all_organisations(
    new_organisation: NewOrganisation, database: Database, worker_database: Database
):
    async with worker_database.worker() as tx:
        before = await metrics.figures(tx)
    async with contract_client(database) as opened:
        ours = Desk(opened, await new_organisation())
        await publish_now(database, ours)
        long_ago = "2020-03-02T09:00:00Z"
        filed = await ours.file(receivedAt=long_ago)
    async with worker_database.worker() as tx:
        after = await metrics.figures(tx)
    assert after["calendar_until"] == before["calendar_until"] == "2028-12-31"
    assert after["open_terms"] >= before["open_terms"]
    assert after["oldest_outbox_at"] is not None
    assert filed["terms"]


async def test_the_oldest_breach_that_is_not_recorded(
    new_organisation: NewOrganisation, database: Database, worker_database: Database, superuser: Superuser
):
    async with contract_client(database) as opened:
        desk = Desk(opened, await new_organisation())
        await publish_now(database, desk)
        filed = await desk.file()
        ahead = Desk(opened, await office(new_organisation, database))
        other = await ahead.file()
    sql = (
        "UPDATE terms SET breach_at = $2, warn_at = $2, breach_recorded_at = NULL, warned_at = NULL"
        " WHERE complaint_id = $1"
    )
    async with worker_database.worker() as tx:
        now = tx.now
    oldest = now - timedelta(days=20_000)
    await superuser.execute(sql, filed["id"], oldest)
    await superuser.execute(sql, other["id"], oldest - timedelta(days=1))  # its clock is ahead of ours: not counted
    async with worker_database.worker() as tx:
        found = await metrics.figures(tx)
    assert found["next_breach_at"] == oldest.isoformat()
    assert found["next_warning_at"] != oldest.isoformat()  # too late to warn: that is the guard's now
    for complaint in (filed["id"], other["id"]):
        await superuser.execute("UPDATE terms SET open = false WHERE complaint_id = $1", complaint)


async def publish_now(database: Database, desk: Desk) -> None:
    from app.procedures.reading import read, text_of
    from app.services.procedures import publish

    async with database.organisation(desk.made.id) as tx:
        await publish(tx, read(text_of("jso")))
