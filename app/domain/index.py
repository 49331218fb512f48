"""Things by what they are called, found without looking through all of them, in the order that they had."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Index(Generic[Thing]):
    """`name` says what a thing is called; several may be called the same."""

    def __init__(self, things: Iterable[Thing], name: Callable[[Thing], object]) -> None:
        self._places: dict[object, list[tuple[int, Thing]]] = {}
        self._has_none_of = self._places.keys().isdisjoint
        for place, thing in enumerate(things):
            self._places.setdefault(name(thing), []).append((place, thing))

    def of(self, *names: object) -> list[Thing]:
        """All that are called one of these, in their order."""
        if self._has_none_of(names):  # mostly, and soonest said
            return []
        found = [self._places[each] for each in dict.fromkeys(names) if each in self._places]
        called = found[0] if len(found) == 1 else sorted(chain(*found), key=_place)
        return [thing for _, thing in called]

    def last(self, *names: object) -> Thing | None:
        """The last of them."""
        if self._has_none_of(names):
            return None
        return max((self._places[each][-1] for each in names if each in self._places), key=_place)[1]


def _place(placed: tuple[int, object]) -> int:
    return placed[0]
