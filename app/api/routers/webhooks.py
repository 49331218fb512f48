"""Webhooks: being told of what happens."""

from typing import Annotated

from fastapi import Body, Header
from starlette.responses import Response

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.schemas.deliveries import ATTEMPT, DELIVERY, DeliveryAnswer, delivery_answer
from app.api.schemas.webhooks import (
    ANNOUNCEMENT,
    FAILING,
    TRIAL,
    WEBHOOK,
    Announcement,
    DeliveriesAnnouncement,
    TrialAnnouncement,
)
from app.api.webhook_routes import Side, WebhookId, add_endings, add_log, add_webhooks
from app.services import webhooks

router = Router(tags=["webhooks"])
described = Router(tags=["webhooks"])  # what others receive, for the contract only
_SIDE = Side("/webhooks", reads("administration"), writes("administration"), WEBHOOK, DELIVERY, ATTEMPT)

add_webhooks(router, _SIDE)
add_endings(router, _SIDE)


@router.post(
    "/webhooks/{webhookId}/_test",
    openapi_extra=examples(response={**DELIVERY, "eventId": None, "type": "nl.gehoor.webhook.tested"}),
    responses={202: {"model": DeliveryAnswer, "description": "On its way"}},
    status_code=202,
)
async def test(webhook_id: WebhookId, writing: Annotated[Writing, writes("administration")]) -> Response:
    """Sends a test event, once. How it went is in the webhook's deliveries a moment later."""
    row = await webhooks.test(writing.tx, webhook_id)
    headers = {"Location": f"/v1/webhooks/{webhook_id}/deliveries/{row['id']}"}
    return await writing.answer(delivery_answer(row), status=202, headers=headers)


add_log(router, _SIDE)


@described.post("event", openapi_extra=examples(requests={"event": ANNOUNCEMENT, "test": TRIAL, "failing": FAILING}))
async def announce(
    event: Annotated[
        Announcement | TrialAnnouncement | DeliveriesAnnouncement, Body(media_type="application/cloudevents+json")
    ],
    webhook_id: Annotated[str, Header(alias="webhook-id", description="The event's id, the same in every copy")],
    webhook_timestamp: Annotated[str, Header(alias="webhook-timestamp", description="Seconds since 1970")],
    webhook_signature: Annotated[str, Header(alias="webhook-signature", description="One for each secret in force")],
) -> None:
    """Something happened. Signed as Standard Webhooks has it, brought at least once, tried for 72 hours.

    Three are about no complaint, so they have no subject and no sequence. A test (`nl.gehoor.webhook.tested`) has no
    dataref either, and its data are empty. `nl.gehoor.deliveries.failing` says that for an hour nothing has arrived at
    another webhook of yours (`data.kind` is webhook, `data.webhookId` which), or that no mail has gone out
    (`data.kind` is mail); `nl.gehoor.deliveries.recovered` that this is over: something arrived, or somebody changed
    the settings.
    """
