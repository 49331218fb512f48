"""One mail to one address over SMTP, and how it went: delivered, not now, or never.

What a server says of this mail (the address, the content) with a 5xx is for good. What it says of us (no greeting, no
TLS, no login, not this sender, no relaying, no more today) is not: somebody can mend that, and until then the mail
waits.
"""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from app.channels.address import Refused
from app.channels.mailhosts import Find, anywhere
from app.channels.trust import public_trust
from app.domain.delivery import Outcome

CONNECT_SECONDS = 10.0
# less than an attempt may take (worker/deliver.py), so that it is told what was waited for
WHOLE_SECONDS = 40.0
QUIT_SECONDS = 2.0

Security = Literal["tls", "starttls", "none"]
# 5xx that mean us, not this mail: log in first, mechanism, credentials, encryption (RFC 4954, 6).
_LOGIN_CODES = (530, 534, 535, 538)
# Said of an address or a content, and means us: security and policy, or too much at once (RFC 3463, X.7 and X.4.5).
_OF_US = re.compile(r"5\.(7\.\d{1,3}|4\.5)\b")
_TOO_LARGE = 552  # means the mail whatever comes behind it, also before it was handed over (RFC 1870)


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server to hand mails to. The password is never shown."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Server(port={self.port}, security={self.security!r})"


@dataclass(slots=True)
class _Progress:
    """What is being done, for the code of a failure."""

    doing: str = "connect"


async def send(
    server: Server,
    mail: bytes,
    sender: str,
    recipient: str,
    *,
    find: Find = anywhere,
    trust: ssl.SSLContext | None = None,
) -> Outcome:
    """Hands over one mail. `mail` has CRLF line ends; `sender` is where bounces go. Raises nothing of the network."""

    async def hand_over(client: SMTP, progress: _Progress) -> None:
        progress.doing = "sender"
        await client.mail(sender, options=[f"SIZE={len(mail)}"] if client.supports_extension("size") else [])
        progress.doing = "recipient"
        await client.rcpt(recipient)
        progress.doing = "data"
        await client.data(mail)

    return await _outcome(server, find, trust, hand_over)


async def tried(
    server: Server,
    sender: str,
    *,
    find: Find = anywhere,
    trust: ssl.SSLContext | None = None,
    seconds: float | None = None,
) -> Outcome:
    """Connects, logs in, says from whom mail would come, and sends nothing."""

    async def look(client: SMTP, progress: _Progress) -> None:
        progress.doing = "sender"
        await client.mail(sender)
        progress.doing = "parting"
        await client.rset()

    return await _outcome(server, find, trust, look, seconds)


async def _outcome(
    server: Server,
    find: Find,
    trust: ssl.SSLContext | None,
    work: Callable[[SMTP, _Progress], Awaitable[None]],
    seconds: float | None = None,
) -> Outcome:
    progress = _Progress()
    try:
        async with (
            asyncio.timeout(seconds or WHOLE_SECONDS),
            _session(server, find, trust or public_trust(), progress) as client,
        ):
            await work(client, progress)
            progress.doing = "parting"
    except (SMTPException, OSError, Refused, UnicodeError) as error:
        if progress.doing != "parting":  # what was taken is taken, however we part
            return _outcome_of(error, progress.doing)
    return Outcome("delivered", 250, "accepted")


def _outcome_of(error: Exception, doing: str) -> Outcome:
    if isinstance(error, SMTPResponseException):
        return _answered(error.code, error.message, doing)
    if isinstance(error, Refused):
        return Outcome("temporary", None, error.code)
    if isinstance(error, TimeoutError):
        return Outcome("temporary", None, f"{doing}-timeout")
    return Outcome("temporary", None, _failed(error, doing))


def _answered(status: int, said: str, doing: str) -> Outcome:
    if status in _LOGIN_CODES or doing == "login":
        return Outcome("temporary", status, "login-refused")
    if status == _TOO_LARGE and doing == "sender":
        return Outcome("permanent", status, "data-refused")
    if doing not in ("recipient", "data") or not 500 <= status <= 599:
        return Outcome("temporary", status, f"{doing}-refused")
    if status != _TOO_LARGE and _OF_US.match(said):
        return Outcome("temporary", status, "sending-refused")
    return Outcome("permanent", status, f"{doing}-refused")


def _failed(error: Exception, doing: str) -> str:
    if doing == "tls" or any(isinstance(each, ssl.SSLError) for each in (error, error.__cause__)):
        return "tls-failed"
    if doing == "login" and not isinstance(error, OSError):  # no way to log in that both sides know
        return "login-refused"
    return "connect-failed" if doing == "connect" else "connection-lost"


@asynccontextmanager
async def _session(server: Server, find: Find, trust: ssl.SSLContext, progress: _Progress) -> AsyncIterator[SMTP]:
    """Connected, encrypted as was asked, and logged in."""
    link = await _connected(server, find)
    client = SMTP(
        hostname=server.host,
        sock=link,
        use_tls=server.security == "tls",
        start_tls=False,
        tls_context=trust,
        timeout=WHOLE_SECONDS,
        # the machine's own name is nobody's business
        local_hostname="[127.0.0.1]",
    )
    try:
        try:
            await client.connect()
        except BaseException:
            link.close()
            raise
        await _encrypted(client, server, progress)
        if server.username is not None:
            progress.doing = "login"
            await client.login(server.username, server.password or "")
        yield client
        with contextlib.suppress(OSError, SMTPException):
            await client.quit(timeout=QUIT_SECONDS)
    finally:
        client.close()


async def _encrypted(client: SMTP, server: Server, progress: _Progress) -> None:
    """Never goes on in the clear where encryption was asked."""
    if server.security == "starttls":
        progress.doing = "tls"
        await client.starttls()
    progress.doing = "greeting"
    await client.ehlo()


async def _connected(server: Server, find: Find) -> socket.socket:
    """A socket to the first address that answers. The name is looked up once, so that what was checked is reached."""
    loop = asyncio.get_running_loop()
    refused: OSError = OSError("no address")
    async with asyncio.timeout(CONNECT_SECONDS):
        for address in await find(server.host, server.port):
            made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            try:
                made.setblocking(False)
                await loop.sock_connect(made, (address, server.port))
                return made
            except OSError as error:
                made.close()
                refused = error
            except BaseException:
                made.close()
                raise
    raise refused
