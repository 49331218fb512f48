"""What is wrong with a procedure: every fault at once, each with its place in the file and a sentence.

The sentences are ours and never repeat what was written, so that a fault may be logged and shown to anyone.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from math import isfinite
from typing import Any

from pydantic import BaseModel, ValidationError

from app.domain import words
from app.domain.errors import Fault
from app.domain.events import EVENTS
from app.domain.part import NotADay, UnknownEvent, part_in, words_of
from app.domain.place import UNREAD, Place, Torn, Unread, escaped, everywhere
from app.domain.procedure import Procedure
from app.domain.references import reference_faults
from app.domain.tongue import UNITS
from app.domain.value_words import VALUES

MAX_DEPTH = 32
MAX_FAULTS = 1_000
MAX_PARTS = 30_000
MAX_HINTS = 100  # looking for what was meant takes longer than all the rest
SCHEMA_ID = "urn:gehoor:procedure"


def faults(document: Any) -> list[Fault]:
    """Every fault of a document as it was read from YAML or JSON; empty when it is a procedure.

    What was found unreadable before it came here (UNREAD, Torn) is told by who found it.
    """
    return unusable(document) or faults_of(document)


def unusable(document: Any) -> list[Fault]:
    """What keeps a document from being looked at as a procedure at all."""
    return list(_unusable(document))


def faults_of(document: Mapping[str, Any]) -> list[Fault]:
    """Of one that is usable."""
    found = list(_unusable_values(document))
    legible = _legible(document) if found else document
    places = list(everywhere(Place("", legible)))
    unread = {place.pointer for place in places if isinstance(place.value, Unread)}
    torn = {place.pointer for place in places if isinstance(place.value, Torn)}
    for fault in (*islice(_shape_faults(legible), MAX_FAULTS), *reference_faults(legible)):
        may_be_there = fault.code.endswith("missing") and fault.pointer.rpartition("/")[0] in torn
        if fault.pointer not in unread and not may_be_there:
            found.append(fault)
    return _each_once(found)[:MAX_FAULTS]


def value_of(document: Mapping[str, Any]) -> Procedure:
    """The procedure in a document without faults."""
    return Procedure.model_validate_json(json.dumps(document))


def approximate_days(period: Any) -> float:
    """Only to tell which of two periods is the longer; never to count with."""
    return float(period.amount) * _DAYS[str(period.unit)]


def is_longer(one: Any, other: Any) -> bool:
    """Whether a period is surely the longer of two, whenever they begin."""
    months = [_MONTHS.get(str(each.unit), 0) * int(each.amount) for each in (one, other)]
    if all(months):
        return months[0] > months[1]
    uneven = _UNEVEN if "working_days" in (str(one.unit), str(other.unit)) else 1
    return approximate_days(one) > approximate_days(other) * uneven + 3


_MONTHS = {"months": 1, "years": 12}
_UNEVEN = 1.05  # weeks with holidays
_DAYS = {"days": 1, "working_days": 1.4, "weeks": 7, "months": 30.437, "years": 365.25}


def pointer(path: Iterable[str | int]) -> str:
    """A path as a JSON pointer into the file."""
    return "".join(f"/{escaped(part)}" for part in path)


@lru_cache(maxsize=1)
def json_schema() -> dict[str, Any]:
    """The published JSON Schema of a procedure (draft 2020-12), every word with its description."""
    schema = Procedure.model_json_schema(by_alias=True)
    for name, part in {**schema["$defs"], "Procedure": schema}.items():
        for word, described in part.get("properties", {}).items():
            described.setdefault("description", words.description(name, word))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "Complaints procedure (klachtenregeling)",
    }


def _each_once(found: Iterable[Fault]) -> list[Fault]:
    return list({(fault.pointer, fault.code): fault for fault in found}.values())


def _unusable(document: Any) -> Iterator[Fault]:
    if not isinstance(document, Mapping):
        yield Fault("", "not-a-mapping", "A procedure is a mapping: words with a colon and a value each.")
    elif _depth_exceeds(document, MAX_DEPTH):
        yield Fault("", "too-deep", "This is nested too deeply.")
    elif any(islice(everywhere(Place("", document)), MAX_PARTS, None)):
        yield Fault("", "too-large", "This is larger than a procedure can be.")


def _depth_exceeds(value: Any, left: int) -> bool:
    if not isinstance(value, Mapping | list):
        return False
    inside = value.values() if isinstance(value, Mapping) else value
    return left == 0 or any(_depth_exceeds(each, left - 1) for each in inside)


def _unusable_values(document: Mapping[str, Any]) -> Iterator[Fault]:
    for place in everywhere(Place("", document)):
        if (found := _unusable_value(place.value)) is not None:
            yield Fault(place.pointer, *found)
        for key in place.value if isinstance(place.value, Mapping) else ():
            if (found := _unusable_key(key)) is not None:
                yield Fault(place.pointer, *found)


def _unusable_value(value: Any) -> tuple[str, str] | None:
    if isinstance(value, str):
        return ("character-not-allowed", "This text holds a character that cannot be kept.") if _spoilt(value) else None
    if isinstance(value, float):
        sentence = "Give a whole number." if isfinite(value) else "This is not a number that can be written down."
        return "whole-number", sentence
    if isinstance(value, Mapping | list | int | None):
        return None
    return "not-plain", "Only texts, whole numbers, true, false, lists and mappings can stand here."


def _unusable_key(key: Any) -> tuple[str, str] | None:
    if not isinstance(key, str):
        return "key-not-a-word", "The name before a colon is one word."
    return ("character-not-allowed", "A word here holds a character that cannot be kept.") if _spoilt(key) else None


def _spoilt(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _legible(value: Any) -> Any:
    """The same without what is unusable in it."""
    if isinstance(value, Mapping):
        said = {key: _legible(each) for key, each in value.items() if _unusable_key(key) is None}
        return said if len(said) == len(value) and not isinstance(value, Torn) else Torn(said)
    if isinstance(value, list):
        return [_legible(each) for each in value]
    return value if _unusable_value(value) is None else UNREAD


def _shape_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        Procedure.model_validate_json(json.dumps(document))
    except ValidationError as error:
        for number, each in enumerate(error.errors(include_input=False, include_url=False)):
            yield from _shape_fault(document, each, hints=number < MAX_HINTS)


def _shape_fault(document: Mapping[str, Any], error: Any, *, hints: bool) -> Iterator[Fault]:
    path = _path_in(document, error["loc"])
    code, sentence = _sentence(error)
    value = _value_at(document, path)
    if code == "rule" and isinstance(value, Mapping):
        return  # a rule of a whole part: it is told, more exactly, among the references
    if code == "too-few" and value:
        return  # there are enough of them: what is wrong with each is told at its own place
    written = path[-1] if code == "unknown-word" else value
    known = _CHOICES[code](error) if hints and code in _CHOICES else ()
    yield Fault(pointer(path), code, sentence + _hint(written, known))


def _path_in(document: Any, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The part of the location that is in the file: one word may stand there for a list, one text for two."""
    value = document
    for depth, step in enumerate(loc):
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return loc[:depth]
    return loc


