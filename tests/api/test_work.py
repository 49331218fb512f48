"""The work list and the obligations."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.api.pagination import Page
from app.api.schemas.complaints import ComplaintSummary, ProcedureRef
from app.api.schemas.work import WorkItem
from app.domain.callers import SERVICE
from app.domain.events import Event
from app.procedures.reading import shipped_named, text_of
from app.services import obligations as app_obligations
from app.services.dossier import change_of
from app.services.dossier import opened as opened_dossier
from app.store import dossiers
from app.store.session import Database
from app.store.transaction import Transaction
from tests.api.office import AT, Desk, client, faults, office
from tests.conftest import NewOrganisation


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


def days_ago(days: int) -> str:
    return (AT - timedelta(days=days)).isoformat()


async def test_a_row_of_the_work_list(desk: Desk):
    filed = await desk.file()  # Monday 7 January, so five working days end on the 14th
    listed = await desk.get("/terms", by="complaints_officer")
    [item] = listed["items"]
    assert item["complaintId"] == filed["id"]
    assert item["id"] == filed["terms"][0]["id"]
    shown = {name: item[name] for name in ("reference", "procedure", "stage", "source", "title", "dueOn", "actBy")}
    assert shown == {
        "reference": filed["reference"],
        "procedure": {"id": "jso", "version": 1},
        "stage": filed["stage"],
        "source": filed["terms"][0]["source"],
        "title": filed["terms"][0]["title"],
        "dueOn": "2036-01-14",
        "actBy": "2036-01-14",
    }
    assert (item["state"], item["daysLeft"], item["handlerId"]) == ("pending", 7, None)
    assert (listed["next"], listed["prev"]) == (None, None)


@pytest.mark.proves("X-03")
async def test_overdue_as_soon_as_the_clock_says_so_without_any_worker(desk: Desk):
    await desk.file()
    assert (await desk.get("/terms?overdue=true"))["items"] == []
    await desk.clock("2036-01-14T22:59:59Z")
    assert [item["state"] for item in (await desk.get("/terms"))["items"]] == ["pending"]
    await desk.clock("2036-01-14T23:00:00Z")
    for path in ("/terms", "/terms?overdue=true", "/terms?state=overdue"):
        [item] = (await desk.get(path))["items"]
        assert (item["state"], item["daysLeft"]) == ("overdue", -1), path
    assert (await desk.get("/terms?state=pending"))["items"] == []
    assert (await desk.get("/terms?overdue=false"))["items"] == []


@pytest.mark.proves("X-04")
async def test_what_was_late_when_the_complaint_ended_is_found_by_its_state_and_is_no_work(desk: Desk):
    filed = await desk.file()
    await desk.clock("2036-01-20T09:00:00Z")
    await desk.step(filed, "withdrawals", {}, by="complaints_officer")
    [term] = (await desk.get(f"/complaints/{filed['id']}"))["terms"]
    assert term["state"] == "overdue"
    [item] = (await desk.get("/terms?state=overdue&withTotal=true"))["items"]
    assert (item["id"], item["state"]) == (term["id"], "overdue")
    assert (await desk.get("/terms?state=overdue&withTotal=true"))["total"] == 1
    for work in ("/terms", "/terms?overdue=true"):
        assert (await desk.get(work))["items"] == []


async def test_what_is_done_is_no_work(desk: Desk):
    filed = await desk.file()
    body = {"form": "email", "text": "Wij belden u al.", "reasons": "Zo is het gegaan."}
    await desk.step(filed, "responses", body, by="complaints_officer")
    assert (await desk.get("/terms"))["items"] == []
    [met] = (await desk.get("/terms?state=met"))["items"]
    assert met["complaintId"] == filed["id"]
    assert (await desk.get("/terms?state=met_late"))["items"] == []


async def test_pages_are_in_order_and_hold_everything_once(desk: Desk):
    for days in (3, 0, 2, 2, 1, 0, 4):
        await desk.file(receivedAt=days_ago(days))
    everything = (await desk.get("/terms?withTotal=true"))["items"]
    assert [(item["actBy"], item["id"]) for item in everything] == sorted((i["actBy"], i["id"]) for i in everything)
    assert len(everything) == 7
    pages, cursor = [], ""
    while cursor is not None:
        page = await desk.get(f"/terms?limit=3{cursor}")
        pages.append(page)
        cursor = f"&cursor={page['next']}" if page["next"] else None  # type: ignore[assignment]
    assert [item for page in pages for item in page["items"]] == everything
    back = await desk.get(f"/terms?limit=3&cursor={pages[2]['prev']}")
    assert back["items"] == pages[1]["items"]
    assert (await desk.get("/terms?withTotal=true&overdue=false"))["total"] == 7


async def test_terms_that_stand_still_come_last_and_page_like_the_others(
    desk: Desk, superuser: "asyncpg.Connection[asyncpg.Record]"
):
    for days in range(5):
        await desk.file(receivedAt=days_ago(days))
    still = [UUID(item["id"]) for item in (await desk.get("/terms"))["items"]][:3]
    sql = "UPDATE terms SET state = 'suspended', act_by = NULL, due_on = NULL, breach_at = NULL WHERE id = ANY($1)"
    await superuser.execute(sql, still)
    everything = [item["id"] for item in (await desk.get("/terms"))["items"]]
    assert set(everything[2:]) == {str(each) for each in still}
    for size in (1, 2, 3, 4):
        page = await desk.get(f"/terms?limit={size}")
        pages = [page]
        while page["next"]:
            page = await desk.get(f"/terms?limit={size}&cursor={page['next']}")
            pages.append(page)
        forth = [item["id"] for each in pages for item in each["items"]]
        assert forth == everything
        for earlier, later in pairwise(pages):
            assert (await desk.get(f"/terms?limit={size}&cursor={later['prev']}"))["items"] == earlier["items"]
    [first, *_] = (await desk.get("/terms?state=suspended"))["items"]
    assert (first["state"], first["daysLeft"], first["dueOn"]) == ("suspended", None, None)


STATES = ("pending", "overdue", "suspended", "met", "met_late", "cancelled")
PREPARED = """
UPDATE terms SET state = $2, open = $2 = ANY('{pending,overdue,suspended}'), duty = $3, source = $4, act_by = $5,
  due_on = $5, breach_at = $6, handler_id = $7 WHERE complaint_id = $1
