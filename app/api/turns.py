"""Turns for what keeps a process busy: one at a time, and a short line for each organisation."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.domain.errors import TooMany

LINE = 4
_RETRY_AFTER = 5  # seconds; a turn takes about one


class Turns:
    """One turn at a time in this process. Of one organisation at most `line` are in it or wait for theirs."""

    def __init__(self, line: int = LINE) -> None:
        self._line = line
        self._one = asyncio.Lock()
        self._asked: Counter[UUID] = Counter()

    @asynccontextmanager
    async def turn(self, organisation: UUID) -> AsyncIterator[None]:
        """Waits for it; hold nothing meanwhile that others need. Raises TooMany when the line is full."""
        if self._asked[organisation] >= self._line:
            raise TooMany("This much is being worked out for you already; try again later.", retry_after=_RETRY_AFTER)
        self._asked[organisation] += 1
        try:
            async with self._one:
                yield
        finally:
            self._asked -= Counter([organisation])
