"""What the organisation hands to a body in a case: the dossier by each way, and every later part, sealed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid, NotPossible
from app.domain.escalation import Escalation
from app.domain.events import Event
from app.domain.verdicts import binds_organisation
from app.services import dossier as dossiers
from app.services import steps
from app.services.cases import (
    Outcome,
    case_of,
    content_of,
    dispatched_event,
    joined,
    present,
    sealed_event,
)
from app.services.dossier import probed
from app.services.escalations import nothing_along
from app.services.faults import Gathered
from app.services.sealing import Means, PartGiven, demand_choice, seal
from app.store import bodies, messages
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One way in which the dossier, or a later part, was sent. By a message: its way and its moment."""

    channel: str | None = None
    occurred_at: datetime | None = None
    message_id: UUID | None = None
    part: int = 0
    sealed_with: PartGiven = field(default_factory=PartGiven)
    texts: Mapping[str, Any] = field(default_factory=dict)
    on_behalf_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Handing:
    """A later part: what it is (`answer`, `defence`, `documents`, `supplement`, `decision_answer`, `measure_proof`),
    what is in it, and which event says so, with its own facts."""

    kind: str
    part: PartGiven
    event: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    on_behalf_of: UUID | None = None


async def dispatch(
    tx: Transaction,
    complaint_id: UUID,
    escalation_id: UUID,
    sent: Dispatch,
    actor: Actor,
    means: Means,
    *,
    if_match: str | None = None,
) -> Outcome:
    """Records that it was sent. A case that the body opened has its dossier sealed by the first of these.

    Raises NotFound, Stale, Forbidden, Invalid, NotPossible.
    """
    found = Gathered()
    actor = await steps.acting(tx, actor, sent.on_behalf_of, found)
    held, dossier = await dossiers.locked(tx, complaint_id, if_match)
    case = case_of(dossier, escalation_id)
    with found.kept():
        await demand_choice(tx, held, dossier, sent.sealed_with)
    channel, at = await _looked_at(tx, held.id, dossier, case, sent, actor, found)
    first, sealed = None, None
    if not case.parts:
        sealed = await seal(tx, held, dossier, escalation_id, "dossier", sent.sealed_with, means)
        first = await dossiers.grown(tx, held, dossier, [sealed_event(sealed, tx.now)], actor)
        held, dossier, case = first.held, first.dossier, case_of(first.dossier, escalation_id)
    recorded = await dossiers.grown(tx, held, dossier, [_sent(case, sent, channel, at)], actor)
    recorded = joined(first, recorded) if first else recorded
    return Outcome(recorded, case_of(recorded.dossier, escalation_id), sealed)


async def _looked_at(
    tx: Transaction,
    complaint_id: UUID,
    dossier: Dossier,
    case: Escalation,
    sent: Dispatch,
    actor: Actor,
    found: Gathered,
) -> tuple[str, datetime]:
    """By which way it goes, and when. Raises what is wrong with that, and what was found before."""
    channel, at = sent.channel or "post", sent.occurred_at or tx.now
    with found.kept():
        _demand_part(case, sent)
    with found.kept():
        _demand_sealing(case, sent)
    with found.kept():
        channel, at = await _way(tx, complaint_id, sent)
    with found.kept():
        if channel == "api" and not await bodies.listed(tx, (case.body,)):
            raise Invalid("This body has no API.", faults=[Fault("/channel", "not-connected", "send it another way")])
    with found.told():
        event = dispatched_event(UUID(case.id), channel, sent.part, bytes(32), at)
        probed(dossier, [event] if case.parts else [_probe(case, "dossier", tx.now), event], actor)
    return channel, at