"""


async def test_the_work_list_is_what_its_model_says(desk: Desk, superuser: "asyncpg.Connection[asyncpg.Record]"):
    """The rows are shown as they are read, not through the model; a term of every kind, with and without each value."""
    officer = desk.made.staff["complaints_officer"]
    for number, state in enumerate(STATES):
        filed = await desk.file(receivedAt=days_ago(number))
        still = state == "suspended"
        source, day = ("", None) if still else ('KK-12, "A"', date(2036, 1, 10 + number))
        ends = None if still else AT + timedelta(days=3, microseconds=500_000 * (number % 2))
        duty, handler = (filed["terms"][0]["duty"], officer) if number % 2 else ("unheard_of", None)
        await superuser.execute(PREPARED, UUID(filed["id"]), state, duty, source, day, ends, handler)
    for state in STATES:
        page = await desk("GET", f"/terms?withTotal=true&state={state}")
        assert Page[WorkItem].model_validate_json(page.text).model_dump(mode="json", by_alias=True) == page.json()
        [item] = page.json()["items"]
        assert set(item) == {field.alias for field in WorkItem.model_fields.values()}
        row = await superuser.fetchrow("SELECT * FROM terms WHERE id = $1", UUID(item["id"]))
        assert row is not None
        term = {name: row[name] for name in WorkItem.model_fields if name in row and name != "procedure"}
        assert (
            WorkItem(
                **{**term, "source": row["source"] or None, "state": state},
                procedure=ProcedureRef(id="jso", version=1),
                title=item["title"],
                days_left=(row["due_on"] - AT.date()).days if row["due_on"] else None,
            ).model_dump(mode="json", by_alias=True)
            == item
        )
    assert (await desk.get("/terms?state=pending"))["items"][0]["title"] == {"nl": "unheard_of", "en": "unheard_of"}


async def test_a_row_written_before_it_said_its_procedure(desk: Desk, superuser: "asyncpg.Connection[asyncpg.Record]"):
    """Old code goes on writing such rows while new code reads them; the next thing that is recorded fills them in."""
    filed = await desk.file()
    of_it = "WHERE complaint_id = $1"
    await superuser.execute(f"UPDATE terms SET procedure = NULL, procedure_version = NULL {of_it}", UUID(filed["id"]))
    [item] = (await desk.get("/terms"))["items"]
    assert item["procedure"] == {"id": "jso", "version": 1}
    await desk.step(
        filed, "assignments", {"staffId": str(desk.made.staff["complaints_officer"])}, by="complaints_officer"
    )
    rows = await superuser.fetch(f"SELECT DISTINCT procedure, procedure_version FROM terms {of_it}", UUID(filed["id"]))
    assert [tuple(row) for row in rows] == [("jso", 1)]


async def test_the_register_is_what_its_model_says(desk: Desk, superuser: "asyncpg.Connection[asyncpg.Record]"):
    officer = str(desk.made.staff["complaints_officer"])
    first, second = await desk.file(receivedAt=days_ago(1)), await desk.file(category="planning")
    await desk.step(second, "assignments", {"staffId": officer}, by="complaints_officer")
    sql = "UPDATE complaints SET closed_at = now(), verdict = 'upheld', next_due_on = NULL WHERE id = $1"
    await superuser.execute(sql, UUID(first["id"]))
    page = await desk("GET", "/complaints?withTotal=true")
    assert Page[ComplaintSummary].model_validate_json(page.text).model_dump(mode="json", by_alias=True) == page.json()
    for item in page.json()["items"]:
        row = await superuser.fetchrow("SELECT * FROM complaints WHERE id = $1", UUID(item["id"]))
        assert row is not None
        known = {name: row[name] for name in ComplaintSummary.model_fields if name != "procedure"}
        shown = ComplaintSummary(**known, procedure=ProcedureRef(id="jso", version=1))
        assert shown.model_dump(mode="json", by_alias=True) == item


async def test_filters(desk: Desk):
    early = await desk.file(receivedAt=days_ago(4))  # Thursday 3 January: until the 10th
    late = await desk.file()  # until the 14th
    officer = str(desk.made.staff["complaints_officer"])
    await desk.step(late, "assignments", {"staffId": officer}, by="complaints_officer")

    async def found(query: str) -> list[str]:
        return [item["complaintId"] for item in (await desk.get(f"/terms?{query}"))["items"]]

    assert await found("dueBefore=2036-01-14") == [early["id"]]
    assert await found("dueBefore=2036-01-15") == [early["id"], late["id"]]
    assert await found("actBy=2036-01-10") == [early["id"]]
    assert await found(f"handler={officer}") == [late["id"]]
    assert await found("assigned=false") == [early["id"]]
    assert await found(f"duty={early['terms'][0]['duty']}&soft=false&stage={early['stage']}") == [
        early["id"],
        late["id"],
    ]
    assert await found("soft=true") == []
    answer = await desk("GET", "/terms?state=late&dueBefore=tomorrow&handler=me&colour=red")
    assert answer.status_code == 400
    assert faults(answer) == {
        ("state", "not-an-option"),
        ("dueBefore", "wrong-form"),
        ("handler", "wrong-form"),
        ("colour", "unknown-parameter"),
    }


async def test_who_is_involved_sees_no_trace(desk: Desk):
    filed = await desk.file()
    director = str(desk.made.staff["director"])
    assert len((await desk.get("/terms", by="director"))["items"]) == 1
    await desk.step(filed, "involvements", {"staffId": director}, by="complaints_officer")
    for path in ("/terms?withTotal=true", "/obligations"):
        assert (await desk.get(path, by="director"))["items"] == []
    assert (await desk.get("/terms?withTotal=true", by="director"))["total"] == 0
    assert len((await desk.get("/terms", by="complaints_officer"))["items"]) == 1


async def test_only_its_own_organisation(desk: Desk, new_organisation: NewOrganisation, database: Database):
    await desk.file()
    other = Desk(desk.client, await office(new_organisation, database))
    assert (await other.get("/terms"))["items"] == []
    assert (await other.get("/obligations"))["items"] == []


async def test_who_may_not_read_complaints(desk: Desk):
    for path in ("/terms", "/obligations", "/reviews"):
        for by in ("website", "reporter"):
            assert (await desk("GET", path, by=by)).status_code == 403


# -- obligations -----------------------------------------------------------------------------------------------


@pytest.mark.proves("JSO-07")
async def test_a_duty_without_a_date(desk: Desk):
    filed = await desk.file()
    [item] = (await desk.get("/obligations"))["items"]
    assert {name: item[name] for name in ("kind", "complaintId", "duty", "event", "dueOn", "reviewId")} == {
        "kind": "duty",
        "complaintId": filed["id"],
        "duty": "assign",
        "event": "complaint.assigned",
        "dueOn": None,
        "reviewId": None,
    }
    assert item["href"] == f"/v1/complaints/{filed['id']}/assignments"
    officer = str(desk.made.staff["complaints_officer"])
    await desk.step(filed, "assignments", {"staffId": officer}, by="complaints_officer")
    assert (await desk.get("/obligations"))["items"] == []


async def test_obligations_page_like_any_list(desk: Desk):
    filed = [(await desk.file())["id"] for _ in range(5)]
    everything = [item["complaintId"] for item in (await desk.get("/obligations"))["items"]]
    assert sorted(everything) == sorted(filed)
    first = await desk.get("/obligations?limit=2")
    second = await desk.get(f"/obligations?limit=2&cursor={first['next']}")
    third = await desk.get(f"/obligations?limit=2&cursor={second['next']}")
    assert [item["complaintId"] for page in (first, second, third) for item in page["items"]] == everything
    assert third["next"] is None
    assert (await desk.get(f"/obligations?limit=2&cursor={third['prev']}"))["items"] == second["items"]


async def test_obligations_go_on_where_a_page_stopped_looking(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app_obligations, "SCAN", 2)
    monkeypatch.setattr(app_obligations, "SCANS", 1)
    filed = [await desk.file() for _ in range(7)]
    officer = str(desk.made.staff["complaints_officer"])
    for done in (0, 1, 2, 3, 5):
        await desk.step(filed[done], "assignments", {"staffId": officer}, by="complaints_officer")
    page = await desk.get("/obligations")
    pages = [page]
    while page["next"]:
        page = await desk.get(f"/obligations?cursor={page['next']}")
        pages.append(page)
    found = [item["complaintId"] for each in pages for item in each["items"]]
    assert found == [filed[4]["id"], filed[6]["id"]]
    assert pages[0]["items"] == []
    last = next(each for each in reversed(pages) if each["items"])
    back = await desk.get(f"/obligations?cursor={last['prev']}")
    while not back["items"]:
        back = await desk.get(f"/obligations?cursor={back['prev']}")
    assert [item["complaintId"] for item in back["items"]] == [filed[4]["id"]]


@pytest.mark.proves("KK-34")
async def test_a_review_after_closing(new_organisation: NewOrganisation, database: Database):
    roles = ("chair", "board", "responsible_employee")
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=roles))
        filed = await desk.file()
        assert (await desk.get("/obligations"))["items"] == []
        async with database.organisation(desk.made.id) as tx:
            await close(tx, UUID(filed["id"]))
        [item] = (await desk.get("/obligations"))["items"]
        assert (item["kind"], item["duty"], item["by"]) == ("review", "prevent_recurrence", ["board"])
        assert item["href"] == f"/v1/complaints/{filed['id']}/recurrence-reviews"
        body = {"findings": "Afspraken voortaan bevestigen."}
        await desk.step(filed, "recurrence-reviews", body, by="board")
        assert (await desk.get("/obligations"))["items"] == []


async def close(tx: Transaction, complaint_id: UUID) -> None:
    """Closes a complaint past the gate: how a complaint gets there is another test's."""
    held = await dossiers.lock(tx, complaint_id)
    assert held is not None
    _, dossier = await opened_dossier(tx, complaint_id)
    event = Event(
        "complaint.closed", tx.now, {"outcome": "handled"}, None, SERVICE, tx.now, len(held.events) + 1, uuid4()
    )
    await dossiers.update(tx, change_of(held, dossier.with_event(event)))


