"""Identifiers: ordered by time where the database keeps them, impossible to guess where people see them."""

import uuid
from datetime import datetime
from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that is misread over the telephone
_MISREAD = str.maketrans("OIL", "011")


def uuid7(now: datetime, random: bytes) -> uuid.UUID:
    """RFC 9562 version 7 from an instant and 10 random bytes."""
    value = _milliseconds(now).to_bytes(6, "big") + random[:10]
    number = int.from_bytes(value, "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    return uuid.UUID(int=(number & ~(0x3 << 62)) | (0x2 << 62))


def is_of(identifier: uuid.UUID, now: datetime) -> bool:
    """Whether `uuid7` made it at this instant, to the millisecond. One of another version says no instant: True."""
    return identifier.version != 7 or identifier.int >> 80 == _milliseconds(now)


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def reference(prefix: str, random: bytes) -> str:
    """What people see: `JSO-7F3K-Q9XD`, from 5 random bytes; says nothing about how many there are."""
    return f"{prefix}-{_signs(random[:5])}"


def complainant_code(random: bytes) -> str:
    """What a complainant tells an external body: `K7QF-2M9D-XW4T-8RHN`, from 10 random bytes."""
    return _signs(random[:10])


def as_written(typed: str) -> str:
    """A code as we write it, from how somebody typed it or heard it over the telephone."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum()).translate(_MISREAD)
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def _signs(random: bytes) -> str:
    """Five random bits a sign, in groups of four."""
    number = int.from_bytes(random, "big")
    return as_written("".join(_ALPHABET[(number >> shift) & 31] for shift in range(8 * len(random) - 5, -1, -5)))


@lru_cache(maxsize=1024)  # asked for by the row and again by the answer
def term_id(complaint_id: uuid.UUID, key: str) -> uuid.UUID:
    """The same term of the same complaint always has the same id."""
    return uuid.uuid5(complaint_id, key)
