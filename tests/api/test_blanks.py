"""Of which nothing shows says nothing: it is none where it may be left out, and a fault where it may not."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import TypeAdapter, ValidationError

import app.main  # all that can be sent  # noqa: F401
from app.api.problems import faults_of
from app.api.schemas.committee_steps import CaseAcknowledgement, CaseOpening, ConsentGiven
from app.api.values import ApiModel
from app.store.session import Database
from tests.api.office import Desk, faults, office
from tests.conftest import NewOrganisation
from tests.stories import served

Json = dict[str, Any]
BLANK = "\u200b "
# Told by somebody else: whether a description is asked for is the procedure's, and of a review what it is about.
ELSEWHERE: dict[Any, set[str]] = {
    **{("ComplaintFiling", "description"): set(), ("EvidenceIn", "about"): set()},
    ("NewWebhook", "url"): {"too-short"},
}


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """JSO, on Monday 7 January 2036."""
    async with served(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


def models(kind: type[ApiModel] = ApiModel) -> Iterator[type[ApiModel]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("app."):
            yield each
        yield from models(each)


def once() -> dict[str, str]:
    return {"Idempotency_Key": uuid4().hex}


def told(field: Any, value: str) -> set[str]:
    """The codes of what is wrong with this as the value of a field."""
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return {fault.code for fault in faults_of([{**each, "loc": ("body",)} for each in error.errors()])}
    return set()


TEXTS = {
    (model.__name__, name): field
    for model in models()
    for name, field in model.model_fields.items()
    if not told(field, "Een tekst.")
}


def test_there_are_texts() -> None:
    assert ("Waiver", "reasons") in TEXTS


@pytest.mark.parametrize("place", [place for place, field in TEXTS.items() if field.is_required()], ids="-".join)
def test_a_text_that_is_asked_for_shows(place: tuple[str, str]) -> None:
    assert told(TEXTS[place], BLANK) == ELSEWHERE.get(place, {"blank"})


def test_a_text_that_is_too_long_is_told_as_a_text() -> None:
    assert {code for field in TEXTS.values() for code in told(field, "a" * 200_000)} == {"too-long"}


async def test_a_person_of_whom_nothing_is_known_is_nobody(desk: Desk) -> None:
    nobody = {"supportPerson": {}, "affectedPerson": {"name": BLANK}, "subjectPerson": {"email": None}}
    complaint = await desk.file(**nobody)
    assert [each["role"] for each in complaint["parties"]] == ["complainant"]


@pytest.mark.parametrize("nobody", [{}, {"name": BLANK}, {"phone": None}])
async def test_who_joins_is_somebody(desk: Desk, nobody: Json) -> None:
    path = f"/complaints/{(await desk.file())['id']}/parties"
    sent = {"role": "getuige", "person": nobody, "occurredAt": "2037-01-01T10:00:00Z"}
    answer = await desk("POST", path, sent, "complaints_officer")
    assert answer.status_code == 400
    assert faults(answer) == {
        *(("/role", "not-an-option"), ("/person", "blank"), ("/occurredAt", "in-the-future")),
    }
    unreadable = sent | {"role": "support_person", "person": nobody | {"email": "niemand"}}
    answer = await desk("POST", path, unreadable, "complaints_officer")
    assert faults(answer) == {("/person/email", "wrong-form"), ("/occurredAt", "in-the-future")}


async def test_a_blank_empties_nothing_in_the_register(desk: Desk) -> None:
    path = f"/complaints/{(await desk.file())['id']}"
    change = {"location": BLANK, "responsibleEmployee": BLANK, "improvements": BLANK}
    answer = await desk("PATCH", path, change, If_Match="*")
    assert faults(answer) == {(f"/{name}", "blank") for name in change}
    assert (await desk.get(path))["version"] == 1


async def test_a_blank_note_tells_of_no_conversation(new_organisation: NewOrganisation, database: Database) -> None:
    """A decision may be told in a conversation when there is a note of it (HSS-14)."""
    async with served(database) as opened:
        hss = Desk(opened, await office(new_organisation, database, "hss", roles=("board",)))
        path = f"/complaints/{(await hss.file())['id']}/decisions"
        for note in ({}, {"note": BLANK}):
            answer = await hss("POST", path, {"form": "phone", "reasons": "Zo is het."} | note, "board", **once())
            assert ("/note", "note-required") in faults(answer)


async def test_a_mail_has_a_subject_and_a_text_that_show(desk: Desk) -> None:
    path = f"/complaints/{(await desk.file())['id']}/correspondence"
    sent = {"direction": "outbound", "channel": "email", "subject": BLANK, "body": BLANK}
    answer = await desk("POST", path, sent, "complaints_officer", **once())
    assert faults(answer) == {("/subject", "required"), ("/body", "required")}


@pytest.mark.parametrize("blank", [BLANK, "\u3164", "\u2800", "\u034f", "\ufe0f", "\u00ad"])
async def test_of_which_nothing_shows(desk: Desk, blank: str) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}/correspondence"
    mail = {"direction": "outbound", "channel": "email"}
    call = {"direction": "outbound", "channel": "phone", "participants": [{"role": "complaints_officer"}]}
    sent: Json
    for sent, told in (
        (mail | {"subject": blank, "body": blank}, {("/subject", "required"), ("/body", "required")}),
        (mail | {"letter": "message", "body": blank}, {("/body", "placeholder-empty")}),
        (call | {"body": blank}, {("/body", "required")}),
    ):
        answer = await desk("POST", path, sent, "complaints_officer", **once())
        assert (answer.status_code, faults(answer)) == (400, told)
    letter = await desk("POST", path, mail | {"letter": "message", "body": "Dag.", "subject": blank}, **officer())
    assert letter.json()["subject"] == f"Bericht over uw klacht ({complaint['reference']})"
    spoken = call | {"body": blank, "step": {"name": "responses", "body": {}}}
    assert (await desk("POST", path, spoken, **officer())).json()["contents"] == []


def officer() -> dict[str, str]:
    return {"by": "complaints_officer", **once()}


@pytest.mark.parametrize("sign", ["\U0001fae9", "\uf8ff", "\u4e00", "x\u0301"])
async def test_signs_that_are_new_or_somebodys_own_are_seen(desk: Desk, sign: str) -> None:
    path = f"/complaints/{(await desk.file())['id']}/correspondence"
    answer = await desk("POST", path, {"direction": "outbound", "channel": "post", "body": sign}, **officer())
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "address",
    ["\u200b@example.org", "a@\u200b.nl", "a@exa\u00admple.org", "\u202ea@b.nl", "a@b..nl", "a@-.x", "a@b.nl."],
)
async def test_an_address_that_nobody_can_read(desk: Desk, address: str) -> None:
    sent = {"name": "Sam", "email": address, "roles": ["director"]}
    assert faults(await desk("POST", "/staff", sent)) == {("/email", "wrong-form")}
    url = {"settings": {"contactUrl": "https://\u200b"}}
    assert faults(await desk("PATCH", "/organisation", url, If_Match="*")) == {("/settings/contactUrl", "wrong-form")}


async def test_a_draft_is_given_words_that_show(desk: Desk) -> None:
    path = f"/complaints/{(await desk.file())['id']}/correspondence"
    sent = {"direction": "outbound", "channel": "email", "subject": "s", "body": "b", "draft": True}
    draft = await desk("POST", path, sent, **officer())
    change = {"subject": BLANK, "body": BLANK}
    where = f"/correspondence/{draft.json()['id']}"
    answer = await desk("PATCH", where, change, "complaints_officer", If_Match=draft.headers["etag"])
    assert faults(answer) == {("/subject", "blank"), ("/body", "blank")}


async def test_of_a_body_a_blank_says_nothing() -> None:
    """Where it may be left out."""
    assert CaseAcknowledgement(body_reference=BLANK).body_reference is None
    opened = CaseOpening(organisation="voorbeeld", reference="V-1", code=" ", consent=ConsentGiven(**CONSENT))
    assert opened.identified_by == "reference"


CONSENT: Json = {"given_on": "2036-05-05", "form": "written", "statement": "Ja."}


async def test_blanks_in_a_filing_say_nothing(new_organisation: NewOrganisation, database: Database) -> None:
    async with served(database) as opened:
        so = Desk(opened, await office(new_organisation, database, "so-trainingsbureau"))
        optional = ("earlierComplaint", "furtherDescription", "location", "products", "requestedRelief", "receivedBy")
        complaint = await so.file(**dict.fromkeys(optional, BLANK))
        [event] = [e for e in (await so.get(f"/complaints/{complaint['id']}/events"))["items"] if e["sequence"] == 1]
        assert complaint["proposals"] == []
        assert BLANK not in (event["texts"] | event["facts"]).values()
        late = await so.file(receivedAt="2036-01-03T10:00:00Z", lateRegistrationReason=BLANK)
        assert "registered-later" in {each["code"] for each in late["warnings"]}


@pytest.mark.parametrize("nobody", [{}, {"name": BLANK}, {"authority": True}])
async def test_nobody_files_on_behalf_of_a_child(
    new_organisation: NewOrganisation, database: Database, nobody: Json
) -> None:
    async with served(database) as opened:
        so = Desk(opened, await office(new_organisation, database, "so-trainingsbureau"))
        child = {"complainant": {"name": "Sam", "bornOn": "2028-01-01"}, "filedBy": {"type": "parent"} | nobody}
        sent = {"channel": "email", "description": "x"} | child
        answer = await so("POST", "/complaints", sent, "system", **once())
        assert (answer.status_code, faults(answer)) == (400, {("/filedBy", "blank")})
