"""Each operation of the contract, from the outside in: no key, wrong scope, another organisation's ids.

The requests are made from the OpenAPI document, so an operation that is added later is asked too.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app.api import contract_examples
from app.procedures.reading import shipped_named
from app.services import procedures
from app.store.session import Database
from tests.committees import CASES, Committee, committee
from tests.conftest import NewOrganisation
from tests.escalating import bring
from tests.stories import Case, Office, Raw, served, teller

Json = dict[str, Any]
OPENAPI = Path(__file__).parents[2] / "openapi" / "openapi.json"  # making it anew takes seconds
DOCUMENT = json.loads(OPENAPI.read_text())
METHODS = ("get", "put", "post", "patch", "delete")
CANARY = "canary-7b1f"
PEOPLE = {"description": CANARY, "complainant": {"name": CANARY, "email": f"{CANARY}@example.org"}}
# The employee that the examples of the contract name.
EXAMPLE_STAFF = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71"
# In paths, but nobody's own: the same for every organisation.
SHARED = frozenset({"profile", "version", "direction", "templateId", "part"})
# What a query has to say.
ASKED = {"/complaints/{complaintId}/escalations/_check": "?body=erisietsmisgegaan"}
# Publishing is how a name becomes an organisation's own; what another one calls so does not matter (below).
PUBLISHING = ("POST", "/procedures/{procedureId}/versions")


MAIL = b"From: klant@example.org\r\nTo: klachten@example.org\r\n\r\nHet ging mis.\r\n"
FILES = {
    "message/rfc822": Raw(MAIL, "message/rfc822"),
    "multipart/form-data": Raw(
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="brief.txt"\r\n\r\nBeste,\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
}


def _operations() -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, operations in DOCUMENT["paths"].items()
        for method in METHODS
        if method in operations and operations[method].get("security") != []
    ]


OPERATIONS = _operations()
# The side of external bodies, who have keys of their own, and the side of organisations.
COMMITTEE = [each for each in OPERATIONS if each[1].startswith("/committee/")]
ORGANISATION = [each for each in OPERATIONS if each not in COMMITTEE]


def _names(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def _filled(path: str, ids: Mapping[str, str]) -> str:
    values = {"part": "0", **ids}
    return re.sub(r"{(\w+)}", lambda match: values.get(match[1], str(uuid4())), path) + ASKED.get(path, "")


def _body(method: str, path: str) -> Any:
    """The example of the contract; a small file where files are sent."""
    content = DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return next((FILES[each] for each in content if each in FILES), None)
    return contract_examples.examples_of(DOCUMENT, content["application/json"])[0] if content else None


# -- who is there ----------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module")
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database) as serving:
        yield serving


@pytest_asyncio.fixture(scope="module")
async def ours(
    client: httpx.AsyncClient, database: Database, worker_database: Database, new_organisation: NewOrganisation
) -> Office:
    return await teller(client, database, worker_database, new_organisation)("klikklaar")


@pytest_asyncio.fixture(scope="module")
async def body(client: httpx.AsyncClient, owner_database: Database) -> Committee:
    """The external body that has the other organisation's complaint."""
    return await committee(client, owner_database, "erisietsmisgegaan")


@pytest_asyncio.fixture(scope="module")
async def another_body(client: httpx.AsyncClient, owner_database: Database) -> Committee:
    return await committee(client, owner_database, "cmonet")


@pytest_asyncio.fixture(scope="module")
async def of_body(ids: dict[str, str], body: Committee) -> dict[str, str]:
    """Something of that body behind every name in a path of its side."""
    hook = {"description": CANARY, "url": "https://example.org/canary-7b1f", "eventTypes": ["*"]}
    path = f"{CASES}/{ids['escalationId']}/attachments"
    file = await body.ask("POST", path, FILES["multipart/form-data"], expect=201)
    return {
        "escalationId": ids["escalationId"],
        "attachmentId": file["id"],
        "webhookId": (await body.ask("POST", "/committee/webhooks", hook, expect=201))["id"],
    }


