"""Shared types: what fits is kept to the byte, everything else is refused with a sentence of ours."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.api.values import Answer, ApiModel, EmailAddress, Id, Instant, LocalDate, Name, Text, at_most
from tests.api.toy import Colour, NewThing


def codes(kind: Any, value: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    return [failure["type"] for failure in refused.value.errors()]


ODD = [
    "  spaces kept  ", "\u202eright to left", "e\u0301 is not é", "𝕆𝕕𝕕 🦆", "\t\r\n\x0b\x01\x7f\x85", "\ufeffbom", "ﬀ",
    "İ", "\ufffe",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_legal_odd_text_is_kept_to_the_byte(text):
    assert TypeAdapter(Text).validate_python(text).encode() == text.encode()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200))
def test_any_text_is_kept(text):
    assert TypeAdapter(Name).validate_python(text) == text


@pytest.mark.parametrize("text", ["", "a\0b", "\ud800", "a\udfffb", "a" * 201])
def test_text_that_cannot_be_kept(text):
    assert codes(Name, text)


def test_a_smaller_bound_replaces_the_larger():
    short = Annotated[Text, at_most(3)]
    assert TypeAdapter(short).validate_python("abc") == "abc"
    assert codes(short, "abcd") == ["string_too_long"]
    assert TypeAdapter(short).json_schema()["maxLength"] == 3
    assert codes(short, "a\0") == ["string_pattern_mismatch"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-04-24T12:00:00+02:00", "2026-04-24T10:00:00Z"),
        ("2026-04-24T12:00:00Z", "2026-04-24T12:00:00Z"),
        ("2026-04-24t12:00:00z", "2026-04-24T12:00:00Z"),
        ("2026-04-24T12:00:00.5-00:00", "2026-04-24T12:00:00.500000Z"),
        ("2026-04-24T12:00:00.123456789Z", "2026-04-24T12:00:00.123456Z"),
        ("2026-04-24T23:59:59-11:30", "2026-04-25T11:29:59Z"),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        ("2101-01-01T00:30:00+01:00", "2100-12-31T23:30:00Z"),
    ],
)
def test_instants_are_answered_in_utc(text, expected):
    kind: TypeAdapter[datetime] = TypeAdapter(Instant)
    assert kind.dump_python(kind.validate_python(text), mode="json") == expected


@pytest.mark.parametrize(
    "value",
    [
        1777024800, 1777024800.5, "1777024800", True, None, [], "2026-04-24", "2026-04-24T12:00:00",
        "2026-04-24T12:00Z",
        "2026-04-24 12:00:00Z", "2026-04-24T12:00:60Z", "2026-04-24T24:00:00Z", "2026-02-30T12:00:00Z",
        "2026-04-24T12:00:00+24:00", "2026-04-24T12:00:00+02:60", "2026-04-24T12:00:00+0200", "2026-04-24T12:00:00 Z",
        "1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
        " 2026-04-24T12:00:00Z", "2026-04-24T12:00:00Z\n", "٢٠٢٦-04-24T12:00:00Z", "20260424T120000Z", "now", "",
    ],
)  # fmt: skip
def test_what_is_no_instant(value):
    assert [code for code in codes(Instant, value) if code.startswith("gehoor:")]


def test_an_instant_in_python_is_made_utc():
    moment = datetime(2026, 4, 24, 12, tzinfo=timezone(timedelta(hours=2)))
    assert TypeAdapter(Instant).validate_python(moment) == moment
    assert TypeAdapter(Instant).validate_python(moment).tzinfo is UTC
    assert codes(Instant, datetime(2026, 4, 24, 12)) == ["gehoor:offset-required"]


@pytest.mark.parametrize("value", ["2026-04-24", "2024-02-29", "1900-01-01", "2100-12-31", date(2026, 4, 24)])
def test_days(value):
    kind: TypeAdapter[date] = TypeAdapter(LocalDate)
    assert kind.dump_python(kind.validate_python(value), mode="json") == str(value)


@pytest.mark.parametrize(
    "value",
    [
        20260424, 0, 1.5, True, "20260424", "2026-4-24", "2026-W17-5", "2026-02-30", "2025-02-29",
        "2026-04-24T00:00:00Z",
        "24-04-2026", "1899-12-31", "2101-01-01", "2026-04-24 ", "٢٠٢٦-04-24", "", None,
        datetime(2026, 4, 24, tzinfo=UTC),
    ],
)  # fmt: skip
def test_what_is_no_day(value):
    assert codes(LocalDate, value)


@pytest.mark.parametrize("address", ["a@b.nl", "o'neil+x@sub.example.org", "zoë@voorbeeld.example", "A@XN--E.example"])
def test_addresses(address):
    assert TypeAdapter(EmailAddress).validate_python(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "a", "@b.nl", "a@", "a@b", "a@.nl.", "a b@c.nl", "a@b.nl\n", "a\0@b.nl", "a@b@c.nl", "a,b@c.nl", "<a@b.nl>",
        "a" * 65 + "@b.nl", "a@" + "b" * 250 + ".nl", "a@b.nl\r\nBcc: c@d.nl",
        "a@b.nl/x", "a@#.?", ".a@b.nl", "a.@b.nl", "a..b@b.nl", "a@" + "b" * 64 + ".nl", "a@-b.nl", "a@192.0.2.1",
        "a\u3164@b.nl", "a@b\u3164.nl", "a\u034f@b.nl", "a\u115f@b.nl", "a\ufe0f@b.nl", "a@b_c.nl",
    ],
)  # fmt: skip
def test_what_is_no_address(address):
    assert codes(EmailAddress, address)


def test_ids_are_written_one_way():
    assert TypeAdapter(Id).validate_python("0198C0DE-0000-7000-8000-000000000001") == UUID(
        int=0x0198C0DE00007000_8000000000000001
    )
    for value in ("0198c0de000070008000000000000001", "{0198c0de-0000-7000-8000-000000000001}", "urn:uuid:x", 5, None):
        assert codes(Id, value)


GOOD: dict[str, Any] = {"firstName": "a", "receivedAt": "2026-04-24T12:00:00Z"}


@pytest.mark.parametrize(
    "change",
    [
        {"firstName": 5}, {"firstName": True}, {"urgent": 1}, {"urgent": "true"}, {"urgent": None}, {"colour": 1},
        {"parts": {}}, {"parts": [{"name": "a", "weight": "1.5"}]}, {"parts": [{"name": "a", "weight": True}]},
        {"form": {"kind": "box", "sides": "3"}},
        {"form": {"kind": "box", "sides": 3.0}}, {"form": {"kind": "box", "sides": True}},
        {"first_name": "a"}, {"extra": 1},
    ],
)  # fmt: skip
def test_no_type_is_taken_for_another(change):
    assert codes(NewThing, {**GOOD, **change})


def test_what_json_gives_fits():
    thing = TypeAdapter(NewThing).validate_python(
        {**GOOD, "colour": "blue", "parts": [{"name": "a", "weight": 3}], "form": {"kind": "box", "sides": 3}}
    )
    assert thing.colour is Colour.BLUE and thing.parts[0].weight == 3 and isinstance(thing.parts, tuple)
    with pytest.raises(ValidationError):
        thing.urgent = True


def test_python_uses_its_own_names_and_json_the_contracts():
    thing = NewThing(first_name="a", received_at=datetime(2026, 4, 24, tzinfo=UTC), due_on=date(2026, 5, 4))
    dumped = thing.model_dump(mode="json", by_alias=True)
    assert (dumped["firstName"], dumped["receivedAt"], dumped["dueOn"]) == ("a", "2026-04-24T00:00:00Z", "2026-05-04")


def test_pydantics_own_dates_are_kept_out():
    with pytest.raises(TypeError, match="LocalDate"):

        class Wrong(ApiModel):
            on: date | None = None


def test_answers_take_rows_and_show_camel_case():
    class Shown(Answer):
        due_on: LocalDate | None

    class Row:
        due_on = date(2026, 5, 4)

    assert Shown.model_validate(Row()).model_dump_json(by_alias=True) == '{"dueOn":"2026-05-04"}'
    assert Shown.model_validate({"due_on": None}).model_dump_json(by_alias=True) == '{"dueOn":null}'
