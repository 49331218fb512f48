"""Working days, holidays and periods, in tables that a clerk can check."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.domain.calendar import (
    DECREE_DAYS,
    PROFILES,
    OutOfCalendar,
    Period,
    Unit,
    add,
    calendar_for,
    horizon,
    local_date,
    midnight,
    subtract,
)
from tests.domain import oracle


def period(amount: int, unit: str) -> Period:
    return Period(amount=amount, unit=Unit(unit))


# day, weekday, and which of the four profiles have it off: atw-3-1, atw-3, practice, mon-fri
HOLIDAYS = [
    ("2026-01-01", "Thu", "Nieuwjaarsdag", "yes yes yes no"),
    ("2026-01-02", "Fri", "royal decree", "no yes no no"),
    ("2026-04-03", "Fri", "Goede vrijdag", "no yes no no"),
    ("2026-04-06", "Mon", "Tweede paasdag", "yes yes yes no"),
    ("2026-04-27", "Mon", "Koningsdag", "yes yes yes no"),
    ("2026-05-05", "Tue", "Bevrijdingsdag, no lustrum", "yes yes no no"),
    ("2025-05-05", "Mon", "Bevrijdingsdag, lustrum", "yes yes yes no"),
    ("2026-05-14", "Thu", "Hemelvaartsdag", "yes yes yes no"),
    ("2026-05-15", "Fri", "royal decree", "no yes no no"),
    ("2026-05-25", "Mon", "Tweede pinksterdag", "yes yes yes no"),
    ("2026-12-25", "Fri", "Eerste kerstdag", "yes yes yes no"),
    ("2024-12-26", "Thu", "Tweede kerstdag", "yes yes yes no"),
    ("2024-12-27", "Fri", "royal decree", "no yes no no"),
    ("2024-12-31", "Tue", "an ordinary day", "no no no no"),
    ("2027-12-27", "Mon", "no day instead for Christmas in a weekend", "no no no no"),
    ("2036-04-28", "Mon", "King's Day 2036 was Saturday 26", "no no no no"),
    ("2013-04-30", "Tue", "Koninginnedag", "yes yes yes no"),
    ("2005-05-05", "Thu", "Hemelvaartsdag and Bevrijdingsdag on one day", "yes yes yes no"),
    ("2016-05-05", "Thu", "the same, in no lustrum: still Hemelvaartsdag", "yes yes yes no"),
]


@pytest.mark.parametrize(("day", "weekday", "what", "off"), HOLIDAYS)
def test_which_profile_has_a_day_off(day: str, weekday: str, what: str, off: str) -> None:
    on = date.fromisoformat(day)
    assert on.strftime("%a") == weekday
    found = ["no" if calendar_for(profile).is_working_day(on) else "yes" for profile in PROFILES]
    assert found == [dict(zip(("31", "3", "p", "m"), off.split(), strict=True))[key] for key in ("31", "3", "p", "m")]


@pytest.mark.parametrize(("year", "day"), [(2025, 26), (2026, 27), (2031, 26), (2036, 26), (2042, 26), (2028, 27)])
def test_kings_day_is_celebrated_on_saturday_when_the_27th_is_a_sunday(year: int, day: int) -> None:
    calendar = calendar_for()
    found = [each for each in (26, 27) if calendar.holiday(date(year, 4, each))]
    assert found == [day]


def test_every_holiday_of_a_century_is_where_the_table_of_full_moons_puts_it() -> None:
    for profile in PROFILES:
        calendar = calendar_for(profile)
        for year in range(1990, 2090):
            days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
            off = {day for day in days if calendar.holiday(day)}
            assert off == {day for day in oracle.days_off(profile, year) if day != date(year, 12, 31)}, (profile, year)


def test_a_holiday_has_its_name_in_two_languages_and_the_weekend_has_none() -> None:
    calendar = calendar_for()
    assert calendar.holiday(date(2026, 4, 27)) == ("Koningsdag", "King's Day")
    assert calendar.holiday(date(2026, 4, 26)) is None
    assert not calendar.is_working_day(date(2026, 4, 26))


def test_an_organisation_adds_its_own_closed_days_to_any_profile() -> None:
    closed = ((date(2026, 4, 28), "Teamdag"),)
    for profile in PROFILES:
        calendar = calendar_for(profile, closed)
        assert calendar.holiday(date(2026, 4, 28)) == ("Teamdag", "Teamdag")
        assert not calendar.is_working_day(date(2026, 4, 28))
        assert calendar.statutory.is_working_day(date(2026, 4, 28))


def test_a_later_version_adds_royal_decree_days_without_a_release() -> None:
    later = (*DECREE_DAYS, (date(2029, 5, 11), "Vrijdag na Hemelvaartsdag"))
    assert calendar_for("nl-atw-3").is_working_day(date(2029, 5, 11))
    assert not calendar_for("nl-atw-3", (), later, 2).is_working_day(date(2029, 5, 11))
    assert calendar_for("nl-atw-3-1", (), later, 2).is_working_day(date(2029, 5, 11))
    assert (horizon(calendar_for()), horizon(calendar_for("nl-atw-3", (), later, 2))) == (2028, 2029)
    assert horizon(calendar_for("nl-atw-3", (), ())) == 0


def test_the_same_calendar_is_one_value() -> None:
    assert calendar_for() is calendar_for("nl-atw-3-1", (), version=1)


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="one of nl-atw-3-1"):
        calendar_for("nl")


ADDED = [
    # C7: the same day number, else the last day of the month; nothing sticks to the end of a month
    ("2026-01-31", 1, "months", "2026-02-28"),
    ("2028-01-31", 1, "months", "2028-02-29"),
    ("2026-02-28", 1, "months", "2026-03-28"),
    ("2016-02-29", 3, "months", "2016-05-29"),
    ("2026-10-31", 1, "months", "2026-11-30"),
    ("2026-12-31", 2, "months", "2027-02-28"),
    ("2025-12-31", 12, "months", "2026-12-31"),
    ("2028-02-29", 1, "years", "2029-02-28"),
    ("2028-02-29", 4, "years", "2032-02-29"),
    ("2027-02-28", 1, "years", "2028-02-28"),
    ("2026-11-16", 30, "days", "2026-12-16"),
    ("2026-11-16", 0, "days", "2026-11-16"),
    ("2026-11-16", 0, "months", "2026-11-16"),
    ("2026-03-15", 2, "weeks", "2026-03-29"),
    # working days
    ("2026-04-24", 5, "working_days", "2026-05-04"),
    ("2026-12-31", 1, "working_days", "2027-01-04"),
    ("2026-12-25", 0, "working_days", "2026-12-28"),
    ("2026-12-28", 0, "working_days", "2026-12-28"),
    ("2026-12-26", 1, "working_days", "2026-12-28"),
]


@pytest.mark.parametrize(("day", "amount", "unit", "later"), ADDED)
def test_a_period_later(day: str, amount: int, unit: str, later: str) -> None:
    assert add(calendar_for(), date.fromisoformat(day), period(amount, unit)) == date.fromisoformat(later)


SUBTRACTED = [
    ("2026-03-31", 1, "months", "2026-02-28"),
    ("2028-02-29", 1, "years", "2027-02-28"),
    ("2029-02-28", 1, "years", "2028-02-28"),
    ("2026-01-15", 1, "months", "2025-12-15"),
    ("2026-01-15", 2, "weeks", "2026-01-01"),
    ("2026-05-04", 5, "working_days", "2026-04-24"),
    ("2026-12-27", 0, "working_days", "2026-12-24"),
    ("2026-12-28", 0, "working_days", "2026-12-28"),
    ("2026-12-28", 1, "working_days", "2026-12-24"),
]


@pytest.mark.parametrize(("day", "amount", "unit", "earlier"), SUBTRACTED)
def test_a_period_earlier(day: str, amount: int, unit: str, earlier: str) -> None:
    assert subtract(calendar_for(), date.fromisoformat(day), period(amount, unit)) == date.fromisoformat(earlier)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-06-30T21:59:59+00:00", "2026-06-30"),
        ("2026-06-30T22:00:00+00:00", "2026-07-01"),
        ("2026-12-31T23:00:00+00:00", "2027-01-01"),
        ("2026-12-31T23:59:59-11:00", "2027-01-01"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25"),
    ],
)
def test_the_local_date_of_an_instant(instant: str, day: str) -> None:
    assert local_date(datetime.fromisoformat(instant)) == date.fromisoformat(day)


def test_an_instant_without_an_offset_has_no_local_date() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_date(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        ("2026-03-29", "2026-03-28T23:00"),  # the day of 23 hours begins in winter
        ("2026-03-30", "2026-03-29T22:00"),
        ("2026-10-25", "2026-10-24T22:00"),  # the day of 25 hours begins in summer
        ("2026-10-26", "2026-10-25T23:00"),
    ],
)
def test_midnight_around_the_change_of_the_clock(day: str, instant: str) -> None:
    assert midnight(date.fromisoformat(day)) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_a_period_is_bounded_and_known() -> None:
    for wrong in ({"amount": -1, "unit": "days"}, {"amount": 10_001, "unit": "days"}, {"amount": 1, "unit": "hours"}):
        with pytest.raises(ValidationError):
            Period.model_validate(wrong)
    with pytest.raises(ValidationError):
        period(1, "days").amount = 2  # type: ignore[misc]


def test_what_no_calendar_knows_is_refused_and_not_guessed() -> None:
    with pytest.raises(OutOfCalendar):
        add(calendar_for(), date(2026, 1, 1), period(10_000, "years"))
    with pytest.raises(OutOfCalendar):
        subtract(calendar_for(), date(2026, 1, 1), period(10_000, "years"))
    with pytest.raises(OutOfCalendar):
        add(calendar_for(), date(9999, 12, 30), period(2, "days"))
    with pytest.raises(OutOfCalendar, match="2300") as refused:
        calendar_for().is_working_day(date(2300, 6, 1))
    assert [(each.pointer, each.code) for each in refused.value.faults] == [("", "date-out-of-range")]
