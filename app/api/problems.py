"""Refusals as RFC 9457 problems: one table from the domain's errors to HTTP. Nothing that was sent is repeated.

`type` is a reference to the page of problems that the service itself serves, so that it can be followed
wherever the service runs and stays the same string for every installation.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.api.json_text import written
from app.api.problem_codes import PRECISE
from app.api.values import OWN
from app.domain import errors
from app.domain.errors import Fault, Refused

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/v1/docs/problems#"
RETRY_AFTER_SECONDS = 5
FAULTS_SHOWN = 100

STATUS: dict[type[Refused], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.NotPossible: 409,
    errors.InFlight: 409,
    errors.Stale: 412,
    errors.KeyReused: 422,
    errors.PreconditionRequired: 428,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


class Malformed(errors.Invalid):
    """The form of a request is wrong: the operation was not asked yet."""


class Plain(NamedTuple):
    """A refusal that HTTP itself asks for, before any rule of ours is looked at."""

    code: str
    title: str
    detail: str


PLAIN: dict[int, Plain] = {
    400: Plain("bad-request", "The request could not be read", "What was sent is not a request that we can read."),
    404: Plain("not-found", "Not found", "There is nothing here, or nothing that you may see."),
    405: Plain("method-not-allowed", "Method not allowed", "The Allow header names the methods that work here."),
    406: Plain("not-acceptable", "Not acceptable", "None of the media types in Accept is offered here."),
    408: Plain(
        "request-timeout",
        "The request came in too slowly",
        "Send the whole request within ten seconds; a large file with 64 KiB a second or more, and without a pause.",
    ),
    416: Plain("range-not-satisfiable", "No such part", "The part that Range asks for is not in this file."),
    413: Plain(
        "content-too-large",
        "The content is too large",
        "Send less: JSON may hold 64 KiB (320 where the contract lets a caller say more), a file or a mail 25 MiB.",
    ),
    414: Plain("uri-too-long", "The address is too long", "Path and query together may hold 8 KiB."),
    415: Plain(
        "unsupported-media-type",
        "Unsupported media type",
        "Send what the contract names for this address (mostly application/json in UTF-8), without Content-Encoding, "
        "and say so in Content-Type.",
    ),
    431: Plain("headers-too-large", "The headers are too large", "All headers together may hold 16 KiB."),
    500: Plain("internal-error", "Something went wrong", "The fault is ours and was recorded under the X-Request-Id."),
    503: Plain(
        "unavailable", "Temporarily unavailable", "A part we need is down. Try again after Retry-After seconds."
    ),
}


# -- answers ---------------------------------------------------------------------------------------------------


def problem(
    status: int,
    plain: Plain,
    *,
    faults: Iterable[Fault] = (),
    possible: Iterable[Mapping[str, Any]] = (),
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One problem answer: type, code, title, status, detail; `errors`, `possible` and more."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + plain.code,
        "code": plain.code,
        "title": plain.title,
        "status": status,
        "detail": plain.detail,
    }
    if shown := [{"pointer": f.pointer, "code": f.code, "message": f.message} for f in faults][:FAULTS_SHOWN]:
        body["errors"] = shown
    if steps := [dict(step) for step in possible]:
        body["possible"] = steps
    body |= members or {}
    return Response(written(body), status, headers, MEDIA_TYPE)


def plain_problem(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The problem for a bare HTTP status."""
    plain = PLAIN.get(status) or (PLAIN[500] if status >= 500 else PLAIN[400])
    return problem(status, plain, headers=headers)


def refused_problem(refused: Refused) -> Response:
    """The problem for a refusal in words of the domain."""
    return problem(
        status_of(type(refused)),
        Plain(refused.code, refused.title, refused.detail),
        faults=refused.faults,
        possible=refused.possible,
        members=refused.members,
        headers=_headers(refused),
    )


def status_of(refusal: type[Refused]) -> int:
    """The HTTP status of a kind of refusal: its own, or that of the nearest kind above it."""
    return next((STATUS[kind] for kind in refusal.__mro__ if kind in STATUS), 400)


