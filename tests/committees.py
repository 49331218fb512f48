"""An external body that calls over HTTP with a key of its own.

cmonet = await committee(client, owner_database, "cmonet")
case = await cmonet.ask("GET", f"/committee/escalations/{id}")
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from app.api.schemas.committee import CaseAnswer
from app.services import bodies
from app.store.session import Database
from tests.contract.announced import undeclared
from tests.stories import Json, Raw

CASES = "/committee/escalations"


@dataclass(frozen=True)
class Committee:
    client: httpx.AsyncClient
    token: str

    async def answer(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.token}"}
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

    async def ask(self, method: str, path: str, body: object = None, *, expect: int = 200, **headers: str) -> Json:
        """One request; the answer's JSON. Fails when the status is another than expected."""
        answer = await self.answer(method, path, body, **headers)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else {}

    async def case(self, escalation_id: str) -> Json:
        return fits(await self.ask("GET", f"{CASES}/{escalation_id}"))

    async def act(self, escalation_id: str, what: str, body: Any = None, *, expect: int = 201, **headers: str) -> Json:
        """Something that the body does in a case; the case after it, or the problem."""
        found = await self.ask("POST", f"{CASES}/{escalation_id}/{what}", body or {}, expect=expect, **headers)
        return fits(found) if expect == 201 else found

    async def listed(self, query: str = "") -> list[Json]:
        """All of its cases, over the pages."""
        found: list[Json] = []
        path: str | None = f"{CASES}?{query}"
        while path:
            page = await self.ask("GET", path)
            found += page["items"]
            path = f"{CASES}?{query}&cursor={page['next']}" if page["next"] else None
        return found


def fits(answer: Json) -> Json:
    """The answer, which is built by hand, held against the model that stands for the contract."""
    assert CaseAnswer.model_validate(answer).model_dump(mode="json", by_alias=True) == answer
    return answer


async def committee(client: httpx.AsyncClient, owner: Database, slug: str, name: str = "Commissie") -> Committee:
    """A body of the directory, which is shared by all tests; with a key that was made just now."""
    founded = await bodies.found(owner, slug, name, "complaints_committee")
    return Committee(client, founded.key)
