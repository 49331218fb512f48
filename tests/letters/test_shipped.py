"""The templates that ship."""

import pytest

from app.domain.content import stated
from app.domain.letter import LETTERS, Template, faults, lacking, owed, written
from app.domain.placeholders import PLACEHOLDERS, PROVIDED, WRITTEN
from app.letters.reading import LANGUAGES, every, examples, phrases, shipped
from app.procedures.reading import shipped as procedures
from app.services.letter_case import period
from tests.builders import did, dossier
from tests.builders import procedure as known

FURTHER = ("care-provider", "municipality", "school", "workplace", "housing-corporation", "financial-firm", "childcare")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("procedure", procedures(), ids=lambda each: each.procedure)
@pytest.mark.proves("KK-11", "KK-13", "KK-19", "KK-31", "HSS-11", "HSS-14", "BNW-08", "BNW-10", "SO-17")
def test_it_can_say_what_the_procedure_owes(procedure, letter, language):
    assert lacking(shipped(letter, language, procedure.procedure), procedure) == []


@pytest.mark.parametrize("name", FURTHER)
@pytest.mark.parametrize("letter", LETTERS)
def test_under_other_procedures_it_lacks_only_what_needs_words_of_ones_own(name, letter):
    procedure = known(name)
    missing = {fault.message.split()[6].rstrip(";") for fault in lacking(shipped(letter, "nl", name), procedure)}
    if letter == "acknowledgement":
        missing -= {"external_route"}  # at the start it would lead away from here; the school has to choose the words
    assert not missing & PROVIDED, (letter, missing, owed(procedure, letter))


@pytest.mark.proves("SO-11", "HSS-16")
@pytest.mark.parametrize(
    ("name", "letter", "wanted"),
    [
        ("so-trainingsbureau", "acknowledgement", "support_offer"),  # free support is offered at the start
        ("hss", "decision", "next_route"),  # after it the complainant may go to the platform
        ("jso", "second_response", "next_route"),
        ("jso", "first_response", None),  # the director first
        ("klikklaar", "acknowledgement", None),  # nobody is named who supports
    ],
)
def test_one_of_ones_own_has_to_offer_support_and_tell_the_way_on(name, letter, wanted):
    bare = Template.of(letter, "nl", "Uw klacht", "Hallo.\n\n{reasons?}\n\n{handling_term?}")
    assert [fault.message.split()[6].rstrip(";") for fault in lacking(bare, known(name))] == [wanted] * bool(wanted)


@pytest.mark.parametrize("each", every(), ids=lambda each: f"{each.template.letter}.{each.template.language}")
def test_it_is_whole_and_its_lines_are_not_wrapped(each):
    assert faults(each.template) == []
    assert each.procedure is None or each.procedure in {known.procedure for known in procedures()}
    for paragraph in each.template.paragraphs:
        assert "  " not in paragraph.text and "\\" not in paragraph.text


@pytest.mark.parametrize("letter", LETTERS)
def test_both_languages_say_the_same(letter):
    for procedure in (None, *(each.procedure for each in procedures())):
        dutch, english = (shipped(letter, language, procedure) for language in LANGUAGES)
        for one, other in zip(dutch.paragraphs, english.paragraphs, strict=True):
            assert WRITTEN.findall(one.text) == WRITTEN.findall(other.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_all_that_it_is_filled_in_with(language):
    days = {"received_on", "due_on", "promised_on", "overdue_on", "answer_by", "new_due_on", "handling_term"}
    assert set(examples(language)) == set(PLACEHOLDERS) - days
    assert phrases(language).keys() == phrases("nl").keys()
    for name in ("verdict", "outcome", "protest", "silence", "unanswered", "binding"):
        assert phrases(language)[name].keys() == phrases("nl")[name].keys()


@pytest.mark.proves("KK-11")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_acknowledgement_shows_the_handling_term_in_its_own_words(language):
    term = dossier("klikklaar", did("complaint.received", "2036-04-24")).terms
    decide = next(each for each in term if each.duty.duty == "decide")
    assert decide.duty.within is not None
    given = dict.fromkeys(PLACEHOLDERS, "-") | {"handling_term": period(decide.duty.within, language)}
    made = written(shipped("acknowledgement", language, "klikklaar"), given)
    assert "handling_term" in stated(made.text, term)
    assert {"handling_term", "due_date", "reference", "receipt_date"} <= set(made.contents)
