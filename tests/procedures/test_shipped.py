"""The five procedures say what their texts oblige to; each check names the obligations it proves."""

import re
from collections.abc import Iterator

import pytest

from app.domain.activation import activation_faults
from app.domain.duty import Duty
from app.domain.linting import questions
from app.domain.part import Part, Words
from app.domain.procedure import Procedure
from app.domain.publication import defined
from app.procedures.reading import SHIPPED, shipped, text_of
from tests.requirements import requirements

JSO, KLIKKLAAR, SO, HSS, BNW = shipped()
PREFIX = {"jso": "JSO", "klikklaar": "KK", "so-trainingsbureau": "SO", "hss": "HSS", "bijstand-naar-werk": "BNW"}
each_of_the_five = pytest.mark.parametrize("procedure", shipped(), ids=SHIPPED)


def duty(procedure: Procedure, name: str) -> Duty:
    return next(duty for stage in procedure.stages for duty in stage.duties if duty.duty == name)


def parts(part: Part, where: str = "") -> Iterator[tuple[str, Part]]:
    yield where, part
    for name, value in part:
        for index, each in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(each, Part) and name in part.model_fields_set:
                yield from parts(each, f"{where}/{name}/{index}")


def cited(procedure: Procedure) -> set[str]:
    """Every ID that a rule of the procedure names as its source."""
    named = [getattr(part, "source", None) or "" for _, part in parts(procedure)]
    named += [procedure.withdrawal, procedure.handler_source or "", *procedure.sources]
    return {each for source in named for each in re.findall(r"[A-Z]+-[0-9]{2}", source)}


@each_of_the_five
def test_every_rule_has_its_source_and_every_source_is_listed(procedure):
    silent = [
        where
        for where, part in parts(procedure)
        if "source" in type(part).model_fields and not getattr(part, "source", None)
    ]
    assert silent == []
    listed = set(requirements())
    assert {each for each in cited(procedure) if not each.startswith("A-")} <= listed


@each_of_the_five
def test_every_obligation_of_the_text_is_carried_by_a_rule(procedure):
    own = {each for each in requirements() if each.startswith(f"{PREFIX[procedure.procedure]}-")}
    assert own - cited(procedure) == set()


@each_of_the_five
def test_titles_are_in_both_languages(procedure):
    titles = [part for _, part in parts(procedure) if isinstance(part, Words)]
    assert titles
    assert all(title.nl and title.en for title in titles)
    assert all(stage.title and all(duty.title for duty in stage.duties) for stage in procedure.stages)


@each_of_the_five
def test_no_data_of_people(procedure):
    text = text_of(procedure.procedure)
    assert "@" not in text
    assert not re.search(r"[0-9]{4} ?[A-Z]{2}\b|\b0[0-9]{1,3}[ -]?[0-9]{6,}|Postbus", text)


@each_of_the_five
def test_each_can_come_into_force(procedure):
    assert activation_faults(defined(procedure)) == []


@pytest.mark.parametrize(
    ("procedure", "asked"),
    [
        (JSO, set()),
        (KLIKKLAAR, {"extension-without-maximum"}),
        (SO, {"jeugdwet-committee"}),
        (HSS, set()),
        (BNW, {"extension-without-maximum"}),
    ],
    ids=SHIPPED,
)
def test_what_is_left_to_ask(procedure, asked):
    assert {question.code for question in questions(procedure)} == asked


