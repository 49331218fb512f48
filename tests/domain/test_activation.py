"""What keeps a procedure from coming into force, also of one that cannot be read whole."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.api.schemas.filings import ComplaintFiling, Person
from app.domain.activation import activation_faults
from app.domain.validation import faults
from app.domain.vocabulary import RegisterField
from tests.domain.test_procedure_validation import SMALL

CROSSED = ("/retention/minimum", "retention-crossed")
KEPT: dict[str, Any] = {"retention": {"maximum": {"amount": 1, "unit": "years"}}}


@pytest.mark.parametrize(
    ("retention", "code"),
    [
        (None, "retention-missing"),
        ({}, "retention-missing"),
        ({"minimum": {"amount": 1, "unit": "years"}}, "retention-missing"),
        ({"minimum": {"amount": 13, "unit": "months"}, "maximum": {"amount": 1, "unit": "years"}}, "retention-crossed"),
        ({"maximum": {"amount": 1, "unit": "years"}}, None),
        ({"minimum": {"amount": 12, "unit": "months"}, "maximum": {"amount": 1, "unit": "years"}}, None),
    ],
)
@pytest.mark.proves("HSS-17")
def test_no_retention_period_no_activation(retention, code):
    document = {**SMALL, "retention": retention}
    assert faults(document) == []
    assert [fault.code for fault in activation_faults(document)] == ([code] if code else [])


@pytest.mark.parametrize("field", get_args(RegisterField))
def test_what_is_known_only_later_is_not_asked_at_intake(field):
    """A procedure that comes into force is one under which a complaint can be filed: everything asked can be given."""
    document = {**SMALL, **KEPT, "register": {"required_at_intake": ["description", field]}}
    assert faults(document) == []
    given = {*ComplaintFiling.model_fields} | {"subject", "received_on", "status", "reference"}
    given |= {f"complainant_{name}" for name in (*Person.model_fields, "contact", "name_or_organisation")}
    refused = [] if field in given else [("/register/required_at_intake/1", "not-at-intake")]
    assert [(fault.pointer, fault.code) for fault in activation_faults(document)] == refused


@pytest.mark.parametrize(
    ("kind", "step", "refused"),
    [
        ("formal", {"met_by": "body.informed", "waivable": False}, True),
        ("formal", {"met_by": "appeal_decision.sent", "waivable": False}, True),
        ("formal", {"met_by": "body.informed"}, False),  # it can be skipped: a question is enough
        ("formal", {"met_by": "body.informed", "waivable": False, "expected_only": True}, False),
        ("formal", {"met_by": "party.heard", "waivable": False}, False),
        ("external", {"met_by": "body.informed", "waivable": False}, False),  # a body waits for no step of ours
    ],
)
def test_a_step_that_nothing_meets_and_nobody_may_skip_keeps_it_out_of_force(kind, step, refused):
    stage = {**SMALL["stages"][0], "kind": kind, "before_answer": [{"step": "told", **step}]}
    document = {**SMALL, **KEPT, "stages": [stage if kind == "formal" else {**stage, "body": "judge"}]}
    document |= {} if kind == "formal" else {"bodies": [{"body": "judge", "name": "De rechter", "kind": "civil_court"}]}
    assert faults(document) == []
    found = activation_faults(document)
    where = "/stages/0/before_answer/0/met_by"
    assert [(fault.pointer, fault.code) for fault in found] == ([(where, "step-cannot-be-met")] if refused else [])


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"form": "written"}, {"form"}),
        ({"grounds": ["unsatisfactory"]}, {"grounds"}),
        ({"form": "oral_with_note", "grounds": ["unsatisfactory"]}, {"form", "grounds"}),
        ({"form": "any", "verdicts": ["not_upheld"], "within": {"amount": 1, "unit": "years"}}, set()),
    ],
)
def test_a_request_to_a_body_is_asked_for_nothing_that_it_cannot_say(asked, refused):
    """Such a request would be refused for ever, and the complainant would be kept from the body."""
    opening = {"event": "escalation.requested", "after": "handling", **asked}
    outside = {"stage": "outside", "kind": "external", "body": "committee", "opens_on": [opening]}
    bodies = [{"body": "committee", "name": "Commissie", "kind": "disputes_committee"}]
    document = {**SMALL, **KEPT, "stages": [*SMALL["stages"], outside], "bodies": bodies}
    assert faults(document) == []
    assert {(fault.pointer, fault.code) for fault in activation_faults(document)} == {
        (f"/stages/1/opens_on/0/{name}", "not-of-a-body") for name in refused
    }


@pytest.mark.parametrize(
    ("shortest", "longest", "crossed"),
    [
        ((1, "years"), (12, "months"), False),
        ((5, "years"), (60, "months"), False),
        ((13, "months"), (1, "years"), True),
        ((731, "days"), (2, "years"), False),  # as many, where a leap day lies in them
        ((368, "days"), (1, "years"), False),  # nearly
        ((380, "days"), (1, "years"), True),
        ((262, "working_days"), (1, "years"), False),
        ((3, "years"), (730, "days"), True),
        ((53, "weeks"), (1, "months"), True),
        ((2, "years"), (1, "years"), True),
    ],
)
def test_periods_cross_when_the_one_is_surely_longer(shortest, longest, crossed):
    minimum, maximum = ({"amount": amount, "unit": unit} for amount, unit in (shortest, longest))
    document = {**SMALL, "retention": {"minimum": minimum, "maximum": maximum}}
    assert [(each.pointer, each.code) for each in activation_faults(document)] == ([CROSSED] if crossed else [])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"effective_from": "0001-01-01"}, {("/effective_from", "out-of-range")}),
        ({"effective_until": "9999-12-31"}, {("/effective_until", "out-of-range")}),
        (
            {"calendar": {"closed_days": [{"date": "0001-01-01", "until": "0001-01-02", "name": ""}]}},
            {
                *(("/calendar/closed_days/0/date", "out-of-range"), ("/calendar/closed_days/0/until", "out-of-range")),
                ("/calendar/closed_days/0/name", "blank"),
            },
        ),
        ({"title": "\u200b", "legal_basis": ["Wkkgz", " "]}, {("/title", "blank"), ("/legal_basis/1", "blank")}),
        ({"title": {"nl": " ", "en": "Complaints"}, "withdrawal": "", "handler_source": ""}, {("/title/nl", "blank")}),
        *(
            (
                {"stages": [{**SMALL["stages"][0], "answer": {"event": event}}]},
                {("/stages/0/answer/event", "not-an-answer")},
            )
            for event in ("complaint.purged", "complaint.received", "escalation.requested")
        ),
    ],
)
def test_what_nobody_can_count_with_read_or_answer_by_keeps_it_out_of_force(changed, told):
    document = {**SMALL, **KEPT, **changed}
    assert {(fault.pointer, fault.code) for fault in activation_faults(document)} == told


# Each keeps it out of force: a field that is not known yet, a step that cannot happen, a form for a request to a body,
# and the periods of keeping.
SHUT: dict[str, Any] = {
    **SMALL,
    "register": {"required_at_intake": ["description", "verdict"]},
    "stages": [
        {
            **SMALL["stages"][0],
            "before_answer": [{"step": "told", "met_by": "inadmissibility.notified", "waivable": False}],
        },
        {
            "stage": "outside",
            "kind": "external",
            "body": "committee",
            "opens_on": [{"event": "escalation.requested", "after": "handling", "form": "written"}],
        },
    ],
    "bodies": [{"body": "committee", "name": "Commissie", "kind": "disputes_committee"}],
    "retention": {"minimum": {"amount": 2, "unit": "years"}, "maximum": {"amount": 1, "unit": "years"}},
}
LATER = ("/register/required_at_intake/1", "not-at-intake")
STEP = ("/stages/0/before_answer/0/met_by", "step-cannot-be-met")
FORM = ("/stages/1/opens_on/0/form", "not-of-a-body")
ALL = {LATER, STEP, FORM, CROSSED}


def with_changes(changes: dict[str, Any]) -> dict[str, Any]:
    document = deepcopy(SHUT)
    for pointer, value in changes.items():
        *path, last = pointer.strip("/").split("/")
        place: Any = document
        for part in path:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[int(last) if isinstance(place, list) else last] = value
    return document


def told(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in activation_faults(document, faults(document))}


@pytest.mark.parametrize(
    ("changes", "hidden"),
    [
        ({}, set()),
        # nothing hangs on these
        ({"/title": 5}, set()),
        ({"/procedure": "Niet Goed"}, set()),
        ({"/effective_from": "gisteren"}, set()),
        ({"/roles/0/role": "!"}, set()),
        ({"/stages/0/duties/0/within/unit": "fortnight"}, set()),
        ({"/stages/0/opens_on/0/evnt": "x"}, set()),
        ({"/intake/complainants/0/type": "x"}, set()),
        ({"/retention/then": "x"}, set()),
        ({"/register/in_progress": 5}, set()),
        ({"/zz": 1}, {STEP}),  # which may be admissibility
        ({"/admissibility": {"decided_by": "handler"}}, set()),
        # a list that cannot be read may hold what it would take
        ({"/admissibility": {"grounds": 5}}, {STEP}),
        ({"/admissibility": 5}, {STEP}),
        ({"/admissibility": {"ground": []}}, {STEP}),
        ({"/admissibility": {"grounds": ["zz"]}}, {STEP}),
        ({"/admissibility": {"grounds": []}}, set()),
        # the step itself
        ({"/stages/0/before_answer/0/waivable": "no"}, {STEP}),
        ({"/stages/0/before_answer/0/expected_onl": True}, {STEP}),
        ({"/stages/0/before_answer/0/met_by": "x"}, {STEP}),
        ({"/stages/0/before_answer/0/met_by": ["inadmissibility.notified"]}, {STEP}),
        ({"/stages/0/kind": "x"}, {STEP}),
        ({"/stages/0/kind": "external"}, {STEP}),
        # the opening, the register and the retention themselves
        ({"/stages/1/opens_on/0/event": "x"}, {FORM}),
        ({"/stages/1/opens_on/0/form": "x"}, {FORM}),
        ({"/stages/1/opens_on": "x"}, {FORM}),
        ({"/register": []}, {LATER}),
        ({"/register/required_at_intake": "verdict"}, {LATER}),
        ({"/retention/minimum/amount": 500}, {CROSSED}),
        ({"/retention/maximum/unit": "x"}, {CROSSED}),
        ({"/retention/maximum": 5}, {CROSSED}),
        ({"/retention": 5}, {CROSSED}),
        ({"/stages": 5}, {STEP, FORM}),
    ],
    ids=range(33),
)
def test_beside_what_cannot_be_read_the_rest_is_told(changes: dict[str, Any], hidden: set[tuple[str, str]]) -> None:
    assert told(with_changes(changes)) == ALL - hidden


@pytest.mark.parametrize(
    ("event", "changes", "happens"),
    [
        ("enquiry.received", {}, False),
        ("enquiry.received", {"/intake/kinds": ["complaint", "enquiry"]}, True),
        ("enquiry.received", {"/intake/kinds": "enquiry"}, True),  # a list of one is written as a list here
        ("enquiry.received", {"/intake/kind": ["enquiry"]}, True),
        ("enquiry.received", {"/intake/channels/0/counts_as": "enquiry"}, True),
        ("enquiry.received", {"/intake/channels/0/counts_as": "x"}, True),
        ("enquiry.received", {"/intake/channels/0/counts": "enquiry"}, True),
        ("enquiry.received", {"/intake/channels/0/channel": "x"}, False),
        ("objection.received", {}, False),
        ("objection.received", {"/stages/1/opens_on/0/event": "objection.received"}, True),
        ("objection.received", {"/stages/1/opens_on/0/event": "x"}, True),
        ("objection.received", {"/stages/1/opens_on/0/evnt": "x"}, False),
        ("parallel_route.recorded", {}, False),
        ("parallel_route.recorded", {"/parallel_routes": 5}, True),
        ("external_decision.received", {}, False),
        ("decision.answered", {}, False),
        ("decision.answered", {"/stages/1/answer": 5}, True),
        ("decision.answered", {"/stages/1/answer": {"event": "x"}}, True),
        ("decision.answered", {"/stages/1/answr": {}}, True),
        ("decision.answered", {"/stages/1/answer": {"event": "external_decision.received"}}, True),
        ("appeal_decision.sent", {"/stages/1/answer": {"event": "x"}}, False),  # an answer belongs to its stage
        ("appeal_decision.sent", {"/stages/0/answer": {"event": "x"}}, True),
        ("party.heard", {}, True),
        ("dossier.sealed", {}, True),
        ("dossier.sealed", {"/bodies": []}, False),
        ("dossier.sealed", {"/bodies": [5]}, True),
    ],
)
def test_whether_a_step_can_happen_is_only_told_when_it_is_sure(
    event: str, changes: dict[str, Any], happens: bool
) -> None:
    found = told(with_changes({"/stages/0/before_answer/0/met_by": event, **changes}))
    assert (STEP in found) is not happens


def places(value: Any, path: str = "") -> Iterator[str]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield f"{path}/{key}"
        yield from places(each, f"{path}/{key}")


@given(
    some.lists(some.sampled_from(sorted(places(SHUT))), min_size=1, max_size=3),
    some.sampled_from([5, None, True, "x", "", [], ["x"], {}, {"x": 1}]),
)
def test_nothing_is_told_that_mending_what_cannot_be_read_undoes(pointers: list[str], value: Any) -> None:
    """What was meant may be what stands in SHUT: under that no more holds than what is told of it."""
    document = deepcopy(SHUT)
    for pointer in pointers:
        try:
            document = _set(document, pointer, value)
        except (KeyError, IndexError, TypeError, ValueError):  # what it is in was changed already
            continue
    found = faults(document)
    if found and all(any(each.pointer.startswith(pointer) for each in found) for pointer in pointers):
        lacking = {(place, "retention-missing") for place in ("/retention", "/retention/maximum")}
        assert told(document) <= ALL | lacking


def _set(document: Any, pointer: str, value: Any) -> Any:
    head, _, rest = pointer.strip("/").partition("/")
    key = int(head) if isinstance(document, list) else head
    document[key] = _set(document[key], rest, value) if rest else value
    return document
