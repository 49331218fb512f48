"""Files under a key: in a folder, and in S3 (moto's server on loopback)."""

import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from moto.server import ThreadedMotoServer

from app.channels.objects import PART_BYTES, Objects, ObjectsUnavailable, Stored, new_key

ROOT = Path(__file__).resolve().parents[2]
LATER = timedelta(hours=1)
ID = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70"
S3 = {"access_key_id": "test", "secret_access_key": "test", "region": "us-east-1"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    assert httpx.put(f"{endpoint}/gehoor").status_code == 200
    yield endpoint
    server.stop()


@pytest.fixture(params=["folder", "file-url", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "s3":
        endpoint = request.getfixturevalue("s3")
        return Objects(f"s3://gehoor/{uuid4()}", {**S3, "endpoint": endpoint})
    return Objects(tmp_path / "files" if request.param == "folder" else f"file://{tmp_path}/two%20words")


async def pieces(size: int, *, piece: int = 100_000, fail_at: int | None = None) -> AsyncIterator[bytes]:
    """Bytes that differ from place to place, piece by piece."""
    for start in range(0, size, piece):
        if fail_at is not None and start >= fail_at:
            raise LookupError("the caller left")
        yield content(min(piece, size - start), start)


def content(size: int, start: int = 0) -> bytes:
    pattern = bytes(range(251))
    return (pattern * (size // 251 + 2))[start % 251 :][:size]


async def all_of(objects: Objects, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in objects.stream(key, start, end)])


async def keys(objects: Objects) -> list[str]:
    return [key async for key in objects.older_than(datetime.now(UTC) + LATER)]


@pytest.mark.parametrize("size", [0, 1, 99_999, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 12_345])
async def test_what_is_put_comes_back_to_the_byte(objects: Objects, size: int) -> None:
    key = new_key(uuid4())
    stored = await objects.put(key, pieces(size))
    assert stored == Stored(size, hashlib.sha256(content(size)).digest())
    assert await objects.get(key) == content(size)
    assert await all_of(objects, key) == content(size)
    assert await objects.size(key) == size


async def test_bytes_can_be_put_as_they_are(objects: Objects) -> None:
    key = new_key(uuid4())
    assert (await objects.put(key, b"kort")).size == 4
    assert await objects.get(key) == b"kort"


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (5, 900_000), (999_990, 1_000_000), (400_000, None), (7, 7), (0, 0)]
)
async def test_a_part_is_that_part(objects: Objects, start: int, end: int | None) -> None:
    key = new_key(uuid4())
    await objects.put(key, content(1_000_000))
    assert await all_of(objects, key, start, end) == content(1_000_000)[start:end]


@pytest.mark.parametrize("fail_at", [0, 300_000, PART_BYTES + 400_000])
async def test_nothing_is_left_when_the_bytes_stop_coming(objects: Objects, fail_at: int) -> None:
    key = new_key(uuid4())
    with pytest.raises(LookupError, match="the caller left"):
        await objects.put(key, pieces(4 * PART_BYTES, fail_at=fail_at))
    assert await keys(objects) == []
    with pytest.raises(ObjectsUnavailable):
        await objects.get(key)


async def test_what_is_removed_is_gone_and_may_be_removed_again(objects: Objects) -> None:
    key, other = new_key(uuid4()), new_key(uuid4())
    await objects.put(key, b"weg")
    await objects.put(other, b"blijft")
    await objects.remove(key)
    await objects.remove(key)
    assert await keys(objects) == [other]


async def test_only_what_is_old_is_listed(objects: Objects) -> None:
    key = new_key(uuid4())
    await objects.put(key, b"nieuw")
    assert [found async for found in objects.older_than(datetime.now(UTC) - LATER)] == []
    assert await keys(objects) == [key]


@pytest.mark.parametrize(
    "key",
    ["", "a", "../../etc/passwd", f"{ID}/../{ID}", f"{ID}/{ID}/x", f"{ID}/{ID}\n", f"/{ID}/{ID}", f"{ID}/{ID.upper()}",
     f"{ID}/{ID}#1"],
)  # fmt: skip
async def test_a_key_is_two_ids_and_nothing_else(tmp_path: Path, key: str) -> None:
    objects = Objects(tmp_path)
    with pytest.raises(ValueError, match="two UUIDs"):
        await objects.put(key, b"")
    for ask in (objects.get, objects.remove, objects.size):
        with pytest.raises(ValueError, match="two UUIDs"):
            await ask(key)
    with pytest.raises(ValueError, match="two UUIDs"):
        await all_of(objects, key)


async def test_what_a_killed_process_had_begun_is_forgotten(tmp_path: Path) -> None:
    objects, key = Objects(tmp_path), new_key(uuid4())
    await objects.put(key, b"heel")
    (tmp_path / f"{key}#1").write_bytes(b"half")
    (tmp_path / f"{key}#2").write_bytes(b"half")
    os.utime(tmp_path / f"{key}#1", (1, 1))
    assert await objects.forget_unfinished(datetime.now(UTC) - LATER) == 1
    assert sorted(path.name for path in (tmp_path / key).parent.iterdir()) == [key[37:], f"{key[37:]}#2"]
    assert await keys(objects) == [key]


async def test_a_store_is_found_through_the_environment(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**S3, "endpoint_url": s3}.items():
        monkeypatch.setenv(f"AWS_{name}".upper(), value)
    objects, key = Objects(f"s3://gehoor/{uuid4()}"), new_key(uuid4())
    await objects.put(key, b"daar")
    assert await keys(objects) == [key]


async def test_a_store_that_is_away_is_told_as_that(tmp_path: Path) -> None:
    away = Objects("s3://gehoor", {**S3, "endpoint": "http://127.0.0.1:1"})
    for ask in (away.get, away.remove, away.size):
        with pytest.raises(ObjectsUnavailable) as told:
            await ask(new_key(uuid4()))
        assert "127.0.0.1" not in told.value.detail
    with pytest.raises(ObjectsUnavailable):
        await away.put(new_key(uuid4()), b"x")


FULL = """
import asyncio, resource, sys
from app.channels.objects import Objects, ObjectsUnavailable, new_key
from uuid import uuid4
resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))
async def main():
    for size in (7_000_000, 5_500_000):
        try:
            await Objects(sys.argv[1]).put(new_key(uuid4()), b"x" * size)
            print("stored")
        except ObjectsUnavailable:
            print("unavailable")
asyncio.run(main())
"""


def test_nothing_is_left_of_what_did_not_fit(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", FULL, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line for line in ran.stdout.splitlines() if "{" not in line and "objects_un" not in line] == [
        "unavailable",
        "stored",
    ]
    assert [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()] == [5_500_000]
