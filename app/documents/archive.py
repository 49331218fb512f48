"""Files in one ZIP: the same files are always the same bytes, and every file lies in it as it is."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from tempfile import TemporaryFile
from typing import IO, Protocol
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from app.domain.errors import NotPossible, Unavailable

_CHUNK = 256 * 1024
_READABLE = 0o100644 << 16
_UNIX = 3


class File(Protocol):
    """What goes in: its bytes, or the key under which they lie."""

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> bytes: ...

    @property
    def data(self) -> bytes | None: ...

    @property
    def object_key(self) -> str | None: ...


@asynccontextmanager
async def zipped(
    files: Iterable[File], opened: Callable[[str], AsyncIterable[bytes]]
) -> AsyncIterator[AsyncIterable[bytes]]:
    """The files, in this order, as one ZIP to read; it is gone at the end, also when the process is killed.

    `opened` gives the bytes under a key. Raises NotPossible when they are not the ones that the file says, Unavailable
    when there is no room, and what `opened` raises.
    """
    with _room():
        kept = TemporaryFile()  # noqa: SIM115 - it has no name, so nothing is left of it
    with kept:
        with _room(), ZipFile(kept, "w", ZIP_STORED) as archive:
            for file in files:
                await _add(archive, file, opened)
        yield _read(kept)


async def _add(archive: ZipFile, file: File, opened: Callable[[str], AsyncIterable[bytes]]) -> None:
    entry = ZipInfo(file.path)  # of 1 January 1980, as every one
    entry.create_system, entry.external_attr, entry.file_size = _UNIX, _READABLE, file.size
    size, digest = 0, hashlib.sha256()
    with archive.open(entry, "w") as target:
        async for data in _bytes_of(file, opened):
            size += len(data)
            digest.update(data)
            if size <= file.size:
                await asyncio.to_thread(target.write, data)
    if (size, digest.digest()) != (file.size, file.sha256):
        raise NotPossible("A file is not what it was when it was kept, so nothing is sealed.", code="file-altered")


async def _bytes_of(file: File, opened: Callable[[str], AsyncIterable[bytes]]) -> AsyncIterator[bytes]:
    if file.data is not None:
        yield file.data
    elif file.object_key is not None:
        async for data in opened(file.object_key):
            yield data


async def _read(kept: IO[bytes]) -> AsyncIterator[bytes]:
    kept.seek(0)
    while data := await asyncio.to_thread(kept.read, _CHUNK):
        yield data


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable("There is no room to put the files together at this moment; try again.") from error
