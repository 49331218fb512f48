"""Employees and keys of an organisation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.session import Transaction

Row = Mapping[str, Any]

_STAFF = "id, name, email, roles, active, created_at"
_KEYS = "id, kind, name, prefix, scopes, staff_id, created_at, expires_at, revoked_at, replaced_by"


async def employee(tx: Transaction, staff_id: UUID) -> Row | None:
    return await tx.fetchrow(f"select {_STAFF} from staff where id = $1", staff_id)


async def employees(tx: Transaction, after: UUID | None, limit: int) -> list[Row]:
    return await tx.fetch(
        f"select {_STAFF} from staff where organisation_id = app_organisation() and ($1::uuid is null or id > $1)"
        " order by id limit $2",
        after,
        limit,
    )


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


async def keys(tx: Transaction, after: UUID | None, limit: int) -> list[Row]:
    return await tx.fetch(
        f"select {_KEYS} from api_keys where organisation_id = app_organisation() and ($1::uuid is null or id > $1)"
        " order by id limit $2",
        after,
        limit,
    )


async def key(tx: Transaction, key_id: UUID) -> Row | None:
    return await tx.fetchrow(
        f"select {_KEYS} from api_keys where organisation_id = app_organisation() and id = $1", key_id
    )


async def insert_key(tx: Transaction, row: Row) -> Row:
    made = await tx.fetchrow(
        "insert into api_keys (organisation_id, id, kind, name, prefix, key_hash, scopes, staff_id, created_at,"
        f" expires_at) values (app_organisation(), $1, $2, $3, $4, $5, $6, $7, $8, $9) returning {_KEYS}",
        row["id"],
        row["kind"],
        row["name"],
        row["prefix"],
        row["key_hash"],
        list(row["scopes"]),
        row["staff_id"],
        tx.now,
        row["expires_at"],
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
