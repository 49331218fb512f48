"""One truth in what is possible: the links, what a refusal names instead, what is still owed, and what is accepted."""

import pytest

from tests.escalating import bring
from tests.stories import Case, Json, Tell

pytestmark = pytest.mark.usefixtures("empty_directory")

PERSON: Json = {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"}
FILED: Json = {"description": "De afspraak ging niet door.", "complainant": PERSON}
NO_COMPLAINT: Json = {"outcome": "not_a_complaint", "form": "email", "handlingMethod": "Gebeld."}


async def linked(case: Case) -> set[tuple[str, str]]:
    """The steps that the complaint offers and that wait for nothing; its register is changed without a link."""
    links = {(link["step"], link["event"]) for link in (await case.read())["links"] if not link["waitsFor"]}
    return links | {("register", "register.updated")}


def instead(problem: Json) -> set[tuple[str, str]]:
    return {(each["step"], each["event"]) for each in problem["possible"]}


@pytest.mark.proves("X-09")
async def test_a_refusal_names_what_is_offered(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case = await kk.file(FILED | {"complainantType": "customer"})
    problem = await case.step("chair", "suspensions", {"cause": "information"}, expect=409)
    assert instead(problem) == await linked(case)


@pytest.mark.proves("X-09", "X-12")
async def test_a_refusal_beside_a_case_with_a_body_leads_nowhere_closed(tell: Tell) -> None:
    """What was closed is open again with the body: an answer is refused for that, and reopening it is not offered."""
    bnw = await tell("bijstand-naar-werk")
    case = await bnw.file(FILED | {"complainantType": "client"})
    await case.step("handler", "closures", NO_COMPLAINT)
    named = {"type": "uwv", "name": "UWV", "address": "Straat 1"}
    await bring(case, "handler", "commissioning-body", named=named)
    problem = await case.step("handler", "decisions", {"form": "email", "reasons": "Nee."}, expect=409)
    assert "is closed" not in problem["detail"]
    assert instead(problem) == await linked(case)


@pytest.mark.proves("SO-33", "X-12")
async def test_a_measure_is_offered_where_it_can_be_proven(tell: Tell) -> None:
    """What a body ordered with binding force is told in its case, what the organisation thought of in the complaint."""

    async def offered() -> list[str]:
        links = [*(await case.read())["links"], *(await outside.read())["links"]]
        return sorted({link["href"] for link in links if link["event"] == "measure.completed"})

    so = await tell("so-trainingsbureau")
    case = await so.file(FILED | {"complainantType": "client"})
    await case.step("complaints_officer", "reclassifications", {"to": "enquiry", "reasons": "Het is een vraag."})
    outside = await bring(case, "complaints_officer", "geschillencommissie-zorg")
    binding = {"verdict": "upheld", "reasons": "Zo is het.", "bindingOn": ["organisation", "complainant"]}
    assert await offered() == []
    await outside.step("complaints_officer", "decisions", binding | {"measures": [{"description": "Een excuus."}]})
    in_case, beside = (
        f"/v1/escalations/{outside.id}/measure-completions",
        f"/v1/complaints/{case.id}/measure-completions",
    )
    assert await offered() == [in_case]
    await case.step("complaints_officer", "measures", {"description": "Een nieuwe werkwijze."})
    assert await offered() == sorted([beside, in_case])
    proof = {"measure": outside.last["measures"][0]["sequence"], "text": "Verstuurd op 12 mei."}
    await outside.step("complaints_officer", "measure-completions", proof)
    assert await offered() == [beside]


@pytest.mark.proves("X-09")
async def test_what_nobody_can_do_any_more_is_not_owed(tell: Tell) -> None:
    """The steps that would meet it are for an open complaint; taken up again, it is owed again."""

    async def owed() -> tuple[list[str], list[str]]:
        listed = (await so.ask("complaints_officer", "GET", "/obligations"))["items"]
        own = [each["duty"] for each in listed if each["complaintId"] == str(case.id)]
        return own, [each["duty"] for each in (await case.read())["obligations"]]

    so = await tell("so-trainingsbureau")
    case = await so.file(FILED | {"complainantType": "client"})
    assert await owed() == (["agree_route"], ["agree_route"])
    await case.step("complaints_officer", "closures", NO_COMPLAINT)
    assert await owed() == ([], [])
    await case.step("complaints_officer", "reopenings", {"reasons": "Het is toch een klacht."})
    assert await owed() == (["agree_route"], ["agree_route"])


@pytest.mark.proves("SO-28", "X-09")
async def test_a_step_that_skips_a_stage_says_that_it_wants_a_reason(tell: Tell) -> None:
    async def contents() -> list[str]:
        links = (await case.read())["links"]
        [review] = [link for link in links if link["step"] == "formal-review-requests"]
        return list(review["contents"])

    so = await tell("so-trainingsbureau")
    case = await so.file(FILED | {"complainantType": "client"})
    asked: Json = {"form": "email", "text": "Ik wil een oordeel."}
    problem = await case.step("system", "formal-review-requests", asked, expect=409)
    assert "skipReason" in problem["detail"]
    assert await contents() == ["skip_reason"]
    talk = {"form": "conversation", "outcome": "unresolved", "note": "Niet opgelost."}
    await case.step("complaints_officer", "responses", talk)
    assert await contents() == []
    await case.step("system", "formal-review-requests", asked)


@pytest.mark.proves("KK-03", "X-09")
async def test_what_can_be_called_nothing_else_is_not_offered_to_be(tell: Tell) -> None:
    """Klikklaar tells a signal by its channel: what was put in writing is none, and a signal is promoted."""
    kk, so = await tell("klikklaar"), await tell("so-trainingsbureau")
    for office, filed, kind, offered in (
        (kk, {"complainantType": "customer"}, "complaint", False),
        (kk, {"complainantType": "customer", "channel": "phone"}, "signal", False),
        (so, {"complainantType": "client"}, "complaint", True),
    ):
        case = await office.file(FILED | filed)
        assert case.last["kind"] == kind
        assert ("reclassifications" in {link["step"] for link in case.last["links"]}) == offered, kind
