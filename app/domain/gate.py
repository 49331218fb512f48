"""May this new event happen now, by this person? Refuses with what is missing, or says why not yet."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from app.domain.admissibility import proposals
from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.cases import ENDS, case_named, cases, only_the_body, why_not_in
from app.domain.checklist import checklist, held_up
from app.domain.duties import obligations
from app.domain.errors import Fault, Forbidden, Invalid
from app.domain.events import ANSWERS, TAKEN_IN, Event
from app.domain.external import why_not_answered, why_not_to
from app.domain.lengthening import extension_too_late
from app.domain.openings import why_skipped
from app.domain.roles import declaring, register_keepers, roles_to_record, with_stand_ins
from app.domain.situation import Situation
from app.domain.stage import Stage
from app.domain.steps import STEPS, case_allows, step_of, why_not
from app.domain.verdicts import why_bound
from app.domain.view import View
from app.domain.wholeness import faults, possible_instant


def why_not_now(view: View, event: Event, actor: Actor, further: Iterable[Fault] = ()) -> str | None:
    """Raises Forbidden or Invalid; None when the event may be recorded, else in a sentence why not now.

    `further`: what else is wrong with it, looked at only when it is whole in itself.
    Order: may it happen in this stage at all, is it this person's to do, is it whole, is it its turn.
    """
    # A letter that came in before the window closed was in time, whenever it is registered.
    now = replace(view, now=possible_instant(view, event))
    view = replace(view, situation=view.situation.awaiting(event.type))
    at_the_time = replace(view, now=now.now)
    if reason := why_not(at_the_time, event.type, step_of(event)):
        # by the stage that it is in: what this would answer late may have been closed before, and a body has it now
        return why_not(now, event.type, step_of(event)) or reason
    _check_actor(view, event, actor)
    if found := tuple(faults(view, event)) or tuple(further):
        raise Invalid("This step lacks something.", faults=found)
    return _too_soon(at_the_time, event, actor)


def _check_actor(view: View, event: Event, actor: Actor) -> None:
    _check_body(view.situation, event, actor)
    _check_declares(view.situation, event, actor)
    _check_clears(view.situation, event, actor)
    roles = roles_to_record(view, event)
    if not actor.holds(roles) and not _own_entry(view.situation, event, actor):
        raise Forbidden(
            f"This step is for {' or '.join(roles)}.{_way_on(view.situation, event, actor)}", code="role-required"
        )
    if view.situation.procedure.handler_not_involved and actor.staff_id in view.situation.involved:
        raise Forbidden("Whoever is involved in a complaint may not act on it.", code="involved")


def _way_on(situation: Situation, event: Event, actor: Actor) -> str:
    wrong = situation.corrected_by(event)
    reopen = " What was withdrawn by mistake is reopened." if wrong and wrong.type == "complaint.withdrawn" else ""
    return reopen if actor.kind == "staff" else f" An integration names the employee with onBehalfOf.{reopen}"


def _own_entry(situation: Situation, event: Event, actor: Actor) -> bool:
    """Whoever took it in puts that right, where nobody keeps the register: an integration, or an employee as long as
    nothing was overdue (what is late does not become in time by who received it).
    """
    wrong = situation.corrected_by(event)
    if wrong is None or wrong.type not in TAKEN_IN or register_keepers(situation.procedure):
        return False
    if actor.kind != "staff":
        return wrong.actor.kind != "staff"
    return wrong.actor == replace(actor, roles=wrong.actor.roles) and not situation.all_of("term.breached")


def _check_clears(situation: Situation, event: Event, actor: Actor) -> None:
    """That somebody is not involved after all is said by a colleague, who answers for it; never by themselves.

    Or by the administrator: where everybody who handles it was called involved nobody else is left to say it.
    """
    wrong = situation.corrected_by(event)
    if wrong is None or wrong.type != "involvement.declared" or actor.kind == "admin":
        return
    if actor.staff_id is None:
        sentence = "An employee says who is not involved after all. An integration names them with onBehalfOf."
        raise Forbidden(sentence, code="role-required")
    if actor.staff_id in situation.involved:
        raise Forbidden("Whoever is involved in a complaint may not act on it.", code="involved")


def _check_declares(situation: Situation, event: Event, actor: Actor) -> None:
    """Whoever is involved no longer sees it: so of colleagues it is said by who deals with it (KK-09, P9)."""
    if event.type != "involvement.declared" or event.facts.get("staff_id") == str(actor.staff_id):
        return
    roles = declaring(situation)
    if actor.kind == "staff" and not actor.holds(roles):
        sentence = f"This step is for {' or '.join(roles)}. Of yourself you may always say it."
        raise Forbidden(sentence, code="role-required")


# What a body records beside the steps that are its own: the measures that it orders, and a new version of its words.
_FROM_BODY = ("measure.recorded", "event.corrected")


def _check_body(situation: Situation, event: Event, actor: Actor) -> None:
    """A body does what is a body's, in its own case; what it said is changed by nobody else."""
    wrong = situation.corrected_by(event)
    if actor.kind != "body":
        if wrong is not None and wrong.actor.kind == "body":
            raise Forbidden("Only the external body that said this may correct it.", code="body-only")
        _check_not_for_the_body(situation, event)
        return
    step = step_of(event)
    own = wrong is None or (wrong.actor.kind == "body" and _case_of(wrong) == _case_of(event))
    if not own or (event.type not in _FROM_BODY and (step is None or step.actor != "body")):
        raise Forbidden("This is not for an external body to record.", code="not-for-bodies")


