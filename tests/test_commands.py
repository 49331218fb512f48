"""What an operator types, and what it says: one sentence, an exit code, and never a secret or a traceback."""

import asyncio
import importlib
import json
import logging
import os
import re
import runpy
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from uuid import uuid4

import asyncpg
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from app import main
from app.settings import Settings
from app.store.pool import NONE, OF_API, OF_WORKER, Limits
from app.store.session import Database
from app.worker import running
from tests.api.office import Desk, client, office
from tests.conftest import NewOrganisation
from tests.faults.processes import environment
from tests.stories import served


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command: TypeAlias = Callable[..., Said]


@pytest.fixture
def own_logging() -> Iterator[None]:
    """What a command does to the logging of its process goes no further than the test."""
    kept = structlog.get_config()
    yield
    structlog.configure(**kept)


@pytest.fixture
def command(
    own_logging: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    urls: Mapping[str, str],
) -> Command:
    """`python -m app ...` with these settings beside those that `serve` and `worker` need; None takes one away."""

    def run(*arguments: str, **settings: str | None) -> Said:
        for name in [name for name in os.environ if name.startswith("GEHOOR_")]:
            monkeypatch.delenv(name)
        for name, value in (environment(urls) | settings).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["app", *arguments])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("app", run_name="__main__")
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, *capfd.readouterr())

    return run


@pytest.mark.parametrize("given", ["serve", "worker", "migrate"])
def test_every_wrong_setting_is_told_at_once_and_its_value_never(command: Command, given: str):
    almost = "0123456789abcdefghijklmnopqrstu"  # one character too short
    said = command(given, GEHOOR_SEALING_SECRET=almost, GEHOOR_PORT="eighty", GEHOOR_MAIL_SECURITY="ssl")
    assert said == Said(
        2,
        "",
        "GEHOOR_PORT: Input should be a valid integer, unable to parse string as an integer.\n"
        "GEHOOR_SEALING_SECRET has to have at least 32 characters.\n"
        "GEHOOR_MAIL_SECURITY: Input should be 'tls', 'starttls' or 'none'.\n",
    )


SECRETS = ("GEHOOR_CURSOR_SECRET", "GEHOOR_SEALING_SECRET")
NEEDED = {
    ("serve",): ("GEHOOR_DATABASE_URL", *SECRETS),
    ("worker",): ("GEHOOR_DATABASE_URL", "GEHOOR_WORKER_DATABASE_URL", "GEHOOR_SEALING_SECRET"),
    ("migrate",): ("GEHOOR_OWNER_DATABASE_URL",),
    ("refresh",): ("GEHOOR_WORKER_DATABASE_URL",),
    ("found", "a", "A"): ("GEHOOR_OWNER_DATABASE_URL",),
    ("verify",): ("GEHOOR_BACKUP_DATABASE_URL",),
    ("roles",): (
        *("GEHOOR_DATABASE_URL", "GEHOOR_WORKER_DATABASE_URL", "GEHOOR_OWNER_DATABASE_URL"),
        *("GEHOOR_SUPERUSER_DATABASE_URL", "GEHOOR_BACKUP_PASSWORD"),
    ),
}
NOTHING_SET = dict.fromkeys(("GEHOOR_DATABASE_URL", "GEHOOR_WORKER_DATABASE_URL", *SECRETS), None)


@pytest.mark.parametrize("given", NEEDED)
def test_every_missing_setting_is_told_at_once(command: Command, given: tuple[str, ...]):
    """And only what this command needs."""
    sentences = "".join(f"{name} is not set.\n" for name in NEEDED[given])
    assert command(*given, **NOTHING_SET) == Said(2, "", sentences)


def test_what_is_missing_and_what_is_wrong_are_told_together(command: Command):
    said = command(
        "serve",
        **{**NOTHING_SET, "GEHOOR_PROCESSES": "many", "GEHOOR_SEALING_SECRET": "short"},
        GEHOOR_MAIL_HOST="mail",
    )
    assert said == Said(
        2,
        "",
        "GEHOOR_DATABASE_URL is not set.\n"
        "GEHOOR_PROCESSES: Input should be a valid integer, unable to parse string as an integer.\n"
        "GEHOOR_CURSOR_SECRET is not set.\n"
        "GEHOOR_SEALING_SECRET has to have at least 32 characters.\n"
        "GEHOOR_MAIL_ADDRESS is not set.\n",
    )


