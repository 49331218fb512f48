"""A mail that came in, from bytes to values. Whatever is wrong with it, the result says so; nothing is raised.

The parts are read with the header policy that takes headers as they are: the one that understands them needs a time
that grows with the square of a hostile header, and this module understands the few that it asks for.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesFeedParser, BytesParser

from app.channels.mailheaders import described
from app.channels.mailreport import report
from app.channels.mailtext import HEADER_SIGNS, TEXT_SIGNS, Room, decoded, header_text, text_of_html
from app.domain.incoming import Parsed, Part, Report

_FED = 64 * 1024
_END_OF_HEADERS = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_CONTAINER = re.compile(rb"content-type[ \t]{0,10}:[ \t\r\n]{0,10}(?:multipart|message)/", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a mail is read. `work`: lines times parts that hold parts, which is what reading takes."""

    size: int = 25 * 1024 * 1024
    header: int = 256 * 1024
    headers: int = 2_000
    lines: int = 1_000_000
    work: int = 10_000_000
    parts: int = 100
    depth: int = 10


LIMITS = Limits()
LARGE = 4 * 1024 * 1024


class Turns:
    """Large mails are read one after the other in a process: reading one takes several times its size in memory."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, size: int) -> AsyncIterator[None]:
        """Leave it when neither the bytes nor the files in them are in memory any more."""
        async with self._one if size > LARGE else nullcontext():
            yield


class _Bounded(policy.Compat32):
    """Headers as they are, and not endless, those of parts too: parameters are read in the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER_SIGNS]

    def header_fetch_parse(self, name: str, value: str) -> str:
        """Bytes that are no ASCII stay halves of characters, to be decoded by who reads them; not lost."""
        return value


_POLICY = _Bounded()


def parsed(raw: bytes, limits: Limits = LIMITS) -> Parsed:
    """What a mail is made of. Of one that cannot be read whole, what its header says."""
    defects = list(_too_much(raw, limits))
    head = _message(raw[: _header_end(raw, limits)], headers_only=True)
    if head is None:
        return Parsed(defects=(*defects, "unreadable"))
    reading = _Reading(limits, defects)
    if not defects:
        whole = _message(raw)
        if whole is None:
            defects.append("unreadable")
        else:
            reading.read(whole)
    return Parsed(
        **described(head),
        text=reading.text(),
        parts=tuple(reading.parts),
        report=reading.report,
        defects=tuple(dict.fromkeys(reading.defects)),
    )


def _too_much(raw: bytes, limits: Limits) -> Iterator[str]:
    if len(raw) > limits.size:
        yield "too-large"
    end = _header_end(raw, limits)
    if end >= limits.header:
        yield "header-too-large"
    if raw.count(b"\n", 0, end) > limits.headers:
        yield "too-many-headers"
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    containers = sum(1 for _ in _CONTAINER.finditer(raw))
    if lines > limits.lines or lines * max(containers, 1) > limits.work:
        yield "too-many-lines"
    if containers > limits.parts:
        yield "too-many-parts"


def _header_end(raw: bytes, limits: Limits) -> int:
    found = _END_OF_HEADERS.search(raw, 0, limits.header)
    return found.start() + 1 if found else min(len(raw), limits.header)


def _message(raw: bytes, *, headers_only: bool = False) -> Message | None:
    try:
        if headers_only:
            return BytesParser(policy=_POLICY).parsebytes(raw, headersonly=True)
        parser = BytesFeedParser(policy=_POLICY)
        # not all at once: as one text a mail takes several times its size
        for at in range(0, len(raw), _FED):
            parser.feed(raw[at : at + _FED])
        return parser.close()
    except (ValueError, LookupError, RecursionError, AssertionError, TypeError, AttributeError, IndexError):
        return None


# -- parts -----------------------------------------------------------------------------------------------------


@dataclass
class _Reading:
    """What was found in the parts so far."""

    limits: Limits
    defects: list[str]
    texts: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    report: Report | None = None
    seen: int = 0
    room: Room = field(default_factory=Room)

    def text(self) -> str:
        whole = "\n\n".join(text for text in self.texts if text.strip())
        if len(whole) > TEXT_SIGNS:
            self.defects.append("text-cut")
        return whole[:TEXT_SIGNS]

    def read(self, message: Message) -> None:
        """Everything from this part down. Raises nothing."""
        try:
            self.texts += self._part(message, 0)
        except (ValueError, LookupError, RecursionError, TypeError, AttributeError, IndexError, KeyError):
            self.defects.append("unreadable")

    def _part(self, part: Message, depth: int) -> list[str]:
        self.seen += 1
        if self.seen > self.limits.parts or depth > self.limits.depth:
            self.defects.append("too-deep" if depth > self.limits.depth else "too-many-parts")
            return []
        if part.defects:
            self.defects.append("structure")
        kind = part.get_content_type().lower()
        if kind == "message/delivery-status":
            return []
        if part.is_multipart() and not kind.startswith("message/"):
            return self._several(part, kind, depth)
        return self._one(part, kind)

    def _several(self, part: Message, kind: str, depth: int) -> list[str]:
        if kind == "multipart/report" and self.report is None:
            self.report = report(part)
        children = [child for child in part.get_payload() if isinstance(child, Message)]
        found = [self._part(child, depth + 1) for child in children]
        if kind == "multipart/alternative":
            # the plain one first, wherever it stands
            ways = sorted(zip(children, found, strict=True), key=lambda way: way[0].get_content_type() != "text/plain")
            return next((texts for _, texts in ways if any(map(str.strip, texts))), [])
        return [text for texts in found for text in texts]

    def _one(self, part: Message, kind: str) -> list[str]:
        kind = "text/plain" if kind.startswith("multipart/") else kind  # one whose parts never came
        name = _name(part)
        attached = part.get_content_disposition() == "attachment" or bool(name)
        content = _content(part, kind)
        if content is None:
            self.defects.append("part-unreadable")
            return []
        if kind in ("text/plain", "text/html") and not attached:
            return [self._text(part, kind, content)]
        if content:
            media_type = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
            self.parts.append(Part(name or _nameless(kind), media_type, content))
        return []

    def _text(self, part: Message, kind: str, content: bytes) -> str:
        text, true = decoded(content, part.get_content_charset())
        if not true:
            self.defects.append("charset")
        if kind != "text/html":
            return text.replace("\r\n", "\n").strip("\n")
        shown, whole = text_of_html(text, self.room)
        if not whole:
            self.defects.append("text-cut")
        return shown


def _name(part: Message) -> str:
    name = header_text(part.get_filename() or "")
    return re.split(r"[\\/]", name)[-1].strip()[:200]


def _nameless(kind: str) -> str:
    return {"message/rfc822": "bericht.eml", "text/calendar": "afspraak.ics"}.get(kind, "bijlage")


def _content(part: Message, kind: str) -> bytes | None:
    if part.is_multipart():  # a mail in a mail stays one file
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Message) else None
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else None
