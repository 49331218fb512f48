"""What is told about the procedures of an organisation."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from app.api.schemas.procedure_checks import Document
from app.api.schemas.words import Bilingual, bilingual, example
from app.api.values import Answer, Instant, LocalDate
from app.domain.body import Body
from app.domain.part import Words
from app.domain.procedure import Procedure
from app.domain.table import Promise, promises
from app.services.procedures import Overview, Row, Version

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
