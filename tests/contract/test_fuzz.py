"""Requests that nobody thought of, made from the contract, against the running API."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.domain.callers import Actor
from app.domain.intake import Intake
from app.procedures.reading import shipped
from app.services import procedures
from app.services.complaints import Filing, receive
from app.store.session import Database
from tests.conftest import NewOrganisation, Organisation
from tests.faults.processes import free_port, serving

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


# Ids of what is there, so that requests reach further than "not found".
_CONFIG = """
[parameters]
"path.complaintId" = "{complaint}"
"path.staffId" = "{staff}"
"path.procedureId" = "hss"
"path.version" = 1
"path.profile" = "nl-atw-3-1"
"""


async def _complaint(database: Database, made: Organisation) -> str:
    async with database.organisation(made.id) as tx:
        intake = Intake("email", tx.now, given=frozenset({"description"}))
        recorded = await receive(tx, Filing(intake, texts={"description": "Het ging niet goed."}), Actor("system"))
    return str(recorded.row["id"])


@pytest.mark.parametrize("examples", [1, pytest.param(100, marks=pytest.mark.long)])
async def test_nothing_breaks(
    urls: Mapping[str, str], database: Database, new_organisation: NewOrganisation, tmp_path: Path, examples: int
) -> None:
    made = await new_organisation()
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, next(p for p in shipped() if p.procedure == "hss"), allow_past=True)
    port = free_port()
    config = _CONFIG.format(complaint=await _complaint(database, made), staff=made.staff["director"])
    (tmp_path / "schemathesis.toml").write_text(config)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "schemathesis.toml")),
        *("run", f"http://127.0.0.1:{port}/v1/openapi.json"),
        *("--url", f"http://127.0.0.1:{port}/v1", "--header", f"Authorization: Bearer {made.keys['admin'].token}"),
        # a mail is not made from a schema: tests/api/test_inbound_mails.py has its own odd ones
        *("--exclude-operation-id", "inboundMailsReceive"),
        *("--max-examples", str(examples), "--checks", CHECKS, "--phases", "fuzzing"),
        *("--seed", "7", "--workers", "1", "--no-color", "--generation-database", "none"),
    ]
    with serving(urls, port):
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, timeout=1500, check=False
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
