"""Cases with external bodies, the organisation's side: brought, handed over, answered, and what came by letter."""

from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from starlette.responses import Response

from app.api import parts, shown, shown_escalations
from app.api.callers import IfMatch, looks
from app.api.contract_examples import examples
from app.api.downloads import PARTIAL, Asked, Wanted
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page
from app.api.schemas import escalation_steps as bodies
from app.api.schemas import escalations as shapes
from app.api.schemas.words import Word, example_of
from app.api.values import IN_DIGITS, Id
from app.domain import escalation
from app.domain.dossier import Dossier
from app.domain.dossier_package import receipt
from app.domain.errors import NotFound
from app.domain.escalation import Given
from app.services import dossier, escalations
from app.services.cases import Outcome, case_of
from app.store import dossier_parts, session, transaction
from app.store import escalations as stored

router = Router(tags=["escalations"])
ComplaintId = Annotated[Id, Path(alias="complaintId")]
EscalationId = Annotated[Id, Path(alias="escalationId")]
PartNumber = Annotated[int, Path(alias="part", ge=0, le=10_000, examples=[0]), IN_DIGITS]
Looking = Annotated[session.Reading, looks("complaints:read")]
ActingOnce = Annotated[Writing, writes("complaints:act", key_required=True)]
_NO_PAGE = {"next": None, "prev": None}
RECORDED: dict[int | str, dict[str, Any]] = {201: {"model": shapes.EscalationOutcome, "description": "Recorded"}}
_PART: dict[int | str, dict[str, Any]] = {**parts.BY_ACCEPT, **PARTIAL}


async def found(tx: transaction.Reads, escalation_id: UUID) -> stored.Row:
    """Raises NotFound."""
    row = await stored.read(tx, escalation_id)
    if row is None:
        raise NotFound("There is no such escalation.")
    return row


async def recorded(writing: Writing, outcome: Outcome) -> Response:
    row = await found(writing.tx, UUID(outcome.case.id))
    answer = shown_escalations.outcome(outcome, connected=row["body_id"] is not None)
    headers = {"ETag": outcome.recorded.etag, "Location": f"/v1/escalations/{outcome.case.id}"}
    return await writing.keep(shown.answer(answer, 201, headers), outcome.recorded.row["id"])


# -- bringing --------------------------------------------------------------------------------------------------


class Way(NamedTuple):
    """To a body, by its name, from where a complaint is."""

    dossier: Dossier
    body: str


async def _way(complaint_id: ComplaintId, tx: Looking, body: Annotated[Word, Query()]) -> Way:
    """Told with what is wrong with the other parameters."""
    return Way(await escalations.naming(tx, complaint_id, body), body)


@router.get(
    "/complaints/{complaintId}/escalations/_check",
    response_model=shapes.EscalationCheck,
    openapi_extra=examples(response=shapes.CHECK),
)
async def check(asked: Annotated[shapes.CheckFilters, Query()], way: Annotated[Way, Depends(_way)]) -> Response:
    """What is still missing before this complaint can go to a body, in sentences and as data. Nothing is recorded."""
    given = Given(asked.filed_by, consent=asked.consent, skips=asked.skips)
    return shown.answer(shown_escalations.check(way.body, escalation.preflight(way.dossier, way.body, given)))


@router.post(
    "/complaints/{complaintId}/escalations",
    status_code=201,
    responses=RECORDED,
    openapi_extra=examples(request=example_of(bodies.EscalationRequest), response=shapes.PARTED),
)
async def bring(
    complaint_id: ComplaintId,
    sent: bodies.EscalationRequest,
    request: Request,
    writing: ActingOnce,
    if_match: IfMatch = None,
) -> Response:
    """The complaint goes to an external body: its dossier is sealed, and a body with an API can read it at once.

    409 while it is too early, with the day from which it is possible, or when that body has it already, with its id;
    400 with everything else that is missing. If-Match is about the complaint.
    """
    means = parts.sealing_of(request)
    outcome = await escalations.request(writing.tx, complaint_id, sent.asked(), writing.actor, means, if_match=if_match)
    return await recorded(writing, outcome)


