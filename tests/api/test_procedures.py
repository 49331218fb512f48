"""Procedures over HTTP: reading, judging, comparing, trying out, publishing."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jsonschema
import pytest
import pytest_asyncio

from app.api import callers, idempotency
from app.api.application import ContractApp, contract_app
from app.api.routers import calculator, calendars, procedures
from app.api.turns import LINE
from app.domain.events import EVENTS
from app.domain.ledger import canonical
from app.domain.procedure import Procedure
from app.domain.publication import digest
from app.procedures.reading import shipped, text_of
from app.services.procedures import publish
from app.store.session import Database
from tests.conftest import NewOrganisation, Organisation

TODAY = date(2036, 4, 24)
BY_ID = {procedure.procedure: procedure for procedure in shipped()}
Json = dict[str, Any]
CONTRACT: Json = json.loads(Path("openapi/openapi.json").read_text())


def app_with(database: Database | None) -> ContractApp:
    routers = [procedures.router, calendars.router, calculator.router]
    app = contract_app(routers, cursor_secret=b"s" * 32, public=procedures.PUBLIC)
    callers.install(app)
    idempotency.install(app)
    app.state.database = database
    return app


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_with(database))
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as opened:
        yield opened


@pytest_asyncio.fixture
async def made(new_organisation: NewOrganisation, database: Database) -> Organisation:
    """An organisation whose clock stands at TODAY, with one published procedure."""
    offset = datetime(2036, 4, 24, 10, tzinfo=UTC) - datetime.now(UTC)
    made = await new_organisation(clock_offset=offset)
    async with database.organisation(made.id) as tx:
        await publish(tx, BY_ID["jso"])
    return made


def key(made: Organisation, name: str = "admin") -> dict[str, str]:
    return {"Authorization": f"Bearer {made.keys[name].token}"}


def document(name: str = "jso", **changed: Any) -> Json:
    found: Json = BY_ID[name].model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {**deepcopy(found), **changed}


def later(days: int = 1) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


# -- reading ---------------------------------------------------------------------------------------------------


async def test_lists_with_what_is_in_force(client: httpx.AsyncClient, made: Organisation):
    body = {"document": document(effective_from=later(30))}
    assert (await client.post("/procedures/jso/versions", json=body, headers=key(made))).status_code == 201
    answer = await client.get("/procedures", headers=key(made, "website"))
    [item] = answer.json()["items"]
    assert (item["id"], item["inForce"]) == ("jso", 1)
    assert [(each["version"], each["effectiveFrom"]) for each in item["versions"]] == [
        (1, "2020-01-01"),
        (2, later(30)),
    ]


async def test_lists_in_pages(client: httpx.AsyncClient, made: Organisation, database: Database):
    async with database.organisation(made.id) as tx:
        await publish(tx, BY_ID["hss"])
        await publish(tx, BY_ID["klikklaar"])
    first = (await client.get("/procedures?limit=2&withTotal=true", headers=key(made))).json()
    assert ([each["id"] for each in first["items"]], first["total"]) == (["hss", "jso"], 3)
    second = (await client.get(f"/procedures?limit=2&cursor={first['next']}", headers=key(made))).json()
    assert [each["id"] for each in second["items"]] == ["klikklaar"]
    back = (await client.get(f"/procedures?limit=2&cursor={second['prev']}", headers=key(made))).json()
    assert [each["id"] for each in back["items"]] == ["hss", "jso"]


async def test_reads_what_people_want_to_know(client: httpx.AsyncClient, made: Organisation):
    answer = await client.get("/procedures/jso", headers=key(made))
    found = answer.json()
    assert found["inForce"] is True
    assert found["bodies"][0]["bindingOn"] == ["organisation", "complainant"]
    words = {each["key"]: each["words"]["nl"] for each in found["terms"]}
    assert words["first_response.respond"] == "binnen 5 werkdagen na ontvangst van de klacht"
    assert Procedure.model_validate(found["definition"]) == BY_ID["jso"]
    version = await client.get("/procedures/jso/versions/1", headers=key(made))
    assert version.headers["ETag"] == answer.headers["ETag"] == f'"{found["sha256"][:32]}"'


@pytest.mark.parametrize("path", ["hss", "jso/versions/2", "jso/versions/x", "JSO", "jso/versions/0"])
async def test_what_is_not_there(client: httpx.AsyncClient, made: Organisation, path: str):
    assert (await client.get(f"/procedures/{path}", headers=key(made))).status_code == 404


async def test_another_organisation_sees_nothing(
    client: httpx.AsyncClient, made: Organisation, new_organisation: NewOrganisation
):
    other = await new_organisation()
    assert (await client.get("/procedures", headers=key(other))).json()["items"] == []
    assert (await client.get("/procedures/jso", headers=key(other))).status_code == 404


async def test_schema_is_public(client: httpx.AsyncClient):
    answer = await client.get("/schemas/procedure.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    jsonschema.Draft202012Validator(answer.json()).validate(document())


# -- publishing ------------------------------------------------------------------------------------------------


async def test_publishes_the_example_of_the_contract(client: httpx.AsyncClient, made: Organisation):
    operation = CONTRACT["paths"]["/procedures/{procedureId}/versions"]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    answer = await client.post("/procedures/voorbeeld/versions", json=example, headers=key(made))
    assert answer.status_code == 201, answer.text


async def test_publishes_the_next_version(client: httpx.AsyncClient, made: Organisation):
    yaml = text_of("jso").replace("effective_from: 2020-01-01", f"effective_from: {later()}")
    answer = await client.post("/procedures/jso/versions", json={"yaml": yaml}, headers=key(made))
    assert answer.status_code == 201, answer.text
    assert answer.json()["inForce"] is False
    read = await client.get(answer.headers["Location"].removeprefix("/v1"), headers=key(made))
    assert read.json() == answer.json()
    old = (await client.get("/procedures/jso/versions/1", headers=key(made))).json()
    assert (old["effectiveFrom"], old["inForce"]) == ("2020-01-01", True)


async def test_a_retry_publishes_nothing_twice(client: httpx.AsyncClient, made: Organisation):
    body, headers = {"document": document(effective_from=later())}, {**key(made), "Idempotency-Key": "once"}
    answers = [await client.post("/procedures/jso/versions", json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    again = await client.post("/procedures/jso/versions", json=body, headers=key(made))
    assert (again.status_code, again.json()["code"]) == (409, "same-version")


async def test_a_release_that_lacks_a_word_reads_what_does_not_use_it(
    client: httpx.AsyncClient, made: Organisation, superuser: "asyncpg.Connection[asyncpg.Record]"
):
    """What is published says no word that it does not use, and such a word is read over (promise P15)."""
    await client.post("/procedures/hss/versions", json={"yaml": text_of("hss")}, headers=key(made))
    of_it = "from procedure_versions where organisation_id = $1 and procedure = 'hss' and version = 1"
    stored = str(await superuser.fetchval(f"select definition {of_it}", made.id))
    assert not re.search(r'"(effective_until|until|address)":null', stored)
    assert Procedure.model_validate_json(stored) == BY_ID["hss"]

    # as an older release wrote it, every default with it, and as a later one may
    full = BY_ID["hss"].model_dump(mode="json", by_alias=True) | {"procedure": "later", "effective_from": later()}
    full |= {"stages": [each | {"nearby": [], "by_night": False} for each in full["stages"]], "moved_to": None}
    columns = "organisation_id, id, procedure, version, effective_from, definition, sha256"
    sql = f"insert into procedure_versions ({columns}) values ($1, uuidv7(), 'later', 1, $2, $3, $4)"
    text = canonical(full)
    await superuser.execute(sql, made.id, TODAY + timedelta(days=1), text, digest(text))
    answer = await client.get("/procedures/later", headers=key(made))
    assert answer.status_code == 200, answer.text
    again = {"document": document("hss", procedure="later", effective_from=later())}
    answer = await client.post("/procedures/later/versions", json=again, headers=key(made))
    assert (answer.status_code, answer.json().get("code")) == (409, "same-version")


async def test_versions_published_at_once_get_numbers_of_their_own(client: httpx.AsyncClient, made: Organisation):
    bodies = [{"document": document(effective_from=later(number))} for number in range(1, 6)]
    answers = await asyncio.gather(
        *(client.post("/procedures/jso/versions", json=body, headers=key(made)) for body in bodies)
    )
    assert sorted(each.json()["version"] for each in answers) == [2, 3, 4, 5, 6]


async def test_refuses_with_every_fault(client: httpx.AsyncClient, made: Organisation):
    body = {"document": document(procedure="other", effective_from=later(-1), retention=None)}
    answer = await client.post("/procedures/jso/versions", json=body, headers=key(made))
    assert answer.status_code == 400
    assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == {
        ("/document/procedure", "another-procedure"),
        ("/document/effective_from", "in-the-past"),  # of the procedure in the path
        ("/document/retention", "retention-missing"),
    }


ANOTHER, PASSED = ("/procedure", "another-procedure"), ("/effective_from", "in-the-past")
UNKEPT, NO_TEXT = ("/retention", "retention-missing"), ("/title", "text-expected")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"title": 5, "procedure": "xy"}, {NO_TEXT, ANOTHER}),
        ({"title": 5, "effective_from": "2020-01-01"}, {NO_TEXT, PASSED}),
        ({"title": 5, "retention": None}, {NO_TEXT, UNKEPT}),
        (
            {"title": 5, "retention": {"minimum": {"amount": 1, "unit": "years"}}},
            {NO_TEXT, ("/retention/maximum", "retention-missing")},
        ),
        (
            {"zz": 1, "procedure": "xy", "effective_from": "2020-01-01", "retention": None},
            {("/zz", "unknown-word"), ANOTHER, PASSED, UNKEPT},
        ),
        ({"language": "de", "procedure": "xy"}, {("/language", "not-one-of"), ANOTHER}),
        # it held on days on which another version holds, as long as it goes on
        ({"title": 5, "effective_from": "2019-01-01"}, {NO_TEXT, PASSED}),
        ({"title": 5, "effective_from": "2019-01-01", "effective_until": "2020-01-01"}, {NO_TEXT, PASSED}),
        ({"title": 5, "effective_from": "2019-01-01", "effective_until": "2019-12-31"}, {NO_TEXT}),
        # ... which cannot be said where the last day cannot be read
        (
            {"effective_from": "2019-01-01", "effective_until": "soon"},
            {("/effective_until", "date-expected")},
        ),
        (
            {"effective_from": "2019-01-01", "effective_til": "2019-12-31"},
            {("/effective_til", "unknown-word")},
        ),
        # ... but its first day it holds whichever that is
        (
            {"effective_from": "2020-01-01", "effective_until": "soon"},
            {("/effective_until", "date-expected"), PASSED},
        ),
        (
            {"effective_from": "2020-01-02", "effective_until": "2020-01-01"},
            {("/effective_until", "ends-before-it-begins"), PASSED},
        ),
        # what is wrong in itself is told once
        ({"procedure": 5}, {("/procedure", "text-expected")}),
        ({"procedure": "X Y"}, {("/procedure", "not-a-name")}),
        ({"effective_from": "soon"}, {("/effective_from", "date-expected")}),
        ({"retention": 5}, {("/retention", "mapping-expected")}),
        # under it no complaint could be filed
        (
            {"title": 5, "register": {"required_at_intake": ["verdict"]}},
            {NO_TEXT, ("/register/required_at_intake/0", "not-at-intake")},
        ),
        (
            {"zz": 1, "register": {"required_at_intake": ["verdict"]}},
            {("/zz", "unknown-word"), ("/register/required_at_intake/0", "not-at-intake")},
        ),
    ],
    ids=range(19),
)
@pytest.mark.parametrize("written", ["document", "yaml"])
async def test_what_keeps_it_from_coming_into_force_is_told_beside_what_cannot_be_read(
    client: httpx.AsyncClient, made: Organisation, written: str, changed: Json, expected: set[tuple[str, str]]
):
    sent = document(**{"effective_from": later(), **changed})
    body = {"document": sent} if written == "document" else {"yaml": json.dumps(sent)}
    answer = await client.post("/procedures/jso/versions", json=body, headers=key(made))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-procedure")
    told = {(each["pointer"].removeprefix(f"/{written}"), each["code"]) for each in answer.json()["errors"]}
    assert told == expected


@pytest.mark.parametrize(
    ("written", "change", "expected"),
    [
        ("yaml", ("\ntitle:", "\ntitle: &t x\ntitle:"), {("/title", "duplicate-key")}),
        ("document", ('"title":', '"title": "x", "title":'), {("/title", "repeated-key")}),
        ("yaml", ("\nroles:", "\nroles: [{role: astronaut}]\nroles:"), {("/roles", "duplicate-key")}),
        ("document", ('"roles":', '"roles": [{"role": "astronaut"}], "roles":'), {("/roles", "repeated-key")}),
        (
            "yaml",
            ("role: complaints_officer", "role: boss, role: complaints_officer"),
            {("/roles/0/role", "duplicate-key")},
        ),
        ("document", ('"role": "', '"role": "boss", "role": "'), {("/roles/0/role", "repeated-key")}),
        ("yaml", ("role: complaints_officer", 'role: "dir\\0ector"'), {("/roles/0/role", "character-not-allowed")}),
        ("document", ('"role": "', '"role": "\\u0000'), {("/roles/0/role", "not-storable")}),
    ],
    ids=range(8),
)
async def test_what_is_written_in_two_ways_hides_only_what_hangs_on_it(
    client: httpx.AsyncClient, made: Organisation, written: str, change: tuple[str, str], expected: set[tuple[str, str]]
) -> None:
    wrong = document(procedure="xy", register={"required_at_intake": ["verdict"]})
    wrong["stages"][0]["duties"][1]["within"]["unit"] = "fortnights"
    sent = _yaml(wrong) if written == "yaml" else json.dumps(wrong)
    assert change[0] in sent
    sent = sent.replace(*change, 1)
    body = f'"{written}": {json.dumps(sent) if written == "yaml" else sent}'
    headers = {**key(made), "Content-Type": "application/json"}
    answer = await client.post("/procedures/jso/versions", content=f"{{{body}}}", headers=headers)
    assert answer.status_code == 400
    told = {(each["pointer"].removeprefix(f"/{written}"), each["code"]) for each in answer.json()["errors"]}
    assert told == expected | {
        ("/stages/0/duties/1/within/unit", "not-one-of"),
        ("/register/required_at_intake/0", "not-at-intake"),
        ANOTHER,
        PASSED,
    }


def _yaml(wrong: Json) -> str:
    """In the style of a procedure that is written by hand, as far as these tests change it."""
    [role, *others] = wrong["roles"]
    first = f"roles:\n- {{role: {role['role']}}}\n" + "".join(f"- {json.dumps(each)}\n" for each in others)
    rest = (f"{name}: {json.dumps(value)}\n" for name, value in wrong.items() if name != "roles")
    return "# 1\n" + "".join(rest) + first


async def test_what_is_missing_hides_nothing_else(client: httpx.AsyncClient, made: Organisation):
    sent = document(procedure="xy", effective_from="2020-01-01")
    del sent["title"], sent["stages"][0]["kind"], sent["retention"]
    answer = await client.post("/procedures/jso/versions", json={"document": sent}, headers=key(made))
    told = {(each["pointer"].removeprefix("/document"), each["code"]) for each in answer.json()["errors"]}
    assert told >= {("/title", "missing"), ("/stages/0/kind", "missing"), ANOTHER, PASSED, UNKEPT}
    nothing = await client.post("/procedures/jso/versions", json={"document": {}}, headers=key(made))
    told = {(each["pointer"].removeprefix("/document"), each["code"]) for each in nothing.json()["errors"]}
    assert told >= {("/procedure", "missing"), ("/effective_from", "missing"), UNKEPT}
    assert not told & {ANOTHER, PASSED}
    number = {"document": document(title=5.5, language="de", procedure="xy", effective_from=later())}
    answer = await client.post("/procedures/jso/versions", json=number, headers=key(made))
    told = {(each["pointer"].removeprefix("/document"), each["code"]) for each in answer.json()["errors"]}
    assert told == {("/title", "whole-number"), ("/language", "not-one-of"), ANOTHER}
    torn = await client.post("/procedures/jso/versions", json={"yaml": "procedure: [xy"}, headers=key(made))
    assert [each["code"] for each in torn.json()["errors"]] == ["yaml-syntax"]


@pytest.mark.parametrize("days", [-1, 0])
async def test_a_later_version_begins_tomorrow_at_the_earliest(
    client: httpx.AsyncClient, made: Organisation, days: int
):
    """Or of two people who complained on one day each would be treated by rules of their own (KK-36)."""
    body = {"document": document(effective_from=later(days))}
    answer = await client.post("/procedures/jso/versions", json=body, headers=key(made))
    assert answer.json()["errors"][0]["code"] == "in-the-past"


async def test_just_before_midnight_tomorrow_is_too_soon(
    client: httpx.AsyncClient, made: Organisation, superuser: "asyncpg.Connection[asyncpg.Record]"
):
    """It may have to wait, and must have come into force before the first complaint of its first day (KK-36)."""
    late = datetime(2036, 4, 24, 21, 57, tzinfo=UTC)  # three minutes to midnight in Amsterdam
    await superuser.execute("update organisations set clock_offset = $2 - now() where id = $1", made.id, late)
    tomorrow, after = [{"document": document(effective_from=later(days))} for days in (1, 2)]
    answer = await client.post("/procedures/jso/versions", json=tomorrow, headers=key(made))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "in-the-past")
    answer = await client.post("/procedures/jso/versions", json=after, headers=key(made))
    assert answer.status_code == 201


async def test_first_version_may_begin_in_the_past(client: httpx.AsyncClient, made: Organisation):
    answer = await client.post("/procedures/hss/versions", json={"yaml": text_of("hss")}, headers=key(made))
    assert (answer.status_code, answer.json()["version"]) == (201, 1)


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [
        ("2036-04-11", None, None),
        ("2036-04-11", "2036-04-20", None),
        ("2036-04-10", "2036-04-20", "in-the-past"),
        ("2036-04-11", "2036-05-31", None),
        ("2019-01-01", "2019-12-31", None),
        ("2019-01-01", None, "in-the-past"),
    ],
)
async def test_a_later_version_may_begin_in_the_past_where_none_holds(
    client: httpx.AsyncClient,
    new_organisation: NewOrganisation,
    database: Database,
    begins: str,
    ends: str | None,
    code: str | None,
):
    """Nothing was registered by another version on those days; that of May holds from its first day on, as before."""
    made = await new_organisation(clock_offset=datetime(2036, 4, 24, 10, tzinfo=UTC) - datetime.now(UTC))
    async with database.organisation(made.id) as tx:
        await publish(tx, BY_ID["jso"].model_copy(update={"effective_until": date(2036, 4, 10)}))
        await publish(tx, BY_ID["jso"].model_copy(update={"effective_from": date(2036, 5, 1)}))
    body = {"document": document(effective_from=begins, effective_until=ends)}
    answer = await client.post("/procedures/jso/versions", json=body, headers=key(made))
    refused = [each["code"] for each in answer.json().get("errors", [])]
    assert refused == ([code] if code else []), answer.text


@pytest.mark.parametrize("kind", ["system", "complaints_officer", "auditor", "reporter", "website"])
async def test_only_with_the_scope(client: httpx.AsyncClient, made: Organisation, kind: str):
    body = {"yaml": text_of("hss")}
    assert (await client.post("/procedures/hss/versions", json=body, headers=key(made, kind))).status_code == 403


# -- judging and comparing -------------------------------------------------------------------------------------


async def test_judges(client: httpx.AsyncClient, made: Organisation):
    async def judged(**body: object) -> Json:
        answer = await client.post("/procedures/_validate", json=body, headers=key(made))
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    assert (await judged(yaml=text_of("jso")))["publishable"] is True
    assert (await judged(document=document("hss")))["valid"] is True
    broken = await judged(document=document(effective_from="soon", stages=[]))
    assert {each["pointer"] for each in broken["faults"]} >= {"/effective_from", "/stages"}
    assert (await judged(yaml="a: [b"))["faults"][0]["code"] == "yaml-syntax"
    assert (await judged(yaml="- a"))["valid"] is False
    unkept = await judged(document=document(retention=None))
    assert (unkept["valid"], unkept["publishable"]) == (True, False)
    assert "no-retention" in {each["code"] for each in unkept["questions"]}


@pytest.mark.parametrize("body", [{}, {"document": {}, "yaml": "a"}, {"document": []}, {"yaml": 1}, {"yaml": ""}])
async def test_a_request_that_cannot_be_read(client: httpx.AsyncClient, made: Organisation, body: Json):
    assert (await client.post("/procedures/_validate", json=body, headers=key(made))).status_code == 400


async def test_compares(client: httpx.AsyncClient, made: Organisation):
    changed = document()
    changed["stages"][0]["duties"][1]["within"]["amount"] = 7
    body = {"old": {"procedure": "jso"}, "new": {"document": changed}}
    answer = await client.post("/procedures/_diff", json=body, headers=key(made))
    [item] = answer.json()["items"]
    assert item["text"]["nl"] == "De termijn voor de eerste reactie gaat van 5 naar 7 werkdagen."
    same = {"old": {"procedure": "jso", "version": 1}, "new": {"yaml": text_of("jso")}}
    assert (await client.post("/procedures/_diff", json=same, headers=key(made))).json() == {"items": []}


async def test_a_stage_under_another_name_hides_no_change(client: httpx.AsyncClient, made: Organisation):
    """The chair's stage is renamed, decides in 2 weeks instead of 4 and no longer acknowledges."""
    old = BY_ID["klikklaar"].model_dump(mode="json", by_alias=True)
    new = deepcopy(old)
    stage, appeal = new["stages"][1:3]
    stage["stage"], stage["duties"][1]["within"]["amount"] = "first_line", 2
    appeal["independent_of"], appeal["opens_on"][0]["after"] = ["first_line"], ["first_line"]
    del stage["duties"][0], new["reviews"][0]
    body = {"old": {"document": old}, "new": {"document": new}}
    answer = await client.post("/procedures/_diff", json=body, headers=key(made))
    items = {(each["kind"], each["pointer"]): each["text"] for each in answer.json()["items"]}
    decide = (
        "beginpunt ontvangst van de klacht; voldaan door besluit op de klacht; door chair; vorm schriftelijk; "
        "verplichte inhoud redenen; verlenging (reden nee; door chair; vindplaats KK-13, A-06); "
        "vindplaats KK-12, A-05)."
    )
    assert items["removed", "/stages/1/duties/1"]["nl"] == (
        "Bij behandeling door de voorzitter vervalt (onder plichten): het standpunt van de voorzitter "
        f"(plicht decide; termijn 4 weken; {decide}"
    )
    assert items["added", "/stages/1/duties/0"]["nl"] == (
        "Bij behandeling door de voorzitter komt erbij (onder plichten): het standpunt van de voorzitter "
        f"(plicht decide; termijn 2 weken; {decide}"
    )
    assert items["added", "/stages/1/duties/0"]["en"].startswith(
        "Added to handling by the chair (under duties): the position of the chair (duty decide; period 2 weeks; "
    )
    assert items["removed", "/stages/1/duties/0"]["en"] == (
        "Removed from handling by the chair (under duties): the acknowledgement (duty acknowledge; period 2 weeks; "
        "starting point receipt of the complaint; met by acknowledgement; by chair; form written; "
        "required content handling term; source KK-10, KK-11)."
    )
    assert "; vervalt bij niets; " in items["added", "/stages/1/duties/1"]["nl"]
    assert items["removed", "/reviews/0"]["nl"] == (
        "Bij de regeling vervalt (onder terugblikken): het beraad over het voorkomen van herhaling (terugblik prevent "
        "recurrence; beginpunt afhandeling van de klacht; voldaan door beraad over herhaling; door directie; "
        "bewijs maatregelen; vindplaats KK-34, KK-35)."
    )
    assert items["added", "/stages/2/opens_on/0"]["nl"].startswith(
        "Bij beroep komt erbij (onder opent bij): de opening bij ontvangst van het bezwaar (eerdere fasen first line; "
    )


