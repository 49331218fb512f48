"""Deliveries that keep failing: told once, to others than the one it is about, and told when it is over."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from app.domain.announcing import FAILING, RECOVERED
from app.domain.delivery import Outcome
from app.services import mailboxes, webhooks
from app.services.deliveries import ended, redeliver
from app.services.failing import figures, listed, tell_failing
from app.services.mailboxes import Sent
from app.services.secrets import Sealer
from app.store import deliveries as stored
from app.store.session import Database
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation
from tests.contract.announced import misfits
from tests.leasing import lease_all
from tests.receivers import announce_all

SEALER = Sealer(b"k" * 32)
ARRIVED = Outcome("delivered", 200, "delivered")
REFUSED = Outcome("temporary", 503, "refused")
GONE = Outcome("temporary", 410, "gone")
AWAY = Outcome("temporary", None, "connect-failed")
EVENTS = ["nl.gehoor.complaint.received"]
OWN = [FAILING, RECOVERED]


@dataclass
class Lines:
    """The webhooks and the mail of one organisation, and the worker's side of them."""

    desk: Desk
    app: Database
    worker: Database

    async def webhook(self, *types: str) -> UUID:
        async with self.app.organisation(self.desk.made.id) as tx:
            made = await webhooks.create(
                tx, SEALER, url="https://example.org/", description="x", event_types=types or ["*"]
            )
        return UUID(str(made.row["id"]))

    async def deliver(self, outcome: Outcome, *, to: UUID | None = None) -> None:
        """One event to that webhook, or a mail, that ends like this."""
        filed = await self.desk.file()
        if to is None:
            await self._mail(UUID(filed["id"]))
        await announce_all(self.worker)
        async with self.app.organisation(self.desk.made.id) as tx:
            await tx.execute("update deliveries set next_at = now() where state = 'waiting'")
        async with self.worker.worker() as tx:
            found = [each for each in await lease_all(tx) if each.organisation_id == self.desk.made.id]
        [one, *_] = [each for each in found if each.webhook_id == to]
        async with self.app.organisation(self.desk.made.id) as tx:
            await ended(tx, one, outcome)
            await tx.execute("update deliveries set lease = null, leased_until = null where id <> $1", one.id)

    async def _mail(self, complaint_id: UUID) -> None:
        async with self.app.organisation(self.desk.made.id) as tx:
            message_id = uuid4()
            await tx.execute(
                "insert into messages (organisation_id, id, complaint_id, direction, channel, state, shared, language,"
                " subject, body, author_kind, occurred_at) values (app_organisation(), $1, $2, 'outbound', 'email',"
                " 'sent', true, 'nl', 'Onderwerp', 'Tekst', 'system', now())",
                message_id,
                complaint_id,
            )
            await stored.add_mail(tx, complaint_id, message_id, "sam@example.org")

    async def passes(self, minutes: int) -> None:
        """What fails began so much longer ago."""
        async with self.app.organisation(self.desk.made.id) as tx:
            by = timedelta(minutes=minutes)
            await tx.execute("update webhooks set failing_since = failing_since - $1::interval", by)
            await tx.execute("update organisations set mail_failing_since = mail_failing_since - $1::interval", by)

    async def tell(self) -> None:
        async with self.worker.worker() as tx:
            await tell_failing(tx)

    async def told(self, webhook_id: UUID) -> list[tuple[str, UUID | None]]:
        """(type, about which webhook) of what that webhook was told, the oldest first."""
        async with self.app.organisation(self.desk.made.id) as tx:
            rows = await tx.fetch(
                "select type, about_webhook_id from deliveries where webhook_id = $1 and type = any($2) order by id",
                webhook_id,
                OWN,
            )
        return [(row["type"], row["about_webhook_id"]) for row in rows]

    async def failing(self) -> list[tuple[str, UUID | None]]:
        async with self.app.organisation(self.desk.made.id) as tx:
            return [(row["kind"], row["webhook_id"]) for row in await listed(tx)]

    async def hit(self) -> int:
        async with self.worker.worker() as tx:
            found: int = (await figures(tx))["failing_organisations"]
        return found


