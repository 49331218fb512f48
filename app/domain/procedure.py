"""A klachtenregeling as a value: who must tell or do what, to whom, by when, in which form, with which content.

One frozen tree, the same in the YAML file, in the store, over the API and in the JSON Schema. Rules carry the `source`
they come from. Everything is words from closed lists: no expressions, no code, no regular expressions.
"""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.domain import vocabulary as word
from app.domain.body import Body, ParallelRoute
from app.domain.calendar import Period
from app.domain.duty import Duty
from app.domain.owed_to_bodies import ANSWER_DECISION, ANSWER_IF_ASKED, ANSWER_QUESTION, CARRY_OUT, HAND_OVER
from app.domain.part import Count, Day, EventName, Flag, Id, Part, Roles, Source, Title, Words
from app.domain.stage import Opening, Stage


class ClosedDay(Part):
    date: Day
    until: Day | None = Field(None, description="The last day of a longer closing; none: it is one day")
    name: str = Field(max_length=100)


class CalendarRule(Part):
    working_days: word.Profile = "nl-atw-3-1"
    closed_days: tuple[ClosedDay, ...] = Field((), max_length=200)
    first_day: word.FirstDay = Field("not_counted", description="Whether the day of the start event counts (C1)")
    receipt: word.Receipt = Field("arrival", description="When something counts as received (C4)")
    office_closes_at: time = Field(time(17), description="Only with receipt: office_hours")
    roll_forward: word.Roll = Field("none", description="Whether an end on a weekend or holiday moves (C6)")
    source: Source | None = None

    @cached_property
    def closed(self) -> tuple[tuple[date, str], ...]:
        """Every day on which it is closed, with its name."""
        return tuple(
            (day, closing.name)
            for closing in self.closed_days
            for day in _each_day(closing.date, closing.until or closing.date)
        )


