"""Several ways to say something, each with fields of its own."""

from collections.abc import Sequence

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from app.api.values import fault

Ways = Sequence[Sequence[str]]


def one_of(sent: BaseModel, choices: dict[str, Ways], code: str = "one-of") -> None:
    """Raises a fault with the sentence of each choice of which no way was taken, or not one alone and whole.

    With it goes what lacks of the way that was meant, and what stands beside it.
    """
    sentences, lacks, besides = [], [], []
    for sentence, ways in choices.items():
        given = {name for way in ways for name in way if getattr(sent, name) is not None}
        if given in map(set, ways):
            continue
        meant = max(ways, key=lambda way: len(given.intersection(way)))
        sentences.append(sentence)
        lacks += [to_camel(name) for name in meant if name not in given]
        besides += [to_camel(name) for name in sorted(given.difference(meant))]
    if sentences:
        raise fault(code, " ".join(sentences), lacks=lacks, besides=besides)
