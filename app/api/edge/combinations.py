"""Which of several lists of what may have been meant are tried together."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, product
from math import prod
from typing import Final, NamedTuple

_Row = Sequence[int]  # of each list the place of one word
_Cell = tuple[int, int]  # a list, and the place of a word in it
_KEPT: Final = 256  # of the answers; requests from outside ask for them


class Combined(NamedTuple):
    """`pairs`: each word stands beside each word of each other list; `words`: each word is there at least."""

    rows: Sequence[_Row]
    pairs: bool
    words: bool


@lru_cache(_KEPT)
def combined(lengths: tuple[int, ...], most: int) -> Combined:
    """At most so many rows: all there are; else each pair of words; else each word; else one row.

    What is wrong beside each pair of words hangs on none of them: no rule asks for three words at once.
    """
    if prod(lengths) <= most:
        return Combined(list(product(*map(range, lengths))), pairs=True, words=True)
    rows = _of_pairs(lengths, most)
    if rows:
        return Combined(rows, pairs=True, words=True)
    words = max(lengths) <= most
    return Combined([_turn(lengths, each) for each in range(most if words else 1)], pairs=False, words=words)


def _turn(lengths: Sequence[int], turn: int) -> _Row:
    """Each list in turn, and one further beside the others when it begins anew."""
    return [(turn + at * (turn // length)) % length for at, length in enumerate(lengths)]


def _of_pairs(lengths: Sequence[int], most: int) -> Sequence[_Row]:
    """Rows in which each pair of words of two lists stands in one at least; none where that takes more than `most`."""
    cells = [[(at, word) for word in range(length)] for at, length in enumerate(lengths)]
    left = {pair for one, other in combinations(cells, 2) for pair in product(one, other)}
    rows: list[_Row] = []
    while left and len(rows) < most:
        chosen: list[_Cell] = list(min(left))
        for at in sorted(set(range(len(lengths))) - {at for at, _ in chosen}):
            chosen.append(max(cells[at], key=lambda cell: sum(tuple(sorted((cell, each))) in left for each in chosen)))
        left -= set(combinations(sorted(chosen), 2))
        rows.append([word for _, word in sorted(chosen)])
    return [] if left else rows
