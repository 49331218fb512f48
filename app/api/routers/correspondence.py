"""Correspondence: letters, mails, calls and notes of a complaint; drafts, what they would do, and how they went out."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.api import shown
from app.api.callers import IfMatch, Visit, actor_of, reads, visits
from app.api.contract_examples import examples
from app.api.edge.negotiation import preferred
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page
from app.api.schemas import messages as shapes
from app.api.schemas.correspondence import (
    WRITTEN,
    MessageApproval,
    MessageChange,
    MessageFilters,
    MessageIn,
    MessageSending,
    step_of,
    stored_step,
)
from app.api.schemas.words import example_of
from app.api.values import Id
from app.documents.letter import html, pdf
from app.domain.attachment import disposition
from app.services import correspondence, drafted_messages, message_previews, papers
from app.store import deliveries, messages, organisations
from app.store.messages import Row
from app.store.transaction import Transaction

router = Router(tags=["correspondence"])
ComplaintId = Annotated[Id, Path(alias="complaintId")]
MessageId = Annotated[Id, Path(alias="messageId")]
Reading = Annotated[Transaction, reads("complaints:read")]
Visiting = Annotated[Visit, visits("complaints:read")]
Acting = Annotated[Writing, writes("complaints:act")]
ActingOnce = Annotated[Writing, writes("complaints:act", key_required=True)]
_NO_PAGE = {"next": None, "prev": None}
PDF = "application/pdf"
OFFERS = ("application/json", PDF)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As it is; as PDF, to print, what was written to be sent",
        "content": {
            PDF: {"schema": {"type": "string", "contentMediaType": PDF, "description": "PDF/UA-1 and PDF/A-2a"}}
        },
    }
}


async def _answer(writing: Writing, row: Row, status: int = 200) -> Response:
    files = await messages.files_of(writing.tx, row["complaint_id"], [row["id"]])
    headers = {"ETag": correspondence.etag(row), "Location": f"/v1/correspondence/{row['id']}"}
    answer = shapes.message_answer(row, files.get(row["id"], ()))
    return await writing.answer(answer, status=status, headers=headers, complaint_id=row["complaint_id"])


@router.post(
    "/complaints/{complaintId}/correspondence",
    status_code=201,
    openapi_extra=examples(request=WRITTEN, response=shapes.MESSAGE),
    responses={201: {"model": shapes.MessageAnswer, "description": "Sent, registered, noted, or kept as a draft"}},
)
async def write(complaint_id: ComplaintId, sent: MessageIn, writing: ActingOnce, if_match: IfMatch = None) -> Response:
    """Sends a letter or mail now, keeps a draft of one, or registers what came in, a call, a conversation, a note.

    With `step` the message takes that step: it meets the duty only with the form and content that are owed, and the
    answer names what is missing. If-Match is about the complaint.
    """
    taken = step_of(sent.step)
    row = await correspondence.write(writing.tx, complaint_id, sent.said, taken, writing.actor, html, if_match=if_match)
    return await _answer(writing, row, 201)


@router.post(
    "/complaints/{complaintId}/correspondence/_preview",
    responses={200: {"model": shapes.MessagePreview, "description": "As it would be sent"}},
    openapi_extra=examples(request=WRITTEN, response=shapes.PREVIEW),
)
async def preview(
    complaint_id: ComplaintId, sent: MessageIn, tx: Annotated[Transaction, reads("complaints:act")]
) -> shapes.MessagePreview:
    """What a message would say, which terms it would meet, and what it lacks. Nothing is changed by it."""
    found = await message_previews.preview(tx, complaint_id, sent.said, step_of(sent.step), actor_of(tx.caller), html)
    return shapes.preview_answer(found, [shown.term(complaint_id, term) for term in found.meets])


@router.get(
    "/complaints/{complaintId}/correspondence",
    openapi_extra=examples(response={"items": [shapes.BRIEF], **_NO_PAGE}),
)
async def listing(
    complaint_id: ComplaintId,
    filters: Annotated[MessageFilters, Query()],
    paging: Listed,
    response: Response,
    tx: Reading,
) -> Page[shapes.MessageSummary]:
    """The messages of a complaint without their texts, oldest first; `shared=true`: what the complainant may see."""
    await correspondence.demand_complaint(tx, complaint_id)
    wanted = filters.model_dump(exclude_none=True)
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await messages.listed(tx, complaint_id, wanted, after, paging.fetch, backwards=paging.backwards)
    total = await messages.count(tx, complaint_id, wanted) if paging.with_total else None
    files = await messages.files_of(tx, complaint_id, [row["id"] for row in rows])
    return paging.page(
        response,
        rows,
        lambda row: (str(row["id"]),),
        lambda row: shapes.message_summary(row, files.get(row["id"], ())),
        total,
    )


@router.get(
    "/correspondence/{messageId}",
    response_model=shapes.MessageAnswer,
    responses=_PDF,
    openapi_extra=examples(response=shapes.MESSAGE),
)
async def read(request: Request, message_id: MessageId, response: Response, visit: Visiting) -> Any:
    """One message, with exactly the text that was sent, received or noted; by Accept the letter as PDF, to print."""
    async with visit() as tx:
        row = await correspondence.read(tx, message_id)
        if preferred(request, OFFERS if papers.printable(row) else OFFERS[:1]) != PDF:
            files = await messages.files_of(tx, row["complaint_id"], [message_id])
            response.headers.update({"ETag": correspondence.etag(row), "Vary": "Accept"})
            return shapes.message_answer(row, files.get(message_id, ()))
        sender = await organisations.read(tx)
    drawn = papers.letter(row, sender["name"], sender["settings"], tx.now)
    headers = {"Content-Disposition": disposition(papers.name(drawn)), "Vary": "Accept"}
    return Response(await asyncio.to_thread(pdf, drawn), 200, headers, PDF)


@router.patch(
    "/correspondence/{messageId}",
    openapi_extra=examples(request=example_of(MessageChange), response={**shapes.DRAFT, "version": 2}),
    responses={200: {"model": shapes.MessageAnswer, "description": "As it is now"}},
)
async def change(message_id: MessageId, sent: MessageChange, writing: Acting, if_match: IfMatch = None) -> Response:
    """Changes a draft; what it said before is kept, and an approval is gone. Needs If-Match with the message's ETag."""
    row = await drafted_messages.held(writing.tx, message_id, if_match, required=True)
    changed = sent.sent()
    taken = step_of(sent.step) if "step" in changed else stored_step(row["step"])
    after = await drafted_messages.change(writing.tx, row, changed, taken, writing.actor, html)
    return await _answer(writing, after)


