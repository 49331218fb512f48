"""The rope: the one way to change a complaint is to record an event.

record() checks the step, appends it to the ledger, recomputes, and stores the terms and the announcements together.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import earlier, escalation, ledger, recording
from app.domain.callers import SERVICE, Actor
from app.domain.dossier import Dossier
from app.domain.errors import NotFound, Stale
from app.domain.events import ANSWERS, Event
from app.domain.ids import term_id, uuid7
from app.domain.lengthening import moved_by_condition
from app.domain.terms import Term
from app.domain.termstate import TermState
from app.services import rules
from app.services.etags import matches
from app.services.faults import Gathered
from app.store import complaints, dossiers
from app.store.dossiers import Change, Held
from app.store.transaction import Reads, Transaction


@dataclass(frozen=True, slots=True)
class Recorded:
    """A dossier after a change: what is new in it, and what was odd about the change."""

    row: dossiers.Row
    dossier: Dossier
    warnings: tuple[dict[str, Any], ...] = ()
    fresh: tuple[Event, ...] = ()
    parties: tuple[dossiers.Row, ...] = ()

    @property
    def etag(self) -> str:
        return etag(self.row)

    @property
    def held(self) -> Held:
        """To go on from, in the same transaction."""
        return Held(self.row, self.dossier.events)


def etag(row: dossiers.Row) -> str:
    """Strong: the hash of the last event says which version of the dossier this is."""
    head = row["head_hash"]
    return f'"{(head if isinstance(head, str) else head.hex())[:32]}"'


async def opened(tx: Reads, complaint_id: UUID) -> tuple[Held, Dossier]:
    """A complaint as it is now, to read. Raises NotFound, also for another organisation's."""
    held = await dossiers.read(tx, complaint_id)
    return await _dossier(tx, held)


async def shown_events(tx: Reads, events: Sequence[Event]) -> list[Event]:
    """Events as who asks may see them: without the reference of a complaint in which they are involved (P9)."""
    named = earlier.named(events)
    hidden = await complaints.hidden(tx, named) if named and tx.caller.staff_id else set()
    return [earlier.without(event, hidden) for event in events]


async def _dossier(tx: Reads, held: Held | None) -> tuple[Held, Dossier]:
    """`now` is never before the last event: who waited for the lock began earlier than the one who held it."""
    # a complaint without events is one that the caller may see no more: they became involved while they waited for it
    if held is None or not held.events:
        raise NotFound("There is no such complaint.")
    procedure = await rules.procedure_version(tx, held.row["procedure"], held.row["procedure_version"])
    calendar = await rules.calendar_version(tx, procedure, held.row["calendar_version"])
    now = max(tx.now, held.events[-1].recorded_at or tx.now)
    return held, Dossier(procedure, calendar, held.events, now)


def ids(now: datetime, earlier: Sequence[Event] = ()) -> Callable[[], UUID]:
    """A source of ids in the order of time, and within a millisecond in the order in which they are asked for.

    Each comes after those of the events that are there: whoever waited for the complaint began before them.
    """
    last = max((event.id.int for event in earlier[-1:] if event.id), default=0)

    def following() -> UUID:
        nonlocal last
        drawn = _ascending(now)
        if drawn.int <= last:
            drawn = UUID(int=last + 1 + secrets.randbelow(1 << 32))
        last = drawn.int
        return drawn

    return following


_MILLISECONDS_KEPT = 64
_latest: OrderedDict[int, int] = OrderedDict()  # by millisecond, the last that was given


def _ascending(now: datetime) -> UUID:
    drawn = uuid7(now, secrets.token_bytes(10))
    millisecond = drawn.int >> 80
    if (last := _latest.get(millisecond)) is not None:
        drawn = UUID(int=last + 1 + secrets.randbelow(1 << 32))
    _latest[millisecond] = drawn.int
    if len(_latest) > _MILLISECONDS_KEPT:
        _latest.popitem(last=False)
    return drawn


Draft = Callable[[Dossier], Sequence[Event]]


async def record(
    tx: Transaction,
    complaint_id: UUID,
    draft: Draft,
    actor: Actor,
    *,
    if_match: str | None = None,
    found: Gathered | None = None,
) -> Recorded:
    """Records on a complaint what `draft` makes of it: events without sequence, id or recording instant.

    Raises NotFound, Stale (another version than `if_match`), and what the gate refuses, with the faults that were
    `found` before.
    """
    held, dossier = await locked(tx, complaint_id, if_match)
    found = Gathered() if found is None else found  # one that is empty yet may be filled by the draft
    return await grown(tx, held, dossier, looked_at(dossier, draft, actor, found), actor)


