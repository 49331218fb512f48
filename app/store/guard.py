"""What the guard has to look at: complaints with a term whose end or warning has come, by the database's clock."""

from collections.abc import Mapping
from typing import Any

from app.store.session import Transaction

Row = Mapping[str, Any]

# A sandbox clock is never behind the real one, so the first part of each finds what is due in every organisation and
# the second what is due in a sandbox that is ahead. Terms are locked so that several guards share the work; the
# complaint is locked because that is what every other change waits for.
_DUE = """
select organisation_id, complaint_id from terms
where open and {unannounced} and {instant} <= now()
order by {instant} limit $1 for update skip locked
"""
_DUE_AHEAD = """
select t.organisation_id, t.complaint_id
from organisations o
cross join lateral (
  select organisation_id, complaint_id from terms
  where organisation_id = o.id and open and {unannounced} and {instant} <= now() + o.clock_offset
  order by {instant} limit $1 for update skip locked
) t
where o.clock_offset > '0'
"""
_BREACHES = {"unannounced": "breach_recorded_at is null", "instant": "breach_at"}
# Only of a term that still runs: one that ended or stands still is not warned about any more, and would be found again
# at every look.
_WARNINGS = {
    "unannounced": "warned_at is null and warn_at is not null and state = 'pending'",
    "instant": "warn_at",
}


def _locked(what: Mapping[str, str]) -> str:
    return f"""
with due as ({_DUE.format(**what)}), ahead as ({_DUE_AHEAD.format(**what)})
select c.*, now() + o.clock_offset as clock
from complaints c
join organisations o on o.id = c.organisation_id
where (c.organisation_id, c.id) in (select * from due union select * from ahead)
for update of c skip locked
"""


_BREACHED = _locked(_BREACHES)
_DUE_SOON = _locked(_WARNINGS)


async def breached(tx: Transaction, batch: int) -> list[Row]:
    """Complaints, locked, with a term that has ended and is not announced; `clock` is their organisation's now."""
    return await tx.fetch(_BREACHED, batch)


async def due_soon(tx: Transaction, batch: int) -> list[Row]:
    """Complaints, locked, with a term whose warning is due."""
    return await tx.fetch(_DUE_SOON, batch)
