"""What happened is judged by its own day: nothing comes before what it follows, whenever it is registered (X-02)."""

from typing import Any

import pytest

from app.domain.dossier import Dossier
from app.domain.errors import Invalid, NotPossible
from app.domain.procedure import Procedure
from tests.builders import Deed, did, dossier, due, employee, procedure, state_of, then, too_early

LATE: dict[str, Any] = {"content": ["late_registration_reason", "reasons", "skip_reason"]}
RECEIVED = did("complaint.received", "2036-03-03")  # a Monday
HEARD = did("party.heard", "2036-03-04", party="subject_of_complaint")


@pytest.mark.proves("X-02")
@pytest.mark.parametrize(
    ("name", "before", "type", "refused", "taken", "facts"),
    [
        (
            "jso",
            (did("first_response.sent", "2036-03-06"),),
            *("complaint.closed", "2036-03-05", "2036-03-06", {"outcome": "handled"}),
        ),
        ("jso", (did("complaint.withdrawn", "2036-03-06"),), "complaint.reopened", "2036-03-05", "2036-03-06", {}),
        (
            "jso",
            (did("complaint.withdrawn", "2036-03-05"), did("complaint.reopened", "2036-03-07")),
            *("complaint.withdrawn", "2036-03-06", "2036-03-07", {}),
        ),
        (
            "workplace",
            (did("mediation.started", "2036-03-06", consent="written"),),
            *("mediation.ended", "2036-03-05", "2036-03-06", {"outcome": "unresolved"}),
        ),
        (
            "municipality",
            (did("term.suspended", "2036-03-06", cause="repair"),),
            *("term.resumed", "2036-03-05", "2036-03-06", {"cause": "repair"}),
        ),
        (
            "hss",
            (did("information.requested", "2036-03-09"), did("information.requested", "2036-03-06")),
            *("information.received", "2036-03-05", "2036-03-06", {}),  # the first request is enough, by its day
        ),
        (
            "jso",
            (
                did("first_response.sent", "2036-03-04"),
                did("complaint.closed", "2036-03-05", outcome="handled"),
                did("complaint.reopened", "2036-03-07"),
            ),
            *("complaint.closed", "2036-03-06", "2036-03-07", {"outcome": "handled"}),
        ),
        (
            "municipality",
            (did("advice.requested", "2036-03-06", party="committee"),),
            *("advice.received", "2036-03-05", "2036-03-06", {}),
        ),
        (
            "bijstand-naar-werk",
            (did("admissibility.decided", "2036-03-06", decision="decline", ground="too_old"),),
            *("inadmissibility.notified", "2036-03-05", "2036-03-06", {}),
        ),
    ],
)
def test_nothing_comes_before_what_it_follows(
    name: str, before: tuple[Deed, ...], type: str, refused: str, taken: str, facts: dict[str, Any]
) -> None:
    found = dossier(name, RECEIVED, *before)
    with pytest.raises(Invalid) as told:
        then(found, did(type, refused, registered="2036-03-10", **LATE, **facts))
    assert [(fault.pointer, fault.code) for fault in told.value.faults] == [("/occurredAt", "before-what-it-follows")]
    after = then(found, did(type, taken, registered="2036-03-10", **LATE, **facts))
    recorded = after.situation.last_of(type)
    assert recorded is not None
    # nor is it moved there by a correction
    moved = did("event.corrected", "2036-03-11", corrects=recorded.sequence, occurred_at=f"{refused}T11:00:00Z", **LATE)
    with pytest.raises(Invalid) as told:
        then(after, moved)
    assert ("/movedTo", "before-what-it-follows") in {(fault.pointer, fault.code) for fault in told.value.faults}


def moving(corrects: int, to: str, on: str = "2036-03-12") -> Deed:
    return did("event.corrected", on, corrects=corrects, occurred_at=f"{to}T11:00:00Z", **LATE)


def told_of(found: Dossier, deed: Deed) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as told:
        then(found, deed)
    return {(fault.pointer, fault.code) for fault in told.value.faults}


