"""The work of all complaints: what is promised by when, and what is owed without a date."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.callers import looks, reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.pagination import Cursor, Listed, Page
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
from app.store.transaction import Transaction
from app.store.work import Row

router = Router(tags=["work"])
Reading = Annotated[Transaction, reads("complaints:read")]
Looking = Annotated[session.Reading, looks("complaints:read")]


@router.get(
    "/terms",
    response_model=Page[WorkItem],
    openapi_extra=examples(response={"items": [WORK_ITEM], "next": None, "prev": None}),
)
async def terms(filters: Annotated[TermFilters, Query()], paging: Listed, tx: Looking) -> Response:
    """The work list: the open terms of all complaints, the most urgent first.

    A term that stands still until a day that is known has the place that it will have then; other terms that stand
    still come last.
    """
    wanted = filters.model_dump(exclude_none=True)
    rows = await work.listed(tx, wanted, paging.position, paging.backwards, paging.fetch)
    total = await work.count(tx, wanted) if paging.with_total else None
    placed = [((row["place"], row["id"]), item) for row, item in zip(rows, await _items(tx, rows), strict=True)]
    return paging.answer(placed, lambda each: each[0], lambda each: each[1], total)


Named = tuple[UUID, str, int, str, str]
_KEPT = 20_000
_names: dict[Named, tuple[Json, Json]] = {}


async def _items(tx: session.Reading, rows: Sequence[Row]) -> list[Json]:
    """The terms with their procedures and titles. Versions never change: each is looked up once per process."""
    if not rows:
        return []
    organisation, items = tx.organisation_id, []
    for row in rows:
        named = organisation, row["procedure"], row["procedure_version"], row["stage"], row["duty"]
        items.append(work_item(row, *(_names.get(named) or await _name(tx, named))))
    return items


async def _name(tx: session.Reading, named: Named) -> tuple[Json, Json]:
    if len(_names) >= _KEPT:
        _names.clear()
    _, procedure, version, stage, duty = named
    title = title_of(await rules.procedure_version(tx, procedure, version), stage, duty)
    _names[named] = {"id": procedure, "version": version}, title
    return _names[named]


@router.get("/obligations", openapi_extra=examples(response={"items": [OBLIGATION], "next": None, "prev": None}))
async def obligations(
    filters: Annotated[ObligationFilters, Query()], paging: Listed, response: Response, tx: Reading
) -> Page[ObligationItem]:
    """What is owed without a date: periodic reviews first, then by complaint. There is no total of these.

    A page may hold fewer than `limit`, also none, and still have a next: where much is done, little is found.
    `withTotal` adds nothing here.
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