@router.post(
    "/correspondence/{messageId}/approvals",
    status_code=201,
    openapi_extra=examples(
        request=example_of(MessageApproval),
        response={
            **shapes.DRAFT,
            "state": "approved",
            "approvedAt": "2026-04-24T11:45:00Z",
            "approvedBy": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71",
        },
    ),
    responses={201: {"model": shapes.MessageAnswer, "description": "Approved"}},
)
async def approve(message_id: MessageId, sent: MessageApproval, writing: Acting, if_match: IfMatch = None) -> Response:
    """An employee approves a draft as it stands. If-Match is about the message."""
    row = await drafted_messages.held(writing.tx, message_id, if_match)
    return await _answer(
        writing, await drafted_messages.approve(writing.tx, row, writing.actor, sent.on_behalf_of), 201
    )


@router.post(
    "/correspondence/{messageId}/sendings",
    status_code=201,
    openapi_extra=examples(request=example_of(MessageSending), response=shapes.MESSAGE),
    responses={201: {"model": shapes.MessageAnswer, "description": "Sent"}},
)
async def send(message_id: MessageId, sent: MessageSending, writing: ActingOnce, if_match: IfMatch = None) -> Response:
    """Sends a draft as it stands, with the step that it takes. If-Match is about the message."""
    row = await drafted_messages.held(writing.tx, message_id, if_match)
    taken = stored_step(row["step"])
    after = await drafted_messages.send(writing.tx, row, taken, writing.actor, html, sent.on_behalf_of)
    return await _answer(writing, after, 201)


@router.get("/correspondence/{messageId}/versions", openapi_extra=examples(response={"items": [shapes.VERSION]}))
async def versions(message_id: MessageId, tx: Reading) -> shapes.MessageVersionList:
    """What a draft said, version by version; nothing for what never was a draft."""
    await correspondence.read(tx, message_id)
    rows = await messages.versions(tx, message_id)
    return shapes.MessageVersionList(items=[shapes.version_answer(row) for row in rows])


@router.get("/correspondence/{messageId}/deliveries", openapi_extra=examples(response={"items": [shapes.DELIVERY]}))
async def brought(message_id: MessageId, tx: Reading) -> shapes.MessageDeliveryList:
    """How a message is brought to those it is for, attempt by attempt."""
    await correspondence.read(tx, message_id)
    rows = await deliveries.of_message(tx, message_id)
    tried = await deliveries.attempts(tx, rows)
    return shapes.MessageDeliveryList(items=[shapes.delivery_answer(row, tried[row["id"]]) for row in rows])
