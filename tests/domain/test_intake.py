"""What is asked of a complaint when it comes in, and what kind of thing it is."""

from datetime import date
from typing import Any

import pytest

from app.domain.intake import Intake, authority_missing, faults, is_minor, kind_of
from tests.builders import at, procedure

NOW = at("2036-04-25")
GIVEN = frozenset({"description", "complainant_name_or_organisation", "complainant_contact", "received_by"})


def intake(**known: Any) -> Intake:
    return Intake(**{"channel": "email", "received_at": at("2036-04-24"), "given": GIVEN, **known})


def found(name: str, **known: Any) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in faults(procedure(name), intake(**known), NOW)}


@pytest.mark.proves("JSO-01", "JSO-03", "JSO-05", "SO-01", "SO-06", "HSS-10", "BNW-01", "BNW-02")
@pytest.mark.parametrize(
    ("name", "field", "allowed", "refused"),
    [
        ("jso", "channel", ["email", "web_form", "phone"], "post"),
        ("jso", "complainant_type", ["customer", "visitor", None], "patient"),
        ("jso", "subject_kind", ["act", "decision", "omission"], "attitude"),
        ("jso", "kind", ["complaint", None], "signal"),
        ("klikklaar", "channel", ["email", "post", "web_form", "phone", "oral"], "portal"),
        ("so-trainingsbureau", "channel", ["oral", "phone", "email", "post", "web_form"], "portal"),
        ("so-trainingsbureau", "kind", ["signal", "complaint", "enquiry"], "out_of_scope"),
        (
            "so-trainingsbureau",
            "complainant_type",
            ["client", "former_client", "legal_representative", "proxy", "next_of_kin"],
            "tenant",
        ),
        ("hss", "channel", ["post", "email", "web_form", "phone", "oral"], "portal"),
        ("bijstand-naar-werk", "channel", ["phone", "email", "post", "web_form"], "oral"),
        ("bijstand-naar-werk", "category", ["anything", "at_all"], None),
        ("housing-corporation", "category", ["repairs", "rent_level"], "weather"),
    ],
)
def test_the_words_of_the_procedure(name: str, field: str, allowed: list[str], refused: str | None) -> None:
    for value in allowed:
        assert found(name, **{"channel": default(name), field: value}) == set()
    if refused:
        [(pointer, code)] = found(name, **{"channel": default(name), field: refused})
        assert (pointer.lower().lstrip("/"), code) == (field.replace("_", ""), "not-in-procedure")


def default(name: str) -> str:
    return "portal" if name == "housing-corporation" else "email"


@pytest.mark.proves("HSS-06")
def test_the_marks_by_which_a_complaint_is_recognised() -> None:
    assert found("hss", recognition_marks=("word_complaint_used", "behaviour_blamed")) == set()
    assert found("hss", recognition_marks=("loud",)) == {("/recognitionMarks", "not-in-procedure")}


@pytest.mark.proves("JSO-09", "BNW-03", "HSS-02")
@pytest.mark.parametrize(
    ("name", "channel", "given", "expected"),
    [
        ("jso", "email", set(), {"/description", "/complainant/name"}),
        ("jso", "email", {"description", "complainant_name_or_organisation"}, set()),
        ("jso", "email", {"description", "complainant_organisation"}, set()),  # either will do
        ("bijstand-naar-werk", "email", {"description"}, {"/complainant/email"}),
        ("bijstand-naar-werk", "email", {"description", "complainant_contact"}, set()),
        ("hss", "phone", {"description"}, {"/receivedBy"}),
        ("hss", "oral", {"description", "received_by"}, set()),
        ("hss", "post", {"description"}, set()),
    ],
)
def test_what_must_be_there(name: str, channel: str, given: set[str], expected: set[str]) -> None:
    assert {pointer for pointer, _ in found(name, channel=channel, given=frozenset(given))} == expected


