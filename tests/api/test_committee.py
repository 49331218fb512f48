"""The body's side, over HTTP: it sees its own cases with every organisation, and what it does is recorded."""

import asyncio
import hashlib
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app.domain.attachment import COMPLAINT_FILES
from app.domain.procedure import Procedure
from app.store.escalations import BODY, listed
from app.store.session import Database
from tests.api.office import faults
from tests.builders import taking_in
from tests.committees import CASES, Committee, committee, fits
from tests.conftest import NewOrganisation
from tests.escalating import Outside, bring
from tests.plans import Explained
from tests.stories import Case, Json, Office, Raw, Tell, served, teller

CANARY = "kanarie-4c1d"
FILED: Json = {
    "description": f"De training ging niet door. {CANARY}",
    "complainant": {"name": "Sam Voorbeeld", "organisation": "Voorbeeld BV", "email": f"{CANARY}@example.org"},
    "complainantType": "customer",
}
CONSENT = {"givenOn": "2036-05-05", "form": "written", "statement": "Ik vind het goed."}
VERDICT: Json = {
    "verdict": "upheld",
    "decidedOn": "2036-05-06",
    "reasons": "De training is twee keer zonder bericht verzet.",
    "findings": "De klacht is gegrond.",
    "advice": "Bevestig een nieuwe datum schriftelijk.",
}


@dataclass
class Table:
    """Those who sit at it."""

    client: httpx.AsyncClient
    tell: Tell
    cmonet: Committee
    erisiets: Committee

    async def jso(self, rules: str | Procedure = "jso") -> Office:
        made = await self.tell(rules)
        await made.at("2036-05-06 09:00")  # a Tuesday
        return made


@pytest_asyncio.fixture(scope="module")
async def table(
    database: Database, owner_database: Database, worker_database: Database, new_organisation: NewOrganisation
) -> AsyncIterator[Table]:
    async with served(database) as client:
        tell = teller(client, database, worker_database, new_organisation)
        cmonet = await committee(client, owner_database, "cmonet")
        yield Table(client, tell, cmonet, await committee(client, owner_database, "erisietsmisgegaan"))


async def ready(office: Office) -> Case:
    """A complaint that was answered twice, so that it may go outside."""
    case = await office.file(FILED)
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Ons antwoord."})
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Dit is geen antwoord."})
    await case.step("director", "responses", {"form": "email", "text": "Het antwoord van de directeur."})
    return case


async def brought(table: Table) -> Outside:
    return await bring(await ready(await table.jso()), "complaints_officer", "cmonet", requestedRelief="Excuses.")


@pytest_asyncio.fixture
async def lying(table: Table) -> Outside:
    """A case that lies with CMOnet."""
    return await brought(table)


def form(content: bytes = b"%PDF-1.7\nuitspraak", name: str = "Uitspraak.pdf", more: bytes = b"") -> Raw:
    part = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return Raw(part + content + b"\r\n" + more + b"--x--\r\n", "multipart/form-data; boundary=x")


async def happened(outside: Outside, *types: str) -> list[Json]:
    return await outside.complaint.events(*types)


# -- who sees what ---------------------------------------------------------------------------------------------


async def test_two_bodies_and_three_organisations_each_see_their_own(table: Table) -> None:
    first, second = await brought(table), await brought(table)
    hss = await table.tell("hss")
    await hss.at("2036-05-06 09:00")
    complaint = await hss.file({**FILED, "complainantType": "client"})
    await hss.at("2036-07-01 09:00")  # nobody answered
    third = await bring(complaint, "board", "erisietsmisgegaan")
    another = await ready(first.complaint.office)  # never brought anywhere

    of_cmonet = {item["id"]: item for item in await table.cmonet.listed("limit=200")}
    of_erisiets = {item["id"]: item for item in await table.erisiets.listed("limit=200")}
    assert {first.id, second.id} <= set(of_cmonet) and third.id not in of_cmonet
    assert third.id in of_erisiets and not {first.id, second.id} & set(of_erisiets)
    assert of_cmonet[first.id]["organisation"]["slug"] == first.complaint.office.made.slug
    for organisation in (first, second, third):
        items = (await organisation.complaint.office.ask("system", "GET", "/escalations"))["items"]
        assert [item["id"] for item in items] == [organisation.id]

    for whose, body, others in (
        ((first, second), table.cmonet, (third,)),
        ((third,), table.erisiets, (first, second)),
    ):
        for case in whose:
            assert (await body.case(case.id))["reference"] == case.complaint.last["reference"]
        for case in others:
            for path in ("", "/dossier", "/parts", "/parts/0"):
                there = await body.answer("GET", f"{CASES}/{case.id}{path}")
                nowhere = await body.answer("GET", f"{CASES}/{uuid4()}{path}")
                assert there.status_code == 404
                assert there.content == nowhere.content
    # and an organisation's own routes are none of theirs
    for path in (f"/complaints/{another.id}", f"/complaints/{first.complaint.id}", f"/escalations/{first.id}"):
        await table.cmonet.ask("GET", path, expect=403)


async def test_a_key_of_an_organisation_is_no_body(table: Table, lying: Outside) -> None:
    for path in ("", f"/{lying.id}", f"/{lying.id}/dossier"):
        problem = await lying.complaint.office.ask("admin", "GET", f"{CASES}{path}", expect=403)
        assert problem["code"] == "not-a-body"


async def test_who_asks_is_said_before_what_is_wrong(table: Table) -> None:
    """401 and 403 come before 400 and 404, wherever the id is malformed."""
    paths = (f"{CASES}/nonsense", f"{CASES}/nonsense/dossier", f"{CASES}/nonsense/parts/x", f"{CASES}?state=nonsense")
    for path in paths:
        assert (await table.client.get(path)).status_code == 401
        await table.cmonet.ask("GET", path, expect=400 if "?" in path else 404)
    office = await table.jso()
    for path in paths:
        await office.ask("admin", "GET", path, expect=403)


async def test_a_case_holds_no_staff_and_nothing_internal(table: Table, lying: Outside) -> None:
    complaint, made = lying.complaint, lying.complaint.office.made
    note = {"direction": "internal", "channel": "phone", "body": CANARY, "participants": [{"role": "complainant"}]}
    await complaint.office.ask("system", "POST", f"/complaints/{complaint.id}/correspondence", note, expect=201)
    answer = await table.cmonet.answer("GET", f"{CASES}/{lying.id}")
    assert answer.status_code == 200
    staff = [str(each) for each in made.staff.values()]
    for word in (CANARY, str(complaint.id)[:8] + "-x", "Medewerker", *staff):
        assert word not in answer.text
    case = answer.json()
    assert case["requestedRelief"] == "Excuses."
    assert {link["step"] for link in case["links"]} >= {"acknowledgements", "questions", "decisions"}
    assert "dossier-requests" not in {link["step"] for link in case["links"]}
    # what happens elsewhere in the complaint does not change the case
    assert (await table.cmonet.answer("GET", f"{CASES}/{lying.id}")).headers["ETag"] == answer.headers["ETag"]


# -- the list --------------------------------------------------------------------------------------------------


async def test_the_list_is_paged_filtered_and_counted(table: Table) -> None:
    office = await table.jso()
    cases = [await bring(await ready(office), "complaints_officer", "cmonet") for _ in range(3)]
    await table.cmonet.act(cases[1].id, "acknowledgements")
    own = f"organisation={office.made.slug}"
    newest_first = [case.id for case in reversed(cases)]
    assert [item["id"] for item in await table.cmonet.listed(f"{own}&limit=2")] == newest_first
    assert [item["id"] for item in await table.cmonet.listed(f"{own}&state=acknowledged")] == [cases[1].id]
    page = await table.cmonet.ask("GET", f"{CASES}?{own}&limit=1&withTotal=true")
    assert page["total"] == 3
    second = await table.cmonet.ask("GET", f"{CASES}?{own}&limit=1&cursor={page['next']}")
    back = await table.cmonet.ask("GET", f"{CASES}?{own}&limit=1&cursor={second['prev']}")
    assert (second["items"][0]["id"], back["items"]) == (cases[1].id, page["items"])
    problem = await table.cmonet.ask("GET", f"{CASES}?body=cmonet", expect=400)
    assert problem["errors"][0]["code"] == "unknown-parameter"


