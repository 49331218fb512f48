"""Cases with external bodies: when one may go there, what is owed in it, what comes back, what remains.

Days of 2036: Thu 24 April, Mon 28 April, Tue 6 May (liberation day is Mon 5 May), Mon 12 May, Tue 13 May.
"""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.duties import obligations
from app.domain.errors import Forbidden, Invalid, NotPossible, Refused
from app.domain.escalation import Escalation, Given, escalation_of, escalations, preflight, rows
from app.domain.events import Event
from tests.builders import (
    Deed,
    at,
    did,
    dossier,
    due,
    outside,
    person,
    procedure,
    seen,
    sentences,
    state_of,
    term,
    then,
)
from tests.domain.test_dossier import FEW, walk

BODY = Actor("body", person("cmonet"))
STAFF = Actor("staff", person("a"), ("complaints_officer",))
CASE = str(uuid5(UUID(int=1), "case"))
OTHER = str(uuid5(UUID(int=1), "other"))

APRIL_24 = did("complaint.received", "2036-04-24")
ANSWERED: dict[str, tuple[Deed, ...]] = {
    "jso": (
        did("first_response.sent", "2036-04-25"),
        did("dissatisfaction.received", "2036-04-28"),
        did("second_response.sent", "2036-05-06"),
    ),
    "so-trainingsbureau": (
        did("informal_outcome.recorded", "2036-04-25", outcome="unresolved"),
        did("formal_review.requested", "2036-04-28"),
        did("decision.sent", "2036-05-06"),
        did("decision.copied", "2036-05-06"),
    ),
    "hss": (
        did("party.heard", "2036-04-25", party="complainant"),
        did("decision.sent", "2036-05-06"),
    ),
    "bijstand-naar-werk": (did("decision.sent", "2036-05-06"),),
}


def answered(name: str) -> Dossier:
    return dossier(name, APRIL_24, *ANSWERED[name])


def requested(when: str = "2036-05-12", case: str = CASE, **facts: Any) -> Deed:
    return did("escalation.requested", when, escalation_id=case, **facts)


def in_case(type: str, when: str, by: Actor | None = None, **facts: Any) -> Deed:
    return did(type, when, by, **{"escalation_id": CASE, **facts})


def escalated(name: str, *deeds: Deed) -> Dossier:
    return then(answered(name), requested(), *deeds)


def withdrawn(when: str, by: str, content: tuple[str, ...] = ("reasons",), actor: Actor | None = None) -> Deed:
    return Deed("escalation.withdrawn", at(when), {"escalation_id": CASE, "by": by, "content": content}, actor)


def decided(when: str = "2036-06-02", by: Actor | None = None, **facts: Any) -> Deed:
    return in_case("external_decision.received", when, by, content=["advice", "findings", "reasons"], **facts)


def case_in(found: Dossier) -> Escalation:
    case = escalation_of(found, CASE)
    assert case is not None
    return case


def faults(found: Dossier, deed: Deed) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        then(found, deed)
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


def refusal(found: Dossier, deed: Deed) -> str:
    with pytest.raises(NotPossible) as refused:
        then(found, deed)
    return refused.value.detail


