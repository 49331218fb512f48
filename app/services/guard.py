"""Guarding the terms: recompute from the ledger, then announce what is true, exactly once."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from app.domain.dossier import Dossier
from app.domain.recording import NewId, announced, warned
from app.services import rules
from app.services.derived import stale
from app.services.dossier import change_of, ids
from app.store import dossiers, guard
from app.store.dossiers import Change, Held, Row
from app.store.session import Database
from app.store.transaction import StoreError, Transaction, Unavailable

BATCH = 200
PAUSE = timedelta(minutes=1)  # before a dossier that cannot be read is tried again
_log = structlog.get_logger("gehoor.guard")


async def flag_breaches(tx: Transaction, batch: int = BATCH) -> int:
    """Records the breaches that have happened; how many complaints were brought up to date."""
    return await _announce(tx, await guard.breached(tx, batch), announced)


async def resume_lapsed(tx: Transaction, batch: int = BATCH) -> int:
    """Sets terms going again whose pause lapsed by itself; how many complaints were brought up to date.

    What they then warn of is recorded with it. Nothing waits for this: whoever reads a term asks the clock.
    """
    return await _announce(tx, await guard.lapsed(tx, batch), warned)


async def warn_ahead(tx: Transaction, batch: int = BATCH) -> int:
    """Records the warnings that are due; how many complaints were brought up to date."""
    return await _announce(tx, await guard.due_soon(tx, batch), warned)


async def refresh(database: Database) -> tuple[int, int]:
    """Writes the rows anew that an older release left on complaints with an open term, where they are not what this
    one would have written; how many complaints it looked at, and how many it wrote. `database`: as gehoor_worker.

    One complaint in a transaction: who is waiting for it waits for no other. What cannot be read, or was tampered with
    so that it cannot be written, is left as it is and named in the log. Raises Unavailable.
    """
    looked = written = 0
    after = None
    while True:
        async with database.worker() as tx:
            wanted = await guard.with_open_terms(tx, after, BATCH)
        for found in wanted:
            try:
                async with database.worker() as tx:
                    written += await _refreshed(tx, found)
            except Unavailable:
                raise
            except Exception as error:
                _log.error("not_refreshed", complaint=str(found["complaint_id"]), error=type(error).__name__)
        looked += len(wanted)
        if len(wanted) < BATCH:
            return looked, written
        after = wanted[-1]["organisation_id"], wanted[-1]["complaint_id"]


async def _refreshed(tx: Transaction, found: Row) -> bool:
    row = await guard.lock(tx, found["organisation_id"], found["complaint_id"])
    if row is None:
        return False
    held = Held(row, (await dossiers.events_of(tx, [row], texts=False))[row["id"]])
    # first how it would be now: that says so of a dossier that cannot be read
    change = await _change(tx, held, lambda dossier, _: dossier)
    if change is None or await stale(tx, held, await guard.terms_of(tx, row)) is None:
        return False
    await dossiers.announce(tx, [change])
    written = await guard.lock(tx, found["organisation_id"], found["complaint_id"])
    # what a worker may not write, the next step on the complaint does
    return (
        written is not None and await stale(tx, Held(written, held.events), await guard.terms_of(tx, written)) is None
    )


async def _announce(tx: Transaction, rows: Sequence[Row], announce: Callable[[Dossier, NewId], Dossier]) -> int:
    if not rows:
        return 0
    ledgers = await dossiers.events_of(tx, rows, texts=False)
    changes = [await _change(tx, Held(row, ledgers[row["id"]]), announce) for row in rows]
    written = [change for change in changes if change is not None]
    await dossiers.announce(tx, written)
    unread = [row for row, change in zip(rows, changes, strict=True) if change is None]
    if unread:
        await guard.put_off(tx, unread, PAUSE)
    # what cannot be read is not counted as work: the worker would look for more without a pause
    return len(written)


async def _change(tx: Transaction, held: Held, announce: Callable[[Dossier, NewId], Dossier]) -> Change | None:
    """What to write for one complaint; its row is refreshed also when there is nothing to announce after all."""
    row = held.row
    try:
        procedure = await rules.procedure_version(
            tx, row["procedure"], row["procedure_version"], row["organisation_id"]
        )
        calendar = await rules.calendar_version(tx, procedure, row["calendar_version"])
        fresh = ids(row["clock"], held.events)
        return change_of(held, announce(Dossier(procedure, calendar, held.events, row["clock"]), fresh))
    except Exception as error:
        if isinstance(error, StoreError) or hasattr(error, "sqlstate"):
            raise  # of the transaction, in which nothing more can be asked, and not of the dossier
        # one dossier that cannot be read must not keep the guard from all others
        _log.error("not_guarded", complaint=str(held.id), error=type(error).__name__)
        return None
