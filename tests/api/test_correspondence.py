"""Correspondence from the outside in: what is sent, what came in, what is noted, and who may see it.

In 2036 Monday 3 March; Klikklaar owes an acknowledgement that tells the term of four weeks.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pypdf
import pytest
import pytest_asyncio

from app.store.session import Database
from tests.api.office import faults
from tests.conftest import NewOrganisation
from tests.stories import Case, Json, Office, Tell, instant, served, teller

FILED: Json = {
    "description": "De website werkt niet zoals was afgesproken.",
    "complainant": {
        "name": "Sam Voorbeeld",
        "email": "sam@example.org",
        "address": "Voorbeeldstraat 1",
        "postalCode": "1234 AB",
        "city": "Voorbeeldstad",
    },
    "complainantType": "customer",
    "subjectPerson": {"name": "Kim Medewerker", "relation": "employee"},
}
TOLD = "Wij hebben uw klacht ontvangen. U hoort binnen 4 weken van ons."
ACKNOWLEDGED: Json = {
    "direction": "outbound",
    "channel": "email",
    "subject": "Uw klacht",
    "body": TOLD,
    "step": {"name": "acknowledgements", "body": {}},
}
MAIL: Json = {"direction": "outbound", "channel": "email", "subject": "Uw klacht", "body": "Wij bellen u morgen."}
CAME_IN: Json = {"direction": "inbound", "channel": "email", "subject": "Nog iets", "body": "De fout is er nog."}
NOTE: Json = {"direction": "internal", "body": "Let op: de planner is met verlof."}


@pytest_asyncio.fixture
async def tell(database: Database, worker_database: Database, new_organisation: NewOrganisation) -> AsyncIterator[Tell]:
    async with served(database) as client:
        yield teller(client, database, worker_database, new_organisation)


@pytest_asyncio.fixture
async def kk(tell: Tell) -> Office:
    office = await tell("klikklaar")
    await office.at("2036-03-03 10:00")
    return office


@pytest_asyncio.fixture
async def case(kk: Office) -> Case:
    return await kk.file(FILED)


def path(case: Case) -> str:
    return f"/complaints/{case.id}/correspondence"


async def write(case: Case, body: Mapping[str, Any], who: str = "chair", *, expect: int = 201, **headers: str) -> Json:
    return await case.office.ask(who, "POST", path(case), dict(body), expect=expect, **headers)


async def refused(case: Case, body: Mapping[str, Any], who: str = "chair") -> set[tuple[str, str]]:
    """What is wrong with a message, as (pointer, code). Nothing of it is kept."""
    before = await case.events()
    answer = await case.office.answer(who, "POST", path(case), dict(body))
    assert answer.status_code == 400, answer.text
    assert await case.events() == before
    assert (await listed(case)) == []
    return faults(answer)


async def listed(case: Case, query: str = "") -> list[Json]:
    found: list[Json] = (await case.office.ask("system", "GET", f"{path(case)}{query}"))["items"]
    return found


def party(case: Case, role: str) -> str:
    return next(each["id"] for each in case.last["parties"] if each["role"] == role)


async def deliveries(case: Case, message: Json) -> list[Json]:
    found: list[Json] = (await case.office.ask("system", "GET", f"/correspondence/{message['id']}/deliveries"))["items"]
    return found


# -- sending ---------------------------------------------------------------------------------------------------


async def test_a_mail_goes_out_and_stands_in_the_dossier(case: Case):
    sent = await write(case, MAIL)
    assert (sent["state"], sent["shared"], sent["version"]) == ("sent", True, 1)
    assert (sent["subject"], sent["body"]) == ("Uw klacht", "Wij bellen u morgen.")
    [to] = sent["parties"]
    assert (to["role"], to["address"]) == ("complainant", "sam@example.org")
    [event] = await case.events("message.sent")
    assert sent["eventId"] == event["id"]
    assert event["facts"] == {
        "messageId": sent["id"],
        "channel": "email",
        "direction": "outbound",
        "shared": True,
    }
    assert event["texts"] is None
    [delivery] = await deliveries(case, sent)
    assert (delivery["kind"], delivery["state"], delivery["address"]) == ("mail", "waiting", "sam@example.org")
    assert delivery["attempts"] == []
    read = await case.office.ask("auditor", "GET", f"/correspondence/{sent['id']}")
    assert read == sent


async def test_how_it_went_is_said_in_a_sentence(case: Case, database: Database):
    sent = await write(case, MAIL)
    [delivery] = await deliveries(case, sent)
    assert (delivery["lastCode"], delivery["lastMessage"]) == (None, None)
    async with database.organisation(case.office.made.id) as tx:
        await tx.execute("update deliveries set last_code = 'bounced-5.1.1' where id = $1", delivery["id"])
    [delivery] = await deliveries(case, sent)
    assert delivery["lastMessage"].endswith("could not deliver it (5.1.1).")


async def test_a_letter_is_to_be_printed(case: Case):
    sent = await write(case, MAIL | {"channel": "post"})
    assert sent["parties"][0]["address"] == "Voorbeeldstraat 1\n1234 AB Voorbeeldstad"
    [delivery] = await deliveries(case, sent)
    assert (delivery["kind"], delivery["state"]) == ("post", "to_print")


async def printed(office: Office, message: str, *, expect: int = 200, who: str = "system") -> httpx.Response:
    answer = await office.answer(who, "GET", f"/correspondence/{message}", Accept="application/pdf")
    assert answer.status_code == expect, answer.text[:500]
    return answer


def words_of(document: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_whoever_prints_gets_the_letter_as_it_was_sent(kk: Office, case: Case):
    by_post = ACKNOWLEDGED | {"channel": "post", "letter": "acknowledgement", "subject": None, "body": None}
    sent = await write(case, by_post)
    await kk.at("2036-03-06 09:00")
    [waiting] = (await kk.ask("system", "GET", "/deliveries?state=to_print"))["items"]
    letter = await printed(kk, waiting["messageId"])
    assert letter.headers["content-type"] == "application/pdf"
    assert letter.headers["x-content-type-options"] == "nosniff"
    assert f'"{sent["subject"]}.pdf"' in letter.headers["content-disposition"]
    assert letter.headers["content-disposition"].startswith("attachment")
    assert letter.headers["vary"] == "Accept"
    words = words_of(letter.content)
    assert "3 maart 2036" in words  # the day on which it was sent
    assert "6 maart" not in words
    assert words.startswith("Sam Voorbeeld Voorbeeldstraat 1 1234 AB Voorbeeldstad")  # whom it goes to
    # a line may end after the hyphen of a reference
    assert "".join(sent["body"].split()) in words.replace(" ", "")
    as_json = await kk.ask("system", "GET", f"/correspondence/{sent['id']}", Accept="application/pdf;q=0.1, */*")
    assert as_json == sent


async def test_a_letter_on_paper_says_whom_it_comes_from(kk: Office, case: Case):
    """Where the organisation said how it can be reached; whom it goes to stands below that."""
    settings = {"contactAddress": "Voorbeeldlaan 2\n1234 AB Voorbeeldstad", "contactPhone": "010 000 00 00"}
    read = await kk.answer("admin", "GET", "/organisation")
    await kk.ask("admin", "PATCH", "/organisation", {"settings": settings}, If_Match=read.headers["ETag"])
    sent = await write(case, MAIL | {"channel": "post"})
    words = words_of((await printed(kk, sent["id"])).content)
    name = read.json()["name"]
    assert words.startswith(f"{name} Voorbeeldlaan 2 1234 AB Voorbeeldstad 010 000 00 00 Sam Voorbeeld Voorbeeldstraat")


async def test_a_draft_on_paper_has_the_day_of_today(kk: Office, case: Case):
    draft = await write(case, MAIL | {"draft": True, "language": "en", "subject": 'Klacht 1/2 "über"'})
    await kk.at("2036-03-06 09:00")
    letter = await printed(kk, draft["id"])
    assert words_of(letter.content).startswith("6 March 2036")  # as a mail it goes to no address on paper
    assert "filename*=UTF-8''Klacht%201-2%20%22%C3%BCber%22.pdf" in letter.headers["content-disposition"]


async def test_what_was_not_written_to_be_sent_is_no_letter(kk: Office, case: Case, tell: Tell):
    for body in (CAME_IN, NOTE):
        message = await write(case, body)
        await printed(kk, message["id"], expect=406)
    message = await write(case, MAIL)
    await printed(kk, message["id"], expect=403, who="reporter")
    await printed(await tell("jso"), message["id"], expect=404)


async def test_what_is_said_needs_no_delivery(case: Case):
    for channel in ("phone", "conversation"):
        said = {
            "direction": "outbound",
            "channel": channel,
            "body": "Teruggebeld.",
            "participants": [{"role": "chair"}],
        }
        assert await deliveries(case, await write(case, said)) == []
    assert await deliveries(case, await write(case, MAIL | {"channel": "portal"})) == []


@pytest.mark.proves("KK-11")
async def test_an_acknowledgement_without_the_term_is_refused(case: Case):
    """In a free text, in the wrong form, with a claim in place of the words; and the right one meets the term."""
    step = {"name": "acknowledgements", "body": {}}
    bare = ACKNOWLEDGED | {"body": "Wij hebben uw klacht ontvangen."}
    assert await refused(case, bare) == {("/body", "content-missing")}
    claimed = bare | {"step": step | {"body": {"contents": ["handling_term"]}}}
    assert await refused(case, claimed) == {("/body", "content-missing")}
    assert await refused(case, bare | {"body": "U hoort binnen 14 weken van ons."}) == {("/body", "content-missing")}
    spoken = {"direction": "outbound", "channel": "phone", "body": TOLD, "participants": [{"role": "chair"}]}
    assert await refused(case, spoken | {"step": step}) == {("/channel", "written-required")}
    await case.has("handling.acknowledge", "pending")

    sent = await write(case, ACKNOWLEDGED)
    await case.has("handling.acknowledge", "met")
    [event] = await case.events("complaint.acknowledged")
    assert event["facts"] == {"form": "email", "content": ["handling_term"], "messageId": sent["id"]}
    assert (sent["eventId"], sent["contents"]) == (event["id"], ["handling_term"])
    assert await case.events("message.sent") == []


@pytest.mark.proves("KK-11")
async def test_the_shipped_letter_tells_the_term_and_its_date(case: Case):
    letter = {"direction": "outbound", "channel": "email", "letter": "acknowledgement"}
    assert await refused(case, letter) == {("/step", "required")}
    sent = await write(case, letter | {"step": ACKNOWLEDGED["step"]})
    assert "4 weken" in sent["body"]
    assert "31 maart 2036" in sent["body"]
    assert sent["html"].startswith("<!DOCTYPE html>")
    assert {"handling_term", "due_date"} <= set(sent["contents"])
    await case.has("handling.acknowledge", "met")


async def test_words_of_ones_own_go_along_with_a_letter_or_it_is_not_sent(case: Case):
    own = {"direction": "outbound", "channel": "email", "letter": "acknowledgement", "body": "U kunt mij  bellen."}
    own["step"] = ACKNOWLEDGED["step"]
    template = {
        "procedure": "klikklaar",
        "letter": "acknowledgement",
        "language": "nl",
        "subject": "Ontvangen: {reference}",
        "paragraphs": [{"text": "U hoort binnen {handling_term} van ons."}],
    }
    shown = await case.office.ask("chair", "POST", f"{path(case)}/_preview", own)
    assert "U kunt mij  bellen." in shown["text"]
    await case.office.ask("admin", "POST", "/letter-templates", template, expect=201)
    assert await refused(case, own) == {("/body", "not-in-letter")}
    del own["body"]
    assert (await write(case, own))["body"] == "U hoort binnen 4 weken van ons."
    await case.has("handling.acknowledge", "met")


@pytest.mark.parametrize("end", ["\v", "\f", "\x1f", "\x01"])
async def test_a_text_with_the_line_ends_of_a_word_processor_is_sent_as_it_looks(case: Case, end: str):
    free = MAIL | {"body": f"regel 1{end}regel 2", "letter": None}
    between = "<br>\n" if end in "\v\f" else ""  # what no letter shows is no line end either
    bare, sent = [await write(case, each) for each in (free, free | {"letter": "message"})]
    assert all(f"regel 1{between}regel 2" in each["html"] for each in (bare, sent))
    assert ("regel 1\nregel 2" in sent["body"]) is bool(between)
    reasons = f"volgens{end}afspraak"
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    step = {"name": "decisions", "body": {"verdict": "not_upheld", "reasons": reasons}}
    await write(case, MAIL | {"letter": "decision", "step": step, "body": None})


@pytest.mark.proves("KK-19", "BNW-08")
async def test_the_reasons_stand_in_the_letter_itself(case: Case):
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    reasons = "Het formulier is volgens afspraak gebouwd."
    body: Json = {"verdict": "not_upheld"}
    decision = MAIL | {"body": "Uw klacht is ongegrond.", "step": {"name": "decisions", "body": body}}
    assert await refused(case, decision) == {("/step/body/reasons", "content-missing")}
    told_elsewhere = decision | {"step": {"name": "decisions", "body": body | {"reasons": reasons}}}
    assert await refused(case, told_elsewhere) == {("/body", "content-missing")}
    by_phone = told_elsewhere | {"channel": "phone", "participants": [{"partyId": party(case, "complainant")}]}
    assert ("/channel", "written-required") in await refused(case, by_phone)
    await write(case, told_elsewhere | {"body": f"Uw klacht is ongegrond.\n{reasons}"})
    await case.has("handling.decide", "met")


@pytest.mark.proves("HSS-14")
async def test_a_talk_counts_with_a_note_of_it_and_the_reasons(tell: Tell):
    hss = await tell("hss")
    case = await hss.file(FILED | {"complainantType": "client"})
    await case.step("board", "hearings", {"party": "complainant", "form": "phone", "note": "Gehoord."})
    talk = {"direction": "outbound", "channel": "conversation", "participants": [{"role": "board"}]}
    decided = talk | {"step": {"name": "decisions", "body": {"reasons": "De afspraak is verzet."}}}
    assert await refused(case, decided, "board") == {("/body", "note-required")}
    bare = talk | {"body": "Besproken.", "step": {"name": "decisions", "body": {}}}
    assert await refused(case, bare, "board") == {("/step/body/reasons", "content-missing")}
    await write(case, decided | {"body": "Besproken."}, "board")
    await case.has("handling.decide", "met")


@pytest.mark.proves("SO-30")
async def test_the_copy_of_the_outcome_is_the_letter_that_was_sent(tell: Tell):
    so = await tell("so-trainingsbureau")
    adult = FILED["complainant"] | {"bornOn": "1990-01-01"}
    case = await so.file({"kind": "complaint", "description": "Klacht.", "complainant": adult})
    skipped = {"form": "email", "text": "Ik vraag om een oordeel.", "skipReason": "Ik wil niet meer praten."}
    await case.step("system", "formal-review-requests", skipped)
    decision = MAIL | {"step": {"name": "decisions", "body": {"reasons": "Zo is het afgesproken."}}}
    await write(case, decision, "director")
    await case.has("formal.judge", "met")
    assert "copy_outcome" in {each["duty"] for each in (await case.read())["obligations"]}
    copy = MAIL | {"step": {"name": "decision-copies", "body": {}}}
    shown = await so.ask("director", "POST", f"{path(case)}/_preview", copy)
    assert shown["settles"] == ["copy_outcome"]
    await write(case, copy, "director")
    assert "copy_outcome" not in {each["duty"] for each in (await case.read())["obligations"]}


async def test_an_answer_that_is_final_closes_with_the_letter(tell: Tell):
    jso = await tell("jso")
    case = await jso.file(FILED)
    final = MAIL | {"step": {"name": "responses", "body": {"final": True}}}
    sent = await write(case, final, "complaints_officer")
    assert [each["id"] for each in await case.events("first_response.sent")] == [sent["eventId"]]
    assert (await case.read())["publicStatus"] == "handled"


async def test_a_letter_that_is_refused_hides_nothing_of_the_closing(case: Case):
    heard = {"party": "subject_of_complaint", "form": "conversation", "note": "Gehoord."}
    await case.step("chair", "hearings", heard)
    final = MAIL | {"step": {"name": "decisions", "body": {"final": True, "reasons": "Wij bellen u morgen."}}}
    lacking = {"further_description", "responsible_employee", "products"}
    told = {(f"/step/body/register/{field}", "register-field-missing") for field in lacking}
    told |= {("/step/body/verdict", "verdict-missing")}
    assert await refused(case, final) == told
    shown = await case.office.ask("chair", "POST", f"{path(case)}/_preview", final)
    assert {(each["pointer"], each["code"]) for each in shown["missing"]} == told


async def test_who_may_not_take_the_step_may_not_by_letter(case: Case):
    before = await case.events()
    problem = await write(case, ACKNOWLEDGED, "member", expect=403)
    assert problem["code"] == "role-required"
    problem = await write(case, ACKNOWLEDGED, "system", expect=403)
    await write(case, ACKNOWLEDGED | {"onBehalfOf": str(case.office.made.staff["member"])}, "system", expect=403)
    not_now = ACKNOWLEDGED | {"step": {"name": "appeal-decisions", "body": {}}}
    problem = await write(case, not_now, expect=409)
    assert problem["code"] == "not-possible-now"
    assert await case.events() == before
    assert await listed(case) == []
    sent = await write(case, ACKNOWLEDGED | {"onBehalfOf": str(case.office.made.staff["chair"])}, "system")
    assert sent["author"] == {"kind": "staff", "id": str(case.office.made.staff["chair"])}


async def test_every_fault_at_once(case: Case):
    stranger = str(uuid4())
    wrong = {
        "direction": "outbound",
        "channel": "email",
        "occurredAt": "2036-03-03T09:00:00Z",
        "to": [stranger, party(case, "subject_of_complaint")],
        "participants": [{"role": "chair"}],
        "replyTo": stranger,
        "attachments": [stranger],
        "step": {"name": "acknowledgements", "body": {"form": "post", "text": "Hallo."}},
    }
    assert await refused(case, wrong) == {
        ("/body", "required"),
        ("/subject", "required"),
        ("/occurredAt", "sent-now"),
        ("/to/0", "unknown-party"),
        ("/to/1", "address-missing"),
        ("/participants", "use-to"),
        ("/replyTo", "unknown-message"),
        ("/attachments/0", "unknown-attachment"),
        ("/step/body/form", "not-here"),
        ("/step/body/text", "not-here"),
    }
    letter = MAIL | {"letter": "liefdesbrief", "to": [stranger], "attachments": [stranger]}
    assert await refused(case, letter) == {
        ("/letter", "not-an-option"),
        ("/to/0", "unknown-party"),
        ("/attachments/0", "unknown-attachment"),
    }
    handed = {"step": {"name": "decisions", "body": {"verdict": "upheld"}}, "onBehalfOf": stranger}
    assert await refused(case, MAIL | {"subject": None} | handed, "system") == {
        ("/subject", "required"),
        ("/onBehalfOf", "unknown"),
        ("/step/body/reasons", "content-missing"),
    }
    inbound = CAME_IN | {"letter": "message", "to": [stranger], "draft": True}
    assert await refused(case, inbound) == {(f"/{name}", "outbound-only") for name in ("letter", "to", "draft")}
    assert await refused(case, NOTE | {"shared": True}) == {("/shared", "not-shared")}
    call = {"direction": "inbound", "channel": "phone", "body": "Gebeld."}
    assert await refused(case, call) == {("/participants", "required")}
    named = call | {"participants": [{"partyId": stranger}, {"role": "pigeon"}]}
    assert await refused(case, named) == {
        ("/participants/0/partyId", "unknown-party"),
        ("/participants/1/role", "unknown-role"),
    }
    assert await refused(case, call | {"participants": [{}]}) == {("/participants/0", "one-of-both")}
    # without a channel that alone is told which every channel asks
    said = {
        "direction": "outbound",
        "body": "x",
        "occurredAt": case.last["receivedAt"],
        "participants": [{"role": "zz"}],
    }
    nobody = ("/participants/0/role", "unknown-role")
    assert await refused(case, said) == {("/channel", "required"), nobody}
    assert await refused(case, said | {"channel": "telefoon"}) == {("/channel", "not-an-option"), nobody}
    # ... though what stands in for somebody is nobody in the channels that are written
    assert await refused(case, {"direction": "outbound", "channel": 3, "body": "x", "to": ["complainant"]}) == {
        ("/channel", "not-an-option"),
        ("/to/0", "wrong-form"),
    }
    unknown = {"direction": "outbound", "replyTo": stranger, "draft": True}
    assert await refused(case, unknown) == {
        ("/channel", "required"),
        ("/replyTo", "unknown-message"),
        ("/body", "required"),
    }
    # of two employees that are named nobody knows whose step it is
    two = {"onBehalfOf": str(case.office.made.staff["chair"]), "to": [stranger]}
    other = {"name": "acknowledgements", "body": {"onBehalfOf": str(case.office.made.staff["member"])}}
    assert await refused(case, ACKNOWLEDGED | two | {"step": other}, "system") == {
        ("/step/body/onBehalfOf", "another-person"),
        ("/to/0", "unknown-party"),
    }
    # somebody who cannot be read is nobody else, and is not told where nobody was named
    hearing: Json = {"name": "hearings", "body": {"scheduledOn": "2037-03-01", "onBehalfOf": 3}}
    strange = MAIL | {"to": [stranger]}
    assert await refused(case, strange | {"step": hearing}, "system") == {
        ("/step/body/onBehalfOf", "wrong-form"),
        ("/to/0", "unknown-party"),
    }
    assert await refused(case, strange | {"step": hearing}) == {
        ("/step/body/onBehalfOf", "wrong-form"),
        ("/to/0", "unknown-party"),
    }
    hearing["body"]["onBehalfOf"] = str(case.office.made.staff["chair"])
    assert await refused(case, strange | {"step": hearing, "onBehalfOf": 3}, "system") == {
        ("/onBehalfOf", "wrong-form"),
        ("/to/0", "unknown-party"),
    }
    hearing["body"]["onBehalfOf"] = stranger
    assert await refused(case, strange | {"step": hearing}, "system") == {
        ("/step/body/onBehalfOf", "unknown"),
        ("/to/0", "unknown-party"),
    }
    # an id that is none, by one who can name nobody else
    assert await refused(case, MAIL | {"onBehalfOf": "x", "to": [stranger]}) == {
        ("/onBehalfOf", "wrong-form"),
        ("/to/0", "unknown-party"),
    }
    # what is missing in a step is no text that is read
    rest = {"direction": "outbound", "draft": True, "channel": "conversation", "body": "x"}
    rest |= {"participants": [{"role": "zz"}], "step": {"name": "inadmissibility-notices", "body": {}}}
    assert await refused(case, rest) == {
        ("/step/body/reasons", "required"),
        ("/participants/0/role", "unknown-role"),
    }
    # a step that is misspelled: whichever was meant
    closing = {"direction": "outbound", "channel": "email", "letter": "closing", "to": [stranger]}
    assert await refused(case, closing | {"step": {"name": "closure", "body": {"outcome": "resolved"}}}) == {
        ("/step/name", "not-an-option"),
        ("/to/0", "unknown-party"),
    }
    shape = {"step": {"name": "decisions", "body": {"verdict": "maybe", "canary": 1}}, "letter": "pigeon", "canary": 1}
    assert await refused(case, MAIL | shape) == {
        ("/step/body/verdict", "not-an-option"),
        ("/step/body/canary", "unknown-field"),
        ("/letter", "not-an-option"),
        ("/canary", "unknown-field"),
    }
    unknown = MAIL | {"step": {"name": "withdrawals", "body": {}}}
    assert await refused(case, unknown) == {("/step/name", "not-an-option")}
    assert await refused(case, CAME_IN | {"occurredAt": "2037-01-01T00:00:00Z"}) == {("/occurredAt", "in-the-future")}
    assert await refused(case, CAME_IN | {"occurredAt": "2036-03-01T00:00:00Z"}) == {("/occurredAt", "before-receipt")}


async def test_a_retry_sends_nothing_twice(case: Case):
    key = uuid4().hex
    first = await write(case, MAIL, Idempotency_Key=key)
    assert await write(case, MAIL, Idempotency_Key=key) == first
    assert len(await listed(case)) == len(await deliveries(case, first)) == 1
    token = {"Authorization": f"Bearer {case.office.made.keys['chair'].token}"}
    unnamed = await case.office.client.post(path(case), json=MAIL, headers=token)
    assert (unnamed.status_code, faults(unnamed)) == (400, {("Idempotency-Key", "required")})


async def test_only_as_the_complaint_was_read(case: Case):
    read = await case.office.answer("chair", "GET", f"/complaints/{case.id}")
    await write(case, MAIL, If_Match=read.headers["ETag"])
    for body in (MAIL, ACKNOWLEDGED, MAIL | {"draft": True}):
        await write(case, body, expect=412, If_Match=read.headers["ETag"])
    assert len(await listed(case)) == 1


# -- whom it is for --------------------------------------------------------------------------------------------


async def test_the_representative_is_written_to_once_the_authority_was_shown(kk: Office):
    proxy = {"type": "proxy", "name": "Mr. Proef", "email": "proef@example.org"}
    case = await kk.file(FILED | {"filedBy": proxy | {"authority": True}})
    assert [to["role"] for to in (await write(case, MAIL))["parties"]] == ["representative"]
    both = [party(case, "complainant"), party(case, "representative")]
    sent = await write(case, MAIL | {"to": both})
    assert {each["address"] for each in await deliveries(case, sent)} == {"sam@example.org", "proef@example.org"}
    unshown = await kk.file(FILED | {"filedBy": proxy})
    assert [to["role"] for to in (await write(unshown, MAIL))["parties"]] == ["complainant"]


async def test_a_mail_needs_an_address(kk: Office):
    case = await kk.file({"description": "Klacht.", "complainant": {"name": "Sam Voorbeeld"}})
    assert await refused(case, MAIL) == {("/to", "address-missing")}
    await write(case, MAIL | {"channel": "post"})
    nobody = await kk.file({"description": "Klacht."})
    assert await refused(nobody, MAIL) == {("/to", "recipient-missing")}


async def test_the_employee_is_told_apart_from_the_complainant(case: Case):
    notice = MAIL | {"channel": "post", "step": {"name": "subject-notices", "body": {}}}
    sent = await write(case, notice)
    assert ([to["role"] for to in sent["parties"]], sent["shared"]) == (["subject_of_complaint"], False)
    assert [each["facts"]["messageId"] for each in await case.events("subject.informed")] == [sent["id"]]


# -- what came in, and notes -----------------------------------------------------------------------------------


async def test_what_came_in_and_what_was_said(kk: Office, case: Case):
    await kk.at("2036-03-05 12:00")
    yesterday = instant("2036-03-04 16:30")
    mail = await write(case, CAME_IN | {"occurredAt": yesterday}, "system")
    assert (mail["state"], mail["shared"], mail["occurredAt"]) == ("received", True, yesterday)
    assert [each["role"] for each in mail["parties"]] == ["complainant"]
    [received] = await case.events("message.received")
    assert (received["occurredAt"], received["facts"]["messageId"]) == (yesterday, mail["id"])
    people = [{"partyId": party(case, "complainant")}, {"role": "chair"}]
    call = {"direction": "inbound", "channel": "phone", "body": "Wil teruggebeld worden.", "participants": people}
    spoken = await write(case, call | {"occurredAt": yesterday})
    assert [each["role"] for each in spoken["parties"]] == ["complainant", "chair"]
    answer = await write(case, MAIL | {"replyTo": mail["id"]})
    assert answer["replyTo"] == mail["id"]
    assert await deliveries(case, mail) == []


async def test_the_complainant_never_sees_notes_and_drafts(case: Case):
    note = await write(case, NOTE)
    assert (note["state"], note["shared"], note["channel"]) == ("noted", False, "web")
    [event] = await case.events("note.recorded")
    assert (event["facts"]["shared"], event["facts"]["messageId"]) == (False, note["id"])
    draft = await write(case, MAIL | {"draft": True})
    hidden = await write(case, MAIL | {"shared": False})
    came_in, sent = await write(case, CAME_IN), await write(case, MAIL)
    seen = [each["id"] for each in await listed(case, "?shared=true")]
    assert seen == [came_in["id"], sent["id"]]
    assert [each["id"] for each in await listed(case, "?shared=false")] == [note["id"], draft["id"], hidden["id"]]


async def test_what_people_wrote_is_in_no_fact(case: Case, superuser: asyncpg.Connection):
    canary = "kanarie-7Q"
    for body in (MAIL | {"body": canary, "subject": canary}, CAME_IN | {"body": canary}, NOTE | {"body": canary}):
        await write(case, body)
    await write(case, ACKNOWLEDGED | {"body": f"{TOLD} {canary}"})
    for table in ("events", "outbox", "terms"):
        rows = await superuser.fetch(f"select * from {table} where complaint_id = $1", case.id)
        assert rows
        assert canary not in str(rows)


async def test_lists_are_paged_and_filtered(case: Case):
    ids = [(await write(case, body))["id"] for body in (MAIL, CAME_IN, NOTE, MAIL | {"channel": "post"}, MAIL)]
    first = await case.office.ask("system", "GET", f"{path(case)}?limit=2&withTotal=true")
    assert ([each["id"] for each in first["items"]], first["total"]) == (ids[:2], 5)
    second = await case.office.ask("system", "GET", f"{path(case)}?limit=2&cursor={first['next']}")
    assert [each["id"] for each in second["items"]] == ids[2:4]
    back = await case.office.ask("system", "GET", f"{path(case)}?limit=2&cursor={second['prev']}")
    assert [each["id"] for each in back["items"]] == ids[:2]
    assert [each["id"] for each in await listed(case, "?direction=outbound&channel=email")] == [ids[0], ids[4]]
    assert [each["id"] for each in await listed(case, "?state=noted")] == [ids[2]]
    assert "body" not in first["items"][0]
    await case.office.ask("system", "GET", f"{path(case)}?colour=red", expect=400)


# -- drafts ----------------------------------------------------------------------------------------------------


async def tagged(case: Case, message: Json) -> str:
    answer = await case.office.answer("chair", "GET", f"/correspondence/{message['id']}")
    return answer.headers["ETag"]


async def change(case: Case, message: Json, body: Json, *, expect: int = 200, who: str = "chair") -> Json:
    tag = await tagged(case, message)
    return await case.office.ask(who, "PATCH", f"/correspondence/{message['id']}", body, expect=expect, If_Match=tag)


async def follow(
    case: Case, message: Json, what: str, body: Json | None = None, who: str = "chair", *, expect: int = 201
) -> Json:
    return await case.office.ask(who, "POST", f"/correspondence/{message['id']}/{what}", body or {}, expect=expect)


async def test_a_draft_is_written_changed_approved_and_sent(case: Case):
    draft = await write(case, ACKNOWLEDGED | {"draft": True, "body": "Wij hebben uw klacht."}, "member")
    assert (draft["state"], draft["occurredAt"], draft["eventId"]) == ("draft", None, None)
    assert [each["type"] for each in await case.events()] == ["complaint.received"]
    assert await deliveries(case, draft) == []
    approved = await follow(case, draft, "approvals", who="chair")
    assert (approved["state"], approved["approvedBy"]) == ("approved", str(case.office.made.staff["chair"]))
    await follow(case, draft, "approvals", expect=409)
    problem = await follow(case, draft, "sendings", expect=400)
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/body", "content-missing")]

    changed = await change(case, draft, {"body": TOLD})
    assert (changed["state"], changed["version"], changed["approvedBy"]) == ("draft", 2, None)
    assert changed["subject"] == "Uw klacht"
    kept = (await case.office.ask("system", "GET", f"/correspondence/{draft['id']}/versions"))["items"]
    assert [(each["version"], each["body"]) for each in kept] == [(1, "Wij hebben uw klacht."), (2, TOLD)]
    assert [each["author"]["id"] for each in kept] == [str(case.office.made.staff[who]) for who in ("member", "chair")]

    await follow(case, draft, "approvals", who="chair")
    await follow(case, draft, "sendings", who="member", expect=403)
    sent = await follow(case, draft, "sendings")
    assert (sent["state"], sent["body"], sent["approvedBy"]) == ("sent", TOLD, str(case.office.made.staff["chair"]))
    await case.has("handling.acknowledge", "met")
    [event] = await case.events("complaint.acknowledged")
    assert (event["id"], event["facts"]["messageId"]) == (sent["eventId"], sent["id"])
    assert len(await deliveries(case, sent)) == 1


async def test_a_draft_is_sent_once_however_often_it_is_asked_for(case: Case):
    draft = await write(case, ACKNOWLEDGED | {"draft": True})
    place = f"/correspondence/{draft['id']}/sendings"
    answers = await asyncio.gather(*(case.office.answer("chair", "POST", place, {}) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert len(await deliveries(case, draft)) == 1
    assert len(await case.events("complaint.acknowledged")) == 1


async def test_an_integration_names_the_employee_who_approves(case: Case):
    draft = await write(case, MAIL | {"draft": True}, "system")
    problem = await follow(case, draft, "approvals", who="system", expect=400)
    assert problem["errors"][0]["pointer"] == "/onBehalfOf"
    member = str(case.office.made.staff["member"])
    approved = await follow(case, draft, "approvals", {"onBehalfOf": member}, "system")
    assert approved["approvedBy"] == member


async def test_every_fault_in_a_change_of_a_draft(case: Case):
    draft = await write(
        case, {"direction": "outbound", "channel": "email", "letter": "message", "body": "Hallo.", "draft": True}
    )
    stranger = str(uuid4())
    sent = {"language": "en", "to": [stranger], "onBehalfOf": stranger}
    answer = await case.office.answer("system", "PATCH", f"/correspondence/{draft['id']}", sent)
    told = {("/letter", "required"), ("/to/0", "unknown-party"), ("/onBehalfOf", "unknown")}
    assert (answer.status_code, faults(answer)) == (400, told | {("If-Match", "required")})
    answer = await case.office.answer(
        "system", "POST", f"{path(case)}/_preview", MAIL | {"to": [stranger], "onBehalfOf": stranger}
    )
    assert faults(answer) == {("/to/0", "unknown-party"), ("/onBehalfOf", "unknown")}


async def test_a_draft_changes_only_as_it_was_read(case: Case):
    draft = await write(case, MAIL | {"draft": True})
    place, tag = f"/correspondence/{draft['id']}", await tagged(case, draft)
    await case.office.ask("chair", "PATCH", place, {"body": "Anders."}, expect=428)
    await change(case, draft, {"body": "Anders."})
    await case.office.ask("chair", "PATCH", place, {"body": "Nog anders."}, expect=412, If_Match=tag)
    await case.office.ask("chair", "POST", f"{place}/approvals", {}, expect=412, If_Match=tag)
    await case.office.ask("chair", "POST", f"{place}/sendings", {}, expect=412, If_Match=tag)
    await change(case, draft, {}, expect=400)
    emptied = await change(case, draft, {"subject": None, "to": None, "step": None}, expect=400)
    assert {(each["pointer"], each["code"]) for each in emptied["errors"]} == {
        ("/subject", "not-emptied"),
        ("/to", "not-emptied"),
    }
    moved = await change(case, draft, {"channel": "post", "shared": False, "subject": "Onderwerp"})
    assert (moved["body"], moved["channel"], moved["shared"]) == ("Anders.", "post", False)
    assert moved["parties"][0]["address"].startswith("Voorbeeldstraat")


async def test_a_letter_in_a_draft_is_no_letter_once_its_text_is_changed(case: Case):
    """What the template vouched for has to be seen in the words from then on."""
    letter = {"direction": "outbound", "channel": "email", "letter": "acknowledgement", "draft": True}
    draft = await write(case, letter | {"step": ACKNOWLEDGED["step"]})
    english = await change(case, draft, {"language": "en"}, expect=400)
    assert [each["pointer"] for each in english["errors"]] == ["/letter"]
    again = await change(case, draft, {"language": "en", "letter": "acknowledgement"})
    assert "4 weeks" in again["body"]
    again = await change(case, draft, {"language": "nl", "letter": "acknowledgement"})
    subject = await change(case, draft, {"subject": "Een ander onderwerp"})
    assert (subject["letter"], subject["body"]) == ("acknowledgement", again["body"])
    own = await change(case, draft, {"body": "Wij hebben uw klacht ontvangen."})
    assert (own["letter"], own["contents"]) == (None, [])
    await follow(case, draft, "sendings", expect=400)
    await change(case, draft, {"letter": "acknowledgement"})
    await follow(case, draft, "sendings")
    await case.has("handling.acknowledge", "met")


@pytest.mark.parametrize(("language", "day"), [("nl", "14 april 2036"), ("en", "14 April 2036")])
async def test_a_draft_with_a_date_that_is_no_longer_right_is_not_sent(kk: Office, case: Case, language: str, day: str):
    letter = {"direction": "outbound", "channel": "email", "letter": "acknowledgement", "draft": True}
    draft = await write(case, letter | {"step": ACKNOWLEDGED["step"], "language": language})
    await kk.at("2036-03-04 10:00")
    await case.step("chair", "extensions", {"form": "email", "until": "2036-04-14", "reasons": "Ziekte."})
    problem = await follow(case, draft, "sendings", expect=400)
    assert [each["code"] for each in problem["errors"]] == ["outdated"]
    anew = await change(case, draft, {"letter": "acknowledgement"})
    assert day in anew["body"]
    await follow(case, draft, "sendings")


@pytest.mark.parametrize("body", [MAIL, CAME_IN, NOTE])
async def test_what_was_said_is_never_changed(case: Case, body: Json, superuser: asyncpg.Connection):
    said = await write(case, body)
    for what in ("approvals", "sendings"):
        problem = await follow(case, said, what, expect=409)
        assert problem["code"] == "message-final"
    problem = await change(case, said, {"body": "Iets anders."}, expect=409)
    assert problem["detail"] == "A message that was sent, received or noted is not changed; write another one."
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute("update messages set body = 'Iets anders.' where id = $1", UUID(said["id"]))
    for method in ("PUT", "DELETE"):
        place = f"/correspondence/{said['id']}"
        assert (await case.office.answer("chair", method, place, {})).status_code == 405


# -- preview ---------------------------------------------------------------------------------------------------


async def test_a_preview_says_what_it_would_do_and_changes_nothing(case: Case):
    before = await case.events()
    letter = {"direction": "outbound", "channel": "email", "letter": "acknowledgement", "step": ACKNOWLEDGED["step"]}
    shown = await case.office.ask("chair", "POST", f"{path(case)}/_preview", letter)
    assert "4 weken" in shown["text"]
    assert [each["key"] for each in shown["meets"]] == ["handling.acknowledge"]
    assert (shown["events"], shown["missing"], shown["refusal"]) == (["complaint.acknowledged"], [], None)
    lacking = await case.office.ask("chair", "POST", f"{path(case)}/_preview", ACKNOWLEDGED | {"body": "Dag."})
    assert [(each["pointer"], each["code"]) for each in lacking["missing"]] == [("/body", "content-missing")]
    assert lacking["meets"] == []
    other = await case.office.ask("member", "POST", f"{path(case)}/_preview", letter)
    assert other["refusal"]["code"] == "role-required"
    free = await case.office.ask("chair", "POST", f"{path(case)}/_preview", MAIL)
    assert (free["events"], free["missing"]) == (["message.sent"], [])
    somebody = {"direction": "inbound", "channel": "phone", "body": "x", "participants": [{"partyId": str(uuid4())}]}
    shown = await case.office.ask("chair", "POST", f"{path(case)}/_preview", somebody)
    assert ("/participants/0/partyId", "unknown-party") in {(e["pointer"], e["code"]) for e in shown["missing"]}
    unwritable = letter | {"letter": "decision", "step": {"name": "decisions", "body": {}}}
    shown = await case.office.ask("chair", "POST", f"{path(case)}/_preview", unwritable)
    assert "/step/body/reasons" in {each["pointer"] for each in shown["missing"]}
    assert await case.events() == before
    assert await listed(case) == []
    sent = await write(case, letter)
    shown = await case.office.ask("chair", "POST", f"{path(case)}/_preview", letter)
    assert sent["body"] == shown["text"]


# -- walls -----------------------------------------------------------------------------------------------------


async def test_nobody_else_sees_or_writes_it(kk: Office, case: Case, tell: Tell):
    sent = await write(case, MAIL)
    draft = await write(case, MAIL | {"draft": True})
    another = await tell("klikklaar")
    places = [f"/correspondence/{sent['id']}{rest}" for rest in ("", "/versions", "/deliveries")]
    for place in (path(case), *places):
        await another.ask("admin", "GET", place, expect=404)
        assert (await kk.answer("website", "GET", place)).status_code == 403
    await another.ask("chair", "POST", path(case), MAIL, expect=404)
    await another.ask("chair", "POST", f"{path(case)}/_preview", MAIL, expect=404)
    for what in ("approvals", "sendings"):
        await another.ask("chair", "POST", f"/correspondence/{draft['id']}/{what}", {}, expect=404)
    for who in ("website", "auditor", "reporter"):
        assert (await kk.answer(who, "POST", path(case), MAIL)).status_code == 403
    member = str(kk.made.staff["member"])
    await case.step("chair", "involvements", {"staffId": member})
    for place in (path(case), *places):
        await kk.ask("member", "GET", place, expect=404)
    await kk.ask("member", "POST", path(case), MAIL, expect=404)
    involved = await write(case, MAIL | {"onBehalfOf": member}, "system", expect=403)
    assert involved["code"] == "involved"


async def test_files_go_along(kk: Office, case: Case, superuser: asyncpg.Connection):
    """The seam with attachments: a clean file of this complaint, once."""
    other = await kk.file(FILED)
    clean, waiting, elsewhere = [
        await file_of(superuser, kk, each, state)
        for each, state in ((case, "clean"), (case, "quarantined"), (other, "clean"))
    ]
    wrong = MAIL | {"attachments": [waiting, elsewhere]}
    assert await refused(case, wrong) == {
        ("/attachments/0", "file-quarantined"),
        ("/attachments/1", "unknown-attachment"),
    }
    # a draft may wait for the look into its file, a message may not be sent without
    draft = await write(case, MAIL | {"draft": True, "attachments": [waiting]})
    assert draft["attachments"] == [waiting]
    await follow(case, draft, "sendings", expect=400)
    await superuser.execute("update attachments set state = 'clean' where id = $1", UUID(waiting))
    assert (await follow(case, draft, "sendings"))["attachments"] == [waiting]
    sent = await write(case, MAIL | {"attachments": [clean]})
    assert sent["attachments"] == [clean]
    assert [each["attachments"] for each in await listed(case)] == [[waiting], [clean]]
    again = await kk.answer("chair", "POST", path(case), MAIL | {"attachments": [clean]})
    assert faults(again) == {("/attachments/0", "attached-before")}


async def file_of(superuser: asyncpg.Connection, office: Office, case: Case, state: str) -> str:
    found = await superuser.fetchval(
        "insert into attachments (organisation_id, complaint_id, name, media_type, size, sha256, object_key, state,"
        " shared, author_kind) values ($1, $2, 'brief.pdf', 'application/pdf', 1, $3, $4, $5, false, 'staff')"
        " returning id",
        office.made.id,
        case.id,
        bytes(32),
        uuid4().hex,
        state,
    )
    return str(found)


# -- the register ----------------------------------------------------------------------------------------------


@pytest.mark.proves("JSO-09")
async def test_correspondence_is_in_the_register_when_there_is_any(tell: Tell):
    jso = await tell("jso")
    await jso.at("2036-04-25 10:00")
    phoned = {"channel": "phone", "receivedBy": "De balie", "complainant": {"name": "Sam Voorbeeld"}}
    case = await jso.file(phoned)
    closed = {"outcome": "resolved", "handlingMethod": "Aan de balie opgelost."}
    problem = await case.step("complaints_officer", "closures", closed, expect=400)
    assert "/register/correspondence" in {error["pointer"] for error in problem["errors"]}
    await write(case, NOTE, "complaints_officer")
    problem = await case.step("complaints_officer", "closures", closed, expect=400)
    assert "/register/correspondence" in {error["pointer"] for error in problem["errors"]}
    call = {"direction": "outbound", "channel": "phone", "body": "Gebeld.", "participants": [{"role": "complainant"}]}
    await write(case, call, "complaints_officer")
    await case.step("complaints_officer", "closures", closed)
    written = await jso.file({"complainant": {"name": "Sam Voorbeeld"}})
    problem = await written.step("complaints_officer", "closures", {"outcome": "resolved"}, expect=400)
    assert "/register/correspondence" not in {error["pointer"] for error in problem["errors"]}
