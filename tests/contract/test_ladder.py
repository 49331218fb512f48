"""Each operation of the contract, from the outside in: no key, wrong scope, another organisation's ids.

The requests are made from the OpenAPI document, so an operation that is added later is asked too.
"""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app.main import contract
from app.store.session import Database
from tests.conftest import NewOrganisation
from tests.stories import Case, Office, served, teller

Json = dict[str, Any]
DOCUMENT = contract().openapi()
CANARY = "canary-7b1f"
# What is the same for every organisation has nobody's ids in it.
_SHARED = frozenset({"profile"})


def _operations() -> list[tuple[str, str]]:
    methods = ("get", "put", "post", "patch", "delete")
    return [(m.upper(), path) for path, operations in DOCUMENT["paths"].items() for m in methods if m in operations]


def _open(method: str, path: str) -> bool:
    return DOCUMENT["paths"][path][method.lower()].get("security") == []


OPERATIONS = [(method, path) for method, path in _operations() if not _open(method, path)]


def _body(method: str, path: str) -> Any:
    """The example of the contract."""
    content = DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    media = content.get("application/json")
    if media is None:
        return None
    if "example" in media:
        return media["example"]
    if "examples" in media:
        return next(iter(media["examples"].values()))["value"]
    reference = media["schema"].get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"].get(reference, {}).get("examples", [{}])[0]


@pytest_asyncio.fixture(scope="module")
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database) as serving:
        yield serving


@pytest_asyncio.fixture(scope="module")
async def theirs(
    client: httpx.AsyncClient, database: Database, worker_database: Database, new_organisation: NewOrganisation
) -> Case:
    """Another organisation, with something behind every kind of id, and a word that must not come out."""
    tell = teller(client, database, worker_database, new_organisation)
    office = await tell("klikklaar")
    body = {"description": CANARY, "complainant": {"name": CANARY, "email": f"{CANARY}@example.org"}}
    return await office.file(body)


@pytest_asyncio.fixture(scope="module")
async def ours(
    client: httpx.AsyncClient, database: Database, worker_database: Database, new_organisation: NewOrganisation
) -> Office:
    return await teller(client, database, worker_database, new_organisation)("klikklaar")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_without_a_key(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, re.sub(r"{\w+}", str(uuid4()), path), json=_body(method, path))
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_with_the_key_of_a_body(client: httpx.AsyncClient, ours: Office, method: str, path: str) -> None:
    """A website's key files complaints and reads the procedure; everything else is forbidden to it."""
    answer = await ours.answer("website", method, re.sub(r"{\w+}", str(uuid4()), path), _body(method, path))
    if method == "POST" and path == "/complaints":
        assert answer.status_code in (201, 400)
    elif "procedures" in path or "calendars" in path or path == "/terms/_calculate":
        assert answer.status_code in (200, 400, 403, 404)
    else:
        assert answer.status_code == 403, f"{method} {path}: {answer.status_code} {answer.text}"


def _ids(theirs: Case) -> dict[str, str]:
    office = theirs.office
    return {
        "complaintId": str(theirs.id),
        "eventId": str(UUID(int=7)),
        "termId": theirs.last["terms"][0]["id"],
        "staffId": str(office.made.staff["chair"]),
        "keyId": str(UUID(int=7)),
    }


WITH_IDS = [(m, p) for m, p in OPERATIONS if "{" in p and not set(re.findall(r"{(\w+)}", p)) <= _SHARED]


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
@pytest.mark.proves("JSO-08", "KK-09")
async def test_with_another_organisations_ids(ours: Office, theirs: Case, method: str, path: str) -> None:
    """Not there and not yours is the same answer, to the byte."""
    ids = _ids(theirs)
    if not set(re.findall(r"{(\w+)}", path)) & set(ids):
        pytest.skip("no id of an organisation in it")  # pragma: no cover
    there = re.sub(r"{(\w+)}", lambda match: ids.get(match[1], "x"), path)
    nowhere = re.sub(r"{(\w+)}", lambda match: str(UUID(int=9)) if match[1] in ids else "x", path)
    headers = {"If_Match": '"0"'} if method in ("PATCH", "PUT") else {}
    answer = await ours.answer("admin", method, there, _body(method, path), **headers)
    other = await ours.answer("admin", method, nowhere, _body(method, path), **headers)
    assert answer.status_code in (404, 400), f"{method} {path}: {answer.status_code} {answer.text}"
    assert answer.status_code == other.status_code
    assert _without_pointers(answer) == _without_pointers(other)
    assert CANARY not in answer.text


def _without_pointers(answer: httpx.Response) -> Json:
    return json.loads(answer.text)


LISTS = [(m, p) for m, p in OPERATIONS if m == "GET" and "{" not in p]


@pytest.mark.parametrize(("method", "path"), LISTS)
async def test_lists_hold_nothing_of_another(ours: Office, theirs: Case, method: str, path: str) -> None:
    answer = await ours.answer("admin", method, path)
    assert answer.status_code < 500
    assert CANARY not in answer.text
    assert str(theirs.id) not in answer.text
    assert theirs.last["reference"] not in answer.text


async def test_search_finds_nothing_of_another(ours: Office, theirs: Case) -> None:
    found = await ours.ask("admin", "POST", "/complaints/_search", {"email": f"{CANARY}@example.org"})
    assert found["items"] == []
    found = await theirs.office.ask("admin", "POST", "/complaints/_search", {"email": f"{CANARY}@example.org"})
    assert [item["id"] for item in found["items"]] == [str(theirs.id)]
