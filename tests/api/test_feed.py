"""The feed gives every event once and never skips one that was still being written."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.domain.callers import Actor
from app.domain.ledger import GENESIS
from app.services.steps import Taken, take
from app.store.health import behind, readiness
from app.store.migrations import upgrade
from app.store.session import Database
from app.store.transaction import Transaction
from tests.api.office import Desk, Json, client, faults, office
from tests.conftest import NewOrganisation
from tests.store.rows import chained, complaint_row, insert

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
RESTORED = "The database was restored from another PostgreSQL: run `python -m app migrate`, or the feed skips events."


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def everything(desk: Desk, limit: int = 200, after: str = "") -> tuple[list[Json], str]:
    """All there is now, and where to go on."""
    items: list[Json] = []
    while True:
        page = await desk.get(f"/events?limit={limit}{f'&after={after}' if after else ''}", by="auditor")
        items += page["items"]
        after = page["next"]
        if not page["items"]:
            return items, after


async def settled(desk: Desk, count: int, after: str = "") -> list[Json]:
    """The same, once other tests' transactions no longer hold the end of the feed back."""
    items, _ = await everything(desk, after=after)
    for _ in range(100):
        if len(items) >= count:
            break
        await asyncio.sleep(0.02)
        items, _ = await everything(desk, after=after)
    return items


async def test_what_happened_to_a_complaint_comes_in_its_order(desk: Desk):
    """Also what was recorded at once: received long ago, and a breach with it."""
    for _ in range(8):
        await desk.file(receivedAt="2026-01-05T10:00:00Z", lateRegistrationReason="Lag in een la.")
    items = await settled(desk, 16)
    by_complaint: dict[str, list[str]] = {}
    for each in items:
        by_complaint.setdefault(each["subject"], []).append(each["sequence"])
    assert len(by_complaint) == 8
    assert {tuple(sequences) for sequences in by_complaint.values()} == {("1", "2")}


async def test_a_cloud_event(desk: Desk):
    filed = await desk.file()
    [event] = await settled(desk, 1)
    [stored] = (await desk.get(f"/complaints/{filed['id']}/events"))["items"]
    assert event == {
        "specversion": "1.0",
        "id": stored["id"],
        "source": f"urn:gehoor:organisation:{desk.made.slug}",
        "type": "nl.gehoor.complaint.received",
        "subject": filed["id"],
        "sequence": "1",
        "sequencetype": "Integer",
        "dataref": f"/v1/complaints/{filed['id']}/events",
        "time": stored["occurredAt"],
        "datacontenttype": "application/json",
        "data": {
            "eventId": stored["id"],
            "complaintId": filed["id"],
            "sequence": 1,
            "type": "complaint.received",
            "occurredAt": stored["occurredAt"],
            "recordedAt": stored["recordedAt"],
        },
    }


async def test_nothing_of_anybody(desk: Desk):
    await desk.file(
        description="canary-description", complainant={"name": "canary-name", "email": "canary@example.org"}
    )
    items = await settled(desk, 1)
    assert items and "canary" not in json.dumps(items)


async def test_pages_hold_everything_once_in_order(desk: Desk):
    filed = [await desk.file() for _ in range(3)]
    officer = str(desk.made.staff["complaints_officer"])
    for each in filed:
        await desk.step(each, "assignments", {"staffId": officer}, by="complaints_officer")
    whole = await settled(desk, 6)
    assert len(whole) == 6
    paged, end = await everything(desk, limit=1)
    assert paged == whole
    assert [item["data"]["sequence"] for item in whole] == [1, 1, 1, 2, 2, 2]
    again = await desk.get(f"/events?after={end}", by="auditor")
    assert again == {"items": [], "next": end}
    await desk.file()
    assert len(await settled(desk, 1, after=end)) == 1


async def write(tx: Transaction) -> UUID:
    complaint = await insert(tx, "complaints", complaint_row(head_hash=GENESIS))
    await chained(tx, complaint, 2)
    return complaint


async def test_an_open_transaction_is_waited_for(desk: Desk, database: Database):
    """The first to begin writing commits last: a feed by id or by time would have gone past it."""
    start = (await desk.get("/events", by="auditor"))["next"]
    async with database.organisation(desk.made.id) as slow:
        early = await write(slow)
        async with database.organisation(desk.made.id) as quick:
            late = await write(quick)
        seen = await desk.get(f"/events?after={start}", by="auditor")
        assert seen["items"] == []  # the quick one is committed, and not shown yet
        start = seen["next"]
    items = await settled(desk, 4, after=start)
    assert [item["subject"] for item in items] == [str(early)] * 2 + [str(late)] * 2