def _headers(refused: Refused) -> dict[str, str]:
    headers: dict[str, str] = {}
    wait = refused.retry_after
    if wait is None and isinstance(refused, errors.InFlight | errors.TooMany | errors.Unavailable):
        wait = 1 if isinstance(refused, errors.InFlight) else RETRY_AFTER_SECONDS
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if isinstance(refused, errors.TooMany):
        headers |= {"RateLimit-Remaining": "0", "RateLimit-Reset": str(wait)}
    if isinstance(refused, errors.Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="gehoor"'
    return headers


# -- what went wrong elsewhere ---------------------------------------------------------------------------------

# Connection lost, out of resources, operator intervention, read-only after a failover, lost a race: all pass.
_PASSING_SQLSTATES = re.compile(r"08...|53...|57...|25006|40001|40P01|55P03")


def is_unavailable(exc: BaseException) -> bool:
    """True when a part we need cannot be reached or is too busy: told by type, so that no driver is imported."""
    return any(_is_passing(link) for link in _chain(exc))


def sqlstate(exc: BaseException) -> str | None:
    """The first SQLSTATE along the chain of causes, if the database gave one."""
    return next((str(state) for link in _chain(exc) if (state := getattr(link, "sqlstate", None))), None)


def _is_passing(exc: BaseException) -> bool:
    if isinstance(exc, OSError | TimeoutError):
        return True
    module, name = type(exc).__module__.partition(".")[0], type(exc).__name__
    if module == "sqlalchemy":
        return name in ("TimeoutError", "OperationalError") or bool(getattr(exc, "connection_invalidated", False))
    state = getattr(exc, "sqlstate", None)
    if state:
        return bool(_PASSING_SQLSTATES.fullmatch(str(state)))
    return module == "asyncpg" and name in ("InterfaceError", "InternalClientError", "ConnectionDoesNotExistError")


def _chain(exc: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [exc]
    while todo:
        link = todo.pop(0)
        if link is None or link in seen:
            continue
        seen.append(link)
        todo += [getattr(link, "orig", None), link.__cause__]
        yield link


def unexpected_problem(exc: BaseException) -> Response:
    """503 when a part we need is down, else 500; no word about what it was."""
    if is_unavailable(exc):
        return plain_problem(503, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    return plain_problem(500)


# -- invalid input ---------------------------------------------------------------------------------------------

_TYPE_WORDS = {
    "string": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list",
    "tuple": "a list", "dict": "an object", "model": "an object", "model_attributes": "an object", "set": "a list",
    "decimal": "a number", "uuid": "an id", "enum": "one of the listed words", "date": "a date",
}  # fmt: skip
# Only limits and names of our own schema are filled in; never `input`, nor a context that could carry it.
_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("required", "This is required."),
    "extra_forbidden": ("unknown-field", "There is no such field here."),
    "string_too_short": ("too-short", "At least {min_length} characters."),
    "string_too_long": ("too-long", "At most {max_length} characters."),
    "too_short": ("too-few", "At least {min_length} items."),
    "too_long": ("too-many", "At most {max_length} items."),
    "string_pattern_mismatch": ("wrong-form", "This does not have the form that the contract gives."),
    "string_unicode": ("not-storable", "This text holds half a character (a lone surrogate)."),
    "literal_error": ("not-an-option", "Must be one of: {expected}."),
    "enum": ("not-an-option", "Must be one of: {expected}."),
    "greater_than": ("too-small", "Must be more than {gt}."),
    "greater_than_equal": ("too-small", "Must be at least {ge}."),
    "less_than": ("too-large", "Must be less than {lt}."),
    "less_than_equal": ("too-large", "Must be at most {le}."),
    "multiple_of": ("not-a-multiple", "Must be a multiple of {multiple_of}."),
    "union_tag_not_found": ("required", "Say which kind this is in {discriminator}."),
    "union_tag_invalid": ("not-an-option", "{discriminator} must be one of: {expected_tags}."),
    "int_from_float": ("wrong-type", "Must be a whole number."),
    "int_parsing_size": ("too-large", "This number is too large."),
    "json_invalid": ("json-invalid", "This is not valid JSON."),
    "uuid_parsing": ("wrong-form", "Must be an id."),
    "finite_number": ("wrong-type", "Must be a number."),
}
_LIMITS = frozenset(
    ("min_length", "max_length", "gt", "ge", "lt", "le", "multiple_of", "expected", "discriminator", "expected_tags")
)
_OF_THE_KIND = frozenset(("union_tag_not_found", "union_tag_invalid"))
_SHOWABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")


def faults_of(failures: Sequence[Mapping[str, Any]], body: Any = None) -> list[Fault]:
    """Pydantic's failures as faults in our own words, one per place and code, in order."""
    found = [_fault(failure, body) for failure in failures[: 10 * FAULTS_SHOWN]]
    times = Counter((fault.pointer, fault.code) for fault in found if is_hidden(fault.pointer))
    told = {(fault.pointer, fault.code): fault for fault in found}
    return [_of_several(fault, times[place]) for place, fault in told.items()]


def _of_several(fault: Fault, times: int) -> Fault:
    """Of names that are not repeated: how many there are."""
    more = f" There are {times} of these, by names that are not repeated." if times > 1 else ""
    return replace(fault, message=fault.message + more)


def _fault(failure: Mapping[str, Any], body: Any) -> Fault:
    kind = str(failure["type"])
    pointer = _pointer(failure, body)
    if kind.startswith(OWN):
        return Fault(pointer, kind.removeprefix(OWN), str(failure["msg"]))
    code, sentence = _SENTENCES.get(kind) or _type_sentence(kind)
    limits = {key: value for key, value in (failure.get("ctx") or {}).items() if key in _LIMITS}
    if kind in _OF_THE_KIND:  # pydantic tells this of the object; what is to be mended is the field that says its kind
        pointer += "/" + str(limits["discriminator"]).strip("'")
    return Fault(pointer, code, sentence.format_map(limits))


def _type_sentence(kind: str) -> tuple[str, str]:
    word = _TYPE_WORDS.get(kind.removesuffix("_type").removesuffix("_parsing"))
    return ("wrong-type", f"Must be {word}.") if word else ("invalid-value", "This value is not valid here.")


def _pointer(failure: Mapping[str, Any], body: Any) -> str:
    where, *steps = failure["loc"]
    if where != "body":
        return str(steps[0]) if steps else str(where)
    return "".join("/" + showable(step) for step in place(failure, body))


def place(failure: Mapping[str, Any], body: Any) -> tuple[int | str, ...]:
    """Where in the body a failure of it is."""
    return tuple(_within(body, failure["loc"][1:], str(failure["type"])))


def _within(body: Any, steps: Sequence[int | str], kind: str) -> Iterator[int | str]:
    """The steps that exist in what was sent: pydantic also lists the arms of unions it tried."""
    here = body
    for number, step in enumerate(steps, 1):
        if _has(here, step):
            here = here[step]
        elif not (kind == "missing" and number == len(steps)):
            continue
        yield step


def _has(value: Any, step: int | str) -> bool:
    return step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))


