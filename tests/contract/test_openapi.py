"""The contract as it is written down: no drift, every operation with an example that fits, nothing published gone."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.api import contract as written
from app.api import contract_examples
from app.api.edge.body import JSON_LIMIT
from app.api.schemas.step import StepIn
from app.main import LARGER_BODIES, LARGEST_JSON, contract
from tests.contract.compatibility import taken_back

OPENAPI = Path("openapi/openapi.json")
FROZEN = Path("openapi/v1.json")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Json:
    return contract().openapi()


def test_committed_contract_is_the_one_we_serve(document: Json) -> None:
    assert written.drift(document, OPENAPI) == "", "run: make openapi"


def test_every_path_of_larger_bodies_is_there(document: Json):
    posted = {re.sub(r"{\w+}", "{}", path) for path, ways in document["paths"].items() if "post" in ways}
    assert set(LARGER_BODIES) <= posted


def test_every_operation_has_an_example(document: Json) -> None:
    assert contract_examples.without_example(document) == []


def test_examples_fit_their_schemas(document: Json) -> None:
    shown = list(contract_examples.all_examples(document))
    assert len(shown) > len(list(contract_examples.operations(document)))
    assert [fault for where, schema, example in shown for fault in _faults(document, where, schema, example)] == []


def test_examples_of_problems_fit_too(document: Json) -> None:
    found = []
    for name, response in document["components"]["responses"].items():
        for content in response["content"].values():
            if "example" in content:
                found += _faults(document, name, content["schema"], content["example"])
    assert found == []


def test_an_example_that_does_not_fit_is_seen(document: Json) -> None:
    schema = {"$ref": "#/components/schemas/ComplaintFiling"}
    assert len(_faults(document, "x", schema, {"channel": "pigeon", "conductOn": "yesterday"})) == 3


def _faults(document: Json, where: str, schema: Json, example: Any) -> list[str]:
    whole = {**schema, "components": document["components"]}
    checked = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{where}: {'/'.join(map(str, e.absolute_path))}: {e.message}" for e in checked.iter_errors(example)]


def test_what_the_contract_lets_through_is_not_too_large(document: Json) -> None:
    """Past the largest JSON that is taken anywhere, that is what holds."""
    short = {}
    for path, ways in document["paths"].items():
        sent = ways.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        longest = characters(document, sent["schema"]) if sent else 0
        limit = LARGER_BODIES.get(re.sub(r"{\w+}", "{}", path), JSON_LIMIT)
        if longest < math.inf and limit < min(longest, LARGEST_JSON):
            short[path] = longest
    assert short == {}


def characters(document: Json, schema: Json) -> float:
    """How many a value of this schema has at most, about; infinite where it sets no bound."""
    if "$ref" in schema:
        return characters(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return max(characters(document, each) for each in choices)
    if schema.get("type") == "object":
        named = schema.get("properties", {})
        return math.inf if not named else sum(len(name) + 4 + characters(document, named[name]) for name in named)
    if schema.get("type") == "array":
        return schema.get("maxItems", math.inf) * (1 + characters(document, schema.get("items", {})))
    fixed = 40 if {"format", "enum", "const"} & set(schema) or schema.get("type") != "string" else math.inf
    return 2 + schema.get("maxLength", fixed)


# -- headers of answers ----------------------------------------------------------------------------------------


def test_a_part_of_a_file_is_declared_whole(document: Json) -> None:
    """What takes Range may answer with a part, of what it has as a file, or say that there is no such part."""
    ranged = [each for each in contract_examples.operations(document) if "Range" in _sent(each)]
    assert len(ranged) == 6
    for operation in ranged:
        responses = operation["responses"]
        assert responses["416"] == {"$ref": "#/components/responses/NoSuchPart"}
        files = responses["200"]["content"].keys() - {"application/json"}
        assert responses["206"]["content"].keys() == files != set()
        for status in ("200", "206"):
            assert {"ETag", "Content-Disposition", "Accept-Ranges"} <= responses[status]["headers"].keys()
        assert "Content-Range" in responses["206"]["headers"]
        assert "ETag" in responses["304"]["headers"]
    answers = document["components"]["responses"]
    assert "Content-Range" in answers["NoSuchPart"]["headers"]
    assert "Allow" in answers["MethodNotAllowed"]["headers"]


def test_what_is_asked_with_a_header_is_answered_with_one(document: Json) -> None:
    """If-Match names an ETag, so whatever a caller changes so tells it; a repeated answer says that it is one."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            good = {status: each for status, each in operation["responses"].items() if status in ("200", "201", "202")}
            told = [set(each["headers"]) for each in good.values()]
            if "Idempotency-Key" in _sent(operation):
                assert all("Idempotency-Replayed" in headers for headers in told), (method, path)
            if method == "patch" or ("patch" in item and method == "get"):
                assert all("ETag" in headers for headers in told), (method, path)


