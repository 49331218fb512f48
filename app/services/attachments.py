"""Files of a complaint: row and object together, or neither. The object is there before these are called."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.attachment import Content, Held, clean_name, quota_of
from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import NotFound, NotPossible
from app.domain.events import Event
from app.domain.ids import uuid7
from app.services.dossier import record
from app.store import attachments
from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

_NOT_SERVED = {
    "quarantined": "This file is still being looked into; try again in a moment.",
    "infected": "Malware was found in this file, so it is not handed out.",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in and lies in the object store under `key`."""

    key: str
    name: str
    media_type: str
    content: Content
    shared: bool = False
    quarantined: bool = True


async def room(tx: Reads, complaint_id: UUID, escalation_id: UUID | None = None) -> Held:
    """How much there is already of whoever adds: of the organisation, or of the body in that case. Raises NotFound.

    An organisation that used up its room keeps no body from handing in its decision.
    """
    row = await attachments.held(tx, complaint_id, escalation_id)
    if row is None:
        raise NotFound("There is no such complaint.")
    if escalation_id is not None:
        return Held(row["files"], row["bytes"], 0)
    return Held(row["files"], row["bytes"], row["of_organisation"], quota_of(row["settings"]))


async def upload(
    tx: Transaction, complaint_id: UUID, sent: Upload, actor: Actor, escalation_id: UUID | None = None
) -> Row:
    """Adds a file to a complaint, and to its ledger that it was added. Raises NotFound, NotPossible.

    `escalation_id`: the case with an external body that it belongs to.
    """
    attachment_id = _new_id(tx)

    def draft(_: Dossier) -> Sequence[Event]:
        facts = {"attachment_id": str(attachment_id), "kind": "attachment", "shared": sent.shared}
        facts |= {"escalation_id": str(escalation_id)} if escalation_id else {}
        return [Event("note.recorded", tx.now, facts, {"name": sent.name})]

    await record(tx, complaint_id, draft, actor)  # holds the complaint, so that two cannot both be the last that fits
    (await room(tx, complaint_id, escalation_id)).demand(sent.content.size)
    return await attachments.insert(tx, _row(tx, attachment_id, complaint_id, sent, actor))


async def add(  # noqa: PLR0913
    tx: Transaction,
    complaint_id: UUID | None,
    name: str,
    stored: Content,
    media_type: str,
    key: str,
    actor: Actor,
    *,
    message_id: UUID | None = None,
    mail_id: UUID | None = None,
    shared: bool = False,
) -> Row:
    """Adds a file of a message or a mail, whose own event stands in the ledger; no limit, for what came is kept."""
    sent = Upload(key, clean_name(name), media_type, stored, shared)
    made = _row(tx, _new_id(tx), complaint_id, sent, actor)
    return await attachments.insert(tx, {**made, "message_id": message_id, "mail_id": mail_id})


async def of_complaint(tx: Transaction, complaint_id: UUID) -> list[Row]:
    """All files of a complaint, the infected ones too. Raises NotFound."""
    await room(tx, complaint_id)
    return await attachments.of_complaint(tx, complaint_id)


async def read(tx: Reads, attachment_id: UUID) -> Row:
    """Raises NotFound."""
    row = await attachments.read(tx, attachment_id)
    if row is None:
        raise NotFound("There is no such file.")
    return row


async def to_serve(tx: Reads, attachment_id: UUID) -> Row:
    """A file that may be handed out. Raises NotFound, NotPossible."""
    row = await read(tx, attachment_id)
    if row["state"] in _NOT_SERVED:
        raise NotPossible(_NOT_SERVED[row["state"]], code=row["state"])
    return row


def _new_id(tx: Transaction) -> UUID:
    return uuid7(tx.now, secrets.token_bytes(10))


def _row(tx: Transaction, attachment_id: UUID, complaint_id: UUID | None, sent: Upload, actor: Actor) -> dict[str, Any]:
    return {
        "id": attachment_id,
        "complaint_id": complaint_id,
        "name": sent.name,
        "media_type": sent.media_type,
        "size": sent.content.size,
        "sha256": sent.content.sha256,
        "object_key": sent.key,
        "state": "quarantined" if sent.quarantined else "clean",
        "shared": sent.shared,
        "author_kind": actor.kind,
        "author_id": actor.id,
        "created_at": tx.now,
    }
