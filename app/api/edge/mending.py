"""What is left of a body when its faults are taken out of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from app.api.edge.combinations import Combined, combined
from app.api.edge.stand_ins import (
    DAY,
    INSTANT,
    MADE,
    TEXT,
    Path,
    are_days,
    days_around,
    is_day,
    is_own,
    is_read,
    may_be_day,
    stand_ins,
    wanted,
    ways_of,
)
from app.api.values import NOT_EMPTIED

_VARIANTS: Final = 128  # at most
# ... that together may be as large as this: each costs what the whole request costs, by its parts more than its text.
_BYTES: Final = 2_000_000
_PARTS: Final = 5_000
_NOTHING: Final = object()
_READ_ONLY: Final = frozenset({"text"})
_ASIDE: Final = frozenset({"asOf", "metAt"})  # days with which nothing else is compared
_NAMES_ONLY: Final[frozenset[Path]] = frozenset([("measure",)])  # only of which something else is said


class Mending:
    """What was sent, on its way to what can be read; and the places that are no longer as they were sent."""

    def __init__(self, sent: Any, size: int = 0, instants: Iterable[str] = ()) -> None:
        """`size`: its bytes. `instants`: names of the instants on which other faults can hang."""
        self.sent, self.value = sent, deepcopy(sent)
        self._most = max(1, min(_VARIANTS, _BYTES // max(size, 1), _PARTS // _parts(sent)))
        self._instants = frozenset(instants)
        self._choices: dict[Path, Sequence[Any]] = {}
        self._met: dict[Path, Sequence[Any]] = {}  # choices, also where all was left out in the end
        self._left_out: set[Path] = set()
        self._chosen: dict[Path, tuple[Any, Sequence[Any]]] | None = None
        self._lacking: set[Path] = set()  # what was meant there is not there, nor in another try
        self._lacks_a_day = self._misnames_a_day = self._tries_days = self._chose_a_way = False

    @property
    def touched(self) -> set[Path]:
        """The places that are not as they were sent."""
        return self._left_out | set(self._choices)

    @property
    def dated(self) -> bool:
        """Whether a day or an instant was left out, or another one stands in for it."""
        return self._lacks_a_day or self._misnames_a_day or any(map(are_days, self._choices.values()))

    @property
    def keeps_all(self) -> bool:
        """Whether what holds of every variant holds of what was sent, but for what is compared or looked for in it.

        Names that mean nothing were left out, each word of a list is tried, several days stand for a day, and for
        texts, words, ids and numbers such as nothing has; nothing else was changed.
        """
        return self.keeps_all_but()

    def keeps_all_but(self, *names: str) -> bool:
        """The same of what stands elsewhere than under these."""
        lacking = any(path[0] not in names for path in self._lacking)
        return self.knows_the_day and self._combined.words and not lacking

    @property
    def knows_the_day(self) -> bool:
        """Whether no day is missed, or several are tried for it."""
        return not self.dated or (self._tries_days and self._combined.words and not self._lacks_a_day)

    @property
    def compares_all(self) -> bool:
        """Whether all is known with which something else can be compared."""
        days = any(are_days(each) for path, each in self._choices.items() if path[-1] not in _ASIDE)
        told = not (days or self._lacks_a_day or self._misnames_a_day)
        return told and not self._lacking and not self._chose_a_way

    @property
    def reads_all(self) -> bool:
        """Whether owed content is looked for in nothing that could not be read."""
        return not any(is_read(path) for path in self.touched)

    @property
    def fills_all(self) -> bool:
        """Whether nothing was left out that says something, and nothing empty stands in for what was sent."""
        return self.keeps_all and self._left_out <= _NAMES_ONLY and not any(map(self._is_empty, self._choices))

    def fills(self, pointer: str) -> bool:
        """The same of what is inside of this; what was left out there means nothing."""
        inside = [path for path in self._choices if _is_in(path, pointer)]
        return self.keeps_all and not any(map(self._is_empty, inside))

    def _is_empty(self, path: Path) -> bool:
        return self._choices[path] in MADE.values()

    @property
    def _combined(self) -> Combined:
        return combined(tuple(map(len, self._lists.values())), self._most)

    @property
    def _lists(self) -> dict[Path, Sequence[Any]]:
        return {path: each for path, each in (self._met | self._choices).items() if len(each) > 1}

    def mend(self, failure: Mapping[str, Any]) -> bool:
        """Puts something where it can stand, or leaves out what fails. False where nothing helps."""
        path, options = wanted(failure, self.value)
        if ways := ways_of(failure):
            return self._go_one_way(path, *ways)
        if failure["type"] == NOT_EMPTIED:  # as it says: it stays as it is
            self._remove(_at(self.value, path[:-1]), path)
            return True
        if failure["type"] == "extra_forbidden" or failure["loc"][-1] == "[key]":
            return self.leave_out(path, meant=False)
        before = self._choices.get(path)
        if options and before != options:
            return self._put(path, options)
        if not path or path in self._left_out:
            return self.leave_out(path)
        further = list(stand_ins(path))
        if before:
            further = further[further.index(before) + 1 :] if before in further else []
        if not further:
            return self.leave_out(path)
        return self._put(path, further[0])

    def stand_in(self, path: Path) -> None:
        """Puts something else where nothing fails and yet something is wrong."""
        if path not in self._choices:
            self._put(path, TEXT)

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
        self._lacks_a_day |= meant and path[0] in self._instants
        unsaid = bool(self._instants - set(self.sent))
        self._misnames_a_day |= unsaid and not meant and may_be_day(str(last), here[last])
        self._lacking |= {path} if meant else set()
        self._remove(here, path)
        return True

    def _remove(self, here: dict[str, Any], path: Path) -> None:
        del here[str(path[-1])]
        self._left_out.add(path)
        self._choices.pop(path, None)

    def _go_one_way(self, path: Path, lacks: Sequence[str], besides: Sequence[str]) -> bool:
        """Of several ways to say something the one that seems to be meant."""
        self._chose_a_way = True
        for place in [(*path, *name.split("/")) for name in besides]:
            here = _at(self.value, place[:-1])
            if isinstance(here, dict) and place[-1] in here:
                self._remove(here, place)
        return all(self._put((*path, name), TEXT) for name in lacks)

    def is_of_the_whole(self, failure: Mapping[str, Any]) -> bool:
        """Whether this is told of something that was sent, with all that was meant to be in it, and not of a part."""
        path, _ = wanted(failure, self.value)
        here = _at(self.value, path)
        if is_own(failure) and isinstance(here, list):  # what its items say in words of their own does not matter to it
            inside = [each for each in self.touched - self._left_out if each[: len(path)] == path]
            return self.keeps_all and all(each != path and each[-1] in _READ_ONLY for each in inside)
        is_whole = is_own(failure) and isinstance(here, dict)
        sent = not self._lacking and not any(path[: len(each)] == each for each in self.touched)
        return is_whole and sent and (ways_of(failure) is not None or (self.keeps_all and self.compares_all))

    def try_days(self, now: datetime) -> None:
        """Instead of the one day that stands in for any other: some before and some after today."""
        days, instants = days_around(now)
        if self._misnames_a_day:
            for name in self._instants - set(self.sent):
                self._put((name,), INSTANT)
        for path, each in self._choices.items():
            if each in (DAY, INSTANT):
                self._choices[path] = days if each == DAY else instants
        self._tries_days = True

    def forget(self, pointer: str) -> None:
        """What who asks may not say at all: a name that means nothing was not meant for that."""
        name = pointer.removeprefix("/")
        if name in self._instants - set(self.sent):
            self._instants -= {name}
            self.value.pop(name, None)
            self._choices.pop((name,), None)
            self._met.pop((name,), None)
            self._misnames_a_day &= bool(self._instants - set(self.sent))

    def _put(self, path: Path, options: Sequence[Any]) -> bool:
        here = _at(self.value, path[:-1])
        if not path or not _has_parts(here):
            return bool(path)
        word = options[0]
        if self._chosen is not None:
            chosen, tried = self._chosen.get(path, (word, options))
            if chosen in options or (options in (DAY, INSTANT) and is_day(chosen)):
                word, options = chosen, tried
            if path not in self._chosen and len(options) > 1:
                self._lacking.add(path)  # only one of them is tried
        here[path[-1]] = deepcopy(word)
        for inside in [each for each in self._choices if each[: len(path)] == path]:
            del self._choices[inside]  # what stood there is gone
        self._choices[path] = self._met[path] = options
        return True

    def choices(self) -> Iterator[tuple[str, "Mending"]]:
        """With each of what can stand where something wrong stood, beside each of what can stand elsewhere.

        What was sent is to be mended anew with it: beside another word something else may be wrong. Before each what
        was chosen, but for days: those that differ in days alone have the same.
        """
        lists = self._lists
        for row in self._combined.rows:
            chosen = {path: (each[word], each) for (path, each), word in zip(lists.items(), row, strict=True)}
            yield repr([word for word, each in chosen.values() if not are_days(each)]), self._with(chosen)

    def _with(self, chosen: dict[Path, tuple[Any, Sequence[Any]]]) -> "Mending":
        one = Mending(self.sent, instants=self._instants)
        one._most, one._tries_days, one._chosen = self._most, self._tries_days, chosen
        misnamed = {(name,) for name in self._instants} if self._misnames_a_day else set()
        for path, (_, options) in chosen.items():
            if path in misnamed or _at(self.sent, path) not in (_NOTHING, None):
                one._put(path, options)
        return one

    def without(self, name: str) -> Any:
        """What it has become, but without what stands in for anything of this name; None where there is none."""
        places = [path for path in self._choices if path[-1] == name]
        value = deepcopy(self.value) if places else None
        for *above, last in places:
            here = _at(value, above)
            if isinstance(here, dict):
                here.pop(last, None)
        return value

    def is_changed(self, name: str) -> bool:
        """Whether anything of this name is no longer as it was sent."""
        return any(path[-1] == name for path in self.touched)

    def tries_days_at(self, pointer: str) -> bool:
        """Whether several days stand here in turn for one that could not be read."""
        path = tuple(pointer.split("/")[1:])
        return any(path == tuple(map(str, each)) and are_days(days) for each, days in self._choices.items())

    @property
    def has_its_days(self) -> bool:
        """Whether each day that is tried stands among what was sent with it: nothing there excludes it."""
        days = (path for path, (_, each) in (self._chosen or {}).items() if are_days(each))
        sent = {path[:end] for path in days if _at(self.sent, path) is not _NOTHING for end in range(1, len(path))}
        return not sent & self.touched

    def is_as_sent(self, pointer: str) -> bool:
        """Whether neither this, nor what it is part of, nor anything in it was changed: also where nothing was sent."""
        return self.is_known(pointer) and not any(_is_in(path, pointer) for path in self.touched)

    def is_known(self, pointer: str) -> bool:
        """The same, but something in it may be changed."""
        path = tuple(pointer.split("/")[1:])
        return bool(path) and not any(path[: len(each)] == tuple(map(str, each)) for each in self.touched)


def found(sent: Any, pointer: str) -> Path:
    """The place that a pointer names; empty when there is nothing."""
    path: list[int | str] = []
    for step in pointer.split("/")[1:]:
        here = _at(sent, path)
        path.append(int(step) if isinstance(here, list) and step.isdecimal() else step)
    return () if _at(sent, path) is _NOTHING else tuple(path)


def _is_in(path: Path, pointer: str) -> bool:
    """Whether the place is this, or a part of it."""
    whole = pointer.split("/")[1:]
    return [str(step) for step in path[: len(whole)]] == whole


def _parts(value: Any) -> int:
    """How many values this is made of; of a text each line."""
    if isinstance(value, str):
        return 1 + value.count("\n")
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_parts, inside))


def _has_parts(value: Any) -> bool:
    return isinstance(value, dict | list)


def _at(value: Any, path: Iterable[int | str]) -> Any:
    for step in path:
        there = isinstance(step, int) and isinstance(value, list) and step in range(len(value))
        if not there and not (isinstance(value, dict) and step in value):
            return _NOTHING
        value = value[step]
    return value