class TestWhen:
    @pytest.mark.proves("JSO-14", "SO-32", "HSS-15", "BNW-13", "X-08")
    @pytest.mark.parametrize(
        ("name", "deeds", "last_day", "first_day"),
        [
            # JSO: 14 days after the dissatisfaction of Mon 28 April are Mon 12 May
            ("jso", ANSWERED["jso"][:2], "2036-05-12", "2036-05-13"),
            # SO!: six weeks after the request of Mon 28 April are Mon 9 June
            ("so-trainingsbureau", ANSWERED["so-trainingsbureau"][:2], "2036-06-09", "2036-06-10"),
            # HSS: six weeks after the receipt of Thu 24 April are Thu 5 June
            ("hss", (), "2036-06-05", "2036-06-06"),
            # BNW: six weeks as well
            ("bijstand-naar-werk", (), "2036-06-05", "2036-06-06"),
        ],
    )
    def test_not_before_the_answer_and_at_once_after_silence(
        self, name: str, deeds: tuple[Deed, ...], last_day: str, first_day: str
    ) -> None:
        found = dossier(name, APRIL_24, *deeds, now=f"{last_day} 12:00")
        body = found.procedure.bodies[0].body
        lacks = preflight(found, body, favourable(body))
        assert [(lack.code, str(lack.possible_on)) for lack in lacks] == [("too-early", first_day)]
        assert first_day in refusal(found, requested(f"{last_day} 23:59"))
        silent = then(found, requested(f"{first_day} 00:00"))
        assert case_in(silent).state == "requested"
        assert preflight(seen(found, at(f"{first_day} 00:00")), body, favourable(body)) == ()
        assert case_in(then(answered(name), requested())).stage == found.procedure.stages[-1].stage

    def test_the_sentence_names_both_days(self) -> None:
        found = dossier("jso", APRIL_24, *ANSWERED["jso"][:2])
        (lack,) = preflight(found, "cmonet", favourable("cmonet"))
        assert lack.nl == (
            "het antwoord in deze fase kan nog komen, uiterlijk op maandag 12 mei 2036; "
            "komt het niet, dan kan dit vanaf dinsdag 13 mei 2036"
        )
        assert lack.pointer == ""

    @pytest.mark.proves("JSO-14", "BNW-13")
    @pytest.mark.parametrize(
        ("name", "body", "given", "wanted"),
        [
            ("jso", "cmonet", Given(), {("consent-missing", "/consent")}),
            ("jso", "cmonet", Given("organisation", consent=True), set()),  # either may bring it
            ("jso", "elsewhere", Given(), {("body-unknown", "/body")}),
            ("hss", "erisietsmisgegaan", Given("organisation", consent=True), {("filed-by-other", "/filedBy")}),
            (
                "bijstand-naar-werk",
                "commissioning-body",
                Given(),
                {
                    ("consent-missing", "/consent"),
                    ("named-missing", "/named/type"),
                    ("named-missing", "/named/name"),
                    ("named-missing", "/named/address"),
                },
            ),
            (
                "bijstand-naar-werk",
                "commissioning-body",
                Given(consent=True, named={"type": "uwv", "name": "UWV", "address": ""}),
                {("named-missing", "/named/address")},
            ),
        ],
    )
    def test_everything_that_is_missing_is_told_at_once(
        self, name: str, body: str, given: Given, wanted: set[tuple[str, str]]
    ) -> None:
        assert {(lack.code, lack.pointer) for lack in preflight(answered(name), body, given)} == wanted

    def test_kinds_of_bodies_are_told_in_dutch_and_a_blank_name_is_none(self) -> None:
        given = Given(consent=True, named={"name": " ", "address": "Straat 1"})
        kind, name = preflight(answered("bijstand-naar-werk"), "commissioning-body", given)
        assert kind.nl == "zeg welke instantie het is: werkgever, gemeente, UWV"
        assert (name.pointer, name.nl) == ("/named/name", "van de instantie ontbreekt: naam")

    def test_what_the_body_asks_itself_does_not_keep_anybody_from_it(self) -> None:
        lacks = preflight(answered("so-trainingsbureau"), "geschillencommissie-zorg", Given(consent=True))
        assert [(lack.code, lack.blocks) for lack in lacks] == [("needed-missing", False)] * 3

    @pytest.mark.proves("JSO-14", "BNW-13")
    def test_the_gate_asks_the_same(self) -> None:
        assert faults(answered("jso"), requested(consent=False)) == {("/consent", "consent-missing")}
        assert faults(answered("jso"), requested(body="elsewhere")) == {("/body", "body-unknown")}
        assert faults(answered("hss"), requested(filed_by="organisation")) == {("/filedBy", "filed-by-other")}
        assert faults(answered("bijstand-naar-werk"), requested(body_type="friend", given=["name"])) == {
            ("/named/type", "named-missing"),
            ("/named/address", "named-missing"),
        }

    @pytest.mark.parametrize("deed", [did("complaint.withdrawn", "2036-05-07"), None])
    def test_one_at_a_time_and_none_of_what_was_withdrawn(self, deed: Deed | None) -> None:
        found = then(answered("jso"), deed or requested("2036-05-07"))
        wanted = "complaint-withdrawn" if deed else "escalation-exists"
        assert wanted in {lack.code for lack in preflight(found, "cmonet", favourable("cmonet"))}
        refusal(found, requested(case=OTHER))

    def test_a_closed_complaint_is_taken_up_again_and_can_be_closed_after_the_decision(self) -> None:
        found = then(answered("jso"), did("complaint.closed", "2036-05-07"), requested())
        assert (found.situation.state, found.situation.public_status) == ("open", "in_progress")
        assert "an external body still has this complaint" in refusal(
            found, did("complaint.closed", "2036-05-13", outcome="resolved")
        )
        found = then(found, decided(), did("complaint.closed", "2036-06-03"))
        assert found.situation.state == "closed"

    def test_late_is_recorded_with_a_remark(self) -> None:
        """The Geschillencommissie takes a dispute for a year: Thu 24 April 2036 to Fri 24 April 2037."""
        found = answered("so-trainingsbureau")
        for when, codes in (("2037-04-24", []), ("2037-04-25", ["late"])):
            event = then(found, requested(when)).events[-1]
            assert [each["code"] for each in found.remarks(event)] == codes


def favourable(body: str) -> Given:
    named = {"type": "employer", "name": "Werkgever", "address": "Straat 1"} if body == "commissioning-body" else None
    return Given("complainant", consent=True, named=named, given=frozenset({"form", "claim", "documents"}))


class TestDispatch:
    @pytest.mark.proves("JSO-16")
    @pytest.mark.parametrize(
        ("sent", "state", "partially", "missing", "remarks"),
        [
            ([], "requested", False, ("post", "email"), []),
            ([("post", "2036-05-12")], "requested", True, ("email",), ["partially-dispatched"]),
            ([("email", "2036-05-12 23:59")], "requested", True, ("post",), ["partially-dispatched"]),
            # both on Mon 12 May, local time
            ([("post", "2036-05-12 00:01"), ("email", "2036-05-12 23:59")], "dispatched", False, (), []),
            # Mon 12 and Tue 13 May: a warning, no block
            (
                [("post", "2036-05-12 23:59"), ("email", "2036-05-13 00:01")],
                "dispatched",
                False,
                (),
                ["dispatched-on-other-days"],
            ),
            ([("api", "2036-05-12")], "requested", True, ("post", "email"), ["partially-dispatched"]),
            # that it could read the dossier by API on Monday is no other day of sending
            (
                [("api", "2036-05-12"), ("post", "2036-05-13"), ("email", "2036-05-13")],
                "dispatched",
                False,
                (),
                [],
            ),
        ],
    )
    def test_by_post_and_by_mail_on_one_day(
        self, sent: list[tuple[str, str]], state: str, partially: bool, missing: tuple[str, ...], remarks: list[str]
    ) -> None:
        found = then(answered("jso"), requested("2036-05-12 00:00"))
        for channel, when in sent:
            found = then(found, in_case("escalation.dispatched", when, channel=channel))
        case = case_in(found)
        assert (case.state, case.partially, case.missing_channels) == (state, partially, missing)
        assert [each["code"] for each in found.warnings()] == remarks
        assert case.dispatched_at == (at(sent[-1][1]) if state == "dispatched" else None)

    def test_where_any_way_will_do_one_is_enough(self) -> None:
        found = escalated("so-trainingsbureau")
        assert case_in(found).missing_channels == ("portal", "post")
        case = case_in(then(found, in_case("escalation.dispatched", "2036-05-12", channel="post")))
        assert (case.state, case.partially, case.missing_channels) == ("dispatched", False, ())

    def test_a_body_that_opened_the_case_is_served_by_any_way(self) -> None:
        found = then(answered("jso"), requested(opened_by="body"))
        case = case_in(then(found, in_case("escalation.dispatched", "2036-05-12", channel="api")))
        assert (case.state, case.opened_by) == ("dispatched", "body")

    def test_another_way_is_recorded_with_a_remark(self) -> None:
        found = escalated("so-trainingsbureau")
        event = then(found, in_case("escalation.dispatched", "2036-05-12", channel="email")).events[-1]
        assert [each["code"] for each in found.remarks(event)] == ["channel-not-asked"]


