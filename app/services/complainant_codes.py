"""The complainant's code: who tells it to an external body lets that body open the case, without a reference."""

import secrets
from uuid import UUID

from app.domain.errors import NotFound
from app.domain.ids import complainant_code
from app.store import complainant_codes, messages
from app.store.complainant_codes import Row
from app.store.transaction import Reads, Transaction


async def in_force(tx: Reads, complaint_id: UUID) -> Row:
    """`code` and `created_at`, both None as long as none was made. Raises NotFound."""
    found = await complainant_codes.in_force(tx, complaint_id)
    if found is None:
        raise NotFound("There is no such complaint.")
    return found


async def made(tx: Transaction, complaint_id: UUID) -> Row:
    """The code of a complaint, made when there is none. Raises NotFound."""
    found = await in_force(tx, complaint_id)
    if found["code"] is None:
        await complainant_codes.insert(tx, complaint_id, complainant_code(secrets.token_bytes(10)), tx.now)
        found = await in_force(tx, complaint_id)
    return found


async def renewed(tx: Transaction, complaint_id: UUID) -> Row:
    """Another code; the one before it opens nothing any more. Raises NotFound."""
    await messages.hold(tx, complaint_id)  # as whoever writes a letter does, who may need a code in it
    await in_force(tx, complaint_id)
    await complainant_codes.replace(tx, complaint_id, tx.now)
    return await made(tx, complaint_id)
