"""Cases with external bodies, the organisation's side: asked before, sealed once, handed over, and read by its own."""

import asyncio
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pypdf
import pytest
import pytest_asyncio

from app.api.schemas.escalations import EscalationCheck, EscalationSummary, PartReceipt
from app.channels.objects import Objects
from app.domain.calendar import local_date
from app.services import bodies
from app.store.session import Database
from tests.api.office import faults
from tests.conftest import NewOrganisation
from tests.escalating import CONSENT, Outside, asked, bring, fits
from tests.stories import Case, Json, Office, Tell, served, teller

pytestmark = pytest.mark.usefixtures("empty_directory")

FILED: Json = {
    "description": "De training ging niet door.",
    "complainant": {"name": "Sam Voorbeeld", "organisation": "Voorbeeld BV", "email": "sam@example.org"},
    "complainantType": "customer",
}
VERDICT: Json = {
    "verdict": "upheld",
    "reasons": "Twee keer verzet.",
    "findings": "Gegrond.",
    "advice": "Bevestig schriftelijk.",
}
STAFF = "complaints_officer"
VERIFY = Path(__file__).parents[2] / "docs" / "verify_dossier.py"


@pytest_asyncio.fixture
async def tell(database: Database, worker_database: Database, new_organisation: NewOrganisation) -> AsyncIterator[Tell]:
    async with served(database) as client:
        yield teller(client, database, worker_database, new_organisation)


@pytest_asyncio.fixture
async def jso(tell: Tell) -> Office:
    office = await tell("jso")
    await office.at("2036-05-06 09:00")  # a Tuesday
    return office


async def ready(office: Office) -> Case:
    """Answered by the director: CMOnet is open."""
    case = await office.file(FILED)
    await case.step(STAFF, "responses", {"form": "email", "text": "Ons antwoord."})
    await case.step("system", "dissatisfactions", {"form": "email"})
    await case.step("director", "responses", {"form": "email", "text": "Het antwoord van de directeur."})
    return case


@pytest_asyncio.fixture
async def case(jso: Office) -> Case:
    return await ready(jso)


@pytest_asyncio.fixture
async def outside(case: Case) -> Outside:
    return await bring(case, STAFF, "cmonet")


def path(case: Case) -> str:
    return f"/complaints/{case.id}/escalations"


# -- before ----------------------------------------------------------------------------------------------------


async def test_what_is_missing_is_told_in_sentences_and_as_data(jso: Office) -> None:
    case = await jso.file(FILED)
    told = await jso.ask("system", "GET", f"{path(case)}/_check?body=cmonet")
    assert EscalationCheck.model_validate(told).model_dump(mode="json", by_alias=True) == told
    assert not told["possible"]
    assert {lack["code"] for lack in told["lacks"]} == {"earlier-stage-missing", "consent-missing"}
    assert all(lack["text"]["nl"] and lack["text"]["en"] for lack in told["lacks"])
    [stage] = [lack["text"] for lack in told["lacks"] if lack["code"] == "earlier-stage-missing"]
    assert stage["nl"].endswith("nog niet doorlopen: nieuwe behandeling door de directeur")
    assert stage["en"].endswith("not gone through yet: second handling by the director")
    before = await case.events()
    unknown = await jso.answer("system", "GET", f"{path(case)}/_check?body=nowhere")
    assert faults(unknown) == {("body", "body-unknown")}
    assert faults(await jso.answer("system", "GET", f"{path(case)}/_check")) == {("body", "required")}
    for beside, found in (
        ("consent=ja", ("consent", "wrong-type")),
        ("filedBy=zzz", ("filedBy", "not-an-option")),
        ("foo=1", ("foo", "unknown-parameter")),
    ):
        both = await jso.answer("system", "GET", f"{path(case)}/_check?body=nowhere&{beside}")
        assert faults(both) == {("body", "body-unknown"), found}
    assert (await jso.answer("system", "GET", f"/complaints/{uuid4()}/escalations/_check?body=x")).status_code == 404
    assert await case.events() == before


async def test_after_a_verdict_that_binds_both_sides_that_is_what_is_told(outside: Outside) -> None:
    await outside.step(STAFF, "decisions", VERDICT)
    case = outside.complaint
    told = await case.office.ask("system", "GET", f"{path(case)}/_check?body=cmonet&consent=true")
    [lack] = told["lacks"]
    assert (lack["code"], told["possible"], told["possibleOn"]) == ("verdict-binds", False, None)
    assert "bindt beide partijen" in lack["text"]["nl"] and "geen andere weg" in lack["text"]["nl"]
    assert "binds both sides" in lack["text"]["en"]
    await asked(case, STAFF, "cmonet", expect=409)


async def test_who_answered_first_may_bring_it_without_a_warning(case: Case) -> None:
    """Bringing a case decides nothing."""
    outside = await bring(case, STAFF, "cmonet")
    assert outside.answer["warnings"] == []


async def test_a_body_that_the_procedure_does_not_name(case: Case) -> None:
    problem = await asked(case, STAFF, "nowhere", expect=400)
    assert [error["pointer"] for error in problem["errors"]] == ["/body"]


