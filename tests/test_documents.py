"""Documentation that can be wrong is tested."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.api.problem_codes import PRECISE
from app.api.problems import catalogue
from app.domain import errors
from app.domain.errors import Refused
from app.domain.events import EVENTS
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(GEHOOR_[A-Z_]+)`", text))
    assert documented == {f"GEHOOR_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_says_what_its_description_says() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"| `GEHOOR_{name.upper()}` |" in text
        assert (field.description or "-") in text, name


@pytest.mark.parametrize(
    ("service", "needless"),
    [
        ("api", {"worker_database_url"}),
        ("worker", {"cursor_secret", "processes", "form_pace"}),
    ],
)
def test_compose_passes_every_setting_on(service: str, needless: set[str]) -> None:
    """But the addresses of roles that a server is not, and where the API listens, which the image says."""
    elsewhere = {"owner_database_url", "superuser_database_url", "backup_database_url", "backup_password"}
    needed = Settings.model_fields.keys() - elsewhere - {"host", "port"} - needless
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    passed = {name for name in compose["services"][service]["environment"] if name.startswith("GEHOOR_")}
    assert passed == {f"GEHOOR_{name.upper()}" for name in needed}


def test_every_event_is_documented() -> None:
    text = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", text, re.MULTILINE)) == set(EVENTS)


def test_every_kind_of_refusal_is_in_the_catalogue() -> None:
    def kinds(kind: type[Refused]) -> set[str]:
        return {kind.code}.union(*(kinds(below) for below in kind.__subclasses__()))

    assert kinds(Refused) - {Refused.code} <= {code for _, code, _ in catalogue()}


def test_every_precise_code_has_its_sentence() -> None:
    """A refusal's own code is told apart from its kind by the keyword `code`; a file's state is one too."""
    given = {(kind, code) for kind, code in precise_codes() if isinstance(getattr(errors, kind, None), type)}
    states = {("NotPossible", "quarantined"), ("NotPossible", "infected")}
    assert given | states == {(kind.__name__, code) for code, (kind, _) in PRECISE.items()}
    assert all(sentence.endswith(".") for _, sentence in PRECISE.values())


def precise_codes() -> Iterator[tuple[str, str]]:
    """(kind, code) of each call in the code that names a code."""
    for path in (ROOT / "app").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                for keyword in call.keywords:
                    chosen = keyword.value.body if isinstance(keyword.value, ast.IfExp) else keyword.value
                    if keyword.arg == "code" and isinstance(chosen, ast.Constant):
                        yield call.func.id, str(chosen.value)


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_two_commands_exist(command: str) -> None:
    assert f"    {command}" in (ROOT / "README.md").read_text(encoding="utf-8")
    target = command.removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_tour_moves_the_clock_from_where_it_is() -> None:
    """A day that is written down passes by, and the clock goes ahead only."""
    tour = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not re.search(r'"now\\?": \\?"20\d\d', tour)
    [code] = re.findall(r'LATER=\$\(python3 -c "(.*?)" "\$NOW"\)', tour, re.DOTALL)
    clock = json.dumps({"now": "2036-05-06T09:00:00.123456Z"})
    command = [sys.executable, "-c", code.replace("\\\n", ""), clock]
    assert subprocess.check_output(command, text=True) == "2036-06-17T09:00:00Z\n"


def test_nothing_records_where_packages_come_from() -> None:
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text), path.name
