"""What tables are made of: the columns and constraints that many of them have, in words of our own.

Every tenant table leads its primary key and its foreign keys with organisation_id: a single-column foreign key would
let one organisation hang a row on another's, because foreign key checks skip row level security.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import UserDefinedType

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id: the order in which transactions began to write."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def id_column() -> Column[object]:
    return Column("id", Uuid, nullable=False, server_default=text("uuidv7()"))


def instant(name: str, *, null: bool = False, now: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=null, server_default=text("now()") if now else None)


def text_column(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, Text, nullable=null)


def json_column(name: str, default: str | None = None, *, null: bool = False) -> Column[object]:
    return Column(name, JSONB, nullable=null, server_default=text(default) if default else None)


def one_of(column: str, *values: str) -> CheckConstraint:
    # text with CHECK and not an enum: enum_eq is not leakproof and loses its index under row level security
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def sha256(column: str) -> CheckConstraint:
    return CheckConstraint(f"octet_length({column}) = 32", name=column)


def within(target: str, *columns: str) -> ForeignKeyConstraint:
    """A foreign key within the organisation: (organisation_id, *columns) to the same-named or `id` columns there."""
    there = ["id"] if len(columns) == 1 else [column.removeprefix("procedure_") for column in columns]
    return ForeignKeyConstraint(
        ["organisation_id", *columns], [f"{target}.organisation_id", *(f"{target}.{column}" for column in there)]
    )


def of_organisation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation_id"], ["organisations.id"])


def of_complaint() -> ForeignKeyConstraint:
    return within("complaints", "complaint_id")


def tenant(name: str, *items: SchemaItem) -> Table:
    """A table whose rows belong to one organisation."""
    return Table(
        name,
        metadata,
        Column("organisation_id", Uuid, nullable=False),
        id_column(),
        *items,
        PrimaryKeyConstraint("organisation_id", "id"),
    )
