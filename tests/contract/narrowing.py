"""What one schema takes back from another.

Of what is sent, whatever was taken must still be taken; of what is answered, nothing may come that could not come
before. Both are one question, asked the other way round: does everything of the *narrow* schema fit the *wide* one? So
each keyword has one rule. A keyword that has none counts as taken back as soon as it changed.

Some things go beyond that question, because a client is made from them. A format in an answer stays as it was. A form
of an answer (one of anyOf) stays possible; only `null` may go. A default stays, and a form keeps its name.

A word that an enum of an answer did not have is taken back too, since nobody wrote code for it; unless the description
said that a later version may add to them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from math import inf
from typing import Any, Literal, NamedTuple

Json = dict[str, Any]
Way = Literal["sent", "answered"]

SAID = {"title", "description", "summary", "example", "examples", "deprecated", "externalDocs", "$comment"}
_OPEN = re.compile(r"later\s+versions?\s+may\s+add", re.IGNORECASE)
_CHOICES = ("anyOf", "oneOf")
# What a bound is when it is not there.
_AT_LEAST = {"minLength": 0, "minItems": 0, "minProperties": 0, "minimum": -inf, "exclusiveMinimum": -inf}
_AT_MOST = {"maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"}
_LIKE = {"pattern", "format", "multipleOf", "uniqueItems"}  # the wide one has the same, or none
_INNER = {"items": "[]", "additionalProperties": ".*", "propertyNames": ".(name)"}
_ELSEWHERE = {"type", "enum", "const", "required", "properties", "default", *_INNER}
_TYPES = {"null": type(None), "boolean": bool, "integer": int, "number": float, "string": str, "array": list}


class Form(NamedTuple):
    """One thing that a schema can be: no $ref, no anyOf, one type. Its name is that of the $ref that led to it."""

    name: str
    schema: Json

    def types(self) -> set[str]:
        found = {self.schema["type"]} if "type" in self.schema else _types_of(_words(self.schema))
        return found | {"integer"} if "number" in found else found

    def __str__(self) -> str:
        return self.name or str(self.schema.get("type") or _words(self.schema) or "anything")


class Schemas:
    """The schemas of two documents. A $ref is followed when something asks for it, and each pair is compared once."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = old, new
        self._known: dict[tuple[str, ...], list[str]] = {}

    def taken_back(self, place: str, was: Any, now: Any, way: Way, *, may_add: bool = False) -> list[str]:
        """A sentence for each thing, with its place first. `may_add`: words may come, by what was said further out."""
        may_add = may_add or _says_so(was)
        found = [f"{place}: {each}" for each in self._as_a_whole(was, now, way)]
        before, after = list(_forms(self.old, was)), list(_forms(self.new, now))
        narrow, wide = (before, after) if way == "sent" else (after, before)
        own = {form.name for form in narrow}
        met, strange = set(), []
        for form in narrow:
            fitting = self._fitting(place, form, wide, way, may_add=may_add)
            # a form of which the other has its own is none of this one's
            if fitting and (not fitting[1] or fitting[0].name in {"", form.name} or fitting[0].name not in own):
                met.add(id(fitting[0].schema))
                found += fitting[1]
            else:
                strange.append(f"{place}: " + (f"no longer takes {form}" if way == "sent" else f"may now be {form}"))
        if way == "answered" and not strange:
            lost = (form for form in before if form.schema and form.types() != {"null"})
            strange = [f"{place}: is never {form} any more" for form in lost if id(form.schema) not in met]
        return list(dict.fromkeys(found + strange))

    def _as_a_whole(self, was: Any, now: Any, way: Way) -> Iterator[str]:
        was, now = resolved(self.old, was), resolved(self.new, now)
        yield from _default(was, now)
        before, after = list(_choosing(self.old, was)), list(_choosing(self.new, now))
        narrow, wide = (before, after) if way == "sent" else (after, before)
        if any("oneOf" in each for each in wide) and narrow and not any("oneOf" in each for each in narrow):
            yield "oneOf and anyOf changed places"
        kept = [each["discriminator"] for each in after if "discriminator" in each]
        for each in before:
            if "discriminator" in each and not any(_tells_apart(each["discriminator"], other) for other in kept):
                yield "the discriminator is another"

    def _fitting(
        self, place: str, form: Form, others: list[Form], way: Way, *, may_add: bool
    ) -> tuple[Form, list[str]] | None:
        """Which of the others this form fits best, with what is wrong about it."""
        likely = [other for other in others if form.name and other.name == form.name]
        found: tuple[Form, list[str]] | None = None
        for other in likely or [other for other in others if form.types() & other.types()]:
            was, now = (form, other) if way == "sent" else (other, form)
            wrong = self._pair(place, was, now, way, may_add=may_add)
            if found is None or len(wrong) < len(found[1]):
                found = other, wrong
        return found

    def _pair(self, place: str, was: Form, now: Form, way: Way, *, may_add: bool) -> list[str]:
        if not (was.name and now.name):
            return list(self._compared(place, was.schema, now.schema, way, may_add=may_add))
        key = (was.name, now.name, str(was.schema.get("type")), str(now.schema.get("type")), way, str(may_add))
        if key not in self._known:
            self._known[key] = []  # a schema inside itself fits, unless something else of it does not
            place = was.name if was.name == now.name else place
            self._known[key] = list(self._compared(place, was.schema, now.schema, way, may_add=may_add))
        return self._known[key]

    def _compared(self, place: str, was: Json, now: Json, way: Way, *, may_add: bool) -> Iterator[str]:
        narrow, wide = (was, now) if way == "sent" else (now, was)
        for keyword in sorted((was.keys() | now.keys()) - SAID - _ELSEWHERE):
            if _refused(keyword, narrow, wide, way):
                yield f"{place}: {changed(keyword, was, now)} ({way})"
        if not Form("", narrow).types() <= Form("", wide).types():
            yield f"{place}: {changed('type', was, now)} ({way})"
        may_add = may_add or _says_so(was)
        yield from (f"{place}: {each}" for each in _other_words(was, now, way, may_add=may_add))
        for field in sorted({*wide.get("required", ())} - {*narrow.get("required", ())}):
            yield f"{place}.{field}: " + ("became required" if way == "sent" else "is no longer always there")
        yield from self._properties(place, was, now, way)
        for keyword, suffix in _INNER.items():
            if keyword in was or keyword in now:
                inner = was.get(keyword, True), now.get(keyword, True)
                yield from self.taken_back(place + suffix, *inner, way, may_add=may_add and keyword == "items")

    def _properties(self, place: str, was: Json, now: Json, way: Way) -> Iterator[str]:
        before, after = was.get("properties", {}), now.get("properties", {})
        others = was.get("additionalProperties")
        for field in sorted(before.keys() | after.keys()):
            if field not in after:
                yield f"{place}.{field}: is gone"
            elif field in before or isinstance(others, dict):
                yield from self.taken_back(f"{place}.{field}", before.get(field, others), after[field], way)


