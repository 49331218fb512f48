"""Fills a register quickly, to measure on: many complaints in every state, each with a ledger that verifies.

A few hundred complaints are worked out by the domain; every other one is a copy of one of those with its own ids,
reference, people and hour of receipt, sealed again by the ledger's own functions and written by COPY.
"""

import asyncio
import bisect
import json
import multiprocessing
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
from sqlalchemy import Table

from app.domain import ledger, publication
from app.domain.calendar import AMSTERDAM, Calendar, calendar_for, local_date, midnight
from app.domain.callers import SCOPES_OF_KIND, Actor
from app.domain.dossier import Dossier
from app.domain.errors import Refused
from app.domain.events import Event
from app.domain.ids import reference, term_id, uuid7
from app.domain.procedure import Procedure
from app.domain.recording import announced, taken, warned
from app.procedures.reading import mapping_of, read_mapping, text_of
from app.services.dossier import change_of, ids
from app.services.steps import party
from app.store import tables
from app.store.dossiers import Change, Held
from app.store.keys import new_key

PROCEDURE = "klikklaar"
CHUNK = 2_000
KINDS = ("admin", "system", "website", "reporter", "auditor")
_NAMESPACE = UUID("6c0f7a50-93a5-4f0c-8a43-0f6f0b6a7d11")
_NOBODY = "00000000-0000-4000-8000-000000000000"
_ADDRESS = "indiener@example.org"
_RECEIVED_AT = time(16)  # local; a copy comes in up to eight hours earlier on the same day
_SPREAD = int(timedelta(hours=8).total_seconds() * 1_000_000)
_CHAIR = Actor("staff", uuid5(_NAMESPACE, "chair"), ("chair",))
_TEXT = "Mijn training ging niet door en niemand belde mij daarover terug, ook niet nadat ik er twee keer om vroeg. "


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made: the keys by organisation (slug) and kind, and how many complaints each has."""

    keys: Mapping[str, Mapping[str, str]]
    organisations: Mapping[str, UUID]
    complaints: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Template:
    """A complaint as the domain worked it out: its row and what hangs on it, with `weight` copies to a thousand."""

    weight: float
    change: Change


def fill(
    superuser_url: str,
    *,
    organisations: int = 20,
    complaints: int = 10_000,
    newly_breached: int = 0,
    processes: int = 2,
) -> Filled:
    """Founds organisations (bench-01 has half of the complaints) and fills them; the database is migrated already.

    `superuser_url` is of the database itself: COPY past row level security, with foreign keys not looked up again.
    `newly_breached` complaints more have one term each that ended last midnight and is not announced yet.
    Raises ValueError when there is such an organisation already.
    """
    filled, chunks, templates = asyncio.run(_prepared(superuser_url, organisations, complaints, newly_breached))
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(processes, _begin, (superuser_url, templates)) as pool:
        for _ in pool.imap_unordered(_write, chunks):
            pass
    asyncio.run(_tidy(superuser_url))
    return filled


def procedure() -> Procedure:
    """Klikklaar's procedure with one duty more, so that three terms start at intake."""
    document = mapping_of(text_of(PROCEDURE))
    stage = next(stage for stage in document["stages"] if stage["kind"] == "formal")
    stage["duties"].append(
        {
            "duty": "assign",
            "title": {"nl": "de toewijzing aan een behandelaar", "en": "the assignment to a handler"},
            "within": {"amount": 5, "unit": "working_days"},
            "after": "complaint.received",
            "met_by": "complaint.assigned",
            "source": "BENCH-01",
        }
    )
    return read_mapping(document)


# -- the organisations -----------------------------------------------------------------------------------------


async def _prepared(
    url: str, organisations: int, complaints: int, newly_breached: int
) -> tuple[Filled, list["Chunk"], list[list[Template]]]:
    connection = await _connected(url)
    try:
        now = await connection.fetchval("SELECT now()")
        rules = procedure()
        version, days = await connection.fetchrow(
            "SELECT version, decree_days FROM calendar_versions ORDER BY version DESC LIMIT 1"
        )
        calendar = _calendar(rules, version, json.loads(days))
        keys, made = {}, {}
        async with connection.transaction():
            for number in range(1, organisations + 1):
                slug = f"bench-{number:02}"
                made[slug], keys[slug] = await _founded(connection, slug, rules)
    finally:
        await connection.close()
    shares = _shares(list(made), complaints)
    usual, breached = _templates(rules, calendar, now), [_breached_last_midnight(rules, calendar, now)]
    chunks = [chunk for slug in made for chunk in _chunks(made[slug], 0, shares[slug])]
    chunks += _chunks(made["bench-01"], 1, newly_breached, first=shares["bench-01"])
    shares["bench-01"] += newly_breached
    return Filled(keys, made, shares), chunks, [usual, breached]


