"""API keys: making, replacing and revoking them. The text of a key is handed over once and stored nowhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.callers import SCOPES_OF_KIND
from app.domain.errors import Fault, Forbidden, Invalid, NotFound, NotPossible
from app.store import organisations, people
from app.store.keys import new_key
from app.store.transaction import Transaction

KINDS = ("admin", "system", "website", "reporter", "auditor", "staff")
LONGEST_OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was just made: its text, and what is stored of it."""

    key: str
    row: people.Row


async def create(
    tx: Transaction,
    *,
    kind: str,
    name: str,
    scopes: Collection[str] | None = None,
    staff_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Made:
    """A new key; without `scopes` everything its kind opens. Raises Invalid, Forbidden."""
    faults = [*_scope_faults(kind, scopes), *await _staff_faults(tx, kind, staff_id)]
    if expires_at is not None and expires_at <= tx.now:
        faults.append(Fault("/expiresAt", "in-the-past", "a key that has ended opens nothing"))
    if faults:
        raise Invalid("A key like this cannot be made.", faults=faults)
    wanted = SCOPES_OF_KIND[kind] if scopes is None else frozenset(scopes)
    _refuse_more_than_own(tx, wanted)
    return await _insert(tx, kind, name, wanted, staff_id, expires_at)


async def rotate(tx: Transaction, key_id: UUID, overlap: timedelta, *, expires_at: datetime | None = None) -> Made:
    """A new key in the place of an old one, which stays valid for `overlap` (at most seven days).

    What was asked with the old one may be asked again with the new one: both have the answers of the first key.
    A key that would have ended is replaced by one that lives as long, unless `expires_at` says otherwise.
    Raises NotFound, NotPossible (revoked, ended or replaced already; the last administrator's key), Invalid, Forbidden.
    """
    await organisations.lock(tx)
    old = await read(tx, key_id)
    if reason := _why_dead(old, tx.now):
        raise NotPossible(f"This key {reason}; make a new one.", code="key-ended")
    if expires_at is None and old["expires_at"] is not None:
        expires_at = tx.now + (old["expires_at"] - old["created_at"])
    if expires_at is not None and expires_at <= tx.now:
        raise Invalid("This key would be of no use.", faults=[Fault("/expiresAt", "in-the-past", "must lie ahead")])
    _refuse_more_than_own(tx, old["scopes"])
    if expires_at is not None and old["expires_at"] is None:
        await _keep_an_administrator(tx, old)
    first = old["first_key_id"] or key_id
    made = await _insert(tx, old["kind"], old["name"], old["scopes"], old["staff_id"], expires_at, first)
    await people.end_key(tx, key_id, tx.now + min(overlap, LONGEST_OVERLAP), made.row["id"])
    return made


async def revoke(tx: Transaction, key_id: UUID) -> None:
    """Ends a key at once; again changes nothing. Raises NotFound, NotPossible for the last administrator's key."""
    await organisations.lock(tx)  # two administrators who revoke each other's key at the same time
    row = await read(tx, key_id)
    if _why_dead(row, tx.now) is None:
        await _keep_an_administrator(tx, row)
    await people.end_key(tx, key_id, tx.now)


async def read(tx: Transaction, key_id: UUID) -> people.Row:
    """Raises NotFound."""
    row = await people.key(tx, key_id)
    if row is None:
        raise NotFound("There is no such key.")
    return row


async def _keep_an_administrator(tx: Transaction, row: people.Row) -> None:
    """Refuses to let go of the last key that makes keys. One that ends by itself is none to rely on: after its day
    nobody of the organisation could make another.
    """
    if row["kind"] != "admin" or "administration" not in row["scopes"]:
        return
    if not await people.other_administrators(tx, row["id"], lasting=row["expires_at"] is None):
        raise NotPossible(
            "This is the last administrator's key that does not end by itself; make another without an end first.",
            code="last-administrator",
            possible=[{"step": "api-keys"}, {"step": "rotations"}],
        )


def _why_dead(row: people.Row, now: datetime) -> str | None:
    if row["revoked_at"] is not None:
        return "was revoked"
    if row["expires_at"] is not None and row["expires_at"] <= now:
        return "has ended"
    return "was replaced already" if row["replaced_by"] is not None else None


def _scope_faults(kind: str, scopes: Collection[str] | None) -> list[Fault]:
    allowed = SCOPES_OF_KIND[kind]
    sentence = f"a key of kind {kind} opens only: {', '.join(sorted(allowed))}"
    return [
        Fault(f"/scopes/{place}", "scope-not-of-kind", sentence)
        for place, scope in enumerate(scopes or ())
        if scope not in allowed
    ]


async def _staff_faults(tx: Transaction, kind: str, staff_id: UUID | None) -> list[Fault]:
    if kind != "staff":
        return [Fault("/staffId", "not-of-kind", "only a key of kind staff is an employee's")] if staff_id else []
    if staff_id is None:
        return [Fault("/staffId", "required", "a key of kind staff is an employee's: say whose")]
    employee = await people.employee(tx, staff_id)
    known = employee is not None and employee["active"]
    return [] if known else [Fault("/staffId", "unknown", "no active employee has this id")]


def _refuse_more_than_own(tx: Transaction, scopes: Collection[str]) -> None:
    """Nobody hands out what their own kind of key cannot open; founding and the demo are nobody's key."""
    if tx.caller.kind != "job" and not set(scopes) <= SCOPES_OF_KIND.get(tx.caller.kind, frozenset()):
        raise Forbidden("A key cannot make one that opens more than its own kind does.", code="more-than-own")


async def _insert(
    tx: Transaction,
    kind: str,
    name: str,
    scopes: Collection[str],
    staff_id: UUID | None,
    expires_at: datetime | None,
    first_key_id: UUID | None = None,
) -> Made:
    key = new_key()
    row = {
        "id": tx.new_id(),
        "kind": kind,
        "name": name,
        "prefix": key.prefix,
        "key_hash": key.key_hash,
        "scopes": sorted(scopes),
        "staff_id": staff_id,
        "expires_at": expires_at,
        "first_key_id": first_key_id,
    }
    return Made(key.token, await people.insert_key(tx, row))
