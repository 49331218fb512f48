"""A complaint that was registered twice: the second is closed as a duplicate of the first, and counted nowhere."""

from typing import Any
from uuid import uuid4

import pytest

from app.services.derived import difference
from app.store.session import Database
from app.store.verify import walked
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


async def closed_as(second: Case, first: Case) -> None:
    await second.step("complaints_officer", "closures", {"outcome": "duplicate", "duplicateOf": str(first.id)})


async def involved(case: Case) -> int:
    """The director is declared to be involved in it; the sequence of that."""
    body = {"staffId": str(case.office.made.staff["director"]), "reasons": "Was erbij."}
    declared = await case.step("complaints_officer", "involvements", body)
    return int(declared["events"][-1]["sequence"])


async def annulled(case: Case, sequence: int) -> None:
    await case.step("complaints_officer", "corrections", {"corrects": sequence, "annul": True, "reasons": "Toch niet."})


async def declared_in(case: Case) -> list[tuple[str, str | None]]:
    """Of each declaration in it: who recorded it, and in which complaint it was said."""
    return [(e["actor"]["kind"], e["facts"].get("declaredIn")) for e in await case.events("involvement.declared")]


async def seen_by_director(*cases: Case) -> list[bool]:
    """Of each of these whether the director reads it; the list says the same."""
    listed = {each["id"] for each in (await cases[0].office.ask("director", "GET", "/complaints"))["items"]}
    for each in cases:
        expected = 200 if str(each.id) in listed else 404
        await each.office.ask("director", "GET", f"/complaints/{each.id}", expect=expected)
    return [str(each.id) in listed for each in cases]


async def test_who_is_involved_in_one_does_not_name_it(tell: Tell) -> None:
    jso, first, second = await twice(tell)
    person = f"/staff/{jso.made.staff['director']}"
    both: Json = {"roles": ["director", "complaints_officer"]}  # whoever may not close is not told of references at all
    await jso.ask("admin", "PATCH", person, both, If_Match="*")
    await involved(first)
    closing = {"outcome": "duplicate", "duplicateOf": first.last["reference"]}
    assert faults(await second.step("director", "closures", closing, expect=400)) == {("/duplicateOf", "unknown")}
    await second.step("complaints_officer", "closures", closing)
    [seen] = await second.events("complaint.closed")
    assert seen["facts"]["duplicateOf"] == closing["duplicateOf"]
    third = await jso.file(PHONED)
    assert faults(await third.step("director", "closures", closing, expect=400)) == {("/duplicateOf", "unknown")}


@pytest.mark.parametrize("said_of_first", [True, False])
@pytest.mark.parametrize("before", [True, False])
async def test_who_is_involved_in_one_sees_neither(tell: Tell, said_of_first: bool, before: bool) -> None:
    """Both are one complaint: the wall is around both, whichever it was said of, before the closing or after."""
    jso, first, second = await twice(tell)
    other = await jso.file(PHONED, who="complaints_officer")
    said_of, follows = (first, second) if said_of_first else (second, first)
    if before:
        sequence = await involved(said_of)
        await closed_as(second, first)
    else:
        await closed_as(second, first)
        sequence = await involved(said_of)
    assert await seen_by_director(first, second, other) == [False, False, True]
    reference = (await said_of.read())["reference"]
    assert (await declared_in(said_of), await declared_in(follows)) == ([("staff", None)], [("gehoor", reference)])
    # taken back it is taken back in both, and said anew it holds for both
    await annulled(said_of, sequence)
    assert await seen_by_director(first, second) == [True, True]
    await involved(follows)
    assert await seen_by_director(first, second, other) == [False, False, True]


async def test_what_was_said_of_each_is_taken_back_of_each(tell: Tell) -> None:
    _, first, second = await twice(tell)
    of_first, of_second = await involved(first), await involved(second)
    await closed_as(second, first)
    await annulled(first, of_first)
    assert await seen_by_director(first, second) == [False, False]
    await annulled(second, of_second)
    assert await seen_by_director(first, second) == [True, True]


async def test_the_wall_is_around_all_that_are_one_complaint(tell: Tell, backup_database: Database) -> None:
    """Also where the one that stood was closed as a duplicate of yet another, and by whoever says it of themselves."""
    jso, first, second = await twice(tell)
    third, other = await jso.file(PHONED, who="complaints_officer"), await jso.file(PHONED, who="complaints_officer")
    await closed_as(second, first)
    await closed_as(first, third)
    own = {"staffId": str(jso.made.staff["director"])}
    declared = await second.step("director", "involvements", own)
    assert await seen_by_director(first, second, third, other) == [False, False, False, True]
    await annulled(second, declared["events"][-1]["sequence"])
    assert await seen_by_director(first, second, third) == [True, True, True]
    altered = [str(each) async for each in walked(backup_database, derived=difference) if each]
    assert [each for each in altered if jso.made.slug in each] == []


async def test_what_is_taken_up_again_keeps_the_wall_until_it_is_taken_back(tell: Tell) -> None:
    """Then it is a complaint of its own, and what is said of the other is said of that one only."""
    jso, first, second = await twice(tell)
    await involved(first)
    await closed_as(second, first)
    await second.step("complaints_officer", "reopenings", {"reasons": "Het ging over een andere dag."})
    assert await seen_by_director(first, second) == [False, False]
    [copy] = await second.events("involvement.declared")
    await annulled(second, copy["sequence"])
    assert await seen_by_director(first, second) == [False, True]
    told = str(await jso.ask("director", "GET", f"/complaints/{second.id}/events"))
    assert (await first.read())["reference"] not in told


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
