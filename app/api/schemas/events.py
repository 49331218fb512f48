"""What is told about an event in the ledger."""

from typing import Any
from uuid import UUID

from app.api.schemas.complaints import COMPLAINT, ComplaintAnswer
from app.api.schemas.words import Bilingual, Record
from app.api.values import Answer, Instant

EVENT: dict[str, Any] = {
    "id": "01990a5d-1b2c-7d3e-8f40-5a6b7c8d9e01",
    "sequence": 2,
    "type": "complaint.assigned",
    "title": {"nl": "toewijzing aan een behandelaar", "en": "assignment to a handler"},
    "occurredAt": "2026-04-24T10:00:00Z",
    "recordedAt": "2026-04-24T10:00:00Z",
    "actor": {"kind": "staff", "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71", "roles": ["complaints_officer"]},
    "facts": {"staffId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71", "roles": ["complaints_officer"]},
    "texts": None,
}
STEP: dict[str, Any] = {"events": [EVENT], "complaint": COMPLAINT}


class ActorAnswer(Answer):
    """Who did it: an employee, an integration, or the service itself (`gehoor`)."""

    kind: str
    id: UUID | None
    roles: list[str]


class EventAnswer(Answer):
    """One thing that happened, as it stands in the ledger."""

    id: UUID
    sequence: int
    type: str
    title: Bilingual
    occurred_at: Instant
    recorded_at: Instant
    actor: ActorAnswer
    facts: Record
    texts: Record | None


class StepAnswer(Answer):
    """What was recorded, and the complaint as it is after."""

    events: list[EventAnswer]
    complaint: ComplaintAnswer


class EventList(Answer):
    items: list[EventAnswer]
