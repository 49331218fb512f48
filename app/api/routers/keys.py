"""API keys."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from starlette.responses import Response

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page
from app.api.schemas.keys import (
    KEY,
    MADE,
    NEW_KEY,
    ROTATION,
    KeyAnswer,
    KeyFilters,
    NewKeyAnswer,
    NewKeyRequest,
    Rotation,
    key_answer,
    new_key_answer,
)
from app.api.values import Id
from app.services import keys
from app.services.keys import Made
from app.store import people
from app.store.transaction import Transaction

router = Router(tags=["api-keys"])
KeyId = Annotated[Id, Path(alias="keyId")]
Administering = Annotated[Transaction, reads("administration")]


@router.get("/api-keys", openapi_extra=examples(response={"items": [KEY], "next": None, "prev": None}))
async def listing(
    filters: Annotated[KeyFilters, Query()], paging: Listed, response: Response, tx: Administering
) -> Page[KeyAnswer]:
    """Every key of the organisation, also those that have ended, in the order in which they were made."""
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await people.keys(tx, after, paging.fetch, backwards=paging.backwards, kind=filters.kind)
    total = await people.count_keys(tx, kind=filters.kind) if paging.with_total else None
    return paging.page(response, rows, lambda row: (str(row["id"]),), key_answer, total)


@router.post(
    "/api-keys",
    status_code=201,
    openapi_extra=examples(request=NEW_KEY, response=MADE),
    responses={201: {"model": NewKeyAnswer, "description": "Made; the key is shown this once"}},
)
async def make(sent: NewKeyRequest, writing: Annotated[Writing, writes("administration")]) -> Response:
    """Makes a key. Its text is in this answer and nowhere else.

    The key of a website is for its server, which sends on what the form brings: a page on another origin cannot call.
    """
    made = await keys.create(
        writing.tx,
        kind=sent.kind,
        name=sent.name,
        scopes=sent.scopes,
        staff_id=sent.staff_id,
        expires_at=sent.expires_at,
    )
    return await _shown_once(writing, made)


@router.get("/api-keys/{keyId}", openapi_extra=examples(response=KEY))
async def read(key_id: KeyId, tx: Administering) -> KeyAnswer:
    """One key, without its text."""
    return key_answer(await keys.read(tx, key_id))


@router.post(
    "/api-keys/{keyId}/rotations",
    status_code=201,
    openapi_extra=examples(request=ROTATION, response=MADE),
    responses={201: {"model": NewKeyAnswer, "description": "Made; the old key ends after the overlap"}},
)
async def rotate(key_id: KeyId, sent: Rotation, writing: Annotated[Writing, writes("administration")]) -> Response:
    """Makes a key in the place of this one: same kind, scopes and owner. The old one stays valid for the overlap.

    What was asked with the old key may be asked again with the new one: the same Idempotency-Key gives the same answer.
    """
    return await _shown_once(writing, await keys.rotate(writing.tx, key_id, sent.overlap, expires_at=sent.expires_at))


@router.delete(
    "/api-keys/{keyId}",
    status_code=204,
    responses={409: {"description": "The last administrator's key"}},
)
async def revoke(key_id: KeyId, tx: Administering) -> None:
    """Ends a key at once. Doing it again changes nothing."""
    await keys.revoke(tx, key_id)


async def _shown_once(writing: Writing, made: Made) -> Response:
    """The answer with the key in it; what is kept for a retry is the same answer without.

    Kept in the clear, the key could be read from the database and its backups for seven days; encrypted or derived, it
    could still be had by whoever gets hold of the administrator's key later. A retry shows that a key was made, and
    which one, so that it can be revoked: a key nobody has seen is of no use.
    """
    headers = {"Location": f"/v1/api-keys/{made.row['id']}"}
    kept = await writing.answer(new_key_answer(made, with_key=False), headers=headers)
    body = new_key_answer(made, with_key=True).model_dump_json(by_alias=True)
    return Response(body, kept.status_code, headers, "application/json")