def _calendar(rules: Procedure, version: int, days: Sequence[Mapping[str, str]]) -> Calendar:
    decree = tuple((date.fromisoformat(day["date"]), day["name"]) for day in days)
    return calendar_for(
        rules.calendar.working_days, closed_days=rules.calendar.closed, decree_days=decree, version=version
    )


async def _founded(connection: Any, slug: str, rules: Procedure) -> tuple[UUID, dict[str, str]]:
    """One organisation with the procedure, an employee and a key of each kind."""
    if await connection.fetchval("SELECT true FROM organisations WHERE slug = $1", slug):
        raise ValueError(f"{slug} is there already: fill an empty register")
    organisation = uuid4()
    definition = ledger.canonical(rules.model_dump(mode="json", by_alias=True))
    await connection.execute("INSERT INTO organisations (id, slug, name) VALUES ($1, $2, $3)", organisation, slug, slug)
    await connection.execute(
        "INSERT INTO procedure_versions (organisation_id, procedure, version, effective_from, definition, sha256, id,"
        " published_at) SELECT $1, $2, 1, $3, $4, $5, id, uuid_extract_timestamp(id) FROM uuidv7() id",
        *(organisation, rules.procedure, rules.effective_from, definition),
        publication.digest(definition),
    )
    await connection.execute(
        "INSERT INTO staff (organisation_id, id, name, email, roles) VALUES ($1, $2, 'Voorzitter', $3, $4)",
        *(organisation, _CHAIR.id, f"chair@{slug}.example.org", list(_CHAIR.roles)),
    )
    keys = {kind: await _keyed(connection, organisation, kind) for kind in KINDS}
    return organisation, {**keys, "staff": await _keyed(connection, organisation, "staff", _CHAIR.id)}


async def _keyed(connection: Any, organisation: UUID, kind: str, staff_id: UUID | None = None) -> str:
    key = new_key()
    await connection.execute(
        "INSERT INTO api_keys (organisation_id, kind, name, prefix, key_hash, scopes, staff_id)"
        " VALUES ($1, $2, $2, $3, $4, $5, $6)",
        *(organisation, kind, key.prefix, key.key_hash, sorted(SCOPES_OF_KIND[kind]), staff_id),
    )
    return key.token


def _shares(slugs: Sequence[str], complaints: int) -> dict[str, int]:
    """Half for the first one, the rest evenly."""
    others = complaints // 2 // max(len(slugs) - 1, 1) if len(slugs) > 1 else 0
    shares = dict.fromkeys(slugs, others)
    shares[slugs[0]] = complaints - others * (len(slugs) - 1)
    return shares


# -- what the domain works out ---------------------------------------------------------------------------------

_ASSIGNED = (1.0, "complaint.assigned", {"staff_id": str(_CHAIR.id), "roles": list(_CHAIR.roles)})
_ACKNOWLEDGED = (2.0, "complaint.acknowledged", {"form": "email", "content": ["handling_term"]})
_HEARD = (6.0, "party.heard", {"party": "subject_of_complaint"})
_DECIDED = (9.0, "decision.sent", {"form": "email", "verdict": "upheld", "content": ["reasons"]})
_CLOSED = (9.2, "complaint.closed", {"outcome": "handled"})
_WITHDRAWN = (4.0, "complaint.withdrawn", {"form": "email"})
_Step = tuple[float, str, dict[str, Any]]

# How old complaints are (days), what happened to them, and how many of a thousand are like that.
_STORIES: tuple[tuple[range, tuple[_Step, ...], int], ...] = (
    (range(1, 13), (), 60),
    (range(1, 27), (_ASSIGNED, _ACKNOWLEDGED), 120),
    (range(13, 60, 4), (_ASSIGNED,), 40),
    (range(29, 120, 5), (_ASSIGNED, _ACKNOWLEDGED), 80),
    (range(12, 730, 6), (_ASSIGNED, _ACKNOWLEDGED, _HEARD, _DECIDED, _CLOSED), 550),
    (range(40, 730, 20), (_ASSIGNED, (16.0, *_ACKNOWLEDGED[1:]), _HEARD, (33.0, *_DECIDED[1:])), 90),
    (range(5, 730, 30), (_ASSIGNED, _WITHDRAWN), 60),
)


def _templates(rules: Procedure, calendar: Calendar, now: datetime) -> list[Template]:
    """Oldest first, so that copies are written in the order of their ids."""
    made = [
        (days, Template(weight / len(ages), _worked_out(rules, calendar, days, steps, now)))
        for ages, steps, weight in _STORIES
        for days in ages
    ]
    return [template for _, template in sorted(made, key=lambda each: -each[0])]


