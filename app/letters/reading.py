"""The templates that ship, and the words they are filled in with: the only reader of the files beside it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, get_args

from app.domain.letter import LETTERS, Language, Template, faults

LANGUAGES: tuple[Language, ...] = get_args(Language)


class Unreadable(ValueError):
    """A template that ships with a fault: the service does not start with it."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A template that comes with the service; `procedure` None: for every one that has none of its own."""

    procedure: str | None
    template: Template


def shipped(letter: str, language: str, procedure: str | None = None) -> Template:
    """The one for this procedure, else the one for all. Raises KeyError for a letter or language that is none."""
    known = _by_name()
    return known.get((letter, language, procedure)) or known[letter, language, None]


@lru_cache(maxsize=1)
def every() -> tuple[Shipped, ...]:
    """All of them."""
    return tuple(Shipped(procedure, template) for (_, _, procedure), template in _by_name().items())


def phrases(language: str) -> Mapping[str, Any]:
    """The words that placeholders are filled in with; `verdict` and `outcome` are lists of such words."""
    found: Mapping[str, Any] = _document(language)["phrases"]
    return found


def examples(language: str) -> Mapping[str, str]:
    """What a preview is filled in with; the days and periods are left to who knows what day it is."""
    found: Mapping[str, str] = _document(language)["examples"]
    return found


@lru_cache(maxsize=len(LANGUAGES))
def _document(language: str) -> Mapping[str, Any]:
    if language not in LANGUAGES:
        raise KeyError(language)
    return tomllib.loads((files("app.letters") / f"{language}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _by_name() -> Mapping[tuple[str, str, str | None], Template]:
    return {
        (letter, language, procedure): _checked(letter, language, part)
        for language in LANGUAGES
        for letter in LETTERS
        for procedure, part in _parts(_document(language)[letter])
    }


def _parts(written: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, str]]]:
    yield None, written
    yield from written.get("for", {}).items()


def _checked(letter: Any, language: Language, part: Mapping[str, str]) -> Template:
    template = Template.of(letter, language, part["subject"], part["text"])
    if found := faults(template):
        raise Unreadable(f"{letter} ({language}): {found[0].pointer} {found[0].message}")
    return template
