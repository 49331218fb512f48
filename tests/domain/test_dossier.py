"""A dossier as a value: whatever happens in whatever order, these things hold."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.calendar import local_date
from app.domain.dossier import Dossier
from app.domain.errors import Refused
from app.domain.events import Event
from app.domain.next_step import NextStep
from app.domain.openings import openings
from app.domain.termstate import TermState
from tests.builders import Deed, at, did, dossier, due, ledger, owed, person, procedure, seen, then, too_early

SHIPPED = ("jso", "klikklaar", "so-trainingsbureau", "hss", "bijstand-naar-werk")
FURTHER = (
    "municipality",
    "care-provider",
    "school",
    "financial-firm",
    "housing-corporation",
    "childcare",
    "training-institute",
    "workplace",
)
FEW = settings(max_examples=settings().max_examples // 5, suppress_health_check=list(HealthCheck))


def test_a_dossier_tells_what_may_happen_next_and_what_is_owed() -> None:
    found = dossier("jso", did("complaint.received", "2036-04-24"))
    assert found.situation.stage is not None
    assert found.situation.stage.stage == "first_response"
    assert {"responses", "withdrawals", "assignments"} <= {step.step for step in found.next_steps}
    assert "dissatisfactions" not in {step.step for step in found.next_steps}
    assert [(each.duty, each.soft) for each in found.obligations] == [("assign", True)]
    assert [each.key for each in found.open_terms] == ["first_response.respond"]


def test_recording_makes_a_new_value() -> None:
    before = dossier("jso", did("complaint.received", "2036-04-24"))
    after = then(before, did("first_response.sent", "2036-04-25"))
    assert (len(before.events), len(after.events)) == (1, 2)
    assert before.open_terms
    assert not after.open_terms


@pytest.mark.proves("KK-35", "BNW-15", "SO-31")
def test_measures_are_part_of_the_dossier_and_can_be_completed() -> None:
    found = dossier("klikklaar", did("complaint.received", "2036-04-24"), did("measure.recorded", "2036-04-25"))
    found = then(found, did("measure.completed", "2036-05-06", measure=2))
    assert [event.type for event in found.events[1:]] == ["measure.recorded", "measure.completed"]


# Walks: at every turn one of the steps that the dossier itself says are possible.


def fitting(found: Dossier, step: NextStep, draw: Any) -> dict[str, Any]:
    """What the step needs to say, as a well-meaning employee would."""
    facts = owed(found, step.event)
    content = {*facts["content"], "note", "skip_reason", "override_reason", "late_registration_reason"}
    return facts | {"content": sorted(content), "given": register(found), **_of(found, step.event, draw)}


def register(found: Dossier) -> list[str]:
    fields = found.procedure.register_
    return sorted({*fields.required_at_intake, *fields.required_at_closing} - {"verdict"})


def _of(found: Dossier, event: str, draw: Any) -> dict[str, Any]:
    choose = _CHOICES.get(event)
    return choose(found, draw) if choose else {}


def _pick(draw: Any, choices: Any) -> Any:
    known = sorted(choices)
    return draw(st.sampled_from(known)) if known else None


def _extension(found: Dossier, draw: Any) -> dict[str, Any]:
    running = {each.key for each in found.open_terms if each.duty.extension}
    weeks = {"amount": draw(st.integers(1, 6)), "unit": "weeks"}
    told = ["complainant", "subject_of_complaint"]
    return {"extends": _pick(draw, running), "period": weeks, "consent": "written", "notified": told}


def _assignment(found: Dossier, draw: Any) -> dict[str, Any]:
    stage = found.situation.stage
    return {"staff_id": str(person(_pick(draw, "ab"))), "roles": list(stage.handled_by) if stage else []}


def _correction(found: Dossier, draw: Any) -> dict[str, Any]:
    wrong = draw(st.sampled_from(found.events))
    moved = (wrong.occurred_at + timedelta(days=draw(st.integers(-9, 9)))).isoformat()
    how: dict[str, Any] = draw(st.sampled_from([{"annul": True}, {"occurred_at": moved}, {"facts": {"form": "post"}}]))
    return {"corrects": wrong.sequence, **how}


def _waiver(found: Dossier, draw: Any) -> dict[str, Any]:
    stage = found.situation.stage
    steps = {step.step for step in stage.before_answer} if stage else set()
    return {"step": _pick(draw, steps | {each.duty for each in found.obligations} | {"none"})}


def _promotion(found: Dossier, draw: Any) -> dict[str, Any]:
    return {"ground": _pick(draw, found.procedure.intake.promotion_grounds)}


def _coming(found: Dossier, draw: Any) -> str | None:
    days = draw(st.sampled_from([None, 0, 3, 9, 40]))
    return None if days is None else local_date(found.now + timedelta(days=days)).isoformat()


CAUSES = ("repair", "information", "mediation")
_CHOICES: dict[str, Any] = {
    "extension.notified": _extension,
    "complaint.assigned": _assignment,
    "event.corrected": _correction,
    "step.waived": _waiver,
    "signal.promoted": _promotion,
    "complaint.reclassified": lambda found, draw: {"to": _pick(draw, ["complaint", "signal", "out_of_scope"])},
    "admissibility.decided": lambda found, draw: {
        "decision": _pick(draw, ["handle", "decline"]),
        "ground": _pick(draw, {each.ground for each in found.procedure.admissibility.grounds}),
        "earlier_complaint": "X-0000-0000",
    },
    "complaint.closed": lambda found, draw: {
        "outcome": _pick(draw, ["handled", "resolved", "not_a_complaint"]),
        "given": [*register(found), "handling_method"],
    },
    "party.heard": lambda found, draw: {"party": _pick(draw, ["complainant", "subject_of_complaint"])},
    "hearing.scheduled": lambda found, draw: {
        "scheduled_on": (found.now + timedelta(days=draw(st.integers(0, 60)))).date().isoformat()
    },
    "information.requested": lambda found, draw: {
        "cause": _pick(draw, ["information", "repair"]),
        "answer_by": (found.now + timedelta(days=draw(st.integers(0, 30)))).date().isoformat(),
    },
    "information.received": lambda found, draw: {"completes": draw(st.booleans())},
    "mediation.started": lambda found, draw: {"consent": _pick(draw, ["oral", "written"])},
    "term.suspended": lambda found, draw: {"cause": _pick(draw, CAUSES), "consent": "oral"},
    "term.resumed": lambda found, draw: {"cause": _pick(draw, CAUSES)},
    "involvement.declared": lambda found, draw: {"staff_id": str(person("a"))},
    "objection.received": lambda found, draw: {"ground": "disagrees_with_solution"},
    "register.updated": lambda found, draw: {"interest": _pick(draw, ["none", "financial"]), "committee_advises": True},
    "parallel_route.recorded": lambda found, draw: {
        "route": _pick(draw, {each.route for each in found.procedure.parallel_routes})
    },
    "legal_hold.lifted": lambda found, draw: {"lifts": draw(st.sampled_from(found.events)).sequence},
    "measure.recorded": lambda found, draw: {"due_on": _coming(found, draw)},
    "measure.completed": lambda found, draw: {"measure": draw(st.sampled_from(found.events)).sequence},
    "external.questioned": lambda found, draw: {"due_on": _coming(found, draw)},
    "dossier.requested": lambda found, draw: {"due_on": _coming(found, draw)},
    "external.answered": lambda found, draw: {
        "kind": _pick(draw, ["answer", "defence", "documents"]),
        "question": draw(st.sampled_from([None, *(event.sequence for event in ledger(found, "external.questioned"))])),
    },
    "route.agreed": lambda found, draw: {"route": "conversation"},
}  # fmt: skip


def received(name: str, draw: Any) -> Dossier:
    kinds = {"signal": "signal.received", "enquiry": "enquiry.received", "complaint": "complaint.received"}
    known = [kinds[kind] for kind in procedure(name).intake.kinds if kind in kinds]
    conduct = {"conduct_on": draw(st.sampled_from([None, "2036-04-01", "2034-01-01"]))}
    return dossier(name, did(draw(st.sampled_from(known)), "2036-04-24", **conduct))


def moving(found: Dossier) -> list[NextStep]:
    """The steps that lead somewhere; without these a walk dawdles."""
    leads = ("extension.notified", "complaint.closed", "party.heard", "signal.promoted", "event.corrected")
    return [
        step
        for step in found.next_steps
        if step.meets or step.verdicts or step.event in leads or openings(found.situation, step.event)
    ] or list(found.next_steps)


def walk(name: str, draw: Any, turns: int = 8, start: Dossier | None = None) -> list[Dossier]:
    """The dossiers on a random way through a procedure. Nothing but Refused may come of a step that was offered."""
    passed = [start or received(name, draw)]
    for _ in range(draw(st.integers(1, turns))):
        found = seen(passed[-1], passed[-1].now + timedelta(hours=draw(st.integers(0, 24 * 30))))
        assert found.next_steps, "there is always something that may happen"
        step = draw(st.sampled_from(found.next_steps) | st.sampled_from(moving(found)))
        when = max(found.now - timedelta(hours=draw(st.sampled_from([0, 0, 0, 48]))), found.events[0].occurred_at)
        deed = Deed(step.event, when, fitting(found, step, draw), registered=found.now)
        try:
            found = then(found, deed)
        except Refused as refused:
            assert refused.detail
        passed.append(found)
    return passed


@pytest.mark.proves("KK-20", "X-04")
@pytest.mark.parametrize("name", [*SHIPPED, *FURTHER])
@given(data=st.data())
@FEW
def test_any_walk_keeps_an_orderly_ledger(name: str, data: st.DataObject) -> None:
    passed = walk(name, data.draw)
    for before, after in pairwise(passed):
        assert after.events[: len(before.events)] == before.events  # only ever longer
        assert [event.sequence for event in after.events] == list(range(1, len(after.events) + 1))
        assert all(event.recorded_at and event.occurred_at <= event.recorded_at for event in after.events)
        for found in (before, after):
            assert found.breaches_to_record() == ()
            assert found.breaches_superseded() == ()
    assert not too_early(passed[-1])
    _check_breaches(passed[-1])


def _check_breaches(found: Dossier) -> None:
    """Each breach stands in the ledger once for its date, unless the one before it was superseded."""
    standing = [event for event in ledger(found, "term.breached") if event.sequence not in _superseded(found)]
    assert len({(event.facts["term"], event.facts["due_on"]) for event in standing}) == len(standing)
    assert {event.facts["term"] for event in standing} == {each.key for each in found.terms if each.breached}


def _superseded(found: Dossier) -> set[int]:
    return {event.facts["supersedes"] for event in ledger(found, "term.breach_superseded")}


@pytest.mark.parametrize("name", [*SHIPPED, "municipality", "workplace"])
@given(data=st.data())
@FEW
def test_the_same_events_give_the_same_terms(name: str, data: st.DataObject) -> None:
    found = walk(name, data.draw)[-1]
    again = Dossier(found.procedure, found.calendar, found.events, found.now)
    assert again.terms == found.terms
    assert [each.derivation for each in again.terms] == [each.derivation for each in found.terms]
    assert [each.state for each in again.terms] == [each.state for each in found.terms]
    assert again.next_steps == found.next_steps
    assert again.retention == found.retention


UNRELATED = ("measure.recorded", "party.added", "party.removed", "legal_hold.placed", "complaint.forwarded")


@pytest.mark.parametrize("name", [*SHIPPED, "municipality", "workplace"])
@given(data=st.data())
@FEW
def test_what_has_nothing_to_do_with_a_term_moves_no_date(name: str, data: st.DataObject) -> None:
    found = walk(name, data.draw)[-1]
    event = Event(data.draw(st.sampled_from(UNRELATED)), found.now, sequence=len(found.events) + 1)
    after = found.with_event(event)
    assert [(each.key, each.due_on, each.state) for each in after.terms] == [
        (each.key, each.due_on, each.state) for each in found.terms
    ]


@pytest.mark.proves("X-05")
@pytest.mark.parametrize("name", [*SHIPPED, "municipality", "workplace"])
@given(data=st.data())
@FEW
def test_seen_at_an_earlier_instant_nothing_that_came_later_has_happened(name: str, data: st.DataObject) -> None:
    found = walk(name, data.draw)[-1]
    earlier = _between(found.events[0].occurred_at, found.now, data.draw(st.floats(0, 1)))
    for each in Dossier(found.procedure, found.calendar, found.events, earlier).terms:
        if each.state in (TermState.met, TermState.met_late):
            assert each.met_by is not None
            assert each.met_by.occurred_at <= earlier
        if each.state in (TermState.overdue, TermState.met_late):
            assert each.breach_at is not None
            assert each.breach_at <= earlier
        if each.state is TermState.cancelled:
            assert each.ended_at is not None
            assert each.ended_at <= earlier


def _between(first: datetime, last: datetime, part: float) -> datetime:
    return first + (last - first) * part


@pytest.mark.proves("X-05")
@pytest.mark.parametrize("name", [*SHIPPED, "municipality", "workplace"])
@given(data=st.data())
@FEW
def test_a_worker_that_slept_finds_what_a_wakeful_one_found(name: str, data: st.DataObject) -> None:
    """However late the guard looks, the same breaches are in the ledger, with the same instants."""
    found = received(name, data.draw)
    days = sorted(data.draw(st.lists(st.integers(0, 200), min_size=1, max_size=6)))
    wakeful = found
    for number in days:
        wakeful = seen(wakeful, found.now + timedelta(days=number))
    slept = seen(found, found.now + timedelta(days=days[-1]))
    assert _breaches(wakeful) == _breaches(slept)


def _breaches(found: Dossier) -> list[tuple[object, datetime]]:
    return sorted((event.facts["term"], event.occurred_at) for event in ledger(found, "term.breached"))


@pytest.mark.proves("X-01")
def test_other_settings_elsewhere_move_nothing_here() -> None:
    """A dossier is read through its own version: the same events under another version give other dates."""
    old = dossier("jso", did("complaint.received", "2036-04-24"))
    rules = old.procedure.model_dump(by_alias=True)
    rules["stages"][0]["duties"][1]["within"] = {"amount": 3, "unit": "working_days"}
    new = Dossier(type(old.procedure).model_validate(rules), old.calendar, old.events, at("2036-04-25"))
    assert (due(old, "first_response.respond"), due(new, "first_response.respond")) == ("2036-05-01", "2036-04-29")
