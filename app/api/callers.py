"""Who is calling: the key of a request becomes a transaction that knows its organisation, clock and caller."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request
from starlette.responses import Response

from app.api.edge.route import INTRODUCE
from app.api.edge.trial import TRIED
from app.api.problems import refused_problem
from app.domain.callers import Actor
from app.domain.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from app.store import transaction
from app.store.session import Database, Reading
from app.store.transaction import Caller, Transaction


def database(request: Request) -> Database:
    """The connections of this application; nothing that a request does which is only tried is kept."""
    found: Database = request.app.state.database
    return found.trying(request.scope[TRIED].at) if TRIED in request.scope else found


def reporting(request: Request) -> Database:
    """The connections for figures, if they have their own."""
    return getattr(request.app.state, "reports", None) or database(request)


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


def demand_body(caller: Caller) -> None:
    """Raises Forbidden for a key of an organisation."""
    if caller.body_id is None:
        raise _not_a_body()


def _not_a_body() -> Forbidden:
    return Forbidden("This is for external bodies, with a key of their own.", code="not-a-body")


def wanted_case(request: Request) -> UUID | None:
    """The escalation that the path names; None when it names none, or something that is no id (the route says so)."""
    try:
        return UUID(request.path_params.get("escalationId", ""))
    except ValueError:
        return None


def demand_case(request: Request, tx: Transaction) -> None:
    """Raises NotFound when the escalation that the path names is none of theirs."""
    if wanted_case(request) is not None and tx.case is None:
        raise NotFound("There is no such escalation.")


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


def committee_looks() -> Any:
    """A dependency: a Reading by an external body, for the list of its cases."""

    async def reading(request: Request) -> Reading:
        made = Reading(database(request), key_hash(request), demand_body, committee=True)
        request.scope[INTRODUCE] = made.introduce
        return made

    return Depends(reading)


def committee_reads() -> Any:
    """A dependency: a transaction of an external body inside the case that the path names."""

    async def open_transaction(request: Request) -> AsyncIterator[Transaction]:
        async with database(request).committee(key_hash(request), wanted_case(request)) as tx:
            demand_case(request, tx)
            yield tx

    return Depends(open_transaction, scope="function")


Visit = Callable[[], AbstractAsyncContextManager[Transaction]]


def committee_visits() -> Any:
    """A dependency: opens such a transaction when it is asked to, for what goes on after it is closed."""

    async def visiting(request: Request) -> Visit:
        @asynccontextmanager
        async def visit() -> AsyncIterator[Transaction]:
            async with database(request).committee(key_hash(request), wanted_case(request)) as tx:
                demand_case(request, tx)
                yield tx

        return _introducing(request, visit)

    return Depends(visiting)


def visits(scope: str, whose: Callable[[Request], Database] = database) -> Any:
    """A dependency: opens a transaction for reading when it is asked to, by a caller with this scope.

    `whose` are the connections.
    """

    async def visiting(request: Request) -> Visit:
        @asynccontextmanager
        async def visit() -> AsyncIterator[Transaction]:
            async with whose(request).request(key_hash(request)) as tx:
                demand(tx.caller, scope)
                yield tx

        return _introducing(request, visit)

    return Depends(visiting)


def _introducing(request: Request, visit: Visit) -> Visit:
    async def introduce() -> None:
        async with visit():
            pass

    request.scope[INTRODUCE] = introduce
    return visit


IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="The ETag of the version you read; honoured when sent."),
]


async def _on_unknown_key(request: Request, exc: Exception) -> Response:
    return refused_problem(Unauthenticated("This API key is not known, or no longer valid."))


async def _on_not_a_body(request: Request, exc: Exception) -> Response:
    return refused_problem(_not_a_body())


async def _on_unavailable(request: Request, exc: Exception) -> Response:
    return refused_problem(Unavailable("The database did not answer; try again.", retry_after=5))


async def _on_held(request: Request, exc: Exception) -> Response:
    return refused_problem(Unavailable("Others are changing this at this moment; try again.", retry_after=1))


def install(app: FastAPI) -> None:
    """What the store says of a key or of the database, in the words of the API."""
    app.add_exception_handler(transaction.Unauthenticated, _on_unknown_key)
    app.add_exception_handler(transaction.NotABody, _on_not_a_body)
    app.add_exception_handler(transaction.Unavailable, _on_unavailable)
    app.add_exception_handler(transaction.Held, _on_held)
