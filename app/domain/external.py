"""What an event in a case with an external body owes before it counts, and when a case may go to a body at all."""

from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date

from app.domain.body import Body
from app.domain.calendar import local_date
from app.domain.cases import Escalation, case_named, cases, open_cases
from app.domain.counting import Counting
from app.domain.errors import Fault
from app.domain.events import Event
from app.domain.limits import window_end
from app.domain.openings import Closed, closed, closed_to_who_skips, openings
from app.domain.procedure import Procedure
from app.domain.situation import Situation
from app.domain.stage import Opening, Stage
from app.domain.text import shows
from app.domain.view import View

# Nobody hides a complainant's case, or what a body said, by a correction: a withdrawal or a new version says it.
NOT_ANNULLED = ("escalation.requested", "external_decision.received", "dossier.sealed")

ANSWER_KINDS = ("answer", "defence", "documents")
PART_KINDS = ("dossier", "supplement", *ANSWER_KINDS, "decision_answer", "measure_proof")
GROUNDS = ("not_competent", "inadmissible", "too_early", "too_late", "other")


def ways_to(situation: Situation, body: str) -> list[tuple[Stage, Opening]]:
    """The stages that lie with this body, each with a way into it."""
    found = openings(situation, "escalation.requested")
    return [(stage, opening) for stage, opening in found if stage.kind == "external" and stage.body == body]


def bodies_of(procedure: Procedure) -> tuple[str, ...]:
    """The bodies that a case can be brought to."""
    opened = [s for s in procedure.stages if any(each.event == "escalation.requested" for each in s.opens_on)]
    return tuple(dict.fromkeys(stage.body for stage in opened if stage.body))


def why_not_to(view: View, event: Event) -> str | None:
    """Why not to this body now: a case lies there, or its stage is closed although that of another body is open."""
    body = str(event.facts.get("body"))
    if any(case.is_open and case.body == body for case in cases(view.situation)):
        return "a case with this body is open already"
    reasons = ways_closed(view, body, skips=bool(event.facts.get("skips")))
    return reasons[0].en if reasons else None


def ways_closed(view: View, body: str, *, skips: bool) -> list[Closed]:
    """Why each way to this body is closed now; empty where one is open. `skips`: a reason is given to skip the stage
    before it, which counts where the procedure lets that."""
    ways = ways_to(view.situation, body)
    found = [closed_to_who_skips(view, *way) if skips else closed(view, way[1]) for way in ways]
    return [] if None in found else [why for why in found if why]


def why_not_answered(case: Escalation, event: Event) -> str | None:
    """An answer answers a question that is still open, each once."""
    if event.type != "external.answered" or event.facts.get("kind", "answer") != "answer":
        return None
    known = {each.sequence for each in case.open_questions}
    if event.facts.get("question") is None:
        return None if known else "the body asked nothing that is still to be answered"
    return None if event.facts["question"] in known else "this question was answered already"


def needed_of(body: Body, given: Container[str]) -> tuple[str, ...]:
    """What the body needs and was not given."""
    return tuple(need for need in body.needs if need not in given)


def filing_limit(situation: Situation, counting: Counting, body: Body) -> date | None:
    """The last day on which the body takes a case; its own period counts from the receipt of the complaint."""
    found = [window_end(counting, situation.received_on, body.within)] if body.within else []
    for limit in body.filing_limits:
        start = situation.last_of(limit.after)
        if start is not None:
            found.append(window_end(counting, local_date(start.occurred_at), limit.within))
    return (min if body.limit_read == "earliest" else max)(found, default=None)


def remarks(situation: Situation, counting: Counting, event: Event) -> Iterator[tuple[str, str]]:
    """What is odd about an event in a case, and recorded all the same: code and sentence."""
    body = situation.procedure.body_named(str(event.facts.get("body", "")))
    if event.type == "escalation.requested" and body is not None:
        last = filing_limit(situation, counting, body)
        if last is not None and local_date(event.occurred_at) > last:
            yield "late", f"this body takes cases until {last.isoformat()}; whether this is too late is for it to say"
    if event.type == "escalation.dispatched":
        yield from _dispatch_remarks(situation, event)
    if event.type == "complaint.withdrawn":
        yield from _withdrawal_remarks(situation)


