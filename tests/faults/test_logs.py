"""No personal data in logs and errors: a word in every field of every request, and it is nowhere to be read."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.embedded import Embedded
from app.procedures.reading import shipped_named
from app.services import procedures
from app.store.session import Database
from tests.conftest import NewOrganisation
from tests.faults.processes import NO_TRUST, OBJECTS, ROOT, environment, free_port, kill, until

CANARY = "kanarie-4f7a"
FILED = {
    "description": CANARY,
    "furtherDescription": CANARY,
    "complainant": {"name": CANARY, "email": f"{CANARY}@example.org", "phone": CANARY, "city": CANARY},
    "subjectPerson": {"name": CANARY},
    "requestedRelief": CANARY,
    "channel": "email",
}
BAD = [
    {"description": CANARY, "unknownField": CANARY},
    {"description": CANARY, "channel": CANARY},
    {"description": CANARY, "complainant": {"email": CANARY}},
    {"description": CANARY, "receivedAt": CANARY},
    [CANARY],
    {"description": CANARY + "\x00"},
]


@pytest.mark.proves("JSO-08", "KK-09")
async def test_a_word_in_every_field(
    server: Embedded,
    urls: Mapping[str, str],
    database: Database,
    new_organisation: NewOrganisation,
    tmp_path: Path,
) -> None:
    made = await new_organisation(roles=("chair",))
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, shipped_named("klikklaar"), allow_past=True)
    log = tmp_path / "log"
    answers = await asyncio.to_thread(_logged, urls, log, made.keys["system"].token)
    lines = [json.loads(line) for line in log.read_text().splitlines()]  # those of the server too
    assert len(lines) >= len(answers)
    assert [line["objects"] for line in lines if line["event"] == "serving"] == [OBJECTS]
    assert {"Application startup complete."} <= {line["event"] for line in lines}
    assert CANARY not in log.read_text()
    assert CANARY not in server.log_path.read_text()
    assert [answer.text for answer in answers if answer.status_code >= 400 and CANARY in answer.text] == []


def _logged(urls: Mapping[str, str], log: Path, token: str) -> list[httpx.Response]:
    """The answers of an API that logs everything it can into that file."""
    port = free_port()
    settings = environment(urls) | {"GEHOOR_PORT": str(port), "GEHOOR_LOG_LEVEL": "debug"}
    with log.open("wb") as output:
        command = [sys.executable, "-m", "app", "serve"]
        api = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=output, stderr=output)
        try:
            until(api, port)
            return _talk(port, token)
        finally:
            kill(api)


def _talk(port: int, token: str) -> list[httpx.Response]:
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}/v1", verify=NO_TRUST, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        made = client.post("/complaints", json=FILED, headers={"Idempotency-Key": str(uuid4())})
        assert made.status_code == 201, made.text
        path = f"/complaints/{made.json()['id']}"
        answers = [client.post("/complaints", json=body, headers={"Idempotency-Key": str(uuid4())}) for body in BAD]
        answers.append(client.post(f"{path}/acknowledgements", json={"form": "email", "text": CANARY}))
        answers.append(client.post(f"{path}/decisions", json={"reasons": CANARY}, headers={"Idempotency-Key": CANARY}))
        answers.append(client.get(f"/complaints?unknown={CANARY}"))
        answers.append(client.get(f"/complaints/{CANARY}"))
        answers.append(client.get(f"/complaints?cursor={CANARY}"))
        answers.append(client.post("/complaints/_search", json={"name": CANARY}))
        answers.append(client.get(path, headers={"Authorization": f"Bearer {CANARY}"}))
    return [made, *answers]
