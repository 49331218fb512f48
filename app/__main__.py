"""The command line: python -m app --help. Each command loads what it needs itself: a worker carries no API."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn, TypeVar

import structlog
import typer

from app.domain.errors import Refused
from app.logs import log_as_json
from app.settings import FIELD_OF, Role, Settings, SettingsError, variable
from app.store.address import BadAddress, dsn
from app.store.health import Serving, Unsafe, refuse_forgetful, refuse_unfit_owner, refuse_unsafe
from app.store.pool import NONE, OF_WORKER, Limits
from app.store.roles import create_roles_now, passwords_in
from app.store.session import Database
from app.store.transaction import Row, Unavailable

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Gehoor.")
terms = typer.Typer(no_args_is_help=True, help="Terms without a complaint.")
procedures = typer.Typer(no_args_is_help=True, help="Klachtenregelingen as data.")
cli.add_typer(terms, name="terms")
cli.add_typer(procedures, name="procedures")

Made = TypeVar("Made")
OPENAPI = Path("openapi/openapi.json")
# Ids and instants of all organisations as the one, what is said in a single one as the other.
WORKERS: tuple[Serving, ...] = ("worker", "app")
_log = structlog.get_logger("gehoor")


@cli.command()
def demo(
    port: int = 8000,
    data_dir: Path = Path(".data"),
    credentials: Path = Path(".data/credentials.json"),
) -> None:
    """Everything on this machine, with a filled register, on a private PostgreSQL."""
    from app.api.edge.server import CannotListen, bound
    from app.embedded import starting  # not installed in production
    from app.postgres_binaries import EmbeddedError

    log_as_json("warning")
    signal.signal(signal.SIGTERM, _end)
    try:
        with bound("127.0.0.1", port) as listening, starting(data_dir) as coming:
            from app.demo.running import serve  # most of a start: PostgreSQL comes up beside it

            asyncio.run(serve(coming.result(), listening, credentials))
    except (CannotListen, EmbeddedError) as error:
        raise _stop(str(error)) from None


def _end(*_: object) -> NoReturn:
    """Ends in order, PostgreSQL last. uvicorn hands the signal on once it has ended, and by itself that one kills."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: a second would end the ending
    sys.exit(0)


@cli.command()
def serve() -> None:
    """The API, as the role gehoor_app (GEHOOR_DATABASE_URL)."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from app.api.edge.server import CannotListen, bound, server_config
    from app.api.health import COUNTED_IN
    from app.means import means_of

    settings = Settings(FIELD_OF["app"], "cursor_secret", "sealing_secret")
    log_as_json(settings.log_level)
    means = means_of(settings)
    asyncio.run(_refuse_unsafe(settings, "app"))
    try:
        listening = bound(settings.host, settings.port)
    except CannotListen as error:
        raise _stop(str(error)) from None
    host, port, *_ = listening.getsockname()
    _log.info("serving", host=host, port=port, objects=means.objects.place)
    config = server_config(
        "app.main:from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.processes,
        log_level=settings.log_level,
    )
    if settings.processes == 1:
        uvicorn.Server(config).run([listening])
        return
    with TemporaryDirectory(prefix="gehoor-metrics-") as folder:
        os.environ[COUNTED_IN] = folder  # before the processes begin, which read it first of all
        Multiprocess(config, [listening]).run()


@cli.command()
def worker() -> None:
    """The guard, deliveries, mail and files (GEHOOR_WORKER_DATABASE_URL, and GEHOOR_DATABASE_URL for what they say)."""
    settings = Settings(*(FIELD_OF[role] for role in WORKERS), "sealing_secret")
    log_as_json(settings.log_level)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    from app.means import means_of
    from app.worker import running

    means = means_of(settings)
    for role in WORKERS:
        await _refuse_unsafe(settings, role, refuse_forgetful)
    _log.info("working", objects=means.objects.place)
    database, app = (_database(settings, role, settings.pool_size, OF_WORKER) for role in WORKERS)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await running.run(database, app, means, stop)
    finally:
        await database.close()
        await app.close()


def _database(settings: Settings, role: Role, size: int = 1, limits: Limits = NONE) -> Database:
    return Database(_address(settings, role), pool_size=size, limits=limits)


def _address(settings: Settings, role: Role) -> str:
    return _checked(variable(FIELD_OF[role]), settings.url(role))


def _checked(name: str, address: str) -> str:
    try:
        return dsn(address)
    except BadAddress as error:
        raise SettingsError(f"{name} {error}") from None


async def _refuse_unsafe(settings: Settings, role: Serving, *more: Callable[[Database], Awaitable[None]]) -> None:
    database = _database(settings, role)
    try:
        await refuse_unsafe(database, role)
        for each in more:
            await each(database)
    finally:
        await database.close()


@cli.command()
def migrate() -> None:
    """Brings the tables to the newest version, as the role gehoor_owner (GEHOOR_OWNER_DATABASE_URL)."""
    from app.store import migrations

    asyncio.run(migrations.upgrade(_address(Settings(), "owner")))


@cli.command()
def refresh() -> None:
    """Brings the rows up to date that an older release left on open complaints (GEHOOR_WORKER_DATABASE_URL)."""
    looked, written = asyncio.run(_refresh(Settings(FIELD_OF["worker"])))
    typer.echo(
        f"{written} of {looked} complaints with an open term had rows that older rules wrote; those are up to date now."
    )


async def _refresh(settings: Settings) -> tuple[int, int]:
    from app.services import guard

    await _refuse_unsafe(settings, "worker")
    database = _database(settings, "worker")
    try:
        return await guard.refresh(database)
    finally:
        await database.close()


@cli.command()
def roles() -> None:
    """Makes the four roles and the database, as a superuser (GEHOOR_SUPERUSER_DATABASE_URL)."""
    made: tuple[Role, ...] = ("superuser", "owner", "app", "worker")
    settings = Settings(*(FIELD_OF[role] for role in made), "backup_password")
    superuser, *ours = (_address(settings, role) for role in made)
    passwords = passwords_in(*ours) | {"gehoor_backup": settings.secret("backup_password")}
    try:
        create_roles_now(superuser, passwords)
    except ValueError as error:
        raise SettingsError(f"The roles cannot be made: {error}.") from None


@cli.command()
def found(slug: str, name: str, sandbox: bool = False) -> None:
    """Founds an organisation and prints its first key (GEHOOR_OWNER_DATABASE_URL). It is shown once."""
    from app.services import organisations

    founded = asyncio.run(_as_owner(lambda owner: organisations.found(owner, slug, name, sandbox=sandbox)))
    typer.echo(founded.admin_key)


@cli.command(name="admin-key")
def admin_key(slug: str) -> None:
    """Prints another administrator's key, once, for an organisation that lost its own (GEHOOR_OWNER_DATABASE_URL)."""
    from app.services import organisations

    typer.echo(asyncio.run(_as_owner(lambda owner: organisations.admin_key(owner, slug))))


