"""Several API processes behind one port are one service to who measures it."""

import os
import re
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.faults.processes import NO_TRUST, free_port, start_anew, until

COUNTED = re.compile(r'gehoor_requests_total\{method="GET",route="/complaints",status="401"\} (\d+)')


def test_every_scrape_tells_what_all_processes_answered(urls: Mapping[str, str], tmp_path: Path):
    """A connection for each request, so that one process and the other are reached."""
    port = free_port()
    api = start_anew(urls, "serve", GEHOOR_PORT=str(port), GEHOOR_PROCESSES="2", TMPDIR=str(tmp_path))
    try:
        until(api, port, "/health/live")
        asked = ask_until_both_counted(port, tmp_path)
        scrapes = [httpx.get(f"http://127.0.0.1:{port}/metrics", verify=NO_TRUST).text for _ in range(6)]
    finally:
        os.kill(api.pid, signal.SIGTERM)
        api.wait(15)
    assert [COUNTED.findall(scrape) for scrape in scrapes] == [[str(asked)]] * 6
    assert all(len(re.findall("^gehoor_database_up", scrape, re.MULTILINE)) == 1 for scrape in scrapes)
    assert list(tmp_path.iterdir()) == []


def ask_until_both_counted(port: int, folder: Path) -> int:
    """How often; at least ten times."""
    asked, deadline = 0, time.monotonic() + 15
    while asked < 10 or (len(list(folder.glob("*/counter_*.db"))) < 2 and time.monotonic() < deadline):
        assert httpx.get(f"http://127.0.0.1:{port}/v1/complaints", verify=NO_TRUST).status_code == 401
        asked += 1
    return asked
