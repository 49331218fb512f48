"""Employees and keys of an organisation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction

Row = Mapping[str, Any]

_STAFF = "id, name, email, roles, active, created_at"
_KEYS = "id, kind, name, prefix, scopes, staff_id, created_at, expires_at, revoked_at, replaced_by, first_key_id"


async def employee(tx: Transaction, staff_id: UUID) -> Row | None:
    return await tx.fetchrow(f"select {_STAFF} from staff where id = $1", staff_id)


async def lock_employee(tx: Transaction, staff_id: UUID) -> Row | None:
    """The same, held against other changes until the transaction ends."""
    return await tx.fetchrow(f"select {_STAFF} from staff where id = $1 for no key update", staff_id)


_CHOSEN_STAFF = "($1::boolean is null or active = $1) and ($2::text is null or $2 = any(roles))"


async def employees(
    tx: Transaction,
    after: UUID | None,
    limit: int,
    *,
    backwards: bool = False,
    active: bool | None = None,
    role: str | None = None,
) -> list[Row]:
    sign, order = ("<", "desc") if backwards else (">", "asc")
    return await tx.fetch(
        f"select {_STAFF} from staff where organisation_id = app_organisation() and {_CHOSEN_STAFF}"
        f" and ($3::uuid is null or id {sign} $3) order by id {order} limit $4",
        active,
        role,
        after,
        limit,
    )


async def count_employees(tx: Transaction, *, active: bool | None = None, role: str | None = None) -> int:
    row = await tx.fetchrow(
        f"select count(*) as total from staff where organisation_id = app_organisation() and {_CHOSEN_STAFF}",
        active,
        role,
    )
    return int(_made(row)["total"])


async def insert_employee(tx: Transaction, staff_id: UUID, name: str, email: str, roles: Sequence[str]) -> Row:
    row = await tx.fetchrow(
        "insert into staff (organisation_id, id, name, email, roles, active, created_at)"
        f" values (app_organisation(), $1, $2, $3, $4, true, $5) returning {_STAFF}",
        staff_id,
        name,
        email,
        list(roles),
        tx.now,
    )
    return _made(row)


async def update_employee(tx: Transaction, staff_id: UUID, changed: Row) -> Row | None:
    """Only what is named in `changed` (name, email, roles, active)."""
    return await tx.fetchrow(
        "update staff set name = coalesce($2, name), email = coalesce($3, email), roles = coalesce($4::text[], roles),"
        f" active = coalesce($5, active) where id = $1 returning {_STAFF}",
        staff_id,
        changed.get("name"),
        changed.get("email"),
        changed.get("roles"),
        changed.get("active"),
    )


async def keys(
    tx: Transaction, after: UUID | None, limit: int, *, backwards: bool = False, kind: str | None = None
) -> list[Row]:
    sign, order = ("<", "desc") if backwards else (">", "asc")
    return await tx.fetch(
        f"select {_KEYS} from api_keys where organisation_id = app_organisation()"
        f" and ($1::text is null or kind = $1) and ($2::uuid is null or id {sign} $2) order by id {order} limit $3",
        kind,
        after,
        limit,
    )


async def count_keys(tx: Transaction, *, kind: str | None = None) -> int:
    row = await tx.fetchrow(
        "select count(*) as total from api_keys where organisation_id = app_organisation()"
        " and ($1::text is null or kind = $1)",
        kind,
    )
    return int(_made(row)["total"])


async def has_key(tx: Transaction, kind: str) -> bool:
    """Whether a key of this kind opens something now."""
    row = await tx.fetchrow(
        "select exists (select from api_keys where organisation_id = app_organisation() and kind = $1"
        " and revoked_at is null and (expires_at is null or expires_at > $2)) as found",
        kind,
        tx.now,
    )
    return bool(_made(row)["found"])


async def other_administrators(tx: Transaction, key_id: UUID, *, lasting: bool) -> int:
    """How many other keys can make keys today, not counting those that were replaced and are about to end.

    With `lasting` only those that do not end by themselves.
    """
    row = await tx.fetchrow(
        "select count(*) as total from api_keys where organisation_id = app_organisation() and id <> $1"
        " and kind = 'admin' and 'administration' = any(scopes) and revoked_at is null and replaced_by is null"
        " and (expires_at is null or expires_at > $2 and not $3)",
        key_id,
        tx.now,
        lasting,
    )
    return int(_made(row)["total"])


async def key(tx: Transaction, key_id: UUID) -> Row | None:
    return await tx.fetchrow(
        f"select {_KEYS} from api_keys where organisation_id = app_organisation() and id = $1", key_id
    )


async def insert_key(tx: Transaction, row: Row) -> Row:
    made = await tx.fetchrow(
        "insert into api_keys (organisation_id, id, kind, name, prefix, key_hash, scopes, staff_id, created_at,"
        " expires_at, first_key_id)"
        f" values (app_organisation(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning {_KEYS}",
        row["id"],
        row["kind"],
        row["name"],
        row["prefix"],
        row["key_hash"],
        list(row["scopes"]),
        row["staff_id"],
        tx.now,
        row["expires_at"],
        row["first_key_id"],
    )
    return _made(made)


async def end_key(tx: Transaction, key_id: UUID, at: datetime, replaced_by: UUID | None = None) -> Row | None:
    """Revoked now, or, when it is replaced, no longer valid from `at` on."""
    if replaced_by is None:
        return await tx.fetchrow(
            f"update api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1 returning {_KEYS}", key_id, at
        )
    return await tx.fetchrow(
        "update api_keys set expires_at = least(expires_at, $2), replaced_by = $3 where id = $1 and revoked_at is null"
        f" returning {_KEYS}",
        key_id,
        at,
        replaced_by,
    )


def _made(row: Row | None) -> Row:
    if row is None:
        raise LookupError("an insert returned no row")
    return row
