"""Sweeping: what has a row stays, what never got one goes, and not before its time."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.channels.objects import Objects, new_key
from app.domain.callers import SERVICE
from app.services.attachments import Upload, row_of
from app.store import attachments
from app.store.session import Database
from app.store.transaction import Transaction
from app.worker import files
from tests.conftest import NewOrganisation, Organisation
from tests.store.rows import AT, complaint_row, insert, procedure

OLD = int(files.ORPHAN_AGE.total_seconds())


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(tmp_path)


@pytest.fixture
def age(tmp_path: Path) -> Callable[[int], None]:
    """Makes everything that is stored so many seconds old."""

    def made_older(seconds: int) -> None:
        for path in tmp_path.rglob("*"):
            os.utime(path, (time.time() - seconds, time.time() - seconds))

    return made_older


async def _complaint(tx: Transaction) -> UUID:
    await procedure(tx)
    return await insert(tx, "complaints", complaint_row())


async def _attached(database: Database, made: Organisation, objects: Objects) -> str:
    key = new_key(made.id)
    stored = await objects.put(key, b"tekst")
    async with database.organisation(made.id) as tx:
        complaint = await _complaint(tx)
        sent = Upload(key, "a.txt", "text/plain", stored)
        await attachments.insert(tx, row_of(tx, sent, SERVICE, complaint_id=complaint))
    return key


async def _mailed(database: Database, made: Organisation, objects: Objects) -> str:
    key = new_key(made.id)
    stored = await objects.put(key, b"From: a@example.org\r\n\r\n")
    row = {"digest": stored.sha256, "object_key": key, "size": stored.size, "received_at": AT}
    async with database.organisation(made.id) as tx:
        await insert(tx, "inbound_mails", {**row, "kind": "unclear", "state": "triage"})
    return key


async def _left(objects: Objects) -> set[str]:
    return {key async for key in objects.older_than(datetime.now(UTC) + timedelta(hours=1))}


async def test_only_what_no_row_refers_to_is_swept(
    database: Database,
    worker_database: Database,
    new_organisation: NewOrganisation,
    objects: Objects,
    age: Callable[[int], None],
    tmp_path: Path,
) -> None:
    made, other = await new_organisation(), await new_organisation()
    kept = {await _attached(database, each, objects) for each in (made, other)}
    kept.add(mailed := await _mailed(database, made, objects))
    orphan, begun = new_key(made.id), new_key(made.id)
    await objects.put(orphan, b"niemand")
    (tmp_path / f"{begun}#1").write_bytes(b"half")
    # a row of one organisation keeps no file of another
    await objects.put(f"{other.id}/{mailed.partition('/')[2]}", b"niemand")
    age(OLD - 100)
    assert await files.sweep(worker_database, objects) == 0
    age(OLD + 100)
    assert await files.sweep(worker_database, objects) == 3
    assert await _left(objects) == kept
    assert not (tmp_path / f"{begun}#1").exists()


async def test_many_orphans_are_swept(
    worker_database: Database,
    new_organisation: NewOrganisation,
    objects: Objects,
    age: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "SWEEP_BATCH", 3)
    made = await new_organisation()
    for _ in range(8):
        await objects.put(new_key(made.id), b"x")
    age(OLD + 100)
    assert await files.sweep(worker_database, objects) == 8
    assert await _left(objects) == set()


async def test_files_of_an_organisation_that_this_database_does_not_know_are_left_alone(
    worker_database: Database, objects: Objects, age: Callable[[int], None]
) -> None:
    """A database that was lost and made anew, or another one than the files belong to (P2, P12)."""
    for _ in range(3):
        await objects.put(new_key(uuid4()), b"van een ander")
    kept = await _left(objects)
    age(100 * OLD)
    assert await files.sweep(worker_database, objects) == 0
    assert await _left(objects) == kept


def test_a_restore_to_a_moment_days_ago_takes_no_file_away() -> None:
    """What came in since then has no row, and may still get it from a better backup; and no clock is so wrong."""
    assert timedelta(days=7) <= files.ORPHAN_AGE
