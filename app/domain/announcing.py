"""What other systems are told of an event: thin CloudEvents (NL GOV profile), with nothing about anybody."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

PREFIX = "nl.gehoor."
EVERYTHING = "*"
TRIAL = "nl.gehoor.webhook.tested"


def thin(event: Mapping[str, Any], organisation: str) -> dict[str, Any]:
    """A CloudEvent of a row of the ledger; `organisation` is its slug.

    `sequence` is a text, as CloudEvents has it; the receiver brings a complaint's events in order by it.
    """
    return {
        **_head(str(event["id"]), organisation, PREFIX + event["type"], event["occurred_at"]),
        "subject": str(event["complaint_id"]),
        "sequence": str(event["sequence"]),
        "sequencetype": "Integer",
        "dataref": f"/v1/complaints/{event['complaint_id']}/events",
        "data": {
            "eventId": str(event["id"]),
            "complaintId": str(event["complaint_id"]),
            "sequence": event["sequence"],
            "type": event["type"],
            "occurredAt": _text(event["occurred_at"]),
            "recordedAt": _text(event["recorded_at"]),
        },
    }


def trial(event_id: object, organisation: str, at: datetime) -> dict[str, Any]:
    """A CloudEvent that tells of nothing: somebody tries whether it arrives."""
    return {**_head(str(event_id), organisation, TRIAL, at), "data": {}}


def _head(event_id: str, organisation: str, kind: str, at: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"urn:gehoor:organisation:{organisation}",
        "type": kind,
        "time": _text(at),
        "datacontenttype": "application/json",
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
