"""External bodies: one body serves many organisations, and has keys of its own."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args
from uuid import UUID, uuid4

from pydantic import ValidationError

from app.domain.body import Body
from app.domain.calendar import local_date, midnight
from app.domain.errors import Invalid, NotFound
from app.domain.vocabulary import BodyKind
from app.services import procedures
from app.store import bodies
from app.store.keys import body_keys, insert_body_key, new_key, revoke_body_key
from app.store.session import Database
from app.store.transaction import Row, Transaction


@dataclass(frozen=True, slots=True)
class Named:
    """A body as a procedure that is in force names it. `connected`: it is in the directory, with keys of its own."""

    procedure: str
    body: Body
    connected: bool


@dataclass(frozen=True, slots=True)
class Founded:
    """A body's new key, which is shown now and stored nowhere, and the name and kind it had when it was there."""

    key: str
    before: tuple[str, str] | None


_RULES = {
    "body": "A slug is what procedures call the body: a small letter, then small letters and digits, with single"
    " hyphens or underscores between them, at most 60.",
    "name": "A name has 1 to 200 characters.",
    "kind": f"A kind is one of: {', '.join(get_args(BodyKind))}.",
}


async def named(tx: Transaction) -> list[Named]:
    """The bodies that the organisation's procedures name, by procedure and in its order."""
    rules = [version.procedure for version in await procedures.current(tx)]
    known = await bodies.listed(tx, [body.body for each in rules for body in each.bodies])
    connected = {row["slug"] for row in known}
    return [Named(each.procedure, body, body.body in connected) for each in rules for body in each.bodies]


async def found(owner: Database, slug: str, name: str, kind: str, until: date | None = None) -> Founded:
    """Makes a body, as the owner, with a key; earlier keys stay valid. One that is there is called anew.

    `until`: the last day on which the key opens anything; None: no last day. Raises Invalid for what no procedure could
    name, and for a day that is over.
    """
    _demand_nameable(slug, name, kind)
    key = new_key()
    async with owner.founding(uuid4()) as tx:
        if until is not None and until < local_date(tx.now):
            raise Invalid("This day is over: the key would open nothing.")
        before = await bodies.listed(tx, [slug])
        ends = midnight(until + timedelta(days=1)) if until is not None else None
        await insert_body_key(tx, await bodies.named(tx, slug, name, kind), key, ends)
    return Founded(key.token, next(((row["name"], row["kind"]) for row in before), None))


async def keys(owner: Database, slug: str) -> list[Row]:
    """All keys of a body, the oldest first: prefix, created_at, expires_at, revoked_at. Raises NotFound."""
    async with owner.founding(uuid4()) as tx:
        return await body_keys(tx, await _known(tx, slug))


async def revoke_key(owner: Database, slug: str, prefix: str) -> list[Row]:
    """Ends a key of a body at once, of which the prefix is said; its keys after that, as above. Raises NotFound."""
    async with owner.founding(uuid4()) as tx:
        body_id = await _known(tx, slug)
        if not await revoke_body_key(tx, body_id, prefix):
            # what was typed is not said again: it may be a whole key
            raise NotFound("This body has no key with that prefix: `python -m app body-keys` lists them.")
        return await body_keys(tx, body_id)


async def _known(tx: Transaction, slug: str) -> UUID:
    found = await bodies.listed(tx, [slug])
    if not found:
        raise NotFound("There is no external body with this slug.")
    return UUID(str(found[0]["id"]))


def _demand_nameable(slug: str, name: str, kind: str) -> None:
    wrong = set() if name.strip() and len(name) <= 200 else {"name"}
    try:
        Body.model_validate({"body": slug, "name": name, "kind": kind})
    except ValidationError as error:
        wrong |= {str(each["loc"][0]) for each in error.errors()}
    if wrong:
        raise Invalid(" ".join(sentence for part, sentence in _RULES.items() if part in wrong))
