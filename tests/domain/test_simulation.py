"""Stories under the shipped procedures, without a complaint."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.calendar import calendar_for
from app.domain.duty import Duty
from app.domain.errors import Invalid
from app.domain.events import EVENTS
from app.domain.procedure import Procedure
from app.domain.simulation import Imagined, Simulation, simulate
from app.domain.table import due_dates, promises
from app.procedures.reading import read_mapping, shipped

AT = datetime(2026, 4, 24, 10, 0, tzinfo=UTC)
BY_ID = {procedure.procedure: procedure for procedure in shipped()}


def day(number: float) -> datetime:
    return AT + timedelta(days=number)


def told(procedure: str, *events: Imagined, as_of: float = 400) -> Simulation:
    return simulate(BY_ID[procedure], calendar_for(), events, day(as_of))


def states(simulation: Simulation) -> dict[str, str]:
    assert simulation.dossier is not None
    return {term.key: term.state.value for term in simulation.dossier.terms}


RECEIVED = Imagined("complaint.received", AT)
ANSWERED = Imagined("first_response.sent", day(3), {"form": "email"})


def test_story_in_time():
    story = told("jso", RECEIVED, ANSWERED)
    assert not story.refusals
    assert states(story) == {"first_response.respond": "met"}
    assert [each.number for each in story.happened] == [1, 2]


def test_breach_is_announced_by_the_service_and_stays():
    story = told("jso", RECEIVED, Imagined("first_response.sent", day(30), {"form": "email"}))
    assert states(story) == {"first_response.respond": "met_late"}
    assert [(each.number, each.event.type) for each in story.happened] == [
        (1, "complaint.received"),
        (None, "term.breached"),
        (2, "first_response.sent"),
    ]


def test_what_lies_after_as_of_has_not_happened():
    story = told("jso", RECEIVED, ANSWERED, as_of=1)
    assert states(story) == {"first_response.respond": "pending"}
    assert len(story.happened) == 1


def test_refused_event_is_told_and_the_story_goes_on():
    early = Imagined("dissatisfaction.received", day(1))
    story = told("jso", RECEIVED, early, ANSWERED, Imagined("dissatisfaction.received", day(4)))
    assert [(each.number, each.reason.code) for each in story.refusals] == [(2, "not-possible-now")]
    assert story.refusals[0].reason.possible
    assert states(story)["director_review.respond_again"] == "overdue"


def test_a_receipt_that_could_not_be_filed_is_refused():
    story = told("jso", Imagined("complaint.received", day(1), {"conduct_on": day(3).date().isoformat()}))
    [refused] = story.refusals
    assert [(each.pointer, each.code) for each in refused.reason.faults] == [("/conductOn", "after-receipt")]
    assert story.dossier is None


def test_overdue_term_opens_the_next_stage():
    """X-08: nobody is locked out by silence."""
    story = told("jso", RECEIVED, Imagined("dissatisfaction.received", day(20)))
    assert not story.refusals


def test_lacking_content_is_refused_with_every_fault():
    story = told("klikklaar", RECEIVED, Imagined("complaint.acknowledged", day(1), {"form": "phone"}))
    assert {fault.code for fault in story.refusals[0].reason.faults} == {"written-required", "content-missing"}
    assert states(story)["handling.acknowledge"] == "overdue"


def test_roles_are_checked_only_when_they_are_given():
    notice = {"form": "email", "content": ["handling_term"]}
    story = told(
        "klikklaar",
        RECEIVED,
        Imagined("complaint.acknowledged", day(1), notice, roles=("board",)),
        Imagined("complaint.acknowledged", day(2), notice, roles=("chair",)),
    )
    assert [(each.number, each.reason.code) for each in story.refusals] == [(2, "role-required")]
    assert states(story)["handling.acknowledge"] == "met"


def test_the_same_person_may_not_decide_twice():
    """KK-27: the decider of an appeal is another one."""
    chair, reasons = uuid4(), {"form": "email", "content": ["reasons"], "verdict": "not_upheld"}
    story = (
        RECEIVED,
        Imagined("party.heard", day(2), {"party": "subject_of_complaint"}),
        Imagined("decision.sent", day(3), reasons, by=chair, roles=("chair",)),
        Imagined("objection.received", day(4)),
    )
    again = Imagined("appeal_decision.sent", day(5), {"verdict": "upheld"}, by=chair, roles=("appeal_committee",))
    other = Imagined("appeal_decision.sent", day(5), {"verdict": "upheld"}, by=uuid4(), roles=("appeal_committee",))
    assert [each.number for each in told("klikklaar", *story, again).refusals] == [5]
    assert not told("klikklaar", *story, other).refusals


def test_extension_finds_its_term():
    facts = {"form": "email", "content": ["reasons"], "until": "2026-07-01"}
    story = told("bijstand-naar-werk", RECEIVED, Imagined("extension.notified", day(7), facts))
    assert story.dossier is not None
    due = {term.key: term.due_on for term in story.dossier.terms}
    assert due["handling.handle"] == date(2026, 7, 1)


def test_correction_points_at_a_place_in_the_story():
    """Refused events and announced ones do not shift what a correction is about."""
    wrong = Imagined("complaint.withdrawn", day(25))
    corrected = Imagined("event.corrected", day(26), {"corrects": 3, "annul": True, "content": ["reasons"]})
    story = told("jso", RECEIVED, Imagined("complaint.reopened", day(1)), wrong, corrected)
    assert [each.number for each in story.refusals] == [2]
    assert story.dossier is not None
    assert story.dossier.situation.state == "open"


def test_corrected_receipt_takes_back_the_breach():
    moved = (AT + timedelta(days=20)).isoformat()
    correction = Imagined("event.corrected", day(21), {"corrects": 1, "occurred_at": moved, "content": ["reasons"]})
    story = told("jso", RECEIVED, correction, as_of=22)
    types = [each.event.type for each in story.happened]
    assert types == ["complaint.received", "term.breached", "event.corrected", "term.breach_superseded"]
    assert states(story) == {"first_response.respond": "pending"}


def test_the_channel_decides_what_comes_in():
    """KK-03: what is said by phone is a signal."""
    story = told("klikklaar", Imagined("complaint.received", AT, {"channel": "phone"}))
    assert story.happened[0].event.type == "signal.received"
    assert told("klikklaar", Imagined("complaint.received", AT, {"channel": "portal"})).refusals


def test_external_stage_needs_the_earlier_one():
    """Events without a step of their own are bound by the stages too."""
    decided = {"form": "email", "content": ["reasons"]}
    early = told("hss", RECEIVED, Imagined("escalation.requested", day(1)))
    assert [each.number for each in early.refusals] == [2]
    late = told(
        "hss",
        RECEIVED,
        Imagined("party.heard", day(1), {"party": "complainant"}),
        Imagined("decision.sent", day(2), decided),
        Imagined("escalation.requested", day(3)),
        Imagined("external_decision.received", day(9)),
    )
    assert not late.refusals
    assert late.dossier is not None
    assert late.dossier.situation.runs[-1].answer is not None


@pytest.mark.parametrize("procedure", BY_ID)
@pytest.mark.parametrize("event", EVENTS)
def test_bare_event_is_taken_or_refused_never_an_error(procedure: str, event: str):
    received = Imagined("complaint.received", AT)
    alone, after = told(procedure, Imagined(event, AT)), told(procedure, received, Imagined(event, day(1)))
    assert bool(alone.refusals) == (alone.dossier is None)
    assert after.dossier is not None
    assert after.dossier.next_steps


def test_empty_story():
    story = told("jso")
    assert (story.dossier, story.happened, story.refusals) == (None, (), ())


@pytest.mark.parametrize("procedure", shipped(), ids=lambda each: each.procedure)
def test_table_says_what_a_story_says(procedure: Procedure):
    table = due_dates(procedure, calendar_for(), 2026)
    assert len(table.rows) == 365
    for row in table.rows[::30]:
        at = datetime(row.received_on.year, row.received_on.month, row.received_on.day, 11, tzinfo=UTC)
        story = simulate(procedure, calendar_for(), [Imagined("complaint.received", at)], at)
        assert story.dossier is not None
        due = {term.key: (term.due_on, term.act_by) for term in story.dossier.terms}
        expected = dict(zip((each.key for each in table.promises), row.due, strict=True))
        assert due.items() <= expected.items()


def test_promises_in_words():
    words = {each.key: each.words for each in promises(BY_ID["hss"])}
    assert words["handling.hand_over"]["nl"].startswith("op de dag van ontvangst van de klacht zelf")
    assert words["handling.acknowledge"]["en"] == "within 7 working days after receipt of the complaint"
    back = {each.key: each.words["nl"] for each in promises(BY_ID["so-trainingsbureau"])}
    assert back["disputes_committee.last_documents"] == "uiterlijk 5 werkdagen voor de hoorzitting"


def test_what_would_take_too_long_is_refused():
    """Anyone may send a procedure of their own."""
    duty = {"within": {"amount": 2000, "unit": "working_days"}, "after": ("complaint.received", "measure.recorded")}
    jso = BY_ID["jso"]
    duties = tuple(jso.stages[0].duties[1].model_copy(update={"duty": f"d{each}"}) for each in range(30))
    heavy = tuple(Duty.model_validate({**each.model_dump(), **duty}) for each in duties)
    procedure = jso.model_copy(update={"stages": (jso.stages[0].model_copy(update={"duties": heavy}), *jso.stages[1:])})
    story = [RECEIVED, *(Imagined("measure.recorded", day(each)) for each in range(20))]
    with pytest.raises(Invalid):
        simulate(procedure, calendar_for(), story, day(30))
    with pytest.raises(Invalid):
        due_dates(procedure, calendar_for(), 2026)


@pytest.mark.parametrize("procedure", shipped(), ids=lambda each: each.procedure)
def test_a_long_story_is_not_too_long(procedure: Procedure):
    names = [name for name in EVENTS if name not in ("complaint.received", "term.due_soon")]
    story = [RECEIVED, *(Imagined(names[each % len(names)], day(each)) for each in range(1, 100))]
    assert simulate(procedure, calendar_for(), story, day(100)).dossier is not None


@pytest.mark.proves("KK-14")
def test_what_somebody_else_did_is_no_step_before_the_answer():
    """Whoever takes a step is taken to be who may, unless the story says who it was."""
    heard, decided = {"party": "subject_of_complaint"}, {"form": "email", "verdict": "upheld", "content": ["reasons"]}
    answer = Imagined("decision.sent", day(3), decided)
    by_chair = BY_ID["klikklaar"].model_dump(mode="json", by_alias=True)
    next(each for each in by_chair["stages"] if each["before_answer"])["before_answer"][0]["by"] = ["chair"]
    for rules in (BY_ID["klikklaar"], read_mapping(by_chair)):
        for roles, refused in ((("responsible_employee",), [3]), (("chair",), []), (None, [])):
            events = (RECEIVED, Imagined("party.heard", day(2), heard, roles=roles), answer)
            story = simulate(rules, calendar_for(), events, day(9))
            assert [each.number for each in story.refusals] == refused, (rules.procedure, roles)
