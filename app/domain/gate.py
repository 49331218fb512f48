"""check(new event): may this happen now, by this person? Refuses with what is missing or what is possible instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.admissibility import proposals
from app.domain.calendar import Period, add, calendar_for, local_date
from app.domain.callers import Actor
from app.domain.duties import missing_steps, obligations, roles_for, shortcomings, with_stand_ins
from app.domain.errors import Fault, Forbidden, Invalid, NotPossible
from app.domain.events import ANNOUNCED, Event
from app.domain.intake import filled_in
from app.domain.limits import extension_in_time
from app.domain.procedure import Extension, Procedure, Stage
from app.domain.situation import Situation
from app.domain.steps import BY_EVENT, View, extendable, openings, possible, suspensions, why_closed, why_not
from app.domain.terms import Term

_CLOCK_SLACK = timedelta(minutes=5)


def check(view: View, event: Event, actor: Actor) -> None:
    """Raises Forbidden, Invalid or NotPossible; returns when the event may be recorded.

    Order: may it happen in this stage at all, is it this person's to do, is it whole, is it its turn.
    """
    # A letter that came in before the window closed was in time, whenever it is registered.
    at_the_time = replace(view, now=event.occurred_at)
    if reason := why_not(at_the_time, event.type):
        raise refusal(view, reason)
    _check_actor(view, event, actor)
    if faults := tuple(_faults(view, event)):
        raise Invalid("This step lacks something.", faults=faults)
    if reason := _too_soon(at_the_time, event, actor):
        raise refusal(view, reason)


def refusal(view: View, reason: str) -> NotPossible:
    """409, with what may be done instead."""
    instead = [{"step": step.name, "event": event} for step, event in possible(view)]
    return NotPossible(f"This is not possible now: {reason}.", possible=instead)


def _check_actor(view: View, event: Event, actor: Actor) -> None:
    step = BY_EVENT[event.type]
    roles = roles_for(view, step.actor, event.type)
    if not actor.holds(roles):
        raise Forbidden(
            f"This step is for {' or '.join(roles)}. An integration names the employee with onBehalfOf.",
            code="role-required",
        )
    if view.situation.procedure.handler_not_involved and actor.staff_id in view.situation.involved:
        raise Forbidden("Whoever is involved in a complaint may not act on it.", code="involved")


def _faults(view: View, event: Event) -> Iterator[Fault]:
    yield from _instant_faults(view, event)
    yield from shortcomings(view.situation, event)
    yield from _FAULTS.get(event.type, _none)(view, event)


def _none(view: View, event: Event) -> Iterator[Fault]:
    return iter(())


def _instant_faults(view: View, event: Event) -> Iterator[Fault]:
    if event.occurred_at > view.now + _CLOCK_SLACK:
        yield Fault("/occurredAt", "in-the-future", "nothing is recorded before it happened")
    elif local_date(event.occurred_at) < local_date(view.situation.intake.occurred_at):
        yield Fault("/occurredAt", "before-receipt", "this is before the day on which it was received")
    for term in view.terms:
        if _undoes_breach(term, event) and "late_registration_reason" not in event.facts.get("content", ()):
            yield Fault(
                "/lateRegistrationReason",
                "reason-missing",
                "a breach was recorded; say why this is registered only now",
            )
            return


def _undoes_breach(term: Term, event: Event) -> bool:
    """Whether the breach in the ledger would not stand after this: what happened in time was registered too late."""
    if term.breach_recorded is None or term.breach_at is None or not term.is_open:
        return False
    return event.occurred_at < term.breach_at and bool(_types(event) & _moves(term, event))


def _types(event: Event) -> set[str]:
    """What the event amounts to. A final answer closes too, and that closing was judged with it."""
    if event.facts.get("answered_by"):
        return set()
    return {event.type, "complaint.closed"} if event.facts.get("final") else {event.type}


def _moves(term: Term, event: Event) -> set[str]:
    """What would meet, end or lengthen the term."""
    duty = term.duty
    extends = duty.extension is not None and event.facts.get("extends", term.key) == term.key
    pauses = (name for rule in duty.suspension for name in rule.starts_on)
    return {*duty.met_by, *duty.lapses_on, *pauses, *(["extension.notified"] if extends else [])}


def _admissibility_faults(view: View, event: Event) -> Iterator[Fault]:
    content = event.facts.get("content", ())
    if event.facts["decision"] == "handle":
        return
    grounds = {ground.ground: ground for ground in view.situation.procedure.admissibility.grounds}
    ground = grounds.get(event.facts.get("ground", ""))
    if ground is None:
        yield Fault("/ground", "ground-unknown", f"one of: {', '.join(grounds)}")
    elif ground.needs_reference and not event.facts.get("earlier_complaint"):
        yield Fault("/earlierComplaint", "reference-missing", "name the earlier complaint")
    if "reasons" not in content:
        yield Fault("/reasons", "content-missing", "a refusal gives its reasons")


def _extension_faults(view: View, event: Event) -> Iterator[Fault]:
    term = extended_term(view, event)
    if term is None:
        yield Fault("/term", "term-unknown", f"one of: {', '.join(term.key for term in extendable(view))}")
        return
    rule = term.duty.extension or Extension()
    content = event.facts.get("content", ())
    until, period = event.facts.get("until"), event.facts.get("period")
    if (until is None) == (period is None):
        yield Fault("/until", "new-date-missing", "give the new date or the period of the extension, one of the two")
    elif until is not None and term.due_on is not None and until <= term.due_on.isoformat():
        yield Fault("/until", "not-later", "the new date is not after the present one")
    if rule.reason and "reasons" not in content:
        yield Fault("/reasons", "content-missing", "an extension gives its reasons")
    yield from _extension_form(rule, event)
    yield from _extension_limits(view.situation, rule, term, event)


def _extension_form(rule: Extension, event: Event) -> Iterator[Fault]:
    if rule.form == "written" and not event.written:
        yield Fault("/form", "written-required", "the extension is told in writing")
    told = event.facts.get("notified", ("complainant",))
    for party in rule.notify:
        if party not in told:
            yield Fault("/notified", "party-not-told", f"the extension is told to: {party}")


def _extension_limits(situation: Situation, rule: Extension, term: Term, event: Event) -> Iterator[Fault]:
    consent = event.facts.get("consent")
    beyond = _beyond(situation, rule, term, event)
    if rule.consent and not consent:
        yield Fault("/consent", "consent-missing", "the complainant has to agree to an extension")
    elif beyond and not rule.further_with_consent:
        yield Fault("/until", "too-long", beyond)
    elif beyond and consent != "written":
        yield Fault("/consent", "consent-missing", f"{beyond}; longer needs the complainant's written consent")


def _beyond(situation: Situation, rule: Extension, term: Term, event: Event) -> str | None:
    earlier = [e for e in situation.all_of("extension.notified") if e.facts.get("extends") == term.key]
    if rule.times is not None and len(earlier) >= rule.times:
        return f"the term may be extended {rule.times} time(s)"
    if rule.at_most is not None and _longer_than(rule, term, event):
        return f"an extension is at most {rule.at_most.amount} {rule.at_most.unit}"
    return None


def _longer_than(rule: Extension, term: Term, event: Event) -> bool:
    if rule.at_most is None or term.due_on is None:
        return False
    plain = calendar_for()
    limit = add(plain, term.due_on, rule.at_most)
    until, period = event.facts.get("until"), event.facts.get("period")
    if until is not None:
        return bool(until > limit.isoformat())
    return period is not None and add(plain, term.due_on, Period.model_validate(period)) > limit


def extended_term(view: View, event: Event) -> Term | None:
    """The term that an extension is about: the one it names, or the only one there is."""
    found = [term for term in extendable(view) if event.facts.get("extends") in (None, term.key)]
    return found[0] if len(found) == 1 or (found and event.facts.get("extends")) else None


def _suspension_faults(view: View, event: Event) -> Iterator[Fault]:
    rules = suspensions(view, event.type)
    fitting = [rule for rule in rules if rule.cause == event.facts.get("cause", rule.cause)]
    if not fitting:
        causes = ", ".join(sorted({rule.cause for rule in rules}))
        yield Fault("/cause", "cause-unknown", f"one of: {causes}")
    elif all(rule.consent for rule in fitting) and not event.facts.get("consent"):
        yield Fault("/consent", "consent-missing", "the clock only stands still when both sides agree")


def _reclassification_faults(view: View, event: Event) -> Iterator[Fault]:
    if event.facts["to"] == view.situation.kind:
        yield Fault("/to", "same-kind", "it is registered as this already")


def _correction_faults(view: View, event: Event) -> Iterator[Fault]:
    wrong = next((e for e in view.situation.recorded if e.sequence == event.facts["corrects"]), None)
    if wrong is None or wrong.type in (*ANNOUNCED, "event.corrected"):
        yield Fault("/corrects", "not-correctable", "there is no such event, or it corrects or announces another")
    elif wrong is view.situation.recorded[0] and event.facts.get("annul"):
        yield Fault("/annul", "not-correctable", "the receipt itself is moved, not annulled; withdraw or close instead")
    moved = event.facts.get("occurred_at")
    if moved and datetime.fromisoformat(moved) > view.now + _CLOCK_SLACK:
        yield Fault("/occurredAt", "in-the-future", "nothing is recorded before it happened")
    if wrong is not None:
        yield from _corrected_word_faults(view.situation.procedure, wrong, event.facts.get("facts", {}))


def _corrected_word_faults(procedure: Procedure, wrong: Event, changes: Mapping[str, Any]) -> Iterator[Fault]:
    """A correction says nothing that the procedure did not let in the first time (KK-23)."""
    rules = procedure.intake
    answers = (stage.answer for stage in procedure.stages if stage.answer is not None)
    allowed: dict[str, list[str] | None] = {
        "verdict": [word for answer in answers if answer.event == wrong.type for word in answer.verdicts],
        "complainant_type": [each.type for each in rules.complainants],
        "category": [*rules.categories, *(each.category for each in rules.out_of_scope)] if rules.categories else None,
    }
    for name, words in allowed.items():
        if name in changes and words is not None and changes[name] not in words:
            pointer = "/changes/" + {"complainant_type": "complainantType"}.get(name, name)
            known = f"one of: {', '.join(words)}" if words else f"there is no {name} here"
            yield Fault(pointer, "not-in-procedure", known)


def _waiver_faults(view: View, event: Event) -> Iterator[Fault]:
    """X-09: only a step that is still owed can be skipped."""
    run = view.situation.run
    steps = {step.step: step for step in run.stage.before_answer if step.waivable} if run else {}
    owed = {*steps, *(owed.duty for owed in obligations(view.situation))}
    if event.facts["step"] not in owed:
        yield Fault("/step", "step-unknown", f"one of: {', '.join(sorted(owed))}" if owed else "nothing is owed now")
        return
    step = steps.get(event.facts["step"])
    if step is not None and step.waiver_grounds and event.facts.get("ground") not in step.waiver_grounds:
        yield Fault("/ground", "ground-missing", f"one of: {', '.join(step.waiver_grounds)}")
    if "reasons" not in event.facts.get("content", ()):
        yield Fault("/reasons", "content-missing", "say why it is skipped")


def _route_faults(view: View, event: Event) -> Iterator[Fault]:
    routes = [route.route for route in view.situation.procedure.parallel_routes]
    if event.facts["route"] not in routes:
        yield Fault("/route", "route-unknown", f"one of: {', '.join(routes)}")


def _hold_faults(view: View, event: Event) -> Iterator[Fault]:
    held = {each.sequence for each in view.situation.all_of("legal_hold.placed", "parallel_route.recorded")}
    if event.facts["lifts"] not in held:
        yield Fault("/lifts", "hold-unknown", "this is not the sequence of a hold or of a parallel route")


def _measure_faults(view: View, event: Event) -> Iterator[Fault]:
    if event.facts["measure"] not in {each.sequence for each in view.situation.all_of("measure.recorded")}:
        yield Fault("/measure", "measure-unknown", "this is not the sequence of a measure")


def _promotion_faults(view: View, event: Event) -> Iterator[Fault]:
    rules = view.situation.procedure.intake
    if rules.promotion_grounds and event.facts.get("ground") not in rules.promotion_grounds:
        yield Fault("/ground", "ground-missing", f"one of: {', '.join(rules.promotion_grounds)}")
    if rules.promotion_form == "written" and not event.written:
        yield Fault("/form", "written-required", "it becomes a complaint when it is put in writing")


def _closing_faults(view: View, event: Event) -> Iterator[Fault]:
    """JSO-09, KK-21: what the register must hold before a complaint is closed (a withdrawn one needs none of it)."""
    situation = view.situation
    if situation.kind != "complaint":
        return
    known = filled_in(known_fields(situation) | _said_by_closing(event))
    for field in situation.procedure.register_.required_at_closing:
        if field not in known and not (field == "verdict" and event.facts.get("outcome") != "handled"):
            yield Fault(f"/register/{field}", "register-field-missing", f"the register needs {field} before closing")


def _said_by_closing(event: Event) -> set[str]:
    """The day of a closing is the date of handling; how is told with it, or by the answer that closes (JSO-09)."""
    told = {"handling_method"} if event.facts.get("answered_by") else set()
    return {"handled_on", "outcome", *told, *event.facts.get("given", ())}


def known_fields(situation: Situation) -> set[str]:
    """The register fields that the dossier answers, given or derived."""
    # what came in is the first of the correspondence
    known = set(situation.given) | {"received_on", "status", "channel", "correspondence"}
    if situation.verdict is not None:
        known |= {"verdict", "outcome"}
    if situation.last_of(*_ANSWERS):
        known |= {"handled_on", "outcome"}
    if situation.last_of("measure.recorded"):
        known |= {"measures", "improvements"}
    return known


_ANSWERS = (
    "first_response.sent",
    "second_response.sent",
    "informal_outcome.recorded",
    "decision.sent",
    "appeal_decision.sent",
)

_FAULTS = {
    "admissibility.decided": _admissibility_faults,
    "extension.notified": _extension_faults,
    "complaint.reclassified": _reclassification_faults,
    "term.suspended": _suspension_faults,
    "event.corrected": _correction_faults,
    "complaint.closed": _closing_faults,
    "step.waived": _waiver_faults,
    "parallel_route.recorded": _route_faults,
    "legal_hold.lifted": _hold_faults,
    "measure.completed": _measure_faults,
    "signal.promoted": _promotion_faults,
}


def _too_soon(view: View, event: Event, actor: Actor) -> str | None:
    if event.type in _ANSWERS:
        return _answer_too_soon(view, event, actor)
    return _NOT_NOW.get(event.type, _never)(view, event)


def _skips_without_reason(view: View, event: Event) -> str | None:
    """SO-28, A-34: the earlier stage comes first, unless the complainant cannot or will not and says so."""
    if "skip_reason" in event.facts.get("content", ()):
        return None
    reasons = [why_closed(view, opening) for _, opening in openings(view.situation, event.type)]
    return None if None in reasons else f"{reasons[0]}; it can be skipped for a reason (skipReason)"


def _never(view: View, event: Event) -> str | None:
    return None


def _answer_too_soon(view: View, event: Event, actor: Actor) -> str | None:
    situation = view.situation
    stage = situation.stage
    missing = [step for step in missing_steps(situation) if not step.prerequisite.expected_only]
    if missing:
        return "the checklist is incomplete: " + "; ".join(step.sentence for step in missing)
    if situation.admissibility == "undecided" and any(p.must_refuse for p in proposals(situation)):
        return "a ground not to handle it applies; decide on admissibility first"
    if stage is not None and stage.independence == "required" and not independent(situation, stage, actor.staff_id):
        return "whoever decided the earlier stage may not decide this one"
    if stage is not None and stage.outside_staff and set(actor.roles) - set(stage.handled_by):
        return "this is decided by someone who has no other role in the organisation"
    return None


def independent(situation: Situation, stage: Stage, staff_id: UUID | None) -> bool:
    """JSO-12, KK-27: the decider did not decide the stages that this one must be independent of."""
    deciders = {run.answer.actor.staff_id for run in situation.runs_of(stage.independent_of) if run.answer is not None}
    return staff_id not in deciders - {None}


def _extension_too_late(view: View, event: Event) -> str | None:
    """KK-13, C9: told no later than the last day of the running term; the breach stands (A-32)."""
    term = extended_term(view, event)
    if term is None or term.due_on is None or extension_in_time(term.due_on, event.occurred_at):
        return None
    return f"the term ended on {term.due_on.isoformat()}; an extension is told before it ends, and the breach stands"


def _handled_against_rule(view: View, event: Event) -> str | None:
    """BNW-06: what the procedure does not handle is handled only by overriding it, with the reason."""
    must = any(proposal.must_refuse for proposal in proposals(view.situation))
    handled = event.facts["decision"] == "handle"
    if must and handled and "override_reason" not in event.facts.get("content", ()):
        return "the procedure says it is not handled; to handle it after all, say why (overrideReason)"
    return None


def _assigned_in_vain(view: View, event: Event) -> str | None:
    staff_id = UUID(event.facts["staff_id"])
    stage = view.situation.stage
    if staff_id in view.situation.involved:
        return "this person is involved in the complaint"
    handlers = with_stand_ins(view.situation, stage.handled_by if stage else ())
    if handlers and not set(handlers) & set(event.facts.get("roles", ())):
        return f"this stage is handled by: {', '.join(handlers)}"
    if stage is not None and stage.independence == "required" and not independent(view.situation, stage, staff_id):
        return "whoever decided the earlier stage may not handle this one"
    return None


def _closes_early(view: View, event: Event) -> str | None:
    situation = view.situation
    if event.facts.get("outcome") != "handled" or situation.kind != "complaint":
        return None
    if situation.run is None or (situation.run.stage.answer is not None and situation.run.answer is None):
        return "the stage it is in has no answer yet"
    owed = [obligation.duty for obligation in obligations(situation) if not obligation.soft]
    return f"still owed before closing: {', '.join(owed)}" if owed else None


_NOT_NOW = {
    "extension.notified": _extension_too_late,
    "complaint.assigned": _assigned_in_vain,
    "admissibility.decided": _handled_against_rule,
    "complaint.closed": _closes_early,
    "formal_review.requested": _skips_without_reason,
    "dissatisfaction.received": _skips_without_reason,
    "objection.received": _skips_without_reason,
}
