"""The body, bounded in size and in time while it comes in."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

JSON_LIMIT: Final = 64 * 1024
BODY_SECONDS: Final = 10.0
LINGER_SECONDS: Final = 1.0
LINGER_BYTES: Final = 1024 * 1024
CLOSE: Final[Mapping[str, str]] = {"Connection": "close"}


class BoundedBody:
    """Stands in for the server's `receive`: 413 past `limit` bytes, 408 when the whole takes over `seconds`."""

    __slots__ = ("_deadline", "_limit", "_receive", "_seconds", "_seen", "complete")

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self.complete = False
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._seen = 0
        self._deadline: float | None = None

    async def __call__(self) -> Message:
        if self.complete:
            return await self._receive()  # from here on it only tells that the caller left
        message = await self._in_time()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise HTTPException(413, headers=CLOSE)
        self.complete = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Throw away what still comes, within bounds: closing on a caller who is sending would lose our answer."""
        spare = LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while spare > 0 and not self.complete:
                    message = await self._receive()
                    spare -= len(message.get("body", b""))
                    self.complete = not message.get("more_body", False)

    async def _in_time(self) -> Message:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(408, headers=CLOSE) from None


def declared_length(scope: Scope) -> int | None:
    """What Content-Length says; None without it; 0 when nothing says that there is a body."""
    length: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = value
        elif name == b"transfer-encoding":
            return None
    return int(length) if length and length.isdigit() else 0
