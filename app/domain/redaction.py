"""What an outside body may see of a dossier: which events, which facts and texts of them, and who is named.

Named are the complainant, who represents them, whom it is about and who is complained about; everybody else is a role.
Lists of what is shown, never of what is hidden: a word that is new is not shown before somebody decided so.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel

from app.domain.callers import Actor
from app.domain.events import Event
from app.domain.procedure import Procedure

Json = dict[str, Any]
Row = Mapping[str, Any]

# Role -> what is shown of such a person. A body writes to the first two; of the others it has to know who they are.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "complainant": ("organisation", "email", "phone", "address", "postal_code", "city"),
    "representative": ("organisation", "email", "phone", "address", "postal_code", "city", "relation", "type"),
    "affected_person": ("relation",),
    "subject_of_complaint": ("organisation", "relation"),
}
# What happens between us and ourselves: who is involved, warnings, letters that did not arrive, requests for data.
_INTERNAL = frozenset(
    (
        *("involvement.declared", "term.due_soon", "data_request.received", "data_request.answered"),
        *("delivery.failed", "delivery.completed"),
        *("recurrence_review.completed", "periodic_analysis.completed", "board.consulted"),
    )
)
# With whom we talk among ourselves: what they said or advised is internal, unless it is released.
_OURSELVES = frozenset(("board", "supervisor", "supervisory_board", "participation_council", "line_manager"))
# Of another body's case only what it decided, and what has to be done because of that.
_OF_ANOTHER = frozenset(("external_decision.received", "measure.recorded", "measure.completed"))
_FACTS = frozenset(
    (
        *("form", "channel", "party", "kind", "category", "to", "decision", "ground", "verdict", "outcome", "final"),
        *("route", "until", "period", "answer_by", "cause", "scheduled_on", "absent", "notified", "review_on", "step"),
        *("content", "conduct_on", "complainant_type", "represented", "authority", "minor", "earlier_complaint"),
        *("term", "duty", "due_on", "soft", "source", "supersedes", "target", "measure", "ordered", "direction"),
        "amount_cents",
        *("corrects", "annul", "occurred_at", "facts", "lifts", "escalation_id", "body", "body_kind", "stage"),
        *("filed_by", "opened_by", "consent", "consent_form", "identified_by", "by", "body_reference", "question"),
        *("part", "withdrawn_at"),
        *("manifest_sha256", "zip_sha256", "ledger_head", "decided_on", "binding_on", "publication", "letter"),
    )
)
# Where a letter tells the complainant's code, which opens their case: they were told to give it to nobody else.
HIDDEN = "XXXX-XXXX-XXXX-XXXX"
_SIDES = {"website": "complainant", "body": "body", "gehoor": "service"}


def seen(
    events: Sequence[Event], escalation_id: UUID, notes: Iterable[UUID], shared: Iterable[UUID]
) -> tuple[Event, ...]:
    """The events that this body may see; of notes and messages those in `notes` (released) and `shared` (theirs)."""
    told = {str(each) for each in (*notes, *shared)}
    internal = set(_talks(events))
    shown = [
        event
        for event in events
        if _is_seen(event, str(escalation_id), told) and (event.sequence not in internal or str(event.id) in told)
    ]
    sequences = {event.sequence for event in shown}
    return tuple(event for event in shown if _about(event, sequences))


def _is_seen(event: Event, escalation_id: str, told: Collection[object]) -> bool:
    if event.type in _INTERNAL:
        return False
    if event.facts.get("escalation_id") not in (None, escalation_id):
        return event.type in _OF_ANOTHER
    if event.type == "note.recorded":
        named = {str(event.facts.get(name)) for name in ("message_id", "attachment_id")} | {str(event.id)}
        return any(each in told for each in named)
    return event.type not in ("message.sent", "message.received") or event.facts.get("message_id") in told


def _talks(events: Iterable[Event]) -> Iterator[int]:
    """What we talked over among ourselves: somebody of ours was heard, or asked for advice and gave it."""
    asked = None
    for event in events:
        asked = event.facts.get("party") if event.type == "advice.requested" else asked
        party = asked if event.type == "advice.received" else event.facts.get("party")
        if event.type in ("party.heard", "advice.requested", "advice.received") and party in _OURSELVES:
            yield event.sequence


def _about(event: Event, sequences: Collection[object]) -> bool:
    """What is said about an event that is not shown is not shown either."""
    return event.type != "event.corrected" or event.facts.get("corrects") in sequences


def facts(known: Mapping[str, Any]) -> Json:
    """What is shown of an event's facts, with names as they are outside."""
    return {to_camel(name): _fact(value) for name, value in known.items() if name in _FACTS}


def _fact(value: Any) -> Any:
    return facts(value) if isinstance(value, Mapping) else value


def texts(event: Event, *names: str) -> Json:
    """These of what was written, where something was."""
    known = event.texts or {}
    return {to_camel(name): known[name] for name in names if known.get(name) not in (None, "")}


def by(actor: Actor, procedure: Procedure) -> Json:
    """Who did something: which side, and of our own people what they are; never who."""
    roles = [each for each in procedure.roles if each.role in actor.roles]
    titles = [each.title for each in roles if each.title is not None]
    return {
        "side": _SIDES.get(actor.kind, "organisation"),
        "roles": [each.role for each in roles],
        "function": {"nl": ", ".join(each.nl for each in titles), "en": ", ".join(each.en for each in titles)},
    }


def person(row: Row) -> Json:
    """Somebody in the case; of whom the body need not know who they are, only in which role."""
    if row["role"] not in SHOWN:
        return {"role": row["role"]}
    known = {**(row["details"] or {}), "email": row["email"]}
    shown = {to_camel(name): known[name] for name in SHOWN[row["role"]] if known.get(name)}
    return {"role": row["role"], "name": row["name"], **shown}


def correspondent(row: Row) -> Json:
    """Who a message is from or to."""
    return {"role": row["role"], "name": row.get("name")} if row["role"] in SHOWN else {"role": row["role"]}


def without_code(message: Row, code: str | None) -> Row:
    """A message, with the complainant's code out of sight; None: there is none."""
    return {**message, "body": message["body"].replace(code, HIDDEN)} if code and message["body"] else message
