"""Figures: how many, about what, how fast and how much in time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import ConfigDict, Field

from app.api.schemas.words import Bilingual, bilingual
from app.api.values import Answer, Filters, Instant, LocalDate, Slug
from app.documents.csv import Cell
from app.domain.duty import Duty
from app.domain.titles import event_title
from app.services.reports import Asked
from app.store.reports import Row

_ASKED: dict[str, Any] = {
    "from": "2026-01-01",
    "to": "2026-06-30",
    "asOf": "2026-07-01T08:00:00Z",
    "groupBy": "quarter",
}
_FIGURES: dict[str, Any] = {
    "received": 12,
    "open": 2,
    "closed": 9,
    "withdrawn": 1,
    "inadmissible": 0,
    "measures": 4,
    "kinds": {"complaint": 12, "signal": 3, "enquiry": 1, "outOfScope": 0},
    "verdicts": [{"verdict": "upheld", "count": 5}, {"verdict": None, "count": 7}],
    "categories": [{"category": "planning", "count": 8}, {"category": None, "count": 4}],
    "daysToFirstResponse": {"median": 4.0, "p90": 6.0},
    "daysToClosing": {"median": 11.0, "p90": 24.5},
}
SUMMARY: dict[str, Any] = {
    **_ASKED,
    "total": _FIGURES,
    "periods": [
        {"period": "2026-Q1", "startsOn": "2026-01-01", "endsOn": "2026-03-31", **_FIGURES},
        {"period": "2026-Q2", "startsOn": "2026-04-01", "endsOn": "2026-06-30", **_FIGURES},
    ],
}
_COUNTS: dict[str, Any] = {
    "met": 10,
    "metLate": 1,
    "overdue": 1,
    "pending": 2,
    "cancelled": 1,
    "percentageInTime": 83.3,
}
TIMELINESS: dict[str, Any] = {
    **_ASKED,
    "hard": _COUNTS,
    "soft": {"met": 0, "metLate": 0, "overdue": 0, "pending": 0, "cancelled": 0, "percentageInTime": None},
    "items": [
        {
            "period": "2026-Q2",
            "procedure": "jso",
            "stage": "first_response",
            "duty": "first_response",
            "title": {"nl": "de eerste reactie", "en": "the first response"},
            "source": "JSO-11",
            "soft": False,
            **_COUNTS,
        }
    ],
}


class ReportFilters(Filters):
    """Which figures."""

    group_by: Literal["total", "month", "quarter", "year"] = Field("total", description="By the day of receipt")
    procedure: Slug | None = None


From = Annotated[
    LocalDate | None,
    Query(alias="from", description="Received on or after this day; left out: the first of the year of `to`"),
]
To = Annotated[LocalDate | None, Query(alias="to", description="Received on or before this day; left out: today")]
AsOf = Annotated[
    Instant | None,
    Query(
        alias="asOf",
        description="As it was at that instant: what was recorded later does not count. Left out: now. Figures of the"
        " last few seconds may still gain what was being recorded then",
    ),
]


class Spread(Answer):
    """Calendar days from receipt: half took no longer than the median, nine in ten no longer than p90."""

    median: float | None
    p90: float | None


class Kinds(Answer):
    """Everything that came in, by what it is now. Only complaints are in the other figures.

    What was closed as `not_a_complaint` stays a complaint that came in; what was reclassified is none, and
    what was closed as a `duplicate` is counted nowhere, here and in the other reports.
    """

    complaint: int = 0
    signal: int = 0
    enquiry: int = 0
    out_of_scope: int = 0


class VerdictCount(Answer):
    verdict: str | None = Field(description="null: no verdict was given, or not yet")
    count: int


class CategoryCount(Answer):
    category: str | None = Field(description="null: none was given")
    count: int


class Figures(Answer):
    """Of the complaints received in the period; received = open + closed + withdrawn + inadmissible."""

    received: int
    open: int
    closed: int
    withdrawn: int
    inadmissible: int
    measures: int
    kinds: Kinds
    verdicts: list[VerdictCount]
    categories: list[CategoryCount]
    days_to_first_response: Spread = Field(description="To the first answer in substance (JSO-20)")
    days_to_closing: Spread = Field(description="Of those that were closed")


class PeriodFigures(Figures):
    period: str
    starts_on: LocalDate
    ends_on: LocalDate


class _Report(Answer):
    from_: LocalDate = Field(alias="from")
    to: LocalDate
    as_of: Instant
    group_by: str


class SummaryAnswer(_Report):
    """What came in, what became of it and how fast."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUMMARY]})

    total: Figures
    periods: list[PeriodFigures] = Field(description="Every calendar period from `from` to `to`; none for total")


class InTime(Answer):
    met: int
    met_late: int
    overdue: int = Field(description="Too late, and not done yet")
    pending: int = Field(description="Not done yet, and not too late; also those that stand still")
    cancelled: int = Field(description="No longer owed before they were late, as after a withdrawal")
    percentage_in_time: float | None = Field(description="met / (met + metLate + overdue); null when there are none")


class TimelinessRow(InTime):
    period: str | None = Field(description="null when groupBy is total")
    procedure: str
    stage: str
    duty: str
    title: Bilingual
    source: str | None
    soft: bool = Field(description="A target; counted apart from the hard terms")


class TimelinessAnswer(_Report):
    """Per duty: how many terms were met in time."""

    model_config = ConfigDict(json_schema_extra={"examples": [TIMELINESS]})

    hard: InTime
    soft: InTime
    items: list[TimelinessRow]


