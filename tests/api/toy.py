"""A small application with every kind of route, to try the plumbing on."""

import logging
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import Depends, Header, Path, Query, Request, Response
from pydantic import Field

from app.api.application import ContractApp, contract_app
from app.api.contract_examples import examples
from app.api.edge.negotiation import preferred
from app.api.edge.route import Router
from app.api.pagination import Listed, Page
from app.api.values import Answer, ApiModel, Count, EmailAddress, Filters, Id, Instant, LocalDate, Name, Text, at_most
from app.domain import errors

KEY = "toy-key"
THING_ID = UUID("0198c0de-0000-7000-8000-000000000001")


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(ApiModel):
    name: Annotated[Text, at_most(10)]
    weight: float | None = None


class Box(ApiModel):
    kind: Literal["box"]
    sides: Count


class Ball(ApiModel):
    kind: Literal["ball"]
    radius: float


class NewThing(ApiModel):
    first_name: Name
    received_at: Instant
    due_on: LocalDate | None = None
    colour: Colour = Colour.RED
    level: Literal["low", "high"] | None = None
    urgent: bool = False
    mail: EmailAddress | None = None
    parts: tuple[Part, ...] = ()
    form: Annotated[Box | Ball, Field(discriminator="kind")] | None = None
    anything: dict[str, Any] = Field(default={})


class Thing(Answer):
    id: Id
    first_name: Name
    received_at: Instant
    due_on: LocalDate | None


class ThingFilters(Filters):
    due_before: LocalDate | None = None
    state: list[Literal["open", "closed"]] = Field(default=[])


THING = {"id": str(THING_ID), "firstName": "Zoë", "receivedAt": "2026-04-24T10:00:00Z", "dueOn": None}
NEW_THING = {"firstName": "Zoë", "receivedAt": "2026-04-24T12:00:00+02:00"}
PAGE = {"items": [THING], "next": None, "prev": None}


async def caller(request: Request) -> str:
    """Stands for the real one: known, unknown, or without the scope."""
    given = request.headers.get("authorization")
    if given is None:
        raise errors.Unauthenticated("Send an API key.")
    if given != f"Bearer {KEY}":
        raise errors.Forbidden("This key lacks the scope.")
    return "caller"


router = Router(tags=["things"], dependencies=[Depends(caller)])
received: dict[str, Any] = {}


@router.get("/things", openapi_extra=examples(response=PAGE))
async def list_all(page: Listed, filters: Annotated[ThingFilters, Query()], response: Response) -> Page[Thing]:
    """List things."""
    rows = rows_for(page.position, page.backwards, page.fetch)
    total = 120 if page.with_total else None
    return page.page(response, rows, lambda row: (row,), _thing, total)


@router.post("/things", status_code=201, openapi_extra=examples(request=NEW_THING, response=THING))
async def receive(
    thing: NewThing, key: Annotated[str | None, Header(alias="Idempotency-Key")] = None, note: Text | None = None
) -> Thing:
    """Receive a thing."""
    received["thing"] = thing
    return Thing(id=THING_ID, first_name=thing.first_name, received_at=thing.received_at, due_on=thing.due_on)


@router.post("/things/_search", openapi_extra=examples(request={"name": "a"}, response=[THING]))
async def search(part: Part) -> list[Thing]:
    """Search."""
    return []


@router.get("/things/{thingId}", openapi_extra=examples(response=THING))
async def read(thing_id: Annotated[Id, Path(alias="thingId")], response: Response) -> Thing:
    """Read one."""
    response.headers["ETag"] = '"1"'
    return _thing(1)


@router.patch("/things/{thingId}", openapi_extra=examples(request={"name": "a"}, response=THING))
async def change(
    thing_id: Annotated[Id, Path(alias="thingId")],
    part: Part,
    match: Annotated[str | None, Header(alias="If-Match")] = None,
) -> Thing:
    """Change one."""
    return _thing(1)


@router.delete("/things/{thingId}", status_code=204)
async def remove(thing_id: Annotated[Id, Path(alias="thingId")]) -> None:
    """Remove one."""


@router.get(
    "/report", responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    openapi_extra=examples(response={"items": [], "next": None, "prev": None}),
)  # fmt: skip
async def report(request: Request) -> Page[Thing]:
    """JSON or CSV."""
    if preferred(request, ("application/json", "text/csv")) == "text/csv":
        return Response("a;b", media_type="text/csv")  # type: ignore[return-value]
    return Page[Thing](items=[], next=None, prev=None)


@router.get("/refusals/{kind}", include_in_schema=False)
async def refuse(kind: str) -> None:
    """Raise what is asked for."""
    raise REFUSALS[kind]()


@router.post("/nothing", status_code=204)
async def nothing() -> None:
    """A step without a body."""


REFUSALS: dict[str, Any] = {
    "invalid": lambda: errors.Invalid("d", faults=[errors.Fault("/a", "odd", "Odd.")]),
    "not-found": lambda: errors.NotFound("d"),
    "not-possible": lambda: errors.NotPossible("d", code="closed-already", possible=[{"step": "reopen"}]),
    "stale": lambda: errors.Stale("d"),
    "precondition": lambda: errors.PreconditionRequired("d"),
    "key-reused": lambda: errors.KeyReused("d"),
    "in-flight": lambda: errors.InFlight("d"),
    "too-many": lambda: errors.TooMany("d", retry_after=7),
    "unavailable": lambda: errors.Unavailable("d"),
    "bug": lambda: RuntimeError("canary-in-message"),
    "down": lambda: ConnectionRefusedError("canary-in-message"),
}

webhooks = Router()


class Happened(Answer):
    id: Id


@webhooks.post("complaint.received", tags=["webhooks"], openapi_extra=examples(request={"id": str(THING_ID)}))
async def complaint_received(event: Happened) -> None:
    """A complaint came in."""


def _thing(row: int) -> Thing:
    return Thing.model_validate({**THING, "firstName": f"n{row}"})


def rows_for(position: Any, backwards: bool, count: int) -> list[int]:
    """Rows 1 to 120 as a keyset query would give them."""
    if backwards:
        return [row for row in range(120, 0, -1) if row < position[0]][:count]
    return [row for row in range(1, 121) if position is None or row > position[0]][:count]


def make(**options: Any) -> ContractApp:
    """The application; options go to the edge."""
    logging.getLogger("gehoor.edge").setLevel(logging.CRITICAL)
    return contract_app([router], cursor_secret=b"s" * 32, webhooks=webhooks, **options)


def client(app: Any = None, **headers: str) -> httpx.AsyncClient:
    """A client that knows the key."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app or make()),
        base_url="http://toy",
        headers={"Authorization": f"Bearer {KEY}", **headers},
    )
