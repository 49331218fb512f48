"""Several ways to say something, each with fields of its own."""

from collections.abc import Iterable, Sequence
from itertools import product

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from app.api.values import fault

Ways = Sequence[Sequence[str]]


def one_of(sent: BaseModel, choices: dict[str, Ways], code: str = "one-of") -> None:
    """Raises a fault with the sentence of each choice of which no way was taken, or not one alone and whole.

    With it goes what lacks of what was meant, and what stands beside that: of the ways that go together those to which
    the least has to be done.
    """
    given = {name for name in _names(choices.values()) if getattr(sent, name) is not None}
    sentences = [sentence for sentence, ways in choices.items() if not _is_taken(ways, given)]
    if not sentences:
        return
    taken = [set(_names([chosen])) for chosen in product(*choices.values())]
    whole = [names for names in taken if all(_is_taken(ways, names) for ways in choices.values())]
    meant = min(whole, key=lambda names: len(names ^ given))
    lacks, besides = sorted(map(to_camel, meant - given)), sorted(map(to_camel, given - meant))
    raise fault(code, " ".join(sentences), lacks=lacks, besides=besides)


def _names(ways: Iterable[Ways]) -> Iterable[str]:
    return (name for each in ways for way in each for name in way)


def _is_taken(ways: Ways, given: set[str]) -> bool:
    return given.intersection(_names([ways])) in map(set, ways)
