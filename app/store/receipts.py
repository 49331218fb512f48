"""Receipts that go out by themselves: what came in of late, and whether somebody was written to about it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

# By the id of the announcement, which holds the world's time also in a sandbox whose clock was moved. Asked for each
# organisation, because that leads the index: a look reads what is new and no more, however long the list has become.
_RECEIVED = """
select found.organisation_id, found.complaint_id
from organisations o
cross join lateral (
  select organisation_id, complaint_id, id from outbox
  where organisation_id = o.id and id > (select uuidv7(-$1::interval)) and type = 'complaint.received'
    and complaint_id <> all($2::uuid[])
  order by id limit {limit}
) found
where o.id <> all($3::uuid[])
order by found.id limit {limit}
"""


async def received(
    tx: Transaction, window: timedelta, *, seen: Sequence[UUID] = (), without: Sequence[UUID] = (), limit: int = 200
) -> list[Row]:
    """For the worker: complaints that came in within the window, the oldest first, at most `limit`.

    Not those that were seen already, and not those of the organisations in `without`.
    """
    return await tx.fetch(_RECEIVED.format(limit=int(limit)), window, list(seen), list(without))


# By the id as well, which leads on from the organisation: it needs no index of its own, and stops when it has enough.
_FORGET = """
with old as (
  select found.organisation_id, found.id
  from organisations o
  cross join lateral (
    select organisation_id, id from outbox
    where organisation_id = o.id and id < (select uuidv7(-$1::interval)) and state = 'delivered'
    order by id limit {batch} for update skip locked
  ) found
  limit {batch}
)
delete from outbox a using old where a.organisation_id = old.organisation_id and a.id = old.id
"""


async def forget(tx: Transaction, kept: timedelta, batch: int) -> int:
    """Takes away what was announced and is older than that; how many. For the worker."""
    done = await tx.execute(_FORGET.format(batch=int(batch)), kept)
    return int(done.rpartition(" ")[2])


async def written_to(tx: Transaction, complaint_id: UUID) -> bool:
    """Whether anything was sent about this complaint."""
    row = await tx.fetchrow(
        "select exists (select from messages where organisation_id = app_organisation() and complaint_id = $1"
        " and direction = 'outbound' and state = 'sent') as there",
        complaint_id,
    )
    return bool(row and row["there"])


async def mail_it_came_in(tx: Transaction, complaint_id: UUID) -> UUID | None:
    """The first message that came in by mail, which a receipt answers."""
    row = await tx.fetchrow(
        "select id from messages where organisation_id = app_organisation() and complaint_id = $1"
        " and direction = 'inbound' and mail_id is not null order by id limit 1",
        complaint_id,
    )
    return row["id"] if row else None
