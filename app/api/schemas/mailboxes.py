"""Mailboxes of an organisation. A password goes in and never comes out."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.api.values import ONE_LINE, VISIBLE, Answer, ApiModel, EmailAddress, Instant, Text, VisibleName, at_most
from app.domain.delivery import Outcome
from app.domain.outcomes import sentence
from app.services.mailboxes import WORKS, Sent
from app.store.mailboxes import Row

Security = Literal["tls", "starttls", "none"]

_SHOWN: dict[str, Any] = {
    "host": "mail.example.org",
    "port": 587,
    "security": "starttls",
    "username": "klachten@example.org",
    "address": "klachten@example.org",
    "name": "Voorbeeld Advies",
    "folder": None,
    "enabled": True,
}
SETTING: dict[str, Any] = {**_SHOWN, "password": "a password of the mailbox"}
MAILBOX: dict[str, Any] = {
    **_SHOWN,
    "direction": "outgoing",
    "passwordSet": True,
    "usedAt": "2026-04-24T10:00:00Z",
    "lastCode": "accepted",
    "lastMessage": "Connecting and logging in works.",
    "updatedAt": "2026-04-24T09:58:00Z",
}
TRIAL: dict[str, Any] = {
    "works": False,
    "code": "login-refused",
    "status": 535,
    "message": "The server refused the user name or the password.",
}


class MailboxSetting(ApiModel):
    """A mailbox as a whole; the password may be left out as long as server and user name stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [SETTING]})

    host: Annotated[Text, at_most(253), VISIBLE] = Field(description="The server's name")
    port: Annotated[int, Field(ge=1, le=65535)]
    security: Security = Field(description="`starttls` never falls back to plain text")
    address: EmailAddress = Field(description="Where mail comes from, or where it is sent to")
    username: Annotated[Text, at_most(320), VISIBLE] | None = None
    password: Annotated[Text, at_most(1000), VISIBLE] | None = Field(
        None, description="Kept sealed and never shown. Left out: as it was; null: none"
    )
    name: Annotated[VisibleName, ONE_LINE] | None = Field(None, description="The sender's name that complainants see")
    folder: Annotated[Text, at_most(200), VISIBLE] | None = Field(
        None, description="Incoming mail only; left out: INBOX"
    )
    enabled: bool = Field(True, description="Switched off: nothing is fetched; mail goes out by the service's server")

    def sent(self, unread: frozenset[str]) -> Sent:
        return Sent(
            host=self.host.strip(),
            port=self.port,
            security=self.security,
            address=self.address,
            username=self.username,
            password=self.password,
            keeps_password="password" not in self.model_fields_set,
            name=self.name,
            folder=self.folder,
            enabled=self.enabled,
            unread=unread,
        )


class MailboxAnswer(Answer):
    """A mailbox, without its password."""

    model_config = ConfigDict(json_schema_extra={"examples": [MAILBOX]})

    direction: Literal["outgoing", "incoming"]
    host: str
    port: int
    security: Security
    address: str
    username: str | None
    password_set: bool
    name: str | None
    folder: str | None
    enabled: bool
    used_at: Instant | None = Field(description="When it was last tried or used")
    last_code: str | None = Field(description="How that went, in a word")
    last_message: str | None = Field(description="The same in a sentence")
    updated_at: Instant = Field(
        description="When it was last changed; of one that mail is fetched from: since when it is this one, whatever "
        "its password"
    )


def mailbox_answer(row: Row) -> MailboxAnswer:
    code = row["last_code"]
    return MailboxAnswer(
        **{name: value for name, value in row.items() if name != "password"},
        password_set=row["password"] is not None,
        last_message=_message(code) if code else None,
    )


class TrialAnswer(Answer):
    """Whether connecting and logging in works."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRIAL]})

    works: bool
    code: str
    status: int | None = Field(description="The server's own number, when it answered")
    message: str


def trial_answer(outcome: Outcome) -> TrialAnswer:
    return TrialAnswer(
        works=outcome.kind == "delivered",
        code=outcome.code,
        status=outcome.status,
        message=_message(outcome.code),
    )


def _message(code: str) -> str:
    return "Connecting and logging in works." if code == WORKS else sentence(code)
