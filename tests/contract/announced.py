"""What is sent to webhooks, and the headers of answers, held against the contract."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]
_TOLD = {
    *("etag", "location", "link", "idempotency-replayed"),
    *("content-disposition", "content-range", "accept-ranges", "accept", "accept-encoding", "allow"),
    *("www-authenticate", "retry-after", "ratelimit-remaining", "ratelimit-reset"),
}


def misfits(name: str, event: Json) -> list[str]:
    """What about an event does not fit the contract of the webhook of this name (`event`, `caseEvent`)."""
    return [fault.message for fault in _validator(name).iter_errors(event)]


@cache
def _validator(name: str) -> Draft202012Validator:
    document = _document()
    content = document["webhooks"][name]["post"]["requestBody"]["content"]["application/cloudevents+json"]
    whole = {**content["schema"], "components": document["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def undeclared(method: str, path: str, status: int, headers: Iterable[str]) -> set[str]:
    """The status and the headers of an answer that the contract does not have for it; none for an operation it lacks.

    The path may begin with /v1.
    """
    asked = path.partition("?")[0].removeprefix("/v1")
    item = next((item for pattern, item in _paths() if pattern.fullmatch(asked)), {})
    responses = item.get(method.lower(), {}).get("responses")
    if responses is None:
        return set()
    if str(status) not in responses:
        return {f"status {status}"}
    declared = responses[str(status)]
    if "$ref" in declared:
        declared = _document()["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    return ({name.lower() for name in headers} & _TOLD) - {name.lower() for name in declared.get("headers", ())}


@cache
def _document() -> Json:
    # as committed, which test_openapi.py holds against what we serve: to make it takes seconds
    found: Json = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
    return found


@cache
def _paths() -> list[tuple[re.Pattern[str], Json]]:
    """Those without parameters first: `_check` is no id."""
    paths = sorted(_document()["paths"].items(), key=lambda each: each[0].count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), item) for path, item in paths]
