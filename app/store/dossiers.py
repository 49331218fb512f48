"""Dossiers in the database: one complaint with its ledger, its terms and what hangs on them.

Reading takes one statement; changing takes two (lock, then read: a subquery in the locking statement would see the
ledger as it was before the lock was free) and one that writes everything at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.domain.callers import Actor
from app.domain.events import Event
from app.store import escalation_rows, idempotency
from app.store.idempotency import Answer
from app.store.transaction import Reads, Transaction, Unavailable

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A complaint's row and its events, as read. Locked until the transaction ends when read for a change."""

    row: Row
    events: tuple[Event, ...]
    people: tuple[Row, ...] = ()

    @property
    def id(self) -> UUID:
        return self.row["id"]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Change:
    """What one recording writes: the complaint's row, new ledger rows, terms, people in it, and its escalations.

    `cleared`: employees who are not involved in it after all.
    """

    complaint: Row
    events: Sequence[Row]
    terms: Sequence[Row] = ()
    parties: Sequence[Row] = ()
    involvements: Sequence[Row] = field(default=())
    escalations: Sequence[Row] = ()
    cleared: Sequence[UUID] = ()


_FACTS = "id, complaint_id, sequence, type, occurred_at, recorded_at, actor_kind, actor_id, actor_role, facts"
# The organisation is named: the worker's row level security narrows nothing down, and the index leads with it.
_LEDGERS = """
select {columns} from unnest($1::uuid[], $2::uuid[]) as c(organisation_id, complaint_id)
join events using (organisation_id, complaint_id)
order by organisation_id, complaint_id, sequence
"""
_EVENTS = {
    True: _LEDGERS.format(columns=f"{_FACTS}, texts"),
    False: _LEDGERS.format(columns=f"{_FACTS}, null as texts"),
}


_OF_ONE = (
    "id",
    "sequence",
    "type",
    "occurred_at",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "actor_role",
    "facts",
    "texts",
)
_OF_A_PARTY = ("id", "role", "name", "email", "details")
_WHOLE = f"""
select c.*, array(
  select row({", ".join(_OF_ONE)}) from events e
  where e.organisation_id = c.organisation_id and e.complaint_id = c.id order by e.sequence) as ledger, array(
  select row({", ".join(_OF_A_PARTY)}) from parties p
  where p.organisation_id = c.organisation_id and p.complaint_id = c.id and p.removed_at is null
  order by p.role = 'complainant' desc, p.role, p.id) as people
from complaints c where c.id = $1
"""


async def read(tx: Reads, complaint_id: UUID) -> Held | None:
    """A complaint with its events; None when there is none that this caller may see."""
    row = await tx.fetchrow(_WHOLE, complaint_id)
    if row is None:
        return None
    events = tuple([_event(event) for event in row["ledger"]])
    return Held(row, events, tuple(dict(zip(_OF_A_PARTY, party, strict=True)) for party in row["people"]))


async def lock(tx: Transaction, complaint_id: UUID) -> Held | None:
    """The same, held against every other change until the transaction ends."""
    row = await tx.fetchrow("select * from complaints where id = $1 for update", complaint_id)
    if row is None:
        return None
    events = await events_of(tx, [row], texts=True)
    return Held(row, events[row["id"]])


async def events_of(tx: Transaction, complaints: Sequence[Row], *, texts: bool) -> dict[UUID, tuple[Event, ...]]:
    """The ledgers of these complaints (rows with organisation_id and id); the worker reads them without texts."""
    found: dict[UUID, list[Event]] = {row["id"]: [] for row in complaints}
    organisations = [row["organisation_id"] for row in complaints]
    for row in await tx.fetch(_EVENTS[texts], organisations, list(found)):
        found[row["complaint_id"]].append(event_of(row))
    return {complaint_id: tuple(events) for complaint_id, events in found.items()}


