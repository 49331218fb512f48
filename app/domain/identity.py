"""What is made once of the same things: of these very ones, where comparing them costs more than making it anew."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ParamSpec, TypeVar, cast

Parts = ParamSpec("Parts")
Made = TypeVar("Made")

_MOST = 512


def once_of(make: Callable[Parts, Made]) -> Callable[Parts, Made]:
    """`make`, which is called again only for other arguments than before, or after many of them. By place only."""
    known: dict[tuple[int, ...], tuple[Made, tuple[Any, ...]]] = {}

    def kept(*parts: Any) -> Made:
        key = tuple(map(id, parts))
        found = known.get(key)
        if found is None:
            if len(known) >= _MOST:
                known.clear()  # each is made again when it is next asked for
            # with its parts: as long as they are held nothing else can have their identity
            found = known[key] = (make(*parts), parts)  # type: ignore[call-arg]
        return found[0]

    return cast(Callable[Parts, Made], update_wrapper(kept, make))
