"""What make runs for a newcomer, with a python that only says what it was asked."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = """#!/bin/sh
[ "$1" = -V ] && echo "Python 3.11.0" || echo "$@" >> "$(dirname "$0")/../../asked"
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not there")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with an environment in which nothing is installed yet."""
    for name in ("Makefile", "requirements-embedded.txt", "requirements-test.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def installed(checkout: Path, target: str) -> list[str]:
    """The lists that pip was asked for by this target."""
    asked = checkout / "asked"
    asked.unlink(missing_ok=True)
    subprocess.run(["make", f"environment-{target}"], cwd=checkout, check=True, capture_output=True)
    return [line.split()[-1] for line in asked.read_text().splitlines()] if asked.exists() else []


def test_each_list_is_installed_once(checkout: Path) -> None:
    assert installed(checkout, "run") == ["requirements-embedded.txt"]
    assert installed(checkout, "run") == []
    assert installed(checkout, "test") == ["requirements-test.txt"]
    assert installed(checkout, "test") == []


def test_what_is_there_for_the_tests_is_enough_to_run(checkout: Path) -> None:
    assert installed(checkout, "test") == ["requirements-test.txt"]
    assert installed(checkout, "run") == []


@pytest.mark.parametrize("changed", ["requirements-test.txt", "requirements-embedded.txt"])
def test_a_list_that_changed_is_installed_again(checkout: Path, changed: str) -> None:
    installed(checkout, "run")
    installed(checkout, "test")
    with (checkout / changed).open("a") as file:
        file.write("# another\n")
    assert installed(checkout, "test") == (["requirements-test.txt"] if changed == "requirements-test.txt" else [])


def test_a_list_for_the_tests_that_changed_says_nothing_of_what_is_there(checkout: Path) -> None:
    installed(checkout, "test")
    with (checkout / "requirements-test.txt").open("a") as file:
        file.write("# another\n")
    assert installed(checkout, "run") == ["requirements-embedded.txt"]
