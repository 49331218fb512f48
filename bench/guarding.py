"""The guard as the worker runs it, in a process of its own: announce all that is due, then look when nothing is.

Reads the worker's address on standard input and writes what it measured as JSON to standard output.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from app.services.guard import flag_breaches, resume_lapsed, warn_ahead
from app.store.session import Database
from app.store.transaction import Transaction
from bench.ground import Register
from bench.processes import memory

SWEEPS = 300
MOST = 1_000
Job = Callable[[Transaction], Awaitable[int]]


@dataclass(frozen=True)
class Guarded:
    """How many complaints were announced in how many seconds; an idle sweep in milliseconds; memory in MiB."""

    complaints: int
    seconds: float
    idle_breaches: float
    idle_lapses: float
    idle_warnings: float
    memory: float


def measure(register: Register) -> Guarded:
    done = subprocess.run(
        [sys.executable, "-m", "bench.guarding"],
        input=register.url("gehoor_worker"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the guard ended early: {done.stderr[-2000:]}")
    return Guarded(**json.loads(done.stdout.splitlines()[-1]))


async def run(url: str) -> Guarded:
    database = Database(url, pool_size=2)
    try:
        begin = time.perf_counter()
        flagged = await _all(database, flag_breaches)
        seconds = time.perf_counter() - begin
        for job in (resume_lapsed, warn_ahead):
            await _all(database, job)
        return Guarded(
            complaints=flagged,
            seconds=seconds,
            idle_breaches=await _idle(database, flag_breaches),
            idle_lapses=await _idle(database, resume_lapsed),
            idle_warnings=await _idle(database, warn_ahead),
            memory=memory(os.getpid()),
        )
    finally:
        await database.close()


async def _all(database: Database, job: Job) -> int:
    """Sweeps until one finds nothing; RuntimeError when that does not come."""
    total = 0
    for _ in range(MOST):
        found = await _sweep(database, job)
        if not found:
            return total
        total += found
    raise RuntimeError("the guard finds the same again and again")


async def _sweep(database: Database, job: Job) -> int:
    async with database.worker() as tx:
        return await job(tx)


async def _idle(database: Database, job: Job) -> float:
    times = []
    for _ in range(SWEEPS):
        begin = time.perf_counter()
        await _sweep(database, job)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(run(sys.stdin.read().strip())))))
