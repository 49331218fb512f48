"""The fetching of mail as a process of its own, to be killed: python -m tests.faults.fetching '<settings as JSON>'."""

import asyncio
import json
import ssl
import sys

from app.channels.mailhosts import IMAP_PORTS, MailHosts
from app.channels.objects import Objects
from app.services.incoming import Ours
from app.services.secrets import Sealer
from app.store.session import Database
from app.worker.fetch import Fetching, run
from tests.inbound import TOKENS


async def main(settings: dict[str, str]) -> None:
    worker, app = Database(settings["worker"], pool_size=2), Database(settings["app"], pool_size=4)
    trust = ssl.create_default_context(cadata=settings["certificate"])
    hosts = MailHosts(IMAP_PORTS, loopback=True, trust=trust)
    sealer = Sealer(bytes.fromhex(settings["key"]))
    work = Fetching(worker, app, Objects(settings["folder"]), sealer, Ours(TOKENS), hosts)
    await run(work, asyncio.Event(), sleep=0.05)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