@pytest.mark.proves("X-02")
@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"received_at": at("2036-04-25 12:04")}, set()),  # a clock a little ahead
        ({"received_at": at("2036-04-25 12:06")}, {("/receivedAt", "in-the-future")}),
        ({"received_at": at("2035-01-01")}, set()),
        ({"conduct_on": date(2036, 4, 24)}, set()),
        ({"conduct_on": date(2036, 4, 25)}, {("/conductOn", "after-receipt")}),
        ({"conduct_on": date(2026, 4, 25)}, set()),
        ({"born_on": date(2036, 4, 25)}, {("/complainant/bornOn", "after-receipt")}),
    ],
)
def test_days_in_order(known: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert found("jso", **known) == expected


@pytest.mark.proves("SO-08")
@pytest.mark.parametrize(
    ("name", "born", "filed_by", "alone"),
    [
        ("so-trainingsbureau", date(2024, 4, 24), None, True),  # twelve today
        ("so-trainingsbureau", date(2024, 4, 25), None, False),  # twelve tomorrow
        ("so-trainingsbureau", date(2024, 4, 25), "parent", True),
        ("so-trainingsbureau", date(2024, 4, 25), "guardian", True),
        ("so-trainingsbureau", date(2024, 4, 25), "proxy", False),
        ("so-trainingsbureau", None, None, True),
        ("jso", date(2030, 1, 1), None, True),  # no minimum age
        ("school", date(2018, 4, 25), None, False),  # eighteen tomorrow
    ],
)
def test_from_which_age_someone_complains_alone(
    name: str, born: date | None, filed_by: str | None, alone: bool
) -> None:
    asked = set() if alone else {("/complainant/bornOn", "guardian-required")}
    assert found(name, born_on=born, filed_by=filed_by) == asked


def test_of_whoever_was_born_after_the_complaint_no_age_is_told() -> None:
    told = {("/complainant/bornOn", "after-receipt")}
    assert found("so-trainingsbureau", born_on=date(2036, 4, 25), filed_by=None) == told


@pytest.mark.parametrize(("born", "minor"), [(None, None), (date(2018, 4, 24), False), (date(2018, 4, 25), True)])
def test_a_minor_is_under_eighteen_on_the_filing_date(born: date | None, minor: bool | None) -> None:
    assert is_minor(intake(born_on=born)) is minor


@pytest.mark.proves("KK-02", "SO-01", "SO-07")
@pytest.mark.parametrize(
    ("name", "known", "missing"),
    [
        ("so-trainingsbureau", {"filed_by": "proxy"}, True),
        ("so-trainingsbureau", {"filed_by": "proxy", "authority_shown": True}, False),
        ("so-trainingsbureau", {"complainant_type": "client", "filed_by": "parent"}, False),
        ("so-trainingsbureau", {"complainant_type": "client", "filed_by": "legal_representative"}, False),
        ("klikklaar", {"complainant_type": "proxy"}, True),
        ("klikklaar", {"complainant_type": "customer"}, False),
        ("jso", {}, False),
    ],
)
def test_a_proxy_shows_authority(name: str, known: dict[str, Any], missing: bool) -> None:
    assert authority_missing(procedure(name), intake(**known)) is missing
    assert found(name, **known) == set()  # never dropped for it


@pytest.mark.proves("KK-03", "SO-04", "SO-24", "HSS-07")
@pytest.mark.parametrize(
    ("name", "known", "kind"),
    [
        ("jso", {"channel": "phone"}, "complaint"),
        ("klikklaar", {"channel": "email"}, "complaint"),
        ("klikklaar", {"channel": "phone"}, "signal"),
        ("klikklaar", {"channel": "phone", "kind": "complaint"}, "signal"),  # only what is written is a complaint
        ("so-trainingsbureau", {"channel": "oral"}, "complaint"),
        ("so-trainingsbureau", {"channel": "oral", "kind": "signal"}, "signal"),
        ("so-trainingsbureau", {"kind": "enquiry"}, "enquiry"),
        ("hss", {}, "complaint"),
        ("hss", {"category": "administration_fees"}, "out_of_scope"),
        ("hss", {"category": "administration_fees", "kind": "complaint"}, "out_of_scope"),
    ],
)
def test_what_kind_of_thing_it_is(name: str, known: dict[str, Any], kind: str) -> None:
    assert kind_of(procedure(name), intake(**known)) == kind


def test_settled_at_intake_only_where_the_procedure_says_so() -> None:
    assert found("jso", resolved_at_once=True) == set()
    assert found("hss", resolved_at_once=True) == {("/resolvedAtOnce", "not-in-procedure")}


def test_what_is_missing_is_told_where_a_request_gives_it() -> None:
    assert found("municipality", channel="post", given=frozenset[str]()) == {
        ("/description", "required"),
        ("/complainant/name", "required"),
        ("/complainant/address", "required"),
    }
    assert found("bijstand-naar-werk", given=frozenset({"description"})) == {("/complainant/email", "required")}


@pytest.mark.proves("SO-08")
@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"conduct_on": date(2040, 1, 1)}, {("/conductOn", "after-receipt")}),
        ({"born_on": date(2040, 1, 1)}, {("/complainant/bornOn", "after-receipt")}),
        ({"born_on": date(2030, 1, 1)}, {("/complainant/bornOn", "guardian-required")}),
    ],
)
def test_what_is_received_in_the_future_is_looked_at_as_if_it_were_now(known: Any, told: set[Any]) -> None:
    ahead = {("/receivedAt", "in-the-future")}
    assert found("so-trainingsbureau", received_at=at("2050-01-01"), **known) == ahead | told
