"""A letter as a document: HTML for mail, and a PDF that everybody can read (PDF/UA-1) and that lasts (PDF/A-2a)."""

import json
import re
import unicodedata
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

import typst
from babel.dates import format_date

from app.domain.letter import Letter

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{subject}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 40em">
{paragraphs}
</body>
</html>
"""
_BOX = "\u25a1"
# typst names every text that it cannot show, as it would be written in its own source
_UNSHOWN = re.compile(r'the (?:text|PDF contains the codepoint|codepoint) `"(.+?)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_TRIES = 4
# a text in a PDF has at most 32,767 bytes, and to lay out a pile of marks takes the square of its height
_ENDLESS = re.compile(r"\S{200}(?=\S)")
_MARKS = ("Mn", "Me", "Cf")
_PILE = 10
LOCALES = {"nl": "nl_NL", "en": "en_GB"}


def html(letter: Letter) -> str:
    """The letter as a page of its own. Nothing in it is fetched from elsewhere."""
    paragraphs = "\n".join(f"<p>{_lines(each)}</p>" for each in letter.paragraphs)
    return _PAGE.format(language=letter.language, subject=escape(letter.subject), paragraphs=paragraphs)


def _lines(paragraph: str) -> str:
    return escape(paragraph).replace("\n", "<br>\n")


def text(letter: Letter) -> str:
    """The letter as plain text, as a mail has it."""
    return letter.text + "\n"


def pdf(letter: Letter) -> bytes:
    """The letter on A4. Raises ValueError for one without a day: a document that lasts has one.

    A character that no font here has is drawn as a box: a name in another script keeps no letter from being sent.
    """
    if letter.on is None:
        raise ValueError("a letter on paper has a day")
    return _shown(letter, letter.on)


def _shown(letter: Letter, on: date) -> bytes:
    data = {
        "subject": letter.subject or "-",  # a document that everybody can read has a title
        "paragraphs": [_tame(each) for each in letter.paragraphs],
        "language": letter.language,
        "day": format_date(on, "long", locale=LOCALES[letter.language]),
        "on": [on.year, on.month, on.day],
    }
    for _ in range(_TRIES):
        try:
            return _compiled(json.dumps(data, ensure_ascii=False))
        except _Panic:
            break
        except typst.TypstError as error:
            unshown = {_meant(each) for each in _UNSHOWN.findall(error.diagnostic)}
            if not unshown:
                raise
            data = {name: _boxed(value, unshown) for name, value in data.items()}
    plain = {chr(code) for text in (*letter.paragraphs, letter.subject) for code in map(ord, text) if code > _LATIN}
    return _compiled(json.dumps({name: _boxed(value, plain) for name, value in data.items()}, ensure_ascii=False))


_LATIN = 0x17F


class _Panic(Exception):
    """Typst itself gave up: a fault of its own in laying out some script."""


def _tame(text: str) -> str:
    """No word without an end, and no more marks upon one sign than any language has."""
    if text.isascii():
        return _ENDLESS.sub(r"\g<0> ", text)
    kept, pile = [], 0
    for sign in text:
        pile = pile + 1 if unicodedata.category(sign) in _MARKS else 0
        if pile <= _PILE:
            kept.append(sign)
    return _ENDLESS.sub(r"\g<0> ", "".join(kept))


def _meant(named: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), named)


def _boxed(value: Any, unshown: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_boxed(each, unshown) for each in value]
    if not isinstance(value, str):
        return value
    for several in (each for each in unshown if len(each) > 1):
        value = value.replace(several, _BOX)
    return value.translate({ord(each): _BOX for each in unshown if len(each) == 1})


def _compiled(data: str) -> bytes:
    source, fonts = _loaded()
    given = {"letter": data}
    try:
        made = typst.compile(source, format="pdf", font_paths=fonts, sys_inputs=given, pdf_standards=["ua-1", "a-2a"])
    except BaseException as error:  # a panic is no Exception, and would end whatever waits for the letter
        if type(error).__name__ == "PanicException":
            raise _Panic from None
        raise
    if not isinstance(made, bytes):
        raise TypeError("a letter is one file")
    return made


@lru_cache(maxsize=1)
def _loaded() -> tuple[bytes, typst.Fonts]:
    """The source, and the fonts: the one that typst brings, and what the machine has for other scripts."""
    return (files("app.documents") / "letter.typ").read_bytes(), typst.Fonts()
