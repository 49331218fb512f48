"""Identifiers: ordered by time where the database keeps them, impossible to guess where people see them."""

import uuid
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that is misread over the telephone


def uuid7(now: datetime, random: bytes) -> uuid.UUID:
    """RFC 9562 version 7 from an instant and 10 random bytes."""
    milliseconds = int(now.timestamp() * 1000)
    value = milliseconds.to_bytes(6, "big") + random[:10]
    number = int.from_bytes(value, "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    return uuid.UUID(int=(number & ~(0x3 << 62)) | (0x2 << 62))


def reference(prefix: str, random: bytes) -> str:
    """What people see: `JSO-7F3K-Q9XD`, from 5 random bytes; says nothing about how many there are."""
    number = int.from_bytes(random[:5], "big")
    signs = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{prefix}-{signs[:4]}-{signs[4:]}"


def term_id(complaint_id: uuid.UUID, key: str) -> uuid.UUID:
    """The same term of the same complaint always has the same id."""
    return uuid.uuid5(complaint_id, key)
