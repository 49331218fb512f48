"""The OpenAPI document: FastAPI's, made into what we promise (api.md), the same bytes every time.

Written to openapi/openapi.json and compared with it; the linter of the Dutch API Design Rules must find nothing.
"""

import difflib
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.api import contract_headers
from app.api.contract_examples import METHODS, given_examples, operations, place_examples, share_examples
from app.api.contract_form import Document, flattened, pascal
from app.api.edge.table import RouteTable
from app.api.problems import MEDIA_TYPE, PLAIN, TYPE_PREFIX
from app.version import API_VERSION

PUBLIC: Final[dict[str, Any]] = {"security": []}  # openapi_extra of an operation that needs no key
_KEY_SCHEME = "ApiKey"

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
    409: (
        "NotPossible",
        "Not possible now; where something else is, `possible` says what. With Retry-After (`in-flight`): ask again.",
    ),
    412: ("Stale", "It changed since you read it."),
    413: ("ContentTooLarge", "The content is too large."),
    414: ("AddressTooLong", "Path and query together are too long."),
    415: ("UnsupportedMediaType", "Send application/json, without Content-Encoding."),
    416: ("NoSuchPart", "The part that Range asks for is not in this file."),
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
_WITH_HEADER = {"if-match": (412, 428), "idempotency-key": (409, 422), "range": (416,)}
_WAITING = (409, 429, 503)
_TELLING = {
    400: ("Idempotency-Replayed",),  # of what a website filed and was kept as a draft
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    415: ("Accept", "Accept-Encoding"),
    416: ("Content-Range",),
    429: ("RateLimit-Remaining", "RateLimit-Reset"),
}

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
    _leave_null_out(document)
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
    given = given_examples(routes)
    for operation in [*operations(document, "paths"), *operations(document, "webhooks")]:
        place_examples(operation, given.get(operation["operationId"], {}))
    _summarise(document, {route.unique_id for route in routes if isinstance(route, APIRoute) and not route.summary})
    share_examples(document)
    document["tags"] = [{"name": name} for name in _tags(document)]
    document = pascal(flattened(document))
    contract_headers.declare_headers(document)
    return _ordered(document)


# In the schema of a header that is asked for by us, and not by FastAPI.
NEEDED = "x-needed"


def _need_headers(document: Document) -> None:
    """Headers without which the answer is 400 or 428, although another refusal may come first."""
    for item in document["paths"].values():
        for method in item.keys() & set(METHODS):
            for header in item[method].get("parameters", ()):
                changed = header["name"] == "If-Match" and method == "patch"
                if header["schema"].pop(NEEDED, False) or changed:
                    header["required"] = True


def _leave_null_out(document: Document) -> None:
    """Of parameters, which are sent or left out: null is a word like any other in an address or a header."""
    for operation in operations(document):
        for parameter in operation.get("parameters", ()):
            schema = parameter["schema"]
            options = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
            schema |= options[0] if len(options) == 1 else {"anyOf": options} if options else {}


# -- parts -----------------------------------------------------------------------------------------------------


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
        **contract_headers.components(),
    }


def _header(description: str, example: Any, kind: str = "string") -> Document:
    return {"description": description, "schema": {"type": kind}, "example": example}


def _problem_response(status: int) -> Document:
    _, description = _PROBLEMS[status]
    headers = _ref_headers()
    if status in _WAITING:
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    headers |= contract_headers.references(*_TELLING.get(status, ()))
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


def _summarise(document: Document, unnamed: Collection[str]) -> None:
    """What an operation does in one line: the first sentence about it, rather than the name of a function."""
    for operation in [*operations(document, "paths"), *operations(document, "webhooks")]:
        if operation["operationId"] in unnamed and operation.get("description"):
            operation["summary"] = re.split(r"\.\s|\.$|\n", operation["description"], maxsplit=1)[0]


def _tags(document: Document) -> list[str]:
    both = [*operations(document, "paths"), *operations(document, "webhooks")]
    return sorted({tag for operation in both for tag in operation.get("tags", [])})


def _ordered(document: Document) -> Document:
    """Paths, schemas and responses sorted, so that a change shows as that change only."""
    document["paths"] = dict(sorted(document["paths"].items()))
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    for operation in operations(document):
        operation["responses"] = dict(sorted(operation["responses"].items()))
    first = ("openapi", "info", "servers", "security", "tags", "paths", "webhooks", "components")
    return {key: document[key] for key in first if key in document}


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
