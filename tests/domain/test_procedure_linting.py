"""Questions about a procedure, and none where there is nothing to ask."""

from typing import Any

import pytest

from app.domain.linting import questions
from app.domain.validation import value_of
from tests.domain.test_procedure_validation import MISSING, changed

FIRST = "/stages/0"
DUTY = f"{FIRST}/duties/0"
ASKED: list[tuple[str, Any, str, str]] = [
    ("/roles/1", {"role": "idle"}, "role-without-task", "/roles/1"),
    ("/roles/0/keeps_register", True, "register-keeper-handles", "/roles/0"),
    ("/intake/kinds", ["complaint", "signal"], "intake-without-stage", "/intake/kinds"),
    ("/intake/kinds", ["signal"], "kind-not-listed", "/intake/channels/0/counts_as"),
    ("/intake/minimum_age", {"years": 12}, "nobody-for-the-young", "/intake/minimum_age/otherwise"),
    ("/intake/complainants/1", {"type": "anonymous"}, "anonymous-is-said", "/intake/complainants/1"),
    ("/admissibility", {"grounds": [{"ground": "x", "test": "other"}]}, "no-inadmissibility-notice", "/admissibility"),
    (f"{FIRST}/opens_on", [{"event": "signal.received"}], "stage-unreachable", FIRST),
    (f"{FIRST}/opens_on/0/address", "Postbus 1, Plaats", "address-never-told", f"{FIRST}/opens_on/0/address"),
    (
        f"{FIRST}",
        {
            "stage": "handling",
            "kind": "appeal",
            "outside_staff": True,
            "opens_on": [{"event": "objection.received", "channels": ["post"]}],
        },
        "address-missing",
        f"{FIRST}/opens_on/0",
    ),
    (f"{FIRST}/answer", MISSING, "stage-without-exit", FIRST),
    (f"{FIRST}/duties", [], "answer-without-term", f"{FIRST}/answer"),
    (f"{FIRST}/handled_by", [], "stage-without-handler", FIRST),
    (f"{DUTY}/met_by", "appeal_decision.sent", "duty-cannot-be-met", f"{DUTY}/met_by"),
    (f"{DUTY}/met_by", "term.breached", "duty-cannot-be-met", f"{DUTY}/met_by"),
    (
        f"{FIRST}/before_answer",
        [{"step": "told", "met_by": "body.informed", "waivable": False}],
        "step-cannot-be-met",
        f"{FIRST}/before_answer/0/met_by",
    ),
    (f"{DUTY}/after", "objection.received", "duty-never-starts", f"{DUTY}/after"),
    (f"{DUTY}/after", ["decision.sent"], "duty-met-by-its-start", f"{DUTY}/met_by"),
    (f"{DUTY}/extension", {"times": 1}, "extension-without-maximum", f"{DUTY}/extension"),
    (f"{DUTY}/suspension", [{"cause": "repair"}], "suspension-without-end", f"{DUTY}/suspension/0"),
    (f"{DUTY}/warn", {"amount": 52, "unit": "weeks"}, "warning-never-given", f"{DUTY}/warn"),
    (f"{DUTY}/lapses_on", ["complaint.closed"], "duty-after-withdrawal", f"{DUTY}/lapses_on"),
    (f"{DUTY}/when", {"channel": ["phone"]}, "condition-never-true", f"{DUTY}/when/channel"),
    (f"{DUTY}/source", MISSING, "rule-without-source", DUTY),
    (
        "/register",
        {"required_at_closing": ["status", "verdict"]},
        "verdict-impossible",
        "/register/required_at_closing/1",
    ),
    ("/bodies", [{"body": "b", "kind": "ombudsman"}], "body-without-stage", "/bodies/0"),
    ("/procedure", "small", "no-acknowledgement", "/stages"),
    ("/procedure", "small", "no-external-route", "/bodies"),
    ("/procedure", "small", "no-retention", "/retention"),
    (
        "/retention",
        {"minimum": {"amount": 2, "unit": "years"}, "maximum": {"amount": 1, "unit": "years"}},
        "retention-crossed",
        "/retention",
    ),
    ("/legal_basis", ["Awb hoofdstuk 9"], "awb-ombudsman", "/bodies"),
    ("/legal_basis", ["Algemene wet bestuursrecht"], "awb-hearing", "/legal_basis/0"),
    ("/legal_basis", ["x", "Wkkgz"], "wkkgz-officer", "/roles"),
    ("/legal_basis", ["Jeugdwet"], "jeugdwet-support", "/support"),
    ("/legal_basis", ["Wet kinderopvang"], "kinderopvang-report", "/reports"),
    ("/legal_basis", ["CRKBO"], "crkbo-term", "/legal_basis/0"),
]


