"""Bijstand naar Werk: acknowledged in two weeks, handled in six by someone not involved; too old is not handled.

Every term is in weeks, so no holiday lengthens one. 2036 is a leap year; the clocks go back on Sunday 26 October.
"""

from typing import Any

import pytest

from tests.stories import Office, Tell

FILED: dict[str, Any] = {
    "description": "Mijn coach belt niet terug.",
    "complainant": {"name": "Sam Voorbeeld", "phone": "010-0000000"},
}
OLD = {**FILED, "conductOn": "2035-06-10"}
DECIDED = {"form": "email", "reasons": "Uw coach was ziek; u krijgt een andere.", "text": "U krijgt een andere coach."}
DECLINED = {"decision": "decline", "ground": "too_old", "reasons": "Het was meer dan een jaar geleden.", "form": "post"}
CLOSED = {"outcome": "handled", "handlingMethod": "Per e-mail afgehandeld."}


def faults(problem: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


async def second_handler(office: Office) -> str:
    """A colleague who may handle complaints too."""
    colleague = {"name": "Robin Proef", "email": "robin@example.org", "roles": ["handler"]}
    return str((await office.ask("admin", "POST", "/staff", colleague, expect=201))["id"])


@pytest.mark.proves("BNW-02", "BNW-03", "BNW-04", "BNW-09", "BNW-14", "X-01")
@pytest.mark.parametrize("channel", ["phone", "email", "post", "web_form"])
async def test_however_it_comes_in(tell: Tell, channel: str) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-02-15 16:00")  # a Friday
    case = await bnw.file({**FILED, "channel": channel})
    assert case.last["procedure"] == {"id": "bijstand-naar-werk", "version": 1}
    # two weeks to the leap day, six to a Friday
    await case.has("handling.acknowledge", "pending", due="2036-02-29")
    await case.has("handling.handle", "pending", due="2036-03-28")
    assert "handling.notify_inadmissible" not in {term["key"] for term in case.last["terms"]}
    await bnw.at("2036-02-29 23:59")
    await case.step("system", "acknowledgements", {"form": "phone"}, expect=403)
    told = {"form": "phone", "onBehalfOf": str(bnw.made.staff["handler"])}
    await case.step("system", "acknowledgements", told)  # any form will do
    await case.has("handling.acknowledge", "met")
    await bnw.at("2036-03-28 17:00")
    await case.step("handler", "decisions", DECIDED)
    await case.has("handling.handle", "met")
    await case.step("handler", "closures", CLOSED)
    assert case.last["publicStatus"] == "handled"

    ledger = await case.events()
    assert [event["sequence"] for event in ledger] == list(range(1, len(ledger) + 1))
    assert [event["type"] for event in ledger] == [
        "complaint.received",
        "term.due_soon",
        "complaint.acknowledged",
        "term.due_soon",
        "decision.sent",
        "complaint.closed",
    ]
    assert [event["actor"]["kind"] for event in ledger] == ["system", "gehoor", "staff", "gehoor", "staff", "staff"]
    for method in ("PUT", "PATCH", "DELETE"):
        await bnw.ask("admin", method, f"/complaints/{case.id}/events/{ledger[0]['id']}", {}, expect=405)


@pytest.mark.proves("BNW-01", "BNW-03")
async def test_about_anything_and_with_little(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    for category in ("coffee", "coaching", "letters"):
        assert (await bnw.file({**FILED, "category": category})).last["category"] == category
    by_form = await bnw.file(FILED, who="website")
    assert by_form.last["reference"]
    problem = await bnw.ask("system", "POST", "/complaints", {"channel": "post", "description": "Boos."}, expect=400)
    assert faults(problem) == {("/complainant/email", "required")}
    for reached in ({"email": "sam@example.org"}, {"phone": "010-0000000"}, {"address": "Voorbeeldstraat 1"}):
        await bnw.file({"description": "Boos.", "complainant": reached})


@pytest.mark.proves("BNW-06", "BNW-07", "BNW-08")
async def test_too_old_and_told_in_time(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-06-11 10:00")  # a Wednesday, a year and a day after 10 June 2035
    case = await bnw.file(OLD)
    [proposal] = case.last["proposals"]
    assert (proposal["ground"], proposal["mode"], proposal["limitOn"]) == ("too_old", "must_refuse", "2035-06-11")
    assert case.last["admissibility"] == "undecided"  # proposed, and that is all
    # by when it is told, while that can still be done in time
    assert proposal["noticeDueOn"] == "2036-07-09"
    [warning] = [each for each in case.last["warnings"] if each["code"] == "admissibility"]
    assert "2036-07-09" in warning["message"]
    problem = await case.step("handler", "decisions", DECIDED, expect=409)
    assert "admissibility-decisions" in {step["step"] for step in problem["possible"]}

    problem = await case.step("handler", "admissibility-decisions", {"decision": "decline"}, expect=400)
    assert faults(problem) == {("/ground", "ground-unknown"), ("/reasons", "content-missing")}
    await case.step("system", "admissibility-decisions", DECLINED, expect=403)
    await case.step("handler", "admissibility-decisions", DECLINED)
    problem = await case.step("handler", "decisions", DECIDED, expect=409)  # not beside its own refusal
    assert "admissibility-decisions" in {step["step"] for step in problem["possible"]}
    await case.has("handling.notify_inadmissible", "pending", due="2036-07-09")
    await case.has("handling.handle", "pending", due="2036-07-23")
    assert [each["noticeDueOn"] for each in case.last["proposals"]] == [None]  # it is a term now

    await bnw.at("2036-07-09 23:59")  # the last minute of four weeks
    await case.step("handler", "inadmissibility-notices", {"form": "post"}, expect=400)
    await case.step("handler", "inadmissibility-notices", {"form": "post", "reasons": DECLINED["reasons"]})
    await case.has("handling.notify_inadmissible", "met")
    await case.has("handling.handle", "cancelled")
    assert (case.last["state"], case.last["publicStatus"]) == ("inadmissible", "handled")
    await case.step("handler", "decisions", DECIDED, expect=409)


@pytest.mark.proves("BNW-07", "X-04")
async def test_too_old_and_told_too_late(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-06-11 10:00")
    case = await bnw.file(OLD)
    await bnw.at("2036-07-10 00:00")  # the first instant that is too late
    await case.step("handler", "admissibility-decisions", {**DECLINED, "notified": True})
    await case.has("handling.notify_inadmissible", "met_late", due="2036-07-09")
    assert case.last["state"] == "inadmissible"
    assert "notify_inadmissible" in {event["facts"]["duty"] for event in await case.events("term.breached")}


@pytest.mark.proves("BNW-06")
async def test_what_is_not_too_old_is_not_declined_as_that(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-06-11 10:00")
    fresh = await bnw.file({**OLD, "conductOn": "2036-05-11"})
    problem = await fresh.step("handler", "admissibility-decisions", DECLINED, expect=400)
    assert faults(problem) == {("/ground", "ground-contradicted")}
    [error] = problem["errors"]
    assert "2036-05-11" in error["message"] and "2035-06-11" in error["message"]
    told = {"ground": "too_old", "decision": "decline"}
    problem = await fresh.step("handler", "admissibility-decisions", told, expect=400)
    assert faults(problem) == {("/ground", "ground-contradicted"), ("/reasons", "content-missing")}
    # a day that was wrong is corrected first
    await fresh.register("handler", {"conductOn": "2034-05-11"})
    await fresh.step("handler", "admissibility-decisions", DECLINED)
    assert "conduct-unknown" not in {warning["code"] for warning in fresh.last["warnings"]}

    # nobody said when it was: a person may know, and the answer says that the register does not
    unknown = await bnw.file(FILED)
    await unknown.step("handler", "admissibility-decisions", {**DECLINED, "notified": True})
    assert [warning["code"] for warning in unknown.last["warnings"]] == ["conduct-unknown"]
    assert unknown.last["state"] == "inadmissible"


@pytest.mark.proves("BNW-06")
async def test_a_year_to_the_day_is_not_too_old(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-06-10 23:59")
    case = await bnw.file(OLD)
    assert case.last["proposals"] == []
    await case.step("handler", "decisions", DECIDED)
    await bnw.at("2037-02-28 12:00")  # counted back from here there is no leap day
    assert (await bnw.file({**FILED, "conductOn": "2036-02-28"})).last["proposals"] == []
    assert (await bnw.file({**FILED, "conductOn": "2036-02-27"})).last["proposals"]


@pytest.mark.proves("BNW-06")
async def test_handled_all_the_same(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-06-11 10:00")
    case = await bnw.file(OLD)
    problem = await case.step("handler", "admissibility-decisions", {"decision": "handle"}, expect=409)
    assert "overrideReason" in problem["detail"]
    handled = {"decision": "handle", "overrideReason": "Het werkt nog elke maand door."}
    await case.step("handler", "admissibility-decisions", handled)
    assert case.last["admissibility"] == "admissible"
    await case.step("handler", "inadmissibility-notices", {"form": "post", "reasons": "Toch niet."}, expect=409)
    await case.step("handler", "decisions", DECIDED)
    await case.has("handling.handle", "met")


@pytest.mark.proves("BNW-05")
async def test_asking_does_not_stop_the_clock(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-09-15 09:00")  # a Monday
    case = await bnw.file(FILED)
    before = await case.has("handling.handle", "pending", due="2036-10-27")  # the clocks went back on the 26th
    await bnw.at("2036-09-22 09:00")
    await case.step("handler", "information-answers", {"answer": "Nog niets gevraagd."}, expect=409)
    await case.step("handler", "information-requests", {"question": "Wanneer belde u?", "answerBy": "2036-10-06"})
    assert await case.has("handling.handle", "pending") == before
    await case.step("handler", "suspensions", {"cause": "information"}, expect=409)
    await bnw.at("2036-10-20 09:00")
    await case.step("system", "information-answers", {"answer": "Elke dinsdag."})
    assert await case.has("handling.handle", "pending") == before


@pytest.mark.proves("BNW-10", "X-03")
async def test_longer_with_a_reason_as_often_as_needed(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-01-07 09:00")  # a Monday
    case = await bnw.file(FILED)
    await case.has("handling.handle", "pending", due="2036-02-18")
    problem = await case.step("handler", "extensions", {"form": "email"}, expect=400)
    assert faults(problem) == {("/until", "new-date-missing"), ("/reasons", "content-missing")}
    sooner = {"form": "email", "until": "2036-02-18", "reasons": "Vakantie."}
    assert faults(await case.step("handler", "extensions", sooner, expect=400)) == {("/until", "not-later")}
    await case.step("system", "extensions", {**sooner, "until": "2036-03-03"}, expect=403)

    await bnw.at("2036-02-18 23:59")  # the last minute
    await case.step("handler", "extensions", {**sooner, "until": "2036-03-03", "reasons": "De coach is ziek."})
    await case.has("handling.handle", "pending", due="2036-03-03")
    await bnw.at("2036-02-29 12:00")
    again = {"form": "phone", "period": {"amount": 2, "unit": "weeks"}, "reasons": "De coach is nog ziek."}
    await case.step("handler", "extensions", again)
    term = await case.has("handling.handle", "pending", due="2036-03-17")
    why = await bnw.ask("system", "GET", f"/complaints/{case.id}/terms/{term['id']}/explanation")
    assert len(why["derivation"]["extensions"]) == 2
    assert "17 maart 2036" in why["explanation"]["nl"]

    await bnw.at("2036-03-18 00:00")  # the first instant that is too late
    late = await case.step("handler", "extensions", {**again, "reasons": "Nog een keer."}, expect=409)
    assert "2036-03-17" in late["detail"]
    await case.has("handling.handle", "overdue", due="2036-03-17")
    await case.step("handler", "decisions", DECIDED)
    await case.has("handling.handle", "met_late")
    [*_, breach] = await case.events("term.breached")
    assert breach["occurredAt"] == "2036-03-17T23:00:00Z"


@pytest.mark.proves("BNW-16")
async def test_a_quick_solution_is_in_time(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 09:00")
    case = await bnw.file(FILED)
    await case.step("handler", "closures", CLOSED, expect=409)  # handled means answered
    quick = {"outcome": "resolved", "form": "phone", "handlingMethod": "De coach heeft gebeld."}
    await case.step("handler", "closures", quick)
    await case.has("handling.handle", "met")
    assert (case.last["state"], case.last["publicStatus"]) == ("closed", "handled")


@pytest.mark.proves("BNW-11")
async def test_handled_by_someone_who_is_not_involved(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    case = await bnw.file(FILED)
    involved, other = str(bnw.made.staff["handler"]), await second_handler(bnw)
    await case.step("system", "assignments", {"staffId": involved})
    assert case.last["handlerId"] == involved
    assert (await bnw.ask("handler", "GET", f"/complaints/{case.id}"))["id"] == str(case.id)

    # it turns out later: from the next request on it is gone for them, and has to be given to another
    await case.step("system", "involvements", {"staffId": involved, "reasons": "Was zelf de coach."})
    assert case.last["handlerId"] is None
    assert "handler-needed" in {warning["code"] for warning in case.last["warnings"]}
    unassigned = await bnw.ask("system", "GET", "/complaints?assigned=false")
    assert [item["id"] for item in unassigned["items"]] == [str(case.id)]
    await bnw.ask("handler", "GET", f"/complaints/{case.id}", expect=404)
    assert (await bnw.ask("handler", "GET", "/complaints"))["items"] == []
    assert (await bnw.ask("handler", "GET", "/terms"))["items"] == []
    await case.step("handler", "decisions", DECIDED, expect=404)

    problem = await case.step("system", "assignments", {"staffId": involved}, expect=409)
    assert "involved" in problem["detail"]
    problem = await case.step("system", "decisions", {**DECIDED, "onBehalfOf": involved}, expect=403)
    assert problem["code"] == "involved"
    await case.step("system", "assignments", {"staffId": other})
    assert case.last["warnings"] == []
    await case.step("system", "decisions", {**DECIDED, "onBehalfOf": other})
    await case.has("handling.handle", "met")
    [decision] = await case.events("decision.sent")
    assert decision["actor"] == {"kind": "staff", "id": other, "roles": ["handler"]}


@pytest.mark.proves("BNW-15")
async def test_measures_against_the_next_one(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-05-12 09:00")
    case = await bnw.file({**FILED, "category": "coaching"})
    taken = {"target": "process", "description": "Een vervanger belt dezelfde dag.", "dueOn": "2036-06-01"}
    answer = await case.step("handler", "measures", taken)
    [measure] = answer["events"]
    await case.step("handler", "measure-completions", {"measure": 1, "proof": "?"}, expect=400)
    await case.step("handler", "decisions", DECIDED)
    await case.step("handler", "closures", CLOSED)
    done = {"measure": measure["sequence"], "proof": "Staat in het rooster."}
    await case.step("handler", "measure-completions", done)  # also after closing
    listed = await bnw.ask("system", "GET", f"/complaints/{case.id}/measures")
    assert [each["texts"]["description"] for each in listed["items"]] == [taken["description"]]
    total = (await bnw.ask("reporter", "GET", "/reports/summary?from=2036-05-01"))["total"]
    assert (total["received"], total["closed"], total["measures"]) == (1, 1, 1)
    assert total["categories"] == [{"category": "coaching", "count": 1}]


@pytest.mark.proves("X-04", "X-05", "X-08")
async def test_silence_opens_the_way_to_the_commissioning_body(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 09:00")  # a Monday
    case = await bnw.file(FILED)
    await bnw.at("2036-04-14 23:59")  # Easter Monday, and the last day all the same
    await case.has("handling.handle", "pending", due="2036-04-14")
    assert case.last["routesOutside"] == []
    await bnw.at("2036-04-15 00:00")
    await case.has("handling.handle", "overdue")
    assert [route["body"] for route in case.last["routesOutside"]] == ["commissioning-body"]
    await bnw.guard()
    breaches = await case.events("term.breached")
    assert [event["facts"]["duty"] for event in breaches] == ["acknowledge", "handle"]


@pytest.mark.proves("X-10")
async def test_withdrawn(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 09:00")
    case = await bnw.file(FILED)
    await bnw.at("2036-03-18 09:00")  # the acknowledgement was due on the 17th
    await case.step("system", "withdrawals", {"form": "phone", "reasons": "Opgelost."})
    await case.has("handling.acknowledge", "overdue")
    await case.has("handling.handle", "cancelled")
    assert case.last["routesOutside"] == []
    old = await bnw.file({**FILED, "conductOn": "2034-01-01"})
    await old.step("handler", "admissibility-decisions", DECLINED)
    await old.step("system", "withdrawals", {"form": "phone"})
    await old.has("handling.notify_inadmissible", "cancelled")


@pytest.mark.proves("X-01")
async def test_a_new_version_moves_no_running_term(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 09:00")
    running = await bnw.file(FILED)
    read = await bnw.ask("admin", "GET", "/procedures/bijstand-naar-werk")
    document = read["definition"]
    handle = next(duty for duty in document["stages"][0]["duties"] if duty["duty"] == "handle")
    handle["within"] = {"amount": 3, "unit": "weeks"}
    document["effective_from"] = "2036-03-10"
    path = "/procedures/bijstand-naar-werk/versions"
    await bnw.ask("admin", "POST", path, {"document": document}, expect=201)
    await bnw.at("2036-03-11 09:00")
    await running.has("handling.handle", "pending", due="2036-04-14")
    assert running.last["procedure"]["version"] == 1
    fresh = await bnw.file(FILED)
    await fresh.has("handling.handle", "pending", due="2036-04-01")
    assert fresh.last["procedure"]["version"] == 2
    # and what came in before it is under the version of that day, whenever it is registered
    late = await bnw.file({**FILED, "receivedAt": "2036-03-09T12:00:00+01:00"})
    assert late.last["procedure"]["version"] == 1


@pytest.mark.proves("X-09")
async def test_closed_and_taken_up_again(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 09:00")
    case = await bnw.file(FILED)
    await case.step("handler", "decisions", DECIDED)
    problem = await case.step("handler", "closures", {"outcome": "handled"}, expect=400)
    assert faults(problem) == {("/register/handling_method", "register-field-missing")}
    await case.step("handler", "closures", CLOSED)
    await case.step("handler", "reopenings", {"reasons": "Er is nieuwe informatie."})
    assert case.last["publicStatus"] == "in_progress"
    await case.step("handler", "closures", CLOSED)
    assert len(await case.events("complaint.closed")) == 2
    assert case.last["obligations"] == []


@pytest.mark.proves("BNW-09")
async def test_what_was_decided_and_taken_up_again_is_owed_an_answer_again(tell: Tell) -> None:
    """The term was met and stays so. No day is set for the new answer, but it is in the work list."""
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 09:00")
    case, closed, waived = [await bnw.file(FILED) for _ in range(3)]
    for each in (case, closed, waived):
        await each.step("handler", "decisions", DECIDED)
        await each.step("handler", "closures", CLOSED)
    assert (await bnw.ask("handler", "GET", "/obligations"))["items"] == []
    for each in (case, closed, waived):
        await each.step("handler", "reopenings", {"reasons": "Er is nieuwe informatie."})
        await each.has("handling.handle", "met")
        [owed] = each.last["obligations"]
        assert (owed["duty"], owed["event"], owed["by"]) == ("answer_again", "decision.sent", ["handler"])
        assert [warning["code"] for warning in each.last["warnings"]] == ["answer-again"]
    listed = (await bnw.ask("handler", "GET", "/obligations"))["items"]
    assert {item["complaintId"] for item in listed} == {str(each.id) for each in (case, closed, waived)}
    assert {item["title"]["nl"] for item in listed} == {"een nieuw antwoord, nu de klacht is heropend"}

    # answered again, closed once more all the same, or said why there comes no answer
    await case.step("handler", "decisions", DECIDED)
    await closed.step("handler", "closures", CLOSED)
    await waived.step("handler", "waivers", {"step": "answer_again", "reasons": "Het antwoord bleef gelijk."})
    for each in (case, closed, waived):
        found = await each.read()
        assert (found["obligations"], found["warnings"]) == ([], [])
    assert (await bnw.ask("handler", "GET", "/obligations"))["items"] == []
