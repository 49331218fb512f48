"""The API process is put together here and nowhere else."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import callers, health, idempotency, problems
from app.api.application import ContractApp, contract_app
from app.api.edge.exchange import Edge
from app.api.pace import FORM_PACE, TRIES, Pace
from app.api.routers import (
    attachments,
    bodies,
    calculator,
    calendars,
    committee,
    committee_webhooks,
    complainant_codes,
    complaints,
    correspondence,
    deliveries,
    escalation_steps,
    escalations,
    feed,
    inbound_mails,
    keys,
    letter_templates,
    mailboxes,
    organisation,
    procedures,
    reports,
    reviews,
    sandbox,
    staff,
    steps,
    webhooks,
    work,
)
from app.channels.incoming import Turns
from app.domain.calendar import calendar_for
from app.letters.reading import every
from app.logs import log_as_json
from app.means import Means, means_of
from app.settings import Settings
from app.store.health import refuse_unsafe
from app.store.pool import OF_API
from app.store.session import Database
from app.version import API_VERSION

ROUTERS = (
    complaints,
    steps,
    escalations,
    escalation_steps,
    committee,
    committee_webhooks,
    complainant_codes,
    correspondence,
    attachments,
    inbound_mails,
    letter_templates,
    work,
    reviews,
    reports,
    procedures,
    bodies,
    calendars,
    calculator,
    feed,
    webhooks,
    deliveries,
    organisation,
    mailboxes,
    staff,
    keys,
    sandbox,
)

# Without an answer of the database for so long, the caller is told so (P13: within three seconds).
STATEMENT_SECONDS = 2.4
# Counting the terms of very many complaints takes longer; so few at a time that the others keep theirs, and for one
# organisation one fewer.
REPORT_SECONDS, REPORTS_AT_ONCE = 20, 3
# What says much by its contract may take more than other JSON, as far as reading it holds up nobody else.
LARGER_JSON, LARGEST_JSON = 160 * 1024, 320 * 1024
_SAYS_MUCH = (
    *("admissibility-decisions", "appeal-decisions", "decisions", "dissatisfactions", "escalations", "extensions"),
    *("formal-review-requests", "inadmissibility-notices", "information-requests", "objections", "responses"),
)
_SAYS_MUCH_IN_A_CASE = ("decision-answers", "dispatches", "measure-completions", "submissions", "supplements")
_SAYS_MOST = (
    *("/committee/escalations/{}/decisions", "/escalations/{}/decisions", "/reviews/{}/completions"),
    *("/letter-templates", "/letter-templates/_preview"),
    *("/complaints/{}/correspondence", "/complaints/{}/correspondence/_preview"),
)
LARGER_BODIES = {
    **dict.fromkeys(("/complaints", *(f"/complaints/{{}}/{each}" for each in _SAYS_MUCH)), LARGER_JSON),
    **dict.fromkeys((f"/escalations/{{}}/{each}" for each in _SAYS_MUCH_IN_A_CASE), LARGER_JSON),
    **dict.fromkeys(_SAYS_MOST, LARGEST_JSON),
    # a procedure file may hold 64 KiB of YAML, which takes more as a text in JSON
    **dict.fromkeys(("/procedures/_validate", "/procedures/{}/versions"), LARGER_JSON),
    **dict.fromkeys(("/procedures/_diff", "/procedures/_simulate"), LARGEST_JSON),
    "/inbound-mails": 25 * 1024 * 1024,
    # a file of 25 MiB, and the form around it
    **dict.fromkeys(("/complaints/{}/attachments", "/committee/escalations/{}/attachments"), 26 * 1024 * 1024 + 65_536),
}


def contract(cursor_secret: bytes = b"only for writing the contract down") -> ContractApp:
    """What stands under /v1, without a database: enough to write the contract from."""
    app = contract_app(
        [module.router for module in ROUTERS],
        cursor_secret=cursor_secret,
        webhooks=webhooks.described,
        public=procedures.PUBLIC,
        larger_bodies=LARGER_BODIES,
    )
    callers.install(app)
    idempotency.install(app)
    return app


def create_app(settings: Settings, database: Database | None = None, means: Means | None = None) -> ASGIApp:
    """The whole API process: /v1, health and metrics. A database that is given is also left open."""
    own = database or Database(
        settings.url("app"), pool_size=settings.pool_size, statement=STATEMENT_SECONDS, limits=OF_API
    )
    v1 = contract(settings.secret("cursor_secret").encode())
    v1.state.database = own
    figures = database or Database(
        settings.url("app"), pool_size=REPORTS_AT_ONCE, statement=REPORT_SECONDS, limits=OF_API
    )
    v1.state.reports = figures
    v1.state.pace = Pace(settings.form_pace or FORM_PACE)
    v1.state.pace_of_tries = Pace(TRIES * (settings.form_pace or FORM_PACE))
    equip(v1, means or means_of(settings))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await refuse_unsafe(own)
        every()  # a broken template of a letter stops the start
        calendar_for().is_working_day(date(2026, 1, 1))  # the first look at a holiday takes a quarter of a second
        gc.freeze()  # what lives as long as the process need not be looked at again: a calmer 99th percentile
        yield
        if database is None:
            await own.close()
            await figures.close()

    outer = Starlette(routes=health.routes(own), lifespan=lifespan)
    outer.router.redirect_slashes = False
    problems.install(outer)

    async def entrance(scope: Scope, receive: Receive, send: Send) -> None:
        """As Starlette's Mount, ahead of the outer application, through which nearly all would pass for nothing."""
        if scope["type"] == "http" and get_route_path(scope).startswith("/v1/"):
            scope["root_path"] = scope.get("root_path", "") + "/v1"
            await v1(scope, receive, send)
        else:
            await outer(scope, receive, send)

    return Edge(
        entrance,
        version=API_VERSION,
        watch=health.watch,
        larger_bodies={f"/v1{path}": size for path, size in LARGER_BODIES.items()},
    )


def equip(v1: ContractApp, means: Means) -> None:
    """Gives the routers what they find in app.state."""
    v1.state.sealer, v1.state.tokens, v1.state.objects = means.sealer, means.tokens, means.objects
    v1.state.scans_files = means.scanner is not None
    v1.state.sealing, v1.state.mail_turns = means.sealing, Turns()
    v1.state.mail_defaults, v1.state.mail_hosts, v1.state.outgoing = means.mail, means.smtp_hosts, means.outgoing


def from_environment() -> ASGIApp:
    """For a server that starts several processes."""
    settings = Settings()
    log_as_json(settings.log_level)
    return create_app(settings)
