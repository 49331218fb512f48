"""One answer names every fault: of the form, of what is referred to, and of what the rules say to the rest."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.domain.procedure import Procedure
from app.procedures.reading import shipped_named
from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.conftest import NewOrganisation

Json = dict[str, Any]
FILED: Json = {
    "channel": "email",
    "description": "De training ging niet door.",
    "complainant": {"name": "Sam Voorbeeld"},
}
FUTURE = "2037-01-01T10:00:00Z"
NOBODY = str(uuid4())


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """JSO, on Monday 7 January 2036."""
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def wrong(desk: Desk, method: str, path: str, body: Any, by: str = "system", **headers: str) -> set[Any]:
    answer = await desk(method, path, body, by, **headers)
    assert answer.status_code == 400, answer.text
    return faults(answer)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        # a name that means nothing, beside what the procedure says of the rest
        (
            {"zz": 1, "receivedAt": FUTURE, "subjectRole": "astronaut"},
            {("/zz", "unknown-field"), ("/receivedAt", "in-the-future"), ("/subjectRole", "not-in-procedure")},
        ),
        # ... and of what is missing because of it
        ({"zz": 1, "description": " "}, {("/zz", "unknown-field"), ("/description", "required")}),
        # a text that is no text
        (
            {"description": 3, "receivedAt": FUTURE},
            {("/description", "wrong-type"), ("/receivedAt", "in-the-future")},
        ),
        # a word that is none, whichever was meant
        ({"channel": "fax", "receivedAt": FUTURE}, {("/channel", "not-an-option"), ("/receivedAt", "in-the-future")}),
        # ... and what is needed, and was not sent
        (
            {"channel": "fax", "complainant": {"email": "sam@example.org"}},
            {("/channel", "not-an-option"), ("/complainant/name", "required")},
        ),
        # something in a list, something inside something
        (
            {"circumstances": ["nothing"], "complainant": {"email": "@"}, "receivedAt": FUTURE},
            {
                ("/circumstances/0", "not-an-option"),
                *(("/complainant/email", "wrong-form"), ("/complainant/name", "required")),
                ("/receivedAt", "in-the-future"),
            },
        ),
        # on whichever day it came
        (
            {"receivedAt": "2036-01-04", "subjectRole": "astronaut", "complainant": {"phone": "06 12345678"}},
            {
                *(("/receivedAt", "wrong-form"), ("/subjectRole", "not-in-procedure")),
                ("/complainant/name", "required"),
            },
        ),
        (
            {"recievedAt": "2036-01-04", "subjectRole": "astronaut"},
            {("/recievedAt", "unknown-field"), ("/subjectRole", "not-in-procedure")},
        ),
        # ... but some came before this day, and some after it
        ({"receivedAt": "gisteren", "conductOn": "2036-01-02"}, {("/receivedAt", "wrong-form")}),
        ({"ontvangen": "4 januari 2036", "conductOn": "2036-01-02"}, {("/ontvangen", "unknown-field")}),
        (
            {"receivedAt": "gisteren", "conductOn": "2036-01-08"},
            {("/receivedAt", "wrong-form"), ("/conductOn", "after-receipt")},
        ),
        # words of long lists
        (
            {"complainantType": "koning", "complainant": {"phone": "06 12345678"}},
            {("/complainantType", "not-an-option"), ("/complainant/name", "required")},
        ),
        (
            {"complainantType": "koning", "channel": "fax", "complainant": {"phone": "06 12345678"}},
            {
                *(("/complainantType", "not-an-option"), ("/channel", "not-an-option")),
                ("/complainant/name", "required"),
            },
        ),
        # what is no object, what is no list
        (
            {"complainant": "Sam", "circumstances": "nothing", "subjectRole": "astronaut"},
            {
                *(("/complainant", "wrong-type"), ("/circumstances", "wrong-type")),
                ("/subjectRole", "not-in-procedure"),
            },
        ),
        # what is needed, beside a text that is none
        (
            {"description": 3, "complainant": {"phone": "06 12345678"}},
            {("/description", "wrong-type"), ("/complainant/name", "required")},
        ),
        # beside a long text
        (
            {
                "channel": "fax",
                "receivedAt": FUTURE,
                "description": "x" * 19_000,
                "complainant": {"phone": "06 12345678"},
            },
            {("/channel", "not-an-option"), ("/receivedAt", "in-the-future"), ("/complainant/name", "required")},
        ),
        # a draft that is not there, which would have said the day
        ({"draft": NOBODY, "receivedAt": FUTURE}, {("/draft", "unknown"), ("/receivedAt", "in-the-future")}),
        ({"draft": NOBODY, "subjectRole": "astronaut"}, {("/draft", "unknown")}),
    ],
)
async def test_a_filing(desk: Desk, sent: Json, expected: set[Any]) -> None:
    assert await wrong(desk, "POST", "/complaints", FILED | sent, Idempotency_Key=uuid4().hex) == expected
    assert await wrong(desk, "POST", "/complaints", FILED | sent) == expected | {("Idempotency-Key", "required")}
    assert (await desk.get("/complaints?withTotal=true"))["total"] == 0


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('"description": "x", "description": "y"', ("/description", "repeated-key")),
        ('"description": "x", "channel": "email", "channel": "phone"', ("/channel", "repeated-key")),
        ('"description": "x", "urgent": true, "urgent": false', ("/urgent", "repeated-key")),
        ('"description": "a\\u0000b"', ("/description", "not-storable")),
        ('"description": 1e999', ("/description", "number-too-large")),
        (
            '"description": "x", "supportPerson": {"name": "Kim", "name": "Kim"}',
            ("/supportPerson/name", "repeated-key"),
        ),
        ('"description": "x", "a\\nb": 1', ("/-", "unknown-field")),
    ],
)
async def test_a_filing_that_is_wrong_as_json(desk: Desk, raw: str, expected: tuple[str, str]) -> None:
    rest = '"complainant": {"phone": "06 12345678"}, "subjectRole": "astronaut"'
    key = {"Authorization": f"Bearer {desk.made.keys['system'].token}", "Idempotency-Key": uuid4().hex}
    answer = await desk.client.post(
        "/complaints", content=f"{{{raw}, {rest}}}", headers=key | {"Content-Type": "application/json"}
    )
    more = {("/complainant/name", "required"), ("/subjectRole", "not-in-procedure")}
    assert faults(answer) == {expected} | more


@pytest.mark.parametrize(
    ("step", "sent", "expected"),
    [
        # judged by another day than the one that was meant
        (
            "information-requests",
            {"occurredAt": "2036-01-04T10:00:00", "answerBy": "2036-01-05", "question": "Wanneer?", "form": "email"},
            {("/occurredAt", "wrong-form")},
        ),
        # by what another text says
        ("acknowledgements", {"form": "email", "contents": [], "text": 3}, {("/text", "wrong-type")}),
        # by the other way to say it
        (
            "extensions",
            {"form": "email", "reasons": "Ziek.", "until": None, "period": {"amount": "1", "unit": "weeks"}},
            {("/period/amount", "wrong-type")},
        ),
    ],
)
async def test_a_fault_that_comes_of_another_is_not_told(desk: Desk, step: str, sent: Json, expected: set[Any]) -> None:
    complaint = await desk.file(receivedAt="2036-01-03T10:00:00Z")
    path = f"/complaints/{complaint['id']}/{step}"
    party = {"party": "complainant"} if step == "information-requests" else {}
    assert await wrong(desk, "POST", path, sent | party, "complaints_officer") == expected


async def test_nor_of_a_person_whose_name_cannot_be_read(desk: Desk) -> None:
    sent = FILED | {"complainant": {"name": " ", "organisation": 3}}
    assert await wrong(desk, "POST", "/complaints", sent, Idempotency_Key=uuid4().hex) == {
        ("/complainant/organisation", "wrong-type")
    }


async def test_what_is_wrong_with_the_whole_is_told_beside_a_name_that_means_nothing(desk: Desk) -> None:
    assert await wrong(desk, "POST", "/complaints/_search", {"zz": 1}) == {("/zz", "unknown-field"), ("", "one-of")}


async def test_a_parameter_takes_no_header_away(desk: Desk) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}/assignments?authorization=1&content-type=1"
    assert await wrong(desk, "POST", path, {"staffId": NOBODY}, "complaints_officer") == {
        ("authorization", "unknown-parameter"),
        ("content-type", "unknown-parameter"),
        ("/staffId", "unknown"),
    }


async def test_of_what_stands_in_for_a_fault_nothing_is_told(desk: Desk) -> None:
    """Oral complaints alone say who took them down; which way this one came in is not known."""
    sent = FILED | {"channel": "pigeon", "receivedBy": "Balie"}
    assert await wrong(desk, "POST", "/complaints", sent) == {
        ("/channel", "not-an-option"),
        ("Idempotency-Key", "required"),
    }


async def test_what_was_well_formed_is_not_kept_by_the_trial(desk: Desk) -> None:
    key = uuid4().hex
    assert await wrong(desk, "POST", "/complaints", FILED | {"zz": 1}, Idempotency_Key=key) == {
        ("/zz", "unknown-field")
    }
    assert (await desk.get("/complaints?withTotal=true"))["total"] == 0
    answer = await desk("POST", "/complaints", FILED, "system", Idempotency_Key=key)
    assert answer.status_code == 201  # the key is still free


async def test_a_step(desk: Desk) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    both = {("/staffId", "unknown"), ("/onBehalfOf", "unknown"), ("/occurredAt", "in-the-future")}
    sent: Json = {"staffId": NOBODY, "onBehalfOf": NOBODY, "occurredAt": FUTURE}
    assert await wrong(desk, "POST", f"{path}/assignments", sent) == both
    assert await wrong(desk, "POST", f"{path}/assignments", sent | {"zz": 1}) == both | {("/zz", "unknown-field")}
    unread = sent | {"staffId": "iemand"}
    assert await wrong(desk, "POST", f"{path}/assignments", unread | {"onBehalfOf": None}, "admin") == {
        ("/staffId", "wrong-form"),
        ("/occurredAt", "in-the-future"),
    }
    closing = {"outcome": "duplicate", "duplicateOf": "JSO-NONE", "occurredAt": FUTURE}
    assert await wrong(desk, "POST", f"{path}/closures", closing, "complaints_officer") == {
        ("/duplicateOf", "unknown"),
        ("/occurredAt", "in-the-future"),
    }
    assert len((await desk.get(f"{path}/events"))["items"]) == 1


@pytest.mark.parametrize("unknown", [NOBODY, "iemand"], ids=["unknown", "unreadable"])
async def test_behind_an_employee_whom_nobody_knows_the_rest_is_looked_at(desk: Desk, unknown: str) -> None:
    """Whose step it is cannot be said; what is wrong with it can."""
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    expected = {
        ("/onBehalfOf", "unknown" if unknown == NOBODY else "wrong-form"),
        ("/duplicateOf", "unknown"),
        ("/occurredAt", "in-the-future"),
    }
    sent: Json = {"outcome": "duplicate", "duplicateOf": "JSO-NONE", "occurredAt": FUTURE, "onBehalfOf": unknown}
    assert await wrong(desk, "POST", f"{path}/closures", sent) == expected
    if unknown == NOBODY:
        asked: Json = {"form": "email", "onBehalfOf": unknown, "answerBy": "2036-01-04", "question": "Wanneer?"}
        assert await wrong(desk, "POST", f"{path}/information-requests", asked | {"party": "complainant"}) == {
            ("/onBehalfOf", "unknown"),
            ("/answerBy", "in-the-past"),
        }
    assert len((await desk.get(f"{path}/events"))["items"]) == 1


async def test_who_may_never_do_it_is_told_that_and_nothing_else(desk: Desk) -> None:
    complaint = await desk.file()
    sent = {"outcome": "duplicate", "duplicateOf": "JSO-NONE"}
    refused = await desk("POST", f"/complaints/{complaint['id']}/closures", sent, "director")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-required")


@pytest.mark.parametrize("moment", [FUTURE, "2026-01-07T10:00:00Z"], ids=["ahead", "before-receipt"])
async def test_of_a_slip_in_the_year_nothing_else_follows(desk: Desk, moment: str) -> None:
    complaint = await desk.file()
    path, told = f"/complaints/{complaint['id']}", "in-the-future" if moment == FUTURE else "before-receipt"
    asked: Json = {"party": "complainant", "form": "email", "answerBy": "2036-01-14", "question": "Wanneer?"}
    for step, sent in (
        ("information-requests", asked),
        ("hearings", {"party": "complainant", "scheduledOn": "2036-01-14"}),
        ("measures", {"description": "Een tweede trainer.", "dueOn": "2036-01-14"}),
    ):
        good = await desk("POST", f"{path}/{step}", sent, "complaints_officer")
        assert good.status_code == 201, good.text
        found = await wrong(desk, "POST", f"{path}/{step}", sent | {"occurredAt": moment}, "complaints_officer")
        assert found == {("/occurredAt", told)}


async def test_a_version_that_does_not_hold_yet_judges_nothing(desk: Desk) -> None:
    document = shipped_named("jso").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    later = document | {"effective_from": "2036-02-01", "roles": [{"role": "astronaut"}, *document["roles"]]}
    made = await desk("POST", "/procedures/jso/versions", {"document": later})
    assert made.status_code == 201, made.text
    sent = FILED | {"receivedAt": FUTURE, "subjectRole": "astronaut"}
    assert await wrong(desk, "POST", "/complaints", sent, Idempotency_Key=uuid4().hex) == {
        ("/receivedAt", "in-the-future"),
        ("/subjectRole", "not-in-procedure"),
    }
    complaint = await desk.file()
    moved = {"corrects": 1, "movedTo": FUTURE, "reasons": "Verkeerd jaar."}
    path = f"/complaints/{complaint['id']}/corrections"
    assert await wrong(desk, "POST", path, moved, "complaints_officer") == {("/movedTo", "in-the-future")}


async def test_a_version_that_may_have_held_judges_with_the_others(desk: Desk) -> None:
    document = shipped_named("jso").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for day, role in (("2036-01-15", "astronaut"), ("2036-02-15", "pilot")):
        later = document | {"effective_from": day, "roles": [{"role": role}, *document["roles"]]}
        made = await desk("POST", "/procedures/jso/versions", {"document": later})
        assert made.status_code == 201, made.text
    await desk("PUT", "/sandbox/clock", {"now": "2036-02-20T10:00:00Z"}, "admin")
    for role, told in (("astronaut", set()), ("pilot", set()), ("king", {("/subjectRole", "not-in-procedure")})):
        for sent in ({"receivedAt": "gisteren"}, {"recievedAt": "2036-02-03"}):
            [(name, _)] = sent.items()
            expected = {(f"/{name}", "wrong-form" if name == "receivedAt" else "unknown-field")} | told
            found = await wrong(
                desk, "POST", "/complaints", FILED | sent | {"subjectRole": role}, Idempotency_Key=uuid4().hex
            )
            assert found == expected


async def test_a_correction_of_nothing_to_a_day_that_has_not_come(desk: Desk) -> None:
    complaint = await desk.file()
    sent = {"corrects": 99, "movedTo": FUTURE, "reasons": "Verkeerd ingevuld."}
    path = f"/complaints/{complaint['id']}/corrections"
    assert await wrong(desk, "POST", path, sent, "complaints_officer") == {
        ("/corrects", "not-correctable"),
        ("/movedTo", "in-the-future"),
    }


@pytest.mark.parametrize(
    ("step", "sent", "expected"),
    [
        (
            "corrections",
            {"corrects": 99},
            {("/reasons", "required"), ("/corrects", "not-correctable"), ("", "nothing-corrected")},
        ),
        # a misspelled name may have said it
        (
            "corrections",
            {"corrects": 99, "anul": True},
            {("/reasons", "required"), ("/anul", "unknown-field"), ("/corrects", "not-correctable")},
        ),
        (
            "corrections",
            {"corrects": 99, "reasons": 3, "annul": "ja", "movedTo": "gisteren"},
            {
                *(("/reasons", "wrong-type"), ("/annul", "wrong-type"), ("/movedTo", "wrong-form")),
                ("/corrects", "not-correctable"),
            },
        ),
        # what hangs on no text
        (
            "measures",
            {"description": 3, "dueOn": "2036-01-04"},
            {("/description", "wrong-type"), ("/dueOn", "in-the-past")},
        ),
        ("waivers", {"step": "bow"}, {("/reasons", "required"), ("/step", "step-unknown")}),
        (
            "waivers",
            {"step": "bow", "occurredAt": "gisteren"},
            {("/reasons", "required"), ("/occurredAt", "wrong-form"), ("/step", "step-unknown")},
        ),
        # ... and when the event is not there
        (
            "corrections",
            {"corrects": 99, "annul": True, "movedTo": "2036-01-07T01:00:00Z", "reasons": "Verkeerd ingevuld."},
            {("/corrects", "not-correctable"), ("/annul", "not-both")},
        ),
        (
            "corrections",
            {"corrects": "een", "annul": True, "movedTo": "gisteren", "reasons": "Verkeerd ingevuld."},
            {("/corrects", "wrong-type"), ("/movedTo", "wrong-form"), ("/annul", "not-both")},
        ),
        (
            "corrections",
            {"corrects": "een", "movedTo": "2001-01-02T10:00:00Z", "reasons": "Verkeerd ingevuld."},
            {("/corrects", "wrong-type"), ("/movedTo", "before-receipt")},
        ),
        (
            "measure-completions",
            {"measure": 99, "proof": 3},
            {("/proof", "wrong-type"), ("/measure", "measure-unknown")},
        ),
        (
            "hearings",
            {"occurredAt": "2026-01-07T10:00:00Z", "party": "king", "scheduledOn": 3},
            {("/party", "not-an-option"), ("/scheduledOn", "wrong-form"), ("/occurredAt", "before-receipt")},
        ),
    ],
    ids=range(11),
)
async def test_what_a_value_has_whatever_stands_beside_it(
    desk: Desk, step: str, sent: Json, expected: set[Any]
) -> None:
    complaint = await desk.file()
    assert await wrong(desk, "POST", f"/complaints/{complaint['id']}/{step}", sent, "complaints_officer") == expected


@pytest.mark.parametrize(
    ("procedure", "role", "step", "sent", "expected"),
    [
        ("hss", "board", "reclassifications", {"to": "complaint"}, {("/reasons", "required"), ("/to", "same-kind")}),
        (
            "klikklaar",
            "chair",
            "parallel-routes",
            {"route": "moon", "occurredAt": 3, "zz": 1},
            {("/occurredAt", "wrong-form"), ("/zz", "unknown-field"), ("/route", "route-unknown")},
        ),
        # what it lacks, beside a text that is none; unless it could have stood in that text
        (
            "klikklaar",
            "chair",
            "acknowledgements",
            {"form": "email", "note": 3},
            {("/note", "wrong-type"), ("/contents", "content-missing")},
        ),
        (
            "klikklaar",
            "chair",
            "acknowledgements",
            {"form": "email", "text": 3},
            {("/text", "wrong-type")},
        ),
        # two words that are none, whichever were meant
        (
            "klikklaar",
            "chair",
            "decisions",
            {"form": "pigeon", "verdict": "great"},
            {("/form", "not-an-option"), ("/verdict", "not-an-option"), ("/reasons", "content-missing")},
        ),
        (
            "bijstand-naar-werk",
            "handler",
            "extensions",
            {"form": "email", "term": "bow", "reasons": 3, "consent": "ja"},
            {
                *(("/reasons", "wrong-type"), ("/consent", "not-an-option")),
                *(("/term", "term-unknown"), ("/until", "new-date-missing")),
            },
        ),
    ],
    ids=range(6),
)
async def test_under_a_procedure_that_has_such_a_step(
    new_organisation: NewOrganisation,
    database: Database,
    procedure: str,
    role: str,
    step: str,
    sent: Json,
    expected: Any,
) -> None:
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, procedure, roles=(role,)))
        complaint = await desk.file()
        path = f"/complaints/{complaint['id']}/{step}"
        assert await wrong(desk, "POST", path, sent, role, Idempotency_Key=uuid4().hex) == expected


async def test_a_hold_that_is_none_beside_what_cannot_be_read(desk: Desk) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    held = await desk("POST", f"{path}/legal-holds", {"reasons": "Er loopt een zaak."}, "complaints_officer")
    assert held.status_code == 201, held.text
    assert await wrong(
        desk, "POST", f"{path}/legal-hold-releases", {"lifts": 99, "reasons": 3}, "complaints_officer"
    ) == {
        ("/reasons", "wrong-type"),
        ("/lifts", "hold-unknown"),
    }


async def test_a_duplicate_of_itself_beside_what_is_missing(desk: Desk) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}/closures"
    assert await wrong(desk, "POST", path, {"duplicateOf": complaint["reference"]}, "complaints_officer") == {
        ("/outcome", "required"),
        ("/duplicateOf", "is-itself"),
    }


async def test_an_employee(desk: Desk) -> None:
    sent = {"name": "Kim", "email": "nope", "roles": ["complaints_officer", "astronaut"]}
    assert await wrong(desk, "POST", "/staff", sent, "admin") == {("/email", "wrong-form"), ("/roles/1", "unknown")}


async def test_a_key(desk: Desk) -> None:
    sent = {"name": " ", "kind": "system", "scopes": ["complaints:read"], "expiresAt": "2020-01-01T00:00:00Z"}
    assert await wrong(desk, "POST", "/api-keys", sent, "admin") == {("/name", "blank"), ("/expiresAt", "in-the-past")}


async def test_a_day_that_cannot_be_beside_a_procedure_that_is_not_there(desk: Desk) -> None:
    sent = FILED | {"procedure": "bestaat-niet", "receivedAt": FUTURE}
    assert await wrong(desk, "POST", "/complaints", sent, Idempotency_Key=uuid4().hex) == {
        ("/procedure", "unknown"),
        ("/receivedAt", "in-the-future"),
    }


@pytest.mark.parametrize("stray", [{}, {"zz": 1}])
async def test_what_is_tried_out(desk: Desk, stray: Json) -> None:
    told = {(f"/{name}", "unknown-field") for name in stray}
    both: Json = {"old": {"document": {"procedure": "x"}}, "new": {"procedure": "bestaat-niet"}}
    found = await wrong(desk, "POST", "/procedures/_diff", both | stray)
    assert found > told | {("/new/procedure", "unknown"), ("/old/document/title", "missing")}
    later = {"old": {"procedure": "jso"}, "new": {"procedure": "jso", "version": 9}}
    assert await wrong(desk, "POST", "/procedures/_diff", later | stray) == told | {("/new/version", "unknown")}
    number: Json = {"old": {"procedure": "jso", "version": "1"}, "new": {"document": {"procedure": "x"}}}
    found = await wrong(desk, "POST", "/procedures/_diff", number | stray)
    assert found > told | {("/old/version", "wrong-type"), ("/new/document/title", "missing")}
    text: Json = {"old": {"procedure": "jso", "version": "1"}, "new": {"yaml": "procedure: x"}}
    found = await wrong(desk, "POST", "/procedures/_diff", text | stray)
    assert found > told | {("/old/version", "wrong-type"), ("/new/yaml/title", "missing")}
    story: Json = {"procedure": "bestaat-niet", "events": [{"type": "complaint.received", "occurredAt": "gisteren"}]}
    assert await wrong(desk, "POST", "/procedures/_simulate", story | stray) == told | {
        ("/procedure", "unknown"),
        ("/events/0/occurredAt", "wrong-form"),
    }


async def test_a_change_without_the_version_that_was_read(desk: Desk) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    assert await wrong(desk, "PATCH", path, {"subjectRole": "astronaut", "zz": 1}) == {
        ("If-Match", "required"),
        ("/subjectRole", "not-in-procedure"),
        ("/zz", "unknown-field"),
    }
    assert await wrong(desk, "PATCH", path, {"subjectRole": "astronaut"}) == {
        ("If-Match", "required"),
        ("/subjectRole", "not-in-procedure"),
    }
    assert (await desk("PATCH", path, {"location": "Utrecht"}, "system")).status_code == 428
    assert len((await desk.get(f"{path}/events"))["items"]) == 1


async def test_a_cursor_beside_other_parameters(desk: Desk) -> None:
    asked = "/complaints?bogus=1&cursor=zz&withTotal=x&limit=0&state=gone"
    assert await wrong(desk, "GET", asked, None) == {
        ("bogus", "unknown-parameter"),
        ("cursor", "cursor-unknown"),
        ("withTotal", "wrong-type"),
        ("limit", "too-small"),
        ("state", "not-an-option"),
    }
    assert await wrong(desk, "GET", "/complaints?cursor=zz&limit=0", None) == {
        ("cursor", "cursor-unknown"),
        ("limit", "too-small"),
    }


# -- what one fault hides --------------------------------------------------------------------------------------

REGISTER = {(f"/register/{name}", "register-field-missing") for name in ("further_description", "products")} | {
    ("/register/responsible_employee", "register-field-missing")
}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, set()),
        ({"verdict": None}, {("/verdict", "verdict-missing")}),
        ({"form": None}, {("/form", "form-missing")}),
        ({"form": "phone"}, {("/form", "written-required")}),
        ({"reasons": None}, {("/reasons", "content-missing")}),
        ({"occurredAt": FUTURE}, {("/occurredAt", "in-the-future")}),
        ({"occurredAt": "2026-01-07T10:00:00Z"}, {("/occurredAt", "before-receipt")}),
        ({"onBehalfOf": NOBODY, "verdict": None}, {("/onBehalfOf", "unknown"), ("/verdict", "verdict-missing")}),
        ({"verdict": "great"}, {("/verdict", "not-an-option")}),
    ],
    ids=range(9),
)
async def test_an_answer_that_is_refused_hides_nothing_of_the_closing(
    new_organisation: NewOrganisation, database: Database, sent: Json, expected: set[Any]
) -> None:
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair",)))
        complaint = await desk.file()
        path = f"/complaints/{complaint['id']}"
        await desk.step(complaint, "hearings", {"party": "subject_of_complaint", "form": "oral"}, "chair")
        good: Json = {"final": True, "form": "email", "verdict": "upheld", "reasons": "De afspraak is gemist."}
        by = "system" if "onBehalfOf" in sent else "chair"
        assert await wrong(desk, "POST", f"{path}/decisions", good | sent, by, Idempotency_Key=uuid4().hex) == (
            expected | REGISTER
        )
        assert (await desk.get(f"{path}/decisions"))["items"] == []


async def test_nor_does_one_on_an_objection(new_organisation: NewOrganisation, database: Database) -> None:
    async with client(database) as opened:
        roles = ("chair", "appeal_committee")
        desk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=roles))
        complaint = await desk.file()
        await desk.step(complaint, "hearings", {"party": "subject_of_complaint", "form": "oral"}, "chair")
        decision = {"form": "email", "verdict": "not_upheld", "reasons": "De afspraak is nagekomen."}
        await desk.step(complaint, "decisions", decision, "chair")
        await desk.step(complaint, "objections", {"form": "post", "text": "Ik ben het er niet mee eens."}, "system")
        path = f"/complaints/{complaint['id']}/appeal-decisions"
        sent: Json = {"final": True, "reasons": "x", "form": "post"}
        key = {"Idempotency_Key": uuid4().hex}
        missing = {("/verdict", "verdict-missing")}
        assert await wrong(desk, "POST", path, sent, "appeal_committee", **key) == missing | REGISTER
        assert await wrong(desk, "POST", path, sent | {"verdict": "upheld"}, "appeal_committee", **key) == REGISTER


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, set()),
        ({"reasons": None}, {("/reasons", "content-missing")}),
        ({"ground": "moon", "reasons": None}, {("/ground", "ground-unknown"), ("/reasons", "content-missing")}),
        ({"occurredAt": FUTURE}, {("/occurredAt", "in-the-future")}),
    ],
    ids=range(4),
)
async def test_a_decision_that_is_refused_hides_nothing_of_the_notice(
    new_organisation: NewOrganisation, database: Database, sent: Json, expected: set[Any]
) -> None:
    async with client(database) as opened:
        roles = ("complaints_officer",)
        desk = Desk(opened, await office(new_organisation, database, "so-trainingsbureau", roles=roles))
        complaint = await desk.file(kind="complaint")
        good: Json = {"decision": "decline", "notified": True, "ground": "criminal_proceedings", "form": "phone"}
        path = f"/complaints/{complaint['id']}/admissibility-decisions"
        found = await wrong(desk, "POST", path, good | {"reasons": "Er loopt een zaak."} | sent, *roles)
        assert found == expected | {("/form", "written-required")}


async def test_of_an_answer_without_a_form_the_register_lacks_nothing(
    new_organisation: NewOrganisation, database: Database
) -> None:
    """The answer is the correspondence that JSO's register asks for."""
    document = shipped_named("jso").model_dump(mode="json", by_alias=True)
    document["stages"][0]["answer"]["form"] = "written"
    async with client(database) as opened:
        known, role = Procedure.model_validate(document), "complaints_officer"
        desk = Desk(opened, await office(new_organisation, database, known, roles=(role,)))
        complaint = await desk.file(channel="phone", receivedBy="Balie")
        path, sent = f"/complaints/{complaint['id']}/responses", {"final": True, "text": "Verzet naar 12 januari."}
        found = await wrong(desk, "POST", path, sent, role, Idempotency_Key=uuid4().hex)
        assert found == {("/form", "form-missing")}


