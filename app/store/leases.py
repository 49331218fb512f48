"""Deliveries under way: announcing what happened, taking a lease on what is due, and writing down how it went.

Instants are the database's real ones (now()), also in a sandbox whose clock was moved: an answer that stays away does
so in the world's time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.store.session import Transaction
from app.store.webhooks import Keeper

Row = Mapping[str, Any]
# A complaint's events are announced in the order in which they came to be listed; that a later one may be committed
# first harms nothing, because rows are taken by their state and not by a place in a sequence.
_ANNOUNCE = """
with taken as (
  select organisation_id, id, complaint_id, event_id, sequence, type from outbox
  where state = 'listed' order by created_at, id limit $1 for update skip locked
),
told as (
  select t.*, w.id as webhook_id, null::uuid as body_webhook_id
  from taken t
  join webhooks w on w.organisation_id = t.organisation_id and w.state <> 'removed'
    and ('*' = any(w.event_types) or $2 || t.type = any(w.event_types))
  union all
  select t.*, null, w.id
  from taken t
  join escalations c on c.organisation_id = t.organisation_id and c.complaint_id = t.complaint_id
  join events e on e.organisation_id = t.organisation_id and e.id = t.event_id
    and e.facts::jsonb ->> 'escalation_id' = c.id::text
  join body_webhooks w on w.body_id = c.body_id and w.state <> 'removed'
    and ('*' = any(w.event_types) or $2 || t.type = any(w.event_types))
  where t.type <> all($3::text[])
),
announced as (
  insert into deliveries (organisation_id, complaint_id, kind, webhook_id, body_webhook_id, event_id, sequence, type,
    state, next_at)
  select organisation_id, complaint_id, 'webhook', webhook_id, body_webhook_id, event_id, sequence, $2 || type,
    'waiting', now()
  from told order by complaint_id, sequence
),
done as (
  update outbox o set state = 'delivered' from taken t
  where o.organisation_id = t.organisation_id and o.id = t.id
)
select count(*) as announced from taken
"""


async def announce(tx: Transaction, prefix: str, untold: Sequence[str], batch: int) -> int:
    """Turns listed announcements into deliveries, one for each webhook that wants them; how many were taken.
    For a paused webhook they are kept too: they go when it is activated. `prefix` comes before a type. A body is told
    of what names a case of its own, except for the types `untold`.
    """
    row = await tx.fetchrow(_ANNOUNCE, batch, prefix, list(untold))
    return int(row["announced"]) if row else 0


# One line per webhook, a body's over all organisations, and one per organisation's mail: each is asked by itself what
# is due, so that a long line does not make the look-up of another longer. What this worker is busy with ($2 their
# lines, $3 their ids) counts against each line's share. A line that keeps failing gets one place, and all of those
# together get $6.
_LEASE = """
with busy as (select line, count(*) as number from unnest($2::uuid[]) line group by line),
line as (
  select w.organisation_id, w.id as webhook_id, null::uuid as body_webhook_id, w.id as line,
    w.failing_since is not null as failing
  from webhooks w where w.state = 'active'
  union all
  select null, null, w.id, w.id, w.failing_since is not null from body_webhooks w where w.state = 'active'
  union all
  select o.id, null, null, o.id, false from organisations o
),
room as (
  select line.*, case when failing then 1 else $5 end - coalesce(busy.number, 0) as free
  from line left join busy using (line)
),
due as (
  select d.*, room.failing, row_number() over (partition by room.line order by d.next_at) as place
  from room cross join lateral (
    select organisation_id, id, next_at from deliveries
    where organisation_id = room.organisation_id and webhook_id = room.webhook_id and state = 'waiting'
      and body_webhook_id is null and next_at <= now()
      and (leased_until is null or leased_until <= now()) and id <> all($3::uuid[])
    order by next_at limit greatest(room.free, 0) for update skip locked
  ) d where room.webhook_id is not null
  union all
  select d.*, room.failing, row_number() over (partition by room.line order by d.next_at)
  from room cross join lateral (
    select organisation_id, id, next_at from deliveries
    where body_webhook_id = room.body_webhook_id and state = 'waiting'
      and next_at <= now() and (leased_until is null or leased_until <= now()) and id <> all($3::uuid[])
    order by next_at limit greatest(room.free, 0) for update skip locked
  ) d where room.body_webhook_id is not null
  union all
  select d.*, false, row_number() over (partition by room.line order by d.next_at)
  from room cross join lateral (
    select organisation_id, id, next_at from deliveries
    where organisation_id = room.organisation_id and webhook_id is null and kind = 'mail' and state = 'waiting'
      and body_webhook_id is null and next_at <= now()
      and (leased_until is null or leased_until <= now()) and id <> all($3::uuid[])
    order by next_at limit greatest(room.free, 0) for update skip locked
  ) d where room.webhook_id is null and room.body_webhook_id is null
),
ranked as (
  select organisation_id, id, place, next_at, failing, row_number() over (partition by failing order by next_at) as nth
  from due
),
chosen as (
  select organisation_id, id from ranked where not failing or nth <= $6 order by failing, place, next_at limit $1
)
update deliveries d
set lease = gen_random_uuid(), attempts = d.attempts + 1,
  leased_until = now() + case d.kind when 'mail' then $7::interval else $4::interval end
