"""The demo serves and works, and who stops it finds nothing of it left."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg

from app.demo.register import write_private
from tests.faults.processes import ROOT, free_port
from tests.test_embedded import eventually, has_ended


def works(data: Path, port: int) -> bool:
    """Whether the worker, which begins once the API answers, has come to the database."""

    async def count() -> bool:
        password = json.loads((data / "passwords.json").read_text())["postgres"]
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user="postgres", password=password, database="postgres"
        )
        try:
            found = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gehoor_worker'"
            return bool(await connection.fetchval(found))
        finally:
            await connection.close()

    return asyncio.run(count())


def test_a_demo_that_is_told_to_end_takes_postgresql_and_its_socket_with_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    # a register that is there already: filling one takes longer than all the rest
    keys = dict.fromkeys(("crm", "website", "admin"), "gehoor_key")
    write_private(data / "register.json", json.dumps({"organisations": {"klikklaar": keys}, "bodies": {}}))
    command = [sys.executable, "-m", "app", "demo", "--port", str(free_port()), "--data-dir", str(data)]
    command += ["--credentials", str(tmp_path / "credentials.json")]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert demo.stdout and demo.stderr
        assert any("Gehoor is ready" in line for line in demo.stdout)
        sockets = (data / "socket").readlink()
        postgres = int((data / "postgres/postmaster.pid").read_text().split()[0])
        assert sockets.is_dir() and not has_ended(postgres)
        assert eventually(lambda: works(data, int((data / "postgres/postmaster.pid").read_text().split()[3])))
        demo.send_signal(signal.SIGTERM)
        assert (demo.wait(60), demo.stderr.read()) == (0, "")
    finally:
        demo.terminate()
        demo.communicate()
    assert eventually(lambda: has_ended(postgres))
    assert not sockets.exists() and not (data / "socket").is_symlink()
