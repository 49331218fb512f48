"""Offices to tell stories about."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from app.store.session import Database
from tests.conftest import NewOrganisation
from tests.stories import Tell, served, teller


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database) as serving:
        yield serving


@pytest_asyncio.fixture
async def tell(
    client: httpx.AsyncClient, database: Database, worker_database: Database, new_organisation: NewOrganisation
) -> Tell:
    return teller(client, database, worker_database, new_organisation)
