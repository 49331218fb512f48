"""What may happen to a complaint, and when: one row per step, each with the rules that open it.

A step is a path segment of the API (`acknowledgements`) and the event it records. A rule looks at the dossier and says
None, or in one sentence why not now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.domain.calendar import local_date
from app.domain.cases import cases, open_cases, why_not_in
from app.domain.duty import Suspension
from app.domain.events import Event
from app.domain.intake import kinds
from app.domain.openings import is_complaint, not_withdrawn, opens_stage, was_complaint
from app.domain.runs import Run
from app.domain.situation import Situation
from app.domain.terms import Term
from app.domain.termstate import TermState
from app.domain.verdicts import why_bound
from app.domain.view import View

Rule = Callable[[View, str], str | None]


@dataclass(frozen=True, slots=True)
class Step:
    """`events` are what it can record; the procedure's stage says which one fits. `actor` says whose step it is.

    An `ender` ends a stage that has no answer yet, a `namer` says what it is: whoever gives the answer of the stage. A
    step of the `body` may be taken by the external body itself, or by staff for one that wrote a letter.
    """

    name: str
    events: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    actor: str = "anyone"


def is_open(view: View, _: str) -> str | None:
    return None if view.situation.is_open else f"the complaint is {view.situation.state}"


def is_handled(view: View, _: str) -> str | None:
    return "the complaint is still open" if view.situation.is_open else None


def can_be_promoted(view: View, _: str) -> str | None:
    return (
        None if view.situation.kind in ("signal", "enquiry") else "only a signal or an enquiry can become a complaint"
    )


def has_grounds(view: View, _: str) -> str | None:
    return (
        None
        if view.situation.procedure.admissibility.grounds
        else "this procedure has no such ground: every complaint is handled"
    )


def declined(view: View, _: str) -> str | None:
    return (
        None
        if view.situation.admissibility == "inadmissible"
        else "it was not decided that the complaint is not handled"
    )


def unanswered(view: View, _: str) -> str | None:
    """What the organisation answered as a complaint is one: nobody takes the way on from it away (JSO-12, KK-26)."""
    answer = view.situation.formal_answer
    answered = answer is not None and local_date(answer.occurred_at) <= local_date(view.now)
    return "it was answered as a complaint already; a mistake is put right by a correction" if answered else None


def has_other_kinds(view: View, _: str) -> str | None:
    others = set(kinds(view.situation.procedure)) - {view.situation.kind}
    return None if others else "this procedure knows nothing else that it could be"


def answers_stage(view: View, event: str) -> str | None:
    """The answer of the stage it is in, once."""
    run = view.situation.run
    if run is None or run.stage.answer is None or run.stage.answer.event != event:
        return "the stage that the complaint is in does not end with this"
    if run.is_decided:
        return "this stage was answered already; a mistake is put right by a correction"
    if refused_in(view.situation, run):
        return "it was decided that the complaint is not handled; to handle it after all, decide that first"
    return None


def refused_in(situation: Situation, run: Run) -> bool:
    """Whether the last word in this passage, or since it was taken up again, is that it is not handled."""
    last = situation.last_of("admissibility.decided", "complaint.reopened")
    refused = last is not None and last.facts.get("decision") == "decline"
    return last is not None and refused and run.covers(last)


def has_extendable_term(view: View, _: str) -> str | None:
    return None if extendable(view) else "no running term may be extended under this procedure"


def extendable(view: View) -> list[Term]:
    return [term for term in view.terms if term.is_open and term.duty.extension is not None]


def may_suspend(view: View, event: str) -> str | None:
    return None if suspensions(view, event) else "this procedure does not let the clock stand still"


def suspensions(view: View, event: str) -> list[Suspension]:
    """The rules by which this event stops the clock of an open term."""
    return [rule for term in view.terms if term.is_open for rule in term.duty.suspension if event in rule.starts_on]


def is_suspended(view: View, event: str) -> str | None:
    found = any(
        term.state is TermState.suspended and any(event in rule.ends_on for rule in term.duty.suspension)
        for term in view.terms
    )
    return None if found else "no term is suspended"


def mediating(view: View, _: str) -> str | None:
    last = view.situation.last_of("mediation.started", "mediation.ended")
    return None if last is not None and last.type == "mediation.started" else "no mediation is going on"


def has_hold(view: View, _: str) -> str | None:
    return None if view.situation.standing_holds else "nothing holds the dossier"


def information_asked(view: View, _: str) -> str | None:
    return None if view.situation.last_of("information.requested") else "no information was requested"


def advice_asked(view: View, _: str) -> str | None:
    return None if view.situation.last_of("advice.requested") else "no advice was requested"


def has_parallel_routes(view: View, _: str) -> str | None:
    return None if view.situation.procedure.parallel_routes else "this procedure names no other route"


def not_bound(view: View, _: str) -> str | None:
    """JSO-17: a decision that binds both sides ends the internal route."""
    bound = why_bound(view.situation)
    return bound.en if bound else None


def no_open_case(view: View, _: str) -> str | None:
    """The organisation cannot close a complaint over a case that lies with a body."""
    if not open_cases(view.situation):
        return None
    return "an external body still has this complaint: it decides, or the complainant withdraws it there"


def case_allows(view: View, event: str) -> str | None:
    """Whether one of the cases with a body is in a state for this."""
    reasons = [why_not_in(case, event) for case in cases(view.situation)]
    if not reasons:
        return "no external body has this complaint"
    return None if None in reasons else reasons[-1]


HANDLING = (is_open, is_complaint)
IN_CASE = (case_allows,)
STEPS: tuple[Step, ...] = (
    Step("acknowledgements", ("complaint.acknowledged",), (is_open,), "handler"),
    Step("hand-overs", ("complaint.handed_over",), (is_open,)),
    Step("forwardings", ("complaint.forwarded",), (is_open,)),
    Step("assignments", ("complaint.assigned",), (is_open,)),
    Step("promotions", ("signal.promoted",), (is_open, can_be_promoted)),
    Step("reclassifications", ("complaint.reclassified",), (is_open, unanswered, has_other_kinds), "namer"),
    Step("subject-notices", ("subject.informed",), (is_open,)),
    Step("agreed-routes", ("route.agreed",), (is_open,)),
    Step("admissibility-decisions", ("admissibility.decided",), (*HANDLING, has_grounds, unanswered), "admissibility"),
    Step("inadmissibility-notices", ("inadmissibility.notified",), (*HANDLING, declined), "handler"),
    Step("information-requests", ("information.requested",), (is_open,)),
    Step("information-answers", ("information.received",), (is_open, information_asked)),
    Step("hearings", ("party.heard", "hearing.scheduled"), (is_open,)),
    Step("board-consultations", ("board.consulted",), (is_open,)),
    Step("advice-requests", ("advice.requested",), HANDLING),
    Step("advices", ("advice.received",), (*HANDLING, advice_asked)),
    Step("mediations", ("mediation.started",), HANDLING),
    Step("mediation-endings", ("mediation.ended",), (is_open, mediating)),
    Step("extensions", ("extension.notified",), (*HANDLING, has_extendable_term), "handler"),
    Step("suspensions", ("term.suspended",), (*HANDLING, may_suspend), "handler"),
    Step("resumptions", ("term.resumed",), (*HANDLING, is_suspended), "handler"),
    Step(
        "responses",
        ("first_response.sent", "second_response.sent", "informal_outcome.recorded"),
        (is_open, answers_stage),
        "handler",
    ),
    Step("formal-review-requests", ("formal_review.requested",), (not_withdrawn, is_complaint, not_bound, opens_stage)),
    Step("decisions", ("decision.sent",), (*HANDLING, answers_stage), "handler"),
    Step("decision-copies", ("decision.copied",)),
    Step("dissatisfactions", ("dissatisfaction.received",), (not_withdrawn, is_complaint, not_bound, opens_stage)),
    Step("objections", ("objection.received",), (not_withdrawn, is_complaint, not_bound, opens_stage)),
    Step("appeal-decisions", ("appeal_decision.sent",), (*HANDLING, answers_stage), "handler"),
    Step("withdrawals", ("complaint.withdrawn",), (not_withdrawn,)),
    Step("closures", ("complaint.closed",), (is_open, no_open_case), "ender"),
    Step("reopenings", ("complaint.reopened",), (is_handled,)),
    Step("corrections", ("event.corrected",)),
    Step("involvements", ("involvement.declared",)),
    Step("waivers", ("step.waived",), (is_open,), "handler"),
    Step("measures", ("measure.recorded",)),
    Step("measure-completions", ("measure.completed",)),
    Step("recurrence-reviews", ("recurrence_review.completed",), (is_handled,), "reviewer"),
    Step("parallel-routes", ("parallel_route.recorded",), (has_parallel_routes,)),
    Step("legal-holds", ("legal_hold.placed",)),
    Step("legal-hold-releases", ("legal_hold.lifted",), (has_hold,)),
    Step("parties", ("party.added",)),
    Step("party-removals", ("party.removed",)),
    Step("register", ("register.updated",), (), "register_keeper"),
    Step("escalations", ("escalation.requested",), (not_withdrawn, was_complaint, opens_stage), "body"),
    Step("escalation-dispatches", ("escalation.dispatched",), IN_CASE),
    Step("escalation-acknowledgements", ("external.acknowledged",), IN_CASE, "body"),
    Step("escalation-declinations", ("external.declined",), IN_CASE, "body"),
    Step("escalation-questions", ("external.questioned",), IN_CASE, "body"),
    Step("escalation-answers", ("external.answered",), IN_CASE),
    Step("escalation-hearings", ("hearing.scheduled",), IN_CASE, "body"),
    Step("escalation-decisions", ("external_decision.received",), IN_CASE, "body"),
    Step("escalation-decision-answers", ("decision.answered",), IN_CASE),
    Step("escalation-measure-completions", ("measure.completed",), IN_CASE),
    Step("escalation-settlements", ("external.settled",), IN_CASE, "body"),
    Step("escalation-withdrawals", ("escalation.withdrawn",), IN_CASE, "body"),
    Step("dossier-requests", ("dossier.requested",), IN_CASE, "body"),
    Step("dossier-parts", ("dossier.sealed",), IN_CASE),
)
# A hearing is planned by the organisation as a rule; the one of a body says in which case.
BY_EVENT: Mapping[str, Step] = {event: step for step in reversed(STEPS) for event in step.events}
BY_NAME: Mapping[str, Step] = {step.name: step for step in STEPS}


def step_of(event: Event) -> Step | None:
    """The step that records this very event."""
    if event.type == "hearing.scheduled" and "escalation_id" in event.facts:
        return BY_NAME["escalation-hearings"]
    return BY_EVENT.get(event.type)


def why_not(view: View, event: str, step: Step | None = None) -> str | None:
    """None when the event is possible now, else the first reason that it is not."""
    for rule in (step or BY_EVENT[event]).rules:
        if (reason := rule(view, event)) is not None:
            return reason
    return None


def possible(view: View) -> tuple[tuple[Step, str], ...]:
    """Every step that may be taken now, with the event it would record."""
    stage = view.situation.stage
    # a review that was opened by silence is answered as such; what came before it is only registered with its day
    late = view.situation.late_answer if stage is not None and stage.kind == "external" else None
    found = []
    for each in _LISTED[bool(cases(view.situation)), view.situation.is_open]:
        step, event = each
        seen = view if event != late else answering(view, event)
        for rule in step.rules:
            if rule(seen, event) is not None:
                break
        else:
            found.append(each)
    return tuple(found)


def answering(view: View, event: str) -> View:
    """The view for this event, which may be the late answer of a stage that is over."""
    situation = view.situation.awaiting(event)
    return view if situation is view.situation else replace(view, situation=situation)


IN_CASES = frozenset(step.name for step in STEPS if case_allows in step.rules)
_EACH = tuple((step, event) for step in STEPS for event in step.events)
# By whether a body has it, and whether it is open: what need not be looked at is not.
_LISTED = {
    (outside, opened): tuple(
        (step, event)
        for step, event in _EACH
        if (outside or step.name not in IN_CASES) and (opened or is_open not in step.rules)
    )
    for outside in (False, True)
    for opened in (False, True)
}
