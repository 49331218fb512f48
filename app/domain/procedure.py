"""A klachtenregeling as a value: who must tell or do what, to whom, by when, in which form, with which content.

One frozen tree, the same in the YAML file, in the store, over the API and in the JSON Schema. Rules carry the `source`
they come from. Everything is words from closed lists: no expressions, no code, no regular expressions.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from app.domain import vocabulary as word
from app.domain.calendar import Period, Unit
from app.domain.events import EVENTS

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnknownEvent(ValueError):
    """A name that is none of the events of the language."""


def _known_event(name: str) -> str:
    if name not in EVENTS:
        raise UnknownEvent("this is not one of the events that can happen to a complaint")
    return name


def _both_languages(value: Any) -> Any:
    return {"nl": value, "en": value} if isinstance(value, str) else value


def _written_day(value: Any) -> Any:
    if not isinstance(value, date) and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a date is written as YYYY-MM-DD")
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=60)]
EventName = Annotated[str, AfterValidator(_known_event), WithJsonSchema({"type": "string", "enum": list(EVENTS)})]
# One word may stand for a list of one, and one text for both languages; the JSON Schema says so too.
EventNames = Annotated[
    tuple[EventName, ...],
    Field(max_length=20),
    BeforeValidator(_listed, json_schema_input_type=EventName | Annotated[tuple[EventName, ...], Field(max_length=20)]),
]
SomeEvents = Annotated[
    tuple[EventName, ...],
    Field(min_length=1, max_length=20),
    BeforeValidator(
        _listed, json_schema_input_type=EventName | Annotated[tuple[EventName, ...], Field(min_length=1, max_length=20)]
    ),
]
Roles = Annotated[
    tuple[Id, ...],
    Field(max_length=20),
    BeforeValidator(_listed, json_schema_input_type=Id | Annotated[tuple[Id, ...], Field(max_length=20)]),
]
Stages = Roles
Parties = Annotated[
    tuple[word.Party, ...], BeforeValidator(_listed, json_schema_input_type=word.Party | tuple[word.Party, ...])
]
Contents = Annotated[
    tuple[word.Content, ...], BeforeValidator(_listed, json_schema_input_type=word.Content | tuple[word.Content, ...])
]
Source = Annotated[str, Field(max_length=200)]
# "yes", 1 and "5" are not taken for what they resemble: a procedure says what it says.
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True)]
Day = Annotated[
    date,
    BeforeValidator(_written_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}),
]


class Part(BaseModel):
    """A part of a procedure: frozen, no unknown words."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=4000)


class Words(Part):
    nl: str = Field(min_length=1, description="As people read it, in Dutch")
    en: str = Field(min_length=1, description="The same in English")


Text = Annotated[str, Field(min_length=1, max_length=4000)]
Title = Annotated[Words, BeforeValidator(_both_languages, json_schema_input_type=Text | Words)]


class ClosedDay(Part):
    date: Day
    name: str = Field(max_length=100)


class CalendarRule(Part):
    working_days: word.Profile = "nl-atw-3-1"
    closed_days: tuple[ClosedDay, ...] = Field((), max_length=200)
    first_day: word.FirstDay = Field("not_counted", description="Whether the day of the start event counts (C1)")
    receipt: word.Receipt = Field("arrival", description="When something counts as received (C4)")
    office_closes_at: time = Field(time(17), description="Only with receipt: office_hours")
    roll_forward: word.Roll = Field("none", description="Whether an end on a weekend or holiday moves (C6)")
    source: Source | None = None


class Condition(Part):
    """All words given must hold; a list holds when one of its values does."""

    kind: tuple[word.Kind, ...] | None = None
    channel: tuple[word.Channel, ...] | None = None
    category: tuple[Id, ...] | None = None
    complainant_type: tuple[word.ComplainantType, ...] | None = None
    subject_kind: tuple[Id, ...] | None = None
    interest: tuple[word.Interest, ...] | None = None
    admissibility: tuple[word.Decided, ...] | None = Field(None, description="What was decided on admissibility")
    ground: tuple[Id, ...] | None = Field(None, description="The ground of inadmissibility that was decided")
    verdict: tuple[word.Verdict, ...] | None = None
    stage_answered: tuple[Id, ...] | None = None
    route: tuple[Id, ...] | None = Field(None, description="The route that was agreed")
    body_kind: tuple[word.BodyKind, ...] | None = None
    resolved: Flag | None = Field(None, description="Already settled to the complainant's satisfaction")
    committee_advises: Flag | None = None
    represented: Flag | None = None
    minor: Flag | None = None
    anonymous: Flag | None = None
    urgent: Flag | None = None
    hearing_held: Flag | None = None
    measures_taken: Flag | None = None
    subject_role: tuple[Id, ...] | None = Field(None, description="The role of whom the complaint is about")
    complex: Flag | None = None
    safety_at_risk: Flag | None = None
    damage_claimed: Flag | None = None
    manifestly_unfounded: Flag | None = None

    @cached_property
    def wanted(self) -> Mapping[str, Any]:
        """The words that are given, each with the values that it may have."""
        return self.model_dump(exclude_none=True)


