"""Keys: only the sha256 of one is stored, so that whoever reads the database cannot call with it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.store.transaction import Row, Transaction

MARK = "gehoor"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `token` is shown once and stored nowhere; `prefix` tells keys apart in a list."""

    token: str
    prefix: str
    key_hash: bytes


def new_key() -> NewKey:
    """256 random bits, behind a mark that scanners for leaked secrets can know."""
    prefix = f"{MARK}_{secrets.token_hex(4)}"
    token = f"{prefix}_{secrets.token_urlsafe(32)}"
    return NewKey(token, prefix, key_hash(token))


def key_hash(token: str) -> bytes:
    """What is stored of a token: 32 bytes. Without salt: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


async def insert_body_key(tx: Transaction, body_id: UUID, key: NewKey, expires_at: datetime | None = None) -> UUID:
    """A key of an external body; the owner makes these, the API cannot."""
    sql = "INSERT INTO body_keys (body_id, key_hash, prefix, expires_at) VALUES ($1, $2, $3, $4) RETURNING id"
    row = await tx.fetchrow(sql, body_id, key.key_hash, key.prefix, expires_at)
    if row is None:
        raise LookupError("an insert returned no row")
    return UUID(bytes=row["id"].bytes)


async def body_keys(tx: Transaction, body_id: UUID) -> list[Row]:
    """All keys that a body ever had, the oldest first."""
    sql = "SELECT prefix, created_at, expires_at, revoked_at FROM body_keys WHERE body_id = $1 ORDER BY created_at, id"
    return await tx.fetch(sql, body_id)


async def revoke_body_key(tx: Transaction, body_id: UUID, prefix: str) -> bool:
    """Ends it from now on; again changes nothing. False when the body has none with this prefix. Only the owner may."""
    sql = (
        "UPDATE body_keys SET revoked_at = coalesce(revoked_at, now()) WHERE body_id = $1 AND prefix = $2 RETURNING id"
    )
    return bool(await tx.fetch(sql, body_id, prefix))
