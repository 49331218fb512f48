"""Handing mails to a real SMTP server: what arrives, and how each kind of trouble is called."""

import asyncio
from datetime import UTC, datetime

import pytest

from app.channels import smtp
from app.channels.address import Refused
from app.channels.mail import Outgoing, compose
from app.channels.mailhosts import MailHosts
from app.channels.smtp import Server, send, tried
from app.domain.delivery import Outcome
from tests.mailserver import MailServer, mail_server

FROM, TO = "klachten@example.org", "sam@example.net"
MAIL = compose(
    Outgoing(
        message_id="<1@example.org>",
        date=datetime(2026, 4, 24, 10, 0, tzinfo=UTC),
        sender=FROM,
        sender_name=None,
        to=TO,
        subject="Uw klacht",
        text="Eerste regel.\n.\nNa een punt alleen op een regel.\n",
        language="nl",
    )
).as_bytes()


async def _sent(server: MailServer, **how: object) -> Outcome:
    return await send(server.reached(**how), MAIL, FROM, TO, trust=server.trust)  # type: ignore[arg-type]


async def test_the_bytes_arrive_as_they_are() -> None:
    async with mail_server() as server:
        assert await _sent(server) == Outcome("delivered", 250, "accepted")
        assert server.mails == [(FROM, TO, MAIL)]


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_encrypted_server_with_a_login(security: smtp.Security) -> None:
    async with mail_server(security, auth=security == "starttls") as server:
        outcome = await _sent(server, security=security, login=security == "starttls")
        assert (outcome.kind, server.encrypted) == ("delivered", [True])


async def test_it_never_falls_back_to_plain_text() -> None:
    async with mail_server() as server:
        assert await _sent(server, security="starttls") == Outcome("temporary", None, "tls-failed")
        assert not server.mails


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(security: smtp.Security) -> None:
    async with mail_server(security) as server:
        outcome = await send(server.reached(security), MAIL, FROM, TO)
        assert (outcome, server.mails) == (Outcome("temporary", None, "tls-failed"), [])


async def test_a_wrong_password_is_not_the_mails_fault() -> None:
    async with mail_server("starttls", auth=True) as server:
        outcome = await _sent(server, security="starttls", login=True, password="fout")
        assert outcome == Outcome("temporary", 535, "login-refused")
        assert await _sent(server, security="starttls") == Outcome("temporary", 530, "login-refused")


async def test_a_login_where_none_is_known() -> None:
    async with mail_server() as server:
        assert await _sent(server, login=True) == Outcome("temporary", 535, "login-refused")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("451 4.7.1 Try later", Outcome("temporary", 451, "recipient-refused")),
        ("550 5.1.1 No such user", Outcome("permanent", 550, "recipient-refused")),
        ("421 4.3.2 Closing", Outcome("temporary", 421, "recipient-refused")),
    ],
)
async def test_a_refused_address(answer: str, outcome: Outcome) -> None:
    async with mail_server() as server:
        server.answers[TO] = answer
        assert await _sent(server) == outcome
        assert not server.mails


async def test_a_refused_mail() -> None:
    async with mail_server() as server:
        server.to_data = "554 5.6.0 Not liked"
        assert await _sent(server) == Outcome("permanent", 554, "data-refused")
        server.to_data = "452 4.3.1 Full"
        assert await _sent(server) == Outcome("temporary", 452, "data-refused")