@pytest.mark.proves("X-02")
@pytest.mark.parametrize(
    ("first", "type", "name"),
    [
        (did("measure.recorded", "2036-03-06"), "measure.completed", "measure"),
        (did("legal_hold.placed", "2036-03-06"), "legal_hold.lifted", "lifts"),
        (did("parallel_route.recorded", "2036-03-06", route="civil_court"), "legal_hold.lifted", "lifts"),
    ],
)
def test_what_names_something_comes_after_it(first: Deed, type: str, name: str) -> None:
    """And goes on doing so: neither is moved past the other, and what was lifted or carried out stands."""
    found = dossier("klikklaar" if "route" in first.facts else "jso", RECEIVED, first)
    named = found.events[-1].sequence
    facts: dict[str, Any] = {name: named, **LATE}
    assert told_of(found, did(type, "2036-03-05", registered="2036-03-10", **facts)) == {
        ("/occurredAt", "before-what-it-follows")
    }
    after = then(found, did(type, "2036-03-06", registered="2036-03-10", **facts))
    followed = after.situation.last_of(type)
    assert followed is not None
    assert told_of(after, moving(followed.sequence, "2036-03-05")) == {("/movedTo", "before-what-it-follows")}
    assert told_of(after, moving(named, "2036-03-07")) == {("/movedTo", "after-what-followed")}
    assert told_of(after, did("event.corrected", "2036-03-12", corrects=named, annul=True, **LATE)) == {
        ("/annul", "not-correctable")
    }
    # the later one first
    moved = then(after, moving(followed.sequence, "2036-03-08"), moving(named, "2036-03-07", on="2036-03-13"))
    assert not too_early(moved)


@pytest.mark.proves("X-02")
@pytest.mark.parametrize(
    ("name", "deeds", "moved", "to"),
    [
        (
            "jso",
            (did("first_response.sent", "2036-03-04"), did("complaint.closed", "2036-03-05", outcome="handled")),
            *("first_response.sent", "2036-03-06"),
        ),
        (
            "municipality",
            (did("term.suspended", "2036-03-04", cause="repair"), did("term.resumed", "2036-03-05", cause="repair")),
            *("term.suspended", "2036-03-06"),
        ),
        (
            "jso",
            (did("complaint.withdrawn", "2036-03-04"), did("complaint.reopened", "2036-03-05")),
            *("complaint.withdrawn", "2036-03-06"),
        ),
        (
            "jso",
            (
                did("first_response.sent", "2036-03-04"),
                did("dissatisfaction.received", "2036-03-04"),
                did("second_response.sent", "2036-03-05"),
            ),
            *("dissatisfaction.received", "2036-03-06"),
        ),
    ],
)
def test_nothing_is_moved_past_what_follows_it(name: str, deeds: tuple[Deed, ...], moved: str, to: str) -> None:
    found = dossier(name, RECEIVED, *deeds)
    wrong = found.situation.last_of(moved)
    assert wrong is not None
    assert told_of(found, moving(wrong.sequence, to)) == {("/movedTo", "after-what-followed")}
    then(found, moving(wrong.sequence, "2036-03-05"))


@pytest.mark.proves("X-02", "X-08")
@pytest.mark.parametrize(
    ("answered", "objected", "possible"),
    [
        # four weeks from Mon 3 March: due Mon 31 March
        (None, "2036-03-31", False),
        (None, "2036-04-01", True),
        ("2036-03-20", "2036-03-19", False),
        ("2036-03-20", "2036-03-20", True),
        ("2036-04-10", "2036-03-31", False),
        ("2036-04-10", "2036-04-01", True),  # the decision was late: against the silence it was in time
    ],
)
def test_an_objection_follows_the_decision_or_the_silence(answered: str | None, objected: str, possible: bool) -> None:
    deeds = (HEARD, did("decision.sent", answered, verdict="not_upheld")) if answered else (HEARD,)
    found = dossier("klikklaar", RECEIVED, *deeds)
    facts: dict[str, Any] = {"ground": "disagrees_with_solution", **LATE}
    objection = did("objection.received", objected, registered="2036-04-14", **facts)
    if possible:
        assert then(found, objection).situation.stage.stage != "handling"  # type: ignore[union-attr]
    else:
        with pytest.raises(NotPossible) as refused:
            then(found, objection)
        assert "may still come" in refused.value.detail