LATE = ("/lateRegistrationReason", "reason-missing")
AT_ONCE: Json = {
    "channel": "phone",
    "receivedBy": "Balie",
    "receivedAt": "2035-08-01T10:00:00Z",
    "resolvedAtOnce": {"how": "Meteen een nieuwe datum afgesproken."},
}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, {LATE}),
        ({"subjectRole": "nobody"}, {("/subjectRole", "not-in-procedure"), LATE}),
        # ... which it would not lack however it was said
        ({"complainant": {"phone": "06 12345678"}}, {("/complainant/name", "required"), LATE}),
        (
            {"channel": "oral", "kind": "signal"},
            {("/channel", "not-in-procedure"), ("/kind", "not-in-procedure"), LATE},
        ),
        (
            {"receivedAt": FUTURE, "subjectRole": "nobody"},
            {("/receivedAt", "in-the-future"), ("/subjectRole", "not-in-procedure")},
        ),
        ({"receivedAt": "2036-01-07T08:00:00Z", "subjectRole": "nobody"}, {("/subjectRole", "not-in-procedure")}),
    ],
    ids=range(6),
)
async def test_a_filing_that_is_refused_hides_nothing_of_its_closing(
    desk: Desk, sent: Json, expected: set[Any]
) -> None:
    found = await wrong(desk, "POST", "/complaints", FILED | AT_ONCE | sent, Idempotency_Key=uuid4().hex)
    assert found == expected


