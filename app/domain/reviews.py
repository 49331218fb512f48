"""Looking back on complaints: which reviews each period owes, and which were done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.calendar import local_date, midnight
from app.domain.periods import period_bounds
from app.domain.procedure import Procedure, Review
from app.domain.termstate import TermState, state


@dataclass(frozen=True, slots=True)
class DueReview:
    """One period of a periodic review: due on its last day, met by a completion on a day inside it (C15)."""

    review: Review
    period: str
    starts_on: date
    due_on: date
    breach_at: datetime
    completed_at: datetime | None
    state: TermState


def due_reviews(
    procedure: Procedure, since: date, completed: Iterable[tuple[str, datetime]], now: datetime
) -> tuple[DueReview, ...]:
    """Every period from `since` to now of every periodic review; `completed` pairs a review's id with an instant."""
    done = tuple(completed)
    return tuple(
        due
        for review in procedure.reviews
        if review.every is not None
        for due in _periods(review, review.every, since, [at for name, at in done if name == review.review], now)
    )


def _periods(review: Review, every: str, since: date, completed: list[datetime], now: datetime) -> Iterator[DueReview]:
    day = since
    while day <= local_date(now):
        first, last, name = period_bounds(every, day)
        inside = [at for at in sorted(completed) if first <= local_date(at) <= last]
        breach_at = midnight(last + timedelta(days=1))
        met_at = inside[0] if inside else None
        yield DueReview(review, name, first, last, breach_at, met_at, state(breach_at, met_at, now))
        day = last + timedelta(days=1)
