"""An office whose letters go out by SMTP and come in as mail: what the complainant gets, to the byte, and answers.

async with letterbox(office, database) as box:
    case = await box.complaint(mail("...", Received="..."))
    letter = await box.sent(case, "chair", "acknowledgement", "acknowledgements")
    letter.says("4 weken")
    await box.answered(case, letter)
"""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pypdf

from app.channels.mailhosts import MailHosts
from app.domain.mail import delivery_of, token_in
from app.means import keys_of
from app.services.mailboxes import MailDefaults
from app.services.mails import Office as MailOffice
from app.store.session import Database
from app.worker import deliver, mail
from tests.inbound import mail as raw_mail
from tests.mailserver import MailServer, mail_server
from tests.stories import Case, Json, Office, Raw

TO = "sam.thuis@post.example.org"  # of these tests only: workers take whatever waits
SEALER, TOKENS = keys_of("another secret of at least thirty-two bytes")  # that of the API in tests/stories.py


@dataclass(frozen=True)
class Arrived:
    """A mail as it came over the wire."""

    raw: bytes
    mail: EmailMessage = field(repr=False)

    def says(self, *words: str) -> None:
        """In its text, on its page, and on the paper that goes along."""
        shown = [self.part("plain"), self.part("html"), *([self.paper] if self.paper else [])]
        for text in map(_squeezed, shown):
            assert not [each for each in words if _squeezed(each) not in text], text

    def part(self, kind: str) -> str:
        body = self.mail.get_body((kind,))
        assert body is not None, f"no {kind}"
        found = str(body.get_content())
        return unescape(re.sub(r"<[^>]+>", " ", found)) if kind == "html" else found

    @property
    def paper(self) -> str:
        """The words of the letter as a document; nothing when it is a mail only."""
        files = {part.get_filename(): part for part in self.mail.iter_attachments()}
        if not files:
            return ""
        assert list(files) == [f"{self.mail['Subject']}.pdf"]
        (document,) = files.values()
        pages = pypdf.PdfReader(io.BytesIO(document.get_content())).pages
        return " ".join(page.extract_text() for page in pages)

    @property
    def answers_go_to(self) -> str:
        return str(self.mail["Reply-To"].addresses[0].addr_spec)


def _squeezed(text: str) -> str:
    """Without layout: on paper a line may end anywhere."""
    return "".join(text.split()).casefold()


@dataclass(frozen=True)
class Letterbox:
    """An office, and the server to which its worker brings the mail."""

    office: Office
    server: MailServer
    address: str

    async def complaint(self, raw: bytes) -> Case:
        """A complaint that comes in as a mail."""
        return Case(self.office, UUID((await self._put_in(raw, "complaint"))["complaintId"]))

    async def _put_in(self, raw: bytes, kind: str) -> Json:
        sent = Raw(raw, "message/rfc822")
        filed = await self.office.ask("system", "POST", "/inbound-mails", sent, expect=201)
        assert (filed["kind"], filed["state"]) == (kind, "filed"), filed
        return filed

    async def sent(
        self, case: Case, who: str, letter: str, step: str, told: Json | None = None, **more: Any
    ) -> Arrived:
        """A letter by template that takes a step, as it arrives."""
        body = {"direction": "outbound", "channel": "email", "letter": letter, **more}
        body["step"] = {"name": step, "body": told or {}}
        message = await self.office.ask(who, "POST", f"/complaints/{case.id}/correspondence", body, expect=201)
        arrived = self._arrived(await self._delivered(message))
        self._is_whole(case, arrived, message)
        return arrived

    async def _delivered(self, message: Json) -> UUID:
        """The delivery that brought it, once it is there."""
        for _ in range(500):
            [found] = (await self.office.ask("system", "GET", f"/correspondence/{message['id']}/deliveries"))["items"]
            if found["state"] == "delivered":
                return UUID(found["id"])
            assert found["state"] == "waiting", found
            await asyncio.sleep(0.02)
        raise AssertionError("it did not arrive")

    def _arrived(self, delivery: UUID) -> Arrived:
        named = [(raw, message_from_bytes(raw, policy=policy.default)) for _, to, raw in self.server.mails if to == TO]
        [(raw, found)] = [(raw, each) for raw, each in named if delivery_of(each["Message-ID"]) == delivery]
        return Arrived(raw, found)

    def _is_whole(self, case: Case, arrived: Arrived, message: Json) -> None:
        """What every letter has: from us, to them alone, with the case's own address for answers."""
        assert arrived.raw.isascii()
        assert arrived.mail["Subject"] == message["subject"]
        assert [each.addr_spec for each in arrived.mail["To"].addresses] == [TO]
        assert [each.addr_spec for each in arrived.mail["From"].addresses] == [self.address]
        assert TOKENS.complaint_of(token_in(arrived.answers_go_to) or "") == case.id
        assert bool(arrived.paper) is (message["letter"] != "message")
        arrived.says(message["body"])

    async def answered(self, case: Case, letter: Arrived, text: str = "Dank voor uw brief.") -> None:
        """What the complainant's mail program makes of "answer" is filed on the case, whatever its subject says."""
        made = {
            "From": f"Sam Voorbeeld <{TO}>",
            "To": letter.answers_go_to,
            "Subject": "Re: iets anders",
            "Message_ID": f"<{uuid4()}@post.example.org>",
            "In_Reply_To": letter.mail["Message-ID"],
        }
        filed = await self._put_in(raw_mail(text, Received=None, **made), "reply")
        assert filed["complaintId"] == str(case.id)
        path = f"/complaints/{case.id}/correspondence?direction=inbound"
        last = (await self.office.ask("system", "GET", path))["items"][-1]
        assert (last["state"], last["channel"], last["parties"][0]["role"]) == ("received", "email", "complainant")
        read = await self.office.ask("system", "GET", f"/correspondence/{last['id']}")
        assert read["body"].strip() == text


@asynccontextmanager
async def letterbox(office: Office, database: Database) -> AsyncIterator[Letterbox]:
    """The office's own mail server, and the worker that calls it."""
    address = f"klachten@{office.made.slug}.example"
    async with mail_server() as server:
        box = {"host": "localhost", "port": server.port, "security": "none", "address": address, "name": "Klachten"}
        await office.ask("admin", "PUT", "/organisation/mailboxes/outgoing", box)
        # of the service's own: for what other tests left, which would otherwise come back while others run
        beside = MailDefaults("localhost", server.port, "none", "gehoor@example.org")
        means = MailOffice(SEALER, beside, TOKENS)
        senders = {"mail": mail.sender(means, MailHosts(loopback=True), _no_files)}
        stop = asyncio.Event()
        working = asyncio.create_task(deliver.run(office.worker, database, senders, stop))
        try:
            yield Letterbox(office, server, address)
        finally:
            stop.set()
            await working


async def _no_files(key: str) -> bytes:
    raise AssertionError("these letters have no files")
