"""Letters as mails: they go out once, go out again under the same name when nobody knows, and arrive as they were."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import asyncpg
import pypdf
import pytest

from app.channels.mailhosts import MailHosts
from app.documents import typesetting
from app.documents.letter import html
from app.domain.callers import Actor
from app.domain.ids import uuid7
from app.domain.intake import Intake
from app.domain.mail import Tokens, delivery_of, token_in
from app.procedures.reading import shipped_named
from app.services import mailboxes, organisations, procedures
from app.services.complaints import Filing, receive
from app.services.mailboxes import MailDefaults
from app.services.mails import Office
from app.services.secrets import Sealer
from app.store import deliveries, dossiers, failing, messages
from app.store.session import Database
from app.worker import deliver, mail, queue
from app.worker.acknowledge import Receipts
from tests.conftest import NewOrganisation, Organisation
from tests.mailserver import NAME, PASSWORD, MailServer, mail_server

SEALER, TOKENS = Sealer(os.urandom(32)), Tokens(b"a secret of at least thirty-two bytes")
TO = "sam@post.example.net"  # of these tests only: workers take whatever waits
LETTER = {
    "direction": "outbound",
    "channel": "email",
    "state": "sent",
    "shared": True,
    "language": "nl",
    "letter": "acknowledgement",
    "step": None,
    "subject": "Wij hebben uw klacht ontvangen",
    "body": "Beste Sam,\n\nU krijgt binnen 6 weken antwoord. Dat is vóór 5 juni.",
    "html": "<p>Beste Sam,</p><p>U krijgt binnen 6 weken antwoord. Dat is vóór 5 juni.</p>",
    "parties": [{"partyId": None, "role": "complainant", "name": "Sam Voorbeeld", "address": TO}],
    "contents": [],
    "author_kind": "staff",
    "author_id": None,
    "event_id": None,
    "reply_to": None,
    "mail_id": None,
}


@dataclass
class Desk:
    """An organisation with a complaint, and the worker that carries its mail."""

    database: Database
    worker: Database
    superuser: "asyncpg.Connection[asyncpg.Record]"
    made: Organisation
    complaint: UUID

    async def letter(self, address: str = TO, **changed: Any) -> UUID:
        """A letter that was sent: its delivery."""
        async with self.database.organisation(self.made.id) as tx:
            row = {**LETTER, "id": uuid7(tx.now, os.urandom(10)), "complaint_id": self.complaint}
            kept = await messages.insert(tx, {**row, "occurred_at": tx.now, **changed})
            return (await deliveries.add_mail(tx, self.complaint, kept["id"], address))["id"]

    async def party(self, address: str) -> dict[str, str]:
        """Somebody who comes into the case, as a message names them."""
        async with self.database.organisation(self.made.id) as tx:
            party_id = uuid7(tx.now, os.urandom(10))
            await tx.execute(
                "insert into parties (organisation_id, id, complaint_id, role, email, email_key)"
                " values (app_organisation(), $1, $2, 'complainant', $3, lower($3))",
                party_id,
                self.complaint,
                address,
            )
        return {"partyId": str(party_id), "address": address}

    async def state(self, delivery: UUID) -> tuple[str, str | None]:
        async with self.database.organisation(self.made.id) as tx:
            row = await deliveries.read(tx, delivery)
        assert row is not None
        return row["state"], row["last_code"]

    async def mailbox_says(self) -> str | None:
        async with self.database.organisation(self.made.id) as tx:
            row = await mailboxes.read(tx, "outgoing")
        assert (row["used_at"] is None) is (row["last_code"] is None)
        found: str | None = row["last_code"]
        return found

    @asynccontextmanager
    async def working(self, server: MailServer, defaults: MailDefaults | None = None) -> AsyncIterator[None]:
        """A worker, until it is killed at the end: nothing of what it was doing is written down."""
        by_default = MailDefaults("localhost", server.port, "none", "gehoor@example.org")
        office = Office(SEALER, defaults or by_default, TOKENS)

        async def fetch(key: str) -> bytes:
            return f"bytes of {key}".encode()

        senders = {"mail": mail.sender(office, MailHosts(loopback=True, trust=server.trust), fetch)}
        task = asyncio.create_task(deliver.run(self.worker, self.database, senders, asyncio.Event()))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(1000):
            if await true():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it took too long")

    async def ends(self, delivery: UUID, state: str) -> None:
        async def ended() -> bool:
            return (await self.state(delivery))[0] == state

        await self.until(ended)

    async def hurry(self) -> None:
        """Nothing waits for its turn, or for the lease of a worker that is gone."""
        sql = "update deliveries set next_at = now(), leased_until = null where organisation_id = $1"
        await self.superuser.execute(f"{sql} and state = 'waiting'", self.made.id)


@pytest.fixture
async def desk(
    database: Database,
    worker_database: Database,
    new_organisation: NewOrganisation,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> Desk:
    # what others left is not for the servers of these tests
    await superuser.execute("update deliveries set next_at = now() + interval '1 year' where state = 'waiting'")
    made = await new_organisation()
    procedure = shipped_named("jso")
    async with database.organisation(made.id) as tx:
        await procedures.publish(tx, procedure, allow_past=True)
        given = frozenset({"description", "complainant_name", "complainant_name_or_organisation"})
        intake = Intake("email", tx.now, complainant_type="customer", given=given)
        filed = await receive(tx, Filing(intake, texts={"description": "Te laat."}), Actor("system"))
    return Desk(database, worker_database, superuser, made, filed.row["id"])


async def test_a_letter_goes_out_once_and_says_what_it_said(desk: Desk):
    async with mail_server() as server:
        delivery = await desk.letter()
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
            await asyncio.sleep(0.5)
        (mail,) = server.parsed(TO)
        text, page = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None and page is not None
        assert text.get_content().splitlines() == LETTER["body"].splitlines()  # type: ignore[attr-defined]
        assert "vóór 5 juni" in page.get_content()
        assert mail["Subject"] == LETTER["subject"]
        assert mail["To"] == f"Sam Voorbeeld <{TO}>"
        assert mail["From"].addresses[0].display_name == desk.made.slug
        assert delivery_of(mail["Message-ID"]) == delivery
        reply_to = mail["Reply-To"].addresses[0].addr_spec
        assert TOKENS.complaint_of(token_in(reply_to) or "") == desk.complaint
        assert "Auto-Submitted" not in mail


async def test_the_line_ends_of_a_word_processor_are_line_ends_in_the_text_too(desk: Desk):
    async with mail_server() as server:
        delivery = await desk.letter(body="regel 1\vregel 2")
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        text = server.parsed(TO)[0].get_body(("plain",))
        assert text is not None and text.get_content().split("\r\n") == ["regel 1", "regel 2", ""]


@pytest.mark.parametrize(("letter", "kind"), [("receipt", "auto-replied"), ("closing", "auto-generated")])
async def test_a_letter_that_nobody_wrote_says_so(desk: Desk, letter: str, kind: str):
    async with mail_server() as server:
        delivery = await desk.letter(letter=letter, author_kind="gehoor")
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        assert server.parsed(TO)[0]["Auto-Submitted"] == kind


async def test_a_mail_that_nobody_wrote_calls_nobody_what_a_stranger_made_up(desk: Desk):
    """Whoever files chooses the name: it stands in the register, and not above a mail to somebody else."""
    named = [{"role": "complainant", "name": "Uw rekening is geblokkeerd: https://evil.example", "address": TO}]
    async with mail_server() as server:
        delivery = await desk.letter(letter="receipt", author_kind="gehoor", parties=named)
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        assert server.parsed(TO)[0]["To"] == TO


async def test_after_a_worker_was_killed_it_goes_out_again_under_the_same_name(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue, "LAST_SECONDS", 0.0)
    async with mail_server() as server:
        server.hang_after_taking = True
        delivery = await desk.letter()

        async def taken() -> bool:
            return bool(server.mails)

        async with desk.working(server):
            await desk.until(taken)
        assert (await desk.state(delivery))[0] == "waiting"
        server.hang_after_taking = False
        await desk.hurry()
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        first, second = server.parsed(TO)
        assert first["Message-ID"] == second["Message-ID"]
        assert delivery_of(first["Message-ID"]) == delivery


async def test_what_is_refused_for_now_waits_and_what_is_refused_for_good_is_dead(desk: Desk):
    async with mail_server() as server:
        server.answers = {"vol@example.net": "451 4.2.2 Full", "weg@example.net": "550 5.1.1 Gone"}
        full, gone = await desk.letter("vol@example.net"), await desk.letter("weg@example.net")
        async with desk.working(server):
            await desk.ends(gone, "dead")

            async def tried() -> bool:
                return (await desk.state(full))[1] is not None

            await desk.until(tried)
            assert await desk.state(full) == ("waiting", "recipient-refused")
            server.answers = {}
            await desk.hurry()
            await desk.ends(full, "delivered")
    failed = await desk.superuser.fetch(
        "select facts from events where organisation_id = $1 and type = 'delivery.failed'", desk.made.id
    )
    assert len(failed) == 1
    assert str(gone) in failed[0]["facts"]


async def test_what_the_server_says_of_us_is_mended_and_the_letters_go(desk: Desk):
    """The sender, the right to relay, the day's quota: no letter dies of it, and somebody hears that mail fails."""
    troubles = (
        {"to_sender": "550 5.7.60 Client has no permissions to send as this sender"},
        {"answers": {TO: "554 5.7.1 Relay access denied"}},
        {"to_data": "550 5.4.5 Daily user sending quota exceeded"},
    )
    async with mail_server() as server:
        for trouble in troubles:
            vars(server).update(trouble)
            delivery = await desk.letter()

            async def tried(delivery: UUID = delivery) -> bool:
                return (await desk.state(delivery))[1] is not None

            async with desk.working(server):
                await desk.until(tried)
                code = "sender-refused" if "to_sender" in trouble else "sending-refused"
                assert await desk.state(delivery) == ("waiting", code)
                async with desk.database.organisation(desk.made.id) as tx:
                    assert len(await failing.listed(tx, timedelta())) == 1
                vars(server).update(to_sender=None, answers={}, to_data=None)
                await desk.hurry()
                await desk.ends(delivery, "delivered")


