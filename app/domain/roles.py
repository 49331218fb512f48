"""Whose it is to record an event, or to take it back."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from app.domain.events import BY_COMPLAINANT, COMES_IN, TAKEN_IN, Event
from app.domain.procedure import Procedure
from app.domain.setting import Setting, setting_of
from app.domain.situation import Situation
from app.domain.stage import Prerequisite, Stage
from app.domain.steps import BY_EVENT, Step, step_of
from app.domain.view import View


def roles_for(view: View, step_actor: str, event: str) -> tuple[str, ...]:
    """The roles that may record the event now; none: anyone who may act on complaints."""
    return with_stand_ins(view.situation, roles_in(setting_of(view.situation), step_actor, event))


def roles_to_record(view: View, event: Event) -> tuple[str, ...]:
    """The roles that may record this very event: a correction is for whoever might record what it corrects.

    What came in is anybody's to record, and not to change: it decides what is owed, and by when. A reopening taken back
    ends the stage again; what counted before an answer is taken back by those from whom it counts.
    """
    wrong = view.situation.corrected_by(event)
    if wrong is None:
        step = step_of(event)
        return roles_for(view, _actor_of(step, event), event.type) if step else ()
    if wrong.type in TAKEN_IN:
        return with_stand_ins(view.situation, register_keepers(view.situation.procedure) or _deals_with(view.situation))
    if wrong.type in BY_COMPLAINANT:
        return with_stand_ins(view.situation, _went_to(view.situation, wrong))
    if wrong.type == "complaint.reopened":
        return roles_for(view, "ender", "complaint.closed")
    if counting := _counted_from(view.situation, wrong):
        return counting
    known = tuple(each for each in view.situation.recorded if each.sequence < wrong.sequence)
    then = Situation(view.situation.procedure, known) if known else view.situation
    return with_stand_ins(view.situation, roles_to_record(replace(view, situation=then), wrong))


def register_keepers(procedure: Procedure) -> tuple[str, ...]:
    """The roles that change what is known of a complaint (SO-21); none: anybody may."""
    return tuple(role.role for role in procedure.roles if role.keeps_register)


def declaring(situation: Situation) -> tuple[str, ...]:
    """The roles that say of a colleague that they are involved: who deals with the complaint, or would later, with the
    members of their committee; who keeps the register. None: anybody may.
    """
    stages = [stage for stage in situation.procedure.stages if stage.kind != "external"]
    inside = [run.stage for run in situation.runs if run.stage.kind != "external"]
    here = stages.index(inside[-1]) if inside else 0
    dealing = {role for stage in stages[here:] for role in stage.handlers}
    if not dealing:
        return ()
    committees = {role.part_of for role in situation.procedure.roles if role.role in dealing and role.part_of}
    members = {role.role for role in situation.procedure.roles if role.part_of in committees}
    return tuple(sorted(dealing | members | {*register_keepers(situation.procedure)}))


def _deals_with(situation: Situation) -> tuple[str, ...]:
    """Who handles it in the organisation; while it lies with a body, who did so last."""
    inside = [run for run in situation.runs if run.stage.kind != "external"]
    return inside[-1].stage.handlers if inside else ()


def _went_to(situation: Situation, event: Event) -> tuple[str, ...]:
    """Who handles the stage that this opened, or else the one that it was in."""
    opened = [run for run in situation.runs if run.opened.sequence == event.sequence]
    found = opened or [run for run in situation.runs if run.covers(event)]
    return found[-1].stage.handlers if found else ()


def _counted_from(situation: Situation, event: Event) -> tuple[str, ...]:
    """From whom this counted as a step before an answer; none: it was no such step, or not recorded by one of them."""
    for run in situation.runs:
        for step in run.stage.before_answer if run.covers(event) else ():
            if step.met_by == event.type:
                roles = roles_before_answer(situation, run.stage, step)
                return roles if event.actor.kind != "staff" or event.actor.holds(roles) else ()
    return ()


def roles_before_answer(situation: Situation, stage: Stage, step: Prerequisite) -> tuple[str, ...]:
    """Whose doing counts as that step of the stage it is in; none: anybody's.

    What may be recorded by some only is theirs; what comes in from outside is nobody's here to do.
    """
    return with_stand_ins(situation, _counting_in(setting_of(situation), stage.stage)[step.step])


@lru_cache(maxsize=2048)
def _counting_in(setting: Setting, stage: str) -> Mapping[str, tuple[str, ...]]:
    """By step before the answer of that stage: whose doing counts."""
    there = next(each for each in setting.procedure.stages if each.stage == stage)
    return {step.step: _counting(setting, there, step) for step in there.before_answer}


def _counting(setting: Setting, stage: Stage, step: Prerequisite) -> tuple[str, ...]:
    known = BY_EVENT.get(step.met_by)
    recording = roles_in(setting, known.actor, step.met_by) if known else ()
    return step.by or recording or (() if step.met_by in COMES_IN else stage.handlers)


def _actor_of(step: Step, event: Event) -> str:
    """Whose step it is; what was settled on the spot is closed by whoever took it in (JSO-06), and a notice that says
    what was decided, since it comes with the decision, is for whoever decides."""
    if event.type == "inadmissibility.notified" and "decision" in event.facts:
        return "admissibility"
    return "anyone" if event.facts.get("outcome") == "resolved_at_intake" else step.actor


def with_stand_ins(situation: Situation, roles: tuple[str, ...]) -> tuple[str, ...]:
    """A-28: where the one who holds a role alone is involved, the other members of that committee may do it too."""
    if not situation.involved:
        return roles
    involved = {role for event in situation.all_of("involvement.declared") for role in event.facts.get("roles", ())}
    known = situation.procedure.roles
    alone = {each.part_of for each in known if each.members == 1 and each.part_of and each.role in involved & {*roles}}
    return (*roles, *(each.role for each in known if each.part_of in alone and each.role not in roles))


@lru_cache(maxsize=2048)
def roles_in(setting: Setting, step_actor: str, event: str) -> tuple[str, ...]:
    procedure, stage = setting.procedure, setting.stage
    if step_actor == "body":
        return ()
    if step_actor == "handler":
        return _handler_roles(setting, stage, event)
    if step_actor in ("ender", "namer"):
        named = tuple(role for duty in setting.met_by(event) for role in duty.by)
        return named or (_ender_roles(stage) if setting.unanswered or step_actor == "namer" else ())
    if step_actor == "admissibility":
        return procedure.admissibility.decided_by or (stage.handled_by if stage else ())
    if step_actor == "register_keeper":
        return register_keepers(procedure)
    if step_actor == "reviewer":
        return tuple(role for review in procedure.reviews if review.met_by == event for role in review.by)
    return tuple(role for duty in setting.met_by(event) for role in duty.by)


def _handler_roles(setting: Setting, stage: Stage | None, event: str) -> tuple[str, ...]:
    if stage is None:
        return ()
    answer = setting.answer(event)
    if answer is not None and answer.by:
        return answer.by
    named = tuple(role for duty in setting.met_by(event) for role in duty.by)
    if event == "extension.notified":
        named = tuple(r for duty in stage.duties if duty.extension for r in duty.extension.by)
    return named or stage.handled_by


def _ender_roles(stage: Stage | None) -> tuple[str, ...]:
    """Whoever may end the stage without its answer: who gives that, and of a talk also who has it."""
    if stage is None:
        return ()
    answering = stage.answer.by if stage.answer else ()
    talking = stage.handled_by if stage.kind in ("source", "informal") or not answering else ()
    return tuple(dict.fromkeys((*answering, *talking)))
