"""Figures over complaints by the day of their receipt. Small enough to be counted when they are asked for.

Figures are as of an instant. Where nothing was recorded since, the stored rows say how it was; the complaints of
`to_recompute` the caller computes from their ledgers up to that instant, and gives back to be counted with the rest.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store.transaction import Transaction
from app.store.work import STATE

Row = Mapping[str, Any]

# What answers a complaint in substance, of every procedure; the index events_report_idx holds just these.
ANSWERS = ("first_response.sent", "informal_outcome.recorded", "decision.sent")
MEASURE = "measure.recorded"


@dataclass(frozen=True, slots=True)
class Cohort:
    """Complaints received from one instant to before another, as it was at `as_of`; `past`: which may be long ago."""

    received_from: datetime
    received_before: datetime
    as_of: datetime
    procedure: str | None = None
    past: bool = True

    @property
    def arguments(self) -> tuple[object, ...]:
        return self.received_from, self.received_before, self.as_of, self.procedure


_MINE = "c.organisation_id = app_organisation() and c.created_at <= $3 and ($4::text is null or c.procedure = $4)"
_RECEIVED = "c.received_at >= $1 and c.received_at < $2"
_CORRECTED = """exists (
  select from events e
  where e.organisation_id = c.organisation_id and e.complaint_id = c.id and e.type = 'event.corrected')"""

_RECOMPUTED = f"""
select c.organisation_id, c.id, c.procedure, c.procedure_version, c.calendar_version from complaints c
where {_MINE} and {{}}
order by c.id limit $5
"""
# Now the stored rows say how it is, but of a correction they do not say which answers count. Few are corrected: begun
# from those, the others need not be read.
_NOW = f"""{_RECEIVED} and c.id in (
  select complaint_id from events where organisation_id = app_organisation() and type = 'event.corrected')"""
# A promotion moves a receipt later only, a correction either way; a correction also changes which answers count.
_PAST = f"""(
  (c.updated_at > $3 and (c.received_at >= $1 or {_CORRECTED})) or ({_RECEIVED} and {_CORRECTED}))"""

# What was registered twice is counted once: where it is no duplicate. Of what is open again a process that knows
# nothing of duplicates may have left it.
_DUPLICATE = """exists (
  select from complaints d where d.organisation_id = c.organisation_id and d.id = c.id and d.duplicate
    and d.state <> 'open')"""
_STORED = f"{_MINE} and {_RECEIVED} and c.id <> all($5::uuid[]) and not {_DUPLICATE}"
_PERIOD = """case $6::text when 'month' then to_char(received_on, 'YYYY-MM')
  when 'quarter' then to_char(received_on, 'YYYY-"Q"Q') when 'year' then to_char(received_on, 'YYYY') end"""
# the first instant of that day here
_MIDNIGHT = "(received_on::timestamp at time zone 'Europe/Amsterdam')"
_IN_COHORT = f"{_MIDNIGHT} >= $1 and {_MIDNIGHT} < $2"

# Where in the ledger something stands; the index of the answers does not say it.
_PLACE = """(select {}(l.sequence) from events l
    where l.organisation_id = c.organisation_id and l.complaint_id = c.id and l.type in ({}) and l.occurred_at = {})"""
# What was said to a signal answers no complaint: the first promotion is the receipt (SO-09), and of what came in as a
# complaint none is. On its day, where the hours say no more than that, the order of registration decides.
_OF_THE_COMPLAINT = f"""case when e.occurred_at < c.received_at then
    (e.occurred_at at time zone 'Europe/Amsterdam')::date = c.received_on
    and {_PLACE.format("max", "e.type", "e.occurred_at")}
      > coalesce({_PLACE.format("min", "'complaint.received', 'signal.promoted'", "c.received_at")}, 0) else true end"""

_SUMMARY = f"""
with counted as (
  select c.kind, c.category, c.verdict, c.state, c.received_on, c.closed_at,
    min(e.occurred_at) filter (where e.type <> '{MEASURE}' and {_OF_THE_COMPLAINT}) as answered_at,
    count(*) filter (where e.type = '{MEASURE}') as measures
  from complaints c
  left join events e on e.organisation_id = c.organisation_id and e.complaint_id = c.id
    and e.type in ({", ".join(f"'{name}'" for name in (*ANSWERS, MEASURE))})
  where {_STORED}
  group by c.organisation_id, c.id
  union all
  select kind, category, verdict, state, received_on, closed_at, answered_at, measures
  from jsonb_to_recordset($7::text::jsonb) as r(kind text, category text, verdict text, state text, received_on date,
    closed_at timestamptz, answered_at timestamptz, measures int)
  where {_IN_COHORT}
), timed as (
  select *, {_PERIOD} as period,
    -- greatest() passes over a null: what was not answered has no days, not none
    case when answered_at is not null
      then greatest((answered_at at time zone 'Europe/Amsterdam')::date - received_on, 0) end as days_to_answer,
    case when state = 'closed' then greatest((closed_at at time zone 'Europe/Amsterdam')::date - received_on, 0) end
      as days_to_closing
  from counted
)
select {{period}} as period, kind, category, verdict,
  {{is_total}} as is_total, grouping(kind) = 0 as by_kind, grouping(category) = 0 as by_category,
  grouping(verdict) = 0 as by_verdict,
  count(*) as every_kind,
  count(*) filter (where kind = 'complaint') as received,
  count(*) filter (where kind = 'complaint' and state = 'open') as open,
  count(*) filter (where kind = 'complaint' and state in ('closed', 'purged')) as closed,
  count(*) filter (where kind = 'complaint' and state = 'withdrawn') as withdrawn,
  count(*) filter (where kind = 'complaint' and state = 'inadmissible') as inadmissible,
  coalesce(sum(measures) filter (where kind = 'complaint'), 0)::bigint as measures,
  percentile_cont(array[0.5, 0.9]) within group (order by days_to_answer) filter (where kind = 'complaint')
    as days_to_answer,
  percentile_cont(array[0.5, 0.9]) within group (order by days_to_closing) filter (where kind = 'complaint')
    as days_to_closing
