"""YAML text -> Procedure: the only reader of YAML, and a narrow one.

Out of YAML it takes mappings, lists, texts, whole numbers, true, false and null. Anchors, aliases, tags, merge keys and
a second use of a key are refused, so what a person reads in the file is what the service reads.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

import yaml

from app.domain.errors import Fault, Invalid
from app.domain.procedure import Procedure
from app.domain.validation import MAX_DEPTH, MAX_FAULTS, faults, pointer, value_of

MAX_BYTES = 64 * 1024
SHIPPED = ("jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk")

# The C parser where it was built, the same language either way.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}

_END = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
_FRAME = (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent)


def read(text: str | bytes) -> Procedure:
    """The procedure in the text. Raises Invalid with every fault: a pointer into the file and a sentence."""
    return read_mapping(mapping_of(text))


def read_mapping(document: Any) -> Procedure:
    """The procedure in a document that was read already, such as a JSON body. Raises Invalid with every fault."""
    found = faults(document)
    if found:
        raise _invalid(found)
    return value_of(document)


def mapping_of(text: str | bytes) -> dict[str, Any]:
    """The bare document in the text, not yet judged as a procedure. Raises Invalid."""
    builder = _Builder(_characters(text))
    document = builder.document()
    if builder.faults:
        raise _invalid(builder.faults)
    if not isinstance(document, dict):
        raise _invalid([Fault("", "not-a-mapping", "A procedure is a mapping: words with a colon and a value each.")])
    return document


@lru_cache(maxsize=1)
def shipped() -> tuple[Procedure, ...]:
    """The five procedures that come with the service, in the order of the list above."""
    return tuple(read(text_of(name)) for name in SHIPPED)


def shipped_named(name: str) -> Procedure:
    """One of them. Raises StopIteration for another name."""
    return next(procedure for procedure in shipped() if procedure.procedure == name)


def text_of(name: str) -> str:
    """The YAML text of a shipped procedure. Raises KeyError for another name."""
    if name not in SHIPPED:
        raise KeyError(name)
    return (files("app.procedures") / f"{name}.yaml").read_text(encoding="utf-8")


def _invalid(found: Iterable[Fault]) -> Invalid:
    told = islice(found, MAX_FAULTS)
    return Invalid("This is not a procedure yet; every fault is named.", code="invalid-procedure", faults=told)


def _characters(text: str | bytes) -> str:
    try:
        raw = text if isinstance(text, bytes) else text.encode()
        if len(raw) > MAX_BYTES:
            raise _invalid([Fault("", "too-large", "A procedure is at most 64 KiB.")])
        return raw.decode("utf-8-sig")
    except UnicodeError as error:
        raise _invalid([Fault("", "not-utf-8", "The text is not UTF-8.")]) from error


class _Builder:
    """Parser events -> a plain document, with the faults met on the way. Recursion is bounded by MAX_DEPTH."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self._events = self._parsed(text)

    def _parsed(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=_Parser)
        except yaml.MarkedYAMLError as error:
            raise _invalid([*self.faults, _syntax(error)]) from error
        except yaml.YAMLError as error:
            sentence = "The text holds a character that YAML does not allow."
            raise _invalid([*self.faults, Fault("", "yaml-syntax", sentence)]) from error

    def document(self) -> Any:
        roots: list[Any] = []
        for event in self._events:
            if not isinstance(event, _FRAME):
                roots.append(self._value(event, ()))
                if len(roots) > 1:
                    self._fault(event, (), "several-documents", "A file holds one procedure.")
                    break
        return roots[0] if roots else None

    def _value(self, event: Any, path: tuple[str | int, ...]) -> Any:
        self._check_plainness(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if len(path) >= MAX_DEPTH:
            raise _invalid([*self.faults, _at(event, path, "too-deep", "This is nested too deeply.")])
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else None

    def _list(self, path: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), _END):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), _END):
            key = self._key(event, path, found)
            value = self._value(next(self._events), (*path, key))
            found.setdefault(key, value)
        return found

    def _key(self, event: Any, path: tuple[str | int, ...], found: Mapping[str, Any]) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _invalid([*self.faults, _at(event, path, "key-not-a-word", "The name before a colon is one word.")])
        key = str(event.value)
        self._check_plainness(event, (*path, key))
        if key == "<<" and not event.style:
            self._fault(event, (*path, key), "merge-key", "A procedure does not merge parts of itself.")
        elif key in found:
            self._fault(event, (*path, key), "duplicate-key", "This word is given twice here.")
        return key

    def _check_plainness(self, event: Any, path: tuple[str | int, ...]) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._fault(event, path, "alias", "A procedure has no anchors (&) and aliases (*); write it out.")
        elif getattr(event, "tag", None) is not None:
            self._fault(event, path, "tag", "A procedure has no tags (!).")

    def _fault(self, event: Any, path: tuple[str | int, ...], code: str, sentence: str) -> None:
        self.faults.append(_at(event, path, code, sentence))


def _scalar(event: Any) -> Any:
    """Only what is written plainly can be a number, true, false or null; in quotes it is text. A date stays text."""
    value = str(event.value)
    if event.style:
        return value
    return int(value) if _NUMBER.fullmatch(value) else _PLAIN.get(value, value)


def _at(event: Any, path: Iterable[str | int], code: str, sentence: str) -> Fault:
    return Fault(pointer(path), code, f"{sentence} (line {event.start_mark.line + 1})")


def _syntax(error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return Fault(
        "", "yaml-syntax", f"The YAML cannot be read{where}: check the indentation, colons, quotes and brackets."
    )
