"""Events to a good receiver and five bad ones, while a worker is killed every second or two: none is lost."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from uuid import UUID

import pytest

from app.domain.callers import Actor
from app.domain.intake import Intake
from app.procedures.reading import shipped_named
from app.services import procedures, webhooks
from app.services.complaints import Filing, receive
from app.services.secrets import Sealer
from app.store.session import Database
from tests.conftest import NewOrganisation
from tests.faults import delivering
from tests.faults.processes import Forked, forking, kill
from tests.receivers import Receiver, answering, endless, receiving, reset, tarpit

KEY = b"k" * 32
BAD = {"500": answering(500), "tarpit": tarpit, "reset": reset, "endless": endless, "410": answering(410)}


@dataclass
class Delivering:
    """A process that delivers; `worked` is set once it had a round."""

    urls: Mapping[str, str]
    worked: Event = field(default_factory=forking.Event)

    def __post_init__(self) -> None:
        self.process = Forked(delivering.run, self.urls["app"], self.urls["worker"], KEY, self.worked)

    async def at_work(self) -> None:
        """However slow the machine: one that is killed before it is at work proves nothing."""
        assert await asyncio.to_thread(self.worked.wait, 30)


async def _subscribed(database: Database, organisation_id: UUID, receivers: Sequence[Receiver]) -> None:
    async with database.organisation(organisation_id) as tx:
        procedure = shipped_named("jso")
        await procedures.publish(tx, procedure, allow_past=True)
        for receiver in receivers:
            await webhooks.create(tx, Sealer(KEY), url=receiver.url, description="x", event_types=["*"])


async def _filed(database: Database, organisation_id: UUID, count: int, seconds: float) -> dict[str, float]:
    """Files so many complaints, spread over the time; the event of each, and when it was committed."""
    committed: dict[str, float] = {}
    for _ in range(count):
        async with database.organisation(organisation_id) as tx:
            given = frozenset({"description", "complainant_name", "complainant_name_or_organisation"})
            intake = Intake("email", tx.now, complainant_type="customer", given=given)
            filed = await receive(tx, Filing(intake, texts={"description": "Te laat."}), Actor("system"))
            event = filed.dossier.events[0]
        committed[str(event.id)] = time.monotonic()
        await asyncio.sleep(seconds / count)
    return committed


@asynccontextmanager
async def _two_workers(urls: Mapping[str, str]) -> AsyncIterator[list[Delivering]]:
    workers = [Delivering(urls), Delivering(urls)]
    try:
        yield workers
    finally:
        for worker in workers:
            kill(worker.process)


async def _kill_every(urls: Mapping[str, str], workers: list[Delivering], seconds: float) -> int:
    """Kills one and starts another, in turn, until cancelled; how many were killed."""
    kills = 0
    try:
        while True:
            await workers[kills % 2].at_work()
            await asyncio.sleep(seconds)
            kill(workers[kills % 2].process)
            workers[kills % 2] = Delivering(urls)
            kills += 1
    except asyncio.CancelledError:
        return kills


def _late(good: Receiver, committed: Mapping[str, float]) -> list[float]:
    """Seconds from the commit to the first copy, the shortest first."""
    first: dict[str, float] = {}
    for arrival in good.arrivals:
        first.setdefault(arrival.headers["webhook-id"], arrival.at)
    return sorted(first[event] - at for event, at in committed.items())


@pytest.mark.parametrize(
    ("count", "seconds", "between"), [(50, 5, 1), pytest.param(1000, 210, 2, marks=pytest.mark.long)]
)
async def test_none_is_lost(
    urls: Mapping[str, str],
    database: Database,
    new_organisation: NewOrganisation,
    count: int,
    seconds: float,
    between: float,
):
    made = await new_organisation()
    async with AsyncExitStack() as stack:
        good = await stack.enter_async_context(receiving(answering(200)))
        bad = {name: await stack.enter_async_context(receiving(behave)) for name, behave in BAD.items()}
        await _subscribed(database, made.id, [good, *bad.values()])
        workers = await stack.enter_async_context(_two_workers(urls))
        for worker in workers:
            await worker.at_work()
        killing = asyncio.create_task(_kill_every(urls, workers, between))
        committed = await _filed(database, made.id, count, seconds)
        killing.cancel()
        kills = await killing
        for _ in range(1200):
            if committed.keys() <= {arrival.headers["webhook-id"] for arrival in good.arrivals}:
                break
            await asyncio.sleep(0.1)
    copies = Counter(arrival.headers["webhook-id"] for arrival in good.arrivals)
    assert copies.keys() == committed.keys()
    assert all(arrival.event["id"] == arrival.headers["webhook-id"] for arrival in good.arrivals)
    late = _late(good, committed)
    ninety_ninth = late[int(len(late) * 0.99) - 1]
    tried = {name: len(receiver.arrivals) for name, receiver in bad.items()}
    print(
        f"\n{count} events, {kills} kills: median {late[len(late) // 2]:.2f} s, 99th percentile"
        f" {ninety_ninth:.2f} s, worst {late[-1]:.2f} s, {copies.total() - count} copies; tried at {tried}"
    )
    assert all(tried.values())
    if count >= 1000:  # of fewer it is the worst one, and says more of the machine
        assert ninety_ninth < 5
    assert good.most_at_once <= 8
