"""The terms of the procedures, in tables that a clerk can check: weekday and reason beside each row.

2036: Easter Monday is 14 April, King's Day Sunday 27 April (kept on Saturday 26), 5 May a Monday, Ascension Day
Thursday 22 May, Whit Monday 2 June.
"""

import json
from typing import Any

import pytest

from app.domain.dossier import Dossier
from app.domain.procedure import Procedure
from app.domain.steps import possible
from app.domain.validation import value_of
from app.procedures.reading import mapping_of, text_of
from tests.builders import Deed, at, did, dossier, due, ledger, outside, state_of, taking_in, term, then

APRIL_24 = did("complaint.received", "2036-04-24")  # a Thursday
HEARD = did("party.heard", "2036-04-25", party="subject_of_complaint")
INVOLVED = did("party.heard", "2036-04-25", party="complainant")


@pytest.mark.proves("JSO-11", "KK-10", "KK-12", "HSS-09", "HSS-11", "HSS-13", "BNW-04", "BNW-09")
@pytest.mark.parametrize(
    ("name", "key", "received", "due_on"),
    [
        # Fri 25, Mon 28, Tue 29, Wed 30 April, Thu 1 May: King's Day was kept on the Saturday
        ("jso", "first_response.respond", "2036-04-24 12:00", "2036-05-01"),
        # received on a Saturday, King's Day: Mon 28, Tue 29, Wed 30, Thu 1, Fri 2 May
        ("jso", "first_response.respond", "2036-04-26 23:30", "2036-05-02"),
        # Fri 2; Mon 5 May is a holiday; Tue 6, Wed 7, Thu 8, Fri 9
        ("jso", "first_response.respond", "2036-05-01 09:00", "2036-05-09"),
        # two weeks after a Thursday is a Thursday
        ("klikklaar", "handling.acknowledge", "2036-04-24", "2036-05-08"),
        # four weeks: Thu 22 May is Ascension Day, and nothing moves
        ("klikklaar", "handling.decide", "2036-04-24", "2036-05-22"),
        # the same Thursday
        ("hss", "handling.hand_over", "2036-04-24", "2036-04-24"),
        # Ascension Day: handed over on Friday
        ("hss", "handling.hand_over", "2036-05-22", "2036-05-23"),
        # Fri 25, Mon 28, Tue 29, Wed 30 April, Thu 1, Fri 2, Tue 6 May
        ("hss", "handling.acknowledge", "2036-04-24", "2036-05-06"),
        # six weeks after a Thursday: Thu 5 June
        ("hss", "handling.decide", "2036-04-24", "2036-06-05"),
        ("bijstand-naar-werk", "handling.acknowledge", "2036-04-24", "2036-05-08"),
        ("bijstand-naar-werk", "handling.handle", "2036-04-24", "2036-06-05"),
        # Awb: six weeks after Mon 21 April is Mon 2 June, Whit Monday; the end moves to Tuesday
        ("municipality", "handling.decide", "2036-04-21", "2036-06-03"),
    ],
)
def test_terms_from_receipt(name: str, key: str, received: str, due_on: str) -> None:
    found = dossier(name, did("complaint.received", received))
    assert due(found, key) == due_on
    assert state_of(found, key) == "pending"


@pytest.mark.parametrize(
    ("name", "key", "deeds", "due_on", "state"),
    [
        # taken back on Fri 25 April and taken up again on Mon 5 May: the 26th up to the 4th do not count;
        # of five working days Fri 25 April, Tue 6, Wed 7, Thu 8 and Fri 9 May are left (the 5th is a holiday)
        (
            "jso",
            "first_response.respond",
            (did("complaint.withdrawn", "2036-04-25"), did("complaint.reopened", "2036-05-05")),
            "2036-05-09",
            "pending",
        ),
        # the same nine days after four weeks that would have ended on Thu 22 May: Sat 31 May
        (
            "klikklaar",
            "handling.decide",
            (did("complaint.withdrawn", "2036-04-25"), did("complaint.reopened", "2036-05-05")),
            "2036-05-31",
            "pending",
        ),
        # on one and the same day: nothing stood still
        (
            "jso",
            "first_response.respond",
            (did("complaint.withdrawn", "2036-04-25 10:00"), did("complaint.reopened", "2036-04-25 11:00")),
            "2036-05-01",
            "overdue",
        ),
        # who closes it too soon gets no time for that
        (
            "jso",
            "first_response.respond",
            (did("complaint.closed", "2036-04-25", outcome="resolved"), did("complaint.reopened", "2036-05-05")),
            "2036-05-01",
            "overdue",
        ),
        # it was too late before it was taken back
        (
            "jso",
            "first_response.respond",
            (did("complaint.withdrawn", "2036-05-02"), did("complaint.reopened", "2036-05-05")),
            "2036-05-01",
            "overdue",
        ),
    ],
)
def test_while_the_complainant_had_taken_it_back_nothing_was_owed(
    name: str, key: str, deeds: tuple[Deed, ...], due_on: str, state: str
) -> None:
    found = dossier(name, APRIL_24, *deeds, now="2036-05-06")
    assert (due(found, key), state_of(found, key)) == (due_on, state)


