"""A worker that does nothing but deliver to this machine, to be killed."""

import asyncio
from multiprocessing.synchronize import Event

from app.channels.address import Outgoing
from app.channels.webhook import Webhooks
from app.services.deliveries import announce
from app.services.secrets import Sealer
from app.store.session import Database
from app.version import API_VERSION
from app.worker import deliver, loop


def run(app_url: str, worker_url: str, key: bytes, worked: Event) -> None:
    """Sets `worked` after a round, so that whoever kills it knows that it was at work."""
    asyncio.run(_deliver(app_url, worker_url, key, worked))


async def _deliver(app_url: str, worker_url: str, key: bytes, worked: Event) -> None:
    app, worker = Database(app_url, pool_size=4), Database(worker_url, pool_size=3)
    sender = deliver.webhook_sender(Webhooks(Outgoing(loopback=True), API_VERSION), Sealer(key))
    delivering = asyncio.create_task(deliver.run(worker, app, {"webhook": sender}, asyncio.Event()))
    while not delivering.done():
        found = await loop._round(worker, [announce])
        worked.set()
        await asyncio.sleep(0.05 if found else 0.5)
