"""A part of a dossier as it is handed over: its files, the manifest that names each of them, and where they lie.

The hash of the manifest's bytes is the seal: whoever has it can tell that no file was changed, added or taken away.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.domain.attachment import clean_name, harmless
from app.domain.dossier_contents import Case, Chosen, chain, contents, correspondence, plain
from app.domain.errors import Fault
from app.domain.ledger import canonical
from app.domain.redaction import Json, Row

FORMAT = "gehoor-dossier/1"
MANIFEST = "manifest.json"
READABLE = "dossier.pdf"
FOLDER = "attachments"
PDF = "application/pdf"
_JSON = "application/json"
_LOCAL_HEADER = 30  # bytes of a ZIP before the name of each file, which is followed by the file as it is

Kind = Literal["dossier", "supplement", "answer", "defence", "documents", "decision_answer", "measure_proof"]
KINDS: tuple[str, ...] = Kind.__args__  # type: ignore[attr-defined]

# What is not clean does not go along, and the manifest says so.
_LEFT_OUT = {"quarantined": "not_checked", "infected": "malware"}
_NAME_BYTES = 150
_ENDING = 10
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its bytes, or the key of the object store under which they lie."""

    path: str
    media_type: str
    size: int
    sha256: bytes
    data: bytes | None = field(default=None, repr=False)
    object_key: str | None = None

    @classmethod
    def of(cls, path: str, media_type: str, data: bytes) -> "Part":
        return cls(path, media_type, len(data), hashlib.sha256(data).digest(), data)


@dataclass(frozen=True, slots=True)
class Told:
    """What a later part says: the text, and the number of the event that it answers or proves."""

    kind: str
    text: str | None = None
    refers_to: int | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """Everything of a part but the document to read. `values`: what is in the JSON files, by name."""

    number: int
    kind: str
    case: Case
    values: Mapping[str, Json]
    parts: tuple[Part, ...]
    left_out: tuple[Json, ...]


def package(case: Case, number: int, told: Told) -> Package:
    """The files of a part. Number 0 is the dossier; a later one is what was said, with what was chosen to go along."""
    placed = [(row, _path(place, row["name"])) for place, row in enumerate(_clean(case.files), 1)]
    left_out = tuple(_left_out(row) for row in case.files if row["state"] in _LEFT_OUT)
    values = contents(case) if told.kind == "dossier" else _later(case)
    if told.kind != "dossier" or told.text:
        values["text.json"] = {"kind": told.kind, "text": told.text, "refersTo": told.refers_to}
    values["attachments.json"] = {"files": [_listed(row, path) for row, path in placed], "leftOut": list(left_out)}
    shown = {name: plain(value) for name, value in values.items()}
    files = [Part(path, row["media_type"], row["size"], row["sha256"], None, row["object_key"]) for row, path in placed]
    written = [Part.of(name, _JSON, canonical(value).encode()) for name, value in shown.items()]
    return Package(number, told.kind, case, shown, (*written, *files), tuple(plain(left_out)))


def _later(case: Case) -> dict[str, Json]:
    said = correspondence(case)
    return {"correspondence.json": {**said, "steps": []}, "ledger.json": chain(case)}


def _clean(files: Sequence[Row]) -> list[Row]:
    return [row for row in files if row["state"] not in _LEFT_OUT]


def _path(place: int, name: str) -> str:
    """A name that every system can unpack and none runs; the name as it was stands in attachments.json."""
    stem, dot, ending = _UNSAFE.sub("_", clean_name(name)).rpartition(".")
    stem, tail = (stem, dot + ending) if dot and len(ending) <= _ENDING else (stem + dot + ending, "")
    short = stem.encode()[: _NAME_BYTES - len(tail.encode())].decode(errors="ignore")
    return f"{FOLDER}/{place:03}-{harmless(short.rstrip(' .') + tail)}"


def _listed(row: Row, path: str) -> Json:
    return {
        "path": path,
        "name": row["name"],
        "mediaType": row["media_type"],
        "size": row["size"],
        "sha256": bytes(row["sha256"]).hex(),
        "messageId": row["message_id"],
        "addedAt": row["created_at"],
    }


def _left_out(row: Row) -> Json:
    digest = bytes(row["sha256"]).hex()
    return {"name": row["name"], "size": row["size"], "sha256": digest, "reason": _LEFT_OUT[row["state"]]}


# -- the seal --------------------------------------------------------------------------------------------------


