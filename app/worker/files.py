"""Files: looking into them for malware, and taking away what no row refers to."""

from collections.abc import AsyncIterator
from datetime import timedelta

import structlog

from app.channels.objects import Objects, ObjectsUnavailable
from app.channels.scanner import NotScanned, Scanner, ScannerUnavailable
from app.store import attachments
from app.store.attachments import Row
from app.store.session import Database

BATCH = 50
SWEEP_BATCH = 500
# A row is committed within minutes of its file. The days are for who restores the database to a moment in the past: the
# files that came since have no row, and get it back from a better backup or not at all. So the store's clock, by which
# a file has its age, may differ from the database's by as much.
ORPHAN_AGE = timedelta(days=14)
# A file that the scanner cannot judge is read whole each time: after so long at first, and at most.
PUT_OFF = (timedelta(seconds=2), timedelta(hours=1))
_log = structlog.get_logger("gehoor.files")


async def scan(worker: Database, app: Database, objects: Objects, scanner: Scanner) -> int:
    """Looks into every file that is in quarantine; how many came out of it, one way or the other.

    A file that cannot be read keeps no other waiting, and one that cannot be judged waits longer each time. Without a
    scanner that answers all of them stay where they are.
    """
    settled, last = 0, None
    while True:
        async with worker.worker() as tx:
            rows = await attachments.quarantined(tx, BATCH, last)
        for last in rows:
            try:
                settled += await _scanned(last, app, objects, scanner)
            except ObjectsUnavailable:
                _log.warning("file_not_readable", attachment=str(last["id"]))
            except NotScanned as error:  # too large for it, say, and it would be read again at every look
                _log.warning("file_not_scanned", error=str(error), attachment=str(last["id"]))
                async with app.organisation(last["organisation_id"]) as tx:
                    await attachments.put_off(tx, last["id"], *PUT_OFF)
            except ScannerUnavailable as error:
                _log.warning("scanner_unavailable", error=str(error), attachment=str(last["id"]))
                return settled
        if len(rows) < BATCH:
            return settled


async def _scanned(row: Row, app: Database, objects: Objects, scanner: Scanner) -> bool:
    verdict = await scanner.scan(objects.stream(row["object_key"]))
    if verdict.infected:
        _log.warning("malware", attachment=str(row["id"]), name=verdict.infected[:100])
    async with app.organisation(row["organisation_id"]) as tx:
        return await attachments.settle(tx, row["id"], "infected" if verdict.infected else "clean")


async def sweep(worker: Database, objects: Objects) -> int:
    """Takes away what was put in the store two weeks ago or more and never got a row; how many."""
    async with worker.worker() as tx:
        before = tx.now - ORPHAN_AGE
    gone = await objects.forget_unfinished(before)
    async for keys in _batches(objects.older_than(before)):
        async with worker.worker() as tx:
            orphans = await attachments.orphans(tx, keys)
        for key in sorted(orphans):
            await objects.remove(key)
        gone += len(orphans)
    if gone:
        _log.info("swept", files=gone)
    return gone


async def _batches(keys: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for key in keys:
        batch.append(key)
        if len(batch) == SWEEP_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