@pytest_asyncio.fixture
async def lines(
    new_organisation: NewOrganisation, database: Database, worker_database: Database
) -> AsyncIterator[Lines]:
    async with client(database) as opened:
        yield Lines(Desk(opened, await office(new_organisation, database)), database, worker_database)


async def test_a_webhook_that_fails_for_an_hour_is_told_to_the_others_once(lines: Lines):
    broken, other, picky = await lines.webhook(), await lines.webhook(*OWN), await lines.webhook(*EVENTS)
    before = await lines.hit()
    await lines.deliver(REFUSED, to=broken)
    await lines.passes(59)
    await lines.tell()
    assert (await lines.told(other), await lines.failing(), await lines.hit()) == ([], [], before)
    await lines.passes(1)
    await lines.tell()
    await lines.deliver(REFUSED, to=broken)
    await lines.tell()
    assert await lines.told(other) == [(FAILING, broken)]
    assert (await lines.told(broken), await lines.told(picky)) == ([], [])
    assert (await lines.failing(), await lines.hit()) == ([("webhook", broken)], before + 1)


async def test_the_end_is_told_too_and_then_it_may_begin_again(lines: Lines):
    broken, other = await lines.webhook(), await lines.webhook()
    for _ in range(2):
        await lines.deliver(REFUSED, to=broken)
        await lines.passes(61)
        await lines.tell()
        await lines.deliver(ARRIVED, to=broken)
        await lines.tell()
        await lines.tell()
        assert await lines.failing() == []
    assert await lines.told(other) == [(FAILING, broken), (RECOVERED, broken)] * 2


async def test_what_was_not_told_is_not_told_to_be_over(lines: Lines):
    broken, other = await lines.webhook(), await lines.webhook()
    await lines.deliver(REFUSED, to=broken)
    await lines.passes(30)
    await lines.tell()
    await lines.deliver(ARRIVED, to=broken)
    await lines.tell()
    assert await lines.told(other) == []


@pytest.mark.parametrize("state", ["paused", "removed", "active"])
async def test_somebody_who_sees_to_it_ends_it(lines: Lines, state: str):
    broken, other = await lines.webhook(), await lines.webhook()
    await lines.deliver(REFUSED, to=broken)
    await lines.passes(61)
    await lines.tell()
    async with lines.app.organisation(lines.desk.made.id) as tx:
        if state == "removed":
            await webhooks.remove(tx, broken)
        else:
            await webhooks.change(tx, broken, {"state": state}, "*")
    await lines.tell()
    assert await lines.told(other) == [(FAILING, broken), (RECOVERED, broken)]
    assert await lines.failing() == []


async def test_a_receiver_that_wants_no_more_still_fails(lines: Lines):
    broken, other = await lines.webhook(), await lines.webhook()
    await lines.deliver(GONE, to=broken)
    await lines.passes(61)
    await lines.tell()
    assert await lines.told(other) == [(FAILING, broken)]
    assert await lines.failing() == [("webhook", broken)]


async def test_mail_that_does_not_go_out_for_an_hour(lines: Lines):
    other = await lines.webhook()
    await lines.deliver(AWAY)
    await lines.passes(61)
    await lines.tell()
    await lines.tell()
    assert await lines.told(other) == [(FAILING, None)]
    assert await lines.failing() == [("mail", None)]
    await lines.deliver(ARRIVED)
    await lines.tell()
    await lines.tell()
    assert await lines.told(other) == [(FAILING, None), (RECOVERED, None)]
    assert await lines.failing() == []


@pytest.mark.parametrize(
    ("outcome", "fails"),
    [
        (Outcome("permanent", 550, "recipient-refused"), False),
        (Outcome("temporary", 452, "recipient-refused"), False),
        (Outcome("permanent", 554, "data-refused"), False),
        (Outcome("permanent", None, "address-unusable"), False),
        (Outcome("temporary", 550, "sender-refused"), True),  # of the next mail it will say the same
        (Outcome("temporary", 554, "sending-refused"), True),
        (Outcome("temporary", 535, "login-refused"), True),
        (Outcome("temporary", None, "no-mailbox"), True),
    ],
)
async def test_one_address_that_does_not_work_is_not_the_mail(lines: Lines, outcome: Outcome, fails: bool):
    await lines.deliver(outcome)
    await lines.passes(61)
    assert await lines.failing() == ([("mail", None)] if fails else [])