async def test_what_is_not_settled_at_once_under_a_procedure_lacks_nothing_for_its_closing(
    new_organisation: NewOrganisation, database: Database
) -> None:
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "klikklaar"))
        found = await wrong(desk, "POST", "/complaints", FILED | AT_ONCE, Idempotency_Key=uuid4().hex)
        assert found == {("/resolvedAtOnce", "not-in-procedure")}


@pytest.mark.parametrize(
    ("procedure", "role", "step", "sent", "expected"),
    [
        (
            *("bijstand-naar-werk", "handler", "waivers"),
            *({"step": "zzz", "reasons": " "}, {("/step", "step-unknown"), ("/reasons", "blank")}),
        ),
        (
            *("bijstand-naar-werk", "handler", "extensions", {"form": "email", "reasons": "Ziek.", "term": "nergens"}),
            {("/term", "term-unknown"), ("/until", "new-date-missing")},
        ),
        (
            *("bijstand-naar-werk", "handler", "extensions"),
            {
                **{"form": "email", "reasons": "Ziek.", "term": "nergens", "until": "2036-03-03"},
                "period": {"amount": 1, "unit": "weeks"},
            },
            {("/term", "term-unknown"), ("/until", "new-date-missing")},
        ),
    ],
    ids=["waiver", "no-date", "two-dates"],
)
async def test_a_step_whose_one_fault_hides_no_other(
    new_organisation: NewOrganisation,
    database: Database,
    procedure: str,
    role: str,
    step: str,
    sent: Json,
    expected: set[Any],
) -> None:
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, procedure, roles=(role,)))
        complaint = await desk.file()
        assert await wrong(desk, "POST", f"/complaints/{complaint['id']}/{step}", sent, role) == expected


