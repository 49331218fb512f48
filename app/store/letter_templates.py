"""Templates of an organisation's own: every version stays, and the newest stands over the one that ships."""

import json
from collections.abc import Mapping
from typing import Any

from app.store.transaction import Reads, Transaction

Row = Mapping[str, Any]

_COLUMNS = "id, procedure, letter, language, version, definition, created_at, created_by"


async def newest(tx: Reads, procedure: str, letter: str, language: str) -> Row | None:
    """The version in force; None where the organisation has none of its own."""
    return await tx.fetchrow(
        f"select {_COLUMNS} from letter_templates where organisation_id = app_organisation()"
        " and procedure = $1 and letter = $2 and language = $3 order by version desc limit 1",
        procedure,
        letter,
        language,
    )


async def read(tx: Reads, procedure: str, letter: str, language: str, version: int) -> Row | None:
    return await tx.fetchrow(
        f"select {_COLUMNS} from letter_templates where organisation_id = app_organisation()"
        " and procedure = $1 and letter = $2 and language = $3 and version = $4",
        procedure,
        letter,
        language,
        version,
    )


async def every(tx: Transaction, procedure: str | None, letter: str | None, language: str | None) -> list[Row]:
    """All versions, of all letters or those that are named; without what is in them but the subject."""
    return await tx.fetch(
        """
        select id, procedure, letter, language, version, definition ->> 'subject' as subject, created_at, created_by
        from letter_templates where organisation_id = app_organisation()
          and ($1::text is null or procedure = $1) and ($2::text is null or letter = $2)
          and ($3::text is null or language = $3)
        order by procedure, letter, language, version
        """,
        procedure,
        letter,
        language,
    )


async def lock(tx: Transaction, procedure: str, letter: str, language: str) -> None:
    """Until the transaction ends, nobody else numbers a version of this template."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended(app_organisation()::text || $1::text, 0))",
        f" letter {procedure} {letter} {language}",
    )


async def insert(tx: Transaction, row: Row) -> Row:
    made = await tx.fetchrow(
        f"""
        insert into letter_templates
          (organisation_id, id, procedure, letter, language, version, definition, created_at, created_by)
        values (app_organisation(), $1, $2, $3, $4, $5, $6::text::jsonb, $7, $8)
        returning {_COLUMNS}
        """,
        row["id"],
        row["procedure"],
        row["letter"],
        row["language"],
        row["version"],
        json.dumps(row["definition"]),
        row["created_at"],
        row["created_by"],
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return made
