"""What an organisation wrote in a procedure of its own holds over HTTP as it stands there."""

from typing import Any

import pytest

from app.domain.procedure import Procedure
from app.procedures.reading import read_mapping
from tests.stories import Tell

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


