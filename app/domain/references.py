"""What the parts of a procedure say about each other: names that must exist, names used twice, rules that contradict.

It walks the document as it was written, before it has the right shape, and passes over whatever does not look as
expected: the shape is judged elsewhere, one fault must not hide another, and what hangs on what cannot be read is not
told.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from app.domain.addresses import is_web_address
from app.domain.duty import Condition, Duty
from app.domain.errors import Fault
from app.domain.events import EVENTS
from app.domain.part import is_day, is_name, is_whole, part_in, words_of
from app.domain.place import Place, Unread, escaped, everywhere, find
from app.domain.procedure import Ground, Procedure, Review
from app.domain.stage import Stage

MOST_CLOSED = 1_000
MOST = {"working_days": 2_600, "days": 18_300, "weeks": 2_600, "months": 600, "years": 50}

DUTIES = ("stages/*/duties/*", "bodies/*/duties/*")
CONDITIONS = (
    *(f"{duty}/{word}" for duty in DUTIES for word in ("when", "unless", "instead/*/when")),
    "stages/*/before_answer/*/when",
    "stages/*/opens_on/*/when",
)

# Per kind of name: where it is declared, and where it is used.
DECLARED = {
    "role": ("roles/*/role",),
    "stage": ("stages/*/stage",),
    "body": ("bodies/*/body",),
    "ground": ("admissibility/grounds/*/ground",),
    "category": ("intake/categories/*", "intake/out_of_scope/*/category"),
    "subject_kind": ("intake/subject_kinds/*",),
}
USED = {
    "role": (
        "stages/*/handled_by/*",
        "stages/*/answer/by/*",
        "stages/*/before_answer/*/by/*",
        "admissibility/decided_by/*",
        "reviews/*/by/*",
        *(f"{duty}/by/*" for duty in DUTIES),
        *(f"{duty}/extension/by/*" for duty in DUTIES),
        *(f"{condition}/subject_role/*" for condition in CONDITIONS),
    ),
    "stage": (
        "stages/*/opens_on/*/after/*",
        "stages/*/independent_of/*",
        "bodies/*/after/*",
        *(f"{condition}/stage_answered/*" for condition in CONDITIONS),
    ),
    "body": ("stages/*/body",),
    "ground": tuple(f"{condition}/ground/*" for condition in CONDITIONS),
    "category": tuple(f"{condition}/category/*" for condition in CONDITIONS),
    "subject_kind": tuple(f"{condition}/subject_kind/*" for condition in CONDITIONS),
}
_SENTENCES = {
    "role": "No role with this name is described under roles.",
    "stage": "No stage with this name is described under stages.",
    "body": "No body with this name is described under bodies.",
    "ground": "No ground with this name is described under admissibility.",
    "category": "No category with this name is described under intake.",
    "subject_kind": "No subject kind with this name is described under intake.",
}
# An intake that lists none of these takes any; and that there are no roles or stages at all is told where they lack.
_ASKED = ("category", "subject_kind", "role", "stage")

_UNIQUE = {
    "roles": "role",
    "stages": "stage",
    "stages/*/duties": "duty",
    "stages/*/before_answer": "step",
    "bodies": "body",
    "bodies/*/duties": "duty",
    "admissibility/grounds": "ground",
    "intake/complainants": "type",
    "intake/channels": "channel",
    "intake/out_of_scope": "category",
    "support": "support",
    "parallel_routes": "route",
    "reviews": "review",
    "reports": "report",
    "definitions": "of",
    "calendar/closed_days": "date",
}


def reference_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault between the parts of a procedure, whatever the shape of each."""
    root = Place("", document)
    for kind in USED:
        yield from _unknown_names(root, kind)
    for pattern, key in _UNIQUE.items():
        for place in find(root, pattern):
            yield from _twice(place, key)
    yield from _same_duty_in_body(root)
    yield from _local_faults(root)


def names(root: Place, kind: str) -> set[str]:
    """The names of that kind that the procedure declares."""
    found = (place.value for pattern in DECLARED[kind] for place in find(root, pattern))
    return set(filter(is_name, found))


def _unknown_names(root: Place, kind: str) -> Iterator[Fault]:
    declared = names(root, kind)
    if not declared and kind in _ASKED:
        return
    if not all(_is_legible(root.value, each.split("/"), Procedure) for each in DECLARED[kind]):
        return
    for pattern in USED[kind]:
        for place in find(root, pattern):
            if is_name(place.value) and place.value not in declared:
                yield Fault(place.pointer, f"unknown-{kind}".replace("_", "-"), _SENTENCES[kind])


def _is_legible(value: Any, steps: Sequence[str], part: type[BaseModel]) -> bool:
    """Whether every name that is declared there can be read: one that cannot may be the one that is used."""
    if not steps:
        return is_name(value)
    step, *rest = steps
    if step == "*":
        return isinstance(value, list) and all(_is_legible(item, rest, part) for item in value)
    if not isinstance(value, Mapping):
        return False
    word = words_of(part)[step]
    if step not in value:
        return is_whole(value, part) and not word.is_required()
    return _is_legible(value[step], rest, part_in(word.annotation) or part)