async def test_compares_only_what_is_whole(client: httpx.AsyncClient, made: Organisation):
    body = {"old": {"document": {}}, "new": {"procedure": "jso"}}
    answer = await client.post("/procedures/_diff", json=body, headers=key(made))
    assert answer.status_code == 400
    assert all(each["pointer"].startswith("/old/document/") for each in answer.json()["errors"])
    missing = {"old": {"procedure": "jso"}, "new": {"procedure": "jso", "version": 9}}
    answer = await client.post("/procedures/_diff", json=missing, headers=key(made))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/new/version")


# -- trying out ------------------------------------------------------------------------------------------------

RECEIVED = {"type": "complaint.received", "occurredAt": "2026-04-24T12:00:00+02:00"}


async def simulated(client: httpx.AsyncClient, made: Organisation, **body: object) -> Json:
    answer = await client.post("/procedures/_simulate", json=body, headers=key(made, "website"))
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


@pytest.mark.proves("X-08", "JSO-11")
async def test_simulates_an_answer_that_comes_after_the_director_was_asked(
    client: httpx.AsyncClient, made: Organisation
):
    """Who answers is not said: it is the complaints officer, whose answer is late, and not the director."""
    events = [
        {"type": "complaint.received", "occurredAt": "2026-01-05T10:00:00Z"},
        {"type": "dissatisfaction.received", "occurredAt": "2026-01-20T10:00:00Z"},
        {"type": "first_response.sent", "occurredAt": "2026-01-21T10:00:00Z", "facts": {"form": "email"}},
    ]
    found = await simulated(client, made, procedure="jso", events=events)
    assert found["refused"] == []
    states = {each["key"]: each["state"] for each in found["standing"]["terms"]}
    assert states["first_response.respond"] == "met_late"