# -- reviews ---------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def hss(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """Quarterly reviews by the board; the organisation was made in the first quarter of 2036."""
    async with client(database) as opened:
        made = await office(new_organisation, database, "hss", roles=("board", "employee"))
        yield Desk(opened, made)


EVIDENCE = [{"about": "trends", "text": "Meer over planning."}, {"about": "measures", "text": "Eerder bevestigen."}]
REVIEW = "hss.quarterly_inventory.2036-Q1"


@pytest.mark.proves("HSS-18")
async def test_each_quarter_owes_a_review(hss: Desk):
    listed = (await hss.get("/reviews?procedure=hss"))["items"]
    assert listed[0]["id"] == REVIEW
    assert (listed[0]["state"], listed[0]["dueOn"], listed[0]["by"]) == ("pending", "2036-03-31", ["board"])
    assert all(item["state"] == "overdue" for item in listed[1:])
    owed = (await hss.get("/obligations"))["items"]
    assert {item["kind"] for item in owed} == {"periodic_review"}
    assert [item["reviewId"] for item in owed] == [item["id"] for item in reversed(listed)]
    assert owed[-1]["href"] == f"/v1/reviews/{REVIEW}/completions"


@pytest.mark.proves("HSS-19", "SO-20")
async def test_held_in_its_period(hss: Desk):
    path = f"/reviews/{REVIEW}/completions"
    answer = await hss("POST", path, {"evidence": EVIDENCE}, by="board", Idempotency_Key="q1")
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "met"
    [completion] = answer.json()["completions"]
    assert completion["evidence"] == EVIDENCE
    assert completion["completedBy"] == str(hss.made.staff["board"])
    again = await hss("POST", path, {"evidence": EVIDENCE}, by="board", Idempotency_Key="q1")
    assert again.json() == answer.json()
    assert await hss.get(f"/reviews/{REVIEW}") == answer.json()
    assert REVIEW not in [item["reviewId"] for item in (await hss.get("/obligations"))["items"]]
    assert REVIEW in [item["id"] for item in (await hss.get("/reviews?state=met"))["items"]]


