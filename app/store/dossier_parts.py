"""Sealed parts of dossiers: what a body was handed over, and what they are made of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

_BRIEF = (
    "id, complaint_id, escalation_id, number, kind, manifest_sha256, ledger_sequence, ledger_head, zip_key, zip_size,"
    " zip_sha256, pdf_key, pdf_size, pdf_sha256, sealed_at"
)
_COLUMNS = f"{_BRIEF}, manifest"


async def insert(tx: Transaction, row: Row) -> Row:
    names = _COLUMNS.split(", ")
    made = await tx.fetchrow(
        f"insert into dossier_parts (organisation_id, {', '.join(names)})"
        f" values (app_organisation(), {', '.join(f'${number}' for number in range(1, len(names) + 1))})"
        f" returning {_COLUMNS}",
        *(row[name] for name in names),
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return made


async def listed(tx: Reads, escalation_id: UUID) -> list[Row]:
    """Without their manifests, the dossier first."""
    return await tx.fetch(
        f"select {_BRIEF} from dossier_parts where organisation_id = app_organisation() and escalation_id = $1"
        " order by number",
        escalation_id,
    )


async def read(tx: Reads, escalation_id: UUID, number: int) -> Row | None:
    return await tx.fetchrow(
        f"select {_COLUMNS} from dossier_parts where organisation_id = app_organisation() and escalation_id = $1"
        " and dossier_parts.number = $2",
        escalation_id,
        number,
    )


async def next_number(tx: Transaction, escalation_id: UUID, kind: str) -> int | None:
    """What the next part is called, while the complaint is held; None for a dossier that is there already."""
    row = await tx.fetchrow(
        "select max(number) as last, coalesce(bool_or(number = 0), false) as sealed from dossier_parts"
        " where organisation_id = app_organisation() and escalation_id = $1",
        escalation_id,
    )
    last, sealed = (row["last"], row["sealed"]) if row else (None, False)
    if kind == "dossier":
        return None if sealed else 0
    return int(last or 0) + 1


# -- what they are made of -------------------------------------------------------------------------------------


async def chain(tx: Transaction, complaint_id: UUID) -> list[Row]:
    """Number and hash of each event of a complaint."""
    return await tx.fetch(
        "select sequence, hash from events where organisation_id = app_organisation() and complaint_id = $1"
        " order by sequence",
        complaint_id,
    )


async def messages(tx: Transaction, complaint_id: UUID) -> list[Row]:
    """All messages and notes of a complaint that are no drafts, with their texts, in the order in which they were."""
    return await tx.fetch(
        "select id, direction, channel, state, shared, language, letter, subject, body, parties, occurred_at, event_id"
        " from messages where organisation_id = app_organisation() and complaint_id = $1"
        " and state in ('sent', 'received', 'noted') order by occurred_at, id",
        complaint_id,
    )


async def files(tx: Transaction, complaint_id: UUID) -> list[Row]:
    """All files of a complaint, in the order in which they came."""
    return await tx.fetch(
        "select id, message_id, name, media_type, size, sha256, object_key, state, shared, created_at from attachments"
        " where organisation_id = app_organisation() and complaint_id = $1 order by id",
        complaint_id,
    )
