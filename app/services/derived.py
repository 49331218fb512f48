"""The rows that are derived from a ledger, worked out again: what the work list shows and the guard goes by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.dossier import Dossier
from app.services import rules
from app.services.dossier import change_of
from app.store.dossiers import Change, Held, Row, event_of
from app.store.transaction import StoreError, Transaction

# What a row has of its own, and what says when it was written.
_NOT_DERIVED = frozenset({"organisation_id", "id", "complaint_id", "key", "updated_at"})
# How a term is explained, in words that may differ from one version of this service to the next.
_WORDS = frozenset({"source", "derivation"})
# Empty in rows of before 0018 on whose complaint nothing was recorded since.
_MAY_BE_EMPTY = frozenset({"procedure", "procedure_version"})


async def difference(tx: Transaction, complaint: Row, events: Sequence[Row], terms: Sequence[Row]) -> str | None:
    """As `stale`, of whole rows as they are stored, and also for a dossier that cannot be read under its procedure."""
    try:
        return await stale(tx, Held(complaint, tuple(event_of(row) for row in events)), terms)
    except Exception as error:
        if isinstance(error, StoreError) or hasattr(error, "sqlstate"):
            raise  # of the transaction, and not of the dossier
        return f"it cannot be read under its procedure ({type(error).__name__})"


async def stale(tx: Transaction, held: Held, terms: Sequence[Row]) -> str | None:
    """The first derived row (the complaint's own, then its terms) that is not what recording would have written.

    The complaint in `held` and `terms` are whole rows. They are read as of the instant on which the complaint's row was
    last written: so what only came due since then is no difference, whether the guard has been there or not. Rows that
    an older version of this service wrote by other rules do differ, until something is recorded on that complaint or
    `guard.refresh` came by. Raises what reading a dossier raises.
    """
    complaint = held.row
    procedure = await rules.procedure_version(
        tx, complaint["procedure"], complaint["procedure_version"], complaint["organisation_id"]
    )
    calendar = await rules.calendar_version(tx, procedure, complaint["calendar_version"])
    change = change_of(held, Dossier(procedure, calendar, held.events, complaint["updated_at"]))
    return next(_differences(complaint, terms, change), None)


def _differences(complaint: Row, terms: Sequence[Row], change: Change) -> Iterator[str]:
    for column in _differing(complaint, change.complaint):
        yield f"its {column} is not what its ledger gives"
    kept = {row["key"]: row for row in terms}
    for term in change.terms:
        name = f"term {term['key']}"
        if term["key"] not in kept:
            yield f"{name}: it has no row"
            continue
        for column in _differing(kept[term["key"]], term):
            yield f"{name}: its {column} is not what the ledger gives"
    known = {term["key"] for term in change.terms}
    for key, row in kept.items():
        if key not in known and row["open"]:
            yield f"term {key}: the ledger gives no such term"


def _differing(row: Row, derived: Mapping[str, Any]) -> Iterator[str]:
    for column in derived:
        if column in _NOT_DERIVED or column in _WORDS:
            continue
        if row[column] != derived[column] and not (row[column] is None and column in _MAY_BE_EMPTY):
            yield column
