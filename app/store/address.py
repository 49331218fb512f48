"""The address of a database, read in one place, and what it means when nobody is found there."""

from urllib.parse import urlsplit

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError

SCHEMES = ("postgresql+asyncpg", "postgresql", "postgres")
TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

# What making a connection can end with; else what goes wrong is ours.
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class BadAddress(ValueError):
    """This is no address of a database. The message goes on after what the address is called, and repeats nothing."""


def read(address: str) -> URL:
    """The parts of postgresql+asyncpg://role:password@host:port/database?sslmode=... Raises BadAddress.

    TLS may also be called `ssl`, as in SQLAlchemy's addresses for this driver.
    """
    url = _parsed(address)
    if url is None or url.drivername not in SCHEMES:
        raise BadAddress("is no address of a database: postgresql+asyncpg://role:password@host:port/database.")
    query = {"sslmode" if name == "ssl" else name: value for name, value in url.query.items()}
    if query.get("sslmode", "prefer") not in TLS:
        raise BadAddress(f"asks for a kind of TLS that is not known; there is sslmode={', '.join(TLS)}.")
    return url.set(drivername="postgresql", query=query)


def dsn(address: str) -> str:
    """The same for the driver, which reads it as libpq does. Raises BadAddress."""
    return _text(read(address))


def outage(error: BaseException) -> str:
    """Why there is no connection: one sentence, without the password."""
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return "The database refuses the login: the role or its password is wrong, or pg_hba.conf does not let it in."
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return "The database of this name does not exist."
    if isinstance(error, asyncpg.exceptions.ClientConfigurationError):
        return f"The address of the database cannot be used: {error}."
    return "The database cannot be reached."


def _parsed(address: str) -> URL | None:
    try:
        url = make_url(address)
        _ = urlsplit(_text(url)).port  # which raises ValueError for a host or port that can be none
    except (ArgumentError, ValueError):
        return None
    return url


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
