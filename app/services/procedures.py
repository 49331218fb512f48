"""Procedures of an organisation: publishing versions, reading them, and trying them out without a complaint."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain import ledger, publication
from app.domain.activation import activation_faults
from app.domain.calendar import local_date
from app.domain.callers import SERVICE, Actor
from app.domain.errors import Fault, Invalid, NotFound, NotPossible, beside
from app.domain.part import is_day, is_whole
from app.domain.procedure import Procedure
from app.procedures import reading
from app.procedures.reading import Reading
from app.services import rules
from app.store import rules as stored
from app.store.transaction import Transaction

Row = Mapping[str, Any]
# More than a transaction may last, and so longer than it takes until everybody sees a version that is published now.
LONGEST = timedelta(minutes=5)
# How long before the last day of a procedure it is told, so that the next version can be decided on in time.
AHEAD = timedelta(days=60)
# How long after it: it may well have ended because the organisation wanted that.
AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Given:
    """A procedure as a caller gives it: a document, YAML text, or a published one (`version` None: in force now)."""

    document: Mapping[str, Any] | None = None
    yaml: str | None = None
    procedure: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: its row without the definition, and the value."""

    row: Row
    procedure: Procedure
    in_force: bool

    @property
    def etag(self) -> str:
        return f'"{self.row["sha256"][:32]}"'


@dataclass(frozen=True, slots=True)
class Overview:
    """A procedure with all its versions; `shown` is the one in force, else the one that people should look at."""

    shown: Version
    versions: Sequence[Row]


# -- reading ---------------------------------------------------------------------------------------------------


async def overview(tx: Transaction) -> list[Overview]:
    """Every procedure of the organisation, by name."""
    in_force = await _in_force(tx)
    return [Overview(await _shown(tx, rows, in_force), rows) for rows in (await _by_name(tx)).values()]


async def current(tx: Transaction) -> list[Version]:
    """What is in force today."""
    return [each.shown for each in await overview(tx) if each.shown.in_force]


async def read(tx: Transaction, name: str) -> Version:
    """The version in force today, else the next to come, else the last there was. Raises NotFound."""
    return await _shown(tx, await versions(tx, name), await _in_force(tx))


async def versions(tx: Transaction, name: str) -> list[Row]:
    """Every version of a procedure, oldest first. Raises NotFound."""
    rows = await stored.versions(tx, name)
    if not rows:
        raise NotFound("There is no such procedure.")
    return rows


async def version(tx: Transaction, name: str, number: int) -> Version:
    """One published version. Raises NotFound."""
    found = next((row for row in await stored.versions(tx, name) if row["version"] == number), None)
    if found is None:
        raise NotFound("There is no such version of that procedure.")
    return await _version(tx, found, await _in_force(tx))


async def definition(tx: Transaction, found: Version) -> dict[str, Any]:
    """The definition as it was published: what the hash is over."""
    text = await stored.definition(tx, tx.organisation_id, found.row["procedure"], found.row["version"])
    if text is None:
        raise NotFound("There is no such version of that procedure.")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


async def _shown(tx: Transaction, rows: Sequence[Row], in_force: Mapping[str, int]) -> Version:
    today = local_date(tx.now)
    number = in_force.get(rows[0]["procedure"])
    coming = sorted((row for row in rows if row["effective_from"] > today), key=lambda row: row["effective_from"])
    shown = next((row for row in rows if row["version"] == number), coming[0] if coming else rows[-1])
    return await _version(tx, shown, in_force)


async def _version(tx: Transaction, row: Row, in_force: Mapping[str, int]) -> Version:
    procedure = await rules.procedure_version(tx, row["procedure"], row["version"])
    return Version(row, procedure, in_force.get(row["procedure"]) == row["version"])


async def _by_name(tx: Transaction) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in await stored.versions(tx):
        found.setdefault(row["procedure"], []).append(row)
    return found


