"""The body's side: being told of what happens in its cases, with every organisation."""

from typing import Annotated

from fastapi import Body, Header, Request

from app.api.callers import Visit, committee_reads, committee_visits
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import body_writes
from app.api.routers.webhooks import described
from app.api.schemas.committee_webhooks import (
    CASE_ANNOUNCEMENT,
    CASE_DELIVERY,
    CASE_TRIAL,
    CASE_WEBHOOK,
    TRIED,
    CaseAnnouncement,
    Tried,
    tried_answer,
)
from app.api.schemas.deliveries import ATTEMPT
from app.api.schemas.webhooks import TrialAnnouncement
from app.api.webhook_routes import Side, WebhookId, add_endings, add_log, add_webhooks, outgoing_of, sealer_of
from app.channels.webhook import Post, Webhooks
from app.services import webhooks
from app.version import API_VERSION

router = Router(tags=["committee-webhooks"])


_SIDE = Side("/committee/webhooks", committee_reads(), body_writes(), CASE_WEBHOOK, CASE_DELIVERY, ATTEMPT)

add_webhooks(router, _SIDE)
add_endings(router, _SIDE)


@router.post(
    "/committee/webhooks/{webhookId}/_test",
    openapi_extra=examples(response=TRIED),
    responses={409: {"description": "It is paused"}},
)
async def test(webhook_id: WebhookId, request: Request, visit: Annotated[Visit, committee_visits()]) -> Tried:
    """Sends a test event at once, and says how it went. It may take as long as the receiver: at most 15 seconds."""
    async with visit() as tx:
        letter = await webhooks.trial(tx, sealer_of(request), webhook_id)
    channel = Webhooks(outgoing_of(request), API_VERSION)
    try:
        post = Post(letter.url, letter.id, letter.body, letter.secrets, letter.sent_at)
        return tried_answer(await channel.post(post))
    finally:
        await channel.close()


add_log(router, _SIDE)


@described.post("caseEvent", openapi_extra=examples(requests={"event": CASE_ANNOUNCEMENT, "test": CASE_TRIAL}))
async def announce_case(
    event: Annotated[CaseAnnouncement | TrialAnnouncement, Body(media_type="application/cloudevents+json")],
    webhook_id: Annotated[str, Header(alias="webhook-id", description="The event's id, the same in every copy")],
    webhook_timestamp: Annotated[str, Header(alias="webhook-timestamp", description="Seconds since 1970")],
    webhook_signature: Annotated[str, Header(alias="webhook-signature", description="One for each secret in force")],
) -> None:
    """Something happened in a case of yours. Signed and brought as an organisation's events are.

    What is done with your decision is read in the case, where it binds; it is not told. A test
    (`nl.gehoor.webhook.tested`) has no subject, no sequence and no dataref, its data are empty, and its source is the
    body itself.
    """
