"""What an organisation wrote in a procedure of its own holds over HTTP as it stands there."""

from typing import Any

import pytest

from app.domain.procedure import Procedure
from app.procedures.reading import read_mapping
from tests.escalating import asked, bring
from tests.stories import Case, Office, Tell, instant

Json = dict[str, Any]


def written(*stages: Json, **parts: Any) -> Procedure:
    """A procedure with these stages; what a test is not about is as small as it can be."""
    return read_mapping(
        {
            "procedure": "gemeente",
            "title": "Klachtenregeling",
            "effective_from": "2030-01-01",
            "roles": [{"role": "handler"}, {"role": "board"}],
            "intake": {"complainants": [{"type": "citizen"}], "channels": [{"channel": "email"}]},
            "stages": list(stages),
            "retention": {"maximum": {"amount": 1, "unit": "years"}, "then": "erase"},
            **parts,
        }
    )


def handling(*duties: Json) -> Json:
    return {
        "stage": "handling",
        "kind": "formal",
        "handled_by": "handler",
        "opens_on": [{"event": "complaint.received"}],
        "answer": {"event": "decision.sent"},
        "duties": list(duties),
    }


def duty(name: str, **words: Any) -> Json:
    return {"duty": name, "after": "complaint.received", "within": {"amount": 6, "unit": "weeks"}, **words}


FILED = {"complainantType": "citizen"}
MAIL = {"form": "email", "text": "Dit is het antwoord."}


def faults(problem: Json) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


@pytest.mark.parametrize(
    "met_by", [["complaint.resolved", "decision.sent"], ["decision.sent", "complaint.resolved"]], ids=",".join
)
async def test_content_is_owed_in_whatever_order_the_events_stand(tell: Tell, met_by: list[str]) -> None:
    office = await tell(written(handling(duty("decide", met_by=met_by, content="reasons"))))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    refused = await case.step("handler", "decisions", MAIL, expect=400)
    assert faults(refused) == {("/reasons", "content-missing")}
    await case.step("handler", "decisions", {**MAIL, "reasons": "Omdat."})
    await case.has("handling.decide", "met")


async def test_of_two_messages_that_say_it_each_owes_it(tell: Tell) -> None:
    rules = duty("notify", met_by=["inadmissibility.notified", "decision.sent"], content="reasons")
    office = await tell(written(handling(rules)))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    refused = await case.step("handler", "decisions", MAIL, expect=400)
    assert faults(refused) == {("/reasons", "content-missing")}


async def test_what_settles_it_sooner_needs_not_say_what_comes_before_an_answer(tell: Tell) -> None:
    """Who closes it as resolved, or answers before it was acknowledged, promises no term any more."""
    acknowledge = duty("acknowledge", met_by=["complaint.acknowledged", "decision.sent"], content="handling_term")
    settle = duty("settle", met_by=["complaint.resolved", "decision.sent"], content="reasons")
    office = await tell(written(handling(acknowledge, settle)))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    await case.step("handler", "decisions", {**MAIL, "reasons": "Omdat."})
    await case.has("handling.acknowledge", "met")
    other = await office.file(FILED)
    await other.step("handler", "closures", {"outcome": "resolved", "form": "email", "handlingMethod": "Gebeld."})
    await other.has("handling.settle", "met")


# -- a body after an internal review ---------------------------------------------------------------------------

REVIEW = {
    "stage": "review",
    "kind": "review",
    "handled_by": "board",
    "opens_on": [{"event": "dissatisfaction.received", "after": "handling"}],
    "answer": {"event": "second_response.sent"},
    "duties": [
        {
            "duty": "review",
            "within": {"amount": 2, "unit": "weeks"},
            "after": "dissatisfaction.received",
            "met_by": "second_response.sent",
        }
    ],
}


def outside(**words: Any) -> Json:
    """The body may be turned to after the handling; the text says nothing of the review."""
    return {
        "stage": "committee",
        "kind": "external",
        "body": "committee",
        "opens_on": [{"event": "escalation.requested", "after": "handling", **words}],
        "answer": {"event": "external_decision.received"},
    }


