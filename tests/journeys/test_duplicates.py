"""A complaint that was registered twice: the second is closed as a duplicate of the first, and counted nowhere."""

from typing import Any
from uuid import uuid4

import pytest

from tests.stories import Case, Office, Tell

Json = dict[str, Any]
PHONED = {
    "channel": "phone",
    "receivedBy": "De balie",
    "description": "De zaal was dicht.",
    "complainant": {"name": "Sam Voorbeeld", "email": "Sam@example.org"},
}

MAILED = {"channel": "email", "description": "De zaal was dicht.", "complainant": PHONED["complainant"]}


async def twice(tell: Tell) -> tuple[Office, Case, Case]:
    jso = await tell("jso")
    await jso.at("2036-04-21 10:00")  # a Monday
    first = await jso.file(PHONED, who="complaints_officer")
    return jso, first, await jso.file(PHONED, who="complaints_officer")


async def received(jso: Office, query: str = "") -> int:
    """How many complaints the figures know; the terms are counted with them."""
    total = (await jso.ask("reporter", "GET", f"/reports/summary?{query}"))["total"]["received"]
    terms = (await jso.ask("reporter", "GET", f"/reports/timeliness?{query}"))["items"]
    states = ("met", "metLate", "overdue", "pending", "cancelled")
    assert sum(each[state] for each in terms for state in states) == total
    return int(total)


def faults(problem: Json) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


async def test_what_was_entered_twice_ends_by_saying_so(tell: Tell) -> None:
    """Nothing else of the register is asked, nobody waits for its terms, and the figures know it once."""
    jso, first, second = await twice(tell)
    assert await received(jso) == 2
    before = first.last["reference"]
    await jso.at("2036-04-21 10:05")
    closing = {"outcome": "duplicate", "duplicateOf": f" {before.lower()} "}
    closed = await second.step("complaints_officer", "closures", closing)
    assert closed["events"][-1]["facts"]["duplicateOf"] == before
    assert second.last["publicStatus"] == "handled"
    await second.has("first_response.respond", "cancelled")
    await first.has("first_response.respond", "pending", due="2036-04-28")
    assert await received(jso) == 1
    assert await received(jso, "asOf=2036-04-21T08:01:00Z") == 2
    assert (await second.read())["reference"] in {
        each["reference"] for each in (await jso.ask("system", "GET", "/complaints"))["items"]
    }
    # taken up again it counts again
    await second.step("complaints_officer", "reopenings", {"reasons": "Het ging over een andere dag."})
    await second.has("first_response.respond", "pending")
    assert await received(jso) == 2
    await second.step("complaints_officer", "closures", {"outcome": "duplicate", "duplicateOf": str(first.id)})
    assert await received(jso) == 1


@pytest.mark.parametrize(
    ("name", "who", "step", "body"),
    [
        ("jso", "complaints_officer", "dissatisfactions", {"form": "phone", "note": "Ik hoor niets."}),
        ("klikklaar", "chair", "objections", {"form": "email", "text": "Ik ben het er niet mee eens."}),
        (
            "so-trainingsbureau",
            "complaints_officer",
            "formal-review-requests",
            {"form": "email", "skipReason": "Wil niet."},
        ),
    ],
)
async def test_a_duplicate_leads_nowhere_further(tell: Tell, name: str, who: str, step: str, body: Json) -> None:
    """Nobody dealt with it: the other goes on, and what comes after an answer comes after the answer to that one."""
    office = await tell(name)
    filed = {**MAILED, "complainantType": {"so-trainingsbureau": "client"}.get(name, "customer")}
    first, second = await office.file(filed), await office.file(filed)
    closing = {"outcome": "duplicate", "duplicateOf": first.last["reference"]}
    await second.step(who, "closures", closing)
    assert step not in {link["step"] for link in second.last["links"]}
    problem = await second.step("system", step, body, expect=409)
    assert "registered twice" in problem["detail"], problem["detail"]


