"""What happens to a complaint: each step from the outside in, and that nothing is ever half recorded."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app.api.schemas.steps import BODIES
from app.api.schemas.words import example_of
from app.domain.callers import SERVICE
from app.domain.changeable import CHANGEABLE
from app.domain.dossier import Dossier
from app.domain.events import Event
from app.domain.steps import BY_NAME
from app.domain.vocabulary import Channel
from app.services.dossier import record
from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.conftest import NewOrganisation

Json = dict[str, Any]
ANSWER: Json = {"form": "email", "text": "De training is verzet naar 12 januari."}


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """JSO, on Monday 7 January 2036."""
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


async def take(desk: Desk, complaint: Json, step: str, body: Any, by: str = "system", **headers: str) -> httpx.Response:
    path = f"/complaints/{complaint['id']}/{step}"
    return await desk("POST", path, body, by=by, **({"Idempotency_Key": uuid4().hex} | headers))


async def types(desk: Desk, complaint: Json) -> list[str]:
    items = (await desk.get(f"/complaints/{complaint['id']}/events"))["items"]
    return [event["type"] for event in items]


# -- the ladder ------------------------------------------------------------------------------------------------


async def test_the_ladder(desk: Desk, new_organisation: NewOrganisation, database: Database):
    """401, 403, 404, 400, 403 by role, 409, 201: what is wrong first is told first, and only the last one counts."""
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}/responses"
    wrong = {"form": "pigeon"}
    assert (await desk.client.post(path, json=wrong)).status_code == 401
    assert (await take(desk, complaint, "responses", wrong, "auditor")).status_code == 403
    another = Desk(desk.client, await office(new_organisation, database))
    assert (await take(another, complaint, "responses", ANSWER)).status_code == 404
    assert (await take(desk, complaint, "responses", wrong)).status_code == 400
    role = await take(desk, complaint, "responses", ANSWER)
    assert (role.status_code, role.json()["code"]) == (403, "role-required")
    assert "complaints_officer" in role.json()["detail"]
    not_now = await take(desk, complaint, "dissatisfactions", {"form": "email"})
    assert (not_now.status_code, not_now.json()["code"]) == (409, "not-possible-now")
    assert {"step": "responses", "event": "first_response.sent"} in not_now.json()["possible"]
    good = await take(desk, complaint, "responses", ANSWER, "complaints_officer")
    assert good.status_code == 201
    assert good.headers["location"] == f"/v1/complaints/{complaint['id']}"
    assert await types(desk, complaint) == ["complaint.received", "first_response.sent"]


@pytest.mark.parametrize("step", BODIES)
async def test_every_step_asks_the_same(desk: Desk, step: str):
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}/{step}"
    for by in ("website", "reporter", "auditor"):
        assert (await take(desk, complaint, step, example_of(BODIES[step]), by)).status_code == 403
    sent = {"occurredAt": "2036-01-07", "onBehalfOf": "me", "note": "", "canary": "canary"}
    answer = await take(desk, complaint, step, sent)
    assert answer.status_code == 400
    assert faults(answer) >= {
        ("/occurredAt", "wrong-form"),
        ("/onBehalfOf", "wrong-form"),
        ("/note", "too-short"),
        ("/canary", "unknown-field"),
    }
    required = {name for name, field in BODIES[step].model_fields.items() if field.is_required()}
    assert len([code for _, code in faults(answer) if code == "required"]) == len(required)
    assert (await desk.get(path, by="auditor")) == {"items": []}
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await desk(method, path, {})).status_code == 405
    assert await types(desk, complaint) == ["complaint.received"]


@pytest.mark.proves("KK-20", "BNW-14")
async def test_what_was_recorded_can_be_read_and_not_changed(desk: Desk):
    complaint = await desk.file()
    answer = await desk.step(complaint, "measures", {"description": "Bevestig elke afspraak."}, "system")
    [event] = answer["events"]
    assert (event["sequence"], event["type"], event["actor"]["kind"]) == (2, "measure.recorded", "system")
    path = f"/complaints/{complaint['id']}"
    assert (await desk.get(f"{path}/measures"))["items"] == [event]
    assert await desk.get(f"{path}/events/{event['id']}") == event
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await desk(method, f"{path}/events/{event['id']}", {})).status_code == 405


# -- nothing half recorded -------------------------------------------------------------------------------------


async def test_a_final_answer_closes_or_is_none(new_organisation: NewOrganisation, database: Database):
    """Klikklaar's register is not complete yet, so the answer that would close it is not recorded either."""
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair", "board")))
        complaint = await desk.file()
        await desk.step(complaint, "hearings", {"party": "subject_of_complaint", "form": "oral"}, "chair")
        before = await desk("GET", f"/complaints/{complaint['id']}")
        decision = {"form": "email", "verdict": "upheld", "reasons": "De afspraak is gemist.", "final": True}
        answer = await take(desk, complaint, "decisions", decision, "chair")
        assert answer.status_code == 400
        assert ("/register/products", "register-field-missing") in faults(answer)
        after = await desk("GET", f"/complaints/{complaint['id']}")
        assert after.headers["etag"] == before.headers["etag"]
        assert after.json() == before.json()
        assert (await desk.get(f"/complaints/{complaint['id']}/decisions"))["items"] == []


