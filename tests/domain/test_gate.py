"""The gate: who may do it, is it whole, is it its turn. A refusal names every fault."""

from typing import Any

import pytest

from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import Forbidden, Invalid, NotPossible, Refused
from tests.builders import SYSTEM, Deed, did, dossier, drafted, employee, outside, person, state_of, then

APRIL_24 = did("complaint.received", "2036-04-24")
HEARD = did("party.heard", "2036-04-25", party="subject_of_complaint")
BOTH_HEARD = (HEARD, did("party.heard", "2036-04-25", party="complainant"))


def faults(found: Dossier, deed: Deed) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        then(found, deed)
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


def refusal(found: Dossier, deed: Deed) -> Refused:
    with pytest.raises(Refused) as refused:
        then(found, deed)
    return refused.value


class TestRoles:
    @pytest.mark.proves("KK-10", "KK-01", "HSS-03")
    @pytest.mark.parametrize(
        ("name", "event", "role", "allowed"),
        [
            ("klikklaar", "complaint.acknowledged", "chair", True),
            ("klikklaar", "complaint.acknowledged", "member", False),
            ("klikklaar", "complaint.acknowledged", None, False),  # an integration names the employee
            ("klikklaar", "decision.sent", "member", False),
            ("klikklaar", "extension.notified", "member", False),
            ("hss", "decision.sent", "board", True),
            ("hss", "decision.sent", "employee", False),
            ("hss", "complaint.handed_over", "employee", True),
            ("hss", "complaint.handed_over", "board", True),
            ("jso", "first_response.sent", "complaints_officer", True),
            ("jso", "first_response.sent", "director", False),
            ("so-trainingsbureau", "register.updated", "office_manager", True),
            pytest.param("so-trainingsbureau", "register.updated", "mentor", False, marks=pytest.mark.proves("SO-21")),
            ("so-trainingsbureau", "informal_outcome.recorded", "complaints_officer", True),
            ("so-trainingsbureau", "informal_outcome.recorded", "line_manager", False),
            ("bijstand-naar-werk", "admissibility.decided", "handler", True),
            ("bijstand-naar-werk", "admissibility.decided", None, False),
        ],
    )
    def test_who_may_do_what(self, name: str, event: str, role: str | None, allowed: bool) -> None:
        facts: dict[str, dict[str, Any]] = {
            "extension.notified": {"until": "2036-07-01", "extends": "handling.decide"},
            "admissibility.decided": {"decision": "handle"},
        }
        found = dossier(name, APRIL_24, *BOTH_HEARD)
        deed = did(event, "2036-04-28", employee(role) if role else SYSTEM, **facts.get(event, {}))
        if allowed:
            then(found, deed)
        else:
            assert refusal(found, deed).code == "role-required"

    @pytest.mark.proves("KK-34")
    def test_the_board_looks_back_on_each_complaint(self) -> None:
        found = dossier(
            "klikklaar",
            APRIL_24,
            HEARD,
            did("decision.sent", "2036-04-28"),
            did("complaint.closed", "2036-04-29"),
        )
        assert [(owed.duty, owed.by, owed.soft) for owed in found.obligations] == [
            ("prevent_recurrence", ("board",), True)
        ]
        assert refusal(found, did("recurrence_review.completed", "2036-05-06", employee("chair"))).code == (
            "role-required"
        )
        assert then(found, did("recurrence_review.completed", "2036-05-06")).obligations == ()


