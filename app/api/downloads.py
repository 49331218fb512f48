"""Files handed out: as a download and as nothing else, whole or in part, and not again to who has it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Header
from starlette.responses import Response, StreamingResponse

from app.api.ranges import part_of
from app.channels.objects import Objects
from app.domain.attachment import disposition, served_as

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
}
PARTIAL: Final[dict[int | str, dict[str, Any]]] = {
    206: {"description": "The part that was asked for"},
    304: {"description": "You have it already"},
}


@dataclass(frozen=True, slots=True)
class File:
    """What lies in the object store under `key`. `etag` without its quotes."""

    key: str
    name: str
    media_type: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of it the caller asks for, and what they have."""

    range: str | None
    if_range: str | None
    if_none_match: str | None

    def has(self, etag: str) -> bool:
        return f'"{etag}"' in [each.strip().removeprefix("W/") for each in (self.if_none_match or "").split(",")]


async def _wanted(
    wanted: Annotated[str | None, Header(alias="Range", max_length=100, description="One part: bytes=0-999")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=1000)] = None,
) -> Wanted:
    return Wanted(wanted, if_range, if_none_match)


Asked = Annotated[Wanted, Depends(_wanted)]


def not_modified(etag: str, **headers: str) -> Response:
    return Response(status_code=304, headers={**HEADERS, "ETag": f'"{etag}"', **headers})


async def handed_out(objects: Objects, file: File, wanted: Wanted, **more: str) -> Response:
    """The file, or the part of it that is asked for. Raises 416, ObjectsUnavailable."""
    etag = f'"{file.etag}"'
    headers = {**HEADERS, "ETag": etag, "Content-Disposition": disposition(file.name), **more}
    if wanted.has(file.etag):
        return Response(status_code=304, headers=headers)
    part = part_of(file.size, wanted.range, wanted.if_range, etag)
    start, end = (part.start, part.end) if part else (0, file.size)
    if part:
        headers["Content-Range"] = part.content_range
    coming = objects.stream(file.key, start, end)
    first = await anext(coming, b"")  # before the answer begins, so that a store that is away is told as that
    return StreamingResponse(
        _on(first, coming),
        206 if part else 200,
        headers | {"Content-Length": str(end - start)},
        served_as(file.media_type),
    )


async def _on(first: bytes, coming: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for data in coming:
        yield data
