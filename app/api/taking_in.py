"""A file that is sent goes into the object store as it comes in; the row that keeps it is written after that."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from app.api.edge.body import CLOSE
from app.api.problems import Malformed, invalid
from app.api.uploads import FIELD, FileForm
from app.channels.objects import Objects, ObjectsUnavailable
from app.domain.attachment import FILE_BYTES, HEAD_BYTES, Held, clean_name, media_type_of, no_room
from app.domain.errors import Fault
from app.services.attachments import Upload

SHARED: Final = {"shared": ("true", "false")}


class _Begun(NamedTuple):
    """A file that begins well: its name, what it is, its first bytes and those that come after them."""

    name: str
    media_type: str
    head: bytes
    rest: AsyncIterator[bytes]


def takes_file(fields: Mapping[str, Sequence[str]] = SHARED) -> Any:
    """A dependency: the form with a file, which the endpoint reads.

    Where something else of the request is wrong the endpoint is not reached: what is wrong with the form is told then.
    """

    async def coming(request: Request) -> AsyncIterator[FileForm]:
        form = FileForm(request, fields)
        try:
            yield form
        except Malformed as refused:
            if not form.is_opened:
                raise invalid([*refused.faults, *await _faults(form)]) from None
            raise

    return Depends(coming, scope="function")


async def _faults(form: FileForm) -> Sequence[Fault]:
    """Reads it to its end and keeps nothing of it."""
    try:
        await _begun(form)
        await form.close()
    except Malformed as refused:
        return refused.faults
    return ()


async def taken_in(request: Request, form: FileForm, object_key: str, held: Held, room: int) -> Upload:
    """The file of the form, stored. Raises Invalid, NotPossible, 413 and 415, and then nothing is stored."""
    objects: Objects = request.app.state.objects
    name, media_type, head, rest = await _begun(form)
    stored = await objects.put(object_key, _bounded(head, rest, room, held))
    try:
        shared = (await form.close()).get("shared") == "true"
    except BaseException:
        await removed(objects, object_key)
        raise
    return Upload(object_key, clean_name(name), media_type, stored, shared, request.app.state.scans_files)


async def _begun(form: FileForm) -> _Begun:
    """Raises Invalid, with every fault of the form, and 415."""
    name = await form.open()
    content = form.content()
    head = await _head(content)
    media_type = media_type_of(head)
    if not head:
        form.faults.append(Fault(f"/{FIELD}", "empty", "This file is empty."))
    elif media_type is None:
        form.faults.append(
            Fault(f"/{FIELD}", "type-not-accepted", "Send a document, a text, an image, a recording or an archive.")
        )
    if form.faults or media_type is None:
        await form.close()
        raise AssertionError("a form with faults was accepted")
    return _Begun(name, media_type, head, content)


async def _head(content: AsyncIterator[bytes]) -> bytes:
    """Enough to tell what it is, and whatever came with that."""
    head = b""
    while len(head) < HEAD_BYTES and (data := await anext(content, None)) is not None:
        head += data
    return head


async def _bounded(head: bytes, content: AsyncIterator[bytes], room: int, held: Held) -> AsyncIterator[bytes]:
    size = 0
    data: bytes | None = head
    while data is not None:
        size += len(data)
        if size > FILE_BYTES:
            raise HTTPException(413, headers=CLOSE)
        if size > room:
            raise no_room(held)
        yield data
        data = await anext(content, None)


def digest_of(request: Request, sent: Upload) -> bytes:
    """What makes it the same request, for its Idempotency-Key: the boundary of a form differs each time."""
    said = f"{request.method} {request.url.path}\n{sent.name}\n{sent.shared}\n{sent.content.sha256.hex()}"
    return hashlib.sha256(said.encode()).digest()


async def removed(objects: Objects, object_key: str) -> None:
    """Takes it away again; what cannot be taken away now, the sweeper finds without a row."""
    with suppress(ObjectsUnavailable):
        await objects.remove(object_key)
