"""The contract and its interactive pages, served from here: no other host is asked for anything.

Swagger UI's files come from the fastapi-offline package; only its static files are used, it is never imported.
"""

import asyncio
from collections.abc import Callable
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from app.api import contract, problems

# First segments of the paths that pages of any origin may read.
PUBLIC_PATHS: Final = ("openapi.json", "docs", "schemas")
# Swagger UI shows images from data URLs; scripts and styles come from here only, none inline.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "public, max-age=300"}
_CONTRACT_HEADERS = {"Cache-Control": "public, max-age=300"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{root}/docs/swagger-ui.css">
<link rel="icon" href="{root}/docs/favicon.png">
</head>
<body>
{body}
</body>
</html>
"""
_INTERACTIVE = """<div id="docs" data-contract="{root}/openapi.json"></div>
<noscript>This page needs JavaScript. The contract: <a href="{root}/openapi.json">openapi.json</a>.</noscript>
<script src="{root}/docs/swagger-ui-bundle.js"></script>
<script src="{root}/docs/start.js"></script>"""
_START = """"use strict";
const docs = document.getElementById("docs");
window.ui = SwaggerUIBundle({
  url: docs.dataset.contract,
  domNode: docs,
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
"""
_FILES: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon.png")


def routes(document: Callable[[], dict[str, Any]]) -> list[Route]:
    """The pages and the contract. `document` makes the contract; it is asked once."""
    made: list[bytes] = []

    async def openapi(request: Request) -> Response:
        if not made:  # takes a second or more: beside the loop, in which others are answered
            made.append(await asyncio.to_thread(lambda: contract.text(document()).encode()))
        return Response(made[0], headers=_CONTRACT_HEADERS, media_type="application/json")

    return [
        Route("/openapi.json", openapi),
        Route("/docs", _interactive),
        Route("/docs/problems", _problems),
        Route("/docs/start.js", _start),
        Route("/docs/{file}", _file),
    ]


async def _interactive(request: Request) -> Response:
    root = request.scope.get("root_path", "")
    return _page(root, "Gehoor API", _INTERACTIVE.format(root=escape(root)))


async def _problems(request: Request) -> Response:
    """What `type` of a problem points at: one heading for each code."""
    rows = (
        f'<h2 id="{escape(code)}">{status} {escape(code)}</h2>\n<p>{escape(sentence)}</p>'
        for status, code, sentence in problems.catalogue()
    )
    body = "\n".join(('<main class="swagger-ui">', "<h1>Problems</h1>", *rows, "</main>"))
    return _page(request.scope.get("root_path", ""), "Gehoor API: problems", body)


def _page(root: str, title: str, body: str) -> Response:
    return Response(
        _PAGE.format(title=title, root=escape(root), body=body), headers=_PAGE_HEADERS, media_type="text/html"
    )


async def _start(request: Request) -> Response:
    return Response(_START, headers=_CONTRACT_HEADERS, media_type="text/javascript")


async def _file(request: Request) -> Response:
    name = request.path_params["file"]
    if name not in _FILES:
        raise HTTPException(404)
    return FileResponse(_folder() / name, headers={"Cache-Control": "public, max-age=86400"})


def _folder() -> Path:
    found = find_spec("fastapi_offline")
    if found is None or found.origin is None:
        raise RuntimeError("the package fastapi-offline, which holds the documentation pages, is not installed")
    return Path(found.origin).parent / "static"