async def test_who_waited_for_a_complaint_comes_after_whom_it_waited_for(desk: Desk, database: Database):
    """Its transaction began to write first, and wrote in this complaint last."""
    async with database.organisation(desk.made.id) as slow:
        await slow.fetch("select pg_current_xact_id()")
        filed = await desk.file()
        withdrawal = Taken("withdrawals", facts={"form": "email"}, occurred_at=slow.now + timedelta(seconds=2))
        later = replace(slow, now=slow.now + timedelta(seconds=2))
        await take(later, UUID(filed["id"]), withdrawal, Actor("system", uuid4()))
    items = await settled(desk, 2)
    assert [(item["type"], item["data"]["sequence"]) for item in items] == [
        ("nl.gehoor.complaint.received", 1),
        ("nl.gehoor.complaint.withdrawn", 2),
    ]


async def test_nothing_is_skipped_while_many_write(desk: Desk, database: Database):
    made: list[UUID] = []
    done = asyncio.Event()

    async def writer(number: int) -> None:
        for turn in range(6):
            async with database.organisation(desk.made.id) as tx:
                made.append(await write(tx))
                await asyncio.sleep(0.004 * ((number * 7 + turn * 3) % 5))
            if turn % 3 == 2:  # and some come to nothing
                with pytest.raises(RuntimeError):
                    async with database.organisation(desk.made.id) as tx:
                        await write(tx)
                        raise RuntimeError("rolled back")

    async def reader() -> list[Json]:
        items: list[Json] = []
        after = ""
        while not done.is_set():
            more, after = await everything(desk, limit=3, after=after)
            items += more
        return items + await settled(desk, 2 * len(made) - len(items), after=after)

    reading = asyncio.create_task(reader())
    await asyncio.gather(*(writer(number) for number in range(4)))
    done.set()
    items = await reading
    assert len(items) == 2 * len(made) == 48
    assert {(item["subject"], item["data"]["sequence"]) for item in items} == {
        (str(complaint), sequence) for complaint in made for sequence in (1, 2)
    }


async def test_after_a_restore_what_is_new_comes_after_what_was_there(
    desk: Desk, database: Database, superuser: Superuser, urls: Mapping[str, str]
):
    """As a dump leaves it in a new PostgreSQL: with places that this one's own count reaches only much later."""
    old = await desk.file()
    await superuser.execute(
        "update events set xid = (pg_current_xact_id()::text::bigint + 1000000)::text::xid8 where organisation_id = $1",
        desk.made.id,
    )
    await superuser.execute("update feed_base set cluster = 1")
    assert await readiness(database) == [RESTORED] and await behind(database)
    await upgrade(urls["owner"])
    assert await readiness(database) == []
    assert [item["subject"] for item in await settled(desk, 1)] == [old["id"]]
    _, end = await everything(desk)
    new = await desk.file()
    assert [item["subject"] for item in await settled(desk, 1, after=end)] == [new["id"]]


async def test_another_postgresql_that_counts_further_changes_nothing(superuser: Superuser, urls: Mapping[str, str]):
    before = await superuser.fetchval("select base from feed_base")
    await superuser.execute("update feed_base set cluster = 1")
    await upgrade(urls["owner"])
    here = await superuser.fetchval("select system_identifier from pg_control_system()")
    assert await superuser.fetchrow("select base, cluster from feed_base") == (before, here)


@pytest.mark.parametrize("after", ["x", "MQ.AAAA", "MQ==.AAAAAAAAAAAAAAAAAAAAAA", "LTE.AAAAAAAAAAAAAAAAAAAAAA"])
async def test_a_cursor_of_something_else(desk: Desk, after: str):
    answer = await desk("GET", f"/events?after={after}", by="auditor")
    assert answer.status_code == 400
    assert faults(answer) == {("after", "cursor-unknown")}


async def test_another_organisations_cursor_shows_nothing_of_theirs(
    desk: Desk, new_organisation: NewOrganisation, database: Database
):
    await desk.file()
    await settled(desk, 1)
    _, end = await everything(desk)
    other = Desk(desk.client, await office(new_organisation, database))
    await other.file()
    assert {item["source"] for item in await settled(other, 1)} == {f"urn:gehoor:organisation:{other.made.slug}"}
    answer = await other.get(f"/events?after={end}", by="auditor")
    assert all(item["source"].endswith(other.made.slug) for item in answer["items"])


@pytest.mark.parametrize("by", ["website", "reporter", "director"])
async def test_only_who_may_audit(desk: Desk, by: str):
    assert (await desk("GET", "/events", by=by)).status_code == 403


async def test_nobody_there_yet(desk: Desk):
    page = await desk.get("/events", by="auditor")
    assert page["items"] == []
    assert (await desk.get(f"/events?after={page['next']}", by="auditor")) == page
    assert (await desk("GET", f"/events?after={uuid4()}", by="auditor")).status_code == 400
