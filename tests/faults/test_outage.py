"""It fails honestly: without its database it says so quickly, and it comes back by itself."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from app.embedded import Embedded
from app.services.guard import flag_breaches
from app.store import guard, session
from app.store.migrations import upgrade
from app.store.pool import Driver, Limits
from app.store.session import Database
from app.store.transaction import Transaction
from app.worker import loop, queue
from app.worker.queue import Due, Turn
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation
from tests.faults.processes import NO_TRUST, free_port, kill, serving, start, until


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a migrated database, with which each test starts a PostgreSQL of its own."""
    made = tmp_path_factory.mktemp("outage") / "data"
    with Embedded.start(made) as server:
        asyncio.run(upgrade(server.url("gehoor_owner")))
    return made


@pytest.fixture
def own_server(data_dir: Path) -> Iterator[Embedded]:
    """A PostgreSQL that this test may stop."""
    with Embedded.start(data_dir) as server:
        yield server


def _urls(server: Embedded) -> Mapping[str, str]:
    return {"app": server.url("gehoor_app"), "worker": server.url("gehoor_worker")}


async def _get(port: int, path: str, seconds: float) -> httpx.Response:
    """The answer, which must come within so many seconds."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=NO_TRUST) as client:
        headers = {"Authorization": "Bearer nobody"}
        return await asyncio.wait_for(client.get(path, headers=headers, timeout=seconds), seconds)


async def _until(port: int, path: str, status: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (await _get(port, path, 5)).status_code != status:
        assert time.monotonic() < deadline, f"{path} did not become {status} in {seconds} s"
        await asyncio.sleep(0.1)


async def test_without_a_database(own_server: Embedded) -> None:
    port, postgres_port = free_port(), own_server.port
    with serving(_urls(own_server), port):
        assert (await _get(port, "/v1/complaints", 5)).status_code == 401
        own_server.stop()
        answer = await _get(port, "/v1/complaints", 3)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        await _until(port, "/health/ready", 503, 5)
        assert (await _get(port, "/health/live", 3)).status_code == 200
        with Embedded.start(own_server.data_dir, port=postgres_port):
            await _until(port, "/health/ready", 200, 10)
            assert (await _get(port, "/v1/complaints", 5)).status_code == 401


async def test_with_a_database_that_does_not_answer(own_server: Embedded) -> None:
    """Stopped in the middle (SIGSTOP): nothing is refused, nothing comes back."""
    port = free_port()
    with serving(_urls(own_server), port):
        children = _children(own_server.pid)
        for pid in (own_server.pid, *children):
            os.kill(pid, signal.SIGSTOP)
        try:
            await _until(port, "/health/ready", 503, 8)
            assert (await _get(port, "/v1/complaints", 3.5)).status_code == 503
        finally:
            for pid in (*children, own_server.pid):
                os.kill(pid, signal.SIGCONT)
        await _until(port, "/health/ready", 200, 10)
        await _until(port, "/v1/complaints", 401, 10)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_refuses_to_start_as_the_owner_or_a_superuser(own_server: Embedded) -> None:
    urls = _urls(own_server)
    for role in ("gehoor_owner", "postgres", "gehoor_backup"):
        wrong = {**urls, "app": own_server.url(role)}
        with pytest.raises(AssertionError, match="did not become ready"), serving(wrong, free_port()):
            pass


async def test_is_not_ready_when_commits_are_not_kept(data_dir: Path) -> None:
    port = free_port()
    with Embedded.start(data_dir, settings={"synchronous_commit": "off"}) as server:
        api = start(_urls(server), "serve", GEHOOR_PORT=str(port))
        try:
            until(api, port, "/health/live")
            assert (await _get(port, "/health/ready", 5)).status_code == 503
        finally:
            kill(api)


async def test_a_worker_goes_on_when_its_database_is_back(
    own_server: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "ANSWER_SECONDS", 2.0)
    due = {"line": 1}
    brought: list[str] = []
    postgres_port = own_server.port

    async def look(_: Sequence[str]) -> Sequence[Due]:
        return [Due(line, False) for line, count in due.items() if count]

    async def handler(line: str, _: Turn) -> None:
        due[line] = 0
        brought.append(line)

    async def brought_up_to(count: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while len(brought) < count:
            assert time.monotonic() < deadline, f"{brought} after {seconds} s"
            await asyncio.sleep(0.05)

    worker, stop = Database(_urls(own_server)["worker"]), asyncio.Event()
    running = asyncio.create_task(queue.run(worker, look, handler, stop))
    await brought_up_to(1, 10)
    own_server.stop()
    await asyncio.sleep(1)
    due["line"] = 1
    with Embedded.start(own_server.data_dir, port=postgres_port) as again:
        await brought_up_to(2, 10)
        children = _children(again.pid)
        for pid in (again.pid, *children):
            os.kill(pid, signal.SIGSTOP)
        due["line"] = 1
        await asyncio.sleep(queue.ANSWER_SECONDS + 2)
        for pid in (*children, again.pid):
            os.kill(pid, signal.SIGCONT)
        await brought_up_to(3, 10)
        stop.set()
        await asyncio.wait_for(running, 12)
    await worker.close()


async def test_a_request_that_stood_still_in_its_transaction_is_refused_and_may_come_again(
    urls: Mapping[str, str], database: Database, new_organisation: NewOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = Database(urls["app"], pool_size=2, limits=Limits(whole=2))
    commit, stood_still = session._commit, False

    async def late(driver: Driver) -> None:
        nonlocal stood_still
        if not stood_still:
            stood_still = True
            await asyncio.sleep(3)
        await commit(driver)

    try:
        made = await office(new_organisation, database)
        async with client(database) as quick:
            await Desk(quick, made).file()  # what is read but once in a process is read
        async with client(limited) as opened:
            desk, once = Desk(opened, made), {"by": "system", "Idempotency_Key": "k"}
            body = {"channel": "email", "description": "x", "complainant": {"name": "Sam", "email": "sam@example.org"}}
            monkeypatch.setattr(session, "_commit", late)
            refused = await desk("POST", "/complaints", body, **once)
            again = await desk("POST", "/complaints", body, **once)
            assert (refused.status_code, again.status_code) == (503, 201), again.text
            assert int(refused.headers["retry-after"]) > 0
            assert len((await desk.get("/complaints"))["items"]) == 2
    finally:
        await limited.close()


async def test_a_worker_that_stood_still_in_its_transaction_keeps_no_other_waiting_and_goes_on(
    urls: Mapping[str, str], database: Database, new_organisation: NewOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two of them the one stops with a term locked; the other flags it, and both go on."""
    stands, works = (Database(urls["worker"], pool_size=1, limits=Limits(idle=0.5)) for _ in range(2))
    made = await office(new_organisation, database)
    stop, stopped, went_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def standing(tx: Transaction) -> int:
        if stopped.is_set():
            went_on.set()
        elif await guard.breached(tx, 200):
            stopped.set()
            await asyncio.sleep(3)
        return 0

    try:
        async with client(database) as opened:
            desk = Desk(opened, made)
            complaint = await desk.file()
            await desk.clock("2036-03-10T09:00:00Z")
            monkeypatch.setattr(loop, "flag_breaches", standing)
            running = asyncio.create_task(loop.run(stands, stop, sleep=0.1))
            await asyncio.wait_for(stopped.wait(), 30)
            flagged, deadline = set[str](), time.monotonic() + 2.5
            async with works.worker() as tx:  # before the first has ended: what is locked is left to it
                assert await flag_breaches(tx) == 0
            while "term.breached" not in flagged and time.monotonic() < deadline:
                async with works.worker() as tx:
                    await flag_breaches(tx)
                events = await desk.get(f"/complaints/{complaint['id']}/events")
                flagged = {each["type"] for each in events["items"]}
                await asyncio.sleep(0.1)
            assert "term.breached" in flagged
            await asyncio.wait_for(went_on.wait(), 30)
    finally:
        stop.set()
        await running
        await stands.close()
        await works.close()