COMMITTEE = {
    "body": "committee",
    "name": "Geschillencommissie",
    "kind": "disputes_committee",
    "reached_by": {"channels": ["email"]},
    "after": "handling",
    "binding_on": [],
}


async def reviewed(tell: Tell, *, answered: bool = True, **words: Any) -> Case:
    """A complaint of which the answer (or its absence, six weeks later) was not accepted, so that a review runs."""
    decide = duty("decide", met_by="decision.sent")
    office = await tell(written(handling(decide), REVIEW, outside(**words), bodies=[COMMITTEE]))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    if answered:
        await case.step("handler", "decisions", MAIL)
    await office.at("2036-03-20 10:00")
    await case.step("system", "dissatisfactions", {"form": "email"})
    assert case.last["stage"] == "review"
    return case


async def way_out(case: Case) -> Json:
    """What the check before an escalation says, the same as the complaint itself."""
    path = f"/complaints/{case.id}/escalations/_check?body=committee&consent=true"
    checked = await case.office.ask("system", "GET", path)
    open_now = [route["body"] for route in (await case.read())["routesOutside"]]
    assert open_now == (["committee"] if checked["possible"] else [])
    return checked


async def test_a_review_postpones_the_way_outside_and_takes_it_from_nobody(tell: Tell) -> None:
    """X-08: once the review was answered the complainant may go on, to the body that comes after the handling."""
    case = await reviewed(tell)
    waiting = await way_out(case)
    assert (waiting["possible"], waiting["possibleOn"]) == (False, "2036-04-04")
    await asked(case, "handler", "committee", expect=409)
    await case.step("board", "responses", MAIL)
    assert (await way_out(case))["possible"]
    brought = await bring(case, "handler", "committee")
    assert brought.complaint.id == case.id
    assert (await case.read())["stage"] == "committee"


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "silent"])
async def test_silence_in_a_review_locks_nobody_out(tell: Tell, answered: bool) -> None:
    case = await reviewed(tell, answered=answered)
    await case.office.at("2036-04-04 00:30")
    assert (await way_out(case))["possible"]
    await bring(case, "handler", "committee")
    # the review may still be answered, late as that is
    await case.step("board", "responses", {**MAIL, "occurredAt": instant("2036-04-04 00:20")})
    assert (await case.read())["stage"] == "committee"


REFUSED = {"decision": "decline", "ground": "trivial", "reasons": "Te klein.", "form": "email"}
SETTLED = {"outcome": "resolved", "form": "email", "handlingMethod": "Gebeld."}


@pytest.mark.parametrize(
    ("step", "body"), [("admissibility-decisions", REFUSED), ("closures", SETTLED)], ids=["refused", "settled"]
)
async def test_who_asks_for_a_review_of_what_ended_unanswered_keeps_the_way_outside(
    tell: Tell, step: str, body: Json
) -> None:
    """X-08: nothing is to come any more in the stage that ended; only the review is waited for."""
    grounds = [{"ground": "trivial", "test": "insufficient_interest", "mode": "may_refuse"}]
    told = duty("tell", met_by="inadmissibility.notified", when={"admissibility": ["inadmissible"]})
    office = await tell(
        written(
            handling(duty("decide", met_by="decision.sent"), told),
            REVIEW,
            outside(),
            bodies=[COMMITTEE],
            admissibility={"decided_by": ["handler"], "grounds": grounds},
        )
    )
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    await case.step("handler", step, {**body, "notified": True} if step == "admissibility-decisions" else body)
    assert (await way_out(case))["possible"]
    await case.step("system", "dissatisfactions", {"form": "email"})
    # two weeks for the review, from Monday 4 February; the answer to the complaint itself is owed no more
    assert (await way_out(case))["possibleOn"] == "2036-02-19"
    await case.step("board", "responses", MAIL)
    assert (await way_out(case))["possible"]
    await bring(case, "handler", "committee")


