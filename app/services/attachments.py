"""Files of a complaint: row and object together, or neither. The object is there before these are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.attachment import Content, Held, quota_of
from app.domain.callers import Actor
from app.domain.dossier import Dossier
from app.domain.errors import NotFound, NotPossible
from app.domain.events import Event
from app.services.dossier import record
from app.store import attachments, messages
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
    row = row_of(tx, sent, actor, complaint_id=complaint_id)

    def draft(_: Dossier) -> Sequence[Event]:
        facts = {"attachment_id": str(row["id"]), "kind": "attachment", "shared": sent.shared}
        facts |= {"escalation_id": str(escalation_id)} if escalation_id else {}
        return [Event("note.recorded", tx.now, facts, {"name": sent.name})]

    await record(tx, complaint_id, draft, actor)  # holds the complaint, so that two cannot both be the last that fits
    (await room(tx, complaint_id, escalation_id)).demand(sent.content.size)
    return await attachments.insert(tx, row)


async def of_complaint(tx: Transaction, complaint_id: UUID) -> list[Row]:
    """All files of a complaint, the infected ones too. Raises NotFound."""
    if not await messages.complaint_there(tx, complaint_id):
        raise NotFound("There is no such complaint.")
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


def row_of(tx: Transaction, sent: Upload, actor: Actor, **belongs: UUID | None) -> dict[str, Any]:
    """The new row of a file; `belongs` to a `complaint_id`, a `message_id`, a `mail_id`."""
    return {
        "id": tx.new_id(),
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
        **belongs,
    }
