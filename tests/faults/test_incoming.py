"""No mail is lost and none is filed twice, while the process that fetches is killed again and again."""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import asyncpg
import pytest

from app.channels.objects import Objects
from app.procedures.reading import shipped_named
from app.services.procedures import publish
from app.services.secrets import Sealer
from app.store.session import Database
from tests.conftest import NewOrganisation, Organisation
from tests.dovecot import NAME, PASSWORD, Dovecot, needs_dovecot
from tests.faults import fetching
from tests.faults.processes import Forked, kill
from tests.inbound import ADDRESS, joined, mail, to_case

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
KEY = b"k" * 32
TODAY = "by mail.voorbeeld.example; Fri, 20 Nov 2026 09:30:00 +0100"
MAILBOX = """
insert into mailboxes (organisation_id, direction, host, port, security, username, password, address)
values ($1, 'incoming', 'localhost', $2, 'tls', $3, $4, $5)
"""
# A killed worker's lease would keep the box closed for a minute; the test has no minute for each of them.
FREE = "update mailboxes set leased_until = null, used_at = null where organisation_id = $1"
FILED = """
select m.kind, m.state, m.head->>'subject' as subject, m.object_key,
  (select count(*) from messages s where s.organisation_id = m.organisation_id and s.mail_id = m.id) as messages,
  (select count(*) from attachments a where a.organisation_id = m.organisation_id and a.mail_id = m.id) as files,
  (select count(*) from events e join messages s on s.organisation_id = e.organisation_id and s.event_id = e.id
    where s.organisation_id = m.organisation_id and s.mail_id = m.id) as events
from inbound_mails m where m.organisation_id = $1
"""


async def _organisation(
    new_organisation: NewOrganisation, database: Database, superuser: Connection, box: Dovecot
) -> Organisation:
    await superuser.execute("update mailboxes set enabled = false")
    made = await new_organisation()
    async with database.organisation(made.id) as tx:
        await publish(tx, shipped_named("klikklaar"), allow_past=True)
    sealed = Sealer(KEY).seal(PASSWORD.encode(), f"mailbox {made.id} incoming")
    await superuser.execute(MAILBOX, made.id, box.tls_port, NAME, sealed, ADDRESS)
    return made


def _mails(count: int, case: UUID) -> list[bytes]:
    """Complaints, some with a file, and answers on a case."""
    made = []
    for number in range(count):
        kind = ("Klacht", "Antwoord", "Klacht met bestand")[number % 3]
        headers = {"Subject": f"{kind} {number}", "From": f"Sam <s{number}@example.org>", "Received": TODAY}
        if kind == "Antwoord":
            headers["To"] = to_case(case)
        if kind == "Klacht met bestand":
            body = joined(
                ("Content-Type: text/plain", "Zie de bijlage."),
                ("Content-Type: text/plain; name=a.txt", f"Bijlage {number}"),
            )
            made.append(mail(body, Content_Type="multipart/mixed; boundary=grens", **headers))
        else:
            made.append(mail(f"Het ging niet goed: {number}", **headers))
    return made


def _start(urls: Mapping[str, str], folder: Path, box: Dovecot) -> Forked:
    return Forked(fetching.run, dict(urls), folder, box.certificates.cert_pem.bytes().decode(), KEY)


@needs_dovecot
@pytest.mark.parametrize(("count", "kills"), [(30, 2), pytest.param(500, 100, marks=pytest.mark.long)])
async def test_every_mail_is_filed_once(
    urls: Mapping[str, str],
    database: Database,
    new_organisation: NewOrganisation,
    superuser: Connection,
    tmp_path: Path,
    count: int,
    kills: int,
) -> None:
    with Dovecot.start() as box:
        made = await _organisation(new_organisation, database, superuser, box)
        box.deliver(mail("De eerste", Subject="Eerste", Received=TODAY))
        first = _start(urls, tmp_path, box)
        case = await _until(superuser, made, 1)
        kill(first)
        waiting = _mails(count, case)
        cut_short = 0
        for number in range(kills):
            box.deliver(*waiting[number * count // kills : (number + 1) * count // kills])
            await superuser.execute(FREE, made.id)
            running = _start(urls, tmp_path, box)
            before = await _count(superuser, made)
            async with asyncio.timeout(30):
                while await _count(superuser, made) == before:  # noqa: ASYNC110 - another process's work
                    await asyncio.sleep(0.01)
            if number:  # the first is killed at its first mail: a fast machine may be through in this time
                await asyncio.sleep(random.random() * 0.15)
            kill(running)
            cut_short += box.found("UNKEYWORD Gehoor") > 0
        assert cut_short, "no process was killed at its work: the test says nothing"
        await superuser.execute(FREE, made.id)
        last = _start(urls, tmp_path, box)
        try:
            await _until(superuser, made, count + 1)
            async with asyncio.timeout(60):
                while box.found("UNKEYWORD Gehoor"):  # noqa: ASYNC110 - another process's work
                    await asyncio.sleep(0.1)
        finally:
            kill(last)
        await _whole(superuser, made, tmp_path, count)
        assert box.found() == count + 1


async def _whole(superuser: Connection, made: Organisation, folder: Path, count: int) -> None:
    """Each mail once, with its message, event and file; the bytes of each are there."""
    rows = await superuser.fetch(FILED, made.id)
    assert len(rows) == len({row["subject"] for row in rows}) == count + 1
    assert {(row["state"], row["messages"], row["events"]) for row in rows} == {("filed", 1, 1)}
    for row in rows:
        assert row["kind"] == ("reply" if row["subject"].startswith("Antwoord") else "complaint")
        assert row["files"] == ("bestand" in row["subject"])
        assert row["subject"].encode() in await Objects(folder).get(row["object_key"])
    complaints = "select count(*) from complaints where organisation_id = $1"
    assert await superuser.fetchval(complaints, made.id) == sum(row["kind"] == "complaint" for row in rows)


async def _count(superuser: Connection, made: Organisation) -> int:
    found: int = await superuser.fetchval("select count(*) from inbound_mails where organisation_id = $1", made.id)
    return found


async def _until(superuser: Connection, made: Organisation, count: int) -> UUID:
    """Waits for so many; the complaint of the first."""
    async with asyncio.timeout(90):
        while await _count(superuser, made) < count:  # noqa: ASYNC110 - another process's work
            await asyncio.sleep(0.05)
    first: UUID = await superuser.fetchval(
        "select complaint_id from inbound_mails where organisation_id = $1 order by id limit 1", made.id
    )
    return first
