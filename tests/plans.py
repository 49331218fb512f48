"""By which plan the database answers, behind the caller's own walls."""

from typing import Any

from app.store import session
from app.store.session import Reading


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
