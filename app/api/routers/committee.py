"""The body's side: its cases with every organisation, what was handed over in them, and what it does."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.api import committee_shown as shown
from app.api import parts
from app.api.callers import IfMatch, Visit, committee_looks, committee_reads, committee_visits
from app.api.contract_examples import examples
from app.api.downloads import PARTIAL, Asked, Wanted, handed_out, not_modified
from app.api.edge.route import Router
from app.api.edge.trial import unread
from app.api.idempotency import Key, Replayed, Writing, committee_writes, committee_writing, entered
from app.api.pagination import Listed, Page
from app.api.routers.attachments import file_of
from app.api.schemas.case_correction import CaseCorrection
from app.api.schemas.committee import CASE, CASE_FILE, CASE_SUMMARY, CaseAnswer, CaseFile, CaseFilters, CaseSummary
from app.api.schemas.committee_steps import (
    FILE_FORM,
    FILE_FORM_EXAMPLE,
    CaseAcknowledgement,
    CaseDecisionSent,
    CaseDeclination,
    CaseInquiry,
    CaseOpening,
    CaseSettlement,
    CaseWithdrawal,
    DossierRequest,
    HearingSet,
    said_of,
)
from app.api.schemas.escalations import MANIFEST, RECEIPT, PartList, SealedPart
from app.api.schemas.words import example_of
from app.api.shown import answer
from app.api.taking_in import digest_of, removed, taken_in, takes_file
from app.api.uploads import FileForm
from app.api.values import IN_DIGITS, ApiModel, Id
from app.channels.objects import new_key
from app.domain.attachment import FILE_BYTES
from app.domain.dossier_package import receipt
from app.domain.errors import Refused
from app.services import attachments, committee, committee_corrections
from app.services.committee import Opening, Seen
from app.store import escalations as stored
from app.store.session import Reading
from app.store.transaction import Transaction

router = Router(tags=["committee"])
EscalationId = Annotated[Id, Path(alias="escalationId")]
PartNumber = Annotated[
    int, Path(alias="part", ge=0, le=10_000, description="0 is the dossier", examples=[0]), IN_DIGITS
]
Looking = Annotated[Reading, committee_looks()]
InCase = Annotated[Transaction, committee_reads()]
Visiting = Annotated[Visit, committee_visits()]
Form = Annotated[FileForm, takes_file({})]

_CASES: Final = "/committee/escalations"
_CASE: Final = f"{_CASES}/{{escalationId}}"
_NAMES: Final = frozenset({"code", "organisation", "reference"})  # of a complaint, as its body knows it
_SEALED: Final[dict[int | str, dict[str, Any]]] = {**parts.BY_ACCEPT, **PARTIAL}
_BYTES: Final = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_SEAL_OF: Final = {parts.JSON: "manifest_sha256", parts.ZIP: "zip_sha256", parts.PDF: "pdf_sha256"}


@router.get(
    _CASES,
    response_model=Page[CaseSummary],
    openapi_extra=examples(response={"items": [CASE_SUMMARY], "next": None, "prev": None}),
)
async def escalations(filters: Annotated[CaseFilters, Query()], paging: Listed, tx: Looking) -> Response:
    """The body's cases with every organisation, the newest first."""
    wanted = filters.model_dump(exclude_none=True)
    rows = await stored.listed(tx, stored.BODY, wanted, paging.position, paging.backwards, paging.fetch)
    total = await stored.count(tx, stored.BODY, wanted) if paging.with_total else None
    return paging.answer(rows, lambda row: (row["id"],), shown.summary, total)


@router.post(
    _CASES,
    status_code=201,
    responses={201: {"model": CaseAnswer, "description": "Opened, and the dossier asked for"}},
    openapi_extra=examples(request=example_of(CaseOpening), response=CASE),
)
async def open_escalation(
    request: Request, sent: CaseOpening, writing: Annotated[Writing, committee_writes(key_required=True)]
) -> Response:
    """A complainant came directly: opens a case by the complainant's code or by reference, and asks for the dossier.

    Not there, or not a complaint that may come to this body, is the same answer.
    """
    opening = Opening(
        sent.consent.given_on,
        sent.consent.form,
        sent.consent.statement,
        sent.requested_relief,
        sent.body_reference,
        sent.dossier_due_on,
        sent.identified_by,
    )
    if unread(request) & _NAMES:
        committee.refuse_past(opening, writing.tx.now)
    inside = await entered(writing, *sent.known)
    means = parts.sealing_of(request)
    return await _kept(inside, await committee.open_case(inside.tx, opening, inside.actor, means))