class TestOwed:
    def test_each_question_has_its_own_day_and_its_own_answer(self) -> None:
        found = escalated(
            "jso",
            in_case("external.questioned", "2036-05-13", due_on="2036-05-24"),  # a Saturday: act by Fri 23 May
            in_case("external.questioned", "2036-05-14", due_on="2036-05-20"),
        )
        first, second = (event.sequence for event in found.events[-2:])
        assert (due(found, "cmonet.answer_question"), due(found, "cmonet.answer_question.2")) == (
            "2036-05-24",
            "2036-05-20",
        )
        assert term(found, "cmonet.answer_question").act_by == date(2036, 5, 23)
        assert case_in(found).next_due_on == date(2036, 5, 20)
        found = then(found, in_case("external.answered", "2036-05-21", kind="answer", question=second))
        assert state_of(found, "cmonet.answer_question") == "pending"
        assert state_of(found, "cmonet.answer_question.2") == "met_late"
        assert "answered already" in refusal(
            found, in_case("external.answered", "2036-05-21", kind="answer", question=second)
        )
        found = then(found, in_case("external.answered", "2036-05-24 23:59", kind="answer", question=first))
        assert state_of(found, "cmonet.answer_question") == "met"
        assert case_in(found).open_questions == ()

    def test_the_reason_of_a_stated_day_is_told(self) -> None:
        found = escalated("jso", in_case("external.questioned", "2036-05-13", due_on="2036-05-20"))
        known = term(found, "cmonet.answer_question")
        assert known.derivation["direction"] == "stated"
        assert known.derivation["period"] is None
        told = sentences(known)
        assert told["nl"].endswith(
            "is uiterlijk dinsdag 20 mei 2036 nodig: "
            "de laatste dag is genoemd op dinsdag 13 mei 2036, bij de vraag van de externe instantie (X-12)."
        )
        assert "was named on Tuesday 13 May 2036, with the question from the external body (X-12)." in told["en"]

    def test_a_day_that_was_not_named_gives_no_term_but_is_owed(self) -> None:
        found = escalated("jso", in_case("external.questioned", "2036-05-13"))
        assert [each.key for each in found.terms if each.key.startswith("cmonet")] == []
        assert [(each.duty, each.soft) for each in found.obligations][-1] == ("answer_question", True)
        sequence = found.events[-1].sequence
        found = then(found, in_case("external.answered", "2036-05-14", kind="answer", question=sequence))
        assert "answer_question" not in {each.duty for each in found.obligations}

    def test_a_day_in_the_past_is_refused(self) -> None:
        asked = in_case("external.questioned", "2036-05-13", due_on="2036-05-12")
        assert faults(escalated("jso"), asked) == {("/dueOn", "in-the-past")}

    def test_the_dossier_that_the_body_asks_for_is_owed_by_its_day(self) -> None:
        found = then(
            answered("jso"),
            requested(opened_by="body"),
            in_case("dossier.requested", "2036-05-12", due_on="2036-05-19"),
        )
        assert (due(found, "cmonet.hand_over"), term(found, "cmonet.hand_over").duty.source) == ("2036-05-19", "X-11")
        assert not term(found, "cmonet.hand_over").soft
        late = then(found, in_case("escalation.dispatched", "2036-05-20", channel="api"))
        assert state_of(late, "cmonet.hand_over") == "met_late"

    def test_a_dossier_without_a_day_is_owed_in_ten_working_days(self) -> None:
        """Nobody named a period, so it is ours and soft; Ascension, Thursday 22 May, is no working day."""
        found = then(answered("jso"), requested(opened_by="body"), in_case("dossier.requested", "2036-05-12"))
        owed = term(found, "cmonet.hand_over")
        assert (due(found, owed.key), owed.state, owed.soft) == ("2036-05-27", "pending", True)
        assert case_in(found).next_due_on == date(2036, 5, 27)
        told = sentences(owed)
        assert "10 werkdagen" in told["nl"] and "(X-11)" in told["nl"]
        assert "hand_over" not in {each.duty for each in found.obligations}
        late = then(found, in_case("escalation.dispatched", "2036-05-28", channel="api"))
        assert state_of(late, owed.key) == "met_late"

    def test_a_day_that_is_named_after_all_holds_instead(self) -> None:
        asked = then(answered("jso"), requested(opened_by="body"), in_case("dossier.requested", "2036-05-12"))
        found = then(asked, in_case("dossier.requested", "2036-05-14", due_on="2036-06-06"))
        assert [each.due_on for each in found.terms if each.duty.duty == "hand_over"] == [date(2036, 6, 6)]
        late = seen(asked, at("2036-06-01"))
        late = then(late, in_case("dossier.requested", "2036-06-02", due_on="2036-06-06"))
        assert [each.state for each in late.terms if each.duty.duty == "hand_over"] == ["overdue", "pending"]

    @pytest.mark.parametrize(
        ("type", "facts"),
        [
            ("escalation.withdrawn", {}),
            ("external.declined", {"ground": "not_competent"}),
            ("external.settled", {}),
            ("external_decision.received", {"content": ["advice", "findings"]}),
        ],
    )
    def test_what_ends_the_case_ends_what_is_owed_in_it(self, type: str, facts: dict[str, Any]) -> None:
        found = escalated("jso", in_case("external.questioned", "2036-05-13", due_on="2036-05-20"))
        found = then(found, in_case(type, "2036-05-14", **{"content": ["reasons"], **facts}), now="2036-06-30")
        assert state_of(found, "cmonet.answer_question") == "cancelled"

    @pytest.mark.proves("SO-32")
    def test_the_defence_and_the_last_documents(self) -> None:
        """A month after Tue 13 May is Fri 13 June; five working days before Mon 7 July is Mon 30 June."""
        found = escalated(
            "so-trainingsbureau",
            in_case("external.acknowledged", "2036-05-13"),
            in_case("hearing.scheduled", "2036-05-14", scheduled_on="2036-07-07"),
            in_case("external.questioned", "2036-05-14", due_on="2036-05-20"),
        )
        question = found.events[-1].sequence
        assert case_in(found).hearing_on == date(2036, 7, 7)
        names = ("defend", "last_documents", "answer_question")
        keys = [f"disputes_committee.{name}" for name in names]
        assert [due(found, key) for key in keys] == ["2036-06-13", "2036-06-30", "2036-05-20"]
        for kind, states in (
            ("answer", ["pending", "pending", "met"]),
            ("documents", ["pending", "met", "met"]),
            ("defence", ["met", "met", "met"]),
        ):
            asked: dict[str, Any] = {"question": question} if kind == "answer" else {}
            found = then(found, in_case("external.answered", "2036-05-16", kind=kind, **asked))
            assert [state_of(found, key) for key in keys] == states

    def test_each_ordered_measure_has_its_own_day_and_outlives_the_closing(self) -> None:
        found = escalated(
            "jso",
            decided(),
            in_case("measure.recorded", "2036-06-02", ordered=True, due_on="2036-06-30"),
            in_case("measure.recorded", "2036-06-02", ordered=True, due_on="2036-07-14"),
            in_case("measure.recorded", "2036-06-02", ordered=True),
            did("complaint.closed", "2036-06-04"),
        )
        first, second, third = (event.sequence for event in found.events if event.type == "measure.recorded")
        assert [each.key for each in found.open_terms] == ["cmonet.carry_out", "cmonet.carry_out.2"]
        assert [each.duty for each in found.obligations] == ["carry_out"]
        found = then(
            found,
            did("measure.completed", "2036-07-01", measure=first),
            did("measure.completed", "2036-07-01", measure=third),
        )
        assert state_of(found, "cmonet.carry_out") == "met_late"
        assert state_of(found, "cmonet.carry_out.2") == "pending"
        assert found.obligations == ()
        found = then(found, did("measure.completed", "2036-07-02", measure=second))
        assert found.open_terms == ()

    def test_a_measure_of_before_is_not_ordered_by_the_body(self) -> None:
        found = then(answered("jso"), did("measure.recorded", "2036-05-07", due_on="2036-06-30"), requested())
        assert [each.key for each in found.terms if each.duty.duty == "carry_out"] == []

    def test_a_procedure_may_say_it_in_its_own_words(self) -> None:
        own = procedure("training-institute")
        duties = [duty for duty in own.duties_of(own.stages[-1]) if duty.duty == "carry_out"]
        assert [(duty.source, duty.stated) for duty in duties] == [("clause 7", False)]

    @pytest.mark.parametrize(
        ("name", "owed"),
        [
            ("training-institute", True),  # it reports the measures
            ("school", False),  # the board decides in a stage of its own
            ("jso", True),  # nothing is said of it: only by the day that the decision names
        ],
    )
    def test_the_answer_to_a_decision_is_owed_where_the_procedure_says_that_one_follows(
        self, name: str, owed: bool
    ) -> None:
        rules = procedure(name)
        known = {duty.duty for stage in rules.stages if stage.kind == "external" for duty in rules.duties_of(stage)}
        assert ("answer_decision" in known) == owed
        assert {"hand_over", "answer_question", "carry_out"} <= known

    def test_where_the_procedure_names_no_answer_one_is_owed_when_the_decision_asks_for_it(self) -> None:
        def owed(found: Dossier) -> list[tuple[str, date | None]]:
            named = [(each.duty.duty, each.due_on) for each in found.terms]
            return [each for each in named if each[0] == "answer_decision"]

        silent = escalated("jso", decided())
        assert owed(silent) == []
        assert "answer_decision" not in {each.duty for each in obligations(silent.situation)}
        assert owed(escalated("jso", decided(due_on="2036-07-01"))) == [("answer_decision", date(2036, 7, 1))]

    def test_no_stage_inside_owes_a_body_anything(self) -> None:
        rules = procedure("klikklaar")
        assert all(rules.duties_of(stage) == stage.duties for stage in rules.stages)


