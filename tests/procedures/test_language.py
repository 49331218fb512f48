"""The documentation of the language names every word, every choice and every event, and its examples hold."""

import re
import typing
from pathlib import Path

import pytest

from app.domain import vocabulary, words
from app.domain.events import EVENTS
from app.domain.part import Part
from app.procedures.reading import mapping_of

DOCUMENT = (Path(__file__).parents[2] / "docs" / "procedure-language.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```yaml\n(.+?)```", re.S)
NAMED = set(re.findall(r"`([^`]+)`", EXAMPLE.sub("", DOCUMENT)))
CHOICES = {
    choice
    for kind in vars(vocabulary).values()
    if typing.get_origin(kind) is typing.Literal
    for choice in typing.get_args(kind)
}


def parts() -> tuple[type[Part], ...]:
    """Every kind of part that a procedure is made of, the procedure itself included."""
    found: dict[str, type[Part]] = {}
    waiting: list[type[Part]] = [Part]
    while waiting:
        for part in waiting.pop().__subclasses__():
            found[part.__name__] = part
            waiting.append(part)
    return tuple(found.values())


KNOWN = {field.alias or name for part in parts() for name, field in part.model_fields.items()} | {"amount", "unit"}


@pytest.mark.parametrize("known", [KNOWN, CHOICES, EVENTS], ids=["words", "choices", "events"])
def test_everything_is_documented(known):
    assert sorted(set(known) - NAMED) == []


def test_every_word_is_described_and_no_description_is_left_over():
    used = {(part.__name__, field.alias or name) for part in parts() for name, field in part.model_fields.items()}
    assert [word for part, word in used if words.word_of(part, word) is None] == []
    spoken = {word for _, word in used} | {f"{part}.{word}" for part, word in used} | {"amount", "unit"}
    assert set(words.WORDS) - spoken == set()


def test_the_yaml_examples_are_plain_yaml():
    for example in EXAMPLE.findall(DOCUMENT):
        assert mapping_of(example)


def test_the_files_it_points_to_exist():
    for kind in (
        "municipality",
        "care provider",
        "school",
        "financial firm",
        "housing corporation",
        "childcare provider",
    ):
        assert kind in DOCUMENT
    assert (Path(__file__).parent / "further").is_dir()
