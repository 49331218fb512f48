"""Extensions: which term one is about, and what it owes before it moves a date (C9)."""

from collections.abc import Iterator

from app.domain.calendar import Period, add, calendar_for
from app.domain.duty import Extension
from app.domain.errors import Fault
from app.domain.events import Event
from app.domain.limits import extension_in_time
from app.domain.situation import Situation
from app.domain.steps import extendable
from app.domain.terms import Term
from app.domain.view import View


def extension_faults(view: View, event: Event) -> Iterator[Fault]:
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


def extension_too_late(view: View, event: Event) -> str | None:
    """KK-13, C9: told no later than the last day of the running term; the breach stands (A-32)."""
    term = extended_term(view, event)
    if term is None or term.due_on is None or extension_in_time(term.due_on, event.occurred_at):
        return None
    return f"the term ended on {term.due_on.isoformat()}; an extension is told before it ends, and the breach stands"
