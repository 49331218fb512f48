"""JSO: contact within five working days, then the director within fourteen days, then the external committee.

The spring of 2036: Easter Monday is 14 April, King's Day Sunday 27 April (kept on Saturday 26), 5 May a Monday.
"""

import pytest

from tests.stories import Tell

CLOSED_BY = {"outcome": "handled", "form": "email", "handlingMethod": "Per e-mail afgehandeld."}
FILED = {
    "description": "De training is twee keer verzet zonder bericht.",
    "complainant": {"name": "Sam Voorbeeld", "organisation": "Voorbeeld BV", "email": "sam@example.org"},
    "complainantType": "customer",
    "affectedPerson": {"name": "Robin Proef", "relation": "employee"},
}


@pytest.mark.proves("JSO-01", "JSO-02", "JSO-07", "JSO-11", "JSO-20", "X-03")
async def test_answered_in_time(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-04-25 16:59")  # a Friday
    case = await jso.file(FILED)
    # Mon 28, Tue 29, Wed 30 April, Thu 1, Fri 2 May: King's Day was kept on the Saturday
    term = await case.has("first_response.respond", "pending", due="2036-05-02")
    why = await jso.ask("system", "GET", f"/complaints/{case.id}/terms/{term['id']}/explanation")
    assert "vrijdag 2 mei 2036" in why["explanation"]["nl"]
    assert "Friday 2 May 2036" in why["explanation"]["en"]
    assert "JSO-11" in why["explanation"]["nl"]
    assert [party["role"] for party in case.last["parties"]] == ["complainant", "affected_person"]
    assert case.last["publicStatus"] == "in_progress"

    unassigned = await jso.ask("system", "GET", "/complaints?assigned=false")
    assert [item["id"] for item in unassigned["items"]] == [str(case.id)]
    officer = str(jso.made.staff["complaints_officer"])
    await case.step("complaints_officer", "assignments", {"staffId": officer})
    assert (await jso.ask("system", "GET", "/complaints?assigned=false"))["items"] == []

    await jso.at("2036-04-30 11:00")
    answered = {"form": "phone", "note": "Gebeld: nieuwe datum afgesproken.", "final": True}
    await case.step("complaints_officer", "responses", answered)
    await case.has("first_response.respond", "met")
    assert case.last["publicStatus"] == "handled"
    summary = await jso.ask("reporter", "GET", "/reports/summary")
    assert summary


@pytest.mark.parametrize(
    ("at", "nl", "en"),
    [
        ("2036-05-02 11:00", "Dit is op tijd gedaan, op vrijdag 2 mei", "This was done in time, on Friday 2 May"),
        ("2036-05-06 00:30", "Dit is te laat gedaan, op dinsdag 6 mei", "This was done too late, on Tuesday 6 May"),
    ],
)
async def test_why_a_date_says_when_it_was_done(tell: Tell, at: str, nl: str, en: str) -> None:
    jso = await tell("jso")
    await jso.at("2036-04-25 16:59")
    case = await jso.file(FILED)
    path = f"/complaints/{case.id}/terms/{(await case.term('first_response.respond'))['id']}/explanation"
    before = (await jso.ask("system", "GET", path))["explanation"]
    await jso.at(at)
    await case.step("complaints_officer", "responses", {"form": "phone", "note": "Gebeld."})
    after = (await jso.ask("system", "GET", path))["explanation"]
    assert after == {"nl": f"{before['nl']} {nl} 2036.", "en": f"{before['en']} {en} 2036."}


@pytest.mark.proves("JSO-05", "JSO-06", "JSO-10", "JSO-19", "X-02")
async def test_by_telephone_and_settled_at_once(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-05-06 10:00")  # a Tuesday
    phoned = {"channel": "phone", "receivedBy": "De balie", "receivedAt": "2036-05-02T15:00:00+02:00"}
    case = await jso.file(FILED | phoned)
    # received on Friday 2 May: Mon 5 May is a holiday, Tue 6, Wed 7, Thu 8, Fri 9, Mon 12
    await case.has("first_response.respond", "pending", due="2036-05-12")
    settled = await jso.file(FILED | phoned | {"resolvedAtOnce": {"how": "Meteen een nieuwe datum afgesproken."}})
    assert settled.last["publicStatus"] == "handled"
    await settled.has("first_response.respond", "met")
    await jso.ask("system", "POST", "/complaints", FILED | {"channel": "fax"}, expect=400)
    register = await jso.ask("system", "GET", "/complaints?withTotal=true")
    assert register["total"] == 2
    assert {item["publicStatus"] for item in register["items"]} == {"in_progress", "handled"}


@pytest.mark.proves("JSO-03", "JSO-04")
async def test_always_the_right_to_complain(tell: Tell) -> None:
    jso = await tell("jso")
    for kind in ("act", "decision", "omission"):
        case = await jso.file(FILED | {"subjectKind": kind, "conductOn": "2026-04-24"})
        problem = await case.step(
            "complaints_officer", "admissibility-decisions", {"decision": "decline", "reasons": "Te oud."}, expect=409
        )
        assert "no such ground" in problem["detail"]
        assert case.last["proposals"] == []


@pytest.mark.proves("JSO-12", "JSO-13", "JSO-14", "X-08")
async def test_late_then_the_director_late_then_outside(tell: Tell) -> None:
    """Nobody is locked out by silence: each stage opens when the term before it has passed."""
    jso = await tell("jso")
    await jso.at("2036-05-19 09:00")  # a Monday
    case = await jso.file(FILED)
    # Tue 20, Wed 21; Thu 22 May is Ascension Day; Fri 23, Mon 26, Tue 27
    await case.has("first_response.respond", "pending", due="2036-05-27")
    problem = await case.step("system", "dissatisfactions", {"form": "email"}, expect=409)
    assert "2036-05-27" in problem["detail"]
    assert "responses" in {step["step"] for step in problem["possible"]}

    await jso.at("2036-05-28 00:00")
    await case.has("first_response.respond", "overdue")
    [breach] = await case.events("term.breached")
    assert breach["occurredAt"] == "2036-05-27T22:00:00Z"
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Ik hoor niets."})
    assert case.last["stage"] == "director_review"
    await case.has("director_review.respond_again", "pending", due="2036-06-11")
    officer, director = (str(jso.made.staff[role]) for role in ("complaints_officer", "director"))
    await case.step("director", "assignments", {"staffId": officer}, expect=409)
    await case.step("director", "assignments", {"staffId": director})
    await case.step("complaints_officer", "responses", {"form": "email"}, expect=403)
    assert "escalation.requested" not in {link["event"] for link in case.last["links"]}

    await jso.at("2036-06-12 08:00")
    await case.has("director_review.respond_again", "overdue")
    await case.step("director", "responses", {"form": "email", "text": "Excuses, dit is ons antwoord."})
    await case.has("director_review.respond_again", "met_late")
    assert len(await case.events("term.breached")) == 2
    reasons = await jso.ask("system", "GET", "/procedures/jso")
    assert "cmonet" in str(reasons)


@pytest.mark.proves("JSO-09", "JSO-18", "X-09")
async def test_closing_and_keeping(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-02-25 09:00")
    case = await jso.file(FILED)
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Hierbij ons antwoord."})
    await jso.at("2036-02-29 14:00")
    await case.step("complaints_officer", "closures", CLOSED_BY)
    # closed on a leap day: kept through 28 February 2037, erasure allowed from 1 March
    assert case.last["retention"]["eraseFrom"] == "2037-03-01"
    await case.step("complaints_officer", "closures", CLOSED_BY, expect=409)
    early = await jso.file(FILED)
    problem = await early.step("complaints_officer", "closures", {"outcome": "resolved"}, expect=400)
    assert {error["pointer"] for error in problem["errors"]} >= {"/register/handling_method"}


@pytest.mark.proves("X-10")
async def test_withdrawn_before_and_after_the_breach(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-06-16 09:00")
    early, late = await jso.file(FILED), await jso.file(FILED)
    await early.step("system", "withdrawals", {"form": "phone"})
    await early.has("first_response.respond", "cancelled")
    await jso.at("2036-06-24 09:00")
    await late.step("system", "withdrawals", {"form": "email"})
    await late.has("first_response.respond", "overdue")
    await late.step("system", "withdrawals", {}, expect=409)