async def test_simulates(client: httpx.AsyncClient, made: Organisation):
    answered = {"type": "first_response.sent", "occurredAt": "2026-04-28T09:00:00Z", "facts": {"form": "email"}}
    early = {"type": "appeal_decision.sent", "occurredAt": "2026-04-27T09:00:00Z"}
    found = await simulated(client, made, procedure="jso", events=[RECEIVED, early, answered])
    assert [each["number"] for each in found["events"]] == [1, 3]
    assert [each["number"] for each in found["refused"]] == [2]
    [term] = found["standing"]["terms"]
    assert (term["state"], term["dueOn"], term["breachAt"]) == ("met", "2026-05-04", "2026-05-04T22:00:00Z")
    assert "Koningsdag" in term["explanation"]["nl"]
    assert term["derivation"]["skipped"][0]["date"] == "2026-04-27"
    assert "dissatisfactions" in {each["step"] for each in found["standing"]["nextSteps"]}
    assert found["table"] is None


TRIED = {
    "_validate": {"document": document("hss")},
    "_diff": {"old": {"procedure": "jso"}, "new": {"document": document("hss")}},
    "_simulate": {"document": document("hss"), "year": 2036},
}


@pytest.mark.parametrize("path", TRIED)
async def test_what_is_tried_out_waits_its_turn_and_holds_nothing(
    made: Organisation, urls: Mapping[str, str], path: str
):
    """Nobody else's complaint waits for a connection while something is worked out."""
    small = Database(urls["app"], pool_size=1, wait=2)
    app = app_with(small)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gehoor") as opened:
        headers = key(made, "website")
        async with app.state.turns.turn(uuid4()):
            asked = (opened.post(f"/procedures/{path}", json=TRIED[path], headers=headers) for _ in range(LINE + 1))
            sent = [asyncio.create_task(each) for each in asked]
            [refused], waiting = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            assert (refused.result().status_code, refused.result().json()["code"]) == (429, "too-many-requests")
            assert (await opened.get("/procedures", headers=key(made))).status_code == 200
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200] * LINE
    await small.close()


