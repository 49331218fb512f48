"""Letters about real complaints, under the five procedures: what they say, and that the step takes them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.domain.callers import Actor
from app.domain.content import stated
from app.domain.correspondence import Circle, Said, parties
from app.domain.errors import Invalid
from app.domain.letter import LETTERS, Letter, Paragraph, Template
from app.services import letters
from app.services.dossier import opened
from app.store.session import Database
from tests.conftest import NewOrganisation
from tests.stories import Case, Tell, served, teller

PROCEDURES = ("jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk")
FILED = {
    "description": "De training ging niet door.",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"},
}
SAID: Mapping[str, Any] = {
    "reasons": "De afspraak is verzet zonder bericht.",
    "text": "Wij bellen u morgen.",
    "question": "Op welke dag was de afspraak?",
}


@pytest_asyncio.fixture
async def tell(database: Database, worker_database: Database, new_organisation: NewOrganisation) -> AsyncIterator[Tell]:
    async with served(database) as client:
        yield teller(client, database, worker_database, new_organisation)


@pytest.fixture
def write(database: Database):
    async def written(
        case: Case, letter: str, language: str = "nl", facts: Mapping[str, Any] | None = None, **texts: str
    ) -> Letter:
        async with database.organisation(case.office.made.id) as tx:
            held, dossier = await opened(tx, case.id)
            said = Said("outbound", "email", letter=letter, language=language)
            to = parties(said, Circle(held.people, dossier.situation))
            return await letters.written(tx, dossier, held.row, said, to, facts or {}, texts)

    return written


async def filed(tell: Tell, name: str, **more: Any) -> Case:
    office = await tell(name)
    await office.at("2036-04-24 12:00")  # a Thursday
    return await office.file({**FILED, **more})


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", PROCEDURES)
async def test_every_letter_can_be_written_when_a_complaint_came_in(tell: Tell, write, name: str, language: str):
    case = await filed(tell, name)
    read = await case.read()
    for letter in LETTERS:
        made = await write(case, letter, language, {"until": "2036-06-19"}, **SAID)
        assert "{" not in made.text and read["reference"] in made.subject
        assert "Sam Voorbeeld" in made.text or letter == "hand_over"
        assert "Sam" not in made.subject
        assert made.on is not None and made.on.isoformat() == "2036-04-24"


@pytest.mark.proves("KK-10", "KK-11")
@pytest.mark.parametrize("language", ["nl", "en"])
async def test_the_words_of_the_acknowledgement_are_enough_for_klikklaar(tell: Tell, write, language: str):
    case = await filed(tell, "klikklaar")
    made = await write(case, "acknowledgement", language)
    assert ("4 weken" if language == "nl" else "4 weeks") in made.text
    assert {"handling_term", "due_date", "reference", "receipt_date"} <= set(made.contents)
    # the step is told nothing of contents: it finds them in the words
    await case.step("chair", "acknowledgements", {"form": "email", "text": made.text})
    await case.has("handling.acknowledge", "met")


@pytest.mark.proves("HSS-11", "BNW-04")
@pytest.mark.parametrize(
    ("name", "term", "due"),
    [
        ("jso", "5 werkdagen", "1 mei 2036"),
        ("hss", "6 weken", "5 juni 2036"),
        ("bijstand-naar-werk", "6 weken", "5 juni 2036"),
    ],
)
async def test_the_acknowledgement_tells_term_and_day(tell: Tell, write, name: str, term: str, due: str):
    made = await write(await filed(tell, name), "acknowledgement")
    assert term in made.text and f"uiterlijk op {due}" in made.text and "24 april 2036" in made.text
    assert ("Wij nemen uw klacht in behandeling." in made.text) is (name == "hss")


@pytest.mark.parametrize("name", ["jso", "hss", "klikklaar"])
async def test_a_late_acknowledgement_promises_no_day_that_has_passed(tell: Tell, write, name: str):
    case = await filed(tell, name)
    late = {"jso": "1 mei 2036", "hss": "5 juni 2036", "klikklaar": "22 mei 2036"}[name]
    await case.office.at("2036-08-01 12:00")
    made = await write(case, "acknowledgement")
    assert f"U had uiterlijk op {late} antwoord van ons moeten krijgen." in made.text
    assert f"U krijgt uiterlijk op {late}" not in made.text
    english = await write(case, "acknowledgement", "en")
    assert "should have had our answer" in english.text


async def test_a_name_is_one_line_in_every_letter(tell: Tell, write):
    case = await filed(tell, "jso", complainant={"name": "Sam\n\nVoorbeeld\u2028", "email": "sam@example.org"})
    assert (await write(case, "message", text="Tot morgen.")).paragraphs[0] == "Beste Sam Voorbeeld,"


@pytest.mark.proves("SO-04")
async def test_a_signal_is_called_one(tell: Tell, write):
    case = await filed(tell, "so-trainingsbureau", kind="signal", channel="oral", complainantType="client")
    made = await write(case, "acknowledgement")
    assert made.subject.startswith("Wij hebben uw signaal ontvangen")
    assert "hebben wij uw signaal ontvangen" in made.text and "uw klacht" not in made.text
    assert "your signal" in (await write(case, "acknowledgement", "en")).text


async def test_what_the_text_shows_is_what_the_template_vouches_for(tell: Tell, write, database: Database):
    case = await filed(tell, "bijstand-naar-werk")
    made = await write(case, "acknowledgement")
    async with database.organisation(case.office.made.id) as tx:
        _, dossier = await opened(tx, case.id)
    assert stated(made.text, dossier.terms) == {"handling_term", "due_date"}


@pytest.mark.proves("SO-11")
async def test_support_is_offered_and_no_term_is_promised_where_there_is_none(tell: Tell, write):
    case = await filed(tell, "so-trainingsbureau", complainantType="client")
    made = await write(case, "acknowledgement")
    assert "Vertrouwenspersoon van het AKJ (https://www.akj.nl)" in made.text and "gratis" in made.text
    assert "support_offer" in made.contents and "handling_term" not in made.contents
    assert "termijn" not in made.text and "uiterlijk" not in made.text


@pytest.mark.proves("KK-19")
async def test_a_decision_without_reasons_is_not_written(tell: Tell, write):
    case = await filed(tell, "klikklaar")
    with pytest.raises(Invalid) as refused:
        await write(case, "decision", facts={"verdict": "upheld"})
    assert ("/reasons", "placeholder-empty") in {(fault.pointer, fault.code) for fault in refused.value.faults}
    made = await write(case, "decision", facts={"verdict": "upheld"}, reasons="U hebt gelijk.")
    assert "Ons oordeel is: gegrond." in made.text and {"reasons", "verdict"} <= set(made.contents)
    assert "Dit gaan wij doen" not in made.text


@pytest.mark.proves("KK-26", "KK-29", "HSS-16")
@pytest.mark.parametrize(
    ("name", "letter", "said"),
    [
        ("jso", "first_response", "De volgende stap is: nieuwe behandeling door de directeur."),
        ("klikklaar", "decision", "Dan kunt u bezwaar maken. De volgende stap is: beroep."),
        (
            "hss",
            "decision",
            "Erisietsmisgegaan.nl. Doe dit via de website. Meer informatie vindt u op https://www.erisietsmisgegaan.nl",
        ),
        (
            "bijstand-naar-werk",
            "decision",
            "Dan kunt u uw klacht voorleggen aan: de opdrachtgever (de werkgever, de gemeente of het UWV).",
        ),
    ],
)
async def test_an_answer_tells_the_way_on(tell: Tell, write, name: str, letter: str, said: str):
    made = await write(await filed(tell, name), letter, **SAID)
    assert said in made.text and "next_route" in made.contents


@pytest.mark.proves("BNW-10")
async def test_an_extension_tells_the_new_day_also_when_a_period_is_given(tell: Tell, write):
    case = await filed(tell, "bijstand-naar-werk")
    given = {"period": {"amount": 2, "unit": "weeks"}}
    with pytest.raises(Invalid) as refused:
        await write(case, "extension_notice", facts=given)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/reasons", "content-missing")]
    made = await write(case, "extension_notice", facts=given, reasons="Een getuige is ziek.")
    await case.step(
        "handler", "extensions", {"form": "email", "text": made.text, "reasons": "Een getuige is ziek.", **given}
    )
    term = await case.has("handling.handle", "pending")
    assert term["dueOn"] == "2036-06-19" and "uiterlijk op 19 juni 2036" in made.text


@pytest.mark.proves("SO-30")
async def test_the_copy_of_an_outcome_tells_it_again(tell: Tell, write):
    case = await filed(tell, "so-trainingsbureau", complainantType="client")
    talk = {"form": "conversation", "outcome": "unresolved", "note": "Niet opgelost."}
    await case.step("complaints_officer", "responses", talk)
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Graag een oordeel."})
    await case.step("director", "decisions", {"form": "email", "reasons": "Er had geluisterd moeten worden."})
    made = await write(case, "decision_copy")
    assert "Er had geluisterd moeten worden." in made.text
    assert "Geschillencommissie Zorg. Dat kan tot en met 24 april 2037" in made.text


async def test_the_organisation_its_own_template_is_used_and_still_owes_what_is_owed(
    tell: Tell, write, database: Database
):
    case = await filed(tell, "klikklaar")
    parts = ("U hoort binnen {handling_term} van ons. {complainant}", "Wij: {organisation}")
    own = Template(
        letter="acknowledgement",
        language="nl",
        subject="Eigen woorden",
        paragraphs=tuple(Paragraph(text=each) for each in parts),
    )
    async with database.organisation(case.office.made.id) as tx:
        await letters.save(tx, "klikklaar", own, Actor("admin", uuid4()))
    made = await write(case, "acknowledgement")
    assert made.subject == "Eigen woorden" and made.text.startswith("U hoort binnen 4 weken van ons. Sam Voorbeeld")
    assert (await write(case, "acknowledgement", "en")).subject.startswith("We have received")


@pytest.mark.proves("KK-19")
async def test_what_this_stage_owes_is_not_left_out_where_the_template_would_let_it(
    tell: Tell, write, database: Database
):
    case = await filed(tell, "klikklaar")
    own = Template.of("decision", "nl", "Ons besluit", "Ons besluit is: {verdict}.\n\nOmdat: {reasons?}")
    async with database.organisation(case.office.made.id) as tx:
        await letters.save(tx, "klikklaar", own, Actor("admin", uuid4()))
    with pytest.raises(Invalid) as refused:
        await write(case, "decision", facts={"verdict": "upheld"})
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/reasons", "content-missing")]


async def test_an_anonymous_complainant_is_addressed_politely(tell: Tell, write):
    made = await write(
        await filed(tell, "bijstand-naar-werk", complainant={"email": "x@example.org"}), "message", text="Dag."
    )
    assert made.paragraphs[:2] == ("Beste mevrouw, meneer,", "Dag.")


async def test_a_description_is_no_template(tell: Tell, write):
    case = await filed(tell, "hss", description="{reasons} {organisation} <b>")
    made = await write(case, "hand_over")
    assert "{reasons} {organisation} <b>" in made.text


@pytest.mark.parametrize(
    ("name", "kind", "channel"),
    [
        ("klikklaar", "signal", "phone"),
        ("so-trainingsbureau", "signal", "oral"),
        ("so-trainingsbureau", "enquiry", "email"),
    ],
)
async def test_what_is_no_complaint_yet_is_written_to_too(tell: Tell, write, name: str, kind: str, channel: str):
    more = {"complainantType": "client"} if name == "so-trainingsbureau" else {}
    case = await filed(tell, name, kind=kind, channel=channel, **more)
    assert case.last["kind"] == kind
    for letter in ("receipt", "acknowledgement", "message", "information_request"):
        made = await write(case, letter, **SAID)
        assert "uiterlijk" not in made.text and "handling_term" not in made.contents


@pytest.mark.proves("SO-28")
@pytest.mark.parametrize(("outcome", "told"), [("unresolved", True), ("resolved", False)])
async def test_the_way_on_follows_from_how_the_stage_ended(tell: Tell, write, outcome: str, told: bool):
    case = await filed(tell, "so-trainingsbureau", complainantType="client")
    made = await write(case, "first_response", facts={"outcome": outcome}, **SAID)
    assert ("om een formeel oordeel" in made.text and "Doe dit schriftelijk." in made.text) is told
    await case.step(
        "complaints_officer", "responses", {"form": "conversation", "outcome": outcome, "note": "Besproken."}
    )
    closing = await write(case, "closing", facts={"outcome": "handled"})
    assert ("om een formeel oordeel" in closing.text) is told


async def test_an_unknown_letter_is_refused(tell: Tell, write):
    with pytest.raises(Invalid):
        await write(await filed(tell, "hss"), "liefdesbrief")
