"""JSON as it is sent: written by orjson, which takes a fifth of the time that pydantic takes for a dossier."""

from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel


def written(value: Any) -> bytes:
    """Plain values, ids, dates, moments (in UTC, with a Z) and models as JSON. Raises TypeError for anything else."""
    return orjson.dumps(value, _plain, orjson.OPT_UTC_Z)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):  # the driver's own kind
        return str(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"{type(value).__name__} is nothing that JSON is written of")
