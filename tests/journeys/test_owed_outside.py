"""What is owed to an external body without a day, in the complaint and in the list of all obligations."""

from typing import Any

import pytest

from tests.escalating import Outside, bring
from tests.journeys.test_hss import FILED, decided
from tests.journeys.test_klikklaar import appealed
from tests.stories import Case, Json, Tell

pytestmark = pytest.mark.usefixtures("empty_directory")


async def outside_of(tell: Tell) -> Outside:
    """A complaint that was answered and lies with the body."""
    hss = await tell("hss")
    await hss.at("2036-04-09 11:00")
    case = await hss.file({**FILED, "complainantType": "client"})
    await decided(hss, case)
    outside = await bring(case, "board", "erisietsmisgegaan")
    await outside.step("board", "dispatches", {"channel": "portal"})
    return outside


async def recorded(outside: Outside, step: str, body: Json) -> int:
    """Says it in the case; where it stands in the ledger."""
    await outside.step("board", step, body)
    return int((await outside.complaint.events())[-1]["sequence"])


async def owed(case: Case) -> tuple[list[str], list[str]]:
    """Duties to the body without a day: as the complaint says, and as the list does."""
    mine = [each["duty"] for each in (await case.read())["obligations"]]
    listed = (await case.office.ask("system", "GET", "/obligations?limit=200"))["items"]
    of_it = [each["duty"] for each in listed if each["complaintId"] == str(case.id)]
    return tuple([name for name in found if name in TO_A_BODY] for found in (mine, of_it))  # type: ignore[return-value]


TO_A_BODY = ("answer_question", "carry_out", "answer_decision")
ONE: Any = (["answer_question"], ["answer_question"])
NONE: Any = ([], [])


def answer_to(question: int) -> Json:
    return {"kind": "answer", "question": question, "text": "Ons antwoord."}


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.proves("X-12")
async def test_of_two_questions_the_one_without_an_answer_stays_owed(tell: Tell, first: int) -> None:
    outside = await outside_of(tell)
    questions = [await recorded(outside, "questions", {"question": text}) for text in ("Vraag een?", "Vraag twee?")]
    assert await owed(outside.complaint) == ONE
    await outside.step("board", "submissions", answer_to(questions[first]))
    assert await owed(outside.complaint) == ONE
    await outside.step("board", "submissions", answer_to(questions[1 - first]))
    assert await owed(outside.complaint) == NONE


async def test_what_is_handed_over_of_another_kind_answers_no_question(tell: Tell) -> None:
    outside = await outside_of(tell)
    await recorded(outside, "questions", {"question": "Hoe ging het?"})
    await outside.step("board", "submissions", {"kind": "documents", "text": "Het verslag."})
    assert await owed(outside.complaint) == ONE


async def test_a_question_with_a_day_is_a_term_and_in_neither(tell: Tell) -> None:
    outside = await outside_of(tell)
    await recorded(outside, "questions", {"question": "Hoe ging het?", "dueOn": "2036-05-20"})
    assert await owed(outside.complaint) == NONE


@pytest.mark.proves("X-10", "X-12")
async def test_a_withdrawal_ends_no_question_of_a_body(tell: Tell) -> None:
    outside = await outside_of(tell)
    question = await recorded(outside, "questions", {"question": "Hoe ging het?"})
    await outside.complaint.step("system", "withdrawals")
    assert await owed(outside.complaint) == ONE
    await outside.step("board", "submissions", answer_to(question))
    assert await owed(outside.complaint) == NONE


async def test_the_end_of_the_case_ends_its_questions(tell: Tell) -> None:
    outside = await outside_of(tell)
    await recorded(outside, "questions", {"question": "Hoe ging het?"})
    await outside.complaint.step("system", "withdrawals")
    await outside.step("board", "withdrawals", {"by": "complainant", "form": "email", "reasons": "Ik stop ermee."})
    assert await owed(outside.complaint) == NONE


async def test_a_withdrawal_ends_no_measure_that_a_body_ordered(tell: Tell) -> None:
    outside = await outside_of(tell)
    ordered = [{"description": "Bel op."}, {"description": "Regel vervanging."}]
    decision = {"verdict": "upheld", "reasons": "Er was geen vervanging.", "measures": ordered}
    await outside.step("board", "decisions", decision)
    second = outside.last["measures"][1]["sequence"]
    await outside.complaint.step("board", "measure-completions", {"measure": second, "proof": "Er is vervanging."})
    assert await owed(outside.complaint) == (["carry_out"], ["carry_out"])
    await outside.complaint.step("system", "withdrawals")
    assert await owed(outside.complaint) == (["carry_out"], ["carry_out"])


async def test_a_review_is_owed_after_a_withdrawal_in_appeal_as_the_complaint_says(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await kk.at("2036-05-12 09:00")
    case = await appealed(kk)
    await case.step("system", "withdrawals")
    mine = [each["duty"] for each in (await case.read())["obligations"]]
    listed = (await kk.ask("system", "GET", "/obligations?limit=200"))["items"]
    assert [each["duty"] for each in listed if each["complaintId"] == str(case.id)] == mine
    assert "prevent_recurrence" in mine
