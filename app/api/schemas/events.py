"""What is told about an event in the ledger."""

from typing import Any
from uuid import UUID

from app.api.schemas.complaints import ComplaintAnswer
from app.api.schemas.words import Bilingual, bilingual
from app.api.values import Answer, Instant
from app.domain.events import Event
from app.domain.terms import event_title


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
    facts: dict[str, Any]
    texts: dict[str, Any] | None


class StepAnswer(Answer):
    """What was recorded, and the complaint as it is after."""

    events: list[EventAnswer]
    complaint: ComplaintAnswer


class EventList(Answer):
    items: list[EventAnswer]


def event_answer(event: Event) -> EventAnswer:
    actor = ActorAnswer(kind=event.actor.kind, id=event.actor.id, roles=list(event.actor.roles))
    return EventAnswer.model_construct(
        id=event.id,
        sequence=event.sequence,
        type=event.type,
        title=bilingual(event_title(event.type)),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=actor,
        facts=dict(event.facts),
        texts=dict(event.texts) if event.texts else None,
    )
