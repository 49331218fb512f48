"""What other systems are told of an event: thin CloudEvents (NL GOV profile), with nothing about anybody."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

PREFIX = "nl.gehoor."
EVERYTHING = "*"
TRIAL = "nl.gehoor.webhook.tested"
# Of the organisation itself: for an hour nothing has arrived at another webhook, or no mail went out; and it is over.
FAILING = "nl.gehoor.deliveries.failing"
RECOVERED = "nl.gehoor.deliveries.recovered"
OWN = frozenset({FAILING, RECOVERED})
# What is done with a body's decision it sees only where that binds, and then in the case; it is not told.
AFTER_DECISION = frozenset({"decision.answered", "measure.completed"})


def thin(event: Mapping[str, Any], organisation: str) -> dict[str, Any]:
    """A CloudEvent of a row of the ledger; `organisation` is its slug.

    `sequence` is a text, as CloudEvents has it; the receiver brings a complaint's events in order by it.
    """
    return {
        **_event(event, organisation, str(event["complaint_id"]), "complaintId"),
        "dataref": f"/v1/complaints/{event['complaint_id']}/events",
    }


def of_case(event: Mapping[str, Any], organisation: str) -> dict[str, Any]:
    """The same for the body that a case lies with: by the case, and without the complaint."""
    return {
        **_event(event, organisation, event["escalation_id"], "escalationId"),
        "dataref": f"/v1/committee/escalations/{event['escalation_id']}",
    }


def trial(event_id: object, organisation: str, at: datetime) -> dict[str, Any]:
    """A CloudEvent that tells of nothing: somebody tries whether it arrives."""
    return {**_head(str(event_id), organisation, TRIAL, at), "data": {}}


def trial_of_body(event_id: object, body: str, at: datetime) -> dict[str, Any]:
    """The same, from no organisation."""
    return {**trial(event_id, body, at), "source": f"urn:gehoor:body:{body}"}


def failing(event_id: object, organisation: str, kind: str, at: datetime, webhook_id: object | None) -> dict[str, Any]:
    """A CloudEvent that deliveries keep failing, or do no more (`kind`): to that webhook, or mail when it is None."""
    return {
        **_head(str(event_id), organisation, kind, at),
        "dataref": "/v1/organisation",
        "data": {
            "kind": "mail" if webhook_id is None else "webhook",
            "webhookId": None if webhook_id is None else str(webhook_id),
        },
    }


def _event(event: Mapping[str, Any], organisation: str, subject: str, name: str) -> dict[str, Any]:
    return {
        **_head(str(event["id"]), organisation, PREFIX + event["type"], event["occurred_at"]),
        "subject": subject,
        "sequence": str(event["sequence"]),
        "sequencetype": "Integer",
        "data": {
            "eventId": str(event["id"]),
            name: subject,
            "sequence": event["sequence"],
            "type": event["type"],
            "occurredAt": _text(event["occurred_at"]),
            "recordedAt": _text(event["recorded_at"]),
        },
    }


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
