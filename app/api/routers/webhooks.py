"""Webhooks: being told of what happens."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Header, Path, Query, Request
from starlette.responses import Response

from app.api.callers import IfMatch, reads
from app.api.contract import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page
from app.api.schemas.deliveries import DELIVERY, LOGGED, DeliveryAnswer, LogFilters, LoggedDelivery, logged_delivery
from app.api.schemas.deliveries import delivery_answer as delivery_shown
from app.api.schemas.webhooks import (
    ANNOUNCEMENT,
    MADE,
    NEW_WEBHOOK,
    WEBHOOK,
    WEBHOOK_CHANGE,
    Announcement,
    NewWebhook,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookChange,
    WebhookFilters,
    new_webhook_answer,
    webhook_answer,
)
from app.api.values import Id
from app.channels.address import Outgoing, url_faults
from app.domain.errors import Invalid
from app.services import deliveries, webhooks
from app.services.secrets import Sealer
from app.services.webhooks import Made
from app.store import deliveries as stored_deliveries
from app.store import webhooks as stored
from app.store.session import Transaction

router = Router(tags=["webhooks"])
described = Router(tags=["webhooks"])  # what others receive, for the contract only
WebhookId = Annotated[Id, Path(alias="webhookId")]
DeliveryId = Annotated[Id, Path(alias="deliveryId")]
Administering = Annotated[Transaction, reads("administration")]
Changing = Annotated[Writing, writes("administration")]


def _sealer(request: Request) -> Sealer:
    return request.app.state.sealer  # type: ignore[no-any-return]


def _refuse_address(request: Request, url: str | None) -> None:
    """Raises Invalid for an address that can never be called. What its name stands for is looked at with each call."""
    outgoing: Outgoing = getattr(request.app.state, "outgoing", Outgoing())
    if url is not None and (faults := url_faults(url, outgoing)):
        raise Invalid("Nothing can be sent to this address.", faults=faults)


@router.get("/webhooks", openapi_extra=examples(response={"items": [WEBHOOK], "next": None, "prev": None}))
async def listing(
    filters: Annotated[WebhookFilters, Query()], paging: Listed, response: Response, tx: Administering
) -> Page[WebhookAnswer]:
    """Every webhook of the organisation, in the order in which they were made."""
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await stored.listed(tx, after, paging.fetch, backwards=paging.backwards, state=filters.state)
    total = await stored.count(tx, state=filters.state) if paging.with_total else None
    return paging.page(response, rows, lambda row: (str(row["id"]),), webhook_answer, total)


@router.post(
    "/webhooks",
    status_code=201,
    openapi_extra=examples(request=NEW_WEBHOOK, response=MADE),
    responses={201: {"model": NewWebhookAnswer, "description": "Made; the secret is shown this once"}},
)
async def make(sent: NewWebhook, request: Request, writing: Changing) -> Response:
    """Makes a webhook: from now on it is told of these events, signed, at least once each."""
    _refuse_address(request, sent.url)
    made = await webhooks.create(
        writing.tx,
        _sealer(request),
        url=sent.url,
        description=sent.description,
        event_types=sent.event_types,
    )
    return await _shown_once(writing, made, 201)


@router.get("/webhooks/{webhookId}", openapi_extra=examples(response=WEBHOOK))
async def read(webhook_id: WebhookId, response: Response, tx: Administering) -> WebhookAnswer:
    """One webhook."""
    row = await webhooks.read(tx, webhook_id)
    response.headers["ETag"] = webhooks.etag(row)
    return webhook_answer(row)


@router.patch(
    "/webhooks/{webhookId}",
    openapi_extra=examples(request=WEBHOOK_CHANGE, response={**WEBHOOK, "state": "paused"}),
    responses={200: {"model": WebhookAnswer, "description": "As it is now"}},
)
async def change(
    webhook_id: WebhookId, sent: WebhookChange, request: Request, writing: Changing, if_match: IfMatch = None
) -> Response:
    """Changes, pauses or activates a webhook. Needs If-Match."""
    _refuse_address(request, sent.url)
    row = await webhooks.change(writing.tx, webhook_id, sent.sent(), if_match)
    return await writing.answer(webhook_answer(row), status=200, headers={"ETag": webhooks.etag(row)})


@router.delete("/webhooks/{webhookId}", status_code=204)
async def remove(webhook_id: WebhookId, tx: Administering) -> None:
    """Removes a webhook; what waits for it is cancelled."""
    await webhooks.remove(tx, webhook_id)


@router.post(
    "/webhooks/{webhookId}/_rotate",
    openapi_extra=examples(response=MADE),
    responses={200: {"model": NewWebhookAnswer, "description": "The new secret, shown this once"}},
)
async def rotate(webhook_id: WebhookId, request: Request, writing: Changing) -> Response:
    """Makes a new secret. For 24 hours everything is signed with the old one as well."""
    return await _shown_once(writing, await webhooks.rotate(writing.tx, _sealer(request), webhook_id), 200)


@router.post(
    "/webhooks/{webhookId}/_test",
    openapi_extra=examples(response={**DELIVERY, "eventId": None, "type": "nl.gehoor.webhook.tested"}),
    responses={202: {"model": DeliveryAnswer, "description": "On its way"}},
    status_code=202,
)
async def test(webhook_id: WebhookId, writing: Changing) -> Response:
    """Sends a test event, once. How it went is in the webhook's deliveries a moment later."""
    row = await webhooks.test(writing.tx, webhook_id)
    headers = {"Location": f"/v1/webhooks/{webhook_id}/deliveries/{row['id']}"}
    return await writing.answer(delivery_shown(row), status=202, headers=headers)