def _value_at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else document[step]
    return document


def _sentence(error: Any) -> tuple[str, str]:
    context = error.get("ctx", {})
    tell = _SENTENCES.get(error["type"])
    if tell is not None:
        return tell(context, str(error["loc"][-1]) if error["loc"] else "")
    return "does-not-fit", "This does not fit here."


def _fixed(code: str, sentence: str) -> "Callable[[Mapping[str, Any], str], tuple[str, str]]":
    return lambda context, word: (code, sentence)


def _hint(written: Any, known: Iterable[str]) -> str:
    meant = _meant(written, list(known)) if isinstance(written, str) else None
    return f" Did you mean {meant}?" if meant else ""


def _meant(written: str, known: Iterable[str]) -> str | None:
    """The word that this is nearly, or is the Dutch of."""
    in_dutch = {dutch: each for each in known for dutch in _dutch().get(each, ())}
    plain = written.replace("_", " ").lower()
    if plain in in_dutch:
        return in_dutch[plain]
    near = get_close_matches(written, known, n=1)
    near = near or [in_dutch[each] for each in get_close_matches(plain, in_dutch, n=1, cutoff=0.8)]
    return near[0] if near else None


@lru_cache(maxsize=1)
def _dutch() -> Mapping[str, list[str]]:
    """Per word of the language what people call it in Dutch, in any part of a procedure."""
    found = defaultdict(list, {unit: list(labels) for unit, labels in UNITS["nl"].items()})
    called = [(name.rpartition(".")[2], label.nl) for name, label in words.WORDS.items()]
    for name, label in (*called, *VALUES.items(), *((event, label) for event, (label, _) in EVENTS.items())):
        found[name].append(label.lower())
    return found


