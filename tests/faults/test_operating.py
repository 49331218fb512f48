"""The operator's guide does what it says: its commands are run, in order, and its metrics are there."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from app.embedded import Embedded
from app.store.migrations import upgrade
from tests.faults.processes import ROOT, environment, free_port, serving

GUIDE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")


def commands() -> str:
    """Every indented line, as one script that stops at the first fault."""
    return "set -euo pipefail\n" + "\n".join(re.findall(r"^ {4}(\S.*)$", GUIDE, re.MULTILINE))


@pytest_asyncio.fixture
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Embedded]:
    """One of its own: in that of the other tests are rows that they tampered with."""
    with Embedded.start(tmp_path_factory.mktemp("operated")) as own:
        await upgrade(own.url("gehoor_owner"))
        yield own


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
async def test_the_commands(server: Embedded, tmp_path: Path) -> None:
    urls = {role: server.url(f"gehoor_{role}") for role in ("owner", "app", "worker", "backup")}
    urls |= {"postgres": server.url("postgres"), "objects": str(tmp_path / "objects")}
    place, passwords, port = tmp_path / "place", tmp_path / "pgpass", free_port()
    logins = [make_url(urls[role]) for role in ("owner", "backup", "postgres")]
    passwords.write_text("".join(f"{server.host}:*:*:{each.username}:{each.password}\n" for each in logins))
    passwords.chmod(0o600)
    place.mkdir()
    (place / "app").symlink_to(ROOT / "app")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} "$@"\n')
    (tmp_path / "bin/python").chmod(0o755)
    known = environment(urls) | {
        "B": f"http://127.0.0.1:{port}/v1",
        "PATH": f"{tmp_path / 'bin'}:{server.bin_dir}:{os.environ['PATH']}",
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGPASSFILE": str(passwords),
        "GEHOOR_OWNER_DATABASE_URL": urls["owner"],
        "GEHOOR_BACKUP_DATABASE_URL": urls["backup"],
    }

    def run() -> "subprocess.CompletedProcess[str]":
        script = ["bash", "-c", commands()]
        with serving(urls, port):
            return subprocess.run(script, cwd=place, env=known, capture_output=True, text=True, check=False)

    done = await asyncio.to_thread(run)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    assert done.stdout.count("All 1 ledgers are whole.") == 2  # where it is, and where it was restored
    assert (place / "objects.restored").is_dir()


def test_the_metrics_are_there() -> None:
    told = set(re.findall(r"`(gehoor_[a-z_]+)`", GUIDE)) - {"gehoor_backup"}
    known = set(re.findall(r'"(gehoor_[a-z_]+)"', (ROOT / "app/api/health.py").read_text(encoding="utf-8")))
    assert told and told <= known
