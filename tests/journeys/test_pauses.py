"""A pause that lapses by itself: the work list, the terms, the figures and the warnings agree at every instant.

The spring of 2036: Monday 3 March, and eight weeks to advise in, which end on Monday 28 April.
"""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from app.services.guard import refresh
from app.store.session import Database
from tests.journeys.test_counting import changed
from tests.stories import Case, Json, Office, Tell, instant

FILED: Json = {
    "complainantType": "employee",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org"},
}
ACKNOWLEDGED: Json = {
    "form": "email",
    "text": "Wij hebben uw klacht.",
    "contents": ["receipt_date", "procedure_outline", "right_to_representation", "support_offer", "free_of_charge"],
}
TOLD: Json = {"form": "email", "text": "Er is over u geklaagd.", "contents": ["copy_of_complaint"]}
ASKED: Json = {"form": "email", "party": "complainant", "cause": "information", "question": "Wat?", "text": "Wat?"}
SHOWN = ("state", "dueOn", "breachAt", "actBy")
STATES = ("pending", "suspended", "overdue", "met", "met_late", "cancelled")

Moves = Callable[[str], Awaitable[None]]


def moves(office: Office, worker: bool) -> Moves:
    """Moves the clock, with the guard at work or without."""

    async def at(local: str) -> None:
        if worker:
            await office.at(local)
        else:
            await office.ask("admin", "PUT", "/sandbox/clock", {"now": instant(local)})

    return at


async def begun(tell: Tell) -> tuple[Office, Case]:
    """Only the advice is owed."""
    office = await tell(changed("workplace", effective_until="2046-12-31"))
    await office.at("2036-03-03 10:00")
    case = await office.file(FILED)
    await case.step("chair", "acknowledgements", ACKNOWLEDGED)
    await case.step("chair", "subject-notices", TOLD)
    return office, case


async def listed(office: Office, query: str) -> list[Json]:
    items: list[Json] = (await office.ask("system", "GET", f"/terms?duty=advise&{query}"))["items"]
    return items


async def agrees(case: Case, state: str, due_on: str | None = None) -> None:
    """The advice is in that state and ends on that day, whatever is asked."""
    office = case.office
    term = await case.has("inquiry.advise", state)
    assert term["dueOn"] == due_on
    [item] = await listed(office, f"state={state}")
    assert {name: item[name] for name in SHOWN} == {name: term[name] for name in SHOWN}
    assert (item["daysLeft"] is None) == (due_on is None)
    is_open = state in ("pending", "suspended", "overdue")
    assert await listed(office, "") == ([item] if is_open else [])
    for other in STATES:
        assert bool(await listed(office, f"state={other}")) == (other == state), other
    for query in ("dueBefore=2037-01-01", "actBy=2037-01-01"):
        assert await listed(office, query) == ([item] if is_open and due_on else []), query
    days = (case.last["nextDueOn"], case.last["nextActBy"])
    assert days == ((term["dueOn"], term["actBy"]) if is_open else (None, None))
    figures = (await office.ask("admin", "GET", "/reports/timeliness"))["items"]
    [advice] = [each for each in figures if each["duty"] == "advise"]
    kept = {"suspended": "pending"}.get(state, state)
    counted = {name: advice[name] for name in ("pending", "overdue", "met")}
    assert counted == {name: int(name == kept) for name in counted}


@pytest.mark.parametrize("worker", [True, False])
@pytest.mark.proves("X-03", "X-05")
async def test_through_a_pause_that_lapses(tell: Tell, worker: bool) -> None:
    office, case = await begun(tell)
    at = moves(office, worker)
    await agrees(case, "pending", "2036-04-28")
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-10"})
    await agrees(case, "suspended")
    await at("2036-03-09 23:59:59")
    await agrees(case, "suspended")
    await at("2036-03-10 00:00:00")
    await agrees(case, "pending", "2036-05-04")  # 4 to 9 March are not counted: six days, until a Sunday
    await at("2036-05-04 23:59:59")
    await agrees(case, "pending", "2036-05-04")
    await at("2036-05-05 00:00:00")
    await agrees(case, "overdue", "2036-05-04")


@pytest.mark.parametrize("worker", [True, False])
async def test_pauses_within_a_pause(tell: Tell, worker: bool) -> None:
    """The clock runs when nothing holds it any more, and stands still again when somebody asks again."""
    office, case = await begun(tell)
    at = moves(office, worker)
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-10"})
    await at("2036-03-05 10:00")
    other = {**ASKED, "party": "subject_of_complaint"}
    await case.step("chair", "information-requests", {**other, "answerBy": "2036-03-13"})
    await at("2036-03-10 10:00")
    await agrees(case, "suspended")
    await at("2036-03-13 10:00")
    await agrees(case, "pending", "2036-05-07")  # 4 to 12 March
    await case.step("chair", "information-requests", ASKED)  # without a day: two weeks, to the 27th
    await agrees(case, "suspended")
    await at("2036-03-27 10:00")
    await agrees(case, "pending", "2036-05-20")  # and 14 to 26 March


@pytest.mark.parametrize("worker", [True, False])
async def test_a_pause_that_is_ended_before_it_lapses(tell: Tell, worker: bool) -> None:
    office, case = await begun(tell)
    at = moves(office, worker)
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-17"})
    await at("2036-03-06 10:00")
    await case.step("chair", "information-answers", {"party": "complainant", "answer": "Dit."})
    await agrees(case, "pending", "2036-04-30")  # 4 and 5 March
    await at("2036-03-17 10:00")
    await agrees(case, "pending", "2036-04-30")


