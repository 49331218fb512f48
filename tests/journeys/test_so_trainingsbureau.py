"""SO! Trainingsbureau: a talk near the source, the complaints officer, and then the director within six weeks.

Its terms are weeks, so no holiday lengthens one. In 2036 the clocks go forward on Sunday 30 March.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.stories import Case, Office, Tell, instant

FILED = {
    "description": "De trainer luisterde niet naar mij.",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org"},
    "complainantType": "client",
    "subjectPerson": {"name": "Kim Medewerker", "relation": "employee"},
}
SIGNAL = FILED | {"kind": "signal", "channel": "oral"}
UNRESOLVED = {"form": "conversation", "outcome": "unresolved", "note": "We zijn er samen niet uitgekomen."}
RESOLVED = UNRESOLVED | {"outcome": "resolved", "note": "Andere trainer gevonden."}
ASKED = {"form": "email", "text": "Ik wil graag het oordeel van de directeur."}
JUDGED = {"form": "email", "reasons": "De trainer had moeten luisteren.", "text": "Hierbij mijn oordeel."}
DECLINED = {"decision": "decline", "reasons": "Daar zijn we niet toe verplicht."}
NOTICE = {"form": "post", "reasons": "De klacht is eerder behandeld."}
CLOSED = {"outcome": "handled", "handlingMethod": "In een gesprek afgehandeld."}


async def judged(office: Office) -> Case:
    """A complaint on which the director has given a judgement, and of which no copy was sent."""
    case = await office.file(FILED)
    await case.step("complaints_officer", "responses", UNRESOLVED)
    await case.step("system", "formal-review-requests", ASKED)
    await case.step("director", "decisions", JUDGED)
    return case


def pointers(problem: Mapping[str, Any]) -> set[str]:
    return {error["pointer"] for error in problem["errors"]}


def codes(complaint: Mapping[str, Any]) -> set[str]:
    return {warning["code"] for warning in complaint["warnings"]}


def owed(complaint: Mapping[str, Any]) -> set[str]:
    return {obligation["duty"] for obligation in complaint["obligations"]}


# -- near the source -------------------------------------------------------------------------------------------


@pytest.mark.proves("SO-02", "SO-04", "SO-22")
async def test_a_signal_stays_near_its_source(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")  # a Monday
    case = await so.file(SIGNAL)
    assert (case.last["kind"], case.last["stage"]) == ("signal", "source")
    assert case.last["terms"] == []
    for role in ("mentor", "lead_practitioner"):
        await case.step("system", "assignments", {"staffId": str(so.made.staff[role])})
    for role in ("director", "complaints_officer", "line_manager"):
        await case.step("system", "assignments", {"staffId": str(so.made.staff[role])}, expect=409)
    await case.step("complaints_officer", "responses", RESOLVED, expect=403)
    await so.at("2036-06-23 10:00")  # sixteen weeks on: nothing is late, there was no term
    await case.step("mentor", "responses", RESOLVED)
    await case.step("mentor", "closures", {"outcome": "resolved"})
    assert (case.last["state"], await case.events("term.breached")) == ("closed", [])
    counted = (await so.ask("reporter", "GET", "/reports/summary?from=2036-01-01"))["total"]
    assert (counted["received"], counted["kinds"]["signal"]) == (0, 1)


@pytest.mark.proves("SO-05", "SO-09")
@pytest.mark.parametrize("ground", ["cannot", "will_not", "unsatisfactory"])
async def test_a_signal_becomes_a_complaint(tell: Tell, ground: str) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(SIGNAL)
    if ground == "unsatisfactory":
        await case.step("lead_practitioner", "responses", UNRESOLVED)
    await so.at("2036-03-31 10:00")
    assert pointers(await case.step("system", "promotions", {"ground": "angry"}, expect=400)) == {"/ground"}
    assert pointers(await case.step("system", "promotions", {}, expect=400)) == {"/ground"}
    # spoken or written: both will do, and the complaint was received that day
    await case.step("system", "promotions", {"ground": ground, "form": "phone"})
    assert (case.last["kind"], case.last["stage"], case.last["receivedOn"]) == ("complaint", "informal", "2036-03-31")
    await case.step("director", "admissibility-decisions", DECLINED | {"ground": "criminal_proceedings"})
    await case.has("informal.notify_inadmissible", "pending", due="2036-04-28")


@pytest.mark.proves("SO-09", "SO-28")
async def test_called_a_signal_in_between_it_goes_on_where_it_was(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(FILED)
    await case.step("complaints_officer", "responses", UNRESOLVED)
    await case.step("system", "formal-review-requests", {"form": "email"})
    await case.has("formal.judge", "pending", due="2036-04-14")
    await so.at("2036-03-17 10:00")
    await case.step("director", "reclassifications", {"to": "signal", "reasons": "Het leek een signaal."})
    await case.step("system", "promotions", {"ground": "will_not"})
    assert (case.last["kind"], case.last["stage"], case.last["receivedOn"]) == ("complaint", "formal", "2036-03-03")
    assert [term["key"] for term in case.last["terms"]] == ["formal.judge"]
    await case.step("director", "decisions", {"form": "email", "reasons": "Het had anders gemoeten."})
    await case.has("formal.judge", "met", due="2036-04-14")


@pytest.mark.proves("SO-05", "SO-06", "SO-35")
@pytest.mark.parametrize("channel", ["oral", "phone", "email", "post", "web_form"])
async def test_spoken_or_written_and_at_once_to_the_internal_procedure(tell: Tell, channel: str) -> None:
    so = await tell("so-trainingsbureau")
    case = await so.file(FILED | {"channel": channel})
    assert (case.last["kind"], case.last["stage"]) == ("complaint", "informal")
    signal = await so.file(FILED | {"channel": channel, "kind": "signal"})
    assert (signal.last["kind"], signal.last["stage"]) == ("signal", "source")
    # the line manager is an entry as well; the officer ends it
    for role in ("line_manager", "complaints_officer"):
        await case.step("system", "assignments", {"staffId": str(so.made.staff[role])})
    await case.step("system", "assignments", {"staffId": str(so.made.staff["mentor"])}, expect=409)
    await case.step("line_manager", "responses", RESOLVED, expect=403)
    await case.step("complaints_officer", "responses", RESOLVED)


@pytest.mark.proves("SO-24")
async def test_a_question_about_rights(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(FILED | {"kind": "enquiry"})
    assert (case.last["kind"], case.last["terms"], owed(case.last)) == ("enquiry", [], set())
    await case.step("complaints_officer", "responses", RESOLVED, expect=409)
    await case.step("director", "admissibility-decisions", DECLINED, expect=409)
    await so.at("2037-03-03 10:00")
    await case.step("complaints_officer", "closures", {"outcome": "handled"})
    assert await case.events("term.breached") == []
    complaint = await so.file(FILED | {"kind": "enquiry"})
    await complaint.step("complaints_officer", "promotions", {"ground": "will_not"})
    assert (complaint.last["kind"], complaint.last["stage"]) == ("complaint", "informal")


# -- who complains ---------------------------------------------------------------------------------------------


@pytest.mark.proves("SO-01", "SO-07")
async def test_who_may_complain(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    for kind in ("client", "former_client", "legal_representative", "next_of_kin", "parent", "guardian"):
        case = await so.file(FILED | {"complainantType": kind})
        assert case.last["complainantType"] == kind
        assert "authority-missing" not in codes(case.last)
    problem = await so.ask("system", "POST", "/complaints", FILED | {"complainantType": "customer"}, expect=400)
    assert "former_client" in problem["errors"][0]["message"]
    definition = (await so.ask("website", "GET", "/procedures/so-trainingsbureau"))["definition"]
    preferred = [each["type"] for each in definition["intake"]["complainants"] if each["preferred"]]
    assert preferred == ["client"]

    proxy = {"type": "proxy", "name": "Robin Proef"}
    assert "authority-missing" not in codes((await so.file(FILED | {"filedBy": proxy | {"authority": True}})).last)
    flagged = await so.file(FILED | {"filedBy": proxy})
    assert flagged.last["kind"] == "complaint"
    assert "authority-missing" in codes(flagged.last)
    assert "authority-missing" in codes(await flagged.read())
    shown = {"role": "representative", "person": {"name": "Robin Proef"}, "authority": True}
    await flagged.step("complaints_officer", "parties", shown)
    assert "authority-missing" not in codes(await flagged.read())


@pytest.mark.proves("SO-01", "SO-08")
async def test_from_twelve_on_a_child_complains_itself(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 23:50")  # a Monday, ten minutes to midnight: in UTC it is the same day
    child = {"name": "Sam Voorbeeld", "bornOn": "2024-03-03"}
    twelve_today = await so.file(FILED | {"complainant": child})
    assert twelve_today.last["kind"] == "complaint"

    sent = FILED | {"channel": "email", "complainant": child | {"bornOn": "2024-03-04"}}
    problem = await so.ask("system", "POST", "/complaints", sent, expect=400)
    [error] = problem["errors"]
    assert error["code"] == "guardian-required"
    assert "parent" in error["message"]
    draft = problem["possible"][0]["draft"]
    [waiting] = (await so.ask("complaints_officer", "GET", "/drafts"))["items"]
    assert (waiting["id"], waiting["filing"]["description"]) == (draft, FILED["description"])
    assert (await so.ask("system", "GET", "/complaints?withTotal=true"))["total"] == 1

    # a week later the guardian completes it: it counts from the day on which the child sent it
    await so.at("2036-03-10 09:00")
    await so.ask("system", "POST", "/complaints", sent | {"draft": draft}, expect=400)
    guardian = {"type": "guardian", "name": "Robin Proef"}
    case = await so.file(sent | {"draft": draft, "filedBy": guardian})
    assert case.last["receivedOn"] == "2036-03-03"
    assert {party["role"] for party in case.last["parties"]} >= {"complainant", "representative"}
    assert (await so.ask("complaints_officer", "GET", "/drafts"))["items"] == []
    await so.ask("system", "POST", "/complaints", sent | {"draft": draft, "filedBy": guardian}, expect=400)
    # nobody needs a draft to complain for a young child
    young = FILED | {"complainant": child | {"bornOn": "2030-01-01"}}
    # whose legal representative is always a parent or guardian; of a child that died its next of kin complain
    for kind in ("parent", "guardian", "legal_representative", "next_of_kin"):
        await so.file(young | {"filedBy": guardian | {"type": kind}})
    for kind in ("proxy", "client"):
        problem = await so.ask(
            "system", "POST", "/complaints", young | {"filedBy": guardian | {"type": kind}}, expect=400
        )
        assert "legal_representative" in problem["errors"][0]["message"]


@pytest.mark.proves("SO-03", "SO-11")
async def test_support_is_offered(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    procedure = await so.ask("website", "GET", "/procedures/so-trainingsbureau")
    assert procedure["legalBasis"] == ["Jeugdwet"]
    [support] = procedure["support"]
    assert (support["id"], support["free"]) == ("akj", True)
    receipt = await so.file(FILED, who="website")
    assert receipt.last["support"] == [{"name": support["name"], "url": "https://www.akj.nl", "free": True}]

    case = await so.file(FILED)
    await case.step("system", "parties", {"role": "support_person", "person": {"name": "Robin Proef"}})
    [person] = [party for party in case.last["parties"] if party["role"] == "support_person"]
    await case.step("system", "party-removals", {"partyId": person["id"]})
    assert "support_person" not in {party["role"] for party in (await case.read())["parties"]}
    await case.step("system", "party-removals", {"partyId": person["id"]}, expect=404)
    assert len(await case.events("party.added", "party.removed")) == 2


# -- not handled: a choice -------------------------------------------------------------------------------------


@pytest.mark.proves("SO-12", "SO-14", "SO-16")
async def test_a_year_back_and_not_a_day_more(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await so.file(FILED | {"conductOn": "2035-03-03"})
    assert case.last["proposals"] == []
    old = await so.file(FILED | {"conductOn": "2035-03-02"})
    [proposal] = old.last["proposals"]
    assert (proposal["ground"], proposal["mode"], proposal["limitOn"]) == ("too_old", "may_refuse", "2035-03-03")
    # it is proposed and not done: it goes on, and may be handled all the same
    assert (old.last["state"], old.last["admissibility"], old.last["stage"]) == ("open", "undecided", "informal")
    await old.step("complaints_officer", "admissibility-decisions", {"decision": "handle"})
    await old.step("complaints_officer", "responses", RESOLVED)
    # what is not too old is not declined as that; on what nobody can reckon it may be
    too_old = DECLINED | {"ground": "too_old"}
    assert pointers(await case.step("director", "admissibility-decisions", too_old, expect=400)) == {"/ground"}
    await case.step("director", "admissibility-decisions", DECLINED | {"ground": "criminal_proceedings"})
    assert "conduct-unknown" not in codes(case.last)
    # or declined, by a person who may, on a ground that there is, with reasons
    other = await so.file(FILED | {"conductOn": "2030-01-01"})
    for who in ("mentor", "line_manager", "office_manager", "system"):
        await other.step(who, "admissibility-decisions", too_old, expect=403)
    for sent, pointer in (
        (DECLINED, "/ground"),
        (DECLINED | {"ground": "trivial"}, "/ground"),
        ({"decision": "decline", "ground": "too_old"}, "/reasons"),
    ):
        assert pointers(await other.step("director", "admissibility-decisions", sent, expect=400)) == {pointer}
    await other.step("director", "admissibility-decisions", too_old)
    assert (other.last["admissibility"], other.last["state"]) == ("inadmissible", "open")


@pytest.mark.proves("SO-17", "X-02", "X-04")
async def test_what_was_taken_into_handling_in_time_was_owed_no_refusal(tell: Tell) -> None:
    """Received on 3 March 2036: a refusal is told by 31 March. It was withdrawn before that, or only after."""
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    cases = [await so.file(FILED | {"conductOn": "2030-01-01"}) for _ in range(2)]
    for case in cases:
        await case.step("director", "admissibility-decisions", DECLINED | {"ground": "too_old"})
    await so.at("2036-04-20 10:00")
    in_time, late = cases
    for case in cases:
        await case.has("informal.notify_inadmissible", "overdue", due="2036-03-31")
    handled = {"decision": "handle", "occurredAt": instant("2036-03-12 10:00")}
    problem = await in_time.step("director", "admissibility-decisions", handled, expect=400)
    assert pointers(problem) == {"/lateRegistrationReason"}
    await in_time.step("director", "admissibility-decisions", handled | {"lateRegistrationReason": "Lag nog in de la."})
    assert "informal.notify_inadmissible" not in {term["key"] for term in (await in_time.read())["terms"]}
    assert len(await in_time.events("term.breach_superseded")) == 1
    # what is decided after the last day undoes no breach; nobody owes the notice any more
    await late.step("director", "admissibility-decisions", {"decision": "handle"})
    await late.has("informal.notify_inadmissible", "overdue", due="2036-03-31")
    assert await late.events("term.breach_superseded") == []
    # nor where the refusal itself came after that day
    before = {"receivedAt": instant("2036-03-03 10:00"), "lateRegistrationReason": "Lag in de bus."}
    declined_late = await so.file(FILED | {"conductOn": "2030-01-01"} | before)
    await declined_late.step("director", "admissibility-decisions", DECLINED | {"ground": "too_old"})
    await declined_late.step("director", "admissibility-decisions", {"decision": "handle"})
    await declined_late.has("informal.notify_inadmissible", "overdue", due="2036-03-31")
    assert await declined_late.events("term.breach_superseded") == []


@pytest.mark.proves("SO-13", "SO-15")
async def test_handled_before_and_before_the_court(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    earlier = await so.file(FILED)
    await earlier.step("complaints_officer", "responses", RESOLVED)
    again = await so.file(FILED | {"earlierComplaint": earlier.last["reference"]})
    assert [proposal["ground"] for proposal in again.last["proposals"]] == ["already_handled"]
    declined = DECLINED | {"ground": "already_handled"}
    problem = await again.step("complaints_officer", "admissibility-decisions", declined, expect=400)
    assert pointers(problem) == {"/earlierComplaint"}
    itself = declined | {"earlierComplaint": again.last["reference"]}
    problem = await again.step("complaints_officer", "admissibility-decisions", itself, expect=400)
    assert [each["code"] for each in problem["errors"]] == ["earlier-is-itself"]
    for doubtful, code in (("SO-OLD-0001", "earlier-complaint-unknown"), (None, "earlier-complaint-open")):
        other = await so.file(FILED)
        named = {"earlierComplaint": doubtful or (await so.file(FILED)).last["reference"]}
        await other.step("complaints_officer", "admissibility-decisions", declined | named)
        assert code in codes(other.last)
    closed = await so.file(FILED)
    await closed.step("complaints_officer", "closures", {"outcome": "resolved", "handlingMethod": "Aan de balie."})
    ended = {"earlierComplaint": closed.last["reference"].lower()}
    other = await so.file(FILED)
    await other.step("complaints_officer", "admissibility-decisions", declined | ended)
    assert not {"earlier-complaint-open", "earlier-complaint-unknown"} & codes(other.last)
    reference = {"earlierComplaint": earlier.last["reference"]}
    await again.step("complaints_officer", "admissibility-decisions", declined | reference)
    [decided] = await again.events("admissibility.decided")
    assert decided["facts"]["earlierComplaint"] == earlier.last["reference"]

    pending = await so.file(FILED | {"circumstances": ["criminal_proceedings"]})
    assert [proposal["ground"] for proposal in pending.last["proposals"]] == ["criminal_proceedings"]
    criminal = DECLINED | {"ground": "criminal_proceedings", "reviewOn": "2037-01-05"}
    await pending.step("director", "admissibility-decisions", criminal)
    # when the proceedings are over it may be decided otherwise
    await pending.step("director", "admissibility-decisions", {"decision": "handle"})
    await pending.step("complaints_officer", "responses", RESOLVED)


async def test_another_complaint_tells_who_is_involved_in_an_earlier_one_nothing_about_it(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    earlier = await so.file(FILED)
    reference = earlier.last["reference"]
    again = await so.file(FILED | {"earlierComplaint": reference.lower()})
    old = await so.file(FILED | {"earlierComplaint": "SO-OLD-0001"})
    declined = DECLINED | {"ground": "already_handled", "earlierComplaint": reference}
    await again.step("director", "admissibility-decisions", declined)
    officer = str(so.made.staff["complaints_officer"])
    await earlier.step("system", "involvements", {"staffId": officer, "reasons": "De klacht gaat over deze persoon."})
    for who, seen in (("director", True), ("complaints_officer", False)):
        for path in ("events", "admissibility-decisions"):
            found = (await so.ask(who, "GET", f"/complaints/{again.id}/{path}"))["items"]
            for each in (*found, await so.ask(who, "GET", f"/complaints/{again.id}/events/{found[-1]['id']}")):
                assert (reference.lower() in str(each).lower(), "earlierState" in each["facts"]) == (seen, False)
        [received] = (await so.ask(who, "GET", f"/complaints/{old.id}/events"))["items"]
        assert received["facts"]["earlierComplaint"] == "SO-OLD-0001"


@pytest.mark.proves("SO-17", "SO-18", "X-04")
async def test_told_in_writing_within_four_weeks(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    in_time, late, at_once, handled = [await so.file(FILED) for _ in range(4)]
    assert in_time.last["terms"] == []
    await in_time.step("complaints_officer", "inadmissibility-notices", NOTICE, expect=409)
    declined = DECLINED | {"ground": "too_old"}
    for case in (in_time, late, handled):
        await case.step("complaints_officer", "admissibility-decisions", declined)
        # Monday 3 March is day nought: four weeks on is Monday 31 March, in summer time by then
        term = await case.has("informal.notify_inadmissible", "pending", due="2036-03-31")
        assert term["breachAt"] == "2036-03-31T22:00:00Z"
    told = declined | {"notified": True}
    assert pointers(await at_once.step("director", "admissibility-decisions", told, expect=400)) == {"/form"}
    await at_once.step("director", "admissibility-decisions", told | {"form": "email"})
    await at_once.has("informal.notify_inadmissible", "met")
    assert at_once.last["state"] == "inadmissible"

    await so.at("2036-03-31 23:59")
    await in_time.step("mentor", "inadmissibility-notices", NOTICE, expect=403)
    by_phone = NOTICE | {"form": "phone"}
    problem = await in_time.step("complaints_officer", "inadmissibility-notices", by_phone, expect=400)
    assert pointers(problem) == {"/form"}
    await in_time.step("complaints_officer", "inadmissibility-notices", NOTICE)
    await in_time.has("informal.notify_inadmissible", "met")
    assert (in_time.last["state"], in_time.last["publicStatus"]) == ("inadmissible", "handled")

    await so.at("2036-04-01 00:00")
    await late.has("informal.notify_inadmissible", "overdue")
    await late.step("complaints_officer", "inadmissibility-notices", NOTICE)
    await late.has("informal.notify_inadmissible", "met_late")
    [breach] = await late.events("term.breached")
    assert breach["occurredAt"] == "2036-03-31T22:00:00Z"
    # after all it is handled: what was late stays late, and no notice is owed any more
    await handled.has("informal.notify_inadmissible", "overdue")
    await handled.step("director", "admissibility-decisions", {"decision": "handle"})
    await handled.has("informal.notify_inadmissible", "overdue")
    assert handled.last["nextDueOn"] is None
    work = (await so.ask("system", "GET", "/terms"))["items"]
    assert work == []
    assert len(await handled.events("term.breached")) == 1


# -- the complaints officer ------------------------------------------------------------------------------------


@pytest.mark.proves("SO-25", "SO-26", "SO-27")
async def test_the_officer_works_it_out_with_both(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    case, unheard = await so.file(FILED), await so.file(FILED)
    assert owed(case.last) == {"agree_route"}
    waiting = {item["complaintId"] for item in (await so.ask("system", "GET", "/obligations"))["items"]}
    assert {str(case.id), str(unheard.id)} <= waiting
    await case.step("complaints_officer", "agreed-routes", {"route": "mediation", "description": "Samen aan tafel."})
    assert owed(case.last) == set()
    for party in ("complainant", "subject_of_complaint"):
        await case.step("complaints_officer", "hearings", {"party": party, "form": "conversation"})
    await case.step("complaints_officer", "mediations", {"consent": "oral"})
    await case.step("complaints_officer", "mediation-endings", {"outcome": "resolved"})
    problem = await case.step("complaints_officer", "responses", {"form": "conversation"}, expect=400)
    assert pointers(problem) == {"/outcome"}
    for sent, pointer in ((RESOLVED | {"outcome": "won"}, "/outcome"), (RESOLVED | {"verdict": "upheld"}, "/verdict")):
        assert pointers(await case.step("complaints_officer", "responses", sent, expect=400)) == {pointer}
    problem = await case.step("complaints_officer", "closures", CLOSED, expect=409)
    assert "no answer" in problem["detail"]
    await case.step("complaints_officer", "responses", RESOLVED)
    assert codes(case.last) & {"step-expected"} == set()
    await case.step("complaints_officer", "closures", CLOSED)
    assert case.last["state"] == "closed"
    # with one of them only: it is said, twice, and not refused
    await unheard.step("complaints_officer", "responses", RESOLVED)
    assert [warning["code"] for warning in unheard.last["warnings"]].count("step-expected") == 2
    assert "step-expected" not in codes(await unheard.read())
    assert owed(unheard.last) == set()


@pytest.mark.proves("SO-23")
async def test_the_officer_is_no_party(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    case = await so.file(FILED)
    officer, manager = (str(so.made.staff[role]) for role in ("complaints_officer", "line_manager"))
    await case.step("system", "assignments", {"staffId": officer})
    await case.step("system", "involvements", {"staffId": officer, "reasons": "De klacht gaat over deze persoon."})
    # and is the handler no longer
    assert case.last["handlerId"] is None
    problem = await case.step("system", "assignments", {"staffId": officer}, expect=409)
    assert "involved" in problem["detail"]
    await case.step("system", "responses", RESOLVED | {"onBehalfOf": officer}, expect=403)
    await so.ask("complaints_officer", "GET", f"/complaints/{case.id}", expect=404)
    await case.step("system", "assignments", {"staffId": manager})
    assert case.last["handlerId"] == manager


@pytest.mark.proves("SO-19", "SO-21")
async def test_the_office_manager_keeps_the_register(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    case = await so.file(FILED)
    added = {"furtherDescription": "Drie keer in februari.", "improvements": "Trainers bijscholen."}
    for who in ("complaints_officer", "director", "mentor", "line_manager", "system"):
        await case.register(who, added, expect=403)
    await case.register("office_manager", added)
    assert {"further_description", "improvements"} <= set((await case.read())["registerFields"])
    # what the client wrote stands as it was
    assert case.last["description"] == FILED["description"]
    keeper = {"onBehalfOf": str(so.made.staff["office_manager"])}
    await case.register("system", {"followUp": "In mei navragen."} | keeper)
    await case.step("complaints_officer", "responses", RESOLVED)
    problem = await case.step("complaints_officer", "closures", {"outcome": "handled"}, expect=400)
    assert pointers(problem) == {"/register/handling_method"}
    await case.step("complaints_officer", "closures", CLOSED)


# -- the director ----------------------------------------------------------------------------------------------


@pytest.mark.proves("SO-28", "X-09")
async def test_the_director_is_asked_in_writing_and_after_the_talk(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    case, skips, settled = await so.file(FILED), await so.file(FILED), await so.file(FILED)
    problem = await case.step("system", "formal-review-requests", ASKED, expect=409)
    assert "skipReason" in problem["detail"]
    await case.step("complaints_officer", "responses", UNRESOLVED)
    for form in ("phone", "oral"):
        problem = await case.step("system", "formal-review-requests", ASKED | {"form": form}, expect=400)
        assert pointers(problem) == {"/form"}
    problem = await case.step("system", "formal-review-requests", {"text": "Graag."}, expect=400)
    assert pointers(problem) == {"/form"}
    await case.step("system", "formal-review-requests", ASKED)
    assert case.last["stage"] == "formal"
    await case.step("system", "formal-review-requests", ASKED, expect=409)
    # who cannot or will not talk first says why, and is heard
    skipping = ASKED | {"skipReason": "Ik wil niet met deze mensen om tafel."}
    assert pointers(await skips.step("system", "formal-review-requests", skipping | {"form": "oral"}, expect=400)) == {
        "/form"
    }
    await skips.step("system", "formal-review-requests", skipping)
    assert skips.last["stage"] == "formal"
    # what was resolved needs no judgement
    await settled.step("complaints_officer", "responses", RESOLVED)
    problem = await settled.step("system", "formal-review-requests", ASKED, expect=409)
    assert "resolved" in problem["detail"]


@pytest.mark.proves("SO-29")
async def test_the_director_judges_within_six_weeks(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-05-05 10:00")
    in_time, late = await so.file(FILED), await so.file(FILED)
    await so.at("2036-05-12 10:00")  # a Monday; Whit Monday lies within the six weeks
    for case in (in_time, late):
        await case.step("complaints_officer", "responses", UNRESOLVED)
        await case.step("system", "formal-review-requests", ASKED)
        await case.has("formal.judge", "pending", due="2036-06-23")
    officer, director = (str(so.made.staff[role]) for role in ("complaints_officer", "director"))
    await late.step("system", "assignments", {"staffId": officer}, expect=409)
    await late.step("system", "assignments", {"staffId": director})
    longer = {"form": "email", "until": "2036-07-01", "reasons": "Druk."}
    await late.step("director", "extensions", longer, expect=409)
    await late.step("complaints_officer", "decisions", JUDGED, expect=403)
    given = JUDGED | {"verdict": "upheld"}
    assert pointers(await late.step("director", "decisions", given, expect=400)) == {"/verdict"}
    await so.at("2036-06-23 23:59")
    await in_time.step("director", "decisions", JUDGED)
    await in_time.has("formal.judge", "met")
    await so.at("2036-06-24 00:00")
    await late.has("formal.judge", "overdue")
    await late.step("director", "decisions", JUDGED)
    await late.has("formal.judge", "met_late")
    [breach] = await late.events("term.breached")
    assert breach["occurredAt"] == "2036-06-23T22:00:00Z"


@pytest.mark.proves("SO-30", "X-09")
async def test_not_closed_before_the_client_has_a_copy(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    case = await judged(so)
    assert "copy_outcome" in owed(case.last)
    problem = await case.step("director", "closures", CLOSED, expect=409)
    assert "copy_outcome" in problem["detail"]
    await case.step("director", "decision-copies", {"form": "post"})
    assert owed(case.last) == set()
    await case.step("director", "closures", CLOSED)
    assert (case.last["state"], case.last["publicStatus"]) == ("closed", "handled")
    # an answer that closes at once would leave the client without one
    asked = await so.file(FILED)
    await asked.step("complaints_officer", "responses", UNRESOLVED)
    await asked.step("system", "formal-review-requests", ASKED)
    refused = await asked.step("director", "decisions", JUDGED | {"final": True}, expect=409)
    assert "copy_outcome" in refused["detail"] and "without final" in refused["detail"]  # the copy comes after it
    await asked.has("formal.judge", "pending")


# -- beside and after --------------------------------------------------------------------------------------------


@pytest.mark.proves("SO-31")
async def test_improvements_say_for_whom(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    case = await judged(so)
    for target in ("organisation", "employee"):
        await case.step("director", "measures", {"target": target, "description": "Luisteren."})
    assert [event["facts"]["target"] for event in await case.events("measure.recorded")] == ["organisation", "employee"]
    await case.step("director", "measures", {"target": "client", "description": "Luisteren."}, expect=400)
    figures = await so.ask("reporter", "GET", "/reports/summary")
    assert figures["total"]["measures"] == 2


@pytest.mark.proves("SO-10", "X-10")
async def test_withdrawn_at_each_stage(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-05-12 10:00")
    source, enquiry, informal = await so.file(SIGNAL), await so.file(FILED | {"kind": "enquiry"}), await so.file(FILED)
    unresolved, formal, overdue = await so.file(FILED), await so.file(FILED), await so.file(FILED)
    for case in (unresolved, formal, overdue):
        await case.step("complaints_officer", "responses", UNRESOLVED)
    for case in (formal, overdue):
        await case.step("system", "formal-review-requests", ASKED)
    decided, closed = await judged(so), await judged(so)
    await closed.step("director", "decision-copies", {"form": "email"})
    await closed.step("director", "closures", CLOSED)
    for case in (source, enquiry, informal, unresolved, formal, decided, closed):
        await case.step("system", "withdrawals", {"form": "oral"})
        assert (case.last["state"], case.last["publicStatus"]) == ("withdrawn", "handled")
        assert (owed(case.last), case.last["nextDueOn"]) == (set(), None)
        await case.step("system", "withdrawals", {}, expect=409)
    await formal.has("formal.judge", "cancelled")
    await decided.has("formal.judge", "met")
    await unresolved.step("system", "formal-review-requests", ASKED, expect=409)
    await so.at("2036-06-24 10:00")
    await overdue.step("system", "withdrawals", {"form": "email"})
    await overdue.has("formal.judge", "overdue")
    await so.at("2036-09-08 10:00")
    assert await formal.events("term.breached") == []
    assert len(await overdue.events("term.breached")) == 1


@pytest.mark.proves("SO-34")
async def test_the_disciplinary_route_beside_all_this(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    [route] = (await so.ask("website", "GET", "/procedures/so-trainingsbureau"))["parallelRoutes"]
    assert (route["id"], route["kind"]) == ("skj", "disciplinary")
    signal, informal, formal = await so.file(SIGNAL), await so.file(FILED), await judged(so)
    await formal.step("director", "decision-copies", {"form": "email"})
    await formal.step("director", "closures", CLOSED)
    for case in (signal, informal, formal):
        before = await case.read()
        await case.step("system", "parallel-routes", {"route": "skj"})
        # it changes nothing in the procedure itself, but the dossier stays
        for same in ("stage", "state", "terms", "obligations"):
            assert case.last[same] == before[same]
        assert case.last["retention"]["heldBy"] == ["parallel_route"]
    await informal.step("system", "parallel-routes", {"route": "civil_court"}, expect=400)
    await informal.step("complaints_officer", "responses", RESOLVED)


@pytest.mark.proves("SO-20")
async def test_once_a_year_the_director_looks_back(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-12-08 10:00")  # a Monday
    reviews = {item["period"]: item for item in (await so.ask("system", "GET", "/reviews"))["items"]}
    # from the year in which the organisation began: one each year, and the years without one stay overdue
    assert (reviews["2036"]["state"], reviews["2036"]["dueOn"]) == ("pending", "2036-12-31")
    assert reviews["2035"]["state"] == "overdue"
    this_year = f"/reviews/{reviews['2036']['id']}"
    measures = {"evidence": [{"about": "improvement_measures", "text": "Trainers leren luisteren."}]}
    await so.ask("office_manager", "POST", f"{this_year}/completions", measures, expect=403)
    await so.ask("director", "POST", f"{this_year}/completions", {"note": "Gedaan."}, expect=400)
    last_year = f"/reviews/{reviews['2035']['id']}/completions"
    await so.ask("director", "POST", last_year, measures, expect=409)
    due = [item for item in (await so.ask("system", "GET", "/obligations"))["items"] if item["dueOn"] == "2036-12-31"]
    assert [item["duty"] for item in due] == ["yearly_analysis"]
    await so.at("2036-12-31 23:30")  # the last half hour of the year
    await so.ask("director", "POST", f"{this_year}/completions", measures, expect=201)
    await so.at("2037-01-01 00:00")
    assert (await so.ask("system", "GET", this_year))["state"] == "met"
    [next_one] = (await so.ask("system", "GET", "/reviews?state=pending"))["items"]
    assert (next_one["period"], next_one["dueOn"]) == ("2037", "2037-12-31")
    await so.at("2038-01-01 00:00")
    assert "2037" in {item["period"] for item in (await so.ask("system", "GET", "/reviews?state=overdue"))["items"]}


@pytest.mark.proves("SO-30", "X-02")
async def test_kept_as_long_as_the_organisation_chose(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-05-12 10:00")
    case = await judged(so)
    sent = {"form": "post", "occurredAt": instant("2036-05-12 17:00")}
    assert pointers(await case.step("director", "decision-copies", sent, expect=400)) == {"/occurredAt"}
    await case.step("director", "decision-copies", {"form": "post"})
    await case.step("director", "closures", CLOSED)
    # two years, through 12 May 2038
    assert case.last["retention"] == {"eraseFrom": "2038-05-13", "eraseBy": "2038-05-13", "heldBy": []}


@pytest.mark.proves("SO-01", "KK-02")
async def test_who_speaks_for_the_complainant_is_judged_by_who_is_there_now(tell: Tell) -> None:
    """Of each representative by its own authority: that of one who left, or of somebody else, is none."""
    so = await tell("so-trainingsbureau")
    proxy = {"type": "proxy", "name": "Mr. Proef", "email": "proef@example.org"}
    case = await so.file(FILED | {"filedBy": proxy | {"authority": True}})
    assert await written_to(case) == ["proef@example.org"]
    filed_by = next(each for each in case.last["parties"] if each["role"] == "representative")
    await case.step("complaints_officer", "party-removals", {"partyId": filed_by["id"]})
    assert "authority-missing" not in codes(await case.read())
    another = {"role": "representative", "person": {"name": "Robin Proef", "email": "robin@example.org"}}
    await case.step("complaints_officer", "parties", another)
    assert "authority-missing" in codes(await case.read())
    assert await written_to(case) == ["sam@example.org"]
    # a legal representative needs no authority under this procedure
    legal = {"name": "Mo Proef", "email": "mo@example.org"}
    await case.step("complaints_officer", "parties", another | {"type": "legal_representative", "person": legal})
    assert "authority-missing" not in codes(await case.read())
    assert await written_to(case) == ["mo@example.org"]

    unshown = await so.file(FILED | {"filedBy": proxy})
    friend: dict[str, Any] = {"role": "support_person", "person": {"name": "Robin Proef"}, "authority": True}
    await unshown.step("complaints_officer", "parties", friend, expect=400)
    del friend["authority"]
    await unshown.step("complaints_officer", "parties", friend)
    assert "authority-missing" in codes(await unshown.read())
    assert await written_to(unshown) == ["sam@example.org"]


@pytest.mark.proves("SO-08")
async def test_a_child_without_anybody_is_not_written_to(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    parent = {"type": "parent", "name": "Robin Proef", "email": "robin@example.org"}
    child = {"name": "Sam Voorbeeld", "email": "sam@example.org", "bornOn": "2026-01-02"}
    case = await so.file(FILED | {"complainant": child, "filedBy": parent})
    assert await written_to(case) == ["robin@example.org"]
    filed_by = next(each for each in case.last["parties"] if each["role"] == "representative")
    await case.step("complaints_officer", "party-removals", {"partyId": filed_by["id"]})
    assert "guardian-missing" in codes(await case.read())
    assert await written_to(case) == []
    problem = await so.ask("complaints_officer", "POST", f"/complaints/{case.id}/correspondence", MAIL, expect=400)
    assert [each["code"] for each in problem["errors"]] == ["recipient-missing"]


MAIL = {"direction": "outbound", "channel": "email", "subject": "Uw klacht", "body": "Wij bellen u morgen."}


async def written_to(case: Case) -> list[str]:
    path = f"/complaints/{case.id}/correspondence/_preview"
    shown = await case.office.ask("complaints_officer", "POST", path, MAIL)
    return [each["address"] for each in shown["parties"]]