class TestBackInside:
    @pytest.mark.parametrize(
        "ended",
        [
            in_case("external.declined", "2036-05-15", ground="inadmissible", content=["reasons"]),
            withdrawn("2036-05-15", "complainant"),
        ],
    )
    def test_the_complaint_is_where_it_was_and_may_go_again(self, ended: Deed) -> None:
        """The director was late (Mon 12 May), the committee sent it back: the director still answers."""
        found = dossier("jso", APRIL_24, *ANSWERED["jso"][:2])
        found = then(found, requested("2036-05-13"), ended)
        assert found.situation.stage is procedure("jso").stages[1]
        assert not case_in(found).is_open
        found = then(found, did("second_response.sent", "2036-05-16"))
        assert state_of(found, "director_review.respond_again") == "met_late"
        again = then(found, requested("2036-05-19", case=OTHER))
        assert [case.state for case in escalations(again)] == [case_in(found).state, "requested"]
        assert again.situation.stage is procedure("jso").stages[2]
        then(found, did("complaint.closed", "2036-05-19"))

    def test_what_was_asked_in_the_first_case_is_not_owed_in_the_second(self) -> None:
        found = escalated(
            "jso",
            in_case("external.questioned", "2036-05-13", due_on="2036-05-20"),
            withdrawn("2036-05-14", "complainant"),
            requested("2036-05-19", case=OTHER),
        )
        assert [each.key for each in found.terms if each.key.startswith("cmonet")] == ["cmonet.answer_question"]
        assert [case.next_due_on for case in escalations(found)] == [None, None]

    def test_a_period_that_ran_in_the_first_case_does_not_run_in_the_second(self) -> None:
        found = escalated(
            "so-trainingsbureau",
            in_case("external.acknowledged", "2036-05-13"),
            withdrawn("2036-05-14", "complainant"),
            requested("2036-05-19", case=OTHER),
        )
        assert [each.key for each in found.terms if each.duty.duty == "defend"] == ["disputes_committee.defend"]
        assert state_of(found, "disputes_committee.defend") == "cancelled"

    def test_whoever_handles_it_again_is_known(self) -> None:
        found = then(dossier("jso", APRIL_24, *ANSWERED["jso"][:2]), requested("2036-05-13"))
        found = then(found, withdrawn("2036-05-15", "complainant"))
        director = str(person("d"))
        found = then(found, did("complaint.assigned", "2036-05-16", staff_id=director, roles=["director"]))
        assert found.situation.handler_id == person("d")

    def test_a_settlement_ends_the_stage(self) -> None:
        found = escalated("jso", in_case("external.settled", "2036-05-15"), did("complaint.closed", "2036-05-16"))
        assert (case_in(found).state, found.situation.state) == ("settled", "closed")
        assert found.situation.stage is procedure("jso").stages[2]


