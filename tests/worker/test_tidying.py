"""What is old is taken away in small batches, as many as there are."""

import asyncio

import asyncpg

from app.store.session import Database
from app.worker import loop
from tests.conftest import NewOrganisation

ANSWERS = """
insert into idempotency_answers (organisation_id, caller_id, key, request_hash, status, body, created_at)
select $1, uuidv7(), 'k', sha256(''), 201, '', now() - interval '8 days' from generate_series(1, 1200)
"""


async def test_more_than_one_batch_is_taken_away_at_a_time(
    worker_database: Database, new_organisation: NewOrganisation, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    made = await new_organisation()
    await superuser.execute(ANSWERS, made.id)
    stop, left = asyncio.Event(), 1200
    running = asyncio.create_task(loop.run(worker_database, stop))
    for _ in range(60):
        left = await superuser.fetchval("select count(*) from idempotency_answers where organisation_id = $1", made.id)
        if not left:
            break
        await asyncio.sleep(0.05)
    stop.set()
    await running
    assert left == 0
