"""An external body as a procedure has it, and the routes beside."""

from typing import Annotated

from pydantic import Field

from app.domain import vocabulary as word
from app.domain.calendar import Period
from app.domain.duty import Duty
from app.domain.part import EventName, Flag, Id, Part, Source, Stages, Title


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
    title: Title | None = Field(None, description="In place of a name, where it has none of its own")
    kind: word.BodyKind
    url: str | None = None
    address: str | None = Field(None, description="Where letters to it go, on one line")
    jurisdiction: Title | None = Field(None, description="What it may decide on, as people read it")
    per_case: tuple[Id, ...] = Field((), description="Another body per complaint: the types to choose from")
    reached_by: ReachedBy = ReachedBy()
    filed_by: Annotated[str, Field(pattern="^(complainant|organisation|either)$")] = "complainant"
    after: Stages = Field((), description="Internal stages that must be answered or overdue")
    consent: Flag = True
    needs: tuple[str, ...] = ()
    documents: tuple[Id, ...] = Field((), max_length=30, description="What it wants to see in the dossier")
    within: Period | None = Field(
        None, description="The body's own limit for filing, from the receipt of the complaint"
    )
    filing_limits: tuple[FilingLimit, ...] = Field((), max_length=10, description="Limits that start at an event")
    limit_read: word.LimitRead = Field("latest", description="Which of several filing limits decides")
    fee: str | None = None
    binding_on: tuple[word.BindingOn, ...] = ()
    binding_per_decision: Flag = False
    afterwards: tuple[word.Afterwards, ...] = Field((), description="What happens after its decision")
    duties: Annotated[tuple[Duty, ...], Field(max_length=30)] = ()
    source: Source | None = None


class ParallelRoute(Part):
    route: Id
    name: str
    kind: word.BodyKind
    url: str | None = None
    legal_hold: Flag = True
    source: Source | None = None
