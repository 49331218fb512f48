"""Terms, states, limits and explanations, in tables that a clerk can check. More cases of each are in cases.json."""

import json
from datetime import UTC, date, datetime, time

import pytest

from app.domain.calendar import AMSTERDAM, DECREE_DAYS, OutOfCalendar, Period, Unit, calendar_for
from app.domain.counting import Counting, Extension, RollForward, Suspension
from app.domain.deadline import Deadline, count, count_back
from app.domain.explanation import explain
from app.domain.limits import (
    age,
    conduct_admissible_back,
    erase_due_on,
    extension_in_time,
    keep_through,
    last_filing_day,
)
from app.domain.periods import named_period, period_bounds, periodic_state
from app.domain.termstate import TermState, state

PLAIN = Counting()
ATW = Counting(roll_forward=RollForward.atw)


def period(amount: int, unit: str) -> Period:
    return Period(amount=amount, unit=Unit(unit))


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


FIVE = period(5, "working_days")
SIX_WEEKS = period(6, "weeks")


def test_a_term_is_counted_from_the_local_day_of_an_instant() -> None:
    found = count(PLAIN, FIVE, datetime(2026, 4, 23, 22, 30, tzinfo=UTC))
    assert found == count(PLAIN, FIVE, day("2026-04-24"))
    assert (found.started_on, found.nominal_due_on) == (day("2026-04-24"), day("2026-05-04"))
    assert (found.due_on, found.act_by) == (day("2026-05-04"), day("2026-05-04"))
    assert found.breach_at == datetime(2026, 5, 4, 22, tzinfo=UTC)


def test_the_defaults_are_those_of_the_conventions() -> None:
    assert PLAIN.calendar is calendar_for("nl-atw-3-1")
    assert (PLAIN.first_day, PLAIN.receipt, PLAIN.closes_at) == ("not_counted", "arrival", time(17))
    assert PLAIN.roll_forward == "none"
    assert PLAIN.changed_settings() == {}


@pytest.mark.parametrize("roll", ["none", "atw", "eu1182"])
def test_the_word_in_a_procedure_is_as_good_as_the_enumeration(roll: str) -> None:
    worded = count(Counting(roll_forward=RollForward(roll)), SIX_WEEKS, day("2026-03-16"))
    plain = count(Counting(roll_forward=roll), SIX_WEEKS, day("2026-03-16"))  # type: ignore[arg-type]
    assert worded.due_on == plain.due_on == day("2026-04-27" if roll == "none" else "2026-04-28")


def test_an_organisations_closed_day_is_no_holiday_to_the_act_but_no_day_to_act_on() -> None:
    closed = calendar_for("nl-atw-3-1", ((day("2026-04-28"), "Teamdag"),))
    found = count(Counting(closed, roll_forward=RollForward.atw), SIX_WEEKS, day("2026-03-17"))
    assert (found.nominal_due_on, found.due_on, found.act_by) == (
        day("2026-04-28"),
        day("2026-04-28"),
        day("2026-04-24"),
    )


def test_a_later_calendar_version_rolls_over_its_own_decree_days() -> None:
    later = calendar_for("nl-atw-3-1", (), (*DECREE_DAYS, (day("2029-05-11"), "Vrijdag na Hemelvaartsdag")), 2)
    first = count(ATW, period(2, "weeks"), day("2029-04-27"))
    second = count(Counting(later, roll_forward=RollForward.atw), period(2, "weeks"), day("2029-04-27"))
    assert (first.due_on, second.due_on) == (day("2029-05-11"), day("2029-05-14"))
    assert second.derivation.as_data()["calendar_version"] == 2


