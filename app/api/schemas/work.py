"""The work list: open terms and open obligations of all complaints."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.api.schemas.complaints import ProcedureRef
from app.api.schemas.words import Bilingual, bilingual
from app.api.values import Answer, Filters, Id, Instant, LocalDate, Slug
from app.domain.duty import Duty
from app.domain.procedure import Procedure
from app.domain.steps import BY_EVENT
from app.domain.titles import event_title
from app.services.obligations import Owed
from app.store.work import COLUMNS, Row

Json = dict[str, Any]

WORK_ITEM: dict[str, Any] = {
    "id": "6d0f1f0e-6d52-5d0c-9d61-1f0b8a4f3f10",
    "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f73",
    "reference": "JSO-7F3K-Q9XD",
    "procedure": {"id": "jso", "version": 1},
    "key": "first_response.first_response",
    "duty": "first_response",
    "title": {"nl": "de eerste reactie", "en": "the first response"},
    "stage": "first_response",
    "source": "JSO-11",
    "state": "pending",
    "soft": False,
    "startedOn": "2026-04-24",
    "dueOn": "2026-05-04",
    "breachAt": "2026-05-04T22:00:00Z",
    "actBy": "2026-05-04",
    "daysLeft": 3,
    "handlerId": None,
}
OBLIGATION: dict[str, Any] = {
    "kind": "review",
    "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f74",
    "reference": "KLIK-7F3K-Q9XD",
    "procedure": {"id": "klikklaar", "version": 1},
    "duty": "prevent_recurrence",
    "title": {"nl": "het beraad over het voorkomen van herhaling", "en": "the review of how to prevent recurrence"},
    "event": "recurrence_review.completed",
    "by": ["board"],
    "soft": True,
    "source": "KK-34, KK-35",
    "reviewId": None,
    "dueOn": None,
    "state": None,
    "href": "/v1/complaints/01990a5c-7a54-7c53-9a1f-2b3c4d5e6f74/recurrence-reviews",
}

State = Literal["pending", "overdue", "suspended", "met", "met_late", "cancelled"]
Word = Annotated[str, Field(min_length=1, max_length=60)]


class TermFilters(Filters):
    """Which terms."""

    state: State | None = Field(
        None,
        description="Left out: every open term (pending, overdue, suspended). `overdue` also gives what was late when"
        " its complaint ended, and is no work any more",
    )
    due_before: LocalDate | None = Field(None, description="The last day is before this day")
    act_by: LocalDate | None = Field(None, description="To be acted on by this day at the latest")
    handler: Id | None = Field(None, description="Handled by this employee")
    assigned: bool | None = Field(None, description="false: nobody handles the complaint in this stage yet")
    overdue: bool | None = Field(None, description="Open, and late (true) or not (false)")
    duty: Word | None = None
    stage: Word | None = None
    soft: bool | None = Field(None, description="true: only targets; false: only hard terms")


class WorkItem(Answer):
    """One term, as it stands by the organisation's clock."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORK_ITEM]})

    id: UUID
    complaint_id: UUID
    reference: str
    procedure: ProcedureRef
    key: str
    duty: str
    title: Bilingual
    stage: str
    source: str | None
    state: State
    soft: bool
    started_on: LocalDate
    due_on: LocalDate | None = Field(description="The last day; null while the term stands still")
    breach_at: Instant | None = Field(description="The first instant that is too late; null while it stands still")
    act_by: LocalDate | None = Field(
        description="The last working day on or before the last day; null while it stands still"
    )
    days_left: int | None = Field(
        description="Days from today to the last day; negative when it is past; null while it stands still"
    )
    handler_id: UUID | None


_NAMES = [to_camel(name) for name in COLUMNS if name not in ("procedure", "procedure_version", "place")]


def work_item(row: Row, procedure: Json, title: Json) -> Json:
    """A term of the work list as plain values; a model would cost more than reading it."""
    shown: Json = dict(zip(_NAMES, row.values(), strict=False))  # the procedure and the session's columns come last
    shown["procedure"], shown["title"] = procedure, title
    return shown


def title_of(procedure: Procedure, stage: str, duty: str) -> Json:
    """What a duty is called, in the procedure's own words if it has any."""
    known = next((each for each in _duties(procedure, stage) if each.duty == duty), None)
    if known is None:
        return {"nl": duty, "en": duty}
    if known.title is not None:
        return {"nl": known.title.nl, "en": known.title.en}
    return event_title(known.met_by[0])


def _duties(procedure: Procedure, stage: str) -> tuple[Duty, ...]:
    return next((procedure.duties_of(each) for each in procedure.stages if each.stage == stage), ())


class ObligationFilters(Filters):
    """Which obligations."""

    procedure: Slug | None = None


class ObligationItem(Answer):
    """Something owed without a date of its own: by a complaint, or by the organisation once per period."""

    model_config = ConfigDict(json_schema_extra={"examples": [OBLIGATION]})

    kind: Literal["duty", "review", "periodic_review"]
    complaint_id: UUID | None = Field(description="null for a periodic review")
    reference: str | None
    procedure: ProcedureRef
    duty: str = Field(description="The duty or the review")
    title: Bilingual
    event: str = Field(description="What would meet it")
    by: list[str] = Field(description="Roles; empty: anyone who may act on complaints")
    soft: bool
    source: str | None
    review_id: str | None = Field(description="Of a periodic review")
    due_on: LocalDate | None = Field(description="The last day of a periodic review's period")
    state: str | None = Field(description="Of a periodic review: pending or overdue")
    href: str | None = Field(description="Where to record it, by POST")


def obligation_item(owed: Owed) -> ObligationItem:
    obligation, periodic, row = owed.obligation, owed.periodic, owed.complaint
    return ObligationItem(
        kind=_kind(owed),
        complaint_id=row["id"] if row else None,
        reference=row["reference"] if row else None,
        procedure=ProcedureRef(id=owed.procedure.procedure, version=owed.version),
        duty=obligation.duty,
        title=bilingual(owed.title),
        event=obligation.met_by,
        by=list(obligation.by),
        soft=obligation.soft,
        source=obligation.source,
        review_id=periodic.id if periodic else None,
        due_on=periodic.due.due_on if periodic else None,
        state=periodic.due.state.value if periodic else None,
        href=_href(owed),
    )


def _kind(owed: Owed) -> Any:
    if owed.periodic:
        return "periodic_review"
    return "review" if any(each.review == owed.obligation.duty for each in owed.procedure.reviews) else "duty"


def _href(owed: Owed) -> str | None:
    if owed.periodic:
        return f"/v1/reviews/{owed.periodic.id}/completions"
    if owed.obligation.met_by == "message.sent":
        return f"/v1/complaints/{owed.place}/correspondence"
    step = BY_EVENT.get(owed.obligation.met_by)
    if step is None:
        return None
    # what is owed in a case with an external body is told where that case is
    where = "escalations" if step.name.startswith("escalation-") else step.name
    return f"/v1/complaints/{owed.place}/{where}"
