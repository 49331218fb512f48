"""What a procedure says about counting holds wherever days are counted: extensions, pauses, windows, other periods.

The spring of 2036: 3 March is a Monday, Easter Monday is 14 April, 5 May a Monday.
"""

from typing import Any

from app.domain.procedure import Procedure
from tests.builders import procedure
from tests.stories import Case, Tell

FILED: dict[str, Any] = {
    "channel": "post",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"},
}
PORTAL = {**FILED, "channel": "portal"}
LONGER = {"form": "email", "reasons": "Een getuige is nog niet bereikbaar."}
SHUT = {"closed_days": [{"date": "2036-07-21", "until": "2036-08-08", "name": "Zomersluiting"}]}
TEN = {"amount": 10, "unit": "working_days"}
BOTH = {**LONGER, "notified": ["complainant", "subject_of_complaint"]}


def faults(problem: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


def changed(name: str, **parts: Any) -> Procedure:
    """A procedure in which these parts say something else; a stage or duty is named by its place, as in `stages/1`."""
    document: Any = procedure(name).model_dump(mode="json", by_alias=True, exclude_unset=True)
    for path, value in parts.items():
        at: Any = document
        *way, last = [int(each) if each.isdigit() else each for each in path.split("/")]
        for each in way:
            at = at[each]
        old = dict(at).get(last) if isinstance(last, str) else at[last]
        at[last] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return Procedure.model_validate(document)


def place(rules: Procedure, stage: str, duty: str) -> str:
    """Where a duty stands in the file."""
    first = next(number for number, each in enumerate(rules.stages) if each.stage == stage)
    second = next(number for number, each in enumerate(rules.stages[first].duties) if each.duty == duty)
    return f"stages/{first}/duties/{second}"


DECIDE = place(procedure("municipality"), "handling", "decide")


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


class TestCalendar:
    """Closed from 21 July through 8 August: no working days, whatever is counted in them."""

    async def test_a_pause(self, tell: Tell) -> None:
        rule = {"cause": "repair", "ends_on": ["complaint.completed", "term.resumed"], "at_most": TEN}
        town = await tell(changed("municipality", calendar=SHUT, **{f"{DECIDE}/suspension": [rule]}))
        await town.at("2036-07-14 10:00")
        case = await town.file(FILED)
        await town.at("2036-07-16 10:00")
        await case.step("complaints_coordinator", "suspensions", {"cause": "repair"})
        await town.at("2036-08-19 10:00")
        await case.has("handling.decide", "suspended")
        await town.at("2036-08-20 10:00")  # 17 and 18 July, 11 to 20 August: it lapses on the tenth
        # six weeks end on 25 August; 17 July through 19 August, 34 days, are not counted: Sunday 28 September
        await case.has("handling.decide", "pending", due="2036-09-29")

    async def test_an_extension(self, tell: Tell) -> None:
        rules = changed("municipality", calendar=SHUT, **{f"{DECIDE}/extension": {"at_most": TEN}})
        town = await tell(rules)
        await town.at("2036-06-03 10:00")
        case = await town.file(FILED)
        await case.has("handling.decide", "pending", due="2036-07-15")
        refused = await case.step("complaints_coordinator", "extensions", {**BOTH, "until": "2036-08-20"}, expect=400)
        assert faults(refused) == {("/consent", "consent-missing")}
        await case.step("complaints_coordinator", "extensions", {**BOTH, "until": "2036-08-18"})
        await case.has("handling.decide", "pending", due="2036-08-18")

    async def test_a_window(self, tell: Tell) -> None:
        jso = await tell(changed("jso", calendar=SHUT, **{"stages/1/opens_on/0/within": TEN}))
        await jso.at("2036-07-16 10:00")
        case, other = await jso.file({**FILED, "channel": "email"}), await jso.file({**FILED, "channel": "email"})
        await jso.at("2036-07-17 10:00")
        for each in (case, other):
            await each.step("complaints_officer", "responses", {"form": "email", "text": "Het spijt ons."})
        await jso.at("2036-08-21 10:00")  # 18 July, 11 to 21 August
        assert await late(case) == []
        await jso.at("2036-08-22 10:00")
        assert await late(other) == ["this was possible until 2036-08-21; it is recorded"]

    async def test_the_limit_of_a_body(self, tell: Tell) -> None:
        limit = {"within": TEN, "after": "first_response.sent"}
        jso = await tell(changed("jso", calendar=SHUT, **{"bodies/0/within": TEN, "bodies/0/filing_limits": [limit]}))
        await jso.at("2036-07-16 10:00")
        case = await jso.file({**FILED, "channel": "email"})
        await jso.at("2036-08-20 10:00")  # the tenth working day after the receipt
        assert await doubts(case) == []
        await jso.at("2036-08-21 10:00")
        last = "this body takes cases until 2036-08-20; whether this is too late is for it to say"
        assert await doubts(case) == [last]
        await case.step("complaints_officer", "responses", {"form": "email", "text": "Het spijt ons."})
        assert await doubts(case) == []  # and of two limits the latest

    async def test_a_ground(self, tell: Tell) -> None:
        town = await tell(changed("municipality", calendar=SHUT, **{"admissibility/grounds/1/within": TEN}))
        await town.at("2036-08-18 10:00")
        found = [(await town.file({**FILED, "conductOn": day})).last for day in ("2036-07-14", "2036-07-11")]
        assert [[each["limitOn"] for each in complaint["proposals"]] for complaint in found] == [[], ["2036-07-14"]]


async def late(case: Case) -> list[str]:
    """What is said when the complainant protests against the answer."""
    taken = await case.step("system", "dissatisfactions", {"form": "email", "text": "Dat is geen antwoord."})
    return [each["message"] for each in taken["complaint"]["warnings"] if each["code"] == "late"]


async def doubts(case: Case) -> list[str]:
    """What is doubtful about going to the body now."""
    told = await case.office.ask("system", "GET", f"/complaints/{case.id}/escalations/_check?body=cmonet&consent=true")
    return [each["text"]["en"] for each in told["lacks"] if each["code"] == "late"]


class TestRolling:
    """Under the Algemene termijnenwet a day off is no last day, of a window either (art. 1)."""

    async def test_a_window(self, tell: Tell) -> None:
        six = {"amount": 6, "unit": "weeks"}
        rules = changed("jso", calendar={"roll_forward": "atw"}, **{"stages/1/opens_on/0/within": six})
        jso = await tell(rules)
        await jso.at("2036-03-03 10:00")
        case, other = await jso.file({**FILED, "channel": "email"}), await jso.file({**FILED, "channel": "email"})
        for each in (case, other):
            await each.step("complaints_officer", "responses", {"form": "email", "text": "Het spijt ons."})
        await jso.at("2036-04-15 10:00")  # the day after Easter Monday
        assert await late(case) == []
        await jso.at("2036-04-16 10:00")
        assert await late(other) == ["this was possible until 2036-04-15; it is recorded"]


async def why(case: Case, term: dict[str, Any]) -> dict[str, str]:
    """Why a term ends when it ends, in both languages."""
    path = f"/complaints/{case.id}/terms/{term['id']}/explanation"
    found: dict[str, str] = (await case.office.ask("system", "GET", path))["explanation"]
    return found


class TestAnotherPeriod:
    """A month, two days when it is urgent. Nobody is late before the day on which that became known."""

    @staticmethod
    def rules(**more: Any) -> Procedure:
        respond = place(procedure("housing-corporation"), "corporation", "respond")
        urgent = [{"within": {"amount": 2, "unit": "days"}, "when": {"urgent": True}}]
        said = {"within": {"amount": 1, "unit": "months"}, "instead": urgent, **more}
        return changed("housing-corporation", **{respond: said})

    async def test_a_shorter_one_that_comes_later(self, tell: Tell) -> None:
        office = await tell(self.rules())
        await office.at("2036-03-03 10:00")
        case = await office.file(PORTAL)
        await case.has("corporation.respond", "pending", due="2036-04-03")
        await office.at("2036-03-27 10:00")
        await case.register("team_lead", {"urgent": True})
        term = await case.has("corporation.respond", "pending", due="2036-03-27")
        assert "dat deze termijn geldt, bleek pas op donderdag 27 maart 2036" in (await why(case, term))["nl"]
        assert "that this period holds became clear on Thursday 27 March 2036 only" in (await why(case, term))["en"]
        await case.register("team_lead", {"urgent": False})
        await case.has("corporation.respond", "pending", due="2036-04-03")
        breaches = await case.events("term.breached")
        assert [each for each in breaches if each["facts"]["term"] == "corporation.respond"] == []

    async def test_a_breach_of_it_is_not_undone(self, tell: Tell) -> None:
        office = await tell(self.rules())
        await office.at("2036-03-03 10:00")
        case = await office.file(PORTAL)
        await office.at("2036-03-27 10:00")
        await case.register("team_lead", {"urgent": True})
        await office.at("2036-03-29 10:00")
        await case.has("corporation.respond", "overdue", due="2036-03-27")
        await case.register("team_lead", {"urgent": False})
        await case.has("corporation.respond", "overdue", due="2036-03-27")
        breaches = await case.events("term.breached")
        told = [each["occurredAt"] for each in breaches if each["facts"]["term"] == "corporation.respond"]
        assert told == ["2036-03-27T23:00:00Z"]
        assert await case.events("term.breach_superseded") == []

    async def test_one_that_was_known_in_time_ends_where_it_ends(self, tell: Tell) -> None:
        office = await tell(self.rules())
        await office.at("2036-03-03 10:00")
        case = await office.file(PORTAL)
        await office.at("2036-03-05 10:00")  # its last day
        await case.register("team_lead", {"urgent": True})
        term = await case.has("corporation.respond", "pending", due="2036-03-05")
        assert "bleek pas" not in (await why(case, term))["nl"]

    async def test_an_extension_counts_from_there(self, tell: Tell) -> None:
        office = await tell(self.rules(extension={"at_most": {"amount": 4, "unit": "weeks"}, "times": 1}))
        await office.at("2036-03-03 10:00")
        case = await office.file(PORTAL)
        await office.at("2036-03-27 10:00")
        await case.register("team_lead", {"urgent": True})
        for until, status in (("2036-04-25", 400), ("2036-04-24", 201)):
            await case.step("team_lead", "extensions", {**LONGER, "until": until}, expect=status)
        await case.has("corporation.respond", "pending", due="2036-04-24")

    async def test_counted_back_from_a_hearing(self, tell: Tell) -> None:
        name = "documents_before_hearing"
        where = place(procedure("municipality"), "handling", name)
        more = [{"within": {"amount": 3, "unit": "weeks"}, "when": {"complex": True}}]
        town = await tell(changed("municipality", **{f"{where}/instead": more}))
        await town.at("2036-03-03 10:00")
        case = await town.file(FILED)
        await case.step("complaints_coordinator", "hearings", {"party": "complainant", "scheduledOn": "2036-03-31"})
        await case.has(f"handling.{name}", "pending", due="2036-03-24")
        await town.at("2036-03-19 10:00")
        await case.register("complaints_coordinator", {"complex": True})
        await case.has(f"handling.{name}", "pending", due="2036-03-19")

    async def test_a_longer_one_that_comes_later_is_told(self, tell: Tell) -> None:
        """Six weeks from Monday 3 March 2036 end on Easter Monday, so on 15 April; ten weeks on Monday 12 May."""
        town = await tell(procedure("municipality"))
        await town.at("2036-03-03 10:00")
        case = await town.file(FILED)
        await case.has("handling.decide", "pending", due="2036-04-15")
        await town.at("2036-03-10 10:00")
        asked = await case.step("complaints_coordinator", "advice-requests", {"party": "committee"})
        told = {each["code"]: each["message"] for each in asked["complaint"]["warnings"]}
        assert "handling.decide was due on 2036-04-15 and is due on 2036-05-12 now" in told["last-day-moved"]
        term = await case.has("handling.decide", "pending", due="2036-05-12")
        sentences = await why(case, term)
        assert "; eerst was dit 6 weken, sinds maandag 10 maart 2036 10 weken (commissie adviseert)" in sentences["nl"]
        assert "; first it was 6 weeks, since Monday 10 March 2036 10 weeks (a committee advises)" in sentences["en"]
        # what moves nothing warns of nothing
        again = await case.step("complaints_coordinator", "advice-requests", {"party": "committee"})
        assert "last-day-moved" not in {each["code"] for each in again["complaint"]["warnings"]}
