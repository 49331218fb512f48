"""Walks through every shipped procedure: what is said to be possible is accepted, and what was late stays late.

A walk is any order of next steps, days and corrections. It knows no procedure: it does what the dossier says.
"""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.calendar import local_date
from app.domain.checklist import skippable
from app.domain.dossier import Dossier
from app.domain.errors import NotPossible, Refused
from app.domain.events import ANNOUNCED, ANSWERS
from app.domain.intake import kinds
from app.domain.next_step import NextStep
from app.procedures.reading import shipped
from tests.builders import Deed, at, dossier, employee, person, procedure, seen, then

NAMES = sorted(each.procedure for each in shipped())
RECEIVED = {"signal": "signal.received", "enquiry": "enquiry.received"}
# Their bodies are more than form, content and verdict; other tests take them.
APART = {"register.updated", "party.added", "party.removed", "dossier.requested", "extension.notified"}
APART |= {"event.corrected", "complaint.reclassified", "complaint.assigned", "mediation.ended"}
ONWARD = {*ANSWERS, "escalation.requested", "dissatisfaction.received", "objection.received", "signal.promoted"}
ONWARD |= {"formal_review.requested", "hearing.scheduled", "external_decision.received"}
# One by one: not every measure or question is met by the next completion or answer.
SINGLY = ("carry_out", "answer_question")
TAKES_UP = {"complaint.reopened", "signal.promoted", "escalation.requested", "admissibility.decided"}


def told(found: Dossier, event: str) -> dict[str, Any]:
    """What the contract asks for beside what is owed."""
    situation, rules = found.situation, found.procedure
    day = (local_date(found.now) + timedelta(days=9)).isoformat()
    if event == "step.waived":
        return {"step": (*skippable(situation), *(owed.duty for owed in found.obligations))[0]}
    fixed: dict[str, dict[str, Any]] = {
        "signal.promoted": {"ground": next(iter(rules.intake.promotion_grounds), None)},
        "admissibility.decided": {"decision": "handle", "content": ["override_reason"]},
        "hearing.scheduled": {"scheduled_on": day},
        "mediation.started": {"consent": "written"},
        "complaint.closed": {"outcome": "not_a_complaint"},
        "involvement.declared": {"staff_id": str(person("involved")), "roles": []},
        "objection.received": {"ground": "disagrees_with_solution"},
        "measure.completed": {"measure": max(situation.open_measures, default=0)},
        "parallel_route.recorded": {"route": rules.parallel_routes[0].route if rules.parallel_routes else ""},
        "legal_hold.lifted": {"lifts": max(situation.standing_holds, default=0)},
        "escalation.requested": {"escalation_id": f"case-{len(found.events)}"},
        "external.questioned": {"due_on": day},
        "external.answered": {"kind": "defence"},
        "external_decision.received": {"binding_on": list(rules.bodies[0].binding_on) if rules.bodies else []},
    }
    return fixed.get(event, {})


class Walk(RuleBasedStateMachine):
    @initialize(name=st.sampled_from(NAMES), data=st.data(), day=st.integers(0, 700))
    def file(self, name: str, data: st.DataObject, day: int) -> None:
        rules = procedure(name)
        kind = data.draw(st.sampled_from(kinds(rules)))
        channel = data.draw(st.sampled_from([each.channel for each in rules.intake.channels]))
        facts = {"kind": kind, "channel": channel, "form": channel}
        received = at("2026-01-02") + timedelta(days=day)
        self.found = dossier(name, Deed(RECEIVED.get(kind, "complaint.received"), received, facts))

    @rule(days=st.sampled_from((0, 0.3, 1, 3, 8, 31)), onward=st.booleans(), data=st.data())
    def step(self, days: float, onward: bool, data: st.DataObject) -> None:
        before = self.found = seen(self.found, self.found.now + timedelta(days=days))
        steps = [each for each in before.next_steps if each.event not in APART]
        step = data.draw(st.sampled_from((onward and [each for each in steps if each.event in ONWARD]) or steps))
        try:
            self.found = then(before, self.deed(step))
        except NotPossible as refused:
            assert step.waits_for, (step.event, refused.detail)
            return
        assert not step.waits_for
        now = {term.key: term for term in self.found.terms}
        assert not [key for key in step.meets if key in now and now[key].is_open and not any(n in key for n in SINGLY)]
        if not TAKES_UP & {event.type for event in self.found.events[len(before.events) :]}:
            assert not [t.key for t in before.terms if t.breached and not now[t.key].breached]
            assert not [t.key for t in before.terms if t.met_by and not now[t.key].met_by]

    def deed(self, step: NextStep) -> Deed:
        facts = told(self.found, step.event) | ({"escalation_id": step.cases[0]} if step.cases else {})
        facts |= {"verdict": step.verdicts[0]} if step.verdicts else {}
        facts["content"] = sorted({"reasons", "note", *step.content, *facts.get("content", ())})
        return Deed(step.event, self.found.now, facts, employee(step.roles[0]) if step.roles else None)

    @rule(data=st.data(), days=st.sampled_from((-9, -1, 2)), annul=st.booleans())
    def correct(self, data: st.DataObject, days: int, annul: bool) -> None:
        wrong = data.draw(st.sampled_from([e for e in self.found.situation.events if e.type not in ANNOUNCED]))
        moved = min(wrong.occurred_at + timedelta(days=days), self.found.now).isoformat()
        change: dict[str, Any] = {"annul": True} if annul else {"occurred_at": moved}
        facts = {"corrects": wrong.sequence, "content": ["reasons"], **change}
        with suppress(Refused):
            self.found = then(self.found, Deed("event.corrected", self.found.now, facts))

    @invariant()
    def whole(self) -> None:
        found, terms = self.found, {term.key: term for term in self.found.terms}
        assert not found.breaches_to_record() and not found.breaches_superseded()
        gone = {event.facts["supersedes"] for event in found.situation.all_of("term.breach_superseded")}
        stand = [event for event in found.situation.all_of("term.breached") if event.sequence not in gone]
        assert max(Counter((e.facts["term"], e.facts["due_on"]) for e in stand).values(), default=1) == 1
        assert all(terms[e.facts["term"]].breached and e.occurred_at <= (e.recorded_at or found.now) for e in stand)
        possible = {step.event for step in found.next_steps}
        assert not [owed.duty for owed in found.obligations if owed.met_by not in possible]


TestWalks = Walk.TestCase
_EACH = settings(max_examples=settings().max_examples, stateful_step_count=14, derandomize=True)
TestWalks.settings = settings(_EACH, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
