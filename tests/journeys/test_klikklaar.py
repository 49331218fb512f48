"""Klikklaar: a talk with the employee, then the chair within four weeks, then a committee from outside.

Every term is in weeks, so no holiday lengthens one. In 2036 the clocks go forward on Sunday 30 March.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from tests.builders import procedure, taking_in
from tests.stories import Case, Office, Tell, instant

FILED = {
    "description": "De website werkt niet zoals was afgesproken.",
    "complainant": {
        "name": "Sam Voorbeeld",
        "email": "sam@example.org",
        "address": "Voorbeeldstraat 1",
        "city": "Voorbeeldstad",
    },
    "complainantType": "customer",
    "subjectPerson": {"name": "Kim Medewerker", "relation": "employee"},
}
# what the register wants to know before it is closed, as far as it can be told at once
WHOLE = FILED | {
    "furtherDescription": "Het formulier verstuurt niets.",
    "responsibleEmployee": "Kim Medewerker",
    "products": "Website met formulier",
}
ACKNOWLEDGED = {"form": "email", "text": "Wij hebben uw klacht ontvangen. U hoort binnen 4 weken ons standpunt."}
POSITION = {"form": "email", "verdict": "not_upheld", "reasons": "Het formulier is volgens afspraak gebouwd."}
CLOSED = {"outcome": "handled", "handlingMethod": "Per brief afgehandeld."}
OBJECTION = {"form": "post", "text": "Ik ben het er niet mee eens."}


async def decide(case: Case, verdict: str = "not_upheld", **more: Any) -> Mapping[str, Any]:
    """The chair hears the employee and takes a position."""
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    return await case.step("chair", "decisions", POSITION | {"verdict": verdict, **more})


async def appealed(office: Office) -> Case:
    """A complaint that was not upheld, closed and brought before the appeal committee."""
    case = await office.file(WHOLE)
    await decide(case)
    await case.step("chair", "closures", CLOSED)
    await case.step("chair", "objections", OBJECTION)
    return case


async def give_roles(office: Office, staff_id: UUID, *roles: str) -> None:
    path = f"/staff/{staff_id}"
    read = await office.answer("admin", "GET", path)
    await office.ask("admin", "PATCH", path, {"roles": list(roles)}, If_Match=read.headers["ETag"])


def pointers(problem: Mapping[str, Any]) -> set[str]:
    return {error["pointer"] for error in problem["errors"]}


def codes(complaint: Mapping[str, Any]) -> set[str]:
    return {warning["code"] for warning in complaint["warnings"]}


# -- coming in -------------------------------------------------------------------------------------------------


@pytest.mark.proves("KK-03", "KK-05", "KK-06", "KK-22")
async def test_a_talk_becomes_a_complaint_when_it_is_put_in_writing(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")  # a Monday
    case = await kk.file(FILED | {"channel": "phone", "kind": "complaint"})
    assert (case.last["kind"], case.last["stage"]) == ("signal", "informal_contact")
    assert case.last["terms"] == []
    assert "kind-changed" in codes(case.last)
    assert case.last["status"] == {"nl": "in behandeling", "en": "in progress"}
    await case.step("chair", "acknowledgements", ACKNOWLEDGED, expect=403)
    talked = {"form": "conversation", "outcome": "unresolved"}
    await case.step("chair", "responses", talked, expect=403)
    await case.step("responsible_employee", "responses", talked | {"outcome": "upheld"}, expect=400)
    await case.step("responsible_employee", "responses", talked)

    await kk.at("2036-03-10 09:00")
    problem = await case.step("system", "promotions", {"form": "phone"}, expect=400)
    assert pointers(problem) == {"/form", "/ground"}
    letter = {"form": "post", "ground": "not_resolved", "occurredAt": instant("2036-03-07 11:00")}
    await case.step("system", "promotions", letter)
    # the letter came on Friday 7 March: two weeks and four weeks from that day, not from the talk nor from today
    assert (case.last["kind"], case.last["receivedOn"], case.last["stage"]) == ("complaint", "2036-03-07", "handling")
    await case.has("handling.acknowledge", "pending", due="2036-03-21")
    await case.has("handling.decide", "pending", due="2036-04-04")
    assert [event["type"] for event in await case.events()][:2] == ["signal.received", "informal_outcome.recorded"]
    await case.step("system", "promotions", letter, expect=409)


@pytest.mark.proves("KK-03", "KK-06", "X-04")
async def test_called_a_signal_in_between_it_is_the_same_complaint(tell: Tell) -> None:
    channels = procedure("klikklaar").intake.channels
    # a Klikklaar where a letter may turn out to be a signal, as in the shipped one it may not
    kk = await tell(taking_in("klikklaar", channels=tuple(each for each in channels if each.counts_as != "signal")))
    await kk.at("2036-02-29 16:00")  # a Friday
    case, spoken = await kk.file(FILED), await kk.file(FILED | {"kind": "signal"})
    await kk.at("2036-03-07 11:00")
    promoted = {"form": "email", "ground": "not_resolved"}
    await spoken.step("system", "promotions", promoted)
    before = {each.id: await each.read() for each in (case, spoken)}
    await kk.at("2036-04-21 10:00")
    for each in (case, spoken):
        await each.step("chair", "reclassifications", {"to": "signal", "reasons": "Het leek een vraag."})
        await each.step("system", "promotions", promoted)
        told = before[each.id]
        assert (each.last["kind"], each.last["stage"]) == ("complaint", "handling")
        assert each.last["receivedOn"] == told["receivedOn"]
        due = {term["key"]: term["dueOn"] for term in told["terms"]}
        assert {term["key"]: term["dueOn"] for term in each.last["terms"]} == due
    await kk.guard()
    for each in (case, spoken):
        assert len(await each.events("term.breached")) == 2
    april = (await kk.ask("reporter", "GET", "/reports/summary?from=2036-04-01"))["total"]
    assert april["received"] == 0
    counted = (await kk.ask("reporter", "GET", "/reports/timeliness?from=2036-01-01"))["items"]
    assert {row["duty"]: row["overdue"] for row in counted} == {"acknowledge": 2, "decide": 2}


@pytest.mark.proves("KK-03", "KK-05", "KK-08")
@pytest.mark.parametrize("channel", ["email", "post", "web_form"])
async def test_in_writing_it_is_a_complaint_at_once(tell: Tell, channel: str) -> None:
    """Talking to the employee first is a request: without it the terms run all the same."""
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(FILED | {"channel": channel})
    assert (case.last["kind"], case.last["stage"]) == ("complaint", "handling")
    await case.has("handling.decide", "pending", due="2036-03-31")
    channels = (await kk.ask("website", "GET", "/procedures/klikklaar"))["channels"]
    assert [each["channel"] for each in channels if each["preferred"]] == ["email"]
    assert {each["channel"]: each["countsAs"] for each in channels}[channel] == "complaint"
    await kk.ask("system", "POST", "/complaints", FILED | {"channel": "portal"}, expect=400)


@pytest.mark.proves("KK-05")
async def test_settled_in_a_talk(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(FILED | {"channel": "oral"})
    await case.step("responsible_employee", "responses", {"form": "conversation", "outcome": "resolved"})
    await case.step("responsible_employee", "closures", {"outcome": "resolved"})
    assert case.last["status"]["nl"] == "afgehandeld"
    counted = (await kk.ask("reporter", "GET", "/reports/summary"))["total"]
    assert (counted["received"], counted["kinds"]["signal"]) == (0, 1)
    await case.step("system", "promotions", {"form": "email", "ground": "not_suitable"}, expect=409)


@pytest.mark.proves("KK-02", "KK-04")
async def test_for_somebody_else_and_about_anyone_who_works_there(tell: Tell) -> None:
    kk = await tell("klikklaar")
    proxy = {"type": "proxy", "name": "Mr. Proef", "organisation": "Proef Advies"}
    case = await kk.file(FILED | {"filedBy": proxy | {"authority": True}})
    assert {party["role"] for party in case.last["parties"]} == {
        "complainant",
        "representative",
        "subject_of_complaint",
    }
    assert "authority-missing" not in codes(case.last)
    for relation in ("employee", "hired", "volunteer"):
        case = await kk.file(FILED | {"subjectPerson": {"name": "Robin Proef", "relation": relation}})
        about = next(party for party in case.last["parties"] if party["role"] == "subject_of_complaint")
        assert about["details"]["relation"] == relation

    # without the authority it is registered too, and marked until the authority is there
    case = await kk.file(FILED | {"filedBy": proxy})
    assert "authority-missing" in codes(case.last)
    assert "authority-missing" in codes(await case.read())
    shown = {"role": "representative", "person": {"name": "Mr. Proef"}, "authority": True}
    await case.step("chair", "parties", shown)
    assert "authority-missing" not in codes(await case.read())


@pytest.mark.proves("KK-07")
async def test_too_late_is_flagged_and_the_chair_decides(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-09-15 10:00")
    # twelve months from Saturday 15 September 2035: the last day is 15 September 2036
    case = await kk.file(FILED | {"conductOn": "2035-09-15"})
    assert case.last["proposals"] == []
    late = await kk.file(WHOLE | {"conductOn": "2035-09-14"})
    [proposal] = late.last["proposals"]
    assert (proposal["ground"], proposal["mode"], proposal["limitOn"]) == ("too_late", "may_refuse", "2036-09-14")
    assert "admissibility" in codes(late.last)
    # nothing is dropped: its terms run like those of any other
    await late.has("handling.decide", "pending", due="2036-10-13")
    decline = {"decision": "decline", "ground": "too_late", "reasons": "De klacht is twee dagen te laat."}
    await late.step("member", "admissibility-decisions", decline, expect=403)
    problem = await case.step("chair", "admissibility-decisions", decline, expect=400)
    assert pointers(problem) == {"/ground"}
    assert "2036-09-15" in problem["errors"][0]["message"]
    problem = await late.step("chair", "admissibility-decisions", {"decision": "decline"}, expect=400)
    assert pointers(problem) == {"/ground", "/reasons"}
    await late.step("chair", "admissibility-decisions", {"decision": "handle"})
    assert (await late.read())["admissibility"] == "admissible"
    await decide(late, "upheld")

    refused = await kk.file(FILED | {"conductOn": "2034-01-01"})
    await refused.step("chair", "inadmissibility-notices", {"form": "email", "reasons": "Te laat."}, expect=409)
    await refused.step("chair", "admissibility-decisions", decline)
    await refused.step("chair", "inadmissibility-notices", {"form": "email", "reasons": "Te laat."})
    assert (refused.last["state"], refused.last["publicStatus"]) == ("inadmissible", "handled")
    await refused.has("handling.decide", "cancelled")
    await refused.step("chair", "decisions", POSITION, expect=409)


# -- the chair -------------------------------------------------------------------------------------------------


@pytest.mark.proves("KK-01", "KK-10", "KK-11")
async def test_acknowledged_by_the_chair_in_writing_with_the_term(tell: Tell) -> None:
    kk = await tell("klikklaar")
    roles = (await kk.ask("system", "GET", "/procedures/klikklaar"))["definition"]["roles"]
    committee = {role["role"]: role.get("members") for role in roles if role.get("part_of") == "complaints_committee"}
    assert committee == {"chair": 1, "member": None}

    await kk.at("2036-02-29 16:00")  # a Friday
    case, by_date, late = await kk.file(FILED), await kk.file(FILED), await kk.file(FILED)
    # two weeks and four weeks from a Friday
    await case.has("handling.acknowledge", "pending", due="2036-03-14")
    await case.has("handling.decide", "pending", due="2036-03-28")
    for who in ("system", "member", "board", "responsible_employee"):
        await case.step(who, "acknowledgements", ACKNOWLEDGED, expect=403)
    for sent, pointer in (
        (ACKNOWLEDGED | {"form": "phone"}, "/form"),
        ({"text": ACKNOWLEDGED["text"]}, "/form"),
        ({"form": "email", "text": "Wij hebben uw klacht ontvangen."}, "/contents"),
        ({"form": "email", "text": "U hoort binnen 14 weken van ons."}, "/contents"),
        ({"form": "email"}, "/contents"),
    ):
        assert pointers(await case.step("chair", "acknowledgements", sent, expect=400)) == {pointer}
    await case.has("handling.acknowledge", "pending")
    await case.step("chair", "acknowledgements", ACKNOWLEDGED)
    assert "handling.acknowledge" not in {key for link in case.last["links"] for key in link["meets"]}
    await case.has("handling.acknowledge", "met")
    # an integration sends it in the name of the chair; the date says the term as well
    dated = {"form": "post", "text": "U hoort ons standpunt uiterlijk 28 maart 2036."}
    chair = {"onBehalfOf": str(kk.made.staff["chair"])}
    await by_date.step("system", "acknowledgements", dated | chair)
    await by_date.has("handling.acknowledge", "met")

    await kk.at("2036-03-15 00:00")
    await late.has("handling.acknowledge", "overdue")
    await late.step("chair", "acknowledgements", ACKNOWLEDGED)
    await late.has("handling.acknowledge", "met_late")
    # the four weeks ran from the receipt: a late acknowledgement wins nobody time
    await late.has("handling.decide", "pending", due="2036-03-28")
    assert len(await late.events("term.breached")) == 1


@pytest.mark.proves("KK-12", "KK-14", "KK-15", "KK-16", "KK-19", "KK-23")
async def test_a_position_with_reasons_after_hearing_both_sides(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-02-29 16:00")
    case, waived = await kk.file(FILED), await kk.file(FILED)
    problem = await case.step("chair", "decisions", POSITION, expect=409)
    assert "hear_subject" in problem["detail"]
    assert "hearings" in {step["step"] for step in problem["possible"]}
    # a question to the complainant does not stop the clock
    await case.step("chair", "information-requests", {"question": "Wanneer was dat?", "form": "email"})
    await case.has("handling.decide", "pending", due="2036-03-28")
    await case.step("chair", "information-answers", {"answer": "Vorige week."})
    await case.has("handling.decide", "pending", due="2036-03-28")
    await case.step("chair", "suspensions", {"cause": "information"}, expect=409)

    heard = {"party": "subject_of_complaint", "form": "conversation", "note": "Zegt dat het zo was afgesproken."}
    await case.step("chair", "hearings", heard)
    for sent, pointer in (
        (POSITION | {"form": "phone"}, "/form"),
        (POSITION | {"reasons": " "}, "/reasons"),
        (POSITION | {"verdict": "partially_upheld"}, "/verdict"),
        ({name: value for name, value in POSITION.items() if name != "verdict"}, "/verdict"),
    ):
        assert pointer in pointers(await case.step("chair", "decisions", sent, expect=400))
    await case.step("member", "decisions", POSITION, expect=403)
    answer = await case.step("chair", "decisions", POSITION)
    # the complainant may be asked as well: expected, so it is said and not refused
    assert "step-expected" in codes(answer["complaint"])
    assert answer["complaint"]["verdict"] == "not_upheld"
    await case.has("handling.decide", "met")

    await waived.step("chair", "waivers", {"step": "hear_everybody", "reasons": "Niet nodig."}, expect=400)
    await waived.step("chair", "waivers", {"step": "hear_subject"}, expect=400)
    await waived.step("member", "waivers", {"step": "hear_subject", "reasons": "Niet nodig."}, expect=403)
    await waived.step("chair", "waivers", {"step": "hear_subject", "reasons": "Werkt hier niet meer."})
    await waived.step("chair", "decisions", POSITION)
    assert [event["texts"]["reasons"] for event in await waived.events("step.waived")] == ["Werkt hier niet meer."]


@pytest.mark.proves("KK-17", "X-09")
async def test_the_board_is_consulted_when_something_is_at_stake(tell: Tell) -> None:
    kk = await tell("klikklaar")
    consulted, waived = await kk.file(FILED | {"interest": "financial"}), await kk.file(FILED)
    await waived.register("chair", {"interest": "material"})
    for case in (consulted, waived):
        await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
        problem = await case.step("chair", "decisions", POSITION, expect=409)
        assert "consult_board" in problem["detail"]
        assert "hear_subject" not in problem["detail"]
    await consulted.step("chair", "board-consultations", {"note": "Directie wil schikken."})
    await consulted.step("chair", "decisions", POSITION)
    await waived.step("chair", "waivers", {"step": "consult_board", "reasons": "Bagatel."})
    await waived.step("chair", "decisions", POSITION)


@pytest.mark.proves("KK-17")
async def test_the_board_may_record_itself_that_it_was_consulted(tell: Tell) -> None:
    kk = await tell("klikklaar")
    said = {"note": "Wij willen schikken."}
    board = {"onBehalfOf": str(kk.made.staff["board"])}
    for at_stake in ({"interest": "financial"}, {"damageClaimed": True, "interest": "none"}):
        case, told = await kk.file(FILED | at_stake), await kk.file(FILED | at_stake)
        for each in (case, told):
            await each.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
        await case.step("board", "board-consultations", said)
        assert "does-not-count" not in codes(case.last)
        await case.step("chair", "decisions", POSITION)
        # whoever else was there: it is between the chair and the board, and an integration says for whom it writes
        for who in ("responsible_employee", "system"):
            await told.step(who, "board-consultations", said)
            assert "does-not-count" in codes(told.last)
        await told.step("chair", "decisions", POSITION, expect=409)
        await told.step("system", "board-consultations", said | board)
        await told.step("chair", "decisions", POSITION)


@pytest.mark.proves("KK-17")
async def test_who_claims_damage_has_money_at_stake(tell: Tell) -> None:
    kk = await tell("klikklaar")
    claimed = await kk.file(FILED | {"damageClaimed": True})
    both = await kk.file(FILED | {"damageClaimed": True, "interest": "financial"})
    for case in (claimed, both):
        assert "interest-unknown" not in codes(case.last)  # the board is consulted, whatever it is
        asked = [item for item in case.last["stageDetails"]["checklist"] if item["event"] == "board.consulted"]
        assert len(asked) == 1
        await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
        problem = await case.step("chair", "decisions", POSITION, expect=409)
        assert problem["detail"].count("consult_board") == 1
        await case.step("chair", "board-consultations", {"note": "Directie wil schikken."})
        await case.step("chair", "decisions", POSITION)


@pytest.mark.proves("KK-17")
async def test_an_interest_that_nobody_recorded_is_told(tell: Tell) -> None:
    kk = await tell("klikklaar")
    unknown, none = await kk.file(FILED), await kk.file(FILED | {"interest": "none"})
    assert "interest-unknown" in codes(await unknown.read())
    assert "interest-unknown" not in codes(await none.read())
    await decide(unknown)
    assert "interest-unknown" in codes(unknown.last)  # the answer is not refused
    consulted = await kk.file(FILED)
    await consulted.step("chair", "board-consultations", {"note": "Geen bezwaar."})
    assert "interest-unknown" not in codes(await consulted.read())


@pytest.mark.proves("KK-18", "KK-20", "KK-23")
async def test_one_final_position_and_a_correction_keeps_the_history(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(FILED)
    await decide(case)
    problem = await case.step("chair", "decisions", POSITION | {"verdict": "upheld"}, expect=409)
    assert "correction" in problem["detail"]
    before = await case.events()
    [decision] = [event for event in before if event["type"] == "decision.sent"]
    mistake = {"corrects": decision["sequence"], "reasons": "Verkeerd overgenomen uit de brief."}
    wrong = mistake | {"changes": {"verdict": "partially_upheld"}}
    assert pointers(await case.step("chair", "corrections", wrong, expect=400)) == {"/changes/verdict"}
    await case.step("chair", "corrections", mistake | {"changes": {"verdict": "upheld"}})
    assert case.last["verdict"] == "upheld"
    after = await case.events()
    assert after[: len(before)] == before
    assert [event["sequence"] for event in after] == list(range(1, len(after) + 1))
    assert after[-1]["type"] == "event.corrected"
    # nothing in the register is changed or taken away
    for path in ("events", f"events/{decision['id']}", "decisions"):
        for method in ("PUT", "PATCH", "DELETE"):
            refused = await kk.answer("chair", method, f"/complaints/{case.id}/{path}", {})
            assert refused.status_code == 405, f"{method} {path}: {refused.status_code}"


# -- longer, or too late ---------------------------------------------------------------------------------------


@pytest.mark.proves("KK-13")
async def test_longer_when_it_is_told_in_time(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-02-29 16:00")
    case = await kk.file(FILED)
    told = {"form": "email", "until": "2036-04-11"}
    await case.step("member", "extensions", told, expect=403)
    assert pointers(await case.step("chair", "extensions", {"form": "email"}, expect=400)) == {"/until"}
    assert pointers(await case.step("chair", "extensions", told | {"until": "2036-03-28"}, expect=400)) == {"/until"}
    await kk.at("2036-03-28 23:59")  # the last minute of the last day
    await case.step("chair", "extensions", told)
    await kk.at("2036-03-29 00:00")
    term = await case.has("handling.decide", "pending", due="2036-04-11")
    why = await kk.ask("system", "GET", f"/complaints/{case.id}/terms/{term['id']}/explanation")
    assert "vrijdag 11 april 2036" in why["explanation"]["nl"]
    # again, inside the term that runs now, and by a period
    await kk.at("2036-04-11 12:00")
    await case.step("chair", "extensions", {"form": "email", "period": {"amount": 2, "unit": "weeks"}})
    await case.has("handling.decide", "pending", due="2036-04-25")
    await kk.at("2036-04-26 00:00")
    await case.has("handling.decide", "overdue")
    # only the acknowledgement, which nobody sent, and this
    breached = [event["facts"]["term"] for event in await case.events("term.breached")]
    assert breached == ["handling.acknowledge", "handling.decide"]


@pytest.mark.proves("KK-13", "X-02", "X-04")
async def test_one_second_too_late_the_breach_stands(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-02-29 16:00")
    case, registered = await kk.file(FILED), await kk.file(FILED)
    await kk.at("2036-03-29 00:00")
    term = await case.has("handling.decide", "overdue", due="2036-03-28")
    # 00:00 on Saturday in Amsterdam is still winter time: an hour before midnight in UTC
    assert term["breachAt"] == "2036-03-28T23:00:00Z"
    told = {"form": "email", "until": "2036-04-11", "occurredAt": term["breachAt"]}
    problem = await case.step("chair", "extensions", told, expect=409)
    assert "2036-03-28" in problem["detail"]
    await case.has("handling.decide", "overdue", due="2036-03-28")

    # told a second earlier, but only registered now: that has to be explained, and then the breach was none
    in_time = told | {"occurredAt": instant("2036-03-28 23:59:59")}
    assert pointers(await registered.step("chair", "extensions", in_time, expect=400)) == {"/lateRegistrationReason"}
    await registered.step("chair", "extensions", in_time | {"lateRegistrationReason": "Brief lag nog op het bureau."})
    await registered.has("handling.decide", "pending", due="2036-04-11")
    assert len(await registered.events("term.breach_superseded")) == 1

    await decide(case)
    await case.has("handling.decide", "met_late")
    breaches = [event for event in await case.events("term.breached") if event["facts"]["term"] == "handling.decide"]
    assert [breach["occurredAt"] for breach in breaches] == [term["breachAt"]]
    late = await kk.ask("reporter", "GET", "/reports/timeliness")
    decided = next(row for row in late["items"] if row["duty"] == "decide")
    assert (decided["metLate"], decided["pending"], decided["soft"]) == (1, 1, False)


@pytest.mark.proves("KK-26", "X-08")
async def test_silence_opens_the_appeal(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-02-29 16:00")
    case = await kk.file(FILED)
    problem = await case.step("system", "objections", OBJECTION, expect=409)
    assert "2036-03-28" in problem["detail"]
    await kk.at("2036-03-29 00:00")
    await case.step("system", "objections", OBJECTION)
    assert case.last["stage"] == "appeal"
    await case.has("handling.decide", "overdue")


@pytest.mark.proves("KK-07")
async def test_whoever_decides_that_it_is_not_handled_tells_so_with_it(tell: Tell) -> None:
    """The chair decides on that, also where a committee handles it; a notice by itself is the committee's."""
    kk = await tell("klikklaar")
    await kk.at("2036-02-29 16:00")
    case, apart = await kk.file(FILED), await kk.file(FILED)
    await kk.at("2036-03-29 00:00")
    decline = {"decision": "decline", "ground": "too_late", "reasons": "Langer dan een jaar geleden.", "form": "email"}
    for each in (case, apart):
        await each.step("system", "objections", OBJECTION)
    [link] = [link for link in case.last["links"] if link["step"] == "admissibility-decisions"]
    assert link["by"] == ["chair"]
    await case.step("appeal_committee", "admissibility-decisions", decline | {"notified": True}, expect=403)
    await case.step("chair", "admissibility-decisions", decline | {"notified": True})
    assert case.last["state"] == "inadmissible"
    await apart.step("chair", "admissibility-decisions", decline)
    notice = {"form": "email", "reasons": decline["reasons"]}
    await apart.step("chair", "inadmissibility-notices", notice, expect=403)
    await apart.step("appeal_committee", "inadmissibility-notices", notice)