@pytest.mark.proves("X-02")
@pytest.mark.parametrize(
    ("resumed", "due_on"),
    [
        # six weeks from Mon 3 March: Mon 14 April; a pause of at most two weeks from Thu 6 March: 7..19 March, 13 days
        (None, "2036-04-28"),  # Sunday 27 April moves on
        ("2036-03-10", "2036-04-17"),  # 7..9 March: 3 days
    ],
)
def test_a_pause_that_ran_out_could_be_ended_while_it_lasted(resumed: str | None, due_on: str) -> None:
    deeds = [did("term.suspended", "2036-03-06", cause="repair")]
    if resumed:
        deeds.append(did("term.resumed", resumed, registered="2036-03-27", cause="repair", **LATE))
    assert due(dossier("municipality", RECEIVED, *deeds, now="2036-03-28"), "handling.decide") == due_on


COMPLETED = [
    did("information.received", "2036-03-10", completes=True),
    did("information.received", "2036-03-17", completes=True),
]


@pytest.mark.proves("X-02", "X-04")
@pytest.mark.parametrize("registered", ["2036-03-10", "2036-03-24"])
def test_the_last_completion_counts_whichever_was_registered_last(registered: str) -> None:
    """Six weeks from Mon 17 March are Mon 28 April."""
    first, last = COMPLETED
    asked = did("information.requested", "2036-03-05")
    early = did("information.received", "2036-03-10", registered=registered, completes=True, **LATE)
    order = (early, last) if registered == "2036-03-10" else (last, early)
    assert due(dossier("municipality", RECEIVED, asked, *order), "handling.decide") == "2036-04-28"
    assert first.at == early.at


@pytest.mark.proves("X-04")
def test_what_was_missed_does_not_start_anew() -> None:
    """Six weeks from Mon 3 March are Mon 14 April, Easter Monday: Tue 15 April."""
    asked = did("information.requested", "2036-04-01")
    found = dossier("municipality", RECEIVED, asked, now="2036-04-16")
    assert state_of(found, "handling.decide") == "overdue"
    found = then(found, did("information.received", "2036-04-16", completes=True, **LATE))
    assert (state_of(found, "handling.decide"), due(found, "handling.decide")) == ("overdue", "2036-04-15")


