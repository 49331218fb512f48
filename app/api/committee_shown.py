"""A case as its body is shown it: its own events and the sealed parts; no names of staff and nothing internal."""

from typing import Any

from app.api.schemas.terms import promise_of
from app.domain.dossier_package import receipt
from app.domain.events import Event
from app.domain.terms import Term
from app.domain.verdicts import bound_by
from app.services.committee import Seen
from app.store.escalations import Row

Json = dict[str, Any]

_BASE = "/v1/committee/escalations"


def summary(row: Row) -> Json:
    """A case in the list (CaseSummary)."""
    return {
        "id": row["id"],
        "body": row["body"],
        "stage": row["stage"],
        "reference": row["reference"],
        "organisation": {"slug": row["organisation_slug"], "name": row["organisation_name"]},
        "procedure": row["procedure"],
        "state": row["state"],
        "openedBy": row["opened_by"],
        "filedBy": row["filed_by"],
        "requestedAt": row["requested_at"],
        "sentAt": row["dispatched_at"],
        "acknowledgedAt": row["acknowledged_at"],
        "hearingOn": row["hearing_on"],
        "nextDueOn": row["next_due_on"],
        "verdict": row["verdict"],
        "decidedAt": row["decided_at"],
        "endedAt": row["ended_at"],
        "updatedAt": row["updated_at"],
    }


def case(seen: Seen) -> Json:
    """The whole case (CaseAnswer)."""
    requested, own = seen.case.requested, seen.own
    return {
        **summary(seen.row),
        "updatedAt": max(event.recorded_at or event.occurred_at for event in own),
        "procedure": {"id": seen.row["procedure"], "version": seen.version},
        "bodyReference": _body_reference(seen),
        "consent": {"given": bool(requested.facts.get("consent")), "form": requested.facts.get("consent_form")},
        "requestedRelief": _text(requested, "relief"),
        "sendings": [_sending(event) for event in seen.case.dispatches],
        "dossierRequests": [
            {"askedAt": event.occurred_at, "dueOn": event.facts.get("due_on")}
            for event in _of(own, "dossier.requested")
        ],
        "parts": [receipt(row) for row in seen.parts],
        "terms": [_term(side, term) for side, term in seen.terms],
        "questions": [_question(event, seen.case.answers) for event in seen.case.questions],
        "complaintWithdrawnAt": seen.case.told_withdrawn,
        "submissions": [_submission(event) for event in seen.case.answers if event.facts.get("question") is None],
        "hearings": [_hearing(event) for event in _of(own, "hearing.scheduled")],
        "decision": _decision(seen),
        "measures": [_measure(ordered, done) for ordered, done in seen.measures],
        "ending": _ending(seen),
        "links": [{"step": what, "href": f"{_BASE}/{seen.case.id}/{what}"} for what in seen.possible],
    }


def file(escalation_id: object, row: Row) -> Json:
    """A file of the case (CaseFile)."""
    return {
        "id": row["id"],
        "name": row["name"],
        "mediaType": row["media_type"],
        "size": row["size"],
        "sha256": row["sha256"].hex(),
        "state": row["state"],
        "createdAt": row["created_at"],
        "href": f"{_BASE}/{escalation_id}/attachments/{row['id']}/content",
    }


def _of(events: tuple[Event, ...], kind: str) -> list[Event]:
    return [event for event in events if event.type == kind]


def _text(event: Event, name: str) -> Any:
    return (event.texts or {}).get(name)


def _body_reference(seen: Seen) -> Any:
    given = (_text(event, "body_reference") for event in (seen.case.acknowledged, seen.case.requested) if event)
    return next((each for each in given if each), None)


def _sending(event: Event) -> Json:
    return {"channel": event.facts["channel"], "part": event.facts.get("part"), "sentAt": event.occurred_at}


def _term(side: str, term: Term) -> Json:
    return {
        "title": term.title,
        "owedBy": side,
        "state": term.state.value,
        "dueOn": term.due_on,
        "metAt": term.met_by.occurred_at if term.met_by else None,
        "explanation": promise_of(term),
    }


def _submission(event: Event) -> Json:
    part_number, kind = event.facts.get("part"), event.facts.get("kind", "answer")
    return {"kind": kind, "part": part_number, "submittedAt": event.occurred_at}


def _question(asked: Event, answers: tuple[Event, ...]) -> Json:
    return {
        "id": asked.id,
        "question": _text(asked, "question"),
        "askedAt": asked.occurred_at,
        "dueOn": asked.facts.get("due_on"),
        "answers": [_submission(event) for event in answers if event.facts.get("question") == asked.sequence],
    }


def _hearing(event: Event) -> Json:
    on = event.facts.get("scheduled_on")
    return {"scheduledOn": on, "place": _text(event, "place"), "setAt": event.recorded_at or event.occurred_at}


def _decision(seen: Seen) -> Json | None:
    decision = seen.case.decision
    if decision is None:
        return None
    facts, answered = decision.facts, seen.case.decision_answer
    body = seen.dossier.procedure.body_named(seen.case.body)
    return {
        "verdict": facts.get("verdict"),
        "decidedOn": facts.get("decided_on"),
        "receivedAt": decision.occurred_at,
        "bindingOn": list(bound_by(body, decision)),
        **{name: _text(decision, name) for name in ("reasons", "findings", "advice")},
        "publication": bool(facts.get("publication")),
        "publicationCopy": facts.get("publication_copy"),
        "attachments": list(facts.get("attachments", ())),
        "answer": _answered(answered) if answered and seen.binds_organisation else None,
    }


def _answered(event: Event) -> Json:
    return {"text": _text(event, "text"), "part": event.facts.get("part"), "answeredAt": event.occurred_at}


def _measure(ordered: Event, done: Event | None) -> Json:
    return {
        "id": ordered.id,
        "description": _text(ordered, "description"),
        "target": ordered.facts.get("target"),
        "dueOn": ordered.facts.get("due_on"),
        "amountCents": ordered.facts.get("amount_cents"),
        "completedAt": done.occurred_at if done else None,
        "proof": done.facts.get("part") if done else None,
    }


def _ending(seen: Seen) -> Json | None:
    ending = seen.case.ending
    if ending is None or ending is seen.case.decision:
        return None
    return {
        "state": seen.case.state,
        "at": ending.occurred_at,
        "by": ending.facts.get("by"),
        "ground": ending.facts.get("ground"),
        "reasons": _text(ending, "reasons"),
        "terms": _text(ending, "terms"),
    }