async def test_that_it_is_too_early_comes_alone(jso: Office) -> None:
    """Beside what is wrong it is not told: that could be mended, and this cannot."""
    early = await jso.file(FILED)
    sent = {"body": "cmonet", **CONSENT, "messageIds": [NOBODY]}
    answer = await jso.answer(STAFF, "POST", f"{path(early)}?zz=1", sent)
    assert (answer.status_code, faults(answer)) == (400, {("zz", "unknown-parameter"), ("/messageIds/0", "unknown")})
    answer = await jso.answer(STAFF, "POST", f"{path(early)}?zz=1", {"body": "cmonet", **CONSENT})
    assert (answer.status_code, faults(answer)) == (400, {("zz", "unknown-parameter")})
    problem = await asked(early, STAFF, "cmonet", expect=409)
    assert [error["code"] for error in problem["errors"]] == ["earlier-stage-missing"]


async def test_every_fault_is_named_at_once(case: Case) -> None:
    refused = await case.office.answer(STAFF, "POST", path(case), {"body": "cmonet", "consentForm": "nodded"})
    assert ("/consentForm", "not-an-option") in faults(refused)
    refused = await case.office.answer(
        STAFF, "POST", path(case), {"body": "cmonet", **CONSENT, "attachmentIds": [str(uuid4())]}
    )
    assert faults(refused) == {("/attachmentIds/0", "unknown")}
    assert "dossier.sealed" not in {event["type"] for event in await case.events()}


NOBODY, FUTURE = str(uuid4()), "2037-01-01T10:00:00Z"


@pytest.mark.parametrize(
    ("step", "sent", "expected"),
    [
        (
            "dispatches",
            {"channel": "post", "partNumber": 9, "onBehalfOf": NOBODY, "occurredAt": FUTURE},
            {"/partNumber", "/onBehalfOf", "/occurredAt"},
        ),
        (
            "dispatches",
            {"messageId": NOBODY, "partNumber": 9, "occurredAt": FUTURE},
            {"/messageId", "/partNumber", "/occurredAt"},
        ),
        ("dispatches", {"partNumber": 9, "occurredAt": FUTURE}, {"/channel", "/partNumber", "/occurredAt"}),
        (
            "dispatches",
            {"channel": "api", "partNumber": 9, "occurredAt": FUTURE},
            {"/channel", "/partNumber", "/occurredAt"},
        ),
        (
            "submissions",
            {"kind": "answer", "question": 7, "text": "x", "occurredAt": FUTURE, "onBehalfOf": NOBODY},
            {"/question", "/occurredAt", "/onBehalfOf"},
        ),
        (
            "measure-completions",
            {"measure": 7, "messageIds": [NOBODY], "onBehalfOf": NOBODY, "occurredAt": FUTURE},
            {"/measure", "/messageIds/0", "/onBehalfOf", "/occurredAt"},
        ),
        ("measure-completions", {"measure": "zz", "onBehalfOf": NOBODY}, {"/measure", "/onBehalfOf", ""}),
        # a day where an instant is asked: whichever was meant, it was decided before the complaint came in
        (
            "decisions",
            {"verdict": "upheld", "occurredAt": "2036-05-06", "decidedOn": "2036-05-05"},
            {"/occurredAt", "/decidedOn", "/findings", "/advice"},
        ),
        # and a day under a name that means nothing was meant for another one, but for none before the complaint came in
        ("questions", {"question": "Wat?", "dueOn": "2036-05-06", "ocurredAt": "2036-05-06T08:00:00Z"}, {"/ocurredAt"}),
        (
            "questions",
            {"question": "Wat?", "dueOn": "2036-05-04", "ocurredAt": "2036-05-04T08:00:00Z"},
            {"/ocurredAt", "/dueOn"},
        ),
    ],
    ids=["part", "message", "way", "api", "question", "measure", "unreadable-measure", "day", "misspelled-day", "past"],
)
async def test_what_is_wrong_in_a_step_hides_nothing_and_makes_nothing_up(
    outside: Outside, step: str, sent: Json, expected: set[str]
) -> None:
    await outside.complaint.office.at("2036-05-08 09:00")
    refused = await outside.step(STAFF if NOBODY not in sent.values() else "system", step, sent, expect=400)
    assert {error["pointer"] for error in refused["errors"]} == expected


async def test_a_slip_in_the_year_keeps_nobody_from_the_body(case: Case) -> None:
    """It was answered, which it was not yet then."""
    refused = await asked(case, STAFF, "cmonet", expect=400, occurredAt="2026-01-07T10:00:00Z", consent=False)
    assert {error["pointer"] for error in refused["errors"]} == {"/occurredAt", "/consent"}


async def test_of_a_body_that_is_not_there_the_moment_is_told_all_the_same(case: Case) -> None:
    refused = await asked(case, STAFF, "nowhere", expect=400, occurredAt=FUTURE)
    assert {error["pointer"] for error in refused["errors"]} == {"/body", "/occurredAt"}


# -- one of them -----------------------------------------------------------------------------------------------


