"""Deliveries: what has to be brought to somebody, who is at work on it, and how it went.

Instants here are the database's real ones (now()), also in a sandbox whose clock was moved: what leaves the house, or
comes back too late, does so in the world's time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction
from app.store.webhooks import OF_BODY, OF_ORGANISATION, Keeper

Row = Mapping[str, Any]

_SAME = (
    "organisation_id, id, kind, message_id, event_id, sequence, type, address, state, attempts, next_at, leased_until,"
    " created_at, delivered_at, ended_at, last_status, last_code"
)
_COLUMNS = f"{_SAME}, complaint_id, webhook_id"
# A body knows its cases by ids of their own.
_SHOWN = {
    OF_ORGANISATION: _COLUMNS,
    OF_BODY: f"{_SAME}, null::uuid as complaint_id, body_webhook_id as webhook_id",
}
# What an organisation's bodies are told is not the organisation's to see; a body asks by its webhook ($1).
_OF = {
    OF_ORGANISATION: "organisation_id = app_organisation() and body_webhook_id is null"
    " and ($1::uuid is null or webhook_id = $1)",
    OF_BODY: "body_webhook_id = $1",
}

_STATES = {state: f"'{state}'" for state in ("waiting", "to_print", "delivered", "dead", "cancelled")}


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


async def read(
    tx: Transaction,
    delivery_id: UUID,
    webhook_id: UUID | None = None,
    keeper: Keeper = OF_ORGANISATION,
    *,
    lock: bool = False,
) -> Row | None:
    """One delivery; of that webhook when one is given, as a body always does."""
    return await tx.fetchrow(
        f"select {_SHOWN[keeper]} from deliveries where {_OF[keeper]} and id = $2{' for update' if lock else ''}",
        webhook_id,
        delivery_id,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries a list shows; a body names a webhook of its own."""

    states: tuple[str, ...] = ()
    kind: str | None = None
    webhook_id: UUID | None = None
    keeper: Keeper = OF_ORGANISATION

    @property
    def condition(self) -> str:
        """On $1, the webhook, and $2, the kind; states are written out, or no index of some of them is planned with."""
        states = ", ".join(_STATES[state] for state in self.states)
        among = f" and state in ({states})" if states else ""
        return f"{_OF[self.keeper]} and ($2::text is null or kind = $2){among}"


async def listed(
    tx: Transaction, wanted: Wanted, after: UUID | None, limit: int, *, backwards: bool = False
) -> list[Row]:
    """The newest first."""
    sign, order = (">", "asc") if backwards else ("<", "desc")
    return await tx.fetch(
        f"select {_SHOWN[wanted.keeper]} from deliveries where {wanted.condition}"
        f" and ($3::uuid is null or id {sign} $3) order by id {order} limit $4",
        wanted.webhook_id,
        wanted.kind,
        after,
        limit,
    )


async def count(tx: Transaction, wanted: Wanted) -> int:
    row = await tx.fetchrow(
        f"select count(*) as total from deliveries where {wanted.condition}", wanted.webhook_id, wanted.kind
    )
    return int(row["total"]) if row else 0


async def attempts(tx: Transaction, rows_of: Sequence[Row]) -> dict[UUID, list[Row]]:
    """Every attempt of these deliveries, in order."""
    rows = await tx.fetch(
        "select a.delivery_id, a.number, a.began_at, a.took_ms, a.outcome, a.status, a.code"
        " from unnest($1::uuid[], $2::uuid[]) as d(organisation_id, id)"
        " join delivery_attempts a on a.organisation_id = d.organisation_id and a.delivery_id = d.id"
        " order by a.delivery_id, a.number",
        [row["organisation_id"] for row in rows_of],
        [row["id"] for row in rows_of],
    )
    found: dict[UUID, list[Row]] = {row["id"]: [] for row in rows_of}
    for row in rows:
        found[row["delivery_id"]].append(row)
    return found


