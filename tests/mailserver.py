"""A real SMTP server on loopback, with a certificate of its own, that can be told to misbehave."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.channels.smtp import Security, Server

NAME, PASSWORD = "gebruiker", "een wachtwoord"


@dataclass
class MailServer:
    """What came in, and how to answer: by recipient, or to everything.

    `answers` by address; `to_data` an answer to every mail's content; `hang` keeps silent at that command, `drop` hangs
    up.
    """

    port: int = 0
    certificates: trustme.CA = field(default_factory=trustme.CA)
    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    to_data: str | None = None
    to_sender: str | None = None
    hang: str | None = None
    drop: str | None = None
    hang_after_taking: bool = False
    encrypted: list[bool] = field(default_factory=list)
    logins: int = 0

    @property
    def trust(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.certificates.configure_trust(context)
        return context

    def reached(self, security: Security = "none", *, login: bool = False, password: str = PASSWORD) -> Server:
        return Server("localhost", self.port, security, NAME if login else None, password if login else None)

    def parsed(self, recipient: str) -> list[EmailMessage]:
        """The mails to an address as the standard library reads them."""
        return [message_from_bytes(content, policy=policy.default) for _, to, content in self.mails if to == recipient]

    async def _misbehave(self, server: SMTP, command: str) -> None:
        if self.hang == command:
            await asyncio.sleep(600)
        if self.drop == command:
            _hang_up(server)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._misbehave(server, "MAIL")
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._misbehave(server, "RCPT")
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self._misbehave(server, "DATA")
        if self.to_data:
            return self.to_data
        assert isinstance(envelope.original_content, bytes)
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        self.mails.append((envelope.mail_from or "", envelope.rcpt_tos[0], envelope.original_content))
        if self.hang_after_taking:
            await asyncio.sleep(600)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        self.logins += 1
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (NAME.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


@asynccontextmanager
async def mail_server(security: Security = "none", *, auth: bool = False) -> AsyncIterator[MailServer]:
    """Listens on a free port. With "tls" from the first byte, with "starttls" it is offered."""
    made = MailServer()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.certificates.issue_cert("localhost").configure_cert(context)

    def protocol() -> SMTP:
        return SMTP(
            made,
            hostname="localhost",
            tls_context=context if security == "starttls" else None,
            require_starttls=False,
            authenticator=made.authenticate if auth else None,
            auth_required=auth,
            auth_require_tls=security == "starttls",
            enable_SMTPUTF8=False,
        )

    listening = await asyncio.get_running_loop().create_server(
        protocol, "localhost", 0, ssl=context if security == "tls" else None
    )
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()