async def _way(tx: Transaction, complaint_id: UUID, sent: Dispatch) -> tuple[str, datetime]:
    """By which way, and when: what the message says stands over what is told of it."""
    if sent.message_id is None:
        if sent.channel is None:
            raise Invalid("Say how it was sent.", faults=[Fault("/channel", "required", "or name the messageId")])
        return sent.channel, sent.occurred_at or tx.now
    message = await messages.read(tx, sent.message_id)
    if message is None or message["complaint_id"] != complaint_id or message["state"] != "sent":
        sentence = "no message of this complaint with this id was sent"
        raise Invalid("This message is not known.", faults=[Fault("/messageId", "unknown", sentence)])
    faults = []
    if sent.channel not in (None, message["channel"]):
        faults.append(Fault("/channel", "another-way", "leave it out with a messageId"))
    if sent.occurred_at not in (None, message["occurred_at"]):
        faults.append(Fault("/occurredAt", "another-moment", "leave it out with a messageId"))
    if faults:
        raise Invalid("The message went another way.", faults=faults)
    return message["channel"], message["occurred_at"]


def _demand_part(case: Escalation, sent: Dispatch) -> None:
    """Raises Invalid for a part that was not sealed; what is sent first is the dossier, which is sealed with it."""
    if sent.part not in {each.facts["part"] for each in case.parts} | {0}:
        raise Invalid("There is no such part.", faults=[Fault("/partNumber", "unknown", "no part has this number")])


def _demand_sealing(case: Escalation, sent: Dispatch) -> None:
    """Raises Invalid for what should go along where nothing is sealed by this."""
    sentence = "what was sealed is sent as it is; hand this over as a part of its own (supplements)"
    if case.parts and (faults := list(nothing_along(sent.sealed_with, sentence))):
        raise Invalid("Nothing is added to what was sealed.", faults=faults)


def _sent(case: Escalation, sent: Dispatch, channel: str, at: datetime) -> Event:
    part = next(each for each in case.parts if each.facts["part"] == sent.part)
    facts = {
        "escalation_id": case.id,
        "channel": channel,
        "part": sent.part,
        "manifest_sha256": part.facts["manifest_sha256"],
        "message_id": str(sent.message_id) if sent.message_id else None,
        "content": content_of(sent.texts),
    }
    return Event("escalation.dispatched", at, present(facts), dict(sent.texts) or None)


# -- later parts -----------------------------------------------------------------------------------------------


async def hand_over(
    tx: Transaction,
    complaint_id: UUID,
    escalation_id: UUID,
    handing: Handing,
    actor: Actor,
    means: Means,
    *,
    if_match: str | None = None,
    found: Gathered | None = None,
) -> Outcome:
    """Seals a later part and records what it is. Raises NotFound, Stale, Forbidden, Invalid, NotPossible."""
    found = found or Gathered()
    actor = await steps.acting(tx, actor, handing.on_behalf_of, found)
    held, dossier = await dossiers.locked(tx, complaint_id, if_match)
    case = case_of(dossier, escalation_id)
    with found.kept():
        _demand_whole(case, handing)
    with found.kept():
        await demand_choice(tx, held, dossier, handing.part)
    unbound = case.decision is not None and not binds_organisation(dossier.procedure, case)
    if handing.kind == "decision_answer" and unbound:
        # the body does not follow what is done with such a decision: the complainant is told, and no part is sealed
        events = dossiers.looked_at(dossier, lambda _: _said(case, handing, None, tx.now), actor, found)
        recorded = await dossiers.grown(tx, held, dossier, events, actor)
        return Outcome(recorded, case_of(recorded.dossier, escalation_id))
    with found.told():
        probed(dossier, [_probe(case, handing.kind, tx.now), *_said(case, handing, len(case.parts), tx.now)], actor)
        if handing.event == "measure.completed" and unbound:
            raise _not_binding(complaint_id)
        if case.awaits_dossier:
            raise NotPossible("The dossier comes first; dispatch it.", code="no-dossier-yet")
    sealed = await seal(tx, held, dossier, escalation_id, handing.kind, handing.part, means)
    events = [sealed_event(sealed, tx.now), *_said(case, handing, sealed.number, tx.now)]
    recorded = await dossiers.grown(tx, held, dossier, events, actor)
    return Outcome(recorded, case_of(recorded.dossier, escalation_id), sealed)


def _demand_whole(case: Escalation, handing: Handing) -> None:
    if faults := [*_content_faults(handing.part), *_question_faults(case, handing), *_unsaid(handing)]:
        raise Invalid("This cannot be handed over like this.", faults=faults)