@pytest.mark.parametrize(
    ("procedure", "name", "amount", "unit", "after", "met_by"),
    [
        (JSO, "respond", 5, "working_days", "complaint.received", "first_response.sent"),
        (JSO, "respond_again", 14, "days", "dissatisfaction.received", "second_response.sent"),
        (KLIKKLAAR, "acknowledge", 2, "weeks", "complaint.received", "complaint.acknowledged"),
        (KLIKKLAAR, "decide", 4, "weeks", "complaint.received", "decision.sent"),
        (KLIKKLAAR, "decide_appeal", 8, "weeks", "objection.received", "appeal_decision.sent"),
        (SO, "notify_inadmissible", 4, "weeks", "complaint.received", "inadmissibility.notified"),
        (SO, "judge", 6, "weeks", "formal_review.requested", "decision.sent"),
        (HSS, "hand_over", 0, "working_days", "complaint.received", "complaint.handed_over"),
        (HSS, "acknowledge", 7, "working_days", "complaint.received", "complaint.acknowledged"),
        (HSS, "decide", 6, "weeks", "complaint.received", "decision.sent"),
        (BNW, "acknowledge", 2, "weeks", "complaint.received", "complaint.acknowledged"),
        (BNW, "notify_inadmissible", 4, "weeks", "complaint.received", "inadmissibility.notified"),
        (BNW, "handle", 6, "weeks", "complaint.received", "decision.sent"),
    ],
)
def test_the_terms(procedure, name, amount, unit, after, met_by):
    found = duty(procedure, name)
    assert found.within is not None
    assert (found.within.amount, str(found.within.unit), found.after[0], found.met_by[0]) == (
        amount,
        unit,
        after,
        met_by,
    )


@pytest.mark.parametrize(
    ("procedure", "extended"),
    [
        (JSO, set()),
        (KLIKKLAAR, {"decide", "answer_data_request", "decide_appeal"}),
        (SO, set()),
        (HSS, set()),
        (BNW, {"handle"}),
    ],
    ids=SHIPPED,
)
def test_what_may_be_extended_and_that_nothing_is_suspended(procedure, extended):
    duties = [duty for stage in procedure.stages for duty in stage.duties]
    assert {each.duty for each in duties if each.extension} == extended
    assert not [each for each in duties if each.suspension]


@pytest.mark.proves("JSO-03", "JSO-04")
def test_jso_what_may_be_complained_about():
    assert [who.type for who in JSO.intake.complainants] == ["customer", "visitor"]
    assert JSO.intake.affected_relations == ("employee",)
    assert JSO.intake.subject_kinds == ("act", "decision", "omission")
    assert JSO.admissibility.grounds == ()


def test_jso_the_director_and_then_the_committee():
    first, director, committee = JSO.stages
    assert director.handled_by == ("director",) and director.independence == "expected"
    assert [(opening.event, opening.after) for opening in director.opens_on] == [
        ("dissatisfaction.received", (first.stage,))
    ]
    assert committee.opens_on[0].after == (director.stage,) and committee.opens_on[0].overdue_opens
    body = JSO.bodies[0]
    assert (body.reached_by.channels, body.reached_by.all_required, body.reached_by.same_day) == (
        ("post", "email"),
        True,
        True,
    )
    assert body.binding_on == ("organisation", "complainant") and body.afterwards == ("internal_route_closed",)


@pytest.mark.proves("JSO-10", "KK-22")
def test_two_words_for_the_status():
    for procedure in (JSO, KLIKKLAAR):
        assert (procedure.register_.in_progress.nl, procedure.register_.handled.nl) == ("in behandeling", "afgehandeld")


@pytest.mark.proves("KK-04", "KK-08")
def test_klikklaar_its_committee_and_intake():
    committee = {role.role: role.members for role in KLIKKLAAR.roles if role.part_of == "complaints_committee"}
    assert committee == {"chair": 1, "member": None}
    assert KLIKKLAAR.intake.subject_relations == ("employee", "hired", "volunteer")
    assert [rule.channel for rule in KLIKKLAAR.intake.channels if rule.preferred] == ["email"]
    assert "post" in [rule.channel for rule in KLIKKLAAR.intake.channels]


def test_klikklaar_only_writing_is_a_complaint():
    counted = {rule.channel: rule.counts_as for rule in KLIKKLAAR.intake.channels}
    assert counted == {
        "email": "complaint",
        "post": "complaint",
        "web_form": "complaint",
        "phone": "signal",
        "oral": "signal",
    }