@pytest_asyncio.fixture(scope="module")
async def theirs(
    client: httpx.AsyncClient,
    database: Database,
    worker_database: Database,
    new_organisation: NewOrganisation,
    body: Committee,
) -> Case:
    """Another organisation's complaint, with words that must not come out."""
    office = await teller(client, database, worker_database, new_organisation)("hss")
    young = shipped_named("so-trainingsbureau")
    async with database.organisation(office.made.id) as tx:
        await procedures.publish(tx, young, allow_past=True)
    case = await office.file({**PEOPLE, "procedure": "hss", "complainantType": "client"})
    await case.step("board", "hearings", {"party": "complainant", "form": "phone", "note": CANARY})
    await case.step("board", "decisions", {"form": "email", "text": CANARY, "reasons": CANARY})
    return case


@pytest_asyncio.fixture(scope="module")
async def ids(theirs: Case) -> dict[str, str]:
    """Something of the other organisation behind every name that stands in a path or a body."""
    office = theirs.office
    outside = await bring(theirs, "board", "erisietsmisgegaan", requestedRelief=CANARY)
    [event, *_] = await theirs.events()
    keys = (await office.ask("admin", "GET", "/api-keys"))["items"]
    reviews = (await office.ask("admin", "GET", "/reviews"))["items"]
    child = {**PEOPLE, "procedure": "so-trainingsbureau", "channel": "email", "complainantType": "client"}
    child["complainant"] = {"name": CANARY, "bornOn": "2018-01-01"}
    kept = await office.ask("system", "POST", "/complaints", child, expect=400)
    upload = f"/complaints/{theirs.id}/attachments"
    note = {"direction": "internal", "channel": "phone", "body": CANARY, "participants": [{"role": "complainant"}]}
    message = await office.ask("system", "POST", f"/complaints/{theirs.id}/correspondence", note, expect=201)
    letter = {"direction": "outbound", "channel": "post", "subject": "Brief", "body": CANARY}
    sent = await office.ask("system", "POST", f"/complaints/{theirs.id}/correspondence", letter, expect=201)
    deliveries = await office.ask("admin", "GET", f"/correspondence/{sent['id']}/deliveries")
    hook = {"description": CANARY, "url": "https://example.org/canary-7b1f", "eventTypes": ["*"]}
    return {
        "escalationId": outside.id,
        "messageId": message["id"],
        "deliveryId": deliveries["items"][0]["id"],
        "webhookId": (await office.ask("admin", "POST", "/webhooks", hook, expect=201))["id"],
        "attachmentId": (await office.ask("system", "POST", upload, FILES["multipart/form-data"], expect=201))["id"],
        "mailId": (await office.ask("system", "POST", "/inbound-mails", FILES["message/rfc822"], expect=201))["id"],
        "complaintId": str(theirs.id),
        "eventId": event["id"],
        "termId": theirs.last["terms"][0]["id"],
        "staffId": str(office.made.staff["board"]),
        "keyId": keys[0]["id"],
        "reviewId": reviews[0]["id"],
        "procedureId": "hss",
        "version": "1",
        "draft": kept["possible"][0]["draft"],
        "partyId": theirs.last["parties"][0]["id"],
    }


# -- from the outside in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_without_a_key_and_with_a_made_up_one(client: httpx.AsyncClient, method: str, path: str) -> None:
    body = _body(method, path)
    sent: Json = (
        {"content": body.content, "headers": {"Content-Type": body.media_type}}
        if isinstance(body, Raw)
        else {"json": body, "headers": {}}
    )
    for key in ({}, {"Authorization": "Bearer gehoor_made_up"}):
        answer = await client.request(method, _filled(path, {}), **{**sent, "headers": sent["headers"] | key})
        assert answer.status_code == 401, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")


_RULES = r"GET /(procedures|calendars|bodies).*|POST /procedures/_\w+|POST /terms/_calculate"
# Everything else is forbidden to a key of this kind.
OPEN_TO = {
    "website": re.compile(rf"POST /complaints|{_RULES}"),
    "reporter": re.compile(rf"GET /reports/.*|{_RULES}"),
    "auditor": re.compile(
        r"GET /(?!api-keys|organisation|sandbox|webhooks|committee|.*/complainant-codes).*|POST /complaints/_search|"
        + _RULES
    ),
}


