"""External bodies: one body serves many organisations, and has keys of its own."""

from dataclasses import dataclass
from uuid import uuid4

from app.domain.body import Body
from app.services import procedures
from app.store import bodies
from app.store.keys import insert_body_key, new_key
from app.store.session import Database
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Named:
    """A body as a procedure that is in force names it. `connected`: it is in the directory, with keys of its own."""

    procedure: str
    body: Body
    connected: bool


async def named(tx: Transaction) -> list[Named]:
    """The bodies that the organisation's procedures name, by procedure and in its order."""
    rules = [version.procedure for version in await procedures.current(tx)]
    known = await bodies.listed(tx, [body.body for each in rules for body in each.bodies])
    connected = {row["slug"] for row in known}
    return [Named(each.procedure, body, body.body in connected) for each in rules for body in each.bodies]


async def found(owner: Database, slug: str, name: str, kind: str) -> str:
    """Makes a body, as the owner, unless it is there; a key of it, shown once. Earlier keys stay valid."""
    key = new_key()
    async with owner.founding(uuid4()) as tx:
        await insert_body_key(tx, await bodies.named(tx, slug, name, kind), key)
    return key.token