@pytest.mark.proves("KK-29", "KK-32")
def test_klikklaar_the_appeal():
    appeal = KLIKKLAAR.stage_named("appeal")
    opening = appeal.opens_on[0]
    assert opening.address == "Beroepscommissie, Voorbeeldplein 2, Voorbeeldstad"
    assert (opening.channels, opening.verdicts, opening.grounds) == (
        ("post",),
        ("not_upheld",),
        ("disagrees_with_solution",),
    )
    assert appeal.outside_staff and appeal.independent_of == ("handling",) and appeal.independence == "required"
    assert appeal.answer is not None and appeal.answer.binding_on == ("organisation",)
    assert duty(KLIKKLAAR, "decide_appeal").soft


def test_klikklaar_before_the_decision():
    steps = {step.step: step.expected_only for step in KLIKKLAAR.stage_named("handling").before_answer}
    consulted = {"consult_board": False, "consult_board_on_damage": False}
    assert steps == {"hear_subject": False, "hear_complainant": True, **consulted}
    assert duty(KLIKKLAAR, "acknowledge").content == ("handling_term",)


@pytest.mark.proves("SO-01", "SO-03", "SO-07", "SO-22")
def test_so_who_may_complain_and_to_whom():
    assert SO.legal_basis == ("Jeugdwet",)
    types = {who.type: (who.authority, who.preferred) for who in SO.intake.complainants}
    assert types["client"] == (False, True) and types["proxy"] == (True, False)
    assert {"former_client", "legal_representative", "next_of_kin"} <= set(types)
    assert SO.stage_named("source").handled_by == ("mentor", "lead_practitioner")


def test_so_three_grounds_and_each_a_choice():
    assert [(ground.test, ground.mode) for ground in SO.admissibility.grounds] == [
        ("already_handled", "may_refuse"),
        ("conduct_too_old", "may_refuse"),
        ("criminal_proceedings", "may_refuse"),
    ]


@pytest.mark.proves("SO-35")
def test_so_manager_and_officer_are_both_entries():
    assert SO.stage_named("informal").handled_by == ("complaints_officer", "line_manager")


@pytest.mark.proves("HSS-03", "HSS-05", "HSS-16")
def test_hss_the_board_the_definition_and_the_link():
    assert HSS.stage_named("handling").handled_by == ("board",)
    assert {each.of for each in HSS.definitions} == {"complaint", "out_of_scope"}
    assert HSS.bodies[0].url == "https://www.erisietsmisgegaan.nl" and HSS.bodies[0].binding_on == ()


def test_hss_intake():
    assert {rule.channel: rule.received_by for rule in HSS.intake.channels} == {
        "post": False,
        "email": False,
        "web_form": False,
        "phone": True,
        "oral": True,
    }
    assert len(HSS.intake.recognition_marks) == 4
    assert [each.category for each in HSS.intake.out_of_scope] == ["administration_fees"]


@pytest.mark.proves("BNW-01")
def test_bnw_anything_and_the_commissioning_body():
    assert BNW.intake.categories == () and BNW.intake.subject_kinds == ()
    assert BNW.bodies[0].per_case == ("employer", "municipality", "uwv")
    assert [(ground.test, ground.mode) for ground in BNW.admissibility.grounds] == [("conduct_too_old", "must_refuse")]


@pytest.mark.parametrize(
    ("procedure", "shortest", "longest", "own_choice"),
    [(JSO, 1, 1, True), (KLIKKLAAR, None, 1, False), (SO, None, 2, True), (HSS, None, 2, True), (BNW, None, 2, True)],
    ids=SHIPPED,
)
def test_retention(procedure, shortest, longest, own_choice):
    kept = procedure.retention
    assert kept.maximum.amount == longest and str(kept.maximum.unit) == "years"
    assert (kept.minimum.amount if kept.minimum else None) == shortest
    assert kept.chosen_by_organisation is own_choice


@pytest.mark.parametrize(
    ("procedure", "day"), list(zip(shipped(), ("2020-01", "2022-02", "2020-01", "2020-01", "2020-01"), strict=True))
)
def test_in_force_from(procedure, day):
    assert procedure.effective_from.isoformat().startswith(day) and procedure.effective_from.day == 1
