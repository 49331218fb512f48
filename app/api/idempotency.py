"""Idempotency-Key: the answer to a POST is kept with the key in the transaction of the change, and given again."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.api.callers import Bearer, actor_of, database, demand, key_hash
from app.domain.callers import Actor
from app.domain.errors import Fault, InFlight, Invalid, KeyReused
from app.store import idempotency
from app.store.session import Transaction

_REPEATED = "Idempotency-Replayed"
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A name of your own for this request: sent again, it gives the same answer and changes nothing.",
    ),
]


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
        body = model.model_dump_json(by_alias=True)
        return await self.keep(Response(body, status, dict(headers or {}), "application/json"), complaint_id)

    async def keep(self, response: Response, complaint_id: UUID | None = None) -> Response:
        """Any answer, kept with the key when there is one. Raises KeyReused, which undoes the change."""
        if self.key is not None:
            kept = await idempotency.keep(
                self.tx,
                self.key,
                self.request_hash,
                status=response.status_code,
                headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
                body=bytes(response.body).decode(),
                complaint_id=complaint_id,
            )
            if not kept:
                raise _key_reused()
        return response


def writes(scope: str, *, key_required: bool = False) -> Any:
    """A dependency: a transaction for one change by a caller with this scope, committed before the answer is sent."""

    async def open_transaction(request: Request, credentials: Bearer, key: Key = None) -> AsyncIterator[Writing]:
        hashed = key_hash(credentials)
        digest = await _request_hash(request) if key else None
        async with database(request).request(hashed, key, digest) as tx:
            demand(tx.caller, scope)
            if key is None and key_required:
                raise _key_missing()
            _answered_before(tx)
            yield Writing(tx, actor_of(tx.caller), key, digest or b"")

    return Depends(open_transaction, scope="function")


async def _request_hash(request: Request) -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(await request.body())
    return digest.digest()


def _key_reused() -> KeyReused:
    return KeyReused("This Idempotency-Key was used for another request; choose a new one.")


def _key_missing() -> Invalid:
    return Invalid(
        "A retry of this request would make a second one.",
        faults=[Fault("Idempotency-Key", "required", "send an Idempotency-Key; use the same one when you retry")],
    )


def _answered_before(tx: Transaction) -> None:
    if tx.in_flight:
        raise InFlight("A request with this Idempotency-Key is being answered at this moment.", retry_after=1)
    if tx.replay is None:
        return
    if not tx.replay["same_request"]:
        raise _key_reused()
    raise Replayed(tx.replay)


async def _on_replayed(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, Replayed):
        raise exc
    headers = {**exc.stored["headers"], _REPEATED: "true"}
    return Response(exc.stored["body"], exc.stored["status"], headers)


def install(app: FastAPI) -> None:
    app.add_exception_handler(Replayed, _on_replayed)
