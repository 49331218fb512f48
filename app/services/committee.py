"""The body's side of a case: what it sees of it, how it opens one itself, and how it says what it did."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.cases import ENDS, why_not_in
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid, NotFound, NotPossible, Stale
from app.domain.escalation import Escalation, Given
from app.domain.events import Event
from app.domain.terms import Term
from app.domain.verdicts import binds_organisation
from app.services import dossier as dossiers
from app.services import escalations, external
from app.services.cases import case_of
from app.services.dossier import opened
from app.services.escalations import Asked
from app.services.etags import matches
from app.services.external import EXTERNAL, file_faults
from app.services.faults import Gathered
from app.services.sealing import Means
from app.store import attachments, dossier_parts
from app.store import escalations as stored
from app.store.dossiers import Held
from app.store.escalations import Row
from app.store.transaction import Transaction

NO_CASE = "There is no such escalation."
# What meets a duty in a case, and on whose side that is.
_BODYS = frozenset({"external.acknowledged", "external.declined", "external_decision.received", "external.settled"})
_BEFORE_DECISION = frozenset({"escalation.dispatched", "dossier.sealed", "external.answered"})
CORRECTABLE = frozenset({"hearing.scheduled", "external_decision.received", "measure.recorded", *ENDS})
_AFTER_DECISION = frozenset({"decision.answered", "measure.completed"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as its body may see it: its row, what its ledger says, and the sealed parts."""

    row: Row
    version: int
    dossier: Dossier
    case: Escalation
    parts: tuple[Row, ...]

    @property
    def own(self) -> tuple[Event, ...]:
        """What happened in this case, and nothing else of the complaint."""
        return tuple(_own(self.dossier.situation.events, self.case, self.binds_organisation))

    @property
    def etag(self) -> str:
        """Strong: which version of the case this is. What else happens to the complaint does not change it."""
        return etag(self.dossier, self.case)

    @property
    def binds_organisation(self) -> bool:
        """Whether the body may follow what is done with its decision."""
        return binds_organisation(self.dossier.procedure, self.case)

    @property
    def terms(self) -> tuple[tuple[str, Term], ...]:
        """(whose, term): what the body owes by its rules, and what the organisation owes the body."""
        found = ((self._side(term), term) for term in self.dossier.terms if _in_case(term.start.event, self.case))
        return tuple((side, term) for side, term in found if side)

    def _side(self, term: Term) -> str | None:
        meeting = set(term.duty.met_by)
        if meeting & _BODYS:
            return "body"
        shown = meeting & _BEFORE_DECISION or (meeting & _AFTER_DECISION and self.binds_organisation)
        return "organisation" if shown else None

    @property
    def measures(self) -> tuple[tuple[Event, Event | None], ...]:
        """What the decision ordered, each with the proof that it was done, where the decision binds."""
        done = {event.facts.get("measure"): event for event in self.own if event.type == "measure.completed"}
        ordered = (event for event in self.own if event.type == "measure.recorded")
        return tuple((event, done.get(event.sequence)) for event in ordered)

    @property
    def possible(self) -> tuple[str, ...]:
        """What the body may do now, by the words of the path."""
        return possible_in(self.dossier, self.case)


def possible_in(dossier: Dossier, case: Escalation) -> tuple[str, ...]:
    """What the body may do now in its case, by the words of the path."""
    found = [what for what, event in EXTERNAL.items() if why_not_in(case, event) is None]
    found = [what for what in found if what != "dossier-requests" or may_ask_for_dossier(case)]
    own = _own(dossier.situation.events, case, binds_organisation(dossier.procedure, case))
    return (*found, "corrections") if any(map(correctable, own)) else tuple(found)


def may_ask_for_dossier(case: Escalation) -> bool:
    return case.opened_by == "body" and not case.parts


def correctable(event: Event) -> bool:
    """Whether the body said this itself, in a way that it may have to take back."""
    return event.actor.kind == "body" and event.type in CORRECTABLE


def _in_case(event: Event, case: Escalation) -> bool:
    return event is case.requested or event.facts.get("escalation_id") == case.id


def _own(events: Sequence[Event], case: Escalation, follows: bool) -> Iterator[Event]:
    """Where the body does not follow what is done with its decision, those events are not its own either."""
    measures = {event.sequence for event in events if event.type == "measure.recorded" and _in_case(event, case)}
    for event in events:
        theirs = _in_case(event, case) or (event.type == "measure.completed" and event.facts.get("measure") in measures)
        if theirs and (follows or event.type not in _AFTER_DECISION):
            yield event