async def test_a_complaint_that_ends_while_it_stands_still(tell: Tell) -> None:
    office, case = await begun(tell)
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-10"})
    await case.step("system", "withdrawals", {})
    await agrees(case, "cancelled")
    await office.at("2036-03-10 10:00")
    await agrees(case, "cancelled", (await case.term("inquiry.advise"))["dueOn"])


async def test_the_warning_comes_when_it_should(tell: Tell) -> None:
    """Two working days ahead of Friday 2 May, the last one before Sunday 4 May."""
    office, case = await begun(tell)
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-10"})
    for early in ("2036-03-10 10:00", "2036-04-24 10:00", "2036-04-29 23:59:59"):
        await office.at(early)
        assert await case.events("term.due_soon") == []
    await office.at("2036-04-30 00:00:00")
    [warned] = await case.events("term.due_soon")
    assert warned["facts"] == {"term": "inquiry.advise", "dueOn": "2036-05-04", "actBy": "2036-05-02"}
    await office.guard()
    assert len(await case.events("term.due_soon")) == 1


async def test_a_warning_whose_day_passed_in_the_pause_comes_when_it_lapses(tell: Tell) -> None:
    office, case = await begun(tell)
    await office.at("2036-04-24 00:00:00")
    assert len(await case.events("term.due_soon")) == 1  # of the end it had
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-04-28"})
    await office.at("2036-04-27 23:59:59")
    assert len(await case.events("term.due_soon")) == 1
    await office.ask("admin", "PUT", "/sandbox/clock", {"now": instant("2036-05-01 10:00")})  # nobody looked meanwhile
    await office.guard()
    assert [each["facts"]["dueOn"] for each in await case.events("term.due_soon")] == ["2036-04-28", "2036-05-01"]


async def test_it_has_the_place_in_the_list_that_it_will_have(tell: Tell) -> None:
    office, lapses = await begun(tell)
    await lapses.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-13"})  # until 7 May
    early = await office.file(FILED)  # until 28 April
    await office.at("2036-03-11 10:00")
    late = await office.file(FILED)  # until 6 May
    expected = [str(case.id) for case in (early, late, lapses)]
    for local in ("2036-03-11 12:00", "2036-03-13 12:00"):
        await office.ask("admin", "PUT", "/sandbox/clock", {"now": instant(local)})
        page = await office.ask("system", "GET", "/terms?duty=advise&limit=1")
        found = page["items"]
        while page["next"]:
            page = await office.ask("system", "GET", f"/terms?duty=advise&limit=1&cursor={page['next']}")
            found += page["items"]
        assert [item["complaintId"] for item in found] == expected, local


async def test_rows_of_an_older_release_are_brought_up_to_date(
    tell: Tell, worker_database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Also a term that its rules gave and the ledger no longer gives. What is right already is not written again."""
    office, case = await begun(tell)
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-10"})
    await moves(office, False)("2036-03-12 10:00")
    of_it = "where complaint_id = $1 and duty ="
    empty = "due_on = null, act_by = null, lapses_at = null"
    await superuser.execute(f"update terms set {empty} {of_it} 'advise'", case.id)
    other = "jsonb_build_object('id', uuidv7(), 'key', 'inquiry.acknowledge.2', 'state', 'pending', 'open', true)"
    copied = f"select (jsonb_populate_record(t, {other})).* from terms t {of_it} 'acknowledge'"
    await superuser.execute(f"insert into terms {copied}", case.id)
    assert len((await office.ask("system", "GET", "/terms?duty=acknowledge"))["items"]) == 1
    assert await listed(office, "state=suspended") != []
    looked, refreshed = await refresh(worker_database)
    assert looked >= refreshed >= 1
    await agrees(case, "pending", "2036-05-04")
    assert (await office.ask("system", "GET", "/terms?duty=acknowledge"))["items"] == []
    written = "select max(xmin::text::bigint) from complaints where id = $1"
    before = await superuser.fetchval(written, case.id)
    assert await refresh(worker_database) == (looked, 0)
    assert await superuser.fetchval(written, case.id) == before


async def test_rows_of_a_server_that_does_not_know_when_a_pause_lapses(
    tell: Tell, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Without its days it goes on standing still until something is recorded; what runs has its days."""
    office, case = await begun(tell)
    await case.step("chair", "information-requests", {**ASKED, "answerBy": "2036-03-10"})
    of_it = "where complaint_id = $1 and duty = 'advise'"
    old = f"update terms set due_on = null, act_by = null, lapses_at = {{}} {of_it}"
    await moves(office, False)("2036-03-10 10:00")
    for lapses_at in ("lapses_at", "null"):
        await superuser.execute(old.format(lapses_at), case.id)
        [item] = await listed(office, "state=suspended")
        assert [item[name] for name in SHOWN] == ["suspended", None, None, None]
    # answered, as that server writes it: it leaves the instant of a pause that has ended
    await superuser.execute(
        f"update terms set state = 'pending', due_on = '2036-04-30', act_by = '2036-04-30',"
        f" lapses_at = '2036-12-01', breach_at = '2036-04-30T22:00:00Z' {of_it}",
        case.id,
    )
    [item] = await listed(office, "state=pending&dueBefore=2036-05-01")
    assert [item["state"], item["dueOn"]] == ["pending", "2036-04-30"]
