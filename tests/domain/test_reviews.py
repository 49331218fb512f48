"""Looking back: what each calendar period owes."""

from datetime import date

import pytest

from app.domain.reviews import DueReview, due_reviews
from tests.builders import at, procedure


def owed(name: str, since: str, completed: list[tuple[str, str]], now: str) -> tuple[DueReview, ...]:
    done = [(review, at(when)) for review, when in completed]
    return due_reviews(procedure(name), date.fromisoformat(since), done, at(now))


@pytest.mark.proves("HSS-18")
def test_each_quarter_holds_an_inventory() -> None:
    # the fourth quarter of 2035 is missed; the first of 2036 has one; the second is running
    found = owed("hss", "2035-11-01", [("quarterly_inventory", "2036-01-02")], "2036-06-30 23:59")
    assert [(each.period, each.due_on.isoformat(), each.state.value) for each in found] == [
        ("2035-Q4", "2035-12-31", "overdue"),
        ("2036-Q1", "2036-03-31", "met"),
        ("2036-Q2", "2036-06-30", "pending"),
    ]
    assert found[2].breach_at == at("2036-07-01 00:00")


@pytest.mark.proves("SO-20")
@pytest.mark.parametrize(
    ("completed", "states"),
    [
        ([], ["overdue", "pending"]),
        ([("yearly_analysis", "2035-12-31 23:59")], ["met", "pending"]),
        ([("yearly_analysis", "2036-01-01 00:00")], ["overdue", "met"]),  # counts for its own year
        ([("another_review", "2035-06-06")], ["overdue", "pending"]),
        ([("yearly_analysis", "2037-01-01")], ["overdue", "pending"]),  # not yet
    ],
)
def test_each_year_holds_an_analysis(completed: list[tuple[str, str]], states: list[str]) -> None:
    found = owed("so-trainingsbureau", "2035-01-01", completed, "2036-12-31 12:00")
    assert [each.state.value for each in found] == states


def test_a_review_per_complaint_is_no_periodic_one() -> None:
    assert owed("klikklaar", "2035-01-01", [], "2036-12-31") == ()
