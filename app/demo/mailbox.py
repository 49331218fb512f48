"""The mailbox of the demo: takes every mail that the demo sends, on the loopback, and shows it at /demo/mail.

Nothing leaves the machine. Mails lie in a folder, the newest few hundred of them.
"""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

PATH = "/demo/mail"
KEPT = 500
_SHOWN = 100
_MOST_BYTES = 30 * 1024 * 1024
_ROUTE = re.compile(r"/demo/mail(?:\.(?P<list>json)|/(?P<number>[0-9]{1,9})(?:\.(?P<form>json|html|eml))?)?")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_STYLE = """\
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse } td, th { text-align: left; padding: .2em 1em .2em 0; vertical-align: top }
pre { white-space: pre-wrap; font: inherit; border: 1px solid #888; padding: 1em }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
# A mail's own page may look like something, and do nothing.
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class DemoMailbox:
    """What came in, by number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._last = max(self.numbers(), default=0)
        self.port = 0

    def numbers(self) -> list[int]:
        """The newest first."""
        return sorted((int(file.stem) for file in self._folder.glob("*.eml") if file.stem.isdigit()), reverse=True)

    def content(self, number: int) -> bytes | None:
        try:
            return self._file(number).read_bytes()
        except FileNotFoundError:
            return None

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:09}.eml"

    def keep(self, content: bytes) -> int:
        """Takes a mail in, whole or not at all, and forgets the oldest."""
        self._last += 1
        number = self._last
        new = self._folder / f"{number}.new"
        new.write_bytes(content)
        new.replace(self._file(number))
        for old in self.numbers()[KEPT:]:
            self._file(old).unlink(missing_ok=True)
        return number

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """What aiosmtpd asks of who takes the mail."""
        content = envelope.original_content or b""
        number = self.keep(content)
        return f"250 OK, mail {number}"


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[DemoMailbox]:
    """The mailbox, taking mail at 127.0.0.1 on its `port` until the end."""
    mailbox = DemoMailbox(folder)

    def protocol() -> SMTP:
        return SMTP(mailbox, hostname="localhost", data_size_limit=_MOST_BYTES, enable_SMTPUTF8=False)

    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    mailbox.port = listening.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        listening.close()


def beside(app: App, mailbox: DemoMailbox) -> App:
    """The application, and the mailbox's pages beside it."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        route = _ROUTE.fullmatch(scope.get("path", "")) if scope["type"] == "http" else None
        if route is None:
            await app(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, "text/plain", b"Read only.\n", allow="GET, HEAD")
        else:
            await _shown(mailbox, route, send)

    return both


async def _shown(mailbox: DemoMailbox, route: re.Match[str], send: Send) -> None:
    if route["number"] is None:
        found = [(number, _read(mailbox.content(number) or b"")) for number in mailbox.numbers()[:_SHOWN]]
        if route["list"]:
            return await _json(send, {"items": [_data(number, mail) for number, mail in found]})
        return await _page(send, "Mail of the demo", "".join(_listed(found)))
    number = int(route["number"])
    content = mailbox.content(number)
    if content is None:
        return await _answer(send, 404, "text/plain", b"There is no such mail.\n")
    return await _mail(send, number, content, route["form"])


async def _mail(send: Send, number: int, content: bytes, form: str | None) -> None:
    mail = _read(content)
    if form == "eml":
        await _answer(send, 200, "message/rfc822", content, disposition=f'attachment; filename="{number}.eml"')
    elif form == "json":
        await _json(send, _data(number, mail))
    elif form == "html":
        await _answer(send, 200, "text/html; charset=utf-8", _body(mail, "html").encode(), policy=_MAIL_POLICY)
    else:
        await _page(send, str(mail["Subject"] or "(no subject)"), "".join(_whole(number, mail)))


def _read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    try:
        return str(part.get_content()) if isinstance(part, EmailMessage) else ""
    except (LookupError, UnicodeError):  # an alphabet that nobody knows
        return ""


def _data(number: int, mail: EmailMessage) -> dict[str, Any]:
    named = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "Auto-Submitted")
    return {
        "number": number,
        "headers": {name: str(mail[name]) for name in named if mail[name] is not None},
        "text": _body(mail, "plain"),
        "html": _body(mail, "html"),
        "files": [part.get_filename() for part in mail.iter_attachments()],
    }


def _listed(found: list[tuple[int, EmailMessage]]) -> Iterator[str]:
    if not found:
        yield "<p>No mail yet. File a complaint with an e-mail address, and the receipt comes in here.</p>"
        return
    yield '<table><tr><th scope="col">Date<th scope="col">To<th scope="col">Subject</tr>'
    for number, mail in found:
        date, to, subject = (escape(str(mail[name] or "")) for name in ("Date", "To", "Subject"))
        yield f'<tr><td>{date}<td>{to}<td><a href="{PATH}/{number}">{subject or "(no subject)"}</a></tr>'
    yield f'</table><p><a href="{PATH}.json">The same as JSON</a></p>'


def _whole(number: int, mail: EmailMessage) -> Iterator[str]:
    yield f'<p><a href="{PATH}">All mail</a></p><table>'
    shown = _data(number, mail)
    for name, value in shown["headers"].items():
        yield f'<tr><th scope="row">{escape(name)}<td>{escape(value)}</tr>'
    for name in shown["files"]:
        yield f'<tr><th scope="row">File<td>{escape(str(name))}</tr>'
    yield f"</table><pre>{escape(shown['text'])}</pre>"
    yield f'<p><a href="{PATH}/{number}.html">As HTML</a> <a href="{PATH}/{number}.json">As JSON</a>'
    yield f' <a href="{PATH}/{number}.eml">As it came in</a></p>'


async def _page(send: Send, title: str, body: str) -> None:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    page = f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'
    await _answer(send, 200, "text/html; charset=utf-8", page.encode())


async def _json(send: Send, value: Any) -> None:
    await _answer(send, 200, "application/json", json.dumps(value, ensure_ascii=False).encode())


async def _answer(
    send: Send,
    status: int,
    content_type: str,
    body: bytes,
    *,
    policy: str = _PAGE_POLICY,
    allow: str | None = None,
    disposition: str | None = None,
) -> None:
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Allow": allow,
        "Content-Disposition": disposition,
    }
    known = [(name.lower().encode(), value.encode()) for name, value in headers.items() if value is not None]
    await send({"type": "http.response.start", "status": status, "headers": known})
    await send({"type": "http.response.body", "body": body})
