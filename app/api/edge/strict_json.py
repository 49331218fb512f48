"""JSON read once, and strictly: UTF-8, no duplicate keys, no NaN or Infinity, at most 32 levels, storable text."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

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


class _Repeated(dict[str, Any]):
    """An object that named a key more than once."""

    names: frozenset[str] = frozenset()


class _RepeatedSomewhere(Exception):
    """Tells the quick reader that a second reading must say where."""


def parse(raw: bytes) -> Any:
    """The value that the bytes stand for. Raises Unreadable with every fault that can be told apart."""
    _check_levels(raw)
    text = _text(raw)
    try:
        value = _decoded(_QUICK, text)
    except _RepeatedSomewhere:
        marked = _decoded(_MARKING, text)
        raise Unreadable(*_faults(marked, ""), value=marked) from None
    # Only an escape can bring in a NUL or half a surrogate pair, so most bodies need no second look.
    if b"\\u" in raw and (faults := tuple(_faults(value, ""))):
        raise Unreadable(*faults, value=value)
    return value


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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedSomewhere
    return found


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = _Repeated(pairs)
    found.names = frozenset(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return found


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(Fault("", "number-not-finite", "NaN and Infinity are not JSON."))


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Unreadable(Fault("", "number-too-large", "A number is too large."))
    return number


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise Unreadable(Fault("", "number-too-large", f"A whole number has at most {MAX_DIGITS} digits."))
    return int(digits)


def _decoder(objects: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=objects, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
    )


_QUICK, _MARKING = _decoder(_unique), _decoder(_marked)


def _faults(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, str):
        yield from _text_faults(value, pointer)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _faults(item, f"{pointer}/{number}")
    elif isinstance(value, dict):
        for name in sorted(value.names if isinstance(value, _Repeated) else ()):
            yield Fault(f"{pointer}/{showable(name)}", "repeated-key", "This key is there more than once.")
        for name, item in value.items():
            yield from _text_faults(name, pointer)
            yield from _faults(item, f"{pointer}/{showable(name)}")


def _text_faults(text: str, pointer: str) -> Iterator[Fault]:
    if "\0" in text:
        yield Fault(pointer, "not-storable", "A text cannot hold the character NUL.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield Fault(pointer, "not-storable", "This text holds half a character (a lone surrogate).")
