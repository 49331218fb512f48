"""A mailbox over IMAP: what waits in it, one mail at a time, and a mark on what was dealt with. Nothing is deleted.

imap-tools waits for each answer, so all of it runs in threads of its own; a server that keeps silent holds one of them
until its line is cut.

Marked is with a keyword of our own: a mail that a person has opened in the meantime is not unseen any more, and still
has to come in. Where a server keeps no keywords, seen is all there is.
"""

import asyncio
import imaplib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError, MailboxStarttlsError

from app.channels.address import Refused
from app.channels.mailhosts import Find
from app.channels.trust import public_trust

ANSWER_SECONDS = 15.0
MARK = "Gehoor"
_SLACK = 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="imap")

T = TypeVar("T")


class Failed(Exception):
    """The mailbox cannot be read now; `code` says why, in kebab-case, and nothing of what the server said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is fetched. The password is never shown."""

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail in the box: its number there, its size, and when the server put it in."""

    uid: str
    size: int
    arrived_at: datetime | None


@dataclass
class _Line:
    """How to get somewhere, and the line there once there is one."""

    server: Server
    trust: ssl.SSLContext
    most: int
    socket: "socket.socket | None" = None

    def cut(self) -> None:
        """Ends what a thread still waits for: a server that says one letter every ten seconds never times out."""
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


class _Client(imaplib.IMAP4):
    """Connects to an address that was checked, and is known by the name; reads no more than was agreed."""

    def __init__(self, line: _Line, address: str) -> None:
        self._line = line
        self._address = address
        self._room = _SLACK
        super().__init__(line.server.host, line.server.port, ANSWER_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = self._line
        line.socket = socket.create_connection((self._address, self.port), timeout)
        if line.server.security == "tls":
            line.socket = line.trust.wrap_socket(line.socket, server_hostname=self.host)
        return line.socket

    def send(self, data: Any) -> None:
        self._room = self._line.most + _SLACK  # for all that is said in answer to this
        super().send(data)

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise self.abort("more than a mail may have")


class _Box(BaseMailBox):
    def __init__(self, line: _Line, address: str) -> None:
        self.line = line
        self._address = address
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _Client(self.line, self._address)


class Mailbox:
    """An open mailbox."""

    def __init__(self, box: _Box, keywords: bool, most: int) -> None:
        self._box = box
        self._keywords = keywords
        self._most = most

    async def waiting(self, since: date, limit: int, but: Collection[str] = ()) -> list[Waiting]:
        """What was not dealt with, oldest first: unseen, or seen by somebody else since that day. `but`: not these."""
        return await _in_thread(self._waiting, since, limit, but)

    def _waiting(self, since: date, limit: int, but: Collection[str]) -> list[Waiting]:
        day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        wanted = f"UNKEYWORD {MARK} OR UNSEEN SINCE {day}" if self._keywords else "UNSEEN"
        uids = [uid for uid in self._box.uids(wanted) if uid not in but][:limit]
        lines = self._fetched(",".join(uids), "(UID RFC822.SIZE INTERNALDATE)") if uids else []
        found = {each.uid: each for line in lines if (each := _described(_text(line)))}
        return [found[uid] for uid in uids if uid in found]

    async def take(self, mail: Waiting) -> tuple[bytes, bool]:
        """The bytes, and whether they are all of it: of a mail that is too large only the header comes."""
        whole = mail.size <= self._most
        return await _in_thread(self._take, mail.uid, "BODY.PEEK[]" if whole else "BODY.PEEK[HEADER]"), whole

    def _take(self, uid: str, what: str) -> bytes:
        for part in self._fetched(uid, f"({what})"):
            if isinstance(part, tuple) and b"BODY[" in part[0].upper():
                return bytes(part[1])
        raise Failed("fetch-failed")

    async def done(self, mail: Waiting) -> None:
        """Marks a mail as dealt with: it stays where it is."""
        await _in_thread(self._mark, mail.uid, f"(\\Seen {MARK})" if self._keywords else "(\\Seen)")

    def _mark(self, uid: str, flags: str) -> None:
        # not imap-tools' own way, which expunges too: that deletes what somebody else marked
        status, _ = self._box.client.uid("STORE", uid, "+FLAGS", flags)
        if status != "OK":
            raise Failed("mark-failed")

    def _fetched(self, uids: str, what: str) -> Sequence[object]:
        status, lines = self._box.client.uid("FETCH", uids, what)
        if status != "OK":
            raise Failed("fetch-failed")
        return [line for line in lines if line is not None]

    def part(self) -> None:
        with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
            self._box.logout()


def _text(line: object) -> bytes:
    return line if isinstance(line, bytes) else bytes(line[0]) if isinstance(line, tuple) else b""


def _described(line: bytes) -> Waiting | None:
    uid, size, arrived = _UID.search(line), _SIZE.search(line), _ARRIVED.search(line)
    if uid is None or size is None:
        return None
    return Waiting(uid[1].decode(), int(size[1]), _instant(arrived[1].decode("ascii", "replace")) if arrived else None)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


@asynccontextmanager
async def opened(server: Server, find: Find, trust: ssl.SSLContext | None, most: int) -> AsyncIterator[Mailbox]:
    """A mailbox, logged in and with its folder open. Raises Failed, also for whatever goes wrong in the block."""
    mailbox: Mailbox | None = None
    line = _Line(server, trust or public_trust(), most)
    try:
        addresses = await find(server.host, server.port)
        mailbox = await _in_thread(_open, line, addresses)
        yield mailbox
        await _in_thread(mailbox.part)
    except Refused as refused:
        raise Failed(refused.code) from None
    except (ImapToolsError, imaplib.IMAP4.error, OSError, UnicodeError) as error:
        raise Failed(_code(error, mailbox is not None)) from None
    finally:
        line.cut()


def _open(line: _Line, addresses: Sequence[str]) -> Mailbox:
    refused: OSError = OSError("no address")
    for address in addresses:
        try:
            box = _Box(line, address)
            break
        except ssl.SSLError:
            raise
        except OSError as error:
            refused = error
    else:
        raise refused
    try:
        return Mailbox(box, _ready(box, line.server, line.trust), line.most)
    except BaseException:
        with suppress(OSError):
            box.client.shutdown()
        raise


def _ready(box: _Box, server: Server, trust: ssl.SSLContext) -> bool:
    """Encrypts, logs in and opens the folder; whether the server keeps keywords."""
    if server.security == "starttls":
        try:
            box.client.starttls(trust)
            box.line.socket = box.client.sock
        except imaplib.IMAP4.error:  # never on in the clear
            raise MailboxStarttlsError(("", b""), "OK") from None
    box.login(server.username or "", server.password or "", initial_folder=None)
    box.folder.set(server.folder)
    # else imaplib ends the line at the first mail that is READ-ONLY; it may be marked or not, the others come in
    box.client.is_readonly = True
    _, flags = box.client.response("PERMANENTFLAGS")
    return any(b"\\*" in each for each in flags or [] if isinstance(each, bytes))


async def _in_thread(work: Callable[..., T], *arguments: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: work(*arguments))


def _code(error: Exception, connected: bool) -> str:
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (MailboxLoginError, "login-refused"),
        (MailboxFolderSelectError, "folder-missing"),
        (MailboxStarttlsError, "tls-failed"),
        (imaplib.IMAP4.readonly, "mark-failed"),
        (ssl.SSLError, "tls-failed"),
        (socket.gaierror, "name-unknown"),
        (TimeoutError, "answer-timeout" if connected else "connect-timeout"),
    )
    otherwise = "connection-lost" if connected else "connect-failed"
    return next((code for kind, code in kinds if isinstance(error, kind)), otherwise)
