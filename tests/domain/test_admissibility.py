"""Grounds for not handling a complaint: proposed from the facts, never decided here."""

from typing import Any

import pytest

from app.domain.dossier import Dossier
from tests.builders import did, dossier, then


def proposed(found: Dossier) -> list[tuple[str, bool, str | None]]:
    return [
        (each.ground.ground, each.must_refuse, each.limit_on.isoformat() if each.limit_on else None)
        for each in found.proposals
    ]


def filed(name: str, **facts: Any) -> Dossier:
    return dossier(name, did("complaint.received", "2036-04-24", **facts))


@pytest.mark.proves("SO-14", "BNW-06")
@pytest.mark.parametrize(
    ("received", "conduct_on", "limit"),
    [
        ("2036-04-24", "2035-04-24", None),  # exactly a year ago
        ("2036-04-24", "2035-04-23", "2035-04-24"),  # longer than a year
        ("2036-02-29", "2035-02-28", None),  # leap day: a year back is 28 February
        ("2036-02-29", "2035-02-27", "2035-02-28"),
        ("2037-02-28", "2036-02-28", None),
        ("2036-04-24", None, None),  # not known
    ],
)
def test_conduct_of_longer_than_a_year_ago(received: str, conduct_on: str | None, limit: str | None) -> None:
    for name, must in (("so-trainingsbureau", False), ("bijstand-naar-werk", True)):
        found = dossier(name, did("complaint.received", received, conduct_on=conduct_on))
        assert proposed(found) == ([("too_old", must, limit)] if limit else [])


@pytest.mark.proves("KK-07")
@pytest.mark.parametrize(
    ("arose", "last"),
    [
        ("2035-04-24", None),  # twelve months on: the same day is the last
        ("2035-04-23", "2036-04-23"),
    ],
)
def test_twelve_months_from_when_it_arose(arose: str, last: str | None) -> None:
    found = filed("klikklaar", conduct_on=arose)
    assert proposed(found) == ([("too_late", False, last)] if last else [])
    assert found.situation.state == "open"


@pytest.mark.proves("KK-06")
def test_a_promoted_signal_is_filed_on_the_day_of_promotion() -> None:
    found = dossier("klikklaar", did("signal.received", "2036-04-24", channel="phone", conduct_on="2035-05-01"))
    assert proposed(found) == []
    found = then(found, did("signal.promoted", "2036-05-06", ground="not_resolved"))
    assert proposed(found) == [("too_late", False, "2036-05-01")]


@pytest.mark.proves("JSO-04")
@pytest.mark.parametrize("name", ["jso", "hss"])
def test_without_grounds_nothing_is_proposed(name: str) -> None:
    assert proposed(filed(name, conduct_on="2026-04-24", earlier_complaint="JSO-7F3K-Q9XD", anonymous=True)) == []


@pytest.mark.proves("SO-13", "SO-15")
@pytest.mark.parametrize(
    ("name", "facts", "ground"),
    [
        ("so-trainingsbureau", {"earlier_complaint": "SO-7F3K-Q9XD"}, "already_handled"),
        ("so-trainingsbureau", {"circumstances": ["criminal_proceedings"]}, "criminal_proceedings"),
        ("workplace", {"anonymous": True}, "anonymous"),
        ("workplace", {"circumstances": ["incomplete"]}, "incomplete"),
        ("municipality", {"circumstances": ["objection_or_appeal_open"]}, "objection_possible"),
        ("municipality", {"circumstances": ["abusive"]}, None),
    ],
)
def test_grounds_that_somebody_tells(name: str, facts: dict[str, Any], ground: str | None) -> None:
    assert [each for each, _, _ in proposed(filed(name, **facts))] == ([ground] if ground else [])


def test_what_is_learned_later_counts_too() -> None:
    found = filed("bijstand-naar-werk")
    assert proposed(found) == []
    assert proposed(then(found, did("register.updated", "2036-04-25", conduct_on="2034-01-01"))) == [
        ("too_old", True, "2035-04-24")
    ]


@pytest.mark.parametrize(
    ("deeds", "admissibility", "ground"),
    [
        ((), "undecided", None),
        ((did("admissibility.decided", "2036-04-25", decision="handle"),), "admissible", None),
        (
            (did("admissibility.decided", "2036-04-25", decision="decline", ground="too_old"),),
            "inadmissible",
            "too_old",
        ),
        (
            (
                did("admissibility.decided", "2036-04-25", decision="decline", ground="too_old"),
                did("admissibility.decided", "2036-04-28", decision="handle"),
            ),
            "admissible",
            None,
        ),
    ],
)
def test_the_last_decision_counts(deeds: tuple, admissibility: str, ground: str | None) -> None:
    found = then(filed("so-trainingsbureau"), *deeds)
    assert (found.situation.admissibility, found.situation.ground) == (admissibility, ground)


DECLINED = did("admissibility.decided", "2036-04-25", decision="decline", ground="too_old")


@pytest.mark.parametrize(
    ("deeds", "answerable"),
    [
        ((), True),
        ((DECLINED,), False),
        ((DECLINED, did("admissibility.decided", "2036-04-28", decision="handle")), True),
        ((DECLINED, did("inadmissibility.notified", "2036-04-28"), did("complaint.reopened", "2036-05-06")), True),
    ],
)
def test_what_was_refused_is_answered_only_after_overruling(deeds: tuple, answerable: bool) -> None:
    found = then(filed("bijstand-naar-werk"), *deeds)
    assert ("decisions" in {step.step for step in found.next_steps}) == answerable