@pytest.mark.parametrize("kind", OPEN_TO)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_with_a_key_of_another_kind(ours: Office, method: str, path: str, kind: str) -> None:
    path_of_nothing = _filled(path, {"version": "1"})
    answer = await ours.answer(kind, method, path_of_nothing, _body(method, path), If_Match='"0"')
    if OPEN_TO[kind].fullmatch(f"{method} {path}"):
        assert answer.status_code in (200, 201, 400, 404), answer.text
    else:
        assert answer.status_code == 403, answer.text
        # a form files by its own form only
        assert answer.json()["code"] in ("scope-required", "not-for-forms", "not-a-body")


WITH_IDS = [each for each in ORGANISATION if set(_names(each[1])) - SHARED and each != PUBLISHING]


def test_every_name_in_a_path_is_tried(ids: dict[str, str]) -> None:
    assert {name for _, path in OPERATIONS for name in _names(path)} <= set(ids) | SHARED


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
@pytest.mark.proves("JSO-08", "KK-09")
async def test_with_another_organisations_ids(ours: Office, ids: dict[str, str], method: str, path: str) -> None:
    """Not there and not yours is the same answer, to the byte."""
    nothing = {name: str(UUID(int=9)) for name in ids} | {"version": "1", "procedureId": "x", "reviewId": "x.y.2026"}
    body = _body(method, path)
    if not isinstance(body, Raw):
        body = json.loads(json.dumps(body).replace(EXAMPLE_STAFF, str(ours.made.staff["chair"])))
    there = await ours.answer("admin", method, _filled(path, ids), body, If_Match='"0"')
    nowhere = await ours.answer("admin", method, _filled(path, nothing), body, If_Match='"0"')
    assert there.status_code == 404, f"{method} {path}: {there.status_code} {there.text}"
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
    assert CANARY not in there.text


async def test_ids_inside_our_own_complaint(ours: Office, ids: dict[str, str]) -> None:
    """The complaint is ours; what it names is theirs."""
    case = await ours.file({"complainant": {"name": "Sam Voorbeeld"}})
    for path in ("events/{eventId}", "terms/{termId}/explanation"):
        await ours.ask("admin", "GET", f"/complaints/{case.id}/{_filled(path, ids)}", expect=404)
    bodies = {
        "assignments": ({"staffId": ids["staffId"]}, 400),
        "involvements": ({"staffId": ids["staffId"]}, 400),
        "acknowledgements": ({"onBehalfOf": ids["staffId"]}, 400),
        "party-removals": ({"partyId": ids["partyId"]}, 404),
    }
    for step, (body, status) in bodies.items():
        theirs = await ours.answer("admin", "POST", f"/complaints/{case.id}/{step}", body)
        made_up = dict.fromkeys(body, str(uuid4()))
        nobodys = await ours.answer("admin", "POST", f"/complaints/{case.id}/{step}", made_up)
        assert theirs.status_code == status, f"{step}: {theirs.text}"
        assert theirs.content == nobodys.content
    assert len(await case.events()) == 1


async def test_another_organisations_draft_completes_nothing(ours: Office, ids: dict[str, str]) -> None:
    body = {"channel": "email", "description": "Toch ik zelf.", "complainant": {"name": "Sam Voorbeeld"}}
    theirs = await ours.answer("system", "POST", "/complaints", {**body, "draft": ids["draft"]})
    nobodys = await ours.answer("system", "POST", "/complaints", {**body, "draft": str(uuid4())})
    assert theirs.status_code == 400
    assert theirs.content == nobodys.content


async def test_a_procedures_name_belongs_to_nobody(ours: Office, ids: dict[str, str]) -> None:
    """The other organisation's versions of it are not seen, and not counted on."""
    body = _body(*PUBLISHING)
    answer = await ours.answer("admin", "POST", _filled(PUBLISHING[1], ids), body)
    assert answer.status_code in (201, 400)
    assert answer.status_code == 400 or answer.json()["version"] == 1


LISTS = [(method, path) for method, path in ORGANISATION if method == "GET" and "{" not in path]


