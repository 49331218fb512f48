"""What the guard has to look at: complaints with a term whose end, warning or lapse of a pause has come, by the
database's clock.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

# A sandbox clock is never behind the real one, so the first part of each finds what is due in every organisation and
# the second what is due in a sandbox that is ahead. Terms are locked so that several guards share the work; the
# complaint is locked because that is what every other change waits for. What could not be read waits a moment (by the
# real clock), so that it never fills the batch.
_DUE = """
select organisation_id, complaint_id from terms
where open and {waiting} and {instant} <= now() and (guard_after is null or guard_after <= now())
order by {instant} limit {batch} for update skip locked
"""
_DUE_AHEAD = """
select t.organisation_id, t.complaint_id
from organisations o
cross join lateral (
  select organisation_id, complaint_id from terms
  where organisation_id = o.id and open and {waiting} and {instant} <= now() + o.clock_offset
    and (guard_after is null or guard_after <= now())
  order by {instant} limit {batch} for update skip locked
) t
where o.clock_offset > '0'
"""
_BREACHES = {"waiting": "breach_recorded_at is null", "instant": "breach_at"}
# Nothing is recorded when a pause lapses by itself; from then on the term is warned about like any other.
_LAPSES = {"waiting": "lapses_at is not null and state = 'suspended'", "instant": "lapses_at"}
# Only of a term that still runs: one that ended or stands still is not warned about any more, and would be found again
# at every look.
_WARNINGS = {
    "waiting": "warned_at is null and warn_at is not null and state = 'pending'",
    "instant": "warn_at",
}


def _locked(what: Mapping[str, str], batch: int) -> str:
    # The number is written into the statement: of a parameter PostgreSQL thinks that it may be a tenth of the table.
    # The complaints are looked up one by one (lateral): it would rather read them all and join.
    due, ahead = (part.format(**what, batch=int(batch)) for part in (_DUE, _DUE_AHEAD))
    return f"""
with due as ({due}), ahead as ({ahead})
select c.*, now() + o.clock_offset as clock
from (select * from due union select * from ahead) wanted
join organisations o on o.id = wanted.organisation_id
cross join lateral (
  select * from complaints
  where complaints.organisation_id = wanted.organisation_id and complaints.id = wanted.complaint_id
  for update skip locked
) c
"""


async def breached(tx: Transaction, batch: int) -> list[Row]:
    """Complaints, locked, with a term that has ended and is not announced; `clock` is their organisation's now."""
    return await tx.fetch(_locked(_BREACHES, batch))


async def lapsed(tx: Transaction, batch: int) -> list[Row]:
    """Complaints, locked, with a term that stood still until now by what its row says."""
    return await tx.fetch(_locked(_LAPSES, batch))


async def due_soon(tx: Transaction, batch: int) -> list[Row]:
    """Complaints, locked, with a term whose warning is due."""
    return await tx.fetch(_locked(_WARNINGS, batch))


async def with_open_terms(tx: Transaction, after: tuple[UUID, UUID] | None, batch: int) -> list[Row]:
    """organisation_id and complaint_id of complaints with an open term, in their order, those after `after`."""
    return await tx.fetch(
        "select distinct organisation_id, complaint_id from terms"
        " where open and ($1::uuid is null or (organisation_id, complaint_id) > ($1, $2::uuid))"
        " order by organisation_id, complaint_id limit $3",
        *(after or (None, None)),
        batch,
    )


async def lock(tx: Transaction, organisation_id: UUID, complaint_id: UUID) -> Row | None:
    """The complaint, held until the transaction ends; `clock` is its organisation's now."""
    return await tx.fetchrow(
        "select c.*, now() + o.clock_offset as clock from complaints c join organisations o on o.id = c.organisation_id"
        " where c.organisation_id = $1 and c.id = $2 for update of c",
        organisation_id,
        complaint_id,
    )


async def terms_of(tx: Transaction, complaint: Row) -> list[Row]:
    """Whole rows, in the order of their keys."""
    return await tx.fetch(
        "select * from terms where organisation_id = $1 and complaint_id = $2 order by key",
        complaint["organisation_id"],
        complaint["id"],
    )


async def put_off(tx: Transaction, complaints: Sequence[Row], pause: timedelta) -> None:
    """Leaves the open terms of these complaints alone for so long."""
    await tx.execute(
        "update terms set guard_after = now() + $3 from unnest($1::uuid[], $2::uuid[]) as c(organisation_id, id)"
        " where terms.organisation_id = c.organisation_id and terms.complaint_id = c.id and open",
        [row["organisation_id"] for row in complaints],
        [row["id"] for row in complaints],
        pause,
    )
