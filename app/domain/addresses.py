"""What a mail or web address looks like. Whether anybody is there shows only when it is used."""

import re
from ipaddress import ip_address

from app.domain.text import hides

_LABEL = re.compile(r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?")
_MAILBOX = re.compile(r"[^\s@.\x00-\x1f\x7f<>,;:\"()\[\]\\]+(?:\.[^\s@.\x00-\x1f\x7f<>,;:\"()\[\]\\]+)*")
_WEB = re.compile(r"https://([^\s/?#\\@:]+)(?::([1-9][0-9]{0,4}))?(?:[/?#][^\s\x00-\x1f\"<>\\^`{|}]*)?")
_NUMBERED = re.compile(r".*:.*|[0-9.]+")
_MAILBOX_SIGNS, _EMAIL_SIGNS, _HOST_SIGNS, _PORTS = 64, 254, 253, 65_535


def is_email(text: str) -> bool:
    """Whether this can be a mail address: a mailbox of at most 64 signs, and a host."""
    mailbox, _, host = text.rpartition("@")
    is_mailbox = len(mailbox) <= _MAILBOX_SIGNS and _MAILBOX.fullmatch(mailbox) is not None
    return is_mailbox and is_host(host) and len(text) <= _EMAIL_SIGNS and not hides(text)


def is_web_address(text: str) -> bool:
    """Whether this can be a page that everybody can open: https, a host, and no name or password before it."""
    match = _WEB.fullmatch(text)
    return match is not None and is_host(match[1]) and int(match[2] or 0) <= _PORTS and not hides(text)


def is_host(text: str) -> bool:
    """Whether this can be the name of a host on the internet, in any script; never a number."""
    return "." in text and _is_name(text)


def is_server(text: str) -> bool:
    """Whether a server can be called by this: a name, also of one's own network, or a number (IP address)."""
    return _is_name(text) if text.isascii() and not _NUMBERED.fullmatch(text) else _is_number(text)


def _is_name(text: str) -> bool:
    labels = text.split(".")
    return len(text) <= _HOST_SIGNS and not labels[-1].isdecimal() and all(map(_LABEL.fullmatch, labels))


def _is_number(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # of no network card of our own