ROLLED = [
    ("2026-12-11", 14, "days", "atw", "2026-12-28", "Christmas Day is a Friday"),
    ("2026-11-22", 90, "days", "atw", "2027-02-22", "ninety days may roll"),
    ("2026-11-22", 91, "days", "atw", "2027-02-21", "ninety-one may not"),
    ("2026-11-22", 13, "weeks", "atw", "2027-02-21", "thirteen weeks may not"),
    ("2026-11-21", 3, "months", "atw", "2027-02-22", "three months may"),
    ("2026-11-22", 12, "months", "atw", "2027-11-22", "a Monday; twelve months would not roll"),
    ("2026-11-21", 12, "months", "atw", "2027-11-21", "twelve months do not roll off a Sunday"),
    ("2026-11-21", 1, "years", "atw", "2027-11-21", "nor does a year (art. 4(a): one or more years)"),
    ("2026-11-21", 1, "years", "eu1182", "2027-11-22", "in Union law it does"),
    ("2026-04-01", 2, "working_days", "atw", "2026-04-07", "two working days end on Good Friday"),
    ("2026-11-19", 2, "days", "atw", "2026-11-23", "art. 2 is for three days or more: Monday only"),
    ("2026-11-20", 3, "days", "atw", "2026-11-24", "Saturday, Sunday, Monday: one ordinary day, so Tuesday"),
    ("2026-11-20", 2, "days", "eu1182", "2026-11-24", "two working days in a period of two days"),
    ("2026-11-20", 3, "working_days", "atw", "2026-11-25", "art. 2 is for terms in days"),
]


@pytest.mark.parametrize(("start", "amount", "unit", "roll", "due", "why"), ROLLED)
def test_roll_forward(start: str, amount: int, unit: str, roll: str, due: str, why: str) -> None:
    found = count(Counting(roll_forward=RollForward(roll)), period(amount, unit), day(start))
    assert found.due_on == day(due), why


def test_a_suspension_on_the_rolled_days_moves_the_end_past_it() -> None:
    suspended = Suspension(day("2026-05-16"), day("2026-05-20"))
    found = count(ATW, SIX_WEEKS, day("2026-04-04"), (), [suspended])
    assert (found.nominal_due_on, found.due_on) == (day("2026-05-16"), day("2026-05-20"))
    still_open = count(ATW, SIX_WEEKS, day("2026-04-04"), (), [Suspension(day("2026-05-16"))])
    assert (still_open.nominal_due_on, still_open.due_on, still_open.breach_at, still_open.act_by) == (None,) * 4


def test_an_extension_is_by_a_period_or_until_a_date() -> None:
    with pytest.raises(ValueError, match="either"):
        Extension()
    with pytest.raises(ValueError, match="either"):
        Extension(until=day("2026-01-01"), period=FIVE)


def test_a_notice_is_a_day_or_an_instant() -> None:
    assert Extension(until=day("2027-01-11"), notified_on=day("2026-12-14")).notice_on == day("2026-12-14")
    late = Extension(until=day("2027-01-11"), notified_at=datetime(2026, 12, 14, 23, tzinfo=UTC))
    assert late.notice_on == day("2026-12-15")
    assert count(PLAIN, period(4, "weeks"), day("2026-11-16"), [late]).due_on == day("2026-12-14")
    untold = Extension(until=day("2027-01-11"))
    assert count(PLAIN, period(4, "weeks"), day("2026-11-16"), [untold]).due_on == day("2027-01-11")


EXTENDED = [
    ("another unit is added from the un-rolled end", [(10, "working_days")], "2027-01-12"),
    ("the same unit is summed from the start", [(2, "weeks"), (2, "weeks")], "2027-01-25"),
    ("also when another unit came between", [(2, "weeks"), (10, "working_days"), (2, "weeks")], "2027-02-08"),
    ("nought changes nothing", [(0, "working_days"), (0, "weeks")], "2026-12-28"),
]


@pytest.mark.parametrize(("why", "by", "due"), EXTENDED)
def test_extensions_by_periods(why: str, by: list[tuple[int, str]], due: str) -> None:
    extensions = [Extension(period=period(*each), notified_on=day("2026-12-01")) for each in by]
    assert count(PLAIN, SIX_WEEKS, day("2026-11-16"), extensions).due_on == day(due), why


