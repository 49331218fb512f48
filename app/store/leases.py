"""Deliveries under way: announcing what happened, taking a lease on what is due, and writing down how it went.

Instants are the database's real ones (now()), also in a sandbox whose clock was moved: an answer that stays away does
so in the world's time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction
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


@dataclass(frozen=True, slots=True)
class Line:
    """Deliveries that wait for one another and for nothing else: a webhook's, or the mail of an organisation.

    A body's webhook is one over all organisations.
    """

    organisation_id: UUID | None
    webhook_id: UUID | None = None
    body_webhook_id: UUID | None = None

    @property
    def name(self) -> str:
        """It in a word, which `named` reads."""
        return "/".join(str(each or "") for each in (self.organisation_id, self.webhook_id, self.body_webhook_id))

    @classmethod
    def named(cls, name: str) -> "Line":
        return cls(*(UUID(each) if each else None for each in name.split("/")))


@dataclass(frozen=True, slots=True)
class _Kind:
    """How lines of a kind are found, which of them is $1 and $2, and what is due on one; each off an index."""

    lines: str
    this: str
    due: str


_WEBHOOK = _Kind(
    "select w.organisation_id, w.id as webhook_id, null::uuid as body_webhook_id,"
    " w.failing_since is not null as failing from webhooks w where w.state = 'active'",
    "w.organisation_id = $1 and w.id = $2",
    "organisation_id = line.organisation_id and webhook_id = line.webhook_id and body_webhook_id is null",
)
_BODY = _Kind(
    "select null::uuid as organisation_id, null::uuid as webhook_id, w.id as body_webhook_id,"
    " w.failing_since is not null as failing from body_webhooks w where w.state = 'active'",
    "$1::uuid is null and w.id = $2",
    "body_webhook_id = line.body_webhook_id",
)
_MAIL = _Kind(
    "select o.id as organisation_id, null::uuid as webhook_id, null::uuid as body_webhook_id, false as failing"
    " from organisations o where true",
    "o.id = $1 and $2::uuid is null",
    "organisation_id = line.organisation_id and webhook_id is null and kind = 'mail' and body_webhook_id is null",
)
_NOW = "state = 'waiting' and next_at <= now()"
_FREE = f"{_NOW} and (leased_until is null or leased_until <= now())"
# The lease on a mail outlasts whoever had it, so it does not say that anybody is at it.
_UNATTENDED = {
    kind: f"""coalesce(line.webhook_id, line.body_webhook_id) = any($1::uuid[])
      or (select true from deliveries where {kind.due} and {_NOW} and leased_until > now() limit 1) is null"""
    for kind in (_WEBHOOK, _BODY)
} | {_MAIL: "$1::uuid[] is not null"}
_DUE = f"""
select organisation_id, webhook_id, body_webhook_id, failing from (
  {
    " union all ".join(
        f'''select line.*, d.next_at from ({kind.lines}) line cross join lateral (
    select next_at from deliveries where {kind.due} and {_FREE} order by next_at limit 1
  ) d where {unattended}'''
        for kind, unattended in _UNATTENDED.items()
    )
} ) due order by failing, next_at limit $2
"""


async def due(tx: Transaction, here: Sequence[Line], limit: int) -> list[tuple[Line, bool]]:
    """Lines on which something is due that nobody has a lease on, and whether each keeps failing; those last.

    A webhook's that somebody is at is left to them, unless it is one of `here`.
    """
    rows = await tx.fetch(_DUE, [each.webhook_id or each.body_webhook_id for each in here], limit)
    return [(Line(row["organisation_id"], row["webhook_id"], row["body_webhook_id"]), row["failing"]) for row in rows]


_LEASE = {
    kind: f"""
with line as ({kind.lines} and {kind.this}),
taken as (
  select d.* from line cross join lateral (
    select organisation_id, id from deliveries where {kind.due} and {_FREE} and id <> all($3::uuid[])
    order by next_at limit greatest(case when line.failing then 1 else $4::int end - cardinality($3::uuid[]), 0)
    for update skip locked
  ) d
)
update deliveries d set lease = gen_random_uuid(), attempts = d.attempts + 1, leased_until = now() + $5::interval
from taken t where d.organisation_id = t.organisation_id and d.id = t.id
returning d.organisation_id, d.id, d.kind, d.complaint_id, d.message_id, d.webhook_id, d.body_webhook_id, d.event_id,
  d.sequence, d.type, d.attempts, d.lease, d.created_at, now() as began_at
"""
    for kind in _UNATTENDED
}


async def lease(tx: Transaction, line: Line, share: int, busy: Sequence[UUID], term: timedelta) -> list[Row]:
    """Takes what is due on a line, for so long: as much as makes `share` together with `busy`, the deliveries that the
    one who asks is at. Of a line that keeps failing it is one.
    """
    kind = _MAIL if line.webhook_id is None else _WEBHOOK
    kind = kind if line.body_webhook_id is None else _BODY
    webhook_id = line.webhook_id or line.body_webhook_id
    return await tx.fetch(_LEASE[kind], line.organisation_id, webhook_id, list(busy), share, term)


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
  greatest(d.created_at, d.ended_at, w.updated_at, b.updated_at) as first_at,
  coalesce(greatest(w.updated_at, b.updated_at) > $4, false) as changed
from deliveries d
left join webhooks w on w.organisation_id = d.organisation_id and w.id = d.webhook_id
left join body_webhooks b on b.id = d.body_webhook_id
where d.organisation_id = $1 and d.id = $2 and d.lease = $3 and d.state = 'waiting'
for update of d
"""


async def held(
    tx: Transaction, organisation_id: UUID, delivery_id: UUID, lease: UUID, began_at: datetime
) -> Row | None:
    """The delivery, locked, as long as the lease on it is still this one. `changed`: its webhook was, since the attempt
    began.
    """
    return await tx.fetchrow(_HELD, organisation_id, delivery_id, lease, began_at)


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