def _dispatch_remarks(situation: Situation, event: Event) -> Iterator[tuple[str, str]]:
    case = case_named(situation, event.facts.get("escalation_id"))
    body = situation.procedure.body_named(case.body) if case else None
    if case is None or body is None:
        return
    asked, channel = body.reached_by.channels, event.facts.get("channel")
    # a body that is connected reads it at once, whatever else its rules ask for
    if channel not in (*asked, "api") and case.opened_by != "body":
        yield "channel-not-asked", f"a case goes to this body by: {', '.join(asked)}; it is recorded all the same"
    days = {*case.dispatch_days(asked), local_date(event.occurred_at)}
    if channel in asked and body.reached_by.same_day and len(days) > 1:
        listed = ", ".join(day.isoformat() for day in sorted(days))
        yield "dispatched-on-other-days", f"this goes out in all ways on one day; it went out on {listed}"


def _withdrawal_remarks(situation: Situation) -> Iterator[tuple[str, str]]:
    """A case with a body is the body's to end, or the complainant's to withdraw there."""
    for case in open_cases(situation):
        body = situation.procedure.body_named(case.body)
        name = (body.name if body else "") or case.body
        told = "it is told of this" if case.by_api else "tell it, and record there what it answers"
        yield "case-goes-on", f"the case with {name} goes on until that ends it; {told}"


def standing_remarks(situation: Situation) -> Iterator[tuple[str, str]]:
    """What is odd about the cases as they are: sent in one way and not in the other, or on different days."""
    for case in cases(situation):
        body = situation.procedure.body_named(case.body)
        if case.partially:
            yield "partially-dispatched", f"this still goes to the body by: {', '.join(case.missing_channels)}"
        days = case.dispatch_days(body.reached_by.channels) if body is not None else ()
        if body is not None and body.reached_by.same_day and len(days) > 1:
            listed = ", ".join(day.isoformat() for day in days)
            yield "dispatched-on-other-days", f"this goes out in all ways on one day; it went out on {listed}"


def _requested_faults(view: View, event: Event) -> Iterator[Fault]:
    situation = view.situation
    known = bodies_of(situation.procedure)
    body = situation.procedure.body_named(str(event.facts.get("body", "")))
    if body is None or body.body not in known:
        yield Fault("/body", "body-unknown", f"one of: {', '.join(known)}")
        return
    if body.filed_by not in ("either", event.facts.get("filed_by", "complainant")):
        yield Fault("/filedBy", "filed-by-other", f"a case is brought to this body by the {body.filed_by}")
    if body.consent and not event.facts.get("consent"):
        yield Fault("/consent", "consent-missing", "the complainant has to agree that the case goes to this body")
    yield from _named_faults(body, event)
    if any(case.id == event.facts.get("escalation_id") for case in cases(situation)):
        yield Fault("/escalation", "duplicate", "this case is there already")


def _named_faults(body: Body, event: Event) -> Iterator[Fault]:
    """BNW-13: where the body differs per complaint, it is named with the case."""
    if not body.per_case:
        return
    if event.facts.get("body_type") not in body.per_case:
        yield Fault("/named/type", "named-missing", f"say which body it is, one of: {', '.join(body.per_case)}")
    named = {name for name, value in ((event.texts or {}).get("named") or {}).items() if shows(str(value))}
    for need in needed_of(body, named.union(event.facts.get("given", ()))):
        yield Fault(f"/named/{need}", "named-missing", f"the body is named with its {need}")


def _case_faults(view: View, event: Event) -> Iterator[Fault]:
    if _case_of(view, event) is None:
        yield Fault("/escalation", "escalation-unknown", "this is no case of this complaint")


def _case_of(view: View, event: Event) -> Escalation | None:
    return case_named(view.situation, event.facts.get("escalation_id"))


def _dispatch_faults(view: View, event: Event) -> Iterator[Fault]:
    yield from _case_faults(view, event)
    if not event.facts.get("channel"):
        yield Fault("/channel", "channel-missing", "say in which way it was sent")


