"""How a dossier grows: breaches once and for good, corrections that supersede, warnings once per date."""

import pytest

from app.domain.dossier import Dossier
from app.domain.recording import announced, superseded, taken, warned
from tests.builders import SYSTEM, Deed, at, did, dossier, drafted, due, ledger, no_id, outside, seen, state_of, then

APRIL_24 = did("complaint.received", "2036-04-24")  # a Thursday; five working days are over after Thu 1 May
LATE = dossier("jso", APRIL_24, now="2036-05-06")
RESPOND = "first_response.respond"
REASON = ["reasons", "late_registration_reason"]


def breaches(found: Dossier) -> list[tuple[str, object]]:
    return [(event.facts["term"], event.facts["due_on"]) for event in ledger(found, "term.breached")]


@pytest.mark.proves("X-04", "X-05")
def test_a_breach_is_recorded_once_with_when_it_happened_and_was_noticed() -> None:
    [breach] = ledger(LATE, "term.breached")
    assert (breach.occurred_at, breach.recorded_at) == (at("2036-05-02 00:00"), at("2036-05-06"))
    assert breach.facts == {
        "term": RESPOND,
        "due_on": "2036-05-01",
        "duty": "respond",
        "soft": False,
        "source": "JSO-11, JSO-06",
    }
    assert breach.actor.kind == "gehoor"
    for again in (seen(LATE), seen(LATE, at("2036-06-06")), announced(LATE, no_id)):
        assert breaches(again) == [(RESPOND, "2036-05-01")]


@pytest.mark.proves("X-04", "SO-10")
@pytest.mark.parametrize(
    "deeds",
    [
        (did("first_response.sent", "2036-05-06"),),
        (did("complaint.withdrawn", "2036-05-06"),),
        (did("complaint.closed", "2036-05-06", outcome="resolved"),),
        (did("dissatisfaction.received", "2036-05-06"), did("second_response.sent", "2036-05-07")),
        (did("complaint.withdrawn", "2036-05-06"), did("complaint.reopened", "2036-05-07")),
    ],
)
def test_nothing_that_comes_after_erases_a_breach(deeds: tuple[Deed, ...]) -> None:
    found = then(LATE, *deeds, now="2036-05-08")
    assert breaches(found)[0] == (RESPOND, "2036-05-01")
    assert not ledger(found, "term.breach_superseded")
    assert state_of(found, RESPOND) in ("met_late", "overdue")


def test_what_was_late_is_written_down_before_the_late_answer() -> None:
    """No worker ran: the step itself finds the breach."""
    received = dossier("jso", APRIL_24)
    stale = Dossier(received.procedure, received.calendar, received.events, at("2036-05-06"))
    event, actor = drafted(stale, did("first_response.sent", "2036-05-06"))
    types = [event.type for event in taken(stale, event, actor, no_id).events]
    assert types == ["complaint.received", "term.breached", "first_response.sent"]


@pytest.mark.proves("KK-13")
def test_a_late_extension_is_refused_and_an_extension_in_time_moves_the_breach() -> None:
    extended = dossier("klikklaar", APRIL_24, did("extension.notified", "2036-05-20", until="2036-06-12"))
    late = seen(extended, at("2036-06-13"))
    assert ("handling.decide", "2036-06-12") in breaches(late)
    assert ("handling.decide", "2036-05-22") not in breaches(late)


MOVED = did("event.corrected", "2036-05-06", corrects=1, occurred_at=at("2036-04-29").isoformat())
MOVED_BACK = did("event.corrected", "2036-05-07", corrects=1, occurred_at=at("2036-04-24").isoformat())


@pytest.mark.proves("KK-18")
def test_a_receipt_that_was_a_mistake_moves_the_term_and_supersedes_the_breach() -> None:
    # received on Tue 29 April after all: Wed 30, Thu 1, Fri 2, Tue 6, Wed 7 May
    found = then(LATE, MOVED)
    assert (due(found, RESPOND), state_of(found, RESPOND)) == ("2036-05-07", "pending")
    [breach], [undone] = ledger(found, "term.breached"), ledger(found, "term.breach_superseded")
    assert undone.facts == {"term": RESPOND, "supersedes": breach.sequence}
    assert undone.sequence > breach.sequence
    assert superseded(found, no_id).events == found.events
    # and the next breach is another one
    assert breaches(seen(found, at("2036-05-08"))) == [(RESPOND, "2036-05-01"), (RESPOND, "2036-05-07")]


def test_a_breach_that_was_superseded_wrongly_is_recorded_again() -> None:
    found = then(LATE, MOVED, MOVED_BACK)
    assert state_of(found, RESPOND) == "overdue"
    assert breaches(found) == [(RESPOND, "2036-05-01")] * 2
    assert len(ledger(found, "term.breach_superseded")) == 1
    assert found.breaches_superseded() == ()


