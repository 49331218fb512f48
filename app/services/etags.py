"""Which version of a thing a caller has read (ETag), and whether it is still that one (If-Match)."""

import hashlib
from typing import Any

from app.domain.errors import PreconditionRequired, Stale
from app.domain.ledger import canonical


def tag(**shown: Any) -> str:
    """A strong ETag of values."""
    return f'"{hashlib.sha256(canonical(shown).encode()).hexdigest()[:32]}"'


def matches(if_match: str, current: str) -> bool:
    """RFC 9110: one of the listed tags, or `*` for whatever is there; a weak tag never matches."""
    return if_match.strip() == "*" or current in (each.strip() for each in if_match.split(","))


def demand_match(if_match: str | None, current: str) -> None:
    """Raises PreconditionRequired without an If-Match, Stale with another's."""
    if if_match is None:
        raise PreconditionRequired("Send If-Match with the ETag of what you read.")
    if not matches(if_match, current):
        raise Stale("It changed since you read it; read it again.")
