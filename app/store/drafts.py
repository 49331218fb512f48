"""Filings that could not be registered as they came in, kept until somebody completes them."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]


async def keep(tx: Transaction, draft_id: UUID, reason: str, filing: Mapping[str, Any]) -> None:
    await tx.execute(
        "insert into drafts (organisation_id, id, reason, filing, received_at)"
        " values (app_organisation(), $1, $2, $3::jsonb, $4)",
        draft_id,
        reason,
        json.dumps(dict(filing)),
        tx.now,
    )


async def read(tx: Transaction, draft_id: UUID) -> Row | None:
    """A draft that was not completed yet; locked, so that it is completed once."""
    return await tx.fetchrow(
        "select id, reason, filing, received_at from drafts where organisation_id = app_organisation() and id = $1"
        " and complaint_id is null for update",
        draft_id,
    )


async def complete(tx: Transaction, draft_id: UUID, complaint_id: UUID) -> None:
    await tx.execute(
        "update drafts set complaint_id = $2 where organisation_id = app_organisation() and id = $1",
        draft_id,
        complaint_id,
    )


_WAITING = "from drafts where organisation_id = app_organisation() and complaint_id is null"


async def waiting(tx: Transaction, after: UUID | None, limit: int, *, backwards: bool = False) -> list[Row]:
    sign, order = ("<", "desc") if backwards else (">", "asc")
    return await tx.fetch(
        f"select id, reason, filing, received_at {_WAITING} and ($1::uuid is null or id {sign} $1)"
        f" order by id {order} limit $2",
        after,
        limit,
    )


async def count_waiting(tx: Transaction) -> int:
    row = await tx.fetchrow(f"select count(*) as total {_WAITING}")
    return int(row["total"]) if row else 0
