"""The operations of webhooks, the same for an organisation and for an external body."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.api.callers import IfMatch
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing
from app.api.pagination import Listed, Page
from app.api.schemas.deliveries import DeliveryAnswer, LogFilters, LoggedDelivery, logged_delivery
from app.api.schemas.deliveries import delivery_answer as delivery_shown
from app.api.schemas.webhooks import (
    MADE,
    WEBHOOK_CHANGE,
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
from app.domain.errors import Fault
from app.services import deliveries, webhooks
from app.services.secrets import Sealer
from app.services.webhooks import Made
from app.store import deliveries as stored_deliveries
from app.store.deliveries import Row
from app.store.transaction import Transaction

WebhookId = Annotated[Id, Path(alias="webhookId")]
DeliveryId = Annotated[Id, Path(alias="deliveryId")]


@dataclass(frozen=True, slots=True)
class Side:
    """Whose webhooks: where they stand, how one reads and changes them, and what they look like."""

    path: str
    reading: Any
    changing: Any
    webhook: dict[str, Any]
    delivery: dict[str, Any]
    attempt: dict[str, Any]

    @property
    def made(self) -> dict[str, Any]:
        return {**self.webhook, "secret": MADE["secret"]}

    @property
    def new(self) -> dict[str, Any]:
        return {name: self.webhook[name] for name in ("url", "description", "eventTypes")}

    @property
    def logged(self) -> dict[str, Any]:
        return {**self.delivery, "log": [self.attempt]}


def sealer_of(request: Request) -> Sealer:
    return request.app.state.sealer  # type: ignore[no-any-return]


def outgoing_of(request: Request) -> Outgoing:
    return getattr(request.app.state, "outgoing", Outgoing())


def _wrong(request: Request, url: str | None) -> list[Fault]:
    """What keeps an address from ever being called. What the name in it stands for is looked at with each call."""
    return url_faults(url, outgoing_of(request)) if url is not None else []


def add_webhooks(router: Router, side: Side) -> None:
    """Listing, making, reading and changing them."""
    one = f"{side.path}/{{webhookId}}"

    @router.get(side.path, openapi_extra=examples(response={"items": [side.webhook], "next": None, "prev": None}))
    async def listing(
        filters: Annotated[WebhookFilters, Query()], paging: Listed, response: Response, tx: Transaction = side.reading
    ) -> Page[WebhookAnswer]:
        """Every webhook, in the order in which they were made."""
        after = UUID(str(paging.position[0])) if paging.position else None
        rows = await webhooks.listed(tx, after, paging.fetch, backwards=paging.backwards, state=filters.state)
        total = await webhooks.count(tx, state=filters.state) if paging.with_total else None
        return paging.page(response, rows, lambda row: (str(row["id"]),), webhook_answer, total)

    @router.post(
        side.path,
        status_code=201,
        openapi_extra=examples(request=side.new, response=side.made),
        responses={201: {"model": NewWebhookAnswer, "description": "Made; the secret is shown this once"}},
    )
    async def make(sent: NewWebhook, request: Request, writing: Writing = side.changing) -> Response:
        """Makes a webhook: from now on it is told of these events, signed, at least once each."""
        made = await webhooks.create(
            writing.tx,
            sealer_of(request),
            url=sent.url,
            description=sent.description,
            event_types=sent.event_types,
            wrong=_wrong(request, sent.url),
        )
        return await _shown_once(writing, made, 201, side.path)

    @router.get(one, openapi_extra=examples(response=side.webhook))
    async def read(webhook_id: WebhookId, response: Response, tx: Transaction = side.reading) -> WebhookAnswer:
        """One webhook."""
        row = await webhooks.read(tx, webhook_id)
        response.headers["ETag"] = webhooks.etag(row)
        return webhook_answer(row)

    @router.patch(
        one,
        openapi_extra=examples(request=WEBHOOK_CHANGE, response={**side.webhook, "state": "paused"}),
        responses={200: {"model": WebhookAnswer, "description": "As it is now"}},
    )
    async def change(
        webhook_id: WebhookId,
        sent: WebhookChange,
        request: Request,
        writing: Writing = side.changing,
        if_match: IfMatch = None,
    ) -> Response:
        """Changes, pauses or activates a webhook. Needs If-Match."""
        wrong = _wrong(request, sent.url)
        row = await webhooks.change(writing.tx, webhook_id, sent.sent(), if_match, wrong)
        return await writing.answer(webhook_answer(row), status=200, headers={"ETag": webhooks.etag(row)})


def add_endings(router: Router, side: Side) -> None:
    """Removing one, and giving it another secret."""
    one = f"{side.path}/{{webhookId}}"

    @router.delete(one, status_code=204)
    async def remove(webhook_id: WebhookId, tx: Transaction = side.reading) -> None:
        """Removes a webhook; what waits for it is cancelled."""
        await webhooks.remove(tx, webhook_id)

    @router.post(
        f"{one}/_rotate",
        openapi_extra=examples(response=side.made),
        responses={200: {"model": NewWebhookAnswer, "description": "The new secret, shown this once"}},
    )
    async def rotate(webhook_id: WebhookId, request: Request, writing: Writing = side.changing) -> Response:
        """Makes a new secret. For 24 hours everything is signed with the old one as well.

        Rotated again within those hours the newest is replaced, and the old one still has them.
        """
        made = await webhooks.rotate(writing.tx, sealer_of(request), webhook_id)
        return await _shown_once(writing, made, 200, side.path)


def add_log(router: Router, side: Side) -> None:
    """What was sent there and waits for it."""
    sent = f"{side.path}/{{webhookId}}/deliveries"

    @router.get(sent, openapi_extra=examples(response={"items": [side.logged], "next": None, "prev": None}))
    async def log(
        webhook_id: WebhookId,
        filters: Annotated[LogFilters, Query()],
        paging: Listed,
        response: Response,
        tx: Transaction = side.reading,
    ) -> Page[LoggedDelivery]:
        """What was sent to a webhook or waits for it, the newest first, with every attempt."""
        await webhooks.read(tx, webhook_id)
        wanted = filters.wanted(webhook_id, deliveries.keeper_of(tx))
        after = UUID(str(paging.position[0])) if paging.position else None
        rows = await stored_deliveries.listed(tx, wanted, after, paging.fetch, backwards=paging.backwards)
        tried = await stored_deliveries.attempts(tx, rows)
        total = await stored_deliveries.count(tx, wanted) if paging.with_total else None
        return paging.page(
            response, rows, lambda row: (str(row["id"]),), lambda row: logged_delivery(row, tried[row["id"]]), total
        )

    @router.get(f"{sent}/{{deliveryId}}", openapi_extra=examples(response=side.logged))
    async def delivery(
        webhook_id: WebhookId, delivery_id: DeliveryId, tx: Transaction = side.reading
    ) -> LoggedDelivery:
        """One delivery to a webhook, with every attempt."""
        return await shown_delivery(tx, await deliveries.read(tx, delivery_id, webhook_id))

    @router.post(
        f"{sent}/{{deliveryId}}/redeliveries",
        status_code=202,
        openapi_extra=examples(response=side.delivery),
        responses={202: {"model": DeliveryAnswer, "description": "On its way again"}},
    )
    async def redeliver(webhook_id: WebhookId, delivery_id: DeliveryId, writing: Writing = side.changing) -> Response:
        """Sends it again, also when it was delivered: the same event with the same id."""
        row = await deliveries.redeliver(writing.tx, delivery_id, webhook_id)
        return await writing.answer(delivery_shown(row), status=202)


async def shown_delivery(tx: Transaction, row: Row) -> LoggedDelivery:
    tried: dict[UUID, Sequence[Row]] = {**await stored_deliveries.attempts(tx, [row])}
    return logged_delivery(row, tried[row["id"]])


async def _shown_once(writing: Writing, made: Made, status: int, path: str) -> Response:
    """The answer with the secret in it; what is kept for a retry is the same answer without, as for API keys."""
    headers = {"Location": f"/v1{path}/{made.row['id']}", "ETag": webhooks.etag(made.row)}
    kept = await writing.answer(new_webhook_answer(made, with_secret=False), status=status, headers=headers)
    body = new_webhook_answer(made, with_secret=True).model_dump_json(by_alias=True)
    return Response(body, kept.status_code, headers, "application/json")
