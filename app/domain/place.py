"""Places in a document that was read, before anybody knows whether it has the right shape."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple


class Unread(str):
    """A value that could not be read."""


UNREAD: Final = Unread("?")  # which is no name, no day, and no word of any list


class Torn(dict[str, Any]):
    """A mapping in which there is more that could not be read: what it does not say it may say there."""


class Place(NamedTuple):
    """A value in the document, and where it is as a JSON pointer."""

    pointer: str
    value: Any

    def get(self, key: str) -> Any:
        return self.value.get(key) if isinstance(self.value, Mapping) else None

    def given(self, key: str) -> bool:
        """Whether the word is there with something in it: null and an empty list say nothing."""
        return self.get(key) not in (None, [], {}, ())


def escaped(key: object) -> str:
    """A key as a segment of a JSON pointer, cut off where nobody would read on."""
    return str(key)[:80].replace("~", "~0").replace("/", "~1")


def find(place: Place, pattern: str) -> Iterator[Place]:
    """Every place that the pattern leads to: keys, `*` for each item of a list (or the one value in its stead)."""
    step, _, rest = pattern.partition("/")
    for found in _step(place, step):
        yield from find(found, rest) if rest else (found,)


def _step(place: Place, step: str) -> Iterator[Place]:
    if step == "*":
        if isinstance(place.value, list):
            yield from (Place(f"{place.pointer}/{index}", item) for index, item in enumerate(place.value))
        elif isinstance(place.value, str):
            yield place
    elif place.given(step):
        yield Place(f"{place.pointer}/{escaped(step)}", place.get(step))


def everywhere(place: Place) -> Iterator[Place]:
    """The place and all that lies under it, in the order of the document."""
    yield place
    inside: Iterable[tuple[object, Any]] = enumerate(place.value) if isinstance(place.value, list) else ()
    if isinstance(place.value, Mapping):
        inside = place.value.items()
    for key, value in inside:
        yield from everywhere(Place(f"{place.pointer}/{escaped(key)}", value))
