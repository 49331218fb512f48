"""The fetching of mail as a process of its own, to be killed."""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path

from app.channels.mailhosts import IMAP_PORTS, MailHosts
from app.channels.objects import Objects
from app.services.incoming import Ours
from app.services.secrets import Sealer
from app.store.session import Database
from app.worker import fetch
from tests.inbound import TOKENS


def run(urls: Mapping[str, str], folder: Path, certificate: str, key: bytes) -> None:
    """Fetches into the folder, from a server with this certificate."""
    asyncio.run(_fetch(urls, folder, certificate, key))


async def _fetch(urls: Mapping[str, str], folder: Path, certificate: str, key: bytes) -> None:
    worker, app = Database(urls["worker"], pool_size=2), Database(urls["app"], pool_size=4)
    hosts = MailHosts(IMAP_PORTS, loopback=True, trust=ssl.create_default_context(cadata=certificate))
    work = fetch.Fetching(worker, app, Objects(folder), Sealer(key), Ours(TOKENS), hosts)
    await fetch.run(work, asyncio.Event(), sleep=0.05)