@pytest.mark.parametrize(("method", "path"), LISTS)
async def test_lists_hold_nothing_of_another(
    ours: Office, theirs: Case, ids: dict[str, str], method: str, path: str
) -> None:
    answer = await ours.answer("admin", method, path)
    assert answer.status_code == 200, answer.text
    own = {"procedureId", "version", "reviewId"}
    for word in (CANARY, theirs.last["reference"], *(value for name, value in ids.items() if name not in own)):
        assert word not in answer.text
    # and the other organisation does see them
    seen = await theirs.office.answer("admin", method, path)
    assert seen.status_code == 200 and seen.content != answer.content


@pytest.mark.parametrize("filter_name", ["handler", "reference"])
async def test_filters_find_nothing_of_another(
    ours: Office, theirs: Case, ids: dict[str, str], filter_name: str
) -> None:
    value = {"handler": ids["staffId"], "reference": theirs.last["reference"]}[filter_name]
    assert (await ours.ask("admin", "GET", f"/complaints?{filter_name}={value}&withTotal=true"))["total"] == 0


async def test_search_finds_nothing_of_another(ours: Office, theirs: Case) -> None:
    for wanted in ({"email": f"{CANARY}@example.org"}, {"name": CANARY}):
        found = await ours.ask("admin", "POST", "/complaints/_search", wanted)
        assert found["items"] == []
        found = await theirs.office.ask("admin", "POST", "/complaints/_search", wanted)
        assert [item["id"] for item in found["items"]] == [str(theirs.id)]


# -- external bodies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), COMMITTEE)
async def test_an_organisation_on_the_side_of_bodies(theirs: Case, ids: dict[str, str], method: str, path: str) -> None:
    """Also the one whose complaint it is: what it may do with its case, it does on its own side."""
    answer = await theirs.office.answer("admin", method, _filled(path, ids), _body(method, path), If_Match='"0"')
    assert (answer.status_code, answer.json()["code"]) == (403, "not-a-body"), answer.text


@pytest.mark.parametrize(("method", "path"), [each for each in COMMITTEE if _names(each[1])])
async def test_with_another_bodys_ids(another_body: Committee, of_body: dict[str, str], method: str, path: str) -> None:
    """Not there and not yours is the same answer, to the byte."""
    sent = _body(method, path)
    there = await another_body.answer(method, _filled(path, of_body), sent)
    nowhere = await another_body.answer(method, _filled(path, {}), sent)
    assert there.status_code == 404, there.text
    assert there.content == nowhere.content
    assert CANARY not in there.text


@pytest.mark.parametrize("path", [path for method, path in COMMITTEE if method == "GET" and not _names(path)])
async def test_a_bodys_lists_hold_nothing_of_another(
    another_body: Committee, body: Committee, of_body: dict[str, str], path: str
) -> None:
    answer = await another_body.answer("GET", path)
    assert answer.status_code == 200
    assert not [each for each in (CANARY, *of_body.values()) if each in answer.text]
    assert set(of_body.values()) & {item["id"] for item in (await body.ask("GET", path))["items"]}  # the control


@pytest.mark.parametrize("path", [path for method, path in COMMITTEE if method == "GET" and "deliveryId" not in path])
async def test_the_body_itself_sees_it(body: Committee, of_body: dict[str, str], path: str) -> None:
    """The control for what another body, and an organisation, is refused."""
    answer = await body.answer("GET", _filled(path, of_body))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("method", "path"), ORGANISATION)
async def test_a_body_on_the_side_of_organisations(
    body: Committee, ids: dict[str, str], method: str, path: str
) -> None:
    """Also where the complaint lies with it: what it may see of it stands in its case."""
    answer = await body.answer(method, _filled(path, ids), _body(method, path), If_Match='"0"')
    assert answer.status_code == 403, f"{method} {path}: {answer.status_code} {answer.text}"
    assert answer.json()["code"] == "scope-required"


async def test_nothing_was_changed_there(theirs: Case, of_body: dict[str, str]) -> None:
    """The last of this module: every operation was tried on it."""
    happened = [event["type"] for event in await theirs.events()]
    of_the_case = ["escalation.requested", "dossier.sealed", "escalation.dispatched"]
    written = ["note.recorded", "message.sent", "note.recorded", "note.recorded"]
    assert happened == ["complaint.received", "party.heard", "decision.sent", *of_the_case, *written]
    assert (await theirs.office.ask("admin", "GET", "/drafts"))["items"]
