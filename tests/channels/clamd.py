"""A small clamd on loopback: it speaks INSTREAM, and knows one piece of malware."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# Not written out as one text, so that a real scanner leaves this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Clamd:
    """`behaves`: well, limited (hangs up after 1 MB), hasty (has seen enough after 1 MB), silent, garbled,
    deaf (reads nothing) or ends (no verdict).
    """

    behaves: str = "well"
    address: str = ""
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.behaves == "deaf":
            await asyncio.sleep(30)
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        data = b""
        while (size := struct.unpack("!L", await reader.readexactly(4))[0]) > 0:
            data += await reader.readexactly(size)
            if self.behaves == "limited" and len(data) > 1_000_000:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                await writer.drain()
                return
            if self.behaves == "hasty" and len(data) > 1_000_000:
                writer.write(b"stream: OK\0")
                await asyncio.sleep(30)
        self.seen.append(data)
        await self._verdict(writer, data)

    async def _verdict(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self.behaves == "silent":
            await asyncio.sleep(30)
        if self.behaves == "garbled":
            writer.write(b"x" * 100_000)
        elif self.behaves != "ends":
            writer.write(b"stream: Eicar-Signature FOUND\0" if EICAR in data else b"stream: OK\0")
        await writer.drain()


@asynccontextmanager
async def clamd(behaves: str = "well", path: Path | None = None) -> AsyncIterator[Clamd]:
    """One that listens, at a port of loopback or at the path of a socket."""
    made = Clamd(behaves)
    if path:
        server: asyncio.Server = await asyncio.start_unix_server(made.serve, path)
        made.address = str(path)
    else:
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        made.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
