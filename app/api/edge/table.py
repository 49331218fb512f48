"""Which route answers: the most precise path that fits, then the method.

One look-up by length and first segment, where a list of routers would be tried one by one; and the only place
that knows all methods of a path, so that OPTIONS, 405 and Allow are complete.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from re import Pattern
from typing import Any, Final

from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Message, Receive, Scope, Send

from app.api.edge.exchange import ROUTE

_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CORS: Final = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type",
    "Access-Control-Max-Age": "86400",
}


class Resource:
    """One path of the contract and the routes behind it, by method."""

    def __init__(self, routes: Sequence[Route], public: bool) -> None:
        self.path: str = routes[0].path_format
        self.pattern: Pattern[str] = routes[0].path_regex
        self.convertors = routes[0].param_convertors
        self.by_method = {method: route for route in routes for method in route.methods or () if method != "HEAD"}
        methods = {*self.by_method, "OPTIONS"} | ({"HEAD"} if "GET" in self.by_method else set())
        self.allow = ", ".join(sorted(methods, key=_ORDER.index))
        self.public = public

    @property
    def precision(self) -> tuple[bool, ...]:
        """Sorts paths so that a written segment goes before a {name}."""
        return tuple("{" in segment for segment in self.path.split("/"))

    def parameters(self, path: str) -> dict[str, Any] | None:
        """The values of the path's names, or None when it does not fit."""
        match = self.pattern.match(path)
        if match is None:
            return None
        return {name: self.convertors[name].convert(value) for name, value in match.groupdict().items()}


class RouteTable(BaseRoute):
    """All routes of an application as one route. `public` paths (by their first segment) are open to any origin."""

    def __init__(self, routes: Iterable[Route], public: Iterable[str] = ()) -> None:
        self.routes = list(routes)
        grouped: defaultdict[str, list[Route]] = defaultdict(list)
        for route in self.routes:
            grouped[route.path_format].append(route)
        open_segments = frozenset(public)
        self.resources = sorted(
            (Resource(group, _first(path) in open_segments) for path, group in grouped.items()),
            key=lambda resource: resource.precision,
        )
        self._candidates: defaultdict[tuple[int, str], list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._candidates[resource.path.count("/"), _first(resource.path)].append(resource)

    def find(self, path: str) -> tuple[Resource, dict[str, Any]] | None:
        """The resource at a path, with the values of its names."""
        length = path.count("/")
        for first in (_first(path), ""):
            for resource in self._candidates.get((length, first), ()):
                parameters = resource.parameters(path)
                if parameters is not None:
                    return resource, parameters
        return None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Every HTTP request is for the table: it also says 404 and 405."""
        return (Match.FULL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over to the route. Raises 404, and 405 with a complete Allow."""
        found = self.find(get_route_path(scope))
        if found is None:
            raise HTTPException(404)
        resource, scope["path_params"] = found
        scope[ROUTE] = resource.path
        route = resource.by_method.get(scope["method"])
        if route is not None:
            scope["route"], scope["endpoint"] = route, route.endpoint
            await route.app(scope, receive, _open(send) if resource.public else send)
        elif scope["method"] == "OPTIONS":
            headers = {"Allow": resource.allow, **(_PREFLIGHT if resource.public else {})}
            await Response(status_code=204, headers=headers)(scope, receive, send)
        else:
            raise HTTPException(405, headers={"Allow": resource.allow})


def _open(send: Send) -> Send:
    """A `send` that lets pages of any origin read the answer."""

    async def open_send(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *((k.lower().encode(), v.encode()) for k, v in CORS.items())]
        await send(message)

    return open_send


def _first(path: str) -> str:
    """The first segment of a path; empty when it is a {name}, or holds one."""
    segment = path.split("/", 2)[1] if path.startswith("/") else ""
    return "" if "{" in segment else segment