@pytest.mark.parametrize(
    ("now", "deeds", "state"),
    [
        ("2036-05-01 23:59", (), "pending"),  # the last minute of the last day
        ("2036-05-02 00:00", (), "overdue"),  # the first instant that is too late
        ("2036-05-06", (did("first_response.sent", "2036-05-01 23:59"),), "met"),
        ("2036-05-06", (did("first_response.sent", "2036-05-02 00:00"),), "met_late"),
        ("2036-05-06", (did("complaint.withdrawn", "2036-05-01"),), "cancelled"),
        ("2036-05-06", (did("complaint.withdrawn", "2036-05-02"),), "overdue"),  # the breach was a fact
        ("2036-05-06", (did("complaint.closed", "2036-04-25", outcome="resolved"),), "met"),
        ("2036-05-06", (did("complaint.closed", "2036-05-06", outcome="resolved"),), "met_late"),
    ],
)
@pytest.mark.proves("JSO-06", "X-04")
def test_the_state_of_a_term(now: str, deeds: tuple[Deed, ...], state: str) -> None:
    found = dossier("jso", APRIL_24, *deeds, now=now)
    assert state_of(found, "first_response.respond") == state


@pytest.mark.parametrize(
    ("deed", "is_open"),
    [
        (None, True),
        (did("complaint.withdrawn", "2036-05-06"), False),
        (did("first_response.sent", "2036-05-06"), False),
    ],
)
def test_an_overdue_term_is_to_be_done_until_the_complaint_ends(deed: Deed | None, is_open: bool) -> None:
    found = dossier("jso", APRIL_24, *([deed] if deed else []), now="2036-05-07")
    assert term(found, "first_response.respond").breached
    assert term(found, "first_response.respond").is_open is is_open


@pytest.mark.proves("JSO-13")
@pytest.mark.parametrize(
    ("unhappy", "due_on"),
    [
        ("2036-05-07", "2036-05-21"),  # Wednesday to Wednesday
        ("2036-05-08 23:59", "2036-05-22"),  # Ascension Day: nothing moves
        ("2036-05-10", "2036-05-24"),  # Saturday to Saturday
    ],
)
def test_the_second_term_counts_from_the_dissatisfaction(unhappy: str, due_on: str) -> None:
    found = dossier("jso", APRIL_24, did("first_response.sent", "2036-04-25"), did("dissatisfaction.received", unhappy))
    assert due(found, "director_review.respond_again") == due_on
    assert state_of(found, "first_response.respond") == "met"


@pytest.mark.proves("KK-06", "KK-03", "SO-17")
def test_a_promoted_signal_counts_from_its_promotion() -> None:
    # phoned on Thu 24 April, in writing on Mon 12 May: two weeks to Mon 26 May, four to Mon 9 June
    found = dossier(
        "klikklaar",
        did("signal.received", "2036-04-24", channel="phone"),
        did("signal.promoted", "2036-05-12", form="email", ground="not_suitable"),
    )
    assert (due(found, "handling.acknowledge"), due(found, "handling.decide")) == ("2036-05-26", "2036-06-09")


@pytest.mark.proves("HSS-08")
def test_what_is_reclassified_counts_from_its_receipt() -> None:
    # received Thu 24 April, reclassified Tue 13 May: the letter of confirmation was due on 6 May, and is late at once
    found = dossier(
        "hss",
        did("complaint.received", "2036-04-24", kind="out_of_scope", category="administration_fees"),
        did("complaint.reclassified", "2036-05-13", to="complaint"),
    )
    assert (due(found, "handling.acknowledge"), due(found, "handling.decide")) == ("2036-05-06", "2036-06-05")
    assert {event.facts["term"] for event in ledger(found, "term.breached")} == {
        "handling.hand_over",
        "handling.acknowledge",
    }


