"""What keeps failing: a webhook, or the mail of an organisation, out or in; and that it was told.

Instants are the database's real ones (now()), also in a sandbox whose clock was moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

# One whose receiver wants no more was paused by us and still fails; one that somebody paused does not.
_FAILS = "failing_since is not null and (state = 'active' or coalesce(reason, '') = 'gone')"
_LONG_WEBHOOK = f"{_FAILS} and failing_since <= now() - $1::interval"
_LONG_MAIL = "mail_failing_since <= now() - $1::interval"
_LONG_BOX = "direction = 'incoming' and enabled and failing_since <= now() - $1::interval"

_LISTED = f"""
select 'mail' as kind, null::uuid as webhook_id, mail_failing_since as since from organisations
where id = app_organisation() and {_LONG_MAIL}
union all
select 'incoming', null, failing_since from mailboxes where organisation_id = app_organisation() and {_LONG_BOX}
union all
select 'webhook', id, failing_since from webhooks where organisation_id = app_organisation() and {_LONG_WEBHOOK}
order by since, webhook_id
"""
_ORGANISATIONS = f"""
select count(*) as number from (
  select id from organisations where {_LONG_MAIL} union select organisation_id from webhooks where {_LONG_WEBHOOK}
  union select organisation_id from mailboxes where {_LONG_BOX}
) hit
"""
# Told once when it has lasted so long, and once when it is over. Nobody hears it by the webhook that it is about.
_TELL = f"""
with webhook as (
  select organisation_id, id as webhook_id, failing_told_at is null as began from webhooks
  where case when failing_told_at is null then {_LONG_WEBHOOK} else not ({_FAILS}) end
  order by id limit $4 for no key update skip locked
),
mail as (
  select id as organisation_id, null::uuid as webhook_id, mail_failing_told_at is null as began from organisations
  where case when mail_failing_told_at is null then {_LONG_MAIL} else mail_failing_since is null end
  order by id limit $4 for no key update skip locked
),
told_webhook as (
  update webhooks w set failing_told_at = case when t.began then now() end from webhook t
  where w.organisation_id = t.organisation_id and w.id = t.webhook_id
),
told_mail as (
  update organisations o set mail_failing_told_at = case when t.began then now() end from mail t
  where o.id = t.organisation_id
),
news as (
  select organisation_id, webhook_id, began, case when began then $2::text else $3::text end as type
  from (select * from webhook union all select * from mail) line
),
announced as (
  insert into deliveries (organisation_id, kind, webhook_id, about_webhook_id, type, state, next_at)
  select n.organisation_id, 'webhook', w.id, n.webhook_id, n.type, 'waiting', now()
  from news n
  join webhooks w on w.organisation_id = n.organisation_id and w.id is distinct from n.webhook_id
    and w.state = 'active' and ('*' = any(w.event_types) or n.type = any(w.event_types))
)
select organisation_id, webhook_id, began from news
"""


@dataclass(frozen=True, slots=True)
class Types:
    """What it is called where it is told."""

    failing: str
    recovered: str


async def listed(tx: Transaction, after: timedelta) -> list[Row]:
    """What has been failing in this organisation for so long, the longest first: kind, webhook_id, since."""
    return await tx.fetch(_LISTED, after)


async def organisations(tx: Transaction, after: timedelta) -> int:
    """In how many organisations something has been failing for so long; in a worker's transaction."""
    row = await tx.fetchrow(_ORGANISATIONS, after)
    return int(row["number"]) if row else 0


async def tell(tx: Transaction, after: timedelta, types: Types, batch: int) -> list[Row]:
    """Announces what began to fail so long ago, and what is over; for the worker, of all organisations."""
    return await tx.fetch(_TELL, after, types.failing, types.recovered, batch)


async def mail_failed(tx: Transaction, organisation_id: UUID) -> None:
    """The mail of an organisation does not go out, since now or longer."""
    await tx.execute(
        "update organisations set mail_failing_since = now() where id = $1 and mail_failing_since is null",
        organisation_id,
    )


async def mail_works(tx: Transaction, organisation_id: UUID) -> None:
    """It goes out, or may again: what went wrong before says nothing of the new settings."""
    await tx.execute(
        "update organisations set mail_failing_since = null where id = $1 and mail_failing_since is not null",
        organisation_id,
    )