class TestConflictOfInterest:
    @pytest.mark.proves("BNW-11", "SO-23")
    @pytest.mark.parametrize(
        ("name", "role"), [("bijstand-naar-werk", "handler"), ("so-trainingsbureau", "complaints_officer")]
    )
    def test_whoever_is_involved_neither_acts_nor_handles(self, name: str, role: str) -> None:
        involved = did("involvement.declared", "2036-04-25", staff_id=str(person("a")))
        found = dossier(name, APRIL_24, involved)
        assert refusal(found, did("information.requested", "2036-04-28", employee(role, "a"))).code == "involved"
        assert (
            "involved"
            in refusal(found, did("complaint.assigned", "2036-04-28", staff_id=str(person("a")), roles=[role])).detail
        )
        then(found, did("complaint.assigned", "2036-04-28", staff_id=str(person("b")), roles=[role]))

    @pytest.mark.proves("JSO-12")
    def test_only_the_director_handles_it_again(self) -> None:
        found = dossier(
            "jso", APRIL_24, did("first_response.sent", "2036-04-25"), did("dissatisfaction.received", "2036-04-28")
        )
        wrong = did("complaint.assigned", "2036-04-29", staff_id=str(person("a")), roles=["complaints_officer"])
        assert isinstance(refusal(found, wrong), NotPossible)

    @pytest.mark.proves("JSO-12")
    def test_under_jso_the_same_person_again_is_a_warning(self) -> None:
        both = Actor("staff", person("a"), ("complaints_officer", "director"))
        found = dossier(
            "jso",
            APRIL_24,
            did("first_response.sent", "2036-04-25", both),
            did("dissatisfaction.received", "2036-04-28"),
        )
        assert [warning["code"] for warning in found.warnings(both)] == ["same-decider"]
        assert found.warnings(employee("director")) == ()
        then(found, did("second_response.sent", "2036-04-29", both))

    @pytest.mark.proves("KK-27")
    def test_under_klikklaar_the_same_person_again_is_refused(self) -> None:
        same = Actor("staff", person("a"), ("chair",))
        found = dossier(
            "klikklaar",
            APRIL_24,
            HEARD,
            did("decision.sent", "2036-04-28", same, verdict="not_upheld"),
            did("objection.received", "2036-04-29"),
        )
        again = Actor("staff", person("a"), ("appeal_committee",))
        assert "may not decide" in refusal(found, did("appeal_decision.sent", "2036-05-06", again)).detail
        assign = did("complaint.assigned", "2036-05-06", staff_id=str(person("a")), roles=["appeal_committee"])
        assert "may not handle" in refusal(found, assign).detail
        also_staff = Actor("staff", person("b"), ("appeal_committee", "member"))
        assert "no other role" in refusal(found, did("appeal_decision.sent", "2036-05-06", also_staff)).detail
        then(found, did("appeal_decision.sent", "2036-05-06", employee("appeal_committee", "c")))


class TestFormAndContent:
    @pytest.mark.parametrize(
        ("name", "event", "facts", "expected"),
        [
            pytest.param(
                "klikklaar", "complaint.acknowledged", {"content": []}, {("/contents", "content-missing")},
                marks=pytest.mark.proves("KK-11"),
            ),
            ("klikklaar", "complaint.acknowledged", {"form": "phone"}, {("/form", "written-required")}),
            ("klikklaar", "complaint.acknowledged", {"form": None}, {("/form", "form-missing")}),
            pytest.param(
                "klikklaar", "decision.sent", {"form": "conversation", "content": [], "verdict": "partially_upheld"},
                {("/form", "written-required"), ("/reasons", "content-missing"), ("/verdict", "verdict-unknown")},
                marks=pytest.mark.proves("KK-19", "KK-23"),
            ),
            ("klikklaar", "decision.sent", {"verdict": None}, {("/verdict", "verdict-missing")}),
            pytest.param(
                "hss", "decision.sent", {"form": "conversation", "content": ["reasons"]}, {("/note", "note-required")},
                marks=pytest.mark.proves("HSS-14"),
            ),
            ("hss", "decision.sent", {"content": []}, {("/reasons", "content-missing")}),
            ("hss", "decision.sent", {"verdict": "upheld"}, {("/verdict", "verdict-unknown")}),
            ("hss", "complaint.acknowledged", {"form": "oral"}, {("/form", "written-required")}),
            (
                "so-trainingsbureau", "informal_outcome.recorded", {"outcome": "maybe"},
                {("/outcome", "outcome-unknown")},
            ),
            pytest.param(
                "so-trainingsbureau", "informal_outcome.recorded", {"outcome": None},
                {("/outcome", "outcome-missing")},
                marks=pytest.mark.proves("SO-27"),
            ),
            (
                "care-provider", "complaint.acknowledged", {"content": ["reference", "receipt_date"]},
                {("/contents", "content-missing")},
            ),
        ],
    )  # fmt: skip
    def test_what_is_lacking(
        self, name: str, event: str, facts: dict[str, Any], expected: set[tuple[str, str]]
    ) -> None:
        assert faults(dossier(name, APRIL_24, *BOTH_HEARD), did(event, "2036-04-28", **facts)) == expected

    @pytest.mark.proves("HSS-14")
    def test_a_conversation_counts_with_a_note(self) -> None:
        told = did("decision.sent", "2036-04-28", form="conversation", content=["reasons", "note"])
        assert state_of(then(dossier("hss", APRIL_24, *BOTH_HEARD), told), "handling.decide") == "met"

    @pytest.mark.proves("KK-26")
    @pytest.mark.parametrize(
        ("verdict", "ground", "allowed"),
        [
            ("not_upheld", None, True),
            ("upheld", "disagrees_with_solution", True),
            ("upheld", None, False),
            ("upheld", "anything_else", False),
        ],
    )
    def test_the_grounds_of_an_objection(self, verdict: str, ground: str | None, allowed: bool) -> None:
        found = dossier("klikklaar", APRIL_24, HEARD, did("decision.sent", "2036-04-28", verdict=verdict))
        objection = did("objection.received", "2036-05-06", ground=ground)
        if allowed:
            then(found, objection)
        else:
            assert faults(found, objection) == {("/ground", "ground-missing")}

    @pytest.mark.proves("KK-06")
    def test_a_complaint_out_of_a_call_is_in_writing_and_says_why(self) -> None:
        found = dossier("klikklaar", did("signal.received", "2036-04-24", channel="phone"))
        assert faults(found, did("signal.promoted", "2036-04-25", form="phone", ground="not_resolved")) == {
            ("/form", "written-required")
        }
        assert faults(found, did("signal.promoted", "2036-04-25")) == {("/ground", "ground-missing")}


