"""What makes a step whole: everything that is wrong with it, or missing, is named at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic.alias_generators import to_camel

from app.domain.admissibility import contradicted
from app.domain.calendar import local_date
from app.domain.cases import ENDS, case_named, open_cases
from app.domain.changeable import can_say, strange_faults
from app.domain.checklist import skippable
from app.domain.duties import obligations, shortcomings, verdicts_of
from app.domain.errors import Fault
from app.domain.events import ANNOUNCED, INTAKE, Event, in_the_future, not_yet
from app.domain.external import FAULTS as EXTERNAL
from app.domain.external import NOT_ANNULLED as EXTERNAL_FACTS
from app.domain.intake import counts_otherwise, emptied_faults, filled_in, kinds, received_as_complaint, role_faults
from app.domain.lengthening import extension_faults
from app.domain.order import before, instant_faults, moved_faults, order_faults, surely_since
from app.domain.procedure import Procedure
from app.domain.register import known_fields
from app.domain.situation import Situation
from app.domain.stage import Prerequisite
from app.domain.steps import suspensions
from app.domain.view import View


def faults(view: View, event: Event) -> Iterator[Fault]:
    yield from instant_faults(view.situation, event.occurred_at, view.now)
    yield from order_faults(view.situation, event)
    since = surely_since(view.situation, event.occurred_at, view.now, event.facts.get("escalation_id"))
    yield from _day_faults(event, local_date(since))
    event = replace(event, occurred_at=possible_instant(view, event))
    yield from shortcomings(view.situation, event)
    yield from _FAULTS.get(event.type, _none)(view, event)
    yield from EXTERNAL.get(event.type, _none)(view, event)


def _none(view: View, event: Event) -> Iterator[Fault]:
    return iter(())


def possible_instant(view: View, event: Event) -> datetime:
    """When it happened; now, where it cannot have happened then: of a slip in the year nothing else follows."""
    early = local_date(event.occurred_at) < local_date(view.situation.intake.occurred_at)
    return view.now if early or in_the_future(event.occurred_at, view.now) else event.occurred_at


def _day_faults(event: Event, since: date) -> Iterator[Fault]:
    """A day that is named in a step lies not before the step itself: a slip in the year would stand in a letter."""
    for name in _DAYS_AHEAD.get(event.type, ()):
        named = event.facts.get(name)
        if named and date.fromisoformat(named) < since:
            yield Fault(f"/{to_camel(name)}", "in-the-past", "this day was over when the step was taken (occurredAt)")


def _handled_faults(view: View, event: Event) -> Iterator[Fault]:
    """A ground may be named for which it could have been declined."""
    grounds = [each.ground for each in view.situation.procedure.admissibility.grounds]
    ground = event.facts.get("ground")
    if ground is not None and ground not in grounds:
        yield Fault("/ground", "ground-unknown", f"one of: {', '.join(grounds)}")
    for name in ("notified", "review_on", "earlier_complaint"):
        if event.facts.get(name):
            yield Fault(f"/{to_camel(name)}", "not-here", "this is for a complaint that is not handled")


def _admissibility_faults(view: View, event: Event) -> Iterator[Fault]:
    content = event.facts.get("content", ())
    if event.facts["decision"] == "handle":
        yield from _handled_faults(view, event)
        return
    grounds = {ground.ground: ground for ground in view.situation.procedure.admissibility.grounds}
    ground = grounds.get(event.facts.get("ground", ""))
    if ground is None:
        yield Fault("/ground", "ground-unknown", f"one of: {', '.join(grounds)}")
    elif reason := contradicted(view.situation, ground, view.counting.calendar):
        yield Fault("/ground", "ground-contradicted", reason)
    elif ground.needs_reference and not event.facts.get("earlier_complaint"):
        yield Fault("/earlierComplaint", "reference-missing", "name the earlier complaint")
    elif ground.needs_reference and event.facts.get("earlier_state") == "itself":
        yield Fault("/earlierComplaint", "earlier-is-itself", "this is the complaint itself, and not an earlier one")
    if "reasons" not in content:
        yield Fault("/reasons", "content-missing", "a refusal gives its reasons")


def _suspension_faults(view: View, event: Event) -> Iterator[Fault]:
    rules = suspensions(view, event.type)
    fitting = [rule for rule in rules if rule.cause == event.facts.get("cause", rule.cause)]
    if not fitting:
        causes = ", ".join(sorted({rule.cause for rule in rules}))
        yield Fault("/cause", "cause-unknown", f"one of: {causes}")
    elif all(rule.consent for rule in fitting) and not event.facts.get("consent"):
        yield Fault("/consent", "consent-missing", "the clock only stands still when both sides agree")


def _reclassification_faults(view: View, event: Event) -> Iterator[Fault]:
    situation, to = view.situation, event.facts["to"]
    known = kinds(situation.procedure)
    if to not in known and to != situation.kind:
        yield Fault("/to", "kind-unknown", f"one of: {', '.join(known)}")
    elif fault := _kind_fault(situation, to):
        yield fault


def could_be_else(situation: Situation) -> bool:
    """Whether it could be registered as something else."""
    return any(_kind_fault(situation, to) is None for to in kinds(situation.procedure))


def _kind_fault(situation: Situation, to: str) -> Fault | None:
    """Why it cannot be registered as this, which the procedure knows."""
    if to == situation.kind:
        return Fault("/to", "same-kind", "it is registered as this already")
    if to == "complaint" and situation.kind in ("signal", "enquiry"):
        return Fault("/to", "promote-instead", "a signal or an enquiry becomes a complaint by a promotion")
    # how it was put in writing counts, also where that made a complaint of what was said before
    channel = situation.receipt.facts.get("form") or situation.intake.facts.get("channel", "")
    if counts_otherwise(situation.procedure, channel, to):
        return received_as_complaint("/to", channel, to)
    return None


# What these did stands beside the ledger too; what undoes it there is a step of its own, or nothing at all.
_NOT_ANNULLED = (*INTAKE, "party.added", "party.removed", *EXTERNAL_FACTS)


def _correction_faults(view: View, event: Event) -> Iterator[Fault]:
    wrong = view.situation.corrected_by(event)
    annul, moved, changes = (event.facts.get(name) for name in ("annul", "occurred_at", "facts"))
    yield from said_faults(annul=bool(annul), corrected=bool(moved or changes))
    if wrong is None or wrong.type in (*ANNOUNCED, "event.corrected"):
        none = "there is no such event, or it corrects or announces another"
        yield Fault("/corrects", "not-correctable", f"{none}; what was annulled is recorded anew")
        if moved:
            yield from _moved_nowhere_faults(view, datetime.fromisoformat(moved))
        return
    if annul and not (moved or changes) and (reason := _why_it_stands(view.situation, wrong)):
        yield Fault("/annul", "not-correctable", reason)
    if set(changes or ()) & {"escalation_id", "body"}:
        yield Fault("/changes", "not-correctable", "which case with which body it is about does not change")
    if moved:
        yield from _moved_faults(view, wrong, datetime.fromisoformat(moved))
    yield from strange_faults(wrong, changes or {})
    if changes and not moved and _is_as_recorded(wrong, changes):
        yield Fault("/changes", "nothing-corrected", "this is how it is recorded")
    fitting = {name: value for name, value in (changes or {}).items() if can_say(wrong, name)}
    yield from _corrected_word_faults(view.situation.procedure, wrong, fitting)
    yield from _corrected_facts_faults(view, wrong, fitting)


def said_faults(*, annul: bool, corrected: bool) -> Iterator[Fault]:
    """Of a correction that says nothing, or two things."""
    if not (annul or corrected):
        yield Fault("", "nothing-corrected", "say what was wrong: movedTo, changes, or annul")
    elif annul and corrected:
        yield Fault("/annul", "not-both", "what is annulled has no other day and no other words")


def _is_as_recorded(wrong: Event, changes: Mapping[str, Any]) -> bool:
    return all(_plain(wrong.facts.get(name)) == _plain(value) for name, value in changes.items())


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def _corrected_facts_faults(view: View, wrong: Event, changes: Mapping[str, Any]) -> Iterator[Fault]:
    """What is changed owes what it owed the first time."""
    if not changes:
        return
    meant = replace(wrong, facts={**wrong.facts, **changes})
    changed = {to_camel(name) for name in changes}
    owed = (*shortcomings(before(view.situation, wrong), meant), *_day_faults(meant, local_date(meant.occurred_at)))
    for fault in (*owed, *EXTERNAL.get(wrong.type, _none)(view, meant)):
        if fault.pointer.strip("/").partition("/")[0] in changed:
            yield Fault(f"/changes{fault.pointer}", fault.code, fault.message)


def _why_it_stands(situation: Situation, wrong: Event) -> str | None:
    """Why this cannot be annulled; None when it can."""
    if wrong.type in _NOT_ANNULLED or _went_by_api(wrong):
        return "this is not annulled; record what undoes it"
    if _has_a_later_case(situation, wrong):
        return "the same body has a later case of this complaint, which is open"
    if _is_lifted(situation, wrong):
        return "this was lifted; annul that first"
    return "this measure was carried out; what is done is not undone" if _is_carried_out(situation, wrong) else None


def _has_a_later_case(situation: Situation, ending: Event) -> bool:
    """Without this ending one complaint would lie with one body twice."""
    ended = case_named(situation, ending.facts.get("escalation_id")) if ending.type in ENDS else None
    return ended is not None and any(case.body == ended.body and case.id != ended.id for case in open_cases(situation))


def _is_lifted(situation: Situation, hold: Event) -> bool:
    return any(each.facts.get("lifts") == hold.sequence for each in situation.all_of("legal_hold.lifted"))


def _is_carried_out(situation: Situation, measure: Event) -> bool:
    done = (each.facts.get("measure") for each in situation.all_of("measure.completed"))
    return measure.type == "measure.recorded" and measure.sequence in done


def _went_by_api(event: Event) -> bool:
    """The body had it at that moment; there is nothing to put right."""
    return event.type == "escalation.dispatched" and event.facts.get("channel") == "api"


def _moved_faults(view: View, wrong: Event, moved: datetime) -> Iterator[Fault]:
    intake = view.situation.intake
    if in_the_future(moved, view.now):
        yield not_yet("/movedTo")
    elif wrong.sequence == intake.sequence:
        yield from _receipt_moved_faults(view.situation, local_date(moved))
    elif local_date(moved) < local_date(intake.occurred_at):
        yield _before_receipt()
    else:
        yield from moved_faults(view.situation, wrong, moved)


def _moved_nowhere_faults(view: View, moved: datetime) -> Iterator[Fault]:
    """What is wrong with a day whichever event was meant: the receipt does not move there, nor what followed it."""
    received_on, day = local_date(view.situation.intake.occurred_at), local_date(moved)
    if in_the_future(moved, view.now):
        yield not_yet("/movedTo")
    elif day < received_on and any(_receipt_moved_faults(view.situation, day)):
        yield _before_receipt()


def _before_receipt() -> Fault:
    return Fault("/movedTo", "before-receipt", "this is before the day on which it was received")


def _receipt_moved_faults(situation: Situation, received_on: date) -> Iterator[Fault]:
    """A receipt comes first, and its day decides which version of the procedure holds (KK-36)."""
    procedure = situation.procedure
    by_service = (*INTAKE, *ANNOUNCED, "event.corrected")
    followed = [local_date(each.occurred_at) for each in situation.events if each.type not in by_service]
    if received_on > min(followed, default=date.max):
        yield Fault("/movedTo", "after-what-followed", "something else happened to it before that; correct that first")
    if not procedure.effective_from <= received_on <= (procedure.effective_until or date.max):
        sentence = "the version that this complaint keeps was not in force on that day; file it anew"
        yield Fault("/movedTo", "another-version", sentence)


def _corrected_word_faults(procedure: Procedure, wrong: Event, changes: Mapping[str, Any]) -> Iterator[Fault]:
    """A correction says nothing that the procedure did not let in the first time (KK-23)."""
    rules = procedure.intake
    answers = (stage.answer for stage in procedure.stages if stage.answer is not None)
    allowed: dict[str, list[str] | None] = {
        "verdict": [word for answer in answers if answer.event == wrong.type for word in verdicts_of(answer)],
        "complainant_type": [each.type for each in rules.complainants],
        "subject_role": [role.role for role in procedure.roles],
        "category": [*rules.categories, *(each.category for each in rules.out_of_scope)] if rules.categories else None,
    }
    conduct_on = changes.get("conduct_on")
    if conduct_on is not None and date.fromisoformat(conduct_on) > local_date(wrong.occurred_at):
        yield Fault("/changes/conductOn", "after-receipt", "the conduct lies after the receipt of the complaint")
    for name, words in allowed.items():
        if name in changes and words is not None and changes[name] not in words:
            known = f"one of: {', '.join(words)}" if words else f"there is no {name} here"
            yield Fault(f"/changes/{to_camel(name)}", "not-in-procedure", known)


def _waiver_faults(view: View, event: Event) -> Iterator[Fault]:
    """X-09: only a step that is still owed can be skipped."""
    run = view.situation.run
    here = {step.step: step for step in run.stage.before_answer} if run else {}
    owed = {*skippable(view.situation), *(owed.duty for owed in obligations(view.situation))}
    if event.facts["step"] not in owed:
        yield _not_skipped(here.get(event.facts["step"]), owed)
    yield from _waiver_ground_faults(event, here, owed)
    if "reasons" not in event.facts.get("content", ()):
        yield Fault("/reasons", "content-missing", "say why it is skipped")


def _waiver_ground_faults(event: Event, here: Mapping[str, Prerequisite], owed: Collection[str]) -> Iterator[Fault]:
    """A duty has no grounds; of a step that is not known, those of all may be meant."""
    name, ground = event.facts["step"], event.facts.get("ground")
    meant = [here[name]] if name in here else [] if name in owed else here.values()
    grounds = [each for step in meant for each in step.waiver_grounds]
    if ground is None and grounds and name in owed:
        yield Fault("/ground", "ground-missing", f"one of: {', '.join(grounds)}")
    if ground is not None and ground not in grounds:
        known = f"one of: {', '.join(grounds)}" if grounds else "there are none here; say why in reasons"
        yield Fault("/ground", "ground-unknown", known)


def _not_skipped(step: Prerequisite | None, owed: Iterable[str]) -> Fault:
    if step is None:
        known = ", ".join(sorted(owed))
        return Fault("/step", "step-unknown", f"one of: {known}" if known else "nothing is owed now")
    if step.waivable:
        return Fault("/step", "not-owed", "this step was taken or skipped already")
    source = f" ({step.source})" if step.source else ""
    return Fault("/step", "not-waivable", f"the procedure does not let this step be skipped{source}")


def _route_faults(view: View, event: Event) -> Iterator[Fault]:
    routes = [route.route for route in view.situation.procedure.parallel_routes]
    if event.facts["route"] not in routes:
        yield Fault("/route", "route-unknown", f"one of: {', '.join(routes)}")


def _hold_faults(view: View, event: Event) -> Iterator[Fault]:
    if event.facts["lifts"] not in view.situation.standing_holds:
        sentence = "this is not the sequence of a hold or of a parallel route, or it was lifted before"
        yield Fault("/lifts", "hold-unknown", sentence)


def _measure_faults(view: View, event: Event) -> Iterator[Fault]:
    if event.facts["measure"] not in {each.sequence for each in view.situation.all_of("measure.recorded")}:
        yield Fault("/measure", "measure-unknown", "this is not the sequence of a measure")
    elif any(each.facts["measure"] == event.facts["measure"] for each in view.situation.all_of(event.type)):
        yield Fault("/measure", "completed-before", "this measure was carried out already")


def _promotion_faults(view: View, event: Event) -> Iterator[Fault]:
    rules = view.situation.procedure.intake
    if rules.promotion_grounds and event.facts.get("ground") not in rules.promotion_grounds:
        yield Fault("/ground", "ground-missing", f"one of: {', '.join(rules.promotion_grounds)}")
    if rules.promotion_form == "written" and not event.written:
        yield Fault("/form", "written-required", "it becomes a complaint when it is put in writing")


def _closing_faults(view: View, event: Event) -> Iterator[Fault]:
    """JSO-09, KK-21: what the register must hold before a complaint is closed (a withdrawn one needs none of it)."""
    situation = view.situation
    duplicate, other = event.facts.get("outcome") == "duplicate", event.facts.get("duplicate_of")
    if duplicate and other is None:
        yield Fault("/duplicateOf", "reference-missing", "name the complaint that this is a duplicate of")
    elif other is not None and not duplicate:
        yield Fault("/duplicateOf", "not-a-duplicate", "only a closing as a duplicate names another complaint")
    # what is said of the complaint stands with the other one
    if situation.kind != "complaint" or duplicate:
        return
    known = filled_in(known_fields(situation) | _said_by_closing(event))
    for field in situation.procedure.register_.required_at_closing:
        if field not in known and not (field == "verdict" and event.facts.get("outcome") != "handled"):
            yield Fault(f"/register/{field}", "register-field-missing", f"the register needs {field} before closing")


def _said_by_closing(event: Event) -> set[str]:
    """The day of a closing is the date of handling; how is told with it, or by the answer that closes (JSO-09).

    A closing that says in which form it was told is itself correspondence.
    """
    told = {"handling_method"} if event.facts.get("answered_by") else set()
    told |= {"correspondence"} if event.facts.get("form") else set()
    return {"handled_on", "outcome", *told, *event.facts.get("given", ())}


def _register_faults(view: View, event: Event) -> Iterator[Fault]:
    yield from emptied_faults(view.situation.procedure, event.facts.get("emptied", ()))
    yield from role_faults(view.situation.procedure, event.facts.get("subject_role"))
    told = event.facts.get("conduct_on")
    if told and date.fromisoformat(told) > view.situation.received_on:
        yield Fault("/conductOn", "after-receipt", "the conduct lies after the receipt of the complaint")


_DAYS_AHEAD = {
    "information.requested": ("answer_by",),
    "term.suspended": ("answer_by",),
    "hearing.scheduled": ("scheduled_on",),
    "admissibility.decided": ("review_on",),
    "measure.recorded": ("due_on",),
    "external.questioned": ("due_on",),
    "external_decision.received": ("due_on",),
    "dossier.requested": ("due_on",),
}

_FAULTS = {
    "register.updated": _register_faults,
    "admissibility.decided": _admissibility_faults,
    "extension.notified": extension_faults,
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
