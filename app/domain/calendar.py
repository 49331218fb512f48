"""Which days are working days, and what day it is a period later or earlier.

Everything counts in local dates of Europe/Amsterdam (C3). What counts as a holiday is decided by our own profile and
its version, never by a library: `holidays` only says on which date Easter and the others fall (C5).
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from app.domain.errors import Fault, Invalid

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SATURDAY = 5

PROFILES = ("nl-atw-3-1", "nl-atw-3", "nl-practice", "mon-fri")

# Days equated with a holiday by royal decree (Atw art. 3(3)); later ones are data, published as a new calendar version.
DECREE_DAYS = (
    (date(2023, 4, 28), "Vrijdag na Koningsdag"),
    (date(2023, 5, 19), "Vrijdag na Hemelvaartsdag"),
    (date(2024, 5, 10), "Vrijdag na Hemelvaartsdag"),
    (date(2024, 12, 27), "Vrijdag na tweede kerstdag"),
    (date(2025, 5, 30), "Vrijdag na Hemelvaartsdag"),
    (date(2026, 1, 2), "Vrijdag na nieuwjaarsdag"),
    (date(2026, 5, 15), "Vrijdag na Hemelvaartsdag"),
    (date(2027, 5, 7), "Vrijdag na Hemelvaartsdag"),
    (date(2028, 4, 28), "Vrijdag na Koningsdag"),
    (date(2028, 5, 26), "Vrijdag na Hemelvaartsdag"),
)

# The library's Dutch name of each day whose date it gives, and our English name. A day it no longer knows by that name
# must stop us at once, not turn silently into a working day.
_DATED_BY_LIBRARY = {
    "Nieuwjaarsdag": "New Year's Day",
    "Goede vrijdag": "Good Friday",
    "Tweede paasdag": "Easter Monday",
    "Hemelvaartsdag": "Ascension Day",
    "Tweede pinksterdag": "Whit Monday",
    "Eerste kerstdag": "Christmas Day",
    "Tweede kerstdag": "Second Christmas Day",
}
_ROYAL = {"Koningsdag": "King's Day", "Koninginnedag": "Queen's Day"}


class OutOfCalendar(Invalid):
    """A date for which we cannot say whether it is a working day, or that no calendar has."""

    code = "date-out-of-range"
    title = "This date is too far away to count with"

    def __init__(self, detail: str, *, faults: Iterable[Fault] = ()) -> None:
        """Without `faults`: of the whole."""
        super().__init__(detail, faults=tuple(faults) or (Fault("", self.code, detail),))


class Unit(StrEnum):
    """What a period is counted in."""

    days = "days"
    weeks = "weeks"
    working_days = "working_days"
    months = "months"
    years = "years"


class Period(BaseModel):
    """An amount of a unit; never turned into a number of days, because a month is not 30 days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: int = Field(ge=0, le=10_000)
    unit: Unit


class Holiday(NamedTuple):
    """A day that is no working day although it may be a weekday, in Dutch and English."""

    name_nl: str
    name_en: str


# A dossier asks for the same few days again and again, and so does the next one.
_KEPT = 4096


@lru_cache(_KEPT)
def local_date(instant: datetime) -> date:
    """The date in Amsterdam at that instant (C3). Raises ValueError for an instant without an offset."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return instant.astimezone(AMSTERDAM).date()


@lru_cache(_KEPT)
def midnight(day: date) -> datetime:
    """The first instant of that day in Amsterdam, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).astimezone(UTC)


@lru_cache(maxsize=512)
def _library_dates(year: int) -> dict[str, date]:
    """Dutch name -> date for one year. Raises OutOfCalendar outside the years the library knows (1966-2100)."""
    # Imported here because it takes half a second, which a command that counts nothing should not pay.
    import holidays  # noqa: PLC0415

    found = holidays.country_holidays("NL", years=year, language="nl")
    # Ascension Day was Liberation Day too in 2005: the library then gives one day with two names.
    dates = {name: day for day, names in found.items() for name in names.split("; ")}
    if not dates:
        raise OutOfCalendar(f"No holidays are known for {year}.")
    return dates


@lru_cache(maxsize=1024)
def _public_holidays(profile: str, year: int) -> dict[date, Holiday]:
    """The holidays of one year that this profile keeps: pure in profile and year, so computed once (C5)."""
    if profile == "mon-fri":
        return {}
    dates = _library_dates(year)
    kept = {dates[name]: Holiday(name, english) for name, english in _DATED_BY_LIBRARY.items()}
    if profile != "nl-atw-3":
        # Atw art. 3(2) equates Good Friday with a holiday for that Act only.
        del kept[dates["Goede vrijdag"]]
    royal = next(name for name in _ROYAL if name in dates)
    kept[dates[royal]] = Holiday(royal, _ROYAL[royal])
    if profile != "nl-practice" or year % 5 == 0:
        # Ascension Day can fall on 5 May; then it keeps its own name.
        kept.setdefault(date(year, 5, 5), Holiday("Bevrijdingsdag", "Liberation Day"))
    return kept