def _breached_last_midnight(rules: Procedure, calendar: Calendar, now: datetime) -> Template:
    """Handed in two weeks and a day ago, never acknowledged; as it stood the evening before."""
    evening = midnight(local_date(now)) - timedelta(hours=1)
    return Template(1, _worked_out(rules, calendar, 15, (_ASSIGNED,), evening, today=local_date(now)))


def _worked_out(
    rules: Procedure,
    calendar: Calendar,
    days: int,
    steps: Sequence[_Step],
    now: datetime,
    *,
    today: date | None = None,
) -> Change:
    """The rows of one complaint, received `days` before today, with everything announced that is due by `now`."""
    received_at = datetime.combine((today or local_date(now)) - timedelta(days=days), _RECEIVED_AT, AMSTERDAM)
    dossier = Dossier(rules, calendar, (_received(received_at),), received_at)
    for step in sorted(steps, key=lambda step: step[0]):
        at = received_at + timedelta(days=step[0])
        if at < now:
            dossier = _stepped(Dossier(rules, calendar, dossier.events, at), step, at)
    dossier = Dossier(rules, calendar, dossier.events, now)
    dossier = warned(announced(dossier, ids(now)), ids(now))
    row = {
        "organisation_id": _NAMESPACE,
        "id": uuid4(),
        "reference": "",
        "procedure": rules.procedure,
        "procedure_version": 1,
        "calendar_version": calendar.version,
        "channel": "email",
        "complainant_type": "customer",
        "created_at": received_at,
        "head_sequence": 0,
        "head_hash": ledger.GENESIS,
    }
    change = change_of(Held(row, ()), dossier)
    # json as text already: it is the same in every copy
    terms = [{**term, "derivation": json.dumps(term["derivation"])} for term in change.terms]
    parties = [{**one, "details": json.dumps(one["details"] or {})} for one in change.parties]
    return Change({**row, **change.complaint}, change.events, terms, parties)


def _received(at: datetime) -> Event:
    who = party("complainant", {"name": "Sam Voorbeeld", "email": _ADDRESS}) | {"id": _NOBODY}
    given = ["complainant_contact", "complainant_name", "description"]
    facts = {"kind": "complaint", "channel": "email", "form": "email", "complainant_type": "customer", "given": given}
    texts = {"description": _TEXT * 4, "parties": [who]}
    return Event("complaint.received", at, facts, texts, Actor("system"), at, 1, uuid4())


def _stepped(dossier: Dossier, step: _Step, at: datetime) -> Dossier:
    """The step taken, or the dossier as it was where the procedure does not want it."""
    _, kind, facts = step
    if kind == "complaint.closed":
        facts = {**facts, "given": list(dossier.procedure.register_.required_at_closing)}
    texts = {"reasons": "Wij leggen uit hoe wij tot deze uitkomst komen."} if kind == "decision.sent" else None
    try:
        return taken(dossier, Event(kind, at, facts, texts), _CHAIR, ids(at))
    except Refused:
        return dossier


# -- the copies ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chunk:
    """Complaints `first` to `last` of an organisation's `total`, copied from one of the lists of templates."""

    organisation: UUID
    templates: int
    first: int
    last: int
    total: int
    offset: int


def _chunks(organisation: UUID, templates: int, total: int, first: int = 0) -> list[Chunk]:
    return [
        Chunk(organisation, templates, start, min(start + CHUNK, total), total, first)
        for start in range(0, total, CHUNK)
    ]


def _columns(table: Table, *left_out: str) -> list[str]:
    return [column.name for column in table.columns if column.name not in left_out]


_COLUMNS = {
    "complaints": _columns(tables.complaints),
    "events": _columns(tables.events, "xid"),
    "terms": _columns(tables.terms),
    "parties": _columns(tables.parties, "removed_at", "name_found"),
    "outbox": _columns(tables.outbox, "id", "state"),
}
_Rows = dict[str, list[tuple[Any, ...]]]

_context: dict[str, Any] = {}


def _begin(url: str, templates: list[list[Template]]) -> None:
    """In each process once."""
    _context.update(url=url, templates=templates, random=random.Random(os.getpid()))  # noqa: S311 - no secret
    _context["loop"] = asyncio.new_event_loop()
    _context["connection"] = _context["loop"].run_until_complete(_connected(url, bulk=True))


def _write(chunk: Chunk) -> int:
    templates = _context["templates"][chunk.templates]
    rows: _Rows = {table: [] for table in _COLUMNS}
    for number, template in _allotted(chunk, templates):
        _copy(rows, template.change, chunk.organisation, number, _context["random"])
    _context["loop"].run_until_complete(_copied(_context["connection"], rows))
    return chunk.last - chunk.first


