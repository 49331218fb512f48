"""Whether the database is fit to be used: before the service starts, and while it runs."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from app.store import feed_base
from app.store.pool import Driver
from app.store.session import Database
from app.store.transaction import Row, Transaction, Unavailable, one

SCRIPTS = Path(__file__).resolve().parents[2] / "alembic"
Serving = Literal["app", "worker"]
# The first statement of whatever each does. Before the first migration nobody has it yet.
BEGINS_WITH: Mapping[Serving, str] = {"app": "begin_request(bytea, text, bytea)", "worker": "begin_worker()"}
OWNER = "gehoor_owner"
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


class Unsafe(Exception):
    """Why a process goes no further; the message is one sentence for the operator."""


_ROLE = """
SELECT session_user AS name,
  EXISTS (SELECT FROM pg_roles r WHERE r.rolsuper AND pg_has_role(session_user, r.oid, 'MEMBER')) AS superuser,
  EXISTS (SELECT FROM pg_roles r WHERE r.rolbypassrls AND pg_has_role(session_user, r.oid, 'MEMBER')) AS bypasses,
  EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    AND pg_has_role(session_user, c.relowner, 'MEMBER')) AS owner,
  NOT has_function_privilege(session_user, to_regprocedure($1)::oid, 'EXECUTE') AS stranger
"""

_MEGABYTE = """
WITH aside AS MATERIALIZED (SELECT repeat('x', 8000) FROM generate_series(1, 130)) SELECT count(*) FROM aside
"""


@cache
def head() -> str:
    """The newest version of the tables that this service knows. Their migrations are numbered, so that a running
    service need not load what carries them out.
    """
    return max(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))


async def refuse_unsafe(database: Database, role: Serving = "app") -> None:
    """Raises Unsafe when who logged in is not fit to be gehoor_app or gehoor_worker, as `role` says; Unavailable."""
    async with database.snapshot() as tx:
        _refuse(await _unfit(tx, role))


async def refuse_forgetful(database: Database) -> None:
    """Raises Unsafe when what is committed by who logged in could be lost; Unavailable.

    For the worker, which has no readiness: what it took out of a mailbox or sent is nowhere else. The API starts, and
    is not ready.
    """
    async with database.snapshot() as tx:
        _refuse(await _durability(tx))


async def refuse_other_than_owner(driver: Driver) -> None:
    """Raises Unsafe when it is not gehoor_owner who is at work."""
    if (name := await driver.fetchval("SELECT current_user")) != OWNER:
        raise Unsafe(f"Only {OWNER} may do this, and {name} logged in.")


async def refuse_without_tables(tx: Transaction) -> None:
    """Raises Unsafe when the tables are not there, or older than this service."""
    _refuse(await _version(tx))


async def refuse_unfit_owner(database: Database) -> None:
    """Raises Unsafe for either; Unavailable."""
    async with database.snapshot() as tx:
        await refuse_other_than_owner(tx.driver)
        await refuse_without_tables(tx)


async def behind(database: Database) -> bool:
    """Whether `migrate` has something to do; Unavailable."""
    async with database.snapshot() as tx:
        return bool(await _version(tx) or await _place(tx))


async def readiness(database: Database) -> list[str]:
    """What keeps the API from being ready, one sentence each; empty when it is ready."""
    try:
        async with database.snapshot() as tx:
            await _room(tx)
            found = [*await _unfit(tx, "app"), *await _durability(tx)]
            return [*found, *(await _version(tx) or await _place(tx))]
    except Unavailable as outage:
        return [str(outage)]


def _refuse(reasons: list[str]) -> None:
    if reasons:
        raise Unsafe(reasons[0])


async def _unfit(tx: Transaction, role: Serving) -> list[str]:
    """Why row level security would not hold for the role that logged in, or it is none that may begin its work."""
    row = await one(tx.driver, _ROLE, BEGINS_WITH[role])
    reasons = (
        (row["superuser"], "is a superuser, so it could see every organisation"),
        (row["bypasses"], "goes past row level security (BYPASSRLS), so it could see every organisation"),
        (row["owner"], "owns tables, so it could see every organisation"),
        (row["stranger"], f"may not do the work of gehoor_{role}"),
    )
    return [f"The role {row['name']} {why}: log in as gehoor_{role}." for unfit, why in reasons if unfit]


async def _room(tx: Transaction) -> None:
    """Raises Unavailable when the disk has no room for a megabyte.

    A full disk is read as well as any other. What PostgreSQL puts aside for one statement takes room on the disk of the
    tables, whoever asks, and gives it back.
    """
    await tx.execute("SET LOCAL work_mem = '64kB'; SET LOCAL temp_tablespaces = ''")
    await tx.fetch(_MEGABYTE)


async def forgetful(tx: Transaction) -> list[Row]:
    """What is off of that by which nothing is lost that was committed: its `name`, and for which `role`, who logged in.

    One of them can be off for one role or one database only.
    """
    return await tx.fetch(
        "SELECT name, session_user AS role FROM pg_settings WHERE name = ANY($1) AND setting = 'off'", list(DURABLE)
    )


async def _durability(tx: Transaction) -> list[str]:
    return [
        f"PostgreSQL runs with {row['name']} off for {row['role']}: what was acknowledged could be lost."
        for row in await forgetful(tx)
    ]


async def _version(tx: Transaction) -> list[str]:
    known = await tx.fetchrow("SELECT to_regclass('public.alembic_version') IS NOT NULL AS made")
    if known is None or not known["made"]:
        return ["The database has no tables yet: run `python -m app migrate`."]
    rows = await tx.fetch("SELECT version_num FROM public.alembic_version")
    found = max((row["version_num"] for row in rows), default="none")
    # migrations are numbered; a newer database is meant to serve the version before it while that is being replaced
    return [] if rows and found >= head() else [f"The database is at migration {found}, this service needs {head()}."]


async def _place(tx: Transaction) -> list[str]:
    restored = (
        "The database was restored from another PostgreSQL: run `python -m app migrate`, or the feed skips events."
    )
    return [restored] if await feed_base.moved(tx) else []
