"""API keys."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.values import Answer, ApiModel, Filters, Id, Instant, VisibleName
from app.services.keys import Made
from app.store.people import Row

Kind = Literal["admin", "system", "website", "reporter", "auditor", "staff"]
ScopeName = Literal[
    "complaints:file",
    "complaints:read",
    "complaints:act",
    "reports:read",
    "audit:read",
    "procedures:read",
    "procedures:write",
    "administration",
    "sandbox:clock",
]

KEY: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f72",
    "kind": "website",
    "name": "formulier op de website",
    "prefix": "gehoor_1a2b3c4d",
    "scopes": ["complaints:file", "procedures:read"],
    "staffId": None,
    "createdAt": "2026-01-05T08:00:00Z",
    "expiresAt": None,
    "revokedAt": None,
    "replacedBy": None,
}
# Not one that works: it only has the form.
MADE: dict[str, Any] = {**KEY, "key": "gehoor_1a2b3c4d_" + "x" * 43}
NEW_KEY: dict[str, Any] = {"kind": "website", "name": "formulier op de website"}
ROTATION: dict[str, Any] = {"overlapHours": 24}


class NewKeyRequest(ApiModel):
    """A key to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_KEY]})

    kind: Kind
    name: VisibleName = Field(description="For yourselves: where the key is used")
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=9)] | None = Field(
        None,
        description="Left out: everything that a key of this kind opens. `administration` makes keys, and so opens"
        " whatever a key of its own kind can",
    )
    staff_id: Id | None = Field(None, description="Whose key it is; only for kind staff")
    expires_at: Instant | None = Field(None, description="Left out: until it is revoked")


class Rotation(ApiModel):
    """A key in the place of this one."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROTATION]})

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = Field(
        24, description="How long the old key stays valid; 0: it ends at once"
    )
    expires_at: Instant | None = Field(None, description="Left out: it lives as long as the old one did")

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=self.overlap_hours)


class KeyAnswer(Answer):
    """A key, without its text: that was shown when it was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    id: UUID
    kind: str
    name: str
    prefix: str = Field(description="The beginning of the key, to tell keys apart by")
    scopes: list[str]
    staff_id: UUID | None
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None
    replaced_by: UUID | None = Field(description="The key that took its place")


class NewKeyAnswer(KeyAnswer):
    """A key that was just made."""

    model_config = ConfigDict(json_schema_extra={"examples": [MADE]})

    key: str | None = Field(
        description="The key itself, shown this once; null in the repeated answer to a retry with the same"
        " Idempotency-Key, because it is stored nowhere: revoke that key and make another"
    )


class KeyFilters(Filters):
    """Which keys."""

    kind: Kind | None = None


def key_answer(row: Row) -> KeyAnswer:
    return KeyAnswer.model_construct(**{name: row[name] for name in KeyAnswer.model_fields})


def new_key_answer(made: Made, *, with_key: bool) -> NewKeyAnswer:
    shown = {name: made.row[name] for name in KeyAnswer.model_fields}
    return NewKeyAnswer.model_construct(**shown, key=made.key if with_key else None)
