"""What keeps a procedure from coming into force: under it no complaint could be filed or answered, or personal data
would have no end to keeping it (A-11).

It walks the document as it was written, so that it is told beside what cannot be read. That may be anything: whatever
hangs on it is not told.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from app.domain.calendar import Period
from app.domain.errors import Fault, beside
from app.domain.events import EVENTS
from app.domain.part import Part, is_day, is_whole, words_of
from app.domain.place import UNREAD, Place, Torn, everywhere, find
from app.domain.procedure import Admissibility, ChannelRule, Intake, Procedure
from app.domain.room import ALL_ANSWERS, Room
from app.domain.stage import Answer, Opening, Prerequisite, Stage
from app.domain.text import shows
from app.domain.validation import MAX_FAULTS, is_longer
from app.domain.vocabulary import Kind, RegisterField, StageKind

_KINDS: Final = frozenset(get_args(Kind))
_EVENTS: Final = frozenset(EVENTS)
_OURS: Final = tuple(kind for kind in get_args(StageKind) if kind != "external")


def activation_faults(document: Mapping[str, Any], found: Sequence[Fault] = ()) -> list[Fault]:
    """Why it cannot be put into force yet. `found`: what keeps it from being a procedure at all, which stays told."""
    root, told = Place("", document), {fault.pointer for fault in found}
    more = (
        *_unseen(root),
        *_too_far(root),
        *_asked_too_soon(root),
        *_ended_by_none(root),
        *_never_answered(root),
        *_never_opened(root),
        *_retention_faults(root, told),
    )
    return beside(found, more)[:MAX_FAULTS]


def _unseen(root: Place) -> Iterator[Fault]:
    """Of what people are to read."""
    for place in everywhere(root):
        if isinstance(place.value, str) and not shows(place.value) and not place.pointer.endswith(_SOURCES):
            yield Fault(place.pointer, "blank", "Say something here, or leave it out.")


_SOURCES: Final = ("source", "/withdrawal")


def _too_far(root: Place) -> Iterator[Fault]:
    for pattern in ("effective_from", "effective_until", "calendar/closed_days/*/date", "calendar/closed_days/*/until"):
        for place in find(root, pattern):
            if is_day(place.value) and not FIRST_YEAR <= date.fromisoformat(place.value).year <= LAST_YEAR:
                sentence = f"Give a day in the years {FIRST_YEAR} to {LAST_YEAR}; what has no end says none."
                yield Fault(place.pointer, "out-of-range", sentence)


FIRST_YEAR, LAST_YEAR = 1900, 2100


def _asked_too_soon(root: Place) -> Iterator[Fault]:
    for field in find(root, "register/required_at_intake/*"):
        if field.value in _NOT_AT_INTAKE:
            sentence = "This is not known yet when a complaint comes in; ask for it at closing (required_at_closing)."
            yield Fault(field.pointer, "not-at-intake", sentence)


# What no complaint can bring when it is filed: it follows from its handling.
_NOT_AT_INTAKE: Final[Sequence[RegisterField]] = (
    "correspondence",
    "handled_on",
    "handling_method",
    "verdict",
    "outcome",
    "measures",
    "conversation_summary",
    "improvements",
    "follow_up",
    "handler",
    "external_body",
    "compensation",
)


def _ended_by_none(root: Place) -> Iterator[Fault]:
    for answer in find(root, "stages/*/answer"):
        event = answer.get("event")
        if isinstance(event, str) and event in _EVENTS - ALL_ANSWERS:
            sentence = f"This answers no complaint. A stage ends with one of: {', '.join(sorted(ALL_ANSWERS))}."
            yield Fault(f"{answer.pointer}/event", "not-an-answer", sentence)


def _never_answered(root: Place) -> Iterator[Fault]:
    room = _room(root)
    for stage in find(root, "stages/*"):
        answers = _answers([stage])
        for step in find(stage, "before_answer/*"):
            if _waits(stage, step) and not room.has_in(answers, step.get("met_by")):
                sentence = (
                    "This cannot happen in this stage, and the step may not be skipped: nothing could be answered."
                )
                yield Fault(f"{step.pointer}/met_by", "step-cannot-be-met", sentence)


def _waits(stage: Place, step: Place) -> bool:
    """Whether the answer surely waits for the step; a body waits for none of ours."""
    ours = stage.get("kind") in _OURS
    needed = _said(step, Prerequisite, "waivable") is False and _said(step, Prerequisite, "expected_only") is False
    return ours and needed and isinstance(step.get("met_by"), str) and step.get("met_by") in _EVENTS


def _room(root: Place) -> Room:
    """What the document leaves room for: for anything, as far as it cannot be read."""
    intake = Place("", _said(root, Procedure, "intake"))
    counted = [_said(channel, ChannelRule, "counts_as") for channel in _items(intake, Intake, "channels")]
    stages = _items(root, Procedure, "stages")
    openings = [_said(opening, Opening, "event") for stage in stages for opening in _items(stage, Stage, "opens_on")]
    admissibility = Place("", _said(root, Procedure, "admissibility"))
    parts = {
        "bodies": _items(root, Procedure, "bodies"),
        "grounds": _items(admissibility, Admissibility, "grounds"),
        "parallel_routes": _items(root, Procedure, "parallel_routes"),
    }
    return Room(
        kinds=_among(_said(intake, Intake, "kinds"), _KINDS) | _among(counted, _KINDS),
        answers=_answers(stages),
        openings=_among(openings, _EVENTS),
        parts={part for part, items in parts.items() if items},
    )


def _answers(stages: Sequence[Place]) -> frozenset[str]:
    """What these end with."""
    given = [answer for stage in stages if (answer := _said(stage, Stage, "answer")) is not None]
    return _among([_said(Place("", answer), Answer, "event") for answer in given], _EVENTS)


def _said(place: Place, part: type[Part], word: str) -> Any:
    """What stands under the word, or else what is meant then; UNREAD where nobody can know."""
    if not isinstance(place.value, Mapping):
        return UNREAD
    if word in place.value:
        return place.value[word]
    if words_of(part)[word].is_required() or not is_whole(place.value, part):
        return UNREAD
    meant = words_of(part)[word].default
    return {} if isinstance(meant, BaseModel) else meant


def _items(place: Place, part: type[Part], word: str) -> list[Place]:
    """What is in that list; one that cannot be read where the list cannot."""
    found = _said(place, part, word)
    return [Place("", item) for item in (found if isinstance(found, list | tuple) else [UNREAD])]


def _among(found: Any, known: frozenset[str]) -> frozenset[str]:
    """The words of a list; all that are known where one of them cannot be read."""
    is_legible = isinstance(found, list | tuple) and all(isinstance(word, str) and word in known for word in found)
    return frozenset(found) if is_legible else known


def _never_opened(root: Place) -> Iterator[Fault]:
    """A request to a body says no form and no ground: what asks for one keeps complainants from that body."""
    for opening in find(root, "stages/*/opens_on/*"):
        outside = opening.get("event") == "escalation.requested"
        for name, asked in (("form", opening.get("form") != "any"), ("grounds", True)):
            if outside and asked and opening.given(name):
                sentence = "A request to a body has none: the body itself judges what it takes on. Leave it out."
                yield Fault(f"{opening.pointer}/{name}", "not-of-a-body", sentence)


def _retention_faults(root: Place, told: AbstractSet[str]) -> Iterator[Fault]:
    kept = root.get("retention")
    if kept is None and not isinstance(root.value, Torn):
        yield Fault("/retention", "retention-missing", "Say how long complaints are kept before this comes into force.")
    elif isinstance(kept, Mapping) and not isinstance(kept, Torn) and kept.get("maximum") is None:
        sentence = "Say how long complaints are kept at most (AVG 5(1)(e))."
        yield Fault("/retention/maximum", "retention-missing", sentence)
    elif isinstance(kept, Mapping) and _LENGTHS.isdisjoint(told) and _crossed(kept):
        yield Fault("/retention/minimum", "retention-crossed", "The shortest period is longer than the longest.")


_LENGTHS: Final = frozenset(
    f"/retention/{name}{part}" for name in ("minimum", "maximum") for part in ("", "/amount", "/unit")
)


def _crossed(kept: Mapping[str, Any]) -> bool:
    shortest, longest = _period(kept.get("minimum")), _period(kept.get("maximum"))
    return shortest is not None and longest is not None and is_longer(shortest, longest)


def _period(period: Any) -> Period | None:
    if not isinstance(period, Mapping):
        return None
    said = {name: period[name] for name in Period.model_fields if name in period}
    try:
        return Period.model_validate(said)
    except ValidationError:  # also where more was wrong than is told
        return None
