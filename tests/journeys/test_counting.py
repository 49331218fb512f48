"""What a procedure says about counting holds wherever days are counted: extensions, pauses, windows, other periods.

The spring of 2036: 3 March is a Monday, Easter Monday is 14 April, 5 May a Monday.
"""

from typing import Any

from tests.builders import procedure
from tests.stories import Tell

FILED: dict[str, Any] = {
    "channel": "post",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"},
}
LONGER = {"form": "email", "reasons": "Een getuige is nog niet bereikbaar."}
BOTH = {**LONGER, "notified": ["complainant", "subject_of_complaint"]}


def faults(problem: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


def by_weeks(amount: int) -> dict[str, Any]:
    return {**BOTH, "period": {"amount": amount, "unit": "weeks"}}


class TestExtensions:
    """At most four weeks, once, and further only with written consent (Awb 9:11)."""

    async def test_while_the_clock_stands_still(self, tell: Tell) -> None:
        town = await tell(procedure("municipality"))
        await town.at("2036-03-03 10:00")
        case = await town.file(FILED)
        await case.has("handling.decide", "pending", due="2036-04-15")  # six weeks end on Easter Monday
        await town.at("2036-03-10 10:00")
        await case.step("complaints_coordinator", "suspensions", {"cause": "repair"})
        for asked in (by_weeks(52), by_weeks(5), {**BOTH, "until": "2037-03-02"}, {**BOTH, "until": "2036-05-13"}):
            refused = await case.step("complaints_coordinator", "extensions", asked, expect=400)
            assert faults(refused) == {("/consent", "consent-missing")}
        before = {**BOTH, "until": "2036-04-14"}  # no more than the term has without the pause
        assert faults(await case.step("complaints_coordinator", "extensions", before, expect=400)) == {
            ("/until", "not-later")
        }
        await case.step("complaints_coordinator", "extensions", by_weeks(4))
        await town.at("2036-03-17 10:00")
        await case.step("complaints_coordinator", "resumptions", {"cause": "repair"})
        # 14 April, six days of 11 to 16 March, four weeks: Sunday 18 May
        await case.has("handling.decide", "pending", due="2036-05-19")

    async def test_from_the_end_that_was_not_rolled(self, tell: Tell) -> None:
        town = await tell(procedure("municipality"))
        await town.at("2036-03-03 10:00")
        case = await town.file(FILED)
        refused = await case.step("complaints_coordinator", "extensions", {**BOTH, "until": "2036-05-13"}, expect=400)
        assert faults(refused) == {("/consent", "consent-missing")}
        await case.step("complaints_coordinator", "extensions", {**BOTH, "until": "2036-05-12"})
        await case.has("handling.decide", "pending", due="2036-05-12")
