"""To the last station outside, and back: each of the five organisations with the body that its procedure names.

The spring of 2036: Easter Monday is 14 April, King's Day is kept on Saturday 26 April, 5 May is a Monday, Ascension Day
is Thursday 22 May, Whit Monday 2 June. The clocks go back on Sunday 26 October.
"""

from typing import Any

import pytest

from tests.builders import procedure
from tests.escalating import Outside, asked, bring
from tests.stories import Case, Office, Tell, instant

pytestmark = pytest.mark.usefixtures("empty_directory")

FILED: dict[str, Any] = {
    "description": "De training ging niet door.",
    "complainant": {"name": "Sam Voorbeeld", "organisation": "Voorbeeld BV", "email": "sam@example.org"},
}


async def check(case: Case, body: str, **said: Any) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in {"body": body, **said}.items())
    return await case.office.ask("system", "GET", f"/complaints/{case.id}/escalations/_check?{query}")


def codes(answer: dict[str, Any]) -> set[str]:
    return {warning["code"] for warning in answer["warnings"]}


# -- JSO: CMOnet, by post and by e-mail on one day -------------------------------------------------------------


async def answered_twice(office: Office) -> Case:
    case = await office.file(FILED | {"complainantType": "customer"})
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Ons antwoord."})
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Dit is geen antwoord."})
    await case.step("director", "responses", {"form": "email", "text": "Het antwoord van de directeur."})
    return case


VERDICT = {
    "verdict": "upheld",
    "reasons": "De training is twee keer zonder bericht verzet.",
    "findings": "De klacht is gegrond.",
    "advice": "Bevestig een nieuwe datum schriftelijk.",
    "form": "post",
}


