"""Who calls is known before anything is said about what was sent, also where one statement tells both."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.store.session import Database
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation


@pytest_asyncio.fixture
async def desk(database: Database, new_organisation: NewOrganisation) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


NOBODYS = "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70"
PATHS = ("/terms", "/complaints", f"/complaints/{NOBODYS}", f"/complaints/{NOBODYS}/events")
# a fault that FastAPI finds, one that only we look for, and a path that names nothing
FAULTY = ("/terms?limit=0", "/terms?nonsense=1", "/complaints?limit=x&nonsense=1", "/complaints/none/terms")


@pytest.mark.parametrize("path", [*PATHS, *FAULTY])
async def test_an_unknown_caller_is_told_nothing_else(desk: Desk, path: str):
    answer = await desk("GET", path, token="nobody")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("path", [*PATHS, *FAULTY])
async def test_without_the_scope_nothing_else_is_told(desk: Desk, path: str):
    answer = await desk("GET", path, by="website")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-required")


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer  ", "Basic abc", "nobody"])
async def test_what_is_no_key(desk: Desk, sent: str):
    answer = await desk.client.get("/terms?limit=0", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
async def test_the_scheme_is_read_in_any_case(desk: Desk, scheme: str):
    token = desk.made.keys["system"].token
    assert (await desk.client.get("/terms", headers={"Authorization": scheme + token})).status_code == 200
