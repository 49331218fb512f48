"""Another complaint that an event names by its reference: who is involved in that one does not see it (P9)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.domain.events import Event

_NAMES = ("earlier_complaint", "duplicate_of", "declared_in")
# How the earlier one stood is for the gate only.
_STATE = "earlier_state"


def as_kept(reference: object) -> str:
    """A reference as it stands in the register."""
    return str(reference).strip().upper()


def named(events: Iterable[Event]) -> set[str]:
    """The references that these events name."""
    return {each for event in events for each in _named(event.facts)}


def _named(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _named(value)
        elif name in _NAMES and isinstance(value, str):  # what a correction empties is none
            yield as_kept(value)


def without(event: Event, hidden: Collection[str]) -> Event:
    """The event as it is shown to whom these references are hidden."""
    return replace(event, facts=_without(event.facts, hidden))


def _without(facts: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    return {
        name: _without(value, hidden) if isinstance(value, Mapping) else value
        for name, value in facts.items()
        if name != _STATE and not (name in _NAMES and as_kept(value) in hidden)
    }
