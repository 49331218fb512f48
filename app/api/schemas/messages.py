"""What is told about messages: one, a list of them, their versions and deliveries, and what one would say and do."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas.deliveries import State
from app.api.schemas.procedure_checks import FaultAnswer, fault_answer
from app.api.schemas.terms import TERM, TermAnswer
from app.api.values import Answer, Instant
from app.domain.correspondence import Direction, MessageChannel
from app.domain.outcomes import sentence
from app.services.message_previews import Preview

Row = Mapping[str, Any]
MessageState = Literal["draft", "approved", "sent", "received", "noted"]

_PARTY: dict[str, Any] = {
    "partyId": "01990a5c-7a54-4c53-9a1f-2b3c4d5e6f73",
    "role": "complainant",
    "name": "Voorbeeld Klant",
    "address": "klant@example.org",
}
BRIEF: dict[str, Any] = {
    "id": "01990a5f-3c4d-7e5f-8a61-7b8c9d0e1f23",
    "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73",
    "direction": "outbound",
    "channel": "email",
    "state": "sent",
    "shared": True,
    "language": "nl",
    "letter": "acknowledgement",
    "version": 1,
    "subject": "Uw klacht KLIK-7F3K-Q9XD",
    "parties": [_PARTY],
    "contents": ["due_date", "handling_term"],
    "occurredAt": "2026-04-24T12:00:00Z",
    "author": {"kind": "staff", "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71"},
    "approvedAt": None,
    "approvedBy": None,
    "eventId": "01990a5f-3c4d-7e5f-8a61-7b8c9d0e1f24",
    "replyTo": None,
    "mailId": None,
    "attachments": [],
    "createdAt": "2026-04-24T12:00:00Z",
    "updatedAt": "2026-04-24T12:00:00Z",
}
MESSAGE: dict[str, Any] = {
    **BRIEF,
    "body": "Wij hebben uw klacht ontvangen. U hoort uiterlijk 22 mei 2026, dus binnen 4 weken, van ons.",
    "html": None,
    "step": {"name": "acknowledgements", "body": {}},
}
DRAFT: dict[str, Any] = {**MESSAGE, "state": "draft", "occurredAt": None, "eventId": None}
VERSION: dict[str, Any] = {
    "version": 1,
    "subject": "Uw klacht",
    "body": "Wij hebben uw klacht ontvangen.",
    "author": BRIEF["author"],
    "writtenAt": "2026-04-24T11:30:00Z",
}
DELIVERY: dict[str, Any] = {
    "id": "01990a5f-3c4d-7e5f-8a61-7b8c9d0e1f25",
    "kind": "mail",
    "address": "klant@example.org",
    "state": "delivered",
    "createdAt": "2026-04-24T12:00:00Z",
    "nextAt": None,
    "deliveredAt": "2026-04-24T12:00:02Z",
    "endedAt": "2026-04-24T12:00:02Z",
    "lastStatus": 250,
    "lastCode": "accepted",
    "lastMessage": "The mail server accepted it.",
    "attempts": [
        {
            "number": 1,
            "beganAt": "2026-04-24T12:00:01Z",
            "tookMs": 310,
            "outcome": "delivered",
            "status": 250,
            "code": "accepted",
        }
    ],
}
PREVIEW: dict[str, Any] = {
    "subject": MESSAGE["subject"],
    "text": MESSAGE["body"],
    "html": None,
    "parties": [_PARTY],
    "shared": True,
    "contents": BRIEF["contents"],
    "events": ["complaint.acknowledged"],
    "meets": [TERM],
    "settles": [],
    "missing": [],
    "refusal": None,
}


class MessageParty(Answer):
    """Who it is from or to, as it was then. Without `partyId`: somebody in a role."""

    party_id: UUID | None
    role: str
    name: str | None
    address: str | None = Field(description="Where it went: an e-mail or postal address")


class MessageAuthor(Answer):
    """Who wrote it: an employee, an integration, or the service itself (`gehoor`)."""

    kind: str
    id: UUID | None


class MessageSummary(Answer):
    """A message in a list, without its text."""

    id: UUID
    complaint_id: UUID
    direction: Direction = Field(description="internal: a note that the complainant never sees")
    channel: MessageChannel
    state: MessageState = Field(description="What is sent, received or noted never changes")
    shared: bool = Field(description="Whether the complainant may see it, once it is sent or received")
    language: str
    letter: str | None = Field(description="The template by which it was written, unless the text was changed since")
    version: int
    subject: str
    parties: list[MessageParty]
    contents: list[str] = Field(description="What it says, for the duty that it meets")
    occurred_at: Instant | None = Field(description="When it was sent, received or said")
    author: MessageAuthor
    approved_at: Instant | None
    approved_by: UUID | None
    event_id: UUID | None = Field(description="The event in the ledger that it is")
    reply_to: UUID | None
    mail_id: UUID | None
    attachments: list[UUID]
    created_at: Instant
    updated_at: Instant


class MessageStep(Answer):
    """The step that it takes, as it was sent to us."""

    name: str
    body: dict[str, Any]


class MessageAnswer(MessageSummary):
    """A message: exactly what was sent, received or noted."""

    body: str
    html: str | None
    step: MessageStep | None


class MessageVersion(Answer):
    """What a draft said."""

    version: int
    subject: str
    body: str
    author: MessageAuthor
    written_at: Instant


class MessageVersionList(Answer):
    items: list[MessageVersion]


class MessageAttempt(Answer):
    number: int
    began_at: Instant
    took_ms: int
    outcome: str = Field(description="delivered, temporary (it is tried again) or permanent")
    status: int | None
    code: str


class MessageDelivery(Answer):
    """How the message is brought to one address, or printed and posted."""

    id: UUID
    kind: str = Field(description="mail or post")
    address: str | None
    state: State
    created_at: Instant
    next_at: Instant | None
    delivered_at: Instant | None
    ended_at: Instant | None
    last_status: int | None
    last_code: str | None
    last_message: str | None = Field(description="How the last attempt went, in a sentence")
    attempts: list[MessageAttempt]


class MessageDeliveryList(Answer):
    items: list[MessageDelivery]


class PreviewRefusal(Answer):
    """Why it is not possible now, or not for this caller."""

    code: str
    detail: str


class MessagePreview(Answer):
    """A message as it would be sent. It can be sent when nothing is missing and nothing refuses it."""

    subject: str
    text: str
    html: str | None
    parties: list[MessageParty]
    shared: bool
    contents: list[str]
    events: list[str] = Field(description="What would be recorded")
    meets: list[TermAnswer] = Field(description="The terms that it would meet, as they would be after")
    settles: list[str] = Field(description="The duties without a date that it would meet")
    missing: list[FaultAnswer]
    refusal: PreviewRefusal | None


def _brief(row: Row, files: Sequence[UUID]) -> dict[str, Any]:
    names = [name for name in MessageSummary.model_fields if name not in ("author", "attachments")]
    author = {"kind": row["author_kind"], "id": row["author_id"]}
    return {**{name: row[name] for name in names}, "author": author, "attachments": list(files)}


def message_summary(row: Row, files: Sequence[UUID] = ()) -> MessageSummary:
    return MessageSummary.model_validate(_brief(row, files))


def message_answer(row: Row, files: Sequence[UUID] = ()) -> MessageAnswer:
    return MessageAnswer.model_validate(
        {**_brief(row, files), "body": row["body"], "html": row["html"], "step": row["step"]}
    )


def version_answer(row: Row) -> MessageVersion:
    author = {"kind": row["author_kind"], "id": row["author_id"]}
    return MessageVersion.model_validate({**dict(row), "author": author})


def delivery_answer(row: Row, attempts: Sequence[Row]) -> MessageDelivery:
    code = row["last_code"]
    return MessageDelivery.model_validate(
        {**dict(row), "last_message": sentence(code) if code else None, "attempts": [dict(each) for each in attempts]}
    )


def preview_answer(preview: Preview, meets: Sequence[Row]) -> MessagePreview:
    """`meets`: its terms, as they are shown."""
    message, refusal = preview.message, preview.refusal
    return MessagePreview.model_validate(
        {
            "subject": message.text.subject,
            "text": message.text.body,
            "html": message.text.html,
            "parties": message.parties,
            "shared": message.shared,
            "contents": message.contents,
            "events": preview.events,
            "meets": meets,
            "settles": preview.settles,
            "missing": [fault_answer(each) for each in preview.missing],
            "refusal": {"code": refusal.code, "detail": refusal.detail} if refusal else None,
        }
    )
