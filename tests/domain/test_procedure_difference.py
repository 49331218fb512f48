"""Two versions compared in sentences."""

from typing import Any

import pytest

from app.domain.difference import differences
from app.domain.validation import value_of
from app.procedures.reading import read, shipped, text_of
from tests.domain.test_procedure_validation import MISSING, SMALL, changed

DUTY = "/stages/0/duties/0"
_SUBMISSION = "Bij het verweer verandert soort inzending van verweer in stukken."


def sentences(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.pointer, each.nl) for each in differences(value_of(SMALL), value_of(document))]


def test_a_longer_term_reads_as_a_clerk_would_say_it():
    text = text_of("jso")
    old, new = read(text), read(text.replace("{amount: 5, unit: working_days}", "{amount: 10, unit: working_days}"))
    (only,) = differences(old, new)
    assert only.nl == "De termijn voor de eerste reactie gaat van 5 naar 10 werkdagen."
    assert only.en == "The period for the first response goes from 5 to 10 working days."
    assert (only.kind, only.pointer) == ("changed", "/stages/0/duties/1/within")


CHANGES = [
    (f"{DUTY}/within/amount", 1, "changed", f"{DUTY}/within", "De termijn voor decide gaat van 6 naar 1 week."),
    (
        f"{DUTY}/within",
        {"amount": 10, "unit": "working_days"},
        "changed",
        f"{DUTY}/within",
        "De termijn voor decide gaat van 6 weken naar 10 werkdagen.",
    ),
    (f"{DUTY}/form", "written", "changed", f"{DUTY}/form", "Bij decide verandert vorm van vrij in schriftelijk."),
    (f"{DUTY}/soft", True, "changed", f"{DUTY}/soft", "Bij decide verandert streeftermijn van nee in ja."),
    (f"{DUTY}/content", ["reasons"], "added", f"{DUTY}/content", "Bij decide komt erbij: verplichte inhoud redenen."),
    (
        f"{DUTY}/extension",
        {"times": 1},
        "added",
        f"{DUTY}/extension",
        "Bij decide komt erbij: verlenging (aantal keren 1).",
    ),
    (
        "/calendar/closed_days",
        [{"date": "2026-07-18", "until": "2026-08-30", "name": "Zomersluiting"}],
        "added",
        "/calendar/closed_days/0",
        "Bij kalender komt erbij (onder sluitingsdagen): 2026-07-18 tot en met 2026-08-30.",
    ),
    ("/roles/1", {"role": "director"}, "added", "/roles/1", "Bij de regeling komt erbij (onder rollen): director."),
    (
        "/stages/0/answer",
        MISSING,
        "removed",
        "/stages/0/answer",
        "Bij handling vervalt: antwoord (gebeurtenis besluit op de klacht).",
    ),
    ("/title", "Groot", "changed", "/title", "Bij de regeling verandert naam van ‘Klein’ in ‘Groot’."),
    (
        "/effective_from",
        "2027-01-01",
        "changed",
        "/effective_from",
        "Bij de regeling verandert begindatum van 2026-01-01 in 2027-01-01.",
    ),
    (
        "/calendar",
        {"roll_forward": "atw"},
        "changed",
        "/calendar/roll_forward",
        "Bij kalender verandert doorschuiven van geen in atw.",
    ),
    (
        "/sources",
        {"X-1": "Zo is het."},
        "added",
        "/sources/X-1",
        "Bij overige verplichtingen X-1 komt erbij: overige verplichtingen ‘Zo is het.’.",
    ),
]


@pytest.mark.parametrize(("pointer", "value", "kind", "at", "sentence"), CHANGES)
def test_each_kind_of_change(pointer, value, kind, at, sentence):
    assert sentences(changed(pointer, value)) == [(kind, at, sentence)]


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        (
            "documents: [invoices, treatment_plans]",
            "documents: [invoices]",
            "Bij geschillencommissie-zorg verandert stukken van invoices, treatment plans in invoices.",
        ),
        ("submission: defence", "submission: null", "Bij het verweer vervalt: soort inzending verweer."),
        ("submission: defence", "submission: documents", _SUBMISSION),
    ],
)
def test_what_a_body_asks_reads_as_well(was, now, sentence):
    text = text_of("so-trainingsbureau")
    (only,) = differences(read(text), read(text.replace(was, now)))
    assert only.nl == sentence


def test_what_is_removed_is_added_the_other_way_round():
    with_director = value_of(changed("/roles/1", {"role": "director"}))
    (gone,) = differences(with_director, value_of(SMALL))
    assert (gone.kind, gone.pointer) == ("removed", "/roles/1")


def test_order_is_no_change():
    two = [{"role": "handler"}, {"role": "director"}]
    assert differences(value_of({**SMALL, "roles": two}), value_of({**SMALL, "roles": two[::-1]})) == []


@pytest.mark.parametrize("old", shipped(), ids=lambda procedure: procedure.procedure)
def test_nothing_differs_from_itself_and_everything_can_be_told(old):
    assert differences(old, old) == []
    for new in shipped():
        for each in differences(old, new):
            assert each.nl.endswith(".") and each.en.endswith(".")
            assert "None" not in each.nl and "{" not in each.nl + each.en
