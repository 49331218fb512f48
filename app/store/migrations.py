"""Brings a database to the newest version of the tables."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

from app.store import feed_base
from app.store.health import SCRIPTS


async def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the missing migrations as gehoor_owner, and settle a database that was restored in another PostgreSQL.

    The roles of app/store/roles.py have to exist.
    """
    await _run(owner_url, lambda config: command.upgrade(config, revision))
    if revision == "head":
        await feed_base.settle(owner_url)


async def downgrade(owner_url: str, revision: str) -> None:
    """Take migrations back, down to `revision` ("base": all of them, with all data)."""
    await _run(owner_url, lambda config: command.downgrade(config, revision))


async def check(owner_url: str) -> None:
    """Raises alembic's CommandError when the tables differ from app/store/tables.py."""
    await _run(owner_url, command.check)


async def _run(owner_url: str, action: Callable[[Config], None]) -> None:
    def act(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        action(config)

    engine = create_async_engine(owner_url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(act)
    finally:
        await engine.dispose()
