"""Webhooks: where somebody is told of what happens; secrets are sealed before they come here.

They are an organisation's, or an external body's, which is told of its cases over all organisations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

_SHOWN = (
    "id, url, description, event_types, state, reason, paused_at, failing_since, created_at, updated_at, previous_until"
)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Whose webhooks: their table, which column and which asker make one theirs, and what finds deliveries to $1.

    `held` is how a job that brings deliveries finds one: of the organisation $1, or the one that it has opened.
    """

    table: str
    column: str
    asking: str
    deliveries: str
    held: str

    @property
    def theirs(self) -> str:
        return f"{self.column} = {self.asking}"


OF_ORGANISATION = Keeper(
    "webhooks",
    "organisation_id",
    "app_organisation()",
    "organisation_id = app_organisation() and webhook_id = $1",
    "organisation_id = $1",
)
OF_BODY = Keeper("body_webhooks", "body_id", "app_body()", "body_webhook_id = $1", "$1::uuid is not null")


async def lock(tx: Transaction, keeper: Keeper) -> None:
    """No other webhook of theirs is made meanwhile."""
    await tx.execute(f"select pg_advisory_xact_lock(hashtextextended('webhooks ' || {keeper.asking}, 0))")


async def listed(
    tx: Transaction,
    keeper: Keeper,
    after: UUID | None,
    limit: int,
    *,
    backwards: bool = False,
    state: str | None = None,
) -> list[Row]:
    """In the order in which they were made; not those that were removed."""
    sign, order = ("<", "desc") if backwards else (">", "asc")
    return await tx.fetch(
        f"select {_SHOWN} from {keeper.table} where {keeper.theirs} and state <> 'removed'"
        f" and ($1::text is null or state = $1) and ($2::uuid is null or id {sign} $2) order by id {order} limit $3",
        state,
        after,
        limit,
    )


async def count(tx: Transaction, keeper: Keeper, *, state: str | None = None) -> int:
    row = await tx.fetchrow(
        f"select count(*) as total from {keeper.table} where {keeper.theirs} and state <> 'removed'"
        " and ($1::text is null or state = $1)",
        state,
    )
    return int(row["total"]) if row else 0


async def read(
    tx: Transaction, webhook_id: UUID, keeper: Keeper = OF_ORGANISATION, *, lock: bool = False
) -> Row | None:
    """Not one that was removed."""
    return await tx.fetchrow(
        f"select {_SHOWN} from {keeper.table} where {keeper.theirs} and id = $1"
        f" and state <> 'removed'{' for no key update' if lock else ''}",
        webhook_id,
    )


