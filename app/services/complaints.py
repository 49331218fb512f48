"""Taking a complaint in."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from app.domain import intake as intake_rules
from app.domain.calendar import local_date
from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import Fault, Invalid, beside, faults_of, shared
from app.domain.events import Event
from app.domain.ids import reference
from app.domain.intake import Intake
from app.domain.ledger import GENESIS
from app.domain.procedure import Procedure
from app.domain.recording import announced, taken
from app.domain.text import shows
from app.services import rules
from app.services.dossier import Recorded, change_of, ids
from app.store import complaints, dossiers
from app.store.dossiers import Held
from app.store.idempotency import Answer
from app.store.transaction import Transaction

_RECENT = timedelta(days=30)
_TYPES = {"signal": "signal.received", "enquiry": "enquiry.received"}


@dataclass(frozen=True, slots=True)
class Filing:
    """What came in: what the procedure looks at, and what people wrote. `facts` and `texts` go into the ledger."""

    intake: Intake
    procedure: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    resolution: Mapping[str, Any] | None = None
    back_dated: bool = False


@dataclass(frozen=True, slots=True)
class New:
    """A complaint drawn up and not written yet."""

    recorded: Recorded
    change: dossiers.Change


async def receive(tx: Transaction, filing: Filing, actor: Actor) -> Recorded:
    """Registers what came in; raises what `drawn_up` raises."""
    new = await drawn_up(tx, filing, actor)
    await register(tx, new)
    return new.recorded


async def register(tx: Transaction, new: New, answer: Answer | None = None) -> bool:
    """Writes it, in one statement with the answer that is kept of it. False: another answer is kept under that key."""
    return await dossiers.insert(tx, new.change, answer)


async def drawn_up(tx: Transaction, filing: Filing, actor: Actor) -> New:
    """What came in, under the procedure in force on the day of receipt, with every term that starts.

    Raises Invalid naming every fault. Late, anonymous or unauthorised ones are registered and flagged, never dropped.
    """
    intake = filing.intake
    try:
        # under a version that does not hold yet nothing comes in
        received_on = local_date(min(intake.received_at, tx.now))
        procedure, version = await rules.in_force(tx, received_on, filing.procedure)
    except Invalid as refused:
        raise Invalid(refused.detail, faults=[*refused.faults, *await _certain(tx, filing, refused)]) from None
    calendar_version = await rules.current_calendar(tx)
    calendar = await rules.calendar_version(tx, procedure, calendar_version)

    def registered(filing: Filing) -> Dossier:
        event = _received(tx, procedure, filing, actor)
        dossier = announced(Dossier(procedure, calendar, (event,), tx.now), ids(tx.now))
        return _resolved(dossier, filing, actor) if filing.intake.resolved_at_once else dossier

    if found := tuple(intake_rules.faults(procedure, intake, tx.now)):
        settles = intake.resolved_at_once and procedure.intake.resolved_at_once
        meant = intake_rules.meant(procedure, intake, found, tx.now) if settles else ()
        said = [faults_of(partial(registered, replace(filing, intake=each))) for each in meant]
        more = beside(found, shared(said))
        raise Invalid("The complaint cannot be registered like this.", faults=[*found, *more])
    dossier = registered(filing)
    row = _new_row(tx, procedure, version, calendar_version, dossier.events[0])
    change = change_of(Held(row, ()), dossier)
    warnings = (*_warnings(filing, dossier, actor), *await _looks_like(tx, filing))
    recorded = Recorded({**row, **change.complaint}, dossier, warnings, dossier.events, _shown_parties(change))
    return New(recorded, _whole(change, row))


async def _certain(tx: Transaction, filing: Filing, refused: Invalid) -> Sequence[Fault]:
    """What is wrong under any procedure that may be meant; where none held when it came in, as if it came in now."""
    intake, unknown = filing.intake, rules.none_in_force()
    if unknown.code not in {fault.code for fault in refused.faults}:
        if versions := await rules.any_in_force(tx, local_date(min(intake.received_at, tx.now))):
            return shared([tuple(intake_rules.faults(procedure, intake, tx.now)) for procedure in versions])
        return [unknown, *await _certain_now(tx, intake, None)]
    return await _certain_now(tx, intake, filing.procedure)


async def _certain_now(tx: Transaction, intake: Intake, procedure: str | None) -> Sequence[Fault]:
    """As if it came in now, under each version that held until then; what is in the future is told as that."""
    intake = replace(intake, received_at=max(intake.received_at, tx.now))
    versions = await rules.held_until(tx, local_date(tx.now), procedure)
    said = [tuple(intake_rules.faults(procedure, intake, tx.now)) for procedure in versions]
    return shared(said) if said else tuple(intake_rules.day_faults(intake, tx.now))


def _shown_parties(change: dossiers.Change) -> tuple[dossiers.Row, ...]:
    """As reading them would give them: the complainant first."""
    rows = [{**party, "details": party["details"] or {}} for party in change.parties]
    return tuple(sorted(rows, key=lambda party: (party["role"] != "complainant", party["role"], party["id"])))


def _received(tx: Transaction, procedure: Procedure, filing: Filing, actor: Actor) -> Event:
    intake = filing.intake
    kind = intake_rules.kind_of(procedure, intake)
    facts = {
        **filing.facts,
        "kind": kind,
        "channel": intake.channel,
        "form": intake.channel,
        "category": intake.category,
        "complainant_type": intake.complainant_type,
        "subject_kind": intake.subject_kind,
        "subject_role": intake.subject_role,
        "conduct_on": intake.conduct_on.isoformat() if intake.conduct_on else None,
        "minor": intake_rules.is_minor(intake),
        "given": sorted(intake.given),
        "recognition_marks": list(intake.recognition_marks),
        "needs_guardian": intake_rules.needs_guardian(procedure, intake) or None,
        "authority_missing": intake_rules.authority_missing(procedure, intake) or None,
    }
    return Event(
        type=_TYPES.get(kind, "complaint.received"),
        occurred_at=min(intake.received_at, tx.now),
        facts={name: value for name, value in facts.items() if value not in (None, [], ())},
        texts=filing.texts,
        actor=actor,
        recorded_at=tx.now,
        sequence=1,
        id=ids(tx.now)(),
    )


def _resolved(dossier: Dossier, filing: Filing, actor: Actor) -> Dossier:
    """JSO-06: settled on the spot; registered and closed in one go."""
    given = dict(filing.resolution or {})
    facts = {"outcome": "resolved_at_intake", "form": filing.intake.channel, "given": ["handled_on", "handling_method"]}
    facts["content"] = [word for word in ("late_registration_reason",) if shows(filing.texts.get(word, ""))]
    texts = {name: value for name, value in given.items() if value}
    return taken(
        dossier,
        Event("complaint.closed", filing.intake.received_at, facts, texts or None),
        actor,
        ids(dossier.now, dossier.events),
    )


def _new_row(
    tx: Transaction, procedure: Procedure, version: int, calendar_version: int, event: Event
) -> dict[str, Any]:
    return {
        "organisation_id": tx.organisation_id,
        "id": tx.new_id(),
        "reference": reference(_prefix(tx.caller.slug or procedure.procedure), secrets.token_bytes(5)),
        "procedure": procedure.procedure,
        "procedure_version": version,
        "calendar_version": calendar_version,
        "channel": event.facts["channel"],
        "complainant_type": event.facts.get("complainant_type"),
        "created_at": tx.now,
        "head_sequence": 0,
        "head_hash": GENESIS,
    }


def _prefix(slug: str) -> str:
    """Short and speakable: JSO, HSS; the initials where the name has several words."""
    words = slug.split("-")
    short = words[0][:4] if len(words) == 1 else "".join(word[0] for word in words)[:4]
    return short.upper()


def _whole(change: dossiers.Change, row: dict[str, Any]) -> dossiers.Change:
    return dossiers.Change(
        {**row, **change.complaint}, change.events, change.terms, change.parties, change.involvements
    )


async def _looks_like(tx: Transaction, filing: Filing) -> list[dict[str, Any]]:
    """A hint, for an employee only, that the same may have been registered before: by the complainant's address.

    What systems and websites send is not looked for: it would cost each intake a question to the database.
    """
    parties = filing.texts.get("parties", ()) if tx.caller.kind == "staff" else ()
    email = next((each["email"] for each in parties if each["role"] == "complainant" and each["email"]), None)
    found = await complaints.like(tx, email, tx.now - _RECENT) if email else []
    if not found:
        return []
    message = f"the same complainant has these open complaints, received lately: {', '.join(found)}"
    return [{"code": "looks-like", "message": message}]


def _warnings(filing: Filing, dossier: Dossier, actor: Actor) -> tuple[dict[str, Any], ...]:
    found = list(dossier.warnings(actor))
    if filing.back_dated and not filing.texts.get("late_registration_reason"):
        found.append({"code": "registered-later", "message": "say why it is registered only now (X-02)"})
    asked = filing.intake.kind
    if asked is not None and asked != dossier.situation.kind:
        found.append(
            {"code": "kind-changed", "message": f"registered as {dossier.situation.kind}: the procedure says so"}
        )
    return tuple(found)