@router.get(
    "/webhooks/{webhookId}/deliveries", openapi_extra=examples(response={"items": [LOGGED], "next": None, "prev": None})
)
async def log(
    webhook_id: WebhookId,
    filters: Annotated[LogFilters, Query()],
    paging: Listed,
    response: Response,
    tx: Administering,
) -> Page[LoggedDelivery]:
    """What was sent to a webhook or waits for it, the newest first, with every attempt."""
    await webhooks.read(tx, webhook_id)
    wanted = filters.wanted(webhook_id)
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await stored_deliveries.listed(tx, wanted, after, paging.fetch, backwards=paging.backwards)
    tried = await stored_deliveries.attempts(tx, [row["id"] for row in rows])
    total = await stored_deliveries.count(tx, wanted) if paging.with_total else None
    return paging.page(
        response, rows, lambda row: (str(row["id"]),), lambda row: logged_delivery(row, tried[row["id"]]), total
    )


@router.get("/webhooks/{webhookId}/deliveries/{deliveryId}", openapi_extra=examples(response=LOGGED))
async def delivery(webhook_id: WebhookId, delivery_id: DeliveryId, tx: Administering) -> LoggedDelivery:
    """One delivery to a webhook, with every attempt."""
    row = await deliveries.read(tx, delivery_id, webhook_id)
    return logged_delivery(row, (await stored_deliveries.attempts(tx, [delivery_id]))[delivery_id])


@router.post(
    "/webhooks/{webhookId}/deliveries/{deliveryId}/redeliveries",
    status_code=202,
    openapi_extra=examples(response=DELIVERY),
    responses={202: {"model": DeliveryAnswer, "description": "On its way again"}},
)
async def redeliver(webhook_id: WebhookId, delivery_id: DeliveryId, writing: Changing) -> Response:
    """Sends it again, also when it was delivered: the same event with the same id."""
    row = await deliveries.redeliver(writing.tx, delivery_id, webhook_id)
    return await writing.answer(delivery_shown(row), status=202)


@described.post("event", openapi_extra=examples(request=ANNOUNCEMENT))
async def announce(
    event: Annotated[Announcement, Body(media_type="application/cloudevents+json")],
    webhook_id: Annotated[str, Header(alias="webhook-id", description="The event's id, the same in every copy")],
    webhook_timestamp: Annotated[str, Header(alias="webhook-timestamp", description="Seconds since 1970")],
    webhook_signature: Annotated[str, Header(alias="webhook-signature", description="One for each secret in force")],
) -> None:
    """Something happened. Signed as Standard Webhooks has it, brought at least once, tried for 72 hours.

    A test (`nl.gehoor.webhook.tested`) is about no complaint: it has no subject, sequence or dataref, and no data.
    """


async def _shown_once(writing: Writing, made: Made, status: int) -> Response:
    """The answer with the secret in it; what is kept for a retry is the same answer without, as for API keys."""
    headers = {"Location": f"/v1/webhooks/{made.row['id']}", "ETag": webhooks.etag(made.row)}
    kept = await writing.answer(new_webhook_answer(made, with_secret=False), status=status, headers=headers)
    body = new_webhook_answer(made, with_secret=True).model_dump_json(by_alias=True)
    return Response(body, kept.status_code, headers, "application/json")
