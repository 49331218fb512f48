"""Periodic reviews: once per quarter or year the organisation looks back on its complaints."""

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from app.api.callers import reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.schemas.reviews import (
    COMPLETION,
    REVIEW,
    Completion,
    ReviewAnswer,
    ReviewFilters,
    ReviewList,
    review_answer,
)
from app.services import reviews
from app.store.transaction import Transaction

router = Router(tags=["reviews"])
ReviewId = Annotated[
    str,
    Path(
        alias="reviewId",
        max_length=140,
        pattern=r"^[a-z0-9_-]+\.[a-z0-9_-]+\.[0-9]{4}(-[0-9QH]+)?$",
        description="Procedure, review and period: hss.quarterly_inventory.2026-Q4",
    ),
]
# not reports:read: what was found is told in words
Reading = Annotated[Transaction, reads("complaints:read")]


@router.get("/reviews", openapi_extra=examples(response={"items": [REVIEW]}))
async def listing(filters: Annotated[ReviewFilters, Query()], tx: Reading) -> ReviewList:
    """Every period of every periodic review so far, the newest first: a few for each year."""
    found = [
        each
        for each in reversed(await reviews.periodic(tx))
        if filters.state in (None, each.due.state.value) and filters.procedure in (None, each.procedure)
    ]
    return ReviewList(items=[review_answer(each) for each in found])


@router.get("/reviews/{reviewId}", openapi_extra=examples(response=REVIEW))
async def read(review_id: ReviewId, tx: Reading) -> ReviewAnswer:
    """One period of one review, with what was recorded of it."""
    return review_answer(await reviews.read(tx, review_id))


@router.post(
    "/reviews/{reviewId}/completions",
    status_code=201,
    openapi_extra=examples(request=COMPLETION, response=REVIEW),
    responses={201: {"model": ReviewAnswer, "description": "Recorded"}},
)
async def complete(
    review_id: ReviewId, sent: Completion, writing: Annotated[Writing, writes("complaints:act")]
) -> Response:
    """Records that a review was held, by a role that the procedure names."""
    found = await reviews.complete(writing.tx, review_id, sent.held(), writing.actor)
    headers = {"Location": f"/v1/reviews/{found.id}"}
    return await writing.answer(review_answer(found), headers=headers)