async def test_what_a_body_decided_is_not_brought_there_again_by_a_stage_after_it(tell: Tell) -> None:
    follow = {
        "stage": "board_decision",
        "kind": "formal",
        "handled_by": "board",
        "opens_on": [{"event": "external_decision.received", "after": "committee"}],
        "answer": {"event": "appeal_decision.sent"},
    }
    decide = duty("decide", met_by="decision.sent")
    office = await tell(written(handling(decide), REVIEW, outside(), follow, bodies=[COMMITTEE]))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    await case.step("handler", "decisions", MAIL)
    brought = await bring(case, "handler", "committee")
    given = {"verdict": "upheld", "form": "email", "bindingOn": []}
    await brought.step("handler", "decisions", given)
    await case.step("board", "appeal-decisions", MAIL)
    assert not (await way_out(case))["possible"]


# -- a stage that a signal left --------------------------------------------------------------------------------

TALK = {
    "stage": "talk",
    "kind": "source",
    "handled_by": "handler",
    "opens_on": [{"event": "signal.received"}],
    "answer": {"event": "informal_outcome.recorded"},
    "duties": [
        {
            "duty": "call",
            "within": {"amount": 5, "unit": "working_days"},
            "after": "signal.received",
            "met_by": "informal_outcome.recorded",
        },
        {"duty": "tell_manager", "after": "signal.received", "met_by": "informal_outcome.recorded"},
        {
            "duty": "acknowledge",
            "within": {"amount": 4, "unit": "weeks"},
            "after": "signal.received",
            "met_by": "complaint.acknowledged",
        },
    ],
}


@pytest.mark.parametrize(
    ("day", "state"), [("2036-02-06", "cancelled"), ("2036-02-13", "overdue")], ids=["in time", "overdue"]
)
async def test_what_only_the_answer_to_a_signal_meets_is_owed_no_more_of_the_complaint(
    tell: Tell, day: str, state: str
) -> None:
    """Five working days from Monday 4 February 2036 end on Monday 11 February."""
    formal = handling(duty("decide", met_by="decision.sent"))
    formal["opens_on"] = [{"event": "complaint.received"}, {"event": "signal.promoted"}]
    intake = {
        "complainants": [{"type": "citizen"}],
        "channels": [{"channel": "email", "counts_as": "signal"}],
        "kinds": ["complaint", "signal"],
    }
    office = await tell(written(TALK, formal, intake=intake))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    await case.has("talk.call", "pending", due="2036-02-11")
    await office.at(f"{day} 10:00")
    await case.step("handler", "promotions", {"form": "email", "description": "Nu een klacht."})
    await case.has("talk.call", state)
    # what can still be done is still owed
    await case.has("talk.acknowledge", "pending")
    await office.at("2036-02-14 10:00")
    await case.has("talk.call", state)
    listed = {item["key"] for item in (await office.ask("handler", "GET", "/terms"))["items"]}
    assert listed == {"talk.acknowledge", "handling.decide"}
    owed = (await office.ask("handler", "GET", "/obligations"))["items"]
    assert "tell_manager" not in {item.get("duty") for item in owed}
    await case.step("handler", "acknowledgements", MAIL)
    await case.step("handler", "decisions", MAIL)
    await case.step("handler", "closures", {"outcome": "handled", "handlingMethod": "Brief."})


# -- two versions ----------------------------------------------------------------------------------------------


async def renewed(tell: Tell) -> Office:
    """Six weeks, and four for what comes in from 2 May 2036; it is that day."""
    first = written(handling(duty("decide", met_by="decision.sent")), **SIGNALS)
    office = await tell(first)
    await office.at("2036-04-01 10:00")
    second = first.model_dump(mode="json", by_alias=True) | {"effective_from": "2036-05-02"}
    second["stages"][0]["duties"][0]["within"] = {"amount": 4, "unit": "weeks"}
    await office.ask("admin", "POST", "/procedures/gemeente/versions", {"document": second}, expect=201)
    await office.at("2036-05-02 10:00")
    return office


SIGNALS = {
    "intake": {
        "complainants": [{"type": "citizen"}],
        "channels": [{"channel": "email"}, {"channel": "phone", "counts_as": "signal"}],
        "kinds": ["complaint", "signal"],
    }
}
BEFORE = {"receivedAt": instant("2036-04-30 20:00"), "lateRegistrationReason": "Lag in de bus."}


