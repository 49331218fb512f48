"""The form of the schemas in the contract: their names, and how a value that may be null is written."""

import re
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def flattened(node: Any) -> Any:
    """Nullable plain types as `type: [..., "null"]` in place of anyOf; titles that only repeat a name dropped."""
    if isinstance(node, list):
        return [flattened(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _flattened_part(key, value) for key, value in node.items()}
    if isinstance(kept.get("title"), str) and _is_schema(kept):
        del kept["title"]
    return _nullable(kept)


def _flattened_part(key: str, value: Any) -> Any:
    if key in ("example", "examples", "value", "default", "enum", "const"):  # data, whatever its keys are called
        return value
    if key == "properties" and isinstance(value, dict):  # names of fields, whatever they are called
        return {name: flattened(schema) for name, schema in value.items()}
    return flattened(value)


def _is_schema(node: Mapping[str, Any]) -> bool:
    return any(key in node for key in ("type", "anyOf", "oneOf", "allOf", "enum", "const", "$ref"))


def _nullable(schema: Document) -> Document:
    options: Any = schema.get("anyOf")
    if (
        not options
        or len(options) != 2
        or options[1] != {"type": "null"}
        or not isinstance(options[0].get("type"), str)
    ):
        return schema
    others = {key: value for key, value in schema.items() if key != "anyOf"}
    plain = dict(options[0])
    words = plain.pop("enum", []) + ([plain.pop("const")] if "const" in plain else [])
    return {**plain, **others, "type": [plain["type"], "null"], **({"enum": [*words, None]} if words else {})}


def pascal(document: Document) -> Document:
    """Schema names in UpperCamelCase, wherever they are referred to."""
    names = {name: pascal_name(name) for name in document["components"]["schemas"]}
    if len(set(names.values())) < len(names):
        raise ValueError("two models have the same name in the contract")
    schemas = {names[name]: schema for name, schema in document["components"]["schemas"].items()}
    document["components"]["schemas"] = schemas
    place = "#/components/schemas/"
    renamed: Document = _renamed(document, {place + old: place + new for old, new in names.items()})
    return renamed


def pascal_name(name: str) -> str:
    """`Page_Thing_`, pydantic's name for Page[Thing], becomes ThingPage."""
    generic = re.fullmatch(r"([A-Za-z0-9]+)_(.+)_", name)
    if generic:
        return pascal_name(generic[2]) + generic[1]
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", name.rpartition("__")[2] or name) if part]
    return "".join(part[0].upper() + part[1:] for part in parts)


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if isinstance(node, dict):  # a reference stands at $ref, or in the mapping of a discriminator
        return {key: _renamed(value, names) for key, value in node.items()}
    return names.get(node, node) if isinstance(node, str) else node