async def test_with_all_that_belongs_to_it_or_not_at_all(case: Case) -> None:
    outside = await bring(case, STAFF, "cmonet", requestedRelief="Een excuus.")
    assert [event["type"] for event in outside.answer["events"]] == ["escalation.requested", "dossier.sealed"]
    [sealed] = await case.events("dossier.sealed")
    receipt = outside.answer["receipt"]
    assert PartReceipt.model_validate(receipt).model_dump(mode="json", by_alias=True) == receipt
    assert sealed["facts"]["manifestSha256"] == receipt["manifestSha256"]
    assert sealed["facts"]["ledgerHead"] == receipt["ledger"]["head"]
    assert receipt["ledger"]["sequence"] == sealed["sequence"] - 1
    assert await outside.parts() == [receipt]
    assert (await outside.read())["requestedRelief"] == "Een excuus."
    assert not (await outside.read())["connected"]


async def test_a_second_one_is_refused_and_says_which_is_there(case: Case, outside: Outside) -> None:
    problem = await asked(case, STAFF, "cmonet", expect=409)
    assert (problem["code"], problem["escalationId"]) == ("escalation-exists", outside.id)
    assert len(await case.events("escalation.requested")) == 1
    told = await case.office.ask("system", "GET", f"{path(case)}/_check?body=cmonet&consent=true")
    assert {lack["code"] for lack in told["lacks"]} == {"escalation-exists"}


async def test_a_retry_gets_the_same_answer(case: Case) -> None:
    key, sent = str(uuid4()), {"body": "cmonet", **CONSENT}
    first, second = [await case.office.answer(STAFF, "POST", path(case), sent, Idempotency_Key=key) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, second.json())
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await case.events("dossier.sealed")) == 1


