"""Files of a complaint: how much may come, what is in one by its first bytes, and under which name it is kept."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote

from app.domain.errors import NotPossible

FILE_BYTES: Final = 25 * 1024 * 1024
COMPLAINT_FILES: Final = 20
COMPLAINT_BYTES: Final = 100 * 1024 * 1024
ORGANISATION_BYTES: Final = 50 * 1024**3
QUOTA: Final = "attachment_quota_bytes"  # the organisation's setting, where it is another
HEAD_BYTES: Final = 16 * 1024  # what is looked at to tell what a file is
NAME_LENGTH: Final = 200
UNNAMED: Final = "bestand"
UNKNOWN: Final = "application/octet-stream"


# -- how much --------------------------------------------------------------------------------------------------


class Content(Protocol):
    """What lies in the object store: how many bytes, and their SHA-256."""

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Held:
    """What there is already: of this complaint by whoever adds to it, and of its organisation."""

    files: int
    bytes: int
    of_organisation: int
    quota: int = ORGANISATION_BYTES

    @property
    def room(self) -> int:
        """How many bytes another file may have at most. Raises NotPossible when there may be no other."""
        if self.files >= COMPLAINT_FILES:
            raise NotPossible(f"A complaint holds at most {COMPLAINT_FILES} files.", code="too-many-files")
        if self.bytes >= COMPLAINT_BYTES:
            raise no_room(self)
        if self.of_organisation >= self.quota:
            raise NotPossible("The organisation has used up its room for files.", code="quota-used-up")
        return min(FILE_BYTES, COMPLAINT_BYTES - self.bytes, self.quota - self.of_organisation)

    def demand(self, size: int) -> None:
        """Raises NotPossible when a file of this size does not fit beside the others."""
        if size > self.room:
            raise no_room(self)


def no_room(held: Held) -> NotPossible:
    """Why a file that is small enough by itself does not fit."""
    if held.quota - held.of_organisation < COMPLAINT_BYTES - held.bytes:
        return NotPossible("The organisation has no room left for this file.", code="quota-used-up")
    return NotPossible(
        f"The files of a complaint hold at most {COMPLAINT_BYTES // 1024**2} MiB together.", code="complaint-full"
    )


def quota_of(settings: Mapping[str, Any]) -> int:
    """How many bytes of files an organisation may have."""
    given = settings.get(QUOTA)
    return given if isinstance(given, int) else ORGANISATION_BYTES


# -- what it is ------------------------------------------------------------------------------------------------

_OLE = "application/x-ole-storage"  # Word, Excel and PowerPoint until 2007, and Outlook's messages
_OPEN = "application/vnd.openxmlformats-officedocument."
_SIGNATURES: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"%PDF-", "application/pdf"),
    (0, rb"{\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
)
_IN_OFFICE: Final = (
    (b"word/", _OPEN + "wordprocessingml.document"),
    (b"xl/", _OPEN + "spreadsheetml.sheet"),
    (b"ppt/", _OPEN + "presentationml.presentation"),
)
_OPEN_DOCUMENT = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation))")
_MARKUP: Final = (
    (re.compile(rb"(?i)<svg[\s>]"), "image/svg+xml"),
    (re.compile(rb"(?i)<(?:!doctype\s+html|html|head|body|script|iframe|img|a)[\s>/]"), "text/html"),
    (re.compile(rb"^<\?xml\s"), "application/xml"),
)
# A browser could run these, so they are handed out as bytes that it knows nothing of.
_ACTIVE: Final = frozenset({"text/html", "image/svg+xml", "application/xml"})
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def media_type_of(head: bytes) -> str | None:
    """What a file is by its first bytes, whatever it is called; None for what is not taken in: programs, and the rest.

    Archives are never unpacked, so a ZIP is told apart by the names that stand in its first part.
    """
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head)
    found = next((media for at, mark, media in _SIGNATURES if head[at : at + len(mark)] == mark), None)
    if found in ("image/webp", "audio/wav") and not head.startswith(b"RIFF"):
        found = None
    return found or _text(head)


def served_as(media_type: str) -> str:
    """The type under which a file is handed out."""
    return UNKNOWN if media_type in _ACTIVE else media_type


def _zipped(head: bytes) -> str:
    named = _OPEN_DOCUMENT.match(head, 30)
    if named:
        return named[1].decode()
    return next((media for folder, media in _IN_OFFICE if folder in head), "application/zip")


def _text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text/plain"
    if head.startswith(b"#!") or _NOT_IN_TEXT.search(head):
        return None
    return next((media for mark, media in _MARKUP if mark.search(head.lstrip(b"\xef\xbb\xbf \t\r\n"))), "text/plain")


# -- its name --------------------------------------------------------------------------------------------------


def clean_name(given: str) -> str:
    """A name to show: no folders, nothing invisible or that turns the reading direction, at most 200 characters."""
    last = " ".join(re.split(r"[/\\]", given)[-1].split())
    visible = "".join(each for each in last if unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    normal = unicodedata.normalize("NFC", " ".join(visible.split()))
    return _shortened(normal.strip(" .")) or UNNAMED


def _shortened(name: str) -> str:
    if len(name) <= NAME_LENGTH:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:NAME_LENGTH].strip(" .")
    return stem[: NAME_LENGTH - len(ending) - 1].rstrip(" .") + dot + ending


# What Windows, macOS or Linux runs by its name, or what opens something else in its place. Their text says nothing of
# that, so it is taken in as what it is.
_ENDINGS: Final = """
    ade adp app appref-ms application bas bat chm cmd com command cpl desktop exe gadget hlp hta inf ins iqy isp jar
    jnlp js jse lnk mde msc msi msp mst pif pl ps1 ps1xml ps2 ps2xml psc1 psc2 py pyw rdp reg scf scr sct search-ms
    settingcontent-ms sh shb shs slk terminal tool url vb vbe vbs webloc website ws wsc wsf wsh xbap xll
"""
_RUNS: Final = frozenset(_ENDINGS.split())


def harmless(name: str) -> str:
    """The name under which a file leaves us: one that would run opens as a text."""
    return f"{name}.txt" if "." in name and name.rpartition(".")[2].lower() in _RUNS else name


def disposition(name: str) -> str:
    """Content-Disposition for a download: the name as RFC 8187 has it, and one in ASCII for who does not know that."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^ !#$&+\-.0-9A-Z\[\]^_`a-z{}~(),=@]", "_", plain).strip() or UNNAMED
    return f"attachment; filename=\"{harmless(plain)}\"; filename*=UTF-8''{quote(harmless(name), safe='')}"
