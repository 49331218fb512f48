"""Attachments: one row for each file in the object store."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

_COLUMNS = (
    "id, complaint_id, message_id, mail_id, name, media_type, size, sha256, object_key, state, shared, author_kind"
    ", author_id, created_at, checked_at"
)
_HELD = """
select c.organisation_id, count(a.id) as files, coalesce(sum(a.size), 0)::bigint as bytes,
  (select app_stored_bytes()) as of_organisation,
  (select settings from organisations where id = app_organisation()) as settings
from complaints c
left join attachments a on a.organisation_id = c.organisation_id and a.complaint_id = c.id and case
  when $2::uuid is null then a.mail_id is null and a.author_kind <> 'body'
  else a.id in (
    select (e.facts::jsonb ->> 'attachment_id')::uuid from events e
    where e.organisation_id = c.organisation_id and e.complaint_id = c.id and e.type = 'note.recorded'
      and e.facts::jsonb ->> 'escalation_id' = $2::uuid::text)
  end
where c.organisation_id = app_organisation() and c.id = $1
group by c.organisation_id
"""


async def held(tx: Reads, complaint_id: UUID, escalation_id: UUID | None = None) -> Row | None:
    """How many files were added to a complaint, or by the body in that case, and how much its organisation has.

    What a mail brought is not counted: nobody here chose it. None when there is no such complaint.
    """
    return await tx.fetchrow(_HELD, complaint_id, escalation_id)


async def insert(tx: Transaction, row: Row) -> Row:
    names = [name for name in _COLUMNS.split(", ") if name in row]
    made = await tx.fetchrow(
        f"insert into attachments (organisation_id, {', '.join(names)})"
        f" values (app_organisation(), {', '.join(f'${number}' for number in range(1, len(names) + 1))})"
        f" returning {_COLUMNS}",
        *(row[name] for name in names),
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return made


async def move(tx: Transaction, mail_id: UUID, before: UUID, to: tuple[UUID | None, UUID], *, shared: bool) -> bool:
    """Brings the files that a mail left on a complaint, in no message, to a complaint and message; False if none."""
    done = await tx.execute(
        "update attachments set complaint_id = $3, message_id = $4, shared = $5"
        " where organisation_id = app_organisation() and complaint_id = $1 and mail_id = $2 and message_id is null",
        before,
        mail_id,
        *to,
        shared,
    )
    return done != "UPDATE 0"


async def read(tx: Reads, attachment_id: UUID) -> Row | None:
    return await tx.fetchrow(
        f"select {_COLUMNS} from attachments where organisation_id = app_organisation() and attachments.id = $1",
        attachment_id,
    )


async def of_complaint(tx: Transaction, complaint_id: UUID) -> list[Row]:
    """In the order in which they came."""
    return await tx.fetch(
        f"select {_COLUMNS} from attachments where organisation_id = app_organisation() and complaint_id = $1"
        " order by id",
        complaint_id,
    )


async def of_message(tx: Transaction, message_id: UUID) -> list[Row]:
    return await tx.fetch(
        f"select {_COLUMNS} from attachments where organisation_id = app_organisation() and message_id = $1"
        " order by id",
        message_id,
    )


# -- scanning and sweeping -------------------------------------------------------------------------------------


async def quarantined(tx: Transaction, limit: int, after: Row | None = None) -> list[Row]:
    """For the worker: files of all organisations that are to be looked into now, the oldest first, past that one."""
    return await tx.fetch(
        "select organisation_id, id, object_key, created_at from attachments where state = 'quarantined'"
        " and (scan_after is null or scan_after <= now())"
        " and ($1::timestamptz is null or (created_at, id) > ($1, $2::uuid))"
        f" order by created_at, id limit {int(limit)}",
        after["created_at"] if after else None,
        after["id"] if after else None,
    )


async def settle(tx: Transaction, attachment_id: UUID, state: str) -> bool:
    """Says what was found in a file; False when that was known already."""
    done = await tx.execute(
        "update attachments set state = $2, checked_at = $3"
        " where organisation_id = app_organisation() and id = $1 and state = 'quarantined'",
        attachment_id,
        state,
        tx.now,
    )
    return done == "UPDATE 1"


async def put_off(tx: Transaction, attachment_id: UUID, first: timedelta, most: timedelta) -> None:
    """Leaves a file that could not be judged alone: for `first`, and each time twice as long, up to `most`."""
    await tx.execute(
        "update attachments set scan_pause = pause, scan_after = now() + pause"
        " from (select least(coalesce(2 * scan_pause, $2), $3) as pause from attachments"
        " where organisation_id = app_organisation() and id = $1) as next"
        " where organisation_id = app_organisation() and id = $1 and state = 'quarantined'",
        attachment_id,
        first,
        most,
    )


async def orphans(tx: Transaction, keys: Sequence[str]) -> set[str]:
    """For the worker: which of these keys of the object store stand in no row of their organisation.

    Of organisations that are here only: what this database knows nothing of is not its to judge.
    """
    rows = await tx.fetch(
        """
        with asked as (select split_part(key, '/', 1)::uuid as organisation_id, key from unnest($1::text[]) key)
        select key from asked join organisations o on o.id = asked.organisation_id
        where not exists (
          select from attachments a where a.organisation_id = asked.organisation_id and a.object_key = key)
        and not exists (
          select from inbound_mails m where m.organisation_id = asked.organisation_id and m.object_key = key)
        and not exists (
          select from dossier_parts p where p.organisation_id = asked.organisation_id and p.zip_key = key)
        and not exists (
          select from dossier_parts p where p.organisation_id = asked.organisation_id and p.pdf_key = key)
        """,
        list(keys),
    )
    return {row["key"] for row in rows}
