"""A complaint full of people and papers, brought to a body without asking the gate, and parts of it sealed."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.channels.objects import Objects, new_key
from app.documents import archive, dossier
from app.domain.callers import Actor
from app.domain.events import Event
from app.domain.ids import uuid7
from app.services import attachments, sealing
from app.services import dossier as dossiers
from app.services.attachments import Upload
from app.services.sealing import PartGiven, Sealed
from app.store import dossiers as stored
from app.store.session import Database
from app.store.transaction import Transaction
from tests.stories import Case, Json

FILED: Json = {
    "channel": "email",
    "description": "De training is twee keer verzet zonder bericht.",
    "requestedRelief": "Ik wil mijn geld terug.",
    "responsibleEmployee": "Kanarie Verantwoordelijk",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org", "address": "Voorbeeldstraat 1"},
    "complainantType": "customer",
    "filedBy": {"name": "Mo Gemachtigde", "email": "mo@example.org", "type": "proxy", "authority": True},
    "affectedPerson": {"name": "Robin Proef", "relation": "dochter", "email": "kanarie-robin@example.org"},
    "subjectPerson": {"name": "Kim Trainer", "phone": "kanarie-0612345678", "email": "kanarie-kim@example.org"},
    "supportPerson": {"name": "Kanarie Steun", "email": "kanarie-steun@example.org"},
}


@dataclass
class Sealer:
    """Seals parts of one complaint; `folder` is its object store."""

    case: Case
    database: Database
    folder: Path
    escalation_id: UUID

    @property
    def objects(self) -> Objects:
        return Objects(self.folder)

    @property
    def means(self) -> sealing.Means:
        return sealing.Means(self.objects, new_key, dossier.pdf, archive.zipped)

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[Transaction]:
        async with self.database.organisation(self.case.office.made.id) as tx:
            yield tx

    async def seal(
        self,
        given: PartGiven | None = None,
        kind: str = "dossier",
        *,
        means: sealing.Means | None = None,
    ) -> Sealed:
        """Seals, and records in the ledger that it was sealed."""
        async with self.inside() as tx:
            held, known = await dossiers.locked(tx, self.case.id)
            made = await sealing.seal(
                tx, held, known, self.escalation_id, kind, given or PartGiven(), means or self.means
            )
            await recorded(tx, self.case.id, Event("dossier.sealed", tx.now, made.facts))
            return made

    async def attach(self, name: str, content: bytes, *, shared: bool = True, state: str = "clean") -> UUID:
        key = new_key(self.case.office.made.id)
        stored = await self.objects.put(key, content)
        async with self.inside() as tx:
            sent = Upload(key, name, "text/plain", stored, shared, quarantined=state != "clean")
            row = await attachments.upload(tx, self.case.id, sent, Actor("system"))
            if state == "infected":
                await tx.execute("update attachments set state = 'infected' where id = $1", row["id"])
            return UUID(str(row["id"]))

    async def zip_of(self, made: Sealed) -> bytes:
        return await self.objects.get(made.row["zip_key"])

    async def pdf_of(self, made: Sealed) -> bytes:
        return await self.objects.get(made.row["pdf_key"])


async def recorded(tx: Transaction, complaint_id: UUID, event: Event) -> Event:
    """Writes an event as it is: no gate."""
    held, known = await dossiers.locked(tx, complaint_id)
    made = replace(
        event, actor=Actor("system"), recorded_at=known.now, sequence=len(known.events) + 1,
        id=uuid7(tx.now, uuid4().bytes),
    )  # fmt: skip
    await stored.update(tx, dossiers.change_of(held, known.with_event(made)))
    return made


async def escalated(case: Case, database: Database, folder: Path) -> Sealer:
    """The complaint lies with CMOnet."""
    sealer = Sealer(case, database, folder, uuid4())
    async with sealer.inside() as tx:
        facts = {
            **{"escalation_id": str(sealer.escalation_id), "body": "cmonet", "body_kind": "complaints_committee"},
            **{"stage": "cmonet", "filed_by": "complainant", "opened_by": "organisation", "consent": True},
        }
        texts = {"relief": "Ik vraag de commissie om een oordeel.", "consent_text": "Ik ga akkoord."}
        await recorded(tx, case.id, Event("escalation.requested", tx.now, facts, texts))
    return sealer


def files_of(archived: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archived)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def json_of(archived: bytes, name: str) -> Any:
    return json.loads(files_of(archived)[name])