class TestBinding:
    @pytest.mark.proves("JSO-17")
    def test_after_a_decision_that_binds_both_there_is_no_way_back(self) -> None:
        found = escalated("jso", decided())
        assert case_in(found).state == "decided"
        detail = refusal(found, did("dissatisfaction.received", "2036-06-09"))
        assert "Klachtencommissie CMOnet" in detail
        assert "binds both sides" in detail
        assert "no other route" in detail

    @pytest.mark.proves("SO-33", "SO-34")
    @pytest.mark.parametrize(
        ("binding_on", "bound"),
        [(["organisation", "complainant"], True), (["organisation"], False), (None, False)],
    )
    def test_the_disputes_committee_says_it_per_decision(self, binding_on: list[str] | None, bound: bool) -> None:
        said: dict[str, Any] = {"binding_on": binding_on} if binding_on else {}
        detail = refusal(escalated("so-trainingsbureau", decided(**said)), did("formal_review.requested", "2036-06-09"))
        assert ("binds both sides" in detail) == bound
        assert ("Stichting Kwaliteitsregister Jeugd (SKJ)" in detail) == bound

    @pytest.mark.proves("SO-33")
    def test_a_decision_binds_nobody_more_than_the_procedure_says(self) -> None:
        both = ["organisation", "complainant"]
        assert faults(escalated("hss"), decided(binding_on=both)) == {("/bindingOn", "not-in-procedure")}
        assert faults(escalated("jso"), decided(binding_on=both[:1])) == {("/bindingOn", "not-in-procedure")}
        assert faults(escalated("jso"), decided(binding_on=[])) == {("/bindingOn", "not-in-procedure")}
        then(escalated("hss"), decided(binding_on=[]))
        then(escalated("jso"), decided(binding_on=both))

    @pytest.mark.proves("JSO-15")
    def test_the_committee_gives_its_findings_and_advice(self) -> None:
        found = escalated("jso")
        bare = in_case("external_decision.received", "2036-06-02", content=["reasons"], verdict="upheld")
        assert faults(found, bare) == {("/findings", "content-missing"), ("/advice", "content-missing")}
        found = then(found, decided(verdict="partially_upheld"))
        assert (case_in(found).verdict, found.situation.verdict) == ("partially_upheld", "partially_upheld")
        assert faults(escalated("jso"), decided(verdict="settled")) == {("/verdict", "verdict-unknown")}

    @pytest.mark.proves("KK-33", "SO-34")
    def test_a_route_beside_it_and_an_open_case_hold_the_dossier(self) -> None:
        found = escalated("so-trainingsbureau")
        assert found.retention.held_by == ("open_external_case",)
        found = then(found, did("parallel_route.recorded", "2036-05-13", route="skj"))
        assert found.retention.held_by == ("parallel_route", "open_external_case")
        found = then(found, decided(), did("complaint.closed", "2036-06-03"))
        assert found.retention.held_by == ("parallel_route",)

    def test_a_withdrawn_complaint_that_lies_with_a_body_is_held(self) -> None:
        found = escalated("jso", did("complaint.withdrawn", "2036-05-13"))
        assert found.retention.held_by == ("open_external_case",)

    def test_a_case_that_came_to_nothing_moves_no_ceiling(self) -> None:
        """A-12: the longest period counts from the closing by the organisation itself."""
        closed = then(answered("hss"), did("complaint.closed", "2036-05-07"))
        found = then(
            closed,
            requested(),
            in_case("external.declined", "2036-05-15", ground="not_competent", content=["reasons"]),
        )
        assert found.situation.state == "closed"  # as it was
        assert (found.retention.erase_by, found.retention.kept_from) == (
            closed.retention.erase_by,
            closed.retention.kept_from,
        )