def _content_faults(part: PartGiven) -> Iterator[Fault]:
    if not (part.text or part.message_ids or part.attachment_ids or part.released_notes):
        yield Fault("", "nothing-to-hand-over", "give a text, messages, files or released notes")


def _said(case: Escalation, handing: Handing, number: int | None, now: datetime) -> list[Event]:
    if handing.event is None:
        return []
    facts = {**handing.facts, "escalation_id": case.id, "part": number, "content": content_of(handing.texts)}
    if handing.event == "external.answered":
        facts |= {"kind": handing.kind, "question": _question(case, handing)}
    return [Event(handing.event, handing.occurred_at or now, present(facts), present(handing.texts) or None)]


def _question(case: Escalation, handing: Handing) -> int | None:
    """Which question it answers: the only open one need not be named."""
    open_ones = [event.sequence for event in case.open_questions]
    if handing.kind != "answer":
        return None
    return handing.facts.get("question") or (open_ones[0] if len(open_ones) == 1 else None)


def _question_faults(case: Escalation, handing: Handing) -> Iterator[Fault]:
    """An answer is to a question that is open."""
    open_ones = [event.sequence for event in case.open_questions]
    answers = handing.event == "external.answered" and handing.kind == "answer"
    if answers and _question(case, handing) not in open_ones:
        known = f"one of: {', '.join(map(str, open_ones))}" if open_ones else "no question is open"
        yield Fault("/question", "question-unknown", known)
    if not answers and "question" in handing.facts:
        yield Fault("/question", "not-here", "only an answer is to a question")


def _unsaid(handing: Handing) -> Iterator[Fault]:
    """What no event would say: a supplement has none but that it was sealed, now."""
    if handing.event is not None:
        return
    if handing.occurred_at is not None:
        yield Fault("/occurredAt", "sent-now", "what is added is sealed now")
    for name in sorted(handing.texts.keys() - {"text"}):
        yield Fault(f"/{_NAMES[name]}", "not-here", "say it in the text, which goes along")


_NAMES = {"note": "note", "late_registration_reason": "lateRegistrationReason"}


async def complete_measure(
    tx: Transaction,
    complaint_id: UUID,
    escalation_id: UUID,
    handing: Handing,
    actor: Actor,
    means: Means,
    *,
    if_match: str | None = None,
) -> Outcome:
    """An ordered measure was carried out; the proof is a part for the body. Raises what hand_over raises.

    Where the decision does not bind the organisation the body does not follow what is done with it.
    """
    _, dossier = await dossiers.locked(tx, complaint_id, if_match)
    case = case_of(dossier, escalation_id)
    found = Gathered()
    with found.kept():
        _demand_ordered(dossier, case, handing.facts.get("measure"))
    return await hand_over(tx, complaint_id, escalation_id, handing, actor, means, found=found)


def _not_binding(complaint_id: UUID) -> NotPossible:
    return NotPossible(
        "This decision does not bind the organisation: record it in the complaint.",
        code="not-binding",
        possible=[{"step": "measure-completions", "href": f"/v1/complaints/{complaint_id}/measure-completions"}],
    )


def _demand_ordered(dossier: Dossier, case: Escalation, measure: Any) -> None:
    ordered = {
        e.sequence for e in dossier.situation.all_of("measure.recorded") if e.facts.get("escalation_id") == case.id
    }
    done = {event.facts.get("measure") for event in dossier.situation.all_of("measure.completed")}
    if measure not in ordered - done:
        listed = ", ".join(map(str, sorted(ordered - done)))
        sentence = f"one of: {listed}" if listed else "no ordered measure is still to be carried out"
        raise Invalid("This measure is not open.", faults=[Fault("/measure", "measure-unknown", sentence)])


# -- before anything is sealed ---------------------------------------------------------------------------------


def _probe(case: Escalation, kind: str, now: datetime) -> Event:
    """As the sealing will be recorded; its hashes are not known yet."""
    zeros = bytes(32).hex()
    facts = {"escalation_id": case.id, "part": len(case.parts), "kind": kind, "manifest_sha256": zeros}
    return Event("dossier.sealed", now, facts | {"ledger_head": zeros, "zip_sha256": zeros})
