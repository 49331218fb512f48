"""Employees: who works with complaints, and in which roles of the organisation's procedures."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.errors import Fault, Invalid, NotFound
from app.services import rules
from app.services.etags import demand_match, tag
from app.store import people
from app.store import rules as stored_rules
from app.store.transaction import Transaction


async def create(tx: Transaction, *, name: str, email: str, roles: Sequence[str]) -> people.Row:
    """A new employee. Raises Invalid when a role is in none of the organisation's procedures."""
    await _demand_known(tx, roles)
    return await people.insert_employee(tx, tx.new_id(), name, email, sorted(set(roles)))


async def read(tx: Transaction, staff_id: UUID) -> people.Row:
    """Raises NotFound."""
    return _found(await people.employee(tx, staff_id))


async def change(tx: Transaction, staff_id: UUID, changed: Mapping[str, Any], if_match: str | None) -> people.Row:
    """Changes name, email, roles or active. Raises NotFound, PreconditionRequired, Stale, Invalid.

    The keys of an employee who is not active stop working at once: the first statement of every request asks.
    """
    demand_match(if_match, etag(_found(await people.lock_employee(tx, staff_id))))
    if changed.get("roles") is not None:
        await _demand_known(tx, changed["roles"])
        changed = {**changed, "roles": sorted(set(changed["roles"]))}
    return _found(await people.update_employee(tx, staff_id, changed))


def etag(row: people.Row) -> str:
    """Strong: changes with everything that an answer shows of the employee."""
    return tag(name=row["name"], email=row["email"], roles=list(row["roles"]), active=row["active"])


async def known_roles(tx: Transaction) -> list[str]:
    """The roles of every published version: a running complaint keeps its own version, and so its roles."""
    versions = await stored_rules.versions(tx)
    procedures = [await rules.procedure_version(tx, row["procedure"], row["version"]) for row in versions]
    return sorted({role.role for procedure in procedures for role in procedure.roles})


async def _demand_known(tx: Transaction, roles: Sequence[str]) -> None:
    known = await known_roles(tx)
    unknown = [place for place, role in enumerate(roles) if role not in known]
    if unknown:
        sentence = f"one of: {', '.join(known)}" if known else "no procedure is published yet, so there are no roles"
        raise Invalid(
            "Roles come from the organisation's procedures.",
            faults=[Fault(f"/roles/{place}", "unknown", sentence) for place in unknown],
        )


def _found(row: people.Row | None) -> people.Row:
    if row is None:
        raise NotFound("There is no such employee.")
    return row
