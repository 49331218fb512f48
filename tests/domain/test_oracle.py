"""The second reading against the first: every receipt day of seven years, and random histories."""

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import PROFILES, Period, Unit, calendar_for
from app.domain.counting import Counting, Extension, RollForward, Suspension
from app.domain.deadline import count, count_back
from app.procedures.reading import shipped
from tests.domain import oracle

ROLLS = tuple(RollForward)
OTHERS = [
    (14, "days"),
    (2, "weeks"),
    (8, "weeks"),
    (1, "years"),
    (12, "months"),
    (7, "working_days"),
    (0, "working_days"),
]
SHORT = [(1, "days"), (2, "days"), (3, "days"), (2, "working_days"), (1, "weeks"), (1, "months")]
FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]


def promised() -> set[tuple[str, str, int, str, bool]]:
    """Every period that one of the procedures promises, as (profile, roll forward, amount, unit, counted back)."""
    return {
        (
            procedure.calendar.working_days,
            procedure.calendar.roll_forward,
            within.amount,
            within.unit.value,
            bool(duty.before),
        )
        for procedure in shipped()
        for stage in procedure.stages
        for duty in procedure.duties_of(stage)
        for within in (duty.within, *(other.within for other in duty.instead))
        if within is not None
    }


def agrees(profile: str, roll: RollForward, amount: int, unit: str, days: list[date]) -> None:
    counting = Counting(calendar_for(profile), roll_forward=roll)
    other = oracle.Oracle(profile, roll.value)
    period = Period(amount=amount, unit=Unit(unit))
    for day in days:
        found = count(counting, period, day)
        ends = (found.nominal_due_on, found.due_on)
        assert ends == other.ends(amount, unit, day), (profile, roll, amount, unit, day)
        assert found.due_on is not None
        assert found.act_by == other.act_by(found.due_on), (profile, roll, amount, unit, day)
        assert found.breach_at == oracle.utc_midnight(found.due_on + timedelta(days=1))


@pytest.mark.parametrize(("profile", "roll", "amount", "unit", "back"), sorted(promised(), key=str))
def test_every_receipt_day_for_every_term(profile: str, roll: str, amount: int, unit: str, back: bool) -> None:
    if not back:
        agrees(profile, RollForward(roll), amount, unit, DAYS)
        return
    period, other = Period(amount=amount, unit=Unit(unit)), oracle.Oracle(profile)
    for day in DAYS:
        assert count_back(Counting(calendar_for(profile)), period, day).due_on == other.back(amount, unit, day), day


@pytest.mark.parametrize(("amount", "unit"), OTHERS + SHORT)
def test_every_receipt_day_under_every_profile_and_roll_in_turn(amount: int, unit: str) -> None:
    combined = list(product(PROFILES, ROLLS))
    for turn, (profile, roll) in enumerate(combined):
        agrees(profile, roll, amount, unit, DAYS[turn :: len(combined)])


UNITS = st.sampled_from(list(Unit))
NEAR = st.dates(date(2024, 1, 1), date(2029, 12, 31))
PERIODS = st.builds(
    Period, amount=st.integers(0, 40), unit=st.sampled_from([Unit.days, Unit.working_days])
) | st.builds(Period, amount=st.integers(0, 14), unit=UNITS).filter(
    lambda period: period.unit is not Unit.years or period.amount < 3
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[date, list[Extension], list[Suspension]]:
    start = draw(NEAR)

    def later(most: int) -> date:
        return start + timedelta(days=draw(st.integers(-5, most)))

    extensions = []
    for _ in range(draw(st.integers(0, 3))):
        told = later(60)
        if draw(st.booleans()):
            extensions.append(Extension(period=draw(PERIODS), notified_on=told))
        else:
            until = told + timedelta(days=draw(st.integers(1, 80)))
            extensions.append(Extension(until=until, notified_on=told))
    suspensions = []
    for _ in range(draw(st.integers(0, 3))):
        asked = later(60)
        answered = asked + timedelta(days=draw(st.integers(0, 25))) if draw(st.integers(0, 5)) else None
        suspensions.append(Suspension(asked, answered))
    return start, extensions, suspensions


def longer(extension: Extension) -> oracle.Longer:
    assert extension.notified_on
    if extension.period:
        return oracle.Longer(extension.notified_on, extension.period.amount, extension.period.unit.value)
    return oracle.Longer(extension.notified_on, until=extension.until)


@settings(max_examples=3 * settings().max_examples)
@given(
    history=histories(),
    period=PERIODS,
    profile=st.sampled_from(PROFILES),
    roll=st.sampled_from(ROLLS),
    first_counts=st.booleans(),
    closed=st.sets(st.integers(-3, 60), max_size=4),
)
def test_random_histories(
    history: Any, period: Period, profile: str, roll: RollForward, first_counts: bool, closed: set[int]
) -> None:
    start, extensions, suspensions = history
    shut = frozenset(start + timedelta(days=number) for number in closed)
    calendar = calendar_for(profile, tuple((day, "closed") for day in sorted(shut)))
    counting = Counting(calendar, "counted" if first_counts else "not_counted", roll_forward=roll)
    found = count(counting, period, start, extensions, suspensions)
    expected = oracle.Oracle(profile, roll.value, first_counts, shut).ends(
        period.amount,
        period.unit.value,
        start,
        tuple(longer(each) for each in extensions),
        tuple((each.requested_on, each.ended_on) for each in suspensions),
    )
    assert (None if found.due_on is None else (found.nominal_due_on, found.due_on)) == expected


@settings(max_examples=3 * settings().max_examples)
@given(event=NEAR, period=PERIODS, profile=st.sampled_from(PROFILES))
def test_counting_back(event: date, period: Period, profile: str) -> None:
    found = count_back(Counting(calendar_for(profile)), period, event)
    assert found.due_on == oracle.Oracle(profile).back(period.amount, period.unit.value, event)


def test_the_oracle_itself_on_dates_from_an_almanac() -> None:
    """Easter Sunday: early, late, and the two years that simple rules get wrong."""
    almanac = [(2008, 3, 23), (2011, 4, 24), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)]
    almanac += [(1954, 4, 18), (1981, 4, 19), (2049, 4, 18), (2076, 4, 19)]
    for year, month, day in almanac:
        assert oracle.easter(year) == date(year, month, day)
    assert oracle.Oracle().ends(5, "working_days", date(2026, 4, 24)) == (date(2026, 5, 4), date(2026, 5, 4))
    assert oracle.utc_midnight(date(2026, 7, 1)).isoformat() == "2026-06-30T22:00:00+00:00"


def test_every_second_around_midnight_of_the_change_days_lands_on_its_local_day() -> None:
    period = Period(amount=14, unit=Unit.days)
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)):
        begins = oracle.utc_midnight(day)
        ends = oracle.utc_midnight(day + timedelta(days=1))
        for instant in (begins, ends - timedelta(microseconds=1)):
            assert _due(period, instant) == day + timedelta(days=14)
        assert _due(period, begins - timedelta(microseconds=1)) == day + timedelta(days=13)
        assert _due(period, ends) == day + timedelta(days=15)


def _due(period: Period, instant: datetime) -> date | None:
    return count(Counting(), period, instant).due_on
