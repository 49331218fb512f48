"""Deliveries: who may bring which, for how long, and what becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.domain.delivery import Outcome
from app.services import webhooks
from app.services.deliveries import Lease, announce, due, ended, forget_old, redeliver, renewed
from app.services.receipts import forget_announced
from app.services.secrets import Sealer
from app.store import deliveries as stored
from app.store import receipts as receipts_stored
from app.store import webhooks as stored_webhooks
from app.store.session import Database
from app.store.transaction import Transaction
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation
from tests.leasing import lease_all
from tests.receivers import announce_all

ARRIVED = Outcome("delivered", 200, "delivered")
REFUSED = Outcome("temporary", 503, "refused")
NOBODY = Outcome("permanent", 550, "no-such-mailbox")


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


class Hall:
    """The worker's side of one organisation."""

    def __init__(self, desk: Desk, app: Database, worker: Database) -> None:
        self.desk, self.app, self.worker = desk, app, worker

    async def subscribe(self) -> UUID:
        async with self.app.organisation(self.desk.made.id) as tx:
            made = await webhooks.create(
                tx, Sealer(b"k" * 32), url="https://example.org/", description="x", event_types=["*"]
            )
            return UUID(str(made.row["id"]))

    async def happen(self, times: int = 1) -> None:
        for _ in range(times):
            await self.desk.file()
        await announce_all(self.worker)

    async def lease(self, busy: list[Lease] | None = None) -> list[Lease]:
        async with self.worker.worker() as tx:
            found = await lease_all(tx, busy or [])
        return [each for each in found if each.organisation_id == self.desk.made.id]

    async def end(self, lease: Lease, outcome: Outcome) -> str | None:
        async with self.app.organisation(lease.organisation_id) as tx:
            verdict = await ended(tx, lease, outcome)
        return verdict.state if verdict else None

    async def message(self, complaint_id: str, tx: Transaction) -> UUID:
        message_id = uuid4()
        await tx.execute(
            "insert into messages (organisation_id, id, complaint_id, direction, channel, state, shared, language,"
            " subject, body, author_kind, occurred_at) values (app_organisation(), $1, $2, 'outbound', 'email', 'sent',"
            " true, 'nl', 'Onderwerp', 'Tekst', 'system', now())",
            message_id,
            UUID(complaint_id),
        )
        return message_id

    async def mail(self, count: int = 1, *, post: bool = False) -> tuple[str, list[Any]]:
        filed = await self.desk.file()
        async with self.app.organisation(self.desk.made.id) as tx:
            message_id = await self.message(filed["id"], tx)
            made = [
                await stored.add_post(tx, UUID(filed["id"]), message_id)
                if post
                else await stored.add_mail(tx, UUID(filed["id"]), message_id, "sam@example.org")
                for _ in range(count)
            ]
        return filed["id"], made


@pytest.fixture
def hall(desk: Desk, database: Database, worker_database: Database) -> Hall:
    return Hall(desk, database, worker_database)


# -- leases ----------------------------------------------------------------------------------------------------


async def test_each_line_has_its_share_and_no_more(hall: Hall):
    first, second = await hall.subscribe(), await hall.subscribe()
    await hall.happen(6)
    await hall.mail(6)
    found = await hall.lease()
    lines = [each.webhook_id for each in found]
    assert (lines.count(first), lines.count(second), lines.count(None)) == (4, 4, 4)
    assert [each for each in await hall.lease(found)] == []
    done = [each for each in found if each.webhook_id == first]
    for each in done:
        assert await hall.end(each, ARRIVED) == "delivered"
    more = await hall.lease([each for each in found if each not in done])
    assert [each.webhook_id for each in more] == [first, first]


async def test_two_who_announce_at_once_do_not_double(hall: Hall):
    webhook_id = await hall.subscribe()
    for _ in range(3):
        await hall.desk.file()
    async with hall.worker.worker() as first:
        assert await announce(first) >= 3
        async with hall.worker.worker() as second:
            await second.execute("set local lock_timeout = '2s'")
            await announce(second)
    async with hall.app.organisation(hall.desk.made.id) as tx:
        assert await stored.count(tx, stored.Wanted(webhook_id=webhook_id)) == 3


