"""Faults of several looks at what was sent, told together."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from app.domain.errors import Fault, Invalid, NotPossible


class Gathered:
    """What is found wrong on the way to a change: the way goes on without what was not found, to find the rest."""

    def __init__(self) -> None:
        self._detail = ""
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        """Whether there is anything: then the change is only looked at, for it could not be written."""
        return bool(self._faults)

    def keep(self, refused: Invalid) -> None:
        """What was told of a place before is not told again."""
        known = {(fault.pointer, fault.code) for fault in self._faults}
        self._detail = self._detail or refused.detail
        self._faults += [fault for fault in refused.faults if (fault.pointer, fault.code) not in known]

    def refusal(self) -> Invalid:
        """With all that was found."""
        return Invalid(self._detail, faults=self._faults)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Around one look: its Invalid is kept."""
        try:
            yield
        except Invalid as refused:
            self.keep(refused)

    @contextmanager
    def told(self, *, hanging: Collection[str] = ()) -> Iterator[None]:
        """Around the change itself. Raises Invalid with what was found before and what is found inside.

        `hanging`: codes that may come of what was not found, and are not told then.

        That something is not possible now may come of what was not found: then only that is told. What a caller may not
        do never comes of it, and goes before.
        """
        try:
            yield
        except (Invalid, NotPossible) as refused:
            if not self._faults:
                raise
            known = {fault.pointer for fault in self._faults}
            inside = refused.faults if isinstance(refused, Invalid) else ()
            self._faults += [each for each in inside if each.pointer not in known and each.code not in hanging]
        if self._faults:
            raise self.refusal()