OTHERS = """
insert into bodies (slug, name, kind) select $1 || '-' || n, 'B', 'complaints_committee' from generate_series(1, 30) n
"""
# Each on a complaint of its own, in one of a hundred organisations.
MANY_CASES = """
insert into escalations (organisation_id, complaint_id, body, body_id, stage, reference, organisation_slug,
  organisation_name, procedure, state, opened_by, filed_by, requested_at, ended_at)
select md5('o' || n % 100)::uuid, uuidv7(), 'many', $1, 'external', 'JSO-' || n, 'o-' || n % 100, 'O', 'jso',
  case when n % 10 = 0 then 'dispatched' else 'decided' end, 'organisation', 'complainant', now(), now()
from generate_series(1, $2::int) n
"""


async def test_fifty_thousand_cases_are_listed_by_an_index(
    table: Table, database: Database, owner_database: Database, superuser: Any
) -> None:
    """As an organisation lists its complaints: a page is read off the index, nothing is sorted or passed over."""
    slug = f"many-{uuid4().hex[:8]}"
    many = await committee(table.client, owner_database, slug)
    await superuser.execute(OTHERS, slug)
    body_id = await superuser.fetchval("select id from bodies where slug = $1", slug)
    await superuser.execute("set session_replication_role = replica")  # without their organisations and complaints
    await superuser.execute(MANY_CASES, body_id, 50_000)
    for row in await superuser.fetch("select id from bodies where slug like $1", f"{slug}-%"):
        await superuser.execute(MANY_CASES, row["id"], 100)
    await superuser.execute("analyze escalations")
    try:
        for filters, index in (({}, "escalations_body_idx"), ({"state": "dispatched"}, "escalations_body_state_idx")):
            reading = Explained(database, hashlib.sha256(many.token.encode()).digest(), lambda _: None, committee=True)
            await listed(reading, BODY, filters, None, False, 51)
            first = reading.plan
            assert index in first and "Sort" not in first and "Seq Scan on escalations" not in first, first
            assert "rows=51" in first and "Rows Removed" not in first, first
        page = await many.ask("GET", f"{CASES}?limit=200&withTotal=true")
        assert (page["total"], len(page["items"])) == (50_000, 200)
        assert len(await many.listed("organisation=o-7&state=decided&limit=200")) == 500
    finally:
        sql = "delete from escalations where body_id in (select id from bodies where starts_with(slug, $1))"
        await superuser.execute(sql, slug)


# -- what was handed over --------------------------------------------------------------------------------------


async def test_the_sealed_dossier_in_three_forms(table: Table, lying: Outside) -> None:
    path = f"{CASES}/{lying.id}/dossier"
    manifest = await table.cmonet.answer("GET", path)
    receipt = manifest.json()["receipt"]
    assert manifest.headers["ETag"] == f'"{receipt["manifestSha256"]}"'
    sealed = manifest.content.partition(b'"manifest":')[2][:-1]
    assert hashlib.sha256(sealed).hexdigest() == receipt["manifestSha256"]

    whole = await table.cmonet.answer("GET", path, Accept="application/zip")
    assert whole.headers["Content-Type"] == "application/zip"
    assert hashlib.sha256(whole.content).hexdigest() == receipt["zipSha256"]
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.read("manifest.json") == sealed
    paper = await table.cmonet.answer("GET", path, Accept="application/pdf")
    assert hashlib.sha256(paper.content).hexdigest() == receipt["pdfSha256"]
    assert "Accept" in whole.headers["Vary"]

    [listed_part] = (await table.cmonet.ask("GET", f"{CASES}/{lying.id}/parts"))["items"]
    assert listed_part == receipt == (await table.cmonet.case(lying.id))["parts"][0]
    [told] = await lying.parts()
    assert told == receipt  # the same for both sides
    await table.cmonet.ask("GET", f"{CASES}/{lying.id}/parts/3", expect=404)
    await table.cmonet.ask("GET", path, expect=406, Accept="text/html")


