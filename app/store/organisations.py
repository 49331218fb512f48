"""The organisation itself: its name, its settings and, in a sandbox, its clock."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

_COLUMNS = "id, slug, name, sandbox, settings, created_at"


async def insert(tx: Transaction, slug: str, name: str, *, sandbox: bool) -> UUID | None:
    """Makes the founding transaction's organisation; None when the slug is taken. Only the owner may."""
    row = await tx.fetchrow(
        "insert into organisations (id, slug, name, sandbox) values ($1, $2, $3, $4)"
        " on conflict (slug) do nothing returning id",
        tx.organisation_id,
        slug,
        name,
        sandbox,
    )
    return tx.organisation_id if row else None


async def read(tx: Transaction) -> Row:
    """The organisation of the transaction."""
    return _found(await tx.fetchrow(f"select {_COLUMNS} from organisations where id = app_organisation()"))


async def lock(tx: Transaction) -> Row:
    """The same, held against other changes of the organisation and its keys until the transaction ends."""
    # no key update: complaints that come in meanwhile do not wait for it
    sql = f"select {_COLUMNS} from organisations where id = app_organisation() for no key update"
    return _found(await tx.fetchrow(sql))


async def update(tx: Transaction, name: str, settings: Mapping[str, Any]) -> Row:
    return _found(
        await tx.fetchrow(
            f"update organisations set name = $1, settings = $2::text::jsonb where id = app_organisation()"
            f" returning {_COLUMNS}",
            name,
            json.dumps(dict(settings)),
        )
    )


async def move_clock(tx: Transaction, to: datetime) -> bool:
    """Sets a sandbox's clock; False when `to` is before what the clock says now, also by a move made meanwhile."""
    moved = await tx.fetchrow(
        "update organisations set clock_offset = $1::timestamptz - now()"
        " where id = app_organisation() and sandbox and now() + clock_offset <= $1::timestamptz returning id",
        to,
    )
    return moved is not None


def _found(row: Row | None) -> Row:
    if row is None:
        raise LookupError("a transaction's organisation is always there")
    return row
