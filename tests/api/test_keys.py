"""API keys: shown once, never more than their kind, replaced with an overlap, revoked at once."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.domain.callers import SCOPES, SCOPES_OF_KIND
from app.store.session import Database
from tests.api.office import AT, Desk, Json, client, faults, office
from tests.conftest import NewOrganisation


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def make(desk: Desk, **body: object) -> Json:
    answer = await desk("POST", "/api-keys", {"kind": "system", "name": "crm", **body})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def works(desk: Desk, key: str) -> bool:
    return (await desk("GET", "/complaints", token=key)).status_code == 200


async def id_of(desk: Desk, kind: str) -> str:
    [found] = (await desk.get(f"/api-keys?kind={kind}"))["items"]
    return str(found["id"])


async def test_a_key_is_shown_once(desk: Desk):
    made = await make(desk)
    assert re.fullmatch(r"[a-z]+_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", made["key"])
    assert made["key"].startswith(made["prefix"] + "_")
    assert made["scopes"] == sorted(SCOPES_OF_KIND["system"])
    assert await works(desk, made["key"])
    read = await desk.get(f"/api-keys/{made['id']}")
    assert read == {name: value for name, value in made.items() if name != "key"}
    listed = await desk("GET", "/api-keys?withTotal=true")
    assert made["key"] not in listed.text
    assert listed.json()["total"] == 8  # five kinds, two employees, and this one


async def test_a_retry_tells_which_key_was_made_but_not_the_key(
    desk: Desk, superuser: "asyncpg.Connection[asyncpg.Record]"
):
    body = {"kind": "system", "name": "crm"}
    first = await desk("POST", "/api-keys", body, Idempotency_Key="once")
    again = await desk("POST", "/api-keys", body, Idempotency_Key="once")
    assert again.status_code == 201 and again.headers["idempotency-replayed"] == "true"
    assert again.json() == {**first.json(), "key": None}
    secret = first.json()["key"].split("_", 2)[2]
    tables = await superuser.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for row in tables:
        sql = f'SELECT count(*) FROM "{row["tablename"]}" t WHERE strpos(t::text, $1) > 0'
        assert await superuser.fetchval(sql, secret) == 0, row["tablename"]


@pytest.mark.parametrize("kind", sorted(SCOPES_OF_KIND.keys() - {"body", "staff", "admin"}))
async def test_a_key_opens_no_more_than_its_kind(desk: Desk, kind: str):
    beyond = sorted(SCOPES.keys() - SCOPES_OF_KIND[kind])
    answer = await desk("POST", "/api-keys", {"kind": kind, "name": "x", "scopes": ["procedures:read", *beyond]})
    assert answer.status_code == 400
    assert faults(answer) == {(f"/scopes/{place}", "scope-not-of-kind") for place in range(1, len(beyond) + 1)}
    assert (await make(desk, kind=kind, scopes=["procedures:read"]))["scopes"] == ["procedures:read"]


async def test_a_scope_that_was_left_out_is_closed(desk: Desk):
    made = await make(desk, scopes=["complaints:file"])
    answer = await desk("GET", "/complaints", token=made["key"])
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-required")


async def test_an_employees_key(desk: Desk):
    director = str(desk.made.staff["director"])
    made = await make(desk, kind="staff", staffId=director)
    assert made["staffId"] == director
    assert await works(desk, made["key"])
    for body, fault in (
        ({"kind": "staff"}, ("/staffId", "required")),
        ({"kind": "staff", "staffId": str(uuid4())}, ("/staffId", "unknown")),
        ({"kind": "system", "staffId": director}, ("/staffId", "not-of-kind")),
    ):
        answer = await desk("POST", "/api-keys", {"name": "x", **body})
        assert faults(answer) == {fault}
    nobody = {"name": "x", "kind": "pigeon", "staffId": str(uuid4())}
    assert faults(await desk("POST", "/api-keys", nobody)) == {("/kind", "not-an-option"), ("/staffId", "unknown")}


async def test_a_key_ends_on_its_day(desk: Desk):
    ends = (AT + timedelta(days=2)).isoformat()
    made = await make(desk, expiresAt=ends)
    assert await works(desk, made["key"])
    await desk.clock(ends)
    assert not await works(desk, made["key"])
    answer = await desk("POST", "/api-keys", {"kind": "system", "name": "x", "expiresAt": ends})
    assert faults(answer) == {("/expiresAt", "in-the-past")}
    assert (await desk("POST", f"/api-keys/{made['id']}/rotations", {})).json()["code"] == "key-ended"


async def test_rotation_overlaps(desk: Desk):
    old = await make(desk, kind="reporter")
    answer = await desk("POST", f"/api-keys/{old['id']}/rotations", {"overlapHours": 48})
    assert answer.status_code == 201
    new = answer.json()
    assert (new["kind"], new["name"], new["scopes"]) == (old["kind"], old["name"], old["scopes"])
    shown = await desk.get(f"/api-keys/{old['id']}")
    assert shown["replacedBy"] == new["id"]
    for key in (old["key"], new["key"]):
        assert (await desk("GET", "/reports/summary", token=key)).status_code == 200
    await desk.clock((AT + timedelta(hours=49)).isoformat())
    assert (await desk("GET", "/reports/summary", token=old["key"])).status_code == 401
    assert (await desk("GET", "/reports/summary", token=new["key"])).status_code == 200
    assert (await desk("POST", f"/api-keys/{old['id']}/rotations", {})).status_code == 409


async def test_rotation_without_overlap_and_with_too_much(desk: Desk):
    old = await make(desk)
    answer = await desk("POST", f"/api-keys/{old['id']}/rotations", {"overlapHours": 169})
    assert faults(answer) == {("/overlapHours", "too-large")}
    assert await works(desk, old["key"])
    new = (await desk("POST", f"/api-keys/{old['id']}/rotations", {"overlapHours": 0})).json()
    assert not await works(desk, old["key"])
    assert await works(desk, new["key"])


async def test_a_replacement_lives_as_long(desk: Desk):
    old = await make(desk, expiresAt=(AT + timedelta(days=30)).isoformat())
    await desk.clock((AT + timedelta(days=20)).isoformat())
    new = (await desk("POST", f"/api-keys/{old['id']}/rotations", {})).json()
    assert new["expiresAt"][:10] == (AT + timedelta(days=50)).isoformat()[:10]


async def test_only_one_of_two_rotations_at_once(desk: Desk):
    old = await make(desk)
    path = f"/api-keys/{old['id']}/rotations"
    answers = await asyncio.gather(*(desk("POST", path, {}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_revoked_at_once_and_again(desk: Desk):
    made = await make(desk)
    for _ in range(2):
        assert (await desk("DELETE", f"/api-keys/{made['id']}")).status_code == 204
        assert not await works(desk, made["key"])
    revoked = (await desk.get(f"/api-keys/{made['id']}"))["revokedAt"]
    assert revoked.startswith("2036-01-07")
    assert (await desk("DELETE", f"/api-keys/{uuid4()}")).status_code == 404


async def test_the_last_administrators_key_stays(desk: Desk):
    first = await id_of(desk, "admin")
    answer = await desk("DELETE", f"/api-keys/{first}")
    assert (answer.status_code, answer.json()["code"]) == (409, "last-administrator")
    await make(desk, kind="admin", scopes=["procedures:write"])  # cannot make keys, so it does not count
    assert (await desk("DELETE", f"/api-keys/{first}")).status_code == 409
    second = await make(desk, kind="admin")
    assert (await desk("DELETE", f"/api-keys/{first}")).status_code == 204
    answer = await desk("DELETE", f"/api-keys/{second['id']}", token=second["key"])
    assert answer.status_code == 409


async def test_a_key_that_will_end_is_no_administrator_to_rely_on(desk: Desk):
    first = await id_of(desk, "admin")
    soon = (AT + timedelta(hours=1)).isoformat()
    await make(desk, kind="admin", expiresAt=soon)
    answer = await desk("DELETE", f"/api-keys/{first}")
    assert (answer.status_code, answer.json()["code"]) == (409, "last-administrator")
    assert {step["step"] for step in answer.json()["possible"]} == {"api-keys", "rotations"}
    await desk.clock(soon)
    assert (await desk("POST", "/api-keys", {"kind": "system", "name": "x"})).status_code == 201


async def test_the_last_administrators_key_is_not_replaced_by_one_that_ends(desk: Desk):
    path = f"/api-keys/{await id_of(desk, 'admin')}/rotations"
    ending = {"expiresAt": (AT + timedelta(days=365)).isoformat(), "overlapHours": 0}
    answer = await desk("POST", path, ending)
    assert (answer.status_code, answer.json()["code"]) == (409, "last-administrator")
    another = await make(desk, kind="admin")
    assert (await desk("POST", path, ending)).status_code == 201
    assert (await desk("POST", "/api-keys", {"kind": "admin", "name": "x"}, token=another["key"])).status_code == 201


async def test_a_key_that_ends_is_replaced_and_revoked_as_before(desk: Desk):
    ending = await make(desk, kind="admin", expiresAt=(AT + timedelta(days=30)).isoformat())
    new = (await desk("POST", f"/api-keys/{ending['id']}/rotations", {"overlapHours": 0})).json()
    assert new["expiresAt"] is not None
    assert (await desk("DELETE", f"/api-keys/{new['id']}")).status_code == 204


async def test_two_administrators_cannot_lock_everyone_out(desk: Desk):
    first = await id_of(desk, "admin")
    second = await make(desk, kind="admin")
    answers = await asyncio.gather(
        desk("DELETE", f"/api-keys/{second['id']}"),
        desk("DELETE", f"/api-keys/{first}", token=second["key"]),
    )
    assert sorted(answer.status_code for answer in answers) in ([204, 401], [204, 409])


async def test_a_replaced_administrators_key_can_go(desk: Desk):
    first = await id_of(desk, "admin")
    new = (await desk("POST", f"/api-keys/{first}/rotations", {})).json()
    assert (await desk("DELETE", f"/api-keys/{new['id']}")).status_code == 409
    assert (await desk("DELETE", f"/api-keys/{first}", token=new["key"])).status_code == 204


async def test_another_organisations_key_is_not_there(
    desk: Desk, new_organisation: NewOrganisation, database: Database
):
    other = Desk(desk.client, await office(new_organisation, database))
    theirs = await id_of(other, "system")
    assert (await desk("GET", f"/api-keys/{theirs}")).status_code == 404
    assert (await desk("DELETE", f"/api-keys/{theirs}")).status_code == 404
    assert (await desk("POST", f"/api-keys/{theirs}/rotations", {})).status_code == 404