@router.get(_CASE, response_model=CaseAnswer, openapi_extra=examples(response=CASE))
async def escalation(escalation_id: EscalationId, tx: InCase) -> Response:
    """One case: how it stands, what was asked and answered, and until when what is owed. That it was read is kept."""
    seen = await committee.read(tx, escalation_id)
    return answer(shown.case(seen), headers={"ETag": seen.etag})


# -- what was handed over --------------------------------------------------------------------------------------


@router.get(f"{_CASE}/dossier", response_model=SealedPart, responses=_SEALED, openapi_extra=examples(response=MANIFEST))
async def dossier(request: Request, escalation_id: EscalationId, visit: Visiting, wanted: Asked) -> Response:
    """The sealed dossier, by Accept: its manifest with the receipt, the ZIP, or one PDF. That it was read is kept."""
    return await _handed_over(request, visit, escalation_id, 0, wanted)


@router.get(f"{_CASE}/parts", response_model=PartList, openapi_extra=examples(response={"items": [RECEIPT]}))
async def handed_over(escalation_id: EscalationId, tx: InCase) -> Response:
    """The receipts of everything that was handed over in this case, the dossier first. That they were read is kept."""
    await stored.record_read(tx, escalation_id, "case")
    return answer({"items": [receipt(row) for row in await committee.parts(tx, escalation_id)]})


@router.get(
    f"{_CASE}/parts/{{part}}", response_model=SealedPart, responses=_SEALED, openapi_extra=examples(response=MANIFEST)
)
async def part(
    request: Request, escalation_id: EscalationId, number: PartNumber, visit: Visiting, wanted: Asked
) -> Response:
    """One sealed part, by Accept, like the dossier."""
    return await _handed_over(request, visit, escalation_id, number, wanted)


async def _handed_over(request: Request, visit: Visit, escalation_id: UUID, number: int, wanted: Wanted) -> Response:
    media_type = parts.wanted(request)
    async with visit() as tx:
        row, reference = await committee.part(tx, escalation_id, number)
        etag = row[_SEAL_OF[media_type]].hex()
        if wanted.has(etag):
            return not_modified(etag, Vary="Accept")
        await stored.record_read(tx, escalation_id, parts.READ_AS[media_type], number)
    return await parts.answer(row, media_type, request.app.state.objects, reference, wanted)


# -- what the body does ----------------------------------------------------------------------------------------


def _post(what: str, body: type[ApiModel], *, key_required: bool) -> Callable[..., Coroutine[Any, Any, Response]]:
    writing = committee_writes(key_required=key_required)

    async def take(escalation_id: EscalationId, sent: Any, w: Writing = writing, if_match: IfMatch = None) -> Response:
        facts, texts = said_of(sent)
        facts |= {"by": "body"} if what == "acknowledgements" else {}
        return await _kept(w, await committee.act(w.tx, escalation_id, what, facts, texts, w.actor, if_match=if_match))

    take.__annotations__["sent"] = body
    return take


async def _kept(writing: Writing, seen: Seen) -> Response:
    headers = {"ETag": seen.etag, "Location": f"/v1{_CASES}/{seen.case.id}"}
    return await writing.keep(answer(shown.case(seen), 201, headers), writing.tx.case)


@router.post(
    f"{_CASE}/corrections",
    status_code=201,
    responses={201: {"model": CaseAnswer, "description": "Recorded; the case as it is after"}},
    openapi_extra=examples(request=example_of(CaseCorrection), response=CASE),
)
async def correct(
    escalation_id: EscalationId,
    sent: CaseCorrection,
    writing: Annotated[Writing, committee_writes()],
    if_match: IfMatch = None,
) -> Response:
    """The body recorded something wrongly: it stays, and is read as corrected from now on.

    Of several the last one is meant; of the measures the one that `measure` names. A decision is changed and not
    annulled; an ending that is annulled opens the case again. Nobody else corrects what the body said.
    """
    tx = writing.tx
    seen = await committee_corrections.correct(tx, escalation_id, sent.said, writing.actor, if_match=if_match)
    return await _kept(writing, seen)


