"""Templates of letters: those that ship, an organisation's own, and trying one out."""

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.api.callers import Visit, reads, visits
from app.api.contract_examples import examples
from app.api.edge.negotiation import preferred
from app.api.edge.route import Router
from app.api.edge.trial import enough
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page, Position
from app.api.schemas.letters import (
    ANSWER,
    PREVIEW,
    PREVIEWED,
    TEMPLATES,
    PreviewAnswer,
    PreviewIn,
    TemplateAnswer,
    TemplateFilters,
    TemplateIn,
    TemplateSummary,
    preview_answer,
    template_answer,
    template_summary,
)
from app.api.schemas.words import example_of
from app.documents import letter as documents
from app.services import letter_previews, letters
from app.services.letters import Kept, position
from app.store.transaction import Transaction

router = Router(tags=["letter-templates"])
# Not what a website's key has: how an organisation answers is no rule that the public reads.
Reading = Annotated[Transaction, reads("complaints:read")]
TemplateId = Annotated[
    str,
    Path(
        alias="templateId",
        max_length=140,
        pattern=r"^[a-z0-9_-]+\.[a-z_]+\.[a-z]{2}\.(0|[1-9][0-9]{0,8})$",
        description="Procedure, letter, language and version, of which 0 ships: hss.decision.nl.0",
    ),
]
PDF = "application/pdf"
OFFERS = ("application/json", PDF)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The letter as it could be",
        "content": {
            PDF: {"schema": {"type": "string", "contentMediaType": PDF, "description": "PDF/UA-1 and PDF/A-2a"}}
        },
    }
}


@router.get("/letter-templates", openapi_extra=examples(response=TEMPLATES))
async def listing(
    filters: Annotated[TemplateFilters, Query()], paging: Listed, response: Response, tx: Reading
) -> Page[TemplateSummary]:
    """What ships and every version of the organisation's own, for each of its procedures."""
    found = await letters.listing(tx, filters.procedure, filters.letter, filters.language)
    rows = _part(found, paging.position, paging.backwards)[: paging.fetch]
    return paging.page(response, rows, position, template_summary, len(found) if paging.with_total else None)


def _part(found: list[Kept], at: Position | None, backwards: bool) -> list[Kept]:
    ordered = found[::-1] if backwards else found
    if at is None:
        return ordered
    return [each for each in ordered if (_place(each) < at if backwards else _place(each) > at)]


def _place(kept: Kept) -> Position:
    return position(kept)


@router.get("/letter-templates/{templateId}", openapi_extra=examples(response=ANSWER))
async def read(template_id: TemplateId, tx: Reading) -> TemplateAnswer:
    """One version of one template, whole."""
    return template_answer(await letters.read(tx, template_id))


@router.post(
    "/letter-templates",
    status_code=201,
    openapi_extra=examples(request=example_of(TemplateIn), response=ANSWER),
    responses={201: {"model": TemplateAnswer, "description": "Saved, for good, and in force"}},
)
async def save(sent: TemplateIn, writing: Annotated[Writing, writes("administration")]) -> Response:
    """The next version of the organisation's own template. Refused when it cannot say what the procedure owes."""
    made = await letters.save(writing.tx, sent.procedure, sent.template, writing.actor)
    return await writing.answer(template_answer(made), headers={"Location": f"/v1/letter-templates/{made.id}"})


@router.post(
    "/letter-templates/_preview",
    response_model=PreviewAnswer,
    responses=_PDF,
    openapi_extra=examples(request=PREVIEWED, response=PREVIEW),
)
async def preview(request: Request, sent: PreviewIn, visit: Annotated[Visit, visits("complaints:act")]) -> Any:
    """A letter by a template, with examples for what is not given; as JSON or, by Accept, as PDF. Stores nothing."""
    asked = (sent.procedure, sent.letter, sent.language, sent.template, sent.values)
    async with visit() as tx:
        found = await letter_previews.preview(tx, *asked)
    enough(request)
    if preferred(request, OFFERS) == PDF:
        body = await asyncio.to_thread(documents.pdf, found.letter)
        return Response(body, 200, {"Content-Disposition": 'inline; filename="letter.pdf"', "Vary": "Accept"}, PDF)
    return preview_answer(found, documents.text(found.letter), documents.html(found.letter))
