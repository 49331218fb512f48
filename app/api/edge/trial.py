"""Every fault in one answer: a request whose form is wrong is tried all the same, without what is wrong in it.

What cannot be read is replaced by what may have been meant: a text, an id or a number by such as nothing has, a word of
a list by each of them in turn, a day by several. What is left is well formed, and the operation says what it finds in
that. Nothing that comes of it is kept: its transactions are undone (callers.database). Told is only what holds of what
was sent: a fault may not come from what is missing now, nor from what stands in its place (decision 13).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from fastapi._compat import ModelField
from fastapi.routing import APIRoute, get_request_handler, request_response
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from app.api.edge.holding import IF_MATCH, ON_BEHALF, holds
from app.api.edge.json_body import StrictRequest, read_json
from app.api.edge.mending import Mending, found
from app.api.edge.refusals import RAISED, Refusals
from app.api.edge.tries import Tries
from app.api.json_text import written
from app.api.problems import FAULTS_SHOWN, Malformed, faults_of, invalid, is_new
from app.domain.errors import Fault, PreconditionRequired, TooMany, Unavailable

TRIED: Final = "gehoor.tried"  # scope key of a request that is tried: a Tried

_KEY: Final = "Idempotency-Key"
_MENDINGS: Final = 16  # what is left out of a part can make the part, and that the whole, incomplete
_IMPOSSIBLE: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_ANY: Final = [(IF_MATCH.lower().encode(), b"*")]
_IDLE: Final = frozenset({"unknown-field", "not-for-forms"})  # taken out, these change nothing of what was said
_INSTANTS: Final = frozenset({"occurredAt", "receivedAt", "completedAt"})  # on which other faults hang


@dataclass(slots=True)
class Tried:
    """What becomes known of a request that is only tried: the clock of whose it is, and what else stands in it now.

    `unread`: names in the body that could not be read, or were missed.
    """

    now: datetime | None = None
    unread: frozenset[str] = frozenset()

    def at(self, now: datetime) -> None:
        self.now = now


class Trial:
    """A second way through a route, for what is left of a request when its faults are taken out."""

    def __init__(self, route: APIRoute, body: ModelField) -> None:
        self._body = body
        names = {str(field.alias) for field in getattr(body.field_info.annotation, "model_fields", {}).values()}
        self._instants = _INSTANTS & names
        self._app = request_response(get_request_handler(dependant=route.dependant, body_field=route.body_field))

    async def whole(self, request: StrictRequest, refused: Malformed) -> Malformed:
        """The refusal with what the operation finds besides. Its transaction must be over: a request holds one."""
        told = refused.faults
        if not isinstance(request.value, dict) or len(told) > FAULTS_SHOWN:
            return refused
        mending = Mending(request.value, len(await request.body()), self._instants)
        self._mend(mending, told)
        if not any(fault.pointer.startswith("/") for fault in told):  # the body was not come to
            told = (*told, *await self._idle(request, mending, told))
        return invalid([*told, *await self._besides(request, mending, told)])

    async def beside(self, request: StrictRequest, missing: PreconditionRequired) -> Malformed | PreconditionRequired:
        """The refusal of a change to something that was not read, or with it what else is wrong with that change."""
        await read_json(request)
        said = await self._said(_scope(request, ()), request.value) or []
        return invalid(said) if len(said) > 1 else missing

    async def _idle(self, request: Request, mending: Mending, told: Sequence[Fault]) -> list[Fault]:
        """What means nothing here though its form is right; taken out now."""
        said = await self._said(_scope(request, told), mending.value) or []
        idle = [fault for fault in said if fault.code in _IDLE and mending.is_as_sent(fault.pointer)]
        for fault in idle:
            mending.leave_out(found(mending.sent, fault.pointer), meant=False)
        return idle

    async def _besides(self, request: Request, mending: Mending, told: Sequence[Fault]) -> list[Fault]:
        """What is wrong in every request that may have been meant."""
        scope = _scope(request, told)
        if mending.dated:
            await self._said(scope, mending.value)
            if scope[TRIED].now is not None:
                mending.try_days(scope[TRIED].now)
                for fault in await self._said(scope, mending.value) or []:
                    if fault.code in _IDLE:
                        mending.forget(fault.pointer)
        tries = Tries()
        for words, one in mending.choices():
            readable, more = self._mend(one, told)
            said = await self._said_of(scope, one) if readable else None
            if said is None:
                tries.add_impossible(words, more, readable=readable)
                continue
            holding = more + [fault for fault in said if holds(fault, one, [*told, *more])]
            is_day = one.has_its_days and not any(one.tries_days_at(fault.pointer) for fault in said)
            if not holding and is_day:
                return []
            tries.add(words, holding, is_day=is_day)
        return tries.faults()

    def _mend(self, mending: Mending, told: Sequence[Fault]) -> tuple[bool, list[Fault]]:
        """Takes out what is wrong in form; whether all of it, and what else is, which shows when that is mended."""
        self._take_out(mending, told)
        more: list[Fault] = []
        for _ in range(_MENDINGS):
            failures = self._failures(mending.value)
            if not failures:
                return True, more
            wholes = [failure for failure in failures if mending.is_of_the_whole(failure)]
            new = faults_of(wholes, mending.value)
            new += [each for each in faults_of(failures, mending.value) if mending.is_as_sent(each.pointer)]
            more += [fault for fault in dict.fromkeys(new) if is_new(fault, [*told, *more])]
            if not all([mending.mend(failure) for failure in failures]):
                break
        return False, more

    def _take_out(self, mending: Mending, told: Sequence[Fault]) -> None:
        """What means nothing, and what is wrong though its form is right."""
        failing = {fault.pointer for fault in faults_of(self._failures(mending.sent), mending.sent)}
        for fault in told:
            path = found(mending.sent, fault.pointer)
            if path and fault.code in _IDLE:
                mending.leave_out(path, meant=False)
            elif path and fault.pointer not in failing:
                mending.stand_in(path)

    def _failures(self, value: Any) -> list[Any]:
        return self._body.validate(value, loc=("body",))[1]

    async def _said_of(self, scope: Scope, one: Mending) -> list[Fault] | None:
        """The faults in what the operation answers to this."""
        scope[TRIED].unread = frozenset(str(path[0]) for path in one.touched)
        said = await self._said(scope, one.value)
        if said is None and (own := one.without(ON_BEHALF)) is not None:  # an employee names nobody else
            return await self._said(scope, own)
        return said

    async def _said(self, scope: Scope, value: Any) -> list[Fault] | None:
        """The faults in what the operation answers; None where it is not possible at all, now or for who asks.

        Raises TooMany and Unavailable: then nobody looked.
        """
        answer, scope = _Answer(), dict(scope)  # each try writes into its own
        try:
            await Refusals(self._app, scope["app"])(scope, _sending(value), answer.send)
        except Enough:
            return []
        if isinstance(raised := scope.get(RAISED), TooMany | Unavailable):
            raise raised
        if answer.status in _IMPOSSIBLE:
            return None
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            return await self._said(_matching(scope, _ANY), value)
        if answer.status == HTTPStatus.PRECONDITION_REQUIRED:
            needed = Fault(IF_MATCH, "required", "say which version you read: send If-Match with its ETag")
            return _with(needed, await self._said(_matching(scope, _ANY), value))
        if answer.status != HTTPStatus.BAD_REQUEST:
            return []
        said = [Fault(**each) for each in json.loads(answer.body).get("errors", [])]
        wrong = next((fault for fault in said if fault.pointer == IF_MATCH), None)
        without = _matching(scope, [])
        if wrong is None or without == scope:
            return said
        return _with(wrong, await self._said(without, value))


class Enough(Exception):
    """Not an error: raised in a trial where the input was found good and only work for the answer is left."""


def enough(request: Request) -> None:
    """Before work for the answer alone: a request that is only tried goes no further. Raises Enough."""
    if TRIED in request.scope:
        raise Enough


def unread(request: Request) -> frozenset[str]:
    """The names in its body that could not be read: something else stands there, which was not meant."""
    return request.scope[TRIED].unread if TRIED in request.scope else frozenset()


class _Answer:
    """An answer that goes nowhere."""

    status = 0
    body = b""

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


def _with(one: Fault, said: list[Fault] | None) -> list[Fault] | None:
    return None if said is None else [one, *(fault for fault in said if fault.pointer != one.pointer)]


def _matching(scope: Scope, matching: list[tuple[bytes, bytes]]) -> Scope:
    """The same request with another If-Match, or with none."""
    others = [(name, each) for name, each in scope["headers"] if name != IF_MATCH.lower().encode()]
    return {**scope, "headers": [*others, *matching]}


def _scope(request: Request, told: Sequence[Fault]) -> Scope:
    """The same request without its query, and without a faulty If-Match. It is no retry of anything."""
    wrong = {_KEY} | ({IF_MATCH} & {fault.pointer for fault in told})
    without = {name.lower().encode() for name in wrong}
    headers = [(name, each) for name, each in request.scope["headers"] if name not in without]
    headers.append((_KEY.lower().encode(), uuid4().hex.encode()))
    return {**request.scope, "query_string": b"", "headers": headers, TRIED: Tried()}


def _sending(value: Any) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": written(value), "more_body": False}

    return receive