async def ending(tx: Transaction) -> dict[str, date]:
    """Procedures with the last day on which they hold, when that is soon or not long ago: what comes in after it is
    not registered until a version is published that holds on its day.
    """
    today = local_date(tx.now)
    last = {name: _last_day(rows, today) for name, rows in (await _by_name(tx)).items()}
    return {name: day for name, day in last.items() if day is not None and -AFTER <= day - today <= AHEAD}


_NEXT_DAY = timedelta(days=1)


def _last_day(versions: Sequence[Row], today: date) -> date | None:
    """Until when versions hold one after the other, from today on or else lately; None: none has begun."""
    last: date | None = None
    for row in sorted(versions, key=lambda row: row["effective_from"]):
        if row["effective_from"] > today and (last is None or row["effective_from"] - last > _NEXT_DAY):
            break
        last = max(last or date.min, row["effective_until"] or date.max)
    return last


async def _in_force(tx: Transaction) -> dict[str, int]:
    rows = await stored.in_force(tx, local_date(tx.now), None)
    return {row["procedure"]: row["version"] for row in rows}


# -- publishing ------------------------------------------------------------------------------------------------


async def publish_given(
    tx: Transaction, given: Given, name: str, actor: Actor = SERVICE, *, allow_past: bool = False
) -> Version:
    """Puts the next version of a procedure beside the earlier ones, for good; `name`: the procedure it must be.

    Raises Invalid with every fault, also of what keeps it from coming into force; NotPossible when the last version
    says the same already.
    """
    read, found = await asyncio.to_thread(_looked_at, given, name)  # some documents take long to refuse
    await stored.lock_versions(tx, name)
    earlier = await stored.versions(tx, name)
    found += _day_faults(read.document or {}, () if allow_past else earlier, _known_to_all(tx))
    if read.faults:
        raise reading.invalid(_moved([*read.faults, *beside(read.hiding, found)], _where(given)))
    if found:
        raise Invalid("This cannot come into force like this.", faults=_moved(found, _where(given)))
    procedure = read.procedure
    # what they say and not their hashes: another release may have written the same in other words
    if earlier and await _stored(tx, earlier[-1]) == procedure:
        raise NotPossible(f"Version {len(earlier)} says exactly this already.", code="same-version")
    row = _row(tx, procedure, len(earlier) + 1, actor)
    await stored.insert_version(tx, row)
    in_force = await _in_force(tx)
    # not by way of the versions kept in memory: this one is not committed yet
    return Version(
        {**row, "sha256": row["sha256"].hex()}, procedure, in_force.get(procedure.procedure) == row["version"]
    )


async def publish(tx: Transaction, procedure: Procedure, *, allow_past: bool = False) -> Version:
    """The same of a procedure that is a value already."""
    given = Given(publication.defined(procedure))
    return await publish_given(tx, given, procedure.procedure, allow_past=allow_past)


async def _stored(tx: Transaction, row: Row) -> Procedure:
    text = await stored.definition(tx, tx.organisation_id, row["procedure"], row["version"])
    return publication.read(text or "")


def _known_to_all(tx: Transaction) -> date:
    """The day of the moment at which everybody sees what is published now."""
    return local_date(tx.now + LONGEST)


def _looked_at(given: Given, name: str) -> tuple[Reading, list[Fault]]:
    """The document, and what keeps it from coming into force as far as that shows, whatever its days."""
    read = reading_of(given)
    if read.document is None:
        return read, []
    return read, [*activation_faults(read.document, read.hiding), *_name_faults(read.document.get("procedure"), name)]


def _day_in(document: Mapping[str, Any], word: str) -> date | None:
    return date.fromisoformat(document[word]) if is_day(document.get(word)) else None


def _least_until(document: Mapping[str, Any], begins: date) -> date:
    """The last day on which it holds, or the first where that cannot be read or stands under a misspelled word."""
    if not is_whole(document, Procedure):
        return begins
    if document.get("effective_until") is None:
        return date.max
    return max(begins, _day_in(document, "effective_until") or begins)


