"""The few headers that matter, from whatever stands there. Addresses are read before anything in them is decoded."""

import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from app.channels.mailtext import HEADER_SIGNS, header_text, whole
from app.domain.incoming import EARLIEST, Sender

PEOPLE = 100
_ALIKE = 20
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f]{1,64}@[^\s@<>,;:\"()\[\]\\\x00-\x1f]{1,190}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
_LISTS = ("list-id", "list-unsubscribe", "list-post", "mailing-list")
_AUTO_RESPONSES = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply")


def described(head: Message) -> dict[str, Any]:
    """The fields of Parsed that the header tells."""
    senders = [people(value) for value in _all(head, "from")]
    recipients = [each.address for name in _RECIPIENTS for value in _all(head, name) for each in people(value)]
    return {
        "message_id": next(iter(message_ids(_first(head, "message-id"))), None),
        "senders": tuple(sender for each in senders for sender in each),
        "from_headers": len(senders),
        "sender": next((each.address for each in people(_first(head, "sender"))), None),
        "recipients": tuple(dict.fromkeys(recipients)),
        "subject": _first(head, "subject")[:500],
        "date": _instant(_first(head, "date")),
        "received_at": _received_at(head),
        "return_path": _return_path(head),
        "references": message_ids(f"{_first(head, 'references')} {_first(head, 'in-reply-to')}")[-20:],
        **_machines(head),
    }


def _machines(head: Message) -> dict[str, Any]:
    """RFC 3834: whether a machine wrote it."""
    return {
        "auto_submitted": re.split(r"[;(\s]", _first(head, "auto-submitted").lower())[0] or "no",
        "precedence": _first(head, "precedence").strip().lower()[:40],
        "listed": any(name in head for name in _LISTS),
        "auto_response": any(name in head for name in _AUTO_RESPONSES),
        "loop_marks": tuple(header_text(value).strip("<> ")[:254] for value in _all(head, "x-loop")),
    }


def message_ids(value: str) -> tuple[str, ...]:
    return tuple(_MESSAGE_ID.findall(value))


def people(value: object) -> list[Sender]:
    """Who a header names; nobody where it cannot be read."""
    text = whole(" ".join(str(value)[:HEADER_SIGNS].split()))
    try:
        pairs = getaddresses([text])[:PEOPLE]
    except (ValueError, RecursionError, IndexError, TypeError):
        return []
    return [Sender(address, header_text(name)[:200]) for name, address in pairs if _plain(address)]


def _plain(address: str) -> bool:
    return (
        bool(_ADDRESS.fullmatch(address))
        and "=?" not in address
        and not any("\ud800" <= c <= "\udfff" for c in address)
    )


def _all(head: Message, name: str) -> list[Any]:
    return [*head.get_all(name, [])][:_ALIKE]


def _first(head: Message, name: str) -> str:
    return header_text(next(iter(_all(head, name)), ""))


def _return_path(head: Message) -> str | None:
    """Empty for a mail that must not be answered; None when our server did not write it down."""
    values = _all(head, "return-path")
    return header_text(values[0]).strip("<> ") if values else None


def _received_at(head: Message) -> datetime | None:
    """Each server writes its line on top: the topmost is ours, those below could be anybody's."""
    values = _all(head, "received")
    return _instant(header_text(values[0]).rpartition(";")[2]) if values else None


def _instant(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value.strip()[:100])
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment >= EARLIEST else None
