"""Taking a step: one thing that happens to a complaint, from what was sent to what is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app.domain.calendar import local_date
from app.domain.callers import ANYBODY, Actor
from app.domain.content import stated
from app.domain.dossier import Dossier
from app.domain.earlier import as_kept
from app.domain.errors import Fault, Forbidden, Invalid, NotFound, NotPossible
from app.domain.escalation import escalation_of
from app.domain.events import Event
from app.domain.intake import given_of
from app.domain.lengthening import extended_term
from app.domain.steps import BY_NAME, answering, answers_stage
from app.domain.text import shows
from app.domain.together import demand_first
from app.domain.verdicts import binds_organisation
from app.services import rules
from app.services.dossier import Recorded, locked, record
from app.services.duplicates import Same, held, level
from app.services.faults import Gathered
from app.store import complaints, dossiers, messages, people
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Taken:
    """What was sent for a step: facts for the rules, texts for people; and what is known of the complainant no more."""

    step: str
    occurred_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    on_behalf_of: UUID | None = None
    taken_away: tuple[str, ...] = ()


# Texts that count as content once they are there.
_CONTENT_OF_TEXT = {
    "reasons",
    "note",
    "override_reason",
    "skip_reason",
    "late_registration_reason",
    "measures",
    "advice",
    "conclusions",
    "findings",
}


async def take(
    tx: Transaction, complaint_id: UUID, taken: Taken, actor: Actor, *, if_match: str | None = None
) -> Recorded:
    """Takes a step on a complaint. Raises NotFound, Stale, Forbidden, Invalid or NotPossible."""
    found = Gathered()
    actor = await acting(tx, actor, taken.on_behalf_of, found)
    with found.kept():
        taken = await _looked_up(tx, taken)
    taken = await _referred(tx, complaint_id, taken)
    same = await _same(tx, complaint_id, taken)
    with found.kept():
        taken = await _duplicated(tx, complaint_id, taken)
    if taken.step == "register":
        await messages.hold(tx, complaint_id)  # or two at once would each put a complainant in the place of the first
        with found.kept():
            taken = await _as_changed(tx, complaint_id, taken)
    if taken.step == "corrections":
        with found.kept():
            await _check_version(tx, complaint_id, taken)

    def draft(dossier: Dossier) -> Sequence[Event]:
        events = drafted(dossier, taken, tx.now)
        with found.kept():
            demand_first(dossier, events, actor)
        return events

    recorded = await record(tx, complaint_id, draft, actor, if_match=if_match, found=found)
    recorded = await level(tx, same, recorded)
    if taken.step == "party-removals":
        await _remove_party(tx, complaint_id, taken)
    for replaced in taken.facts.get("replaces", ()):
        await dossiers.remove_party(tx, complaint_id, UUID(replaced), tx.now)
    return recorded


async def _check_version(tx: Transaction, complaint_id: UUID, taken: Taken) -> None:
    """KK-36: a receipt does not move to a day on which another version holds. Raises NotFound, Invalid."""
    moved = taken.facts.get("occurred_at")
    if moved is None:
        return
    found, dossier = await locked(tx, complaint_id)
    intake, on = dossier.situation.intake, local_date(datetime.fromisoformat(moved))
    if taken.facts["corrects"] != intake.sequence or on == local_date(intake.occurred_at) or on > local_date(tx.now):
        return
    if await rules.number_in_force(tx, on, found.row["procedure"]) != found.row["procedure_version"]:
        sentence = "the version that this complaint keeps does not hold for that day; file it anew"
        raise Invalid("This step lacks something.", faults=[Fault("/movedTo", "another-version", sentence)])


async def _as_changed(tx: Transaction, complaint_id: UUID, taken: Taken) -> Taken:
    """What is known of the complainant, changed: one person, and not a second beside the first."""
    if not taken.facts and not taken.texts:
        raise _nothing_changed()
    given = next((each for each in taken.texts.get("parties", ()) if each["role"] == "complainant"), None)
    if given is None:
        return taken
    known = [row for row in await dossiers.parties_of(tx, complaint_id) if row["role"] == "complainant"]
    before = {"name": known[0]["name"], "email": known[0]["email"], **(known[0]["details"] or {})} if known else {}
    said = {name: given[name] for name in ("name", "email") if given[name] is not None} | given["details"]
    after = {name: value for name, value in {**before, **said}.items() if name not in taken.taken_away}
    if not said and after == before and not taken.facts and not taken.texts.keys() - {"parties"}:
        raise _nothing_changed()
    facts = {**taken.facts, "replaces": [str(row["id"]) for row in known]}
    facts["emptied"] = sorted(given_of(before) - given_of(after))
    texts = {**taken.texts, "parties": [party("complainant", after)]}
    return replace(taken, facts=facts, texts=texts)


def _nothing_changed() -> Invalid:
    return Invalid("Nothing is changed.", faults=[Fault("", "nothing-changed", "say what is filled in or changed")])


async def acting(
    tx: Transaction, actor: Actor, on_behalf_of: UUID | None, found: Gathered, at: str = "/onBehalfOf"
) -> Actor:
    """Who is acting: the employee that an integration or administrator names (`at` a place), else the caller.

    Of one whom nobody knows that is kept in `found`: whose step it is cannot be said, but all the rest of it can.
    """
    if on_behalf_of is None:
        return actor
    if actor.kind == "staff" and actor.id != on_behalf_of:
        raise Forbidden("An employee acts in their own name.")
    employee = await people.employee(tx, on_behalf_of)
    if employee is None or not employee["active"]:
        unknown = Fault(at, "unknown", "no active employee has this id")
        found.keep(Invalid("This employee is not known.", faults=[unknown]))
        return ANYBODY
    return Actor("staff", employee["id"], tuple(employee["roles"]))


async def _looked_up(tx: Transaction, taken: Taken) -> Taken:
    """Adds the roles of an employee that the step names."""
    staff_id = taken.facts.get("staff_id")
    if staff_id is None:
        return taken
    employee = await people.employee(tx, UUID(staff_id))
    if employee is None or (taken.step == "assignments" and not employee["active"]):
        who = "active employee" if taken.step == "assignments" else "employee"
        raise Invalid("This employee is not known.", faults=[Fault("/staffId", "unknown", f"no {who} has this id")])
    facts = {**taken.facts, "roles": list(employee["roles"])}
    return Taken(taken.step, taken.occurred_at, facts, taken.texts, taken.on_behalf_of)


async def _referred(tx: Transaction, complaint_id: UUID, taken: Taken) -> Taken:
    """Adds what is known of the earlier complaint that a refusal names; one from before this register is unknown."""
    named = taken.facts.get("earlier_complaint")
    if named is None:
        return taken
    found = await complaints.of_reference(tx, as_kept(named))
    state = "unknown" if found is None else "itself" if found["id"] == complaint_id else str(found["state"])
    return replace(taken, facts={**taken.facts, "earlier_state": state})


async def _same(tx: Transaction, complaint_id: UUID, taken: Taken) -> Same:
    """The complaints that are one with this, where the step changes who is involved in them or which they are.

    They are held in one order, so that of two such steps one waits for the other.
    """
    named = taken.facts.get("duplicate_of")
    if named is None and taken.step != "involvements" and not taken.facts.get("annul"):
        return []
    return await held(tx, complaint_id, as_kept(named) if named else None)


async def _duplicated(tx: Transaction, complaint_id: UUID, taken: Taken) -> Taken:
    """Finds the complaint that this is a duplicate of, by its reference or id, and names it by its reference.

    Both are locked, so that two of them are not closed as duplicates of each other. Raises Invalid.
    """
    named = taken.facts.get("duplicate_of")
    if named is None:
        return taken
    other = await complaints.other_of(tx, complaint_id, as_kept(named))
    if other is None:
        fault = Fault("/duplicateOf", "unknown", "no complaint has this reference or id")
    elif other["id"] == complaint_id:
        fault = Fault("/duplicateOf", "is-itself", "this is the complaint itself")
    elif other["duplicate"]:
        fault = Fault("/duplicateOf", "is-duplicate", "this was closed as a duplicate itself; name the one that stands")
    else:
        return replace(taken, facts={**taken.facts, "duplicate_of": other["reference"]})
    raise Invalid("This step lacks something.", faults=[fault])


def drafted(dossier: Dossier, taken: Taken, now: datetime) -> list[Event]:
    """The events that a step records: mostly one; a notice or a closing may come with it."""
    if taken.step == "measure-completions":
        _demand_unordered(dossier, taken.facts.get("measure"))
    at = taken.occurred_at or now
    event = Event(_event_type(dossier, taken), at, _facts(dossier, taken), dict(taken.texts) or None)
    if event.type == "extension.notified":
        event = _extends(dossier, event)
    return [event, *_following(dossier, taken, event)]


def _demand_unordered(dossier: Dossier, measure: object) -> None:
    """What a body ordered with binding force is carried out in its case: the proof is sealed for it."""
    ordered = next((e for e in dossier.situation.all_of("measure.recorded") if e.sequence == measure), None)
    case = escalation_of(dossier, ordered.facts.get("escalation_id", "")) if ordered else None
    if case is not None and binds_organisation(dossier.procedure, case):
        raise NotPossible(
            "An external body ordered this measure: record it in its case, with the proof.",
            code="ordered-measure",
            possible=[{"step": "measure-completions", "href": f"/v1/escalations/{case.id}/measure-completions"}],
        )


def _event_type(dossier: Dossier, taken: Taken) -> str:
    """Which of the step's events fits: the stage says which answer it awaits, a date makes a hearing a plan."""
    events = BY_NAME[taken.step].events
    if taken.facts.get("scheduled_on"):
        return events[-1]
    if taken.step != "responses":
        return events[0]
    here = [event for event in events if answers_stage(dossier.view, event) is None]
    late = [event for event in events if answers_stage(answering(dossier.view, event), event) is None]
    return next(iter(late if _before_the_stage(dossier, taken) else here or late), events[0])


