"""The work list: open terms of all complaints, and the complaints in which something without a date may be owed."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.store.session import Reading
from app.store.transaction import Transaction

Row = Mapping[str, Any]

# The stored state is as old as the last thing that happened; whether a term is overdue, and whether it still stands
# still, is asked of the clock. One that stands still until lapses_at has the days that it will have from then on; they
# are nobody's before. A server that does not know lapses_at gives it no days, or leaves it at a term that runs.
_STILL = "(t.state <> 'pending' and coalesce(t.lapses_at > {clock} or t.due_on is null, false))"
STATE = f"""case when t.open and (t.breach_at <= {{clock}} or t.state = 'overdue') then 'overdue'
  when t.state = 'suspended' and not {_STILL} then 'pending' else t.state end"""
STILL = _STILL.format(clock="asking.clock")
_RUNNING = "t.open and ({}) and (t.breach_at > asking.clock or t.breach_at is null)"
_LATE = "t.open and (t.breach_at <= asking.clock or t.state = 'overdue')"
_STATES = {
    "pending": _RUNNING.format(f"t.state = 'pending' or t.state = 'suspended' and not {STILL}"),
    "suspended": _RUNNING.format(f"t.state = 'suspended' and {STILL}"),
    "met": "not t.open and t.state = 'met'",
    "met_late": "not t.open and t.state = 'met_late'",
    "cancelled": "not t.open and t.state = 'cancelled'",
}
# Also what ended late: a breach stays, and is no work any more. Apart, as each is read off its own index.
_OVERDUE = (_LATE, "not t.open and t.state = 'overdue'")
_FILTERS = {
    # the day to act by is never after the last day, and the list is in its order
    "due_before": f"t.due_on < ${{0}} and t.act_by < ${{0}} and not {STILL}",
    "act_by": f"t.act_by <= ${{}} and not {STILL}",
    "handler": "t.handler_id = ${}",
    "assigned": "(t.handler_id is not null) = ${}",
    "overdue": f"({_LATE}) = ${{}}",
    "duty": "t.duty = ${}",
    "stage": "t.stage = ${}",
    "soft": "t.soft = ${}",
}
_NOT_NUMBERED = ("state",)
# not the derivation, which is most of a row
_SHOWN = ", ".join(
    f"t.{name}"
    for name in (
        *("organisation_id", "id", "complaint_id", "reference", "key", "duty", "stage", "source", "state", "open"),
        *("soft", "started_on", "due_on", "breach_at", "act_by", "lapses_at", "handler_id", "procedure"),
        "procedure_version",
    )
)


def _unless_still(value: str) -> str:
    return f"case when not {STILL} then {value} end"


# As the contract shows them: ids and days are text, the driver's objects would only be made to be written out again.
_ITEM = {
    "id": "t.id::text",
    "complaint_id": "t.complaint_id::text",
    **{name: f"t.{name}" for name in ("reference", "key", "duty", "stage")},
    "source": "nullif(t.source, '')",
    "state": STATE.format(clock="asking.clock"),
    "soft": "t.soft",
    "started_on": "t.started_on::text",
    "due_on": _unless_still("t.due_on::text"),
    "breach_at": _unless_still("t.breach_at"),
    "act_by": _unless_still("t.act_by::text"),
    "handler_id": "t.handler_id::text",
    "days_left": _unless_still("t.due_on - (asking.clock at time zone 'Europe/Amsterdam')::date"),
    **{name: f"t.{name}" for name in ("procedure", "procedure_version")},
    "place": "t.act_by::text",  # in the list: also of one that stands still until it is known when
}
COLUMNS = tuple(_ITEM)
_SELECTED = ", ".join(f"{column} as {name}" for name, column in _ITEM.items())


def _wheres(filters: Mapping[str, Any], first: int) -> tuple[list[str], list[Any]]:
    """Conditions of which a term that is wanted meets one, and their values, numbered from `first`."""
    numbered = {name: value for name, value in filters.items() if name not in _NOT_NUMBERED}
    clauses = [_FILTERS[name].format(number) for number, name in enumerate(numbered, first)]
    state = filters.get("state", "")
    states = _OVERDUE if state == "overdue" else (_STATES.get(state, "t.open"),)
    wheres = [" and ".join(("t.organisation_id = asking.organisation", each, *clauses)) for each in states]
    return wheres, list(numbered.values())


async def listed(
    tx: Reading, filters: Mapping[str, Any], position: tuple[Any, ...] | None, backwards: bool, fetch: int
) -> list[Row]:
    """Rows of `COLUMNS`, most urgent first, past `position` (place or None, id).

    A term that stands still until its pause lapses has the place that it will have then, so that a page stays as it is
    when that comes; one that is not known to run again comes last.
    """
    order, nulls = ("desc", "first") if backwards else ("asc", "last")
    # numbers are written into the statement: with a parameter PostgreSQL makes a new plan each time
    ordered = f"order by t.act_by {order} nulls {nulls}, t.id {order} limit {int(fetch)}"
    wheres, values = _wheres(filters, 3 if position else 1)
    places = _places(backwards) if position else ("",)
    # parts that may stand on the page, each by its index
    parts = [f"(select {_SHOWN} from terms t where {where}{place} {ordered})" for where in wheres for place in places]
    rows = await tx.fetch(
        f"select {_SELECTED} from ({' union all '.join(parts)}) t {ordered}",
        *(_place(position) if position else ()),
        *values,
    )
    return await _with_procedures(tx, rows) if None in [row["procedure"] for row in rows] else rows


async def _with_procedures(tx: Reading, rows: Sequence[Row]) -> list[Row]:
    """Terms of before migration 0018, or written by a server that does not know it, ask their complaint."""
    complaints = [UUID(row["complaint_id"]) for row in rows if not row["procedure"]]
    sql = "select id::text, procedure, procedure_version from complaints where id = any($1)"
    of = {each["id"]: {name: each[name] for name in _OF_COMPLAINT} for each in await tx.fetch(sql, complaints)}
    return [row if row["procedure"] else dict(row) | of[row["complaint_id"]] for row in rows]


_OF_COMPLAINT = ("procedure", "procedure_version")


def _places(backwards: bool) -> tuple[str, str]:
    """What stands past ($1, $2), with an end and without, which sorts last: in one condition no index serves them."""
    sign = "<" if backwards else ">"
    return (
        f" and t.act_by is not null and (t.act_by, t.id) {sign} ($1::date, $2::uuid)",
        f" and t.act_by is null and ('infinity'::date, t.id) {sign} ($1::date, $2::uuid)",
    )


def _place(position: tuple[Any, ...]) -> tuple[date, UUID]:
    # the driver's name for infinity
    return date.fromisoformat(position[0]) if position[0] else date.max, UUID(position[1])


async def count(tx: Reading, filters: Mapping[str, Any]) -> int:
    wheres, values = _wheres(filters, 1)
    parts = " union all ".join(f"select from terms t where {where}" for where in wheres)
    row = await tx.fetchrow(f"select count(*) as total from ({parts}) t", *values)
    return int(row["total"]) if row else 0


# A procedure's duties without a date as event types: what starts one, what meets it, and what ends it in a complaint
# that ended. A complaint may owe one when the last start is later than the last of those. Of what is met `apart`, one
# by one or case by case, each start is looked at; a correction can have undone either, so then look as well.
_MAY_OWE = """
with scanned as (
  select c.organisation_id, c.id, c.reference, c.procedure, c.procedure_version, c.calendar_version,
    c.state not in ('open', 'closed') as ended
  from complaints c
  where c.organisation_id = app_organisation() and c.state <> 'purged' and c.id {past} $1
    and ($2::text is null or c.procedure = $2)
  order by c.id {order} limit $4
), judged as materialized ( -- or each is judged twice, to be chosen and to be shown
  select s.*, exists (
    select from jsonb_to_recordset($3::text::jsonb) as d(procedure text, starts text[], meets text[], ends text[],
      apart boolean, stated boolean, named text, kind text)
    cross join lateral (
      select max(e.sequence) filter (where e.type = any(d.starts)) as started,
        max(e.sequence) filter (where e.type = any(d.meets) or (s.ended and e.type = any(d.ends))) as met,
        bool_or(e.type = 'event.corrected') as corrected
      from events e where e.organisation_id = s.organisation_id and e.complaint_id = s.id
    ) found
    where d.procedure = s.procedure and (found.corrected or case
      when found.started is null then false
      when d.apart then {unmet}
      else found.started > coalesce(found.met, 0) end)) as owes
  from scanned s
)
select *, (select count(*) from scanned) as scanned
from judged where owes or id = (select id from scanned order by id {end} limit 1) order by id {order}
"""


# As domain/duties.py and fulfilment.is_about have it: met by what names this start, where it has to, in the same case.
_UNMET = """exists (
        select from events e
        where e.organisation_id = s.organisation_id and e.complaint_id = s.id and e.type = any(d.starts)
          and not (d.stated and coalesce(e.facts::jsonb ->> 'due_on', '') <> '')
          and not exists (
            select from events m
            where m.organisation_id = s.organisation_id and m.complaint_id = s.id and m.type = any(d.meets)
              and m.sequence > e.sequence
              and (d.named is null or m.facts::jsonb ->> d.named = e.sequence::text)
              and coalesce(m.facts::jsonb ->> 'escalation_id' = e.facts::jsonb ->> 'escalation_id', true)
              and (m.type <> 'external.answered' or coalesce(m.facts::jsonb ->> 'kind' = d.kind, true))))"""


async def may_owe(
    tx: Transaction, duties: Sequence[Row], place: UUID, scan: int, *, past: str, procedure: str | None = None
) -> list[Row]:
    """Of the next `scan` complaints by id those in which one of the duties may be owed.

    A duty is its procedure and event types (starts, meets, ends), whether its start may name a day (stated), and
    whether it is met apart: then also the fact that names the start and the kind of what is handed over, if any.
    `past` is >, >=, < or <=; the last two read backwards. All that owe one have `owes`; which do, their ledgers say.
    The last one looked at is there in any case; `scanned` says how many were.
    """
    order, end = ("desc", "asc") if past.startswith("<") else ("asc", "desc")
    sql = _MAY_OWE.format(past=past, order=order, end=end, unmet=_UNMET)
    return await tx.fetch(sql, place, procedure, json.dumps(list(duties)), scan)
