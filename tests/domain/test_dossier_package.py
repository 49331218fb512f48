"""What goes into a dossier for a body, and what is shown of it: plain values, no store and no paper."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid5

import pytest

from app.api.schemas.answering import Closure
from app.api.schemas.committee import Ground, Verdict
from app.api.schemas.escalation_steps import EscalationDeclination
from app.api.schemas.handling import AdmissibilityDecision, MediationEnding
from app.api.schemas.people import PartyIn
from app.domain import redaction
from app.domain import vocabulary as word
from app.domain.callers import Actor
from app.domain.correspondence import MessageChannel
from app.domain.dossier import Dossier
from app.domain.dossier_contents import Case, Chosen, plain
from app.domain.dossier_package import KINDS, Package, Part, Told, along, in_order, manifest, package, places
from app.domain.dossier_reading import ALL_CHARACTERS, LINE_CHARACTERS, reading
from app.domain.events import EVENTS, Event
from app.domain.ledger import canonical
from app.domain.package_words import TERMS, VALUES
from app.domain.procedure import Procedure
from app.domain.termstate import TermState
from app.procedures.reading import shipped
from tests.builders import at, calendar, procedure

OURS, THEIRS = UUID(int=1), UUID(int=2)
NOW = datetime(2036, 5, 1, 10, tzinfo=UTC)


def named(name: str) -> UUID:
    return uuid5(OURS, name)


def event(type: str, sequence: int = 0, texts: Any = None, id: str = "", **facts: Any) -> Event:
    when = at("2036-04-24") + timedelta(hours=sequence)
    actor = Actor("staff", UUID(int=9), ("complaints_officer",))
    return Event(type, when, facts, texts, actor, when, sequence, named(id or f"{type}{sequence}"))


def case(*events: Event, messages: Any = (), files: Any = (), notes: Any = ()) -> Case:
    jso: Procedure = procedure("jso")
    intake = event("complaint.received", 1, {"description": "Het ging niet goed."}, kind="complaint", channel="email")
    asked = event("escalation.requested", 2, {"relief": "Een oordeel."}, body="cmonet", escalation_id=str(OURS))
    numbered = [replace(each, sequence=number) for number, each in enumerate((intake, asked, *events), 1)]
    hashes = [{"sequence": each.sequence, "hash": bytes([each.sequence]) * 32} for each in numbered]
    row = {"id": UUID(int=3), "reference": "JSO-2X4K", "head_sequence": len(hashes), "head_hash": hashes[-1]["hash"]}
    return Case(
        escalation_id=OURS,
        row=row,
        organisation={"slug": "jso", "name": "JSO"},
        dossier=Dossier(jso, calendar(jso), tuple(numbered), NOW),
        people=[],
        messages=messages,
        files=files,
        notes=frozenset(notes),
        chain=hashes,
    )


def message(name: str, **changed: Any) -> dict[str, Any]:
    row = {"id": named(name), "direction": "outbound", "state": "sent", "shared": True, "channel": "email"}
    more: dict[str, Any] = {
        "language": "nl",
        "letter": None,
        "subject": name,
        "body": name,
        "parties": [],
        "event_id": None,
    }
    return {**row, **more, "occurred_at": NOW, **changed}


def file(name: str, **changed: Any) -> dict[str, Any]:
    row = {"id": named(name), "name": name, "media_type": "text/plain", "size": 3, "sha256": bytes(32), "shared": True}
    return {**row, "object_key": name, "state": "clean", "message_id": None, "created_at": NOW, **changed}


def made(of: Case, kind: str = "dossier", number: int = 0, **told: Any) -> Package:
    return package(of, number, Told(kind, **told))


def types(of: Case) -> list[str]:
    return [each["type"] for each in made(of).values["timeline.json"]["events"]]


# -- redaction -------------------------------------------------------------------------------------------------


def test_what_happens_among_ourselves_is_not_in_the_timeline():
    hidden = [
        event("involvement.declared", staff_id=str(OURS)),
        event("note.recorded", message_id=str(named("note"))),
        event("message.sent", message_id=str(named("to somebody else"))),
        event("term.due_soon", term="x"),
        event("delivery.failed"),
        event("delivery.completed"),
        event("data_request.received"),
        event("event.corrected", texts={"reasons": "Kanarie"}, corrects=3),
        event("board.consulted", texts={"note": "Kanarie"}),
    ]
    found = case(*hidden, event("complaint.acknowledged"))
    assert types(found) == ["complaint.received", "escalation.requested", "complaint.acknowledged"]
    assert "Kanarie" not in str(made(found).values)
    assert len(made(found).values["ledger.json"]["events"]) == 12  # the chain has all of them


def test_a_message_is_in_the_timeline_when_it_goes_along():
    shared = message("gedeeld")
    sent = event("message.sent", message_id=str(shared["id"]))
    released = event("note.recorded", message_id=str(named("notitie")))
    found = case(sent, released, messages=[shared], notes=[named("notitie")])
    assert types(found)[2:] == ["message.sent", "note.recorded"]


def test_of_another_bodys_case_only_the_decision_and_its_measures_are_seen():
    other: dict[str, Any] = {"escalation_id": str(THEIRS)}
    found = case(
        event("escalation.requested", body="rechter", **other),
        event("external.questioned", texts={"question": "Kanarie?"}, **other),
        event("external_decision.received", texts={"reasons": "Daarom."}, verdict="upheld", **other),
        event("measure.recorded", texts={"description": "Betaal."}, ordered=True, **other),
        event("external.questioned", texts={"question": "Van ons?"}, escalation_id=str(OURS)),
    )
    assert types(found)[2:] == ["external_decision.received", "measure.recorded", "external.questioned"]
    assert made(found).values["decisions.json"]["events"][0]["texts"] == {"reasons": "Daarom."}
    assert "Kanarie" not in str(made(found).values)


def test_only_facts_that_are_named_are_shown():
    told = redaction.facts(
        {
            "staff_id": "x",
            "party_id": "x",
            "message_id": "x",
            "due_on": "2036-05-01",
            "facts": {"staff_id": "x"},
            "new": 1,
        }
    )
    assert told == {"dueOn": "2036-05-01", "facts": {}}


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("complainant", {"role", "name", "email", "phone", "address", "organisation"}),
        ("representative", {"role", "name", "email", "phone", "address", "organisation", "relation", "type"}),
        ("affected_person", {"role", "name", "relation"}),
        ("subject_of_complaint", {"role", "name", "organisation", "relation"}),
        ("support_person", {"role"}),
        ("witness", {"role"}),
    ],
)
def test_who_is_shown_how(role: str, shown: set[str]):
    details = {"phone": "1", "address": "2", "organisation": "3", "relation": "4", "type": "5", "born_on": "6"}
    assert set(redaction.person({"role": role, "name": "x", "email": "y", "details": details})) == shown
    assert ("name" in redaction.correspondent({"role": role, "name": "x"})) == (len(shown) > 1)


def test_an_employee_is_a_function_and_no_name():
    by = redaction.by(Actor("staff", UUID(int=9), ("complaints_officer", "planner")), procedure("jso"))
    assert by["side"] == "organisation" and by["roles"] == ["complaints_officer"] and by["function"]["nl"]
    assert str(UUID(int=9)) not in str(by)
    assert redaction.by(Actor("body", UUID(int=8)), procedure("jso"))["side"] == "body"


def test_notes_of_steps_are_shown_only_of_hearings_and_when_released():
    heard = event("party.heard", texts={"note": "Gehoord."}, party="complainant")
    answered = event("first_response.sent", texts={"note": "Kanarie", "reasons": "Daarom."}, id="answer", form="phone")
    assert "Kanarie" not in str(made(case(heard, answered)).values)
    assert "Gehoord." in str(made(case(heard, answered)).values["hearings.json"])
    released = made(case(heard, answered, notes=[named("answer")])).values["correspondence.json"]
    assert [each["texts"] for each in released["notes"]] == [{"note": "Kanarie"}]


def test_what_was_annulled_decides_nothing():
    wrong = event("decision.sent", texts={"reasons": "Vergissing."})
    undone = event("event.corrected", texts={"reasons": "Verkeerd dossier."}, corrects=3, annul=True)
    found = made(case(wrong, undone)).values
    assert found["decisions.json"]["events"] == []
    assert [each["type"] for each in found["timeline.json"]["events"]][2:] == ["decision.sent", "event.corrected"]


# -- what goes along -------------------------------------------------------------------------------------------


def test_the_dossier_has_what_was_shared_and_what_was_chosen():
    said = [
        message("gedeeld"),
        message("van binnen", shared=False),
        message("notitie", direction="internal", state="noted", shared=False),
        message("nog een notitie", direction="internal", state="noted", shared=False),
    ]
    files = [
        file("los"),
        file("eigen", shared=False),
        file("bij gedeeld", message_id=named("gedeeld"), shared=False),
        file("bij concept", message_id=named("concept")),
        file("bij notitie", message_id=named("notitie"), shared=False),
    ]
    going, carried = along("dossier", Chosen((), (), (named("notitie"),)), said, files)
    assert [each["subject"] for each in going] == ["gedeeld", "notitie"]
    assert [each["name"] for each in carried] == ["los", "bij gedeeld"]
    going, carried = along("answer", Chosen((named("van binnen"),), (named("eigen"),)), said, files)
    assert [each["subject"] for each in going] == ["van binnen"]
    assert [each["name"] for each in carried] == ["eigen"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("rooster.txt", "attachments/001-rooster.txt"),
        ("../../etc/passwd", "attachments/001-passwd"),
        ("C:\\temp\\a:b?.txt", "attachments/001-a_b_.txt"),
        ("漢" * 200 + ".pdf", "attachments/001-" + "漢" * 48 + ".pdf"),
        ("", "attachments/001-bestand"),
        ("foto.jpg.vbs", "attachments/001-foto.jpg.vbs.txt"),
        ("x" * 147 + ".js" + "x" * 20, "attachments/001-" + "x" * 147 + ".js.txt"),
    ],
)
def test_a_file_has_a_name_that_every_system_can_unpack(name: str, path: str):
    (found,) = [each.path for each in made(case(files=[file(name)])).parts if each.object_key is not None]
    assert found == path
    assert made(case(files=[file(name)])).values["attachments.json"]["files"][0]["name"] == name


def test_files_that_are_not_clean_are_named_as_left_out():
    files = [file("goed"), file("ziek", state="infected"), file("nieuw", state="quarantined")]
    found = made(case(files=files))
    assert [each.object_key for each in found.parts if each.object_key] == ["goed"]
    assert [(each["name"], each["reason"]) for each in found.left_out] == [
        ("ziek", "malware"),
        ("nieuw", "not_checked"),
    ]
    assert found.values["attachments.json"]["leftOut"] == list(found.left_out)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_later_part_is_what_was_said_and_what_goes_with_it(kind: str):
    found = made(case(messages=[message("gekozen")]), kind, 1, text="Ons antwoord.", refers_to=3)
    assert set(found.values) == {"text.json", "correspondence.json", "attachments.json", "ledger.json"}
    assert found.values["text.json"] == {"kind": kind, "text": "Ons antwoord.", "refersTo": 3}
    assert found.values["correspondence.json"]["steps"] == []


# -- the manifest ----------------------------------------------------------------------------------------------


def sealed(of: Package) -> tuple[bytes, list[Part]]:
    parts = in_order([*of.parts, Part.of("dossier.pdf", "application/pdf", b"%PDF")])
    return manifest(of, parts, NOW), parts


def test_the_manifest_is_one_canonical_text_that_names_every_part():
    found, parts = sealed(made(case(files=[file("é.txt")])))
    said = json.loads(found)
    assert canonical(said).encode() == found and "é".encode() in found
    assert (said["format"], said["body"], said["part"], said["kind"]) == ("gehoor-dossier/1", "cmonet", 0, "dossier")
    assert said["sealedAt"] == "2036-05-01T10:00:00.000000Z"
    assert said["ledger"] == {"sequence": 2, "head": "02" * 32}
    assert [(each["path"], each["sha256"]) for each in said["parts"]] == [(p.path, p.sha256.hex()) for p in parts]
    data = {each.path: each.data for each in parts if each.data is not None}
    assert all(
        hashlib.sha256(data[each["path"]]).hexdigest() == each["sha256"]
        for each in said["parts"]
        if each["path"] in data
    )


def test_equal_dossiers_have_equal_manifests_and_another_word_another_one():
    def whole(text: str) -> bytes:
        return sealed(made(case(event("decision.sent", texts={"reasons": text}))))[0]

    assert whole("Daarom.") == whole("Daarom.")
    assert whole("Daarom.") != whole("Daarom!")


def test_places_are_found_in_the_manifest():
    found, parts = sealed(made(case()))
    at_start = places(found)[parts[0].path]
    assert at_start.start == 30 + len("manifest.json") + len(found) + 30 + len(parts[0].path)
    assert at_start.end - at_start.start == parts[0].size


@pytest.mark.parametrize("given", [{1, 2}, datetime(2036, 1, 1, tzinfo=UTC), NOW.date(), OURS, (OURS,), {"a": NOW}])
def test_everything_becomes_json(given: Any):
    json.dumps(plain(given))


# -- to read ---------------------------------------------------------------------------------------------------


def texts_of(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(texts_of(each) for each in value.values())
    return " ".join(texts_of(each) for each in value) if isinstance(value, list | tuple) else str(value)


@pytest.mark.parametrize(("language", "word"), [("nl", "Wat er gebeurde"), ("en", "What happened")])
def test_it_reads_in_the_language_that_is_asked(language: str, word: str):
    found = reading(made(case(event("decision.sent", texts={"reasons": "Daarom."}, verdict="upheld"))), NOW, language)
    assert word in [each.heading for each in found.sections]
    assert found.language == language and "JSO-2X4K" in found.title
    assert ("gegrond" if language == "nl" else "upheld") in texts_of([each.blocks for each in found.sections])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_event_can_be_read(kind: str, language: str):
    facts: dict[str, Any] = {"escalation_id": str(OURS), "verdict": "settled", "binding_on": ["organisation"]}
    facts |= {"staff_id": str(OURS), "term": "x", "supersedes": 99, "due_on": "2036-06-01", "decision": "handle"}
    texts = {"reasons": "r", "note": "n", "text": "t"}
    left = ("complaint.received", "event.corrected", "complaint.purged")
    happened = [replace(event(each, texts=texts), facts=facts) for each in EVENTS if each not in left]
    found = reading(made(case(*happened, messages=[message("m")]), kind, text="Toelichting"), NOW, language)
    assert "Toelichting" in texts_of([each.blocks for each in found.sections])


def test_on_paper_it_is_plain_who_wrote_to_whom_and_who_recorded_it():
    said = [message("in", direction="inbound", parties=[{"role": "complainant", "name": "Sam Voorbeeld"}])]
    said += [message("uit", parties=[{"role": "complainant", "name": "Sam Voorbeeld"}])]
    said += [message("notitie", direction="internal", channel="web", subject=None, state="noted", body="Intern.")]
    unhappy = event("dissatisfaction.received", texts={"text": "Nee."})
    paid = event("measure.recorded", texts={"description": "Vergoeding."}, amount_cents=123_450, ordered=True)
    shown = reading(made(case(unhappy, paid, messages=said, notes=[named("notitie")])), NOW, "nl")
    pairs = [pair for each in shown.sections for block in each.blocks for pair in block.get("pairs", ())]
    assert ("Van", "Sam Voorbeeld") in pairs and ("Aan", "Sam Voorbeeld") in pairs
    assert ("Bedrag", "€ 1.234,50") in pairs
    assert "webformulier" not in str(pairs)
    headings = [block["text"] for each in shown.sections for block in each.blocks if block["kind"] == "heading"]
    assert any(each.startswith("Vrijgegeven notitie van") for each in headings)
    assert any("bericht van ontevredenheid, vastgelegd door" in each for each in headings)
    english = reading(made(case(paid)), NOW, "en")
    assert "€1,234.50" in str([each.blocks for each in english.sections])


def pairs_of(of: Case, language: str = "nl") -> list[tuple[str, str]]:
    sections = reading(made(of), NOW, language).sections
    return [pair for each in sections for block in each.blocks for pair in block.get("pairs", ())]


def test_on_paper_it_is_plain_what_was_decided():
    declined = event("admissibility.decided", decision="decline", ground="niet_bekend")
    ended = event("informal_outcome.recorded", texts={"text": "Samen niet gelukt."}, outcome="unresolved")
    away = event("party.heard", party="board", absent=True, id="away")
    found = case(declined, ended, away, notes=[named("away")])
    assert {
        ("Besluit", "niet in behandeling genomen"),
        ("Grond", "niet bekend"),  # the organisation's own word, to which the procedure gives no title
        ("Uitkomst", "niet opgelost"),
        ("Met", "de directie"),
        ("Aanwezig", "nee"),
    } <= set(pairs_of(found))
    assert {("Decision", "not taken up"), ("Outcome", "not resolved"), ("Present", "no")} <= set(pairs_of(found, "en"))


@pytest.mark.parametrize(
    ("language", "labels", "nothing"),
    [("nl", ("Toelichting:", "Maatregelen:"), "niets"), ("en", ("Reasons:", "Measures:"), "Nothing")],
)
def test_on_paper_each_text_says_what_it_is_and_a_promise_is_a_measure(
    language: str, labels: tuple[str, ...], nothing: str
):
    told = {"reasons": "De sleutel was weg.", "measures": "Er ligt nu een reservesleutel."}
    shown = reading(made(case(event("first_response.sent", texts=told))), NOW, language)
    chapters = {each.heading: each.blocks for each in shown.sections}
    decisions = [text for block in chapters["Besluiten" if language == "nl" else "Decisions"] for text in lines(block)]
    assert decisions[1:] == [labels[0], told["reasons"], labels[1], told["measures"]]
    measures = texts_of(chapters["Maatregelen" if language == "nl" else "Measures"])
    assert told["measures"] in measures and told["reasons"] not in measures and nothing not in measures


def lines(block: dict[str, Any]) -> list[str]:
    return [block["text"]] if "text" in block else block.get("paragraphs", [])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_text_that_is_what_an_event_is_needs_no_label(language: str):
    heard = event("party.heard", texts={"note": "Sam legt het uit."}, party="complainant", id="heard")
    shown = reading(made(case(heard, notes=[named("heard")])), NOW, language)
    chapter = next(each for each in shown.sections if each.heading.startswith(("Gesprekken", "Conversations")))
    assert [each["kind"] for each in chapter.blocks] == ["heading", "facts", "quote"]


def test_what_the_procedure_calls_its_own_things_is_what_paper_calls_them():
    staff = [{"role": "complaints_officer"}, {"role": "complainant", "name": "Sam Voorbeeld"}]
    told = case(messages=[message("m", parties=staff)])
    assert ("Aan", "klachtenfunctionaris, Sam Voorbeeld") in pairs_of(told)
    assert ("To", "complaints officer, Sam Voorbeeld") in pairs_of(told, "en")
    hss = procedure("hss")
    costs = hss.intake.out_of_scope[0]
    first, *others = told.dossier.events
    about = replace(first, facts={"kind": "complaint", "category": costs.category})
    of_hss = replace(told, dossier=Dossier(hss, calendar(hss), (about, *others), NOW))
    assert costs.title is not None
    assert ("Onderwerp", costs.title.nl) in pairs_of(of_hss)


def closed_words() -> set[str]:
    """Every word of a closed list that a dossier may hold on paper, and those of the procedures that come along."""
    lists: list[Any] = [word.Channel, word.Party, word.Verdict, word.BindingOn, MessageChannel, Verdict, Ground]
    lists += [PartyIn.__annotations__["role"], AdmissibilityDecision.__annotations__["decision"]]
    lists += [EscalationDeclination.__annotations__["ground"]]
    lists += [each.__annotations__["outcome"] for each in (Closure, MediationEnding)]
    stages = [stage for each in shipped() for stage in each.stages]
    outcomes = {name for stage in stages if stage.answer for name in stage.answer.outcomes}
    # why a signal became a complaint is a fact in the files only
    ways = [way for stage in stages for way in stage.opens_on if way.event != "signal.promoted"]
    grounds = {name for way in ways for name in way.grounds}
    return {each for known in lists for each in get_args(known)} | {"service", "body"} | outcomes | grounds


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_word_of_a_closed_list_stays_a_code(language: str):
    assert closed_words() - set(VALUES[language]) == set()
    assert {each.value for each in TermState} - set(TERMS[language]) == set()


def test_what_is_too_long_for_paper_is_cut_there_and_whole_in_the_file():
    long = ["woord " * 50_000, "a\n" * 50_000, *("nog een lange tekst " * 1400 for _ in range(40))]
    found = made(case(messages=[message(f"m{number}", body=text) for number, text in enumerate(long)]))
    shown = reading(found, NOW, "nl")
    blocks = [block for section in shown.sections for block in section.blocks if block["kind"] == "quote"]
    paragraphs = [each for block in blocks for each in block["paragraphs"]]
    assert sum(len(each) + LINE_CHARACTERS * each.count("\n") for each in paragraphs) < ALL_CHARACTERS * 1.1
    assert sum("staat in de bestanden" in each for each in paragraphs) >= 3
    assert [each["body"] for each in found.values["correspondence.json"]["messages"]] == long
