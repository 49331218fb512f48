"""Cases with external bodies: one is asked for, and handed over at once. What comes back is in `external`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain import escalation
from app.domain.body import Body
from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid, NotPossible, shared
from app.domain.escalation import Given, Lack
from app.domain.events import Event
from app.domain.order import instant_faults, surely_since
from app.services import dossier as dossiers
from app.services import steps
from app.services.cases import (
    Outcome,
    body_of,
    case_of,
    content_of,
    dispatched_event,
    joined,
    present,
    sealed_event,
)
from app.services.faults import Gathered
from app.services.sealing import Means, PartGiven, demand_choice, seal
from app.store import bodies
from app.store.transaction import Reads, Transaction


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a body, for whom, with whose consent, and what goes along with the dossier."""

    body: str
    given: Given
    relief: str | None = None
    consent_form: str | None = None
    consent_text: str | None = None
    reference: str | None = None
    due_on: date | None = None
    identified_by: str | None = None
    enclosed: tuple[str, ...] = ()
    part: PartGiven = field(default_factory=PartGiven)
    texts: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    on_behalf_of: UUID | None = None


# -- reading ---------------------------------------------------------------------------------------------------


async def naming(tx: Reads, complaint_id: UUID, body: str) -> Dossier:
    """The dossier of a complaint whose procedure names that body, a parameter. Raises NotFound, Invalid."""
    _, dossier = await dossiers.opened(tx, complaint_id)
    body_of(dossier, body, "body")
    return dossier


# -- asking ----------------------------------------------------------------------------------------------------


async def request(
    tx: Transaction, complaint_id: UUID, asked: Asked, actor: Actor, means: Means, *, if_match: str | None = None
) -> Outcome:
    """Brings a complaint to a body, with the dossier sealed: all of it, or nothing.

    A case that the body opened itself is only recorded: its dossier is sealed when it is dispatched. Raises NotFound,
    Stale, Forbidden, Invalid (what can be mended), NotPossible (there is one already, or it is too early).
    """
    found = Gathered()
    actor = await steps.acting(tx, actor, asked.on_behalf_of, found)
    held, dossier = await dossiers.locked(tx, complaint_id, if_match)
    with found.kept():
        await demand_choice(tx, held, dossier, asked.part)
    escalation_id = tx.new_id()

    since = local_date(surely_since(dossier.situation, asked.occurred_at or tx.now, tx.now))
    with found.kept():
        _demand_body(dossier, asked, tx.now)
    with found.kept():
        _demand_meant(dossier, asked, since)

    def draft(dossier: Dossier) -> Sequence[Event]:
        body = body_of(dossier, asked.body)
        _refuse_second(dossier, body.body)
        with found.kept():
            _demand_ready(dossier, asked)
        return _requested(dossier, body, asked, escalation_id, since)

    first = await dossiers.grown(tx, held, dossier, dossiers.looked_at(dossier, draft, actor, found), actor)
    body = body_of(dossier, asked.body)
    lacks = escalation.preflight(dossier, body.body, asked.given)
    remarks = tuple({"code": lack.code, "message": lack.en} for lack in lacks if not lack.blocks)
    if asked.given.opened_by == "body":
        return Outcome(first, case_of(first.dossier, escalation_id), remarks=remarks)
    sealed = await seal(tx, first.held, first.dossier, escalation_id, "dossier", asked.part, means)
    events = [sealed_event(sealed, tx.now)]
    if not body.per_case and await bodies.listed(tx, (body.body,)):
        events.append(dispatched_event(escalation_id, "api", sealed.number, sealed.manifest_sha256, tx.now))
    second = await dossiers.grown(tx, first.held, first.dossier, events, actor)
    return Outcome(joined(first, second), case_of(second.dossier, escalation_id), sealed, remarks)


def _demand_body(dossier: Dossier, asked: Asked, now: datetime) -> None:
    """Raises Invalid for a body that is not there, with what is wrong whichever was meant."""
    try:
        body_of(dossier, asked.body)
    except Invalid as unknown:
        at = asked.occurred_at or now
        each_lacks = shared([_wrong_with(each, asked) for each in dossier.procedure.bodies])
        faults = [*unknown.faults, *each_lacks, *instant_faults(dossier.situation, at, now)]
        raise Invalid(unknown.detail, faults=faults) from None


def _wrong_with(body: Body, asked: Asked) -> list[Fault]:
    """What is wrong where this is the body, whenever it is asked."""
    lacks = escalation.asked_of(body, asked.given)
    return [*(Fault(lack.pointer, lack.code, lack.en) for lack in lacks), *_not_asked(body, asked)]


def _demand_meant(dossier: Dossier, asked: Asked, since: date) -> None:
    """Raises Invalid for a day that was over, and for what means nothing in such a case."""
    if faults := [*_due_faults(asked, since), *_meaningless(dossier, asked)]:
        raise Invalid("The case cannot be recorded like this.", faults=faults)


