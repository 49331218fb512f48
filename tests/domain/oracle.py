"""A second, slow and simple reading of terms.md to hold the first one against. It shares no code with app.

It walks through the calendar one day at a time and asks of each day whether it counts. Easter comes from the table of
paschal full moons for 1900-2199; everything else is looked up in what is written out below.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache

ONE = timedelta(days=1)
FULL_MOONS = {  # golden number less one: month and day
    **{0: (4, 14), 1: (4, 3), 2: (3, 23), 3: (4, 11), 4: (3, 31), 5: (4, 18), 6: (4, 8), 7: (3, 28), 8: (4, 16)},
    **{9: (4, 5), 10: (3, 25), 11: (4, 13), 12: (4, 2), 13: (3, 22), 14: (4, 10), 15: (3, 30), 16: (4, 17)},
    **{17: (4, 7), 18: (3, 27)},
}
DECREES = {
    *(date(2023, 4, 28), date(2023, 5, 19), date(2024, 5, 10), date(2024, 12, 27), date(2025, 5, 30)),
    *(date(2026, 1, 2), date(2026, 5, 15), date(2027, 5, 7), date(2028, 4, 28), date(2028, 5, 26)),
}
Pauses = tuple[tuple[date, date | None], ...]


@dataclass(frozen=True)
class Longer:
    """An extension: by amount and unit, or until a day."""

    told_on: date
    amount: int = 0
    unit: str = ""
    until: date | None = None


def easter(year: int) -> date:
    """The first Sunday after the paschal full moon."""
    day = date(year, *FULL_MOONS[year % 19]) + ONE
    while day.isoweekday() != 7:
        day += ONE
    return day


def kings_day(year: int) -> date:
    """27 April since 2014, 30 April before; the Saturday before when that is a Sunday."""
    day = date(year, 4, 27) if year >= 2014 else date(year, 4, 30)
    return day - ONE if day.isoweekday() == 7 else day


@cache
def days_off(profile: str, year: int) -> frozenset[date]:
    if profile == "mon-fri":
        return frozenset()
    off = {date(year, 1, 1), date(year, 12, 25), date(year, 12, 26), kings_day(year)}
    off |= {easter(year) + ONE, easter(year) + 39 * ONE, easter(year) + 50 * ONE}
    if profile != "nl-practice" or str(year)[-1] in "05":
        off.add(date(year, 5, 5))
    if profile == "nl-atw-3":
        off.add(easter(year) - 2 * ONE)
        off |= {day for day in DECREES if day.year == year}
    return frozenset(off)


@cache
def works(profile: str, day: date, closed: frozenset[date] = frozenset()) -> bool:
    return day.isoweekday() < 6 and day not in days_off(profile, day.year) and day not in closed


@cache
def same_number(day: date, months: int) -> date:
    """So many months on: the day with the same number, or the last one before it that exists."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


