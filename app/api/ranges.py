"""Part of a file: what Range and If-Range ask for (RFC 9110, 14)."""

import re
from typing import NamedTuple

from starlette.exceptions import HTTPException

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Part(NamedTuple):
    """From `start` up to but not including `end`, of `size` bytes."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def part_of(size: int, asked: str | None, if_range: str | None, etag: str) -> Part | None:
    """The one part that is asked for; None for the whole, also when several are asked for. Raises 416."""
    if asked is None or (if_range is not None and if_range.strip() != etag):
        return None
    one = _ONE.fullmatch(asked.strip())
    if one is None or one[1] == one[2] == "":
        return None
    if one[1]:
        start, end = int(one[1]), min(int(one[2] or size) + 1, size)
        if one[2] and int(one[2]) < start:
            return None
    else:
        start, end = max(0, size - int(one[2])), size
    if start >= end:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
    return Part(start, end, size)