@dataclass(frozen=True)
class Calendar:
    """What counts as a working day: a profile, a version's royal-decree days, the organisation's closed days (C5)."""

    profile: str
    version: int
    decree_days: tuple[tuple[date, str], ...]
    closed_days: tuple[tuple[date, str], ...] = ()

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ValueError(f"a calendar profile is one of {', '.join(PROFILES)}")

    def __hash__(self) -> int:
        return hash((self.profile, self.version))  # not all of its days, each time something is looked up by it

    @cached_property
    def _own_days(self) -> dict[date, Holiday]:
        own = {day: Holiday(name, name) for day, name in self.closed_days}
        if self.profile == "nl-atw-3":
            own |= {day: Holiday(name, "Day equated with a holiday by royal decree") for day, name in self.decree_days}
        return own

    @cached_property
    def statutory(self) -> "Calendar":
        """The days the Algemene termijnenwet goes by: an organisation's own closed days mean nothing to it (C6)."""
        return calendar_for("nl-atw-3", (), self.decree_days, self.version)

    def holiday(self, day: date) -> Holiday | None:
        """The holiday or closed day on that date, also when it falls in a weekend; None on any other day."""
        return _public_holidays(self.profile, day.year).get(day) or self._own_days.get(day)

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and self.holiday(day) is None

    def next_working_day(self, day: date) -> date:
        """That day if it is a working day, else the first one after it."""
        return next(each for each in onward(day) if self.is_working_day(each))

    def last_working_day(self, day: date) -> date:
        """That day if it is a working day, else the last one before it."""
        return next(each for each in backward(day) if self.is_working_day(each))


def calendar_for(
    profile: str = "nl-atw-3-1",
    closed_days: tuple[tuple[date, str], ...] = (),
    decree_days: tuple[tuple[date, str], ...] = DECREE_DAYS,
    version: int = 1,
) -> Calendar:
    """The calendar of that profile, one value for all who ask. Raises ValueError for an unknown profile."""
    return _calendar(profile, version, decree_days, closed_days)


@lru_cache(maxsize=4096)
def _calendar(
    profile: str, version: int, decree_days: tuple[tuple[date, str], ...], closed_days: tuple[tuple[date, str], ...]
) -> Calendar:
    return Calendar(profile, version, decree_days, closed_days)


def horizon(calendar: Calendar) -> int:
    """The last year for which royal-decree days are known; 0 when none are. After it, `nl-atw-3` may be a day off."""
    return max((day.year for day, _ in calendar.decree_days), default=0)


def onward(day: date) -> Iterator[date]:
    """That day and every day after it. Raises OutOfCalendar at the end of the calendar."""
    while True:
        yield day
        day = shifted(day, 1)


def backward(day: date) -> Iterator[date]:
    """That day and every day before it. Raises OutOfCalendar at the beginning of the calendar."""
    while True:
        yield day
        day = shifted(day, -1)


def shifted(day: date, days: int) -> date:
    """So many days later, or earlier when negative. Raises OutOfCalendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise OutOfCalendar("No calendar has this date.") from None


def add(calendar: Calendar, day: date, period: Period) -> date:
    """The day a period after day 0 (C1). Nought working days: that day if it is one, else the next (C17)."""
    return add_amount(calendar, day, period.amount, period.unit)


def add_amount(calendar: Calendar, day: date, amount: int, unit: Unit) -> date:
    """As `add`, for sums of periods that may be longer than one period can be."""
    if unit is not Unit.working_days:
        return _moved(day, amount, unit)
    if amount == 0:
        return calendar.next_working_day(day)
    return _nth_working_day(calendar, onward(shifted(day, 1)), amount)


@lru_cache(_KEPT)
def subtract(calendar: Calendar, day: date, period: Period) -> date:
    """The day a period before day 0. Nought working days: that day if it is one, else the last before it."""
    if period.unit is not Unit.working_days:
        return _moved(day, -period.amount, period.unit)
    if period.amount == 0:
        return calendar.last_working_day(day)
    return _nth_working_day(calendar, backward(shifted(day, -1)), period.amount)


def _nth_working_day(calendar: Calendar, days: Iterator[date], amount: int) -> date:
    working = (day for day in days if calendar.is_working_day(day))
    for _ in range(amount - 1):
        next(working)
    return next(working)


def _moved(day: date, amount: int, unit: Unit) -> date:
    if unit is Unit.days:
        return shifted(day, amount)
    if unit is Unit.weeks:
        return shifted(day, 7 * amount)
    return _month_moved(day, amount * (12 if unit is Unit.years else 1))


def _month_moved(day: date, months: int) -> date:
    """Same day number, else the last day of that month; no end-of-month stickiness (C7, ECLI:NL:HR:2017:2225)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OutOfCalendar("No calendar has this date.")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