@pytest.mark.parametrize(("pointer", "value", "code", "at"), ASKED)
def test_what_is_asked(pointer, value, code, at):
    base = changed(pointer, value) if (pointer, value) != (f"{DUTY}/source", MISSING) else changed("/language", "nl")
    asked = {(question.code, question.pointer) for question in questions(value_of(base))}
    assert (code, at) in asked


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (f"{FIRST}/answer/by", "second"),
        (f"{FIRST}/before_answer", [{"step": "advice", "met_by": "advice.received", "by": "second"}]),
        (f"{DUTY}/extension", {"by": "second", "consent": True}),
    ],
)
def test_a_role_with_any_task_is_not_idle(pointer, value):
    document = changed(pointer, value)
    document["roles"] = [{"role": "handler"}, {"role": "second"}]
    assert "role-without-task" not in {question.code for question in questions(value_of(document))}


def test_a_second_stage_that_no_answer_leads_to_is_asked_about():
    further = {
        "stage": "appeal",
        "kind": "appeal",
        "handled_by": "handler",
        "opens_on": [{"event": "objection.received", "after": "handling", "verdicts": ["not_upheld"]}],
        "answer": {"event": "appeal_decision.sent"},
    }
    codes = {(question.code, question.pointer) for question in questions(value_of(changed("/stages/1", further)))}
    assert ("stage-unreachable", "/stages/1") in codes
    assert ("verdict-impossible", "/stages/1/opens_on/0/verdicts") in codes


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        ({}, {"when": {"category": ["staff"]}}, True),
        ({"when": {"category": ["staff"]}}, {}, False),  # in this order the second takes what is left
        ({"when": {"urgent": True}}, {"when": {"category": ["staff"]}}, False),
        ({"when": {"urgent": True}}, {"when": {"urgent": True}}, True),
        ({}, {"event": "signal.promoted"}, False),
        ({"after": "second"}, {}, False),
        ({}, {"after": "handling"}, True),
        ({"after": ["handling", "second"]}, {"after": "handling"}, True),
        ({"after": ["handling", "second"]}, {"after": "handling", "without_earlier_stage": True}, False),
        ({"after": "second"}, {"after": ["handling", "second"]}, False),
    ],
)
def test_a_way_that_an_earlier_stage_always_takes_is_asked_about(first, second, asked):
    document = changed("/intake/kinds", ["complaint", "signal"])
    document["stages"][0]["opens_on"] = [{"event": "complaint.received", **first}]
    further = {**document["stages"][0], "stage": "second"}
    document["stages"].append({**further, "opens_on": [{"event": "complaint.received", **second}]})
    found = {question.pointer for question in questions(value_of(document)) if question.code == "opening-passed-over"}
    assert found == ({"/stages/1/opens_on/0"} if asked else set())


@pytest.mark.parametrize(("body", "asked"), [("b", True), ("c", False)])
def test_a_stage_with_another_body_takes_nothing_from_the_next(body, asked):
    document = changed("/bodies", [{"body": each, "kind": "ombudsman"} for each in ("b", "c")])
    for each, at in (("first", "b"), ("second", body)):
        way = {"event": "escalation.requested", "after": "handling"}
        document["stages"].append({"stage": each, "kind": "external", "body": at, "opens_on": [way]})
    found = {question.pointer for question in questions(value_of(document)) if question.code == "opening-passed-over"}
    assert found == ({"/stages/2/opens_on/0"} if asked else set())


