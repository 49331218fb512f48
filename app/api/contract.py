"""The OpenAPI document: FastAPI's, made into what we promise (api.md), the same bytes every time.

Written to openapi/openapi.json and compared with it; the linter of the Dutch API Design Rules must find nothing.
"""

import difflib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from app.api.edge.table import RouteTable
from app.api.problems import MEDIA_TYPE, PLAIN, TYPE_PREFIX
from app.version import API_VERSION

PUBLIC: Final[dict[str, Any]] = {"security": []}  # openapi_extra of an operation that needs no key
_EXAMPLES = "x-examples"
_SHARED_EXAMPLES = "#/components/examples/"
_KEY_SCHEME = "ApiKey"
_METHODS = ("get", "put", "post", "delete", "patch")

Document = dict[str, Any]

_INFO: Document = {
    "title": "Gehoor",
    "summary": "Complaints: received, guarded and answered in time.",
    "description": (
        "Every klachtenregeling is data, every term is computed, guarded and explained. Errors are RFC 9457 problems "
        "with a stable `code`; invalid input is always 400 and names every fault at once."
    ),
    "contact": {"name": "Gehoor", "url": "https://gehoor.example.org", "email": "api@gehoor.example.org"},
    "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
}

# status -> (component, description)
_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("Invalid", "What was sent does not fit; `errors` names every fault."),
    401: ("Unauthenticated", "A valid API key is needed."),
    403: ("Forbidden", "The key may not do this."),
    404: ("NotFound", "Not there, or not yours."),
    405: ("MethodNotAllowed", "Allow names the methods that work here."),
    406: ("NotAcceptable", "None of the media types in Accept is offered."),
    408: ("RequestTimeout", "The request came in too slowly."),
    409: ("NotPossible", "Not possible now; `possible` says what is."),
    412: ("Stale", "It changed since you read it."),
    413: ("ContentTooLarge", "The content is too large."),
    414: ("AddressTooLong", "Path and query together are too long."),
    415: ("UnsupportedMediaType", "Send application/json, without Content-Encoding."),
    422: ("KeyReused", "This Idempotency-Key stands for another request."),
    428: ("PreconditionRequired", "Say in If-Match which version you read."),
    429: ("TooMany", "Slow down; Retry-After says how long."),
    431: ("HeadersTooLarge", "The headers are too large."),
    500: ("InternalError", "The fault is ours."),
    503: ("Unavailable", "Temporarily unavailable; Retry-After says how long."),
}
_ALWAYS = (400, 404, 406, 414, 429, 431, 500, 503)
_WITH_KEY = (401, 403)
_WITH_BODY = (408, 413, 415)
_WITH_HEADER = {"if-match": (412, 428), "idempotency-key": (409, 422)}
_WAITING = (409, 429, 503)

_PROBLEM_SCHEMA: Document = {
    "type": "object",
    "description": "What went wrong (RFC 9457). It never repeats what was sent.",
    "required": ["type", "code", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "A page about this kind of problem."},
        "code": {"type": "string", "description": "Stable; programs may act on it."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
        "possible": {
            "type": "array",
            "description": "What could be done instead.",
            "items": {"type": "object", "additionalProperties": True},
        },
        "possibleOn": {"type": "string", "format": "date", "description": "From which day it is possible."},
        "escalationId": {"type": "string", "format": "uuid", "description": "The case that is there already."},
    },
}
_FAULT_SCHEMA: Document = {
    "type": "object",
    "description": "One thing that is wrong with the input.",
    "required": ["pointer", "code", "message"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer into the body, or a query key or header name."},
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
}


def examples(*, request: Any = None, response: Any = None) -> dict[str, Any]:
    """An operation's examples, as `openapi_extra=examples(request=..., response=...)`. Join with `| PUBLIC`."""
    return {_EXAMPLES: {"request": request, "response": response}}


def openapi(app: FastAPI) -> Document:
    """The document of an application that application.py put together."""
    table = next(route for route in app.router.routes if isinstance(route, RouteTable))
    document: Document = get_openapi(
        title=_INFO["title"],
        version=API_VERSION,
        routes=table.routes,
        webhooks=app.webhooks.routes,
        servers=[{"url": "/v1"}],
        separate_input_output_schemas=False,
    )
    document["info"] = {**_INFO, "version": API_VERSION}
    document["security"] = [{_KEY_SCHEME: []}]
    _complete(document)
    _need_headers(document)
    for operation in operations(document, "paths"):
        needs_key = operation.get("security") != []
        if needs_key:
            _declare_key(operation)
        _declare_problems(operation, needs_key)
        _declare_version(operation)
    for operation in operations(document, "webhooks"):
        operation["security"] = []
        version = {"API-Version": _ref_headers()["API-Version"]}
        operation["responses"] = {"204": {"description": "Received. Any 2xx will do.", "headers": version}}
    routes = [*table.routes, *app.webhooks.routes]
    given = _given_examples(routes)
    for operation in [*operations(document, "paths"), *operations(document, "webhooks")]:
        _place_examples(operation, given.get(operation["operationId"], {}))
    _summarise(document, {route.unique_id for route in routes if isinstance(route, APIRoute) and not route.summary})
    _share_examples(document)
    document["tags"] = [{"name": name} for name in _tags(document)]
    flattened: Document = _flattened(document)
    return _ordered(_pascal(flattened))


# In the schema of a header that is asked for by us, and not by FastAPI.
NEEDED = "x-needed"


def _need_headers(document: Document) -> None:
    """Headers without which the answer is 400 or 428, although another refusal may come first."""
    for item in document["paths"].values():
        for method in item.keys() & set(_METHODS):
            for header in item[method].get("parameters", ()):
                changed = header["name"] == "If-Match" and method == "patch"
                if header["schema"].pop(NEEDED, False) or changed:
                    header["required"] = True


# -- parts -----------------------------------------------------------------------------------------------------


def operations(document: Document, section: str = "paths") -> Iterator[Document]:
    """Every operation of `paths` or `webhooks`."""
    for item in document.get(section, {}).values():
        yield from (item[method] for method in _METHODS if method in item)


def _complete(document: Document) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for schema in schemas.values():
        schema.pop("examples", None)  # they have lost their nulls; the operations show them whole
    schemas |= {"Problem": _PROBLEM_SCHEMA, "Fault": _FAULT_SCHEMA}
    components["securitySchemes"] = {
        _KEY_SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of the organisation, of an employee or of a body: Authorization: Bearer KEY.",
        }
    }
    components["responses"] = {name: _problem_response(status) for status, (name, _) in _PROBLEMS.items()}
    components["headers"] = {
        "ApiVersion": _header("The version of this contract.", API_VERSION),
        "RequestId": _header("Names this request in our logs.", "0b6f3c1e9f0d4c5e8a7b6c5d4e3f2a1b"),
        "RetryAfter": _header("Seconds to wait.", 5, "integer"),
    }


