"""Events -> standing: stage, terms, what is owed, what may happen next. check(new event) is the gate to it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.admissibility import Proposal, doubt, proposals
from app.domain.body import Body
from app.domain.cached import cached
from app.domain.calendar import Calendar, local_date
from app.domain.callers import SERVICE, Actor
from app.domain.cases import cases, only_the_body, why_not_in
from app.domain.checklist import Item, checklist, counts, interest_asked, skippable, waits_for
from app.domain.counting import Counting
from app.domain.duties import (
    ANSWER_AGAIN,
    Obligation,
    channels_asked,
    obligations,
    owed_in,
)
from app.domain.errors import Fault, NotPossible
from app.domain.events import ANSWERS, EVENTS, Event, corrected
from app.domain.external import remarks, standing_remarks
from app.domain.gate import independent, why_not_now
from app.domain.lengthening import extension_faults
from app.domain.next_step import NextStep, steps_in
from app.domain.openings import routes_outside, why_skipped, window_closed_on
from app.domain.procedure import Ground, Procedure
from app.domain.receipts import missed
from app.domain.representation import authority_missing, guardian_missing, unknown_parties
from app.domain.retention import Retention, retention
from app.domain.roles import with_stand_ins
from app.domain.setting import setting_of
from app.domain.situation import Situation
from app.domain.stage import Stage
from app.domain.steps import BY_EVENT, IN_CASES, possible, why_not
from app.domain.terms import Term, counting_of, terms
from app.domain.undelivered import undelivered
from app.domain.verdicts import ordered_measures
from app.domain.view import View
from app.domain.wholeness import could_be_else

_OF_A_RUNNING_TERM = ("extension.notified", "term.suspended", "term.resumed")
_OF_UNTIL = ("/until", "/consent")
# SO-13: what was handled before is another complaint, that has ended. The register may not go back that far.
_EARLIER = {
    "unknown": ("earlier-complaint-unknown", "the earlier complaint is not in this register; is the reference right?"),
    "open": ("earlier-complaint-open", "the earlier complaint is still being handled"),
}
# Steps that are done to something in the complaint, and are no use without it.
_SOMETHING = frozenset({"measure-completions", "party-removals", "reclassifications", "waivers"})
# What may skip the stage before it, with the reason.
_MAY_SKIP = frozenset(
    {"formal_review.requested", "dissatisfaction.received", "objection.received", "escalation.requested"}
)
# What says something of this complaint, beside what its place in the procedure says.
_OF_ITS_OWN = _MAY_SKIP | {*ANSWERS}
# What only a body can record, in a case that it opened.
_OF_BODIES = frozenset({"dossier.requested"})
# What is handed over once the dossier was.
_AFTER_DOSSIER = frozenset({"escalation-answers", "dossier-parts"})


class Dossier:
    """A complaint's events read through its procedure as of one instant. A value: recording makes a new one."""

    def __init__(self, procedure: Procedure, calendar: Calendar, events: tuple[Event, ...], now: datetime) -> None:
        self.procedure = procedure
        self.calendar = calendar
        self.events = events
        self.now = now
        self.situation = Situation(procedure, events)

    @cached
    def counting(self) -> Counting:
        """How everything of this complaint is counted."""
        return counting_of(self.procedure, self.calendar)

    @cached
    def terms(self) -> tuple[Term, ...]:
        return terms(self.situation, self.counting, self.now)

    @cached
    def view(self) -> View:
        return View(self.situation, self.terms, self.now, self.counting)

    @cached
    def proposals(self) -> tuple[Proposal, ...]:
        found = proposals(self.situation, self.calendar)
        return tuple(replace(each, notice_due_on=self._notice_due_on(each.ground)) for each in found)

    def _notice_due_on(self, ground: Ground) -> date | None:
        """BNW-07, SO-17: by when it would have to be told that it is not handled, if that were decided now.

        Its term begins with the receipt and is there only once that is decided, which may be too late.
        """
        if not self.situation.is_open or self.situation.admissibility != "undecided":
            return None
        facts = {"decision": "decline", "ground": ground.ground}
        declined = self.with_event(Event("admissibility.decided", self.now, facts, sequence=len(self.events) + 1))
        told = (term.due_on for term in declined.open_terms if "inadmissibility.notified" in term.duty.met_by)
        return min(filter(None, told), default=None)

    @cached
    def checklist(self) -> tuple[Item, ...]:
        """What comes before the answer of the stage that it is in."""
        return checklist(self.situation)

    @cached
    def obligations(self) -> tuple[Obligation, ...]:
        return obligations(self.situation)

    def as_of(self, at: datetime) -> "Dossier":
        """As it was then, by what is known now: what happened later is left out, what was corrected is corrected."""
        then = [event for event in self.situation.events if event.occurred_at <= at and event.type != "event.corrected"]
        return Dossier(self.procedure, self.calendar, tuple(then), at)

    @property
    def next_due_on(self) -> date | None:
        """The first last day of what is owed now."""
        return min((term.due_on for term in self.open_terms if term.due_on), default=None)

    @property
    def next_act_by(self) -> date | None:
        """The first day by which somebody has to act."""
        return min((term.act_by for term in self.open_terms if term.act_by), default=None)

    @property
    def retention(self) -> Retention:
        return retention(self.situation, self.calendar)

    @property
    def next_steps(self) -> tuple[NextStep, ...]:
        """What may happen now."""
        there, met, late = steps_in(setting_of(self.situation)), self._met_by_event(), self.situation.late_answer
        found = tuple(
            [
                self._next((self._late_steps(event) if event == late else there)[step.name, event], met.get(event, ()))
                for step, event in possible(self.view)
                if step.name not in _SOMETHING or self._has(step.name)
            ]
        )
        return tuple(each for each in found if each.cases or each.step not in IN_CASES) if self._escalated else found

    def _has(self, step: str) -> bool:
        """Whether there is something to do this to. Without it the step is refused at the field that names it."""
        situation = self.situation
        if step == "measure-completions":
            measures = situation.open_measures
            return bool(measures) and bool(measures - ordered_measures(situation).keys())
        if step == "party-removals":
            return situation.has_parties
        if step == "reclassifications":
            return could_be_else(situation)
        return bool(self.obligations) or bool(skippable(situation))

    def _waits_for(self, event: str) -> tuple[str, ...]:
        situation = self.situation.awaiting(event)
        items = self.checklist if situation is self.situation else checklist(situation)
        return waits_for(situation, items, self.proposals)

    @property
    def _escalated(self) -> bool:
        return self.situation.last_of("escalation.requested") is not None

    def _late_steps(self, event: str) -> Mapping[tuple[str, str], NextStep]:
        return steps_in(setting_of(self.situation.awaiting(event)))

    def _met_by_event(self) -> dict[str, tuple[str, ...]]:
        """Which open terms each event would meet."""
        met: dict[str, tuple[str, ...]] = {}
        for term in self.open_terms:
            for event in term.duty.met_by:
                met[event] = (*met.get(event, ()), term.key)
        return met

    def _next(self, there: NextStep, meets: tuple[str, ...]) -> NextStep:
        """With what this complaint adds to it, where it does: there are twenty of these in a reading."""
        step, event, roles = there.step, there.event, there.roles
        if not (meets or event in _OF_ITS_OWN or step in IN_CASES or (roles and self.situation.involved)):
            return there
        return there._replace(
            roles=with_stand_ins(self.situation, roles) if roles else (),
            meets=meets,
            content=self._with_skipping(event, there.content) if event in _MAY_SKIP else there.content,
            cases=self._cases(step, event) if step in IN_CASES else (),
            waits_for=self._waits_for(event) if event in ANSWERS else (),
        )

    def _with_skipping(self, event: str, content: tuple[str, ...]) -> tuple[str, ...]:
        """With the reason, where this leads on only by skipping the stage before it."""
        return (*content, "skip_reason") if why_skipped(self.view, event) else content

    def _cases(self, step: str, event: str) -> tuple[str, ...]:
        if event == "measure.completed":
            return tuple(dict.fromkeys(ordered_measures(self.situation).values()))
        there = (case for case in cases(self.situation) if not (step in _AFTER_DOSSIER and case.awaits_dossier))
        open_to = (case for case in there if not only_the_body(case, event))
        return tuple(case.id for case in open_to if why_not_in(case, event) is None)

    @property
    def bodies_open(self) -> tuple[Body, ...]:
        """The outside bodies that the complainant may go to now."""
        named = {stage.body for stage in routes_outside(self.view)}
        return tuple(body for body in self.procedure.bodies if body.body in named)

    @cached
    def open_terms(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.is_open)

    def stage_of(self, event: str) -> Stage | None:
        """The stage of which this event is: that which still owes it, or ends with it; else the one it is in."""
        owing = [term.stage for term in self.open_terms if event in term.duty.met_by]
        here = self.situation.stage
        return owing[-1] if owing and here not in owing else self.situation.awaiting(event).stage

    def roles_of(self, event: str) -> tuple[str, ...]:
        """The roles whose event this is in that stage; none: anyone's."""
        owed = owed_in(setting_of(self.situation.awaiting(event)))[event] if event in BY_EVENT else None
        return tuple(dict.fromkeys(with_stand_ins(self.situation, owed.roles))) if owed and owed.roles else ()

    def check(self, event: Event, actor: Actor) -> None:
        """Refuses an event that is not possible now. Raises Forbidden, Invalid or NotPossible."""
        if reason := why_not_now(self._view_for(event), event, actor, self._faults(event)):
            raise self.refusal(reason)

    def refusal(self, reason: str) -> NotPossible:
        """409, with what may be done instead."""
        return NotPossible(f"This is not possible now: {reason}.", possible=self.instead)

    @property
    def instead(self) -> list[dict[str, str]]:
        """The next steps that wait for nothing and that the organisation can record, as a refusal names them."""
        steps = (each for each in self.next_steps if not each.waits_for and each.event not in _OF_BODIES)
        return [{"step": each.step, "event": each.event} for each in steps]

    def _view_for(self, event: Event) -> View:
        """A notice of extension that was sent in time extends the term that ran then, answered or not since; a pause
        that has run out by now could be ended while it lasted (X-02)."""
        late = self.situation.received_at <= event.occurred_at < self.now
        if not late or event.type not in _OF_A_RUNNING_TERM:
            return self.view
        if event.type == "term.resumed" and why_not(self.view, event.type) is None:
            return self.view
        return replace(self.view, terms=self.as_of(event.occurred_at).terms)

    def _faults(self, event: Event) -> Iterator[Fault]:
        """What is wrong with an event only in the light of what it would do."""
        wrong = self.situation.corrected_by(event)
        if event.type != "event.corrected" and self._undoes_breach(event):
            sentence = "a breach was recorded; say why this is registered only now"
            yield Fault("/lateRegistrationReason", "reason-missing", sentence)
        elif wrong is not None and wrong.type == "extension.notified" and "until" in event.facts.get("facts", {}):
            yield from self._lengthening_faults(wrong, event)

    def _undoes_breach(self, event: Event) -> bool:
        """Whether a breach in the ledger would not stand: what happened in time is registered too late (X-02, X-04)."""
        explained = "late_registration_reason" in event.facts.get("content", ())
        if explained or self.situation.last_of("term.breached") is None:
            return False
        at = min(event.occurred_at, self.now)
        after = self.with_event(replace(event, occurred_at=at, sequence=len(self.events) + 1))
        before = {each.sequence for each in self.breaches_superseded()}
        return any(each.sequence not in before for each in after.breaches_superseded())

    def _lengthening_faults(self, wrong: Event, correction: Event) -> Iterator[Fault]:
        """An extension may not become by correction what it could not have been."""
        known = tuple(event for event in self.events if event.sequence < wrong.sequence)
        before = Dossier(self.procedure, self.calendar, known, self.now)
        meant = corrected(wrong, correction)
        if meant is not None:
            found = extension_faults(before.view, meant)
            yield from (replace(fault, pointer="/changes/until") for fault in found if fault.pointer in _OF_UNTIL)

    def with_event(self, event: Event) -> "Dossier":
        return Dossier(self.procedure, self.calendar, (*self.events, event), self.now)

    def breaches_to_record(self) -> tuple[Term, ...]:
        """Terms whose breach happened and is not in the ledger yet."""
        return tuple(term for term in self.terms if term.breached and term.breach_recorded is None)

    def breaches_superseded(self) -> tuple[Event, ...]:
        """Recorded breaches that a correction or a late registration has made untrue."""
        standing = {term.breach_recorded.sequence for term in self.terms if term.breached and term.breach_recorded}
        gone = {event.facts["supersedes"] for event in self.situation.all_of("term.breach_superseded")}
        return tuple(event for event in self.situation.all_of("term.breached") if event.sequence not in standing | gone)

    def warnings_to_record(self) -> tuple[Term, ...]:
        """Open terms whose warning is due and was not given for this due date."""
        return tuple(
            term
            for term in self.terms
            if term.state.value == "pending" and term.warn_at and term.warn_at <= self.now and term.warned is None
        )

    def warnings(self, actor: Actor = SERVICE) -> tuple[dict[str, Any], ...]:
        """What is odd but not refused: expected steps that were skipped, a repeated decider, too old a complaint."""
        run = self.situation.run
        owed = self.checklist if run is not None and run.answer is None else ()
        found = [
            {"code": "step-expected", "message": each.sentence}
            for each in owed
            if each.is_open and each.step.expected_only
        ]
        if run is not None and run.answer is None and interest_asked(self.situation):
            message = (
                "whether something of value is at stake is not recorded (interest); a step before the answer asks it"
            )
            found.append({"code": "interest-unknown", "message": message})
        if any(each.duty == ANSWER_AGAIN for each in self.obligations):
            message = "it was taken up again after its answer: another is owed, by no set day"
            found.append({"code": "answer-again", "message": message})
        if authority_missing(self.situation):
            message = "the written authority of the representative is not there yet"
            found.append({"code": "authority-missing", "message": message})
        if guardian_missing(self.situation):
            message = "nobody speaks for the child any more; say who does (parties)"
            found.append({"code": "guardian-missing", "message": message})
        if why := missed(self.situation):
            found.append({"code": "receipt-withheld", "message": why})
        if self.situation.is_open and self.situation.handler_involved:
            message = "whoever handled it turned out to be involved; somebody else has to (assignments)"
            found.append({"code": "handler-needed", "message": message})
        stage = self.situation.stage
        if stage is not None and stage.independent_of and not independent(self.situation, stage, actor.staff_id):
            found.append({"code": "same-decider", "message": "the same person decided the earlier stage"})
        found += [
            {"code": "admissibility", "message": p.sentence}
            for p in self.proposals
            if self.situation.admissibility == "undecided"
        ]
        found += [{"code": code, "message": message} for code, message in standing_remarks(self.situation)]
        found += [{"code": "letter-not-delivered", "message": _lost(letter)} for letter in undelivered(self.situation)]
        return tuple(found)

    def remarks(self, event: Event, actor: Actor = SERVICE) -> tuple[dict[str, Any], ...]:
        """What is odd about an event that is about to be recorded by that one."""
        asked = channels_asked(self.situation, event)
        message = f"the procedure asks to send this by: {', '.join(asked)}; it counts all the same"
        found = [{"code": "channel-not-asked", "message": message}] if asked else []
        found += [
            {
                "code": "does-not-count",
                "message": f"recorded; as {item.step.step} before the answer it counts only from: {', '.join(item.by)}",
            }
            for item in self.checklist
            if item.is_open and item.is_this(event) and not counts(item, actor)
        ]
        last = window_closed_on(replace(self.view, now=event.occurred_at), event.type)
        if last is not None:
            found.append({"code": "late", "message": f"this was possible until {last.isoformat()}; it is recorded"})
        earlier = _EARLIER.get(event.facts.get("earlier_state", ""))
        if earlier is not None:
            found.append({"code": earlier[0], "message": earlier[1]})
        if strangers := ", ".join(unknown_parties(self.situation, event)):
            message = f"nobody in this complaint is: {strangers}; say who it is (parties)"
            found.append({"code": "party-unknown", "message": message})
        if unknown := doubt(self.situation, event):
            found.append({"code": "conduct-unknown", "message": unknown})
        found += [{"code": code, "message": message} for code, message in remarks(self.situation, self.counting, event)]
        return tuple(found)


def _lost(letter: Event) -> str:
    what = f"{EVENTS[letter.type][1]} of {local_date(letter.occurred_at).isoformat()}"
    return f"a letter did not arrive ({what}); send it again by its delivery, or write anew"
