"""An IMAP server on loopback, without encryption, that can be told to refuse what a real one refuses seldom."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_LITERAL = "* {uid} FETCH (UID {uid} BODY[] {{{size}}}\r\n"
_DATA = '* {uid} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "{day}")'


@dataclass
class ImapServer:
    """A mailbox: its mails by uid. `refused` says what is answered to FETCH or STORE of a uid, instead of doing it.

    `read_only`: nothing in it may be changed, as it says when it is opened.
    """

    mails: dict[int, bytes]
    refused: dict[tuple[str, int], str] = field(default_factory=dict)
    day: str = "20-Nov-2026 09:30:00 +0100"
    marked: set[int] = field(default_factory=set)
    read_only: bool = False
    port: int = 0

    def answer(self, command: str) -> bytes:
        """What is said to a command without its tag, down to the line that ends it."""
        word = command.upper()
        if word == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\nOK"
        if word.startswith("SELECT"):
            opened = b"OK [READ-ONLY]" if self.read_only else b"OK"
            return b"* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] here\r\n" + opened
        if word.startswith("UID SEARCH"):
            waiting = " ".join(str(uid) for uid in self.mails if uid not in self.marked)
            return f"* SEARCH {waiting}\r\nOK".encode()
        if found := re.match(r"UID (FETCH|STORE) ([\d,]+)", word):
            return self._uids(found[1], [int(uid) for uid in found[2].split(",")], whole="BODY" in word)
        return b"OK"

    def _uids(self, verb: str, uids: list[int], *, whole: bool) -> bytes:
        if verb == "STORE":
            refused = self.refused.get((verb, uids[0]))
            self.marked |= set() if refused else {*uids}
            return (refused or "OK").encode()
        if whole:
            raw = self.mails[uids[0]]
            told = _LITERAL.format(uid=uids[0], size=len(raw)).encode() + raw + b")\r\nOK"
            return self.refused.get((verb, uids[0]), "").encode() or told
        lines = (_DATA.format(uid=uid, size=len(self.mails[uid]), day=self.day) for uid in uids)
        return "\r\n".join([*lines, "OK"]).encode()


@contextmanager
def imap_server(server: ImapServer) -> Iterator[ImapServer]:
    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _, command = line.decode().strip().partition(" ")
                before, _, last = server.answer(command).rpartition(b"\r\n")
                self.wfile.write((before + b"\r\n" if before else b"") + tag.encode() + b" " + last + b" done\r\n")
                if command.upper() == "LOGOUT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as listening:
        listening.daemon_threads = True
        server.port = listening.server_address[1]
        threading.Thread(target=lambda: listening.serve_forever(0.05), daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()
