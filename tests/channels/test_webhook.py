"""One POST: to the address that was checked, under the name that was given, bounded in time and size."""

import asyncio
import ssl
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.channels import webhook
from app.channels.address import Outgoing
from app.channels.webhook import Post, Webhooks
from tests.receivers import Receiver, answering, endless, receiving, reset, tarpit

HERE = Outgoing(loopback=True)
SECRETS = ("whsec_" + "YWFh" * 10 + "YWE=", "whsec_" + "YmJi" * 10 + "YmI=")


def _post(url: str, *secrets: str) -> Post:
    return Post(url, "event-1", b'{"specversion":"1.0"}', secrets or SECRETS[:1], datetime.now(UTC))


@pytest.fixture
def channel() -> Webhooks:
    return Webhooks(HERE, "1.2.3")


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (200, "delivered", "delivered"),
        (299, "delivered", "delivered"),
        (302, "temporary", "redirected"),
        (400, "temporary", "refused"),
        (410, "temporary", "gone"),
        (503, "temporary", "refused"),
    ],
)
async def test_what_an_answer_means(channel: Webhooks, status: int, kind: str, code: str) -> None:
    async with receiving(answering(status)) as receiver:
        outcome = await channel.post(_post(receiver.url))
    assert (outcome.kind, outcome.status, outcome.code) == (kind, status, code)


async def test_signed_with_both_secrets(channel: Webhooks) -> None:
    async with receiving(answering(200)) as receiver:
        await channel.post(_post(receiver.url, *SECRETS))
    [arrival] = receiver.arrivals
    for secret in SECRETS:
        Webhook(secret).verify(arrival.body, arrival.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(arrival.body + b" ", arrival.headers)
    assert arrival.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_the_name_is_asked_once_and_what_it_says_next_does_not_matter() -> None:
    """DNS rebinding: the first answer is checked and called; the second, which lies inside, is never asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async with receiving(answering(200)) as receiver:
        url = f"http://rebinding.example:{receiver.port}/a?b"
        outcome = await Webhooks(HERE, "1", resolve=resolve).post(_post(url))
    assert (outcome.kind, asked) == ("delivered", ["rebinding.example"])
    [arrival] = receiver.arrivals
    assert (arrival.headers["host"], arrival.path) == (f"rebinding.example:{receiver.port}", "/a?b")


async def test_an_address_inside_is_never_called() -> None:
    async with receiving(answering(200)) as receiver:
        outcome = await Webhooks(Outgoing(ports=frozenset({receiver.port})), "1").post(
            _post(receiver.url.replace("http:", "https:"))
        )
    assert (outcome.kind, outcome.code, receiver.arrivals) == ("temporary", "address-not-allowed", [])


async def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(answering(500)) as proxy, receiving(answering(200)) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outcome = await Webhooks(HERE, "1").post(_post(receiver.url))
    assert (outcome.kind, proxy.arrivals) == ("delivered", [])


async def test_no_cookies_go_from_one_to_the_next(channel: Webhooks) -> None:
    async with receiving(answering(200, "Set-Cookie: of=another; Path=/")) as receiver:
        for _ in range(2):
            await channel.post(_post(receiver.url))
    assert all("cookie" not in arrival.headers for arrival in receiver.arrivals)


# -- bad receivers ---------------------------------------------------------------------------------------------


async def test_a_tarpit_is_left_in_time(channel: Webhooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 1.5)
    async with receiving(tarpit) as receiver:
        began = time.monotonic()
        outcome = await channel.post(_post(receiver.url))
    assert (outcome.kind, outcome.code) == ("temporary", "timeout")
    assert time.monotonic() - began < 3


async def test_an_endless_body_is_not_read(channel: Webhooks) -> None:
    async with receiving(endless) as receiver:
        began = time.monotonic()
        assert (await channel.post(_post(receiver.url))).kind == "delivered"
        assert time.monotonic() - began < 2


async def test_endless_headers(channel: Webhooks) -> None:
    async def behave(_: Receiver, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: " + b"z" * 60_000 + b"\r\n")
            await writer.drain()

    async with receiving(behave) as receiver:
        began = time.monotonic()
        outcome = await channel.post(_post(receiver.url))
        assert (outcome.kind, outcome.code) == ("temporary", "connection-failed")
        assert time.monotonic() - began < 5


async def test_no_http_at_all(channel: Webhooks) -> None:
    async def behave(_: Receiver, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()

    for behaviour in (behave, reset):
        async with receiving(behaviour) as receiver:
            assert (await channel.post(_post(receiver.url))).code == "connection-failed"


async def test_nobody_there(channel: Webhooks) -> None:
    async with receiving(answering(200)) as receiver:
        url = receiver.url
    assert (await channel.post(_post(url))).code == "connection-failed"


# -- TLS -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of zaken.example.org; the certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out",
         "cert.pem", "-subj", "/CN=zaken.example.org", "-addext", "subjectAltName=DNS:zaken.example.org"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize(("name", "code"), [("zaken.example.org", "delivered"), ("ander.example.org", "tls-failed")])
async def test_the_certificate_is_of_the_name_and_not_of_the_address(
    certificate: tuple[Path, Path], name: str, code: str
) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    seen: list[str | None] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda _socket, asked, _context: seen.append(asked)
    receiver = Receiver(answering(200))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    url = f"https://{name}:{server.sockets[0].getsockname()[1]}/hook"
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    outcome = await Webhooks(HERE, "1", resolve=resolve, trust=trust).post(_post(url))
    server.close()
    assert (outcome.code, seen) == (code, [name])
