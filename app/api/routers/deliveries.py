"""Deliveries of all kinds: what is stuck and why, and the letters to print."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from starlette.responses import Response

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page
from app.api.schemas.deliveries import (
    DELIVERY,
    LETTER,
    LOGGED,
    POSTED,
    DeliveryAnswer,
    DeliveryFilters,
    LoggedDelivery,
    Posted,
    delivery_answer,
)
from app.api.values import Id
from app.api.webhook_routes import shown_delivery
from app.services import deliveries
from app.store import deliveries as stored
from app.store.transaction import Transaction

router = Router(tags=["deliveries"])
DeliveryId = Annotated[Id, Path(alias="deliveryId")]
# who prints the letters, or wants to know whether one arrived, is seldom an administrator
Reading = Annotated[Transaction, reads("complaints:read")]


@router.get("/deliveries", openapi_extra=examples(response={"items": [DELIVERY], "next": None, "prev": None}))
async def listing(
    filters: Annotated[DeliveryFilters, Query()], paging: Listed, response: Response, tx: Reading
) -> Page[DeliveryAnswer]:
    """What is not delivered yet, the newest first: on its way, to be printed, or given up."""
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await stored.listed(tx, filters.wanted(), after, paging.fetch, backwards=paging.backwards)
    total = await stored.count(tx, filters.wanted()) if paging.with_total else None
    return paging.page(response, rows, lambda row: (str(row["id"]),), delivery_answer, total)


@router.get("/deliveries/{deliveryId}", openapi_extra=examples(response=LOGGED))
async def read(delivery_id: DeliveryId, tx: Reading) -> LoggedDelivery:
    """One delivery, with every attempt."""
    return await shown_delivery(tx, await deliveries.read(tx, delivery_id))


@router.post(
    "/deliveries/{deliveryId}/redeliveries",
    status_code=202,
    openapi_extra=examples(response=DELIVERY),
    responses={202: {"model": DeliveryAnswer, "description": "On its way again"}},
)
async def redeliver(delivery_id: DeliveryId, writing: Annotated[Writing, writes("complaints:act")]) -> Response:
    """Tries again at once, and for another 72 hours: a mail that was given up, or an event for a webhook."""
    row = await deliveries.redeliver(writing.tx, delivery_id)
    return await writing.answer(delivery_answer(row), status=202, complaint_id=row["complaint_id"])


@router.post(
    "/deliveries/{deliveryId}/completions",
    status_code=201,
    openapi_extra=examples(request=POSTED, response=LETTER),
    responses={201: {"model": DeliveryAnswer, "description": "Recorded"}},
)
async def complete(
    delivery_id: DeliveryId, sent: Posted, writing: Annotated[Writing, writes("complaints:act")]
) -> Response:
    """Records that a printed letter was posted, and when."""
    row = await deliveries.complete(writing.tx, delivery_id, sent.occurred_at)
    return await writing.answer(delivery_answer(row), complaint_id=row["complaint_id"])
