"""What a letter tells of the way on can be followed: until when, how, where to, at what cost.

The spring of 2036: 3 March is a Monday.
"""

from typing import Any

import pytest

from app.domain.procedure import Procedure
from app.procedures.reading import read_mapping, shipped_named
from tests.stories import Case, Json, Office, Tell

PERSON: Json = {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Straat 1", "city": "Plaats"}
FILED: Json = {"description": "De afspraak ging niet door.", "complainant": PERSON}
CLIENT: Json = FILED | {"complainantType": "client"}
CUSTOMER: Json = FILED | {
    "complainantType": "customer",
    "subjectPerson": {"name": "Kim Medewerker", "relation": "employee"},
}
REASONS: Json = {"reasons": "De afspraak is verzet zonder bericht."}


async def shown(
    case: Case, who: str, letter: str, step: str, told: Json | None = None, *, whole: bool = True, **more: Any
) -> Json:
    """The letter as it would be sent with this step, and what it lacks."""
    sent: Json = {"direction": "outbound", "channel": "email", "letter": letter, **more}
    sent["step"] = {"name": step, "body": told or {}}
    path = f"/complaints/{case.id}/correspondence/_preview"
    made = await case.office.ask(who, "POST", path, sent)
    assert not whole or made["missing"] == []
    return made


async def text(case: Case, who: str, letter: str, step: str, told: Json | None = None, **more: Any) -> str:
    made = await shown(case, who, letter, step, told, **more)
    return str(made["text"])


def changed(name: str, part: str, of: str, **words: Any) -> Procedure:
    """A shipped procedure of which one part says something else: changed("jso", "bodies", "cmonet", fee="1 euro")."""
    document = shipped_named(name).model_dump(mode="json", by_alias=True)
    found = next(each for each in document[part] if of in each.values())
    found.update(words)
    return read_mapping(document)


async def not_solved(so: Office) -> Case:
    """A complaint at SO! that was not solved informally, and on which a formal judgement was asked."""
    case = await so.file(CLIENT)
    talk = {"form": "conversation", "outcome": "unresolved", "note": "Niet opgelost."}
    await case.step("complaints_officer", "responses", talk)
    await case.step("system", "formal-review-requests", {"form": "email", "text": "Graag een oordeel."})
    return case


@pytest.mark.proves("SO-32")
async def test_each_letter_tells_the_last_day_on_which_the_body_takes_a_case(tell: Tell) -> None:
    """The year counts from the receipt of the complaint, whichever letter tells of it."""
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await not_solved(so)
    until = "Geschillencommissie Zorg. Dat kan tot en met 3 maart 2037."
    assert until in await text(case, "director", "decision", "decisions", REASONS)
    await case.step("director", "decisions", {"form": "email", **REASONS})

    await so.at("2037-03-03 10:00")
    closed = {"outcome": "handled", "handlingMethod": "Per brief."}
    copy = await text(case, "director", "decision_copy", "decision-copies")
    closing = await text(case, "director", "closing", "closures", closed, whole=False)
    english = await text(case, "director", "decision_copy", "decision-copies", language="en")
    for letter in (copy, closing):
        assert until in letter and "1 jaar de tijd" not in letter
    assert "You can do so until 3 March 2037." in english

    await so.at("2037-03-04 10:00")
    late = await text(case, "director", "decision_copy", "decision-copies")
    assert "Dat kon tot en met 3 maart 2037. Misschien bent u te laat." in late
    english = await text(case, "director", "decision_copy", "decision-copies", language="en")
    assert "This was possible until 3 March 2037. You may be too late." in english
    there = f"/complaints/{case.id}/escalations/_check?body=geschillencommissie-zorg"
    lacks = (await so.ask("director", "GET", there))["lacks"]
    assert "3 maart 2037" in next(each["text"]["nl"] for each in lacks if each["code"] == "late")


async def test_a_limit_that_starts_with_the_answer_is_a_day_in_its_letter(tell: Tell) -> None:
    limits = [{"within": {"amount": 6, "unit": "weeks"}, "after": "decision.sent"}]
    body = {"within": None, "filing_limits": limits}
    so = await tell(changed("so-trainingsbureau", "bodies", "geschillencommissie-zorg", **body))
    await so.at("2036-03-03 10:00")
    case = await not_solved(so)
    assert "Dat kan tot en met 14 april 2036." in await text(case, "director", "decision", "decisions", REASONS)


async def test_a_letter_that_looks_back_promises_no_new_period_inside_either(tell: Tell) -> None:
    opening = {"event": "objection.received", "after": "handling", "within": {"amount": 2, "unit": "weeks"}}
    kk = await tell(changed("klikklaar", "stages", "appeal", opens_on=[opening]))
    await kk.at("2036-03-03 10:00")
    case = await kk.file(CUSTOMER)
    await case.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
    decided = {"verdict": "not_upheld", **REASONS}
    period = "U hebt daarvoor 2 weken de tijd, gerekend vanaf de dag van dit bericht."
    assert period in await text(case, "chair", "decision", "decisions", decided)
    await case.step("chair", "decisions", {"form": "email", **decided})
    await kk.at("2036-03-10 10:00")
    closed = {"outcome": "handled", "handlingMethod": "Per brief."}
    closing = await text(case, "chair", "closing", "closures", closed, whole=False)
    assert "Dat kan tot en met 17 maart 2036." in closing and period not in closing


async def settled(office: Office, **settings: str) -> None:
    read = await office.answer("admin", "GET", "/organisation")
    await office.ask("admin", "PATCH", "/organisation", {"settings": settings}, If_Match=read.headers["etag"])


@pytest.mark.proves("KK-29")
@pytest.mark.parametrize("verdict", ["upheld", "not_upheld"])
async def test_an_objection_goes_to_the_address_of_whoever_decides_on_it(tell: Tell, verdict: str) -> None:
    """The committee is from outside: what comes at our own address does not reach it."""
    kk = await tell("klikklaar")
    await settled(kk, contactAddress="Postbus 12\n1234 AB Plaats")
    case = await kk.file(CUSTOMER)
    decided = {"verdict": verdict, **REASONS}
    decision = await text(case, "chair", "decision", "decisions", decided)
    theirs = "Beroepscommissie, Voorbeeldplein 2, Voorbeeldstad"
    assert f"De volgende stap is: beroep. Doe dit per post, naar: {theirs}." in decision
    english = await text(case, "chair", "decision", "decisions", decided, language="en")
    assert f"Please do so by post, to: {theirs}." in english
    assert "Doe dit per post, naar: Postbus 12" not in decision and "by post, to: Postbus 12" not in english


def appeal(**opening: Any) -> list[Json]:
    """The ways into the appeal of Klikklaar, where they say something else."""
    [known] = shipped_named("klikklaar").stage_named("appeal").opens_on
    return [known.model_dump(mode="json", by_alias=True) | opening]


@pytest.mark.proves("KK-29")
async def test_an_address_that_nobody_wrote_down_can_be_asked_for(tell: Tell) -> None:
    untold = await tell(changed("klikklaar", "stages", "appeal", opens_on=appeal(address=None)))
    inside = await tell(changed("klikklaar", "stages", "appeal", opens_on=appeal(address=None), outside_staff=False))
    asked = "De volgende stap is: beroep. Doe dit per post. Het adres kunt u bij ons opvragen."
    ours = "De volgende stap is: beroep. Doe dit per post, naar: Postbus 12, 1234 AB Plaats."
    decided = {"verdict": "not_upheld", **REASONS}
    for kk, at_first, once_set in ((untold, asked, asked), (inside, asked, ours)):
        case = await kk.file(CUSTOMER)
        assert at_first in await text(case, "chair", "decision", "decisions", decided, whole=False)
        await settled(kk, contactEmail="klachten@example.org", contactAddress="Postbus 12\n1234 AB Plaats")
        assert once_set in await text(case, "chair", "decision", "decisions", decided, whole=False)


@pytest.mark.proves("KK-26")
async def test_a_ground_that_an_objection_needs_is_told(tell: Tell) -> None:
    kk = await tell("klikklaar")
    case, refused = await kk.file(CUSTOMER), await kk.file(CUSTOMER)
    needed = "Noem daarbij de reden: u bent het niet eens met de voorgestelde oplossing."
    upheld, not_upheld = ({"verdict": verdict, **REASONS} for verdict in ("upheld", "not_upheld"))
    assert needed in await text(case, "chair", "decision", "decisions", upheld, whole=False)
    english = await text(case, "chair", "decision", "decisions", upheld, whole=False, language="en")
    assert "Give this reason for it: you do not agree with the proposed solution." in english
    assert "Noem daarbij" not in await text(case, "chair", "decision", "decisions", not_upheld, whole=False)
    for each, decided in ((case, upheld), (refused, not_upheld)):
        await each.step("chair", "hearings", {"party": "subject_of_complaint", "form": "conversation"})
        await each.step("chair", "decisions", {"form": "email", **decided})
        closed = {"outcome": "handled", "handlingMethod": "Per brief."}
        closing = await text(each, "chair", "closing", "closures", closed, whole=False)
        assert (needed in closing) == (each is case)
    objection = {"form": "post", "text": "Ik ben het er niet mee eens."}
    await case.step("chair", "objections", objection, expect=400)
    await case.step("chair", "objections", objection | {"ground": "disagrees_with_solution"})


@pytest.mark.proves("KK-08")
async def test_an_acknowledgement_tells_how_to_reach_us(tell: Tell) -> None:
    kk = await tell("klikklaar")
    await settled(kk, contactEmail="klachten@example.org", contactAddress="Postbus 12\n1234 AB Plaats")
    case = await kk.file(CUSTOMER)
    acknowledgement = await text(case, "chair", "acknowledgement", "acknowledgements")
    assert "contact met ons op: klachten@example.org, Postbus 12, 1234 AB Plaats." in acknowledgement


@pytest.mark.proves("SO-32")
async def test_the_way_to_a_body_says_how_and_at_what_cost(tell: Tell) -> None:
    so = await tell("so-trainingsbureau")
    await so.at("2036-03-03 10:00")
    case = await not_solved(so)
    decision = await text(case, "director", "decision", "decisions", REASONS)
    site = "Meer informatie vindt u op https://www.degeschillencommissiezorg.nl"
    binds = "In de uitspraak staat of die bindend is."
    assert f"Doe dit via de website of per post. Dit kost 52,50 euro. {binds} {site}" in decision
    english = await text(case, "director", "decision", "decisions", REASONS, language="en")
    assert (
        "Please do so through the website or by post. This costs 52,50 euro. The ruling says whether it is binding."
        in english
    )


@pytest.mark.proves("JSO-17")
@pytest.mark.parametrize(
    ("binding_on", "nl", "en"),
    [
        (["organisation", "complainant"], "De uitspraak is bindend voor u en voor ons.", "binding on you and on us."),
        (["organisation"], "De uitspraak is alleen bindend voor ons.", "binding on us only."),
        (["complainant"], "De uitspraak is alleen bindend voor u.", "binding on you only."),
        ([], "", ""),
    ],
)
async def test_the_way_to_a_body_says_whom_its_ruling_binds(
    tell: Tell, binding_on: list[str], nl: str, en: str
) -> None:
    """Before anybody goes there: nothing may be left after it. Where the procedure says nothing, neither do we."""
    jso = await tell(changed("jso", "bodies", "cmonet", binding_on=binding_on))
    await jso.at("2036-03-03 10:00")
    case = await jso.file(CUSTOMER)
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Wij bellen u."})
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Dit helpt mij niet."})
    for language, told, word in (("nl", nl, "bindend"), ("en", en, "binding")):
        second = await text(case, "director", "second_response", "responses", body="Het blijft zo.", language=language)
        assert told in second and (word in second) is bool(told)


@pytest.mark.proves("JSO-16")
@pytest.mark.parametrize(
    ("address", "told"),
    [
        (None, "Het adres kunt u bij ons opvragen."),
        ("Postbus 1, 1234 AB Plaats", "Het adres is: Postbus 1, 1234 AB Plaats."),
    ],
)
async def test_a_body_that_takes_letters_has_an_address_or_we_give_it(
    tell: Tell, address: str | None, told: str
) -> None:
    jso = await tell(changed("jso", "bodies", "cmonet", address=address))
    await jso.at("2036-03-03 10:00")
    case = await jso.file(CUSTOMER)
    await case.step("complaints_officer", "responses", {"form": "email", "text": "Wij bellen u."})
    await case.step("system", "dissatisfactions", {"form": "email", "text": "Dit helpt mij niet."})
    second = await text(case, "director", "second_response", "responses", body="Het blijft zo.")
    assert f"Klachtencommissie CMOnet. Doe dit per post en per e-mail, op dezelfde dag. {told}" in second
    profile = next(each for each in (await jso.ask("admin", "GET", "/bodies"))["items"] if each["body"] == "cmonet")
    assert (profile["address"], profile["title"]) == (address, None)


@pytest.mark.proves("BNW-13")
async def test_a_body_that_differs_per_complaint_is_named_by_what_it_can_be(tell: Tell) -> None:
    bnw = await tell("bijstand-naar-werk")
    await bnw.at("2036-03-03 10:00")
    case = await bnw.file(FILED | {"complainantType": "participant"})
    decision = await text(case, "handler", "decision", "decisions", REASONS)
    assert "voorleggen aan: de opdrachtgever (de werkgever, de gemeente of het UWV)." in decision
    assert "Doe dit per post of per e-mail. Het adres kunt u bij ons opvragen." in decision
    english = await text(case, "handler", "decision", "decisions", REASONS, language="en")
    assert "before: the commissioning body (the employer, the municipality or UWV)." in english
    assert "opdrachtgever" not in english
