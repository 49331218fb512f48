"""A duty of a procedure: who must tell or do what, to whom, by when; and the conditions under which it holds."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from app.domain import vocabulary as word
from app.domain.calendar import Period
from app.domain.events import MEANWHILE, MESSAGES
from app.domain.part import (
    Contents,
    Count,
    EventName,
    EventNames,
    Flag,
    Id,
    Part,
    Parties,
    Roles,
    SomeEvents,
    Source,
    Title,
)


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

    @cached_property
    def said_by(self) -> tuple[str, ...]:
        """The events of `met_by` that owe the content: the messages, in whatever order.

        Where a message in the meantime comes first, an answer that makes it needless owes only its own. Where nothing
        is a message, the first.
        """
        messages = tuple(event for event in self.met_by if event in MESSAGES)
        if messages and messages[0] in MEANWHILE:
            return tuple(event for event in messages if event in MEANWHILE)
        return messages or self.met_by[:1]

    @property
    def as_a_rule(self) -> bool:
        """Whether what is counted is soft; so is a period that stands in for the day that the event did not name."""
        return self.soft or self.stated


# What may be met one by one, and the fact by which that which meets it names it.
NAMED_BY: Mapping[str, str] = {"measure.recorded": "measure", "external.questioned": "question"}