def _header(description: str, example: Any, kind: str = "string") -> Document:
    return {"description": description, "schema": {"type": kind}, "example": example}


def _problem_response(status: int) -> Document:
    _, description = _PROBLEMS[status]
    headers = _ref_headers()
    if status in _WAITING:
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    content: Document = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if status in PLAIN:
        plain = PLAIN[status]
        content["example"] = {
            "type": TYPE_PREFIX + plain.code, "code": plain.code, "title": plain.title, "status": status,
            "detail": plain.detail,
        }  # fmt: skip
    return {"description": description, "headers": headers, "content": {MEDIA_TYPE: content}}


def _ref_headers() -> Document:
    return {
        "API-Version": {"$ref": "#/components/headers/ApiVersion"},
        "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
    }


def _declare_key(operation: Document) -> None:
    """Here and not through FastAPI, which would look for the key itself at each request. After the operation's name."""
    names = [*operation]
    rest = {name: operation.pop(name) for name in names[names.index("operationId") + 1 :]}
    operation |= {"security": [{_KEY_SCHEME: []}], **rest}


def _declare_problems(operation: Document, needs_key: bool) -> None:
    responses = operation["responses"]
    for unwanted in ("default", "422"):
        responses.pop(unwanted, None)
    named = {parameter["name"].lower() for parameter in operation.get("parameters", []) if parameter["in"] == "header"}
    statuses = {*_ALWAYS, *(_WITH_KEY if needs_key else ()), *(_WITH_BODY if "requestBody" in operation else ())}
    statuses |= {status for header, more in _WITH_HEADER.items() if header in named for status in more}
    statuses |= {int(status) for status in responses if status.isdigit() and int(status) >= 400}
    for status in statuses:
        responses[str(status)] = {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"}


def _declare_version(operation: Document) -> None:
    for status, response in operation["responses"].items():
        if status[0] in "23":
            response["headers"] = {**_ref_headers(), **response.get("headers", {})}


def _given_examples(routes: Iterable[BaseRoute]) -> dict[str, Document]:
    """By operation. Taken from the routes: in FastAPI's document they have lost their nulls."""
    typed = [route for route in routes if isinstance(route, APIRoute) and route.openapi_extra]
    return {route.unique_id: (route.openapi_extra or {}).get(_EXAMPLES, {}) for route in typed}


def _summarise(document: Document, unnamed: Collection[str]) -> None:
    """What an operation does in one line: the first sentence about it, rather than the name of a function."""
    for operation in [*operations(document, "paths"), *operations(document, "webhooks")]:
        if operation["operationId"] in unnamed and operation.get("description"):
            operation["summary"] = re.split(r"\.\s|\.$|\n", operation["description"], maxsplit=1)[0]


def _place_examples(operation: Document, given: Document) -> None:
    operation.pop(_EXAMPLES, None)
    if given.get("request") is not None:
        _json_content(operation["requestBody"])["example"] = given["request"]
    good = next((response for status, response in operation["responses"].items() if status[0] == "2"), None)
    if given.get("response") is not None and good is not None:
        _json_content(good)["example"] = given["response"]


def _share_examples(document: Document) -> None:
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
                content["examples"] = {"one": {"$ref": f"{_SHARED_EXAMPLES}{name}"}}


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    name = _pascal_name(name)
    return name if name not in taken else _free_name(f"{name}2", taken)


def _json_content(holder: Document) -> Document:
    content: Document = holder["content"]
    found: Document = content.get("application/json") or next(iter(content.values()))
    return found


def _tags(document: Document) -> list[str]:
    both = [*operations(document, "paths"), *operations(document, "webhooks")]
    return sorted({tag for operation in both for tag in operation.get("tags", [])})


# -- schema form -----------------------------------------------------------------------------------------------


def _flattened(node: Any) -> Any:
    """Nullable plain types as `type: [..., "null"]` in place of anyOf; titles that only repeat a name dropped."""
    if isinstance(node, list):
        return [_flattened(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _flattened_part(key, value) for key, value in node.items()}
    if isinstance(kept.get("title"), str) and _is_schema(kept):
        del kept["title"]
    return _nullable(kept)


def _flattened_part(key: str, value: Any) -> Any:
    if key in ("example", "examples", "value", "default", "enum", "const"):  # data, whatever its keys are called
        return value
    if key == "properties" and isinstance(value, dict):  # names of fields, whatever they are called
        return {name: _flattened(schema) for name, schema in value.items()}
    return _flattened(value)


def _is_schema(node: Mapping[str, Any]) -> bool:
    return any(key in node for key in ("type", "anyOf", "oneOf", "allOf", "enum", "const", "$ref"))


def _nullable(schema: Document) -> Document:
    options: Any = schema.get("anyOf")
    if (
        not options
        or len(options) != 2
        or options[1] != {"type": "null"}
        or not isinstance(options[0].get("type"), str)
    ):
        return schema
    others = {key: value for key, value in schema.items() if key != "anyOf"}
    plain = dict(options[0])
    words = plain.pop("enum", []) + ([plain.pop("const")] if "const" in plain else [])
    return {**plain, **others, "type": [plain["type"], "null"], **({"enum": [*words, None]} if words else {})}


def _pascal(document: Document) -> Document:
    """Schema names in UpperCamelCase, wherever they are referred to."""
    names = {name: _pascal_name(name) for name in document["components"]["schemas"]}
    if len(set(names.values())) < len(names):
        raise ValueError("two models have the same name in the contract")
    schemas = {names[name]: schema for name, schema in document["components"]["schemas"].items()}
    document["components"]["schemas"] = schemas
    place = "#/components/schemas/"
    renamed: Document = _renamed(document, {place + old: place + new for old, new in names.items()})
    return renamed


def _pascal_name(name: str) -> str:
    """`Page_Thing_`, pydantic's name for Page[Thing], becomes ThingPage."""
    generic = re.fullmatch(r"([A-Za-z0-9]+)_(.+)_", name)
    if generic:
        return _pascal_name(generic[2]) + generic[1]
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", name.rpartition("__")[2] or name) if part]
    return "".join(part[0].upper() + part[1:] for part in parts)


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if isinstance(node, dict):  # a reference stands at $ref, or in the mapping of a discriminator
        return {key: _renamed(value, names) for key, value in node.items()}
    return names.get(node, node) if isinstance(node, str) else node


def _ordered(document: Document) -> Document:
    """Paths, schemas and responses sorted, so that a change shows as that change only."""
    document["paths"] = dict(sorted(document["paths"].items()))
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    for operation in operations(document):
        operation["responses"] = dict(sorted(operation["responses"].items()))
    first = ("openapi", "info", "servers", "security", "tags", "paths", "webhooks", "components")
    return {key: document[key] for key in first if key in document}


# -- examples and files ----------------------------------------------------------------------------------------


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
    names = [shown["$ref"].removeprefix(_SHARED_EXAMPLES) for shown in content.get("examples", {}).values()]
    return [document["components"]["examples"][name]["value"] for name in names]


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
    if "application/json" in body:
        yield f"{operation['operationId']} request", body["application/json"]
    for status, response in operation["responses"].items():
        if status[0] == "2" and "application/json" in response.get("content", {}):
            yield f"{operation['operationId']} {status}", response["content"]["application/json"]


def text(document: Document) -> str:
    """The document as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write(document: Document, path: Path) -> None:
    """Write the document to its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(document), encoding="utf-8")


def drift(document: Document, path: Path) -> str:
    """A unified diff from the file to the document; empty when they are the same."""
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    old, new = (part.splitlines(keepends=True) for part in (written, text(document)))
    return "".join(difflib.unified_diff(old, new, fromfile=str(path), tofile="generated"))
