"""A file and its row are there together or not at all: while the API is killed, and when the disk is full."""

import asyncio
import hashlib
import os
import random
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.channels.objects import Objects, new_key
from app.domain.callers import Actor
from app.domain.intake import Intake
from app.procedures.reading import shipped_named
from app.services import procedures
from app.services.complaints import Filing, receive
from app.store.session import Database
from app.worker import files
from tests.conftest import NewOrganisation, Organisation
from tests.faults.processes import NO_TRUST, free_port, kill, start, until

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
ROWS = "select id, object_key, size, sha256 from attachments where organisation_id = $1"
LARGEST = 7_000_000  # more than one part of a multipart upload


@contextmanager
def serving(urls: Mapping[str, str], port: int, folder: Path, *, limit: int | None = None) -> Iterator[None]:
    """The API with its files in this folder; none that it writes may be larger than `limit`."""
    process = start(urls, "serve", GEHOOR_PORT=str(port), GEHOOR_OBJECTS=str(folder))
    try:
        until(process, port)
        if limit:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        yield
    finally:
        kill(process)


@dataclass
class Sending:
    """What clients send to one organisation, and what they were promised: the digest of each file's bytes by its id."""

    made: Organisation
    port: int
    sizes: tuple[int, ...]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    promised: dict[UUID, bytes] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)

    async def send(self, complaint: UUID, count: int, *, patient: bool = True) -> None:
        """So many files to one complaint; a patient client sends each until it is taken."""
        chance = random.Random(complaint.int)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}/v1", verify=NO_TRUST, timeout=20
        ) as client:
            for _ in range(count):
                content = b"%PDF-" + chance.randbytes(chance.choice(self.sizes))
                key = str(uuid4())
                while not await self._sent(client, complaint, key, content) and patient:
                    if self.stop.is_set():
                        return
                    await asyncio.sleep(0.05)

    async def _sent(self, client: httpx.AsyncClient, complaint: UUID, key: str, content: bytes) -> bool:
        headers = {"Authorization": f"Bearer {self.made.keys['system'].token}", "Idempotency-Key": key}
        with suppress(httpx.HTTPError):
            answer = await client.post(
                f"/complaints/{complaint}/attachments", files={"file": ("a.pdf", content)}, headers=headers
            )
            if answer.status_code == 201:
                self.promised[UUID(answer.json()["id"])] = hashlib.sha256(content).digest()
                return True
            assert answer.status_code in (409, 503), answer.text
            self.refused.append(answer.status_code)
        return False


async def _office(
    database: Database, new_organisation: NewOrganisation, complaints: int
) -> tuple[Organisation, list[UUID]]:
    made = await new_organisation()
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, shipped_named("hss"), allow_past=True)
        intake = Intake("email", tx.now, given=frozenset({"description"}))
        filing = Filing(intake, texts={"description": "Te laat."})
        rows = [(await receive(tx, filing, Actor("system"))).row for _ in range(complaints)]
    return made, [row["id"] for row in rows]


async def _consistent(backup: Database, sending: Sending, folder: Path) -> set[str]:
    """Every promise has its row and every row its file, to the byte; the keys of them."""
    async with backup.snapshot() as tx:
        rows = await tx.fetch(ROWS, sending.made.id)
    assert {row["id"]: row["sha256"] for row in rows}.items() >= sending.promised.items()
    for row in rows:
        content = (folder / row["object_key"]).read_bytes()
        assert (len(content), hashlib.sha256(content).digest()) == (row["size"], row["sha256"])
    return {row["object_key"] for row in rows}


