"""Calendar periods, and whether a periodic duty was done in each of them (C15)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from app.domain.calendar import Unit, add_amount, calendar_for, local_date, shifted
from app.domain.deadline import breach_of
from app.domain.termstate import TermState, state


class Bounds(NamedTuple):
    """A calendar period: its first and last day, and its name (2026-11, 2026-Q4, 2026-H2, 2026 or 2026-2027)."""

    first: date
    last: date
    name: str

    @property
    def due_on(self) -> date:
        """A periodic duty is due on the last day of the period (C15)."""
        return self.last

    @property
    def breach_at(self) -> datetime:
        return breach_of(self.last)


_MONTHS_IN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "two_years": 24}


def period_bounds(kind: str, day: date) -> Bounds:
    """The calendar month, quarter, half year, year or two years (from an even one) that holds the day (C15).

    Raises ValueError for another kind.
    """
    if kind not in _MONTHS_IN:
        raise ValueError(f"a calendar period is one of {', '.join(_MONTHS_IN)}")
    months = _MONTHS_IN[kind]
    number = (12 * day.year + day.month - 1) // months
    first = date(number * months // 12, number * months % 12 + 1, 1)
    last = shifted(add_amount(calendar_for(), first, months, Unit.months), -1)
    return Bounds(first, last, f"{first.year:04}{_suffix(kind, first, last)}")


def _suffix(kind: str, first: date, last: date) -> str:
    if kind == "two_years":
        return f"-{last.year:04}"
    number = (first.month - 1) // _MONTHS_IN[kind] + 1
    return {"month": f"-{number:02}", "quarter": f"-Q{number}", "half_year": f"-H{number}"}.get(kind, "")


def named_period(name: str) -> Bounds:
    """The calendar period of that name, written as `period_bounds` writes it. Raises ValueError for any other text."""
    year, _, part = name.partition("-")
    kind, month = _kind_and_month(part)
    bounds = period_bounds(kind, date(int(year), month, 1))
    if bounds.name != name:
        raise ValueError(f"a calendar period is named like 2026, 2026-Q4 or 2026-11, not {name!r}")
    return bounds


def _kind_and_month(part: str) -> tuple[str, int]:
    """What kind of period a name with this ending stands for, and a month in it."""
    if not part:
        return "year", 1
    if part[0] in "QH":
        kind = "quarter" if part[0] == "Q" else "half_year"
        return kind, _MONTHS_IN[kind] * (int(part[1:]) - 1) + 1
    return ("two_years", 1) if len(part) == 4 else ("month", int(part))


def periodic_state(bounds: Bounds, completed_at: Iterable[datetime], as_of: datetime) -> TermState:
    """Met once one analysis was completed within the period itself."""
    return state(bounds.breach_at, done_in(bounds, completed_at), as_of)


def done_in(bounds: Bounds, completed_at: Iterable[datetime]) -> datetime | None:
    """The first within the period; a later one counts for its own period (C15)."""
    return min((each for each in completed_at if bounds.first <= local_date(each) <= bounds.last), default=None)