def etag(dossier: Dossier, case: Escalation) -> str:
    own = {event.sequence for event in _own(dossier.events, case, binds_organisation(dossier.procedure, case))}
    corrections = {e.sequence for e in dossier.events if e.type == "event.corrected" and e.facts["corrects"] in own}
    named = " ".join(str(event.id) for event in dossier.events if event.sequence in own | corrections)
    return f'"{hashlib.sha256(f"{case.id} {named}".encode()).hexdigest()[:32]}"'


# -- reading ---------------------------------------------------------------------------------------------------


async def read(tx: Transaction, escalation_id: UUID) -> Seen:
    """The case that the transaction is in; that it was read is recorded. Raises NotFound."""
    await stored.record_read(tx, escalation_id, "case")
    return await seen(tx, escalation_id)


async def seen(tx: Transaction, escalation_id: UUID) -> Seen:
    """Raises NotFound."""
    row = await stored.read(tx, escalation_id)
    if row is None or row["complaint_id"] != tx.case:
        raise NotFound(NO_CASE)
    held, dossier = await opened(tx, row["complaint_id"])
    case = case_of(dossier, escalation_id)
    handed_over = await dossier_parts.listed(tx, escalation_id)
    return Seen(row, held.row["procedure_version"], dossier, case, tuple(handed_over))


async def parts(tx: Transaction, escalation_id: UUID) -> list[Row]:
    """What was handed over so far."""
    return await dossier_parts.listed(tx, escalation_id)


async def part(tx: Transaction, escalation_id: UUID, number: int) -> tuple[Row, str]:
    """A sealed part with its manifest, and the complaint's reference. Raises NotFound."""
    case = await stored.read(tx, escalation_id)
    row = await dossier_parts.read(tx, escalation_id, number)
    if case is None or row is None:
        raise NotFound("This part was not handed over." if number else "The dossier was not handed over yet.")
    return row, case["reference"]


async def file(tx: Transaction, escalation_id: UUID, attachment_id: UUID) -> Row:
    """A file of this case that may be handed out. Raises NotFound, NotPossible."""
    found = await seen(tx, escalation_id)
    row = await attachments.read(tx, attachment_id) if attachment_id in files_of(found.dossier, found.case) else None
    if row is None:
        raise NotFound("There is no such file in this case.")
    if row["state"] != "clean":
        raise NotPossible("This file is not handed out: it is still looked into, or not safe.", code=row["state"])
    return row


async def demand_open(tx: Transaction, escalation_id: UUID) -> UUID:
    """The complaint of a case that is still with the body. Raises NotFound, NotPossible."""
    row = await stored.read(tx, escalation_id)
    if row is None or row["complaint_id"] != tx.case:
        raise NotFound(NO_CASE)
    if row["ended_at"] is not None:
        raise NotPossible("This case is over.", code="case-over")
    return UUID(bytes=row["complaint_id"].bytes)


def files_of(dossier: Dossier, case: Escalation) -> set[UUID]:
    """The files that the body added to the case, and those that its decision names."""
    of_decision = case.decision.facts.get("attachments", ()) if case.decision else ()
    added = (e.facts["attachment_id"] for e in dossier.events if _in_case(e, case) and "attachment_id" in e.facts)
    return {UUID(each) for each in (*of_decision, *added)}


# -- doing -----------------------------------------------------------------------------------------------------


async def act(
    tx: Transaction,
    escalation_id: UUID,
    what: str,
    facts: Mapping[str, Any],
    texts: Mapping[str, Any],
    actor: Actor,
    *,
    if_match: str | None = None,
) -> Seen:
    """Records what the body did in its case. Raises NotFound, Stale, Invalid, NotPossible."""
    held, dossier, case = await locked(tx, escalation_id, if_match)
    found = Gathered()
    with found.kept():
        _refuse(what, facts, dossier, case)
    with told_to_a_body(possible_in(dossier, case)):
        await external.record_external(tx, held.id, escalation_id, what, facts, texts, actor, found=found)
    return await seen(tx, escalation_id)