class TestStepsBeforeADecision:
    @pytest.mark.proves("KK-14", "KK-16", "HSS-12")
    @pytest.mark.parametrize(
        ("name", "done", "lacks"),
        [
            ("klikklaar", (), "hear_subject"),
            ("klikklaar", BOTH_HEARD[1:], "hear_subject"),
            ("klikklaar", BOTH_HEARD[:1], None),  # hearing the complainant again is expected, not demanded
            ("hss", BOTH_HEARD[:1], "hear_complainant"),
            ("hss", BOTH_HEARD[1:], None),
            ("klikklaar", (did("step.waived", "2036-04-25", step="hear_subject"),), None),
            ("so-trainingsbureau", (), None),
        ],
    )
    def test_both_sides(self, name: str, done: tuple[Deed, ...], lacks: str | None) -> None:
        found = dossier(name, APRIL_24, *done)
        answer = "informal_outcome.recorded" if name == "so-trainingsbureau" else "decision.sent"
        if lacks:
            assert f"checklist is incomplete: {lacks}" in refusal(found, did(answer, "2036-04-28")).detail
        else:
            then(found, did(answer, "2036-04-28"))

    @pytest.mark.proves("SO-26", "KK-15")
    def test_what_is_only_expected_is_a_warning(self) -> None:
        found = dossier("so-trainingsbureau", APRIL_24, HEARD)
        assert [warning["message"] for warning in found.warnings(SYSTEM)] == [
            "hear_complainant (complainant) comes before the answer"
        ]

    @pytest.mark.proves("KK-17")
    @pytest.mark.parametrize(
        ("interest", "consulted", "allowed"),
        [
            ("none", False, True), ("material", False, False), ("financial", False, False), ("financial", True, True),
        ],
    )  # fmt: skip
    def test_the_board_is_consulted_when_something_is_at_stake(
        self, interest: str, consulted: bool, allowed: bool
    ) -> None:
        found = dossier("klikklaar", did("complaint.received", "2036-04-24", interest=interest), HEARD)
        if consulted:
            found = then(found, did("board.consulted", "2036-04-25"))
        if allowed:
            then(found, did("decision.sent", "2036-04-28"))
        else:
            assert "consult_board" in refusal(found, did("decision.sent", "2036-04-28")).detail

    @pytest.mark.proves("X-09")
    @pytest.mark.parametrize(
        ("name", "facts", "expected"),
        [
            ("klikklaar", {"step": "hear_subject", "content": []}, {("/reasons", "content-missing")}),
            ("klikklaar", {"step": "consult_the_moon"}, {("/step", "step-unknown")}),
            ("municipality", {"step": "hear_complainant"}, {("/ground", "ground-missing")}),
            ("municipality", {"step": "hear_complainant", "ground": "zomaar"}, {("/ground", "ground-unknown")}),
            ("municipality", {"step": "inform_subject", "ground": "zomaar"}, {("/ground", "ground-unknown")}),
            ("municipality", {"step": "inform_subject"}, set()),
            (
                "municipality",
                {"step": "bow", "ground": "zomaar"},
                {("/step", "step-unknown"), ("/ground", "ground-unknown")},
            ),
            ("municipality", {"step": "bow", "ground": "manifestly_unfounded"}, {("/step", "step-unknown")}),
            ("municipality", {"step": "hear_complainant", "ground": "manifestly_unfounded"}, set()),
            ("workplace", {"step": "hear_subject"}, {("/step", "not-waivable")}),
        ],
    )
    def test_a_waiver_has_a_reason(self, name: str, facts: dict[str, Any], expected: set[tuple[str, str]]) -> None:
        found = dossier(name, APRIL_24)
        deed = did("step.waived", "2036-04-28", **facts)
        if expected:
            assert faults(found, deed) == expected
        else:
            then(found, deed)

    def test_what_was_done_in_an_earlier_stage_is_done_again_in_the_next(self) -> None:
        signal = did("signal.received", "2036-04-24", channel="phone")
        promoted = did("signal.promoted", "2036-04-28", ground="not_resolved")
        found = dossier("klikklaar", signal, HEARD, promoted)
        assert "hear_subject" in refusal(found, did("decision.sent", "2036-04-29")).detail


