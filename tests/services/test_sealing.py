"""Sealing: what goes in, what never does, that it stays as it was, and that nothing is left of what failed."""

import asyncio
import hashlib
import io
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pypdf
import pytest
import pytest_asyncio

from app.channels.objects import Objects, ObjectsUnavailable
from app.domain.dossier_package import places
from app.domain.errors import Invalid, NotPossible, Stale, Unavailable
from app.domain.events import Event
from app.services import dossier as dossiers
from app.services import sealing
from app.services.sealing import PartGiven
from app.store import dossier_parts
from app.store.session import Database
from app.worker import files
from tests.conftest import NewOrganisation
from tests.sealed import FILED, Sealer, escalated, files_of, json_of, recorded
from tests.stories import served, teller

PROOF = b"rooster van april\n" * 4000


@pytest_asyncio.fixture
async def serving(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with served(database) as client:
        yield client


@pytest_asyncio.fixture
async def sealer(
    serving: httpx.AsyncClient,
    database: Database,
    worker_database: Database,
    new_organisation: NewOrganisation,
    tmp_path: Path,
) -> Sealer:
    jso = await teller(serving, database, worker_database, new_organisation)("jso")
    await jso.at("2036-04-24 12:00")
    case = await jso.file(FILED)
    path = f"/complaints/{case.id}/correspondence"
    mail = {"direction": "outbound", "channel": "email", "subject": "Uw klacht", "body": "Wij bellen u morgen."}
    await jso.ask("complaints_officer", "POST", path, mail, expect=201)
    to_subject = next(each["id"] for each in case.last["parties"] if each["role"] == "subject_of_complaint")
    other = {**mail, "subject": "Kanarie-onderwerp", "body": "Kanarie voor de trainer.", "to": [to_subject]}
    await jso.ask("complaints_officer", "POST", path, other, expect=201)
    note = {"direction": "internal", "body": "Kanarie: dit is alleen voor ons."}
    await jso.ask("complaints_officer", "POST", path, note, expect=201)
    heard = {"form": "phone", "note": "De klager wil vooral zijn geld terug."}
    await case.step("complaints_officer", "hearings", heard)
    involved = {"staffId": str(jso.made.staff["director"]), "reasons": "Kanarie: is familie van de trainer."}
    await case.step("complaints_officer", "involvements", involved)
    answer = {"form": "email", "reasons": "De trainer was ziek.", "text": "Uw klacht is terecht.", "note": "Kanarie"}
    await case.step("complaints_officer", "responses", answer)
    made = await escalated(case, database, tmp_path)
    await made.attach("rooster.txt", PROOF)
    await made.attach("kanarie-intern.txt", b"kanarie in een eigen bestand", shared=False)
    return made


def words_of(document: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_a_dossier_has_everything_that_a_body_needs(sealer: Sealer) -> None:
    made = await sealer.seal()
    whole = await sealer.zip_of(made)
    found = files_of(whole)
    assert list(found) == ["manifest.json", *sorted(set(found) - {"manifest.json"})]
    assert set(found) == {
        *("manifest.json", "dossier.pdf", "parties.json", "complaint.json", "timeline.json", "correspondence.json"),
        *("admissibility.json", "hearings.json", "decisions.json", "measures.json", "terms.json", "relief.json"),
        *("ledger.json", "attachments.json", "attachments/001-rooster.txt"),
    }
    said = {name: json.loads(found[name]) for name in found if name.endswith(".json")}
    people = {each["role"]: each for each in said["parties.json"]["people"]}
    assert people["complainant"] == {
        **{"role": "complainant", "name": "Sam Voorbeeld", "email": "sam@example.org"},
        "address": "Voorbeeldstraat 1",
    }
    assert people["representative"]["name"] == "Mo Gemachtigde"
    assert said["parties.json"]["authority"] == {"represented": True, "shown": True, "missing": False}
    assert (people["affected_person"]["name"], people["affected_person"]["relation"]) == ("Robin Proef", "dochter")
    assert people["subject_of_complaint"] == {"role": "subject_of_complaint", "name": "Kim Trainer"}
    assert people["support_person"] == {"role": "support_person"}
    assert said["parties.json"]["body"] == {"body": "cmonet", "name": "Klachtencommissie CMOnet"}
    assert said["complaint.json"]["texts"]["description"] == FILED["description"]
    assert [each["body"] for each in said["correspondence.json"]["messages"]] == ["Wij bellen u morgen."]
    assert said["hearings.json"]["events"][0]["texts"] == {"note": "De klager wil vooral zijn geld terug."}
    assert said["decisions.json"]["events"][0]["texts"]["reasons"] == "De trainer was ziek."
    assert said["decisions.json"]["events"][0]["by"]["roles"] == ["complaints_officer"]
    met = {each["key"]: each for each in said["terms.json"]["terms"]}["first_response.respond"]
    assert met["state"] == "met" and "is uiterlijk" in met["explanation"]["nl"] and met["derivation"]["period"]
    assert said["relief.json"]["requestedRelief"] == "Ik vraag de commissie om een oordeel."
    assert said["relief.json"]["consent"] is True
    assert found["attachments/001-rooster.txt"] == PROOF


async def test_nothing_of_others_or_of_ourselves_is_in_it(sealer: Sealer, superuser: Any) -> None:
    made = await sealer.seal()
    whole, paper = await sealer.zip_of(made), words_of(await sealer.pdf_of(made))
    staff = await superuser.fetch(
        "select id::text, name, email from staff where organisation_id = $1", sealer.case.office.made.id
    )
    secrets = {"kanarie", *(each[name].lower() for each in staff for name in ("id", "name", "email"))}
    for secret in secrets:
        assert secret not in paper.lower(), secret
        for name, content in files_of(whole).items():
            assert secret.encode() not in content.lower(), (name, secret)
    assert b"involvement.declared" not in whole
    assert "Sam Voorbeeld" in paper and "Mo Gemachtigde" in paper


async def test_the_code_of_the_complainant_stays_with_them(sealer: Sealer) -> None:
    """A letter says: give it to nobody else. Whoever holds it lets a body open the case."""
    office, path = sealer.case.office, f"/complaints/{sealer.case.id}"
    code = (await office.ask("system", "POST", f"{path}/complainant-codes", expect=201))["code"]
    mail = {"direction": "outbound", "channel": "email", "subject": "De code", "body": f"Uw code is {code}. Tot dan."}
    await office.ask("complaints_officer", "POST", f"{path}/correspondence", mail, expect=201)
    made = await sealer.seal()
    whole, paper = await sealer.zip_of(made), words_of(await sealer.pdf_of(made))
    assert code.encode() not in whole and code not in paper
    hidden = "Uw code is XXXX-XXXX-XXXX-XXXX. Tot dan."
    assert hidden in paper
    assert hidden in [each["body"] for each in json_of(whole, "correspondence.json")["messages"]]


async def test_a_note_goes_along_only_when_that_note_was_released(sealer: Sealer) -> None:
    notes = (await sealer.case.office.ask("system", "GET", f"/complaints/{sealer.case.id}/correspondence"))["items"]
    note = next(UUID(each["id"]) for each in notes if each["direction"] == "internal")
    (answer,) = await sealer.case.events("first_response.sent")
    made = await sealer.seal(PartGiven(released_notes=(note, UUID(answer["id"]))))
    said = json_of(await sealer.zip_of(made), "correspondence.json")
    assert "Kanarie: dit is alleen voor ons." in [each["body"] for each in said["messages"]]
    assert [each["texts"] for each in said["notes"]] == [{"note": "Kanarie"}]
    assert "Kanarie voor de trainer." not in str(said)
    assert "dit is alleen voor ons" in words_of(await sealer.pdf_of(made))


async def test_what_is_not_of_this_complaint_cannot_go_along(sealer: Sealer) -> None:
    notes = (await sealer.case.office.ask("system", "GET", f"/complaints/{sealer.case.id}/correspondence"))["items"]
    note = next(UUID(each["id"]) for each in notes if each["direction"] == "internal")
    given = PartGiven(message_ids=(note, uuid4()), attachment_ids=(uuid4(),), released_notes=(uuid4(),))
    with pytest.raises(Invalid) as refused:
        await sealer.seal(given)
    assert {(each.pointer, each.code) for each in refused.value.faults} == {
        *(("/messageIds/0", "unknown"), ("/messageIds/1", "unknown")),
        *(("/attachmentIds/0", "unknown"), ("/releasedNotes/0", "unknown")),
    }


async def test_files_that_are_not_clean_stay_behind_and_the_manifest_says_so(sealer: Sealer) -> None:
    await sealer.attach("virus.txt", b"kwaad", state="infected")
    await sealer.attach("nieuw.txt", b"nog niet bekeken", state="quarantined")
    made = await sealer.seal()
    whole = await sealer.zip_of(made)
    left = {each["name"]: each["reason"] for each in json.loads(made.manifest)["leftOut"]}
    assert left == {"virus.txt": "malware", "nieuw.txt": "not_checked"}
    assert b"kwaad" not in whole and b"nog niet bekeken" not in whole
    assert "virus.txt" in words_of(await sealer.pdf_of(made))


@pytest.mark.proves("X-11")
async def test_the_receipt_holds_the_seal_the_ledger_and_the_time(sealer: Sealer, superuser: Any) -> None:
    row = await superuser.fetchrow("select head_sequence, head_hash from complaints where id = $1", sealer.case.id)
    made = await sealer.seal()
    whole, paper = await sealer.zip_of(made), await sealer.pdf_of(made)
    found, said = files_of(whole), json.loads(made.manifest)
    assert found["manifest.json"] == made.manifest and found["dossier.pdf"] == paper
    assert made.receipt == {
        "escalationId": sealer.escalation_id,
        "complaintId": sealer.case.id,
        "part": 0,
        "kind": "dossier",
        "manifestSha256": hashlib.sha256(made.manifest).hexdigest(),
        "zipSha256": hashlib.sha256(whole).hexdigest(),
        "zipSize": len(whole),
        "pdfSha256": hashlib.sha256(paper).hexdigest(),
        "pdfSize": len(paper),
        "ledger": {"sequence": row["head_sequence"], "head": row["head_hash"].hex()},
        "sealedAt": made.row["sealed_at"],
    }
    assert said["ledger"] == made.receipt["ledger"] == {k: json.loads(found["ledger.json"])[k] for k in said["ledger"]}
    assert {each["path"]: each["sha256"] for each in said["parts"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items() if name != "manifest.json"
    }
    for path, place in places(made.manifest).items():
        assert whole[place.start : place.end] == found[path]
    (sealed,) = await sealer.case.events("dossier.sealed")
    assert sealed["facts"]["manifestSha256"] == made.receipt["manifestSha256"]


async def test_what_happens_later_does_not_change_a_sealed_part(sealer: Sealer) -> None:
    made = await sealer.seal()
    before = await sealer.zip_of(made)
    await sealer.case.register("complaints_officer", {"furtherDescription": "Later bedacht."})
    await sealer.attach("later.txt", b"later")
    async with sealer.inside() as tx:
        row = await dossier_parts.read(tx, sealer.escalation_id, 0)
        assert [each["number"] for each in await dossier_parts.listed(tx, sealer.escalation_id)] == [0]
    assert row is not None and bytes(row["manifest"]) == made.manifest
    assert await sealer.zip_of(made) == before


async def test_the_same_dossier_gives_the_same_hashes(sealer: Sealer) -> None:
    async with sealer.inside() as tx:
        held, known = await dossiers.locked(tx, sealer.case.id)
        arguments = (tx, held, known, sealer.escalation_id, "dossier", PartGiven())
        made = [await sealing.packed(tx, await sealing.gather(*arguments), "nl", sealer.means) for _ in range(2)]
    names = ("manifest_sha256", "zip_sha256", "pdf_sha256", "zip_size", "ledger_head")
    assert [made[0][name] for name in names] == [made[1][name] for name in names]


async def test_a_dossier_is_sealed_once_however_often_it_is_asked_for(sealer: Sealer, superuser: Any) -> None:
    outcomes = await asyncio.gather(*(sealer.seal() for _ in range(5)), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [NotPossible] * 4
    rows = await superuser.fetch("select number from dossier_parts where escalation_id = $1", sealer.escalation_id)
    assert [row["number"] for row in rows] == [0]


async def test_a_later_part_has_what_was_chosen_and_nothing_else(sealer: Sealer) -> None:
    await sealer.seal()
    proof = await sealer.attach("bewijs.txt", b"het bewijs", shared=False)
    given = PartGiven(text="Wij hebben het geld\nteruggestort.", attachment_ids=(proof,), refers_to=7)
    made = await sealer.seal(given, "answer")
    found = files_of(await sealer.zip_of(made))
    assert made.number == 1
    assert set(found) == {
        *("manifest.json", "dossier.pdf", "text.json", "correspondence.json", "attachments.json", "ledger.json"),
        "attachments/001-bewijs.txt",
    }
    assert json.loads(found["text.json"]) == {"kind": "answer", "text": given.text, "refersTo": 7}
    assert "Wij hebben het geld" in words_of(found["dossier.pdf"])


async def test_another_bodys_case_is_not_shown_but_what_it_decided_is(sealer: Sealer) -> None:
    other = {"escalation_id": str(uuid4())}
    async with sealer.inside() as tx:
        asked = Event("external.questioned", tx.now, {**other, "due_on": "2036-06-01"}, {"question": "Kanarievraag?"})
        verdict = {**other, "verdict": "upheld", "binding_on": ["organisation"], "content": ["reasons"]}
        ruled = Event("external_decision.received", tx.now, verdict, {"reasons": "De beroepscommissie vindt dit."})
        for event in (asked, ruled):
            await recorded(tx, sealer.case.id, event)
    whole = await sealer.zip_of(await sealer.seal())
    assert b"Kanarievraag" not in whole and b"external.questioned" not in whole
    assert "De beroepscommissie vindt dit." in str(json_of(whole, "decisions.json"))


# -- what fails leaves nothing ---------------------------------------------------------------------------------


async def left(sealer: Sealer) -> set[str]:
    return {key async for key in sealer.objects.older_than(datetime.now(UTC) + timedelta(hours=1))}


class Failing(Objects):
    """A store that refuses the second thing that it is given."""

    puts = 0

    async def put(self, key: str, data: Any) -> Any:
        self.puts += 1
        if self.puts == 2:
            raise ObjectsUnavailable("away")
        return await super().put(key, data)


async def test_a_store_that_goes_away_leaves_nothing(sealer: Sealer, superuser: Any) -> None:
    before = await left(sealer)
    means = sealing.Means(Failing(sealer.folder), sealer.means.new_key, sealer.means.pdf, sealer.means.zipped)
    with pytest.raises(Unavailable):
        await sealer.seal(means=means)
    assert await left(sealer) == before
    assert (
        await superuser.fetchval("select count(*) from dossier_parts where escalation_id = $1", sealer.escalation_id)
        == 0
    )
    assert (await sealer.seal()).number == 0


async def test_a_file_that_was_altered_is_not_sealed(sealer: Sealer, superuser: Any) -> None:
    key = await superuser.fetchval(
        "select object_key from attachments where complaint_id = $1 and name = 'rooster.txt'", sealer.case.id
    )
    (sealer.folder / key).write_bytes(PROOF[:-1] + b"X")
    before = await left(sealer)
    with pytest.raises(NotPossible) as refused:
        await sealer.seal()
    assert refused.value.code == "file-altered"
    assert await left(sealer) == before


async def test_no_room_is_told_as_that(sealer: Sealer, monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.open("/dev/full", os.O_RDWR)
    monkeypatch.setattr("app.documents.archive.TemporaryFile", lambda: os.fdopen(full, "r+b", buffering=0))
    with pytest.raises(Unavailable):
        await sealer.seal()


async def test_a_ledger_that_moved_on_is_not_sealed_as_it_was_read(sealer: Sealer) -> None:
    async with sealer.inside() as tx:
        held, known = await dossiers.locked(tx, sealer.case.id)
        await recorded(tx, sealer.case.id, Event("note.recorded", tx.now, {}))
        with pytest.raises(Stale):
            await sealing.gather(tx, held, known, sealer.escalation_id, "dossier", PartGiven())


async def test_the_sweeper_knows_what_a_part_refers_to(sealer: Sealer, worker_database: Database) -> None:
    made = await sealer.seal()
    orphan = sealer.means.new_key(sealer.case.office.made.id)
    await sealer.objects.put(orphan, b"van een verzegeling die niet doorging")
    for path in sealer.folder.rglob("*"):
        os.utime(path, (1, 1))
    assert await files.sweep(worker_database, sealer.objects) == 1
    assert {made.row["zip_key"], made.row["pdf_key"]} <= await left(sealer)
    assert orphan not in await left(sealer)
