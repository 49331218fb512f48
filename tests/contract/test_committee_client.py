"""A committee's own program, generated from openapi.json and nothing else, plays a case from receipt to verdict."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from app.store.session import Database
from tests.committees import committee
from tests.conftest import NewOrganisation
from tests.escalating import Outside, bring
from tests.generated import generated
from tests.journeys.test_escalations import answered_twice
from tests.stories import Tell, served, teller

OPENAPI = Path(__file__).parents[2] / "openapi" / "openapi.json"
VERIFY = Path(__file__).parents[2] / "docs" / "verify_dossier.py"


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database) as made:
        yield made


@pytest_asyncio.fixture
async def keys(client: httpx.AsyncClient, owner_database: Database) -> dict[str, str]:
    """Of two bodies in the directory."""
    return {slug: (await committee(client, owner_database, slug)).token for slug in ("cmonet", "erisietsmisgegaan")}


@pytest_asyncio.fixture
async def outside(
    client: httpx.AsyncClient,
    database: Database,
    worker_database: Database,
    new_organisation: NewOrganisation,
    keys: dict[str, str],
) -> Outside:
    """A case that lies with CMOnet."""
    tell: Tell = teller(client, database, worker_database, new_organisation)
    jso = await tell("jso")
    await jso.at("2036-05-06 09:00")  # a Tuesday
    return await bring(
        await answered_twice(jso), "complaints_officer", "cmonet", requestedRelief="Een nieuwe training."
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return generated(json.loads(OPENAPI.read_text(encoding="utf-8")), tmp_path_factory.mktemp("client"), "committee")


def once() -> dict[str, str]:
    return {"idempotency_key": str(uuid4())}


@pytest.mark.proves("X-12")
async def test_it_plays_the_committee(
    outside: Outside, client: httpx.AsyncClient, keys: dict[str, str], program: ModuleType, tmp_path: Path
) -> None:
    mine = program.Client(client, keys["cmonet"], base="")
    listed = (await mine.committee_escalations(limit=200)).json()["items"]
    assert outside.id in {each["id"] for each in listed}
    slug = outside.complaint.office.made.slug
    [case] = (await mine.committee_escalations(organisation=slug)).json()["items"]
    assert case["id"] == outside.id

    manifest = (await mine.committee_dossier(case["id"], accept="application/json")).json()
    sealed = tmp_path / "dossier.zip"
    sealed.write_bytes((await mine.committee_dossier(case["id"], accept="application/zip")).content)
    assert (await mine.committee_dossier(case["id"], accept="application/pdf")).content.startswith(b"%PDF")
    digest = manifest["receipt"]["manifestSha256"]
    assert digest == (await outside.parts())[0]["manifestSha256"]
    command = [sys.executable, str(VERIFY), str(sealed), "--manifest-sha256", digest]
    assert (await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)).returncode == 0

    await mine.committee_acknowledge(case["id"], {"bodyReference": "2036-0117"}, **once())
    await mine.committee_set_hearing(case["id"], {"scheduledOn": "2036-06-24"}, **once())
    question = {"question": "Is de training ingehaald?", "dueOn": "2036-05-20"}
    await mine.committee_ask(case["id"], question, **once())
    [asked] = (await outside.read())["questions"]
    await outside.step(
        "complaints_officer",
        "submissions",
        {"kind": "answer", "question": asked["sequence"], "text": "Nee, nog niet.", "form": "portal"},
    )
    parts = (await mine.committee_handed_over(case["id"])).json()["items"]
    assert [each["kind"] for each in parts] == ["dossier", "answer"]
    assert (await mine.committee_part(case["id"], 1, accept="application/zip")).content.startswith(b"PK")

    decided = await _decided(mine, case["id"])
    assert (decided["state"], decided["verdict"]) == ("decided", "upheld")
    [measure] = (await outside.read())["measures"]
    assert outside.last["decision"]["bindingOn"] == ["organisation", "complainant"]
    body = {"measure": measure["sequence"], "text": "De nieuwe training was op 2 september."}
    await outside.step("director", "measure-completions", body)
    after = (await mine.committee_escalation(case["id"])).json()
    assert after["measures"][0]["completedAt"] and after["parts"][-1]["kind"] == "measure_proof"


async def _decided(mine: Any, case: str) -> dict[str, Any]:
    decision = {
        "verdict": "upheld",
        "decidedOn": "2036-05-06",
        "reasons": "De training is twee keer zonder bericht verzet.",
        "findings": "De klacht is gegrond.",
        "advice": "Bevestig een nieuwe datum schriftelijk.",
        "measures": [{"description": "Een nieuwe training.", "dueOn": "2036-10-01"}],
    }
    key = once()
    first = await mine.committee_decide(case, decision, **key)
    again = await mine.committee_decide(case, decision, **key)
    assert again.json() == first.json()
    return dict(first.json())


async def test_it_is_told_by_the_contract_what_it_does_wrong(
    outside: Outside, client: httpx.AsyncClient, keys: dict[str, str], program: ModuleType
) -> None:
    mine = program.Client(client, keys["erisietsmisgegaan"], base="")
    assert (await mine.committee_escalation(outside.id)).status_code == 404
    theirs = program.Client(client, keys["cmonet"], base="")
    refused = await theirs.committee_decide(outside.id, {"verdict": "perhaps"}, **once())
    assert refused.status_code == 400 and len(refused.json()["errors"]) >= 3
    with pytest.raises(program.Unexpected):
        mine._check(httpx.Response(200, json={"x": 1}, request=httpx.Request("GET", "http://gehoor/")), _NARROW)


_NARROW = {"application/json": {"schema": {"type": "array"}}}
