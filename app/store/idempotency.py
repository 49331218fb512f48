"""Answers kept with their Idempotency-Key, for seven days."""

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from app.store.session import Transaction

KEPT_FOR = timedelta(days=7)


async def keep(
    tx: Transaction,
    key: str,
    request_hash: bytes,
    *,
    status: int,
    headers: Mapping[str, str],
    body: str,
    complaint_id: UUID | None = None,
) -> bool:
    """False when this caller has another answer under the key that they may not see any more."""
    done = await tx.execute(
        "insert into idempotency_answers (organisation_id, caller_id, key, request_hash, complaint_id, status, headers,"
        " body) values (app_organisation(), $1, $2, $3, $4, $5, $6::jsonb, $7) on conflict do nothing",
        tx.caller.key_id,
        key,
        request_hash,
        complaint_id,
        status,
        json.dumps(dict(headers)),
        body,
    )
    return done == "INSERT 0 1"


async def forget_expired(tx: Transaction) -> int:
    """Drops a batch of answers older than seven days; how many."""
    done = await tx.execute(
        "delete from idempotency_answers where (organisation_id, id) in ("
        " select organisation_id, id from idempotency_answers where created_at < $1 order by created_at limit 500)",
        tx.now - KEPT_FOR,
    )
    return int(done.rpartition(" ")[2])