async def test_a_receipt_is_not_moved_into_the_time_of_another_version(tell: Tell) -> None:
    """KK-36: by which version a complaint is handled follows from its day of receipt, also when that was mistaken."""
    office = await renewed(tell)
    case = await office.file({**FILED, **BEFORE})
    await case.has("handling.decide", "pending", due="2036-06-11")
    moved = {"corrects": 1, "movedTo": instant("2036-05-02 09:00"), "reasons": "Verkeerd gelezen."}
    assert faults(await case.step("system", "corrections", moved, expect=400)) == {("/movedTo", "another-version")}
    newer = await office.file(FILED)
    back = {**moved, "movedTo": instant("2036-05-01 09:00")}
    assert faults(await newer.step("system", "corrections", back, expect=400)) == {("/movedTo", "another-version")}
    await case.step("system", "corrections", {**moved, "movedTo": instant("2036-05-01 09:00")})
    await case.has("handling.decide", "pending", due="2036-06-12")


async def test_what_is_calculated_is_what_a_complaint_of_that_day_gets(tell: Tell) -> None:
    office = await renewed(tell)
    asked_for = {"procedure": "gemeente", "duty": "decide"}

    async def due(**start: Any) -> str:
        return str((await office.ask("system", "POST", "/terms/_calculate", {**asked_for, **start}))["dueOn"])

    assert await due(startAt=BEFORE["receivedAt"]) == "2036-06-11"
    assert await due(startOn="2036-05-02") == "2036-05-30"
    assert await due(startOn="2036-04-30", version=2) == "2036-05-28"
    # before the first version there is none; what is in force now is the best there is
    assert await due(startOn="2029-04-30") == "2029-05-28"


async def test_a_signal_that_becomes_a_complaint_keeps_its_version(tell: Tell) -> None:
    """It is one dossier, by the rules of the day on which it came in; only its terms run from the promotion."""
    office = await renewed(tell)
    case = await office.file({**FILED, **BEFORE, "channel": "phone"})
    await case.step("system", "promotions", {"form": "email", "description": "Nu een klacht."})
    assert case.last["procedure"]["version"] == 1
    await case.has("handling.decide", "pending", due="2036-06-13")


# -- what validates holds, and what is tried out happens -------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        {"extension": {"times": 1}},
        {"suspension": [{"cause": "mediation"}]},
        {"restarts_on": "complaint.completed"},
    ],
    ids=lambda words: next(iter(words)),
)
async def test_what_is_counted_back_is_moved_by_the_event_alone(tell: Tell, words: Json) -> None:
    """A notice of extension would tell people a day that does not hold."""
    office = await tell("jso")
    rules = written(handling()).model_dump(mode="json", by_alias=True, exclude_unset=True)
    week = {"amount": 1, "unit": "weeks"}
    papers = {"duty": "papers", "within": week, "before": "hearing.scheduled", "met_by": "information.received"}
    rules["stages"][0]["duties"] = [{**papers, **words}]
    judged = await office.ask("admin", "POST", "/procedures/_validate", {"document": rules})
    where = f"/stages/0/duties/0/{next(iter(words))}"
    assert {(each["pointer"], each["code"]) for each in judged["faults"]} == {(where, "counted-back-stays")}


@pytest.mark.parametrize("cause", [None, "information", "repair"])
async def test_a_request_without_a_cause_stops_the_same_clocks_in_a_simulation(tell: Tell, cause: str | None) -> None:
    pause = [{"cause": "repair", "starts_on": "information.requested", "ends_on": "information.received"}]
    rules = written(handling(duty("decide", met_by="decision.sent", suspension=pause)))
    office = await tell(rules)
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    said = {"cause": cause} if cause else {}
    await case.step("system", "information-requests", {"party": "complainant", "text": "Wat bedoelt u?", **said})
    [real] = (await case.read())["terms"]
    events = [
        {"type": "complaint.received", "occurredAt": instant("2036-02-04 10:00")},
        {"type": "information.requested", "occurredAt": instant("2036-02-04 11:00"), "facts": said},
    ]
    asked_for = {"procedure": "gemeente", "events": events}
    told = await office.ask("system", "POST", "/procedures/_simulate", asked_for)
    [imagined] = told["standing"]["terms"]
    assert (imagined["state"], imagined["dueOn"]) == (real["state"], real["dueOn"])
    assert (real["state"] == "suspended") is (cause == "repair")