def test_what_turns_out_to_be_no_complaint_leaves_its_terms() -> None:
    fees = did("complaint.reclassified", "2036-05-13", to="out_of_scope", category="administration_fees")
    found = dossier("hss", APRIL_24, fees)
    assert state_of(found, "handling.decide") == "cancelled"
    assert state_of(found, "handling.acknowledge") == "overdue"  # it was late by then
    again = then(found, did("complaint.reclassified", "2036-05-14", to="complaint"))
    assert (state_of(again, "handling.decide"), due(again, "handling.decide")) == ("pending", "2036-06-05")


@pytest.mark.proves("X-04")
def test_what_is_called_a_complaint_again_goes_on_where_it_was() -> None:
    """The protest stands, and what was missed is missed once."""
    found = dossier(
        taking_in("jso", kinds=("complaint", "out_of_scope")),
        APRIL_24,
        did(
            "dissatisfaction.received", "2036-05-07"
        ),  # no answer in five working days: due Fri 2 May, after King's Day
    )
    before = [(each.key, each.state.value, each.due_on) for each in found.terms]
    away = then(found, did("complaint.reclassified", "2036-05-08", to="out_of_scope"))
    assert state_of(away, "director_review.respond_again") == "cancelled"
    back = then(away, did("complaint.reclassified", "2036-05-09", to="complaint"))
    assert [(each.key, each.state.value, each.due_on) for each in back.terms] == before
    assert back.situation.stage is not None and back.situation.stage.stage == "director_review"
    assert len(ledger(back, "term.breached")) == 1
    answered = then(back, did("second_response.sent", "2036-05-12"))
    assert state_of(answered, "director_review.respond_again") == "met"


@pytest.mark.proves("SO-17", "SO-18", "SO-29", "BNW-07")
@pytest.mark.parametrize(
    ("name", "key", "ground"),
    [
        ("so-trainingsbureau", "informal.notify_inadmissible", "too_old"),
        ("bijstand-naar-werk", "handling.notify_inadmissible", "too_old"),
    ],
)
def test_the_notice_is_owed_only_when_it_is_not_handled(name: str, key: str, ground: str) -> None:
    found = dossier(name, did("complaint.received", "2036-04-24", conduct_on="2035-04-23"))
    assert key not in {each.key for each in found.terms}
    declined = did("admissibility.decided", "2036-04-28", decision="decline", ground=ground)
    found = then(found, declined)
    assert due(found, key) == "2036-05-22"  # four weeks from receipt, not from the decision
    assert state_of(then(found, did("inadmissibility.notified", "2036-05-22 23:59")), key) == "met"
    assert state_of(then(found, did("inadmissibility.notified", "2036-05-23")), key) == "met_late"


@pytest.mark.proves("SO-29")
def test_the_directors_judgement_counts_from_the_request() -> None:
    found = dossier(
        "so-trainingsbureau",
        APRIL_24,
        did("informal_outcome.recorded", "2036-05-06", outcome="unresolved"),
        did("formal_review.requested", "2036-05-13"),  # a Tuesday
    )
    assert due(found, "formal.judge") == "2036-06-24"  # six weeks later, a Tuesday


@pytest.mark.parametrize(
    ("name", "extensions", "due_on"),
    [
        # KK-13: any date, told within the running term, as often as it takes
        ("klikklaar", [("2036-05-22 23:59", {"until": "2036-06-12"})], "2036-06-12"),
        (
            "klikklaar",
            [("2036-05-20", {"until": "2036-06-12"}), ("2036-06-12", {"until": "2036-07-01"})],
            "2036-07-01",
        ),
        # BNW-10: six weeks and four from receipt: Thu 3 July
        ("bijstand-naar-werk", [("2036-06-05", {"period": {"amount": 4, "unit": "weeks"}})], "2036-07-03"),
    ],
)
@pytest.mark.proves("KK-13", "BNW-10")
def test_extensions(name: str, extensions: list[tuple[str, dict[str, Any]]], due_on: str) -> None:
    key = "handling.decide" if name == "klikklaar" else "handling.handle"
    told = [did("extension.notified", when, extends=key, **facts) for when, facts in extensions]
    assert due(dossier(name, APRIL_24, *told), key) == due_on