@pytest.mark.proves("JSO-14", "JSO-15", "JSO-16", "JSO-17", "X-11")
async def test_jso_to_cmonet_and_back(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-05-06 09:00")  # a Tuesday
    case = await answered_twice(jso)
    assert (await check(case, "cmonet", consent="true"))["possible"]
    assert "escalations" in {link["step"] for link in case.last["links"]}
    outside = await bring(case, "complaints_officer", "cmonet", requestedRelief="Een nieuwe training.")
    assert (await case.read())["stage"] == "cmonet"
    details = case.last["stageDetails"]  # before the decision too: the procedure says whom it will bind
    assert (details["answered"], details["bindingOn"]) == (False, ["organisation", "complainant"])
    assert (outside.last["state"], outside.last["missingChannels"]) == ("requested", ["post", "email"])
    assert outside.answer["receipt"]["part"] == 0

    # JSO-16: one case, sent in two ways on one day; in one way it is not there yet
    await jso.at("2036-05-08 09:00")
    await outside.step(
        "complaints_officer", "dispatches", {"channel": "post", "occurredAt": instant("2036-05-07 10:00")}
    )
    assert (outside.last["state"], outside.last["partially"]) == ("requested", True)
    assert (outside.last["missingChannels"], codes(outside.answer)) == (["email"], {"partially-dispatched"})
    await outside.step(
        "complaints_officer", "dispatches", {"channel": "email", "occurredAt": instant("2036-05-07 16:00")}
    )
    assert (outside.last["state"], outside.last["partially"]) == ("dispatched", False)
    assert outside.last["sentAt"] == instant("2036-05-07 16:00")
    assert codes(outside.answer) == set()
    [receipt] = await outside.parts()
    assert {each["manifestSha256"] for each in outside.last["sendings"]} == {receipt["manifestSha256"]}

    await jso.at("2036-06-30 10:00")
    await outside.step("complaints_officer", "acknowledgements", {"form": "post", "bodyReference": "2036-0117"})
    assert (outside.last["state"], outside.last["bodyReference"]) == ("acknowledged", "2036-0117")
    lacking = await outside.step("complaints_officer", "decisions", {"verdict": "upheld"}, expect=400)
    assert {error["code"] for error in lacking["errors"]} == {"content-missing"}
    ordered = [{"description": "Een nieuwe training.", "dueOn": "2036-08-29"}]
    await outside.step("complaints_officer", "decisions", VERDICT | {"measures": ordered})
    assert (outside.last["state"], outside.last["verdict"]) == ("decided", "upheld")
    assert outside.last["decision"]["bindingOn"] == ["organisation", "complainant"]
    [measure] = outside.last["measures"]
    assert measure["dueOn"] == "2036-08-29"

    details = (await case.read())["stageDetails"]
    assert (details["answered"], details["bindingOn"]) == (True, ["organisation", "complainant"])
    # JSO-17: it binds both, so the internal route is closed to whoever is not satisfied
    refused = await case.step("system", "dissatisfactions", {"form": "email", "text": "Niet eens."}, expect=409)
    assert "bind" in refused["detail"]
    await asked(case, "complaints_officer", "cmonet", expect=409)

    # what was ordered is a term, and is met by proof that the committee can read
    [term] = [term for term in (await case.read())["terms"] if term["duty"] == "carry_out"]
    assert (term["state"], term["dueOn"]) == ("pending", "2036-08-29")
    await jso.at("2036-08-20 10:00")
    await outside.step(
        "complaints_officer",
        "measure-completions",
        {"measure": measure["sequence"], "text": "De training was op 19 augustus."},
    )
    await case.has(term["key"], "met")
    assert [part["kind"] for part in outside.last["parts"]] == ["dossier", "measure_proof"]
    assert outside.last["measures"][0]["part"] == 1
    await case.step(
        "complaints_officer",
        "closures",
        {"outcome": "handled", "form": "email", "handlingMethod": "Door de externe commissie beslist."},
    )
    assert case.last["publicStatus"] == "handled"


@pytest.mark.proves("JSO-14", "X-08")
async def test_jso_silence_opens_the_way_and_too_early_says_from_when(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-05-19 09:00")  # a Monday
    case = await jso.file(FILED | {"complainantType": "customer"})
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Ons antwoord."})
    await case.step("system", "dissatisfactions", {"form": "email"})
    await case.has("director_review.respond_again", "pending", due="2036-06-02")
    early = await check(case, "cmonet", consent="true")
    assert (early["possible"], early["possibleOn"]) == (False, "2036-06-03")
    problem = await asked(case, "complaints_officer", "cmonet", expect=409, consent=False)
    # what can be mended while waiting is said with it
    assert (problem["code"], problem["possibleOn"]) == ("too-early", "2036-06-03")
    assert "/consent" in {error["pointer"] for error in problem["errors"]}
    assert "2036-06-03" in problem["detail"]
    assert "escalations" not in {link["step"] for link in (await case.read())["links"]}
    await jso.at("2036-06-03 00:00")
    problem = await asked(case, "complaints_officer", "cmonet", expect=400, consent=False)
    assert {error["pointer"] for error in problem["errors"]} == {"/consent"}
    outside = await bring(case, "complaints_officer", "cmonet")
    assert outside.last["state"] == "requested"


@pytest.mark.proves("JSO-16")
async def test_jso_on_two_days_is_recorded_and_said(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-05-06 09:00")
    outside = await bring(await answered_twice(jso), "director", "cmonet")
    await outside.step("director", "dispatches", {"channel": "post"})
    await jso.at("2036-05-07 09:00")
    await outside.step("director", "dispatches", {"channel": "email"})
    assert outside.last["state"] == "dispatched"
    assert codes(outside.answer) == {"dispatched-on-other-days"}
    assert codes(await outside.complaint.read()) == {"dispatched-on-other-days"}


# -- SO!: the Geschillencommissie Zorg, defence within a month, documents before the hearing -------------------


async def disputed(office: Office, *, whole: bool = True) -> Outside:
    case = await office.file(FILED | {"complainantType": "client"})
    unresolved = {"form": "conversation", "outcome": "unresolved", "note": "Niet gelukt."}
    await case.step("complaints_officer", "responses", unresolved)
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Ik wil een oordeel."})
    await case.step("director", "decisions", {"form": "email", "reasons": "Zo is het.", "text": "Mijn oordeel."})
    # what the committee asks for and does not get is said; whether it can do without is for the committee
    wanted = await check(case, "geschillencommissie-zorg", consent="true")
    assert wanted["possible"]
    assert {(lack["code"], lack["pointer"], lack["blocks"]) for lack in wanted["lacks"]} == {
        ("needed-missing", "/enclosed", False)
    }
    if not whole:
        return await bring(case, "complaints_officer", "geschillencommissie-zorg")
    note = {"channel": "email", "direction": "inbound", "subject": "Mijn stukken", "body": "Zie de bijlage."}
    message = await office.ask("system", "POST", f"/complaints/{case.id}/correspondence", note, expect=201)
    return await bring(
        case,
        "complaints_officer",
        "geschillencommissie-zorg",
        requestedRelief="Vergoeding van 400 euro.",
        enclosed=["form"],
        messageIds=[message["id"]],
    )


@pytest.mark.proves("SO-32", "SO-33", "X-12")
async def test_so_to_the_disputes_committee_and_back(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-08-29 10:00")  # a Friday
    outside = await disputed(so)
    case = outside.complaint
    await outside.step("complaints_officer", "dispatches", {"channel": "portal"})
    assert outside.last["state"] == "dispatched"

    # the defence, within a month of the acknowledgement: 1 September has its day in October, a Wednesday
    await so.at("2036-09-01 10:00")
    await outside.step("complaints_officer", "acknowledgements", {"form": "post"})
    await case.has("disputes_committee.defend", "pending", due="2036-10-01")
    await outside.step("complaints_officer", "submissions", {"kind": "documents", "text": "De facturen."})
    await case.has("disputes_committee.defend", "pending")
    await so.at("2036-10-01 23:00")
    await outside.step("complaints_officer", "submissions", {"kind": "defence", "text": "Ons verweer.", "form": "post"})
    await case.has("disputes_committee.defend", "met")
    assert [part["kind"] for part in outside.last["parts"]] == ["dossier", "documents", "defence"]

    # a question with a day of its own
    await outside.step("complaints_officer", "questions", {"question": "Waar is het plan?", "dueOn": "2036-10-08"})
    [question] = outside.last["questions"]
    assert (question["answered"], outside.last["nextDueOn"]) == (False, "2036-10-08")
    await outside.step("complaints_officer", "submissions", {"kind": "answer", "text": "Zie hier."})
    assert outside.last["questions"][0]["answered"]
    await outside.step("complaints_officer", "submissions", {"kind": "answer", "text": "Nog eens."}, expect=400)

    # counted back from the hearing on Tuesday 4 November: Mon 3 Nov, Fri 31, Thu 30, Wed 29, Tue 28 October
    await outside.step("complaints_officer", "hearings", {"scheduledOn": "2036-11-04", "place": "Utrecht"})
    await case.has("disputes_committee.last_documents", "pending", due="2036-10-28")
    assert outside.last["hearingOn"] == "2036-11-04"
    await so.at("2036-10-28 15:00")
    await outside.step("complaints_officer", "submissions", {"kind": "documents", "text": "Het behandelplan."})
    await case.has("disputes_committee.last_documents", "met")

    await so.at("2036-12-01 10:00")
    assert (await case.read())["stageDetails"]["bindingOn"] == []  # that is for the decision to say
    unsaid = await outside.step("complaints_officer", "decisions", {"verdict": "partially_upheld"}, expect=400)
    assert {error["pointer"] for error in unsaid["errors"]} == {"/bindingOn"}  # SO-33
    decided = {
        "verdict": "partially_upheld",
        "reasons": "Een deel van de vergoeding is redelijk.",
        "bindingOn": ["organisation", "complainant"],
        "measures": [{"description": "Betaling van 200 euro.", "dueOn": "2036-12-31"}],
    }
    await outside.step("complaints_officer", "decisions", decided)
    assert outside.last["decision"]["bindingOn"] == ["organisation", "complainant"]
    assert (outside.last["state"], outside.last["nextDueOn"]) == ("decided", "2036-12-31")
    assert (await case.read())["stageDetails"]["bindingOn"] == ["organisation", "complainant"]


@pytest.mark.proves("SO-32", "X-04", "X-12")
async def test_so_the_day_of_a_moved_hearing_is_put_right(tell: Tell) -> None:
    """Each hearing that was missed keeps its breach, once; and nobody after that is asked why it is late."""
    so = await tell("so-trainingsbureau")
    await so.at("2036-09-01 10:00")  # a Monday
    outside = await disputed(so)
    case = outside.complaint
    await so.at("2036-09-02 10:00")
    # before Mon 8 September: Fri 5, Thu 4, Wed 3, Tue 2, Mon 1; known on Tuesday
    await outside.step("complaints_officer", "hearings", {"scheduledOn": "2036-09-08"})
    await so.at("2036-09-10 10:00")
    await case.has("disputes_committee.last_documents", "overdue", due="2036-09-02")
    # before Wed 1 October: Tue 30, Mon 29, Fri 26, Thu 25, Wed 24 September
    await outside.step("complaints_officer", "hearings", {"scheduledOn": "2036-10-01"})
    await so.at("2036-10-02 10:00")
    first = (await case.events("hearing.scheduled"))[0]["sequence"]
    moved = {"corrects": first, "movedTo": instant("2036-09-01 15:00"), "reasons": "Een dag eerder bekend."}
    await case.step("director", "corrections", moved)
    await case.has("disputes_committee.last_documents", "overdue", due="2036-09-01")
    await case.has("disputes_committee.last_documents.2", "overdue", due="2036-09-24")
    gone = {event["facts"]["supersedes"] for event in await case.events("term.breach_superseded")}
    standing = [each for each in await case.events("term.breached") if each["sequence"] not in gone]
    assert sorted(each["facts"]["dueOn"] for each in standing if "last_documents" in each["facts"]["term"]) == [
        "2036-09-01",
        "2036-09-24",
    ]
    await case.step("director", "measures", {"description": "Eerder indienen."})
    await outside.step("director", "decisions", {"verdict": "upheld", "reasons": "Zo is het.", "bindingOn": []})


@pytest.mark.proves("SO-32")
async def test_so_a_talk_of_its_own_is_not_the_hearing_of_the_committee(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-09-01 10:00")  # a Monday
    outside = await disputed(so, whole=False)
    case = outside.complaint
    # before Tue 4 November: Mon 3, Fri 31, Thu 30, Wed 29, Tue 28 October
    await outside.step("complaints_officer", "hearings", {"scheduledOn": "2036-11-04"})
    talk = {"party": "complainant", "scheduledOn": "2036-09-03", "form": "phone"}
    await case.step("director", "hearings", talk)
    await case.has("disputes_committee.last_documents", "pending", due="2036-10-28")
    await outside.step("director", "decisions", {"verdict": "upheld", "reasons": "Zo is het.", "bindingOn": []})
    await case.step("director", "hearings", talk | {"scheduledOn": "2036-09-24"})
    assert [each["dueOn"] for each in (await case.read())["terms"] if each["duty"] == "last_documents"] == [
        "2036-10-28"
    ]


@pytest.mark.proves("SO-33", "X-08")
async def test_so_what_was_called_no_complaint_goes_to_the_committee_once(tell: Tell) -> None:
    """Nothing comes before the committee then; what it has, or has decided, is offered by nobody again."""
    so = await tell("so-trainingsbureau")
    await so.at("2036-09-01 10:00")
    case = await so.file(FILED | {"complainantType": "client"})
    await case.step("complaints_officer", "reclassifications", {"to": "enquiry", "reasons": "Het is een vraag."})
    outside = await bring(case, "complaints_officer", "geschillencommissie-zorg")
    assert await ways_to_a_body(case, "geschillencommissie-zorg") == ([], [], False)
    twice = await asked(case, "complaints_officer", "geschillencommissie-zorg", expect=409)
    assert twice["code"] == "escalation-exists"
    binding = {"verdict": "upheld", "reasons": "Zo is het.", "bindingOn": ["organisation", "complainant"]}
    await outside.step("complaints_officer", "decisions", binding)
    assert await ways_to_a_body(case, "geschillencommissie-zorg") == ([], [], False)
    twice = await asked(case, "complaints_officer", "geschillencommissie-zorg", expect=409)
    assert "binds both sides" in twice["detail"]


async def ways_to_a_body(case: Case, body: str) -> tuple[list[str], list[str], bool]:
    """What the links, the routes outside and the check say of it."""
    read = await case.read()
    links = [link["href"] for link in read["links"] if link["step"] == "escalations"]
    told = await check(case, body, consent="true")
    return links, [route["body"] for route in read["routesOutside"]], told["possible"]


@pytest.mark.proves("X-04")
async def test_a_later_hearing_undoes_no_advice_that_was_late(tell: Tell) -> None:
    """A term that is counted from the hearing: what was breached stays so, and nobody is asked why it was moved."""
    office = await tell(procedure("housing-corporation"))
    await office.at("2036-05-06 10:00")
    case = await office.file(FILED | {"complainantType": "tenant"})
    await case.step("team_lead", "responses", {"form": "email", "text": "Ons antwoord."})
    outside = await bring(case, "team_lead", "disputes-committee")
    await outside.step("team_lead", "hearings", {"scheduledOn": "2036-06-10"})
    await case.has("disputes.advise", "pending", due="2036-07-22")  # six weeks after Tue 10 June
    await outside.step("team_lead", "hearings", {"scheduledOn": "2036-06-17"})  # in time: one hearing
    await case.has("disputes.advise", "pending", due="2036-07-29")
    await office.at("2036-08-01 10:00")
    await outside.step("team_lead", "hearings", {"scheduledOn": "2036-08-19"})
    await case.has("disputes.advise", "overdue", due="2036-07-29")
    await case.has("disputes.advise.2", "pending", due="2036-09-30")
    assert await case.events("term.breach_superseded") == []


@pytest.mark.proves("SO-33")
async def test_so_a_decision_that_binds_nobody_says_so(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    outside = await disputed(so, whole=False)
    assert "needed-missing" in codes(outside.answer)
    await outside.step(
        "complaints_officer", "decisions", {"verdict": "not_upheld", "reasons": "Niet gebleken.", "bindingOn": []}
    )
    assert outside.last["decision"]["bindingOn"] == []


# -- HSS: the platform, by the complainant, through its portal -------------------------------------------------


@pytest.mark.proves("HSS-15")
async def test_hss_to_the_platform_after_silence(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-04-09 11:00")  # a Wednesday
    case = await hss.file(FILED | {"complainantType": "client", "channel": "post"})
    await case.has("handling.decide", "pending", due="2036-05-21")
    problem = await asked(case, "board", "erisietsmisgegaan", expect=409)
    assert problem["possibleOn"] == "2036-05-22"
    await hss.at("2036-05-22 09:00")
    by_us = await asked(case, "board", "erisietsmisgegaan", expect=400, filedBy="organisation")
    assert {error["pointer"] for error in by_us["errors"]} == {"/filedBy"}
    outside = await bring(case, "board", "erisietsmisgegaan")
    await outside.step("board", "dispatches", {"channel": "portal"})
    assert (outside.last["state"], outside.last["filedBy"]) == ("dispatched", "complainant")

    # it is the complainant's: the organisation takes nothing back
    mine = {"by": "organisation", "reasons": "Liever niet."}
    refused = await outside.step("board", "withdrawals", mine, expect=400)
    assert {error["code"] for error in refused["errors"]} == {"not-yours"}
    closing = {"outcome": "handled", "form": "email", "handlingMethod": "Klaar."}
    await case.step("board", "closures", closing, expect=409)
    await outside.step("board", "decisions", {"verdict": "upheld", "reasons": "Zes weken is zes weken."})
    assert (outside.last["state"], outside.last["decision"]["bindingOn"]) == ("decided", [])


@pytest.mark.proves("HSS-15")
async def test_hss_withdrawn_there_by_the_complainant(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-04-09 11:00")
    case = await hss.file(FILED | {"complainantType": "client"})
    await hss.at("2036-05-22 09:00")
    outside = await bring(case, "board", "erisietsmisgegaan")
    await outside.step("board", "withdrawals", {"by": "complainant"}, expect=400)
    gone = {"by": "complainant", "form": "email", "reasons": "Ik ga er niet mee door."}
    await outside.step("board", "withdrawals", gone)
    assert outside.last["state"] == "withdrawn"
    await outside.step("board", "acknowledgements", {}, expect=409)


# -- Bijstand naar Werk: whoever gave the order, named with each case ------------------------------------------


@pytest.mark.proves("BNW-13")
@pytest.mark.parametrize("kind", ["employer", "municipality", "uwv"])
async def test_bnw_to_the_commissioning_body(tell: Tell, kind: str) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-02-15 16:00")  # a Friday
    case = await bnw.file(FILED)
    await case.step("handler", "decisions", {"form": "email", "reasons": "Ziek.", "text": "Een andere coach."})
    unnamed = await asked(case, "handler", "commissioning-body", expect=400)
    pointers = {error["pointer"] for error in unnamed["errors"]}
    assert pointers == {"/named/type", "/named/name", "/named/address"}
    wrong = await asked(case, "handler", "commissioning-body", expect=400, named={"type": "province", "name": "X"})
    assert {error["pointer"] for error in wrong["errors"]} == {"/named/type", "/named/address"}
    named = {"type": kind, "name": "Voorbeeldorganisatie", "address": "Straat 1, Plaats"}
    outside = await bring(case, "handler", "commissioning-body", named=named)
    assert (outside.last["bodyName"], outside.last["named"]) == ("Voorbeeldorganisatie", named)
    # either way will do
    await outside.step("handler", "dispatches", {"channel": "post"})
    assert (outside.last["state"], outside.last["missingChannels"]) == ("dispatched", [])
    await outside.step("handler", "declinations", {"ground": "not_competent", "reasons": "Dit is niet van ons."})
    assert outside.last["state"] == "declined"
    again = await bring(case, "handler", "commissioning-body", named=named | {"type": "employer"})
    assert again.id != outside.id


# -- Klikklaar: the appeal inside, and the court beside all this -----------------------------------------------

WHOLE = FILED | {
    "complainant": FILED["complainant"] | {"address": "Voorbeeldstraat 1", "postalCode": "1234 AB", "city": "Plaats"},
    "subjectPerson": {"name": "Kim Medewerker", "relation": "employee"},
    "conductOn": "2036-03-10",
    "complainantType": "customer",
}
JUDGED = {"form": "email", "verdict": "not_upheld", "text": "Ons besluit.", "reasons": "De afspraak stond vast."}


@pytest.mark.proves("KK-26", "KK-32", "KK-33")
async def test_klikklaar_to_the_appeal_committee_and_to_court(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-05-12 09:00")  # a Monday
    assert (await kk.ask("system", "GET", "/bodies"))["items"] == []
    case = await kk.file(WHOLE)
    problem = await asked(case, "chair", "cmonet", expect=400)
    assert [error["pointer"] for error in problem["errors"]] == ["/body"]
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    await case.step("chair", "decisions", JUDGED)
    objection = {"form": "post", "ground": "disagrees_with_solution", "text": "Dit helpt mij niet."}
    await case.step("system", "objections", objection)
    assert (case.last["stage"], case.last["stageDetails"]["bindingOn"]) == ("appeal", ["organisation"])
    # beside the appeal the court is open, and holds the dossier until it is done
    await case.step("system", "parallel-routes", {"route": "civil_court"})
    assert case.last["stage"] == "appeal"
    appeal = {"form": "post", "verdict": "upheld", "reasons": "De afspraak was niet bevestigd."}
    await case.step("appeal_committee", "appeal-decisions", appeal)
    assert (case.last["verdict"], "parallel_route" in case.last["retention"]["heldBy"]) == ("upheld", True)
    assert "escalations" not in {link["step"] for link in case.last["links"]}
    [route] = await case.events("parallel_route.recorded")
    await case.step("system", "legal-hold-releases", {"lifts": route["sequence"], "reasons": "Het vonnis is er."})
    assert "parallel_route" not in case.last["retention"]["heldBy"]


@pytest.mark.proves("HSS-13", "X-04")
async def test_an_organisation_that_was_silent_may_still_answer(tell: Tell) -> None:
    """The complaint lies with the platform already; the board answers all the same, and too late stays too late."""
    hss = await tell("hss")
    await hss.at("2036-05-06 09:00")
    case = await hss.file({"description": "Te laat.", "complainantType": "client", "complainant": {"name": "Sam"}})
    await hss.at("2036-07-01 09:00")
    outside = await bring(case, "board", "erisietsmisgegaan")
    await case.step("board", "hearings", {"party": "complainant", "form": "conversation", "note": "Gesproken."})
    await case.step("board", "decisions", {"form": "email", "reasons": "Wij waren te laat.", "text": "Ons standpunt."})
    await case.has("handling.decide", "met_late")
    assert (await outside.read())["state"] == "requested"  # the case goes on
