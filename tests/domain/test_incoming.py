"""What a mail is taken for."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.incoming import (
    EARLIEST,
    SENDER_LIMIT,
    Addressed,
    Known,
    Parsed,
    Report,
    Sender,
    addressed,
    base_of,
    judged,
    mentioned,
    named_deliveries,
    received_at,
)
from app.domain.mail import Tokens, message_id, reply_address

CASE, DELIVERY = UUID(int=1), UUID("01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70")
OURS = "klachten@voorbeeld.example"
TOKENS = Tokens(b"s" * 32)
PERSON = Parsed(
    senders=(Sender("sam@example.org", "Sam"),), from_headers=1, text="Klacht", return_path="sam@example.org"
)
KNOWN = Known(own_addresses=(OURS,))
NOW = datetime(2026, 4, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parsed", "known", "expected"),
    [
        (PERSON, KNOWN, ("complaint", "filed", None)),
        (PERSON, replace(KNOWN, case=CASE), ("reply", "filed", None)),
        # a token counts, whoever it says it is from
        (replace(PERSON, senders=(), from_headers=0), replace(KNOWN, case=CASE), ("reply", "filed", None)),
        (PERSON, replace(KNOWN, foreign_token=True), ("unclear", "triage", "token-unknown")),
        (PERSON, replace(KNOWN, answered=DELIVERY), ("unclear", "triage", "answer-without-token")),
        (PERSON, replace(KNOWN, from_sender=SENDER_LIMIT), ("complaint", "triage", "too-many-from-sender")),
        (PERSON, replace(KNOWN, from_sender=SENDER_LIMIT, case=CASE), ("reply", "triage", "too-many-from-sender")),
        (replace(PERSON, return_path=""), KNOWN, ("auto_reply", "triage", "empty-return-path")),
        (replace(PERSON, return_path=None), KNOWN, ("complaint", "filed", None)),
        (
            replace(PERSON, auto_submitted="auto-replied"),
            replace(KNOWN, case=CASE),
            ("auto_reply", "filed", "auto-submitted"),
        ),
        (replace(PERSON, precedence="bulk"), KNOWN, ("auto_reply", "triage", "precedence")),
        (
            replace(PERSON, auto_submitted="auto-generated"),
            replace(KNOWN, case=CASE),
            ("auto_reply", "triage", "auto-submitted"),
        ),
        (replace(PERSON, return_path=""), replace(KNOWN, case=CASE), ("auto_reply", "filed", "empty-return-path")),
        (replace(PERSON, precedence="first-class"), KNOWN, ("complaint", "filed", None)),
        (replace(PERSON, sender=OURS), KNOWN, ("loop", "triage", "own-address")),
        (replace(PERSON, loop_marks=(OURS.upper(),)), KNOWN, ("loop", "triage", "loop-mark")),
        (replace(PERSON, loop_marks=("anders@example.org",)), KNOWN, ("complaint", "filed", None)),
        (PERSON, replace(KNOWN, sent=DELIVERY), ("loop", "set_aside", "own-mail")),
        (replace(PERSON, report=Report("x", "failed", "5.1.1")), KNOWN, ("bounce", "triage", "original-unknown")),
        (
            replace(PERSON, report=Report("x", "failed", "5.1.1")),
            replace(KNOWN, bounced=DELIVERY),
            ("bounce", "filed", "5.1.1"),
        ),
        (replace(PERSON, text=" "), KNOWN, ("unclear", "triage", "empty")),
        (replace(PERSON, from_headers=2), KNOWN, ("unclear", "triage", "several-senders")),
        (replace(PERSON, defects=("charset",)), KNOWN, ("complaint", "filed", None)),
        (replace(PERSON, defects=("too-deep",)), replace(KNOWN, case=CASE), ("malformed", "triage", "too-deep")),
        (replace(PERSON, defects=("too-many-parts", "too-large")), KNOWN, ("oversized", "triage", "too-large")),
    ],
)
def test_what_a_mail_is(parsed: Parsed, known: Known, expected: tuple[str, str, str | None]) -> None:
    verdict = judged(parsed, known)
    assert (verdict.kind, verdict.state, verdict.reason) == expected


def test_a_token_is_found_in_any_address_and_a_wrong_one_only_at_ours() -> None:
    ours = reply_address(OURS, TOKENS.token_of(CASE))
    assert addressed(["iemand@example.org", ours.upper()], [OURS], TOKENS) == Addressed(CASE)
    assert addressed([ours.replace("voorbeeld", "oud")], [OURS], TOKENS) == Addressed(CASE)
    assert addressed(["klachten+onzin@voorbeeld.example"], [OURS], TOKENS) == Addressed(None, True)
    assert addressed(["sam+klacht@example.org", OURS], [OURS], TOKENS) == Addressed(None, False)
    with_plus = "post+klachten@voorbeeld.example"
    assert addressed([with_plus], [with_plus], TOKENS) == Addressed(None, False)
    assert base_of(ours) == OURS


def test_deliveries_are_named_by_message_ids_of_our_form() -> None:
    own = message_id(DELIVERY, OURS)
    parsed = Parsed(message_id="<x@example.org>", references=("<y@example.org>", own), report=Report(own, "failed", ""))
    assert named_deliveries(parsed) == {"bounced": DELIVERY, "answered": DELIVERY}
    assert named_deliveries(Parsed(message_id=own)) == {"sent": DELIVERY}


def test_a_reference_in_the_subject_is_looked_for_among_what_is_alike() -> None:
    found = {
        "Re: Mijn zaak clic vyfe d18g": "CLIC-VYFE-D18G",
        "nr.KLIKVYFED18G_x": "KLIK-VYFE-D18G",
        "zaak (KLIK\u2011VYFE\u2013D18G)": "KLIK-VYFE-D18G",
        "1J-7E79-K9ED": "1J-7E79-K9ED",
    }
    for subject, reference in found.items():
        assert reference in mentioned(Parsed(subject=subject))
    assert "KLIK-VYFE-D18G" not in mentioned(Parsed(subject="AKLIK-VYFE-D18GX en KLIK-VYFE"))
    began = time.monotonic()
    mentioned(Parsed(subject="A- " * 2_600 + "A" * 200))
    assert time.monotonic() - began < 1


def test_a_mail_never_came_in_later_than_now() -> None:
    before, after = NOW - timedelta(days=2), NOW + timedelta(hours=1)
    assert received_at(Parsed(received_at=before), NOW, NOW) == before
    assert received_at(Parsed(received_at=after), NOW, NOW) == NOW
    assert received_at(Parsed(), before, NOW) == before
    assert received_at(Parsed(), after, NOW) == NOW


def test_a_mail_that_came_in_before_there_was_a_service_came_in_now() -> None:
    """A server that lost the day says 1970."""
    assert received_at(Parsed(), datetime(1970, 1, 1, tzinfo=UTC), NOW) == NOW
    assert received_at(Parsed(), EARLIEST, NOW) == EARLIEST
