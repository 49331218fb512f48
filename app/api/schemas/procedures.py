"""What is told about procedures, and what is sent to judge, compare, try out and publish them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.api.schemas.steps import PeriodIn
from app.api.schemas.terms import explanation_of
from app.api.schemas.words import Bilingual, Word, bilingual, example
from app.api.values import Answer, ApiModel, Id, Instant, LocalDate, Text, fault
from app.domain import vocabulary as word
from app.domain.difference import Difference
from app.domain.dossier import Dossier, NextStep
from app.domain.errors import Fault
from app.domain.events import EVENTS
from app.domain.linting import Question
from app.domain.procedure import Body, Procedure, Words
from app.domain.simulation import Happened, Imagined, Refusal, Simulation
from app.domain.situation import Run
from app.domain.table import Promise, Table, promises
from app.domain.terms import Term, event_title
from app.services.procedures import Given, Judgement, Overview, Row, Version

_DEFINITION = "In the words of the procedure language, described by /v1/schemas/procedure.json"

# -- given -----------------------------------------------------------------------------------------------------

Document = Annotated[dict[str, Any], Field(description=_DEFINITION)]
Yaml = Annotated[Text, Field(max_length=65_536, description="The same as YAML text, at most 64 KiB")]


class DocumentIn(ApiModel):
    """A procedure as JSON (`document`) or as YAML text (`yaml`); one of the two."""

    document: Document | None = None
    yaml: Yaml | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.document is None) == (self.yaml is None):
            raise fault("one-of", "Give document or yaml, one of the two.")
        return self

    @property
    def given(self) -> Given:
        return Given(document=self.document, yaml=self.yaml)


class ValidateIn(DocumentIn):
    """A procedure to be judged: as JSON (`document`) or as YAML text (`yaml`)."""

    model_config = example({"yaml": "procedure: voorbeeld\ntitle: Klachtenregeling Voorbeeld\n"})


class PublishIn(DocumentIn):
    """The next version: as JSON (`document`) or as YAML text (`yaml`). It begins today or later."""

    model_config = example({"yaml": "procedure: voorbeeld\ntitle: Klachtenregeling Voorbeeld\n"})


class ProcedureIn(ApiModel):
    """A procedure: one that was published (by id, with or without version), or a document that was not."""

    document: Document | None = None
    yaml: Yaml | None = None
    procedure: Word | None = Field(None, description="A published one; without `version` the one in force now")
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.document, self.yaml, self.procedure)) != 1:
            raise fault("one-of", "Give document, yaml or procedure, one of the three.")
        if self.version is not None and self.procedure is None:
            raise fault("one-of", "A version goes with a procedure.")
        return self

    @property
    def given(self) -> Given:
        return Given(self.document, self.yaml, self.procedure, self.version)


class DiffIn(ApiModel):
    """Two procedures, or two versions of one."""

    model_config = example({"old": {"procedure": "jso", "version": 1}, "new": {"procedure": "jso", "version": 2}})

    old: ProcedureIn
    new: ProcedureIn


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


# -- answers ---------------------------------------------------------------------------------------------------


class FaultAnswer(Answer):
    """One thing that is wrong: `pointer` leads into the document."""

    pointer: str
    code: str
    message: str


class QuestionAnswer(Answer):
    """What a careful reader would ask; no verdict."""

    code: str
    pointer: str
    text: Bilingual


class JudgementAnswer(Answer):
    """Whether it is a procedure, what keeps it from coming into force, and what a careful reader would ask."""

    model_config = example(
        {
            "valid": False,
            "faults": [{"pointer": "/effective_from", "code": "missing", "message": "This is missing."}],
            "publishable": False,
            "activationFaults": [],
            "questions": [],
        }
    )

    valid: bool
    faults: list[FaultAnswer]
    publishable: bool = Field(description="Valid, and nothing keeps it from coming into force")
    activation_faults: list[FaultAnswer]
    questions: list[QuestionAnswer]


def fault_answer(found: Fault) -> FaultAnswer:
    return FaultAnswer(pointer=found.pointer, code=found.code, message=found.message)


def judgement_answer(judgement: Judgement) -> JudgementAnswer:
    return JudgementAnswer(
        valid=not judgement.faults,
        faults=[fault_answer(each) for each in judgement.faults],
        publishable=not (judgement.faults or judgement.activation_faults),
        activation_faults=[fault_answer(each) for each in judgement.activation_faults],
        questions=[_question(each) for each in judgement.questions],
    )


def _question(asked: Question) -> QuestionAnswer:
    return QuestionAnswer(code=asked.code, pointer=asked.pointer, text=Bilingual(nl=asked.nl, en=asked.en))


class DifferenceAnswer(Answer):
    """One change. The pointer leads into the new document; for what was removed, into the old one."""

    pointer: str
    kind: Literal["added", "removed", "changed"]
    text: Bilingual


class DiffAnswer(Answer):
    """Every change, in the order of the new one; empty when both say the same."""

    model_config = example(
        {
            "items": [
                {
                    "pointer": "/stages/0/duties/1/within",
                    "kind": "changed",
                    "text": {
                        "nl": "De termijn voor de eerste reactie gaat van 5 naar 7 werkdagen.",
                        "en": "The period for the first response goes from 5 to 7 working days.",
                    },
                }
            ]
        }
    )

    items: list[DifferenceAnswer]


def diff_answer(found: Iterable[Difference]) -> DiffAnswer:
    return DiffAnswer(
        items=[
            DifferenceAnswer(pointer=each.pointer, kind=each.kind, text=Bilingual(nl=each.nl, en=each.en))
            for each in found
        ]
    )


# -- published -------------------------------------------------------------------------------------------------

_VERSION = {
    "version": 1,
    "effectiveFrom": "2020-01-01",
    "effectiveUntil": None,
    "publishedAt": "2026-04-01T08:00:00Z",
    "sha256": "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
}
_TITLE = {"nl": "Klachtenregeling JSO", "en": "JSO complaints procedure"}


class VersionSummary(Answer):
    """One version. It never changes; `sha256` is over its definition."""

    version: int
    effective_from: LocalDate
    effective_until: LocalDate | None
    published_at: Instant
    sha256: str


class VersionList(Answer):
    model_config = example({"items": [_VERSION]})

    items: list[VersionSummary]


class VersionAnswer(VersionSummary):
    """One version with its definition."""

    model_config = example(
        {**_VERSION, "procedure": "jso", "title": _TITLE, "inForce": True, "definition": {"procedure": "jso"}}
    )

    procedure: str
    title: Bilingual
    in_force: bool
    definition: Document


class ProcedureSummary(Answer):
    """A procedure in a list. `inForce`: the version that a complaint received today falls under."""

    id: str
    title: Bilingual
    in_force: int | None
    versions: list[VersionSummary]


class ProcedureList(Answer):
    model_config = example(
        {"items": [{"id": "jso", "title": _TITLE, "inForce": 1, "versions": [_VERSION]}], "next": None, "prev": None}
    )


class DefinitionAnswer(Answer):
    of: str
    text: Bilingual


class RoleAnswer(Answer):
    id: str
    title: Bilingual
    keeps_register: bool
    outside_staff: bool


class ChannelAnswer(Answer):
    channel: str
    counts_as: str = Field(description="What comes in this way is registered as this")
    preferred: bool


class ComplainantAnswer(Answer):
    type: str
    title: Bilingual
    authority: bool = Field(description="A written authority is needed")


class SupportOfferAnswer(Answer):
    id: str
    name: str
    url: str | None
    free: bool


class BodyAnswer(Answer):
    """An external body."""

    id: str
    name: str
    kind: str
    url: str | None
    reached_by: list[str]
    filed_by: str
    binding_on: list[str]


class RouteAnswer(Answer):
    """A route beside the procedure."""

    id: str
    name: str
    kind: str
    url: str | None


class StageSummary(Answer):
    id: str
    kind: str
    title: Bilingual
    handled_by: list[str]


class PromiseAnswer(Answer):
    """A term of the procedure, in words. `conditional`: it holds, or holds for this long, only in some cases."""

    key: str
    stage: str
    duty: str
    title: Bilingual
    words: Bilingual
    soft: bool
    conditional: bool
    source: str | None


class ProcedureAnswer(VersionAnswer):
    """What is in force now (or next to come), with what people may want to know of it."""

    model_config = example(
        {
            **_VERSION,
            "procedure": "jso",
            "id": "jso",
            "title": _TITLE,
            "inForce": True,
            "language": "nl",
            "legalBasis": [],
            "definitions": [],
            "roles": [],
            "channels": [{"channel": "email", "countsAs": "complaint", "preferred": False}],
            "complainants": [],
            "categories": [],
            "support": [],
            "stages": [],
            "bodies": [],
            "parallelRoutes": [],
            "terms": [
                {
                    "key": "first_response.respond",
                    "stage": "first_response",
                    "duty": "respond",
                    "title": {"nl": "de eerste reactie", "en": "the first response"},
                    "words": {
                        "nl": "binnen 5 werkdagen na ontvangst van de klacht",
                        "en": "within 5 working days after receipt of the complaint",
                    },
                    "soft": False,
                    "conditional": False,
                    "source": "JSO-11",
                }
            ],
            "definition": {"procedure": "jso"},
        }
    )

    id: str
    language: str
    legal_basis: list[str]
    definitions: list[DefinitionAnswer]
    roles: list[RoleAnswer]
    channels: list[ChannelAnswer]
    complainants: list[ComplainantAnswer]
    categories: list[str]
    support: list[SupportOfferAnswer]
    stages: list[StageSummary]
    bodies: list[BodyAnswer]
    parallel_routes: list[RouteAnswer]
    terms: list[PromiseAnswer]


def version_summary(row: Row) -> VersionSummary:
    return VersionSummary.model_construct(**{name: row[name] for name in VersionSummary.model_fields})


def procedure_summary(overview: Overview) -> ProcedureSummary:
    shown = overview.shown
    return ProcedureSummary.model_construct(
        id=shown.procedure.procedure,
        title=_titled(shown.procedure.title, ""),
        in_force=shown.row["version"] if shown.in_force else None,
        versions=[version_summary(row) for row in overview.versions],
    )


def version_answer(found: Version, definition: Mapping[str, Any]) -> VersionAnswer:
    return VersionAnswer.model_construct(**_published(found, definition))


def _published(found: Version, definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: found.row[name] for name in VersionSummary.model_fields},
        "procedure": found.procedure.procedure,
        "title": _titled(found.procedure.title, ""),
        "in_force": found.in_force,
        "definition": dict(definition),
    }


def procedure_answer(found: Version, definition: Mapping[str, Any]) -> ProcedureAnswer:
    procedure = found.procedure
    return ProcedureAnswer.model_construct(
        **_published(found, definition),
        id=procedure.procedure,
        language=procedure.language,
        legal_basis=list(procedure.legal_basis),
        terms=[_promise(each) for each in promises(procedure)],
        **_who_and_what(procedure),
        **_elsewhere(procedure),
    )


def _who_and_what(procedure: Procedure) -> dict[str, Any]:
    intake = procedure.intake
    return {
        "definitions": [DefinitionAnswer(of=each.of, text=_titled(each.text, "")) for each in procedure.definitions],
        "roles": [
            RoleAnswer(
                id=each.role,
                title=_titled(each.title, each.role),
                keeps_register=each.keeps_register,
                outside_staff=each.outside_staff,
            )
            for each in procedure.roles
        ],
        "channels": [
            ChannelAnswer(channel=each.channel, counts_as=each.counts_as, preferred=each.preferred)
            for each in intake.channels
        ],
        "complainants": [
            ComplainantAnswer(type=each.type, title=_titled(each.title, each.type), authority=each.authority)
            for each in intake.complainants
        ],
        "categories": list(intake.categories),
    }


def _elsewhere(procedure: Procedure) -> dict[str, Any]:
    return {
        "support": [
            SupportOfferAnswer(id=each.support, name=each.name, url=each.url, free=each.free)
            for each in procedure.support
        ],
        "stages": [
            StageSummary(
                id=each.stage, kind=each.kind, title=_titled(each.title, each.stage), handled_by=list(each.handled_by)
            )
            for each in procedure.stages
        ],
        "bodies": [_body(each) for each in procedure.bodies],
        "parallel_routes": [
            RouteAnswer(id=each.route, name=each.name, kind=each.kind, url=each.url)
            for each in procedure.parallel_routes
        ],
    }


def _body(body: Body) -> BodyAnswer:
    return BodyAnswer(
        id=body.body,
        name=body.name,
        kind=body.kind,
        url=body.url,
        reached_by=list(body.reached_by.channels),
        filed_by=body.filed_by,
        binding_on=list(body.binding_on),
    )


def _promise(promise: Promise) -> PromiseAnswer:
    return PromiseAnswer(
        key=promise.key,
        stage=promise.stage.stage,
        duty=promise.duty.duty,
        title=bilingual(promise.title),
        words=bilingual(promise.words),
        soft=promise.duty.soft,
        conditional=promise.conditional,
        source=promise.duty.source,
    )


def _titled(title: Words | None, otherwise: str) -> Bilingual:
    """A title, or the short name where there is none."""
    plain = otherwise.replace("_", " ")
    return Bilingual(nl=title.nl, en=title.en) if title else Bilingual(nl=plain, en=plain)


# -- simulated -------------------------------------------------------------------------------------------------


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
    derivation: dict[str, Any]


class SimulatedStep(Answer):
    """Something that may happen next: by whom, which terms it would meet, what it owes."""

    step: str
    event: str
    title: Bilingual
    by: list[str]
    meets: list[str]
    forms: list[str]
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
        title=_titled(run.stage.title, run.stage.stage),
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
        soft=term.duty.soft,
        started_on=term.started_on,
        due_on=term.due_on,
        breach_at=term.breach_at,
        act_by=term.act_by,
        met_at=term.met_by.occurred_at if term.met_by else None,
        explanation=bilingual(explanation_of(term)),
        derivation=term.derivation,
    )


def _step(step: NextStep) -> SimulatedStep:
    return SimulatedStep.model_construct(
        step=step.step,
        event=step.event,
        title=bilingual(event_title(step.event)),
        by=list(step.roles),
        meets=list(step.meets),
        forms=list(step.forms),
        contents=list(step.content),
        verdicts=list(step.verdicts),
    )


def table_answer(year: int, table: Table) -> TableAnswer:
    return TableAnswer.model_construct(
        year=year,
        terms=[_promise(each) for each in table.promises],
        rows=[
            TableRow.model_construct(
                received_on=row.received_on,
                due=[DueDate.model_construct(due_on=due_on, act_by=act_by) for due_on, act_by in row.due],
            )
            for row in table.rows
        ],
    )