def _on_disk(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _age(folder: Path) -> None:
    """As if all of it was written an hour longer ago than it has to be."""
    old = time.time() - files.ORPHAN_AGE.total_seconds() - 3600
    for path in folder.rglob("*"):
        os.utime(path, (old, old))


@pytest.mark.parametrize(("clients", "each", "kills"), [(4, 10, 2), pytest.param(12, 20, 200, marks=pytest.mark.long)])
async def test_every_file_that_was_promised_is_there(
    urls: Mapping[str, str],
    database: Database,
    worker_database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
    tmp_path: Path,
    clients: int,
    each: int,
    kills: int,
) -> None:
    made, complaints = await _office(database, new_organisation, clients)
    sending = Sending(
        made, free_port(), (10, 200_000, 2_000_000, LARGEST) if kills < 100 else (10, 2_000_000, 4_900_000)
    )
    chance = random.Random(2)
    going = asyncio.gather(*(sending.send(complaint, each) for complaint in complaints))
    try:
        for _ in range(kills):
            with serving(urls, sending.port, tmp_path):
                await asyncio.sleep(chance.uniform(0.1, 0.6))
        with serving(urls, sending.port, tmp_path):
            await asyncio.wait_for(going, 180)
    finally:
        sending.stop.set()
        await asyncio.gather(going, return_exceptions=True)
    keys = await _consistent(backup_database, sending, tmp_path)
    assert len(keys) == len(sending.promised) == clients * each
    left_over = _on_disk(tmp_path) - keys
    assert await files.sweep(worker_database, Objects(tmp_path)) == 0
    _age(tmp_path)
    assert await files.sweep(worker_database, Objects(tmp_path)) == len(left_over)
    assert _on_disk(tmp_path) == keys


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of ten megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=10m", "none", folder], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("only the superuser can make a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("each", [6, pytest.param(20, marks=pytest.mark.long)])
async def test_a_full_disk_is_told_and_leaves_neither(
    urls: Mapping[str, str],
    database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
    tiny_disk: Path,
    each: int,
) -> None:
    made, complaints = await _office(database, new_organisation, 4)
    sending = Sending(made, free_port(), (100_000, 900_000, LARGEST))
    with serving(urls, sending.port, tiny_disk):
        await asyncio.gather(*(sending.send(complaint, each, patient=False) for complaint in complaints))
    assert set(sending.refused) == {503}
    assert len(sending.promised) + len(sending.refused) == 4 * each
    assert len(sending.promised) >= 1
    keys = await _consistent(backup_database, sending, tiny_disk)
    assert len(keys) == len(sending.promised)
    assert _on_disk(tiny_disk) == keys


async def test_a_file_that_is_too_large_for_the_disk_leaves_neither(
    urls: Mapping[str, str],
    database: Database,
    backup_database: Database,
    new_organisation: NewOrganisation,
    tmp_path: Path,
) -> None:
    """As on a full disk, also where nobody may make one: no file may have more than three megabytes."""
    made, [complaint] = await _office(database, new_organisation, 1)
    sending = Sending(made, free_port(), (100_000, 4_000_000, LARGEST))
    with serving(urls, sending.port, tmp_path, limit=3_000_000):
        await sending.send(complaint, 12, patient=False)
    assert sending.promised
    assert set(sending.refused) == {503}
    keys = await _consistent(backup_database, sending, tmp_path)
    assert len(keys) == len(sending.promised)
    assert _on_disk(tmp_path) == keys


async def test_a_worker_that_begins_takes_nothing_away(
    urls: Mapping[str, str], new_organisation: NewOrganisation, superuser: Superuser, tmp_path: Path
) -> None:
    """Whoever started it beside the wrong database has an hour to see that."""
    made, objects = await new_organisation(), Objects(tmp_path)
    await objects.put(key := new_key(made.id), b"tekst")
    os.utime(tmp_path / key, (0, 0))
    await superuser.execute("delete from heartbeats")
    worker = start(urls, "worker", GEHOOR_OBJECTS=str(tmp_path))
    try:
        deadline = time.monotonic() + 60
        while not await superuser.fetchval("select count(*) from heartbeats"):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
    finally:
        kill(worker)
    assert (tmp_path / key).exists()