@pytest.mark.proves("KK-15", "BNW-05")
@pytest.mark.parametrize("name", ["jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk"])
def test_asking_for_information_stops_no_clock(name: str) -> None:
    before = dossier(name, APRIL_24)
    after = then(before, did("information.requested", "2036-04-28", answer_by="2036-05-19"), now="2036-04-30")
    assert [(each.key, each.due_on) for each in after.terms] == [(each.key, each.due_on) for each in before.terms]
    assert all(step.name != "suspensions" for step, _ in possible(after.view))


MEDIATE = did("mediation.started", "2036-05-12", consent="written")


@pytest.mark.parametrize(
    ("deeds", "now", "due_on", "state"),
    [
        # eight weeks from Thu 24 April: Thu 19 June
        ((), "2036-05-13", "2036-06-19", "pending"),
        # Mon 12 May to Mon 26 May: 13..25 May are not counted, 13 days
        ((MEDIATE,), "2036-05-20", "none", "suspended"),
        ((MEDIATE, did("mediation.ended", "2036-05-26", outcome="unresolved")), "2036-05-27", "2036-07-02", "pending"),
        # at most eight weeks: 12 May to 7 July, 13 May..6 July are 55 days
        ((MEDIATE,), "2036-07-08", "2036-08-13", "pending"),
        # nobody agreed to it: mediate they may, the clock runs on
        ((did("mediation.started", "2036-05-12"),), "2036-05-20", "2036-06-19", "pending"),
        # an answer was asked within a week and did not come: 13..18 May, 6 days
        (
            (did("information.requested", "2036-05-12", cause="information", answer_by="2036-05-19"),),
            "2036-05-20",
            "2036-06-25",
            "pending",
        ),
        # answered on Fri 16 May: 13..15 May, 3 days
        (
            (
                did("information.requested", "2036-05-12", cause="information", answer_by="2036-05-19"),
                did("information.received", "2036-05-16"),
            ),
            "2036-05-20",
            "2036-06-22",
            "pending",
        ),
        # without a date: two weeks at the longest, 13..25 May, 13 days
        ((did("information.requested", "2036-05-12", cause="information"),), "2036-06-01", "2036-07-02", "pending"),
    ],
)
def test_suspension(deeds: tuple[Deed, ...], now: str, due_on: str, state: str) -> None:
    found = dossier("workplace", APRIL_24, *deeds, now=now)
    assert (due(found, "inquiry.advise"), state_of(found, "inquiry.advise")) == (due_on, state)


ASKED_BOTH = (
    did("information.requested", "2036-05-12", cause="information", party="complainant"),
    did("information.requested", "2036-05-13", cause="information", party="subject_of_complaint"),
)


@pytest.mark.parametrize(
    ("deeds", "due_on", "state"),
    [
        # the complainant answered, the other side did not yet
        ((did("information.received", "2036-05-16", party="complainant"),), "none", "suspended"),
        # both did, the last on Mon 19 May: 13..18 May, 6 days
        (
            (
                did("information.received", "2036-05-19", party="subject_of_complaint"),
                did("information.received", "2036-05-16", party="complainant"),
            ),
            "2036-06-25",
            "pending",
        ),
        # who answers in somebody's stead, or does not say for whom, answers all: 13..15 May, 3 days
        ((did("information.received", "2036-05-16", party="representative"),), "2036-06-22", "pending"),
        ((did("information.received", "2036-05-16"),), "2036-06-22", "pending"),
    ],
)
def test_the_clock_waits_for_everyone_who_was_asked(deeds: tuple[Deed, ...], due_on: str, state: str) -> None:
    found = dossier("workplace", APRIL_24, *ASKED_BOTH, *deeds, now="2036-05-20")
    assert (due(found, "inquiry.advise"), state_of(found, "inquiry.advise")) == (due_on, state)


def test_a_suspended_term_wakes_the_guard_when_the_pause_lapses() -> None:
    found = dossier("workplace", APRIL_24, MEDIATE, now="2036-05-20")
    lapsing = term(found, "inquiry.advise")
    assert lapsing.lapses_at == at("2036-07-07 00:00")
    assert lapsing.onward.breach_at == at("2036-08-14 00:00")