@pytest.mark.parametrize("step", ["dispatches", "submissions", "supplements", "decisions", "decision-answers"])
async def test_a_key_is_asked_for_what_must_not_happen_twice(outside: Outside, step: str) -> None:
    office = outside.complaint.office
    token = office.made.keys[STAFF].token
    for where in (f"/escalations/{outside.id}/{step}", path(outside.complaint)):
        answer = await office.client.post(where, json={}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 400
        assert ("Idempotency-Key", "required") in faults(answer)


async def test_who_read_another_version_is_told(case: Case) -> None:
    stale = await case.office.answer(STAFF, "POST", path(case), {"body": "cmonet", **CONSENT}, If_Match='"no"')
    assert stale.status_code == 412
    read = await case.office.answer("system", "GET", f"/complaints/{case.id}")
    made = await case.office.answer(
        STAFF, "POST", path(case), {"body": "cmonet", **CONSENT}, If_Match=read.headers["ETag"]
    )
    assert made.status_code == 201
    found = await case.office.answer("system", "GET", made.headers["Location"].removeprefix("/v1"))
    assert found.headers["ETag"] == made.headers["ETag"]
    where = f"/escalations/{found.json()['id']}/acknowledgements"
    assert (await case.office.answer(STAFF, "POST", where, {}, If_Match=read.headers["ETag"])).status_code == 412
    assert (await case.office.answer(STAFF, "POST", where, {}, If_Match=found.headers["ETag"])).status_code == 201


# -- what was sealed -------------------------------------------------------------------------------------------


@pytest.mark.proves("X-11")
async def test_the_seal_can_be_checked_by_anybody(outside: Outside, tmp_path: Path) -> None:
    office, [receipt] = outside.complaint.office, await outside.parts()
    where = f"/escalations/{outside.id}/dossier"
    shown = await office.answer("system", "GET", where)
    assert shown.json()["receipt"] == receipt
    zipped = await office.answer("system", "GET", where, Accept="application/zip")
    assert (zipped.headers["Content-Type"], len(zipped.content)) == ("application/zip", receipt["zipSize"])
    assert hashlib.sha256(zipped.content).hexdigest() == receipt["zipSha256"]
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
        manifest = archive.read("manifest.json")
    assert hashlib.sha256(manifest).hexdigest() == receipt["manifestSha256"]
    assert json.loads(manifest) == shown.json()["manifest"]
    assert manifest in shown.content  # to the byte
    (tmp_path / "dossier.zip").write_bytes(zipped.content)
    command = [sys.executable, str(VERIFY), str(tmp_path / "dossier.zip")]
    checked = await asyncio.create_subprocess_exec(*command, "--manifest-sha256", receipt["manifestSha256"])
    assert await checked.wait() == 0
    pdf = await office.answer("system", "GET", f"/escalations/{outside.id}/parts/0", Accept="application/pdf")
    assert hashlib.sha256(pdf.content).hexdigest() == receipt["pdfSha256"]
    head = await office.answer("system", "GET", where, Accept="application/zip", Range="bytes=0-3")
    assert (head.status_code, head.content) == (206, b"PK\x03\x04")
    assert (await office.answer("system", "GET", where, Accept="text/html")).status_code == 406
    assert (await office.answer("system", "GET", f"/escalations/{outside.id}/parts/1")).status_code == 404


OLD: Json = FILED | {"conductOn": "2034-03-10", "complainant": FILED["complainant"] | {"address": "Straat 1"}}
EMPLOYER: Json = {"named": {"type": "employer", "name": "Voorbeeld BV", "address": "Straat 2, Plaats"}}
ASIDE = {"decision": "handle", "ground": "too_old", "overrideReason": "Het werkt nog elke maand door."}


async def told_in(outside: Outside) -> tuple[dict[str, Any], str]:
    """The files of the sealed dossier by name, and its document as text."""
    office, where = outside.complaint.office, f"/escalations/{outside.id}/parts/0"
    zipped = await office.answer("system", "GET", where, Accept="application/zip")
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
        files = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    paper = await office.answer("system", "GET", where, Accept="application/pdf")
    pages = pypdf.PdfReader(io.BytesIO(paper.content)).pages
    return files, " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.proves("X-11")
async def test_what_was_handled_after_all_does_not_look_refused(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-05-06 09:00")
    complaint = await bnw.file({name: value for name, value in OLD.items() if name != "complainantType"})
    await complaint.step("handler", "admissibility-decisions", ASIDE)
    await complaint.step("handler", "decisions", {"form": "email", "reasons": "Ziek.", "text": "Een andere coach."})
    files, paper = await told_in(await bring(complaint, "handler", "commissioning-body", **EMPLOYER))
    [decided] = files["admissibility.json"]["events"]
    assert decided["facts"] | {"decision": "handle", "ground": "too_old"} == decided["facts"]
    assert decided["texts"] == {"overrideReason": ASIDE["overrideReason"]}
    ground = "Grond die niet is toegepast: langer dan een jaar voor de indiening gebeurd"
    for each in ("Besluit: in behandeling genomen", ground, ASIDE["overrideReason"]):
        assert each in paper
    assert "too old" not in paper


async def test_what_was_sealed_stays_as_it_was_and_more_is_a_part_of_its_own(outside: Outside) -> None:
    office, where = outside.complaint.office, f"/escalations/{outside.id}/dossier"
    before = (await office.answer("system", "GET", where)).content
    await outside.complaint.register(STAFF, {"furtherDescription": "Later bedacht."})
    empty = await outside.step(STAFF, "supplements", {}, expect=400)
    assert [error["code"] for error in empty["errors"]] == ["nothing-to-hand-over"]
    await outside.step(STAFF, "supplements", {"text": "Nagekomen."})
    assert (await office.answer("system", "GET", where)).content == before
    first, second = await outside.parts()
    assert (first["part"], first["kind"], second["part"], second["kind"]) == (0, "dossier", 1, "supplement")
    assert outside.answer["receipt"] == second
    assert [event["type"] for event in outside.answer["events"]] == ["dossier.sealed"]
    sealed = await office.answer("system", "GET", f"/escalations/{outside.id}/parts/1")
    assert sealed.json()["manifest"]["kind"] == "supplement"


async def test_no_package_is_left_of_what_was_refused(outside: Outside) -> None:
    await outside.step(STAFF, "submissions", {"kind": "answer", "text": "Waarop?"}, expect=400)
    await outside.step(STAFF, "decision-answers", {"text": "Waarop?"}, expect=409)
    assert len(await outside.parts()) == 1
    assert len(await outside.complaint.events("dossier.sealed")) == 1


# -- how it was sent -------------------------------------------------------------------------------------------


async def test_by_the_letter_that_went_out(outside: Outside) -> None:
    office = outside.complaint.office
    mail = {"direction": "outbound", "channel": "email", "subject": "Een klacht", "body": "Hierbij het dossier."}
    where = f"/complaints/{outside.complaint.id}/correspondence"
    sent = await office.ask(STAFF, "POST", where, mail, expect=201)
    note = await office.ask(STAFF, "POST", where, {"direction": "internal", "body": "Verstuurd?"}, expect=201)
    await office.at("2036-05-07 09:00")
    for wrong, code in (({"messageId": note["id"]}, "unknown"), ({"messageId": str(uuid4())}, "unknown")):
        refused = await outside.step(STAFF, "dispatches", wrong, expect=400)
        assert [error["code"] for error in refused["errors"]] == [code]
    other = await outside.step(STAFF, "dispatches", {"messageId": sent["id"], "channel": "post"}, expect=400)
    assert [error["pointer"] for error in other["errors"]] == ["/channel"]
    await outside.step(STAFF, "dispatches", {"messageId": sent["id"]})
    [dispatch] = outside.last["sendings"]
    assert (dispatch["channel"], dispatch["sentAt"], dispatch["messageId"]) == ("email", sent["occurredAt"], sent["id"])


async def test_which_measure_was_over_is_told(outside: Outside) -> None:
    measures = [{"description": "Een excuus."}, {"description": "Een gesprek.", "dueOn": "2036-01-02"}]
    sent = {"verdict": "upheld", "reasons": "x", "findings": "x", "advice": "x", "measures": measures}
    told = await outside.step(STAFF, "decisions", sent, expect=400)
    assert [error["pointer"] for error in told["errors"]] == ["/measures/1/dueOn"]


async def test_what_went_there_earlier_was_possible_then_too(jso: Office) -> None:
    """Nothing can have gone to the committee on the day before the complainant was dissatisfied."""
    case = await jso.file(FILED)
    await case.step(STAFF, "responses", {"form": "email", "text": "Ons antwoord."})
    await jso.at("2036-05-08 09:00")
    await case.step("system", "dissatisfactions", {"form": "email"})
    await case.step("director", "responses", {"form": "email", "text": "Het antwoord van de directeur."})
    await asked(case, STAFF, "cmonet", expect=409, occurredAt="2036-05-07T10:00:00+02:00")
    assert await case.events("escalation.requested") == []


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [({}, "/channel"), ({"channel": "api"}, "/channel"), ({"channel": "post", "partNumber": 7}, "/partNumber")],
)
async def test_a_dispatch_that_cannot_be(outside: Outside, sent: Json, pointer: str) -> None:
    refused = await outside.step(STAFF, "dispatches", sent, expect=400)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]
    assert await outside.complaint.events("escalation.dispatched") == []


