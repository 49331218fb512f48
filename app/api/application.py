"""The contract as one application, to be mounted under /v1."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from app.api import contract, documentation, problems
from app.api.edge.exchange import Edge, Watch
from app.api.edge.refusals import Refusals
from app.api.edge.route import StrictRoute
from app.api.edge.table import RouteTable
from app.api.pace import FORM_PACE, TRIES, Pace
from app.api.pagination import Cursors
from app.api.turns import Turns
from app.version import API_VERSION

# What is told of a request is told by our own edge, without anything personal; FastAPI's spans would carry addresses.
_SILENT: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


class ContractApp(FastAPI):
    """FastAPI with the edge outside everything else, so that no answer escapes it, not even a 500."""

    edge_options: Mapping[str, Any]
    table: RouteTable

    def build_middleware_stack(self) -> ASGIApp:
        """Ours around what FastAPI does for every request here: an answer to what a route raises.

        The edge bounds bodies and answers a 500 itself, and nothing is told to anybody; the files that a route left
        open are its own affair (StrictRoute). The others are left out.
        """
        return Edge(Refusals(self._routed, self), version=API_VERSION, **self.edge_options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request goes to the stack at once; what else a server says, through FastAPI."""
        if scope["type"] != "http" or self.middleware_stack is None:
            await super().__call__(scope, receive, send)
        else:
            scope["app"] = self
            await self.middleware_stack(scope, receive, send)

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request goes to the table at once: it is the only route that the router has."""
        await (self.table.handle if scope["type"] == "http" else self.router)(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The contract, made once."""
        if not self.openapi_schema:
            self.openapi_schema = contract.openapi(self)
        return self.openapi_schema


def contract_app(
    routers: Sequence[APIRouter],
    *,
    cursor_secret: bytes,
    webhooks: APIRouter | None = None,
    public: Sequence[Route] = (),
    larger_bodies: Mapping[str, int] | None = None,
    watch: Watch | None = None,
    lifespan: Lifespan[Any] | None = None,
    **edge: Any,
) -> ContractApp:
    """Everything under /v1.

    `routers`: made with `edge.route.Router`. `public`: plain routes outside the contract (schemas).
    `larger_bodies`: bytes that may be posted to a path, with `{}` for a part that differs. `watch`: called after each
    answer with (method, route, status, seconds). `cursor_secret`: at least 32 bytes, the same in every process.
    """
    app = ContractApp(
        title="Gehoor", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
        webhooks=webhooks, lifespan=lifespan, telemetry=_SILENT,
    )  # fmt: skip
    app.edge_options = {"larger_bodies": larger_bodies, "watch": watch, **edge}
    app.state.cursors = Cursors(cursor_secret)
    app.state.pace = Pace()
    app.state.pace_of_tries = Pace(TRIES * FORM_PACE)
    app.state.turns = Turns()
    contract_routes = [_strict(route) for router in routers for route in router.routes]
    pages = [*documentation.routes(app.openapi), *public]
    app.table = RouteTable([*contract_routes, *pages], documentation.PUBLIC_PATHS)
    app.router.routes[:] = [app.table]
    problems.install(app)
    return app


def _strict(route: Any) -> StrictRoute:
    if not isinstance(route, StrictRoute):
        raise TypeError(f"{route}: make routers with app.api.edge.route.Router, and give them one by one")
    return route