def test_an_etag_promises_if_none_match_only_where_it_is_honoured(document: Json) -> None:
    """Only of files: what else has a version also changes with the clock (a term is overdue), and its ETag does not."""
    headers = document["components"]["headers"]
    for operation in contract_examples.operations(document):
        for status in operation["responses"].keys() & {"200", "201", "206", "304"}:
            told = operation["responses"][status].get("headers", {}).get("ETag")
            if told:
                said = headers[told["$ref"].rpartition("/")[2]]["description"]
                assert ("If-None-Match" in said) == ("If-None-Match" in _sent(operation)), operation["operationId"]


def _sent(operation: Json) -> set[str]:
    return {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}


def test_no_description_speaks_python(document: Json) -> None:
    assert re.findall(r'"description": "(?:None|True|False)[:,][^"]*"', json.dumps(document)) == []


# -- null ------------------------------------------------------------------------------------------------------


def test_a_change_takes_null_only_where_something_can_be_emptied(document: Json) -> None:
    """Elsewhere the answer is 400 not-emptied. What is said about the change itself may be null: not said."""
    about = {field.alias for field in StepIn.model_fields.values()}
    found = {}
    for path, item in document["paths"].items():
        sent = item.get("patch", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if sent:
            fields = document["components"]["schemas"][sent["schema"]["$ref"].rpartition("/")[2]]["properties"]
            found[path] = {name for name, schema in fields.items() if _takes_null(schema)} - about
    assert len(found) >= 6
    emptied = {path: names for path, names in found.items() if names}
    assert emptied == {"/correspondence/{messageId}": {"step"}}
    changed = document["components"]["schemas"]
    for name in ("SettingsChange", "ComplainantChange"):
        assert all(_takes_null(schema) for schema in changed[name]["properties"].values()), name


def test_no_parameter_is_null(document: Json) -> None:
    """A header that must be there is no null, and `?state=null` is the word null: 400."""
    found = [
        each["name"]
        for operation in contract_examples.operations(document)
        for each in operation.get("parameters", ())
        if _takes_null(each["schema"]) or None in each["schema"].get("enum", ())
    ]
    assert found == []


def _takes_null(schema: Json) -> bool:
    return "null" in schema.get("type", ()) or {"type": "null"} in schema.get("anyOf", ())


# -- closed lists of words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    [
        *("EscalationAnswer.state", "EscalationAnswer.openedBy", "EscalationAnswer.filedBy", "EscalationSummary.state"),
        *("MessageAnswer.state", "MessageAnswer.direction", "MessageAnswer.channel", "MessageDelivery.state"),
        *("ReviewAnswer.state", "CaseTerm.state", "ComplaintAnswer.admissibility", "ComplaintAnswer.channel"),
    ],
)
def test_a_closed_list_of_words_is_written_out(document: Json, field: str) -> None:
    model, _, name = field.partition(".")
    assert document["components"]["schemas"][model]["properties"][name].get("enum")


def test_a_case_that_is_over_has_an_ending(document: Json) -> None:
    ending = document["components"]["schemas"]["CaseEnding"]["properties"]["state"]
    assert set(ending["enum"]) == {"declined", "settled", "withdrawn"}


# -- what was published stays ----------------------------------------------------------------------------------


def test_nothing_published_is_taken_back(document: Json) -> None:
    frozen = json.loads(FROZEN.read_text(encoding="utf-8"))
    assert taken_back(frozen, document) == []


def test_nothing_of_the_contract_is_left_out_of_that(document: Json) -> None:
    newer = json.loads(json.dumps(document))
    forms = newer["components"]["schemas"]
    for form in forms.values():
        form["not"] = {}
    assert forms.keys() - {sentence.partition(":")[0] for sentence in taken_back(document, newer)} == set()