def looked_at(
    dossier: Dossier, draft: Draft, actor: Actor, found: Gathered, *, hanging: Collection[str] = ()
) -> Sequence[Event]:
    """The events that `draft` makes. Raises what was `found` before together with what the gate says of them.

    `hanging`: codes that may come of what was found.
    """
    with found.told(hanging=hanging):
        events = draft(dossier)
        if found:
            probed(dossier, events, actor)
    return events


def probed(dossier: Dossier, events: Sequence[Event], actor: Actor) -> None:
    """Raises what the gate would refuse; nothing is written."""
    for event in events:
        dossier = recording.taken(dossier, event, actor, ids(dossier.now, dossier.events))


async def locked(tx: Transaction, complaint_id: UUID, if_match: str | None = None) -> tuple[Held, Dossier]:
    """A complaint that nobody else changes until the transaction ends. Raises NotFound, Stale."""
    held, dossier = await _dossier(tx, await dossiers.lock(tx, complaint_id))
    if if_match is not None and not matches(if_match, etag(held.row)):
        raise Stale("The complaint changed since you read it; read it again.")
    return held, dossier


async def grown(tx: Transaction, held: Held, dossier: Dossier, events: Sequence[Event], actor: Actor) -> Recorded:
    """Records events on a complaint that is locked. Raises what the gate refuses."""
    after, remarks = dossier, tuple[dict[str, Any], ...]()
    for event in events:
        remarks += after.remarks(event, actor)
        before, after = after, recording.taken(after, event, actor, ids(tx.now, after.events))
        moved = moved_by_condition(before.view, after.view)
        remarks += tuple({"code": "last-day-moved", "message": sentence} for sentence in moved)
    # an answer is judged as the dossier was when it came, all else as it is now
    decides = any(event.type in ANSWERS for event in events)
    warnings = (dossier.warnings(actor) if decides else after.warnings(SERVICE)) + remarks
    return replace(await _written(tx, held, dossier, after), warnings=warnings)


async def added(tx: Transaction, held: Held, dossier: Dossier, events: Sequence[Event]) -> Recorded:
    """Records on a complaint that is locked what follows by itself from what was recorded elsewhere."""
    after = dossier
    for event in events:
        after = recording.grown(after, event, SERVICE, ids(tx.now, after.events))
    return await _written(tx, held, dossier, after)


async def _written(tx: Transaction, held: Held, before: Dossier, after: Dossier) -> Recorded:
    cleared = tuple(before.situation.involved - after.situation.involved)
    change = replace(change_of(held, after), cleared=cleared)
    await dossiers.update(tx, change)
    return Recorded({**held.row, **change.complaint}, after, fresh=after.events[len(held.events) :])


def change_of(held: Held, after: Dossier, people: Sequence[dossiers.Row] = ()) -> Change:
    """What has to be written so that the store says what the dossier says."""
    fresh = after.events[len(held.events) :]
    rows = ledger_rows(held.row, held.row["head_sequence"], held.row["head_hash"], fresh)
    head = rows[-1]["hash"] if rows else held.row["head_hash"]
    return Change(
        complaint=complaint_row(held.row, after, head),
        events=rows,
        terms=term_rows(held.row, after),
        parties=(*people, *party_rows(held.row, fresh)),
        involvements=involvement_rows(held.row, fresh),
        escalations=escalation_rows(held.row, after) if fresh else (),
    )


def ledger_rows(row: dossiers.Row, sequence: int, previous: bytes, fresh: Sequence[Event]) -> list[dict[str, Any]]:
    """The new events as ledger rows, each sealed to the one before it."""
    rows = []
    for event in fresh:
        sequence += 1
        sealed = _sealed(row, event, sequence, previous)
        previous = sealed["hash"]
        rows.append(sealed)
    return rows


