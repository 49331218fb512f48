"""A sandbox's clock goes forward only; a live organisation has none."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest_asyncio

from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.conftest import NewOrganisation


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def test_forward(desk: Desk):
    before = (await desk.get("/sandbox/clock"))["now"]
    assert before.startswith("2036-01-07T09:0")
    moved = await desk("PUT", "/sandbox/clock", {"now": "2036-02-01T12:00:00+01:00"})
    assert (moved.status_code, moved.json()) == (200, {"now": "2036-02-01T11:00:00Z"})
    after = (await desk.get("/sandbox/clock"))["now"]
    assert after > "2036-02-01T11:00:00"
    assert datetime.fromisoformat(after).minute == 0  # it runs on from there
    complaint = await desk.file()
    assert complaint["receivedOn"] == "2036-02-01"


async def test_never_backwards(desk: Desk):
    answer = await desk("PUT", "/sandbox/clock", {"now": "2036-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (409, "clock-backwards")
    answers = await asyncio.gather(
        *(desk("PUT", "/sandbox/clock", {"now": f"2036-0{month}-01T00:00:00Z"}) for month in (5, 3, 6, 4, 2))
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await desk.get("/sandbox/clock"))["now"] > "2036-06-01"


async def test_what_is_no_instant(desk: Desk):
    answer = await desk("PUT", "/sandbox/clock", {"now": "2036-02-01T12:00:00"})
    assert faults(answer) == {("/now", "wrong-form")}
    assert faults(await desk("PUT", "/sandbox/clock", {})) == {("/now", "required")}


async def test_a_live_organisation_has_none(new_organisation: NewOrganisation, database: Database):
    async with client(database) as opened:
        desk = Desk(opened, await new_organisation(sandbox=False))
        assert (await desk("GET", "/sandbox/clock")).status_code == 404
        assert (await desk("PUT", "/sandbox/clock", {"now": "2090-01-01T00:00:00Z"})).status_code == 404
