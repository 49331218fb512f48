"""What changes from one version of a procedure to the next, in sentences a complaints officer can check."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Literal

from app.domain.calendar import Period
from app.domain.duty import Duty
from app.domain.events import EVENTS
from app.domain.part import Part, Words
from app.domain.place import escaped
from app.domain.procedure import ClosedDay, Procedure
from app.domain.stage import Opening
from app.domain.tongue import MONTHS, UNITS
from app.domain.value_words import value_label
from app.domain.words import Word, word_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. The pointer leads into the new file; for what was removed, into the old one."""

    pointer: str
    kind: Literal["added", "removed", "changed"]
    nl: str
    en: str


Said = tuple[str, str]
"""The same in Dutch and in English."""


@dataclass(frozen=True, slots=True)
class _Where:
    """A place in the tree: its pointer in both files, and what a sentence calls it."""

    old: str
    new: str
    name: Said

    def at(self, new: object, old: object = None) -> "_Where":
        was = new if old is None else old
        return replace(self, old=f"{self.old}/{escaped(was)}", new=f"{self.new}/{escaped(new)}")


@dataclass(frozen=True, slots=True)
class _Field:
    """A word of the language as one part uses it."""

    part: type[Part]
    name: str

    @property
    def label(self) -> Said:
        found = word_of(self.part.__name__, self.name) or Word(self.name, self.name, "")
        return found.nl, found.en


def differences(old: Procedure, new: Procedure) -> list[Difference]:
    """Every change in what the two say, in the order of the new file; what only stands elsewhere has not changed."""
    return list(_parts(old, new, _Where("", "", ("de regeling", "the procedure"))))


def _parts(old: Part, new: Part, where: _Where) -> Iterator[Difference]:
    for attribute, described in type(new).model_fields.items():
        was, now = getattr(old, attribute), getattr(new, attribute)
        if was != now:
            name = described.alias or attribute
            yield from _values(was, now, where.at(name), _Field(type(new), name))


def _values(was: Any, now: Any, where: _Where, field: _Field) -> Iterator[Difference]:
    if _is_part(was) and _is_part(now):
        yield from _parts(was, now, replace(where, name=_within(field, where)))
    elif isinstance(was, tuple) and isinstance(now, tuple) and any(_is_part(each) for each in was + now):
        yield from _lists(was, now, where, field)
    elif isinstance(was, dict) and isinstance(now, dict):
        yield from _mappings(was, now, where, field)
    else:
        yield _changed(was, now, where, field)


def _is_part(value: Any) -> bool:
    """A part to look into; a text in two languages is one value."""
    return isinstance(value, Part) and not isinstance(value, Words)


def _within(field: _Field, where: _Where) -> Said:
    """What a sentence calls a part of a part: the extension of the first response."""
    nl, en = field.label
    if field.part is Procedure:
        return nl, en
    return f"{nl} van {where.name[0]}", f"{en} of {where.name[1]}"


def _lists(was: tuple[Part, ...], now: tuple[Part, ...], where: _Where, field: _Field) -> Iterator[Difference]:
    """Parts are matched by name, so that one which only moved up or down has not changed."""
    before, after = _keyed(was), _keyed(now)
    for key, (index, part) in after.items():
        if key in before:
            number, earlier = before[key]
            yield from _parts(earlier, part, replace(where.at(index, number), name=_name(part, where)))
        else:
            yield from _whole(part, where.at(index), field, "added")
    for key, (index, part) in before.items():
        if key not in after:
            yield from _whole(part, where.at(index), field, "removed")


def _keyed(parts: tuple[Part, ...]) -> dict[object, tuple[int, Part]]:
    found: dict[object, tuple[int, Part]] = {}
    for index, part in enumerate(parts):
        key = _key(part)
        found[("at", index) if key is None or key in found else key] = (index, part)
    return found


# What tells one part of a list from another: its own short name, where it has one.
_KEYS = ("duty", "stage", "role", "body", "ground", "step", "review", "report", "route", "support", "category")
_OTHER_KEYS = ("type", "channel", "of", "date", "cause")


def _key(part: Part) -> object:
    if isinstance(part, Opening):
        return part.event, part.after
    word = _key_word(part)
    return word and getattr(part, word)


def _key_word(part: Part) -> str | None:
    return next((word for word in (*_KEYS, *_OTHER_KEYS) if word in type(part).model_fields), None)


def _name(part: Part, where: _Where) -> Said:
    """What a sentence calls it: its title, else its short name, else what it belongs to."""
    title = getattr(part, "title", None)
    if isinstance(title, Words):
        return title.nl, title.en
    if isinstance(part, Opening):
        nl, en = EVENTS[part.event]
        return f"de opening bij {nl}", f"the opening on {en}"
    if isinstance(part, ClosedDay) and part.until:
        first, last = ([_text(day, language) for language in (0, 1)] for day in (part.date, part.until))
        return f"{first[0]} tot en met {last[0]}", f"{first[1]} up to and including {last[1]}"
    key = _key(part)
    return where.name if key is None else (_text(key, 0), _text(key, 1))


def _words_in_name(part: Part) -> set[str | None]:
    """The words of the part that its name tells already."""
    if isinstance(getattr(part, "title", None), Words):
        return {"title"}
    if isinstance(part, Opening):
        return {"event"}
    return {"date", "until"} if isinstance(part, ClosedDay) else {_key_word(part)}


