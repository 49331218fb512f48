"""JSON read once, and strictly: UTF-8, no duplicate keys, no NaN or Infinity, at most 32 levels, storable text."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from app.api.problems import showable
from app.domain.errors import Fault

MAX_LEVELS = 32
MAX_DIGITS = 18  # every whole number fits a bigint

# A text (to its end, or to the end of the input when it is not closed: linear in time) or a bracket.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.?)*+"?|[\[\]{}]', re.DOTALL)
_OPENERS, _CLOSERS = (b"[", b"{"), (b"]", b"}")


class Unreadable(Exception):
    """Not JSON as we take it. Holds the faults, and the value where it can be read on for more of them."""

    def __init__(self, *faults: Fault, value: Any = None) -> None:
        super().__init__()
        self.faults = faults
        self.value = value


class _Marked(dict[str, Any]):
    """An object of which some names are wrong: those that it has more than once, those that it cannot have."""

    repeated: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()


class _LookAgain(Exception):
    """Tells the quick reader that a second reading must say where."""


def parse(raw: bytes) -> Any:
    """The value that the bytes stand for. Raises Unreadable with every fault that can be told apart."""
    _check_levels(raw)
    text = _text(raw)
    try:
        value = _decoded(_QUICK, text)
        # Only an escape can bring in a NUL or half a surrogate pair, so most bodies need no second look.
        if b"\\u" not in raw or not any(_faults(value, "")):
            return value
    except _LookAgain:
        pass
    marked = _decoded(_MARKING, text)
    raise Unreadable(*_faults(marked, ""), value=marked)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(Fault("", "not-utf-8", "The body is not UTF-8.")) from None


def _check_levels(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= MAX_LEVELS:
        return
    level = 0
    for match in _TOKENS.finditer(raw):
        token = match.group()
        level += (token in _OPENERS) - (token in _CLOSERS)
        if level > MAX_LEVELS:
            raise Unreadable(Fault("", "too-deep", f"At most {MAX_LEVELS} levels of nesting."))


def _decoded(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"This is not valid JSON (line {error.lineno}, column {error.colno})."
        raise Unreadable(Fault("", "json-invalid", where)) from None


# -- the quick reader: does not say what is wrong --------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _LookAgain
    return found


def _sound(read: Callable[[str], float]) -> Callable[[str], float]:
    """A reader of numbers that takes only finite ones."""

    def number(digits: str) -> float:
        found = read(digits)
        if not math.isfinite(found):
            raise _LookAgain
        return found

    return number


# -- the second reader: leaves what is wrong in its place ------------------------------------------------------


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # A name with half a character would keep the model from reading the others.
    found = _Marked((name, item) for name, item in pairs if not _is_half(name))
    found.repeated = frozenset(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    found.left_out = tuple(name for name, _ in pairs if _is_half(name))
    return found


def _constant(name: str) -> float:
    """NaN stands for all three of them: infinite is what was too large."""
    return math.nan


def _whole(digits: str) -> float:
    return int(digits) if len(digits.lstrip("-")) <= MAX_DIGITS else math.inf


_QUICK = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_sound(_constant), parse_float=_sound(float), parse_int=_sound(_whole)
)
_MARKING = json.JSONDecoder(object_pairs_hook=_marked, parse_constant=_constant, parse_float=float, parse_int=_whole)


def _faults(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, str):
        yield from _text_faults(value, pointer)
    elif isinstance(value, float):
        yield from _number_faults(value, pointer)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _faults(item, f"{pointer}/{number}")
    elif isinstance(value, dict):
        yield from _name_faults(value, pointer)
        for name, item in value.items():
            yield from _faults(item, f"{pointer}/{showable(name)}")


def _name_faults(value: dict[str, Any], pointer: str) -> Iterator[Fault]:
    left_out = value.left_out if isinstance(value, _Marked) else ()
    for name in sorted(value.repeated if isinstance(value, _Marked) else ()):
        yield Fault(f"{pointer}/{showable(name)}", "repeated-key", "This key is there more than once.")
    for name in (*value, *left_out):
        yield from _text_faults(name, pointer)


def _number_faults(number: float, pointer: str) -> Iterator[Fault]:
    if math.isnan(number):
        yield Fault(pointer, "number-not-finite", "NaN and Infinity are not JSON.")
    elif math.isinf(number):
        sentence = f"This number is too large: a whole number has at most {MAX_DIGITS} digits."
        yield Fault(pointer, "number-too-large", sentence)


def _text_faults(text: str, pointer: str) -> Iterator[Fault]:
    if "\0" in text:
        yield Fault(pointer, "not-storable", "A text cannot hold the character NUL.")
    if _is_half(text):
        yield Fault(pointer, "not-storable", "This text holds half a character (a lone surrogate).")


def _is_half(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
