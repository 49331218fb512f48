"""How the service is doing: what waits for the worker, and when the worker last said that it runs.

The API sees one organisation at a time, so the worker counts over all of them and writes figures down; instants, so
that whoever reads them can say how late something is also after the worker has stopped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store.transaction import Transaction

# A sandbox whose clock was set ahead has no lateness in our time, so only clocks that run with ours are looked at.
_FIGURES = """
with live as (select id from organisations where clock_offset = '0')
select
  (select t.breach_at from terms t join live on live.id = t.organisation_id
    where t.open and t.breach_recorded_at is null and t.breach_at is not null order by t.breach_at limit 1)
    as next_breach_at,
  (select t.warn_at from terms t join live on live.id = t.organisation_id
    where t.open and t.warned_at is null and t.warn_at is not null and t.state = 'pending' and t.breach_at > now()
    order by t.warn_at limit 1) as next_warning_at,
  (select o.created_at from outbox o where o.state = 'listed' order by o.created_at limit 1) as oldest_outbox_at,
  (select min(held.recorded_at) from live cross join lateral (
    select recorded_at from events
    where organisation_id = live.id
      and xid >= (select (base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint)::text::xid8 from feed_base)
    order by xid, id limit 1) held) as oldest_unfed_at,
  (select count(*) from terms where open) as open_terms,
  (select max((day ->> 'date')::date) from calendar_versions v, jsonb_array_elements(v.decree_days) day
    where v.version = (select max(version) from calendar_versions)) as last_decree_day
"""


_INSTANTS = ("next_breach_at", "next_warning_at", "oldest_outbox_at", "oldest_unfed_at")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a job last wrote down. `age` is in seconds; `figures` as `figures` gave them."""

    name: str
    age: float
    figures: Mapping[str, Any]


async def figures(tx: Transaction) -> dict[str, Any]:
    """What waits, over all organisations; only a worker's transaction sees them. Instants and days in ISO form.

    next_breach_at, next_warning_at: the first that is not recorded, due already or still to come; oldest_outbox_at;
    oldest_unfed_at: the first event that the feed does not tell yet (feed.py); open_terms; calendar_until: the last day
    of the last year with royal-decree days.
    """
    row = await tx.fetchrow(_FIGURES)
    if row is None:
        raise LookupError("a query without a table gave no row")
    found = {name: _text(row[name]) for name in _INSTANTS}
    last = row["last_decree_day"]
    return {**found, "open_terms": row["open_terms"], "calendar_until": f"{last.year}-12-31" if last else None}


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


async def beat(tx: Transaction, name: str, figures: Mapping[str, Any]) -> None:
    """Says that a job runs, with its figures. Of several workers with one name the last word counts."""
    await tx.execute(
        "insert into heartbeats (name, at, figures) values ($1, now(), $2::text::jsonb)"
        " on conflict (name) do update set at = excluded.at, figures = excluded.figures",
        name,
        json.dumps(dict(figures)),
    )


async def latest(tx: Transaction) -> list[Heartbeat]:
    """Every job's last word, the most recent first; readable without an organisation."""
    rows = await tx.fetch(
        "select name, extract(epoch from now() - at)::float8 as age, figures from heartbeats order by at desc"
    )
    return [Heartbeat(row["name"], max(row["age"], 0.0), row["figures"]) for row in rows]
