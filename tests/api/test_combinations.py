"""Which readings of a request with several faults are tried."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.api.edge.combinations import combined


@given(some.lists(some.integers(2, 14), max_size=6), some.integers(1, 128))
def test_never_more_than_may_be_tried_and_all_that_is_said(lengths: list[int], most: int) -> None:
    rows, pairs, words = combined(tuple(lengths), most)
    assert 1 <= len(rows) <= most
    assert all(0 <= word < length for row in rows for word, length in zip(row, lengths, strict=True))
    for at, length in enumerate(lengths):
        assert not words or {row[at] for row in rows} == set(range(length))
    for one, other in combinations(range(len(lengths)), 2):
        beside = {(row[one], row[other]) for row in rows}
        assert not pairs or beside == set(product(range(lengths[one]), range(lengths[other])))


@pytest.mark.parametrize(
    ("lengths", "rows", "pairs", "words"),
    [
        ((), 1, True, True),
        ((3, 2), 6, True, True),  # all there are
        ((13, 7, 3), 91, True, True),  # 273 are too many, each pair is not
        ((13, 13), 128, False, True),
        ((130, 2), 1, False, False),
    ],
)
def test_what_can_be_tried_together(lengths: tuple[int, ...], rows: int, pairs: bool, words: bool) -> None:
    found = combined(lengths, 128)
    assert (len(found.rows), found.pairs, found.words) == (rows, pairs, words)