_UNTIL = typer.Option(formats=["%Y-%m-%d"], help="The last day on which the key opens anything; none: it goes on")


@cli.command()
def body(slug: str, name: str, kind: str, until: Annotated[datetime | None, _UNTIL] = None) -> None:
    """Puts an external body in the directory, and prints a key of it (GEHOOR_OWNER_DATABASE_URL). It is shown once.

    The slug is what procedures call it; the kind is one of theirs (complaints_committee, ...). Again with the same slug
    it makes another key, and name and kind are what they are said to be now.
    """
    from app.services import bodies

    last = until.date() if until else None
    founded = asyncio.run(_as_owner(lambda owner: bodies.found(owner, slug, name, kind, last)))
    if founded.before not in (None, (name, kind)):
        typer.echo(f"It was {founded.before[0]!r} of kind {founded.before[1]}, and is no more.", err=True)
    typer.echo(founded.key)


@cli.command(name="body-keys")
def body_keys(slug: str) -> None:
    """Lists the keys of an external body by their prefix: when made, when ended (GEHOOR_OWNER_DATABASE_URL)."""
    from app.services import bodies

    _list_keys(asyncio.run(_as_owner(lambda owner: bodies.keys(owner, slug))))


@cli.command(name="revoke-body-key")
def revoke_body_key(slug: str, prefix: str) -> None:
    """Ends a key of an external body at once, and lists its keys (GEHOOR_OWNER_DATABASE_URL).

    The prefix is what a key begins with, as `body-keys` lists it; never type the rest.
    """
    from app.services import bodies

    _list_keys(asyncio.run(_as_owner(lambda owner: bodies.revoke_key(owner, slug, prefix))))


