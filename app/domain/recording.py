"""How a dossier grows: a checked step, and with it what the service itself has to announce."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from app.domain.callers import SERVICE, Actor
from app.domain.cases import open_cases
from app.domain.dossier import Dossier
from app.domain.events import CORRESPONDENCE, Event
from app.domain.terms import Term

NewId = Callable[[], UUID | None]


def taken(dossier: Dossier, event: Event, actor: Actor, new_id: NewId) -> Dossier:
    """The dossier after one checked event: what was already late is written down first, what is undone after.

    Raises Forbidden, Invalid or NotPossible.
    """
    flushed = announced(dossier, new_id)
    if event.type not in CORRESPONDENCE:
        flushed.check(event, actor)
    return followed(flushed, event, actor, new_id)


def followed(dossier: Dossier, event: Event, actor: Actor, new_id: NewId) -> Dossier:
    """The dossier after one event, with what the service announces of it."""
    return superseded(announced(informed(grown(dossier, event, actor, new_id), new_id), new_id), new_id)


def grown(dossier: Dossier, event: Event, actor: Actor, new_id: NewId) -> Dossier:
    """The dossier with one more event, numbered and dated."""
    # a caller's clock may run a little ahead; the database clock decides what has happened
    at = min(event.occurred_at, dossier.now)
    sequence = len(dossier.events) + 1
    return dossier.with_event(
        replace(event, occurred_at=at, actor=actor, recorded_at=dossier.now, sequence=sequence, id=new_id())
    )


def announced(dossier: Dossier, new_id: NewId) -> Dossier:
    """With every breach that has happened in its ledger, once, with when it happened and was noticed (X-04)."""
    for term in dossier.breaches_to_record():
        dossier = grown(dossier, breach_of(term), SERVICE, new_id)
    return dossier


def warned(dossier: Dossier, new_id: NewId) -> Dossier:
    """With every warning that is due in its ledger, once per due date."""
    for term in dossier.warnings_to_record():
        facts = {"term": term.key, "due_on": _iso(term), "act_by": term.act_by.isoformat() if term.act_by else None}
        dossier = grown(dossier, Event("term.due_soon", dossier.now, facts), SERVICE, new_id)
    return dossier


def superseded(dossier: Dossier, new_id: NewId) -> Dossier:
    """A correction or a late registration can make a recorded breach untrue; it stays, and so does this."""
    for event in dossier.breaches_superseded():
        facts = {"term": event.facts["term"], "supersedes": event.sequence}
        dossier = grown(dossier, Event("term.breach_superseded", dossier.now, facts), SERVICE, new_id)
    return dossier


def informed(dossier: Dossier, new_id: NewId) -> Dossier:
    """With a notice in each case that a body reads here, when the complainant withdrew or no longer does.

    The body ends the case, or goes on; what it decides without knowing would bind somebody who asks for nothing.
    """
    situation = dossier.situation
    for case in open_cases(situation):
        withdrawn_at = situation.closed_at if situation.state == "withdrawn" else None
        if case.by_api and case.told_withdrawn != withdrawn_at:
            facts = {"escalation_id": case.id} | ({"withdrawn_at": withdrawn_at.isoformat()} if withdrawn_at else {})
            dossier = grown(dossier, Event("body.informed", dossier.now, facts), SERVICE, new_id)
    return dossier


def breach_of(term: Term) -> Event:
    """The breach of a term, at the first instant that was too late."""
    if term.breach_at is None:
        raise ValueError("a term without an end cannot be breached")
    facts = {"term": term.key, "due_on": _iso(term), "duty": term.duty.duty, "soft": term.soft}
    return Event("term.breached", term.breach_at, {**facts, "source": term.duty.source})


def _iso(term: Term) -> str | None:
    return term.due_on.isoformat() if term.due_on else None