async def test_a_letter_that_waits_does_not_go_to_an_address_that_was_corrected(desk: Desk):
    wrong, kept = await desk.party("verkeerd@example.net"), await desk.party("blijft@example.net")
    named = [{"role": "complainant", "name": None, **each} for each in (wrong, kept)]
    letters = {each["address"]: await desk.letter(each["address"], parties=named) for each in (wrong, kept)}
    async with desk.database.organisation(desk.made.id) as tx:
        for each in (wrong, kept):
            await dossiers.remove_party(tx, desk.complaint, UUID(each["partyId"]), tx.now)
    await desk.party("goed@example.net")
    await desk.party("Blijft@example.net")  # another name, at the same address
    async with mail_server() as server:
        async with desk.working(server):
            await desk.ends(letters["verkeerd@example.net"], "dead")
            await desk.ends(letters["blijft@example.net"], "delivered")
        assert [to for _, to, _ in server.mails] == ["blijft@example.net"]
    assert (await desk.state(letters["verkeerd@example.net"]))[1] == "recipient-changed"
    [failed] = await desk.superuser.fetch(
        "select facts from events where organisation_id = $1 and type = 'delivery.failed'", desk.made.id
    )
    assert "recipient-changed" in failed["facts"]


async def test_an_organisations_own_server_comes_before_the_services(desk: Desk):
    async with mail_server() as services, mail_server("starttls", auth=True) as own:
        sent = mailboxes.Sent(
            host="localhost",
            port=own.port,
            security="starttls",
            address="klachten@example.com",
            username=NAME,
            password=PASSWORD,
            keeps_password=False,
            name="Voorbeeld Advies",
            folder=None,
            enabled=True,
        )
        async with desk.database.organisation(desk.made.id) as tx:
            await mailboxes.put(tx, "outgoing", sent, SEALER)
        delivery = await desk.letter()
        defaults = MailDefaults("localhost", services.port, "none", "gehoor@example.org")
        async with desk.working(own, defaults):
            await desk.ends(delivery, "delivered")
        assert not services.parsed(TO) and own.encrypted == [True]
        assert own.parsed(TO)[0]["From"] == "Voorbeeld Advies <klachten@example.com>"
        assert await desk.mailbox_says() == "accepted"


