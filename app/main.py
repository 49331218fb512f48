"""The API process is put together here and nowhere else."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from app.api import callers, health, idempotency, problems
from app.api.application import ContractApp, contract_app
from app.api.contract import API_VERSION
from app.api.edge.exchange import Edge
from app.api.routers import (
    calculator,
    calendars,
    complaints,
    feed,
    keys,
    organisation,
    procedures,
    reports,
    reviews,
    sandbox,
    staff,
    steps,
    work,
)
from app.domain.calendar import calendar_for
from app.settings import Settings
from app.store.health import refuse_unsafe
from app.store.session import Database

ROUTERS = (
    complaints,
    steps,
    work,
    reviews,
    reports,
    procedures,
    calendars,
    calculator,
    feed,
    organisation,
    staff,
    keys,
    sandbox,
)

# Without an answer of the database for so long, the caller is told so (P13: within three seconds).
STATEMENT_SECONDS = 2.4
# A procedure file may hold 64 KiB of YAML, which takes more as a text in JSON.
LARGER_BODIES = {"/_validate": 163_840, "/_simulate": 163_840, "/_diff": 327_680, "/versions": 163_840}


def contract(cursor_secret: bytes = b"only for writing the contract down") -> ContractApp:
    """What stands under /v1, without a database: enough to write the contract from."""
    app = contract_app(
        [module.router for module in ROUTERS],
        cursor_secret=cursor_secret,
        public=procedures.PUBLIC,
        larger_bodies=LARGER_BODIES,
    )
    callers.install(app)
    idempotency.install(app)
    return app


def create_app(settings: Settings, database: Database | None = None) -> ASGIApp:
    """The whole API process: /v1, health and metrics. A database that is given is also left open."""
    own = database or Database(settings.url("app"), pool_size=settings.pool_size, statement=STATEMENT_SECONDS)
    v1 = contract(settings.secret("cursor_secret").encode())
    v1.state.database = own

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await refuse_unsafe(own)
        calendar_for().is_working_day(date(2026, 1, 1))  # the first look at a holiday takes a quarter of a second
        gc.collect()
        gc.set_threshold(20_000, 50, 50)  # a page of fifty rows makes more objects than the usual 700
        gc.freeze()  # what lives as long as the process need not be looked at again: a calmer 99th percentile
        yield
        if database is None:
            await own.close()

    outer = Starlette(routes=[*health.routes(own), Mount("/v1", v1)], lifespan=lifespan)
    outer.router.redirect_slashes = False
    problems.install(outer)
    return Edge(outer, version=API_VERSION, watch=health.watch, larger_bodies=LARGER_BODIES)


def from_environment() -> ASGIApp:
    """For a server that starts several processes."""
    settings = Settings()
    log_as_json(settings.log_level)
    return create_app(settings)


def log_as_json(level: str) -> None:
    """One JSON line per message on standard output; nothing personal is ever given to it (P18)."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
