"""What is sent to try a procedure out, and what is told of the story: terms, next steps, refusals, due dates."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas.lengthening import PeriodIn
from app.api.schemas.procedure_checks import FaultAnswer, ProcedureIn, fault_answer
from app.api.schemas.procedures import PromiseAnswer, promise_answer, titled
from app.api.schemas.step import Channels, Forms
from app.api.schemas.terms import explanation_of
from app.api.schemas.words import Bilingual, Record, Word, bilingual, example
from app.api.values import Answer, ApiModel, Id, Instant, LocalDate, Text
from app.domain import vocabulary as word
from app.domain.dossier import Dossier
from app.domain.duties import channels_of
from app.domain.events import EVENTS
from app.domain.next_step import NextStep
from app.domain.runs import Run
from app.domain.simulation import Happened, Imagined, Refusal, Simulation
from app.domain.table import Table
from app.domain.terms import Term
from app.domain.titles import event_title

# -- asked -----------------------------------------------------------------------------------------------------

Statement = Literal["note", "override_reason", "skip_reason", "late_registration_reason"]


class FactsIn(ApiModel):
    """What there is to know of an event; only what that event can have is looked at. Nothing personal.

    At receipt, what you leave out is taken to be in order: the register is complete, the channel is the usual one.
    """

    kind: word.Kind | None = None
    channel: word.Channel | None = None
    category: Word | None = None
    complainant_type: word.ComplainantType | None = None
    subject_kind: Word | None = None
    subject_role: Word | None = None
    conduct_on: LocalDate | None = None
    interest: word.Interest | None = None
    circumstances: Annotated[tuple[word.GroundTest, ...], Field(max_length=20)] = ()
    earlier_complaint: bool = Field(False, description="The same was complained about before")
    given: Annotated[list[word.RegisterField], Field(max_length=50)] | None = Field(
        None, description="Fields of the register that are filled in; left out: all that the procedure asks for"
    )
    anonymous: bool = False
    urgent: bool = False
    minor: bool = False
    represented: bool = False
    committee_advises: bool = False
    complex: bool = False
    safety_at_risk: bool = False
    damage_claimed: bool = False
    manifestly_unfounded: bool = False
    form: word.Channel | None = Field(None, description="How it was told")
    contents: Annotated[tuple[word.Content | Statement, ...], Field(max_length=40)] = ()
    verdict: word.Verdict | None = None
    outcome: Word | None = None
    ground: Word | None = None
    decision: Literal["handle", "decline"] | None = None
    party: word.Party | None = None
    scheduled_on: LocalDate | None = None
    cause: word.SuspensionCause | None = None
    answer_by: LocalDate | None = None
    completes: bool = False
    consent: Literal["oral", "written"] | None = None
    term: Annotated[Text, Field(max_length=200)] | None = Field(None, description="Key of the term to extend")
    until: LocalDate | None = None
    period: PeriodIn | None = None
    notified: Annotated[tuple[word.Party, ...], Field(max_length=20)] = ()
    to: word.Kind | None = None
    staff_id: Id | None = None
    route: Word | None = None
    step: Word | None = None
    body_kind: word.BodyKind | None = None
    corrects: Annotated[int, Field(ge=1, le=1000, description="Place in this list of the wrong event")] | None = None
    annul: bool = False
    moved_to: Instant | None = None
    lifts: Annotated[int, Field(ge=1, le=1000, description="Place in this list of the hold")] | None = None
    measure: Annotated[int, Field(ge=1, le=1000, description="Place in this list of the measure")] | None = None


_FACT_NAMES = {"term": "extends", "moved_to": "occurred_at", "contents": "content"}


class EventIn(ApiModel):
    """Something that happens in the story."""

    type: Literal[tuple(EVENTS)]  # type: ignore[valid-type]
    occurred_at: Instant
    roles: Annotated[list[Word], Field(max_length=20)] | None = Field(
        None, description="Roles of whoever does it; left out: whoever may"
    )
    by: Id | None = Field(None, description="Any id: the same id is the same person")
    facts: FactsIn = FactsIn()

    @property
    def imagined(self) -> Imagined:
        roles = None if self.roles is None else tuple(self.roles)
        return Imagined(self.type, self.occurred_at, facts_of(self.facts), roles, self.by)


def facts_of(sent: FactsIn) -> dict[str, Any]:
    """Facts as the ledger names them."""
    values = sent.model_dump(mode="json", exclude_none=True)
    return {
        _FACT_NAMES.get(name, name): value
        for name, value in values.items()
        if value is not False and (value != [] or name == "given")
    }


class SimulateIn(ProcedureIn):
    """A procedure, the events of a story in order, and the instant to look at it."""

    model_config = example(
        {
            "procedure": "jso",
            "events": [{"type": "complaint.received", "occurredAt": "2026-04-24T12:00:00+02:00"}],
            "asOf": "2026-05-01T09:00:00+02:00",
        }
    )

    events: Annotated[tuple[EventIn, ...], Field(max_length=100)] = ()
    as_of: Instant | None = Field(None, description="Left out: the last event. What lies after it has not happened")
    year: Annotated[int, Field(ge=1970, le=2098)] | None = Field(
        None, description="Also a table of due dates for every receipt day of this year"
    )


# -- answered --------------------------------------------------------------------------------------------------


class SimulatedEvent(Answer):
    """An event in the simulated ledger. `number`: its place in the list that was sent; null: the service itself."""

    number: int | None
    type: str
    title: Bilingual
    occurred_at: Instant
    facts: dict[str, Any]


class RefusedEvent(Answer):
    """An event of the story that could not happen: the answer that the real step would have got."""

    number: int
    type: str
    code: str
    detail: str
    errors: list[FaultAnswer]
    possible: list[dict[str, Any]] = Field(description="What could be done instead")


class SimulatedStage(Answer):
    stage: str
    kind: str
    title: Bilingual
    opened_at: Instant
    answered_at: Instant | None


class SimulatedTerm(Answer):
    """A term, why it ends when it ends, and how it stands."""

    key: str
    duty: str
    title: Bilingual
    stage: str
    source: str | None
    state: str
    soft: bool
    started_on: LocalDate
    due_on: LocalDate | None
    breach_at: Instant | None
    act_by: LocalDate | None
    met_at: Instant | None
    explanation: Bilingual
    derivation: Record


class SimulatedStep(Answer):
    """Something that may happen next: by whom, which terms it would meet, what it owes."""

    step: str
    event: str
    title: Bilingual
    by: list[str]
    meets: list[str]
    forms: Forms
    channels: Channels
    contents: list[str]
    verdicts: list[str]


class Standing(Answer):
    """Where the story ends."""

    kind: str
    state: str
    public_status: str
    admissibility: str
    verdict: str | None
    stages: list[SimulatedStage]
    terms: list[SimulatedTerm]
    obligations: list[str] = Field(description="Duties without a date that are owed")
    proposals: list[str] = Field(description="Grounds not to handle it that seem to apply")
    next_steps: list[SimulatedStep]
    erase_from: LocalDate | None
    erase_by: LocalDate | None


class DueDate(Answer):
    due_on: LocalDate
    act_by: LocalDate


class TableRow(Answer):
    """A receipt day, with the end of each term in the order of `terms`."""

    received_on: LocalDate
    due: list[DueDate]


class TableAnswer(Answer):
    """Due dates for every receipt day of a year, of the terms that start at receipt."""

    year: int
    terms: list[PromiseAnswer]
    rows: list[TableRow]


class SimulationAnswer(Answer):
    """What happened in the story, what could not, and where it ends."""

    model_config = example(
        {
            "events": [
                {
                    "number": 1,
                    "type": "complaint.received",
                    "title": {"nl": "ontvangst van de klacht", "en": "receipt of the complaint"},
                    "occurredAt": "2026-04-24T10:00:00Z",
                    "facts": {"channel": "email", "kind": "complaint"},
                }
            ],
            "refused": [],
            "standing": {
                "kind": "complaint",
                "state": "open",
                "publicStatus": "in_progress",
                "admissibility": "undecided",
                "verdict": None,
                "stages": [],
                "terms": [],
                "obligations": ["assign"],
                "proposals": [],
                "nextSteps": [],
                "eraseFrom": None,
                "eraseBy": None,
            },
            "table": None,
        }
    )

    events: list[SimulatedEvent]
    refused: list[RefusedEvent]
    standing: Standing | None = Field(description="null when nothing was received")
    table: TableAnswer | None = Field(description="null unless a year was asked for")


def simulation_answer(simulation: Simulation, table: TableAnswer | None) -> SimulationAnswer:
    dossier = simulation.dossier
    return SimulationAnswer.model_construct(
        events=[_event(each) for each in simulation.happened],
        refused=[_refused(each) for each in simulation.refusals],
        standing=_standing(dossier) if dossier else None,
        table=table,
    )


def _event(happened: Happened) -> SimulatedEvent:
    event = happened.event
    return SimulatedEvent.model_construct(
        number=happened.number,
        type=event.type,
        title=bilingual(event_title(event.type)),
        occurred_at=event.occurred_at,
        facts=dict(event.facts),
    )


def _refused(refusal: Refusal) -> RefusedEvent:
    reason = refusal.reason
    return RefusedEvent(
        number=refusal.number,
        type=refusal.type,
        code=reason.code,
        detail=reason.detail,
        errors=[fault_answer(each) for each in reason.faults],
        possible=[dict(each) for each in reason.possible],
    )


def _standing(dossier: Dossier) -> Standing:
    situation, kept = dossier.situation, dossier.retention
    return Standing.model_construct(
        kind=situation.kind,
        state=situation.state,
        public_status=situation.public_status,
        admissibility=situation.admissibility,
        verdict=situation.verdict,
        stages=[_stage(run) for run in situation.runs],
        terms=[_term(term) for term in dossier.terms],
        obligations=[each.duty for each in dossier.obligations],
        proposals=[each.ground.ground for each in dossier.proposals],
        next_steps=[_step(step) for step in dossier.next_steps],
        erase_from=kept.erase_from,
        erase_by=kept.erase_by,
    )


def _stage(run: Run) -> SimulatedStage:
    return SimulatedStage.model_construct(
        stage=run.stage.stage,
        kind=run.stage.kind,
        title=titled(run.stage.title, run.stage.stage),
        opened_at=run.opened.occurred_at,
        answered_at=run.answer.occurred_at if run.answer else None,
    )


def _term(term: Term) -> SimulatedTerm:
    return SimulatedTerm.model_construct(
        key=term.key,
        duty=term.duty.duty,
        title=bilingual(term.title),
        stage=term.stage.stage,
        source=term.duty.source,
        state=term.state.value,
        soft=term.soft,
        started_on=term.started_on,
        due_on=term.due_on,
        breach_at=term.breach_at,
        act_by=term.act_by,
        met_at=term.met_by.occurred_at if term.met_by else None,
        explanation=bilingual(explanation_of(term)),
        derivation=term.derivation,
    )


def _step(step: NextStep) -> SimulatedStep:
    forms: dict[str, Any] = {"forms": list(step.forms), "channels": list(channels_of(step.forms))}
    return SimulatedStep.model_construct(
        step=step.step,
        event=step.event,
        title=bilingual(event_title(step.event)),
        by=list(step.roles),
        meets=list(step.meets),
        contents=list(step.content),
        verdicts=list(step.verdicts),
        **forms,
    )


def table_answer(year: int, table: Table) -> TableAnswer:
    return TableAnswer.model_construct(
        year=year,
        terms=[promise_answer(each) for each in table.promises],
        rows=[
            TableRow.model_construct(
                received_on=row.received_on,
                due=[DueDate.model_construct(due_on=due_on, act_by=act_by) for due_on, act_by in row.due],
            )
            for row in table.rows
        ],
    )