# -- closing ---------------------------------------------------------------------------------------------------


@pytest.mark.proves("KK-21", "KK-22", "X-09")
async def test_closing_asks_for_the_whole_register(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file({"description": "Het werkt niet."})
    problem = await case.step("chair", "closures", {"outcome": "handled"}, expect=400)
    # filing date, complaint, correspondence, status and the day of handling are known; the rest is asked, all at once
    assert pointers(problem) == {
        f"/register/{field}"
        for field in (
            "complainant_name",
            "complainant_address",
            "complainant_city",
            "further_description",
            "responsible_employee",
            "products",
            "handling_method",
            "verdict",
        )
    }
    await case.register("chair", {"complainant": FILED["complainant"], "products": "Website"})
    await case.register("chair", {"furtherDescription": "Het formulier.", "responsibleEmployee": "Kim Medewerker"})
    problem = await case.step("chair", "closures", CLOSED, expect=400)
    assert pointers(problem) == {"/register/verdict"}
    await decide(case)
    assert (await case.read())["publicStatus"] == "in_progress"
    await case.step("chair", "closures", CLOSED)
    assert (case.last["state"], case.last["publicStatus"]) == ("closed", "handled")
    assert case.last["status"] == {"nl": "afgehandeld", "en": "handled"}
    await case.step("chair", "closures", CLOSED, expect=409)

    at_once = await kk.file(WHOLE)
    await decide(at_once, "upheld", final=True)
    assert (at_once.last["state"], at_once.last["verdict"]) == ("closed", "upheld")


@pytest.mark.proves("KK-23", "X-10")
async def test_withdrawn_without_a_verdict_in_every_stage(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    signal = await kk.file(FILED | {"channel": "phone"})
    fresh, late = await kk.file(FILED), await kk.file(FILED)
    appeal = await appealed(kk)
    for case in (signal, fresh, appeal):
        await case.step("system", "withdrawals", {"form": "phone", "reasons": "Opgelost."})
        assert (case.last["state"], case.last["publicStatus"]) == ("withdrawn", "handled")
        await case.step("system", "withdrawals", {}, expect=409)
    await fresh.has("handling.decide", "cancelled")
    await appeal.has("appeal.decide_appeal", "cancelled")
    assert (await fresh.read())["verdict"] is None
    await kk.at("2036-04-01 09:00")
    await late.step("system", "withdrawals", {"form": "email"})
    await late.has("handling.decide", "overdue")


@pytest.mark.proves("KK-34", "KK-35")
async def test_after_each_complaint_how_to_prevent_the_next(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case, withdrawn = await kk.file(WHOLE), await kk.file(WHOLE)
    await case.step("board", "recurrence-reviews", {"findings": "Nog niets."}, expect=409)
    await withdrawn.step("system", "withdrawals", {})
    await decide(case, "upheld", final=True)
    [owed] = (await kk.ask("system", "GET", "/obligations"))["items"]
    assert (owed["complaintId"], owed["duty"], owed["by"]) == (str(case.id), "prevent_recurrence", ["board"])
    assert owed["href"] == f"/v1/complaints/{case.id}/recurrence-reviews"
    await case.step("chair", "recurrence-reviews", {"findings": "Beter testen."}, expect=403)
    measure = {"target": "process", "description": "Formulieren worden voor oplevering getest.", "dueOn": "2036-12-01"}
    await case.step("board", "measures", measure)
    await case.step("board", "recurrence-reviews", {"findings": "Beter testen."})
    assert (await kk.ask("system", "GET", "/obligations"))["items"] == []
    [recorded] = await case.events("measure.recorded")
    assert recorded["texts"]["description"] == measure["description"]
    assert (await kk.ask("reporter", "GET", "/reports/summary"))["total"]["measures"] == 1
    await case.step("board", "measure-completions", {"measure": recorded["sequence"], "proof": "Testplan vastgesteld."})
    await case.step("board", "measure-completions", {"measure": 1}, expect=400)


@pytest.mark.proves("KK-24", "KK-33")
async def test_kept_until_a_year_after_the_chair_closed_it(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case = await kk.file(WHOLE)
    assert case.last["retention"] == {"eraseFrom": None, "eraseBy": None, "heldBy": []}
    await decide(case)
    await kk.at("2036-03-31 17:00")
    await case.step("chair", "closures", CLOSED)
    # kept through 31 March 2037; erasing is due the day after, and not allowed before
    kept = {"eraseFrom": "2037-04-01", "eraseBy": "2037-04-01"}
    assert case.last["retention"] == kept | {"heldBy": []}
    await kk.at("2036-06-02 09:00")
    await case.step("chair", "objections", OBJECTION)
    assert case.last["retention"]["heldBy"] == ["open_appeal"]
    await kk.at("2036-07-01 09:00")
    await case.step("appeal_committee", "appeal-decisions", {"verdict": "not_upheld", "form": "post", "final": True})
    # the ceiling counts from the closing by the chair: an appeal holds it and does not move it
    assert case.last["retention"] == kept | {"heldBy": []}

    await case.step("system", "parallel-routes", {"route": "ombudsman"}, expect=400)
    await case.step("system", "parallel-routes", {"route": "civil_court"})
    assert case.last["retention"]["heldBy"] == ["parallel_route"]
    [route] = await case.events("parallel_route.recorded")
    await case.step("system", "legal-hold-releases", {"lifts": route["sequence"], "reasons": "Vonnis is er."})
    assert case.last["retention"] == kept | {"heldBy": []}


@pytest.mark.proves("KK-33")
async def test_the_court_stays_open_at_any_moment(tell: Tell) -> None:
    kk = await tell("klikklaar")
    signal = await kk.file(FILED | {"channel": "phone"})
    handling, appeal = await kk.file(FILED), await appealed(kk)
    withdrawn = await kk.file(FILED)
    await withdrawn.step("system", "withdrawals", {})
    for case in (signal, handling, appeal, withdrawn):
        stage = (await case.read())["stage"]
        await case.step("system", "parallel-routes", {"route": "civil_court"})
        assert case.last["stage"] == stage
        assert "parallel_route" in case.last["retention"]["heldBy"]
    await decide(handling)
    await handling.step("chair", "legal-holds", {"reasons": "De advocaat vraagt het."})
    assert handling.last["retention"]["heldBy"] == ["legal_hold", "parallel_route"]


# -- the appeal ------------------------------------------------------------------------------------------------


@pytest.mark.proves("KK-26", "KK-29")
async def test_who_may_object_and_how(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-05-12 09:00")  # a Monday
    upheld, rejected = await kk.file(WHOLE), await kk.file(WHOLE)
    for case in (upheld, rejected):
        await case.step("system", "objections", OBJECTION, expect=409)
    await decide(upheld, "upheld", final=True)
    await decide(rejected)
    assert pointers(await upheld.step("system", "objections", OBJECTION, expect=400)) == {"/ground"}
    odd = OBJECTION | {"ground": "too_expensive"}
    assert pointers(await upheld.step("system", "objections", odd, expect=400)) == {"/ground"}
    await kk.at("2037-05-18 09:00")
    # no limit for objecting; the letter came last Thursday, and that is the day that counts
    letter = OBJECTION | {"ground": "disagrees_with_solution", "occurredAt": instant("2037-05-14 11:00")}
    await upheld.step("system", "objections", letter)
    assert (upheld.last["state"], upheld.last["stage"]) == ("open", "appeal")
    assert codes(upheld.last) & {"channel-not-asked"} == set()
    await upheld.has("appeal.decide_appeal", "pending", due="2037-07-09")
    # by e-mail it counts as well, and is flagged: the procedure asks for a letter
    await rejected.step("system", "objections", OBJECTION | {"form": "email"})
    assert "channel-not-asked" in codes(rejected.last)
    await rejected.step("system", "objections", OBJECTION, expect=409)


@pytest.mark.proves("KK-27")
async def test_the_appeal_is_decided_by_somebody_from_outside(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await appealed(kk)
    decision = {"verdict": "upheld", "form": "post", "reasons": "De afspraak was anders."}
    for who in ("chair", "member", "board", "system"):
        await case.step(who, "appeal-decisions", decision, expect=403)
    chair = kk.made.staff["chair"]
    await case.step("system", "assignments", {"staffId": str(chair)}, expect=409)
    # whoever decided before does not become independent by another role
    await give_roles(kk, chair, "appeal_committee")
    problem = await case.step("chair", "appeal-decisions", decision, expect=409)
    assert "earlier stage" in problem["detail"]
    problem = await case.step("system", "assignments", {"staffId": str(chair)}, expect=409)
    assert "earlier stage" in problem["detail"]
    # and an employee is none from outside
    member = kk.made.staff["member"]
    await give_roles(kk, member, "member", "appeal_committee")
    problem = await case.step("member", "appeal-decisions", decision, expect=409)
    assert "no other role" in problem["detail"]
    await case.step("system", "assignments", {"staffId": str(kk.made.staff["appeal_committee"])})
    await case.step("appeal_committee", "appeal-decisions", decision)
    await case.step("appeal_committee", "appeal-decisions", decision, expect=409)


@pytest.mark.proves("KK-28", "KK-30", "KK-31", "KK-32")
async def test_the_appeal_in_eight_weeks_or_told_when(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-09-01 09:00")  # a Monday
    case, late = await appealed(kk), await appealed(kk)
    # eight weeks from that Monday; the clock goes back an hour on Sunday 26 October
    term = await case.has("appeal.decide_appeal", "pending", due="2036-10-27")
    assert term["soft"]
    assert term["breachAt"] == "2036-10-27T23:00:00Z"
    told = {"form": "post", "until": "2036-11-24"}
    await case.step("chair", "extensions", told, expect=403)
    for sent, pointer in (
        ({"form": "post"}, "/until"),
        (told | {"form": "phone"}, "/form"),
        ({"until": "2036-11-24"}, "/form"),
    ):
        assert pointers(await case.step("appeal_committee", "extensions", sent, expect=400)) == {pointer}
    await kk.at("2036-10-27 15:00")
    await case.step("appeal_committee", "extensions", told)
    await case.has("appeal.decide_appeal", "pending", due="2036-11-24")
    await kk.at("2036-10-28 09:00")
    await late.step("appeal_committee", "extensions", told, expect=409)
    await late.has("appeal.decide_appeal", "overdue")
    decision = {"verdict": "upheld", "form": "post", "advice": "Leg afspraken schriftelijk vast."}
    await case.step("appeal_committee", "appeal-decisions", decision)
    assert case.last["verdict"] == "upheld"
    # a judgement that binds the organisation, not whoever complained: the court is still open to them
    assert case.last["stageDetails"]["bindingOn"] == ["organisation"]
    [decided] = await case.events("appeal_decision.sent")
    assert decided["texts"]["advice"] == decision["advice"]
    await case.step("system", "parallel-routes", {"route": "civil_court"})
    await late.step("appeal_committee", "appeal-decisions", decision)
    await late.has("appeal.decide_appeal", "met_late")
    # usually eight weeks: counted, and apart from the hard terms
    figures = await kk.ask("reporter", "GET", "/reports/timeliness")
    assert (figures["soft"]["met"], figures["soft"]["metLate"], figures["hard"]["metLate"]) == (1, 1, 0)


# -- versions, and who sees it ---------------------------------------------------------------------------------


@pytest.mark.proves("KK-36", "X-01")
async def test_the_version_of_the_day_of_receipt(tell: Tell) -> None:
    kk = await tell("klikklaar")
    problem = await kk.ask(
        "system", "POST", "/complaints", FILED | {"receivedAt": instant("2022-01-31 23:59:59")}, expect=400
    )
    assert pointers(problem) == {"/receivedAt"}
    first = await kk.file(FILED | {"receivedAt": instant("2022-02-01 00:00:00")})
    assert first.last["procedure"] == {"id": "klikklaar", "version": 1}

    await kk.at("2036-03-03 10:00")
    case = await kk.file(FILED)
    newer = (await kk.ask("admin", "GET", "/procedures/klikklaar"))["definition"] | {"effective_from": "2036-03-10"}
    handling = next(stage for stage in newer["stages"] if stage["stage"] == "handling")
    decide = next(duty for duty in handling["duties"] if duty["duty"] == "decide")
    decide["within"] = {"amount": 6, "unit": "weeks"}
    published = {"document": newer}
    await kk.ask("chair", "POST", "/procedures/klikklaar/versions", published, expect=403)
    await kk.ask("admin", "POST", "/procedures/klikklaar/versions", published, expect=201)
    await kk.at("2036-03-10 09:00")
    after = await kk.file(FILED)
    assert after.last["procedure"]["version"] == 2
    await after.has("handling.decide", "pending", due="2036-04-21")
    # what came in before, also when it is registered only now, keeps the rules of its day
    await case.has("handling.decide", "pending", due="2036-03-31")
    sunday = await kk.file(FILED | {"receivedAt": instant("2036-03-09 12:00")})
    assert sunday.last["procedure"]["version"] == 1
    await sunday.has("handling.decide", "pending", due="2036-04-06")
    await case.step("chair", "acknowledgements", ACKNOWLEDGED)
    assert case.last["procedure"]["version"] == 1
    await case.has("handling.decide", "pending", due="2036-03-31")


@pytest.mark.proves("KK-09")
async def test_confidential(tell: Tell) -> None:
    kk, other = await tell("klikklaar"), await tell("klikklaar")
    case = await kk.file(FILED)
    assert (await other.answer("system", "GET", f"/complaints/{case.id}")).status_code == 404
    assert (await other.answer("chair", "GET", f"/complaints/{case.id}/events")).status_code == 404
    assert (await other.ask("system", "GET", "/complaints"))["items"] == []
    for who in ("reporter", "website"):
        for path in ("/complaints", f"/complaints/{case.id}", "/terms", "/events"):
            await kk.ask(who, "GET", path, expect=403)
    figures = (await kk.answer("reporter", "GET", "/reports/summary")).text
    assert "Sam" not in figures
    assert case.last["reference"] not in figures
    assert "Sam" not in (await kk.answer("auditor", "GET", "/events")).text
    receipt = await kk.file(FILED, who="website")
    assert set(receipt.last) == {"id", "reference", "receivedAt", "terms", "support"}
    refused = await kk.answer("system", "POST", "/complaints", FILED | {"conductOn": "Sam Voorbeeld"})
    assert refused.status_code == 400
    assert "Sam" not in refused.text


@pytest.mark.proves("KK-09", "KK-14")
async def test_whoever_is_involved_sees_nothing_from_the_next_request_on(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-03-03 10:00")
    case, other = await kk.file(FILED), await kk.file(FILED)
    involved = "responsible_employee"
    staff_id = str(kk.made.staff[involved])
    assert await seen(kk, involved) == {str(case.id), str(other.id)}
    assert (await kk.ask(involved, "GET", "/reports/summary"))["total"]["received"] == 2
    await case.step(involved, "involvements", {"staffId": staff_id, "reasons": "De klacht gaat over mij."})

    assert await seen(kk, involved) == {str(other.id)}
    for path in ("", "/events", "/terms", "/hearings"):
        await kk.ask(involved, "GET", f"/complaints/{case.id}{path}", expect=404)
    await case.step(involved, "measures", {"description": "Niets."}, expect=404)
    assert (await kk.ask(involved, "GET", "/reports/summary"))["total"]["received"] == 1
    timely = await kk.ask(involved, "GET", "/reports/timeliness")
    assert timely["hard"]["pending"] == 2  # the acknowledgement and the position in the other one
    await kk.ask(involved, "GET", "/events", expect=403)
    # everybody else does
    assert await seen(kk, "chair") == {str(case.id), str(other.id)}
    problem = await case.step("chair", "assignments", {"staffId": staff_id}, expect=409)
    assert "involved" in problem["detail"]
    await case.step("system", "measures", {"description": "Niets.", "onBehalfOf": staff_id}, expect=403)


@pytest.mark.proves("KK-01")
async def test_a_complaint_about_the_chair_goes_to_a_member(tell: Tell) -> None:
    """A-28: the chair does everything, and cannot do this one."""
    kk = await tell("klikklaar")
    case, other = await kk.file(WHOLE), await kk.file(WHOLE)
    chair, member = str(kk.made.staff["chair"]), str(kk.made.staff["member"])
    await case.step("system", "assignments", {"staffId": member}, expect=409)
    await case.step("chair", "involvements", {"staffId": chair})
    await case.step("chair", "acknowledgements", ACKNOWLEDGED, expect=404)
    links = {link["event"]: link["by"] for link in (await case.read())["links"]}
    assert links["complaint.acknowledged"] == links["decision.sent"] == ["chair", "member"]
    await case.step("system", "assignments", {"staffId": member})
    await case.step("member", "acknowledgements", ACKNOWLEDGED)
    await case.step("member", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    await case.step("member", "decisions", POSITION)
    await case.has("handling.decide", "met")
    # only there
    await other.step("member", "acknowledgements", ACKNOWLEDGED, expect=403)


async def seen(office: Office, who: str) -> set[str]:
    """The complaints that somebody comes across, wherever they look; the same everywhere."""
    listed = {item["id"] for item in (await office.ask(who, "GET", "/complaints"))["items"]}
    found = await office.ask(who, "POST", "/complaints/_search", {"name": "Sam"})
    assert {item["id"] for item in found["items"]} == listed
    work = await office.ask(who, "GET", "/terms?limit=200")
    assert {item["complaintId"] for item in work["items"]} == listed
    total = (await office.ask(who, "GET", "/complaints?withTotal=true"))["total"]
    assert total == len(listed)
    return listed
