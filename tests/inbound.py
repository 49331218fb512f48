"""Mails as they come in, built by hand, so that they can be as wrong as real ones are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.api import callers, idempotency
from app.api.application import contract_app
from app.api.routers import attachments, complaints, correspondence, inbound_mails, sandbox
from app.channels.incoming import Turns
from app.channels.objects import Objects
from app.domain.mail import Tokens, reply_address
from app.store.session import Database
from tests.conftest import Organisation

Json = dict[str, Any]
TOKENS = Tokens(b"t" * 32)
ADDRESS = "klachten@voorbeeld.example"
# Monday 7 January 2036, 09:30 in Amsterdam; the other one is what the sender's own server wrote
RECEIVED = "from mx.example.org by mail.voorbeeld.example; Mon, 7 Jan 2036 09:30:00 +0100"
EARLIER = "from pc by mx.example.org; Fri, 4 Jan 2036 08:00:00 +0100"


def mail(text: str | bytes = "De training ging niet door.", *headers: str | bytes, **named: str | None) -> bytes:
    """A mail; a name with None leaves that header out. More headers go below."""
    usual: dict[str, str | None] = {
        "Return-Path": "<sam@example.org>",
        "Received": RECEIVED,
        "From": "Sam Voorbeeld <sam@example.org>",
        "To": ADDRESS,
        "Subject": "Klacht",
        "Message-ID": "<1@example.org>",
        "Content-Type": "text/plain; charset=utf-8",
    }
    usual |= {name.replace("_", "-"): value for name, value in named.items()}
    lines: list[bytes] = [f"{name}: {value}".encode() for name, value in usual.items() if value is not None]
    lines += [line if isinstance(line, bytes) else line.encode() for line in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (text if isinstance(text, bytes) else text.encode())


def multipart(*parts: tuple[str, str | bytes], kind: str = "mixed", boundary: str = "grens", **named: str) -> bytes:
    """A mail of parts: (headers of the part, its content)."""
    return mail(
        joined(*parts, boundary=boundary), **{"Content_Type": f"multipart/{kind}; boundary={boundary}", **named}
    )


def joined(*parts: tuple[str, str | bytes], boundary: str = "grens") -> bytes:
    made = b""
    for headers, content in parts:
        raw = content if isinstance(content, bytes) else content.encode()
        made += f"--{boundary}\r\n{headers}\r\n\r\n".encode() + raw + b"\r\n"
    return made + f"--{boundary}--\r\n".encode()


def bounce(original: str, status: str = "5.1.1", action: str = "failed", **named: str | None) -> bytes:
    """What a mail server sends when it could not deliver a mail."""
    body = joined(
        ("Content-Type: text/plain", "Sorry."),
        (
            "Content-Type: message/delivery-status",
            "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; sam@example.org\r\n"
            f"Action: {action}\r\nStatus: {status}\r\n",
        ),
        ("Content-Type: text/rfc822-headers", f"Message-ID: {original}\r\nSubject: Uw klacht\r\n"),
    )
    sender = {"From": "Mail Delivery System <mailer-daemon@example.org>", "Return_Path": "<>"}
    kind = "multipart/report; report-type=delivery-status; boundary=grens"
    return mail(body, **{"Content_Type": kind, **sender, **named})


def to_case(complaint_id: UUID | str, tokens: Tokens = TOKENS) -> str:
    return reply_address(ADDRESS, tokens.token_of(UUID(str(complaint_id))))


@dataclass(frozen=True)
class Box:
    """The API as somebody calls it who pipes mail."""

    client: httpx.AsyncClient
    made: Organisation

    async def ask(self, method: str, path: str, body: Any = None, by: str = "system", **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.made.keys[by].token}", **headers}
        return await self.client.request(method, path, json=body, headers=sent)

    async def put_in(self, raw: bytes, by: str = "system", kind: str = "message/rfc822") -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.made.keys[by].token}", "Content-Type": kind}
        return await self.client.post("/inbound-mails", content=raw, headers=sent)

    async def file(self, raw: bytes) -> Json:
        answer = await self.put_in(raw)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def get(self, path: str, by: str = "system") -> Json:
        answer = await self.ask("GET", path, by=by)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found


@asynccontextmanager
async def piping(database: Database, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    modules = (inbound_mails, complaints, correspondence, attachments, sandbox)
    sizes = {"/inbound-mails": 25 * 1024 * 1024}
    app = contract_app([module.router for module in modules], cursor_secret=b"s" * 32, larger_bodies=sizes)
    callers.install(app)
    idempotency.install(app)
    app.state.database = database
    app.state.objects = Objects(folder)
    app.state.tokens = TOKENS
    app.state.scans_files = False
    app.state.mail_turns = Turns()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor", timeout=60) as client:
        yield client
