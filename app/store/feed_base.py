"""Keeps the places of the feed rising when the database comes to live in another PostgreSQL.

The place of an event is the number of the transaction that wrote it, on top of a base. A PostgreSQL counts its
transactions from its own beginning: after a dump was restored the base is raised above every place that is there, so
that a cursor stays good. Until that is done the service is not ready.
"""

from app.store.pool import Driver
from app.store.transaction import Transaction

_HERE = "(SELECT system_identifier FROM pg_control_system())"
_MOVED = f"SELECT base FROM feed_base WHERE cluster IS DISTINCT FROM {_HERE}"
# by organisation, because that is how the index has them
_NEWEST = """
SELECT max(e.xid)::text::bigint AS newest, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS counter
FROM organisations o
CROSS JOIN LATERAL (SELECT xid FROM events WHERE organisation_id = o.id ORDER BY xid DESC LIMIT 1) e
"""


async def settle(owner: Driver) -> None:
    """Makes this PostgreSQL, as gehoor_owner, the one in which places are counted; does nothing where it is already.

    Raises asyncpg's LockNotAvailableError when the places have to be raised, and the events are in use.
    """
    async with owner.transaction():
        await owner.execute("SET LOCAL lock_timeout = '3s'; SET LOCAL app.settling = 'on'")
        base = await owner.fetchval(f"{_MOVED} FOR UPDATE")
        if base is None:
            return
        if await _ahead(owner, base) is not None:
            # nobody writes meanwhile: a place of before the raise could appear behind a reader that is past it
            await owner.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            await _raise(owner, base)
        await owner.execute(f"UPDATE feed_base SET cluster = {_HERE}")


async def _ahead(owner: Driver, base: int) -> int | None:
    """The newest place, when it lies before none that is written next."""
    found = await owner.fetchrow(_NEWEST)
    newest = found["newest"] if found is not None else None
    return newest if newest is not None and newest >= base + found["counter"] else None


async def _raise(owner: Driver, base: int) -> None:
    newest = await _ahead(owner, base)
    if newest is None:
        return
    # a constant in the default: an intake looks nothing up
    place = f"(pg_current_xact_id()::text::bigint + {newest + 1})::text::xid8"
    await owner.execute(f"ALTER TABLE events ALTER xid SET DEFAULT {place}")
    await owner.execute("UPDATE feed_base SET base = $1", newest + 1)


async def moved(tx: Transaction) -> bool:
    """Whether the database came from another PostgreSQL, and nobody has settled it in this one."""
    return await tx.fetchrow(_MOVED) is not None
