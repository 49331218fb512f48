"""What the parts of a procedure are made of: frozen, of words from closed lists, with a text in both languages."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.fields import FieldInfo

from app.domain import vocabulary as word
from app.domain.events import EVENTS
from app.domain.place import Torn

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME, _LONGEST_NAME = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", 60


class NotADay(ValueError):
    """Something else than a date as it is written."""


class UnknownEvent(ValueError):
    """A name that is none of the events of the language."""


def _known_event(name: str) -> str:
    if name not in EVENTS:
        raise UnknownEvent("this is not one of the events that can happen to a complaint")
    return name


def _both_languages(value: Any) -> Any:
    return {"nl": value, "en": value} if isinstance(value, str) else value


def _written_day(value: Any) -> Any:
    if not isinstance(value, date) and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise NotADay("a date is written as YYYY-MM-DD")
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Id = Annotated[str, Field(pattern=_NAME, max_length=_LONGEST_NAME)]
EventName = Annotated[str, AfterValidator(_known_event), WithJsonSchema({"type": "string", "enum": list(EVENTS)})]
# One word may stand for a list of one, and one text for both languages; the JSON Schema says so too.
EventNames = Annotated[
    tuple[EventName, ...],
    Field(max_length=20),
    BeforeValidator(_listed, json_schema_input_type=EventName | Annotated[tuple[EventName, ...], Field(max_length=20)]),
]
SomeEvents = Annotated[
    tuple[EventName, ...],
    Field(min_length=1, max_length=20),
    BeforeValidator(
        _listed, json_schema_input_type=EventName | Annotated[tuple[EventName, ...], Field(min_length=1, max_length=20)]
    ),
]
Roles = Annotated[
    tuple[Id, ...],
    Field(max_length=20),
    BeforeValidator(_listed, json_schema_input_type=Id | Annotated[tuple[Id, ...], Field(max_length=20)]),
]
Stages = Roles
Parties = Annotated[
    tuple[word.Party, ...], BeforeValidator(_listed, json_schema_input_type=word.Party | tuple[word.Party, ...])
]
Contents = Annotated[
    tuple[word.Content, ...], BeforeValidator(_listed, json_schema_input_type=word.Content | tuple[word.Content, ...])
]
Source = Annotated[str, Field(max_length=200)]
# "yes", 1 and "5" are not taken for what they resemble: a procedure says what it says.
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True)]
Day = Annotated[
    date,
    BeforeValidator(_written_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}),
]


def is_name(value: Any) -> bool:
    """Whether it can stand where an Id is asked."""
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and re.fullmatch(_NAME, value) is not None


def is_day(value: Any) -> bool:
    """Whether it can stand where a Day is asked."""
    try:
        return isinstance(value, str) and bool(_DAY.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False


class Part(BaseModel):
    """A part of a procedure: frozen, no unknown words."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=4000)


class Words(Part):
    nl: str = Field(min_length=1, description="As people read it, in Dutch")
    en: str = Field(min_length=1, description="The same in English")


@cache
def words_of(part: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Each word of a part, as it is written, and what it may be."""
    return {field.alias or name: field for name, field in part.model_fields.items()}


def is_whole(value: Mapping[str, Any], part: type[BaseModel]) -> bool:
    """Whether it says nothing but these words: another may be a slip of the one that is missed."""
    return not isinstance(value, Torn) and value.keys() <= words_of(part).keys()


Text = Annotated[str, Field(min_length=1, max_length=4000)]
Title = Annotated[Words, BeforeValidator(_both_languages, json_schema_input_type=Text | Words)]


def part_in(annotation: Any) -> type[BaseModel] | None:
    """The part, or the period, that such a word holds, alone or in a list; None where it holds neither."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(part_in, get_args(annotation))), None)