def _list_keys(keys: Sequence[Row]) -> None:
    for key in keys:
        moments = (("made", key["created_at"]), ("ends", key["expires_at"]), ("revoked", key["revoked_at"]))
        told = (f"{word} {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for word, at in moments if at is not None)
        typer.echo("  ".join((key["prefix"], *told)))


@cli.command()
def calendar(file: Path) -> None:
    """Adds days that a royal decree equates with a holiday, for complaints from now on (GEHOOR_OWNER_DATABASE_URL).

    The file says how each is called, in JSON: {"2031-05-23": "Vrijdag na Hemelvaartsdag"}; null takes a day away again.
    The days that are known stay.
    """
    from app.services import calendars

    try:
        sent = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _stop(f"{file} cannot be read: {type(error).__name__}") from None
    added = asyncio.run(_as_owner(lambda owner: calendars.add(owner, sent)))
    for sign, days in (("-", added.went), ("+", added.came)):
        for day, name in days:
            typer.echo(f"{sign} {day} {name}")
    typer.echo(f"This is version {added.version} of the calendar.")


async def _as_owner(make: Callable[[Database], Awaitable[Made]]) -> Made:
    database = _database(Settings(), "owner")
    try:
        await refuse_unfit_owner(database)
        return await make(database)
    finally:
        await database.close()


@cli.command(name="verify")
def verify_ledgers(url: str | None = None, deep: bool = False) -> None:
    """Walks every procedure version and ledger (GEHOOR_BACKUP_DATABASE_URL), and names what was altered; exit 1 then.

    Of a ledger that is the first row that was tampered with.

    --url is another address of the role gehoor_backup, as that of a backup that was put back. With --deep the rows that
    work list and guard go by are worked out again from ledger and procedure, and the first that differs is named.
    """
    address = _checked("--url", url) if url else _address(Settings(), "backup")
    raise typer.Exit(asyncio.run(_verify(address, deep)))


async def _verify(url: str, deep: bool) -> int:
    from app.services import derived
    from app.store import verify

    database = Database(url, pool_size=1)
    try:
        # first the procedures: everything else is read by them
        versions, found = await _told(verify.published(database))
        altered = len(found)
        ledgers, faults = await _told(verify.walked(database, derived=derived.difference if deep else None))
    finally:
        await database.close()
    typer.echo(
        f"{altered} of {versions} procedure versions were altered."
        if altered
        else f"All {versions} procedure versions are as they were published."
    )
    # a row that is derived may be one of an older release: of the ledger itself that says nothing
    rows = sum(fault.sequence is None for fault in faults)
    tampered = len(faults) - rows
    if rows:
        typer.echo(
            f"{rows} of {ledgers} complaints have rows that are not what their ledger gives: older rules wrote them"
            " (`python -m app refresh` brings those up to date), or somebody changed them."
        )
    typer.echo(
        f"{tampered} of {ledgers} ledgers were tampered with." if tampered else f"All {ledgers} ledgers are whole."
    )
    return 1 if altered or faults else 0


async def _told(found: AsyncIterator[Made | None]) -> tuple[int, list[Made]]:
    """Says each fault that there is; how many were looked at, and the faults."""
    looked, faults = 0, []
    async for fault in found:
        looked += 1
        if fault is not None:
            faults.append(fault)
            typer.echo(str(fault))
    return looked, faults


@cli.command()
def openapi(check: bool = False, path: Path = OPENAPI) -> None:
    """Writes the contract down, or with --check says how the written one differs; exit 1 when it does."""
    from app.api import contract as contract_document
    from app.main import contract

    document = contract().openapi()
    if not check:
        contract_document.write(document, path)
        return
    if drift := contract_document.drift(document, path):
        typer.echo(drift)
        raise typer.Exit(1)


@cli.command(name="bench-data")
def bench_data(
    url: Annotated[str, typer.Option(help="The migrated database, as a superuser.")],
    complaints: int = 10_000,
    organisations: int = 20,
    newly_breached: int = 0,
) -> None:
    """Fills a database with complaints to measure on; prints the keys to them as JSON."""
    from app.benchdata import fill

    filled = fill(url, organisations=organisations, complaints=complaints, newly_breached=newly_breached)
    typer.echo(json.dumps(filled.keys, indent=2))


@terms.command()
def replay(file: Path) -> None:
    """Replays worked term cases; prints each that differs and, last, `N passed, N failed`; exit 1 on a failure."""
    from app.domain.replay import replay_text

    try:
        result = replay_text(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _stop(f"{file} cannot be read: {type(error).__name__}") from None
    for line in result.lines:
        typer.echo(line)
    typer.echo(result.summary)
    raise typer.Exit(result.exit_code)


@procedures.command()
def validate(file: Path) -> None:
    """Names every fault in a procedure file, then the questions that it raises; exit 1 on a fault."""
    from app.domain.errors import Invalid
    from app.domain.linting import questions
    from app.procedures.reading import read

    try:
        procedure = read(file.read_bytes())
    except OSError as error:
        raise _stop(f"{file} cannot be read: {type(error).__name__}") from None
    except Invalid as invalid:
        for fault in invalid.faults:
            typer.echo(f"{fault.pointer or '/'}: {fault.message}")
        raise typer.Exit(1) from None
    for question in questions(procedure):
        typer.echo(f"{question.pointer}: {question.en}")


def _stop(reason: str) -> typer.Exit:
    typer.echo(reason, err=True)
    return typer.Exit(1)


def main() -> None:
    """A command, whose reason to stop is one sentence; exit 2 when it lies in the settings."""
    try:
        cli()
    except SettingsError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except (Unsafe, Unavailable, Refused) as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
