"""What a message would say and do: rendered and tried against the rules, and nothing is changed by it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.callers import Actor
from app.domain.correspondence import Said
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid, Refused
from app.domain.events import Event
from app.domain.recording import taken as grown_by
from app.domain.terms import Term
from app.domain.together import demand_first
from app.services import dossier as dossiers
from app.services.composing import Composed, Html, composed
from app.services.correspondence import author_of, faults_in, said_event, told
from app.services.faults import Gathered
from app.services.steps import Taken, drafted
from app.store.transaction import Transaction

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it would be sent: what would be recorded, which terms and duties that meets, and what is missing.

    `refusal`: why it is not possible now or not for this caller, when nothing is missing in the message itself.
    """

    message: Composed
    events: tuple[str, ...] = ()
    meets: tuple[Term, ...] = ()
    settles: tuple[str, ...] = ()
    missing: tuple[Fault, ...] = ()
    refusal: Refused | None = None


async def preview(
    tx: Transaction, complaint_id: UUID, said: Said, taken: Taken | None, actor: Actor, html: Html
) -> Preview:
    """Raises NotFound, and Forbidden or Invalid for an employee who is not known or may not act for the other."""
    held, dossier = await dossiers.opened(tx, complaint_id)
    found, author = Gathered(), actor
    with found.kept():
        author = await author_of(tx, actor, said, taken, dossier, found)
    message = await composed(
        tx, held, dossier, replace(said, by=author.staff_id, roles=author.roles), taken, html, trial=True
    )
    made = _tried(dossier, message, taken, author, tx)
    with found.told():
        if found:
            raise Invalid("", faults=made.missing)
    return made


def _tried(dossier: Dossier, message: Composed, taken: Taken | None, author: Actor, tx: Transaction) -> Preview:
    if taken is None:
        event = said_event(message, _NOBODY, tx)
        return Preview(message, events=(event.type,), missing=message.faults)
    events = drafted(dossier, told(taken, message, _NOBODY), tx.now)
    return _recorded(dossier, Preview(message, tuple(each.type for each in events)), events, author)


def _recorded(dossier: Dossier, made: Preview, events: Sequence[Event], author: Actor) -> Preview:
    after = dossier
    missing = made.message.faults
    try:
        demand_first(dossier, events, author)
        for event in events:
            after = grown_by(after, event, author, lambda: None)
    except Invalid as refused:
        return replace(made, missing=(*missing, *faults_in(refused, made.message)))
    except Refused as refused:
        return replace(made, missing=missing, refusal=refused)
    return replace(made, meets=_met(dossier, after), settles=_settled(dossier, after), missing=missing)


def _met(before: Dossier, after: Dossier) -> tuple[Term, ...]:
    open_before = {term.key for term in before.terms if term.met_by is None}
    return tuple(term for term in after.terms if term.key in open_before and term.met_by is not None)


def _settled(before: Dossier, after: Dossier) -> tuple[str, ...]:
    """Duties without a date that are no longer owed."""
    still = {each.duty for each in after.obligations}
    return tuple(each.duty for each in before.obligations if each.duty not in still)
