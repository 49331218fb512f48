"""Two versions compared in sentences."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest

from app.domain.difference import differences
from app.domain.events import EVENTS
from app.domain.part import Part
from app.domain.procedure import Procedure
from app.domain.validation import value_of
from app.domain.value_words import VALUES
from app.domain.vocabulary import Profile
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
    (
        "/stages/0/opens_on/0/address",
        "Postbus 1, Plaats",
        "added",
        "/stages/0/opens_on/0/address",
        "Bij de opening bij ontvangst van de klacht komt erbij: postadres Postbus 1, Plaats.",
    ),
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
        "Bij kalender komt erbij (onder sluitingsdagen): 18 juli 2026 tot en met 30 augustus 2026 "
        "(naam Zomersluiting).",
    ),
    (
        f"{DUTY}/instead",
        [{"within": {"amount": 10, "unit": "weeks"}, "when": {"complex": True}}],
        "added",
        f"{DUTY}/instead/0",
        "Bij decide komt erbij (onder andere termijnen): termijn 10 weken; voorwaarde (ingewikkeld ja).",
    ),
    (
        "/reviews",
        [{"review": "yearly", "every": "year"}],
        "added",
        "/reviews/0",
        "Bij de regeling komt erbij (onder terugblikken): yearly (hoe vaak jaar).",
    ),
    (
        f"{DUTY}/content",
        ["findings", "conclusions"],
        "added",
        f"{DUTY}/content",
        "Bij decide komt erbij: verplichte inhoud bevindingen, conclusie.",
    ),
    (
        "/calendar/office_closes_at",
        "16:30",
        "changed",
        "/calendar/office_closes_at",
        "Bij kalender verandert sluitingstijd van 17:00 in 16:30.",
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
        "Bij de regeling verandert begindatum van 1 januari 2026 in 1 januari 2027.",
    ),
    (
        "/calendar",
        {"roll_forward": "atw"},
        "changed",
        "/calendar/roll_forward",
        "Bij kalender verandert doorschuiven van geen in Algemene termijnenwet.",
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


def test_what_is_listed_in_what_came_or_went_is_told_after_it():
    moved = changed("/stages/0/stage", "first_line")
    moved["stages"][0]["duties"][0]["instead"] = [{"within": {"amount": 1, "unit": "days"}, "when": {"urgent": True}}]
    assert [(kind, pointer) for kind, pointer, _ in sentences(moved)] == [
        ("added", "/stages/0"),
        ("added", "/stages/0/opens_on/0"),
        ("added", "/stages/0/duties/0"),
        ("added", "/stages/0/duties/0/instead/0"),
        ("removed", "/stages/0"),
        ("removed", "/stages/0/opens_on/0"),
        ("removed", "/stages/0/duties/0"),
    ]


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


def closed_words(kind: Any, seen: set[Any]) -> Iterator[str]:
    """Every word of a closed list that may stand in this part of a procedure, or in a part of it."""
    if get_origin(kind) is Literal:
        yield from (each for each in get_args(kind) if isinstance(each, str))
    elif isinstance(kind, type) and issubclass(kind, Part):
        if kind not in seen:
            seen.add(kind)
            for each in kind.model_fields.values():
                yield from closed_words(each.annotation, seen)
    else:
        for each in get_args(kind):
            yield from closed_words(each, seen)


def test_every_word_of_the_language_has_dutch():
    """But the calendars, which are called what they are called."""
    found = {*closed_words(Procedure, set())} - {*EVENTS}
    assert len(found) > 150
    assert found - {*VALUES, *get_args(Profile)} == set()


def test_a_day_reads_in_both_languages():
    text = text_of("jso")
    (only,) = differences(read(text), read(text.replace("effective_from: 2020-01-01", "effective_from: 2027-02-01")))
    assert only.nl == "Bij de regeling verandert begindatum van 1 januari 2020 in 1 februari 2027."
    assert only.en == "For the procedure, effective from changes from 1 January 2020 to 1 February 2027."
