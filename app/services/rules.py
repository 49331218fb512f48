"""The rules in force: procedure versions and calendar versions. Immutable, so each is read once per process."""

from collections import OrderedDict
from datetime import date
from typing import TypeVar
from uuid import UUID

from app.domain import publication
from app.domain.calendar import Calendar, calendar_for
from app.domain.errors import Fault, Invalid, NotFound
from app.domain.procedure import Procedure
from app.store import rules
from app.store.transaction import Reads, Transaction

Key = TypeVar("Key")
Kept = TypeVar("Kept")

_KEPT = 2000
_procedures: OrderedDict[tuple[UUID, str, int], Procedure] = OrderedDict()
_calendars: OrderedDict[tuple[str, int, tuple[tuple[date, str], ...]], Calendar] = OrderedDict()
_decree_days: dict[int, tuple[tuple[date, str], ...]] = {}


async def procedure_version(tx: Reads, procedure: str, version: int, organisation_id: UUID | None = None) -> Procedure:
    """A published version, of this organisation unless another is named (by the worker). Raises NotFound."""
    owner = organisation_id or tx.organisation_id
    key = (owner, procedure, version)
    known = _procedures.get(key)
    if known is None:
        definition = await rules.definition(tx, owner, procedure, version)
        if definition is None:
            raise NotFound("There is no such version of that procedure.")
        known = _keep(_procedures, key, publication.read(definition))
    return known


def _keep(among: OrderedDict[Key, Kept], key: Key, made: Kept) -> Kept:
    among[key] = made
    if len(among) > _KEPT:
        among.popitem(last=False)
    return made


async def in_force(tx: Transaction, on: date, procedure: str | None = None) -> tuple[Procedure, int]:
    """The version in force on a day (KK-36), of the named procedure or of the only one there is.

    Raises Invalid when there is none, or more than one procedure and none was named.
    """
    found = await rules.in_force(tx, on, procedure)
    names = sorted({row["procedure"] for row in found})
    if not found and procedure is not None and not await rules.versions(tx, procedure):
        others = sorted({row["procedure"] for row in await rules.in_force(tx, on, None)})
        known = f"in force on that day: {', '.join(others)}" if others else "none was in force on that day"
        raise Invalid("This procedure is not known.", faults=[Fault("/procedure", "unknown", known)])
    if not found:
        raise Invalid("No procedure was in force on the day of receipt.", faults=[none_in_force()])
    if len(names) > 1:
        raise Invalid(
            "Say under which procedure this comes in.",
            faults=[Fault("/procedure", "required", f"one of: {', '.join(names)}")],
        )
    row = found[0]
    return await procedure_version(tx, row["procedure"], row["version"]), row["version"]


def none_in_force() -> Fault:
    return Fault("/receivedAt", "no-procedure-in-force", "no version of a procedure was in force on that day")


async def any_in_force(tx: Transaction, on: date) -> list[Procedure]:
    """Of each procedure the version in force on a day."""
    rows = await rules.in_force(tx, on, None)
    return [await procedure_version(tx, row["procedure"], row["version"]) for row in rows]


async def held_until(tx: Transaction, on: date, procedure: str | None = None) -> list[Procedure]:
    """Every version that has held by a day on which one is in force, of the named procedure or of any.

    None where none is: the version that is missing then may say something else.
    """
    if not await rules.in_force(tx, on, procedure):
        return []
    rows = await rules.begun(tx, on, procedure)
    return [await procedure_version(tx, row["procedure"], row["version"]) for row in rows]


async def number_in_force(tx: Transaction, on: date, procedure: str) -> int | None:
    """Which version of the procedure holds for what is received on that day; None: there is none."""
    return next((row["version"] for row in await rules.in_force(tx, on, procedure)), None)


async def calendar_version(tx: Reads, procedure: Procedure, version: int) -> Calendar:
    """The calendar that a complaint keeps: profile and closed days of its procedure, decree days of its version."""
    rule = procedure.calendar
    key = (rule.working_days, version, rule.closed)
    if key not in _calendars:
        days = await decree_days(tx, version)
        made = calendar_for(rule.working_days, closed_days=rule.closed, decree_days=days, version=version)
        return _keep(_calendars, key, made)
    return _calendars[key]


async def decree_days(tx: Reads, version: int) -> tuple[tuple[date, str], ...]:
    if version not in _decree_days:
        listed = await rules.decree_days(tx, version)
        _decree_days[version] = tuple((date.fromisoformat(day["date"]), day["name"]) for day in listed)
    return _decree_days[version]


async def current_calendar(tx: Transaction) -> int:
    """The newest calendar version: new complaints are counted by it, running ones keep their own."""
    return await rules.newest_calendar(tx)
