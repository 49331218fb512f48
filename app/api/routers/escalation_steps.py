"""What happens in a case with an external body: what the organisation hands over, and what came by letter."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.api import parts
from app.api.callers import IfMatch
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.routers.escalations import RECORDED, ActingOnce, EscalationId, found, recorded
from app.api.schemas import escalation_steps as bodies
from app.api.schemas import escalations as shapes
from app.api.schemas.escalation_steps import PartIn, external_of, handing_of
from app.api.schemas.step import StepIn
from app.api.schemas.words import example_of
from app.services import external, handing_over

router = Router(tags=["escalations"])


@router.post(
    "/escalations/{escalationId}/dispatches",
    status_code=201,
    responses=RECORDED,
    openapi_extra=examples(request=example_of(bodies.EscalationDispatch), response=shapes.OUTCOME),
)
async def dispatch(
    escalation_id: EscalationId,
    sent: bodies.EscalationDispatch,
    request: Request,
    writing: ActingOnce,
    if_match: IfMatch = None,
) -> Response:
    """It was sent to the body: by post, by e-mail, through its portal; also afterwards, with the day on which it was.

    The dossier of a case that the body opened is sealed by the first of these. If-Match is about the complaint.
    """
    row, means = await found(writing.tx, escalation_id), parts.sealing_of(request)
    outcome = await handing_over.dispatch(
        writing.tx, row["complaint_id"], escalation_id, sent.dispatch(), writing.actor, means, if_match=if_match
    )
    return await recorded(writing, outcome)


async def _hand_over(
    kind: str | None,
    event: str | None,
    writing: Writing,
    escalation_id: UUID,
    sent: PartIn,
    request: Request,
    if_match: str | None,
) -> Response:
    row, means = await found(writing.tx, escalation_id), parts.sealing_of(request)
    handing = handing_of(kind or str(getattr(sent, "kind", "")), sent, event)
    hand = handing_over.complete_measure if kind == "measure_proof" else handing_over.hand_over
    outcome = await hand(
        writing.tx, row["complaint_id"], escalation_id, handing, writing.actor, means, if_match=if_match
    )
    return await recorded(writing, outcome)


async def _came(
    what: str, writing: Writing, escalation_id: UUID, sent: StepIn, request: Request, if_match: str | None
) -> Response:
    row = await found(writing.tx, escalation_id)
    facts, texts = external_of(sent)
    outcome = await external.record_external(
        writing.tx,
        row["complaint_id"],
        escalation_id,
        what,
        facts,
        texts,
        writing.actor,
        on_behalf_of=sent.on_behalf_of,
        occurred_at=sent.occurred_at,
        if_match=if_match,
    )
    return await recorded(writing, outcome)


def _post(body: type[StepIn], take: Any, *, key_required: bool) -> Callable[..., Coroutine[Any, Any, Response]]:
    writing = writes("complaints:act", key_required=key_required)

    async def record(
        escalation_id: EscalationId, sent: Any, request: Request, w: Writing = writing, if_match: IfMatch = None
    ) -> Response:
        response: Response = await take(w, escalation_id, sent, request, if_match)
        return response

    record.__annotations__["sent"] = body
    return record


# A retry of these would hand over, or decide, a second time.
_KEY_REQUIRED = frozenset({"submissions", "supplements", "decision-answers", "decisions", "measure-completions"})
_HANDED: dict[str, tuple[type[PartIn], str | None, str | None]] = {
    "submissions": (bodies.EscalationSubmission, None, "external.answered"),
    "supplements": (bodies.EscalationSupplement, "supplement", None),
    "decision-answers": (bodies.EscalationDecisionAnswer, "decision_answer", "decision.answered"),
    "measure-completions": (bodies.MeasureProof, "measure_proof", "measure.completed"),
}
_CAME: dict[str, type[StepIn]] = {
    "acknowledgements": bodies.EscalationAcknowledgement,
    "declinations": bodies.EscalationDeclination,
    "questions": bodies.EscalationQuestion,
    "hearings": bodies.EscalationHearing,
    "decisions": bodies.EscalationDecision,
    "settlements": bodies.EscalationSettlement,
    "withdrawals": bodies.EscalationWithdrawal,
}
_STEPS: dict[str, tuple[type[StepIn], Any]] = {
    **{name: (body, partial(_hand_over, kind, event)) for name, (body, kind, event) in _HANDED.items()},
    **{name: (body, partial(_came, name)) for name, body in _CAME.items()},
}

for _name, (_body, _take) in _STEPS.items():
    router.add_api_route(
        f"/escalations/{{escalationId}}/{_name}",
        _post(_body, _take, key_required=_name in _KEY_REQUIRED),
        methods=["POST"],
        status_code=201,
        summary=(_body.__doc__ or "").strip().split("\n")[0],
        description=(_body.__doc__ or "").strip(),
        operation_id="postEscalation" + "".join(word.capitalize() for word in _name.split("-")),
        responses=RECORDED,
        openapi_extra=examples(
            request=example_of(_body), response=shapes.PARTED if _name in _HANDED else shapes.OUTCOME
        ),
    )
