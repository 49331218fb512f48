"""Events and dossiers from plain words. Every event goes through the gate, at its own instant, as in real life.

    late = dossier("jso", did("complaint.received", "2036-04-24 12:00"), now="2036-05-07 09:00")
    answered = then(late, did("first_response.sent", "2036-05-07 10:00", form="phone"))

What an event owes and a test does not mention (form, content, verdict) is filled in, and whoever may do it does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from app.domain.calendar import AMSTERDAM, Calendar, calendar_for
from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.duties import demanded
from app.domain.events import Event
from app.domain.explanation import explain
from app.domain.order import before, order_faults
from app.domain.procedure import Procedure
from app.domain.recording import announced, taken
from app.domain.roles import roles_to_record
from app.domain.simulation import case_facts
from app.domain.terms import Term
from app.procedures.reading import read, shipped

FURTHER = Path(__file__).parent / "procedures" / "further"
SYSTEM = Actor("system")


def at(local: str) -> datetime:
    """'2036-04-24 12:00' (or a day, which is its noon) as people in Amsterdam mean it, in UTC."""
    known = datetime.fromisoformat(local if len(local) > 10 else f"{local} 12:00")
    return known.replace(tzinfo=AMSTERDAM).astimezone(UTC)


@cache
def procedure(name: str) -> Procedure:
    """A shipped procedure, or one of those in tests/procedures/further."""
    known = {each.procedure: each for each in shipped()}
    return known[name] if name in known else read((FURTHER / f"{name}.yaml").read_text(encoding="utf-8"))


def taking_in(name: str, **intake: Any) -> Procedure:
    """A procedure of which the intake says something else: taking_in("jso", kinds=("complaint", "out_of_scope"))."""
    known = procedure(name)
    return known.model_copy(update={"intake": known.intake.model_copy(update=intake)})


def person(name: str) -> UUID:
    """The same name is the same employee."""
    return uuid5(NAMESPACE_URL, name)


def employee(role: str, name: str | None = None) -> Actor:
    return Actor("staff", person(name or role), (role,))


@dataclass(frozen=True)
class Deed:
    """Something that happens: `by` None is whoever may do it; `registered` None is at once."""

    type: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    by: Actor | None = None
    registered: datetime | None = None


def did(type: str, when: str, by: Actor | None = None, registered: str | None = None, **facts: Any) -> Deed:
    return Deed(type, at(when), facts, by, at(registered) if registered else None)


def dossier(name: str | Procedure, received: Deed, *deeds: Deed, now: str | None = None) -> Dossier:
    """A dossier in which all this happened. Raises what the gate refuses."""
    rules = procedure(name) if isinstance(name, str) else name
    known = received.registered or received.at
    found = Dossier(rules, calendar(rules), (_receipt(rules, received, known),), known)
    return then(seen(found), *deeds, now=now)


def calendar(rules: Procedure) -> Calendar:
    return calendar_for(rules.calendar.working_days, rules.calendar.closed)


def then(found: Dossier, *deeds: Deed, now: str | None = None) -> Dossier:
    """What came after. Raises what the gate refuses."""
    for deed in deeds:
        found = seen(found, deed.registered or deed.at)
        event, actor = drafted(found, deed)
        found = taken(found, event, actor, no_id)
    return seen(found, at(now)) if now else found


def seen(found: Dossier, now: datetime | None = None) -> Dossier:
    """The dossier at a later instant, as the guard would have left it."""
    later = Dossier(found.procedure, found.calendar, found.events, max(now or found.now, found.now))
    return announced(later, no_id)


def no_id() -> None:
    """Nothing here is stored."""


def drafted(found: Dossier, deed: Deed) -> tuple[Event, Actor]:
    """The event with what it owes, and who does it."""
    facts = {**owed(found, deed.type), **deed.facts}
    if "skip_reason" in facts.get("content", ()):
        facts["skips"] = True
    event = Event(deed.type, deed.at, facts)
    return event, deed.by or whoever_may(found, event)


def owed(found: Dossier, type: str) -> dict[str, Any]:
    """Form, content, verdict and outcome as favourably as the procedure allows."""
    content = set(demanded(found.situation, type).content)
    facts: dict[str, Any] = {"form": "email", "content": sorted(content | {"reasons"})}
    answer = found.situation.stage.answer if found.situation.stage else None
    if answer is not None and answer.event == type:
        facts |= {"verdict": answer.verdicts[0]} if answer.verdicts else {}
        facts |= {"outcome": answer.outcomes[0]} if answer.outcomes else {}
    if type == "complaint.closed":
        facts |= {"outcome": "handled", "given": ["handling_method"]}
    return facts | {name: value for name, value in case_facts(found, type, {}).items() if name != "content"}


def whoever_may(found: Dossier, event: Event) -> Actor:
    taking = (item.by for item in found.checklist if item.is_this(event))
    roles = roles_to_record(found.view, event) or next(taking, ())
    return employee(roles[0]) if roles else SYSTEM


def _receipt(rules: Procedure, received: Deed, known: datetime) -> Event:
    kind = {"signal.received": "signal", "enquiry.received": "enquiry"}.get(received.type, "complaint")
    given = sorted({*rules.register_.required_at_intake, *rules.register_.required_at_closing} - NOT_GIVEN)
    facts = {"kind": kind, "channel": "email", "form": "email", "given": given, **received.facts}
    actor = received.by or SYSTEM
    return Event(received.type, received.at, facts, actor=actor, recorded_at=known, sequence=1)


# What only the handling itself can fill in.
NOT_GIVEN = {"verdict", "outcome", "handled_on", "handling_method", "measures", "improvements"}


def term(found: Dossier, key: str) -> Term:
    return next(each for each in found.terms if each.key == key)


def state_of(found: Dossier, key: str) -> str:
    return term(found, key).state.value


def sentences(term: Term) -> dict[str, str]:
    """Why it ends when it ends, in both languages."""
    return explain(
        term.derivation,
        term.due_on,
        term.act_by,
        duty_title=term.title,
        source=term.duty.source,
        start_title=term.start_title,
    )


def due(found: Dossier, key: str) -> str:
    """Its last day, or `none` while it is suspended."""
    due_on = term(found, key).due_on
    return due_on.isoformat() if due_on else "none"


def ledger(found: Dossier, *types: str) -> list[Event]:
    """What stands in the ledger, corrected or not."""
    return [event for event in found.events if not types or event.type in types]


def outside(found: Dossier, type: str, when: str, **facts: Any) -> Dossier:
    """With something that an external body did, unseen by the gate."""
    event = Event(type, at(when), facts, actor=SYSTEM, recorded_at=at(when), sequence=len(found.events) + 1)
    return seen(found.with_event(event), at(when))


def too_early(found: Dossier) -> list[str]:
    """What lies before what it follows."""
    events = found.situation.events
    return [each.type for each in events if any(order_faults(before(found.situation, each), each))]
