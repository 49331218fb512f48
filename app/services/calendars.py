"""Adding a version of the calendar: days that a royal decree equates with a holiday (Atw art. 3(3)) are data (C5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from app.domain.errors import Invalid, NotPossible
from app.store import rules
from app.store.session import Database

_LONGEST = 200
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Added:
    """A new version, and its difference with the one before: each day with its name."""

    version: int
    came: tuple[tuple[date, str], ...]
    went: tuple[tuple[date, str], ...]


async def add(owner: Database, sent: Any) -> Added:
    """Adds a version with the days of the newest one and those of `sent`: name by day (YYYY-MM-DD), null takes it away.

    Complaints keep the version that they were received under. Raises Invalid, and NotPossible when nothing changes.
    """
    changes = _read(sent)
    async with owner.founding(uuid4()) as tx:
        await rules.lock_calendar(tx)
        newest = await rules.newest_calendar(tx)
        before = {date.fromisoformat(day["date"]): day["name"] for day in await rules.decree_days(tx, newest)}
        merged: Mapping[date, str | None] = before | changes
        after = {day: name for day, name in sorted(merged.items()) if name is not None}
        if after == before:
            raise NotPossible(f"Version {newest} of the calendar has exactly these days already.", code="same-version")
        await rules.insert_calendar(tx, newest + 1, [{"date": f"{day}", "name": after[day]} for day in after])
    return Added(newest + 1, tuple(_not_in(before, after)), tuple(_not_in(after, before)))


def _read(sent: Any) -> dict[date, str | None]:
    if not isinstance(sent, dict) or not sent:
        raise Invalid('A calendar is one JSON object, like {"2031-05-23": "Vrijdag na Hemelvaartsdag"}.')
    return {_day(day): _name(day, name) for day, name in sent.items()}


def _day(said: str) -> date:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise Invalid(f"{said!r} is no day: write YYYY-MM-DD.") from None
    if said != day.isoformat():
        raise Invalid(f"{said!r} is no day: write YYYY-MM-DD.")
    if day.weekday() >= _SATURDAY:
        raise Invalid(f"{said} is in a weekend, and no working day anyway: is the year right?")
    return day


def _name(day: str, said: Any) -> str | None:
    if said is None:
        return None
    if not isinstance(said, str) or not said.strip() or len(said) > _LONGEST:
        raise Invalid(f"Say how {day} is called, in 1 to {_LONGEST} characters, or null to take it away.")
    return said.strip()


def _not_in(these: Mapping[date, str], those: Mapping[date, str]) -> Iterator[tuple[date, str]]:
    return ((day, name) for day, name in those.items() if these.get(day) != name)
