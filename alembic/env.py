"""How a migration runs: as gehoor_owner, over asyncpg, one at a time and each in its own transaction.

From the program (app/store/migrations.py) the connection is handed over; by hand:
`alembic -x url=postgresql+asyncpg://... upgrade head`.
"""

import asyncio
import time

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from app.store import correspondence_tables, escalation_tables, tables  # noqa: F401  (their tables join the metadata)
from app.store.columns import Xid8, metadata
from app.store.migrations import connected

LOOK_AGAIN = 0.2  # seconds
ONE_AT_A_TIME = 0x67656869  # any number will do, as long as it is always this one

ischema_names["xid8"] = Xid8  # a type that SQLAlchemy does not know by itself


def _include(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name != "alembic_version"


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        include_name=_include,
        transaction_per_migration=True,
    )
    # for the session: two processes that migrate at once do so after one another. Asked again and again: who waits in
    # a statement is waited for by an index that is made beside the traffic, and neither would end.
    while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ONE_AT_A_TIME}).scalar_one():
        connection.commit()
        time.sleep(LOOK_AGAIN)
    connection.commit()
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_AT_A_TIME})
        connection.commit()


async def run_by_hand(url: str) -> None:
    async with connected(url) as connection:
        await connection.run_sync(run)


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    arguments = context.get_x_argument(as_dictionary=True)
    if "url" not in arguments:
        raise SystemExit("say which database: alembic -x url=postgresql+asyncpg://gehoor_owner:...@host/gehoor ...")
    asyncio.run(run_by_hand(str(arguments["url"])))
