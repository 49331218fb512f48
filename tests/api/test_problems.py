"""Refusals are problems: one table, every fault at once, nothing that was sent said again."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.api import contract, contract_examples, problems
from app.domain import errors
from app.version import API_VERSION
from tests.api import toy

PROBLEM = "application/problem+json"
CANARY = "kanarie-jan-de-wit"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("invalid", 400, "invalid"),
        ("not-found", 404, "not-found"),
        ("not-possible", 409, "closed-already"),
        ("stale", 412, "stale"),
        ("precondition", 428, "precondition-required"),
        ("key-reused", 422, "idempotency-key-reused"),
        ("in-flight", 409, "in-flight"),
        ("too-many", 429, "too-many-requests"),
        ("unavailable", 503, "unavailable"),
        ("bug", 500, "internal-error"),
        ("down", 503, "unavailable"),
    ],
)
async def test_refusals_become_problems(kind, status, code):
    async with toy.client() as client:
        answer = await client.get(f"/refusals/{kind}")
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert (body["code"], body["status"], body["type"]) == (code, status, f"/v1/docs/problems#{code}")
    assert body["title"] and body["detail"]
    assert answer.headers["api-version"] == API_VERSION


async def test_what_a_problem_adds():
    async with toy.client() as client:
        invalid, impossible = await client.get("/refusals/invalid"), await client.get("/refusals/not-possible")
        waiting = {kind: await client.get(f"/refusals/{kind}") for kind in ("in-flight", "too-many", "unavailable")}
        nobody = await client.get("/things", headers={"Authorization": ""})
    assert invalid.json()["errors"] == [{"pointer": "/a", "code": "odd", "message": "Odd."}]
    assert "possible" not in invalid.json()
    assert impossible.json()["possible"] == [{"step": "reopen"}]
    assert {kind: answer.headers["retry-after"] for kind, answer in waiting.items()} == {
        "in-flight": "1",
        "too-many": "7",
        "unavailable": "5",
    }
    assert waiting["too-many"].headers["ratelimit-reset"] == "7"
    assert nobody.status_code == 403


async def test_unknown_callers_are_asked_for_a_key():
    async with toy.client() as client:
        del client.headers["Authorization"]
        answer = await client.get("/things")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_all_faults_at_once_and_nothing_repeated():
    sent = {
        "firstName": 5,
        "received_at": CANARY,
        "dueOn": f"{CANARY}",
        "colour": CANARY,
        "level": CANARY,
        "mail": CANARY,
        "urgent": "true",
        "parts": [{"name": CANARY}, CANARY, {"name": "a", "weight": "3"}],
        "form": {"kind": CANARY},
        f"{CANARY} @x": 1,
    }
    async with toy.client() as client:
        answer = await client.post(f"/things?{CANARY}%20x=1&note=", json=sent)
    faults = {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}
    assert answer.status_code == 400
    assert CANARY not in answer.text
    assert faults == {
        ("-", "unknown-parameter"),
        ("note", "too-short"),
        ("/firstName", "wrong-type"),
        ("/receivedAt", "required"),
        ("/received_at", "unknown-field"),
        ("/dueOn", "wrong-form"),
        ("/colour", "not-an-option"),
        ("/level", "not-an-option"),
        ("/mail", "wrong-form"),
        ("/urgent", "wrong-type"),
        ("/parts/0/name", "too-long"),
        ("/parts/1", "wrong-type"),
        ("/parts/2/weight", "wrong-type"),
        ("/form/kind", "not-an-option"),
        ("/-", "unknown-field"),
    }


async def test_names_that_are_not_repeated_are_counted():
    async with toy.client() as client:
        two = await client.post("/things", json=toy.NEW_THING | {"naam klant": 1, "e-mail adres": 2})
        doubled = await client.post(
            "/things",
            content=json.dumps(toy.NEW_THING)[:-1] + ', "a b": 1, "a b": 2, "c d": 1}',
            headers={"Content-Type": "application/json"},
        )
    [told] = two.json()["errors"]
    assert (told["pointer"], told["code"]) == ("/-", "unknown-field")
    assert told["message"].endswith("There are 2 of these, by names that are not repeated.")
    assert {(each["pointer"], each["code"]) for each in doubled.json()["errors"]} == {
        *(("/-", "repeated-key"), ("/-", "unknown-field")),
    }


async def test_a_kind_that_is_not_said_is_asked_where_it_stands():
    async with toy.client() as client:
        answer = await client.post("/things", json={**toy.NEW_THING, "form": {"sides": 4}})
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("/form/kind", "required")]


async def test_messages_never_carry_pydantic_wording():
    async with toy.client() as client:
        answer = await client.post("/things", json={"form": {"kind": "box", "sides": -1}, "receivedAt": 5})
    messages = {fault["pointer"]: fault["message"] for fault in answer.json()["errors"]}
    assert messages["/form/sides"] == "Must be at least 0."
    assert messages["/firstName"] == "This is required."
    assert all("Input" not in message and "pydantic" not in message for message in messages.values())


async def test_the_caller_comes_before_the_input():
    bad: dict[str, Any] = {"content": b"{nonsense", "headers": {"Content-Type": "application/json"}}
    async with toy.client() as client:
        known = await client.post("/things?stray=1", **bad)
        client.headers["Authorization"] = "Bearer other"
        wrong_scope = await client.post("/things?stray=1", **bad)
        del client.headers["Authorization"]
        unknown = await client.post("/things?stray=1", **bad)
    assert [unknown.status_code, wrong_scope.status_code, known.status_code] == [401, 403, 400]
    assert {fault["code"] for fault in known.json()["errors"]} == {"unknown-parameter", "json-invalid"}


async def test_a_path_that_names_nothing_is_not_found():
    async with toy.client() as client:
        answers = [await client.get(path) for path in ("/things/x", "/things/%00", "/elsewhere", "/things/", "/")]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert {answer.json()["code"] for answer in answers} == {"not-found"}


async def test_unexpected_errors_are_logged_without_what_they_say():
    async with toy.client() as client:
        with capture_logs() as lines:
            bug = await client.get(f"/refusals/bug?{CANARY}=1")
            bug = await client.get("/refusals/bug")
            await client.get("/refusals/down")
    failed = next(line for line in lines if line["event"] == "failed")
    down = next(line for line in lines if line["event"] == "unavailable")
    assert failed["error"] == "builtins.RuntimeError"
    assert any("toy.py" in place for place in failed["at"])
    assert failed["request_id"] == bug.headers["x-request-id"]
    assert (down["log_level"], down["error"]) == ("warning", "builtins.ConnectionRefusedError")
    assert "canary-in-message" not in json.dumps(lines) and CANARY not in json.dumps(lines)


class DriverError(Exception):
    """Looks like what a database driver raises."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate


@pytest.mark.parametrize("state", ["08006", "53300", "57P01", "57014", "25006", "40001", "40P01", "55P03"])
def test_passing_troubles_of_the_database(state):
    outer = RuntimeError()
    outer.__cause__ = DriverError(state)
    assert problems.unexpected_problem(outer).status_code == 503
    assert problems.unexpected_problem(outer).headers["retry-after"] == "5"


@pytest.mark.parametrize("state", ["23505", "22P02", "42501", "P0001"])
def test_lasting_troubles_of_the_database(state):
    assert problems.unexpected_problem(DriverError(state)).status_code == 500


def test_real_errors_of_the_database_are_told_apart():
    from asyncpg import CannotConnectNowError, InterfaceError, UniqueViolationError
    from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    lost = OperationalError("s", {}, Exception())
    passing = [PoolTimeout(), lost, CannotConnectNowError(), InterfaceError("closed"), OSError(), TimeoutError()]
    lasting = [
        IntegrityError("s", {}, UniqueViolationError()),
        DBAPIError("s", {}, Exception()),
        UniqueViolationError(),
    ]
    assert all(map(problems.is_unavailable, passing))
    assert not any(map(problems.is_unavailable, lasting))


def test_every_kind_of_refusal_has_a_status_and_a_stable_code():
    for status, code, title in problems.catalogue():
        assert 400 <= status < 600 and title
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    assert [kind for kind in problems.STATUS if problems.STATUS[kind] == 422] == [errors.KeyReused]


# -- the contract ----------------------------------------------------------------------------------------------


def test_every_operation_lists_its_problems():
    document = contract.openapi(toy.make())
    for operation in contract_examples.operations(document):
        assert {"400", "401", "403", "404", "406", "429", "500", "503"} <= set(operation["responses"])
        assert "default" not in operation["responses"]
    receive = document["paths"]["/things"]["post"]["responses"]
    change = document["paths"]["/things/{thingId}"]["patch"]["responses"]
    assert {"409", "413", "415", "422"} <= set(receive)
    assert {"412", "413", "415", "428"} <= set(change) and "422" not in change


def test_the_contract_is_plain_to_read():
    document = contract.openapi(toy.make())
    schema = document["components"]["schemas"]["NewThing"]["properties"]
    assert schema["dueOn"] == {"type": ["string", "null"], "format": "date"}
    assert schema["level"] == {"type": ["string", "null"], "enum": ["low", "high", None]}
    assert all(re.fullmatch(r"([A-Z][a-z0-9]*)+", name) for name in document["components"]["schemas"])
    assert "ThingPage" in document["components"]["schemas"]
    assert document["servers"] == [{"url": "/v1"}]
    assert "complaint.received" in document["webhooks"]
    assert contract_examples.without_example(document) == []


def test_examples_fit_their_schemas():
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    document = contract.openapi(toy.make())
    registry: Any = Registry().with_resource("urn:c", Resource.from_contents(document, default_specification=_draft()))
    shown = list(contract_examples.all_examples(document))
    assert shown
    for where, schema, example in shown:
        located = json.loads(json.dumps(schema).replace('"#/', '"urn:c#/'))
        faults = list(Draft202012Validator(located, registry=registry).iter_errors(example))
        assert not faults, where


def _draft():
    from referencing.jsonschema import DRAFT202012

    return DRAFT202012


def test_drift_is_shown(tmp_path: Path):
    document, path = contract.openapi(toy.make()), tmp_path / "openapi" / "openapi.json"
    assert "+" in contract.drift(document, path)
    contract.write(document, path)
    assert contract.drift(document, path) == ""
    path.write_text(path.read_text().replace("Receive a thing.", "Receive."))
    assert '+        "description": "Receive a thing."' in contract.drift(document, path)