async def test_an_announcement_that_is_not_committed_is_made_again(hall: Hall):
    webhook_id = await hall.subscribe()
    await hall.desk.file()
    with pytest.raises(ZeroDivisionError):
        async with hall.worker.worker() as tx:
            assert await announce(tx) >= 1
            raise ZeroDivisionError
    await hall.happen()
    async with hall.app.organisation(hall.desk.made.id) as tx:
        assert await stored.count(tx, stored.Wanted(webhook_id=webhook_id)) == 2


async def test_the_oldest_first_and_a_complaints_events_in_order(hall: Hall):
    await hall.subscribe()
    await hall.happen(3)
    found = await hall.lease()
    assert {each.sequence for each in found} == {1}
    assert {each.type for each in found} == {"nl.gehoor.complaint.received"}
    assert [each.attempt for each in found] == [1, 1, 1]


async def test_one_that_fails_gets_one_place(hall: Hall):
    webhook_id = await hall.subscribe()
    await hall.happen(6)
    for each in await hall.lease():
        assert await hall.end(each, REFUSED) == "waiting"
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await tx.execute("update deliveries set next_at = now() where webhook_id = $1", webhook_id)
    async with hall.worker.worker() as tx:
        assert [(line.webhook_id, fails) for line, fails in await due(tx) if line.webhook_id == webhook_id] == [
            (webhook_id, True)
        ]
    [only] = await hall.lease()
    assert await hall.lease([only]) == []
    assert await hall.end(only, ARRIVED) == "delivered"
    assert len(await hall.lease()) == 4


async def test_a_paused_webhook_is_left_alone(hall: Hall):
    webhook_id = await hall.subscribe()
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await webhooks.change(tx, webhook_id, {"state": "paused"}, "*")
    await hall.happen()
    assert await hall.lease() == []
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await webhooks.change(tx, webhook_id, {"state": "active"}, "*")
    assert len(await hall.lease()) == 1


async def _expire(hall: Hall, lease: Lease) -> None:
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await tx.execute("update deliveries set leased_until = now() where id = $1", lease.id)


async def test_nobody_else_takes_it_until_the_lease_ends(hall: Hall):
    await hall.subscribe()
    await hall.happen()
    [mine] = await hall.lease()
    assert await hall.lease() == []
    await _expire(hall, mine)
    assert await hall.lease([mine]) == []  # not twice by the same worker either
    [theirs] = await hall.lease()
    assert (theirs.id, theirs.attempt) == (mine.id, 2)
    assert await hall.end(mine, ARRIVED) is None
    assert await hall.end(theirs, REFUSED) == "waiting"
    assert await hall.end(theirs, ARRIVED) is None


async def test_a_lease_is_short_and_kept_up(hall: Hall):
    await hall.subscribe()
    await hall.happen()
    _, [mail] = await hall.mail()
    for each in await hall.lease():
        until = await _leased_until(hall, each.id)
        assert timedelta() < until - each.began_at <= timedelta(seconds=60)
        await _expire(hall, each)
        async with hall.worker.worker() as tx:
            await renewed(tx, [each])
            now = tx.now
        kept = await _leased_until(hall, each.id) > now
        assert kept == (each.id != mail["id"])


async def _leased_until(hall: Hall, delivery_id: UUID) -> Any:
    async with hall.app.organisation(hall.desk.made.id) as tx:
        row = await stored.read(tx, delivery_id)
    assert row is not None
    return row["leased_until"]


async def test_a_change_of_the_webhook_and_the_end_of_an_attempt_wait_for_one_another(hall: Hall):
    webhook_id = await hall.subscribe()
    await hall.happen()
    [lease] = await hall.lease()
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await stored_webhooks.read(tx, webhook_id, lock=True)
        ending = asyncio.create_task(hall.end(lease, REFUSED))
        await asyncio.sleep(0.3)
        await stored_webhooks.cancel_waiting(tx, webhook_id)
    assert await ending is None


async def test_a_webhook_that_is_removed_while_events_are_announced_leaves_nothing_waiting(hall: Hall):
    webhook_id = await hall.subscribe()
    await hall.desk.file()
    async with hall.worker.worker() as tx:
        assert await announce(tx) >= 1
        async with hall.app.organisation(hall.desk.made.id) as other:
            await webhooks.remove(other, webhook_id)
    async with hall.worker.worker() as tx:
        await forget_old(tx)
    async with hall.app.organisation(hall.desk.made.id) as tx:
        rows = await stored.listed(tx, stored.Wanted(webhook_id=webhook_id), None, 10)
    assert [row["state"] for row in rows] == ["cancelled"]
    assert await hall.lease() == []