def test_an_explicit_date_stands_and_later_periods_are_added_to_it() -> None:
    until = Extension(until=day("2027-01-15"), notified_on=day("2026-12-18"))
    longer = Extension(period=period(1, "weeks"), notified_on=day("2027-01-10"))
    shorter = Extension(until=day("2026-12-23"), notified_on=day("2026-12-20"))
    start = day("2026-11-16")
    assert count(PLAIN, SIX_WEEKS, start, [until]).due_on == day("2027-01-15")
    assert count(PLAIN, SIX_WEEKS, start, [longer, until]).due_on == day("2027-01-22")
    assert count(PLAIN, SIX_WEEKS, start, [shorter]).due_on == day("2026-12-28")
    paused_before = [Suspension(day("2026-12-01"), day("2026-12-08"))]
    paused_after = [Suspension(day("2026-12-20"), day("2026-12-28"))]
    assert count(PLAIN, SIX_WEEKS, start, [until], paused_before).due_on == day("2027-01-15")
    assert count(PLAIN, SIX_WEEKS, start, [until], paused_after).due_on == day("2027-01-22")


def test_a_refused_extension_stays_visible() -> None:
    late = Extension(until=day("2027-01-11"), notified_on=day("2026-12-29"))
    found = count(PLAIN, SIX_WEEKS, day("2026-11-16"), [late])
    assert found.derivation.as_data()["extensions"] == [
        {"until": "2027-01-11", "notified_on": "2026-12-29", "accepted": False, "moved_to": None, "lengthens": False}
    ]


def test_a_term_counted_back_is_never_rolled() -> None:
    found = count_back(ATW, period(10, "days"), day("2026-05-26"))
    assert (found.due_on, found.act_by) == (day("2026-05-16"), day("2026-05-15"))
    assert count_back(PLAIN, FIVE, day("2026-11-23")).due_on == day("2026-11-16")
    assert count_back(PLAIN, period(0, "working_days"), day("2026-12-27")).due_on == day("2026-12-24")


BREACH = datetime(2026, 11, 23, 23, tzinfo=UTC)
STATES = [
    # met, cancelled, as of, suspended -> state
    (None, None, "2026-11-23T23:59:59", False, "pending"),
    (None, None, "2026-11-24T00:00:00", False, "overdue"),
    ("2026-11-23T23:59:59", None, "2026-12-01T00:00:00", False, "met"),
    ("2026-11-24T00:00:00", None, "2026-12-01T00:00:00", False, "met_late"),
    ("2026-11-20T00:00:00", None, "2026-11-19T00:00:00", False, "pending"),
    (None, "2026-11-20T00:00:00", "2026-12-01T00:00:00", False, "cancelled"),
    (None, "2026-11-20T00:00:00", "2026-11-19T00:00:00", False, "pending"),
    (None, "2026-11-24T00:00:00", "2026-12-01T00:00:00", False, "overdue"),
    ("2026-11-19T00:00:00", "2026-11-20T00:00:00", "2026-12-01T00:00:00", False, "met"),
    ("2026-11-21T00:00:00", "2026-11-20T00:00:00", "2026-12-01T00:00:00", False, "cancelled"),
    ("2026-11-26T00:00:00", "2026-11-25T00:00:00", "2026-12-01T00:00:00", False, "met_late"),
    (None, None, "2026-11-20T00:00:00", True, "suspended"),
    (None, None, "2026-11-25T00:00:00", True, "overdue"),
    ("2026-11-19T00:00:00", None, "2026-11-20T00:00:00", True, "met"),
]


@pytest.mark.parametrize(("met", "cancelled", "as_of", "suspended", "expected"), STATES)
def test_state(met: str | None, cancelled: str | None, as_of: str, suspended: bool, expected: str) -> None:
    found = state(BREACH, at(met) if met else None, at(as_of), at(cancelled) if cancelled else None, suspended)
    assert found == expected


def test_a_term_without_a_date_is_suspended_or_waits() -> None:
    now = at("2030-01-01")
    assert state(None, None, now, suspended=True) is TermState.suspended
    assert state(None, None, now) is TermState.pending
    assert state(None, at("2029-01-01"), now, suspended=True) is TermState.met


def test_an_extension_is_in_time_until_the_last_second_of_the_due_date() -> None:
    assert extension_in_time(day("2026-12-14"), at("2026-12-14T23:59:59.999999"))
    assert not extension_in_time(day("2026-12-14"), at("2026-12-15T00:00:00"))


