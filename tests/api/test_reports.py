"""Figures: how many, how fast, how much in time; and the same again for an instant in the past."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.api.turns import LINE
from app.services import reports as services
from app.store.session import Database
from tests.api.office import AT, Desk, Json, client, faults, office
from tests.conftest import NewOrganisation

ANSWER = {"form": "email", "text": "Wij vonden dit.", "reasons": "Zo is het gegaan."}


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


def days_ago(days: int) -> str:
    return (AT - timedelta(days=days)).isoformat()


async def answered(desk: Desk, complaint: Json) -> Json:
    return await desk.step(complaint, "responses", {**ANSWER, "final": True}, by="complaints_officer")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.proves("JSO-19", "JSO-20")
async def test_summary(desk: Desk):
    await answered(desk, await desk.file(receivedAt=days_ago(3)))
    await answered(desk, await desk.file(receivedAt=days_ago(1)))
    await desk.file(category=None)
    withdrawn = await desk.file()
    await desk.step(withdrawn, "withdrawals", {}, by="complaints_officer")
    await desk.step(withdrawn, "measures", {"description": "Voortaan bellen."}, by="complaints_officer")
    found = await desk.get("/reports/summary?groupBy=month", by="reporter")
    assert (found["from"], found["to"], found["groupBy"]) == ("2036-01-01", "2036-01-07", "month")
    total = found["total"]
    assert {name: total[name] for name in ("received", "open", "closed", "withdrawn", "inadmissible", "measures")} == {
        "received": 4,
        "open": 1,
        "closed": 2,
        "withdrawn": 1,
        "inadmissible": 0,
        "measures": 1,
    }
    assert total["kinds"] == {"complaint": 4, "signal": 0, "enquiry": 0, "outOfScope": 0}
    assert total["daysToFirstResponse"] == {"median": 2.0, "p90": 2.8}
    assert total["daysToClosing"] == {"median": 2.0, "p90": 2.8}
    assert total["verdicts"] == [{"verdict": None, "count": 4}]
    assert total["categories"] == [{"category": None, "count": 4}]
    [month] = found["periods"]
    assert (month["period"], month["startsOn"], month["endsOn"]) == ("2036-01", "2036-01-01", "2036-01-07")
    assert {name: month[name] for name in total} == total


async def test_each_period_also_an_empty_one(desk: Desk):
    for days in (0, 200, 200, 400):  # January 2036, June 2035, December 2034
        await desk.file(receivedAt=days_ago(days))
    years = await desk.get("/reports/summary?from=2034-12-01&groupBy=year")
    quarters = await desk.get("/reports/summary?from=2034-12-01&groupBy=quarter")
    for found, counts in (
        (years, {"2034": 1, "2035": 2, "2036": 1}),
        (quarters, {"2034-Q4": 1, "2035-Q1": 0, "2035-Q2": 2, "2035-Q3": 0, "2035-Q4": 0, "2036-Q1": 1}),
    ):
        assert {period["period"]: period["received"] for period in found["periods"]} == counts
        assert found["total"]["received"] == 4
    assert quarters["periods"][1]["daysToClosing"] == {"median": None, "p90": None}
    only = await desk.get("/reports/summary?from=2035-01-01&to=2035-12-31")
    assert (only["total"]["received"], only["periods"]) == (2, [])
    assert (await desk.get("/reports/summary?procedure=hss"))["total"]["received"] == 0


async def test_the_day_of_receipt_is_a_day_here(desk: Desk):
    await desk.file(receivedAt="2035-12-31T23:30:00Z")  # New Year's Day, half past midnight
    assert (await desk.get("/reports/summary?from=2036-01-01"))["total"]["received"] == 1
    assert (await desk.get("/reports/summary?from=2035-01-01&to=2035-12-31"))["total"]["received"] == 0


@pytest.mark.proves("SO-02")
async def test_signals_apart(new_organisation: NewOrganisation, database: Database):
    roles = ("mentor", "complaints_officer")
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "so-trainingsbureau", roles=roles))
        born = {"bornOn": "1990-01-01"}
        person = {"name": "Jip Fictief", "email": "jip@example.org", **born}
        for kind in ("signal", "signal", "complaint"):
            await desk.file(kind=kind, complainant=person, complainantType="client")
        total = (await desk.get("/reports/summary"))["total"]
        assert total["kinds"] == {"complaint": 1, "signal": 2, "enquiry": 0, "outOfScope": 0}
        assert (total["received"], total["open"]) == (1, 1)
        assert sum(each["count"] for each in total["categories"]) == 1


@pytest.mark.proves("HSS-07")
async def test_out_of_scope_is_no_complaint(new_organisation: NewOrganisation, database: Database):
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "hss", roles=("board",)))
        await desk.file(kind="out_of_scope", category="administration_fees")
        await desk.file()
        total = (await desk.get("/reports/summary"))["total"]
        assert (total["kinds"]["outOfScope"], total["received"]) == (1, 1)


@pytest.mark.proves("HSS-07")
async def test_what_is_no_complaint_is_not_late(new_organisation: NewOrganisation, database: Database):
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "hss", roles=("board",)))

        async def late(query: str = "") -> tuple[str, int]:
            found = await desk.get(f"/reports/timeliness?from=2036-01-01{query}")
            return found["asOf"], found["hard"]["overdue"]

        filed = await desk.file()
        await desk.clock("2036-03-03T09:00:00Z")
        before, count = await late()
        assert count == 2
        recast = {"to": "out_of_scope", "reasons": "Het gaat om de kosten zelf.", "category": "administration_fees"}
        await desk.step(filed, "reclassifications", recast, by="board")
        assert (await desk.get("/reports/summary"))["total"]["received"] == 0
        after, count = await late()
        assert count == 0
        await desk.step(filed, "reclassifications", {"to": "complaint", "reasons": "Toch niet."}, by="board")
        assert (await late())[1] == 2
        assert [await late(f"&asOf={instant}") for instant in (before, after)] == [(before, 2), (after, 0)]


TALK = {"form": "conversation", "outcome": "unresolved", "note": "We zijn er samen niet uitgekomen."}


@pytest.mark.proves("JSO-20", "SO-09")
async def test_an_answer_to_the_signal_is_none_to_the_complaint(new_organisation: NewOrganisation, database: Database):
    """The promotion is the receipt. Within its day the order of registration decides: of an hour nobody is sure."""
    roles = ("mentor", "complaints_officer")
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "so-trainingsbureau", roles=roles))

        async def measured(query: str = "") -> Json:
            found = await desk.get(f"/reports/summary?from=2036-01-01{query}")
            spread: Json = found["total"]["daysToFirstResponse"]
            return {"asOf": found["asOf"], "days": spread}

        first, second = await desk.file(kind="signal"), await desk.file(kind="signal")
        await desk.step(first, "responses", TALK, by="mentor")
        await desk.clock("2036-01-17T09:00:00Z")
        await desk.step(second, "responses", TALK, by="mentor")
        for case in (first, second):
            await desk.step(case, "promotions", {"ground": "unsatisfactory"}, by="system")
        kept = [await measured()]
        morning = {"occurredAt": "2036-01-17T00:00:00+01:00"}  # before the hour of the promotion
        await desk.step(first, "responses", TALK | morning, by="complaints_officer")
        kept.append(await measured())
        await desk.clock("2036-01-21T09:00:00Z")
        await desk.step(second, "responses", TALK, by="complaints_officer")
        kept.append(await measured())
        assert [each["days"] for each in kept] == [
            {"median": None, "p90": None},
            {"median": 0.0, "p90": 0.0},
            {"median": 2.0, "p90": 3.6},
        ]
        for each in kept:
            assert await measured(f"&asOf={each['asOf']}") == each


@pytest.mark.proves("JSO-20", "SO-09")
async def test_what_was_called_a_signal_in_between_was_received_once(
    new_organisation: NewOrganisation, database: Database
):
    """A promotion is the receipt of what came in as a signal; of a complaint it is none, at whatever hour."""
    roles = ("complaints_officer",)
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "so-trainingsbureau", roles=roles))
        filed = await desk.file()
        received = {"occurredAt": filed["receivedAt"]}
        morning = {"occurredAt": "2036-01-07T00:00:00+01:00"}  # before the hour of the receipt, on its day
        await desk.step(filed, "responses", TALK | morning, by="complaints_officer")
        called = {"to": "signal", "reasons": "Het leek een signaal."}
        await desk.step(filed, "reclassifications", called | received, by="complaints_officer")
        await desk.step(filed, "promotions", {"ground": "unsatisfactory"} | received, by="system")
        found = await desk.get("/reports/summary?from=2036-01-01")
        assert found["total"]["daysToFirstResponse"] == {"median": 0.0, "p90": 0.0}


async def test_timeliness(desk: Desk):
    early = await desk.file()
    late, never = await desk.file(receivedAt=days_ago(4)), await desk.file(receivedAt=days_ago(4))  # until the 10th
    gone = await desk.file()
    await answered(desk, early)
    await desk.step(gone, "withdrawals", {}, by="complaints_officer")
    await desk.file()
    await desk.clock("2036-01-11T09:00:00Z")
    await answered(desk, late)
    found = await desk.get("/reports/timeliness?groupBy=quarter", by="reporter")
    counts = {"met": 1, "metLate": 1, "overdue": 1, "pending": 1, "cancelled": 1, "percentageInTime": 33.3}
    [row] = found["items"]
    assert {name: row[name] for name in counts} == counts == found["hard"]
    assert (row["period"], row["procedure"], row["soft"]) == ("2036-Q1", "jso", False)
    assert (row["duty"], row["title"]) == (never["terms"][0]["duty"], never["terms"][0]["title"])
    assert row["source"] == never["terms"][0]["source"]
    none = dict.fromkeys(("met", "metLate", "overdue", "pending", "cancelled"), 0)
    assert found["soft"] == {**none, "percentageInTime": None}


async def test_soft_terms_apart(new_organisation: NewOrganisation, database: Database):
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "hss", roles=("board",)))
        await desk.file()
        await desk.clock("2036-01-09T09:00:00Z")
        found = await desk.get("/reports/timeliness")
        assert (found["soft"]["overdue"], found["soft"]["pending"]) == (1, 0)
        assert (found["hard"]["overdue"], found["hard"]["pending"]) == (0, 2)
        assert {(row["duty"], row["soft"]) for row in found["items"]} == {
            ("hand_over", True),
            ("acknowledge", False),
            ("decide", False),
        }
        assert all(row["period"] is None for row in found["items"])


# -- as of -----------------------------------------------------------------------------------------------------

PATHS = (
    "/reports/summary?groupBy=month&from=2035-11-01&to=2036-12-31",
    "/reports/timeliness?from=2035-11-01&to=2036-12-31",
)


async def now(desk: Desk) -> list[Json]:
    return [await desk.get(path) for path in PATHS]


async def as_of(desk: Desk, found: list[Json]) -> list[Json]:
    instant = found[0]["asOf"]
    again = [await desk.get(f"{path}&asOf={instant}") for path in PATHS]
    return [again[0], {**again[1], "asOf": found[1]["asOf"]}]


async def test_figures_of_an_earlier_instant_come_out_the_same(desk: Desk):
    """Whatever was recorded since: answers, corrections, withdrawals, terms that ran out, new complaints."""
    officer = "complaints_officer"
    kept = [await now(desk)]
    first = await desk.file(receivedAt=days_ago(2))
    second = await desk.file(receivedAt=days_ago(40))
    third = await desk.file()
    kept.append(await now(desk))
    await answered(desk, first)
    kept.append(await now(desk))
    await desk.clock("2036-01-12T09:00:00Z")  # the second was late from the start, the third is not yet
    kept.append(await now(desk))
    await desk.clock("2036-01-20T09:00:00Z")
    kept.append(await now(desk))  # late, and nobody has recorded it
    await desk.step(third, "withdrawals", {}, by=officer)
    await desk.step(second, "measures", {"description": "Voortaan bellen."}, by=officer)
    kept.append(await now(desk))
    await answered(desk, second)
    events = (await desk.get(f"/complaints/{second['id']}/events"))["items"]
    answer = next(event["sequence"] for event in events if event["type"] == "first_response.sent")
    kept.append(await now(desk))
    annulled = {"corrects": answer, "annul": True, "reasons": "Niet verstuurd."}
    await desk.step(second, "corrections", annulled, by=officer)
    kept.append(await now(desk))
    await desk.clock("2036-02-20T09:00:00Z")
    moved = {"corrects": 1, "movedTo": "2036-01-02T09:00:00Z", "reasons": "Eerder ontvangen."}
    await desk.step(first, "corrections", moved, by=officer)
    await desk.file()
    kept.append(await now(desk))
    assert len({str(found) for found in kept}) == len(kept)
    for found in kept:
        assert await as_of(desk, found) == found


async def test_before_anything_there_was_nothing(desk: Desk):
    await desk.file()
    found = await desk.get("/reports/summary?from=2036-01-01&asOf=2036-01-06T00:00:00Z")
    assert found["total"]["received"] == 0
    assert (await desk.get("/reports/timeliness?from=2036-01-01&asOf=2036-01-06T00:00:00Z"))["items"] == []


# -- forms and refusals ----------------------------------------------------------------------------------------


async def test_as_csv(desk: Desk):
    await answered(desk, await desk.file())
    answer = await desk("GET", "/reports/summary?groupBy=year", by="reporter", accept="text/csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="summary.csv"'
    rows = rows_of(answer.text)
    assert {"period": "2036", "figure": "received", "of": "", "value": "1"} in rows
    assert {"period": "total", "figure": "kinds", "of": "outOfScope", "value": "0"} in rows
    assert {"period": "total", "figure": "daysToClosing", "of": "median", "value": "0.0"} in rows
    answer = await desk("GET", "/reports/timeliness", by="reporter", accept="text/csv")
    [row] = rows_of(answer.text)
    assert (row["procedure"], row["met"], row["percentageInTime"], row["soft"]) == ("jso", "1", "100.0", "false")
    assert (await desk("GET", "/reports/summary", accept="application/pdf")).status_code == 406


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("asOf=2090-01-01T00:00:00Z", {("asOf", "in-the-future")}),
        ("from=2036-02-01&to=2036-01-01", {("to", "before-from")}),
        ("from=2000-01-01&to=2036-01-01", {("to", "too-long")}),
        ("from=yesterday&groupBy=week", {("from", "wrong-form"), ("groupBy", "not-an-option")}),
        ("asOf=2036-01-01&colour=red", {("asOf", "wrong-form"), ("colour", "unknown-parameter")}),
    ],
)
@pytest.mark.parametrize("report", ["summary", "timeliness"])
async def test_what_cannot_be_asked(desk: Desk, report: str, query: str, expected: Any):
    answer = await desk("GET", f"/reports/{report}?{query}", by="reporter")
    assert answer.status_code == 400
    assert faults(answer) == expected


async def test_what_takes_too_long_to_reckon_anew_is_refused_before_it_begins(desk: Desk, monkeypatch):
    monkeypatch.setattr(services, "MOST", 1)
    filed = [await desk.file(receivedAt=days_ago(1)) for _ in range(2)]
    instant = (await now(desk))[0]["asOf"]
    for each in filed:
        await answered(desk, each)
    for path in PATHS:
        answer = await desk("GET", f"{path}&asOf={instant}", by="reporter")
        assert (answer.status_code, faults(answer)) == (400, {("asOf", "too-much")})
        assert (await desk("GET", path, by="reporter")).status_code == 200


async def test_figures_have_connections_and_time_of_their_own(desk: Desk, urls: Mapping[str, str]):
    hurried = Database(urls["app"], pool_size=1, statement=0.000001)
    desk.client._transport.app.state.reports = hurried  # type: ignore[attr-defined]
    assert (await desk("GET", "/reports/summary", by="reporter")).status_code == 503
    assert (await desk("GET", "/complaints")).status_code == 200
    await hurried.close()


async def test_what_is_reckoned_anew_waits_its_turn_and_holds_nothing(
    desk: Desk, urls: Mapping[str, str], new_organisation: NewOrganisation, database: Database
):
    other = await office(new_organisation, database)
    small = Database(urls["app"], pool_size=1, wait=2)
    async with client(small) as opened:
        mine, theirs = Desk(opened, desk.made), Desk(opened, other)
        path = "/reports/timeliness?from=2036-01-01&asOf=2036-01-06T00:00:00Z"
        turns = opened._transport.app.state.turns  # type: ignore[attr-defined]
        async with turns.turn(uuid4()):
            sent = [asyncio.create_task(mine("GET", path, by="reporter")) for _ in range(LINE + 1)]
            [refused], waiting = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            assert (refused.result().status_code, refused.result().json()["code"]) == (429, "too-many-requests")
            assert int(refused.result().headers["Retry-After"]) > 0
            assert (await mine("GET", "/reports/timeliness", by="reporter")).status_code == 200  # as it is now
            assert (await theirs("GET", "/complaints?limit=1")).status_code == 200
            waiting.add(asyncio.create_task(theirs("GET", path, by="reporter")))
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200] * (LINE + 1)
    await small.close()


async def test_who_is_involved_is_told_nothing(desk: Desk):
    filed = await desk.file()
    director = str(desk.made.staff["director"])
    assert (await desk.get("/reports/summary", by="director"))["total"]["received"] == 1
    await desk.step(filed, "involvements", {"staffId": director}, by="complaints_officer")
    for as_of in ("", f"&asOf={filed['receivedAt']}"):
        assert (await desk.get(f"/reports/summary?from=2036-01-01{as_of}", by="director"))["total"]["received"] == 0
        assert (await desk.get(f"/reports/timeliness?from=2036-01-01{as_of}", by="director"))["items"] == []
    assert (await desk.get("/reports/summary", by="reporter"))["total"]["received"] == 1


async def test_only_its_own_organisation(desk: Desk, new_organisation: NewOrganisation, database: Database):
    await desk.file()
    other = Desk(desk.client, await office(new_organisation, database))
    assert (await other.get("/reports/summary"))["total"]["received"] == 0
    assert (await other.get("/reports/timeliness"))["items"] == []


async def test_who_may_not(desk: Desk):
    for report in ("summary", "timeliness"):
        assert (await desk("GET", f"/reports/{report}", by="website")).status_code == 403


@pytest.mark.proves("X-04")
async def test_a_term_that_is_none_any_more_is_counted_nowhere(new_organisation: NewOrganisation, database: Database):
    """What was decided not to be handled, and is handled after all, owes no notice of that any more."""
    async with client(database) as opened:
        roles = ("handler",)
        desk = Desk(opened, await office(new_organisation, database, "bijstand-naar-werk", roles=roles))
        filed = await desk.file(conductOn="2033-10-29")
        declined = {"decision": "decline", "ground": "too_old", "reasons": "Te lang geleden."}
        await desk.step(filed, "admissibility-decisions", declined, by="handler")
        before = await desk.get("/reports/timeliness")
        handled = {"decision": "handle", "overrideReason": "Het gaat nog steeds zo."}
        await desk.step(filed, "admissibility-decisions", handled, by="handler")
        terms = (await desk.get(f"/complaints/{filed['id']}"))["terms"]
        assert "notify_inadmissible" not in {term["duty"] for term in terms}
        found = await desk.get("/reports/timeliness")
        assert sum(row["cancelled"] for row in found["items"]) == 0
        assert "notify_inadmissible" not in {row["duty"] for row in found["items"]}
        assert (await desk.get("/terms?state=cancelled"))["items"] == []
        # decided otherwise again, the term is back
        await desk.step(filed, "admissibility-decisions", declined, by="handler")
        assert (await desk.get("/reports/timeliness"))["items"] == before["items"]
        later = await desk.get(f"/reports/timeliness?asOf={found['asOf']}")
        assert {**later, "asOf": found["asOf"]} == found
