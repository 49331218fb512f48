"""How long a dossier stays: floors, ceilings, and what holds it."""

import pytest

from app.domain.retention import Retention
from tests.builders import Deed, did, dossier, outside, procedure, then

APRIL_24 = did("complaint.received", "2036-02-04")
HEARD = (
    did("party.heard", "2036-02-05", party="subject_of_complaint"),
    did("party.heard", "2036-02-05", party="complainant"),
)
ANSWERED = did("first_response.sent", "2036-02-06")
DECIDED = (*HEARD, did("decision.sent", "2036-02-06", verdict="not_upheld"))


def days(kept: Retention) -> tuple[str, ...]:
    return tuple(day.isoformat() if day else "-" for day in (kept.kept_from, kept.erase_from, kept.erase_by))


@pytest.mark.proves("JSO-18", "KK-24", "HSS-17")
@pytest.mark.parametrize(
    ("name", "answer", "closed", "expected"),
    [
        # JSO: at least a year; closed on a leap day is kept through 28 February
        ("jso", (ANSWERED,), "2036-02-29", ("2036-02-29", "2037-03-01", "2037-03-01")),
        ("jso", (ANSWERED,), "2036-03-05 23:30", ("2036-03-05", "2037-03-06", "2037-03-06")),
        # Klikklaar: until a year after; erasing is due the next day
        ("klikklaar", DECIDED, "2036-03-05", ("2036-03-05", "2037-03-06", "2037-03-06")),
        # the organisation's own two years
        ("hss", (*DECIDED[:-1], did("decision.sent", "2036-02-06")), "2036-03-05",
         ("2036-03-05", "2038-03-06", "2038-03-06")),
    ],
)  # fmt: skip
def test_from_when_and_by_when(name: str, answer: tuple[Deed, ...], closed: str, expected: tuple[str, ...]) -> None:
    found = dossier(name, APRIL_24, *answer)
    assert days(found.retention) == ("-", "-", "-")
    assert days(then(found, did("complaint.closed", closed)).retention) == expected


def test_a_floor_and_a_ceiling_apart() -> None:
    closed = dossier("training-institute", APRIL_24, did("complaint.closed", "2036-03-05", outcome="resolved"))
    assert days(closed.retention) == ("2036-03-05", "2037-03-06", "2038-03-06")


def test_withdrawing_ends_the_handling_too() -> None:
    assert days(dossier("jso", APRIL_24, did("complaint.withdrawn", "2036-03-05")).retention)[1] == "2037-03-06"


@pytest.mark.proves("JSO-18")
def test_under_jso_the_last_closing_counts() -> None:
    """A-30: dissatisfaction takes it up again, and the year starts anew."""
    found = dossier(
        "jso",
        APRIL_24,
        ANSWERED,
        did("complaint.closed", "2036-02-07"),
        did("dissatisfaction.received", "2036-03-03"),
        did("second_response.sent", "2036-03-05"),
    )
    assert days(found.retention) == ("-", "-", "-")
    assert days(then(found, did("complaint.closed", "2036-03-06")).retention)[1] == "2037-03-07"


@pytest.mark.proves("KK-24")
def test_under_klikklaar_the_closing_by_the_chair_counts_and_an_open_appeal_holds() -> None:
    """A-12: after the appeal, erasing may be due at once."""
    found = dossier(
        "klikklaar",
        APRIL_24,
        *DECIDED,
        did("complaint.closed", "2036-02-07"),
        did("objection.received", "2037-01-05"),
    )
    assert found.retention.held_by == ("open_appeal",)
    found = then(found, did("appeal_decision.sent", "2037-02-16"), did("complaint.closed", "2037-02-17"))
    assert days(found.retention) == ("2036-02-07", "2037-02-08", "2037-02-08")
    assert found.retention.held_by == ()


@pytest.mark.proves("KK-24", "KK-33")
@pytest.mark.parametrize(
    ("deeds", "held"),
    [
        ((), ()),
        ((did("legal_hold.placed", "2036-03-06"),), ("legal_hold",)),
        ((did("legal_hold.placed", "2036-03-06"), did("legal_hold.lifted", "2036-03-07", lifts=7)), ()),
        (
            (
                did("legal_hold.placed", "2036-03-06"),
                did("legal_hold.placed", "2036-03-06"),
                did("legal_hold.lifted", "2036-03-07", lifts=7),
            ),
            ("legal_hold",),
        ),
        ((did("parallel_route.recorded", "2036-03-06", route="civil_court"),), ("parallel_route",)),
        (
            (
                did("parallel_route.recorded", "2036-03-06", route="civil_court"),
                did("legal_hold.lifted", "2036-03-07", lifts=7),
            ),
            (),
        ),
    ],
)
def test_what_holds_a_dossier(deeds: tuple[Deed, ...], held: tuple[str, ...]) -> None:
    found = dossier("klikklaar", APRIL_24, *DECIDED, did("complaint.closed", "2036-03-05"))
    assert len(found.events) == 6  # the acknowledgement was late
    found = then(found, *deeds)
    assert found.retention.held_by == held
    assert days(found.retention)[2] == "2037-03-06"


def test_an_open_external_case_holds() -> None:
    found = dossier(
        "jso",
        APRIL_24,
        ANSWERED,
        did("dissatisfaction.received", "2036-02-07"),
        did("second_response.sent", "2036-02-08"),
    )
    assert outside(found, "escalation.requested", "2036-02-11").retention.held_by == ("open_external_case",)


def test_a_procedure_says_what_holds_and_from_when_it_is_kept() -> None:
    rules = procedure("klikklaar").model_dump(by_alias=True)
    rules["retention"] |= {"held_by": ["parallel_route"], "after": "decision.sent"}
    other = type(procedure("klikklaar")).model_validate(rules)
    found = dossier(
        other, APRIL_24, *DECIDED, did("complaint.closed", "2036-03-05"), did("legal_hold.placed", "2036-03-06")
    )
    assert found.retention.held_by == ()
    assert days(found.retention) == ("2036-02-06", "2037-02-07", "2037-02-07")


@pytest.mark.proves("KK-24")
def test_klikklaar_keeps_it_from_when_the_chair_was_done_with_it_also_where_nobody_closed_it() -> None:
    appeal = (
        did("objection.received", "2036-03-10"),
        did("appeal_decision.sent", "2036-04-01"),
        did("complaint.closed", "2036-04-10"),
    )
    found = dossier("klikklaar", APRIL_24, *DECIDED, *appeal)  # decided on 6 February
    assert days(found.retention)[2] == "2037-02-07"
