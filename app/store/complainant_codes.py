"""The codes that let an external body find a complaint: one at a time is in force, the older ones say nothing more.

A code is kept as it is, because every letter that tells the way to a body says it again. It opens nothing by itself:
only a body with a key of its own can use it, and only for a complaint whose procedure names that body.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]


async def in_force(tx: Reads, complaint_id: UUID) -> Row | None:
    """`code` and `created_at` are null where there is none yet; None when there is no such complaint."""
    return await tx.fetchrow(
        "select k.code, k.created_at from complaints c left join complainant_codes k"
        " on k.organisation_id = c.organisation_id and k.complaint_id = c.id and k.replaced_at is null"
        " where c.organisation_id = app_organisation() and c.id = $1",
        complaint_id,
    )


async def insert(tx: Transaction, complaint_id: UUID, code: str, at: datetime) -> None:
    """Where there is one already, also one that was made just now, that one stays."""
    await tx.execute(
        "insert into complainant_codes (organisation_id, complaint_id, code, created_at)"
        " values (app_organisation(), $1, $2, $3)"
        " on conflict (organisation_id, complaint_id) where replaced_at is null do nothing",
        complaint_id,
        code,
        at,
    )


async def replace(tx: Transaction, complaint_id: UUID, at: datetime) -> None:
    """The one in force is no more."""
    await tx.execute(
        "update complainant_codes set replaced_at = $2"
        " where organisation_id = app_organisation() and complaint_id = $1 and replaced_at is null",
        complaint_id,
        at,
    )