class TestWhose:
    @pytest.mark.parametrize(
        ("by", "content", "actor", "wanted"),
        [
            ("organisation", ("reasons",), STAFF, {("/by", "not-yours")}),
            ("complainant", (), STAFF, {("/reasons", "content-missing")}),
            ("complainant", ("consent",), STAFF, set()),
            ("body", ("reasons",), BODY, set()),
        ],
    )
    def test_the_organisation_does_not_withdraw_a_complainants_case(
        self, by: str, content: tuple[str, ...], actor: Actor, wanted: set[tuple[str, str]]
    ) -> None:
        found, deed = escalated("jso"), withdrawn("2036-05-14", by, content, actor)
        if wanted:
            assert faults(found, deed) == wanted
        else:
            assert case_in(then(found, deed)).state == "withdrawn"

    def test_what_it_brought_itself_it_may_take_back(self) -> None:
        found = then(answered("jso"), requested(filed_by="organisation"))
        taken_back = withdrawn("2036-05-14", "organisation")
        assert case_in(then(found, taken_back)).state == "withdrawn"

    @pytest.mark.parametrize("type", ["escalation.requested", "external_decision.received"])
    def test_nobody_corrects_it_away(self, type: str) -> None:
        found = escalated("jso", decided())
        sequence = next(event.sequence for event in found.events if event.type == type)
        assert ("/annul", "not-correctable") in faults(
            found, did("event.corrected", "2036-06-03", corrects=sequence, annul=True)
        )
        other: dict[str, Any] = {"facts": {"escalation_id": OTHER}}
        assert ("/changes", "not-correctable") in faults(
            found, did("event.corrected", "2036-06-03", corrects=sequence, **other)
        )

    @pytest.mark.parametrize(
        ("decider", "corrector", "case", "code"),
        [
            (BODY, BODY, CASE, None),
            (BODY, BODY, OTHER, "not-for-bodies"),
            (BODY, STAFF, CASE, "body-only"),
            (STAFF, STAFF, CASE, None),  # what was taken from a letter is put right by staff
            (STAFF, BODY, CASE, "not-for-bodies"),
        ],
    )
    def test_only_the_body_gives_a_new_version_of_its_decision(
        self, decider: Actor, corrector: Actor, case: str, code: str | None
    ) -> None:
        found = escalated("jso", decided(by=decider, verdict="upheld"))
        sequence = found.events[-1].sequence
        facts: dict[str, Any] = {"corrects": sequence, "facts": {"verdict": "not_upheld"}, "escalation_id": case}
        deed = did("event.corrected", "2036-06-03", corrector, **facts)
        if code is None:
            assert case_in(then(found, deed)).verdict == "not_upheld"
            return
        with pytest.raises(Forbidden) as refused:
            then(found, deed)
        assert refused.value.code == code

    @pytest.mark.parametrize(
        ("type", "allowed"),
        [
            ("external.acknowledged", True),
            ("external.questioned", True),
            ("dossier.requested", True),
            ("external.settled", True),
            ("escalation.dispatched", False),
            ("external.answered", False),
            ("information.requested", False),
            ("complaint.withdrawn", False),
            ("hearing.scheduled", True),
        ],
    )
    def test_a_body_does_what_is_a_bodys(self, type: str, allowed: bool) -> None:
        found = escalated("jso", in_case("external.questioned", "2036-05-12"))
        deed = in_case(type, "2036-05-13", BODY, scheduled_on="2036-06-02")
        if allowed:
            assert then(found, deed).events[-1].actor == BODY
        else:
            with pytest.raises(Forbidden):
                then(found, deed)

    def test_another_case_than_this_complaints_is_unknown(self) -> None:
        asked = in_case("external.questioned", "2036-05-13", escalation_id=OTHER)
        assert faults(escalated("jso"), asked) == {("/escalation", "escalation-unknown")}

    @pytest.mark.parametrize(
        ("deeds", "deed", "sentence"),
        [
            ((), in_case("decision.answered", "2036-06-10"), "no decision"),
            ((decided(),), in_case("external.questioned", "2036-06-10"), "was decided"),
            ((decided(),), decided("2036-06-10"), "was decided"),
            (
                (in_case("external.acknowledged", "2036-05-13"),),
                in_case("external.acknowledged", "2036-05-14"),
                "before",
            ),
            ((), in_case("external.answered", "2036-05-14", kind="answer"), "asked nothing"),
            (
                (decided(), in_case("decision.answered", "2036-06-10")),
                in_case("decision.answered", "2036-06-11"),
                "answered before",
            ),
        ],
    )
    def test_each_in_its_turn(self, deeds: tuple[Deed, ...], deed: Deed, sentence: str) -> None:
        assert sentence in refusal(escalated("jso", *deeds), deed)

    def test_without_a_case_there_is_nothing_to_say_to_a_body(self) -> None:
        assert "no external body has this" in refusal(answered("jso"), in_case("external.acknowledged", "2036-05-13"))
        assert not any(step.cases for step in answered("jso").next_steps)

    def test_the_steps_name_the_case(self) -> None:
        def named(found: Dossier) -> dict[str, tuple[str, ...]]:
            return {step.step: step.cases for step in found.next_steps if step.step.startswith(("esc", "dossier-"))}

        found = escalated("jso")
        later = {"escalation-answers", "dossier-parts"}
        assert not set(named(found)) & later  # the dossier comes first
        found = then(found, in_case("dossier.sealed", "2036-05-12", kind="dossier", part=0))
        by_name = named(found)
        assert set(by_name) == {
            "escalation-dispatches",
            "escalation-acknowledgements",
            "escalation-declinations",
            "escalation-questions",
            "escalation-answers",
            "escalation-hearings",
            "escalation-decisions",
            "escalation-settlements",
            "escalation-withdrawals",
            "dossier-requests",
            "dossier-parts",
        }
        assert set(by_name.values()) == {(CASE,)}
        after = {step.step for step in then(found, decided()).next_steps if step.cases}
        assert after == {"escalation-decision-answers", "dossier-parts"}


def test_the_row_says_what_the_ledger_says() -> None:
    found = escalated(
        "so-trainingsbureau",
        in_case("escalation.dispatched", "2036-05-12", channel="post"),
        in_case("external.acknowledged", "2036-05-13"),
        in_case("hearing.scheduled", "2036-05-14", scheduled_on="2036-07-07"),
    )
    (row,) = rows(found)
    assert row == {
        "id": UUID(CASE),
        "body": "geschillencommissie-zorg",
        "stage": "disputes_committee",
        "state": "acknowledged",
        "opened_by": "organisation",
        "filed_by": "complainant",
        "named": {},
        "requested_at": at("2036-05-12"),
        "dispatched_at": at("2036-05-12"),
        "acknowledged_at": at("2036-05-13"),
        "hearing_on": date(2036, 7, 7),
        "next_due_on": date(2036, 6, 13),
        "verdict": None,
        "decided_at": None,
        "ended_at": None,
    }
    (row,) = rows(then(found, decided(verdict="upheld", binding_on=[])))
    assert (row["state"], row["verdict"], row["decided_at"], row["ended_at"]) == (
        "decided",
        "upheld",
        at("2036-06-02"),
        at("2036-06-02"),
    )


