"""Events for other systems: thin CloudEvents, without anything about anybody."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.values import Answer, Instant
from app.domain.announcing import PREFIX
from app.domain.events import EVENTS
from app.store.feed import Row

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f76",
    "source": "urn:gehoor:organisation:voorbeeld",
    "type": "nl.gehoor.complaint.received",
    "subject": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73",
    "sequence": "1",
    "sequencetype": "Integer",
    "dataref": "/v1/complaints/01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73/events",
    "time": "2026-04-24T10:00:00Z",
    "datacontenttype": "application/json",
    "data": {
        "eventId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f76",
        "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73",
        "sequence": 1,
        "type": "complaint.received",
        "occurredAt": "2026-04-24T10:00:00Z",
        "recordedAt": "2026-04-24T10:00:02Z",
    },
}
FEED: dict[str, Any] = {"items": [EVENT], "next": "MTIzNDU.AZkKXHpUfFOaHys8TV5vdg"}


class EventData(Answer):
    """Enough to know what to read: the complaint itself says the rest to those who may know it."""

    event_id: UUID
    complaint_id: UUID
    sequence: int = Field(description="Of the complaint: 1, 2, 3, without a gap")
    type: str
    occurred_at: Instant
    recorded_at: Instant


def _listed(events: Mapping[str, tuple[str, str]]) -> str:
    named = ", ".join(f"`{PREFIX}{name}` ({english})" for name, (_, english) in events.items())
    return f"A later version may add to these: pass over what you do not know. {named}"


class CloudEvent(Answer):
    """A CloudEvent (1.0) in the form of the Dutch government profile; the same as what is sent to a webhook."""

    model_config = ConfigDict(json_schema_extra={"examples": [EVENT]})

    specversion: Literal["1.0"]
    id: UUID
    source: str
    type: str = Field(description=_listed(EVENTS))
    subject: UUID = Field(description="The complaint")
    time: Instant = Field(description="When it happened")
    datacontenttype: Literal["application/json"]
    data: EventData
    sequence: str = Field(description="Of the event in its complaint: copies and order are the receiver's to restore")
    sequencetype: Literal["Integer"]
    dataref: str = Field(description="Where it can be read, by who may; relative to this API")


class Feed(Answer):
    """Events in the order in which they became final, and where to go on."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEED]})

    items: list[CloudEvent]
    next: str = Field(description="Always there: send it as `after`, also when there was nothing new")


def cloud_event(row: Row, organisation: str) -> CloudEvent:
    data: dict[str, Any] = {name: row[name] for name in EventData.model_fields if name != "event_id"}
    return CloudEvent.model_construct(
        specversion="1.0",
        id=row["id"],
        source=f"urn:gehoor:organisation:{organisation}",
        type=f"nl.gehoor.{row['type']}",
        subject=row["complaint_id"],
        time=row["occurred_at"],
        datacontenttype="application/json",
        data=EventData.model_construct(**data, event_id=row["id"]),
        sequence=str(row["sequence"]),
        sequencetype="Integer",
        dataref=f"/v1/complaints/{row['complaint_id']}/events",
    )
