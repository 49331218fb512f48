"""What a newer contract takes back from an older one: removing or narrowing breaks callers, adding does not."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "put", "post", "patch", "delete")
_SCHEMAS = "#/components/schemas/"
# A bound, and whether a higher value of it takes less.
_BOUNDS = {
    "maxLength": False,
    "maxItems": False,
    "maximum": False,
    "exclusiveMaximum": False,
    "minLength": True,
    "minItems": True,
    "minimum": True,
    "exclusiveMinimum": True,
}
_SHAPES = ("pattern", "format", "const")


def taken_back(old: Json, new: Json) -> list[str]:
    """One sentence for each thing that callers of the old contract can no longer rely on."""
    return [*_paths(old, new), *_schemas(old, new)]


# -- operations ------------------------------------------------------------------------------------------------


def _paths(old: Json, new: Json) -> Iterator[str]:
    for path, operations in old["paths"].items():
        if path not in new["paths"]:
            yield f"{path} is gone"
            continue
        for method in METHODS:
            if method in operations:
                yield from _operation(f"{method} {path}", operations[method], new["paths"][path].get(method))


def _operation(name: str, old: Json, new: Json | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is gone"
        return
    yield from _parameters(name, old, new)
    yield from _bodies(name, old, new)
    yield from _answers(name, old, new)
    if old.get("security") == [] and new.get("security") != []:
        yield f"{name}: a key became required"


def _parameters(name: str, old: Json, new: Json) -> Iterator[str]:
    before = {(p["in"], p["name"]): p for p in old.get("parameters", ())}
    after = {(p["in"], p["name"]): p for p in new.get("parameters", ())}
    for where, parameter in before.items():
        if where not in after:
            yield f"{name}: parameter {parameter['name']} is gone"
        else:
            yield from _narrowed(f"{name}: parameter {parameter['name']}", parameter["schema"], after[where]["schema"])
    for where, parameter in after.items():
        if parameter.get("required") and not before.get(where, {}).get("required"):
            yield f"{name}: parameter {parameter['name']} became required"


def _bodies(name: str, old: Json, new: Json) -> Iterator[str]:
    before, after = old.get("requestBody", {}), new.get("requestBody", {})
    if after.get("required") and not before.get("required"):
        yield f"{name}: a body became required"
    for media, content in before.get("content", {}).items():
        if media not in after.get("content", {}):
            yield f"{name}: {media} is no longer taken"
        else:
            yield from _narrowed(f"{name}: the body", content["schema"], after["content"][media]["schema"])


def _answers(name: str, old: Json, new: Json) -> Iterator[str]:
    for status, answer in old["responses"].items():
        if not status.startswith("2"):
            continue
        if status not in new["responses"]:
            yield f"{name}: no longer answers {status}"
            continue
        for media, content in answer.get("content", {}).items():
            now = new["responses"][status].get("content", {}).get(media)
            if now is None:
                yield f"{name}: no longer answers {media}"
            else:
                yield from _widened(f"{name}: the answer", content["schema"], now["schema"])


# -- schemas ---------------------------------------------------------------------------------------------------


def _schemas(old: Json, new: Json) -> Iterator[str]:
    sent, answered = _reachable(old, "requestBody"), _reachable(old, "responses")
    for name, schema in old["components"]["schemas"].items():
        newer = new["components"]["schemas"].get(name)
        if newer is None:
            yield f"schema {name} is gone"
            continue
        if name in sent:
            yield from _narrowed(name, schema, newer)
        if name in answered or name not in sent:
            yield from _widened(name, schema, newer)


def _narrowed(name: str, was: Json, now: Json) -> Iterator[str]:
    """What may be sent is less than it was."""
    yield from _bounds(name, was, now)
    yield from _options(name, was, now)
    if "type" in now and not _types(was) <= _types(now):
        yield f"{name} takes fewer types"
    for field in set(now.get("required", ())) - set(was.get("required", ())):
        yield f"{name}.{field} became required"
    for part, old, new in _parts(was, now):
        if new is None:
            yield f"{name}{part} is gone"
        else:
            yield from _narrowed(f"{name}{part}", old, new)


def _widened(name: str, was: Json, now: Json) -> Iterator[str]:
    """What is answered is no longer what it was."""
    if "type" in was and not _types(now) <= _types(was):
        yield f"{name} has another type"
    if was.get("$ref") != now.get("$ref"):
        yield f"{name} has another form"
    if "format" in was and was["format"] != now.get("format"):
        yield f"{name} has another format"
    for field in set(was.get("required", ())) - set(now.get("required", ())):
        yield f"{name}.{field} is no longer always there"
    for part, old, new in _parts(was, now):
        if new is None:
            yield f"{name}{part} is gone"
        else:
            yield from _widened(f"{name}{part}", old, new)


def _bounds(name: str, was: Json, now: Json) -> Iterator[str]:
    for bound, higher_is_less in _BOUNDS.items():
        before, after = was.get(bound), now.get(bound)
        if after is not None and (before is None or (after > before if higher_is_less else after < before)):
            yield f"{name}: {bound} became {after}"
    for shape in _SHAPES:
        if shape in now and now[shape] != was.get(shape):
            yield f"{name} has another {shape}"


def _options(name: str, was: Json, now: Json) -> Iterator[str]:
    if "enum" in now and (gone := {str(word) for word in was.get("enum", ["anything"])} - set(map(str, now["enum"]))):
        yield f"{name} no longer takes {', '.join(sorted(gone))}"
    if "$ref" in now and now["$ref"] != was.get("$ref"):
        yield f"{name} has another form"
    for choice in ("anyOf", "oneOf"):
        before, after = _references(was.get(choice, ())), _references(now.get(choice, ()))
        if gone := set(before) - set(after):
            yield f"{name} no longer takes {', '.join(sorted(gone))}"


def _parts(was: Json, now: Json) -> Iterator[tuple[str, Json, Json | None]]:
    """The schemas inside a schema: what it was, and what it is now (None: gone)."""
    for field, old in was.get("properties", {}).items():
        yield f".{field}", old, now.get("properties", {}).get(field)
    if isinstance(was.get("items"), dict):
        yield "[]", was["items"], now.get("items")


def _types(schema: Json) -> set[str]:
    types = schema.get("type", ["string", "number", "integer", "boolean", "array", "object", "null"])
    return set(types) if isinstance(types, list) else {types}


def _reachable(document: Json, part: str) -> set[str]:
    """The schemas that a request (`requestBody`) or an answer (`responses`) can hold."""
    todo: list[Any] = [
        operation[part]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method in METHODS and part in operation
    ]
    found: set[str] = set()
    while todo:
        for name in _references(todo.pop()):
            if name not in found:
                found.add(name)
                todo.append(document["components"]["schemas"][name])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        reference = node.get("$ref", "")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS)
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list | tuple):
        for part in node:
            yield from _references(part)
