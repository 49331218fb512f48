"""Answers kept with their Idempotency-Key, for seven days."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from app.store.transaction import Transaction

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller was answered under an idempotency key; `caller_id` is `Caller.kept_under`."""

    caller_id: UUID | None
    key: str
    request_hash: bytes
    complaint_id: UUID | None
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def arguments(self) -> tuple[object, ...]:
        """For what `insertion` wrote."""
        headers = json.dumps(dict(self.headers))
        return self.caller_id, self.key, self.request_hash, self.complaint_id, self.status, headers, self.body


def insertion(first: int) -> str:
    """The statement that keeps an answer, its seven parameters numbered from `first`."""
    numbers = ", ".join(f"${first + place}" for place in range(7))
    return (
        "insert into idempotency_answers (organisation_id, caller_id, key, request_hash, complaint_id, status, headers,"
        f" body) values (app_organisation(), {numbers}) on conflict do nothing"
    )


_INSERTION = insertion(1)


_OF_BODY = (
    "insert into body_answers (body_id, caller_id, key, request_hash, status, headers, body)"
    " values (app_body(), $1, $2, $3, $4, $5, $6) on conflict do nothing"
)


async def keep(tx: Transaction, answer: Answer) -> bool:
    """False when this caller has another answer under the key that they may not see any more.

    What a body is answered outside all cases is kept with the body.
    """
    if tx.organisation is not None:
        return await tx.execute(_INSERTION, *answer.arguments) == "INSERT 0 1"
    caller, key, request_hash, _, *rest = answer.arguments
    return await tx.execute(_OF_BODY, caller, key, request_hash, *rest) == "INSERT 0 1"


_LOCK = "select not pg_try_advisory_xact_lock(hashtextextended($1::text || ' ' || $2, 0)) as in_flight"
_BEFORE = """
select request_hash = $3 as same_request, status, headers, body from {kept} and caller_id = $1 and key = $2
"""
_BEFORE_INSIDE = _BEFORE.format(kept="idempotency_answers where organisation_id = app_organisation()")
_BEFORE_OUTSIDE = _BEFORE.format(kept="body_answers where body_id = app_body()")


async def looked_up(tx: Transaction, key: str, request_hash: bytes) -> Transaction:
    """The transaction with what was answered before; for a body's that learns its organisation late, or never.

    Two statements, so that the second sees what was committed just before the lock was given.
    """
    lock = await tx.fetchrow(_LOCK, str(tx.caller.key_id), key)
    if lock is None or lock["in_flight"]:
        return replace(tx, in_flight=True)
    before = _BEFORE_OUTSIDE if tx.organisation is None else _BEFORE_INSIDE
    return replace(tx, replay=await tx.fetchrow(before, tx.caller.key_id, key, request_hash))


async def forget_expired(tx: Transaction) -> int:
    """Drops a batch of answers older than seven days; how many."""
    before = tx.now - KEPT_FOR
    done = await tx.execute(
        "delete from idempotency_answers where (organisation_id, id) in ("
        " select organisation_id, id from idempotency_answers where created_at < $1 order by created_at limit 500)",
        before,
    )
    of_bodies = await tx.execute(
        "delete from body_answers where id in ("
        " select id from body_answers where created_at < $1 order by created_at limit 500)",
        before,
    )
    return sum(int(each.rpartition(" ")[2]) for each in (done, of_bodies))
