"""What is in a dossier for an outside body, file by file, as values of JSON; redaction says what is shown of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel

from app.domain import redaction
from app.domain.dossier import Dossier
from app.domain.events import EVENTS, Event
from app.domain.explanation import explain
from app.domain.redaction import Json, Row, texts
from app.domain.representation import authority_missing
from app.domain.terms import Term

_DESCRIBED = ("description", "further_description", "location", "products", "requested_relief")
_ABOUT = ("category", "complainant_type", "subject_kind", "conduct_on", "minor", "represented", "earlier_complaint")
_ANSWERS = (
    *("first_response.sent", "second_response.sent", "informal_outcome.recorded", "decision.sent", "decision.answered"),
    *("appeal_decision.sent", "complaint.closed", "external_decision.received", "external.declined"),
    *("external.settled", "advice.received"),
)
ADMISSIBILITY = ("admissibility.decided", "inadmissibility.notified")
_REASONED = ("reasons", "findings", "conclusions", "measures", "advice", "terms", "text", "handling_method")
_ADMITTED = (*_REASONED, "override_reason")
# Steps that are words between the complainant and us, where they were recorded without a message.
_EXCHANGED = (
    *("complaint.acknowledged", "information.requested", "information.received", "extension.notified"),
    *("formal_review.requested", "dissatisfaction.received", "objection.received", "complaint.withdrawn"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the organisation chose to hand over beside what always goes along, by id."""

    messages: tuple[UUID, ...] = ()
    attachments: tuple[UUID, ...] = ()
    notes: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint as it was read in one moment. `messages` and `files` are what goes along; `chain` is its ledger."""

    escalation_id: UUID
    row: Row
    organisation: Row
    dossier: Dossier
    people: Sequence[Row]
    messages: Sequence[Row]
    files: Sequence[Row]
    notes: frozenset[UUID]
    chain: Sequence[Row]

    @property
    def asked(self) -> Event | None:
        """The event by which this case with the body began."""
        known = self.dossier.situation.all_of("escalation.requested")
        return next((each for each in known if each.facts.get("escalation_id") == str(self.escalation_id)), None)

    @property
    def body(self) -> str:
        return str(self.asked.facts.get("body", "")) if self.asked else ""

    @property
    def body_name(self) -> str:
        """As the case has it, else the procedure."""
        named = ((self.asked.texts or {}).get("named") or {}) if self.asked else {}
        known = self.dossier.procedure.body_named(self.body) if self.body else None
        return str(named.get("name") or (known.name if known else "") or self.body)

    def seen(self, events: Sequence[Event]) -> tuple[Event, ...]:
        along = [each["id"] for each in (*self.messages, *self.files)]
        return redaction.seen(events, self.escalation_id, self.notes, along)


def contents(case: Case) -> dict[str, Json]:
    """The files of the dossier itself, by name."""
    return {
        "parties.json": _parties(case),
        "complaint.json": _complaint(case),
        "timeline.json": {"events": [_happened(case, each) for each in case.seen(case.dossier.events)]},
        "correspondence.json": correspondence(case),
        "admissibility.json": {"events": _told(case, ADMISSIBILITY, _ADMITTED)},
        "hearings.json": {"events": _told(case, ("party.heard", "hearing.scheduled"), ("note", "text"))},
        "decisions.json": {"events": _told(case, _ANSWERS, _REASONED)},
        "measures.json": {"events": _measures(case)},
        "terms.json": {"terms": [_term(each) for each in case.dossier.terms if _is_ours(case, each)]},
        "relief.json": _relief(case),
        "ledger.json": chain(case),
    }


def chain(case: Case) -> Json:
    """Number and hash of each event: who gets an event later can tell that it stood there, and as it was."""
    events = [{"sequence": each["sequence"], "hash": bytes(each["hash"]).hex()} for each in case.chain]
    return {"sequence": case.row["head_sequence"], "head": bytes(case.row["head_hash"]).hex(), "events": events}


def correspondence(case: Case) -> Json:
    """What was said; notes are here only when they were released."""
    messages = [_message(case, each) for each in case.messages]
    stepped = [each for each in case.seen(case.dossier.situation.events) if _is_exchange(each)]
    noted = [each for each in case.dossier.situation.events if each.id in case.notes and texts(each, "note")]
    return {
        "messages": messages,
        "steps": [_written(case, each, (*_REASONED, "question", "answer")) for each in stepped],
        "notes": [_written(case, each, ("note",)) for each in noted],
    }


def _is_exchange(event: Event) -> bool:
    theirs = event.facts.get("party", "complainant") in ("complainant", "representative")
    return event.type in _EXCHANGED and theirs and "message_id" not in event.facts


def _parties(case: Case) -> Json:
    situation = case.dossier.situation
    intake = situation.intake.facts
    shown = [row["details"] or {} for row in case.people if row["role"] == "representative"]
    return {
        "people": [redaction.person(each) for each in case.people],
        "authority": {
            "represented": bool(intake.get("represented")) or bool(shown),
            "shown": any(each.get("authority") for each in shown)
            or any(each.facts.get("authority") for each in situation.all_of("party.added")),
            "missing": authority_missing(situation),
        },
        "organisation": {"slug": case.organisation["slug"], "name": case.organisation["name"]},
        "body": {"body": case.body, "name": case.body_name},
    }


def _complaint(case: Case) -> Json:
    """As it was filed; what was written later stands beside it and never over it."""
    intake, later = case.dossier.situation.intake, ("register.updated", "signal.promoted", "complaint.completed")
    return {
        "reference": case.row["reference"],
        "id": case.row["id"],
        "kind": case.dossier.situation.kind,
        "channel": intake.facts.get("channel"),
        "receivedAt": case.dossier.situation.received_at,
        **{to_camel(name): intake.facts[name] for name in _ABOUT if name in intake.facts},
        "texts": texts(intake, *_DESCRIBED),
        "later": [
            _written(case, each, _DESCRIBED)
            for each in case.dossier.situation.all_of(*later)
            if texts(each, *_DESCRIBED)
        ],
    }


def _relief(case: Case) -> Json:
    asked = case.asked
    consent = ("consent", "consent_form", "filed_by", "opened_by")
    return {
        "requestedRelief": (asked.texts or {}).get("relief") if asked else None,
        "requestedAtFiling": (case.dossier.situation.intake.texts or {}).get("requested_relief"),
        **{to_camel(name): asked.facts.get(name) if asked else None for name in consent},
        "consentText": (asked.texts or {}).get("consent_text") if asked else None,
    }


def _told(case: Case, types: Sequence[str], names: Sequence[str]) -> list[Json]:
    return [_written(case, each, names) for each in case.seen(case.dossier.situation.events) if each.type in types]


def _measures(case: Case) -> list[Json]:
    """Those that were recorded one by one, and those that an answer promised."""
    recorded = _told(case, ("measure.recorded", "measure.completed"), ("description", "proof"))
    promised = [each for each in _told(case, _ANSWERS, ("measures",)) if each["texts"]]
    return sorted((*recorded, *promised), key=lambda each: each["sequence"])


def _happened(case: Case, event: Event) -> Json:
    nl, en = EVENTS[event.type]
    return {
        "sequence": event.sequence,
        "type": event.type,
        "title": {"nl": nl, "en": en},
        "occurredAt": event.occurred_at,
        "recordedAt": event.recorded_at,
        "by": redaction.by(event.actor, case.dossier.procedure),
        "facts": redaction.facts(event.facts),
    }


def _written(case: Case, event: Event, names: Sequence[str]) -> Json:
    return {**_happened(case, event), "texts": texts(event, *names)}


def _message(case: Case, row: Row) -> Json:
    events = {each.id: each for each in case.dossier.events}
    event = events.get(row["event_id"])
    ours = row["direction"] != "inbound" and event is not None
    names = ("id", "direction", "channel", "shared", "language", "letter", "subject", "body", "occurred_at")
    return {
        **{to_camel(name): row[name] for name in names},
        "sequence": event.sequence if event else None,
        "by": redaction.by(event.actor, case.dossier.procedure) if ours and event else None,
        "parties": [redaction.correspondent(each) for each in row["parties"]],
    }


def _is_ours(case: Case, term: Term) -> bool:
    """Terms of the organisation and of this body; those of another body's case are nobody's business here."""
    return term.stage.body in (None, case.body)


def _term(term: Term) -> Json:
    why = explain(
        term.derivation,
        term.due_on,
        term.due_on,
        duty_title=term.title,
        source=None,  # our own list of obligations says nothing to a body
        start_title=term.start_title,
    )
    return {
        "key": term.key,
        "duty": term.duty.duty,
        "title": term.title,
        "stage": term.stage.stage,
        "source": term.duty.source,
        "state": term.state.value,
        "soft": term.soft,
        "startedOn": term.started_on,
        "dueOn": term.due_on,
        "breachAt": term.breach_at,
        "metAt": term.met_by.occurred_at if term.met_by else None,
        "explanation": why,
        "derivation": camel(term.derivation),
    }


def camel(value: Any) -> Any:
    """The same value with the names in it as they are outside."""
    if isinstance(value, Mapping):
        return {to_camel(name): camel(part) for name, part in value.items()}
    return [camel(part) for part in value] if isinstance(value, list | tuple) else value


def plain(value: Any) -> Any:
    """What JSON knows: instants in UTC with their microseconds, days, ids as text."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case list() | tuple() | frozenset() | set():
            parts = sorted(value) if isinstance(value, frozenset | set) else value
            return [plain(part) for part in parts]
    return value
