"""Complaints: filing, lists, one complaint with its ledger and its terms."""

from datetime import date
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import Path, Query, Request
from pydantic import Field, ValidationInfo, field_validator, model_validator
from starlette.responses import Response

from app.api import shown
from app.api.callers import looks, reads
from app.api.contract_examples import examples
from app.api.edge.negotiation import Language
from app.api.edge.route import Router
from app.api.edge.trial import TRIED, enough
from app.api.idempotency import Writing, answer_of, key_reused, writes
from app.api.pagination import Listed, Page
from app.api.problems import refused_problem
from app.api.schemas.complaints import COMPLAINT, SUMMARY, ComplaintAnswer, ComplaintSummary, PublicStatus, State
from app.api.schemas.events import EVENT, EventAnswer, EventList
from app.api.schemas.filings import (
    FILING,
    ComplaintFiling,
    PromisedTerm,
    Receipt,
    SupportAnswer,
    filing_of,
    not_for_forms,
)
from app.api.schemas.terms import (
    EXPLANATION,
    TERM,
    ExplanationAnswer,
    TermAnswer,
    promise_of,
)
from app.api.schemas.ways import one_of
from app.api.schemas.words import Word, example, example_of
from app.api.values import VISIBLE, Answer, ApiModel, EmailAddress, Filters, Id, Instant, LocalDate, Name, fault
from app.domain import vocabulary as word
from app.domain.errors import Fault, Invalid, NotFound, TooMany
from app.domain.ids import term_id
from app.services import complaints, dossier, drafts
from app.services.dossier import Recorded, etag
from app.services.faults import Gathered
from app.store import complaints as stored
from app.store import drafts as stored_drafts
from app.store import session
from app.store.transaction import Caller, Transaction

router = Router(tags=["complaints"])
ComplaintId = Annotated[Id, Path(alias="complaintId")]
Reading = Annotated[Transaction, reads("complaints:read")]
Looking = Annotated[session.Reading, looks("complaints:read")]


def headers_of(recorded: Recorded) -> dict[str, str]:
    return {"ETag": recorded.etag, "Location": f"/v1/complaints/{recorded.row['id']}"}


def _not_theirs(caller: Caller, sent: Any) -> list[Fault]:
    """What a website's key sets that is not its to set."""
    return not_for_forms(sent) if caller.kind == "website" else []


# What hangs on the day of receipt, where a draft that is not there should have said it. It was no later than now.
_OF_RECEIPT: Final = ("not-in-procedure",)


def _take_a_place(request: Request, key: UUID | None) -> None:
    """Raises TooMany. The tries of what cannot be read have places of their own: one slip keeps nobody else out.

    Where those are taken, only the form of what was sent is told.
    """
    if TRIED not in request.scope:
        request.app.state.pace.take(key)
        return
    try:
        request.app.state.pace_of_tries.take(key)
    except TooMany:
        enough(request)


@router.post(
    "/complaints",
    status_code=201,
    responses={
        201: {
            "model": ComplaintAnswer | Receipt,
            "description": "Registered, with its terms. A receipt has no ETag and no Location",
        }
    },
    openapi_extra=examples(request=FILING, response=COMPLAINT),
)
async def file(
    request: Request,
    sent: ComplaintFiling,
    writing: Annotated[Writing, writes("complaints:file", key_required=True, refused=_not_theirs)],
    language: Language,
) -> Response:
    """Registers a complaint, signal or enquiry. A website's key gets a receipt, others the whole complaint."""
    tx = writing.tx
    website = tx.caller.kind == "website"
    if website:
        _take_a_place(request, tx.caller.key_id)
    found, arrived = Gathered(), tx.now
    if sent.draft:
        with found.kept():
            arrived = await drafts.received_at(tx, sent.draft)
    try:
        with found.told(hanging=_OF_RECEIPT if sent.received_at is None else ()):
            new = await complaints.drawn_up(tx, filing_of(sent, arrived), writing.actor)
    except Invalid as refused:
        if not drafts.worth_keeping(refused, website=website) or sent.draft:
            raise
        # answered and not raised: the transaction that keeps the draft must be committed
        kept = await drafts.keep(tx, sent.model_dump(mode="json", by_alias=True, exclude_unset=True), refused)
        return await writing.keep(refused_problem(kept))
    complaint_id = new.recorded.row["id"]
    response = answer_of(_receipt(new.recorded, language)) if website else _registered(new.recorded)
    if not await complaints.register(tx, new, writing.to_keep(response, complaint_id)):
        raise key_reused()
    if sent.draft:
        await stored_drafts.complete(tx, sent.draft, complaint_id)
    return response


def _registered(recorded: Recorded) -> Response:
    answer = shown.complaint(recorded.row, recorded.dossier, recorded.parties, recorded.warnings)
    return shown.answer(answer, 201, headers_of(recorded))


def _receipt(recorded: Recorded, language: str) -> Receipt:
    procedure = recorded.dossier.procedure
    return Receipt(
        id=recorded.row["id"],
        reference=recorded.row["reference"],
        received_at=recorded.dossier.situation.received_at,
        terms=[
            PromisedTerm(title=term.title[language], due_on=term.due_on, explanation=promise_of(term)[language])
            for term in recorded.dossier.open_terms
            if "complainant" in term.duty.to
        ],
        support=[SupportAnswer(name=each.name, url=each.url, free=each.free) for each in procedure.support],
    )