async def test_every_fault_of_a_step_at_once(desk: Desk):
    complaint = await desk.file()
    sent = {
        "form": "pigeon",
        "contents": ["reasons", "poetry"],
        "verdict": "maybe",
        "final": "yes",
        "text": "x" * 20_001,
        "onBehalfOf": "canary",
    }
    answer = await take(desk, complaint, "responses", sent)
    assert faults(answer) == {
        ("/form", "not-an-option"),
        ("/contents/1", "not-an-option"),
        ("/verdict", "not-an-option"),
        ("/final", "wrong-type"),
        ("/text", "too-long"),
        ("/onBehalfOf", "wrong-form"),
    }
    assert "canary" not in answer.text and "poetry" not in answer.text
    # and of the procedure: JSO gives no verdict, and nothing happens tomorrow
    sent = {"form": "email", "verdict": "upheld", "occurredAt": "2036-01-08T12:00:00Z"}
    answer = await take(desk, complaint, "responses", sent, "complaints_officer")
    assert faults(answer) == {("/verdict", "verdict-unknown"), ("/occurredAt", "in-the-future")}


# -- which version ---------------------------------------------------------------------------------------------


async def test_the_version_is_honoured_when_it_is_named(desk: Desk):
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    etags = [(await desk("GET", path)).headers["etag"]]
    for _ in range(3):
        answer = await take(desk, complaint, "measures", {"description": "Iets."}, If_Match=etags[-1])
        assert answer.status_code == 201
        etags.append(answer.headers["etag"])
        assert (await desk("GET", path)).headers["etag"] == etags[-1]
    assert len(set(etags)) == 4
    stale = await take(desk, complaint, "measures", {"description": "Iets."}, If_Match=etags[0])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert len(await types(desk, complaint)) == 4
    # reading changes nothing, not even as time goes by
    await desk.clock("2036-01-10T09:00:00Z")
    assert (await desk("GET", path)).headers["etag"] == etags[-1]


async def test_of_two_at_once_one_is_told(desk: Desk):
    complaint = await desk.file()
    etag = (await desk("GET", f"/complaints/{complaint['id']}")).headers["etag"]
    both = await asyncio.gather(
        *(take(desk, complaint, "withdrawals", {"form": "email"}, If_Match=etag) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in both) == [201, 412]
    both = await asyncio.gather(*(take(desk, complaint, "measures", {"description": "Iets."}) for _ in range(5)))
    assert [answer.status_code for answer in both] == [201] * 5
    items = (await desk.get(f"/complaints/{complaint['id']}/events"))["items"]
    assert [event["sequence"] for event in items] == list(range(1, 8))


# -- when and in whose name ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "body", "pointer"),
    [
        ("information-requests", {"party": "complainant", "question": "Welke?", "answerBy": "2001-01-01"}, "/answerBy"),
        ("hearings", {"scheduledOn": "2035-01-20"}, "/scheduledOn"),
        ("measures", {"description": "Wij verzetten de training.", "dueOn": "2035-03-01"}, "/dueOn"),
    ],
)  # fmt: skip
async def test_a_day_that_is_named_lies_not_before_the_step(desk: Desk, step: str, body: Json, pointer: str):
    """A slip in the year would stand in a letter. What is registered late names days that were ahead then."""
    complaint = await desk.file()
    answer = await take(desk, complaint, step, body)
    assert (answer.status_code, faults(answer)) == (400, {(pointer, "in-the-past")})
    today = body | {pointer[1:]: "2036-01-07"}
    assert (await take(desk, complaint, step, today)).status_code == 201


