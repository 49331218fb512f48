"""The body, bounded in size and in time while it comes in."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

JSON_LIMIT: Final = 64 * 1024
BODY_SECONDS: Final = 10.0  # for a small one, and without a byte
BODY_RATE: Final = 64 * 1024.0  # bytes a second that a larger one has to keep up
LINGER_SECONDS: Final = 1.0
LINGER_BYTES: Final = 1024 * 1024
CLOSE: Final[Mapping[str, str]] = {"Connection": "close"}


class BoundedBody:
    """Stands in for the server's `receive`: 413 past `limit` bytes, 408 when it comes in too slowly.

    It may take `seconds`, and one more for every `rate` bytes that have come; but never so long for nothing. Only what
    the caller takes counts, not what we do with it.
    """

    __slots__ = ("_limit", "_rate", "_receive", "_seconds", "_seen", "_waited", "complete")

    def __init__(self, receive: Receive, limit: int, seconds: float, rate: float = BODY_RATE) -> None:
        self.complete = False
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._rate = rate
        self._seen = 0
        self._waited = 0.0

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
        clock = asyncio.get_running_loop().time
        began = clock()
        patience = min(self._seconds, self._seconds + self._seen / self._rate - self._waited)
        try:
            async with asyncio.timeout_at(began + patience):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(408, headers=CLOSE) from None
        finally:
            self._waited += clock() - began


def declared_length(scope: Scope) -> int | None:
    """What Content-Length says; None without it; 0 when nothing says that there is a body."""
    length: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = value
        elif name == b"transfer-encoding":
            return None
    return int(length) if length and length.isdigit() else 0
