"""What all requests say that may have been meant by one that cannot be read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from app.api.edge.holding import PASSED, is_of_itself
from app.domain.errors import Fault, shared

Said = Sequence[Fault]
_LACKS: Final = "required"


@dataclass(slots=True)
class Tries:
    """What each said, by the words that were chosen in it (`words`): those that differ in days alone have the same."""

    _good: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    _of_no_day: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    _impossible: dict[str, Said] = field(default_factory=dict)
    _in_form: list[Said] = field(default_factory=list)

    def add(self, words: str, said: Said, *, is_day: bool) -> None:
        """`is_day`: nothing is wrong with the day itself that was tried."""
        (self._good if is_day else self._of_no_day)[words].append(said)

    def add_impossible(self, words: str, said: Said, *, readable: bool) -> None:
        """One of which nothing is known but its form."""
        self._in_form.append(said)
        if readable:
            self._impossible[words] = said

    def faults(self) -> list[Fault]:
        """What holds whichever of them was meant."""
        # it cannot be a day in which something is wrong that was meant, if there is any other
        possible = {**self._of_no_day, **self._good}
        unsure = [each for tries in self._of_no_day.values() for each in tries] if self._good else []
        said = [each for tries in possible.values() for each in tries] or self._in_form
        told = [*shared(said), *_refused_in_all(said)]
        # if it is a word with which nothing is possible that was meant, what hangs on the word is no fault
        only_form = [said for words, said in self._impossible.items() if words not in possible] if possible else []
        return [
            fault
            for fault in told
            if (is_of_itself(fault) or _is_in_all(fault, only_form))
            and (fault.code != PASSED or _is_in_all(fault, unsure))
        ]


def _refused_in_all(said: Sequence[Said]) -> list[Fault]:
    """What is wrong with a place that all refuse, each in words of its own: what it is of itself, or that it lacks."""
    named = [fault for fault in dict.fromkeys(chain(*said)) if is_of_itself(fault) or fault.code == _LACKS]
    places = set.intersection(*({fault.pointer for fault in each} for each in said)) if said else set()
    alike = {fault.pointer for fault in shared(said)}
    return list({fault.pointer: fault for fault in named if fault.pointer in places - alike}.values())


def _is_in_all(fault: Fault, said: Sequence[Said]) -> bool:
    return bool(shared([[fault], *said]))
