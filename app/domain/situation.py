"""Events -> situation: where a complaint stands, before any term is counted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from app.domain.cached import cached
from app.domain.calendar import local_date
from app.domain.conditions import met, told_by
from app.domain.duty import Condition, Duty
from app.domain.events import INTAKE, Event, effective
from app.domain.index import Index
from app.domain.moments import RESOLVED, Moment, moments
from app.domain.procedure import Procedure
from app.domain.runs import (
    Run,
    answer_late,
    answers,
    end_here,
    here_in,
    lapse,
    lapses,
    lately,
    left_behind,
    lies_with,
    silent_in,
    take_up,
)
from app.domain.stage import Opening, Stage

# what says anew as what it is registered
_RECLASSIFIED = ("signal.promoted", "complaint.reclassified")
# what is known of the complaint itself
_DESCRIBING = ("register.updated", "signal.promoted", "complaint.reclassified")
_NOT_DESCRIBING = ("given", "emptied", "to", "ground")
_KIND_AT_INTAKE = {"signal.received": "signal", "enquiry.received": "enquiry"}
_OPENS = ("complaint.reopened", "signal.promoted", "complaint.reclassified")
# What ends the handling, and what takes it up again.
ENDS = {
    "complaint.withdrawn": "withdrawn",
    "complaint.closed": "closed",
    "inadmissibility.notified": "inadmissible",
    "complaint.purged": "purged",
}

Made = TypeVar("Made")


class Situation:
    """What the ledger says, read through the procedure. Everything is derived when asked for; nothing is kept twice."""

    def __init__(self, procedure: Procedure, events: tuple[Event, ...], passed: tuple[Run, ...] | None = None) -> None:
        """`passed`: the stages gone through, where they are known already."""
        self.procedure = procedure
        self.recorded = events
        self._passed = passed
        self.events = effective(events)
        self.moments: tuple[Moment, ...] = moments(self.events)
        self._made: dict[Callable[[Situation], Any], Any] = {}

    def once(self, make: "Callable[[Situation], Made]") -> Made:
        """What `make` makes of this, made once: a situation does not change."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[no-any-return]

    @cached
    def _by_type(self) -> Index[Event]:
        return Index(self.events, lambda event: event.type)

    # Asked for fifty times in a reading: so these are the index's own.
    @cached
    def all_of(self) -> Callable[..., list[Event]]:
        """The events of these types, in their order."""
        return self._by_type.of

    @cached
    def last_of(self) -> Callable[..., Event | None]:
        """The last event of these types."""
        return self._by_type.last

    @cached
    def moments_of(self) -> Callable[..., list[Moment]]:
        """The moments of these names, in their order."""
        return Index(self.moments, lambda moment: moment.name).of

    def corrected_by(self, event: Event) -> Event | None:
        """What a correction is about, as it is understood now; None when it is none, or about nothing that stands."""
        corrects = event.facts.get("corrects") if event.type == "event.corrected" else None
        return next((each for each in self.events if each.sequence == corrects), None)

    @cached
    def intake(self) -> Event:
        return next(event for event in self.events if event.type in INTAKE)

    @cached
    def receipt(self) -> Event:
        """What it counts as received by: the promotion of a signal is the receipt of the complaint (SO-09, KK-06).

        The first one: a complaint that was called a signal in between was received before.
        """
        made = next((moment.event for moment in self.moments if moment.name == "complaint.received"), None)
        return made if made is not None and made.type == "signal.promoted" else self.intake

    def is_again(self, moment: Moment) -> bool:
        """Whether this promotes what was a complaint already: it goes on where it was."""
        return moment.name == "signal.promoted" and moment.event is not self.receipt

    @property
    def received_at(self) -> datetime:
        return self.receipt.occurred_at

    @cached
    def kind(self) -> str:
        changed = self.last_of(*_RECLASSIFIED)
        if changed is not None:
            return str(changed.facts.get("to", "complaint"))
        return _KIND_AT_INTAKE.get(self.intake.type) or str(self.intake.facts.get("kind", "complaint"))

    @cached
    def was_complaint(self) -> bool:
        """Whether it is a complaint, or was one before it was reclassified."""
        return self.kind == "complaint" or any(moment.name == "complaint.received" for moment in self.moments)

    @cached
    def runs(self) -> tuple[Run, ...]:
        """The stages gone through, in order; the last one that did not lapse is where the complaint is now."""
        if self._passed is not None:
            return self._passed
        runs: list[Run] = []
        for moment in self.moments:
            # One event may be the answer of a stage and open the next: an advice, on which the board decides.
            here = here_in(runs)
            if here is not None and answers(runs[here], moment):
                runs[here] = replace(runs[here], answer=moment.event, taken_up=False)
            elif here is not None and moment.name == "complaint.reopened":
                take_up(runs, here)
            elif here is not None and lapses(runs[here], moment):
                lapse(runs, here, moment.event)
            elif moment.name in self.procedure.answers:
                answer_late(runs, moment)
            stage = self._opened_by(moment, runs)
            if stage is not None:
                end_here(runs, moment.event)
                runs.append(Run(stage, moment.event))
        return tuple(runs)

    def _opened_by(self, moment: Moment, runs: list[Run]) -> Stage | None:
        if runs and (runs[-1].opened is moment.event or self.is_again(moment)):
            return None
        for stage, opening in self.procedure.ways.get(moment.name, ()):
            if lies_with(stage, moment.event) and self._leads_on(opening, moment, runs):
                return stage
        return self._stands_in(moment)

    def _stands_in(self, moment: Moment) -> Stage | None:
        """The gate let a case with a body begin; what is corrected before it later takes nothing from it."""
        if moment.name != "escalation.requested":
            return None
        return next((each for each in self.procedure.stages if each.body and lies_with(each, moment.event)), None)

    def _leads_on(self, opening: Opening, moment: Moment, runs: list[Run]) -> bool:
        skips = opening.without_earlier_stage and moment.event.facts.get("skips")
        followed = any(run.stage.stage in opening.after for run in lately(runs))
        if opening.after and not skips and not followed and not self._left_before(moment):
            return False
        return opening.when is None or self._as_of(moment, runs).holds(opening.when)

    def _left_before(self, moment: Moment) -> bool:
        """Whether a complaint goes to an external body that the organisation had made something else of."""
        if moment.name != "escalation.requested":
            return False
        before = [event for event in self.all_of(*_RECLASSIFIED) if event.sequence < moment.event.sequence]
        return bool(before) and before[-1].facts.get("to", "complaint") != "complaint"

    def _as_of(self, moment: Moment, runs: list[Run]) -> "Situation":
        """As it was when this happened: what is learned later opens no other stage."""
        known = tuple(event for event in self.events if event.sequence <= moment.event.sequence)
        return Situation(self.procedure, known, tuple(runs))

    @cached
    def run(self) -> Run | None:
        here = here_in(self.runs)
        return None if here is None else self.runs[here]

    @cached
    def late_answer(self) -> str | None:
        """The answer of a stage that went on by silence, and may still come; none where the next ends with the same."""
        late = silent_in(self.runs)
        answer = self.runs[late].stage.answer if late is not None else None
        here = self.stage.answer if self.stage else None
        return answer.event if answer is not None and not (here and here.event == answer.event) else None

    def awaiting(self, event: str) -> "Situation":
        """As it is for this event: in the stage that it answers, late as that may be."""
        late = silent_in(self.runs) if event == self.late_answer else None
        if late is None:
            return self
        inside = (*self.runs[:late], replace(self.runs[late], last_sequence=None))
        return Situation(self.procedure, self.recorded, inside)

    @cached
    def stage(self) -> Stage | None:
        return self.run.stage if self.run else None

    def runs_of(self, names: tuple[str, ...]) -> list[Run]:
        return [run for run in self.runs if run.stage.stage in names]

    @cached
    def state(self) -> str:
        """open, withdrawn, closed, inadmissible or purged.

        A case with a body opens it; one that comes to nothing leaves it as it was.
        """
        opened = {run.opened.sequence for run in self.runs}
        lapsed = {run.lapsed.sequence: run.opened.sequence for run in self.runs if run.lapsed}
        state, before = "open", dict[int, str]()
        for event in self.events:
            if event.type in ENDS:
                state = ENDS[event.type]
            elif event.sequence in lapsed and state == "open":
                state = before.get(lapsed[event.sequence], state)
            elif event.sequence in opened or event.type in _OPENS:
                before[event.sequence] = state
                state = "open"
        return state

    def ended_in(self, run: Run) -> str:
        """As `state`, at the end of that passage: what ended in it stays ended there when a review opens it again."""
        if run.last_sequence is None:
            return self.state
        changed = (event for event in reversed(self.all_of(*ENDS, *_OPENS)) if run.covers(event))
        last = next(changed, None)
        return ENDS.get(last.type, "open") if last else "open"

    @cached
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def public_status(self) -> str:
        """JSO-10, KK-22: the two values that people see."""
        return "in_progress" if self.is_open else "handled"

    @property
    def closed_at(self) -> datetime | None:
        """The last closing (A-30), whatever ended it."""
        ended = self.endings
        return ended[-1].occurred_at if ended and not self.is_open else None

    @cached
    def endings(self) -> list[Event]:
        """Whatever ended the handling, each time."""
        return self.all_of(*ENDS)

    @cached
    def _assigned(self) -> UUID | None:
        """To whom it was given last in this stage; a new stage starts without."""
        assigned = self.last_of("complaint.assigned")
        if assigned is None or (self.run and not self.run.covers(assigned)):
            return None
        return UUID(assigned.facts["staff_id"])

    @property
    def handler_involved(self) -> bool:
        """BNW-11: whether whoever handled it turned out to be involved, and nobody else was assigned since."""
        return self.procedure.handler_not_involved and self._assigned in self.involved

    @property
    def handler_id(self) -> UUID | None:
        """Who handles it in this stage; who turns out to be involved is none."""
        return None if self.handler_involved else self._assigned

    @property
    def standing_holds(self) -> frozenset[int]:
        """Sequences of the legal holds and parallel routes that were not lifted."""
        lifted = {event.facts.get("lifts") for event in self.all_of("legal_hold.lifted")}
        placed = self.all_of("legal_hold.placed", "parallel_route.recorded")
        return frozenset(event.sequence for event in placed if event.sequence not in lifted)

    @property
    def open_measures(self) -> set[int]:
        """Sequences of the measures that were not carried out."""
        done = {event.facts.get("measure") for event in self.all_of("measure.completed")}
        return {event.sequence for event in self.all_of("measure.recorded")} - done

    @property
    def has_parties(self) -> bool:
        """Whether anybody is in the complaint still."""
        return bool(self.present)

    @cached
    def present(self) -> frozenset[str]:
        """The roles of who is in the complaint still: was named in it, and neither removed nor replaced."""
        named = (each for event in self.events if event.texts for each in event.texts.get("parties", ()))
        return frozenset(each["role"] for each in named if each.get("id") not in self.gone)

    @cached
    def gone(self) -> frozenset[str]:
        """Ids of the parties who left the complaint, or whose place was taken by what is known of them now."""
        removed = (event.facts.get("party_id") for event in self.all_of("party.removed"))
        replaced = (each for event in self.all_of("register.updated") for each in event.facts.get("replaces", ()))
        return frozenset(filter(None, (*removed, *replaced)))

    @cached
    def involved(self) -> frozenset[UUID]:
        return frozenset(UUID(event.facts["staff_id"]) for event in self.all_of("involvement.declared"))

    @cached
    def verdict(self) -> str | None:
        answered = next(
            (run.answer for run in reversed(self.runs) if run.answer and run.answer.facts.get("verdict")), None
        )
        return answered.facts["verdict"] if answered else None

    @cached
    def admissibility(self) -> str:
        decided = self.last_of("admissibility.decided")
        if decided is None:
            return "inadmissible" if self.last_of("inadmissibility.notified") else "undecided"
        return "admissible" if decided.facts["decision"] == "handle" else "inadmissible"

    @cached
    def formal_answer(self) -> Event | None:
        """The first answer to the complaint as one."""
        return next((run.answer for run in self.runs if run.stage.kind == "formal" and run.answer is not None), None)

    @property
    def ground(self) -> str | None:
        decided = self.last_of("admissibility.decided")
        return decided.facts.get("ground") if decided else None

    @cached
    def described(self) -> Mapping[str, Any]:
        """What is known of the complaint now: the intake, with the later additions to the register over it."""
        known = dict(self.intake.facts)
        for event in self.all_of(*_DESCRIBING):
            known |= {name: value for name, value in event.facts.items() if name not in _NOT_DESCRIBING}
        return known

    @cached
    def given(self) -> frozenset[str]:
        """Names of the register fields that are filled in; the values themselves are texts (or columns)."""
        given = set(self.intake.facts.get("given", ()))
        for event in self.all_of("register.updated", "signal.promoted", "party.added"):
            given = given - set(event.facts.get("emptied", ())) | set(event.facts.get("given", ()))
        return frozenset(given)

    @property
    def interest(self) -> str:
        return str(self.described.get("interest", "none"))

    @property
    def conduct_on(self) -> date | None:
        known = self.described.get("conduct_on")
        return date.fromisoformat(known) if known else None

    @property
    def received_on(self) -> date:
        return local_date(self.received_at)

    def holds(self, condition: Condition | None) -> bool:
        """True when every word of the condition holds now."""
        return condition is None or met(condition, self)

    @cached
    def duties(self) -> tuple[Duty, ...]:
        """The duties of the stage it is in that apply now, and of those before it what nothing here is met by."""
        owed = list(self.procedure.duties_of(self.stage)) if self.stage else []
        for run in self.runs[:-1]:
            if run.stage.kind != "external" and run.stage is not self.stage:
                met_here = {event for duty in owed for event in duty.met_by}
                owed += [
                    duty
                    for duty in self.procedure.duties_of(run.stage)
                    if met_here.isdisjoint(duty.met_by) and not left_behind(self.runs, run, duty)
                ]
        return tuple(duty for duty in owed if self.holds(duty.when) and not self.excuses(duty))

    def excuses(self, duty: Duty) -> bool:
        """Whether what the duty is not owed for holds now."""
        return duty.unless is not None and self.holds(duty.unless)

    def told_of(self, conditions: Iterable[Condition]) -> Iterable[Event]:
        """The events by which such a condition may have come true, or stopped being so."""
        types = told_by(conditions)
        return self.events if types is None else self.all_of(*_DESCRIBING, *types)

    def through(self, day: date) -> "Situation":
        """As it was at the end of that day, by what is known now to have happened by then."""
        return Situation(self.procedure, tuple(e for e in self.events if local_date(e.occurred_at) <= day))

    def before(self, at: datetime, sequence: int = 0) -> "Situation":
        """As it was just before that instant, by what is known now; of that very instant with what the ledger has
        before that sequence."""
        then = (
            each for each in self.events if each.type in INTAKE or (each.occurred_at, each.sequence) < (at, sequence)
        )
        return Situation(self.procedure, tuple(then))

    @property
    def resolved(self) -> bool:
        """Settled, and not taken up again since."""
        last = self.last_of("complaint.closed", "complaint.reopened")
        return last is not None and last.facts.get("outcome") in RESOLVED

    @property
    def duplicate(self) -> bool:
        """Closed as another complaint that was registered twice, and not taken up again since."""
        last = self.last_of("complaint.closed", "complaint.reopened")
        return last is not None and last.facts.get("outcome") == "duplicate" and not self.is_open

    @property
    def committee_advises(self) -> bool:
        """Whether a committee advises on it (Awb 9:11), at intake or later; an expert's advice is another."""
        asked = (event.facts.get("party", "committee") for event in self.all_of("advice.requested"))
        return bool(self.described.get("committee_advises")) or "committee" in asked
