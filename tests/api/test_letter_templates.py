"""Templates of letters over HTTP: reading, saving a version of one's own, trying one out."""

import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import jsonschema
import pikepdf
import pypdf
import pytest
import pytest_asyncio

from app.api import callers, contract, contract_examples, idempotency
from app.api.application import contract_app
from app.api.routers import letter_templates
from app.api.schemas.steps import BODIES
from app.domain.letter import LETTERS
from app.domain.placeholders import PLACEHOLDERS
from app.store.session import Database
from tests.api.office import Desk, faults, office
from tests.conftest import NewOrganisation

Json = dict[str, Any]
GOOD: Json = {
    "procedure": "klikklaar",
    "letter": "acknowledgement",
    "language": "nl",
    "subject": "Ontvangen: {reference}",
    "paragraphs": [
        {"text": "Beste {complainant},"},
        {"text": "U hoort binnen {handling_term} van ons."},
        {"text": "Klagen is gratis.", "says": ["free_of_charge"]},
    ],
}


def application(database: Database | None = None):
    app = contract_app([letter_templates.router], cursor_secret=b"s" * 32)
    callers.install(app)
    idempotency.install(app)
    app.state.database = database
    return app


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    made = await office(new_organisation, database, "klikklaar", "hss")
    transport = httpx.ASGITransport(application(database), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gehoor") as opened:
        yield Desk(opened, made)


def changed(**given: Any) -> Json:
    return {**GOOD, **given}


async def save(desk: Desk, body: Json, **headers: str):
    return await desk("POST", "/letter-templates", body, **headers)


async def test_what_ships_is_there_for_each_procedure_of_the_organisation(desk: Desk):
    found = await desk.get("/letter-templates?withTotal=true&limit=200")
    assert found["total"] == 2 * 2 * len(LETTERS) == len(found["items"])
    assert all(each["origin"] == "shipped" and each["inForce"] for each in found["items"])
    whole = await desk.get("/letter-templates/hss.decision.nl.0")
    assert (whole["step"], whole["event"]) == ("decisions", "decision.sent")
    assert "reasons" in whole["provides"]
    assert whole["paragraphs"][0]["text"] == "Beste {recipient},"


async def test_the_list_turns_its_pages(desk: Desk):
    path, seen = "/letter-templates?language=nl&limit=11", []
    page = await desk.get(path)
    while True:
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        page = await desk.get(f"{path}&cursor={page['next']}")
    assert len(seen) == len(set(seen)) == 2 * len(LETTERS) and seen == sorted(seen)
    back = await desk.get(f"{path}&cursor={page['prev']}")
    assert [each["id"] for each in back["items"]] == seen[11:22]


@pytest.mark.parametrize(
    "template_id", ["jso.decision.nl.0", "hss.brief.nl.0", "hss.decision.fr.0", "hss.decision.nl.1", "hss.decision.nl"]
)
async def test_another_template_is_not_there(desk: Desk, template_id: str):
    assert (await desk("GET", f"/letter-templates/{template_id}")).status_code == 404


async def test_the_newest_version_of_ones_own_is_in_force_and_all_of_them_stay(desk: Desk):
    first = await save(desk, GOOD)
    assert first.status_code == 201, first.text
    assert first.headers["location"] == "/v1/letter-templates/klikklaar.acknowledgement.nl.1"
    assert first.json()["provides"] == ["free_of_charge", "handling_term", "reference"]
    assert first.json()["createdBy"]
    second = await save(desk, changed(subject="Uw klacht {reference} is binnen"))
    assert second.json()["version"] == 2
    found = await desk.get("/letter-templates?procedure=klikklaar&letter=acknowledgement&language=nl")
    assert [(each["version"], each["inForce"]) for each in found["items"]] == [(0, False), (1, False), (2, True)]
    kept = await desk.get("/letter-templates/klikklaar.acknowledgement.nl.1")
    assert (kept["subject"], kept["inForce"]) == (GOOD["subject"], False)
    assert (await desk.get("/letter-templates/klikklaar.acknowledgement.nl.0"))["inForce"] is False
    assert (await desk.get("/letter-templates/klikklaar.acknowledgement.en.0"))["inForce"] is True


async def test_the_same_again_is_no_new_version_and_a_retry_is_the_same_one(desk: Desk):
    key = uuid4().hex
    first = await save(desk, GOOD, Idempotency_Key=key)
    again = await save(desk, GOOD, Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    refused = await save(desk, GOOD)
    assert (refused.status_code, refused.json()["code"]) == (409, "same-version")


@pytest.mark.proves("KK-11")
async def test_a_template_that_misses_owed_content_is_refused_with_every_fault(desk: Desk):
    bad = changed(
        subject="Van {complainant}",
        paragraphs=[{"text": "Wij hebben {iets} ontvangen."}, {"text": "{verdict}", "says": ["due_date"]}],
    )
    refused = await save(desk, bad)
    assert refused.status_code == 400
    assert faults(refused) == {
        ("/subject", "not-in-subject"),
        ("/paragraphs/0/text", "placeholder-unknown"),
        ("/paragraphs/1/text", "placeholder-misplaced"),
        ("/paragraphs/1/says", "placeholder-needed"),
        ("/paragraphs", "content-missing"),
    }
    assert "{handling_term}" in refused.text
    found = await desk.get("/letter-templates?procedure=klikklaar&letter=acknowledgement&language=nl")
    assert [each["version"] for each in found["items"]] == [0]


async def test_a_template_is_for_a_procedure_that_there_is(desk: Desk):
    assert faults(await save(desk, changed(procedure="jso"))) == {("/procedure", "unknown")}


async def test_only_an_administrator_saves(desk: Desk):
    for who in ("system", "website", "reporter", "complaints_officer"):
        assert (await desk("POST", "/letter-templates", GOOD, by=who)).status_code == 403


async def test_who_writes_no_letters_tries_none_out(desk: Desk):
    for who in ("website", "reporter", "auditor"):
        assert (await preview(desk, PREVIEW, by=who)).status_code == 403
    assert (await preview(desk, PREVIEW, by="complaints_officer")).status_code == 200


async def test_another_organisation_sees_nothing_of_it(
    desk: Desk, new_organisation: NewOrganisation, database: Database
):
    await save(desk, GOOD)
    other = Desk(desk.client, await office(new_organisation, database, "klikklaar"))
    assert (await other("GET", "/letter-templates/klikklaar.acknowledgement.nl.1")).status_code == 404
    assert (await other.get("/letter-templates/klikklaar.acknowledgement.nl.0"))["inForce"] is True


PREVIEW: Json = {"procedure": "klikklaar", "letter": "acknowledgement", "language": "nl"}


async def preview(desk: Desk, body: Json, **headers: str):
    return await desk("POST", "/letter-templates/_preview", body, **headers)


async def test_a_preview_of_what_is_in_force_is_filled_in_with_examples(desk: Desk):
    shown = await preview(desk, PREVIEW)
    assert shown.status_code == 200, shown.text
    assert "De termijn voor de behandeling van uw klacht is 4 weken." in shown.json()["text"]
    assert shown.json()["faults"] == [] and "handling_term" in shown.json()["contents"]
    await save(desk, GOOD)
    assert (await preview(desk, PREVIEW)).json()["text"].startswith("Beste Sam Voorbeeld,\n\nU hoort binnen 4 weken")


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("letter", LETTERS)
async def test_every_letter_can_be_tried_out(desk: Desk, letter: str, language: str):
    shown = await preview(desk, {"procedure": "hss", "letter": letter, "language": language})
    assert shown.status_code == 200, shown.text
    assert "{" not in shown.json()["subject"] + shown.json()["text"]


async def test_a_preview_shows_what_is_given_as_it_is_and_says_what_is_lacking(desk: Desk):
    body = {
        **PREVIEW,
        "subject": "Ontvangen: {reference}",
        "paragraphs": [{"text": "Beste {complainant},"}],
        "values": {"complainant": "<b>{reasons}</b>"},
    }
    shown = (await preview(desk, body)).json()
    assert (
        shown["text"] == "Beste <b>{reasons}</b>,\n" and "<p>Beste &lt;b&gt;{reasons}&lt;/b&gt;,</p>" in shown["html"]
    )
    assert [(each["pointer"], each["code"]) for each in shown["faults"]] == [("/paragraphs", "content-missing")]
    assert (await desk.get("/letter-templates?letter=acknowledgement&language=nl&procedure=klikklaar"))["items"][-1][
        "version"
    ] == 0


async def test_what_cannot_be_filled_in_is_refused(desk: Desk):
    for wrong, found in (
        ({"subject": "x"}, {("", "both")}),
        ({"values": {"klager": "x"}}, {("/values", "placeholder-unknown")}),
        ({"subject": "x", "paragraphs": [{"text": "{klager}"}]}, {("/paragraphs/0/text", "placeholder-unknown")}),
        ({"values": {"received_on": " "}}, {("/values", "placeholder-empty")}),
        ({"letter": "brief"}, {("/letter", "not-allowed")}),
        (
            {"subject": "x", "paragraphs": [{"text": "{klager}"}], "values": {"klager": "x"}, "zz": 1},
            {
                ("/paragraphs/0/text", "placeholder-unknown"),
                ("/values", "placeholder-unknown"),
                ("/zz", "unknown-field"),
            },
        ),
    ):
        refused = await preview(desk, {**PREVIEW, **wrong})
        assert refused.status_code == 400
        assert {pointer for pointer, _ in faults(refused)} == {pointer for pointer, _ in found}, refused.text


LONG = [{"text": "{text}"}] * 59
TOO_LONG = ("/values", "too-long")


@pytest.mark.parametrize(
    ("sent", "beside"),
    [
        ({"subject": "s", "paragraphs": LONG}, set()),
        ({"subject": "a }", "paragraphs": LONG}, {("/subject", "stray-brace")}),
        ({"subject": "s", "paragraphs": LONG, "values": {"zz": "x"}}, {("/values", "placeholder-unknown")}),
        ({"subject": "s", "paragraphs": [*LONG, {"text": "a }"}]}, {("/paragraphs/59/text", "stray-brace")}),
        (
            {
                "subject": "s",
                "paragraphs": [{"text": "{text}"}, {"text": "{description}"}],
                "values": {"text": "a\n" * 6000, "description": " "},
            },
            {("/values", "placeholder-empty")},
        ),
    ],
)
async def test_that_a_letter_is_too_long_is_told_beside_what_else_is_wrong(desk: Desk, sent: Json, beside: set[Any]):
    values = {"text": "x" * 4000} | sent.get("values", {})
    asked = {"procedure": "hss", "letter": "message", "language": "nl"} | sent | {"values": values}
    refused = await preview(desk, asked)
    assert (refused.status_code, faults(refused)) == (400, {TOO_LONG, *beside})


async def test_what_is_given_empty_is_told_beside_a_faulty_template(desk: Desk):
    asked: Json = {"procedure": "hss", "letter": "message", "language": "nl"}
    asked |= {"subject": "x }", "paragraphs": [{"text": "Beste {recipient},"}, {"text": "{text}"}]}
    empty, brace = ("/values", "placeholder-empty"), ("/subject", "stray-brace")
    for change, values, found in (
        ({}, {"recipient": " "}, {brace, empty}),
        ({"subject": "x"}, {"recipient": " ", "onzin": "x"}, {("/values", "placeholder-unknown"), empty}),
        # what stands in a text with a fault may be meant otherwise
        ({"subject": "x", "paragraphs": [{"text": "{text ?} {recipient}"}]}, {"recipient": " "}, {
            ("/paragraphs/0/text", "stray-brace")
        }),
    ):  # fmt: skip
        refused = await preview(desk, {**asked, **change, "values": values})
        assert (refused.status_code, faults(refused)) == (400, found)


async def test_a_preview_as_pdf(desk: Desk):
    shown = await preview(desk, PREVIEW, Accept="application/pdf")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "application/pdf")
    assert shown.headers["vary"] == "Accept"
    words = " ".join(pypdf.PdfReader(io.BytesIO(shown.content)).pages[0].extract_text().split())
    assert words.startswith("7 januari 2036 Wij hebben uw klacht ontvangen") and "4 weken" in words
    with pikepdf.open(io.BytesIO(shown.content)) as document:
        assert "/StructTreeRoot" in document.Root and str(document.Root.Lang) == "nl"
    assert (await preview(desk, PREVIEW, Accept="text/csv")).status_code == 406


async def test_the_examples_of_the_contract_fit_it():
    document = contract.openapi(application())
    found = list(contract_examples.all_examples(document))
    assert len(found) >= 6 and contract_examples.without_example(document) == []
    for _, schema, example in found:
        jsonschema.validate(example, {**schema, "components": document["components"]})


@pytest.mark.parametrize("letter", ["first_response", "second_response", "decision", "appeal_decision"])
def test_what_an_answer_can_owe_can_be_given_in_its_step(letter: str):
    """What a template writes in, whoever answers can fill in."""
    step = BODIES[LETTERS[letter].step or ""]
    placed = {name for name, each in PLACEHOLDERS.items() if each.contents and letter in each.only}
    assert {"verdict", "findings", "advice"} <= placed
    assert placed <= {*step.model_fields}