def _check_not_for_the_body(situation: Situation, event: Event) -> None:
    """Nobody ends a complainant's case in the name of a body that can say so itself."""
    case = case_named(situation, _case_of(event))
    if case is not None and only_the_body(case, event.type):
        sentence = "This body works by API: it says itself what it decides, and a complainant withdraws the case there."
        raise Forbidden(sentence, code="body-only")


def _case_of(event: Event) -> str | None:
    return event.facts.get("escalation_id")


def _too_soon(view: View, event: Event, actor: Actor) -> str | None:
    if event.type in ANSWERS or _ends_stage(view.situation.stage, event):
        return _answer_too_soon(view, event, actor)
    if event.type == "event.corrected":
        return _decided_since(view.situation, event) or _corrected_too_near(view.situation, event, actor)
    return _NOT_NOW.get(event.type, _case_not_ready)(view, event)


def _ends_stage(stage: Stage | None, event: Event) -> bool:
    """Whether the procedure lets its stage in the organisation end with this, which is no answer by its name."""
    answer = stage.answer if stage is not None and stage.kind != "external" else None
    return answer is not None and answer.event == event.type


def _skips_without_reason(view: View, event: Event) -> str | None:
    """SO-28, A-34: the earlier stage comes first, unless the complainant cannot or will not and says so."""
    if "skip_reason" in event.facts.get("content", ()):
        return None
    reason = why_skipped(view, event.type)
    return f"{reason}; it can be skipped for a reason (skipReason)" if reason else None


def _case_not_ready(view: View, event: Event) -> str | None:
    """Why the very case that the event names is in no state for it; what names none is not held up by any."""
    case = case_named(view.situation, _case_of(event)) if event.type in _IN_CASE else None
    if case is None:
        return None
    return why_not_in(case, event.type) or why_not_answered(case, event)


def _answer_too_soon(view: View, event: Event, actor: Actor) -> str | None:
    situation = view.situation
    stage = situation.stage
    proposed = proposals(situation, view.counting.calendar)
    if reason := held_up(situation, checklist(situation, local_date(event.occurred_at)), proposed):
        return reason
    if stage is not None and stage.independence == "required" and not independent(situation, stage, actor.staff_id):
        return "whoever decided the earlier stage may not decide this one"
    if stage is not None and stage.outside_staff and set(actor.roles) - set(stage.handled_by):
        return "this is decided by someone who has no other role in the organisation"
    return None


def _decided_since(situation: Situation, event: Event) -> str | None:
    """JSO-17: a case whose ending is annulled is open again; nothing opens again what was decided in another."""
    wrong = situation.corrected_by(event)
    ended = case_named(situation, _case_of(wrong)) if wrong is not None and wrong.type in ENDS else None
    if ended is None or not event.facts.get("annul"):
        return None
    if bound := why_bound(situation):
        return bound.en
    decided = any(case.body == ended.body and case.decision is not None for case in cases(situation))
    return "the same body decided on this complaint in a later case" if decided else None


def _corrected_too_near(situation: Situation, event: Event, actor: Actor) -> str | None:
    corrects = event.facts["corrects"]
    run = next((run for run in situation.runs if run.answer is not None and run.answer.sequence == corrects), None)
    if run is None or run.stage.independence != "required" or independent(situation, run.stage, actor.staff_id):
        return None
    return "whoever decided the earlier stage may not change what was decided in this one"


def independent(situation: Situation, stage: Stage, staff_id: UUID | None) -> bool:
    """JSO-12, KK-27: the decider did not decide the stages that this one must be independent of."""
    deciders = {run.answer.actor.staff_id for run in situation.runs_of(stage.independent_of) if run.answer is not None}
    return staff_id not in deciders - {None}


def _handled_against_rule(view: View, event: Event) -> str | None:
    """BNW-06: what the procedure does not handle is handled only by overriding it, with the reason."""
    must = any(proposal.must_refuse for proposal in proposals(view.situation, view.counting.calendar))
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
    if not owed:
        return None
    apart = "; record the answer without final, and close the complaint after that"
    return f"still owed before closing: {', '.join(owed)}{apart if event.facts.get('answered_by') else ''}"


_IN_CASE = frozenset(event for step in STEPS if case_allows in step.rules for event in step.events)
_NOT_NOW = {
    "escalation.requested": why_not_to,
    "extension.notified": extension_too_late,
    "complaint.assigned": _assigned_in_vain,
    "admissibility.decided": _handled_against_rule,
    "complaint.closed": _closes_early,
    "formal_review.requested": _skips_without_reason,
    "dissatisfaction.received": _skips_without_reason,
    "objection.received": _skips_without_reason,
}
