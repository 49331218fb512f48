"""Figures, as JSON or as CSV by Accept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from app.api.callers import Visit, reporting, visits
from app.api.contract_examples import examples
from app.api.edge.negotiation import preferred
from app.api.edge.route import Router
from app.api.schemas.reports import (
    SUMMARY,
    SUMMARY_COLUMNS,
    TIMELINESS,
    TIMELINESS_COLUMNS,
    AsOf,
    ReportFilters,
    SummaryAnswer,
    TimelinessAnswer,
    summary_answer,
    summary_table,
    timeliness_answer,
    timeliness_table,
)
from app.documents import csv
from app.services import reports
from app.services.reports import Asked
from app.store.transaction import Transaction

router = Router(tags=["reports"])
Visiting = Annotated[Visit, visits("reports:read", reporting)]
Wanted = Annotated[ReportFilters, Query()]
OFFERS = ("application/json", "text/csv")
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figures",
        "content": {"text/csv": {"schema": {"type": "string", "description": "UTF-8 with a header row (RFC 4180)"}}},
    }
}


async def _as_of(visit: Visiting, as_of: AsOf = None) -> datetime | None:
    """Told with what is wrong with the other parameters; whether it has come only the organisation's clock knows."""
    if as_of is not None:
        async with visit() as tx:
            reports.demand_past(tx.now, as_of)
    return as_of


Moment = Annotated[datetime | None, Depends(_as_of)]


@asynccontextmanager
async def _asked(
    request: Request, filters: ReportFilters, as_of: datetime | None, visit: Visit
) -> AsyncIterator[tuple[Transaction, Asked]]:
    """What is asked, and a transaction to answer it in.

    How it was at an instant may take reckoning many dossiers anew: that waits its turn, without a connection.
    """
    async with visit() as tx:
        asked = reports.asked(tx.now, filters.from_, filters.to, as_of, filters.group_by, filters.procedure)
        organisation = tx.organisation_id
        if as_of is None:
            yield tx, asked
            return
    async with request.app.state.turns.turn(organisation), visit() as tx:
        yield tx, asked


@router.get(
    "/reports/summary",
    response_model=SummaryAnswer,
    responses=_CSV,
    openapi_extra=examples(response=SUMMARY),
)
async def summary(request: Request, filters: Wanted, as_of: Moment, visit: Visiting) -> Any:
    """What came in, what became of it and how fast, by the day of receipt."""
    async with _asked(request, filters, as_of, visit) as (tx, asked):
        answer = summary_answer(asked, await reports.summary(tx, asked))
    if preferred(request, OFFERS) == "text/csv":
        return _csv("summary", csv.table(SUMMARY_COLUMNS, summary_table(answer)))
    return answer


@router.get(
    "/reports/timeliness",
    response_model=TimelinessAnswer,
    responses=_CSV,
    openapi_extra=examples(response=TIMELINESS),
)
async def timeliness(request: Request, filters: Wanted, as_of: Moment, visit: Visiting) -> Any:
    """How much was done in time, per duty, of the complaints received in the period; hard and soft terms apart."""
    async with _asked(request, filters, as_of, visit) as (tx, asked):
        answer = timeliness_answer(asked, await reports.timeliness(tx, asked), await reports.duties(tx))
    if preferred(request, OFFERS) == "text/csv":
        return _csv("timeliness", csv.table(TIMELINESS_COLUMNS, timeliness_table(answer)))
    return answer


def _csv(name: str, body: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
    return Response(body, 200, headers, "text/csv; charset=utf-8; header=present")
