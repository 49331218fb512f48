"""What is lent is open, in no transaction, and never more than there may be; and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.services import procedures, sealing
from app.store.pool import OF_API, OF_WORKER, Limits, Pool
from app.worker import acknowledge

IDLE = "idle_in_transaction_session_timeout"


@pytest_asyncio.fixture
async def pool(urls: Mapping[str, str]) -> AsyncIterator[Pool]:
    """Room for one."""
    made = Pool(urls["app"], size=1, wait=0.2, statement=None)
    yield made
    await made.close()


async def test_what_came_back_is_lent_again(pool: Pool):
    first = await pool.take()
    pool.give(first)
    assert await pool.take() is first
    pool.give(first)


async def test_an_unfinished_transaction_is_not_given_to_the_next(pool: Pool):
    """Whoever goes round the session and forgets to end what they began."""
    driver = await pool.take()
    await driver.execute("BEGIN; SELECT set_config('app.organisation', gen_random_uuid()::text, true)")
    pool.give(driver)
    assert driver.is_closed()
    another = await pool.take()
    assert another is not driver
    assert not await another.fetchval("SELECT current_setting('app.organisation', true)")
    pool.give(another)


async def test_one_that_the_server_closed_is_replaced(pool: Pool, superuser: asyncpg.Connection):
    driver = await pool.take()
    pool.give(driver)
    await superuser.execute("SELECT pg_terminate_backend($1)", driver.get_server_pid())
    await asyncio.sleep(0.1)
    another = await pool.take()
    assert await another.fetchval("SELECT 1") == 1
    pool.give(another)


async def test_who_waits_too_long_is_told_so_and_the_place_stays(pool: Pool):
    driver = await pool.take()
    with pytest.raises(TimeoutError):
        await pool.take()
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    pool.give(driver)
    assert await pool.take() is driver
    pool.give(driver)


async def test_they_wait_in_turn(pool: Pool):
    driver, order = await pool.take(), []

    async def waits(number: int) -> None:
        taken = await pool.take()
        order.append(number)
        await asyncio.sleep(0)
        pool.give(taken)

    tasks = []
    for number in range(5):
        tasks.append(asyncio.create_task(waits(number)))
        await asyncio.sleep(0)
    pool.give(driver)
    await asyncio.gather(*tasks)
    assert order == list(range(5))


async def test_one_taker_leaves_others_their_share_and_nothing_is_kept_of_who_has_none(urls: Mapping[str, str]):
    pool, one, other = Pool(urls["app"], size=3, wait=0.2, statement=None), uuid4(), uuid4()
    lent = [await pool.take(one), await pool.take(one)]
    with pytest.raises(TimeoutError):
        await pool.take(one)
    waiting = asyncio.create_task(pool.take(one))
    await asyncio.sleep(0)
    lent.append(await pool.take(other))
    pool.give(lent.pop())
    assert not waiting.done()
    pool.give(lent.pop())
    lent.append(await waiting)
    cancelled = asyncio.create_task(pool.take(one))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    for driver in lent:
        pool.give(driver)
    lent = [await pool.take() for _ in range(3)]  # we ourselves may have them all
    with pytest.raises(TimeoutError):
        await pool.take(one)
    for driver in lent:
        pool.give(driver)
    assert (pool._lines, pool._lent) == ({}, {})
    await pool.close()


async def test_a_connection_that_cannot_be_made_takes_no_place():
    pool = Pool("postgresql+asyncpg://gehoor_app:x@127.0.0.1:1/gehoor", size=1, wait=0.2, statement=None)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await pool.take()


async def test_what_limits_are_told_to_the_server(urls: Mapping[str, str]):
    pool = Pool(urls["app"], size=1, wait=1, statement=None, limits=Limits(whole=150, idle=10, lock=1))
    driver = await pool.take()
    told = {name: await driver.fetchval(f"SHOW {name}") for name in ("transaction_timeout", IDLE, "lock_timeout")}
    pool.give(driver)
    await pool.close()
    assert told == {"transaction_timeout": "150s", IDLE: "10s", "lock_timeout": "1s"}


def test_what_waits_for_late_transactions_waits_longer_than_one_may_last():
    for limits in (OF_API, OF_WORKER):
        assert limits.whole is not None
        assert limits.whole > sealing.SECONDS
        longest = timedelta(seconds=limits.whole + 60)  # and the COMMIT itself
        assert longest < acknowledge.MARGIN
        assert longest < procedures.LONGEST
