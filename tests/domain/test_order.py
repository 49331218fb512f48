"""By when it happened, and not by when it was registered; and what a complaint was called in between changes no day."""

from datetime import date

import pytest

from app.domain.callers import Actor
from app.domain.duties import obligations
from app.domain.errors import Invalid, NotPossible
from tests.builders import did, dossier, due, person, procedure, sentences, state_of, taking_in, term, then


@pytest.mark.proves("X-02", "HSS-11")
def test_the_earlier_letter_counts_although_it_was_registered_later() -> None:
    """Seven working days after Mon 2 March 2026 are Wed 11 March: the letter of 5 March was in time."""
    late = did("complaint.acknowledged", "2026-03-20", form="post")
    found = then(dossier("hss", did("complaint.received", "2026-03-02")), late)
    assert state_of(found, "handling.acknowledge") == "met_late"
    first = did(
        "complaint.acknowledged",
        "2026-03-05",
        registered="2026-03-24",
        form="post",
        content=["late_registration_reason", "reasons"],
    )
    assert state_of(then(found, first), "handling.acknowledge") == "met"


@pytest.mark.proves("HSS-08", "HSS-09", "HSS-11")
def test_what_was_done_counts_when_it_turns_out_to_be_a_complaint_after_all() -> None:
    found = then(
        dossier("hss", did("complaint.received", "2026-03-02")),
        did("complaint.handed_over", "2026-03-02"),
        did("complaint.acknowledged", "2026-03-04", form="post"),
        did("complaint.reclassified", "2026-03-05", to="out_of_scope"),
        did("complaint.reclassified", "2026-03-24", to="complaint"),
    )
    again = [each for each in found.terms if each.duty.duty in ("hand_over", "acknowledge")]
    assert {each.state.value for each in again} == {"met"}
    assert not found.situation.all_of("term.breached")


@pytest.mark.proves("X-02", "KK-03")
def test_what_came_in_as_a_complaint_keeps_its_day_of_receipt() -> None:
    written = taking_in("klikklaar", channels=procedure("klikklaar").intake.channels[:3])  # none that tells a signal
    found = then(
        dossier(written, did("complaint.received", "2026-03-02")),
        did("complaint.reclassified", "2026-03-03", to="signal"),
        did("signal.promoted", "2026-04-20", ground="not_resolved", form="email"),
    )
    assert found.situation.received_on == date(2026, 3, 2)
    assert found.situation.kind == "complaint"
    assert {each.started_on for each in found.terms} == {date(2026, 3, 2)}


def test_a_complaint_is_called_only_what_the_procedure_knows() -> None:
    found = dossier("hss", did("complaint.received", "2026-03-02"))
    with pytest.raises(Invalid) as refused:
        then(found, did("complaint.reclassified", "2026-03-03", to="signal"))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/to", "kind-unknown")]
    assert then(found, did("complaint.reclassified", "2026-03-03", to="out_of_scope")).situation.kind == "out_of_scope"
    for_complaints_only = dossier("jso", did("complaint.received", "2026-03-02"))
    with pytest.raises(NotPossible, match="knows nothing else"):
        then(for_complaints_only, did("complaint.reclassified", "2026-03-03", to="out_of_scope"))


@pytest.mark.parametrize("advice_first", [True, False])
def test_the_longer_period_of_an_advice_holds_in_an_extended_term_too(advice_first: bool) -> None:
    """Awb 9:11: ten weeks with a committee, and four more: 2 March 2026 and 14 weeks is 8 June."""
    advice = did("advice.requested", "2026-04-10" if advice_first else "2026-04-20", party="committee")
    longer = did(
        "extension.notified",
        "2026-04-11",
        period={"amount": 4, "unit": "weeks"},
        notified=["complainant", "subject_of_complaint"],
    )
    found = dossier("municipality", did("complaint.received", "2026-03-02"))
    found = then(found, *((advice, longer) if advice_first else (longer, advice)))
    assert due(found, "handling.decide") == "2026-06-08"