class ComplaintFilters(Filters):
    """Which complaints."""

    state: State | None = None
    status: PublicStatus | None = Field(None, description="The public status")
    kind: word.Kind | None = None
    procedure: Word | None = None
    stage: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    category: Word | None = None
    handler: Id | None = None
    assigned: bool | None = Field(None, description="false: nobody handles it yet")
    reference: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    received_from: LocalDate | None = None
    received_until: LocalDate | None = None

    @field_validator("received_until")
    @classmethod
    def _not_before_from(cls, until: date | None, info: ValidationInfo) -> date | None:
        since = info.data.get("received_from")
        if since and until and until < since:
            raise fault("before-from", "This is before the first day.")
        return until


@router.get(
    "/complaints",
    response_model=Page[ComplaintSummary],
    openapi_extra=examples(response={"items": [SUMMARY], "next": None, "prev": None}),
)
async def listing(filters: Annotated[ComplaintFilters, Query()], paging: Listed, tx: Looking) -> Response:
    """The register: newest first."""
    wanted = filters.model_dump(exclude_none=True)
    rows = await stored.listed(tx, wanted, paging.position, paging.backwards, paging.fetch)
    total = await stored.count(tx, wanted) if paging.with_total else None
    return paging.answer(rows, lambda row: (row["received_at"].isoformat(), row["id"]), shown.summary, total)


class ComplaintSearch(ApiModel):
    """Search by who it is: never in a URL. Give a name, an e-mail address, or both, which are then of one person."""

    model_config = example({"email": "klant@example.org"})

    name: Annotated[Name, Field(min_length=2), VISIBLE] | None = Field(
        None, description="Or its beginning; capitals, blanks and marks that do not show make no difference"
    )
    email: EmailAddress | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        one_of(self, {"Give name, email, or both.": (["name"], ["email"], ["name", "email"])})
        return self


_DRAFT: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f76",
    "reason": "guardian-required",
    "receivedAt": "2026-04-24T10:00:00Z",
    "filing": {"description": "De begeleider luistert niet.", "complainant": {"bornOn": "2016-03-01"}},
}


class DraftAnswer(Answer):
    """A filing that could not be registered as it came in; complete it by filing with `draft`."""

    id: UUID
    reason: str
    received_at: Instant
    filing: dict[str, Any]


@router.get("/drafts", openapi_extra=examples(response={"items": [_DRAFT], "next": None, "prev": None}))
async def kept_drafts(paging: Listed, response: Response, tx: Reading) -> Page[DraftAnswer]:
    """Filings that wait to be completed, oldest first."""
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await stored_drafts.waiting(tx, after, paging.fetch, backwards=paging.backwards)
    total = await stored_drafts.count_waiting(tx) if paging.with_total else None
    return paging.page(
        response, rows, lambda row: (str(row["id"]),), lambda row: DraftAnswer.model_construct(**dict(row)), total
    )


class SearchAnswer(Answer):
    items: list[ComplaintSummary]


@router.post(
    "/complaints/_search",
    responses={200: {"model": SearchAnswer, "description": "At most 50"}},
    openapi_extra=examples(request=example_of(ComplaintSearch), response={"items": [SUMMARY]}),
)
async def search(sent: ComplaintSearch, tx: Reading) -> Response:
    """Complaints in which a person with this name (its beginning) or e-mail address is a party; newest first."""
    rows = await stored.found(tx, sent.name, sent.email)
    return shown.answer({"items": [shown.summary(row) for row in rows]})


@router.get("/complaints/{complaintId}", response_model=ComplaintAnswer, openapi_extra=examples(response=COMPLAINT))
async def read(complaint_id: ComplaintId, tx: Looking) -> Response:
    """One complaint: its stage, terms, what is owed and what may happen next."""
    held, found = await dossier.opened(tx, complaint_id)
    answer = shown.complaint(held.row, found, held.people, found.warnings())
    return shown.answer(answer, headers={"ETag": etag(held.row)})


@router.get(
    "/complaints/{complaintId}/events", response_model=EventList, openapi_extra=examples(response={"items": [EVENT]})
)
async def events(complaint_id: ComplaintId, tx: Looking) -> Response:
    """Everything that happened to it, in the order in which it was recorded."""
    held, _ = await dossier.opened(tx, complaint_id)
    found = await dossier.shown_events(tx, held.events)
    return shown.answer({"items": [shown.event(event) for event in found]})


@router.get(
    "/complaints/{complaintId}/events/{eventId}", response_model=EventAnswer, openapi_extra=examples(response=EVENT)
)
async def event(complaint_id: ComplaintId, event_id: Annotated[Id, Path(alias="eventId")], tx: Looking) -> Response:
    """One thing that happened to it."""
    held, _ = await dossier.opened(tx, complaint_id)
    found = next((each for each in held.events if each.id == event_id), None)
    if found is None:
        raise NotFound("There is no such event in this complaint.")
    [seen] = await dossier.shown_events(tx, [found])
    return shown.answer(shown.event(seen))


class TermList(Answer):
    items: list[TermAnswer]


@router.get(
    "/complaints/{complaintId}/terms", response_model=TermList, openapi_extra=examples(response={"items": [TERM]})
)
async def terms(complaint_id: ComplaintId, tx: Looking) -> Response:
    """Every term of the complaint, as of now."""
    _, found = await dossier.opened(tx, complaint_id)
    return shown.answer({"items": [shown.term(complaint_id, term) for term in found.terms]})


@router.get(
    "/complaints/{complaintId}/terms/{termId}/explanation",
    response_model=ExplanationAnswer,
    openapi_extra=examples(response=EXPLANATION),
)
async def explanation(complaint_id: ComplaintId, wanted: Annotated[Id, Path(alias="termId")], tx: Looking) -> Response:
    """Why the term ends on that day."""
    _, found = await dossier.opened(tx, complaint_id)
    term = next((each for each in found.terms if term_id(complaint_id, each.key) == wanted), None)
    if term is None:
        raise NotFound("There is no such term in this complaint.")
    return shown.answer(shown.explanation(complaint_id, term))
