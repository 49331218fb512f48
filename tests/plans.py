"""By which plan the database answers, behind the caller's own walls."""

from typing import Any

from app.store import session
from app.store.session import Reading
from app.store.transaction import Transaction


class Explained(Reading):
    """Keeps the plan of what it would have read, and reads nothing."""

    plan: str

    async def fetch(self, sql: str, *arguments: object) -> list[Any]:
        begin = session._BY_A_BODY if self._committee else session._BY_ANYBODY
        whole = session._GLANCE.format(sql=sql, begin=begin.format(number=len(arguments) + 1))
        driver = await self._database._driver()
        try:
            rows = await driver.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {whole}", *arguments, self._key_hash)
        finally:
            self._database._pool.give(driver)
        self.plan = "\n".join(row[0] for row in rows)
        return []


class Explaining:
    """A transaction that keeps the plans of what it would have read, and reads nothing."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.plan = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    async def fetch(self, sql: str, *arguments: object) -> list[Any]:
        rows = await self._tx.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", *arguments)
        self.plan += "\n".join(row["QUERY PLAN"] for row in rows)
        return []
