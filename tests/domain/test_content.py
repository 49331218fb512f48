"""Which owed contents a letter shows in its own words."""

from typing import Any

import pytest

from app.domain.content import stated
from tests.builders import did, dossier

# received on Thu 24 April: an answer in four weeks, by Thu 22 May
TERMS = dossier("klikklaar", did("complaint.received", "2036-04-24")).terms


@pytest.mark.proves("KK-11")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("U hoort binnen 4 weken van ons.", {"handling_term"}),
        ("U hoort binnen vier  weken\nvan ons.", {"handling_term"}),
        ("We answer within 4 weeks.", {"handling_term"}),
        ("We answer within four weeks.", {"handling_term"}),
        ("We answer within fourteen weeks.", set()),
        ("Uiterlijk 22 mei 2036 hoort u van ons.", {"handling_term", "due_date"}),
        ("Uiterlijk 22-05-2036.", {"handling_term", "due_date"}),
        ("You hear from us by 22 May 2036.", {"handling_term", "due_date"}),
        ("Uiterlijk 22-5-2036.", {"handling_term", "due_date"}),
        ("Uiterlijk 2036-05-22.", {"handling_term", "due_date"}),
        ("U hoort binnen 14 weken van ons.", set()),  # not four
        ("U hoort binnen 2 weken van ons.", set()),  # that is the acknowledgement itself
        ("Uiterlijk 122 mei 2036.", set()),
        ("Wij hebben uw klacht ontvangen.", set()),
        ("", set()),
    ],
)
def test_the_handling_term_in_words(text: str, found: set[str]) -> None:
    assert stated(text, TERMS) == found


@pytest.mark.parametrize(
    ("name", "facts", "text", "found"),
    [
        ("jso", {}, "Binnen 5 werkdagen belt u iemand.", {"handling_term"}),
        # ten weeks when a committee advises; six is then not what holds
        ("municipality", {"committee_advises": True}, "binnen tien weken", {"handling_term"}),
        ("municipality", {"committee_advises": True}, "binnen zes weken", set()),
        ("municipality", {}, "binnen zes weken", {"handling_term"}),
    ],
)
def test_the_period_that_holds_is_the_one_to_state(
    name: str, facts: dict[str, Any], text: str, found: set[str]
) -> None:
    case = dossier(name, did("complaint.received", "2036-04-24", **facts))
    assert stated(text, case.terms) == found


def test_a_term_that_is_over_is_not_stated() -> None:
    case = dossier("jso", did("complaint.received", "2036-04-24"), did("first_response.sent", "2036-04-25"))
    assert stated("binnen 5 werkdagen", case.terms) == set()