def event_of(row: Row) -> Event:
    return _event([row[name] for name in _OF_ONE])


def _event(row: Sequence[Any]) -> Event:
    """From its values as they stand in `_OF_ONE`."""
    id, sequence, type, occurred_at, recorded_at, actor_kind, actor_id, actor_role, facts, texts = row
    actor = Actor(actor_kind, actor_id, tuple(actor_role.split(",")) if actor_role else ())
    told = orjson.loads(texts) if texts else None
    return Event(type, occurred_at, orjson.loads(facts), told, actor, recorded_at, sequence, id)


_NEW_COMPLAINT = """
made as (
  insert into complaints (organisation_id, id, reference, procedure, procedure_version, calendar_version, kind, channel,
    category, complainant_type, received_at, received_on, stage, state, public_status, verdict, handler_id, next_act_by,
    next_due_on, closed_at, duplicate, head_sequence, head_hash, created_at, updated_at)
  select organisation_id, id, reference, procedure, procedure_version, calendar_version, kind, channel, category,
    complainant_type, received_at, received_on, stage, state, public_status, verdict, handler_id, next_act_by,
    next_due_on, closed_at, duplicate, head_sequence, decode(head_hash, 'hex'), created_at, updated_at
  from jsonb_to_recordset($1::jsonb) as c(organisation_id uuid, id uuid, reference text, procedure text,
    procedure_version int, calendar_version int, kind text, channel text, category text, complainant_type text,
    received_at timestamptz, received_on date, stage text, state text, public_status text, verdict text,
    handler_id uuid, next_act_by date, next_due_on date, closed_at timestamptz, duplicate boolean,
    head_sequence int, head_hash text, created_at timestamptz, updated_at timestamptz)
)"""

_CHANGED_BY_WORKER = """stage = c.stage, state = c.state, public_status = c.public_status,
    next_act_by = c.next_act_by, next_due_on = c.next_due_on, head_sequence = c.head_sequence,
    head_hash = decode(c.head_hash, 'hex'), updated_at = c.updated_at, duplicate = c.duplicate"""
_CHANGED_BY_APP = f"""{_CHANGED_BY_WORKER}, kind = c.kind, category = c.category,
    complainant_type = c.complainant_type, received_at = c.received_at,
    received_on = c.received_on, verdict = c.verdict, handler_id = c.handler_id, closed_at = c.closed_at"""

_CHANGED_COMPLAINT = """
made as (
  update complaints set {changed}
  from jsonb_to_recordset($1::jsonb) as c(organisation_id uuid, id uuid, kind text, category text,
    complainant_type text, received_at timestamptz, received_on date, stage text, state text, public_status text,
    verdict text, handler_id uuid, next_act_by date, next_due_on date, closed_at timestamptz, duplicate boolean,
    head_sequence int, head_hash text, updated_at timestamptz)
  where complaints.organisation_id = c.organisation_id and complaints.id = c.id
)"""

_NEW_EVENTS = """
given as (
  select * from jsonb_to_recordset($2::jsonb) as e(organisation_id uuid, id uuid, complaint_id uuid, sequence int,
    type text, occurred_at timestamptz, recorded_at timestamptz, actor_kind text, actor_id uuid, actor_role text,
    facts text, texts text, salt text, texts_hash text, previous_hash text, hash text)
),
written as (
  insert into events (organisation_id, id, complaint_id, sequence, type, occurred_at, recorded_at, actor_kind, actor_id,
    actor_role, facts, texts, salt, texts_hash, previous_hash, hash{place})
  select organisation_id, id, complaint_id, sequence, type, occurred_at, recorded_at, actor_kind, actor_id, actor_role,
    facts, texts, decode(salt, 'hex'), decode(texts_hash, 'hex'), decode(previous_hash, 'hex'), decode(hash, 'hex'){its}
  from given
),
announced as (
  insert into outbox (organisation_id, complaint_id, event_id, sequence, type, occurred_at, created_at)
  select organisation_id, complaint_id, id, sequence, type, occurred_at, recorded_at from given
)"""

