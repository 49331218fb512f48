"""Messages on paper: which have one, the letter that is drawn, and what the file is called."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.attachment import clean_name
from app.domain.calendar import local_date
from app.domain.letter import Letter

Row = Mapping[str, Any]

# What says little more than that something came in, and what somebody wrote as a mail.
_MAILS_ONLY = ("receipt", "message")


def printable(row: Row) -> bool:
    """Whether it was written to be sent: what came in, talks and notes are no letters of ours."""
    return row["direction"] == "outbound" and row["html"] is not None


def enclosed(row: Row) -> bool:
    """Whether the letter goes along as a file when it goes by mail."""
    return row["letter"] is not None and row["letter"] not in _MAILS_ONLY


def letter(row: Row, now: datetime) -> Letter:
    """The letter that the message is, with the day on which it was sent; a draft has the day on which it is drawn."""
    at = row["occurred_at"] if row["state"] == "sent" else now
    drawn = Letter.of(row["subject"] or "", row["body"], row["language"], local_date(at))
    return replace(drawn, to=_addressed(row)) if row.get("channel") == "post" else drawn


def _addressed(row: Row) -> tuple[str, ...]:
    """Whom it is posted to, as it stands on the paper."""
    whole = "\n".join(filter(None, (each[part] for each in row["parties"] for part in ("name", "address"))))
    return tuple(filter(None, Letter.of("", whole, row["language"]).text.splitlines()))


def name(drawn: Letter) -> str:
    """The file's name: the subject."""
    return clean_name(f"{drawn.subject.replace('/', '-').replace(chr(92), '-')}.pdf")