async def test_a_mailbox_that_is_set_anew_or_proves_to_work_begins_afresh(lines: Lines):
    made = lines.desk.made.id
    new = Sent("mail.example.org", 587, "starttls", "a@example.org", None, None, False, None, None, True)
    for mend in ("put", "trial"):
        await lines.deliver(AWAY)
        await lines.passes(61)
        assert await lines.failing() == [("mail", None)]
        async with lines.app.organisation(made) as tx:
            if mend == "put":
                await mailboxes.put(tx, "outgoing", new, SEALER)
            else:
                await mailboxes.note_trial(tx, "login-refused")
                assert len(await listed(tx)) == 1
                await mailboxes.note_trial(tx, "accepted")
        assert await lines.failing() == []


async def test_nobody_else_is_told(lines: Lines, new_organisation: NewOrganisation):
    broken = await lines.webhook()
    theirs = Lines(Desk(lines.desk.client, await office(new_organisation, lines.app)), lines.app, lines.worker)
    other = await theirs.webhook()
    await lines.deliver(REFUSED, to=broken)
    await lines.deliver(AWAY)
    await lines.passes(61)
    await lines.tell()
    assert (await theirs.told(other), await theirs.failing()) == ([], [])
    assert await lines.told(broken) == [(FAILING, None)]


async def test_what_is_sent_says_what_fails_and_nothing_of_anybody(lines: Lines):
    broken, other = await lines.webhook(), await lines.webhook()
    await lines.deliver(REFUSED, to=broken)
    await lines.deliver(AWAY)
    await lines.passes(61)
    await lines.tell()
    said: list[dict[str, Any]] = []
    async with lines.app.organisation(lines.desk.made.id) as tx:
        rows = await tx.fetch(
            "select id from deliveries where webhook_id = $1 and type = $2 order by id", other, FAILING
        )
        for row in rows:
            letter = await webhooks.to_send(tx, SEALER, row["id"])
            assert letter is not None and letter.id == str(row["id"])
            said.append(json.loads(letter.body))
    assert all(set(each) == {*_HEAD, "dataref", "data"} for each in said)
    assert {each["type"] for each in said} == {FAILING}
    assert [misfits("event", {**each, "type": kind}) for each in said for kind in OWN] == [[]] * 4
    assert sorted((each["data"]["kind"], each["data"]["webhookId"]) for each in said) == [
        ("mail", None),
        ("webhook", str(broken)),
    ]


_HEAD = ("specversion", "id", "source", "type", "time", "datacontenttype")


async def test_it_is_tried_for_as_long_as_any_other_and_can_be_sent_again(lines: Lines):
    broken, other = await lines.webhook(*EVENTS), await lines.webhook(*OWN)
    await lines.deliver(REFUSED, to=broken)
    await lines.passes(61)
    await lines.tell()
    await lines.deliver(REFUSED, to=other)
    async with lines.app.organisation(lines.desk.made.id) as tx:
        [row] = await tx.fetch("select id, state, attempts from deliveries where webhook_id = $1", other)
        assert (row["state"], row["attempts"]) == ("waiting", 1)
        assert (await redeliver(tx, row["id"], other))["state"] == "waiting"


async def test_two_workers_tell_it_once(lines: Lines):
    broken, other = await lines.webhook(), await lines.webhook()
    await lines.deliver(REFUSED, to=broken)
    await lines.deliver(AWAY)
    await lines.passes(61)
    async with lines.worker.worker() as first:
        await tell_failing(first)
        async with lines.worker.worker() as second:
            await second.execute("set local lock_timeout = '2s'")
            await tell_failing(second)
    await lines.tell()
    assert sorted(await lines.told(other), key=str) == sorted([(FAILING, broken), (FAILING, None)], key=str)