OFFICE_HOURS = {"calendar": {"receipt": "office_hours"}}


async def test_what_the_organisation_did_itself_counts_from_its_own_day(tell: Tell) -> None:
    """C4: office hours are about when something counts as received; who decided on Friday night was there."""
    five = {"within": {"amount": 5, "unit": "working_days"}}
    copy = duty("copy", **five) | {"after": "decision.sent", "met_by": "decision.copied"}
    check = duty("check", **five) | {"after": "measure.recorded", "met_by": "measure.completed"}
    answer = duty("answer", met_by="decision.sent", **five)
    office = await tell(written(handling(answer, copy, check), **OFFICE_HOURS))
    await office.at("2036-02-08 20:00")  # a Friday
    case = await office.file(FILED)
    await case.has("handling.answer", "pending", due="2036-02-18")
    await case.step("handler", "measures", {"description": "Voortaan bellen wij eerst."})
    await office.at("2036-02-09 10:00")
    await case.step("handler", "decisions", MAIL)
    assert (await case.has("handling.check", "pending", due="2036-02-15"))["startedOn"] == "2036-02-08"
    assert (await case.has("handling.copy", "pending", due="2036-02-15"))["startedOn"] == "2036-02-09"
    moved = set()
    for term in (await case.read())["terms"]:
        path = f"/complaints/{case.id}/terms/{term['id']}/explanation"
        told = await office.ask("system", "GET", path)
        moved |= {term["duty"]} if "telt vanaf de eerstvolgende werkdag" in str(told) else set()
    assert moved == {"answer"}
    asked_for = {"procedure": "gemeente", "startAt": instant("2036-02-08 20:00")}
    for name, due in (("check", "2036-02-15"), ("answer", "2036-02-18")):
        counted = await office.ask("system", "POST", "/terms/_calculate", {**asked_for, "duty": name})
        assert counted["dueOn"] == due


WEEKS: Json = {"amount": 4, "unit": "weeks"}


@pytest.mark.parametrize(
    ("within", "named", "by"),
    [
        (WEEKS, {"dueOn": "2036-05-05"}, "2036-05-05"),
        (None, {"dueOn": "2036-05-05"}, "2036-05-05"),
        (WEEKS, {}, "2036-04-10"),
    ],
    ids=["named", "named-only", "counted"],
)
async def test_messages_and_steps_while_an_answer_is_owed_by_a_day_that_a_body_named(
    tell: Tell, within: Json | None, named: Json, by: str
) -> None:
    """The day that it names holds instead of the period, which a letter then does not tell."""
    review = {
        "stage": "review",
        "kind": "formal",
        "handled_by": "board",
        "opens_on": [{"event": "external_decision.received", "after": "committee"}],
        "answer": {"event": "decision.sent"},
        "duties": [
            duty(
                "follow_up",
                after="external_decision.received",
                within=within,
                stated=True,
                met_by=["decision.sent"],
                content=["handling_term"],
            )
        ],
    }
    first = handling(duty("decide", met_by="decision.sent"))
    office = await tell(written(first, outside(), review, bodies=[COMMITTEE]))
    await office.at("2036-03-03 10:00")
    case = await office.file(FILED | {"complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org"}})
    await case.step("handler", "decisions", MAIL)
    brought = await bring(case, "handler", "committee")
    await office.at("2036-03-13 10:00")
    await brought.step("handler", "decisions", {"verdict": "upheld", "form": "email", "bindingOn": [], **named})
    await case.has("review.follow_up", "pending", due=by)
    message: Json = {"direction": "outbound", "channel": "email", "subject": "Uw klacht"}
    path = f"/complaints/{case.id}/correspondence"
    shown = await office.ask("board", "POST", f"{path}/_preview", message | {"letter": "message", "body": "Dag."})
    assert "Dag." in shown["text"]
    # what the words of a message show of the term counts, and the day is in it
    told = message | {"body": f"U hoort uiterlijk {by} van ons."}
    sent = await office.ask("board", "POST", path, told, expect=201)
    assert set(sent["contents"]) == {"handling_term", "due_date"}
    weeks = await office.ask("board", "POST", path, message | {"body": "U hoort binnen vier weken."}, expect=201)
    assert weeks["contents"] == ([] if named else ["handling_term"])
    await case.step("board", "decisions", MAIL | {"text": f"Wij doen het uiterlijk {by}."})
    await case.has("review.follow_up", "met", due=by)