@pytest.mark.parametrize("given", [("serve",), ("worker",)])
def test_a_mail_server_without_an_address_to_send_from(command: Command, given: tuple[str, ...]):
    assert command(*given, GEHOOR_MAIL_HOST="mail") == Said(2, "", "GEHOOR_MAIL_ADDRESS is not set.\n")


def test_a_level_may_be_written_in_capitals() -> None:
    assert Settings(log_level="INFO").log_level == "info"


DATABASES = {
    "serve": "GEHOOR_DATABASE_URL",
    "worker": "GEHOOR_WORKER_DATABASE_URL",
    "migrate": "GEHOOR_OWNER_DATABASE_URL",
    "roles": "GEHOOR_SUPERUSER_DATABASE_URL",
    "verify": "GEHOOR_BACKUP_DATABASE_URL",
}
REFUSED = "The database refuses the login: the role or its password is wrong, or pg_hba.conf does not let it in.\n"


@pytest.fixture
def addresses(urls: Mapping[str, str]) -> Mapping[str, str]:
    """Every address, each that of its own role."""
    return {
        "GEHOOR_OWNER_DATABASE_URL": urls["owner"],
        "GEHOOR_BACKUP_DATABASE_URL": urls["backup"],
        "GEHOOR_SUPERUSER_DATABASE_URL": urls["postgres"],
        "GEHOOR_BACKUP_PASSWORD": "secret-backup",
    }


def at(address: str, **parts: str | int) -> str:
    """The same address with another password, port, database ..."""
    return make_url(address).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", DATABASES)
@pytest.mark.parametrize(
    ("wrong", "code", "sentence"),
    [
        ({"password": "secret-wrong"}, 1, REFUSED),
        ({"username": "secret-nobody"}, 1, REFUSED),
        ({"database": "secret-none"}, 1, "The database of this name does not exist.\n"),
        ({"port": 1}, 1, "The database cannot be reached.\n"),
    ],
)
def test_a_database_that_lets_nobody_in(
    command: Command,
    urls: Mapping[str, str],
    addresses: Mapping[str, str],
    given: str,
    wrong: dict[str, str],
    code: int,
    sentence: str,
):
    every = {**environment(urls), **addresses}
    assert command(given, **{**every, DATABASES[given]: at(every[DATABASES[given]], **wrong)}) == Said(
        code, "", sentence
    )


@pytest.mark.parametrize("given", DATABASES)
@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://a:secret@host/b", "postgresql://a:secret@host:port/b", "postgresql://a@b:99999/c"]
)
def test_an_address_that_is_none(command: Command, addresses: Mapping[str, str], given: str, address: str):
    said = command(given, **{**addresses, DATABASES[given]: address})
    shape = "postgresql+asyncpg://role:password@host:port/database"
    assert said == Said(2, "", f"{DATABASES[given]} is no address of a database: {shape}.\n")


@pytest.mark.parametrize("word", ["ssl", "sslmode"])
@pytest.mark.parametrize("given", DATABASES)
def test_tls_may_be_called_either(
    command: Command, urls: Mapping[str, str], addresses: Mapping[str, str], given: str, word: str
):
    """Which gets as far as the server: it has none, and is asked for it."""
    every = {**environment(urls), **addresses}
    said = command(given, **{**every, DATABASES[given]: f"{every[DATABASES[given]]}?{word}=require"})
    assert said == Said(1, "", "The database cannot be reached.\n")


@pytest.mark.parametrize("word", ["ssl", "sslmode"])
@pytest.mark.parametrize("given", ["migrate", "verify", "roles"])
def test_tls_where_there_is_some(
    command: Command, urls: Mapping[str, str], addresses: Mapping[str, str], given: str, word: str
):
    asked = {name: f"{address}?{word}=prefer" for name, address in addresses.items() if name.endswith("_URL")}
    said = command(given, **asked, GEHOOR_BACKUP_PASSWORD=make_url(urls["backup"]).password)
    assert said.err == ""


def test_another_kind_of_tls_is_none(command: Command, urls: Mapping[str, str]):
    said = command("serve", GEHOOR_DATABASE_URL=f"{urls['app']}?ssl=perhaps")
    assert (said.code, said.err.partition("; ")[0]) == (
        2,
        "GEHOOR_DATABASE_URL asks for a kind of TLS that is not known",
    )


