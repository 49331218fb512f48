"""Mails that go out: what one delivery brings, and how many went to an address of late."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

# Whom it is for was taken out of the case, or has another address now: somebody else may read what comes there. By role
# and address and not by id, because a person of whom only the name was corrected has another.
_CHANGED = """
exists (
  select from jsonb_to_recordset(m.parties) as was("partyId" uuid, role text, address text)
  where was."partyId" is not null and lower(was.address) = lower(d.address)
) and not exists (
  select from jsonb_to_recordset(m.parties) as was(role text, address text)
  join parties p on p.organisation_id = d.organisation_id and p.complaint_id = d.complaint_id
    and p.role = was.role and lower(p.email) = lower(was.address) and p.removed_at is null
  where lower(was.address) = lower(d.address)
)
"""
_TO_SEND = f"""
select d.id, d.address, d.complaint_id, d.message_id, m.subject, m.body, m.html, m.language, m.letter, m.parties,
  m.author_kind, m.occurred_at, m.state, i.message_id as answers, o.name as organisation, o.settings,
  {_CHANGED} as recipient_changed
from deliveries d
join organisations o on o.id = d.organisation_id
join messages m on m.organisation_id = d.organisation_id and m.id = d.message_id
left join messages r on r.organisation_id = m.organisation_id and r.id = m.reply_to
left join inbound_mails i on i.organisation_id = r.organisation_id and i.id = r.mail_id
where d.organisation_id = app_organisation() and d.id = $1 and d.kind = 'mail' and d.state = 'waiting'
  and m.state = 'sent'
"""


async def to_send(tx: Transaction, delivery_id: UUID) -> Row | None:
    """A delivery with its message, and the Message-ID of the mail that this one answers; None when it need not go."""
    return await tx.fetchrow(_TO_SEND, delivery_id)


async def recipient_changed(tx: Transaction, delivery_id: UUID) -> bool:
    """Whether a mail is for somebody who is not in the case any more, or has another address there."""
    row = await tx.fetchrow(
        f"select {_CHANGED} as changed from deliveries d"
        " join messages m on m.organisation_id = d.organisation_id and m.id = d.message_id"
        " where d.organisation_id = app_organisation() and d.id = $1",
        delivery_id,
    )
    return row is not None and row["changed"]


# One mailbox, however its name is written: upper or lower case, and whatever comes after a plus.
_MAILBOX = "regexp_replace(lower({}), '\\+[^@]*@', '@')"


async def hold_address(tx: Transaction, address: str) -> None:
    """Nobody else counts the mails to this address until the transaction ends."""
    key = f"'mail cap ' || app_organisation() || ' ' || {_MAILBOX.format('$1::text')}"
    await tx.execute(f"select pg_advisory_xact_lock(hashtextextended({key}, 0))", address)


async def automatic_within_the_hour(tx: Transaction, address: str | None = None) -> Row:
    """How many mails that nobody wrote were made in the last hour, by the world's clock: `to_address`, `by_form` (about
    what came in by a website's form), `others`.
    """
    # by the id, which holds that clock: the index is led by it, so that only the last hour is read
    row = await tx.fetchrow(
        f"""
        select count(*) filter (where c.channel = 'web_form') as by_form,
          count(*) filter (where c.channel <> 'web_form') as others,
          count(*) filter (where {_MAILBOX.format("d.address")} = {_MAILBOX.format("$1::text")}) as to_address
        from deliveries d
        join messages m on m.organisation_id = d.organisation_id and m.id = d.message_id
        join complaints c on c.organisation_id = d.organisation_id and c.id = d.complaint_id
        where d.organisation_id = app_organisation() and d.id > (select uuidv7('-1 hour'::interval))
          and d.kind = 'mail' and m.author_kind = 'gehoor'
        """,
        address,
    )
    return row or {}
