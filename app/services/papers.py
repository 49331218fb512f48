"""Messages on paper: which have one, the letter that is drawn, and what the file is called."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.attachment import clean_name
from app.domain.calendar import local_date
from app.domain.letter import Letter, cleaned
from app.services.organisations import CONTACTS

Row = Mapping[str, Any]

# What says little more than that something came in, and what somebody wrote as a mail.
_MAILS_ONLY = ("receipt", "message")


def printable(row: Row) -> bool:
    """Whether it was written to be sent: what came in, talks and notes are no letters of ours."""
    return row["direction"] == "outbound" and row["html"] is not None


def enclosed(row: Row) -> bool:
    """Whether the letter goes along as a file when it goes by mail."""
    return row["letter"] is not None and row["letter"] not in _MAILS_ONLY


def letter(row: Row, name: str, settings: Row, now: datetime) -> Letter:
    """The letter that the message is, with the day on which it was sent; a draft has the day on which it is drawn.

    `name`, `settings`: of the organisation, as they are now: the head of its paper is no part of what was written.
    """
    at = row["occurred_at"] if row["state"] == "sent" else now
    drawn = Letter.of(row["subject"] or "", row["body"], row["language"], local_date(at))
    to = _addressed(row) if row.get("channel") == "post" else ()
    return replace(drawn, to=to, sender=sender(name, settings))


def sender(name: str, settings: Row) -> tuple[str, ...]:
    """Whom it comes from, line by line; empty where the organisation did not say how it can be reached."""
    found = [settings.get(each) for each in CONTACTS]
    ways = "\n".join(filter(None, found))
    return tuple(filter(None, (name, *cleaned(ways).splitlines()))) if ways else ()


def _addressed(row: Row) -> tuple[str, ...]:
    """Whom it is posted to, as it stands on the paper."""
    whole = "\n".join(filter(None, (each[part] for each in row["parties"] for part in ("name", "address"))))
    return tuple(filter(None, Letter.of("", whole, row["language"]).text.splitlines()))


def name(drawn: Letter) -> str:
    """The file's name: the subject."""
    return clean_name(f"{drawn.subject.replace('/', '-').replace(chr(92), '-')}.pdf")
