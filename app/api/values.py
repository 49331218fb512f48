"""Types of what comes in and goes out, and the two models they live in. What fits is kept to the byte.

A type refuses a value with `fault(code, sentence)`: the sentence is shown as it is, so it never holds the value.
Whether an instant is not in the future is asked in the services: only the database's clock knows.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError

from app.domain.addresses import is_email
from app.domain.text import shows

OWN = "gehoor:"  # problems.py shows these sentences as they are
FIRST_YEAR, LAST_YEAR = 2000, 2100


def fault(code: str, sentence: str, **fields: Sequence[str]) -> PydanticCustomError:
    """What a validator raises. `code` is stable and in kebab-case; `sentence` must not hold what was sent.

    `fields` are names of our own.
    """
    return PydanticCustomError(OWN + code, sentence.replace("{", "{{").replace("}", "}}"), fields)


# -- text ------------------------------------------------------------------------------------------------------

# No NUL (PostgreSQL cannot keep it); lone surrogates are refused by pydantic itself. Nothing is stripped or folded.
_STORABLE = r"^[^\x00]*$"

Text = Annotated[str, Field(min_length=1, max_length=20_000, pattern=_STORABLE)]


def visible(value: str) -> str:
    """A text of which something shows."""
    if not shows(value):
        raise fault("blank", "Say something here.")
    return value


VISIBLE: Any = AfterValidator(visible)  # after any bound on its length: `Annotated[Text, at_most(500), VISIBLE]`
Said = Annotated[Text, VISIBLE]  # that a person, or a term, depends on
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_STORABLE)]
VisibleName = Annotated[Name, VISIBLE]  # by which a list is read; elsewhere a blank name is none
ONE_LINE: Any = Field(pattern=r"^[^\x00-\x1f\x7f]*$")  # of what stands in the head of a mail
Slug = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


def _in_digits(value: object) -> object:
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise fault("wrong-type", "Must be a whole number.")
    return value


_DIGITS = re.compile("-?[0-9]+")
IN_DIGITS: Any = BeforeValidator(_in_digits)  # of a number in an address, where pydantic reads 5_0 and 5.0 too

Count = Annotated[int, Field(ge=0, le=2_147_483_647)]


def at_most(characters: int) -> Any:
    """A smaller bound on a text: `Annotated[Text, at_most(500)]`."""
    return Field(max_length=characters)


def _email(value: str) -> str:
    if not is_email(value):
        raise fault("wrong-form", "Must be an e-mail address.")
    return value


# Light on purpose: whether mail arrives is found out by sending it.
EmailAddress = Annotated[
    str,
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "minLength": 3, "maxLength": 254}),
]


_NOT_EMPTIED = "not-emptied"
NOT_EMPTIED = OWN + _NOT_EMPTIED


def _kept(value: Any) -> Any:
    if value is None:
        raise fault(_NOT_EMPTIED, "This cannot be emptied: leave it out, and it stays as it is.")
    return value


class _NotNull:
    """Null stands for what was left out, in our own code only: the contract does not offer it."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler, /) -> dict[str, Any]:
        schema = handler(core)
        options = [each for each in schema["anyOf"] if each != {"type": "null"}]
        return options[0] if len(options) == 1 else {**schema, "anyOf": options}


_T = TypeVar("_T")
# Of a change: may be left out, and is not null when it is sent. `name: Kept[Name] = None`
Kept = Annotated[_T | None, BeforeValidator(_kept), _NotNull()]


# -- ids -------------------------------------------------------------------------------------------------------

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def _id(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise fault("wrong-form", "Must be an id (a UUID with hyphens).")
    return UUID(value)


Id = Annotated[UUID, BeforeValidator(_id)]

# -- time ------------------------------------------------------------------------------------------------------

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-5][0-9]))"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def instant(value: object) -> datetime:
    """RFC 3339 with an offset, as UTC. Digits past the microsecond are cut off. Raises a fault."""
    moment = value if isinstance(value, datetime) else _parsed(value)
    if moment.tzinfo is None:
        raise fault("offset-required", "Say the offset from UTC, as in 2026-04-24T12:00:00+02:00.")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise _out_of_range() from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise _out_of_range()
    return moment