async def test_part_of_a_zip_and_not_again_what_you_have(table: Table, lying: Outside) -> None:
    path = f"{CASES}/{lying.id}/parts/0"
    whole = await table.cmonet.answer("GET", path, Accept="application/zip")
    some = await table.cmonet.answer("GET", path, Accept="application/zip", Range="bytes=10-19")
    assert (some.status_code, some.content) == (206, whole.content[10:20])
    other = await table.cmonet.answer("GET", path, Accept="application/pdf", If_None_Match=whole.headers["ETag"])
    assert other.status_code == 200  # another form is another thing
    reads = await lying.complaint.office.ask("system", "GET", f"/escalations/{lying.id}/reads")
    again = await table.cmonet.answer("GET", path, Accept="application/zip", If_None_Match=whole.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert await lying.complaint.office.ask("system", "GET", f"/escalations/{lying.id}/reads") == reads


async def test_what_we_talk_over_among_ourselves_stays_with_us(table: Table) -> None:
    """A talk with the board, and what a manager advised, are internal: released one by one, or not at all."""
    complaint = await ready(await table.jso())
    talk = {"party": "board", "form": "conversation", "note": "BINNENSKAMERS-1"}
    await complaint.step("complaints_officer", "hearings", talk)
    await complaint.step("complaints_officer", "advice-requests", {"party": "line_manager"})
    await complaint.step("complaints_officer", "advices", {"advice": "BINNENSKAMERS-2"})
    heard = {"party": "complainant", "form": "conversation", "note": "VERTELD"}
    await complaint.step("complaints_officer", "hearings", heard)
    outside = await bring(complaint, "complaints_officer", "cmonet")
    answer = await table.cmonet.answer("GET", f"{CASES}/{outside.id}/dossier", Accept="application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as sealed:
        whole = b"".join(sealed.read(name) for name in sealed.namelist() if name.endswith(".json"))
    assert b"BINNENSKAMERS" not in whole
    assert b"VERTELD" in whole


async def test_each_read_is_recorded(table: Table, lying: Outside, superuser: Any) -> None:
    await table.cmonet.listed()
    await table.erisiets.ask("GET", f"{CASES}/{lying.id}/dossier", expect=404)
    sql = "select what, part, key_id from escalation_reads where escalation_id = $1 order by id"
    assert await superuser.fetch(sql, UUID(lying.id)) == []
    await table.cmonet.ask("GET", f"{CASES}/{lying.id}/parts")
    for accept in ("application/json", "application/zip", "application/pdf"):
        await table.cmonet.answer("GET", f"{CASES}/{lying.id}/dossier", Accept=accept)
    rows = await superuser.fetch(sql, UUID(lying.id))
    assert [(row["what"], row["part"]) for row in rows] == [("case", None), ("manifest", 0), ("zip", 0), ("pdf", 0)]
    key = await superuser.fetchval(
        "select id from body_keys where key_hash = $1", hashlib.sha256(table.cmonet.token.encode()).digest()
    )
    assert {row["key_id"] for row in rows} == {key}


# -- what a body does ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "sent"),
    [
        ("declinations", {"ground": "not_competent", "reasons": "Zegt de organisatie."}),
        ("decisions", VERDICT | {"verdict": "not_upheld"}),
        ("settlements", {"terms": "Zegt de organisatie."}),
        ("withdrawals", {"by": "complainant", "reasons": "Zegt de organisatie."}),
        ("withdrawals", {"by": "body", "reasons": "Zegt de organisatie."}),
    ],
)
async def test_what_ends_the_case_of_a_body_with_an_api_it_says_itself(
    table: Table, lying: Outside, step: str, sent: Json
) -> None:
    """Else the organisation could end a complainant's case by a letter that nobody else saw."""
    refused = await lying.step("complaints_officer", step, sent, expect=403)
    assert refused["code"] == "body-only"
    assert (await table.cmonet.case(lying.id))["ending"] is None
    linked = {link["href"].rpartition("/")[2] for link in (await lying.read())["links"]}
    assert not linked & {"declinations", "decisions", "settlements", "withdrawals"}
    assert linked >= {"acknowledgements", "questions", "hearings"}  # these may come by letter too
    # nor is it made a body without an API first
    [sent_by_api] = await happened(lying, "escalation.dispatched")
    correction = {"corrects": sent_by_api["sequence"], "annul": True, "reasons": "Nooit verzonden."}
    problem = await lying.complaint.step("complaints_officer", "corrections", correction, expect=400)
    assert [error["code"] for error in problem["errors"]] == ["not-correctable"]


async def test_a_decision_says_until_when_it_is_answered_and_what_is_paid(table: Table, lying: Outside) -> None:
    paid = {"description": "Een vergoeding.", "amountCents": 50_000, "dueOn": "2036-06-20"}
    sent = VERDICT | {"dueOn": "2036-06-10", "measures": [paid, {"description": "Een excuus."}]}
    late = sent | {"dueOn": "2036-05-01"}
    problem = await table.cmonet.act(lying.id, "decisions", late, expect=400)
    assert [error["pointer"] for error in problem["errors"]] == ["/dueOn"]
    case = await table.cmonet.act(lying.id, "decisions", sent)
    assert [measure["amountCents"] for measure in case["measures"]] == [50_000, None]
    owed = {(term["owedBy"], term["dueOn"]) for term in case["terms"] if term["state"] == "pending"}
    assert owed >= {("organisation", "2036-06-10"), ("organisation", "2036-06-20")}
    seen = await lying.read()
    assert [measure["amountCents"] for measure in seen["measures"]] == [50_000, None]
    assert seen["nextDueOn"] == "2036-06-10"
    await lying.step("complaints_officer", "decision-answers", {"text": "Wij betalen."})
    case = await table.cmonet.case(lying.id)
    assert [term["state"] for term in case["terms"] if term["dueOn"] == "2036-06-10"] == ["met"]
    assert case["nextDueOn"] == "2036-06-20"


async def test_its_own_case_the_organisation_takes_back_from_a_body_with_an_api(table: Table) -> None:
    complaint = await ready(await table.jso())
    own = await bring(complaint, "complaints_officer", "cmonet", filedBy="organisation")
    assert "withdrawals" in {link["href"].rpartition("/")[2] for link in own.last["links"]}
    await own.step("complaints_officer", "withdrawals", {"by": "organisation", "reasons": "Wij zien ervan af."})
    assert (await table.cmonet.case(own.id))["ending"]["by"] == "organisation"


@pytest.mark.parametrize(
    ("what", "sent", "pointer"),
    [
        ("questions", {"question": " ", "dueOn": "2036-05-20"}, "/question"),
        ("decisions", VERDICT | {"reasons": " "}, "/reasons"),
        ("settlements", {"terms": " \n "}, "/terms"),
        ("decisions", VERDICT | {"measures": [{"description": " "}]}, "/measures/0/description"),
    ],
)
async def test_a_body_says_something(table: Table, lying: Outside, what: str, sent: Json, pointer: str) -> None:
    problem = await table.cmonet.act(lying.id, what, sent, expect=400)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_what_a_decision_lacks_is_told_at_its_own_field(table: Table, lying: Outside) -> None:
    bare = {name: VERDICT[name] for name in ("verdict", "decidedOn", "reasons")}
    problem = await table.cmonet.act(lying.id, "decisions", bare, expect=400)
    assert {error["pointer"] for error in problem["errors"]} == {"/findings", "/advice"}


async def test_a_case_from_acknowledgement_to_decision(table: Table, lying: Outside) -> None:
    cmonet, office = table.cmonet, lying.complaint.office
    case = await cmonet.act(lying.id, "acknowledgements", {"bodyReference": "2036-0117"})
    assert (case["state"], case["bodyReference"]) == ("acknowledged", "2036-0117")
    case = await cmonet.act(lying.id, "questions", {"question": "Wanneer is het verzet?", "dueOn": "2036-05-20"})
    [asked] = case["questions"]
    assert (asked["dueOn"], asked["answers"]) == ("2036-05-20", [])
    [owed] = [term for term in case["terms"] if term["owedBy"] == "organisation" and term["dueOn"] == "2036-05-20"]
    assert owed["state"] == "pending"
    assert "20 mei 2036" in owed["explanation"]["nl"] and "X-12" not in owed["explanation"]["nl"]

    answered = {"kind": "answer", "text": "Op 3 april, per e-mail."}
    await lying.step("complaints_officer", "submissions", answered)
    case = await cmonet.case(lying.id)
    [answer] = case["questions"][0]["answers"]
    assert (answer["kind"], answer["part"]) == ("answer", 1)
    sealed = await cmonet.ask("GET", f"{CASES}/{lying.id}/parts/1")
    assert "Op 3 april" in json.dumps(sealed["manifest"]) or sealed["receipt"]["kind"] == "answer"
    assert [term["state"] for term in case["terms"] if term["dueOn"] == "2036-05-20"] == ["met"]

    await cmonet.act(lying.id, "hearings", {"scheduledOn": "2036-06-10", "place": "Utrecht"})
    case = await cmonet.act(lying.id, "hearings", {"scheduledOn": "2036-06-17", "place": "Utrecht"})
    assert (case["hearingOn"], len(case["hearings"])) == ("2036-06-17", 2)

    file = await cmonet.ask("POST", f"{CASES}/{lying.id}/attachments", form(), expect=201)
    measures = [{"description": "Een nieuwe training.", "dueOn": "2036-08-29"}]
    decision = {**VERDICT, "measures": measures, "attachments": [file["id"]], "publicationCopy": file["id"]}
    case = await cmonet.act(lying.id, "decisions", {**decision, "publication": True})
    assert (case["state"], case["verdict"]) == ("decided", "upheld")
    assert [link["step"] for link in case["links"]] == ["corrections"]
    told = case["decision"]
    assert (told["bindingOn"], told["attachments"]) == (["organisation", "complainant"], [file["id"]])
    assert (told["publication"], told["publicationCopy"]) == (True, file["id"])
    [measure] = case["measures"]
    assert (measure["description"], measure["dueOn"], measure["completedAt"]) == (
        "Een nieuwe training.",
        "2036-08-29",
        None,
    )
    # the organisation has it as data, by the same events
    seen = await lying.read()
    assert (seen["state"], seen["decision"]["verdict"]) == ("decided", "upheld")
    assert (seen["decision"]["attachments"], seen["decision"]["publicationCopy"]) == ([file["id"]], file["id"])
    # and where it binds, the body sees that it was carried out
    [ordered] = seen["measures"]
    await office.at("2036-07-01 09:00")
    await lying.step(
        "complaints_officer", "measure-completions", {"measure": ordered["sequence"], "text": "Gegeven op 30 juni."}
    )
    [measure] = (await cmonet.case(lying.id))["measures"]
    assert measure["completedAt"] and measure["proof"] == 2
    actors = {event["actor"]["kind"] for event in await happened(lying, "external.questioned", "hearing.scheduled")}
    assert actors == {"body"}


async def test_an_answer_to_a_decision_that_does_not_bind_is_no_part_for_the_body(table: Table) -> None:
    hss = await table.tell("hss")
    await hss.at("2036-05-06 09:00")
    complaint = await hss.file({**FILED, "complainantType": "client"})
    await hss.at("2036-07-01 09:00")  # nobody answered
    outside = await bring(complaint, "board", "erisietsmisgegaan")
    await table.erisiets.act(outside.id, "decisions", VERDICT | {"decidedOn": "2036-06-30"})
    await outside.step("board", "decision-answers", {"text": f"Wij doen het zo. {CANARY}"})
    assert await complaint.events("decision.answered")
    case = await table.erisiets.case(outside.id)
    assert (case["decision"]["answer"], [part["kind"] for part in case["parts"]]) == (None, ["dossier"])


async def test_what_is_done_is_hidden_where_the_decision_does_not_bind(table: Table) -> None:
    hss = await table.tell("hss")
    await hss.at("2036-05-06 09:00")
    complaint = await hss.file({**FILED, "complainantType": "client"})
    await hss.at("2036-07-01 09:00")  # nobody answered
    outside = await bring(complaint, "board", "erisietsmisgegaan")
    measures = [{"description": "Bel de klant.", "dueOn": "2036-08-29"}]
    case = await table.erisiets.act(outside.id, "decisions", {**VERDICT, "measures": measures})
    assert case["decision"]["bindingOn"] == []
    await outside.read()
    [ordered] = outside.last["measures"]
    done = {"measure": ordered["sequence"], "text": "Gebeld."}
    refused = await outside.step("board", "measure-completions", done, expect=409)
    assert refused["code"] == "not-binding"
    nobody = await outside.step("system", "measure-completions", {**done, "onBehalfOf": str(uuid4())}, expect=400)
    assert [fault["pointer"] for fault in nobody["errors"]] == ["/onBehalfOf"]
    before = await table.erisiets.answer("GET", f"{CASES}/{outside.id}")
    await complaint.step("board", "measure-completions", {"measure": ordered["sequence"], "note": "Gebeld."})
    after = await table.erisiets.case(outside.id)
    assert after["measures"][0]["completedAt"] is None
    assert all("maatregel" not in term["title"]["nl"] for term in after["terms"])
    assert before.json()["updatedAt"] == after["updatedAt"]


@pytest.mark.parametrize(
    ("what", "body", "state"),
    [
        ("declinations", {"ground": "not_competent", "reasons": "Een ander reglement."}, "declined"),
        ("settlements", {"terms": "De training wordt kosteloos gegeven."}, "settled"),
        ("withdrawals", {"by": "complainant", "reasons": "Ik ga niet verder."}, "withdrawn"),
        ("withdrawals", {"by": "body", "reasons": "De klager reageert niet meer."}, "withdrawn"),
    ],
)
async def test_a_case_ends_otherwise(table: Table, lying: Outside, what: str, body: Json, state: str) -> None:
    case = await table.cmonet.act(lying.id, what, body)
    assert (case["state"], case["ending"]["state"]) == (state, state)
    assert [link["step"] for link in case["links"]] == ["corrections"]
    assert (case["ending"]["reasons"] or case["ending"]["terms"]) in body.values()
    assert (await lying.read())["state"] == state
    refused = await table.cmonet.act(lying.id, "decisions", VERDICT, expect=409)
    assert refused["possible"] == [{"step": "corrections"}]  # as the links
    await table.cmonet.ask("POST", f"{CASES}/{lying.id}/attachments", form(), expect=409)
    assert (await table.cmonet.ask("GET", f"{CASES}/{lying.id}/dossier"))["receipt"]["part"] == 0


async def test_everything_wrong_is_told_at_once(table: Table, lying: Outside) -> None:
    past: Json = {"verdict": "upheld", "decidedOn": "2036-05-06", "reasons": "x", "attachments": [str(uuid4())]}
    past["measures"] = [{"description": "x", "dueOn": "2036-05-05"}]
    answer = await table.cmonet.answer("POST", f"{CASES}/{lying.id}/decisions", past)
    assert answer.status_code == 400
    missing = {("/findings", "content-missing"), ("/advice", "content-missing")}
    assert faults(answer) == missing | {("/measures/0/dueOn", "in-the-past"), ("/attachments/0", "unknown")}
    # a reason of blanks is wrong in its form, and hides nothing of what the case says of the rest
    blank = past | {"reasons": " ", "decidedOn": "2036-12-01"}
    answer = await table.cmonet.answer("POST", f"{CASES}/{lying.id}/decisions", blank)
    pointers = {pointer for pointer, _ in faults(answer)}
    assert pointers == {"/reasons", "/decidedOn", "/attachments/0", "/findings", "/advice", "/measures/0/dueOn"}
    answer = await table.cmonet.answer("POST", f"{CASES}/{lying.id}/decisions", past | {"decidedOn": "gisteren"})
    assert {pointer for pointer, _ in faults(answer)} == pointers - {"/reasons"}
    for what, body in (
        ("questions", {"question": "x", "dueOn": "2036-05-05"}),
        ("hearings", {"scheduledOn": "2036-05-05"}),
        ("declinations", {"ground": "not_competent"}),
        ("withdrawals", {"by": "organisation", "reasons": "x"}),
        ("acknowledgements", {"onBehalfOf": str(uuid4())}),
    ):
        await table.cmonet.act(lying.id, what, body, expect=400)
    assert not await happened(lying, "external.questioned", "hearing.scheduled", "external.declined")


async def test_if_match_is_about_the_case(table: Table, lying: Outside) -> None:
    path = f"{CASES}/{lying.id}"
    tag = (await table.cmonet.answer("GET", path)).headers["ETag"]
    # something else in the complaint
    officer = str(lying.complaint.office.made.staff["complaints_officer"])
    await lying.complaint.step("complaints_officer", "involvements", {"staffId": officer})
    done = await table.cmonet.answer("POST", f"{path}/acknowledgements", {}, If_Match=tag)
    assert done.status_code == 201, done.text
    question = {"question": "Wanneer?", "dueOn": "2036-05-20"}
    await table.cmonet.act(lying.id, "questions", question, expect=412, If_Match=tag)
    await table.cmonet.act(lying.id, "questions", question, If_Match=done.headers["ETag"])


async def test_a_retry_gives_the_same_answer(table: Table, lying: Outside) -> None:
    path, body = f"{CASES}/{lying.id}/questions", {"question": "Wanneer?", "dueOn": "2036-05-20"}
    await table.cmonet.ask("POST", path, body, expect=400, Idempotency_Key="")
    first = await table.cmonet.answer("POST", path, body, Idempotency_Key="q-1")
    second = await table.cmonet.answer("POST", path, body, Idempotency_Key="q-1")
    assert (first.status_code, first.content) == (201, second.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    reused = await table.cmonet.answer("POST", path, {**body, "question": "Waarom?"}, Idempotency_Key="q-1")
    assert reused.status_code == 422
    many = await asyncio.gather(*(table.cmonet.answer("POST", path, body, Idempotency_Key="q-2") for _ in range(8)))
    assert {answer.status_code for answer in many} <= {201, 409}
    assert len(await happened(lying, "external.questioned")) == 2
    bare = await table.client.post(path, json=body, headers={"Authorization": f"Bearer {table.cmonet.token}"})
    assert (bare.status_code, faults(bare)) == (400, {("Idempotency-Key", "required")})


# -- files -----------------------------------------------------------------------------------------------------


async def test_files_of_the_case_and_no_other(table: Table, lying: Outside) -> None:
    complaint = lying.complaint
    upload = f"/complaints/{complaint.id}/attachments"
    internal = await complaint.office.ask("system", "POST", upload, form(b"%PDF-1.7\nintern"), expect=201)
    path = f"{CASES}/{lying.id}/attachments"
    file = await table.cmonet.ask("POST", path, form(), expect=201)
    assert (file["name"], file["mediaType"]) == ("Uitspraak.pdf", "application/pdf")
    content = await table.cmonet.answer("GET", file["href"].removeprefix("/v1"))
    assert (content.status_code, content.content) == (200, b"%PDF-1.7\nuitspraak")
    assert "attachment" in content.headers["Content-Disposition"]
    for unknown in (internal["id"], str(uuid4())):
        await table.cmonet.ask("GET", f"{path}/{unknown}/content", expect=404)
    await table.erisiets.ask("GET", f"{path}/{file['id']}/content", expect=404)
    await table.cmonet.act(lying.id, "decisions", {**VERDICT, "attachments": [internal["id"]]}, expect=400)
    seen = await complaint.office.ask("system", "GET", f"/attachments/{file['id']}")
    assert (seen["addedBy"]["kind"], seen["shared"]) == ("body", False)
    reads = (await complaint.office.ask("system", "GET", f"/escalations/{lying.id}/reads"))["items"]
    assert [each["what"] for each in reads] == ["file"]


async def test_the_form_of_a_file_is_looked_at_beside_the_rest(table: Table, lying: Outside) -> None:
    path, more = f"{CASES}/{lying.id}/attachments", b'--x\r\nContent-Disposition: form-data; name="z"\r\n\r\n1\r\n'
    answer = await table.cmonet.answer("POST", f"{path}?foo=1", form(b"MZ\x90\x00" + bytes(500), more=more))
    assert faults(answer) == {("foo", "unknown-parameter"), ("/file", "type-not-accepted"), ("/z", "unknown-field")}


async def test_a_body_has_room_of_its_own_for_files(table: Table, lying: Outside) -> None:
    office, theirs = lying.complaint.office, f"/complaints/{lying.complaint.id}/attachments"
    for _ in range(COMPLAINT_FILES):
        await office.ask("system", "POST", theirs, form(), expect=201)
    problem = await office.ask("system", "POST", theirs, form(), expect=409)
    assert problem["code"] == "too-many-files"
    path = f"{CASES}/{lying.id}/attachments"
    for _ in range(COMPLAINT_FILES):
        await table.cmonet.ask("POST", path, form(), expect=201)
    problem = await table.cmonet.ask("POST", path, form(), expect=409)
    assert problem["code"] == "too-many-files"


async def test_a_file_is_kept_once_and_programs_are_not(table: Table, lying: Outside) -> None:
    path = f"{CASES}/{lying.id}/attachments"
    first = await table.cmonet.answer("POST", path, form(), Idempotency_Key="f-1")
    second = await table.cmonet.answer("POST", path, form(), Idempotency_Key="f-1")
    assert (first.status_code, first.content) == (201, second.content)
    await table.cmonet.ask("POST", path, form(b"\x7fELF" + bytes(60)), expect=400)
    shared = b'--x\r\nContent-Disposition: form-data; name="shared"\r\n\r\ntrue\r\n'
    await table.cmonet.ask("POST", path, form(more=shared), expect=400)
    await table.erisiets.ask("POST", path, form(), expect=404)
    assert len(await happened(lying, "note.recorded")) == 1


# -- what the complainant takes back ---------------------------------------------------------------------------


async def test_a_body_learns_that_the_complainant_withdrew(table: Table, lying: Outside) -> None:
    before = await table.cmonet.answer("GET", f"{CASES}/{lying.id}")
    assert before.json()["complaintWithdrawnAt"] is None
    complaint = lying.complaint
    answer = await complaint.step("complaints_officer", "withdrawals", {"form": "email", "reasons": "Het is goed zo."})
    assert "case-goes-on" in {each["code"] for each in answer["complaint"]["warnings"]}
    after = await table.cmonet.answer("GET", f"{CASES}/{lying.id}")
    assert after.json()["complaintWithdrawnAt"] == answer["events"][0]["occurredAt"]
    assert after.json()["state"] == before.json()["state"]  # the body ends it, or goes on
    assert after.headers["ETag"] != before.headers["ETag"]
    [told] = await happened(lying, "body.informed")
    assert told["facts"]["escalationId"] == lying.id
    # and that it goes on after all
    await complaint.step("complaints_officer", "reopenings", {"reasons": "Toch niet goed."})
    assert (await table.cmonet.case(lying.id))["complaintWithdrawnAt"] is None
    assert len(await happened(lying, "body.informed")) == 2


async def test_a_body_learns_nothing_of_it_when_its_case_is_over(table: Table, lying: Outside) -> None:
    await table.cmonet.act(lying.id, "withdrawals", {"by": "body", "reasons": "Per abuis."})
    answer = await lying.complaint.step(
        "complaints_officer", "withdrawals", {"form": "email", "reasons": "Het is goed zo."}
    )
    assert "case-goes-on" not in {each["code"] for each in answer["complaint"]["warnings"]}
    assert (await table.cmonet.case(lying.id))["complaintWithdrawnAt"] is None
    assert await happened(lying, "body.informed") == []


# -- what a body takes back ------------------------------------------------------------------------------------


async def test_a_body_corrects_its_decision(table: Table, lying: Outside) -> None:
    before = await table.cmonet.act(lying.id, "decisions", VERDICT | {"verdict": "not_upheld", "dueOn": "2036-06-10"})
    assert "corrections" in {link["step"] for link in before["links"]}
    answer = await table.cmonet.answer("GET", f"{CASES}/{lying.id}")
    wrong = {
        "corrects": "decision",
        "changes": {"verdict": "upheld", "dueOn": "2036-06-17"},
        "reasons": "Een typefout.",
    }
    case = await table.cmonet.act(lying.id, "corrections", wrong, If_Match=answer.headers["ETag"])
    assert (case["verdict"], case["decision"]["verdict"], case["state"]) == ("upheld", "upheld", "decided")
    owed = {term["dueOn"] for term in case["terms"] if (term["owedBy"], term["state"]) == ("organisation", "pending")}
    assert "2036-06-17" in owed and "2036-06-10" not in owed
    assert (await lying.read())["verdict"] == "upheld"
    [listed] = [each for each in await table.cmonet.listed() if each["id"] == lying.id]
    assert listed["verdict"] == "upheld"
    [event] = await happened(lying, "event.corrected")
    assert (event["actor"]["kind"], event["texts"]["reasons"]) == ("body", "Een typefout.")
    stale = await table.cmonet.answer("POST", f"{CASES}/{lying.id}/corrections", wrong, If_Match=answer.headers["ETag"])
    assert stale.status_code == 412
    # nobody else does
    [decided] = await happened(lying, "external_decision.received")
    theirs = {"corrects": decided["sequence"], "changes": {"verdict": "not_upheld"}, "reasons": "Zo bedoelden zij het."}
    problem = await lying.complaint.step("complaints_officer", "corrections", theirs, expect=403)
    assert problem["code"] == "body-only"
    assert (await table.cmonet.case(lying.id))["verdict"] == "upheld"


async def test_a_body_takes_an_ending_back_but_not_its_decision(table: Table, lying: Outside) -> None:
    declined = {"ground": "not_competent", "reasons": "Dit gaat over een ander reglement."}
    state = (await table.cmonet.case(lying.id))["state"]
    case = await table.cmonet.act(lying.id, "declinations", declined)
    assert (case["state"], case["ending"]["ground"]) == ("declined", "not_competent")
    changed = {"corrects": "ending", "changes": {"ground": "too_late"}, "reasons": "De verkeerde grond."}
    assert (await table.cmonet.act(lying.id, "corrections", changed))["ending"]["ground"] == "too_late"
    mistaken = {"corrects": "ending", "annul": True, "reasons": "De verkeerde zaak."}
    case = await table.cmonet.act(lying.id, "corrections", mistaken)
    assert (case["state"], case["ending"]) == (state, None)
    problem = await table.cmonet.act(lying.id, "corrections", mistaken, expect=409)
    assert problem["code"] == "nothing-to-correct"
    await table.cmonet.act(lying.id, "decisions", VERDICT)
    problem = await table.cmonet.act(lying.id, "corrections", mistaken | {"corrects": "decision"}, expect=400)
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/annul", "not-correctable")]


async def test_a_measure_that_was_ordered_by_mistake_is_changed_and_taken_back(table: Table, lying: Outside) -> None:
    paid = {"description": "Betaal de cursus terug.", "amountCents": 5_000_000, "dueOn": "2036-06-10"}
    told = {"description": "Schrijf een brief.", "dueOn": "2036-06-10"}
    case = await table.cmonet.act(lying.id, "decisions", VERDICT | {"measures": [paid, told]})
    first, second = (each["id"] for each in case["measures"])
    less = {"corrects": "measure", "measure": first, "reasons": "Een nul te veel."}
    case = await table.cmonet.act(
        lying.id, "corrections", less | {"changes": {"amountCents": 500_000, "dueOn": "2036-06-17"}}
    )
    seen = [(each["id"], each["amountCents"], each["dueOn"]) for each in case["measures"]]
    assert seen == [(first, 500_000, "2036-06-17"), (second, None, "2036-06-10")]
    case = await table.cmonet.act(lying.id, "corrections", less | {"annul": True})
    assert [each["id"] for each in case["measures"]] == [second]
    assert [each["dueOn"] for each in (await lying.read())["measures"]] == ["2036-06-10"]
    owed = [each["dueOn"] for each in case["terms"] if (each["owedBy"], each["state"]) == ("organisation", "pending")]
    assert owed.count("2036-06-10") == 1 and "2036-06-17" not in owed
    problem = await table.cmonet.act(lying.id, "corrections", less | {"annul": True}, expect=409)
    assert problem["code"] == "nothing-to-correct"


async def test_a_measure_that_is_not_there_hides_nothing_else(table: Table, lying: Outside) -> None:
    await table.cmonet.act(lying.id, "decisions", VERDICT | {"measures": [{"description": "Betaal."}]})
    sent = {"corrects": "measure", "measure": str(uuid4()), "changes": {"dueOn": "2020-01-01"}, "reasons": "x"}
    answer = await table.cmonet.answer("POST", f"{CASES}/{lying.id}/corrections", sent)
    assert faults(answer) == {("/measure", "unknown"), ("/changes/dueOn", "in-the-past")}
    corrections = f"{CASES}/{lying.id}/corrections"
    answer = await table.cmonet.answer("POST", corrections, sent | {"changes": None})
    assert faults(answer) == {("/measure", "unknown"), ("", "nothing-corrected")}
    answer = await table.cmonet.answer("POST", corrections, sent | {"annul": True})
    assert faults(answer) == {("/measure", "unknown"), ("/changes/dueOn", "in-the-past"), ("/annul", "not-both")}
    # which one is corrected
    unnamed = {"corrects": "measure", "changes": {"dueOn": "2020-01-01", "scheduledOn": "2020-01-01"}, "reasons": "x"}
    answer = await table.cmonet.answer("POST", corrections, unnamed)
    assert faults(answer) == {("", "which-measure"), ("", "not-of-this"), ("/changes/dueOn", "in-the-past")}
    # what cannot be corrected now hides nothing that was found
    hearing = {"corrects": "hearing", "changes": {"scheduledOn": "2020-01-01"}, "reasons": "x"}
    answer = await table.cmonet.answer("POST", corrections, hearing)
    assert faults(answer) == {("/changes/scheduledOn", "in-the-past")}


async def test_what_is_wrong_is_told_to_a_body_once(table: Table, lying: Outside) -> None:
    sent = VERDICT | {"attachments": [str(uuid4())], "measures": [{"description": "x", "dueOn": "2020-01-01"}]}
    answer = await table.cmonet.answer("POST", f"{CASES}/{lying.id}/decisions", sent)
    pointers = [each["pointer"] for each in answer.json()["errors"]]
    assert sorted(pointers) == ["/attachments/0", "/measures/0/dueOn"]


async def test_a_measure_that_was_carried_out_is_not_taken_back(table: Table, lying: Outside) -> None:
    case = await table.cmonet.act(lying.id, "decisions", VERDICT | {"measures": [{"description": "Betaal."}]})
    [event] = await happened(lying, "measure.recorded")
    proof = {"measure": event["sequence"], "text": "Betaald."}
    await lying.step("director", "measure-completions", proof)
    taken_back = {"corrects": "measure", "measure": case["measures"][0]["id"], "annul": True, "reasons": "Toch niet."}
    problem = await table.cmonet.act(lying.id, "corrections", taken_back, expect=400)
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/annul", "not-correctable")]


async def test_a_long_decision_is_taken_whole(table: Table, lying: Outside) -> None:
    words = {name: "é" * 20_000 for name in ("reasons", "findings", "advice")}
    ordered = [{"description": "è" * 2_000} for _ in range(5)]
    case = await table.cmonet.act(lying.id, "decisions", {**VERDICT, **words, "measures": ordered})
    assert {name: case["decision"][name] for name in words} == words


async def test_what_a_body_decided_is_not_decided_again_in_an_earlier_case(table: Table, lying: Outside) -> None:
    given_up = {"by": "body", "reasons": "Per abuis."}
    await table.cmonet.act(lying.id, "withdrawals", given_up)
    later = await bring(lying.complaint, "complaints_officer", "cmonet")
    reopened = {"corrects": "ending", "annul": True, "reasons": "Toch verder."}
    problem = await table.cmonet.act(lying.id, "corrections", reopened, expect=400)  # one at a time
    assert [each["code"] for each in problem["errors"]] == ["not-correctable"]
    await table.cmonet.act(later.id, "decisions", VERDICT)
    problem = await table.cmonet.act(lying.id, "corrections", reopened, expect=409)
    assert "binds both sides" in problem["detail"]
    assert problem.get("possible", []) == []
    assert (await table.cmonet.case(lying.id))["state"] == "withdrawn"


async def test_a_corrected_hearing_moves_the_terms_before_it(table: Table, lying: Outside) -> None:
    case = await table.cmonet.act(lying.id, "hearings", {"scheduledOn": "2036-06-20"})
    moved = {"corrects": "hearing", "changes": {"scheduledOn": "2036-06-27"}, "reasons": "Een verkeerde dag."}
    after = await table.cmonet.act(lying.id, "corrections", moved)
    assert (case["hearingOn"], after["hearingOn"]) == ("2036-06-20", "2036-06-27")
    assert [each["scheduledOn"] for each in after["hearings"]] == ["2036-06-27"]
    gone = {"corrects": "hearing", "annul": True, "reasons": "Er komt geen zitting."}
    after = await table.cmonet.act(lying.id, "corrections", gone)
    assert (after["hearingOn"], after["hearings"]) == (None, [])


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"corrects": "hearing", "changes": {"verdict": "upheld"}, "reasons": "x"}, {("", "not-of-this")}),
        ({"corrects": "decision", "reasons": "x"}, {("", "nothing-corrected")}),
        ({"corrects": "measure", "annul": True, "reasons": "x"}, {("", "which-measure")}),
        ({"corrects": "decision", "measure": str(uuid4()), "annul": True, "reasons": "x"}, {("", "which-measure")}),
        (
            {"corrects": "decision", "measure": str(uuid4()), "changes": {}, "reasons": "x"},
            {("", "which-measure"), ("", "nothing-corrected")},
        ),
        # beside a word that is none, of what that kind does not have
        (
            {"corrects": "decision", "measure": str(uuid4()), "changes": {"ground": "x"}, "reasons": "x"},
            {("", "which-measure"), ("", "not-of-this"), ("/changes/ground", "not-an-option")},
        ),
        ({"corrects": "decision", "changes": {}, "reasons": "x"}, {("", "nothing-corrected")}),
        ({"corrects": "question", "annul": True, "reasons": "x"}, {("/corrects", "not-an-option")}),
        (
            {"corrects": "question", "changes": {"scheduledOn": "2037-01-01"}, "reasons": "x"},
            {("/corrects", "not-an-option")},
        ),
        ({"corrects": "question", "reasons": "x"}, {("/corrects", "not-an-option"), ("", "nothing-corrected")}),
        ({"corrects": "decision", "annul": True, "reasons": "x"}, {("/annul", "not-correctable")}),
        (
            {"corrects": "decision", "annul": True, "reasons": " "},
            {("/reasons", "blank"), ("/annul", "not-correctable")},
        ),
        (
            {"corrects": "decision", "changes": {"decidedOn": "2036-07-01"}, "reasons": "x"},
            {("/changes/decidedOn", "in-the-future")},
        ),
        (
            {"corrects": "decision", "changes": {"bindingOn": []}, "reasons": "x"},
            {("/changes/bindingOn", "not-in-procedure")},
        ),
        (
            {"corrects": "decision", "changes": {"dueOn": "2036-05-01"}, "reasons": "x"},
            {("/changes/dueOn", "in-the-past")},
        ),
    ],
)
async def test_a_correction_that_does_not_fit(table: Table, lying: Outside, sent: Json, expected: Any) -> None:
    await table.cmonet.act(lying.id, "decisions", VERDICT)
    answer = await table.cmonet.answer("POST", f"{CASES}/{lying.id}/corrections", sent)
    assert faults(answer) == expected


