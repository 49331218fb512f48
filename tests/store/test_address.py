"""Addresses of databases, as operators write them."""

import pytest

from app.store.address import BadAddress, dsn


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql+asyncpg://a:b@db:5432/gehoor", "postgresql://a:b@db:5432/gehoor?"),
        ("postgres://a@db/gehoor", "postgresql://a@db/gehoor?"),
        ("postgresql://a:%23%2F%40@[::1]:5433/gehoor", "postgresql://a:%23%2F%40@[::1]:5433/gehoor?"),
        ("postgresql:///gehoor?host=/var/run", "postgresql:///gehoor?host=%2Fvar%2Frun"),
        ("postgresql://a@db/gehoor?ssl=require", "postgresql://a@db/gehoor?sslmode=require"),
        (
            "postgresql://a@db/gehoor?sslmode=verify-full&sslrootcert=/etc/root.crt",
            "postgresql://a@db/gehoor?sslmode=verify-full&sslrootcert=%2Fetc%2Froot.crt",
        ),
    ],
)
def test_an_address_for_the_driver(address: str, expected: str) -> None:
    assert dsn(address) == expected


@pytest.mark.parametrize("sign", ["#", "/", "?"])
def test_a_password_whose_signs_end_it_early_is_refused(sign: str) -> None:
    """Else the rest of it would be taken for a database, and told."""
    for password in (f"12{sign}34", f"ab{sign}cd"):
        with pytest.raises(BadAddress, match="is no address of a database") as told:
            dsn(f"postgresql+asyncpg://a:{password}@db/gehoor")
        assert "34" not in str(told.value)
        assert "cd" not in str(told.value)