def _whole(part: Part, where: _Where, field: _Field, kind: Literal["added", "removed"]) -> Iterator[Difference]:
    """All that came or went with a part: the part, and in sentences of their own the parts listed in it.

    A stage under another name is another stage, and its duties and their periods are to be seen all the same.
    """
    name, lists = _name(part, where), _lists_in(part)
    nl, en = (
        _WHOLE[kind][language].format(
            name=where.name[language],
            label=field.label[language],
            what=_listed(part, name[language], lists, language),
        )
        for language in (0, 1)
    )
    yield Difference(where.new if kind == "added" else where.old, kind, nl, en)
    for word, parts in lists.items():
        for index, each in enumerate(parts):
            yield from _whole(each, replace(where.at(word).at(index), name=name), _Field(type(part), word), kind)


_WHOLE = {
    "added": ("Bij {name} komt erbij (onder {label}): {what}.", "Added to {name} (under {label}): {what}."),
    "removed": ("Bij {name} vervalt (onder {label}): {what}.", "Removed from {name} (under {label}): {what}."),
}


def _lists_in(part: Part) -> dict[str, tuple[Part, ...]]:
    """The lists of parts that it holds, such as the duties of a stage."""
    return {word: value for word, value in part if isinstance(value, tuple) and any(_is_part(each) for each in value)}


def _listed(part: Part, name: str, lists: Collection[str], language: int) -> str:
    """Its name and what else it says; what has no name of its own, such as another period, by what it says alone."""
    said = _particulars(part, {*lists, *_words_in_name(part)}, language)
    if _key(part) is None:
        return said
    return f"{name} ({said})" if said else name


def _mappings(was: dict[str, Any], now: dict[str, Any], where: _Where, field: _Field) -> Iterator[Difference]:
    for key in (*now, *(key for key in was if key not in now)):
        if was.get(key) != now.get(key):
            nl, en = field.label
            yield _changed(
                was.get(key), now.get(key), replace(where.at(key), name=(f"{nl} {key}", f"{en} {key}")), field
            )


def _changed(was: Any, now: Any, where: _Where, field: _Field) -> Difference:
    nl, en = (_sentence(was, now, where, field, language) for language in (0, 1))
    if _nothing(was):
        return Difference(where.new, "added", nl, en)
    return Difference(where.old, "removed", nl, en) if _nothing(now) else Difference(where.new, "changed", nl, en)


def _nothing(value: Any) -> bool:
    return value is None or value in ((), "", {})


def _sentence(was: Any, now: Any, where: _Where, field: _Field, language: int) -> str:
    name, label = where.name[language], field.label[language]
    if field.part is Duty and field.name == "within" and was and now:
        return _PERIOD[language].format(name=name, change=_from_to(was, now, language))
    words = {"name": name, "label": label, "was": _text(was, language), "now": _text(now, language)}
    if _nothing(was):
        return _ADDED[language].format(**words)
    return (_REMOVED if _nothing(now) else _CHANGED)[language].format(**words)


_PERIOD = ("De termijn voor {name} gaat van {change}.", "The period for {name} goes from {change}.")
_ADDED = ("Bij {name} komt erbij: {label} {now}.", "Added to {name}: {label} {now}.")
_REMOVED = ("Bij {name} vervalt: {label} {was}.", "Removed from {name}: {label} {was}.")
_CHANGED = ("Bij {name} verandert {label} van {was} in {now}.", "For {name}, {label} changes from {was} to {now}.")


def _from_to(was: Period, now: Period, language: int) -> str:
    first = str(was.amount) if was.unit == now.unit else _text(was, language)
    return f"{first} {('naar', 'to')[language]} {_text(now, language)}"


def _text(value: Any, language: int) -> str:
    """A value as it stands in a sentence."""
    if isinstance(value, bool):
        return (("nee", "no"), ("ja", "yes"))[value][language]
    if isinstance(value, Period):
        one, more = UNITS[("nl", "en")[language]][value.unit]
        return f"{value.amount} {one if value.amount == 1 else more}"
    if isinstance(value, Words):
        return f"‘{(value.nl, value.en)[language]}’"
    if isinstance(value, Part):
        return _spelled_out(value, language)
    if isinstance(value, tuple):
        return ", ".join(_text(each, language) for each in value) or ("niets", "nothing")[language]
    return _word(value, language)


def _spelled_out(part: Part, language: int) -> str:
    """A whole part in brackets, as far as it says something."""
    return f"({_particulars(part, (), language) or ('zonder bijzonderheden', 'without particulars')[language]})"


def _particulars(part: Part, besides: Collection[str | None], language: int) -> str:
    """What a part says, but for the words told already; empty when nothing is left."""
    return "; ".join(
        f"{_Field(type(part), name).label[language]} {_text(value, language)}"
        for name, value in part
        if name in part.model_fields_set and name not in besides and _says(part, name, value)
    )


def _says(part: Part, name: str, value: Any) -> bool:
    """Whether there is something to tell; nothing is, where the language would fill something in."""
    return not _nothing(value) or value != type(part).model_fields[name].default


def _word(value: Any, language: int) -> str:
    if value is None:
        return ("niets", "nothing")[language]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return f"{value.day} {MONTHS[('nl', 'en')[language]][value.month - 1]} {value.year}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return EVENTS[value][language] if value in EVENTS else value_label(str(value))[language]