async def test_a_duplicate_is_no_handling_of_it(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    filed = {**MAILED, "complainantType": "client"}
    first, second = await bnw.file(filed), await bnw.file(filed)
    handler = str(next(iter(bnw.made.staff.values())))
    closing = {"outcome": "duplicate", "duplicateOf": str(first.id), "onBehalfOf": handler}
    await second.step("admin", "closures", closing)
    await second.has("handling.handle", "cancelled")


async def test_the_other_is_one_of_ours_that_stands(tell: Tell) -> None:
    _, first, second = await twice(tell)
    elsewhere = await (await tell("jso")).file(PHONED)

    async def refused(case: Case, **said: object) -> set[tuple[str, str]]:
        return faults(await case.step("complaints_officer", "closures", {"outcome": "duplicate", **said}, expect=400))

    assert await refused(second) == {("/duplicateOf", "reference-missing")}
    unknown = {("/duplicateOf", "unknown")}
    assert await refused(second, duplicateOf="JSO-0000-0000") == unknown
    assert await refused(second, duplicateOf=str(uuid4())) == unknown
    assert await refused(second, duplicateOf=elsewhere.last["reference"]) == unknown
    assert await refused(second, duplicateOf=str(second.id)) == {("/duplicateOf", "is-itself")}
    wrong = {"outcome": "resolved", "form": "email", "handlingMethod": "Gebeld.", "duplicateOf": str(first.id)}
    assert faults(await second.step("complaints_officer", "closures", wrong, expect=400)) == {
        ("/duplicateOf", "not-a-duplicate")
    }
    await second.step("complaints_officer", "closures", {"outcome": "duplicate", "duplicateOf": str(first.id)})
    assert await refused(first, duplicateOf=str(second.id)) == {("/duplicateOf", "is-duplicate")}


async def test_who_is_involved_in_the_other_neither_names_nor_sees_it(tell: Tell) -> None:
    jso, first, second = await twice(tell)
    director = str(jso.made.staff["director"])
    await first.step("complaints_officer", "involvements", {"staffId": director, "reasons": "Was erbij."})
    closing = {"outcome": "duplicate", "duplicateOf": first.last["reference"]}
    events = f"/complaints/{second.id}/events"
    await second.step("complaints_officer", "closures", closing)
    [seen] = [
        each for each in (await jso.ask("director", "GET", events))["items"] if each["type"] == "complaint.closed"
    ]
    assert "duplicateOf" not in seen["facts"]
    [seen] = await second.events("complaint.closed")
    assert seen["facts"]["duplicateOf"] == closing["duplicateOf"]
    third = await jso.file(PHONED)
    assert faults(await third.step("director", "closures", closing, expect=400)) == {("/duplicateOf", "unknown")}


@pytest.mark.parametrize("who", ["complaints_officer", "director", "website"])
async def test_an_employee_hears_at_intake_what_it_looks_like(tell: Tell, who: str) -> None:
    """By the e-mail address of the complainant, for thirty days, of what is open; a website hears of nobody else."""
    jso, first, second = await twice(tell)
    assert first.last["warnings"] == []
    [told] = second.last["warnings"]
    assert (told["code"], first.last["reference"] in told["message"]) == ("looks-like", True)
    director = str(jso.made.staff["director"])
    await first.step("complaints_officer", "involvements", {"staffId": director, "reasons": "Was erbij."})
    other = {**PHONED, "complainant": {"name": "Robin Proef", "email": "robin@example.org"}}
    assert (await jso.file(other, who="complaints_officer")).last["warnings"] == []
    if who == "website":
        form = {name: value for name, value in PHONED.items() if name not in ("channel", "receivedBy")}
        assert "warnings" not in (await jso.file(form, who=who)).last
        return
    third = await jso.file(PHONED, who=who)
    [told] = third.last["warnings"]
    assert second.last["reference"] in told["message"]
    assert (first.last["reference"] in told["message"]) == (who == "complaints_officer")
    for each in (first, second, third):
        await each.step("complaints_officer", "withdrawals", {})
    assert (await jso.file(PHONED, who=who)).last["warnings"] == []
    await jso.at("2036-05-22 10:00")  # the thirty-first day after
    assert (await jso.file(PHONED, who=who)).last["warnings"] == []
