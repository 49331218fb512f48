"""A worker that does nothing but deliver to this machine: python -m tests.faults.delivering <app> <worker> <key>.

It writes a line after each round, so that whoever kills it knows that it was at work.
"""

import asyncio
import sys

from app.channels.address import Outgoing
from app.channels.webhook import Webhooks
from app.services.deliveries import announce
from app.services.secrets import Sealer
from app.store.session import Database
from app.version import API_VERSION
from app.worker import deliver, loop


async def main(app_url: str, worker_url: str, key: str) -> None:
    app, worker = Database(app_url, pool_size=4), Database(worker_url, pool_size=3)
    sender = deliver.webhook_sender(Webhooks(Outgoing(loopback=True), API_VERSION), Sealer(bytes.fromhex(key)))
    delivering = asyncio.create_task(deliver.run(worker, app, {"webhook": sender}, asyncio.Event()))
    while not delivering.done():
        worked = await loop._round(worker, [announce])
        print("ready", flush=True)
        await asyncio.sleep(0.05 if worked else 0.5)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
