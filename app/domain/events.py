"""The closed list of what can happen to a complaint, and the words that go with it.

An event has *facts* (everything the rules need; nothing personal) and *texts* (what people wrote and who they are).
Terms and standing come from the facts alone, so erasing the texts later changes no date and no figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from app.domain.callers import SERVICE, Actor
from app.domain.errors import Fault

# Every event type with its Dutch and English name; the Dutch one is what people read in an explanation.
EVENTS: dict[str, tuple[str, str]] = {
    "complaint.received": ("ontvangst van de klacht", "receipt of the complaint"),
    "signal.received": ("ontvangst van het signaal", "receipt of the signal"),
    "enquiry.received": ("ontvangst van de vraag", "receipt of the enquiry"),
    "signal.promoted": ("omzetting van het signaal in een klacht", "promotion of the signal to a complaint"),
    "complaint.reclassified": ("wijziging van de indeling van de klacht", "reclassification of the complaint"),
    "complaint.completed": ("aanvulling van de klacht", "completion of the complaint"),
    "complaint.resolved": ("oplossing van de klacht", "early resolution of the complaint"),
    "complaint.acknowledged": ("ontvangstbevestiging", "acknowledgement"),
    "complaint.handed_over": ("overdracht van de klacht", "hand-over of the complaint"),
    "complaint.assigned": ("toewijzing aan een behandelaar", "assignment to a handler"),
    "complaint.forwarded": ("doorzending van de klacht", "forwarding of the complaint"),
    "register.updated": ("bijwerking van het register", "update of the register"),
    "party.added": ("toevoeging van een partij", "addition of a party"),
    "party.removed": ("verwijdering van een partij", "removal of a party"),
    "involvement.declared": ("melding van betrokkenheid", "declaration of involvement"),
    "subject.informed": ("bericht aan de beklaagde", "notice to the subject of the complaint"),
    "admissibility.decided": ("besluit over het in behandeling nemen", "decision on admissibility"),
    "inadmissibility.notified": ("bericht dat de klacht niet wordt behandeld", "inadmissibility notice"),
    "route.agreed": ("afspraak over de aanpak", "agreement on the route"),
    "information.requested": ("verzoek om informatie", "information request"),
    "information.received": ("ontvangst van informatie", "receipt of information"),
    "party.heard": ("horen van een partij", "hearing of a party"),
    "board.consulted": ("overleg met de directie", "board consultation"),
    "advice.requested": ("verzoek om advies", "advice request"),
    "advice.received": ("ontvangst van het advies", "receipt of the advice"),
    "hearing.scheduled": ("de hoorzitting", "the hearing"),
    "mediation.started": ("begin van de bemiddeling", "start of mediation"),
    "mediation.ended": ("einde van de bemiddeling", "end of mediation"),
    "extension.notified": ("bericht van verlenging", "extension notice"),
    "term.suspended": ("opschorting van de termijn", "suspension of the term"),
    "term.resumed": ("einde van de opschorting", "end of the suspension"),
    "first_response.sent": ("eerste reactie", "first response"),
    "second_response.sent": ("tweede reactie", "second response"),
    "informal_outcome.recorded": ("afronding van de informele behandeling", "outcome of the informal handling"),
    "formal_review.requested": ("verzoek om een formeel oordeel", "request for a formal review"),
    "decision.sent": ("besluit op de klacht", "decision"),
    "decision.copied": ("toezending van de vastgelegde uitkomst", "copy of the recorded outcome"),
    "dissatisfaction.received": ("bericht van ontevredenheid", "receipt of dissatisfaction"),
    "objection.received": ("ontvangst van het bezwaar", "receipt of the objection"),
    "appeal_decision.sent": ("besluit op het bezwaar", "appeal decision"),
    "complaint.withdrawn": ("intrekking van de klacht", "withdrawal"),
    "complaint.closed": ("afhandeling van de klacht", "closing of the complaint"),
    "complaint.reopened": ("heropening van de klacht", "reopening of the complaint"),
    "event.corrected": ("correctie", "correction"),
    "step.waived": ("met reden overslaan van een stap", "waiver of a step"),
    "measure.recorded": ("maatregel", "measure"),
    "measure.completed": ("uitvoering van de maatregel", "completion of the measure"),
    "recurrence_review.completed": ("beraad over herhaling", "recurrence review"),
    "parallel_route.recorded": ("andere weg naast de klacht", "parallel route"),
    "legal_hold.placed": ("bewaarplicht vastgelegd", "legal hold placed"),
    "legal_hold.lifted": ("bewaarplicht opgeheven", "legal hold lifted"),
    "escalation.requested": ("verzoek om externe behandeling", "escalation request"),
    "dossier.requested": ("verzoek om het dossier", "request for the dossier"),
    "dossier.sealed": ("verzegeling van een dossierdeel", "sealing of a part of the dossier"),
    "escalation.dispatched": ("verzending naar de externe instantie", "dispatch to the external body"),
    "external.acknowledged": ("bevestiging door de externe instantie", "acknowledgement by the external body"),
    "external.declined": ("afwijzing door de externe instantie", "declination by the external body"),
    "external.questioned": ("vraag van de externe instantie", "question from the external body"),
    "external.answered": ("antwoord aan de externe instantie", "answer to the external body"),
    "external_decision.received": ("uitspraak van de externe instantie", "external decision"),
    "decision.answered": ("antwoord op de externe uitspraak", "answer to the external decision"),
    "external.settled": ("schikking bij de externe instantie", "settlement before the external body"),
    "body.informed": ("bericht aan de externe instantie", "notice to the external body"),
    "escalation.withdrawn": ("intrekking van de externe klacht", "withdrawal of the escalation"),
    "periodic_analysis.completed": ("periodieke analyse", "periodic analysis"),
    "data_request.received": ("verzoek om inzage", "data access request"),
    "data_request.answered": ("antwoord op het verzoek om inzage", "answer to the data access request"),
    "message.sent": ("verzending van een bericht", "message sent"),
    "message.received": ("ontvangst van een bericht", "message received"),
    "note.recorded": ("notitie", "note"),
    "delivery.failed": ("bericht niet aangekomen", "failed delivery of a message"),
    "delivery.completed": ("bericht alsnog aangekomen", "delivery of a message after all"),
    "conduct.occurred": ("de gedraging", "the conduct"),
    "complaint.arose": ("het ontstaan van de klacht", "the day the complaint arose"),
    "complaint.purged": ("vernietiging van de gegevens", "erasure"),
    "term.breached": ("termijnoverschrijding", "breach of a term"),
    "term.breach_superseded": ("vastgestelde overschrijding vervallen", "recorded breach superseded"),
    "term.due_soon": ("termijn loopt bijna af", "term due soon"),
}

# What can end a stage in the organisation, and one with an external body. The gate checks only these as answers.
ANSWERS = (
    "first_response.sent",
    "second_response.sent",
    "informal_outcome.recorded",
    "decision.sent",
    "appeal_decision.sent",
)
BODY_ANSWERS = ("external_decision.received",)
# What is told to somebody while the answer is still to come; and all that says something: the rest only happens.
MEANWHILE = (
    "complaint.acknowledged",
    "complaint.forwarded",
    "subject.informed",
    "information.requested",
    "extension.notified",
)
MESSAGES = (
    *MEANWHILE,
    *ANSWERS,
    *BODY_ANSWERS,
    "inadmissibility.notified",
    "decision.copied",
    "decision.answered",
    "external.answered",
    "data_request.answered",
)

INTAKE = ("complaint.received", "signal.received", "enquiry.received")
# What was taken in: the complaint itself, which a promotion is too, and who is in it.
TAKEN_IN = (*INTAKE, "signal.promoted", "party.added", "party.removed")
# What the complainant did since: to somebody who deals with it.
BY_COMPLAINANT = (
    "information.received",
    "formal_review.requested",
    "dissatisfaction.received",
    "objection.received",
    "complaint.withdrawn",
)
# What comes in from somebody else, for which there may be nobody in the office (C4); the rest the organisation does.
COMES_IN = (
    *INTAKE,
    *BODY_ANSWERS,
    "signal.promoted",
    "complaint.completed",
    "complaint.withdrawn",
    "information.received",
    "advice.received",
    "formal_review.requested",
    "dissatisfaction.received",
    "objection.received",
    "data_request.received",
    "message.received",
    "escalation.requested",
    "escalation.withdrawn",
    "dossier.requested",
    "external.acknowledged",
    "external.declined",
    "external.questioned",
    "external.settled",
)
# Announced by the service itself; nobody can record these by hand.
ANNOUNCED = ("term.breached", "term.breach_superseded", "term.due_soon", "body.informed")
# What is said beside the steps of the procedure: always possible, and no step by itself.
CORRESPONDENCE = ("message.sent", "message.received", "note.recorded", "delivery.failed", "delivery.completed")

WRITTEN = ("email", "post", "web_form", "portal")
ORAL = ("phone", "oral", "conversation")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `occurred_at` in the world, `recorded_at` in the ledger (both aware, UTC)."""

    type: str
    occurred_at: datetime
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    texts: Mapping[str, Any] | None = None
    actor: Actor = SERVICE
    recorded_at: datetime | None = None
    sequence: int = 0
    id: UUID | None = None

    @property
    def written(self) -> bool:
        return self.facts.get("form") in WRITTEN

    @property
    def oral(self) -> bool:
        return self.facts.get("form") in ORAL


