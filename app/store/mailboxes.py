"""Where an organisation's mail goes out and comes in; passwords as they were sealed."""

from collections.abc import Mapping
from typing import Any

from app.store.transaction import Transaction

Row = Mapping[str, Any]

_SET = "host, port, security, username, password, address, name, folder, enabled, updated_at"
_COLUMNS = f"id, direction, {_SET}, used_at, last_code"


async def read(tx: Transaction, direction: str) -> Row | None:
    """The mailbox for a direction, `outgoing` or `incoming`."""
    return await tx.fetchrow(
        f"select {_COLUMNS} from mailboxes where organisation_id = app_organisation() and direction = $1", direction
    )


async def lock(tx: Transaction, direction: str) -> Row | None:
    """The same, held against other changes until the transaction ends."""
    return await tx.fetchrow(
        f"select {_COLUMNS} from mailboxes where organisation_id = app_organisation() and direction = $1 for update",
        direction,
    )


async def insert(tx: Transaction, direction: str, row: Row) -> Row | None:
    """None when there is one for this direction, also one that was made meanwhile."""
    return await tx.fetchrow(
        f"insert into mailboxes (organisation_id, direction, {_SET})"
        " values (app_organisation(), $11, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        f" on conflict (organisation_id, direction) do nothing returning {_COLUMNS}",
        *_values(tx, row),
        direction,
    )


async def update(tx: Transaction, direction: str, row: Row) -> Row:
    """What went wrong with the settings before says nothing of these."""
    changed = await tx.fetchrow(
        f"update mailboxes set ({_SET}, last_code, failing_since) ="
        " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null, null)"
        f" where organisation_id = app_organisation() and direction = $11 returning {_COLUMNS}",
        *_values(tx, row),
        direction,
    )
    if changed is None:
        raise LookupError("an update returned no row")
    return changed


async def tried(tx: Transaction, direction: str, code: str) -> None:
    """How the last attempt to connect went."""
    await tx.execute(
        "update mailboxes set used_at = now(), last_code = $2"
        " where organisation_id = app_organisation() and direction = $1",
        direction,
        code,
    )


async def used(tx: Transaction, code: str) -> None:
    """How a mail went that left through the outgoing one. Not with every mail anew: they all end on this one row."""
    await tx.execute(
        "update mailboxes set used_at = now(), last_code = $1"
        " where organisation_id = app_organisation() and direction = 'outgoing' and enabled"
        " and (last_code is distinct from $1 or used_at < now() - interval '1 minute')",
        code,
    )


def _values(tx: Transaction, row: Row) -> list[object]:
    names = ("host", "port", "security", "username", "password", "address", "name", "folder", "enabled")
    return [*(row[name] for name in names), row.get("updated_at", tx.now)]
