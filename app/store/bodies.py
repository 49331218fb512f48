"""The directory of external bodies; no organisation's."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]


async def named(tx: Transaction, slug: str, name: str, kind: str) -> UUID:
    """The body with this slug, under this name and kind from now on; made when there is none. Only the owner may."""
    row = await tx.fetchrow(
        "insert into bodies (slug, name, kind) values ($1, $2, $3)"
        " on conflict (slug) do update set name = excluded.name, kind = excluded.kind returning id",
        slug,
        name,
        kind,
    )
    if row is None:
        raise LookupError("an insert gave no row")
    return UUID(str(row["id"]))


async def listed(tx: Reads, slugs: Sequence[str]) -> list[Row]:
    """Those of these that are in the directory, and so can read by API."""
    return await tx.fetch("select id, slug, name, kind, profile from bodies where slug = any($1)", list(slugs))
