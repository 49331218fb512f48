"""The hash chain of a dossier: every event is sealed to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

Row = Mapping[str, Any]

GENESIS = hashlib.sha256(b"gehoor/ledger/1 genesis").digest()
"""What the first event of a complaint has as previous hash."""

COLUMNS = (
    "organisation_id",
    "id",
    "complaint_id",
    "sequence",
    "type",
    "occurred_at",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "actor_role",
    "facts",
    "texts_hash",
    "previous_hash",
)
"""The columns an event's hash covers, in order. `texts` and `salt` are covered through `texts_hash`, so that they can
be erased; `xid` is a place in the feed and tells nothing of what happened."""

_EVENT = b"gehoor/event/1"
_TEXTS = b"gehoor/texts/1"

ERASURE = "complaint.purged"
"""The event before which texts may be gone, with their salt."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row of a chain that is not as it was written: its sequence number and a sentence why."""

    sequence: int
    reason: str


def canonical(value: Mapping[str, Any]) -> str:
    """The one JSON text of a value: keys sorted, no spaces, every character as itself.

    Raises ValueError for NaN, infinity and lone surrogates, TypeError for what JSON cannot hold.
    """
    text = json.dumps(dict(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text.encode()  # a lone surrogate fails here and not when the row is written
    return text


def texts_hash(texts: str | None, salt: bytes | None) -> bytes:
    """sha256(salt || texts). The salt keeps a short text (a name) from being guessed after both were erased."""
    return hashlib.sha256(_TEXTS + _prefixed(salt) + _prefixed(texts)).digest()


def event_hash(event: Row) -> bytes:
    """The hash of an event row that has every one of COLUMNS; KeyError when one is missing."""
    sealed = hashlib.sha256(_EVENT)
    for name in COLUMNS:
        sealed.update(_prefixed(event[name]))
    return sealed.digest()


def verify_chain(events: Iterable[Row], head_sequence: int, head_hash: bytes) -> Fault | None:
    """The first fault in one complaint's events (in order of sequence), held against the head on the complaint."""
    sequence, previous, chain = 0, GENESIS, list(events)
    erased_before = max((event["sequence"] for event in chain if event["type"] == ERASURE), default=0)
    for event in chain:
        sequence += 1
        for reason in _faults(event, sequence, previous, erased_before):
            return Fault(sequence, reason)
        previous = bytes(event["hash"])
    if sequence < head_sequence:
        return Fault(sequence + 1, f"it is missing: the complaint counts {head_sequence} events")
    if sequence > head_sequence:
        return Fault(head_sequence + 1, f"it is one too many: the complaint counts {head_sequence} events")
    if previous != head_hash:
        return Fault(sequence, "its hash is not the one that the complaint holds of its last event")
    return None


def _faults(event: Row, sequence: int, previous: bytes, erased_before: int) -> Iterator[str]:
    if event["sequence"] != sequence:
        yield f"it is missing: the next event is number {event['sequence']}"
    if event["previous_hash"] != previous:
        yield "its previous hash is not the hash of the event before it"
    if event["texts"] is None and event["salt"] is None:
        # never there, or erased: only their digest is left, and the event's hash covers that one
        if event["texts_hash"] != texts_hash(None, None) and sequence >= erased_before:
            yield "its texts are gone, and no erasure is recorded after it"
    elif not _texts_intact(event["texts"], event["salt"], event["texts_hash"]):
        yield "its texts were altered"
    if event["hash"] != event_hash(event):
        yield "its hash is not that of its columns"


def _texts_intact(texts: str | None, salt: bytes | None, digest: bytes) -> bool:
    # one of them without the other is nobody's erasure
    return texts is not None and salt is not None and texts_hash(texts, salt) == digest


def _prefixed(value: object) -> bytes:
    """A value's bytes behind their number, so that no two rows have the same bytes; None is not the empty text."""
    if value is None:
        return b"\x00"
    data = _bytes(value)
    return b"\x01" + len(data).to_bytes(8, "big") + data


def _bytes(value: object) -> bytes:
    match value:
        case bytes():
            return value
        case str():
            return value.encode()
        case UUID():
            return value.bytes
        case datetime():
            return _instant(value).encode()
        case int():
            return str(value).encode()
    raise TypeError(f"no canonical bytes for {type(value).__name__}")


def _instant(value: datetime) -> str:
    """In UTC with six decimals, as PostgreSQL keeps it; ValueError for an instant without an offset."""
    if value.utcoffset() is None:
        raise ValueError("an instant needs an offset")
    return value.astimezone(UTC).isoformat(timespec="microseconds")