ABOUT_THE_BOARD = handling(duty("decide", met_by="decision.sent")) | {
    "stage": "about_the_board",
    "handled_by": "supervisors",
    "opens_on": [{"event": "complaint.received", "when": {"subject_role": ["board"]}}],
}
ROLES = [{"role": "handler"}, {"role": "board"}, {"role": "supervisors"}]


async def supervised(tell: Tell) -> Office:
    stages = (ABOUT_THE_BOARD, handling(duty("decide", met_by="decision.sent")))
    office = await tell(written(*stages, roles=ROLES))
    await office.at("2036-02-04 10:00")
    return office


async def test_a_complaint_about_the_board_is_not_judged_by_the_board(tell: Tell) -> None:
    office = await supervised(tell)
    about = {"subjectPerson": {"name": "Robin Proef", "relation": "bestuurder"}, "subjectRole": "board"}
    assert (await office.file(FILED | about)).last["stage"] == "about_the_board"
    assert (await office.file(FILED | {"subjectRole": "handler"})).last["stage"] == "handling"
    mistaken = {"channel": "email", "description": "Het ging niet goed.", "subjectRole": "mayor", **FILED}
    strange = await office.ask("system", "POST", "/complaints", mistaken, expect=400)
    assert ("/subjectRole", "not-in-procedure") in faults(strange)


async def test_that_it_is_about_the_board_may_turn_out_later(tell: Tell) -> None:
    case = await (await supervised(tell)).file(FILED)
    strange = await case.register("handler", {"subjectRole": "mayor"}, expect=400)
    assert faults(strange) == {("/subjectRole", "not-in-procedure")}
    await case.register("handler", {"subjectRole": "handler"})
    words = {"corrects": 1, "reasons": "De klacht gaat over een bestuurder."}
    strange = await case.step("system", "corrections", words | {"changes": {"subjectRole": "mayor"}}, expect=400)
    assert faults(strange) == {("/changes/subjectRole", "not-in-procedure")}
    await case.step("system", "corrections", words | {"changes": {"subjectRole": "board"}})
    assert case.last["stage"] == "about_the_board"


async def test_a_complaint_closes_on_what_the_register_knows_by_itself(tell: Tell) -> None:
    wanted = ["reference", "handler", "subject", "complainant_type", "external_body", "measures"]
    register = {"required_at_intake": ["complainant_type", "reference"], "required_at_closing": wanted}
    office = await tell(written(handling(), register=register))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED | {"category": "planning"})
    closing = {"outcome": "resolved"}
    refused = await case.step("handler", "closures", closing, expect=400)
    assert faults(refused) == {(f"/register/{name}", "register-field-missing") for name in ("handler", "measures")}
    await case.step("system", "assignments", {"staffId": str(office.made.staff["handler"])})
    await case.step("handler", "decisions", MAIL | {"measures": "Wij bellen voortaan een dag vooraf."})
    await case.step("handler", "closures", closing)


async def test_where_it_was_what_was_paid_and_who_took_it_down_can_be_told(tell: Tell) -> None:
    """Such a complaint could not be filed, or never be closed: no field told it."""
    register = {
        "required_at_intake": ["location", "subject"],
        "required_at_closing": ["received_by", "compensation", "location"],
    }
    office = await tell(written(handling(), register=register))
    await office.at("2036-02-04 10:00")
    lacking = {"channel": "email", "description": "Het ging niet goed.", **FILED}
    refused = await office.ask("system", "POST", "/complaints", lacking, expect=400)
    assert faults(refused) == {("/location", "required"), ("/subjectKind", "required")}
    case = await office.file(FILED | {"location": "Balie Noord", "category": "planning"})
    await case.step("handler", "decisions", MAIL)
    refused = await case.step("handler", "closures", {"outcome": "handled"}, expect=400)
    wanted = {(f"/register/{name}", "register-field-missing") for name in ("received_by", "compensation")}
    assert faults(refused) == wanted
    await case.register("handler", {"receivedBy": "Kim Balie", "compensation": "Tien euro", "location": "Balie Zuid"})
    assert (await case.read())["texts"]["location"] == "Balie Zuid"
    await case.step("handler", "closures", {"outcome": "handled"})