from timed
group by grouping sets ((), (kind), (category), (verdict){{periods}})
"""
_WHOLE = _SUMMARY.format(period="null::text", is_total="true", periods="")
# each of these sets is another sort of all complaints
_BY_PERIOD = _SUMMARY.format(
    period="period",
    is_total="grouping(period) = 1",
    periods=", (period), (period, kind), (period, category), (period, verdict)",
)

_TIMELINESS = f"""
with counted as (
  select c.procedure, c.received_on, t.stage, t.duty, t.soft, {STATE.format(clock="$3")} as state
  from complaints c join terms t on t.organisation_id = c.organisation_id and t.complaint_id = c.id
  where {_STORED} and c.kind = 'complaint' and t.state <> 'gone'
  union all
  select procedure, received_on, stage, duty, soft, state
  from jsonb_to_recordset($7::text::jsonb) as r(procedure text, received_on date, stage text, duty text, soft boolean,
    state text)
  where {_IN_COHORT}
)
select {_PERIOD} as period, procedure, stage, duty, soft,
  count(*) filter (where state = 'met') as met,
  count(*) filter (where state = 'met_late') as met_late,
  count(*) filter (where state = 'overdue') as overdue,
  count(*) filter (where state in ('pending', 'suspended')) as pending,
  count(*) filter (where state = 'cancelled') as cancelled
from counted group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
"""


async def to_recompute(tx: Transaction, cohort: Cohort, most: int) -> list[Row]:
    """Complaints of which the stored rows do not say how it was, so many at most: id, procedure and both versions."""
    # A plan for any cohort expects a small one; over ten thousand complaints it takes twice as long as their own.
    await tx.execute("set local plan_cache_mode = force_custom_plan")
    return await tx.fetch(_RECOMPUTED.format(_PAST if cohort.past else _NOW), *cohort.arguments, most)


async def summary(
    tx: Transaction, cohort: Cohort, group_by: str, recomputed: Sequence[UUID], rows: Sequence[Row]
) -> list[Row]:
    """One row for the whole and each period, and for each kind, category and verdict in them.

    `rows` stand for the `recomputed` complaints: kind, category, verdict, state, received_on, closed_at, answered_at,
    measures. `by_...` and `is_total` say what a row is about; both pairs of days are median and 90th percentile.
    """
    sql = _WHOLE if group_by == "total" else _BY_PERIOD
    return await tx.fetch(sql, *cohort.arguments, list(recomputed), group_by, await _json(rows))


async def timeliness(
    tx: Transaction, cohort: Cohort, group_by: str, recomputed: Sequence[UUID], rows: Sequence[Row]
) -> list[Row]:
    """Terms per period, procedure, stage and duty, soft ones apart, by state.

    `rows` are the terms of the `recomputed` complaints: procedure, received_on, stage, duty, soft, state.
    """
    return await tx.fetch(_TIMELINESS, *cohort.arguments, list(recomputed), group_by, await _json(rows))


async def _json(rows: Sequence[Row]) -> str:
    """In a thread: of many complaints this takes as long as an answer to others may."""
    return await asyncio.to_thread(json.dumps, list(rows), default=lambda value: value.isoformat())
