"""Every fault of a procedure at once, with its place and a sentence of our own."""

from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest

from app.domain.procedure import Procedure
from app.domain.validation import faults, json_schema, value_of
from app.procedures.reading import SHIPPED, mapping_of, text_of

SMALL: dict[str, Any] = {
    "procedure": "small",
    "title": "Klein",
    "effective_from": "2026-01-01",
    "roles": [{"role": "handler"}],
    "intake": {"complainants": [{"type": "client"}], "channels": [{"channel": "email"}]},
    "stages": [
        {
            "stage": "handling",
            "kind": "formal",
            "handled_by": "handler",
            "opens_on": [{"event": "complaint.received"}],
            "answer": {"event": "decision.sent"},
            "duties": [
                {
                    "duty": "decide",
                    "within": {"amount": 6, "unit": "weeks"},
                    "after": "complaint.received",
                    "met_by": "decision.sent",
                }
            ],
        }
    ],
}

# It has no types of its own.
Draft202012Validator: Any = import_module("jsonschema").Draft202012Validator
MISSING = object()


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The small procedure with one place set to another value, or taken away."""
    document = deepcopy(SMALL)
    *path, last = [int(part) if part.isdigit() else part for part in pointer.strip("/").split("/")]
    place: Any = document
    for part in path:
        place = place.setdefault(part, {}) if isinstance(part, str) else place[part]
    if value is MISSING:
        del place[last]
    elif isinstance(place, list) and isinstance(last, int) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return document


def found(document: Any) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in faults(document)}


def test_the_small_one_is_a_procedure():
    assert faults(SMALL) == []
    assert value_of(SMALL).stage_named("handling").duties[0].met_by == ("decision.sent",)


DUTY = "/stages/0/duties/0"
SUMMER = {"date": "2026-07-18", "until": "2026-08-30", "name": "Zomersluiting"}
SHAPES = [
    ("/procedure", MISSING, "/procedure", "missing"),
    ("/procedure", "Met Spatie", "/procedure", "not-a-name"),
    ("/title", 5, "/title", "text-expected"),
    ("/title", "", "/title", "empty"),
    ("/language", "fr", "/language", "not-one-of"),
    ("/effective_from", "31-01-2026", "/effective_from", "date-expected"),
    ("/effective_from", {}, "/effective_from", "date-expected"),
    ("/effective_from", {"day": 1}, "/effective_from", "date-expected"),
    ("/effective_from", "2026-02-30", "/effective_from", "date-expected"),
    ("/effective_from", 20260101, "/effective_from", "date-expected"),
    ("/handler_not_involved", "yes", "/handler_not_involved", "true-or-false"),
    ("/roles", "handler", "/roles", "list-expected"),
    ("/roles", [], "/roles", "too-few"),
    ("/roles/0/members", "3", "/roles/0/members", "whole-number"),
    ("/roles/0/members", 0, "/roles/0/members", "too-small"),
    ("/roles/0/members", 101, "/roles/0/members", "too-large"),
    ("/intake/channels/0/channel", "fax", "/intake/channels/0/channel", "not-one-of"),
    ("/calendar/closed_days", [{**SUMMER, "until": "augustus"}], "/calendar/closed_days/0/until", "date-expected"),
    ("/calendar/office_closes_at", "half six", "/calendar/office_closes_at", "time-expected"),
    ("/stages/0/opens_on", [], "/stages/0/opens_on", "too-few"),
    ("/stages/0/opens_on/0/address", ["Postbus 1"], "/stages/0/opens_on/0/address", "text-expected"),
    ("/stages/0/opens_on/0/address", "x" * 301, "/stages/0/opens_on/0/address", "too-long"),
    ("/stages/0/handeld_by", "handler", "/stages/0/handeld_by", "unknown-word"),
    (f"{DUTY}/met_by", [], f"{DUTY}/met_by", "too-few"),
    (f"{DUTY}/met_by", "decision.send", f"{DUTY}/met_by", "unknown-event"),
    (f"{DUTY}/within", "6 weeks", f"{DUTY}/within", "period-expected"),
    (f"{DUTY}/within/unit", "hours", f"{DUTY}/within/unit", "not-one-of"),
    (f"{DUTY}/within/amount", "6", f"{DUTY}/within/amount", "whole-number"),
    (f"{DUTY}/within/amount", -1, f"{DUTY}/within/amount", "too-small"),
    (f"{DUTY}/within/amount", 2601, f"{DUTY}/within/amount", "too-large"),
    (f"{DUTY}/within/amount", True, f"{DUTY}/within/amount", "whole-number"),
    (f"{DUTY}/within/amount", 1.5, f"{DUTY}/within/amount", "whole-number"),
    (f"{DUTY}/title", "nul \x00", f"{DUTY}/title", "character-not-allowed"),
    (f"{DUTY}/title", "half \ud800", f"{DUTY}/title", "character-not-allowed"),
    (f"{DUTY}/title", "x" * 4001, f"{DUTY}/title", "too-long"),
    (f"{DUTY}/source", object(), f"{DUTY}/source", "not-plain"),
]


@pytest.mark.parametrize(("pointer", "value", "at", "code"), SHAPES)
def test_a_wrong_shape_is_told_at_its_place(pointer, value, at, code):
    assert (at, code) in found(changed(pointer, value))


REFERENCES = [
    ("/stages/0/handled_by", "director", "/stages/0/handled_by", "unknown-role"),
    ("/stages/0/handled_by", ["handler", "director"], "/stages/0/handled_by/1", "unknown-role"),
    (f"{DUTY}/by", ["director"], f"{DUTY}/by/0", "unknown-role"),
    (f"{DUTY}/extension", {"by": "director"}, f"{DUTY}/extension/by", "unknown-role"),
    ("/stages/0/answer/by", "director", "/stages/0/answer/by", "unknown-role"),
    ("/admissibility/decided_by", "director", "/admissibility/decided_by", "unknown-role"),
    ("/stages/0/independent_of", "elsewhere", "/stages/0/independent_of", "unknown-stage"),
    ("/stages/0/opens_on/0/after", "elsewhere", "/stages/0/opens_on/0/after", "unknown-stage"),
    ("/stages/0/opens_on/0/after", "handling", "/stages/0/opens_on/0/after", "opens-after-itself"),
    ("/stages/0/independent_of", "handling", "/stages/0/independent_of", "independent-of-itself"),
    ("/stages/0/body", "nobody", "/stages/0/body", "unknown-body"),
    ("/stages/0/kind", "external", "/stages/0/body", "body-missing"),
    (f"{DUTY}/when", {"ground": ["too_old"]}, f"{DUTY}/when/ground/0", "unknown-ground"),
    (f"{DUTY}/unless", {"stage_answered": ["x"]}, f"{DUTY}/unless/stage_answered/0", "unknown-stage"),
    ("/roles/1", {"role": "handler"}, "/roles/1/role", "duplicate-name"),
    ("/stages/0/duties/1", SMALL["stages"][0]["duties"][0], "/stages/0/duties/1/duty", "duplicate-name"),
    (f"{DUTY}/before", "hearing.scheduled", f"{DUTY}/before", "two-anchors"),
    (f"{DUTY}/after", MISSING, f"{DUTY}/within", "anchor-missing"),
    (f"{DUTY}/within", None, f"{DUTY}/met_by", None),
    ("/effective_until", "2025-12-31", "/effective_until", "ends-before-it-begins"),
    ("/reviews", [{"review": "look"}], "/reviews/0", "one-rhythm"),
    ("/reviews", [{"review": "look", "every": "year", "after": "complaint.closed"}], "/reviews/0", "one-rhythm"),
    (
        "/admissibility/grounds",
        [{"ground": "old", "test": "conduct_too_old"}],
        "/admissibility/grounds/0/within",
        "period-missing",
    ),
    ("/support", [{"support": "s", "name": "S", "url": "http://x.example"}], "/support/0/url", "not-a-web-address"),
    ("/support", [{"support": "s", "name": "S", "url": "https://."}], "/support/0/url", "not-a-web-address"),
    ("/support", [{"support": "s", "name": "S", "url": "https://u:p@x.nl"}], "/support/0/url", "not-a-web-address"),
    ("/intake/kinds", ["signal"], "/intake/kinds", None),
    ("/intake/channels/0/counts_as", "signal", "/intake/channels/0/counts_as", None),
    (
        "/reports",
        [{"report": "r", "every": "year", "before": {"month": 2, "day": 30}}],
        "/reports/0/before/day",
        "no-such-day",
    ),
    ("/stages/0/opens_on/0/when", {"verdict": ["upheld"]}, "/stages/0/opens_on/0/when/verdict", "not-known-at-intake"),
    ("/calendar/closed_days", [SUMMER], "/calendar/closed_days/0/until", None),
    (
        "/calendar/closed_days",
        [{**SUMMER, "until": "2026-07-17"}],
        "/calendar/closed_days/0/until",
        "ends-before-it-begins",
    ),
    (
        "/calendar/closed_days",
        [{**SUMMER, "until": "2028-07-18"}, {**SUMMER, "date": "2029-07-18", "until": "2030-07-18"}],
        "/calendar/closed_days/1/until",
        "too-many",
    ),
    ("/calendar/closed_days", [{**SUMMER, "until": "9999-12-31"}], "/calendar/closed_days/0/until", "too-many"),
]


@pytest.mark.parametrize(("pointer", "value", "at", "code"), REFERENCES)
def test_parts_that_do_not_fit_together(pointer, value, at, code):
    told = found(changed(pointer, value))
    assert ((at, code) in told) if code else all(where != at for where, _ in told)


@pytest.mark.parametrize("word", ["instead", "extension", "suspension", "warn", "restarts_on"])
def test_a_duty_without_a_period_has_nothing_to_change(word):
    document = changed(f"{DUTY}/within", None)
    document["stages"][0]["duties"][0][word] = {
        "instead": [{"within": {"amount": 1, "unit": "days"}, "when": {}}],
        "extension": {"times": 1},
        "suspension": [{"cause": "repair"}],
        "warn": {"amount": 1, "unit": "days"},
        "restarts_on": ["complaint.completed"],
    }[word]
    assert found(document) == {(f"{DUTY}/{word}", "period-missing")}


_STAYS = {("/extension", "stated-stays"), ("/restarts_on", "stated-stays")}
STATED = {"duty": "reply", "stated": True, "after": "external.questioned", "met_by": "external.answered"}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ({}, set()),
        ({"each": True, "submission": "answer", "warn": {"amount": 1, "unit": "days"}}, set()),
        ({"within": {"amount": 1, "unit": "weeks"}}, set()),
        (
            {"within": {"amount": 1, "unit": "weeks"}, "suspension": [{"cause": "repair"}]},
            {("/suspension", "stated-stays")},
        ),
        ({"after": []}, {("/stated", "anchor-missing")}),
        ({"after": [], "before": "hearing.scheduled"}, {("/stated", "stated-before")}),
        ({"extension": {"times": 1}, "restarts_on": "complaint.completed"}, _STAYS),
        ({"each": True, "after": "external.acknowledged"}, {("/each", "not-named")}),
        ({"stated": False, "each": True, "after": []}, {("/each", "not-named")}),
        ({"submission": "defence", "met_by": "information.received"}, {("/submission", "nothing-handed-in")}),
        ({"submission": "speech"}, {("/submission", "not-one-of")}),
        ({"stated": "yes"}, {("/stated", "true-or-false")}),
    ],
)
def test_a_day_that_an_event_names(words, wanted):
    told = found(changed("/stages/0/duties/1", {**STATED, **words}))
    assert {(at.removeprefix("/stages/0/duties/1"), code) for at, code in told} == wanted
    assert told or value_of(changed("/stages/0/duties/1", {**STATED, **words})).stages[0].duties[1].has_term


def test_a_stage_and_its_body_do_not_share_the_name_of_a_duty():
    document = changed("/stages/0/body", "committee")
    document["bodies"] = [{"body": "committee", "kind": "disputes_committee", "duties": SMALL["stages"][0]["duties"]}]
    assert found(document) == {("/bodies/0/duties/0/duty", "duplicate-name")}


def test_everything_is_told_at_once_and_shapes_do_not_hide_references():
    document = changed("/stages/0/handled_by", "director")
    document["effective_from"] = "soon"
    document["stages"][0]["colour"] = "red"
    document["stages"][0]["duties"][0]["by"] = ["nobody", 3]
    document["stages"].append("not a stage")
    assert found(document) >= {
        ("/effective_from", "date-expected"),
        ("/stages/0/handled_by", "unknown-role"),
        ("/stages/0/colour", "unknown-word"),
        ("/stages/0/duties/0/by/0", "unknown-role"),
        ("/stages/0/duties/0/by/1", "text-expected"),
        ("/stages/1", "mapping-expected"),
    }


@pytest.mark.parametrize("document", [None, 3, "text", [], [SMALL]])
def test_what_is_no_mapping_is_no_procedure(document):
    assert found(document) == {("", "not-a-mapping")}


def test_depth_and_size_are_bounded():
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert found({**SMALL, "legal_basis": deep}) == {("", "too-deep")}
    assert ("", "too-large") in found({**SMALL, "legal_basis": ["x"] * 40_000})
    assert len(faults({**SMALL, "legal_basis": [1] * 5_000})) == 1_000


def test_sentences_do_not_repeat_what_was_written():
    secret = "jan.jansen@example.nl"
    document = {key: secret for key in SMALL} | {"roles": [{"role": secret, "members": secret}], "stages": [secret]}
    assert all(secret not in fault.message and secret not in fault.pointer for fault in faults(document))


def test_a_misspelt_word_gets_a_hint():
    hint = next(fault for fault in faults(changed("/stages/0/handeld_by", "x")) if fault.code == "unknown-word")
    assert hint.message == "The language has no such word here. Did you mean handled_by?"


@pytest.mark.parametrize(
    ("where", "written", "meant"),
    [
        ("/calendar", {"working_day": "mon-fri"}, "working_days"),
        ("/title", {"nl": "Klein", "en": "Small", "nll": "x"}, "nl"),
        ("/sources", {"X-01": {"nl": "Zo", "en": "So", "enn": "x"}}, "en"),
        ("/stages/0/answer", {"event": "decision.sent", "handled_by": "handler"}, None),
        (f"{DUTY}/handled_by", "handler", None),
        (f"{DUTY}/answer", {"event": "decision.sent"}, None),
        (f"{DUTY}/within", {"amount": 6, "unit": "weeks", "units": "weeks"}, "unit"),
        (f"{DUTY}/within", {"amount": 6, "unit": "weeks", "within": 6}, None),
        (f"{DUTY}/when", {"channels": ["email"]}, "channel"),
        (f"{DUTY}/suspension", [{"cause": "repair", "end_on": "term.resumed"}], "ends_on"),
        (f"{DUTY}/instead", [{"within": {"amount": 1, "unit": "days"}, "when": {"complexx": True}}], "complex"),
    ],
)
def test_only_a_word_that_may_stand_there_is_proposed(where, written, meant):
    hints = [fault.message for fault in faults(changed(where, written)) if fault.code == "unknown-word"]
    assert hints == ["The language has no such word here." + (f" Did you mean {meant}?" if meant else "")]


@pytest.mark.parametrize(
    ("pointer", "value", "at", "sentence"),
    [
        (
            f"{DUTY}/after",
            "complaint.recieved",
            f"{DUTY}/after",
            "This is not one of the events that can happen to a complaint. Did you mean complaint.received?",
        ),
        (
            f"{DUTY}/within/unit",
            "week",
            f"{DUTY}/within/unit",
            "Choose one of: days, weeks, working_days, months, years. Did you mean weeks?",
        ),
        (
            f"{DUTY}/within",
            "2 weken",
            f"{DUTY}/within",
            "Give a period as an amount and a unit: {amount: 5, unit: working_days}.",
        ),
    ],
)
def test_the_sentence_leads_to_the_right_word(pointer, value, at, sentence):
    assert [fault.message for fault in faults(changed(pointer, value)) if fault.pointer == at] == [sentence]


@pytest.mark.parametrize(
    ("pointer", "value", "meant"),
    [
        (f"{DUTY}/termijn", {"amount": 6, "unit": "weeks"}, "within"),
        (f"{DUTY}/within", {"amount": 6, "unit": "werkdagen"}, "working_days"),
        (f"{DUTY}/within", {"amount": 6, "unit": "werkdag"}, "working_days"),
        (f"{DUTY}/met_by", "Ontvangst_van_de_klacht", "complaint.received"),
        (f"{DUTY}/to", "klager", "complainant"),
        (f"{DUTY}/to", "klagers", "complainant"),
        ("/rollen", [{"role": "handler"}], "roles"),
        ("/intake/channels/0/channel", "telefoon", "phone"),
        ("/intake/channels/0/channel", "sms", None),
    ],
)
def test_a_dutch_word_leads_to_the_word_of_the_language(pointer, value, meant):
    messages = [fault.message for fault in faults(changed(pointer, value))]
    assert [message.partition(" Did you mean ")[2] for message in messages] == [f"{meant}?" if meant else ""]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ([{"role": "boss"}], True),
        ([{"role": "boss"}, {"role": 5}], False),
        ([{"role": "boss"}, {"role": "Handler"}], False),
        ([{"role": "boss"}, {"roll": "handler"}], False),
        ([{"role": "boss"}, "handler"], False),
        ({"role": "handler"}, False),
        ("handler", False),
        (None, False),
        (MISSING, False),
        ([], False),
    ],
)
def test_a_name_that_cannot_be_read_may_be_the_one_that_is_used(declared, told):
    assert (("/stages/0/handled_by", "unknown-role") in found(changed("/roles", declared))) is told


def test_a_list_under_a_misspelled_word_may_declare_the_name():
    for misspelled, used in (
        ({"bodeis": []}, {"body": "judge"}),
        ({"admisibility": {}}, {"duties": [{"duty": "x", "when": {"ground": ["too_old"]}}]}),
        ({"admissibility": {"ground": []}}, {"duties": [{"duty": "x", "when": {"ground": ["too_old"]}}]}),
    ):
        document = {**SMALL, **misspelled, "stages": [{**SMALL["stages"][0], **used}]}
        assert {code for _, code in found(document)} <= {"unknown-word", "missing"}


@pytest.mark.parametrize(
    ("pointer", "value", "places"),
    [
        (DUTY, {"duty": "x", "met_by": 5, "submission": "answer"}, {f"{DUTY}/met_by": "list-expected"}),
        (DUTY, {"duty": "x", "after": 5, "each": True}, {f"{DUTY}/after": "list-expected"}),
        (
            DUTY,
            {"duty": "x", "stated": "true", "after": "complaint.received", "warn": {"amount": 1, "unit": "days"}},
            {f"{DUTY}/stated": "true-or-false"},
        ),
        ("/sources", {"amount": "Veel"}, {}),
        (f"{DUTY}/after", None, {f"{DUTY}/after": "list-expected"}),
        (DUTY, {"duty": "x", "met_by": [], "submission": "answer"}, {f"{DUTY}/met_by": "too-few"}),
        (
            DUTY,
            {"duty": "x", "aftr": "complaint.received", "within": {"amount": 1, "unit": "days"}},
            {f"{DUTY}/aftr": "unknown-word"},
        ),
        (
            DUTY,
            {"duty": "x", "withn": {"amount": 1, "unit": "days"}, "warn": {"amount": 1, "unit": "days"}},
            {f"{DUTY}/withn": "unknown-word"},
        ),
        ("/reviews", [{"review": "x", "aftr": "complaint.closed"}], {"/reviews/0/aftr": "unknown-word"}),
        ("/reviews", [{"review": "x", "after": []}], {"/reviews/0/after": "text-expected"}),
        ("/stages/0/kind", "external", {"/stages/0/body": "body-missing"}),
        ("/stages/0/handled_by", "Director", {"/stages/0/handled_by": "not-a-name"}),
        (f"{DUTY}/each", True, {f"{DUTY}/each": "not-named"}),
        (DUTY, {"duty": "x", "after": "measure.recordd", "each": True}, {f"{DUTY}/after": "unknown-event"}),
        (
            DUTY,
            {"duty": "x", "met_by": "external.answred", "submission": "answer"},
            {f"{DUTY}/met_by": "unknown-event"},
        ),
        ("/stages/0/opens_on/0/when", {"categry": ["x"]}, {"/stages/0/opens_on/0/when/categry": "unknown-word"}),
    ],
)
def test_what_hangs_on_a_slip_is_not_told_beside_it(pointer, value, places):
    told = {place: code for place, code in found(changed(pointer, value)) if code != "missing"}
    assert told == places


def test_an_end_is_compared_with_no_beginning_that_is_none():
    document = {**SMALL, "effective_from": "20260101", "effective_until": "2026-12-31"}
    assert found(document) == {("/effective_from", "date-expected")}


@pytest.mark.parametrize("pointer", ["/intake/channels/0/channel", "/stages/0/kind", f"{DUTY}/met_by"])
def test_a_list_with_a_fault_in_it_is_not_called_too_short(pointer):
    assert "too-few" not in {code for _, code in found(changed(pointer, "zzz"))}


def test_the_schema_is_a_schema_with_a_description_for_every_word():
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    described = {**schema["$defs"], "Procedure": schema}
    assert not [
        (part, word)
        for part, said in described.items()
        for word, about in said.get("properties", {}).items()
        if not about.get("description")
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_schema_accepts_what_is_shipped(name):
    assert not list(Draft202012Validator(json_schema()).iter_errors(mapping_of(text_of(name))))


@pytest.mark.parametrize(("pointer", "value", "at", "code"), [row for row in SHAPES if row[1] is not MISSING][:16])
def test_the_schema_refuses_wrong_shapes_too(pointer, value, at, code):
    if isinstance(value, str) and code in ("date-expected", "time-expected"):
        return  # whether such a day or hour exists is a format, which a schema only suggests
    assert list(Draft202012Validator(json_schema()).iter_errors(changed(pointer, value)))


def test_a_procedure_survives_being_written_as_json():
    procedure = value_of(SMALL)
    assert Procedure.model_validate_json(procedure.model_dump_json(by_alias=True)) == procedure
