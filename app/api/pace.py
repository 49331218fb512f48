"""How fast one caller may go: a form's key stands in a public page, so anybody can send with it."""

import math
import time
from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import TooMany

FORM_PACE = 600
TRIES = 10  # of what cannot be read, for each that is sent


@dataclass(slots=True)
class _Left:
    number: float
    at: float


class Pace:
    """So many a minute for each key, at once or one by one; of one process, so as many times that as there are."""

    def __init__(self, a_minute: int = FORM_PACE) -> None:
        self._most = a_minute
        self._left: dict[UUID | None, _Left] = {}

    def take(self, key: UUID | None) -> None:
        """Raises TooMany with the seconds after which there is room again."""
        now = time.monotonic()
        left = self._left.setdefault(key, _Left(self._most, now))
        a_second = self._most / 60
        left.number, left.at = min(self._most, left.number + (now - left.at) * a_second), now
        if left.number < 1:
            wait = math.ceil((1 - left.number) / a_second)
            raise TooMany("This form sends more than it may for now; try again later.", retry_after=wait)
        left.number -= 1
