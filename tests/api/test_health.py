"""Alive, ready, and figures that say what waits; nothing of any organisation."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from app.api import health
from app.domain.announcing import FAILING
from app.services import webhooks
from app.services.secrets import Sealer
from app.store import metrics
from app.store import webhooks as stored_webhooks
from app.store.session import Database
from app.worker import loop
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


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with contract_client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def measured(client: httpx.AsyncClient) -> dict[str, dict[tuple[str, ...], float]]:
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
        assert (await measured(client))["gehoor_database_up"] == {(): 0.0}
    await away.close()


async def test_not_ready_while_there_is_no_room(urls: Mapping[str, str], superuser: Superuser):
    """As on a full disk: reading goes well, and nothing new can be put down."""
    await superuser.execute("ALTER ROLE gehoor_app SET temp_file_limit = 0")
    crowded = Database(urls["app"], pool_size=1)
    try:
        async with operator(crowded) as client:
            answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["detail"]) == (503, "The database has no room left.")
    finally:
        await superuser.execute("ALTER ROLE gehoor_app RESET temp_file_limit")
        await crowded.close()


async def test_requests_are_counted_by_template(client: httpx.AsyncClient, new_organisation: Any, database: Database):
    before = (await measured(client)).get("gehoor_requests_total", {})
    async with contract_client(database, watch=health.watch) as opened:
        desk = Desk(opened, await office(new_organisation, database))
        filed = await desk.file()
        await desk.get(f"/complaints/{filed['id']}")
        await desk("GET", "/complaints/nothing")
    after = await measured(client)

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
    told = await measured(client)
    assert 90 <= told["gehoor_guard_lag_seconds"][()] < 120
    assert told["gehoor_warning_lag_seconds"] == {(): 0.0}
    assert told["gehoor_outbox_age_seconds"] == {(): 0.0}
    assert told["gehoor_open_terms"] == {(): 12.0}
    assert 399 <= told["gehoor_calendar_horizon_days"][()] <= 401
    assert told["gehoor_heartbeat_age_seconds"]["worker",] < 30
    assert told["gehoor_database_up"] == {(): 1.0}
    async with worker_database.worker() as tx:
        await metrics.beat(tx, "worker", {})
    assert (await measured(client))["gehoor_open_terms"] == {(): 0.0}


@pytest.mark.parametrize(
    ("figures", "warnings"),
    [
        ({"failing_organisations": 2}, [{"code": "deliveries-failing", "organisations": 2}]),
        ({"failing_organisations": 0}, []),
        ({}, []),  # a worker of the version before
    ],
)
async def test_ready_with_a_warning(
    client: httpx.AsyncClient,
    worker_database: Database,
    figures: dict[str, int],
    warnings: list[Any],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("app.store.health.DURABLE", ())  # the tests' own server is quick and forgets
    async with worker_database.worker() as tx:
        await metrics.beat(tx, "worker", figures)
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "warnings": warnings})
    told = await measured(client)
    assert told["gehoor_failing_organisations"] == {(): float(figures.get("failing_organisations", 0))}


async def test_ready_with_a_worker_of_which_the_work_could_be_lost(
    client: httpx.AsyncClient, urls: Mapping[str, str], superuser: Superuser, worker_database: Database
):
    """Set while it ran: at its start it would have been refused. Its connections get it one by one."""
    await superuser.execute("ALTER ROLE gehoor_worker SET synchronous_commit = off")
    later = Database(urls["worker"], pool_size=1)
    stop = asyncio.Event()
    running = asyncio.create_task(loop.run(later, stop))
    warnings: list[Any] = []
    try:
        for _ in range(100):
            if warnings := (await client.get("/health/ready")).json()["warnings"]:
                break
            await asyncio.sleep(0.05)
    finally:
        stop.set()
        await running
        await later.close()
        await superuser.execute("ALTER ROLE gehoor_worker RESET synchronous_commit")
        async with worker_database.worker() as tx:
            await metrics.beat(tx, "worker", {})
    assert {"code": "worker-not-durable", "off": ["synchronous_commit"]} in warnings


async def test_the_worker_looks_after_what_keeps_failing_and_what_is_old(
    desk: Desk, database: Database, worker_database: Database, client: httpx.AsyncClient
):
    async with database.organisation(desk.made.id) as tx:
        await tx.execute("update organisations set mail_failing_since = now() - interval '61 minutes'")
        made = await webhooks.create(
            tx, Sealer(b"k" * 32), url="https://example.org/", description="x", event_types=["*"]
        )
        old = await stored_webhooks.add_trial(tx, made.row["id"], "nl.gehoor.webhook.tested")
        await tx.execute(
            "update deliveries set state = 'cancelled', ended_at = now() - interval '31 days' where id = $1", old
        )
    stop = asyncio.Event()
    running = asyncio.create_task(loop.run(worker_database, stop))
    found: list[Any] = []
    told = 0.0
    for _ in range(100):
        async with database.organisation(desk.made.id) as tx:
            found = await tx.fetch("select id, type from deliveries where webhook_id = $1", made.row["id"])
        scraped = await measured(client)  # without these when the database was not asked in time
        told = scraped.get("gehoor_failing_organisations", {}).get((), 0.0)
        if [row["type"] for row in found] == [FAILING] and told >= 1:
            break
        await asyncio.sleep(0.05)
    stop.set()
    await running
    assert [row["type"] for row in found] == [FAILING]
    assert told >= 1


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


async def test_a_feed_that_a_transaction_holds_up_is_told_of(
    client: httpx.AsyncClient,
    new_organisation: NewOrganisation,
    database: Database,
    worker_database: Database,
    superuser: Superuser,
):
    """A process that stopped in the middle of one: what is committed after it began the feed does not tell yet."""

    async def unfed() -> str | None:
        async with worker_database.worker() as tx:
            found = await metrics.figures(tx)
            await metrics.beat(tx, "worker", found)
        oldest: str | None = found["oldest_unfed_at"]
        return oldest

    async with contract_client(database) as opened:
        ours = Desk(opened, await new_organisation())
        await publish_now(database, ours)
        async with superuser.transaction():
            await superuser.execute("select pg_current_xact_id()")
            filed = await ours.file()
            told = await unfed()
            assert told is not None
            assert datetime.fromisoformat(told) <= datetime.fromisoformat(filed["receivedAt"]) + timedelta(minutes=1)
        for _ in range(100):
            if (told := await unfed()) is None:
                break
            await asyncio.sleep(0.05)
        assert told is None
    async with worker_database.worker() as tx:
        await metrics.beat(tx, "worker", {"oldest_unfed_at": (tx.now - timedelta(seconds=90)).isoformat()})
    [warning] = await health._warnings(database)
    assert (warning["code"], 90 <= warning["seconds"] < 120) == ("feed-behind", True)
    assert 90 <= (await measured(client))["gehoor_feed_lag_seconds"][()] < 120
    async with worker_database.worker() as tx:
        await metrics.beat(tx, "worker", {})


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
    from app.procedures.reading import shipped_named
    from app.services.procedures import publish

    async with database.organisation(desk.made.id) as tx:
        await publish(tx, shipped_named("jso"))
