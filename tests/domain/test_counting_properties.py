"""What must hold of every term, whatever the date: how answers relate when the question changes a little."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.calendar import AMSTERDAM, PROFILES, Calendar, Period, Unit, add, calendar_for, local_date, subtract
from app.domain.counting import Counting, Extension, RollForward, Suspension
from app.domain.deadline import count, count_back
from app.domain.termstate import TermState, state

ROLLS = tuple(RollForward)
DAYS = st.dates(date(2020, 1, 1), date(2033, 12, 31))
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2033, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))
PERIODS = st.one_of(
    st.builds(Period, amount=st.integers(0, 120), unit=st.sampled_from([Unit.days, Unit.working_days])),
    st.builds(Period, amount=st.integers(0, 30), unit=st.sampled_from([Unit.weeks, Unit.months])),
    st.builds(Period, amount=st.integers(0, 5), unit=st.just(Unit.years)),
)
CALENDARS = st.sampled_from(PROFILES).map(calendar_for)
COUNTINGS = st.builds(
    Counting,
    calendar=CALENDARS,
    first_day=st.sampled_from(["not_counted", "counted"]),
    receipt=st.sampled_from(["arrival", "office_hours"]),
    roll_forward=st.sampled_from(ROLLS),
)


@st.composite
def suspensions(draw: st.DrawFn, start: date) -> list[Suspension]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        asked = start + timedelta(days=draw(st.integers(-10, 90)))
        found.append(Suspension(asked, asked + timedelta(days=draw(st.integers(0, 30)))))
    return found


def due(counting: Counting, period: Period, started: date | datetime, *more: object) -> date:
    found = count(counting, period, started, *more).due_on  # type: ignore[arg-type]
    assert found is not None
    return found


@given(COUNTINGS, PERIODS, INSTANTS, st.data())
def test_every_deadline_is_in_order(counting: Counting, period: Period, started: datetime, data: st.DataObject) -> None:
    found = count(counting, period, started, (), data.draw(suspensions(local_date(started))))
    assert found.due_on and found.nominal_due_on and found.breach_at and found.act_by
    assert local_date(started) <= found.started_on <= found.nominal_due_on <= found.due_on
    assert found.act_by <= found.due_on
    assert counting.calendar.is_working_day(found.act_by)
    assert found.breach_at.utcoffset() == timedelta(0)
    local = found.breach_at.astimezone(AMSTERDAM)
    assert (local.date(), local.hour, local.minute) == (found.due_on + timedelta(days=1), 0, 0)


@given(COUNTINGS, PERIODS, DAYS, st.integers(1, 40))
def test_a_later_start_is_never_due_earlier(counting: Counting, period: Period, start: date, days: int) -> None:
    later = start + timedelta(days=days)
    if counting.roll_forward == RollForward.none:
        assert due(counting, period, start) <= due(counting, period, later)
    else:
        assume(later.year < 2033)
        first, second = count(counting, period, start), count(counting, period, later)
        assert first.nominal_due_on and second.nominal_due_on and first.due_on and second.due_on
        assert first.nominal_due_on <= second.nominal_due_on
        assert first.due_on <= second.due_on


@given(COUNTINGS, DAYS, st.integers(0, 60), st.sampled_from(list(Unit)))
def test_a_longer_period_is_never_due_earlier(counting: Counting, start: date, amount: int, unit: Unit) -> None:
    assume(unit is not Unit.years or amount < 20)
    # One more may take a term out of reach of the Act, so this is about the un-rolled end.
    shorter = count(counting, Period(amount=amount, unit=unit), start).nominal_due_on
    longer = count(counting, Period(amount=amount + 1, unit=unit), start).nominal_due_on
    assert shorter and longer and shorter <= longer


@given(COUNTINGS, PERIODS, DAYS, st.sets(st.integers(0, 200), max_size=5))
def test_a_closed_day_never_shortens(counting: Counting, period: Period, start: date, closed: set[int]) -> None:
    more = calendar_for(
        counting.calendar.profile, tuple((start + timedelta(days=number), "closed") for number in sorted(closed))
    )
    shut = Counting(more, counting.first_day, counting.receipt, roll_forward=counting.roll_forward)
    assert due(counting, period, start) <= due(shut, period, start)


@given(PERIODS, DAYS, st.sets(st.integers(0, 200), max_size=5), st.sampled_from(ROLLS))
def test_a_royal_decree_never_shortens(period: Period, start: date, decreed: set[int], roll: RollForward) -> None:
    days = tuple((start + timedelta(days=number), "decree") for number in sorted(decreed))
    more, none = calendar_for("nl-atw-3", (), days, 2), calendar_for("nl-atw-3", (), (), 2)
    assert due(Counting(none, roll_forward=roll), period, start) <= due(
        Counting(more, roll_forward=roll), period, start
    )


@given(PERIODS, DAYS, st.sampled_from(["not_counted", "counted"]))
def test_more_holidays_never_shorten(period: Period, start: date, first_day: str) -> None:
    ends = [
        due(Counting(calendar_for(profile), first_day), period, start)  # type: ignore[arg-type]
        for profile in ("mon-fri", "nl-practice", "nl-atw-3-1", "nl-atw-3")
    ]
    assert ends == sorted(ends)


@given(COUNTINGS, PERIODS, DAYS)
def test_rolling_never_shortens_and_lands_on_an_ordinary_day(counting: Counting, period: Period, start: date) -> None:
    found = count(counting, period, start)
    assert found.due_on and found.nominal_due_on
    if found.due_on != found.nominal_due_on:
        assert counting.roll_forward != RollForward.none
    if counting.roll_forward == RollForward.eu1182:
        assert calendar_for("nl-atw-3").is_working_day(found.due_on)


@given(DAYS, st.integers(0, 90), st.integers(0, 90), st.sampled_from([Unit.days, Unit.weeks]), CALENDARS)
def test_adding_twice_is_adding_the_sum(day: date, n: int, m: int, unit: Unit, calendar: Calendar) -> None:
    twice = add(calendar, add(calendar, day, Period(amount=n, unit=unit)), Period(amount=m, unit=unit))
    assert twice == add(calendar, day, Period(amount=n + m, unit=unit))


@given(DAYS, st.integers(1, 60), st.integers(1, 60), CALENDARS)
def test_adding_working_days_twice_is_adding_the_sum(day: date, n: int, m: int, calendar: Calendar) -> None:
    unit = Unit.working_days
    twice = add(calendar, add(calendar, day, Period(amount=n, unit=unit)), Period(amount=m, unit=unit))
    assert twice == add(calendar, day, Period(amount=n + m, unit=unit))


@given(DAYS, st.integers(1, 60), CALENDARS, st.sampled_from([Unit.days, Unit.weeks, Unit.working_days]))
def test_counting_back_undoes_counting(day: date, amount: int, calendar: Calendar, unit: Unit) -> None:
    period = Period(amount=amount, unit=unit)
    forward = add(calendar, day, period)
    back = subtract(calendar, forward, period)
    expected = calendar.last_working_day(day) if unit is Unit.working_days else day
    assert back == expected
    assert count_back(Counting(calendar), period, forward).due_on == expected


@given(DAYS, PERIODS, COUNTINGS)
def test_counting_back_never_ends_after_the_event(event: date, period: Period, counting: Counting) -> None:
    found = count_back(counting, period, event)
    assert found.due_on is not None
    assert found.due_on <= event
    assert found.due_on == found.nominal_due_on
    if period.unit is Unit.working_days:
        assert found.act_by == found.due_on


@given(DAYS, st.integers(1, 48))
def test_a_month_keeps_its_day_number_or_ends_the_month(day: date, months: int) -> None:
    later = add(calendar_for(), day, Period(amount=months, unit=Unit.months))
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(COUNTINGS, PERIODS, PERIODS, DAYS)
def test_an_extension_never_shortens(counting: Counting, period: Period, more: Period, start: date) -> None:
    before = count(counting, period, start)
    after = count(counting, period, start, [Extension(period=more)])
    assert before.due_on and before.nominal_due_on and after.nominal_due_on and after.due_on
    assert before.nominal_due_on <= after.nominal_due_on
    assert before.due_on <= after.due_on


@given(COUNTINGS, PERIODS, DAYS, st.integers(-100, 400))
def test_an_extension_until_a_date_ends_there_or_not_earlier(
    counting: Counting, period: Period, start: date, days: int
) -> None:
    before = count(counting, period, start)
    assert before.nominal_due_on and before.due_on
    until = start + timedelta(days=days)
    after = count(counting, period, start, [Extension(until=until, notified_on=start)])
    assert after.nominal_due_on == max(before.nominal_due_on, until)


@given(PERIODS, DAYS, st.integers(0, 20))
def test_extensions_in_the_same_unit_are_one_longer_term(period: Period, start: date, more: int) -> None:
    extension = Extension(period=Period(amount=more, unit=period.unit))
    whole = Period(amount=period.amount + 2 * more, unit=period.unit)
    assert due(Counting(), period, start, [extension, extension]) == due(Counting(), whole, start)


@given(COUNTINGS, PERIODS, DAYS, st.integers(1, 30))
def test_a_late_extension_changes_nothing(counting: Counting, period: Period, start: date, days: int) -> None:
    before = due(counting, period, start)
    late = Extension(period=Period(amount=8, unit=Unit.weeks), notified_on=before + timedelta(days=days))
    assert due(counting, period, start, [late]) == before
    in_time = Extension(period=Period(amount=8, unit=Unit.weeks), notified_on=before)
    assert due(counting, period, start, [in_time]) > before


@given(COUNTINGS, PERIODS, DAYS, st.data())
def test_the_order_of_suspensions_does_not_matter(
    counting: Counting, period: Period, start: date, data: st.DataObject
) -> None:
    found = data.draw(suspensions(start))
    ends = {due(counting, period, start, (), order) for order in permutations(found)}
    assert len(ends) == 1
    assert due(counting, period, start, (), found + found) in ends


@given(COUNTINGS, PERIODS, DAYS, st.data())
def test_a_suspension_never_shortens(counting: Counting, period: Period, start: date, data: st.DataObject) -> None:
    found = data.draw(suspensions(start))
    ends = [due(counting, period, start, (), found[:number]) for number in range(len(found) + 1)]
    assert ends == sorted(ends)


@given(COUNTINGS, PERIODS, DAYS, st.integers(0, 60), st.booleans())
def test_a_suspension_asked_on_or_after_the_due_date_changes_nothing(
    counting: Counting, period: Period, start: date, days: int, still_open: bool
) -> None:
    before = count(counting, period, start)
    assert before.due_on
    asked = before.due_on + timedelta(days=days)
    late = Suspension(asked, None if still_open else asked + timedelta(days=9))
    after = count(counting, period, start, (), [late])
    assert (after.due_on, after.derivation.suspended_days) == (before.due_on, 0)


@given(st.integers(0, 30), DAYS, st.integers(0, 20), st.integers(0, 20))
def test_days_suspended_are_days_added(amount: int, start: date, asked: int, length: int) -> None:
    assume(asked < amount)
    begin = start + timedelta(days=asked)
    found = Suspension(begin, begin + timedelta(days=length + 1))
    plain, period = Counting(), Period(amount=amount, unit=Unit.days)
    assert due(plain, period, start, (), [found]) == due(plain, period, start) + timedelta(days=length)


@given(COUNTINGS, PERIODS, DAYS, st.integers(0, 9))
def test_an_open_suspension_leaves_no_date(counting: Counting, period: Period, start: date, days: int) -> None:
    before = count(counting, period, start)
    assert before.nominal_due_on
    asked = before.started_on + timedelta(days=days)
    assume(asked < before.nominal_due_on)
    found = count(counting, period, start, (), [Suspension(asked)])
    assert (found.due_on, found.nominal_due_on, found.breach_at, found.act_by) == (None,) * 4


MOMENTS = st.none() | INSTANTS


@given(INSTANTS, MOMENTS, MOMENTS, INSTANTS, INSTANTS)
def test_a_breach_is_never_undone(
    breach: datetime, met: datetime | None, cancelled: datetime | None, one: datetime, other: datetime
) -> None:
    earlier, later = sorted((one, other))
    breached = (TermState.overdue, TermState.met_late)
    if state(breach, met, earlier, cancelled) in breached:
        assert state(breach, met, later, cancelled) in breached
    if state(breach, met, later, cancelled) in (TermState.met, TermState.cancelled):
        assert state(breach, met, earlier, cancelled) not in breached
