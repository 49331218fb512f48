"""What is left of a body when its faults are taken out of it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import islice, product
from math import prod
from typing import Any, Final

from app.api.problems import place

Path = tuple[int | str, ...]

_CHOICES: Final = 12  # of one list
_VARIANTS: Final = 64  # of all lists together
_BYTES: Final = 100_000  # that all variants may be together: each costs what the whole request costs
_TEXT: Final = ("Een tekst.",)  # which is no word of a procedure: on what such a text says hardly anything hangs
_READ: Final = frozenset({"text", "body", "paragraphs"})  # ... but on these, in which owed content is looked for
# What can stand where a text, a word, an address, an id, a day, an instant or a number is missed.
_STAND_INS: Final = (
    _TEXT,
    ("x",),
    ("x@example.org",),
    ("00000000-0000-4000-8000-000000000000",),
    ("2000-01-03",),
    ("2000-01-03T12:00:00Z",),
    (1,),
)
_DIGITS: Final = 5  # at least, in a day with its year
_NOTHING: Final = object()
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_NAMES_A_DAY: Final = re.compile(r"(at|on|by|until|date|datum)$", re.IGNORECASE)
_SECONDS: Final = 100_000_000  # a number so large may be an instant
_WORDS: Final = re.compile("'([^']*)'")
_YES_OR_NO: Final = (False, True)


class Mending:
    """What was sent, on its way to what can be read; and the places that are no longer as they were sent."""

    def __init__(self, sent: Any, size: int = 0, instants: Iterable[str] = ()) -> None:
        """`size`: its bytes. `instants`: names of the instants on which other faults can hang."""
        self.sent, self.value = sent, deepcopy(sent)
        self._most = min(_VARIANTS, _BYTES // max(size, 1))
        self._lacks_instant = not set(instants) <= set(sent)
        self.touched: set[Path] = set()
        self._lacks = False
        self._choices: dict[Path, Sequence[Any]] = {}
        self._left_out: set[Path] = set()
        self.dated = False  # whether a day or an instant was left out, or put in its place

    @property
    def says_all(self) -> bool:
        """Whether what holds of every variant holds of what was sent.

        Names that mean nothing were left out, of each list every word is tried, and texts stand for texts that are not
        read; nothing else was changed.
        """
        stand_ins = {path: each for path, each in self._choices.items() if each in _STAND_INS}
        return self.keeps_all and all(each == _TEXT and not _READ & set(path) for path, each in stand_ins.items())

    @property
    def reads_all(self) -> bool:
        """Whether owed content is looked for in nothing that could not be read."""
        return not any(_READ & set(path) for path in self.touched)

    @property
    def keeps_all(self) -> bool:
        """As `says_all`, but for texts and the like that others stand in for: all is there that was sent."""
        lists = list(self._choices.values())
        few = all(len(each) <= _CHOICES for each in lists) and prod(map(len, lists)) <= max(self._most, 1)
        return few and not self._lacks

    def mend(self, failure: Mapping[str, Any]) -> bool:
        """Puts something where it can stand, or leaves out what fails. False where nothing helps."""
        path, options = _wanted(failure, self.value)
        if failure["type"] == "extra_forbidden":
            return self.leave_out(path, meant=False)
        before = self._choices.get(path)
        if options and (before is None or before in _STAND_INS):
            return self._put(path, options)
        further = _STAND_INS[_STAND_INS.index(before) + 1 :] if before in _STAND_INS else _STAND_INS
        if path in self._left_out or (before and before not in _STAND_INS) or not further:
            return self.leave_out(path)
        return self._put(path, further[0])

    def leave_out(self, path: Path, *, meant: bool = True) -> bool:
        """Takes out what stands at a place, or what it stands in when it is gone already, or one of a list."""
        if not path:
            return False
        *above, last = path
        here = _at(self.value, above)
        if here is _NOTHING:
            return True
        if not isinstance(here, dict) or last not in here:  # in a list the others would move up
            return self.leave_out(tuple(above))
        self.dated |= _is_day(here[last]) or (not meant and self._lacks_instant and _may_be_day(str(last), here[last]))
        del here[last]
        self._lacks |= meant
        self.touched.add(path)
        self._left_out.add(path)
        self._choices.pop(path, None)
        return True

    def _put(self, path: Path, options: Sequence[Any]) -> bool:
        here = _at(self.value, path[:-1])
        if not path or here is _NOTHING:
            return bool(path)
        here[path[-1]] = options[0]
        self.dated |= _is_day(options[0])
        self.touched.add(path)
        self._choices[path] = options
        return True

    @property
    def tried(self) -> int:
        """How many variants there are."""
        return prod(map(len, self._choices.values())) if self.keeps_all else 1

    def variants(self) -> Iterator[Any]:
        """With each of the words that can stand where wrong ones stood, where these are few; else one of each."""
        for words in islice(product(*self._choices.values()), self.tried):
            value = deepcopy(self.value)
            for (*above, last), word in zip(self._choices, words, strict=True):
                here = _at(value, above)
                if here is not _NOTHING:
                    here[last] = word
            yield value

    def is_as_sent(self, pointer: str) -> bool:
        """Whether this was sent, and neither it nor what it is part of was changed."""
        path = found(self.sent, pointer)
        return bool(path) and not any(path[: len(each)] == each[: len(path)] for each in self.touched)


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and bool(_DAY.match(value))


def _may_be_day(name: str, value: Any) -> bool:
    """Whether this was meant for an instant whose name was misspelled: however the day is written."""
    if isinstance(value, (int, float)):
        return abs(value) >= _SECONDS
    written = isinstance(value, str) and len(value) > _DIGITS and sum(each.isdigit() for each in value) >= _DIGITS
    return written or bool(_NAMES_A_DAY.search(name))


def found(sent: Any, pointer: str) -> Path:
    """The place that a pointer names; empty when there is nothing."""
    path: list[int | str] = []
    for step in pointer.split("/")[1:]:
        here = _at(sent, path)
        path.append(int(step) if isinstance(here, list) and step.isdecimal() else step)
    return () if _at(sent, path) is _NOTHING else tuple(path)


def _at(value: Any, path: Iterable[int | str]) -> Any:
    for step in path:
        there = isinstance(step, int) and isinstance(value, list) and step in range(len(value))
        if not there and not (isinstance(value, dict) and step in value):
            return _NOTHING
        value = value[step]
    return value


def _wanted(failure: Mapping[str, Any], value: Any) -> tuple[Path, Sequence[Any]]:
    """What fails, and what can stand there where it is one of a list."""
    path, limits = place(failure, value), failure.get("ctx") or {}
    if failure["type"] == "union_tag_invalid":  # pydantic tells this of the object, not of the word in it
        return (*path, limits["discriminator"].strip("'")), _WORDS.findall(limits["expected_tags"])
    if failure["type"] in ("bool_type", "bool_parsing"):
        return path, _YES_OR_NO
    return path, _WORDS.findall(str(limits.get("expected", "")))
