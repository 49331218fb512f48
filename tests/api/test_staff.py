"""Employees and their roles."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.conftest import NewOrganisation

NEW = {"name": "Robin Proef", "email": "robin@example.org", "roles": ["director", "complaints_officer"]}


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def test_added_read_and_listed(desk: Desk):
    added = await desk("POST", "/staff", NEW)
    assert added.status_code == 201, added.text
    employee = added.json()
    assert employee["roles"] == ["complaints_officer", "director"]
    assert added.headers["location"] == f"/v1/staff/{employee['id']}"
    read = await desk("GET", f"/staff/{employee['id']}", by="system")
    assert read.json() == employee
    assert read.headers["etag"] == added.headers["etag"]
    listed = await desk.get("/staff?withTotal=true")
    assert employee in listed["items"]
    assert listed["total"] == 3


async def test_pages_go_on_and_back(desk: Desk):
    for number in range(3):
        await desk("POST", "/staff", {**NEW, "email": f"n{number}@example.org"})
    everyone = [item["id"] for item in (await desk.get("/staff"))["items"]]
    first = await desk.get("/staff?limit=2")
    second = await desk.get(f"/staff?limit=2&cursor={first['next']}")
    third = await desk.get(f"/staff?limit=2&cursor={second['next']}")
    assert [item["id"] for page in (first, second, third) for item in page["items"]] == everyone
    assert third["next"] is None and first["prev"] is None
    back = await desk.get(f"/staff?limit=2&cursor={third['prev']}")
    assert back["items"] == second["items"]


async def test_chosen_by_role_and_activity(desk: Desk):
    found = await desk.get("/staff?role=director")
    assert [item["roles"] for item in found["items"]] == [["director"]]
    assert (await desk.get("/staff?active=false"))["items"] == []
    assert (await desk("GET", "/staff?unknown=1")).status_code == 400


@pytest.mark.parametrize("blank", ["  ", "\u200b"])
async def test_nothing_has_a_name_that_nobody_sees(desk: Desk, blank: str):
    officer = desk.made.staff["complaints_officer"]
    for refused in (
        await desk("POST", "/staff", {**NEW, "name": blank}),
        await desk("PATCH", f"/staff/{officer}", {"name": blank}, if_match="*"),
        await desk("POST", "/api-keys", {"kind": "website", "name": blank}),
    ):
        assert faults(refused) == {("/name", "blank")}


async def test_roles_come_from_the_procedures(desk: Desk):
    answer = await desk("POST", "/staff", {**NEW, "roles": ["director", "chair", "pope"]})
    assert answer.status_code == 400
    assert faults(answer) == {("/roles/1", "unknown"), ("/roles/2", "unknown")}
    assert answer.json()["errors"][0]["message"] == "one of: complaints_officer, director"


async def test_without_a_procedure_there_are_no_roles(new_organisation: NewOrganisation, database: Database):
    async with client(database) as opened:
        desk = Desk(opened, await new_organisation(roles=()))
        assert (await desk("POST", "/staff", {**NEW, "roles": []})).status_code == 201
        answer = await desk("POST", "/staff", NEW)
        assert "no procedure is published yet" in answer.json()["errors"][0]["message"]


async def test_who_is_deactivated_can_do_nothing_from_the_next_request_on(desk: Desk):
    path = f"/staff/{desk.made.staff['director']}"
    etag = (await desk("GET", path)).headers["etag"]
    assert (await desk("GET", "/complaints", by="director")).status_code == 200
    assert (await desk("PATCH", path, {"active": False})).status_code == 428
    assert (await desk("PATCH", path, {"active": False}, If_Match='"old"')).status_code == 412
    changed = await desk("PATCH", path, {"active": False}, If_Match=etag)
    assert (changed.status_code, changed.json()["active"]) == (200, False)
    assert (await desk("GET", "/complaints", by="director")).status_code == 401
    again = await desk("PATCH", path, {"active": True, "roles": ["director"]}, If_Match=changed.headers["etag"])
    assert again.json()["active"] is True
    assert (await desk("GET", "/complaints", by="director")).status_code == 200


async def test_nobody_there(desk: Desk):
    for path in (f"/staff/{uuid4()}", "/staff/nobody"):
        assert (await desk("GET", path)).status_code == 404
        assert (await desk("PATCH", path, {"name": "x"}, If_Match='"x"')).status_code == 404


async def test_a_changed_role_must_be_known_too(desk: Desk):
    path = f"/staff/{desk.made.staff['director']}"
    etag = (await desk("GET", path)).headers["etag"]
    answer = await desk("PATCH", path, {"roles": ["chair"]}, If_Match=etag)
    assert faults(answer) == {("/roles/0", "unknown")}


@pytest.mark.parametrize("name", ["name", "email", "roles", "active"])
async def test_nothing_of_an_employee_can_be_emptied(desk: Desk, name: str):
    path = f"/staff/{desk.made.staff['director']}"
    answer = await desk("PATCH", path, {"name": "Anders", name: None}, If_Match="*")
    assert faults(answer) == {(f"/{name}", "not-emptied")}
    assert (await desk.get(path))["name"] != "Anders"
