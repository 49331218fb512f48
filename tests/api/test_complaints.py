"""Filing, finding and reading complaints: each route from the outside in, and what is kept to the byte."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from app.api.pace import Pace
from app.api.schemas.filings import ComplaintFiling
from app.domain.errors import TooMany
from app.domain.publication import defined
from app.procedures.reading import shipped_named
from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.builders import taking_in
from tests.conftest import NewOrganisation
from tests.contract.announced import undeclared

Json = dict[str, Any]
SAM = {"name": "Sam Voorbeeld", "email": "Sam@Example.org"}
FILING: Json = {"channel": "email", "description": "De training ging niet door.", "complainant": SAM}
FORM: Json = {"description": "De training ging niet door.", "complainant": SAM}


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """JSO, on Monday 7 January 2036."""
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database))


@pytest_asyncio.fixture
async def another(desk: Desk, new_organisation: NewOrganisation, database: Database) -> Desk:
    return Desk(desk.client, await office(new_organisation, database))


async def post(desk: Desk, body: Any, by: str = "system", **headers: str) -> httpx.Response:
    return await desk("POST", "/complaints", body, by=by, **({"Idempotency_Key": uuid4().hex} | headers))


def ids(page: Json) -> list[str]:
    return [item["id"] for item in page["items"]]


# -- the ladder ------------------------------------------------------------------------------------------------


def routes(complaint: Json) -> list[tuple[str, str, Any]]:
    path = f"/complaints/{complaint['id']}"
    return [
        ("GET", "/complaints", None),
        ("GET", "/drafts", None),
        ("POST", "/complaints/_search", {"name": "Sam"}),
        ("GET", path, None),
        ("GET", f"{path}/events", None),
        ("GET", f"{path}/terms", None),
        ("GET", f"{path}/terms/{complaint['terms'][0]['id']}/explanation", None),
    ]


async def test_reading_from_the_outside_in(desk: Desk, another: Desk):
    complaint = await desk.file()
    [event] = (await desk.get(f"/complaints/{complaint['id']}/events"))["items"]
    asked = [*routes(complaint), ("GET", f"/complaints/{complaint['id']}/events/{event['id']}", None)]
    for method, path, body in asked:
        assert (await desk.client.request(method, path, json=body)).status_code == 401
        assert (await desk(method, path, body, token="gehoor_nobody")).status_code == 401
        for by in ("website", "reporter"):
            assert (await desk(method, path, body, by=by)).status_code == 403
        for by in ("system", "auditor", "complaints_officer", "admin"):
            assert (await desk(method, path, body, by=by)).status_code == 200
        theirs = await another(method, path, body)
        assert theirs.status_code == (404 if complaint["id"] in path else 200)
        assert complaint["reference"] not in theirs.text
    for path in (f"/complaints/{uuid4()}", "/complaints/JSO-7F3K-Q9XD", "/complaints/0", "/complaints/"):
        assert (await desk("GET", path)).status_code == 404


async def test_filing_from_the_outside_in(desk: Desk):
    assert (await desk.client.post("/complaints", json=FILING)).status_code == 401
    for by in ("auditor", "reporter"):
        assert (await post(desk, FILING, by)).status_code == 403
    answer = await desk("POST", "/complaints", FILING, by="system")
    assert (answer.status_code, faults(answer)) == (400, {("Idempotency-Key", "required")})
    answer = await post(desk, FILING)
    assert answer.status_code == 201
    complaint = answer.json()
    assert answer.headers["location"] == f"/v1/complaints/{complaint['id']}"
    read = await desk("GET", f"/complaints/{complaint['id']}")
    assert read.json() == complaint
    assert read.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("blank", [" \n\t ", "\u200b", "\u00a0\u200e"])
async def test_blanks_fill_nothing_in(desk: Desk, blank: str) -> None:
    """The procedure asks for a description."""
    answer = await post(desk, {**FILING, "description": blank})
    assert (answer.status_code, faults(answer)) == (400, {("/description", "required")})


async def test_a_missing_key_hides_no_other_fault(desk: Desk) -> None:
    answer = await desk("POST", "/complaints", {"kind": "?", "description": 1, "stray": 1}, by="system")
    assert answer.status_code == 400
    assert faults(answer) == {
        ("Idempotency-Key", "required"),
        ("/kind", "not-an-option"),
        ("/description", "wrong-type"),
        ("/stray", "unknown-field"),
        ("/complainant/name", "required"),
    }


@pytest.mark.proves("JSO-08")
async def test_every_fault_at_once_and_nothing_repeated(desk: Desk):
    sent = {
        "channel": "pigeon",
        "receivedAt": "2036-01-05T10:00:00+25:00",
        "conductOn": "2035-02-30",
        "complainant": {"email": "canary", "bornOn": 19900101, "nickname": "canary"},
        "filedBy": {"type": "canary"},
        "interest": "canary",
        "urgent": "yes",
        "canary": 1,
    }
    answer = await post(desk, sent)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert faults(answer) == {
        ("/description", "required"),
        ("/channel", "not-an-option"),
        ("/receivedAt", "no-such-instant"),
        ("/conductOn", "no-such-day"),
        ("/complainant/name", "required"),
        ("/complainant/email", "wrong-form"),
        ("/complainant/bornOn", "wrong-form"),
        ("/complainant/nickname", "unknown-field"),
        ("/filedBy/type", "not-an-option"),
        ("/filedBy", "blank"),
        ("/interest", "not-an-option"),
        ("/urgent", "wrong-type"),
        ("/canary", "unknown-field"),
    }
    assert "canary" not in answer.text.replace("/canary", "")
    assert (await desk.get("/complaints?withTotal=true"))["total"] == 0


@pytest.mark.proves("JSO-01")
async def test_every_fault_against_the_procedure_at_once(desk: Desk):
    sent = {
        "channel": "oral",
        "description": "Het ging niet goed.",
        "receivedAt": "2036-01-08T10:00:00Z",
        "conductOn": "2036-01-09",
        "complainantType": "patient",
        "subjectKind": "weather",
        "kind": "signal",
        "recognitionMarks": ["shouting"],
    }
    answer = await post(desk, sent)
    assert answer.status_code == 400
    assert faults(answer) == {
        ("/channel", "not-in-procedure"),
        ("/complainantType", "not-in-procedure"),
        ("/subjectKind", "not-in-procedure"),
        ("/kind", "not-in-procedure"),
        ("/recognitionMarks", "not-in-procedure"),
        ("/receivedAt", "in-the-future"),
        ("/conductOn", "after-receipt"),
        ("/complainant/name", "required"),
    }
    messages = {fault["pointer"]: fault["message"] for fault in answer.json()["errors"]}
    assert messages["/complainantType"] == "one of: customer, visitor"


# -- a website's form ------------------------------------------------------------------------------------------


@pytest.mark.proves("X-06")
async def test_a_form_gets_a_receipt_and_nothing_about_anyone(desk: Desk):
    first, second = [await post(desk, FORM, "website") for _ in range(2)]
    assert first.status_code == second.status_code == 201
    for answer in (first, second):
        receipt = answer.json()
        assert set(receipt) == {"id", "reference", "receivedAt", "terms", "support"}
        [promise] = receipt["terms"]
        assert promise["dueOn"] == "2036-01-14"
        assert "Sam" not in answer.text and "example.org" not in answer.text
        assert "etag" not in answer.headers and "location" not in answer.headers
    assert first.json()["terms"] == second.json()["terms"]
    assert first.json()["reference"] != second.json()["reference"]
    path = f"/complaints/{first.json()['id']}"
    assert (await desk("GET", path, by="website")).status_code == 403
    complaint = await desk.get(path)
    assert (complaint["channel"], complaint["kind"]) == ("web_form", "complaint")


async def test_a_form_sets_no_date_channel_or_status(desk: Desk):
    more = {
        "channel": "email",
        "receivedAt": "2036-01-01T10:00:00Z",
        "receivedBy": "Balie",
        "interest": "material",
        "kind": "complaint",
        "urgent": True,
        "committeeAdvises": True,
        "resolvedAtOnce": {"how": "Meteen."},
        "lateRegistrationReason": "Post",
    }
    answer = await post(desk, FORM | more, "website")
    assert answer.status_code == 400
    not_for_forms = {(f"/{name}", "not-for-forms") for name in more}
    assert faults(answer) == not_for_forms
    both = await post(desk, FORM | more | {"zz": 1, "description": ""}, "website")
    assert faults(both) == not_for_forms | {("/zz", "unknown-field"), ("/description", "too-short")}
    no_object = await desk("POST", "/complaints", [], "website", Idempotency_Key="no-object")
    assert faults(no_object) == {("", "wrong-type")}
    assert (await post(desk, FORM | {"channel": "web_form"}, "website")).status_code == 201


async def test_a_form_may_say_what_holds_anyway(desk: Desk):
    """Clients that are generated from the contract send every default of it."""
    defaults = {
        field.alias: field.default for field in ComplaintFiling.model_fields.values() if not field.is_required()
    }
    assert {"urgent", "kind", "receivedAt", "channel"} <= defaults.keys()
    answer = await post(desk, defaults | FORM, "website")
    assert answer.status_code == 201, answer.text


@pytest.mark.proves("X-07")
async def test_sent_twice_is_one_and_a_second_complaint_stays_possible(desk: Desk):
    once = [await post(desk, FORM, "website", Idempotency_Key="form-1") for _ in range(3)]
    assert len({answer.content for answer in once}) == 1
    other = await post(desk, FORM, "website", Idempotency_Key="form-2")
    register = await desk.get("/complaints")
    assert sorted(ids(register)) == sorted([once[0].json()["id"], other.json()["id"]])


async def test_a_form_that_sends_too_much_is_told_to_wait(desk: Desk, database: Database):
    """What stands in a public page can be sent with by anybody; other keys, and other forms, go on."""
    transport = desk.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.app.state.pace = Pace(2)  # type: ignore[attr-defined]
    sent = [await post(desk, FORM, "website", Idempotency_Key=f"fast-{number}") for number in range(3)]
    assert [answer.status_code for answer in sent] == [201, 201, 429]
    refused = sent[-1]
    assert refused.json()["code"] == "too-many-requests"
    assert 25 <= int(refused.headers["Retry-After"]) <= 30
    assert refused.headers["RateLimit-Reset"] == refused.headers["Retry-After"]
    assert refused.headers["RateLimit-Remaining"] == "0"
    # what was answered is answered again, whatever the pace
    assert (await post(desk, FORM, "website", Idempotency_Key="fast-0")).content == sent[0].content
    assert (await post(desk, FILING, "system")).status_code == 201
    async with client(database) as opened:
        assert (await post(Desk(opened, desk.made), FORM, "website", Idempotency_Key="fast-2")).status_code == 201


def test_room_comes_back_with_time(monkeypatch: pytest.MonkeyPatch):
    now, key = 1000.0, uuid4()
    monkeypatch.setattr("app.api.pace.time.monotonic", lambda: now)
    pace = Pace(6)
    for _ in range(6):
        pace.take(key)
    with pytest.raises(TooMany) as refused:
        pace.take(key)
    assert refused.value.retry_after == 10
    pace.take(uuid4())
    now += 10
    pace.take(key)
    with pytest.raises(TooMany):
        pace.take(key)
    now += 3600  # never more than the most
    for _ in range(6):
        pace.take(key)
    with pytest.raises(TooMany):
        pace.take(key)


# -- kept to the byte ------------------------------------------------------------------------------------------

ODD = [
    "  voor en na  \r\n\ttab\n",
    "e\u0301 is niet \u00e9, ﬁ niet fi, Å niet Å",
    "\u202eachterstevoren\u202c \u200b\ufeff\u2028\u2029",
    "👩‍👩‍👧‍👦 🇳🇱 𝕏 \U000e0041 \uffff \U0010ffff",
    "'; drop table complaints; -- <script>alert(1)</script> {{7*7}} ${x} %s \\u0041 \x01\x1f\x7f",
    "é" * 20_000,
    "漢" * 20_000,
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
@pytest.mark.proves("HSS-20")
async def test_text_is_kept_to_the_byte(desk: Desk, text: str):
    complaint = await desk.file(description=text, complainant={"name": text[:200], "email": "sam@example.org"})
    read = await desk.get(f"/complaints/{complaint['id']}")
    [event] = (await desk.get(f"/complaints/{complaint['id']}/events"))["items"]
    assert complaint["description"] == read["description"] == event["texts"]["description"] == text
    assert read["parties"][0]["name"] == text[:200]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "too-short"),
        ("x" * 20_001, "too-long"),
        ("a\0b", "not-storable"),
        (7, "wrong-type"),
    ],
)
async def test_text_that_is_not_kept(desk: Desk, text: Any, code: str):
    answer = await post(desk, {**FILING, "description": text})
    assert (answer.status_code, faults(answer)) == (400, {("/description", code)})


@pytest.mark.parametrize(
    ("sent", "answered", "day", "due"),
    [
        ("2036-01-06T23:30:00-05:00", "2036-01-07T04:30:00Z", "2036-01-07", "2036-01-14"),  # a Monday here
        ("2036-01-06T23:59:59.999999+01:00", "2036-01-06T22:59:59.999999Z", "2036-01-06", "2036-01-11"),  # Sunday
        ("2036-01-07T00:00:00+01:00", "2036-01-06T23:00:00Z", "2036-01-07", "2036-01-14"),
        ("2035-06-30T22:00:00Z", "2035-06-30T22:00:00Z", "2035-07-01", "2035-07-06"),  # summer: two hours ahead
        ("2036-01-07t10:00:00z", "2036-01-07T09:00:00Z", "2036-01-07", "2036-01-14"),  # ahead of the clock
    ],
)
@pytest.mark.proves("X-02")
async def test_any_offset_and_the_day_it_is_here(desk: Desk, sent: str, answered: str, day: str, due: str):
    if sent.startswith("2036-01-07t10"):
        answer = await post(desk, {**FILING, "receivedAt": sent})
        assert faults(answer) == {("/receivedAt", "in-the-future")}
        return
    complaint = await desk.file(receivedAt=sent, lateRegistrationReason="Lag in de bus.")
    assert (complaint["receivedAt"], complaint["receivedOn"]) == (answered, day)
    assert complaint["terms"][0]["dueOn"] == due
    assert complaint["warnings"] == []


@pytest.mark.proves("X-02")
async def test_back_dating_asks_for_a_reason(desk: Desk):
    """It is never refused for it: what came in earlier counts from then."""
    complaint = await desk.file(receivedAt="2036-01-04T10:00:00Z")
    assert "registered-later" in {warning["code"] for warning in complaint["warnings"]}
    told = await desk.file(receivedAt="2036-01-04T10:00:00Z", lateRegistrationReason="Lag in de bus.")
    assert told["warnings"] == []
    assert told["texts"]["lateRegistrationReason"] == "Lag in de bus."
    today = await desk.file(receivedAt="2036-01-07T00:30:00+01:00")
    assert today["warnings"] == []


# -- lists -----------------------------------------------------------------------------------------------------


async def test_days_the_wrong_way_round_are_no_empty_register(desk: Desk):
    refused = await desk("GET", "/complaints?receivedFrom=2036-01-03&receivedUntil=2036-01-02")
    assert refused.status_code == 400
    assert faults(refused) == {("receivedUntil", "before-from")}


async def test_filters(desk: Desk):
    officer = str(desk.made.staff["complaints_officer"])
    one = await desk.file(category="planning", receivedAt="2036-01-02T10:00:00Z")
    two = await desk.file(category="teacher")
    await desk.step(one, "assignments", {"staffId": officer}, "complaints_officer")
    await desk.step(two, "withdrawals", {"form": "email"}, "system")
    for query, wanted in {
        "": [two, one],
        "state=open": [one],
        "state=withdrawn": [two],
        "status=handled": [two],
        "status=in_progress&kind=complaint": [one],
        "kind=signal": [],
        "procedure=jso": [two, one],
        "procedure=hss": [],
        "stage=first_response&state=open": [one],
        "category=planning": [one],
        f"handler={officer}": [one],
        f"handler={uuid4()}": [],
        "assigned=true": [one],
        "assigned=false": [two],
        f"reference={one['reference']}": [one],
        "receivedUntil=2036-01-02": [one],
        "receivedFrom=2036-01-03": [two],
        "receivedFrom=2036-01-02&receivedUntil=2036-01-07": [two, one],
    }.items():
        page = await desk.get(f"/complaints?{query}&withTotal=true" if query else "/complaints?withTotal=true")
        assert (ids(page), page["total"]) == ([each["id"] for each in wanted], len(wanted)), query
    assert "total" not in await desk.get("/complaints")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("email=sam@example.org", "email"),
        ("name=Sam", "name"),
        ("state=lost", "state"),
        ("handler=me", "handler"),
        ("assigned=maybe", "assigned"),
        ("receivedFrom=1%20January", "receivedFrom"),
        ("received_from=2036-01-01", "received_from"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("state=open&state=closed", "state"),
        ("cursor=made-up", "cursor"),
        ("category=", "category"),
    ],
)
async def test_what_a_list_does_not_take(desk: Desk, query: str, pointer: str):
    answer = await desk("GET", f"/complaints?{query}")
    assert answer.status_code == 400
    assert {where for where, _ in faults(answer)} == {pointer}
    assert "example.org" not in answer.text


async def test_pages_stay_put_while_more_comes_in(desk: Desk):
    """Each of the seven is seen once, whatever is filed meanwhile; and the way back shows the same pages."""
    filed = [(await desk.file(receivedAt=f"2036-01-04T1{hour}:00:00Z"))["id"] for hour in range(7)]
    first = await desk("GET", "/complaints?limit=3&status=in_progress")
    await desk.file()  # newer than all
    await desk.file(receivedAt="2036-01-04T13:30:00Z")  # between the first page and the second: on the second
    page, pages = first.json(), [first.json()]
    while page["next"]:
        page = await desk.get(f"/complaints?limit=3&status=in_progress&cursor={page['next']}")
        pages.append(page)
    seen = [each for part in pages for each in ids(part)]
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in filed] == filed[::-1]
    assert pages[0]["prev"] is None and pages[-1]["next"] is None
    back = await desk.get(f"/complaints?limit=3&status=in_progress&cursor={pages[2]['prev']}")
    assert ids(back) == ids(pages[1])
    back = await desk.get(f"/complaints?limit=3&status=in_progress&cursor={back['prev']}")
    assert ids(back) == ids(pages[0])
    assert back["prev"]  # what came in meanwhile is before it
    assert first.headers["link"].endswith('rel="next"')


async def test_a_link_can_be_followed(desk: Desk):
    for _ in range(3):
        await desk.file()
    answer = await desk("GET", "/complaints?limit=2&kind=complaint")
    address = answer.headers["link"].partition("<")[2].partition(">")[0]
    following = await desk.get(address.removeprefix("/v1"))
    assert len(following["items"]) == 1
    assert not set(ids(following)) & set(ids(answer.json()))


async def test_a_cursor_belongs_to_its_list(desk: Desk):
    for _ in range(2):
        await desk.file()
    cursor = (await desk.get("/complaints?limit=1"))["next"]
    middle = len(cursor) // 2
    other = "A" if cursor[middle] != "A" else "B"
    for query in (
        f"limit=1&cursor={cursor[:middle]}{other}{cursor[middle + 1 :]}",
        f"limit=1&cursor={cursor[:-4]}",
        f"limit=1&kind=complaint&cursor={cursor}",
    ):
        answer = await desk("GET", f"/complaints?{query}")
        assert (answer.status_code, faults(answer)) == (400, {("cursor", "cursor-unknown")})
    assert (await desk("GET", f"/terms?cursor={cursor}")).status_code == 400
    assert len((await desk.get(f"/complaints?limit=2&cursor={cursor}"))["items"]) == 1  # another limit may be asked


async def test_search_is_never_in_an_address(desk: Desk):
    complaint = await desk.file(complainant=SAM)
    await desk.file(complainant={"name": "Robin Proef", "email": "robin@example.org"})

    async def found(**sent: str) -> list[str]:
        answer = await desk("POST", "/complaints/_search", sent, by="auditor")
        assert answer.status_code == 200, answer.text
        return ids(answer.json())

    for sent in ({"email": "sam@example.ORG"}, {"name": "sam v"}, {"name": "SAM", "email": "sam@example.org"}):
        assert await found(**sent) == [complaint["id"]]
    for sent in ({"name": "Voorbeeld"}, {"name": "sam%"}, {"name": "Robin", "email": "sam@example.org"}):
        assert await found(**sent) == []
    answer = await desk("POST", "/complaints/_search", {"name": "S", "email": "x", "phone": "1"})
    assert faults(answer) == {("/name", "too-short"), ("/email", "wrong-form"), ("/phone", "unknown-field")}
    assert (await desk("GET", "/complaints/_search?name=Sam")).status_code in (400, 404, 405)


_MIA = ["Mia Voorloop", " Mia Voorloop", "Mia Voorloop ", "Mia\u00a0Voorloop", "\u200eMia Voorloop"]


@pytest.mark.parametrize("name", [*_MIA, "\tMia Voorloop", "Mia  Voorloop", "MIA V\u00adoorloop", "Ｍia Voorloop"])
async def test_a_name_is_found_however_it_was_typed(desk: Desk, name: str):
    complaint = await desk.file(complainant=SAM | {"name": name})
    [known] = complaint["parties"]
    assert known["name"] == name  # as it was sent
    for sent in ("Mia", "Mia V", " mia  voor", "MIA\u00a0V", name):
        answer = await desk("POST", "/complaints/_search", {"name": sent})
        assert ids(answer.json()) == [complaint["id"]], sent
    assert ids((await desk("POST", "/complaints/_search", {"name": "Miav"})).json()) == []


@pytest.mark.parametrize(("name", "sent"), [("Zoe\u0308 Decomp", "Zoë D"), ("Zoë Decomp", "zoe\u0308 d")])
async def test_a_letter_is_one_letter_in_whatever_parts(desk: Desk, name: str, sent: str):
    complaint = await desk.file(complainant=SAM | {"name": name})
    assert ids((await desk("POST", "/complaints/_search", {"name": sent})).json()) == [complaint["id"]]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, {("", "one-of")}),
        ({"name": None, "email": None}, {("", "one-of")}),
        *(({"name": name}, {("/name", "blank")}) for name in ("  ", "\u200e\u200b", "\u00a0\t")),
    ],
)
async def test_a_search_for_nobody_is_told(desk: Desk, sent: Json, expected: set[tuple[str, str]]):
    await desk.file()
    answer = await desk("POST", "/complaints/_search", sent)
    assert (answer.status_code, faults(answer)) == (400, expected)


async def test_a_slip_in_a_form_keeps_no_other_out(desk: Desk):
    """What may have been meant is looked at, and takes no place of who sends something good."""
    transport = desk.client._transport
    transport.app.state.pace = Pace(2)  # type: ignore[attr-defined]
    transport.app.state.pace_of_tries = Pace(40)  # type: ignore[attr-defined]
    slip = {"description": "x", "complainant": {"name": "Sam"}, "complainantType": "klant", "subjectRole": "astronaut"}
    told = [await desk("POST", "/complaints", slip, "website", Idempotency_Key=str(uuid4())) for _ in range(4)]
    form = ("/complainantType", "not-an-option")
    assert [faults(each) for each in told][::3] == [{form, ("/subjectRole", "not-in-procedure")}, {form}]
    good = {"description": "x", "complainant": {"name": "Sam"}}
    sent = [await desk("POST", "/complaints", good, "website", Idempotency_Key=str(uuid4())) for _ in range(3)]
    assert [each.status_code for each in sent] == [201, 201, 429]


async def test_what_shows_nothing_finds_nobody(desk: Desk):
    await desk.file()
    answer = await desk("POST", "/complaints/_search", {"name": "\ufe0f\ufe0f"})
    assert faults(answer) == {("/name", "blank")}


# -- HTTP ------------------------------------------------------------------------------------------------------


async def test_head_options_and_other_methods(desk: Desk):
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    allowed = {
        "/complaints": "GET, HEAD, POST, OPTIONS",
        "/complaints/_search": "POST, OPTIONS",
        path: "GET, HEAD, PATCH, OPTIONS",
        f"{path}/events": "GET, HEAD, OPTIONS",
        f"{path}/decisions": "GET, HEAD, POST, OPTIONS",
    }
    for where, allow in allowed.items():
        answer = await desk("OPTIONS", where)
        assert (answer.status_code, answer.headers["allow"]) == (204, allow)
        answer = await desk("DELETE", where)
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
        assert answer.headers["allow"] == allow
        if "HEAD" in allow:
            get, head = await desk("GET", where), await desk("HEAD", where)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers.get("etag") == get.headers.get("etag")
            assert head.headers["api-version"] == "1.0.0"
    assert (await desk.client.head(path)).status_code == 401


async def test_media_types_and_sizes(desk: Desk):
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    for accept, status in {
        "application/json": 200,
        "application/*;q=0.1": 200,
        "text/html,*/*;q=0.5": 200,
        "text/csv": 406,
        "application/json;q=0": 406,
    }.items():
        assert (await desk("GET", path, Accept=accept)).status_code == status, accept
    bearer = {"Authorization": f"Bearer {desk.made.keys['system'].token}", "Idempotency-Key": "big"}

    async def raw(content: bytes, media: str, **more: str) -> int:
        headers = {**bearer, "Content-Type": media, **more}
        answer = await desk.client.post("/complaints", content=content, headers=headers)
        assert undeclared("POST", "/complaints", answer.status_code, answer.headers) == set()
        return answer.status_code

    assert await raw(b"x" * 65_537, "application/json") == 413
    assert await raw(b" " * 65_535 + b"{}", "application/json") == 413
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"):
        assert await raw(b"{}", media) == 415
    assert await raw(b"{}", "application/json", **{"Content-Encoding": "gzip"}) == 415
    assert await raw(b"{}", "application/json") == 400
    assert len((await desk.get("/complaints"))["items"]) == 1


# -- PATCH -----------------------------------------------------------------------------------------------------


async def test_a_change_needs_the_version_that_was_read(desk: Desk):
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    etag = (await desk("GET", path)).headers["etag"]
    assert not etag.startswith("W/")
    change = {"category": "planning", "responsibleEmployee": "Kim Medewerker"}
    missing = await desk("PATCH", path, change)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition-required")
    for wrong in ('"0"', f"W/{etag}", etag.strip('"')):
        assert (await desk("PATCH", path, change, If_Match=wrong)).status_code == 412
    changed = await desk("PATCH", path, change, If_Match=etag)
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] != etag
    stale = await desk("PATCH", path, change, If_Match=etag)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    read = await desk("GET", path)
    assert read.headers["etag"] == changed.headers["etag"]
    assert (read.json()["category"], read.json()["version"]) == ("planning", 2)
    assert read.json()["texts"]["responsibleEmployee"] == "Kim Medewerker"


async def test_changed_by_three_at_once_there_is_still_one_complainant(desk: Desk):
    complaint = await desk.file()
    changes = [{"complainant": {"email": f"new{number}@example.org"}} for number in range(3)]
    path = f"/complaints/{complaint['id']}"
    answers = await asyncio.gather(*(desk("PATCH", path, change, If_Match="*") for change in changes))
    assert [answer.status_code for answer in answers] == [200] * 3
    parties = (await desk.get(path))["parties"]
    assert [each["role"] for each in parties] == ["complainant"]
    assert parties[0]["email"] in {f"new{number}@example.org" for number in range(3)}


async def patched(desk: Desk, complaint: Json, change: Json) -> httpx.Response:
    path = f"/complaints/{complaint['id']}"
    etag = (await desk("GET", path)).headers["etag"]
    return await desk("PATCH", path, change, If_Match=etag)


async def test_a_complainant_is_changed_and_not_doubled(desk: Desk):
    """A mistyped address is put right: nobody writes to the wrong one any more."""
    complaint = await desk.file(
        complainant={"name": "Anna Oud", "email": "verkeerd@example.org", "phone": "0612345678"}
    )
    answer = await patched(desk, complaint, {"complainant": {"email": "goed@example.org"}})
    assert answer.status_code == 200, answer.text
    read = await desk.get(f"/complaints/{complaint['id']}")
    [known] = [each for each in read["parties"] if each["role"] == "complainant"]
    assert (known["name"], known["email"]) == ("Anna Oud", "goed@example.org")
    assert known["details"]["phone"] == "0612345678"


async def complainant(desk: Desk, complaint: Json) -> Json:
    read = await desk.get(f"/complaints/{complaint['id']}")
    [known] = [each for each in read["parties"] if each["role"] == "complainant"]
    return {"name": known["name"], "email": known["email"], **known["details"]}


async def test_null_takes_away_what_is_known_of_the_complainant(desk: Desk):
    """A wrong address, and no other that is known: mail goes there no more, and nobody finds the complaint by it."""
    complaint = await desk.file(
        complainant={"name": "Anna", "email": "verkeerd@example.org", "phone": "1", "city": "A"}
    )
    answer = await patched(desk, complaint, {"complainant": {"email": None, "phone": "2", "city": " "}})
    assert answer.status_code == 200, answer.text
    assert await complainant(desk, complaint) == {"name": "Anna", "email": None, "phone": "2", "city": "A"}
    found = await desk("POST", "/complaints/_search", {"email": "verkeerd@example.org"})
    assert found.json()["items"] == []
    assert "complainant_contact" in (await desk.get(f"/complaints/{complaint['id']}"))["registerFields"]
    assert (await patched(desk, complaint, {"complainant": {"phone": None}})).status_code == 200
    assert await complainant(desk, complaint) == {"name": "Anna", "email": None, "city": "A"}
    assert "complainant_contact" not in (await desk.get(f"/complaints/{complaint['id']}"))["registerFields"]
    assert faults(await patched(desk, complaint, {"complainant": {"phone": None}})) == {("", "nothing-changed")}


async def test_what_the_procedure_asks_of_the_complainant_stays(new_organisation: NewOrganisation, database: Database):
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "bijstand-naar-werk"))
        complaint = await desk.file()
        answer = await patched(desk, complaint, {"complainant": {"email": None}})
        assert faults(answer) == set(), answer.text  # the address is left to write to
        answer = await patched(desk, complaint, {"complainant": {"address": None, "phone": None}})
        assert faults(answer) == {("/complainant/email", "required")}
        assert (await complainant(desk, complaint))["address"] == "Straat 1"


@pytest.mark.parametrize("name", ["category", "products", "urgent", "complainant"])
async def test_what_cannot_be_emptied_is_told_at_its_place(desk: Desk, name: str):
    complaint = await desk.file()
    change = {"responsibleEmployee": "Kim", name: None, "note": None, "onBehalfOf": None}
    assert faults(await patched(desk, complaint, change)) == {(f"/{name}", "not-emptied")}
    assert (await desk.get(f"/complaints/{complaint['id']}"))["version"] == 1


async def test_a_flag_can_be_taken_back(desk: Desk):
    complaint = await desk.file()
    for urgent in (True, False):
        answer = await patched(desk, complaint, {"urgent": urgent})
        assert answer.status_code == 200, answer.text
        events = await desk.get(f"/complaints/{complaint['id']}/events")
        assert events["items"][-1]["facts"]["urgent"] is urgent


@pytest.mark.parametrize("change", [{}, {"note": None, "occurredAt": None}, {"complainant": {}}])
async def test_a_change_of_nothing_is_told_and_leaves_nothing(desk: Desk, change: Json):
    complaint = await desk.file()
    answer = await patched(desk, complaint, change)
    assert faults(answer) == {("", "nothing-changed")}
    assert (await desk.get(f"/complaints/{complaint['id']}"))["version"] == 1


async def test_conduct_does_not_come_after_the_complaint(desk: Desk):
    answer = await patched(desk, await desk.file(), {"conductOn": "2100-01-01"})
    assert faults(answer) == {("/conductOn", "after-receipt")}


async def test_what_was_filed_is_not_changed(desk: Desk):
    complaint = await desk.file()
    path = f"/complaints/{complaint['id']}"
    etag = (await desk("GET", path)).headers["etag"]
    fixed = {"description": "Anders", "receivedAt": "2036-01-01T10:00:00Z", "channel": "post", "state": "closed"}
    answer = await desk("PATCH", path, fixed, If_Match=etag)
    assert faults(answer) == {(f"/{name}", "unknown-field") for name in fixed}
    assert (await desk.get(path))["version"] == 1


# -- what keeps nobody out -------------------------------------------------------------------------------------


BLANK = (" ", "\u200b", "\u2060\ufeff")  # also what nobody sees


@pytest.mark.parametrize("blank", BLANK)
async def test_a_blank_name_is_none(desk: Desk, blank: str):
    complaint = await desk.file(complainant={"name": blank, "organisation": "Voorbeeld BV", "email": "a@example.org"})
    [known] = [each for each in complaint["parties"] if each["role"] == "complainant"]
    assert known["name"] is None


@pytest.mark.proves("JSO-09")
@pytest.mark.parametrize("blank", BLANK)
async def test_a_blank_name_fills_no_name_in(desk: Desk, blank: str):
    answer = await post(desk, {**FILING, "complainant": {"name": blank, "email": "a@example.org"}})
    assert faults(answer) == {("/complainant/name", "required")}


async def test_what_a_website_sends_is_kept_although_the_procedure_knows_no_websites(
    new_organisation: NewOrganisation, database: Database
):
    """It takes complaints by mail, post and telephone; a form was put on a page all the same."""
    channels = tuple(each for each in shipped_named("hss").intake.channels if each.channel != "web_form")
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, taking_in("hss", channels=channels)))
        assert "website-unused" in {each["code"] for each in (await desk.get("/organisation"))["warnings"]}
        answer, again = [await post(desk, FORM, "website", Idempotency_Key="form-1") for _ in range(2)]
        assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
        assert faults(answer) == {("/channel", "not-in-procedure")}
        [kept] = (await desk.get("/drafts"))["items"]
        assert (kept["reason"], kept["id"] in answer.text) == ("not-in-procedure", True)
        # told until a procedure takes in by form, or no website has a key
        keys = (await desk.get("/api-keys?kind=website"))["items"]
        for each in keys:
            assert (await desk("DELETE", f"/api-keys/{each['id']}")).status_code == 204
        assert "website-unused" not in {each["code"] for each in (await desk.get("/organisation"))["warnings"]}


async def test_an_unknown_procedure_is_told_as_that(desk: Desk):
    answer = await desk("POST", "/complaints", FILING | {"procedure": "j-s-o"}, Idempotency_Key=str(uuid4()))
    assert faults(answer) == {("/procedure", "unknown")}


async def test_what_comes_in_while_no_version_holds_is_kept_and_counts_from_its_day(
    new_organisation: NewOrganisation, database: Database
):
    """A procedure ended and its next version was forgotten; the one that is published later begins in the gap."""
    ended = shipped_named("jso").model_copy(update={"effective_until": date(2036, 1, 15)})
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, ended))
        assert (await desk.get("/organisation"))["endingProcedures"] == [{"procedure": "jso", "lastDay": "2036-01-15"}]
        await desk.clock("2036-01-18T09:00:00Z")
        assert (await desk.get("/organisation"))["endingProcedures"] == [{"procedure": "jso", "lastDay": "2036-01-15"}]
        by_hand = FILING | {"procedure": "jso", "receivedAt": "2036-01-17T09:00:00Z"}
        for body, by in ((FORM, "website"), (by_hand, "system")):
            answer = await desk("POST", "/complaints", body, by=by, Idempotency_Key=str(uuid4()))
            assert faults(answer) == {("/receivedAt", "no-procedure-in-force")}
        kept = (await desk.get("/drafts"))["items"]
        assert [each["reason"] for each in kept] == 2 * ["no-procedure-in-force"]

        await desk.clock("2036-01-28T09:00:00Z")
        later = defined(ended) | {"effective_from": "2036-01-16", "effective_until": None}
        published = await desk("POST", "/procedures/jso/versions", {"document": later})
        assert published.status_code == 201, published.text
        assert (await desk.get("/organisation"))["endingProcedures"] == []
        complaint = await desk.file(draft=kept[0]["id"])
        assert complaint["receivedAt"].startswith("2036-01-18T09:00")
        assert (complaint["receivedAt"], complaint["procedure"]["version"]) == (kept[0]["receivedAt"], 2)
