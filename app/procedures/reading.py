"""YAML text -> Procedure: the only reader of YAML, and a narrow one.

Out of YAML it takes mappings, lists, texts, whole numbers, true, false and null. Anchors, aliases, tags, merge keys and
a second use of a key are refused, so what a person reads in the file is what the service reads. The rest is looked at
all the same, so that every other fault is told too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

import yaml

from app.domain.errors import Fault, Invalid
from app.domain.place import UNREAD, Place, Torn, Unread, everywhere
from app.domain.procedure import Procedure
from app.domain.validation import MAX_DEPTH, MAX_FAULTS, faults_of, pointer, unusable, value_of

Path = tuple[str | int, ...]

MAX_BYTES = 64 * 1024
SHIPPED = ("jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk")

# The C parser where it was built, the same language either way.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}

_START = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_END = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
_FRAME = (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was given as a procedure, as far as it can be read (None: not at all), and every fault in it."""

    document: Mapping[str, Any] | None
    faults: Sequence[Fault]
    hiding: Sequence[Fault]  # those of what cannot be read, where nothing else is told

    @property
    def procedure(self) -> Procedure:
        """Raises Invalid with every fault: a pointer into the document and a sentence."""
        if self.document is None or self.faults:
            raise invalid(self.faults)
        return value_of(self.document)


def of_document(document: Any) -> Reading:
    """Of a document that was read already, such as a JSON body."""
    found = unusable(document)
    if found:
        return Reading(None, found, found)
    found = faults_of(document)
    return Reading(document, found, found)


def of_text(text: str | bytes) -> Reading:
    """Of a YAML text."""
    try:
        builder = _Builder(_characters(text))
        document = builder.document()
    except Invalid as unreadable:
        return Reading(None, unreadable.faults, unreadable.faults)
    if document is UNREAD:
        return Reading(None, builder.faults, builder.faults)
    read = of_document(document)
    unread = {place.pointer for place in everywhere(Place("", document)) if isinstance(place.value, Unread)}
    hiding = [fault for fault in builder.faults if fault.pointer in unread]
    return Reading(read.document, [*builder.told(), *read.faults][:MAX_FAULTS], [*hiding, *read.faults])


def read(text: str | bytes) -> Procedure:
    """The procedure in the text. Raises Invalid with every fault: a pointer into the file and a sentence."""
    return of_text(text).procedure


def read_mapping(document: Any) -> Procedure:
    """The procedure in a document that was read already. Raises Invalid with every fault."""
    return of_document(document).procedure


def invalid(found: Iterable[Fault]) -> Invalid:
    """What is raised of a document with faults."""
    told = islice(found, MAX_FAULTS)
    return Invalid("This is not a procedure yet; every fault is named.", code="invalid-procedure", faults=told)


def mapping_of(text: str | bytes) -> dict[str, Any]:
    """The bare document in the text, not yet judged as a procedure. Raises Invalid."""
    builder = _Builder(_characters(text))
    document = builder.document()
    if builder.faults:
        raise invalid(builder.told())
    if not isinstance(document, dict):
        raise invalid([Fault("", "not-a-mapping", "A procedure is a mapping: words with a colon and a value each.")])
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


def _characters(text: str | bytes) -> str:
    try:
        raw = text if isinstance(text, bytes) else text.encode()
        if len(raw) > MAX_BYTES:
            raise invalid([Fault("", "too-large", "A procedure is at most 64 KiB.")])
        return raw.decode("utf-8-sig")
    except UnicodeError as error:
        raise invalid([Fault("", "not-utf-8", "The text is not UTF-8.")]) from error


class _Builder:
    """Parser events -> a plain document, with the faults met on the way. Recursion is bounded by MAX_DEPTH.

    UNREAD stands for what is refused and has no value of its own, Torn for what lacks something that was refused.
    """

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self._events = self._parsed(text)

    def _parsed(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=_Parser)
        except yaml.MarkedYAMLError as error:
            raise invalid([*self.faults, _syntax(error)]) from error
        except yaml.YAMLError as error:
            sentence = "The text holds a character that YAML does not allow."
            raise invalid([*self.faults, Fault("", "yaml-syntax", sentence)]) from error

    def document(self) -> Any:
        roots: list[Any] = []
        for event in self._events:
            if not isinstance(event, _FRAME):
                roots.append(self._value(event, ()))
                if len(roots) > 1:
                    raise invalid([*self.faults, _at(event, (), "several-documents", "A file holds one procedure.")])
        return roots[0] if roots else None

    def _value(self, event: Any, path: Path) -> Any:
        self._check_plainness(event, path)
        if isinstance(event, yaml.AliasEvent):
            return UNREAD
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event) if event.tag is None else UNREAD
        if len(path) >= MAX_DEPTH:
            raise invalid([*self.faults, _at(event, path, "too-deep", "This is nested too deeply.")])
        return self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), _END):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        is_torn = False
        while not isinstance(event := next(self._events), _END):
            key = self._key(event, path)
            if key is None:
                is_torn = True
                self._pass_over(next(self._events), path)
                continue
            twice = key in found
            if twice:
                self._fault(event, (*path, key), "duplicate-key", "This word is given twice here.")
            value = self._value(next(self._events), (*path, key))
            found[key] = UNREAD if twice else value  # which of them was meant nobody knows
        return Torn(found) if is_torn else found

    def _key(self, event: Any, path: Path) -> str | None:
        """None where it is no word of the procedure."""
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(event, path, "key-not-a-word", "The name before a colon is one word.")
            self._pass_over(event, path)
            return None
        key = str(event.value)
        self._check_plainness(event, (*path, key))
        if key == "<<" and not event.style:
            self._fault(event, (*path, key), "merge-key", "A procedure does not merge parts of itself.")
            return None
        return key

    def told(self) -> list[Fault]:
        """Each fault once, and nothing of a word that is there twice but that."""
        twice = {fault.pointer for fault in self.faults if fault.code == "duplicate-key"}
        kept = {
            (fault.pointer, fault.code): fault
            for fault in self.faults
            if fault.code == "duplicate-key" or twice.isdisjoint(_places_of(fault.pointer))
        }
        return list(kept.values())

    def _pass_over(self, event: Any, path: Path) -> None:
        levels = int(isinstance(event, _START))
        while levels:
            event = next(self._events)
            levels += isinstance(event, _START) - isinstance(event, _END)
            if len(path) + levels >= MAX_DEPTH:
                raise invalid([*self.faults, _at(event, path, "too-deep", "This is nested too deeply.")])

    def _check_plainness(self, event: Any, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self._fault(event, path, "alias", "A procedure has no anchors (&) and aliases (*); write it out.")
        if getattr(event, "tag", None) is not None:
            self._fault(event, path, "tag", "A procedure has no tags (!).")

    def _fault(self, event: Any, path: Path, code: str, sentence: str) -> None:
        self.faults.append(_at(event, path, code, sentence))


def _places_of(pointer: str) -> Iterator[str]:
    """What it points to, and all that this is in."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


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