MEASURES = {"stated": True, "each": True, "after": "measure.recorded", "met_by": "measure.completed"}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (MEASURES, True),
        ({**MEASURES, "each": False}, True),
        ({**MEASURES, "lapses_on": ["complaint.withdrawn"]}, False),
        ({**MEASURES, "lapses_on": ["complaint.withdrawn", "complaint.closed"]}, False),  # written down on purpose
        ({"after": "measure.recorded", "met_by": "measure.completed"}, False),  # without a day it outlives the closing
        ({**MEASURES, "each": False, "after": "decision.sent", "met_by": "message.sent"}, False),
    ],
)
def test_a_promised_measure_that_ends_at_the_closing_is_asked_about(words, asked):
    document = changed(f"{FIRST}/duties/1", {"duty": "carry_out_measures", **words})
    found = {question.pointer for question in questions(value_of(document)) if question.code == "measure-lapses"}
    assert found == ({f"{FIRST}/duties/1/lapses_on"} if asked else set())


NAMELESS: list[tuple[str, Any]] = [
    ("/admissibility", {"grounds": [{"ground": "nameless", "test": "anonymous"}]}),
    (f"{DUTY}/when", {"anonymous": True}),
    (f"{DUTY}/unless", {"anonymous": True}),
]


@pytest.mark.parametrize(("pointer", "value"), NAMELESS)
def test_a_rule_for_who_gives_no_name_is_asked_about_where_none_can_come_in(pointer, value):
    document = changed(pointer, value)
    for field in ("complainant_name", "complainant_name_or_organisation"):
        document["register"] = {"required_at_intake": ["description", field]}
        asked = {(question.code, question.pointer) for question in questions(value_of(document))}
        assert ("anonymous-kept-out", "/register/required_at_intake/1") in asked
    document["register"] = {"required_at_intake": ["description"]}
    assert "anonymous-kept-out" not in {question.code for question in questions(value_of(document))}


def test_a_name_may_be_asked_of_everyone():
    document = changed("/register", {"required_at_intake": ["description", "complainant_name"]})
    assert "anonymous-kept-out" not in {question.code for question in questions(value_of(document))}


@pytest.mark.parametrize("lapses_on", [MISSING, [], ["complaint.withdrawn"]])
def test_a_duty_that_lapses_as_usual_or_never_on_purpose_is_not_asked_about(lapses_on):
    document = changed("/language", "nl") if lapses_on is MISSING else changed(f"{DUTY}/lapses_on", lapses_on)
    assert "duty-after-withdrawal" not in {question.code for question in questions(value_of(document))}


@pytest.mark.parametrize(
    ("topic", "code"), [("acknowledgement", "no-acknowledgement"), ("external_route", "no-external-route")]
)
def test_what_is_left_open_on_purpose_is_not_asked(topic, code):
    assert code not in {question.code for question in questions(value_of(changed("/left_open", [topic])))}


def test_every_question_is_asked_in_both_languages():
    for question in questions(value_of(changed("/legal_basis", ["Awb", "Wkkgz", "Jeugdwet", "kinderopvang", "CRKBO"]))):
        assert question.nl.endswith(("?", ".")) and question.en.endswith(("?", ".")) and question.nl != question.en


