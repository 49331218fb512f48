"""What an event owes before it counts: who may do it, in which form, with which content, after which steps."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from app.domain.duty import Duty
from app.domain.errors import Fault
from app.domain.events import BY_COMPLAINANT, COMES_IN, ORAL, TAKEN_IN, WRITTEN, Event
from app.domain.openings import openings
from app.domain.owed_to_bodies import ANSWER_IF_ASKED
from app.domain.procedure import Procedure, Review
from app.domain.runs import Run, same_case
from app.domain.situation import Situation
from app.domain.stage import Answer, Opening, Prerequisite, Stage
from app.domain.starts import stated_day
from app.domain.steps import BY_EVENT, Step, step_of
from app.domain.terms import is_about
from app.domain.view import View

# What an external body may say where the procedure lists nothing of its own.
VERDICTS = ("upheld", "partially_upheld", "not_upheld", "no_judgement")


class Setting:
    """A stage of a procedure with the duties that apply in it: what an event owes there depends on nothing else.

    `unanswered`: the organisation owes its answer in it still, so that a closing would come instead.

    Compared by identity: procedures are read once and live long, and hashing one costs more than what is kept here.
    """

    __slots__ = ("_key", "duties", "procedure", "stage", "unanswered")

    def __init__(self, procedure: Procedure, stage: Stage | None, duties: tuple[Duty, ...], unanswered: bool) -> None:
        self.procedure = procedure
        self.stage = stage
        self.duties = duties
        self.unanswered = unanswered
        self._key = (id(procedure), id(stage), unanswered, *map(id, duties))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and self._key == other._key

    def met_by(self, event: str) -> tuple[Duty, ...]:
        return tuple(duty for duty in self.duties if event in duty.met_by)

    def answer(self, event: str) -> Answer | None:
        return self.stage.answer if self.stage and self.stage.answer and self.stage.answer.event == event else None


def setting_of(situation: Situation) -> Setting:
    run = situation.run
    unanswered = run is not None and run.stage.kind != "external" and run.answer is None
    return Setting(situation.procedure, situation.stage, situation.duties, unanswered)


def roles_for(view: View, step_actor: str, event: str) -> tuple[str, ...]:
    """The roles that may record the event now; none: anyone who may act on complaints."""
    return with_stand_ins(view.situation, _roles_in(setting_of(view.situation), step_actor, event))


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
    known = BY_EVENT.get(step.met_by)
    recording = _roles_in(setting_of(situation), known.actor, step.met_by) if known else ()
    return with_stand_ins(situation, step.by or recording or (() if step.met_by in COMES_IN else stage.handlers))


def _actor_of(step: Step, event: Event) -> str:
    """Whose step it is; what was settled on the spot is closed by whoever took it in (JSO-06)."""
    return "anyone" if event.facts.get("outcome") == "resolved_at_intake" else step.actor


def with_stand_ins(situation: Situation, roles: tuple[str, ...]) -> tuple[str, ...]:
    """A-28: where the one who holds a role alone is involved, the other members of that committee may do it too."""
    declared = situation.all_of("involvement.declared")
    if not declared:
        return roles
    involved = {role for event in declared for role in event.facts.get("roles", ())}
    known = situation.procedure.roles
    alone = {each.part_of for each in known if each.members == 1 and each.part_of and each.role in involved & {*roles}}
    return (*roles, *(each.role for each in known if each.part_of in alone and each.role not in roles))


@lru_cache(maxsize=2048)
def _roles_in(setting: Setting, step_actor: str, event: str) -> tuple[str, ...]:
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


@dataclass(frozen=True, slots=True)
class Demand:
    """The forms, contents and verdicts that an event owes; sorted."""

    forms: tuple[str, ...]
    content: tuple[str, ...]
    verdicts: tuple[str, ...]


def demanded(situation: Situation, event: str) -> Demand:
    """What this event owes now."""
    return _demanded_in(setting_of(situation), event)


@lru_cache(maxsize=2048)
def _demanded_in(setting: Setting, event: str) -> Demand:
    duties, answer = setting.met_by(event), setting.answer(event)
    forms: set[str] = {duty.form for duty in duties} | ({answer.form} if answer else set())
    content: set[str] = {word for duty in duties if event in duty.said_by for word in duty.content}
    content |= set(answer.content) if answer else set()
    verdicts = answer.verdicts if answer else ()
    return Demand(tuple(sorted(forms - {"any"})), tuple(sorted(content)), verdicts)


@dataclass(frozen=True, slots=True)
class Owed:
    """Whose step an event is (no roles: anyone's), and what it owes."""

    roles: tuple[str, ...]
    demand: Demand


@lru_cache(maxsize=512)
def owed_in(setting: Setting) -> Mapping[str, Owed]:
    """By event, for every event that a step records: a dossier asks for nearly all of them at once."""
    return {
        event: Owed(_roles_in(setting, step.actor, event), _in_every_form(setting, event))
        for event, step in BY_EVENT.items()
    }


def _in_every_form(setting: Setting, event: str) -> Demand:
    """With the forms that are asked apart from any duty: of a promotion, an extension, the way into a next stage."""
    demand = _demanded_in(setting, event)
    forms: set[str] = {*demand.forms, *_forms_of_ways(setting, event)}
    if event == "signal.promoted":
        forms.add(setting.procedure.intake.promotion_form)
    if event == "extension.notified":
        forms |= {duty.extension.form for duty in setting.duties if duty.extension}
    return replace(demand, forms=tuple(sorted(forms - {"any"})))


def _forms_of_ways(setting: Setting, event: str) -> Iterator[str]:
    here = setting.stage.stage if setting.stage else ""
    for opening in (each for stage in setting.procedure.stages for each in stage.opens_on if each.event == event):
        if not opening.after or here in opening.after or opening.without_earlier_stage:
            yield opening.form


def shortcomings(situation: Situation, event: Event) -> Iterator[Fault]:
    """What the event lacks in form, content, verdict or ground."""
    demand = demanded(situation, event.type)
    yield from _form_faults(demand.forms, event)
    for word in sorted(set(demand.content) - set(event.facts.get("content", ()))):
        pointer = _pointer(event.type, word)
        yield Fault(pointer, "content-missing", f"the content that is owed lacks: {word}")
    answer = setting_of(situation).answer(event.type)
    if answer is not None:
        yield from _verdict_faults(answer, event)
        yield from _closed_choice("outcome", answer.outcomes, event)
    yield from _opening_faults(situation, event)


_POINTERS = {"reasons": "/reasons", "note": "/note", "verdict": "/verdict", "new_date": "/until"}
# Each has a field of its own where a decision comes from outside; an answer of the organisation is one letter.
_OF_DECISION = {"findings": "/findings", "advice": "/advice"}


def _pointer(event: str, word: str) -> str:
    own = _OF_DECISION if event == "external_decision.received" else {}
    return own.get(word) or _POINTERS.get(word, "/contents")


@lru_cache
def channels_of(forms: tuple[str, ...]) -> tuple[str, ...]:
    """The ways of telling by which a step that owes these forms may be taken; none: it asks for no form."""
    if not forms:
        return ()
    return WRITTEN if "written" in forms else (*WRITTEN, *ORAL)


def _form_faults(forms: Collection[str], event: Event) -> Iterator[Fault]:
    form = event.facts.get("form")
    if forms and form is None:
        yield Fault("/form", "form-missing", "say in which form this was done")
    elif "written" in forms and form not in WRITTEN:
        yield Fault("/form", "written-required", f"this is owed in writing: one of {', '.join(WRITTEN)}")
    elif "oral_with_note" in forms and form in ORAL and "note" not in event.facts.get("content", ()):
        yield Fault("/note", "note-required", "a conversation counts when there is a note of it")


def _closed_choice(name: str, allowed: tuple[str, ...], event: Event) -> Iterator[Fault]:
    given = event.facts.get(name)
    if allowed and given is None:
        yield Fault(f"/{name}", f"{name}-missing", f"one of: {', '.join(allowed)}")
    elif given is not None and given not in allowed:
        known = f"one of: {', '.join(allowed)}" if allowed else f"this procedure gives no {name} here"
        yield Fault(f"/{name}", f"{name}-unknown", known)


def verdicts_of(answer: Answer) -> tuple[str, ...]:
    """What an external body says is its own: where the procedure lists nothing, one of the usual words."""
    outside = answer.event == "external_decision.received" and not answer.verdicts
    return VERDICTS if outside else answer.verdicts


def _verdict_faults(answer: Answer, event: Event) -> Iterator[Fault]:
    if answer.verdicts or event.facts.get("verdict") is not None:
        yield from _closed_choice("verdict", verdicts_of(answer), event)


def _opening_faults(situation: Situation, event: Event) -> Iterator[Fault]:
    for opening in _fitting(situation, event.type):
        forms: set[str] = {opening.form}
        yield from _form_faults(forms - {"any"}, event)
        if not _ground_fits(situation, opening, event):
            wanted = ", ".join(opening.grounds)
            yield Fault(
                "/ground", "ground-missing", f"this is open after that answer on one of these grounds: {wanted}"
            )


def _fitting(situation: Situation, event: str) -> Iterator[Opening]:
    """The ways into a next stage that this event can take from here."""
    here = situation.stage.stage if situation.stage else ""
    for _, opening in openings(situation, event):
        reachable = not opening.after or here in opening.after or opening.without_earlier_stage
        if reachable and situation.holds(opening.when):
            yield opening


def channels_asked(situation: Situation, event: Event) -> tuple[str, ...]:
    """The ways in which this is asked to be sent, when it came in another way: that counts, and is flagged (KK-29)."""
    form = event.facts.get("form")
    asked = (opening.channels for opening in _fitting(situation, event.type))
    return next((channels for channels in asked if channels and form is not None and form not in channels), ())


def _ground_fits(situation: Situation, opening: Opening, event: Event) -> bool:
    """KK-26: after a complaint that was not upheld, or on a ground that the procedure names; always after silence."""
    earlier = situation.runs_of(opening.after)
    if not opening.grounds or not earlier or earlier[-1].answer is None:
        return True
    return situation.verdict in opening.verdicts or event.facts.get("ground") in opening.grounds


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something owed without a date: a duty of a stage, or a review after closing."""

    duty: str
    met_by: str
    by: tuple[str, ...]
    soft: bool
    source: str | None


def obligations(situation: Situation) -> tuple[Obligation, ...]:
    """Duties without a date that have started and are not met or waived."""
    return (*_undated(situation), *_reviews_owed(situation))


def _undated(situation: Situation) -> Iterator[Obligation]:
    waived = {event.facts.get("step") for event in situation.all_of("step.waived")}
    for run in situation.runs:
        for duty in situation.procedure.duties_of(run.stage):
            if duty is ANSWER_IF_ASKED:
                continue
            if duty.within is None and duty.duty not in waived and _owed(situation, run, duty):
                by = duty.by or run.stage.handled_by
                yield Obligation(duty.duty, duty.met_by[0], by, duty.as_a_rule, duty.source)


def _owed(situation: Situation, run: Run, duty: Duty) -> bool:
    """A day that should have been stated and was not leaves a duty without a date; it keeps nothing from closing."""
    if not situation.holds(duty.when) or situation.excuses(duty):
        return False
    starts = [m for m in situation.moments if m.name in duty.after and not situation.is_again(m)]
    started = [moment.event for moment in starts if run.covers(moment.event)]
    undated = [event for event in started if not (duty.stated and stated_day(event))]
    return any(not _ended(situation, run, duty, event) for event in (undated if duty.each else undated[:1]))


def _ended(situation: Situation, run: Run, duty: Duty, start: Event) -> bool:
    ends = _ends(run, duty)
    after = [event for event in situation.events if event.sequence > start.sequence]
    met = (
        moment.name in duty.met_by and is_about(moment.event, duty, start)
        for moment in situation.moments
        if moment.event.sequence > start.sequence or (moment.event is start and moment.name != start.type)
    )
    return any(met) or any(event.type in ends and same_case(event, start) for event in _since_reopened(after, start))


def _ends(run: Run, duty: Duty) -> tuple[str, ...]:
    """What ends it without a day: as with one, but what says no day outlives the closing.

    Only what the duty itself says ends what is owed to a body: a withdrawal leaves its case as it is (X-10).
    """
    if run.stage.kind != "external":
        return (*ENDED, *(duty.lapses_on if duty.stated else ()))
    return tuple(event for event in duty.lapses_on if duty.stated or event in ENDED)


def _since_reopened(after: list[Event], start: Event) -> list[Event]:
    """What ended a duty counts no more when the complaint was taken up again; that opens no case with a body."""
    reopened = [index for index, event in enumerate(after) if event.type == "complaint.reopened"]
    return after[reopened[-1] :] if reopened and "escalation_id" not in start.facts else after


# What ends every duty without a date in the organisation itself.
ENDED = ("complaint.withdrawn", "inadmissibility.notified")


def _reviews_owed(situation: Situation) -> Iterator[Obligation]:
    """KK-34: after each complaint that was handled, the question how to prevent another."""
    closed = situation.last_of("complaint.closed")
    if closed is None or situation.is_open or situation.kind != "complaint":
        return
    for review in situation.procedure.reviews:
        if review.after == "complaint.closed" and not _reviewed(situation, review, closed):
            yield Obligation(review.review, review.met_by, review.by, True, review.source)


def _reviewed(situation: Situation, review: Review, closed: Event) -> bool:
    return any(event.sequence > closed.sequence for event in situation.all_of(review.met_by))