# Who waited for a complaint may have a place (its transaction's number) before that of whom it waited for. Its events
# take the place of the last one there: a reader is past that only once both are committed.
_ITS_PLACE = """,
    greatest((select (base + pg_current_xact_id()::text::bigint)::text::xid8 from feed_base),
      (select e.xid from events e where e.organisation_id = given.organisation_id
        and e.complaint_id = given.complaint_id order by e.sequence desc limit 1))"""
_FIRST_EVENTS = _NEW_EVENTS.format(place="", its="")
_MORE_EVENTS = _NEW_EVENTS.format(place=", xid", its=_ITS_PLACE)

_TERM_COLUMNS = (
    "duty, stage, source, state, soft, open, started_on, due_on, breach_at, act_by, lapses_at, warn_at, warned_at, "
    "breach_recorded_at, met_at, handler_id, procedure, procedure_version, derivation"
)


def _columns_of(row: str) -> str:
    return ", ".join(f"{row}.{name.strip()}" for name in _TERM_COLUMNS.split(","))


_NEW_TERMS = f"""
  insert into terms (organisation_id, id, complaint_id, key, reference, {_TERM_COLUMNS})
  select organisation_id, id, complaint_id, key, reference, {_TERM_COLUMNS}
  from jsonb_to_recordset($3::jsonb) as t(organisation_id uuid, id uuid, complaint_id uuid, key text, reference text,
    duty text, stage text, source text, state text, soft boolean, open boolean, started_on date, due_on date,
    breach_at timestamptz, act_by date, lapses_at timestamptz, warn_at timestamptz, warned_at timestamptz,
    breach_recorded_at timestamptz, met_at timestamptz, handler_id uuid, procedure text, procedure_version int,
    derivation jsonb)"""
# A term that stays as it was is not written again: that would write an entry in each of its indexes.
_TERMS = f"""
counted as ({_NEW_TERMS}
  on conflict (organisation_id, complaint_id, key) do update set ({_TERM_COLUMNS})
    = ({_columns_of("excluded")})
  where ({_columns_of("terms")}) is distinct from ({_columns_of("excluded")})
)"""

_PARTIES = """
parties_made as (
  insert into parties (organisation_id, id, complaint_id, role, name, email, email_key, details)
  select organisation_id, id, complaint_id, role, name, email, email_key, coalesce(details, '{}'::jsonb)
  from jsonb_to_recordset($4::jsonb) as p(organisation_id uuid, id uuid, complaint_id uuid, role text, name text,
    email text, email_key text, details jsonb)
)"""

_INVOLVED = """
involved as (
  insert into involvements (organisation_id, complaint_id, staff_id, declared_at)
  select organisation_id, complaint_id, staff_id, declared_at
  from jsonb_to_recordset($5::jsonb) as i(organisation_id uuid, complaint_id uuid, staff_id uuid,
    declared_at timestamptz)
  on conflict do nothing
)"""


_CLEARED = """
update involvements set cleared_at = $3 where complaint_id = $1 and staff_id = any($2::uuid[]) and cleared_at is null
"""

_ANSWER = f"""
answered as (
  {idempotency.insertion(5)} returning id
)"""


def _statement(*parts: str, outcome: str = "1") -> str:
    return f"with {','.join(parts)}\nselect {outcome}"


# A term whose condition no longer holds, or whose start was taken back, is no term any more; its row stays, as gone.
_GONE = """
gone as (
  update terms set open = false, state = 'gone'
  from jsonb_to_recordset($1::jsonb) as c(organisation_id uuid, id uuid)
  where terms.organisation_id = c.organisation_id and terms.complaint_id = c.id and terms.state <> 'gone'
    and not exists (
      select from jsonb_to_recordset($3::jsonb) as k(complaint_id uuid, key text)
      where k.complaint_id = terms.complaint_id and k.key = terms.key)
)"""

