"""Sealed parts as answers: the manifest with its receipt, the ZIP, or the document to read, by Accept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn

from fastapi import Request
from starlette.responses import Response

from app.api.downloads import File, Wanted, handed_out
from app.api.edge.negotiation import preferred
from app.api.edge.trial import TRIED, Enough
from app.api.json_text import written
from app.channels.objects import Objects
from app.domain.dossier_package import receipt
from app.services.sealing import Means

JSON, ZIP, PDF = "application/json", "application/zip", "application/pdf"
OFFERS: Final = (JSON, ZIP, PDF)
# What each is called where it is recorded that a body read it.
READ_AS: Final = {JSON: "manifest", ZIP: "zip", PDF: "pdf"}
BY_ACCEPT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The manifest with its receipt; as ZIP all of it; as PDF the document to read",
        "content": {
            ZIP: {"schema": {"type": "string", "contentMediaType": ZIP, "description": "Every file, and the manifest"}},
            PDF: {"schema": {"type": "string", "contentMediaType": PDF, "description": "PDF/UA-1 and PDF/A-2a"}},
        },
    }
}
WHOLE: Final = Wanted(None, None, None)


def wanted(request: Request) -> str:
    """Raises 406."""
    return preferred(request, OFFERS)


async def answer(
    row: Mapping[str, Any], media_type: str, objects: Objects, reference: str, asked: Wanted = WHOLE
) -> Response:
    """A part as that media type. The manifest is answered to the byte, because its hash is the seal."""
    if media_type == JSON:
        etag = f'"{bytes(row["manifest_sha256"]).hex()}"'
        body = b'{"receipt":' + written(receipt(row)) + b',"manifest":' + bytes(row["manifest"]) + b"}"
        return Response(body, 200, {"ETag": etag, "Vary": "Accept"}, JSON)
    name = "zip" if media_type == ZIP else "pdf"
    file = File(
        row[f"{name}_key"],
        f"{reference}-{row['number']}.{name}",
        media_type,
        row[f"{name}_size"],
        bytes(row[f"{name}_sha256"]).hex(),
    )
    return await handed_out(objects, file, asked, Vary="Accept")


def sealing_of(request: Request) -> Means:
    """With what a part is sealed. A request that is only tried goes no further than that."""
    means: Means = request.app.state.sealing
    return replace(means, pdf=_enough) if TRIED in request.scope else means


def _enough(_: object) -> NoReturn:
    raise Enough
