"""Mail is fetched from a real IMAP server, filed, and marked only after that."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, cast

import asyncpg
import pytest
import pytest_asyncio

from app.channels.incoming import parsed
from app.channels.mailhosts import IMAP_PORTS, MailHosts
from app.channels.objects import Objects
from app.domain.incoming import Parsed
from app.procedures.reading import shipped_named
from app.services import failing, mailboxes
from app.services.incoming import Ours
from app.services.mailboxes import Sent
from app.services.procedures import publish
from app.services.secrets import Sealer
from app.store.session import Database
from app.worker.fetch import Fetching, fetch, look_into, run
from tests.conftest import NewOrganisation, Organisation
from tests.dovecot import NAME, PASSWORD, Dovecot, needs_dovecot
from tests.imapserver import ImapServer, imap_server
from tests.inbound import ADDRESS, TOKENS, mail

SEALER = Sealer(b"k" * 32)
MAILBOX = """
insert into mailboxes (organisation_id, direction, host, port, security, username, password, address)
values ($1, 'incoming', 'localhost', $2, $3, $4, $5, $6)
"""
TODAY = "by mail.voorbeeld.example; Fri, 20 Nov 2026 09:30:00 +0100"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

pytestmark = needs_dovecot


@pytest.fixture
def box() -> Iterator[Dovecot]:
    with Dovecot.start() as running:
        yield running


@pytest_asyncio.fixture
async def work(
    database: Database, worker_database: Database, tmp_path: Path, box: Dovecot, superuser: Connection
) -> AsyncIterator[Fetching]:
    await superuser.execute("update mailboxes set enabled = false")  # those of other tests
    hosts = MailHosts(IMAP_PORTS, loopback=True, trust=box.trust)
    yield Fetching(worker_database, database, Objects(tmp_path), SEALER, Ours(TOKENS), hosts)


async def _organisation(
    new_organisation: NewOrganisation,
    database: Database,
    superuser: Connection,
    port: int,
    security: str = "tls",
    password: str = PASSWORD,
) -> Organisation:
    made = await new_organisation()
    async with database.organisation(made.id) as tx:
        await publish(tx, shipped_named("klikklaar"), allow_past=True)
    sealed = SEALER.seal(password.encode(), f"mailbox {made.id} incoming")
    await superuser.execute(MAILBOX, made.id, port, security, NAME, sealed, ADDRESS)
    return made


async def _mails(superuser: Connection, made: Organisation) -> list[tuple[str, str, str | None]]:
    rows = await superuser.fetch(
        "select kind, state, reason from inbound_mails where organisation_id = $1 order by id", made.id
    )
    return [(row["kind"], row["state"], row["reason"]) for row in rows]


async def _code(superuser: Connection, made: Organisation) -> str | None:
    found: str | None = await superuser.fetchval("select last_code from mailboxes where organisation_id = $1", made.id)
    return found


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_what_waits_is_filed_and_stays_in_the_mailbox(
    new_organisation: NewOrganisation,
    database: Database,
    superuser: Connection,
    work: Fetching,
    box: Dovecot,
    security: str,
) -> None:
    port = box.tls_port if security == "tls" else box.port
    made = await _organisation(new_organisation, database, superuser, port, security)
    box.deliver(*(mail(f"Klacht {number}", Received=TODAY, From=f"S <s{number}@example.org>") for number in range(5)))
    assert await fetch(work) == 1
    assert await _mails(superuser, made) == [("complaint", "filed", None)] * 5
    assert await _code(superuser, made) == "accepted"
    assert (box.found(), box.found("UNSEEN")) == (5, 0)
    received = "select distinct received_at from complaints where organisation_id = $1"
    assert (await superuser.fetchval(received, made.id)).isoformat() == "2026-11-20T08:30:00+00:00"
    assert await fetch(work) == 0, "it is not due yet"
    await look_into(work, made.id)
    assert len(await _mails(superuser, made)) == 5


async def test_a_mail_that_a_person_opened_first_still_comes_in_and_one_that_was_there_before_does_not(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(mail("Geopend", Received=TODAY), flags="\\Seen")
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None)]
    await superuser.execute("update mailboxes set updated_at = now() + interval '2 days'")
    box.deliver(mail("Oud", Received=TODAY), flags="\\Seen")
    await look_into(work, made.id)
    assert len(await _mails(superuser, made)) == 1


async def test_a_mail_that_was_opened_while_we_could_not_get_in_comes_in_with_the_new_password(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port, password="out of date")
    await superuser.execute("update mailboxes set updated_at = now() - interval '3 days'")
    await look_into(work, made.id)
    assert await _code(superuser, made) == "login-refused"
    box.deliver(mail("Geopend", Received=TODAY), flags="\\Seen")
    sent = Sent("localhost", box.tls_port, "tls", ADDRESS, NAME, PASSWORD, False, None, "INBOX", True)
    async with database.organisation(made.id) as tx:
        before = await mailboxes.read(tx, "incoming")
        after = await mailboxes.put(tx, "incoming", sent, SEALER, mailboxes.etag(before))
        assert mailboxes.etag(after) != mailboxes.etag(before)
        # since when the mailbox is ours does not change with its password
        assert after["updated_at"] == before["updated_at"]
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None)]
    # in another one, or after it was switched off, what people opened before is theirs
    for other in (replace(sent, folder="Archief"), replace(sent, enabled=False), sent):
        async with database.organisation(made.id) as tx:
            before = await mailboxes.read(tx, "incoming")
            after = await mailboxes.put(tx, "incoming", other, SEALER, mailboxes.etag(before))
        assert after["updated_at"] > before["updated_at"]


async def test_a_mail_that_somebody_marked_for_deletion_comes_in_and_is_not_deleted_by_us(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(mail("Een lange klacht. " * 100, Received=TODAY), flags="\\Deleted")
    box.deliver(mail("Kort", Received=TODAY))
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None)] * 2
    assert (box.found(), box.found("DELETED"), box.found("UNKEYWORD Gehoor")) == (2, 1, 0)


class _Deadlocked:
    """Stands for what makes a mail ours, at a moment when two transactions wait for each other."""

    def __getattr__(self, name: str) -> object:
        raise asyncpg.DeadlockDetectedError("deadlock detected")


async def test_a_mail_whose_filing_lost_a_race_comes_again(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(mail("Klacht", Received=TODAY))
    await look_into(replace(work, ours=cast(Ours, _Deadlocked())), made.id)
    assert not await _mails(superuser, made)
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None)]


async def test_a_mail_that_was_filed_and_not_marked_is_filed_once(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    raw = mail("Een keer", Received=TODAY)
    box.deliver(raw, raw)
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None)]
    assert box.found("UNSEEN") == 0


REFUSALS = [
    ("FETCH", "NO [SERVERBUG] Internal error occurred.", 2, "fetch-failed"),
    ("STORE", "NO [READ-ONLY] This may not be changed.", 3, "mark-failed"),
]


@pytest.mark.parametrize(("verb", "answer", "number", "code"), REFUSALS)
async def test_a_mail_that_the_server_refuses_keeps_no_other_out(
    new_organisation: NewOrganisation,
    database: Database,
    superuser: Connection,
    work: Fetching,
    verb: str,
    answer: str,
    number: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.worker.fetch.BATCH", 1)  # so that it stands before the others
    mails = {uid: mail("x" * uid, Received=TODAY, Message_ID=f"<{uid}@example.org>") for uid in (1, 2, 3)}
    with imap_server(ImapServer(mails, {(verb, 1): answer})) as server:
        made = await _organisation(new_organisation, database, superuser, server.port, "none")
        for _ in range(2):
            await look_into(work, made.id)
            assert (len(await _mails(superuser, made)), server.marked) == (number, {2, 3})
            assert await _code(superuser, made) == code
        server.refused.clear()
        await look_into(work, made.id)
        assert (len(await _mails(superuser, made)), server.marked) == (3, {1, 2, 3})
        assert await _code(superuser, made) == "accepted"


async def test_a_mailbox_that_is_read_only_is_told(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching
) -> None:
    with imap_server(ImapServer({1: mail("Klacht", Received=TODAY)}, read_only=True)) as server:
        made = await _organisation(new_organisation, database, superuser, server.port, "none")
        await look_into(work, made.id)
    assert (await _mails(superuser, made), await _code(superuser, made)) == ([], "mark-failed")


async def test_a_mail_at_which_the_server_hangs_up_keeps_no_other_out(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(*(mail("x" * size, Received=TODAY, From=f"S <s{size}@example.org>") for size in (1, 20, 300)))
    first = min(box.root.glob("mail/new/*"))
    first.chmod(0)
    await look_into(work, made.id)
    assert (len(await _mails(superuser, made)), await _code(superuser, made)) == (2, "connection-lost")
    first = min(box.root.glob(f"mail/*/{first.name.partition(',')[0]}*"))
    first.chmod(0o600)
    await look_into(work, made.id)
    assert (len(await _mails(superuser, made)), await _code(superuser, made)) == (3, "accepted")


async def test_a_mailbox_that_keeps_failing_is_told_to_who_looks(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    async def told() -> tuple[list[str], int]:
        await superuser.execute("update mailboxes set failing_since = failing_since - interval '40 minutes'")
        async with database.organisation(made.id) as tx, work.worker.worker() as all_of_them:
            return [row["kind"] for row in await failing.listed(tx)], (await failing.figures(all_of_them))[
                "failing_organisations"
            ] - before

    async with work.worker.worker() as tx:
        before = (await failing.figures(tx))["failing_organisations"]
    made = await _organisation(new_organisation, database, superuser, 1)
    await look_into(work, made.id)
    assert await told() == ([], 0)
    await look_into(work, made.id)
    assert await told() == (["incoming"], 1)
    async with database.organisation(made.id) as tx:
        etag = mailboxes.etag(await mailboxes.read(tx, "incoming"))
        sent = Sent("localhost", box.tls_port, "tls", ADDRESS, NAME, PASSWORD, False, None, "INBOX", True)
        await mailboxes.put(tx, "incoming", sent, SEALER, etag)
    assert await told() == ([], 0)


async def test_a_mail_that_is_too_large_comes_in_by_its_header(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(mail(b"x" * 70 + b"\r\n", Received=TODAY) * 1 + b"x" * (26 * 1024 * 1024), mail("Na", Received=TODAY))
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None), ("oversized", "triage", "too-large")]
    [row] = await superuser.fetch(
        "select size, head->>'subject' as subject from inbound_mails where organisation_id = $1 and kind = 'oversized'",
        made.id,
    )
    assert (row["size"] > 26 * 1024 * 1024, row["subject"]) == (True, "Klacht")


async def test_without_a_received_header_it_came_in_when_the_server_took_it(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(mail("Klacht", Received=None))
    await look_into(work, made.id)
    late = "select abs(extract(epoch from now() - received_at)) from inbound_mails where organisation_id = $1"
    assert await superuser.fetchval(late, made.id) < 60


async def test_what_the_server_dates_1970_came_in_now(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching
) -> None:
    mails = {1: mail("Klacht", Received=None)}
    with imap_server(ImapServer(mails, day="01-Jan-1970 00:00:00 +0000")) as server:
        made = await _organisation(new_organisation, database, superuser, server.port, "none")
        await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("host = 'bestaat-niet.invalid'", "name-unknown"),
        ("port = 1", "connect-failed"),
        ("folder = 'Weg'", "folder-missing"),
        ("security = 'starttls'", "connect-timeout"),
        ("password = '\\x0102'", "password-unreadable"),
        ("host = '10.0.0.1', port = 993", "address-not-allowed"),
    ],
)
async def test_what_is_wrong_with_a_mailbox_is_told(
    new_organisation: NewOrganisation,
    database: Database,
    superuser: Connection,
    work: Fetching,
    box: Dovecot,
    change: str,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.channels.imap.ANSWER_SECONDS", 0.7)
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    await superuser.execute(f"update mailboxes set {change} where organisation_id = $1", made.id)
    await look_into(work, made.id)
    assert await _code(superuser, made) == code
    assert await fetch(work) == 0, "a mailbox that failed is left alone for a while"


async def test_a_wrong_password_and_a_certificate_of_somebody_else_are_told(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    wrong = await _organisation(new_organisation, database, superuser, box.tls_port, password="fout")
    await look_into(work, wrong.id)
    assert await _code(superuser, wrong) == "login-refused"
    strict = replace(work, hosts=MailHosts(IMAP_PORTS, loopback=True))
    for security, port in (("tls", box.tls_port), ("starttls", box.port)):
        made = await _organisation(new_organisation, database, superuser, port, security)
        await look_into(strict, made.id)
        assert await _code(superuser, made) == "tls-failed"


async def test_a_silent_mailbox_delays_no_other(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for _ in range(5):
            await _organisation(new_organisation, database, superuser, silent.getsockname()[1])
        threading.Thread(target=lambda: [silent.accept() for _ in range(5)], daemon=True).start()
        good = await _organisation(new_organisation, database, superuser, box.tls_port)
        box.deliver(mail("Klacht", Received=TODAY))
        stop = asyncio.Event()
        running = asyncio.create_task(run(work, stop, sleep=0.1))
        try:
            async with asyncio.timeout(8):
                while not await _mails(superuser, good):  # noqa: ASYNC110 - it is another process's work
                    await asyncio.sleep(0.1)
        finally:
            stop.set()
            await asyncio.wait_for(running, 10)


async def test_two_workers_never_look_into_one_mailbox_at_once(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    await _organisation(new_organisation, database, superuser, box.tls_port)
    assert sorted(await asyncio.gather(fetch(work), fetch(work), fetch(work))) == [0, 0, 1]


async def test_a_mail_that_we_fail_at_waits_for_a_person_and_keeps_no_other_out(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, work: Fetching, box: Dovecot
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    await superuser.execute(
        "create function fails() returns trigger language plpgsql as $$ begin raise 'broken'; end $$;"
        "create trigger fails before insert on messages for each row when (new.body = 'Kapot') execute function fails()"
    )
    try:
        box.deliver(mail("Kapot", Received=TODAY), mail("In orde", Received=TODAY))
        await look_into(work, made.id)
    finally:
        await superuser.execute("drop trigger fails on messages; drop function fails()")
    assert sorted(await _mails(superuser, made)) == [
        ("complaint", "filed", None),
        ("malformed", "triage", "unreadable"),
    ]
    assert box.found("UNKEYWORD Gehoor") == 0
    key = await superuser.fetchval(
        "select object_key from inbound_mails where organisation_id = $1 and kind = 'malformed'", made.id
    )
    assert b"Kapot" in await work.objects.get(key)


async def test_a_mail_that_takes_too_long_to_read_waits_for_a_person_and_keeps_no_other_out(
    new_organisation: NewOrganisation,
    database: Database,
    superuser: Connection,
    work: Fetching,
    box: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(raw: bytes) -> Parsed:
        time.sleep(3 * (b"Traag" in raw))
        return parsed(raw)

    monkeypatch.setattr("app.channels.incoming.parsed", slow)
    monkeypatch.setattr("app.worker.fetch.WHOLE_SECONDS", 2.5)
    monkeypatch.setattr("app.channels.incoming.READ_SECONDS", 0.3)
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(mail("Traag", Received=TODAY), mail("Een klacht die langer is", Received=TODAY))
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("malformed", "triage", "unreadable"), ("complaint", "filed", None)]
    assert (box.found("UNKEYWORD Gehoor"), await _code(superuser, made)) == (0, "accepted")


async def test_while_files_cannot_be_stored_the_mail_stays_where_it_is(
    new_organisation: NewOrganisation,
    database: Database,
    superuser: Connection,
    work: Fetching,
    box: Dovecot,
    tmp_path: Path,
) -> None:
    made = await _organisation(new_organisation, database, superuser, box.tls_port)
    box.deliver(mail("Klacht", Received=TODAY))
    (tmp_path / str(made.id)).write_text("a file where the folder should be")
    await look_into(work, made.id)
    assert (await _mails(superuser, made), await _code(superuser, made)) == ([], "objects-away")
    assert box.found("UNKEYWORD Gehoor") == 1
    (tmp_path / str(made.id)).unlink()
    await look_into(work, made.id)
    assert await _mails(superuser, made) == [("complaint", "filed", None)]


async def test_an_error_of_the_database_ends_nothing(work: Fetching, database: Database):
    """The role of the API may not do what the worker does: an error as good as any."""
    assert await fetch(replace(work, worker=database)) == 0
