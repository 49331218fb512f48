"""The complainant's code as the contract shows it."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import ConfigDict

from app.api.values import Answer, Instant

CODE: dict[str, Any] = {"code": "K7QF-2M9D-XW4T-8RHN", "createdAt": "2026-06-12T09:30:00Z"}


class CodeAnswer(Answer):
    """What the complainant tells an external body, and nobody else."""

    model_config = ConfigDict(json_schema_extra={"examples": [CODE]})

    code: str
    created_at: Instant

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(code=row["code"], created_at=row["created_at"])


class CodeList(Answer):
    items: list[CodeAnswer]