def test_a_suspension_after_the_due_date_changes_nothing() -> None:
    found = dossier("workplace", APRIL_24, did("mediation.started", "2036-06-20", consent="oral"), now="2036-06-25")
    assert (due(found, "inquiry.advise"), state_of(found, "inquiry.advise")) == ("2036-06-19", "overdue")


@pytest.mark.parametrize(
    ("deeds", "due_on"),
    [
        ((), "2036-06-05"),  # six weeks from Thu 24 April
        # ten weeks because a committee advises: Thu 3 July
        ((did("advice.requested", "2036-05-12"),), "2036-07-03"),
        # who is asked is no committee, or the committee was asked as well
        ((did("advice.requested", "2036-05-12", party="external_body"),), "2036-06-05"),
        (
            (
                did("advice.requested", "2036-05-12", party="committee"),
                did("advice.requested", "2036-05-13", party="external_body"),
            ),
            "2036-07-03",
        ),
        # asked when the six weeks were over: the breach stands
        ((did("advice.requested", "2036-06-06"),), "2036-06-05"),
        # completed on Mon 12 May: six weeks from then is Mon 23 June
        (
            (did("information.requested", "2036-05-06"), did("information.received", "2036-05-12", completes=True)),
            "2036-06-23",
        ),
        # the repair period stops the clock: 7..11 May are not counted, and at the completion it starts anew
        (
            (
                did("term.suspended", "2036-05-06", cause="repair"),
                did("information.requested", "2036-05-06"),
                did("information.received", "2036-05-12", completes=True),
            ),
            "2036-06-23",
        ),
    ],
)
def test_a_municipality(deeds: tuple[Deed, ...], due_on: str) -> None:
    found = dossier("municipality", APRIL_24, *deeds, now="2036-06-10")
    assert due(found, "handling.decide") == due_on


def test_a_breach_stands_when_another_period_would_have_held() -> None:
    found = dossier("municipality", APRIL_24, now="2036-06-06")
    found = then(found, did("advice.requested", "2036-06-06 13:00"))
    assert state_of(found, "handling.decide") == "overdue"
    assert not ledger(found, "term.breach_superseded")


@pytest.mark.parametrize(
    ("facts", "due_on"),
    [
        ({}, "2036-06-19"),  # eight weeks from Thu 24 April
        # fifteen working days: 25; 28, 29, 30, 1, 2; 6, 7, 8, 9; 12, 13, 14, 15, 16 May
        ({"category": "payments"}, "2036-05-16"),
        ({"category": "fraud"}, "2036-06-19"),
        ({"category": "fraud", "urgent": True}, "2036-05-22"),  # both words hold: four weeks
    ],
)
def test_other_periods_under_a_condition(facts: dict[str, Any], due_on: str) -> None:
    found = dossier("financial-firm", did("complaint.received", "2036-04-24", **facts))
    assert due(found, "desk.decide") == due_on


def test_a_duty_counted_back_from_a_hearing() -> None:
    """SO! and its disputes committee: the hearing day is day 0, and warnings come ahead of that day too."""
    found = dossier(
        "so-trainingsbureau",
        APRIL_24,
        did("informal_outcome.recorded", "2036-05-06", outcome="unresolved"),
        did("formal_review.requested", "2036-05-07"),
        did("decision.sent", "2036-05-08"),
    )
    found = outside(found, "escalation.requested", "2036-05-09")
    found = then(found, did("hearing.scheduled", "2036-05-12", scheduled_on="2036-06-10"))
    # before Tue 10 June: Mon 9, Fri 6, Thu 5, Wed 4, Tue 3 June; Whit Monday is no working day
    documents = term(found, "disputes_committee.last_documents")
    assert due(found, documents.key) == "2036-06-03"
    assert documents.warn_at == at("2036-05-29 00:00")  # Fri 30 and Thu 29 May
    moved = then(found, did("hearing.scheduled", "2036-05-13", scheduled_on="2036-06-17"))
    assert due(moved, documents.key) == "2036-06-10"  # the last word on the day: Mon 16, Fri 13, Thu 12, Wed 11, Tue 10


def test_a_duty_after_a_hearing_counts_from_the_day_it_is_planned_for() -> None:
    """Not from the day of the invitation; and a hearing that was moved leaves no term of the day it was moved from."""
    found = dossier("housing-corporation", APRIL_24, did("first_response.sent", "2036-05-08"))
    found = outside(found, "escalation.requested", "2036-05-09")
    found = then(found, did("hearing.scheduled", "2036-05-12", scheduled_on="2036-06-10"))
    # six weeks after Tue 10 June
    assert due(found, "disputes.advise") == "2036-07-22"
    moved = then(found, did("hearing.scheduled", "2036-05-13", scheduled_on="2036-06-17"))
    assert [due(moved, each.key) for each in moved.terms if each.duty.duty == "advise"] == ["2036-07-29"]


