"""Receipts go out by themselves: once, by whichever worker, and never so many that they fill a mailbox."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from app.documents.letter import html
from app.services import mailcap, organisations, receipts
from app.store.pool import OF_API
from app.store.session import Database
from app.worker import acknowledge
from app.worker.acknowledge import Receipts
from tests.conftest import NewOrganisation
from tests.stories import Case, Office, Tell, served, teller

BODY = {"complainant": {"name": "Sam Voorbeeld", "email": "sam@example.net"}, "complainantType": "client"}


@pytest_asyncio.fixture
async def tell(database: Database, worker_database: Database, new_organisation: NewOrganisation) -> AsyncIterator[Tell]:
    async with served(database) as client:
        yield teller(client, database, worker_database, new_organisation)


async def _office(tell: Tell, database: Database, procedure: str, **settings: object) -> Office:
    office = await tell(procedure)
    async with database.organisation(office.made.id) as tx:
        await organisations.change(tx, "*", settings={"automatic_receipt": True, **settings})
    return office


async def _file(office: Office, **changed: Any) -> Case:
    return await office.file({**BODY, **changed})


async def _look(office: Office, database: Database, times: int = 1) -> None:
    """As many workers as that, side by side."""
    workers = [Receipts(office.worker, database, html) for _ in range(times)]
    await asyncio.gather(*(each.catch_up() for each in workers))


async def _rows(office: Office, database: Database) -> list[tuple[str, str]]:
    async with database.organisation(office.made.id) as tx:
        rows = await tx.fetch(
            "select m.letter, d.address from messages m join deliveries d on d.message_id = m.id"
            " where m.organisation_id = app_organisation() order by d.id"
        )
    return [(row["letter"], row["address"]) for row in rows]


async def test_a_complaint_gets_one_receipt_by_whichever_worker(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    case = await _file(office)
    await _look(office, database, times=4)
    await _look(office, database)
    assert await _rows(office, database) == [("receipt", "sam@example.net")]
    (sent,) = await case.events("message.sent")
    assert sent["facts"]["letter"] == "receipt"
    assert not await case.events("complaint.acknowledged")


async def test_it_is_off_until_somebody_switches_it_on(tell: Tell, database: Database):
    office = await tell("bijstand-naar-werk")
    await _file(office)
    looking = Receipts(office.worker, database, html)
    await looking.catch_up()
    assert not await _rows(office, database)
    async with database.organisation(office.made.id) as tx:
        await organisations.change(tx, "*", settings={"automatic_receipt": True})
    looking.off.clear()
    await _file(office)
    await looking.catch_up()
    assert len(await _rows(office, database)) == 1


async def test_without_an_address_nothing_goes_out(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    await _file(office, complainant={"name": "Sam Voorbeeld", "phone": "020 000 0000"})
    await _look(office, database)
    assert not await _rows(office, database)


@pytest.mark.proves("SO-08")
async def test_a_child_gets_no_receipt_in_place_of_its_parent(tell: Tell, database: Database):
    office = await _office(tell, database, "so-trainingsbureau")
    await office.at("2036-03-03 10:00")
    child = {"name": "Sam Voorbeeld", "email": "sam@example.net", "bornOn": "2028-01-02"}
    parent = {"type": "parent", "name": "Robin Proef"}
    about = {"complainantType": "client", "complainant": child}
    await _file(office, **about, filedBy=parent)
    await _look(office, database)
    assert not await _rows(office, database)
    await _file(office, **about, filedBy=parent | {"email": "robin@example.net"})
    await _look(office, database)
    assert await _rows(office, database) == [("receipt", "robin@example.net")]


async def test_what_was_answered_already_gets_no_receipt(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    case = await _file(office)
    await case.step("handler", "acknowledgements", {"form": "phone", "note": "Gebeld."})
    await _look(office, database)
    assert not await _rows(office, database)


async def test_the_acknowledgement_itself_goes_out_where_nobody_in_particular_gives_it(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk", automatic_acknowledgement=True)
    case = await _file(office)
    await case.has("handling.acknowledge", "pending")
    await _look(office, database, times=2)
    assert await _rows(office, database) == [("acknowledgement", "sam@example.net")]
    await case.has("handling.acknowledge", "met")
    (event,) = await case.events("complaint.acknowledged")
    assert event["actor"]["kind"] == "gehoor"


@pytest.mark.parametrize("procedure", ["klikklaar", "hss"])
async def test_a_machine_does_not_stand_in_for_the_chair_or_the_board(tell: Tell, database: Database, procedure: str):
    """KK-10, HSS-11."""
    office = await _office(tell, database, procedure, automatic_acknowledgement=True)
    changed = {"complainantType": "customer"} if procedure == "klikklaar" else {}
    case = await _file(office, **changed)
    await _look(office, database)
    assert await _rows(office, database) == [("receipt", "sam@example.net")]
    assert not await case.events("complaint.acknowledged")


async def test_a_mailbox_is_not_flooded_and_every_complaint_is_kept(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    spellings = ("sam@example.net", "Sam@Example.net", "sam+1@example.net", "SAM+twee@example.net")
    cases = [
        await _file(office, complainant={"name": "Sam Voorbeeld", "email": spellings[number % 4]})
        for number in range(8)
    ]
    await _look(office, database, times=3)
    await _look(office, database)
    assert len(await _rows(office, database)) == 5
    notes = [note for case in cases for note in await case.events("note.recorded")]
    assert [note["facts"]["code"] for note in notes] == ["mail_cap"] * 3
    assert (await _warned(office, *cases)).count(["receipt-withheld"]) == 3
    other = await _file(office, complainant={"name": "Robin Proef", "email": "robin@example.net"})
    await _look(office, database)
    assert len(await other.events("message.sent")) == 1


async def test_the_cap_holds_when_many_come_at_once(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    cases = [await _file(office) for _ in range(8)]

    async def sent(case: Case) -> str:
        async with database.organisation(office.made.id) as tx:
            return await receipts.send(tx, case.id, html)

    done = await asyncio.gather(*map(sent, cases))
    assert sorted(done) == ["receipt"] * 5 + ["withheld"] * 3


async def test_of_one_organisation_so_many_an_hour_go_out_by_themselves_and_the_rest_waits(
    tell: Tell, database: Database, monkeypatch: pytest.MonkeyPatch
):
    """Its mailbox is not lent to whoever files: each of these is for somebody else."""
    monkeypatch.setattr(mailcap, "OF_ORGANISATION", 3)
    office, beside = [await _office(tell, database, "bijstand-naar-werk") for _ in range(2)]
    cases = [await _file(office, complainant={"email": f"vreemde-{number}@example.net"}) for number in range(5)]
    looking = Receipts(office.worker, database, html)
    for _ in range(3):
        looking.full.clear()
        await looking.catch_up()
    assert len(await _rows(office, database)) == 3
    notes = [note for case in cases for note in await case.events("note.recorded")]
    assert [note["facts"]["code"] for note in notes] == ["mail_cap_total"] * 2
    assert await _warned(office, *cases) == [[]] * 3 + [["receipt-withheld"]] * 2
    assert await _warned(office) == ["receipts-wait"]
    await _file(beside)
    await _look(beside, database)
    assert len(await _rows(beside, database)) == 1
    assert await _warned(beside) == []

    monkeypatch.setattr(mailcap, "OF_ORGANISATION", 10)  # an hour later
    await looking.catch_up()
    assert len(await _rows(office, database)) == 3, "not asked again at once"
    looking.full.clear()
    await looking.catch_up()
    assert {address for _, address in await _rows(office, database)} == {f"vreemde-{n}@example.net" for n in range(5)}
    assert await _warned(office, *cases) == [[]] * 5
    assert await _warned(office) == []


async def _warned(office: Office, *cases: Case) -> list[Any]:
    """The codes of the warnings of these complaints that are about a receipt; without any, of the organisation."""
    paths = [f"/complaints/{case.id}" for case in cases] or ["/organisation"]
    found = [(await office.ask("admin" if not cases else "system", "GET", path))["warnings"] for path in paths]
    codes = [[each["code"] for each in warnings if each["code"].startswith("receipt")] for warnings in found]
    return codes if cases else codes[0]


async def test_a_worker_that_begins_sends_what_waited(tell: Tell, database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mailcap, "OF_ORGANISATION", 0)
    office = await _office(tell, database, "bijstand-naar-werk")
    await _file(office)
    await _look(office, database, times=2)
    assert not await _rows(office, database)
    monkeypatch.setattr(mailcap, "OF_ORGANISATION", 1)
    await _look(office, database, times=2)
    assert await _rows(office, database) == [("receipt", "sam@example.net")]


async def test_what_strangers_send_by_web_form_takes_no_receipt_from_who_comes_another_way(
    tell: Tell, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mailcap, "OF_ORGANISATION", 1)
    office = await _office(tell, database, "bijstand-naar-werk")
    for number in range(3):
        await _file(office, channel="web_form", complainant={"email": f"vreemde-{number}@example.net"})
    await _file(office, channel="email")
    await _look(office, database)
    assert [address for _, address in await _rows(office, database)] == ["vreemde-0@example.net", "sam@example.net"]


async def test_a_mail_that_nobody_wrote_says_nothing_of_what_a_stranger_wrote(tell: Tell, database: Database):
    """Whoever files chooses the name and the address: a receipt is no way to send a text to somebody else."""
    office = await _office(tell, database, "bijstand-naar-werk", automatic_acknowledgement=True)
    lured = "klant,\n\nUw rekening is geblokkeerd. Bevestig uw gegevens op https://inloggen.example/login"
    names = [lured, "Bel 0900-1234", "Beste klant, kijk op www.evil.example", "win@evil.example", "Sam Voorbeeld"]
    for number, name in enumerate(names):
        await _file(office, complainant={"name": name, "email": f"vreemde-{number}@example.net"})
    # who speaks for somebody is named, and so is for whom
    filed_by = {"type": "proxy", "name": "Robin Proef", "email": "robin@example.net", "authority": True}
    await _file(office, complainant={"name": lured, "email": "sam@example.net"}, filedBy=filed_by)
    await _look(office, database)
    greeted = [body.splitlines()[0] for body in await _bodies(office, database)]
    assert greeted == ["Beste mevrouw, meneer,"] * 4 + ["Beste Sam Voorbeeld,", "Beste Robin Proef,"]
    sent = "".join(await _bodies(office, database))
    assert not [word for word in ("evil", "inloggen", "geblokkeerd", "0900") if word in sent]


async def test_a_template_that_quotes_the_complaint_is_not_sent_by_itself(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    own = {
        "procedure": "bijstand-naar-werk",
        "letter": "receipt",
        "language": "nl",
        "subject": "Uw bericht {reference}",
        "paragraphs": [{"text": "Beste {recipient},"}, {"text": "U schreef: {description}"}],
    }
    await office.ask("admin", "POST", "/letter-templates", own, expect=201)
    await _file(office, description="Win nu op https://evil.example")
    await _look(office, database)
    (body,) = await _bodies(office, database)
    assert "evil" not in body and "Dit is een automatisch bericht." in body


async def _bodies(office: Office, database: Database) -> list[str]:
    async with database.organisation(office.made.id) as tx:
        rows = await tx.fetch(
            "select body from messages where organisation_id = app_organisation() and state = 'sent' order by id"
        )
    return [row["body"] for row in rows]


async def test_a_letter_that_cannot_be_written_holds_up_no_other(
    tell: Tell, database: Database, capsys: pytest.CaptureFixture[str]
):
    office = await _office(tell, database, "bijstand-naar-werk")
    broken = await _file(office, complainant={"name": "Sam Voorbeeld", "email": "kapot@example.net"})
    whole = await _file(office)

    def failing(letter: Any) -> str:
        if not failed:
            failed.append(True)
            raise RuntimeError("Sam Voorbeeld")
        return html(letter)

    failed: list[bool] = []
    await Receipts(office.worker, database, failing).catch_up()
    # the other one first, and then this one again: what was wrong may pass over
    assert await _rows(office, database) == [("receipt", "sam@example.net"), ("receipt", "kapot@example.net")]
    assert "Voorbeeld" not in capsys.readouterr().out
    assert len(await broken.events("message.sent")) == len(await whole.events("message.sent")) == 1


async def test_what_cannot_be_written_is_not_tried_for_ever(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    await _file(office)

    def failing(letter: Any) -> str:
        tries.append(letter)
        raise RuntimeError

    tries: list[Any] = []
    looking = Receipts(office.worker, database, failing)
    for _ in range(8):
        await looking.catch_up()
    assert len(tries) == acknowledge.ATTEMPTS
    assert not await _rows(office, database)


async def test_nothing_is_lost_while_nobody_looks(tell: Tell, database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(acknowledge, "MARGIN", timedelta(seconds=0.2))
    office = await _office(tell, database, "bijstand-naar-werk")
    looking = Receipts(office.worker, database, html)
    await looking.catch_up()
    await _file(office)
    await asyncio.sleep(0.5)  # a worker that was stopped, or could not reach the database, for longer than the margin
    await looking.look()
    assert await _rows(office, database) == [("receipt", "sam@example.net")]


async def test_it_looks_until_it_is_told_to_stop(tell: Tell, database: Database):
    office = await _office(tell, database, "bijstand-naar-werk")
    stop = asyncio.Event()
    running = asyncio.create_task(acknowledge.run(office.worker, database, html, stop, every=0.05))
    await _file(office)
    for _ in range(200):
        if await _rows(office, database):
            break
        await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert len(await _rows(office, database)) == 1


async def test_a_complaint_that_was_committed_as_late_as_can_be_gets_its_receipt(tell: Tell, database: Database):
    """The API stood still between the writing and the COMMIT, for as long as its transaction may last."""
    office = await _office(tell, database, "bijstand-naar-werk")
    looking = Receipts(office.worker, database, html)
    await _file(office)
    assert OF_API.whole is not None
    async with office.worker.worker() as tx:
        looking.looked_at = tx.now + timedelta(seconds=OF_API.whole)
    await looking.catch_up()
    assert await _rows(office, database) == [("receipt", "sam@example.net")]
