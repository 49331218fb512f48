"""The outermost layer, pure ASGI: one request and its answer, from the first look at the head to the log line."""

import re
import time
import traceback
from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.api.edge.body import BODY_RATE, BODY_SECONDS, JSON_LIMIT, BoundedBody, declared_length
from app.api.edge.headers import SECURITY, Pairs, dressed, refusal

ROUTE: Final = "gehoor.route"  # scope key: the matched path as the contract writes it, with {names} and no values
REQUEST_ID: Final = "gehoor.request_id"
ANSWERING: Final = "gehoor.answering"  # scope key: the head of the answer is out

# (method, route, status, seconds): for metrics
Watch = Callable[[str, str, int, float], None]

_log = structlog.stdlib.get_logger("gehoor.edge")


class Edge:
    """Wraps an ASGI application. Give `larger_bodies` what may be posted where more than a JSON body is sent.

    Its paths are whole ones, with `{}` for a part that differs: an id could be spelled like the end of another path.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        version: str | None = None,
        larger_bodies: Mapping[str, int] | None = None,
        body_seconds: float = BODY_SECONDS,
        body_rate: float = BODY_RATE,
        watch: Watch | None = None,
    ) -> None:
        self.app = app
        self.standing: Pairs = [*SECURITY, *([(b"api-version", version.encode())] if version else [])]
        self.sizes = list((larger_bodies or {}).values())
        self.larger = re.compile("|".join(f"({_pattern(path)})" for path in larger_bodies or ()))
        self.body_seconds, self.body_rate = body_seconds, body_rate
        self.watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or REQUEST_ID in scope:  # an edge further out does the work
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope)
        inner = _as_get(scope) if scope["method"] == "HEAD" else scope
        body = BoundedBody(receive, limit, self.body_seconds, self.body_rate)
        exchange = Exchange(scope, inner, body, send, self)
        try:
            await self._answer(inner, limit, body, exchange)
        finally:
            exchange.close()

    async def _answer(self, scope: Scope, limit: int, body: BoundedBody, exchange: "Exchange") -> None:
        refused = refusal(scope, limit)
        if refused is not None:
            status, headers = refused
            await problems.plain_problem(status, headers)(scope, body, exchange.send)
            return
        try:
            await self.app(scope, body, exchange.send)
        except Exception as exc:
            exchange.record(exc)
            if not exchange.status:
                await problems.unexpected_problem(exc)(scope, body, exchange.send)

    def _limit(self, scope: Scope) -> int:
        if scope["method"] != "POST":
            return JSON_LIMIT
        found = self.larger.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
        return self.sizes[found.lastindex - 1] if found and found.lastindex else JSON_LIMIT


def _pattern(path: str) -> str:
    return "[^/]+".join(map(re.escape, path.split("{}")))


def _as_get(scope: Scope) -> Scope:
    """A copy: the server still has to know that HEAD was asked, the application need not. A part is asked for by GET
    alone (RFC 9110, 14.2)."""
    return {**scope, "method": "GET", "headers": [pair for pair in scope["headers"] if pair[0] != b"range"]}


class Exchange:
    """One request and its answer: dresses the answer, keeps HEAD silent, writes the one log line."""

    __slots__ = ("body", "closing", "edge", "head", "inner", "outer_send", "request_id", "scope", "started", "status")

    def __init__(self, scope: Scope, inner: Scope, body: BoundedBody, send: Send, edge: Edge) -> None:
        self.scope = scope
        self.inner = inner
        self.body = body
        self.outer_send = send
        self.edge = edge
        self.head = scope["method"] == "HEAD"
        self.closing = False
        self.status = 0
        self.started = time.perf_counter()
        # Ours only: one that the caller sends could carry anything into the logs.
        self.request_id = inner[REQUEST_ID] = token_hex(16)
        structlog.contextvars.bind_contextvars(request_id=self.request_id)

    async def send(self, message: Message) -> None:
        """The server's `send`, with our headers on the start and, for HEAD, without a body."""
        if message["type"] == "http.response.start":
            self.status, self.inner[ANSWERING] = message["status"], True
            message["headers"] = self._headers(message.get("headers", []))
        elif self.head:
            message["body"] = b""
        if self.closing and message["type"] == "http.response.body" and not message.get("more_body", False):
            await self.outer_send({**message, "more_body": True})  # the whole answer is out; the line is not cut yet
            await self.body.drain()
            message = {"type": "http.response.body", "body": b""}
        await self.outer_send(message)

    def _headers(self, given: Pairs) -> Pairs:
        headers = dressed(given, self.edge.standing)
        headers.append((b"x-request-id", self.request_id.encode()))
        self.closing = (b"connection", b"close") in given
        # An answer before the end of a body of unknown length: nobody reads on, so the line is cut.
        if not self.closing and not self.body.complete and declared_length(self.scope) is None:
            self.closing = True
            headers.append((b"connection", b"close"))
        return headers

    def record(self, exc: Exception) -> None:
        """Log an exception nobody expected: what and where, but no message, which may quote what was sent."""
        kind, state = _name(exc), problems.sqlstate(exc)
        if problems.is_unavailable(exc):
            _log.warning("unavailable", error=kind, sqlstate=state, request_id=self.request_id)
        else:
            _log.error("failed", error=kind, sqlstate=state, at=_where(exc), request_id=self.request_id)

    def close(self) -> None:
        """The log line and the figures. The route is a template: no id, no query, nothing typed by a person."""
        seconds = time.perf_counter() - self.started
        route = self.inner.get(ROUTE) or "-"
        method = self.scope["method"] if self.scope["method"] in METHODS else "-"
        _log.info(
            "answered",
            method=method,
            route=route,
            status=self.status,
            ms=round(seconds * 1000, 2),
            request_id=self.request_id,
        )
        if self.edge.watch:
            self.edge.watch(method, route, self.status, seconds)


METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _name(exc: BaseException) -> str:
    return f"{type(exc).__module__}.{type(exc).__qualname__}"


def _where(exc: BaseException) -> list[str]:
    """Each error along the chain of causes with its call sites: file, line, function; no source text, no values."""
    lines: list[str] = []
    link: Any = exc
    while link is not None and len(lines) < 200:
        lines.append(_name(link))
        lines += [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(link.__traceback__)]
        link = link.__cause__ or link.__context__
    return lines
