"""A complaint in an organisation of its own."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import pytest_asyncio

from app.store.session import Database
from tests.conftest import NewOrganisation, Organisation
from tests.store.rows import dossier, procedure


@dataclass(frozen=True)
class Case:
    organisation: Organisation
    complaint: UUID

    def key(self, name: str = "system") -> bytes:
        return self.organisation.keys[name].key_hash


async def new_case(database: Database, new_organisation: NewOrganisation, events: int = 3) -> Case:
    made = await new_organisation()
    async with database.organisation(made.id) as tx:
        await procedure(tx)
        return Case(made, await dossier(tx, events))


@pytest_asyncio.fixture
async def narrow(urls: Mapping[str, str]) -> AsyncIterator[Database]:
    """As the API has it, with one connection only: whatever is left on it, the next transaction finds."""
    database = Database(urls["app"], pool_size=1, wait=1)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def case(database: Database, new_organisation: NewOrganisation) -> Case:
    return await new_case(database, new_organisation)


@pytest_asyncio.fixture
async def other(database: Database, new_organisation: NewOrganisation) -> Case:
    """Another organisation's complaint."""
    return await new_case(database, new_organisation)
