"""Values laid out as a PDF that everybody can read (PDF/UA-1) and that lasts (PDF/A-2a). Texts are data, never source.

A character that no font here has is drawn as a box: a name in another script keeps no document from being made.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import typst

_BOX = "\u25a1"
# typst names every text that it cannot show, as it would be written in its own source
_UNSHOWN = re.compile(r'the (?:text|PDF contains the codepoint|codepoint) `"(.+?)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_TRIES = 4
_LATIN = 0x17F
# a text in a PDF has at most 32,767 bytes, and to lay out a pile of marks takes the square of its height
_ENDLESS = re.compile(r"\S{200}(?=\S)")
_MARKS = ("Mn", "Me", "Cf")
_PILE = 10
# typst remembers what it laid out until it has made some twenty other documents: a hundred megabytes for a large one
_LARGE = 50_000
_FORGETTING = 12


class _Panic(Exception):
    """Typst itself gave up: a fault of its own in laying out some script."""


def pdf(source: str, data: Mapping[str, Any]) -> bytes:
    """`data` (JSON's values) as `source`, a .typ file beside this one, lays it out; it reads `sys.inputs.data`."""
    shown = _each(data, tame)
    for _ in range(_TRIES):
        try:
            return _compiled(source, shown)
        except _Panic:
            break
        except typst.TypstError as error:
            unshown = {_meant(each) for each in _UNSHOWN.findall(error.diagnostic)}
            if not unshown:
                raise
            shown = _boxed(shown, unshown)
    plain = {sign for text in _texts(shown) for sign in text if ord(sign) > _LATIN}
    return _compiled(source, _boxed(shown, plain))


def tame(text: str) -> str:
    """No word without an end, and no more marks upon one sign than any language has."""
    if text.isascii():
        return _ENDLESS.sub(r"\g<0> ", text)
    kept, pile = [], 0
    for sign in text:
        pile = pile + 1 if unicodedata.category(sign) in _MARKS else 0
        if pile <= _PILE:
            kept.append(sign)
    return _ENDLESS.sub(r"\g<0> ", "".join(kept))


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """The same value with every text in it changed; names of fields stay."""
    if isinstance(value, Mapping):
        return {name: _each(part, change) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_each(part, change) for part in value]
    return change(value) if isinstance(value, str) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def _boxed(value: Any, unshown: Collection[str]) -> Any:
    several = [each for each in unshown if len(each) > 1]
    single = {ord(each): _BOX for each in unshown if len(each) == 1}

    def drawn(text: str) -> str:
        for each in several:
            text = text.replace(each, _BOX)
        return text.translate(single)

    return _each(value, drawn)


def _meant(named: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), named)


def _compiled(source: str, data: Any) -> bytes:
    given = {"data": json.dumps(data, ensure_ascii=False)}
    read, fonts = _source(source), _fonts()
    try:
        made = typst.compile(read, format="pdf", font_paths=fonts, sys_inputs=given, pdf_standards=["ua-1", "a-2a"])
    except BaseException as error:  # a panic is no Exception, and would end whatever waits for the document
        if type(error).__name__ == "PanicException":
            raise _Panic from None
        raise
    finally:
        for _ in range(_FORGETTING if len(given["data"]) > _LARGE else 0):
            typst.compile(b"", format="pdf", font_paths=fonts)
    if not isinstance(made, bytes):
        raise TypeError("a document is one file")
    return made


@lru_cache
def _source(name: str) -> bytes:
    return (files("app.documents") / name).read_bytes()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The one that typst brings, and what the machine has for other scripts."""
    return typst.Fonts()
