"""One organisation that has to wait keeps nobody else waiting."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest

from app.main import STATEMENT_SECONDS
from app.store import messages
from app.store.pool import OF_API
from app.store.session import Database
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation

ACTING = ("admin", "complaints_officer", "director")


@asynccontextmanager
async def two(urls: Mapping[str, str], new_organisation: NewOrganisation, size: int) -> AsyncIterator[list[Desk]]:
    """Two organisations at one small pool, which is else as that of the API."""
    small = Database(urls["app"], pool_size=size, wait=0.6, statement=STATEMENT_SECONDS, limits=OF_API)
    async with client(small) as opened:
        yield [Desk(opened, await office(new_organisation, small)) for _ in range(2)]
    await small.close()


@asynccontextmanager
async def held(database: Database, desk: Desk, complaint: str) -> AsyncIterator[None]:
    """Somebody is at work on this complaint, as while its dossier is sealed."""
    async with database.organisation(desk.made.id) as tx:
        await messages.hold(tx, UUID(complaint))
        yield


def measure(desk: Desk, complaint: str, by: str = "complaints_officer") -> "asyncio.Task[httpx.Response]":
    path = f"/complaints/{complaint}/measures"
    return asyncio.create_task(desk("POST", path, {"description": "Voortaan bellen."}, by=by))


@pytest.mark.parametrize("keys", [ACTING[:1], ACTING], ids=["one key", "several keys"])
async def test_who_waits_for_one_complaint_takes_not_all_connections(
    urls: Mapping[str, str], database: Database, new_organisation: NewOrganisation, keys: tuple[str, ...]
):
    async with two(urls, new_organisation, 4) as [mine, theirs]:
        complaint = (await mine.file())["id"]
        for by in keys:
            await mine.get("/complaints", by=by)
        async with held(database, mine, complaint):
            waiting = [measure(mine, complaint, by) for by in keys * (12 // len(keys))]
            await asyncio.sleep(0.1)
            assert (await theirs.file())["id"]
            assert (await theirs("GET", "/complaints")).status_code == 200
        assert {each.status_code for each in await asyncio.gather(*waiting)} <= {201, 503}
        assert (await mine("GET", "/complaints")).status_code == 200


async def test_a_complaint_that_others_hold_is_not_waited_for_long(
    urls: Mapping[str, str], database: Database, new_organisation: NewOrganisation
):
    async with two(urls, new_organisation, 2) as [mine, _]:
        complaint = (await mine.file())["id"]
        async with held(database, mine, complaint):
            began = time.monotonic()
            refused = await measure(mine, complaint)
            waited = time.monotonic() - began
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert "at this moment" in refused.json()["detail"]
        assert int(refused.headers["Retry-After"]) == 1
        assert waited < 2
        assert (await measure(mine, complaint)).status_code == 201