def test_an_extension_that_was_never_sent_is_annulled() -> None:
    found = dossier("klikklaar", APRIL_24, did("extension.notified", "2036-05-20", until="2036-06-12"))
    assert due(found, "handling.decide") == "2036-06-12"
    annulled = did("event.corrected", "2036-05-26", corrects=found.events[-1].sequence, annul=True)
    found = then(found, annulled)
    # the acknowledgement of Thu 8 May was late anyway
    assert (due(found, "handling.decide"), state_of(found, "handling.decide")) == ("2036-05-22", "overdue")
    assert breaches(found)[-1] == ("handling.decide", "2036-05-22")


def test_a_late_registration_supersedes_the_breach_and_keeps_it() -> None:
    found = then(LATE, did("first_response.sent", "2036-04-30", registered="2036-05-06", content=REASON))
    assert state_of(found, RESPOND) == "met"
    assert len(ledger(found, "term.breached")) == len(ledger(found, "term.breach_superseded")) == 1


def test_a_backdated_complaint_is_late_at_once() -> None:
    found = dossier("jso", did("complaint.received", "2036-04-24", registered="2036-05-06"))
    assert [event.type for event in found.events] == ["complaint.received", "term.breached"]
    assert found.events[0].recorded_at == at("2036-05-06")


def test_every_term_has_its_own_breach() -> None:
    found = dossier("klikklaar", APRIL_24, now="2036-06-30")
    assert breaches(found) == [("handling.acknowledge", "2036-05-08"), ("handling.decide", "2036-05-22")]


@pytest.mark.proves("KK-30")
def test_a_soft_term_is_kept_apart() -> None:
    heard = did("party.heard", "2036-04-25", party="subject_of_complaint")
    found = dossier(
        "klikklaar",
        APRIL_24,
        heard,
        did("decision.sent", "2036-04-28"),
        did("objection.received", "2036-04-29", ground="disagrees_with_solution"),
        now="2036-07-01",
    )
    # eight weeks from Tue 29 April: Tue 24 June
    assert [(e.facts["due_on"], e.facts["soft"]) for e in ledger(found, "term.breached")][-1] == ("2036-06-24", True)


@pytest.mark.parametrize(
    ("now", "given"),
    [
        ("2036-04-28 23:59", []),
        ("2036-04-29 00:00", [("2036-05-01", "2036-05-01")]),  # two working days ahead of Thu 1 May
        ("2036-05-02 00:00", []),  # too late for a warning
    ],
)
def test_a_warning_comes_once_per_date(now: str, given: list[tuple[str, str]]) -> None:
    found = warned(dossier("jso", APRIL_24, now=now), no_id)
    assert [(e.facts["due_on"], e.facts["act_by"]) for e in ledger(found, "term.due_soon")] == given
    assert warned(found, no_id).events == found.events


def test_a_moved_date_is_warned_about_again() -> None:
    found = warned(dossier("klikklaar", APRIL_24, now="2036-05-20"), no_id)
    found = then(found, did("extension.notified", "2036-05-21", until="2036-06-12", extends="handling.decide"))
    assert [e.facts["due_on"] for e in ledger(found, "term.due_soon")] == ["2036-05-22"]
    found = warned(seen(found, at("2036-06-11")), no_id)
    assert [e.facts["due_on"] for e in ledger(found, "term.due_soon")] == ["2036-05-22", "2036-06-12"]


def test_a_clock_that_runs_ahead_does_not_reach_the_ledger() -> None:
    found = dossier("jso", APRIL_24, now="2036-04-25 12:00")
    after = then(found, did("first_response.sent", "2036-04-25 12:04", registered="2036-04-25 12:00"))
    assert after.events[-1].occurred_at == after.events[-1].recorded_at == at("2036-04-25 12:00")


@pytest.mark.proves("KK-20", "BNW-14")
def test_every_event_is_numbered_dated_and_signed() -> None:
    found = then(LATE, did("first_response.sent", "2036-05-06"), did("complaint.closed", "2036-05-07"))
    assert [event.sequence for event in found.events] == [1, 2, 3, 4]
    assert all(event.recorded_at is not None for event in found.events)
    assert [event.actor.kind for event in found.events] == ["system", "gehoor", "staff", "system"]
    assert found.events[-1].actor == SYSTEM


def test_a_refused_step_leaves_the_dossier_as_it_was() -> None:
    events = LATE.events
    with pytest.raises(Exception, match="not possible"):
        then(LATE, did("objection.received", "2036-05-06"))
    assert LATE.events == events


def test_what_comes_from_outside_is_announced_like_the_rest() -> None:
    found = outside(dossier("klikklaar", APRIL_24), "data_request.received", "2036-04-28")
    # a month from Mon 28 April: Wed 28 May
    assert ("handling.answer_data_request", "2036-05-28") in breaches(seen(found, at("2036-05-29")))
