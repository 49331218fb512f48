"""What a statement can be asked of, and who asks: a transaction, its caller, and what goes wrong in the store.

StoreError
|- Unauthenticated        no such key, or no longer
|- NotABody               an organisation's key, where only an external body has anything to look for
|- UnknownOrganisation    no such organisation
|- NoOrganisation         the session is none of one organisation
|- NotCommitted           a statement had failed, so that COMMIT rolled back
`- Unavailable            the database cannot be reached, or has no room or time; try again later
   `- Held                what is to be changed is being changed by others
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from app.domain.ids import uuid7
from app.store.pool import Driver

Row = Mapping[str, Any]


class StoreError(Exception):
    """What the store refuses."""


class Unauthenticated(StoreError):
    """There is no such key, or it expired, was revoked, or its owner has left; which one is not told."""


class NotABody(StoreError):
    """A key of an organisation, where an external body is asked for."""


class UnknownOrganisation(StoreError):
    """There is no organisation with that id."""


class NoOrganisation(StoreError):
    """This session is none of one organisation, and something in it asked for the organisation."""


class NotCommitted(StoreError):
    """A statement in this transaction had failed and the error was swallowed: nothing was stored."""


class Unavailable(StoreError):
    """The database cannot be reached, or has no room or no time; whether a COMMIT arrived may be unknown."""


class Held(Unavailable):
    """Another transaction holds what this one was to change, for longer than is waited; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the database knows it. `kind` is a kind of key, or `body`, `job` or `worker`.

    `first_key_id` is the first of the keys that replaced one another until this one; None when it replaced none, and
    where no answer is kept.
    """

    kind: str
    key_id: UUID | None = None
    scopes: tuple[str, ...] = ()
    staff_id: UUID | None = None
    roles: tuple[str, ...] = ()
    body_id: UUID | None = None
    slug: str = ""
    sandbox: bool = False
    first_key_id: UUID | None = None

    @property
    def kept_under(self) -> UUID | None:
        """The key under which answers are kept: one that was replaced and its successors have them together."""
        return self.first_key_id or self.key_id


class Reads(Protocol):
    """What can be asked something: a Transaction, or a Reading."""

    @property
    def now(self) -> datetime: ...

    @property
    def caller(self) -> Caller: ...

    @property
    def organisation_id(self) -> UUID: ...

    async def fetch(self, sql: str, *arguments: object) -> list[Row]: ...

    async def fetchrow(self, sql: str, *arguments: object) -> Row | None: ...


@dataclass(frozen=True, slots=True)
class Transaction:
    """One request or job. `now` is the database's clock (UTC), in a sandbox shifted by the organisation's offset.

    `replay` is the answer given before under this idempotency key: `status`, `headers`, `body`, and `same_request`
    (False when it answered another request). `known` has what the first statement saw: `procedure_versions`, how many
    the organisation has (a number that only grows), and `calendar`, the newest calendar version. `case` is the one
    complaint that an external body sees.
    """

    driver: Driver
    now: datetime
    caller: Caller
    organisation: UUID | None = None
    replay: Row | None = None
    in_flight: bool = False
    known: dict[str, int] = field(default_factory=dict)
    case: UUID | None = None

    @property
    def organisation_id(self) -> UUID:
        """The organisation whose rows are seen. Raises NoOrganisation in a session that is none of one organisation."""
        return of_organisation(self.organisation, self.caller)

    def new_id(self) -> UUID:
        """For a new row, ordered by `now`."""
        return uuid7(self.now, secrets.token_bytes(10))

    # Arguments are $1, $2; json goes in as text and comes out as a value (select x::text to have it as text).

    async def fetch(self, sql: str, *arguments: object) -> list[Row]:
        return cast(list[Row], await self.driver.fetch(sql, *arguments))

    async def fetchrow(self, sql: str, *arguments: object) -> Row | None:
        return cast(Row | None, await self.driver.fetchrow(sql, *arguments))

    async def execute(self, sql: str, *arguments: object) -> str:
        """The command's tag, like `UPDATE 1`."""
        return str(await self.driver.execute(sql, *arguments))

    async def enter_case(self, *known: str) -> Transaction | None:
        """This transaction inside a complaint of which an external body knows the organisation and the reference, or
        the complainant's code; None when there is none.

        The same settings of the session change with it, so this one is not to be used any more.
        """
        numbers = ", ".join(f"${number}" for number, _ in enumerate(known, 1))
        row = await one(self.driver, f"SELECT * FROM enter_case({numbers})", *known)
        if row["complaint"] is None:
            return None
        caller = replace(self.caller, sandbox=row["sandbox"])
        return replace(self, now=row["clock"], caller=caller, organisation=row["organisation"], case=row["complaint"])


def of_organisation(organisation: UUID | None, caller: Caller) -> UUID:
    if organisation is None:
        raise NoOrganisation(f"a session of kind {caller.kind} is none of one organisation")
    return organisation


async def one(driver: Driver, sql: str, *arguments: object) -> Row:
    row = await driver.fetchrow(sql, *arguments)
    if row is None:
        raise StoreError("the database gave no row where it always gives one")
    return cast(Row, row)


def caller_of(row: Row) -> Caller:
    return Caller(
        kind=row["kind"],
        key_id=row["key_id"],
        scopes=tuple(row["scopes"]),
        staff_id=row["staff_member"],
        roles=tuple(row["roles"]),
        body_id=row["body_id"],
        slug=row["slug"],
        sandbox=row["sandbox"],
        first_key_id=row.get("first_key_id"),
    )