async def test_who_may_hold_it(hss: Desk):
    path = f"/reviews/{REVIEW}/completions"
    for by in ("employee", "system"):
        answer = await hss("POST", path, {"evidence": EVIDENCE}, by=by)
        assert (answer.status_code, answer.json()["code"]) == (403, "role-required")
    board = str(hss.made.staff["board"])
    answer = await hss("POST", path, {"evidence": EVIDENCE, "onBehalfOf": board}, by="system")
    assert answer.status_code == 201
    assert (await hss("POST", path, {"evidence": EVIDENCE}, by="auditor")).status_code == 403


async def test_what_it_has_to_say(hss: Desk):
    path = f"/reviews/{REVIEW}/completions"
    answer = await hss("POST", path, {"evidence": [{"about": "weather", "text": "x"}]}, by="board")
    assert answer.status_code == 400
    told = [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert told == [("/evidence", "evidence-missing")] * 2 + [("/evidence/0/about", "evidence-unknown")]
    for wrong, fault in (
        ({"about": 3, "text": "x"}, ("/evidence/0/about", "wrong-type")),
        ({"about": "trends", "text": 3}, ("/evidence/0/text", "wrong-type")),
        ({"about": "trends", "text": ""}, ("/evidence/0/text", "too-short")),
        ({"about": "trends", "zz": 1, "text": "x"}, ("/evidence/0/zz", "unknown-field")),
    ):
        answer = await hss("POST", path, {"evidence": [wrong, {"about": "weather", "text": "x"}]}, by="board")
        assert faults(answer) - {("/evidence", "evidence-missing")} == {
            fault,
            ("/evidence/1/about", "evidence-unknown"),
        }
    answer = await hss("POST", path, {"evidence": EVIDENCE * 2}, by="board")
    assert faults(answer) == {("/evidence", "repeated")}


async def test_a_period_that_is_over(hss: Desk):
    await hss.clock("2036-04-03T10:00:00Z")
    path = f"/reviews/{REVIEW}/completions"
    late = await hss("POST", path, {"evidence": EVIDENCE}, by="board")
    assert (late.status_code, late.json()["code"]) == (409, "period-over")
    assert late.json()["possible"] == [{"review": "hss.quarterly_inventory.2036-Q2"}]
    for at, code in (("2036-04-02T10:00:00Z", "outside-period"), ("2036-05-02T10:00:00Z", "in-the-future")):
        answer = await hss("POST", path, {"evidence": EVIDENCE, "completedAt": at}, by="board")
        assert faults(answer) == {("/completedAt", code)}
    # one minute before midnight here
    within = {"evidence": EVIDENCE, "completedAt": "2036-03-31T21:59:00Z"}
    assert (await hss("POST", path, within, by="board")).json()["state"] == "met"


async def test_a_later_version_changes_no_period_that_began_before_it(hss: Desk):
    """What was held, missed and promised stays as it was (X-01, X-04); a year begins under the new version in 2037."""
    assert (await hss("POST", f"/reviews/{REVIEW}/completions", {"evidence": EVIDENCE}, by="board")).status_code == 201
    yearly = text_of("hss").replace("every: quarter\n    met_by", "every: year\n    met_by")
    version = {"yaml": re.sub("effective_from: .*", "effective_from: 2036-05-01", yearly, count=1)}
    published = await hss("POST", "/procedures/hss/versions", version, by="admin")
    assert published.status_code == 201, published.text
    await hss.clock("2036-07-05T10:00:00Z")
    listed = {each["period"]: each["state"] for each in (await hss.get("/reviews"))["items"]}
    assert {period: state for period, state in listed.items() if period >= "2036"} == {
        "2036-Q1": "met",
        "2036-Q2": "overdue",
    }
    owed = [item["reviewId"] for item in (await hss.get("/obligations"))["items"]]
    assert owed[-1] == "hss.quarterly_inventory.2036-Q2" and REVIEW not in owed
    await hss.clock("2037-01-05T10:00:00Z")
    newest = (await hss.get("/reviews"))["items"][0]
    assert (newest["id"], newest["state"]) == ("hss.quarterly_inventory.2037", "pending")
    # what is held now counts for the year, and not for the quarter that it was
    body = {"evidence": EVIDENCE}
    assert (await hss("POST", f"/reviews/{newest['id']}/completions", body, by="board")).json()["state"] == "met"
    assert (await hss.get("/reviews/hss.quarterly_inventory.2036-Q2"))["state"] == "overdue"


async def test_a_period_that_begins_while_no_version_holds_is_of_the_first_that_does(
    new_organisation: NewOrganisation, database: Database
):
    ended = shipped_named("hss").model_copy(update={"effective_until": date(2036, 1, 31)})
    following = ended.model_copy(update={"effective_from": date(2036, 5, 10), "effective_until": None})
    async with client(database) as opened:
        made = await office(new_organisation, database, ended, following, roles=("board",))
        desk = Desk(opened, made)
        for day, period in (("2036-05-09", "2036-Q1"), ("2036-05-11", "2036-Q2")):
            await desk.clock(f"{day}T10:00:00Z")
            newest = (await desk.get("/reviews"))["items"][0]
            assert newest["id"] == f"hss.quarterly_inventory.{period}"
        path = "/reviews/hss.quarterly_inventory.2036-Q2/completions"
        answer = await desk("POST", path, {"evidence": EVIDENCE}, by="board")
        assert answer.json()["state"] == "met"


async def test_no_such_review(hss: Desk):
    for review in (
        "hss.quarterly_inventory.2036-Q2",
        "hss.nothing.2036-Q1",
        "jso.x.2036",
        "x",
        "hss.quarterly_inventory",
    ):
        assert (await hss("GET", f"/reviews/{review}")).status_code == 404
        assert (await hss("POST", f"/reviews/{review}/completions", {}, by="board")).status_code == 404
