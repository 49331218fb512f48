"""Messages of complaints: what was sent, received and noted, drafts with their versions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.events import Event
from app.store.transaction import Transaction

Row = Mapping[str, Any]

_BRIEF = (
    "id, complaint_id, direction, channel, state, shared, language, letter, version, subject, parties, contents,"
    " occurred_at, author_kind, author_id, approved_at, approved_by, event_id, reply_to, mail_id, created_at,"
    " updated_at"
)
_COLUMNS = f"{_BRIEF}, body, html, step"


async def hold(tx: Transaction, complaint_id: UUID) -> None:
    """Nobody else changes this complaint until the transaction ends: what is rendered stays true until it is sent."""
    await tx.execute("select from complaints where id = $1 for update", complaint_id)


async def complaint_there(tx: Transaction, complaint_id: UUID) -> bool:
    return await tx.fetchrow("select 1 from complaints where id = $1", complaint_id) is not None


async def roles_written_to(tx: Transaction, complaint_id: UUID) -> set[str]:
    """The roles of everyone who was sent a mail about it."""
    rows = await tx.fetch(
        "select distinct p.role from messages m, jsonb_to_recordset(m.parties) as p(role text)"
        " where m.organisation_id = app_organisation() and m.complaint_id = $1 and m.direction = 'outbound'"
        " and m.channel = 'email' and m.state = 'sent'",
        complaint_id,
    )
    return {row["role"] for row in rows}


async def read(tx: Transaction, message_id: UUID) -> Row | None:
    return await tx.fetchrow(f"select {_COLUMNS} from messages where id = $1", message_id)


async def lock(tx: Transaction, message_id: UUID) -> Row | None:
    """The same, held against other changes until the transaction ends."""
    return await tx.fetchrow(f"select {_COLUMNS} from messages where id = $1 for no key update", message_id)


# What a complainant may see is what was said to or by them, and never a draft.
_FILTERS = {
    "shared": "(shared and state in ('sent', 'received')) = ${}",
    "direction": "direction = ${}",
    "channel": "channel = ${}",
    "state": "state = ${}",
}


def _where(filters: Mapping[str, Any], first: int) -> tuple[str, list[Any]]:
    clauses = ["organisation_id = app_organisation() and complaint_id = $1"]
    clauses += [_FILTERS[name].format(number) for number, name in enumerate(filters, first)]
    return " and ".join(clauses), list(filters.values())


async def listed(
    tx: Transaction,
    complaint_id: UUID,
    filters: Mapping[str, Any],
    after: UUID | None,
    limit: int,
    *,
    backwards: bool = False,
) -> list[Row]:
    """Without their texts, oldest first."""
    sign, order = ("<", "desc") if backwards else (">", "asc")
    where, values = _where(filters, 4)
    return await tx.fetch(
        f"select {_BRIEF} from messages where {where} and ($2::uuid is null or id {sign} $2)"
        f" order by id {order} limit $3",
        complaint_id,
        after,
        limit,
        *values,
    )


async def count(tx: Transaction, complaint_id: UUID, filters: Mapping[str, Any]) -> int:
    where, values = _where(filters, 2)
    row = await tx.fetchrow(f"select count(*) as total from messages where {where}", complaint_id, *values)
    return int(_made(row)["total"])


async def insert(tx: Transaction, row: Row) -> Row:
    made = await tx.fetchrow(
        f"""
        insert into messages (organisation_id, id, complaint_id, direction, channel, state, shared, language, letter,
          step, subject, body, html, parties, contents, occurred_at, author_kind, author_id, event_id, reply_to,
          mail_id, created_at, updated_at)
        values (app_organisation(), $1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11, $12, $13::text::jsonb,
          $14, $15, $16, $17, $18, $19, $20, $21, $21)
        returning {_COLUMNS}
        """,
        row["id"],
        row["complaint_id"],
        row["direction"],
        row["channel"],
        row["state"],
        row["shared"],
        row["language"],
        row["letter"],
        _json(row["step"]),
        row["subject"],
        row["body"],
        row["html"],
        _json(row["parties"]),
        list(row["contents"]),
        row["occurred_at"],
        row["author_kind"],
        row["author_id"],
        row["event_id"],
        row["reply_to"],
        row["mail_id"],
        tx.now,
    )
    return _made(made)


async def change(tx: Transaction, row: Row) -> Row:
    """A draft as it is now: the next version, which nobody has approved yet."""
    made = await tx.fetchrow(
        f"""
        update messages set state = 'draft', approved_at = null, approved_by = null, version = version + 1,
          channel = $2, shared = $3, language = $4, letter = $5, step = $6::text::jsonb, subject = $7, body = $8,
          html = $9, parties = $10::text::jsonb, contents = $11, occurred_at = $12, updated_at = $13
        where id = $1 returning {_COLUMNS}
        """,
        row["id"],
        row["channel"],
        row["shared"],
        row["language"],
        row["letter"],
        _json(row["step"]),
        row["subject"],
        row["body"],
        row["html"],
        _json(row["parties"]),
        list(row["contents"]),
        row["occurred_at"],
        tx.now,
    )
    return _made(made)


async def approve(tx: Transaction, message_id: UUID, staff_id: UUID) -> Row:
    made = await tx.fetchrow(
        "update messages set state = 'approved', approved_at = $3, approved_by = $2, updated_at = $3 where id = $1"
        f" returning {_COLUMNS}",
        message_id,
        staff_id,
        tx.now,
    )
    return _made(made)


async def send(tx: Transaction, message_id: UUID, event: Event, parties: Sequence[Row], contents: Sequence[str]) -> Row:
    """A draft goes out; from now on it cannot be changed."""
    made = await tx.fetchrow(
        "update messages set state = 'sent', event_id = $2, occurred_at = $3, parties = $4::text::jsonb, contents = $5,"
        f" updated_at = $6 where id = $1 returning {_COLUMNS}",
        message_id,
        event.id,
        event.occurred_at,
        _json(list(parties)),
        list(contents),
        tx.now,
    )
    return _made(made)


async def keep_version(tx: Transaction, row: Row, author_kind: str, author_id: UUID | None) -> None:
    """What this draft says, under its version, with who wrote it so."""
    await tx.execute(
        "insert into message_versions (organisation_id, complaint_id, message_id, version, subject, body, author_kind,"
        " author_id, written_at) values (app_organisation(), $1, $2, $3, $4, $5, $6, $7, $8)",
        row["complaint_id"],
        row["id"],
        row["version"],
        row["subject"],
        row["body"],
        author_kind,
        author_id,
        tx.now,
    )


async def versions(tx: Transaction, message_id: UUID) -> list[Row]:
    return await tx.fetch(
        "select version, subject, body, author_kind, author_id, written_at from message_versions"
        " where organisation_id = app_organisation() and message_id = $1 order by version",
        message_id,
    )


async def files(tx: Transaction, complaint_id: UUID, ids: Sequence[UUID]) -> list[Row]:
    """The files of this complaint among these."""
    return await tx.fetch(
        "select id, state, message_id, size from attachments where organisation_id = app_organisation()"
        " and complaint_id = $1 and id = any($2)",
        complaint_id,
        list(ids),
    )


async def attach(tx: Transaction, message_id: UUID, shared: bool, ids: Sequence[UUID]) -> None:
    """These files belong to the message; what the complainant may see of it holds for them too."""
    await tx.execute(
        "update attachments set message_id = $1, shared = shared or $2 where id = any($3)",
        message_id,
        shared,
        list(ids),
    )


async def files_of(tx: Transaction, complaint_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The files of these messages of one complaint, by message."""
    rows = await tx.fetch(
        "select id, message_id from attachments where organisation_id = app_organisation() and complaint_id = $1"
        " and message_id = any($2) order by id",
        complaint_id,
        list(message_ids),
    )
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["message_id"], []).append(row["id"])
    return found


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def _made(row: Row | None) -> Row:
    if row is None:
        raise LookupError("a change returned no row")
    return row
