"""Webhooks, as they are asked for and shown."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.feed import EVENT, CloudEvent
from app.api.values import VISIBLE, Answer, ApiModel, Filters, Instant, Kept, Text, at_most
from app.services.webhooks import Made
from app.store.webhooks import Row

Url = Annotated[str, Field(min_length=10, max_length=2000, description="https, on the public internet")]
EventTypes = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]],
    Field(
        min_length=1,
        max_length=100,
        description="Types of the event feed (CloudEvent lists them at `type`), `nl.gehoor.deliveries.failing`"
        " and `nl.gehoor.deliveries.recovered` (which are not a body's), or `*` for every event",
    ),
]
Description = Annotated[Text, at_most(500), VISIBLE]

WEBHOOK: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f80",
    "url": "https://zaken.example.org/gehoor",
    "description": "zaaksysteem",
    "eventTypes": ["nl.gehoor.complaint.received", "nl.gehoor.term.breached"],
    "state": "active",
    "reason": None,
    "pausedAt": None,
    "failingSince": None,
    "previousSecretUntil": None,
    "createdAt": "2026-04-24T10:00:00Z",
    "updatedAt": "2026-04-24T10:00:00Z",
}
# Not one that signs anything: it only has the form.
MADE: dict[str, Any] = {**WEBHOOK, "secret": "whsec_" + "x" * 43 + "="}
NEW_WEBHOOK: dict[str, Any] = {
    "url": "https://zaken.example.org/gehoor",
    "description": "zaaksysteem",
    "eventTypes": ["nl.gehoor.complaint.received", "nl.gehoor.term.breached"],
}
ANNOUNCEMENT: dict[str, Any] = EVENT
_HEAD: dict[str, Any] = {name: EVENT[name] for name in ("specversion", "id", "source", "time", "datacontenttype")}
TRIAL: dict[str, Any] = {**_HEAD, "type": "nl.gehoor.webhook.tested", "data": {}}
FAILING: dict[str, Any] = {
    **_HEAD,
    "type": "nl.gehoor.deliveries.failing",
    "dataref": "/v1/organisation",
    "data": {"kind": "webhook", "webhookId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f80"},
}
WEBHOOK_CHANGE: dict[str, Any] = {"state": "paused"}


class NewWebhook(ApiModel):
    """Where to tell of what happens, and of what."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_WEBHOOK]})

    url: Url
    description: Description = Field(description="For yourselves: which system this is")
    event_types: EventTypes


class WebhookChange(ApiModel):
    """What to change; the rest stays. Nothing can be emptied: null is refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK_CHANGE]})

    url: Kept[Url] = None
    description: Kept[Description] = None
    event_types: Kept[EventTypes] = None
    state: Kept[Literal["active", "paused"]] = Field(
        None, description="paused: events are kept until it is activated again, and then go"
    )

    def sent(self) -> dict[str, Any]:
        """What was named, by our own names."""
        return self.model_dump(exclude_none=True)


class WebhookAnswer(Answer):
    """A webhook, without its secret: that was shown when it was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK]})

    id: UUID
    url: str
    description: str
    event_types: list[str]
    state: Literal["active", "paused"]
    reason: str | None = Field(description="Why it is paused: `gone` when the receiver answered 410, else null")
    paused_at: Instant | None
    failing_since: Instant | None = Field(description="Since when no delivery arrives; null when the last one did")
    previous_secret_until: Instant | None = Field(description="Until when an earlier secret signs too")
    created_at: Instant
    updated_at: Instant


class NewWebhookAnswer(WebhookAnswer):
    """A webhook with a secret that was just made."""

    model_config = ConfigDict(json_schema_extra={"examples": [MADE]})

    secret: str | None = Field(
        description="Signs every delivery (Standard Webhooks). Shown this once; null in the repeated answer to a retry"
        " with the same Idempotency-Key: rotate for another"
    )


class Announcement(CloudEvent):
    """What is sent to a webhook: the event as in the feed."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANNOUNCEMENT]})


class _AboutNoComplaint(Answer):
    """A CloudEvent (1.0) without a subject, and so without a sequence."""

    specversion: Literal["1.0"]
    id: UUID
    source: str
    time: Instant
    datacontenttype: Literal["application/json"]


class TrialAnnouncement(_AboutNoComplaint):
    """A test, that somebody asked for: it tells of nothing. At a body's webhook its source is the body."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRIAL]})

    type: Literal["nl.gehoor.webhook.tested"]
    data: Annotated[dict[str, Any], Field(max_length=0, description="Empty")]


class DeliveriesData(Answer):
    """What fails, or does no more."""

    kind: Literal["webhook", "mail"]
    webhook_id: UUID | None = Field(description="Which webhook of yours; null where it is the mail")


class DeliveriesAnnouncement(_AboutNoComplaint):
    """For an hour nothing has arrived at another webhook of yours, or no mail has gone out; or that is over."""

    model_config = ConfigDict(json_schema_extra={"examples": [FAILING]})

    type: Literal["nl.gehoor.deliveries.failing", "nl.gehoor.deliveries.recovered"]
    dataref: str = Field(description="Where it can be read, by who may; relative to this API")
    data: DeliveriesData


class WebhookFilters(Filters):
    """Which webhooks."""

    state: Literal["active", "paused"] | None = None


_SAME = tuple(name for name in WebhookAnswer.model_fields if name != "previous_secret_until")


def webhook_answer(row: Row) -> WebhookAnswer:
    return WebhookAnswer.model_construct(**_shown(row))


def new_webhook_answer(made: Made, *, with_secret: bool) -> NewWebhookAnswer:
    return NewWebhookAnswer.model_construct(**_shown(made.row), secret=made.secret if with_secret else None)


def _shown(row: Row) -> dict[str, Any]:
    return {**{name: row[name] for name in _SAME}, "previous_secret_until": row["previous_until"]}