def _before_the_stage(dossier: Dossier, taken: Taken) -> bool:
    """Whether this happened before the stage was opened that it is in now: an answer to the one before (X-02)."""
    run = dossier.situation.run
    return bool(run and taken.occurred_at and local_date(taken.occurred_at) < local_date(run.opened.occurred_at))


def _facts(dossier: Dossier, taken: Taken) -> dict[str, Any]:
    content = set(taken.facts.get("content", ()))
    content |= {name for name in _CONTENT_OF_TEXT if shows(str(taken.texts.get(name, "")))}
    content |= stated(str(taken.texts.get("text", "")), dossier.terms)
    facts = {**taken.facts, "content": sorted(content)}
    if "verdict" in facts:
        facts["content"] = sorted(content | {"verdict"})
    if "skip_reason" in content:
        facts["skips"] = True
    return {name: value for name, value in facts.items() if value not in (None, [], ())}


def _extends(dossier: Dossier, event: Event) -> Event:
    term = extended_term(dossier.view, event)
    if term is None:
        return event
    return Event(event.type, event.occurred_at, {**event.facts, "extends": term.key}, event.texts)


def _following(dossier: Dossier, taken: Taken, event: Event) -> list[Event]:
    if event.type == "admissibility.decided" and event.facts["decision"] == "decline" and event.facts.get("notified"):
        return [_notice(event)]
    if event.facts.get("final"):
        return [_closing(event)]
    return []


