"""The operations of the contract and their examples: what each shows, and where several show the same."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from app.api.contract_form import Document, pascal_name

_EXAMPLES = "x-examples"
_SHARED = "#/components/examples/"
METHODS = ("get", "put", "post", "delete", "patch")


def examples(*, request: Any = None, response: Any = None, requests: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An operation's examples, as `openapi_extra=examples(request=..., response=...)`. Join with `| PUBLIC`.

    `requests`: several by name, for a body that has several forms.
    """
    return {_EXAMPLES: {"request": request, "response": response, "requests": requests}}


def operations(document: Document, section: str = "paths") -> Iterator[Document]:
    """Every operation of `paths` or `webhooks`."""
    for item in document.get(section, {}).values():
        yield from (item[method] for method in METHODS if method in item)


def given_examples(routes: Iterable[BaseRoute]) -> dict[str, Document]:
    """By operation. Taken from the routes: in FastAPI's document they have lost their nulls."""
    typed = [route for route in routes if isinstance(route, APIRoute) and route.openapi_extra]
    return {route.unique_id: (route.openapi_extra or {}).get(_EXAMPLES, {}) for route in typed}


def place_examples(operation: Document, given: Document) -> None:
    operation.pop(_EXAMPLES, None)
    if given.get("request") is not None:
        _json_content(operation["requestBody"])["example"] = given["request"]
    if given.get("requests"):
        named = {name: {"value": value} for name, value in given["requests"].items()}
        _json_content(operation["requestBody"])["examples"] = named
    good = next((response for status, response in operation["responses"].items() if status[0] == "2"), None)
    if given.get("response") is not None and good is not None:
        _json_content(good)["example"] = given["response"]


def share_examples(document: Document) -> None:
    """What several operations show stands once, under components."""
    shown: dict[str, list[Document]] = {}
    for operation in operations(document):
        for _, content in _contents(operation):
            if "$ref" in content["schema"] and "example" in content:
                same = json.dumps([content["schema"]["$ref"], content["example"]], sort_keys=True)
                shown.setdefault(same, []).append(content)
    shared = document["components"].setdefault("examples", {})
    for contents in shown.values():
        if len(contents) > 1:
            name = _free_name(contents[0]["schema"]["$ref"].rpartition("/")[2], shared)
            shared[name] = {"value": contents[0]["example"]}
            for content in contents:
                del content["example"]
                content["examples"] = {"one": {"$ref": f"{_SHARED}{name}"}}


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    name = pascal_name(name)
    return name if name not in taken else _free_name(f"{name}2", taken)


def _json_content(holder: Document) -> Document:
    content: Document = holder["content"]
    found: Document = content.get("application/json") or next(iter(content.values()))
    return found


def all_examples(document: Document) -> Iterator[tuple[str, Document, Any]]:
    """(where, schema, example) of every operation: for a test that validates each against its schema."""
    for section in ("paths", "webhooks"):
        for operation in operations(document, section):
            for where, content in _contents(operation):
                for example in examples_of(document, content):
                    yield where, content["schema"], example


def examples_of(document: Document, content: Document) -> list[Any]:
    """The examples that one kind of content shows, its own or shared ones."""
    if "example" in content:
        return [content["example"]]
    shared = document["components"]["examples"]
    shown = content.get("examples", {}).values()
    return [(shared[each["$ref"].removeprefix(_SHARED)] if "$ref" in each else each)["value"] for each in shown]


def without_example(document: Document) -> list[str]:
    """Where an operation takes or gives JSON and shows no example of it."""
    return [
        where
        for section in ("paths", "webhooks")
        for operation in operations(document, section)
        for where, content in _contents(operation)
        if not examples_of(document, content)
    ]


def _contents(operation: Document) -> Iterator[tuple[str, Document]]:
    body = operation.get("requestBody", {}).get("content", {})
    for media in body.keys() & {"application/json", "application/cloudevents+json"}:
        yield f"{operation['operationId']} request", body[media]
    for status, response in operation["responses"].items():
        if status[0] == "2" and "application/json" in response.get("content", {}):
            yield f"{operation['operationId']} {status}", response["content"]["application/json"]
