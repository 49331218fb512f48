"""What is sent as JSON is what the contract's models would write."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from asyncpg.pgproto import pgproto
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from app.api.json_text import written
from app.api.schemas.filings import Receipt

_NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_ONE = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _TEXT | st.uuids()
    | st.dates(date(1900, 1, 1)) | st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC))
)  # fmt: skip
_VALUES = st.recursive(
    _ONE, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(_TEXT, inner), max_leaves=20
)


@given(_VALUES)
def test_plain_values_are_written_as_models_write_them(value):
    assert written(value) == to_json(value)


def test_ids_of_the_driver_and_models_are_written_too():
    known = "01a1c542-c3ac-72fa-8a4b-6d1f3a4b5c6d"
    shown = {
        "id": pgproto.UUID(known),
        "made": Receipt(id=UUID(known), reference="GH", received_at=_NOON, terms=[], support=[]),
    }
    assert written(shown) == to_json(shown)
    assert b"receivedAt" in written(shown)


@pytest.mark.parametrize("odd", [object(), {1, 2}, b"bytes"])
def test_nothing_else_is_guessed_at(odd):
    with pytest.raises(TypeError, match=type(odd).__name__):
        written({"a": odd})
