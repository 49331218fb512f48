"""What is told about a term: when, why, and how it stands."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas.words import Bilingual, Record
from app.api.values import Answer, Instant, LocalDate
from app.domain.calendar import local_date
from app.domain.explanation import done, explain
from app.domain.terms import Term
from app.domain.termstate import TermState

StateOfTerm = Literal["pending", "met", "met_late", "overdue", "suspended", "cancelled"]

TERM: dict[str, Any] = {
    "id": "6d0f1f0e-6d52-5d0c-9d61-1f0b8a4f3f10",
    "key": "first_response.respond",
    "duty": "respond",
    "title": {"nl": "de eerste reactie", "en": "the first response"},
    "stage": "first_response",
    "source": "JSO-11, JSO-06",
    "state": "pending",
    "soft": False,
    "startedOn": "2026-04-24",
    "dueOn": "2026-05-04",
    "breachAt": "2026-05-04T22:00:00Z",
    "actBy": "2026-05-04",
    "metAt": None,
    "breachNoticedAt": None,
}
EXPLANATION: dict[str, Any] = {
    "term": TERM,
    "explanation": {
        "nl": (
            "De eerste reactie is uiterlijk maandag 4 mei 2026 nodig: 5 werkdagen na ontvangst van de klacht op "
            "vrijdag 24 april 2026 (JSO-11, JSO-06); Koningsdag (maandag 27 april) telt niet mee."
        ),
        "en": (
            "The first response is due no later than Monday 4 May 2026: 5 working days after receipt of the complaint "
            "on Friday 24 April 2026 (JSO-11, JSO-06); King's Day (Monday 27 April) does not count."
        ),
    },
    "derivation": {
        "startedOn": "2026-04-24",
        "period": {"amount": 5, "unit": "working_days"},
        "direction": "forward",
        "profile": "nl-atw-3-1",
        "calendarVersion": 1,
        "nominalDueOn": "2026-05-04",
        "skipped": [{"date": "2026-04-27", "nameNl": "Koningsdag", "nameEn": "King's Day"}],
        "weekendDays": 4,
        "extensions": [],
        "suspendedDays": 0,
        "suspensions": [],
        "rolled": [],
    },
}


class TermAnswer(Answer):
    """One promised term. `dueOn` is the last day, `breachAt` the first instant that is too late."""

    id: UUID
    key: str
    duty: str
    title: Bilingual
    stage: str
    source: str | None = Field(description="The requirement that the rule comes from")
    state: StateOfTerm
    soft: bool
    started_on: LocalDate
    due_on: LocalDate | None
    breach_at: Instant | None
    act_by: LocalDate | None = Field(description="The last working day on or before the last day")
    met_at: Instant | None
    breach_noticed_at: Instant | None = Field(description="When the service recorded the breach")


class ExplanationAnswer(Answer):
    """Why the term ends on that day: as data and as a sentence, with one more on when it was done."""

    term: TermAnswer
    explanation: Bilingual
    derivation: Record


def explanation_of(term: Term) -> dict[str, str]:
    """Why the term ends when it ends, as an employee reads it."""
    return _explained(term, act_by=term.act_by, source=term.duty.source)


def promise_of(term: Term) -> dict[str, str]:
    """The same for a complainant: without our sources, and without when we had better act."""
    return _explained(term, act_by=term.due_on, source=None)


def _explained(term: Term, *, act_by: date | None, source: str | None) -> dict[str, str]:
    why = explain(
        term.derivation,
        term.due_on,
        act_by,
        duty_title=term.title,
        source=source,
        start_title=term.start_title,
    )
    if term.met_by is None or term.state not in (TermState.met, TermState.met_late):
        return why
    when = done(local_date(term.met_by.occurred_at), late=term.state is TermState.met_late)
    return {language: f"{sentence} {when[language]}" for language, sentence in why.items()}
