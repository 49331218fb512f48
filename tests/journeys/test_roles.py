"""Who may end a stage, call a complaint something else, correct what came in, and take what comes before an answer."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.procedures.reading import read_mapping, shipped_named
from tests.builders import procedure
from tests.stories import Case, Json, Office, Tell, instant

FILED: Json = {
    "description": "De afspraak ging niet door.",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"},
    "furtherDescription": "Ook in maart niet.",
    "responsibleEmployee": "Kim Medewerker",
    "products": "Training",
}
CUSTOMER: Json = FILED | {"complainantType": "customer"}
CLIENT: Json = FILED | {"complainantType": "client"}
SETTLED: Json = {"outcome": "resolved", "form": "phone", "handlingMethod": "Gebeld."}
MAIL: Json = {"form": "email", "text": "Ik ben het er niet mee eens."}
ANSWER: Json = {"form": "email", "reasons": "Zo was het afgesproken."}


def on_behalf_of(office: Office, role: str) -> Json:
    return {"onBehalfOf": str(office.made.staff[role])}


async def refused(case: Case, who: str, step: str, body: Mapping[str, Any], *roles: str) -> None:
    """It is for these roles, and nothing was recorded."""
    before = len(await case.events())
    problem = await case.step(who, step, body, expect=403)
    assert problem["code"] == "role-required"
    assert problem["detail"].startswith(f"This step is for {' or '.join(roles)}."), problem["detail"]
    assert len(await case.events()) == before


# -- who ends a stage without its answer -----------------------------------------------------------------------


async def objected(kk: Office) -> Case:
    """A complaint at Klikklaar that was not upheld, and on which an appeal is pending."""
    case = await kk.file(CUSTOMER)
    await case.step("chair", "waivers", {"step": "hear_subject", "reasons": "Is niet meer in dienst."})
    await case.step("chair", "decisions", ANSWER | {"verdict": "not_upheld"})
    await case.step("system", "objections", MAIL | {"form": "post"})
    return case


@pytest.mark.proves("KK-27", "X-08")
@pytest.mark.parametrize("outcome", ["resolved", "not_a_complaint"])
async def test_an_appeal_is_ended_by_whoever_decides_it(tell: Tell, outcome: str) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await objected(kk)
    closed = SETTLED | {"outcome": outcome}
    for who in ("responsible_employee", "chair", "system"):
        await refused(case, who, "closures", closed, "appeal_committee")
    await case.has("appeal.decide_appeal", "pending", due="2036-04-28")
    links = {link["event"]: link["by"] for link in (await case.read())["links"]}
    assert links["complaint.closed"] == ["appeal_committee"]
    named = on_behalf_of(kk, "appeal_committee")
    await case.step("system", "closures", closed | named)
    assert case.last["publicStatus"] == "handled"

    # who protests against that has a way: the appeal is taken up again, and owed its decision
    problem = await case.step("system", "objections", MAIL | {"form": "post"}, expect=409)
    assert "closed without an answer" in problem["detail"]
    assert "reopenings" in {each["step"] for each in problem["possible"]}
    await kk.at("2036-03-10 10:00")
    await case.step("system", "reopenings", {"reasons": "De klager is het er niet mee eens."})
    assert case.last["stage"] == "appeal"
    await case.has("appeal.decide_appeal", "pending")
    await case.step("appeal_committee", "appeal-decisions", {"form": "email", "verdict": "upheld"})
    await case.has("appeal.decide_appeal", "met")


@pytest.mark.proves("KK-10", "KK-18", "HSS-03", "SO-29", "X-08")
@pytest.mark.parametrize(
    ("name", "filed", "stranger", "handler", "protest"),
    [
        ("klikklaar", CUSTOMER, "responsible_employee", "chair", "objections"),
        ("hss", CLIENT, "employee", "board", None),
        ("jso", CUSTOMER, "director", "complaints_officer", "dissatisfactions"),
        ("so-trainingsbureau", CLIENT, "mentor", "complaints_officer", "formal-review-requests"),
        ("so-trainingsbureau", CLIENT, "director", "line_manager", "formal-review-requests"),
    ],
)
async def test_an_unanswered_stage_is_ended_by_whoever_answers_it(
    tell: Tell, name: str, filed: Json, stranger: str, handler: str, protest: str | None
) -> None:
    office = await tell(name)
    case = await office.file(filed)
    links = {link["event"]: link["by"] for link in case.last["links"]}
    for who in (stranger, "system", "admin"):
        await refused(case, who, "closures", SETTLED, *links["complaint.closed"])
    await case.step(handler, "closures", SETTLED)
    assert case.last["state"] == "closed"
    if protest is None:
        assert [route["body"] for route in case.last["routesOutside"]] == ["erisietsmisgegaan"]
    else:
        await case.step("system", protest, MAIL)
        assert case.last["state"] == "open"


@pytest.mark.proves("SO-29")
async def test_the_directors_stage_is_ended_by_the_director(tell: Tell) -> None:
    so, jso = await tell("so-trainingsbureau"), await tell("jso")
    await so.at("2036-03-03 10:00")
    asked = await so.file(CLIENT)
    talk = {"form": "conversation", "outcome": "unresolved", "note": "Niet opgelost."}
    await asked.step("complaints_officer", "responses", talk)
    await asked.step("system", "formal-review-requests", MAIL)
    await so.at("2036-06-02 10:00")  # overdue by now: still no answer
    await asked.has("formal.judge", "overdue")
    for who in ("mentor", "complaints_officer", "system"):
        await refused(asked, who, "closures", SETTLED, "director")
    await asked.step("director", "closures", SETTLED)
    assert [route["body"] for route in asked.last["routesOutside"]] == ["geschillencommissie-zorg"]

    again = await jso.file(CUSTOMER)
    await again.step("complaints_officer", "responses", {"form": "email", "text": "Wij bellen u."})
    await again.step("system", "dissatisfactions", MAIL)
    await refused(again, "complaints_officer", "closures", SETTLED, "director")
    await again.step("director", "closures", SETTLED)


@pytest.mark.proves("KK-18")
async def test_what_was_answered_is_closed_by_anybody(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(CUSTOMER)
    await case.step("chair", "waivers", {"step": "hear_subject", "reasons": "Is niet meer in dienst."})
    await case.step("chair", "decisions", ANSWER | {"verdict": "upheld"})
    assert {link["event"]: link["by"] for link in case.last["links"]}["complaint.closed"] == []
    await case.step("responsible_employee", "closures", SETTLED | {"outcome": "handled"})


@pytest.mark.proves("SO-24", "JSO-06")
async def test_where_nobody_handles_it_nobody_is_asked(tell: Tell) -> None:
    so, jso = await tell("so-trainingsbureau"), await tell("jso")
    enquiry = await so.file(CLIENT | {"kind": "enquiry"})
    await enquiry.step("mentor", "closures", {"outcome": "handled"})
    # settled on the spot, by whoever took it in
    at_once = await jso.file(CUSTOMER | {"resolvedAtOnce": {"how": "Aan de balie uitgelegd."}})
    assert at_once.last["state"] == "closed"


@pytest.mark.proves("KK-01")
async def test_a_stand_in_ends_it_too(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(CUSTOMER)
    await refused(case, "member", "closures", SETTLED, "chair")
    await case.step("chair", "involvements", {"staffId": str(kk.made.staff["chair"])})
    await case.step("member", "closures", SETTLED)


@pytest.mark.proves("KK-09", "KK-10")
async def test_nobody_hides_a_complaint_from_those_who_deal_with_it(tell: Tell) -> None:
    """Whoever is called involved sees it no longer: of colleagues only those who deal with it say that."""
    kk = await tell("klikklaar")
    case = await kk.file(CUSTOMER)
    chair, own = str(kk.made.staff["chair"]), str(kk.made.staff["responsible_employee"])
    committees = ("appeal_committee", "chair", "member")
    await refused(case, "responsible_employee", "involvements", {"staffId": chair}, *committees)
    await case.step("member", "involvements", {"staffId": own})
    # everybody who could say that it is not so is called involved: the administrator takes that back
    for who in committees:
        await case.step("system", "involvements", {"staffId": str(kk.made.staff[who])})
    wrong = next(event for event in await case.events() if event["facts"].get("staffId") == chair)
    undone = {"corrects": wrong["sequence"], "annul": True, "reasons": "De voorzitter is niet betrokken."}
    await case.step("system", "corrections", undone, expect=403)
    await case.step("admin", "corrections", undone)
    await kk.ask("chair", "GET", f"/complaints/{case.id}")


# -- who calls it something else -------------------------------------------------------------------------------


@pytest.mark.proves("KK-03", "KK-10")
async def test_what_was_put_in_writing_is_no_signal(tell: Tell) -> None:
    kk = await tell("klikklaar")
    written, spoken = await kk.file(CUSTOMER), await kk.file(CUSTOMER | {"channel": "phone"})
    recast = {"to": "signal", "reasons": "Het was maar een vraag."}
    for who in ("responsible_employee", "system"):
        await refused(written, who, "reclassifications", recast, "chair")
    problem = await written.step("chair", "reclassifications", recast, expect=400)
    [error] = problem["errors"]
    assert (error["pointer"], error["code"]) == ("/to", "received-as-complaint")
    assert error["message"] == "under this procedure what comes in by email is a complaint, and no signal"
    # nor after it was promoted in writing
    promoted = {"form": "post", "ground": "not_suitable"}
    await spoken.step("system", "promotions", promoted)
    problem = await spoken.step("chair", "reclassifications", recast, expect=400)
    assert [each["code"] for each in problem["errors"]] == ["received-as-complaint"]
    # nor when it comes in, whoever takes it in
    for channel in ("post", "email", "web_form"):
        letter = CUSTOMER | {"channel": channel, "kind": "signal", "description": "Het ging niet goed."}
        problem = await kk.ask("system", "POST", "/complaints", letter, expect=400)
        assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/kind", "received-as-complaint")]
    sentence = "under this procedure what comes in by web_form is a complaint, and no signal"
    assert problem["errors"][0]["message"] == sentence
    assert (await kk.file(CUSTOMER | {"channel": "oral", "kind": "signal"})).last["kind"] == "signal"


@pytest.mark.proves("SO-05", "SO-06", "HSS-03")
async def test_it_is_called_something_else_by_whoever_answers_it(tell: Tell) -> None:
    so, hss = await tell("so-trainingsbureau"), await tell("hss")
    case = await so.file(CLIENT)
    signal = {"to": "signal", "reasons": "De cliënt wil er eerst over praten."}
    for who in ("mentor", "system"):
        await refused(case, who, "reclassifications", signal, "complaints_officer", "line_manager")
    await case.step("line_manager", "reclassifications", signal)  # no channel of theirs says what it is
    assert case.last["kind"] == "signal"
    fees = await hss.file(CLIENT)
    outside = {"to": "out_of_scope", "reasons": "Over administratiekosten."}
    await refused(fees, "employee", "reclassifications", outside, "board")
    await fees.step("system", "reclassifications", outside | on_behalf_of(hss, "board"))
    assert fees.last["kind"] == "out_of_scope"


@pytest.mark.proves("JSO-04")
async def test_it_is_called_only_what_the_procedure_knows(tell: Tell) -> None:
    jso, kk = await tell("jso"), await tell("klikklaar")
    case = await jso.file(CUSTOMER)
    outside = {"to": "out_of_scope", "reasons": "Valt erbuiten."}
    problem = await case.step("complaints_officer", "reclassifications", outside, expect=409)
    assert "this procedure knows nothing else" in problem["detail"]
    assert "complaint.reclassified" not in {link["event"] for link in case.last["links"]}
    spoken = await kk.file(CUSTOMER | {"channel": "phone"})
    problem = await spoken.step("responsible_employee", "reclassifications", outside, expect=400)
    [error] = problem["errors"]
    assert (error["code"], error["message"]) == ("kind-unknown", "one of: complaint, signal")


# -- who corrects it -------------------------------------------------------------------------------------------


@pytest.mark.proves("SO-21")
async def test_what_the_register_keeper_changes_nobody_else_corrects(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(CLIENT)
    wrong: Json = {"corrects": 1, "reasons": "Verkeerd overgenomen."}
    await case.register("mentor", {"conductOn": "2034-01-01"}, expect=403)
    for change in (
        {"changes": {"conductOn": "2034-01-01"}},
        {"changes": {"category": "planning"}},
        {"changes": {"complainantType": "proxy"}},
        {"movedTo": "2036-03-02T09:00:00Z"},
    ):
        for who in ("mentor", "complaints_officer", "system", "admin"):
            await refused(case, who, "corrections", wrong | change, "office_manager")
    await case.step("office_manager", "corrections", wrong | {"changes": {"conductOn": "2036-02-28"}})
    named = on_behalf_of(so, "office_manager")
    await case.step("system", "corrections", wrong | named | {"changes": {"category": "planning"}})

    added = {"role": "representative", "person": {"name": "Robin Proef"}, "authority": True}
    joined = await case.step("system", "parties", added)
    party = wrong | {"corrects": joined["events"][-1]["sequence"], "movedTo": "2036-03-03T09:30:00Z"}
    await refused(case, "mentor", "corrections", party, "office_manager")

    # the promotion of a signal is its receipt as a complaint
    signal = await so.file(CLIENT | {"kind": "signal"})
    promoted = await signal.step("system", "promotions", {"ground": "cannot", "form": "email"})
    annul = wrong | {"corrects": promoted["events"][-1]["sequence"], "annul": True}
    await refused(signal, "mentor", "corrections", annul, "office_manager")
    await signal.step("office_manager", "corrections", annul)
    assert signal.last["kind"] == "signal"


@pytest.mark.proves("X-04", "KK-12")
async def test_a_receipt_is_moved_by_whoever_handles_it_or_took_it_in(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(CUSTOMER)
    await kk.at("2036-05-01 10:00")
    await case.has("handling.decide", "overdue")
    moved = {"corrects": 1, "movedTo": "2036-04-28T09:00:00Z", "reasons": "Later ontvangen."}
    await refused(case, "responsible_employee", "corrections", moved, "chair")
    await refused(case, "system", "corrections", moved | on_behalf_of(kk, "board"), "chair")
    await case.has("handling.decide", "overdue")
    await case.step("chair", "corrections", moved)
    await case.has("handling.decide", "pending")
    # an integration took it in, and puts right what it took in
    await case.step("system", "corrections", moved | {"movedTo": "2036-04-21T09:00:00Z"})
    assert case.last["receivedOn"] == "2036-04-21"


@pytest.mark.proves("X-04", "KK-27")
async def test_what_the_complainant_did_is_corrected_by_whoever_it_went_to(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await objected(kk)
    [objection] = await case.events("objection.received")
    annul = {"corrects": objection["sequence"], "annul": True, "reasons": "Was geen bezwaar."}
    for who in ("responsible_employee", "chair", "system"):
        await refused(case, who, "corrections", annul, "appeal_committee")
    await case.has("appeal.decide_appeal", "pending")
    await case.step("appeal_committee", "corrections", annul)
    assert case.last["stage"] == "handling"

    other = await kk.file(CUSTOMER)
    await other.step("chair", "information-requests", {"question": "Wanneer was dat?", "form": "email"})
    told = await other.step("system", "information-answers", {"answer": "Vorige week."})
    withdrawn = await other.step("system", "withdrawals", {"form": "email"})
    for recorded in (told, withdrawn):
        annul |= {"corrects": recorded["events"][-1]["sequence"]}
        await refused(other, "responsible_employee", "corrections", annul, "chair")
    await other.step("chair", "corrections", annul)
    assert other.last["state"] == "open"


@pytest.mark.proves("JSO-12", "X-04")
async def test_a_receipt_is_not_for_anybody_when_it_lies_with_a_body(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-03-03 10:00")
    case = await jso.file(CUSTOMER)
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Wij bellen u."})
    await case.step("system", "dissatisfactions", MAIL)
    await case.step("director", "responses", {"form": "email", "text": "Het blijft zo."})
    asked = {"body": "cmonet", "consent": True, "requestedRelief": "Excuses."}
    await jso.ask("system", "POST", f"/complaints/{case.id}/escalations", asked, expect=201)
    moved = {"corrects": 1, "movedTo": "2036-03-01T09:00:00Z", "reasons": "Eerder ontvangen."}
    await refused(case, "complaints_officer", "corrections", moved, "director")
    await case.step("director", "corrections", moved)


# -- whose doing counts before the answer ----------------------------------------------------------------------

HEARD: Json = {"party": "subject_of_complaint", "form": "oral", "note": "Ik ben gehoord."}
UPHELD: Json = ANSWER | {"verdict": "upheld"}


def warned(answer: Json) -> list[str]:
    return [each["message"] for each in answer["complaint"]["warnings"] if each["code"] == "does-not-count"]


@pytest.mark.proves("KK-14", "X-09")
@pytest.mark.parametrize("written", [False, True])
async def test_what_somebody_else_did_is_recorded_and_does_not_count(tell: Tell, written: bool) -> None:
    """Whoever is complained about does not hear themselves."""
    document = shipped_named("klikklaar").model_dump(mode="json", by_alias=True)
    if written:
        next(each for each in document["stages"] if each["stage"] == "handling")["before_answer"][0]["by"] = ["chair"]
    kk = await tell(read_mapping(document))
    case = await kk.file(CUSTOMER)
    assert [each["by"] for each in case.last["stageDetails"]["checklist"]] == [["chair"], ["chair"]]
    answer = await case.step("responsible_employee", "hearings", HEARD)
    assert warned(answer) == ["recorded; as hear_subject before the answer it counts only from: chair"]
    assert len(await case.events("party.heard")) == 1
    assert [each["state"] for each in answer["complaint"]["stageDetails"]["checklist"]] == ["open", "open"]
    problem = await case.step("chair", "decisions", UPHELD, expect=409)
    assert "hear_subject (subject_of_complaint) comes before the answer, and is for: chair" in problem["detail"]
    # an integration that names nobody counts where the procedure does not say whose step it is
    by_key = await kk.file(CUSTOMER)
    assert bool(warned(await by_key.step("system", "hearings", HEARD))) is written
    await by_key.step("chair", "decisions", UPHELD, expect=409 if written else 201)
    assert not warned(await case.step("system", "hearings", HEARD | on_behalf_of(kk, "chair")))
    await case.step("chair", "decisions", UPHELD)


@pytest.mark.proves("KK-01", "X-09")
async def test_a_waiver_or_a_stand_in_keeps_the_answer_possible(tell: Tell) -> None:
    kk = await tell("klikklaar")
    waived, stood_in = await kk.file(CUSTOMER), await kk.file(CUSTOMER)
    await waived.step("board", "hearings", HEARD)
    await waived.step("chair", "waivers", {"step": "hear_subject", "reasons": "De directie heeft gehoord."})
    await waived.step("chair", "decisions", UPHELD)
    await stood_in.step("chair", "involvements", {"staffId": str(kk.made.staff["chair"])})
    assert not warned(await stood_in.step("member", "hearings", HEARD))
    await stood_in.step("member", "decisions", UPHELD)


async def test_what_comes_in_counts_whoever_wrote_it_down(tell: Tell) -> None:
    document = shipped_named("klikklaar").model_dump(mode="json", by_alias=True)
    handling = next(each for each in document["stages"] if each["stage"] == "handling")
    handling["before_answer"] = [{"step": "ask", "met_by": "information.received"}]
    kk = await tell(read_mapping(document))
    case = await kk.file(CUSTOMER)
    assert [each["by"] for each in case.last["stageDetails"]["checklist"]] == [[]]
    await case.step("chair", "information-requests", {"question": "Wanneer was dat?", "form": "email"})
    await case.step("responsible_employee", "information-answers", {"answer": "Vorige week."})
    await case.step("chair", "decisions", UPHELD)


# -- who takes back ----------------------------------------------------------------------------------------------

WRONG: Json = {"reasons": "Zo was het niet.", "annul": True}


@pytest.mark.proves("X-08")
async def test_a_reopening_is_taken_back_by_whoever_might_end_the_stage(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(CUSTOMER)
    await case.step("chair", "closures", {"outcome": "resolved", "form": "phone", "handlingMethod": "Gebeld."})
    await case.step("system", "reopenings", {"reasons": "Toch niet."})
    [again] = await case.events("complaint.reopened")
    for who in ("responsible_employee", "system"):
        await refused(case, who, "corrections", WRONG | {"corrects": again["sequence"]}, "chair")
    await case.step("chair", "corrections", WRONG | {"corrects": again["sequence"]})


@pytest.mark.proves("KK-14", "X-09")
async def test_what_counted_before_the_answer_is_taken_back_by_whom_it_counted_from(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(CUSTOMER)
    await case.step("responsible_employee", "hearings", HEARD)  # does not count, and is theirs to take back
    await case.step("chair", "hearings", HEARD)
    theirs, counted = [event["sequence"] for event in await case.events("party.heard")]
    await case.step("responsible_employee", "corrections", WRONG | {"corrects": theirs})
    for wrong in ({"annul": True}, {"changes": {"form": "phone"}}):
        body = {"corrects": counted, "reasons": "Zo was het niet."} | wrong
        await refused(case, "responsible_employee", "corrections", body, "chair")
    await case.step("chair", "decisions", UPHELD)


@pytest.mark.proves("HSS-02", "X-04")
async def test_whoever_took_it_in_puts_their_own_entry_right_while_nothing_is_overdue(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-03-04 10:00")
    by_phone = {
        "channel": "phone",
        "receivedBy": "Consulent",
        "description": "Niet gebeld.",
        "complainant": {"name": "Sam"},
    }
    case = await hss.file(by_phone, who="employee")
    moved = {"corrects": 1, "reasons": "Gisteren gebeld.", "movedTo": instant("2036-03-03 10:00")}
    await case.step("employee", "corrections", moved)
    await case.step("system", "corrections", moved, expect=403)  # another took it in
    await hss.at("2036-06-04 10:00")
    await hss.guard()
    await refused(case, "employee", "corrections", moved | {"movedTo": instant("2036-03-04 10:00")}, "board")


async def test_who_may_not_annul_a_withdrawal_is_told_to_reopen(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(CUSTOMER)
    await case.step("system", "withdrawals", {"form": "email"})
    [gone] = await case.events("complaint.withdrawn")
    for who in ("system", "responsible_employee"):
        problem = await case.step(who, "corrections", WRONG | {"corrects": gone["sequence"]}, expect=403)
        assert problem["detail"].endswith("What was withdrawn by mistake is reopened.")
        assert ("onBehalfOf" in problem["detail"]) is (who == "system")
    await case.step("system", "reopenings", {"reasons": "De verkeerde klacht."})
    assert case.last["state"] == "open"


# -- who is told and is not there ------------------------------------------------------------------------------

INFORMED: Json = {"form": "email", "text": "Er is een klacht over u.", "contents": ["copy_of_complaint"]}


def unknown(answer: Json) -> list[str]:
    return [each["message"] for each in answer["complaint"]["warnings"] if each["code"] == "party-unknown"]


async def test_who_is_told_without_being_in_the_case_is_recorded_with_a_warning(tell: Tell) -> None:
    """Awb 9:9 asks for a copy to the person concerned: somebody. What happened counts all the same."""
    town = await tell(procedure("municipality"))
    person = {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"}
    case = await town.file({"channel": "post", "complainant": person})
    both = {"form": "email", "reasons": "Een getuige is ziek.", "notified": ["complainant", "subject_of_complaint"]}
    longer = {**both, "period": {"amount": 2, "unit": "weeks"}}
    sentence = "nobody in this complaint is: subject_of_complaint; say who it is (parties)"
    assert unknown(await case.step("complaints_coordinator", "subject-notices", INFORMED)) == [sentence]
    assert unknown(await case.step("complaints_coordinator", "extensions", longer)) == [sentence]
    known = await town.file({"channel": "post", "complainant": person})
    somebody = {"role": "subject_of_complaint", "person": {"name": "Kim Medewerker"}}
    await known.step("complaints_coordinator", "parties", somebody)
    assert unknown(await known.step("complaints_coordinator", "subject-notices", INFORMED)) == []
    assert unknown(await known.step("complaints_coordinator", "extensions", longer)) == []
    # whom a complaint is about may be one of our own, who is involved
    ours = await town.file({"channel": "post", "complainant": person})
    await ours.step("system", "involvements", {"staffId": str(town.made.staff["complaints_coordinator"])})
    assert unknown(await ours.step("system", "subject-notices", INFORMED)) == []
