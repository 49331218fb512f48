"""The product's own list of obligations, as docs/requirements.md has it."""

import re
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).parent.parent / "docs" / "requirements.md"
_ROW = re.compile(r"^\| ([A-Z]+-[0-9]{2}) \| (.+?) \| (.*?) \|$")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One obligation. `later` says to which later work it belongs, and why; empty when it holds now."""

    id: str
    duty: str
    later: str


def requirements(path: Path = LIST) -> dict[str, Requirement]:
    """Every obligation by its ID, in the order of the list. Raises ValueError when one is listed twice."""
    found: dict[str, Requirement] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if row := _ROW.match(line):
            if row[1] in found:
                raise ValueError(f"{row[1]} is listed twice in {path.name}")
            found[row[1]] = Requirement(*(cell.strip() for cell in row.groups()))
    return found