_CLOCK_SLACK = timedelta(minutes=5)


def in_the_future(at: datetime, now: datetime) -> bool:
    """Whether it cannot have happened yet; a caller's clock may run a little ahead."""
    return at > now + _CLOCK_SLACK


def not_yet(pointer: str) -> Fault:
    """What `in_the_future` finds, as it is told."""
    return Fault(pointer, "in-the-future", "nothing is recorded before it happened")


def effective(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events as they are understood after corrections: the corrected stay in the ledger, not in the reckoning.

    A correction names the sequence it corrects and either annuls that event or gives it another instant or other facts.
    """
    corrections = [event for event in events if event.type == "event.corrected"]
    if not corrections:
        return events
    by_sequence: dict[int, Event | None] = {event.sequence: event for event in events}
    for correction in corrections:
        wrong = by_sequence.get(correction.facts["corrects"])
        if wrong is not None:
            by_sequence[wrong.sequence] = corrected(wrong, correction)
    return tuple(event for event in by_sequence.values() if event is not None)


def corrected(event: Event, correction: Event) -> Event | None:
    """The event as the correction has it; None when it is annulled."""
    if correction.facts.get("annul"):
        return None
    moved = correction.facts.get("occurred_at")
    return replace(
        event,
        occurred_at=datetime.fromisoformat(moved) if moved else event.occurred_at,
        facts={**event.facts, **correction.facts.get("facts", {})},
    )
