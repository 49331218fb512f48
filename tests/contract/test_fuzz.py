"""Requests that nobody thought of, made from the contract, against the running API."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.channels.incoming import parsed
from app.channels.objects import Objects, new_key
from app.documents.letter import html
from app.domain.callers import Actor
from app.domain.correspondence import Said
from app.domain.intake import Intake
from app.means import keys_of
from app.procedures.reading import shipped_named
from app.services import attachments, correspondence, incoming, procedures, webhooks
from app.services.attachments import Upload
from app.services.complaints import Filing, receive
from app.services.incoming import Arrived, Ours
from app.services.steps import party
from app.store import deliveries as stored_deliveries
from app.store.deliveries import Wanted
from app.store.session import Database
from app.store.transaction import Transaction
from tests.conftest import NewOrganisation, Organisation
from tests.faults.processes import NO_TRUST, SECRET, free_port, serving
from tests.inbound import TOKENS, mail
from tests.receivers import announce_all

SYSTEM = Actor("system")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


# Ids of what is there, so that requests reach further than "not found".
_CONFIG = """
[parameters]
"path.procedureId" = "hss"
"path.version" = 1
"path.profile" = "nl-atw-3-1"
"""


# What it learns from the answers of earlier requests takes longer than all requests of a short run together.
_LEARN_NOTHING = """
[analysis.constants]
enabled = false
[phases.fuzzing.extra-data-sources]
responses = false
[phases.fuzzing.error-feedback]
enabled = false
"""


# A mail is not made from a schema: tests/api/test_inbound_mails.py has its own odd ones.
_NOT = "^inboundMailsReceive$"
# Forty are read by one and the same function, and sixty steps are made by one: those with A or C go for all. Whole
# procedures are slow to make up: the one that is only checked goes for all. An organisation's key comes no further than
# 403 where a body's is asked.
_NOT_IN_SHORT = f"{_NOT}|^list[A-Z]|^post[^AC]|^procedures(Diff|Simulate|Publish)$|^committee"


async def _complaint(tx: Transaction) -> UUID:
    intake = Intake("email", tx.now, given=frozenset({"description"}))
    parties = [party("complainant", {"email": "sam@example.org"})]
    recorded = await receive(
        tx, Filing(intake, texts={"description": "Het ging niet goed.", "parties": parties}), SYSTEM
    )
    return UUID(str(recorded.row["id"]))


async def _mail(tx: Transaction, objects: Objects) -> Any:
    """One that somebody has to decide about."""
    raw = mail("Ik heb een vraag.", From="niemand")
    read = parsed(raw)
    key = new_key(tx.organisation_id)
    kept = await objects.put(key, raw)
    arrived = Arrived(key, kept.sha256, kept.size, tx.now)
    return (await incoming.received(tx, arrived, read, Ours(TOKENS))).row["id"]


async def _attachment(tx: Transaction, objects: Objects, complaint_id: UUID) -> Any:
    content = b"Een verslag."
    key = new_key(tx.organisation_id)
    sent = Upload(key, "verslag.txt", "text/plain", await objects.put(key, content), quarantined=False)
    return (await attachments.upload(tx, complaint_id, sent, SYSTEM))["id"]


async def _there(database: Database, worker: Database, made: Organisation, objects: Objects) -> Mapping[str, object]:
    """What the paths of the contract can be about, by the names that they give it."""
    sealer, _ = keys_of(SECRET)
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, shipped_named("hss"), allow_past=True)
        webhook = await webhooks.create(tx, sealer, url="https://example.org/", description="x", event_types=["*"])
        complaint_id = await _complaint(tx)
        said = Said("outbound", "email", subject="Uw klacht", body="Wij bellen u morgen.", draft=True)
        found = {
            "complaintId": complaint_id,
            "staffId": made.staff["director"],
            "webhookId": webhook.row["id"],
            "messageId": (await correspondence.write(tx, complaint_id, said, None, SYSTEM, html))["id"],
            "mailId": await _mail(tx, objects),
            "attachmentId": await _attachment(tx, objects, complaint_id),
        }
    await announce_all(worker)
    async with database.organisation(made.id) as tx:
        wanted = Wanted(webhook_id=webhook.row["id"])
        [first, *_] = await stored_deliveries.listed(tx, wanted, None, 1)
    return {**found, "deliveryId": first["id"]}


# Where each of them is read: the requests that follow are about what is there.
_READ = {
    "complaintId": "/complaints/{}",
    "staffId": "/staff/{}",
    "webhookId": "/webhooks/{}",
    "messageId": "/correspondence/{}",
    "mailId": "/inbound-mails/{}/content",
    "attachmentId": "/attachments/{}/content",
    "deliveryId": "/deliveries/{}",
}


async def _are_there(base: str, made: Organisation, there: Mapping[str, object]) -> None:
    headers = {"Authorization": f"Bearer {made.keys['admin'].token}"}
    async with httpx.AsyncClient(base_url=base, verify=NO_TRUST, headers=headers, timeout=60) as client:
        assert (await client.get("/openapi.json")).status_code == 200  # made at the first request, which takes a while
        answers = {name: await client.get(base + _READ[name].format(value)) for name, value in there.items()}
    assert {name for name, answer in answers.items() if answer.status_code != 200} == set()


@pytest.mark.parametrize("examples", [1, pytest.param(100, marks=pytest.mark.long)])
async def test_nothing_breaks(
    urls: Mapping[str, str],
    database: Database,
    worker_database: Database,
    new_organisation: NewOrganisation,
    tmp_path: Path,
    examples: int,
) -> None:
    made = await new_organisation()
    folder = str(tmp_path / "objects")
    there = await _there(database, worker_database, made, Objects(folder))
    port = free_port()
    config = _CONFIG + "".join(f'"path.{name}" = "{value}"\n' for name, value in there.items())
    short = examples == 1
    (tmp_path / "schemathesis.toml").write_text(config + (_LEARN_NOTHING if short else ""))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "schemathesis.toml")),
        *("run", f"http://127.0.0.1:{port}/v1/openapi.json"),
        *("--url", f"http://127.0.0.1:{port}/v1", "--header", f"Authorization: Bearer {made.keys['admin'].token}"),
        *("--exclude-operation-id-regex", _NOT_IN_SHORT if short else _NOT),
        *("--max-examples", str(examples), "--checks", CHECKS, "--phases", "fuzzing"),
        *("--seed", "7", "--workers", "1", "--no-color", "--generation-database", "none"),
    ]
    with serving({**urls, "objects": folder}, port):
        await _are_there(f"http://127.0.0.1:{port}/v1", made, there)
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, timeout=1500, check=False
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