def _report(asked: Asked) -> dict[str, Any]:
    return {"from_": asked.first, "to": asked.last, "as_of": asked.as_of, "group_by": asked.group_by}


# -- summary ---------------------------------------------------------------------------------------------------

_COUNTED = ("received", "open", "closed", "withdrawn", "inadmissible", "measures")


def summary_answer(asked: Asked, rows: Sequence[Row]) -> SummaryAnswer:
    periods = [
        PeriodFigures.model_construct(
            **_figures([row for row in rows if not row["is_total"] and row["period"] == name]),
            period=name,
            starts_on=first,
            ends_on=last,
        )
        for name, first, last in asked.periods()
    ]
    total = Figures.model_construct(**_figures([row for row in rows if row["is_total"]]))
    return SummaryAnswer.model_construct(**_report(asked), total=total, periods=periods)


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    whole: Row = next((row for row in rows if not (row["by_kind"] or row["by_category"] or row["by_verdict"])), {})
    kinds = {row["kind"]: row["every_kind"] for row in rows if row["by_kind"]}
    return {
        **{name: whole.get(name, 0) for name in _COUNTED},
        "kinds": Kinds.model_construct(**kinds),
        "verdicts": [
            VerdictCount(verdict=value, count=count) for value, count in _shares(rows, "by_verdict", "verdict")
        ],
        "categories": [
            CategoryCount(category=value, count=count) for value, count in _shares(rows, "by_category", "category")
        ],
        "days_to_first_response": _spread(whole.get("days_to_answer")),
        "days_to_closing": _spread(whole.get("days_to_closing")),
    }


def _shares(rows: Iterable[Row], about: str, column: str) -> list[tuple[str | None, int]]:
    """The largest first."""
    found = [(row[column], row["received"]) for row in rows if row[about] and row["received"]]
    return sorted(found, key=lambda share: (-share[1], share[0] or ""))


def _spread(days: Sequence[float] | None) -> Spread:
    median, p90 = days or (None, None)
    return Spread(median=_rounded(median), p90=_rounded(p90))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


SUMMARY_COLUMNS = ("period", "figure", "of", "value")


def summary_table(answer: SummaryAnswer) -> Iterator[Sequence[Cell]]:
    """One figure on each row; the whole has the period `total`."""
    for period in answer.periods:
        yield from _figure_rows(period.period, period)
    yield from _figure_rows("total", answer.total)


def _figure_rows(period: str, figures: Figures) -> Iterator[Sequence[Cell]]:
    for name in _COUNTED:
        yield period, name, None, getattr(figures, name)
    for kind, count in figures.kinds.model_dump(by_alias=True).items():
        yield period, "kinds", kind, count
    for verdict in figures.verdicts:
        yield period, "verdicts", verdict.verdict, verdict.count
    for category in figures.categories:
        yield period, "categories", category.category, category.count
    for name, spread in (
        ("daysToFirstResponse", figures.days_to_first_response),
        ("daysToClosing", figures.days_to_closing),
    ):
        yield period, name, "median", spread.median
        yield period, name, "p90", spread.p90


# -- timeliness ------------------------------------------------------------------------------------------------

_STATES = ("met", "met_late", "overdue", "pending", "cancelled")


def timeliness_answer(
    asked: Asked, rows: Sequence[Row], duties: Mapping[tuple[str, str, str], Duty]
) -> TimelinessAnswer:
    return TimelinessAnswer.model_construct(
        **_report(asked),
        hard=InTime.model_construct(**_in_time(_sum(row for row in rows if not row["soft"]))),
        soft=InTime.model_construct(**_in_time(_sum(row for row in rows if row["soft"]))),
        items=[_row(row, duties.get((row["procedure"], row["stage"], row["duty"]))) for row in rows],
    )


def _sum(rows: Iterable[Row]) -> dict[str, int]:
    listed = list(rows)
    return {state: sum(row[state] for row in listed) for state in _STATES}


def _in_time(counts: Mapping[str, int]) -> dict[str, Any]:
    decided = counts["met"] + counts["met_late"] + counts["overdue"]
    percentage = round(100 * counts["met"] / decided, 1) if decided else None
    return {**{state: counts[state] for state in _STATES}, "percentage_in_time": percentage}


def _row(row: Row, duty: Duty | None) -> TimelinessRow:
    return TimelinessRow.model_construct(
        **_in_time(row),
        period=row["period"],
        procedure=row["procedure"],
        stage=row["stage"],
        duty=row["duty"],
        title=_title(row["duty"], duty),
        source=duty.source if duty else None,
        soft=row["soft"],
    )


def _title(name: str, duty: Duty | None) -> Bilingual:
    if duty is None:
        return Bilingual(nl=name, en=name)
    if duty.title is not None:
        return Bilingual(nl=duty.title.nl, en=duty.title.en)
    return bilingual(event_title(duty.met_by[0]))


TIMELINESS_COLUMNS = (
    "period", "procedure", "stage", "duty", "title", "source", "soft", "met", "metLate", "overdue", "pending",
    "cancelled", "percentageInTime",
)  # fmt: skip


def timeliness_table(answer: TimelinessAnswer) -> Iterator[Sequence[Cell]]:
    for row in answer.items:
        counts = [getattr(row, state) for state in _STATES]
        soft = "true" if row.soft else "false"
        about = (row.period, row.procedure, row.stage, row.duty, row.title.nl, row.source, soft)
        yield (*about, *counts, row.percentage_in_time)