async def test_when_it_happened(desk: Desk):
    complaint = await desk.file(receivedAt="2036-01-04T23:30:00+01:00")
    for at, code in {
        "2036-01-03T12:00:00Z": "before-receipt",
        "2036-01-07T09:06:00Z": "in-the-future",
        "2036-01-07T12:00:00": "wrong-form",
        "2036-02-30T12:00:00Z": "no-such-instant",
        "1999-12-31T00:00:00Z": "out-of-range",
    }.items():
        answer = await take(desk, complaint, "measures", {"description": "Iets.", "occurredAt": at})
        expected = {code, "offset-required"} if code == "wrong-form" else {code}
        assert {found for _, found in faults(answer)} <= expected, at
        assert answer.status_code == 400
    # the same day, before the hour of receipt, told with another offset
    sent = {"description": "Iets.", "occurredAt": "2036-01-04T09:00:00.5-05:00"}
    answer = await take(desk, complaint, "measures", sent)
    assert answer.json()["events"][0]["occurredAt"] == "2036-01-04T14:00:00.500000Z"


@pytest.mark.proves("X-02", "JSO-11")
async def test_the_day_says_which_of_two_answers_it_is(desk: Desk):
    """Five working days from Monday 7 January 2036: Monday the 14th; the complainant protests on the 15th."""
    complaint = await desk.file()
    await desk.clock("2036-01-15T10:00:00Z")
    await desk.step(complaint, "dissatisfactions", {"form": "email", "text": "Ik hoor niets."}, "system")
    await desk.clock("2036-01-16T10:00:00Z")
    called = {"form": "phone", "note": "Gebeld.", "occurredAt": "2036-01-14T08:00:00Z"}
    called |= {"lateRegistrationReason": "Het gesprek was niet vastgelegd."}
    answer = await desk.step(complaint, "responses", called, "complaints_officer")
    assert "first_response.sent" in {event["type"] for event in answer["events"]}
    states = {term["key"]: term["state"] for term in answer["complaint"]["terms"]}
    assert (states["first_response.respond"], states["director_review.respond_again"]) == ("met", "pending")
    again = await desk.step(complaint, "responses", ANSWER, "director")
    assert "second_response.sent" in {event["type"] for event in again["events"]}


async def test_in_the_name_of_an_employee(desk: Desk):
    officer, director = (str(desk.made.staff[role]) for role in ("complaints_officer", "director"))
    complaint = await desk.file()
    for by in ("system", "admin", "director"):
        answer = await take(desk, complaint, "responses", ANSWER, by)
        assert (answer.status_code, answer.json()["code"]) == (403, "role-required")
    answer = await take(desk, complaint, "responses", {**ANSWER, "onBehalfOf": officer}, "director")
    assert answer.status_code == 403  # an employee acts in their own name
    for nobody in (str(uuid4()), complaint["id"]):
        answer = await take(desk, complaint, "responses", {**ANSWER, "onBehalfOf": nobody})
        assert (answer.status_code, faults(answer)) == (400, {("/onBehalfOf", "unknown")})
    answer = await take(desk, complaint, "responses", {**ANSWER, "onBehalfOf": director})
    assert (answer.status_code, answer.json()["code"]) == (403, "role-required")
    answer = await take(desk, complaint, "responses", {**ANSWER, "onBehalfOf": officer})
    assert answer.status_code == 201
    assert answer.json()["events"][-1]["actor"] == {"kind": "staff", "id": officer, "roles": ["complaints_officer"]}


