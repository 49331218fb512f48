"""Brings a database to the newest version of the tables."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.store import feed_base
from app.store.health import SCRIPTS, Unsafe, refuse_other_than_owner
from app.store.pool import Driver
from app.store.session import Database

# each migration has a transaction of its own
_IN_USE = "A table is in use, or a transaction lasts long, perhaps a backup: run migrate again, it goes on there."


async def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the missing migrations as gehoor_owner, and settle a database that was restored in another PostgreSQL.

    The roles of app/store/roles.py have to exist. Raises as below.
    """
    await _run(owner_url, lambda config: command.upgrade(config, revision))
    if revision == "head":
        async with Database(owner_url, pool_size=1).apart() as driver:
            await _settle(driver)


async def _settle(owner: Driver) -> None:
    try:
        await feed_base.settle(owner)
    except asyncpg.LockNotAvailableError:
        raise Unsafe("The events are in use: stop the API and the workers, and run migrate again.") from None


async def downgrade(owner_url: str, revision: str) -> None:
    """Take migrations back, down to `revision` ("base": all of them, with all data)."""
    await _run(owner_url, lambda config: command.downgrade(config, revision))


async def check(owner_url: str) -> None:
    """Raises alembic's CommandError when the tables differ from app/store/tables.py."""
    await _run(owner_url, command.check)


@asynccontextmanager
async def connected(owner_url: str) -> AsyncIterator[AsyncConnection]:
    """What migrations run on. Raises Unavailable, and Unsafe for another role: the tables would be of the wrong one."""
    async with Database(owner_url, pool_size=1).apart() as driver:
        await refuse_other_than_owner(driver)

        async def handed_over() -> Driver:
            return driver

        engine = create_async_engine("postgresql+asyncpg://", poolclass=pool.NullPool, async_creator=handed_over)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()


async def _run(owner_url: str, action: Callable[[Config], None]) -> None:
    def act(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        action(config)

    async with connected(owner_url) as connection:
        try:
            await connection.run_sync(act)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == asyncpg.LockNotAvailableError.sqlstate:
                raise Unsafe(_IN_USE) from None
            raise
