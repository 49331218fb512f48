"""Our own cases come out, and the replay misses nothing: each wrong answer and each unreadable case is reported."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.replay import differences, replay, replay_text

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text("utf-8"))["cases"]
KINDS = ("deadline", "term_state", "limitation", "extension_validity", "age_rule", "periodic", "backward")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['kind']}")
def test_case(case: dict[str, Any]) -> None:
    assert differences(case) == [], case["why"]


def test_every_kind_has_cases_of_its_own() -> None:
    assert {case["kind"] for case in CASES} == set(KINDS)
    assert len({case["id"] for case in CASES}) == len(CASES)


def test_a_whole_document_is_summed_up() -> None:
    wrong = copy.deepcopy(CASES[0])
    wrong["expected"]["due_date"] = "2026-05-05"
    done = replay({"cases": [*CASES, wrong]})
    assert done.summary == f"{len(CASES)} passed, 1 failed"
    assert done.lines == ("O001 deadline JSO-11: due_date should be 2026-05-05, is 2026-05-04",)
    assert (done.exit_code, replay({"cases": CASES}).exit_code) == (1, 0)


@pytest.mark.parametrize("case", [next(case for case in CASES if case["kind"] == kind) for kind in KINDS])
def test_every_expected_field_is_compared(case: dict[str, Any]) -> None:
    for name in case["expected"]:
        for wrong in ("nonsense", None, 41):
            changed = copy.deepcopy(case)
            if changed["expected"][name] == wrong:
                continue
            changed["expected"][name] = wrong
            assert [name in line for line in differences(changed)] == [True], (name, wrong)


def test_a_field_that_we_do_not_compute_is_a_difference() -> None:
    case = copy.deepcopy(CASES[0])
    case["expected"]["lucky_number"] = 7
    assert differences(case) == ["lucky_number is not something we compute for this kind of case"]


def test_the_last_second_is_given_in_local_time_and_the_breach_as_an_instant() -> None:
    case = copy.deepcopy(CASES[0])
    case["expected"] = {"breach_from": "2026-05-04T22:00:00+00:00"}
    assert differences(case) == []
    case["expected"] = {"due_at": "2026-05-04T21:59:59Z"}
    assert len(differences(case)) == 1


def test_true_is_not_one() -> None:
    case = next(copy.deepcopy(case) for case in CASES if case["kind"] == "limitation")
    case["expected"] = {"admissible": 0}
    assert len(differences(case)) == 1


UNREADABLE: list[Any] = [
    None,
    "a case",
    {},
    {"kind": "horoscope", "expected": {"a": 1}},
    {"kind": ["deadline"], "expected": {"a": 1}},
    {"kind": "deadline"},
    {"kind": "deadline", "expected": {}},
    {"kind": "deadline", "expected": {"due_date": "2026-01-01"}},
    {
        "kind": "periodic",
        "input": {"period": "2026-Q5", "completed_at": [], "as_of": "x"},
        "expected": {"state": "met"},
    },
    {**CASES[0], "rule": {"amount": 5, "unit": "hours"}},
    {**CASES[0], "rule": {"amount": 5}},
    {**CASES[0], "start": "yesterday"},
    {**CASES[0], "start": "2026-04-24T12:00:00"},
    {**CASES[0], "calendar": "BE"},
    {**CASES[0], "roll_forward": "backwards"},
    {**CASES[0], "extensions": [{"notified_at": "2026-04-24T12:00:00+02:00"}]},
    {**CASES[0], "suspensions": [{"ended": "2026-04-24"}]},
    {**CASES[0], "rule": {"amount": 9999, "unit": "years"}},
]


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_fails_with_one_sentence(case: Any) -> None:
    done = replay({"cases": [case, CASES[0]]})
    assert (done.passed, done.failed) == (1, 1)
    assert len(done.lines) == 1
    assert "\n" not in done.lines[0]


@pytest.mark.parametrize("document", [None, [], {}, {"cases": {}}, {"cases": []}, 5])
def test_a_document_without_cases_fails(document: Any) -> None:
    assert replay(document).exit_code == 1


def test_a_file_is_read_as_json() -> None:
    assert replay_text(json.dumps({"cases": CASES})).failed == 0
    assert replay_text("{").lines == ("the file is not JSON",)
    assert replay_text("[" * 100_000).exit_code == 1
