"""The object store: files as bytes under a key. A folder on this machine, or S3, Azure or Google by URL.

A key is `<organisation>/<random>`, two UUIDs: nothing of a file's name or content gets into it.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from app.domain.errors import Unavailable

# S3 takes no smaller part but the last; what is shorter is written in one go.
PART_BYTES: Final = 5 * 1024 * 1024
PARTS_AT_ONCE: Final = 2
CHUNK_BYTES: Final = 256 * 1024
_CLIENT: Final = {"connect_timeout": timedelta(seconds=3), "timeout": timedelta(seconds=30)}
_RETRY: Final = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(f"{_UUID}/{_UUID}")
_UNFINISHED = re.compile(f"{_UUID}#[0-9]+")  # what obstore calls a file in a folder while it is written
_log = structlog.get_logger("gehoor.objects")


class ObjectsUnavailable(Unavailable):
    """The object store cannot be reached, has no room, or does not have what was put there."""


class NoStore(ValueError):
    """At this address there is no store, and none can be made. The message goes on after what the address is called."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: how many bytes, and their SHA-256."""

    size: int
    sha256: bytes


def new_key(organisation_id: UUID) -> str:
    """A key that nothing is stored under yet."""
    return f"{organisation_id}/{uuid4()}"


class Objects:
    """A store by its address: a path, `file:///...`, `s3://bucket/prefix`, `az://...` or `gs://...`.

    `options` are obstore's words for that kind of store (`endpoint`, `region`, ...); what they leave out it takes from
    the environment (`AWS_...`). `place` says where it is, for a log. Making one raises NoStore; methods raise
    ObjectsUnavailable, and ValueError for a key that is none of ours.
    """

    def __init__(self, address: str | Path, options: Mapping[str, str] | None = None) -> None:
        try:
            self._folder = _folder(str(address))
            self._store = LocalStore(self._folder) if self._folder else _remote(str(address), dict(options or {}))
        except (BaseError, OSError, ValueError):
            raise NoStore(
                "is no folder that can be written to and no store that is known: s3://bucket/prefix,"
                " az://container/prefix or gs://bucket/prefix, with its account in the environment."
            ) from None
        # nothing of an address that might be a secret: who logs in, or what is asked
        remote = urlsplit(str(address))
        self.place = str(self._folder or f"{remote.scheme}://{remote.netloc.rpartition('@')[2]}{remote.path}")

    async def put(self, key: str, data: bytes | AsyncIterable[bytes]) -> Stored:
        """Stores the bytes, never all of them in memory; when it returns they outlive a power cut.

        What the iterator raises comes out as it is, and then nothing was stored.
        """
        _checked(key)
        coming = _Coming(_whole(data) if isinstance(data, bytes) else data)
        head = await coming.head(PART_BYTES)
        with _available():
            await obstore.put_async(
                self._store,
                key,
                head if coming.ended else coming.all(head),
                use_multipart=not coming.ended,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
            if self._folder:
                await asyncio.to_thread(_settle, self._folder, key)
        return Stored(coming.size, coming.digest.digest())

    async def get(self, key: str) -> bytes:
        """All of it, in memory: for what is known to be small enough."""
        with _available():
            found = await obstore.get_async(self._store, _checked(key))
            return bytes(await found.bytes_async())

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`."""
        _checked(key)
        if end is not None and end <= start:
            return
        wanted: Any = {"range": {"offset": start} if end is None else (start, end)} if start or end else None
        with _available():
            found = await obstore.get_async(self._store, key, options=wanted)
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    async def size(self, key: str) -> int:
        with _available():
            return (await obstore.head_async(self._store, _checked(key)))["size"]

    async def remove(self, key: str) -> None:
        """Also when it is not there."""
        with _available(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, _checked(key))

    async def older_than(self, instant: datetime) -> AsyncIterator[str]:
        """The keys of what was put before then, in no order."""
        with _available():
            async for page in obstore.list(self._store, chunk_size=1000):
                for found in page:
                    if found["last_modified"] < instant and _KEY.fullmatch(found["path"]):
                        yield found["path"]

    async def forget_unfinished(self, instant: datetime) -> int:
        """Removes what a process that was killed had begun to write before then; how many.

        Of a folder: a remote store has a rule of its own for multipart uploads that were never completed.
        """
        if self._folder is None:
            return 0
        with _available():
            return await asyncio.to_thread(_forget_unfinished, self._folder, instant)


class _Coming:
    """Bytes that come in, counted and digested on their way."""

    def __init__(self, data: AsyncIterable[bytes]) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self.ended = False
        self._data = aiter(data)

    async def _next(self) -> bytes:
        chunk = await anext(self._data, None)
        self.ended = chunk is None
        self.size += len(chunk or b"")
        self.digest.update(chunk or b"")
        return chunk or b""

    async def head(self, size: int) -> bytes:
        """Until there is more than a part, or no more."""
        head = bytearray()
        while len(head) < size and not self.ended:
            head += await self._next()
        return bytes(head)

    async def all(self, head: bytes) -> AsyncIterator[bytes]:
        yield head
        while not self.ended:
            yield await self._next()


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("a key of the object store is two UUIDs")
    return key


@contextmanager
def _available() -> Iterator[None]:
    """Whatever the store says is one kind of error; its text, which has names of places in it, is not told."""
    try:
        yield
    except (BaseError, OSError) as error:
        _log.warning("objects_unavailable", error=type(error).__name__)
        raise ObjectsUnavailable("Files cannot be stored or read at this moment; try again.") from error


def _folder(address: str) -> Path | None:
    """The folder, made when it is not there, that an address stands for; None when it is a store elsewhere."""
    if "://" in address and not address.startswith("file://"):
        return None
    folder = Path(unquote(urlsplit(address).path) if "://" in address else address).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(folder)
    return folder


def _remote(address: str, options: dict[str, str]) -> ObjectStore:
    config: Any = options
    client: Any = {**_CLIENT}
    # obstore would take this from the environment, were it given no options of the client
    endpoint = options.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL") or ""
    if endpoint.startswith("http://"):
        client["allow_http"] = True
    retry: Any = {**_RETRY}
    return from_url(address, config=config, client_options=client, retry_config=retry)


def _settle(folder: Path, key: str) -> None:
    """Brings a file, its name and its folder's name onto the disk itself: obstore leaves that to the system."""
    for place in (folder / key, (folder / key).parent, folder):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _forget_unfinished(folder: Path, instant: datetime) -> int:
    gone = 0
    for path in folder.glob("*/*#*"):
        with suppress(FileNotFoundError):  # it was finished meanwhile
            if _UNFINISHED.fullmatch(path.name) and datetime.fromtimestamp(path.stat().st_mtime, UTC) < instant:
                path.unlink()
                gone += 1
    return gone