async def locked(tx: Transaction, escalation_id: UUID, if_match: str | None) -> tuple[Held, Dossier, Escalation]:
    """The case that the transaction is in, which nobody else changes until it ends. Raises NotFound, Stale."""
    if tx.case is None:
        raise NotFound(NO_CASE)
    held, dossier = await dossiers.locked(tx, tx.case)
    case = case_of(dossier, escalation_id)
    if if_match is not None and not matches(if_match, etag(dossier, case)):
        raise Stale("The case changed since you read it; read it again.")
    return held, dossier, case


@contextmanager
def told_to_a_body(possible: Iterable[str] = ()) -> Iterator[None]:
    """A refusal lists what the organisation could do instead; that is not the body's to see, but what it may do is."""
    try:
        yield
    except NotPossible as refused:
        refused.possible = tuple({"step": what} for what in possible)
        raise


def _refuse(what: str, facts: Mapping[str, Any], dossier: Dossier, case: Escalation) -> None:
    if found := [*date_faults(facts, local_date(dossier.now)), *_file_faults(facts, files_of(dossier, case))]:
        raise Invalid("This lacks something.", faults=found)
    if what == "dossier-requests" and not may_ask_for_dossier(case):
        raise NotPossible(
            "The dossier is asked for in a case that you opened, until it is handed over.", code="dossier-not-asked-for"
        )


def date_faults(facts: Mapping[str, Any], today: date) -> Iterator[Fault]:
    days = [("/dueOn", facts.get("due_on")), ("/scheduledOn", facts.get("scheduled_on"))]
    days += [(f"/measures/{n}/dueOn", each.get("due_on")) for n, each in enumerate(facts.get("measures", ()))]
    for pointer, day in days:
        if day is not None and date.fromisoformat(day) < today:
            yield Fault(pointer, "in-the-past", "this day is past")


def _file_faults(facts: Mapping[str, Any], known: set[UUID]) -> Iterator[Fault]:
    named, unknown = [UUID(each) for each in facts.get("attachments", ())], _UNKNOWN_FILE
    yield from file_faults(named, known, unknown)
    copy = facts.get("publication_copy")
    if copy and UUID(copy) not in known:
        yield Fault("/publicationCopy", "unknown", unknown)
    if copy and not facts.get("publication"):
        yield Fault("/publication", "required", "a copy is given of a decision that is published")


_UNKNOWN_FILE = "no file of this case has this id; add it first"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a complainant brought to the body itself."""

    consent_on: date
    consent_form: str
    consent_text: str
    relief: str | None = None
    reference: str | None = None
    due_on: date | None = None
    identified_by: str = "reference"  # or code: by what the body found the complaint


async def open_case(tx: Transaction, opening: Opening, actor: Actor, means: Means) -> Seen:
    """Opens a case on the complaint that the transaction is in, and asks the organisation for its dossier.

    Raises NotFound where the procedure of the complaint does not name this body; Invalid, NotPossible.
    """
    if tx.case is None:
        raise NotFound("There is no such complaint.")
    _, dossier = await opened(tx, tx.case)
    body = dossier.procedure.body_named(tx.caller.slug)
    if body is None:
        raise NotFound("There is no such complaint.")
    today = local_date(dossier.now)
    faults = list(_due_faults(opening, today))
    if opening.consent_on > today:
        faults.append(Fault("/consent/givenOn", "in-the-future", "this day has not come yet"))
    if faults:
        raise Invalid("This lacks something.", faults=faults)
    asked = Asked(
        tx.caller.slug,
        # it asked the complainant itself, also why the stage before it is skipped
        Given("complainant", "body", consent=True, given=frozenset(body.needs), skips=True),
        relief=opening.relief,
        consent_form=opening.consent_form,
        consent_text=f"{opening.consent_on.isoformat()}: {opening.consent_text}",
        reference=opening.reference,
        due_on=opening.due_on,
        identified_by=opening.identified_by,
    )
    with told_to_a_body():
        outcome = await escalations.request(tx, tx.case, asked, actor, means)
    return await seen(tx, UUID(outcome.case.id))


def refuse_past(opening: Opening, now: datetime) -> None:
    """Of a case on a complaint that is not known: raises Invalid for a day that is past on every organisation's clock.

    Those of sandboxes are set ahead, and no clock is behind.
    """
    if faults := list(_due_faults(opening, local_date(now))):
        raise Invalid("This lacks something.", faults=faults)


def _due_faults(opening: Opening, today: date) -> Iterator[Fault]:
    due = {"due_on": opening.due_on.isoformat() if opening.due_on else None}
    return (replace(fault, pointer="/dossierDueOn") for fault in date_faults(due, today))
