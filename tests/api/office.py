"""An organisation with a published procedure and a clock of its own, and a client for all of its API."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from app.api import callers, idempotency
from app.api.application import ContractApp, contract_app
from app.api.routers import (
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
from app.domain.procedure import Procedure
from app.procedures.reading import shipped_named
from app.services.procedures import publish
from app.store.session import Database
from tests.conftest import NewOrganisation, Organisation
from tests.contract.announced import undeclared

Json = dict[str, Any]
AT = datetime(2036, 1, 7, 9, 0, tzinfo=UTC)  # a Monday
MODULES = (complaints, steps, work, reviews, reports, feed, procedures, organisation, staff, keys, sandbox)


def application(database: Database | None = None, **options: Any) -> ContractApp:
    app = contract_app([module.router for module in MODULES], cursor_secret=b"s" * 32, **options)
    callers.install(app)
    idempotency.install(app)
    app.state.database = database
    return app


def client(database: Database, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(database, **options), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://gehoor")


async def office(
    new_organisation: NewOrganisation,
    database: Database,
    *procedures: str | Procedure,
    at: datetime = AT,
    **options: Any,
) -> Organisation:
    """An organisation with these procedures whose clock says `at`."""
    made = await new_organisation(clock_offset=at - datetime.now(UTC), **options)
    async with database.organisation(made.id) as tx:
        for each in procedures or ("jso",):
            await publish(tx, shipped_named(each) if isinstance(each, str) else each)
    return made


class Desk:
    """Calls as one caller of an organisation; `by` names the key."""

    def __init__(self, client: httpx.AsyncClient, made: Organisation) -> None:
        self.client = client
        self.made = made

    async def __call__(
        self, method: str, path: str, body: Any = None, by: str = "admin", **headers: str
    ) -> httpx.Response:
        token = headers.pop("token", None) or self.made.keys[by].token
        sent = {
            "Authorization": f"Bearer {token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        answer = await self.client.request(method, path, json=body, headers=sent)
        assert undeclared(method, path, answer.status_code, answer.headers) == set(), (method, path)
        return answer

    async def get(self, path: str, by: str = "admin", **headers: str) -> Json:
        answer = await self("GET", path, by=by, **headers)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def file(self, **changed: Any) -> Json:
        """Files a complaint; the whole of it."""
        body = {
            "channel": "email",
            "description": "De training ging niet door.",
            "complainant": {
                "name": "Sam Voorbeeld",
                "email": "sam@example.org",
                "address": "Straat 1",
                "city": "Plaats",
            },
            **changed,
        }
        answer = await self("POST", "/complaints", body, by="system", Idempotency_Key=uuid4().hex)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def step(self, complaint: Json, step: str, body: Json, by: str) -> Json:
        path = f"/complaints/{complaint['id']}/{step}"
        answer = await self("POST", path, body, by=by, Idempotency_Key=uuid4().hex)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def clock(self, now: str) -> None:
        answer = await self("PUT", "/sandbox/clock", {"now": now})
        assert answer.status_code == 200, answer.text


def faults(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(fault["pointer"], fault["code"]) for fault in answer.json().get("errors", [])}
