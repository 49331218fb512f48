"""Trying out procedures, published or not: judging, comparing, telling a story. Nothing is stored.

It may take seconds of processor time. What the database adds is read first, into a Trial; the rest needs no connection
and runs in a thread.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.domain import difference, linting, simulation, table
from app.domain.activation import activation_faults
from app.domain.calendar import Calendar, OutOfCalendar
from app.domain.difference import Difference
from app.domain.errors import Fault, Invalid
from app.domain.procedure import Procedure
from app.domain.simulation import Imagined, Simulation
from app.domain.survey import Question
from app.domain.table import Table
from app.services import procedures, rules
from app.services.calculator import FIRST_YEAR, LAST_YEAR, YEARS
from app.services.faults import Gathered
from app.services.procedures import Given, read_document, reading_of
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a document; what keeps it from coming into force; what a careful reader would ask."""

    faults: Sequence[Fault]
    activation_faults: Sequence[Fault]
    questions: Sequence[Question]


@dataclass(frozen=True, slots=True)
class Trial:
    """What was given, and what the database adds: the procedure where it is published, now, and the newest calendar.

    `refused`: the published one that was named is not there. `where`: pointer to what was given, in the request.
    """

    given: Given
    where: str
    published: Procedure | None
    refused: Invalid | None
    now: datetime
    calendar_version: int
    decree_days: tuple[tuple[date, str], ...]

    def procedure(self) -> Procedure:
        """Raises Invalid."""
        if self.refused is not None:
            raise self.refused
        return self.published or read_document(self.given, self.where)

    def calendar(self, procedure: Procedure) -> Calendar:
        """Of a procedure, published or not: made anew, so that no document fills up our memory."""
        rule = procedure.calendar
        return Calendar(rule.working_days, self.calendar_version, self.decree_days, rule.closed)


async def trial(tx: Transaction, given: Given, where: str = "") -> Trial:
    published, refused = None, None
    try:
        published = await procedures.procedure_of(tx, given, where) if given.procedure is not None else None
    except Invalid as unknown:
        refused = unknown
    number = await rules.current_calendar(tx)
    return Trial(given, where, published, refused, tx.now, number, await rules.decree_days(tx, number))


def judge(given: Given) -> Judgement:
    """What there is to say about a document. Does not raise over what is in it."""
    read = reading_of(given)
    blocking = activation_faults(read.document, read.hiding) if read.document is not None else ()
    return Judgement(read.faults, blocking, () if read.faults else linting.questions(read.procedure))


def differences(old: Trial, new: Trial) -> list[Difference]:
    """What changes from the one to the other. Raises Invalid."""
    found, read = Gathered(), list[Procedure]()
    for each in (old, new):
        with found.kept():
            read.append(each.procedure())
    with found.told():
        return difference.differences(*map(_terse, read)) if not found else []


def _terse(procedure: Procedure) -> Procedure:
    """The same value, in which only what differs from a default counts as said: sentences leave out the rest."""
    return Procedure.model_validate(json.loads(procedure.model_dump_json(by_alias=True, exclude_defaults=True)))


def simulate(on: Trial, procedure: Procedure, events: Sequence[Imagined], as_of: datetime | None) -> Simulation:
    """A story told under the procedure and the newest calendar, as of an instant (None: the last event).

    Raises OutOfCalendar, and Invalid when it would take too long.
    """
    last = max((event.occurred_at for event in events), default=on.now)
    try:
        return simulation.simulate(procedure, on.calendar(procedure), events, as_of or last)
    except OutOfCalendar as refused:
        raise OutOfCalendar(refused.detail, faults=_too_far(events)) from refused


def _too_far(events: Sequence[Imagined]) -> list[Fault]:
    """The events in years that nobody can count with."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    far = [at for at, event in enumerate(events) if event.occurred_at.year not in years]
    return [Fault(f"/events/{at}/occurredAt", OutOfCalendar.code, YEARS) for at in far]


def due_dates(on: Trial, procedure: Procedure, year: int, facts: Mapping[str, Any]) -> Table:
    """The due dates of every receipt day of a year."""
    return table.due_dates(procedure, on.calendar(procedure), year, facts)
