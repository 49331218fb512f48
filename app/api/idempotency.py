"""Idempotency-Key: the answer to a POST is kept with the key in the transaction of the change, and given again."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.api.callers import actor_of, database, demand, demand_case, key_hash, wanted_case
from app.api.contract import NEEDED
from app.api.problems import invalid
from app.domain.callers import Actor
from app.domain.errors import Fault, InFlight, KeyReused, NotFound
from app.store import idempotency
from app.store.transaction import Caller, Transaction

_REPEATED = "Idempotency-Replayed"
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")

_HEADER: dict[str, Any] = {
    "alias": "Idempotency-Key",
    "min_length": 1,
    "max_length": 200,
    "pattern": r"^[\x21-\x7e]+$",
    "description": "A name of your own for this request: sent again, it gives the same answer and changes nothing.",
}
Key = Annotated[str | None, Header(**_HEADER)]


_KEY_MISSING = Fault("Idempotency-Key", "required", "send an Idempotency-Key; use the same one when you retry")


class Replayed(Exception):
    """Not an error: the request was answered before, and this is that answer."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        super().__init__("answered before")
        self.stored = stored


@dataclass(frozen=True, slots=True)
class Writing:
    """A transaction for one change, with who makes it; answers through answer() so that a retry gets the same."""

    tx: Transaction
    actor: Actor
    key: str | None
    request_hash: bytes

    async def answer(
        self,
        model: BaseModel,
        *,
        status: int = 201,
        headers: Mapping[str, str] | None = None,
        complaint_id: UUID | None = None,
    ) -> Response:
        """The answer, kept with the key when there is one."""
        return await self.keep(answer_of(model, status, headers), complaint_id)

    async def keep(self, response: Response, complaint_id: UUID | None = None) -> Response:
        """Any answer, kept with the key when there is one. Raises KeyReused, which undoes the change."""
        answer = self.to_keep(response, complaint_id)
        if answer is not None and not await idempotency.keep(self.tx, answer):
            raise key_reused()
        return response

    def to_keep(self, response: Response, complaint_id: UUID | None = None) -> idempotency.Answer | None:
        """What there is to keep of an answer; for where it is written together with the change."""
        if self.key is None:
            return None
        return idempotency.Answer(
            self.tx.caller.kept_under,
            self.key,
            self.request_hash,
            complaint_id,
            response.status_code,
            {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
            bytes(response.body).decode(),
        )


def answer_of(model: BaseModel, status: int = 201, headers: Mapping[str, str] | None = None) -> Response:
    """A model as an answer."""
    return Response(model.model_dump_json(by_alias=True), status, dict(headers or {}), "application/json")


def _header(required: bool) -> Any:
    """It is asked for when it is known who asks, so not by FastAPI; the contract says that it is needed."""
    return Header(None, **_HEADER, json_schema_extra={NEEDED: True} if required else None)


def writes(
    scope: str, *, key_required: bool = False, refused: Callable[[Caller, Any], list[Fault]] | None = None
) -> Any:
    """A dependency: a transaction for one change by a caller with this scope, committed before the answer is sent.

    `refused`: what such a caller may not send, looked at in the JSON, so that it is told with what the model finds.
    """

    asked = _header(key_required)

    async def open_transaction(request: Request, key: str | None = asked) -> AsyncIterator[Writing]:
        hashed = key_hash(request)
        digest = await request_hash(request) if key else None
        async with database(request).request(hashed, key, digest) as tx:
            demand(tx.caller, scope)
            answered_before(tx)
            faults = [_KEY_MISSING] if key is None and key_required else []
            if refused is not None:
                faults += refused(tx.caller, await request.json())
            if faults:
                raise invalid(faults)
            yield Writing(tx, actor_of(tx.caller), key, digest or b"")

    return Depends(open_transaction, scope="function")


@asynccontextmanager
async def writing_after(request: Request, scope: str, key: str | None, digest: bytes) -> AsyncIterator[Writing]:
    """The transaction of a change for which something was read first; `digest` is what makes it the same request."""
    async with database(request).request(key_hash(request), key, digest if key else None) as tx:
        demand(tx.caller, scope)
        answered_before(tx)
        yield Writing(tx, actor_of(tx.caller), key, digest)


def committee_writes(*, key_required: bool = False) -> Any:
    """A dependency: a transaction for one change by an external body, in the case that the path names.

    Without such a case (a body opens one) it is `entered` that looks for an earlier answer.
    """

    asked = _header(key_required)

    async def open_transaction(request: Request, key: str | None = asked) -> AsyncIterator[Writing]:
        digest = await request_hash(request) if key else None
        async with committee_writing(request, key, digest) as writing:
            if key is None and key_required:
                raise invalid([_KEY_MISSING])
            yield writing

    return Depends(open_transaction, scope="function")


def body_writes() -> Any:
    """A dependency: a transaction for one change to what is an external body's own, outside all of its cases."""

    async def open_transaction(request: Request, key: Key = None) -> AsyncIterator[Writing]:
        digest = await request_hash(request) if key else b""
        async with database(request).committee(key_hash(request)) as outside:
            tx = outside if key is None else await idempotency.looked_up(outside, key, digest)
            answered_before(tx)
            yield Writing(tx, actor_of(tx.caller), key, digest)

    return Depends(open_transaction, scope="function")


@asynccontextmanager
async def committee_writing(request: Request, key: str | None, digest: bytes | None) -> AsyncIterator[Writing]:
    """The transaction of such a change; `digest` is what makes it the same request."""
    async with database(request).committee(key_hash(request), wanted_case(request), key, digest) as tx:
        demand_case(request, tx)
        answered_before(tx)
        yield Writing(tx, actor_of(tx.caller), key, digest or b"")


async def entered(writing: Writing, *known: str) -> Writing:
    """Goes on inside a complaint of which the body knows this. Raises NotFound, and any earlier answer."""
    tx = await writing.tx.enter_case(*known)
    if tx is None:
        raise NotFound("There is no such complaint.")
    if writing.key is not None:
        tx = await idempotency.looked_up(tx, writing.key, writing.request_hash)
        answered_before(tx)
    return replace(writing, tx=tx)


async def request_hash(request: Request) -> bytes:
    """What makes it the same request, for its Idempotency-Key."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(await request.body())
    return digest.digest()


def key_reused() -> KeyReused:
    return KeyReused("This Idempotency-Key was used for another request; choose a new one.")


def answered_before(tx: Transaction) -> None:
    """Raises Replayed with what was answered under this key, InFlight, KeyReused."""
    if tx.in_flight:
        raise InFlight("A request with this Idempotency-Key is being answered at this moment.", retry_after=1)
    if tx.replay is None:
        return
    if not tx.replay["same_request"]:
        raise key_reused()
    raise Replayed(tx.replay)


async def _on_replayed(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, Replayed):
        raise exc
    headers = {**exc.stored["headers"], _REPEATED: "true"}
    return Response(exc.stored["body"], exc.stored["status"], headers)


def install(app: FastAPI) -> None:
    app.add_exception_handler(Replayed, _on_replayed)