def _parsed(value: object) -> datetime:
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault("wrong-form", "Must be an instant with its offset, as in 2026-04-24T12:00:00+02:00.")
    day, clock, fraction, _, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        moment = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        raise fault("no-such-instant", "There is no such day, time or offset.") from None
    return moment.replace(microsecond=int((fraction or "").ljust(6, "0")[:6]), tzinfo=zone)


def _out_of_range() -> PydanticCustomError:
    return fault("out-of-range", f"Must be in the years {FIRST_YEAR} to {LAST_YEAR}.")


def utc_text(moment: datetime) -> str:
    """An instant as answers show it: UTC with Z, microseconds only when there are any."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


Instant = Annotated[
    datetime,
    PlainValidator(instant),
    PlainSerializer(utc_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def local_date(value: object) -> date:
    """A day written YYYY-MM-DD, nothing else. Raises a fault."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise fault("wrong-form", "Must be a day, as in 2026-04-24.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise fault("no-such-day", "There is no such day.") from None
    if not 1900 <= day.year <= LAST_YEAR:
        raise fault("out-of-range", f"Must be in the years 1900 to {LAST_YEAR}.")
    return day


LocalDate = Annotated[
    date,
    PlainValidator(local_date),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
]

# -- models ----------------------------------------------------------------------------------------------------


# Kept beside the classes: mypy's plugin, reading `alias_generator` in one, would ask for aliases in Python code too.
_SENT = ConfigDict(alias_generator=to_camel, validate_by_alias=True, extra="forbid", frozen=True)
_ASKED = ConfigDict(alias_generator=to_camel, validate_by_alias=True, frozen=True)


_LAX_TIMES = frozenset({"date", "datetime", "time", "timedelta"})
_STRICT = frozenset({"int", "float", "bool", "str"})


def _be_strict(schema: Any, model: str) -> None:
    """Scalars strict, containers not: strictly, pydantic would refuse JSON's lists for tuples and texts for enums."""
    for node in _nodes(schema):
        kind = node.get("type")
        if kind in _LAX_TIMES:
            raise TypeError(f"{model}: use LocalDate or Instant, pydantic's {kind} takes numbers")
        if kind in _STRICT:
            node["strict"] = True


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for key, part in schema.items():
            if key not in ("metadata", "serialization", "ref", "default"):
                yield from _nodes(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _nodes(part)


class ApiModel(BaseModel):
    """What a caller sends: camelCase, nothing undeclared, and no number taken for a text or the other way round.

    A request must use the camelCase spelling; Python code makes one by the field names.
    Dates are LocalDate or Instant: pydantic's own take numbers.
    """

    model_config = _SENT

    def __init__(self, **values: Any) -> None:
        self.__pydantic_validator__.validate_python(values, self_instance=self, by_name=True)

    # Pydantic's own mark for "validation need not go through __init__": ours differs for Python code only.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler, /) -> CoreSchema:
        schema = handler(source)
        _be_strict(schema, cls.__name__)
        return schema


class BlankIsNone(ApiModel):
    """Of which a text that may be left out, and of which nothing shows, was left out."""

    @field_validator("*", mode="after")
    @classmethod
    def _blank_is_none(cls, value: Any, info: ValidationInfo) -> Any:
        is_blank = isinstance(value, str) and not shows(value)
        return None if is_blank and not cls.model_fields[str(info.field_name)].is_required() else value


class Answer(BaseModel):
    """What is answered: the same camelCase; fields may be added to a later version of it."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_alias=True, validate_by_name=True, frozen=True, from_attributes=True
    )


class Filters(BaseModel):
    """Query parameters of a list as one value: `filters: Annotated[Filters, Query()]`. Keys in camelCase."""

    model_config = _ASKED
