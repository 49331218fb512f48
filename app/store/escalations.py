"""Cases with external bodies, to be found and read by the body or by the organisation; and what a body has read.

They are written with the ledger that they are copies of (escalation_rows.py).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.store.session import Reading
from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

# Whose list it is: the body's runs over all organisations.
BODY, ORGANISATION = "body_id = asking.body_id", "organisation_id = asking.organisation"
# One sentence per filter; the parameter's number is filled in.
_FILTERS = {
    "state": "state = ${}",
    "organisation": "organisation_slug = ${}",
    "body": "body = ${}",
    "procedure": "procedure = ${}",
    "complaint": "complaint_id = ${}",
}
# What a list shows of a case; ids and days as text, as the contract has them. Nothing that is json: taking that apart
# costs more than the rest of the row.
_SHOWN = """
id::text, complaint_id::text, body, stage, reference, organisation_slug, organisation_name, procedure, state, opened_by,
filed_by, requested_at, dispatched_at, acknowledged_at, hearing_on::text, next_due_on::text, verdict, decided_at,
ended_at, updated_at
"""
_COLUMNS = """
id, complaint_id, body, body_id, stage, reference, organisation_slug, organisation_name, procedure, state, opened_by,
filed_by, named, requested_at, dispatched_at, acknowledged_at, hearing_on, next_due_on, verdict, decided_at, ended_at,
updated_at
"""


def _where(whose: str, filters: Mapping[str, Any], first: int) -> tuple[str, list[Any]]:
    clauses = [whose, *(_FILTERS[name].format(number) for number, name in enumerate(filters, first))]
    return " and ".join(clauses), list(filters.values())


async def listed(
    tx: Reading, whose: str, filters: Mapping[str, Any], position: tuple[Any, ...] | None, backwards: bool, fetch: int
) -> list[Row]:
    """The cases of a body or of an organisation (`whose`), the newest first; past `position` (id)."""
    # The number is written into the statement, and so is whether there is a position: see complaints.listed
    where, values = _where(whose, filters, 2 if position else 1)
    sign, order = (">", "asc") if backwards else ("<", "desc")
    place: tuple[Any, ...] = (UUID(position[0]),) if position else ()
    past = f" and id {sign} $1" if position else ""
    return await tx.fetch(
        f"select {_SHOWN} from escalations where {where}{past} order by escalations.id {order} limit {int(fetch)}",
        *place,
        *values,
    )


async def count(tx: Reading, whose: str, filters: Mapping[str, Any]) -> int:
    where, values = _where(whose, filters, 1)
    row = await tx.fetchrow(f"select count(*) as total from escalations where {where}", *values)
    return int(row["total"]) if row else 0


async def read(tx: Reads, escalation_id: UUID) -> Row | None:
    """One case of the organisation that the session is in, or that a body has entered."""
    return await tx.fetchrow(
        f"select {_COLUMNS} from escalations where organisation_id = app_organisation() and escalations.id = $1",
        escalation_id,
    )


# -- what a body has read --------------------------------------------------------------------------------------


async def record_read(tx: Transaction, escalation_id: UUID, what: str, part: int | None = None) -> None:
    """`what`: case, manifest, zip, pdf or file. In the transaction in which it was read."""
    await tx.execute(
        "insert into escalation_reads (organisation_id, complaint_id, escalation_id, key_id, what, part, read_at)"
        " values (app_organisation(), app_case(), $1, $2, $3, $4, $5)",
        escalation_id,
        tx.caller.key_id,
        what,
        part,
        tx.now,
    )


async def reads_of(tx: Reads, escalation_id: UUID) -> list[Row]:
    """When the body looked at what, the last first; for the organisation."""
    return await tx.fetch(
        "select id, key_id, what, part, read_at from escalation_reads"
        " where organisation_id = app_organisation() and escalation_id = $1"
        " order by escalation_reads.id desc limit 200",
        escalation_id,
    )