@pytest.mark.parametrize(
    ("command", "answer", "outcome"),
    [
        ("MAIL", "550 5.7.60 Not as this sender", Outcome("temporary", 550, "sender-refused")),
        ("MAIL", "553 Sender address not allowed", Outcome("temporary", 553, "sender-refused")),
        ("MAIL", "552 5.3.4 Message too big", Outcome("permanent", 552, "data-refused")),
        ("RCPT", "554 5.7.1 Relay access denied", Outcome("temporary", 554, "sending-refused")),
        ("RCPT", "550 5.1.1 No such user", Outcome("permanent", 550, "recipient-refused")),
        ("RCPT", "451 4.7.1 Greylisted", Outcome("temporary", 451, "recipient-refused")),
        ("RCPT", "550 relay not permitted", Outcome("permanent", 550, "recipient-refused")),
        ("DATA", "550 5.4.5 Daily user sending quota exceeded", Outcome("temporary", 550, "sending-refused")),
        ("DATA", "550-5.7.26 Not authenticated\r\n550 5.7.26 Set up SPF", Outcome("temporary", 550, "sending-refused")),
        ("DATA", "552 5.7.0 A file in it is not allowed", Outcome("permanent", 552, "data-refused")),
        ("DATA", "554 5.6.0 Not liked", Outcome("permanent", 554, "data-refused")),
    ],
)
async def test_what_is_said_of_us_waits_and_what_is_said_of_this_mail_does_not(
    command: str, answer: str, outcome: Outcome
) -> None:
    async with mail_server() as server:
        if command == "MAIL":
            server.to_sender = answer
        elif command == "RCPT":
            server.answers[TO] = answer
        else:
            server.to_data = answer
        assert await _sent(server) == outcome


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_server_that_hangs_up(command: str) -> None:
    async with mail_server() as server:
        server.drop = command
        assert await _sent(server) == Outcome("temporary", None, "connection-lost")


async def test_a_server_that_keeps_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 0.5)
    async with mail_server() as server:
        server.hang = "RCPT"
        assert await _sent(server) == Outcome("temporary", None, "recipient-timeout")


async def test_a_server_that_says_nothing_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 0.5)
    listening = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(5), "localhost", 0)
    async with listening:
        server = Server("localhost", listening.sockets[0].getsockname()[1], "none")
        assert await send(server, MAIL, FROM, TO) == Outcome("temporary", None, "connect-timeout")


async def test_a_server_that_turns_everybody_away() -> None:
    async def away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 No service\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(away, "localhost", 0) as listening:
        server = Server("localhost", listening.sockets[0].getsockname()[1], "none")
        assert await send(server, MAIL, FROM, TO) == Outcome("temporary", 554, "connect-refused")


async def test_nobody_listens() -> None:
    async with mail_server() as server:
        gone = server.reached()
    assert await send(gone, MAIL, FROM, TO) == Outcome("temporary", None, "connect-failed")
    unknown = Server("mail.invalid", 25, "none")
    assert await send(unknown, MAIL, FROM, TO) == Outcome("temporary", None, "connect-failed")


async def test_trying_says_whether_login_and_sender_are_taken_and_sends_nothing() -> None:
    async with mail_server("starttls", auth=True) as server:
        right, wrong = (server.reached("starttls", login=True, **word) for word in ({}, {"password": "fout"}))
        assert (await tried(right, FROM, trust=server.trust)).kind == "delivered"
        assert (await tried(wrong, FROM, trust=server.trust)).code == "login-refused"
        server.to_sender = "550 5.7.60 Not as this sender"
        assert (await tried(right, FROM, trust=server.trust)).code == "sender-refused"
        assert server.logins and not server.mails


async def test_a_server_within_our_own_network_is_not_called() -> None:
    async with mail_server() as server:
        outcome = await send(server.reached(), MAIL, FROM, TO, find=MailHosts().find)
        assert (outcome.kind, outcome.code) == ("temporary", "port-not-allowed")
        assert (await send(server.reached(), MAIL, FROM, TO, find=MailHosts(loopback=True).find)).kind == "delivered"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"])
async def test_a_name_that_points_inside_is_refused(address: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["203.0.114.1", address]

    with pytest.raises(Refused, match="address-not-allowed"):
        await MailHosts(resolve=resolve).find("mail.example.org", 587)


async def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    """The name is not looked up again: here it does not even exist."""
    async with mail_server() as server:

        async def find(host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        named = Server("mail.invalid", server.port, "none")
        assert (await send(named, MAIL, FROM, TO, find=find)).kind == "delivered"


def test_the_password_is_not_shown() -> None:
    assert "geheim" not in repr(Server("mail.example.org", 587, "starttls", "naam", "geheim"))
