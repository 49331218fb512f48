"""Broken documents: reading one gives a procedure or Invalid, and nothing else; a valid one survives the round."""

import json
import random
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.difference import differences
from app.domain.errors import Invalid
from app.domain.linting import questions
from app.domain.validation import faults, value_of
from app.procedures.reading import SHIPPED, mapping_of, read, read_mapping, text_of

DOCUMENTS = [mapping_of(text_of(name)) for name in SHIPPED]
TEXTS = [text_of(name) for name in SHIPPED]

odd = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=20)
    | some.sampled_from(["handler", "complaint.received", "handling", "2026-02-31", "0", "\x00", "\ud800", "x" * 5000]),
    lambda inside: some.lists(inside, max_size=3) | some.dictionaries(some.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in the document."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in inside] + [place for _, each in inside for place in places(each)]


def mutate(document: Any, seed: int, replacement: Any) -> Any:
    """The document with up to three places removed, repeated, swapped with another or replaced."""
    chance = random.Random(seed)
    document = deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        found = places(document)
        if not found:
            return document
        container, key = chance.choice(found)
        other, other_key = chance.choice(found)
        what = chance.choice(("remove", "repeat", "swap", "replace", "wrap"))
        if what == "remove":
            del container[key]
        elif what == "repeat" and isinstance(container, list):
            container.append(deepcopy(container[key]))
        elif what == "swap":
            container[key] = deepcopy(other[other_key])
        elif what == "wrap":
            container[key] = [container[key]]
        else:
            container[key] = deepcopy(replacement)  # else it could come to stand in itself
    return document


@given(some.sampled_from(DOCUMENTS), some.integers(0, 2**32), odd)
def test_a_mutated_document_is_a_procedure_or_invalid(document, seed, replacement):
    mutated = mutate(document, seed, replacement)
    try:
        procedure = read_mapping(mutated)
    except Invalid as refusal:
        assert refusal.faults
        assert all(fault.message and fault.code for fault in refusal.faults)
    else:
        assert faults(mutated) == []
        assert read_mapping(procedure.model_dump(mode="json", by_alias=True)) == procedure
        assert questions(procedure) is not None
        assert differences(value_of(document), procedure) is not None


@given(odd)
def test_any_value_is_judged(value):
    with pytest.raises(Invalid):
        read_mapping(value)


@given(some.sampled_from(TEXTS), some.integers(0, 2**32), some.text(max_size=6))
def test_a_damaged_text_is_a_procedure_or_invalid(text, seed, inserted):
    chance = random.Random(seed)
    start = chance.randrange(len(text))
    damaged = text[:start] + inserted + text[start + chance.randrange(12) :]
    try:
        read(damaged)
    except Invalid as refusal:
        assert refusal.faults


@given(some.binary(max_size=200))
def test_any_bytes_are_judged(raw):
    with pytest.raises(Invalid):
        read(raw)


@pytest.mark.parametrize("document", DOCUMENTS, ids=SHIPPED)
def test_a_valid_one_survives_json(document):
    assert read_mapping(json.loads(json.dumps(document))) == value_of(document)