def manifest(of: Package, parts: Sequence[Part], sealed_at: datetime) -> bytes:
    """The one text of the manifest: canonical JSON. `parts`: all files beside it."""
    case = of.case
    listed = [
        {"path": each.path, "mediaType": each.media_type, "size": each.size, "sha256": each.sha256.hex()}
        for each in in_order(parts)
    ]
    said = {
        "format": FORMAT,
        "escalationId": case.escalation_id,
        "complaintId": case.row["id"],
        "reference": case.row["reference"],
        "organisation": {"slug": case.organisation["slug"], "name": case.organisation["name"]},
        "body": case.body,
        "part": of.number,
        "kind": of.kind,
        "sealedAt": sealed_at,
        "ledger": {"sequence": case.row["head_sequence"], "head": bytes(case.row["head_hash"]).hex()},
        "parts": listed,
        "leftOut": of.left_out,
    }
    return canonical(plain(said)).encode()


def in_order(parts: Sequence[Part]) -> list[Part]:
    """As they stand in the ZIP, after the manifest."""
    return sorted(parts, key=lambda each: each.path)


def receipt(row: Row) -> Json:
    """What all sides hold of a sealed part: the seal, what the ledger said, and when."""
    return {
        "escalationId": row["escalation_id"],
        "complaintId": row["complaint_id"],
        "part": row["number"],
        "kind": row["kind"],
        "manifestSha256": bytes(row["manifest_sha256"]).hex(),
        "zipSha256": bytes(row["zip_sha256"]).hex(),
        "zipSize": row["zip_size"],
        "pdfSha256": bytes(row["pdf_sha256"]).hex(),
        "pdfSize": row["pdf_size"],
        "ledger": {"sequence": row["ledger_sequence"], "head": bytes(row["ledger_head"]).hex()},
        "sealedAt": row["sealed_at"],
    }


def facts(row: Row) -> dict[str, Any]:
    """The facts of the event dossier.sealed."""
    return {
        "escalation_id": str(row["escalation_id"]),
        "part": row["number"],
        "kind": row["kind"],
        "manifest_sha256": bytes(row["manifest_sha256"]).hex(),
        "zip_sha256": bytes(row["zip_sha256"]).hex(),
        "ledger_head": bytes(row["ledger_head"]).hex(),
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file's bytes lie in the ZIP, which holds every file as it is: from `start` up to `end`."""

    start: int
    end: int
    media_type: str
    sha256: str


def places(sealed: bytes) -> dict[str, Place]:
    """By path, read from a manifest: so one file can be handed out of the ZIP without reading the others."""
    at = _LOCAL_HEADER + len(MANIFEST) + len(sealed)
    found = {}
    for each in json.loads(sealed)["parts"]:
        start = at + _LOCAL_HEADER + len(each["path"].encode())
        at = start + each["size"]
        found[each["path"]] = Place(start, at, each["mediaType"], each["sha256"])
    return found


# -- what was chosen -------------------------------------------------------------------------------------------


def along(kind: str, chosen: Chosen, messages: Sequence[Row], files: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The messages and files of a complaint that go along. The dossier has all that was shared with the complainant.

    A file goes with its message; a note goes when it was released, and its files only when they were chosen.
    """
    whole = kind == "dossier"
    named = {*chosen.messages, *chosen.notes}
    said = [row for row in messages if row["id"] in named or (whole and _was_shared(row))]
    carrying = {row["id"] for row in said if row["direction"] != "internal"}
    taken = [
        row
        for row in files
        if row["id"] in chosen.attachments
        or row["message_id"] in carrying
        or (whole and row["shared"] and row["message_id"] is None)
    ]
    return said, taken


def _was_shared(row: Row) -> bool:
    return bool(row["shared"]) and row["state"] in ("sent", "received")


def choice_faults(
    chosen: Chosen, messages: Mapping[UUID, Row], files: Collection[UUID], noted: Collection[UUID]
) -> list[Fault]:
    """What cannot go along. `messages` and `files`: those of the complaint by id; `noted`: its events with a note."""
    notes = {each for each, row in messages.items() if row["state"] == "noted"}.union(noted)
    said = {each for each, row in messages.items() if row["state"] in ("sent", "received")}
    return [
        *_unknown("/messageIds", chosen.messages, said, "no message of this complaint that was sent or received"),
        *_unknown("/attachmentIds", chosen.attachments, files, "no file of this complaint"),
        *_unknown("/releasedNotes", chosen.notes, notes, "no note of this complaint"),
    ]


def _unknown(pointer: str, named: Sequence[UUID], known: Collection[UUID], sentence: str) -> list[Fault]:
    return [Fault(f"{pointer}/{place}", "unknown", sentence) for place, each in enumerate(named) if each not in known]
