"""Starts everything on one machine: private PostgreSQL, tables, register, API and worker, until it is stopped."""

import asyncio
import secrets
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from pydantic import SecretStr

from app.api.edge.server import server_config
from app.demo import mailbox, register
from app.embedded import Embedded
from app.main import create_app
from app.means import Means as AllMeans
from app.means import means_of
from app.services.mailboxes import MailDefaults
from app.services.sealing import Means
from app.settings import Settings
from app.store.health import behind
from app.store.pool import OF_API, OF_WORKER
from app.store.session import Database

_FILLED = "register.json"


async def serve(server: Embedded, listening: socket.socket, credentials: Path) -> None:
    """Migrates, fills the register the first time, and serves API and worker. Returns when told to stop."""
    port = listening.getsockname()[1]
    settings = _settings(server, port)
    app = Database(settings.url("app"), pool_size=8, limits=OF_API)
    worker = Database(settings.url("worker"), pool_size=2, limits=OF_WORKER)
    try:
        await _migrated(server, app)
        keys = await _filled(server, app, means_of(settings).sealing)
        document = {"baseUrl": f"http://127.0.0.1:{port}", **keys}
        register.keep(credentials, document)
        await _both(settings, app, worker, Welcome(listening, document, credentials))
    finally:
        await worker.close()
        await app.close()


def _settings(server: Embedded, port: int) -> Settings:
    secret = server.data_dir / "cursor.secret"
    if not secret.exists():
        register.write_private(secret, secrets.token_hex(32))
    return Settings(
        database_url=SecretStr(server.url("gehoor_app")),
        worker_database_url=SecretStr(server.url("gehoor_worker")),
        cursor_secret=SecretStr(secret.read_text()),
        sealing_secret=SecretStr(secret.read_text()),
        objects=str(server.data_dir / "objects"),
        port=port,
    )


async def _migrated(server: Embedded, app: Database) -> None:
    """Only where there is something to do: what carries migrations out takes half a second to load."""
    if await behind(app):
        from app.store.migrations import upgrade  # noqa: PLC0415

        await upgrade(server.url("gehoor_owner"))


async def _filled(server: Embedded, app: Database, sealing: Means) -> dict[str, Any]:
    """The keys; the register is made the first time and kept."""
    kept = server.data_dir / _FILLED
    found = register.kept(kept)
    if found is None:
        owner = Database(server.url("gehoor_owner"), pool_size=1)
        try:
            found = await register.build(owner, app, sealing)
        finally:
            await owner.close()
        register.keep(kept, found)
    return found


async def _both(settings: Settings, app: Database, worker: Database, welcome: "Welcome") -> None:
    """API and worker side by side, with a mailbox that all mail goes to; when one is told to stop, so is the other."""
    async with mailbox.serving(Path(settings.objects).parent / "mail") as post:
        mail = MailDefaults("127.0.0.1", post.port, "none", "klachten@example.org")
        means = replace(means_of(settings, loopback=True), mail=mail)
        entrance = mailbox.beside(create_app(settings, app, means), post)
        config = server_config(entrance, port=settings.port, log_level="warning", lifespan="on")
        stop = asyncio.Event()
        served = Welcoming(config, welcome.text)
        working = asyncio.create_task(_working(served.answers, worker, app, means, stop))
        try:
            await served.serve([welcome.listening])
        finally:
            stop.set()
            served.answers.set()
            await working


async def _working(
    may_begin: asyncio.Event, worker: Database, app: Database, means: AllMeans, stop: asyncio.Event
) -> None:
    """Once the API answers: what the worker needs takes a third of a second to load."""
    await may_begin.wait()
    from app.worker import running  # noqa: PLC0415

    await running.run(worker, app, means, stop)


class Welcome(NamedTuple):
    """Where the demo listens, with which keys, and the file that they are in."""

    listening: socket.socket
    document: Mapping[str, Any]
    credentials: Path

    @property
    def text(self) -> str:
        keys = _keys(self.document)
        return _TEXT.format(base=self.document["baseUrl"], credentials=self.credentials, **keys)


class Welcoming(uvicorn.Server):
    """Says what there is to try once it listens."""

    def __init__(self, config: uvicorn.Config, text: str) -> None:
        super().__init__(config)
        self.text = text
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self.text, flush=True)
            self.answers.set()


def _keys(document: Mapping[str, Any]) -> dict[str, str]:
    klikklaar = document["organisations"]["klikklaar"]
    return {"crm": klikklaar["crm"], "website": klikklaar["website"], "admin": klikklaar["admin"]}


_TEXT = """
Gehoor is ready: {base}/v1/docs
Five sandbox organisations with a filled register; all keys are in {credentials}

  1. What has to be done first (Klikklaar's work list):
     curl -s '{base}/v1/terms?limit=5' -H 'Authorization: Bearer {crm}'

  2. File a complaint as its website does:
     curl -s {base}/v1/complaints -H 'Authorization: Bearer {website}' -H 'Idempotency-Key: first-try' \\
       -H 'Content-Type: application/json' \\
       -d '{{"description": "Mijn training ging niet door.", "complainant": {{"name": "Sam Voorbeeld"}}}}'

  3. Let two weeks go by and see the term turn overdue (a sandbox has its own clock):
     curl -s {base}/v1/sandbox/clock -H 'Authorization: Bearer {admin}'
     (PUT a later instant to the same address, then look at the work list again)

Stop with Ctrl-C; the data stays.
"""
