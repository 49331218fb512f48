"""Receivers of webhooks on this machine, good and bad, that write down what came in."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from app.channels.address import Outgoing
from app.channels.webhook import Webhooks
from app.services.deliveries import announce
from app.services.secrets import Sealer
from app.store.session import Database
from app.version import API_VERSION
from app.worker import deliver


@asynccontextmanager
async def delivering(worker: Database, app: Database, sealer: Sealer, **options: Any) -> AsyncIterator[None]:
    """A worker sends webhooks, to this machine only. At the end it is given half a second: a receiver may hang."""
    stop = asyncio.Event()
    channel = Webhooks(Outgoing(loopback=True), API_VERSION, **options)
    senders = {"webhook": deliver.webhook_sender(channel, sealer)}
    task = asyncio.create_task(deliver.run(worker, app, senders, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await channel.close()


@dataclass(frozen=True)
class Arrival:
    """One request, as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


Behaviour = Callable[["Receiver", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """`url` to give to a webhook; `arrivals` in the order of coming in."""

    behaviour: Behaviour
    port: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, count: int, seconds: float = 10) -> list[Arrival]:
        """Waits for so many arrivals."""
        for _ in range(int(seconds / 0.02)):
            if len(self.arrivals) >= count:
                break
            await asyncio.sleep(0.02)
        assert len(self.arrivals) >= count, f"{len(self.arrivals)} of {count}"
        return self.arrivals

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            # cancelled when the test is over and a bad one is still at it
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                self.arrivals.append(await _request(reader))
                await self.behaviour(self, writer)
        finally:
            self.at_once -= 1
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Arrival:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Arrival(head[0].split()[1], headers, body, time.monotonic())


def answering(status: int, *headers: str) -> Behaviour:
    async def behave(_: Receiver, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} x", "Content-Length: 0", *headers]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()

    return behave


async def tarpit(_: Receiver, writer: asyncio.StreamWriter) -> None:
    """Answers, but not to the end: a byte now and then."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def reset(_: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def endless(_: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"ffff\r\n" + b"z" * 0xFFFF + b"\r\n")
        await writer.drain()


@asynccontextmanager
async def receiving(behaviour: Behaviour) -> AsyncIterator[Receiver]:
    receiver = Receiver(behaviour)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, limit=2**20)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


async def announce_all(worker: Database) -> None:
    """As the worker does all the time: a batch may be filled by what other tests left."""
    more = 1
    while more:
        async with worker.worker() as tx:
            more = await announce(tx)
