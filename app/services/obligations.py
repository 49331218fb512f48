"""What is owed without a date, over all complaints: duties, reviews after closing, and periodic reviews."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.duties import ANSWER_AGAIN, ENDED, Obligation, obligations
from app.domain.duty import NAMED_BY
from app.domain.owed_to_bodies import ANSWER_IF_ASKED
from app.domain.procedure import Procedure, Review
from app.domain.situation import Situation
from app.domain.termstate import TermState
from app.domain.titles import event_title
from app.domain.undelivered import SEND_AGAIN
from app.services import reviews, rules
from app.services.reviews import Periodic
from app.store import dossiers, work
from app.store import rules as stored_rules
from app.store.transaction import Transaction

SCAN, SCANS = 1000, 20  # complaints looked at in one statement, and statements for one page
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
# What counts as a start of these is recorded under another name too (domain/moments.py).
_ALSO = {
    "complaint.received": ("signal.promoted", "complaint.reclassified"),
    "complaint.completed": ("information.received",),
    "complaint.resolved": ("complaint.closed",),
}
# What no procedure names, in our own words.
_OURS = {
    SEND_AGAIN: {
        "nl": "het opnieuw sturen van een brief die niet aankwam",
        "en": "sending again a letter that did not arrive",
    },
    ANSWER_AGAIN: {
        "nl": "een nieuw antwoord, nu de klacht is heropend",
        "en": "another answer, now that the complaint was reopened",
    },
}


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed. Of a complaint (`complaint` is its row) or of the organisation (`periodic`)."""

    place: UUID
    number: int
    procedure: Procedure
    version: int
    obligation: Obligation
    complaint: Mapping[str, Any] | None = None
    periodic: Periodic | None = None

    @property
    def position(self) -> tuple[str, int]:
        return str(self.place), self.number

    @property
    def title(self) -> dict[str, str]:
        """As the procedure calls it, else what would meet it."""
        if own := _OURS.get(self.obligation.duty):
            return own
        named = next(_named(self.procedure, self.obligation.duty), None)
        return {"nl": named.nl, "en": named.en} if named else event_title(self.obligation.met_by)


def _named(procedure: Procedure, duty: str) -> Iterator[Any]:
    for stage in procedure.stages:
        yield from (each.title for each in procedure.duties_of(stage) if each.duty == duty and each.title)
    yield from (review.title for review in procedure.reviews if review.review == duty and review.title)


@dataclass(slots=True)
class _Scan:
    """How far the complaints were looked through."""

    place: UUID
    left: int
    whole: bool = False


async def owed(
    tx: Transaction,
    position: tuple[Any, ...] | None,
    backwards: bool,
    fetch: int,
    *,
    procedure: str | None = None,
) -> tuple[list[Owed], tuple[str, int] | None]:
    """The next `fetch` things past a position: periodic reviews first, then by complaint in the order of intake.

    Where nearly nothing is owed it stops after many complaints; then the second value is where to go on.
    """
    after = (UUID(position[0]), int(position[1])) if position else (_LAST if backwards else _FIRST, -1)
    scan = _Scan(after[0], SCANS)
    walk = _backwards if backwards else _forwards
    found: list[Owed] = []
    async for each in walk(tx, scan, procedure):
        at = (each.place, each.number)
        if (at < after) if backwards else (at > after):
            found.append(each)
        if len(found) == fetch:
            return found, None
    return found, None if scan.whole else (str(scan.place), -1 if backwards else _PAST_ALL)


_PAST_ALL = 1_000_000


async def _forwards(tx: Transaction, scan: _Scan, procedure: str | None) -> AsyncIterator[Owed]:
    if scan.place == _FIRST:
        for each in await _periodic(tx, procedure):
            yield each
    async for each in _of_complaints(tx, scan, procedure, (">=", ">")):
        yield each


async def _backwards(tx: Transaction, scan: _Scan, procedure: str | None) -> AsyncIterator[Owed]:
    async for each in _of_complaints(tx, scan, procedure, ("<=", "<")):
        yield each
    if scan.whole:
        for each in reversed(await _periodic(tx, procedure)):
            yield each


async def _of_complaints(
    tx: Transaction, scan: _Scan, procedure: str | None, signs: tuple[str, str]
) -> AsyncIterator[Owed]:
    duties = await _undated(tx)
    past, further = signs
    while scan.left and not scan.whole:
        rows = await work.may_owe(tx, duties, scan.place, SCAN, past=past, procedure=procedure)
        for things in await _read(tx, [row for row in rows if row["owes"]]):
            for each in things if further == ">" else reversed(things):
                yield each
        scan.whole = not rows or rows[-1]["scanned"] < SCAN
        scan.place, past = rows[-1]["id"] if rows else scan.place, further
        scan.left -= 1


async def _read(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[list[Owed]]:
    """What each of these complaints owes, by its ledger."""
    ledgers = await dossiers.events_of(tx, rows, texts=False)
    found = []
    for row in rows:
        version = await rules.procedure_version(tx, row["procedure"], row["procedure_version"])
        things = enumerate(obligations(Situation(version, ledgers[row["id"]])))
        found.append([Owed(row["id"], n, version, row["procedure_version"], each, complaint=row) for n, each in things])
    return found


async def _undated(tx: Transaction) -> list[dict[str, Any]]:
    """The duties and reviews without a date of every published version, as event types."""
    found: list[dict[str, Any]] = []
    for row in await stored_rules.versions(tx):
        procedure = await rules.procedure_version(tx, row["procedure"], row["version"])
        for after, duty in _undated_of(procedure):
            starts = [*after, *(other for name in after for other in _ALSO.get(name, ()))]
            whole = {"procedure": row["procedure"], "starts": starts, **duty}
            if whole not in found:
                found.append(whole)
    return found


def _undated_of(procedure: Procedure) -> Iterator[tuple[Sequence[str], dict[str, Any]]]:
    """What starts one, and the rest as store/work.may_owe takes it."""
    for stage in procedure.stages:
        outside = stage.kind == "external"
        for duty in procedure.duties_of(stage):
            if duty.within is not None or duty is ANSWER_IF_ASKED:
                continue
            kept = {"meets": list(duty.met_by), "ends": [] if outside else list(ENDED), "stated": duty.stated}
            apart = {**kept, "apart": True, "kind": duty.submission}
            if duty.each:
                yield from (((name,), {**apart, "named": NAMED_BY[name]}) for name in duty.after)
            else:
                yield duty.after, apart if outside or duty.submission else kept
    # whether the answer came since, the ledger says: few complaints are reopened
    yield ("complaint.reopened",), {"meets": ["complaint.closed"], "ends": list(ENDED)}
    for review in procedure.reviews:
        if review.after:
            yield (review.after,), {"meets": [review.met_by], "ends": []}
    # much makes that good, and the ledgers in which it happened are few
    yield ("delivery.failed",), {"meets": [], "ends": []}


async def _periodic(tx: Transaction, procedure: str | None) -> list[Owed]:
    """Reviews of a period that is over or runs, and that were not held in it."""
    waiting = [
        each
        for each in await reviews.periodic(tx)
        if procedure in (None, each.procedure) and each.due.state in (TermState.pending, TermState.overdue)
    ]
    found = []
    for number, each in enumerate(waiting):
        known = await rules.procedure_version(tx, each.procedure, each.version)
        found.append(Owed(_FIRST, number, known, each.version, _as_obligation(each.due.review), periodic=each))
    return found


def _as_obligation(review: Review) -> Obligation:
    return Obligation(review.review, review.met_by, review.by, False, review.source)