# A retry of these would ask, or decide, a second time.
_KEY_REQUIRED: Final = frozenset({"questions", "decisions"})
_ACTS: Final[dict[str, tuple[str, type[ApiModel]]]] = {
    "acknowledgements": ("acknowledge", CaseAcknowledgement),
    "declinations": ("decline", CaseDeclination),
    "questions": ("ask", CaseInquiry),
    "hearings": ("set_hearing", HearingSet),
    "decisions": ("decide", CaseDecisionSent),
    "settlements": ("settle", CaseSettlement),
    "withdrawals": ("withdraw", CaseWithdrawal),
    "dossier-requests": ("ask_dossier", DossierRequest),
}


def _add(what: str, name: str, body: type[ApiModel]) -> None:
    take = _post(what, body, key_required=what in _KEY_REQUIRED)
    take.__name__ = name
    router.add_api_route(
        f"{_CASE}/{what}",
        take,
        methods=["POST"],
        status_code=201,
        summary=(body.__doc__ or "").strip().split("\n")[0],
        description=(body.__doc__ or "").strip(),
        responses={201: {"model": CaseAnswer, "description": "Recorded; the case as it is after"}},
        openapi_extra=examples(request=example_of(body), response=CASE),
    )


for _what, (_name, _body) in _ACTS.items():
    _add(_what, _name, _body)


# -- files -----------------------------------------------------------------------------------------------------


@router.post(
    f"{_CASE}/attachments",
    status_code=201,
    responses={
        201: {"model": CaseFile, "description": "Kept"},
        409: {"description": "No room"},
        413: {"description": "Too large"},
    },
    openapi_extra=examples(request=FILE_FORM_EXAMPLE, response=CASE_FILE) | {"requestBody": FILE_FORM},
)
async def add_file(
    request: Request, escalation_id: EscalationId, visit: Visiting, form: Form, key: Key = None
) -> Response:
    """Adds a file to the case, for a decision to name. What it is, is told by its content; programs are not taken."""
    async with visit() as tx:
        complaint_id = await committee.demand_open(tx, escalation_id)
        held = await attachments.room(tx, complaint_id, escalation_id)
        object_key = new_key(tx.organisation_id)
    sent = await taken_in(request, form, object_key, held, FILE_BYTES if key else held.room)
    try:
        async with committee_writing(request, key, digest_of(request, sent) if key else None) as writing:
            await committee.demand_open(writing.tx, escalation_id)
            row = await attachments.upload(writing.tx, complaint_id, sent, writing.actor, escalation_id)
            kept = shown.file(escalation_id, row)
            return await writing.keep(answer(kept, 201, {"Location": kept["href"]}), complaint_id)
    except (Refused, Replayed):
        # nothing was committed, so nothing will ask for it; see routers/attachments.py
        await removed(request.app.state.objects, object_key)
        raise


@router.get(
    f"{_CASE}/attachments/{{attachmentId}}/content",
    response_class=Response,
    responses={**PARTIAL, 409: {"description": "It is not handed out"}},
    openapi_extra={"responses": {"200": {"content": _BYTES}, "206": {"content": _BYTES}}},
)
async def file_content(
    request: Request,
    escalation_id: EscalationId,
    attachment_id: Annotated[Id, Path(alias="attachmentId")],
    visit: Visiting,
    wanted: Asked,
) -> Response:
    """The bytes of a file of this case, as a download. That it was read is kept."""
    async with visit() as tx:
        row = await committee.file(tx, escalation_id, attachment_id)
        found = file_of(row)
        if wanted.has(found.etag):
            return not_modified(found.etag)
        await stored.record_read(tx, escalation_id, "file")
    return await handed_out(request.app.state.objects, found, wanted)
