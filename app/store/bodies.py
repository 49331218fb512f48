"""The directory of external bodies; no organisation's."""

from uuid import UUID

from app.store.session import Transaction


async def insert(tx: Transaction, body_id: UUID, slug: str, name: str, kind: str) -> None:
    await tx.execute("insert into bodies (id, slug, name, kind) values ($1, $2, $3, $4)", body_id, slug, name, kind)
