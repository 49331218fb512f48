"""From a letter to the mail that carries it: the headers and parts, and nothing that the complainant did not write."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum

from app.domain.mail import one_line

_NAME_SIGNS = 100
# A notice that a mail did not arrive (NDR) is wanted; all else that Exchange sends by itself is not.
_NO_ANSWERS = "DR, RN, NRN, OOF, AutoReply"


class Automatic(StrEnum):
    """RFC 3834: who wrote it. A letter that a person sent says nothing about it."""

    generated = "auto-generated"
    replied = "auto-replied"


@dataclass(frozen=True, slots=True)
class File:
    """Something that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail to one address. Addresses are plain ones (domain/mail.py: usable)."""

    message_id: str
    date: datetime
    sender: str
    sender_name: str | None
    to: str
    subject: str
    text: str
    language: str
    html: str | None = None
    to_name: str | None = None
    reply_to: str | None = None
    automatic: Automatic | None = None
    answers: str | None = None
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


def compose(outgoing: Outgoing) -> EmailMessage:
    """The mail as it goes over the wire: only ASCII, so that every server takes it as it is."""
    mail = EmailMessage(policy.SMTP)
    for name, value in _headers(outgoing):
        mail[name] = value
    mail.set_content(outgoing.text, cte="quoted-printable")
    if outgoing.html is not None:
        mail.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    for file in outgoing.files:
        main, _, sub = file.media_type.partition("/")
        mail.add_attachment(
            file.content, maintype=main, subtype=sub or "octet-stream", cte="base64", filename=one_line(file.name)
        )
    mail["Content-Language"] = outgoing.language  # last: a part that is made would take it along
    return mail


def _headers(outgoing: Outgoing) -> Iterator[tuple[str, object]]:
    yield "From", _address(outgoing.sender, outgoing.sender_name)
    yield "To", _address(outgoing.to, outgoing.to_name)
    if outgoing.reply_to:
        yield "Reply-To", _address(outgoing.reply_to, outgoing.sender_name)
    yield "Subject", one_line(outgoing.subject)
    yield "Date", format_datetime(outgoing.date.astimezone(UTC))
    yield "Message-ID", outgoing.message_id
    yield from _thread(outgoing)
    if outgoing.automatic is not None:
        yield "Auto-Submitted", outgoing.automatic.value
        yield "X-Auto-Response-Suppress", _NO_ANSWERS


def _thread(outgoing: Outgoing) -> Iterator[tuple[str, str]]:
    """Which mail it answers. Each comes from somebody else's mail: one line, and only what looks like an id."""
    known = [each for each in map(one_line, outgoing.references) if _is_id(each)]
    answers = one_line(outgoing.answers or "")
    if _is_id(answers):
        yield "In-Reply-To", answers
        known = [*(each for each in known if each != answers), answers]
    if known:
        # the first and the newest: a long thread is no longer than what a header may be
        yield "References", " ".join(known if len(known) <= 10 else [known[0], *known[-9:]])


def _is_id(text: str) -> bool:
    plain = text.isascii() and text.count("<") == text.count(">") == 1 and " " not in text
    return plain and text.startswith("<") and text.endswith(">") and "@" in text and len(text) <= 250


def _address(address: str, name: str | None) -> Address:
    return Address(one_line(name or "", _NAME_SIGNS), addr_spec=address)