async def test_the_mailbox_says_how_the_last_mail_went(desk: Desk):
    async with mail_server() as own:
        sent = mailboxes.Sent(
            host="localhost",
            port=own.port,
            security="none",
            address="klachten@example.com",
            username=None,
            password=None,
            keeps_password=False,
            name=None,
            folder=None,
            enabled=True,
        )
        async with desk.database.organisation(desk.made.id) as tx:
            await mailboxes.put(tx, "outgoing", sent, SEALER)
        async with desk.working(own):
            await desk.ends(await desk.letter(), "delivered")
            assert await desk.mailbox_says() == "accepted"
            # what a server says of one address says nothing of the mailbox
            own.answers = {"weg@example.net": "550 5.1.1 Gone"}
            await desk.ends(await desk.letter("weg@example.net"), "dead")
            assert await desk.mailbox_says() == "accepted"
    async with desk.working(own):
        await desk.letter()

        async def known() -> bool:
            return await desk.mailbox_says() == "connect-failed"

        await desk.until(known)


async def test_files_go_with_it_once_they_were_looked_at(desk: Desk):
    async with mail_server() as server:
        delivery = await desk.letter()
        await desk.superuser.execute(
            "insert into attachments (organisation_id, complaint_id, message_id, name, media_type, size, sha256,"
            " object_key, state, shared, author_kind) select organisation_id, complaint_id, message_id, 'brief.pdf',"
            " 'application/pdf', 9, $2, 'ab/cd', 'quarantined', true, 'staff' from deliveries where id = $1",
            delivery,
            bytes(32),
        )
        async with desk.working(server):

            async def tried() -> bool:
                return (await desk.state(delivery))[1] == "file-not-checked"

            await desk.until(tried)
            await desk.superuser.execute(
                "update attachments set state = 'clean' where organisation_id = $1", desk.made.id
            )
            await desk.hurry()
            await desk.ends(delivery, "delivered")
        _, file = server.parsed(TO)[0].iter_attachments()  # the first is the letter itself
        assert (file.get_filename(), file.get_content()) == ("brief.pdf", b"bytes of ab/cd")


