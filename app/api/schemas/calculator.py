"""The term calculator and the calendars: what is asked and what is answered."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from app.api.schemas.ways import one_of
from app.api.schemas.words import Bilingual, Record, Word, bilingual, example
from app.api.values import VISIBLE, Answer, ApiModel, Instant, LocalDate, Name, at_most, fault
from app.domain import vocabulary as word
from app.domain.calendar import SATURDAY, Calendar, OutOfCalendar, Period, Unit, horizon, local_date
from app.domain.counting import Extension, Suspension
from app.domain.errors import Fault, Invalid
from app.domain.procedure import CalendarRule, ClosedDay
from app.domain.table import days_of
from app.services.calculator import FIRST_YEAR, LAST_YEAR, YEARS, Calculated, Course, Rule
from app.services.procedures import Given

# -- asked -----------------------------------------------------------------------------------------------------


def _countable(value: date) -> date:
    """Raises a fault for a day in a year that nobody can count with."""
    day = local_date(value) if isinstance(value, datetime) else value
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise fault(OutOfCalendar.code, YEARS)
    return value


_COUNTABLE: Any = AfterValidator(_countable)
# From the first of these years to the last; no other unit comes that far.
_SPAN = LAST_YEAR - FIRST_YEAR
_LONGEST = {Unit.years: _SPAN, Unit.months: 12 * _SPAN}


class AmountIn(ApiModel):
    """A period: never an ISO duration; a month is not thirty days. Nought working days: today or the next one."""

    unit: Unit
    amount: Annotated[int, Field(ge=0, le=3650)]

    @field_validator("amount")
    @classmethod
    def _fits(cls, amount: int, info: ValidationInfo) -> int:
        """From no day that can be counted with is a longer period counted."""
        if amount > _LONGEST.get(info.data.get("unit", Unit.days), amount):
            raise fault(OutOfCalendar.code, YEARS)
        return amount

    @property
    def period(self) -> Period:
        return Period(amount=self.amount, unit=self.unit)


class ClosedDayIn(ApiModel):
    date: LocalDate
    name: Annotated[Name, at_most(100), VISIBLE]


class LongerIn(ApiModel):
    """An extension: until a date or by a period; told on a day or at an instant, else taken to be in time."""

    until: Annotated[LocalDate, _COUNTABLE] | None = None
    period: AmountIn | None = None
    notified_on: LocalDate | None = None
    notified_at: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(
            self,
            {
                "Give until or period, one of the two.": (["until"], ["period"]),
                "Give notifiedOn or notifiedAt, not both.": (["notified_on"], ["notified_at"], []),
            },
        )
        return self

    @property
    def extension(self) -> Extension:
        period = self.period.period if self.period else None
        return Extension(self.until, period, self.notified_on, self.notified_at)


class PauseIn(ApiModel):
    """The clock stands still from the day after the request up to, not including, the day it ended."""

    requested_on: Annotated[LocalDate, _COUNTABLE]
    ended_on: Annotated[LocalDate, _COUNTABLE] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ended_on is not None and self.ended_on < self.requested_on:
            raise fault("ends-before-it-begins", "It ends before it begins.")
        return self


class CalculateIn(ApiModel):
    """A rule with its settings, or a duty of a published procedure; from a day or an instant.

    A procedure decides on the settings itself (`direction` up to `rollForward`): beside one they are left out, or sent
    as their defaults.
    """

    model_config = example({"rule": {"amount": 5, "unit": "working_days"}, "startAt": "2026-04-24T12:00:00+02:00"})

    rule: AmountIn | None = None
    procedure: Word | None = Field(None, description="Instead of a rule: a published procedure, with `duty`")
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = Field(
        None, description="Left out: the one in force on the day of the start, else the one in force now"
    )
    stage: Word | None = Field(None, description="Only needed where two stages have a duty of that name")
    duty: Word | None = None
    start_at: Annotated[Instant, _COUNTABLE] | None = None
    start_on: Annotated[LocalDate, _COUNTABLE] | None = None
    direction: Literal["forward", "back"] = "forward"
    profile: word.Profile = "nl-atw-3-1"
    closed_days: Annotated[tuple[ClosedDayIn, ...], Field(max_length=200)] = ()
    first_day: word.FirstDay = "not_counted"
    receipt: word.Receipt = "arrival"
    office_closes_at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "17:00"
    roll_forward: word.Roll = "none"
    extensions: Annotated[tuple[LongerIn, ...], Field(max_length=10)] = ()
    suspensions: Annotated[tuple[PauseIn, ...], Field(max_length=20)] = ()
    met_at: Instant | None = Field(None, description="When it was done; with `asOf`")
    as_of: Instant | None = Field(None, description="Tell the state of the term at this instant")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        one_of(
            self,
            {
                "Give a rule, or a procedure with a duty.": (["rule"], ["procedure", "duty"]),
                "Give startAt or startOn, one of the two.": (["start_at"], ["start_on"]),
                "A version goes with a procedure.": (["procedure", "version"], ["procedure"], []),
                "A stage goes with a procedure.": (["procedure", "stage"], ["procedure"], []),
                "Say with asOf when its state is asked.": (["met_at", "as_of"], ["as_of"], []),
            },
        )
        return self

    @property
    def given(self) -> Given:
        return Given(procedure=self.procedure, version=self.version)

    @property
    def own_rule(self) -> Rule | None:
        if self.rule is None:
            return None
        return Rule(self.rule.period, settings_of(self), self.direction == "back")

    @property
    def started(self) -> datetime | date:
        found = self.start_at or self.start_on
        if found is None:
            raise ValueError("a calculation without a start is not let in")
        return found

    @property
    def course(self) -> Course:
        return Course(
            started=self.started,
            extensions=tuple(each.extension for each in self.extensions),
            suspensions=tuple(Suspension(each.requested_on, each.ended_on) for each in self.suspensions),
            met_at=self.met_at,
            as_of=self.as_of,
        )


_SETTINGS = ("direction", "profile", "closed_days", "first_day", "receipt", "office_closes_at", "roll_forward")


def refuse_repeated(asked: CalculateIn) -> None:
    """Raises Invalid naming each day that is listed before."""
    days = [each.date for each in asked.closed_days]
    faults = [
        Fault(f"/closedDays/{at}/date", "repeated", "this day is listed before")
        for at, day in enumerate(days)
        if day in days[:at]
    ]
    if faults:
        raise Invalid("A day is listed once.", faults=faults)


def refuse_settings(asked: CalculateIn) -> None:
    """A procedure decides on its settings itself. Raises Invalid naming each that is set beside one.

    Generated clients send the defaults of the contract: those set nothing.
    """
    fields = CalculateIn.model_fields
    faults = [
        Fault(f"/{fields[name].alias}", "not-both", "the procedure decides on this")
        for name in _SETTINGS
        if asked.procedure is not None and getattr(asked, name) != fields[name].default
    ]
    if faults:
        raise Invalid("The procedure decides on its own settings.", faults=faults)


def settings_of(asked: CalculateIn) -> CalendarRule:
    return CalendarRule(
        working_days=asked.profile,
        closed_days=tuple(ClosedDay(date=day.date, name=day.name) for day in asked.closed_days),
        first_day=asked.first_day,
        receipt=asked.receipt,
        office_closes_at=time.fromisoformat(asked.office_closes_at),
        roll_forward=asked.roll_forward,
    )


# -- answered --------------------------------------------------------------------------------------------------


class CalculationAnswer(Answer):
    """When the term ends and why. Without `dueOn` the clock stands still."""

    model_config = example(
        {
            "startedOn": "2026-04-24",
            "nominalDueOn": "2026-05-04",
            "dueOn": "2026-05-04",
            "breachAt": "2026-05-04T22:00:00Z",
            "actBy": "2026-05-04",
            "state": None,
            "explanation": {
                "nl": "De handeling is uiterlijk maandag 4 mei 2026 nodig: 5 werkdagen na het begin op vrijdag 24 april"
                " 2026; Koningsdag (maandag 27 april) telt niet mee.",
                "en": "The act is due no later than Monday 4 May 2026: 5 working days after the start on Friday 24"
                " April 2026; King's Day (Monday 27 April) does not count.",
            },
            "derivation": {"started_on": "2026-04-24", "profile": "nl-atw-3-1", "calendar_version": 1},
        }
    )

    started_on: LocalDate = Field(description="Day 0")
    nominal_due_on: LocalDate | None = Field(description="The end before it is moved off a weekend or holiday")
    due_on: LocalDate | None = Field(description="The last day")
    breach_at: Instant | None = Field(description="The first instant that is too late")
    act_by: LocalDate | None = Field(description="The last working day on or before the last day")
    state: str | None = Field(description="With `asOf`: pending, met, met_late, overdue or suspended")
    explanation: Bilingual
    derivation: Record


def calculation_answer(calculated: Calculated) -> CalculationAnswer:
    deadline = calculated.deadline
    return CalculationAnswer.model_construct(
        started_on=deadline.started_on,
        nominal_due_on=deadline.nominal_due_on,
        due_on=deadline.due_on,
        breach_at=deadline.breach_at,
        act_by=deadline.act_by,
        state=calculated.state,
        explanation=bilingual(calculated.explanation),
        derivation=deadline.derivation.as_data(),
    )


class DayOff(Answer):
    """A day that is no working day by name; `weekend`: it would not have been one anyway."""

    date: LocalDate
    name: Bilingual
    weekend: bool


class CalendarAnswer(Answer):
    """The days of a year that are no working days, beside every Saturday and Sunday."""

    model_config = example(
        {
            "profile": "nl-atw-3-1",
            "version": 1,
            "year": 2026,
            "horizon": 2028,
            "days": [{"date": "2026-01-01", "name": {"nl": "Nieuwjaarsdag", "en": "New Year's Day"}, "weekend": False}],
        }
    )

    profile: str
    version: int
    year: int
    horizon: int = Field(description="The last year for which royal-decree days are known; only nl-atw-3 counts them")
    days: list[DayOff]


def calendar_answer(calendar: Calendar, year: int) -> CalendarAnswer:
    named = ((day, calendar.holiday(day)) for day in days_of(year))
    return CalendarAnswer(
        profile=calendar.profile,
        version=calendar.version,
        year=year,
        horizon=horizon(calendar),
        days=[
            DayOff(date=day, name=Bilingual(nl=found.name_nl, en=found.name_en), weekend=day.weekday() >= SATURDAY)
            for day, found in named
            if found is not None
        ],
    )