def _each_day(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


class Complainant(Part):
    type: word.ComplainantType
    title: Title | None = None
    authority: Flag = Field(False, description="Written authority is needed")
    preferred: Flag = Field(False, description="The text would rather have this one complain than another")
    source: Source | None = None


class ChannelRule(Part):
    channel: word.Channel
    counts_as: word.Kind = "complaint"
    received_by: Flag = Field(False, description="Who took it down must be named")
    preferred: Flag = False
    source: Source | None = None


class OutOfScope(Part):
    category: Id
    title: Title | None = None
    source: Source | None = None


class MinimumAge(Part):
    years: Count = Field(ge=0, le=99)
    otherwise: tuple[word.ComplainantType, ...] = ("parent", "guardian")
    source: Source | None = None


class Intake(Part):
    complainants: tuple[Complainant, ...] = Field(min_length=1, max_length=30)
    channels: tuple[ChannelRule, ...] = Field(min_length=1, max_length=20)
    kinds: tuple[word.Kind, ...] = ("complaint",)
    subject_kinds: tuple[Id, ...] = ()
    subject_relations: tuple[Id, ...] = Field((), description="What the one complained about is to the organisation")
    affected_relations: tuple[Id, ...] = Field((), description="For whom else harm may be reported, e.g. an employee")
    categories: tuple[Id, ...] = ()
    out_of_scope: Annotated[tuple[OutOfScope, ...], Field(max_length=50)] = ()
    minimum_age: MinimumAge | None = None
    recognition_marks: tuple[Id, ...] = ()
    promotion_grounds: tuple[Id, ...] = Field((), description="Why a signal becomes a complaint")
    promotion_form: word.Form = "any"
    resolved_at_once: Flag = Field(False, description="May be resolved at intake")
    source: Source | None = None


class Role(Part):
    role: Id
    title: Title | None = None
    members: Count | None = Field(None, ge=1, le=100)
    part_of: Id | None = Field(None, description="The committee to which this role belongs")
    outside_staff: Flag = Field(False, description="Not an employee of the organisation")
    keeps_register: Flag = False
    source: Source | None = None


class SupportOffer(Part):
    support: Id
    name: str
    url: str | None = None
    free: Flag = True
    source: Source | None = None


class Ground(Part):
    """A reason not to handle a complaint: proposed by the system, decided by a person."""

    ground: Id
    test: word.GroundTest
    mode: Annotated[str, Field(pattern="^(may_refuse|must_refuse)$")] = "may_refuse"
    title: Title | None = None
    within: Period | None = Field(None, description="For too old (counted back) or too late (counted forward)")
    needs_reference: Flag = Field(False, description="Names the earlier complaint or procedure")
    source: Source | None = None


class Admissibility(Part):
    decided_by: Roles = ()
    grounds: Annotated[tuple[Ground, ...], Field(max_length=30)] = ()
    source: Source | None = None


class RegisterRule(Part):
    required_at_intake: tuple[word.RegisterField, ...] = ("description",)
    required_at_closing: tuple[word.RegisterField, ...] = ()
    in_progress: Title = Words(nl="in behandeling", en="in progress")
    handled: Title = Words(nl="afgehandeld", en="handled")
    source: Source | None = None


class Retention(Part):
    minimum: Period | None = None
    maximum: Period | None = None
    after: EventName = "complaint.closed"
    then: word.ThenWhat = "erase"
    chosen_by_organisation: Flag = Field(False, description="The text gives no period; the organisation chose this one")
    held_by: tuple[word.Hold, ...] = ("legal_hold", "open_appeal", "open_external_case", "parallel_route")
    source: Source | None = None


class Review(Part):
    """Looking back: per closed complaint, or once per calendar period (C15)."""

    review: Id
    title: Title | None = None
    after: EventName | None = None
    every: word.Every | None = None
    met_by: EventName = "periodic_analysis.completed"
    by: Roles = ()
    evidence: tuple[Id, ...] = ()
    source: Source | None = None

    @model_validator(mode="after")
    def _one_rhythm(self) -> Self:
        if (self.after is None) == (self.every is None):
            raise ValueError("a review happens after an event or every period: give one of the two")
        return self


class YearDay(Part):
    """A day of the year that follows the period."""

    month: Count = Field(ge=1, le=12)
    day: Count = Field(ge=1, le=31)


class Report(Part):
    report: Id
    title: Title | None = None
    every: word.Every
    before: YearDay | None = Field(None, description="Before which day of the next year it is out")
    public: Flag = False
    contains: tuple[Id, ...] = ()
    to: tuple[Id, ...] = ()
    source: Source | None = None


class Definition(Part):
    of: word.Kind
    text: Title
    source: Source | None = None


class Procedure(Part):
    procedure: Id
    title: Title
    language: Annotated[str, Field(pattern="^(nl|en)$")] = "nl"
    effective_from: Day
    effective_until: Day | None = None
    legal_basis: tuple[str, ...] = ()
    calendar: CalendarRule = CalendarRule()
    definitions: tuple[Definition, ...] = ()
    roles: tuple[Role, ...] = Field(min_length=1, max_length=30)
    intake: Intake
    support: tuple[SupportOffer, ...] = ()
    handler_not_involved: Flag = Field(True, description="Whoever is involved may not handle it")
    handler_source: Source | None = None
    admissibility: Admissibility = Admissibility()
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=20)
    bodies: Annotated[tuple[Body, ...], Field(max_length=20)] = ()
    parallel_routes: Annotated[tuple[ParallelRoute, ...], Field(max_length=20)] = ()
    register_: RegisterRule = Field(RegisterRule(), alias="register")
    retention: Retention | None = None
    reviews: Annotated[tuple[Review, ...], Field(max_length=20)] = ()
    reports: Annotated[tuple[Report, ...], Field(max_length=20)] = ()
    withdrawal: Source = Field("X-10", description="Withdrawal is always possible; the source that says so")
    left_open: tuple[word.Topic, ...] = Field((), description="On what the text says nothing, and nothing was made up")
    sources: dict[str, Title] = Field({}, description="Other obligations, and how they are kept")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.effective_until and self.effective_until < self.effective_from:
            raise ValueError("it ends before it begins")
        return self

    def stage_named(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.stage == name)

    @cached_property
    def answers(self) -> frozenset[str]:
        """What its stages end with."""
        return frozenset(stage.answer.event for stage in self.stages if stage.answer is not None)

    @cached_property
    def ways(self) -> Mapping[str, tuple[tuple[Stage, Opening], ...]]:
        """By event, every way into a stage that opens with it."""
        found: dict[str, list[tuple[Stage, Opening]]] = {}
        for stage in self.stages:
            for opening in stage.opens_on:
                found.setdefault(opening.event, []).append((stage, opening))
        return {event: tuple(ways) for event, ways in found.items()}

    def duties_of(self, stage: Stage) -> tuple[Duty, ...]:
        """Its own duties, those of the body that an external stage lies with, and what is owed to any body."""
        body = self.body_named(stage.body) if stage.body else None
        own = stage.duties + (body.duties if body else ())
        return own if stage.kind != "external" else own + self._standing(body, {duty.duty for duty in own})

    def _standing(self, body: Body | None, own: set[str]) -> tuple[Duty, ...]:
        answers = body is not None and {"organisation_decides", "organisation_reports_measures"} & set(body.afterwards)
        # a stage that opens on the decision is the answer to it, with duties of its own
        opens = any(each.event == "external_decision.received" for stage in self.stages for each in stage.opens_on)
        answer = () if opens else (ANSWER_DECISION if answers else ANSWER_IF_ASKED,)
        owed = (HAND_OVER, ANSWER_QUESTION, CARRY_OUT, *answer)
        return tuple(duty for duty in owed if duty.duty not in own)

    def body_named(self, name: str) -> Body | None:
        return next((body for body in self.bodies if body.body == name), None)
