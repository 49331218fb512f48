"""Who asks, what time it is, what was answered before; what commits and what does not; and that nothing leaks."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.embedded import Embedded
from app.store.pool import Limits
from app.store.session import Database, Reading
from app.store.transaction import (
    Caller,
    NoOrganisation,
    NotCommitted,
    StoreError,
    Transaction,
    Unauthenticated,
    Unavailable,
    UnknownOrganisation,
)
from tests.conftest import NewOrganisation, Organisation

HASH = b"h" * 32
SETTINGS = "SELECT current_setting('app.organisation', true) AS o, current_setting('app.staff', true) AS s"


@pytest_asyncio.fixture
async def made(new_organisation: NewOrganisation) -> Organisation:
    return await new_organisation()


async def answer(tx: Transaction, key: str, body: str = "{}", request: bytes = HASH) -> None:
    await tx.execute(
        "INSERT INTO idempotency_answers (organisation_id, caller_id, key, request_hash, status, headers, body)"
        ' VALUES ($1, $2, $3, $4, 201, \'{"Location": "/x"}\', $5)',
        tx.organisation_id,
        tx.caller.key_id,
        key,
        request,
        body,
    )


async def test_the_first_statement_tells_who_asks(database: Database, made: Organisation):
    async with database.request(made.keys["director"].key_hash) as tx:
        caller = tx.caller
        assert tx.organisation_id == made.id
    assert (caller.kind, caller.staff_id, caller.roles) == ("staff", made.staff["director"], ("director",))
    assert (caller.slug, caller.sandbox, caller.body_id) == (made.slug, True, None)
    assert "complaints:act" in caller.scopes
    assert caller.key_id is not None


async def test_now_is_the_databases_clock(database: Database, made: Organisation, superuser: asyncpg.Connection):
    before = await superuser.fetchval("SELECT clock_timestamp()")
    async with database.request(made.keys["admin"].key_hash) as tx:
        after = await superuser.fetchval("SELECT clock_timestamp()")
        assert before <= tx.now <= after
        assert tx.now.utcoffset() == timedelta()


async def test_a_sandboxs_clock_is_ahead(database: Database, new_organisation: NewOrganisation):
    made = await new_organisation(clock_offset=timedelta(days=40))
    for opened in (database.request(made.keys["admin"].key_hash), database.organisation(made.id)):
        async with opened as tx:
            row = await tx.fetchrow("SELECT now() AS now")
            assert row is not None
            assert tx.now - row["now"] == timedelta(days=40)


async def test_a_live_organisation_has_no_clock_of_its_own(new_organisation: NewOrganisation):
    with pytest.raises(asyncpg.CheckViolationError):
        await new_organisation(sandbox=False, clock_offset=timedelta(days=1))
    with pytest.raises(asyncpg.CheckViolationError):
        await new_organisation(clock_offset=timedelta(days=-1))


async def test_an_unknown_key_opens_nothing(database: Database):
    with pytest.raises(Unauthenticated):
        async with database.request(b"x" * 32):
            pytest.fail("opened")


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE api_keys SET revoked_at = now() WHERE key_hash = $1",
        "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE key_hash = $1",
        "UPDATE staff SET active = false WHERE id = (SELECT staff_id FROM api_keys WHERE key_hash = $1)",
    ],
)
async def test_a_key_that_ended_opens_nothing(
    database: Database, made: Organisation, superuser: asyncpg.Connection, ending: str
):
    key = made.keys["director"].key_hash
    async with database.request(key):
        pass
    assert await superuser.execute(ending, key) == "UPDATE 1"
    with pytest.raises(Unauthenticated):
        async with database.request(key):
            pytest.fail("opened")


async def test_a_key_expires_by_the_organisations_clock(
    database: Database, made: Organisation, superuser: asyncpg.Connection
):
    key = made.keys["system"].key_hash
    await superuser.execute("UPDATE api_keys SET expires_at = now() + interval '1 day' WHERE key_hash = $1", key)
    async with database.request(key):
        pass
    await superuser.execute("UPDATE organisations SET clock_offset = '2 days' WHERE id = $1", made.id)
    with pytest.raises(Unauthenticated):
        async with database.request(key):
            pytest.fail("opened")


async def test_a_body_sees_no_organisation(database: Database, made: Organisation, owner_database: Database):
    from app.store.keys import insert_body_key, new_key

    key = new_key()
    async with owner_database.founding(uuid4()) as tx:
        row = await tx.fetchrow(
            "INSERT INTO bodies (slug, name, kind) VALUES ($1, 'B', 'committee') RETURNING id", key.prefix
        )
        assert row is not None
        await insert_body_key(tx, row["id"], key)
    async with database.request(key.key_hash, "again", HASH) as tx:
        assert (tx.caller.kind, tx.caller.body_id, tx.caller.slug) == ("body", row["id"], key.prefix)
        assert await tx.fetch("SELECT FROM organisations") == []
        assert await tx.fetch("SELECT FROM body_keys") == []
        with pytest.raises(NoOrganisation):
            _ = tx.organisation_id
    await _revoked(owner_database, key.key_hash)
    with pytest.raises(Unauthenticated):
        async with database.request(key.key_hash):
            pytest.fail("opened")


async def _revoked(owner_database: Database, key_hash: bytes) -> None:
    async with owner_database.founding(uuid4()) as tx:
        assert await tx.execute("UPDATE body_keys SET revoked_at = now() WHERE key_hash = $1", key_hash) == "UPDATE 1"


async def test_an_unknown_organisation_is_refused(database: Database):
    with pytest.raises(UnknownOrganisation):
        async with database.organisation(uuid4()):
            pytest.fail("opened")


async def test_only_the_worker_opens_the_workers_session(database: Database, worker_database: Database):
    async with worker_database.worker() as tx:
        assert tx.caller.kind == "worker"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.worker():
            pytest.fail("opened")


# What commits


async def test_what_ends_well_is_committed(database: Database, made: Organisation):
    new = uuid4()
    async with database.organisation(made.id) as tx:
        await tx.execute("INSERT INTO staff (organisation_id, id, name, email) VALUES ($1, $2, 'N', 'e')", made.id, new)
    async with database.organisation(made.id) as tx:
        assert await tx.fetchrow("SELECT FROM staff WHERE id = $1", new) is not None


async def test_what_is_only_tried_is_undone(database: Database, made: Organisation):
    clocks: list[datetime] = []
    async with database.trying(clocks.append).organisation(made.id) as tx:
        await tx.execute("UPDATE staff SET name = 'changed'")
        assert len(await tx.fetch("SELECT FROM staff WHERE name = 'changed'")) > 0
    assert await _names(database, made, "changed") == 0


async def test_an_error_rolls_everything_back(database: Database, made: Organisation):
    with pytest.raises(LookupError):
        async with database.organisation(made.id) as tx:
            await tx.execute("UPDATE staff SET name = 'changed'")
            raise LookupError
    assert await _names(database, made, "changed") == 0


async def _names(database: Database, made: Organisation, name: str) -> int:
    async with database.organisation(made.id) as tx:
        return len(await tx.fetch("SELECT FROM staff WHERE name = $1", name))


async def test_a_swallowed_database_error_is_not_taken_for_a_commit(database: Database, made: Organisation):
    with pytest.raises(NotCommitted):
        async with database.organisation(made.id) as tx:
            await tx.execute("UPDATE staff SET name = 'lost'")
            with contextlib.suppress(asyncpg.DivisionByZeroError):
                await tx.execute("SELECT 1 / 0")
    assert await _names(database, made, "lost") == 0


# What leaks: nothing


@pytest.mark.parametrize("how", ["commit", "error", "unauthenticated"])
async def test_no_setting_is_left_on_the_connection(narrow: Database, made: Organisation, how: str):
    await _use(narrow, made, how)
    async with narrow.snapshot() as tx:
        row = await tx.fetchrow(SETTINGS)
        assert row is not None
        assert not row["o"]
        assert not row["s"]
        assert await tx.fetch("SELECT FROM staff") == []


async def _use(narrow: Database, made: Organisation, how: str) -> None:
    try:
        key = b"?" * 32 if how == "unauthenticated" else made.keys["director"].key_hash
        async with narrow.request(key) as tx:
            assert await tx.fetch("SELECT FROM staff")
            if how == "error":
                await tx.execute("SELECT 1 / 0")
    except (asyncpg.DivisionByZeroError, Unauthenticated):
        pass


async def test_a_key_sees_no_key_of_another(narrow: Database, made: Organisation, new_organisation: NewOrganisation):
    other = await new_organisation()
    async with narrow.request(made.keys["admin"].key_hash) as tx:
        rows = await tx.fetch("SELECT organisation_id FROM api_keys")
        assert {row["organisation_id"] for row in rows} == {made.id}
        assert not await tx.fetch("SELECT FROM api_keys WHERE key_hash = $1", other.keys["admin"].key_hash)


@pytest.mark.parametrize("cancelled", [1, 3])
@pytest.mark.parametrize("moment", ["in a statement", "between statements"])
async def test_a_cancelled_request_leaves_nothing(narrow: Database, made: Organisation, moment: str, cancelled: int):
    """Nor does it hold a lock until its statement would have ended."""
    started = asyncio.Event()

    async def request() -> None:
        async with narrow.request(made.keys["director"].key_hash) as tx:
            await tx.execute("UPDATE staff SET name = 'half'")
            started.set()
            await (tx.execute("SELECT pg_sleep(30)") if moment == "in a statement" else asyncio.sleep(30))

    for _ in range(5):
        started.clear()
        task = asyncio.create_task(request())
        await started.wait()
        await asyncio.sleep(0.01)
        for _ in range(cancelled):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        async with narrow.snapshot() as tx:  # the only connection is free again, and clean
            row = await tx.fetchrow(SETTINGS)
            assert row is not None
            assert not row["o"]
    assert await _names(narrow, made, "half") == 0


async def test_cancelled_at_any_moment_it_is_all_or_nothing(narrow: Database, made: Organisation):
    async def request() -> None:
        async with narrow.request(made.keys["director"].key_hash, "any", HASH) as tx:
            await tx.execute("UPDATE staff SET name = name || '.'")

    for step in range(60):
        task = asyncio.create_task(request())
        await asyncio.sleep(step * 0.00005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with narrow.snapshot() as tx:
            row = await tx.fetchrow(SETTINGS)
            assert row is not None
            assert not row["o"]
    async with narrow.organisation(made.id) as tx:
        dots = {row["name"].count(".") for row in await tx.fetch("SELECT name FROM staff")}
    assert len(dots) == 1


async def test_interleaved_requests_see_their_own_organisation(database: Database, new_organisation: NewOrganisation):
    organisations = [await new_organisation() for _ in range(4)]

    async def asks(made: Organisation) -> None:
        async with database.request(made.keys["system"].key_hash) as tx:
            rows = await tx.fetch("SELECT organisation_id FROM staff")
            assert {row["organisation_id"] for row in rows} == {made.id}

    await asyncio.gather(*(asks(made) for made in organisations * 60))


# Reading in one statement


def admit(_: Caller) -> None:
    """Anybody."""


async def test_a_reading_tells_who_asks_and_what_time_it_is(narrow: Database, new_organisation: NewOrganisation):
    made = await new_organisation(clock_offset=timedelta(days=40))
    reading = Reading(narrow, made.keys["director"].key_hash, admit)
    row = await reading.fetchrow("SELECT now() AS now, asking.clock, count(*) AS staff FROM staff")
    assert row is not None
    assert (row["clock"] - row["now"], reading.now, row["staff"]) == (timedelta(days=40), row["clock"], len(made.staff))
    assert (reading.organisation_id, reading.caller.staff_id) == (made.id, made.staff["director"])
    assert "complaints:act" in reading.caller.scopes


async def test_a_reading_gives_what_there_is(narrow: Database, made: Organisation):
    reading = Reading(narrow, made.keys["system"].key_hash, admit)
    rows = await reading.fetch("SELECT number, $2::text AS word FROM generate_series(1, $1) number", 3, "w")
    assert [(row["number"], row["word"]) for row in rows] == [(1, "w"), (2, "w"), (3, "w")]
    assert await reading.fetch("SELECT id FROM staff WHERE name = 'nobody'") == []
    assert await reading.fetchrow("SELECT id FROM staff WHERE name = 'nobody'") is None
    assert reading.organisation_id == made.id
    await reading.introduce()


async def test_a_reading_is_planned_for_an_organisation_with_rows(narrow: Database, made: Organisation):
    """The wall is a subquery: it is not looked at before the key is known, when there is no organisation yet."""
    async with narrow.snapshot() as tx:
        plan = [row[0] for row in await tx.driver.fetch("EXPLAIN SELECT FROM complaints WHERE id = $1", uuid4())]
    assert any("InitPlan" in line and "organisation_id" in line for line in plan), plan


async def test_readings_of_two_organisations_on_one_connection(narrow: Database, new_organisation: NewOrganisation):
    made = [await new_organisation() for _ in range(3)]

    async def asks(one: Organisation) -> None:
        reading = Reading(narrow, one.keys["system"].key_hash, admit)
        for table, column in (("staff", "organisation_id"), ("api_keys", "organisation_id"), ("organisations", "id")):
            rows = await reading.fetch(f"SELECT {column} AS whose FROM {table}")
            assert {row["whose"] for row in rows} == {one.id} == {reading.organisation_id}

    await asyncio.gather(*(asks(one) for one in made * 20))


@pytest.mark.parametrize("ended", [False, True])
async def test_a_reading_with_a_key_that_opens_nothing_reads_nothing(
    narrow: Database, made: Organisation, superuser: asyncpg.Connection, ended: bool
):
    key = made.keys["director"].key_hash if ended else b"?" * 32
    await superuser.execute("UPDATE api_keys SET expires_at = now() - interval '1 day' WHERE key_hash = $1", key)
    # that a row was read would show: there is no division by zero
    with pytest.raises(Unauthenticated):
        await Reading(narrow, key, admit).fetch("SELECT 1 / (0 * count(*)) AS never FROM staff")
    asking, rows = await narrow.glance(key, "SELECT id FROM staff")
    assert (asking["key_id"], rows) == (None, [])


async def test_a_body_reads_no_organisation(narrow: Database, owner_database: Database):
    from app.store.keys import insert_body_key, new_key

    key = new_key()
    async with owner_database.founding(uuid4()) as tx:
        row = await tx.fetchrow(
            "INSERT INTO bodies (slug, name, kind) VALUES ($1, 'B', 'committee') RETURNING id", key.prefix
        )
        assert row is not None
        await insert_body_key(tx, row["id"], key)
    reading = Reading(narrow, key.key_hash, admit)
    assert await reading.fetch("SELECT id FROM organisations UNION ALL SELECT id FROM staff") == []
    assert reading.caller.kind == "body"
    with pytest.raises(NoOrganisation):
        _ = reading.organisation_id


async def test_who_is_not_admitted_is_told_nothing(narrow: Database, made: Organisation):
    def refuse(caller: Caller) -> None:
        raise LookupError(caller.kind)

    with pytest.raises(LookupError, match="staff"):
        await Reading(narrow, made.keys["director"].key_hash, refuse).fetch("SELECT id FROM staff")


@pytest.mark.parametrize("how", ["well", "error", "cancelled", "slow"])
async def test_a_reading_leaves_nothing_on_the_connection(urls: Mapping[str, str], made: Organisation, how: str):
    database = Database(urls["app"], pool_size=1, wait=1, statement=0.3 if how == "slow" else None)
    reading = Reading(database, made.keys["director"].key_hash, admit)
    statement = {"well": "SELECT 1 AS one", "error": "SELECT 1 / 0 AS zero FROM staff"}.get(how, "SELECT pg_sleep(30)")
    task = asyncio.create_task(reading.fetch(statement))
    if how == "cancelled":
        await asyncio.sleep(0.05)
        task.cancel()
    expected = {
        "error": asyncpg.DivisionByZeroError,
        "cancelled": asyncio.CancelledError,
        "slow": Unavailable,
    }
    with pytest.raises(expected[how]) if how in expected else contextlib.nullcontext():
        await task
    async with database.snapshot() as tx:
        row = await tx.fetchrow(SETTINGS)
        assert row is not None
        assert not row["o"]
        assert not row["s"]
        assert await tx.fetch("SELECT FROM staff") == []
    await database.close()


async def test_a_reading_over_a_lost_connection_is_unavailable_once(
    narrow: Database, made: Organisation, superuser: asyncpg.Connection
):
    reading = Reading(narrow, made.keys["director"].key_hash, admit)
    row = await reading.fetchrow("SELECT pg_backend_pid() AS pid")
    assert row is not None
    lost = asyncio.create_task(reading.fetch("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.1)
    await superuser.execute("SELECT pg_terminate_backend($1)", row["pid"])
    with pytest.raises(Unavailable):
        await lost
    assert await reading.fetch("SELECT id FROM staff")


# Idempotency


async def test_an_answer_is_given_again(database: Database, made: Organisation):
    key = made.keys["system"].key_hash
    async with database.request(key, "once", HASH) as tx:
        assert (tx.replay, tx.in_flight) == (None, False)
        await answer(tx, "once", '{"id": 1}')
    async with database.request(key, "once", HASH) as tx:
        assert tx.replay == {"same_request": True, "status": 201, "headers": {"Location": "/x"}, "body": '{"id": 1}'}
    async with database.request(key, "once", b"o" * 32) as tx:
        assert tx.replay is not None
        assert tx.replay["same_request"] is False
    async with database.request(key) as tx:
        assert tx.replay is None


async def test_another_callers_same_key_is_another_key(database: Database, made: Organisation):
    async with database.request(made.keys["system"].key_hash, "mine", HASH) as tx:
        await answer(tx, "mine")
        async with database.request(made.keys["admin"].key_hash, "mine", HASH) as other:
            assert (other.replay, other.in_flight) == (None, False)
    async with database.request(made.keys["admin"].key_hash, "mine", HASH) as other:
        assert other.replay is None


async def test_of_many_at_once_one_is_let_through(database: Database, made: Organisation):
    key, let_through = made.keys["system"].key_hash, []

    async def post() -> str:
        while True:
            async with database.request(key, "many", HASH) as tx:
                if tx.replay:
                    return str(tx.replay["body"])
                if not tx.in_flight:
                    let_through.append(1)
                    await asyncio.sleep(0.02)
                    await answer(tx, "many", "first")
                    return "first"
            await asyncio.sleep(0.005)

    assert set(await asyncio.gather(*(post() for _ in range(40)))) == {"first"}
    assert len(let_through) == 1


async def test_an_answer_that_was_rolled_back_was_not_given(database: Database, made: Organisation):
    key = made.keys["system"].key_hash
    with pytest.raises(LookupError):
        async with database.request(key, "failed", HASH) as tx:
            await answer(tx, "failed")
            raise LookupError
    async with database.request(key, "failed", HASH) as tx:
        assert (tx.replay, tx.in_flight) == (None, False)


# Outages


async def test_a_full_pool_is_unavailable(urls: Mapping[str, str]):
    database = Database(urls["app"], pool_size=1, wait=0.1)
    async with database.snapshot():
        with pytest.raises(Unavailable):
            async with database.snapshot():
                pytest.fail("opened")
    await database.close()


async def test_nobody_there_is_unavailable():
    database = Database("postgresql+asyncpg://gehoor_app:x@127.0.0.1:1/gehoor")
    with pytest.raises(Unavailable):
        async with database.snapshot():
            pytest.fail("opened")
    await database.close()


async def test_a_slow_statement_is_unavailable_and_leaves_no_trace(urls: Mapping[str, str], made: Organisation):
    database = Database(urls["app"], pool_size=1, statement=0.2)
    with pytest.raises(Unavailable):
        async with database.organisation(made.id) as tx:
            await tx.execute("UPDATE staff SET name = 'slow'")
            await tx.execute("SELECT pg_sleep(30)")
    assert await _names(database, made, "slow") == 0
    await database.close()


async def test_a_lost_connection_is_unavailable_and_then_replaced(
    narrow: Database, made: Organisation, superuser: asyncpg.Connection
):
    with pytest.raises(Unavailable):
        async with narrow.organisation(made.id) as tx:
            await superuser.execute("SELECT pg_terminate_backend($1)", tx.driver.get_server_pid())
            await tx.execute("SELECT 1")
    async with narrow.organisation(made.id) as tx:
        assert tx.organisation_id == made.id


@pytest.mark.parametrize(
    ("limits", "statement"),
    [(Limits(idle=0.3), None), (Limits(whole=0.3), None), (Limits(whole=0.3), "SELECT pg_sleep(30)")],
    ids=["idle", "long", "at work"],
)
async def test_a_transaction_that_lasts_too_long_is_ended_by_the_server_and_nothing_is_left_of_it(
    urls: Mapping[str, str], made: Organisation, limits: Limits, statement: str | None
):
    """As when the process stopped in the middle of it (SIGSTOP), or its machine is gone."""
    database = Database(urls["app"], pool_size=1, limits=limits)
    with pytest.raises(Unavailable):
        async with database.organisation(made.id) as tx:
            await tx.execute("UPDATE staff SET name = 'stopped'")
            await (tx.execute(statement) if statement else asyncio.sleep(1))
    assert await _names(database, made, "stopped") == 0
    await database.close()


async def test_connections_that_died_in_the_pool_are_replaced_unseen(
    narrow: Database, made: Organisation, superuser: asyncpg.Connection
):
    async with narrow.organisation(made.id) as tx:
        pid = tx.driver.get_server_pid()
    await superuser.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.1)
    async with narrow.organisation(made.id) as tx:
        assert tx.driver.get_server_pid() != pid


async def test_a_restarted_server_is_found_again(tmp_path_factory: pytest.TempPathFactory):
    directory = tmp_path_factory.mktemp("restarted")
    server = await asyncio.to_thread(Embedded.start, directory)
    port, database = server.port, Database(server.url("gehoor_app"), pool_size=2)
    with pytest.raises(Unavailable):
        async with database.snapshot() as tx:
            await asyncio.to_thread(server.stop)
            await tx.fetch("SELECT")
    with pytest.raises(Unavailable):
        async with database.snapshot():
            pytest.fail("opened")
    server = await asyncio.to_thread(Embedded.start, directory, port=port)
    async with database.snapshot() as tx:
        assert await tx.fetch("SELECT")
    await database.close()
    await asyncio.to_thread(server.stop)


def test_every_refusal_is_in_the_tree():
    from app.store import transaction

    tree = transaction.__doc__ or ""
    refusals: list[type[StoreError]] = [StoreError, *StoreError.__subclasses__()]
    assert [refusal for refusal in refusals if refusal.__name__ not in tree] == []
