"""What comes back from an external body about its case.

Whether it says so through its own API or by a letter that an employee registers, it is recorded here and nowhere else,
under the complaint's lock.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid
from app.domain.escalation import Escalation
from app.domain.events import Event
from app.domain.order import surely_since
from app.services import dossier as dossiers
from app.services import steps
from app.services.cases import Outcome, body_of, case_of, content_of, present
from app.services.faults import Gathered
from app.store import messages
from app.store.transaction import Transaction

# What a body does, by the word that stands in the path, and the event that it becomes.
EXTERNAL: Mapping[str, str] = {
    "acknowledgements": "external.acknowledged",
    "declinations": "external.declined",
    "questions": "external.questioned",
    "hearings": "hearing.scheduled",
    "decisions": "external_decision.received",
    "settlements": "external.settled",
    "withdrawals": "escalation.withdrawn",
    "dossier-requests": "dossier.requested",
}


async def record_external(  # noqa: PLR0913
    tx: Transaction,
    complaint_id: UUID,
    escalation_id: UUID,
    what: str,
    facts: Mapping[str, Any],
    texts: Mapping[str, Any],
    actor: Actor,
    *,
    on_behalf_of: UUID | None = None,
    occurred_at: datetime | None = None,
    if_match: str | None = None,
    found: Gathered | None = None,
) -> Outcome:
    """Records what a body did in its case (`what`: a word of EXTERNAL); `actor` is the body, or who took its letter.

    A decision may bring `measures`: facts of each in `facts`, and its description at the same place in `texts`.
    Raises NotFound, Stale, Forbidden, Invalid, NotPossible.
    """
    held, dossier = await dossiers.locked(tx, complaint_id, if_match)
    case = case_of(dossier, escalation_id)
    found, at = found or Gathered(), occurred_at or tx.now
    actor = await steps.acting(tx, actor, on_behalf_of, found)
    with found.kept():
        await _demand_files(tx, complaint_id, facts)
    with found.kept():
        _demand_days(facts.get("measures") or (), surely_since(dossier.situation, at, tx.now, case.id))
    if what == "decisions":
        with found.kept():
            _demand_bound(dossier, case, facts)

    def draft(dossier: Dossier) -> Sequence[Event]:
        events = [_external(dossier, case, what, facts, texts, at, actor)]
        return [*events, *_ordered(case, facts, texts, at)] if what == "decisions" else events

    recorded = await dossiers.grown(tx, held, dossier, dossiers.looked_at(dossier, draft, actor, found), actor)
    return Outcome(recorded, case_of(recorded.dossier, escalation_id))


async def _demand_files(tx: Transaction, complaint_id: UUID, facts: Mapping[str, Any]) -> None:
    """Raises Invalid for a file that is none of this complaint's."""
    named = [UUID(str(each)) for each in facts.get("attachments") or ()]
    known = {row["id"] for row in await messages.files(tx, complaint_id, named)} if named else set()
    if found := list(file_faults(named, known, "no file of this complaint has this id")):
        raise Invalid("These files are not known.", faults=found)


def file_faults(named: Sequence[UUID], known: Collection[UUID], unknown: str) -> Iterator[Fault]:
    """Of the files that are named: one that is not there, and one that was named before."""
    for place, each in enumerate(named):
        if each not in known:
            yield Fault(f"/attachments/{place}", "unknown", unknown)
        elif each in named[:place]:
            yield Fault(f"/attachments/{place}", "repeated", "this file is named before")


def _demand_days(measures: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Raises Invalid for an ordered measure whose last day was over when it was ordered."""
    over = [
        Fault(f"/measures/{place}/dueOn", "in-the-past", "the last day is before the day on which it was named")
        for place, each in enumerate(measures)
        if _is_over(each, at)
    ]
    if over:
        raise Invalid("These measures were over when they were ordered.", faults=over)


def _is_over(measure: Mapping[str, Any], at: datetime) -> bool:
    return bool(measure.get("due_on")) and date.fromisoformat(measure["due_on"]) < local_date(at)


def _external(
    dossier: Dossier,
    case: Escalation,
    what: str,
    facts: Mapping[str, Any],
    texts: Mapping[str, Any],
    at: datetime,
    actor: Actor,
) -> Event:
    said = {name: value for name, value in facts.items() if name != "measures"}
    written = present({name: value for name, value in texts.items() if name != "measures"})
    content = [*content_of(written), *(["verdict"] if said.get("verdict") else [])]
    own: dict[str, Any] = {"escalation_id": case.id}
    if what == "decisions":
        own["binding_on"] = _binding_on(dossier, case, said)
    if what == "acknowledgements":
        own["by"] = "body" if actor.kind == "body" else "staff"
    said = present({**said, "content": sorted(content)})
    return Event(EXTERNAL[what], at, {**said, **own}, written or None)


def _binding_on(dossier: Dossier, case: Escalation, said: Mapping[str, Any]) -> list[str]:
    """Whom it binds: as the decision says, else as the procedure says of this body (SO-33)."""
    given = said.get("binding_on")
    return list(given if given is not None else body_of(dossier, case.body).binding_on)


def _demand_bound(dossier: Dossier, case: Escalation, said: Mapping[str, Any]) -> None:
    """Raises Invalid where each decision says itself whom it binds, and this one does not (SO-33)."""
    if said.get("binding_on") is None and body_of(dossier, case.body).binding_per_decision:
        sentence = "each decision of this body says whom it binds; an empty list: nobody"
        raise Invalid("Say whom it binds.", faults=[Fault("/bindingOn", "required", sentence)])


def _ordered(case: Escalation, facts: Mapping[str, Any], texts: Mapping[str, Any], at: datetime) -> list[Event]:
    """What the decision orders, each with its own last day."""
    described = texts.get("measures") or ()
    return [
        Event(
            "measure.recorded",
            at,
            present({"target": "organisation", **measure, "escalation_id": case.id, "ordered": True}),
            {"description": text},
        )
        for measure, text in zip(facts.get("measures") or (), described, strict=True)
        if not _is_over(measure, at)  # which is told of the decision
    ]
