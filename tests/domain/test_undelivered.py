"""Letters that did not arrive, and what makes that good."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.dossier import Dossier
from tests.builders import Deed, at, did, dossier

SENT, LOST = "2036-04-25 10:00", "2036-04-25 11:00"
LATER = "2036-04-26 10:00"


def free(when: str, number: str = "m9", *, shared: bool = True, channel: str = "email", **facts: Any) -> Deed:
    return did("message.sent", when, message_id=number, shared=shared, channel=channel, **facts)


def lost(when: str, number: str = "m1", delivery: str = "d1") -> Deed:
    return did("delivery.failed", when, message_id=number, delivery_id=delivery, code="recipient-refused")


def arrived(when: str, number: str = "m1", delivery: str = "d1") -> Deed:
    return did("delivery.completed", when, message_id=number, delivery_id=delivery)


def found(*deeds: Deed, name: str = "hss") -> Dossier:
    return dossier(name, did("complaint.received", "2036-04-24 12:00"), *deeds)


ACKNOWLEDGED = did("complaint.acknowledged", SENT, message_id="m1")
RECEIPT = free(SENT, "m1", letter="receipt")
ADVICE = free(SENT, "m1", shared=False)


@pytest.mark.parametrize(
    ("letter", "since", "made_good"),
    [
        (ACKNOWLEDGED, [], False),
        (ACKNOWLEDGED, [arrived(LATER)], True),
        (ACKNOWLEDGED, [arrived(LATER), lost(LATER)], False),  # it came back after all
        (ACKNOWLEDGED, [arrived(LATER, delivery="d2")], False),  # to somebody else
        (ACKNOWLEDGED, [did("complaint.acknowledged", LATER, message_id="m2")], True),
        (ACKNOWLEDGED, [did("complaint.acknowledged", LATER, form="post")], True),  # by other means than ours
        (ACKNOWLEDGED, [did("complaint.acknowledged", LATER, message_id="m2"), lost(LATER, "m2", "d2")], False),
        (ACKNOWLEDGED, [did("information.requested", LATER, message_id="m2")], False),
        (ACKNOWLEDGED, [free(LATER)], True),  # in words of one's own, to a decision that cannot be repeated
        (ACKNOWLEDGED, [free(LATER, channel="phone")], True),
        (ACKNOWLEDGED, [free(LATER, shared=False)], False),  # to somebody of ours
        (ACKNOWLEDGED, [free(LATER, letter="receipt")], False),
        (ACKNOWLEDGED, [did("step.waived", LATER, step="send_again")], True),
        (ACKNOWLEDGED, [did("step.waived", LATER, step="send_again"), lost(LATER)], False),
        (ACKNOWLEDGED, [did("complaint.withdrawn", LATER)], True),
        (RECEIPT, [free(LATER, letter="message")], True),
        (RECEIPT, [did("complaint.acknowledged", LATER, message_id="m2")], True),
        (ADVICE, [free(LATER)], False),
        (ADVICE, [free(LATER, shared=False)], True),
    ],
)
def test_what_makes_it_good(letter: Deed, since: list[Deed], made_good: bool) -> None:
    after = found(letter, lost(LOST), *since)
    codes = [each["code"] for each in after.warnings()]
    duties = [each.duty for each in after.obligations]
    assert codes.count("letter-not-delivered") == duties.count("send_again") == (0 if made_good else 1)


def test_a_letter_that_was_sent_again_before_the_first_came_back_is_not_asked_for() -> None:
    after = found(ACKNOWLEDGED, did("complaint.acknowledged", LATER, message_id="m2"), lost("2036-04-27 10:00"))
    assert "send_again" not in {each.duty for each in after.obligations}


def test_a_free_message_of_before_it_came_back_was_not_about_it() -> None:
    after = found(ACKNOWLEDGED, free(LATER), lost("2036-04-27 10:00"))
    assert "send_again" in {each.duty for each in after.obligations}


def test_one_letter_to_two_is_asked_for_once_and_keeps_nothing_from_closing() -> None:
    after = found(ACKNOWLEDGED, lost(LOST), lost(LOST, delivery="d2"))
    [owed] = [each for each in after.obligations if each.duty == "send_again"]
    assert (owed.met_by, owed.soft) == ("message.sent", True)
    before = after.as_of(at(LOST) - timedelta(minutes=1))
    assert "letter-not-delivered" not in {each["code"] for each in before.warnings()}