def test_what_was_settled_and_is_taken_up_again_is_owed_an_answer() -> None:
    found = then(
        dossier("municipality", did("complaint.received", "2026-03-02")),
        did("complaint.closed", "2026-03-05", outcome="resolved"),
        did("complaint.reopened", "2026-03-20"),
    )
    assert state_of(found, "handling.decide") == "pending"


@pytest.mark.proves("JSO-06")
def test_what_a_settlement_meets_is_owed_no_more() -> None:
    found = dossier("jso", did("complaint.received", "2026-03-02"))
    assert "assign" in {each.duty for each in obligations(found.situation)}
    found = then(found, did("complaint.closed", "2026-03-03", outcome="resolved"))
    assert "assign" not in {each.duty for each in obligations(found.situation)}


def test_each_day_over_which_an_end_moves_on_is_named() -> None:
    found = dossier("municipality", did("complaint.received", "2026-03-15"))
    ends = [each for each in found.terms if len(each.derivation["rolled"]) > 1]
    for each in ends:
        told = sentences(each)
        for rolled in each.derivation["rolled"]:
            assert "name_nl" not in rolled or rolled["name_nl"] in told["nl"]
    assert ends, "no term of this complaint moves on over more than one day"


def test_the_sentence_has_its_articles() -> None:
    found = then(
        dossier("so-trainingsbureau", did("complaint.received", "2026-03-02")),
        did("informal_outcome.recorded", "2026-03-04", outcome="unresolved"),
        did("formal_review.requested", "2026-03-05"),
    )
    known = term(found, "formal.judge") if any(t.key == "formal.judge" for t in found.terms) else found.terms[-1]
    assert known.start_title["nl"].split()[0] in ("de", "het", "ontvangst")


@pytest.mark.proves("X-02", "BNW-10")
def test_a_letter_of_extension_that_was_sent_in_time_counts_although_the_answer_was_registered_first() -> None:
    """Six weeks after Mon 2 March 2026 are Mon 13 April; extended on 10 April until 1 May."""
    found = then(
        dossier("bijstand-naar-werk", did("complaint.received", "2026-03-02")), did("decision.sent", "2026-04-20")
    )
    assert state_of(found, "handling.handle") == "met_late"
    letter = did(
        "extension.notified",
        "2026-04-10",
        registered="2026-04-21",
        until="2026-05-01",
        form="post",
        content=["late_registration_reason", "new_date", "reasons"],
    )
    found = then(found, letter)
    assert (due(found, "handling.handle"), state_of(found, "handling.handle")) == ("2026-05-01", "met")


@pytest.mark.proves("JSO-13")
def test_an_answer_is_not_dated_before_what_it_answers() -> None:
    found = then(
        dossier("jso", did("complaint.received", "2026-03-02")),
        did("first_response.sent", "2026-03-04"),
        did("dissatisfaction.received", "2026-03-06"),
    )
    with pytest.raises(Invalid) as refused:
        then(found, did("second_response.sent", "2026-03-05", registered="2026-03-09"))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/occurredAt", "before-the-stage")]


@pytest.mark.proves("SO-16", "SO-17")
def test_the_notice_of_a_refusal_is_in_writing_and_the_officers_in_the_formal_stage_too() -> None:
    officer = Actor("staff", person("o"), ("complaints_officer",))
    found = then(
        dossier("so-trainingsbureau", did("complaint.received", "2026-03-02", conduct_on="2024-01-01")),
        did("informal_outcome.recorded", "2026-03-03", outcome="unresolved"),
        did("formal_review.requested", "2026-03-04"),
        did("admissibility.decided", "2026-03-10", officer, decision="inadmissible", ground="too_old"),
    )
    with pytest.raises(Invalid) as refused:
        then(found, did("inadmissibility.notified", "2026-03-12", officer, form="phone"))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/form", "written-required")]
    found = then(found, did("inadmissibility.notified", "2026-03-12", officer, form="email"))
    assert state_of(found, "informal.notify_inadmissible") == "met"