# -- what becomes of them --------------------------------------------------------------------------------------


async def test_a_mail_that_is_refused_is_recorded_on_the_complaint(hall: Hall):
    complaint, [mail] = await hall.mail()
    [lease] = await hall.lease()
    assert await hall.end(lease, NOBODY) == "dead"
    events = (await hall.desk.get(f"/complaints/{complaint}/events"))["items"]
    [failed] = [each for each in events if each["type"] == "delivery.failed"]
    facts = {"messageId": str(mail["message_id"]), "deliveryId": str(mail["id"]), "code": "no-such-mailbox"}
    assert failed["facts"] == facts
    async with hall.app.organisation(hall.desk.made.id) as tx:
        tried = (await stored.attempts(tx, [mail]))[mail["id"]]
    assert [(each["number"], each["outcome"], each["status"]) for each in tried] == [(1, "permanent", 550)]


async def test_a_mail_that_may_yet_arrive_is_not(hall: Hall):
    complaint, _ = await hall.mail()
    [lease] = await hall.lease()
    assert await hall.end(lease, REFUSED) == "waiting"
    events = (await hall.desk.get(f"/complaints/{complaint}/events"))["items"]
    assert [each["type"] for each in events] == ["complaint.received"]


# -- how long they are kept ------------------------------------------------------------------------------------


async def _ended(hall: Hall, days: int, *ids: UUID) -> None:
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await tx.execute("update deliveries set ended_at = now() - $2::interval where id = any($1)", ids, _days(days))


def _days(number: int) -> timedelta:
    return timedelta(days=number)


async def _left(hall: Hall, *ids: UUID) -> tuple[set[UUID], set[UUID]]:
    """Which of these deliveries are there, and which still have attempts."""
    async with hall.app.organisation(hall.desk.made.id) as tx:
        rows = await tx.fetch("select id from deliveries where id = any($1)", ids)
        tried = await stored.attempts(tx, [{"organisation_id": hall.desk.made.id, "id": each} for each in ids])
    return {row["id"] for row in rows}, {each for each, attempts in tried.items() if attempts}


async def _forget(hall: Hall, batch: int = 500) -> int:
    async with hall.worker.worker() as tx:
        return await forget_old(tx, batch)


async def test_what_was_sent_to_a_webhook_is_kept_for_thirty_days(hall: Hall):
    await hall.subscribe()
    await hall.happen(4)
    old, young, dead, waiting = await hall.lease()
    for each, outcome in ((old, ARRIVED), (young, ARRIVED), (dead, NOBODY), (waiting, REFUSED)):
        await hall.end(each, outcome)
    everything = [each.id for each in (old, young, dead, waiting)]
    await _ended(hall, 31, old.id, dead.id, waiting.id)
    await _ended(hall, 29, young.id)
    assert await _left(hall, *everything) == (set(everything), set(everything))
    await _forget(hall)
    assert await _left(hall, *everything) == ({young.id, waiting.id}, {young.id, waiting.id})
    async with hall.app.organisation(hall.desk.made.id) as tx:
        assert (await redeliver(tx, young.id))["state"] == "waiting"


async def test_what_was_cancelled_goes_too_a_mail_and_a_letter_stay(hall: Hall):
    webhook_id = await hall.subscribe()
    await hall.happen()
    [cancelled] = await hall.lease()
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await webhooks.remove(tx, webhook_id)
    _, [mail] = await hall.mail()
    _, [letter] = await hall.mail(post=True)
    [lease] = await hall.lease()
    await hall.end(lease, ARRIVED)
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await stored.complete(tx, letter["id"], tx.now)
    everything = (cancelled.id, mail["id"], letter["id"])
    await _ended(hall, 3000, *everything)
    await _forget(hall)
    assert await _left(hall, *everything) == ({mail["id"], letter["id"]}, {mail["id"]})


async def test_not_even_a_mistake_takes_the_delivery_of_a_mail_away(hall: Hall):
    _, [mail] = await hall.mail()
    [lease] = await hall.lease()
    await hall.end(lease, ARRIVED)
    async with hall.worker.worker() as tx:
        assert await tx.execute("delete from deliveries where id = $1", mail["id"]) == "DELETE 0"
    assert (await _left(hall, mail["id"]))[0] == {mail["id"]}


