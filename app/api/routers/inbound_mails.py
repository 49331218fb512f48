"""Mails that came in: piped in as they are, the list of those that wait for a decision, and the decision."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from app.api.callers import actor_of, database, demand, key_hash, looks, reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.edge.trial import TRIED
from app.api.idempotency import Key, request_hash, writing_after
from app.api.pagination import Listed, Page
from app.api.schemas.inbound_mails import (
    DECISION,
    FILED,
    FILED_BY_HAND,
    MAIL,
    RAW,
    RAW_EXAMPLE,
    MailAnswer,
    MailDecision,
    MailFilters,
    mail_answer,
)
from app.api.values import Id
from app.channels.incoming import Turns
from app.channels.objects import Objects, new_key
from app.domain.errors import Forbidden, NotFound
from app.domain.incoming import Parsed
from app.services import filing_mails, incoming
from app.services.filing_mails import File, Mail
from app.services.incoming import Arrived, Ours
from app.store import inbound_mails, session, transaction
from app.store.transaction import Transaction

router = Router(tags=["inbound-mails"])
MailId = Annotated[Id, Path(alias="mailId")]
Reading = Annotated[Transaction, reads("complaints:read")]
Looking = Annotated[session.Reading, looks("complaints:read")]
Filing = Annotated[session.Reading, looks("complaints:file")]
Deciding = Annotated[session.Reading, looks("complaints:act")]

_RFC822: Final = "message/rfc822"
_DOWNLOAD: Final = {
    "Content-Disposition": 'attachment; filename="mail.eml"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_BYTES = {_RFC822: {"schema": {"type": "string", "format": "binary"}}}

_RECEIVING = examples(request=RAW_EXAMPLE, response=FILED) | {
    "requestBody": RAW,
    "responses": {"200": {"content": {"application/json": {"example": FILED_BY_HAND}}}},
}


@router.post(
    "/inbound-mails",
    status_code=201,
    responses={
        200: {
            "model": MailAnswer,
            "description": "The same mail was filed before",
        },
        201: {"model": MailAnswer, "description": "Kept; kind and state say what became of it"},
        413: {"description": "Too large"},
    },
    openapi_extra=_RECEIVING,
)
async def receive(request: Request, looking: Filing) -> Response:
    """Takes in a mail as it came over the wire, from a mail server that pipes it. The same mail twice is one."""
    await looking.introduce()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _RFC822:
        raise HTTPException(415, headers={"Accept": _RFC822})
    if looking.caller.kind == "website":
        raise Forbidden("A website's key files by web form only.", code="not-for-forms")
    objects: Objects = request.app.state.objects
    key = new_key(looking.organisation_id)
    kept = await objects.put(key, request.stream())
    mail, files = await _read(request, key, kept.size, looking.organisation_id)
    arrived = Arrived(key, kept.sha256, kept.size, looking.now, files)
    # begun only now: nobody waits for a transaction that waits for a file
    async with database(request).request(key_hash(request)) as tx:
        demand(tx.caller, "complaints:file")
        filed = await incoming.received(tx, arrived, mail, _ours(request), actor_of(tx.caller))
    headers = {"Location": f"/v1/inbound-mails/{filed.row['id']}"}
    body = mail_answer(filed.row).model_dump_json(by_alias=True)
    return Response(body, 201 if filed.fresh else 200, headers, "application/json")


async def _read(
    request: Request, key: str, size: int, organisation_id: UUID, *, files: bool = True
) -> tuple[Parsed, tuple[File, ...]]:
    """A mail that lies in the object store, read, and its files stored beside it."""
    objects: Objects = request.app.state.objects
    turns: Turns = request.app.state.mail_turns
    async with turns.turn(size):
        mail = await turns.read(await objects.get(key), organisation_id)
        return mail.without_content, await incoming.stored_files(objects, organisation_id, mail) if files else ()


def _ours(request: Request) -> Ours:
    defaults = getattr(request.app.state, "mail_defaults", None)
    addresses = [defaults.address] if defaults else []
    return Ours(request.app.state.tokens, addresses, request.app.state.scans_files)


@router.get("/inbound-mails", openapi_extra=examples(response={"items": [MAIL], "next": None, "prev": None}))
async def listing(
    filters: Annotated[MailFilters, Query()], paging: Listed, response: Response, tx: Reading
) -> Page[MailAnswer]:
    """Mails that came in, the newest first."""
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await inbound_mails.listed(tx, filters.state, filters.kind, after, paging.fetch, backwards=paging.backwards)
    total = await inbound_mails.count(tx, filters.state, filters.kind) if paging.with_total else None
    return paging.page(response, rows, lambda row: (str(row["id"]),), mail_answer, total)


@router.get("/inbound-mails/{mailId}", openapi_extra=examples(response=MAIL))
async def read(mail_id: MailId, tx: Looking) -> MailAnswer:
    """One mail: what it was taken for and what became of it."""
    return mail_answer(await _found(tx, mail_id))


async def _found(tx: transaction.Reads, mail_id: UUID) -> inbound_mails.Row:
    row = await inbound_mails.read(tx, mail_id)
    if row is None:
        raise NotFound("There is no such mail.")
    return row


@router.get(
    "/inbound-mails/{mailId}/content",
    response_class=StreamingResponse,
    openapi_extra={"responses": {"200": {"content": _BYTES}}},
)
async def content(request: Request, mail_id: MailId, tx: Looking) -> Response:
    """The mail as it came in, as a download; of one that was too large its header. It may hold anything: take care."""
    row = await _found(tx, mail_id)
    raw = await request.app.state.objects.get(row["object_key"])
    return Response(raw, headers=_DOWNLOAD, media_type=_RFC822)


@router.post(
    "/inbound-mails/{mailId}/decisions",
    status_code=201,
    openapi_extra=examples(request=DECISION, response=FILED),
    responses={201: {"model": MailAnswer, "description": "Done"}},
)
async def decide(request: Request, mail_id: MailId, sent: MailDecision, looking: Deciding, key: Key = None) -> Response:
    """Does with a mail in triage what a person decided: a new complaint, an answer on a case, or nothing.

    Also with one that was set aside, or that was filed as a bounce or automatic reply and is neither.
    """
    row = await _found(looking, mail_id)
    mail, files = Parsed(), tuple[File, ...]()
    if row["state"] != "filed" or filing_mails.taken_for_a_machines(row):  # of others nothing is decided any more
        kept = sent.as_ != "set_aside" and TRIED not in request.scope
        mail, files = await _read(request, row["object_key"], row["size"], looking.organisation_id, files=kept)
    # begun only now: nobody waits for a transaction that waits for a file
    async with writing_after(request, "complaints:act", key, await request_hash(request)) as writing:
        row = await filing_mails.to_decide(writing.tx, mail_id)
        decided = Mail(row, mail, files, request.app.state.scans_files)
        done = await filing_mails.decide(writing.tx, decided, sent.decision(), writing.actor)
        headers = {"Location": f"/v1/inbound-mails/{mail_id}"}
        return await writing.answer(mail_answer(done), headers=headers, complaint_id=done["complaint_id"])