async def test_an_extension_that_is_too_long_and_was_not_agreed_to(
    new_organisation: NewOrganisation, database: Database
) -> None:
    document = shipped_named("bijstand-naar-werk").model_dump(mode="json", by_alias=True)
    [handle] = [duty for stage in document["stages"] for duty in stage["duties"] if duty["duty"] == "handle"]
    handle["extension"] |= {"consent": True, "at_most": {"amount": 1, "unit": "weeks"}}
    async with client(database) as opened:
        known = Procedure.model_validate(document)
        desk = Desk(opened, await office(new_organisation, database, known, roles=("handler",)))
        complaint = await desk.file()
        sent: Json = {"form": "email", "reasons": "Ziek.", "until": "2036-04-01"}
        assert await wrong(desk, "POST", f"/complaints/{complaint['id']}/extensions", sent, "handler") == {
            ("/consent", "consent-missing"),
            ("/until", "too-long"),
        }


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, set()),
        ({"conductOn": "2035-12-01", "complainant": {"name": "Sam Voorbeeld", "bornOn": "1990-01-01"}}, set()),
        ({"conductOn": "2036-01-09"}, {("/conductOn", "after-receipt")}),
        (
            {"channel": "oral", "subjectRole": "nobody"},
            {("/channel", "not-in-procedure"), ("/subjectRole", "not-in-procedure")},
        ),
        ({"complainant": {"phone": "06 12345678"}}, {("/complainant/name", "required")}),
    ],
    ids=range(5),
)
async def test_what_came_in_before_any_version_is_looked_at_as_if_it_came_in_now(
    desk: Desk, sent: Json, told: set[Any]
) -> None:
    before = FILED | {"receivedAt": "2001-01-04T10:00:00Z"}
    found = await wrong(desk, "POST", "/complaints", before | sent, Idempotency_Key=uuid4().hex)
    assert found == told | {("/receivedAt", "no-procedure-in-force")}