def showable(step: int | str) -> str:
    """A step of a pointer; a name that looks like no name of ours may be personal, so it is not repeated."""
    name = str(step)
    return name if isinstance(step, int) or _SHOWABLE_NAME.fullmatch(name) else "-"


def is_hidden(pointer: str) -> bool:
    """Whether it names nothing: several places can be meant by it."""
    return pointer.endswith("/-")


def invalid(faults: Sequence[Fault]) -> Malformed:
    """The refusal that names every fault of the form."""
    return Malformed("Mend what is listed under errors and send it again.", faults=faults)


def validation_refusal(error: RequestValidationError, extra: Sequence[Fault] = ()) -> Refused:
    """Faults of body, query and headers as one Invalid. A path that cannot name anything names nothing: NotFound."""
    failures = error.errors()
    if any(failure["loc"][0] == "path" for failure in failures):
        return errors.NotFound(PLAIN[404].detail)
    at_root = any(not fault.pointer for fault in extra)
    found = (fault for fault in faults_of(failures, error.body) if fault.pointer or not at_root)
    return invalid([*extra, *(fault for fault in found if is_new(fault, extra))])


def is_new(fault: Fault, told: Iterable[Fault]) -> bool:
    """Whether nothing was told of this place, or this was not told of the whole or of a name that is not repeated."""
    several = not fault.pointer or is_hidden(fault.pointer)
    return all(each.pointer != fault.pointer or (several and each.code != fault.code) for each in told)


# -- installation ----------------------------------------------------------------------------------------------


def answer(exc: Exception) -> Response:
    """The problem that an exception stands for."""
    match exc:
        case Refused():
            return refused_problem(exc)
        case RequestValidationError():
            return refused_problem(validation_refusal(exc))
        case HTTPException():
            return plain_problem(exc.status_code, exc.headers)
        case ClientDisconnect():
            return plain_problem(400)  # nobody is there to read it
    return unexpected_problem(exc)


async def _handle(request: Request, exc: Exception) -> Response:
    return answer(exc)


def install(app: Starlette) -> None:
    """Every exception becomes a problem. Unexpected ones are also raised on, to the edge, which logs them."""
    for kind in (Refused, RequestValidationError, HTTPException, ClientDisconnect, Exception):
        app.add_exception_handler(kind, _handle)


def catalogue() -> list[tuple[int, str, str]]:
    """(status, code, sentence) of every kind of problem, for the page that `type` points at."""
    kinds = [(status_of(kind), kind.code, f"{kind.title}.") for kind in _kinds(Refused) if kind is not Refused]
    plain = [(status, plain.code, f"{plain.title}.") for status, plain in PLAIN.items()]
    precise = [(status_of(kind), code, sentence) for code, (kind, sentence) in PRECISE.items()]
    return sorted({code: (status, code, sentence) for status, code, sentence in plain + kinds + precise}.values())


def _kinds(kind: type[Refused]) -> Iterator[type[Refused]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
