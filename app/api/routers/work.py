"""The work of all complaints: what is promised by when, and what is owed without a date."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.api.callers import reads
from app.api.contract import examples
from app.api.edge.route import Router
from app.api.pagination import Cursor, Listed, Page, Position
from app.api.schemas.work import (
    OBLIGATION,
    WORK_ITEM,
    ObligationFilters,
    ObligationItem,
    TermFilters,
    WorkItem,
    obligation_item,
    work_item,
)
from app.domain.calendar import local_date
from app.domain.procedure import Procedure
from app.services import rules
from app.services.obligations import owed
from app.store import work
from app.store.session import Transaction
from app.store.work import Row

router = Router(tags=["work"])
Reading = Annotated[Transaction, reads("complaints:read")]


@router.get("/terms", openapi_extra=examples(response={"items": [WORK_ITEM], "next": None, "prev": None}))
async def terms(
    filters: Annotated[TermFilters, Query()], paging: Listed, response: Response, tx: Reading
) -> Page[WorkItem]:
    """The work list: the open terms of all complaints, the most urgent first."""
    wanted = filters.model_dump(exclude_none=True)
    rows = await work.listed(tx, wanted, paging.position, paging.backwards, paging.fetch)
    total = await work.count(tx, wanted) if paging.with_total else None
    procedures = await _procedures(tx, rows)
    today = local_date(tx.now)
    return paging.page(
        response,
        rows,
        _place,
        lambda row: work_item(row, procedures[row["procedure"], row["procedure_version"]], today),
        total,
    )


def _place(row: Row) -> Position:
    return row["act_by"].isoformat() if row["act_by"] else None, str(row["id"])


async def _procedures(tx: Transaction, rows: Sequence[Row]) -> dict[tuple[str, int], Procedure]:
    versions = {(row["procedure"], row["procedure_version"]) for row in rows}
    return {(name, number): await rules.procedure_version(tx, name, number) for name, number in versions}


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
