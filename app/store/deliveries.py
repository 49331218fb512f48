"""Deliveries: what has to be brought to somebody, who is at work on it, and how it went.

Instants here are the database's real ones (now()), also in a sandbox whose clock was moved: what leaves the house, or
comes back too late, does so in the world's time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.session import Transaction

Row = Mapping[str, Any]

_COLUMNS = (
    "id, complaint_id, kind, message_id, webhook_id, event_id, sequence, type, address, state, attempts, next_at,"
    " leased_until, created_at, delivered_at, ended_at, last_status, last_code"
)


async def add_mail(tx: Transaction, complaint_id: UUID, message_id: UUID, address: str) -> Row:
    """A mail to one address, due at once."""
    return await _add(tx, complaint_id, message_id, "mail", address)


async def add_post(tx: Transaction, complaint_id: UUID, message_id: UUID) -> Row:
    """A letter that somebody prints and posts."""
    return await _add(tx, complaint_id, message_id, "post", None)


async def _add(tx: Transaction, complaint_id: UUID, message_id: UUID, kind: str, address: str | None) -> Row:
    made = await tx.fetchrow(
        f"""
        insert into deliveries (organisation_id, complaint_id, message_id, kind, address, state, next_at)
        values (app_organisation(), $1, $2, $3, $4, case $3::text when 'post' then 'to_print' else 'waiting' end,
          case $3::text when 'post' then null else now() end)
        returning {_COLUMNS}
        """,
        complaint_id,
        message_id,
        kind,
        address,
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return made


async def of_message(tx: Transaction, message_id: UUID) -> list[Row]:
    """The deliveries of one message, the oldest first."""
    return await tx.fetch(
        f"select {_COLUMNS} from deliveries where organisation_id = app_organisation() and message_id = $1 order by id",
        message_id,
    )


async def read(tx: Transaction, delivery_id: UUID, *, lock: bool = False) -> Row | None:
    return await tx.fetchrow(
        f"select {_COLUMNS} from deliveries where organisation_id = app_organisation() and id = $1"
        f"{' for update' if lock else ''}",
        delivery_id,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries a list shows."""

    states: tuple[str, ...] = ()
    kind: str | None = None
    webhook_id: UUID | None = None


_WANTED = """organisation_id = app_organisation() and (cardinality($1::text[]) = 0 or state = any($1::text[]))
  and ($2::text is null or kind = $2) and ($3::uuid is null or webhook_id = $3)"""


async def listed(
    tx: Transaction, wanted: Wanted, after: UUID | None, limit: int, *, backwards: bool = False
) -> list[Row]:
    """The newest first."""
    sign, order = (">", "asc") if backwards else ("<", "desc")
    # the planner finds the index of what is unfinished only when it is told so
    unfinished = " and state <> 'delivered'" if wanted.states and "delivered" not in wanted.states else ""
    return await tx.fetch(
        f"select {_COLUMNS} from deliveries where {_WANTED}{unfinished} and ($4::uuid is null or id {sign} $4)"
        f" order by id {order} limit $5",
        list(wanted.states),
        wanted.kind,
        wanted.webhook_id,
        after,
        limit,
    )


async def count(tx: Transaction, wanted: Wanted) -> int:
    row = await tx.fetchrow(
        f"select count(*) as total from deliveries where {_WANTED}",
        list(wanted.states),
        wanted.kind,
        wanted.webhook_id,
    )
    return int(row["total"]) if row else 0


async def attempts(tx: Transaction, delivery_ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """Every attempt of these deliveries, in order."""
    rows = await tx.fetch(
        "select delivery_id, number, began_at, took_ms, outcome, status, code from delivery_attempts"
        " where organisation_id = app_organisation() and delivery_id = any($1::uuid[]) order by delivery_id, number",
        list(delivery_ids),
    )
    found: dict[UUID, list[Row]] = {each: [] for each in delivery_ids}
    for row in rows:
        found[row["delivery_id"]].append(row)
    return found


async def retry(tx: Transaction, delivery_id: UUID) -> Row | None:
    """Due at once. The lease of one that is under way ends, so that how that goes no longer counts.

    Not of a mail, which would be brought twice: None while that is under way.
    """
    return await tx.fetchrow(
        "update deliveries set state = 'waiting', next_at = now(), ended_at = now(), delivered_at = null, lease = null,"
        " leased_until = null where organisation_id = app_organisation() and id = $1"
        f" and not (kind = 'mail' and coalesce(leased_until > now(), false)) returning {_COLUMNS}",
        delivery_id,
    )


async def complete(tx: Transaction, delivery_id: UUID, at: datetime) -> Row | None:
    """Brought by a person."""
    return await tx.fetchrow(
        "update deliveries set state = 'delivered', delivered_at = $2, ended_at = now(), next_at = null"
        f" where organisation_id = app_organisation() and id = $1 returning {_COLUMNS}",
        delivery_id,
        at,
    )


_FIGURES = """
select
  (select min(d.created_at) from deliveries d
    left join webhooks w on w.organisation_id = d.organisation_id and w.id = d.webhook_id
    where d.state = 'waiting' and (w.id is null or w.state = 'active')) as oldest_undelivered_at,
  (select min(created_at) from deliveries where state = 'to_print') as oldest_to_print_at,
  (select count(*) from deliveries where state = 'dead') as dead_letters,
  (select count(*) from webhooks where state = 'active' and failing_since is not null) as failing_webhooks,
  (select min(failing_since) from webhooks where state = 'active') as failing_since
"""


async def figures(tx: Transaction) -> dict[str, Any]:
    """What lies here undelivered, over all organisations; only a worker's transaction sees them. Instants in ISO form.

    oldest_undelivered_at (of what is being tried: what waits for a paused webhook does so on purpose),
    oldest_to_print_at, dead_letters, failing_webhooks, failing_since.
    """
    row = await tx.fetchrow(_FIGURES)
    if row is None:
        raise LookupError("a query without a table gave no row")
    instants = ("oldest_undelivered_at", "oldest_to_print_at", "failing_since")
    told = {name: row[name].isoformat() if row[name] else None for name in instants}
    return {**told, "dead_letters": row["dead_letters"], "failing_webhooks": row["failing_webhooks"]}
