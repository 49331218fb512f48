"""What a hostile or careless caller tried: each of these once went through."""

import sys
from collections import Counter
from collections.abc import AsyncIterator
from types import FrameType
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from app.domain.validation import MAX_FAULTS
from app.procedures.reading import mapping_of
from app.services.procedures import Given
from app.services.trials import judge
from app.store.session import Database
from tests.api.office import Desk, client, faults, office
from tests.builders import taking_in
from tests.conftest import NewOrganisation

Json = dict[str, Any]
REASON = "lateRegistrationReason"
LATE: Json = {"receivedAt": "2035-12-01T10:00:00Z", REASON: "Lag in de bus."}
ANSWER: Json = {"form": "email", "text": "De training is verzet.", "reasons": "De trainer was ziek."}
RESPOND = "first_response.respond"


@pytest_asyncio.fixture
async def desk(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """JSO, which knows here what is no complaint too, on Monday 7 January 2036."""
    rules = taking_in("jso", kinds=("complaint", "out_of_scope"))
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database, rules))


@pytest_asyncio.fixture
async def council(new_organisation: NewOrganisation, database: Database) -> AsyncIterator[Desk]:
    """Klikklaar, the same day."""
    async with client(database) as opened:
        yield Desk(opened, await office(new_organisation, database, "klikklaar", roles=("chair", "member")))


async def take(desk: Desk, complaint: Json, step: str, body: Json, by: str = "system") -> httpx.Response:
    return await desk("POST", f"/complaints/{complaint['id']}/{step}", body, by=by, Idempotency_Key=uuid4().hex)


async def correct(desk: Desk, complaint: Json, by: str = "system", **how: Any) -> httpx.Response:
    return await take(desk, complaint, "corrections", {"reasons": "Verkeerd vastgelegd.", **how}, by)


async def state_of(desk: Desk, complaint: Json, key: str = RESPOND) -> str:
    terms = (await desk.get(f"/complaints/{complaint['id']}/terms"))["items"]
    return next(str(term["state"]) for term in terms if term["key"] == key)


async def answered(desk: Desk, complaint: Json) -> int:
    """Answers it; the sequence of the answer."""
    told = await desk.step(complaint, "responses", ANSWER, "complaints_officer")
    return int(next(event["sequence"] for event in told["events"] if event["type"] == "first_response.sent"))


# -- a breach that happened ------------------------------------------------------------------------------------

BEFORE = "2035-12-03T10:00:00Z"  # in time, if only it had been


@pytest.mark.proves("X-04")
@pytest.mark.parametrize("first_answered", [False, True])
@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("withdrawals", {"form": "email"}),
        ("reclassifications", {"to": "out_of_scope", "reasons": "Toch niet."}),
        ("reclassifications", {"to": "out_of_scope", "reasons": "Toch niet."}),
        ("closures", {"outcome": "not_a_complaint", "form": "email", "handlingMethod": "Gebeld."}),
    ],
)
async def test_what_is_dated_back_undoes_no_breach_without_a_reason(
    desk: Desk, step: str, body: Json, first_answered: bool
) -> None:
    complaint = await desk.file(**LATE, category="planning", responsibleEmployee="Jan", products="Training")
    if first_answered:
        await answered(desk, complaint)
    was = await state_of(desk, complaint)
    refused = await take(desk, complaint, step, body | {"occurredAt": BEFORE}, "complaints_officer")
    assert faults(refused) == {(f"/{REASON}", "reason-missing")}
    assert await state_of(desk, complaint) == was
    told = body | {"occurredAt": BEFORE, REASON: "Het bericht bleef liggen."}
    await desk.step(complaint, step, told, "complaints_officer")
    assert await state_of(desk, complaint) == "cancelled"


@pytest.mark.proves("JSO-06", "X-02")
async def test_what_was_settled_on_the_spot_may_be_registered_late(desk: Desk) -> None:
    """The reason is there already, at the receipt."""
    complaint = await desk.file(**LATE, category="planning", resolvedAtOnce={"how": "Aan de balie uitgelegd."})
    assert complaint["state"] == "closed"


# -- corrections -----------------------------------------------------------------------------------------------


@pytest.mark.proves("KK-18")
async def test_a_decision_is_corrected_by_whoever_may_take_it(desk: Desk) -> None:
    complaint = await desk.file()
    sequence = await answered(desk, complaint)
    for by in ("director", "system", "admin"):
        refused = await correct(desk, complaint, by, corrects=sequence, annul=True)
        assert (refused.status_code, refused.json()["code"]) == (403, "role-required")
    assert (await correct(desk, complaint, "complaints_officer", corrects=sequence, annul=True)).status_code == 201


