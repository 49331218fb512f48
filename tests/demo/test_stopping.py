"""Who stops the demo finds nothing of it left."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from app.demo.register import write_private
from tests.faults.processes import ROOT, free_port
from tests.test_embedded import eventually, has_ended


def test_a_demo_that_is_told_to_end_takes_postgresql_and_its_socket_with_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    # a register that is there already: filling one takes longer than all the rest
    keys = dict.fromkeys(("crm", "website", "admin"), "gehoor_key")
    write_private(data / "register.json", json.dumps({"organisations": {"klikklaar": keys}, "bodies": {}}))
    command = [sys.executable, "-m", "app", "demo", "--port", str(free_port()), "--data-dir", str(data)]
    command += ["--credentials", str(tmp_path / "credentials.json")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout and demo.stderr
        assert any("Gehoor is ready" in line for line in demo.stdout)
        sockets = (data / "socket").readlink()
        postgres = int((data / "postgres/postmaster.pid").read_text().split()[0])
        assert sockets.is_dir() and not has_ended(postgres)
        demo.send_signal(signal.SIGTERM)
        assert (demo.wait(60), demo.stderr.read()) == (0, "")
    assert eventually(lambda: has_ended(postgres))
    assert not sockets.exists() and not (data / "socket").is_symlink()
