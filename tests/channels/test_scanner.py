"""Asking clamd what is in a file, over its socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.channels.scanner import CLEAN, ClamAV, ScannerUnavailable
from tests.channels.clamd import EICAR, clamd


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_clean_file_is_clean_and_was_seen_whole() -> None:
    parts = [b"", b"a" * 300_000, b"b"]
    async with clamd() as server:
        assert await ClamAV(server.address).scan(stream(*parts)) == CLEAN
    assert server.seen == [b"".join(parts)]


async def test_malware_is_named_also_where_two_parts_meet(tmp_path: Path) -> None:
    async with clamd(path=tmp_path / "clamd.sock") as server:
        verdict = await ClamAV(server.address).scan(stream(b"x" + EICAR[:20], EICAR[20:]))
    assert verdict.infected == "Eicar-Signature"


@pytest.mark.parametrize("behaves", ["limited", "hasty", "silent", "garbled", "deaf", "ends"])
async def test_without_a_verdict_nothing_is_called_clean(behaves: str) -> None:
    async with clamd(behaves) as server:
        scanner = ClamAV(server.address, step=0.3, verdict=0.3)
        with pytest.raises(ScannerUnavailable):
            await scanner.scan(stream(*[b"x" * 1_000_000] * 20))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock", "no port"])
async def test_a_scanner_that_is_not_there_is_told_as_that(address: str) -> None:
    with pytest.raises(ScannerUnavailable):
        await ClamAV(address).scan(stream(b"x"))
