"""A form with one file, read as it comes in: the file goes on without ever being whole in memory or on our disk."""

from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException

from app.api.problems import invalid, showable
from app.domain.errors import Fault

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD: Final = "file"
FIELD_BYTES: Final = 1000  # more of a field is not kept
PARTS: Final = 20
_FORM = "multipart/form-data"

Happening = tuple[Literal["part", "bytes", "end"], bytes]


class FileForm:
    """`open()` to the file's name, then `content()` to its end, then `close()` for the other fields.

    Faults are gathered and told together, by `close()` at the latest.
    """

    def __init__(self, request: Request, fields: Mapping[str, Sequence[str]]) -> None:
        """`fields` beside the file, each with the words that it may hold."""
        self.faults: list[Fault] = []
        self.is_opened = False
        self.values: dict[str, str] = {}
        self._fields = fields
        self._coming = _happenings(request)
        self._parts: list[str] = []

    async def open(self) -> str:
        """The name that came with the file. Raises 415, and Invalid when there is no file."""
        self.is_opened = True
        name = await self._until_file()
        if name is None:
            self.faults.append(Fault(f"/{FIELD}", "required", "Send a file, with its name."))
            await self.close()
        return name or ""

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes of the file."""
        async for kind, data in self._coming:
            if kind == "end":
                return
            yield data

    async def close(self) -> dict[str, str]:
        """Reads to the end of the form; the other fields. Raises Invalid with every fault."""
        while await self._until_file() is not None:
            self.faults.append(Fault(f"/{FIELD}", "too-many", "Send one file at a time."))
        if self.faults:
            raise invalid(list(dict.fromkeys(self.faults)))
        return self.values

    async def _until_file(self) -> str | None:
        """Takes in fields up to the next file, whose name it gives; None at the end."""
        async for kind, data in self._coming:
            if kind != "part":
                continue  # the rest of a file that nobody read
            field, filename = _named(data)
            self._parts.append(field)
            if field == FIELD and filename:
                return filename
            await self._take(field)
        return None

    async def _take(self, field: str) -> None:
        value = bytearray()
        async for data in self.content():
            value += data[: max(0, FIELD_BYTES - len(value))]
        fault = self._fault(field, value)
        if fault is not None:
            self.faults.append(Fault(f"/{showable(field)}", *fault))
        else:
            self.values[field] = value.decode()

    def _fault(self, field: str, value: bytearray) -> tuple[str, str] | None:
        if field == FIELD:
            return "required", "Send a file, with its name."
        if field not in self._fields:
            return "unknown-field", "There is no such field here."
        if self._parts.count(field) > 1:
            return "repeated-key", "Give this field once."
        words = self._fields[field]
        if value not in [word.encode() for word in words]:
            return "not-an-option", f"Must be one of: {', '.join(words)}."
        return None


def _named(header: bytes) -> tuple[str, str | None]:
    """(field, file name) of a part, by its Content-Disposition."""
    _, options = parse_options_header(header)
    given = {name: _text(value) for name, value in options.items()}
    return given.get(b"name", ""), given.get(b"filename")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _happenings(request: Request) -> AsyncIterator[Happening]:
    """What the parser finds in the body, in order. Raises 415, and Invalid for what is no form."""
    parser, found = _parser(request)
    try:
        async for chunk in request.stream():
            parser.write(chunk)
            while found.waiting:
                yield found.waiting.popleft()
            if found.parts > PARTS:
                raise FormParserError("too many parts")
    except FormParserError:
        found.ended = False
    if not found.ended:
        raise invalid([Fault("", "multipart-invalid", "This is no multipart/form-data that ends as it should.")])


def _parser(request: Request) -> tuple[MultipartParser, "_Found"]:
    media, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if media != _FORM.encode() or not 0 < len(boundary) <= 70:
        raise HTTPException(415, headers={"Accept": _FORM})
    found = _Found()
    return MultipartParser(boundary, found.callbacks), found


class _Found:
    """What the parser calls back, kept until it is asked for."""

    def __init__(self) -> None:
        self.waiting: deque[Happening] = deque()
        self.ended = False
        self.parts = 0
        self._disposition = self._name = self._value = b""
        self.callbacks: MultipartCallbacks = {
            "on_part_begin": self._part_begins,
            "on_part_data": lambda data, start, end: self.waiting.append(("bytes", data[start:end])),
            "on_part_end": lambda: self.waiting.append(("end", b"")),
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_ends,
            "on_headers_finished": lambda: self.waiting.append(("part", self._disposition)),
            "on_end": self._ends,
        }

    def _part_begins(self) -> None:
        self.parts += 1
        self._disposition = self._name = self._value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._disposition or self._value
        self._name = self._value = b""

    def _ends(self) -> None:
        self.ended = True