@pytest.mark.parametrize("ending", ["external.declined", "external.settled", "escalation.withdrawn"])
def test_nothing_is_owed_in_a_case_that_is_over(ending: str) -> None:
    """Whichever endings the procedure named: the term ran to 13 June."""
    found = outside(dossier("care-provider", APRIL_24), "decision.sent", "2036-05-06", verdict="upheld")
    case = {"escalation_id": CASE}
    for type, when in (("escalation.requested", "2036-05-12"), ("external.acknowledged", "2036-05-13")):
        found = outside(found, type, when, **case)
    assert (state_of(found, "disputes.defend"), due(found, "disputes.defend")) == ("pending", "2036-06-13")
    over = outside(found, ending, "2036-05-20", **case)
    assert state_of(then(over, now="2036-06-20"), "disputes.defend") == "cancelled"


def test_an_imagined_case_without_words_of_its_own_still_reads() -> None:
    found = outside(
        outside(answered("jso"), "escalation.requested", "2036-05-12"), "external.acknowledged", "2036-05-13"
    )
    assert [case.state for case in escalations(found)] == ["acknowledged"]


@pytest.mark.parametrize("name", sorted(ANSWERED))
@given(data=st.data())
@FEW
def test_any_walk_through_a_case_keeps_its_word(name: str, data: st.DataObject) -> None:
    """Only ever longer, no breach unrecorded, ended is ended, and every day owed in a case is a day somebody named."""
    start = then(answered(name), requested())
    passed = walk(name, data.draw, 10, start)
    for before, after in pairwise(passed):
        assert after.events[: len(before.events)] == before.events
        assert after.breaches_to_record() == ()
        assert after.breaches_superseded() == ()
        _check_cases(before, after)
    found = passed[-1]
    again = Dossier(found.procedure, found.calendar, found.events, found.now)
    assert (escalations(again), again.terms, again.next_steps) == (escalations(found), found.terms, found.next_steps)


def _check_cases(before: Dossier, after: Dossier) -> None:
    # a case that is open again is late at once, which is written down after the correction
    corrected = "event.corrected" in {event.type for event in after.events[len(before.events) :]}
    earlier, now = escalations(before), escalations(after)
    assert [case.id for case in now[: len(earlier)]] == [case.id for case in earlier]
    for old, new in zip(earlier, now, strict=False):
        assert corrected or old.is_open or new.state == old.state
    open_bodies = [case.body for case in now if case.is_open]
    assert len(open_bodies) == len(set(open_bodies))
    for each in after.terms:
        if each.duty.stated:
            assert each.due_on is not None
            named = each.start.event.facts.get("due_on")
            assert each.due_on.isoformat() == named or (named is None and each.soft)
    for case in now:
        assert case.ending is None or case.ending.sequence > case.requested.sequence
        assert not case.is_open or "open_external_case" in after.retention.held_by or not _held(after)


def _held(found: Dossier) -> bool:
    rule = found.procedure.retention
    return rule is None or "open_external_case" in rule.held_by


def test_a_body_cannot_be_locked_out_by_what_the_organisation_does() -> None:
    """However the organisation acts, the case stays open until the body or the complainant ends it."""
    found = escalated("jso")
    for deed in (
        did("complaint.closed", "2036-05-13", outcome="not_a_complaint"),
        withdrawn("2036-05-13", "organisation"),
        did("event.corrected", "2036-05-13", corrects=found.events[-1].sequence, annul=True),
    ):
        with pytest.raises(Refused):
            then(found, deed)
    later = seen(found, found.now + timedelta(days=400))
    assert case_in(later).is_open


def test_an_ending_is_not_annulled_once_the_body_has_a_later_case() -> None:
    """Else one complaint would lie with one body twice."""
    declined = in_case("external.declined", "2036-05-15", ground="not_competent", content=["reasons"])
    found = escalated("jso", declined)
    wrong = found.events[-1].sequence
    again = then(found, requested("2036-05-16", case=OTHER))
    with pytest.raises(Invalid) as refused:
        then(again, did("event.corrected", "2036-05-19", corrects=wrong, annul=True))
    assert [fault.code for fault in refused.value.faults] == ["not-correctable"]
    assert escalations(then(found, did("event.corrected", "2036-05-19", corrects=wrong, annul=True)))[0].is_open