async def test_in_small_batches_the_oldest_first_and_by_two_workers(hall: Hall):
    await hall.subscribe()
    await hall.happen(3)
    found = [each.id for each in await hall.lease()]
    async with hall.app.organisation(hall.desk.made.id) as tx:
        await tx.execute("update deliveries set state = 'dead' where id = any($1)", found)
    for years, each in enumerate(found, start=5):
        await _ended(hall, 365 * years, each)
    async with hall.worker.worker() as first:
        assert await forget_old(first, 1) == 1
        async with hall.worker.worker() as second:
            await second.execute("set local lock_timeout = '2s'")
            assert await forget_old(second, 1) == 1
    assert (await _left(hall, *found))[0] == {found[0]}


async def test_an_index_finds_what_is_old(hall: Hall):
    async with hall.worker.worker() as tx:
        await tx.execute("set local enable_seqscan = off")
        plan = await tx.fetch("explain " + stored._FORGET, _days(30), 500)
    told = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "using deliveries_ended_idx" in told
    assert "Seq Scan" not in told


# -- announcements -------------------------------------------------------------------------------------------------


AGED = "update outbox set id = uuidv7(-$2::interval) where organisation_id = $1 and id = $3"


@pytest_asyncio.fixture
async def announcements(hall: Hall, superuser: "asyncpg.Connection[asyncpg.Record]") -> list[UUID]:
    """Of five complaints: the complaints. Four are announced (five, four, four and two days ago), the last is not."""
    await hall.happen(4)
    await _forget_announced(hall)  # of other tests
    await hall.desk.file()
    sql = "select id, complaint_id from outbox where organisation_id = $1 order by id"
    rows = await superuser.fetch(sql, hall.desk.made.id)
    for row, days in zip(rows, (5, 4, 4, 2, 5), strict=True):
        await superuser.execute(AGED, hall.desk.made.id, _days(days), row["id"])
    return [row["complaint_id"] for row in rows]


async def _forget_announced(hall: Hall) -> None:
    done = 1
    while done:
        async with hall.worker.worker() as tx:
            done = await forget_announced(tx)


async def _announced(hall: Hall) -> set[UUID]:
    async with hall.worker.worker() as tx:
        rows = await tx.fetch("select complaint_id from outbox where organisation_id = $1", hall.desk.made.id)
    return {row["complaint_id"] for row in rows}


async def test_what_was_announced_goes_when_no_receipt_is_made_of_it_any_more(hall: Hall, announcements: list[UUID]):
    await _forget_announced(hall)
    assert await _announced(hall) == set(announcements[3:])
    # the ledger, the feed and the list have it still
    listed = await hall.desk.get("/complaints")
    assert {UUID(each["id"]) for each in listed["items"]} == set(announcements)
    assert len((await hall.desk.get("/events"))["items"]) == len(announcements)


async def test_announcements_go_in_small_batches_and_by_two_workers(hall: Hall, announcements: list[UUID]):
    async with hall.worker.worker() as first:
        assert await forget_announced(first, 1) == 1
        async with hall.worker.worker() as second:
            await second.execute("set local lock_timeout = '2s'")
            assert await forget_announced(second, 1) == 1
    assert len(await _announced(hall)) == 3


async def test_not_even_a_mistake_takes_away_what_is_not_announced(hall: Hall, announcements: list[UUID]):
    async with hall.worker.worker() as tx:
        await tx.execute("delete from outbox where organisation_id = $1", hall.desk.made.id)
    assert await _announced(hall) == {announcements[4]}


async def test_an_index_finds_what_was_announced(hall: Hall):
    async with hall.worker.worker() as tx:
        await tx.execute("set local enable_seqscan = off")
        plan = await tx.fetch("explain " + receipts_stored._FORGET.format(batch=500), _days(3))
    told = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Index Scan using outbox_pkey" in told
    assert "Seq Scan on outbox" not in told


async def test_figures(hall: Hall):
    await hall.mail()
    [lease] = await hall.lease()
    await hall.end(lease, NOBODY)
    await hall.mail(post=True)
    async with hall.worker.worker() as tx:
        found = await stored.figures(tx)
    assert found["dead_letters"] >= 1
    assert found["oldest_to_print_at"] is not None
    assert set(found) == {
        "oldest_undelivered_at", "oldest_to_print_at", "failing_since", "dead_letters", "failing_webhooks",
    }  # fmt: skip


async def test_the_worker_cannot_read_an_address(hall: Hall):
    await hall.mail()
    with pytest.raises(Exception, match="permission denied"):
        async with hall.worker.worker() as tx:
            await tx.fetch("select address from deliveries")
