"""What is told beside something that cannot be read: all that holds whatever was meant, and no more (decision 13)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.api.schemas.procedure_checks import PROCEDURE
from app.domain.table import promises
from app.procedures.reading import mapping_of, shipped_named
from app.store.session import Database
from tests.api.office import Desk, faults, office
from tests.conftest import NewOrganisation
from tests.stories import served

Json = dict[str, Any]
NOBODY = str(uuid4())
FUTURE = "2037-01-01T10:00:00Z"
FILED: Json = {"channel": "email", "description": "Geen training.", "complainant": {"name": "Sam Voorbeeld"}}
FORM = ("/zz", "unknown-field")


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """JSO, on Monday 7 January 2036."""
    async with served(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


@pytest_asyncio.fixture
async def so(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """SO-trainingsbureau, where a child of under sixteen does not file a complaint itself."""
    async with served(database) as opened:
        yield Desk(opened, await office(new_organisation, database, "so-trainingsbureau"))


async def wrong(desk: Desk, method: str, path: str, body: Any, by: str = "system", **headers: str) -> set[Any]:
    answer = await desk(method, path, body, by, **headers)
    assert answer.status_code == 400, answer.text
    return faults(answer)


async def filed(desk: Desk, sent: Json) -> set[Any]:
    return await wrong(desk, "POST", "/complaints", FILED | sent, Idempotency_Key=uuid4().hex)


async def test_where_a_try_finds_no_turn_nothing_is_told_that_leaves_out_the_rest(desk: Desk) -> None:
    document = mapping_of(PROCEDURE)
    document["stages"][0]["handled_by"] = "weg"
    facts = {"channel": "fax"}
    event = {"type": "complaint.received", "occurredAt": "2037-04-24T12:00:00+02:00", "facts": facts}
    body = {"document": document, "events": [event], "year": 2037}
    answers = await asyncio.gather(*(desk("POST", "/procedures/_simulate", body) for _ in range(12)))
    whole = {("/document/stages/0/handled_by", "unknown-role"), ("/events/0/facts/channel", "not-an-option")}
    assert {answer.status_code for answer in answers} == {400, 429}
    assert all(faults(answer) == whole for answer in answers if answer.status_code == 400)
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)


@pytest.mark.parametrize("unit", ["a\0b", "weeks"])
async def test_a_length_of_time_hides_no_length_of_a_text(desk: Desk, unit: str) -> None:
    document = mapping_of(PROCEDURE)
    document["title"] = "x" * 30_000
    document["stages"][0]["duties"][0]["within"]["unit"] = unit
    found = await wrong(desk, "POST", "/procedures/voorbeeld/versions", {"document": document}, "admin")
    place = "/document/stages/0/duties/0/within/unit"
    assert found == {("/document/title", "too-long")} | ({(place, "not-storable")} if "\0" in unit else set())


@pytest.mark.parametrize(
    ("wrong_item", "told"),
    [
        ({"zz": 1}, ("/extensions/0/zz", "unknown-field")),
        ({"notifiedOn": "onzin"}, ("/extensions/0/notifiedOn", "wrong-form")),
    ],
)
@pytest.mark.parametrize("nothing", [{}, {"until": None}, {"period": None}, {"until": None, "period": None}])
async def test_null_says_as_little_as_nothing(desk: Desk, nothing: Json, wrong_item: Json, told: Any) -> None:
    rule = {"rule": {"amount": 5, "unit": "days"}, "startOn": "2026-04-24"}
    found = await wrong(desk, "POST", "/terms/_calculate", rule | {"extensions": [nothing | wrong_item]}, "admin")
    assert found == {told, ("/extensions/0", "one-of")}


async def test_a_day_that_nothing_is_compared_with_hides_none(desk: Desk) -> None:
    asked = {"rule": {"amount": 5, "unit": "days"}, "startOn": "2100-04-24"}
    far = ("/startOn", "date-out-of-range")
    calculate = ("POST", "/terms/_calculate")
    assert await wrong(desk, *calculate, asked | {"asOf": "x"}, "admin") == {("/asOf", "wrong-form"), far}
    assert await wrong(desk, *calculate, asked | {"metAt": "x"}, "admin") == {
        *(("/metAt", "wrong-form"), ("", "one-of"), far),
    }


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ({"occurredAt": "gisteren"}, ("/occurredAt", "wrong-form")),
        ({"changes": {"conductOn": "gisteren"}}, ("/changes/conductOn", "wrong-form")),
        ({"zz": "2036-01-05"}, FORM),
        ({"reasons": 3}, ("/reasons", "wrong-type")),
    ],
)
async def test_that_something_is_moved_to_before_the_receipt(desk: Desk, beside: Json, told: Any) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    heard = {"party": "complainant", "scheduledOn": "2036-01-14"}
    assert (await desk("POST", f"{path}/hearings", heard, "complaints_officer")).status_code == 201
    [event] = [each for each in (await desk.get(f"{path}/events"))["items"] if each["type"] == "hearing.scheduled"]
    moved = {"corrects": event["sequence"], "movedTo": "2036-01-06T10:00:00Z", "reasons": "Verkeerde dag."}
    found = await wrong(desk, "POST", f"{path}/corrections", moved | beside, "complaints_officer")
    assert found == {told, ("/movedTo", "before-receipt")}


@pytest.mark.parametrize("stale", ['"oud"', "zomaar"])
async def test_a_change_to_what_was_read_long_ago_is_looked_at_too(desk: Desk, stale: str) -> None:
    path = f"/complaints/{(await desk.file())['id']}"
    for method, where, sent, told in (
        ("PATCH", path, {"subjectRole": "astronaut", "zz": 1}, {FORM, ("/subjectRole", "not-in-procedure")}),
        (
            "POST",
            f"{path}/waivers",
            {"step": "bow", "reasons": 3},
            {("/reasons", "wrong-type"), ("/step", "step-unknown")},
        ),
    ):
        assert await wrong(desk, method, where, sent, "complaints_officer", If_Match=stale) == told
    again = await desk("PATCH", path, {"subjectRole": "astronaut"}, "complaints_officer", If_Match=stale)
    assert again.status_code == 412


async def test_a_draft_that_is_not_there_hides_what_does_not_hang_on_its_day(desk: Desk) -> None:
    unknown = ("/draft", "unknown")
    given = {"draft": NOBODY, "receivedAt": "2036-01-05T10:00:00Z", "subjectRole": "astronaut"}
    assert await filed(desk, given | {"conductOn": "2036-01-06"}) == {
        *(unknown, ("/subjectRole", "not-in-procedure"), ("/conductOn", "after-receipt")),
    }
    assert await filed(desk, {"draft": "x", **{key: given[key] for key in ("receivedAt", "subjectRole")}}) == {
        *(("/draft", "wrong-form"), ("/subjectRole", "not-in-procedure")),
    }
    assert await filed(desk, {"draft": NOBODY, "conductOn": "2036-05-01"}) == {unknown, ("/conductOn", "after-receipt")}
    assert await filed(desk, {"draft": NOBODY, "subjectRole": "astronaut"}) == {unknown}


async def test_a_day_hides_only_what_is_compared_with_it(so: Desk, desk: Desk) -> None:
    conduct = ("/conductOn", "wrong-form")
    child = {"complainant": {"name": "Sam Voorbeeld", "bornOn": "2028-01-01"}}
    young = ("/complainant/bornOn", "guardian-required")
    assert await filed(so, {"conductOn": "gisteren", "receivedAt": "2001-01-01T10:00:00Z"}) == {
        *(conduct, ("/receivedAt", "no-procedure-in-force")),
    }
    assert await filed(so, {"conductOn": "gisteren"} | child) == {conduct, young}
    assert await filed(so, {"receivedAt": "gisteren"} | child) == {("/receivedAt", "wrong-form"), young}
    grown = {"complainant": {"name": "Sam Voorbeeld", "bornOn": "2019-12-01"}}  # sixteen lately
    assert await filed(so, {"receivedAt": "gisteren"} | grown) == {("/receivedAt", "wrong-form")}
    settled = {"channel": "phone", "receivedBy": "balie", "resolvedAtOnce": {"how": "Uitgelegd."}}
    assert await filed(desk, settled | {"receivedAt": "2035-03-01T10:00:00Z", "conductOn": "gisteren"}) == {
        *(conduct, ("/lateRegistrationReason", "reason-missing")),
    }


async def test_an_extension_of_a_term_that_is_not_there(new_organisation: NewOrganisation, database: Database) -> None:
    async with served(database) as opened:
        bow = Desk(opened, await office(new_organisation, database, "bijstand-naar-werk", roles=("handler",)))
        path = f"/complaints/{(await bow.file())['id']}/extensions"
        sent = {"form": "email", "term": "nergens", "until": "2019-01-01"}
        assert await wrong(bow, "POST", path, sent, "handler") == {
            *(("/term", "term-unknown"), ("/reasons", "content-missing"), ("/until", "not-later")),
        }


async def test_a_procedure_that_is_not_there_hides_what_all_say(desk: Desk) -> None:
    sent = {"procedure": "jso2", "subjectRole": "astronaut", "description": " "}
    assert await filed(desk, sent) == {
        *(("/procedure", "unknown"), ("/subjectRole", "not-in-procedure"), ("/description", "required")),
    }


async def test_two_employees_of_whom_one_is_not_known(desk: Desk) -> None:
    path = f"/complaints/{(await desk.file())['id']}/correspondence"
    known, at, in_step = str(desk.made.staff["director"]), "/onBehalfOf", "/step/body/onBehalfOf"
    letter: Json = {"direction": "outbound", "channel": "email", "letter": "acknowledgement"}
    for of_message, of_step, expected in (
        (NOBODY, "x", {(at, "unknown"), (in_step, "wrong-form")}),
        (NOBODY, known, {(at, "unknown")}),
        (NOBODY, str(uuid4()), {(at, "unknown"), (in_step, "unknown")}),
        (NOBODY, NOBODY, {(at, "unknown")}),
        (known, NOBODY, {(in_step, "unknown")}),
        (known, str(desk.made.staff["complaints_officer"]), {(in_step, "another-person")}),
    ):
        step = {"name": "acknowledgements", "body": {"onBehalfOf": of_step}}
        sent = letter | {at[1:]: of_message, "step": step}
        found = await wrong(desk, "POST", path, sent, Idempotency_Key=uuid4().hex)
        assert {each for each in found if "onBehalfOf" in each[0]} == expected, (of_message, of_step)


async def test_what_a_word_brings_is_no_fault_where_nothing_is_possible_with_the_word_that_was_meant(
    new_organisation: NewOrganisation, database: Database
) -> None:
    """An appeal decision cannot be sent in the first stage: that it is no telephone call nobody knows then."""
    async with served(database) as opened:
        klikklaar = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("appeal_committee",)))
        path = f"/complaints/{(await klikklaar.file())['id']}/correspondence"
        decided = {"verdict": "upheld", "reasons": "Daarom.", "conclusions": "Zo."}
        step = {"name": "appeal-decisions", "body": decided}
        letter: Json = {"direction": "outbound", "channel": "email", "letter": "appeal_decision", "step": step}
        by = "appeal_committee"
        once = {"Idempotency_Key": uuid4().hex}
        assert (await klikklaar("POST", path, letter, by, **once)).status_code == 409
        for name, told in (("channel", "/channel"), ("direction", "/direction")):
            found = await wrong(klikklaar, "POST", path, letter | {name: "fax"}, by, **once)
            assert found == {(told, "not-an-option")}
        found = await wrong(klikklaar, "POST", path, letter | {"channel": "fax", "replyTo": NOBODY}, by, **once)
        assert found == {("/channel", "not-an-option"), ("/replyTo", "unknown-message")}


@pytest.mark.parametrize(
    ("rest", "missing"),
    [
        ({"channel": "email", "body": "B"}, ("/subject", "required")),
        ({"subject": "S", "body": "B"}, ("/channel", "required")),
        ({"channel": "phone", "body": "B"}, ("/participants", "required")),
        ({"channel": "post"}, ("/body", "required")),
    ],
)
async def test_a_step_that_cannot_be_read_hides_nothing_that_the_message_lacks(
    desk: Desk, rest: Json, missing: Any
) -> None:
    path = f"/complaints/{(await desk.file())['id']}/correspondence"
    for step, told in (
        ({"name": "acknowledgments", "body": {}}, ("/step/name", "not-an-option")),
        (3, ("/step", "wrong-type")),
    ):
        sent = rest | {"direction": "outbound", "step": step}
        found = await wrong(desk, "POST", path, sent, "complaints_officer", Idempotency_Key=uuid4().hex)
        assert found == {told, missing}


async def test_a_step_that_cannot_be_read_hides_nothing_else_of_the_message(desk: Desk) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}/correspondence"
    party = complaint["parties"][0]["id"]
    once, mail = {"Idempotency_Key": uuid4().hex}, {"direction": "outbound", "channel": "email"}
    by = "complaints_officer"
    for step, told in (({"name": "zz", "body": {}}, ("/step/name", "not-an-option")), (3, ("/step", "wrong-type"))):
        twice = mail | {"subject": "s", "body": "b", "to": [party, party], "step": step}
        assert await wrong(desk, "POST", path, twice, by, **once) == {told, ("/to/1", "repeated")}
        letter = mail | {"letter": "message", "step": step}
        assert await wrong(desk, "POST", path, letter, by, **once) == {told, ("/body", "placeholder-empty")}
    drafted = await desk("POST", path, mail | {"subject": "s", "body": "b", "to": [party], "draft": True}, by, **once)
    change, match = {"channel": "phone", "step": 3}, drafted.headers["etag"]
    where = f"/correspondence/{drafted.json()['id']}"
    assert await wrong(desk, "PATCH", where, change, by, If_Match=match) == {
        *(("/step", "wrong-type"), ("/participants", "required"), ("/to", "use-participants")),
    }


async def test_a_step_that_names_none_lacks_its_name_and_its_body(desk: Desk) -> None:
    path = f"/complaints/{(await desk.file())['id']}/correspondence"
    mail = {"direction": "outbound", "channel": "email", "body": "B"}
    lacks = ("/step/name", "required")
    steps: list[tuple[Json, set[Any]]] = [({}, {lacks, ("/step/body", "required")}), ({"body": {}}, {lacks})]
    for step, told in steps:
        sent = mail | {"step": step}
        found = await wrong(desk, "POST", path, sent, "complaints_officer", Idempotency_Key=uuid4().hex)
        assert found == {("/subject", "required")} | told


@pytest.mark.parametrize("misplaced", [{"letter": "message"}, {"step": {"name": "acknowledgements", "body": {}}}])
@pytest.mark.parametrize("channel", ["phone", "email"])
async def test_what_does_not_go_out_says_something_itself(desk: Desk, channel: str, misplaced: Json) -> None:
    complaint = await desk.file()
    sent = {"direction": "inbound", "channel": channel, "participants": [{"partyId": complaint["parties"][0]["id"]}]}
    path, by = f"/complaints/{complaint['id']}/correspondence", "complaints_officer"
    found = await wrong(desk, "POST", path, sent | misplaced, by, Idempotency_Key=uuid4().hex)
    [name] = misplaced
    written = {("/letter", "written-only")} if (name, channel) == ("letter", "phone") else set()
    assert found == {(f"/{name}", "outbound-only"), ("/body", "required")} | written


async def test_when_it_was_done_goes_with_when_its_state_is_asked(desk: Desk) -> None:
    asked = {"rule": {"amount": 5, "unit": "days"}, "startOn": "2026-04-24", "metAt": "2026-04-25T10:00:00Z"}
    assert await wrong(desk, "POST", "/terms/_calculate", asked, "admin") == {("", "one-of")}
    answer = await desk("POST", "/terms/_calculate", asked | {"asOf": "2026-05-25T10:00:00Z"})
    assert (answer.status_code, answer.json()["state"]) == (200, "met")


async def test_nobody_takes_part_twice(desk: Desk) -> None:
    complaint = await desk.file()
    party = {"partyId": complaint["parties"][0]["id"]}
    sent = {"direction": "inbound", "channel": "phone", "body": "Gebeld.", "participants": [party, party]}
    path = f"/complaints/{complaint['id']}/correspondence"
    found = await wrong(desk, "POST", path, sent, "complaints_officer", Idempotency_Key=uuid4().hex)
    assert found == {("/participants/1/partyId", "repeated")}


@pytest.mark.parametrize("named", [{"procedure": "nee"}, {"procedure": "jso", "version": 99}, {"procedure": "Nee!"}])
async def test_a_procedure_that_is_not_there_hides_no_duty_that_none_has(desk: Desk, named: Json) -> None:
    asked = {"duty": "nee", "startAt": "2026-04-24T12:00:00+02:00"} | named
    found = await wrong(desk, "POST", "/terms/_calculate", asked, "admin")
    assert ("/duty", "duty-unknown") in found and len(found) == 2
    duty = promises(shipped_named("jso"))[0].duty.duty
    known = await wrong(desk, "POST", "/terms/_calculate", asked | {"duty": duty}, "admin")
    assert len(known) == 1


async def test_a_pause_does_not_end_before_it_begins(desk: Desk) -> None:
    pauses = [{"requestedOn": "2026-05-10", "endedOn": "2026-05-01"}, {"requestedOn": "2026-05-10"}]
    asked = {"rule": {"amount": 5, "unit": "days"}, "startOn": "2026-04-24", "suspensions": pauses}
    assert await wrong(desk, "POST", "/terms/_calculate", asked, "admin") == {
        ("/suspensions/0", "ends-before-it-begins"),
    }


@pytest.mark.parametrize("procedure", ["jso2", 5])
async def test_a_procedure_that_is_not_there_when_none_held(desk: Desk, procedure: Any) -> None:
    sent = {"procedure": procedure, "receivedAt": "2001-01-01T10:00:00Z", "conductOn": "2036-01-02"}
    assert await filed(desk, sent | {"subjectRole": "astronaut"}) == {
        ("/procedure", "wrong-type" if procedure == 5 else "unknown"),
        *(("/receivedAt", "no-procedure-in-force"), ("/subjectRole", "not-in-procedure")),
    }


@pytest.mark.parametrize("nothing", [False, "", "nee"])
async def test_what_says_how_it_was_settled_asks_for_no_reason_when_it_cannot_be_read(desk: Desk, nothing: Any) -> None:
    sent = {"channel": "phone", "receivedBy": "balie", "receivedAt": "2035-03-01T10:00:00Z", "resolvedAtOnce": nothing}
    assert await filed(desk, sent) == {("/resolvedAtOnce", "wrong-type")}


async def test_what_is_no_utf_8_in_a_query_is_told_where_it_stands(desk: Desk) -> None:
    for query, expected in (
        ("kind=%FF", {("kind", "not-utf-8")}),
        ("receivedFrom=%FF&limit=0", {("receivedFrom", "not-utf-8"), ("limit", "too-small")}),
        (
            "zz=1&reference=%E9&limit=0&limit=1",
            {("zz", "unknown-parameter"), ("reference", "not-utf-8"), ("limit", "repeated-parameter")},
        ),
        ("r%E9f=1&kind=x", {("-", "not-utf-8"), ("kind", "not-an-option")}),
    ):
        assert await wrong(desk, "GET", f"/complaints?{query}", None) == expected


async def test_a_start_that_nobody_can_count_from_is_told_beside_everything(desk: Desk) -> None:
    far = ("/startOn", "date-out-of-range")
    rule: Json = {"rule": {"amount": 5, "unit": "days"}}
    pause: Json = {"requestedOn": "2026-04-27"}
    for asked, told in (
        (rule, set()),
        ({"procedure": "jso2", "duty": promises(shipped_named("jso"))[0].duty.duty}, {("/procedure", "unknown")}),
        ({"procedure": "jso", "duty": "nee"}, {("/duty", "duty-unknown")}),
        (rule | {"direction": "back", "suspensions": [pause]}, {("/suspensions", "not-both")}),
        (
            rule | {"suspensions": [pause | {"endedOn": "2026-01-01"}]},
            {("/suspensions/0", "ends-before-it-begins")},
        ),
        (rule | {"suspensions": [{"requestedOn": "x"}]}, {("/suspensions/0/requestedOn", "wrong-form")}),
        (rule | {"extensions": [{"until": "x"}]}, {("/extensions/0/until", "wrong-form")}),
    ):
        assert await wrong(desk, "POST", "/terms/_calculate", asked | {"startOn": "2100-04-24"}, "admin") == {
            far,
            *told,
        }


@pytest.mark.parametrize("beside", [{"version": 9}, {"stage": "nee"}, {"version": 9, "stage": "nee"}])
async def test_a_rule_of_ones_own_has_no_version_and_no_stage(desk: Desk, beside: Json) -> None:
    asked = {"rule": {"amount": 5, "unit": "days"}, "startOn": "2026-04-24"} | beside
    assert await wrong(desk, "POST", "/terms/_calculate", asked, "admin") == {("", "one-of")}


async def test_what_a_review_asks_for_is_not_missed_beside_what_it_is_about(
    new_organisation: NewOrganisation, database: Database
) -> None:
    async with served(database) as opened:
        hss = Desk(opened, await office(new_organisation, database, "hss", roles=("board",)))
        await hss.clock("2036-04-03T10:00:00Z")
        due = next(each for each in (await hss.get("/reviews", "board"))["items"] if "quarterly" in each["id"])
        path, key = f"/reviews/{due['id']}/completions", {"Idempotency_Key": uuid4().hex}
        trends, others = due["evidence"][0], [{"about": each, "text": "t"} for each in due["evidence"][1:]]
        for about, told in ((5, "wrong-type"), (None, "wrong-type"), ("", "too-short")):
            sent = {"evidence": [{"about": about, "text": "t"}, *others]}
            assert await wrong(hss, "POST", path, sent, "board", **key) == {("/evidence/0/about", told)}
        twice = {"evidence": [{"about": trends, "text": 5}, {"about": trends, "text": "t"}, *others]}
        assert await wrong(hss, "POST", path, twice, "board", **key) == {
            *(("/evidence/0/text", "wrong-type"), ("/evidence", "repeated")),
        }


async def test_an_instant_that_has_not_come_is_told_whichever_way_a_message_goes(desk: Desk) -> None:
    complaint = await desk.file()
    path, party = f"/complaints/{complaint['id']}/correspondence", complaint["parties"][0]["id"]
    sent: Json = {"direction": "outbound", "subject": "S", "body": "B", "to": [party], "occurredAt": FUTURE}
    for ways, told in (({}, "required"), ({"channel": "fax"}, "not-an-option")):
        found = await wrong(desk, "POST", path, sent | ways, "complaints_officer", Idempotency_Key=uuid4().hex)
        assert found == {("/channel", told), ("/occurredAt", "in-the-future")}


async def test_a_template_for_a_procedure_that_is_not_there_lacks_what_each_asks_for(
    new_organisation: NewOrganisation, database: Database
) -> None:
    async with served(database) as opened:
        kk = Desk(opened, await office(new_organisation, database, "klikklaar"))
        sent: Json = {"procedure": "klikklaar", "letter": "acknowledgement", "language": "nl", "subject": "Uw klacht"}
        sent |= {"paragraphs": [{"text": "Zonder."}]}
        known = await wrong(kk, "POST", "/letter-templates", sent, "admin")
        assert ("/paragraphs", "content-missing") in known
        told = await wrong(kk, "POST", "/letter-templates", sent | {"procedure": "kk"}, "admin")
        assert told == {("/procedure", "unknown"), *known}


async def test_what_a_letter_does_not_say_is_told_beside_whom_it_goes_to(
    new_organisation: NewOrganisation, database: Database
) -> None:
    async with served(database) as opened:
        kk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair",)))
        complaint = await kk.file()
        path, party = f"/complaints/{complaint['id']}/correspondence", complaint["parties"][0]["id"]
        sent: Json = {"direction": "outbound", "channel": "email", "subject": "S", "body": "B", "to": [party]}
        sent |= {"step": {"name": "acknowledgements", "body": {}}}
        for change, told in (
            ({}, set()),
            ({"to": [NOBODY]}, {("/to/0", "unknown-party")}),
            ({"to": ["x"]}, {("/to/0", "wrong-form")}),
            ({"to": [party, party]}, {("/to/1", "repeated")}),
            ({"replyTo": NOBODY}, {("/replyTo", "unknown-message")}),
            ({"replyTo": "x"}, {("/replyTo", "wrong-form")}),
            ({"attachments": [NOBODY]}, {("/attachments/0", "unknown-attachment")}),
            ({"occurredAt": "2036-01-07T08:00:00Z"}, {("/occurredAt", "sent-now")}),
            ({"occurredAt": FUTURE}, {("/occurredAt", "in-the-future")}),
        ):
            found = await wrong(kk, "POST", path, sent | change, "chair", Idempotency_Key=uuid4().hex)
            assert found == {("/body", "content-missing"), *told}, change


@pytest.mark.parametrize("name", ["acknowledgement", "decision", "message", "decision_copy"])
async def test_a_letter_of_what_comes_in_is_none(desk: Desk, name: str) -> None:
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}/correspondence"
    sent = {"direction": "inbound", "letter": name, "body": "B"}
    once = {"Idempotency_Key": uuid4().hex}
    assert await wrong(desk, "POST", path, sent, "complaints_officer", **once) == {
        *(("/channel", "required"), ("/letter", "outbound-only")),
    }


async def test_what_a_text_does_not_say_is_told_beside_what_is_no_part_of_it(
    new_organisation: NewOrganisation, database: Database
) -> None:
    async with served(database) as opened:
        kk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair",)))
        path = f"/complaints/{(await kk.file())['id']}/correspondence"
        step = {"name": "acknowledgements", "body": {}}
        good = {"direction": "outbound", "channel": "email", "subject": "S", "body": "B", "step": step}
        untold = ("/body", "content-missing")
        changes: list[tuple[Json, Any]] = [
            ({"subject": None}, ("/subject", "required")),
            ({"subject": " "}, ("/subject", "required")),
            ({"subject": 5}, ("/subject", "wrong-type")),
            ({"channel": None}, ("/channel", "required")),
            ({"channel": "fax"}, ("/channel", "not-an-option")),
            ({"step": {**step, "body": {"form": "email"}}}, ("/step/body/form", "not-here")),
            ({"step": {**step, "body": {"occurredAt": "2036-01-07T08:00:00Z"}}}, ("/step/body/occurredAt", "not-here")),
        ]
        for change, told in changes:
            found = await wrong(kk, "POST", path, good | change, "chair", Idempotency_Key=uuid4().hex)
            assert found == {told, untold}, change


async def test_null_leaves_a_draft_as_it_is(desk: Desk) -> None:
    complaint = await desk.file()
    path, by = f"/complaints/{complaint['id']}/correspondence", "complaints_officer"

    async def drafted(**said: Any) -> tuple[str, str]:
        sent = {"direction": "outbound", "draft": True} | said
        answer = await desk("POST", path, sent, by, Idempotency_Key=uuid4().hex)
        return f"/correspondence/{answer.json()['id']}", answer.headers["etag"]

    mail = await drafted(channel="email", subject="s", body="b")
    letter = await drafted(channel="email", letter="message", body="Dag.")
    call = await drafted(channel="phone", body="Gebeld.", participants=[{"role": "director"}])
    changes: list[tuple[tuple[str, str], Json, set[Any]]] = [
        (mail, {"channel": None, "to": [NOBODY]}, {("/to/0", "unknown-party")}),
        (mail, {"channel": None, "letter": "message"}, {("/body", "placeholder-empty")}),
        (letter, {"body": None, "language": "en"}, {("/letter", "required")}),
        (letter, {"body": None, "step": None}, {("/letter", "required")}),
        (call, {"channel": None, "occurredAt": "2030-01-01T10:00:00Z"}, {("/occurredAt", "before-receipt")}),
        (call, {"channel": None, "participants": []}, {("/participants", "required")}),
        (letter, {"to": None, "subject": "N"}, set()),
        (letter, {"language": None, "subject": "N"}, set()),
        (call, {"letter": None, "subject": "Nieuw"}, set()),
    ]
    for (where, etag), change, told in changes:
        null = {(f"/{name}", "not-emptied") for name, value in change.items() if value is None and name != "step"}
        assert await wrong(desk, "PATCH", where, change, by, If_Match=etag) == null | told, change


async def test_a_call_keeps_its_words_beside_a_letter(desk: Desk) -> None:
    path, by = f"/complaints/{(await desk.file())['id']}/correspondence", "complaints_officer"
    call = {"direction": "outbound", "channel": "phone", "body": "Gebeld.", "participants": [{"role": "director"}]}
    draft = await desk("POST", path, call | {"draft": True}, by, Idempotency_Key=uuid4().hex)
    where, match = f"/correspondence/{draft.json()['id']}", draft.headers["etag"]
    for letter, told in (("acknowledgement", "written-only"), ("zz", "not-an-option")):
        found = await wrong(desk, "PATCH", where, {"letter": letter, "subject": "N"}, by, If_Match=match)
        assert found == {("/letter", told)}


async def test_no_letter_is_spoken_and_none_lacks_what_another_step_gives(desk: Desk) -> None:
    complaint = await desk.file()
    path, by = f"/complaints/{complaint['id']}/correspondence", "complaints_officer"
    mail = {"direction": "outbound", "channel": "email", "draft": True}
    draft = await desk("POST", path, mail | {"letter": "message", "body": "Dag."}, by, Idempotency_Key=uuid4().hex)
    call: Json = {"channel": "phone", "to": [], "participants": [{"partyId": complaint["parties"][0]["id"]}]}
    where, match = f"/correspondence/{draft.json()['id']}", draft.headers["etag"]
    assert await wrong(desk, "PATCH", where, call, by, If_Match=match) == {("/letter", "written-only")}
    sent = mail | {"letter": "decision", "step": {"name": "acknowledgements", "body": {}}}
    found = await wrong(desk, "POST", path, sent, by, Idempotency_Key=uuid4().hex)
    assert found == {("/letter", "another-step")}


@pytest.mark.parametrize("channel", ["telefoon", None])
async def test_whichever_way_was_meant_somebody_is_not_known(desk: Desk, channel: Any) -> None:
    path, by = f"/complaints/{(await desk.file())['id']}/correspondence", "complaints_officer"
    told = ("/channel", "not-an-option" if channel else "required")
    sent = {"direction": "outbound", "channel": channel, "subject": "S", "body": "B"}
    call = sent | {"occurredAt": "2030-01-01T10:00:00Z", "participants": [{"partyId": NOBODY}]}
    assert await wrong(desk, "POST", path, call, by, Idempotency_Key=uuid4().hex) >= {
        *(told, ("/occurredAt", "before-receipt"), ("/participants/0/partyId", "unknown-party")),
    }
    to = sent | {"to": [NOBODY]}
    assert await wrong(desk, "POST", path, to, by, Idempotency_Key=uuid4().hex) == {told, ("/to/0", "unknown-party")}


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"participants": [{"role": "onbekend"}]}, ("/participants/0/role", "unknown-role")),
        ({"participants": "twice"}, ("/participants/1/partyId", "repeated")),
        ({"to": "twice"}, ("/to/1", "repeated")),
    ],
)
async def test_whichever_way_was_meant_nobody_is_named_twice_or_in_no_role(desk: Desk, named: Json, told: Any) -> None:
    complaint = await desk.file()
    party = complaint["parties"][0]["id"]
    twice = {"to": [party, party], "participants": [{"partyId": party}, {"partyId": party}]}
    named = {name: twice[name] if value == "twice" else value for name, value in named.items()}
    path, by = f"/complaints/{complaint['id']}/correspondence", "complaints_officer"
    wrong_list = {"to": ("phone", "use-participants"), "participants": ("email", "use-to")}
    [[channel, misplaced]] = [wrong_list[name] for name in named]
    for given, first in (
        ({"channel": "telefoon"}, ("/channel", "not-an-option")),
        ({}, ("/channel", "required")),
        ({"channel": channel}, (f"/{next(iter(named))}", misplaced)),
    ):
        sent = {"direction": "outbound", "subject": "S", "body": "B"} | given | named
        found = await wrong(desk, "POST", path, sent, by, Idempotency_Key=uuid4().hex)
        assert found - {("/participants", "required")} == {first, told}


@pytest.mark.parametrize("channel", ["mail", 3])
async def test_a_way_that_cannot_be_read_hides_no_missing_text_of_a_step(
    new_organisation: NewOrganisation, database: Database, channel: Any
) -> None:
    async with served(database) as opened:
        kk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair",)))
        path = f"/complaints/{(await kk.file())['id']}/correspondence"
        sent = {
            "direction": "outbound",
            "channel": channel,
            "subject": "Uw klacht",
            "step": {"name": "acknowledgements", "body": {}},
        }
        for body in ({}, {"body": " "}):
            found = await wrong(kk, "POST", path, sent | body, "chair", Idempotency_Key=uuid4().hex)
            assert found == {("/channel", "not-an-option"), ("/body", "required")}


async def test_a_step_that_cannot_be_read_asks_for_the_letter_anew(desk: Desk) -> None:
    path, by = f"/complaints/{(await desk.file())['id']}/correspondence", "complaints_officer"
    letter = {"direction": "outbound", "channel": "email", "letter": "message", "body": "Dag.", "draft": True}
    draft = await desk("POST", path, letter, by, Idempotency_Key=uuid4().hex)
    where, match = f"/correspondence/{draft.json()['id']}", draft.headers["etag"]
    for step, told in (({"name": "zz", "body": {}}, ("/step/name", "not-an-option")), (3, ("/step", "wrong-type"))):
        found = await wrong(desk, "PATCH", where, {"step": step}, by, If_Match=match)
        assert found == {told, ("/letter", "required")}


async def test_a_message_answers_one_that_was_sent_with_files_that_are_named_once(desk: Desk) -> None:
    complaint = await desk.file()
    path, by = f"/complaints/{complaint['id']}/correspondence", "complaints_officer"
    draft = {"direction": "outbound", "channel": "post", "body": "b", "draft": True}
    made = (await desk("POST", path, draft, by, Idempotency_Key=uuid4().hex)).json()["id"]
    files = await desk.client.post(
        f"/complaints/{complaint['id']}/attachments",
        files={"file": ("a.txt", b"abc")},
        headers={"Authorization": f"Bearer {desk.made.keys['system'].token}", "Idempotency-Key": uuid4().hex},
    )
    file = files.json()["id"]
    sent = {"direction": "outbound", "channel": "post", "body": "b", "replyTo": made, "attachments": [file, file]}
    both = {("/replyTo", "not-sent"), ("/attachments/1", "repeated")}
    for unread, told in (
        ({}, set()),
        ({"step": {"name": "zz", "body": {}}}, {("/step/name", "not-an-option")}),
        ({"step": 3}, {("/step", "wrong-type")}),
        ({"channel": "zz"}, {("/channel", "not-an-option")}),
    ):
        found = await wrong(desk, "POST", path, sent | unread, by, Idempotency_Key=uuid4().hex)
        assert {each for each in found if each[1] != "not-clean"} == both | told


async def test_a_name_that_is_too_long_hides_nothing_of_a_template(desk: Desk) -> None:
    sent = {
        "procedure": "jso",
        "letter": "message",
        "language": "nl",
        "subject": "{",
        "paragraphs": [{"text": "{naam}"}],
        "values": {"x" * 41: "y"},
    }
    found = await wrong(desk, "POST", "/letter-templates/_preview", sent, "admin")
    assert found >= {("/subject", "stray-brace"), ("/paragraphs/0/text", "placeholder-unknown")}
    assert len(found) == 3


async def test_what_contradicts_itself_is_told(new_organisation: NewOrganisation, database: Database) -> None:
    async with served(database) as opened:
        kk = Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair",)))
        path = f"/complaints/{(await kk.file())['id']}"
        cases: list[tuple[str, Json, set[Any]]] = [
            (
                "admissibility-decisions",
                {"decision": "handle", "ground": "nergens", "notified": True, "form": "email"},
                {("/ground", "ground-unknown"), ("/notified", "not-here")},
            ),
            (
                "admissibility-decisions",
                {"decision": "handle", "reviewOn": "2036-02-01", "earlierComplaint": "K-1"},
                {("/reviewOn", "not-here"), ("/earlierComplaint", "not-here")},
            ),
            (
                "waivers",
                {"step": "bow", "ground": "zomaar", "reasons": "R"},
                {("/step", "step-unknown"), ("/ground", "ground-unknown")},
            ),
            (
                "hearings",
                {"party": "complainant", "scheduledOn": "2036-02-01", "absent": True},
                {("", "not-both")},
            ),
            (
                "parties",
                {"role": "support_person", "person": {"name": "R"}, "type": "proxy", "authority": True},
                {("", "not-here")},
            ),
        ]
        for step, sent, told in cases:
            assert await wrong(kk, "POST", f"{path}/{step}", sent, "chair") == told
            assert await wrong(kk, "POST", f"{path}/{step}", sent | {"zz": 1}, "chair") == told | {FORM}