async def test_a_body_with_an_api_has_it_at_once(tell: Tell, owner_database: Database) -> None:
    slug = f"commissie-{uuid4().hex[:8]}"
    jso = await tell("jso")
    definition = (await jso.ask("admin", "GET", "/procedures/jso"))["definition"]
    document = json.loads(json.dumps(definition).replace('"cmonet"', f'"{slug}"'))
    # two days: in the last minutes of a day tomorrow is too soon
    begins = (local_date(datetime.now(UTC)) + timedelta(days=2)).isoformat()
    document["effective_from"] = begins
    await jso.ask("admin", "POST", "/procedures/jso/versions", {"document": document}, expect=201)
    await jso.at(f"{begins} 09:00")
    assert {each["body"]: each["connected"] for each in (await jso.ask("system", "GET", "/bodies"))["items"]} == {
        slug: False
    }
    await bodies.found(owner_database, slug, "Een commissie", "complaints_committee")
    [profile] = (await jso.ask("system", "GET", "/bodies"))["items"]
    assert (profile["connected"], profile["channels"], profile["sameDay"]) == (True, ["post", "email"], True)
    outside = await bring(await ready(jso), STAFF, slug)
    assert outside.last["connected"]
    assert [each["channel"] for each in outside.last["sendings"]] == ["api"]
    assert outside.last["missingChannels"] == ["post", "email"]
    assert (await jso.ask("system", "GET", f"/escalations/{outside.id}/reads"))["items"] == []


