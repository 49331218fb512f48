"""Figures as of an instant: counted by the database, after the engine has said how it was where that has changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.calendar import local_date, midnight
from app.domain.dossier import Dossier
from app.domain.duty import Duty
from app.domain.errors import Fault, Invalid
from app.domain.events import Event
from app.domain.periods import period_bounds
from app.domain.situation import Situation
from app.services import rules
from app.store import dossiers, reports
from app.store import rules as stored_rules
from app.store.reports import ANSWERS, MEASURE, Cohort, Row
from app.store.transaction import Transaction

BATCH = 25  # what is reckoned in one go: others wait so long
MOST = 5_000  # to reckon anew for one answer: it has to be there before the caller is told that it is not
LONGEST = timedelta(days=20 * 366)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which complaints: received on these days (both included), as it was at `as_of`; grouped by calendar period."""

    first: date
    last: date
    as_of: datetime
    group_by: str = "total"
    procedure: str | None = None
    past: bool = True

    @property
    def cohort(self) -> Cohort:
        until = midnight(self.last + timedelta(days=1))
        return Cohort(midnight(self.first), until, self.as_of, self.procedure, self.past)

    def periods(self) -> Iterator[tuple[str, date, date]]:
        """Name, first and last day of every period asked for, also those in which nothing came in."""
        day = self.first
        while self.group_by != "total" and day <= self.last:
            bounds = period_bounds(self.group_by, day)
            yield bounds.name, max(bounds.first, self.first), min(bounds.last, self.last)
            day = bounds.last + timedelta(days=1)


def asked(
    now: datetime,
    first: date | None,
    last: date | None,
    as_of: datetime | None,
    group_by: str = "total",
    procedure: str | None = None,
) -> Asked:
    """What was asked, with what was left out: this year until today, as it is now. Raises Invalid."""
    past, as_of = as_of is not None, as_of or now
    is_open = last is None
    last = last or max(local_date(as_of), first or date.min)
    first = first or date(last.year, 1, 1)
    _demand([*_moment_faults(now, as_of), *_day_faults(first, last, "from" if is_open else "to")])
    return Asked(first, last, as_of, group_by, procedure, past)


def demand_days(first: date, last: date) -> None:
    """Raises Invalid where there are no figures of these days."""
    _demand(_day_faults(first, last, "to"))


def _demand(faults: Iterable[Fault]) -> None:
    if found := list(faults):
        raise Invalid("These figures cannot be given.", faults=found)


def _day_faults(first: date, last: date, at: str) -> Iterator[Fault]:
    if first > last:
        yield Fault("to", "before-from", "this is before the first day")
    if last - first > LONGEST:
        yield Fault(at, "too-long", "ask for at most twenty years at once")


def _moment_faults(now: datetime, as_of: datetime) -> Iterator[Fault]:
    if as_of > now:
        yield Fault("asOf", "in-the-future", "how it will be is not known yet")


@dataclass
class _Recomputed:
    """What the ledgers say of the complaints whose stored rows do not."""

    ids: list[UUID] = field(default_factory=list)
    complaints: list[Row] = field(default_factory=list)
    terms: list[Row] = field(default_factory=list)


async def summary(tx: Transaction, asked: Asked) -> list[Row]:
    """Rows as store/reports.summary gives them. Raises Invalid."""
    found = await _recomputed(tx, asked.cohort)
    return await reports.summary(tx, asked.cohort, asked.group_by, found.ids, found.complaints)


async def timeliness(tx: Transaction, asked: Asked) -> list[Row]:
    """Rows as store/reports.timeliness gives them. Raises Invalid."""
    found = await _recomputed(tx, asked.cohort)
    return await reports.timeliness(tx, asked.cohort, asked.group_by, found.ids, found.terms)


async def duties(tx: Transaction) -> dict[tuple[str, str, str], Duty]:
    """Every duty by procedure, stage and name, as the newest version that has it says it."""
    found: dict[tuple[str, str, str], Duty] = {}
    for row in await stored_rules.versions(tx):
        procedure = await rules.procedure_version(tx, row["procedure"], row["version"])
        for stage in procedure.stages:
            found |= {(row["procedure"], stage.stage, duty.duty): duty for duty in procedure.duties_of(stage)}
    return found


async def _recomputed(tx: Transaction, cohort: Cohort) -> _Recomputed:
    rows = await reports.to_recompute(tx, cohort, MOST + 1)
    if len(rows) > MOST:
        at, reason = "from", f"more than {MOST} complaints of this period were corrected: ask for a shorter one"
        if cohort.past:
            at = "asOf"
            reason = f"more than {MOST} complaints changed since then: ask for a shorter period or a later instant"
        raise Invalid("These figures cannot be given.", faults=[Fault(at, "too-much", reason)])
    found = _Recomputed(ids=[row["id"] for row in rows])
    for start in range(0, len(rows), BATCH):
        await _recompute(tx, cohort.as_of, rows[start : start + BATCH], found)
    return found


async def _recompute(tx: Transaction, as_of: datetime, rows: Sequence[Row], found: _Recomputed) -> None:
    ledgers = await dossiers.events_of(tx, rows, texts=False)
    for row in rows:
        events = tuple(event for event in ledgers[row["id"]] if event.recorded_at and event.recorded_at <= as_of)
        if events:
            procedure = await rules.procedure_version(tx, row["procedure"], row["procedure_version"])
            calendar = await rules.calendar_version(tx, procedure, row["calendar_version"])
            dossier = Dossier(procedure, calendar, events, as_of)
            if dossier.situation.duplicate:
                continue
            found.complaints.append(_complaint(dossier))
            if dossier.situation.kind == "complaint":
                found.terms.extend(_terms(dossier))


def _complaint(dossier: Dossier) -> dict[str, Any]:
    situation = dossier.situation
    return {
        "kind": situation.kind,
        "category": situation.described.get("category"),
        "verdict": situation.verdict,
        "state": situation.state,
        "received_on": situation.received_on,
        "closed_at": situation.closed_at,
        "answered_at": min((event.occurred_at for event in _answers(situation)), default=None),
        "measures": len(situation.all_of(MEASURE)),
    }


def _answers(situation: Situation) -> Iterator[Event]:
    """Those to the complaint, and not to the signal that it was before; the rule is that of store/reports.py."""
    receipt = situation.receipt
    for event in situation.all_of(*ANSWERS):
        same_day = local_date(event.occurred_at) == situation.received_on
        if event.occurred_at >= receipt.occurred_at or (same_day and event.sequence > receipt.sequence):
            yield event


def _terms(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for term in dossier.terms:
        yield {
            "procedure": dossier.procedure.procedure,
            "received_on": dossier.situation.received_on,
            "stage": term.stage.stage,
            "duty": term.duty.duty,
            "soft": term.soft,
            "state": term.state.value,
        }
