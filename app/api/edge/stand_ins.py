"""What can stand where something in a request cannot be read."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from app.api.problems import place
from app.api.values import OWN

Path = tuple[int | str, ...]

TEXT: Final = ("Een tekst.",)  # which is no word of a procedure: on what such a text says hardly anything hangs
_READ: Final = frozenset({"text", "body", "paragraphs", "contents"})  # ... but on these, where owed content is found
DAY: Final = ("2000-01-03",)
INSTANT: Final = ("2000-01-03T12:00:00Z",)
# What can stand where a text, a word, an address, an id, a day, an instant or a number is missed.
_IDLE: Final = (TEXT, ("x",), ("x@example.org",), ("00000000-0000-4000-8000-000000000000",))  # nothing has such an id
_NUMBER: Final = (1,)
_REFERENCES: Final = frozenset({"corrects", "measure", "question", "lifts", "partNumber", "version"})
_OF_NOTHING: Final = (2_000_000_000,)  # for those, which are numbers of something else: nothing has this one
_STAND_INS: Final = (*_IDLE, ("12:00",), DAY, INSTANT)
# ... and a list or an object, by the kind of failure; what is in it is put there when that is missed.
MADE: Final[Mapping[str, Sequence[Any]]] = {
    "list_type": ([],),
    "tuple_type": ([],),
    "too_short": ([*TEXT],),
    "dict_type": ({},),
    "model_type": ({},),
    "model_attributes_type": ({},),
}
_BOUNDS: Final[Mapping[str, Callable[[Any], Sequence[int]]]] = {  # of numbers
    "greater_than_equal": lambda limits: (limits["ge"],),
    "less_than_equal": lambda limits: (limits["le"], *_NUMBER),
}
_DAYS: Final = (0, *(-(2**each) for each in range(10)), 1, 32, 512)  # from now: which one was meant nobody knows
_SOME_DAYS: Final = (0, -1, -16, -512, 1, 32, 512)
_DIGITS: Final = 5  # at least, in a day with its year
_LOOKS_LIKE_A_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_NAMES_A_DAY: Final = re.compile(r"(at|on|by|until|date|datum)$", re.IGNORECASE)
_SECONDS: Final = 100_000_000  # a number so large may be an instant
_WORDS: Final = re.compile("'([^']*)'")
_YES_OR_NO: Final = (False, True)


def wanted(failure: Mapping[str, Any], value: Any) -> tuple[Path, Sequence[Any]]:
    """What fails, and what can stand there where it is one of a list."""
    path, limits = place(failure, value), failure.get("ctx") or {}
    if failure["type"] == "union_tag_invalid":  # pydantic tells this of the object, not of the word in it
        return (*path, limits["discriminator"].strip("'")), _WORDS.findall(limits["expected_tags"])
    if failure["type"] == "union_tag_not_found":  # ... and asks again for one of its words
        return (*path, limits["discriminator"].strip("'")), TEXT
    if failure["type"] in ("bool_type", "bool_parsing"):
        return path, _YES_OR_NO
    if failure["type"] in _BOUNDS:
        if path[-1] in _REFERENCES:  # of nothing, or as large as it can be
            return path, (limits["le"],) if "le" in limits else _OF_NOTHING
        return path, _BOUNDS[failure["type"]](limits)
    if failure["type"] in MADE:
        return path, MADE[failure["type"]]
    return path, _WORDS.findall(str(limits.get("expected", "")))


def stand_ins(path: Path) -> Sequence[Sequence[Any]]:
    """What is put here in turn, until one of them can stand."""
    return (*_STAND_INS, _OF_NOTHING if path[-1] in _REFERENCES else _NUMBER)


def ways_of(failure: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[str]] | None:
    """Where one of several ways was to be taken (schemas/ways.py): what lacks of it, and what stands beside it."""
    limits = failure.get("ctx") or {}
    return (limits["lacks"], limits["besides"]) if "besides" in limits else None


def is_own(failure: Mapping[str, Any]) -> bool:
    """Whether a validator of our own says this."""
    return str(failure["type"]).startswith(OWN)


def days_around(now: datetime) -> tuple[Sequence[str], Sequence[str]]:
    """Days, and the instants on them, which may have been meant by one that cannot be read; the first is now."""
    days = [(now + timedelta(days=each)).date().isoformat() for each in _SOME_DAYS]
    return days, [(now + timedelta(days=each)).isoformat() for each in _DAYS]


def is_day(value: Any) -> bool:
    """Whether this was written as a day or an instant."""
    return isinstance(value, str) and bool(_LOOKS_LIKE_A_DAY.match(value))


def are_days(options: Sequence[Any]) -> bool:
    """Whether these are days or instants."""
    return is_day(options[0])


def is_read(path: Path) -> bool:
    """Whether owed content is looked for in what stands here."""
    return next((step for step in reversed(path) if isinstance(step, str)), "") in _READ


def may_be_day(name: str, value: Any) -> bool:
    """Whether this was meant for an instant whose name was misspelled: however the day is written."""
    if isinstance(value, (int, float)):
        return abs(value) >= _SECONDS
    written = isinstance(value, str) and len(value) > _DIGITS and sum(each.isdigit() for each in value) >= _DIGITS
    return written or bool(_NAMES_A_DAY.search(name))
