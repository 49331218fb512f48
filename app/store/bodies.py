"""The directory of external bodies; no organisation's."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]


async def named(tx: Transaction, slug: str, name: str, kind: str) -> UUID:
    """The body with this slug; made when there is none. Its name and kind stay as they are."""
    await tx.execute(
        "insert into bodies (slug, name, kind) values ($1, $2, $3) on conflict do nothing", slug, name, kind
    )
    row = await tx.fetchrow("select id from bodies where slug = $1", slug)
    if row is None:
        raise LookupError("an insert gave no row")
    return UUID(str(row["id"]))


async def listed(tx: Reads, slugs: Sequence[str]) -> list[Row]:
    """Those of these that are in the directory, and so can read by API."""
    return await tx.fetch("select id, slug, name, kind, profile from bodies where slug = any($1)", list(slugs))
