"""What an event owes before it counts: its form, its content, what comes before it; and what is owed without a date."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from app.domain.duty import Duty
from app.domain.errors import Fault
from app.domain.events import ANSWERS, ORAL, WRITTEN, Event
from app.domain.fulfilment import is_about
from app.domain.openings import openings
from app.domain.owed_to_bodies import ANSWER_IF_ASKED
from app.domain.procedure import Review
from app.domain.roles import roles_in
from app.domain.runs import Run, left_behind, same_case
from app.domain.setting import Setting, setting_of
from app.domain.situation import Situation
from app.domain.stage import Answer, Opening
from app.domain.starts import stated_day
from app.domain.steps import BY_EVENT, is_open, refused_in
from app.domain.undelivered import SEND_AGAIN, undelivered

# What an external body may say where the procedure lists nothing of its own.
VERDICTS = ("upheld", "partially_upheld", "not_upheld", "no_judgement")


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
        event: Owed(roles_in(setting, step.actor, event), _in_every_form(setting, event))
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
    """Something owed without a date: a duty of a stage, a review after closing, or a letter that did not arrive."""

    duty: str
    met_by: str
    by: tuple[str, ...]
    soft: bool
    source: str | None


def obligations(situation: Situation) -> tuple[Obligation, ...]:
    """Duties without a date that have started, are not met or waived, and can still be met."""
    return (*_undated(situation), *_answer_again(situation), *_reviews_owed(situation), *_letters_owed(situation))


# What was answered and then taken up again is owed another answer, in every procedure.
ANSWER_AGAIN = "answer_again"


def _answer_again(situation: Situation) -> Iterator[Obligation]:
    """Without a date: its term was met by the answer that there was. As a rule: it may be closed again without."""
    run = situation.run
    answer = run.stage.answer if run is not None else None
    if run is None or run.answer is None or not run.taken_up or answer is None or answer.event not in ANSWERS:
        return
    kept = situation.kind == "complaint" or (situation.kind == "signal" and not situation.was_complaint)
    if situation.is_open and kept and not refused_in(situation, run) and not _waived_since_reopened(situation):
        yield Obligation(ANSWER_AGAIN, answer.event, answer.by or run.stage.handled_by, True, answer.source)


def _waived_since_reopened(situation: Situation) -> bool:
    last = situation.last_of("complaint.reopened")
    waived = (event for event in situation.all_of("step.waived") if event.facts.get("step") == ANSWER_AGAIN)
    return last is not None and any(event.sequence > last.sequence for event in waived)


def _undated(situation: Situation) -> Iterator[Obligation]:
    waived = {event.facts.get("step") for event in situation.all_of("step.waived")}
    for run in situation.runs:
        for duty in situation.procedure.duties_of(run.stage):
            if duty.within is not None or duty is ANSWER_IF_ASKED or duty.duty in waived:
                continue
            if (situation.is_open or not _only_while_open(duty)) and _owed(situation, run, duty):
                by = duty.by or run.stage.handled_by
                yield Obligation(duty.duty, duty.met_by[0], by, duty.as_a_rule, duty.source)


def _only_while_open(duty: Duty) -> bool:
    """Whether every step that would meet it is for an open complaint: nobody could do it in another (X-09)."""
    steps = [BY_EVENT[event] for event in duty.met_by if event in BY_EVENT]
    return bool(steps) and all(is_open in step.rules for step in steps)


def _owed(situation: Situation, run: Run, duty: Duty) -> bool:
    """A day that should have been stated and was not leaves a duty without a date; it keeps nothing from closing."""
    if not situation.holds(duty.when) or situation.excuses(duty) or left_behind(situation.runs, run, duty):
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
    if closed is None or situation.is_open or situation.kind != "complaint" or situation.duplicate:
        return
    for review in situation.procedure.reviews:
        if review.after == "complaint.closed" and not _reviewed(situation, review, closed):
            yield Obligation(review.review, review.met_by, review.by, True, review.source)


def _letters_owed(situation: Situation) -> Iterator[Obligation]:
    """Softly: who gave an address that does not work keeps nothing from closing."""
    for _ in undelivered(situation):
        by = situation.stage.handled_by if situation.stage else ()
        yield Obligation(SEND_AGAIN, "message.sent", by, True, None)


def _reviewed(situation: Situation, review: Review, closed: Event) -> bool:
    return any(event.sequence > closed.sequence for event in situation.all_of(review.met_by))
