"""The work of all complaints: what is promised by when, and what is owed without a date."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.callers import looks, reads
from app.api.contract import examples
from app.api.edge.route import Router
from app.api.pagination import Cursor, Listed, Page, Position
from app.api.schemas.work import (
    OBLIGATION,
    WORK_ITEM,
    Json,
    ObligationFilters,
    ObligationItem,
    TermFilters,
    WorkItem,
    obligation_item,
    title_of,
    work_item,
)
from app.services import rules
from app.services.obligations import owed
from app.store import session, work
from app.store.session import Transaction

router = Router(tags=["work"])
Reading = Annotated[Transaction, reads("complaints:read")]
Looking = Annotated[session.Reading, looks("complaints:read")]


@router.get(
    "/terms",
    response_model=Page[WorkItem],
    openapi_extra=examples(response={"items": [WORK_ITEM], "next": None, "prev": None}),
)
async def terms(filters: Annotated[TermFilters, Query()], paging: Listed, tx: Looking) -> Response:
    """The work list: the open terms of all complaints, the most urgent first."""
    wanted = filters.model_dump(exclude_none=True)
    rows = await work.listed(tx, wanted, paging.position, paging.backwards, paging.fetch)
    total = await work.count(tx, wanted) if paging.with_total else None
    items = [work_item(row) for row in rows]
    if items:
        await _entitle(tx, items)
    return paging.answer(items, _place, lambda item: item, total)


def _place(item: Json) -> Position:
    return item["actBy"], item["id"]


Named = tuple[UUID, str, int, str, str]
_KEPT = 20_000
_titles: dict[Named, Json] = {}


async def _entitle(tx: session.Reading, items: Sequence[Json]) -> None:
    """Says what the duties are called. Versions never change, so each is looked up once per process."""
    organisation = tx.organisation_id
    for item in items:
        procedure = item["procedure"]
        named = organisation, procedure["id"], procedure["version"], item["stage"], item["duty"]
        item["title"] = _titles.get(named) or await _title(tx, named)


async def _title(tx: session.Reading, named: Named) -> Json:
    if len(_titles) >= _KEPT:
        _titles.clear()
    _, procedure, version, stage, duty = named
    title = _titles[named] = title_of(await rules.procedure_version(tx, procedure, version), stage, duty)
    return title


@router.get("/obligations", openapi_extra=examples(response={"items": [OBLIGATION], "next": None, "prev": None}))
async def obligations(
    filters: Annotated[ObligationFilters, Query()], paging: Listed, response: Response, tx: Reading
) -> Page[ObligationItem]:
    """What is owed without a date: periodic reviews first, then by complaint. There is no total of these.

    A page may hold fewer than `limit`, also none, and still have a next: where much is done, little is found.
    """
    found, resume = await owed(tx, paging.position, paging.backwards, paging.fetch, procedure=filters.procedure)
    page = paging.page(response, found, lambda each: each.position, obligation_item)
    if resume is None:
        return page
    token = paging.cursors.seal(Cursor(resume, paging.backwards), paging.binding)
    onward = {"prev": token} if paging.backwards else {"next": token}
    page = page.model_copy(update=onward)
    response.headers.update(paging.headers(page.next, page.prev))
    return page