def _declined_faults(view: View, event: Event) -> Iterator[Fault]:
    yield from _case_faults(view, event)
    yield from _one_of("ground", GROUNDS, event)
    if "reasons" not in event.facts.get("content", ()):
        yield Fault("/reasons", "content-missing", "a body that turns a case down gives its reasons")


def _answered_faults(view: View, event: Event) -> Iterator[Fault]:
    yield from _case_faults(view, event)
    if "kind" in event.facts:
        yield from _one_of("kind", ANSWER_KINDS, event)
    case, question = _case_of(view, event), event.facts.get("question")
    asked = {each.sequence for each in case.questions} if case else set()
    if question is not None and question not in asked:
        yield Fault("/question", "question-unknown", "this is not the sequence of a question of this body")


def _sealed_faults(view: View, event: Event) -> Iterator[Fault]:
    yield from _case_faults(view, event)
    yield from _one_of("kind", PART_KINDS, event)


def _one_of(name: str, known: tuple[str, ...], event: Event) -> Iterator[Fault]:
    if event.facts.get(name) not in known:
        yield Fault(f"/{name}", f"{name}-unknown", f"one of: {', '.join(known)}")


def _decision_faults(view: View, event: Event) -> Iterator[Fault]:
    """SO-33: a decision binds whom the procedure says, unless that is left to each decision."""
    yield from _case_faults(view, event)
    case = _case_of(view, event)
    body = view.situation.procedure.body_named(case.body) if case else None
    claimed = event.facts.get("binding_on")  # nobody, where it is an empty list
    if claimed is not None and body and not body.binding_per_decision and set(claimed) != set(body.binding_on):
        binds = ", ".join(body.binding_on) or "nobody"
        yield Fault("/bindingOn", "not-in-procedure", f"a decision of this body binds: {binds}")
    decided = event.facts.get("decided_on")
    if decided and date.fromisoformat(decided) > local_date(view.now):
        yield Fault("/decidedOn", "in-the-future", "this day has not come yet")
    elif decided and date.fromisoformat(decided) > local_date(event.occurred_at):
        yield Fault("/decidedOn", "after-arrival", "it was decided before it came in")
    elif decided and date.fromisoformat(decided) < view.situation.received_on:
        yield Fault("/decidedOn", "before-receipt", "this is before the day on which the complaint was received")


def _withdrawn_faults(view: View, event: Event) -> Iterator[Fault]:
    """The organisation takes back only what it brought itself; a complainant's case is the complainant's."""
    yield from _case_faults(view, event)
    case, by = _case_of(view, event), event.facts.get("by")
    own = case is not None and case.filed_by == "organisation"
    if by not in ("complainant", "body", *(("organisation",) if own else ())):
        yield Fault("/by", "not-yours", "a complainant's case is withdrawn by the complainant, or given up by the body")
    if not {"reasons", "consent"} & set(event.facts.get("content", ())):
        yield Fault("/reasons", "content-missing", "say in the words of whoever withdraws it that it is withdrawn")


def _ordered_faults(view: View, event: Event) -> Iterator[Fault]:
    """A measure that a body ordered belongs to its decision."""
    if "escalation_id" not in event.facts:
        return
    yield from _case_faults(view, event)
    case = _case_of(view, event)
    if case is not None and case.decision is None:
        yield Fault("/escalation", "no-decision", "a body orders a measure in a decision")


def _hearing_faults(view: View, event: Event) -> Iterator[Fault]:
    if "escalation_id" in event.facts:
        yield from _case_faults(view, event)


FAULTS: Mapping[str, Callable[[View, Event], Iterator[Fault]]] = {
    "escalation.requested": _requested_faults,
    "escalation.dispatched": _dispatch_faults,
    "external.acknowledged": _case_faults,
    "external.declined": _declined_faults,
    "external.questioned": _case_faults,
    "external.answered": _answered_faults,
    "hearing.scheduled": _hearing_faults,
    "external_decision.received": _decision_faults,
    "decision.answered": _case_faults,
    "external.settled": _case_faults,
    "escalation.withdrawn": _withdrawn_faults,
    "dossier.requested": _case_faults,
    "dossier.sealed": _sealed_faults,
    "measure.recorded": _ordered_faults,
}
