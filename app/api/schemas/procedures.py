"""What is told about procedures, and what is sent to judge, compare, try out and publish them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.api.schemas.words import Bilingual, Word, bilingual, example
from app.api.values import Answer, ApiModel, Instant, LocalDate, Text, fault
from app.domain.body import Body
from app.domain.difference import Difference
from app.domain.errors import Fault
from app.domain.linting import Question
from app.domain.part import Words
from app.domain.procedure import Procedure
from app.domain.table import Promise, promises
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
        title=titled(shown.procedure.title, ""),
        in_force=shown.row["version"] if shown.in_force else None,
        versions=[version_summary(row) for row in overview.versions],
    )


def version_answer(found: Version, definition: Mapping[str, Any]) -> VersionAnswer:
    return VersionAnswer.model_construct(**_published(found, definition))


def _published(found: Version, definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: found.row[name] for name in VersionSummary.model_fields},
        "procedure": found.procedure.procedure,
        "title": titled(found.procedure.title, ""),
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
        terms=[promise_answer(each) for each in promises(procedure)],
        **_who_and_what(procedure),
        **_elsewhere(procedure),
    )


def _who_and_what(procedure: Procedure) -> dict[str, Any]:
    intake = procedure.intake
    return {
        "definitions": [DefinitionAnswer(of=each.of, text=titled(each.text, "")) for each in procedure.definitions],
        "roles": [
            RoleAnswer(
                id=each.role,
                title=titled(each.title, each.role),
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
            ComplainantAnswer(type=each.type, title=titled(each.title, each.type), authority=each.authority)
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
                id=each.stage, kind=each.kind, title=titled(each.title, each.stage), handled_by=list(each.handled_by)
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


def promise_answer(promise: Promise) -> PromiseAnswer:
    return PromiseAnswer(
        key=promise.key,
        stage=promise.stage.stage,
        duty=promise.duty.duty,
        title=bilingual(promise.title),
        words=bilingual(promise.words),
        soft=promise.duty.as_a_rule,
        conditional=promise.conditional,
        source=promise.duty.source,
    )


def titled(title: Words | None, otherwise: str) -> Bilingual:
    """A title, or the short name where there is none."""
    plain = otherwise.replace("_", " ")
    return Bilingual(nl=title.nl, en=title.en) if title else Bilingual(nl=plain, en=plain)
