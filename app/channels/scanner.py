"""Looking into files for malware: ClamAV over its own protocol, or nobody."""

import asyncio
import re
import struct
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Final, Protocol

CHUNK_BYTES: Final = 128 * 1024
CONNECT_SECONDS: Final = 3.0
STEP_SECONDS: Final = 10.0
VERDICT_SECONDS: Final = 60.0
_ANSWER_BYTES = 4096
_FOUND = re.compile(r"stream: (.+) FOUND")


class ScannerUnavailable(Exception):
    """The scanner did not say what is in the file."""


class NotScanned(ScannerUnavailable):
    """It is there, and did not say what is in this file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; `infected` names the malware, as the scanner calls it."""

    infected: str | None = None


CLEAN: Final = Verdict()


class Scanner(Protocol):
    async def scan(self, stream: AsyncIterable[bytes]) -> Verdict:
        """Looks into a file. Raises ScannerUnavailable."""


class ClamAV:
    """clamd, at `host:port` or the path of its socket. Its StreamMaxLength has to be larger than our largest file."""

    def __init__(self, address: str, *, step: float = STEP_SECONDS, verdict: float = VERDICT_SECONDS) -> None:
        self._address = address
        self._step = step
        self._verdict = verdict

    async def scan(self, stream: AsyncIterable[bytes]) -> Verdict:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await self._connected()
        except (OSError, ValueError) as error:
            raise ScannerUnavailable(f"no connection: {type(error).__name__}") from error
        try:
            whole = await self._sent(writer, stream)
            return _verdict(await self._answer(reader), whole)
        finally:
            writer.transport.abort()  # closing would wait for the other side to read on

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address, limit=_ANSWER_BYTES)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port), limit=_ANSWER_BYTES)

    async def _sent(self, writer: asyncio.StreamWriter, stream: AsyncIterable[bytes]) -> bool:
        """INSTREAM: each part with its length before it, and a length of nought at the end. False when it hung up."""
        try:
            await self._write(writer, b"zINSTREAM\0")
            async for data in stream:
                for start in range(0, len(data), CHUNK_BYTES):
                    part = data[start : start + CHUNK_BYTES]
                    await self._write(writer, struct.pack("!L", len(part)) + part)
            await self._write(writer, struct.pack("!L", 0))
        except _HungUp:
            return False  # it may have said why: too large, or found already
        return True

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        try:
            writer.write(data)
            async with asyncio.timeout(self._step):
                await writer.drain()
        except OSError as error:
            raise _HungUp from error

    async def _answer(self, reader: asyncio.StreamReader) -> str:
        try:
            async with asyncio.timeout(self._verdict):
                answer = await reader.readuntil(b"\0")
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise NotScanned(f"no verdict: {type(error).__name__}") from error
        return answer.rstrip(b"\0").decode("ascii", "replace").strip()


class _HungUp(Exception):
    """The other side does not read on."""


def _verdict(answer: str, whole: bool) -> Verdict:
    if found := _FOUND.fullmatch(answer):
        return Verdict(found[1])
    if answer == "stream: OK" and whole:
        return CLEAN
    raise NotScanned("it could not look into the file")