class TestAdmissibility:
    OLD = did("complaint.received", "2036-04-24", conduct_on="2035-04-23")

    @pytest.mark.proves("BNW-06")
    def test_must_refuse_is_overridden_only_with_a_reason(self) -> None:
        found = dossier("bijstand-naar-werk", self.OLD)
        assert "admissibility first" in refusal(found, did("decision.sent", "2036-04-28")).detail
        handle = did("admissibility.decided", "2036-04-28", decision="handle")
        assert isinstance(refusal(found, handle), NotPossible)
        with_reason = did("admissibility.decided", "2036-04-28", decision="handle", content=["override_reason"])
        then(found, with_reason, did("decision.sent", "2036-04-29"))

    @pytest.mark.proves("SO-12", "SO-16", "KK-07")
    @pytest.mark.parametrize("name", ["so-trainingsbureau", "klikklaar"])
    def test_may_refuse_is_a_choice(self, name: str) -> None:
        found = dossier(name, self.OLD, HEARD)
        assert [warning["code"] for warning in found.warnings(SYSTEM)][-1] == "admissibility"
        answer = "informal_outcome.recorded" if name == "so-trainingsbureau" else "decision.sent"
        then(found, did(answer, "2036-04-28"))
        then(found, did("admissibility.decided", "2036-04-28", decision="handle"))

    @pytest.mark.proves("SO-13", "SO-16", "BNW-08")
    @pytest.mark.parametrize(
        ("name", "facts", "expected"),
        [
            ("so-trainingsbureau", {}, {("/ground", "ground-unknown")}),
            ("so-trainingsbureau", {"ground": "rude"}, {("/ground", "ground-unknown")}),
            ("so-trainingsbureau", {"ground": "already_handled"}, {("/earlierComplaint", "reference-missing")}),
            ("so-trainingsbureau", {"ground": "too_old", "content": []}, {("/reasons", "content-missing")}),
            ("bijstand-naar-werk", {"ground": "too_old", "content": []}, {("/reasons", "content-missing")}),
        ],
    )
    def test_a_refusal_has_a_ground_and_reasons(
        self, name: str, facts: dict[str, Any], expected: set[tuple[str, str]]
    ) -> None:
        deed = did("admissibility.decided", "2036-04-28", **{"decision": "decline", **facts})
        assert faults(dossier(name, self.OLD), deed) == expected

    @pytest.mark.proves("SO-17")
    def test_the_notice_is_in_writing_and_ends_the_handling(self) -> None:
        declined = did("admissibility.decided", "2036-04-28", decision="decline", ground="too_old")
        found = dossier("so-trainingsbureau", self.OLD, declined)
        assert faults(found, did("inadmissibility.notified", "2036-04-28", form="phone")) == {
            ("/form", "written-required")
        }
        assert then(found, did("inadmissibility.notified", "2036-04-28")).situation.state == "inadmissible"