@pytest.mark.parametrize(
    ("wrong", "code", "sentence"),
    [
        (
            {"GEHOOR_SUPERUSER_DATABASE_URL": "owner"},
            1,
            "The role gehoor_owner may not make roles and databases: log in as a superuser.\n",
        ),
        ({"GEHOOR_DATABASE_URL": "nobody"}, 2, "The roles cannot be made: there is no password for gehoor_app.\n"),
        (
            {"GEHOOR_BACKUP_PASSWORD": "gehéim"},
            2,
            "The roles cannot be made: a password of a role is empty or has other than ASCII characters.\n",
        ),
    ],
)
def test_roles_that_cannot_be_made(
    command: Command,
    urls: Mapping[str, str],
    addresses: Mapping[str, str],
    wrong: dict[str, str],
    code: int,
    sentence: str,
):
    known = {**urls, "nobody": "postgresql://gehoor_app@localhost/gehoor"}
    given = {name: known.get(value, value) for name, value in wrong.items()}
    assert command("roles", **{**addresses, **given}) == Said(code, "", sentence)


@pytest.mark.parametrize(("given", "is_", "needed"), [("serve", "worker", "app"), ("worker", "app", "worker")])
def test_the_addresses_of_api_and_worker_exchanged(
    command: Command, urls: Mapping[str, str], given: str, is_: str, needed: str
):
    said = command(given, GEHOOR_DATABASE_URL=urls["worker"], GEHOOR_WORKER_DATABASE_URL=urls["app"])
    sentence = f"The role gehoor_{is_} may not do the work of gehoor_{needed}: log in as gehoor_{needed}.\n"
    assert said == Said(1, "", sentence)


@pytest.mark.parametrize("role", ["gehoor_app", "gehoor_worker"])
def test_a_worker_of_which_the_work_could_be_lost(
    command: Command, urls: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, role: str
):
    async def nothing(*_: object) -> None:
        """In place of a worker that does not end."""

    async def told(sql: str) -> None:
        async with Database(urls["postgres"], pool_size=1).apart() as driver:
            await driver.execute(sql)

    monkeypatch.setattr(running, "run", nothing)
    asyncio.run(told(f"ALTER ROLE {role} SET synchronous_commit = off"))
    try:
        said = command("worker")
    finally:
        asyncio.run(told(f"ALTER ROLE {role} RESET synchronous_commit"))
    sentence = f"PostgreSQL runs with synchronous_commit off for {role}: what was acknowledged could be lost.\n"
    assert said == Said(1, "", sentence)


ONLY_THE_OWNERS = [
    *(("migrate",), ("found", "a", "A"), ("admin-key", "a"), ("body", "a", "A", "x")),
    *(("body-keys", "a"), ("revoke-body-key", "a", "gehoor_00000000")),
]


@pytest.mark.parametrize("given", ONLY_THE_OWNERS)
def test_only_the_owner_may(command: Command, urls: Mapping[str, str], given: tuple[str, ...]):
    said = command(*given, GEHOOR_OWNER_DATABASE_URL=urls["app"])
    assert said == Said(1, "", "Only gehoor_owner may do this, and gehoor_app logged in.\n")


@pytest.mark.parametrize("given", [("verify",), ("found", "a", "A"), ("admin-key", "a"), ("body", "a", "A", "x")])
def test_the_tables_come_first(
    command: Command, urls: Mapping[str, str], addresses: Mapping[str, str], given: tuple[str, ...]
):
    empty = {name: at(addresses[name], database="template1") for name in (DATABASES["migrate"], DATABASES["verify"])}
    said = command(*given, **empty)
    assert said == Said(1, "", "The database has no tables yet: run `python -m app migrate`.\n")


@pytest.mark.parametrize("given", ["serve", "worker"])
@pytest.mark.parametrize("place", ["s3://", "ftp://someone:secret@host/x", "/dev/null/objects", "/proc/objects"])
def test_a_place_for_files_that_is_none(command: Command, given: str, place: str):
    said = command(given, GEHOOR_OBJECTS=place)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert said.err.startswith("GEHOOR_OBJECTS is no folder that can be written to and no store that is known: ")


