"""Delivery status notifications (RFC 3464): which mail did not arrive, and why."""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser

from app.channels.mailheaders import message_ids
from app.channels.mailtext import decoded, header_text
from app.domain.incoming import Report

_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_HEADER_SIGNS = 100_000


def report(whole: Message) -> Report:
    """What a multipart/report says: the worst of what it says of each address."""
    children = [each for each in whole.get_payload() if isinstance(each, Message)]
    fields = next((each for each in children if each.get_content_type() == "message/delivery-status"), None)
    found = list(_outcomes(fields)) if fields is not None and fields.is_multipart() else []
    action, status = next((each for each in found if each[0] == "failed"), found[0] if found else ("", ""))
    return Report(next(filter(None, map(_original, children)), None), action, status)


def _outcomes(fields: Message) -> Iterator[tuple[str, str]]:
    """(action, status) of each address; the first block is about the mail itself."""
    for block in fields.get_payload():
        if isinstance(block, Message) and "action" in block:
            status = _STATUS.match(_field(block, "status"))
            yield _field(block, "action").lower()[:40], status[0] if status else ""


def _original(part: Message) -> str | None:
    """The Message-ID of the mail that the report is about, from the copy of it or of its headers."""
    kind = part.get_content_type()
    if kind == "text/rfc822-headers":
        content = part.get_payload(decode=True)
        text = decoded(content, "utf-8")[0] if isinstance(content, bytes) else ""
        copy: object = HeaderParser().parsestr(text[:_HEADER_SIGNS], headersonly=True)
    elif kind == "message/rfc822" and part.is_multipart():
        copy = next(iter(part.get_payload()), None)
    else:
        return None
    return next(iter(message_ids(_field(copy, "message-id"))), None) if isinstance(copy, Message) else None


def _field(block: Message, name: str) -> str:
    return header_text(block.get(name, "")).strip()