async def test_simulates_a_document_with_its_table(client: httpx.AsyncClient, made: Organisation):
    found = await simulated(client, made, yaml=text_of("hss"), year=2028)
    assert (found["standing"], found["events"]) == (None, [])
    assert len(found["table"]["rows"]) == 366
    assert len(found["table"]["terms"]) == len(found["table"]["rows"][0]["due"]) == 3


@pytest.mark.parametrize("procedure", BY_ID)
async def test_every_event_with_every_fact(client: httpx.AsyncClient, made: Organisation, procedure: str):
    """Whatever is told, there is an answer."""
    facts = {
        "ground": "other", "verdict": "upheld", "outcome": "resolved", "decision": "decline", "until": "2027-01-01",
        "scheduledOn": "2026-08-01", "cause": "information", "answerBy": "2026-05-20", "to": "complaint", "corrects": 1,
        "movedTo": "2026-04-23T10:00:00Z", "lifts": 1, "measure": 2, "step": "hear_subject", "route": "civil_court",
        "staffId": "0198c0de-0000-7000-8000-000000000001", "contents": ["reasons", "handling_term", "skip_reason"],
        "form": "email", "party": "complainant", "conductOn": "2020-01-01", "earlierComplaint": True, "given": [],
    }  # fmt: skip
    at = "2026-04-27T12:00:00Z"
    events = [{"type": name, "occurredAt": at, "facts": facts} for name in EVENTS]
    found = await simulated(
        client, made, yaml=text_of(procedure), events=[RECEIVED, *events], asOf="2027-01-01T00:00:00Z"
    )
    assert found["standing"]["kind"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"procedure": "jso", "version": 1, "yaml": "a"}, ""),
        (
            {"procedure": "jso", "events": [{"type": "sun.rose", "occurredAt": "2026-04-24T12:00:00Z"}]},
            "/events/0/type",
        ),
        ({"procedure": "jso", "events": [{**RECEIVED, "occurredAt": "2026-04-24"}]}, "/events/0/occurredAt"),
        ({"procedure": "jso", "year": 1066}, "/year"),
        # beyond every calendar
        ({"procedure": "jso", "events": [{**RECEIVED, "occurredAt": "2100-12-30T10:00:00Z"}]}, "/events/0/occurredAt"),
        ({"document": {"procedure": 1}}, "/document/procedure"),
        ({"yaml": "procedure: 1"}, "/yaml/procedure"),
    ],
)
async def test_simulates_only_what_can_be_read(client: httpx.AsyncClient, made: Organisation, body: Json, pointer: str):
    answer = await client.post("/procedures/_simulate", json=body, headers=key(made))
    assert answer.status_code == 400
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}