def _name_faults(word: object, name: str) -> Iterator[Fault]:
    if isinstance(word, str) and word != name:
        yield Fault("/procedure", "another-procedure", "A version keeps the name of its procedure.")


def _day_faults(document: Mapping[str, Any], earlier: Sequence[Row], today: date) -> Iterator[Fault]:
    # A complaint falls under the version of the day on which it was received (KK-36). A version that began today or
    # before would claim complaints that came in before anybody could know it: those recorded keep the version they
    # have, so that two people who complained on one day would be treated by different rules. `today` is that of the
    # moment at which everybody sees the new version. On days that no version holds nothing was registered.
    begins = _day_in(document, "effective_from")
    ends = min(_least_until(document, begins), today) if begins else today
    if begins and any(_holds_between(row, begins, ends) for row in earlier):
        sentence = (
            "A new version begins tomorrow at the earliest, and in the last five minutes of a day the day after"
            " tomorrow: complaints received until then fall under the old one. Earlier it can begin only where no"
            " version holds."
        )
        yield Fault("/effective_from", "in-the-past", sentence)


def _holds_between(row: Row, first: date, last: date) -> bool:
    begins, ends = max(row["effective_from"], first), min(row["effective_until"] or date.max, last)
    return bool(begins <= ends)


def _row(tx: Transaction, procedure: Procedure, number: int, actor: Actor) -> dict[str, Any]:
    definition = ledger.canonical(publication.defined(procedure))
    return {
        "id": tx.new_id(),
        "procedure": procedure.procedure,
        "version": number,
        "effective_from": procedure.effective_from,
        "effective_until": procedure.effective_until,
        "definition": definition,
        "sha256": publication.digest(definition),
        "published_at": tx.now,
        "published_by": actor.id,
    }


# -- documents -------------------------------------------------------------------------------------------------


async def procedure_of(tx: Transaction, given: Given, where: str = "") -> Procedure:
    """The value that was given. Raises Invalid (`where`: pointer to it in the request)."""
    if given.procedure is not None:
        return await _published(tx, given.procedure, given.version, where)
    return await asyncio.to_thread(read_document, given, where)  # some documents take long to refuse


async def any_of(tx: Transaction, given: Given) -> list[Procedure]:
    """Every version that may be meant by a name or a number that is not there: of that procedure, or of any."""
    rows = await stored.versions(tx, given.procedure) or await stored.versions(tx)
    return [await rules.procedure_version(tx, row["procedure"], row["version"]) for row in rows]


async def _published(tx: Transaction, name: str, number: int | None, where: str) -> Procedure:
    there = {row["version"] for row in await stored.versions(tx, name)}
    if not there or (number and number not in there):
        lacking = "version" if there else "procedure"
        unknown = Fault(f"{where}/{lacking}", "unknown", f"the organisation has no such {lacking}")
        raise Invalid("This procedure is not known.", faults=[unknown])
    found = version(tx, name, number) if number else read(tx, name)
    return (await found).procedure


def read_document(given: Given, where: str = "") -> Procedure:
    """The value of a document or YAML text. Raises Invalid with every fault (`where`: pointer to it in the request)."""
    try:
        return reading_of(given).procedure
    except Invalid as refused:
        faults = _moved(refused.faults, where + _where(given))
        raise Invalid(refused.detail, code=refused.code, faults=faults) from refused


def reading_of(given: Given) -> Reading:
    """Of a document or YAML text, with pointers into it."""
    return reading.of_text(given.yaml) if given.yaml is not None else reading.of_document(given.document or {})


def _where(given: Given) -> str:
    if given.procedure is not None:
        return ""
    return "/yaml" if given.yaml is not None else "/document"


def _moved(faults: Sequence[Fault], where: str) -> list[Fault]:
    """Pointers into a document as pointers into the request that holds it."""
    return [Fault(where + fault.pointer, fault.code, fault.message) for fault in faults]
