"""The documentation of the language names every word, every choice and every event, and its examples hold."""

import re
import typing
from datetime import time
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.domain import vocabulary, words
from app.domain.duty import Condition, Duty
from app.domain.events import EVENTS
from app.domain.part import Part, Words, part_in
from app.domain.procedure import Procedure
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


TABLES = dict(re.findall(r"### ([^\n]+)\n(.*?)(?=\n##)", DOCUMENT, re.S))
ROW = re.compile(r"^\| `(\w+)`\*? \|[^|]+\|[^|]+\|[^|]+\|(?: ?([^|]*) \|)?$", re.M)
WRITE = re.compile(r"^\| `(\w+)`\*? \|[^|]+\| ([^|]+) \|", re.M)
STARTS: dict[str, type[BaseModel]] = {
    "The whole": Procedure,
    "duties": Duty,
    "when, unless": Condition,
    "title, text": Words,
}


def part_of(heading: str) -> type[BaseModel]:
    """The part that a table is about; its heading is the way to it."""
    first, *rest = heading.split(".")
    part, steps = (STARTS[first], rest) if first in STARTS else (Procedure, [first, *rest])
    for step in steps:
        fields = {field.alias or name: field.annotation for name, field in part.model_fields.items()}
        part = part_in(fields[step]) or part
    return part


def written(value: object) -> str:
    """A default as the table gives it; nothing where it says nothing, or where a table of its own tells it."""
    if value in (None, (), "", {}) or (isinstance(value, Part) and not isinstance(value, Words)):
        return ""
    if isinstance(value, tuple):
        return ", ".join(written(each) for each in value)
    if isinstance(value, Words):
        return f"“{value.nl}”, “{value.en}”"
    if isinstance(value, time):
        return f"`{value:%H:%M}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("heading", TABLES)
def test_what_holds_for_a_word_that_is_left_out_is_told(heading):
    fields = part_of(heading).model_fields
    meant = {
        field.alias or name: "" if field.is_required() else written(field.default) for name, field in fields.items()
    }
    assert dict(ROW.findall(TABLES[heading])) == meant


# By what a kind of value is known in an annotation (the first that is there), and what the tables call it.
KINDS = {
    "dict[": "texts by name",
    "part.Words": "text in both languages",
    "calendar.Period": "period",
    "app.domain.": "part",
    "_known_event": "event",
    "Literal[": "choice",
    "bool": "`true` or `false`",
    "datetime.date": "date",
    "datetime.time": "time",
    "'int'": "number",
    "[int,": "number",
    "pattern='^[": "short name",
    "pattern='^(": "choice",
    "str": "text",
}


def kind_of(field: FieldInfo) -> str:
    """What is written for a word."""
    known = f"{field.annotation} {field.metadata}"
    kind = next(name for mark, name in KINDS.items() if mark in known)
    return f"list of {kind}s" if "tuple[" in str(field.annotation) else kind


@pytest.mark.parametrize("heading", TABLES)
def test_what_is_written_for_each_word_is_told(heading):
    fields = part_of(heading).model_fields.items()
    meant = {field.alias or name: kind_of(field) for name, field in fields}
    assert dict(WRITE.findall(TABLES[heading])) == meant


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
