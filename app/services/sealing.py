"""Sealing a part of a dossier: read in one moment, put together, laid in the object store, and only then a row.

The complaint is held from before the reading until its ledger says that the part was sealed, so that the snapshot, the
head of the ledger and the part's number belong together. What is left of a seal that failed is swept.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.domain.attachment import Content
from app.domain.dossier import Dossier
from app.domain.dossier_contents import Case, Chosen
from app.domain.dossier_package import (
    MANIFEST,
    PDF,
    READABLE,
    Package,
    Part,
    Told,
    along,
    choice_faults,
    facts,
    in_order,
    manifest,
    package,
    receipt,
)
from app.domain.dossier_reading import Reading, reading
from app.domain.errors import Invalid, NotPossible, Stale, Unavailable
from app.domain.redaction import without_code
from app.services import complainant_codes
from app.store import dossier_parts, dossiers, messages, organisations
from app.store.dossiers import Held
from app.store.transaction import Transaction

SECONDS = 120  # to put a part together and store it
Row = Mapping[str, Any]


class Objects(Protocol):
    """The object store."""

    async def put(self, key: str, data: bytes | AsyncIterable[bytes]) -> Content: ...

    def stream(self, key: str) -> AsyncIterator[bytes]: ...

    async def remove(self, key: str) -> None: ...


class Zipped(Protocol):
    def __call__(
        self, files: list[Part], opened: Callable[[str], AsyncIterable[bytes]]
    ) -> AbstractAsyncContextManager[AsyncIterable[bytes]]: ...


@dataclass(frozen=True, slots=True)
class Means:
    """With what a part is made: where files lie, how one is named there, and who draws the document and the ZIP."""

    objects: Objects
    new_key: Callable[[UUID], str]
    pdf: Callable[[Reading], bytes]
    zipped: Zipped


@dataclass(frozen=True, slots=True)
class PartGiven:
    """What goes into a part beside what always does. `released_notes`: internal messages, or events with a note."""

    text: str | None = None
    message_ids: tuple[UUID, ...] = ()
    attachment_ids: tuple[UUID, ...] = ()
    released_notes: tuple[UUID, ...] = ()
    refers_to: int | None = None
    language: str = "nl"

    @property
    def chosen(self) -> Chosen:
        return Chosen(self.message_ids, self.attachment_ids, self.released_notes)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A part as it was handed over. `facts`: of the event dossier.sealed; `receipt`: what every side holds of it."""

    row: Row

    @property
    def number(self) -> int:
        return int(self.row["number"])

    @property
    def manifest(self) -> bytes:
        return bytes(self.row["manifest"])

    @property
    def manifest_sha256(self) -> bytes:
        return bytes(self.row["manifest_sha256"])

    @property
    def zip_sha256(self) -> bytes:
        return bytes(self.row["zip_sha256"])

    @property
    def facts(self) -> dict[str, Any]:
        return facts(self.row)

    @property
    def receipt(self) -> dict[str, Any]:
        return receipt(self.row)


async def seal(
    tx: Transaction,
    held: Held,
    dossier: Dossier,
    escalation_id: UUID,
    kind: str,
    given: PartGiven,
    means: Means,
) -> Sealed:
    """Seals a part of a complaint that this transaction holds, as `held` and `dossier` have it.

    Raises Invalid (what cannot go along), NotPossible (the dossier is sealed already; a file was altered), Stale (the
    ledger is not the one that was read) and Unavailable (no object store, no room, no time), and then nothing is left.
    """
    await messages.hold(tx, held.id)
    gathered = await gather(tx, held, dossier, escalation_id, kind, given)
    columns = await packed(tx, gathered, given.language, means)
    try:
        return Sealed(await dossier_parts.insert(tx, columns))
    except BaseException:
        await _removed(means, columns["zip_key"], columns["pdf_key"])
        raise


