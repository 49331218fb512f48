"""In each of the five procedures the letters that are owed are sent by template, and meet their terms.

The spring of 2036: Easter Monday is 14 April, King's Day is kept on Saturday 26 April, 5 May a Monday.
"""

from typing import Any

import pytest

from app.domain.delivery import Outcome
from app.domain.part import Words
from app.procedures.reading import read_mapping, shipped_named
from app.services.deliveries import ended
from app.store.session import Database
from tests.builders import procedure
from tests.leasing import lease_all
from tests.stories import Case, Json, Tell

PERSON: Json = {
    "name": "Sam Voorbeeld",
    "email": "sam@example.org",
    "address": "Voorbeeldstraat 1",
    "postalCode": "1234 AB",
    "city": "Voorbeeldstad",
}
FILED: Json = {"description": "De afspraak ging niet door.", "complainant": PERSON}
REASONS = "De afspraak is verzet zonder bericht."


async def send(
    case: Case, who: str, letter: str, step: str, told: Json | None = None, *, expect: int = 201, **more: Any
) -> Json:
    """A letter by template that takes a step; the message, or the problem."""
    sent = {"direction": "outbound", "channel": "email", "letter": letter, **more}
    sent["step"] = {"name": step, "body": told or {}}
    return await case.office.ask(who, "POST", f"/complaints/{case.id}/correspondence", sent, expect=expect)


async def is_brought(case: Case, message: Json, kind: str = "mail") -> None:
    found = await case.office.ask("system", "GET", f"/correspondence/{message['id']}/deliveries")
    assert [each["kind"] for each in found["items"]] == [kind]


async def is_the_letter(case: Case, message: Json, event: str) -> None:
    """The ledger says which letter it was."""
    last = (await case.events(event))[-1]
    assert (last["id"], last["facts"]["messageId"]) == (message["eventId"], message["id"])


def missing(problem: Json) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


