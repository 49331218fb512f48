"""Mail that is piped in: what it becomes, what waits for a person, and that nothing is lost or hurts."""

import asyncio
import base64
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import httpx
import nh3
import pytest
import pytest_asyncio

from app.channels.incoming import parsed
from app.channels.objects import Objects
from app.domain.attachment import COMPLAINT_FILES
from app.domain.callers import SERVICE
from app.domain.events import Event
from app.domain.incoming import Parsed
from app.domain.mail import Tokens, message_id
from app.services.dossier import record
from app.store import deliveries, inbound_mails
from app.store.session import Database
from app.store.transaction import Transaction
from tests.api.office import faults, office
from tests.conftest import NewOrganisation, Organisation
from tests.inbound import ADDRESS, EARLIER, RECEIVED, Box, bounce, joined, mail, multipart, piping, to_case

AT = datetime(2036, 1, 7, 12, 0, tzinfo=UTC)  # a Monday
ON_TIME = "2036-01-07T08:30:00Z"
FOLDED = f"{'QUJD' * 19}\r\n" * 13_800 + "QUJD=="  # a megabyte, in lines as a mail has them
MAILBOX = """
insert into mailboxes (organisation_id, direction, host, port, security, address)
values ($1, 'incoming', 'mail.voorbeeld.example', 993, 'tls', $2)
"""


@pytest_asyncio.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with piping(database, tmp_path) as made:
        yield made


async def _box(
    client: httpx.AsyncClient,
    new_organisation: NewOrganisation,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    *procedures: str,
) -> Box:
    made = await office(new_organisation, database, *procedures, at=AT)
    await superuser.execute(MAILBOX, made.id, ADDRESS)
    return Box(client, made)