class TestExtensions:
    @pytest.mark.proves("KK-13", "KK-31", "BNW-10")
    @pytest.mark.parametrize(
        ("name", "facts", "expected"),
        [
            ("klikklaar", {}, {("/until", "new-date-missing")}),
            ("klikklaar", {"until": "2036-05-22"}, {("/until", "not-later")}),
            ("klikklaar", {"until": "2036-06-12", "content": []}, set()),  # KK-13 asks for no reason
            ("bijstand-naar-werk", {"until": "2036-07-01", "content": []}, {("/reasons", "content-missing")}),
            ("bijstand-naar-werk", {"until": "2036-07-01"}, set()),
            ("klikklaar", {"until": "2036-06-12", "extends": "handling.nap"}, {("/term", "term-unknown")}),
            ("klikklaar", {"extends": "handling.nap"}, {("/term", "term-unknown"), ("/until", "new-date-missing")}),
            # beyond every calendar
            (
                "bijstand-naar-werk",
                {"period": {"amount": 3650, "unit": "years"}, "content": []},
                {("/period/amount", "date-out-of-range"), ("/reasons", "content-missing")},
            ),
            (
                "care-provider",
                {"period": {"amount": 500, "unit": "years"}},
                {("/period/amount", "date-out-of-range"), ("/consent", "consent-missing")},
            ),
            # Wkkgz: once at most four weeks, further only with written consent
            ("care-provider", {"period": {"amount": 4, "unit": "weeks"}}, set()),
            ("care-provider", {"period": {"amount": 5, "unit": "weeks"}}, {("/consent", "consent-missing")}),
            ("care-provider", {"until": "2036-07-04", "consent": "oral"}, {("/consent", "consent-missing")}),
            ("care-provider", {"until": "2036-07-04", "consent": "written"}, set()),
            ("care-provider", {"until": "2036-07-03", "form": "phone"}, {("/form", "written-required")}),
            # a training institute knows no such consent: four weeks is four weeks
            ("workplace", {"until": "2036-07-01"}, {("/consent", "consent-missing")}),
            ("workplace", {"until": "2036-07-01", "consent": "oral"}, set()),
            ("workplace", {"until": "2036-07-18", "consent": "oral"}, {("/until", "too-long")}),
            ("workplace", {"until": "2036-07-18"}, {("/consent", "consent-missing"), ("/until", "too-long")}),
            # Awb 9:11: whom it is about hears of it too
            ("municipality", {"until": "2036-07-01"}, {("/notified", "party-not-told")}),
            ("municipality", {"until": "2036-07-01", "notified": ["complainant", "subject_of_complaint"]}, set()),
        ],
    )
    def test_what_an_extension_needs(self, name: str, facts: dict[str, Any], expected: set[tuple[str, str]]) -> None:
        found = dossier(name, APRIL_24)
        deed = did("extension.notified", "2036-04-28", **facts)
        if expected:
            assert faults(found, deed) == expected
        else:
            then(found, deed)

    @pytest.mark.parametrize(
        ("name", "times", "consent", "allowed"),
        [("workplace", 2, "oral", True), ("workplace", 3, "oral", False), ("care-provider", 2, None, False),
         ("care-provider", 2, "written", True)],
    )  # fmt: skip
    def test_how_often(self, name: str, times: int, consent: str | None, allowed: bool) -> None:
        found = dossier(name, APRIL_24)
        key = "inquiry.advise" if name == "workplace" else "judgement.judge"
        week: dict[str, Any] = {"extends": key, "period": {"amount": 1, "unit": "weeks"}, "consent": consent}
        for _ in range(times - 1):
            found = then(found, did("extension.notified", "2036-04-28", **week))
        if allowed:
            then(found, did("extension.notified", "2036-04-28", **week))
        else:
            with pytest.raises(Invalid):
                then(found, did("extension.notified", "2036-04-28", **week))

    @pytest.mark.proves("KK-13")
    @pytest.mark.parametrize(("told", "allowed"), [("2036-05-22 23:59", True), ("2036-05-23 00:00", False)])
    def test_told_within_the_term(self, told: str, allowed: bool) -> None:
        found = dossier("klikklaar", APRIL_24)
        deed = did("extension.notified", told, until="2036-06-12")
        if allowed:
            assert state_of(then(found, deed), "handling.decide") == "pending"
        else:
            assert "the breach stands" in refusal(found, deed).detail


class TestSuspension:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [({"cause": "repair"}, set()), ({"cause": "mediation"}, {("/cause", "cause-unknown")})],
    )
    def test_only_for_a_cause_that_the_procedure_knows(
        self, facts: dict[str, Any], expected: set[tuple[str, str]]
    ) -> None:
        found = dossier("municipality", APRIL_24)
        deed = did("term.suspended", "2036-04-28", **facts)
        if expected:
            assert faults(found, deed) == expected
            return
        found = then(found, deed)
        assert state_of(found, "handling.decide") == "suspended"
        found = then(found, did("term.resumed", "2036-05-01", **facts))
        assert state_of(found, "handling.decide") == "pending"