@pytest.mark.proves("JSO-11", "JSO-13")
async def test_jso(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-04-25 12:00")
    case = await jso.file(FILED | {"complainantType": "customer"})
    first = await send(case, "complaints_officer", "first_response", "responses", body=REASONS)
    await is_the_letter(case, first, "first_response.sent")
    assert REASONS in first["body"]
    await case.has("first_response.respond", "met", due="2036-05-02")
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Dit helpt mij niet."})
    second = await send(case, "director", "second_response", "responses", channel="post")
    assert "CMOnet" in second["body"]
    await case.has("director_review.respond_again", "met")
    await is_brought(case, second, "post")
    wrong = await send(case, "director", "decision", "responses", expect=400)
    assert ("/letter", "another-step") in missing(wrong)
    closing = await send(
        case, "director", "closing", "closures", {"outcome": "handled", "handlingMethod": "Per brief."}
    )
    await is_the_letter(case, closing, "complaint.closed")
    assert (await case.read())["publicStatus"] == "handled"


@pytest.mark.proves("KK-11", "KK-19", "KK-13")
async def test_klikklaar(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    about = {"subjectPerson": {"name": "Kim Medewerker", "relation": "employee"}}
    case = await kk.file(FILED | about | {"complainantType": "customer"})
    acknowledgement = await send(case, "chair", "acknowledgement", "acknowledgements")
    # four weeks from Monday 3 March
    assert "4 weken" in acknowledgement["body"]
    assert "31 maart 2036" in acknowledgement["body"]
    await case.has("handling.acknowledge", "met")
    await is_brought(case, acknowledgement)
    notice = await send(case, "chair", "extension_notice", "extensions", {"until": "2036-04-07", "reasons": "Ziekte."})
    assert "7 april 2036" in notice["body"]
    # nothing is said of what was written before: it may be that nothing was
    assert "Wij hebben meer tijd nodig om uw klacht te behandelen." in notice["body"]
    assert "eerder schreven" not in notice["body"]
    await case.has("handling.decide", "pending", due="2036-04-07")
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    problem = await send(case, "chair", "decision", "decisions", {"verdict": "not_upheld"}, expect=400)
    assert missing(problem) == {("/step/body/reasons", "placeholder-empty")}
    decided = {"verdict": "not_upheld", "reasons": REASONS}
    decision = await send(case, "chair", "decision", "decisions", decided, channel="post")
    assert REASONS in decision["body"]
    await case.has("handling.decide", "met")
    await case.step("system", "objections", {"form": "post", "text": "Ik ben het er niet mee eens."})
    appeal = await send(case, "appeal_committee", "appeal_decision", "appeal-decisions", decided)
    await is_the_letter(case, appeal, "appeal_decision.sent")
    await case.has("appeal.decide_appeal", "met")


@pytest.mark.proves("HSS-11", "HSS-14")
async def test_hss(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-03-03 10:00")
    case = await hss.file(FILED | {"complainantType": "client"})
    talk: Json = {"direction": "outbound", "channel": "conversation", "participants": [{"role": "complainant"}]}
    handed = await send(case, "employee", "hand_over", "hand-overs")
    # to the board, and never to whom it is about
    assert [(each["role"], each["partyId"]) for each in handed["parties"]] == [("board", None)]
    assert not handed["shared"]
    await is_brought(case, handed)
    await case.has("handling.hand_over", "met")
    sam = next(each["id"] for each in case.last["parties"] if each["role"] == "complainant")
    wrong = await send(case, "employee", "hand_over", "hand-overs", to=[sam], expect=400)
    assert ("/to/0", "for-colleagues") in missing(wrong)
    await send(case, "board", "acknowledgement", "acknowledgements")
    await case.has("handling.acknowledge", "met")
    path = f"/complaints/{case.id}/correspondence"
    heard = talk | {"body": "Toegelicht.", "step": {"name": "hearings", "body": {"party": "complainant"}}}
    await hss.ask("board", "POST", path, heard, expect=201)
    # in a talk, of which there is a note; without one, or without reasons, it is refused
    decided = talk | {"step": {"name": "decisions", "body": {"reasons": REASONS}}}
    problem = await hss.ask("board", "POST", path, decided, expect=400)
    assert missing(problem) == {("/body", "note-required")}
    bare = talk | {"body": "Besproken.", "step": {"name": "decisions", "body": {}}}
    problem = await hss.ask("board", "POST", path, bare, expect=400)
    assert missing(problem) == {("/step/body/reasons", "content-missing")}
    await hss.ask("board", "POST", path, decided | {"body": "Besproken en uitgelegd."}, expect=201)
    await case.has("handling.decide", "met")

    written = await hss.file(FILED | {"complainantType": "client"})
    await written.step("board", "hearings", {"party": "complainant", "form": "phone", "note": "Gehoord."})
    decision = await send(written, "board", "decision", "decisions", {"reasons": REASONS})
    assert "Erisietsmisgegaan" in decision["body"]
    await written.has("handling.decide", "met")


async def brought(case: Case, database: Database, message: Json, *outcomes: Outcome) -> None:
    """A worker is at the message's mail, as often as there are outcomes."""
    for outcome in outcomes:
        async with case.office.worker.worker() as tx:
            leases = [each for each in await lease_all(tx) if str(each.message_id) == message["id"]]
        async with database.organisation(case.office.made.id) as tx:
            for each in leases:
                await ended(tx, each, outcome)


async def asked_again(case: Case) -> tuple[bool, bool, bool]:
    """Whether a letter is to be sent again: by the complaint's warnings, its obligations, and the list of all."""
    read = await case.read()
    listed = (await case.office.ask("system", "GET", "/obligations"))["items"]
    where = {each["duty"]: each["href"] for each in listed if each["complaintId"] == str(case.id)}
    assert where.get("send_again", f"/v1/complaints/{case.id}/correspondence").endswith("/correspondence")
    return (
        "letter-not-delivered" in {each["code"] for each in read["warnings"]},
        "send_again" in {each["duty"] for each in read["obligations"]},
        "send_again" in where,
    )


async def test_a_letter_that_did_not_arrive_is_asked_for_until_it_is_made_good(tell: Tell, database: Database) -> None:
    """The term stays met: it was sent in time. That it never arrived stands beside it."""
    hss = await tell("hss")
    await hss.at("2036-03-03 10:00")
    case = await hss.file(FILED | {"complainantType": "client"})
    refused, arrived = Outcome("permanent", 550, "recipient-refused"), Outcome("delivered", 250, "accepted")
    first = await send(case, "board", "acknowledgement", "acknowledgements")
    assert await asked_again(case) == (False, False, False)
    await brought(case, database, first, refused)
    await case.has("handling.acknowledge", "met")
    assert await asked_again(case) == (True, True, True)
    [warning] = [each for each in case.last["warnings"] if each["code"] == "letter-not-delivered"]
    assert "acknowledgement of 2036-03-03" in warning["message"]
    # the same mail once more, which arrives
    [mail] = (await hss.ask("board", "GET", f"/correspondence/{first['id']}/deliveries"))["items"]
    await hss.ask("board", "POST", f"/deliveries/{mail['id']}/redeliveries", expect=202)
    assert await asked_again(case) == (True, True, True)
    await brought(case, database, first, arrived)
    assert await asked_again(case) == (False, False, False)
    [told] = await case.events("delivery.completed")
    assert told["facts"] == {"messageId": first["id"], "deliveryId": mail["id"]}
    # another letter of the kind, after one that was lost
    second = await send(case, "board", "acknowledgement", "acknowledgements")
    await brought(case, database, second, refused)
    assert await asked_again(case) == (True, True, True)
    third = await send(case, "board", "acknowledgement", "acknowledgements", channel="post")
    assert await asked_again(case) == (False, False, False)
    await is_brought(case, third, "post")
    assert len(await case.events("delivery.completed")) == 1
    # nothing comes of it any more: somebody says why
    fourth = await send(case, "board", "acknowledgement", "acknowledgements")
    await brought(case, database, fourth, refused)
    await case.step("board", "waivers", {"step": "send_again", "reasons": "Er is geen ander adres."})
    assert await asked_again(case) == (False, False, False)


@pytest.mark.proves("SO-17", "SO-30")
async def test_so_trainingsbureau(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    adult = FILED | {"kind": "complaint", "complainant": PERSON | {"bornOn": "2010-01-01"}, "complainantType": "client"}
    case = await so.file(adult)
    outcome = {"outcome": "unresolved"}
    talk = await send(case, "complaints_officer", "message", "responses", outcome, body="Wij zijn er niet uitgekomen.")
    await is_the_letter(case, talk, "informal_outcome.recorded")
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Ik vraag om een oordeel."})
    await send(case, "director", "decision", "decisions", {"reasons": REASONS})
    await case.has("formal.judge", "met")
    problem = await case.step(
        "director", "closures", {"outcome": "handled", "handlingMethod": "Per brief."}, expect=409
    )
    assert "copy_outcome" in problem["detail"]
    copy = await send(case, "director", "decision_copy", "decision-copies", channel="post")
    await is_the_letter(case, copy, "decision.copied")
    assert "copy_outcome" not in {each["duty"] for each in (await case.read())["obligations"]}

    old = await so.file(adult | {"conductOn": "2034-01-01"})
    declined = {"decision": "decline", "ground": "too_old", "reasons": "Het is langer dan een jaar geleden."}
    await old.step("director", "admissibility-decisions", declined)
    notice = await send(
        old, "director", "inadmissibility_notice", "inadmissibility-notices", {"reasons": declined["reasons"]}
    )
    assert declined["reasons"] in notice["body"]
    await old.has("informal.notify_inadmissible", "met")


@pytest.mark.proves("BNW-04", "BNW-08")
async def test_bijstand_naar_werk(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 10:00")
    case = await bnw.file(FILED | {"complainantType": "participant"})
    await send(case, "handler", "acknowledgement", "acknowledgements")
    await case.has("handling.acknowledge", "met")
    asked = {"question": "Op welke dag was de afspraak?", "answerBy": "2036-03-10"}
    request = await send(case, "handler", "information_request", "information-requests", asked)
    assert asked["question"] in request["body"]
    assert "10 maart 2036" in request["body"]
    await send(case, "handler", "decision", "decisions", {"reasons": REASONS})
    await case.has("handling.handle", "met")

    old = await bnw.file(FILED | {"complainantType": "participant", "conductOn": "2034-01-01"})
    why = "Het gebeurde langer dan een jaar geleden."
    # the decision and the notice of it in one letter
    declined = {"decision": "decline", "ground": "too_old", "reasons": why, "notified": True}
    untold = {"direction": "outbound", "channel": "email", "subject": "Uw klacht", "body": "Wij behandelen hem niet."}
    step = {"step": {"name": "admissibility-decisions", "body": declined}}
    path = f"/complaints/{old.id}/correspondence"
    problem = await bnw.ask("handler", "POST", path, untold | step, expect=400)
    assert missing(problem) == {("/body", "content-missing")}
    await send(old, "handler", "inadmissibility_notice", "admissibility-decisions", declined)
    await old.has("handling.notify_inadmissible", "met")


async def test_a_decision_tells_its_findings(tell: Tell) -> None:
    """Awb 9:12: the findings, the judgement and the conclusions stand in the letter."""
    town = await tell(procedure("municipality"))
    case = await town.file(FILED | {"channel": "post", "complainantType": "citizen"})
    for party in ("complainant", "subject_of_complaint"):
        await case.step("complaints_coordinator", "hearings", {"party": party, "form": "conversation"})
    told = {"verdict": "upheld", "reasons": REASONS, "conclusions": "Wij bellen voortaan eerst."}
    problem = await send(case, "complaints_coordinator", "decision", "decisions", told, expect=400)
    assert missing(problem) == {("/step/body/findings", "content-missing")}
    told["findings"] = "Wij hebben de agenda's bekeken."
    letter = await send(case, "complaints_coordinator", "decision", "decisions", told)
    assert told["findings"] in letter["body"]
    assert (await case.events("decision.sent"))[-1]["texts"]["findings"] == told["findings"]
    await case.has("handling.decide", "met")


@pytest.mark.proves("SO-04")
async def test_a_letter_is_signed_by_whoever_writes_it(tell: Tell) -> None:
    """In the role in which they handle it; an integration writes for everyone who may."""
    so = await tell("so-trainingsbureau")
    case = await so.file(FILED | {"complainantType": "client", "kind": "signal", "channel": "oral"})
    letter: Json = {"direction": "outbound", "channel": "email", "letter": "acknowledgement"}
    letter |= {"step": {"name": "acknowledgements", "body": {}}}
    for who, signed in (
        ("mentor", "Met vriendelijke groet,\nmentor\n"),
        ("lead_practitioner", "Met vriendelijke groet,\nregiebehandelaar\n"),
        ("system", "Met vriendelijke groet,\nmentor of regiebehandelaar\n"),
    ):
        shown = await so.ask(who, "POST", f"/complaints/{case.id}/correspondence/_preview", letter)
        assert signed in shown["text"]


# -- to whom ---------------------------------------------------------------------------------------------------

MEDEWERKER: Json = {"name": "Kees Medewerker", "email": "kees@example.org"}
ASKED: Json = {"question": "Hoe ging het gesprek?", "answerBy": "2036-03-10"}


def party(case: Case, role: str) -> str:
    return next(each["id"] for each in case.last["parties"] if each["role"] == role)


async def with_subject(tell: Tell) -> Case:
    """A complaint about an employee, who is a party in it."""
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(FILED | {"complainantType": "customer"})
    await case.step("chair", "parties", {"role": "subject_of_complaint", "person": MEDEWERKER})
    return case


@pytest.mark.proves("KK-14")
@pytest.mark.parametrize("language", ["nl", "en"])
async def test_who_is_complained_about_is_asked_by_name_and_not_as_the_complainant(tell: Tell, language: str) -> None:
    case = await with_subject(tell)
    asked = ASKED | {"party": "subject_of_complaint"}
    request = await send(case, "chair", "information_request", "information-requests", asked, language=language)
    notice = await send(case, "chair", "message", "subject-notices", body="Morgen.", language=language)
    for sent in (request, notice):
        assert [each["address"] for each in sent["parties"]] == ["kees@example.org"]
        words = f"{sent['subject']}\n{sent['body']}"
        assert sent["body"].startswith(("Beste Kees Medewerker,", "Dear Kees Medewerker,"))
        assert "een klacht" in words or "a complaint" in words
        for theirs in ("Sam Voorbeeld", "uw klacht", "your complaint", "U hebt een klacht", "You made a complaint"):
            assert theirs not in words, (sent["letter"], theirs)
    assert ASKED["question"] in request["body"]


async def test_a_letter_to_the_complainant_goes_to_nobody_else(tell: Tell) -> None:
    case = await with_subject(tell)
    kees, sam = party(case, "subject_of_complaint"), party(case, "complainant")
    refused = await send(case, "chair", "acknowledgement", "acknowledgements", to=[sam, kees], expect=400)
    assert missing(refused) == {("/to/1", "not-for-this-party")}
    path = f"/complaints/{case.id}/correspondence"
    draft: Json = {"direction": "outbound", "channel": "email", "letter": "message", "body": "Hallo.", "draft": True}
    # one text cannot be about a complaint of theirs and about somebody else's
    both = await case.office.ask("chair", "POST", path, draft | {"to": [kees, sam]}, expect=400)
    assert missing(both) == {("/to/0", "not-for-this-party")}
    kept = await case.office.ask("chair", "POST", path, draft | {"to": [kees]}, expect=201)
    # another recipient is greeted by another name
    change: Json = {"to": [sam]}
    problem = await case.office.ask("chair", "PATCH", f"/correspondence/{kept['id']}", change, expect=400, If_Match="*")
    assert missing(problem) == {("/letter", "required")}
    change = {"to": [sam], "letter": "message", "body": "Hallo."}
    again = await case.office.ask("chair", "PATCH", f"/correspondence/{kept['id']}", change, If_Match="*")
    assert again["body"].startswith("Beste Sam Voorbeeld,") and "uw klacht" in again["subject"]


@pytest.mark.proves("SO-08")
async def test_who_speaks_for_a_child_is_greeted_on_its_behalf(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    child = {"name": "Kim Kind", "bornOn": "2027-01-01"}
    parent = {"name": "Piet Ouder", "email": "piet@example.org", "type": "parent"}
    case = await so.file(FILED | {"kind": "complaint", "complainant": child, "filedBy": parent})
    sent = await send(case, "complaints_officer", "acknowledgement", "acknowledgements")
    assert [each["address"] for each in sent["parties"]] == ["piet@example.org"]
    assert sent["body"].startswith("Beste Piet Ouder (namens Kim Kind),")


async def test_a_template_of_ones_own_that_greets_the_complainant_is_not_used_for_others(tell: Tell) -> None:
    case = await with_subject(tell)
    own: Json = {"procedure": "klikklaar", "letter": "message", "language": "nl", "subject": "Uw klacht {reference}"}
    own["paragraphs"] = [{"text": "Dag {complainant},"}, {"text": "{text}"}]
    path = f"/complaints/{case.id}/correspondence/_preview"
    letter: Json = {"direction": "outbound", "channel": "email", "letter": "message", "body": "Hallo."}
    to_kees = letter | {"to": [party(case, "subject_of_complaint")]}
    await case.office.ask("admin", "POST", "/letter-templates", own, expect=201)
    assert (await case.office.ask("chair", "POST", path, letter))["text"].startswith("Dag Sam Voorbeeld,")
    assert (await case.office.ask("chair", "POST", path, to_kees))["text"].startswith("Beste Kees Medewerker,")
    own["paragraphs"][0]["text"] = "Dag {recipient},"
    own["subject"] = "Over {about}"
    await case.office.ask("admin", "POST", "/letter-templates", own, expect=201)
    shown = await case.office.ask("chair", "POST", path, to_kees)
    assert (shown["subject"], shown["text"]) == ("Over een klacht", "Dag Kees Medewerker,\n\nHallo.")


async def test_nobody_is_named_by_a_name_that_was_taken_away_or_replaced(tell: Tell) -> None:
    hss = await tell("hss")
    case = await hss.file(FILED | {"complainantType": "client"})
    adult: Json = {"role": "representative", "authority": True}
    await case.step("system", "parties", adult | {"person": {"name": "Roos Advocaat", "email": "roos@example.org"}})
    assert "Roos Advocaat (namens Sam Voorbeeld)," in await shown(case, "board", "message")
    await case.register("board", {"complainant": {"name": None}})
    assert "Roos Advocaat," in await shown(case, "board", "message")
    await case.register("board", {"complainant": {"name": "Sanne Voorbeeld"}})
    assert "Roos Advocaat (namens Sanne Voorbeeld)," in await shown(case, "board", "message")
    known = {each["role"]: each["id"] for each in (await case.read())["parties"]}
    await case.step("board", "party-removals", {"partyId": known["complainant"]})
    assert "Roos Advocaat," in await shown(case, "board", "message")
    assert "party-removals" in [link["step"] for link in case.last["links"]]
    await case.step("board", "party-removals", {"partyId": known["representative"]})
    # nobody is left to remove: of the one who was replaced nothing stands in the complaint any more
    assert case.last["parties"] == []
    assert "party-removals" not in [link["step"] for link in case.last["links"]]


# -- who signs, and of which stage ------------------------------------------------------------------------------


async def shown(case: Case, who: str, letter: str, step: str | None = None, told: Json | None = None) -> str:
    """The text of a letter as it would be sent."""
    sent: Json = {"direction": "outbound", "channel": "email", "letter": letter}
    sent |= {"step": {"name": step, "body": told or {}}} if step else {"body": "Wij bellen u morgen."}
    found = await case.office.ask(who, "POST", f"/complaints/{case.id}/correspondence/_preview", sent)
    return str(found["text"])


@pytest.mark.proves("KK-10", "KK-11", "KK-27")
async def test_what_the_stage_before_still_owes_is_told_and_signed_as_its_own(tell: Tell) -> None:
    """An objection to silence: the chair still acknowledges and decides, under a term of four weeks."""
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(FILED | {"complainantType": "customer"})
    await kk.at("2036-04-02 10:00")  # the day for the decision was Monday 31 March
    await case.step("system", "objections", {"form": "post", "text": "Ik hoor niets."})
    chair = "Met vriendelijke groet,\nvoorzitter van de klachtencommissie\n"
    acknowledgement = await shown(case, "chair", "acknowledgement", "acknowledgements")
    assert "is 4 weken." in acknowledgement and "8 weken" not in acknowledgement
    assert "U had uiterlijk op 31 maart 2036 antwoord" in acknowledgement
    assert chair in acknowledgement
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation", "note": "Gehoord."})
    decided = {"verdict": "not_upheld", "reasons": REASONS}
    for who in ("chair", "system"):
        assert chair in await shown(case, who, "decision", "decisions", decided)
    assert "groet,\nberoepscommissie\n" in await shown(case, "appeal_committee", "message")
    appeal = await shown(case, "appeal_committee", "appeal_decision", "appeal-decisions", decided)
    assert "niet op tijd een oordeel" in appeal and "het niet eens met ons oordeel" not in appeal
    # a decision that comes after the objection was not what it was about
    await send(case, "chair", "decision", "decisions", decided)
    appeal = await shown(case, "appeal_committee", "appeal_decision", "appeal-decisions", decided)
    assert "niet op tijd een oordeel" in appeal


async def test_an_objection_to_a_decision_is_told_as_one(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(FILED | {"complainantType": "customer"})
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation", "note": "Gehoord."})
    decided = {"verdict": "not_upheld", "reasons": REASONS}
    await send(case, "chair", "decision", "decisions", decided)
    await case.step("system", "objections", {"form": "post", "text": "Ik ben het er niet mee eens."})
    appeal = await shown(case, "appeal_committee", "appeal_decision", "appeal-decisions", decided)
    assert "U was het niet eens met ons oordeel over uw klacht en maakte bezwaar." in appeal


@pytest.mark.proves("JSO-11")
async def test_an_answer_that_is_late_says_so_and_one_in_time_does_not(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-04-25 12:00")
    case = await jso.file(FILED | {"complainantType": "customer"})
    for on, late in (("2036-05-02 12:00", False), ("2036-05-05 12:00", True)):
        await jso.at(on)
        first = await shown(case, "complaints_officer", "first_response", "responses")
        assert ("U had dit antwoord uiterlijk op 2 mei 2036 moeten krijgen." in first) is late
        assert ("excuses" in first) is late
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Ik hoor niets."})
    for on, late in (("2036-05-19 12:00", False), ("2036-05-20 12:00", True)):
        await jso.at(on)
        second = await shown(case, "director", "second_response", "responses")
        assert ("U had dit antwoord uiterlijk op 19 mei 2036 moeten krijgen." in second) is late


@pytest.mark.proves("KK-12")
async def test_a_decision_that_is_late_says_so(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(FILED | {"complainantType": "customer"})
    await kk.at("2036-04-02 10:00")  # the day for the decision was Monday 31 March
    decided = {"verdict": "not_upheld", "reasons": REASONS}
    assert "U had dit antwoord uiterlijk op 31 maart 2036 moeten krijgen." in await shown(
        case, "chair", "decision", "decisions", decided
    )
    await case.step("system", "objections", {"form": "post", "text": "Ik hoor niets."})
    await kk.at("2036-05-29 10:00")  # eight weeks after the objection
    appeal = await shown(case, "appeal_committee", "appeal_decision", "appeal-decisions", decided)
    assert "U had dit besluit uiterlijk op 28 mei 2036 moeten krijgen." in appeal


@pytest.mark.proves("JSO-06", "JSO-12")
@pytest.mark.parametrize("at_once", [True, False], ids=["at intake", "by closing"])
async def test_who_is_not_satisfied_after_it_was_settled_is_not_told_that_we_were_late(
    tell: Tell, at_once: bool
) -> None:
    jso = await tell("jso")
    await jso.at("2036-04-25 12:00")
    settled: Json = {"resolvedAtOnce": {"how": "Meteen een nieuwe datum afgesproken."}} if at_once else {}
    case = await jso.file(FILED | {"complainantType": "customer"} | settled)
    if not at_once:
        closed = {"outcome": "resolved", "handlingMethod": "Een nieuwe datum afgesproken."}
        await case.step("complaints_officer", "closures", closed)
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Het is toch niet opgelost."})
    second = await shown(case, "director", "second_response", "responses")
    assert "U was niet tevreden met hoe wij met uw klacht zijn omgegaan." in second and "op tijd" not in second


async def test_an_objection_to_a_refusal_is_told_as_one(tell: Tell) -> None:
    """Also after a refusal that came late: it came, and it is what the objection is about."""
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(FILED | {"complainantType": "customer", "conductOn": "2034-01-01"})
    await kk.at("2036-04-02 10:00")  # the day for the decision was Monday 31 March
    declined = {"decision": "decline", "ground": "too_late", "reasons": "Het is langer dan een jaar geleden."}
    await case.step("chair", "admissibility-decisions", declined)
    await case.step("chair", "inadmissibility-notices", {"form": "email", "reasons": declined["reasons"]})
    await case.step("system", "objections", {"form": "post", "text": "Ik ben het er niet mee eens."})
    appeal = await shown(case, "appeal_committee", "appeal_decision", "appeal-decisions", {"reasons": REASONS})
    assert "U was het niet eens met hoe wij met uw klacht zijn omgegaan en maakte bezwaar." in appeal
    assert "op tijd" not in appeal


@pytest.mark.proves("JSO-12")
async def test_who_does_not_handle_this_stage_signs_in_their_own_role(tell: Tell) -> None:
    jso = await tell("jso")
    await jso.at("2036-04-25 12:00")
    case = await jso.file(FILED | {"complainantType": "customer"})
    await jso.at("2036-05-05 12:00")  # the first response was due on Friday 2 May
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Ik hoor niets."})
    assert "groet,\nklachtenfunctionaris\n" in await shown(case, "complaints_officer", "message")
    assert "groet,\ndirecteur\n" in await shown(case, "director", "message")
    assert "groet,\ndirecteur\n" in await shown(case, "system", "message")
    second = await shown(case, "director", "second_response", "responses")
    assert "niet op tijd" in second and "niet tevreden met onze eerste reactie" not in second


@pytest.mark.proves("HSS-09", "HSS-11")
async def test_a_letter_that_somebody_else_drafts_is_signed_by_whose_letter_it_is(tell: Tell) -> None:
    hss = await tell("hss")
    case = await hss.file(FILED | {"complainantType": "client"})
    drafted: Json = {"direction": "outbound", "channel": "email", "letter": "acknowledgement", "draft": True}
    drafted |= {"step": {"name": "acknowledgements", "body": {}}}
    kept = await hss.ask("employee", "POST", f"/complaints/{case.id}/correspondence", drafted, expect=201)
    assert "De directie behandelt uw klacht." in kept["body"] and "groet,\ndirectie\n" in kept["body"]
    handed = await send(case, "employee", "hand_over", "hand-overs")
    assert handed["body"].startswith("Aan: directie\n")


@pytest.mark.parametrize("name", ["de Klachtenregeling", "het Klachtenreglement", "Klachtenregeling JSO"])
async def test_the_name_of_the_procedure_reads_well_with_any_article_or_none(tell: Tell, name: str) -> None:
    jso = await tell(shipped_named("jso").model_copy(update={"title": Words(nl=name, en=name)}))
    case = await jso.file(FILED | {"complainantType": "customer"})
    words = await shown(case, "system", "acknowledgement", "acknowledgements")
    assert f"Wij behandelen uw klacht volgens onze regeling: {name}. De mogelijke" in words


@pytest.mark.parametrize(
    ("filed", "steps"),
    [
        ({}, "behandeling door de voorzitter; beroep."),
        (
            {"kind": "signal", "channel": "phone"},
            "overleg met de verantwoordelijke medewerker; behandeling door de voorzitter; beroep.",
        ),
    ],
    ids=["complaint", "signal"],
)
async def test_the_steps_are_those_that_can_still_come(tell: Tell, filed: Json, steps: str) -> None:
    """What was put in writing at once does not go through the talk that a signal gets, and a signal that became a
    complaint has had it."""
    kk = await tell("klikklaar")
    case = await kk.file(FILED | {"complainantType": "customer"} | filed)
    words = await shown(case, "system", "acknowledgement", "acknowledgements")
    assert f"De mogelijke stappen zijn: {steps}" in words
    if filed:
        await case.step("system", "promotions", {"form": "email", "ground": "not_resolved"})
        words = await shown(case, "system", "acknowledgement", "acknowledgements")
        assert "De mogelijke stappen zijn: behandeling door de voorzitter; beroep." in words


async def test_how_a_complaint_was_settled_is_not_called_a_decision_in_the_sense_of_the_law(tell: Tell) -> None:
    """Awb 9:3: nobody can object to it, which "besluit" would have a citizen think."""
    document = procedure("municipality").model_dump(mode="json", by_alias=True)
    handling = next(each for each in document["stages"] if each["stage"] == "handling")
    handling["answer"]["content"] = ["reasons"]
    office = await tell(read_mapping(document))
    case = await office.file(FILED | {"channel": "post", "complainantType": "citizen"})
    sent: Json = {"direction": "outbound", "channel": "email", "letter": "decision"}
    sent["step"] = {"name": "decisions", "body": {"verdict": "not_upheld", "reasons": REASONS}}
    path = f"/complaints/{case.id}/correspondence/_preview"
    made = await office.ask("complaints_coordinator", "POST", path, sent)
    assert made["subject"].startswith("Ons oordeel over uw klacht")
    assert "besluit" not in made["text"] and "bezwaar" not in made["text"]


# -- what it is called -----------------------------------------------------------------------------------------


@pytest.mark.proves("HSS-07", "HSS-08")
async def test_what_is_no_complaint_is_not_told_to_be_handled_as_one(tell: Tell) -> None:
    hss = await tell("hss")
    filed = await hss.file(FILED | {"complainantType": "client"})
    fees = {"kind": "out_of_scope", "category": "administration_fees"}
    at_once = await hss.file(FILED | {"complainantType": "client"} | fees)
    await filed.step("board", "reclassifications", {"to": "out_of_scope", "reasons": "Over administratiekosten."})
    for case in (at_once, filed):
        assert case.last["kind"] == "out_of_scope"
        sent = await send(case, "board", "acknowledgement", "acknowledgements")
        assert sent["subject"].startswith("Wij hebben uw bericht ontvangen")
        assert "uw bericht ontvangen" in sent["body"]
        for promised in ("klacht", "mogelijke stappen", "behandel"):
            assert promised not in sent["body"].replace("groet,\ndirectie", ""), promised
    await filed.step("board", "reclassifications", {"to": "complaint", "reasons": "Het gaat om de bejegening."})
    assert "De directie behandelt uw klacht." in await shown(filed, "board", "acknowledgement", "acknowledgements")


@pytest.mark.proves("SO-24")
@pytest.mark.parametrize(("language", "mine"), [("nl", "uw vraag"), ("en", "your question")])
async def test_a_question_is_not_called_a_complaint(tell: Tell, language: str, mine: str) -> None:
    so = await tell("so-trainingsbureau")
    case = await so.file(FILED | {"complainantType": "client", "kind": "enquiry"})
    who = "complaints_officer"
    more: Json = {"language": language}
    message: Json = {"direction": "outbound", "channel": "email", "letter": "message", "body": "Hallo.", **more}
    path = f"/complaints/{case.id}/correspondence"
    told = [await so.ask(who, "POST", path, message, expect=201)]
    told.append(await send(case, who, "information_request", "information-requests", {"question": "Wie?"}, **more))
    handled = {"outcome": "handled", "handlingMethod": "Uitgelegd."}
    told.append(await send(case, who, "closing", "closures", handled, **more))
    for each in told:
        words = f"{each['subject']}\n{each['body']}".replace("klachtenfunctionaris", "").replace(
            "complaints officer", ""
        )
        assert mine in each["subject"] and "klacht" not in words and "complaint" not in words, words
