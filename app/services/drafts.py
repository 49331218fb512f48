"""What a rule keeps out is kept: nobody's complaint is lost because it came in on the wrong foot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import Fault, Invalid
from app.services.dossier import ids
from app.store import drafts
from app.store.transaction import Transaction

# Faults of who files, or of a procedure that ended without a next version: the complaint itself is there.
KEPT = frozenset({("/complainant/bornOn", "guardian-required"), ("/receivedAt", "no-procedure-in-force")})
# A website has one way in, and whoever filled in its form cannot choose another.
KEPT_OF_FORM = KEPT | {("/channel", "not-in-procedure")}


def worth_keeping(refused: Invalid, *, website: bool) -> bool:
    """True when nothing is wrong but who filed it (SO-08), on which day, or that the procedure knows no websites."""
    kept = KEPT_OF_FORM if website else KEPT
    return bool(refused.faults) and {(fault.pointer, fault.code) for fault in refused.faults} <= kept


async def keep(tx: Transaction, filing: Mapping[str, Any], refused: Invalid) -> Invalid:
    """Keeps what was sent; the refusal with the id under which it was kept."""
    draft_id = ids(tx.now)()
    await drafts.keep(tx, draft_id, refused.faults[0].code, filing)
    return Invalid(
        "This was kept as a draft and is not registered yet; complete it with `draft` and it counts from now.",
        code=refused.code,
        faults=refused.faults,
        possible=[{"step": "complaints", "draft": str(draft_id)}],
    )


async def received_at(tx: Transaction, draft_id: UUID) -> datetime:
    """When the draft came in. Raises Invalid when there is none that waits to be completed."""
    row = await drafts.read(tx, draft_id)
    if row is None:
        raise Invalid("There is no such draft.", faults=[Fault("/draft", "unknown", "no draft waits under this id")])
    at: datetime = row["received_at"]
    return at
