"""The demo's mailbox: what is sent can be read, and can do no harm."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from app.channels.mail import File, Outgoing, compose
from app.channels.smtp import Server, send
from app.demo import mailbox
from app.demo.mailbox import DemoMailbox, beside, serving

EVIL = "<script>alert('x')</script>"


async def _elsewhere(scope: Any, receive: Any, answer: Any) -> None:
    await answer({"type": "http.response.start", "status": 299, "headers": []})
    await answer({"type": "http.response.body", "body": b"the application"})


@pytest_asyncio.fixture
async def box(tmp_path: Path) -> AsyncIterator[DemoMailbox]:
    async with serving(tmp_path / "mail") as opened:
        yield opened


@pytest_asyncio.fixture
async def client(box: DemoMailbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(beside(_elsewhere, box))
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as opened:
        yield opened


async def _sent(box: DemoMailbox, **changed: Any) -> None:
    mail = Outgoing(
        **{
            "message_id": "<1@example.org>",
            "date": datetime(2026, 4, 24, 10, 0, tzinfo=UTC),
            "sender": "klachten@example.org",
            "sender_name": "Voorbeeld Advies",
            "to": "sam@example.net",
            "subject": "Uw bericht is binnen",
            "text": "Beste Sam,\n\nVóór 8 mei hoort u van ons.\n",
            "html": "<p>Beste Sam</p>",
            "language": "nl",
            **changed,
        }
    )
    server = Server("127.0.0.1", box.port, "none")
    assert (await send(server, compose(mail).as_bytes(), mail.sender, mail.to)).kind == "delivered"


async def test_a_mail_that_was_sent_can_be_read(box: DemoMailbox, client: httpx.AsyncClient):
    assert "No mail yet" in (await client.get("/demo/mail")).text
    await _sent(box, files=(File("brief.pdf", "application/pdf", b"%PDF"),))
    assert "Uw bericht is binnen" in (await client.get("/demo/mail")).text
    page = (await client.get("/demo/mail/1")).text
    assert "Vóór 8 mei" in page and "brief.pdf" in page
    (item,) = (await client.get("/demo/mail.json")).json()["items"]
    assert item == (await client.get("/demo/mail/1.json")).json()
    assert item["headers"]["To"] == "sam@example.net"
    assert (item["files"], "<p>Beste Sam</p>" in item["html"]) == (["brief.pdf"], True)
    raw = await client.get("/demo/mail/1.eml")
    assert raw.content == box.content(1)
    assert raw.headers["content-disposition"].startswith("attachment")


async def test_what_a_mail_says_does_nothing(box: DemoMailbox, client: httpx.AsyncClient):
    await _sent(box, subject=EVIL, text=EVIL, html=EVIL, sender_name=EVIL)
    for path in ("/demo/mail", "/demo/mail/1"):
        answer = await client.get(path)
        assert "<script" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    shown = await client.get("/demo/mail/1.html")
    assert shown.headers["content-security-policy"].startswith("sandbox;")
    assert {shown.headers[name] for name in ("x-content-type-options", "cache-control")} == {"nosniff", "no-store"}


async def test_everything_else_is_the_applications(client: httpx.AsyncClient):
    for path in ("/", "/v1/complaints", "/demo/mailbox", "/demo/mail/", "/demo/mail/../x", "/demo/mail/1.exe"):
        assert (await client.get(path)).status_code == 299
    assert (await client.get("/demo/mail/7")).status_code == 404
    assert (await client.post("/demo/mail")).status_code == 405


async def test_mails_stay_and_the_oldest_make_room(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(mailbox, "KEPT", 2)
    kept = DemoMailbox(tmp_path)
    for number in range(3):
        kept.keep(b"Subject: %d\r\n\r\n" % number)
    again = DemoMailbox(tmp_path)
    assert (again.numbers(), again.content(1)) == ([3, 2], None)
    assert again.keep(b"") == 4
