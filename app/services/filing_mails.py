"""What a mail becomes in the register: a complaint, or a message on one; also when a person decides it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from app.domain.attachment import Content
from app.domain.calendar import local_date
from app.domain.callers import SERVICE, Actor
from app.domain.correspondence import THEIRS, Said, is_shared
from app.domain.errors import Fault, Invalid, NotFound, NotPossible, Refused
from app.domain.events import Event
from app.domain.incoming import Parsed, Sender
from app.domain.intake import Intake
from app.domain.text import shows
from app.services import complaints, dossier
from app.services.attachments import Upload, row_of
from app.services.complaints import Filing
from app.services.faults import Gathered
from app.services.steps import party
from app.store import attachments, inbound_mails, messages
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class File:
    """A file of a mail that lies in the object store under `key`. Its type is what its first bytes say."""

    key: str
    name: str
    media_type: str
    content: Content


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it is being filed: its row, what is in it, and its files in the object store.

    `scans_files`: somebody looks into files before they are handed out.
    """

    row: inbound_mails.Row
    parsed: Parsed
    files: tuple[File, ...] = ()
    scans_files: bool = True

    @property
    def id(self) -> UUID:
        return self.row["id"]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody made of a mail in triage. `name`: of the complainant, where the mail does not say it."""

    kind: str
    complaint_id: UUID | None = None
    reason: str | None = None
    procedure: str | None = None
    name: str | None = None


async def as_complaint(
    tx: Transaction, mail: Mail, actor: Actor, procedure: str | None = None, name: str | None = None
) -> UUID:
    """Registers a mail as a complaint, received when our mail server took it in. Raises Invalid."""
    parsed = mail.parsed
    sender = parsed.senders[0] if parsed.senders else Sender("")
    called = next(filter(shows, filter(None, (name, sender.name))), None)
    person = {"name": called, "email": sender.address or None}
    texts = {"description": parsed.text if shows(parsed.text) else parsed.subject, "subject": parsed.subject}
    texts = {what: text for what, text in texts.items() if shows(text)}
    given = {"description"} & set(texts)
    given |= {"complainant_name", "complainant_name_or_organisation"} if person["name"] else set()
    given |= {"complainant_contact"} if person["email"] else set()
    filing = Filing(
        intake=Intake("email", mail.row["received_at"], given=frozenset(given)),
        procedure=procedure,
        texts={**texts, "parties": [party("complainant", person)] if any(person.values()) else []},
        back_dated=local_date(mail.row["received_at"]) < local_date(tx.now),
    )
    recorded = await complaints.receive(tx, filing, actor)
    case: UUID = recorded.row["id"]
    said = _Said(tx.new_id(), [await _from(tx, case, each) for each in parsed.senders[:1]], shared=True)
    await _message(tx, mail, case, said, recorded.dossier.events[0])
    return case


async def as_reply(tx: Transaction, mail: Mail, case: UUID, actor: Actor) -> None:
    """Files a mail on a complaint, shared as one registered by hand. Raises NotFound and what the gate refuses."""
    parties = [await _from(tx, case, each) for each in mail.parsed.senders[:1]]
    said = _Said(tx.new_id(), parties, await _theirs(tx, case, parties))
    facts = {"message_id": str(said.id), "channel": "email", "direction": "inbound", "shared": said.shared}
    event = Event("message.received", mail.row["received_at"], facts)
    recorded = await dossier.record(tx, case, lambda _: [event], actor)
    filed = next(each for each in recorded.fresh if each.facts.get("message_id") == str(said.id))
    await _message(tx, mail, case, said, filed)


async def _theirs(tx: Transaction, case: UUID, parties: list[dict[str, Any]]) -> bool:
    """Whether it is the complainant's. From an address that nobody in the case has it is, as long as nobody else was
    written to: only who was has the address of the case to answer to.
    """
    if any(each["role"] != UNKNOWN for each in parties):
        return is_shared(Said("inbound", "email"), parties)
    written_to = await messages.roles_written_to(tx, case)
    return bool(written_to) and written_to <= THEIRS


# The role of whoever wrote from an address that nobody in the case has.
UNKNOWN = "sender"


@dataclass(frozen=True, slots=True)
class _Said:
    """The message that a mail becomes: who wrote it, and whether the complainant may see it and its files (JSO-08)."""

    id: UUID
    parties: list[dict[str, Any]]
    shared: bool


async def _message(tx: Transaction, mail: Mail, case: UUID, said: _Said, event: Event) -> None:
    parsed = mail.parsed
    row = {
        **_EMPTY,
        "id": said.id,
        "complaint_id": case,
        "shared": said.shared,
        "subject": parsed.subject,
        "body": parsed.text,
        "parties": said.parties,
        "occurred_at": mail.row["received_at"],
        "event_id": event.id,
        "mail_id": mail.id,
    }
    await messages.insert(tx, row)
    await keep_files(tx, mail, case, said)


async def keep_files(tx: Transaction, mail: Mail, case: UUID | None, said: _Said | None = None) -> None:
    """The rows of the files of a mail; no limit, for what came is kept. Those that it has since it was filed before go
    along.
    """
    belongs = {"complaint_id": case, "message_id": said.id if said else None, "mail_id": mail.id}
    shared = said is not None and said.shared
    before = mail.row["complaint_id"]
    if before and said and await attachments.move(tx, mail.id, before, (case, said.id), shared=shared):
        return
    for file in mail.files:
        sent = Upload(file.key, file.name, file.media_type, file.content, shared, quarantined=mail.scans_files)
        await attachments.insert(tx, row_of(tx, sent, SERVICE, **belongs))


_EMPTY: Mapping[str, Any] = {
    "direction": "inbound",
    "channel": "email",
    "state": "received",
    "language": "nl",
    "letter": None,
    "step": None,
    "html": None,
    "contents": [],
    "author_kind": SERVICE.kind,
    "author_id": None,
    "reply_to": None,
}


async def _from(tx: Transaction, case: UUID, sender: Sender) -> dict[str, Any]:
    """Who wrote it: a party of the case when the address is theirs, else only what the mail says."""
    known = await inbound_mails.party_with(tx, case, sender.address)
    return {
        "partyId": str(known["id"]) if known else None,
        "role": known["role"] if known else UNKNOWN,
        "name": sender.name or None,
        "address": sender.address,
    }


def reason_of(refused: Refused) -> str:
    """Why a rule kept it out, in kebab-case: `procedure-required`, `no-procedure-in-force`."""
    fault = next(iter(refused.faults), None)
    if fault is None or fault.code != "required":
        return fault.code if fault else refused.code
    words = re.sub(r"([A-Z])", r"-\1", fault.pointer.strip("/").replace("/", "-")).lower()
    return f"{words}-required"


# -- decisions -------------------------------------------------------------------------------------------------


async def to_decide(tx: Transaction, mail_id: UUID) -> inbound_mails.Row:
    """A mail that waits for a decision, was set aside, or was taken for a machine's. Raises NotFound, NotPossible."""
    row = await inbound_mails.lock(tx, mail_id)
    if row is None:
        raise NotFound("There is no such mail.")
    if row["state"] == "filed" and not taken_for_a_machines(row):
        raise NotPossible("This mail was filed already.", code="filed-already")
    return row


