"""The servers that are measured: each started for one register, stopped by its own number."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.ground import Register

START_SECONDS = 60


@contextmanager
def product(register: Register) -> Iterator[tuple[int, int]]:
    """`python -m app serve` with two processes: its port and its process number."""
    port = _free_port()
    settings = {
        "GEHOOR_DATABASE_URL": register.url("gehoor_app"),
        "GEHOOR_CURSOR_SECRET": secrets.token_hex(32),
        "GEHOOR_SEALING_SECRET": secrets.token_hex(32),
        "GEHOOR_PORT": str(port),
        "GEHOOR_PROCESSES": "2",
        "GEHOOR_LOG_LEVEL": "warning",
        "GEHOOR_FORM_PACE": "1000000",
    }
    with _running([sys.executable, "-m", "app", "serve"], settings, port) as pid:
        yield port, pid


@contextmanager
def prototype(register: Register) -> Iterator[tuple[int, int]]:
    """The bare prototype, served in the same way."""
    port = _free_port()
    url = register.url("postgres").replace("postgresql+asyncpg:", "postgresql:", 1)
    settings = {"BENCH_URL": url, "BENCH_ORGANISATION": str(register.organisation)}
    command = [sys.executable, "-m", "uvicorn", "bench.prototype:app", "--port", str(port), "--workers", "2"]
    command += ["--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
    with _running(command, settings, port) as pid:
        yield port, pid


@contextmanager
def _running(command: list[str], settings: Mapping[str, str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Until every process has had time to be ready; a first answer comes from one of them."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it was ready")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    while any(memory(pid) < 40 for pid in _workers(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1.5)


def largest(pid: int) -> float:
    """Memory (MiB) of the largest process that serves."""
    return max(memory(each) for each in _workers(pid))


def memory(pid: int | str) -> float:
    """Resident memory of one process in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def seconds_used(pid: int) -> float:
    """Processor time (s) of a process with its children, those that ended and were waited for included."""
    fields = [_times(pid)[:4], *(_times(child)[:2] for child in _children(pid))]
    return sum(sum(each) for each in fields) / os.sysconf("SC_CLK_TCK")


def _times(pid: int | str) -> list[int]:
    """utime, stime, cutime, cstime; nothing of a process that is gone."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]
    except OSError:
        return []


def _children(pid: int) -> list[str]:
    # of every thread: the database is the child of one that waits for it
    return [child for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def _workers(pid: int) -> list[str]:
    """The children that serve; not the one that only minds what the others share."""
    return [child for child in _children(pid) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