async def gather(
    tx: Transaction, held: Held, dossier: Dossier, escalation_id: UUID, kind: str, given: PartGiven
) -> Package:
    """Everything of the part but the document, as it is at this moment."""
    number = await dossier_parts.next_number(tx, escalation_id, kind)
    if number is None:
        raise NotPossible("The dossier of this case is sealed already; add a supplement.", code="sealed-already")
    said, files = await _chosen_of(tx, held, dossier, given.chosen)
    going, carried = along(kind, given.chosen, said, files)
    chain = await dossier_parts.chain(tx, held.id)
    if not chain or (chain[-1]["sequence"], bytes(chain[-1]["hash"])) != _head(held.row):
        raise Stale("The complaint changed since you read it; read it again.")
    code = (await complainant_codes.in_force(tx, held.id))["code"]
    case = Case(
        escalation_id=escalation_id,
        row=held.row,
        organisation=await organisations.read(tx),
        dossier=dossier,
        people=await dossiers.parties_of(tx, held.id),
        messages=[without_code(each, code) for each in going],
        files=carried,
        notes=frozenset(given.released_notes),
        chain=chain,
    )
    return package(case, number, Told(kind, given.text, given.refers_to))


async def demand_choice(tx: Transaction, held: Held, dossier: Dossier, given: PartGiven) -> None:
    """Raises Invalid for what is chosen to go along and cannot."""
    if given.chosen != Chosen((), (), ()):
        await _chosen_of(tx, held, dossier, given.chosen)


async def _chosen_of(tx: Transaction, held: Held, dossier: Dossier, chosen: Chosen) -> tuple[list[Row], list[Row]]:
    """The messages and files of a complaint, of which what is chosen can go along. Raises Invalid."""
    said, files = await dossier_parts.messages(tx, held.id), await dossier_parts.files(tx, held.id)
    noted = {event.id for event in dossier.events if event.id and (event.texts or {}).get("note")}
    if found := choice_faults(chosen, {row["id"]: row for row in said}, {row["id"] for row in files}, noted):
        raise Invalid("This cannot go along.", faults=found)
    return said, files


def _head(row: Row) -> tuple[int, bytes]:
    return row["head_sequence"], bytes(row["head_hash"])


async def packed(tx: Transaction, of: Package, language: str, means: Means) -> dict[str, Any]:
    """The part in the object store, as columns of its row. Nothing is left in the store when it fails."""
    keys = means.new_key(tx.organisation_id), means.new_key(tx.organisation_id)
    try:
        async with asyncio.timeout(SECONDS):
            return await _stored(tx, of, language, means, keys)
    except TimeoutError as error:  # not as the database's own
        await _removed(means, *keys)
        raise Unavailable("It takes too long to put the dossier together at this moment; try again.") from error
    except BaseException:
        await _removed(means, *keys)
        raise


async def _stored(tx: Transaction, of: Package, language: str, means: Means, keys: tuple[str, str]) -> dict[str, Any]:
    document = await asyncio.to_thread(means.pdf, reading(of, tx.now, language))
    parts = in_order([*of.parts, Part.of(READABLE, PDF, document)])
    sealed = manifest(of, parts, tx.now)
    files = [Part.of(MANIFEST, "application/json", sealed), *parts]
    async with means.zipped(files, means.objects.stream) as whole:
        kept = await means.objects.put(keys[0], whole)
    paper = await means.objects.put(keys[1], document)
    sequence, head = _head(of.case.row)
    return {
        "id": tx.new_id(),
        "complaint_id": of.case.row["id"],
        "escalation_id": of.case.escalation_id,
        "number": of.number,
        "kind": of.kind,
        "manifest": sealed,
        "manifest_sha256": hashlib.sha256(sealed).digest(),
        "ledger_sequence": sequence,
        "ledger_head": head,
        "zip_key": keys[0],
        "zip_size": kept.size,
        "zip_sha256": kept.sha256,
        "pdf_key": keys[1],
        "pdf_size": paper.size,
        "pdf_sha256": paper.sha256,
        "sealed_at": tx.now,
    }


async def _removed(means: Means, *keys: str) -> None:
    for key in keys:
        with suppress(Unavailable):  # the sweeper takes it
            await means.objects.remove(key)
