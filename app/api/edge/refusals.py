"""What a route raises becomes an answer: by FastAPI's own middleware, which a request passes only then.

Around every request it would cost more than finding the route does.
"""

from typing import Final

from fastapi import FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.edge.exchange import ANSWERING

RAISED: Final = "gehoor.raised"  # scope key: what the route raised


class Refusals:
    """Wraps an application that is of `whose`, with what that answers to what is raised.

    Not to what nobody expected: that goes on to the edge, which writes it down.
    """

    def __init__(self, app: ASGIApp, whose: FastAPI) -> None:
        self._app = app
        handlers = {key: value for key, value in whose.exception_handlers.items() if key not in (500, Exception)}
        self._answering = ExceptionMiddleware(_raise, handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if ANSWERING in scope:
                raise  # half an answer is out already
            scope[RAISED] = error
            await self._answering(scope, receive, send)


async def _raise(scope: Scope, receive: Receive, send: Send) -> None:
    raise scope[RAISED]
