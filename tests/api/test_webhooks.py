"""Webhooks: made, tried, signed, paused, mended; and nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from app.api import callers, idempotency
from app.api.application import contract_app
from app.api.routers import complaints, deliveries, feed, organisation, sandbox, steps, webhooks
from app.api.schemas.webhooks import Announcement
from app.channels.address import Outgoing
from app.services.secrets import Sealer
from app.store.session import Database
from app.version import API_VERSION
from tests.api.office import Desk, Json, faults, office
from tests.conftest import NewOrganisation
from tests.contract.announced import misfits
from tests.receivers import Receiver, announce_all, answering, delivering, receiving

KEY = b"k" * 32
MODULES = (complaints, steps, feed, organisation, sandbox, webhooks, deliveries)


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = contract_app([module.router for module in MODULES], cursor_secret=b"s" * 32)
    callers.install(app)
    idempotency.install(app)
    app.state.database, app.state.sealer, app.state.outgoing = database, Sealer(KEY), Outgoing(loopback=True)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as opened:
        yield opened


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, new_organisation: NewOrganisation, database: Database) -> Desk:
    return Desk(client, await office(new_organisation, database))


@dataclass
class Worker:
    """What the worker does, for as long as the test wants it."""

    worker: Database
    app: Database

    async def announce(self) -> None:
        await announce_all(self.worker)

    @asynccontextmanager
    async def running(self, **options: Any) -> AsyncIterator[None]:
        await self.announce()
        async with delivering(self.worker, self.app, Sealer(KEY), **options):
            yield


@pytest.fixture
def worker(worker_database: Database, database: Database) -> Worker:
    return Worker(worker_database, database)


async def make(desk: Desk, receiver: Receiver | str, **changed: Any) -> Json:
    url = receiver if isinstance(receiver, str) else receiver.url
    answer = await desk("POST", "/webhooks", {"url": url, "description": "zaaksysteem", "eventTypes": ["*"], **changed})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def patch(desk: Desk, made: Json, **changed: Any) -> Json:
    read = await desk("GET", f"/webhooks/{made['id']}")
    answer = await desk("PATCH", f"/webhooks/{made['id']}", changed, If_Match=read.headers["ETag"])
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def log(desk: Desk, made: Json, query: str = "") -> list[Json]:
    items: list[Json] = (await desk.get(f"/webhooks/{made['id']}/deliveries{query}"))["items"]
    return items


async def until(desk: Desk, made: Json, **wanted: Any) -> Json:
    """Waits until the newest delivery is like this."""
    newest: Json = {}
    for _ in range(200):
        newest = (await log(desk, made))[0]
        if all(newest[name] == value for name, value in wanted.items()):
            return newest
        await asyncio.sleep(0.05)
    raise AssertionError(f"{wanted} is not in {newest}")


# -- what arrives ----------------------------------------------------------------------------------------------


async def test_an_event_arrives_signed_and_thin(desk: Desk, worker: Worker):
    async with receiving(answering(204)) as receiver:
        made = await make(desk, receiver, eventTypes=["nl.gehoor.complaint.received"])
        filed = await desk.file(
            description="canary-text", complainant={"name": "canary", "email": "canary@example.org"}
        )
        async with worker.running():
            [arrival] = await receiver.until(1)
            delivered = await until(desk, made, state="delivered")
    Webhook(made["secret"]).verify(arrival.body, arrival.headers)
    event = arrival.event
    [told] = [each for each in (await desk.get("/events", by="auditor"))["items"] if each["id"] == event["id"]]
    assert told.items() <= event.items()
    assert Announcement.model_validate(event).model_dump(mode="json", by_alias=True) == event
    assert misfits("event", event) == []
    assert event["subject"] == filed["id"]
    assert (event["sequence"], event["sequencetype"]) == ("1", "Integer")
    assert event["dataref"] == f"/v1/complaints/{filed['id']}/events"
    assert arrival.headers["webhook-id"] == event["id"]
    assert arrival.headers["content-type"] == "application/cloudevents+json"
    assert arrival.headers["api-version"] == API_VERSION
    assert b"canary" not in arrival.body
    assert (delivered["eventId"], delivered["lastStatus"], delivered["lastCode"]) == (event["id"], 204, "delivered")
    [attempt] = delivered["log"]
    assert (attempt["number"], attempt["outcome"], attempt["status"]) == (1, "delivered", 204)


async def test_only_the_types_that_were_asked_for(desk: Desk, worker: Worker):
    async with receiving(answering(200)) as receiver:
        made = await make(desk, receiver, eventTypes=["nl.gehoor.decision.sent"])
        everything = await make(desk, receiver)
        await desk.file()
        await worker.announce()
    assert await log(desk, made) == []
    assert [each["type"] for each in await log(desk, everything)] == ["nl.gehoor.complaint.received"]


async def test_what_keeps_failing_can_be_asked_for(desk: Desk):
    types = ["nl.gehoor.deliveries.failing", "nl.gehoor.deliveries.recovered"]
    assert (await make(desk, "https://example.org/", eventTypes=types))["eventTypes"] == types


async def test_another_organisations_webhook_is_not_told(
    desk: Desk, client: httpx.AsyncClient, new_organisation: NewOrganisation, database: Database, worker: Worker
):
    other = Desk(client, await office(new_organisation, database))
    async with receiving(answering(200)) as receiver:
        theirs = await make(other, receiver)
        await desk.file()
        await worker.announce()
    assert await log(other, theirs) == []


async def test_each_is_announced_once(desk: Desk, worker: Worker):
    made = await make(desk, "http://127.0.0.1:9/")
    for _ in range(3):
        await desk.file()
    await asyncio.gather(*(worker.announce() for _ in range(4)))
    found = await log(desk, made)
    assert len(found) == 3
    assert len({each["eventId"] for each in found}) == 3


async def test_a_new_secret_and_the_old_one_for_a_while(desk: Desk, worker: Worker):
    async with receiving(answering(200)) as receiver:
        made = await make(desk, receiver)
        rotated = (await desk("POST", f"/webhooks/{made['id']}/_rotate")).json()
        await desk.file()
        async with worker.running():
            [arrival] = await receiver.until(1)
    assert rotated["secret"] != made["secret"]
    assert rotated["previousSecretUntil"] is not None
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(arrival.body, arrival.headers)


async def test_a_rotation_whose_answer_was_lost_takes_nothing_from_the_first(desk: Desk, worker: Worker):
    async with receiving(answering(200)) as receiver:
        made = await make(desk, receiver)
        lost, again = [(await desk("POST", f"/webhooks/{made['id']}/_rotate")).json() for _ in range(2)]
        assert again["previousSecretUntil"] == lost["previousSecretUntil"]
        await desk.file()
        async with worker.running():
            [arrival] = await receiver.until(1)
    for secret in (made["secret"], again["secret"]):
        Webhook(secret).verify(arrival.body, arrival.headers)


async def test_the_secret_is_shown_once_and_lies_sealed(desk: Desk, superuser: Any):
    sent = {"url": "https://zaken.example.org/", "description": "x", "eventTypes": ["*"]}
    key = uuid4().hex
    first = (await desk("POST", "/webhooks", sent, Idempotency_Key=key)).json()
    again = (await desk("POST", "/webhooks", sent, Idempotency_Key=key)).json()
    assert first["secret"].startswith("whsec_")
    assert (again["id"], again["secret"]) == (first["id"], None)
    assert "secret" not in await desk.get(f"/webhooks/{first['id']}")
    row = await superuser.fetchrow("select secret from webhooks where id = $1", first["id"])
    assert first["secret"].encode() not in row["secret"]


# -- what does not arrive --------------------------------------------------------------------------------------


async def test_tried_again_later(desk: Desk, worker: Worker):
    async with receiving(answering(503)) as receiver:
        made = await make(desk, receiver)
        await desk.file()
        async with worker.running():
            await receiver.until(1)
            waiting = await until(desk, made, state="waiting", lastStatus=503)
        assert waiting["lastCode"] == "refused"
        assert waiting["lastMessage"].startswith("The receiver answered, but")
        assert waiting["nextAt"] > waiting["createdAt"]
        assert (await desk.get(f"/webhooks/{made['id']}"))["failingSince"] is not None
        assert waiting["id"] in [each["id"] for each in (await desk.get("/deliveries?state=waiting"))["items"]]
        receiver.behaviour = answering(200)
        answer = await desk("POST", f"/deliveries/{waiting['id']}/redeliveries", by="complaints_officer")
        assert answer.status_code == 202
        async with worker.running():
            delivered = await until(desk, made, state="delivered")
    assert [each["outcome"] for each in delivered["log"]][:: len(delivered["log"]) - 1] == ["temporary", "delivered"]
    assert len({arrival.headers["webhook-id"] for arrival in receiver.arrivals}) == 1
    assert (await desk.get(f"/webhooks/{made['id']}"))["failingSince"] is None


async def test_dead_after_72_hours_and_brought_back(desk: Desk, worker: Worker, superuser: Any):
    async with receiving(answering(500)) as receiver:
        made = await make(desk, receiver)
        await desk.file()
        await worker.announce()
        [waiting] = await log(desk, made)
        past = "now() - interval '73 hours'"
        await superuser.execute(f"update webhooks set updated_at = {past} where id = $1", made["id"])
        await superuser.execute(f"update deliveries set created_at = {past} where id = $1", waiting["id"])
        async with worker.running():
            dead = await until(desk, made, state="dead")
        assert dead["nextAt"] is None
        assert [each["id"] for each in (await desk.get("/deliveries?state=dead"))["items"]] == [dead["id"]]
        path = f"/webhooks/{made['id']}/deliveries/{dead['id']}/redeliveries"
        assert (await desk("POST", path)).json()["state"] == "waiting"
        async with worker.running():
            await receiver.until(2)
            assert (await until(desk, made, attempts=2, lastStatus=500, state="waiting"))["nextAt"] is not None


async def test_gone_pauses_and_nothing_is_lost(desk: Desk, worker: Worker):
    async with receiving(answering(410)) as receiver:
        made = await make(desk, receiver)
        await desk.file()
        async with worker.running():
            await receiver.until(1)
            await until(desk, made, lastStatus=410)
        paused = await desk.get(f"/webhooks/{made['id']}")
        assert (paused["state"], paused["reason"]) == ("paused", "gone")
        await desk.file()
        async with worker.running():
            await asyncio.sleep(0.5)
        assert len(receiver.arrivals) == 1
        receiver.behaviour = answering(200)
        active = await patch(desk, made, state="active")
        assert (active["state"], active["reason"], active["pausedAt"]) == ("active", None, None)
        async with worker.running():
            await receiver.until(3)
            await until(desk, made, state="delivered")
    assert {each["state"] for each in await log(desk, made)} == {"delivered"}


async def test_what_an_old_address_says_of_a_webhook_that_was_corrected_meanwhile_counts_no_more(
    desk: Desk, worker: Worker
):
    async with receiving(answering(410)) as new, receiving(answering(410)) as old:
        asked, corrected = asyncio.Event(), asyncio.Event()

        async def late(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await corrected.wait()
            await answering(410)(receiver, writer)

        old.behaviour, new.behaviour = late, answering(200)
        made = await make(desk, old)
        await desk.file()
        async with worker.running():
            await asyncio.wait_for(asked.wait(), 20)
            await patch(desk, made, url=new.url)
            corrected.set()
            await until(desk, made, state="delivered")
    after = await desk.get(f"/webhooks/{made['id']}")
    assert (after["url"], after["state"], after["failingSince"]) == (new.url, "active", None)
    [told] = await log(desk, made)
    assert (told["attempts"], told["lastStatus"], len(new.arrivals)) == (2, 200, 1)


async def test_no_redirect_is_followed(desk: Desk, worker: Worker):
    async with receiving(answering(200)) as inside:
        async with receiving(answering(307, f"Location: {inside.url}")) as receiver:
            made = await make(desk, receiver)
            await desk.file()
            async with worker.running():
                assert (await until(desk, made, lastStatus=307))["lastCode"] == "redirected"
        assert inside.arrivals == []


async def test_a_test_event_is_sent_once(desk: Desk, worker: Worker):
    async with receiving(answering(500)) as receiver:
        made = await make(desk, receiver)
        answer = await desk("POST", f"/webhooks/{made['id']}/_test")
        assert answer.status_code == 202
        async with worker.running():
            tried = await until(desk, made, state="cancelled")
        [arrival] = receiver.arrivals
        assert (tried["lastStatus"], tried["id"]) == (500, answer.json()["id"])
        assert (await desk.get(answer.headers["Location"].removeprefix("/v1")))["log"][0]["status"] == 500
    Webhook(made["secret"]).verify(arrival.body, arrival.headers)
    assert (arrival.event["type"], arrival.event["data"]) == ("nl.gehoor.webhook.tested", {})
    assert misfits("event", arrival.event) == []


async def test_a_removed_webhook_is_told_nothing_more(desk: Desk, worker: Worker):
    async with receiving(answering(200)) as receiver:
        made = await make(desk, receiver)
        await desk.file()
        await worker.announce()
        assert (await desk("DELETE", f"/webhooks/{made['id']}")).status_code == 204
        await desk.file()
        async with worker.running():
            await asyncio.sleep(0.5)
        assert receiver.arrivals == []
    assert (await desk("GET", f"/webhooks/{made['id']}")).status_code == 404
    assert (await desk.get("/webhooks"))["items"] == []


# -- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"url": "ftp://example.org/"}, {("/url", "wrong-form")}),
        ({"url": "ftp://example.org/", "eventTypes": "x"}, {("/url", "wrong-form"), ("/eventTypes", "wrong-type")}),
        ({"url": "https://u:p@example.org/#x"}, {("/url", "credentials"), ("/url", "fragment")}),
        ({"url": "https://10.0.0.1/"}, {("/url", "address-not-allowed")}),
        (
            {"eventTypes": ["nl.gehoor.nothing", "complaint.received"]},
            {("/eventTypes/0", "unknown-event-type"), ("/eventTypes/1", "prefix-missing")},
        ),
        (
            {"url": "http://10.0.0.1/", "description": "", "eventTypes": ["nope"]},
            {
                ("/url", "address-not-allowed"),
                ("/description", "too-short"),
                ("/eventTypes/0", "unknown-event-type"),
            },
        ),
        ({"eventTypes": []}, {("/eventTypes", "too-few")}),
        ({"description": "\u200b "}, {("/description", "blank")}),
    ],
)
async def test_refused(desk: Desk, body: Json, expected: set[tuple[str, str]]):
    sent = {"url": "https://example.org/", "description": "x", "eventTypes": ["*"], **body}
    answer = await desk("POST", "/webhooks", sent)
    assert answer.status_code == 400
    assert faults(answer) == expected


async def test_changes_need_the_version_that_was_read(desk: Desk):
    made = await make(desk, "https://example.org/")
    assert (await desk("PATCH", f"/webhooks/{made['id']}", {"state": "paused"})).status_code == 428
    stale = await desk("PATCH", f"/webhooks/{made['id']}", {"state": "paused"}, If_Match='"x"')
    assert stale.status_code == 412
    assert (await patch(desk, made, description="ander"))["description"] == "ander"


async def test_that_no_version_was_read_is_told_beside_what_is_wrong_with_the_change(desk: Desk):
    made = await make(desk, "https://example.org/")
    sent = {"url": "https://example.org/#a", "eventTypes": ["nope"]}
    wrong = {("/url", "fragment"), ("/eventTypes/0", "unknown-event-type")}
    answer = await desk("PATCH", f"/webhooks/{made['id']}", sent)
    assert (answer.status_code, faults(answer)) == (400, {("If-Match", "required"), *wrong})
    answer = await desk("PATCH", f"/webhooks/{made['id']}", sent, If_Match="*")
    assert (answer.status_code, faults(answer)) == (400, wrong)
    for headers in ({}, {"If_Match": "*"}):
        assert (await desk("PATCH", f"/webhooks/{uuid4()}", sent, **headers)).status_code == 404


async def test_another_organisations_is_not_there(
    desk: Desk, client: httpx.AsyncClient, new_organisation: NewOrganisation, database: Database, worker: Worker
):
    other = Desk(client, await office(new_organisation, database))
    made = await make(desk, "http://127.0.0.1:9/")
    mine = await make(other, "http://127.0.0.1:9/")
    await desk.file()
    await worker.announce()
    [waiting] = await log(desk, made)
    for method, path in [
        ("GET", f"/webhooks/{made['id']}"),
        ("DELETE", f"/webhooks/{made['id']}"),
        ("POST", f"/webhooks/{made['id']}/_rotate"),
        ("POST", f"/webhooks/{made['id']}/_test"),
        ("GET", f"/webhooks/{made['id']}/deliveries"),
        ("GET", f"/webhooks/{mine['id']}/deliveries/{waiting['id']}"),
        ("POST", f"/webhooks/{mine['id']}/deliveries/{waiting['id']}/redeliveries"),
        ("GET", f"/deliveries/{waiting['id']}"),
        ("POST", f"/deliveries/{waiting['id']}/redeliveries"),
    ]:
        assert (await other(method, path)).status_code == 404, path
    changed = await other("PATCH", f"/webhooks/{made['id']}", {"state": "paused"}, If_Match="*")
    assert changed.status_code == 404
    completed = await other("POST", f"/deliveries/{waiting['id']}/completions", {})
    assert completed.status_code == 404
    assert (await other.get("/deliveries"))["items"] == []


@pytest.mark.parametrize("who", ["system", "complaints_officer", "auditor", "website"])
async def test_webhooks_are_for_administrators(desk: Desk, who: str):
    assert (await desk("GET", "/webhooks", by=who)).status_code == 403


async def test_pages_of_the_log(desk: Desk, worker: Worker):
    made = await make(desk, "http://127.0.0.1:9/")
    for _ in range(3):
        await desk.file()
    await worker.announce()
    page = await desk.get(f"/webhooks/{made['id']}/deliveries?limit=2&withTotal=true")
    rest = await desk.get(f"/webhooks/{made['id']}/deliveries?limit=2&cursor={page['next']}")
    assert page["total"] == 3
    found = [each["id"] for each in (*page["items"], *rest["items"])]
    assert found == [each["id"] for each in await log(desk, made)]
    assert len(found) == 3
    assert await log(desk, made, "?state=delivered") == []


@pytest.mark.parametrize("name", ["url", "description", "eventTypes", "state"])
async def test_nothing_of_a_webhook_can_be_emptied(desk: Desk, name: str):
    made = await make(desk, "https://hooks.example.org/gehoor")
    answer = await desk("PATCH", f"/webhooks/{made['id']}", {name: None}, If_Match="*")
    assert faults(answer) == {(f"/{name}", "not-emptied")}