# -- one keyword -----------------------------------------------------------------------------------------------


def _refused(keyword: str, narrow: Json, wide: Json, way: Way) -> bool:
    """Whether the wide one refuses something of the narrow one, as far as this keyword goes."""
    if keyword in _AT_LEAST:
        return bool(wide.get(keyword, _AT_LEAST[keyword]) > narrow.get(keyword, _AT_LEAST[keyword]))
    if keyword in _AT_MOST:
        return bool(wide.get(keyword, inf) < narrow.get(keyword, inf))
    if keyword in _LIKE and not wide.get(keyword) and (keyword, way) != ("format", "answered"):
        return False
    return bool(narrow.get(keyword) != wide.get(keyword))


def _other_words(was: Json, now: Json, way: Way, *, may_add: bool) -> Iterator[str]:
    before, after = _words(was), _words(now)
    if way == "sent" and after is not None and (before is None or before - after):
        yield f"no longer takes {', '.join(sorted((before or set()) - after)) or 'other words'}"
    if way == "answered" and before is not None:
        if after is None:
            yield "may now be any word"
        elif after - before and not may_add:
            yield f"may now be {', '.join(sorted(after - before))}"


def _words(schema: Json) -> set[str] | None:
    """The values of a closed list, as JSON since True is 1 in Python; None: no such list."""
    if "const" in schema:
        return {json.dumps(schema["const"])}
    return {json.dumps(each) for each in schema["enum"]} if "enum" in schema else None