@router.get(
    "/complaints/{complaintId}/escalations",
    response_model=shapes.EscalationList,
    openapi_extra=examples(response={"items": [shapes.ESCALATION]}),
)
async def of_complaint(complaint_id: ComplaintId, tx: Looking) -> Response:
    """The cases of a complaint with external bodies, in the order in which they were brought."""
    held, known = await dossier.opened(tx, complaint_id)
    items = []
    for case in escalation.escalations(known):
        row = await found(tx, UUID(case.id))
        items.append(shown_escalations.case(held.row, known, case, connected=row["body_id"] is not None))
    return shown.answer({"items": items})


# -- reading ---------------------------------------------------------------------------------------------------


@router.get(
    "/escalations",
    response_model=Page[shapes.EscalationSummary],
    openapi_extra=examples(response={"items": [shapes.SUMMARY], **_NO_PAGE}),
)
async def listing(filters: Annotated[shapes.EscalationFilters, Query()], paging: Listed, tx: Looking) -> Response:
    """The organisation's cases with external bodies, the newest first."""
    wanted = filters.model_dump(exclude_none=True)
    rows = await stored.listed(tx, stored.ORGANISATION, wanted, paging.position, paging.backwards, paging.fetch)
    total = await stored.count(tx, stored.ORGANISATION, wanted) if paging.with_total else None
    return paging.answer(rows, lambda row: (str(row["id"]),), shapes.summary, total)


@router.get(
    "/escalations/{escalationId}",
    response_model=shapes.EscalationAnswer,
    openapi_extra=examples(response=shapes.ESCALATION),
)
async def read(escalation_id: EscalationId, tx: Looking) -> Response:
    """One case: what was sent, asked, answered and decided in it, what is owed, and what may happen next.

    Its ETag is that of the complaint.
    """
    row = await found(tx, escalation_id)
    held, known = await dossier.opened(tx, row["complaint_id"])
    case = case_of(known, escalation_id)
    answer = shown_escalations.case(held.row, known, case, connected=row["body_id"] is not None)
    return shown.answer(answer, headers={"ETag": dossier.etag(held.row)})


@router.get(
    "/escalations/{escalationId}/dossier",
    response_model=shapes.SealedPart,
    responses=_PART,
    openapi_extra=examples(response=shapes.MANIFEST),
)
async def dossier_of(request: Request, escalation_id: EscalationId, tx: Looking, asked: Asked) -> Response:
    """The dossier as it was sealed: by Accept its manifest with the receipt, the ZIP, or the PDF to read."""
    return await _part(request, escalation_id, 0, tx, asked)


@router.get(
    "/escalations/{escalationId}/parts",
    response_model=shapes.PartList,
    openapi_extra=examples(response={"items": [shapes.RECEIPT]}),
)
async def sealed_parts(escalation_id: EscalationId, tx: Looking) -> Response:
    """The receipts of everything that was sealed in this case, the dossier first."""
    await found(tx, escalation_id)
    rows = await dossier_parts.listed(tx, escalation_id)
    return shown.answer({"items": [receipt(row) for row in rows]})


@router.get(
    "/escalations/{escalationId}/parts/{part}",
    response_model=shapes.SealedPart,
    responses=_PART,
    openapi_extra=examples(response=shapes.MANIFEST),
)
async def sealed_part(
    request: Request, escalation_id: EscalationId, part: PartNumber, tx: Looking, asked: Asked
) -> Response:
    """One sealed part, as the dossier is."""
    return await _part(request, escalation_id, part, tx, asked)


async def _part(request: Request, escalation_id: UUID, number: int, tx: session.Reading, asked: Wanted) -> Response:
    media_type = parts.wanted(request)
    case = await found(tx, escalation_id)
    row = await dossier_parts.read(tx, escalation_id, number)
    if row is None:
        raise NotFound("There is no such part.")
    return await parts.answer(row, media_type, request.app.state.objects, case["reference"], asked)


@router.get(
    "/escalations/{escalationId}/reads",
    response_model=shapes.ReadList,
    openapi_extra=examples(response={"items": [shapes.READ]}),
)
async def looked_at(escalation_id: EscalationId, tx: Looking) -> Response:
    """When the body looked, and at what; the last first, at most 200."""
    await found(tx, escalation_id)
    rows = await stored.reads_of(tx, escalation_id)
    items = [{"what": row["what"], "part": row["part"], "readAt": row["read_at"]} for row in rows]
    return shown.answer({"items": items})
