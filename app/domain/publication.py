"""A published version of a procedure as its row says it: its definition does not change any more."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.domain import ids
from app.domain.part import part_in
from app.domain.procedure import Procedure

Row = Mapping[str, Any]


def defined(procedure: Procedure) -> dict[str, Any]:
    """The procedure as plain JSON, with what was left to a default written out.

    A default may change in a later release; what was published must not change with it. Only a word without a value
    (None, nothing in a list) is left out, where that is its default: an older release does not know the newest words
    and reads what does not use them (promise P15).
    """
    return _said(procedure, procedure.model_dump(mode="json", by_alias=True))


def _said(part: BaseModel, dumped: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for word, name, field in _words(type(part)):
        value = getattr(part, name)
        if not (_empty(value) and not field.is_required() and value == field.get_default(call_default_factory=True)):
            found[word] = _said_within(value, dumped[word])
    return found


def _said_within(value: Any, dumped: Any) -> Any:
    if isinstance(value, BaseModel) and isinstance(dumped, dict):
        return _said(value, dumped)
    if isinstance(value, tuple):
        return [_said_within(*each) for each in zip(value, dumped, strict=True)]
    return dumped


def read(definition: str) -> Procedure:
    """What was published, by this release or by another: words that it does not know and that say nothing (null, an
    empty list, false) are those of a later one. Raises ValueError.
    """
    return Procedure.model_validate(_known(Procedure, json.loads(definition)))


def _known(part: type[BaseModel], said: Mapping[str, Any]) -> dict[str, Any]:
    fields = {word: field for word, _, field in _words(part)}
    return {
        word: _known_within(fields[word], value) if word in fields else value
        for word, value in said.items()
        if word in fields or not (_empty(value) or value is False)
    }


def _known_within(field: FieldInfo, value: Any) -> Any:
    part = part_in(field.annotation)
    if part is None:
        return value
    if isinstance(value, list):
        return [_known(part, each) if isinstance(each, dict) else each for each in value]
    return _known(part, value) if isinstance(value, dict) else value


def _words(part: type[BaseModel]) -> Iterable[tuple[str, str, FieldInfo]]:
    """Each word of a part, its name in Python, and what it may be."""
    return ((field.alias or name, name, field) for name, field in part.model_fields.items())


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, tuple | list | dict) and not value)


def digest(definition: str) -> bytes:
    """SHA-256 of the definition, as the canonical JSON text that was published."""
    return hashlib.sha256(definition.encode()).digest()


def fault(row: Row) -> str | None:
    """Why a row is not what was published (of `procedure_versions`: id, published_at, definition, sha256, procedure,
    both days). What published it took the id and the instant from one clock (services/procedures.py).
    """
    if digest(row["definition"]) != row["sha256"]:
        return "its definition is not the one that was published"
    try:
        said = dict(json.loads(row["definition"]))
    except (ValueError, TypeError):
        return "its definition cannot be read"
    # by the days of the row, and not those of the definition, it is looked up under which version a complaint falls
    for name in ("procedure", "effective_from", "effective_until"):
        if _text(row[name]) != said.get(name):
            return f"its {name} is not that of its definition"
    return None if ids.is_of(row["id"], row["published_at"]) else "its published_at is not the instant in its id"


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
