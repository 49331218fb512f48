"""Documentation that can be wrong is tested."""

import re
from pathlib import Path

import pytest

from app.api.problems import catalogue
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


def test_every_event_is_documented() -> None:
    text = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", text, re.MULTILINE)) == set(EVENTS)


def test_every_kind_of_refusal_is_in_the_catalogue() -> None:
    def kinds(kind: type[Refused]) -> set[str]:
        return {kind.code}.union(*(kinds(below) for below in kind.__subclasses__()))

    assert kinds(Refused) - {Refused.code} <= {code for _, code, _ in catalogue()}


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_two_commands_exist(command: str) -> None:
    assert f"    {command}" in (ROOT / "README.md").read_text(encoding="utf-8")
    target = command.removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_nothing_records_where_packages_come_from() -> None:
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text), path.name
