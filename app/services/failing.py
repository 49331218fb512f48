"""Deliveries that keep failing: told to the organisation's other webhooks once, shown to who looks, counted."""

from typing import Any

import structlog

from app.domain.announcing import FAILING, RECOVERED
from app.domain.delivery import KEEPS_FAILING
from app.store import failing
from app.store.transaction import Transaction

BATCH = 200
_log = structlog.get_logger("gehoor.delivery")


async def tell_failing(tx: Transaction, batch: int = BATCH) -> int:
    """Announces what has been failing for an hour, and what is over, once each; a job of the worker."""
    news = await failing.tell(tx, KEEPS_FAILING, failing.Types(FAILING, RECOVERED), batch)
    for each in news:
        about = {"webhook": str(each["webhook_id"])} if each["webhook_id"] else {"kind": "mail"}
        organisation = str(each["organisation_id"])
        if each["began"]:
            _log.warning("deliveries_failing", organisation=organisation, **about)
        else:
            _log.info("deliveries_recovered", organisation=organisation, **about)
    return len(news)


async def listed(tx: Transaction) -> list[failing.Row]:
    """What has been failing in this organisation for an hour: kind (webhook, mail, incoming), webhook_id and since."""
    return await failing.listed(tx, KEEPS_FAILING)


async def figures(tx: Transaction) -> dict[str, Any]:
    """failing_organisations: how many are hit; only a worker's transaction sees them."""
    return {"failing_organisations": await failing.organisations(tx, KEEPS_FAILING)}
