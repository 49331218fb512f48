"""The demo: five organisations with a register, and the file with the keys to them."""

from collections.abc import Mapping

import pytest

from app.demo import register
from app.procedures.reading import shipped
from app.store.session import Database

ORGANISATIONS = ("jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk")


@pytest.fixture
async def keys(owner_database: Database, database: Database) -> Mapping[str, Mapping[str, object]]:
    return await register.build(owner_database, database)


async def test_the_file_has_a_key_for_everyone(keys: Mapping[str, Mapping[str, object]], database: Database) -> None:
    assert set(keys) == {"organisations", "bodies"}
    assert set(keys["organisations"]) == set(ORGANISATIONS)
    for procedure in shipped():
        found = keys["organisations"][procedure.procedure]
        assert isinstance(found, dict)
        assert set(found) == {"admin", "crm", "website", "reporter", "auditor", "staff"}
        assert set(found["staff"]) == {role.role for role in procedure.roles}
    assert "cmonet" in keys["bodies"]
