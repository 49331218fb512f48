"""The load: connections that each send their next request when the last is answered. A process of its own.

Reads a Load as JSON on standard input and writes what it measured as JSON to standard output.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import uvloop

WARM = 0.5


@dataclass(frozen=True)
class Load:
    """What is sent. `paths` are taken at random; with `body` they are POSTed to, each time with another key."""

    port: int
    paths: list[str]
    key: str
    connections: int
    seconds: float
    warm: float = WARM
    body: str | None = None


@dataclass(frozen=True)
class Measured:
    """Answers per second, and how long one took (milliseconds). `others` counts answers that were not 2xx."""

    rate: float
    median: float
    p99: float
    answers: int
    others: dict[str, int]


def measure(load: Load) -> Measured:
    """Runs the load in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the load ended early: {done.stderr[-2000:]}")
    return Measured(**json.loads(done.stdout))


def requests(load: Load) -> Callable[[], bytes]:
    """A source of requests."""
    head = f"Host: 127.0.0.1:{load.port}\r\nAuthorization: Bearer {load.key}\r\n"
    if load.body is None:
        ready = [f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in load.paths]
        return lambda: random.choice(ready)
    content = load.body.encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\nIdempotency-Key: "
    begin, end = f"POST {load.paths[0]} HTTP/1.1\r\n{head}".encode(), b"\r\n\r\n" + content
    return lambda: b"%s%032x%s" % (begin, random.getrandbits(128), end)


class Client(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, notes how long it took, and sends again."""

    def __init__(self, request: Callable[[], bytes], note: Callable[[bytes, float], bool]) -> None:
        self._request, self._note = request, note
        self._buffer = b""
        self._whole = 0
        self._sent_at = 0.0
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._whole:
            self._whole = length(self._buffer)
        if self._whole and len(self._buffer) >= self._whole:
            status, self._buffer, self._whole = self._buffer[9:12], b"", 0
            if self._note(status, time.perf_counter() - self._sent_at):
                self._send()
            else:
                self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_result(None)

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._request())


def length(answer: bytes) -> int:
    """Bytes of the whole answer; 0 while its head is not there yet."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = answer[:end].lower()
    at = head.find(b"content-length:")
    return end + 4 + (int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)


async def run(load: Load) -> Measured:
    times: list[float] = []
    others: Counter[str] = Counter()
    begin = time.perf_counter() + load.warm
    end = begin + load.seconds

    def note(status: bytes, took: float) -> bool:
        now = time.perf_counter()
        if status[:1] != b"2":
            others[status.decode()] += 1
        elif begin <= now < end:
            times.append(took)
        return now < end

    loop, request = asyncio.get_running_loop(), requests(load)
    clients = []
    for _ in range(load.connections):
        _, client = await loop.create_connection(lambda: Client(request, note), "127.0.0.1", load.port)
        clients.append(client)
    await asyncio.wait([client.finished for client in clients], timeout=load.seconds + load.warm + 30)
    times.sort()
    return Measured(len(times) / load.seconds, _at(times, 0.5), _at(times, 0.99), len(times), dict(others))


def _at(times: list[float], share: float) -> float:
    """Milliseconds within which that share of the answers came; `times` in order, in seconds."""
    return times[int(share * (len(times) - 1))] * 1000 if times else 0.0


def main() -> None:
    load = Load(**json.load(sys.stdin))
    print(json.dumps(asdict(uvloop.run(run(load)))))


if __name__ == "__main__":
    main()
