"""The real processes, started as an operator starts them, to be killed by their pid."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of at least thirty-two bytes"
OBJECTS = str(Path(tempfile.gettempdir()) / f"gehoor-objects-{os.getpid()}")

# Runs `python -m app ...` with every clock that Python reads moved by so many hours.
_SKEWED = """
import datetime, runpy, sys, time_machine
shift = datetime.timedelta(hours=float(sys.argv.pop(1)))
with time_machine.travel(datetime.datetime.now(datetime.UTC) + shift, tick=True):
    runpy.run_module("app", run_name="__main__")
"""


def environment(urls: Mapping[str, str]) -> dict[str, str]:
    """What `serve` and `worker` need, and nothing of ours."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "GEHOOR_DATABASE_URL": urls["app"],
        "GEHOOR_WORKER_DATABASE_URL": urls["worker"],
        "GEHOOR_CURSOR_SECRET": SECRET,
        "GEHOOR_SEALING_SECRET": SECRET,
        "GEHOOR_OBJECTS": urls.get("objects", OBJECTS),
        "GEHOOR_LOG_LEVEL": "error",
    }


def start(urls: Mapping[str, str], *command: str, hours: float = 0.0, **settings: str) -> "subprocess.Popen[bytes]":
    """`python -m app <command>`; `hours` moves the clock of that process only."""
    program = ["-c", _SKEWED, str(hours)] if hours else ["-m", "app"]
    arguments = [sys.executable, *program, *command]
    return subprocess.Popen(
        arguments, cwd=ROOT, env=environment(urls) | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill(process: "subprocess.Popen[bytes]") -> None:
    """As the power goes: no warning."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


@contextmanager
def serving(urls: Mapping[str, str], port: int, *, seconds: float = 30) -> Iterator["subprocess.Popen[bytes]"]:
    """The API on this port, ready."""
    process = start(urls, "serve", GEHOOR_PORT=str(port))
    try:
        until_ready(process, port, seconds)
        yield process
    finally:
        kill(process)


def until_ready(process: "subprocess.Popen[bytes]", port: int, seconds: float = 30) -> None:
    """Waits for the API to say that it is ready; AssertionError when it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"the API did not become ready (exit {process.poll()})")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