def _words_beside(loc: Iterable[str | int]) -> list[str]:
    """Every word that may stand in the part that the last of these is in."""
    part: type[BaseModel] = Procedure
    for step in map(str, loc):
        part = (part_in(words_of(part)[step].annotation) if step in words_of(part) else None) or part
    return list(words_of(part))


def _pattern(context: Mapping[str, Any], word: str) -> tuple[str, str]:
    choice = str(context.get("pattern", "")).removeprefix("^(").removesuffix(")$")
    if "|" in choice and choice.replace("|", "").replace("_", "").isalpha():
        return "not-one-of", f"Choose one of: {choice.replace('|', ', ')}."
    return "not-a-name", "A name here is lower-case letters and digits, with - or _ between, and starts with a letter."


def _choice(context: Mapping[str, Any], word: str) -> tuple[str, str]:
    return "not-one-of", f"Choose one of: {', '.join(_options(context))}."


def _options(context: Mapping[str, Any]) -> list[str]:
    return str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")


def _own(context: Mapping[str, Any], word: str) -> tuple[str, str]:
    error = context.get("error", "this does not fit here")
    if isinstance(error, NotADay):
        return _DATE(context, word)
    sentence = str(error)
    code = "unknown-event" if isinstance(error, UnknownEvent) else "rule"
    return code, f"{sentence[:1].upper()}{sentence[1:]}."


def _bound(code: str, before: str, key: str, after: str = ".") -> "Callable[[Mapping[str, Any], str], tuple[str, str]]":
    return lambda context, word: (code, f"{before} {context.get(key, '')}{after}")


def _mapping(context: Mapping[str, Any], word: str) -> tuple[str, str]:
    if context.get("class_name") == "Words":
        return "text-expected", "Give a text, or nl: and en: with a text each."
    if context.get("class_name") == "Period":
        return "period-expected", "Give a period as an amount and a unit: {amount: 5, unit: working_days}."
    return "mapping-expected", "Give words with a colon and a value each here."


# Per code: the words that could have been meant.
_CHOICES: dict[str, Callable[[Any], Iterable[str]]] = {
    "not-one-of": lambda error: _options(error.get("ctx", {})),
    "unknown-event": lambda error: EVENTS,
    "unknown-word": lambda error: _words_beside(error["loc"][:-1]),
}

_TEXT = _fixed("text-expected", "Give a text here; put a number or a true/false that is meant as text in quotes.")
_LIST = _fixed("list-expected", "Give a list here.")
_NUMBER = _fixed("whole-number", "Give a whole number, without quotes.")
_DATE = _fixed("date-expected", "Give an existing date as YYYY-MM-DD.")
_TIME = _fixed("time-expected", "Give a time of day as HH:MM.")

_SENTENCES: dict[str, Callable[[Mapping[str, Any], str], tuple[str, str]]] = {
    "missing": _fixed("missing", "This is missing."),
    "extra_forbidden": _fixed("unknown-word", "The language has no such word here."),
    "string_type": _TEXT,
    "string_too_long": _bound("too-long", "At most", "max_length", " characters."),
    "string_too_short": _fixed("empty", "This cannot be empty."),
    "string_pattern_mismatch": _pattern,
    "literal_error": _choice,
    "enum": _choice,
    "bool_type": _fixed("true-or-false", "Give true or false, without quotes."),
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "int_parsing_size": _NUMBER,
    "greater_than_equal": _bound("too-small", "At least", "ge"),
    "less_than_equal": _bound("too-large", "At most", "le"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_long": _bound("too-many", "At most", "max_length", " of these."),
    "too_short": _bound("too-few", "At least", "min_length", " of these."),
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "time_type": _TIME,
    "time_parsing": _TIME,
    "value_error": _own,
}