async def test_not_in_the_name_of_who_left(desk: Desk):
    officer = str(desk.made.staff["complaints_officer"])
    read = await desk("GET", f"/staff/{officer}")
    left = await desk("PATCH", f"/staff/{officer}", {"active": False}, If_Match=read.headers["etag"])
    assert left.status_code == 200
    complaint = await desk.file()
    answer = await take(desk, complaint, "responses", {**ANSWER, "onBehalfOf": officer})
    assert (answer.status_code, faults(answer)) == (400, {("/onBehalfOf", "unknown")})


async def test_not_in_the_name_of_who_is_involved(desk: Desk):
    """Whoever is involved acts by nobody's hand either."""
    officer = str(desk.made.staff["complaints_officer"])
    complaint = await desk.file()
    await desk.step(complaint, "involvements", {"staffId": officer}, "director")
    answer = await take(desk, complaint, "responses", ANSWER, "complaints_officer")
    assert answer.status_code == 404
    answer = await take(desk, complaint, "measures", {"description": "Iets.", "onBehalfOf": officer})
    assert (answer.status_code, answer.json()["code"]) == (403, "involved")
    assert await types(desk, complaint) == ["complaint.received", "involvement.declared"]


async def test_who_becomes_involved_while_their_step_waits_is_refused_like_any_other(desk: Desk, database: Database):
    complaint = await desk.file()
    director = desk.made.staff["director"]

    def declared(dossier: Dossier) -> list[Event]:
        return [Event("involvement.declared", dossier.now, {"staff_id": str(director)})]

    async with database.organisation(desk.made.id) as tx:
        await tx.fetch("select from complaints where id = $1 for update", UUID(complaint["id"]))
        waiting = asyncio.create_task(take(desk, complaint, "responses", ANSWER, "director"))
        await asyncio.sleep(0.5)
        await record(tx, UUID(complaint["id"]), declared, SERVICE)
    assert (await waiting).status_code == 404
    assert await types(desk, complaint) == ["complaint.received", "involvement.declared"]


# -- text and parties ------------------------------------------------------------------------------------------


async def test_text_is_kept_to_the_byte(desk: Desk):
    text = "  e\u0301 \u202e 👩‍👩‍👧 \r\n\t\ufeff \\u0000 漢 " + "é" * 10_000
    complaint = await desk.file()
    answer = await desk.step(
        complaint, "responses", {"form": "email", "text": text, "note": text[:50]}, "complaints_officer"
    )
    assert answer["events"][0]["texts"] == {"text": text, "note": text[:50]}
    [event] = (await desk.get(f"/complaints/{complaint['id']}/responses"))["items"]
    assert event["texts"]["text"] == text


@pytest.mark.proves("SO-11")
async def test_people_join_and_leave(desk: Desk):
    complaint = await desk.file()
    support = {"role": "support_person", "person": {"name": "Robin Proef", "email": "robin@example.org"}}
    answer = await desk.step(complaint, "parties", support, "system")
    party = next(each for each in answer["complaint"]["parties"] if each["role"] == "support_person")
    assert (party["name"], party["email"]) == ("Robin Proef", "robin@example.org")
    found = (await desk("POST", "/complaints/_search", {"name": "robin"})).json()["items"]
    assert [each["id"] for each in found] == [complaint["id"]]
    nobody = await take(desk, complaint, "party-removals", {"partyId": str(uuid4())})
    assert nobody.status_code == 404
    assert await types(desk, complaint) == ["complaint.received", "party.added"]
    answer = await desk.step(complaint, "party-removals", {"partyId": party["id"]}, "system")
    assert [each["role"] for each in answer["complaint"]["parties"]] == ["complainant"]
    assert (await desk("POST", "/complaints/_search", {"name": "robin"})).json()["items"] == []
    assert (await take(desk, complaint, "party-removals", {"partyId": party["id"]})).status_code == 404


