"""What is kept of the same things (domain/identity.py)."""

from app.domain.identity import _MOST, once_of


class Part:
    """Compared by what it is."""


def test_made_once_of_the_same_and_anew_of_others() -> None:
    made: list[tuple[Part, ...]] = []

    @once_of
    def many(*parts: Part) -> int:
        made.append(parts)
        return len(made)

    one, other = Part(), Part()
    assert [many(one), many(one), many(other)] == [1, 1, 2]
    assert [many(one, other), many(other, one), many(one, other)] == [3, 4, 3]


def test_what_took_the_place_of_another_is_not_taken_for_it() -> None:
    """An identity is free again when nothing holds a thing any more."""
    seen: list[str] = []

    @once_of
    def named(part: list[str]) -> str:
        seen.extend(part)
        return part[0]

    names = [str(number) for number in range(50)]
    assert [named([name]) for name in names] == names == seen


def test_few_are_kept() -> None:
    made = []

    @once_of
    def number(part: Part) -> None:
        made.append(part)

    first, *others = [Part() for _ in range(_MOST + 1)]
    number(first)
    for each in others:
        number(each)
    number(first)
    assert len(made) == _MOST + 2
