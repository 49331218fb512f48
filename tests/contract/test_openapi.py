"""The contract as it is written down: no drift, every operation with an example that fits, nothing published taken back."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from app.api import contract as written
from app.main import contract
from tests.contract.compatibility import taken_back

OPENAPI = Path("openapi/openapi.json")
FROZEN = Path("openapi/v1.json")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Json:
    return contract().openapi()


def test_committed_contract_is_the_one_we_serve(document: Json) -> None:
    assert written.drift(document, OPENAPI) == ""


def test_every_operation_has_an_example(document: Json) -> None:
    assert written.without_example(document) == []


def test_examples_fit_their_schemas(document: Json) -> None:
    registry = Registry().with_resource("", Resource.opaque(document))
    found = []
    for name, schema, example in written.all_examples(document):
        for error in Draft202012Validator(_absolute(schema), registry=registry).iter_errors(example):
            found.append(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    assert found == []


def _absolute(schema: Any) -> Any:
    """References into the document, seen from outside it."""
    return json.loads(json.dumps(schema))


def test_what_was_published_stays(document: Json) -> None:
    frozen = json.loads(FROZEN.read_text(encoding="utf-8"))
    assert taken_back(frozen, document) == []


@pytest.mark.parametrize("change", ["path", "operation", "field", "required", "enum"])
def test_taking_something_back_is_seen(document: Json, change: str) -> None:
    frozen = json.loads(json.dumps(document))
    schemas = frozen["components"]["schemas"]
    if change == "path":
        frozen["paths"]["/gone"] = frozen["paths"]["/complaints"]
    elif change == "operation":
        frozen["paths"]["/complaints"]["put"] = frozen["paths"]["/complaints"]["post"]
    elif change == "field":
        schemas["ComplaintAnswer"]["properties"]["gone"] = {"type": "string"}
    elif change == "required":
        schemas["ComplaintFiling"]["required"] = []
    else:
        name = next(name for name in schemas["ComplaintFiling"]["properties"] if name == "channel")
        schemas["ComplaintFiling"]["properties"][name]["enum"] = ["email", "pigeon"]
    assert taken_back(frozen, document)
