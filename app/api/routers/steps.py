"""What happens to a complaint: one POST per step, and a GET beside it with what was recorded before."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from app.api import shown
from app.api.callers import IfMatch, looks
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.routers.complaints import headers_of
from app.api.schemas.events import EVENT, STEP, EventList, StepAnswer
from app.api.schemas.people import RegisterUpdate
from app.api.schemas.step import StepIn
from app.api.schemas.steps import BODIES, taken_of
from app.api.schemas.words import example_of
from app.api.values import Id
from app.domain.errors import PreconditionRequired
from app.domain.steps import BY_NAME
from app.services import dossier, steps
from app.services.dossier import Recorded
from app.store import dossiers
from app.store.session import Reading
from app.store.transaction import Transaction

router = Router(tags=["steps"])
# A retry of these would send a second answer.
_KEY_REQUIRED = frozenset({"responses", "decisions", "appeal-decisions"})

ComplaintId = Annotated[Id, Path(alias="complaintId")]


async def _take(step: str, complaint_id: Id, sent: StepIn, writing: Writing, if_match: str | None) -> Response:
    taken = taken_of(step, sent)
    recorded = await steps.take(writing.tx, complaint_id, taken, writing.actor, if_match=if_match)
    return await writing.keep(await _answer(writing.tx, recorded, 201), complaint_id)


async def _answer(tx: Transaction, recorded: Recorded, status: int) -> Response:
    """What was recorded, and the complaint as it is after (StepAnswer)."""
    parties = await dossiers.parties_of(tx, recorded.row["id"])
    step = {
        "events": [shown.event(event) for event in await dossier.shown_events(tx, recorded.fresh)],
        "complaint": shown.complaint(recorded.row, recorded.dossier, parties, recorded.warnings),
    }
    return shown.answer(step, status, headers_of(recorded))


def _post(step: str, body: type[StepIn]) -> Callable[..., Coroutine[Any, Any, Response]]:
    writing = writes("complaints:act", key_required=step in _KEY_REQUIRED)

    async def take(complaint_id: ComplaintId, sent: Any, w: Writing = writing, if_match: IfMatch = None) -> Response:
        return await _take(step, complaint_id, sent, w, if_match)

    take.__annotations__["sent"] = body
    return take


def _get(step: str) -> Callable[..., Coroutine[Any, Any, Response]]:
    looking = looks("complaints:read")

    async def recorded(complaint_id: ComplaintId, tx: Reading = looking) -> Response:
        held, _ = await dossier.opened(tx, complaint_id)
        types = BY_NAME[step].events
        found = await dossier.shown_events(tx, [event for event in held.events if event.type in types])
        return shown.answer({"items": [shown.event(event) for event in found]})

    return recorded


def _words(step: str) -> str:
    return step.replace("-", " ")


for _step, _body in BODIES.items():
    router.add_api_route(
        f"/complaints/{{complaintId}}/{_step}",
        _post(_step, _body),
        methods=["POST"],
        status_code=201,
        summary=(_body.__doc__ or "").strip().split("\n")[0],
        description=(_body.__doc__ or "").strip(),
        operation_id="post" + "".join(part.capitalize() for part in _step.split("-")),
        responses={201: {"model": StepAnswer, "description": "Recorded"}},
        openapi_extra=examples(request=example_of(_body), response=STEP),
    )
    router.add_api_route(
        f"/complaints/{{complaintId}}/{_step}",
        _get(_step),
        methods=["GET"],
        summary=f"The {_words(_step)} recorded so far",
        operation_id="list" + "".join(part.capitalize() for part in _step.split("-")),
        response_model=EventList,
        openapi_extra=examples(response={"items": [EVENT]}),
    )


@router.patch(
    "/complaints/{complaintId}",
    operation_id="patchComplaint",
    summary="Fill in or change fields of the register",
    responses={200: {"model": StepAnswer, "description": "Recorded"}},
    openapi_extra=examples(request=example_of(RegisterUpdate), response=STEP),
)
async def update_register(
    complaint_id: ComplaintId,
    sent: RegisterUpdate,
    writing: Annotated[Writing, writes("complaints:act")],
    if_match: IfMatch = None,
) -> Response:
    """Needs If-Match. What the complainant wrote at intake is never changed; additions stand beside it."""
    if if_match is None:
        raise PreconditionRequired("Send If-Match with the ETag of the complaint that you read.")
    taken = taken_of("register", sent)
    recorded = await steps.take(writing.tx, complaint_id, taken, writing.actor, if_match=if_match)
    return await writing.keep(await _answer(writing.tx, recorded, 200), complaint_id)
