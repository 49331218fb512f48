"""A published version of a procedure as its row says it: its definition does not change any more."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

Row = Mapping[str, Any]


def digest(definition: str) -> bytes:
    """SHA-256 of the definition, as the canonical JSON text that was published."""
    return hashlib.sha256(definition.encode()).digest()


def fault(row: Row) -> str | None:
    """Why a row is not what was published (of `procedure_versions`: definition, sha256, procedure, both days)."""
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
    return None


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
