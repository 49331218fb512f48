"""Correspondence under attack: what an office, or somebody who writes to it, can do with bad intent, does not work."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.channels import imap
from app.channels.objects import Objects, new_key
from app.channels.scanner import ClamAV
from app.services.composing import MAIL_BYTES
from app.store.session import Database
from app.worker import files
from tests.api.office import faults
from tests.channels.clamd import clamd
from tests.conftest import NewOrganisation
from tests.stories import Case, Office, Tell, served, teller

MAIL = {"direction": "outbound", "channel": "email", "subject": "Uw klacht", "body": "Wij bellen u morgen."}
FILED = {"complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org"}, "complainantType": "customer"}


@pytest_asyncio.fixture
async def tell(database: Database, worker_database: Database, new_organisation: NewOrganisation) -> AsyncIterator[Tell]:
    async with served(database) as client:
        yield teller(client, database, worker_database, new_organisation)


@pytest_asyncio.fixture
async def kk(tell: Tell) -> Office:
    office = await tell("klikklaar")
    await office.at("2036-03-03 10:00")
    return office


async def _file(
    superuser: "asyncpg.Connection[asyncpg.Record]", case: Case, size: int, key: str = "", state: str = "clean"
) -> str:
    found = await superuser.fetchval(
        "insert into attachments (organisation_id, complaint_id, name, media_type, size, sha256, object_key, state,"
        " shared, author_kind) values ($1, $2, 'brief.pdf', 'application/pdf', $3, $4, $5, $6, false, 'staff')"
        " returning id",
        case.office.made.id,
        case.id,
        size,
        bytes(32),
        key or uuid4().hex,
        state,
    )
    return str(found)


async def test_a_mail_takes_no_more_than_a_mail_server_does(
    kk: Office, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    case = await kk.file(FILED)
    path = f"/complaints/{case.id}/correspondence"
    large = [await _file(superuser, case, MAIL_BYTES // 2 + 1) for _ in range(2)]
    answer = await kk.answer("chair", "POST", path, MAIL | {"attachments": large})
    assert answer.status_code == 400, answer.text
    assert faults(answer) == {("/attachments", "too-large-to-mail")}
    await kk.ask("chair", "POST", path, MAIL | {"attachments": large[:1]}, expect=201)
    await kk.ask("chair", "POST", path, MAIL | {"channel": "post", "attachments": large[1:]}, expect=201)


async def test_nothing_is_sent_again_to_a_webhook_that_was_removed(
    kk: Office, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    wanted = {"url": "http://127.0.0.1:9/", "description": "x", "eventTypes": ["*"]}
    made = await kk.ask("admin", "POST", "/webhooks", wanted, expect=201)
    event = await superuser.fetchval("select id from events where organisation_id = $1 limit 1", kk.made.id)
    if event is None:
        await kk.file(FILED)
        event = await superuser.fetchval("select id from events where organisation_id = $1 limit 1", kk.made.id)
    delivery = await superuser.fetchval(
        "insert into deliveries (organisation_id, kind, webhook_id, event_id, type, state, next_at)"
        " values ($1, 'webhook', $2, $3, 'nl.gehoor.complaint.received', 'waiting', now()) returning id",
        kk.made.id,
        UUID(made["id"]),
        event,
    )
    assert (await kk.answer("admin", "DELETE", f"/webhooks/{made['id']}")).status_code == 204
    again = await kk.ask("admin", "POST", f"/deliveries/{delivery}/redeliveries", expect=409)
    assert again["code"] == "webhook-removed"
    assert (await kk.ask("admin", "GET", f"/deliveries/{delivery}"))["state"] == "cancelled"


async def test_a_file_that_the_scanner_does_not_take_keeps_no_other_waiting(
    kk: Office,
    database: Database,
    worker_database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
) -> None:
    await superuser.execute("update attachments set state = 'clean' where state = 'quarantined'")  # of other tests
    case = await kk.file(FILED)
    objects = Objects(tmp_path)
    kept = []
    for content in (b"x" * 2_000_000, b"tekst"):
        key = new_key(kk.made.id)
        await objects.put(key, content)
        kept.append(await _file(superuser, case, len(content), key, "quarantined"))
    async with clamd("limited") as server:
        assert await files.scan(worker_database, database, objects, ClamAV(server.address)) == 1
    states = [(await kk.ask("system", "GET", f"/attachments/{each}"))["state"] for each in kept]
    assert states == ["quarantined", "clean"]


async def test_a_mailbox_that_never_stops_talking_is_left() -> None:
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        try:
            writer.write(b"* OK hello\r\n")
            tag = (await reader.readline()).split()[0]
            writer.write(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK\r\n")
            await reader.readline()
            while True:
                writer.write(b"* SEARCH " + b"1 " * 50_000 + b"\r\n")
                sent += 100_000
                await writer.drain()
        except OSError:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def find(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with server:
        with pytest.raises(imap.Failed):
            async with asyncio.timeout(20):
                async with imap.opened(imap.Server("localhost", port, "none", "a", "b"), find, None, 1_000_000):
                    raise AssertionError("it never let us in")
    assert sent < 20_000_000