def taken_for_a_machines(row: inbound_mails.Row) -> bool:
    """A mail that became no message, whatever a person wrote in it: it can be taken up after all."""
    return row["kind"] in ("auto_reply", "bounce")


async def decide(tx: Transaction, mail: Mail, decision: Decision, actor: Actor) -> inbound_mails.Row:
    """Does with a mail what somebody decided. Raises Invalid and what the gate refuses."""
    found, case = Gathered(), decision.complaint_id
    with found.kept():
        _demand_whole(decision)
    with found.told():
        if decision.kind == "complaint":
            case = await _complaint_of(tx, mail, decision, actor)
        elif decision.kind == "reply" and case is not None:
            await _reply_of(tx, mail, case, actor)
    kind, state = decision.kind, "filed"
    if decision.kind == "set_aside":
        # it stays with the case that it names, and so out of sight of whoever is involved in that
        case, kind, state = mail.row["complaint_id"], mail.row["kind"], "set_aside"
    await inbound_mails.settle(tx, mail.id, case, kind, state, decision.reason or mail.row["reason"])
    await inbound_mails.move_copies(tx, mail.id, case)
    await inbound_mails.decide(tx, mail.id, actor.staff_id)
    row = await inbound_mails.read(tx, mail.id)
    if row is None:
        raise LookupError("a mail is gone that was decided about")
    return row


async def _complaint_of(tx: Transaction, mail: Mail, decision: Decision, actor: Actor) -> UUID:
    try:
        return await as_complaint(tx, mail, actor, decision.procedure, decision.name)
    except Invalid as refused:
        said = [replace(each, pointer=_POINTERS.get(each.pointer, each.pointer)) for each in refused.faults]
        raise Invalid(refused.detail, faults=said) from None


async def _reply_of(tx: Transaction, mail: Mail, case: UUID, actor: Actor) -> None:
    try:
        await as_reply(tx, mail, case, actor)
    except NotFound as refused:
        unknown = Fault("/complaintId", "unknown", "there is no complaint with this id")
        raise Invalid("This complaint is not known.", faults=[unknown]) from refused


# Where a decision says what a filing says elsewhere.
_POINTERS: Final = {"/complainant/name": "/complainantName"}


def _demand_whole(decision: Decision) -> None:
    if faults := _faults(decision):
        raise Invalid("This decision is not whole.", faults=faults)


def _faults(decision: Decision) -> Sequence[Fault]:
    found = []
    if decision.kind == "reply" and decision.complaint_id is None:
        found.append(Fault("/complaintId", "required", "say to which complaint it belongs"))
    if decision.kind != "reply" and decision.complaint_id is not None:
        found.append(Fault("/complaintId", "not-here", "only for what is filed on a complaint that is there"))
    if decision.kind == "set_aside" and not shows(decision.reason or ""):
        found.append(Fault("/reason", "required", "say why nothing is done with it"))
    if decision.kind != "complaint":
        named = {"/procedure": decision.procedure, "/complainantName": decision.name}
        found += [Fault(at, "not-here", "only for a new complaint") for at, value in named.items() if value]
    return found
