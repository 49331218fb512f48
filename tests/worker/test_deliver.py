"""What the queue does to deliveries: nothing is lost and nothing is brought twice when its tables are."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg
import pytest

from app.services import webhooks
from app.services.secrets import Sealer
from app.store.session import Database
from app.worker import deliver
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation
from tests.receivers import Receiver, announce_all, answering, delivering, receiving

SEALER = Sealer(b"k" * 32)
EVENTS = 60


async def _subscribed(database: Database, desk: Desk, receivers: Sequence[Receiver]) -> list[UUID]:
    async with database.organisation(desk.made.id) as tx:
        made = [
            await webhooks.create(tx, SEALER, url=each.url, description="x", event_types=["*"]) for each in receivers
        ]
    return [UUID(str(each.row["id"])) for each in made]


# Of what happened once, so many deliveries to each webhook.
MANY = """
insert into deliveries (organisation_id, complaint_id, kind, webhook_id, event_id, sequence, type, state, next_at)
select organisation_id, complaint_id, kind, webhook_id, event_id, sequence, type, 'waiting', now()
from deliveries, generate_series(2, $2::int) where organisation_id = $1 and kind = 'webhook'
"""
AGAIN = """
insert into queue.pgqueuer (priority, entrypoint, payload, status)
select 0, 'line', convert_to($1 || '/' || unnest($2::uuid[]) || '/', 'utf8'), 'queued'
"""
TRIED = "select id, state, attempts from deliveries where organisation_id = $1 and kind = 'webhook'"


async def _brought(
    new_organisation: NewOrganisation,
    database: Database,
    worker_database: Database,
    superuser: asyncpg.Connection,
    *broken: str,
) -> tuple[list[int], Counter[int]]:
    """Events to three webhooks by two workers while these statements are run; arrivals, and tries of a delivery."""
    async with client(database) as opened, AsyncExitStack() as stack:
        desk = Desk(opened, await office(new_organisation, database))
        good = [await stack.enter_async_context(receiving(answering(200))) for _ in range(3)]
        hooks = await _subscribed(database, desk, good)
        await desk.file()
        await announce_all(worker_database)
        await superuser.execute(MANY, desk.made.id, EVENTS)
        rows: Sequence[asyncpg.Record] = ()
        async with delivering(worker_database, database, SEALER), delivering(worker_database, database, SEALER):
            for _ in range(600):
                for statement in broken:
                    arguments = (str(desk.made.id), hooks) if "$2" in statement else ()
                    await superuser.execute(statement, *arguments)
                rows = await superuser.fetch(TRIED, desk.made.id)
                if all(row["state"] == "delivered" for row in rows):
                    break
                await asyncio.sleep(0.05)
        assert len(rows) == 3 * EVENTS
    return [len(each.arrivals) for each in good], Counter(row["attempts"] for row in rows)


async def test_the_tables_of_the_queue_emptied_change_nothing(
    new_organisation: NewOrganisation,
    database: Database,
    worker_database: Database,
    superuser: asyncpg.Connection,
):
    empty = "truncate queue.pgqueuer, queue.pgqueuer_log, queue.pgqueuer_statistics, queue.pgqueuer_schedules"
    arrived, tried = await _brought(new_organisation, database, worker_database, superuser, empty)
    assert (arrived, tried) == ([EVENTS] * 3, {1: 3 * EVENTS})


async def test_jobs_doubled_change_nothing(
    new_organisation: NewOrganisation,
    database: Database,
    worker_database: Database,
    superuser: asyncpg.Connection,
):
    arrived, tried = await _brought(new_organisation, database, worker_database, superuser, AGAIN, AGAIN)
    assert (arrived, tried) == ([EVENTS] * 3, {1: 3 * EVENTS})


async def test_where_much_is_under_way_each_line_gets_one_place(
    monkeypatch: pytest.MonkeyPatch,
    new_organisation: NewOrganisation,
    database: Database,
    worker_database: Database,
    superuser: asyncpg.Connection,
):
    monkeypatch.setattr(deliver, "CROWDED", 0)

    async def slow(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        await answering(200)(receiver, writer)

    async with client(database) as opened, receiving(slow) as receiver:
        desk = Desk(opened, await office(new_organisation, database))
        await _subscribed(database, desk, [receiver])
        await desk.file()
        await announce_all(worker_database)
        await superuser.execute(MANY, desk.made.id, 8)
        async with delivering(worker_database, database, SEALER):
            await receiver.until(8)
    assert receiver.most_at_once == 1
