"""The organisation itself."""

from typing import Annotated

from starlette.responses import Response

from app.api.callers import IfMatch, reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.schemas.organisation import (
    CHANGE,
    ORGANISATION,
    OrganisationAnswer,
    OrganisationChange,
    organisation_answer,
)
from app.services import failing, organisations, procedures
from app.store import organisations as stored
from app.store.transaction import Transaction

router = Router(tags=["organisation"])


@router.get("/organisation", openapi_extra=examples(response=ORGANISATION))
async def read(response: Response, tx: Annotated[Transaction, reads("administration")]) -> OrganisationAnswer:
    """The organisation that the key belongs to, and what somebody should look at: what is missing, deliveries that keep
    failing, and procedures that end without a next version.
    """
    row = await stored.read(tx)
    response.headers["ETag"] = organisations.etag(row)
    return await _answer(tx, row)


@router.patch(
    "/organisation",
    openapi_extra=examples(request=CHANGE, response=ORGANISATION),
    responses={200: {"model": OrganisationAnswer, "description": "As it is now"}},
)
async def change(
    sent: OrganisationChange,
    writing: Annotated[Writing, writes("administration")],
    if_match: IfMatch = None,
) -> Response:
    """Changes name or settings. Needs If-Match."""
    row = await organisations.change(writing.tx, if_match, name=sent.name, settings=sent.settings_sent())
    headers = {"ETag": organisations.etag(row)}
    return await writing.answer(await _answer(writing.tx, row), status=200, headers=headers)


async def _answer(tx: Transaction, row: stored.Row) -> OrganisationAnswer:
    remarks = await organisations.remarks(tx, row)
    return organisation_answer(row, remarks, await failing.listed(tx), await procedures.ending(tx))
