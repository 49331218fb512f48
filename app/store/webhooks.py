"""Webhooks: where an organisation is told of what happens; secrets are sealed before they come here."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.store.session import Transaction

Row = Mapping[str, Any]

_SHOWN = (
    "id, url, description, event_types, state, reason, paused_at, failing_since, created_at, updated_at, previous_until"
)


async def listed(
    tx: Transaction, after: UUID | None, limit: int, *, backwards: bool = False, state: str | None = None
) -> list[Row]:
    """In the order in which they were made; not those that were removed."""
    sign, order = ("<", "desc") if backwards else (">", "asc")
    return await tx.fetch(
        f"select {_SHOWN} from webhooks where organisation_id = app_organisation() and state <> 'removed'"
        f" and ($1::text is null or state = $1) and ($2::uuid is null or id {sign} $2) order by id {order} limit $3",
        state,
        after,
        limit,
    )


async def count(tx: Transaction, *, state: str | None = None) -> int:
    row = await tx.fetchrow(
        "select count(*) as total from webhooks where organisation_id = app_organisation() and state <> 'removed'"
        " and ($1::text is null or state = $1)",
        state,
    )
    return int(row["total"]) if row else 0


async def read(tx: Transaction, webhook_id: UUID, *, lock: bool = False) -> Row | None:
    """Not one that was removed."""
    return await tx.fetchrow(
        f"select {_SHOWN} from webhooks where organisation_id = app_organisation() and id = $1"
        f" and state <> 'removed'{' for no key update' if lock else ''}",
        webhook_id,
    )


async def insert(
    tx: Transaction, webhook_id: UUID, url: str, description: str, event_types: Sequence[str], secret: bytes
) -> Row:
    made = await tx.fetchrow(
        "insert into webhooks (organisation_id, id, url, description, event_types, secret, state)"
        f" values (app_organisation(), $1, $2, $3, $4, $5, 'active') returning {_SHOWN}",
        webhook_id,
        url,
        description,
        list(event_types),
        secret,
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return made


async def change(tx: Transaction, webhook_id: UUID, changed: Row) -> Row | None:
    """Only what is named in `changed` (url, description, event_types, state, reason)."""
    return await tx.fetchrow(
        "update webhooks set url = coalesce($2, url), description = coalesce($3, description),"
        " event_types = coalesce($4::text[], event_types), state = coalesce($5::text, state), reason = $6,"
        " paused_at = case when coalesce($5::text, state) <> 'paused' then null else coalesce(paused_at, now()) end,"
        " failing_since = case when $5::text is null then failing_since end, updated_at = now()"
        f" where organisation_id = app_organisation() and id = $1 returning {_SHOWN}",
        webhook_id,
        changed.get("url"),
        changed.get("description"),
        changed.get("event_types"),
        changed.get("state"),
        changed.get("reason"),
    )


async def rotate(tx: Transaction, webhook_id: UUID, secret: bytes, overlap: timedelta) -> Row | None:
    """A new secret; the one before stays good for so long."""
    return await tx.fetchrow(
        "update webhooks set previous_secret = secret, previous_until = now() + $3, secret = $2, updated_at = now()"
        f" where organisation_id = app_organisation() and id = $1 returning {_SHOWN}",
        webhook_id,
        secret,
        overlap,
    )


async def try_now(tx: Transaction, webhook_id: UUID) -> None:
    """What waits for it is due at once."""
    await tx.execute(
        "update deliveries set next_at = now() where organisation_id = app_organisation() and webhook_id = $1"
        " and state = 'waiting' and next_at > now()",
        webhook_id,
    )


async def cancel_waiting(tx: Transaction, webhook_id: UUID) -> None:
    """Nothing more goes there."""
    await tx.execute(
        "update deliveries set state = 'cancelled', ended_at = now(), lease = null, leased_until = null"
        " where organisation_id = app_organisation() and webhook_id = $1 and state = 'waiting'",
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


async def to_send(tx: Transaction, delivery_id: UUID) -> Row | None:
    """What a delivery tells of and to whom: the address and its sealed secrets, the event, and the world's time."""
    return await tx.fetchrow(
        """
        select d.id as delivery_id, d.type as announced_as, d.created_at, w.id as webhook_id, w.url, w.secret,
          case when w.previous_until > now() then w.previous_secret end as previous_secret,
          e.id, e.complaint_id, e.sequence, e.type, e.occurred_at, e.recorded_at, o.slug, now() as clock
        from deliveries d
        join organisations o on o.id = d.organisation_id
        join webhooks w on w.organisation_id = d.organisation_id and w.id = d.webhook_id and w.state <> 'removed'
        left join events e on e.organisation_id = d.organisation_id and e.id = d.event_id
        where d.organisation_id = app_organisation() and d.id = $1
        """,
        delivery_id,
    )
