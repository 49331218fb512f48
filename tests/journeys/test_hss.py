"""HSS: handed to the board at once, confirmed in seven working days, a reasoned position in six weeks, then outside.

The spring of 2036: Easter Monday is 14 April, 5 May a Monday, Ascension Day Thursday 22 May, Whit Monday 2 June.
"""

from typing import Any

import pytest

from tests.stories import Case, Office, Tell

FILED: dict[str, Any] = {
    "description": "Mijn begeleider kwam drie keer niet opdagen. Ik vind dit echt niet kunnen!",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org"},
    "complainantType": "client",
}
TALK = {"party": "complainant", "form": "conversation", "note": "De klacht is toegelicht."}
POSITION = {
    "form": "email",
    "reasons": "Er was geen vervanging geregeld.",
    "text": "Wij nemen een vaste vervanger op in de planning.",
}
CONFIRMED = {"form": "post", "text": "Wij hebben uw klacht in behandeling genomen."}


def faults(problem: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


async def decided(office: Office, case: Case) -> None:
    await case.step("board", "hearings", TALK)
    await case.step("board", "decisions", POSITION)


@pytest.mark.proves("HSS-02", "HSS-03", "HSS-09", "HSS-10", "HSS-11", "HSS-12", "HSS-13", "HSS-14", "HSS-17")
async def test_from_the_letterbox_to_the_archive(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-04-09 11:00")  # a Wednesday
    case = await hss.file({**FILED, "channel": "post"})
    await case.has("handling.hand_over", "pending", due="2036-04-09")
    # Thu 10, Fri 11; Mon 14 is Easter Monday; Tue 15, Wed 16, Thu 17, Fri 18, Mon 21
    await case.has("handling.acknowledge", "pending", due="2036-04-21")
    await case.has("handling.decide", "pending", due="2036-05-21")  # a Wednesday, six weeks on

    await case.step("system", "hand-overs", {"form": "conversation"}, expect=403)
    await case.step("employee", "hand-overs", {"form": "conversation"})
    handed = await case.has("handling.hand_over", "met")
    assert handed["soft"]

    await hss.at("2036-04-21 16:00")  # the last day of seven
    oral = await case.step("board", "acknowledgements", {"form": "phone", "note": "Gebeld."}, expect=400)
    assert faults(oral) == {("/form", "written-required")}
    await case.step("employee", "acknowledgements", CONFIRMED, expect=403)
    await case.step("board", "acknowledgements", CONFIRMED)
    await case.has("handling.acknowledge", "met")

    early = await case.step("board", "decisions", POSITION, expect=409)
    assert "hear_complainant" in early["detail"]
    assert {"hearings", "waivers"} <= {each["step"] for each in early["possible"]}
    # the board looks into it itself: what an employee heard is recorded, and does not count
    told = await case.step("employee", "hearings", TALK)
    assert "does-not-count" in {warning["code"] for warning in told["complaint"]["warnings"]}
    await case.step("board", "decisions", POSITION, expect=409)
    await case.step("board", "hearings", TALK)
    await hss.at("2036-05-21 23:59")  # the last minute of the last day
    await case.step("employee", "decisions", POSITION, expect=403)
    await case.step("system", "decisions", POSITION, expect=403)
    bare = await case.step("board", "decisions", {"form": "conversation"}, expect=400)
    assert faults(bare) == {("/note", "note-required"), ("/reasons", "content-missing")}
    told = {"form": "conversation", "reasons": POSITION["reasons"], "note": "Aan de keukentafel besproken."}
    answer = await case.step("board", "decisions", told)
    await case.has("handling.decide", "met")
    # the employee was not heard: expected, not demanded
    assert "step-expected" in {warning["code"] for warning in answer["complaint"]["warnings"]}
    await case.step("board", "decisions", told, expect=409)

    assert case.last["publicStatus"] == "in_progress"
    await hss.at("2036-05-23 09:00")  # a Friday
    incomplete = await case.step("board", "closures", {"outcome": "handled"}, expect=400)
    assert faults(incomplete) == {("/register/handling_method", "register-field-missing")}
    await case.step("board", "closures", {"outcome": "handled", "handlingMethod": "In een gesprek afgehandeld."})
    assert case.last["publicStatus"] == "handled"
    assert case.last["state"] == "closed"
    # two years, the organisation's own choice: kept through 23 May 2038
    assert case.last["retention"]["eraseBy"] == "2038-05-24"
    assert await case.events("term.breached") == []


@pytest.mark.proves("HSS-02", "HSS-10")
@pytest.mark.parametrize("channel", ["post", "email", "web_form", "phone", "oral"])
async def test_however_it_comes_in(tell: Tell, channel: str) -> None:
    hss = await tell("hss")
    await hss.at("2036-06-11 09:00")  # a Wednesday
    body = {**FILED, "channel": channel, "receivedAt": "2036-06-10T23:30:00+02:00"}
    if channel in ("phone", "oral"):
        problem = await hss.ask("employee", "POST", "/complaints", body, expect=400)
        assert faults(problem) == {("/receivedBy", "required")}
        body["receivedBy"] = "Medewerker van de receptie"
    case = await hss.file(body, who="employee")
    assert case.last["channel"] == channel
    # the day of arrival, also late in the evening: Tuesday
    await case.has("handling.decide", "pending", due="2036-07-22")
    if channel in ("phone", "oral"):
        assert case.last["texts"]["receivedBy"] == "Medewerker van de receptie"


@pytest.mark.proves("HSS-10")
async def test_by_the_form_on_its_website(tell: Tell) -> None:
    """What is filled in there is in writing: handed over and confirmed as a letter is."""
    hss = await tell("hss")
    await hss.at("2036-04-09 11:00")  # a Wednesday
    form = {"description": FILED["description"], "complainant": FILED["complainant"]}
    case = await hss.file(form, who="website")
    assert "terms" in case.last
    await case.has("handling.hand_over", "pending", due="2036-04-09")
    await case.has("handling.acknowledge", "pending", due="2036-04-21")
    assert (case.last["kind"], case.last["channel"]) == ("complaint", "web_form")


async def test_no_other_way_in(tell: Tell) -> None:
    hss = await tell("hss")
    problem = await hss.ask("system", "POST", "/complaints", {**FILED, "channel": "portal"}, expect=400)
    [fault] = problem["errors"]
    assert (fault["pointer"], fault["message"]) == ("/channel", "one of: post, email, web_form, phone, oral")


@pytest.mark.proves("HSS-09")
@pytest.mark.parametrize(
    ("received", "due", "after"),
    [
        ("2036-03-07 23:00", "2036-03-07", "2036-03-08 00:00"),  # Friday evening: that same day
        ("2036-03-08 10:00", "2036-03-10", "2036-03-11 00:00"),  # Saturday: Monday
        ("2036-04-12 10:00", "2036-04-15", "2036-04-16 00:00"),  # the Saturday before Easter: Tuesday
        ("2036-05-22 10:00", "2036-05-23", "2036-05-24 00:00"),  # Ascension Day: the Friday after
    ],
)
async def test_handed_over_at_once(tell: Tell, received: str, due: str, after: str) -> None:
    hss = await tell("hss")
    await hss.at(received)
    case = await hss.file(FILED)
    await case.has("handling.hand_over", "pending", due=due)
    await hss.at(after)
    await case.has("handling.hand_over", "overdue")
    [breach] = await case.events("term.breached")
    assert breach["facts"]["soft"] is True
    await case.step("employee", "hand-overs", {})
    await case.has("handling.hand_over", "met_late")
    figures = await hss.ask("reporter", "GET", f"/reports/timeliness?from={received[:10]}")
    assert (figures["soft"]["metLate"], figures["hard"]["metLate"]) == (1, 0)  # a target, counted apart


@pytest.mark.proves("HSS-11", "HSS-13", "X-04", "X-05", "X-08")
async def test_silence_opens_the_way_out(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-05-19 09:00")  # a Monday
    case = await hss.file(FILED)
    # Tue 20, Wed 21; Thu 22 is Ascension Day; Fri 23, Mon 26, Tue 27, Wed 28, Thu 29
    await case.has("handling.acknowledge", "pending", due="2036-05-29")
    await case.has("handling.decide", "pending", due="2036-06-30")
    assert case.last["routesOutside"] == []

    await hss.ask("admin", "PUT", "/sandbox/clock", {"now": "2036-06-30T22:00:00Z"})  # 1 July here; no worker ran
    await case.has("handling.decide", "overdue")
    assert await case.events("term.breached") == []
    [route] = case.last["routesOutside"]
    assert route["body"] == "erisietsmisgegaan"
    assert route["url"] == "https://www.erisietsmisgegaan.nl"

    await hss.guard()
    await hss.guard()
    breaches = await case.events("term.breached")
    instants = {event["facts"]["duty"]: event["occurredAt"] for event in breaches}
    assert instants == {
        "hand_over": "2036-05-19T22:00:00Z",
        "acknowledge": "2036-05-29T22:00:00Z",
        "decide": "2036-06-30T22:00:00Z",
    }
    assert len(breaches) == 3

    await case.step("board", "acknowledgements", CONFIRMED)
    await decided(hss, case)
    for duty in ("acknowledge", "decide"):
        await case.has(f"handling.{duty}", "met_late")
    assert [route["body"] for route in case.last["routesOutside"]] == ["erisietsmisgegaan"]
    assert await case.events("term.breached") == breaches


@pytest.mark.proves("HSS-02", "HSS-09")
async def test_what_a_member_of_the_board_takes_in_they_hand_over_themselves(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-04-09 11:00")  # a Wednesday
    taken_in = {"channel": "phone", "receivedBy": str(hss.made.staff["board"])}
    case = await hss.file({**FILED, **taken_in})
    handing = next(link for link in case.last["links"] if link["step"] == "hand-overs")
    assert set(handing["by"]) == {"employee", "board"}
    await case.step("board", "hand-overs", {"form": "conversation"})
    await case.has("handling.hand_over", "met", due="2036-04-09")


@pytest.mark.proves("HSS-07", "HSS-08", "HSS-20")
async def test_administration_fees_and_what_was_done_around_them(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-03-03 10:00")  # a Monday
    real = await hss.file(FILED)
    answered, recast = [
        await hss.file({**FILED, "category": "administration_fees", "description": "De kosten zijn te hoog."})
        for _ in range(2)
    ]
    for case in (answered, recast):
        assert (case.last["kind"], case.last["terms"]) == ("out_of_scope", [])
    await answered.step("board", "decisions", POSITION, expect=409)
    await answered.step("board", "closures", {"outcome": "not_a_complaint", "form": "email"})
    assert answered.last["publicStatus"] == "handled"
    await figures_are(hss, complaint=1, out_of_scope=2)

    await hss.at("2036-03-14 15:00")  # Friday of the week after
    reasons = {"to": "complaint", "reasons": "Het gaat om hoe ernaar is gevraagd."}
    await recast.step("board", "reclassifications", {"to": "out_of_scope", "reasons": "Nogmaals."}, expect=400)
    await recast.step("board", "reclassifications", reasons)
    assert recast.last["kind"] == "complaint"
    # from the Monday on which it came in: Wed 12 March is the seventh working day, and has passed
    await recast.has("handling.acknowledge", "overdue", due="2036-03-12")
    await recast.has("handling.decide", "pending", due="2036-04-14")  # Easter Monday: nothing rolls forward
    assert recast.last["receivedOn"] == "2036-03-03"
    assert recast.last["description"] == "De kosten zijn te hoog."
    await figures_are(hss, complaint=2, out_of_scope=1)
    await real.has("handling.decide", "pending", due="2036-04-14")


async def figures_are(hss: Office, *, complaint: int, out_of_scope: int) -> None:
    total = (await hss.ask("reporter", "GET", "/reports/summary?from=2036-01-01"))["total"]
    assert total["received"] == complaint
    assert (total["kinds"]["complaint"], total["kinds"]["outOfScope"]) == (complaint, out_of_scope)


@pytest.mark.proves("HSS-05", "HSS-06", "HSS-16", "HSS-20")
async def test_what_a_complaint_is_and_in_whose_words(tell: Tell) -> None:
    hss = await tell("hss")
    marks = ["word_complaint_used", "strong_disagreement", "act_or_omission_blamed", "behaviour_blamed"]
    case = await hss.file({**FILED, "recognitionMarks": marks})
    [received] = await case.events("complaint.received")
    assert received["facts"]["recognitionMarks"] == marks
    unknown = {**FILED, "recognitionMarks": ["shouting"]}
    problem = await hss.ask("system", "POST", "/complaints", {**unknown, "channel": "email"}, expect=400)
    assert faults(problem) == {("/recognitionMarks", "not-in-procedure")}

    problem = await case.register("board", {"description": "Klant is ontevreden."}, expect=400)
    assert faults(problem) == {("/description", "unknown-field")}
    await case.register("board", {"category": "attendance", "furtherDescription": "Ook in maart."})
    await case.step("board", "corrections", {"corrects": 1, "changes": {"category": "planning"}, "reasons": "Anders."})
    assert (await case.read())["description"] == FILED["description"]
    assert case.last["texts"]["furtherDescription"] == "Ook in maart."

    told = await hss.ask("website", "GET", "/procedures/hss")
    assert {each["of"] for each in told["definitions"]} == {"complaint", "out_of_scope"}
    assert [body["url"] for body in told["bodies"]] == ["https://www.erisietsmisgegaan.nl"]


@pytest.mark.proves("HSS-12", "X-09")
async def test_hearing_is_skipped_only_with_a_reason(tell: Tell) -> None:
    hss = await tell("hss")
    case = await hss.file(FILED)
    # only the complainant is asked for; the employee's side does not stand in for it
    await case.step("board", "hearings", {**TALK, "party": "subject_of_complaint"})
    await case.step("board", "decisions", POSITION, expect=409)
    await case.step("board", "waivers", {"step": "hear_complainant"}, expect=400)
    problem = await case.step("board", "waivers", {"step": "coffee", "reasons": "Geen zin."}, expect=400)
    assert "hear_complainant" in problem["errors"][0]["message"]
    await case.step("employee", "waivers", {"step": "hear_complainant", "reasons": "Wil niet."}, expect=403)
    assert "waivers" in {link["step"] for link in (await case.read())["links"]}
    await case.step("board", "waivers", {"step": "hear_complainant", "reasons": "Wil alleen een brief."})
    # nothing is left to be skipped, and nothing is skipped twice
    assert "waivers" not in {link["step"] for link in (await case.read())["links"]}
    again = await case.step("board", "waivers", {"step": "hear_complainant", "reasons": "Nog eens."}, expect=400)
    assert [(fault["pointer"], fault["code"]) for fault in again["errors"]] == [("/step", "not-owed")]
    await case.step("board", "decisions", POSITION)
    [waived] = await case.events("step.waived")
    assert waived["texts"]["reasons"] == "Wil alleen een brief."


@pytest.mark.proves("HSS-04", "HSS-18")
async def test_the_quarters_inventory(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-05-06 09:00")
    case = await hss.file(FILED)
    await case.step("board", "measures", {"description": "Een vaste vervanger per route.", "dueOn": "2036-06-01"})
    running = "hss.quarterly_inventory.2036-Q2"
    reviews = {each["id"]: each for each in (await hss.ask("board", "GET", "/reviews"))["items"]}
    assert (reviews[running]["state"], reviews[running]["dueOn"]) == ("pending", "2036-06-30")
    assert reviews["hss.quarterly_inventory.2036-Q1"]["state"] == "overdue"
    held = {
        "evidence": [
            {"about": "trends", "text": "Meer over afwezigheid dan in het eerste kwartaal."},
            {"about": "measures", "text": "Een vaste vervanger per route."},
        ]
    }
    path = f"/reviews/{running}/completions"
    problem = await hss.ask("board", "POST", path, {"evidence": held["evidence"][:1]}, expect=400)
    assert faults(problem) == {("/evidence", "evidence-missing")}
    await hss.ask("employee", "POST", path, held, expect=403)
    assert (await hss.ask("board", "POST", path, held, expect=201))["state"] == "met"
    # what is held now does not make up for a quarter that has gone by
    await hss.ask("board", "POST", "/reviews/hss.quarterly_inventory.2036-Q1/completions", held, expect=409)
    await hss.at("2036-07-01 00:00")
    newest = (await hss.ask("board", "GET", "/reviews"))["items"][0]
    assert (newest["id"], newest["state"]) == ("hss.quarterly_inventory.2036-Q3", "pending")
    summary = await hss.ask("reporter", "GET", "/reports/summary?from=2036-04-01&groupBy=quarter")
    assert [(each["period"], each["measures"]) for each in summary["periods"]] == [("2036-Q2", 1), ("2036-Q3", 0)]


@pytest.mark.proves("X-10", "X-04")
async def test_withdrawn(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-09-01 09:00")  # a Monday
    case = await hss.file(FILED)
    await hss.at("2036-09-11 08:00")  # the confirmation was due on Wednesday 10
    await case.step("system", "withdrawals", {"form": "phone", "note": "Belde zelf.", "reasons": "Opgelost."})
    await case.has("handling.acknowledge", "overdue", due="2036-09-10")
    await case.has("handling.decide", "cancelled")
    assert (case.last["state"], case.last["publicStatus"]) == ("withdrawn", "handled")
    assert case.last["routesOutside"] == []
    await case.step("board", "decisions", POSITION, expect=409)
    await case.step("system", "withdrawals", {}, expect=409)


async def test_whoever_is_involved_sees_no_trace(tell: Tell) -> None:
    """The text says nothing of it; the wall is there under every procedure."""
    hss = await tell("hss")
    case = await hss.file(FILED)
    employee = str(hss.made.staff["employee"])
    assert (await hss.answer("employee", "GET", f"/complaints/{case.id}")).status_code == 200
    await case.step("board", "involvements", {"staffId": employee, "reasons": "Was de begeleider."})
    for path in (f"/complaints/{case.id}", f"/complaints/{case.id}/events", f"/complaints/{case.id}/terms"):
        assert (await hss.answer("employee", "GET", path)).status_code == 404
    await case.step("employee", "hand-overs", {}, expect=404)
    for path in ("/complaints?withTotal=true", "/terms?withTotal=true"):
        seen = await hss.ask("employee", "GET", path)
        assert (seen["items"], seen["total"]) == ([], 0)
    found = await hss.ask("employee", "POST", "/complaints/_search", {"name": "Sam"})
    assert found["items"] == []
    await case.step("board", "assignments", {"staffId": employee}, expect=409)
    assert (await case.read())["reference"]


@pytest.mark.proves("X-02")
async def test_a_wrong_receipt_date_is_superseded(tell: Tell) -> None:
    hss = await tell("hss")
    await hss.at("2036-09-25 09:00")  # a Thursday
    tomorrow = {**FILED, "channel": "email", "receivedAt": "2036-09-26T09:00:00+02:00"}
    problem = await hss.ask("system", "POST", "/complaints", tomorrow, expect=400)
    assert faults(problem) == {("/receivedAt", "in-the-future")}
    case = await hss.file(FILED)
    await case.has("handling.decide", "pending", due="2036-11-06")
    correction = {"corrects": 1, "movedTo": "2036-09-15T12:00:00+02:00", "reasons": "Lag tien dagen in de bus."}
    await case.step("board", "corrections", correction)
    await case.has("handling.decide", "pending", due="2036-10-27")  # six weeks after Monday 15 September
    await case.has("handling.acknowledge", "overdue", due="2036-09-24")
    [received] = await case.events("complaint.received")
    assert received["occurredAt"].startswith("2036-09-25T07:00:00")