from chosen c where d.organisation_id = c.organisation_id and d.id = c.id
returning d.organisation_id, d.id, d.kind, d.complaint_id, d.message_id, d.webhook_id, d.body_webhook_id, d.event_id,
  d.sequence, d.type, d.attempts, d.lease, d.created_at, now() as began_at,
  coalesce(d.webhook_id, d.body_webhook_id) in (select line from line where failing) as failing
"""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many deliveries may be under way at once: per line, and of all lines together that keep failing."""

    line: int
    failing: int


async def lease(
    tx: Transaction, limit: int, shares: Shares, busy: Sequence[Row], *, mail: timedelta, webhook: timedelta
) -> list[Row]:
    """Takes at most `limit` deliveries that are due, for so long. `busy`: what the one who asks is at work on."""
    return await tx.fetch(
        _LEASE,
        limit,
        [row["webhook_id"] or row["body_webhook_id"] or row["organisation_id"] for row in busy],
        [row["id"] for row in busy],
        webhook,
        shares.line,
        shares.failing,
        mail,
    )


async def renew(tx: Transaction, held: Sequence[Row], webhook: timedelta) -> None:
    """Keeps leases that are still the holder's for so long again."""
    await tx.execute(
        "update deliveries d set leased_until = now() + $4::interval"
        " from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as h(organisation_id, id, lease)"
        " where d.organisation_id = h.organisation_id and d.id = h.id and d.lease = h.lease and d.state = 'waiting'",
        [row["organisation_id"] for row in held],
        [row["id"] for row in held],
        [row["lease"] for row in held],
        webhook,
    )


# Since when it is tried: a round begins again when somebody asks for it, or mends the webhook.
_HELD = """
select d.complaint_id, d.message_id, d.attempts, now() as clock,
  greatest(d.created_at, d.ended_at, w.updated_at, b.updated_at) as first_at
from deliveries d
left join webhooks w on w.organisation_id = d.organisation_id and w.id = d.webhook_id
left join body_webhooks b on b.id = d.body_webhook_id
where d.organisation_id = $1 and d.id = $2 and d.lease = $3 and d.state = 'waiting'
for update of d
"""


async def held(tx: Transaction, organisation_id: UUID, delivery_id: UUID, lease: UUID) -> Row | None:
    """The delivery, locked, as long as the lease on it is still this one."""
    return await tx.fetchrow(_HELD, organisation_id, delivery_id, lease)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended, and what follows from it."""

    number: int
    began_at: datetime
    outcome: str
    status: int | None
    code: str
    state: str
    next_at: datetime | None


_SETTLE = """
with tried as (
  insert into delivery_attempts (organisation_id, delivery_id, number, began_at, took_ms, outcome, status, code)
  values ($1, $2, $3, $4, greatest(0, extract(epoch from clock_timestamp() - $4) * 1000)::int, $5, $6, $7)
)
update deliveries set state = $8::text, next_at = coalesce($9, next_at), lease = null, leased_until = null,
  last_status = $6, last_code = $7,
  delivered_at = case $8::text when 'delivered' then now() else delivered_at end,
  ended_at = case $8::text when 'waiting' then ended_at else now() end
where organisation_id = $1 and id = $2
"""


async def settle(tx: Transaction, organisation_id: UUID, delivery_id: UUID, ending: Ending) -> None:
    """Writes down an attempt, and the state that the delivery has after it."""
    await tx.execute(
        _SETTLE,
        organisation_id,
        delivery_id,
        ending.number,
        ending.began_at,
        ending.outcome,
        ending.status,
        ending.code,
        ending.state,
        ending.next_at,
    )


async def hold_webhook(tx: Transaction, keeper: Keeper, organisation_id: UUID, webhook_id: UUID) -> None:
    """Locks it, before any of its deliveries: as whoever changes it does."""
    await tx.execute(
        f"select from {keeper.table} where {keeper.held} and id = $2 for no key update", organisation_id, webhook_id
    )


async def webhook_answered(tx: Transaction, keeper: Keeper, organisation_id: UUID, webhook_id: UUID) -> None:
    """It does not fail any more."""
    await tx.execute(
        f"update {keeper.table} set failing_since = null where {keeper.held} and id = $2 and failing_since is not null",
        organisation_id,
        webhook_id,
    )


async def webhook_failed(tx: Transaction, keeper: Keeper, organisation_id: UUID, webhook_id: UUID) -> None:
    """It fails, since now or longer."""
    await tx.execute(
        f"update {keeper.table} set failing_since = now() where {keeper.held} and id = $2 and failing_since is null",
        organisation_id,
        webhook_id,
    )


async def webhook_gone(tx: Transaction, keeper: Keeper, organisation_id: UUID, webhook_id: UUID, reason: str) -> None:
    """The receiver wants no more: nothing goes there until somebody activates it."""
    await tx.execute(
        f"update {keeper.table} set state = 'paused', reason = $3, paused_at = now(), updated_at = now()"
        f" where {keeper.held} and id = $2 and state = 'active'",
        organisation_id,
        webhook_id,
        reason,
    )
