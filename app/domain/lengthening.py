"""Extensions: which term one is about, and what it owes before it moves a date (C9)."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from app.domain.calendar import OutOfCalendar, local_date, shifted
from app.domain.counting import Extension as Lengthening
from app.domain.counting import Suspension
from app.domain.deadline import count
from app.domain.duty import Extension
from app.domain.errors import Fault, shared
from app.domain.events import Event
from app.domain.limits import extension_in_time
from app.domain.situation import Situation
from app.domain.steps import extendable
from app.domain.terms import Term, extension_of
from app.domain.view import View


def extension_faults(view: View, event: Event) -> Iterator[Fault]:
    if (event.facts.get("until") is None) == (event.facts.get("period") is None):
        yield Fault("/until", "new-date-missing", "give the new date or the period of the extension, one of the two")
    term = extended_term(view, event)
    if term is not None:
        yield from _faults_of(term, view, event)
        return
    known = extendable(view)
    yield Fault("/term", "term-unknown", f"one of: {', '.join(each.key for each in known)}")
    yield from shared([list(_faults_of(each, view, event)) for each in known])  # whichever was meant


def _faults_of(term: Term, view: View, event: Event) -> Iterator[Fault]:
    rule = term.duty.extension or Extension()
    if (event.facts.get("until") is None) != (event.facts.get("period") is None):
        yield from _date_faults(term, event)
    if rule.reason and "reasons" not in event.facts.get("content", ()):
        yield Fault("/reasons", "content-missing", "an extension gives its reasons")
    yield from _extension_form(rule, event)
    yield from _extension_limits(view.situation, rule, term, event)


def _date_faults(term: Term, event: Event) -> Iterator[Fault]:
    until = event.facts.get("until")
    if until is not None and _not_later(term, event, until):
        yield Fault("/until", "not-later", "the new date is not after the present one")
    elif (far := _too_far(term, event)) is not None:
        yield Fault("/until" if until is not None else "/period/amount", far.code, far.detail)


def _not_later(term: Term, event: Event, until: str) -> bool:
    """Than the term ends now; of one that is still suspended: than it ends at the soonest."""
    end = _counted(term, event)
    due_on = end.due if end is not None else term.due_on
    return due_on is not None and until <= due_on.isoformat()


def _too_far(term: Term, event: Event) -> OutOfCalendar | None:
    try:
        _counted(term, event, extension_of(event))
    except OutOfCalendar as beyond:
        return beyond
    return None


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
    if beyond and not rule.further_with_consent:
        yield Fault("/until", "too-long", beyond)
    if rule.consent and not consent:
        yield Fault("/consent", "consent-missing", "the complainant has to agree to an extension")
    elif beyond and rule.further_with_consent and consent != "written":
        yield Fault("/consent", "consent-missing", f"{beyond}; longer needs the complainant's written consent")


def _beyond(situation: Situation, rule: Extension, term: Term, event: Event) -> str | None:
    earlier = [e for e in situation.all_of("extension.notified") if e.facts.get("extends") == term.key]
    if rule.times is not None and len(earlier) >= rule.times:
        return f"the term may be extended {rule.times} time(s)"
    if rule.at_most is not None and _longer_than(rule, term, event):
        return f"an extension is at most {rule.at_most.amount} {rule.at_most.unit}"
    return None


def _longer_than(rule: Extension, term: Term, event: Event) -> bool:
    """Both counted as the term itself is: from its un-rolled end, by its own calendar."""
    if rule.at_most is None or (event.facts.get("until") is None) == (event.facts.get("period") is None):
        return False
    if _too_far(term, event) is not None:
        return True
    limit = _counted(term, event, Lengthening(period=rule.at_most, notified_at=event.occurred_at))
    asked = _counted(term, event, extension_of(event))
    return limit is not None and asked is not None and asked.nominal > limit.nominal


class _End(NamedTuple):
    """The last day of a term, before it is rolled and after."""

    nominal: date
    due: date


def _counted(term: Term, event: Event, *more: Lengthening) -> _End | None:
    """The end of the term with these extensions; None for one that no extension moves.

    While the clock stands still: as if it ran again from the day after the notice, as a promised date is counted.
    """
    derivation = term.deadline.derivation
    if derivation.period is None or derivation.back:
        return None
    extensions = (*(each.extension for each in derivation.extensions), *more)
    runs_on = shifted(local_date(event.occurred_at), 1)
    pauses = [Suspension(shifted(each.first, -1), each.until or runs_on) for each in derivation.suspended]
    found = count(derivation.counting, derivation.period, term.start.counted, extensions, pauses, derivation.known_on)
    return _End(found.nominal_due_on, found.due_on) if found.nominal_due_on and found.due_on else None


def moved_by_condition(before: View, after: View) -> Iterator[str]:
    """What was promised by a day, and is owed later now because another period holds; in a sentence each."""
    was = {term.key: term for term in before.terms if term.is_open}
    for term in after.terms:
        earlier = was.get(term.key)
        if earlier is None or earlier.due_on is None or term.due_on is None or term.due_on <= earlier.due_on:
            continue
        if term.is_open and term.deadline.derivation.period != earlier.deadline.derivation.period:
            days = f"was due on {earlier.due_on.isoformat()} and is due on {term.due_on.isoformat()} now"
            yield f"{term.key} {days}; tell whoever was promised the first day"


def extended_term(view: View, event: Event) -> Term | None:
    """The term that an extension is about: the one it names, or the only one there is."""
    found = [term for term in extendable(view) if event.facts.get("extends") in (None, term.key)]
    return found[0] if len(found) == 1 or (found and event.facts.get("extends")) else None


def extension_too_late(view: View, event: Event) -> str | None:
    """KK-13, C9: told no later than the last day of the running term; the breach stands (A-32)."""
    term = extended_term(view, event)
    if term is None or term.due_on is None or extension_in_time(term.due_on, event.occurred_at):
        return None
    return f"the term ended on {term.due_on.isoformat()}; an extension is told before it ends, and the breach stands"
