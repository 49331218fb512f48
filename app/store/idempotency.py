"""Answers kept with their Idempotency-Key, for seven days."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.store.session import Transaction

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller (the id of a key) was answered under an idempotency key."""

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


async def keep(tx: Transaction, answer: Answer) -> bool:
    """False when this caller has another answer under the key that they may not see any more."""
    return await tx.execute(_INSERTION, *answer.arguments) == "INSERT 0 1"


async def forget_expired(tx: Transaction) -> int:
    """Drops a batch of answers older than seven days; how many."""
    done = await tx.execute(
        "delete from idempotency_answers where (organisation_id, id) in ("
        " select organisation_id, id from idempotency_answers where created_at < $1 order by created_at limit 500)",
        tx.now - KEPT_FOR,
    )
    return int(done.rpartition(" ")[2])