@pytest.mark.proves("X-02")
async def test_nobody_leaves_before_joining(desk: Desk):
    complaint = await desk.file()
    await desk.clock("2036-01-10T10:00:00Z")
    joined = {"role": "support_person", "person": {"name": "Robin Proef"}, "occurredAt": "2036-01-09T10:00:00Z"}
    people = (await desk.step(complaint, "parties", joined, "system"))["complaint"]["parties"]
    party = next(each["id"] for each in people if each["role"] == "support_person")
    early = {"partyId": party, "occurredAt": "2036-01-08T10:00:00Z"}
    refused = await take(desk, complaint, "party-removals", early)
    assert faults(refused) == {("/occurredAt", "before-what-it-follows")}
    of_the_filing = next(each["id"] for each in people if each["role"] == "complainant")
    taken = await take(desk, complaint, "party-removals", early | {"partyId": of_the_filing})
    assert taken.status_code == 201, taken.text


async def test_who_gives_a_name_later_is_in_the_register(new_organisation: NewOrganisation, database: Database):
    """KK-21: whoever filed without a name and is added as complainant is who the register asks for."""
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair", "board")))
        complaint = await desk.file(complainant=None, anonymous=True)
        subject = {"role": "subject_of_complaint", "person": {"name": "Kim Proef"}}
        about = await desk.step(complaint, "parties", subject, "system")
        assert "complainant_name" not in about["complaint"]["registerFields"]
        person = {"name": "Sam Voorbeeld", "address": "Dorpsstraat 1", "city": "Ergens"}
        joined = await desk.step(complaint, "parties", {"role": "complainant", "person": person}, "system")
        fields = set(joined["complaint"]["registerFields"])
        assert {"complainant_name", "complainant_address", "complainant_city"} <= fields


async def test_the_links_are_what_may_be_done(desk: Desk):
    """Each link that is shown is let in, and what is not shown is refused as not possible now."""
    complaint = await desk.file()
    shown = {link["step"] for link in complaint["links"]}
    assert {"responses", "withdrawals", "assignments"} <= shown
    response = next(link for link in complaint["links"] if link["step"] == "responses")
    assert response["href"] == f"/v1/complaints/{complaint['id']}/responses"
    assert (response["by"], response["meets"]) == (["complaints_officer"], ["first_response.respond"])
    officer = str(desk.made.staff["complaints_officer"])
    for step in set(BODIES) - {"involvements", "withdrawals", "closures"}:
        body = example_of(BODIES[step])
        body = {**body, "staffId": officer} if "staffId" in body else body
        fresh = await desk.file()
        answer = await take(desk, fresh, step, body, "complaints_officer")
        if step in shown:
            assert answer.json().get("code") != "not-possible-now", f"{step}: {answer.text}"
        elif step in (
            "measure-completions",
            "waivers",
        ):  # there is nothing to do it to: the field that names it is wrong
            assert faults(answer) & {("/measure", "measure-unknown"), ("/step", "step-unknown")}, (
                f"{step}: {answer.text}"
            )
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "not-possible-now"), f"{step}: {answer.text}"


@pytest.mark.proves("HSS-11")
async def test_a_link_says_in_which_forms_its_step_is_taken(new_organisation: NewOrganisation, database: Database):
    """A letter of confirmation is a letter; a decision may be told in a conversation when there is a note of it."""
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "hss", roles=("board",)))

        async def taken(step: str) -> tuple[Json, dict[str, set[tuple[str, str]]]]:
            """The link, and what is wrong with the form of that step, by channel."""
            found, link = {}, {}
            for form in get_args(Channel):
                fresh = await desk.file()
                link = next(each for each in fresh["links"] if each["step"] == step)
                said = faults(await take(desk, fresh, step, {"form": form}, "board"))
                found[form] = said & {("/form", "written-required"), ("/note", "note-required")}
            return link, found

        link, wrong = await taken("acknowledgements")
        assert (link["forms"], set(link["channels"])) == (["written"], {each for each in wrong if not wrong[each]})
        link, wrong = await taken("decisions")
        assert (link["forms"], set(link["channels"])) == (["oral_with_note"], set(wrong))
        assert {each for each in wrong if wrong[each]} == {"phone", "oral", "conversation"}
        free = next(link for link in (await desk.file())["links"] if link["step"] == "withdrawals")
        assert (free["forms"], free["channels"]) == ([], [])


