"""What follows from how an attempt went."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery import KEEP_TRYING, LONGEST_DELAY, Outcome, Verdict, next_attempt, verdict

FIRST = datetime(2036, 1, 7, 9, tzinfo=UTC)
FAILED = Outcome("temporary", 500, "refused")


def _tries(chance: random.Random) -> list[datetime]:
    """When it is tried, by a receiver that always fails at once."""
    tried = [FIRST]
    while at := next_attempt(len(tried), FIRST, tried[-1], chance.random):
        tried.append(at)
    return tried


@given(st.integers(0, 2**32))
def test_tried_for_72_hours_and_not_much_longer(seed: int) -> None:
    tried = _tries(random.Random(seed))
    assert KEEP_TRYING <= tried[-1] - FIRST <= KEEP_TRYING + LONGEST_DELAY
    assert 20 < len(tried) < 400


@given(st.integers(1, 10**6), st.floats(0, 1), st.timedeltas(timedelta(), KEEP_TRYING - timedelta(microseconds=1)))
def test_never_before_now_and_never_far_away(attempts: int, chance: float, since: timedelta) -> None:
    now = FIRST + since
    at = next_attempt(attempts, FIRST, now, lambda: chance)
    assert at is not None
    assert now <= at <= now + LONGEST_DELAY


@pytest.mark.parametrize(
    ("attempts", "bound"),
    [(1, timedelta(seconds=10)), (2, timedelta(seconds=20)), (9, timedelta(seconds=2560)), (12, timedelta(hours=4))],
)
def test_the_bound_doubles_and_jitter_fills_it(attempts: int, bound: timedelta) -> None:
    assert next_attempt(attempts, FIRST, FIRST, lambda: 1.0) == FIRST + bound
    assert next_attempt(attempts, FIRST, FIRST, lambda: 0.25) == FIRST + bound / 4


@pytest.mark.parametrize(
    ("outcome", "since", "once", "state"),
    [
        (Outcome("delivered", 200, "delivered"), timedelta(days=9), False, "delivered"),
        (Outcome("delivered", 200, "delivered"), timedelta(), True, "delivered"),
        (FAILED, KEEP_TRYING - timedelta(seconds=1), False, "waiting"),
        (FAILED, KEEP_TRYING, False, "dead"),
        (FAILED, timedelta(), True, "cancelled"),
        (Outcome("permanent", 550, "no-such-mailbox"), timedelta(), False, "dead"),
    ],
)
def test_verdict(outcome: Outcome, since: timedelta, once: bool, state: str) -> None:
    found = verdict(outcome, 1, FIRST, FIRST + since, lambda: 0.5, once=once)
    assert found.state == state
    assert (found.next_at is not None) == (state == "waiting")


@pytest.mark.parametrize("outcome", [FAILED, Outcome("temporary", 410, "gone"), Outcome("permanent", 400, "refused")])
def test_what_was_said_by_an_address_that_was_corrected_since_is_tried_again_now(outcome: Outcome) -> None:
    now = FIRST + KEEP_TRYING
    assert verdict(outcome, 9, FIRST, now, lambda: 0.5, once=False, changed=True) == Verdict("waiting", now)
    assert verdict(outcome, 1, FIRST, now, lambda: 0.5, once=True, changed=True).state == "cancelled"
    arrived = Outcome("delivered", 200, "delivered")
    assert verdict(arrived, 1, FIRST, now, lambda: 0.5, once=False, changed=True).state == "delivered"
