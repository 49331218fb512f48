"""What a letter is about, and how days, periods and names are said in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from app.domain.calendar import Period
from app.domain.dossier import Dossier
from app.domain.letter import LETTERS
from app.domain.part import Words
from app.domain.procedure import Procedure
from app.domain.stage import Stage
from app.domain.tongue import UNITS
from app.letters.reading import phrases

Row = Mapping[str, Any]
_LOCALES = {"nl": "nl_NL", "en": "en_GB"}
# What a letter that looks back tells again of the answer that was given: all of it, or what is still to be done.
TOLD_AGAIN = {
    "decision_copy": ("text", "findings", "reasons", "conclusions", "measures", "advice"),
    "closing": ("reasons", "measures"),
}
PHRASE_OF = {
    "dissatisfaction.received": "dissatisfaction",
    "objection.received": "objection",
    "formal_review.requested": "formal_review",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What a letter is about: the dossier, the complaint's row, its organisation; what the step says; the language.

    `to`: whom it is for, each with role and name. `code`: the complainant's, for an external body.
    `roles`: those of whoever writes. `automatic`: nobody does.
    """

    letter: str
    dossier: Dossier
    row: Row
    organisation: Row
    language: str
    facts: Mapping[str, Any]
    texts: Mapping[str, Any]
    to: tuple[Row, ...] = ()
    code: str = ""
    roles: tuple[str, ...] = ()
    automatic: bool = False

    @property
    def procedure(self) -> Procedure:
        return self.dossier.procedure

    @property
    def event(self) -> str:
        """What sending it records; empty where that is only that it was sent."""
        return LETTERS[self.letter].event or ""

    @property
    def stage(self) -> Stage | None:
        return self.dossier.situation.stage

    @property
    def words(self) -> Mapping[str, Any]:
        return phrases(self.language)


def day(on: date | str | None, language: str) -> str:
    """A day in words: 19 december 2026."""
    if on is None:
        return ""
    return format_date(date.fromisoformat(on) if isinstance(on, str) else on, "d MMMM y", locale=_LOCALES[language])


def period(of: Period, language: str) -> str:
    """A period in words: 4 weken."""
    one, more = UNITS[language][of.unit.value]
    return f"{of.amount} {one if of.amount == 1 else more}"


def said(words: Words | None, language: str) -> str:
    return str(getattr(words, language)) if words is not None else ""


def address(case: Case) -> str:
    """Where letters to the organisation go, on one line."""
    return on_one_line(case.organisation["settings"].get("contact_address") or "")


def on_one_line(text: str) -> str:
    return ", ".join(filter(None, (line.strip().rstrip(",") for line in text.splitlines())))


def joined(parts: Sequence[str], last: str) -> str:
    """One, two or three: with commas, and that word before the last."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