async def test_what_there_is_nothing_to_do_to_is_no_link(desk: Desk):
    """Measures that are open, parties that are there: without one the link is left out."""

    async def offered(complaint: Json) -> set[str]:
        found = await desk.get(f"/complaints/{complaint['id']}")
        return {link["step"] for link in found["links"]} & {"measure-completions", "party-removals"}

    complaint = await desk.file()
    assert await offered(complaint) == {"party-removals"}
    measure = example_of(BODIES["measures"]) | {"dueOn": "2036-06-01"}
    measured = await desk.step(complaint, "measures", measure, "complaints_officer")
    assert await offered(complaint) == {"party-removals", "measure-completions"}
    done = {"measure": measured["events"][0]["sequence"]}
    await desk.step(complaint, "measure-completions", done, "complaints_officer")
    assert await offered(complaint) == {"party-removals"}
    [person] = complaint["parties"]
    await desk.step(complaint, "party-removals", {"partyId": person["id"]}, "complaints_officer")
    assert await offered(complaint) == set()
    about = {"role": "subject_of_complaint", "person": {"name": "Kim Proef"}}
    await desk.step(complaint, "parties", about, "complaints_officer")
    assert await offered(complaint) == {"party-removals"}


@pytest.mark.proves("X-09")
async def test_a_waiver_is_offered_while_something_is_owed(new_organisation: NewOrganisation, database: Database):
    async with client(database) as opened:
        roles = ("complaints_officer", "director")
        desk = Desk(opened, await office(new_organisation, database, roles=roles))
        complaint, found = await desk.file(), []
        for step, by in (
            ("responses", "complaints_officer"),
            ("dissatisfactions", "system"),
            ("responses", "director"),
        ):
            last = await desk.get(f"/complaints/{complaint['id']}")
            nothing = await take(desk, complaint, "waivers", {"step": "coffee", "reasons": "Geen zin."}, roles[0])
            if nothing.status_code == 400:
                [fault] = nothing.json()["errors"]
                found.append("waivers" in {link["step"] for link in last["links"]})
                assert found[-1] == (fault["message"] != "nothing is owed now")
            await desk.step(complaint, step, ANSWER, by)
        assert set(found) == {True, False}


def test_what_a_step_may_say_can_be_corrected():
    said = {
        (name, event)
        for step, body in BODIES.items()
        for name in set(body.model_fields) & set(CHANGEABLE)
        for event in BY_NAME[step].events
    }
    assert said <= {(name, event) for name, events in CHANGEABLE.items() for event in events}


@pytest.mark.proves("KK-14")
async def test_what_comes_before_the_answer_is_shown(new_organisation: NewOrganisation, database: Database):
    """Until a required step was taken or waived the answer says what it waits for, and is not possible instead."""

    def waits_for(complaint: Json) -> list[str]:
        found = next(link["waitsFor"] for link in complaint["links"] if link["step"] == "decisions")
        assert all(not link["waitsFor"] for link in complaint["links"] if link["step"] != "decisions")
        return list(found)

    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair", "board")))
        complaint = await desk.file()
        subject, complainant = complaint["stageDetails"]["checklist"]
        assert subject == {
            "step": "hear_subject",
            "event": "party.heard",
            "party": "subject_of_complaint",
            "by": ["chair"],
            "required": True,
            "state": "open",
        }
        assert (complainant["step"], complainant["required"]) == ("hear_complainant", False)
        assert waits_for(complaint) == ["hear_subject"]
        decision = {"form": "email", "verdict": "upheld", "reasons": "De afspraak is gemist."}
        refused = await take(desk, complaint, "decisions", decision, "chair")
        assert (refused.status_code, refused.json()["code"]) == (409, "not-possible-now")
        assert "decisions" not in {each["step"] for each in refused.json()["possible"]}
        for step, body, state in (
            ("hearings", {"party": "subject_of_complaint", "form": "oral"}, "taken"),
            ("waivers", {"step": "hear_subject", "reasons": "De medewerker is uit dienst."}, "waived"),
        ):
            fresh = await desk.file()
            answer = (await take(desk, fresh, step, body, "chair")).json()["complaint"]
            assert [each["state"] for each in answer["stageDetails"]["checklist"]] == [state, "open"]
            assert waits_for(answer) == []
