"""Webhooks of external bodies: told of their own cases with every organisation, signed; and of nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from app.api.schemas.committee_webhooks import CaseAnnouncement
from app.means import keys_of
from app.store.idempotency import forget_expired
from app.store.session import Database
from tests.api.office import faults
from tests.committees import Committee, committee
from tests.conftest import NewOrganisation
from tests.contract.announced import misfits
from tests.escalating import Outside, bring
from tests.receivers import Receiver, announce_all, answering, delivering, receiving, tarpit
from tests.stories import Case, Json, Office, Tell, served, teller

HOOKS = "/committee/webhooks"
FILED: Json = {
    "description": "De training ging niet door. kanarie-9f",
    "complainant": {"name": "Sam Voorbeeld", "organisation": "Voorbeeld BV", "email": "kanarie-9f@example.org"},
    "complainantType": "customer",
}

VERDICT: Json = {
    "verdict": "upheld",
    "decidedOn": "2036-05-06",
    "reasons": "De training is twee keer zonder bericht verzet.",
    "findings": "De klacht is gegrond.",
    "advice": "Bevestig een nieuwe datum schriftelijk.",
}


@dataclass
class Street:
    """Two bodies, organisations on request, and a worker for as long as a test wants it."""

    client: httpx.AsyncClient
    tell: Tell
    cmonet: Committee
    erisiets: Committee
    worker: Database
    app: Database

    async def office(self, name: str = "jso") -> Office:
        made = await self.tell(name)
        await made.at("2036-05-06 09:00")  # a Tuesday
        return made

    async def to_cmonet(self, office: Office | None = None) -> Outside:
        return await bring(await answered(office or await self.office()), "complaints_officer", "cmonet")

    async def announce(self) -> None:
        await announce_all(self.worker)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.announce()
        sealer, _ = keys_of("another secret of at least thirty-two bytes")  # as `served` has it
        async with delivering(self.worker, self.app, sealer):
            yield


@pytest_asyncio.fixture
async def street(
    database: Database, owner_database: Database, worker_database: Database, new_organisation: NewOrganisation
) -> AsyncIterator[Street]:
    async with served(database) as client:
        tell = teller(client, database, worker_database, new_organisation)
        cmonet = await committee(client, owner_database, "cmonet")
        erisiets = await committee(client, owner_database, "erisietsmisgegaan")
        made = Street(client, tell, cmonet, erisiets, worker_database, database)
        await made.announce()  # what earlier tests left is not told to the webhooks of this one
        yield made
        for body in (cmonet, erisiets):  # the bodies are those of all tests
            for hook in (await body.ask("GET", HOOKS))["items"]:
                await body.ask("DELETE", f"{HOOKS}/{hook['id']}", expect=204)


async def answered(office: Office) -> Case:
    case = await office.file(FILED)
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Ons antwoord."})
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Dit is geen antwoord."})
    await case.step("director", "responses", {"form": "email", "text": "Het antwoord van de directeur."})
    return case


async def to_erisiets(hss: Office, count: int = 1) -> list[Outside]:
    sent = {**FILED, "complainantType": "client"}
    complaints = [await hss.file(sent) for _ in range(count)]
    await hss.at("2036-07-01 09:00")  # nobody answered
    return [await bring(complaint, "board", "erisietsmisgegaan") for complaint in complaints]


async def make(body: Committee, receiver: Receiver | str, *types: str) -> Json:
    url = receiver if isinstance(receiver, str) else receiver.url
    sent = {"url": url, "description": "zaaksysteem", "eventTypes": list(types) or ["*"]}
    return await body.ask("POST", HOOKS, sent, expect=201)


async def change(body: Committee, made: Json, **changed: Any) -> Json:
    read = await body.answer("GET", f"{HOOKS}/{made['id']}")
    return await body.ask("PATCH", f"{HOOKS}/{made['id']}", changed, If_Match=read.headers["ETag"])


async def log(body: Committee, made: Json, query: str = "") -> list[Json]:
    return list((await body.ask("GET", f"{HOOKS}/{made['id']}/deliveries{query}"))["items"])


async def until(body: Committee, made: Json, **wanted: Any) -> Json:
    """Waits until the newest delivery is like this."""
    newest: Json = {}
    for _ in range(200):
        newest = (await log(body, made))[0]
        if all(newest[name] == value for name, value in wanted.items()):
            return newest
        await asyncio.sleep(0.05)
    raise AssertionError(f"{wanted} is not in {newest}")


async def of_case(case: Outside) -> set[str]:
    """The ids of what is in the ledger about this case."""
    return {each["id"] for each in await case.complaint.events() if each["facts"].get("escalationId") == case.id}


# -- what arrives ----------------------------------------------------------------------------------------------


async def test_a_cases_events_arrive_signed_at_its_body_only(street: Street):
    async with (
        receiving(answering(204)) as first,
        receiving(answering(204)) as second,
        receiving(answering(204)) as own,
    ):
        at_cmonet, at_erisiets = await make(street.cmonet, first), await make(street.erisiets, second)
        jso, another, hss = await street.office(), await street.office(), await street.office("hss")
        hook = {"url": own.url, "description": "x", "eventTypes": ["nl.gehoor.escalation.requested"]}
        await jso.ask("admin", "POST", "/webhooks", hook, expect=201)
        cases = [await street.to_cmonet(jso), await street.to_cmonet(another)]
        [third] = await to_erisiets(hss)
        expected = await of_case(cases[0]) | await of_case(cases[1])
        theirs = await of_case(third)
        assert len(expected) >= 4 and len(theirs) >= 2
        async with street.running():
            await first.until(len(expected))
            await second.until(len(theirs))
            await own.until(1)
            await until(street.cmonet, at_cmonet, state="delivered")
    assert {arrival.event["id"] for arrival in first.arrivals} == expected
    assert {arrival.event["id"] for arrival in second.arrivals} == theirs
    assert {arrival.event["type"] for arrival in own.arrivals} == {"nl.gehoor.escalation.requested"}
    assert {arrival.event["source"] for arrival in first.arrivals} == {
        f"urn:gehoor:organisation:{office.made.slug}" for office in (jso, another)
    }
    for receiver, secret in ((first, at_cmonet["secret"]), (second, at_erisiets["secret"])):
        for arrival in receiver.arrivals:
            Webhook(secret).verify(arrival.body, arrival.headers)
    for arrival in first.arrivals:
        event = arrival.event
        assert misfits("caseEvent", event) == []
        assert CaseAnnouncement.model_validate(event).model_dump(mode="json", by_alias=True) == event
        assert event["subject"] in {case.id for case in cases}
        assert event["dataref"] == f"/v1/committee/escalations/{event['subject']}"
        for word in ("kanarie", *(str(case.complaint.id) for case in cases)):
            assert word.encode() not in arrival.body
    await street.cmonet.case(cases[0].id)  # what dataref names can be read


async def test_what_a_body_does_it_is_told_too_and_only_what_was_asked_for(street: Street):
    made = await make(street.cmonet, "http://127.0.0.1:9/", "nl.gehoor.external.acknowledged")
    case = await street.to_cmonet()
    await street.cmonet.act(case.id, "acknowledgements", {"bodyReference": "2036-1"})
    await street.announce()
    assert [each["type"] for each in await log(street.cmonet, made)] == ["nl.gehoor.external.acknowledged"]
    [told] = await log(street.cmonet, made)
    assert (told["complaintId"], told["webhookId"]) == (None, made["id"])


async def test_nothing_of_another_complaint_or_of_the_complaint_itself(street: Street):
    made = await make(street.cmonet, "http://127.0.0.1:9/")
    case = await street.to_cmonet()
    await answered(case.complaint.office)  # never brought anywhere
    await street.announce()
    assert {each["eventId"] for each in await log(street.cmonet, made)} == await of_case(case)


async def test_it_is_told_that_the_complainant_withdrew(street: Street):
    made = await make(street.cmonet, "http://127.0.0.1:9/", "nl.gehoor.body.informed", "nl.gehoor.complaint.withdrawn")
    case = await street.to_cmonet()
    await case.complaint.step("complaints_officer", "withdrawals", {"form": "email", "reasons": "Het is goed zo."})
    await street.announce()
    assert [each["type"] for each in await log(street.cmonet, made)] == ["nl.gehoor.body.informed"]


async def test_what_is_done_with_its_decision_is_not_told(street: Street):
    """A body sees it in the case, where its decision binds."""
    made = await make(street.cmonet, "http://127.0.0.1:9/")
    case = await street.to_cmonet()
    await street.cmonet.act(case.id, "decisions", VERDICT)
    await case.step("complaints_officer", "decision-answers", {"text": "Wij doen wat u zegt."})
    await street.announce()
    happened = {each["type"] for each in await case.complaint.events() if each["facts"].get("escalationId") == case.id}
    assert {"external_decision.received", "decision.answered"} <= happened
    told = {each["type"].removeprefix("nl.gehoor.") for each in await log(street.cmonet, made)}
    assert told == happened - {"decision.answered"}


async def test_each_is_announced_once(street: Street):
    made = await make(street.cmonet, "http://127.0.0.1:9/")
    case = await street.to_cmonet()
    await asyncio.gather(*(street.announce() for _ in range(4)))
    told = [each["eventId"] for each in await log(street.cmonet, made)]
    assert sorted(told) == sorted(await of_case(case))


async def test_a_new_secret_and_the_old_one_for_a_while(street: Street, superuser: Any):
    async with receiving(answering(200)) as receiver:
        made = await make(street.cmonet, receiver)
        rotated = await street.cmonet.ask("POST", f"{HOOKS}/{made['id']}/_rotate")
        await street.to_cmonet()
        async with street.running():
            arrival = (await receiver.until(1))[0]
    assert rotated["secret"] != made["secret"]
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(arrival.body, arrival.headers)
    assert "secret" not in await street.cmonet.ask("GET", f"{HOOKS}/{made['id']}")
    row = await superuser.fetchrow("select secret from body_webhooks where id = $1", made["id"])
    assert rotated["secret"].encode() not in row["secret"]


async def test_sent_twice_with_one_key_makes_one(street: Street):
    sent = {"url": "https://zaken.example.org/", "description": "x", "eventTypes": ["*"]}
    key = uuid4().hex
    first = await street.cmonet.ask("POST", HOOKS, sent, expect=201, Idempotency_Key=key)
    again = await street.cmonet.answer("POST", HOOKS, sent, Idempotency_Key=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert first["secret"].startswith("whsec_")
    assert again.json() == {**first, "secret": None}
    other = await street.cmonet.answer("POST", HOOKS, {**sent, "description": "y"}, Idempotency_Key=key)
    assert other.status_code == 422
    assert (await street.erisiets.ask("POST", HOOKS, sent, expect=201, Idempotency_Key=key))["id"] != first["id"]
    assert [each["id"] for each in (await street.cmonet.ask("GET", HOOKS))["items"]] == [first["id"]]
    rotating = f"{HOOKS}/{first['id']}/_rotate"
    key = uuid4().hex
    rotated = await street.cmonet.ask("POST", rotating, Idempotency_Key=key)
    assert await street.cmonet.ask("POST", rotating, Idempotency_Key=key) == {**rotated, "secret": None}


async def test_answers_are_forgotten_after_seven_days(street: Street, superuser: Any):
    made = await make(street.cmonet, "https://zaken.example.org/")
    path = f"/v1{HOOKS}/{made['id']}"
    await superuser.execute(
        "update body_answers set created_at = now() - interval '8 days' where headers->>'Location' = $1", path
    )
    async with street.worker.worker() as tx:
        assert await forget_expired(tx) >= 1
    assert not await superuser.fetch("select from body_answers where headers->>'Location' = $1", path)


async def test_a_test_says_at_once_how_it_went(street: Street):
    async with receiving(answering(200)) as receiver:
        made = await make(street.cmonet, receiver)
        tried = await street.cmonet.ask("POST", f"{HOOKS}/{made['id']}/_test")
        assert (tried["outcome"], tried["status"], tried["code"]) == ("delivered", 200, "delivered")
        receiver.behaviour = answering(503)
        tried = await street.cmonet.ask("POST", f"{HOOKS}/{made['id']}/_test")
        assert (tried["outcome"], tried["status"], tried["code"]) == ("temporary", 503, "refused")
    Webhook(made["secret"]).verify(receiver.arrivals[0].body, receiver.arrivals[0].headers)
    event = receiver.arrivals[0].event
    assert (event["type"], event["source"]) == ("nl.gehoor.webhook.tested", "urn:gehoor:body:cmonet")
    assert misfits("caseEvent", event) == []
    await change(street.cmonet, made, state="paused")
    refused = await street.cmonet.ask("POST", f"{HOOKS}/{made['id']}/_test", expect=409)
    assert refused["code"] == "paused"


# -- what does not arrive --------------------------------------------------------------------------------------


async def test_paused_keeps_and_removed_cancels(street: Street):
    async with receiving(answering(200)) as receiver:
        made = await make(street.cmonet, receiver)
        await change(street.cmonet, made, state="paused")
        case = await street.to_cmonet()
        async with street.running():
            await asyncio.sleep(0.5)
        assert receiver.arrivals == []
        assert {each["state"] for each in await log(street.cmonet, made)} == {"waiting"}
        await change(street.cmonet, made, state="active")
        async with street.running():
            await receiver.until(len(await of_case(case)))
            await until(street.cmonet, made, state="delivered")
        before = len(receiver.arrivals)
        await street.cmonet.act(case.id, "acknowledgements", {})
        await street.announce()
        await street.cmonet.ask("DELETE", f"{HOOKS}/{made['id']}", expect=204)
        async with street.running():
            await asyncio.sleep(0.5)
        assert len(receiver.arrivals) == before
    await street.cmonet.ask("GET", f"{HOOKS}/{made['id']}", expect=404)


async def test_gone_pauses_and_nothing_is_lost(street: Street):
    async with receiving(answering(410)) as receiver:
        made = await make(street.cmonet, receiver, "nl.gehoor.escalation.requested")
        await street.to_cmonet()
        async with street.running():
            await receiver.until(1)
            await until(street.cmonet, made, lastStatus=410)
        paused = await street.cmonet.ask("GET", f"{HOOKS}/{made['id']}")
        assert (paused["state"], paused["reason"]) == ("paused", "gone")
        assert paused["failingSince"] is not None
        receiver.behaviour = answering(200)
        active = await change(street.cmonet, made, state="active")
        assert (active["reason"], active["pausedAt"], active["failingSince"]) == (None, None, None)
        async with street.running():
            await receiver.until(2)
            await until(street.cmonet, made, state="delivered")
    assert len({arrival.headers["webhook-id"] for arrival in receiver.arrivals}) == 1


async def test_dead_72_hours_after_it_began_or_was_mended(street: Street, superuser: Any):
    async with receiving(answering(500)) as receiver:
        made = await make(street.cmonet, receiver, "nl.gehoor.escalation.requested")
        await street.to_cmonet()
        await street.announce()
        [waiting] = await log(street.cmonet, made)
        past = "now() - interval '73 hours'"
        await superuser.execute(f"update deliveries set created_at = {past} where id = $1", waiting["id"])
        async with street.running():
            await until(street.cmonet, made, lastStatus=500, state="waiting")
        await superuser.execute(f"update body_webhooks set updated_at = {past} where id = $1", made["id"])
        await superuser.execute("update deliveries set next_at = now() where id = $1", waiting["id"])
        async with street.running():
            assert (await until(street.cmonet, made, state="dead"))["nextAt"] is None
        path = f"{HOOKS}/{made['id']}/deliveries/{waiting['id']}/redeliveries"
        assert (await street.cmonet.ask("POST", path, expect=202))["state"] == "waiting"


async def test_sent_again_with_the_same_id(street: Street):
    async with receiving(answering(503)) as receiver:
        made = await make(street.cmonet, receiver, "nl.gehoor.escalation.requested")
        await street.to_cmonet()
        async with street.running():
            await receiver.until(1)
            waiting = await until(street.cmonet, made, state="waiting", lastStatus=503)
        assert (await street.cmonet.ask("GET", f"{HOOKS}/{made['id']}"))["failingSince"] is not None
        receiver.behaviour = answering(200)
        path = f"{HOOKS}/{made['id']}/deliveries/{waiting['id']}"
        for times in (2, 3):  # also when it was delivered
            await street.cmonet.ask("POST", f"{path}/redeliveries", expect=202)
            async with street.running():
                await receiver.until(times)
                await until(street.cmonet, made, state="delivered")
    assert len({arrival.headers["webhook-id"] for arrival in receiver.arrivals}) == 1
    outcomes = [each["outcome"] for each in (await street.cmonet.ask("GET", path))["log"]]
    assert outcomes == ["temporary", "delivered", "delivered"]
    assert (await street.cmonet.ask("GET", f"{HOOKS}/{made['id']}"))["failingSince"] is None


async def test_a_receiver_that_hangs_delays_nobody(street: Street):
    async with receiving(tarpit) as bad, receiving(answering(200)) as good, receiving(answering(200)) as own:
        await make(street.erisiets, bad)
        await make(street.cmonet, bad)
        await make(street.cmonet, good)
        hss, jso = await street.office("hss"), await street.office()
        hook = {"url": own.url, "description": "x", "eventTypes": ["nl.gehoor.escalation.requested"]}
        await jso.ask("admin", "POST", "/webhooks", hook, expect=201)
        await to_erisiets(hss, 3)
        cases = [await street.to_cmonet(jso), await street.to_cmonet(jso)]
        async with street.running():
            expected = await of_case(cases[0]) | await of_case(cases[1])
            await asyncio.wait_for(good.until(len(expected)), 3)
            await own.until(2, 3)
            assert bad.at_once == 8  # each of the two has its own share and no more
    assert {arrival.event["id"] for arrival in good.arrivals} == expected


# -- who sees what ---------------------------------------------------------------------------------------------


async def test_another_bodys_is_not_there_and_the_organisation_sees_none_of_it(street: Street):
    made = await make(street.cmonet, "http://127.0.0.1:9/")
    mine = await make(street.erisiets, "http://127.0.0.1:9/")
    case = await street.to_cmonet()
    await street.announce()
    waiting = (await log(street.cmonet, made))[0]
    assert [each["id"] for each in (await street.erisiets.ask("GET", HOOKS))["items"]] == [mine["id"]]
    for method, path in [
        ("GET", f"{HOOKS}/{made['id']}"),
        ("DELETE", f"{HOOKS}/{made['id']}"),
        ("POST", f"{HOOKS}/{made['id']}/_rotate"),
        ("POST", f"{HOOKS}/{made['id']}/_test"),
        ("GET", f"{HOOKS}/{made['id']}/deliveries"),
        ("GET", f"{HOOKS}/{made['id']}/deliveries/{waiting['id']}"),
        ("GET", f"{HOOKS}/{mine['id']}/deliveries/{waiting['id']}"),
        ("POST", f"{HOOKS}/{made['id']}/deliveries/{waiting['id']}/redeliveries"),
        ("POST", f"{HOOKS}/{mine['id']}/deliveries/{waiting['id']}/redeliveries"),
    ]:
        there = await street.erisiets.answer(method, path)
        assert there.status_code == 404, path
    changed = await street.erisiets.answer("PATCH", f"{HOOKS}/{made['id']}", {"state": "paused"}, If_Match="*")
    assert changed.status_code == 404
    office = case.complaint.office
    assert (await office.ask("admin", "GET", "/deliveries"))["items"] == []
    assert (await office.ask("admin", "GET", "/webhooks"))["items"] == []
    for path in (f"/deliveries/{waiting['id']}", f"/webhooks/{made['id']}"):
        await office.ask("admin", "GET", path, expect=404)
    await office.ask("admin", "POST", f"/deliveries/{waiting['id']}/redeliveries", expect=404)


async def test_webhooks_of_a_body_are_for_its_own_key(street: Street):
    office = await street.office()
    for method, path in (("GET", HOOKS), ("POST", HOOKS), ("GET", f"{HOOKS}/{uuid4()}")):
        body = {"url": "https://example.org/", "description": "x", "eventTypes": ["*"]} if method == "POST" else None
        assert (await office.ask("admin", method, path, body, expect=403))["code"] == "not-a-body"
        assert (await street.client.request(method, path, json=body)).status_code == 401
    await street.cmonet.ask("GET", "/webhooks", expect=403)


async def test_refused(street: Street):
    sent = {"url": "https://u:p@10.0.0.1/", "description": "x", "eventTypes": ["*"]}
    answer = await street.cmonet.answer("POST", HOOKS, sent)
    assert answer.status_code == 400
    assert faults(answer) == {("/url", "credentials"), ("/url", "address-not-allowed")}
    types = ["nl.gehoor.nothing", "nl.gehoor.deliveries.failing"]  # the last is an organisation's own
    answer = await street.cmonet.answer("POST", HOOKS, {**sent, "url": "https://example.org/", "eventTypes": types})
    assert faults(answer) == {(f"/eventTypes/{place}", "unknown-event-type") for place in (0, 1)}
    made = await make(street.cmonet, "https://example.org/")
    await street.cmonet.ask("PATCH", f"{HOOKS}/{made['id']}", {"state": "paused"}, expect=428)
    answer = await street.cmonet.answer("PATCH", f"{HOOKS}/{made['id']}", {"eventTypes": types})
    assert faults(answer) == {
        ("If-Match", "required"),
        *((f"/eventTypes/{place}", "unknown-event-type") for place in (0, 1)),
    }


async def test_pages_of_the_log(street: Street):
    made = await make(street.cmonet, "http://127.0.0.1:9/")
    await street.to_cmonet()
    await street.announce()
    everything = await log(street.cmonet, made)
    path = f"{HOOKS}/{made['id']}/deliveries"
    page = await street.cmonet.ask("GET", f"{path}?limit=1&withTotal=true")
    rest = await street.cmonet.ask("GET", f"{path}?limit=50&cursor={page['next']}")
    assert page["total"] == len(everything) > 1
    assert [*page["items"], *rest["items"]] == everything
    assert await log(street.cmonet, made, "?state=delivered") == []


async def test_the_database_itself_keeps_them_apart(street: Street, urls: dict[str, str]):
    """Without a body, and without the job's leave, neither the address nor the secret is seen."""
    made = await make(street.cmonet, "http://127.0.0.1:9/")
    office = await street.office()
    async with street.app.organisation(office.made.id) as tx:
        assert await tx.fetch("select id from body_webhooks") == []
        await tx.execute("select set_config('app.body_webhook', $1, true)", made["id"])
        assert [str(row["id"]) for row in await tx.fetch("select id from body_webhooks")] == [made["id"]]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with street.worker.worker() as tx:
            await tx.fetch("select url from body_webhooks")
