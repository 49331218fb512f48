"""Published procedure versions and calendar versions."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

_KEPT = 2000
_periods: OrderedDict[UUID, Sequence[Row]] = OrderedDict()


async def definition(tx: Reads, organisation_id: UUID, procedure: str, version: int) -> str | None:
    """Names the organisation itself: the worker asks too, and no row level security narrows that down."""
    row = await tx.fetchrow(
        "select definition from procedure_versions where organisation_id = $1 and procedure = $2 and version = $3",
        organisation_id,
        procedure,
        version,
    )
    return row["definition"] if row else None


async def in_force(tx: Transaction, on: date, procedure: str | None) -> list[Row]:
    """The newest version of each procedure whose period holds the day."""
    holding = [
        row
        for row in await _published(tx)
        if row["effective_from"] <= on and (row["effective_until"] is None or on <= row["effective_until"])
        if procedure in (None, row["procedure"])
    ]
    return list({row["procedure"]: row for row in holding}.values())


async def begun(tx: Transaction, by: date, procedure: str | None) -> list[Row]:
    """Every version of each procedure whose period has begun."""
    return [
        row for row in await _published(tx) if row["effective_from"] <= by and procedure in (None, row["procedure"])
    ]


async def _published(tx: Transaction) -> Sequence[Row]:
    """Each version with its period, the one that comes first where several hold a day last.

    Versions are never changed or withdrawn: as long as there are as many, they are those that this process read.
    """
    count, known = tx.known.get("procedure_versions"), _periods.get(tx.organisation_id, ())
    if count and len(known) == count:
        return known
    rows = await tx.fetch(
        "select procedure, version, effective_from, effective_until from procedure_versions"
        " where organisation_id = app_organisation() order by procedure, effective_from, version"
    )
    if len(rows) == count:
        _periods[tx.organisation_id] = rows
        if len(_periods) > _KEPT:
            _periods.popitem(last=False)
    return rows


async def versions(tx: Transaction, procedure: str | None = None) -> list[Row]:
    return await tx.fetch(
        """
        select id, procedure, version, effective_from, effective_until, encode(sha256, 'hex') as sha256, published_at
        from procedure_versions where organisation_id = app_organisation() and ($1::text is null or procedure = $1)
        order by procedure, version
        """,
        procedure,
    )


async def lock_versions(tx: Transaction, procedure: str) -> None:
    """Until the transaction ends, nobody else numbers a version of this procedure."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended(app_organisation()::text || ' procedure ' || $1::text, 0))",
        procedure,
    )


async def insert_version(tx: Transaction, row: Row) -> None:
    tx.known.pop("procedure_versions", None)  # what this transaction publishes it also sees
    await tx.execute(
        """
        insert into procedure_versions (organisation_id, id, procedure, version, effective_from, effective_until,
          definition, sha256, published_at, published_by)
        values (app_organisation(), $1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        row["id"],
        row["procedure"],
        row["version"],
        row["effective_from"],
        row["effective_until"],
        row["definition"],
        row["sha256"],
        row["published_at"],
        row["published_by"],
    )


async def decree_days(tx: Reads, version: int) -> list[dict[str, str]]:
    row = await tx.fetchrow("select decree_days from calendar_versions where version = $1", version)
    if row is None:
        raise LookupError(f"calendar version {version} is not there")
    return list(row["decree_days"])


async def newest_calendar(tx: Transaction) -> int:
    if known := tx.known.get("calendar"):
        return known
    row = await tx.fetchrow("select max(version) as version from calendar_versions")
    return int(row["version"]) if row else 1


async def lock_calendar(tx: Transaction) -> None:
    """Until the transaction ends, nobody else numbers a version of the calendar; everybody reads on."""
    await tx.execute("lock table calendar_versions in share row exclusive mode")


async def insert_calendar(tx: Transaction, version: int, days: Sequence[Mapping[str, str]]) -> None:
    """`days`: date (YYYY-MM-DD) and name of each."""
    await tx.execute(
        "insert into calendar_versions (version, decree_days) values ($1, $2::jsonb)", version, json.dumps(list(days))
    )