class TestInstants:
    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ("2036-04-23 23:59", {("/occurredAt", "before-receipt")}),
            ("2036-04-24 08:00", set()),  # earlier on the day of receipt
            ("2036-04-28 12:04", set()),  # a clock that runs a little ahead
            ("2036-04-28 12:06", {("/occurredAt", "in-the-future")}),
        ],
    )
    @pytest.mark.proves("X-02")
    def test_nothing_before_receipt_and_nothing_in_the_future(self, when: str, expected: set[tuple[str, str]]) -> None:
        found = dossier("jso", APRIL_24, now="2036-04-28 12:00")
        deed = did("first_response.sent", when, registered="2036-04-28 12:00")
        if expected:
            assert faults(found, deed) == expected
        else:
            assert then(found, deed).events[-1].occurred_at <= found.now

    @pytest.mark.parametrize(
        ("name", "deed"),
        [
            ("jso", did("first_response.sent", "2036-05-01", registered="2036-05-06")),
            ("jso", did("complaint.withdrawn", "2036-05-01", registered="2036-05-06")),
            ("jso", did("complaint.closed", "2036-05-01", registered="2036-05-06", outcome="resolved")),
            ("klikklaar", did("extension.notified", "2036-05-20", registered="2036-05-26", until="2036-06-12",
                              extends="handling.decide")),
            ("workplace", did("mediation.started", "2036-05-20", registered="2036-07-01", consent="oral")),
        ],
    )  # fmt: skip
    @pytest.mark.proves("X-04")
    def test_what_would_undo_a_recorded_breach_needs_a_reason(self, name: str, deed: Deed) -> None:
        found = dossier(name, APRIL_24)
        assert faults(found, deed) == {("/lateRegistrationReason", "reason-missing")}
        facts = {**deed.facts, "content": ["reasons", "late_registration_reason"]}
        found = then(found, Deed(deed.type, deed.at, facts, deed.by, deed.registered))
        assert [event.type for event in found.events if event.type.startswith("term.breach")] != []

    @pytest.mark.proves("X-04")
    def test_what_was_undone_before_is_nobody_elses_to_explain(self) -> None:
        """A breach in the ledger of what is no term any more keeps no later step from being taken."""
        stray = {"term": "first_response.respond.2", "due_on": "2036-04-25", "duty": "respond"}
        found = outside(dossier("jso", APRIL_24), "term.breached", "2036-04-26", **stray)
        assert [event.facts["term"] for event in found.breaches_superseded()] == [stray["term"]]
        assert then(found, did("measure.recorded", "2036-04-28")).breaches_superseded() == ()

    def test_a_late_answer_needs_no_excuse(self) -> None:
        found = dossier("jso", APRIL_24, now="2036-05-06")
        assert state_of(then(found, did("first_response.sent", "2036-05-06")), "first_response.respond") == "met_late"


class TestClosing:
    @pytest.mark.proves("JSO-09", "KK-21")
    @pytest.mark.parametrize(
        ("name", "given", "expected"),
        [
            ("jso", [], {"description", "complainant_name_or_organisation"}),
            ("jso", ["description", "complainant_organisation"], set()),
            (
                "klikklaar", ["description", "complainant_name", "complainant_address", "complainant_city", "products"],
                {"further_description", "responsible_employee"},
            ),
            ("hss", [], {"description"}),
        ],
    )  # fmt: skip
    def test_the_register_is_full(self, name: str, given: list[str], expected: set[str]) -> None:
        answer = "first_response.sent" if name == "jso" else "decision.sent"
        received = did("complaint.received", "2036-04-24", given=given)
        found = dossier(name, received, *BOTH_HEARD, did(answer, "2036-04-28"))
        closing = did("complaint.closed", "2036-04-29")
        if expected:
            pointers = {(f"/register/{field}", "register-field-missing") for field in expected}
            assert faults(found, closing) == pointers
            found = then(found, did("register.updated", "2036-04-29", given=sorted(expected)))
        assert then(found, closing).situation.state == "closed"

    @pytest.mark.proves("JSO-09")
    def test_a_closing_says_how_it_was_handled(self) -> None:
        found = dossier("jso", APRIL_24, did("first_response.sent", "2036-04-28"))
        assert faults(found, did("complaint.closed", "2036-04-29", given=[])) == {
            ("/register/handling_method", "register-field-missing")
        }
        then(found, did("complaint.closed", "2036-04-29", given=[], answered_by="first_response.sent"))

    @pytest.mark.proves("KK-23")
    def test_a_complaint_that_was_settled_has_no_verdict(self) -> None:
        found = dossier("klikklaar", APRIL_24)
        assert then(found, did("complaint.closed", "2036-04-25", outcome="resolved")).situation.verdict is None
        assert (
            "no answer yet"
            in refusal(
                dossier("klikklaar", did("complaint.received", "2036-04-24", given=[*FULL, "verdict"])),
                did("complaint.closed", "2036-04-25"),
            ).detail
        )

    @pytest.mark.proves("SO-30")
    def test_not_closed_before_the_outcome_was_sent(self) -> None:
        found = dossier(
            "so-trainingsbureau",
            APRIL_24,
            did("informal_outcome.recorded", "2036-05-06", outcome="unresolved"),
            did("formal_review.requested", "2036-05-07"),
            did("decision.sent", "2036-05-08"),
        )
        closing = did("complaint.closed", "2036-05-09")
        assert "copy_outcome" in refusal(found, closing).detail
        then(found, did("decision.copied", "2036-05-09"), closing)
        then(found, did("step.waived", "2036-05-09", step="copy_outcome"), closing)

    def test_a_signal_is_closed_without_ceremony(self) -> None:
        found = dossier("so-trainingsbureau", did("signal.received", "2036-04-24", given=[]))
        assert then(found, did("complaint.closed", "2036-04-25", given=[])).situation.state == "closed"


FULL = [
    "description",
    "further_description",
    "complainant_name",
    "complainant_address",
    "complainant_city",
    "responsible_employee",
    "products",
]