def _says_so(schema: Any) -> bool:
    return isinstance(schema, dict) and bool(_OPEN.search(schema.get("description", "")))


def _default(was: Json, now: Json) -> Iterator[str]:
    """Who leaves a field out relies on its default; where there was none, nothing was said."""
    if "default" in was and ("default" not in now or json.dumps(was["default"]) != json.dumps(now["default"])):
        yield changed("default", was, now)


def _tells_apart(was: Json, now: Json) -> bool:
    """Whether a discriminator still has the words of another."""
    return bool(was["propertyName"] == now["propertyName"]) and {*was.get("mapping", ())} <= {*now.get("mapping", ())}


def changed(keyword: str, was: Json, now: Json) -> str:
    before, after = (json.dumps(each[keyword]) if keyword in each else "nothing" for each in (was, now))
    return f"{keyword} was {before[:80]}, is {after[:80]}"


# -- the forms of a schema -------------------------------------------------------------------------------------


def resolved(document: Json, node: Any) -> Json:
    """Without its $ref (`#/components/schemas/Complaint`); what stands beside that stays. True and False are empty."""
    if not isinstance(node, dict):
        return {}
    if "$ref" not in node:
        return node
    found: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return {**resolved(document, found), **_without(node, "$ref")}


def _forms(document: Json, schema: Any, name: str = "") -> Iterator[Form]:
    """Of True the one that anything fits; of False none."""
    if isinstance(schema, bool):
        yield from [Form("", {})] if schema else []
    elif "$ref" in schema:
        beside = _without(schema, "$ref", "default", *SAID)
        target = resolved(document, {"$ref": schema["$ref"]})
        yield from _forms(document, _both(target, beside), "" if beside else schema["$ref"].rpartition("/")[2])
    elif choice := next((each for each in _CHOICES if each in schema), None):
        beside = _without(schema, choice, "default", "discriminator", *SAID)
        for branch in schema[choice]:
            yield from _forms(document, _both(branch, beside) if beside else branch)
    elif isinstance(schema.get("type"), list):
        yield from (Form(name, _of_type(each, schema)) for each in schema["type"])
    else:
        yield Form(name, schema)


def _choosing(document: Json, schema: Any) -> Iterator[Json]:
    """The schema and those in it that leave a choice of forms."""
    node = resolved(document, schema)
    for choice in _CHOICES:
        if choice in node:
            yield node
        for branch in node.get(choice, ()):
            yield from _choosing(document, branch)


def _both(one: Json, other: Json) -> Json:
    """What must fit both. What both say, and not the same, stands apart in allOf, which has no rule."""
    twice = {key: other[key] for key in one.keys() & other.keys() if one[key] != other[key]}
    return {**other, **one, **({"allOf": [*one.get("allOf", ()), twice]} if twice else {})}


def _of_type(name: str, schema: Json) -> Json:
    one = {**schema, "type": name}
    if "enum" in schema:
        one["enum"] = [each for each in schema["enum"] if name in _types_of({json.dumps(each)})]
    return {"type": "null"} if name == "null" else one


def _types_of(words: Iterable[str] | None) -> set[str]:
    """The types of these values; all types where anything goes."""
    if words is None:
        return {*_TYPES, "object"}
    values = [json.loads(each) for each in words]
    return {next((name for name, kind in _TYPES.items() if type(each) is kind), "object") for each in values}


def _without(node: Json, *keywords: str) -> Json:
    return {keyword: value for keyword, value in node.items() if keyword not in keywords}
