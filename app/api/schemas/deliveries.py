"""Deliveries: what is on its way, what is stuck, and why."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.values import Answer, ApiModel, Filters, Instant
from app.domain.outcomes import sentence
from app.store.deliveries import Row, Wanted
from app.store.webhooks import Keeper

Kind = Literal["mail", "post", "webhook"]
State = Literal["waiting", "to_print", "delivered", "dead", "cancelled"]

ATTEMPT: dict[str, Any] = {
    "number": 1,
    "beganAt": "2026-04-24T10:00:03Z",
    "tookMs": 212,
    "outcome": "temporary",
    "status": 503,
    "code": "refused",
}
DELIVERY: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f81",
    "kind": "webhook",
    "state": "waiting",
    "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73",
    "messageId": None,
    "webhookId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f80",
    "eventId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f76",
    "sequence": 1,
    "type": "nl.gehoor.complaint.received",
    "attempts": 1,
    "createdAt": "2026-04-24T10:00:02Z",
    "nextAt": "2026-04-24T10:00:09Z",
    "deliveredAt": None,
    "lastStatus": 503,
    "lastCode": "refused",
    "lastMessage": "The receiver answered, but not with a status from 200 to 299.",
}
LOGGED: dict[str, Any] = {**DELIVERY, "log": [ATTEMPT]}
LETTER: dict[str, Any] = {
    **DELIVERY,
    "kind": "post",
    "state": "delivered",
    "messageId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f82",
    **dict.fromkeys(("webhookId", "eventId", "sequence", "type", "nextAt", "lastStatus", "lastCode", "lastMessage")),
    "attempts": 0,
    "deliveredAt": "2026-04-25T14:00:00Z",
}
POSTED: dict[str, Any] = {"occurredAt": "2026-04-25T16:00:00+02:00"}


class DeliveryAnswer(Answer):
    """One thing to be brought to one address: a mail, a letter to print, an event to a webhook."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    id: UUID
    kind: Kind
    state: State = Field(
        description="waiting: on its way or tried again at `nextAt`; to_print: a person prints and posts it; dead:"
        " given up after 72 hours, or refused for good; cancelled: not wanted any more"
    )
    complaint_id: UUID | None
    message_id: UUID | None
    webhook_id: UUID | None
    event_id: UUID | None = Field(description="The event it tells of; null for a test and for a message")
    sequence: int | None = Field(description="Of the event in its complaint")
    type: str | None
    attempts: int
    created_at: Instant
    next_at: Instant | None
    delivered_at: Instant | None
    last_status: int | None = Field(description="The last answer's number: of HTTP for a webhook, of SMTP for a mail")
    last_code: str | None = Field(description="How the last attempt went, in a word")
    last_message: str | None = Field(description="The same in a sentence")


class AttemptAnswer(Answer):
    """One try to bring it."""

    model_config = ConfigDict(json_schema_extra={"examples": [ATTEMPT]})

    number: int = Field(description="A number is missing when the worker was stopped in the middle of that attempt")
    began_at: Instant
    took_ms: int
    outcome: Literal["delivered", "temporary", "permanent"]
    status: int | None
    code: str


class LoggedDelivery(DeliveryAnswer):
    """A delivery with every attempt."""

    model_config = ConfigDict(json_schema_extra={"examples": [LOGGED]})

    log: list[AttemptAnswer]


class Posted(ApiModel):
    """A letter that was posted."""

    model_config = ConfigDict(json_schema_extra={"examples": [POSTED]})

    occurred_at: Instant | None = Field(None, description="Left out: now")


class DeliveryFilters(Filters):
    """Which deliveries; without a state everything that is not delivered or cancelled."""

    state: Literal["waiting", "to_print", "dead"] | None = None
    kind: Kind | None = None

    def wanted(self) -> Wanted:
        return Wanted((self.state,) if self.state else ("waiting", "to_print", "dead"), self.kind)


class LogFilters(Filters):
    """Which deliveries to a webhook."""

    state: Literal["waiting", "delivered", "dead", "cancelled"] | None = None

    def wanted(self, webhook_id: UUID, keeper: Keeper) -> Wanted:
        return Wanted((self.state,) if self.state else (), "webhook", webhook_id, keeper)


_SHOWN = tuple(name for name in DeliveryAnswer.model_fields if name != "last_message")


def delivery_answer(row: Row) -> DeliveryAnswer:
    return DeliveryAnswer.model_construct(**_values(row))


def logged_delivery(row: Row, attempts: Sequence[Row]) -> LoggedDelivery:
    log = [
        AttemptAnswer.model_construct(**{name: each[name] for name in AttemptAnswer.model_fields}) for each in attempts
    ]
    return LoggedDelivery.model_construct(**_values(row), log=log)


def _values(row: Row) -> dict[str, Any]:
    code = row["last_code"]
    shown = {**{name: row[name] for name in _SHOWN}, "last_message": sentence(code) if code else None}
    return shown if row["state"] == "waiting" else {**shown, "next_at": None}
