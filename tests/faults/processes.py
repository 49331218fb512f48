"""The real processes, to be killed by their pid.

Most are forked from one that imported the product already: they run what `python -m app` runs, without the two seconds
of processor that each start would take to import it. `start_anew` is how an operator starts one.
"""

import contextlib
import multiprocessing
import os
import runpy
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
import time_machine

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of at least thirty-two bytes"
# For plain HTTP only: to read whom the system trusts costs each client more than its request.
NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
OBJECTS = str(Path(tempfile.gettempdir()) / f"gehoor-objects-{os.getpid()}")

forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload(["app.main", "app.worker.running", "holidays", "uvicorn", "tests.faults.processes"])


class Running(Protocol):
    """Either kind of process."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int | None: ...


class Forked:
    """A call in a process of its own, which ends with ours."""

    def __init__(self, call: Callable[..., None], *arguments: Any) -> None:
        self._process = forking.Process(target=call, args=arguments, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self._process.exitcode


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


def start(urls: Mapping[str, str], *command: str, hours: float = 0.0, **settings: str) -> Forked:
    """What `python -m app <command>` runs; `hours` moves every clock that Python reads in that process."""
    return Forked(_run, command, environment(urls) | settings, hours)


def _run(command: tuple[str, ...], settings: Mapping[str, str], hours: float) -> None:
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(settings)
    silence = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(silence, output)
    sys.argv = ["app", *command]
    moved = time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True)
    with moved if hours else contextlib.nullcontext():
        runpy.run_module("app", run_name="__main__", alter_sys=True)


def start_anew(urls: Mapping[str, str], *command: str, **settings: str) -> "subprocess.Popen[bytes]":
    """`python -m app <command>`, as an operator starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", *command],
        cwd=ROOT,
        env=environment(urls) | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: Running) -> None:
    """As the power goes: no warning."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


@contextmanager
def serving(urls: Mapping[str, str], port: int, *, seconds: float = 30) -> Iterator[Running]:
    """The API on this port, ready."""
    process = start(urls, "serve", GEHOOR_PORT=str(port))
    try:
        until(process, port, seconds=seconds)
        yield process
    finally:
        kill(process)


def until(process: Running, port: int, path: str = "/health/ready", *, seconds: float = 60) -> None:
    """Waits for the API to say that it is ready, or lives; AssertionError when it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2, verify=NO_TRUST).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{path} did not become ready (exit {process.poll()})")


def free_port() -> int:
    [port] = free_ports(1)
    return port


def free_ports(number: int) -> list[int]:
    """Different ones: asked for one after the other, the same could be given twice."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
