"""A retry gives the same answer and changes nothing; and a key never stands in the way of a complaint."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio

from app.services import complaints
from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.conftest import NewOrganisation

FILING: dict[str, Any] = {
    "channel": "email",
    "description": "De training ging niet door.",
    "complainant": {"name": "Sam Voorbeeld"},
}


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def file(desk: Desk, key: str, by: str = "system", token: str = "", **changed: Any) -> httpx.Response:
    return await desk("POST", "/complaints", {**FILING, **changed}, by=by, Idempotency_Key=key, token=token)


async def total(desk: Desk) -> int:
    return int((await desk.get("/complaints?withTotal=true"))["total"])


async def test_the_same_bytes_again(desk: Desk):
    first, again = await file(desk, "one"), await file(desk, "one")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    for name in ("content-type", "etag", "location"):
        assert first.headers[name] == again.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await total(desk) == 1


async def test_it_stays_the_answer_of_that_moment(desk: Desk):
    first = await file(desk, "one")
    await desk.step(first.json(), "withdrawals", {"form": "email"}, "system")
    await desk.clock("2036-01-13T09:00:00Z")  # within seven days
    assert (await file(desk, "one")).content == first.content


async def test_a_key_stands_for_one_request(desk: Desk):
    first = await file(desk, "one")
    for answer in (
        await file(desk, "one", description="Iets anders."),
        await desk("POST", f"/complaints/{first.json()['id']}/withdrawals", {}, by="system", Idempotency_Key="one"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
        assert "Sam" not in answer.text
    # even one byte: the retry of a client is the same bytes
    spaced = await desk.client.post(
        "/complaints",
        content=b" " + first.request.content,
        headers={**first.request.headers, "Content-Length": str(len(first.request.content) + 1)},
    )
    assert spaced.status_code == 422
    assert await total(desk) == 1
    assert (await desk.get(f"/complaints/{first.json()['id']}"))["state"] == "open"


async def test_a_key_is_its_callers_own(desk: Desk, new_organisation: NewOrganisation, database: Database):
    another = Desk(desk.client, await office(new_organisation, database))
    answers = [await file(desk, "one"), await file(desk, "one", "complaints_officer"), await file(another, "one")]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 3


async def rotated(desk: Desk, key: dict[str, Any]) -> dict[str, Any]:
    answer = await desk("POST", f"/api-keys/{key['id']}/rotations", {"overlapHours": 24})
    assert answer.status_code == 201, answer.text
    successor: dict[str, Any] = answer.json()
    return successor


async def chain(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """A key, what replaced it, and what replaced that; all three in force."""
    first = (await desk("POST", "/api-keys", {"kind": kind, "name": "form"})).json()
    second = await rotated(desk, first)
    return [first, second, await rotated(desk, second)]


@pytest.mark.proves("X-07")
@pytest.mark.parametrize("kind", ["website", "system"])
@pytest.mark.parametrize("first", [0, 1, 2])
async def test_a_retry_with_the_successor_of_a_key(desk: Desk, kind: str, first: int):
    """A key is switched while requests are being retried: that is what two keys in force at once are for."""
    keys = await chain(desk, kind)
    made = await file(desk, "one", token=keys[first]["key"], channel="web_form")
    assert made.status_code == 201
    for key in keys:
        again = await file(desk, "one", token=key["key"], channel="web_form")
        assert (again.status_code, again.content) == (201, made.content)
        assert again.headers["idempotency-replayed"] == "true"
        answer = await file(desk, "one", token=key["key"], description="Iets anders.")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await total(desk) == 1
    another = await file(desk, "two", token=keys[2]["key"], channel="web_form")
    assert another.json()["id"] != made.json()["id"]


async def test_a_successor_waits_for_what_its_predecessor_asks(desk: Desk, database: Database):
    first, second, _ = await chain(desk, "system")
    for held, asking in ((first, second), (second, first)):
        async with database.request(hashlib.sha256(held["key"].encode()).digest(), "one", b"\0" * 32):
            answer = await file(desk, "one", token=asking["key"])
            assert (answer.status_code, answer.json()["code"]) == (409, "in-flight")


async def test_what_a_successor_was_answered_under_itself(desk: Desk, superuser: "asyncpg.Connection[asyncpg.Record]"):
    """As a process of before kept it: a retry with that key still gets it."""
    _, second, _ = await chain(desk, "system")
    made = await file(desk, "one", token=second["key"])
    sql = "UPDATE idempotency_answers SET caller_id = $1 WHERE organisation_id = $2"
    assert await superuser.execute(sql, UUID(second["id"]), desk.made.id) == "UPDATE 1"
    again = await file(desk, "one", token=second["key"])
    assert again.content == made.content and "idempotency-replayed" in again.headers


async def test_while_it_is_being_answered(desk: Desk, database: Database):
    hashed = hashlib.sha256(desk.made.keys["system"].token.encode()).digest()
    async with database.request(hashed, "one", b"\0" * 32):
        answer = await file(desk, "one")
        assert (answer.status_code, answer.json()["code"]) == (409, "in-flight")
        assert answer.headers["retry-after"] == "1"
    assert (await file(desk, "one")).status_code == 201


async def test_many_at_once_make_one_each(desk: Desk):
    keys = [f"k{number % 4}" for number in range(32)]
    answers = await asyncio.gather(*(file(desk, key) for key in keys))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    made = {
        key: {a.json()["id"] for k, a in zip(keys, answers, strict=True) if k == key and a.status_code == 201}
        for key in set(keys)
    }
    assert all(len(ids) == 1 for ids in made.values())
    assert await total(desk) == 4
    assert len((await desk.get("/events?limit=200"))["items"]) == 4


async def test_a_refusal_changed_nothing_and_is_not_kept(desk: Desk):
    """Whoever mends a form and sends it again, with the hidden key it has, is let in."""
    refused = await file(desk, "one", channel="pigeon")
    assert refused.status_code == 400
    assert (await file(desk, "one", channel="pigeon")).content == refused.content
    assert (await file(desk, "one", channel="fax")).status_code == 400
    assert (await file(desk, "one", channel="oral")).status_code == 400  # refused by the procedure
    assert (await file(desk, "one")).status_code == 201
    assert await total(desk) == 1


async def test_a_refusal_that_kept_something_is_kept(new_organisation: NewOrganisation, database: Database):
    """SO-08: what a child of eleven files is kept as a draft, once."""
    async with client(database) as opened:
        desk = Desk(
            opened, await office(new_organisation, database, "so-trainingsbureau", roles=("complaints_officer",))
        )
        child: dict[str, Any] = {
            "complainantType": "client",
            "complainant": {"name": "Sam Voorbeeld", "bornOn": "2026-01-01"},
        }
        first, again = [await file(desk, "one", **child) for _ in range(2)]
        assert first.status_code == again.status_code == 400
        assert faults(first) == {("/complainant/bornOn", "guardian-required")}
        assert first.content == again.content
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["content-type"] == "application/problem+json"
        [draft] = (await desk.get("/drafts"))["items"]
        assert first.json()["possible"][0]["draft"] == draft["id"]


async def test_our_own_fault_is_never_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    register = complaints.register

    async def fails(*arguments: Any) -> None:
        await register(*arguments)
        raise RuntimeError("after it was written")

    monkeypatch.setattr(complaints, "register", fails)
    assert (await file(desk, "one")).status_code == 500
    monkeypatch.undo()
    assert await total(desk) == 0
    answer = await file(desk, "one")
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers
    assert await total(desk) == 1


@pytest.mark.parametrize("key", ["x" * 201, "with space", "\x7f"])
async def test_what_is_no_key(desk: Desk, key: str):
    answer = await file(desk, key)
    assert answer.status_code == 400
    assert {pointer for pointer, _ in faults(answer)} == {"Idempotency-Key"}


async def test_required_where_a_retry_would_make_a_second(desk: Desk):
    complaint = (await file(desk, "one")).json()
    for path, by in (("/complaints", "system"), (f"/complaints/{complaint['id']}/responses", "complaints_officer")):
        answer = await desk("POST", path, {}, by=by)
        assert answer.status_code == 400
        assert ("Idempotency-Key", "required") in faults(answer)
    # honoured on every other step, and asked for on none
    path = f"/complaints/{complaint['id']}/measures"
    measure = {"description": "Bevestig elke afspraak."}
    answers = [await desk("POST", path, measure, by="system", Idempotency_Key="m") for _ in range(2)]
    assert answers[0].status_code == 201
    assert answers[0].content == answers[1].content
    assert (await desk("POST", path, measure, by="system")).status_code == 201
    assert len((await desk.get(path))["items"]) == 2
