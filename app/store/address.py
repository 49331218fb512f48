"""The address of a database, read in one place, and what it means when nobody is found there."""

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import asyncpg

SCHEMES = ("postgresql+asyncpg", "postgresql", "postgres")
TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

# What making a connection can end with; else what goes wrong is ours.
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class BadAddress(ValueError):
    """This is no address of a database. The message goes on after what the address is called, and repeats nothing."""


def read(address: str) -> SplitResult:
    """The parts of postgresql+asyncpg://role:password@host:port/database?sslmode=... Raises BadAddress.

    TLS may also be called `ssl`, as in SQLAlchemy's addresses for this driver. A sign like # in a password is %23.
    """
    parts = _parsed(address)
    if parts is None or parts.scheme not in SCHEMES:
        raise BadAddress("is no address of a database: postgresql+asyncpg://role:password@host:port/database.")
    asked = parse_qsl(parts.query, keep_blank_values=True)
    query = {"sslmode" if name == "ssl" else name: value for name, value in asked}
    if query.get("sslmode", "prefer") not in TLS:
        raise BadAddress(f"asks for a kind of TLS that is not known; there is sslmode={', '.join(TLS)}.")
    return parts._replace(scheme="postgresql", query=urlencode(query))


def dsn(address: str) -> str:
    """The same for the driver, which reads it as libpq does. Raises BadAddress."""
    parts = read(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{parts.query}"  # geturl() leaves out the slashes of no host


def outage(error: BaseException) -> str:
    """Why there is no connection: one sentence, without the password."""
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return "The database refuses the login: the role or its password is wrong, or pg_hba.conf does not let it in."
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return "The database of this name does not exist."
    if isinstance(error, asyncpg.exceptions.ClientConfigurationError):
        return f"The address of the database cannot be used: {error}."
    return "The database cannot be reached."


def _parsed(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError for one that can be none
    except ValueError:
        return None
    # where a sign of the password ended the host's part early, the rest of it would be taken for something else
    return None if parts.fragment or "@" in parts.path + parts.query else parts
