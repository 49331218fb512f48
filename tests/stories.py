"""A complaint's story over HTTP: an organisation with one procedure, its people, and a clock that can be moved.

jso = await tell("jso")
await jso.at("2036-04-24 12:00")
case = await jso.file({"channel": "email", "description": "..."})
await case.step("complaints_officer", "responses", {"form": "phone", "note": "..."})
await case.has("first_response.respond", "met", due="2036-05-01")
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx

from app.api.schemas.complaints import ComplaintAnswer
from app.channels.objects import Objects
from app.domain.procedure import Procedure
from app.main import contract, equip
from app.means import Means, keys_of
from app.procedures.reading import shipped_named
from app.services import procedures
from app.services.guard import flag_breaches, resume_lapsed, warn_ahead
from app.store.session import Database
from tests.conftest import NewOrganisation, Organisation
from tests.contract.announced import undeclared

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
Json = dict[str, Any]


def instant(local: str) -> str:
    """'2036-04-24 12:00' as people in Amsterdam mean it, as the API takes it."""
    return datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM).astimezone(UTC).isoformat().replace("+00:00", "Z")


@asynccontextmanager
async def served(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The contract, as a client sees it, without a socket between."""
    app = contract(b"a secret of at least thirty-two bytes")
    app.state.database = database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with TemporaryDirectory() as folder:
        equip(app, Means(*keys_of("another secret of at least thirty-two bytes"), Objects(folder), loopback=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as client:
            yield client


class Raw(NamedTuple):
    """A body that is not JSON."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class Office:
    """An organisation that works by one procedure. `ask` as a role of the staff or as a kind of key."""

    client: httpx.AsyncClient
    worker: Database
    made: Organisation

    async def ask(
        self, who: str, method: str, path: str, body: object = None, *, expect: int = 200, **headers: str
    ) -> Json:
        """One request; the answer's JSON. Fails when the status is another than expected."""
        answer = await self.answer(who, method, path, body, **headers)
        assert answer.status_code == expect, f"{method} {path} as {who}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else {}

    async def answer(self, who: str, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.made.keys[who].token}"}
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid4())
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, Raw):
            sent |= {"Content-Type": body.media_type}
            answer = await self.client.request(method, path, content=body.content, headers=sent)
        else:
            answer = await self.client.request(method, path, json=body, headers=sent)
        assert undeclared(method, path, answer.status_code, answer.headers) == set(), (method, path)
        return answer

    async def at(self, local: str) -> None:
        """Moves the clock forward to a moment in Amsterdam, and lets the guard look."""
        await self.ask("admin", "PUT", "/sandbox/clock", {"now": instant(local)})
        await self.guard()

    async def guard(self) -> None:
        """What the worker does, until nothing is left to do."""
        for job in (flag_breaches, resume_lapsed, warn_ahead):
            for _ in range(50):
                async with self.worker.worker() as tx:
                    if not await job(tx):
                        break

    async def file(self, body: Mapping[str, Any], *, who: str = "system", expect: int = 201) -> "Case":
        """Files a complaint, signal or enquiry."""
        sent = {"channel": "email", "description": "Het ging niet goed.", **body}
        if who == "website":
            sent.pop("channel")
        answer = await self.ask(who, "POST", "/complaints", sent, expect=expect)
        return Case(self, UUID(answer["id"]), answer)


@dataclass
class Case:
    """One complaint. `last` is the last answer about it."""

    office: Office
    id: UUID
    last: Json = field(default_factory=dict)

    async def step(self, who: str, step: str, body: Mapping[str, Any] | None = None, *, expect: int = 201) -> Json:
        """Takes a step as somebody; the answer, or the problem when another status is expected."""
        answer = await self.office.ask(who, "POST", f"/complaints/{self.id}/{step}", dict(body or {}), expect=expect)
        if expect == 201:
            self.last = fits(answer["complaint"])
        return answer

    async def register(self, who: str, body: Mapping[str, Any], *, expect: int = 200) -> Json:
        """Fills in fields of the register."""
        read = await self.office.answer("system", "GET", f"/complaints/{self.id}")
        path = f"/complaints/{self.id}"
        return await self.office.ask(who, "PATCH", path, dict(body), expect=expect, If_Match=read.headers["ETag"])

    async def read(self) -> Json:
        self.last = fits(await self.office.ask("system", "GET", f"/complaints/{self.id}"))
        return self.last

    async def term(self, key: str) -> Json:
        """One term as it is now."""
        terms = {term["key"]: term for term in (await self.read())["terms"]}
        assert key in terms, f"{key} is not among {sorted(terms)}"
        return terms[key]

    async def has(self, key: str, state: str, *, due: str | None = None) -> Json:
        """The term is in that state, and ends on that day."""
        term = await self.term(key)
        assert term["state"] == state, f"{key}: {term['state']}, due {term['dueOn']}, met {term['metAt']}"
        assert due is None or term["dueOn"] == due, f"{key}: due {term['dueOn']}"
        return term

    async def events(self, *types: str) -> list[Json]:
        """What is in the ledger, of these types."""
        items = (await self.office.ask("system", "GET", f"/complaints/{self.id}/events"))["items"]
        return [event for event in items if not types or event["type"] in types]


def fits(answer: Json) -> Json:
    """The answer, which is built by hand, held against the model that stands for the contract."""
    assert ComplaintAnswer.model_validate(answer).model_dump(mode="json", by_alias=True) == answer
    return answer


Tell = Callable[..., Awaitable[Office]]


def teller(client: httpx.AsyncClient, database: Database, worker: Database, new_organisation: NewOrganisation) -> Tell:
    """Makes an office for a procedure (a shipped one by its name): employees for each role, the procedure published."""

    async def tell(rules: str | Procedure) -> Office:
        procedure = shipped_named(rules) if isinstance(rules, str) else rules
        slug = f"{procedure.procedure}-{uuid4().hex[:8]}"
        made = await new_organisation(slug, roles=tuple(role.role for role in procedure.roles))
        async with database.organisation(made.id) as tx:
            await procedures.publish(tx, procedure, allow_past=True)
        return Office(client, worker, made)

    return tell
