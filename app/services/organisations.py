"""An organisation: founding one with its first key, and changing its name and settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from app.domain.errors import Invalid, NotFound, NotPossible
from app.services import keys, mailcap, procedures
from app.services.etags import demand_match, tag
from app.store import organisations, people
from app.store.session import Database
from app.store.transaction import Transaction, UnknownOrganisation

# How people reach an organisation; a letter tells what is set of these.
CONTACTS = ("contact_address", "contact_phone", "contact_email", "contact_url")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Founded:
    """A new organisation. `admin_key` is shown now and stored nowhere."""

    organisation_id: UUID
    admin_key: str


async def found(owner: Database, slug: str, name: str, *, sandbox: bool = False) -> Founded:
    """Makes an organisation with its first administrator's key. `owner` logs in as gehoor_owner.

    Raises Invalid for a slug or name that cannot be one, NotPossible when the slug is taken.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > 80 or not name.strip() or len(name) > 200:
        raise Invalid(
            "A slug is small letters, digits and single hyphens, at most 80; a name has at most 200 characters."
        )
    async with owner.founding(uuid4()) as tx:
        made = await organisations.insert(tx, slug, name, sandbox=sandbox)
        if made is None:
            raise NotPossible("There is an organisation with this slug.", code="slug-taken")
        return Founded(made, (await keys.create(tx, kind="admin", name="first key")).key)


async def admin_key(owner: Database, slug: str) -> str:
    """Another administrator's key for an organisation that lost its own, shown once. `owner` as above; NotFound."""
    try:
        async with owner.founded(slug) as tx:
            return (await keys.create(tx, kind="admin", name="made by the operator")).key
    except UnknownOrganisation:
        raise NotFound("There is no organisation with this slug.") from None


async def change(
    tx: Transaction, if_match: str | None, *, name: str | None = None, settings: Mapping[str, Any] | None = None
) -> organisations.Row:
    """Changes what is given; a setting that is None is taken away. Raises PreconditionRequired, Stale."""
    row = await organisations.lock(tx)
    demand_match(if_match, etag(row))
    merged = {key: value for key, value in {**row["settings"], **(settings or {})}.items() if value is not None}
    return await organisations.update(tx, name or row["name"], merged)


def etag(row: organisations.Row) -> str:
    """Strong: changes with everything that can be changed."""
    return tag(name=row["name"], settings=row["settings"])


async def remarks(tx: Transaction, row: organisations.Row) -> list[tuple[str, str]]:
    """What somebody should look at: a code and a sentence each."""
    found = []
    if not any(row["settings"].get(name) for name in CONTACTS):
        sentence = "letters do not say how to reach you: set contactEmail, contactPhone, contactUrl or contactAddress"
        found.append(("contact-missing", sentence))
    if await mailcap.reached(tx):
        sentence = "as many automatic mails went out as may in an hour, so receipts wait: does somebody send you junk?"
        found.append(("receipts-wait", sentence))
    if await _website_unused(tx):
        sentence = "a website has a key, and no procedure in force has the channel web_form: its forms stay drafts"
        found.append(("website-unused", sentence))
    return found


async def _website_unused(tx: Transaction) -> bool:
    """Whether a website may file, and there are procedures in force of which none takes in what it sends."""
    current = await procedures.current(tx)
    by_form = any(rule.channel == "web_form" for each in current for rule in each.procedure.intake.channels)
    return bool(current) and not by_form and await people.has_key(tx, "website")
