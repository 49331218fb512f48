"""Cases with external bodies as the contract shows them, built as plain values (see shown.py)."""

from typing import Any

from app.api import shown
from app.api.schemas.words import camel
from app.domain.dossier import Dossier
from app.domain.escalation import Escalation, Lack
from app.domain.events import Event
from app.services.cases import Outcome
from app.store.dossiers import Row

Json = dict[str, Any]


def case(row: Row, dossier: Dossier, each: Escalation, *, connected: bool) -> Json:
    """A case with everything that happened in it (EscalationAnswer); `row` is the complaint's."""
    body = dossier.procedure.body_named(each.body)
    texts = each.requested.texts or {}
    return {
        **_summary(row, dossier, each),
        "bodyName": (texts.get("named") or {}).get("name") or (body.name if body else each.body),
        "bodyKind": each.requested.facts.get("body_kind") or (body.kind if body else ""),
        "connected": connected,
        "named": camel(texts.get("named") or {}),
        "partially": each.partially,
        "missingChannels": each.missing_channels if each.is_open else (),
        "consent": bool(each.requested.facts.get("consent")),
        "requestedRelief": texts.get("relief"),
        "bodyReference": _reference(each),
        "sendings": [_sending(event) for event in each.dispatches],
        "parts": [_part(event) for event in each.parts],
        "questions": [_question(each, event) for event in each.questions],
        "decision": _decision(each.decision) if each.decision else None,
        "measures": _measures(dossier, each),
        "terms": [shown.term(row["id"], term) for term in dossier.terms if term.stage.body == each.body],
        "links": shown.links(row["id"], dossier, each.id),
    }


def _summary(row: Row, dossier: Dossier, each: Escalation) -> Json:
    return {
        "id": each.id,
        "complaintId": row["id"],
        "reference": row["reference"],
        "body": each.body,
        "stage": each.stage,
        "procedure": dossier.procedure.procedure,
        "state": each.state,
        "openedBy": each.opened_by,
        "filedBy": each.filed_by,
        "requestedAt": each.requested.occurred_at,
        "sentAt": each.dispatched_at,
        "acknowledgedAt": each.acknowledged_at,
        "hearingOn": each.hearing_on,
        "nextDueOn": each.next_due_on,
        "verdict": each.verdict,
        "decidedAt": each.decided_at,
        "endedAt": each.ended_at,
        "updatedAt": row["updated_at"],
    }


def _reference(each: Escalation) -> str | None:
    """The body's own: as it acknowledged it, else as it opened the case."""
    said = each.acknowledged.texts if each.acknowledged else None
    return (said or {}).get("body_reference") or (each.requested.texts or {}).get("body_reference")


def _sending(event: Event) -> Json:
    return {
        "sequence": event.sequence,
        "channel": event.facts["channel"],
        "sentAt": event.occurred_at,
        "part": event.facts.get("part", 0),
        "messageId": event.facts.get("message_id"),
        "manifestSha256": event.facts.get("manifest_sha256", ""),
    }


def _part(event: Event) -> Json:
    return {
        "number": event.facts["part"],
        "kind": event.facts["kind"],
        "sequence": event.sequence,
        "manifestSha256": event.facts["manifest_sha256"],
        "zipSha256": event.facts["zip_sha256"],
        "ledgerHead": event.facts["ledger_head"],
        "sealedAt": event.occurred_at,
    }


def _question(each: Escalation, event: Event) -> Json:
    return {
        "sequence": event.sequence,
        "askedAt": event.occurred_at,
        "dueOn": event.facts.get("due_on"),
        "question": (event.texts or {}).get("question"),
        "answered": event not in each.open_questions,
    }


def _decision(event: Event) -> Json:
    return {
        "sequence": event.sequence,
        "receivedAt": event.occurred_at,
        "decidedOn": event.facts.get("decided_on"),
        "verdict": event.facts.get("verdict"),
        "bindingOn": event.facts.get("binding_on", ()),
        "publication": bool(event.facts.get("publication")),
        "publicationCopy": event.facts.get("publication_copy"),
        "attachments": event.facts.get("attachments", ()),
        "texts": camel(event.texts or {}),
    }


def _measures(dossier: Dossier, each: Escalation) -> list[Json]:
    done = {event.facts.get("measure"): event for event in dossier.situation.all_of("measure.completed")}
    ordered = [e for e in dossier.situation.all_of("measure.recorded") if e.facts.get("escalation_id") == each.id]
    return [_measure(event, done.get(event.sequence)) for event in ordered]


def _measure(event: Event, completed: Event | None) -> Json:
    return {
        "sequence": event.sequence,
        "target": event.facts.get("target", "organisation"),
        "description": (event.texts or {}).get("description"),
        "dueOn": event.facts.get("due_on"),
        "amountCents": event.facts.get("amount_cents"),
        "completedAt": completed.occurred_at if completed else None,
        "part": completed.facts.get("part") if completed else None,
    }


def outcome(found: Outcome, *, connected: bool) -> Json:
    """What was recorded, and the case as it is after (EscalationOutcome)."""
    recorded = found.recorded
    return {
        "events": [shown.event(event) for event in recorded.fresh],
        "escalation": case(recorded.row, recorded.dossier, found.case, connected=connected),
        "receipt": found.sealed.receipt if found.sealed else None,
        "warnings": list(found.warnings),
    }


def check(body: str, lacks: tuple[Lack, ...]) -> Json:
    """Whether a complaint can go to a body now (EscalationCheck)."""
    waiting = [lack for lack in lacks if lack.blocks and (lack.possible_on or not lack.pointer)]
    days = [lack.possible_on for lack in waiting if lack.possible_on]
    return {
        "body": body,
        "possible": not any(lack.blocks for lack in lacks),
        "possibleOn": max(days) if days and len(days) == len(waiting) else None,
        "lacks": [
            {
                "pointer": lack.pointer,
                "code": lack.code,
                "text": {"nl": lack.nl, "en": lack.en},
                "possibleOn": lack.possible_on,
                "blocks": lack.blocks,
            }
            for lack in lacks
        ],
    }
