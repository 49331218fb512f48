"""Looking back on complaints: which reviews each period owes, and which were done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.calendar import local_date
from app.domain.periods import done_in, period_bounds, periodic_state
from app.domain.procedure import Procedure, Review
from app.domain.termstate import TermState


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
        bounds = period_bounds(every, day)
        yield DueReview(
            review,
            bounds.name,
            bounds.first,
            bounds.due_on,
            bounds.breach_at,
            done_in(bounds, completed),
            periodic_state(bounds, completed, now),
        )
        day = bounds.last + timedelta(days=1)