async def test_what_is_known_only_later_is_not_asked_when_a_complaint_comes_in(tell: Tell) -> None:
    office = await tell(written(handling()))
    register = {"required_at_intake": ["description", "handler", "outcome"]}
    document = written(handling(), register=register).model_dump(mode="json", by_alias=True)
    sent = {"document": document | {"effective_from": "2037-01-01"}}
    refused = await office.ask("admin", "POST", "/procedures/gemeente/versions", sent, expect=400)
    assert faults(refused) == {(f"/document/register/required_at_intake/{at}", "not-at-intake") for at in (1, 2)}


async def test_a_step_that_may_not_be_skipped_is_named_as_such(tell: Tell) -> None:
    heard = {"step": "hear", "met_by": "party.heard", "party": "complainant", "waivable": False, "source": "art. 8"}
    office = await tell(written(handling() | {"before_answer": [heard]}))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    skipped = {"step": "hear", "reasons": "De klager is op reis."}
    refused = await case.step("handler", "waivers", skipped, expect=400)
    assert faults(refused) == {("/step", "not-waivable")}
    assert refused["errors"][0]["message"] == "the procedure does not let this step be skipped (art. 8)"


async def test_a_body_may_be_asked_before_the_answer_where_the_procedure_lets_that_be_skipped(tell: Tell) -> None:
    stages = (handling(duty("decide", met_by="decision.sent")), outside(without_earlier_stage=True))
    office = await tell(written(*stages, bodies=[COMMITTEE]))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    waiting = await way_out(case)
    assert (waiting["possible"], waiting["lacks"][0]["pointer"]) == (False, "/skipReason")
    assert waiting["lacks"][0]["possibleOn"] == "2036-03-18"  # Monday 4 February and six weeks, and the day after
    refused = await asked(case, "handler", "committee", expect=400)
    assert faults(refused) == {("/skipReason", "skip-reason-missing")}
    path = f"/complaints/{case.id}/escalations/_check?body=committee&consent=true&skips=true"
    assert (await office.ask("system", "GET", path))["possible"]
    brought = await bring(case, "handler", "committee", skipReason="De klager durft niet met ons te praten.")
    assert (await case.read())["stage"] == "committee"
    # the answer is still owed, and may still come
    await case.has("handling.decide", "pending", due="2036-03-17")
    await case.step("handler", "decisions", MAIL)
    await brought.step("handler", "decisions", {"verdict": "upheld", "form": "email", "bindingOn": []})


async def test_what_a_body_has_is_not_brought_there_again_by_skipping(tell: Tell) -> None:
    stages = (handling(duty("decide", met_by="decision.sent")), outside(without_earlier_stage=True))
    office = await tell(written(*stages, bodies=[COMMITTEE]))
    await office.at("2036-02-04 10:00")
    case = await office.file(FILED)
    await case.step("handler", "decisions", MAIL)
    brought = await bring(case, "handler", "committee")
    await brought.step("handler", "decisions", {"verdict": "upheld", "form": "email", "bindingOn": []})
    await asked(case, "handler", "committee", expect=409, skipReason="Nog een keer.")


async def test_a_procedure_under_which_nothing_is_ever_answered_does_not_come_into_force(tell: Tell) -> None:
    office = await tell(written(handling()))
    never = {"step": "tell_inspectorate", "met_by": "body.informed", "waivable": False}
    document = written(handling() | {"before_answer": [never]}).model_dump(mode="json", by_alias=True)
    sent = {"document": document | {"effective_from": "2037-01-01"}}
    refused = await office.ask("admin", "POST", "/procedures/gemeente/versions", sent, expect=400)
    assert faults(refused) == {("/document/stages/0/before_answer/0/met_by", "step-cannot-be-met")}
