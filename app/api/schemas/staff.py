"""Employees."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.values import Answer, ApiModel, EmailAddress, Filters, Instant, Kept, VisibleName
from app.store.people import Row

EMPLOYEE: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71",
    "name": "Robin Proef",
    "email": "robin.proef@example.org",
    "roles": ["complaints_officer"],
    "active": True,
    "createdAt": "2026-01-05T08:00:00Z",
}
NEW_EMPLOYEE: dict[str, Any] = {
    "name": "Robin Proef",
    "email": "robin.proef@example.org",
    "roles": ["complaints_officer"],
}
EMPLOYEE_CHANGE: dict[str, Any] = {"active": False}

RoleName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]
RoleNames = Annotated[list[RoleName], Field(max_length=30, description="Roles of the organisation's procedures")]


class NewEmployee(ApiModel):
    """Somebody who works with complaints."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_EMPLOYEE]})

    name: VisibleName
    email: EmailAddress
    roles: RoleNames = Field(default_factory=list)


class EmployeeChange(ApiModel):
    """What to change; what is left out stays as it is. Nothing can be emptied: null is refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [EMPLOYEE_CHANGE]})

    name: Kept[VisibleName] = None
    email: Kept[EmailAddress] = None
    roles: Kept[RoleNames] = None
    active: Kept[bool] = Field(None, description="false: their keys open nothing any more, from the next request on")

    def sent(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


class EmployeeAnswer(Answer):
    model_config = ConfigDict(json_schema_extra={"examples": [EMPLOYEE]})

    id: UUID
    name: str
    email: str
    roles: list[str]
    active: bool
    created_at: Instant


class StaffFilters(Filters):
    """Which employees."""

    active: bool | None = None
    role: RoleName | None = None


def employee_answer(row: Row) -> EmployeeAnswer:
    return EmployeeAnswer.model_construct(**{name: row[name] for name in EmployeeAnswer.model_fields})