async def test_a_file_that_would_run_by_its_name_goes_with_it_as_a_text(desk: Desk):
    async with mail_server() as server:
        delivery = await desk.letter()
        await desk.superuser.execute(
            "insert into attachments (organisation_id, complaint_id, message_id, name, media_type, size, sha256,"
            " object_key, state, shared, author_kind) select organisation_id, complaint_id, message_id, 'foto.jpg.js',"
            " 'text/plain', 9, $2, 'ab/cd', 'clean', true, 'staff' from deliveries where id = $1",
            delivery,
            bytes(32),
        )
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        _, file = server.parsed(TO)[0].iter_attachments()
        assert file.get_filename() == "foto.jpg.js.txt"


def enclosed(mail: EmailMessage) -> dict[str | None, str]:
    """The words of each document in a mail, by its name."""
    return {part.get_filename(): _words(part) for part in mail.iter_attachments()}


def _words(part: EmailMessage) -> str:
    assert part.get_content_type() == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(part.get_content())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_a_letter_by_template_goes_along_on_paper(desk: Desk):
    async with mail_server() as server:
        delivery = await desk.letter(
            subject="Café: ons besluit 1/2", letter="decision", occurred_at=datetime(2036, 2, 29, 23, 30, tzinfo=UTC)
        )
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        ((name, words),) = enclosed(server.parsed(TO)[0]).items()
        assert name == "Café: ons besluit 1-2.pdf"
        assert " ".join(LETTER["body"].split()) in words  # type: ignore[attr-defined]
        assert "1 maart 2036" in words  # in Amsterdam


