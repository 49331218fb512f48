"""Procedures: what is in force, every version, judging, comparing, trying out and publishing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.api.callers import Visit, reads, visits
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.edge.trial import enough
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page, Position
from app.api.schemas.procedure_checks import (
    DiffAnswer,
    DiffIn,
    JudgementAnswer,
    PublishIn,
    ValidateIn,
    diff_answer,
    judgement_answer,
)
from app.api.schemas.procedures import (
    ProcedureAnswer,
    ProcedureList,
    ProcedureSummary,
    VersionAnswer,
    VersionList,
    procedure_answer,
    procedure_summary,
    version_answer,
    version_summary,
)
from app.api.schemas.simulations import SimulateIn, SimulationAnswer, TableAnswer, simulation_answer, table_answer
from app.api.values import IN_DIGITS
from app.domain import validation
from app.domain.procedure import Procedure
from app.services import procedures, trials
from app.services.procedures import Given, Overview
from app.services.trials import Trial
from app.store.transaction import Transaction

router = Router(tags=["procedures"])
Reading = Annotated[Transaction, reads("procedures:read")]
Visiting = Annotated[Visit, visits("procedures:read")]
ProcedureId = Annotated[
    str, Path(alias="procedureId", pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=60, examples=["jso"])
]
VersionNumber = Annotated[int, Path(alias="version", ge=1, le=2_147_483_647, examples=[1]), IN_DIGITS]


def example_of(response: type[BaseModel], request: type[BaseModel] | None = None) -> dict[str, Any]:
    """The first example of each model, for the contract."""
    return examples(request=_first(request) if request else None, response=_first(response))


def _first(model: type[BaseModel]) -> Any:
    extra: Any = model.model_config["json_schema_extra"]
    return extra["examples"][0]


@router.get("/procedures", openapi_extra=example_of(ProcedureList))
async def listing(paging: Listed, response: Response, tx: Reading) -> Page[ProcedureSummary]:
    """The organisation's procedures, by id, with their versions and what is in force today."""
    found = await procedures.overview(tx)
    rows = _part(found, paging.position, paging.backwards)[: paging.fetch]
    return paging.page(response, rows, _position, procedure_summary, len(found) if paging.with_total else None)


def _position(overview: Overview) -> Position:
    return (overview.shown.procedure.procedure,)


def _part(found: list[Overview], position: Position | None, backwards: bool) -> list[Overview]:
    ordered = sorted(found, key=_position, reverse=backwards)
    if position is None:
        return ordered
    return [each for each in ordered if (_position(each) < position if backwards else _position(each) > position)]


@router.get("/procedures/{procedureId}", openapi_extra=example_of(ProcedureAnswer))
async def read(procedure_id: ProcedureId, response: Response, tx: Reading) -> ProcedureAnswer:
    """The version in force today; else the next to come, else the last there was. With what people may want to know."""
    found = await procedures.read(tx, procedure_id)
    response.headers["ETag"] = found.etag
    return procedure_answer(found, await procedures.definition(tx, found))


@router.get("/procedures/{procedureId}/versions", openapi_extra=example_of(VersionList))
async def versions(procedure_id: ProcedureId, tx: Reading) -> VersionList:
    """Every version of a procedure, oldest first."""
    return VersionList(items=[version_summary(row) for row in await procedures.versions(tx, procedure_id)])


@router.get("/procedures/{procedureId}/versions/{version}", openapi_extra=example_of(VersionAnswer))
async def version(procedure_id: ProcedureId, number: VersionNumber, response: Response, tx: Reading) -> VersionAnswer:
    """One version, as it was published."""
    found = await procedures.version(tx, procedure_id, number)
    response.headers["ETag"] = found.etag
    return version_answer(found, await procedures.definition(tx, found))


@router.post(
    "/procedures/{procedureId}/versions",
    status_code=201,
    responses={201: {"model": VersionAnswer, "description": "Published, for good"}},
    openapi_extra=example_of(VersionAnswer, PublishIn),
)
async def publish(
    procedure_id: ProcedureId, sent: PublishIn, writing: Annotated[Writing, writes("procedures:write")]
) -> Response:
    """Publishes the next version; complaints keep the version they were received under.

    A later version begins tomorrow at the earliest, or earlier on days that no version holds.
    """
    tx = writing.tx
    made = await procedures.publish_given(tx, sent.given, procedure_id, writing.actor)
    answer = version_answer(made, await procedures.definition(tx, made))
    location = f"/v1/procedures/{procedure_id}/versions/{made.row['version']}"
    return await writing.answer(answer, headers={"ETag": made.etag, "Location": location})


@router.post("/procedures/_validate", openapi_extra=example_of(JudgementAnswer, ValidateIn))
async def validate(request: Request, sent: ValidateIn, visit: Visiting) -> JudgementAnswer:
    """Everything that is wrong with a document, and what a careful reader would ask. 200 also when it is not valid."""
    enough(request)
    async with _trying(request, visit):
        return judgement_answer(await asyncio.to_thread(trials.judge, sent.given))


@router.post("/procedures/_diff", openapi_extra=example_of(DiffAnswer, DiffIn))
async def diff(request: Request, sent: DiffIn, visit: Visiting) -> DiffAnswer:
    """What changes from one procedure or version to another, in sentences."""
    async with _trying(request, visit, ("/old", sent.old.given), ("/new", sent.new.given)) as (old, new):
        return diff_answer(await asyncio.to_thread(trials.differences, old, new))


@router.post("/procedures/_simulate", openapi_extra=example_of(SimulationAnswer, SimulateIn))
async def simulate(request: Request, sent: SimulateIn, visit: Visiting) -> SimulationAnswer:
    """Tells a story under a procedure: stages, terms with their reasons, next steps, and what would be refused.

    Touches no complaint. A refused event is told under `refused`, and the story goes on without it.
    """
    async with _trying(request, visit, ("", sent.given)) as [trial]:
        procedure = await asyncio.to_thread(trial.procedure)
        enough(request)
        return await asyncio.to_thread(_told, sent, trial, procedure)


def _told(sent: SimulateIn, trial: Trial, procedure: Procedure) -> SimulationAnswer:
    story = [event.imagined for event in sent.events]
    simulation = trials.simulate(trial, procedure, story, sent.as_of)
    return simulation_answer(simulation, _table(sent, trial, procedure))


def _table(sent: SimulateIn, trial: Trial, procedure: Procedure) -> TableAnswer | None:
    if sent.year is None:
        return None
    facts = sent.events[0].imagined.facts if sent.events else {}
    return table_answer(sent.year, trials.due_dates(trial, procedure, sent.year, facts))


@asynccontextmanager
async def _trying(request: Request, visit: Visit, *given: tuple[str, Given]) -> AsyncIterator[list[Trial]]:
    """A turn for what may keep a processor busy for seconds: without a connection, for others file meanwhile.

    `given`: what is tried, each with its place in the request.
    """
    async with visit() as tx:
        organisation = tx.organisation_id
        found = [await trials.trial(tx, each, where) for where, each in given]
    async with request.app.state.turns.turn(organisation):
        yield found


async def _schema(request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=300"}
    return JSONResponse(validation.json_schema(), headers=headers, media_type="application/schema+json")


# Outside the contract: public, for editors that check a file while it is written.
PUBLIC = (Route("/schemas/procedure.json", _schema),)
