"""SO-30: the copy of the outcome holds the outcome, in whatever words it was recorded.

The spring of 2036: 3 March is a Monday.
"""

import pytest

from tests.stories import Case, Json, Office, Tell

PERSON: Json = {"name": "Sam Voorbeeld", "email": "sam@example.org"}
FILED: Json = {"description": "De afspraak ging niet door.", "complainant": PERSON, "complainantType": "client"}
TALK: Json = {"form": "conversation", "outcome": "unresolved", "note": "Niet opgelost."}
COPY: Json = {"direction": "outbound", "channel": "email", "letter": "decision_copy"}
COPY |= {"step": {"name": "decision-copies", "body": {}}}
LACKS = {("/body", "content-missing")}


async def sent(case: Case, *, expect: int = 201, **more: str) -> Json:
    path = f"/complaints/{case.id}/correspondence"
    return await case.office.ask("director", "POST", path, COPY | more, expect=expect)


async def preview(case: Case, **more: str) -> Json:
    return await case.office.ask("director", "POST", f"/complaints/{case.id}/correspondence/_preview", COPY | more)


def missing(found: list[Json]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in found}


async def asked_formally(tell: Tell) -> Case:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(FILED)
    await case.step("complaints_officer", "responses", TALK)
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Graag een oordeel."})
    return case


@pytest.mark.proves("SO-30")
async def test_the_copy_tells_what_was_decided(tell: Tell) -> None:
    case = await asked_formally(tell)
    told = {
        "text": "Uw klacht is terecht; wij hadden moeten bellen.",
        "conclusions": "De klacht is terecht.",
        "reasons": "U wist van niets.",
        "measures": "Er komt een belrooster.",
    }
    await case.step("director", "decisions", {"form": "email", **told})
    copy = (await sent(case, body="Zoals besproken."))["body"]
    assert all(words in copy for words in told.values()) and "Zoals besproken." in copy
    await case.read()
    assert "copy_outcome" not in {each["duty"] for each in case.last["obligations"]}


@pytest.mark.proves("SO-30")
async def test_the_copy_tells_how_an_informal_handling_ended(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(FILED)
    said = {"form": "email", "outcome": "unresolved", "text": "Samen niet gelukt."}
    await case.step("complaints_officer", "responses", said)
    made = await preview(case)
    assert made["missing"] == []
    assert "Samen niet gelukt." in made["text"] and "Uitkomst: uw klacht is nog niet opgelost." in made["text"]
    # also while the next stage has begun, and has no answer yet
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Graag een oordeel."})
    assert "Samen niet gelukt." in (await preview(case))["text"]


@pytest.mark.proves("SO-30")
async def test_a_copy_without_an_outcome_is_refused(tell: Tell) -> None:
    """What was decided stands in a message of somebody's own, which no letter repeats by itself."""
    case = await asked_formally(tell)
    own: Json = {"direction": "outbound", "channel": "email", "subject": "Besluit", "body": "U hebt gelijk."}
    step = {"step": {"name": "decisions", "body": {}}}
    path = f"/complaints/{case.id}/correspondence"
    await case.office.ask("director", "POST", path, own | step, expect=201)
    assert missing((await preview(case))["missing"]) == LACKS
    refused = await sent(case, expect=400)
    assert missing(refused["errors"]) == LACKS
    assert "U hebt gelijk." in (await sent(case, body="U hebt gelijk."))["body"]


async def test_a_letter_of_another_event_of_the_same_step_says_which(tell: Tell) -> None:
    so: Office = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(FILED)
    letter: Json = {"direction": "outbound", "channel": "email", "letter": "first_response"}
    letter["body"] = "Samen niet gelukt."
    letter |= {"step": {"name": "responses", "body": {"outcome": "unresolved"}}}
    refused = await so.ask("complaints_officer", "POST", f"/complaints/{case.id}/correspondence", letter, expect=400)
    fault = next(each for each in refused["errors"] if each["code"] == "another-step")
    assert fault["pointer"] == "/letter"
    assert "first_response.sent" in fault["message"] and "informal_outcome.recorded" in fault["message"]
