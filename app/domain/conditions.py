"""The words of a condition that follow from what happened, and whether a condition holds."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from app.domain.duty import Condition
from app.domain.events import Event
from app.domain.runs import Run


class Known(Protocol):
    """What a condition asks about: a Situation."""

    @property
    def kind(self) -> str: ...
    @property
    def interest(self) -> str: ...
    @property
    def admissibility(self) -> str: ...
    @property
    def ground(self) -> str | None: ...
    @property
    def verdict(self) -> str | None: ...
    @property
    def runs(self) -> tuple[Run, ...]: ...
    @property
    def resolved(self) -> bool: ...
    @property
    def committee_advises(self) -> bool: ...
    @property
    def described(self) -> Mapping[str, Any]: ...
    @property
    def last_of(self) -> Callable[..., Event | None]: ...


def met(condition: Condition, known: Known) -> bool:
    """True when every word of the condition holds now."""
    return all(_matches(_value(name, known), wanted) for name, wanted in condition.wanted.items())


def told_by(conditions: Iterable[Condition]) -> set[str] | None:
    """The types of event, beside a description of the complaint itself, that may change such a condition; None: any."""
    types: set[str] = set()
    for name in {name for condition in conditions for name in condition.wanted}:
        word = _WORDS.get(name)
        if word is not None and word.told_by is None:
            return None
        types.update(word.told_by or () if word else ())
    return types


def _matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return bool(value) is wanted
    if isinstance(value, set | frozenset):
        return bool(value & set(wanted))
    return value in wanted


def _value(name: str, known: Known) -> Any:
    derived = _WORDS.get(name)
    return derived.value(known) if derived else known.described.get(name)


def _fact(event: Event | None, name: str) -> Any:
    return event.facts.get(name) if event else None


class _Word(NamedTuple):
    """A word of a condition that follows from what happened: what it says, and what else than a description of the
    complaint itself may change that; None: anything."""

    value: Callable[[Known], Any]
    told_by: tuple[str, ...] | None = ()


# Any other word is a fact of the complaint itself.
_WORDS: Mapping[str, _Word] = {
    "kind": _Word(lambda of: of.kind),
    "interest": _Word(lambda of: of.interest),
    "admissibility": _Word(lambda of: of.admissibility, ("admissibility.decided", "inadmissibility.notified")),
    "ground": _Word(lambda of: of.ground, ("admissibility.decided",)),
    "verdict": _Word(lambda of: of.verdict, None),
    "stage_answered": _Word(lambda of: {run.stage.stage for run in of.runs if run.answer}, None),
    "route": _Word(lambda of: _fact(of.last_of("route.agreed"), "route"), ("route.agreed",)),
    "body_kind": _Word(lambda of: _fact(of.last_of("escalation.requested"), "body_kind"), ("escalation.requested",)),
    "resolved": _Word(lambda of: of.resolved, ("complaint.closed", "complaint.reopened")),
    "committee_advises": _Word(lambda of: of.committee_advises, ("advice.requested",)),
    "hearing_held": _Word(lambda of: of.last_of("party.heard"), ("party.heard",)),
    "measures_taken": _Word(lambda of: of.last_of("measure.recorded"), ("measure.recorded",)),
}
