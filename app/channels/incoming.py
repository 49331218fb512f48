"""A mail that came in, from bytes to values. Whatever is wrong with it, the result says so; nothing is raised.

The parts are read with the header policy that takes headers as they are: the one that understands them needs a time
that grows with the square of a hostile header, and this module understands the few that it asks for.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesFeedParser, BytesParser
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from app.channels.mailheaders import described
from app.channels.mailreport import report
from app.channels.mailtext import HEADER_SIGNS, TEXT_SIGNS, Room, decoded, header_text, text_of_html
from app.domain.incoming import Parsed, Part, Report

_FED = 64 * 1024
_END_OF_HEADERS = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
# The longest name that a file can have, each sign written as nine, and what stands around it.
_PARAMETER_SIGNS = 3_000
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a mail is read. `built`, `part_headers`, `levels`, `work`: how much is built before it is looked at;
    building takes the lines times the levels of parts in parts.
    """

    size: int = 25 * 1024 * 1024
    header: int = 256 * 1024
    headers: int = 2_000
    lines: int = 1_000_000
    parts: int = 100
    depth: int = 10
    built: int = 500
    part_headers: int = 20_000
    levels: int = 20
    work: int = 3_000_000


LIMITS = Limits()
LARGE = 4 * 1024 * 1024
SMALL = 64 * 1024
# What reading one mail may take; a large one takes a second or two.
READ_SECONDS = 10.0
_log = structlog.get_logger("gehoor.incoming")


class Turns:
    """Who of a process reads a mail: it takes several times its size in memory, and keeps the processor busy."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._reading = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, size: int) -> AsyncIterator[None]:
        """One large mail at a time. Leave it when neither the bytes nor the files in them are in memory any more."""
        async with self._one if size > LARGE else nullcontext():
            yield

    async def read(self, raw: bytes, organisation_id: UUID) -> Parsed:
        """What a mail says; of one that takes too long nothing, so that it waits for a person.

        One at a time, unless it is small: several at once take as long, and everybody else waits for them.
        """
        async with self._reading if len(raw) > SMALL else nullcontext():
            try:
                async with asyncio.timeout(READ_SECONDS):
                    return await asyncio.to_thread(parsed, raw)
            except TimeoutError:
                _log.error("mail_not_read", organisation=str(organisation_id), error="TimeoutError")
                return Parsed(defects=("unreadable",))


class _Bounded(policy.Compat32):
    """Headers as they are, and not endless, those of parts too: parameters are read in the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: _PARAMETER_SIGNS if name.lower().startswith("content-") else HEADER_SIGNS]

    def header_fetch_parse(self, name: str, value: str) -> str:
        """Bytes that are no ASCII stay halves of characters, to be decoded by who reads them; not lost."""
        return value


_POLICY = _Bounded()


class _TooMuch(Exception):
    """So much of a mail was built that the rest is left; with the defect."""


@dataclass
class _Building:
    """What was built of one mail so far, which `lines` long is."""

    limits: Limits
    lines: int
    parts: int = 0
    headers: int = 0

    def part(self, level: int) -> None:
        self.parts += 1
        if self.parts > self.limits.built:
            raise _TooMuch("too-many-parts")
        if level > self.limits.levels:
            raise _TooMuch("too-deep")
        if level * self.lines > self.limits.work:
            raise _TooMuch("too-many-lines")

    def header(self) -> None:
        self.headers += 1
        if self.headers > self.limits.part_headers:
            raise _TooMuch("too-many-headers")


class _Counted(Message):
    """A part that counts what the parser puts into it, so that it stops in time."""

    def __init__(self, building: _Building, policy: Any) -> None:
        super().__init__(policy)
        self.defects = deque(maxlen=1)  # type: ignore[assignment]  # whether there are any is all that is asked
        self._building = building
        self._level = 0

    def attach(self, payload: Any) -> None:
        payload._level = self._level + 1
        self._building.part(payload._level)
        super().attach(payload)

    def get_boundary(self, failobj: Any = None) -> Any:
        try:
            return super().get_boundary(failobj)
        except _UNREADABLE:  # in a charset that is none
            return failobj

    def set_raw(self, name: str, value: Any) -> None:
        self._building.header()
        super().set_raw(name, value)


def parsed(raw: bytes, limits: Limits = LIMITS) -> Parsed:
    """What a mail is made of. Of one that cannot be read whole, what its header says."""
    defects = list(_too_much(raw, limits))
    head = _head(raw[: _header_end(raw, limits)])
    if head is None:
        return Parsed(defects=(*defects, "unreadable"))
    reading = _Reading(limits, defects)
    if not defects:
        try:
            reading.read(_whole(raw, limits))
        except _TooMuch as much:
            defects.append(str(much))
        except _UNREADABLE:
            defects.append("unreadable")
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
    if _lines(raw) > limits.lines:
        yield "too-many-lines"


def _lines(raw: bytes) -> int:
    return raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")


def _header_end(raw: bytes, limits: Limits) -> int:
    found = _END_OF_HEADERS.search(raw, 0, limits.header)
    return found.start() + 1 if found else min(len(raw), limits.header)


_UNREADABLE = (ValueError, LookupError, RecursionError, AssertionError, TypeError, AttributeError)


def _head(raw: bytes) -> Message | None:
    try:
        return BytesParser(policy=_POLICY).parsebytes(raw, headersonly=True)
    except _UNREADABLE:
        return None


def _whole(raw: bytes, limits: Limits) -> Message:
    """Raises _TooMuch, or one of _UNREADABLE."""
    parser = BytesFeedParser(partial(_Counted, _Building(limits, _lines(raw))), policy=_POLICY)
    # not all at once: as one text a mail takes several times its size
    for at in range(0, len(raw), _FED):
        parser.feed(raw[at : at + _FED])
    return parser.close()


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
        except _UNREADABLE:
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
    try:
        name = header_text(part.get_filename() or "")
    except _UNREADABLE:  # in a charset that is none
        return ""
    return re.split(r"[\\/]", name)[-1].strip()[:200]


def _nameless(kind: str) -> str:
    return {"message/rfc822": "bericht.eml", "text/calendar": "afspraak.ics"}.get(kind, "bijlage")


def _content(part: Message, kind: str) -> bytes | None:
    if part.is_multipart():  # a mail in a mail stays one file
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Message) else None
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else None
