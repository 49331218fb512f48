"""Dutch complaint law beyond the five: each of these was written without touching code."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.activation import activation_faults
from app.domain.calendar import calendar_for
from app.domain.dossier import Dossier
from app.domain.duty import Duty
from app.domain.events import Event
from app.domain.linting import questions
from app.domain.procedure import Procedure
from app.domain.publication import defined
from app.procedures.reading import read, read_mapping

FILES = sorted((Path(__file__).parent / "further").glob("*.yaml"))
FURTHER = {path.stem: read(path.read_bytes()) for path in FILES}


def duty(name: str, of: str) -> Duty:
    found = FURTHER[name]
    duties = [duty for stage in found.stages for duty in stage.duties] + [
        d for body in found.bodies for d in body.duties
    ]
    return next(each for each in duties if each.duty == of)


@pytest.mark.parametrize("procedure", FURTHER.values(), ids=FURTHER)
def test_each_is_whole_and_survives_the_round(procedure: Procedure):
    assert activation_faults(defined(procedure)) == []
    assert read_mapping(procedure.model_dump(mode="json", by_alias=True)) == procedure


@pytest.mark.parametrize("name", FURTHER)
def test_none_lacks_what_its_act_usually_asks(name):
    codes = {question.code for question in questions(FURTHER[name])} - {"rule-without-source", "role-without-task"}
    assert codes == set()


def test_there_are_eight_kinds():
    assert set(FURTHER) == {
        "care-provider",
        "childcare",
        "financial-firm",
        "housing-corporation",
        "municipality",
        "school",
        "training-institute",
        "workplace",
    }


def test_six_weeks_or_ten_when_a_committee_advises():
    decide = duty("municipality", "decide")
    assert decide.within and (decide.within.amount, decide.instead[0].within.amount) == (6, 10)
    assert decide.instead[0].when.committee_advises is True


def test_four_weeks_longer_once_and_further_only_with_consent_and_both_sides_told():
    extension = duty("municipality", "decide").extension
    assert extension is not None and extension.at_most is not None
    assert (extension.at_most.amount, extension.times, extension.further_with_consent) == (4, 1, True)
    assert extension.notify == ("complainant", "subject_of_complaint")


def test_not_owed_when_settled_already():
    unless = duty("municipality", "acknowledge").unless
    assert unless is not None and unless.resolved is True


def test_counted_back_from_the_hearing():
    back = duty("municipality", "documents_before_hearing")
    assert back.before == "hearing.scheduled" and back.after == ()


def test_repair_moves_and_mediation_suspends_with_consent():
    decide = duty("municipality", "decide")
    assert decide.restarts_on == ("complaint.completed",)
    assert [(pause.cause, pause.consent) for pause in decide.suspension] == [("repair", False), ("mediation", True)]


@pytest.mark.parametrize(("name", "of"), [("municipality", "follow_advice"), ("workplace", "decide")])
def test_from_the_day_the_advice_came_in(name, of):
    assert duty(name, of).after == ("advice.received",)


@pytest.mark.parametrize(("name", "least"), [("care-provider", 8), ("workplace", 5)])
def test_three_working_days_with_a_list_of_contents(name, least):
    acknowledge = duty(name, "acknowledge")
    assert acknowledge.within and (acknowledge.within.amount, str(acknowledge.within.unit)) == (3, "working_days")
    assert len(acknowledge.content) >= least


def test_the_board_reacts_to_the_advice_of_a_committee():
    reaction = FURTHER["school"].stage_named("reaction")
    assert reaction.opens_on[0].event == "external_decision.received"
    assert duty("school", "react").after == ("external_decision.received",)


def test_silence_opens_the_way_out():
    opening = FURTHER["financial-firm"].stage_named("disputes").opens_on[0]
    assert opening.overdue_opens and opening.after == ("desk",)
    assert [limit.after for limit in FURTHER["financial-firm"].bodies[0].filing_limits] == [
        "decision.sent",
        "complaint.received",
    ]


def test_a_complaint_about_the_board_goes_elsewhere():
    stage = FURTHER["care-provider"].stage_named("judgement_on_the_board")
    assert stage.handled_by == ("supervisory_board",)
    assert stage.opens_on[0].when is not None and stage.opens_on[0].when.subject_role == ("board",)


def test_a_public_report_before_the_first_of_june():
    report = FURTHER["childcare"].reports[0]
    assert report.public and report.before is not None and (report.before.month, report.before.day) == (6, 1)


def test_a_third_party_binds_the_institute():
    body = FURTHER["training-institute"].bodies[0]
    assert body.binding_on == ("organisation",) and [each.duty for each in body.duties] == ["verdict", "carry_out"]


def dossier(name: str, *more: tuple[str, str], **facts: Any) -> Dossier:
    """A complaint received on Friday 24 April 2026 at noon, with later events as (type, day), seen a year later."""
    procedure = FURTHER[name]
    known = {"channel": procedure.intake.channels[0].channel, "kind": "complaint", **facts}
    events = [Event("complaint.received", datetime(2026, 4, 24, 10, tzinfo=UTC), facts=known, sequence=1)]
    for number, (kind, day) in enumerate(more, start=2):
        told = "2026-05-04" if kind == "hearing.scheduled" else day  # of a hearing one knows before it is held
        at = datetime.fromisoformat(f"{told}T10:00+00:00")
        events.append(
            Event(kind, at, facts={"scheduled_on": day} if kind == "hearing.scheduled" else {}, sequence=number)
        )
    now = datetime(2027, 4, 24, tzinfo=UTC)
    return Dossier(procedure, calendar_for(procedure.calendar.working_days), tuple(events), now)


@pytest.mark.parametrize(
    ("name", "key", "facts", "more", "due_on"),
    [
        ("municipality", "handling.decide", {}, [], date(2026, 6, 5)),
        ("municipality", "handling.decide", {"committee_advises": True}, [], date(2026, 7, 3)),
        (
            "municipality",
            "handling.documents_before_hearing",
            {},
            [("hearing.scheduled", "2026-05-20")],
            date(2026, 5, 13),
        ),
        ("municipality", "handling.follow_advice", {}, [("advice.received", "2026-05-21")], date(2026, 6, 4)),
        ("school", "board_handling.respond", {}, [], date(2026, 5, 22)),
        ("school", "board_handling.respond", {"safety_at_risk": True}, [], date(2026, 5, 4)),
        ("housing-corporation", "corporation.respond", {"category": "nuisance"}, [], date(2026, 5, 22)),
        ("housing-corporation", "corporation.respond", {"category": "repairs"}, [], date(2026, 5, 4)),
        ("financial-firm", "desk.decide", {}, [], date(2026, 6, 19)),
        ("care-provider", "judgement.acknowledge", {}, [], date(2026, 4, 30)),
        ("care-provider", "judgement_on_the_board.judge", {"subject_role": "board"}, [], date(2026, 6, 5)),
    ],
)
def test_the_dates_that_follow(name, key, facts, more, due_on):
    found = {term.key: term.due_on for term in dossier(name, *more, **facts).terms}
    assert found[key] == due_on


def test_what_is_owed_without_a_date():
    assert [owed.duty for owed in dossier("municipality").obligations] == ["inform_subject"]