def test_limits_counted_back_and_forward() -> None:
    filed = at("2026-11-21T23:59:59")
    year = period(1, "years")
    assert conduct_admissible_back(day("2025-11-21"), filed, year) == (day("2025-11-21"), True)
    assert conduct_admissible_back(day("2025-11-20"), filed, year) == (day("2025-11-21"), False)
    assert conduct_admissible_back(day("2028-02-29"), at("2029-02-28"), year) == (day("2028-02-28"), True)
    assert last_filing_day(day("2028-02-29"), period(12, "months")) == day("2029-02-28")


def test_retention_ends_the_day_after_the_same_day_number() -> None:
    assert keep_through(day("2028-02-29"), period(1, "years")) == day("2029-02-28")
    assert erase_due_on(day("2028-02-29"), period(1, "years")) == day("2029-03-01")
    assert erase_due_on(day("2026-12-31"), period(1, "years")) == day("2028-01-01")


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        ("2014-11-21", "2026-11-20", 11),
        ("2014-11-21", "2026-11-21", 12),
        ("2016-02-29", "2028-02-28", 11),
        ("2016-02-29", "2028-02-29", 12),
        ("2016-02-29", "2027-02-28", 10),
        ("2016-02-29", "2027-03-01", 11),
    ],
)
def test_age(born: str, on: str, years: int) -> None:
    assert age(day(born), day(on)) == years