# -- the complainant goes directly -----------------------------------------------------------------------------


def opening(complaint: Case, **changed: Any) -> Json:
    made = complaint.office.made
    return {"organisation": made.slug, "reference": complaint.last["reference"], "consent": CONSENT, **changed}


async def test_a_complainant_comes_directly(table: Table) -> None:
    complaint = await ready(await table.jso())
    sent = opening(complaint, requestedRelief="Excuses.", bodyReference="2036-0200", dossierDueOn="2036-05-20")
    answer = await table.cmonet.answer("POST", CASES, sent, Idempotency_Key="open-1")
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert answer.headers["Location"] == f"/v1{CASES}/{case['id']}"
    assert (case["openedBy"], case["state"], case["bodyReference"]) == ("body", "requested", "2036-0200")
    assert case["dossierRequests"][0]["dueOn"] == "2036-05-20"
    assert case["consent"] == {"given": True, "form": "written"}
    [owed] = [term for term in case["terms"] if term["owedBy"] == "organisation"]
    assert (owed["dueOn"], owed["state"]) == ("2036-05-20", "pending")
    assert "dossier-requests" in {link["step"] for link in case["links"]}
    again = await table.cmonet.answer("POST", CASES, sent, Idempotency_Key="open-1")
    assert (again.status_code, again.content) == (201, answer.content)
    reused = await table.cmonet.answer("POST", CASES, {**sent, "bodyReference": "x"}, Idempotency_Key="open-1")
    assert reused.status_code == 422
    problem = await table.cmonet.ask("POST", CASES, sent, expect=409)
    assert problem["code"] == "escalation-exists"

    await table.cmonet.ask("GET", f"{CASES}/{case['id']}/dossier", expect=404)
    case = await table.cmonet.act(case["id"], "dossier-requests", {"dueOn": "2036-05-27"})
    assert [each["dueOn"] for each in case["dossierRequests"]] == ["2036-05-20", "2036-05-27"]
    outside = Outside(complaint, case["id"], case)
    assert (await outside.read())["openedBy"] == "body"
    await outside.step("complaints_officer", "dispatches", {"channel": "api"})
    case = await table.cmonet.case(case["id"])
    assert (case["state"], len(case["parts"])) == ("dispatched", 1)
    await table.cmonet.ask("GET", f"{CASES}/{case['id']}/dossier")
    await table.cmonet.act(case["id"], "dossier-requests", expect=409)
    actors = {event["actor"]["kind"] for event in await complaint.events("escalation.requested", "dossier.requested")}
    assert actors == {"body"}


