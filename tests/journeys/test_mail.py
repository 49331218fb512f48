"""In each of the five procedures the letters that are owed arrive by real SMTP and say what they have to say.

What is looked at are the bytes that the mail server took. The spring of 2036: Easter Monday is 14 April.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from app.store.session import Database
from tests.inbound import mail
from tests.journeys.test_letters import FILED, REASONS
from tests.letterbox import TO, Letterbox, letterbox
from tests.stories import Json, Tell

Open = Callable[[str, str], Awaitable[Letterbox]]
PERSON: Json = {**FILED["complainant"], "email": TO}
# what our own mail server wrote stands above what that of the sender wrote
OURS = "from post.example.org by mail.voorbeeld.example; Fri, 29 Feb 2036 22:30:00 +0000"
THEIRS = "Received: from thuis by post.example.org; Wed, 27 Feb 2036 08:00:00 +0100"


def complaint_mail(box: Letterbox) -> bytes:
    """Taken in by our server on the leap day, half an hour before midnight in Amsterdam."""
    sender = {"From": f"Sam Voorbeeld <{TO}>", "To": box.address, "Return_Path": f"<{TO}>"}
    return mail("De afspraak ging niet door.", THEIRS, Received=OURS, **sender)


@pytest_asyncio.fixture
async def opened(tell: Tell, database: Database) -> AsyncIterator[Open]:
    """Opens an office of a procedure at a moment."""
    async with AsyncExitStack() as stack:

        async def open_(procedure: str, at: str) -> Letterbox:
            office = await tell(procedure)
            await office.at(at)
            return await stack.enter_async_context(letterbox(office, database))

        yield open_


@pytest.mark.proves("JSO-11", "JSO-12", "JSO-13")
async def test_jso(opened: Open) -> None:
    box = await opened("jso", "2036-04-10 12:00")
    case = await box.office.file({**FILED, "complainant": PERSON, "complainantType": "customer"})
    # Easter Monday is no working day
    await case.has("first_response.respond", "pending", due="2036-04-18")
    await box.office.at("2036-04-18 16:00")
    first = await box.sent(case, "complaints_officer", "first_response", "responses", body=REASONS)
    first.says(
        "10 april 2036", REASONS, "Bent u niet tevreden met dit antwoord?", "nieuwe behandeling door de directeur"
    )
    await case.has("first_response.respond", "met")
    await box.answered(case, first, "Dit helpt mij niet.")

    await case.step("system", "dissatisfactions", {"form": "email", "text": "Dit helpt mij niet."})
    await case.has("director_review.respond_again", "pending", due="2036-05-02")
    second = await box.sent(case, "director", "second_response", "responses", body="U krijgt een nieuwe afspraak.")
    second.says("U krijgt een nieuwe afspraak.", "Klachtencommissie CMOnet")
    await case.has("director_review.respond_again", "met")
    ended = {"outcome": "handled", "handlingMethod": "Per brief."}
    closing = await box.sent(case, "director", "closing", "closures", ended)
    closing.says("uw klacht is behandeld", "Per brief.")
    assert (await case.read())["publicStatus"] == "handled"


@pytest.mark.proves("KK-10", "KK-11", "KK-13", "KK-19", "KK-29", "KK-32", "KK-33")
async def test_klikklaar(opened: Open) -> None:
    box = await opened("klikklaar", "2036-03-03 10:00")
    case = await box.complaint(complaint_mail(box))
    # counted from the leap day, on which our own server took it in
    await case.has("handling.acknowledge", "pending", due="2036-03-14")
    await case.has("handling.decide", "pending", due="2036-03-28")
    acknowledgement = await box.sent(case, "chair", "acknowledgement", "acknowledgements")
    acknowledgement.says("29 februari 2036", "De termijn voor de behandeling van uw klacht is 4 weken", "28 maart 2036")
    await case.has("handling.acknowledge", "met")
    await box.answered(case, acknowledgement)

    read = await box.office.answer("admin", "GET", "/organisation")
    address = {"settings": {"contactAddress": "Postbus 12, 1234 AB Plaats"}}
    await box.office.ask("admin", "PATCH", "/organisation", address, If_Match=read.headers["etag"])
    await box.office.at("2036-03-28 17:00")
    later = {"until": "2036-04-11", "reasons": "De medewerker is ziek."}
    notice = await box.sent(case, "chair", "extension_notice", "extensions", later)
    notice.says("uiterlijk op 11 april 2036", later["reasons"])
    await case.has("handling.decide", "pending", due="2036-04-11")
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    decided = {"verdict": "not_upheld", "reasons": REASONS}
    decision = await box.sent(case, "chair", "decision", "decisions", decided)
    way_on = "De volgende stap is: beroep. Doe dit per post, naar: Beroepscommissie, Voorbeeldplein 2, Voorbeeldstad."
    decision.says("ongegrond", REASONS, "Dan kunt u bezwaar maken", way_on)
    await case.has("handling.decide", "met")

    await case.step("system", "objections", {"form": "post", "text": "Ik ben het er niet mee eens."})
    appeal = await box.sent(case, "appeal_committee", "appeal_decision", "appeal-decisions", decided)
    appeal.says(REASONS, "Klikklaar houdt zich aan dit besluit. U bent er niet aan gebonden", "burgerlijke rechter")
    await case.has("appeal.decide_appeal", "met")
    await box.answered(case, appeal, "Ik ga naar de rechter.")


@pytest.mark.proves("HSS-11", "HSS-13", "HSS-14", "HSS-16")
async def test_hss(opened: Open) -> None:
    box = await opened("hss", "2036-03-03 10:00")
    case = await box.office.file({**FILED, "complainant": PERSON, "complainantType": "client"})
    await box.office.at("2036-03-12 16:00")
    await case.has("handling.acknowledge", "pending", due="2036-03-12")
    acknowledgement = await box.sent(case, "board", "acknowledgement", "acknowledgements")
    # six weeks end on Easter Monday: a term in weeks is not moved
    acknowledgement.says("Wij nemen uw klacht in behandeling", "3 maart 2036", "6 weken", "uiterlijk op 14 april 2036")
    await case.has("handling.acknowledge", "met")
    await box.answered(case, acknowledgement)

    await case.step("board", "hearings", {"party": "complainant", "form": "phone", "note": "Gehoord."})
    decision = await box.sent(case, "board", "decision", "decisions", {"reasons": REASONS})
    decision.says(REASONS, "Erisietsmisgegaan.nl", "https://www.erisietsmisgegaan.nl")
    await case.has("handling.decide", "met")


@pytest.mark.proves("SO-11", "SO-17", "SO-29", "SO-30")
async def test_so_trainingsbureau(opened: Open) -> None:
    box = await opened("so-trainingsbureau", "2036-03-03 10:00")
    adult = {**PERSON, "bornOn": "2010-01-01"}
    filed = {**FILED, "kind": "complaint", "complainant": adult, "complainantType": "client"}
    case = await box.office.file(filed)
    untied = {"outcome": "unresolved"}
    talk = await box.sent(case, "complaints_officer", "message", "responses", untied, body="Wij komen er niet uit.")
    talk.says("Wij komen er niet uit.")
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Ik vraag om een oordeel."})
    await case.has("formal.judge", "pending", due="2036-04-14")
    decision = await box.sent(case, "director", "decision", "decisions", {"reasons": REASONS})
    support = "Vertrouwenspersoon van het AKJ (https://www.akj.nl). Deze hulp is gratis"
    disputes = "Geschillencommissie Zorg. Dat kan tot en met 3 maart 2037"
    decision.says(REASONS, support, disputes, "https://www.degeschillencommissiezorg.nl")
    await case.has("formal.judge", "met")

    assert "copy_outcome" in {each["duty"] for each in (await case.read())["obligations"]}
    copy = await box.sent(case, "director", "decision_copy", "decision-copies")
    copy.says("Uw klacht van 3 maart 2036 is behandeld", REASONS, support, disputes)
    assert "copy_outcome" not in {each["duty"] for each in (await case.read())["obligations"]}
    await box.answered(case, copy)

    old = await box.office.file({**filed, "conductOn": "2034-01-01"})
    declined = {"decision": "decline", "ground": "too_old", "reasons": "Wij kunnen dit niet meer onderzoeken."}
    await old.step("director", "admissibility-decisions", declined)
    await old.has("informal.notify_inadmissible", "pending", due="2036-03-31")
    told = {"reasons": declined["reasons"]}
    notice = await box.sent(old, "director", "inadmissibility_notice", "inadmissibility-notices", told)
    notice.says("Onze reden is: langer dan een jaar voor de indiening gebeurd", declined["reasons"], support)
    await old.has("informal.notify_inadmissible", "met")


@pytest.mark.proves("BNW-04", "BNW-07", "BNW-08", "BNW-09", "BNW-10")
async def test_bijstand_naar_werk(opened: Open) -> None:
    box = await opened("bijstand-naar-werk", "2036-03-03 10:00")
    case = await box.complaint(complaint_mail(box))
    await case.has("handling.acknowledge", "pending", due="2036-03-14")
    await case.has("handling.handle", "pending", due="2036-04-11")
    acknowledgement = await box.sent(case, "handler", "acknowledgement", "acknowledgements")
    acknowledgement.says("29 februari 2036", "6 weken", "uiterlijk op 11 april 2036")
    await case.has("handling.acknowledge", "met")
    await box.answered(case, acknowledgement)

    later = {"until": "2036-04-25", "reasons": "De coach is ziek."}
    notice = await box.sent(case, "handler", "extension_notice", "extensions", later)
    notice.says("De coach is ziek.", "uiterlijk op 25 april 2036")
    await case.has("handling.handle", "pending", due="2036-04-25")
    decision = await box.sent(case, "handler", "decision", "decisions", {"reasons": REASONS})
    decision.says(
        REASONS, "Dan kunt u uw klacht voorleggen aan: de opdrachtgever (de werkgever, de gemeente of het UWV)."
    )
    await case.has("handling.handle", "met")

    old = await box.office.file(
        {**FILED, "complainant": PERSON, "complainantType": "participant", "conductOn": "2034-01-01"}
    )
    why = {"reasons": "Dan weten mensen niet goed meer wat er gebeurde."}
    declined = {"decision": "decline", "ground": "too_old", "notified": True, **why}
    notice = await box.sent(old, "handler", "inadmissibility_notice", "admissibility-decisions", declined)
    notice.says("Onze reden is: langer dan een jaar voor de indiening gebeurd", why["reasons"])
    await old.has("handling.notify_inadmissible", "met", due="2036-03-31")
