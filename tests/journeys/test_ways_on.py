"""What a letter tells of the way on can be followed: until when, how, where to, at what cost.

The spring of 2036: 3 March is a Monday.
"""

from typing import Any

import pytest

from app.domain.procedure import Procedure
from app.procedures.reading import read_mapping, shipped_named
from tests.stories import Case, Json, Office, Tell

PERSON: Json = {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"}
FILED: Json = {"description": "De afspraak ging niet door.", "complainant": PERSON}
CLIENT: Json = FILED | {"complainantType": "client"}
CUSTOMER: Json = FILED | {
    "complainantType": "customer",
    "subjectPerson": {"name": "Kim Medewerker", "relation": "employee"},
}
REASONS: Json = {"reasons": "De afspraak is verzet zonder bericht."}


async def shown(
    case: Case, who: str, letter: str, step: str, told: Json | None = None, *, whole: bool = True, **more: Any
) -> Json:
    """The letter as it would be sent with this step, and what it lacks."""
    sent: Json = {"direction": "outbound", "channel": "email", "letter": letter, **more}
    sent["step"] = {"name": step, "body": told or {}}
    path = f"/complaints/{case.id}/correspondence/_preview"
    made = await case.office.ask(who, "POST", path, sent)
    assert not whole or made["missing"] == []
    return made


async def text(case: Case, who: str, letter: str, step: str, told: Json | None = None, **more: Any) -> str:
    made = await shown(case, who, letter, step, told, **more)
    return str(made["text"])


def changed(name: str, part: str, of: str, **words: Any) -> Procedure:
    """A shipped procedure of which one part says something else: changed("jso", "bodies", "cmonet", fee="1 euro")."""
    document = shipped_named(name).model_dump(mode="json", by_alias=True)
    found = next(each for each in document[part] if of in each.values())
    found.update(words)
    return read_mapping(document)


async def not_solved(so: Office) -> Case:
    """A complaint at SO! that was not solved informally, and on which a formal judgement was asked."""
    case = await so.file(CLIENT)
    talk = {"form": "conversation", "outcome": "unresolved", "note": "Niet opgelost."}
    await case.step("complaints_officer", "responses", talk)
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Graag een oordeel."})
    return case


@pytest.mark.proves("SO-32")
async def test_each_letter_tells_the_last_day_on_which_the_body_takes_a_case(tell: Tell) -> None:
    """The year counts from the receipt of the complaint, whichever letter tells of it."""
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await not_solved(so)
    until = "Geschillencommissie Zorg. Dat kan tot en met 3 maart 2037."
    assert until in await text(case, "director", "decision", "decisions", REASONS)
    await case.step("director", "decisions", {"form": "email", **REASONS})

    await so.at("2037-03-03 10:00")
    closed = {"outcome": "handled", "handlingMethod": "Per brief."}
    copy = await text(case, "director", "decision_copy", "decision-copies")
    closing = await text(case, "director", "closing", "closures", closed, whole=False)
    english = await text(case, "director", "decision_copy", "decision-copies", language="en")
    for letter in (copy, closing):
        assert until in letter and "1 jaar de tijd" not in letter
    assert "You can do so until 3 March 2037." in english

    await so.at("2037-03-04 10:00")
    late = await text(case, "director", "decision_copy", "decision-copies")
    assert "Dat kon tot en met 3 maart 2037. Misschien bent u te laat." in late
    english = await text(case, "director", "decision_copy", "decision-copies", language="en")
    assert "This was possible until 3 March 2037. You may be too late." in english
    there = f"/complaints/{case.id}/escalations/_check?body=geschillencommissie-zorg"
    lacks = (await so.ask("director", "GET", there))["lacks"]
    assert "3 maart 2037" in next(each["text"]["nl"] for each in lacks if each["code"] == "late")


async def test_a_limit_that_starts_with_the_answer_is_a_day_in_its_letter(tell: Tell) -> None:
    limits = [{"within": {"amount": 6, "unit": "weeks"}, "after": "decision.sent"}]
    body = {"within": None, "filing_limits": limits}
    so = await tell(changed("so-trainingsbureau", "bodies", "geschillencommissie-zorg", **body))
    await so.at("2036-03-03 10:00")
    case = await not_solved(so)
    assert "Dat kan tot en met 14 april 2036." in await text(case, "director", "decision", "decisions", REASONS)


async def test_a_letter_that_looks_back_promises_no_new_period_inside_either(tell: Tell) -> None:
    opening = {"event": "objection.received", "after": "handling", "within": {"amount": 2, "unit": "weeks"}}
    kk = await tell(changed("klikklaar", "stages", "appeal", opens_on=[opening]))
    await kk.at("2036-03-03 10:00")
    case = await kk.file(CUSTOMER)
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    decided = {"verdict": "not_upheld", **REASONS}
    period = "U hebt daarvoor 2 weken de tijd, gerekend vanaf de dag van dit bericht."
    assert period in await text(case, "chair", "decision", "decisions", decided)
    await case.step("chair", "decisions", {"form": "email", **decided})
    await kk.at("2036-03-10 10:00")
    closed = {"outcome": "handled", "handlingMethod": "Per brief."}
    closing = await text(case, "chair", "closing", "closures", closed, whole=False)
    assert "Dat kan tot en met 17 maart 2036." in closing and period not in closing
