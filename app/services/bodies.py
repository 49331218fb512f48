"""External bodies: one body serves many organisations, and has keys of its own."""

from uuid import uuid4

from app.store import bodies
from app.store.keys import insert_body_key, new_key
from app.store.session import Database


async def found(owner: Database, slug: str, name: str, kind: str) -> str:
    """Makes a body, as the owner; its first key, shown once."""
    key = new_key()
    body_id = uuid4()
    async with owner.founding(uuid4()) as tx:
        await bodies.insert(tx, body_id, slug, name, kind)
        await insert_body_key(tx, body_id, key)
    return key.token