class Extension(Part):
    """A longer term, told in time (C9)."""

    at_most: Period | None = Field(None, description="The longest that one extension may be; none: any date")
    times: Count | None = Field(None, ge=1, le=50, description="How often without consent; none: any number")
    reason: Flag = True
    new_date: Flag = True
    form: word.Form = "any"
    consent: Flag = Field(False, description="The complainant must agree to each extension")
    further_with_consent: Flag = Field(False, description="Beyond `times` or `at_most` with written consent")
    notify: tuple[word.Party, ...] = ("complainant",)
    by: Roles = ()
    source: Source | None = None


class Suspension(Part):
    """The clock stands still (C8)."""

    cause: word.SuspensionCause
    starts_on: EventNames = ("term.suspended",)
    ends_on: EventNames = ("term.resumed",)
    at_most: Period | None = None
    consent: Flag = False
    source: Source | None = None


class Alternative(Part):
    within: Period
    when: Condition
    source: Source | None = None


class Duty(Part):
    """Who must tell or do what, to whom, by when, in which form, with which content."""

    duty: Id
    title: Title | None = None
    within: Period | None = Field(None, description="None: a duty without a date")
    instead: tuple[Alternative, ...] = Field((), max_length=10, description="Other periods under a condition")
    after: EventNames = Field((), description="Each time one of these happens, a term starts")
    stated: Flag = Field(
        False, description="The event itself may name the last day (dueOn), which then holds instead of `within`"
    )
    each: Flag = Field(False, description="Each start is met by an event of its own, which names it")
    restarts_on: EventNames = ()
    before: EventName | None = Field(None, description="Counted back from the day of this event instead")
    met_by: SomeEvents = Field(description="Any of these meets the duty")
    submission: word.Submission | None = Field(None, description="Of what is handed to a body, only this meets it")
    by: Roles = Field((), description="Roles that may do it; none: the roles of the stage")
    to: Parties = ("complainant",)
    form: word.Form = "any"
    content: Contents = ()
    soft: Flag = False
    when: Condition | None = None
    unless: Condition | None = None
    lapses_on: EventNames = ("complaint.withdrawn", "complaint.closed", "inadmissibility.notified")
    extension: Extension | None = None
    suspension: Annotated[tuple[Suspension, ...], Field(max_length=10)] = ()
    warn: Period | None = Field(None, description="How long before the last day to warn")
    source: Source | None = None

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if self.within is not None and not (self.after or self.before):
            raise ValueError("a duty with a period needs `after` or `before`: from when is it counted?")
        if self.after and self.before:
            raise ValueError("a duty is counted after an event or before one, not both")
        if self.stated and not self.after:
            raise ValueError("a day that the event states needs `after`")
        if self.each and not set(self.after) <= set(NAMED_BY):
            raise ValueError("only a question or a measure is named by what meets it")
        return self

    @property
    def has_term(self) -> bool:
        """Whether it is owed by a day: counted, or stated by what starts it."""
        return self.within is not None or self.stated

    @property
    def as_a_rule(self) -> bool:
        """Whether what is counted is soft; so is a period that stands in for the day that the event did not name."""
        return self.soft or self.stated


# What may be met one by one, and the fact by which that which meets it names it.
NAMED_BY: Mapping[str, str] = {"measure.recorded": "measure", "external.questioned": "question"}


class Prerequisite(Part):
    """A step that comes before the answer. Required ones can be waived with a reason; expected ones only warn."""

    step: Id
    met_by: EventName
    party: word.Party | None = None
    by: Roles = Field((), description="Who takes the step; none: whoever handles the stage")
    expected_only: Flag = False
    when: Condition | None = None
    waivable: Flag = True
    waiver_grounds: tuple[Id, ...] = Field((), description="Why it may be skipped; none: any reason")
    source: Source | None = None


class Answer(Part):
    """What ends a stage."""

    event: EventName
    by: Roles = ()
    form: word.Form = "any"
    content: Contents = ()
    verdicts: tuple[word.Verdict, ...] = Field((), description="Allowed verdicts; none: no verdict is given")
    outcomes: tuple[Id, ...] = Field((), description="Allowed outcomes of an informal stage")
    final: Flag = Field(True, description="One answer only; another is a correction")
    binding_on: tuple[word.BindingOn, ...] = Field((), description="Whom the answer binds, where the text says so")
    source: Source | None = None