def _notice(decided: Event) -> Event:
    named = ("decision", "form", "content", "ground", "message_id")
    facts = {name: decided.facts[name] for name in named if name in decided.facts}
    return Event("inadmissibility.notified", decided.occurred_at, facts, decided.texts)


def _closing(answer: Event) -> Event:
    """A-30: an answer marked final closes the complaint, by that answer, on that day."""
    reason = [word for word in answer.facts.get("content", ()) if word == "late_registration_reason"]
    facts = {"outcome": "handled", "form": answer.facts.get("form"), "answered_by": answer.type, "content": reason}
    facts |= {"message_id": answer.facts.get("message_id")}
    return Event("complaint.closed", answer.occurred_at, {k: v for k, v in facts.items() if v})


async def _remove_party(tx: Transaction, complaint_id: UUID, taken: Taken) -> None:
    if not await dossiers.remove_party(tx, complaint_id, UUID(taken.facts["party_id"]), tx.now):
        raise NotFound("There is no such party in this complaint.")


def party(role: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """A party as the ledger keeps it: with an id by which it can be removed."""
    known = {"id": str(uuid4()), "role": role, "name": details.get("name"), "email": details.get("email")}
    return {**known, "details": {k: v for k, v in details.items() if k not in ("name", "email") and v is not None}}
