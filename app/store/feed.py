"""Every event of the organisation in the order in which it can be read without ever missing one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

# A transaction that began to write earlier may commit later, with lower ids. Only below the oldest one that is still
# writing (the xmin of the snapshot) nothing can appear any more; what is above comes with the next call. The base: see
# feed_base.py.
_AFTER = """
select e.id, e.complaint_id, e.sequence, e.type, e.occurred_at, e.recorded_at, e.xid::text as xid
from events e
where e.organisation_id = app_organisation()
  and e.xid < (select (base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint)::text::xid8 from feed_base)
  and (e.xid, e.id) > ($1::text::xid8, $2::uuid)
order by e.xid, e.id limit $3
"""


async def after(tx: Transaction, xid: int, event_id: UUID, limit: int) -> list[Row]:
    """Events past a position (the place of the transaction that wrote them, then their id)."""
    return await tx.fetch(_AFTER, str(xid), event_id, limit)