@pytest.mark.parametrize(
    ("act", "role", "asked"),
    [
        ("Wkkgz", {"role": "complaints_officer"}, False),
        ("Wkkgz", {"role": "klachtenfunctionaris", "outside_staff": True}, False),
        ("Wkkgz", {"role": "functionaris", "title": "Onafhankelijke klachtenfunctionaris"}, False),
        ("Wkkgz", {"role": "officer", "title": {"nl": "functionaris", "en": "Complaints officer"}}, False),
        ("Wkkgz", {"role": "klachtencommissie"}, True),
        ("Jeugdwet", {"role": "klachtencommissie"}, False),
        ("Jeugdwet", {"role": "voorzitter", "part_of": "klachtencommissie"}, False),
        ("Jeugdwet", {"role": "complaints-committee"}, False),
        ("Jeugdwet", {"role": "klachtenfunctionaris"}, True),
    ],
)
def test_a_role_is_known_by_its_short_name_or_its_title_in_either_language(act, role, asked):
    document = changed("/legal_basis", [act])
    document["roles"] += [role, {"role": role["part_of"]}] if "part_of" in role else [role]
    codes = {question.code for question in questions(value_of(document))}
    assert bool({"wkkgz-officer", "jeugdwet-committee"} & codes) is asked


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ({"times": 1}, False),
        ({"times": 2}, True),
        ({"times": None}, True),
        ({"times": None, "consent": True}, False),
        ({"times": 2, "at_most": {"amount": 2, "unit": "weeks"}}, False),
    ],
)
def test_the_awb_has_four_weeks_more_in_all(words, asked):
    """Awb 9:11: further only with consent, so four weeks without end is a question."""
    longer = {"at_most": {"amount": 4, "unit": "weeks"}, "form": "written"}
    document = changed("/legal_basis", ["Awb hoofdstuk 9"])
    duty = document["stages"][0]["duties"][0]
    duty["met_by"], document["stages"][0]["answer"]["event"] = "decision.sent", "decision.sent"
    duty["extension"] = {**longer, "notify": ["complainant", "subject_of_complaint"], **words}
    codes = {question.code for question in questions(value_of(document))}
    assert ("awb-extension" in codes) is asked


@pytest.mark.parametrize(
    ("amount", "unit", "asked"),
    [
        (6, "weeks", False),
        (30, "working_days", True),  # with Easter Monday among them it takes six weeks and a day
        (29, "working_days", False),
        (42, "days", False),
        (43, "days", True),
    ],
)
def test_six_weeks_are_not_thirty_working_days(amount, unit, asked):
    document = changed("/legal_basis", ["Wkkgz"])
    document["stages"][0]["kind"] = "formal"
    document["stages"][0]["duties"][0]["within"] = {"amount": amount, "unit": unit}
    codes = {question.code for question in questions(value_of(document))}
    assert ("wkkgz-term" in codes) is asked


LATER = {"within": {"amount": 10, "unit": "weeks"}, "when": {"committee_advises": True}}
SOONER = {**LATER, "within": {"amount": 2, "unit": "weeks"}}
TOLD = {"duty": "tell_of_advice", "after": "advice.requested", "met_by": "message.sent"}


@pytest.mark.parametrize(
    ("instead", "told", "asked"),
    [
        (LATER, None, True),
        (SOONER, None, False),  # nobody waits longer than was said
        ({**LATER, "when": {"category": ["x"]}}, None, False),  # known from the start
        (LATER, TOLD, False),
        (LATER, {**TOLD, "to": "board"}, True),
        (LATER, {**TOLD, "after": "advice.received"}, True),
    ],
)
def test_a_longer_period_that_comes_later_asks_who_is_told(instead, told, asked):
    document = changed(f"{DUTY}/instead", [instead])
    document["stages"][0]["duties"] += [told] if told else []
    found = {question.pointer for question in questions(value_of(document)) if question.code == "longer-period-untold"}
    assert found == ({f"{DUTY}/instead/0"} if asked else set())


YEAR = {"amount": 1, "unit": "years"}


@pytest.mark.parametrize(
    ("kind", "limit", "asked"),
    [
        ("ombudsman", {"within": YEAR}, True),
        ("ombudsman", {"filing_limits": [{"within": YEAR, "after": "decision.sent"}]}, False),
        ("disputes_committee", {"within": YEAR}, False),
    ],
)
def test_the_year_of_an_ombudsman_starts_when_we_are_done(kind, limit, asked):
    """Awb 9:24: counted from the receipt, as `within` is, the last day that a letter tells is too early."""
    found = questions(value_of(changed("/bodies", [{"body": "b", "kind": kind, **limit}])))
    asked_at = {question.pointer for question in found if question.code == "ombudsman-counts-from-receipt"}
    assert asked_at == ({"/bodies/0/within"} if asked else set())
