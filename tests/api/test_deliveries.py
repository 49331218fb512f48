"""What is stuck, and what a person can do about it: the letters to print, and what was given up."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app.api import callers, idempotency
from app.api.application import contract_app
from app.api.routers import complaints, deliveries, sandbox, steps
from app.domain.delivery import Outcome
from app.services.deliveries import ended
from app.store import deliveries as stored
from app.store.session import Database
from tests.api.office import AT, Desk, Json, faults, office
from tests.conftest import NewOrganisation
from tests.leasing import lease_all


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    modules = (complaints, steps, sandbox, deliveries)
    app = contract_app([module.router for module in modules], cursor_secret=b"s" * 32)
    callers.install(app)
    idempotency.install(app)
    app.state.database = database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as opened:
        yield opened


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, new_organisation: NewOrganisation, database: Database) -> Desk:
    return Desk(client, await office(new_organisation, database))


async def send(desk: Desk, database: Database, *, post: bool) -> Json:
    """A message on a new complaint, by mail or by post; its delivery."""
    filed = await desk.file(complainant={"name": "Sam Voorbeeld", "email": "canary@example.org"})
    [person] = (await desk.get(f"/complaints/{filed['id']}", by="complaints_officer"))["parties"]
    named = [{"partyId": person["id"], "role": person["role"], "name": None, "address": "canary@example.org"}]
    message_id = uuid4()
    async with database.organisation(desk.made.id) as tx:
        await tx.execute(
            "insert into messages (organisation_id, id, complaint_id, direction, channel, state, shared, language,"
            " subject, body, author_kind, occurred_at, parties) values (app_organisation(), $1, $2, 'outbound',"
            " 'email', 'sent', true, 'nl', 'Onderwerp', 'Tekst', 'system', $3, $4::text::jsonb)",
            message_id,
            UUID(filed["id"]),
            tx.now,
            json.dumps(named),
        )
        complaint = UUID(filed["id"])
        if post:
            made = await stored.add_post(tx, complaint, message_id)
        else:
            made = await stored.add_mail(tx, complaint, message_id, "canary@example.org")
    return await desk.get(f"/deliveries/{made['id']}")


async def give_up(desk: Desk, database: Database, worker: Database, delivery: Json) -> None:
    async with worker.worker() as tx:
        found = await lease_all(tx)
    async with database.organisation(desk.made.id) as tx:
        for each in found:
            if str(each.id) == delivery["id"]:
                await ended(tx, each, Outcome("permanent", 550, "recipient-refused"))


async def test_a_letter_is_printed_and_posted_by_a_person(desk: Desk, database: Database):
    letter = await send(desk, database, post=True)
    assert (letter["kind"], letter["state"], letter["nextAt"]) == ("post", "to_print", None)
    assert (letter["lastCode"], letter["lastMessage"]) == (None, None)
    listed = await desk.get("/deliveries?state=to_print", by="complaints_officer")
    assert [each["id"] for each in listed["items"]] == [letter["id"]]
    posted = {"occurredAt": AT.isoformat()}
    answer = await desk("POST", f"/deliveries/{letter['id']}/completions", posted, by="complaints_officer")
    assert answer.status_code == 201, answer.text
    assert (answer.json()["state"], answer.json()["deliveredAt"]) == ("delivered", "2036-01-07T09:00:00Z")
    again = await desk("POST", f"/deliveries/{letter['id']}/completions", posted, by="complaints_officer")
    assert (again.status_code, again.json()["code"]) == (409, "not-to-print")
    assert (await desk.get("/deliveries"))["items"] == []


async def test_a_letter_is_not_posted_tomorrow(desk: Desk, database: Database):
    letter = await send(desk, database, post=True)
    answer = await desk("POST", f"/deliveries/{letter['id']}/completions", {"occurredAt": "2040-01-01T00:00:00Z"})
    assert answer.status_code == 400
    assert faults(answer) == {("/occurredAt", "in-the-future")}


async def test_a_letter_is_not_posted_before_it_was_written(desk: Desk, database: Database):
    letter = await send(desk, database, post=True)
    day_before = {"occurredAt": (AT - timedelta(days=1)).isoformat()}
    answer = await desk("POST", f"/deliveries/{letter['id']}/completions", day_before)
    assert answer.status_code == 400
    assert faults(answer) == {("/occurredAt", "before-it-was-written")}
    # by day: nobody looks at the clock when posting
    earlier = {"occurredAt": (AT - timedelta(hours=1)).isoformat()}
    assert (await desk("POST", f"/deliveries/{letter['id']}/completions", earlier)).status_code == 201


async def test_a_letter_is_not_sent_again_by_us(desk: Desk, database: Database):
    letter = await send(desk, database, post=True)
    answer = await desk("POST", f"/deliveries/{letter['id']}/redeliveries")
    assert (answer.status_code, answer.json()["possible"]) == (409, [{"step": "completions"}])


async def test_a_mail_that_was_given_up(desk: Desk, database: Database, worker_database: Database):
    mail = await send(desk, database, post=False)
    assert "canary" not in str(mail)
    await give_up(desk, database, worker_database, mail)
    [dead] = (await desk.get("/deliveries?state=dead&kind=mail", by="complaints_officer"))["items"]
    assert (dead["id"], dead["lastStatus"], dead["lastCode"]) == (mail["id"], 550, "recipient-refused")
    assert dead["lastMessage"] == "The server did not take mail for this address."
    answer = await desk("POST", f"/deliveries/{mail['id']}/redeliveries", by="complaints_officer")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    read = await desk.get(f"/deliveries/{mail['id']}")
    assert (read["state"], [each["code"] for each in read["log"]]) == ("waiting", ["recipient-refused"])


@pytest.mark.parametrize(
    ("complainant", "status"),
    [({"email": "goed@example.org"}, 409), ({"name": "Sam Anders", "email": "Canary@Example.org"}, 202)],
)
async def test_a_mail_does_not_go_to_an_address_that_was_corrected(
    desk: Desk, database: Database, worker_database: Database, complainant: Json, status: int
):
    mail = await send(desk, database, post=False)
    await give_up(desk, database, worker_database, mail)
    read = await desk("GET", f"/complaints/{mail['complaintId']}", by="complaints_officer")
    changed = await desk(
        "PATCH",
        f"/complaints/{mail['complaintId']}",
        {"complainant": {"name": "Sam Voorbeeld", **complainant}},
        by="complaints_officer",
        If_Match=read.headers["etag"],
    )
    assert changed.status_code == 200, changed.text
    answer = await desk("POST", f"/deliveries/{mail['id']}/redeliveries", by="complaints_officer")
    assert (answer.status_code, answer.json().get("code")) == (status, "recipient-changed" if status == 409 else None)


async def test_a_mail_that_is_under_way_is_not_brought_by_a_second_worker(
    desk: Desk, database: Database, worker_database: Database
):
    mail = await send(desk, database, post=False)
    async with worker_database.worker() as tx:
        assert mail["id"] in [str(each.id) for each in await lease_all(tx)]
    answer = await desk("POST", f"/deliveries/{mail['id']}/redeliveries")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    async with worker_database.worker() as tx:
        assert mail["id"] not in [str(each.id) for each in await lease_all(tx)]


async def test_who_is_involved_sees_no_trace(desk: Desk, database: Database):
    mail = await send(desk, database, post=False)
    answer = await desk(
        "POST",
        f"/complaints/{mail['complaintId']}/involvements",
        {"staffId": str(desk.made.staff["director"])},
        by="complaints_officer",
        Idempotency_Key=uuid4().hex,
    )
    assert answer.status_code == 201, answer.text
    assert (await desk.get("/deliveries", by="director"))["items"] == []
    assert (await desk("GET", f"/deliveries/{mail['id']}", by="director")).status_code == 404
    answer = await desk("POST", f"/deliveries/{mail['id']}/redeliveries", by="director")
    assert answer.status_code == 404


@pytest.mark.parametrize("who", ["website", "reporter"])
async def test_not_for_everybody(desk: Desk, who: str):
    assert (await desk("GET", "/deliveries", by=who)).status_code == 403