@pytest_asyncio.fixture
async def box(
    client: httpx.AsyncClient,
    new_organisation: NewOrganisation,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> Box:
    return await _box(client, new_organisation, database, superuser, "jso")


# -- a complaint -----------------------------------------------------------------------------------------------


async def test_a_mail_becomes_a_complaint_that_came_in_when_our_server_took_it(box: Box) -> None:
    filed = await box.file(mail("De training\r\nging niet door.", f"Received: {EARLIER}"))
    assert (filed["kind"], filed["state"], filed["receivedAt"]) == ("complaint", "filed", ON_TIME)
    found = await box.get(f"/complaints/{filed['complaintId']}")
    assert (found["reference"], found["channel"], found["receivedAt"]) == (filed["reference"], "email", ON_TIME)
    [event] = (await box.get(f"/complaints/{filed['complaintId']}/events"))["items"]
    assert event["texts"]["description"] == "De training\nging niet door."
    assert event["texts"]["subject"] == "Klacht"
    [person] = event["texts"]["parties"]
    assert (person["name"], person["email"]) == ("Sam Voorbeeld", "sam@example.org")
    [message] = (await box.get(f"/complaints/{filed['complaintId']}/correspondence"))["items"]
    assert (message["direction"], message["channel"], message["state"]) == ("inbound", "email", "received")


async def test_terms_count_from_the_day_on_which_our_server_took_it(
    client: httpx.AsyncClient,
    new_organisation: NewOrganisation,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A mail of Friday evening counts from Friday, also when it is fetched on Monday: two weeks (KK-10)."""
    box = await _box(client, new_organisation, database, superuser, "klikklaar")
    friday = RECEIVED.replace("Mon, 7 Jan 2036 09:30:00", "Fri, 4 Jan 2036 23:30:00")
    by_mail = await box.file(mail(Received=friday))
    assert by_mail["state"] == "filed", by_mail
    terms = (await box.get(f"/complaints/{by_mail['complaintId']}/terms"))["items"]
    body = {
        "channel": "email",
        "description": "x",
        "complainant": {"name": "Sam", "email": "sam@example.org"},
        "receivedAt": "2036-01-04T22:30:00Z",
    }
    answer = await box.ask("POST", "/complaints", body, **{"Idempotency-Key": uuid4().hex})
    by_hand = (await box.get(f"/complaints/{answer.json()['id']}/terms"))["items"]
    assert {(term["key"], term["dueOn"]) for term in terms} == {(term["key"], term["dueOn"]) for term in by_hand}
    assert "2036-01-18" in {term["dueOn"] for term in terms}


async def test_what_a_mail_brought_uses_up_nobodys_room(box: Box) -> None:
    image = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline"
    images = [(f'{image}; filename="{n}.png"', "iVBORw0KGgo=") for n in range(COMPLAINT_FILES)]
    filed = await box.file(multipart(("Content-Type: text/plain", "Zie de bijlagen."), *images))
    path = f"/complaints/{filed['complaintId']}/attachments"
    assert len((await box.get(path))["items"]) == COMPLAINT_FILES
    headers = {"Authorization": f"Bearer {box.made.keys['system'].token}"}
    answer = await box.client.post(path, files={"file": ("antwoord.txt", b"tekst")}, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_a_mail_without_a_true_received_header_counts_from_when_it_was_piped_in(box: Box) -> None:
    for received in (None, "from nowhere; onzin", "by mail.voorbeeld.example; Mon, 7 Jan 2099 09:30:00 +0100"):
        filed = await box.file(mail(Received=received, Message_ID=f"<{uuid4()}@example.org>"))
        at = datetime.fromisoformat(filed["receivedAt"])
        assert (filed["state"], abs((at - AT).total_seconds()) < 600) == ("filed", True), filed


async def test_the_same_mail_twice_is_one(box: Box) -> None:
    first = await box.put_in(mail())
    second = await box.put_in(mail())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len((await box.get("/complaints"))["items"]) == 1


@pytest.mark.proves("X-07")
async def test_a_mail_that_comes_by_two_ways_is_one_complaint(box: Box) -> None:
    by_another = mail("Klacht", "Received: from mx by mail; Mon, 7 Jan 2036 09:31:00 +0100", "Delivered-To: info@v.nl")
    answers = await asyncio.gather(*(box.put_in(raw) for raw in (mail("Klacht"), by_another, mail("Klacht \r\n\r\n"))))
    first, *copies = sorted((each.json() for each in answers), key=lambda each: str(each["duplicateOf"] or ""))
    assert (first["state"], first["duplicateOf"]) == ("filed", None)
    for each in copies:
        assert (each["state"], each["reason"]) == ("set_aside", "duplicate")
        assert (each["complaintId"], each["duplicateOf"]) == (first["complaintId"], first["id"])
    assert len((await box.get("/complaints"))["items"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        mail("Iets anders"),
        mail("Klacht", From="Robin <robin@example.org>"),
        mail("Klacht", "Date: Tue, 8 Jan 2036 08:00:00 +0100"),
        multipart(("Content-Type: text/plain", "Klacht"), ("Content-Type: application/pdf; name=a.pdf", "%PDF-1.7")),
    ],
)
async def test_a_message_id_that_is_used_again_loses_no_mail(box: Box, other: bytes) -> None:
    assert [(await box.file(raw))["state"] for raw in (mail("Klacht"), other)] == ["filed", "filed"]
    without = [mail("Klacht", f"X: {each}", Message_ID=None) for each in (1, 2)]
    assert [(await box.file(raw))["state"] for raw in without] == ["filed", "filed"]


async def test_a_copy_that_reaches_us_at_the_address_of_a_case_is_filed_there_once(box: Box) -> None:
    case = (await box.file(mail()))["complaintId"]
    ways = ["Delivered-To: info@voorbeeld.example", f"Delivered-To: {to_case(case)}", f"X-Original-To: {to_case(case)}"]
    found = [await box.file(mail("Nog iets.", way)) for way in ways]
    assert [(each["kind"], each["state"]) for each in found] == [
        ("complaint", "filed"),
        ("reply", "filed"),
        ("reply", "set_aside"),
    ]
    assert found[2]["duplicateOf"] == found[1]["id"]


async def test_a_copy_goes_with_the_mail_that_somebody_decides_about(box: Box) -> None:
    first, copy = [await box.file(mail("Klacht", f"X: {each}", From="sam@example.org")) for each in (1, 2)]
    assert (first["state"], copy["state"], copy["duplicateOf"]) == ("triage", "set_aside", first["id"])
    decision = {"as": "complaint", "complainantName": "Sam"}
    done = await box.ask("POST", f"/inbound-mails/{first['id']}/decisions", decision, "complaints_officer")
    after = await box.get(f"/inbound-mails/{copy['id']}")
    assert (after["complaintId"], after["state"]) == (done.json()["complaintId"], "set_aside")


@pytest.mark.parametrize(
    ("decision", "again"),
    [
        ({"as": "complaint", "complainantName": "Sam"}, (409, "filed-already")),
        ({"as": "set_aside", "reason": "reclame"}, (201, None)),
    ],
)
async def test_a_decision_holds_nothing_while_the_mail_is_read(
    box: Box,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
    decision: dict[str, str],
    again: tuple[int, str | None],
) -> None:
    """A slow store would else hold a connection, and the mail, for each that waits."""
    filed = await box.file(mail(From="sam@example.org", To=to_case(uuid4())))
    asked, goes_on = asyncio.Event(), asyncio.Event()
    get = Objects.get

    async def slow(objects: Objects, key: str) -> bytes:
        asked.set()
        await goes_on.wait()
        return await get(objects, key)

    monkeypatch.setattr(Objects, "get", slow)
    path = f"/inbound-mails/{filed['id']}/decisions"
    deciding = asyncio.create_task(box.ask("POST", path, decision, "complaints_officer"))
    await asyncio.wait_for(asked.wait(), 10)
    try:
        async with superuser.transaction():
            await superuser.execute("select from inbound_mails where id = $1 for update nowait", UUID(filed["id"]))
    finally:
        goes_on.set()
    assert (await deciding).status_code == 201
    later = await box.ask("POST", path, decision, "complaints_officer")
    assert (later.status_code, later.json().get("code")) == again


@pytest.mark.proves("X-07")
@pytest.mark.parametrize("by_a_person", [False, True])
async def test_a_complaint_is_no_copy_of_a_mail_that_became_none(box: Box, by_a_person: bool) -> None:
    first = await box.file(mail("Klacht", "Precedence: list"))
    again = await box.file(mail("Klacht", "Precedence: list", "X: 1"))
    assert (first["state"], again["state"], again["duplicateOf"]) == ("triage", "set_aside", first["id"])
    if by_a_person:
        decision = {"as": "set_aside", "reason": "een lijst"}
        await box.ask("POST", f"/inbound-mails/{first['id']}/decisions", decision, "complaints_officer")
    plain = await asyncio.gather(*(box.put_in(mail("Klacht", f"X: {each}")) for each in "23"))
    filed, copy = sorted((each.json() for each in plain), key=lambda each: str(each["duplicateOf"] or ""))
    assert (filed["kind"], filed["state"], filed["duplicateOf"]) == ("complaint", "filed", None)
    assert (copy["state"], copy["duplicateOf"]) == ("set_aside", filed["id"])
    assert len((await box.get("/complaints"))["items"]) == 1
    before = await box.get(f"/inbound-mails/{first['id']}")
    if by_a_person:  # what somebody decided stays
        assert (before["state"], before["reason"], before["duplicateOf"]) == ("set_aside", "een lijst", None)
    else:
        found = (before["state"], before["reason"], before["duplicateOf"], before["complaintId"])
        assert found == ("set_aside", "duplicate", filed["id"], filed["complaintId"])
    assert (await box.get("/inbound-mails?state=triage"))["items"] == []


@pytest.mark.parametrize("first_held", ["before it is looked for", "after it was found"])
async def test_a_copy_that_comes_while_somebody_decides_goes_with_its_first(
    box: Box, database: Database, monkeypatch: pytest.MonkeyPatch, first_held: str
) -> None:
    """Whoever is involved in that case sees no trace of it (P9)."""
    case = await box.file(mail("De training ging niet door.", Message_ID="<0@example.org>"))
    involved = {"staff_id": str(box.made.staff["director"])}
    async with database.organisation(box.made.id) as tx:
        await record(
            tx,
            UUID(case["complaintId"]),
            lambda dossier: [Event("involvement.declared", dossier.now, involved)],
            SERVICE,
        )
    first = await box.file(mail("Over de directeur.", "X: 1", From="sam@example.org"))
    assert first["state"] == "triage"
    arriving, deciding = asyncio.Event(), asyncio.Event()
    insert, settle = inbound_mails.insert, inbound_mails.settle

    async def slow_insert(tx: Transaction, row: inbound_mails.Row) -> bool:
        if first_held.startswith("after"):
            arriving.set()
            await asyncio.wait_for(deciding.wait(), 20)
        return await insert(tx, row)

    async def slow_settle(tx: Transaction, mail_id: UUID, *what: Any) -> None:
        if str(mail_id) == first["id"] and first_held.startswith("before"):
            deciding.set()
            await asyncio.wait_for(arriving.wait(), 20)
            await asyncio.sleep(0.5)  # it waits for us, or has long been set aside
        await settle(tx, mail_id, *what)

    monkeypatch.setattr(inbound_mails, "insert", slow_insert)
    monkeypatch.setattr(inbound_mails, "settle", slow_settle)
    decision = {"as": "reply", "complaintId": case["complaintId"]}
    decide = partial(box.ask, "POST", f"/inbound-mails/{first['id']}/decisions", decision, by="complaints_officer")
    copy = mail("Over de directeur.", "X: 2", From="sam@example.org")
    if first_held.startswith("before"):
        decided = asyncio.create_task(decide(**{"Idempotency-Key": "d"}))
        await asyncio.wait_for(deciding.wait(), 20)
        second = asyncio.create_task(box.put_in(copy))
        await asyncio.sleep(0.5)
        arriving.set()
    else:
        second = asyncio.create_task(box.put_in(copy))
        await asyncio.wait_for(arriving.wait(), 20)
        decided = asyncio.create_task(decide(**{"Idempotency-Key": "d"}))
        await asyncio.sleep(0.5)
        deciding.set()
    assert (await decided).status_code == 201
    set_aside = (await second).json()
    assert (set_aside["state"], set_aside["duplicateOf"]) == ("set_aside", first["id"])
    after = await box.get(f"/inbound-mails/{set_aside['id']}")
    assert after["complaintId"] == case["complaintId"]
    assert (await box.get("/inbound-mails", by="director"))["items"] == []


async def test_files_and_mails_in_a_mail_are_kept_as_files(box: Box) -> None:
    pdf = base64.encodebytes(b"%PDF-1.7 rooster").decode()
    inner = "From: a@example.org\r\nSubject: eerder\r\n\r\nEerdere mail."
    filed = await box.file(
        multipart(
            ("Content-Type: text/plain", "Zie de bijlage."),
            (
                'Content-Type: application/msword; name="../../rooster.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
                "Content-Disposition: attachment",
                pdf,
            ),
            ("Content-Type: message/rfc822", inner),
        )
    )
    files = (await box.get(f"/complaints/{filed['complaintId']}/attachments"))["items"]
    assert {(each["name"], each["mediaType"], each["state"]) for each in files} == {
        ("rooster.pdf", "application/pdf", "clean"),
        ("bericht.eml", "text/plain", "clean"),
    }


async def test_the_bytes_of_a_mail_stay_as_they_were(box: Box) -> None:
    raw = mail(b"R\xe9clame\0")
    filed = await box.file(raw)
    answer = await box.ask("GET", f"/inbound-mails/{filed['id']}/content")
    assert answer.content == raw
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "message/rfc822"


# -- on a case -------------------------------------------------------------------------------------------------


async def test_an_answer_is_filed_by_the_token_whoever_sent_it(box: Box) -> None:
    case = (await box.file(mail()))["complaintId"]
    filed = await box.file(mail("Nog iets.", From="Iemand <anders@example.net>", To=to_case(case).upper()))
    assert (filed["kind"], filed["state"], filed["complaintId"]) == ("reply", "filed", case)
    types = [event["type"] for event in (await box.get(f"/complaints/{case}/events"))["items"]]
    assert types == ["complaint.received", "message.received"]
    messages = (await box.get(f"/complaints/{case}/correspondence"))["items"]
    assert len(messages) == 2


@pytest.mark.proves("JSO-08")
@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize(
    ("sender", "shared"),
    [("sam@example.org", True), ("Beklaagde@example.org", False), ("iemand@example.net", False)],
)
async def test_the_complainant_sees_only_what_they_wrote(box: Box, sender: str, shared: bool, by_hand: bool) -> None:
    body = {
        "channel": "email",
        "description": "x",
        "complainant": {"name": "Sam", "email": "sam@example.org"},
        "subjectPerson": {"name": "Robin", "email": "beklaagde@example.org"},
    }
    case = (await box.ask("POST", "/complaints", body, **{"Idempotency-Key": uuid4().hex})).json()["id"]
    raw = multipart(
        ("Content-Type: text/plain", "Ik was die dag ziek."),
        ("Content-Type: application/pdf; name=medisch.pdf", "%PDF-1.7 x"),
        From=f"Iemand <{sender}>",
        To=ADDRESS if by_hand else to_case(case),
        Subject=f"Re: {(await box.get(f'/complaints/{case}'))['reference']}",
    )
    filed = await box.file(raw)
    if by_hand:
        decision = {"as": "reply", "complaintId": case}
        assert (
            await box.ask("POST", f"/inbound-mails/{filed['id']}/decisions", decision, "complaints_officer")
        ).is_success
    [message] = (await box.get(f"/complaints/{case}/correspondence"))["items"]
    [file] = (await box.get(f"/complaints/{case}/attachments"))["items"]
    event = (await box.get(f"/complaints/{case}/events"))["items"][-1]
    assert (message["shared"], file["shared"], event["facts"]["shared"]) == (shared, shared, shared)


async def test_neither_sender_nor_subject_nor_thread_files_a_mail_to_a_case(box: Box) -> None:
    first = await box.file(mail())
    again = await box.file(mail("Weer", Subject="Re: Klacht", In_Reply_To="<1@example.org>"))
    assert (again["kind"], again["state"]) == ("complaint", "filed")
    assert again["complaintId"] != first["complaintId"]
    # of a reference that anybody can write there a person decides what it is
    named = await box.file(mail("Weer", Subject=f"Re: [{first['reference']}] Klacht"))
    assert (named["kind"], named["state"]) == ("unclear", "triage")
    assert len((await box.get(f"/complaints/{first['complaintId']}/correspondence"))["items"]) == 1


async def test_a_reference_that_begins_with_a_digit_is_one(
    client: httpx.AsyncClient,
    new_organisation: NewOrganisation,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """The name of the organisation begins so: 1801-jeugdhulp."""
    made = await office(new_organisation, database, "jso", at=AT, slug=f"1801-jeugdhulp-{uuid4().hex[:12]}")
    await superuser.execute(MAILBOX, made.id, ADDRESS)
    box = Box(client, made)
    first = await box.file(mail())
    assert first["reference"].startswith("1J")
    named = await box.file(mail("Nog iets.", Subject=f"Re: [{first['reference']}] Klacht"))
    assert (named["kind"], named["state"]) == ("unclear", "triage")


async def test_a_token_that_we_did_not_make_waits_for_a_person(
    box: Box,
    new_organisation: NewOrganisation,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    other = await _box(box.client, new_organisation, database, superuser)
    theirs = (await other.file(mail()))["complaintId"]
    mine = (await box.file(mail()))["complaintId"]
    for to in (to_case(mine, Tokens(b"x" * 32)), to_case(theirs), to_case(uuid4())):
        filed = await box.file(mail("Nog iets.", To=to, Message_ID=None))
        assert (filed["kind"], filed["state"], filed["reason"]) == ("unclear", "triage", "token-unknown")
        assert filed["complaintId"] is None
    assert len((await other.get(f"/complaints/{theirs}/events"))["items"]) == 1


async def test_an_automatic_answer_is_kept_on_the_case_and_starts_nothing(box: Box) -> None:
    case = (await box.file(mail()))["complaintId"]
    filed = await box.file(mail("Ik ben er niet.", "Auto-Submitted: auto-replied", To=to_case(case)))
    assert (filed["kind"], filed["state"], filed["complaintId"]) == ("auto_reply", "filed", case)
    assert len((await box.get(f"/complaints/{case}/events"))["items"]) == 1


@pytest.mark.parametrize(
    "header", ["List-Unsubscribe: <x>", "List-Id: <x>", "Precedence: bulk", "Auto-Submitted: auto-generated"]
)
async def test_an_answer_that_only_looks_automatic_waits_for_a_person(box: Box, header: str) -> None:
    """Such headers stand in all mail of some systems, also in what a person wrote there."""
    case = (await box.file(mail()))["complaintId"]
    waits = await box.file(mail("Ik maak bezwaar.", header, To=to_case(case)))
    assert (waits["kind"], waits["state"], waits["complaintId"]) == ("auto_reply", "triage", case)
    decision = {"as": "reply", "complaintId": case}
    done = await box.ask("POST", f"/inbound-mails/{waits['id']}/decisions", decision, "complaints_officer")
    assert (done.status_code, done.json()["kind"], done.json()["state"]) == (201, "reply", "filed")
    assert len((await box.get(f"/complaints/{case}/correspondence"))["items"]) == 2


def _automatic(to: str) -> bytes:
    parts = (("Content-Type: text/plain", "Ik maak bezwaar."), ("Content-Type: application/pdf", "%PDF-1.7 brief"))
    return multipart(*parts, To=to, Auto_Submitted="auto-replied")


def _returned(to: str) -> bytes:
    return bounce("<1@elders.example>", To=to)


@pytest.mark.parametrize("raw", [_automatic, _returned])
async def test_what_was_taken_for_a_machines_is_taken_up_by_a_person_after_all(
    box: Box, raw: Callable[[str], bytes]
) -> None:
    case, other = [
        (await box.file(mail(f"Klacht {number}", Message_ID=f"<{number}@b.example>")))["complaintId"]
        for number in range(2)
    ]
    kept = await box.file(raw(to_case(case)))
    assert (kept["state"], kept["complaintId"]) == ("filed", case)
    files = len((await box.get(f"/complaints/{case}/attachments"))["items"])
    assert files
    path = f"/inbound-mails/{kept['id']}/decisions"
    # also when somebody left it aside first
    aside = await box.ask("POST", path, {"as": "set_aside", "reason": "automatisch"}, "complaints_officer")
    assert (aside.status_code, aside.json()["state"]) == (201, "set_aside")
    done = await box.ask("POST", path, {"as": "reply", "complaintId": other}, "complaints_officer")
    assert (done.status_code, done.json()["kind"], done.json()["complaintId"]) == (201, "reply", other)
    # its files went along, and are there once
    assert (await box.get(f"/complaints/{case}/attachments"))["items"] == []
    assert len((await box.get(f"/complaints/{other}/attachments"))["items"]) == files
    message = (await box.get(f"/complaints/{other}/correspondence"))["items"][-1]
    assert len(message["attachments"]) == files
    again = await box.ask("POST", path, {"as": "reply", "complaintId": case}, "complaints_officer")
    assert (again.status_code, again.json()["code"]) == (409, "filed-already")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Auto-Submitted: auto-generated (vacation)", "auto-submitted"),
        ("Precedence: bulk", "precedence"),
        ("Precedence: LIST", "precedence"),
        ("List-Id: <nieuws.example.org>", "list"),
        ("X-Autoreply: yes", "auto-response"),
    ],
)
async def test_what_a_machine_wrote_waits_for_a_person(box: Box, header: str, reason: str) -> None:
    filed = await box.file(mail("Bericht", header))
    assert (filed["kind"], filed["state"], filed["reason"]) == ("auto_reply", "triage", reason)


async def test_auto_submitted_no_is_a_person(box: Box) -> None:
    assert (await box.file(mail("Klacht", "Auto-Submitted: no")))["kind"] == "complaint"


# -- our own mail, and mail that did not arrive ----------------------------------------------------------------


async def _sent(database: Database, made: Organisation, case: str) -> UUID:
    """A mail of ours on this complaint that was handed over."""
    async with database.organisation(made.id) as tx:
        message = await tx.fetchrow("select id from messages where complaint_id = $1 limit 1", UUID(case))
        assert message is not None
        row = await deliveries.add_mail(tx, UUID(case), message["id"], "sam@example.org")
        await tx.execute("update deliveries set state = 'delivered' where id = $1", row["id"])
    return UUID(str(row["id"]))


async def test_a_bounce_says_on_the_case_that_a_mail_did_not_arrive(box: Box, database: Database) -> None:
    case = (await box.file(mail()))["complaintId"]
    delivery = await _sent(database, box.made, case)
    filed = await box.file(bounce(message_id(delivery, ADDRESS)))
    assert (filed["kind"], filed["state"], filed["complaintId"]) == ("bounce", "filed", case)
    again = await box.file(bounce(message_id(delivery, ADDRESS), Subject="Nog eens"))
    assert (again["kind"], again["state"]) == ("bounce", "filed")
    failed = [
        each for each in (await box.get(f"/complaints/{case}/events"))["items"] if each["type"] == "delivery.failed"
    ]
    assert [(each["facts"]["deliveryId"], each["facts"]["code"]) for each in failed] == [
        (str(delivery), "bounced-5.1.1")
    ]
    async with database.organisation(box.made.id) as tx:
        row = await deliveries.read(tx, delivery)
    assert row is not None
    assert (row["state"], row["last_code"]) == ("dead", "bounced-5.1.1")


async def test_a_delay_is_no_failure(box: Box, database: Database) -> None:
    case = (await box.file(mail()))["complaintId"]
    delivery = await _sent(database, box.made, case)
    filed = await box.file(bounce(message_id(delivery, ADDRESS), "4.4.1", "delayed"))
    assert (filed["kind"], filed["state"]) == ("bounce", "filed")
    assert len((await box.get(f"/complaints/{case}/events"))["items"]) == 1


async def test_a_server_that_gave_up_after_days_did_not_deliver(box: Box, database: Database) -> None:
    """RFC 3464, 2.3.3: failed is final, whatever the status; a delay is delayed."""
    case = (await box.file(mail()))["complaintId"]
    delivery = await _sent(database, box.made, case)
    await box.file(bounce(message_id(delivery, ADDRESS), "4.4.1"))
    event = (await box.get(f"/complaints/{case}/events"))["items"][-1]
    assert (event["type"], event["facts"]["code"]) == ("delivery.failed", "bounced-4.4.1")
    async with database.organisation(box.made.id) as tx:
        row = await deliveries.read(tx, delivery)
    assert row is not None and row["state"] == "dead"


async def test_a_bounce_of_what_we_did_not_send_waits_for_a_person(box: Box) -> None:
    filed = await box.file(bounce(message_id(uuid4(), ADDRESS)))
    assert (filed["kind"], filed["state"], filed["reason"]) == ("bounce", "triage", "original-unknown")


async def test_our_own_mail_that_comes_back_is_set_aside(box: Box, database: Database) -> None:
    case = (await box.file(mail()))["complaintId"]
    delivery = await _sent(database, box.made, case)
    filed = await box.file(mail("Uw klacht", Message_ID=message_id(delivery, ADDRESS), From=ADDRESS))
    assert (filed["kind"], filed["state"], filed["reason"]) == ("loop", "set_aside", "own-mail")


@pytest.mark.parametrize("sender", [ADDRESS, f"Klachten <{ADDRESS.upper()}>", f"klachten+abc@{ADDRESS.split('@')[1]}"])
async def test_a_mail_from_our_own_address_waits_for_a_person(box: Box, sender: str) -> None:
    filed = await box.file(mail("Wie schrijft dit?", From=sender))
    assert (filed["kind"], filed["state"], filed["reason"]) == ("loop", "triage", "own-address")


async def test_an_answer_to_our_mail_without_its_token_waits_for_a_person(box: Box, database: Database) -> None:
    case = (await box.file(mail()))["complaintId"]
    delivery = await _sent(database, box.made, case)
    filed = await box.file(mail("Dank.", In_Reply_To=message_id(delivery, ADDRESS)))
    assert (filed["kind"], filed["state"], filed["reason"]) == ("unclear", "triage", "answer-without-token")
    assert filed["complaintId"] == case
    assert len((await box.get(f"/complaints/{case}/correspondence"))["items"]) == 1  # the complaint, no answer


# -- what a person has to look at ------------------------------------------------------------------------------


async def test_a_sender_who_writes_very_often_waits_for_a_person(box: Box) -> None:
    states = [(await box.file(mail(f"Klacht {number}")))["state"] for number in range(31)]
    assert states == ["filed"] * 30 + ["triage"]
    other = await box.file(mail("Klacht", From="Robin <robin@example.org>"))
    assert other["state"] == "filed"


async def test_what_the_procedure_refuses_waits_with_the_reason(box: Box) -> None:
    filed = await box.file(mail(From="sam@example.org"))
    assert (filed["kind"], filed["state"], filed["reason"]) == ("complaint", "triage", "complainant-name-required")
    [waiting] = (await box.get("/inbound-mails?state=triage"))["items"]
    assert waiting["id"] == filed["id"]
    old = await box.file(mail("Oud", Received="by mail.voorbeeld.example; Mon, 7 Jan 2019 09:30:00 +0100"))
    assert (old["state"], old["reason"]) == ("triage", "no-procedure-in-force")


async def test_with_several_procedures_somebody_says_which(
    client: httpx.AsyncClient,
    new_organisation: NewOrganisation,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    box = await _box(client, new_organisation, database, superuser, "jso", "klikklaar")
    filed = await box.file(mail())
    assert (filed["state"], filed["reason"]) == ("triage", "procedure-required")
    decision = {"as": "complaint", "procedure": "klikklaar"}
    done = await box.ask("POST", f"/inbound-mails/{filed['id']}/decisions", decision, "complaints_officer")
    assert done.status_code == 201, done.text
    found = await box.get(f"/complaints/{done.json()['complaintId']}")
    assert (found["procedure"]["id"], found["receivedAt"]) == ("klikklaar", ON_TIME)


async def test_a_mail_that_was_once_kept_as_of_1970_is_listed_and_decided_about(
    box: Box, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    filed = await box.file(mail(From="sam@example.org"))
    await superuser.execute("update inbound_mails set received_at = 'epoch' where id = $1", UUID(filed["id"]))
    [listed] = (await box.get("/inbound-mails"))["items"]
    assert listed["receivedAt"] == listed["createdAt"]
    decision = {"as": "complaint", "complainantName": "Sam"}
    done = await box.ask("POST", f"/inbound-mails/{filed['id']}/decisions", decision, "complaints_officer")
    assert (done.status_code, done.json()["state"]) == (201, "filed")


async def test_a_decision_with_several_faults_names_them_all_and_does_nothing(box: Box, tmp_path: Path) -> None:
    body = multipart(("Content-Type: text/plain", "Klacht"), ("Content-Type: application/pdf; name=a.pdf", "%PDF-1.7"))
    filed = await box.file(body.replace(b"Sam Voorbeeld <sam@example.org>", b"sam@example.org"))
    assert filed["state"] == "triage"
    path = f"/inbound-mails/{filed['id']}/decisions"
    nobody = str(uuid4())
    for sent, expected in (
        ({"as": "complaint", "complaintId": nobody}, {("/complaintId", "not-here"), ("/complainantName", "required")}),
        ({"as": "complaint", "zz": 1}, {("/zz", "unknown-field"), ("/complainantName", "required")}),
        (
            {"as": "complaint", "procedure": "hss", "zz": 1},
            {("/zz", "unknown-field"), ("/procedure", "unknown"), ("/complainantName", "required")},
        ),
        (
            {"as": "reply", "complaintId": nobody, "complainantName": "Sam"},
            {("/complaintId", "unknown"), ("/complainantName", "not-here")},
        ),
        ({"as": "pigeon", "complaintId": nobody}, {("/as", "not-an-option"), ("/complaintId", "unknown")}),
        ({"as": "set_aside", "zz": 1}, {("/zz", "unknown-field"), ("/reason", "required")}),
    ):
        kept = _stored(tmp_path)
        wrong = await box.ask("POST", path, sent, "complaints_officer")
        assert (wrong.status_code, faults(wrong)) == (400, expected)
        # what is only tried stores no file; of what is refused later a sweep takes it away
        assert "zz" not in sent or _stored(tmp_path) == kept
    assert (await box.get(f"/inbound-mails/{filed['id']}"))["state"] == "triage"
    assert (await box.get("/complaints"))["items"] == []


def _stored(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


async def test_a_person_decides_once(box: Box) -> None:
    case = (await box.file(mail()))["complaintId"]
    path = f"/inbound-mails/{(await box.file(mail('Nog iets', To=to_case(uuid4()))))['id']}/decisions"
    wrong = await box.ask("POST", path, {"as": "reply"}, "complaints_officer")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/complaintId")
    unknown = await box.ask("POST", path, {"as": "reply", "complaintId": str(uuid4())}, "complaints_officer")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (400, "/complaintId")
    done = await box.ask("POST", path, {"as": "reply", "complaintId": case}, "complaints_officer")
    assert (done.status_code, done.json()["kind"], done.json()["state"]) == (201, "reply", "filed")
    assert done.json()["decidedBy"] == str(box.made.staff["complaints_officer"])
    again = await box.ask("POST", path, {"as": "set_aside", "reason": "toch niet"}, "complaints_officer")
    assert (again.status_code, again.json()["code"]) == (409, "filed-already")
    assert len((await box.get(f"/complaints/{case}/correspondence"))["items"]) == 2


async def test_a_mail_is_set_aside_with_a_reason(box: Box) -> None:
    path = f"/inbound-mails/{(await box.file(mail('Aanbieding', 'List-Id: <x.example.org>')))['id']}"
    assert (await box.ask("POST", f"{path}/decisions", {"as": "set_aside"}, "complaints_officer")).status_code == 400
    done = await box.ask("POST", f"{path}/decisions", {"as": "set_aside", "reason": "reclame"}, "complaints_officer")
    assert (done.status_code, done.json()["state"], done.json()["reason"]) == (201, "set_aside", "reclame")
    assert (await box.get("/inbound-mails?state=triage"))["items"] == []
    assert (await box.ask("GET", f"{path}/content")).status_code == 200


# -- who may ---------------------------------------------------------------------------------------------------


async def test_only_who_files_for_others_pipes_mail(box: Box, new_organisation: NewOrganisation) -> None:
    website = await box.put_in(mail(), by="website")
    assert (website.status_code, website.json()["code"]) == (403, "not-for-forms")
    assert (await box.put_in(mail(), by="reporter")).status_code == 403
    assert (await box.put_in(mail(), kind="application/json")).status_code == 415
    assert (await box.client.post("/inbound-mails", content=mail())).status_code == 401
    filed = await box.file(mail())
    stranger = Box(box.client, await new_organisation())
    for path in ("", "/content"):
        assert (await stranger.ask("GET", f"/inbound-mails/{filed['id']}{path}")).status_code == 404
    assert (await box.ask("GET", f"/inbound-mails/{filed['id']}", by="website")).status_code == 403


async def test_a_mail_on_a_case_is_not_seen_by_who_is_involved_in_it(
    box: Box, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    case = (await box.file(mail()))["complaintId"]
    answer = await box.file(mail("Nog iets.", To=to_case(case)))
    path = f"/inbound-mails/{answer['id']}"
    assert (await box.ask("GET", path, by="director")).status_code == 200
    await superuser.execute(
        "insert into involvements (organisation_id, complaint_id, staff_id, declared_at) values ($1, $2, $3, now())",
        box.made.id,
        UUID(case),
        box.made.staff["director"],
    )
    for hidden in (path, f"{path}/content"):
        assert (await box.ask("GET", hidden, by="director")).status_code == 404
    assert (await box.get("/inbound-mails", by="director"))["items"] == []


async def test_a_mail_that_only_names_ours_is_not_seen_by_who_is_involved_in_its_case_either(
    box: Box, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    case = (await box.file(mail()))["complaintId"]
    ours = message_id(await _sent(database, box.made, case), ADDRESS)
    await superuser.execute(
        "insert into involvements (organisation_id, complaint_id, staff_id, declared_at) values ($1, $2, $3, now())",
        box.made.id,
        UUID(case),
        box.made.staff["director"],
    )
    back = await box.file(mail("Uw klacht over de directeur", Message_ID=ours, From=ADDRESS))
    thread = await box.file(mail("Dank.", In_Reply_To=ours))
    away = await box.file(mail("Ik ben er niet.", To=to_case(case), From=ADDRESS))
    for each in (thread, away):
        decision = {"as": "set_aside", "reason": "geen antwoord"}
        done = await box.ask("POST", f"/inbound-mails/{each['id']}/decisions", decision, "complaints_officer")
        assert (done.status_code, done.json()["state"]) == (201, "set_aside")
    reference = (await box.get(f"/complaints/{case}"))["reference"]
    named = await box.file(mail("Dank.", Subject=f"Re: uw klacht ({reference.lower()})"))
    assert (named["state"], named["reason"], named["complaintId"]) == ("triage", "answer-without-token", case)
    for each in (back, thread, away, named):
        assert (await box.ask("GET", f"/inbound-mails/{each['id']}", by="director")).status_code == 404
    assert (await box.get("/inbound-mails", by="director"))["items"] == []


async def _involve(box: Box, superuser: "asyncpg.Connection[asyncpg.Record]", case: str) -> None:
    await superuser.execute(
        "insert into involvements (organisation_id, complaint_id, staff_id, declared_at) values ($1, $2, $3, now())",
        box.made.id,
        UUID(case),
        box.made.staff["director"],
    )


async def test_a_mail_that_names_several_cases_is_seen_by_nobody_who_is_involved_in_one_of_them(
    box: Box, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    a, b = [await box.file(mail(f"Klacht {each}", Message_ID=f"<{each}@example.org>")) for each in "ab"]
    of_a, of_b = [message_id(await _sent(database, box.made, each["complaintId"]), ADDRESS) for each in (a, b)]
    await _involve(box, superuser, b["complaintId"])
    to_a, to_b = to_case(a["complaintId"]), to_case(b["complaintId"])
    raws = [
        mail("Beide.", Subject=f"{a['reference']} en {b['reference']}"),
        mail("Beide.", Subject=f"{a['reference']} en {b['reference']}", To=f"info@voorbeeld.example, {ADDRESS}"),
        mail("Beide.", Subject=f"Ook over {b['reference']}", To=to_a),
        mail("Beide.", To=f"{to_a}, {to_b}"),
        mail("Beide, in een draad.", References=f"{of_b} {of_a}"),
        bounce(of_b, To=to_a),
    ]
    filed = [await box.file(raw) for raw in raws]
    assert {each["complaintId"] for each in filed} == {a["complaintId"]}
    assert filed[1]["duplicateOf"] == filed[0]["id"]
    for each in filed:
        for path in ("", "/content"):
            found = await box.ask("GET", f"/inbound-mails/{each['id']}{path}", by="director")
            assert found.status_code == 404, each
    assert {each["id"] for each in (await box.get("/inbound-mails", by="director"))["items"]} == {a["id"]}
    # what a report brought is hidden with it; a message on the case and its files are the case's
    report = bounce(of_b, To=to_a, Subject="Nog eens").replace(
        b"Content-Type: text/rfc822-headers", b"Content-Type: text/rfc822-headers; name=kop.txt"
    )
    await box.file(report)
    pdf = ("Content-Type: application/pdf; name=bewijs.pdf", "%PDF-1.7 x")
    await box.file(multipart(("Content-Type: text/plain", "Zie"), pdf, To=to_a, Subject=f"Ook {b['reference']}"))
    path = f"/complaints/{a['complaintId']}/attachments"
    assert {each["name"] for each in (await box.get(path))["items"]} == {"bewijs.pdf", "kop.txt", "bijlage"}
    assert {each["name"] for each in (await box.get(path, by="director"))["items"]} == {"bewijs.pdf"}


@pytest.mark.parametrize(
    "written", ["{0} {1} {2}", "{0}\u2011{1}\u2011{2}", "{0}\u2013{1} \u2013 {2}", "{0}{1}{2}", "{0}-{1}-{2}_x"]
)
async def test_a_reference_is_known_however_it_was_typed_over(box: Box, written: str) -> None:
    case = await box.file(mail())
    subject = f"Over mijn zaak {written.format(*case['reference'].split('-')).lower()}"
    named = await box.file(mail("Nog iets.", Subject=subject))
    assert (named["state"], named["reason"], named["complaintId"]) == (
        "triage",
        "answer-without-token",
        case["complaintId"],
    )


# -- odd and hostile ones --------------------------------------------------------------------------------------

# what it is, and its text or the reason why it waits
ODD: dict[str, tuple[Callable[[], bytes], str, str | None]] = {
    "latin-1 called utf-8": (lambda: mail("Reclamé".encode("latin-1")), "complaint", "Reclamé"),
    "utf-8 called ascii": (
        lambda: mail("Reclamé", Content_Type="text/plain; charset=us-ascii"),
        "complaint",
        "Reclamé",
    ),
    "no charset": (lambda: mail("Reclamé", Content_Type=None), "complaint", "Reclamé"),
    "a charset that is none": (lambda: mail("Klacht", Content_Type="text/plain; charset=zlib"), "complaint", "Klacht"),
    "punycode": (lambda: mail("a-" * 400_000, Content_Type="text/plain; charset=punycode"), "complaint", "a-" * 50_000),
    "utf-16": (
        lambda: mail("Hallo".encode("utf-16"), Content_Type="text/plain; charset=utf-16"),
        "complaint",
        "Hallo",
    ),
    "NUL": (lambda: mail(b"Hal\0lo"), "complaint", "Hal\ufffdlo"),
    "encoded words": (lambda: mail("x", Subject="=?utf-8?q?Klacht_=C3=A9?= =?zlib?b?eA=3D?="), "complaint", "x"),
    "HTML only": (
        lambda: mail(
            "<style>p{}</style><p>Het ging <b>niet</b> goed.</p><script>alert(1)</script>"
            "<div>Groet,<br>Sam &amp; Robin</div><img src=http://example.org/x>",
            Content_Type="text/html; charset=utf-8",
        ),
        "complaint",
        "Het ging niet goed.\n\nGroet,\nSam & Robin",
    ),
    "text beside HTML": (
        lambda: multipart(
            ("Content-Type: text/plain", "Platte tekst"), ("Content-Type: text/html", "<p>HTML"), kind="alternative"
        ),
        "complaint",
        "Platte tekst",
    ),
    "text after HTML": (
        lambda: multipart(
            ("Content-Type: text/html", "<p>HTML"), ("Content-Type: text/plain", "Platte tekst"), kind="alternative"
        ),
        "complaint",
        "Platte tekst",
    ),
    "an empty text beside HTML": (
        lambda: multipart(
            ("Content-Type: text/plain", " "), ("Content-Type: text/html", "<p>Alleen hier"), kind="alternative"
        ),
        "complaint",
        "Alleen hier",
    ),
    "HTML in HTML in HTML": (lambda: mail("<div>" * 190_000 + "x", Content_Type="text/html"), "complaint", "x"),
    "HTML of nothing but ampersands, four times": (
        lambda: multipart(*[("Content-Type: text/html", "&" * 300_000)] * 4),
        "complaint",
        "&" * 100_000,
    ),
    "HTML of signs that have a name": (
        lambda: mail("\xabx" * 400_000, Content_Type="text/html; charset=utf-8"),
        "complaint",
        "\xabx" * 50_000,
    ),
    "HTML in HTML, forty times": (
        lambda: multipart(*[("Content-Type: text/html", "<div>" * 9_000 + "x")] * 40),
        "complaint",
        None,
    ),
    "HTML after a picture of a megabyte": (
        lambda: mail(
            f"<p>Geachte heer,</p><img alt='' src=\"data:image/png;base64,{FOLDED}\"><p>Uw medewerker schold.</p>"
            "<p>Dit stond in <a href='data:text/html,x'>data: mijn gegevens</a>.</p>",
            Content_Type="text/html",
        ),
        "complaint",
        "Geachte heer,\n\nUw medewerker schold.\n\nDit stond in data: mijn gegevens.",
    ),
    "HTML with a style and a script and very many tags": (
        lambda: mail(
            "<style>p > a {color: red}</style><!--[if mso]><xml>a > b</xml><![endif]--><SCRIPT>if (1 > 0) x()</script >"
            f"<!--[if !mso]><!-->{'<b></b>' * 6000}<p>Klacht<!--<![endif]--></p><style>zonder einde",
            Content_Type="text/html",
        ),
        "complaint",
        "Klacht\nzonder einde",
    ),
    "HTML with a number that is none, and very many tags": (
        lambda: mail(
            f"{'<b>' * 11_000}Klacht &#{'9' * 5_000}; en &#x{'0' * 5_000}41; en &#65;", Content_Type="text/html"
        ),
        "complaint",
        "Klacht \ufffd en \ufffd en A",
    ),
    "a file whose name is in no charset": (
        lambda: multipart(
            ("Content-Type: text/plain", "Klacht"),
            (
                "Content-Type: image/png\r\nContent-Disposition: attachment; filename*=undefined''x",
                b"\x89PNG\r\n\x1a\n",
            ),
        ),
        "complaint",
        "Klacht",
    ),
    "parts whose boundary is in no charset": (
        lambda: mail("Klacht", Content_Type="multipart/mixed; boundary*=undefined''x"),
        "complaint",
        "Klacht",
    ),
    "a Dutch quotation": (
        lambda: mail("Graag antwoord.\r\n\r\nOp ma 7 jan 2036 om 09:00 schreef Klachten <k@x.example>:\r\n> Beste Sam"),
        "complaint",
        "Graag antwoord.\n\nOp ma 7 jan 2036 om 09:00 schreef Klachten <k@x.example>:\n> Beste Sam",
    ),
    "base64 that is none": (lambda: mail("%%%", "Content-Transfer-Encoding: base64"), "unclear", "empty"),
    "an unknown encoding": (lambda: mail("Klacht", "Content-Transfer-Encoding: onzin"), "complaint", "Klacht"),
    "only a file": (
        lambda: multipart(("Content-Type: image/png\r\nContent-Disposition: attachment", b"\x89PNG\r\n\x1a\n")),
        "complaint",
        None,
    ),
    "nothing but a subject": (lambda: mail(""), "unclear", "empty"),
    "no From": (lambda: mail(From=None), "unclear", "no-sender"),
    "an empty From": (lambda: mail(From=""), "unclear", "no-sender"),
    "a From that is none": (lambda: mail(From="(" * 9000), "unclear", "no-sender"),
    "two From": (lambda: mail("x", "From: Robin <robin@example.org>"), "unclear", "several-senders"),
    "two people in From": (lambda: mail(From="a@example.org, b@example.org"), "unclear", "several-senders"),
    "an encoded address": (lambda: mail(From="=?utf-8?q?sam=40example=2Eorg?="), "unclear", "no-sender"),
    "a name with a line break": (
        lambda: mail(From="=?utf-8?q?Sam=0D=0ABcc:_x?= <sam@example.org>"),
        "complaint",
        "De training ging niet door.",
    ),
    "bytes in headers": (
        lambda: mail("x", b"Subject: R\xe9clame", Subject=None, From="Sam\N{COMBINING ACUTE ACCENT} <sam@example.org>"),
        "complaint",
        "x",
    ),
    "no header at all": (lambda: b"Zomaar een tekst.", "unclear", "no-sender"),
    "nothing": (lambda: b"", "unclear", "no-sender"),
    "any bytes": (lambda: bytes(range(256)) * 500, "unclear", "no-sender"),
    "10,000 headers": (lambda: mail("x", *["X-A: b"] * 10_000), "malformed", "too-many-headers"),
    "a header of a megabyte": (lambda: mail("x", "X-A: " + "b" * 1_000_000), "malformed", "header-too-large"),
    "12 multiparts deep": (lambda: _nested(12), "malformed", "too-deep"),
    "3 multiparts deep": (lambda: _nested(3), "complaint", "Diep"),
    "200 multiparts": (
        lambda: multipart(*[("Content-Type: multipart/mixed; boundary=x", "")] * 200),
        "malformed",
        "too-many-parts",
    ),
    "5,000 parts": (lambda: multipart(*[("Content-Type: text/plain", "x")] * 5_000), "malformed", "too-many-parts"),
    "two million lines": (lambda: mail("\n" * 2_000_000), "malformed", "too-many-lines"),
    "parameters without end": (
        lambda: multipart(("Content-Type: text/plain; a=" + '";' * 500_000, "Klacht")),
        "complaint",
        "Klacht",
    ),
    "a boundary that never comes": (
        lambda: mail("Klacht", Content_Type="multipart/mixed; boundary=nooit"),
        "complaint",
        "Klacht",
    ),
    "lines that end in CR": (lambda: mail("Klacht").replace(b"\r\n", b"\r"), "complaint", "Klacht"),
    "lines that end in LF": (lambda: mail("Klacht").replace(b"\r\n", b"\n"), "complaint", "Klacht"),
    "uuencode": (lambda: mail("begin 666 a\nonzin", "Content-Transfer-Encoding: x-uuencode"), "complaint", None),
}


def _nested(depth: int) -> bytes:
    inner, kind = b"Diep", "text/plain"
    for number in range(depth):
        inner, kind = (
            joined((f"Content-Type: {kind}", inner), boundary=f"b{number}"),
            f"multipart/mixed; boundary=b{number}",
        )
    return mail(inner, Content_Type=kind)


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_mail_is_kept_and_hurts_nobody(box: Box, name: str) -> None:
    make, kind, told = ODD[name]
    raw = make()
    began = time.monotonic()
    filed = await box.file(raw)
    assert time.monotonic() - began < 10
    assert filed["kind"] == kind, filed
    assert filed["state"] == ("filed" if kind == "complaint" else "triage")
    if kind != "complaint":
        assert filed["reason"] == told
    elif told is not None:
        [event] = (await box.get(f"/complaints/{filed['complaintId']}/events"))["items"]
        assert event["texts"]["description"] == told
    assert (await box.ask("GET", f"/inbound-mails/{filed['id']}/content")).content == raw


def _deep(depth: int) -> bytes:
    kind = f"Content-Type:{' ' * 12}multipart/mixed"  # one space more than was looked for
    parts = (f"--b{each}\r\n{kind}; boundary=b{each + 1}\r\n\r\n" for each in range(depth))
    return mail("".join(parts) + "Diep\r\n" * 1_000, Content_Type="multipart/mixed; boundary=b0")


def _blocks(number: int) -> bytes:
    return multipart(("Content-Type: message/delivery-status", "Action: failed\r\n\r\n" * number), kind="report")


MUCH: dict[str, tuple[Callable[[], bytes], str, int]] = {
    "boundaries": (
        lambda: mail("--b\r\n\r\nx\r\n" * 30_000, Content_Type="multipart/mixed; boundary=b"),
        "too-many-parts",
        600,
    ),
    "blocks of a report": (lambda: _blocks(30_000), "too-many-parts", 600),
    "headers of a mail in a mail": (
        lambda: multipart(("Content-Type: message/rfc822", "A: b\r\n" * 60_000)),
        "too-many-headers",
        10,
    ),
    "parts in parts": (lambda: _deep(200), "too-deep", 30),
}


@pytest.mark.parametrize("name", MUCH)
async def test_of_a_mail_of_very_much_little_is_built(box: Box, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """P13, P14: 3 MB of boundaries took half a minute and 155 MiB, and then a hundred parts were looked at."""
    built = Counter[str]()
    begin, keep = Message.__init__, Message.set_raw

    def counted(self: Message, *given: Any, **named: Any) -> None:
        built["parts"] += 1
        begin(self, *given, **named)

    def kept(self: Message, header: str, value: str) -> None:
        built["headers"] += 1
        keep(self, header, value)

    make, told, most = MUCH[name]
    raw = make()
    monkeypatch.setattr(Message, "__init__", counted)
    monkeypatch.setattr(Message, "set_raw", kept)
    filed = await box.file(raw)
    assert (filed["kind"], filed["state"], filed["reason"]) == ("malformed", "triage", told)
    assert built["parts"] < most and built["headers"] < 25_000
    assert (await box.ask("GET", f"/inbound-mails/{filed['id']}/content")).content == raw


async def test_mails_that_are_not_small_are_read_one_after_the_other(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """P13: reading keeps the whole process busy, so that several at once take as long, and everybody waits."""
    at_once, most = 0, 0

    def watched(raw: bytes) -> Parsed:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.02)
        at_once -= 1
        return parsed(raw)

    monkeypatch.setattr("app.channels.incoming.parsed", watched)
    raws = [mail(f"Klacht {number}\r\n" * 20_000, Message_ID=f"<{number}@example.org>") for number in range(4)]
    answers = await asyncio.gather(*map(box.put_in, raws))
    assert ([each.status_code for each in answers], most) == ([201] * 4, 1)


async def test_html_of_very_many_attributes_is_read_in_another_way(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """What knows HTML compares each of them with each."""
    known, asked = nh3.clean, list[str]()

    def watched(markup: str, **how: Any) -> str:
        asked.append(markup)
        return known(markup, **how)

    monkeypatch.setattr(nh3, "clean", watched)
    named = "".join(f"a{number}=b " for number in range(9_000))
    part = ("Content-Type: text/html", f"<p>Klacht</p><b {named}>Meer</b>")
    filed = await box.file(multipart(*[part] * 4))
    assert filed["excerpt"].startswith("Klacht") and len(asked) == 2


async def test_a_file_whose_name_cannot_be_read_is_kept_without_it(box: Box) -> None:
    named = "Content-Type: image/png\r\nContent-Disposition: attachment; filename*=undefined''x"
    filed = await box.file(multipart(("Content-Type: text/plain", "Klacht"), (named, b"\x89PNG\r\n\x1a\n")))
    assert (filed["kind"], filed["state"], filed["files"]) == ("complaint", "filed", ["bijlage"])


async def test_a_script_in_a_mail_goes_out_as_a_text(box: Box) -> None:
    named = "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=foto.jpg.vbs"
    filed = await box.file(multipart(("Content-Type: text/plain", "Klacht"), (named, "MsgBox 1")))
    [file] = (await box.get(f"/complaints/{filed['complaintId']}/attachments"))["items"]
    content = await box.ask("GET", f"/attachments/{file['id']}/content")
    assert 'filename="foto.jpg.vbs.txt"' in content.headers["Content-Disposition"]


async def test_a_sender_whose_name_nobody_sees_has_none(box: Box) -> None:
    filed = await box.file(mail(From="=?utf-8?q?=E2=80=8B?= <sam@example.org>"))
    assert (filed["state"], filed["reason"]) == ("triage", "complainant-name-required")


async def test_a_name_as_long_as_names_can_be_comes_whole(box: Box) -> None:
    name = "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 195 + ".txt"
    given = f"Content-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''{quote(name)}"
    filed = await box.file(multipart(("Content-Type: text/plain", "Klacht"), (given, "x")))
    assert filed["files"] == [name]


async def test_html_that_is_too_long_is_cut_and_that_is_told(box: Box) -> None:
    filed = await box.file(mail(f"<p>Klacht</p><i {'x' * 1_000_000}></i><p>Meer</p>", Content_Type="text/html"))
    assert (filed["excerpt"], filed["defects"]) == ("Klacht", ["text-cut"])
    long = await box.file(mail(f"<p>Klacht</p><style>{'x' * 1_000_000}</style><p>Meer</p>", Content_Type="text/html"))
    assert (long["excerpt"], long["defects"]) == ("Klacht\n\nMeer", [])


async def test_headers_in_plain_utf_8_are_read_as_they_were_written(box: Box) -> None:
    # RFC 6532: what web forms and many mail programs write nowadays
    raw = multipart(
        ("Content-Type: text/plain; charset=utf-8", "Klacht"),
        ('Content-Type: image/png\r\nContent-Disposition: attachment; filename="reçu.png"', b"\x89PNG\r\n\x1a\n"),
        From="Zoë Voorbeeld <zoë@exämple.org>",
        Subject="Réclamation",
    )
    filed = await box.file(raw)
    assert (filed["from"], filed["subject"]) == ({"address": "zoë@exämple.org", "name": "Zoë Voorbeeld"}, "Réclamation")
    assert filed["files"] == ["reçu.png"]
    found = await box.get(f"/complaints/{filed['complaintId']}")
    assert [person["name"] for person in found["parties"]] == ["Zoë Voorbeeld"]
    assert (await box.ask("GET", f"/inbound-mails/{filed['id']}/content")).content == raw


async def test_a_file_is_listed_under_the_name_that_it_is_kept_by(box: Box) -> None:
    # a sign that turns the reading direction shows gpj.exe as exe.jpg
    named = "Content-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''%E2%80%AEgpj.exe"
    filed = await box.file(multipart(("Content-Type: text/plain", "Klacht"), (named, b"\x89PNG\r\n\x1a\n")))
    assert filed["files"] == ["gpj.exe"]
    [file] = (await box.get(f"/complaints/{filed['complaintId']}/attachments"))["items"]
    assert file["name"] == "gpj.exe"


async def test_headers_in_an_old_charset_are_read_as_windows_wrote_them(box: Box) -> None:
    filed = await box.file(mail("x", "From: Zoë <zoe@example.org>".encode("cp1252"), From=None))
    assert filed["from"] == {"address": "zoe@example.org", "name": "Zoë"}


async def test_large_mails_are_read_one_after_the_other(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """P14: reading takes several times the size of a mail."""
    monkeypatch.setattr("app.channels.incoming.LARGE", 500_000)  # what is smaller is measured sooner
    file = base64.encodebytes(bytes(1_000_000)).replace(b"\n", b"\r\n")
    kind = "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64"

    async def peak(*numbers: int) -> int:
        raws = [multipart(("Content-Type: text/plain", f"Klacht {each}"), (kind, file)) for each in numbers]
        tracemalloc.start()
        try:
            answers = await asyncio.gather(*map(box.put_in, raws))
            assert [each.status_code for each in answers] == [201] * len(raws)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    alone, together = await peak(1), await peak(2, 3, 4)
    assert together < 1.5 * alone


async def test_a_mail_that_is_too_large_is_refused_before_it_is_read(box: Box) -> None:
    assert (await box.put_in(mail("x" * (25 * 1024 * 1024)))).status_code == 413


async def test_what_the_complainant_writes_from_another_address_is_theirs(box: Box) -> None:
    """Only who was written to has the address of the case: as long as that is the complainant, so is the answer."""
    body = {
        "channel": "email",
        "description": "x",
        "complainant": {"name": "Sam", "email": "sam@example.org"},
        "subjectPerson": {"name": "Robin", "email": "beklaagde@example.org"},
    }
    case = (await box.ask("POST", "/complaints", body, **{"Idempotency-Key": uuid4().hex})).json()
    subject = next(each["id"] for each in case["parties"] if each["role"] == "subject_of_complaint")
    letter = {"direction": "outbound", "channel": "email", "subject": "Uw klacht", "body": "Wat is er gebeurd?"}
    for number, (to, shared) in enumerate((({}, True), ({"to": [subject]}, False))):
        path = f"/complaints/{case['id']}/correspondence"
        key = {"Idempotency-Key": uuid4().hex}
        assert (await box.ask("POST", path, letter | to, "complaints_officer", **key)).is_success
        message_id = f"<{number}@example.net>"
        await box.file(
            mail(f"Antwoord {number}", From="sam@example.net", To=to_case(case["id"]), Message_ID=message_id)
        )
        messages = (await box.get(path))["items"]
        received = [each for each in messages if each["direction"] == "inbound"]
        newest = max(received, key=lambda each: each["id"])
        assert newest["shared"] is shared


@pytest.mark.parametrize("word", ["klacht", 3, None])
async def test_whatever_a_mail_is_taken_for_what_is_not_there_is_told(box: Box, word: Any) -> None:
    filed = await box.file(mail("Klacht", "Precedence: list"))
    decisions = f"/inbound-mails/{filed['id']}/decisions"
    for name, value in (("procedure", "bestaatniet"), ("complaintId", str(uuid4()))):
        refused = await box.ask("POST", decisions, {"as": word, name: value}, "complaints_officer")
        assert faults(refused) == {("/as", "not-an-option"), (f"/{name}", "unknown")}
