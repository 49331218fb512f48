"""Files of a complaint: taken in as they come, handed out as a download and as nothing else."""

from typing import Annotated

from fastapi import Path, Request
from starlette.responses import Response, StreamingResponse

from app.api.callers import looks, reads
from app.api.contract_examples import examples
from app.api.downloads import PARTIAL, Asked, File, handed_out
from app.api.edge.route import Router
from app.api.idempotency import Key, Replayed, writing_after
from app.api.schemas.attachments import (
    ATTACHMENT,
    FORM,
    FORM_EXAMPLE,
    AttachmentAnswer,
    AttachmentList,
    attachment_answer,
)
from app.api.taking_in import digest_of, removed, taken_in, takes_file
from app.api.uploads import FileForm
from app.api.values import Id
from app.channels.objects import Objects, new_key
from app.domain.attachment import FILE_BYTES
from app.domain.errors import Refused
from app.services import attachments
from app.services.attachments import Row
from app.store import session
from app.store.transaction import Transaction

router = Router(tags=["attachments"])
ComplaintId = Annotated[Id, Path(alias="complaintId")]
AttachmentId = Annotated[Id, Path(alias="attachmentId")]
Reading = Annotated[Transaction, reads("complaints:read")]
Looking = Annotated[session.Reading, looks("complaints:read")]
Adding = Annotated[session.Reading, looks("complaints:act")]
Form = Annotated[FileForm, takes_file()]

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
async def add(complaint_id: ComplaintId, request: Request, looking: Adding, form: Form, key: Key = None) -> Response:
    """Adds a file to a complaint. What it is, is told by its content; programs are not taken in.

    A text that would run by its name (`foto.jpg.js`) is; it is handed out with `.txt` behind that name.
    """
    held = await attachments.room(looking, complaint_id)
    objects: Objects = request.app.state.objects
    object_key = new_key(looking.organisation_id)
    # A retry of the last file that fitted has its answer already, so with a key it is the transaction that says no.
    sent = await taken_in(request, form, object_key, held, FILE_BYTES if key else held.room)
    try:
        async with writing_after(request, "complaints:act", key, digest_of(request, sent)) as writing:
            row = await attachments.upload(writing.tx, complaint_id, sent, writing.actor)
            headers = {"Location": f"/v1/attachments/{row['id']}"}
            return await writing.answer(attachment_answer(row), headers=headers, complaint_id=complaint_id)
    except (Refused, Replayed):
        # Nothing was committed, so nothing will ask for it. After any other error that is not certain: the sweeper,
        # who looks for its row, takes away what is left.
        await removed(objects, object_key)
        raise


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
    responses={**PARTIAL, 409: {"description": "It is not handed out"}},
    openapi_extra={"responses": {"200": {"content": _BYTES}, "206": {"content": _BYTES}}},
)
async def content(request: Request, attachment_id: AttachmentId, looking: Looking, wanted: Asked) -> Response:
    """The bytes of a file, as a download. Not before it was looked into, and never when malware was found."""
    row = await attachments.to_serve(looking, attachment_id)
    return await handed_out(request.app.state.objects, file_of(row), wanted)


def file_of(row: Row) -> File:
    return File(row["object_key"], row["name"], row["media_type"], row["size"], row["sha256"].hex())
