"""Templates of letters: what they may hold, what they owe, and how one is written."""

from datetime import date

import pytest

from app.domain.errors import Invalid
from app.domain.letter import LETTERS, Letter, Paragraph, Template, faults, lacking, owed, provides, written
from app.domain.placeholders import PLACEHOLDERS
from app.domain.steps import BY_NAME
from app.domain.vocabulary import Content
from tests.builders import procedure


def template(*paragraphs: str, letter="decision", subject="Uw klacht {reference}", says: tuple[Content, ...] = ()):
    parts = tuple(Paragraph(text=each, says=says) for each in paragraphs)
    return Template(letter=letter, language="nl", subject=subject, paragraphs=parts)


def codes(found) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in found]


def test_every_letter_takes_a_step_that_records_its_event():
    for name, kind in LETTERS.items():
        if kind.step is not None:
            assert kind.event in BY_NAME[kind.step].events, name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Beste {complainant}, {reasons?}", []),
        ("Beste {klager},", [("/paragraphs/0/text", "placeholder-unknown")]),
        ("{reasons.__class__}", [("/paragraphs/0/text", "stray-brace")]),
        ("{{reasons}}", [("/paragraphs/0/text", "stray-brace")]),
        ("{#if verdict}ja{/if}", [("/paragraphs/0/text", "stray-brace")]),
        ("Een { los haakje", [("/paragraphs/0/text", "stray-brace")]),
        ("{new_due_on}", [("/paragraphs/0/text", "placeholder-misplaced")]),
        ("{0}", [("/paragraphs/0/text", "stray-brace")]),
    ],
)
def test_a_template_holds_known_placeholders_and_nothing_else_in_braces(text: str, found: list[tuple[str, str]]):
    assert codes(faults(template(text))) == found


@pytest.mark.parametrize("subject", ["Klacht van {complainant}", "Klacht {text}", "Klacht {reference?}"])
def test_a_subject_tells_nothing_personal(subject: str):
    assert codes(faults(template("x", subject=subject))) == [("/subject", "not-in-subject")]


def test_a_subject_is_one_line():
    assert codes(faults(template("x", subject="Klacht\nBcc: iemand@example.org"))) == [("/subject", "one-line")]


def test_what_the_facts_can_say_is_not_merely_claimed():
    claimed = template(
        "U hoort binnenkort van ons.", letter="acknowledgement", says=("handling_term", "free_of_charge")
    )
    assert codes(faults(claimed)) == [("/paragraphs/0/says", "placeholder-needed")]
    assert "free_of_charge" in provides(claimed)


@pytest.mark.proves("KK-11")
def test_an_acknowledgement_without_the_handling_term_is_no_template_at_klikklaar():
    bare = template("Wij hebben uw klacht ontvangen.", letter="acknowledgement")
    assert codes(lacking(bare, procedure("klikklaar"))) == [("/paragraphs", "content-missing")]
    assert lacking(bare, procedure("bijstand-naar-werk")) == []
    assert lacking(template("Binnen {handling_term?}.", letter="acknowledgement"), procedure("klikklaar")) == []


@pytest.mark.proves("KK-13", "KK-19", "HSS-14", "BNW-08", "BNW-10")
@pytest.mark.parametrize(
    ("name", "letter", "contents"),
    [
        ("klikklaar", "acknowledgement", {"handling_term"}),
        ("klikklaar", "decision", {"reasons"}),
        ("klikklaar", "extension_notice", {"reasons", "new_date"}),  # reasons only for the answer to a data request
        ("hss", "decision", {"reasons", "next_route"}),
        ("bijstand-naar-werk", "inadmissibility_notice", {"reasons"}),
        ("bijstand-naar-werk", "extension_notice", {"reasons", "new_date"}),
        ("jso", "first_response", set()),
        ("care-provider", "receipt", set()),
    ],
)
def test_what_a_letter_owes_follows_from_the_procedure(name: str, letter: str, contents: set[str]):
    assert owed(procedure(name), letter) == contents


def test_a_paragraph_whose_optional_placeholder_is_empty_is_left_out():
    made = written(template("Beste lezer,", "Dit doen wij: {measures?}"), {"reference": "JSO-1", "measures": " \n"})
    assert made.paragraphs == ("Beste lezer,",)
    assert made.contents == ("reference",)


def test_every_needed_placeholder_that_is_empty_is_named_at_once():
    with pytest.raises(Invalid) as refused:
        written(template("{complainant}: {reasons}", "{measures?} {conclusions}"), {"measures": ""})
    assert codes(refused.value.faults) == [
        ("/reference", "placeholder-empty"),
        ("/complainant", "placeholder-empty"),
        ("/reasons", "placeholder-empty"),
    ]


def test_what_is_owed_now_is_not_left_out_with_its_paragraph():
    with pytest.raises(Invalid) as refused:
        written(template("Ons besluit.", "Omdat: {reasons?}"), {"reference": "KLIK-1"}, owed={"reasons"})
    assert codes(refused.value.faults) == [("/reasons", "content-missing")]


def test_a_value_is_never_read_as_a_template():
    given = {"reference": "JSO-1", "text": "{verdict} {reasons?} {{x}} \\1 \\g<1>", "verdict": "gegrond"}
    made = written(template("{text}"), given)
    assert made.text == "{verdict} {reasons?} {{x}} \\1 \\g<1>"
    assert "verdict" not in made.contents


def test_a_value_keeps_no_control_characters_and_the_subject_no_line():
    made = written(
        template("{text}"), {"reference": "JSO-1\r\nBcc: x", "text": "een\x00\x1b[31m\r\n\r\ntwee\u2028drie"}
    )
    assert made.subject == "Uw klacht JSO-1 Bcc: x"
    assert made.paragraphs == ("een[31m", "twee\ndrie")


def test_a_letter_does_not_grow_without_bound():
    long = template(*["{text}" * 600] * 60), {"reference": "JSO-1", "text": "x" * 20_000}
    tall = template("{text}"), {"reference": "JSO-1", "text": "x\n" * 9_000}
    for given in (long, tall):
        with pytest.raises(Invalid) as refused:
            written(*given)
        assert codes(refused.value.faults) == [("", "too-long")]


def test_a_letter_can_be_taken_up_again_from_its_text():
    made = written(template("Beste lezer,", "Regel een\nregel twee"), {"reference": "JSO-1"}, on=date(2036, 4, 24))
    again = Letter.of(made.subject, made.text, "nl", made.on, made.contents)
    assert again == made


def test_every_content_of_the_language_is_said_by_a_placeholder_or_in_words_of_ones_own():
    for name, each in PLACEHOLDERS.items():
        assert set(each.only) <= set(LETTERS), name