@pytest.mark.parametrize(
    ("kind", "on", "first", "last", "name"),
    [
        ("quarter", "2026-11-21", "2026-10-01", "2026-12-31", "2026-Q4"),
        ("quarter", "2027-03-31", "2027-01-01", "2027-03-31", "2027-Q1"),
        ("year", "2026-06-15", "2026-01-01", "2026-12-31", "2026"),
        ("month", "2028-02-01", "2028-02-01", "2028-02-29", "2028-02"),
        ("half_year", "2026-06-30", "2026-01-01", "2026-06-30", "2026-H1"),
        ("half_year", "2026-07-01", "2026-07-01", "2026-12-31", "2026-H2"),
        ("two_years", "2026-01-01", "2026-01-01", "2027-12-31", "2026-2027"),
        ("two_years", "2027-12-31", "2026-01-01", "2027-12-31", "2026-2027"),  # from an even year
    ],
)
def test_calendar_periods(kind: str, on: str, first: str, last: str, name: str) -> None:
    bounds = period_bounds(kind, day(on))
    assert bounds == (day(first), day(last), name)
    assert named_period(name) == bounds
    assert bounds.due_on == day(last)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2026-Q0",
        "2026-Q5",
        "2026-13",
        "soon",
        "2026-Q",
        "2026-H0",
        "2026-H3",
        "2026-",
        "2026-1",
        "2026-2028",
        "2027-2028",
        "26-Q1",
        "2026-Q-1",
    ],
)
def test_what_is_not_the_name_of_a_period(name: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        named_period(name)
    with pytest.raises(ValueError, match="one of month"):
        period_bounds("fortnight", day("2026-01-01"))


def test_a_periodic_duty_is_met_within_its_own_period_only() -> None:
    quarter = period_bounds("quarter", day("2027-01-01"))
    now = at("2027-04-01")
    assert periodic_state(quarter, [datetime(2026, 12, 31, 23, 30, tzinfo=UTC)], now) is TermState.met
    assert periodic_state(quarter, [datetime(2026, 12, 31, 22, 59, tzinfo=UTC)], now) is TermState.overdue
    assert periodic_state(quarter, [at("2027-04-01")], now) is TermState.overdue
    assert periodic_state(quarter, [at("2027-02-01")], at("2027-01-15")) is TermState.pending


def test_the_derivation_names_what_was_skipped_and_is_plain_json() -> None:
    data = count(PLAIN, FIVE, day("2026-12-24")).derivation.as_data()
    assert json.loads(json.dumps(data)) == data
    assert data == {
        "started_on": "2026-12-24",
        "period": {"amount": 5, "unit": "working_days"},
        "direction": "forward",
        "profile": "nl-atw-3-1",
        "calendar_version": 1,
        "nominal_due_on": "2027-01-04",
        "skipped": [
            {"date": "2026-12-25", "name_nl": "Eerste kerstdag", "name_en": "Christmas Day"},
            {"date": "2027-01-01", "name_nl": "Nieuwjaarsdag", "name_en": "New Year's Day"},
        ],
        "weekend_days": 4,
        "extensions": [],
        "suspended_days": 0,
        "suspensions": [],
        "rolled": [],
    }


def test_the_derivation_shows_settings_pauses_and_the_roll() -> None:
    counting = Counting(
        calendar_for("mon-fri"), "counted", receipt="office_hours", closes_at=time(12), roll_forward=RollForward.atw
    )
    suspended = [Suspension(day("2026-11-20"), day("2026-11-25"))]
    data = count(counting, period(4, "weeks"), at("2026-11-13T13:00"), (), suspended).derivation.as_data()
    assert data["received_on"] == "2026-11-13"
    assert data["started_on"] == "2026-11-16"
    assert (data["first_day"], data["receipt"], data["closes_at"]) == ("counted", "office_hours", "12:00")
    assert (data["roll_forward"], data["profile"]) == ("atw", "mon-fri")
    assert data["suspensions"] == [{"from": "2026-11-21", "through": "2026-11-24"}]
    assert (data["suspended_days"], data["nominal_due_on"], data["rolled"]) == (4, "2026-12-17", [])


def test_what_lies_beyond_the_known_holidays_is_refused() -> None:
    with pytest.raises(OutOfCalendar):
        count(PLAIN, period(500, "years"), day("2026-01-01"))
    with pytest.raises(OutOfCalendar):
        count(PLAIN, period(9_999, "years"), day("2026-01-01"))


def told(found: Deadline, duty: str = "de eerste reactie", start: str = "ontvangst") -> dict[str, str]:
    return explain(
        found.derivation,
        found.due_on,
        found.act_by,
        duty_title={"nl": duty, "en": "the first response"},
        source="JSO-11",
        start_title={"nl": start, "en": "receipt"},
    )


def test_the_sentence_of_the_example() -> None:
    assert told(count(PLAIN, FIVE, day("2026-04-24"))) == {
        "nl": "De eerste reactie is uiterlijk maandag 4 mei 2026 nodig: 5 werkdagen na ontvangst op vrijdag "
        "24 april 2026 (JSO-11); Koningsdag (maandag 27 april) telt niet mee.",
        "en": "The first response is due no later than Monday 4 May 2026: 5 working days after receipt on Friday "
        "24 April 2026 (JSO-11); King's Day (Monday 27 April) does not count.",
    }


NEVER = Suspension(day("2026-01-12"))
SENTENCES = [
    (count(PLAIN, FIVE, day("2026-11-20")), ["zaterdagen en zondagen tellen niet mee"]),
    (
        count(PLAIN, FIVE, day("2026-12-24")),
        ["Eerste kerstdag (vrijdag 25 december) en Nieuwjaarsdag (vrijdag 1 januari) tellen niet mee"],
    ),
    (
        count(PLAIN, period(100, "working_days"), day("2026-12-24")),
        ["Koningsdag", "en nog 1 vrije dag tellen niet mee"],
    ),
    (
        count(PLAIN, period(0, "working_days"), day("2026-12-25")),
        ["op de dag van ontvangst zelf, vrijdag 25 december 2026, of anders de eerste werkdag daarna"],
    ),
    (
        count(PLAIN, period(14, "days"), day("2026-12-11")),
        ["uiterlijk vrijdag 25 december 2026", "geen werkdag, dus doe het op donderdag 24 december 2026"],
    ),
    (
        count(ATW, period(14, "days"), day("2026-12-11")),
        ["uiterlijk maandag 28 december 2026", "anders op vrijdag 25 december 2026 (Eerste kerstdag) zou eindigen"],
    ),
    (count(ATW, period(3, "days"), day("2026-12-24")), ["zondag 27 december 2026 zou eindigen", "twee gewone dagen"]),
    (
        count(
            PLAIN,
            SIX_WEEKS,
            day("2026-11-16"),
            [
                Extension(period=period(1, "weeks"), notified_on=day("2026-12-21")),
                Extension(until=day("2027-01-11")),
                Extension(until=day("2027-03-01"), notified_on=day("2027-02-21")),
            ],
        ),
        [
            "de termijn is verlengd met 1 week (bericht van maandag 21 december 2026)",
            "de termijn is verlengd tot en met maandag 11 januari 2027",
            "een verlenging (bericht van zondag 21 februari 2027) kwam te laat en verandert niets",
        ],
    ),
    (
        count(PLAIN, SIX_WEEKS, day("2026-01-05"), (), [Suspension(day("2026-01-12"), day("2026-01-15"))]),
        [
            "2 dagen waarop de termijn stilstond (dinsdag 13 januari 2026 tot en met woensdag 14 januari 2026)"
            " tellen niet mee"
        ],
    ),
    (
        count(PLAIN, SIX_WEEKS, day("2026-01-05"), (), [Suspension(day("2026-01-12"), day("2026-01-14"))]),
        ["1 dag waarop de termijn stilstond (dinsdag 13 januari 2026) telt niet mee"],
    ),
    (
        count(PLAIN, SIX_WEEKS, day("2026-01-05"), (), [NEVER]),
        ["heeft nu geen uiterste datum", "opgeschort sinds dinsdag 13 januari 2026", "6 weken na ontvangst"],
    ),
    (
        count(Counting(receipt="office_hours"), FIVE, at("2026-11-20T18:00")),
        ["dit kwam binnen op vrijdag 20 november 2026", "maandag 23 november 2026"],
    ),
    (count(Counting(first_day="counted"), period(1, "months"), day("2026-03-01")), ["1 maand na", "telt zelf mee"]),
    (
        count_back(PLAIN, FIVE, day("2026-04-30")),
        ["5 werkdagen voor ontvangst op donderdag 30 april 2026", "Koningsdag"],
    ),
]


@pytest.mark.parametrize(("found", "phrases"), SENTENCES)
def test_each_reason_is_told(found: Deadline, phrases: list[str]) -> None:
    texts = told(found)
    for phrase in phrases:
        assert phrase in texts["nl"]
    for text in texts.values():
        assert text.endswith(".")
        assert text[0].isupper()
        assert "None" not in text
        assert "{" not in text


def test_the_stored_derivation_tells_the_same_as_the_fresh_one() -> None:
    for found, _ in SENTENCES:
        stored = json.loads(json.dumps(found.derivation.as_data()))
        again = explain(
            stored,
            found.due_on,
            found.act_by,
            duty_title={"nl": "de eerste reactie", "en": "the first response"},
            source="JSO-11",
            start_title={"nl": "ontvangst", "en": "receipt"},
        )
        assert again == told(found)


@pytest.mark.parametrize(
    ("counting", "extensions", "suspensions", "due_on"),
    [
        (PLAIN, (), (), "2036-03-29"),  # a Saturday: the day on which it became known
        (ATW, (), (), "2036-03-31"),
        (PLAIN, (Extension(period=period(1, "weeks"), notified_on=day("2036-03-20")),), (), "2036-04-05"),
        (PLAIN, (Extension(period=period(7, "days"), notified_on=day("2036-03-29")),), (), "2036-04-05"),
        (PLAIN, (), (Suspension(day("2036-03-20"), day("2036-04-02")),), "2036-04-02"),
        (PLAIN, (), (Suspension(day("2036-03-20")),), None),  # the clock stood still on that day
        (PLAIN, (), (Suspension(day("2036-03-20"), day("2036-03-25")),), "2036-03-29"),
    ],
)
def test_a_period_that_had_ended_when_it_turned_out_to_hold(
    counting: Counting, extensions: tuple[Extension, ...], suspensions: tuple[Suspension, ...], due_on: str | None
) -> None:
    found = count(counting, period(2, "days"), day("2036-03-03"), extensions, suspensions, day("2036-03-29"))
    assert found.due_on == (day(due_on) if due_on else None)
    assert found.derivation.known_on == day("2036-03-29")


def test_one_that_had_not_ended_ends_where_it_does() -> None:
    found = count(PLAIN, SIX_WEEKS, day("2036-03-03"), known_on=day("2036-03-29"))
    assert found == count(PLAIN, SIX_WEEKS, day("2036-03-03"))
