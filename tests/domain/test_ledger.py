"""The chain shows every change but an erasure of texts that stands in it."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from app.domain.ledger import COLUMNS, GENESIS, canonical, event_hash, texts_hash, verify_chain

AT = datetime(2026, 4, 24, 10, 0, 0, 123456, tzinfo=UTC)


def chain(length: int = 4) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for sequence in range(1, length + 1):
        texts, salt = canonical({"reason": f"reden {sequence}"}), bytes([sequence]) * 16
        row = {
            "organisation_id": UUID(int=1),
            "id": UUID(int=100 + sequence),
            "complaint_id": UUID(int=2),
            "sequence": sequence,
            "type": "complaint.received",
            "occurred_at": AT,
            "recorded_at": AT + timedelta(seconds=sequence),
            "actor_kind": "staff",
            "actor_id": UUID(int=3),
            "actor_role": "director",
            "facts": canonical({"number": sequence}),
            "texts": texts,
            "salt": salt,
            "texts_hash": texts_hash(texts, salt),
            "previous_hash": rows[-1]["hash"] if rows else GENESIS,
        }
        rows.append({**row, "hash": event_hash(row)})
    return rows


def fault(rows: list[dict[str, Any]], head_sequence: int = 4, head: bytes | None = None) -> tuple[int, str] | None:
    found = verify_chain(rows, head_sequence, head or chain()[-1]["hash"])
    return (found.sequence, found.reason) if found else None


def test_an_untouched_chain_has_no_fault():
    assert fault(chain()) is None


OTHER: dict[str, Any] = {
    "organisation_id": UUID(int=9),
    "id": UUID(int=9),
    "complaint_id": UUID(int=9),
    "sequence": 9,
    "type": "complaint.closed",
    "occurred_at": AT + timedelta(microseconds=1),
    "recorded_at": AT,
    "actor_kind": "system",
    "actor_id": None,
    "actor_role": "",
    "facts": '{"number":3}',
    "texts": "{}",
    "salt": b"x" * 16,
    "texts_hash": bytes(32),
    "previous_hash": bytes(32),
    "hash": bytes(32),
}


@pytest.mark.parametrize("column", [*COLUMNS, "texts", "salt", "hash"])
@pytest.mark.parametrize("value", ["other", "none"])
def test_every_altered_column_is_found_at_its_row(column: str, value: str):
    rows = chain()
    rows[1][column] = OTHER[column] if value == "other" else None
    found = fault(rows)
    assert found is not None
    assert found[0] == 2


def test_the_test_above_covers_every_column_of_a_row():
    assert set(OTHER) == set(chain()[0])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (chain()[:1] + chain()[2:], (2, "it is missing: the next event is number 3")),
        (chain()[1:], (1, "it is missing: the next event is number 2")),
        (chain()[:3], (4, "it is missing: the complaint counts 4 events")),
        ([], (1, "it is missing: the complaint counts 4 events")),
        (chain(5), (5, "it is one too many: the complaint counts 4 events")),
    ],
)
def test_what_is_missing_is_named(rows: list[dict[str, Any]], expected: tuple[int, str]):
    assert fault(rows) == expected


def test_a_chain_rewritten_from_an_event_on_differs_from_the_head():
    rows, previous = chain(), GENESIS
    rows[1]["facts"] = '{"number":7}'
    for row in rows:
        row["previous_hash"] = previous
        previous = row["hash"] = event_hash(row)
    assert fault(rows) == (4, "its hash is not the one that the complaint holds of its last event")


def test_two_events_that_changed_places_are_found():
    rows = chain()
    rows[1], rows[2] = {**rows[2], "sequence": 2}, {**rows[1], "sequence": 3}
    assert fault(rows) == (2, "its previous hash is not the hash of the event before it")


def resealed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows, sealed as they are now."""
    previous = GENESIS
    for row in rows:
        row["previous_hash"] = previous
        previous = row["hash"] = event_hash(row)
    return rows


def erased(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "texts": None, "salt": None}


def test_texts_that_were_never_there_are_not_gone():
    rows = resealed([{**erased(row), "texts_hash": texts_hash(None, None)} for row in chain()])
    assert fault(rows, head=rows[-1]["hash"]) is None


def test_texts_are_erased_by_an_erasure_that_is_recorded():
    rows = chain()
    rows[3]["type"] = "complaint.purged"
    head = resealed(rows)[-1]["hash"]
    assert fault([*map(erased, rows[:3]), rows[3]], head=head) is None
    assert fault([erased(rows[0]), *rows[1:]], head=head) is None


GONE = "its texts are gone, and no erasure is recorded after it"


@pytest.mark.parametrize("purged", [None, 1, 2])
def test_without_one_or_after_it_they_are_gone_unseen_no_more(purged: int | None):
    rows = chain()
    if purged is not None:
        rows[purged - 1]["type"] = "complaint.purged"
    rows = resealed(rows)
    rows[1] = erased(rows[1])
    assert fault(rows, head=rows[-1]["hash"]) == (2, GONE)


@pytest.mark.parametrize("column", ["texts", "salt"])
def test_texts_or_salt_erased_alone_is_no_erasure(column: str):
    rows = chain()
    rows[2][column] = None
    assert fault(rows) == (3, "its texts were altered")


def test_values_cannot_move_from_one_column_to_the_next():
    row = chain(1)[0]
    moved = {**row, "type": row["type"] + "x", "actor_kind": row["actor_kind"][1:]}
    assert event_hash({**row, "type": "ab", "actor_kind": "c"}) != event_hash({**row, "type": "a", "actor_kind": "bc"})
    assert event_hash(moved) != event_hash(row)
    assert event_hash({**row, "actor_role": None}) != event_hash({**row, "actor_role": ""})


def test_the_same_instant_has_the_same_hash_in_every_zone():
    row = chain(1)[0]
    elsewhere = {**row, "occurred_at": row["occurred_at"].astimezone(timezone(timedelta(hours=2)))}
    assert event_hash(elsewhere) == event_hash(row)


def test_an_instant_without_offset_has_no_hash():
    with pytest.raises(ValueError, match="offset"):
        event_hash({**chain(1)[0], "occurred_at": datetime(2026, 4, 24)})


def test_the_hash_stays_what_it_was():
    # ledgers that exist were sealed like this; another value here means that none of them would verify any more
    assert chain(1)[0]["hash"].hex() == "9df6ddba16a6ff38db5a96a38d44d6948188c91437efffc0e97a48e95bd644c1"
    assert GENESIS.hex() == "d97dbea5c280418b18d08d64cf5e0b84785aaaf7b66de3bb24a331d5d45ca3a3"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "é\n"]}, '{"a":[true,null,"é\\n"],"b":1}'),
        ({}, "{}"),
        ({"😀": 1.5}, '{"😀":1.5}'),
    ],
)
def test_canonical_text(value: dict[str, Any], text: str):
    assert canonical(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800"])
def test_no_canonical_text_for_what_is_no_json(value: object):
    with pytest.raises(ValueError):
        canonical({"x": value})