def _allotted(chunk: Chunk, templates: Sequence[Template]) -> Iterator[tuple[int, Template]]:
    """Each complaint of the chunk with the template that falls to it: the first ones to the oldest."""
    sums = list(accumulate(template.weight for template in templates))
    for number in range(chunk.first, chunk.last):
        at = bisect.bisect_right(sums, number / chunk.total * sums[-1])
        yield number + chunk.offset, templates[min(at, len(templates) - 1)]


def _copy(rows: _Rows, change: Change, organisation: UUID, number: int, dice: random.Random) -> None:
    """One complaint more, with ids, reference, person and hour of its own."""
    row = change.complaint
    received_at = row["received_at"] - timedelta(microseconds=dice.randrange(_SPREAD))
    complaint = {
        **row,
        "organisation_id": organisation,
        "id": uuid7(received_at, dice.randbytes(10)),
        "reference": _reference(number),
        "received_at": received_at,
        "created_at": received_at,
    }
    person = uuid7(received_at, dice.randbytes(10))
    address = f"indiener-{number}@example.org"
    complaint["head_hash"] = _sealed(rows, change, complaint, str(person), address, dice)
    rows["complaints"].append(tuple(complaint[name] for name in _COLUMNS["complaints"]))
    for term in change.terms:
        rows["terms"].append(_term(term, complaint))
    for one in change.parties:
        known = {**one, "organisation_id": organisation, "id": person, "complaint_id": complaint["id"]}
        known |= {"email": address, "email_key": address}
        rows["parties"].append(tuple(known[name] for name in _COLUMNS["parties"]))


def _sealed(
    rows: _Rows, change: Change, complaint: Mapping[str, Any], person: str, address: str, dice: random.Random
) -> bytes:
    """Adds the events, sealed to one another; the hash of the last."""
    previous = ledger.GENESIS
    for event in change.events:
        own = {
            **event,
            "organisation_id": complaint["organisation_id"],
            "complaint_id": complaint["id"],
            "previous_hash": previous,
        }
        if event["sequence"] == 1:
            own["occurred_at"] = own["recorded_at"] = complaint["received_at"]
            own["texts"] = event["texts"].replace(_NOBODY, person).replace(_ADDRESS, address)
        if own["texts"] is not None:
            own["salt"] = dice.randbytes(16)
            own["texts_hash"] = ledger.texts_hash(own["texts"], own["salt"])
        own["id"] = uuid7(own["recorded_at"], dice.randbytes(10))
        own["hash"] = previous = ledger.event_hash(own)
        rows["events"].append(tuple(own[name] for name in _COLUMNS["events"]))
        rows["outbox"].append(_announcement(own))
    return previous


def _announcement(event: Mapping[str, Any]) -> tuple[Any, ...]:
    announcement = {**event, "event_id": event["id"], "created_at": event["recorded_at"]}
    return tuple(announcement[name] for name in _COLUMNS["outbox"])


def _term(term: Mapping[str, Any], complaint: Mapping[str, Any]) -> tuple[Any, ...]:
    own = {
        **term,
        "organisation_id": complaint["organisation_id"],
        "complaint_id": complaint["id"],
        "id": term_id(complaint["id"], term["key"]),
        **{name: complaint[name] for name in ("reference", "procedure", "procedure_version")},
    }
    return tuple(own.get(name) for name in _COLUMNS["terms"])  # guard_after is null


def _reference(number: int) -> str:
    """Looks like any other and is used once: an odd factor maps every 40-bit number to another one."""
    return reference("BENCH", (number * 0x9E3779B97F & 0xFFFFFFFFFF).to_bytes(5, "big"))


# -- the database ----------------------------------------------------------------------------------------------


async def _connected(url: str, *, bulk: bool = False) -> Any:
    # without the triggers of foreign keys, and without waiting for the disk at each COPY
    settings = {"session_replication_role": "replica", "synchronous_commit": "off"} if bulk else {}
    plain = url.replace("postgresql+asyncpg:", "postgresql:", 1)
    return await asyncpg.connect(plain, server_settings={"timezone": "UTC", **settings})


async def _copied(connection: Any, rows: _Rows) -> None:
    async with connection.transaction():
        for table, columns in _COLUMNS.items():
            await connection.copy_records_to_table(table, records=rows[table], columns=columns)


async def _tidy(url: str) -> None:
    """As after a night: statistics, and pages known to be visible to all."""
    connection = await _connected(url)
    try:
        for table in _COLUMNS:
            await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=None)
    finally:
        await connection.close()
