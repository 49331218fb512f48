"""What a mail says, as plain text: charsets that lie, encoded words, and HTML without its markup."""

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

import nh3

HEADER_SIGNS = 8_000
HTML_SIGNS = 1_000_000
# What nh3 takes a time for that grows with the square: elements in elements (200,000 of them three minutes), and signs
# that it writes by their name or looks for one of, U+0080 to U+00BF (a million of them one minute).
HTML_MARKS = 10_000
# And what it compares with each other: the names of attributes, which are words of the HTML.
HTML_WORDS = 20_000
TEXT_SIGNS = 100_000

# Not whatever Python knows: some of its codecs are no charsets, and punycode takes a time that grows with the square.
_CHARSETS = re.compile(
    r"ascii|utf-(8|16|32)(-[bl]e)?|utf-7|iso8859-\d+|cp(125\d|437|85\d|866|874|932|949|950)|koi8-[rut]|mac-roman"
    r"|gb2312|gbk|gb18030|big5|big5hkscs|shift_jis|euc_(jp|kr)|iso2022_(jp|kr)"
)
_BLOCKS = frozenset(("p", "div", "tr", "table", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "br"))
_UNSEEN = frozenset(("script", "style", "title", "head"))
_TAG = re.compile(r"</?[a-z0-9]+/?>")
_ANY_TAG = re.compile(rf"<(?P<block>/?(?:{'|'.join(sorted(_BLOCKS))})\b)?[^<>]{{0,2000}}>", re.IGNORECASE)
# A picture in the HTML itself; in mails its lines are folded.
_DATA = re.compile(
    r"(?<=[=\"'(])\s{0,4}data:[a-z]{1,20}/[\w.+-]{1,60}[;,](?:[^\s\"'<>()]++|\s{1,4}(?=[a-z0-9+/]{40}|[a-z0-9+/]{0,40}={0,2}[\"']))*+",
    re.IGNORECASE,
)
# <!--> is a comment that ends at once, so its opening does not take the hyphens.
_HIDING = re.compile(
    r"<(?P<begun>style|script|title)\b[^<>]{0,2000}>|</(?P<ended>style|script|title)\s{0,9}>|(?P<comment><!)(?=--)|--!?>",
    re.IGNORECASE,
)
_WORD_SIGNS = re.compile(r"[^\s/>=]+")
_SPACES = re.compile(r"[ \t\r\n\f]+")
# More digits than any sign has; Python refuses a number of some thousands.
_NO_SIGN = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{8,});?", re.IGNORECASE)
_MANY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_EVENS_OUT = str.maketrans({"\0": "\ufffd"})


def storable(text: str) -> str:
    """The text as PostgreSQL can keep it: without NUL and halves of characters."""
    return text.translate(_EVENS_OUT).encode("utf-8", "replace").decode("utf-8")


def decoded(raw: bytes, charset: str | None) -> tuple[str, bool]:
    """The text, and whether the charset was true. UTF-8 is tried next, and then what Windows would have written."""
    named = _charset(charset or "ascii")
    for candidate in dict.fromkeys(filter(None, (named, "utf-8"))):
        try:
            return storable(raw.decode(candidate)), candidate == named
        except (UnicodeError, LookupError):
            continue
    return storable(raw.decode("cp1252", "replace")), False


def _charset(name: str) -> str | None:
    try:
        found = codecs.lookup(name.strip("'\" ")[:40]).name
    except (LookupError, ValueError):
        return None
    return found if _CHARSETS.fullmatch(found) else None


def header_text(value: object) -> str:
    """A header with its encoded words decoded, on one line and not endless."""
    plain = " ".join(str(value)[:HEADER_SIGNS].split())
    if "=?" in plain:
        plain = "".join(_words(plain))
    return " ".join(storable(whole(plain)).split())


def whole(plain: str) -> str:
    """A header with the bytes decoded that were no ASCII: Python keeps them as halves of characters."""
    if any("\udc80" <= sign <= "\udcff" for sign in plain):
        return decoded(plain.encode("utf-8", "surrogateescape"), "utf-8")[0]
    return plain


def _words(value: str) -> Iterator[str]:
    try:
        words = decode_header(value)
    except (HeaderParseError, ValueError):
        yield value
        return
    for word, charset in words:
        yield word if isinstance(word, str) else decoded(word, charset)[0]


@dataclass(slots=True)
class Room:
    """How much HTML of one mail is still read: signs, and marks (`_marks`) and different words that may be read by what
    knows HTML.
    """

    signs: int = HTML_SIGNS
    marks: int = HTML_MARKS
    words: int = HTML_WORDS


def text_of_html(markup: str, room: Room) -> tuple[str, bool]:
    """What a reader of the HTML would see: no markup, no script, nothing fetched. And whether that is all of it.

    Takes its room; HTML with more marks or words than are left is read in another way, without knowing which belong
    together.
    """
    markup = _DATA.sub("", markup)  # a picture that stands in the HTML itself leaves no room for what is said
    marks = _marks(markup)
    if marks > room.marks or len(markup) > room.signs:
        markup = _shown(markup)
    cut = markup[: room.signs]
    room.signs -= len(cut)
    words = len({*_WORD_SIGNS.findall(cut)})
    if marks > room.marks or words > room.words:
        safe = _ANY_TAG.sub(lambda tag: "<br>" if tag["block"] else " ", _shown(cut))
    else:
        room.marks -= marks
        room.words -= words
        safe = nh3.clean(cut, tags=set(_BLOCKS), clean_content_tags=set(_UNSEEN), attributes={})
    lines = _TAG.sub("\n", _SPACES.sub(" ", safe))
    plain = "\n".join(line.strip() for line in html.unescape(_NO_SIGN.sub("\ufffd", lines)).split("\n"))
    return storable(_MANY_LINES.sub("\n\n", plain).strip()), len(cut) == len(markup)


def _marks(markup: str) -> int:
    # 0xc2 begins U+0080 to U+00BF in UTF-8, and nothing else
    return sum(map(markup.encode("utf-8", "replace").count, (b"<", b"&", b"\xc2")))


def _shown(markup: str) -> str:
    """Without styles, scripts, titles and comments; what begins and never ends stays. Reads it once, whatever it is."""
    kept, since, inside = [], 0, ""
    for mark in _HIDING.finditer(markup):
        begins = mark["begun"] or mark["comment"]
        name = (mark["begun"] or mark["ended"] or "comment").lower()
        if begins and not inside:
            kept.append(markup[since : mark.start()])
            since, inside = mark.start(), name
        elif inside == name and not begins:
            since, inside = mark.end(), ""
    return "".join([*kept, markup[since:]])
