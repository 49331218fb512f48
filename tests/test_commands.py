"""What an operator types, and what it says: one sentence, an exit code, and never a secret or a traceback."""

import os
import re
import runpy
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import pytest

from tests.faults.processes import environment


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command: TypeAlias = Callable[..., Said]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], urls: Mapping[str, str]) -> Command:
    """`python -m app ...` with these settings beside those that `serve` and `worker` need; None takes one away."""

    def run(*arguments: str, **settings: str | None) -> Said:
        for name in [name for name in os.environ if name.startswith("GEHOOR_")]:
            monkeypatch.delenv(name)
        for name, value in (environment(urls) | settings).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["app", *arguments])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("app", run_name="__main__")
        code = ended.value.code
        told = capfd.readouterr()
        return Said(code if isinstance(code, int) else int(bool(code)), told.out, told.err + str(code or ""))

    return run


@pytest.mark.parametrize("role", ["app", "worker", "owner"])
def test_verify_refuses_a_role_that_does_not_see_every_ledger(command: Command, urls: Mapping[str, str], role: str):
    said = command("verify", GEHOOR_BACKUP_DATABASE_URL=urls[role])
    assert said.code != 0
    assert f"Row level security hides ledgers from the role gehoor_{role}: log in as gehoor_backup." in said.err


def test_verify_says_how_many_ledgers_it_walked(command: Command, urls: Mapping[str, str]):
    said = command("verify", "--url", urls["backup"])
    assert re.search(
        r"^(All \d+ ledgers are whole|\d+ of \d+ ledgers were tampered with)\.\n\Z", said.out, re.MULTILINE
    )