async def insert(
    tx: Transaction,
    keeper: Keeper,
    webhook_id: UUID,
    url: str,
    description: str,
    event_types: Sequence[str],
    secret: bytes,
) -> Row:
    made = await tx.fetchrow(
        f"insert into {keeper.table} ({keeper.column}, id, url, description, event_types, secret, state)"
        f" values ({keeper.asking}, $1, $2, $3, $4, $5, 'active') returning {_SHOWN}",
        webhook_id,
        url,
        description,
        list(event_types),
        secret,
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return made


async def change(tx: Transaction, keeper: Keeper, webhook_id: UUID, changed: Row) -> Row | None:
    """Only what is named in `changed` (url, description, event_types, state, reason)."""
    return await tx.fetchrow(
        f"update {keeper.table} set url = coalesce($2, url), description = coalesce($3, description),"
        " event_types = coalesce($4::text[], event_types), state = coalesce($5::text, state), reason = $6,"
        " paused_at = case when coalesce($5::text, state) <> 'paused' then null else coalesce(paused_at, now()) end,"
        " failing_since = case when $5::text is null then failing_since end, updated_at = now()"
        f" where {keeper.theirs} and id = $1 returning {_SHOWN}",
        webhook_id,
        changed.get("url"),
        changed.get("description"),
        changed.get("event_types"),
        changed.get("state"),
        changed.get("reason"),
    )


async def rotate(tx: Transaction, keeper: Keeper, webhook_id: UUID, secret: bytes, overlap: timedelta) -> Row | None:
    """A new secret; the one before stays good for so long.

    One that is good beside the newest already keeps its day: who rotates again may never have had the one in between.
    """
    return await tx.fetchrow(
        f"update {keeper.table} set"
        " previous_secret = case when previous_until > now() then previous_secret else secret end,"
        " previous_until = case when previous_until > now() then previous_until else now() + $3 end,"
        f" secret = $2, updated_at = now() where {keeper.theirs} and id = $1 returning {_SHOWN}",
        webhook_id,
        secret,
        overlap,
    )


async def try_now(tx: Transaction, webhook_id: UUID, keeper: Keeper = OF_ORGANISATION) -> None:
    """What waits for it is due at once."""
    await tx.execute(
        f"update deliveries set next_at = now() where {keeper.deliveries} and state = 'waiting' and next_at > now()",
        webhook_id,
    )


async def cancel_waiting(tx: Transaction, webhook_id: UUID, keeper: Keeper = OF_ORGANISATION) -> None:
    """Nothing more goes there."""
    await tx.execute(
        "update deliveries set state = 'cancelled', ended_at = now(), lease = null, leased_until = null"
        f" where {keeper.deliveries} and state = 'waiting'",
        webhook_id,
    )


async def add_trial(tx: Transaction, webhook_id: UUID, event_type: str) -> UUID:
    """A delivery that tells of no event."""
    made = await tx.fetchrow(
        "insert into deliveries (organisation_id, kind, webhook_id, type, state, next_at)"
        " values (app_organisation(), 'webhook', $1, $2, 'waiting', now()) returning id",
        webhook_id,
        event_type,
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return UUID(str(made["id"]))


async def open_for_job(tx: Transaction, body_webhook_id: UUID) -> None:
    """From here on this transaction of an organisation sees the webhook of a body, and no other of them."""
    await tx.execute("select set_config('app.body_webhook', $1, true)", str(body_webhook_id))


async def keys(tx: Transaction, keeper: Keeper, webhook_id: UUID) -> Row:
    """Where it is and with what it is signed: url, webhook_id, secret, previous_secret and the world's time."""
    row = await tx.fetchrow(
        "select id as webhook_id, url, secret, case when previous_until > now() then previous_secret end as"
        f" previous_secret, now() as clock from {keeper.table} where {keeper.theirs} and id = $1",
        webhook_id,
    )
    if row is None:
        raise LookupError("a webhook that was just read is gone")
    return row


async def to_send(tx: Transaction, delivery_id: UUID) -> Row | None:
    """What a delivery tells of and to whom: the address and its sealed secrets, the event, and the world's time.

    `escalation_id`: the case that a body is told of.
    """
    return await tx.fetchrow(
        """
        select d.id as delivery_id, d.type as announced_as, d.about_webhook_id, d.created_at, w.id as webhook_id,
          w.url, w.secret,
          case when w.previous_until > now() then w.previous_secret end as previous_secret,
          e.id, e.complaint_id, e.sequence, e.type, e.occurred_at, e.recorded_at, o.slug, now() as clock,
          case when d.body_webhook_id is not null then e.facts::jsonb ->> 'escalation_id' end as escalation_id
        from deliveries d
        join organisations o on o.id = d.organisation_id
        cross join lateral (
          select id, url, secret, previous_secret, previous_until from webhooks
          where organisation_id = d.organisation_id and id = d.webhook_id and state <> 'removed'
          union all
          select id, url, secret, previous_secret, previous_until from body_webhooks
          where id = d.body_webhook_id and state <> 'removed'
        ) w
        left join events e on e.organisation_id = d.organisation_id and e.id = d.event_id
        where d.organisation_id = app_organisation() and d.id = $1
        """,
        delivery_id,
    )