class Opening(Part):
    """What opens a stage, from where."""

    event: EventName
    after: Stages = Field((), description="One of these stages must be answered, or its answer overdue")
    overdue_opens: Flag = Field(True, description="Nobody is locked out by silence (X-08)")
    when: Condition | None = Field(None, description="It opens only when this holds")
    form: word.Form = "any"
    channels: tuple[word.Channel, ...] = Field(
        (), description="How it is asked to be sent; another way counts, flagged"
    )
    grounds: tuple[Id, ...] = Field((), description="The complainant names one of these")
    verdicts: tuple[word.Verdict, ...] = Field((), description="Or the earlier answer had one of these verdicts")
    outcomes: tuple[Id, ...] = Field((), description="The earlier stage ended with one of these outcomes")
    without_earlier_stage: Flag = Field(False, description="May skip the earlier stage with a reason")
    within: Period | None = Field(None, description="Counted from the earlier answer; none: no limit")
    source: Source | None = None


class Stage(Part):
    stage: Id
    kind: word.StageKind
    title: Title | None = None
    handled_by: Roles = ()
    opens_on: tuple[Opening, ...] = Field(min_length=1, max_length=10)
    independent_of: Stages = Field((), description="May not be decided by who decided these stages")
    independence: word.Strength = Field("required", description="Whether a repeated decider is refused or warned about")
    outside_staff: Flag = Field(False, description="Decided by someone who is not an employee")
    body: Id | None = Field(None, description="For an external stage: which body")
    before_answer: Annotated[tuple[Prerequisite, ...], Field(max_length=20)] = ()
    answer: Answer | None = None
    duties: Annotated[tuple[Duty, ...], Field(max_length=30)] = ()
    source: Source | None = None


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


class ReachedBy(Part):
    channels: tuple[word.Dispatch, ...] = Field(("api",), max_length=10)
    all_required: Flag = False
    same_day: Flag = False


class FilingLimit(Part):
    """Until when a body takes a case: so long after an event."""

    within: Period
    after: EventName
    source: Source | None = None


class Body(Part):
    """An external body: how a case gets there, who files it, what it binds."""

    body: Id
    name: str = ""
    kind: word.BodyKind
    url: str | None = None
    jurisdiction: Title | None = Field(None, description="What it may decide on, as people read it")
    per_case: tuple[Id, ...] = Field((), description="Another body per complaint: the types to choose from")
    reached_by: ReachedBy = ReachedBy()
    filed_by: Annotated[str, Field(pattern="^(complainant|organisation|either)$")] = "complainant"
    after: Stages = Field((), description="Internal stages that must be answered or overdue")
    consent: Flag = True
    needs: tuple[str, ...] = ()
    documents: tuple[Id, ...] = Field((), max_length=30, description="What it wants to see in the dossier")
    within: Period | None = Field(None, description="The body's own limit for filing")
    filing_limits: tuple[FilingLimit, ...] = Field((), max_length=10, description="Limits that start at an event")
    limit_read: word.LimitRead = Field("latest", description="Which of several filing limits decides")
    fee: str | None = None
    binding_on: tuple[word.BindingOn, ...] = ()
    binding_per_decision: Flag = False
    afterwards: tuple[word.Afterwards, ...] = Field((), description="What happens after its decision")
    duties: Annotated[tuple[Duty, ...], Field(max_length=30)] = ()
    source: Source | None = None


_GONE = ("escalation.withdrawn", "external.declined", "external.settled")
# What the organisation owes a body in every external stage. A procedure may name its own instead: same duty, its words.
ANSWER_QUESTION = Duty(
    duty="answer_question",
    title=Words(
        nl="het antwoord op de vraag van de externe instantie", en="the answer to the external body's question"
    ),
    after=("external.questioned",),
    stated=True,
    each=True,
    met_by=("external.answered",),
    submission="answer",
    to=("external_body",),
    lapses_on=(*_GONE, "external_decision.received"),
    source="X-12",
)
HAND_OVER = Duty(
    duty="hand_over",
    title=Words(nl="de overdracht van het dossier", en="the hand-over of the dossier"),
    after=("dossier.requested",),
    # No source gives a period. Ten working days are our own, for a body that names no day either: it waits otherwise.
    within=Period(amount=10, unit=Unit.working_days),
    stated=True,
    met_by=("escalation.dispatched",),
    to=("external_body",),
    lapses_on=(*_GONE, "external_decision.received"),
    source="X-11",
)
CARRY_OUT = Duty(
    duty="carry_out",
    title=Words(nl="de uitvoering van de opgelegde maatregel", en="the carrying out of the ordered measure"),
    after=("measure.recorded",),
    stated=True,
    each=True,
    met_by=("measure.completed",),
    to=("complainant", "external_body"),
    lapses_on=(),
    source="X-12",
)
ANSWER_DECISION = Duty(
    duty="answer_decision",
    title=Words(nl="het antwoord op de externe uitspraak", en="the answer to the external decision"),
    after=("external_decision.received",),
    stated=True,
    met_by=("decision.answered",),
    to=("complainant", "external_body"),
    lapses_on=(),
    source="X-12",
)
# Where the procedure says nothing of an answer, one is owed only when the decision asks for it by a day.
ANSWER_IF_ASKED = ANSWER_DECISION.model_copy()


class ParallelRoute(Part):
    route: Id
    name: str
    kind: word.BodyKind
    url: str | None = None
    legal_hold: Flag = True
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
