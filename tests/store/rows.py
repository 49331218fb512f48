"""Rows for the store's own tests: a complaint with everything that can hang on it, written as plain SQL."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from app.domain.ledger import GENESIS, canonical, event_hash, texts_hash
from app.domain.publication import digest
from app.store.transaction import Transaction

AT = datetime(2026, 4, 24, 10, 0, tzinfo=UTC)


async def insert(tx: Transaction, table: str, row: dict[str, Any]) -> UUID:
    row = {"id": uuid4(), "organisation_id": tx.organisation_id, **row}
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await tx.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())
    found: UUID = row["id"]
    return found


async def procedure(tx: Transaction, name: str = "jso", version: int = 1) -> None:
    definition = canonical({"procedure": name, "effective_from": "2020-01-01", "effective_until": None})
    row = {"procedure": name, "version": version, "effective_from": date(2020, 1, 1), "definition": definition}
    made = {"id": tx.new_id(), "published_at": tx.now}
    await insert(tx, "procedure_versions", {**row, **made, "sha256": digest(definition)})


def complaint_row(**changed: Any) -> dict[str, Any]:
    return {
        "reference": f"JSO-{uuid4().hex[:8]}",
        "procedure": "jso",
        "procedure_version": 1,
        "calendar_version": 1,
        "kind": "complaint",
        "channel": "web_form",
        "received_at": AT,
        "received_on": AT.date(),
        "stage": "handling",
        "state": "open",
        "public_status": "in_progress",
        "head_sequence": 1,
        "head_hash": GENESIS,
        **changed,
    }


def event_row(tx: Transaction, complaint: UUID, sequence: int, previous: bytes, **changed: Any) -> dict[str, Any]:
    texts, salt = canonical({"description": f"canary {tx.organisation_id}"}), b"s" * 16
    row = {
        "organisation_id": tx.organisation_id,
        "id": uuid4(),
        "complaint_id": complaint,
        "sequence": sequence,
        "type": "complaint.received",
        "occurred_at": AT,
        "recorded_at": AT,
        "actor_kind": "system",
        "actor_id": uuid4(),
        "actor_role": "complaints_officer",
        "facts": canonical({"channel": "web_form", "number": sequence}),
        "texts": texts,
        "salt": salt,
        "texts_hash": texts_hash(texts, salt),
        "previous_hash": previous,
        **changed,
    }
    return {**row, "hash": event_hash(row)}


async def chained(tx: Transaction, complaint: UUID, length: int, last: str = "complaint.received") -> None:
    """So many events, each sealed to the one before (`last`: the type of the last), and the complaint's head after."""
    previous = GENESIS
    for sequence in range(1, length + 1):
        row = event_row(tx, complaint, sequence, previous, **({"type": last} if sequence == length else {}))
        previous = row["hash"]
        await insert(tx, "events", row)
    await tx.execute(
        "UPDATE complaints SET head_sequence = $2, head_hash = $3 WHERE id = $1", complaint, length, previous
    )


def term_row(complaint: UUID, **changed: Any) -> dict[str, Any]:
    names = ("key", "duty", "stage", "source", "reference")
    days = {"started_on": AT.date(), "due_on": date(2026, 5, 4), "act_by": date(2026, 5, 4)}
    flags = {"state": "pending", "soft": False, "open": True, "derivation": "{}"}
    return {"complaint_id": complaint, **dict.fromkeys(names, "x"), **days, **flags, **changed}


def outbox_row(complaint: UUID, event: UUID, **changed: Any) -> dict[str, Any]:
    row = {"complaint_id": complaint, "event_id": event, "sequence": 1, "type": "complaint.received", "occurred_at": AT}
    return {**row, **changed}


async def dossier(tx: Transaction, events: int = 3) -> UUID:
    """A complaint with events, a term, a party and an outbox row, in the transaction's organisation."""
    complaint = await insert(tx, "complaints", complaint_row())
    await chained(tx, complaint, events)
    first = await tx.fetchrow("SELECT id FROM events WHERE complaint_id = $1 AND sequence = 1", complaint)
    assert first is not None
    await insert(tx, "terms", term_row(complaint))
    await insert(
        tx, "parties", {"complaint_id": complaint, "role": "complainant", "name": f"canary {tx.organisation_id}"}
    )
    await insert(tx, "outbox", outbox_row(complaint, first["id"]))
    return complaint
