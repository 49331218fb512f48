"""Reviews that were held: completions of a periodic review, by period."""

import json
from collections.abc import Mapping
from typing import Any

from app.store.transaction import Transaction

Row = Mapping[str, Any]

_COLUMNS = "id, procedure, review, period_start, period_end, completed_at, completed_by, facts, texts"


async def completions(tx: Transaction) -> list[Row]:
    """Every completion of the organisation, in the order of the days on which they were held."""
    return await tx.fetch(
        f"select {_COLUMNS} from review_completions where organisation_id = app_organisation()"
        " order by completed_at, id"
    )


async def insert(tx: Transaction, row: Row) -> Row:
    made = await tx.fetchrow(
        f"""
        insert into review_completions (organisation_id, id, procedure, review, period_start, period_end, completed_at,
          completed_by, facts, texts)
        values (app_organisation(), $1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::jsonb)
        returning {_COLUMNS}
        """,
        row["id"],
        row["procedure"],
        row["review"],
        row["period_start"],
        row["period_end"],
        row["completed_at"],
        row["completed_by"],
        json.dumps(row["facts"]),
        json.dumps(row["texts"]),
    )
    if made is None:
        raise LookupError("an insert returned no row")
    return made
