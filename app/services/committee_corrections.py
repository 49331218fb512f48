"""What an external body recorded wrongly in its case: it stays, and is read as corrected from then on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.cases import ENDS, Escalation
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid, NotPossible
from app.domain.events import Event
from app.domain.wholeness import said_faults
from app.services import dossier as dossiers
from app.services.cases import present
from app.services.committee import Seen, correctable, date_faults, locked, seen, told_to_a_body
from app.services.faults import Gathered
from app.store.transaction import Transaction

DECISION: Final = "external_decision.received"
# By what the body calls it; of several the last, of measures the one that is named. A decision ends a case too, and is
# corrected as a decision.
CORRECTED: Final[Mapping[str, frozenset[str]]] = {
    "hearing": frozenset({"hearing.scheduled"}),
    "decision": frozenset({DECISION}),
    "ending": frozenset(ENDS) - {DECISION},
    "measure": frozenset({"measure.recorded"}),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """`what`: a word of CORRECTED. `changes`: facts as they should have been; or `annul`: it did not happen.

    `measure`: the id of the one that is meant, where it is a measure.
    """

    what: str
    changes: Mapping[str, Any]
    annul: bool
    reasons: str
    measure: UUID | None = None


async def correct(
    tx: Transaction, escalation_id: UUID, correction: Correction, actor: Actor, *, if_match: str | None = None
) -> Seen:
    """Records a correction by the body. Raises NotFound, Stale, Invalid, NotPossible."""
    held, dossier, case = await locked(tx, escalation_id, if_match)
    found = Gathered()
    with found.kept():
        _demand_days(correction, dossier)
    with found.kept():
        _demand_said(correction)
    wrong = _recorded(dossier, case, correction, found)
    said = {"facts": dict(correction.changes) or None, "annul": correction.annul or None}
    sequence = wrong.sequence if wrong else 0
    facts = {"corrects": sequence, "escalation_id": case.id, "content": ["reasons"], **present(said)}
    event = Event("event.corrected", tx.now, facts, {"reasons": correction.reasons})
    with told_to_a_body():
        hanging = () if wrong else ("not-correctable",)
        events = dossiers.looked_at(dossier, lambda _: [event], actor, found, hanging=hanging)
        await dossiers.grown(tx, held, dossier, events, actor)
    return await seen(tx, escalation_id)


def _demand_days(correction: Correction, dossier: Dossier) -> None:
    past = date_faults(correction.changes, local_date(dossier.now))
    if faults := [replace(each, pointer=f"/changes{each.pointer}") for each in past]:
        raise Invalid("This lacks something.", faults=faults)


def _demand_said(correction: Correction) -> None:
    """As the gate asks it, which is not come to where there is nothing to correct."""
    if faults := list(said_faults(annul=correction.annul, corrected=bool(correction.changes))):
        raise Invalid("This corrects nothing.", faults=faults)


def _recorded(dossier: Dossier, case: Escalation, correction: Correction, found: Gathered) -> Event | None:
    """What is meant of what the body recorded in its case; that there is no such measure is kept.

    Raises NotPossible, or what was found before.
    """
    types, measure = CORRECTED[correction.what], correction.measure
    if measure is not None and measure not in {each.id for each in dossier.events if _of(case, each, types)}:
        unknown = Fault("/measure", "unknown", "you ordered no measure with this id in this case")
        found.keep(Invalid("This measure is not known.", faults=[unknown]))
        return None
    own = (each for each in reversed(dossier.situation.events) if _of(case, each, types))
    meant = next((each for each in own if correctable(each) and measure in (None, each.id)), None)
    if meant is None:
        raise found.refusal() if found else _nothing_to_correct()
    return meant


def _nothing_to_correct() -> NotPossible:
    return NotPossible("You recorded no such thing in this case.", code="nothing-to-correct")


def _of(case: Escalation, event: Event, types: Collection[str]) -> bool:
    return event.type in types and event.facts.get("escalation_id") == case.id