@pytest.mark.proves("KK-13")
async def test_a_correction_lengthens_no_term_beyond_what_an_extension_may(council: Desk) -> None:
    """It shortens none either. More in tests/domain/test_gate.py, under procedures with a maximum."""
    complaint = await council.file()
    extension = {"form": "email", "term": "handling.decide", "until": "2036-02-20", "reasons": "Getuige ziek."}
    told = await council.step(complaint, "extensions", extension, "chair")
    sequence = next(event["sequence"] for event in told["events"] if event["type"] == "extension.notified")
    was = next(t["dueOn"] for t in complaint["terms"] if t["key"] == "handling.decide")
    shorter = await correct(council, complaint, "chair", corrects=sequence, changes={"until": was})
    assert faults(shorter) == {("/changes/until", "not-later")}
    right = await correct(council, complaint, "chair", corrects=sequence, changes={"until": "2036-02-21"})
    assert right.status_code == 201


@pytest.mark.parametrize("moved_to", ["2000-01-01T00:00:00Z", "2036-01-06T22:59:59Z"])
async def test_nothing_is_moved_to_before_the_receipt(desk: Desk, moved_to: str) -> None:
    complaint = await desk.file()
    sequence = await answered(desk, complaint)
    refused = await correct(desk, complaint, "complaints_officer", corrects=sequence, movedTo=moved_to)
    assert faults(refused) == {("/movedTo", "before-receipt")}


async def test_a_receipt_stays_before_what_followed_and_under_its_version(desk: Desk) -> None:
    """Moved past the answer it would start the term anew; a complaint keeps the version of its day of receipt."""
    complaint = await desk.file(receivedAt="2036-01-03T10:00:00Z", lateRegistrationReason="Post")
    await answered(desk, complaint)
    await desk.clock("2036-02-01T10:00:00Z")
    later = await correct(desk, complaint, corrects=1, movedTo="2036-01-30T10:00:00Z")
    assert faults(later) == {("/movedTo", "after-what-followed")}
    older = await correct(desk, complaint, corrects=1, movedTo="2000-01-01T00:00:00Z")
    assert faults(older) == {("/movedTo", "another-version")}
    assert (await correct(desk, complaint, corrects=1, movedTo="2036-01-07T10:00:00Z")).status_code == 201


async def test_a_correction_says_one_thing(desk: Desk) -> None:
    complaint = await desk.file()
    sequence = await answered(desk, complaint)
    by = "complaints_officer"
    assert faults(await correct(desk, complaint, by, corrects=sequence)) == {("", "nothing-corrected")}
    both = await correct(desk, complaint, by, corrects=sequence, annul=True, movedTo="2036-01-07T08:00:00Z")
    assert faults(both) == {("/annul", "not-both")}
    assert (await correct(desk, complaint, by, corrects=sequence, annul=True)).status_code == 201
    again = await correct(desk, complaint, by, corrects=sequence, annul=True)
    assert faults(again) == {("/corrects", "not-correctable")}


async def test_what_also_stands_beside_the_ledger_is_not_annulled(desk: Desk) -> None:
    complaint = await desk.file()
    person = {"role": "support_person", "person": {"name": "Robin Proef"}}
    sequence = (await desk.step(complaint, "parties", person, "system"))["events"][-1]["sequence"]
    refused = await correct(desk, complaint, corrects=sequence, annul=True)
    assert faults(refused) == {("/annul", "not-correctable")}


async def test_a_colleague_takes_back_that_somebody_is_involved(desk: Desk) -> None:
    """Who was declared to be involved by mistake sees the complaint again, and acts; nobody clears themselves."""
    complaint = await desk.file()
    officer, director = (str(desk.made.staff[role]) for role in ("complaints_officer", "director"))
    path, acting = f"/complaints/{complaint['id']}", {"form": "email", "onBehalfOf": officer}
    declared = await desk.step(complaint, "involvements", {"staffId": officer}, "system")
    sequence = declared["events"][-1]["sequence"]
    await desk.step(complaint, "involvements", {"staffId": director}, "system")
    for name, code in ((officer, "involved"), (director, "involved"), (None, "role-required")):
        by = {"onBehalfOf": name} if name else {}
        refused = await correct(desk, complaint, corrects=sequence, annul=True, **by)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert (await desk("GET", path, by="complaints_officer")).status_code == 404
    assert (await take(desk, complaint, "acknowledgements", acting)).json()["code"] == "involved"
    robin = {"name": "Robin Proef", "email": "robin@example.org", "roles": ["complaints_officer"]}
    colleague = (await desk("POST", "/staff", robin)).json()["id"]
    taken_back = await correct(desk, complaint, corrects=sequence, annul=True, onBehalfOf=colleague)
    assert taken_back.status_code == 201
    assert (await desk("GET", path, by="complaints_officer")).status_code == 200
    assert (await desk("GET", path, by="director")).status_code == 404
    assert (await take(desk, complaint, "acknowledgements", acting)).status_code == 201
    # and what is true after all is declared again
    await desk.step(complaint, "involvements", {"staffId": officer}, "system")
    assert (await desk("GET", path, by="complaints_officer")).status_code == 404