def _due_faults(asked: Asked, since: date) -> Iterator[Fault]:
    if asked.due_on is not None and asked.given.opened_by == "organisation":
        yield Fault("/dossierDueOn", "not-here", "this is of a case that the body opened (openedBy)")
    elif asked.due_on is not None and asked.due_on < since:
        yield Fault("/dossierDueOn", "in-the-past", "this day was over when the body asked for it")


def _meaningless(dossier: Dossier, asked: Asked) -> Iterator[Fault]:
    if asked.given.opened_by == "body":
        yield from nothing_along(asked.part, "say this when the dossier is sent (dispatches): it is sealed then")
    if (body := dossier.procedure.body_named(asked.body)) is not None:
        yield from _not_asked(body, asked)


def nothing_along(part: PartGiven, sentence: str) -> Iterator[Fault]:
    """Of what should go along where nothing does."""
    given = {
        "text": part.text,
        "messageIds": part.message_ids,
        "attachmentIds": part.attachment_ids,
        "releasedNotes": part.released_notes,
    }
    return (Fault(f"/{name}", "not-here", sentence) for name, there in given.items() if there)


def _not_asked(body: Body, asked: Asked) -> Iterator[Fault]:
    """What such a body asks nobody."""
    if asked.given.named and not body.per_case:
        yield Fault("/named", "not-here", "it is known which body this is")
    for place, each in enumerate(asked.enclosed):
        if each not in body.needs:
            known = f"one of: {', '.join(body.needs)}" if body.needs else "this body asks for nothing"
            yield Fault(f"/enclosed/{place}", "unknown", known)


def _demand_ready(dossier: Dossier, asked: Asked) -> None:
    """Raises Invalid, NotPossible for what is missing, now or when it is said to have been asked."""
    lacks = escalation.preflight(dossier, asked.body, asked.given)
    refuse(dossier, [lack for lack in lacks if lack.blocks])
    if asked.occurred_at is not None and asked.occurred_at >= dossier.situation.received_at:
        then = dossier.as_of(asked.occurred_at)
        refuse(dossier, [lack for lack in escalation.preflight(then, asked.body, asked.given) if lack.blocks])


def _refuse_second(dossier: Dossier, body: str) -> None:
    open_one = next((case for case in escalation.escalations(dossier) if case.body == body and case.is_open), None)
    if open_one is not None:
        raise NotPossible(
            "This complaint is with this body already, or with another of its kind.",
            code="escalation-exists",
            members={"escalationId": open_one.id},
        )


def refuse(dossier: Dossier, lacks: Sequence[Lack]) -> None:
    """409 while something must come first, with the day from which it is possible; else 400 with all that is missing.

    What is missing is listed whole in both: it can be mended while waiting.
    """
    faults = [Fault(lack.pointer, lack.code, lack.en) for lack in lacks]
    first = [lack for lack in lacks if not lack.pointer]
    if first:
        days = [lack.possible_on for lack in first if lack.possible_on]
        raise NotPossible(
            f"This is not possible now: {'; '.join(lack.en for lack in first)}.",
            code="too-early" if days else None,
            faults=faults,
            possible=dossier.instead,
            members={"possibleOn": max(days).isoformat()} if len(days) == len(first) else None,
        )
    if faults:
        raise Invalid("The case cannot go to the body like this.", faults=faults)


def _requested(dossier: Dossier, body: Body, asked: Asked, escalation_id: UUID, since: date) -> list[Event]:
    given = asked.given
    stage = next((stage.stage for stage in dossier.procedure.stages if stage.body == body.body), None)
    facts = {
        "escalation_id": str(escalation_id),
        "body": body.body,
        "body_kind": body.kind,
        "body_type": (given.named or {}).get("type"),
        "stage": stage or (dossier.situation.stage.stage if dossier.situation.stage else None),
        "filed_by": given.filed_by,
        "opened_by": given.opened_by,
        "consent": given.consent,
        "consent_form": asked.consent_form,
        "identified_by": asked.identified_by,
        "given": sorted(given.given),
        "skips": given.skips or None,
        "content": content_of(asked.texts),
    }
    texts = {
        **asked.texts,
        "relief": asked.relief,
        "consent_text": asked.consent_text,
        "body_reference": asked.reference,
        "named": dict(given.named) if given.named else None,
    }
    at = asked.occurred_at or dossier.now
    events = [Event("escalation.requested", at, present(facts), present(texts) or None)]
    if given.opened_by == "body":
        due_on = asked.due_on.isoformat() if asked.due_on and asked.due_on >= since else None  # else it is told
        told = present({"escalation_id": str(escalation_id), "due_on": due_on})
        events.append(Event("dossier.requested", at, told))
    return events
