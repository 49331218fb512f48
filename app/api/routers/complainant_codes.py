"""The code that a complainant tells an external body, so that it can open the case itself."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.schemas.complainant_codes import CODE, CodeAnswer, CodeList
from app.api.values import Id
from app.services import complainant_codes
from app.store.transaction import Transaction

router = Router(tags=["complainant codes"])
ComplaintId = Annotated[Id, Path(alias="complaintId")]
_CODES = "/complaints/{complaintId}/complainant-codes"


@router.get(_CODES, openapi_extra=examples(response={"items": [CODE]}))
async def of_complaint(complaint_id: ComplaintId, tx: Annotated[Transaction, reads("complaints:act")]) -> CodeList:
    """The code in force, to tell the complainant; none as long as no letter needed one and nobody asked for one."""
    found = await complainant_codes.in_force(tx, complaint_id)
    return CodeList(items=[CodeAnswer.of(found)] if found["code"] else [])


@router.post(
    _CODES,
    status_code=201,
    responses={201: {"model": CodeAnswer, "description": "Made"}},
    openapi_extra=examples(response=CODE),
)
async def renew(complaint_id: ComplaintId, writing: Annotated[Writing, writes("complaints:act")]) -> Response:
    """Makes a code, or another one when the complainant wants that; the one before it opens nothing any more."""
    made = await complainant_codes.renewed(writing.tx, complaint_id)
    return await writing.answer(CodeAnswer.of(made), complaint_id=complaint_id)