class TestCorrections:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            ({"corrects": 9}, {("/corrects", "not-correctable"), ("", "nothing-corrected")}),
            ({"corrects": 9, "annul": True}, {("/corrects", "not-correctable")}),
            (
                {"corrects": 9, "occurred_at": "2001-01-02T10:00:00+00:00"},
                {("/corrects", "not-correctable"), ("/movedTo", "before-receipt")},
            ),
            # the receipt may have been meant, and could have been on that day
            ({"corrects": 9, "occurred_at": "2036-04-20T10:00:00+00:00"}, {("/corrects", "not-correctable")}),
            ({"corrects": 1, "annul": True}, {("/annul", "not-correctable")}),
            ({"corrects": 1, "occurred_at": "2036-06-01T10:00:00+00:00"}, {("/movedTo", "in-the-future")}),
            ({"corrects": 3, "annul": True}, {("/corrects", "not-correctable")}),  # the breach is announced
        ],
    )
    def test_what_cannot_be_corrected(self, facts: dict[str, Any], expected: set[tuple[str, str]]) -> None:
        found = dossier("jso", APRIL_24, did("information.requested", "2036-04-25"), now="2036-05-06")
        assert [event.type for event in found.events] == [
            "complaint.received",
            "information.requested",
            "term.breached",
        ]
        assert faults(found, did("event.corrected", "2036-05-06", **facts)) == expected

    @pytest.mark.parametrize(
        ("until", "expected"),
        [
            ("2036-06-30", set()),
            ("2036-07-03", set()),  # four weeks after Thursday 5 June
            ("2036-07-04", {("/changes/until", "consent-missing")}),  # as Wkkgz 17 has it
            ("2036-06-05", {("/changes/until", "not-later")}),
        ],
    )
    def test_an_extension_becomes_nothing_that_it_could_not_have_been(
        self, until: str, expected: set[tuple[str, str]]
    ) -> None:
        extension = did("extension.notified", "2036-05-20", until="2036-06-20")
        found = dossier("care-provider", APRIL_24, extension)
        correction = did("event.corrected", "2036-05-21", corrects=found.events[-1].sequence, facts={"until": until})
        if expected:
            assert faults(found, correction) == expected
        else:
            assert then(found, correction).events[-1].type == "event.corrected"

    @pytest.mark.proves("KK-27")
    def test_who_decided_the_earlier_stage_corrects_nothing_of_the_later_one(self) -> None:
        same = Actor("staff", person("a"), ("chair",))
        found = dossier(
            "klikklaar",
            APRIL_24,
            HEARD,
            did("decision.sent", "2036-04-28", same, verdict="not_upheld"),
            did("objection.received", "2036-04-29"),
            did("appeal_decision.sent", "2036-05-06", employee("appeal_committee"), verdict="upheld"),
        )
        correction: dict[str, Any] = {"corrects": found.events[-1].sequence, "facts": {"verdict": "not_upheld"}}
        again = Actor("staff", person("a"), ("appeal_committee",))
        assert "decided the earlier" in refusal(found, did("event.corrected", "2036-05-07", again, **correction)).detail
        other = employee("appeal_committee", "b")
        assert then(found, did("event.corrected", "2036-05-07", other, **correction)).situation.verdict == "not_upheld"


class TestSmallThings:
    @pytest.mark.parametrize(
        ("name", "event", "facts", "pointer"),
        [
            ("klikklaar", "parallel_route.recorded", {"route": "the_press"}, "/route"),
            ("hss", "complaint.reclassified", {"to": "complaint"}, "/to"),
            ("jso", "measure.completed", {"measure": 1}, "/measure"),
        ],
    )
    def test_what_points_at_nothing(self, name: str, event: str, facts: dict[str, Any], pointer: str) -> None:
        assert {where for where, _ in faults(dossier(name, APRIL_24), did(event, "2036-04-28", **facts))} == {pointer}

    def test_a_release_names_the_hold(self) -> None:
        found = dossier("jso", APRIL_24, did("legal_hold.placed", "2036-04-25"))
        assert faults(found, did("legal_hold.lifted", "2036-04-28", lifts=1)) == {("/lifts", "hold-unknown")}
        then(found, did("legal_hold.lifted", "2036-04-28", lifts=2))

    def test_a_refused_role_says_which_roles(self) -> None:
        with pytest.raises(Forbidden, match="chair"):
            then(dossier("klikklaar", APRIL_24), did("complaint.acknowledged", "2036-04-28", SYSTEM))