@pytest.mark.parametrize(
    ("content", "form", "state"),
    [
        (["handling_term"], "email", "met"),
        ([], "email", "pending"),  # KK-11: without the handling term it is no acknowledgement
        (["handling_term"], "phone", "pending"),  # KK-10: in writing
    ],
)
@pytest.mark.proves("KK-11", "KK-10")
def test_form_and_content_decide_whether_it_counts(content: list[str], form: str, state: str) -> None:
    """Also for what got into the ledger past the gate, as by an import."""
    found = outside(dossier("klikklaar", APRIL_24), "complaint.acknowledged", "2036-04-28", form=form, content=content)
    assert state_of(found, "handling.acknowledge") == state


def test_a_closing_of_weeks_is_one_line() -> None:
    summer = {"date": "2036-04-26", "until": "2036-05-09", "name": "Meivakantie"}
    found = dossier(_closed(summer), APRIL_24)
    # five working days after Thu 24 April: Fri 25 April, then Mon 12 to Thu 15 May
    assert due(found, "first_response.respond") == "2036-05-15"


def _closed(*closed: dict[str, str]) -> Procedure:
    rules = mapping_of(text_of("jso"))
    return value_of({**rules, "calendar": {**rules["calendar"], "closed_days": list(closed)}})


def test_two_requests_are_two_terms() -> None:
    found = dossier("klikklaar", APRIL_24)
    for day in ("2036-05-01", "2036-05-06"):
        found = outside(found, "data_request.received", day)
    # a month each: Sun 1 June, Fri 6 June
    assert [due(found, f"handling.answer_data_request{more}") for more in ("", ".2")] == ["2036-06-01", "2036-06-06"]


def test_an_acknowledgement_is_not_owed_when_it_was_settled_already() -> None:
    found = dossier("municipality", APRIL_24, did("complaint.closed", "2036-04-25", outcome="resolved"))
    assert "handling.acknowledge" not in {each.key for each in found.terms}
    late = dossier("municipality", APRIL_24, did("complaint.closed", "2036-05-06", outcome="resolved"))
    assert state_of(late, "handling.acknowledge") == "overdue"  # it was late by then


def test_office_hours_and_closed_days() -> None:
    # Fri 15 May 2026 is the day after Ascension Day and closed here; after five on Wednesday counts as Monday
    found = dossier("workplace", did("complaint.received", "2026-05-13 17:01"))
    assert term(found, "inquiry.acknowledge").started_on.isoformat() == "2026-05-18"
    assert due(found, "inquiry.acknowledge") == "2026-05-21"


@pytest.mark.proves("X-03")
def test_every_term_says_why() -> None:
    derivation = term(dossier("jso", did("complaint.received", "2036-05-01")), "first_response.respond").derivation
    assert derivation["period"] == {"amount": 5, "unit": "working_days"}
    assert [day["name_nl"] for day in derivation["skipped"]] == ["Bevrijdingsdag"]
    assert (derivation["due_on"], derivation["breach_at"]) == ("2036-05-09", "2036-05-09T22:00:00Z")
    assert json.loads(json.dumps(derivation)) == derivation


@pytest.mark.parametrize(
    ("name", "key", "warn_at"),
    [
        ("jso", "first_response.respond", "2036-04-29 00:00"),  # due Thu 1 May: two working days before
        ("financial-firm", "desk.decide", "2036-06-12 00:00"),  # due Thu 19 June: five, as the procedure says
        ("hss", "handling.hand_over", None),  # shorter than its warning
    ],
)
def test_warnings_come_ahead(name: str, key: str, warn_at: str | None) -> None:
    assert term(dossier(name, APRIL_24), key).warn_at == (at(warn_at) if warn_at else None)


def test_terms_do_not_depend_on_what_was_written() -> None:
    """Erasing the texts changes no date."""
    found = dossier("jso", APRIL_24, did("first_response.sent", "2036-04-25"))
    without = Dossier(found.procedure, found.calendar, found.events, found.now)
    assert without.terms == found.terms