def _sealed(row: dossiers.Row, event: Event, sequence: int, previous: bytes) -> dict[str, Any]:
    texts = ledger.canonical(event.texts) if event.texts else None
    salt = secrets.token_bytes(16) if texts else None
    columns = {
        "organisation_id": row["organisation_id"],
        "id": event.id,
        "complaint_id": row["id"],
        "sequence": sequence,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "actor_kind": event.actor.kind,
        "actor_id": event.actor.id,
        "actor_role": ",".join(event.actor.roles) or None,
        "facts": ledger.canonical(event.facts),
        "texts": texts,
        "salt": salt,
        "texts_hash": ledger.texts_hash(texts, salt),
        "previous_hash": previous,
    }
    return {**columns, "hash": ledger.event_hash(columns)}


def complaint_row(row: dossiers.Row, after: Dossier, head: bytes) -> dict[str, Any]:
    """The complaint's row: a copy of what the dossier says, to find it by."""
    situation = after.situation
    return {
        "organisation_id": row["organisation_id"],
        "id": row["id"],
        "kind": situation.kind,
        "category": situation.described.get("category"),
        "complainant_type": situation.described.get("complainant_type"),
        "received_at": situation.received_at,
        "received_on": situation.received_on,
        "stage": situation.stage.stage if situation.stage else "",
        "state": situation.state,
        "public_status": situation.public_status,
        "verdict": situation.verdict,
        "handler_id": situation.handler_id,
        "next_act_by": after.next_act_by,
        "next_due_on": after.next_due_on,
        "closed_at": situation.closed_at,
        "duplicate": situation.duplicate,
        "head_sequence": len(after.events),
        "head_hash": head,
        "updated_at": after.now,
    }


def term_rows(row: dossiers.Row, after: Dossier) -> list[dict[str, Any]]:
    return [_term_row(row, after, term) for term in after.terms]


def _term_row(row: dossiers.Row, after: Dossier, term: Term) -> dict[str, Any]:
    """A term as it is, but while it stands still until `lapses_at` with the days that it has from then on."""
    return {
        "organisation_id": row["organisation_id"],
        "id": term_id(row["id"], term.key),
        "complaint_id": row["id"],
        "key": term.key,
        "reference": row["reference"],
        "duty": term.duty.duty,
        "stage": term.stage.stage,
        "source": term.duty.source or "",
        "state": term.state.value,
        "soft": term.soft,
        "open": term.is_open,
        "started_on": term.started_on,
        "due_on": term.onward.due_on,
        "breach_at": term.onward.breach_at,
        "act_by": term.onward.act_by,
        "lapses_at": term.lapses_at,
        "warn_at": term.warn_at if term.state is TermState.pending else None,
        "warned_at": _recorded_at(term.warned),
        "breach_recorded_at": _recorded_at(term.breach_recorded),
        "met_at": term.met_by.occurred_at if term.met_by else None,
        "handler_id": after.situation.handler_id,
        "procedure": row["procedure"],
        "procedure_version": row["procedure_version"],
        "derivation": term.derivation,
    }


def _recorded_at(event: Event | None) -> datetime | None:
    return event.recorded_at if event else None


def party_rows(row: dossiers.Row, fresh: Sequence[Event]) -> list[dict[str, Any]]:
    """Who came into the case: the people that intake and later events name."""
    return [_party_row(row, party) for event in fresh for party in (event.texts or {}).get("parties", ())]


def _party_row(row: dossiers.Row, party: dict[str, Any]) -> dict[str, Any]:
    email = party.get("email")
    return {
        "organisation_id": row["organisation_id"],
        "id": party["id"],
        "complaint_id": row["id"],
        "role": party["role"],
        "name": party.get("name"),
        "email": email,
        "email_key": email.casefold() if email else None,
        "details": party.get("details"),
    }


def involvement_rows(row: dossiers.Row, fresh: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {
            "organisation_id": row["organisation_id"],
            "complaint_id": row["id"],
            "staff_id": event.facts["staff_id"],
            "declared_at": event.recorded_at,
        }
        for event in fresh
        if event.type == "involvement.declared"
    ]


def escalation_rows(row: dossiers.Row, after: Dossier) -> list[dict[str, Any]]:
    """Its cases with external bodies, as they are now; none, and nothing looked at, for most complaints."""
    if not any(event.type == "escalation.requested" for event in after.events):
        return []
    own = {
        "organisation_id": row["organisation_id"],
        "complaint_id": row["id"],
        "reference": row["reference"],
        "procedure": after.procedure.procedure,
        "updated_at": after.now,
    }
    return [{**each, **own} for each in escalation.rows(after)]
