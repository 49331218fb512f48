"""What is told beside what could not be read: all that is wrong whatever was meant by that, and nothing else."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.conftest import NewOrganisation

Json = dict[str, Any]
ROLES = ("responsible_employee", "chair", "appeal_committee")


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """Klikklaar, on Monday 7 January 2036."""
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database, "klikklaar", roles=ROLES))


async def wrong(desk: Desk, method: str, path: str, body: Any, by: str = "system", **headers: str) -> set[Any]:
    answer = await desk(method, path, body, by, **headers)
    assert answer.status_code == 400, answer.text
    return faults(answer)


@pytest.mark.parametrize(
    ("step", "by", "sent", "good", "unread", "expected"),
    [
        # a text in which owed content may stand: nothing but that hangs on it
        (
            "extensions",
            "chair",
            {"form": "email", "until": "2036-01-08", "text": 5},
            {"text": "Een getuige is ziek."},
            {("/text", "wrong-type")},
            {("/until", "not-later")},
        ),
        (
            "extensions",
            "chair",
            {"form": "email", "until": "2036-03-01", "notified": ["committee"], "text": 5},
            {"text": "Een getuige is ziek."},
            {("/text", "wrong-type")},
            {("/notified", "party-not-told")},
        ),
        # an instant: what is not compared with it
        (
            "closures",
            "chair",
            {"outcome": "handled", "duplicateOf": "OTHER", "occurredAt": 17},
            {"occurredAt": "2036-01-07T09:00:00Z"},
            {("/occurredAt", "wrong-form")},
            {("/duplicateOf", "not-a-duplicate")},
        ),
        # the number of another event: what holds of each
        (
            "corrections",
            "chair",
            {"corrects": "een", "movedTo": "2037-01-01T10:00:00Z", "reasons": "Verkeerd jaar."},
            {"corrects": 1},
            {("/corrects", "wrong-type")},
            {("/movedTo", "in-the-future")},
        ),
        # ... and no more than that: what was recorded before may be moved to any day since
        (
            "corrections",
            "chair",
            {"corrects": 0, "movedTo": "2035-12-01T10:00:00Z", "reasons": "Fout."},
            {},
            {("/corrects", "too-small")},
            set(),
        ),
        # a list that is none
        (
            "extensions",
            "chair",
            {"form": "email", "until": "2036-01-08", "contents": "redenen"},
            {"contents": ["reasons"]},
            {("/contents", "wrong-type")},
            {("/until", "not-later")},
        ),
    ],
)
async def test_a_step(
    desk: Desk, step: str, by: str, sent: Json, good: Json, unread: set[Any], expected: set[Any]
) -> None:
    complaint, other = await desk.file(), await desk.file()
    path = f"/complaints/{complaint['id']}/{step}"
    sent = {name: other["id"] if value == "OTHER" else value for name, value in sent.items()}
    told = await wrong(desk, "POST", path, sent, by)
    assert told >= unread | expected
    if good:
        assert await wrong(desk, "POST", path, sent | good, by) == told - unread
    else:
        assert told == unread


async def test_an_employee_whose_name_cannot_be_read(desk: Desk) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    unread = {("/onBehalfOf", "wrong-form")}
    changed = {"onBehalfOf": "x", "subjectRole": "astronaut"}
    assert await wrong(desk, "PATCH", path, changed, "chair") == unread | {
        ("If-Match", "required"),
        ("/subjectRole", "not-in-procedure"),
    }
    lacking = await wrong(desk, "POST", f"{path}/extensions", {"form": "email"}, "chair")
    assert lacking == {("/until", "new-date-missing")}
    alone = await wrong(desk, "POST", f"{path}/appeal-decisions", {}, "appeal_committee")
    assert alone
    assert await wrong(desk, "POST", f"{path}/appeal-decisions", {"onBehalfOf": 5}, "appeal_committee") == alone | {
        ("/onBehalfOf", "wrong-form")
    }


async def test_what_a_form_may_not_say_hides_nothing(desk: Desk) -> None:
    sent = {"urgent": True, "description": " ", "complainantType": "customer"}
    expected = {
        ("/urgent", "not-for-forms"),
        ("/description", "required"),
    }
    headers = {"Idempotency_Key": uuid4().hex}
    assert await wrong(desk, "POST", "/complaints", sent, "website", **headers) == expected
    assert await wrong(desk, "POST", "/complaints", sent, "website", Idempotency_Key="a b") == expected | {
        ("Idempotency-Key", "wrong-form")
    }


async def test_a_story_under_two_procedures_with_the_number_of_another_event(desk: Desk) -> None:
    event: Json = {"type": "event.corrected", "occurredAt": "2036-01-08T10:00:00Z", "facts": {"corrects": 5.5}}
    sent: Json = {"procedure": "klikklaar", "document": {"procedure": "x"}, "events": [event]}
    told = await wrong(desk, "POST", "/procedures/_simulate", sent)
    assert told >= {("", "one-of"), ("/events/0/facts/corrects", "wrong-type"), ("/document/title", "missing")}


async def test_a_version_of_no_procedure_hides_no_other_procedure(desk: Desk) -> None:
    sent: Json = {"old": {"version": 1}, "new": {"procedure": "fax"}}
    assert await wrong(desk, "POST", "/procedures/_diff", sent) == {("/old", "one-of"), ("/new/procedure", "unknown")}


@pytest.mark.parametrize("occurred_at", ["2037-01-07T10:00:00Z", "2031-01-07T10:00:00Z"])
async def test_a_slip_in_the_year_makes_no_good_day_wrong(desk: Desk, occurred_at: str) -> None:
    complaint = await desk.file(receivedAt="2035-12-03T10:00:00Z")
    path = f"/complaints/{complaint['id']}/measures"
    slip = {("/occurredAt", "in-the-future" if occurred_at > "2036" else "before-receipt")}
    sent = {"description": "Zaal anders inrichten.", "occurredAt": occurred_at, "dueOn": "2035-12-20"}
    assert await wrong(desk, "POST", path, sent, "responsible_employee") == slip
    unread = sent | {"occurredAt": "gisteren"}
    assert await wrong(desk, "POST", path, unread, "responsible_employee") == {("/occurredAt", "wrong-form")}
    never = sent | {"dueOn": "2035-12-02"}
    assert await wrong(desk, "POST", path, never, "responsible_employee") == slip | {("/dueOn", "in-the-past")}
    unread = never | {"occurredAt": "gisteren"}
    assert await wrong(desk, "POST", path, unread, "responsible_employee") == {
        ("/occurredAt", "wrong-form"),
        ("/dueOn", "in-the-past"),
    }


async def test_a_form_says_no_instant_that_could_have_been_meant(desk: Desk) -> None:
    sent = {"description": " ", "draft": str(uuid4())}
    expected = await wrong(desk, "POST", "/complaints", sent, "website", Idempotency_Key=uuid4().hex)
    assert expected >= {("/description", "required"), ("/draft", "unknown")}
    sent["occured_at"] = "2036-01-06T10:00:00Z"
    assert await wrong(desk, "POST", "/complaints", sent, "website", Idempotency_Key=uuid4().hex) == expected | {
        ("/occured_at", "unknown-field")
    }


async def test_a_part_that_is_named_twice_hides_nothing(desk: Desk) -> None:
    complaint = await desk.file()
    twice = '"period": {"amount": 2, "unit": "weeks"}, "period": {"amount": 3, "unit": "weeks"}'
    answer = await desk.client.post(
        f"/complaints/{complaint['id']}/extensions",
        content=f'{{{twice}, "form": "email", "notified": ["committee"]}}',
        headers={
            "Authorization": f"Bearer {desk.made.keys['chair'].token}",
            "Content-Type": "application/json",
        },
    )
    assert faults(answer) == {("/period", "repeated-key"), ("/notified", "party-not-told")}