@pytest.mark.proves("KK-19", "KK-23")
@pytest.mark.parametrize(
    ("corrects", "changes", "expected"),
    [
        (3, {"form": "oral"}, {("/changes/form", "written-required")}),  # the decision is in writing
        (3, {"form": "post"}, set()),
        (3, {"verdict": "upheld"}, set()),
        (1, {"conduct_on": "2036-03-04"}, {("/changes/conductOn", "after-receipt")}),
        (1, {"conduct_on": "2036-03-03"}, set()),
    ],
)
def test_a_correction_owes_what_the_step_owed(
    corrects: int, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    decided = did("decision.sent", "2036-03-10", verdict="not_upheld", form="email")
    found = dossier("klikklaar", RECEIVED, HEARD, decided)
    deed = did("event.corrected", "2036-03-11", corrects=corrects, facts=changes, **LATE)
    if not expected:
        assert len(then(found, deed).events) == 4
        return
    with pytest.raises(Invalid) as refused:
        then(found, deed)
    assert {(fault.pointer, fault.code) for fault in refused.value.faults} == expected


def test_what_keeps_the_dossier_is_lifted_once_each() -> None:
    hold = did("legal_hold.placed", "2036-03-04")
    found = then(dossier("jso", RECEIVED, hold, hold), did("legal_hold.lifted", "2036-03-05", lifts=2))
    with pytest.raises(Invalid) as refused:
        then(found, did("legal_hold.lifted", "2036-03-05", lifts=2))
    assert [fault.code for fault in refused.value.faults] == ["hold-unknown"]
    found = then(found, did("legal_hold.lifted", "2036-03-06", lifts=3))
    assert "legal_hold" not in found.retention.held_by
    with pytest.raises(NotPossible):
        then(found, did("legal_hold.lifted", "2036-03-06", lifts=3))


def test_a_mediation_that_was_begun_anew_ends() -> None:
    begun = did("mediation.started", "2036-03-05", consent="written")
    found = dossier("workplace", RECEIVED, begun, did("mediation.ended", "2036-03-06", outcome="unresolved"))
    found = then(found, did("event.corrected", "2036-03-07", corrects=2, annul=True, **LATE), begun)
    assert then(found, did("mediation.ended", "2036-03-10", outcome="unresolved")).situation.is_open


def test_what_is_owed_without_a_day_is_owed_again_when_it_is_taken_up() -> None:
    found = dossier("municipality", RECEIVED)
    owed = [each.duty for each in found.obligations]
    assert owed
    found = then(found, did("complaint.withdrawn", "2036-03-05"))
    assert not found.obligations
    assert [each.duty for each in then(found, did("complaint.reopened", "2036-03-07")).obligations] == owed


def test_a_measure_is_carried_out_once() -> None:
    found = dossier(
        "jso", RECEIVED, did("measure.recorded", "2036-03-04"), did("measure.completed", "2036-03-05", measure=2)
    )
    with pytest.raises(Invalid) as refused:
        then(found, did("measure.completed", "2036-03-06", measure=2))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/measure", "completed-before")]


@pytest.mark.proves("X-10")
@pytest.mark.parametrize(
    "ending", [did("complaint.closed", "2036-03-07", outcome="handled"), did("complaint.withdrawn", "2036-03-07")]
)
def test_what_is_taken_up_again_may_be_decided_again_once(ending: Deed) -> None:
    first = did("decision.sent", "2036-03-06", verdict="not_upheld")
    found = dossier("klikklaar", RECEIVED, HEARD, did("party.heard", "2036-03-05", party="complainant"), first)
    again = did("decision.sent", "2036-03-12", verdict="upheld")
    with pytest.raises(NotPossible):
        then(found, again)
    found = then(found, ending, did("complaint.reopened", "2036-03-11"))
    assert found.situation.verdict == "not_upheld"  # it stands until there is another
    assert "decision.sent" in {step.event for step in found.next_steps}
    before = due(found, "handling.decide")
    found = then(found, again)
    assert found.situation.verdict == "upheld"
    assert (due(found, "handling.decide"), state_of(found, "handling.decide")) == (before, "met")
    with pytest.raises(NotPossible, match="answered already"):
        then(found, did("decision.sent", "2036-03-13", verdict="upheld"))


@pytest.mark.proves("KK-14")
def test_who_was_heard_after_the_decision_was_not_heard_before_it() -> None:
    found = dossier("klikklaar", RECEIVED, did("party.heard", "2036-03-10", party="subject_of_complaint"))
    with pytest.raises(NotPossible, match="checklist is incomplete: hear_subject"):
        then(found, did("decision.sent", "2036-03-07", registered="2036-03-11"))
    assert then(found, did("decision.sent", "2036-03-10", registered="2036-03-11")).situation.verdict


@pytest.mark.proves("BNW-09", "X-08")
@pytest.mark.parametrize("outcome", ["resolved", "not_a_complaint"])
def test_what_was_closed_without_an_answer_and_comes_back_is_still_owed_one(outcome: str) -> None:
    closed = did("complaint.closed", "2036-03-05", outcome=outcome)
    found = dossier("bijstand-naar-werk", RECEIVED, closed)
    assert state_of(found, "handling.handle") == "met"
    found = then(found, did("complaint.reopened", "2036-03-07"), now="2036-05-01")
    assert (due(found, "handling.handle"), state_of(found, "handling.handle")) == ("2036-04-14", "overdue")
    assert [body.body for body in found.bodies_open] == ["commissioning-body"]


def test_what_was_answered_and_closed_in_time_stays_so() -> None:
    answered = did("decision.sent", "2036-03-05"), did("complaint.closed", "2036-03-06", outcome="handled")
    found = dossier("bijstand-naar-werk", RECEIVED, *answered, did("complaint.reopened", "2036-05-07"))
    assert state_of(found, "handling.handle") == "met"


@pytest.mark.proves("KK-26", "JSO-12")
def test_what_was_answered_as_a_complaint_is_neither_declined_nor_called_something_else() -> None:
    """Nobody takes the appeal away from whoever was told that they were wrong."""
    answered = did("decision.sent", "2036-03-06", verdict="not_upheld")
    found = dossier("klikklaar", RECEIVED, HEARD, answered)
    appealed = then(found, did("objection.received", "2036-03-10"))
    for case in (found, appealed):
        for deed in (
            did("admissibility.decided", "2036-03-11", decision="decline", ground="too_late"),
            did("complaint.reclassified", "2036-03-11", to="signal"),
        ):
            assert deed.type not in {step.event for step in case.next_steps}
            with pytest.raises(NotPossible, match="answered as a complaint"):
                then(case, deed)
    assert then(appealed, did("appeal_decision.sent", "2036-03-12")).situation.run.answer  # type: ignore[union-attr]


@pytest.mark.proves("X-02", "JSO-11")
def test_an_answer_in_time_is_registered_after_the_protest_against_the_silence() -> None:
    found = dossier("jso", RECEIVED, did("dissatisfaction.received", "2036-03-12"))  # due Mon 10 March
    assert state_of(found, "first_response.respond") == "overdue"
    officer = employee("complaints_officer")
    called = did("first_response.sent", "2036-03-10 09:00", officer, registered="2036-03-13", form="phone", **LATE)
    after = then(found, called)
    assert state_of(after, "first_response.respond") == "met"
    assert after.situation.stage is not None and after.situation.stage.stage == "director_review"
    assert state_of(after, "director_review.respond_again") == "pending"
    answered = then(after, did("second_response.sent", "2036-03-14"))
    assert state_of(answered, "director_review.respond_again") == "met"
    with pytest.raises(NotPossible):
        then(after, called)


def test_whoever_skipped_a_stage_asks_no_answer_of_it() -> None:
    found = dossier("so-trainingsbureau", RECEIVED)
    skipped = did("formal_review.requested", "2036-03-05", content=["skip_reason"], ground="will_not")
    found = then(found, skipped)
    assert "informal_outcome.recorded" not in {step.event for step in found.next_steps}


def test_a_term_that_was_met_stands_still_no_more() -> None:
    """Its day stays the day that was promised, whatever is talked over or taken back afterwards."""
    heard = HEARD, did("party.heard", "2036-03-04", party="complainant")
    found = dossier("workplace", RECEIVED, *heard, did("decision.sent", "2036-03-06"))
    before = due(found, "inquiry.advise")
    after = then(found, did("mediation.started", "2036-03-07", consent="written"), now="2036-03-20")
    assert (due(after, "inquiry.advise"), state_of(after, "inquiry.advise")) == (before, "met")
    answered = dossier("jso", RECEIVED, did("first_response.sent", "2036-03-04"))
    due_on = due(answered, "first_response.respond")
    again = then(answered, did("complaint.withdrawn", "2036-03-05"), did("complaint.reopened", "2036-03-07"))
    assert due(again, "first_response.respond") == due_on


@pytest.mark.proves("BNW-06")
def test_what_was_answered_waits_for_no_admissibility_any_more() -> None:
    """A ground that must refuse comes to light when the complaint is taken up again: it was handled, and stays so."""
    found = dossier("bijstand-naar-werk", RECEIVED, did("decision.sent", "2036-03-05"))
    found = then(
        found, did("complaint.closed", "2036-03-06", outcome="handled"), did("complaint.reopened", "2036-03-07")
    )
    found = then(found, did("register.updated", "2036-03-07", conduct_on="2030-01-01"))
    assert [each.must_refuse for each in found.proposals] == [True]
    step = next(step for step in found.next_steps if step.event == "decision.sent")
    assert step.waits_for == ()
    assert then(found, did("decision.sent", "2036-03-10")).situation.is_open


def test_a_review_of_silence_offers_its_own_answer_only() -> None:
    found = dossier("jso", RECEIVED, did("dissatisfaction.received", "2036-03-12"))
    assert {"second_response.sent"} == {step.event for step in found.next_steps if step.step == "responses"}


def test_whatever_a_stage_ends_with_waits_for_its_checklist() -> None:
    rules = procedure("workplace").model_dump(by_alias=True)
    inquiry = next(stage for stage in rules["stages"] if stage["stage"] == "inquiry")
    inquiry["answer"] = {"event": "advice.received"}
    found = dossier(Procedure.model_validate(rules), RECEIVED, did("advice.requested", "2036-03-04"))
    with pytest.raises(NotPossible, match="checklist is incomplete"):
        then(found, did("advice.received", "2036-03-06"))
    heard = HEARD, did("party.heard", "2036-03-04", party="complainant")
    assert then(found, *heard, did("advice.received", "2036-03-06")).situation.runs[0].answer is not None


@pytest.mark.proves("KK-06", "SO-09")
def test_what_was_done_about_a_signal_meets_nothing_of_the_complaint_that_it_becomes() -> None:
    """Also on the day of the promotion, which is the receipt."""
    told = did("complaint.acknowledged", "2036-03-05", form="email", content=["handling_term"])
    promoted = did("signal.promoted", "2036-03-05", ground="not_resolved")
    found = dossier("klikklaar", did("signal.received", "2036-03-03"), told, promoted)
    assert state_of(found, "handling.acknowledge") == "pending"
    assert state_of(then(found, told), "handling.acknowledge") == "met"
