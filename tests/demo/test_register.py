"""The demo: five organisations with a register, and the file with the keys to them."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest
import pytest_asyncio

from app.channels.objects import Objects
from app.demo import register
from app.means import Means, keys_of
from app.procedures.reading import shipped
from app.services.derived import difference
from app.store import organisations
from app.store.escalations import BODY, listed
from app.store.keys import key_hash
from app.store.session import Database, Reading
from app.store.verify import walked

ORGANISATIONS = ("jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk")


@pytest_asyncio.fixture(scope="module")
async def keys(
    owner_database: Database, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Mapping[str, object]]:
    means = Means(*keys_of("another secret of at least thirty-two bytes"), Objects(tmp_path_factory.mktemp("objects")))
    return await register.build(owner_database, database, means.sealing)


async def test_the_file_has_a_key_for_everyone(keys: Mapping[str, Mapping[str, object]], database: Database) -> None:
    assert set(keys) == {"organisations", "bodies"}
    assert set(keys["organisations"]) == set(ORGANISATIONS)
    for procedure in shipped():
        found = keys["organisations"][procedure.procedure]
        assert isinstance(found, dict)
        assert set(found) == {"admin", "crm", "website", "reporter", "auditor", "staff"}
        assert set(found["staff"]) == {role.role for role in procedure.roles}
    assert "cmonet" in keys["bodies"]


async def test_its_letters_say_how_to_reach_the_organisation(
    keys: Mapping[str, Mapping[str, Any]], database: Database
) -> None:
    for found in keys["organisations"].values():
        async with database.request(key_hash(found["admin"])) as tx:
            settings = (await organisations.read(tx))["settings"]
        assert {"contact_email", "contact_phone", "contact_url", "contact_address"} <= set(settings)
        # of nobody: addresses that can belong to no one
        assert settings["contact_email"].endswith(".example.org") and ".example.org/" in settings["contact_url"]


async def test_a_committee_has_cases_to_look_at(keys: Mapping[str, Mapping[str, str]], database: Database) -> None:
    for slug in ("cmonet", "erisietsmisgegaan", "geschillencommissie-zorg"):
        asking = Reading(database, sha256(keys["bodies"][slug].encode()).digest(), lambda _: None, committee=True)
        cases = await listed(asking, BODY, {}, None, False, 10)
        assert [(each["state"], each["opened_by"]) for each in cases], slug


async def test_nothing_of_it_is_other_than_its_ledgers_say(
    keys: Mapping[str, Mapping[str, object]], backup_database: Database
) -> None:
    """Every kind of complaint, at every place of its course, with the clock set ahead: no false alarm."""
    told = [str(each) async for each in walked(backup_database, derived=difference) if each]
    assert [each for each in told if each.startswith(tuple(f"{slug}, " for slug in ORGANISATIONS))] == []