@dataclass(frozen=True)
class Oracle:
    """One way of counting."""

    profile: str = "nl-atw-3-1"
    roll: str = "none"
    first_counts: bool = False
    closed: frozenset[date] = frozenset()

    def ends(
        self,
        amount: int,
        unit: str,
        start: date,
        longer: tuple[Longer, ...] = (),
        pauses: Pauses = (),
    ) -> tuple[date, date] | None:
        """The un-rolled end and the end; None while a pause is open."""
        told: tuple[Longer, ...] = ()
        for each in sorted(longer, key=lambda one: one.told_on):
            now = self._ends(amount, unit, start, told, pauses)
            if now is None or each.told_on <= now[1]:
                told += (each,)
        return self._ends(amount, unit, start, told, pauses)

    def _ends(
        self, amount: int, unit: str, start: date, longer: tuple[Longer, ...], pauses: Pauses
    ) -> tuple[date, date] | None:
        opening = amount
        rest: list[Longer] = []
        for each in longer:
            if each.until:
                rest.append(each)
            elif each.unit == unit and not any(one.until for one in rest):
                opening += each.amount
            else:
                rest.append(each)
        end = self._first(opening, unit, start, pauses)
        for each in self._gathered(rest):
            if end is None:
                return None
            if each.until:
                since = max(each.told_on, start - ONE if self.first_counts else start)
                stands = self._later(since, (each.until - since).days, pauses) if each.until > since else each.until
                end = None if stands is None else max(end, stands)
            else:
                end = self._on(end, each.amount, each.unit, pauses)
        if end is None:
            return None
        rolled = self._rolled(end, amount, unit, start, pauses)
        return None if rolled is None else (end, rolled)

    def _gathered(self, longer: list[Longer]) -> list[Longer]:
        """Extensions in the same unit, between two explicit dates, as one."""
        done: list[Longer] = []
        for each in longer:
            again = None
            for at in range(len(done) - 1, -1, -1):
                if each.until or done[at].until:
                    break
                if done[at].unit == each.unit:
                    again = at
            if again is None:
                done.append(each)
            else:
                done[again] = Longer(each.told_on, done[again].amount + each.amount, each.unit)
        return done

    def _first(self, amount: int, unit: str, start: date, pauses: Pauses) -> date | None:
        eve = start - ONE if self.first_counts else start
        if unit == "working_days":
            if amount == 0:
                day = start
                while True:
                    paused = self._paused(day, pauses) if day > eve else ""
                    if paused == "open":
                        return None
                    if not paused and works(self.profile, day, self.closed):
                        return day
                    day += ONE
            return self._on(eve, amount, unit, pauses)
        last = self._plain(start, amount, unit)
        if self.first_counts and amount:
            whole_months = unit in ("months", "years") and last.day != start.day
            last = last if whole_months else last - ONE
        if last <= eve:
            return last
        return self._later(eve, (last - eve).days, pauses)

    def _plain(self, day: date, amount: int, unit: str) -> date:
        if unit in ("months", "years"):
            return same_number(day, amount * (12 if unit == "years" else 1))
        return day + amount * (7 if unit == "weeks" else 1) * ONE

    def _on(self, day: date, amount: int, unit: str, pauses: Pauses) -> date | None:
        if unit != "working_days":
            return self._later(day, (self._plain(day, amount, unit) - day).days, pauses)
        while amount:
            day += ONE
            paused = self._paused(day, pauses)
            if paused == "open":
                return None
            if not paused and works(self.profile, day, self.closed):
                amount -= 1
        return day

    def _later(self, day: date, days: int, pauses: Pauses) -> date | None:
        """So many days later, counting only days that are not suspended."""
        if not pauses:
            return day + days * ONE
        while days > 0:
            day += ONE
            paused = self._paused(day, pauses)
            if paused == "open":
                return None
            days -= 0 if paused else 1
        return day

    def _paused(self, day: date, pauses: Pauses) -> str:
        kinds = {
            "shut" if answered else "open"
            for asked, answered in pauses
            if asked < day and (not answered or day < answered)
        }
        return "open" if "open" in kinds else "".join(kinds)

    def _rolled(self, end: date, amount: int, unit: str, start: date, pauses: Pauses) -> date | None:
        ordinary = self._ordinary_days(amount, unit)
        if not ordinary:
            return end
        first = start if self.first_counts else start + ONE
        good, day = 0, min(first, end)
        while True:
            paused = self._paused(day, pauses) if day >= first else ""
            if paused == "open" and day >= end:
                return None
            fit = not paused and works("nl-atw-3", day)
            good += 1 if fit else 0
            if fit and day >= end and good >= ordinary:
                return day
            day = max(day + ONE, end) if good >= ordinary else day + ONE
            if day > end + 400 * ONE:
                raise AssertionError("this never ends")

    def _ordinary_days(self, amount: int, unit: str) -> int:
        if self.roll == "atw":
            limit = {"days": 90, "working_days": 90, "weeks": 12, "months": 3, "years": 0}[unit]
            if amount > limit:
                return 0
            return 2 if unit == "days" and amount > 2 else 1
        if self.roll == "eu1182":
            at_least_two_days = amount >= 2 if "days" in unit else amount >= 1
            return 2 if at_least_two_days else 1
        return 0

    def act_by(self, due: date) -> date:
        while not works(self.profile, due, self.closed):
            due -= ONE
        return due

    def back(self, amount: int, unit: str, event: date) -> date:
        if unit == "working_days":
            day = event
            while amount:
                day -= ONE
                amount -= works(self.profile, day, self.closed)
            return self.act_by(day)
        if unit in ("days", "weeks"):
            return event - amount * (7 if unit == "weeks" else 1) * ONE
        months = amount * (12 if unit == "years" else 1)
        year, month = event.year, event.month
        for _ in range(months):
            year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        return date(year, month, min(event.day, _length(year, month)))


def _length(year: int, month: int) -> int:
    day = date(year, month, 28)
    while (day + ONE).month == month:
        day += ONE
    return day.day


def utc_midnight(day: date) -> datetime:
    """00:00 in Amsterdam: an hour before UTC's in winter, two from the last Sunday of March to that of October."""
    summer = _last_sunday(day.year, 3) < day <= _last_sunday(day.year, 10)
    return datetime.combine(day, time(0), timezone.utc) - timedelta(hours=2 if summer else 1)  # noqa: UP017


def _last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.isoweekday() != 7:
        day -= ONE
    return day