async def test_a_complainant_brings_a_code(table: Table) -> None:
    """The code says which organisation and which complaint; typed as one hears it over the telephone."""
    complaint = await ready(await table.jso())
    codes = f"/complaints/{complaint.id}/complainant-codes"
    assert await complaint.office.ask("complaints_officer", "GET", codes) == {"items": []}
    first = await complaint.office.ask("complaints_officer", "POST", codes, {}, expect=201)
    made = await complaint.office.ask("complaints_officer", "POST", codes, {}, expect=201)
    assert made["code"] != first["code"]
    assert await complaint.office.ask("complaints_officer", "GET", codes) == {"items": [made]}
    sent = {"consent": CONSENT, "requestedRelief": "Excuses."}
    unknown = [
        await table.cmonet.answer("POST", CASES, {**sent, "code": first["code"]}),  # replaced
        await table.cmonet.answer("POST", CASES, {**sent, "code": "0000-0000-0000-0000"}),
        await table.erisiets.answer("POST", CASES, {**sent, "code": made["code"]}),  # the procedure does not name it
    ]
    assert {answer.status_code for answer in unknown} == {404}
    assert len({answer.content for answer in unknown}) == 1
    typed = made["code"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = await table.cmonet.answer("POST", CASES, {**sent, "code": typed}, Idempotency_Key="code-1")
    assert answer.status_code == 201, answer.text
    case = fits(answer.json())
    assert (case["reference"], case["openedBy"], case["state"]) == (complaint.last["reference"], "body", "requested")
    again = await table.cmonet.answer("POST", CASES, {**sent, "code": typed}, Idempotency_Key="code-1")
    assert (again.status_code, again.content) == (201, answer.content)
    [requested] = await complaint.events("escalation.requested")
    assert (requested["facts"]["identifiedBy"], requested["facts"]["consent"]) == ("code", True)


async def test_codes_made_at_one_moment_and_letters_beside_them(table: Table) -> None:
    """Each renewal has a code of its own, and neither waits for the other for ever."""
    office = await table.jso()
    complaint = await office.file(FILED)
    await complaint.step("complaints_officer", "responses", {"form": "email", "text": "Ons antwoord."})
    await complaint.step("system", "dissatisfactions", {"form": "email", "text": "Dit is geen antwoord."})
    letter: Json = {"direction": "outbound", "channel": "post", "letter": "second_response", "draft": True}
    letter |= {"body": "U hebt gelijk.", "step": {"name": "responses", "body": {}}}
    codes, letters = f"/complaints/{complaint.id}/complainant-codes", f"/complaints/{complaint.id}/correspondence"
    for _ in range(2):
        renewing = [office.ask("complaints_officer", "POST", codes, {}, expect=201) for _ in range(4)]
        writing = [office.ask("director", "POST", letters, letter, expect=201) for _ in range(4)]
        made = (await asyncio.gather(*renewing, *writing))[:4]
        assert len({each["code"] for each in made}) == 4


async def test_the_letter_that_tells_the_way_to_a_body_gives_the_code(table: Table) -> None:
    office = await table.jso()
    complaint = await office.file(FILED)
    await complaint.step("complaints_officer", "responses", {"form": "email", "text": "Ons antwoord."})
    await complaint.step("system", "dissatisfactions", {"form": "email", "text": "Dit is geen antwoord."})
    letter = {"direction": "outbound", "channel": "post", "letter": "second_response", "body": "U hebt gelijk."}
    letter["step"] = {"name": "responses", "body": {}}  # type: ignore[assignment]
    path = f"/complaints/{complaint.id}/correspondence"
    shown = await office.ask("director", "POST", f"{path}/_preview", letter)
    assert "Geef hun dan deze code: (wordt gemaakt bij het versturen)." in shown["text"]
    codes = f"/complaints/{complaint.id}/complainant-codes"
    assert await office.ask("complaints_officer", "GET", codes) == {"items": []}  # a preview changes nothing
    sent = await office.ask("director", "POST", path, letter, expect=201)
    [found] = re.findall(r"Geef hun dan deze code: ([0-9A-Z-]{19})\.", sent["body"])
    known = await office.ask("complaints_officer", "GET", codes)
    assert [each["code"] for each in known["items"]] == [found]
    case = await table.cmonet.ask("POST", CASES, {"code": found, "consent": CONSENT}, expect=201)
    assert case["reference"] == complaint.last["reference"]


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"organisation": "jso"},
        {"reference": "JSO-7F3K-Q9XD"},
        {"code": "K7QF-2M9D-XW4T-8RHN", "organisation": "jso"},
        {"code": "K7QF-2M9D-XW4T-8RHN", "organisation": "jso", "reference": "JSO-7F3K-Q9XD"},
    ],
)
async def test_a_code_or_a_reference_is_asked_for(table: Table, known: Json) -> None:
    answer = await table.cmonet.answer("POST", CASES, {"consent": CONSENT, **known})
    assert faults(answer) == {("", "one-of")}


