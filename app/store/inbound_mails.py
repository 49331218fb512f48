"""Mails that came in: what each was taken for, and on which complaint it was filed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

# Mails that a server dated 1970 were once kept like that: they came in when they were kept.
_RECEIVED_AT = "case when received_at < '2000-01-01Z' then created_at else received_at end as received_at"
_COLUMNS = (
    f"id, complaint_id, object_key, size, {_RECEIVED_AT}, message_id, kind, state, reason, head, created_at,"
    " decided_at, decided_by, duplicate_of, named"
)
_SHOWN = f"""
select {_COLUMNS},
  (select c.reference from complaints c
    where c.organisation_id = m.organisation_id and c.id = m.complaint_id) as reference
from inbound_mails m where m.organisation_id = app_organisation()
"""


async def insert(tx: Transaction, row: Row) -> bool:
    """False when the same mail is there already; waits for a transaction that is filing it now."""
    made = await tx.fetchrow(
        """
        insert into inbound_mails (organisation_id, id, digest, object_key, size, received_at, message_id, kind, state,
          reason, head, created_at, likeness, duplicate_of, named)
        values (app_organisation(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11, $12, $13, $14::uuid[])
        on conflict (organisation_id, digest) do nothing returning id
        """,
        row["id"],
        row["digest"],
        row["object_key"],
        row["size"],
        row["received_at"],
        row["message_id"],
        row["kind"],
        row["state"],
        row["reason"],
        json.dumps(row["head"]),
        tx.now,
        row["likeness"],
        row["duplicate_of"],
        row["named"],
    )
    return made is not None


async def settle(
    tx: Transaction, mail_id: UUID, complaint_id: UUID | None, kind: str, state: str, reason: str | None
) -> None:
    """What became of it."""
    await tx.execute(
        "update inbound_mails set complaint_id = $2, kind = $3, state = $4, reason = $5"
        " where organisation_id = app_organisation() and id = $1",
        mail_id,
        complaint_id,
        kind,
        state,
        reason,
    )


async def move_copies(tx: Transaction, mail_id: UUID, complaint_id: UUID | None) -> None:
    """Copies that were set aside stay with the mail that they are copies of, and so out of the same sight."""
    await tx.execute(
        "update inbound_mails set complaint_id = $2"
        " where organisation_id = app_organisation() and duplicate_of = $1 and state = 'set_aside'",
        mail_id,
        complaint_id,
    )


async def copy_of(tx: Transaction, mail_id: UUID, original: UUID, complaint_id: UUID | None) -> None:
    """Sets a mail aside, and its copies, as copies of another one."""
    await tx.execute(
        "update inbound_mails set complaint_id = $3, state = 'set_aside', reason = 'duplicate', duplicate_of = $2"
        " where organisation_id = app_organisation() and (inbound_mails.id = $1 or duplicate_of = $1)",
        mail_id,
        original,
        complaint_id,
    )


async def decide(tx: Transaction, mail_id: UUID, staff_id: UUID | None) -> None:
    await tx.execute(
        "update inbound_mails set decided_at = $2, decided_by = $3"
        " where organisation_id = app_organisation() and id = $1",
        mail_id,
        tx.now,
        staff_id,
    )


async def read(tx: Reads, mail_id: UUID) -> Row | None:
    return await tx.fetchrow(f"{_SHOWN} and m.id = $1", mail_id)


async def lock(tx: Transaction, mail_id: UUID) -> Row | None:
    """The same, held against other decisions until the transaction ends."""
    held = await tx.fetchrow(
        "select id from inbound_mails where organisation_id = app_organisation() and id = $1 for no key update", mail_id
    )
    return await read(tx, mail_id) if held else None


async def by_digest(tx: Reads, digest: bytes) -> Row | None:
    return await tx.fetchrow(f"{_SHOWN} and m.digest = $1", digest)


async def first_copy(tx: Transaction, likeness: bytes, complaint_id: UUID | None) -> Row | None:
    """The mail like this one that was filed, else the first; on that complaint when one is given.

    Waits for a transaction that files one now, or decides about it. Where it is now it stays until the transaction
    ends, so that a copy goes where it goes.
    """
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended('mail copy ' || app_organisation() || encode($1, 'hex'), 0))",
        likeness,
    )
    found = await tx.fetchrow(
        f"{_SHOWN} and m.likeness = $1 and m.duplicate_of is null and ($2::uuid is null or m.complaint_id = $2)"
        " order by m.state = 'filed' desc, m.id limit 1 for share of m",
        likeness,
        complaint_id,
    )
    # read again: what else the statement saw is of before it waited
    return await read(tx, found["id"]) if found else None


_WANTED = "and ($1::text is null or m.state = $1) and ($2::text is null or m.kind = $2)"


async def listed(
    tx: Reads, state: str | None, kind: str | None, after: UUID | None, limit: int, *, backwards: bool = False
) -> list[Row]:
    """The newest first."""
    sign, order = (">", "asc") if backwards else ("<", "desc")
    # the planner finds the index of the triage list only when it is told so
    triage = "and m.state = 'triage'" if state == "triage" else ""
    return await tx.fetch(
        f"{_SHOWN} {_WANTED} {triage} and ($3::uuid is null or m.id {sign} $3) order by m.id {order} limit $4",
        state,
        kind,
        after,
        limit,
    )


async def count(tx: Reads, state: str | None, kind: str | None) -> int:
    row = await tx.fetchrow(
        f"select count(*) as total from inbound_mails m where m.organisation_id = app_organisation() {_WANTED}",
        state,
        kind,
    )
    return int(row["total"]) if row else 0


# -- what is known about a mail --------------------------------------------------------------------------------


async def own_addresses(tx: Transaction) -> set[str]:
    rows = await tx.fetch("select lower(address) as address from mailboxes where organisation_id = app_organisation()")
    return {row["address"] for row in rows}


async def from_sender(tx: Transaction, address: str, since: UUID) -> int:
    """How many came from this address after an id; ids are in the order of time."""
    row = await tx.fetchrow(
        "select count(*) as total from inbound_mails where organisation_id = app_organisation() and id > $2"
        " and lower(head->'from'->>'address') = $1",
        address.lower(),
        since,
    )
    return int(row["total"]) if row else 0


async def complaints_named(tx: Transaction, ids: Sequence[UUID], references: Sequence[str]) -> dict[UUID, str]:
    """The complaints with these ids or references that were not erased, the first one first, and their references."""
    rows = await tx.fetch(
        "select id, reference from complaints where organisation_id = app_organisation() and state <> 'purged'"
        " and (complaints.id = any($1::uuid[]) or reference = any($2::text[])) order by complaints.id",
        list(ids),
        list(references),
    )
    return {row["id"]: row["reference"] for row in rows}


async def mail_deliveries(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Those of these deliveries that are mails of ours."""
    rows = await tx.fetch(
        "select id, complaint_id, message_id, state from deliveries"
        " where organisation_id = app_organisation() and kind = 'mail' and id = any($1::uuid[])",
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def bounced(tx: Transaction, delivery_id: UUID, code: str) -> bool:
    """A mail that was handed over did not arrive after all; False when that is known already."""
    done = await tx.execute(
        "update deliveries set state = 'dead', last_code = $2, ended_at = now(), next_at = null, lease = null,"
        " leased_until = null where organisation_id = app_organisation() and id = $1"
        " and state in ('delivered', 'waiting')",
        delivery_id,
        code,
    )
    return done == "UPDATE 1"


async def party_with(tx: Transaction, complaint_id: UUID, address: str) -> Row | None:
    """The party of a complaint that has this address."""
    return await tx.fetchrow(
        "select id, role from parties where organisation_id = app_organisation() and complaint_id = $1"
        " and email_key = $2 and removed_at is null order by role = 'complainant' desc, id limit 1",
        complaint_id,
        address.casefold(),
    )
