"""Walks what every organisation published and the ledger of every complaint, and names what was altered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from app.domain import publication
from app.domain.ledger import Fault, verify_chain
from app.store.health import Unsafe, refuse_without_tables
from app.store.session import Database
from app.store.transaction import Row, Transaction, one

BATCH = 200
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Tampered:
    """The first altered row of one complaint; `sequence`: of which event, None for a row that is derived from them."""

    organisation: str
    complaint_id: UUID
    reference: str
    sequence: int | None
    reason: str

    def __str__(self) -> str:
        event = "" if self.sequence is None else f", event {self.sequence}"
        return f"{self.organisation}, complaint {self.reference} ({self.complaint_id}){event}: {self.reason}"


Derived = Callable[[Transaction, Row, Sequence[Row], Sequence[Row]], Awaitable[str | None]]
"""Why the rows derived from a ledger (complaint, its events and its terms) are not what they should be, or None."""


@dataclass(frozen=True, slots=True)
class Altered:
    """A version of a procedure that is not what was published: the terms that are counted by it move with it."""

    organisation: str
    procedure: str
    version: int
    reason: str

    def __str__(self) -> str:
        return f"{self.organisation}, procedure {self.procedure}, version {self.version}: {self.reason}"


# not of a group: a member does not get these two from it
_SIGHT = """
SELECT rolname AS name, rolsuper OR rolbypassrls AS sees_all FROM pg_roles WHERE rolname = current_user
"""

_VERSIONS = """
SELECT v.*, o.slug
  FROM procedure_versions v JOIN organisations o ON o.id = v.organisation_id
 WHERE (v.organisation_id, v.procedure, v.version) > ($1, $2, $3)
 ORDER BY v.organisation_id, v.procedure, v.version
 LIMIT $4
"""

_COMPLAINTS = """
SELECT c.*, o.slug
  FROM complaints c JOIN organisations o ON o.id = c.organisation_id
 WHERE (c.organisation_id, c.id) > ($1, $2)
 ORDER BY c.organisation_id, c.id
 LIMIT $3
"""

_OF_COMPLAINTS = """
SELECT e.*
  FROM unnest($1::uuid[], $2::uuid[]) AS c (organisation_id, id)
  JOIN {table} e ON e.organisation_id = c.organisation_id AND e.complaint_id = c.id
 ORDER BY e.organisation_id, e.complaint_id, e.{place}
"""
_EVENTS = _OF_COMPLAINTS.format(table="events", place="sequence")
_TERMS = _OF_COMPLAINTS.format(table="terms", place="key")

_ORPHANS = """
SELECT e.organisation_id, e.complaint_id, min(e.sequence) AS sequence
  FROM events e
 WHERE NOT EXISTS (SELECT FROM complaints c WHERE c.organisation_id = e.organisation_id AND c.id = e.complaint_id)
 GROUP BY e.organisation_id, e.complaint_id
"""


async def published(database: Database, batch: int = BATCH) -> AsyncIterator[Altered | None]:
    """One for each version of a procedure: None, or how it is not what was published. `database` as below.

    A definition that was rewritten together with its hash, or an instant together with the id, leaves nothing here to
    find. Raises Unsafe as below.
    """
    await _demand_sight(database)
    after: tuple[UUID, str, int] = (_FIRST, "", 0)
    while True:
        async with database.snapshot() as tx:
            versions = await tx.fetch(_VERSIONS, *after, batch)
        for row in versions:
            reason = publication.fault(row)
            yield Altered(row["slug"], row["procedure"], row["version"], reason) if reason else None
        if len(versions) < batch:
            return
        after = (versions[-1]["organisation_id"], versions[-1]["procedure"], versions[-1]["version"])


async def walked(
    database: Database, batch: int = BATCH, derived: Derived | None = None
) -> AsyncIterator[Tampered | None]:
    """One for each ledger, in bounded batches: None, or how its chain has a fault. `database` logs in as gehoor_backup.

    With `derived` the rows that are derived from a ledger without a fault are looked at too, in the same state.

    A complaint that was deleted with all its events, and a ledger rewritten together with the complaint's head, leave
    nothing here to find: only a seal outside the database shows those. Raises Unsafe for a role that does not see all.
    """
    await _demand_sight(database)
    after = (_FIRST, _FIRST)
    while True:
        # complaint and events are read from one state: an event recorded meanwhile is not a fault
        async with database.snapshot() as tx:
            complaints = await tx.fetch(_COMPLAINTS, *after, batch)
            events = await _by_complaint(tx, _EVENTS, complaints)
            found = list(_found(complaints, events))
            if derived is not None:
                terms = await _by_complaint(tx, _TERMS, complaints)
                for place, row in enumerate(complaints):
                    if found[place] is None:
                        rows = (events.get(row["id"], []), terms.get(row["id"], []))
                        found[place] = _told(row, await derived(tx, row, *rows))
        for ledger in found:
            yield ledger
        if len(complaints) < batch:
            break
        after = (complaints[-1]["organisation_id"], complaints[-1]["id"])
    async with database.snapshot() as tx:
        orphans = await tx.fetch(_ORPHANS)
    for row in orphans:
        yield Tampered(str(row["organisation_id"]), row["complaint_id"], "?", row["sequence"], "its complaint is gone")


async def tampered(database: Database, batch: int = BATCH) -> AsyncIterator[Tampered]:
    """Those of the walked that have a fault."""
    async for ledger in walked(database, batch):
        if ledger is not None:
            yield ledger


async def _demand_sight(database: Database) -> None:
    async with database.snapshot() as tx:
        row = await one(tx.driver, _SIGHT)
        await refuse_without_tables(tx)
    if not row["sees_all"]:
        raise Unsafe(f"Row level security hides ledgers from the role {row['name']}: log in as gehoor_backup.")


async def _by_complaint(tx: Transaction, sql: str, complaints: list[Row]) -> dict[UUID, list[Row]]:
    organisations = [row["organisation_id"] for row in complaints]
    rows = await tx.fetch(sql, organisations, [row["id"] for row in complaints])
    return {complaint: list(found) for complaint, found in groupby(rows, key=lambda row: row["complaint_id"])}


def _found(complaints: list[Row], events: dict[UUID, list[Row]]) -> Iterator[Tampered | None]:
    for row in complaints:
        fault = verify_chain(events.get(row["id"], []), row["head_sequence"], row["head_hash"])
        yield _named(row, fault) if fault else None


def _told(row: Row, reason: str | None) -> Tampered | None:
    return Tampered(row["slug"], row["id"], row["reference"], None, reason) if reason else None


def _named(row: Row, fault: Fault) -> Tampered:
    return Tampered(row["slug"], row["id"], row["reference"], fault.sequence, fault.reason)