def _twice(place: Place, key: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for item in find(place, "*"):
        name = item.get(key)
        if isinstance(name, str) and not isinstance(name, Unread):
            if name in seen:
                yield Fault(f"{item.pointer}/{key}", "duplicate-name", "This name is used before in the same list.")
            seen.add(name)


def _same_duty_in_body(root: Place) -> Iterator[Fault]:
    """A stage carries the duties of its body too, so the two may not share a name."""
    own: dict[str, set[str]] = {}
    for stage in find(root, "stages/*"):
        if is_name(stage.get("body")):
            duties = (duty.value for duty in find(stage, "duties/*/duty"))
            own.setdefault(stage.get("body"), set()).update(filter(is_name, duties))
    for body in find(root, "bodies/*"):
        names = own.get(body.get("body"), set()) if is_name(body.get("body")) else set()
        for duty in find(body, "duties/*/duty"):
            if is_name(duty.value) and duty.value in names:
                yield Fault(duty.pointer, "duplicate-name", "The stage of this body has a duty of this name.")


def _local_faults(root: Place) -> Iterator[Fault]:
    """Contradictions within one part."""
    yield from _dates(root)
    yield from _closings(root)
    for pattern, rule in _RULES:
        for place in find(root, pattern):
            yield from rule(place)
    for place in everywhere(root):
        yield from _period(place)


def _dates(root: Place) -> Iterator[Fault]:
    start, end = root.get("effective_from"), root.get("effective_until")
    if is_day(start) and is_day(end) and end < start:
        yield Fault("/effective_until", "ends-before-it-begins", "The procedure ends before it begins.")


def _closings(root: Place) -> Iterator[Fault]:
    """Longer closings do not end before they begin, nor fill the calendar."""
    closed = 0
    for closing in find(root, "calendar/closed_days/*"):
        first, last = closing.get("date"), closing.get("until")
        if not (is_day(first) and is_day(last)):
            continue
        where, days = f"{closing.pointer}/until", (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        closed += max(days, 0)
        if days < 1:
            yield Fault(where, "ends-before-it-begins", "The last day lies before the first.")
        elif closed > MOST_CLOSED:
            yield Fault(where, "too-many", f"At most {MOST_CLOSED} days in all, as longer closings.")


def _duty(duty: Place) -> Iterator[Fault]:
    if duty.given("after") and duty.given("before"):
        yield Fault(
            f"{duty.pointer}/before", "two-anchors", "A duty is counted after an event or before one, not both."
        )
    if duty.given("within") and _lacks(duty, Duty, "after") and _lacks(duty, Duty, "before"):
        yield Fault(f"{duty.pointer}/within", "anchor-missing", "From when is this counted? Give after, or before.")
    yield from _stated(duty)
    yield from _each(duty)
    yield from _submission(duty)
    yield from _counted_back(duty)
    if not (_lacks(duty, Duty, "stated") and _lacks(duty, Duty, "within")):
        return
    if duty.given("before"):
        yield Fault(f"{duty.pointer}/before", "period-missing", "How long before it? Give within.")
    for word in (*_CHANGES_PERIOD, "warn"):
        if duty.given(word):
            yield Fault(
                f"{duty.pointer}/{word}", "period-missing", "This duty has no period (within) for this to change."
            )


_MOVES_END = ("extension", "suspension", "restarts_on")
_CHANGES_PERIOD = ("instead", *_MOVES_END)


def _counted_back(duty: Place) -> Iterator[Fault]:
    """Only moving the event itself moves the day before it; a notice that it moves would not hold."""
    for word in _MOVES_END if duty.given("before") and duty.given("within") else ():
        if duty.given(word):
            yield Fault(
                f"{duty.pointer}/{word}",
                "counted-back-stays",
                "A day that is counted back from an event moves with that event only, not by this.",
            )


def _stated(duty: Place) -> Iterator[Fault]:
    """The start event names the last day, which nothing changes; and there has to be such an event."""
    if duty.get("stated") is not True:
        return
    for word in _CHANGES_PERIOD:
        if duty.given(word):
            yield Fault(f"{duty.pointer}/{word}", "stated-stays", "A day that an event names is not changed by this.")
    where = f"{duty.pointer}/stated"
    if duty.given("before"):
        yield Fault(where, "stated-before", "A day that an event names is not counted back from another.")
    elif _lacks(duty, Duty, "after"):
        yield Fault(where, "anchor-missing", "Which event names the last day? Give after.")


# What is met one by one, because that which meets it names it.
_NAMED = ("measure.recorded", "external.questioned")


def _each(duty: Place) -> Iterator[Fault]:
    if duty.get("each") is not True:
        return
    if (found := _events(duty, "after")) is not None and not {*found} & {*_NAMED}:
        yield Fault(f"{duty.pointer}/each", "not-named", "Only a measure or a question is named by what meets it.")


def _submission(duty: Place) -> Iterator[Fault]:
    if not duty.given("submission"):
        return
    met_by = _events(duty, "met_by")
    if met_by is not None and "external.answered" not in met_by:
        sentence = "Only what is handed to a body has a kind: add external.answered to met_by, or leave this out."
        yield Fault(f"{duty.pointer}/submission", "nothing-handed-in", sentence)


def _events(duty: Place, word: str) -> list[str] | None:
    """Those that stand there; None where that is not known of each."""
    if _lacks(duty, Duty, word):
        return []
    said = duty.get(word)
    found = said if isinstance(said, list) else [said]
    return found if found and all(isinstance(event, str) and event in EVENTS for event in found) else None


def _lacks(place: Place, part: type[BaseModel], word: str) -> bool:
    """Whether it surely says nothing under that word, and may."""
    if not isinstance(place.value, Mapping) or not is_whole(place.value, part) or words_of(part)[word].is_required():
        return False
    nothing = words_of(part)[word].default
    return word not in place.value or place.get(word) == ([] if nothing == () else nothing)


def _stage(stage: Place) -> Iterator[Fault]:
    own = stage.get("stage")
    for pattern, code, sentence in (
        ("opens_on/*/after/*", "opens-after-itself", "A stage does not open after itself."),
        ("independent_of/*", "independent-of-itself", "A stage is not independent of itself."),
    ):
        for place in find(stage, pattern):
            if isinstance(own, str) and place.value == own:
                yield Fault(place.pointer, code, sentence)
    if stage.get("kind") == "external" and _lacks(stage, Stage, "body"):
        yield Fault(f"{stage.pointer}/body", "body-missing", "An external stage says which body handles it.")


# What is known when a complaint comes in; a stage cannot wait for more to know whether it opens.
_AT_INTAKE = {
    "kind",
    "channel",
    "category",
    "complainant_type",
    "subject_kind",
    "subject_role",
    "interest",
    "represented",
    "minor",
    "anonymous",
    "urgent",
    "complex",
    "safety_at_risk",
    "damage_claimed",
}
_KNOWN_LATER = Condition.model_fields.keys() - _AT_INTAKE


def _opening_condition(condition: Place) -> Iterator[Fault]:
    for word in condition.value if isinstance(condition.value, Mapping) else ():
        if word in _KNOWN_LATER and condition.given(word):
            sentence = "Whether a stage opens depends only on what is known at intake."
            yield Fault(f"{condition.pointer}/{escaped(word)}", "not-known-at-intake", sentence)


def _ground(ground: Place) -> Iterator[Fault]:
    if ground.get("test") in ("conduct_too_old", "filed_too_late") and _lacks(ground, Ground, "within"):
        yield Fault(f"{ground.pointer}/within", "period-missing", "Too old or too late by how much? Give within.")


def _review(review: Place) -> Iterator[Fault]:
    neither = _lacks(review, Review, "after") and _lacks(review, Review, "every")
    if neither or (review.given("after") and review.given("every")):
        yield Fault(
            review.pointer, "one-rhythm", "A review happens after an event or every period: give one of the two."
        )


def _year_day(day: Place) -> Iterator[Fault]:
    month, number = day.get("month"), day.get("day")
    if not isinstance(month, int) or not isinstance(number, int) or not (1 <= month <= 12 and 1 <= number <= 31):
        return  # the shape is judged elsewhere
    if not is_day(f"2028-{month:02}-{number:02}"):
        yield Fault(f"{day.pointer}/day", "no-such-day", "That month has no such day.")


def _address(place: Place) -> Iterator[Fault]:
    address = place.value
    if isinstance(address, str) and not is_web_address(address):
        yield Fault(
            place.pointer, "not-a-web-address", "Give the full address of a public page, starting with https://."
        )


_RULES = (
    *((pattern, _duty) for pattern in DUTIES),
    ("stages/*", _stage),
    ("stages/*/opens_on/*/when", _opening_condition),
    ("admissibility/grounds/*", _ground),
    ("reviews/*", _review),
    ("reports/*/before", _year_day),
    ("bodies/*/url", _address),
    ("support/*/url", _address),
    ("parallel_routes/*/url", _address),
)


def _period(place: Place) -> Iterator[Fault]:
    if not isinstance(place.value, Mapping) or "amount" not in place.value or place.pointer == "/sources":
        return
    amount, most = place.get("amount"), MOST.get(str(place.get("unit")))
    where = f"{place.pointer}/amount"
    if isinstance(amount, bool) or not isinstance(amount, int):
        yield Fault(where, "whole-number", "Give a whole number, without quotes.")
    elif amount < 0:
        yield Fault(where, "too-small", "A period is not negative; to count back, use before.")
    elif most is not None and amount > most:
        yield Fault(where, "too-large", f"At most {most} {str(place.get('unit')).replace('_', ' ')}.")
