"""uvicorn, with bounds on the head of a request and on what stands around its body: httptools has none of its own."""

import asyncio
import socket
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.api import problems
from app.api.edge.body import LINGER_SECONDS
from app.api.edge.headers import ADDRESS_LIMIT, HEADERS_LIMIT, SECURITY

HEAD_LIMIT: Final = HEADERS_LIMIT + ADDRESS_LIMIT
HEAD_SECONDS: Final = 10.0
MUCH: Final = 32 * 1024  # bytes of an answer that are gathered before they are sent
_REASONS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class Gathering:
    """A transport that sends what is written in one turn of the loop in one piece.

    uvicorn writes a head and its body one after the other: two calls of the system, and a caller who is woken twice.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered = bytearray()
        self.is_closing = transport.is_closing  # asked for several times a request

    def write(self, data: bytes) -> None:
        """Keeps it until the turn is over; once it is much it goes at once, so that the writer is made to wait."""
        if not self._gathered:
            self._loop.call_soon(self.flush)
        self._gathered += data
        if len(self._gathered) > MUCH:
            self.flush()

    def flush(self) -> None:
        """Sends what was gathered, unless the line is gone."""
        if self._gathered and not self.is_closing():
            self._transport.write(bytes(self._gathered))
        self._gathered.clear()

    def close(self) -> None:
        """Closes once all is sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class GuardedProtocol(HttpToolsProtocol):
    """Cuts a line whose request head takes over HEAD_SECONDS or HEAD_LIMIT bytes, and idle lines that never spoke.

    A head that arrives in one piece, as nearly all do, costs no timer. Trailers are headers that come when the head was
    checked: none is read, and with what else is no body they may hold HEAD_LIMIT.
    """

    _deaf = False  # the last answer is out: what still comes is thrown away until the line is closed
    _in_head = False
    _head_bytes = 0
    _bytes_beside = 0  # since the head, or the last part of a body
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The line is open: the first head must come in time."""
        super().connection_made(cast(asyncio.Transport, Gathering(transport, self.loop)))
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone: nothing to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; a trailer is passed over."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is in; the application is started."""
        self._in_head, self._bytes_beside = False, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body, which has a bound of its own."""
        self._bytes_beside = 0
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, then see whether a head is still owed."""
        if self._is_over():
            return
        self._bytes_beside += len(data)
        super().data_received(data)
        if self._is_over():
            return
        if not self._in_head and self._bytes_beside > HEAD_LIMIT:
            self._cut(431)
            return
        if not self._in_head and self._is_answering():
            self._stop_waiting()
            return
        self._wait()
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_LIMIT:
                self._cut(431)

    def send_400_response(self, msg: str) -> None:
        """Not HTTP: a problem, like every other refusal."""
        self._cut(400)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first head
        return cycle is not None and not cycle.response_complete

    def _forestalled(self) -> bool:
        """Whether the application has not answered yet, and now will not."""
        if self._in_head or self.pipeline or self.cycle.response_started:
            return False
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        return True

    def _is_over(self) -> bool:
        return self._deaf or self.transport.is_closing()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS, self._lost_patience)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lost_patience(self) -> None:
        self._patience = None
        if self._in_head:
            self._cut(408)
        else:
            self._close()

    def _cut(self, status: int) -> None:
        if self._is_over():
            return
        # While an earlier answer is on its way nothing may be written between its parts.
        if not self._is_answering() or self._forestalled():
            self.transport.write(_raw_problem(status))
        self._deaf = True
        self._stop_waiting()
        # Closing on a caller who is still sending would lose the answer.
        self.loop.call_later(LINGER_SECONDS, self._close)

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def _raw_problem(status: int) -> bytes:
    answer = problems.plain_problem(status)
    lines = [b"HTTP/1.1 %d %s" % (status, _REASONS[status]), b"connection: close"]
    lines += [name + b": " + value for name, value in (*answer.raw_headers, *SECURITY)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + bytes(answer.body)


class CannotListen(Exception):
    """Nothing can listen there; the message is a sentence for the operator."""


def bound(host: str, port: int) -> socket.socket:
    """A socket at this address (port 0: a free one), on which nothing listens yet. Raises CannotListen.

    Before anything else is started: uvicorn would find out at the very end, and give the number of the error only.
    """
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        shown = f"[{host}]" if ":" in host else host
        raise CannotListen(f"Nothing can listen on {shown}:{port}: {(error.strerror or '').lower()}.") from None
    found.set_inheritable(True)
    return found


def server_config(app: Any, **options: Any) -> Config:
    """uvicorn's settings for the API: bounded heads, no server name, our own log line instead of its."""
    # Without a `log_config` of its own uvicorn's lines go where ours go (app/logs.py). Nothing asks where a request
    # comes from, so nothing is believed that says so.
    settings: dict[str, Any] = {
        "http": GuardedProtocol, "loop": "auto", "ws": "none", "access_log": False, "server_header": False,
        "log_config": None, "proxy_headers": False, "timeout_keep_alive": 10, "timeout_graceful_shutdown": 10,
    }  # fmt: skip
    return Config(app, **{**settings, **options})