class TestWhatNobodyTakesAway:
    """What is owed to a body stands, whatever happens to the complaint beside it."""

    @pytest.mark.proves("X-12")
    def test_what_led_to_the_case_is_annulled_and_the_case_stands(self) -> None:
        asked = in_case("external.questioned", "2036-05-13", due_on="2036-05-20")
        found = escalated("jso", asked)
        led = next(event for event in found.events if event.type == "dissatisfaction.received")
        found = then(found, did("event.corrected", "2036-05-14", corrects=led.sequence, annul=True))
        assert found.situation.stage is not None and found.situation.stage.stage == "cmonet"
        assert (due(found, "cmonet.answer_question"), case_in(found).next_due_on) == ("2036-05-20", date(2036, 5, 20))
        later = then(found, in_case("external.questioned", "2036-05-15", due_on="2036-05-22"))
        assert due(later, "cmonet.answer_question.2") == "2036-05-22"

    @pytest.mark.proves("X-12")
    def test_the_complaint_is_called_something_else_and_the_body_is_answered_all_the_same(self) -> None:
        found = escalated("jso", in_case("external.questioned", "2036-05-13", due_on="2036-05-20"))
        # as it could be registered once: what was answered is not called something else any more
        changed = Event(
            "complaint.reclassified", at("2036-05-14"), {"to": "out_of_scope"}, sequence=len(found.events) + 1
        )
        found = found.with_event(changed)
        assert state_of(found, "cmonet.answer_question") == "pending"
        assert case_in(found).next_due_on == date(2036, 5, 20)

    def test_reopening_the_complaint_opens_nothing_that_the_verdict_ended(self) -> None:
        found = escalated("jso", in_case("external.questioned", "2036-05-13", due_on="2036-07-20"), decided())
        assert state_of(found, "cmonet.answer_question") == "cancelled"
        found = then(found, did("complaint.closed", "2036-06-03", outcome="handled"))
        found = then(found, did("complaint.reopened", "2036-06-04"))
        assert state_of(found, "cmonet.answer_question") == "cancelled"

    @pytest.mark.proves("JSO-18")
    def test_a_case_that_came_to_nothing_leaves_a_closed_complaint_closed(self) -> None:
        found = then(answered("jso"), did("complaint.closed", "2036-05-08", outcome="handled"), requested())
        assert (found.situation.state, case_in(found).is_open) == ("open", True)
        found = then(found, withdrawn("2036-05-20", "complainant"))
        assert found.situation.state == "closed"
        assert found.retention.kept_from == date(2036, 5, 8)

    def test_what_a_body_has_decided_does_not_go_there_again(self) -> None:
        found = escalated("hss", in_case("external_decision.received", "2036-06-02", verdict="upheld"))
        [lack] = preflight(found, "erisietsmisgegaan", favourable("erisietsmisgegaan"))
        assert (lack.code, lack.nl) == ("dealt-with-outside", "een externe instantie heeft deze klacht al afgedaan")

    def test_the_last_day_that_was_named_for_the_dossier_holds(self) -> None:
        opened = then(answered("jso"), requested(opened_by="body"))
        found = then(
            opened,
            in_case("dossier.requested", "2036-05-12", due_on="2036-05-19"),
            in_case("dossier.requested", "2036-05-14", due_on="2036-06-06"),
            in_case("dossier.requested", "2036-05-15"),  # a reminder names no day and moves none
        )
        assert [each.due_on for each in found.terms if each.duty.duty == "hand_over"] == [date(2036, 6, 6)]

    def test_a_defence_that_was_there_before_it_was_asked_for_counts(self) -> None:
        handed = in_case("external.answered", "2036-05-13", kind="defence")
        found = escalated("so-trainingsbureau", handed, in_case("external.acknowledged", "2036-05-14"))
        [defend] = [each for each in found.terms if each.duty.submission == "defence"]
        assert defend.state == "met"

    def test_of_a_hearing_at_short_notice_nobody_is_late_before_it_was_told(self) -> None:
        """The documents are owed five days before; it is told two days before."""
        found = escalated("so-trainingsbureau", in_case("external.acknowledged", "2036-05-13"))
        found = then(found, in_case("hearing.scheduled", "2036-05-14", scheduled_on="2036-05-16"))
        [last] = [each for each in found.terms if each.duty.before == "hearing.scheduled"]
        assert (last.due_on, last.state) == (date(2036, 5, 14), "pending")
        told = sentences(last)
        assert "maar het werd pas op woensdag 14 mei 2036 bekend" in told["nl"]

    @pytest.mark.proves("SO-32", "X-04")
    def test_a_hearing_that_is_moved_after_the_day_was_missed(self) -> None:
        """The body may move it; the breach stands, and for the new hearing there is a new day."""
        found = escalated(
            "so-trainingsbureau",
            in_case("external.acknowledged", "2036-05-13"),
            in_case("hearing.scheduled", "2036-05-14", scheduled_on="2036-06-11"),
        )
        moved = in_case("hearing.scheduled", "2036-06-06", Actor("body", person("gcz")), scheduled_on="2036-07-09")
        found = then(found, moved)
        last = [each for each in found.terms if each.duty.before == "hearing.scheduled"]
        assert [(each.due_on, each.state) for each in last] == [
            (date(2036, 6, 4), "overdue"),
            (date(2036, 7, 2), "pending"),
        ]
        assert not found.situation.all_of("term.breach_superseded")

    def test_nothing_happens_in_a_case_before_it_began(self) -> None:
        early = in_case("escalation.dispatched", "2036-05-11", channel="post")
        assert faults(escalated("jso"), early) == {("/occurredAt", "before-the-case")}
        sent = escalated("jso", in_case("escalation.dispatched", "2036-05-13", channel="post"))
        began, went = (each.sequence for each in sent.events if each.type.startswith("escalation."))
        for sequence, to, code in (
            (went, "2036-05-11", "before-the-case"),
            (began, "2036-05-14", "after-what-followed"),
        ):
            moved = did("event.corrected", "2036-05-15", corrects=sequence, occurred_at=f"{to}T10:00:00Z")
            assert faults(sent, moved) == {("/movedTo", code)}

    def test_an_answer_follows_its_question(self) -> None:
        found = escalated("jso", in_case("external.questioned", "2036-05-14"))
        question = found.events[-1].sequence
        answer = in_case("external.answered", "2036-05-13", kind="answer", question=question)
        assert faults(found, answer) == {("/occurredAt", "before-what-it-follows")}
        past = in_case("external.questioned", "2036-05-11", due_on="2036-05-11")
        told = {("/occurredAt", "before-the-case"), ("/dueOn", "in-the-past")}  # whenever it was, the case was there
        assert faults(escalated("jso"), past) == told
        old = decided(decided_on="1999-01-01")
        assert faults(escalated("jso"), old) == {("/decidedOn", "before-receipt")}


class TestLateAnswers:
    """A stage that went over to a body by silence may still be answered: late is late, and in time is in time."""

    @pytest.mark.proves("X-02", "X-04", "HSS-13")
    @pytest.mark.parametrize(
        ("answered_on", "state"),
        [("2036-06-05", "met"), ("2036-06-10", "met_late")],  # six weeks after Thu 24 April are Thu 5 June
    )
    def test_a_position_that_came_after_the_case_began(self, answered_on: str, state: str) -> None:
        found = then(
            dossier("hss", APRIL_24, did("party.heard", "2036-04-25", party="complainant")), requested("2036-06-09")
        )
        assert state_of(found, "handling.decide") == "overdue"
        assert "decisions" in {step.step for step in found.next_steps}
        letter = Deed(
            "decision.sent",
            at(answered_on),
            {"form": "letter", "content": ["late_registration_reason", "reasons"]},
            Actor("staff", person("b"), ("board",)),
            registered=at("2036-06-11"),
        )
        found = then(found, letter)
        assert state_of(found, "handling.decide") == state
        assert case_in(found).is_open and found.situation.stage is not None
        assert found.situation.stage.kind == "external"
        gone = {event.facts["supersedes"] for event in found.situation.all_of("term.breach_superseded")}
        assert bool(gone) == (state == "met")
        assert "decisions" not in {step.step for step in found.next_steps}
