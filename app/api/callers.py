"""Who is calling: the key of a request becomes a transaction that knows its organisation, clock and caller."""

import hashlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from starlette.responses import Response

from app.api.edge.route import INTRODUCE
from app.api.problems import refused_problem
from app.domain.callers import Actor
from app.domain.errors import Forbidden, Unauthenticated, Unavailable
from app.store import session
from app.store.session import Caller, Database, Reading, Transaction


def database(request: Request) -> Database:
    return request.app.state.database  # type: ignore[no-any-return]


def key_hash(request: Request) -> bytes:
    """The stored form of the key that was sent. Raises Unauthenticated."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthenticated("Send an API key: Authorization: Bearer <key>.")
    return hashlib.sha256(key.strip().encode()).digest()


def demand(caller: Caller, scope: str) -> None:
    """Raises Forbidden when the key does not open this."""
    if scope not in caller.scopes:
        raise Forbidden(f"This key lacks the scope {scope}.", code="scope-required")


def actor_of(caller: Caller) -> Actor:
    if caller.kind == "staff":
        return Actor("staff", caller.staff_id, tuple(caller.roles))
    return Actor(caller.kind, caller.key_id)


def reads(scope: str) -> Any:
    """A dependency: a transaction for reading, by a caller with this scope, closed before the answer is sent."""

    async def open_transaction(request: Request) -> AsyncIterator[Transaction]:
        async with database(request).request(key_hash(request)) as tx:
            demand(tx.caller, scope)
            yield tx

    return Depends(open_transaction, scope="function")


def looks(scope: str) -> Any:
    """A dependency: a Reading by a caller with this scope, for what one statement can tell."""

    async def reading(request: Request) -> Reading:
        made = Reading(database(request), key_hash(request), partial(demand, scope=scope))
        request.scope[INTRODUCE] = made.introduce
        return made

    return Depends(reading)


IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="The ETag of the version you read; honoured when sent."),
]


async def _on_unknown_key(request: Request, exc: Exception) -> Response:
    return refused_problem(Unauthenticated("This API key is not known, or no longer valid."))


async def _on_unavailable(request: Request, exc: Exception) -> Response:
    return refused_problem(Unavailable("The database did not answer; try again.", retry_after=5))


def install(app: FastAPI) -> None:
    """What the store says of a key or of the database, in the words of the API."""
    app.add_exception_handler(session.Unauthenticated, _on_unknown_key)
    app.add_exception_handler(session.Unavailable, _on_unavailable)