async def test_whichever_version_may_have_been_meant(desk: Desk) -> None:
    document = shipped_named("jso").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    later = document | {"effective_from": "2036-01-15", "roles": [{"role": "pilot"}, *document["roles"]]}
    made = await desk("POST", "/procedures/jso/versions", {"document": later})
    assert made.status_code == 201, made.text
    before = FILED | {"receivedAt": "2001-01-04T10:00:00Z"}
    for now, judged in (("2036-01-14T10:00:00Z", {"pilot", "king"}), ("2036-01-20T10:00:00Z", {"king"})):
        await desk.clock(now)
        for role in ("pilot", "king"):
            found = await wrong(
                desk, "POST", "/complaints", before | {"subjectRole": role}, Idempotency_Key=uuid4().hex
            )
            told = {("/subjectRole", "not-in-procedure")} if role in judged else set()
            assert found == told | {("/receivedAt", "no-procedure-in-force")}


@pytest.mark.parametrize("born", ["2036-06-01", "2030-06-01"])
async def test_of_what_comes_in_later_the_days_are_compared_with_now(
    new_organisation: NewOrganisation, database: Database, born: str
) -> None:
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "so-trainingsbureau"))
        sent = FILED | {"receivedAt": FUTURE, "conductOn": "2036-06-01"}
        sent |= {"complainant": {"name": "Sam Voorbeeld", "bornOn": born}}
        assert await wrong(desk, "POST", "/complaints", sent, Idempotency_Key=uuid4().hex) == {
            *(("/receivedAt", "in-the-future"), ("/conductOn", "after-receipt")),
            ("/complainant/bornOn", "after-receipt" if born > "2036-01-07" else "guardian-required"),
        }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # a cursor that is none hides nothing, and is told beside everything
        ("state=zzz&cursor=onzin", {("state", "not-an-option"), ("cursor", "cursor-unknown")}),
        ("receivedFrom=x&kind=x&cursor=onzin", {*(("receivedFrom", "wrong-form"), ("kind", "not-an-option"))}),
        ("handler=x&foo=1&cursor=onzin", {("handler", "wrong-form"), ("foo", "unknown-parameter")}),
        # of which list one is cannot be said while it is not known which is asked for
        ("state=zzz&cursor={open}", {("state", "not-an-option")}),
        ("state=zzz&cursor={all}", {("state", "not-an-option")}),
        ("state=open&foo=1&cursor={open}", {("foo", "unknown-parameter")}),
        ("foo=1&cursor={open}", {("foo", "unknown-parameter")}),
        ("state=open&state=closed&cursor={open}", {("state", "repeated-parameter")}),
        ("state=zzz&limit=0&cursor={all}", {("state", "not-an-option"), ("limit", "too-small")}),
        # what does not say which list it is
        ("state=open&limit=0&cursor={open}", {("limit", "too-small")}),
        ("limit=0&cursor={open}", {("limit", "too-small"), ("cursor", "cursor-unknown")}),
        ("limit=1&limit=2&cursor={open}", {("limit", "repeated-parameter"), ("cursor", "cursor-unknown")}),
        ("state=closed&cursor={open}", {("cursor", "cursor-unknown")}),
        # which of the two was meant nobody knows
        ("state=open&state=zzz", {("state", "repeated-parameter")}),
        ("state=yyy&state=zzz&limit=0", {("state", "repeated-parameter"), ("limit", "too-small")}),
        ("state=1%00&limit=0&kind=x", {("state", "not-storable"), ("limit", "too-small"), ("kind", "not-an-option")}),
        ("limit=0&limit=10&kind=x", {("limit", "repeated-parameter"), ("kind", "not-an-option")}),
        ("state=yyy&state=zzz&cursor=onzin", {("state", "repeated-parameter")}),
    ],
)
async def test_a_cursor_beside_a_faulty_filter(desk: Desk, asked: str, expected: set[Any]) -> None:
    for _ in range(2):
        await desk.file()
    of = {"open": "state=open&limit=1", "all": "limit=1"}
    cursors = {name: (await desk.get(f"/complaints?{query}"))["next"] for name, query in of.items()}
    assert (await desk("GET", f"/complaints?state=open&cursor={cursors['open']}", by="system")).status_code == 200
    found = await wrong(desk, "GET", f"/complaints?{asked.format(**cursors)}", None)
    assert found == expected | ({("cursor", "cursor-unknown")} if "onzin" in asked else set())