# A new complaint has no terms yet and nobody has declared to be involved in it, so neither is looked for.
_NEW = (_NEW_COMPLAINT, _FIRST_EVENTS, f"counted as ({_NEW_TERMS})", _PARTIES)
_INTAKE = _statement(*_NEW, outcome="true as kept")
_ANSWERED_INTAKE = _statement(*_NEW, _ANSWER, outcome="exists (select from answered) as kept")
_GROWN = (_CHANGED_COMPLAINT.format(changed=_CHANGED_BY_APP), _MORE_EVENTS, _TERMS, _GONE, _PARTIES, _INVOLVED)
_RECORD = _statement(*_GROWN)
_RECORD_ESCALATED = _statement(*_GROWN, escalation_rows.upserted(6))
_ANNOUNCE = _statement(_CHANGED_COMPLAINT.format(changed=_CHANGED_BY_WORKER), _MORE_EVENTS, _TERMS, _GONE)


async def insert(tx: Transaction, change: Change, answer: Answer | None = None) -> bool:
    """Writes a new complaint with everything that belongs to it, and what was answered; False as `idempotency.keep`.

    Raises Unavailable when its random reference is taken: once in a million complaints, and a retry draws another.
    """
    arguments = _arguments([change], "events", "terms", "parties")
    try:
        if answer is None:
            row = await tx.fetchrow(_INTAKE, *arguments)
        else:
            row = await tx.fetchrow(_ANSWERED_INTAKE, *arguments, *answer.arguments)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "complaints_organisation_id_reference_key":
            raise Unavailable("the reference was taken") from error
        raise
    return row is not None and bool(row["kept"])


async def update(tx: Transaction, change: Change) -> None:
    """Writes what was recorded on an existing, locked complaint."""
    lists = ("events", "terms", "parties", "involvements")
    if change.escalations:
        await tx.execute(_RECORD_ESCALATED, *_arguments([change], *lists, "escalations"))
    else:
        await tx.execute(_RECORD, *_arguments([change], *lists))
    if change.cleared:
        await tx.execute(_CLEARED, change.complaint["id"], change.cleared, tx.now)


async def announce(tx: Transaction, changes: Sequence[Change]) -> None:
    """The worker's way: many complaints of many organisations, no texts and no people."""
    await tx.execute(_ANNOUNCE, *_arguments(changes, "events", "terms"))


def _arguments(changes: Sequence[Change], *lists: str) -> list[str]:
    """The complaints, and these of the lists of a Change."""
    rows = ((row for change in changes for row in getattr(change, name)) for name in lists)
    return [_json(change.complaint for change in changes), *map(_json, rows)]


def _json(rows: Iterable[Row]) -> str:
    """Rows as PostgreSQL takes them apart again; bytes as hexadecimal digits."""
    return orjson.dumps(list(rows), _plain).decode()


def _plain(value: object) -> object:
    match value:
        case bytes():
            return value.hex()
        case UUID():  # the driver's own kind
            return str(value)
        case Mapping():
            return dict(value)
    raise TypeError(f"no JSON is written of {type(value).__name__}")


async def remove_party(tx: Transaction, complaint_id: UUID, party_id: UUID, at: datetime) -> bool:
    """Marks a party as gone from the case; False when there is no such party."""
    removed = await tx.fetchrow(
        "update parties set removed_at = $3 where complaint_id = $1 and id = $2 and removed_at is null returning id",
        complaint_id,
        party_id,
        at,
    )
    return removed is not None


async def parties_of(tx: Transaction, complaint_id: UUID) -> list[Row]:
    return await tx.fetch(
        "select id, role, name, email, details from parties where complaint_id = $1 and removed_at is null"
        " order by role = 'complainant' desc, role, id",
        complaint_id,
    )
