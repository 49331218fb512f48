"""What a newer contract takes back from an older one: removing or narrowing breaks callers, adding does not."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "put", "post", "patch", "delete")


def taken_back(old: Json, new: Json) -> list[str]:
    """One sentence for each thing that callers of the old contract can no longer rely on."""
    return [*_paths(old, new), *_schemas(old, new)]


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
    before = {(p["in"], p["name"]): p for p in old.get("parameters", ())}
    after = {(p["in"], p["name"]): p for p in new.get("parameters", ())}
    for where, parameter in before.items():
        if where not in after:
            yield f"{name}: parameter {parameter['name']} is gone"
    for where, parameter in after.items():
        if parameter.get("required") and not before.get(where, {}).get("required"):
            yield f"{name}: parameter {parameter['name']} became required"
    for status in old["responses"]:
        if status.startswith("2") and status not in new["responses"]:
            yield f"{name}: no longer answers {status}"


def _schemas(old: Json, new: Json) -> Iterator[str]:
    sent = _reachable_from_requests(new)
    for name, schema in old["components"]["schemas"].items():
        newer = new["components"]["schemas"].get(name)
        if newer is None:
            yield f"schema {name} is gone"
            continue
        yield from _schema(name, schema, newer, is_request=name in sent)


def _schema(name: str, old: Json, new: Json, *, is_request: bool) -> Iterator[str]:
    for field, was in old.get("properties", {}).items():
        now = new.get("properties", {}).get(field)
        if now is None:
            yield f"{name}.{field} is gone"
        elif is_request:
            yield from _narrowed(f"{name}.{field}", was, now)
        elif was.get("type") and now.get("type") and not _types(now) <= _types(was):
            yield f"{name}.{field} has another type"
    if is_request:
        for field in set(new.get("required", ())) - set(old.get("required", ())):
            yield f"{name}.{field} became required"
    else:
        for field in set(old.get("required", ())) - set(new.get("required", ())):
            yield f"{name}.{field} is no longer always there"


def _narrowed(name: str, was: Json, now: Json) -> Iterator[str]:
    gone = set(was.get("enum", ())) - set(now.get("enum", ())) if now.get("enum") else set()
    if gone:
        yield f"{name} no longer takes {', '.join(sorted(map(str, gone)))}"
    if now.get("maxLength", 10**9) < was.get("maxLength", 0):
        yield f"{name} became shorter"
    if was.get("type") and now.get("type") and not _types(was) <= _types(now):
        yield f"{name} takes fewer types"


def _types(schema: Json) -> set[str]:
    types = schema["type"]
    return set(types) if isinstance(types, list) else {types}


def _reachable_from_requests(document: Json) -> set[str]:
    todo = [
        operation["requestBody"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method in METHODS and "requestBody" in operation
    ]
    found: set[str] = set()
    while todo:
        for name in _references(todo.pop()):
            if name not in found:
                found.add(name)
                todo.append(document["components"]["schemas"][name])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref", "")
        if isinstance(reference, str) and reference.startswith("#/components/schemas/"):
            yield reference.rpartition("/")[2]
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)