async def test_a_dossier_is_owed_although_nobody_named_a_day(table: Table) -> None:
    """Both sides see until when; a day that the body names after all holds instead."""
    complaint = await ready(await table.jso())
    case = await table.cmonet.ask("POST", CASES, opening(complaint), expect=201)
    [term] = [each for each in case["terms"] if each["owedBy"] == "organisation"]
    assert (term["dueOn"], term["state"]) == ("2036-05-20", "pending")
    assert (await complaint.has("cmonet.hand_over", "pending", due="2036-05-20"))["soft"]
    case = await table.cmonet.act(case["id"], "dossier-requests", {"dueOn": "2036-06-03"})
    assert [each["dueOn"] for each in case["terms"] if each["owedBy"] == "organisation"] == ["2036-06-03"]
    assert not (await complaint.has("cmonet.hand_over.2", "pending", due="2036-06-03"))["soft"]


async def test_what_does_not_fit_opens_nothing_and_tells_nothing(table: Table) -> None:
    complaint = await ready(await table.jso())
    answers = [
        await table.cmonet.answer("POST", CASES, opening(complaint, reference="JSO-0000-0000")),
        await table.cmonet.answer("POST", CASES, opening(complaint, organisation="no-such-organisation")),
        await table.cmonet.answer("POST", CASES, opening(complaint, organisation=(await table.jso()).made.slug)),
        await table.erisiets.answer("POST", CASES, opening(complaint)),  # the procedure does not name it
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert not await complaint.events("escalation.requested")
    sent = opening(complaint, dossierDueOn="2036-05-01")
    sent["consent"] = {**CONSENT, "givenOn": "2036-05-07"}
    answer = await table.cmonet.answer("POST", CASES, sent)
    assert faults(answer) == {("/dossierDueOn", "in-the-past"), ("/consent/givenOn", "in-the-future")}
    # whose clock it is hangs on the complaint; but none is behind
    for name, told in (("reference", ("/reference", "wrong-type")), ("zz", ("/zz", "unknown-field"))):
        unread = sent | {"dossierDueOn": "2020-05-01", name: 3}
        expected = {told, ("/dossierDueOn", "in-the-past")}
        if name == "zz":
            expected |= {("/consent/givenOn", "in-the-future")}
        assert faults(await table.cmonet.answer("POST", CASES, unread)) == expected
    await table.cmonet.ask("POST", CASES, {**sent, "consent": None}, expect=400)
    answer = await table.cmonet.answer("POST", CASES, opening(complaint, consent={**CONSENT, "statement": " "}))
    assert faults(answer) == {("/consent/statement", "blank")}
    await complaint.office.ask("admin", "POST", CASES, opening(complaint), expect=403)


async def test_a_reference_is_read_as_people_type_it(table: Table) -> None:
    complaint = await ready(await table.jso())
    typed = f" {complaint.last['reference'].lower()} "
    await table.cmonet.ask("POST", CASES, opening(complaint, reference=typed), expect=201)


@pytest.mark.proves("X-08")
async def test_what_is_called_something_else_later_can_still_go_outside(table: Table) -> None:
    """The organisation cannot keep a complainant from the committee by calling the complaint something else."""
    rules = taking_in("jso", kinds=("complaint", "out_of_scope"))
    complaint = await (await table.jso(rules)).file(FILED)
    check = f"/complaints/{complaint.id}/escalations/_check?body=cmonet&consent=true"
    assert not (await complaint.office.ask("complaints_officer", "GET", check))["possible"]
    changed = {"to": "out_of_scope", "reasons": "Dit is geen klacht."}
    await complaint.step("complaints_officer", "reclassifications", changed)
    assert (await complaint.office.ask("complaints_officer", "GET", check))["possible"]
    sent = opening(complaint, dossierDueOn="2036-05-20")
    case = fits(await table.cmonet.ask("POST", CASES, sent, expect=201))
    [owed] = [term for term in case["terms"] if term["owedBy"] == "organisation"]
    assert (owed["dueOn"], owed["state"]) == ("2036-05-20", "pending")
    outside = Outside(complaint, case["id"], case)
    await outside.step("complaints_officer", "dispatches", {"channel": "api"})
    await table.cmonet.ask("GET", f"{CASES}/{case['id']}/dossier")
    decided = await table.cmonet.act(case["id"], "decisions", VERDICT)
    assert (decided["state"], decided["verdict"]) == ("decided", "upheld")


async def test_what_was_never_a_complaint_does_not_go_outside(table: Table) -> None:
    office = await table.tell("so-trainingsbureau")
    never = await office.file({**FILED, "kind": "signal", "complainantType": "client"})
    check = f"/complaints/{never.id}/escalations/_check?body=geschillencommissie-zorg&consent=true"
    answer = await office.ask("complaints_officer", "GET", check)
    assert "not-a-complaint" in {lack["code"] for lack in answer["lacks"]}


async def test_too_early_says_from_when(table: Table) -> None:
    office = await table.jso()
    complaint = await office.file(FILED)
    problem = await table.cmonet.ask("POST", CASES, opening(complaint), expect=409)
    assert not await complaint.events("escalation.requested")
    assert problem["detail"]
    assert "possible" not in problem  # what the organisation could do is not the body's to see
    answer = await table.cmonet.answer("POST", CASES, opening(complaint), Idempotency_Key="")
    assert (answer.status_code, {pointer for pointer, _ in faults(answer)}) == (400, {"Idempotency-Key"})


async def test_asked_for_twice_at_once_one_case_is_opened(table: Table) -> None:
    complaint = await ready(await table.jso())
    key = uuid4().hex

    async def post(name: str) -> int:
        answer = await table.cmonet.answer("POST", CASES, opening(complaint), Idempotency_Key=name)
        return answer.status_code

    statuses = await asyncio.gather(*(post(key if n % 2 else f"{key}-{n}") for n in range(10)))
    assert 201 in statuses and set(statuses) <= {201, 409}
    assert len(await complaint.events("escalation.requested")) == 1


async def test_a_dossier_is_asked_for_only_where_the_body_opened(table: Table, lying: Outside) -> None:
    problem = await table.cmonet.act(lying.id, "dossier-requests", {"dueOn": "2036-05-20"}, expect=409)
    assert problem["code"] == "dossier-not-asked-for"


async def test_a_correction_corrects_something(table: Table) -> None:
    case = await brought(table)
    await table.cmonet.act(case.id, "hearings", {"scheduledOn": "2036-06-20"})
    path = f"{CASES}/{case.id}/corrections"

    async def told(**said: Any) -> set[tuple[str, str]]:
        return faults(await table.cmonet.answer("POST", path, {"corrects": "hearing", "reasons": "x"} | said))

    assert await told(changes={"scheduledOn": "2036-06-20"}) == {("/changes", "nothing-corrected")}
    kind = ("/corrects", "not-an-option")
    assert await told(corrects="zitting") == {kind, ("", "nothing-corrected")}
    assert (await told(annul=True, changes={"scheduledOn": "2036-06-27"})) == {("/annul", "not-both")}
    await table.cmonet.act(case.id, "corrections", {"corrects": "hearing", "reasons": "x", "annul": True})


async def test_a_decision_is_published_with_its_copy_and_names_a_file_once(table: Table) -> None:
    case = await brought(table)
    path = f"{CASES}/{case.id}"
    form = {"file": ("besluit.pdf", b"%PDF-1.4 besluit")}
    headers = {"Authorization": f"Bearer {table.cmonet.token}", "Idempotency-Key": str(uuid4())}
    file = (await table.client.post(f"{path}/attachments", files=form, headers=headers)).json()["id"]
    sent = VERDICT | {"attachments": [file, file], "publicationCopy": file}
    assert faults(await table.cmonet.answer("POST", f"{path}/decisions", sent)) == {
        *(("/attachments/1", "repeated"), ("/publication", "required")),
    }


async def test_a_blank_code_is_none(table: Table) -> None:
    complaint = await ready(await table.jso())
    await table.cmonet.ask("POST", CASES, opening(complaint, code=" ", bodyReference=" "), expect=201)