@pytest.mark.parametrize("letter", ["receipt", "message", None])
async def test_what_is_a_mail_only_goes_without(desk: Desk, letter: str | None):
    async with mail_server() as server:
        delivery = await desk.letter(letter=letter)
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        assert enclosed(server.parsed(TO)[0]) == {}


async def test_a_letter_that_cannot_be_drawn_goes_out_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Whatever is wrong with what draws it."""
    monkeypatch.setattr(typesetting, "_source", lambda _: b"#panic()")
    async with mail_server() as server:
        delivery = await desk.letter()
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        assert enclosed(server.parsed(TO)[0]) == {}


async def test_an_answer_hangs_under_the_mail_that_it_answers(desk: Desk):
    async with desk.database.organisation(desk.made.id) as tx:
        arrived = await tx.fetchrow(
            "insert into inbound_mails (organisation_id, complaint_id, digest, object_key, size, received_at,"
            " message_id, kind, state) values (app_organisation(), $1, $2, 'ab/ef', 9, now(), '<vraag@example.net>',"
            " 'complaint', 'filed') returning id",
            desk.complaint,
            bytes(32),
        )
        assert arrived is not None
        row = {**LETTER, "id": uuid7(tx.now, os.urandom(10)), "complaint_id": desk.complaint, "direction": "inbound"}
        question = await messages.insert(
            tx, {**row, "state": "received", "occurred_at": tx.now, "mail_id": arrived["id"]}
        )
    async with mail_server() as server:
        delivery = await desk.letter(reply_to=question["id"])
        async with desk.working(server):
            await desk.ends(delivery, "delivered")
        assert server.parsed(TO)[0]["In-Reply-To"] == "<vraag@example.net>"


async def test_a_receipt_comes_by_mail_and_holds_the_reference(desk: Desk):
    async with desk.database.organisation(desk.made.id) as tx:
        await organisations.change(tx, "*", settings={"automatic_receipt": True})
        await tx.execute(
            "insert into parties (organisation_id, id, complaint_id, role, name, email)"
            " values (app_organisation(), $1, $2, 'complainant', 'Sam Voorbeeld', $3)",
            uuid7(tx.now, os.urandom(10)),
            desk.complaint,
            TO,
        )
        reference = (await tx.fetchrow("select reference from complaints where id = $1", desk.complaint))["reference"]  # type: ignore[index]
    await Receipts(desk.worker, desk.database, html).catch_up()
    async with mail_server() as server:
        async with desk.working(server):

            async def arrived() -> bool:
                return bool(server.mails)

            await desk.until(arrived)
        (receipt,) = server.parsed(TO)
        text = receipt.get_body(("plain",))
        assert text is not None and reference in text.get_content()
        assert (receipt["Auto-Submitted"], reference in receipt["Subject"]) == ("auto-replied", True)


async def test_an_address_that_is_none_is_not_tried(desk: Desk):
    async with mail_server() as server:
        delivery = await desk.letter("sam@example.net>\r\nRCPT TO:<piet@example.net")
        async with desk.working(server):
            await desk.ends(delivery, "dead")
        assert (await desk.state(delivery))[1] == "address-unusable"
        assert not server.mails
