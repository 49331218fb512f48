"""Who may be asking, and what each kind of key opens."""

from dataclasses import dataclass
from uuid import UUID

SCOPES = {
    "complaints:file": "hand in a complaint",
    "complaints:read": "read complaints, their events and terms",
    "complaints:act": "record what happens to a complaint",
    "reports:read": "read figures",
    "audit:read": "read the event feed and every explanation",
    "procedures:read": "read procedures and calendars",
    "procedures:write": "publish procedure versions",
    "administration": "organisation, staff and keys",
    "sandbox:clock": "move a sandbox organisation's clock",
}

_READ = frozenset({"complaints:read", "procedures:read", "reports:read", "audit:read"})
_ACT = frozenset({"complaints:file", "complaints:act"})

SCOPES_OF_KIND: dict[str, frozenset[str]] = {
    "admin": frozenset(SCOPES),
    "system": _READ | _ACT,
    "staff": frozenset({"complaints:read", "procedures:read", "reports:read"}) | _ACT,
    "website": frozenset({"complaints:file", "procedures:read"}),
    "reporter": frozenset({"reports:read", "procedures:read"}),
    "auditor": _READ,
    "body": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: a kind of key, or `gehoor` for the service itself.

    `id` is the employee for `staff` (also when an integration acts on their behalf), else the key.
    """

    kind: str
    id: UUID | None = None
    roles: tuple[str, ...] = ()

    @property
    def staff_id(self) -> UUID | None:
        return self.id if self.kind == "staff" else None

    def holds(self, roles: tuple[str, ...]) -> bool:
        """True when one of the roles is held; an empty list asks for none."""
        return not roles or bool(set(roles) & set(self.roles))


@dataclass(frozen=True, slots=True)
class _Anybody(Actor):
    def holds(self, roles: tuple[str, ...]) -> bool:
        return True


SERVICE = Actor("gehoor")
# Stands in for an employee whom nobody knows, to find what else is wrong. Nothing is recorded in this name.
ANYBODY = _Anybody("staff", UUID(int=0))