async def test_a_request_that_is_only_tried_seals_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a field that is not there; everything else is good, so the trial comes as far as the sealing."""
    put, kept = Objects.put, list[str]()

    async def noted(objects: Objects, key: str, data: Any) -> Any:
        kept.append(key)
        return await put(objects, key, data)

    monkeypatch.setattr(Objects, "put", noted)
    refused = await asked(case, STAFF, "cmonet", expect=400, zz=1)
    assert ([error["pointer"] for error in refused["errors"]], kept) == (["/zz"], [])
    assert not await case.events("escalation.requested")
    await asked(case, STAFF, "cmonet", expect=201)
    assert len(kept) == 2


async def test_what_is_missing_and_who_is_unknown_are_told_together(case: Case) -> None:
    sent = {"onBehalfOf": str(uuid4()), "consent": False, "occurredAt": "2037-01-01T10:00:00Z"}
    refused = await asked(case, "system", "cmonet", expect=400, **sent, messageIds=[str(uuid4())], zz=1)
    told = {"/onBehalfOf", "/messageIds/0", "/occurredAt", "/consent", "/zz"}
    assert {error["pointer"] for error in refused["errors"]} == told


@pytest.mark.parametrize(
    ("step", "sent", "expected"),
    [
        ("supplements", {"onBehalfOf": NOBODY}, {("/onBehalfOf", "unknown"), ("", "nothing-to-hand-over")}),
        ("submissions", {"kind": "defence", "text": "x", "onBehalfOf": NOBODY}, {("/onBehalfOf", "unknown")}),
        ("submissions", {"kind": "defence", "text": "x", "question": 99}, {("/question", "not-here")}),
        (
            "supplements",
            {"text": "x", "occurredAt": "2036-01-01T10:00:00Z", "note": "x", "lateRegistrationReason": "x"},
            {("/occurredAt", "sent-now"), ("/note", "not-here"), ("/lateRegistrationReason", "not-here")},
        ),
        (
            "submissions",
            {"kind": "answer", "question": 7, "messageIds": [NOBODY]},
            {("/question", "question-unknown"), ("/messageIds/0", "unknown")},
        ),
        (
            "measure-completions",
            {"measure": 7, "text": "x", "onBehalfOf": NOBODY},
            {("/measure", "measure-unknown"), ("/onBehalfOf", "unknown")},
        ),
        ("measure-completions", {"measure": 7, "text": "x"}, {("/measure", "measure-unknown")}),
    ],
    ids=["supplement", "defence", "defence-question", "supplement-said", "answer", "measure", "measure-only"],
)
async def test_that_the_dossier_comes_first_is_said_after_what_is_wrong(
    case: Case, step: str, sent: Json, expected: set[Any]
) -> None:
    outside = await bring(case, STAFF, "cmonet", openedBy="body")
    refused = await outside.step("system" if "onBehalfOf" in sent else STAFF, step, sent, expect=400)
    assert {(error["pointer"], error["code"]) for error in refused["errors"]} == expected


async def test_a_case_that_the_body_opened_has_its_dossier_sealed_when_it_goes(case: Case) -> None:
    sent = {"openedBy": "body", "bodyReference": "2036-0117", "dossierDueOn": "2036-05-20"}
    answer = await asked(case, STAFF, "cmonet", expect=201, **sent)
    outside = Outside(case, answer["escalation"]["id"], answer["escalation"], fits(answer))
    assert [event["type"] for event in answer["events"]] == ["escalation.requested", "dossier.requested"]
    assert (answer["receipt"], outside.last["parts"], outside.last["nextDueOn"]) == (None, [], "2036-05-20")
    assert outside.last["bodyReference"] == "2036-0117"
    await case.has("cmonet.hand_over", "pending", due="2036-05-20")
    early = await outside.step(STAFF, "supplements", {"text": "Iets."}, expect=409)
    assert early["code"] == "no-dossier-yet"
    await outside.step(STAFF, "dispatches", {"channel": "email", "text": "Op uw verzoek."})
    assert [event["type"] for event in outside.answer["events"]] == ["dossier.sealed", "escalation.dispatched"]
    assert outside.answer["receipt"]["part"] == 0
    assert outside.last["state"] == "dispatched"
    await case.has("cmonet.hand_over", "met")


# -- what came back --------------------------------------------------------------------------------------------


async def test_a_question_is_owed_an_answer_by_its_own_day(outside: Outside) -> None:
    office, case = outside.complaint.office, outside.complaint
    for day in ("2036-05-20", "2036-05-13"):
        await outside.step(STAFF, "questions", {"question": "Wanneer?", "dueOn": day})
    later, sooner = outside.last["questions"]
    assert outside.last["nextDueOn"] == "2036-05-13"
    which = await outside.step(STAFF, "submissions", {"kind": "answer", "text": "Toen."}, expect=400)
    assert [error["pointer"] for error in which["errors"]] == ["/question"]
    answer = {"kind": "answer", "question": sooner["sequence"], "text": "Op 3 maart."}
    await outside.step(STAFF, "submissions", answer)
    assert [each["answered"] for each in outside.last["questions"]] == [False, True]
    assert outside.last["nextDueOn"] == "2036-05-20"
    await outside.step(STAFF, "submissions", answer, expect=400)
    # silence is seen, and recorded by the guard, who may write no case
    await office.at("2036-05-21 00:00")
    assert [event["facts"]["dueOn"] for event in await case.events("term.breached")] == ["2036-05-20"]
    [listed] = (await office.ask("system", "GET", "/escalations"))["items"]
    assert listed["nextDueOn"] == "2036-05-20"
    read = await outside.read()
    assert (listed["state"], listed["id"]) == (read["state"], read["id"])
    assert later["sequence"] < sooner["sequence"]


async def test_what_a_decision_orders_is_proven_to_the_body_that_it_binds_by(outside: Outside) -> None:
    case = outside.complaint
    measures = [{"description": "Een excuus.", "dueOn": "2036-06-01"}, {"description": "Nieuwe training."}]
    await outside.step(STAFF, "decisions", VERDICT | {"measures": measures, "publication": True})
    assert outside.last["decision"]["publication"]
    first, second = outside.last["measures"]
    assert [each["description"] for each in (first, second)] == ["Een excuus.", "Nieuwe training."]
    # not past the body
    problem = await case.step(STAFF, "measure-completions", {"measure": first["sequence"]}, expect=409)
    assert problem["code"] == "ordered-measure"
    assert problem["possible"][0]["href"] == f"/v1/escalations/{outside.id}/measure-completions"
    proof = {"measure": first["sequence"], "text": "Verstuurd op 12 mei."}
    await outside.step(STAFF, "measure-completions", proof)
    assert [each["part"] for each in outside.last["measures"]] == [1, None]
    await outside.step(STAFF, "measure-completions", proof, expect=400)
    await outside.step(STAFF, "measure-completions", proof | {"measure": 1}, expect=400)
    await outside.step(STAFF, "decision-answers", {"text": "Wij nemen het advies over.", "form": "email"})
    assert [each["kind"] for each in await outside.parts()] == ["dossier", "measure_proof", "decision_answer"]
    # one's own measures stay as they were
    own = await case.step(STAFF, "measures", {"description": "Een tweede paar ogen."})
    await case.step(STAFF, "measure-completions", {"measure": own["events"][0]["sequence"]})


@pytest.mark.proves("SO-33", "X-12")
async def test_what_binds_is_answered_and_carried_out_where_no_dossier_went_out(case: Case) -> None:
    """The complainant brought it, and the body decided on what it had."""
    outside = await bring(case, STAFF, "cmonet", openedBy="body")
    await outside.step(STAFF, "decisions", VERDICT | {"measures": [{"description": "Een excuus."}]})
    [ordered] = outside.last["measures"]
    steps = {link["step"]: link["href"] for link in outside.last["links"]}
    assert steps.keys() >= {"escalation-decision-answers", "dossier-parts"}
    assert "escalation-dispatches" not in steps
    await outside.step(STAFF, "measure-completions", {"measure": ordered["sequence"], "text": "Verstuurd op 6 mei."})
    await outside.step(STAFF, "decision-answers", {"text": "Wij nemen het advies over.", "form": "email"})
    assert [(each["part"], each["kind"]) for each in await outside.parts()] == [
        (1, "measure_proof"),
        (2, "decision_answer"),
    ]
    assert not [each for each in (await case.read())["obligations"] if each["event"] == "measure.completed"]


async def test_a_decision_names_files_of_the_complaint_only(outside: Outside) -> None:
    refused = await outside.step(STAFF, "decisions", VERDICT | {"attachments": [str(uuid4())]}, expect=400)
    assert [error["pointer"] for error in refused["errors"]] == ["/attachments/0"]


async def test_settled_before_the_body(outside: Outside) -> None:
    await outside.step(STAFF, "settlements", {"terms": "De training wordt overgedaan."})
    assert outside.last["state"] == "settled"
    await outside.step(STAFF, "decisions", VERDICT, expect=409)


async def test_only_its_own_case_is_the_organisations_to_take_back(case: Case) -> None:
    theirs = await bring(case, STAFF, "cmonet")
    mine = {"by": "organisation", "reasons": "Wij zien ervan af."}
    await theirs.step(STAFF, "withdrawals", mine, expect=400)
    await theirs.step(STAFF, "withdrawals", {"by": "body", "reasons": "Wij leggen de zaak neer."})
    ours = await bring(case, STAFF, "cmonet", filedBy="organisation")
    await ours.step(STAFF, "withdrawals", mine)
    assert (ours.last["state"], ours.last["filedBy"]) == ("withdrawn", "organisation")
    items = (await case.office.ask("system", "GET", path(case)))["items"]
    assert [each["id"] for each in items] == [theirs.id, ours.id]


async def test_each_case_links_to_itself_only(case: Case) -> None:
    first = await bring(case, STAFF, "cmonet")
    await first.step(STAFF, "withdrawals", {"by": "complainant", "reasons": "Toch maar niet."})
    second = await bring(case, STAFF, "cmonet")
    assert (await first.read())["links"] == []
    assert all(f"/escalations/{second.id}/" in link["href"] for link in (await second.read())["links"])


# -- finding them ----------------------------------------------------------------------------------------------


async def test_the_list_is_paged_and_narrowed(jso: Office) -> None:
    made = [await bring(await ready(jso), STAFF, "cmonet") for _ in range(3)]
    await made[0].step(STAFF, "acknowledgements", {})
    page = await jso.answer("system", "GET", "/escalations?limit=2&withTotal=true")
    items = page.json()["items"]
    assert [EscalationSummary.model_validate(each).model_dump(mode="json", by_alias=True) for each in items] == items
    assert ([each["id"] for each in items], page.json()["total"]) == ([made[2].id, made[1].id], 3)
    rest = await jso.ask("system", "GET", f"/escalations?limit=2&cursor={page.json()['next']}")
    assert [each["id"] for each in rest["items"]] == [made[0].id]
    back = await jso.ask("system", "GET", f"/escalations?limit=2&cursor={rest['prev']}")
    assert back["items"] == items
    acknowledged = await jso.ask("system", "GET", "/escalations?state=acknowledged&body=cmonet")
    refused = await jso.ask("system", "GET", "/escalations?state=bogus", expect=400)
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("state", "not-an-option")]
    assert [each["id"] for each in acknowledged["items"]] == [made[0].id]
    assert (await jso.ask("system", "GET", "/escalations?body=other"))["items"] == []
    assert (await jso.answer("system", "GET", "/escalations?handler=x")).status_code == 400


async def test_the_row_says_what_the_ledger_says(
    outside: Outside, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await outside.step(STAFF, "dispatches", {"channel": "post"})
    await outside.step(STAFF, "acknowledgements", {"bodyReference": "7"})
    await outside.step(STAFF, "hearings", {"scheduledOn": "2036-08-20"})
    row = await superuser.fetchrow("SELECT * FROM escalations WHERE id = $1", UUID(outside.id))
    assert row is not None
    read = await outside.read()
    assert (row["state"], row["hearing_on"].isoformat()) == ("acknowledged", read["hearingOn"])
    assert (row["reference"], row["body_id"], row["dispatched_at"]) == (read["reference"], None, None)
    made = outside.complaint.office.made
    assert (row["organisation_slug"], row["organisation_name"]) == (made.slug, made.slug)


async def test_another_organisation_sees_none_of_it(tell: Tell, outside: Outside) -> None:
    other = await tell("jso")
    assert (await other.ask("system", "GET", "/escalations"))["items"] == []
    for way in ("", "/dossier", "/parts", "/parts/0", "/reads"):
        assert (await other.answer("system", "GET", f"/escalations/{outside.id}{way}")).status_code == 404
    for step, sent in (("acknowledgements", {}), ("dispatches", {"channel": "post"}), ("supplements", {"text": "x"})):
        assert (await other.answer(STAFF, "POST", f"/escalations/{outside.id}/{step}", sent)).status_code == 404


async def test_who_may_not(outside: Outside) -> None:
    office = outside.complaint.office
    for who in ("website", "reporter"):
        assert (await office.answer(who, "GET", "/escalations")).status_code == 403
        assert (await office.answer(who, "GET", f"/escalations/{outside.id}/dossier")).status_code == 403
    for who in ("website", "reporter", "auditor"):
        await outside.step(who, "acknowledgements", {}, expect=403)
    assert (await office.answer("auditor", "GET", f"/escalations/{outside.id}")).status_code == 200
    involved = {"staffId": str(office.made.staff[STAFF]), "reasons": "Collega."}
    await outside.complaint.step("director", "involvements", involved)
    assert (await office.answer(STAFF, "GET", f"/escalations/{outside.id}")).status_code == 404
    assert (await office.ask(STAFF, "GET", "/escalations"))["items"] == []
    await outside.step(STAFF, "acknowledgements", {}, expect=404)
    # an integration acts for somebody who may
    behalf = {"onBehalfOf": str(office.made.staff["director"])}
    answer = await outside.step("system", "acknowledgements", behalf)
    assert answer["events"][0]["actor"]["id"] == behalf["onBehalfOf"]


async def test_what_may_happen_next_is_linked(case: Case) -> None:
    assert {f"/v1{path(case)}"} <= {link["href"] for link in case.last["links"]}
    outside = await bring(case, STAFF, "cmonet")
    links: dict[str, Any] = {link["href"]: link for link in (await case.read())["links"]}
    own = {href for href in links if f"/escalations/{outside.id}/" in href}
    assert own == {link["href"] for link in outside.last["links"]}
    assert {href.rpartition("/")[2] for href in own} == {
        *("dispatches", "supplements", "submissions", "acknowledgements", "declinations", "questions", "hearings"),
        *("decisions", "settlements", "withdrawals"),
    }
    await outside.step(STAFF, "decisions", VERDICT)
    assert {link["step"] for link in outside.last["links"]} >= {"escalation-decision-answers", "dossier-parts"}
    assert "escalation-decisions" not in {link["step"] for link in outside.last["links"]}


async def wrong(case: Case, who: str, sent: Json) -> set[tuple[str, str]]:
    answer = await case.office.answer(who, "POST", f"/complaints/{case.id}/escalations", sent)
    assert answer.status_code == 400, answer.text
    return faults(answer)


async def test_of_a_body_that_is_not_there_all_is_told_that_each_asks(case: Case) -> None:
    assert await wrong(case, STAFF, {"body": "zzz"}) == {("/body", "body-unknown"), ("/consent", "consent-missing")}
    strange = {"body": "zzz", **CONSENT, "named": {"name": "x"}, "enclosed": ["zzz"]}
    assert await wrong(case, STAFF, strange) == {
        *(("/body", "body-unknown"), ("/named", "not-here"), ("/enclosed/0", "unknown")),
    }
    assert await wrong(case, STAFF, {"body": 5}) == {("/body", "wrong-type"), ("/consent", "consent-missing")}


async def test_a_day_that_was_over_when_the_body_asked_is_told_beside_everything(case: Case) -> None:
    asked_for = {"body": "cmonet", **CONSENT, "openedBy": "body", "dossierDueOn": "2020-01-01"}
    over = ("/dossierDueOn", "in-the-past")
    for change, told in (
        ({}, set()),
        ({"consent": False}, {("/consent", "consent-missing")}),
        ({"occurredAt": "2037-01-01T10:00:00Z"}, {("/occurredAt", "in-the-future")}),
        ({"body": "zzz"}, {("/body", "body-unknown")}),
        ({"zz": 1}, {("/zz", "unknown-field")}),
    ):
        assert await wrong(case, STAFF, asked_for | change) == {over, *told}


async def test_nothing_is_dropped_that_means_nothing_there(case: Case) -> None:
    opened = {"body": "cmonet", **CONSENT, "openedBy": "body", "text": "Dit moet mee.", "releasedNotes": []}
    assert await wrong(case, STAFF, opened) == {("/text", "not-here")}
    sent = {"body": "cmonet", **CONSENT, "dossierDueOn": "2037-01-01", "named": {"name": "iets"}, "enclosed": ["zzz"]}
    assert await wrong(case, STAFF, sent) == {
        *(("/dossierDueOn", "not-here"), ("/named", "not-here"), ("/enclosed/0", "unknown")),
    }


async def test_nothing_is_added_to_what_was_sealed(outside: Outside) -> None:
    sent = {"channel": "post", "text": "Dit moet mee.", "releasedNotes": []}
    refused = await outside.step(STAFF, "dispatches", sent, expect=400)
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/text", "not-here")]


async def test_a_letter_says_itself_when_it_went(outside: Outside) -> None:
    complaint = outside.complaint
    written = {"direction": "outbound", "channel": "post", "subject": "Dossier", "body": "Hierbij.", "shared": False}
    path = f"/complaints/{complaint.id}/correspondence"
    letter = await complaint.office.ask(STAFF, "POST", path, written, expect=201)
    for at in ("2037-01-01T10:00:00Z", "2036-01-01T10:00:00Z", "2036-05-06T06:00:00Z"):
        sent = {"messageId": letter["id"], "occurredAt": at}
        refused = await outside.step(STAFF, "dispatches", sent, expect=400)
        assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/occurredAt", "another-moment")]
    await outside.step(STAFF, "dispatches", {"messageId": letter["id"], "occurredAt": letter["occurredAt"]})


async def test_a_decision_names_each_file_once(outside: Outside) -> None:
    office, path = outside.complaint.office, f"/complaints/{outside.complaint.id}/attachments"
    headers = {"Authorization": f"Bearer {office.made.keys['system'].token}", "Idempotency-Key": str(uuid4())}
    sent = await office.client.post(path, files={"file": ("besluit.txt", b"Gegrond.")}, headers=headers)
    file = sent.json()["id"]
    refused = await outside.step(STAFF, "decisions", VERDICT | {"attachments": [file, file]}, expect=400)
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/attachments/1", "repeated")]
