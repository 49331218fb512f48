"""Webhooks of an external body, and what is sent to them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.deliveries import DELIVERY
from app.api.schemas.feed import EVENT
from app.api.schemas.webhooks import TRIAL, WEBHOOK
from app.api.values import Answer, Instant
from app.domain.delivery import Outcome
from app.domain.outcomes import sentence

_TYPE = "nl.gehoor.dossier.sealed"
_CASE = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f84"

CASE_WEBHOOK: dict[str, Any] = {
    **WEBHOOK,
    "url": "https://commissie.example.org/gehoor",
    "description": "zaaksysteem van de commissie",
    "eventTypes": [_TYPE, "nl.gehoor.external.answered"],
}
CASE_DELIVERY: dict[str, Any] = {**DELIVERY, "complaintId": None, "sequence": 9, "type": _TYPE}
TRIED: dict[str, Any] = {
    "outcome": "temporary",
    "status": 503,
    "code": "refused",
    "message": "The receiver answered, but not with a status from 200 to 299.",
}
CASE_ANNOUNCEMENT: dict[str, Any] = {
    **EVENT,
    "type": _TYPE,
    "subject": _CASE,
    "sequence": "9",
    "sequencetype": "Integer",
    "dataref": f"/v1/committee/escalations/{_CASE}",
    "data": {
        "eventId": EVENT["id"],
        "escalationId": _CASE,
        "sequence": 9,
        "type": "dossier.sealed",
        "occurredAt": "2026-04-24T10:00:00Z",
        "recordedAt": "2026-04-24T10:00:02Z",
    },
}
CASE_TRIAL: dict[str, Any] = {**TRIAL, "source": "urn:gehoor:body:voorbeeldcommissie"}


class Tried(Answer):
    """How a test event went."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRIED]})

    outcome: Literal["delivered", "temporary", "permanent"]
    status: int | None = Field(description="What the receiver answered; null when it did not")
    code: str
    message: str | None = Field(description="The same in a sentence")


class CaseEventData(Answer):
    """Enough to know what to read."""

    event_id: UUID
    escalation_id: UUID
    sequence: int = Field(description="Of the complaint: it grows, with gaps, for not everything in it is the body's")
    type: str
    occurred_at: Instant
    recorded_at: Instant


class CaseAnnouncement(Answer):
    """What is sent to a webhook of a body: a CloudEvent (1.0) about one of its cases."""

    model_config = ConfigDict(json_schema_extra={"examples": [CASE_ANNOUNCEMENT]})

    specversion: Literal["1.0"]
    id: UUID
    source: str = Field(description="The organisation")
    type: str
    subject: UUID = Field(description="The case")
    time: Instant = Field(description="When it happened")
    datacontenttype: Literal["application/json"]
    data: CaseEventData
    sequence: str = Field(description="Copies and order are the receiver's to restore")
    sequencetype: Literal["Integer"]
    dataref: str = Field(description="Where the case can be read; relative to this API")


def tried_answer(outcome: Outcome) -> Tried:
    return Tried.model_construct(
        outcome=outcome.kind, status=outcome.status, code=outcome.code, message=sentence(outcome.code)
    )
