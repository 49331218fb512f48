"""Figures, as JSON or as CSV by Accept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from app.api.callers import Visit, reporting, visits
from app.api.contract_examples import examples
from app.api.edge.negotiation import preferred
from app.api.edge.query import left_out
from app.api.edge.route import Router
from app.api.schemas.reports import (
    SUMMARY,
    SUMMARY_COLUMNS,
    TIMELINESS,
    TIMELINESS_COLUMNS,
    AsOf,
    From,
    ReportFilters,
    SummaryAnswer,
    TimelinessAnswer,
    To,
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
OFFERS = ("application/json", "text/csv")
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figures",
        "content": {"text/csv": {"schema": {"type": "string", "description": "UTF-8 with a header row (RFC 4180)"}}},
    }
}


@dataclass(frozen=True, slots=True)
class Days:
    """Of which days, and as of when."""

    first: date | None
    last: date | None
    as_of: datetime | None


async def _days(request: Request, visit: Visiting, first: From = None, last: To = None, as_of: AsOf = None) -> Days:
    """Told with what is wrong with the other parameters; what has come by now only the organisation's clock knows."""
    until_now = first is not None and last is None and left_out(request).isdisjoint(("to", "asOf"))
    if as_of is not None or until_now:
        async with visit() as tx:
            reports.asked(tx.now, first, last, as_of)
    elif first is not None and last is not None:
        reports.demand_days(first, last)
    return Days(first, last, as_of)


Wanted = Annotated[ReportFilters, Query()]
WantedDays = Annotated[Days, Depends(_days)]


@asynccontextmanager
async def _asked(
    request: Request, filters: ReportFilters, days: Days, visit: Visit
) -> AsyncIterator[tuple[Transaction, Asked]]:
    """What is asked, and a transaction to answer it in.

    How it was at an instant may take reckoning many dossiers anew: that waits its turn, without a connection.
    """
    async with visit() as tx:
        asked = reports.asked(tx.now, days.first, days.last, days.as_of, filters.group_by, filters.procedure)
        organisation = tx.organisation_id
        if days.as_of is None:
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
async def summary(request: Request, filters: Wanted, days: WantedDays, visit: Visiting) -> Any:
    """What came in, what became of it and how fast, by the day of receipt."""
    async with _asked(request, filters, days, visit) as (tx, asked):
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
async def timeliness(request: Request, filters: Wanted, days: WantedDays, visit: Visiting) -> Any:
    """How much was done in time, per duty, of the complaints received in the period; hard and soft terms apart."""
    async with _asked(request, filters, days, visit) as (tx, asked):
        answer = timeliness_answer(asked, await reports.timeliness(tx, asked), await reports.duties(tx))
    if preferred(request, OFFERS) == "text/csv":
        return _csv("timeliness", csv.table(TIMELINESS_COLUMNS, timeliness_table(answer)))
    return answer


def _csv(name: str, body: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
    return Response(body, 200, headers, "text/csv; charset=utf-8; header=present")