async def retry(tx: Transaction, delivery: Row, keeper: Keeper = OF_ORGANISATION) -> Row | None:
    """Due at once. The lease of one that is under way ends, so that how that goes no longer counts.

    Not of a mail, which would be brought twice: None while that is under way.
    """
    return await tx.fetchrow(
        "update deliveries set state = 'waiting', next_at = now(), ended_at = now(), delivered_at = null, lease = null,"
        " leased_until = null where organisation_id = $1 and id = $2"
        f" and not (kind = 'mail' and coalesce(leased_until > now(), false)) returning {_SHOWN[keeper]}",
        delivery["organisation_id"],
        delivery["id"],
    )


async def recorded_as_failed(tx: Transaction, complaint_id: UUID, delivery_id: UUID) -> bool:
    """Whether the last thing that the complaint says of it is that it failed."""
    last = await tx.fetchrow(
        "select type from events where organisation_id = app_organisation() and complaint_id = $1"
        " and type in ('delivery.failed', 'delivery.completed') and facts::jsonb ->> 'delivery_id' = $2::text"
        " order by sequence desc limit 1",
        complaint_id,
        str(delivery_id),
    )
    return last is not None and last["type"] == "delivery.failed"


async def complete(tx: Transaction, delivery_id: UUID, at: datetime) -> Row | None:
    """Brought by a person."""
    return await tx.fetchrow(
        "update deliveries set state = 'delivered', delivered_at = $2, ended_at = now(), next_at = null"
        f" where organisation_id = app_organisation() and id = $1 returning {_COLUMNS}",
        delivery_id,
        at,
    )


_FORGET = """
with old as (
  select organisation_id, id from deliveries
  where kind = 'webhook' and state <> 'waiting' and ended_at < now() - $1::interval
  order by ended_at limit $2 for update skip locked
),
tried as (
  delete from delivery_attempts a using old where a.organisation_id = old.organisation_id and a.delivery_id = old.id
)
delete from deliveries d using old where d.organisation_id = old.organisation_id and d.id = old.id
"""


async def forget(tx: Transaction, kept: timedelta, batch: int) -> int:
    """Takes away what was sent to webhooks and ended longer ago, with its attempts; how many. For the worker."""
    done = await tx.execute(_FORGET, kept, batch)
    return int(done.rpartition(" ")[2])


_CANCEL_REMOVED = """
update deliveries d set state = 'cancelled', ended_at = now(), lease = null, leased_until = null
from (
  select d.organisation_id, d.id from webhooks w
  join deliveries d on d.organisation_id = w.organisation_id and d.webhook_id = w.id
  where w.state = 'removed' and d.state = 'waiting'
  union all
  select d.organisation_id, d.id from body_webhooks w join deliveries d on d.body_webhook_id = w.id
  where w.state = 'removed' and d.state = 'waiting'
) left_over
where d.organisation_id = left_over.organisation_id and d.id = left_over.id and d.state = 'waiting'
"""


async def cancel_removed(tx: Transaction) -> None:
    """Cancels what waits for webhooks that were removed: it was announced at the same moment. For the worker."""
    await tx.execute(_CANCEL_REMOVED)


_FIGURES = """
select
  (select min(d.created_at) from deliveries d
    left join webhooks w on w.organisation_id = d.organisation_id and w.id = d.webhook_id
    left join body_webhooks b on b.id = d.body_webhook_id
    where d.state = 'waiting' and coalesce(w.state, b.state, 'active') = 'active') as oldest_undelivered_at,
  (select min(created_at) from deliveries where state = 'to_print') as oldest_to_print_at,
  (select count(*) from deliveries where state = 'dead') as dead_letters,
  failing.*
from (
  select count(failing_since) as failing_webhooks, min(failing_since) as failing_since
  from (select state, failing_since from webhooks union all select state, failing_since from body_webhooks) w
  where state = 'active'
) failing
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