async def test_who_is_not_known_is_told_nothing_of_a_cursor(desk: Desk) -> None:
    for _ in range(2):
        await desk.file()
    cursor = (await desk.get("/complaints?state=open&limit=1"))["next"]
    for path in ("/complaints", "/drafts", "/procedures"):
        for query in (f"cursor={cursor}", "cursor=onzin"):
            answer = await desk("GET", f"{path}?{query}", token="none")
            assert answer.status_code == 401, (path, query)


@pytest.mark.parametrize(
    ("path", "by", "expected"),
    [
        ("/events?after=onzin&limit=x", "auditor", {("after", "cursor-unknown"), ("limit", "wrong-type")}),
        ("/events?after=onzin&foo=1", "auditor", {("after", "cursor-unknown"), ("foo", "unknown-parameter")}),
        (
            f"/reports/summary?asOf={FUTURE}&groupBy=zzz",
            "reporter",
            {("asOf", "in-the-future"), ("groupBy", "not-an-option")},
        ),
        (
            f"/reports/timeliness?asOf={FUTURE}&foo=1&from=x",
            "reporter",
            {("asOf", "in-the-future"), ("foo", "unknown-parameter"), ("from", "wrong-form")},
        ),
        (
            f"/reports/timeliness?asOf={FUTURE}&from=2036-01-02&to=2036-01-01",
            "reporter",
            {("asOf", "in-the-future"), ("to", "before-from")},
        ),
        (
            "/reports/summary?from=2036-01-02&to=2036-01-01&groupBy=zzz",
            "reporter",
            {("to", "before-from"), ("groupBy", "not-an-option")},
        ),
        (
            "/reports/timeliness?from=2000-01-02&to=2036-01-01&foo=1",
            "reporter",
            {("to", "too-long"), ("foo", "unknown-parameter")},
        ),
        # which days these are hangs on what cannot be read
        ("/reports/summary?from=1990-01-01&to=x", "reporter", {("to", "wrong-form")}),
        ("/reports/summary?from=1990-01-01&asOf=x", "reporter", {("asOf", "wrong-form")}),
        (
            f"/reports/summary?asOf=2036-01-01T00:00:00Z&asOf={FUTURE}&groupBy=zzz",
            "reporter",
            {("asOf", "repeated-parameter"), ("groupBy", "not-an-option")},
        ),
        # without a last day it is that of now
        (
            f"/reports/summary?from=2000-01-01&groupBy=zz&asOf={FUTURE}",
            "reporter",
            {("from", "too-long"), ("groupBy", "not-an-option"), ("asOf", "in-the-future")},
        ),
        (
            f"/reports/summary?from=2036-01-01&to=2036-01-02&groupBy=zz&asOf={FUTURE}",
            "reporter",
            {("groupBy", "not-an-option"), ("asOf", "in-the-future")},
        ),
        ("/reports/summary?from=2000-01-01&from=2036-01-01", "reporter", {("from", "repeated-parameter")}),
        ("/reports/summary?from=2036-01-01&from=2000-01-01", "reporter", {("from", "repeated-parameter")}),
        # a number is written in digits
        ("/complaints?limit=5_0&zz=1", "system", {("limit", "wrong-type"), ("zz", "unknown-parameter")}),
        ("/procedures?limit=5.0", "reporter", {("limit", "wrong-type")}),
        ("/events?limit=%2B5", "system", {("limit", "wrong-type")}),
        (
            "/reports/summary?from=2000-01-01&groupBy=zz",
            "reporter",
            {("from", "too-long"), ("groupBy", "not-an-option")},
        ),
        (
            "/reports/summary?from=2036-01-01&from=2036-05-01&to=2036-02-01",
            "reporter",
            {("from", "repeated-parameter")},
        ),
    ],
)
async def test_what_is_said_of_one_parameter_beside_another(desk: Desk, path: str, by: str, expected: set[Any]) -> None:
    assert await wrong(desk, "GET", path, None, by) == expected
    assert (await desk("GET", path, token="none")).status_code == 401