@pytest.mark.parametrize("given", ["serve", "demo"])
def test_a_port_in_use(command: Command, given: str, tmp_path: Path):
    """Told before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        place = ["--data-dir", str(tmp_path / "data"), "--credentials", str(tmp_path / "keys"), "--port", port]
        said = command(given, *(place if given == "demo" else ()), GEHOOR_PORT=port)
    assert said == Said(1, "", f"Nothing can listen on 127.0.0.1:{port}: address already in use.\n")
    assert not list(tmp_path.iterdir())


def test_an_address_of_another_machine(command: Command):
    said = command("serve", GEHOOR_HOST="192.0.2.1")
    assert said == Said(1, "", "Nothing can listen on 192.0.2.1:8000: cannot assign requested address.\n")


@pytest.mark.parametrize("role", ["app", "worker", "owner"])
def test_verify_refuses_a_role_that_does_not_see_every_ledger(command: Command, urls: Mapping[str, str], role: str):
    said = command("verify", GEHOOR_BACKUP_DATABASE_URL=urls[role])
    assert said.code != 0
    assert f"Row level security hides ledgers from the role gehoor_{role}: log in as gehoor_backup." in said.err


def test_refresh_says_how_many_complaints_it_wrote(command: Command, urls: Mapping[str, str]):
    said = command("refresh")
    # beside it a line for each complaint that cannot be read: other tests leave those behind
    assert said.code == 0 and re.search(r"^\d+ of \d+ complaints with an open term had rows ", said.out, re.MULTILINE)


def test_verify_says_how_many_ledgers_it_walked(command: Command, urls: Mapping[str, str]):
    said = command("verify", "--url", urls["backup"])
    assert re.search(
        r"^(All \d+ procedure versions are as they were published|\d+ of \d+ procedure versions were altered)\.$",
        said.out,
        re.MULTILINE,
    )
    assert re.search(
        r"^(All \d+ ledgers are whole|\d+ of \d+ ledgers were tampered with)\.\n\Z", said.out, re.MULTILINE
    )


def test_verify_names_an_altered_procedure_version_first(command: Command, urls: Mapping[str, str]):
    slug = f"o-{uuid4().hex[:12]}"
    command("found", slug, "Altered", GEHOOR_OWNER_DATABASE_URL=urls["owner"])
    of_it = "FROM organisations WHERE slug = $1"
    columns = "organisation_id, procedure, version, effective_from, definition, sha256"
    sql = f"SELECT id, 'p', 1, '2020-01-01'::date, '{{}}', sha256('x') {of_it}"
    asyncio.run(rows(urls, f"INSERT INTO procedure_versions ({columns}) {sql}", slug))
    said = command("verify", "--url", urls["backup"])
    lines = said.out.splitlines()
    at = lines.index(f"{slug}, procedure p, version 1: its definition is not the one that was published")
    assert said.code == 1 and not any(", complaint " in line for line in lines[:at])
    asyncio.run(rows(urls, f"DELETE FROM procedure_versions WHERE organisation_id = (SELECT id {of_it})", slug))


async def test_verify_accuses_nobody_of_a_row_that_older_rules_wrote(
    command: Command, urls: Mapping[str, str], database: Database, new_organisation: NewOrganisation
):
    """It is told, and no ledger counts as tampered with for it."""
    async with client(database) as opened:
        desk = Desk(opened, await office(new_organisation, database))
        filed = await desk.file()
    deep = ("verify", "--deep", "--url", urls["backup"])
    before = await asyncio.to_thread(command, *deep)
    await rows(urls, "UPDATE terms SET due_on = due_on + 1 WHERE complaint_id = $1::text::uuid", filed["id"])
    after = await asyncio.to_thread(command, *deep)
    assert f"{filed['reference']} ({filed['id']}): " in after.out and after.code == 1
    told = re.search(
        r"^(\d+) of \d+ complaints have rows that are not what their ledger gives: ", after.out, re.MULTILINE
    )
    assert told and int(told[1]) >= 1
    assert after.out.splitlines()[-1] == before.out.splitlines()[-1]
    await rows(urls, "UPDATE terms SET due_on = due_on - 1 WHERE complaint_id = $1::text::uuid", filed["id"])


CALENDARS = {
    "[]": "A calendar is one JSON object, ",
    '[{"day": "2031-05-23"}]': "A calendar is one JSON object, ",
    '{"2031-02-31": "x"}': "'2031-02-31' is no day: ",
    '{"20310523": "x"}': "'20310523' is no day: ",
    '{"2031-05-24": "x"}': "2031-05-24 is in a weekend, ",
    '{"2031-05-23": " "}': "Say how 2031-05-23 is called, ",
    '{"2031-05-23": null}': "Version ",
}


def test_days_of_a_decree_are_added_and_taken_away(command: Command, urls: Mapping[str, str], tmp_path: Path):
    owner, file = {"GEHOOR_OWNER_DATABASE_URL": urls["owner"]}, tmp_path / "days.json"
    for text, sentence in CALENDARS.items():
        file.write_text(text)
        said = command("calendar", str(file), **owner)
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1) and said.err.startswith(sentence), said
    for name, sign in (('"Vrijdag na Hemelvaartsdag"', "+"), ("null", "-")):
        file.write_text(f'{{"2031-05-23": {name}}}')
        said = command("calendar", str(file), **owner)
        day = rf"\{sign} 2031-05-23 Vrijdag na Hemelvaartsdag\nThis is version \d+ of the calendar\.\n"
        assert said.code == 0 and re.fullmatch(day, said.out), said
    asyncio.run(rows(urls, "DELETE FROM calendar_versions WHERE version > $1::text::integer", "1"))
    assert "calendar_versions_decree_days_check" in asyncio.run(slipped(urls, [{"day": "2031-05-23"}]))
    assert "calendar_versions_decree_days_check" in asyncio.run(slipped(urls, [{"date": "2031-02-31", "name": "x"}]))


async def slipped(urls: Mapping[str, str], days: list[dict[str, str]]) -> str:
    """Why the database takes no such version."""
    connection = await asyncpg.connect(urls["postgres"].replace("+asyncpg", ""))
    try:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await connection.execute("INSERT INTO calendar_versions VALUES (9999, $1::jsonb)", json.dumps(days))
        return str(refused.value)
    finally:
        await connection.close()


def test_an_organisation_that_lost_its_key_gets_another(command: Command, urls: Mapping[str, str]):
    slug = f"o-{uuid4().hex[:12]}"
    owner = {"GEHOOR_OWNER_DATABASE_URL": urls["owner"]}
    first, other = command("found", slug, "Lost", **owner), command("admin-key", slug, **owner)
    assert (first.code, other.code) == (0, 0)
    assert re.fullmatch(r"gehoor_\w+_\S{43}\n", other.out) and other.out != first.out
    sql = "SELECT k.kind FROM api_keys k JOIN organisations o ON o.id = k.organisation_id WHERE o.slug = $1"
    assert asyncio.run(rows(urls, sql, slug)) == ["admin", "admin"]
    nobody = command("admin-key", f"{slug}-x", **owner)
    assert (nobody.code, nobody.err) == (1, "There is no organisation with this slug.\n")


async def rows(urls: Mapping[str, str], sql: str, slug: str) -> list[str]:
    """The one column of what is there, past every wall."""
    connection = await asyncpg.connect(urls["postgres"].replace("+asyncpg", ""))
    try:
        return [row[0] for row in await connection.fetch(sql, slug)]
    finally:
        await connection.close()


def test_a_body_is_put_right_by_saying_it_again(command: Command, urls: Mapping[str, str]):
    slug = f"body-{uuid4().hex[:12]}"
    owner = {"GEHOOR_OWNER_DATABASE_URL": urls["owner"]}
    first = command("body", slug, "Comissie", "mediator", **owner)
    again = command("body", slug, "Commissie", "complaints_committee", **owner)
    same = command("body", slug, "Commissie", "complaints_committee", **owner)
    assert [(each.code, each.err) for each in (first, again, same)] == [
        (0, ""),
        (0, "It was 'Comissie' of kind mediator, and is no more.\n"),
        (0, ""),
    ]
    assert len({first.out, again.out, same.out}) == 3
    kept = asyncio.run(rows(urls, "SELECT name || ', ' || kind FROM bodies WHERE slug = $1", slug))
    assert kept == ["Commissie, complaints_committee"]


def test_a_key_of_a_body_is_listed_and_revoked(command: Command, urls: Mapping[str, str]):
    """At once, and no other: not of the same body, and not of another one."""
    slug, other = f"body-{uuid4().hex[:12]}", f"body-{uuid4().hex[:12]}"
    owner = {"GEHOOR_OWNER_DATABASE_URL": urls["owner"]}
    first, second = (command("body", slug, "Commissie", "mediator", **owner).out.strip() for _ in range(2))
    command("body", other, "Andere commissie", "mediator", **owner)
    prefix, kept = (key[:15] for key in (first, second))
    made = r"  made 20\d\d-\d\d-\d\d \d\d:\d\d UTC"
    listed = command("body-keys", slug, **owner)
    assert re.fullmatch(rf"{prefix}{made}\n{kept}{made}\n", listed.out) and listed.code == 0, listed
    assert asyncio.run(opened(urls, first, second)) == [200, 200]
    revoked = command("revoke-body-key", slug, prefix, **owner)
    ended = made.replace("made", "revoked")
    assert re.fullmatch(rf"{prefix}{made}{ended}\n{kept}{made}\n", revoked.out) and revoked.code == 0, revoked
    assert asyncio.run(opened(urls, first, second)) == [401, 200]
    # again changes nothing
    assert command("revoke-body-key", slug, prefix, **owner) == revoked
    assert command("body-keys", slug, **owner) == revoked


def test_a_key_of_a_body_with_a_last_day(command: Command, urls: Mapping[str, str]):
    slug, owner = f"body-{uuid4().hex[:12]}", {"GEHOOR_OWNER_DATABASE_URL": urls["owner"]}
    key = command("body", slug, "Commissie", "mediator", "--until", "2098-12-31", **owner).out.strip()
    assert command("body-keys", slug, **owner).out.endswith("  ends 2098-12-31 23:00 UTC\n")
    assert asyncio.run(opened(urls, key)) == [200]
    over = command("body", slug, "Anders", "mediator", "--until", "2020-12-31", **owner)
    assert (over.code, over.out, over.err) == (1, "", "This day is over: the key would open nothing.\n")
    assert len(command("body-keys", slug, **owner).out.splitlines()) == 1
    assert command("body", slug, "Anders", "mediator", "--until", "morgen", **owner).code == 2


async def opened(urls: Mapping[str, str], *keys: str) -> list[int]:
    """How each of these keys is answered that asks for the cases of a body."""
    database = Database(urls["app"], pool_size=1)
    try:
        async with served(database) as http:
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
            path, sent = "/committee/escalations", [{"Authorization": f"Bearer {key}"} for key in keys]
            return [(await http.get(path, headers=each)).status_code for each in sent]
    finally:
        await database.close()


def test_no_key_is_revoked_that_is_not_of_that_body(command: Command, urls: Mapping[str, str]):
    slug, other = f"body-{uuid4().hex[:12]}", f"body-{uuid4().hex[:12]}"
    owner = {"GEHOOR_OWNER_DATABASE_URL": urls["owner"]}
    key, _ = (command("body", each, "Commissie", "mediator", **owner).out.strip() for each in (slug, other))
    nobody = Said(1, "", "There is no external body with this slug.\n")
    assert command("body-keys", f"{slug}-x", **owner) == nobody
    assert command("revoke-body-key", f"{slug}-x", key[:15], **owner) == nobody
    for of, named in ((other, key[:15]), (slug, key[:14]), (slug, key)):
        said = command("revoke-body-key", of, named, **owner)
        assert said == Said(1, "", "This body has no key with that prefix: `python -m app body-keys` lists them.\n")
    assert asyncio.run(opened(urls, key)) == [200]


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (("Bad Slug", "y", "zz"), ["A slug is", "A kind is one of: complaints_committee, "]),
        (("", "", ""), ["A slug is", "A name has 1 to 200 characters.", "A kind is"]),
        (("fine", "x" * 201, "mediator"), ["A name has 1 to 200 characters."]),
    ],
)
def test_what_no_procedure_could_name_is_no_body(
    command: Command, urls: Mapping[str, str], given: tuple[str, ...], parts: list[str]
):
    said = command("body", *given, GEHOOR_OWNER_DATABASE_URL=urls["owner"])
    assert (said.code, said.out) == (1, "")
    assert all(part in said.err for part in parts) and said.err.count("A ") == len(parts)
    assert not asyncio.run(rows(urls, "SELECT slug FROM bodies WHERE slug = $1", given[0]))


async def test_each_kind_of_process_limits_its_transactions(
    urls: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that stopped in the middle of a transaction is ended by PostgreSQL."""
    commands = importlib.import_module("app.__main__")
    del sys.modules["app.__main__"]  # as it is before somebody types one
    settings = Settings(
        database_url=SecretStr(urls["app"]),
        worker_database_url=SecretStr(urls["worker"]),
        cursor_secret=SecretStr("c" * 32),
        sealing_secret=SecretStr("s" * 32),
        objects=str(tmp_path),
    )
    given: list[Limits] = []

    class Kept(Database):
        def __init__(self, url: str, **options: Any) -> None:
            given.append(options.get("limits", NONE))
            super().__init__(url, **options)

    async def nothing(*_: object) -> None:
        return

    for module in (main, commands):
        monkeypatch.setattr(module, "Database", Kept)
    monkeypatch.setattr(running, "run", nothing)
    main.create_app(settings)
    await commands._work(settings)
    assert given[0] == OF_API
    assert given[-2:] == [OF_WORKER, OF_WORKER]
