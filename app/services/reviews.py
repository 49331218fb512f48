"""Looking back once per period: which reviews are due, and recording that one was held (C15, HSS-18, SO-20)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.errors import Fault, Forbidden, Invalid, NotFound, NotPossible
from app.domain.events import in_the_future, not_yet
from app.domain.periods import period_bounds
from app.domain.procedure import Procedure
from app.domain.reviews import DueReview, due_reviews
from app.domain.text import shows
from app.services import rules, steps
from app.services.faults import Gathered
from app.store import organisations, reviews
from app.store import rules as stored_rules
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Periodic:
    """One period of a review of a procedure, with what was recorded of it."""

    procedure: str
    version: int
    due: DueReview
    completions: tuple[reviews.Row, ...] = ()

    @property
    def id(self) -> str:
        """Like hss.quarterly_inventory.2026-Q4."""
        return f"{self.procedure}.{self.due.review.review}.{self.due.period}"


@dataclass(frozen=True, slots=True)
class Held:
    """What was sent about a review that was held: a text for each piece of evidence it gives."""

    completed_at: datetime | None
    evidence: Mapping[str, str]
    note: str | None = None
    on_behalf_of: UUID | None = None


async def periodic(tx: Transaction) -> list[Periodic]:
    """Every period of every periodic review so far, oldest first, each by the version in force when it began
    (or, where there was none, by the first that came into force in it).

    From the day the organisation was made, or the procedure's first day when that is later. A later version changes
    no period that runs or is over: what was promised, missed or done stays as it was (X-01, X-04).
    """
    completions = await reviews.completions(tx)
    created_on = local_date((await organisations.read(tx))["created_at"])
    versions = await stored_rules.versions(tx)
    found: list[Periodic] = []
    for row in versions:
        name, number = row["procedure"], row["version"]
        procedure = await rules.procedure_version(tx, name, number)
        since = max(created_on, min(each["effective_from"] for each in versions if each["procedure"] == name))
        held = [each for each in completions if each["procedure"] == name and _of_a_period(each, procedure)]
        done = [(each["review"], each["completed_at"]) for each in held]
        for due in due_reviews(procedure, since, done, tx.now):
            last = min(due.due_on, local_date(tx.now))
            if _in_force(versions, name, max(since, due.starts_on), last) == number:
                found.append(Periodic(name, number, due, tuple(_of(held, due))))
    return sorted(found, key=lambda each: (each.due.due_on, each.id))


def _of_a_period(row: reviews.Row, procedure: Procedure) -> bool:
    """Whether it was held for a period as this version has them: once it was per year, and now per month."""
    every = next((review.every for review in procedure.reviews if review.review == row["review"]), None)
    recorded = row["period_start"], row["period_end"]
    return every is not None and period_bounds(every, row["period_start"])[:2] == recorded


def _in_force(versions: Sequence[reviews.Row], procedure: str, first: date, last: date) -> int | None:
    """The version on the first of these days on which there is one; None: there is none on any of them."""
    held = [
        row
        for row in versions
        if row["procedure"] == procedure
        and row["effective_from"] <= last
        and first <= (row["effective_until"] or date.max)
    ]
    day = max(first, min((row["effective_from"] for row in held), default=first))
    holding = ((row["effective_from"], row["version"]) for row in held if row["effective_from"] <= day)
    return max(holding, default=(day, None))[1]


def _of(held: Sequence[reviews.Row], due: DueReview) -> Iterator[reviews.Row]:
    return (row for row in held if row["review"] == due.review.review and row["period_start"] == due.starts_on)


async def read(tx: Transaction, review_id: str) -> Periodic:
    """Raises NotFound, also for a period that has not begun."""
    return _named(await periodic(tx), review_id)


def _named(known: Sequence[Periodic], review_id: str) -> Periodic:
    found = next((each for each in known if each.id == review_id), None)
    if found is None:
        raise NotFound("There is no such review, or its period has not begun.")
    return found


async def complete(tx: Transaction, review_id: str, held: Held, actor: Actor) -> Periodic:
    """Records that the review of a period was held, on a day in that period.

    Raises NotFound, Forbidden (it is for the roles that the procedure names), Invalid, and NotPossible when the period
    is over: a review that is held now counts for the period that runs now (C15).
    """
    found = Gathered()
    actor = await steps.acting(tx, actor, held.on_behalf_of, found)
    known = await periodic(tx)
    wanted = _named(known, review_id)
    with found.told():
        _demand_possible(wanted, known, held, actor, tx.now)
    await reviews.insert(tx, _row(tx, wanted, held, actor))
    return await read(tx, review_id)


def _demand_possible(wanted: Periodic, known: Sequence[Periodic], held: Held, actor: Actor, now: datetime) -> None:
    review = wanted.due.review
    if not actor.holds(review.by):
        raise Forbidden(
            f"This review is for {' or '.join(review.by)}. An integration names the employee with onBehalfOf.",
            code="role-required",
        )
    if held.completed_at is None and wanted.due.breach_at <= now:
        raise _too_late(wanted, known)
    if faults := [*_instant_faults(wanted.due, held.completed_at, now), *_evidence_faults(wanted.due, held)]:
        raise Invalid("This is not a review of that period yet.", faults=faults)


def _too_late(wanted: Periodic, known: Sequence[Periodic]) -> NotPossible:
    running = [each for each in known if each.due.review.review == wanted.due.review.review][-1]
    return NotPossible(
        "That period is over. Give completedAt when the review was held in it; one that is held now counts for the"
        f" period {running.due.period}.",
        code="period-over",
        possible=[{"review": running.id}],
    )


def _instant_faults(due: DueReview, completed_at: datetime | None, now: datetime) -> Iterator[Fault]:
    if completed_at is None:
        return
    if in_the_future(completed_at, now):
        yield not_yet("/completedAt")
    elif not due.starts_on <= local_date(completed_at) <= due.due_on:
        yield Fault("/completedAt", "outside-period", f"the period runs from {due.starts_on} to {due.due_on}")


def _evidence_faults(due: DueReview, held: Held) -> Iterator[Fault]:
    wanted = due.review.evidence
    for about in wanted:
        if not shows(held.evidence.get(about, "")):
            yield Fault("/evidence", "evidence-missing", f"say something about: {about}")
    known = f"only about: {', '.join(wanted)}" if wanted else "this review asks for no evidence; use note"
    for at, about in enumerate(held.evidence):
        if about not in wanted:
            yield Fault(f"/evidence/{at}/about", "evidence-unknown", known)


def _row(tx: Transaction, wanted: Periodic, held: Held, actor: Actor) -> dict[str, object]:
    texts = {"evidence": dict(held.evidence), "note": held.note}
    return {
        "id": tx.new_id(),
        "procedure": wanted.procedure,
        "review": wanted.due.review.review,
        "period_start": wanted.due.starts_on,
        "period_end": wanted.due.due_on,
        "completed_at": min(held.completed_at or tx.now, tx.now),
        "completed_by": actor.staff_id,
        "facts": {"evidence": sorted(held.evidence)},
        "texts": {name: value for name, value in texts.items() if value},
    }
