"""Whom the decision of an external body binds, and what remains after it."""

from collections.abc import Iterator

from app.domain.body import Body
from app.domain.cases import Escalation, cases
from app.domain.events import Event
from app.domain.part import Words
from app.domain.procedure import Procedure
from app.domain.runs import Run
from app.domain.situation import Situation
from app.domain.stage import Stage

_BOTH = {"organisation", "complainant"}


def bound_by(body: Body | None, decision: Event) -> tuple[str, ...]:
    """SO-33: the decision itself says it where the procedure leaves it to the decision; else the procedure does."""
    if body is not None and not body.binding_per_decision:
        return body.binding_on
    return tuple(decision.facts.get("binding_on", ()))


def binds_organisation(procedure: Procedure, case: Escalation) -> bool:
    """Whether there is a decision that the organisation has to carry out."""
    return case.decision is not None and "organisation" in bound_by(procedure.body_named(case.body), case.decision)


def ordered_measures(situation: Situation) -> dict[int, str]:
    """The open measures that a body ordered with binding force, each with its case: there it is proven."""
    open_now = situation.open_measures
    if not open_now:
        return {}
    binding = {case.id for case in cases(situation) if binds_organisation(situation.procedure, case)}
    ordered = {event.sequence: event.facts.get("escalation_id") for event in situation.all_of("measure.recorded")}
    return {measure: case for measure, case in ordered.items() if case in binding and measure in open_now}


def will_bind(stage: Stage, body: Body) -> tuple[str, ...]:
    """Whom the decision of this body will bind, by the procedure; none: it says nothing of that."""
    return body.binding_on or (stage.answer.binding_on if stage.answer else ())


def binding_on(procedure: Procedure, run: Run) -> tuple[str, ...]:
    """Whom the answer of this passage binds; before there is one, whom it will by the procedure.

    Of an external stage the decision or the body says it (JSO-17, SO-33); a settlement there is no decision.
    """
    said = run.stage.answer.binding_on if run.stage.answer else ()
    body = procedure.body_named(run.stage.body) if run.stage.body else None
    if body is None:
        return said
    if run.answer is None:
        return will_bind(run.stage, body)
    if run.answer.type == "external.settled":
        return ()
    bound = bound_by(body, run.answer)
    return bound if body.binding_per_decision else bound or said


def binding_decision(situation: Situation) -> Escalation | None:
    """The case whose decision binds both sides."""
    for case in reversed(cases(situation)):
        body = situation.procedure.body_named(case.body)
        if case.decision is not None and set(bound_by(body, case.decision)) >= _BOTH:
            return case
    return None


def why_bound(situation: Situation) -> Words | None:
    """JSO-17: why there is no way back inside, and what remains; None when there is one."""
    case = binding_decision(situation)
    if case is None:
        return None
    left, name = ", ".join(remaining_routes(situation)), _name(situation, case)
    nl = f"wat nog openstaat: {left}" if left else "deze regeling noemt geen andere weg"
    en = f"what remains: {left}" if left else "this procedure names no other route"
    return Words(
        nl=f"de uitspraak van de externe instantie ({name}) bindt beide partijen; {nl}",
        en=f"the decision of the external body ({name}) binds both sides; {en}",
    )


def remaining_routes(situation: Situation) -> Iterator[str]:
    """The bodies that it was not brought to, and the routes beside the procedure; by name."""
    brought = {case.body for case in cases(situation)}
    for body in situation.procedure.bodies:
        if body.body not in brought:
            yield body.name or body.body
    yield from (route.name for route in situation.procedure.parallel_routes)


def _name(situation: Situation, case: Escalation) -> str:
    body = situation.procedure.body_named(case.body)
    return (body.name if body else "") or case.body
