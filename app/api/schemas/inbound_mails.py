"""Mails that came in: what each was taken for, and what somebody decided."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.words import Word
from app.api.values import Answer, BlankIsNone, Filters, Id, Instant, Name, Text, at_most
from app.channels.incoming import LIMITS
from app.services.filing_mails import Decision
from app.store.inbound_mails import Row

Kind = Literal["complaint", "reply", "bounce", "auto_reply", "loop", "unclear", "oversized", "malformed"]
State = Literal["filed", "triage", "set_aside"]

MAIL: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f7b",
    "kind": "complaint",
    "state": "triage",
    "reason": "complainant-name-required",
    "complaintId": None,
    "reference": None,
    "receivedAt": "2026-04-24T10:00:00Z",
    "size": 4821,
    "messageId": "<2f1c@example.org>",
    "from": {"address": "sam@example.org", "name": "Sam Voorbeeld"},
    "to": ["klachten@example.org"],
    "subject": "Klacht over de training",
    "excerpt": "De training ging niet door.",
    "files": ["rooster.pdf"],
    "defects": [],
    "createdAt": "2026-04-24T10:00:12Z",
    "decidedAt": None,
    "decidedBy": None,
    "duplicateOf": None,
}
FILED: dict[str, Any] = {
    **MAIL,
    "state": "filed",
    "reason": None,
    "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70",
    "reference": "JSO-7F3K-Q9XD",
}
FILED_BY_HAND: dict[str, Any] = {
    **FILED,
    "reason": "duplicate",
    "decidedAt": "2026-04-24T11:30:00Z",
    "decidedBy": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71",
    "duplicateOf": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f7c",
}
DECISION: dict[str, Any] = {"as": "reply", "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70"}

# Written out here: the router reads the mail as it is.
RAW: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "message/rfc822": {
            "schema": {
                "type": "string",
                "format": "binary",
                "description": f"The mail as it came over the wire, at most {LIMITS.size // 1024**2} MiB.",
            }
        }
    },
}
RAW_EXAMPLE: Final = "From: Sam Voorbeeld <sam@example.org>\r\nTo: klachten@example.org\r\n\r\nHet ging niet door."


class MailFilters(Filters):
    """Which mails."""

    state: State | None = Field(None, description="triage: what waits for a decision")
    kind: Kind | None = None


class MailDecision(BlankIsNone):
    """What is done with a mail. `complaint` registers it, received when it came in; `reply` files it on a case."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECISION]})

    as_: Literal["complaint", "reply", "set_aside"] = Field(alias="as")
    complaint_id: Id | None = Field(None, description="For reply: the complaint it belongs to")
    reason: Annotated[Text, at_most(500)] | None = Field(None, description="Why; needed to set a mail aside")
    procedure: Word | None = Field(None, description="Where the organisation has more than one")
    complainant_name: Name | None = Field(None, description="Where the mail does not say it and the procedure asks it")

    def decision(self) -> Decision:
        return Decision(self.as_, self.complaint_id, self.reason, self.procedure, self.complainant_name)


class MailAddress(Answer):
    address: str
    name: str


class MailAnswer(Answer):
    """A mail that came in. Who it says it is from proves nothing. Its bytes are at /inbound-mails/{mailId}/content."""

    model_config = ConfigDict(json_schema_extra={"examples": [MAIL]})

    id: UUID
    kind: Kind
    state: State
    reason: str | None = Field(description="Why it waits, or was set aside")
    complaint_id: UUID | None
    reference: str | None = Field(description="The complaint that it is on now")
    received_at: Instant = Field(description="When our mail server took it in")
    size: int
    message_id: str | None
    from_: MailAddress | None = Field(alias="from")
    to: list[str]
    subject: str
    excerpt: str = Field(description="The beginning of its text")
    files: list[str]
    defects: list[str] = Field(description="What was wrong with its form")
    created_at: Instant
    decided_at: Instant | None
    decided_by: UUID | None
    duplicate_of: UUID | None = Field(description="The mail that this is a copy of, which came by another way")


def mail_answer(row: Row) -> MailAnswer:
    head = row["head"]
    same = ("id", "kind", "state", "reason", "complaint_id", "reference", "received_at", "size", "message_id")
    return MailAnswer.model_validate(
        {
            **{name: row[name] for name in (*same, "created_at", "decided_at", "decided_by", "duplicate_of")},
            "from": head["from"],
            "to": head["to"],
            "subject": head["subject"],
            "excerpt": head["text"],
            "files": head["files"],
            "defects": head["defects"],
        }
    )
