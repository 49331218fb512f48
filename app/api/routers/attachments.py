"""Files of a complaint: taken in as they come, handed out as a download and as nothing else."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Final

from fastapi import Header, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from app.api.callers import actor_of, database, demand, key_hash, looks, reads
from app.api.contract import examples
from app.api.edge.body import CLOSE
from app.api.edge.route import Router
from app.api.idempotency import Key, Replayed, Writing, _answered_before
from app.api.ranges import part_of
from app.api.schemas.attachments import (
    ATTACHMENT,
    FORM,
    FORM_EXAMPLE,
    AttachmentAnswer,
    AttachmentList,
    attachment_answer,
)
from app.api.uploads import FIELD, FileForm
from app.api.values import Id
from app.channels.objects import Objects, ObjectsUnavailable, new_key
from app.domain.attachment import (
    FILE_BYTES,
    HEAD_BYTES,
    Held,
    clean_name,
    disposition,
    media_type_of,
    no_room,
    served_as,
)
from app.domain.errors import Fault, Refused
from app.services import attachments
from app.services.attachments import Upload
from app.store import session
from app.store.session import Transaction

router = Router(tags=["attachments"])
ComplaintId = Annotated[Id, Path(alias="complaintId")]
AttachmentId = Annotated[Id, Path(alias="attachmentId")]
Reading = Annotated[Transaction, reads("complaints:read")]
Looking = Annotated[session.Reading, looks("complaints:read")]
Adding = Annotated[session.Reading, looks("complaints:act")]

_DOWNLOAD: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
}
_BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/complaints/{complaintId}/attachments",
    status_code=201,
    responses={
        201: {"model": AttachmentAnswer, "description": "Kept"},
        409: {"description": "No room"},
        413: {"description": "Too large"},
    },
    openapi_extra=examples(request=FORM_EXAMPLE, response=ATTACHMENT) | {"requestBody": FORM},
)
async def add(complaint_id: ComplaintId, request: Request, looking: Adding, key: Key = None) -> Response:
    """Adds a file to a complaint. What it is, is told by its content; programs are not taken in."""
    held = await attachments.room(looking, complaint_id)
    objects: Objects = request.app.state.objects
    object_key = new_key(looking.organisation_id)
    # A retry of the last file that fitted has its answer already, so with a key it is the transaction that says no.
    sent = await _taken_in(request, objects, object_key, held, FILE_BYTES if key else held.room)
    try:
        async with _writing(request, key, _digest(request, sent)) as writing:
            row = await attachments.upload(writing.tx, complaint_id, sent, writing.actor)
            headers = {"Location": f"/v1/attachments/{row['id']}"}
            return await writing.answer(attachment_answer(row), headers=headers, complaint_id=complaint_id)
    except (Refused, Replayed):
        # Nothing was committed, so nothing will ask for it. After any other error that is not certain: the sweeper,
        # who looks for its row, takes away what is left.
        await _removed(objects, object_key)
        raise


async def _taken_in(request: Request, objects: Objects, object_key: str, held: Held, room: int) -> Upload:
    """The file of the form, stored. Raises Invalid, NotPossible, 413 and 415, and then nothing is stored."""
    form = FileForm(request, {"shared": ("true", "false")})
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
    stored = await objects.put(object_key, _bounded(head, content, room, held))
    try:
        shared = (await form.close()).get("shared") == "true"
    except BaseException:
        await _removed(objects, object_key)
        raise
    return Upload(object_key, clean_name(name), media_type, stored, shared, request.app.state.scans_files)


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


def _digest(request: Request, sent: Upload) -> bytes:
    """What makes it the same request, for its Idempotency-Key: the boundary of a form differs each time."""
    said = f"{request.method} {request.url.path}\n{sent.name}\n{sent.shared}\n{sent.content.sha256.hex()}"
    return hashlib.sha256(said.encode()).digest()


@asynccontextmanager
async def _writing(request: Request, key: str | None, digest: bytes) -> AsyncIterator[Writing]:
    """The transaction of a change whose body was read before it began."""
    async with database(request).request(key_hash(request), key, digest if key else None) as tx:
        demand(tx.caller, "complaints:act")
        _answered_before(tx)
        yield Writing(tx, actor_of(tx.caller), key, digest)


async def _removed(objects: Objects, object_key: str) -> None:
    with suppress(ObjectsUnavailable):
        await objects.remove(object_key)


@router.get("/complaints/{complaintId}/attachments", openapi_extra=examples(response={"items": [ATTACHMENT]}))
async def of_complaint(complaint_id: ComplaintId, tx: Reading) -> AttachmentList:
    """Every file of a complaint, in the order in which they came; also those that are not handed out."""
    return AttachmentList(items=[attachment_answer(row) for row in await attachments.of_complaint(tx, complaint_id)])


@router.get("/attachments/{attachmentId}", openapi_extra=examples(response=ATTACHMENT))
async def read(attachment_id: AttachmentId, tx: Looking) -> AttachmentAnswer:
    """What is known of a file."""
    return attachment_answer(await attachments.read(tx, attachment_id))


@router.get(
    "/attachments/{attachmentId}/content",
    response_class=StreamingResponse,
    responses={
        206: {"description": "The part that was asked for"},
        304: {"description": "You have it already"},
        409: {"description": "It is not handed out"},
    },
    openapi_extra={"responses": {"200": {"content": _BYTES}, "206": {"content": _BYTES}}},
)
async def content(
    request: Request,
    attachment_id: AttachmentId,
    looking: Looking,
    wanted: Annotated[str | None, Header(alias="Range", max_length=100, description="One part: bytes=0-999")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=1000)] = None,
) -> Response:
    """The bytes of a file, as a download. Not before it was looked into, and never when malware was found."""
    row = await attachments.to_serve(looking, attachment_id)
    etag = f'"{row["sha256"].hex()}"'
    headers = _DOWNLOAD | {"ETag": etag, "Content-Disposition": disposition(row["name"])}
    if etag in [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]:
        return Response(status_code=304, headers=headers)
    part = part_of(row["size"], wanted, if_range, etag)
    start, end = (part.start, part.end) if part else (0, row["size"])
    if part:
        headers["Content-Range"] = part.content_range
    coming = request.app.state.objects.stream(row["object_key"], start, end)
    first = await anext(coming, b"")  # before the answer begins, so that a store that is away is told as that
    return StreamingResponse(
        _on(first, coming),
        206 if part else 200,
        headers | {"Content-Length": str(end - start)},
        served_as(row["media_type"]),
    )


async def _on(first: bytes, coming: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for data in coming:
        yield data