# -- people ----------------------------------------------------------------------------------------------------


async def test_nothing_is_assigned_to_who_has_left(desk: Desk) -> None:
    path = f"/staff/{desk.made.staff['complaints_officer']}"
    etag = (await desk("GET", path)).headers["etag"]
    assert (await desk("PATCH", path, {"active": False}, If_Match=etag)).status_code == 200
    complaint = await desk.file()
    staff_id = {"staffId": path.rpartition("/")[2]}
    assert faults(await take(desk, complaint, "assignments", staff_id)) == {("/staffId", "unknown")}
    # they may well be the one whom the complaint is about
    assert (await take(desk, complaint, "involvements", staff_id)).status_code == 201


async def test_a_retry_by_who_became_involved_shows_nothing_and_makes_nothing(desk: Desk) -> None:
    sam = {"name": "Sam", "email": "s@a.nl", "address": "Straat 1", "city": "Plaats"}
    body: Json = {"channel": "email", "description": "Zelf opgenomen.", "complainant": sam}
    first = await desk("POST", "/complaints", body, by="complaints_officer", Idempotency_Key="mine")
    officer = {"staffId": str(desk.made.staff["complaints_officer"])}
    assert (await take(desk, first.json(), "involvements", officer)).status_code == 201
    for sent in (body, body | {"description": "Iets anders."}):
        again = await desk("POST", "/complaints", sent, by="complaints_officer", Idempotency_Key="mine")
        assert (again.status_code, again.json()["code"]) == (422, "idempotency-key-reused")
        assert first.json()["id"] not in again.text
    assert (await desk.get("/complaints?withTotal=true"))["total"] == 1


@pytest.mark.parametrize("name", ["İpek", "ÅSA", "Ǆemal", "straße"])
async def test_a_name_is_found_in_any_script(desk: Desk, name: str) -> None:
    await desk.file(complainant={"name": name, "email": "s@a.nl", "address": "Straat 1", "city": "Plaats"})
    found = await desk("POST", "/complaints/_search", {"name": name}, by="system")
    assert len(found.json()["items"]) == 1


async def test_drafts_are_paged_both_ways(new_organisation: NewOrganisation, database: Database) -> None:
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database, "so-trainingsbureau"))
        child = {"channel": "email", "complainant": {"name": "Kind", "bornOn": "2026-03-01"}}
        for number in range(5):
            filing = child | {"description": f"Melding {number}"}
            assert (await desk("POST", "/complaints", filing, Idempotency_Key=f"d{number}")).status_code == 400
        first = await desk.get("/drafts?limit=2&withTotal=true")
        assert first["total"] == 5
        second = await desk.get(f"/drafts?limit=2&cursor={first['next']}")
        back = await desk.get(f"/drafts?limit=2&cursor={second['prev']}")
        assert back["items"] == first["items"]


# -- documents -------------------------------------------------------------------------------------------------


def test_a_document_of_unknown_words_costs_no_more_than_what_is_told_of_it() -> None:
    """Ten times as many unknown words: looking for what each might have meant must stop where the telling stops."""
    looked = {
        many: _calls("get_close_matches", {f"k{number}": 1 for number in range(many)})
        for many in (MAX_FAULTS, 7 * MAX_FAULTS)
    }
    assert 0 < looked[7 * MAX_FAULTS] <= looked[MAX_FAULTS]


def test_a_document_of_bodies_and_stages_costs_what_these_cost_and_not_each_pair_of_them() -> None:
    looked = {}
    for many in (100, 400):
        stages = [{"stage": f"s{number}", "body": "a", "duties": [{"duty": "b"}]} for number in range(many)]
        looked[many] = _calls(
            "is_name", {"stages": stages, "bodies": [{"body": "a", "duties": [{"duty": "b"}]}] * many}
        )
    assert 0 < looked[400] <= 5 * looked[100]


def _calls(function: str, document: dict[str, Any]) -> int:
    """How often this is called for what is wrong with the document: its costly part, whatever the machine."""
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        calls[frame.f_code.co_name] += event == "call"

    sys.setprofile(count)
    try:
        assert judge(Given(document=document)).faults
    finally:
        sys.setprofile(None)
    return calls[function]


def test_a_file_of_many_documents_is_refused_once() -> None:
    judged = judge(Given(yaml="---\na: 1\n" * 6000))
    assert [fault.code for fault in judged.faults].count("several-documents") == 1
    assert mapping_of("a: 1") == {"a": 1}
