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
from app.domain.part import NotADay, UnknownEvent, part_in
from app.domain.procedure import Procedure
from app.domain.references import Place, escaped, everywhere, reference_faults
from app.domain.survey import View
from app.domain.tongue import UNITS
from app.domain.value_words import VALUES
from app.domain.vocabulary import RegisterField

MAX_DEPTH = 32
MAX_FAULTS = 1_000
MAX_PARTS = 30_000
SCHEMA_ID = "urn:gehoor:procedure"
WORDS = frozenset(field.alias or name for name, field in Procedure.model_fields.items())


def faults(document: Any) -> list[Fault]:
    """Every fault of a document as it was read from YAML or JSON; empty when it is a procedure."""
    found = list(_unusable(document))
    if not found:
        found = [*islice(_shape_faults(document), MAX_FAULTS), *reference_faults(document)]
    return _each_once(found)[:MAX_FAULTS]


def value_of(document: Mapping[str, Any]) -> Procedure:
    """The procedure in a document without faults."""
    return Procedure.model_validate_json(json.dumps(document))


def activation_faults(procedure: Procedure) -> list[Fault]:
    """Why a procedure that is whole cannot be put into force yet: under it no complaint could be filed or answered, or
    personal data would have no end to keeping it (A-11)."""
    shut = (*_asked_too_soon(procedure), *_never_answered(procedure), *_never_opened(procedure))
    return [*shut, *_retention_faults(procedure)]


def _asked_too_soon(procedure: Procedure) -> Iterator[Fault]:
    for index, field in enumerate(procedure.register_.required_at_intake):
        if field in _KNOWN_LATER:
            sentence = "This is not known yet when a complaint comes in; ask for it at closing (required_at_closing)."
            yield Fault(f"/register/required_at_intake/{index}", "not-at-intake", sentence)


# What no complaint can bring when it is filed: it follows from its handling.
_KNOWN_LATER: frozenset[RegisterField] = frozenset(
    [
        "correspondence",
        "handled_on",
        "handling_method",
        "verdict",
        "outcome",
        "measures",
        "conversation_summary",
        "improvements",
        "follow_up",
        "handler",
        "external_body",
        "compensation",
    ]
)


def _never_answered(procedure: Procedure) -> Iterator[Fault]:
    view = View(procedure)
    for where, stage in view.stages:
        for index, step in enumerate(stage.before_answer):
            waits = stage.kind != "external" and not (step.waivable or step.expected_only)
            if waits and not view.can_happen_in(stage, step.met_by):
                sentence = (
                    "This cannot happen in this stage, and the step may not be skipped: nothing could be answered."
                )
                yield Fault(f"{where}/before_answer/{index}/met_by", "step-cannot-be-met", sentence)


def _never_opened(procedure: Procedure) -> Iterator[Fault]:
    """A request to a body says no form and no ground: what asks for one keeps complainants from that body."""
    for where, _, opening in View(procedure).openings:
        outside = opening.event == "escalation.requested"
        for name, asked in (("form", opening.form != "any"), ("grounds", bool(opening.grounds))):
            if outside and asked:
                sentence = "A request to a body has none: the body itself judges what it takes on. Leave it out."
                yield Fault(f"{where}/{name}", "not-of-a-body", sentence)


_UNKEPT = Fault("/retention", "retention-missing", "Say how long complaints are kept before this comes into force.")
_ENDLESS = Fault("/retention/maximum", "retention-missing", "Say how long complaints are kept at most (AVG 5(1)(e)).")


def _retention_faults(procedure: Procedure) -> list[Fault]:
    kept = procedure.retention
    if kept is None:
        return [_UNKEPT]
    if kept.maximum is None:
        return [_ENDLESS]
    if kept.minimum is not None and approximate_days(kept.minimum) > approximate_days(kept.maximum):
        return [Fault("/retention/minimum", "retention-crossed", "The shortest period is longer than the longest.")]
    return []


def retention_lacking(document: Mapping[str, Any]) -> list[Fault]:
    """The same of a document that is not whole: only what is not there."""
    kept = document.get("retention")
    if kept is None:
        return [_UNKEPT]
    return [_ENDLESS] if isinstance(kept, Mapping) and kept.get("maximum") is None else []


def approximate_days(period: Any) -> float:
    """Only to tell which of two periods is the longer; never to count with."""
    return float(period.amount) * _DAYS[str(period.unit)]


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
    """What keeps a document from being looked at as a procedure at all."""
    if not isinstance(document, Mapping):
        yield Fault("", "not-a-mapping", "A procedure is a mapping: words with a colon and a value each.")
    elif _depth_exceeds(document, MAX_DEPTH):
        yield Fault("", "too-deep", "This is nested too deeply.")
    else:
        for number, place in enumerate(everywhere(Place("", document))):
            if number >= MAX_PARTS:
                yield Fault("", "too-large", "This is larger than a procedure can be.")
                return
            yield from _unusable_value(place)


def _depth_exceeds(value: Any, left: int) -> bool:
    if not isinstance(value, Mapping | list):
        return False
    inside = value.values() if isinstance(value, Mapping) else value
    return left == 0 or any(_depth_exceeds(each, left - 1) for each in inside)


def _unusable_value(place: Place) -> Iterator[Fault]:
    value = place.value
    if isinstance(value, str):
        yield from _characters(place.pointer, value)
    elif isinstance(value, float):
        sentence = "Give a whole number." if isfinite(value) else "This is not a number that can be written down."
        yield Fault(place.pointer, "whole-number", sentence)
    elif isinstance(value, Mapping):
        yield from (fault for key in value for fault in _key(place.pointer, key))
    elif not isinstance(value, list | int | None):
        yield Fault(
            place.pointer, "not-plain", "Only texts, whole numbers, true, false, lists and mappings can stand here."
        )


def _key(where: str, key: Any) -> Iterator[Fault]:
    if not isinstance(key, str):
        yield Fault(where, "key-not-a-word", "The name before a colon is one word.")
    elif list(_characters(where, key)):
        yield Fault(where, "character-not-allowed", "A word here holds a character that cannot be kept.")


def _characters(where: str, text: str) -> Iterator[Fault]:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        yield Fault(where, "character-not-allowed", "This text holds a character that cannot be kept.")


def _shape_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        Procedure.model_validate_json(json.dumps(document))
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            yield from _shape_fault(document, each)


def _shape_fault(document: Mapping[str, Any], error: Any) -> Iterator[Fault]:
    path = _path_in(document, error["loc"])
    code, sentence = _sentence(error)
    value = _value_at(document, path)
    if code == "rule" and isinstance(value, Mapping):
        return  # a rule of a whole part: it is told, more exactly, among the references
    if code == "too-few" and value:
        return  # there are enough of them: what is wrong with each is told at its own place
    written = path[-1] if code == "unknown-word" else value
    yield Fault(pointer(path), code, sentence + _hint(written, _CHOICES[code](error) if code in _CHOICES else ()))


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
    for step in loc:
        part = part_in(_annotations(part).get(str(step))) or part
    return list(_annotations(part))


def _annotations(part: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in part.model_fields.items()}


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