class TestStandIns:
    """A-28: the text says nothing of a complaint about the one person who does everything."""

    @pytest.mark.parametrize(("declared", "allowed"), [((), False), (("chair",), True), (("member",), False)])
    def test_another_member_stands_in_for_an_involved_chair(self, declared: tuple[str, ...], allowed: bool) -> None:
        found = dossier("klikklaar", APRIL_24)
        if declared:
            involved: dict[str, Any] = {"staff_id": str(person("a")), "roles": list(declared)}
            found = then(found, did("involvement.declared", "2036-04-25", **involved))
        deed = did("complaint.acknowledged", "2036-04-28", employee("member"))
        if allowed:
            then(found, deed)
            then(found, did("complaint.assigned", "2036-04-28", staff_id=str(person("b")), roles=["member"]))
        else:
            assert refusal(found, deed).code == "role-required"


class TestRemarks:
    @pytest.mark.proves("KK-29")
    @pytest.mark.parametrize(("form", "flagged"), [("post", False), ("email", True)])
    def test_an_objection_is_asked_by_post_and_counts_by_any_way(self, form: str, flagged: bool) -> None:
        found = dossier("klikklaar", APRIL_24, HEARD, did("decision.sent", "2036-04-28", verdict="not_upheld"))
        objection = did("objection.received", "2036-05-06", form=form)
        event, _ = drafted(found, objection)
        assert [remark["code"] for remark in found.remarks(event)] == (["channel-not-asked"] if flagged else [])
        then(found, objection)

    @pytest.mark.proves("SO-01")
    def test_a_missing_authority_is_remembered_until_it_is_shown(self) -> None:
        found = dossier("so-trainingsbureau", did("complaint.received", "2036-04-24", authority_missing=True))
        assert "authority-missing" in {warning["code"] for warning in found.warnings()}
        found = then(found, did("party.added", "2036-04-25", role="representative", authority=True))
        assert "authority-missing" not in {warning["code"] for warning in found.warnings()}


class TestCorrectedWords:
    @pytest.mark.parametrize(
        ("corrects", "changes", "expected"),
        [
            (1, {"until": "2036-06-01"}, {"/changes/until"}),
            (1, {"verdict": "upheld"}, {"/changes/verdict"}),
            (1, {"category": "care", "conduct_on": "2036-04-01", "form": "post"}, set()),
            (2, {"form": "phone"}, set()),
            (2, {"conduct_on": "2036-04-01"}, {"/changes/conductOn"}),
            (2, {"complainant_type": "customer"}, {"/changes/complainantType"}),
            (3, {"until": "2036-06-01", "verdict": "not_upheld"}, {"/changes/until"}),
            (4, {"form": "email"}, {"/changes/form"}),
        ],
    )
    def test_what_an_event_never_says_is_not_changed_about_it(
        self, corrects: int, changes: dict[str, Any], expected: set[str]
    ) -> None:
        """It would be accepted and change nothing."""
        decided = did("decision.sent", "2036-04-28", verdict="upheld")
        found = dossier("klikklaar", APRIL_24, HEARD, decided, did("legal_hold.placed", "2036-04-29", form=None))
        told = did("event.corrected", "2036-04-30", corrects=corrects, facts=changes)
        if not expected:
            assert len(then(found, told).events) == 5
            return
        assert faults(found, told) == {(where, "not-of-this") for where in expected}

    @pytest.mark.parametrize(
        ("corrects", "sentence"),
        [
            (
                1,
                "this says no such thing; what can be changed about it:"
                " conductOn, complainantType, subjectRole, category, form",
            ),
            (2, "this says no such thing; only its day can be changed (movedTo)"),
        ],
    )
    def test_what_can_be_changed_instead_is_named(self, corrects: int, sentence: str) -> None:
        found = dossier("klikklaar", APRIL_24, did("legal_hold.placed", "2036-04-25", form=None))
        told = did("event.corrected", "2036-04-30", corrects=corrects, facts={"until": "2036-06-01"})
        assert [fault.message for fault in refusal(found, told).faults] == [sentence]

    @pytest.mark.proves("KK-23", "KK-18")
    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"verdict": "not_upheld"}, None),
            ({"verdict": "partially_upheld"}, "/changes/verdict"),
        ],
    )
    def test_a_correction_keeps_to_the_words_of_the_procedure(
        self, changes: dict[str, Any], pointer: str | None
    ) -> None:
        found = dossier("klikklaar", APRIL_24, HEARD, did("decision.sent", "2036-04-28", verdict="upheld"))
        correction = did("event.corrected", "2036-04-29", corrects=3, facts=changes)
        if pointer:
            assert {where for where, _ in faults(found, correction)} == {pointer}
            return
        after = then(found, correction)
        assert after.situation.verdict == "not_upheld"
        assert after.events[2].facts["verdict"] == "upheld"  # the history is kept
