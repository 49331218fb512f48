"""A stage of a procedure: what opens it, what comes before its answer, and what it owes."""

from typing import Annotated

from pydantic import Field

from app.domain import vocabulary as word
from app.domain.calendar import Period
from app.domain.duty import Condition, Duty
from app.domain.part import Contents, EventName, Flag, Id, Part, Roles, Source, Stages, Title


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
    address: str | None = Field(
        None, max_length=300, description="Where it goes by post, on one line; none: to the organisation"
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

    @property
    def handlers(self) -> tuple[str, ...]:
        """The roles that handle it, or else those that give its answer; none: nobody is named."""
        return self.handled_by or (self.answer.by if self.answer else ())
