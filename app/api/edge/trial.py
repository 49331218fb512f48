"""Every fault in one answer: a request whose form is wrong is tried all the same, without what is wrong in it.

What is left is well formed, and the operation says what it finds in that. Where a text cannot be missed another one
stands in its place, and where a word of a list was meant each of them in turn; nothing can stand in for an id, and then
the request is not tried. Nothing that comes of it is kept: the transaction is undone. Told is only what holds of what
was sent: a fault may not come from what is missing now, nor from what stands in its place.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final, NoReturn
from uuid import uuid4

from fastapi._compat import ModelField
from fastapi.routing import APIRoute, get_request_handler, request_response
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope

from app.api.edge.json_body import StrictRequest
from app.api.json_text import written
from app.api.problems import Malformed, invalid, place
from app.domain.errors import Fault

Path = tuple[int | str, ...]

TRIED: Final = "gehoor.tried"  # scope key of a request that is tried: how often it was before

_KEY: Final = b"idempotency-key"
_IF_MATCH: Final = "If-Match"
_STAND_IN: Final = "x"
_MENDINGS: Final = 8  # what is left out of a part can make the part, and that the whole, incomplete
_CHOICES: Final = 12  # of the words in a list
_IDLE: Final = frozenset({"unknown-field", "not-for-forms"})  # taken out, these change nothing of what was said
_NOTHING: Final = object()
_WORDS: Final = re.compile("'([^']*)'")


class Trial:
    """A second way through a route, for what is left of a request when its faults are taken out."""

    def __init__(self, route: APIRoute, body: ModelField) -> None:
        self._body = body
        tried = replace(route.dependant, call=_undone(route.endpoint))
        self._app = request_response(get_request_handler(dependant=tried, body_field=route.body_field))
        # only what runs in a transaction that the route opens is undone
        self._undoes = any(each.scope == "function" for each in route.dependant.dependencies)

    async def whole(self, request: StrictRequest, refused: Malformed) -> Malformed:
        """The refusal with what the operation finds besides. Its transaction must be over: a request holds one."""
        if not self._undoes or not isinstance(request.value, dict):
            return refused
        mending = self._mended(request.value, refused.faults)
        more: list[Fault] | None = None
        for turn, value in enumerate(mending.variants() if mending else ()):
            if more != [] and not self._failures(value):
                found = await self._said({**_scope(request, refused.faults), TRIED: turn}, value)
                more = found if more is None else [fault for fault in more if fault in found]
        return invalid([*refused.faults, *(fault for fault in more or () if _holds(fault, mending, refused.faults))])

    def _mended(self, sent: Any, told: Iterable[Fault]) -> "_Mending | None":
        """What was sent without its faults. None where it cannot be mended."""
        mending = _Mending(sent)
        failing = {place(failure, sent) for failure in self._failures(sent)}
        for fault in told:
            if (path := _found(sent, fault.pointer)) and path not in failing:
                mending.leave_out(path, meant=fault.code not in _IDLE)
        for _ in range(_MENDINGS):
            failures = self._failures(mending.value)
            if not failures:
                return mending
            if not all([mending.mend(failure) for failure in failures]):
                return None
        return None

    def _failures(self, value: Any) -> list[Any]:
        return self._body.validate(value, loc=("body",))[1]

    async def _said(self, scope: Scope, value: Any) -> list[Fault]:
        """The faults in what the operation answers."""
        answer = _Answer()
        try:
            await self._app(scope, _sending(value), answer.send)
        except _Undone as undone:
            answer.status, answer.body = undone.status, undone.body
        except Enough:
            return []
        if answer.status == 428:
            needed = Fault(_IF_MATCH, "required", "say which version you read: send If-Match with its ETag")
            return [needed, *await self._said({**scope, "headers": [*scope["headers"], (b"if-match", b"*")]}, value)]
        errors = json.loads(answer.body).get("errors", []) if 400 <= answer.status < 500 else []
        return [Fault(**each) for each in errors]


class _Mending:
    """What was sent, on its way to what can be read; and the places that are no longer as they were sent."""

    def __init__(self, sent: Any) -> None:
        self.sent, self.value = sent, deepcopy(sent)
        self.touched: set[Path] = set()
        self.lacks = False  # something that was meant was left out
        self._choices: dict[Path, Sequence[str]] = {}
        self._left_out: set[Path] = set()

    def mend(self, failure: Mapping[str, Any]) -> bool:
        """Puts a text or a word where one can stand, or leaves out what fails. False where nothing helps."""
        path, words = _wanted(failure, self.value)
        if failure["type"] == "extra_forbidden":
            return self.leave_out(path, meant=False)
        if words and self._choices.get(path, _STAND_IN) == _STAND_IN:
            return self._put(path, words)
        if path in self._choices or path in self._left_out:
            return self.leave_out(path)
        return self._put(path, _STAND_IN)

    def leave_out(self, path: Path, *, meant: bool = True) -> bool:
        """Takes out what stands at a place, or what it stands in when it is gone already, or one of a list."""
        if not path:
            return False
        *above, last = path
        here = _at(self.value, above)
        if here is _NOTHING:
            return True
        if not isinstance(here, dict) or last not in here:  # in a list the others would move up
            return self.leave_out(tuple(above))
        del here[last]
        self.lacks |= meant
        self.touched.add(path)
        self._left_out.add(path)
        self._choices.pop(path, None)
        return True

    def _put(self, path: Path, words: Sequence[str]) -> bool:
        here = _at(self.value, path[:-1])
        if not path or here is _NOTHING:
            return bool(path)
        here[path[-1]] = words[0]
        self.touched.add(path)
        self._choices[path] = words
        return True

    def variants(self) -> Iterator[Any]:
        """With each of the words that can stand where a wrong one stood."""
        for turn in range(min(_CHOICES, max(map(len, self._choices.values()), default=1))):
            value = deepcopy(self.value)
            for (*above, last), options in self._choices.items():
                here = _at(value, above)
                if here is not _NOTHING:
                    here[last] = options[turn % len(options)]
            yield value


class Enough(Exception):
    """Not an error: raised in a trial where the input was found good and only work for the answer is left."""


class _Undone(Exception):
    """Not an error: takes the answer out of the transaction, which is undone by it."""

    def __init__(self, answer: Any) -> None:
        super().__init__("tried")
        self.status = answer.status_code if isinstance(answer, Response) else 200
        self.body = bytes(answer.body) if isinstance(answer, Response) else b""


class _Answer:
    """An answer that goes nowhere."""

    status = 0
    body = b""

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


def _undone(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[NoReturn]]:
    async def tried(**values: Any) -> NoReturn:
        raise _Undone(await endpoint(**values))

    return tried


def _scope(request: Request, told: Iterable[Fault]) -> Scope:
    """The same request without its faulty headers and its query. It is no retry of anything."""
    wrong = {fault.pointer.lower().encode() for fault in told} | {_KEY}
    headers = [(name, each) for name, each in request.scope["headers"] if name not in wrong]
    return {**request.scope, "query_string": b"", "headers": [*headers, (_KEY, uuid4().hex.encode())]}


def _sending(value: Any) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": written(value), "more_body": False}

    return receive


def _holds(fault: Fault, mending: _Mending | None, told: Sequence[Fault]) -> bool:
    """Whether this is one fault more, and of what was sent: of a place that is still as it was.

    Where nothing is left out that was meant, a place that is needed and was not sent is told too.
    """
    if mending is None or fault.pointer in {each.pointer for each in told}:
        return False
    if not mending.touched or fault.pointer == _IF_MATCH:
        return True
    path = _found(mending.sent, fault.pointer)
    if not path:
        return fault.code == "required" and not mending.lacks
    return not any(path[: len(each)] == each[: len(path)] for each in mending.touched)


# -- places in what was sent -----------------------------------------------------------------------------------


def _wanted(failure: Mapping[str, Any], value: Any) -> tuple[Path, list[str]]:
    """What fails, and the words that can stand there where it is one of a list."""
    path, limits = place(failure, value), failure.get("ctx") or {}
    if failure["type"] == "union_tag_invalid":  # pydantic tells this of the object, not of the word in it
        return (*path, limits["discriminator"].strip("'")), _WORDS.findall(limits["expected_tags"])
    return path, _WORDS.findall(str(limits.get("expected", "")))


def _at(value: Any, path: Iterable[int | str]) -> Any:
    for step in path:
        there = isinstance(step, int) and isinstance(value, list) and step in range(len(value))
        if not there and not (isinstance(value, dict) and step in value):
            return _NOTHING
        value = value[step]
    return value


def _found(sent: Any, pointer: str) -> Path:
    """The place that a pointer names; empty when there is nothing."""
    path: list[int | str] = []
    for step in pointer.split("/")[1:]:
        here = _at(sent, path)
        path.append(int(step) if isinstance(here, list) and step.isdecimal() else step)
    return () if _at(sent, path) is _NOTHING else tuple(path)
