"""A mail that came in, filed: as a complaint, as an answer on its case, or for somebody to look at. Never dropped.

The bytes lie in the object store before the row is written; the digest keeps one mail from being filed twice, and of
copies that came by two ways the first that can be is filed and the others are set aside (X-07).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from app.domain import incoming as rules
from app.domain.attachment import HEAD_BYTES, UNKNOWN, Content, clean_name, media_type_of
from app.domain.callers import SERVICE, Actor
from app.domain.errors import NotPossible, Refused
from app.domain.ids import uuid7
from app.domain.incoming import Known, Parsed, Verdict
from app.domain.mail import Tokens
from app.services import deliveries, filing_mails
from app.services.filing_mails import File, Mail
from app.store import inbound_mails
from app.store.transaction import Transaction


class Puts(Protocol):
    """Where files are kept (channels/objects.py)."""

    async def put(self, key: str, data: bytes) -> Content: ...


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail whose bytes and files lie in the object store. `size` is that of the whole mail."""

    object_key: str
    digest: bytes
    size: int
    arrived_at: datetime
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Ours:
    """What makes a mail ours: the tokens of this service, and addresses that it sends from by default.

    `scans_files`: somebody looks into files before they are handed out.
    """

    tokens: Tokens
    addresses: Collection[str] = ()
    scans_files: bool = True


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a mail; `fresh` is False for one that was filed before."""

    row: inbound_mails.Row
    fresh: bool


async def stored_files(objects: Puts, organisation_id: UUID, parsed: Parsed) -> tuple[File, ...]:
    """Brings the files of a mail to the object store. What is never filed, the sweeper removes."""
    found = []
    for part in parsed.parts:
        key = f"{organisation_id}/{uuid4()}"
        content = await objects.put(key, part.content)
        media_type = media_type_of(part.content[:HEAD_BYTES]) or UNKNOWN
        found.append(File(key, clean_name(part.name), media_type, content))
    return tuple(found)


async def received(tx: Transaction, arrived: Arrived, parsed: Parsed, ours: Ours, actor: Actor = SERVICE) -> Filed:
    """Files a mail, once. What the rules of a procedure refuse waits in triage with the reason."""
    before = await inbound_mails.by_digest(tx, arrived.digest)
    if before is not None:
        return Filed(before, False)
    known, ours_named = await _known(tx, parsed, ours)
    verdict, likeness = rules.judged(parsed, known), rules.likeness(parsed, (f.content.sha256 for f in arrived.files))
    first = await inbound_mails.first_copy(tx, likeness, known.case) if likeness else None
    if first is not None and verdict.state == "filed":
        first = await inbound_mails.lock(tx, first["id"])  # somebody may be deciding about it
    waits = verdict.state != "filed"
    original = first if first is not None and (waits or first["state"] == "filed") else None
    if original is not None:
        verdict = Verdict(verdict.kind, "set_aside", "duplicate")
    mail_id = tx.new_id()
    named = known.named | set(first["named"]) if first else known.named
    of_others = {"likeness": likeness, "duplicate_of": original["id"] if original else None, "named": sorted(named)}
    if not await inbound_mails.insert(tx, _row(tx, mail_id, arrived, parsed, verdict) | of_others):
        return Filed(await _shown(tx, await inbound_mails.by_digest(tx, arrived.digest)), False)
    bounced = ours_named.get(known.bounced) if known.bounced else None
    case = original["complaint_id"] if original else known.case or _about(known, ours_named)
    if verdict.state == "filed":
        row = await _shown(tx, await inbound_mails.read(tx, mail_id))
        case, verdict = await _file(tx, Mail(row, parsed, arrived.files, ours.scans_files), case, verdict, actor)
    if bounced and (verdict.kind, verdict.state) == ("bounce", "filed") and parsed.report and parsed.report.failed:
        await _undelivered(tx, bounced, verdict.reason)
    await inbound_mails.settle(tx, mail_id, case, verdict.kind, verdict.state, verdict.reason)
    if first is not None and original is None:
        await _beside(tx, first, mail_id, case, verdict)
    return Filed(await _shown(tx, await inbound_mails.read(tx, mail_id)), True)


async def _beside(
    tx: Transaction, first: inbound_mails.Row, mail_id: UUID, case: UUID | None, verdict: Verdict
) -> None:
    """A mail of which an earlier copy became nothing: it takes the place of one that waits, when it was filed itself.

    What somebody decided about the earlier one stays.
    """
    if verdict.state != "filed":
        await inbound_mails.copy_of(tx, mail_id, first["id"], first["complaint_id"])
    elif first["state"] == "triage":
        await inbound_mails.copy_of(tx, first["id"], mail_id, case)


async def unread(tx: Transaction, arrived: Arrived) -> Filed:
    """A mail that nothing can be made of, for somebody to look at: better than one that is tried for ever."""
    mail_id = tx.new_id()
    row = _row(tx, mail_id, arrived, Parsed(), Verdict("malformed", "triage", "unreadable"))
    fresh = await inbound_mails.insert(tx, row)
    return Filed(await _shown(tx, await inbound_mails.by_digest(tx, arrived.digest)), fresh)


async def _known(tx: Transaction, parsed: Parsed, ours: Ours) -> tuple[Known, dict[UUID, inbound_mails.Row]]:
    own = {*await inbound_mails.own_addresses(tx), *(each.lower() for each in ours.addresses)}
    told = rules.addressed(parsed.recipients, own, ours.tokens)
    tokens = [told.complaint, *told.others] if told.complaint else []
    references = rules.mentioned(parsed)
    found = await inbound_mails.complaints_named(tx, tokens, references) if tokens or references else {}
    there = told.complaint in found
    mentioned = [complaint_id for complaint_id, reference in found.items() if reference in references]
    names, deliveries = rules.named_deliveries(parsed), rules.all_deliveries(parsed)
    deliveries_of_ours = await inbound_mails.mail_deliveries(tx, list(deliveries)) if deliveries else {}
    since = uuid7(tx.now - rules.SENDER_WINDOW, bytes(10))
    author = parsed.senders[0].address if parsed.senders else None
    known = Known(
        case=told.complaint if there else None,
        mentioned=next(iter(mentioned), None),
        named=frozenset((*found, *(row["complaint_id"] for row in deliveries_of_ours.values()))),
        foreign_token=told.foreign or (told.complaint is not None and not there),
        own_addresses=own,
        from_sender=await inbound_mails.from_sender(tx, author, since) if author else 0,
        **{what: delivery for what, delivery in names.items() if delivery in deliveries_of_ours},
    )
    return known, deliveries_of_ours


def _about(known: Known, named: Mapping[UUID, inbound_mails.Row]) -> UUID | None:
    """The case that it names, or the mail of ours: whoever is involved in that sees nothing of this one either."""
    found = (named[each] for each in (known.bounced, known.sent, known.answered) if each is not None)
    return next((row["complaint_id"] for row in found), known.mentioned)


def _row(tx: Transaction, mail_id: UUID, arrived: Arrived, parsed: Parsed, verdict: Verdict) -> dict[str, object]:
    return {
        "id": mail_id,
        "digest": arrived.digest,
        "object_key": arrived.object_key,
        "size": arrived.size,
        "received_at": rules.received_at(parsed, arrived.arrived_at, tx.now),
        "message_id": parsed.message_id,
        "kind": verdict.kind,
        "state": verdict.state,
        "reason": verdict.reason,
        "head": rules.head_of(parsed),
        "likeness": None,
        "duplicate_of": None,
        "named": [],
    }


async def _file(
    tx: Transaction, mail: Mail, case: UUID | None, verdict: Verdict, actor: Actor
) -> tuple[UUID | None, Verdict]:
    """On which case it is now. A rule that refuses it leaves it for somebody to decide."""
    try:
        if verdict.kind == "complaint":
            return await filing_mails.as_complaint(tx, mail, actor), verdict
        if verdict.kind == "reply" and case is not None:
            await filing_mails.as_reply(tx, mail, case, actor)
    except Refused as refused:
        return case, Verdict(verdict.kind, "triage", filing_mails.reason_of(refused))
    if verdict.kind in ("auto_reply", "bounce"):
        await filing_mails.keep_files(tx, mail, case)
    return case, verdict


async def _undelivered(tx: Transaction, delivery: inbound_mails.Row, status: str | None) -> None:
    """A mail of ours came back: the same as when it could not be handed over."""
    code = f"bounced-{status}" if status else "bounced"
    if await inbound_mails.bounced(tx, delivery["id"], code):
        await deliveries.failed(tx, delivery["complaint_id"], delivery["message_id"], delivery["id"], code)


async def _shown(tx: Transaction, row: inbound_mails.Row | None) -> inbound_mails.Row:
    if row is None:  # it is on a complaint that this employee is involved in
        raise NotPossible("This mail was filed before.", code="filed-already")
    return row
