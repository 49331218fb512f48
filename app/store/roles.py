"""The roles that log in to the database, and the statements that make them.

- gehoor_owner owns the tables; only migrations run as this role
- gehoor_app is the API: sees one organisation per transaction, owns nothing
- gehoor_worker is the worker: sees due dates and states of all organisations, no texts, owns nothing
- gehoor_backup reads everything, past row level security, so that a dump is whole
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import unquote

import asyncpg

from app.store.address import read
from app.store.health import Unsafe
from app.store.pool import Driver
from app.store.session import Database

DATABASE = "gehoor"

ATTRIBUTES: Mapping[str, str] = {
    "gehoor_owner": "createdb nobypassrls",
    "gehoor_app": "nocreatedb nobypassrls",
    "gehoor_worker": "nocreatedb nobypassrls",
    "gehoor_backup": "nocreatedb bypassrls",
}

SCRAM_ITERATIONS = 4096


def role_statements(passwords: Mapping[str, str]) -> list[str]:
    """The statements a superuser runs to make the roles named in `passwords`, or to correct them; safe to repeat.

    Raises KeyError for a role that is not one of ours, ValueError for a password that is empty or not ASCII.
    """
    statements = [statement for role in passwords for statement in _role(role, passwords[role])]
    return statements + _grants(passwords)


def database_statements(database: str = DATABASE) -> list[str]:
    """Who may connect to the database: our roles and nobody else."""
    visitors = ", ".join(role for role in ATTRIBUTES if role != "gehoor_owner")
    return [
        f"alter database {database} owner to gehoor_owner",
        f"revoke all on database {database} from public",
        f"grant connect on database {database} to {visitors}",
    ]


async def create_roles(superuser_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Make the four roles and the database, or correct them; `passwords` has one per role; safe to repeat.

    Raises ValueError as `role_statements` does, Unavailable, and Unsafe when who logs in may not make them.
    """
    if missing := ATTRIBUTES.keys() - passwords.keys():
        raise ValueError(f"there is no password for {', '.join(sorted(missing))}")
    statements = role_statements(passwords)
    async with Database(superuser_url, pool_size=1).apart() as driver:
        try:
            await driver.execute(";\n".join(statements))
            await _create_database(driver, database)
            await driver.execute(";\n".join(database_statements(database)))
        except asyncpg.InsufficientPrivilegeError:
            name = await driver.fetchval("SELECT session_user")
            raise Unsafe(f"The role {name} may not make roles and databases: log in as a superuser.") from None


def create_roles_now(superuser_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """`create_roles` for a caller without an event loop."""
    asyncio.run(create_roles(superuser_url, passwords, database))


def passwords_in(*urls: str) -> dict[str, str]:
    """Role to password, as the database addresses of the processes have them; an address without both is left out.

    Raises BadAddress.
    """
    parts = [read(url) for url in urls]
    return {unquote(part.username): unquote(part.password) for part in parts if part.username and part.password}


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL stores instead of the password (RFC 5803), so that no statement or server log carries it."""
    if not password or not password.isascii():
        raise ValueError("a password of a role is empty or has other than ASCII characters")
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def _role(role: str, password: str) -> list[str]:
    attributes = f"login nosuperuser nocreaterole noreplication {ATTRIBUTES[role]}"
    return [
        f"do $$ begin create role {role}; exception when duplicate_object then null; end $$",
        f"alter role {role} with {attributes} password '{scram_verifier(password)}'",
    ]


def _grants(passwords: Mapping[str, str]) -> list[str]:
    # every table, those of later migrations included: a forgotten grant would make a backup incomplete
    return ["grant pg_read_all_data to gehoor_backup"] if "gehoor_backup" in passwords else []


async def _create_database(driver: Driver, database: str) -> None:
    if await driver.fetchval("select true from pg_database where datname = $1", database):
        return
    # the same order of letters on every machine, whatever its C library thinks of it
    await driver.execute(
        f"create database {database} owner gehoor_owner template template0 encoding 'UTF8' "
        "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
    )


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
