"""What an operator types, and what it says: one sentence, an exit code, and never a secret or a traceback."""

import asyncio
import os
import re
import runpy
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias
from uuid import uuid4

import asyncpg
import pytest

from app.settings import Settings
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
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, *capfd.readouterr())

    return run


@pytest.mark.parametrize("given", ["serve", "worker", "migrate"])
def test_every_wrong_setting_is_told_at_once_and_its_value_never(command: Command, given: str):
    almost = "0123456789abcdefghijklmnopqrstu"  # one character too short
    said = command(given, GEHOOR_SEALING_SECRET=almost, GEHOOR_PORT="eighty", GEHOOR_MAIL_SECURITY="ssl")
    assert said == Said(
        2,
        "",
        "GEHOOR_PORT: Input should be a valid integer, unable to parse string as an integer.\n"
        "GEHOOR_SEALING_SECRET has to have at least 32 characters.\n"
        "GEHOOR_MAIL_SECURITY: Input should be 'tls', 'starttls' or 'none'.\n",
    )


def test_a_missing_setting_is_named(command: Command):
    assert command("serve", GEHOOR_CURSOR_SECRET=None) == Said(2, "", "GEHOOR_CURSOR_SECRET is not set.\n")


def test_a_level_may_be_written_in_capitals() -> None:
    assert Settings(log_level="INFO").log_level == "info"


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


def test_an_organisation_that_lost_its_key_gets_another(command: Command, urls: Mapping[str, str]):
    slug = f"o-{uuid4().hex[:12]}"
    owner = {"GEHOOR_OWNER_DATABASE_URL": urls["owner"]}
    first, other = command("found", slug, "Lost", **owner), command("admin-key", slug, **owner)
    assert (first.code, other.code) == (0, 0)
    assert re.fullmatch(r"gehoor_\w+_\S{43}\n", other.out) and other.out != first.out
    assert asyncio.run(kinds_of(urls, slug)) == ["admin", "admin"]
    nobody = command("admin-key", f"{slug}-x", **owner)
    assert (nobody.code, nobody.err) == (1, "There is no organisation with this slug.\n")


async def kinds_of(urls: Mapping[str, str], slug: str) -> list[str]:
    connection = await asyncpg.connect(urls["postgres"].replace("+asyncpg", ""))
    try:
        sql = "SELECT k.kind FROM api_keys k JOIN organisations o ON o.id = k.organisation_id WHERE o.slug = $1"
        return [row["kind"] for row in await connection.fetch(sql, slug)]
    finally:
        await connection.close()
