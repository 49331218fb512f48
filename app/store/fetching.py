"""Which mailboxes are due to be looked into, and by whom. Instants are the database's real ones, also in a sandbox."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.store.transaction import Transaction

Row = Mapping[str, Any]

_LEASE = """
update mailboxes m set leased_until = now() + $4::interval
from (
  select organisation_id, id from mailboxes
  where direction = 'incoming' and enabled and (leased_until is null or leased_until < now())
    and (used_at is null or used_at < now() - case when last_code is null or last_code = $5 then $2::interval
      else $3::interval end)
  order by used_at nulls first limit $1 for update skip locked
) due
where m.organisation_id = due.organisation_id and m.id = due.id
returning m.organisation_id
"""


async def lease(
    tx: Transaction, limit: int, every: timedelta, after_failure: timedelta, held: timedelta, good: str
) -> list[Row]:
    """For the worker: organisations whose mailbox is due, the one that waited longest first."""
    return await tx.fetch(_LEASE, limit, every, after_failure, held, good)


async def ended(tx: Transaction, code: str, good: str) -> None:
    """How looking into the organisation's mailbox went; while it does not go well, since when stays."""
    await tx.execute(
        "update mailboxes set used_at = now(), last_code = $1, leased_until = null,"
        " failing_since = case when $1 <> $2::text then coalesce(failing_since, now()) end"
        " where organisation_id = app_organisation() and direction = 'incoming'",
        code,
        good,
    )
