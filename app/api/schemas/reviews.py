"""Periodic reviews."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from app.api.schemas.words import Bilingual, bilingual
from app.api.values import Answer, ApiModel, BlankIsNone, Filters, Id, Instant, LocalDate, Said, Slug, Text, fault
from app.services.reviews import Held, Periodic
from app.store.reviews import Row

State = Literal["pending", "overdue", "met"]

_COMPLETION: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f75",
    "completedAt": "2026-12-10T09:00:00Z",
    "completedBy": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71",
    "evidence": [
        {"about": "trends", "text": "Meer klachten over de planning dan in het derde kwartaal."},
        {"about": "measures", "text": "Afspraken worden voortaan een week vooraf bevestigd."},
    ],
    "note": None,
}
REVIEW: dict[str, Any] = {
    "id": "hss.quarterly_inventory.2026-Q4",
    "procedure": "hss",
    "review": "quarterly_inventory",
    "title": {"nl": "de inventarisatie per kwartaal", "en": "the quarterly inventory"},
    "period": "2026-Q4",
    "startsOn": "2026-10-01",
    "dueOn": "2026-12-31",
    "state": "met",
    "by": ["board"],
    "evidence": ["trends", "measures"],
    "source": "HSS-18, HSS-19, HSS-04",
    "completedAt": "2026-12-10T09:00:00Z",
    "completions": [_COMPLETION],
}
COMPLETION: dict[str, Any] = {"completedAt": _COMPLETION["completedAt"], "evidence": _COMPLETION["evidence"]}


class EvidenceIn(ApiModel):
    """What the review says about one of the things the procedure asks for."""

    about: Annotated[str, Field(min_length=1, max_length=60)]
    text: Said


def _once_each(given: list[EvidenceIn]) -> list[EvidenceIn]:
    if len({each.about for each in given}) < len(given):
        raise fault("repeated", "Say one thing about each.")
    return given


class Completion(BlankIsNone):
    """A review was held."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMPLETION]})

    completed_at: Instant | None = Field(None, description="When; left out: now. It counts for the period it lies in")
    on_behalf_of: Id | None = Field(None, description="The employee whose review an integration records")
    evidence: Annotated[list[EvidenceIn], Field(max_length=20), AfterValidator(_once_each)] = Field(
        default_factory=list
    )
    note: Text | None = None

    def held(self) -> Held:
        evidence = {each.about: each.text for each in self.evidence}
        return Held(self.completed_at, evidence, self.note, self.on_behalf_of)


class ReviewFilters(Filters):
    """Which reviews."""

    state: State | None = None
    procedure: Slug | None = None


class EvidenceAnswer(Answer):
    about: str
    text: str


class CompletionAnswer(Answer):
    id: UUID
    completed_at: Instant
    completed_by: UUID | None
    evidence: list[EvidenceAnswer]
    note: str | None


class ReviewAnswer(Answer):
    """One period of a review. It is met by a review that is held in the period itself (C15)."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVIEW]})

    id: str
    procedure: str
    review: str
    title: Bilingual
    period: str
    starts_on: LocalDate
    due_on: LocalDate
    state: State
    by: list[str] = Field(description="Roles that hold it")
    evidence: list[str] = Field(description="What the review has to say something about")
    source: str | None
    completed_at: Instant | None
    completions: list[CompletionAnswer]


class ReviewList(Answer):
    items: list[ReviewAnswer]


def review_answer(periodic: Periodic) -> ReviewAnswer:
    due, review = periodic.due, periodic.due.review
    title = (
        {"nl": review.title.nl, "en": review.title.en} if review.title else dict.fromkeys(("nl", "en"), review.review)
    )
    return ReviewAnswer(
        id=periodic.id,
        procedure=periodic.procedure,
        review=review.review,
        title=bilingual(title),
        period=due.period,
        starts_on=due.starts_on,
        due_on=due.due_on,
        state=due.state.value,
        by=list(review.by),
        evidence=list(review.evidence),
        source=review.source,
        completed_at=due.completed_at,
        completions=[_completion(row) for row in periodic.completions],
    )


def _completion(row: Row) -> CompletionAnswer:
    texts: dict[str, Any] = row["texts"] or {}
    return CompletionAnswer(
        id=row["id"],
        completed_at=row["completed_at"],
        completed_by=row["completed_by"],
        evidence=[EvidenceAnswer(about=about, text=text) for about, text in texts.get("evidence", {}).items()],
        note=texts.get("note"),
    )
